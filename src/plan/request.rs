//! The requests of a plan: what is asked of the marketplace, in typed form. `dialect` writes them down.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::record::{ImageUrl, Product, SellerSku, Sku};

/// A write, and what it carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action")]
pub enum Write {
    /// One product with its SKUs.
    CreateProduct(CreateProduct),
    /// The pictures of up to 100 SKUs.
    SetImages(SetImages),
}

/// One product a request. It carries no images: they go by [`SetImages`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateProduct {
    /// What its SKUs share.
    pub product: Product,
    /// At least one SKU.
    pub skus: Vec<Sku>,
}

/// The pictures of SKUs that exist, across products.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetImages {
    /// At most 100 SKUs, each with 1 to 8 pictures, the main one first.
    pub skus: Vec<SkuImages>,
}

/// The pictures of one SKU: they replace what it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkuImages {
    /// Whose.
    pub seller_sku: SellerSku,
    /// Which, in order.
    pub images: Vec<ImageUrl>,
}

/// What the marketplace calls a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Action {
    /// Creates one product.
    CreateProduct,
    /// Sets pictures.
    SetImages,
    /// Asks what the shop has.
    GetProducts,
}

impl Action {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Action::CreateProduct => "CreateProduct",
            Action::SetImages => "SetImages",
            Action::GetProducts => "GetProducts",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
