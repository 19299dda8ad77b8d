//! `skuload import`: check, ask the shop, plan, send, report.

use std::cell::Cell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use skuload::check::{Checked, Mode, Rules, check_and_keep};
use skuload::column::Table;
use skuload::dialect::{Dialect, Told};
use skuload::journal::{JournalError, Meta, Run, Runs, ShopStore, new_run_id};
use skuload::picture::Gallery;
use skuload::plan::{
    Options, Pictures, Plan, PlannedRequest, PlannedRow, PlannedRows, ShopSnapshot, plan_each, skus_to_look_up, unasked,
};
use skuload::sheet::Format as SheetFormat;
use skuload::submit::{Clock, HttpTransport, Pace, Policy, State, Stopped, baseline};
use skuload::verdict::{Carriers, Verdict, Verdicts, planned};

use super::args::{Format, ImportArgs};
use super::audit;
use super::check::{CountryHint, rules, told, told_of};
use super::copy;
use super::exit::{Exit, Failure};
use super::findings::ImportFindings;
use super::finish::{self, About, Ended, Files};
use super::forecast::Forecast;
use super::gallery::gallery;
use super::go_on::{self, GoOn, Whose};
use super::guards::{Barred, Guards, held};
use super::hosted;
use super::input;
use super::locks::Patience;
use super::log;
use super::map_file;
use super::only::Absent;
use super::outcome::{self, Besides};
use super::output;
use super::pictures::{self, OnTheWeb};
use super::reports::{self, Naming, Written};
use super::resume;
use super::runs::{Standing, opened, standing};
use super::sending::{self, Market, Target};
use super::settings::Settings;
use super::world::{SENDS, SystemClock, Watcher, runtime, watch_interrupts};

/// What of a sheet is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// All that it gives.
    Everything,
    /// The pictures of SKUs that the shop has.
    Images,
}

impl Scope {
    /// The command that does it.
    pub(super) fn command(self) -> &'static str {
        match self {
            Scope::Everything => "import",
            Scope::Images => "images",
        }
    }
}

/// Everything an import needs to know before it begins.
pub(super) struct Import<'a> {
    pub(super) args: &'a ImportArgs,
    pub(super) scope: Scope,
    pub(super) mode: Mode,
    pub(super) guards: Guards,
    pub(super) settings: &'a Settings,
    /// The API of the built-in marketplace; a shop tells its own.
    pub(super) api: Dialect,
    pub(super) format: Format,
    pub(super) policy: Policy,
    runs: Runs,
    pub(super) run: String,
    pub(super) sheet: Option<PathBuf>,
    pictures: Arc<Gallery>,
    /// Further hosts that are the marketplace's own.
    image_hosts: Vec<String>,
    /// How many SKUs an UpdatePriceQuantity carries.
    skus_per_price_update: Option<usize>,
    /// Writes may have left: from here on the run stays, however it ends.
    is_sending: Cell<bool>,
    /// Calls that have left before the plan.
    calls: Cell<u64>,
    pub(super) findings: ImportFindings,
    /// How many calls it takes to ask the shop for the sheet's SKUs.
    pub(super) lookups: Cell<usize>,
}

pub(super) fn run(args: &ImportArgs, scope: Scope, settings: &Settings) -> Result<Exit, Failure> {
    settings.check_api()?;
    let mode = mode(args, scope, settings)?;
    if let Some(to) = &args.sheet.write_map {
        return map_file::write(to, std::slice::from_ref(&args.file), settings);
    }
    let import = Import {
        args,
        scope,
        mode,
        guards: Guards::of(settings)?,
        settings,
        api: settings.api()?,
        format: settings.format()?,
        findings: ImportFindings::of(settings, settings.format()?)?,
        policy: sending::policy(settings, if is_sandbox(args) { Market::BuiltIn } else { Market::Shop })?,
        runs: Runs::new(&settings.state_dir()),
        run: new_run_id(SystemClock.now()),
        sheet: (!input::is_stdin(&args.file)).then(|| args.file.clone()),
        image_hosts: settings.image_hosts()?,
        skus_per_price_update: settings.skus_per_price_update()?,
        pictures: gallery(std::slice::from_ref(&args.file), settings)?,
        is_sending: Cell::new(false),
        calls: Cell::new(0),
        lookups: Cell::new(0),
    };
    if !is_sandbox(args) && settings.decided.shop.is_none() {
        return Err(Failure::new(Exit::Usage, format!("{} needs to know where to", scope.command()))
            .help("add --shop NAME, or --sandbox to try it on the built-in marketplace"));
    }
    if args.dry_run {
        return runtime()?.block_on(import.dry_run());
    }
    output::outlive_reader();
    finish::watch(settings, || import.about(), || import.begin_and_tidy())
}

/// What the rows are for. Pictures are set of what the shop has.
fn mode(args: &ImportArgs, scope: Scope, settings: &Settings) -> Result<Mode, Failure> {
    if scope == Scope::Everything {
        return settings.mode();
    }
    let flags = [
        ("--mode", args.sheet.mode.is_some()),
        ("--blank", args.sheet.blank.is_some()),
        ("--require-images", args.require_images),
        ("--jobs", args.jobs.is_some()),
    ];
    match flags.into_iter().find(|(_, is_typed)| *is_typed) {
        Some((flag, _)) => Err(Failure::new(Exit::Usage, format!("{flag} means nothing to `skuload images`"))
            .help("leave it out, or use `skuload import`")),
        None => Ok(Mode::Update),
    }
}

pub(super) fn is_sandbox(args: &ImportArgs) -> bool {
    #[cfg(feature = "sandbox")]
    return args.sandbox;
    #[cfg(not(feature = "sandbox"))]
    {
        let _ = args;
        false
    }
}

impl Import<'_> {
    /// What it is about; its run is told where it stays.
    fn about(&self) -> About {
        About {
            run: self.is_sending.get().then(|| self.run.clone()),
            shop: self.settings.decided.shop.clone().filter(|_| !is_sandbox(self.args)),
            sheet: Some(input::label(&self.args.file)),
        }
    }

    fn begin_and_tidy(&self) -> Result<Ended, Failure> {
        let folder = self.runs.folder_of(&self.run);
        let imported =
            self.begin().map(|ended| Ended { exit: ended.exit.and(self.findings.exit(self.settings)), ..ended });
        if !self.is_sending.get() {
            // There is nothing to send: what was begun is taken away again.
            let _ = fs::remove_dir_all(&folder);
        }
        imported
    }

    /// The same import once more.
    fn anew(&self) -> GoOn {
        let shop = self.settings.decided.shop.as_deref().filter(|_| !is_sandbox(self.args));
        let whose = Whose { api: self.api, shop };
        GoOn::import(self.scope.command(), Some(self.mode.as_str()), &self.args.file, whose, self.settings)
    }

    /// Takes the shop, then imports.
    fn begin(&self) -> Result<Ended, Failure> {
        let Some(shop) = self.settings.decided.shop.as_ref().filter(|_| !is_sandbox(self.args)) else {
            return runtime()?.block_on(self.import(None));
        };
        let target = Target::shop(self.settings, shop)?;
        let patience = Patience::of(self.args.sending.wait_lock);
        let take = || ShopStore::lock(&target.store, shop);
        let lock = patience.take(take)?;
        if let Some(run) = self.unfinished(&target)? {
            if !self.args.resume_first {
                let message = format!("the run {run} of the shop `{shop}` is unfinished");
                let resume = self.settings.command(&format!("resume {run}"));
                let prune = self.settings.command(&format!("runs prune {run}"));
                return Err(Failure::new(Exit::Busy, message)
                    .help(format!("continue it with: {resume} (or add --resume-first); give it up with: {prune}")));
            }
            drop(lock);
            let earlier = resume::continued(&self.runs, &run, &self.args.sending, &[], self.settings)?;
            log::leave_run();
            let _lock = patience.take(take)?;
            if self.unfinished(&target)?.is_some() {
                return Ok(Ended { exit: earlier, counts: None });
            }
            let ended = runtime()?.block_on(self.import(Some(target)))?;
            return Ok(Ended { exit: ended.exit.and(earlier), ..ended });
        }
        runtime()?.block_on(self.import(Some(target)))
    }

    /// The shop's unfinished run. One that was killed before its first write, or after its last, is settled.
    fn unfinished(&self, target: &Target) -> Result<Option<String>, Failure> {
        let store = ShopStore::open(&target.store)?;
        let Some(name) = store.open_run()? else { return Ok(None) };
        let Some(run) = opened(&self.runs, &name)? else {
            store.set_open_run(None)?;
            return Ok(None);
        };
        let standing = standing(&run)?;
        if standing == Standing::Unfinished {
            return Ok(Some(name));
        }
        if run.is_planned()? {
            if standing == Standing::Finished {
                sending::note_sheet(&run, &target.store)?;
            }
            sending::settle_for_good(&run, &target.store)?;
        } else {
            store.set_open_run(None)?;
        }
        Ok(None)
    }

    async fn import(&self, target: Option<Target>) -> Result<Ended, Failure> {
        watch_interrupts(SENDS);
        let dialect = target.as_ref().map_or(self.api, Target::dialect);
        let (run, tables) = self.create_run(dialect)?;
        // The shop is held already. `resume` must leave this run alone while it is being sent.
        let lock = self.runs.lock(&self.run)?;
        let target = match target {
            Some(target) => target,
            #[cfg(feature = "sandbox")]
            None => Target::sandbox(self.api, Some(run.folder().to_owned())).await?,
            #[cfg(not(feature = "sandbox"))]
            None => return Err(Failure::new(Exit::Usage, "add --shop NAME")),
        };
        warn_of_earlier(&run, self.mode, &target)?;
        let mut checked = self.check(&tables, &target)?;
        if let Some(barred) = self.guards.bar_rows(checked.summary().rows) {
            let ended = self.report_barred(&run, &checked, &unasked(&checked, &barred.reason), &barred);
            target.close().await;
            return Ok(ended);
        }
        let transport = sending::transport(&self.policy)?;
        let snapshot = match self.ask(&checked, &target, &transport).await {
            Ok(snapshot) => snapshot,
            Err(stopped) => {
                let ended = self.report_unsent(&run, &checked, &stopped);
                target.close().await;
                return Ok(ended);
            }
        };
        let mut requests = Vec::new();
        let keep = &mut |request| requests.push(request);
        let PlannedRows { rows, findings } = self.plan(&mut checked, &snapshot, &target, &transport, keep).await?;
        let plan = Plan { rows, requests, findings };
        Forecast::of(&plan).announce(&plan.rows, self.lookups.get(), self.policy.rate, self.format);
        if let Some(barred) = self.guards.bar_changes(&plan.rows) {
            let ended = self.report_barred(&run, &checked, &held(plan.rows, &barred), &barred);
            target.close().await;
            return Ok(ended);
        }
        drop((checked, tables));
        pictures::keep(&plan, &self.pictures, &run)?;
        let ended = self.carry_out(run, plan, &target).await;
        target.close().await;
        drop(lock);
        ended
    }

    async fn carry_out(&self, mut run: Run, plan: Plan, target: &Target) -> Result<Ended, Failure> {
        run.store_plan(&plan)?;
        let has_work = !plan.requests.is_empty();
        drop(plan);
        ShopStore::open(&target.store)?.set_open_run(has_work.then_some(&self.run))?;
        self.is_sending.set(true);
        let mut policy = self.policy.clone();
        policy.bounds = policy.bounds.after(self.calls.get());
        let (run, stopped) =
            if has_work { sending::send(run, target, policy, self.settings).await? } else { (run, None) };
        self.annotate_run(&run, sending::end(&run, target, stopped, self.settings)?)
    }

    fn to_fix_path(&self, is_csv: bool) -> PathBuf {
        let naming = if self.args.own_to_fix { reports::of_run } else { reports::to_fix_path };
        naming(self.sheet.as_deref(), is_csv, &self.run)
    }

    /// The run's folder with a byte copy of the sheet, which is what is read from here on.
    fn create_run(&self, dialect: Dialect) -> Result<(Run, Vec<Table>), Failure> {
        let shop = self.settings.decided.shop.as_deref().filter(|_| !is_sandbox(self.args));
        let options = self.settings.read_options()?;
        let choice = self.settings.choice()?;
        let label = input::label(&self.args.file);
        // An unreadable sheet is told before anything is written.
        let input = input::input(&self.args.file)?;
        let hidden = self.settings.hidden()?;
        let tables = input::tables_of_shown_rows(&label, input.clone(), &options, &choice, hidden)?;
        self.begin_annotation(&tables)?;
        let started = SystemClock.now();
        let naming = Naming { run: &self.run, shop, now: started };
        let paths = reports::paths(&self.settings.decided.report, self.sheet.as_deref(), &naming)?;
        let is_csv = tables.iter().all(|table| table.source.format() == SheetFormat::Text);
        let copy = format!(
            "sheet.{}",
            self.sheet.as_deref().and_then(Path::extension).map_or("csv".into(), |e| e.to_string_lossy())
        );
        let mut meta = Meta {
            run: self.run.clone(),
            shop: shop.map(str::to_owned),
            dialect,
            sheet: label.clone(),
            sheet_path: self.sheet.as_deref().map(reports::absolute),
            copy,
            sha256: String::new(),
            started,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            options: options.clone(),
            choice: choice.clone(),
            reports: paths.iter().map(|path| reports::absolute(path)).collect(),
            to_fix: Some(reports::absolute(&self.to_fix_path(is_csv))),
            starts: vec![audit::import(self.scope.command(), &self.args.sheet, self.settings, &self.policy)],
        };
        let folder = self.runs.folder_of(&self.run);
        let mut run = self.runs.create(meta.clone())?;
        log::set_run(&self.run);
        let path = folder.join(&meta.copy);
        meta.sha256 = copy::sheet(&input, &path)?;
        run.set_meta(meta)?;
        let tables = input::tables(&label, skuload::sheet::Input::File(path), &options, &choice)?;
        Ok((run, tables))
    }

    pub(super) fn check(&self, tables: &[Table], target: &Target) -> Result<Checked, Failure> {
        let rules = self.rules(target)?;
        self.annotate_how(&rules);
        let mut printer = self.findings.printer();
        if self.scope == Scope::Images && !tables.iter().any(|table| table.columns.has_image()) {
            return Err(Failure::new(Exit::Settings, "the sheet has no column of pictures")
                .help("name one image1, or map it with --map \"Your header=image1\""));
        }
        let checked = check_and_keep(tables, &rules, &mut printer)?;
        let found = self.findings.end(printer);
        log::note(&told_of(&input::label(&self.args.file), checked.summary()));
        if self.format == Format::Human {
            let name = input::label(&self.args.file);
            let hint = if target.shop.is_some() { CountryHint::of(self.settings) } else { CountryHint::Needless };
            output::say(&told(&name, tables, &rules, checked.summary(), &found, &hint));
        }
        let mut absent = Absent::default();
        absent.add(checked.summary(), tables)?;
        absent.failure().map_or(Ok(checked), Err)
    }

    fn rules(&self, target: &Target) -> Result<Rules, Failure> {
        let rules = rules(&self.args.sheet, self.settings)?;
        let pictures = Some(Arc::clone(&self.pictures));
        let (country, undated_sales) = (rules.country.or(target.country), target.dialect().limits().undated_sales);
        Ok(Rules { mode: self.mode, asks_shop: true, undated_sales, country, pictures, ..rules })
    }

    /// What the shop has of the sheet's SKUs.
    pub(super) async fn ask(
        &self,
        checked: &Checked,
        target: &Target,
        transport: &HttpTransport,
    ) -> Result<ShopSnapshot, Stopped> {
        let skus = skus_to_look_up(checked);
        if skus.is_empty() {
            return Ok(ShopSnapshot::default());
        }
        self.lookups.set(target.dialect().lookup_chunks(&skus).len());
        let mut watcher = Watcher::of_baseline(self.format, self.settings.verbose, skus.len());
        let local = |error: JournalError| Stopped::Journal(io::Error::other(error.to_string()));
        let store = target.shop.as_ref().map(|_| ShopStore::open(&target.store)).transpose().map_err(local)?;
        if target.shop.is_some() {
            watcher = watcher.keeping_pace(ShopStore::open(&target.store).map_err(local)?);
        }
        let edge = target.edge(transport, &watcher);
        let pace = store.as_ref().map(ShopStore::pace).transpose().map_err(local)?.flatten();
        let policy = self.asking(target);
        let pace = pace.unwrap_or_else(|| Pace::new(&policy));
        let mut state = State::new(Vec::new(), policy, pace);
        let snapshot = baseline(&edge, &skus, self.told(), ShopSnapshot::for_plan_of(checked), &mut state).await;
        watcher.finish();
        self.calls.set(state.calls());
        let mut snapshot = snapshot?;
        if let Some(store) = store {
            store.set_pace(state.pace()).map_err(local)?;
            for sku in store.open_images().map_err(local)? {
                snapshot.add_open_images(sku);
            }
            hosted::recall(checked, &store, &mut snapshot).map_err(local)?;
        }
        Ok(snapshot)
    }

    /// How much must be known of what the shop has.
    fn told(&self) -> Told {
        match self.mode {
            Mode::Create => Told::Presence,
            Mode::Update | Mode::Upsert => Told::Everything,
        }
    }

    /// A guard keeps the run from beginning: nothing is sent, and every row still gets its verdict.
    fn report_barred(&self, run: &Run, checked: &Checked, rows: &[PlannedRow], barred: &Barred) -> Ended {
        self.end_unsent(run, checked, &planned(rows, &Carriers::new()), &barred.reason, &barred.failure())
    }

    /// The shop could not be asked: nothing is sent, and every row still gets its verdict.
    fn report_unsent(&self, run: &Run, checked: &Checked, stopped: &Stopped) -> Ended {
        let (reason, whose) = (stopped.reason(), Whose::of(run.meta()));
        let mut verdicts = planned(&unasked(checked, &reason), &Carriers::new());
        for row in verdicts.rows.iter_mut().filter(|row| row.verdict == Verdict::NotSent) {
            // No other row holds it back: the reason stands by itself.
            row.message.clone_from(&reason);
            row.help = format!("{}import the sheet again", go_on::advice(stopped, whose, self.settings));
        }
        let failure = go_on::failure(stopped, &self.anew(), whose, self.settings);
        self.end_unsent(run, checked, &verdicts, &stopped.to_string(), &failure)
    }

    fn end_unsent(&self, run: &Run, checked: &Checked, verdicts: &Verdicts, stopped: &str, failure: &Failure) -> Ended {
        let meta = run.meta();
        let Written { exit, to_fix } =
            reports::write_of(meta, meta.to_fix.as_deref().map(Path::new), checked.tables(), verdicts);
        let files = Files { reports: meta.reports.clone(), to_fix };
        outcome::tell(verdicts, Besides { files: Some(&files), ..Besides::default() }, self.format);
        let exit = exit.and(output::failure(failure)).and(self.annotate(checked.tables(), verdicts));
        Ended { exit, counts: Some(sending::counts(verdicts, files, Some(stopped))) }
    }

    /// The plan; pictures on the web that cannot be had are taken out of it where they are looked at first. `each` is
    /// given its requests.
    pub(super) async fn plan(
        &self,
        checked: &mut Checked,
        snapshot: &ShopSnapshot,
        target: &Target,
        transport: &HttpTransport,
        each: &mut dyn FnMut(PlannedRequest),
    ) -> Result<PlannedRows, Failure> {
        let mut limits = target.dialect().limits();
        limits.image_hosts.extend_from_slice(&self.image_hosts);
        limits.skus_per_price_quantity = self.skus_per_price_update.unwrap_or(limits.skus_per_price_quantity);
        let is_required = self.settings.decided.require_images == Some(true);
        let pictures = if is_required { Pictures::First } else { Pictures::Later };
        let options = Options { pictures, forces: self.args.force, only_images: self.scope == Scope::Images };
        if self.settings.decided.check_images == Some(true) {
            let hosts = self.policy.concurrency;
            let mut needed = OnTheWeb::default();
            plan_each(checked, snapshot, &limits, options, &mut |request| needed.take(&request.write));
            let looked = pictures::preflight(needed, checked, transport, hosts, self.format).await;
            let looked = looked
                .map_err(|stopped| go_on::failure(&stopped, &GoOn::SameCommand, target.whose(), self.settings))?;
            self.findings.tell(&looked);
        }
        let planned = plan_each(checked, snapshot, &limits, options, each);
        self.findings.tell(&planned.findings);
        Ok(planned)
    }
}

/// Tells of a run that has imported this very sheet.
fn warn_of_earlier(run: &Run, mode: Mode, target: &Target) -> Result<(), Failure> {
    if target.shop.is_none() {
        return Ok(());
    }
    if let Some(earlier) = ShopStore::open(&target.store)?.finished_sheet(&run.meta().sha256)? {
        let started = earlier.started.format("%Y-%m-%d %H:%M UTC");
        let left = match mode {
            Mode::Create => "what exists is left alone",
            Mode::Update | Mode::Upsert => "only what the shop has otherwise is sent",
        };
        let message = format!("the run {} of {started} has imported this very sheet; {left}", earlier.run);
        log::note(&log::Event::Warning { message: &message });
        output::say(&format!("warning: {message}"));
    }
    Ok(())
}
