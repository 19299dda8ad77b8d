//! What can be typed about earlier runs.

use chrono::{DateTime, TimeDelta, Utc};
use clap::Subcommand;

use super::args::Format;

#[derive(Debug, clap::Args)]
pub(super) struct RunsArgs {
    #[command(subcommand)]
    pub(super) command: Option<RunsCommand>,
}

#[derive(Debug, Subcommand)]
pub(super) enum RunsCommand {
    /// List them, the oldest first
    List {
        /// How the result is printed
        #[arg(long, value_enum, value_name = "FORMAT")]
        format: Option<Format>,
    },
    /// Give a run up and remove what is kept of it; or tidy up
    #[command(override_usage = "skuload runs prune <RUN | --keep TIME>")]
    Prune {
        /// The run
        #[arg(required_unless_present = "keep", conflicts_with = "keep")]
        run: Option<String>,
        /// Remove the runs that are finished, or never sent anything, and are older than this: 90d, 12h or 4w
        #[arg(long, value_name = "TIME", value_parser = age)]
        keep: Option<TimeDelta>,
    },
}

/// `90d`, `12h` or `4w`.
fn age(text: &str) -> Result<TimeDelta, String> {
    let refused = || format!("`{text}` is no length of time; write a number with h, d or w, such as 90d");
    let unit = text.char_indices().next_back().map_or(0, |(at, _)| at);
    let count: u32 = text[..unit].parse().map_err(|_| refused())?;
    let hours = match &text[unit..] {
        "h" => 1,
        "d" => 24,
        "w" => 7 * 24,
        _ => return Err(refused()),
    };
    TimeDelta::try_hours(i64::from(count) * hours).ok_or_else(refused)
}

#[derive(Debug, clap::Args)]
pub(super) struct HistoryArgs {
    /// The seller SKU
    #[arg(long, value_name = "SKU")]
    pub(super) sku: String,
    /// Only the runs of this shop
    #[arg(long, value_name = "NAME")]
    pub(super) shop: Option<String>,
    /// Only what was sent since: a day such as 2026-01-31 (UTC), or a moment such as 2026-01-31T06:00:00+07:00
    #[arg(long, value_name = "DATE", value_parser = super::history::since)]
    pub(super) since: Option<DateTime<Utc>>,
    /// How the result is printed
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(super) format: Option<Format>,
}

#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    /// The run
    #[arg(value_name = "RUN")]
    pub(super) run: String,
    /// Where the report goes; without it where the import wrote it
    #[arg(long, value_name = "FILE")]
    pub(super) report: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct VerifyArgs {
    /// The run
    #[arg(value_name = "RUN")]
    pub(super) run: String,
    /// Write the report with what the shop shows (repeatable; .xlsx, .csv, .jsonl or .html; {run}, {date} and {shop} may
    /// stand in it)
    #[arg(long, value_name = "FILE")]
    pub(super) report: Vec<String>,
    /// How the result is printed
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(super) format: Option<Format>,
}
