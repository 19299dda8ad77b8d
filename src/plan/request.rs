//! The requests of a plan: what is asked of the marketplace, in typed form. `dialect` writes them down.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{UpdatePriceQuantity, UpdateProduct};
use crate::record::{Image, ImageUrl, Product, SellerSku, Sku};

/// A write, and what it carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action")]
#[expect(clippy::large_enum_variant, reason = "most writes of a large plan are creations")]
pub enum Write {
    /// One product with its SKUs.
    CreateProduct(CreateProduct),
    /// New values for one product and SKUs of it.
    UpdateProduct(UpdateProduct),
    /// New prices, sales and stock.
    UpdatePriceQuantity(UpdatePriceQuantity),
    /// The pictures of up to 100 SKUs.
    SetImages(SetImages),
    /// Brings pictures to the marketplace.
    HostImages(HostImages),
}

/// One product a request. The pictures of its SKUs go by [`SetImages`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateProduct {
    /// What its SKUs share.
    pub product: Product,
    /// At least one SKU.
    pub skus: Vec<Sku>,
    /// Where the product must not be created without any picture: those of its SKUs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required_images: Vec<SkuImages>,
    /// The pictures of the product itself, the main one first, where it is created with some: at most 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<PlannedImage>,
    /// The names of the attributes that tell its SKUs apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
}

/// The pictures of SKUs that exist, across products.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetImages {
    /// At most 100 SKUs, each with 1 to 8 pictures, the main one first.
    pub skus: Vec<SkuImages>,
    /// The places at which another product begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub starts: Vec<usize>,
}

/// The pictures of one SKU: they replace what it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkuImages {
    /// Whose.
    pub seller_sku: SellerSku,
    /// Which, in order.
    pub images: Vec<PlannedImage>,
    /// The addresses of those that it showed before, empty where the shop told of none; `None` for a new SKU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Vec<String>>,
}

/// A picture that a SKU shall show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PlannedImage {
    /// The marketplace hosts it.
    Hosted(ImageUrl),
    /// The marketplace will host it once another request is done.
    Awaited {
        /// That request, by place in the plan.
        request: usize,
        /// Which of its pictures.
        place: usize,
    },
}

/// Pictures of one product that the marketplace does not host yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostImages {
    /// The SKUs of the product that shows them.
    pub skus: Vec<SellerSku>,
    /// 1 to 8 of them.
    pub images: Vec<Image>,
    /// They are brought whether or not those are created: other products show them too, or wait for them.
    pub is_shared: bool,
}

impl SetImages {
    /// Replaces what was awaited by what it became; what came to nothing is left out.
    pub fn resolve(&mut self, hosted: impl Fn(usize, usize) -> Option<ImageUrl>) {
        for sku in &mut self.skus {
            resolve(&mut sku.images, &hosted);
        }
    }
}

impl CreateProduct {
    /// As [`SetImages::resolve`], of the product's own pictures.
    pub fn resolve(&mut self, hosted: impl Fn(usize, usize) -> Option<ImageUrl>) {
        resolve(&mut self.images, &hosted);
    }
}

fn resolve(images: &mut Vec<PlannedImage>, hosted: &impl Fn(usize, usize) -> Option<ImageUrl>) {
    let resolved = std::mem::take(images).into_iter().filter_map(|image| match image {
        PlannedImage::Hosted(_) => Some(image),
        PlannedImage::Awaited { request, place } => hosted(request, place).map(PlannedImage::Hosted),
    });
    *images = resolved.collect();
}

/// What the marketplace calls a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Action {
    /// Creates one product.
    CreateProduct,
    /// Changes one product and SKUs of it.
    UpdateProduct,
    /// Changes prices, sales and stock.
    UpdatePriceQuantity,
    /// Sets pictures.
    SetImages,
    /// Asks what the shop has.
    GetProducts,
    /// Has the marketplace download one picture.
    MigrateImage,
    /// Has it download up to eight, later.
    MigrateImages,
    /// Asks what became of those.
    GetResponse,
    /// Sends the bytes of one picture.
    UploadImage,
    /// Asks what quality control says.
    GetQcStatus,
    /// Asks for all categories.
    GetCategoryTree,
    /// Asks what a category demands.
    GetCategoryAttributes,
    /// Asks for the brands.
    GetBrands,
    /// Asks for the token of a login.
    CreateToken,
    /// Asks for the next token.
    RefreshToken,
}

impl Action {
    /// It changes the shop.
    #[must_use]
    pub fn is_write(self) -> bool {
        match self {
            Action::CreateProduct | Action::SetImages => true,
            Action::UpdateProduct | Action::UpdatePriceQuantity => true,
            Action::MigrateImage | Action::MigrateImages | Action::UploadImage => true,
            Action::GetProducts | Action::GetResponse | Action::GetQcStatus => false,
            Action::GetCategoryTree | Action::GetCategoryAttributes | Action::GetBrands => false,
            Action::CreateToken | Action::RefreshToken => false,
        }
    }

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Action::CreateProduct => "CreateProduct",
            Action::UpdateProduct => "UpdateProduct",
            Action::UpdatePriceQuantity => "UpdatePriceQuantity",
            Action::SetImages => "SetImages",
            Action::GetProducts => "GetProducts",
            Action::MigrateImage => "MigrateImage",
            Action::MigrateImages => "MigrateImages",
            Action::GetResponse => "GetResponse",
            Action::UploadImage => "UploadImage",
            Action::GetQcStatus => "GetQcStatus",
            Action::GetCategoryTree => "GetCategoryTree",
            Action::GetCategoryAttributes => "GetCategoryAttributes",
            Action::GetBrands => "GetBrands",
            Action::CreateToken => "CreateToken",
            Action::RefreshToken => "RefreshToken",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
