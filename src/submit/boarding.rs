//! Writes that wait for the shop to be asked under which numbers it knows their SKUs. Those questions keep to the pace, the
//! limits and the state of the line as all others do.

use std::time::Duration;

use super::event::Answer;
use super::flight::{Back, Boarding};
use super::lookup::LookedUp;
use super::next::millis;
use super::notice::Observer;
use super::pace::Millis;
use super::run::{Edge, slow_down, stop};
use super::state::State;
use super::stopped::Stopped;
use super::{Clock, Transport};
use crate::dialect::Class;
use crate::plan::Action;

/// Those that wait, and until when each of them does.
#[derive(Default)]
pub(super) struct Waiting(Vec<(Millis, Box<Boarding>)>);

impl Waiting {
    /// It waits for its question, and leaves its place among those on their way to others meanwhile.
    pub(super) fn add(&mut self, state: &mut State, boarding: Box<Boarding>, now: Millis, after: Duration) {
        state.lands();
        self.0.push((now + after.as_millis() as Millis, boarding));
    }

    /// The one whose question leaves now: its slot is taken. Or when to try again.
    pub(super) fn next(&mut self, state: &mut State, now: Millis, asking: usize) -> Result<Box<Boarding>, Millis> {
        let first = (0..self.0.len()).min_by_key(|place| self.0[*place].0).ok_or(Millis::MAX)?;
        let at = self.0[first].0;
        if at > now {
            return Err(at);
        }
        state.take_slot_to_ask(now, asking)?;
        state.has_landed();
        Ok(self.0.swap_remove(first).1)
    }

    /// Those whose question will not leave in this process.
    pub(super) fn left_behind(
        &mut self,
        state: &mut State,
        has_stopped: bool,
        now: Millis,
    ) -> impl Iterator<Item = Box<Boarding>> + use<> {
        let is_over = !self.0.is_empty() && (has_stopped || state.limit(now).is_some());
        let left = if is_over { std::mem::take(&mut self.0) } else { Vec::new() };
        left.iter().for_each(|_| state.has_landed());
        left.into_iter().map(|(_, boarding)| boarding)
    }
}

/// Learns what the shop answered; answers why the run must stop, where it must.
pub(super) fn told<T: Transport, C: Clock, O: Observer>(
    state: &mut State,
    edge: &Edge<'_, T, C, O>,
    boarding: &mut Boarding,
    back: Back<LookedUp>,
) -> Option<Stopped> {
    let now = millis(edge.clock.now());
    let (left, retry_after) = (back.left, back.retry_after);
    let answer = match back.what {
        // It was about what the shop was asked for.
        LookedUp::Failed(Answer::Refused(refusal)) if refusal.class == Class::Data => {
            state.read_well(Action::GetProducts);
            boarding.search.told(&LookedUp::Failed(Answer::Refused(refusal)));
            return None;
        }
        LookedUp::Failed(answer) => answer,
        what @ (LookedUp::Products(_) | LookedUp::Cut | LookedUp::Folded(_)) => {
            state.read_well(Action::GetProducts);
            boarding.search.told(&what);
            return None;
        }
    };
    state.learn(Action::GetProducts, &answer, now);
    let is_throttled = matches!(&answer, Answer::Refused(refusal) if refusal.class == Class::Throttled);
    if !is_throttled {
        boarding.search.failed(&answer, state.policy(), 0.5);
    }
    let back = Back { what: answer, left, retry_after };
    slow_down(state, edge, Action::GetProducts, &back);
    stop(state, edge, &back, now)
}
