//! UpdateProduct: new values for one product that is there, and for SKUs of it.
//!
//! Only the fields that are sent change; those of `Attributes` change for all SKUs. A request without a `Sku` is
//! E001, a category or an SPU that is none E201, E202, E205 or E206; everything else is a detail of one E501, and then
//! nothing is changed. Where the page is silent, this is our reading:
//!
//! - An SPU that cannot be looked up is such a detail too. A product takes from a new SPU what it lacks.
//! - An empty tag takes the value away where a product can do without it, and is refused where it cannot (name,
//!   short_description, brand, price, quantity, package sizes). A sale is taken away with all its fields at once.
//! - Empty `Images` leave the list as it is, as an empty list does in SetImages; others take its place.
//! - A category other than the product's, `gmt_create`, `gmt_modified`, `keywords` and what only answers tell
//!   (`Status`, `ShopSku`, stock other than `quantity`) are refused. The category the product has is accepted.
//! - All SKUs belong to one product, each is there (not deleted) and stands in the request once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::address::Policy;
use super::api::Api;
use super::change::{self, Change, Values};
use super::create::{self, DraftSku, Terms};
use super::reply::{ApiError, Detail};
use super::request;
use super::rules::{self, REQUIRED};
use super::spu::{SEARCH_FAILED, Spu};
use super::store::{Effect, Product, ProductChange, Sku, Status, Store};
use super::xml::Element;

/// The attributes that a product cannot do without.
const MANDATORY: [&str; 3] = ["name", "short_description", "brand"];

/// What no request can change.
const FIXED: [&str; 14] = [
    "gmt_create",
    "gmt_modified",
    "keywords",
    "ShopSku",
    "Status",
    "Url",
    "Available",
    "ReservedStock",
    "RtsStock",
    "PendingStock",
    "RealTimeStock",
    "FulfillmentBySellable",
    "special_from_time",
    "special_to_time",
];

/// What a request asks of one SKU.
#[derive(Debug)]
struct Asked {
    seller_sku: Option<String>,
    values: Values,
    images: Vec<String>,
}

/// What a request is held against.
struct Against<'a> {
    store: &'a Store,
    images: Policy,
    api: Api,
    /// The place of the product that the first SKU belongs to; none when no SKU is there.
    place: Option<usize>,
}

/// Decides what an UpdateProduct does to the shop, or why it is refused.
pub(super) fn decide(product: &Element, store: &Store, terms: &Terms, at: DateTime<Utc>) -> Result<Effect, ApiError> {
    let attributes = product.child("Attributes").map(request::values).transpose()?.unwrap_or_default();
    let skus = request::skus(product).into_iter().map(read).collect::<Result<Vec<Asked>, _>>()?;
    if skus.is_empty() {
        return Err(ApiError::about(1, "Skus"));
    }
    let place = skus.iter().filter_map(|sku| sku.seller_sku.as_deref()).find_map(|sku| place(sku, store));
    let there = place.and_then(|place| store.products().get(place));
    let category = there.map(|product| product.category);
    let mut details = Vec::new();
    if let Some(text) = product.value("PrimaryCategory") {
        let asked = create::positive(text).ok_or_else(|| ApiError::about(201, text))?;
        if category.is_some_and(|category| category != asked) {
            details.push(Detail::new("PrimaryCategory", "The category cannot be changed", None));
        }
    }
    let spu = match product.value("SPUId").map(|text| terms.spus.find(text, category)).transpose() {
        Err(error) if error.code == SEARCH_FAILED => {
            details.push(Detail::new("SPUId", "Search SPU failed", None));
            None
        }
        found => found?,
    };
    check_attributes(&attributes, &mut details);
    let changes = changes(skus, &Against { store, images: terms.images, api: terms.api, place }, &mut details);
    if let Some(there) = there {
        check_variants(there, &changes, &mut details);
    }
    match changes.first() {
        Some(first) if details.is_empty() => {
            let attributes = with_spu(attributes, spu, there);
            let spu_id = spu.map(|spu| spu.id);
            let of = first.seller_sku.clone();
            let images = own_images(product, terms.api);
            Ok(Effect::Update { product: Some(ProductChange { of, spu_id, attributes, images }), skus: changes, at })
        }
        Some(_) | None => Err(ApiError::with_details(501, details)),
    }
}

/// The new list of the product's own pictures, where there is one.
fn own_images(product: &Element, api: Api) -> Option<Vec<String>> {
    match api {
        Api::SellerCenter => None,
        Api::OpenPlatform => Some(request::images(product)).filter(|images| !images.is_empty()),
    }
}

/// The new attributes, and those of the SPU that the product has not.
fn with_spu(mut attributes: Values, spu: Option<&Spu>, there: Option<&Product>) -> Values {
    let mut filled = attributes.clone();
    if let Some(spu) = spu {
        spu.fill(&mut filled, |text| Some(text.to_owned()));
    }
    let has = |name: &String| there.is_some_and(|product| product.attributes.contains_key(name));
    attributes.extend(filled.into_iter().filter(|(name, _)| !has(name)));
    attributes
}

fn read(sku: &Element) -> Result<Asked, ApiError> {
    Ok(Asked {
        seller_sku: sku.value("SellerSku").map(str::to_owned),
        values: request::values(sku)?,
        images: request::images(sku),
    })
}

/// The place of the product of a SKU that is there.
fn place(seller_sku: &str, store: &Store) -> Option<usize> {
    store.find(seller_sku).and_then(|_| store.position(seller_sku))
}

fn check_attributes(attributes: &Values, details: &mut Vec<Detail>) {
    for (name, value) in attributes {
        if FIXED.contains(&name.as_str()) {
            details.push(Detail::new(name, "The field cannot be updated", None));
        } else if value.is_none() && MANDATORY.contains(&name.as_str()) {
            details.push(Detail::new(name, REQUIRED, None));
        }
    }
    let given = attributes.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?)));
    rules::check_lengths(&given.collect(), details);
}

/// The changes of all SKUs that can be changed; what is wrong with the others is told.
fn changes(skus: Vec<Asked>, against: &Against, details: &mut Vec<Detail>) -> Vec<Change> {
    let mut seen = BTreeSet::new();
    let mut changes = Vec::new();
    for asked in skus {
        let Some(seller_sku) = asked.seller_sku.clone() else {
            details.push(Detail::new("SellerSku", REQUIRED, None));
            continue;
        };
        match known(&seller_sku, against) {
            Err(message) => details.push(Detail::new("SellerSku", message, Some(&seller_sku))),
            Ok(_) if !seen.insert(seller_sku.clone()) => {
                details.push(Detail::new("SellerSku", "The SKU repeats in the request", Some(&seller_sku)));
            }
            Ok(sku) => changes.push(change(sku, asked, against, details)),
        }
    }
    changes
}

/// The SKU, unless it is not there or of another product.
fn known<'a>(seller_sku: &str, against: &Against<'a>) -> Result<&'a Sku, &'static str> {
    let Against { store, place: expected, .. } = against;
    match place(seller_sku, store) {
        None => Err("SKU does not exist"),
        other if other != *expected => Err("The SKU belongs to another product"),
        Some(_) => store.sku(seller_sku).ok_or("SKU does not exist"),
    }
}

fn change(sku: &Sku, asked: Asked, against: &Against, details: &mut Vec<Detail>) -> Change {
    let about = |field: &str, message: &str| Detail::new(field, message, Some(&sku.seller_sku));
    let mut values = asked.values;
    let active = values.remove("active");
    let status = match active.as_ref().map(Option::as_deref) {
        None => None,
        Some(Some("true")) => Some(Status::Active),
        Some(Some("false")) => Some(Status::Inactive),
        Some(_) => {
            details.push(about("active", "The value must be true or false"));
            None
        }
    };
    let fixed = values.keys().filter(|name| FIXED.contains(&name.as_str()));
    details.extend(fixed.map(|name| about(name, "The field cannot be updated")));
    details.extend(change::check(sku, &values, against.api));
    let name = Some(sku.seller_sku.clone());
    let pictures = DraftSku { seller_sku: name, fields: BTreeMap::new(), images: asked.images };
    rules::check_images(&pictures, against.images, details);
    let images = Some(pictures.images).filter(|images| !images.is_empty());
    Change { status, images, ..Change::of(&sku.seller_sku, values) }
}

/// SKUs of one product must still differ, where the change is about what tells them apart.
fn check_variants(product: &Product, changes: &[Change], details: &mut Vec<Detail>) {
    let fields = |sku: &Sku| match changes.iter().find(|change| change.seller_sku == sku.seller_sku) {
        Some(change) => change::changed(sku, &change.values),
        None => sku.fields.clone(),
    };
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for sku in product.skus.iter().filter(|sku| sku.status != Status::Deleted) {
        *count.entry(rules::own_attributes(&fields(sku))).or_default() += 1;
    }
    for sku in &product.skus {
        let own = rules::own_attributes(&fields(sku));
        let is_changed = own != rules::own_attributes(&sku.fields);
        if is_changed && count.get(&own).is_some_and(|count| *count > 1) {
            let message = "The sku attributes repeat those of another sku";
            details.push(Detail::new("Product", message, Some(&sku.seller_sku)));
        }
    }
}
