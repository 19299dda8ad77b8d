//! Why submitting ended before everything was done, and when it must.

use std::io;

use super::event::Answer;
use super::pace::Millis;
use super::state::{Alike, State};
use crate::dialect::{Class, Refusal};

/// After so many first refusals with the same code of this kind, something is wrong with all requests.
const SYSTEMIC: u32 = 3;

/// The run stopped; what was sent is in the journal, and `resume` continues.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The user asked for it.
    #[error("interrupted")]
    Interrupted,
    /// The journal cannot be written.
    #[error("the journal cannot be written: {0}")]
    Journal(io::Error),
    /// The key or the user is refused.
    #[error("the marketplace refuses the credentials: {} (code {})", .0.message, .0.code)]
    Credentials(Refusal),
    /// The clocks differ.
    #[error("the marketplace calls the request's time wrong: {} (code {}); set this computer's clock", .0.message, .0.code)]
    Clock(Refusal),
    /// The account or the call is refused for good.
    #[error("the marketplace refuses the account or the call: {} (code {})", .0.message, .0.code)]
    Account(Refusal),
    /// The first requests were all refused alike: something is wrong with all of them.
    #[error("the first {count} requests were all refused alike: {} (code {})", .refusal.message, .refusal.code)]
    Systemic {
        /// How many.
        count: u32,
        /// The refusal they share.
        refusal: Refusal,
    },
    /// Nobody answers at the address.
    #[error("nobody answers: {0}")]
    NobodyAnswers(String),
    /// The marketplace has been in trouble for too long.
    #[error("the marketplace has been in trouble for too long: {0}")]
    Trouble(String),
}

impl Stopped {
    /// In a few words, for rows that were not sent.
    #[must_use]
    pub fn reason(&self) -> String {
        format!("the run stopped before it: {self}")
    }
}

impl State {
    /// Why the run must stop now, where it must.
    pub(super) fn stop(&self, answer: &Answer, now: Millis) -> Option<Stopped> {
        match answer {
            Answer::Done { .. } | Answer::Hosted { .. } | Answer::Ticket { .. } | Answer::Waiting => None,
            Answer::Refused(refusal) => stop_for(refusal).or_else(|| self.systemic(refusal)).or_else(|| {
                let reason = format!("{} (code {})", refusal.message, refusal.code);
                self.too_long(&reason, now)
            }),
            Answer::NotSent { reason } => {
                let limit = self.policy.nobody_answers.as_millis() as Millis;
                let is_silent = self.silent_since.is_some_and(|since| now - since >= limit);
                if is_silent { Some(Stopped::NobodyAnswers(reason.clone())) } else { self.too_long(reason, now) }
            }
            Answer::Unclear { reason } => self.too_long(reason, now),
        }
    }

    fn systemic(&self, refusal: &Refusal) -> Option<Stopped> {
        match &self.alike {
            Alike::Maybe(Some((code, count))) if *count >= SYSTEMIC && *code == refusal.code => {
                Some(Stopped::Systemic { count: *count, refusal: refusal.clone() })
            }
            Alike::Maybe(_) | Alike::No => None,
        }
    }

    fn too_long(&self, reason: &str, now: Millis) -> Option<Stopped> {
        let limit = self.policy.give_up.as_millis() as Millis;
        let is_over = self.trouble_since.is_some_and(|since| now.saturating_sub(since) >= limit);
        is_over.then(|| Stopped::Trouble(reason.to_owned()))
    }
}

/// A refusal that stops the whole run.
pub(super) fn stop_for(refusal: &Refusal) -> Option<Stopped> {
    match refusal.class {
        Class::Clock => Some(Stopped::Clock(refusal.clone())),
        Class::Credentials => Some(Stopped::Credentials(refusal.clone())),
        Class::Account => Some(Stopped::Account(refusal.clone())),
        Class::Data
        | Class::SkuExists
        | Class::Bare
        | Class::TooLarge
        | Class::Throttled
        | Class::Later
        | Class::Doubt => None,
    }
}
