//! What the marketplace counts: calls in a second, calls in ten, calls of each action.
//!
//! The limit is a token bucket that holds one second's worth. The counts are for tests, which read them at
//! `/sandbox/products`.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use serde::Serialize;

const WINDOW: Duration = Duration::from_secs(10);

/// A limit in calls a second, with a burst of one second's worth (at least one call).
#[derive(Debug)]
pub(super) struct Bucket {
    per_second: f64,
    capacity: f64,
    tokens: f64,
    last: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn new(per_second: f64, now: Instant) -> Bucket {
        let capacity = per_second.max(1.0);
        Bucket { per_second, capacity, tokens: capacity, last: now }
    }

    /// Takes the token of one call; `false` when there is none.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let gained = now.saturating_duration_since(self.last).as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + gained).min(self.capacity);
        self.last = now;
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }
}

/// How often one action was called, and how often it did what it was asked to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Count {
    /// Calls that arrived, whatever came of them.
    pub(super) received: u64,
    /// Calls that had their effect, whether or not the reply came through.
    pub(super) succeeded: u64,
}

/// The counts of all calls since the start.
#[derive(Debug, Default)]
pub(super) struct Tally {
    actions: BTreeMap<String, Count>,
    recent: VecDeque<Instant>,
    most_recent: usize,
    requests: u64,
}

impl Tally {
    /// Counts on from the last request of an earlier life.
    pub(super) fn after(requests: u64) -> Tally {
        Tally { requests, ..Tally::default() }
    }

    /// Counts a call that arrived, and gives it its number, from 1.
    pub(super) fn receive(&mut self, action: &str, now: Instant) -> u64 {
        self.actions.entry(action.to_owned()).or_default().received += 1;
        while self.recent.front().is_some_and(|first| now.saturating_duration_since(*first) >= WINDOW) {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        self.most_recent = self.most_recent.max(self.recent.len());
        self.requests += 1;
        self.requests
    }

    /// Counts a call that had its effect.
    pub(super) fn succeed(&mut self, action: &str) {
        self.actions.entry(action.to_owned()).or_default().succeeded += 1;
    }

    /// The counts by action.
    pub(super) fn actions(&self) -> &BTreeMap<String, Count> {
        &self.actions
    }

    /// The most calls that arrived within any ten seconds.
    pub(super) fn most_in_window(&self) -> usize {
        self.most_recent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::time;

    #[test]
    fn a_bucket_gives_one_seconds_worth_at_once_and_then_as_it_fills() {
        let start = time::moment();
        let mut bucket = Bucket::new(2.0, start);
        assert!(bucket.take(start) && bucket.take(start));
        assert!(!bucket.take(start));
        assert!(!bucket.take(start + Duration::from_millis(400)));
        assert!(bucket.take(start + Duration::from_millis(501)));
        assert!(!bucket.take(start + Duration::from_millis(501)));
    }

    #[test]
    fn a_bucket_never_holds_more_than_one_seconds_worth() {
        let start = time::moment();
        let mut bucket = Bucket::new(1.0, start);
        let later = start + Duration::from_secs(60);
        assert!(bucket.take(later));
        assert!(!bucket.take(later));
    }

    #[test]
    fn the_window_forgets_calls_older_than_ten_seconds() {
        let start = time::moment();
        let mut tally = Tally::after(4);
        assert_eq!(tally.receive("GetProducts", start), 5);
        tally.receive("GetProducts", start + Duration::from_secs(9));
        tally.receive("GetProducts", start + Duration::from_secs(11));
        assert_eq!(tally.most_in_window(), 2);
        assert_eq!(tally.actions()["GetProducts"], Count { received: 3, succeeded: 0 });
    }
}
