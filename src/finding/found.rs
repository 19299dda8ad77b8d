//! One thing found in a sheet.

use super::{Rule, Severity};
use crate::location::Location;

/// One thing found: what, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// How grave it is: as the rule says, unless the user says otherwise.
    pub severity: Severity,
    /// The cell, or the row.
    pub location: Location,
    /// The field, as `special_price`; a finding on several has none.
    pub field: Option<String>,
    /// The row's seller SKU, where it has one.
    pub seller_sku: Option<String>,
    /// The value as typed.
    pub value: Option<String>,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to do: lower case, no full stop.
    pub help: String,
}

impl Finding {
    /// A finding of `rule` at `location` with the rule's own words; the builders below refine it.
    #[must_use]
    pub fn new(rule: Rule, location: Location) -> Finding {
        Finding {
            rule,
            severity: rule.severity(),
            location,
            field: None,
            seller_sku: None,
            value: None,
            message: rule.summary().to_owned(),
            help: rule.help().to_owned(),
        }
    }

    /// Names the field.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Finding {
        self.field = Some(field.into());
        self
    }

    /// Keeps the value as typed.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Finding {
        self.value = Some(value.into());
        self
    }

    /// Says what is wrong here.
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Finding {
        self.message = message.into();
        self
    }

    /// Says what to do here.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Finding {
        self.help = help.into();
        self
    }
}
