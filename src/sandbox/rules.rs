//! The rules whose breach is a detail of E500: what the CreateProduct page demands of attributes and SKUs.
//!
//! All of them are looked at, so that one reply tells everything. A detail without a SKU is about the product.

use std::collections::{BTreeMap, BTreeSet};

use super::address::Policy;
use super::api::Api;
use super::categories;
use super::create::{Draft, DraftSku, Terms};
use super::reply::Detail;
use super::store::Store;
use super::time::SaleDate;

/// What is said of a value that is missing.
pub(super) const REQUIRED: &str = "Value is required and can not be empty";
/// The most pictures of a SKU, and of a call that brings some.
pub(super) const MAX_IMAGES: usize = 8;
const PACKAGE: [&str; 4] = ["package_length", "package_width", "package_height", "package_weight"];
const MAX_DIGITS: usize = 15;

/// The fields of a SKU that do not tell it from the others of its product.
const SYSTEM_FIELDS: [&str; 16] = [
    "price",
    "quantity",
    "special_price",
    "special_from_date",
    "special_to_date",
    "package_length",
    "package_width",
    "package_height",
    "package_weight",
    "package_content",
    "tax_class",
    "ProductId",
    "active",
    "name",
    "short_description",
    "description",
];

/// Everything that is wrong with a product, in the order of the page.
pub(super) fn check(draft: &Draft, store: &Store, terms: &Terms) -> Vec<Detail> {
    let mut details = Vec::new();
    check_attributes(draft, &mut details);
    check_association(draft, store, &mut details);
    let mut seen = BTreeSet::new();
    for sku in &draft.skus {
        check_seller_sku(sku, store, &mut seen, &mut details);
        check_values(sku, terms.api, &mut details);
        check_images(sku, terms.images, &mut details);
    }
    check_variants(draft, store, &mut details);
    details
}

/// What is wrong with price, quantity, sale and package of a SKU.
pub(super) fn check_values(sku: &DraftSku, api: Api, details: &mut Vec<Detail>) {
    check_price(sku, details);
    check_quantity(sku, details);
    check_sale(sku, api, details);
    check_package(sku, details);
}

fn about(sku: &DraftSku, field: &str, message: &str) -> Detail {
    Detail::new(field, message, sku.seller_sku.as_deref())
}

fn check_attributes(draft: &Draft, details: &mut Vec<Detail>) {
    // An SPU of which no more is told has everything.
    let is_whole = draft.spu.as_ref().is_some_and(|spu| spu.attributes.is_none());
    if !is_whole && draft.associated_sku.is_none() {
        for name in ["name", "short_description", "brand"] {
            if !draft.attributes.contains_key(name) {
                details.push(Detail::new(name, REQUIRED, None));
            }
        }
        for name in categories::demands(draft.category.unwrap_or_default()) {
            if !draft.attributes.contains_key(name) {
                details.push(Detail::new(name, &format!("{name} is mandatory, please select one at least"), None));
            }
        }
    }
    check_lengths(&draft.attributes, details);
}

/// Which texts are too short or too long.
pub(super) fn check_lengths(attributes: &BTreeMap<String, String>, details: &mut Vec<Detail>) {
    for (field, least, most) in [("name", 2, 255), ("description", 6, 25_000)] {
        let Some(text) = attributes.get(field) else { continue };
        if !(least..=most).contains(&text.chars().count()) {
            details.push(Detail::new(field, &format!("The length must be between {least} and {most}"), None));
        }
    }
}

fn check_association(draft: &Draft, store: &Store, details: &mut Vec<Detail>) {
    if let Some(associated_sku) = &draft.associated_sku
        && store.find(associated_sku).is_none()
    {
        details.push(Detail::new("AssociatedSku", "SKU does not exist", None));
    }
}

fn check_seller_sku<'a>(sku: &'a DraftSku, store: &Store, seen: &mut BTreeSet<&'a str>, details: &mut Vec<Detail>) {
    let Some(seller_sku) = sku.seller_sku.as_deref() else {
        details.push(about(sku, "SellerSku", REQUIRED));
        return;
    };
    if !seen.insert(seller_sku) || store.position(seller_sku).is_some() {
        details.push(about(sku, "SellerSku", "[SELLER_SKU_IS_EXIST]"));
    }
}

fn check_price(sku: &DraftSku, details: &mut Vec<Detail>) {
    match sku.fields.get("price") {
        None => details.push(about(sku, "price", REQUIRED)),
        Some(text) if hundredths(text).is_none() => details.push(about(sku, "price", "The price is invalid")),
        Some(_) => {}
    }
}

fn check_quantity(sku: &DraftSku, details: &mut Vec<Detail>) {
    let Some(text) = sku.fields.get("quantity") else { return };
    if text.len() > MAX_DIGITS || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        details.push(about(sku, "quantity", "The quantity is invalid"));
    }
}

fn check_sale(sku: &DraftSku, api: Api, details: &mut Vec<Detail>) {
    let mut dates = Vec::new();
    for field in ["special_from_date", "special_to_date"] {
        let Some(text) = sku.fields.get(field) else { continue };
        match SaleDate::parse(text) {
            Some(date) => dates.push(date.floored().moment()),
            None => details.push(about(sku, field, "The date is invalid")),
        }
    }
    if let [from, to] = dates.as_slice()
        && from >= to
    {
        details.push(about(sku, "special_to_date", "The promoted end date is not after the start date"));
    }
    let has_dates = ["special_from_date", "special_to_date"].iter().any(|field| sku.fields.contains_key(*field));
    let Some(text) = sku.fields.get("special_price") else {
        if has_dates {
            details.push(about(sku, "special_price", REQUIRED));
        }
        return;
    };
    if !has_dates && api.dates_sales() {
        details.push(about(sku, "special_from_date", "The promoted start date or end date is mandatory"));
    }
    let price = sku.fields.get("price").and_then(|price| hundredths(price));
    match (hundredths(text), price) {
        (None, _) => details.push(about(sku, "special_price", "The promoted price is invalid")),
        (Some(special), Some(price)) if special >= price => {
            details.push(about(sku, "special_price", "The promoted price is greater than price"));
        }
        (Some(_), _) => {}
    }
}

fn check_package(sku: &DraftSku, details: &mut Vec<Detail>) {
    for field in PACKAGE {
        match sku.fields.get(field) {
            None => details.push(about(sku, field, REQUIRED)),
            Some(text) if !is_positive(text) => details.push(about(sku, field, "The value must be greater than 0")),
            Some(_) => {}
        }
    }
}

/// What is wrong with the pictures of a SKU.
pub(super) fn check_images(sku: &DraftSku, images: Policy, details: &mut Vec<Detail>) {
    if sku.images.len() > MAX_IMAGES {
        details.push(about(sku, "__images__", "Too many images in one SKU"));
    } else if sku.images.iter().any(|url| !images.takes(url)) {
        details.push(about(sku, "__images__", "The image is invalid"));
    }
}

/// SKUs of one product must differ in some attribute of their own.
fn check_variants(draft: &Draft, store: &Store, details: &mut Vec<Detail>) {
    let existing = draft.associated_sku.as_deref().and_then(|sku| store.find(sku));
    let existing_skus = existing.map(|product| product.skus.as_slice()).unwrap_or_default();
    let mut known: BTreeSet<String> = existing_skus.iter().map(|sku| own_attributes(&sku.fields)).collect();
    for sku in &draft.skus {
        let own = own_attributes(&sku.fields);
        if known.insert(own.clone()) {
            continue;
        }
        let message = match own.as_str() {
            "" => "Can't create sku without sku attribute, please select one at least",
            _ => "The sku attributes repeat those of another sku",
        };
        details.push(about(sku, "Product", message));
    }
}

/// Whether a field of a SKU may tell it from the others of its product.
pub(super) fn is_own(name: &str) -> bool {
    !SYSTEM_FIELDS.contains(&name) && !["SellerSku", "Images"].contains(&name)
}

/// What tells a SKU from the others of its product.
pub(super) fn own_attributes(fields: &BTreeMap<String, String>) -> String {
    let own = fields.iter().filter(|(name, _)| is_own(name));
    own.map(|(name, value)| format!("{name}={value}\n")).collect()
}

/// A positive amount with at most two decimals, in hundredths.
pub(super) fn hundredths(text: &str) -> Option<u64> {
    let (whole, decimals) = digits(text)?;
    if decimals.len() > 2 {
        return None;
    }
    format!("{whole}{decimals:0<2}").parse().ok().filter(|amount| *amount > 0)
}

fn is_positive(text: &str) -> bool {
    digits(text).is_some_and(|(whole, decimals)| whole.bytes().chain(decimals.bytes()).any(|digit| digit != b'0'))
}

/// The digits before and after the decimal point; `None` for anything but a plain decimal number.
fn digits(text: &str) -> Option<(&str, &str)> {
    let (whole, decimals) = match text.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (text, ""),
    };
    let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_sized = !whole.is_empty() && whole.len() + decimals.len() <= MAX_DIGITS;
    (is_sized && are_digits(whole) && are_digits(decimals)).then_some((whole, decimals))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::faults::Faults;
    use crate::sandbox::spu::Spus;
    use crate::sandbox::store::{Effect, Product, Sku, Status};
    use crate::sandbox::time;

    fn map(text: &str) -> BTreeMap<String, String> {
        let pairs = text.split('|').filter(|pair| !pair.is_empty());
        pairs.filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.into(), value.into())).collect()
    }

    fn sku(seller_sku: &str, fields: &str) -> DraftSku {
        let mut all = map("price=99.00|package_length=1|package_width=1|package_height=1|package_weight=0.1");
        all.extend(map(fields));
        all.retain(|_, value| value != "-");
        let seller_sku = Some(seller_sku).filter(|text| !text.is_empty()).map(str::to_owned);
        DraftSku { seller_sku, fields: all, images: Vec::new() }
    }

    fn draft(attributes: &str, skus: Vec<DraftSku>) -> Draft {
        let mut all = map("name=Tote|short_description=Canvas|brand=Remark");
        all.extend(map(attributes));
        all.retain(|_, value| value != "-");
        Draft { category: Some(3), spu: None, associated_sku: None, attributes: all, images: Vec::new(), skus }
    }

    fn shop() -> Store {
        let there = |seller_sku: &str, status| Sku {
            seller_sku: seller_sku.to_owned(),
            status,
            images: Vec::new(),
            fields: map("size=S"),
            ..Sku::default()
        };
        let product = Product {
            item_id: 0,
            category: 3,
            spu_id: None,
            attributes: BTreeMap::new(),
            images: Vec::new(),
            skus: vec![there("OLD", Status::Active), there("GONE", Status::Deleted)],
            associated_skus: Vec::new(),
            creates: 0,
            created_at: time::now(),
            updated_at: time::now(),
        };
        let mut store = Store::default();
        store.commit(Effect::Create { product }).unwrap();
        store
    }

    #[track_caller]
    fn check_draft(draft: &Draft, expect: &str) {
        check_by(Api::SellerCenter, draft, expect);
    }

    #[track_caller]
    fn check_by(api: Api, draft: &Draft, expect: &str) {
        let terms = Terms { spus: &Spus::default(), images: Policy::Hosted, api };
        let fields: Vec<String> = check(draft, &shop(), &terms).into_iter().map(|detail| detail.field).collect();
        assert_eq!(fields.join(" "), expect);
    }

    #[track_caller]
    fn check_fields(fields: &str, expect: &str) {
        check_draft(&draft("", vec![sku("A", fields)]), expect);
    }

    #[test]
    fn name_short_description_and_brand_are_mandatory_without_an_spu() {
        check_draft(&draft("", vec![sku("A", "")]), "");
        let bare = draft("name=-|short_description=-|brand=-", vec![sku("A", "")]);
        check_draft(&bare, "name short_description brand");
        let of = |spu: &str| Draft {
            spu: Faults::from_toml(spu).unwrap().spus.pop(),
            ..draft("name=-|short_description=-|brand=-", vec![sku("A", "")])
        };
        check_draft(&of("[[spu]]\nid = 1001\ncategory = 3"), "");
        let part = "[[spu]]\nid = 1001\ncategory = 3\nattributes = { brand = \"Remark\" }";
        check_draft(&of(part), "name short_description brand");
        check_draft(&Draft { attributes: map("brand=Remark"), ..of(part) }, "name short_description");
    }

    #[test]
    fn a_category_may_demand_more_than_it_says() {
        let of = |attributes: &str| Draft { category: Some(26), ..draft(attributes, vec![sku("A", "")]) };
        check_draft(&of("display_size_mobile=5.0 - 5.9 inch"), "");
        check_draft(&of(""), "display_size_mobile");
    }

    #[test]
    fn name_and_description_have_lengths() {
        check_draft(&draft("name=T", vec![sku("A", "")]), "name");
        check_draft(&draft("name=ถุ", vec![sku("A", "")]), "");
        check_draft(&draft(&format!("name={}", "x".repeat(256)), vec![sku("A", "")]), "name");
        check_draft(&draft("description=short", vec![sku("A", "")]), "description");
        check_draft(&draft(&format!("description={}", "x".repeat(25_000)), vec![sku("A", "")]), "");
    }

    #[test]
    fn a_price_is_positive_with_at_most_two_decimals() {
        for price in ["1", "0.05", "388.5", "388.50"] {
            check_fields(&format!("price={price}"), "");
        }
        for price in ["-", "0", "0.00", "-1", "1.005", "1,50", "1.", ".5", "RM 1", "1e3", "9999999999999999"] {
            check_fields(&format!("price={price}"), "price");
        }
    }

    #[test]
    fn a_quantity_is_whole_and_not_negative() {
        check_fields("quantity=0", "");
        for quantity in ["-1", "1.5", "many"] {
            check_fields(&format!("quantity={quantity}"), "quantity");
        }
    }

    #[test]
    fn a_package_has_sizes_above_zero() {
        check_fields("package_height=-|package_weight=0.0", "package_height package_weight");
        check_fields("package_width=wide", "package_width");
    }

    #[test]
    fn a_special_price_goes_with_a_date_and_a_date_with_a_special_price() {
        check_fields("special_price=89|special_from_date=2017-07-15", "");
        check_fields("special_price=89|special_to_date=2017-07-15 18:23", "");
        check_fields("special_price=89", "special_from_date");
        check_fields("special_to_date=2017-07-15", "special_price");
        check_fields("special_price=89|special_to_date=15.07.2017", "special_to_date");
    }

    #[test]
    fn a_special_price_without_a_date_is_for_good_at_the_open_platform() {
        let draft = |fields: &str| draft("", vec![sku("A", fields)]);
        check_by(Api::OpenPlatform, &draft("special_price=89"), "");
        check_by(Api::OpenPlatform, &draft("special_price=99"), "special_price");
        check_by(Api::OpenPlatform, &draft("special_to_date=2017-07-15"), "special_price");
    }

    #[test]
    fn a_special_price_is_below_the_price() {
        check_fields("special_price=98.99|special_from_date=2017-07-15", "");
        check_fields("special_price=99|special_from_date=2017-07-15", "special_price");
        check_fields("special_price=0|special_from_date=2017-07-15", "special_price");
    }

    #[test]
    fn a_sale_begins_before_it_ends_after_rounding() {
        let window = |from: &str, to: &str| format!("special_price=9|special_from_date={from}|special_to_date={to}");
        check_fields(&window("2017-07-15 18:10", "2017-07-15 18:16"), "");
        check_fields(&window("2017-07-15 18:16", "2017-07-15 18:29"), "special_to_date");
        check_fields(&window("2017-07-16", "2017-07-15"), "special_to_date");
    }

    #[test]
    fn a_seller_sku_is_new_even_when_the_old_one_is_deleted() {
        for taken in ["OLD", "GONE", ""] {
            check_draft(&draft("", vec![sku(taken, "")]), "SellerSku");
        }
        check_draft(&draft("", vec![sku("old", "")]), "");
        check_draft(&draft("", vec![sku("A", "size=S"), sku("A", "size=M")]), "SellerSku");
    }

    #[test]
    fn an_associated_sku_is_there_and_demands_no_attributes() {
        let more = |associated: &str, fields: &str| Draft {
            associated_sku: Some(associated.to_owned()),
            ..draft("name=-|short_description=-|brand=-", vec![sku("A", fields)])
        };
        check_draft(&more("OLD", "size=M"), "");
        check_draft(&more("OLD", "size=S"), "Product");
        check_draft(&more("NONE", "size=M"), "AssociatedSku");
        check_draft(&more("GONE", "size=M"), "AssociatedSku");
    }

    #[test]
    fn skus_of_one_product_differ_in_an_attribute_of_their_own() {
        check_draft(&draft("", vec![sku("A", "size=S"), sku("B", "size=M")]), "");
        check_draft(&draft("", vec![sku("A", "size=S"), sku("B", "size=S|price=5")]), "Product");
        check_draft(&draft("", vec![sku("A", ""), sku("B", "")]), "Product");
    }

    #[test]
    fn a_sku_has_at_most_eight_hosted_images() {
        let images = |url: &str, count: usize| DraftSku { images: vec![url.to_owned(); count], ..sku("A", "") };
        let hosted = "https://sg-live.slatic.net/p/1.jpg";
        check_draft(&draft("", vec![images(hosted, 8)]), "");
        check_draft(&draft("", vec![images(hosted, 9)]), "__images__");
        check_draft(&draft("", vec![images("http://x.example/1.jpg", 1)]), "__images__");
    }
}
