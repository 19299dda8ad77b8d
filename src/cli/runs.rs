//! `skuload runs`: earlier runs.

use serde::Serialize;
use skuload::journal::{Runs, ShopStore};
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
    for name in names {
        let line = match describe(&runs, &name) {
            Ok(line) => line,
            Err(failure) => {
                output::failure(&failure);
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
    Ok(Exit::Done)
}

fn describe(runs: &Runs, name: &str) -> Result<RunLine, Failure> {
    let run = runs.open(name)?;
    let (verdicts, _) = sending::replay(&run)?;
    let meta = run.meta();
    Ok(RunLine {
        v: 1,
        kind: "run",
        run: name.to_owned(),
        shop: meta.shop.clone(),
        sheet: meta.sheet.clone(),
        started: meta.started.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        standing: standing(&run)?,
        verdicts: verdicts.counts(),
    })
}

/// Unfinished: it has sent a write, and a planned write is unsent or its outcome unknown.
pub(super) fn standing(run: &skuload::journal::Run) -> Result<Standing, Failure> {
    let policy = skuload::submit::Policy::default();
    let pace = skuload::submit::Pace::new(&policy);
    let state = run.state(policy, pace)?;
    Ok(match (state.has_sent(), state.is_finished()) {
        (_, true) if run.is_planned()? => Standing::Finished,
        (true, _) => Standing::Unfinished,
        (false, _) => Standing::NothingSent,
    })
}

/// The names of runs that `resume` has something to do for: the unfinished ones, and those that ended before
/// their reports were written.
pub(super) fn resumable(runs: &Runs) -> Result<Vec<String>, Failure> {
    let mut resumable = Vec::new();
    for name in runs.names()? {
        let Ok(run) = runs.open(&name) else { continue };
        let is_resumable = match standing(&run)? {
            Standing::Unfinished => true,
            Standing::Finished => !run.is_reported()?,
            Standing::NothingSent => false,
        };
        if is_resumable {
            resumable.push(name);
        }
    }
    Ok(resumable)
}

fn prune(name: &str, settings: &Settings) -> Result<Exit, Failure> {
    let runs = Runs::new(&settings.state_dir());
    let run = runs.open(name)?;
    let meta = run.meta().clone();
    if let Some(shop) = &meta.shop {
        let folder = shop::folder(settings, shop);
        if folder.exists() {
            let _lock = ShopStore::lock(&folder, shop)?;
            let store = ShopStore::open(&folder)?;
            if store.open_run()?.as_deref() == Some(name) {
                let (verdicts, _) = sending::replay(&run)?;
                let target = sending::Target::shop(settings, shop)?;
                sending::settle(&run, &target, &verdicts, true)?;
            }
        }
    }
    drop(run);
    runs.remove(name)?;
    output::say(&format!("run {name} removed; what it created in the shop stays there"));
    Ok(Exit::Done)
}
