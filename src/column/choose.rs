//! Which sheets: those whose headers match best, or those that the user names.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::again::Headers;
use super::alias::normalised;
use super::header::{Candidate, HEADER_SEARCH, candidate};
use super::told::{self, listed};
use super::{ColumnError, Columns, GroupBy};
use crate::category::ListedAttribute;
use crate::finding::{Finding, Rule};
use crate::location::Location;
use crate::sheet::{Row, Source, is_own_sheet};

/// What the user said about sheets and columns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// `--sheet`: these sheets and no others.
    pub sheets: Vec<String>,
    /// `--header-row`, from 1.
    pub header_row: Option<u32>,
    /// `--map "Header=field"`.
    pub map: Vec<(String, String)>,
    /// `--set field=value`.
    pub set: Vec<(String, String)>,
    /// `--group-by`.
    pub group_by: GroupBy,
    /// `[defaults]`: field and value, for cells that are empty and columns that the sheet lacks.
    #[serde(default)]
    pub defaults: Vec<(String, String)>,
    /// `[values.FIELD]`: field, and what stands for each value of its cells.
    #[serde(default)]
    pub values: Vec<(String, Vec<(String, String)>)>,
    /// Attributes that the marketplace's categories have: columns of their names or labels are sent.
    #[serde(default)]
    pub attributes: Vec<ListedAttribute>,
}

impl Choice {
    /// The user's own word on a header.
    pub(super) fn mapping(&self, header: &str) -> Option<&(String, String)> {
        let exact = self.map.iter().find(|(from, _)| from.trim() == header.trim());
        exact.or_else(|| {
            let normal = normalised(header);
            self.map.iter().find(|(from, _)| normalised(from) == normal)
        })
    }
}

/// A sheet of a file, with its columns settled: ready to be read.
#[derive(Debug, Clone)]
pub struct Table {
    /// The file.
    pub source: Source,
    /// The sheet's name; empty for text files.
    pub sheet: Arc<str>,
    /// Where the header stands; data stands below it.
    pub header: Location,
    /// The first row that can hold data: rows between it and the header are instructions or more headers.
    pub first_row: u32,
    /// How many cells a row has at most: as many as the header, or as the first row below it where that
    /// only ends in more delimiters.
    pub width: usize,
    /// What the columns mean.
    pub columns: Columns,
    /// What is wrong with the columns.
    pub findings: Vec<Finding>,
    /// The rows of the header, which may stand in the sheet again, and how others are known.
    header_rows: Arc<Headers>,
}

impl Table {
    /// What a row of this table is, as far as it tells by itself.
    #[must_use]
    pub fn role(&self, row: &Row<'_>) -> Role {
        let number = row.number();
        if number == self.header.row {
            Role::Header
        } else if number < self.first_row {
            Role::Aside
        } else if row.is_blank() || self.header_rows.are_again(row) {
            Role::Nothing
        } else if !self.columns.is_export() && self.header_rows.are_known(row) {
            // An export writes records alone, whatever words they hold.
            Role::OtherHeader
        } else {
            Role::Record
        }
    }

    /// Where a row of this table stands.
    #[must_use]
    pub fn location(&self, row: u32, line: Option<u64>) -> Location {
        location(&self.source, &self.sheet, row, line)
    }
}

fn location(source: &Source, sheet: &Arc<str>, row: u32, line: Option<u64>) -> Location {
    let sheet = (!sheet.is_empty()).then(|| sheet.clone());
    Location { file: source.file().clone(), sheet, row, line, column: None }
}

/// What a row of a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A title, an instruction: above the header, or between it and the data.
    Aside,
    /// The header.
    Header,
    /// One record.
    Record,
    /// Blank, or the header once more.
    Nothing,
    /// A header with other columns, or with other units: no row from here on can be told by this table's header.
    /// [`Table::role`] sees one row alone, and says [`Role::Record`] of the rows below it.
    OtherHeader,
}

/// Chooses the sheet (or the sheets that `choice` names) and its header row, and settles the columns.
///
/// # Errors
/// Unreadable sheets, no header, or a mapping that does not fit.
pub fn choose(source: &Source, choice: &Choice) -> Result<Vec<Table>, ColumnError> {
    let mut chosen = Vec::new();
    let mut others = Vec::new();
    if choice.sheets.is_empty() {
        for sheet in source.sheets().iter().filter(|sheet| !is_own_sheet(sheet)) {
            others.extend(candidate(source, sheet, choice)?);
        }
        // The first sheet wins a tie.
        let best = (0..others.len()).rev().max_by_key(|at| others[*at].score);
        let best = best.ok_or_else(|| no_header(source, choice, source.sheets()))?;
        chosen.push(others.remove(best));
        let hidden = source.hidden_sheets().iter().filter(|sheet| !is_own_sheet(sheet));
        // A hidden sheet is looked at only to tell of it: one that cannot be read is nobody's loss.
        others.extend(hidden.filter_map(|sheet| candidate(source, sheet, choice).ok()?));
    } else {
        for wanted in &choice.sheets {
            let sheet: Arc<str> = wanted.as_str().into();
            let found = candidate(source, &sheet, choice)?;
            chosen.push(found.ok_or_else(|| no_header(source, choice, std::slice::from_ref(&sheet)))?);
        }
    }
    check_mappings(source, choice, &chosen)?;
    let other_sheets = chosen.first().and_then(|best| told::other_sheets(source, best, &others));
    let mut tables = Vec::new();
    for found in chosen {
        tables.push(table(source, choice, found)?);
    }
    if let Some((table, (message, help))) = tables.first_mut().zip(other_sheets) {
        let finding = Finding::new(Rule::OtherSheet, table.header.clone());
        table.findings.push(finding.message(message).help(help));
    }
    Ok(tables)
}

fn no_header(source: &Source, choice: &Choice, sheets: &[Arc<str>]) -> ColumnError {
    if let Some(row) = choice.header_row {
        return ColumnError::BlankHeader { file: source.file().clone(), row };
    }
    let names: Vec<String> = sheets.iter().filter(|name| !name.is_empty()).map(|name| format!("`{name}`")).collect();
    let sheets = if names.is_empty() { "the file".to_owned() } else { format!("the sheets {}", names.join(", ")) };
    ColumnError::NoHeader { file: source.file().clone(), looked: HEADER_SEARCH as usize, sheets }
}

/// Each mapped header stands in one of the sheets.
fn check_mappings(source: &Source, choice: &Choice, chosen: &[Candidate]) -> Result<(), ColumnError> {
    for (from, _) in &choice.map {
        let normal = normalised(from);
        if !chosen.iter().flat_map(|found| &found.headers).any(|header| normalised(header) == normal) {
            let headers: Vec<String> = chosen.iter().flat_map(|found| found.headers.iter().cloned()).collect();
            return Err(ColumnError::Mapping(format!(
                "the mapping of `{from}` (--map, or [map] in the settings): {} has no such column; it has {}",
                source.file(),
                listed(&headers)
            )));
        }
    }
    Ok(())
}

fn table(source: &Source, choice: &Choice, found: Candidate) -> Result<Table, ColumnError> {
    let header = location(source, &found.sheet, found.row, found.line);
    let (columns, mut findings) = Columns::settle(found.headers, &found.said, choice, &header)?;
    if !found.beside.is_empty() {
        findings.push(Finding::new(Rule::HeaderRows, header.clone()).message(found.beside.join("; ")));
    }
    if let Some(name) = source.guessed_encoding() {
        findings.push(told::guessed_encoding(name, &header));
    }
    let header_rows = Arc::new(Headers::new(found.header_rows, &columns, choice.spellings()));
    Ok(Table {
        source: source.clone(),
        sheet: found.sheet,
        header,
        first_row: found.first_row,
        width: found.width,
        columns,
        findings,
        header_rows,
    })
}
