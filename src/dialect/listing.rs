//! What is asked of GetProducts where the shop's products are listed, page by page (GetProducts page).

use chrono::{DateTime, Utc};

use crate::plan::ShopStatus;

/// One page of the shop's products, with all that it tells of them. All conditions hold together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListProducts<'a> {
    /// In which state.
    pub filter: ProductFilter,
    /// Created within this time.
    pub created: TimeWindow,
    /// Changed within this time.
    pub updated: TimeWindow,
    /// Part of the name or of a seller SKU; a blank one does not count.
    pub search: Option<&'a str>,
    /// How much is told of the stock.
    pub stock: StockDetail,
    /// How many products are passed over. The list may change from one page to the next.
    pub offset: u64,
    /// The most products to answer with, 1 to 500.
    pub limit: u32,
}

/// The `Filter` of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProductFilter {
    /// Whatever their state, deleted ones too.
    All,
    /// On sale.
    Live,
    /// Taken off sale.
    Inactive,
    /// Deleted.
    Deleted,
    /// Without a picture.
    ImageMissing,
    /// Waiting for quality control.
    Pending,
    /// Refused by quality control.
    Rejected,
    /// Out of stock.
    SoldOut,
}

/// A span of time, both ends inside, in whole seconds. Without an end it is open there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeWindow {
    /// Not before.
    pub after: Option<DateTime<Utc>>,
    /// Not later.
    pub before: Option<DateTime<Utc>>,
}

/// How much a list tells of the stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StockDetail {
    /// `quantity` and `Available`.
    Plain,
    /// What is held for orders too (`Options=1`): `ReservedStock`, `RtsStock`, `PendingStock`, `RealTimeStock`,
    /// `FulfillmentBySellable`.
    Full,
}

impl ProductFilter {
    /// Every one, in the order of the page.
    pub const ALL: [ProductFilter; 8] = [
        ProductFilter::All,
        ProductFilter::Live,
        ProductFilter::Inactive,
        ProductFilter::Deleted,
        ProductFilter::ImageMissing,
        ProductFilter::Pending,
        ProductFilter::Rejected,
        ProductFilter::SoldOut,
    ];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ProductFilter::All => "all",
            ProductFilter::Live => "live",
            ProductFilter::Inactive => "inactive",
            ProductFilter::Deleted => "deleted",
            ProductFilter::ImageMissing => "image-missing",
            ProductFilter::Pending => "pending",
            ProductFilter::Rejected => "rejected",
            ProductFilter::SoldOut => "sold-out",
        }
    }
}

/// What the `Status` of a SKU says; active where it says nothing.
pub(super) fn status(text: &str) -> ShopStatus {
    match text.trim().to_ascii_lowercase().as_str() {
        "" | "active" => ShopStatus::Active,
        "inactive" => ShopStatus::Inactive,
        "deleted" => ShopStatus::Deleted,
        _ => ShopStatus::Other(text.trim().to_owned()),
    }
}
