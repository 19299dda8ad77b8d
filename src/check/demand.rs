//! What is asked of a row for the sake of a new SKU, and how it is said.

use super::{Blank, Mode, Rules};
use crate::column::{Field, Table};
use crate::finding::{Finding, Rule};
use crate::record::Clearing;

/// How the check speaks of what only a new SKU needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Demand {
    /// An error where it is missing: every SKU is new.
    #[default]
    Needed,
    /// A warning: some SKUs may be new.
    Advised,
    /// Not at all: no SKU is new, or the shop is asked which are.
    Unsaid,
}

impl Demand {
    pub(super) fn of(rules: &Rules) -> Demand {
        match (rules.mode, rules.asks_shop) {
            (Mode::Create, _) => Demand::Needed,
            (Mode::Upsert, false) => Demand::Advised,
            (Mode::Update, _) | (Mode::Upsert, true) => Demand::Unsaid,
        }
    }
}

/// What the cells may take away from what the shop has.
pub(super) fn clearing(rules: &Rules) -> Clearing {
    match (rules.mode, rules.blank) {
        (Mode::Create, _) => Clearing::Nothing,
        (Mode::Update | Mode::Upsert, Blank::Keep) => Clearing::Marked,
        (Mode::Update | Mode::Upsert, Blank::Clear) => Clearing::Blank,
    }
}

/// What is wrong with the columns of a table. The table itself tells it as if every row were a new SKU.
pub(super) fn of_columns(table: &Table, rules: &Rules) -> Vec<Finding> {
    let findings = table.findings.iter().filter_map(|finding| of_column(finding, rules));
    rules.severities.judge_all(findings.collect())
}

fn of_column(finding: &Finding, rules: &Rules) -> Option<Finding> {
    let demand = Demand::of(rules);
    let is_of = |field: Field| finding.field.as_deref() == Some(field.name());
    if finding.rule == Rule::MissingColumn && !is_of(Field::SellerSku) {
        return match demand {
            Demand::Needed => Some(finding.clone()),
            Demand::Advised => Some(advised(finding)),
            Demand::Unsaid => None,
        };
    }
    // A new SKU has no status: its column is read in the other modes only.
    let is_none = match rules.mode {
        Mode::Create => finding.rule == Rule::DuplicateColumn && is_of(Field::Active),
        Mode::Update | Mode::Upsert => {
            finding.rule == Rule::NoSkuAttribute || (finding.rule == Rule::IgnoredColumn && is_of(Field::Active))
        }
    };
    (!is_none).then(|| finding.clone())
}

/// The warning instead of the error of a missing column.
pub(super) fn advised(missing: &Finding) -> Finding {
    let field = missing.field.as_deref().unwrap_or_default();
    let finding = Finding::new(Rule::NeededToCreate, missing.location.clone()).field(field);
    let message = format!("the sheet has no column for {field}, which new SKUs need");
    finding.message(message).help(format!("{}, unless the shop has every SKU", missing.help))
}

#[cfg(test)]
mod tests;
