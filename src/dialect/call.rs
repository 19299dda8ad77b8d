//! A call before and after it is written down. What the marketplace says to it is in `reply`.

use std::fmt;

use super::ListProducts;
use crate::plan::{Action, CreateProduct, PlannedImage, PriceQuantity, SetImages, UpdateProduct};
use crate::record::{ImageUrl, SellerSku};

/// One call, typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call<'a> {
    /// Creates one product.
    CreateProduct(&'a CreateProduct),
    /// Changes one product and SKUs of it.
    UpdateProduct(&'a UpdateProduct),
    /// Changes prices, sales and stock of SKUs of any products, at most 50.
    UpdatePriceQuantity(&'a [PriceQuantity]),
    /// Sets pictures.
    SetImages(&'a SetImages),
    /// Asks whether the shop has SKUs, and in what state.
    GetProducts(GetProducts<'a>),
    /// Asks for a page of the shop's products, in full.
    ListProducts(ListProducts<'a>),
    /// Has the marketplace download a picture.
    MigrateImage(&'a ImageUrl),
    /// Has it download up to eight; the reply is a ticket.
    MigrateImages(&'a [ImageUrl]),
    /// Asks what became of a ticket.
    GetResponse(&'a str),
    /// Sends the bytes of a picture.
    UploadImage(&'a [u8]),
    /// Asks what quality control says of SKUs.
    GetQcStatus(&'a [SellerSku]),
    /// Asks for all categories.
    GetCategoryTree,
    /// Asks what the category of this number demands; it has none below it.
    GetCategoryAttributes(u64),
    /// Asks for a page of the brands.
    GetBrands(GetBrands),
}

/// Asks for products in whatever state, deleted ones too (`Filter=all`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GetProducts<'a> {
    /// The SKUs to look for. Without any, the shop's products are listed.
    pub skus: &'a [SellerSku],
    /// The most products to answer with, 1 to 500.
    pub limit: u32,
    /// How much of the answer is wanted.
    pub told: Told,
}

/// Asks for brands; their order is the marketplace's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GetBrands {
    /// How many brands are passed over.
    pub offset: u64,
    /// The most brands to answer with, 1 to 1000.
    pub limit: u32,
}

/// How much of an answer about products is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// What a look-up needs: which SKUs are there, in what state.
    Presence,
    /// Every value.
    Everything,
}

/// What both APIs can be asked for.
pub(super) const CALLS: [Action; 13] = [
    Action::CreateProduct,
    Action::UpdateProduct,
    Action::UpdatePriceQuantity,
    Action::SetImages,
    Action::MigrateImage,
    Action::MigrateImages,
    Action::UploadImage,
    Action::GetProducts,
    Action::GetResponse,
    Action::GetQcStatus,
    Action::GetCategoryTree,
    Action::GetCategoryAttributes,
    Action::GetBrands,
];

impl Call<'_> {
    /// What the marketplace calls it.
    #[must_use]
    pub fn action(&self) -> Action {
        match self {
            Call::CreateProduct(_) => Action::CreateProduct,
            Call::UpdateProduct(_) => Action::UpdateProduct,
            Call::UpdatePriceQuantity(_) => Action::UpdatePriceQuantity,
            Call::SetImages(_) => Action::SetImages,
            Call::GetProducts(_) | Call::ListProducts(_) => Action::GetProducts,
            Call::MigrateImage(_) => Action::MigrateImage,
            Call::MigrateImages(_) => Action::MigrateImages,
            Call::GetResponse(_) => Action::GetResponse,
            Call::UploadImage(_) => Action::UploadImage,
            Call::GetQcStatus(_) => Action::GetQcStatus,
            Call::GetCategoryTree => Action::GetCategoryTree,
            Call::GetCategoryAttributes(_) => Action::GetCategoryAttributes,
            Call::GetBrands(_) => Action::GetBrands,
        }
    }
}

impl<'a> Call<'a> {
    /// The SKUs that it changes.
    #[must_use]
    pub fn changed_skus(&self) -> Vec<&'a SellerSku> {
        match self {
            Call::UpdateProduct(update) => update.skus.iter().map(|sku| &sku.seller_sku).collect(),
            Call::UpdatePriceQuantity(skus) => skus.iter().map(|sku| &sku.seller_sku).collect(),
            Call::SetImages(images) => images.skus.iter().map(|sku| &sku.seller_sku).collect(),
            Call::CreateProduct(_) | Call::GetProducts(_) | Call::ListProducts(_) => Vec::new(),
            Call::MigrateImage(_) | Call::MigrateImages(_) | Call::GetResponse(_) | Call::UploadImage(_) => Vec::new(),
            Call::GetQcStatus(_) | Call::GetCategoryTree => Vec::new(),
            Call::GetCategoryAttributes(_) | Call::GetBrands(_) => Vec::new(),
        }
    }
}

/// The address of a picture; none for one that is still awaited.
pub(super) fn hosted(image: &PlannedImage) -> Option<&ImageUrl> {
    match image {
        PlannedImage::Hosted(url) => Some(url),
        PlannedImage::Awaited { .. } => None,
    }
}

/// The HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// For reads.
    Get,
    /// For writes.
    Post,
}

/// Ready to send. It holds a signature, so its `Debug` shows the action only.
#[derive(Clone, PartialEq, Eq)]
pub struct WireRequest {
    /// What it asks for.
    pub action: Action,
    /// How.
    pub method: Method,
    /// The address with its query, exactly as signed: it must not be encoded again.
    pub url: String,
    /// The `Content-Type` of the body.
    pub content_type: Option<&'static str>,
    /// The body of a POST.
    pub body: Option<Vec<u8>>,
}

impl fmt::Debug for WireRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WireRequest").field("action", &self.action).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_and_a_body_do_not_print() {
        let request = WireRequest {
            action: Action::GetProducts,
            method: Method::Get,
            url: "https://api.example.com/?UserID=canary-user&Signature=canary-signature".to_owned(),
            content_type: None,
            body: Some(b"canary-body".to_vec()),
        };
        let printed = format!("{request:?} {request:#?}");
        assert!(!printed.contains("canary"), "{printed}");
        assert!(printed.contains("GetProducts"), "{printed}");
    }
}
