//! The merchant's columns in a report: one place for each header text, whatever sheet it stands in.

use std::collections::{HashMap, HashSet};

use crate::column::{OWN_PREFIX, Table, normalised};
use crate::location::column_letters;
use crate::sheet::{Cell, Row};

/// Where each column of each table goes.
pub(super) struct Layout {
    headers: Vec<String>,
    names: Vec<String>,
    beside: Vec<&'static str>,
    /// For each table and each of its columns, the place in `headers`.
    places: Vec<Vec<Option<usize>>>,
}

impl Layout {
    /// The union of the tables' headers, in the order in which they appear. A header that a sheet has
    /// twice is two columns.
    pub(super) fn of(tables: &[Table]) -> Layout {
        let mut headers = Vec::new();
        let mut known: HashMap<(String, usize), usize> = HashMap::new();
        let mut places = Vec::new();
        for table in tables {
            let mut seen: HashMap<String, usize> = HashMap::new();
            let place = |label: Option<String>| {
                let label = label?;
                let count = seen.entry(label.clone()).or_default();
                *count += 1;
                Some(*known.entry((label.clone(), *count)).or_insert_with(|| {
                    headers.push(label);
                    headers.len() - 1
                }))
            };
            places.push(labels(table).map(place).collect());
        }
        Layout { names: unique(&headers), headers, beside: Vec::new(), places }
    }

    /// With these columns of ours in front of the merchant's.
    pub(super) fn beside(self, columns: &[&'static str]) -> Layout {
        Layout { beside: columns.to_vec(), ..self }
    }

    /// Our columns behind those of every report.
    pub(super) fn columns_beside(&self) -> &[&'static str] {
        &self.beside
    }

    /// The merchant's headers, without our own columns.
    pub(super) fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The same, no two alike: a second `Image` is `Image (2)`.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Where column `column`, from 0, of the table at place `table` goes among the merchant's.
    pub(super) fn place(&self, table: usize, column: usize) -> Option<usize> {
        *self.places.get(table)?.get(column)?
    }

    /// The cells of a row of the table at place `table`, one for each of the headers.
    pub(super) fn cells<'a>(&self, table: usize, row: &Row<'a>) -> Vec<Cell<'a>> {
        let mut cells = vec![Cell::BLANK; self.headers.len()];
        for (cell, place) in row.cells().zip(&self.places[table]) {
            if let Some(place) = *place {
                cells[place] = cell;
            }
        }
        cells
    }
}

/// What each column of the table is called; `None` for those that our own files add.
fn labels(table: &Table) -> impl Iterator<Item = Option<String>> {
    let headers = table.columns.headers();
    (0..table.width.max(headers.len())).map(|index| match headers.get(index) {
        Some(header) if normalised(header).starts_with(OWN_PREFIX) => None,
        Some(header) if !header.trim().is_empty() => Some(header.clone()),
        _ => Some(column_letters(u32::try_from(index + 1).unwrap_or(u32::MAX))),
    })
}

fn unique(headers: &[String]) -> Vec<String> {
    let typed: HashSet<&str> = headers.iter().map(String::as_str).collect();
    let mut taken: HashSet<String> = HashSet::new();
    let mut names = Vec::with_capacity(headers.len());
    for header in headers {
        let mut name = header.clone();
        let mut count = 2;
        while taken.contains(&name) || (name != *header && typed.contains(name.as_str())) {
            name = format!("{header} ({count})");
            count += 1;
        }
        taken.insert(name.clone());
        names.push(name);
    }
    names
}
