//! `skuload runs`: earlier runs.

use chrono::TimeDelta;
use serde::Serialize;
use skuload::journal::{JournalError, Progress, Run, Runs, ShopStore, Start};
use skuload::submit::{Clock, State};
use skuload::verdict::Verdict;

use super::args::{Format, RunsArgs, RunsCommand};
use super::exit::{Exit, Failure};
use super::leftovers;
use super::locks::{Patience, lock};
use super::output::{self, counted};
use super::sending;
use super::settings::Settings;
use super::shop;
use super::world::SystemClock;

pub(super) fn run(args: &RunsArgs, settings: &Settings) -> Result<Exit, Failure> {
    match &args.command {
        None | Some(RunsCommand::List { .. }) => list(settings),
        Some(RunsCommand::Prune { run: Some(run), .. }) => prune(run, settings),
        Some(RunsCommand::Prune { run: None, keep }) => prune_older(keep.unwrap_or(TimeDelta::MAX), settings),
    }
}

/// How far a run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Standing {
    Finished,
    Unfinished,
    NothingSent,
}

impl Standing {
    fn as_str(self) -> &'static str {
        match self {
            Standing::Finished => "finished",
            Standing::Unfinished => "unfinished",
            Standing::NothingSent => "nothing sent",
        }
    }
}

#[derive(Serialize)]
struct RunLine {
    v: u8,
    kind: &'static str,
    run: String,
    shop: Option<String>,
    sheet: String,
    started: String,
    standing: Standing,
    /// All is over but its reports, which could not be written.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    lacks_report: bool,
    verdicts: std::collections::BTreeMap<Verdict, usize>,
    /// Who worked on it, where and how.
    starts: Vec<Start>,
}

fn list(settings: &Settings) -> Result<Exit, Failure> {
    let runs = Runs::new(&settings.state_dir());
    let format = settings.format()?;
    let names = runs.names()?;
    if names.is_empty() {
        output::say("there is no run yet");
    }
    let mut exit = Exit::Done;
    for name in names {
        let line = match describe(&runs, &name) {
            Ok(Some(line)) => line,
            // It was killed before it had begun.
            Ok(None) => continue,
            Err(failure) => {
                exit = exit.and(output::failure(&failure));
                continue;
            }
        };
        match format {
            Format::Json => output::result(&output::json_line(&line)),
            Format::Human => {
                let counts = Verdict::ALL
                    .iter()
                    .filter_map(|verdict| Some(format!("{} {verdict}", line.verdicts.get(verdict)?)));
                output::result(&format!(
                    "{}  {}  {:<12}  {}  {}\n",
                    line.run,
                    line.shop.as_deref().unwrap_or("(sandbox)"),
                    if line.lacks_report { "not reported" } else { line.standing.as_str() },
                    output::plain(&line.sheet),
                    counts.collect::<Vec<_>>().join(", ")
                ));
            }
        }
    }
    Ok(exit)
}

/// A run that is there, or none; one that is there and cannot be opened is a failure, never none.
pub(super) fn opened(runs: &Runs, name: &str) -> Result<Option<Run>, Failure> {
    match runs.open(name) {
        Ok(run) => Ok(Some(run)),
        Err(JournalError::NoSuchRun { .. }) => Ok(None),
        Err(error) => {
            let folder = runs.folder_of(name);
            let help = format!(
                "the run {name} cannot be opened: mend that file or put it back, or give the run up by removing {}",
                folder.display()
            );
            Err(Failure::from(error).help(help))
        }
    }
}

fn describe(runs: &Runs, name: &str) -> Result<Option<RunLine>, Failure> {
    let Some(run) = opened(runs, name)? else { return Ok(None) };
    let history = sending::history(&run)?;
    let meta = run.meta();
    let standing = standing_in(&run, &history)?;
    Ok(Some(RunLine {
        v: 1,
        kind: "run",
        run: name.to_owned(),
        shop: meta.shop.clone(),
        sheet: meta.sheet.clone(),
        started: meta.started.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        standing,
        lacks_report: standing == Standing::Finished && !run.is_reported()?,
        verdicts: sending::verdicts_of(&run, &history)?.counts(),
        starts: meta.starts.clone(),
    }))
}

/// Unfinished: it has sent a write, and a planned write is unsent or its outcome unknown.
pub(super) fn standing(run: &Run) -> Result<Standing, Failure> {
    match run.progress()? {
        Progress::Halted(halt) => standing_of(run, halt.has_sent, halt.is_finished),
        Progress::Untouched | Progress::CutOff | Progress::Untold => standing_in(run, &sending::history(run)?),
    }
}

fn standing_in(run: &Run, history: &State) -> Result<Standing, Failure> {
    standing_of(run, history.has_sent(), history.is_finished())
}

fn standing_of(run: &Run, has_sent: bool, is_finished: bool) -> Result<Standing, Failure> {
    Ok(match (has_sent, is_finished) {
        (_, true) if run.is_planned()? => Standing::Finished,
        (true, _) => Standing::Unfinished,
        (false, _) => Standing::NothingSent,
    })
}

/// Opens a run that must be there.
pub(super) fn present(runs: &Runs, name: &str, settings: &Settings) -> Result<Run, Failure> {
    opened(runs, name)?.ok_or_else(|| {
        Failure::new(Exit::Usage, format!("there is no run `{name}`"))
            .help(format!("see those there are: {}", settings.command("runs list")))
    })
}

/// The names of runs that `resume` has something to do for, of one shop or of all: the unfinished ones, and
/// those that ended before their reports were written. Those that cannot be looked at come beside them, as
/// failures.
pub(super) fn resumable(runs: &Runs, shop: Option<&str>) -> Result<(Vec<String>, Vec<Failure>), Failure> {
    let (mut resumable, mut failures) = (Vec::new(), Vec::new());
    for name in runs.names()? {
        match is_resumable(runs, &name, shop) {
            Ok(true) => resumable.push(name),
            Ok(false) => {}
            Err(failure) => failures.push(failure),
        }
    }
    Ok((resumable, failures))
}

fn is_resumable(runs: &Runs, name: &str, shop: Option<&str>) -> Result<bool, Failure> {
    let Some(run) = opened(runs, name)? else { return Ok(false) };
    if shop.is_some() && run.meta().shop.as_deref() != shop {
        return Ok(false);
    }
    if run.progress()? == Progress::CutOff {
        // What happened is read once, when it is continued. One that was killed after its last write has its
        // reports to write.
        return Ok(true);
    }
    Ok(match standing(&run)? {
        Standing::Unfinished => true,
        Standing::Finished => !run.is_reported()?,
        Standing::NothingSent => false,
    })
}

/// Nothing is left to send of it; only its reports are missing.
pub(super) fn lacks_only_reports(runs: &Runs, name: &str) -> Result<bool, Failure> {
    let Some(run) = opened(runs, name)? else { return Ok(false) };
    Ok(matches!(run.progress()?, Progress::Halted(halt) if halt.is_finished))
}

fn prune(name: &str, settings: &Settings) -> Result<Exit, Failure> {
    let runs = Runs::new(&settings.state_dir());
    if opened(&runs, name)?.is_none() && runs.names()?.iter().any(|there| there == name) {
        // It was killed before it had begun.
        runs.remove(name)?;
        output::say(&format!("run {name} removed"));
        return Ok(Exit::Done);
    }
    let held = lock(&runs, name, Patience::Refuse, settings)?;
    let run = present(&runs, name, settings)?;
    if let (Some(shop), Some(_)) = (&run.meta().shop, &held.shop) {
        let folder = shop::folder(settings, shop);
        if ShopStore::open(&folder)?.open_run()?.as_deref() == Some(name) {
            sending::settle_for_good(&run, &folder)?;
        }
    }
    drop(run);
    runs.remove(name)?;
    drop(held);
    output::say(&format!("run {name} removed; what it created in the shop stays there"));
    Ok(Exit::Done)
}

/// Removes the finished runs whose last process ended longer ago than `keep`, and says so.
fn prune_older(keep: TimeDelta, settings: &Settings) -> Result<Exit, Failure> {
    let runs = Runs::new(&settings.state_dir());
    let mut exit = Exit::Done;
    let mut removed = 0;
    for name in runs.names()? {
        match prune_if_older(&runs, &name, keep, settings) {
            Ok(None) => {}
            Ok(Some(line)) => {
                removed += 1;
                output::result(&line);
            }
            Err(failure) => exit = exit.and(output::failure(&failure)),
        }
    }
    output::say(&format!("{} removed; what they created stays in the shops", counted(removed, "run", "runs")));
    let (jobs, readings, left) = leftovers::prune(keep, SystemClock.now(), settings);
    if jobs + readings > 0 {
        let jobs = counted(jobs, "job's settings", "jobs' settings");
        output::say(&format!(
            "{jobs} and {} removed too",
            counted(readings, "broken-off export", "broken-off exports")
        ));
    }
    Ok(exit.and(left))
}

/// A run that is finished, reported, old enough and in nobody's hands goes; what is said of it.
fn prune_if_older(runs: &Runs, name: &str, keep: TimeDelta, settings: &Settings) -> Result<Option<String>, Failure> {
    let Some(run) = opened(runs, name)? else { return Ok(None) };
    let meta = run.meta();
    let ended = match run.progress()? {
        Progress::Halted(halt) => halt.at,
        Progress::Untouched | Progress::CutOff | Progress::Untold => meta.started,
    };
    let is_old = SystemClock.now().signed_duration_since(ended) > keep;
    let is_over = match standing(&run)? {
        Standing::Finished => run.is_reported()?,
        Standing::NothingSent => true,
        Standing::Unfinished => false,
    };
    if !is_old || !is_over {
        return Ok(None);
    }
    let Ok(lock) = runs.lock(name) else { return Ok(None) };
    let line =
        format!("{name}  {}  {}  removed\n", meta.shop.as_deref().unwrap_or("(sandbox)"), output::plain(&meta.sheet));
    let shop = meta.shop.as_ref().map(|shop| shop::folder(settings, shop)).filter(|folder| folder.exists());
    if let Some(folder) = shop
        && ShopStore::open(&folder)?.open_run()?.as_deref() == Some(name)
    {
        // What outlives it has not been noted yet; the shop's next import does that.
        return Ok(None);
    }
    drop(run);
    runs.remove(name)?;
    drop(lock);
    Ok(Some(line))
}
