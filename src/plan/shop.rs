//! A product as the shop has it: what an answer of GetProducts tells.

use serde::{Deserialize, Serialize};

use crate::record::{Attribute, CategoryId, SellerSku, SpuId};

/// A product as the shop has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopProduct {
    /// `PrimaryCategory`.
    pub category: Option<CategoryId>,
    /// `SPUId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spu_id: Option<SpuId>,
    /// `name`.
    pub name: Option<String>,
    /// Where products are listed: its other attributes, in the order of the answer, without blank ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
    /// Its SKUs; those without a SellerSku are left out.
    pub skus: Vec<ShopSku>,
}

/// A SKU as the shop has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopSku {
    /// The merchant's key.
    pub seller_sku: SellerSku,
    /// The marketplace's numbers, where it tells them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<SkuIds>,
    /// Whether it is on sale.
    pub status: ShopStatus,
    /// The addresses of its pictures as they came, in order, without padding; none where the answer does not speak of
    /// them. [`ShopSku::images`] tells what that means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pictures: Option<Vec<String>>,
    /// Where products are listed: every other field that is not blank, under the marketplace's name, in the order of
    /// the answer: `price`, `Available`, `special_from_date`, `ShopSku`, `color_family`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Attribute>,
}

/// What the marketplace knows a SKU by: a marketplace may ask for them where the SKU is changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SkuIds {
    /// `ItemId`, that of its product.
    pub item: String,
    /// `SkuId`.
    pub sku: String,
}

impl ShopProduct {
    /// The text of an attribute besides the name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        text_of(&self.attributes, name)
    }
}

impl ShopSku {
    /// Whether it has pictures.
    #[must_use]
    pub fn images(&self) -> ShopImages {
        match self.pictures.as_deref() {
            Some([]) => ShopImages::None,
            Some([_, ..]) => ShopImages::Some,
            None => ShopImages::Untold,
        }
    }

    /// The text of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        text_of(&self.fields, name)
    }
}

/// Of two alike the first counts.
fn text_of<'a>(named: &'a [Attribute], name: &str) -> Option<&'a str> {
    named.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.value.as_str())
}

/// What an answer says of a SKU's pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShopImages {
    /// At least one.
    Some,
    /// None: the list is empty, or padded with empty texts.
    None,
    /// It does not speak of them.
    Untold,
}

/// The `Status` of a SKU; active where the answer names none (GetProducts page).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShopStatus {
    /// On sale.
    Active,
    /// Taken off sale.
    Inactive,
    /// Deleted; its SellerSku cannot be used again.
    Deleted,
    /// A word the page does not list, as it came.
    Other(String),
}

impl ShopStatus {
    /// The word of the page.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            ShopStatus::Active => "active",
            ShopStatus::Inactive => "inactive",
            ShopStatus::Deleted => "deleted",
            ShopStatus::Other(word) => word,
        }
    }
}
