//! What a row gives of its product and its SKU: for one that the shop has, every part but its key may be missing.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::{
    Attribute, DeadImage, Draft, Entry, Image, Measure, Offer, Package, Price, Product, ProductId, Quantity, Sale,
    SaleMoment, SaleWindow, SellerSku, Sku,
};
use crate::category::Level;
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
    /// `special_from_date`, or `special_from_time` where there is one.
    pub special_from: Option<SaleMoment>,
    /// `special_to_date`, or `special_to_time` where there is one.
    pub special_to: Option<SaleMoment>,
    /// `quantity`.
    pub quantity: Option<Quantity>,
    /// Weight, length, width and height, in the order of [`super::MEASURES`].
    pub measures: [Option<Measure>; 4],
    /// `ProductId`.
    pub product_id: Option<ProductId>,
    /// Whether it shall be on sale; always `None` where SKUs are only created.
    pub active: Option<bool>,
    /// Every other SKU attribute, in the sheet's column order.
    pub attributes: Vec<Attribute>,
    /// At most [`super::MAX_IMAGES`] pictures, the first is the main one.
    pub images: Vec<Image>,
    /// The other pictures that the row names.
    pub dead_images: Vec<DeadImage>,
    /// What shall hold nothing from now on, and is not given beside it: fields that are
    /// [clearable](Field::is_clearable) and SKU attributes. `special_price` stands for the whole sale; start and end
    /// of a sale are always named `special_from_date` and `special_to_date`.
    pub cleared: Vec<Cleared>,
}

/// A value of the shop that is taken away.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
        let window = SaleWindow::of(self.special_from, self.special_to).unwrap_or(SaleWindow::Always);
        Some(Sale { price: self.special_price?, window })
    }
}

impl Draft<'_> {
    /// The product's part of the record, as far as the cells of this row tell it.
    #[must_use]
    pub fn product(&self) -> Product {
        self.product_from(|entry| entry.column > 0)
    }

    /// What constants and defaults give a product where none of its rows tells it.
    #[must_use]
    pub fn product_defaults(&self) -> Product {
        self.product_from(|entry| entry.column == 0)
    }

    fn product_from(&self, counts: impl Fn(&Entry<'_>) -> bool) -> Product {
        let text = |field: Field| self.text(field).filter(|entry| counts(entry));
        let owned = |field: Field| text(field).map(|entry| composed(entry.text).into_owned());
        let attributes = self.owned_attributes(Level::Product, &counts);
        Product {
            category: self.category.filter(|_| text(Field::Category).is_some()),
            spu_id: self.spu_id.filter(|_| text(Field::SpuId).is_some()),
            associated_sku: text(Field::AssociatedSku)
                .and_then(|_| SellerSku::parse(self.identifier(Field::AssociatedSku)?)),
            name: owned(Field::Name),
            short_description: owned(Field::ShortDescription),
            description: owned(Field::Description),
            brand: text(Field::Brand).map(|entry| entry.sent().into_owned()),
            model: owned(Field::Model),
            attributes,
        }
    }

    /// What the row gives of its SKU; `None` where it names none.
    #[must_use]
    pub fn given(&self) -> Option<GivenSku> {
        Some(GivenSku {
            seller_sku: self.seller_sku()?,
            price: self.price,
            special_price: self.special_price,
            special_from: self.special_from,
            special_to: self.special_to,
            quantity: self.quantity,
            measures: self.measures,
            product_id: self.identifier(Field::ProductId).and_then(ProductId::parse),
            active: self.active,
            attributes: self.owned_attributes(Level::Sku, |_| true),
            images: self.images.iter().map(|(_, _, image)| image.clone()).collect(),
            dead_images: self.dead_images.clone(),
            cleared: self.cleared(Level::Sku),
        })
    }

    fn owned_attributes(&self, level: Level, counts: impl Fn(&Entry<'_>) -> bool) -> Vec<Attribute> {
        let of_level = self.attributes().filter(|(kind, entry)| kind.level == level && counts(entry));
        of_level.map(|(kind, entry)| Attribute { name: kind.name.clone(), value: entry.sent().into_owned() }).collect()
    }
}

/// A text with composed letters (Unicode NFC): it is the same text, however its accents were typed.
pub(super) fn composed(text: &str) -> Cow<'_, str> {
    // Accents that stand by themselves are U+0300 to U+036F: in UTF-8 they begin with one of these bytes.
    let may_be_apart = !text.is_ascii() && text.bytes().any(|byte| matches!(byte, 0xcc | 0xcd));
    if may_be_apart { Cow::Owned(text.nfc().collect()) } else { Cow::Borrowed(text) }
}
