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
mod measured;
mod resolve;
mod said;
#[cfg(test)]
mod tests;
mod told;
mod unit;

pub(crate) use alias::resemblance;
pub use alias::{Meaning, is_invisible, nearest, normalised, readings};
pub use choose::{Choice, Role, Table, choose};
pub use columns::{Columns, Target};
pub use currency::Currency;
pub use error::ColumnError;
pub use field::{Excuse, Field, MANDATORY};
pub use told::missing_column;
pub use unit::Unit;

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

/// Columns that our own files add begin with this; they are ignored when such a file is read again.
pub const OWN_PREFIX: &str = "skuload:";
