//! What can be typed to `check`.

use std::path::PathBuf;

use super::SheetArgs;

/// Which sheets are checked, and what is written beside the findings.
#[derive(Debug, clap::Args)]
pub(in super::super) struct CheckArgs {
    /// The sheets; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(in super::super) files: Vec<PathBuf>,
    /// Check all files as one sheet: a seller SKU may stand in one of them only
    #[arg(long)]
    pub(in super::super) together: bool,
    /// Write the sheet again with what is certain put right, and list each change: white space and unseen characters in
    /// identifiers, digits of another width, the shop's currency, image addresses, repeated images
    #[arg(long, value_name = "FILE")]
    pub(in super::super) fix: Option<PathBuf>,
    /// Fail on new findings only: those that this file, a former output of --format json, does not have
    #[arg(long, value_name = "OLD.jsonl")]
    pub(in super::super) baseline: Option<PathBuf>,
    /// Hold it against what `category pull --sandbox` brought
    #[cfg(all(feature = "import", feature = "sandbox"))]
    #[arg(long, conflicts_with = "shop")]
    pub(in super::super) sandbox: bool,
    #[command(flatten)]
    pub(in super::super) sheet: SheetArgs,
}
