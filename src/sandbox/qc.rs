//! GetQcStatus: what quality control says of a SKU.
//!
//! A SKU that a request created is `pending` until `[[qc]]` says more; one that was there before has no recent
//! review, and is listed only when the faults file gives it one. A SKU that a change of its price sent back is
//! `pending` at least once more, and then what `[[qc]]` or its `review` says; without them it stays so. Published:
//! the request, the fields of an item, its statuses, and that asking for a deleted SKU is E006. Our reading: `State`
//! as the name of an item in XML, and at most 100 of them.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::filter;
use super::gate::Query;
use super::reply::ApiError;
use super::store::{Sku, Status, Store};

const MAX_LIMIT: usize = 100;
const EVERY_SKU: &str = "*";

/// What quality control says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Review {
    /// Nothing yet.
    Pending,
    /// It may be sold.
    Approved,
    /// It may not.
    Rejected,
    /// It was sold, and may be no more.
    LiveRejected,
}

/// What quality control will say of one SKU, or with `*` of every one that is created or sent back.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Opinion {
    /// The seller SKU.
    pub(super) sku: String,
    /// In the end.
    pub(super) status: Review,
    /// Why.
    pub(super) reason: Option<String>,
    /// How often GetQcStatus answers `pending` before.
    #[serde(default)]
    pub(super) pending: u64,
}

/// All opinions, and how often they were asked for.
#[derive(Debug, Default, Clone)]
pub(super) struct Reviews {
    opinions: HashMap<String, Opinion>,
    /// By seller SKU: how often it was sent back, and how often it was asked for since.
    asked: HashMap<String, (u64, u64)>,
}

impl Reviews {
    /// Of two opinions on one SKU the later counts.
    pub(super) fn new(opinions: impl IntoIterator<Item = Opinion>) -> Reviews {
        let opinions = opinions.into_iter().map(|opinion| (opinion.sku.clone(), opinion)).collect();
        Reviews { opinions, asked: HashMap::new() }
    }

    /// What is said of a SKU today, if anything.
    pub(super) fn of(&self, sku: &Sku) -> Option<Review> {
        let Some(opinion) = self.opinion(sku) else {
            return has_come(sku).then_some(Review::Pending);
        };
        let asked = self.asked.get(&sku.seller_sku).filter(|(round, _)| *round == sku.sent_back);
        let asked = asked.map(|(_, count)| *count).unwrap_or_default();
        Some(if asked < patience(opinion, sku) { Review::Pending } else { opinion.status })
    }

    fn opinion(&self, sku: &Sku) -> Option<&Opinion> {
        let of_every = || self.opinions.get(EVERY_SKU).filter(|_| has_come(sku));
        self.opinions.get(&sku.seller_sku).or_else(of_every)
    }

    /// The item about a SKU, counted as asked for.
    fn item(&mut self, sku: &Sku) -> Option<Value> {
        let review = self.of(sku)?;
        let mut item = Map::new();
        item.insert("SellerSKU".to_owned(), json!(sku.seller_sku));
        item.insert("Status".to_owned(), json!(review));
        let reason = self.opinion(sku).and_then(|opinion| opinion.reason.as_ref());
        match reason {
            Some(reason) if review != Review::Pending => {
                item.insert("Reason".to_owned(), json!(reason));
            }
            Some(_) | None => {}
        }
        if self.opinion(sku).is_some_and(|opinion| patience(opinion, sku) > 0) {
            let asked = self.asked.entry(sku.seller_sku.clone()).or_default();
            let before = if asked.0 == sku.sent_back { asked.1 } else { 0 };
            *asked = (sku.sent_back, before + 1);
        }
        Some(Value::Object(item))
    }
}

/// Whether a request brought it before quality control.
fn has_come(sku: &Sku) -> bool {
    sku.created_by_request.is_some() || sku.sent_back > 0
}

/// How often the answer is `pending` first: at least once for a SKU that was sent back.
fn patience(opinion: &Opinion, sku: &Sku) -> u64 {
    opinion.pending.max(u64::from(sku.sent_back > 0))
}

/// The body of the reply: `Status`, in the order asked for, or in that of the shop.
pub(super) fn list(query: &Query, store: &Store, reviews: &mut Reviews) -> Result<Value, ApiError> {
    let limit = filter::limit(query.filled("Limit"), MAX_LIMIT, MAX_LIMIT)?;
    let offset = filter::offset(query.filled("Offset"))?;
    let items: Vec<Value> = match filter::sku_list(query)? {
        Some(wanted) => {
            let known = known(&wanted, store)?;
            let reviewed: Vec<&Sku> = known.into_iter().filter(|sku| reviews.of(sku).is_some()).collect();
            reviewed.into_iter().skip(offset).take(limit).filter_map(|sku| reviews.item(sku)).collect()
        }
        None => {
            let skus = store.products().iter().flat_map(|product| &product.skus);
            let there = skus.filter(|sku| sku.status != Status::Deleted);
            let page: Vec<&Sku> = there.filter(|sku| reviews.of(sku).is_some()).skip(offset).take(limit).collect();
            page.into_iter().filter_map(|sku| reviews.item(sku)).collect()
        }
    };
    Ok(json!({"Status": items}))
}

/// The SKUs that are there, each once; a deleted one among them is E006.
fn known<'a>(wanted: &[String], store: &'a Store) -> Result<Vec<&'a Sku>, ApiError> {
    let mut seen = HashSet::new();
    let first = wanted.iter().filter(|sku| seen.insert(sku.as_str()));
    let known: Vec<&Sku> = first.filter_map(|sku| store.sku(sku)).collect();
    if known.iter().any(|sku| sku.status == Status::Deleted) {
        return Err(ApiError::new(6));
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::faults::Faults;
    use crate::sandbox::time;

    const SHOP: &str = "[[product]]\ncategory = 3\nname = \"Tote\"\nskus = [\"TOTE\"]\n\
        [[product]]\ncategory = 3\nname = \"Mug\"\nskus = [\"M1\", \"M2\"]\nreview = \"rejected\"\nreason = \"No brand\"\n\
        [[product]]\ncategory = 3\nname = \"Cap\"\nskus = [\"CAP\"]\nstatus = \"deleted\"\nreview = \"pending\"\n\
        [[qc]]\nsku = \"M2\"\nstatus = \"approved\"\npending = 1\n";

    fn shop() -> (Store, Reviews) {
        let faults = Faults::from_toml(SHOP).unwrap();
        let products = faults.products.iter().map(|preset| preset.product(time::now())).collect();
        (Store::open(products, None).unwrap(), faults.reviews())
    }

    fn told(query: &str, (store, reviews): &mut (Store, Reviews)) -> String {
        let body = match list(&Query::parse(query).unwrap(), store, reviews) {
            Ok(body) => body,
            Err(error) => return error.message,
        };
        let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let items = body["Status"].as_array().unwrap().iter();
        let items: Vec<String> =
            items.map(|item| ["SellerSKU", "Status", "Reason"].map(|name| text(item, name)).join(":")).collect();
        items.join(" ")
    }

    #[track_caller]
    fn check(query: &str, expect: &str) {
        assert_eq!(told(query, &mut shop()), expect, "{query}");
    }

    #[test]
    fn skus_with_a_review_are_listed_as_asked_for() {
        check("SkuSellerList=[%22M2%22,%22TOTE%22,%22NONE%22,%22M1%22,%22M2%22]", "M2:pending: M1:rejected:No brand");
        check("SkuSellerList=[]", "");
        check("", "M1:rejected:No brand M2:pending:");
    }

    #[test]
    fn limit_and_offset_cut_a_page() {
        check("Limit=1", "M1:rejected:No brand");
        check("Offset=1&SkuSellerList=[%22TOTE%22,%22M1%22,%22M2%22]", "M2:pending:");
        check("Limit=0", "E019: \"0\" Invalid Limit");
        check("Limit=101", "E019: \"101\" Invalid Limit");
        check("Offset=x", "E014: \"x\" Invalid Offset");
    }

    #[test]
    fn a_page_has_a_hundred_items_unless_told_otherwise() {
        let skus: Vec<String> = (0..101).map(|number| format!("S{number}")).collect();
        let text = format!("[[product]]\ncategory = 3\nname = \"Mug\"\nskus = {skus:?}\nreview = \"approved\"");
        let faults = Faults::from_toml(&text).unwrap();
        let products = faults.products.iter().map(|preset| preset.product(time::now())).collect();
        let mut shop = (Store::open(products, None).unwrap(), faults.reviews());
        assert_eq!(told("", &mut shop).split(' ').count(), 100);
        assert_eq!(told("Offset=100", &mut shop), "S100:approved:");
    }

    #[test]
    fn a_deleted_sku_fails_and_a_list_is_a_json_array() {
        check("SkuSellerList=[%22M1%22,%22CAP%22]", "E006: Unexpected internal error");
        check("SkuSellerList=M1", "E070: You have corrupt data in your sku seller list.");
    }

    #[test]
    fn a_review_ends_after_so_many_questions() {
        let mut shop = shop();
        let query = "SkuSellerList=[%22M2%22]";
        assert_eq!(told(query, &mut shop), "M2:pending:");
        assert_eq!(told(query, &mut shop), "M2:approved:");
        assert_eq!(told(query, &mut shop), "M2:approved:");
    }
}
