//! Why submitting ended before everything was done, and when it must.

use std::fmt;
use std::io;

use chrono::TimeDelta;

use super::bounds::Limit;
use super::event::Answer;
use super::pace::Millis;
use super::skew::{Skew, off};
use super::state::State;
use crate::dialect::{Class, Refusal};
use crate::plan::Action;

/// After so many first refusals with the same code of this kind, something is wrong with all requests.
const SYSTEMIC: u32 = 3;

/// The run stopped; what was sent is in the journal, and `resume` continues.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The user asked for it.
    #[error("interrupted")]
    Interrupted,
    /// The journal cannot be written, or what is kept beside it; the error tells which.
    #[error(transparent)]
    Journal(#[from] io::Error),
    /// The key or the user is refused.
    #[error("the marketplace refuses the credentials: {} (code {})", .0.message, .0.code)]
    Credentials(Refusal),
    /// The clocks differ.
    #[error("{0}")]
    Clock(Untimely),
    /// The account or the call is refused for good.
    #[error("the marketplace refuses the account or the call: {} (code {})", .0.message, .0.code)]
    Account(Refusal),
    /// The first requests were all refused alike: something is wrong with all of them.
    #[error("the first {count} {what} were all refused alike: {}", said(.refusal))]
    Systemic {
        /// How many.
        count: u32,
        /// Of what: requests, or SKUs where several travel together.
        what: &'static str,
        /// The refusal they share.
        refusal: Refusal,
    },
    /// Web pages answer at the address, not the API.
    #[error("the API does not answer: {0}")]
    NoApi(String),
    /// Nobody answers at the address.
    #[error("nobody answers: {0}")]
    NobodyAnswers(String),
    /// The marketplace has been in trouble for too long.
    #[error("the marketplace has been in trouble for too long: {0}")]
    Trouble(String),
    /// The marketplace has asked for fewer calls for too long.
    #[error("the marketplace has been in trouble for too long: {} (code {})", .0.message, .0.code)]
    Throttled(Refusal),
    /// The marketplace has switched off some calls for hours, and nothing else is left to do.
    #[error("the marketplace has switched off {} for now: {} (code {}): {}", listed(.actions), .refusal.message, .refusal.code, left(*.done, *.of))]
    SwitchedOff {
        /// Which calls.
        actions: Vec<Action>,
        /// What it said.
        refusal: Refusal,
        /// How many planned requests had ended.
        done: usize,
        /// How many there are.
        of: usize,
    },
    /// A limit of the user.
    #[error("{limit}: {}", left(*.done, *.of))]
    Limit {
        /// Which.
        limit: Limit,
        /// How many planned requests had ended.
        done: usize,
        /// How many there are.
        of: usize,
    },
}

/// The marketplace calls the time of requests wrong, and does so although its own was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untimely {
    /// What it said.
    pub refusal: Refusal,
    /// How far its clock is ahead of this computer's, where its replies tell.
    pub ahead: Option<TimeDelta>,
}

impl fmt::Display for Untimely {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refusal { message, code, .. } = &self.refusal;
        write!(f, "the marketplace calls the request's time wrong: {message} (code {code}); ")?;
        match self.ahead {
            Some(ahead) if ahead.num_seconds().abs() >= 2 => {
                write!(f, "this computer's clock is {} the marketplace's; set it", off(ahead))
            }
            Some(_) | None => write!(f, "set this computer's clock"),
        }
    }
}

fn listed(actions: &[Action]) -> String {
    actions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn left(done: usize, of: usize) -> String {
    match (done, of) {
        (0, 0) => "nothing was sent".to_owned(),
        (done, of) => format!("{done} of {of} planned requests are done, {} not", of - done),
    }
}

/// The refusal with the fields that it names.
fn said(refusal: &Refusal) -> String {
    let mut text = format!("{} (code {})", refusal.message, refusal.code);
    for detail in refusal.details.iter().take(3) {
        let field = detail.field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default();
        text.push_str(&format!("; {field}{}", detail.message));
    }
    text
}

impl Stopped {
    /// In a few words, for rows that were not sent.
    #[must_use]
    pub fn reason(&self) -> String {
        format!("the run stopped before it: {self}")
    }
}

impl State {
    /// Why the run must stop now, where it must. The answer is to a call that left at that time.
    pub(super) fn stop(&mut self, answer: &Answer, left: Millis, now: Millis) -> Option<Stopped> {
        match answer {
            Answer::Done { .. } | Answer::Hosted { .. } | Answer::Ticket { .. } | Answer::Waiting => None,
            Answer::Refused(refusal) if refusal.is_about_the_clock() => {
                // The next call is signed with the marketplace's own time.
                let is_hopeless = self.health.refuses_the_clock(left, now);
                is_hopeless.then(|| Stopped::Clock(Untimely { refusal: refusal.clone(), ahead: None }))
            }
            // What cannot be asked cannot be decided; what waits for another write does no harm.
            Answer::Refused(refusal) if refusal.is_switched_off() => {
                let is_needed = |action: &Action| !action.is_write() && *action != Action::GetResponse;
                self.health.switched_off().keys().any(is_needed).then(|| self.switched_off()).flatten()
            }
            Answer::Refused(refusal) => stop_for(refusal)
                .or_else(|| self.systemic(refusal))
                .or_else(|| self.is_too_long(now).then(|| troubled(refusal))),
            Answer::NotSent { reason } => {
                let limit = self.policy.nobody_answers.as_millis() as Millis;
                let is_silent = self.health.silent_since.is_some_and(|since| now.saturating_sub(since) >= limit);
                if is_silent { Some(Stopped::NobodyAnswers(reason.clone())) } else { self.too_long(reason, now) }
            }
            Answer::Unclear { reason } => self.too_long(reason, now),
        }
    }

    /// What is left waits for calls that the marketplace has switched off.
    pub(super) fn switched_off(&self) -> Option<Stopped> {
        let (done, of) = (self.tallies.done(), self.work.len());
        let refusal = self.health.switched_off().values().next()?.clone();
        let actions = self.health.switched_off().keys().copied().collect();
        Some(Stopped::SwitchedOff { actions, refusal, done, of })
    }

    fn systemic(&self, refusal: &Refusal) -> Option<Stopped> {
        let alike = &self.health.alike;
        if !alike.begins_with(refusal) {
            return None;
        }
        let by_code = alike.by_code.filter(|count| *count >= SYSTEMIC).map(|count| (count, "requests"));
        let products = alike.products.filter(|count| *count >= self.policy.alike_at_most);
        let products = products.map(|count| (count, if alike.counts_skus { "SKUs" } else { "requests" }));
        by_code.or(products).map(|(count, what)| Stopped::Systemic { count, what, refusal: refusal.clone() })
    }

    fn too_long(&self, reason: &str, now: Millis) -> Option<Stopped> {
        self.is_too_long(now).then(|| Stopped::Trouble(reason.to_owned()))
    }

    fn is_too_long(&self, now: Millis) -> bool {
        let limit = self.policy.give_up.as_millis() as Millis;
        self.health.trouble_since.is_some_and(|since| now.saturating_sub(since) >= limit)
    }
}

/// A refusal that another time may mend, and did not.
pub(super) fn troubled(refusal: &Refusal) -> Stopped {
    if refusal.class == Class::Throttled {
        return Stopped::Throttled(refusal.clone());
    }
    Stopped::Trouble(format!("{} (code {})", refusal.message, refusal.code))
}

/// The same, with what is known of the clocks.
pub(super) fn told_by_how_much(stopped: Stopped, skew: &Skew) -> Stopped {
    match stopped {
        Stopped::Clock(untimely) => Stopped::Clock(Untimely { ahead: skew.measured(), ..untimely }),
        other => other,
    }
}

/// A refusal that stops the whole run.
pub(super) fn stop_for(refusal: &Refusal) -> Option<Stopped> {
    match refusal.class {
        Class::Clock => Some(Stopped::Clock(Untimely { refusal: refusal.clone(), ahead: None })),
        Class::Token | Class::Credentials => Some(Stopped::Credentials(refusal.clone())),
        Class::Account if refusal.is_of_page() => Some(Stopped::NoApi(refusal.message.clone())),
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
