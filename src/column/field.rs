//! The fields that every category has: their names here, on the wire, and in messages.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! fields {
    ($($variant:ident, $name:literal, $doc:literal;)*) => {
        /// A field that every category has.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Field {
            $(#[doc = $doc] $variant,)*
        }

        impl Field {
            /// Every field.
            pub const ALL: &'static [Field] = &[$(Field::$variant,)*];

            /// The name, as in messages, `--map` and `--set`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Field::$variant => $name,)* }
            }

            /// What it is, in a sentence.
            #[must_use]
            pub fn what(self) -> &'static str {
                match self { $(Field::$variant => $doc,)* }
            }
        }
    };
}

fields! {
    SellerSku, "seller_sku", "The merchant's key of the SKU.";
    ProductKey, "product", "What rows of one product share; never sent.";
    AssociatedSku, "associated_sku", "A SKU of the product to which this one is added.";
    Category, "category", "The number of the category.";
    SpuId, "spu_id", "The number of the standard product unit.";
    Name, "name", "The product's name.";
    ShortDescription, "short_description", "The highlights.";
    Description, "description", "The description.";
    Brand, "brand", "The brand.";
    Model, "model", "The model.";
    Price, "price", "The regular price.";
    Quantity, "quantity", "Stock on hand.";
    SpecialPrice, "special_price", "The price while it is on sale.";
    SpecialFrom, "special_from_date", "When the sale starts.";
    SpecialTo, "special_to_date", "When the sale ends.";
    SpecialFromTime, "special_from_time", "Day and time at which the sale starts, as GetProducts shows them.";
    SpecialToTime, "special_to_time", "Day and time at which the sale ends, as GetProducts shows them.";
    PackageWeight, "package_weight", "The parcel's weight in kg.";
    PackageLength, "package_length", "The parcel's length in cm.";
    PackageWidth, "package_width", "The parcel's width in cm.";
    PackageHeight, "package_height", "The parcel's height in cm.";
    ProductId, "product_id", "EAN, UPC or GTIN.";
    Active, "active", "Whether it is on sale; of SKUs that the shop has.";
    ItemId, "item_id", "The seller centre's number of the product; never sent by create.";
}

/// What frees a product from a mandatory field (CreateProduct, Business parameters).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excuse {
    /// Nothing does.
    Nothing,
    /// An AssociatedSku: the product is in the shop already.
    Associated,
    /// That, or an SPU, which knows the value.
    AssociatedOrSpu,
}

impl Excuse {
    /// Whether it holds where these are given.
    #[must_use]
    pub fn holds(self, has_associated: bool, has_spu: bool) -> bool {
        match self {
            Excuse::Nothing => false,
            Excuse::Associated => has_associated,
            Excuse::AssociatedOrSpu => has_associated || has_spu,
        }
    }
}

/// The fields without which CreateProduct is refused.
pub const MANDATORY: [(Field, Excuse); 10] = [
    (Field::SellerSku, Excuse::Nothing),
    (Field::Category, Excuse::Associated),
    (Field::Name, Excuse::AssociatedOrSpu),
    (Field::ShortDescription, Excuse::AssociatedOrSpu),
    (Field::Brand, Excuse::AssociatedOrSpu),
    (Field::Price, Excuse::Nothing),
    (Field::PackageWeight, Excuse::Nothing),
    (Field::PackageLength, Excuse::Nothing),
    (Field::PackageWidth, Excuse::Nothing),
    (Field::PackageHeight, Excuse::Nothing),
];

impl Field {
    /// How many there are.
    pub const COUNT: usize = Field::ALL.len();

    /// The field of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Field> {
        Field::ALL.iter().copied().find(|field| field.name() == name)
    }

    /// Its place in tables of fields.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }

    /// All SKUs of a product share it.
    #[must_use]
    pub fn is_product_level(self) -> bool {
        matches!(
            self,
            Field::AssociatedSku
                | Field::Category
                | Field::SpuId
                | Field::Name
                | Field::ShortDescription
                | Field::Description
                | Field::Brand
                | Field::Model
        )
    }

    /// The shop can hold nothing in it, and what it holds can be taken away (UpdateProduct in practice).
    #[must_use]
    pub fn is_clearable(self) -> bool {
        matches!(
            self,
            Field::Description
                | Field::Model
                | Field::SpecialPrice
                | Field::SpecialFrom
                | Field::SpecialTo
                | Field::SpecialFromTime
                | Field::SpecialToTime
                | Field::ProductId
        )
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
