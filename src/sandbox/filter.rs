//! Which products of the shop a GetProducts is about.
//!
//! A product goes through a `Filter` when one of its SKUs does. Our reading, where the page is silent: `live` is
//! active and not held by quality control, `rejected` holds what was taken offline too, and `sold-out` means that
//! nothing can be sold, though orders may still hold some.

use chrono::{DateTime, SubsecRound, Utc};

use super::gate::Query;
use super::qc::{Review, Reviews};
use super::reply::ApiError;
use super::store::{Product, Sku, Status};
use super::{stock, time};

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

/// The conditions of one GetProducts; they hold together.
#[derive(Debug)]
pub(super) struct Wanted {
    filter: Filter,
    search: Option<String>,
    created: Range,
    updated: Range,
    /// `SkuSellerList`, where there is one.
    pub(super) skus: Option<Vec<String>>,
}

#[derive(Debug)]
struct Range {
    after: Option<DateTime<Utc>>,
    before: Option<DateTime<Utc>>,
}

impl Wanted {
    /// Reads them: E001 without a `Filter`, E036 for one that is not known, E017 for a date that is none, E070 for a
    /// list that is none.
    pub(super) fn read(query: &Query) -> Result<Wanted, ApiError> {
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
        Ok(Wanted {
            filter,
            search: query.filled("Search").map(str::to_lowercase),
            created: Range::read(query, "CreatedAfter", "CreatedBefore")?,
            updated: Range::read(query, "UpdatedAfter", "UpdatedBefore")?,
            skus: sku_list(query)?,
        })
    }

    /// Whether a product fulfils all of them.
    pub(super) fn lets_through(&self, product: &Product, reviews: &Reviews) -> bool {
        self.filter.lets_through(product, reviews)
            && self.created.holds(product.created_at)
            && self.updated.holds(product.updated_at)
            && self.search.as_deref().is_none_or(|search| is_about(product, search))
    }
}

impl Filter {
    fn lets_through(self, product: &Product, reviews: &Reviews) -> bool {
        let any = |condition: fn(&Sku) -> bool| product.skus.iter().any(condition);
        let says = |review| product.skus.iter().any(|sku| reviews.of(sku) == Some(review));
        match self {
            Filter::All => true,
            Filter::Live => product.skus.iter().any(|sku| is_live(sku, reviews)),
            Filter::Inactive => any(|sku| sku.status == Status::Inactive),
            Filter::Deleted => any(|sku| sku.status == Status::Deleted),
            Filter::ImageMissing => any(|sku| sku.status != Status::Deleted && sku.images.is_empty()),
            Filter::Pending => says(Review::Pending),
            Filter::Rejected => says(Review::Rejected) || says(Review::LiveRejected),
            Filter::SoldOut => any(|sku| sku.status != Status::Deleted && stock::available(sku) == 0),
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

    /// Both ends are inside; the marketplace's times are whole seconds, as those that it is asked for.
    fn holds(&self, time: DateTime<Utc>) -> bool {
        let time = time.trunc_subsecs(0);
        self.after.is_none_or(|after| time >= after) && self.before.is_none_or(|before| time <= before)
    }
}

/// The seller SKUs a call asks for, as far as its list can be read.
pub(super) fn seller_skus(query: &Query) -> Vec<String> {
    query.get("SkuSellerList").and_then(|list| serde_json::from_str(list).ok()).unwrap_or_default()
}

/// `SkuSellerList`, where there is one; E070 when it is no JSON array of texts.
pub(super) fn sku_list(query: &Query) -> Result<Option<Vec<String>>, ApiError> {
    let Some(list) = query.filled("SkuSellerList") else { return Ok(None) };
    serde_json::from_str(list).map(Some).map_err(|_| ApiError::new(70))
}

/// `Limit`, from 1 to `most`; E019 for anything else.
pub(super) fn limit(text: Option<&str>, default: usize, most: usize) -> Result<usize, ApiError> {
    let Some(text) = text else { return Ok(default) };
    let limit = text.parse().ok().filter(|limit| (1..=most).contains(limit));
    limit.ok_or_else(|| ApiError::about(19, text))
}

/// `Offset`, 0 without one; E014 for anything but a number.
pub(super) fn offset(text: Option<&str>) -> Result<usize, ApiError> {
    let Some(text) = text else { return Ok(0) };
    text.parse().map_err(|_| ApiError::about(14, text))
}

fn is_live(sku: &Sku, reviews: &Reviews) -> bool {
    // Without a recent review it was approved long ago.
    let is_approved = matches!(reviews.of(sku), None | Some(Review::Approved));
    is_approved && sku.status == Status::Active
}

fn is_about(product: &Product, search: &str) -> bool {
    product.attributes.get("name").is_some_and(|name| name.to_lowercase().contains(search))
        || product.skus.iter().any(|sku| sku.seller_sku.to_lowercase().contains(search))
}
