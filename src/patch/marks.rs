//! Findings -> marks of cells, and what the first sheet tells of them.
//!
//! Each cell with a finding is coloured. Texts are kept of so many findings only as can be shown: of each severity as
//! many as there can be notes, and of each rule as many as the first sheet lists. What grows with every bad cell is
//! its colour, of a few bytes.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::anew;
use super::copy::MOST_NOTES;
use super::digest::{Digest, Group, Listed};
use super::edit::{Edits, Place, Remark};
use crate::check::Sink;
use crate::column::{Field, Table};
use crate::finding::{Finding, Severity};
use crate::location::column_letters;
use crate::sheet::Format;

/// The most places that the first sheet lists of one rule, and of all.
const LISTED: usize = 500;
const LISTED_OF_ALL: usize = 20_000;

/// What was found in the sheets of one file, by its cells and by its rules.
#[derive(Debug)]
pub struct Marks {
    homes: BTreeMap<String, Home>,
    edits: Edits,
    counts: [u64; 3],
    /// How many remarks of each severity have their text.
    kept: [usize; 3],
    groups: BTreeMap<(Reverse<Severity>, String), Group>,
    listed: usize,
}

/// A sheet.
#[derive(Debug)]
struct Home {
    /// What it is called in the new workbook.
    name: String,
    header_row: u32,
    /// Where a mark on a whole row goes: the cell of the seller SKU, else the first column.
    row_column: u32,
    header_column: u32,
}

/// A cell of the new workbook.
#[derive(Debug, Clone, Copy)]
struct Cell<'a> {
    sheet: &'a str,
    at: Place,
}

/// Where something was found.
#[derive(Debug, Clone, Copy)]
pub struct Spot<'a> {
    /// The sheet's name; empty for text files.
    pub sheet: &'a str,
    /// The row, from 1.
    pub row: u32,
    /// The column, from 1; what is about a whole row has none.
    pub column: Option<u32>,
    /// The value as typed.
    pub value: &'a str,
}

impl Marks {
    /// Nothing is found yet in these tables of one file.
    #[must_use]
    pub fn of(tables: &[Table]) -> Marks {
        let home = |table: &Table| {
            let headers = table.columns.headers();
            let first = headers.iter().position(|header| !header.trim().is_empty()).unwrap_or(0);
            let first = u32::try_from(first + 1).unwrap_or(1);
            Home {
                name: sheet_in_copy(tables, &table.sheet),
                header_row: table.header.row,
                row_column: table.columns.column_of(Field::SellerSku).unwrap_or(first),
                header_column: first,
            }
        };
        let homes = tables.iter().map(|table| (table.sheet.to_string(), home(table))).collect();
        let (edits, groups) = (Edits::default(), BTreeMap::new());
        Marks { homes, edits, counts: [0; 3], kept: [0; 3], groups, listed: 0 }
    }

    /// Marks what a rule found.
    pub fn take(&mut self, finding: &Finding) {
        let Finding { rule, severity, location, value, message, help, .. } = finding;
        let sheet = location.sheet.as_deref().unwrap_or_default();
        let value = value.as_deref().unwrap_or_default();
        let spot = Spot { sheet, row: location.row, column: location.column, value };
        let remark =
            Remark { severity: *severity, code: rule.name().to_owned(), message: message.clone(), help: help.clone() };
        self.put(&spot, remark, Some((rule.summary(), rule.help())));
    }

    /// Marks what somebody else says of a place: a marketplace, the end of a run.
    pub fn say(&mut self, spot: &Spot<'_>, remark: Remark) {
        self.put(spot, remark, None);
    }

    /// What becomes of the cells.
    #[must_use]
    pub fn edits(&self) -> &Edits {
        &self.edits
    }

    /// What the first sheet tells; `about` is the file and what was done with it.
    #[must_use]
    pub fn digest(&self, about: &str) -> Digest {
        Digest {
            about: about.to_owned(),
            counts: self.counts,
            groups: self.groups.values().cloned().collect(),
            said: Vec::new(),
        }
    }

    fn put(&mut self, spot: &Spot<'_>, remark: Remark, meaning: Option<(&str, &str)>) {
        let Some(home) = self.homes.get(spot.sheet) else { return };
        let whole_row = if spot.row == home.header_row { home.header_column } else { home.row_column };
        let at = (spot.row, spot.column.unwrap_or(whole_row));
        let sheet = home.name.clone();
        let rank = match remark.severity {
            Severity::Error => 0,
            Severity::Warning => 1,
            Severity::Note => 2,
        };
        self.counts[rank] += 1;
        self.list(spot, Cell { sheet: &sheet, at }, &remark, meaning);
        if self.kept[rank] < MOST_NOTES {
            self.kept[rank] += 1;
            self.edits.remark(&sheet, at, remark);
        } else {
            self.edits.colour(&sheet, at, remark.severity);
        }
    }

    fn list(&mut self, spot: &Spot<'_>, cell: Cell<'_>, remark: &Remark, meaning: Option<(&str, &str)>) {
        let Cell { sheet, at } = cell;
        let (summary, help) = meaning.unwrap_or((&remark.message, &remark.help));
        let key = (Reverse(remark.severity), remark.code.clone());
        let group = self.groups.entry(key).or_insert_with(|| Group {
            severity: remark.severity,
            code: remark.code.clone(),
            summary: summary.to_owned(),
            help: help.to_owned(),
            count: 0,
            cells: Vec::new(),
        });
        group.count += 1;
        if group.cells.len() >= LISTED || self.listed >= LISTED_OF_ALL {
            return;
        }
        self.listed += 1;
        let place = match spot.column {
            Some(column) => format!("{}{}", column_letters(column), spot.row),
            None => format!("row {}", spot.row),
        };
        group.cells.push(Listed {
            sheet: sheet.to_owned(),
            at,
            shown: if self.homes.len() > 1 { format!("{sheet}!{place}") } else { place },
            value: spot.value.to_owned(),
            message: remark.message.clone(),
            help: remark.help.clone(),
        });
    }
}

/// What a sheet of the tables, all of one file, is called in the copy.
pub(super) fn sheet_in_copy(tables: &[Table], sheet: &str) -> String {
    match tables.first().map(|table| &table.source) {
        Some(source) if source.format() != Format::Xlsx => {
            let names = anew::names(source, tables);
            names.into_iter().find(|(from, _)| from == sheet).map_or_else(|| sheet.to_owned(), |(_, to)| to)
        }
        Some(_) | None => sheet.to_owned(),
    }
}

impl Sink for Marks {
    fn finding(&mut self, finding: Finding) {
        self.take(&finding);
    }
}
