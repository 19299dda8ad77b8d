//! How many calls may be repeats: a marketplace in trouble is not to be asked more often because it is.
//!
//! A repeat is a call that is made once more because it was lost, not sent, put off, or failed. One that was throttled
//! had no effect and is none. At most one call of five is a repeat while there is anything else to call for; after that
//! repeats go on, the slower the more of them come to nothing. It delays calls, and decides no outcome.

use super::event::Answer;
use super::pace::{Millis, Policy, backoff};
use super::state::State;
use crate::dialect::Class;

/// One call of so many may be a repeat.
const SHARE: u64 = 5;

/// The repeats of one process.
#[derive(Debug, Default)]
pub(super) struct Budget {
    repeats: u64,
    /// Repeats that came to nothing; each that did not halves them.
    in_vain: u32,
    /// Beyond the budget, nothing is repeated before this time.
    not_before: Millis,
}

/// What a repeat came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeated {
    /// A sound answer, whatever it says.
    Sound,
    /// Nothing, once more.
    InVain,
    /// The marketplace asks for a slower pace: it was no repeat.
    Throttled,
}

impl Repeated {
    /// What the answer to a repeat says of it.
    pub(super) fn of(answer: &Answer) -> Repeated {
        match answer {
            Answer::Done { .. } | Answer::Hosted { .. } | Answer::Ticket { .. } | Answer::Waiting => Repeated::Sound,
            Answer::NotSent { .. } | Answer::Unclear { .. } => Repeated::InVain,
            Answer::Refused(refusal) => match refusal.class {
                Class::Throttled => Repeated::Throttled,
                Class::Later | Class::Doubt => Repeated::InVain,
                Class::Data
                | Class::SkuExists
                | Class::Bare
                | Class::TooLarge
                | Class::Clock
                | Class::Token
                | Class::Credentials
                | Class::Account => Repeated::Sound,
            },
        }
    }
}

impl Budget {
    /// One more may leave after so many calls.
    pub(super) fn has_room(&self, policy: &Policy, calls: u64) -> bool {
        self.repeats < policy.free_repeats || (self.repeats + 1) * SHARE <= calls + 1
    }

    /// When the next one may leave beyond the budget, where there is nothing else to call for.
    pub(super) fn not_before(&self) -> Millis {
        self.not_before
    }

    /// One leaves.
    pub(super) fn leaves(&mut self, policy: &Policy, now: Millis, chance: f64) {
        self.repeats += 1;
        self.rest(policy, now, chance);
    }

    /// One came back.
    pub(super) fn came_back(&mut self, repeated: Repeated, policy: &Policy, now: Millis, chance: f64) {
        match repeated {
            Repeated::Sound => {
                self.in_vain /= 2;
                self.not_before = now;
                self.rest(policy, now, chance);
            }
            Repeated::InVain => {
                self.in_vain += 1;
                self.rest(policy, now, chance);
            }
            Repeated::Throttled => self.repeats = self.repeats.saturating_sub(1),
        }
    }

    fn rest(&mut self, policy: &Policy, now: Millis, chance: f64) {
        if self.in_vain > 0 {
            let pause = backoff(policy, self.in_vain, chance).as_millis() as Millis;
            self.not_before = self.not_before.max(now + pause);
        }
    }
}

impl State {
    /// What was called for comes once more, since the last such call came to nothing.
    pub(super) fn is_repeat(&self, request: usize) -> bool {
        self.work[request].is_repeat()
    }

    /// Where a call was a repeat, what it came to tells whether more of them make sense.
    pub(super) fn came_back(&mut self, request: usize, repeated: Repeated, now: Millis, chance: f64) {
        if self.is_repeat(request) {
            self.health.budget.came_back(repeated, &self.policy, now, chance);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_ones_are_free_and_one_call_of_five_may_be_one() {
        let policy = Policy::default();
        let mut budget = Budget::default();
        for calls in 0..10 {
            assert!(budget.has_room(&policy, calls));
            budget.leaves(&policy, 0, 1.0);
        }
        assert_eq!([10, 53, 54].map(|calls| budget.has_room(&policy, calls)), [false, false, true]);
        budget.leaves(&policy, 0, 1.0);
        assert_eq!([55, 58, 59].map(|calls| budget.has_room(&policy, calls)), [false, false, true]);
    }

    #[test]
    fn a_throttled_one_does_not_count() {
        let policy = Policy { free_repeats: 1, ..Policy::default() };
        let mut budget = Budget::default();
        budget.leaves(&policy, 0, 1.0);
        assert!(!budget.has_room(&policy, 1));
        budget.came_back(Repeated::Throttled, &policy, 0, 1.0);
        assert!(budget.has_room(&policy, 1) && budget.not_before() == 0);
    }

    #[test]
    fn the_more_come_to_nothing_the_slower_they_go_on() {
        let policy = Policy::default();
        let mut budget = Budget::default();
        for pause in [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
            budget.came_back(Repeated::InVain, &policy, 5_000, 1.0);
            assert_eq!(budget.not_before(), 5_000 + pause);
        }
        for pause in [4_000, 1_000, 0] {
            budget.came_back(Repeated::Sound, &policy, 5_000, 1.0);
            assert_eq!(budget.not_before(), 5_000 + pause);
        }
    }
}
