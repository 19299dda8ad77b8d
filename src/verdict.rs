//! Findings and events -> one verdict for each row.
//!
//! It is a fold over the plan and the journal's events: a live run, a resumed run and a later `report`
//! come to the same verdicts by the same code.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Its SKU was created.
    Created,
    /// Its SKU was in the shop before this run.
    Exists,
    /// Not sent: it has an error.
    Invalid,
    /// The marketplace refused it.
    Rejected,
    /// Sent, and nobody could tell what became of it.
    Unknown,
    /// The run stopped before it, or another row holds it back.
    NotSent,
    /// Left out on purpose.
    Skipped,
    /// A dry run.
    Planned,
}

impl Verdict {
    /// All of them, in the order of summaries.
    pub const ALL: [Verdict; 8] = [
        Verdict::Created,
        Verdict::Exists,
        Verdict::Planned,
        Verdict::Invalid,
        Verdict::Rejected,
        Verdict::Unknown,
        Verdict::NotSent,
        Verdict::Skipped,
    ];

    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Created => "created",
            Verdict::Exists => "exists",
            Verdict::Invalid => "invalid",
            Verdict::Rejected => "rejected",
            Verdict::Unknown => "unknown",
            Verdict::NotSent => "not-sent",
            Verdict::Skipped => "skipped",
            Verdict::Planned => "planned",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What became of a row's pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Images {
    /// All are set.
    Set,
    /// Some could not be had.
    Incomplete,
    /// The marketplace refused them.
    Failed,
    /// The row has none.
    None,
    /// The SKU keeps what it had.
    Kept,
    /// Not set yet.
    Pending,
}

impl Images {
    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Images::Set => "set",
            Images::Incomplete => "incomplete",
            Images::Failed => "failed",
            Images::None => "none",
            Images::Kept => "kept",
            Images::Pending => "pending",
        }
    }
}

/// One row's verdict: a line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowVerdict {
    /// The sheet's name; empty for text files.
    pub sheet: String,
    /// The row, from 1.
    pub row: u32,
    /// The seller SKU; empty where the row has none.
    pub seller_sku: String,
    /// The product's name.
    pub product: String,
    /// What became of it.
    pub verdict: Verdict,
    /// What became of its pictures.
    pub images: Images,
    /// The rule it breaks, or the marketplace's error code; empty for neither.
    pub rule_or_code: String,
    /// Why.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The request that carried it; empty for none.
    pub request: String,
    /// How often that request was tried.
    pub attempts: u32,
}

/// A verdict for every data row, in the order of the sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// One for each row.
    pub rows: Vec<RowVerdict>,
}

impl Verdicts {
    /// How many rows have each verdict; those that none has are left out.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Verdict, usize> {
        let mut counts = BTreeMap::new();
        for row in &self.rows {
            *counts.entry(row.verdict).or_insert(0) += 1;
        }
        counts
    }

    /// How many rows have these pictures.
    #[must_use]
    pub fn with_images(&self, images: Images) -> usize {
        self.rows.iter().filter(|row| row.images == images).count()
    }
}
