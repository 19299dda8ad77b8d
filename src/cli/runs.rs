//! `skuload runs`: earlier runs.

use serde::Serialize;
use skuload::journal::{JournalError, Run, Runs, ShopLock, ShopStore};
use skuload::submit::State;
use skuload::verdict::Verdict;

use super::args::{Format, RunsArgs, RunsCommand};
use super::exit::{Exit, Failure};
use super::output;
use super::sending;
use super::settings::Settings;
use super::shop;

pub(super) fn run(args: &RunsArgs, settings: &Settings) -> Result<Exit, Failure> {
    match &args.command {
        None | Some(RunsCommand::List { .. }) => list(settings),
        Some(RunsCommand::Prune { run }) => prune(run, settings),
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
    verdicts: std::collections::BTreeMap<Verdict, usize>,
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
        let line = match describe(&runs, &name, settings) {
            Ok(line) => line,
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
                    line.standing.as_str(),
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

fn describe(runs: &Runs, name: &str, settings: &Settings) -> Result<RunLine, Failure> {
    let run = present(runs, name, settings)?;
    let history = sending::history(&run)?;
    let meta = run.meta();
    Ok(RunLine {
        v: 1,
        kind: "run",
        run: name.to_owned(),
        shop: meta.shop.clone(),
        sheet: meta.sheet.clone(),
        started: meta.started.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        standing: standing_in(&run, &history)?,
        verdicts: sending::verdicts_of(&run, &history)?.counts(),
    })
}

/// Unfinished: it has sent a write, and a planned write is unsent or its outcome unknown.
pub(super) fn standing(run: &Run) -> Result<Standing, Failure> {
    standing_in(run, &sending::history(run)?)
}

fn standing_in(run: &Run, history: &State) -> Result<Standing, Failure> {
    Ok(match (history.has_sent(), history.is_finished()) {
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

/// The names of runs that `resume` has something to do for: the unfinished ones, and those that ended before
/// their reports were written. Those that cannot be looked at come beside them, as failures.
pub(super) fn resumable(runs: &Runs) -> Result<(Vec<String>, Vec<Failure>), Failure> {
    let (mut resumable, mut failures) = (Vec::new(), Vec::new());
    for name in runs.names()? {
        match is_resumable(runs, &name) {
            Ok(true) => resumable.push(name),
            Ok(false) => {}
            Err(failure) => failures.push(failure),
        }
    }
    Ok((resumable, failures))
}

fn is_resumable(runs: &Runs, name: &str) -> Result<bool, Failure> {
    let Some(run) = opened(runs, name)? else { return Ok(false) };
    Ok(match standing(&run)? {
        Standing::Unfinished => true,
        Standing::Finished => !run.is_reported()?,
        Standing::NothingSent => false,
    })
}

/// Nobody else sends what this run sends while the lock lives: it is the shop's, or the run's own where it is
/// on the built-in marketplace. None where the shop was removed.
pub(super) fn lock(runs: &Runs, name: &str, settings: &Settings) -> Result<Option<ShopLock>, Failure> {
    let shop = present(runs, name, settings)?.meta().shop.clone();
    let (folder, owner) = match &shop {
        Some(shop) => (shop::folder(settings, shop), shop.as_str()),
        None => (runs.folder_of(name), name),
    };
    let lock = folder.exists().then(|| ShopStore::lock(&folder, owner)).transpose();
    lock.map_err(|error| {
        let is_busy = matches!(error, JournalError::Locked { .. });
        let failure = Failure::from(error);
        if is_busy && shop.is_none() {
            let message = format!("the run {name} is being sent by another process");
            return Failure::new(failure.exit, message).help("wait until it has ended");
        }
        failure
    })
}

fn prune(name: &str, settings: &Settings) -> Result<Exit, Failure> {
    let runs = Runs::new(&settings.state_dir());
    let lock = lock(&runs, name, settings)?;
    let run = present(&runs, name, settings)?;
    if let (Some(shop), Some(_)) = (&run.meta().shop, &lock) {
        let folder = shop::folder(settings, shop);
        if ShopStore::open(&folder)?.open_run()?.as_deref() == Some(name) {
            let (verdicts, _) = sending::replay(&run)?;
            sending::settle(&run, &folder, &verdicts, true)?;
        }
    }
    drop(run);
    runs.remove(name)?;
    drop(lock);
    output::say(&format!("run {name} removed; what it created in the shop stays there"));
    Ok(Exit::Done)
}
