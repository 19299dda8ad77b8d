//! What only a whole table tells of how it is read: the writing of its numbers and dates, merged cells, links.
//!
//! The first reading surveys the table. Where the survey settles something that changes a value, the table
//! is read again; a clean one is not.

use std::collections::{BTreeSet, HashSet};

use super::demand::clearing;
use super::filled::{Filled, is_over_rows};
use super::{Hidden, Rules};
use crate::column::{Table, Target};
use crate::finding::{Finding, Rule};
use crate::location::column_letters;
use crate::record::{Covered, Reading, RepairLevel, Tally};
use crate::sheet::{Area, Filling, Format, Layout};

/// How many cells, rows or columns a message names.
const NAMED: usize = 5;

/// What an XLS sheet can hold.
const XLS_ROWS: u32 = 65_536;
const XLS_COLUMNS: usize = 256;

/// What one reading of a table told of it.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) tally: Tally,
    pub(super) layout: Layout,
    /// How many rows are hidden, and the first of them.
    pub(super) hidden: u64,
    pub(super) first_hidden: Vec<u32>,
    /// Image cells whose text is no address.
    pub(super) has_odd_images: bool,
    pub(super) last_row: u32,
    /// The categories that its rows name, by place from 1.
    pub(super) categories: BTreeSet<u32>,
    /// That of some of them nothing is known.
    pub(super) not_pulled: Option<Finding>,
}

impl Survey {
    /// Takes a hidden row.
    pub(super) fn hide(&mut self, row: u32) {
        self.hidden += 1;
        if self.first_hidden.len() < NAMED {
            self.first_hidden.push(row);
        }
    }
}

/// How a table is read.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) reading: Reading,
    filled: Filled,
    is_refined: bool,
    /// What the first reading told of the writing, until a second one adds to it.
    tally: Option<Tally>,
    /// What is told of the table as a whole, at its header.
    pub(super) notes: Vec<Finding>,
}

impl Settled {
    /// Before the first reading.
    pub(super) fn new(table: &Table, rules: &Rules) -> Settled {
        Settled {
            reading: Reading::new(table, rules.country, rules.locale, rules.repair)
                .with_pictures(rules.pictures.clone())
                .with_categories(rules.categories.clone())
                .with_clearing(clearing(rules)),
            filled: Filled::default(),
            is_refined: false,
            tally: None,
            notes: Vec::new(),
        }
    }

    /// What is filled in while the table is read again.
    pub(super) fn filling(&self) -> Option<Filling<'_>> {
        self.is_refined.then(|| self.filled.filling())
    }

    /// Learns from the first reading; whether another one is needed.
    pub(super) fn learn(&mut self, mut survey: Survey, table: &Table, rules: &Rules) -> bool {
        if let Some(mut tally) = self.tally.take() {
            tally.refine(survey.tally);
            self.notes.retain(|finding| !matches!(finding.rule, Rule::WrittenAs | Rule::MixedWriting));
            self.note(tally.findings(table, &self.reading), rules);
            return false;
        }
        let is_settled = survey.tally.settle(&mut self.reading);
        let needs_links = survey.has_odd_images && !survey.layout.links.is_empty() && rules.repair != RepairLevel::Off;
        let links = std::mem::take(&mut survey.layout.links);
        let merged = survey.layout.merged.iter().copied().filter(|area| is_over_rows(area, table)).collect();
        self.filled = Filled::of(Layout { links, merged, ..Layout::default() }, table);
        self.note(survey.tally.findings(table, &self.reading), rules);
        self.note(notes(&survey, self.filled.areas(), table, rules), rules);
        self.note(survey.not_pulled.take().into_iter().collect(), rules);
        let covers = self.reading.clears_blanks() && self.cover(&survey.layout.merged, table);
        self.tally = Some(survey.tally);
        self.is_refined = needs_links || covers || !self.filled.areas().is_empty();
        is_settled || self.is_refined
    }

    /// What is merged is not empty, whether its value counts there or not; whether that concerns some cell.
    fn cover(&mut self, merged: &[Area], table: &Table) -> bool {
        let filled: HashSet<(u32, u32)> =
            self.filled.areas().iter().map(|area| (area.first_row, area.first_column)).collect();
        let is_counted =
            |area: &Area, column: u32| column != area.first_column || !filled.contains(&(area.first_row, column));
        let covered = Covered::of(merged, table.columns.headers().len() as u32, is_counted);
        let is_any = !covered.is_empty();
        self.reading.cover(covered);
        is_any
    }

    fn note(&mut self, findings: Vec<Finding>, rules: &Rules) {
        self.notes.extend(rules.severities.judge_all(findings));
        self.notes.sort_by_key(|finding| (finding.location.column.unwrap_or(0), finding.rule));
    }
}

/// In a column that is read.
fn is_read(area: &Area, table: &Table) -> bool {
    let index = area.first_column as usize - 1;
    match table.columns.target(index) {
        Target::Field(_) | Target::Attribute(_) | Target::Image(_) => true,
        Target::Skip | Target::NotSent | Target::Unnamed => table.columns.key() == Some(index),
    }
}

fn notes(survey: &Survey, merged: &[Area], table: &Table, rules: &Rules) -> Vec<Finding> {
    let over_rows = survey.layout.merged.iter().filter(|area| is_over_rows(area, table) && is_read(area, table));
    let unfilled: Vec<Area> = over_rows.filter(|area| !merged.contains(area)).copied().collect();
    let told = |rule: Rule, message: Option<String>| {
        message.map(|message| Finding::new(rule, table.header.clone()).message(message))
    };
    [
        told(Rule::HiddenRows, hidden_rows(survey, rules)).map(|finding| match rules.hidden {
            Hidden::Import => finding,
            Hidden::Skip => finding.help("nothing to do; import them with --hidden import"),
        }),
        told(Rule::HiddenColumns, hidden_columns(survey, table)),
        told(Rule::MergedCells, merged_cells(merged)),
        told(Rule::UnfilledMerge, unfilled_cells(&unfilled)),
        told(Rule::PastedPictures, pictures(survey, table)),
        told(Rule::FormulaValues, formulas(survey)),
        told(Rule::RowLimit, row_limit(survey, table)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The first few of them, and that there are more.
fn listed(names: impl ExactSizeIterator<Item = String>, count: usize) -> String {
    let mut text = names.take(NAMED).collect::<Vec<_>>().join(", ");
    if count > NAMED {
        text.push_str(", ...");
    }
    text
}

fn hidden_rows(survey: &Survey, rules: &Rules) -> Option<String> {
    let count = survey.hidden;
    let (rows, are) = if count == 1 { ("row", "is") } else { ("rows", "are") };
    let listed = listed(survey.first_hidden.iter().map(u32::to_string), count as usize);
    let become_what = match rules.hidden {
        Hidden::Import => "imported like the others",
        Hidden::Skip => "left out",
    };
    (count > 0)
        .then(|| format!("{count} {rows} that {are} hidden in the spreadsheet ({rows} {listed}) {are} {become_what}"))
}

fn hidden_columns(survey: &Survey, table: &Table) -> Option<String> {
    let columns = &table.columns;
    let is_read = |index: usize| match columns.target(index) {
        Target::Field(_) | Target::Image(_) | Target::Attribute(_) | Target::Skip => true,
        Target::NotSent | Target::Unnamed => false,
    };
    let read = survey.layout.hidden_columns.iter().filter(|column| is_read(**column as usize - 1));
    let named: Vec<String> = read
        .map(|column| format!("{} (`{}`)", column_letters(*column), columns.headers()[*column as usize - 1].trim()))
        .collect();
    let are = if named.len() == 1 { "is" } else { "are" };
    let count = named.len();
    (count > 0).then(|| {
        format!("{} {are} hidden in the spreadsheet and {are} read like the others", listed(named.into_iter(), count))
    })
}

fn areas(merged: &[Area]) -> String {
    let name = |area: &Area| {
        let letters = column_letters(area.first_column);
        format!("{letters}{}:{letters}{}", area.first_row, area.last_row)
    };
    listed(merged.iter().map(name), merged.len())
}

fn unfilled_cells(merged: &[Area]) -> Option<String> {
    let cells = areas(merged);
    (!merged.is_empty()).then(|| {
        format!("the value of the merged cells {cells} counts for their first row only: each SKU has its own there")
    })
}

fn merged_cells(merged: &[Area]) -> Option<String> {
    let cells = areas(merged);
    (!merged.is_empty()).then(|| format!("the value of the merged cells {cells} counts for each of their rows"))
}

fn pictures(survey: &Survey, table: &Table) -> Option<String> {
    let pictures: Vec<&(u32, u32)> = survey.layout.pictures.iter().filter(|(row, _)| *row >= table.first_row).collect();
    let name = |place: &&(u32, u32)| format!("{}{}", column_letters(place.1), place.0);
    let count = pictures.len();
    let cells = listed(pictures.iter().map(name), count);
    let (are, it) = if count == 1 { ("picture lies", "it") } else { ("pictures lie", "they") };
    (count > 0).then(|| format!("{count} {are} over the cells {cells}; {it} cannot be sent from there"))
}

fn formulas(survey: &Survey) -> Option<String> {
    let count = survey.layout.formulas;
    let are = if count == 1 { "cell is a formula" } else { "cells are formulas" };
    (count > 0).then(|| format!("{count} {are}; the values that were computed last are used"))
}

fn row_limit(survey: &Survey, table: &Table) -> Option<String> {
    let is_full = survey.last_row >= XLS_ROWS || table.columns.headers().len() >= XLS_COLUMNS;
    let reached = if survey.last_row >= XLS_ROWS { "row 65,536" } else { "column 256" };
    let is_xls = table.source.format() == Format::Xls;
    (is_xls && is_full)
        .then(|| format!("the sheet is full to {reached}, the last of an XLS file: what came behind may be lost"))
}
