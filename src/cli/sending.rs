//! What `import` and `resume` share: sending a stored plan, ending a run, telling what came of it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use skuload::column::Table;
use skuload::dialect::Dialect;
#[cfg(feature = "sandbox")]
use skuload::dialect::{AppKey, Credentials, UserKey};
use skuload::journal::{FinishedSheet, Run, ShopStore, Start};
use skuload::plan::{Intent, PlannedRow};
use skuload::record::Country;
#[cfg(feature = "sandbox")]
use skuload::sandbox::{Options, Sandbox};
use skuload::sheet::Input;
use skuload::submit::{
    Access, Clock, Edge, Event, HttpTransport, Journal, KnownIds, Pace, Policy, Skew, State, Stopped, submit,
};
use skuload::verdict::{Images, RowVerdict, Verdict, Verdicts, verdicts};

use super::bounds::bounds;
use super::exit::{Exit, Failure};
use super::finish::{Counts, Ended, Files};
use super::go_on::{self, GoOn, Whose};
use super::hosted;
use super::input;
use super::log::{self, Event as Logged};
use super::outcome::{self, Besides, Planned};
use super::output;
use super::reports::{self, Written};
use super::settings::Settings;
use super::shop;
use super::world::{SystemClock, Watcher, interrupted};

/// Calls a second to a shop.
const SHOP_RATE: f64 = 2.0;

/// No wait is longer than a day.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

/// Calls a second to the built-in marketplace.
const SANDBOX_RATE: f64 = 50.0;

/// Who is sent to.
pub(super) struct Target {
    pub(super) country: Option<Country>,
    /// The address of its API.
    pub(super) base_url: String,
    /// Who signs.
    pub(super) access: Access,
    /// What the marketplace knows SKUs by.
    pub(super) ids: KnownIds,
    /// The folder of the shop's store.
    pub(super) store: PathBuf,
    /// The shop's name; none for the built-in marketplace.
    pub(super) shop: Option<String>,
    /// The marketplace's clock against this computer's.
    pub(super) skew: Skew,
    #[cfg(feature = "sandbox")]
    sandbox: Option<Sandbox>,
}

impl Target {
    /// A shop that was added.
    pub(super) fn shop(settings: &Settings, name: &str) -> Result<Target, Failure> {
        let shop = shop::load(settings, name)?;
        let access = shop::access(settings, name, &shop)?;
        let store = shop::folder(settings, name);
        Ok(Target {
            country: shop.country,
            access,
            ids: known_ids(shop.api(), &store)?,
            base_url: shop.url,
            store,
            shop: Some(name.to_owned()),
            skew: Skew::new(),
            #[cfg(feature = "sandbox")]
            sandbox: None,
        })
    }

    /// The built-in marketplace, spoken to by this API; what it holds is kept in `folder`, or in memory for a dry run.
    #[cfg(feature = "sandbox")]
    pub(super) async fn sandbox(api: Dialect, folder: Option<PathBuf>) -> Result<Target, Failure> {
        let options =
            Options { store: folder.as_ref().map(|folder| folder.join("sandbox.jsonl")), ..Options::default() };
        let sandbox = super::sandbox::start(options).await?;
        let (base_url, credentials) = credentials(&sandbox, api);
        let ids = folder.as_deref().map(|folder| known_ids(api, folder)).transpose()?.unwrap_or_default();
        Ok(Target {
            country: None,
            base_url,
            access: Access::fixed(credentials),
            ids,
            store: folder.unwrap_or_default(),
            shop: None,
            skew: Skew::new(),
            sandbox: Some(sandbox),
        })
    }

    /// Whose credentials it is called with.
    pub(super) fn whose(&self) -> Whose<'_> {
        Whose { api: self.dialect(), shop: self.shop.as_deref() }
    }

    /// The API that it speaks.
    pub(super) fn dialect(&self) -> Dialect {
        self.access.dialect()
    }

    /// What touches the world while it is sent to or asked.
    pub(super) fn edge<'a>(
        &'a self,
        transport: &'a HttpTransport,
        observer: &'a Watcher,
    ) -> Edge<'a, HttpTransport, SystemClock, Watcher> {
        Edge {
            access: &self.access,
            ids: &self.ids,
            transport,
            clock: &SystemClock,
            observer,
            skew: &self.skew,
            interrupted: interrupted(),
        }
    }

    /// Ends what was started for it.
    pub(super) async fn close(self) {
        #[cfg(feature = "sandbox")]
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await;
        }
    }
}

/// Where the built-in marketplace is, and who may call it.
#[cfg(feature = "sandbox")]
fn credentials(sandbox: &Sandbox, api: Dialect) -> (String, Credentials) {
    match api {
        Dialect::SellerCenter => {
            let base_url = sandbox.url().to_owned();
            let (user_id, api_key) = (sandbox.user_id().to_owned(), sandbox.api_key().into());
            let user = UserKey { base_url: base_url.clone(), user_id, api_key };
            (base_url, Credentials::SellerCenter(user))
        }
        Dialect::OpenPlatform => {
            let base_url = sandbox.open_platform_url().to_owned();
            let app = AppKey {
                base_url: base_url.clone(),
                app_key: sandbox.app_key().to_owned(),
                app_secret: sandbox.app_secret().into(),
                access_token: Some(sandbox.access_token().into()),
            };
            (base_url, Credentials::OpenPlatform(app))
        }
    }
}

/// What the marketplace knows SKUs by, kept in the store of a folder where the API asks for that.
fn known_ids(dialect: Dialect, store: &Path) -> Result<KnownIds, Failure> {
    if !dialect.needs_ids() {
        return Ok(KnownIds::default());
    }
    Ok(KnownIds::kept_in(Box::new(ShopStore::open(store)?)))
}

/// Which kind of marketplace it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Market {
    /// A shop's own.
    Shop,
    /// The one in this program.
    BuiltIn,
}

/// The numbers behind every wait.
pub(super) fn policy(settings: &Settings, market: Market) -> Result<Policy, Failure> {
    let decided = &settings.decided;
    let rate = match market {
        Market::Shop => SHOP_RATE,
        Market::BuiltIn => SANDBOX_RATE,
    };
    let default = Policy { rate, ..Policy::default() };
    let rate = decided.rate.unwrap_or(default.rate);
    let concurrency = decided.concurrency.unwrap_or(default.concurrency);
    for (name, is_sound) in [("rate", rate.is_finite() && rate > 0.0), ("concurrency", concurrency > 0)] {
        if !is_sound {
            return Err(Failure::new(settings.exit_of(name), format!("the {name} must be a number above zero")));
        }
    }
    // Read before anything is sent: a limit that is typed wrong must not let everything pass.
    let bounds = bounds(decided, SystemClock.now(), &|key| settings.exit_of(key))?;
    let pace = &decided.pace;
    let seconds = |set: Option<f64>, default: Duration| match set {
        None => Ok(default),
        Some(seconds) => {
            Duration::try_from_secs_f64(seconds).ok().filter(|duration| *duration <= LONGEST_WAIT).ok_or_else(|| {
                Failure::new(Exit::Settings, format!("[pace] {seconds} is no number of seconds up to a day"))
            })
        }
    };
    let lookup_delays = match &pace.lookup_delays {
        None => default.lookup_delays.clone(),
        Some(delays) if delays.is_empty() => {
            return Err(Failure::new(Exit::Settings, "[pace] lookup-delays needs at least one pause"));
        }
        Some(delays) => {
            delays.iter().map(|delay| seconds(Some(*delay), Duration::ZERO)).collect::<Result<Vec<_>, _>>()?
        }
    };
    Ok(Policy {
        rate,
        concurrency,
        backoff_min: seconds(pace.backoff_min, default.backoff_min)?,
        backoff_max: seconds(pace.backoff_max, default.backoff_max)?,
        lookup_delays,
        nobody_answers: seconds(pace.nobody_answers, default.nobody_answers)?,
        give_up: seconds(pace.give_up, default.give_up)?,
        timeout: seconds(pace.timeout, default.timeout)?,
        fetches_images: decided.fetch_images.unwrap_or(default.fetches_images),
        migrates_together: settings.migrates_together()?.unwrap_or(default.migrates_together),
        bounds,
        ..default
    })
}

/// The transport to any marketplace.
pub(super) fn transport(policy: &Policy) -> Result<HttpTransport, Failure> {
    HttpTransport::new(policy.timeout).map_err(|error| {
        Failure::new(Exit::Local, format!("cannot set up a protected connection: {error}"))
            .help("look at this computer's certificates; nothing was sent, run the same command again")
    })
}

/// Sends what a run still has to send; gives the run back, and why it stopped.
pub(super) async fn send(
    run: Run,
    target: &Target,
    policy: Policy,
    settings: &Settings,
) -> Result<(Run, Option<Stopped>), Failure> {
    log::set_run(&run.meta().run);
    let store = ShopStore::open(&target.store)?;
    let pace = store.pace()?.unwrap_or_else(|| Pace::new(&policy));
    let mut state = run.state(policy, pace)?;
    log::note(&Logged::Run {
        shop: target.shop.as_deref(),
        sheet: &run.meta().sheet,
        requests: state.len(),
        resumed: state.has_sent(),
    });
    let transport = transport(state.policy())?;
    let count = |action| (0..state.len()).filter(|place| state.outline(*place).action == action).count();
    let watcher = Watcher::of_run(settings.format()?, settings.verbose, count);
    let watcher = watcher.keeping_pace(ShopStore::open(&target.store)?);
    let edge = target.edge(&transport, &watcher);
    let is_resumed = state.has_sent();
    let (journal, folder, meta) = run.into_writer();
    let mut stopped = None;
    if is_resumed {
        // What was on its way when the last process ended is in doubt from here on.
        let now = SystemClock.now().timestamp_millis();
        match journal.append(vec![Event::Resumed]).await {
            Ok(()) => state.apply(&Event::Resumed, u64::try_from(now).unwrap_or_default()),
            Err(error) => stopped = Some(Stopped::Journal(error)),
        }
    }
    if stopped.is_none() {
        stopped = submit(&mut state, &edge, &journal).await.err();
    }
    watcher.finish();
    if let Err(error) = store.set_pace(state.pace()) {
        // The writes are in the journal; the next run finds its pace by itself.
        stopped.get_or_insert(Stopped::Journal(io::Error::other(error)));
    }
    Ok((Run::from_writer(journal, folder, meta)?, stopped))
}

/// Replays the journal, notes what outlives the run, writes the reports and tells the counts.
pub(super) fn end(run: &Run, target: &Target, stopped: Option<Stopped>, settings: &Settings) -> Result<Ended, Failure> {
    let noted = stopped.as_ref().map(ToString::to_string);
    // A full disk must not keep the verdicts from being told.
    let kept = run.set_stopped(noted.as_deref());
    let history = history(run)?;
    let rows = run.rows()?;
    let (verdicts, is_finished) = (verdicts_of_rows(run, &rows, &history)?, history.is_finished());
    let (planned, has_sent) = (Planned::of(&rows, &verdicts), history.has_sent());
    let kept = kept.and_then(|()| run.set_halt(&history, Clock::now(&SystemClock)));
    let settled = kept.and_then(|()| settle(run, &target.store, &history, (&rows, &verdicts), is_finished));
    drop((history, rows));
    let settled = if is_finished { settled.and_then(|()| note_sheet(run, &target.store)) } else { settled };
    let Written { mut exit, to_fix } = reports::write_all(run, &verdicts, settings)?;
    let settled = if exit == Exit::Done { settled.and_then(|()| run.set_reported()) } else { settled };
    if let Err(error) = settled {
        exit = exit.and(output::failure(&error.into()));
    }
    let next = match (is_finished, has_sent) {
        (true, _) => GoOn::Over,
        (false, true) => GoOn::Resume(run.meta().run.clone()),
        (false, false) => GoOn::import_of(run.meta(), settings),
    };
    let files = Files { reports: run.meta().reports.clone(), to_fix };
    let besides = Besides { planned: Some(planned), run: Some(&run.meta().run), files: Some(&files) };
    outcome::tell(&verdicts, besides, settings.format()?);
    let exit = exit.and(tell(&verdicts, stopped.as_ref(), &next, (target.whose(), settings)));
    Ok(Ended { exit, counts: Some(counts(&verdicts, files, noted.as_deref())) })
}

/// What became of a run's rows, for the log and for whoever waits for its end.
pub(super) fn counts(verdicts: &Verdicts, files: Files, stopped: Option<&str>) -> Counts {
    if let Some(reason) = stopped {
        log::note(&Logged::Stop { reason });
    }
    let counts = Counts::new(verdicts, files, stopped.map(str::to_owned));
    log::note(&Logged::Verdicts { verdicts: &counts.verdicts, images: &counts.images });
    counts
}

/// Where a run stands, as its journal tells it.
pub(super) fn history(run: &Run) -> Result<State, Failure> {
    let policy = Policy::default();
    let pace = Pace::new(&policy);
    Ok(run.state(policy, pace)?)
}

/// The verdicts that a run's history comes to.
pub(super) fn verdicts_of(run: &Run, history: &State) -> Result<Verdicts, Failure> {
    verdicts_of_rows(run, &run.rows()?, history)
}

fn verdicts_of_rows(run: &Run, rows: &[PlannedRow], history: &State) -> Result<Verdicts, Failure> {
    let reason = run.stopped()?.map(|reason| format!("the run stopped before it: {reason}"));
    Ok(verdicts(rows, history, &run.names_of(&history.absent_pictures())?, reason.as_deref()))
}

/// The verdicts that the journal tells, and whether nothing is left to do.
pub(super) fn replay(run: &Run) -> Result<(Verdicts, bool), Failure> {
    let history = history(run)?;
    Ok((verdicts_of(run, &history)?, history.is_finished()))
}

/// The run is over, finished or given up: what outlives it is noted in the shop's store, a folder.
pub(super) fn settle_for_good(run: &Run, store: &Path) -> Result<(), Failure> {
    let history = history(run)?;
    let rows = run.rows()?;
    Ok(settle(run, store, &history, (&rows, &verdicts_of_rows(run, &rows, &history)?), true)?)
}

/// Notes in the shop's store, a folder, what is hosted, whose pictures are open, and whether the run is over.
fn settle(
    run: &Run,
    store: &Path,
    history: &State,
    (planned, verdicts): (&[PlannedRow], &Verdicts),
    is_finished: bool,
) -> Result<(), skuload::journal::JournalError> {
    let mut store = ShopStore::open(store)?;
    // A row that nobody could tell of may be in the shop, without its pictures. Those of an update are compared with the
    // shop by the next one, and by nothing else.
    let is_open = |planned: &PlannedRow, row: &RowVerdict| {
        matches!(planned.intent, Intent::Create(_) | Intent::Exists)
            && matches!(row.verdict, Verdict::Created | Verdict::Exists | Verdict::Unknown)
            && matches!(row.images, Images::Pending | Images::Failed | Images::Incomplete)
    };
    let of = |is_wanted: &dyn Fn(&PlannedRow, &RowVerdict) -> bool| -> Vec<&str> {
        let wanted = planned.iter().zip(&verdicts.rows).filter(|(planned, row)| is_wanted(planned, row));
        wanted.map(|(_, row)| row.seller_sku.as_str()).collect()
    };
    hosted::keep(run, history, &mut store)?;
    store.mark_images(&of(&is_open), &of(&|_, row| row.images == Images::Set))?;
    let name = run.meta().run.as_str();
    match (is_finished, store.open_run()?) {
        (false, _) => store.set_open_run(Some(name)),
        (true, Some(open)) if open == name => store.set_open_run(None),
        // A later run is the open one.
        (true, _) => Ok(()),
    }
}

/// Notes in the shop's store that a run imported its sheet to the end.
pub(super) fn note_sheet(run: &Run, store: &Path) -> Result<(), skuload::journal::JournalError> {
    let meta = run.meta();
    let is_part = |start: &Start| ["first", "only"].iter().any(|name| start.settings.contains_key(*name));
    if meta.starts.iter().any(is_part) {
        return Ok(());
    }
    let finished = FinishedSheet { run: meta.run.clone(), started: meta.started };
    ShopStore::open(store)?.note_finished_sheet(&meta.sha256, &finished)
}

/// The tables of a run's own copy of the sheet.
pub(super) fn tables(run: &Run) -> Result<Vec<Table>, Failure> {
    let meta = run.meta();
    let input = Input::File(run.folder().join(&meta.copy));
    input::tables(&meta.sheet, input, &meta.options, &meta.choice)
}

/// Tells what came of it, the next command last; the exit code is the heaviest of its causes.
fn tell(
    verdicts: &Verdicts,
    stopped: Option<&Stopped>,
    next: &GoOn,
    (whose, settings): (Whose<'_>, &Settings),
) -> Exit {
    let exit = exit_of(verdicts);
    match (stopped, next) {
        (Some(stopped), next) => exit.and(output::failure(&go_on::failure(stopped, next, whose, settings))),
        (None, GoOn::Over) => exit,
        (None, next) => {
            output::insist(&format!("some outcomes are open; {}", next.help("", settings)));
            exit.and(Exit::Remote)
        }
    }
}

/// What the verdicts alone say about the end.
pub(super) fn exit_of(verdicts: &Verdicts) -> Exit {
    let mut exit = Exit::Done;
    for row in &verdicts.rows {
        exit = exit.and(match row.verdict {
            Verdict::Unknown => Exit::Remote,
            Verdict::Invalid | Verdict::Rejected | Verdict::NotSent => Exit::Rows,
            // It is in the shop, and on sale where it should not be.
            Verdict::Created if !row.help.is_empty() && row.images != Images::Pending => Exit::Rows,
            Verdict::Created | Verdict::Updated | Verdict::Unchanged | Verdict::Exists | Verdict::Skipped => {
                match row.images {
                    Images::Failed | Images::Incomplete => Exit::Rows,
                    Images::Pending => Exit::Remote,
                    Images::Set | Images::None | Images::Kept => Exit::Done,
                }
            }
            Verdict::Planned => Exit::Done,
        });
    }
    exit
}
