//! A small importer that embeds the library and kills itself at an exact point. The test program starts itself again
//! for it, with a task in its environment.
//!
//! The points stand in wrappers around the library's own journal and transport, outside of what is shipped. One of
//! them can also blind the importer: after the baseline its look-ups are answered with an empty shop, which is what a
//! client without reconciliation goes by.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::{Either, select};
use rustix::process::{Signal, getpid, kill_process};
use serde::{Deserialize, Serialize};
use skuload::check::{Mode, Rules, check_and_keep};
use skuload::column::{Choice, Table, choose};
use skuload::dialect::{Told, WireRequest};
use skuload::journal::{JournalWriter, Meta, Run, Runs};
use skuload::plan::{Action, Options, ShopSnapshot, Write, plan, skus_to_look_up};
use skuload::record::{ImageFile, ImageUrl};
use skuload::report::write_report;
use skuload::sheet::{Input, ReadOptions, Source};
use skuload::submit::{
    Access, Clock, Edge, Event, HttpTransport, Journal, KnownIds, Notice, Observer, Pace, Policy, Silence, Skew, State,
    Transport, Unfetched, WireReply, baseline, submit,
};
use skuload::verdict::verdicts;

use super::meta::meta;
use super::support::{Signer, either};

/// Where the importer kills itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Point {
    Baseline,
    BeforePlan,
    AfterPlan,
    BeforeIntent,
    AfterIntent,
    Sending,
    BeforeOutcome,
    AfterOutcome,
    LookingUp,
    BeforeFound,
    AfterFound,
    BeforeResumed,
    AfterResumed,
    PicturesIntended,
    SendingPictures,
    PicturesReplied,
    PicturesSet,
    Verifying,
    BeforeShown,
    AfterShown,
    BeforeReport,
    AfterReport,
}

impl Point {
    /// All of them, in the order in which a run can reach them.
    pub(crate) const ALL: [Point; 22] = [
        Point::Baseline,
        Point::BeforePlan,
        Point::AfterPlan,
        Point::BeforeIntent,
        Point::AfterIntent,
        Point::Sending,
        Point::BeforeOutcome,
        Point::AfterOutcome,
        Point::LookingUp,
        Point::BeforeFound,
        Point::AfterFound,
        Point::BeforeResumed,
        Point::AfterResumed,
        Point::PicturesIntended,
        Point::SendingPictures,
        Point::PicturesReplied,
        Point::PicturesSet,
        Point::Verifying,
        Point::BeforeShown,
        Point::AfterShown,
        Point::BeforeReport,
        Point::AfterReport,
    ];

    /// Its name in the table of crash points.
    pub(crate) fn told(self) -> &'static str {
        match self {
            Point::Baseline => "C0  during the baseline",
            Point::BeforePlan => "C0  after the baseline, before the plan",
            Point::AfterPlan => "C1  after the plan",
            Point::BeforeIntent => "C1  before an intent",
            Point::AfterIntent => "C2  after an intent, before the sending",
            Point::Sending => "C3  during the sending",
            Point::BeforeOutcome => "C4  after the reply, before the outcome",
            Point::AfterOutcome => "C5  after the outcome",
            Point::LookingUp => "C3  while the shop is asked",
            Point::BeforeFound => "C3  before what was found is kept",
            Point::AfterFound => "C3  after what was found is kept",
            Point::BeforeResumed => "C3  before the take-over is kept",
            Point::AfterResumed => "C3  after the take-over is kept",
            Point::PicturesIntended => "C6  SetImages, after the intent",
            Point::SendingPictures => "C6  SetImages, during the sending",
            Point::PicturesReplied => "C6  SetImages, after the reply",
            Point::PicturesSet => "C6  SetImages, after the outcome",
            Point::Verifying => "C6  SetImages, while the shop is asked whether it shows them",
            Point::BeforeShown => "C6  SetImages, before what the shop shows is kept",
            Point::AfterShown => "C6  SetImages, after what the shop shows is kept",
            Point::BeforeReport => "C7  before the report",
            Point::AfterReport => "C8  after the report",
        }
    }
}

/// What the importer sees of the shop after the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Sight {
    Clear,
    /// Nothing: reconciliation is off.
    Blind,
}

/// What an importer does with the SKUs that the shop has, and with those that it lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Trade {
    /// It leaves them alone, and creates the others.
    Creations,
    /// It changes them, and refuses the others.
    Updates,
    /// It changes them, and creates the others.
    Upserts,
}

impl Trade {
    fn mode(self) -> Mode {
        match self {
            Trade::Creations => Mode::Create,
            Trade::Updates => Mode::Update,
            Trade::Upserts => Mode::Upsert,
        }
    }
}

/// What an importer is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Task {
    /// Holds the sheet, the run and the report.
    pub(crate) folder: PathBuf,
    pub(crate) signer: Signer,
    pub(crate) sight: Sight,
    pub(crate) trade: Trade,
    /// How many runs of the same sheet have ended before.
    pub(crate) earlier: usize,
    /// Where to die, and at which passage from 1.
    pub(crate) fuse: Option<(Point, u64)>,
    pub(crate) seed: u64,
}

/// Where the task stands in the environment.
pub(crate) const TASK: &str = "SKULOAD_SOAK_TASK";

/// What became of an importer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It killed itself where it was told to.
    Killed(Point),
    /// Everything has happened.
    Over,
    /// Some outcomes are unknown.
    Open,
}

impl Task {
    /// Carries the task out in a process of its own.
    pub(crate) fn run(&self) -> End {
        let marks = [DIED, OVER].map(|name| self.folder.join(name));
        for mark in &marks {
            let _ = fs::remove_file(mark);
        }
        let task = either("an_importer_carries_out_its_task", "soak::an_importer_carries_out_its_task");
        let printed = || File::options().create(true).append(true).open(self.folder.join("printed.txt")).unwrap();
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", task, "--nocapture"])
            .env(TASK, serde_json::to_string(self).unwrap())
            .stdin(Stdio::null())
            .stdout(printed())
            .stderr(printed())
            .status()
            .unwrap();
        match (self.fuse, marks.map(|mark| mark.exists())) {
            (Some((point, _)), [true, _]) => End::Killed(point),
            (_, [_, is_over]) => {
                assert!(status.success(), "{}", fs::read_to_string(self.folder.join("printed.txt")).unwrap());
                if is_over { End::Over } else { End::Open }
            }
        }
    }
}

const DIED: &str = "died";
const OVER: &str = "over";

/// Kills the process at its point.
struct Fuse {
    point: Option<Point>,
    left: AtomicU64,
    mark: PathBuf,
}

impl Fuse {
    /// This is the passage at which to die.
    fn is_due(&self, point: Point) -> bool {
        self.point == Some(point) && self.left.fetch_sub(1, Ordering::SeqCst) == 1
    }

    fn reach(&self, point: Point) {
        if self.is_due(point) {
            self.die();
        }
    }

    fn die(&self) {
        File::create(&self.mark).unwrap();
        kill_process(getpid(), Signal::KILL).unwrap();
        // The signal is on its way to all threads.
        loop {
            std::thread::park();
        }
    }
}

struct FusedTransport<'a> {
    inner: HttpTransport,
    fuse: &'a Fuse,
    sight: Sight,
    is_planned: AtomicBool,
    /// A SetImages has left: what the shop is asked now is whether it shows the pictures.
    has_pictures: AtomicBool,
    /// How long a sending lasts before the kill.
    micros: u64,
}

/// What a shop without any product answers.
fn nothing() -> &'static [u8] {
    let seller_center = r#"{"SuccessResponse":{"Head":{"RequestId":"","RequestAction":"GetProducts"},
        "Body":{"TotalProducts":0,"Products":[]}}}"#;
    either(seller_center, r#"{"code":"0","data":{"total_products":0,"products":[]},"request_id":""}"#).as_bytes()
}

impl Transport for FusedTransport<'_> {
    async fn send(&self, request: WireRequest) -> Result<WireReply, Silence> {
        let is_planned = self.is_planned.load(Ordering::SeqCst);
        let point = match request.action {
            Action::CreateProduct | Action::UpdateProduct | Action::UpdatePriceQuantity => Point::Sending,
            Action::SetImages | Action::MigrateImage | Action::MigrateImages | Action::UploadImage => {
                self.has_pictures.store(true, Ordering::SeqCst);
                Point::SendingPictures
            }
            Action::GetProducts if self.has_pictures.load(Ordering::SeqCst) => Point::Verifying,
            Action::GetProducts | Action::GetResponse | Action::GetQcStatus if is_planned => Point::LookingUp,
            Action::GetProducts | Action::GetResponse | Action::GetQcStatus => Point::Baseline,
            // No run asks for them.
            Action::GetCategoryTree
            | Action::GetCategoryAttributes
            | Action::GetBrands
            | Action::CreateToken
            | Action::RefreshToken => Point::Baseline,
        };
        if matches!(point, Point::LookingUp | Point::Verifying) && self.sight == Sight::Blind {
            return Ok(WireReply { status: 200, body: nothing().into(), retry_after: None, date: None });
        }
        let sending = Box::pin(self.inner.send(request));
        if !self.fuse.is_due(point) {
            return sending.await;
        }
        if let Either::Left((reply, _)) =
            select(sending, Box::pin(Real.sleep(Duration::from_micros(self.micros)))).await
        {
            drop(reply);
        }
        self.fuse.die();
        Err(Silence::Unclear("killed".to_owned()))
    }

    async fn fetch(&self, url: &ImageUrl) -> Result<Vec<u8>, Unfetched> {
        self.inner.fetch(url).await
    }
}

struct FusedJournal<'a> {
    inner: &'a JournalWriter,
    fuse: &'a Fuse,
    /// Which requests create products or give them new values; the others are about pictures.
    trades: Vec<bool>,
}

impl FusedJournal<'_> {
    /// The points before and after this is kept.
    fn points(&self, event: &Event) -> [Option<Point>; 2] {
        match event {
            Event::Intent { request, .. } if self.trades[*request] => {
                [Some(Point::BeforeIntent), Some(Point::AfterIntent)]
            }
            Event::Intent { .. } => [None, Some(Point::PicturesIntended)],
            Event::Answered { request, .. } if self.trades[*request] => {
                [Some(Point::BeforeOutcome), Some(Point::AfterOutcome)]
            }
            Event::Answered { .. } => [Some(Point::PicturesReplied), Some(Point::PicturesSet)],
            Event::LookedUp { request, .. } if self.trades[*request] => {
                [Some(Point::BeforeFound), Some(Point::AfterFound)]
            }
            Event::LookedUp { .. } => [Some(Point::BeforeShown), Some(Point::AfterShown)],
            Event::Resumed => [Some(Point::BeforeResumed), Some(Point::AfterResumed)],
            _ => [None, None],
        }
    }
}

impl Journal for FusedJournal<'_> {
    async fn append(&self, events: Vec<Event>) -> io::Result<()> {
        let [before, after] = events.first().map_or([None, None], |event| self.points(event));
        before.into_iter().for_each(|point| self.fuse.reach(point));
        self.inner.append(events).await?;
        after.into_iter().for_each(|point| self.fuse.reach(point));
        Ok(())
    }

    async fn write(&self, request: usize) -> io::Result<Write> {
        self.inner.write(request).await
    }

    async fn picture(&self, file: &ImageFile) -> io::Result<Vec<u8>> {
        self.inner.picture(file).await
    }
}

/// This computer's clock.
struct Real;

impl Clock for Real {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Nobody looks on.
struct Nobody;

impl Observer for Nobody {
    fn notice(&self, _: &Notice<'_>) {}
    fn waits(&self, _: Duration, _: &str) {}
    fn asked(&self, _: usize) {}
}

const SHEET: &str = "sheet.csv";

/// Where points are to be hit, the shop is asked before everything has been sent.
fn policy(sight: Sight) -> Policy {
    let (rate, gather) = match sight {
        Sight::Clear => (500.0, Duration::from_millis(2)),
        Sight::Blind => (20_000.0, Policy::default().gather),
    };
    Policy {
        rate,
        gather,
        concurrency: 8,
        backoff_min: Duration::from_millis(5),
        backoff_max: Duration::from_millis(50),
        lookup_delays: [10, 20].map(Duration::from_millis).to_vec(),
        timeout: Duration::from_secs(1),
        ..Policy::default()
    }
}

/// Does what the environment asks for; nothing where it asks for nothing.
#[expect(clippy::disallowed_methods, reason = "the task comes by the environment")]
pub(crate) fn carry_out_task() {
    let Ok(task) = std::env::var(TASK) else { return };
    let task: Task = serde_json::from_str(&task).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(import(&task));
}

async fn import(task: &Task) {
    let (point, passage) = task.fuse.unzip();
    let fuse = Fuse { point, left: AtomicU64::new(passage.unwrap_or(0)), mark: task.folder.join(DIED) };
    let transport = FusedTransport {
        inner: HttpTransport::new(policy(task.sight).timeout).unwrap(),
        fuse: &fuse,
        sight: task.sight,
        is_planned: AtomicBool::new(false),
        has_pictures: AtomicBool::new(false),
        micros: fastrand::Rng::with_seed(task.seed).u64(..2_500),
    };
    let access = Access::fixed(task.signer.credentials());
    let edge = Edge {
        access: &access,
        ids: &KnownIds::default(),
        transport: &transport,
        clock: &Real,
        observer: &Nobody,
        skew: &Skew::new(),
        interrupted: &AtomicBool::new(false),
    };
    let tables = tables(&task.folder);
    let run = planned(task, &edge, &tables, &fuse).await;
    transport.is_planned.store(true, Ordering::SeqCst);
    let (run, state) = sent(run, &edge, &fuse).await;
    fuse.reach(Point::BeforeReport);
    let names = run.names_of(&state.absent_pictures()).unwrap();
    let verdicts = verdicts(&run.rows().unwrap(), &state, &names, None);
    write_report(&task.folder.join("report.jsonl"), &tables, &verdicts).unwrap();
    fuse.reach(Point::AfterReport);
    if state.is_finished() {
        File::create(task.folder.join(OVER)).unwrap().flush().unwrap();
    }
}

fn tables(folder: &Path) -> Vec<Table> {
    let source = Source::open(SHEET, Input::File(folder.join(SHEET)), &ReadOptions::default()).unwrap();
    choose(&source, &Choice::default()).unwrap()
}

type FusedEdge<'a> = Edge<'a, FusedTransport<'a>, Real, Nobody>;

/// The run with its plan, from an earlier process or made now.
async fn planned(task: &Task, edge: &FusedEdge<'_>, tables: &[Table], fuse: &Fuse) -> Run {
    let runs = Runs::new(&task.folder);
    let name = run_name(task.earlier);
    if let Ok(run) = runs.open(&name)
        && run.is_planned().unwrap()
    {
        return run;
    }
    let _ = fs::remove_dir_all(runs.folder_of(&name));
    let meta = Meta { dialect: edge.access.dialect(), ..meta(&name, SHEET, Real.now()) };
    let mut run = runs.create(meta).unwrap();
    let rules = Rules { mode: task.trade.mode(), asks_shop: true, ..Rules::default() };
    let checked = check_and_keep(tables, &rules, &mut Vec::new()).unwrap();
    let skus = skus_to_look_up(&checked);
    let mut pace = State::new(Vec::new(), policy(task.sight), Pace::new(&policy(task.sight)));
    let told = if task.trade == Trade::Creations { Told::Presence } else { Told::Everything };
    let mut snapshot = baseline(edge, &skus, told, ShopSnapshot::for_plan_of(&checked), &mut pace).await.unwrap();
    (0..task.earlier).for_each(|earlier| recall(&runs.open(&run_name(earlier)).unwrap(), &mut snapshot));
    fuse.reach(Point::BeforePlan);
    let plan = plan(&checked, &snapshot, &edge.access.dialect().limits(), Options::default());
    run.store_plan(&plan).unwrap();
    fuse.reach(Point::AfterPlan);
    run
}

fn run_name(earlier: usize) -> String {
    format!("run-{earlier}")
}

/// Tells the snapshot where an earlier run brought pictures to.
fn recall(run: &Run, snapshot: &mut ShopSnapshot) {
    let state = run.state(Policy::default(), Pace::new(&Policy::default())).unwrap();
    for request in 0..state.len() {
        let Some(Write::HostImages(host)) = run.write(request).unwrap() else { continue };
        for (place, image) in host.images.iter().enumerate() {
            let url = state.hosted(request, place).cloned();
            url.into_iter().for_each(|url| snapshot.add_hosted(image.key().into_owned(), url));
        }
    }
}

/// Sends what is left, and gives the run back with what its journal tells.
async fn sent(run: Run, edge: &FusedEdge<'_>, fuse: &Fuse) -> (Run, State) {
    let policy = policy(edge.transport.sight);
    let mut state = run.state(policy.clone(), Pace::new(&policy)).unwrap();
    let is_trade =
        |action| matches!(action, Action::CreateProduct | Action::UpdateProduct | Action::UpdatePriceQuantity);
    let trades = (0..state.len()).map(|request| is_trade(state.outline(request).action)).collect();
    let has_pictures = (0..state.len()).any(|request| state.pictures(request).is_some_and(|it| it.attempts() > 0));
    edge.transport.has_pictures.store(has_pictures, Ordering::SeqCst);
    let (writer, folder, meta) = run.into_writer();
    let journal = FusedJournal { inner: &writer, fuse, trades };
    if state.has_sent() {
        journal.append(vec![Event::Resumed]).await.unwrap();
        state.apply(&Event::Resumed, u64::try_from(edge.clock.now().timestamp_millis()).unwrap());
    }
    submit(&mut state, edge, &journal).await.unwrap();
    let run = Run::from_writer(writer, folder, meta).unwrap();
    let state = run.state(policy.clone(), Pace::new(&policy)).unwrap();
    (run, state)
}
