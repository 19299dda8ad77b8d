//! Rules on a cell, a row, and the whole sheet; the only maker of [`Checked`].
//!
//! Blocks of rows are checked side by side, and their results taken in the order of the sheet. Of each
//! row only a fingerprint is kept. Where these show that something can be said only of the whole sheet
//! (a repeated seller SKU, rows of a product that disagree), the sheet is read once more; a clean sheet
//! is read once.

mod absent;
mod category;
mod checked;
mod demand;
mod filled;
mod fingerprint;
mod fix;
mod gathered;
mod late;
mod majority;
mod outcome;
mod pass;
mod prints;
mod reading;
mod row;
mod settle;
mod standings;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashSet;
use std::sync::Arc;

pub use absent::nearest_skus;
pub use checked::{Checked, Fate, Fault, Group, KeptRow, Look};
#[cfg(feature = "import")]
pub(crate) use filled::Filled;
pub use fix::fixes;

use chrono::NaiveDateTime;

use crate::category::Categories;
use crate::column::{Field, GroupBy, Table};
use crate::finding::{Finding, Severities, Severity};
use crate::picture::Gallery;
use crate::record::{Country, Locale, RepairLevel};
use crate::sheet::SheetError;

/// What is asked of a check beside the sheet.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// What the rows are for.
    pub mode: Mode,
    /// What empty cells of SKUs that the shop has mean.
    pub blank: Blank,
    /// The shop is asked before anything is sent: what only SKUs that it lacks need is told then, and not here.
    pub asks_shop: bool,
    /// A special price may stand without dates.
    pub undated_sales: bool,
    /// How rows become products.
    pub group_by: GroupBy,
    /// The shop's country; without it, rules that depend on one stay silent.
    pub country: Option<Country>,
    /// How numbers and dates are written, where the sheet does not tell.
    pub locale: Option<Locale>,
    /// What becomes of values that can be repaired.
    pub repair: RepairLevel,
    /// What becomes of hidden rows.
    pub hidden: Hidden,
    /// Only the first so many products.
    pub first: Option<usize>,
    /// Only these seller SKUs.
    pub only: Option<HashSet<String>>,
    /// Where pictures in files are looked for; without it an image cell holds addresses only.
    pub pictures: Option<Arc<Gallery>>,
    /// What the user says of the severity of rules.
    pub severities: Severities,
    /// The moment at which the check is made, on the shop's clock; without it nothing is past.
    pub now: Option<NaiveDateTime>,
    /// What the marketplace demands of each category; without it, only what every category demands is looked at.
    pub categories: Option<Arc<Categories>>,
}

/// What the rows are for: it decides what they must tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// New SKUs: every mandatory field is needed.
    #[default]
    Create,
    /// SKUs that the shop has: a row needs its SellerSku, and what it gives is changed.
    Update,
    /// Both: what new SKUs need is asked of those that the shop lacks.
    Upsert,
}

impl Mode {
    /// Every one.
    pub const ALL: [Mode; 3] = [Mode::Create, Mode::Update, Mode::Upsert];

    /// The word of `--mode`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Create => "create",
            Mode::Update => "update",
            Mode::Upsert => "upsert",
        }
    }

    /// The mode of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Mode> {
        Mode::ALL.into_iter().find(|mode| mode.as_str() == name)
    }
}

/// What an empty cell means for a SKU that the shop has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Blank {
    /// What the shop has stays.
    #[default]
    Keep,
    /// It is taken away, where it can be.
    Clear,
}

impl Blank {
    /// `keep` or `clear`.
    #[must_use]
    pub fn named(name: &str) -> Option<Blank> {
        match name {
            "keep" => Some(Blank::Keep),
            "clear" => Some(Blank::Clear),
            _ => None,
        }
    }
}

/// What becomes of rows that are hidden in the spreadsheet; they are told either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hidden {
    /// They are rows like the others.
    #[default]
    Import,
    /// They are left out.
    Skip,
}

impl Hidden {
    /// `import` or `skip`.
    #[must_use]
    pub fn named(name: &str) -> Option<Hidden> {
        match name {
            "import" => Some(Hidden::Import),
            "skip" => Some(Hidden::Skip),
            _ => None,
        }
    }
}

/// Takes what a check finds, in the order of the sheet.
pub trait Sink {
    /// One finding.
    fn finding(&mut self, finding: Finding);
    /// So many rows have been read so far.
    fn rows_read(&mut self, _rows: u64) {}
    /// Rows are read before anything else comes: who collects findings may hand them on.
    fn flush(&mut self) {}
}

impl Sink for Vec<Finding> {
    fn finding(&mut self, finding: Finding) {
        self.push(finding);
    }
}

/// What a check counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Data rows, blank ones left out.
    pub rows: u64,
    /// Rows left out on purpose: the example row, rows outside a selection, repeated rows.
    pub skipped: u64,
    /// Different products.
    pub products: u64,
    /// Rows with a seller SKU, skipped ones left out.
    pub skus: u64,
    /// Findings of severity error.
    pub errors: u64,
    /// Findings of severity warning.
    pub warnings: u64,
    /// Findings of severity note.
    pub notes: u64,
    /// Rows without an error, and of new products only those whose rows all are.
    pub sound: u64,
    /// The products of these rows.
    pub sound_products: u64,
    /// How rows became products.
    pub grouping: String,
    /// Seller SKUs that `--only` names and no row has.
    pub absent: Vec<String>,
}

impl Summary {
    fn count(&mut self, finding: &Finding) {
        match finding.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
            Severity::Note => self.notes += 1,
        }
    }
}

/// Checks tables as one sheet; findings go to `sink` in the order of the sheet. Memory stays flat but for
/// some 70 bytes a row, what a workbook shares between its cells, and products whose rows stand far apart.
///
/// # Errors
/// The sheet cannot be read to its end. Bad data is not an error.
pub fn check(tables: &[Table], rules: &Rules, sink: &mut impl Sink) -> Result<Summary, SheetError> {
    pass::run(tables, rules, sink, None)
}

/// Checks as [`check`] does, and keeps the records for a plan.
///
/// # Errors
/// The sheet cannot be read to its end. Bad data is not an error.
pub fn check_and_keep(tables: &[Table], rules: &Rules, sink: &mut impl Sink) -> Result<Checked, SheetError> {
    let mut keeper = checked::Keeper::default();
    let summary = pass::run(tables, rules, sink, Some(&mut keeper))?;
    Ok(keeper.finish(tables, rules, summary))
}

/// How the rows of `tables` become products, in words.
fn grouping(tables: &[Table], rules: &Rules) -> String {
    let by_name = "by category, name, brand and model";
    match &rules.group_by {
        GroupBy::Nothing => "by row: each is a product".to_owned(),
        GroupBy::Name => by_name.to_owned(),
        GroupBy::Column(header) => format!("by the column `{header}`"),
        GroupBy::Found => {
            let key = tables.iter().find_map(|table| Some(table.columns.headers()[table.columns.key()?].trim()));
            let has_associated = tables.iter().any(|table| table.columns.has(Field::AssociatedSku));
            match (key, has_associated) {
                (Some(header), _) => format!("by the column `{header}`"),
                (None, true) => format!("by associated_sku, else {by_name}"),
                (None, false) => by_name.to_owned(),
            }
        }
    }
}
