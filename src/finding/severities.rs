//! What the user says of the severity of rules.

use std::collections::BTreeMap;

use super::{Finding, Rule, Severity};

/// Rules that are more or less grave than their table says, or are not told at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Severities(BTreeMap<Rule, Option<Severity>>);

/// A rule that cannot be less than an error, because a row that breaks it cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} cannot be less than an error: a row that breaks it cannot be sent")]
pub struct FirmRule(pub Rule);

impl Severities {
    /// Lets findings of `rule` have this `severity`; `None` leaves them out.
    ///
    /// # Errors
    /// Without what the rule asks for, a row cannot be sent ([`Rule::is_firm`]).
    pub fn set(&mut self, rule: Rule, severity: Option<Severity>) -> Result<(), FirmRule> {
        if rule.is_firm() && severity != Some(Severity::Error) {
            return Err(FirmRule(rule));
        }
        self.0.insert(rule, severity);
        Ok(())
    }

    /// The severity of findings of `rule`; `None` where they are left out.
    #[must_use]
    pub fn of(&self, rule: Rule) -> Option<Severity> {
        self.0.get(&rule).copied().unwrap_or(Some(rule.severity()))
    }

    /// The finding as the user wants it told; `None` where he does not.
    #[must_use]
    pub fn judge(&self, mut finding: Finding) -> Option<Finding> {
        finding.severity = self.of(finding.rule)?;
        Some(finding)
    }

    /// The findings as the user wants them told.
    #[must_use]
    pub fn judge_all(&self, findings: Vec<Finding>) -> Vec<Finding> {
        if self.0.is_empty() {
            return findings;
        }
        findings.into_iter().filter_map(|finding| self.judge(finding)).collect()
    }
}

impl Rule {
    /// The rule of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Rule> {
        Rule::ALL.iter().copied().find(|rule| rule.name() == name)
    }

    /// An error that cannot be made less: the row lacks a value that can be sent, or nobody knows which is meant.
    #[must_use]
    pub fn is_firm(self) -> bool {
        self.severity() == Severity::Error && !self.is_opinion()
    }

    /// An error about a value that could be sent as it is; the marketplace may see it otherwise.
    fn is_opinion(self) -> bool {
        matches!(
            self,
            Rule::NameLength
                | Rule::DescriptionLength
                | Rule::PriceNotPositive
                | Rule::PriceDecimals
                | Rule::SaleNotBelowPrice
                | Rule::SaleWindowReversed
                | Rule::MeasureNotPositive
                | Rule::MeasureDecimals
                | Rule::VariantsAlike
                | Rule::UnknownCategory
                | Rule::CategoryNotLeaf
                | Rule::MissingAttribute
                | Rule::UnknownOption
                | Rule::AttributeNumber
                | Rule::AttributeDate
                | Rule::UnknownBrand
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::Location;

    fn place() -> Location {
        Location { file: "t.csv".into(), sheet: None, row: 2, line: None, column: None }
    }

    #[test]
    fn a_rule_has_the_severity_that_the_user_says() {
        let mut severities = Severities::default();
        severities.set(Rule::NameLength, Some(Severity::Warning)).unwrap();
        severities.set(Rule::DeepDiscount, Some(Severity::Error)).unwrap();
        severities.set(Rule::SpecialCharacter, None).unwrap();
        let found = |rule| Finding::new(rule, place());
        let told = severities.judge_all(vec![
            found(Rule::NameLength),
            found(Rule::DeepDiscount),
            found(Rule::SpecialCharacter),
            found(Rule::MissingValue),
        ]);
        let told: Vec<(Rule, Severity)> = told.into_iter().map(|finding| (finding.rule, finding.severity)).collect();
        let expected = [
            (Rule::NameLength, Severity::Warning),
            (Rule::DeepDiscount, Severity::Error),
            (Rule::MissingValue, Severity::Error),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_row_that_cannot_be_sent_stays_an_error() {
        let mut severities = Severities::default();
        assert_eq!(severities.set(Rule::InvalidPrice, Some(Severity::Warning)), Err(FirmRule(Rule::InvalidPrice)));
        assert_eq!(severities.set(Rule::InvalidPrice, None), Err(FirmRule(Rule::InvalidPrice)));
        assert_eq!(severities.set(Rule::InvalidPrice, Some(Severity::Error)), Ok(()));
    }
}
