//! How far it is: bars on a terminal, a plain line every few seconds elsewhere.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::output;

/// How often a plain line is printed.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// The bars that stand on the screen together.
pub(super) struct Bars {
    multi: MultiProgress,
}

impl Bars {
    pub(super) fn new() -> Bars {
        let is_shown = output::is_interactive() && !output::is_quiet();
        let target = if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Bars { multi: MultiProgress::with_draw_target(target) }
    }

    /// Begins a piece of work; `total` is not known while a sheet is read.
    pub(super) fn add(&self, what: &'static str, total: Option<u64>) -> Progress {
        let bar = self.multi.add(total.map_or_else(ProgressBar::no_length, ProgressBar::new));
        Progress::new(what, bar, total)
    }

    /// A part of the result; the bars make room where they stand on the same terminal.
    pub(super) fn result(&self, text: &str) {
        self.multi.suspend(|| output::result(text));
    }

    /// A line among the bars that a quiet command tells too.
    pub(super) fn insist(&self, text: &str) {
        self.multi.suspend(|| output::insist(text));
    }

    /// A line among the bars.
    pub(super) fn say(&self, text: &str) {
        self.multi.suspend(|| output::say(text));
    }
}

/// One long piece of work: n of N, rate, time left, failures so far.
pub(super) struct Progress {
    what: &'static str,
    bar: ProgressBar,
    total: Option<u64>,
    plain: Option<Mutex<Plain>>,
}

struct Plain {
    started: Instant,
    last: Instant,
}

impl Progress {
    fn new(what: &'static str, bar: ProgressBar, total: Option<u64>) -> Progress {
        let is_interactive = output::is_interactive();
        let template = match total {
            Some(_) => "{prefix:>10} [{bar:30}] {human_pos} of {human_len}  {rate}  {eta} left{msg}",
            None => "{prefix:>10} {spinner} {human_pos} rows  {rate}{msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            let rate = |state: &ProgressState, text: &mut dyn std::fmt::Write| {
                // A bar that cannot be drawn is no reason to stop.
                let _ = write!(text, "{:.1}/s", state.per_sec());
            };
            bar.set_style(style.with_key("rate", rate).progress_chars("=> "));
        }
        bar.set_prefix(what);
        if is_interactive {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        let now = now();
        let plain = (!is_interactive).then(|| Mutex::new(Plain { started: now, last: now }));
        Progress { what, bar, total, plain }
    }

    /// So much is done.
    pub(super) fn set(&self, done: u64, failed: u64) {
        self.bar.set_position(done);
        if failed > 0 {
            self.bar.set_message(format!("  {failed} failed"));
        }
        if let Some(plain) = &self.plain {
            self.line(plain, done, failed);
        }
    }

    fn line(&self, plain: &Mutex<Plain>, done: u64, failed: u64) {
        let mut plain = plain.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = now();
        if now.duration_since(plain.last) < LINE_EVERY {
            return;
        }
        plain.last = now;
        let seconds = now.duration_since(plain.started).as_secs_f64();
        let rate = done as f64 / seconds;
        let mut text = match self.total {
            Some(total) => {
                let mut text = format!("{}: {done} of {total}, {rate:.1}/s", self.what);
                if rate > 0.0 {
                    let _ = write!(text, ", {:.0} s left", total.saturating_sub(done) as f64 / rate);
                }
                text
            }
            None => format!("{}: {done} rows, {rate:.0}/s", self.what),
        };
        if failed > 0 {
            let _ = write!(text, ", {failed} failed");
        }
        output::say(&text);
    }

    /// The work is over; a bar stays as it is.
    pub(super) fn finish(&self) {
        if self.total.is_some() {
            self.bar.abandon();
        } else {
            self.bar.finish_and_clear();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "progress is shown in real time")]
pub(super) fn now() -> Instant {
    Instant::now()
}
