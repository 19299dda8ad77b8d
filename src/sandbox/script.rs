//! Which fault strikes which call.
//!
//! Each fault counts the calls that its action and SKU let through, and draws from its own chance, so that one fault
//! never shifts another.

use std::time::{Duration, Instant};

/// A fault: when it strikes, and what it does. A condition that is `None` always holds.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// Calls of this action.
    pub(super) action: Option<String>,
    /// Calls that carry this seller SKU.
    pub(super) sku: Option<String>,
    /// The calls with these numbers, from 1, among those that action and SKU let through.
    pub(super) nth: Option<Vec<u64>>,
    /// Calls by chance.
    pub(super) probability: Option<f64>,
    /// At most so often; a burst counts once.
    pub(super) times: Option<u64>,
    /// What it does.
    pub(super) kind: Kind,
}

/// What a fault does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// The effect, and the connection cut before the reply.
    LostReply,
    /// The connection cut before the effect.
    Reset,
    /// An HTTP status.
    Status {
        /// 200 to 599.
        status: u16,
        /// Whether the call has its effect.
        effect: bool,
        /// `Retry-After`, in seconds.
        retry_after: Option<u64>,
    },
    /// E901 for this call, and for all that match until the burst is over.
    Throttle {
        /// How long; zero for this call alone.
        burst: Duration,
    },
    /// The effect at once, the reply late.
    Slow {
        /// How late.
        wait: Duration,
    },
    /// An API error.
    Error {
        /// `ErrorCode`.
        code: u32,
        /// `ErrorMessage`; the pages' text when absent.
        message: Option<String>,
        /// `Field` of the one detail.
        field: Option<String>,
        /// `Message` of the one detail.
        detail: Option<String>,
        /// The SKU that the detail names.
        named: Named,
    },
    /// The effect, and half of the reply.
    Truncated,
    /// A page for people.
    Html {
        /// Whether the call has its effect.
        effect: bool,
    },
    /// A success with one warning.
    Warnings {
        /// What it warns of.
        message: String,
    },
}

/// Which SKU the detail of a scripted error names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// None: it is about the whole product.
    Nobody,
    /// The first that the call carries.
    First,
    /// This one.
    This(String),
}

#[derive(Debug)]
struct Entry {
    fault: Fault,
    chance: fastrand::Rng,
    matched: u64,
    struck: u64,
    burst_end: Option<Instant>,
}

/// The faults of a running sandbox, with their counts.
#[derive(Debug, Default)]
pub(super) struct Script {
    entries: Vec<Entry>,
}

impl Script {
    /// The faults, none of which has struck yet.
    pub(super) fn new(faults: Vec<Fault>, seed: u64) -> Script {
        let chance =
            |index: usize| fastrand::Rng::with_seed(seed.wrapping_add(0x9e37_79b9).wrapping_mul(index as u64 + 1));
        let entry = |(index, fault)| Entry { fault, chance: chance(index), matched: 0, struck: 0, burst_end: None };
        Script { entries: faults.into_iter().enumerate().map(entry).collect() }
    }

    /// What strikes this call: the first fault whose conditions hold. All of them count it.
    pub(super) fn next(&mut self, action: &str, skus: &[&str], now: Instant) -> Option<Kind> {
        let mut struck = None;
        for entry in self.entries.iter_mut().filter(|entry| entry.fault.concerns(action, skus)) {
            if entry.is_due(now) && struck.is_none() {
                entry.strike(now);
                struck = Some(entry.fault.kind.clone());
            }
        }
        struck
    }
}

impl Fault {
    fn concerns(&self, action: &str, skus: &[&str]) -> bool {
        self.action.as_deref().is_none_or(|wanted| wanted == action)
            && self.sku.as_deref().is_none_or(|wanted| skus.contains(&wanted))
    }
}

impl Entry {
    fn is_due(&mut self, now: Instant) -> bool {
        self.matched += 1;
        let drawn = self.chance.f64();
        if self.is_bursting(now) {
            return true;
        }
        self.fault.times.is_none_or(|times| self.struck < times)
            && self.fault.nth.as_ref().is_none_or(|nth| nth.contains(&self.matched))
            && self.fault.probability.is_none_or(|probability| drawn < probability)
    }

    fn strike(&mut self, now: Instant) {
        if self.is_bursting(now) {
            return;
        }
        self.struck += 1;
        if let Kind::Throttle { burst } = self.fault.kind {
            self.burst_end = now.checked_add(burst);
        }
    }

    fn is_bursting(&self, now: Instant) -> bool {
        self.burst_end.is_some_and(|end| now < end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::time;

    fn fault(kind: Kind) -> Fault {
        Fault { action: None, sku: None, nth: None, probability: None, times: None, kind }
    }

    fn struck(faults: Vec<Fault>, calls: usize) -> Vec<bool> {
        let mut script = Script::new(faults, 7);
        let now = time::moment();
        (0..calls).map(|_| script.next("SetImages", &["A"], now).is_some()).collect()
    }

    #[test]
    fn a_fault_without_conditions_strikes_always() {
        assert_eq!(struck(vec![fault(Kind::Reset)], 3), [true, true, true]);
    }

    #[test]
    fn the_nth_call_is_counted_among_those_of_the_action_and_the_sku() {
        let third = Fault { action: Some("SetImages".into()), nth: Some(vec![3]), ..fault(Kind::Reset) };
        assert_eq!(struck(vec![third.clone()], 4), [false, false, true, false]);
        let mut script = Script::new(vec![Fault { sku: Some("A".into()), ..third }], 7);
        let now = time::moment();
        let mut next = |action: &str, skus: &[&str]| script.next(action, skus, now).is_some();
        assert!(!next("SetImages", &["A"]) && !next("SetImages", &["B"]) && !next("CreateProduct", &["A"]));
        assert!(!next("SetImages", &["B", "A"]));
        assert!(next("SetImages", &["A"]));
    }

    #[test]
    fn times_is_the_most() {
        let twice = Fault { times: Some(2), ..fault(Kind::Reset) };
        assert_eq!(struck(vec![twice], 4), [true, true, false, false]);
    }

    #[test]
    fn the_first_fault_that_is_due_strikes() {
        let first = Fault { times: Some(1), ..fault(Kind::LostReply) };
        let mut script = Script::new(vec![first, fault(Kind::Reset)], 7);
        let now = time::moment();
        assert_eq!(script.next("SetImages", &[], now), Some(Kind::LostReply));
        assert_eq!(script.next("SetImages", &[], now), Some(Kind::Reset));
    }

    #[test]
    fn chance_comes_from_the_seed() {
        let chance = || vec![Fault { probability: Some(0.3), ..fault(Kind::Reset) }];
        let calls = struck(chance(), 1000);
        assert_eq!(calls, struck(chance(), 1000));
        let count = calls.iter().filter(|strikes| **strikes).count();
        assert!((250..350).contains(&count), "{count}");
    }

    #[test]
    fn a_burst_lasts_as_long_as_it_says() {
        let burst = Fault { nth: Some(vec![1]), ..fault(Kind::Throttle { burst: Duration::from_secs(5) }) };
        let mut script = Script::new(vec![burst], 7);
        let start = time::moment();
        assert!(script.next("SetImages", &[], start).is_some());
        assert!(script.next("SetImages", &[], start + Duration::from_secs(4)).is_some());
        assert!(script.next("SetImages", &[], start + Duration::from_secs(5)).is_none());
    }
}
