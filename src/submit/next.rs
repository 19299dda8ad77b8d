//! What comes next: of all planned requests the first that is due, look-ups gathered, at the pace.
//!
//! When a request is due is decided in `state`.

use super::creation::Phase;
use super::pace::Millis;
use super::state::{Attempt, Due, State, Work};

/// How many SKUs one round of look-ups gathers.
const SKUS_ASKED: usize = 100;

/// How many requests behind the first open one are looked at before a look-up leaves.
const WINDOW: usize = 1000;

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// Send this request, carrying these SKUs.
    Send(Attempt),
    /// Ask the shop about these requests.
    LookUp(Vec<usize>),
    /// Nothing before this time, or before something in flight comes back.
    Wait(Millis),
    /// Everything has ended.
    Over,
}

impl State {
    /// Decides what comes next. It takes a slot of the pace for what it hands out.
    pub(super) fn next(&mut self, now: Millis, asking: usize) -> Next {
        while self.first_open < self.work.len() && self.has_ended(self.first_open) {
            self.first_open += 1;
        }
        if self.first_open == self.work.len() {
            return Next::Over;
        }
        if self.in_flight + asking >= self.policy.concurrency {
            return Next::Wait(Millis::MAX);
        }
        let mut wake = Millis::MAX;
        let mut to_ask = Vec::new();
        let mut skus_to_ask = 0;
        for request in self.first_open..self.work.len() {
            match self.due(request, now) {
                Due::Now(attempt) if to_ask.is_empty() => {
                    return match self.pace.take(now) {
                        Ok(()) => Next::Send(attempt),
                        Err(at) => Next::Wait(at),
                    };
                }
                Due::Ask if self.is_asked_alone(request) => {
                    if to_ask.is_empty() {
                        to_ask.push(request);
                        break;
                    }
                }
                Due::Ask => {
                    skus_to_ask += self.outlines[request].skus.len();
                    to_ask.push(request);
                    if skus_to_ask >= SKUS_ASKED {
                        break;
                    }
                }
                Due::Now(_) | Due::No => {}
                Due::At(at) => wake = wake.min(at),
            }
            if !to_ask.is_empty() && request - self.first_open > WINDOW {
                break;
            }
        }
        if to_ask.is_empty() {
            return Next::Wait(wake);
        }
        if let Err(at) = self.pace.take(now) {
            return Next::Wait(at);
        }
        for request in &to_ask {
            if let Work::Creation(creation) = &mut self.work[*request] {
                creation.phase = Phase::Asking;
            }
        }
        Next::LookUp(to_ask)
    }
}
