//! The header of one sheet: the row whose cells are known best, and the rows around it that are no data.
//!
//! Below a header may stand a second one (in another language, or with a system's own names) and instructions.
//! They are told by their words; a row that may hold a record is never taken for one of them.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::again::{self, HeaderRow, is_number};
use super::alias::{self, Header, Meaning, normalised};
use super::instruction;
use super::measured::own_unit;
use super::resolve::{Taken, name_taken};
use super::said::{Said, said};
use super::{Choice, ColumnError, EXAMPLE_SKU, Field, GroupBy, MANDATORY, OF_EXPORT};
use crate::location::column_letters;
use crate::sheet::{Block, Row, Source};

/// How many rows of each sheet are looked at for a header.
pub(super) const HEADER_SEARCH: u32 = 30;
/// How many rows below the header are looked at for more headers and instructions. The first block of a sheet holds
/// so many rows.
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
    /// What the rows beside it say of units and currencies.
    pub(super) said: Vec<Said>,
    /// Rows that are no data if they come again.
    pub(super) header_rows: Vec<HeaderRow>,
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
        let cut = |text: &str| match text.char_indices().nth(LONGEST_HEADER) {
            Some((end, _)) => text[..end].to_owned(),
            None => text.to_owned(),
        };
        let mut cells: Vec<String> = row.cells().map(|cell| cut(cell.text)).collect();
        while cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            cells.pop();
        }
        Sketch { row: row.number(), line: row.line(), width: row.width(), cells }
    }

    fn cell(&self, index: usize) -> &str {
        self.cells.get(index).map_or("", |cell| cell.trim())
    }

    /// The header of a sheet that an export wrote.
    fn is_of_export(&self) -> bool {
        self.cells.iter().any(|cell| cell.trim() == OF_EXPORT)
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
        None if rows.iter().any(Sketch::is_of_export) => rows.iter().position(Sketch::is_of_export),
        None => {
            let searched = rows.iter().take_while(|row| row.row <= HEADER_SEARCH);
            // One known header may be a word in a row of data.
            let (mut best, mut best_score) = (None, 1);
            for (at, row) in searched.enumerate() {
                // The first row wins a tie, and one that cannot win need not be looked up.
                if row.filled() > best_score {
                    let score = vocabulary.score(&row.cells);
                    if score > best_score {
                        (best, best_score) = (Some(at), score);
                    }
                }
            }
            best.map(|best| first_of_tables(&rows, best, &vocabulary))
        }
    };
    Ok(best.map(|best| Around { rows: &rows, best, vocabulary: &vocabulary }.candidate(sheet)))
}

/// A header with records between it and the best one is no title: its table comes first, however few headers it
/// has, lest its records be lost as what stands above a header.
fn first_of_tables(rows: &[Sketch], best: usize, vocabulary: &Vocabulary<'_>) -> usize {
    let has_records = |at: &usize| {
        let around = Around { rows, best: *at, vocabulary };
        let fields = around.fields(None);
        let is_record = |row: &Sketch| around.holds_sku(row, &fields) && holds_number(row, &fields);
        around.is_header(&rows[*at]) && rows[at + 1..best].iter().any(is_record)
    };
    (0..best).find(has_records).unwrap_or(best)
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
        Vocabulary { choice, mapped: choice.spellings() }
    }

    fn knows(&self, header: &str) -> bool {
        again::knows(&self.mapped, header)
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
        Some((_, name)) => match name_taken(name, choice).ok()? {
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
        // An export writes records alone, though one may hold the words of a header.
        let reach = if header.is_of_export() { 0 } else { BELOW };
        for row in self.rows[self.best + 1..].iter().take_while(|row| row.row <= header.row + reach) {
            if row.row != first_row || self.holds_record(row, &fields) || self.is_of_others(row, &fields) {
                break;
            } else if self.is_header(row) {
                headers_below.push(row);
            } else if instruction::is_row(
                row.cells.iter().enumerate().map(|(at, cell)| (cell.as_str(), fields.get(at).copied().flatten())),
            ) {
                instructions.push(row);
            } else {
                break;
            }
            first_row = row.row + 1;
        }
        let lender = above.filter(|_| !header.is_of_export());
        let (headers, lent) = self.lend(lender, headers_below.first().copied());
        let mut beside: Vec<String> = Vec::new();
        beside.extend(told_rows(&headers_below, "more headers"));
        beside.extend(told_rows(&instructions, "instructions"));
        beside.extend(lent);
        let header_rows =
            std::iter::once(header).chain(headers_below).filter_map(|row| HeaderRow::of(&row.cells)).collect();
        let mut width = header.width.max(headers.len());
        let first = self.rows[self.best + 1..].iter().find(|row| row.row >= first_row);
        if let Some(first) = first.filter(|first| first.cells.len() <= width) {
            width = width.max(first.width);
        }
        let fields: Vec<Option<Field>> = headers.iter().map(|text| field(text, self.vocabulary.choice)).collect();
        Candidate {
            score: self.vocabulary.score(&headers),
            said: self.said(above, first_row, &fields),
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

    /// What the rows beside the header say of units and currencies. The first row that may be a record is listened
    /// to as well: it may tell how to fill the columns in words that nobody knows.
    fn said(&self, above: Option<&Sketch>, first_row: u32, fields: &[Option<Field>]) -> Vec<Said> {
        if self.rows[self.best].is_of_export() {
            return Vec::new();
        }
        let above = above.filter(|above| self.is_header(above));
        let below = self.rows[self.best + 1..].iter();
        let first = below.clone().find(|row| row.row >= first_row);
        let beside = above.into_iter().chain(below.take_while(|row| row.row < first_row)).map(|row| (row, false));
        let mut all = Vec::new();
        for (row, is_record) in beside.chain(first.map(|row| (row, true))) {
            for (column, field) in fields.iter().enumerate() {
                let (cell, Some(field)) = (row.cell(column), field) else { continue };
                if !cell.is_empty() && (!is_record || instruction::is_of(cell, *field)) {
                    let each = said(cell, *field).into_iter();
                    all.extend(each.map(|either| Said { column, row: row.row, either }));
                }
            }
        }
        all
    }

    /// The row may hold a record: a number where one belongs, a seller SKU; or, as a row above its variants does,
    /// a product's key or name.
    fn holds_record(&self, row: &Sketch, fields: &[Option<Field>]) -> bool {
        let sku = fields.iter().position(|field| *field == Some(Field::SellerSku));
        let has_sku = sku.is_some_and(|at| !row.cell(at).is_empty());
        self.holds_sku(row, fields) || holds_number(row, fields) || (!has_sku && self.holds_product(row, fields))
    }

    fn holds_sku(&self, row: &Sketch, fields: &[Option<Field>]) -> bool {
        let tells = |text: &str| self.vocabulary.knows(text) || instruction::is_one(text);
        let is_sku = |text: &str| !text.is_empty() && (text == EXAMPLE_SKU || !tells(text));
        (0..fields.len()).any(|at| fields[at] == Some(Field::SellerSku) && is_sku(row.cell(at)))
    }

    /// A key or a name that is no instruction; where it only begins like one, other cells must tell as well.
    fn holds_product(&self, row: &Sketch, fields: &[Option<Field>]) -> bool {
        let is_key = |at: usize| self.is_key(at, fields.get(at).copied().flatten());
        let is_text =
            |field: Option<Field>| matches!(field, Some(Field::Name | Field::Description | Field::ShortDescription));
        let is_backed = (0..row.cells.len()).any(|at| {
            let field = fields.get(at).copied().flatten();
            !is_key(at) && !is_text(field) && instruction::is_one(row.cell(at))
        });
        (0..row.cells.len()).any(|at| {
            let text = row.cell(at);
            let is_product = is_key(at) || fields.get(at).copied().flatten() == Some(Field::Name);
            let tells = |text: &str| {
                self.vocabulary.knows(text) || instruction::is_plain(text) || (is_backed && instruction::is_one(text))
            };
            is_product && !text.is_empty() && !tells(text)
        })
    }

    /// The values of this column tell which rows are one product.
    fn is_key(&self, at: usize, field: Option<Field>) -> bool {
        match &self.vocabulary.choice.group_by {
            GroupBy::Found => field == Some(Field::ProductKey),
            GroupBy::Column(wanted) => normalised(self.rows[self.best].cell(at)) == normalised(wanted),
            GroupBy::Name | GroupBy::Nothing => false,
        }
    }

    /// A header too: two known headers, and at least half of its cells.
    fn is_header(&self, row: &Sketch) -> bool {
        let score = self.vocabulary.score(&row.cells);
        score >= 2 && 2 * score >= row.filled()
    }

    /// A header that gives some column to another field is one of another table.
    fn is_of_others(&self, row: &Sketch, fields: &[Option<Field>]) -> bool {
        let names_another = |(at, known): (usize, &Option<Field>)| {
            let named = field(row.cell(at), self.vocabulary.choice);
            known.is_some() && named.is_some() && named != *known
        };
        self.is_header(row) && fields.iter().enumerate().any(names_another)
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

/// The row has a number where one belongs.
fn holds_number(row: &Sketch, fields: &[Option<Field>]) -> bool {
    let is_counted = |field: &Field| {
        own_unit(*field).is_some() || matches!(field, Field::Price | Field::SpecialPrice | Field::Quantity)
    };
    (0..fields.len()).any(|at| fields[at].is_some_and(|field| is_counted(&field)) && is_number(row.cell(at)))
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
