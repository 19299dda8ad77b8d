//! What is due, and what will be: each change of a request puts a note here, so that nobody has to look through all
//! requests to find the next one. A note may be out of date; what the request itself says counts.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::pace::Millis;
use crate::plan::Action;

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has ended.
    Over,
    /// It waits for something else: other requests, or what is on its way.
    Idle,
    /// To be sent by this call, not before this time.
    Send(Millis, Action),
    /// The shop is to be asked, not before this time.
    Ask(Millis),
    /// The shop is asked once more when nothing else is left to do, not before this time.
    AskLast(Millis),
}

/// Requests by what comes next.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    /// To be looked at then.
    timers: BinaryHeap<Reverse<(Millis, usize)>>,
    /// To be sent, by call.
    pub(super) ready: BTreeMap<Action, BTreeSet<usize>>,
    /// To be asked about together.
    pub(super) to_ask: BTreeSet<usize>,
    /// Since when the first of them waits.
    pub(super) waiting_since: Option<Millis>,
    /// How many SKUs they have.
    pub(super) skus_to_ask: usize,
    /// To be asked about, each by itself.
    pub(super) alone: BTreeSet<usize>,
    /// To be asked about at the end.
    pub(super) last: BTreeSet<usize>,
    /// Not before this time.
    pub(super) last_at: Millis,
    /// On their way to the journal: their calls are over, and what came back lets the run go on.
    pub(super) landing: usize,
    /// How often a request was looked at, for tests.
    pub(super) steps: u64,
}

impl Agenda {
    /// The request is looked at again then.
    pub(super) fn note(&mut self, at: Millis, request: usize) {
        self.timers.push(Reverse((at, request)));
    }

    /// The next request whose time has come.
    pub(super) fn pop(&mut self, now: Millis) -> Option<usize> {
        let Reverse((at, _)) = self.timers.peek()?;
        if *at > now {
            return None;
        }
        self.timers.pop().map(|Reverse((_, request))| request)
    }

    /// When the next time comes.
    pub(super) fn wake(&self) -> Option<Millis> {
        self.timers.peek().map(|Reverse((at, _))| *at)
    }

    /// The request that comes next, whenever that is.
    pub(super) fn first(&self) -> Option<usize> {
        let ready = self.ready.values().filter_map(|requests| requests.first()).min().copied();
        ready.or(self.timers.peek().map(|Reverse((_, request))| *request))
    }

    /// Somebody waits for the shop to be asked.
    pub(super) fn has_questions(&self) -> bool {
        !self.to_ask.is_empty() || !self.alone.is_empty()
    }

    /// The shop is to be asked about a request of so many SKUs.
    pub(super) fn ask(&mut self, request: usize, skus: usize, now: Millis) {
        self.waiting_since.get_or_insert(now);
        if self.to_ask.insert(request) {
            self.skus_to_ask += skus;
        }
    }

    /// The next one to be asked about with others.
    pub(super) fn pop_question(&mut self, skus: impl Fn(usize) -> usize) -> Option<usize> {
        let request = self.to_ask.pop_first()?;
        self.skus_to_ask = self.skus_to_ask.saturating_sub(skus(request));
        Some(request)
    }
}
