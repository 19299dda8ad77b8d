//! Many stalls whose program is killed again and again, and what came of them together.

use std::collections::BTreeMap;
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use fastrand::Rng;
use rustix::process::Signal;

use super::checker::Deviations;
use super::goods;
use super::line::{Hit, Moment, Order};
use super::stall::Stall;

/// How much is soaked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Soak {
    pub(crate) stalls: usize,
    /// Of each stall.
    pub(crate) products: usize,
    /// Of each stall.
    pub(crate) kills: usize,
    /// The share of creates that come late, beside the other faults.
    pub(crate) late: f64,
    pub(crate) seed: u64,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    products: usize,
    lates: u64,
    calls: u64,
    pub(crate) points: BTreeMap<String, usize>,
    pub(crate) deviations: Deviations,
}

impl Outcome {
    /// How often the program was killed.
    pub(crate) fn kills(&self) -> usize {
        self.points.values().sum::<usize>() - self.interrupts()
    }

    /// How often it was interrupted, as by Ctrl-C.
    pub(crate) fn interrupts(&self) -> usize {
        self.points.get(INTERRUPTED).copied().unwrap_or(0)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { products, calls, lates, deviations, .. } = self;
        write!(f, "{products} products, {calls} calls, {lates} of them late, {} kills: {deviations}", self.kills())?;
        self.points.iter().try_for_each(|(point, count)| write!(f, "\n    {count:>4} {point}"))
    }
}

impl Soak {
    /// Soaks the stalls, so many at a time.
    pub(crate) fn run(self, at_once: usize) -> Outcome {
        let next = AtomicUsize::new(0);
        let outcome = Mutex::new(Outcome::default());
        std::thread::scope(|scope| {
            for _ in 0..at_once {
                scope.spawn(|| {
                    loop {
                        let place = next.fetch_add(1, Ordering::SeqCst);
                        if place >= self.stalls {
                            break;
                        }
                        let seed = self.seed.wrapping_mul(1_000_003).wrapping_add(place as u64);
                        self.soak(seed, &outcome);
                    }
                });
            }
        });
        outcome.into_inner().unwrap()
    }

    fn soak(&self, seed: u64, outcome: &Mutex<Outcome>) {
        let stall = Stall::open(self.products, &goods::ten_percent(seed % (1 << 60)));
        let mut chance = Rng::with_seed(seed);
        stall.line.delay(self.late, seed);
        let mut hits = Vec::new();
        for round in 0..self.kills {
            let (hit, status) = stall.round(self.order(round, &mut chance));
            let is_in_order = matches!(status.code(), Some(0 | 1 | 5));
            assert!(hit.is_some() || is_in_order, "seed {seed}, round {round}: {status}");
            // A round without a hit came to an end of its own.
            let is_over = hit.is_none() && status.code() != Some(5);
            hits.extend(hit);
            if is_over {
                break;
            }
            if round % 5 == 2 && round < self.creating() {
                let order = Order { signal: Signal::INT, action: None, ..self.order(3, &mut chance) };
                let (hit, status) = stall.round(order);
                // A late call of the process before may strike one that does not listen yet: it is killed then.
                let is_killed = status.signal() == Some(Signal::INT.as_raw());
                let is_in_order = is_killed || matches!(status.code(), Some(0 | 1 | 5 | 130));
                assert!(is_in_order, "seed {seed}, interrupt {round}: {status}");
                hits.extend(hit);
            }
        }
        stall.finish();
        let mut outcome = outcome.lock().unwrap();
        let deviations = stall.deviations();
        if deviations.count() > 0 {
            super::tell(&format!("seed {seed}: {deviations}\n{hits:?}"));
        }
        outcome.products += self.products;
        outcome.calls += stall.line.calls();
        outcome.lates += stall.line.lates();
        for hit in &hits {
            *outcome.points.entry(point(hit)).or_default() += 1;
        }
        outcome.deviations.add(deviations);
    }

    /// So many kills hit while products are created; the others hit while pictures are set, at the end of a run.
    fn creating(&self) -> usize {
        self.kills - self.kills / 20 - 3
    }

    /// Where the next kill is to hit: in turn everywhere, and early enough for the later ones to find something.
    fn order(&self, kill: usize, chance: &mut Rng) -> Order {
        let told = Moment::Told(chance.u64(..2_000));
        let most = (self.products / self.kills / 2) as u64;
        let (action, moment, most) = match kill.checked_sub(self.creating()) {
            None if kill == 0 => {
                (None, if chance.bool() { Moment::Sent } else { Moment::Done }, self.products as u64 / 50)
            }
            // What was on its way at the last kill is looked up at once.
            None => [
                (Some("CreateProduct"), Moment::Sent, most),
                (Some("GetProducts"), Moment::Sent, 1),
                (Some("CreateProduct"), Moment::Done, most),
                (Some("GetProducts"), Moment::Done, 1),
                (Some("CreateProduct"), told, most),
                (None, told, most),
                (Some("CreateProduct"), Moment::Done, most),
                (Some("GetProducts"), told, 1),
            ][(kill - 1) % 8],
            Some(kill) => [
                (Some("SetImages"), Moment::Sent, 1),
                (Some("SetImages"), Moment::Done, 1),
                (Some("GetProducts"), Moment::Sent, 1),
                (Some("SetImages"), told, 1),
                (Some("GetProducts"), Moment::Done, 1),
                (Some("GetProducts"), told, 1),
            ][kill % 6],
        };
        Order { pid: 0, signal: Signal::KILL, action, call: chance.u64(1..=most), moment }
    }
}

const INTERRUPTED: &str = "C11: interrupted, not killed";

/// The crash point of the table that a hit stands for.
fn point(hit: &Hit) -> String {
    if hit.signal == Signal::INT {
        return INTERRUPTED.to_owned();
    }
    let moment = match hit.moment {
        Moment::Sent => "sent, not arrived",
        Moment::Done => "done, no reply yet",
        Moment::Told(_) => "reply given",
    };
    let point = match (hit.action.as_str(), hit.writes, hit.moment) {
        ("GetProducts", 0, _) => "C0",
        ("GetProducts", _, _) => "C3, C6",
        ("SetImages", _, _) => "C6",
        (_, _, Moment::Sent) => "C2, C3",
        (_, _, Moment::Done) => "C3",
        (_, _, Moment::Told(_)) => "C4, C5, C1",
    };
    format!("{point}: {} {moment}", hit.action)
}
