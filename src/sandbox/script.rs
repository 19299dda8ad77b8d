//! Which fault strikes which call.
//!
//! Each fault counts the calls that its action and SKU let through, and draws from its own chance, so that one fault
//! never shifts another. A sticky fault draws nothing: the seller SKU and the seed decide, so that a call that is
//! repeated is struck again.

use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;

use super::fault::{CONNECTION, Fault, Kind};

#[derive(Debug)]
struct Entry {
    fault: Arc<Fault>,
    seed: u64,
    chance: fastrand::Rng,
    lots: fastrand::Rng,
    matched: u64,
    struck: u64,
    strikes: u64,
    burst_end: Option<Instant>,
}

/// A fault that strikes, here and now.
#[derive(Debug, Clone)]
pub(super) struct Strike {
    /// What it does.
    pub(super) fault: Arc<Fault>,
    /// From 0 to 1: what decides between two times.
    pub(super) lot: f64,
    /// The seller SKU that draws a sticky fault.
    pub(super) sku: Option<String>,
}

/// How often a fault struck.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Struck {
    /// Its place in the file, from 1.
    fault: usize,
    kind: &'static str,
    action: String,
    /// The calls that action and SKU let through.
    matched: u64,
    /// The calls that it struck, each of a burst included.
    struck: u64,
}

/// The faults of a running sandbox, with their counts.
#[derive(Debug, Default)]
pub(super) struct Script {
    entries: Vec<Entry>,
}

impl Script {
    /// The faults, none of which has struck yet.
    pub(super) fn new(faults: Vec<Fault>, seed: u64) -> Script {
        let entry = |(index, fault): (usize, Fault)| {
            let own = seed.wrapping_add(0x9e37_79b9).wrapping_mul(index as u64 + 1);
            Entry {
                fault: Arc::new(fault),
                seed: own,
                chance: fastrand::Rng::with_seed(own),
                lots: fastrand::Rng::with_seed(!own),
                matched: 0,
                struck: 0,
                strikes: 0,
                burst_end: None,
            }
        };
        Script { entries: faults.into_iter().enumerate().map(entry).collect() }
    }

    /// What strikes this call: the first fault whose conditions hold. All of them count it.
    pub(super) fn next(&mut self, action: &str, skus: &[&str], now: Instant) -> Option<Strike> {
        let mut strike = None;
        let entries = self.entries.iter_mut().filter(|entry| entry.fault.kind != Kind::Exists);
        for entry in entries.filter(|entry| entry.concerns(action, skus)) {
            let drawn = entry.draw(skus);
            if strike.is_none() && entry.is_due(drawn.is_some(), now) {
                entry.strike(now);
                let sku = drawn.flatten().map(str::to_owned);
                strike = Some(Strike { fault: Arc::clone(&entry.fault), lot: entry.lots.f64(), sku });
            }
        }
        strike
    }

    /// The seller SKUs of a call that are to have been in the shop before, of those that it does not have.
    pub(super) fn planted(&mut self, skus: &[&str], is_new: impl Fn(&str) -> bool) -> Vec<String> {
        let mut planted: Vec<String> = Vec::new();
        for entry in self.entries.iter_mut().filter(|entry| entry.fault.kind == Kind::Exists) {
            for sku in skus.iter().filter(|sku| is_new(sku)) {
                if !entry.concerns("", &[sku]) || planted.iter().any(|known| known == sku) {
                    continue;
                }
                entry.matched += 1;
                let is_drawn = entry.fault.when.probability.is_none_or(|chance| entry.lot_of(sku) < chance);
                if is_drawn && entry.fault.when.times.is_none_or(|times| entry.strikes < times) {
                    entry.strikes += 1;
                    entry.struck += 1;
                    planted.push((*sku).to_owned());
                }
            }
        }
        planted
    }

    /// How often each fault struck, in the order of the file.
    pub(super) fn struck(&self) -> Vec<Struck> {
        let struck = |(index, entry): (usize, &Entry)| Struck {
            fault: index + 1,
            kind: entry.fault.kind.name(),
            action: entry.fault.when.action.clone().unwrap_or_else(|| "*".to_owned()),
            matched: entry.matched,
            struck: entry.struck,
        };
        self.entries.iter().enumerate().map(struck).collect()
    }
}

impl Entry {
    fn concerns(&self, action: &str, skus: &[&str]) -> bool {
        let when = &self.fault.when;
        let is_meant = match when.action.as_deref() {
            Some(wanted) => wanted == action,
            None => action != CONNECTION,
        };
        is_meant && when.sku.as_deref().is_none_or(|wanted| skus.contains(&wanted))
    }

    /// Whether chance is for it, and the seller SKU that decides where there is one. Counts the call.
    fn draw<'a>(&mut self, skus: &[&'a str]) -> Option<Option<&'a str>> {
        self.matched += 1;
        let drawn = self.chance.f64();
        let probability = self.fault.when.probability.unwrap_or(1.0);
        if self.fault.when.sticky {
            return skus.iter().find(|sku| self.lot_of(sku) < probability).map(|sku| Some(*sku));
        }
        (drawn < probability).then_some(None)
    }

    fn is_due(&self, is_drawn: bool, now: Instant) -> bool {
        let when = &self.fault.when;
        self.is_bursting(now)
            || is_drawn
                && when.times.is_none_or(|times| self.strikes < times)
                && when.nth.as_ref().is_none_or(|nth| nth.contains(&self.matched))
                && when.from.is_none_or(|from| self.matched >= from)
    }

    fn strike(&mut self, now: Instant) {
        self.struck += 1;
        if self.is_bursting(now) {
            return;
        }
        self.strikes += 1;
        if let Some(burst) = self.fault.when.burst {
            self.burst_end = now.checked_add(burst.drawn(self.lots.f64()));
        }
    }

    fn is_bursting(&self, now: Instant) -> bool {
        self.burst_end.is_some_and(|end| now < end)
    }

    /// From 0 to 1, always the same for the same seller SKU, fault and seed (FNV-1a spreads the letters).
    fn lot_of(&self, sku: &str) -> f64 {
        let spread = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        fastrand::Rng::with_seed(sku.bytes().fold(0xcbf2_9ce4_8422_2325 ^ self.seed, spread)).f64()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sandbox::fault::{Span, When};
    use crate::sandbox::time;

    fn fault(when: When) -> Fault {
        Fault { when, ..Fault::of(Kind::Reset) }
    }

    fn struck(faults: Vec<Fault>, calls: usize) -> Vec<bool> {
        let mut script = Script::new(faults, 7);
        let now = time::moment();
        (0..calls).map(|_| script.next("SetImages", &["A"], now).is_some()).collect()
    }

    #[test]
    fn a_fault_without_conditions_strikes_always() {
        assert_eq!(struck(vec![fault(When::default())], 3), [true, true, true]);
    }

    #[test]
    fn the_nth_call_is_counted_among_those_of_the_action_and_the_sku() {
        let third = When { action: Some("SetImages".into()), nth: Some(vec![3]), ..When::default() };
        assert_eq!(struck(vec![fault(third.clone())], 4), [false, false, true, false]);
        let mut script = Script::new(vec![fault(When { sku: Some("A".into()), ..third })], 7);
        let now = time::moment();
        let mut next = |action: &str, skus: &[&str]| script.next(action, skus, now).is_some();
        assert!(!next("SetImages", &["A"]) && !next("SetImages", &["B"]) && !next("CreateProduct", &["A"]));
        assert!(!next("SetImages", &["B", "A"]));
        assert!(next("SetImages", &["A"]));
    }

    #[test]
    fn from_a_call_on_all_are_struck() {
        assert_eq!(struck(vec![fault(When { from: Some(3), ..When::default() })], 4), [false, false, true, true]);
    }

    #[test]
    fn times_is_the_most() {
        let twice = fault(When { times: Some(2), ..When::default() });
        assert_eq!(struck(vec![twice], 4), [true, true, false, false]);
    }

    #[test]
    fn the_first_fault_that_is_due_strikes_and_each_counts_its_own() {
        let first = Fault { kind: Kind::Throttle, ..fault(When { times: Some(1), ..When::default() }) };
        let mut script = Script::new(vec![first, fault(When::default())], 7);
        let now = time::moment();
        let mut next = || script.next("SetImages", &[], now).map(|strike| strike.fault.kind.name());
        assert_eq!((next(), next(), next()), (Some("throttle"), Some("reset"), Some("reset")));
        let counts: Vec<(u64, u64)> = script.struck().iter().map(|fault| (fault.matched, fault.struck)).collect();
        assert_eq!(counts, [(3, 1), (3, 2)]);
    }

    #[test]
    fn a_connection_is_no_call() {
        let connections = fault(When { action: Some(CONNECTION.into()), ..When::default() });
        let mut script = Script::new(vec![connections], 7);
        assert!(script.next("SetImages", &["A"], time::moment()).is_none());
        assert!(script.next(CONNECTION, &[], time::moment()).is_some());
        let mut script = Script::new(vec![fault(When::default())], 7);
        assert!(script.next(CONNECTION, &[], time::moment()).is_none());
    }

    #[test]
    fn chance_comes_from_the_seed() {
        let chance = || vec![fault(When { probability: Some(0.3), ..When::default() })];
        let calls = struck(chance(), 1000);
        assert_eq!(calls, struck(chance(), 1000));
        let count = calls.iter().filter(|strikes| **strikes).count();
        assert!((250..350).contains(&count), "{count}");
    }

    #[test]
    fn a_sticky_fault_strikes_the_same_skus_again() {
        let names: Vec<String> = (0..1000).map(|number| format!("SKU-{number}")).collect();
        let sticky = fault(When { probability: Some(0.03), sticky: true, ..When::default() });
        let drawn = |seed: u64| {
            let mut script = Script::new(vec![sticky.clone()], seed);
            let mut next = |name: &str| script.next("CreateProduct", &["", name], time::moment());
            let drawn: Vec<&String> = names.iter().filter(|name| next(name).is_some()).collect();
            assert!(drawn.iter().all(|name| next(name).unwrap().sku.as_ref() == Some(*name)));
            drawn.len()
        };
        for seed in [1, 7, 11] {
            assert!((10..60).contains(&drawn(seed)), "{}", drawn(seed));
        }
    }

    #[test]
    fn a_planted_sku_takes_no_turn_and_is_planted_when_it_is_new() {
        let exists = Fault::of(Kind::Exists);
        let exists = Fault { when: When { sku: Some("A".into()), ..When::default() }, ..exists };
        let mut script = Script::new(vec![exists], 7);
        assert!(script.next("CreateProduct", &["A"], time::moment()).is_none());
        assert_eq!(script.planted(&["A", "B"], |_| true), ["A"]);
        assert_eq!(script.planted(&["A", "B"], |_| false), [""; 0]);
        assert_eq!(script.struck()[0].struck, 1);
    }

    #[test]
    fn a_burst_lasts_as_long_as_it_says() {
        let five = Duration::from_secs(5);
        let burst = When { nth: Some(vec![1]), burst: Some(Span::between(five, five)), ..When::default() };
        let mut script = Script::new(vec![fault(burst)], 7);
        let start = time::moment();
        assert!(script.next("SetImages", &[], start).is_some());
        assert!(script.next("SetImages", &[], start + Duration::from_secs(4)).is_some());
        assert!(script.next("SetImages", &[], start + Duration::from_secs(5)).is_none());
    }
}
