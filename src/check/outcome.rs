//! What one data row, checked by itself, tells the sheet.

use super::category::Once;
use super::checked::RowOfProduct;
use super::fingerprint::Fingerprint;
use super::gathered::Taken;
use crate::column::Table;
use crate::finding::{Finding, Rule};
use crate::record::{PackedSku, Product};

/// One data row, checked by itself.
pub(super) struct Outcome {
    pub(super) print: Fingerprint,
    pub(super) row: u32,
    pub(super) line: Option<u64>,
    pub(super) findings: Vec<Finding>,
    /// What is said of it only if no row before it has led to the same.
    pub(super) once: Vec<Once>,
    /// Columns without a header in which it has values.
    pub(super) unnamed: Vec<u32>,
    pub(super) is_example: bool,
    pub(super) is_hidden: bool,
    /// It is the header of another table.
    pub(super) is_other_header: bool,
    /// A mark in the row says that it is left out.
    pub(super) is_flagged: bool,
    pub(super) has_odd_image: bool,
    /// `--only` names other SKUs.
    pub(super) is_unwanted: bool,
    /// `--only` names this one.
    pub(super) wanted: Option<String>,
    pub(super) kept: Option<Box<Record>>,
}

/// A row as it is kept for a plan.
pub(super) struct Record {
    pub(super) place: RowOfProduct,
    pub(super) product: Product,
    pub(super) sku: Option<PackedSku>,
}

impl Outcome {
    /// Nothing of a row below another table's header, nor of that header, is believed: its cells stand in other
    /// columns. `below` is the row of that header.
    pub(super) fn distrust(&mut self, below: u32, table: &Table) {
        let mut finding = Finding::new(Rule::AmbiguousColumn, table.location(self.row, self.line));
        finding.message = if self.is_other_header {
            format!(
                "row {below} is the header of another table, with other columns than the one in row {}",
                table.header.row
            )
        } else {
            format!("the row stands below another header, in row {below}")
        };
        finding.help = "put each table on a sheet of its own, or into a file of its own".to_owned();
        self.findings = vec![finding];
        self.once.clear();
        self.print.is_ragged = true;
        if let Some(kept) = &mut self.kept {
            let Record { place, product, sku } = &mut **kept;
            place.seller_sku = None;
            (place.defaults, place.taken) = (Product::default(), Taken::default());
            (*product, *sku) = (Product::default(), None);
        }
    }
}
