//! What the shop brings to light about a cell, before it is known where that cell stands.

use crate::check::{Checked, KeptRow};
use crate::column::Field;
use crate::finding::{Finding, Rule, Severity};

/// How much of a value a message shows.
const SHOWN: usize = 40;

/// Something wrong with a value, or odd about it, that only the shop can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) rule: Rule,
    /// The field or the attribute, by its name in the sheet.
    pub(super) field: String,
    pub(super) value: Option<String>,
    pub(super) message: String,
    /// What to do, where the rule itself knows nothing better.
    pub(super) help: Option<String>,
    without: Option<&'static Without>,
}

/// What to do instead where the sheet has no column of a field.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Without {
    pub(super) field: Field,
    pub(super) help: &'static str,
}

impl Flaw {
    pub(super) fn new(rule: Rule, field: Field, message: impl Into<String>) -> Flaw {
        Flaw::of(rule, field.name(), message)
    }

    /// The field may be an attribute.
    pub(super) fn of(rule: Rule, field: &str, message: impl Into<String>) -> Flaw {
        Flaw { rule, field: field.to_owned(), value: None, message: message.into(), help: None, without: None }
    }

    pub(super) fn value(self, value: impl ToString) -> Flaw {
        Flaw { value: Some(value.to_string()), ..self }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Flaw {
        Flaw { help: Some(help.into()), ..self }
    }

    pub(super) fn without(self, without: &'static Without) -> Flaw {
        Flaw { without: Some(without), ..self }
    }

    /// It keeps the row from being sent, as the user wants its rule.
    pub(super) fn is_error(&self, checked: &Checked) -> bool {
        checked.severities().of(self.rule) == Some(Severity::Error)
    }

    /// At its cell of the row, or at the row where the sheet has no such column; nothing where the user does not
    /// want to be told.
    pub(super) fn finding(self, checked: &Checked, row: &KeptRow) -> Option<Finding> {
        let columns = &checked.tables()[usize::from(row.table)].columns;
        let location = checked.location(row);
        // A sheet may give the date of a sale with its time of day, under another name.
        let column = columns.column_meaning(&self.field);
        let column = column.or_else(|| columns.column_meaning(&self.field.replace("_date", "_time")));
        let location = match column {
            Some(column) => location.at(column),
            None => location,
        };
        let mut finding = Finding::new(self.rule, location).field(self.field).message(self.message);
        finding.value = self.value;
        let without = self.without.filter(|without| columns.column_of(without.field).is_none());
        if let Some(help) = without.map(|without| without.help.to_owned()).or(self.help) {
            finding.help = help;
        }
        finding.seller_sku = row.seller_sku.as_ref().map(ToString::to_string);
        checked.severities().judge(finding)
    }
}

/// The beginning of a text, for a message.
pub(super) fn clipped(text: &str) -> String {
    let mut clipped: String = text.chars().take(SHOWN).collect();
    if clipped.len() < text.len() {
        clipped.push_str("...");
    }
    clipped
}
