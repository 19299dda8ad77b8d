//! The outer world for the library: the clock, the interrupt, progress of a run, the async runtime.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::Serialize;
use skuload::journal::ShopStore;
use skuload::plan::Action;
use skuload::submit::{Clock, Notice, Observer, Trouble, off};

use super::args::Format;
use super::exit::{Exit, Failure};
use super::log::{self, Event};
use super::output;
use super::progress::{self, Bars, Progress};

/// This computer's clock.
pub(super) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// The runtime for one command.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Local, format!("cannot start: {error}")))
}

/// One flag for the whole command: an interrupt between two of its parts counts for the next one.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Whether the user asked to stop.
pub(super) fn interrupted() -> &'static AtomicBool {
    &INTERRUPTED
}

/// What the last line says where a command that sends is stopped at once.
pub(super) const SENDS: &str = "what was sent is in the journal: `skuload resume` goes on and tells the verdicts";

/// The same of one that only reads.
pub(super) const READS: &str = "nothing was sent: run the same command again";

/// Ctrl-C (or a polite kill) once: stop sending, finish what is on its way. Twice: stop now, and say `then`. Called once
/// in each runtime that calls a shop.
pub(super) fn watch_interrupts(then: impl Into<String>) {
    let then = then.into();
    let mut interrupts = Interrupts::new();
    tokio::spawn(async move {
        loop {
            interrupts.next().await;
            if INTERRUPTED.swap(true, Ordering::Relaxed) {
                stop_now(&then);
            }
            output::insist("stopping: waiting for what is on its way (once more to stop now)");
        }
    });
}

#[expect(clippy::exit, reason = "the user asked twice; the journal and what was read make it safe")]
fn stop_now(then: &str) {
    log::end(Exit::Interrupted);
    output::insist(&format!("stopped at once; {then}"));
    std::process::exit(i32::from(Exit::Interrupted.code()));
}

/// Tries again and again until something comes of it; `None` where the user asks to stop.
pub(super) async fn until<T>(pause: Duration, mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    let mut interrupts = Interrupts::new();
    loop {
        if let Some(came) = attempt() {
            return Some(came);
        }
        if interrupts.came_within(pause).await {
            return None;
        }
    }
}

/// Ctrl-C and a polite kill, from the moment it is made: what comes between two looks is not lost.
pub(super) struct Interrupts {
    #[cfg(unix)]
    signals: Option<[tokio::signal::unix::Signal; 2]>,
}

impl Interrupts {
    /// Listens from here on. It belongs into a runtime.
    pub(super) fn new() -> Interrupts {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let both = signal(SignalKind::interrupt()).and_then(|one| Ok([one, signal(SignalKind::terminate())?]));
            Interrupts { signals: both.ok() }
        }
        #[cfg(not(unix))]
        Interrupts {}
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) {
        #[cfg(unix)]
        if let Some([interrupt, terminate]) = &mut self.signals {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
        let _ = tokio::signal::ctrl_c().await;
    }

    /// Waits; whether one came first.
    pub(super) async fn came_within(&mut self, duration: Duration) -> bool {
        tokio::select! {
            () = SystemClock.sleep(duration) => false,
            () = self.next() => true,
        }
    }
}

/// Shows a run: bars or lines for people, JSON lines for machines.
pub(super) struct Watcher {
    format: Format,
    verbose: bool,
    bars: Bars,
    asking: Option<Progress>,
    /// By the action of a planned request.
    working: BTreeMap<Action, Progress>,
    /// Where the shop's pace is kept as soon as it is slower: the process may be killed before it ends.
    store: Option<Mutex<ShopStore>>,
    /// When people were last told of a wait, and of how long a one.
    told: Mutex<Option<(Instant, Duration)>>,
}

/// A wait like one that was told this short a time ago is the same trouble.
const SAME_TROUBLE: Duration = Duration::from_secs(60);

/// A wait that a trouble brings along.
const SHORT: Duration = Duration::from_secs(5);

/// The planned actions, in the order of their bars, and what each is called.
const WORK: [(Action, &str); 5] = [
    (Action::CreateProduct, "creating"),
    (Action::UpdateProduct, "updating"),
    (Action::UpdatePriceQuantity, "prices"),
    (Action::MigrateImage, "pictures"),
    (Action::SetImages, "images"),
];

impl Watcher {
    /// Before the plan: so many SKUs are looked up.
    pub(super) fn of_baseline(format: Format, verbose: bool, skus: usize) -> Watcher {
        let bars = Bars::new();
        let asking = (format == Format::Human).then(|| bars.add("asking", Some(skus as u64)));
        let working = BTreeMap::new();
        Watcher { format, verbose, bars, asking, working, store: None, told: Mutex::default() }
    }

    /// While a plan is carried out; `count` tells how many requests of an action it has.
    pub(super) fn of_run(format: Format, verbose: bool, count: impl Fn(Action) -> usize) -> Watcher {
        let bars = Bars::new();
        let planned = WORK.into_iter().map(|(action, what)| (action, what, count(action)));
        let shown = planned.filter(|(_, _, total)| format == Format::Human && *total > 0);
        let working = shown.map(|(action, what, total)| (action, bars.add(what, Some(total as u64)))).collect();
        Watcher { format, verbose, bars, asking: None, working, store: None, told: Mutex::default() }
    }

    /// The same, and what is learnt of the shop's pace on the way is kept there.
    pub(super) fn keeping_pace(self, store: ShopStore) -> Watcher {
        Watcher { store: Some(Mutex::new(store)), ..self }
    }

    /// Begins a piece of work that is shown to people.
    pub(super) fn begin(&self, what: &'static str, total: Option<u64>) -> Option<Progress> {
        (self.format == Format::Human).then(|| self.bars.add(what, total))
    }

    pub(super) fn finish(&self) {
        self.asking.iter().chain(self.working.values()).for_each(Progress::finish);
    }

    fn say(&self, text: &str) {
        self.bars.say(text);
    }

    /// The first wait of a trouble is news, and one that is much longer than the last that was told.
    fn is_news(&self, pause: Duration) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let now = progress::now();
        let is_news = match *told {
            Some((at, last)) if now.duration_since(at) < SAME_TROUBLE => {
                pause >= Duration::from_secs(1) && pause >= 2 * last
            }
            Some(_) | None => true,
        };
        if is_news {
            *told = Some((now, pause));
        }
        is_news
    }

    fn tell_trouble(&self, trouble: Trouble, reason: &str, patience: Duration) {
        let what = match trouble {
            Trouble::Silent => "does not answer",
            Trouble::Ailing => "is in trouble",
        };
        let text =
            |reason: &str| format!("the marketplace {what}; trying again for up to {}: {reason}", worded(patience));
        let seconds = patience.as_secs_f64();
        log::note(&Event::Trouble { patience: seconds, reason: &text(&log::careful(reason)) });
        if self.format == Format::Json {
            print(&Event::Trouble { patience: seconds, reason: &text(reason) });
        } else {
            *self.told.lock().unwrap_or_else(PoisonError::into_inner) = Some((progress::now(), SHORT));
            self.say(&output::plain(&text(reason)));
        }
    }
}

/// `10 s`, `15 min`
fn worded(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 120.0 { format!("{:.0} s", seconds.max(1.0)) } else { format!("{:.0} min", seconds / 60.0) }
}

/// A step of a run as machines read it.
#[derive(Serialize)]
struct Line<'a> {
    v: u8,
    #[serde(flatten)]
    step: &'a Event<'a>,
}

fn print(step: &Event<'_>) {
    output::result(&output::json_line(&Line { v: 1, step }));
}

impl Observer for Watcher {
    fn notice(&self, notice: &Notice<'_>) {
        match notice {
            Notice::Request { id, action, attempt, skus } => {
                let step = Event::Request { id: *id, action: action.as_str(), attempt: *attempt, skus: *skus };
                log::note(&step);
                if self.format == Format::Json {
                    print(&step);
                } else if self.verbose {
                    let name = id.unwrap_or("look-up");
                    self.say(&format!("{name}: {action}, attempt {attempt}, {skus} SKUs"));
                }
            }
            Notice::Reply { id, action, outcome } => {
                let action = action.as_str();
                log::note(&Event::Reply { id: *id, action, outcome: &log::careful(outcome) });
                if self.format == Format::Json {
                    print(&Event::Reply { id: *id, action, outcome });
                } else if self.verbose {
                    self.say(&format!("{}: {}", id.unwrap_or("look-up"), output::plain(outcome)));
                }
            }
            Notice::ClockOff { ahead } => {
                let step = Event::Clock { ahead: ahead.num_milliseconds() as f64 / 1000.0 };
                log::note(&step);
                if self.format == Format::Json {
                    print(&step);
                } else {
                    self.say(&format!(
                        "warning: this computer's clock is {} the marketplace's, whose time is signed instead; set it",
                        off(*ahead)
                    ));
                }
            }
            Notice::Renewed { until, unkept } => {
                log::note(&Event::Renewed { until: *until });
                if let Some(reason) = unkept {
                    let message = format!("the access token was renewed and cannot be kept: {reason}");
                    log::note(&Event::Warning { message: &message });
                    self.say(&format!("warning: {message}"));
                } else if self.verbose && self.format == Format::Human {
                    self.say("the access token was renewed");
                }
            }
            Notice::Slower { pace } => {
                if let Some(Ok(store)) = self.store.as_ref().map(Mutex::lock) {
                    // A store that cannot be written is told of at the end of the run, which writes it too.
                    let _ = store.note_pace(pace);
                }
            }
            Notice::Trouble { trouble, reason, patience } => self.tell_trouble(*trouble, reason, *patience),
            Notice::Progress { done, failed, action } => {
                if let Some(progress) = self.working.get(action) {
                    progress.set(*done as u64, *failed as u64);
                }
            }
        }
    }

    fn waits(&self, pause: Duration, reason: &str) {
        let seconds = pause.as_secs_f64();
        log::note(&Event::Wait { seconds, reason: &log::careful(reason) });
        if self.format == Format::Json {
            print(&Event::Wait { seconds, reason });
        } else if self.is_news(pause) || self.verbose {
            self.say(&format!("waiting {seconds:.1} s: {}", output::plain(reason)));
        }
    }

    fn asked(&self, skus: usize) {
        log::note(&Event::Asked { skus });
        if let Some(asking) = &self.asking {
            asking.set(skus as u64, 0);
        }
    }
}
