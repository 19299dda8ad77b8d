//! What we look for, what we found, where, and what to do about it.
//!
//! The one table of all rules stands in `rule`. Who breaks one is decided in `column`, `check` and `plan`.

#[macro_use]
mod table;

mod example;
mod found;
mod rule;
mod severities;

use std::fmt;

pub use example::{Example, Need, Picture, Specimen};
pub use found::Finding;
pub use rule::Rule;
pub use severities::{FirmRule, Severities};

use serde::{Deserialize, Serialize};

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something was repaired or left out on purpose.
    Note,
    /// It will be sent, and the merchant should look.
    Warning,
    /// The product is not sent.
    Error,
}

impl Severity {
    /// The severity of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Severity> {
        [Severity::Note, Severity::Warning, Severity::Error].into_iter().find(|severity| severity.as_str() == name)
    }

    /// The word in messages and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
