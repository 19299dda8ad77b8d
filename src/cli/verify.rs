//! `skuload verify`: what the shop shows of a run's rows, beside what the report says of them.
//!
//! It reads, and never writes to the shop.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;
use skuload::journal::{Meta, Run, Runs, ShopStore};
use skuload::record::SellerSku;
use skuload::report::Beside;
use skuload::submit::{Pace, Showing, Shows, State, Stopped, showing};
use skuload::verdict::{Images, RowVerdict, Verdict, Verdicts};

use super::args::{Format, VerifyArgs};
use super::exit::{Exit, Failure};
use super::go_on::{self, GoOn, Whose};
use super::locks::{Patience, lock};
use super::log;
use super::output::{self, counted};
use super::reports::{self, Naming};
use super::resume::target;
use super::runs::present;
use super::sending::{self, Market, Target};
use super::settings::Settings;
use super::world::{self, Watcher};

/// So many rows that need attention are printed for people.
const MOST_ROWS: usize = 100;

/// What the shop shows of each SKU.
type Showings = HashMap<SellerSku, Showing>;

pub(super) fn run(args: &VerifyArgs, settings: &Settings) -> Result<Exit, Failure> {
    let runs = Runs::new(&settings.state_dir());
    let run = present(&runs, &args.run, settings)?;
    if !run.is_planned()? {
        let message = format!("the run {} has no plan: it ended before one was made", args.run);
        return Err(Failure::new(Exit::Usage, message).help("import the sheet again"));
    }
    let meta = run.meta();
    log::set_run(&meta.run);
    // The built-in marketplace of a run is opened by one process at a time; a shop is only read.
    let _lock = if meta.shop.is_none() { Some(lock(&runs, &args.run, Patience::of(false), settings)?) } else { None };
    let naming = Naming { run: &meta.run, shop: meta.shop.as_deref(), now: meta.started };
    let paths = match args.report.as_slice() {
        [] => Vec::new(),
        wanted => reports::paths(wanted, meta.sheet_path.as_deref().map(Path::new), &naming)?,
    };
    let (verdicts, is_finished) = sending::replay(&run)?;
    if !is_finished {
        let resume = settings.command(&format!("resume {}", args.run));
        output::say(&format!(
            "the run {} is unfinished: this is how far it came; continue it with: {resume}",
            args.run
        ));
    }
    let (showings, stopped) = asked(&run, &verdicts, settings)?;
    let rows: Vec<Row<'_>> = verdicts.rows.iter().filter_map(|verdict| Row::of(verdict, &showings)).collect();
    tell(&args.run, &rows, verdicts.rows.len(), settings)?;
    let mut exit = rows.iter().map(Row::exit).fold(Exit::Done, Exit::and);
    if !paths.is_empty() {
        let tables = sending::tables(&run)?;
        exit = exit.and(reports::write_beside(&paths, &tables, &verdicts, &beside(meta, &verdicts, &showings)));
    }
    if settings.format()? == Format::Human {
        advise(&args.run, &rows, settings);
    }
    if let Some(stopped) = stopped {
        exit =
            exit.and(output::failure(&go_on::failure(&stopped, &GoOn::SameCommand, Whose::of(run.meta()), settings)));
    }
    Ok(exit)
}

/// The SKUs of rows that are in the shop, or may be.
fn skus(verdicts: &Verdicts) -> Vec<SellerSku> {
    let mut known = HashSet::new();
    let there = verdicts.rows.iter().filter(|row| is_there(row.verdict));
    let skus = there.filter_map(|row| SellerSku::parse(&row.seller_sku));
    skus.filter(|sku| known.insert(sku.clone())).collect()
}

fn is_there(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Created | Verdict::Updated | Verdict::Unchanged | Verdict::Exists | Verdict::Unknown => true,
        Verdict::Invalid | Verdict::Rejected | Verdict::NotSent | Verdict::Skipped | Verdict::Planned => false,
    }
}

fn asked(run: &Run, verdicts: &Verdicts, settings: &Settings) -> Result<(Showings, Option<Stopped>), Failure> {
    let skus = skus(verdicts);
    if skus.is_empty() {
        return Ok((Showings::new(), None));
    }
    world::runtime()?.block_on(async {
        world::watch_interrupts(world::READS);
        let target = target(settings, run).await?;
        let showings = ask(&skus, &target, settings).await;
        target.close().await;
        showings
    })
}

async fn ask(skus: &[SellerSku], target: &Target, settings: &Settings) -> Result<(Showings, Option<Stopped>), Failure> {
    let market = if target.shop.is_some() { Market::Shop } else { Market::BuiltIn };
    let policy = sending::policy(settings, market)?;
    let transport = sending::transport(&policy)?;
    let pace = if target.shop.is_some() { ShopStore::open(&target.store)?.pace()? } else { None };
    let pace = pace.unwrap_or_else(|| Pace::new(&policy));
    let mut state = State::new(Vec::new(), policy, pace);
    let watcher = Watcher::of_baseline(settings.format()?, settings.verbose, skus.len());
    let edge = target.edge(&transport, &watcher);
    let showings = showing(&edge, skus, &mut state).await;
    watcher.finish();
    Ok(showings)
}

/// A row of the report, and what the shop shows of it.
struct Row<'a> {
    verdict: &'a RowVerdict,
    shows: Shows,
    reason: Option<String>,
    needs_attention: bool,
}

impl<'a> Row<'a> {
    /// None where the row's SKU was never in the shop.
    fn of(verdict: &'a RowVerdict, showings: &Showings) -> Option<Row<'a>> {
        if !is_there(verdict.verdict) {
            return None;
        }
        let showing = showings.get(&SellerSku::parse(&verdict.seller_sku)?)?;
        let shows = showing.shows;
        let is_wrong = match shows {
            Shows::Rejected | Shows::TakenOff | Shows::Deleted | Shows::Missing | Shows::Unasked => true,
            Shows::Live | Shows::Accepted | Shows::Pending | Shows::Inactive => false,
        };
        let doubt = doubt(verdict, showing);
        let needs_attention = is_wrong || doubt.is_some();
        let said = [showing.reason.clone(), doubt.map(str::to_owned)];
        let said: Vec<String> = said.into_iter().flatten().collect();
        let reason = (!said.is_empty()).then(|| said.join("; "));
        Some(Row { verdict, shows, reason, needs_attention })
    }

    fn exit(&self) -> Exit {
        if self.shows == Shows::Unasked {
            Exit::Remote
        } else if self.needs_attention {
            Exit::Rows
        } else {
            Exit::Done
        }
    }
}

/// How the report and the shop disagree.
fn doubt(verdict: &RowVerdict, showing: &Showing) -> Option<&'static str> {
    match showing.shows {
        Shows::Unasked | Shows::Deleted => None,
        Shows::Missing => Some(match verdict.verdict {
            Verdict::Created => "this run created it, and it is not in the shop",
            Verdict::Updated | Verdict::Unchanged | Verdict::Exists => {
                "it was in the shop before this run, and is no more"
            }
            Verdict::Unknown | Verdict::Invalid | Verdict::Rejected => "what was sent is not in the shop",
            Verdict::NotSent | Verdict::Skipped | Verdict::Planned => "it is not in the shop",
        }),
        Shows::Live | Shows::Accepted | Shows::Pending | Shows::Rejected | Shows::TakenOff | Shows::Inactive => {
            if verdict.verdict == Verdict::Unknown {
                return Some("it is in the shop, and the report does not know it yet: resume the run");
            }
            let is_bare = verdict.images == Images::Set && showing.images == skuload::plan::ShopImages::None;
            is_bare.then_some("the report says that its pictures are set, and the shop shows none")
        }
    }
}

/// The columns `shows` and `reason`; empty where the SKU was never in the shop.
fn beside(meta: &Meta, verdicts: &Verdicts, showings: &Showings) -> Beside {
    let cells = |verdict: &RowVerdict| match Row::of(verdict, showings) {
        Some(row) => vec![row.shows.as_str().to_owned(), row.reason.unwrap_or_default()],
        None => vec![String::new(), String::new()],
    };
    let about = reports::about(meta);
    Beside { columns: vec!["shows", "reason"], cells: verdicts.rows.iter().map(cells).collect(), about }
}

#[derive(Serialize)]
struct RowLine<'a> {
    v: u8,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<&'a str>,
    row: u32,
    seller_sku: &'a str,
    verdict: Verdict,
    shows: Shows,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct SummaryLine<'a> {
    v: u8,
    kind: &'static str,
    run: &'a str,
    rows: usize,
    verified: usize,
    shows: BTreeMap<Shows, usize>,
    attention: usize,
}

fn tell(run: &str, rows: &[Row<'_>], all: usize, settings: &Settings) -> Result<(), Failure> {
    let count = |shows| rows.iter().filter(|row| row.shows == shows).count();
    let counts: BTreeMap<Shows, usize> = Shows::ALL.into_iter().map(|shows| (shows, count(shows))).collect();
    let attention = rows.iter().filter(|row| row.needs_attention).count();
    match settings.format()? {
        Format::Json => {
            rows.iter().for_each(|row| output::result(&output::json_line(&row_line(row))));
            let (v, kind, verified) = (1, "summary", rows.len());
            let summary = SummaryLine { v, kind, run, rows: all, verified, shows: counts, attention };
            output::result(&output::json_line(&summary));
        }
        Format::Human => output::result(&told(rows, all, &counts)),
    }
    Ok(())
}

/// What to do about rows that are not as they were reported.
fn advise(run: &str, rows: &[Row<'_>], settings: &Settings) {
    if rows.iter().any(|row| row.verdict.verdict == Verdict::Unknown) {
        let resume = settings.command(&format!("resume {run}"));
        output::say(&format!("settle what is unknown with: {resume}"));
    }
    if rows.iter().any(|row| row.shows == Shows::Missing && row.verdict.verdict != Verdict::Unknown) {
        output::say("import the sheet again to create what is missing: what exists is left alone");
    }
    if rows.iter().any(|row| matches!(row.shows, Shows::Rejected | Shows::TakenOff)) {
        output::say("mend what quality control refused in the seller centre");
    }
}

fn row_line<'a>(row: &'a Row<'_>) -> RowLine<'a> {
    RowLine {
        v: 1,
        kind: "verify",
        sheet: Some(row.verdict.sheet.as_str()).filter(|sheet| !sheet.is_empty()),
        row: row.verdict.row,
        seller_sku: &row.verdict.seller_sku,
        verdict: row.verdict.verdict,
        shows: row.shows,
        reason: row.reason.as_deref(),
    }
}

/// The counts, and the rows that need attention.
fn told(rows: &[Row<'_>], all: usize, counts: &BTreeMap<Shows, usize>) -> String {
    let mut text = if rows.is_empty() {
        "no row of the run is in the shop\n".to_owned()
    } else {
        let filled = Shows::ALL.iter().filter(|shows| counts[*shows] > 0);
        let parts: Vec<String> = filled.map(|shows| format!("{} {}", counts[shows], shows.as_str())).collect();
        format!("{}: {}\n", counted(rows.len() as u64, "row", "rows"), parts.join(", "))
    };
    if all > rows.len() {
        let others = counted((all - rows.len()) as u64, "other row was", "other rows were");
        let _ = writeln!(text, "{others} left out, not sent or refused: see the report");
    }
    // Rows that the shop could not be asked about are counted above, and why is told at the end.
    let is_wrong = |row: &&Row<'_>| row.needs_attention && row.shows != Shows::Unasked;
    let wrong: Vec<&Row<'_>> = rows.iter().filter(is_wrong).collect();
    for row in wrong.iter().take(MOST_ROWS) {
        let RowVerdict { sheet, row: number, seller_sku, verdict, .. } = row.verdict;
        let place = if sheet.is_empty() { format!("row {number}") } else { format!("{sheet}!row {number}") };
        let reason = row.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let shows = row.shows.as_str();
        let line = format!("{shows}: {place}, SKU `{seller_sku}` (reported {verdict}){reason}");
        let _ = writeln!(text, "{}", output::plain(&line));
    }
    if wrong.len() > MOST_ROWS {
        let _ = writeln!(text, "and {} more: --report FILE or --format json has them all", wrong.len() - MOST_ROWS);
    }
    text
}
