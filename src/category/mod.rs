//! What a category demands: [`Categories`] as the marketplace told it, and here the table of attributes that are
//! known without asking: which level they belong to, and whether they tell variants apart.
//!
//! It fetches nothing itself.

mod brands;
mod categories;
mod find;
mod listed;
mod memo;

use std::collections::HashMap;
use std::sync::LazyLock;

pub use categories::{Categories, CategoriesError, CategoryAttribute, Input, Node};
pub use find::Sought;
pub use listed::ListedAttribute;
pub(crate) use memo::Memo;

use serde::{Deserialize, Serialize};

/// Where an attribute belongs in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Under `Attributes`: all SKUs share it.
    Product,
    /// Under each `Sku`.
    Sku,
}

/// How long a text may grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextKind {
    /// A word or a phrase.
    Short,
    /// A text that may hold HTML.
    Rich,
}

/// An attribute, as the marketplace names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeKind {
    /// The tag: `color_family`.
    pub name: String,
    /// Product or SKU.
    pub level: Level,
    /// It tells the SKUs of one product apart.
    pub variant: bool,
    /// Short or rich text.
    pub text: TextKind,
}

impl AttributeKind {
    /// An attribute that no table knows, named by the merchant. One of a SKU counts as a variant's.
    #[must_use]
    pub fn unlisted(name: &str, level: Level) -> AttributeKind {
        AttributeKind { name: name.to_owned(), level, variant: level == Level::Sku, text: TextKind::Short }
    }
}

static KNOWN: LazyLock<HashMap<String, AttributeKind>> = LazyLock::new(|| {
    let table = include_str!("../../templates/attributes.json");
    let kinds: Vec<AttributeKind> = serde_json::from_str(table).unwrap_or_default();
    kinds.into_iter().map(|kind| (kind.name.clone(), kind)).collect()
});

/// The known attribute of that exact name.
#[must_use]
pub fn known(name: &str) -> Option<&'static AttributeKind> {
    KNOWN.get(name)
}

/// The names of all known attributes, in no order.
pub fn known_names() -> impl Iterator<Item = &'static str> {
    KNOWN.keys().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_knows_the_levels_of_the_create_product_page() {
        assert_eq!(known("color_family").map(|kind| (kind.level, kind.variant)), Some((Level::Sku, true)));
        assert_eq!(known("tax_class").map(|kind| (kind.level, kind.variant)), Some((Level::Sku, false)));
        assert_eq!(known("warranty").map(|kind| kind.level), Some(Level::Product));
        assert_eq!(known("Color_Family"), None);
    }
}
