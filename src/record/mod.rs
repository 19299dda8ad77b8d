//! A row -> a typed record: what is sold, at what price, in what package, with which pictures.
//!
//! Text becomes a type once, here, and is not read again: a [`Price`] is a plain decimal, a [`SaleMoment`]
//! a quarter of an hour. Whether a price may be that low is decided by `check`.

mod address;
mod category;
mod clear;
mod country;
mod covered;
mod damage;
mod date;
mod draft;
mod fix;
mod given;
mod identifier;
mod image;
mod local;
mod locale;
mod moment;
mod money;
mod number;
mod oddity;
mod package;
mod packed;
mod pictures;
mod plain;
mod quantity;
mod reading;
mod repair;
mod repeated;
mod row_reader;
mod sale;
mod trim;
mod values;

pub use clear::{Clearing, DATES};
pub use country::{Country, NoSuchCountry};
pub use covered::Covered;
pub use damage::{Cleaned, Damage, cleaned, damage, guarded, padded, with_lost_zeros, without_point};
pub use date::{DateOrder, DateReading, DateSense, DateWriting, read_date, read_serial};
pub use draft::{Draft, Entry, Findings, MEASURES};
pub use fix::{Fix, fixes};
pub use given::{Cleared, GivenSku};
pub use identifier::{CategoryId, ProductId, SellerSku, SpuId};
pub use image::{DeadImage, Image, ImageFile, ImageUrl, MAX_IMAGES};
pub use locale::{Locale, NoSuchLocale};
pub use money::Price;
pub use number::DecimalMark;
pub use package::{Measure, Package};
pub use packed::PackedSku;
pub use quantity::Quantity;
pub use reading::{Reading, Tally};
pub use repair::{Repair, RepairLevel, When};
pub use row_reader::RowReader;
pub use sale::{Sale, SaleMoment, SaleWindow};
pub(crate) use trim::trimmed;

use serde::{Deserialize, Serialize};

/// A named value of a category: `color_family` = `Red`. The name is an XML name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// The marketplace's name of it.
    pub name: String,
    /// The value as it is sent.
    pub value: String,
}

/// What all SKUs of one listing share ("Attributes" and its neighbours on the CreateProduct page).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// `PrimaryCategory`; optional where an associated SKU is given.
    pub category: Option<CategoryId>,
    /// `SPUId`: the marketplace's standard product unit.
    pub spu_id: Option<SpuId>,
    /// `AssociatedSku`: a SKU of the product to which these SKUs are added.
    pub associated_sku: Option<SellerSku>,
    /// `name`, 2 to 255 characters.
    pub name: Option<String>,
    /// `short_description`, the highlights.
    pub short_description: Option<String>,
    /// `description`, 6 to 25,000 characters.
    pub description: Option<String>,
    /// `brand`.
    pub brand: Option<String>,
    /// `model`.
    pub model: Option<String>,
    /// Every other product attribute, in the sheet's column order.
    pub attributes: Vec<Attribute>,
}

/// The regular price, and a lower one for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// `price`.
    pub regular: Price,
    /// `special_price` with its dates.
    pub sale: Option<Sale>,
}

/// One sellable variant ("An SKU contains the following tags" on the CreateProduct page).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sku {
    /// `SellerSku`, unique in the shop.
    pub seller_sku: SellerSku,
    /// `price`, `special_price` and its dates.
    pub offer: Offer,
    /// `quantity`: stock on hand.
    pub quantity: Option<Quantity>,
    /// `package_weight` in kg; `package_length`, `package_width`, `package_height` in cm.
    pub package: Package,
    /// `ProductId`: EAN, UPC or GTIN.
    pub product_id: Option<ProductId>,
    /// Every other SKU attribute, in the sheet's column order.
    pub attributes: Vec<Attribute>,
    /// At most [`MAX_IMAGES`] pictures, the first is the main one.
    pub images: Vec<Image>,
    /// The other pictures that the row names.
    #[serde(default, deserialize_with = "DeadImage::listed_or_counted", skip_serializing_if = "Vec::is_empty")]
    pub dead_images: Vec<DeadImage>,
}
