//! `skuload resume`: continue from the run's own folder.

use std::path::Path;
use std::sync::atomic::Ordering;

use skuload::journal::{Meta, Progress, Run, Runs, ShopStore};

use super::args::{ResumeArgs, SendingArgs};
use super::audit;
use super::exit::{Exit, Failure};
use super::finish::{self, About, Ended};
use super::go_on::GoOn;
use super::locks::{Patience, lock};
use super::log;
use super::output;
use super::outputs::{self, Output};
use super::reports::{self, Naming};
use super::runs::{Standing, lacks_only_reports, opened, present, resumable, standing};
use super::sending::{self, Market, Target};
use super::settings::Settings;
use super::shop;
use super::world;

pub(super) fn run(args: &ResumeArgs, settings: &Settings) -> Result<Exit, Failure> {
    let runs = Runs::new(&settings.state_dir());
    if let Some(name) = &args.run {
        return continued(&runs, name, &args.sending, &args.sending.report, settings);
    }
    // How many runs there are is not known in advance, so their reports must differ by name.
    let fixed = args.sending.report.iter().find(|name| args.all && !name.contains("{run}"));
    if let Some(fixed) = fixed {
        return Err(Failure::new(Exit::Usage, format!("--report {fixed}: several runs would write it"))
            .help("put {run} into its name"));
    }
    if let Some(shop) = &args.shop {
        shop::load(settings, shop)?;
    }
    let (mut names, damaged) = resumable(&runs, args.shop.as_deref())?;
    let is_one_by_one = args.all || args.shop.is_some();
    if names.len() > 1 && !is_one_by_one {
        // Reports that could not be written do not stand in the way of what is still to be sent.
        let to_report = names.iter().map(|name| lacks_only_reports(&runs, name)).collect::<Result<Vec<_>, _>>()?;
        let mut to_report = to_report.into_iter();
        if to_report.clone().any(|is_only_that| !is_only_that) {
            names.retain(|_| !to_report.next().unwrap_or_default());
        }
    }
    let mut exit = Exit::Done;
    for failure in &damaged {
        exit = exit.and(output::failure(failure));
    }
    match names.as_slice() {
        [] if damaged.is_empty() => {
            output::say(&nothing_to_do(&runs, args.shop.as_deref(), settings)?);
        }
        [] => {}
        [one] => exit = exit.and(continued(&runs, one, &args.sending, &args.sending.report, settings)?),
        many if is_one_by_one => exit = exit.and(one_by_one(&runs, many, args, settings)?),
        many => {
            let message = format!("there are {} unfinished runs: {}", many.len(), many.join(", "));
            let help =
                format!("name one: {}; or all: {}", settings.command("resume RUN"), settings.command("resume --all"));
            return Err(Failure::new(Exit::Usage, message).help(help));
        }
    }
    Ok(exit)
}

/// There is no unfinished run, and what to do instead: the last run may be one that came to nothing.
fn nothing_to_do(runs: &Runs, shop: Option<&str>, settings: &Settings) -> Result<String, Failure> {
    let of = shop.map(|shop| format!(" of the shop `{shop}`")).unwrap_or_default();
    let mut text = format!("there is no unfinished run{of}");
    let is_wanted = |run: &Run| shop.is_none() || run.meta().shop.as_deref() == shop;
    let names = runs.names()?;
    let last = names.iter().rev().find_map(|name| runs.open(name).ok().filter(is_wanted));
    match last {
        Some(run) if has_sent_nothing(&run)? => {
            let import = GoOn::import_of(run.meta(), settings).help("", settings);
            text.push_str(&format!("; of the last one, {}, {import}", run.meta().run));
        }
        Some(_) | None => {
            let import = settings.command(&format!("import FILE --shop {}", shop.unwrap_or("NAME")));
            text.push_str(&format!("; one that ended before it sent anything is begun again: {import}"));
        }
    }
    Ok(text)
}

/// No write of it has left, although some should have. One that was cut off had begun to send.
fn has_sent_nothing(run: &Run) -> Result<bool, Failure> {
    Ok(run.progress()? != Progress::CutOff && standing(run)? == Standing::NothingSent)
}

/// Continues runs in turn. The trouble of one is told and leaves the others alone, but for the user's own wish
/// to stop.
fn one_by_one(runs: &Runs, names: &[String], args: &ResumeArgs, settings: &Settings) -> Result<Exit, Failure> {
    let wanted = &args.sending.report;
    if let Some(fixed) = wanted.iter().find(|name| !name.contains("{run}")) {
        return Err(Failure::new(Exit::Usage, format!("--report {fixed}: there are {} runs to report", names.len()))
            .help("put {run} into its name"));
    }
    let mut exit = Exit::Done;
    for name in names {
        output::say(&format!("run {name}:"));
        let ended = continued(runs, name, &args.sending, wanted, settings);
        // Without the line above, in a quiet command, nobody could tell which run it speaks of.
        let of_run = |failure: Failure| Failure { message: format!("run {name}: {}", failure.message), ..failure };
        exit = exit.and(ended.unwrap_or_else(|failure| output::failure(&of_run(failure))));
        log::leave_run();
        if world::interrupted().load(Ordering::Relaxed) || exit == Exit::Interrupted {
            break;
        }
    }
    Ok(exit)
}

/// Continues one run; `wanted` names its reports anew.
pub(super) fn continued(
    runs: &Runs,
    name: &str,
    sending: &SendingArgs,
    wanted: &[String],
    settings: &Settings,
) -> Result<Exit, Failure> {
    log::set_run(name);
    finish::watch(settings, || about(runs, name), || carried_on(runs, name, sending, wanted, settings))
}

/// What the run is about, as far as it can be told.
fn about(runs: &Runs, name: &str) -> About {
    let run = Some(name.to_owned());
    match runs.open(name) {
        Ok(found) => About { run, shop: found.meta().shop.clone(), sheet: Some(found.meta().sheet.clone()) },
        Err(_) => About { run, ..About::default() },
    }
}

fn carried_on(
    runs: &Runs,
    name: &str,
    sending: &SendingArgs,
    wanted: &[String],
    settings: &Settings,
) -> Result<Ended, Failure> {
    let _held = lock(runs, name, Patience::of(sending.wait_lock), settings)?;
    // Nobody else changes it from here on.
    let mut run = present(runs, name, settings)?;
    if has_sent_nothing(&run)? {
        return Err(Failure::new(
            Exit::Usage,
            format!("the run {name} has sent nothing, so nothing is to be continued"),
        )
        .help(GoOn::import_of(run.meta(), settings).help("", settings)));
    }
    let mut meta = run.meta().clone();
    let market = if meta.shop.is_some() { Market::Shop } else { Market::BuiltIn };
    let policy = sending::policy(settings, market)?;
    meta.starts.push(audit::start("resume", settings, &policy));
    if !wanted.is_empty() {
        let naming = Naming { run: name, shop: meta.shop.as_deref(), now: meta.started };
        let paths = reports::paths(wanted, meta.sheet_path.as_deref().map(Path::new), &naming)?;
        let named = paths.iter().map(|path| Output::of("--report", path, Exit::Usage));
        let to_fix = meta.to_fix.iter().map(|path| Output::own("the rows to mend", path.into()));
        outputs::apart(&named.chain(to_fix).collect::<Vec<_>>())?;
        meta = Meta { reports: paths.iter().map(|path| reports::absolute(path)).collect(), ..meta };
    }
    run.set_meta(meta)?;
    output::outlive_reader();
    world::runtime()?.block_on(async {
        world::watch_interrupts(world::SENDS);
        let target = target(settings, &run).await?;
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
    let other = match store.open_run()?.filter(|open| open != name) {
        Some(open) => opened(runs, &open)?,
        None => None,
    };
    if let Some(other) = other
        && standing(&other)? == Standing::Unfinished
    {
        let other = &other.meta().run;
        return Err(Failure::new(Exit::Busy, format!("the run {other} of the same shop is unfinished"))
            .help(format!("continue it first: {}", settings.command(&format!("resume {other}")))));
    }
    Ok(store.set_open_run(Some(name))?)
}

/// The marketplace that a run is about.
pub(super) async fn target(settings: &Settings, run: &Run) -> Result<Target, Failure> {
    match &run.meta().shop {
        Some(shop) => Target::shop(settings, shop),
        #[cfg(feature = "sandbox")]
        None => Target::sandbox(run.meta().dialect, Some(run.folder().to_owned())).await,
        #[cfg(not(feature = "sandbox"))]
        None => Err(Failure::new(Exit::Usage, "this program was built without the built-in marketplace")),
    }
}
