//! GetProducts: which products of the shop are shown, and how.
//!
//! Products are shown whole, with all their SKUs, in the order of their creation. With a SkuSellerList the index
//! answers; every other condition then looks at the products that are left.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::gate::Query;
use super::reply::ApiError;
use super::store::{Product, Review, Sku, Status, Store};
use super::time;
use super::view::View;

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 500;
const IMAGES_SHOWN: usize = 8;

#[derive(Debug, Clone, Copy)]
enum Filter {
    All,
    Live,
    Inactive,
    Deleted,
    ImageMissing,
    Pending,
    Rejected,
    SoldOut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stock {
    Plain,
    Detailed,
}

/// The conditions of one GetProducts.
struct Wanted {
    filter: Filter,
    search: Option<String>,
    created: Range,
    updated: Range,
    skus: Option<Vec<String>>,
}

struct Range {
    after: Option<DateTime<Utc>>,
    before: Option<DateTime<Utc>>,
}

/// The seller SKUs a call asks for, as far as its list can be read.
pub(super) fn seller_skus(query: &Query) -> Vec<String> {
    query.get("SkuSellerList").and_then(|list| serde_json::from_str(list).ok()).unwrap_or_default()
}

/// The body of the reply: `Products` and `TotalProducts`, as far as the view lets see.
pub(super) fn list(query: &Query, store: &Store, view: &View, lot: f64) -> Result<Value, ApiError> {
    let wanted = Wanted::read(query)?;
    let limit = limit(query.filled("Limit"))?.min(view.limit.unwrap_or(usize::MAX));
    let offset = offset(query.filled("Offset"))?;
    let stock = if query.get("Options") == Some("1") { Stock::Detailed } else { Stock::Plain };
    let horizon = view.stale.and_then(|span| TimeDelta::from_std(span.drawn(lot)).ok()).map(|age| time::now() - age);
    let found: Vec<(usize, Cow<Product>)> = candidates(&wanted, store)
        .into_iter()
        .filter_map(|(position, product)| Some((position, as_of(product, horizon)?)))
        .filter(|(_, product)| wanted.lets_through(product))
        .collect();
    let shown: Vec<Value> =
        found.iter().skip(offset).take(limit).map(|(position, product)| shown(*position, product, stock)).collect();
    Ok(json!({"Products": shown, "TotalProducts": found.len()}))
}

/// The product with the SKUs that were there at the horizon; `None` when none was.
fn as_of(product: &Product, horizon: Option<DateTime<Utc>>) -> Option<Cow<'_, Product>> {
    let Some(horizon) = horizon else { return Some(Cow::Borrowed(product)) };
    let was_there = |sku: &Sku| sku.created_at.is_none_or(|created_at| created_at < horizon);
    if product.skus.iter().all(was_there) {
        return Some(Cow::Borrowed(product));
    }
    let mut product = product.clone();
    product.skus.retain(was_there);
    (!product.skus.is_empty()).then_some(Cow::Owned(product))
}

fn candidates<'a>(wanted: &Wanted, store: &'a Store) -> Vec<(usize, &'a Product)> {
    let products = store.products();
    let Some(skus) = &wanted.skus else { return products.iter().enumerate().collect() };
    let positions: BTreeSet<usize> = skus.iter().filter_map(|sku| store.position(sku)).collect();
    positions.into_iter().filter_map(|position| Some((position, products.get(position)?))).collect()
}

impl Wanted {
    fn read(query: &Query) -> Result<Wanted, ApiError> {
        let filter = match query.filled("Filter").ok_or_else(|| ApiError::about(1, "Filter"))? {
            "all" => Filter::All,
            "live" => Filter::Live,
            "inactive" => Filter::Inactive,
            "deleted" => Filter::Deleted,
            "image-missing" => Filter::ImageMissing,
            "pending" => Filter::Pending,
            "rejected" => Filter::Rejected,
            "sold-out" => Filter::SoldOut,
            _ => return Err(ApiError::new(36)),
        };
        let skus = match query.filled("SkuSellerList") {
            Some(list) => Some(serde_json::from_str(list).map_err(|_| ApiError::new(70))?),
            None => None,
        };
        Ok(Wanted {
            filter,
            search: query.filled("Search").map(str::to_lowercase),
            created: Range::read(query, "CreatedAfter", "CreatedBefore")?,
            updated: Range::read(query, "UpdatedAfter", "UpdatedBefore")?,
            skus,
        })
    }

    fn lets_through(&self, product: &Product) -> bool {
        self.filter.lets_through(product)
            && self.created.holds(product.created_at)
            && self.updated.holds(product.updated_at)
            && self.search.as_deref().is_none_or(|search| is_about(product, search))
    }
}

impl Filter {
    fn lets_through(self, product: &Product) -> bool {
        let any = |condition: fn(&Sku) -> bool| product.skus.iter().any(condition);
        match self {
            Filter::All => true,
            Filter::Live => product.review == Review::Approved && any(|sku| sku.status == Status::Active),
            Filter::Inactive => any(|sku| sku.status == Status::Inactive),
            Filter::Deleted => any(|sku| sku.status == Status::Deleted),
            Filter::ImageMissing => any(|sku| sku.status != Status::Deleted && sku.images.is_empty()),
            Filter::Pending => product.review == Review::Pending,
            Filter::Rejected => false,
            Filter::SoldOut => any(|sku| sku.status != Status::Deleted && quantity(sku) == 0),
        }
    }
}

impl Range {
    fn read(query: &Query, after: &str, before: &str) -> Result<Range, ApiError> {
        let date = |name: &str| match query.filled(name) {
            Some(text) => time::parse_filter_date(text).map(Some).ok_or_else(|| ApiError::about(17, text)),
            None => Ok(None),
        };
        Ok(Range { after: date(after)?, before: date(before)? })
    }

    fn holds(&self, time: DateTime<Utc>) -> bool {
        self.after.is_none_or(|after| time >= after) && self.before.is_none_or(|before| time <= before)
    }
}

fn limit(text: Option<&str>) -> Result<usize, ApiError> {
    let Some(text) = text else { return Ok(DEFAULT_LIMIT) };
    let limit = text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| ApiError::about(19, text))
}

fn offset(text: Option<&str>) -> Result<usize, ApiError> {
    let Some(text) = text else { return Ok(0) };
    text.parse().map_err(|_| ApiError::about(14, text))
}

fn is_about(product: &Product, search: &str) -> bool {
    product.attributes.get("name").is_some_and(|name| name.to_lowercase().contains(search))
        || product.skus.iter().any(|sku| sku.seller_sku.to_lowercase().contains(search))
}

fn quantity(sku: &Sku) -> u64 {
    sku.fields.get("quantity").and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn shown(position: usize, product: &Product, stock: Stock) -> Value {
    let skus: Vec<Value> =
        product.skus.iter().enumerate().map(|(index, sku)| shown_sku(position, index, sku, stock)).collect();
    let mut shown = Map::new();
    shown.insert("PrimaryCategory".to_owned(), json!(product.category));
    if let Some(spu_id) = product.spu_id {
        shown.insert("SPUId".to_owned(), json!(spu_id));
    }
    shown.insert("Attributes".to_owned(), json!(product.attributes));
    shown.insert("Skus".to_owned(), json!(skus));
    Value::Object(shown)
}

fn shown_sku(position: usize, index: usize, sku: &Sku, stock: Stock) -> Value {
    let mut images = sku.images.clone();
    images.resize(IMAGES_SHOWN.max(images.len()), String::new());
    let available = quantity(sku);
    let mut shown: Map<String, Value> = sku.fields.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    show_sale_times(&mut shown);
    let number = position + 1;
    let always = json!({
        "SellerSku": sku.seller_sku,
        "ShopSku": format!("SBX{number:08}SG-{}", index + 1),
        "Status": sku.status,
        "Url": format!("http://shop.sandbox.example/products/{number}.html"),
        "Available": available,
        "quantity": available.to_string(),
        "Images": images,
    });
    let detailed = json!({"ReservedStock": 0, "RtsStock": 0, "PendingStock": 0, "RealTimeStock": 0,
        "FulfillmentBySellable": available});
    for part in [Some(always), Some(detailed).filter(|_| stock == Stock::Detailed)].into_iter().flatten() {
        if let Value::Object(fields) = part {
            shown.extend(fields);
        }
    }
    Value::Object(shown)
}

/// `special_from_date` holds the day, and `special_from_time` the day and the time, where there is one.
fn show_sale_times(shown: &mut Map<String, Value>) {
    for (date, time) in [("special_from_date", "special_from_time"), ("special_to_date", "special_to_time")] {
        let Some(Value::String(text)) = shown.get(date).cloned() else { continue };
        if let Some((day, _)) = text.split_once(' ') {
            shown.insert(date.to_owned(), json!(day));
            shown.insert(time.to_owned(), json!(text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::faults::Faults;

    fn shop() -> Store {
        let file = "[[product]]\ncategory = 3\nname = \"Canvas Tote\"\nskus = [\"TOTE-1\", \"TOTE-2\"]\n\
            images = [\"http://x.example/1\"]\n\
            [[product]]\ncategory = 3\nname = \"Mug\"\nskus = [\"MUG\"]\nstatus = \"inactive\"\n\
            [[product]]\ncategory = 3\nname = \"Cap\"\nskus = [\"CAP\"]\nstatus = \"deleted\"";
        let presets = Faults::from_toml(file).unwrap().products;
        Store::open(presets.iter().map(|preset| preset.product(time::now())).collect(), None).unwrap()
    }

    #[track_caller]
    fn check(query: &str, expect: &str) {
        let outcome = match list(&Query::parse(query).unwrap(), &shop(), &View::default(), 0.0) {
            Ok(body) => {
                let products = body["Products"].as_array().unwrap().iter();
                let names: Vec<&str> =
                    products.map(|product| product["Attributes"]["name"].as_str().unwrap()).collect();
                format!("{} of {}", names.join(", "), body["TotalProducts"])
            }
            Err(error) => error.message,
        };
        assert_eq!(outcome, expect, "{query}");
    }

    #[test]
    fn a_filter_is_mandatory_and_known() {
        check("Limit=5", "E001: Parameter Filter is mandatory");
        check("Filter=online", "E036: Invalid status filter");
    }

    #[test]
    fn a_filter_lets_products_through_by_their_skus() {
        check("Filter=all", "Canvas Tote, Mug, Cap of 3");
        check("Filter=live", "Canvas Tote of 1");
        check("Filter=inactive", "Mug of 1");
        check("Filter=deleted", "Cap of 1");
        check("Filter=image-missing", "Mug of 1");
        check("Filter=pending", " of 0");
        check("Filter=rejected", " of 0");
        check("Filter=sold-out", " of 0");
    }

    #[test]
    fn a_sku_list_matches_whole_words() {
        check("Filter=all&SkuSellerList=[%22CAP%22,%22TOTE-2%22,%22TOTE-1%22]", "Canvas Tote, Cap of 2");
        check("Filter=all&SkuSellerList=[%22TOTE%22,%22mug%22]", " of 0");
        check("Filter=all&SkuSellerList=[]", " of 0");
        check("Filter=live&SkuSellerList=[%22CAP%22]", " of 0");
    }

    #[test]
    fn a_sku_list_is_a_json_array_of_strings() {
        let corrupt = "E070: You have corrupt data in your sku seller list.";
        check("Filter=all&SkuSellerList=TOTE-1", corrupt);
        check("Filter=all&SkuSellerList=[1]", corrupt);
    }

    #[test]
    fn limit_and_offset_cut_a_page_and_the_total_stays() {
        check("Filter=all&Limit=1&Offset=1", "Mug of 3");
        check("Filter=all&Limit=500&Offset=9", " of 3");
        check("Filter=all&Limit=501", "E019: \"501\" Invalid Limit");
        check("Filter=all&Limit=0", "E019: \"0\" Invalid Limit");
        check("Filter=all&Offset=-1", "E014: \"-1\" Invalid Offset");
    }

    #[test]
    fn a_search_looks_at_names_and_seller_skus() {
        check("Filter=all&Search=tote", "Canvas Tote of 1");
        check("Filter=all&Search=MU", "Mug of 1");
        check("Filter=all&Search=shirt", " of 0");
    }

    #[test]
    fn dates_limit_the_products() {
        check("Filter=all&CreatedAfter=2020-01-01T00%3A00%3A00%2B0000", "Canvas Tote, Mug, Cap of 3");
        check("Filter=all&CreatedBefore=2020-01-01", " of 0");
        check("Filter=all&UpdatedBefore=2020-01-01", " of 0");
        check("Filter=all&UpdatedAfter=soon", "E017: \"soon\" Invalid Date Format");
    }

    #[test]
    fn images_are_padded_and_stock_is_shown_on_request() {
        let sku = |query: &str| {
            list(&Query::parse(query).unwrap(), &shop(), &View::default(), 0.0).unwrap()["Products"][0]["Skus"][0]
                .clone()
        };
        let plain = sku("Filter=all");
        assert_eq!(plain["Images"], json!(["http://x.example/1", "", "", "", "", "", "", ""]));
        assert_eq!(
            (&plain["price"], &plain["quantity"], &plain["Available"]),
            (&json!("10.00"), &json!("10"), &json!(10))
        );
        assert!(plain.get("RtsStock").is_none());
        assert_eq!(sku("Filter=all&Options=1")["RtsStock"], json!(0));
    }
}
