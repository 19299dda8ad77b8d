//! Which sheets and which header rows: those whose headers match best.

use std::ops::ControlFlow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::alias::{self, Header, normalised};
use super::told::listed;
use super::{ColumnError, Columns, GroupBy};
use crate::finding::Finding;
use crate::location::Location;
use crate::sheet::{Block, Row, Source};

/// How many rows of each sheet are looked at for a header.
const HEADER_SEARCH: usize = 30;

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
}

impl Table {
    /// What a row of this table is.
    #[must_use]
    pub fn role(&self, row: &Row<'_>) -> Role {
        let number = row.number();
        if number == self.header.row {
            Role::Header
        } else if number < self.first_row {
            Role::Aside
        } else if row.is_blank() {
            Role::Nothing
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
}

/// A row that may be the header.
struct Candidate {
    score: usize,
    sheet: Arc<str>,
    row: u32,
    line: Option<u64>,
    width: usize,
    has_rows: bool,
    headers: Vec<String>,
}

/// Chooses the sheet (or the sheets that `choice` names) and its header row, and settles the columns.
///
/// # Errors
/// Unreadable sheets, no header, or a mapping that does not fit.
pub fn choose(source: &Source, choice: &Choice) -> Result<Vec<Table>, ColumnError> {
    if choice.sheets.is_empty() {
        let mut best: Option<Candidate> = None;
        for sheet in source.sheets() {
            let found = candidate(source, sheet, choice)?;
            // The first sheet wins a tie.
            if let Some(found) = found
                && best.as_ref().is_none_or(|best| found.score > best.score)
            {
                best = Some(found);
            }
        }
        let best = best.ok_or_else(|| no_header(source, choice, source.sheets()))?;
        return Ok(vec![table(source, choice, best)?]);
    }
    let mut tables = Vec::new();
    for wanted in &choice.sheets {
        let sheet: Arc<str> = wanted.as_str().into();
        let found = candidate(source, &sheet, choice)?;
        let found = found.ok_or_else(|| no_header(source, choice, std::slice::from_ref(&sheet)))?;
        tables.push(table(source, choice, found)?);
    }
    Ok(tables)
}

fn no_header(source: &Source, choice: &Choice, sheets: &[Arc<str>]) -> ColumnError {
    if let Some(row) = choice.header_row {
        return ColumnError::BlankHeader { file: source.file().clone(), row };
    }
    let names: Vec<String> = sheets.iter().filter(|name| !name.is_empty()).map(|name| format!("`{name}`")).collect();
    let sheets = if names.is_empty() { "the file".to_owned() } else { format!("the sheets {}", names.join(", ")) };
    ColumnError::NoHeader { file: source.file().clone(), looked: HEADER_SEARCH, sheets }
}

fn table(source: &Source, choice: &Choice, found: Candidate) -> Result<Table, ColumnError> {
    for (from, _) in &choice.map {
        let normal = normalised(from);
        if !found.headers.iter().any(|header| normalised(header) == normal) {
            return Err(ColumnError::Mapping(format!(
                "the mapping of `{from}` (--map, or [map] in the settings): {} has no such column; it has {}",
                source.file(),
                listed(&found.headers)
            )));
        }
    }
    let header = location(source, &found.sheet, found.row, found.line);
    let (columns, findings) = Columns::resolve(found.headers, choice, &header)?;
    let first_row = found.row + 1;
    Ok(Table { source: source.clone(), sheet: found.sheet, header, first_row, width: found.width, columns, findings })
}

/// The best header row of a sheet, or the row that the user named.
fn candidate(source: &Source, sheet: &Arc<str>, choice: &Choice) -> Result<Option<Candidate>, ColumnError> {
    let mut best: Option<Candidate> = None;
    source.read(sheet, &mut |block: Block| {
        for row in block.rows() {
            if let Some(best) =
                best.as_mut().filter(|best| !best.has_rows && row.number() > best.row && !row.is_blank())
            {
                best.has_rows = true;
                if row.cells().skip(best.width).all(|cell| cell.is_blank()) {
                    best.width = best.width.max(row.width());
                }
            }
            let is_named = choice.header_row == Some(row.number());
            if choice.header_row.is_some_and(|wanted| row.number() > wanted && !row.is_blank()) {
                return ControlFlow::Break(());
            }
            if choice.header_row.is_none() && row.number() as usize > HEADER_SEARCH {
                return ControlFlow::Break(());
            }
            if row.is_blank() || (choice.header_row.is_some() && !is_named) {
                continue;
            }
            let mut headers: Vec<String> = row.cells().map(|cell| cell.text.to_owned()).collect();
            while headers.last().is_some_and(|header| header.trim().is_empty()) {
                headers.pop();
            }
            let score = score(&headers, choice);
            if is_named || (score >= 2 && best.as_ref().is_none_or(|best| score > best.score)) {
                best = Some(Candidate {
                    score,
                    sheet: sheet.clone(),
                    row: row.number(),
                    line: row.line(),
                    width: row.width(),
                    has_rows: false,
                    headers,
                });
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok(best)
}

/// How many different known headers a row holds.
fn score(headers: &[String], choice: &Choice) -> usize {
    let mut known: Vec<String> = headers
        .iter()
        .filter(|header| !normalised(header).is_empty())
        .filter(|header| {
            choice.mapping(header).is_some()
                || matches!(
                    alias::meaning_of_header(header),
                    Header::Known(_) | Header::Measured(..) | Header::Ambiguous(_)
                )
        })
        .map(|header| normalised(header))
        .collect();
    known.sort_unstable();
    known.dedup();
    known.len()
}
