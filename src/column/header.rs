//! The header of one sheet: the row whose cells are known best, and the rows around it that are no data.
//!
//! Below a header may stand a second one (in another language, or with a system's own names) and instructions.
//! They are told by their words; a row that may hold a record is never taken for one of them.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::alias::{self, Header, Meaning, normalised};
use super::instruction;
use super::measured::{Measured, own_unit};
use super::resolve::{Taken, name_taken};
use super::{Choice, ColumnError, EXAMPLE_SKU, Field, MANDATORY, Unit};
use crate::location::column_letters;
use crate::sheet::{Block, Row, Source};

/// How many rows of each sheet are looked at for a header.
pub(super) const HEADER_SEARCH: u32 = 30;
/// How many rows below the header are looked at for more headers and instructions.
const BELOW: u32 = 10;
/// The most characters of a cell that is looked at.
const LONGEST_HEADER: usize = 1_000;

/// A row that may be the header, with what stands around it.
pub(super) struct Candidate {
    /// How many different known headers it holds.
    pub(super) score: usize,
    /// How many mandatory fields are among them.
    pub(super) mandatory: usize,
    pub(super) sheet: Arc<str>,
    pub(super) row: u32,
    pub(super) line: Option<u64>,
    pub(super) width: usize,
    /// Data stands below it.
    pub(super) has_rows: bool,
    /// Its cells; where it has none, those of the header row beside it.
    pub(super) headers: Vec<String>,
    /// The first row that can hold data.
    pub(super) first_row: u32,
    /// What is said of the rows beside it.
    pub(super) beside: Vec<String>,
    /// Rows that are no data if they come again.
    pub(super) header_rows: Vec<HeaderRow>,
}

/// The cells of a header as they stand in the sheet.
#[derive(Debug, Clone)]
pub(super) struct HeaderRow {
    first: usize,
    cells: Vec<String>,
}

impl HeaderRow {
    /// Nothing where a row of data may look the same.
    fn of(row: &Sketch) -> Option<HeaderRow> {
        let cells: Vec<String> = row.cells.iter().map(|cell| cell.trim().to_owned()).collect();
        let first = cells.iter().position(|cell| !cell.is_empty())?;
        (row.filled() >= 2).then_some(HeaderRow { first, cells })
    }

    /// The row is this header once more.
    pub(super) fn is_again(&self, row: &Row<'_>) -> bool {
        // Most rows are told apart by one cell.
        row.cell(self.first).text.trim() == self.cells[self.first]
            && (0..row.width().max(self.cells.len()))
                .all(|at| row.cell(at).text.trim() == self.cells.get(at).map_or("", String::as_str))
    }
}

/// A row as far as a header may go.
struct Sketch {
    row: u32,
    line: Option<u64>,
    width: usize,
    cells: Vec<String>,
}

impl Sketch {
    fn of(row: &Row<'_>) -> Sketch {
        let cut = |text: &str| text.chars().take(LONGEST_HEADER).collect::<String>();
        let mut cells: Vec<String> = row.cells().map(|cell| cut(cell.text)).collect();
        while cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            cells.pop();
        }
        Sketch { row: row.number(), line: row.line(), width: row.width(), cells }
    }

    fn cell(&self, index: usize) -> &str {
        self.cells.get(index).map_or("", |cell| cell.trim())
    }

    fn filled(&self) -> usize {
        self.cells.iter().filter(|cell| !cell.trim().is_empty()).count()
    }
}

/// The best header row of a sheet, or the row that the user named.
pub(super) fn candidate(source: &Source, sheet: &Arc<str>, choice: &Choice) -> Result<Option<Candidate>, ColumnError> {
    let rows = sketches(source, sheet, choice)?;
    let vocabulary = Vocabulary::of(choice);
    let best = match choice.header_row {
        Some(wanted) => rows.iter().position(|row| row.row == wanted),
        None => {
            let searched = rows.iter().take_while(|row| row.row <= HEADER_SEARCH);
            let scores: Vec<usize> = searched.map(|row| vocabulary.score(&row.cells)).collect();
            // The first row wins a tie.
            let best = (0..scores.len()).rev().max_by_key(|at| scores[*at]);
            best.filter(|best| scores[*best] >= 2)
        }
    };
    Ok(best.map(|best| Around { rows: &rows, best, vocabulary: &vocabulary }.candidate(sheet)))
}

/// The rows that are not blank, as far down as headers and instructions may stand.
fn sketches(source: &Source, sheet: &str, choice: &Choice) -> Result<Vec<Sketch>, ColumnError> {
    let last = choice.header_row.unwrap_or(HEADER_SEARCH).saturating_add(BELOW);
    let first = choice.header_row.map_or(1, |wanted| wanted.saturating_sub(1));
    let mut rows = Vec::new();
    source.read(sheet, &mut |block: Block| {
        for row in block.rows() {
            if row.number() > last {
                return ControlFlow::Break(());
            }
            if row.number() >= first && !row.is_blank() {
                rows.push(Sketch::of(&row));
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok(rows)
}

/// What the user and the aliases know.
struct Vocabulary<'a> {
    choice: &'a Choice,
    mapped: HashSet<String>,
}

impl Vocabulary<'_> {
    fn of(choice: &Choice) -> Vocabulary<'_> {
        Vocabulary { choice, mapped: choice.map.iter().map(|(from, _)| normalised(from)).collect() }
    }

    fn knows(&self, header: &str) -> bool {
        let normal = normalised(header);
        !normal.is_empty()
            && (self.mapped.contains(&normal)
                || match alias::meaning_of_header(header) {
                    Header::Known(_) | Header::Measured(..) | Header::Ambiguous(_) => true,
                    Header::Unknown => false,
                })
    }

    /// How many different known headers a row holds.
    fn score(&self, headers: &[String]) -> usize {
        let known = headers.iter().filter(|header| self.knows(header));
        known.map(|header| normalised(header)).collect::<HashSet<String>>().len()
    }
}

/// The field of a column, where it has one.
fn field(header: &str, choice: &Choice) -> Option<Field> {
    let meaning = match choice.mapping(header) {
        Some((_, name)) => match name_taken(name).ok()? {
            Taken::Meaning(meaning) => meaning,
            Taken::Measured(field, _) => return Some(field),
            Taken::Named { .. } | Taken::Unknown | Taken::Ambiguous(_) => return None,
        },
        None => match alias::meaning_of_header(header) {
            Header::Known(meaning) => meaning,
            Header::Measured(field, _) => return Some(field),
            Header::Ambiguous(_) | Header::Unknown => return None,
        },
    };
    match meaning {
        Meaning::Field(field) => Some(field),
        Meaning::Image(_) | Meaning::Attribute(_) | Meaning::Skip | Meaning::Ignored => None,
    }
}

/// The header and its neighbours.
struct Around<'a> {
    rows: &'a [Sketch],
    best: usize,
    vocabulary: &'a Vocabulary<'a>,
}

impl Around<'_> {
    fn candidate(&self, sheet: &Arc<str>) -> Candidate {
        let header = &self.rows[self.best];
        let above = self.best.checked_sub(1).map(|at| &self.rows[at]).filter(|above| above.row + 1 == header.row);
        let fields = self.fields(above);
        let (mut headers_below, mut instructions) = (Vec::new(), Vec::new());
        let mut first_row = header.row + 1;
        for row in self.rows[self.best + 1..].iter().take_while(|row| row.row <= header.row + BELOW) {
            if row.row != first_row || self.holds_record(row, &fields) {
                break;
            } else if self.is_header(row) {
                headers_below.push(row);
            } else if instruction::is_row(row.cells.iter().map(String::as_str)) {
                instructions.push(row);
            } else {
                break;
            }
            first_row = row.row + 1;
        }
        let (headers, lent) = self.lend(above, headers_below.first().copied());
        let mut beside: Vec<String> = Vec::new();
        beside.extend(told_rows(&headers_below, "more headers"));
        beside.extend(told_rows(&instructions, "instructions"));
        beside.extend(lent);
        let header_rows = std::iter::once(header).chain(headers_below).filter_map(HeaderRow::of).collect();
        let mut width = header.width.max(headers.len());
        let first = self.rows[self.best + 1..].iter().find(|row| row.row >= first_row);
        if let Some(first) = first.filter(|first| first.cells.len() <= width) {
            width = width.max(first.width);
        }
        let fields: Vec<Option<Field>> = headers.iter().map(|text| field(text, self.vocabulary.choice)).collect();
        Candidate {
            score: self.vocabulary.score(&headers),
            mandatory: MANDATORY.iter().filter(|(field, _)| fields.contains(&Some(*field))).count(),
            sheet: sheet.clone(),
            row: header.row,
            line: header.line,
            width,
            has_rows: first.is_some(),
            headers,
            first_row,
            beside,
            header_rows,
        }
    }

    /// The fields of the columns, as the header and the row above it tell.
    fn fields(&self, above: Option<&Sketch>) -> Vec<Option<Field>> {
        let header = &self.rows[self.best];
        let reach = header.cells.len().max(above.map_or(0, |row| row.cells.len()));
        let named = |at: usize| match (header.cell(at), above) {
            ("", Some(above)) => field(above.cell(at), self.vocabulary.choice),
            (own, _) => field(own, self.vocabulary.choice),
        };
        (0..reach).map(named).collect()
    }

    /// The row may hold a record: a number where one belongs, a seller SKU; or it says in which unit the column
    /// is written, which nobody may leave out.
    fn holds_record(&self, row: &Sketch, fields: &[Option<Field>]) -> bool {
        let is_header = self.is_header(row);
        fields.iter().enumerate().any(|(at, field)| {
            let text = row.cell(at);
            let Some(field) = field.filter(|_| !text.is_empty()) else { return false };
            if field == Field::SellerSku {
                return text == EXAMPLE_SKU || !(self.vocabulary.knows(text) || instruction::is_one(text));
            }
            let own_unit = own_unit(field);
            let is_counted =
                own_unit.is_some() || matches!(field, Field::Price | Field::SpecialPrice | Field::Quantity);
            let unit = match alias::measured_as(text, field) {
                Some(Measured::Unit(unit)) => Some(unit),
                Some(Measured::Currency(_)) | None => Unit::named(text).filter(|_| own_unit.is_some()),
            };
            let is_other_unit = unit.is_some() && unit != own_unit && !is_header;
            (is_counted && is_number(text)) || is_other_unit
        })
    }

    /// A header too: two known headers, and at least half of its cells.
    fn is_header(&self, row: &Sketch) -> bool {
        let score = self.vocabulary.score(&row.cells);
        score >= 2 && 2 * score >= row.filled()
    }

    /// The headers, with those of the rows above and below where the chosen row has none: `Weight` below
    /// `Package`, or cells that were merged over both rows.
    fn lend(&self, above: Option<&Sketch>, below: Option<&Sketch>) -> (Vec<String>, Option<String>) {
        let header = &self.rows[self.best];
        let reach = [above, below].into_iter().flatten().map(|row| row.cells.len()).max().unwrap_or(0);
        let mut headers = header.cells.clone();
        let mut lent: Vec<String> = Vec::new();
        for at in 0..reach.max(headers.len()) {
            let is_blank = header.cell(at).is_empty();
            // A word over several columns names none of them.
            let is_over = !is_blank && header.cell(at + 1).is_empty() && !self.vocabulary.knows(header.cell(at));
            let known = |row: &&Sketch| self.vocabulary.knows(row.cell(at));
            // `parcel_weight` in one row and `Package weight (g)` in the other are one header.
            let is_mapped = self.vocabulary.mapped.contains(&normalised(header.cell(at)));
            let measured =
                |row: &&Sketch| !is_mapped && self.is_header(row) && tells_unit_of(row.cell(at), header.cell(at));
            let lender = below.filter(|_| is_blank || is_over).filter(known);
            let lender = lender.or_else(|| above.filter(|_| is_blank).filter(known));
            let lender = lender.or_else(|| [below, above].into_iter().flatten().find(measured));
            let Some(lender) = lender else { continue };
            if headers.len() <= at {
                headers.resize(at + 1, String::new());
            }
            headers[at] = lender.cells[at].clone();
            lent.push(format!("{}{} `{}`", column_letters(at as u32 + 1), lender.row, lender.cell(at)));
        }
        let told = (!lent.is_empty()).then(|| format!("headers are taken from {} too", lent.join(", ")));
        (headers, told)
    }
}

/// Both headers mean one field, and only `text` says in which unit or currency it is written.
fn tells_unit_of(text: &str, header: &str) -> bool {
    match (alias::meaning_of_header(text), alias::meaning_of_header(header)) {
        (Header::Measured(field, _), Header::Known(Meaning::Field(other))) => field == other,
        (Header::Known(_) | Header::Measured(..) | Header::Ambiguous(_) | Header::Unknown, _) => false,
    }
}

fn is_number(text: &str) -> bool {
    text.chars().any(char::is_numeric) && text.chars().all(|c| c.is_numeric() || matches!(c, '.' | ',' | ' '))
}

/// `row 2 holds more headers, which are left out`
fn told_rows(rows: &[&Sketch], what: &str) -> Option<String> {
    let (first, last) = (rows.first()?.row, rows.last()?.row);
    Some(if rows.len() == 1 {
        format!("row {first} holds {what}, and is left out")
    } else {
        let numbers: Vec<String> = rows.iter().map(|row| row.row.to_string()).collect();
        let is_run = (last - first) as usize + 1 == rows.len() && rows.len() > 2;
        let numbers = if is_run { format!("{first} to {last}") } else { numbers.join(", ") };
        format!("rows {numbers} hold {what}, and are left out")
    })
}
