//! What can be typed.

mod about;
#[cfg(feature = "import")]
mod category;
mod check;
#[cfg(feature = "import")]
mod export;
mod format;
#[cfg(feature = "import")]
mod shop;
mod template;

use std::num::NonZeroU32;
use std::path::PathBuf;

pub(super) use about::{CompletionsArgs, ExplainArgs, ManArgs};
#[cfg(feature = "import")]
pub(super) use category::{CategoryArgs, CategoryCommand, PullArgs, ShowArgs};
pub(super) use check::CheckArgs;
use clap::{Parser, Subcommand, ValueEnum};
#[cfg(feature = "import")]
pub(super) use export::{ExportArgs, ExportFilter};
pub(super) use format::{FindingsFormat, Format};
#[cfg(feature = "import")]
pub(super) use shop::{KeyArgs, LoginArgs, ShopAddArgs, ShopArgs, ShopCommand};
pub(super) use template::TemplateArgs;

#[cfg(feature = "import")]
pub(super) use super::earlier::{HistoryArgs, ReportArgs, RunsArgs, RunsCommand, VerifyArgs};
#[cfg(feature = "import")]
use super::guards::GuardArgs;

/// A product sheet in, products in a shop out, a true verdict for every row.
#[derive(Debug, Parser)]
#[command(
    name = "skuload",
    version,
    propagate_version = true,
    after_help = "Exit codes: 0 done, 1 some rows have errors, 2 usage, 3 settings, 4 credentials, 5 try again (the last line says how), 6 input unreadable, 7 refused for good, 8 stopped by a limit that you set, 9 local file not written, 11 another run is in the way, 70 a bug, 130 interrupted."
)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// Flags of every command.
#[derive(Debug, clap::Args)]
pub(super) struct Global {
    /// Say more: each request and reply
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
    /// Say nothing but errors; the result stays
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Append a line for each event to this file
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) log: Option<PathBuf>,
    /// How the log is written: text or json
    #[arg(long, global = true, value_name = "FORMAT")]
    pub(super) log_format: Option<String>,
    /// Colours in the output
    #[arg(long, global = true, value_enum, value_name = "WHEN")]
    pub(super) color: Option<ColorChoice>,
    /// The settings file instead of ./skuload.toml and the user's own
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Where runs, journals and shops are kept
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) state_dir: Option<PathBuf>,
    /// Print the settings and where each comes from, and do nothing else
    #[arg(long, global = true)]
    pub(super) show_settings: bool,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check sheets offline: no network, no credentials
    Check(Box<CheckArgs>),
    /// Check a sheet, plan, send, and report every row
    #[cfg(feature = "import")]
    Import(Box<ImportArgs>),
    /// Set the pictures of SKUs that the shop has, and change nothing else
    #[cfg(feature = "import")]
    Images(Box<ImportArgs>),
    /// Continue an unfinished run
    #[cfg(feature = "import")]
    Resume(ResumeArgs),
    /// Earlier runs
    #[cfg(feature = "import")]
    Runs(RunsArgs),
    /// What was changed of a SKU, from what, to what, when and by whom
    #[cfg(feature = "import")]
    History(HistoryArgs),
    /// Write the report of a run again
    #[cfg(feature = "import")]
    Report(ReportArgs),
    /// Ask the shop what it shows of a run's rows, and put it beside the report
    #[cfg(feature = "import")]
    Verify(VerifyArgs),
    /// Read the shop's products into a sheet that can be edited and imported again
    #[cfg(feature = "import")]
    Export(Box<ExportArgs>),
    /// What the marketplace's categories demand: ask for it, and look at it
    #[cfg(feature = "import")]
    Category(CategoryArgs),
    /// Write an empty sheet that asks for what categories demand: no network, no credentials
    Template(TemplateArgs),
    /// Run the stand-in marketplace
    #[cfg(all(feature = "import", feature = "sandbox"))]
    Sandbox(SandboxArgs),
    /// Shops and their credentials
    #[cfg(feature = "import")]
    Shop(ShopArgs),
    /// Tell what a rule means, what to do, and show a sheet that breaks it and one that does not
    Explain(ExplainArgs),
    /// Print a script by which a shell completes commands and flags
    Completions(CompletionsArgs),
    /// Print the manual page; with --dir write one for each command
    Man(ManArgs),
    /// Transcribe a workbook from standard input; what this program calls for a file that may exhaust it
    #[command(hide = true)]
    ReadApart(ReadApartArgs),
}

impl Command {
    /// As it is typed.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Command::Check(_) => "check",
            #[cfg(feature = "import")]
            Command::Import(_) => "import",
            #[cfg(feature = "import")]
            Command::Images(_) => "images",
            #[cfg(feature = "import")]
            Command::Resume(_) => "resume",
            #[cfg(feature = "import")]
            Command::Runs(_) => "runs",
            #[cfg(feature = "import")]
            Command::History(_) => "history",
            #[cfg(feature = "import")]
            Command::Report(_) => "report",
            #[cfg(feature = "import")]
            Command::Verify(_) => "verify",
            #[cfg(feature = "import")]
            Command::Export(_) => "export",
            #[cfg(all(feature = "import", feature = "sandbox"))]
            Command::Sandbox(_) => "sandbox",
            #[cfg(feature = "import")]
            Command::Category(_) => "category",
            #[cfg(feature = "import")]
            Command::Shop(_) => "shop",
            Command::Explain(_) => "explain",
            Command::Completions(_) => "completions",
            Command::Man(_) => "man",
            Command::Template(_) => "template",
            Command::ReadApart(_) => "read-apart",
        }
    }
}

/// What a process that reads a workbook for another one is told.
#[derive(Debug, clap::Args)]
pub(super) struct ReadApartArgs {
    /// What the file is
    #[arg(value_enum)]
    pub(super) format: Elder,
    /// Bytes of memory
    pub(super) memory: u64,
    /// Seconds of computing
    pub(super) seconds: u64,
    /// The limits of reading, as JSON
    pub(super) limits: String,
}

/// A workbook that is read in a process of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Elder {
    Xls,
    Xlsb,
    Ods,
}

impl Elder {
    /// As it is typed.
    pub(super) fn name(self) -> &'static str {
        match self {
            Elder::Xls => "xls",
            Elder::Xlsb => "xlsb",
            Elder::Ods => "ods",
        }
    }
}

/// How a sheet is read and checked.
#[derive(Debug, Default, clap::Args)]
pub(super) struct SheetArgs {
    /// Read this sheet of the workbook (repeatable); without it the one whose headers match best
    #[arg(long, value_name = "NAME")]
    pub(super) sheet: Vec<String>,
    /// The row that holds the headers, from 1
    #[arg(long, value_name = "N")]
    pub(super) header_row: Option<NonZeroU32>,
    /// Say what a column is (repeatable): a field, also with its unit as in "package_weight (g)", attr.NAME,
    /// sku.NAME, ignore, or skip (a mark that its row is left out)
    #[arg(long, value_name = "HEADER=FIELD")]
    pub(super) map: Vec<String>,
    /// One value for all rows, for a column the sheet lacks (repeatable)
    #[arg(long, value_name = "FIELD=VALUE")]
    pub(super) set: Vec<String>,
    /// How rows become products: a column's header, `name`, or `none`
    #[arg(long, value_name = "COLUMN")]
    pub(super) group_by: Option<String>,
    /// The shop, as `shop add` named it; it tells the country too
    #[arg(long, value_name = "NAME")]
    pub(super) shop: Option<String>,
    /// The shop's country: sg, my, id, ph, th or vn
    #[arg(long, value_name = "CC", conflicts_with = "shop")]
    pub(super) country: Option<String>,
    /// The API that is spoken: seller-center (the default) or open-platform; a shop tells it by itself
    #[arg(long, value_name = "API")]
    pub(super) api: Option<String>,
    /// The encoding of a text file, such as windows-874 or gb18030
    #[arg(long, value_name = "NAME")]
    pub(super) encoding: Option<String>,
    /// The character between the cells of a text file (`tab` for a tabulator)
    #[arg(long, value_name = "CHAR")]
    pub(super) delimiter: Option<String>,
    /// How numbers and dates are written, where the sheet does not tell: th, vi, id, ms, zh, en, en-us, en-gb, de
    #[arg(long, value_name = "LOCALE")]
    pub(super) locale: Option<String>,
    /// What the rows are for: create (the default), update SKUs that the shop has, or upsert: both
    #[arg(long, value_name = "MODE")]
    pub(super) mode: Option<String>,
    /// What empty cells mean for SKUs that the shop has: keep, or clear what can be cleared
    #[arg(long, value_name = "WHAT")]
    pub(super) blank: Option<String>,
    /// What becomes of hidden rows: import or skip
    #[arg(long, value_name = "WHAT")]
    pub(super) hidden: Option<String>,
    /// What becomes of values that can be repaired: off, suggest or safe
    #[arg(long, value_name = "HOW")]
    pub(super) repair: Option<String>,
    /// Raise a limit of reading (repeatable), such as cell-text=4MiB
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) limit: Vec<String>,
    /// Write the [map] section of the settings, to be edited, with values of each column; and do nothing else
    #[arg(long, value_name = "FILE")]
    pub(super) write_map: Option<PathBuf>,
    /// Where the files are that image cells name: a folder or a zip; without it the sheet's folder, then a zip
    /// beside the sheet that is called as the sheet is
    #[arg(long, value_name = "PATH")]
    pub(super) pictures: Option<PathBuf>,
    /// What the marketplace's categories demand, as `category pull -o FILE` wrote it; without it, what was pulled for the
    /// shop
    #[arg(long, value_name = "FILE")]
    pub(super) categories: Option<PathBuf>,
    /// The severity of a rule (repeatable): error, warning, note, or off
    #[arg(long, value_name = "NAME=SEVERITY")]
    pub(super) rule: Vec<String>,
    /// What makes the command end with 1: error (the default), or warning
    #[arg(long, value_name = "SEVERITY")]
    pub(super) fail_on: Option<String>,
    /// The day on which the sheet is checked, instead of today: 2026-12-31
    #[arg(long, value_name = "DATE")]
    pub(super) now: Option<String>,
    /// Write the workbook again with each finding at its cell, coloured and noted, and a first sheet that lists them;
    /// of a sheet that is no XLSX, a new workbook
    #[arg(long, value_name = "FILE")]
    pub(super) annotate: Option<PathBuf>,
    /// Print the first N findings; all of them are counted
    #[arg(long, value_name = "N")]
    pub(super) max_findings: Option<u64>,
    /// Only the first N products
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) first: Option<u32>,
    /// Only these seller SKUs, parted by commas
    #[arg(long, value_name = "SKU,...")]
    pub(super) only: Option<String>,
    /// How the result is printed; csv and sarif are formats of findings, which `check` prints
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(super) format: Option<FindingsFormat>,
}

/// How a plan is sent, and where the report goes.
#[cfg(feature = "import")]
#[derive(Debug, clap::Args)]
pub(super) struct SendingArgs {
    /// Calls a second, at most: 2, or 50 to the built-in marketplace
    #[arg(long, value_name = "N")]
    pub(super) rate: Option<f64>,
    /// Requests on their way at once: 4
    #[arg(long, value_name = "N")]
    pub(super) concurrency: Option<usize>,
    /// Send nothing more after this time: a duration such as 90m or 2h, a time of day such as 06:00, or a moment
    /// such as 2026-01-31T06:00:00+07:00
    #[arg(long, value_name = "TIME")]
    pub(super) deadline: Option<String>,
    /// Stop when more products than this fail (0: at the first failure), or more of a hundred planned ones (from the
    /// fifth failure on; 0% is 0); where only price, sale or stock change, each SKU counts as a product
    #[arg(long, value_name = "N|P%")]
    pub(super) max_failures: Option<String>,
    /// Make at most so many calls, reads too
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_requests: Option<u64>,
    /// Run this command when the run is over, however it ended; it gets the summary as JSON on its standard input
    #[arg(long, value_name = "CMD")]
    pub(super) on_finish: Option<String>,
    /// Wait while another process sends to the shop, instead of ending with 11
    #[arg(long)]
    pub(super) wait_lock: bool,
    /// Fetch and send pictures that the marketplace cannot download itself; where a server does not answer, `resume`
    /// tries again
    #[arg(long)]
    pub(super) fetch_images: bool,
    /// Where the report goes (repeatable; .xlsx, .csv, .jsonl or .html; {run}, {date} and {shop} may stand in it)
    #[arg(long, value_name = "FILE")]
    pub(super) report: Vec<String>,
}

#[cfg(feature = "import")]
#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {
    /// The sheet; `-` is standard input
    #[arg(value_name = "FILE", required = false, required_unless_present = "jobs", conflicts_with = "jobs")]
    #[arg(default_value_if("jobs", clap::builder::ArgPredicate::IsPresent, "-"))]
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) sheet: SheetArgs,
    /// Import many sheets into many shops, as this file says
    #[arg(long, value_name = "FILE", conflicts_with_all = ["shop", "country", "bodies", "write_map", "annotate"])]
    pub(super) jobs: Option<PathBuf>,
    /// With --jobs: so many shops side by side; without it all, up to 8
    #[arg(long, value_name = "N", requires = "jobs", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) parallel: Option<u16>,
    /// The file of rows to mend is named after the run; what --jobs asks for where jobs share a sheet
    #[arg(long, hide = true)]
    pub(super) own_to_fix: bool,
    /// Send to the built-in marketplace instead of a shop
    #[cfg(feature = "sandbox")]
    #[arg(long, conflicts_with_all = ["shop", "jobs"])]
    pub(super) sandbox: bool,
    /// Print the plan and stop before the first write
    #[arg(long)]
    pub(super) dry_run: bool,
    /// With --dry-run: write each request's body into this folder
    #[arg(long, value_name = "DIR", requires = "dry_run")]
    pub(super) bodies: Option<PathBuf>,
    #[command(flatten)]
    pub(super) sending: SendingArgs,
    /// Look at each picture on the web before anything is sent: one that cannot be had is a warning, and left out; one
    /// whose server does not answer is a warning, and sent all the same
    #[arg(long)]
    pub(super) check_images: bool,
    /// Create no product without at least one picture
    #[arg(long)]
    pub(super) require_images: bool,
    /// Send what the sheet gives although the shop has it just so
    #[arg(long)]
    pub(super) force: bool,
    #[command(flatten)]
    pub(super) guards: GuardArgs,
    /// Finish the shop's unfinished run first; not with --dry-run, which sends nothing
    #[arg(long, conflicts_with = "dry_run")]
    pub(super) resume_first: bool,
}

#[cfg(feature = "import")]
#[derive(Debug, clap::Args)]
pub(super) struct ResumeArgs {
    /// The run; without it the only unfinished one
    #[arg(value_name = "RUN")]
    pub(super) run: Option<String>,
    /// The unfinished runs of this shop, one after the other
    #[arg(long, value_name = "NAME", conflicts_with_all = ["run", "all"])]
    pub(super) shop: Option<String>,
    /// All unfinished runs, one after the other
    #[arg(long, conflicts_with = "run")]
    pub(super) all: bool,
    #[command(flatten)]
    pub(super) sending: SendingArgs,
    /// How the result is printed
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(super) format: Option<Format>,
}

#[cfg(all(feature = "import", feature = "sandbox"))]
#[derive(Debug, clap::Args)]
pub(super) struct SandboxArgs {
    /// The port on 127.0.0.1; without it any free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) port: u16,
    /// A file that says how the marketplace misbehaves
    #[arg(long, value_name = "FILE")]
    pub(super) faults: Option<PathBuf>,
    /// A file that keeps what the shop holds, so that it can be stopped and started
    #[arg(long, value_name = "FILE")]
    pub(super) store: Option<PathBuf>,
    /// What chance and the API key come from
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,
    /// Where the seller of the Open Platform sells: sg, my, id, ph, th, vn; without it as the faults say, or sg
    #[arg(long, value_name = "CC")]
    pub(super) country: Option<String>,
}
