//! `skuload resume`: continue from the run's own folder.

use std::path::PathBuf;

use skuload::journal::{Meta, Run, Runs, ShopStore};

use super::args::ResumeArgs;
use super::exit::{Exit, Failure};
use super::output;
use super::reports::{self, Naming};
use super::runs::{Standing, resumable, standing};
use super::sending::{self, Target};
use super::settings::Settings;
use super::world;

pub(super) fn run(args: &ResumeArgs, settings: &Settings) -> Result<Exit, Failure> {
    let runs = Runs::new(&settings.state_dir());
    let name = match &args.run {
        Some(run) => run.clone(),
        None => match resumable(&runs)?.as_slice() {
            [] => {
                output::say("there is no unfinished run");
                return Ok(Exit::Done);
            }
            [one] => one.clone(),
            many => {
                let message = format!("there are {} unfinished runs: {}", many.len(), many.join(", "));
                return Err(Failure::new(Exit::Usage, message).help("name one: skuload resume RUN"));
            }
        },
    };
    continued(&runs, &name, &args.sending.report, settings)
}

/// Continues one run.
pub(super) fn continued(runs: &Runs, name: &str, wanted: &[String], settings: &Settings) -> Result<Exit, Failure> {
    let mut run: Run = runs.open(name)?;
    if !run.is_planned()? {
        return Err(Failure::new(
            Exit::Usage,
            format!("the run {name} has sent nothing: it ended before it had a plan"),
        )
        .help(format!("import the sheet again; skuload runs prune {name} removes what is left")));
    }
    let meta = run.meta().clone();
    if !wanted.is_empty() {
        let naming = Naming { run: name, shop: meta.shop.as_deref(), now: meta.started };
        let paths = reports::paths(wanted, meta.sheet_path.as_ref().map(PathBuf::from).as_deref(), &naming)?;
        let reports = paths.iter().map(|path| path.display().to_string()).collect();
        run.set_meta(Meta { reports, ..meta.clone() })?;
    }
    let policy = sending::policy(settings, meta.shop.is_none())?;
    world::runtime()?.block_on(async {
        world::watch_interrupts();
        let target = target(settings, &run).await?;
        let _lock = ShopStore::lock(&target.store, target.shop.as_deref().unwrap_or(name))?;
        begin(runs, name, &target, settings)?;
        let (run, stopped) = sending::send(run, &target, policy, settings).await?;
        let exit = sending::end(&run, &target, stopped, settings);
        target.close().await;
        exit
    })
}

/// The shop knows from here on which run may be unfinished; another unfinished one comes first.
fn begin(runs: &Runs, name: &str, target: &Target, settings: &Settings) -> Result<(), Failure> {
    let store = ShopStore::open(&target.store)?;
    let other = store.open_run()?.filter(|open| open != name).and_then(|open| runs.open(&open).ok());
    if let Some(other) = other
        && standing(&other)? == Standing::Unfinished
    {
        let other = &other.meta().run;
        return Err(Failure::new(Exit::Busy, format!("the run {other} of the same shop is unfinished"))
            .help(format!("continue it first: {}", settings.command(&format!("resume {other}")))));
    }
    Ok(store.set_open_run(Some(name))?)
}

async fn target(settings: &Settings, run: &Run) -> Result<Target, Failure> {
    match &run.meta().shop {
        Some(shop) => Target::shop(settings, shop),
        #[cfg(feature = "sandbox")]
        None => Target::sandbox(Some(run.folder().to_owned())).await,
        #[cfg(not(feature = "sandbox"))]
        None => Err(Failure::new(Exit::Usage, "this program was built without the built-in marketplace")),
    }
}
