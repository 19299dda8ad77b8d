//! What the reasons of rows name: rules, codes of the marketplace, and columns of the sheet.

use std::collections::{BTreeMap, HashMap};

use super::super::blamed::refused_columns;
use super::Page;
use crate::column::Table;
use crate::verdict::RowVerdict;

/// How many rows name what, the most frequent first.
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

/// The places of the columns that a row's reasons name, each once.
pub(super) fn marks(row: &RowVerdict, table: usize, page: Page<'_>) -> Vec<usize> {
    let mut marks = Vec::new();
    let Some(of) = page.tables.get(table) else { return marks };
    let named = row.message.split("; ").filter_map(|reason| column(reason.split_once(": ")?.0, row, of));
    for column in named.chain(refused_columns(row, of)) {
        let place = usize::try_from(column - 1).ok().and_then(|column| page.layout.place(table, column));
        if let Some(place) = place.map(|place| page.own() + place).filter(|place| !marks.contains(place)) {
            marks.push(place);
        }
    }
    marks
}

/// The column, from 1, of a cell of this row or of the header, as `H14`.
fn column(what: &str, row: &RowVerdict, table: &Table) -> Option<u32> {
    let letters = what.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_cell = (1..=3).contains(&letters.len()) && letters.bytes().all(|byte| byte.is_ascii_uppercase());
    // A header that is wrong is a reason of every row below it.
    let is_own = |number: u32| what[letters.len()..] == *number.to_string();
    let is_here = is_cell && (is_own(row.row) || is_own(table.header.row));
    is_here.then(|| letters.bytes().fold(0, |column, letter| column * 26 + u32::from(letter - b'A') + 1))
}
