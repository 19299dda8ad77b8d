//! What can be typed to `export`.

use std::path::PathBuf;

use clap::ValueEnum;

use super::Format;

/// What is read of a shop, and where it goes.
#[derive(Debug, clap::Args)]
pub(in super::super) struct ExportArgs {
    /// Where the sheet goes: .xlsx, .csv or .jsonl; `-` is standard output, as CSV or with --format json as JSON lines
    #[arg(short, long, value_name = "FILE")]
    pub(in super::super) output: PathBuf,
    /// The shop, as `shop add` named it
    #[arg(long, value_name = "NAME")]
    pub(in super::super) shop: Option<String>,
    /// The API that is spoken: seller-center (the default) or open-platform; a shop tells it by itself
    #[arg(long, value_name = "API")]
    pub(in super::super) api: Option<String>,
    /// Only products in this state; deleted SKUs are left out unless they are asked for
    #[arg(long, value_enum, value_name = "STATE")]
    pub(in super::super) filter: Option<ExportFilter>,
    /// Only products created on this day or later: 2026-01-31, or with a time as 2026-01-31T18:30, in the shop's time
    #[arg(long, value_name = "DATE")]
    pub(in super::super) created_after: Option<String>,
    /// Only products created on this day or before
    #[arg(long, value_name = "DATE")]
    pub(in super::super) created_before: Option<String>,
    /// Only products changed on this day or later
    #[arg(long, value_name = "DATE")]
    pub(in super::super) updated_after: Option<String>,
    /// Only products changed on this day or before
    #[arg(long, value_name = "DATE")]
    pub(in super::super) updated_before: Option<String>,
    /// Only products with this text in their name or in a seller SKU
    #[arg(long, value_name = "TEXT")]
    pub(in super::super) search: Option<String>,
    /// Only these seller SKUs, parted by commas, or @FILE with one a line
    #[arg(long, value_name = "SKU,...", conflicts_with_all = [
        "filter", "created_after", "created_before", "updated_after", "updated_before", "search", "stock",
    ])]
    pub(in super::super) sku: Option<String>,
    /// Add the stock that orders hold, in columns that an import leaves out
    #[arg(long)]
    pub(in super::super) stock: bool,
    /// Begin anew where an earlier export of the same was broken off
    #[arg(long)]
    pub(in super::super) fresh: bool,
    /// Calls a second, at most: 2
    #[arg(long, value_name = "N")]
    pub(in super::super) rate: Option<f64>,
    /// How the result is printed
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(in super::super) format: Option<Format>,
}

/// The states of products that a shop can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in super::super) enum ExportFilter {
    All,
    Live,
    Inactive,
    Deleted,
    ImageMissing,
    Pending,
    Rejected,
    SoldOut,
}
