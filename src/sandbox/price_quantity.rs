//! UpdatePriceQuantity: new prices, sales and stock for SKUs of any products.
//!
//! Published: the tags, which are left empty for what stays as it is, and at most 50 SKUs (E204). Whether one bad SKU
//! spoils the call is not: `bad_sku` of a faults file says it. Either way the answer is E501 with a detail for each
//! bad SKU, under the tags' own names. Our reading besides: a `Sku` without a SellerSku spoils the call whatever
//! `bad_sku` says, since nobody could be told which one it was; a tag that the call does not know is refused, and a
//! SKU that stands in the request twice is refused the second time. A sale cannot be taken away by this call.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::api::{Api, Came};
use super::change::{self, Change, Values};
use super::reply::{ApiError, Detail};
use super::request;
use super::rules::REQUIRED;
use super::store::{Effect, Status, Store};
use super::xml::Element;

const MAX_SKUS: usize = 50;

/// The tags of a SKU, and the fields that they change.
const TAGS: [(&str, &str); 5] = [
    ("Quantity", "quantity"),
    ("Price", "price"),
    ("SalePrice", "special_price"),
    ("SaleStartDate", "special_from_date"),
    ("SaleEndDate", "special_to_date"),
];

/// What a bad SKU spoils.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum BadSku {
    /// Itself; the others are changed.
    #[default]
    Alone,
    /// All SKUs of the call.
    All,
}

/// What the values of a SKU are held against.
struct Against<'a> {
    store: &'a Store,
    api: Api,
}

/// What a call about many SKUs comes to.
#[derive(Debug)]
pub(super) struct Decided {
    /// What becomes of the SKUs that can be changed.
    pub(super) effect: Effect,
    /// What is wrong with the others, where there are any.
    pub(super) refusal: Option<ApiError>,
}

impl Decided {
    /// What a call does whose SKUs are good for `effect`, but for those that `refusal` tells of.
    pub(super) fn of(effect: Option<Effect>, refusal: ApiError, bad_sku: BadSku) -> Result<Decided, ApiError> {
        let is_nameless = refusal.details.iter().any(|detail| detail.seller_sku.is_none());
        let is_spoilt = is_nameless || bad_sku == BadSku::All && !refusal.details.is_empty();
        match effect {
            Some(effect) if !is_spoilt => {
                Ok(Decided { effect, refusal: Some(refusal).filter(|refusal| !refusal.details.is_empty()) })
            }
            _ => Err(refusal),
        }
    }
}

/// Decides what the call does to the shop, or why all of it is refused.
pub(super) fn decide(product: &Element, store: &Store, bad_sku: BadSku, came: Came) -> Result<Decided, ApiError> {
    let skus = request::skus(product);
    if skus.is_empty() {
        return Err(ApiError::about(1, "Skus"));
    }
    if skus.len() > MAX_SKUS {
        return Err(ApiError::new(204));
    }
    let mut seen = BTreeSet::new();
    let (mut changes, mut details) = (Vec::new(), Vec::new());
    for sku in &skus {
        let values = request::values(sku)?;
        match sku.value("SellerSku") {
            None => details.push(Detail::new("SellerSku", REQUIRED, None)),
            Some(seller_sku) => match change(seller_sku, values, &Against { store, api: came.by }, &mut seen) {
                Ok(change) => changes.push(change),
                Err(wrong) => details.extend(wrong),
            },
        }
    }
    let effect = Some(changes).filter(|changes| !changes.is_empty());
    let effect = effect.map(|skus| Effect::Update { product: None, skus, at: came.at });
    Decided::of(effect, ApiError::with_details(501, details), bad_sku)
}

/// The success body, by analogy with SetImages.
pub(super) fn described(product: &Element) -> Value {
    let skus: Vec<Value> = request::seller_skus(product).into_iter().map(|sku| json!({"SellerSku": sku})).collect();
    json!({"Skus": skus, "Warnings": []})
}

/// The change of one SKU, or what is wrong with it.
fn change<'a>(
    seller_sku: &'a str,
    values: Values,
    against: &Against,
    seen: &mut BTreeSet<&'a str>,
) -> Result<Change, Vec<Detail>> {
    let about = |field: &str, message: &str| vec![Detail::new(field, message, Some(seller_sku))];
    let Some(sku) = against.store.sku(seller_sku).filter(|sku| sku.status != Status::Deleted) else {
        return Err(about("SellerSku", "SKU does not exist"));
    };
    if !seen.insert(seller_sku) {
        return Err(about("SellerSku", "The SKU repeats in the request"));
    }
    let mut fields = Values::new();
    for (tag, value) in values {
        let Some((_, field)) = TAGS.iter().find(|(known, _)| *known == tag) else {
            return Err(about(&tag, "The field cannot be updated"));
        };
        if value.is_some() {
            fields.insert((*field).to_owned(), value);
        }
    }
    let mut details = change::check(sku, &fields, against.api);
    if details.is_empty() {
        return Ok(Change::of(seller_sku, fields));
    }
    for detail in &mut details {
        if let Some((tag, _)) = TAGS.iter().find(|(_, field)| *field == detail.field) {
            (*tag).clone_into(&mut detail.field);
        }
    }
    Err(details)
}
