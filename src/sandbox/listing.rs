//! GetProducts: how the products of the shop are shown.
//!
//! Products are shown whole, with all their SKUs, in the order of their creation. With a SkuSellerList the index
//! answers; every other condition then looks at the products that are left. An SPUId that a product lacks and a sale
//! that a SKU lacks are left out, as the page's JSON sample leaves them out.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::api::Api;
use super::filter::{self, Wanted};
use super::gate::Query;
use super::normal::Normal;
use super::open;
use super::preset::Preset;
use super::qc::Reviews;
use super::reply::ApiError;
use super::store::{Product, Sku, Store};
use super::view::{Front, View};
use super::{stock, time};

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 500;
const IMAGES_SHOWN: usize = 8;

/// The seller SKU of a product that comes while a client pages.
const NEWCOMER: &str = "SKU-THAT-APPEARED";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stock {
    Plain,
    Detailed,
}

/// With which eyes the shop is looked at.
pub(super) struct Eyes<'a> {
    /// What is told of it.
    pub(super) view: &'a View,
    /// From 0 to 1: chance, where the view needs it.
    pub(super) lot: f64,
    /// What is made of texts.
    pub(super) normal: Normal,
    /// By which API it is looked at.
    pub(super) api: Api,
}

/// One product of a reply, and its place in the shop.
type Found<'a> = (usize, Cow<'a, Product>);

/// The body of the reply: `Products` and `TotalProducts`, as far as the eyes see.
pub(super) fn list(query: &Query, store: &Store, reviews: &Reviews, eyes: &Eyes) -> Result<Value, ApiError> {
    let view = eyes.view;
    let wanted = Wanted::read(query)?;
    let limit = filter::limit(query.filled("Limit"), DEFAULT_LIMIT, MAX_LIMIT)?.min(view.limit.unwrap_or(usize::MAX));
    let offset = filter::offset(query.filled("Offset"))?;
    let stock = if query.get("Options") == Some("1") { Stock::Detailed } else { Stock::Plain };
    let horizon =
        view.stale.and_then(|span| TimeDelta::from_std(span.drawn(eyes.lot)).ok()).map(|age| time::now() - age);
    let mut found: Vec<Found> = candidates(&wanted, store)
        .into_iter()
        .filter_map(|(position, product)| Some((position, as_of(horizon, position, product, store)?)))
        .filter(|(_, product)| wanted.lets_through(product, reviews))
        .collect();
    if wanted.skus.is_none() {
        change_front(&mut found, view.front, store.products().len());
    }
    let page = found.iter().skip(offset).take(limit);
    let shown: Vec<Value> = page.map(|(position, product)| shown(*position, product, stock, eyes)).collect();
    Ok(json!({"Products": shown, "TotalProducts": found.len()}))
}

/// What came or went at the front of the list since the last page.
fn change_front(found: &mut Vec<Found>, front: Option<Front>, place: usize) {
    match front {
        None => {}
        Some(Front::Appeared) => {
            let newcomer = Preset::planted(NEWCOMER.to_owned()).product(time::now());
            found.insert(0, (place, Cow::Owned(newcomer)));
        }
        Some(Front::Vanished) => drop(found.drain(..found.len().min(1))),
    }
}

/// The product as it was at the horizon, with the SKUs that were there; `None` when none was.
fn as_of<'a>(
    horizon: Option<DateTime<Utc>>,
    position: usize,
    product: &'a Product,
    store: &'a Store,
) -> Option<Cow<'a, Product>> {
    let Some(horizon) = horizon else { return Some(Cow::Borrowed(product)) };
    let product = store.past.then(position, horizon).unwrap_or(product);
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

fn shown(position: usize, product: &Product, stock: Stock, eyes: &Eyes) -> Value {
    let normal = eyes.normal;
    let skus = product.skus.iter().enumerate();
    let skus: Vec<Value> = skus.map(|(index, sku)| shown_sku((position, index), sku, stock, normal)).collect();
    let mut shown = Map::new();
    shown.insert("PrimaryCategory".to_owned(), json!(product.category));
    if let Some(spu_id) = product.spu_id {
        shown.insert("SPUId".to_owned(), json!(spu_id));
    }
    let attributes = product.attributes.iter();
    let attributes: Map<String, Value> =
        attributes.map(|(name, value)| (name.clone(), json!(normal.shown(name, value)))).collect();
    shown.insert("Attributes".to_owned(), Value::Object(attributes));
    shown.insert("Skus".to_owned(), json!(skus));
    match eyes.api {
        Api::SellerCenter => {}
        Api::OpenPlatform => open::add_to_listed(product, &mut shown),
    }
    Value::Object(shown)
}

fn shown_sku((position, index): (usize, usize), sku: &Sku, stock: Stock, normal: Normal) -> Value {
    let mut images = sku.images.clone();
    images.resize(IMAGES_SHOWN.max(images.len()), String::new());
    let available = stock::available(sku);
    let fields = sku.fields.iter().map(|(name, value)| (name.clone(), json!(normal.shown(name, value))));
    let mut shown: Map<String, Value> = fields.collect();
    show_sale_times(&mut shown);
    let number = position + 1;
    let always = json!({
        "SellerSku": sku.seller_sku,
        "ShopSku": format!("SBX{number:08}SG-{}", index + 1),
        "Status": sku.status,
        "Url": format!("http://shop.sandbox.example/products/{number}.html"),
        "Available": available,
        "quantity": stock::quantity(sku).to_string(),
        "Images": images,
    });
    let held = &sku.held;
    let detailed = json!({"ReservedStock": held.reserved, "RtsStock": held.rts, "PendingStock": held.pending,
        "RealTimeStock": held.real_time, "FulfillmentBySellable": available});
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

    fn listed(query: &str) -> Result<Value, ApiError> {
        let eyes = Eyes { view: &View::default(), lot: 0.0, normal: Normal::default(), api: Api::SellerCenter };
        list(&Query::parse(query).unwrap(), &shop(), &Reviews::default(), &eyes)
    }

    #[track_caller]
    fn check(query: &str, expect: &str) {
        let outcome = match listed(query) {
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
        let sku = |query: &str| listed(query).unwrap()["Products"][0]["Skus"][0].clone();
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
