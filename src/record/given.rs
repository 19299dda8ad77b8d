//! What a row gives of a SKU: for one that the shop has, every part but its key may be missing.

use super::{
    Attribute, DeadImage, Image, Measure, Offer, Package, Price, ProductId, Quantity, Sale, SaleMoment, SaleWindow,
    SellerSku, Sku,
};
use crate::column::Field;

/// What a row gives of a SKU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenSku {
    /// `SellerSku`, unique in the shop.
    pub seller_sku: SellerSku,
    /// `price`.
    pub price: Option<Price>,
    /// `special_price`.
    pub special_price: Option<Price>,
    /// `special_from_date`.
    pub special_from: Option<SaleMoment>,
    /// `special_to_date`.
    pub special_to: Option<SaleMoment>,
    /// `quantity`.
    pub quantity: Option<Quantity>,
    /// Weight, length, width and height, in the order of [`super::MEASURES`].
    pub measures: [Option<Measure>; 4],
    /// `ProductId`.
    pub product_id: Option<ProductId>,
    /// Whether it shall be on sale.
    pub active: Option<bool>,
    /// Every other SKU attribute, in the sheet's column order.
    pub attributes: Vec<Attribute>,
    /// At most [`super::MAX_IMAGES`] pictures, the first is the main one.
    pub images: Vec<Image>,
    /// The other pictures that the row names.
    pub dead_images: Vec<DeadImage>,
    /// What shall hold nothing from now on.
    pub cleared: Vec<Cleared>,
}

/// A value of the shop that is taken away.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Cleared {
    /// Of a field that every category has.
    Field(Field),
    /// Of the attribute of that name.
    Attribute(String),
}

impl GivenSku {
    /// All that a new SKU needs; `None` while something mandatory is missing.
    #[must_use]
    pub fn whole(&self) -> Option<Sku> {
        let [weight, length, width, height] = self.measures;
        Some(Sku {
            seller_sku: self.seller_sku.clone(),
            offer: Offer { regular: self.price?, sale: self.sale() },
            quantity: self.quantity,
            package: Package { weight: weight?, length: length?, width: width?, height: height? },
            product_id: self.product_id.clone(),
            attributes: self.attributes.clone(),
            images: self.images.clone(),
            dead_images: self.dead_images.clone(),
        })
    }

    fn sale(&self) -> Option<Sale> {
        let window = SaleWindow::of(self.special_from, self.special_to)?;
        Some(Sale { price: self.special_price?, window })
    }
}
