//! Which sheet, which header row, and what each column means.
//!
//! Headers are matched through the aliases of `templates/headers.json` and the user's own mapping. A
//! column that nobody knows is never sent: it is named in one warning, with what would send it.

mod again;
mod alias;
mod choose;
mod columns;
mod constants;
mod currency;
mod error;
mod field;
mod header;
mod instruction;
mod letters;
mod listed;
mod measured;
mod repeats;
mod resolve;
mod said;
#[cfg(feature = "import")]
mod tagged;
#[cfg(test)]
mod tests;
mod told;
mod unit;

pub(crate) use alias::{Alike, field_of_tag, resemblance};
pub use alias::{Meaning, is_invisible, nearest, nearest_of, normalised, prepare_aliases, readings};
pub use choose::{Choice, Role, Table, choose};
pub use columns::{Columns, Target};
pub use currency::Currency;
pub use error::ColumnError;
pub use field::{Excuse, Field, MANDATORY};
#[cfg(feature = "import")]
pub(crate) use repeats::REPEATED_IMAGES;
#[cfg(feature = "import")]
pub(crate) use tagged::Tagged;
pub use told::missing_column;
pub use unit::Unit;

pub use crate::category::ListedAttribute;
pub use crate::sheet::OWN_PREFIX;

use serde::{Deserialize, Serialize};

/// How rows become products.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupBy {
    /// By the key column where there is one, else by AssociatedSku, else by category, name, brand and model.
    #[default]
    Found,
    /// By the column with this header.
    Column(String),
    /// By category, name, brand and model.
    Name,
    /// Each row is a product of its own.
    Nothing,
}

impl GroupBy {
    /// Reads `name`, `none`, or a header.
    #[must_use]
    pub fn parse(text: &str) -> GroupBy {
        match text {
            "name" => GroupBy::Name,
            "none" => GroupBy::Nothing,
            header => GroupBy::Column(header.to_owned()),
        }
    }
}

/// The seller SKU of the example row in our own templates: a row that carries it is skipped.
pub const EXAMPLE_SKU: &str = "EXAMPLE (this row is skipped)";

/// The header that every sheet of our own export has: below it stand records and nothing else.
pub(crate) const OF_EXPORT: &str = "skuload: ShopSku";
