//! What is at fault in rows: rules, codes of the marketplace, and columns of the sheet.

use std::collections::{BTreeMap, HashMap};

use super::super::blamed::refused_columns;
use super::Page;
use crate::verdict::RowVerdict;

/// How many rows are at fault in what, the most frequent first.
pub(super) struct Tally {
    /// By rule or code.
    pub(super) rules: Vec<(String, usize)>,
    /// By the place of a column among all columns of the report.
    pub(super) columns: Vec<(usize, usize)>,
}

impl Tally {
    pub(super) fn of(page: Page<'_>) -> Tally {
        let places = page.tables.iter().enumerate().map(|(place, table)| (&*table.sheet, place));
        let places: HashMap<&str, usize> = places.collect();
        let (mut rules, mut columns) = (BTreeMap::new(), BTreeMap::new());
        for row in &page.verdicts.rows {
            for rule in rules_of(row) {
                *rules.entry(rule).or_default() += 1;
            }
            let table = places.get(row.sheet.as_str());
            for column in table.into_iter().flat_map(|table| marks(row, *table, page)) {
                *columns.entry(column).or_default() += 1;
            }
        }
        let rules = rules.into_iter().map(|(rule, count)| (rule.to_owned(), count)).collect();
        Tally { rules: by_count(rules), columns: by_count(columns.into_iter().collect()) }
    }
}

/// The rules that a row breaks, or the marketplace's code.
fn rules_of(row: &RowVerdict) -> impl Iterator<Item = &str> {
    let rules = std::iter::once(&row.rule_or_code).chain(&row.also);
    rules.map(String::as_str).filter(|rule| !rule.is_empty())
}

fn by_count<T>(mut counts: Vec<(T, usize)>) -> Vec<(T, usize)> {
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// The places of the columns that are at fault in a row, each once.
pub(super) fn marks(row: &RowVerdict, table: usize, page: Page<'_>) -> Vec<usize> {
    let mut marks = Vec::new();
    let Some(of) = page.tables.get(table) else { return marks };
    for column in row.columns.iter().copied().chain(refused_columns(row, of)) {
        let column = usize::try_from(column).unwrap_or(usize::MAX).checked_sub(1);
        let place = column.and_then(|column| page.layout.place(table, column)).map(|place| page.own() + place);
        if let Some(place) = place.filter(|place| !marks.contains(place)) {
            marks.push(place);
        }
    }
    marks
}
