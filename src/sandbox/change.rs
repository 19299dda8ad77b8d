//! What an update makes of a SKU that is there, and what is wrong with that.
//!
//! UpdateProduct and UpdatePriceQuantity change the fields they are sent and leave the others, so the rules look at
//! the SKU as it would be, and tell of what the change brings about. A sale is sent whole: a special price with a
//! date, a date with a special price.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::api::Api;
use super::create::DraftSku;
use super::reply::Detail;
use super::rules::{self, REQUIRED};
use super::store::{Product, Sku, Status};
use super::time::SaleDate;

/// The dates of a sale.
const SALE_DATES: [&str; 2] = ["special_from_date", "special_to_date"];

/// New values by the names of their fields; `None` takes a value away.
pub(super) type Values = BTreeMap<String, Option<String>>;

/// New values of one SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Change {
    /// Which SKU.
    pub(super) seller_sku: String,
    /// Switched on or off, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<Status>,
    /// A new list, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) images: Option<Vec<String>>,
    /// Every other field.
    pub(super) values: Values,
}

impl Change {
    /// A change of these fields, sale dates moved back to the quarter of an hour.
    pub(super) fn of(seller_sku: &str, mut values: Values) -> Change {
        for name in SALE_DATES {
            if let Some(Some(text)) = values.get_mut(name)
                && let Some(date) = SaleDate::parse(text)
            {
                *text = date.floored().text();
            }
        }
        Change { seller_sku: seller_sku.to_owned(), status: None, images: None, values }
    }

    /// Changes the SKU at this place of its product; a price that leaps sends the whole product back to quality
    /// control.
    pub(super) fn apply(self, product: &mut Product, place: usize) {
        let Some(sku) = product.skus.get_mut(place) else { return };
        let before = sku.fields.get("price").and_then(|price| rules::hundredths(price));
        put(&mut sku.fields, self.values);
        if let Some(status) = self.status {
            sku.status = status;
            // A flag that came with the creation is out of date.
            sku.fields.remove("active");
        }
        if let Some(images) = self.images {
            sku.images = images;
        }
        let after = sku.fields.get("price").and_then(|price| rules::hundredths(price));
        if before.zip(after).is_some_and(|(before, after)| leaps(before, after)) {
            let there = product.skus.iter_mut().filter(|sku| sku.status != Status::Deleted);
            there.for_each(|sku| sku.sent_back += 1);
        }
    }
}

/// Puts new values in the place of old ones.
pub(super) fn put(fields: &mut BTreeMap<String, String>, values: Values) {
    for (name, value) in values {
        match value {
            Some(value) => drop(fields.insert(name, value)),
            None => drop(fields.remove(&name)),
        }
    }
}

/// The fields of the SKU as they would be.
pub(super) fn changed(sku: &Sku, values: &Values) -> BTreeMap<String, String> {
    let mut fields = sku.fields.clone();
    put(&mut fields, values.clone());
    fields
}

/// What is wrong with new values of a SKU.
pub(super) fn check(sku: &Sku, values: &Values, api: Api) -> Vec<Detail> {
    let about = |field: &str, message: &str| Detail::new(field, message, Some(&sku.seller_sku));
    let name = Some(sku.seller_sku.clone());
    let mut details = Vec::new();
    rules::check_values(
        &DraftSku { seller_sku: name, fields: changed(sku, values), images: Vec::new() },
        api,
        &mut details,
    );
    details.retain(|detail| is_touched(&detail.field, values));
    if values.get("quantity").is_some_and(Option::is_none) {
        details.push(about("quantity", REQUIRED));
    }
    let gives = |field: &str| values.get(field).is_some_and(Option::is_some);
    let gives_date = SALE_DATES.into_iter().any(gives);
    let missing = match (gives("special_price"), gives_date) {
        (true, false) if api.dates_sales() => {
            Some(about("special_from_date", "The promoted start date or end date is mandatory"))
        }
        (false, true) => Some(about("special_price", REQUIRED)),
        (true, _) | (false, false) => None,
    };
    let missing = missing.filter(|missing| details.iter().all(|detail| detail.field != missing.field));
    details.extend(missing);
    details
}

/// Whether the change is what a detail about the field is about; a price may end a sale that was right before.
fn is_touched(field: &str, values: &Values) -> bool {
    let of_sale = |name: &str| name == "special_price" || SALE_DATES.contains(&name);
    values.contains_key(field) || of_sale(field) && values.keys().any(|name| of_sale(name) || name == "price")
}

/// Whether a price changes by more than 80 %.
fn leaps(before: u64, after: u64) -> bool {
    before.abs_diff(after) * 5 > before * 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(text: &str) -> BTreeMap<String, String> {
        let pairs = text.split('|').filter(|pair| !pair.is_empty());
        pairs.filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.into(), value.into())).collect()
    }

    fn values(text: &str) -> Values {
        map(text).into_iter().map(|(name, value)| (name, Some(value).filter(|value| !value.is_empty()))).collect()
    }

    fn sku(fields: &str) -> Sku {
        Sku { seller_sku: "A".to_owned(), fields: map(fields), ..Sku::default() }
    }

    const BARE: &str = "price=10.00|quantity=10";
    const ON_SALE: &str = "price=10.00|special_price=8|special_from_date=2017-07-15|special_to_date=2017-08-15";

    #[track_caller]
    fn check_change(before: &str, change: &str, expect: &str) {
        let details = check(&sku(before), &values(change), Api::SellerCenter);
        let fields: Vec<&str> = details.iter().map(|detail| detail.field.as_str()).collect();
        assert_eq!(fields.join(" "), expect, "{change}");
    }

    #[test]
    fn only_what_is_sent_is_looked_at() {
        check_change(BARE, "", "");
        check_change(BARE, "quantity=0", "");
        check_change("", "package_width=2", "");
        check_change(BARE, "price=0", "price");
        check_change(BARE, "price=1.005|quantity=-1|package_weight=0", "price quantity package_weight");
    }

    #[test]
    fn what_a_sku_needs_cannot_be_taken_away() {
        check_change(BARE, "price=|quantity=|package_width=", "price package_width quantity");
        check_change(BARE, "color_family=", "");
    }

    #[test]
    fn a_sale_is_sent_whole() {
        check_change(BARE, "special_price=8|special_to_date=2017-08-15", "");
        check_change(BARE, "special_price=8", "special_from_date");
        check_change(ON_SALE, "special_price=7", "special_from_date");
        check_change(ON_SALE, "special_to_date=2017-09-15", "special_price");
        check_change(ON_SALE, "special_price=7|special_to_date=2017-07-01", "special_to_date");
    }

    #[test]
    fn a_sale_is_taken_away_whole() {
        check_change(ON_SALE, "special_price=|special_from_date=|special_to_date=", "");
        check_change(ON_SALE, "special_price=", "special_price");
        check_change(ON_SALE, "special_from_date=|special_to_date=", "special_from_date");
        check_change(ON_SALE, "special_from_date=", "");
    }

    #[test]
    fn a_price_stays_above_the_special_price() {
        check_change(ON_SALE, "price=8.01", "");
        check_change(ON_SALE, "price=8", "special_price");
        check_change(ON_SALE, "price=8|special_price=|special_from_date=|special_to_date=", "");
        check_change(ON_SALE, "quantity=1", "");
    }

    #[test]
    fn a_price_leaps_by_more_than_80_percent() {
        assert!(!leaps(1000, 200) && leaps(1000, 199));
        assert!(!leaps(1000, 1800) && leaps(1000, 1801));
        assert!(!leaps(1000, 1000));
    }

    #[test]
    fn sale_dates_move_back_to_the_quarter_of_an_hour() {
        let change = Change::of("A", values("special_from_date=2017-07-15 18:23|special_to_date="));
        assert_eq!(change.values["special_from_date"].as_deref(), Some("2017-07-15 18:15:00"));
        assert_eq!(change.values["special_to_date"], None);
    }
}
