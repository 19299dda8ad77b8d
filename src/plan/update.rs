//! New values for what the shop has already. Only what is named here changes; repeating it does no harm.

use serde::{Deserialize, Serialize};

use crate::record::{Attribute, Price, Quantity, Sale, SellerSku};

/// New values for one product and for SKUs of it (UpdateProduct page).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateProduct {
    /// Those of the attributes that its SKUs share.
    pub product: Vec<Change>,
    /// At least one SKU of the product, even where only the product changes: the marketplace finds it by its SKUs.
    pub skus: Vec<SkuUpdate>,
    /// The names of the attributes that tell its SKUs apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<String>,
}

/// New values for one SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkuUpdate {
    /// Whose.
    pub seller_sku: SellerSku,
    /// Fields and attributes, under the marketplace's names: `price`, `package_weight`, `color_family`.
    pub fields: Vec<Change>,
    /// Whether it shall be on sale, where that changes.
    pub active: Option<Switch>,
}

/// A SKU is put on sale, or taken off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switch {
    /// Whether it is on sale from now on.
    pub to: bool,
    /// Its `Status` before, as the shop called it.
    pub from: String,
}

/// A field, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The marketplace's name of the field; it is an XML name.
    pub name: String,
    /// What it held before, where it held anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What it holds from now on.
    pub to: NewValue,
}

/// What a field holds from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NewValue {
    /// This text. A blank one changes nothing: taking a value away is never an accident.
    Text(String),
    /// Nothing: its tag is sent empty.
    Cleared,
}

/// A new price, sale or stock of one SKU, whichever product it belongs to (UpdatePriceQuantity page).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceQuantity {
    /// Whose.
    pub seller_sku: SellerSku,
    /// `Quantity`, where it changes.
    pub quantity: Option<Quantity>,
    /// `Price`, where it changes.
    pub price: Option<Price>,
    /// `SalePrice` with its dates, where they change. This call cannot end a sale.
    pub sale: Option<Sale>,
    /// What the fields that change held before, under the names of UpdateProduct.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Attribute>,
}

/// New prices, sales and stock of SKUs, across products.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdatePriceQuantity {
    /// At most 50 SKUs, each once.
    pub skus: Vec<PriceQuantity>,
}
