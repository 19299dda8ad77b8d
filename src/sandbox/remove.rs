//! RemoveProduct: SKUs that are taken out of the shop.
//!
//! Published: a `Sku` may hold several `SellerSku`, at most 50 in all (E204), and what cannot be removed is E503. A SKU
//! that is gone stays in the shop as `deleted`: its seller SKU is taken for ever, GetQcStatus answers E006 for it, and
//! nothing can be changed about it. Our reading: a SKU that is not there, or no more, is a detail of E503 and spoils
//! what `bad_sku` of a faults file says; a SellerSku that is blank spoils the call, since nobody could be told which it
//! was, and one that stands in the request twice is refused the second time.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::price_quantity::{BadSku, Decided};
use super::reply::{ApiError, Detail};
use super::request;
use super::rules::REQUIRED;
use super::store::{Effect, Store};
use super::xml::Element;

const MAX_SKUS: usize = 50;

/// Decides what the call does to the shop, or why all of it is refused.
pub(super) fn decide(
    product: &Element,
    store: &Store,
    bad_sku: BadSku,
    at: DateTime<Utc>,
) -> Result<Decided, ApiError> {
    let asked = request::listed_skus(product);
    if asked.is_empty() {
        return Err(ApiError::about(1, "Skus"));
    }
    if asked.len() > MAX_SKUS {
        return Err(ApiError::new(204));
    }
    let mut seen = BTreeSet::new();
    let (mut skus, mut details) = (Vec::new(), Vec::new());
    for sku in asked {
        let about = |message: &str| Detail::new("SellerSku", message, Some(sku).filter(|sku| !sku.is_empty()));
        if sku.is_empty() {
            details.push(about(REQUIRED));
        } else if store.find(sku).is_none() {
            details.push(about("SKU does not exist"));
        } else if !seen.insert(sku) {
            details.push(about("The SKU repeats in the request"));
        } else {
            skus.push(sku.to_owned());
        }
    }
    let effect = Some(skus).filter(|skus| !skus.is_empty()).map(|skus| Effect::Remove { skus, at });
    Decided::of(effect, ApiError::with_details(503, details), bad_sku)
}

/// The success body, by analogy with SetImages.
pub(super) fn described(product: &Element) -> Value {
    let skus: Vec<Value> = request::listed_skus(product).into_iter().map(|sku| json!({"SellerSku": sku})).collect();
    json!({"Skus": skus, "Warnings": []})
}
