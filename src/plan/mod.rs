//! Checked records and what the shop has -> every request, in order, decided in advance.
//!
//! Pure: it asks nobody. Look-ups, retries and splits are attempts at what is planned here. What the shop has is changed
//! only where the sheet gives something else, and what the sheet does not give is never touched.

mod association;
mod build;
mod counts;
mod difference;
mod flaw;
mod images;
mod likeness;
mod newcomer;
mod pictured;
mod renewal;
mod request;
mod sale;
mod shop;
mod shown;
mod snapshot;
#[cfg(test)]
mod tests;
mod update;
mod wish;

pub use build::{plan, plan_each, skus_to_look_up, unasked};
pub use counts::PlanCounts;
pub use difference::{Difference, differences};
pub use images::Pictures;
pub use request::{Action, CreateProduct, HostImages, PlannedImage, SetImages, SkuImages, Write};
pub use shop::{ShopImages, ShopProduct, ShopSku, ShopStatus, SkuIds};
pub use snapshot::ShopSnapshot;
pub use update::{Change, NewValue, PriceQuantity, SkuUpdate, Switch, UpdatePriceQuantity, UpdateProduct};

use serde::{Deserialize, Serialize};

use crate::check::Fault;
use crate::finding::Finding;
use crate::record::{DeadImage, SellerSku};

/// What the marketplace takes in one request; it comes from the dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// SKUs in one CreateProduct and in one UpdateProduct.
    pub skus_per_product: usize,
    /// SKUs in one SetImages.
    pub skus_per_set_images: usize,
    /// All SKUs of a product get their pictures in one SetImages, up to `skus_per_product`: the marketplace takes no
    /// product of which only some SKUs have pictures.
    pub sets_images_by_product: bool,
    /// SKUs in one UpdatePriceQuantity.
    pub skus_per_price_quantity: usize,
    /// A special price may stand without dates.
    pub undated_sales: bool,
    /// A product is created with its pictures, which are brought to the marketplace before.
    pub creates_with_images: bool,
    /// A request says which attributes tell the SKUs of a product apart.
    pub names_variants: bool,
    /// The ends of the host names under which the marketplace hosts pictures.
    pub image_hosts: Vec<String>,
}

/// What is wished of a plan beside the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// When pictures travel.
    pub pictures: Pictures,
    /// What the sheet gives is sent although the shop has it just so.
    pub forces: bool,
    /// Of SKUs that the shop has, only their pictures are changed.
    pub only_images: bool,
}

/// Every row's part, and every request.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// One for each data row, in the order of the sheet.
    pub rows: Vec<PlannedRow>,
    /// In the order in which they become due.
    pub requests: Vec<PlannedRequest>,
    /// What only the shop can cause; rows of errors are `invalid`, warnings stand beside what is planned.
    pub findings: Vec<Finding>,
}

/// A plan but for its requests.
#[derive(Debug)]
pub struct PlannedRows {
    /// As [`Plan::rows`].
    pub rows: Vec<PlannedRow>,
    /// As [`Plan::findings`].
    pub findings: Vec<Finding>,
}

/// A data row and what is meant to become of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRow {
    /// The sheet's name; empty for text files.
    pub sheet: String,
    /// The row, from 1.
    pub row: u32,
    /// The line of a text file.
    pub line: Option<u64>,
    /// The seller SKU, empty where the row has none.
    pub seller_sku: String,
    /// The product's name in reports.
    pub product: String,
    /// How many pictures the row names.
    pub images: usize,
    /// Those of them that cannot be had.
    #[serde(default, deserialize_with = "DeadImage::listed_or_counted", skip_serializing_if = "Vec::is_empty")]
    pub dead_images: Vec<DeadImage>,
    /// What is meant to become of it.
    pub intent: Intent,
    /// The SetImages request that carries its pictures, by place in [`Plan::requests`].
    pub image_request: Option<usize>,
    /// The update that takes a new SKU off sale once it is created, by place in [`Plan::requests`]: a creation cannot
    /// say that it shall be inactive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switch_request: Option<usize>,
}

/// What is meant to become of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Intent {
    /// Its SKU is created by this request, by place in [`Plan::requests`].
    Create(usize),
    /// Its SKU was in the shop before, and the run creates only.
    Exists,
    /// What the shop has of it is changed: by this request, by place in [`Plan::requests`]; without one, only its
    /// pictures are.
    Update(Option<usize>),
    /// The shop has it just so.
    Unchanged,
    /// It has an error.
    Invalid(Box<Invalid>),
    /// Another row holds it back; the text says which.
    Held(String),
    /// It was to be created with a picture only, and its product has none.
    Pictureless,
    /// It is left out on purpose; the text says why.
    Skipped(String),
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invalid {
    /// The rule.
    pub rule: String,
    /// The other rules that the row breaks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The columns at fault, from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<u32>,
}

impl Intent {
    /// The request that creates or changes its SKU, by place in [`Plan::requests`].
    #[must_use]
    pub fn request(&self) -> Option<usize> {
        match *self {
            Intent::Create(request) => Some(request),
            Intent::Update(request) => request,
            Intent::Exists | Intent::Unchanged | Intent::Invalid(_) => None,
            Intent::Held(_) | Intent::Pictureless | Intent::Skipped(_) => None,
        }
    }
}

impl PlannedRow {
    /// Something of it is sent: its SKU, new values, or its pictures.
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.intent.request().is_some() || self.image_request.is_some()
    }
}

impl From<Fault> for Intent {
    fn from(fault: Fault) -> Intent {
        let also = fault.also.into_iter().map(str::to_owned).collect();
        let Fault { message, help, columns, .. } = fault;
        Intent::Invalid(Box::new(Invalid { rule: fault.rule.to_owned(), also, message, help, columns }))
    }
}

/// A request of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedRequest {
    /// Its name in journals and reports: `create-17`, `images-3`.
    pub id: String,
    /// What it asks.
    pub write: Write,
    /// Requests that must have ended before it, by place in [`Plan::requests`].
    pub after: Vec<usize>,
}

impl Plan {
    /// How many requests of `action` there are.
    #[must_use]
    pub fn count(&self, action: Action) -> usize {
        self.requests.iter().filter(|request| request.write.action() == action).count()
    }

    /// How many SKUs are created.
    #[must_use]
    pub fn skus(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row.intent, Intent::Create(_))).count()
    }

    /// How many pictures are set.
    #[must_use]
    pub fn images(&self) -> usize {
        let requests = self.requests.iter();
        requests
            .map(|request| match &request.write {
                Write::CreateProduct(_) | Write::UpdateProduct(_) => 0,
                Write::UpdatePriceQuantity(_) | Write::HostImages(_) => 0,
                Write::SetImages(set) => set.skus.iter().map(|sku| sku.images.len()).sum(),
            })
            .sum()
    }
}

impl Write {
    /// Its action; pictures may travel by another one than MigrateImage.
    #[must_use]
    pub fn action(&self) -> Action {
        match self {
            Write::CreateProduct(_) => Action::CreateProduct,
            Write::UpdateProduct(_) => Action::UpdateProduct,
            Write::UpdatePriceQuantity(_) => Action::UpdatePriceQuantity,
            Write::SetImages(_) => Action::SetImages,
            Write::HostImages(_) => Action::MigrateImage,
        }
    }

    /// The SKU whose product a creation adds to.
    #[must_use]
    pub fn associated_sku(&self) -> Option<&SellerSku> {
        match self {
            Write::CreateProduct(create) => create.product.associated_sku.as_ref(),
            Write::UpdateProduct(_) | Write::UpdatePriceQuantity(_) => None,
            Write::SetImages(_) | Write::HostImages(_) => None,
        }
    }

    /// The SKUs it carries.
    #[must_use]
    pub fn skus(&self) -> Vec<&SellerSku> {
        match self {
            Write::CreateProduct(create) => create.skus.iter().map(|sku| &sku.seller_sku).collect(),
            Write::UpdateProduct(update) => update.skus.iter().map(|sku| &sku.seller_sku).collect(),
            Write::UpdatePriceQuantity(update) => update.skus.iter().map(|sku| &sku.seller_sku).collect(),
            Write::SetImages(set) => set.skus.iter().map(|sku| &sku.seller_sku).collect(),
            Write::HostImages(host) => host.skus.iter().collect(),
        }
    }
}
