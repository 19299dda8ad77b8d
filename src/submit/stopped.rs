//! Why submitting ended before everything was done.

use std::io;

use crate::dialect::Refusal;

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
