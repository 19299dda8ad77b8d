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

/// Whether a call is made for the first time, or once more since it came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    First,
    Again,
}

/// Requests by what comes next.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    /// To be looked at then.
    timers: BinaryHeap<Reverse<(Millis, usize)>>,
    /// To be sent, by call.
    pub(super) ready: BTreeMap<Action, BTreeSet<usize>>,
    /// To be sent or asked about once more, since the last such call came to nothing, by call.
    pub(super) again: BTreeMap<Action, BTreeSet<usize>>,
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
    /// How often a request was looked at.
    #[cfg(test)]
    pub(super) steps: u64,
}

impl Agenda {
    /// Those to be called for.
    pub(super) fn of(&mut self, turn: Turn) -> &mut BTreeMap<Action, BTreeSet<usize>> {
        match turn {
            Turn::First => &mut self.ready,
            Turn::Again => &mut self.again,
        }
    }

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
        let ready = self.ready.values().chain(self.again.values());
        let ready = ready.filter_map(|requests| requests.first()).min().copied();
        ready.or(self.timers.peek().map(|Reverse((_, request))| *request))
    }

    /// Something is to be called for that is no repeat.
    pub(super) fn has_fresh(&self) -> bool {
        self.has_questions() || self.ready.values().any(|requests| !requests.is_empty())
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
