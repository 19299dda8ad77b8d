//! The part of a sheet, written again with its edits; cells without one keep their very bytes.
//!
//! Cells and rows that are not there are put where they belong. A row or a cell without a number is the next one,
//! as the reader of sheets has it.

use std::collections::{BTreeMap, btree_map};
use std::io::{Read, Write};
use std::iter::Peekable;
use std::vec;

use super::edit::{Place, Value};
use super::error::{Snag, damaged};
use super::styles::Styles;
use super::survey::Survey;
use super::tokens::{Kind, Token, Tokens, escaped_text};
use crate::finding::Severity;
use crate::location::column_letters;
use crate::sheet::place;

/// What becomes of a cell.
#[derive(Debug, Default)]
struct CellEdit {
    value: Option<Value>,
    colour: Option<Severity>,
}

/// What becomes of a sheet.
#[derive(Debug, Default)]
pub(super) struct Job {
    pub(super) values: BTreeMap<Place, Value>,
    /// One of a cell, in the order of rows.
    pub(super) colours: Vec<(Place, Severity)>,
    /// The id of the drawing that shows its notes, where it has none yet, and the namespace of ids.
    pub(super) notes: Option<(String, String)>,
    /// Another sheet is selected instead.
    pub(super) is_unselected: bool,
    /// Marks of before are taken back.
    pub(super) is_cleaned: bool,
}

/// A sheet that is written again.
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) survey: Survey,
    pub(super) job: Job,
}

/// Writes the sheet in `part` to `out`; answers the cells whose new value was not written, as they are formulas.
pub(super) fn rewrite(
    part: impl Read,
    sheet: Sheet,
    styles: &mut Styles,
    out: &mut impl Write,
) -> Result<Vec<Place>, Snag> {
    let (survey, job) = (&sheet.survey, &sheet.job);
    if !job.is_without_edits() && !survey.has_rows_in_order {
        return Err(damaged("the rows of a sheet do not come in their order"));
    }
    let bounds = job.bounds();
    let Job { values, colours, notes, is_unselected, is_cleaned } = sheet.job;
    let pending = Pending { values: values.into_iter().peekable(), colours: colours.into_iter().peekable() };
    let cells = BTreeMap::new();
    let rows = Rows { pending, cells, styles, survey, is_cleaned, row: 0, style: 0, column: 0, kept: Vec::new(), out };
    let mut writer = Writer { rows, notes, is_unselected, bounds, depth: 0, children: 0 };
    let mut tokens = Tokens::new(part);
    while let Some(token) = tokens.next()? {
        match (writer.depth, token.kind, token.local()) {
            (1, Kind::Open, b"sheetData") => {
                writer.children += 1;
                writer.rows.out.write_all(token.raw)?;
                writer.rows.read(&mut tokens)?;
                writer.end_of_child()?;
            }
            (1, Kind::Empty, b"sheetData") => {
                writer.children += 1;
                writer.rows.without_any(&token)?;
                writer.end_of_child()?;
            }
            _ => writer.put(&token)?,
        }
    }
    Ok(writer.rows.kept)
}

/// First and last row, first and last column.
type Bounds = (u32, u32, u32, u32);

impl Job {
    pub(super) fn is_without_edits(&self) -> bool {
        self.values.is_empty() && self.colours.is_empty()
    }

    fn bounds(&self) -> Option<Bounds> {
        let places = || self.values.keys().chain(self.colours.iter().map(|(at, _)| at));
        let (rows, columns) = (|| places().map(|at| at.0), || places().map(|at| at.1));
        Some((rows().min()?, rows().max()?, columns().min()?, columns().max()?))
    }
}

/// The edits of rows that were not come to yet.
struct Pending {
    values: Peekable<btree_map::IntoIter<Place, Value>>,
    colours: Peekable<vec::IntoIter<(Place, Severity)>>,
}

impl Pending {
    /// The first row with edits.
    fn row(&mut self) -> Option<u32> {
        let value = self.values.peek().map(|(at, _)| at.0);
        let colour = self.colours.peek().map(|(at, _)| at.0);
        value.into_iter().chain(colour).min()
    }

    /// The edits of a row, by their columns.
    fn take(&mut self, row: u32) -> BTreeMap<u32, CellEdit> {
        let mut cells: BTreeMap<u32, CellEdit> = BTreeMap::new();
        while let Some((at, value)) = self.values.next_if(|(at, _)| at.0 <= row) {
            cells.entry(at.1).or_default().value = Some(value);
        }
        while let Some((at, severity)) = self.colours.next_if(|(at, _)| at.0 <= row) {
            cells.entry(at.1).or_default().colour = Some(severity);
        }
        cells
    }
}

struct Writer<'a, W> {
    rows: Rows<'a, W>,
    notes: Option<(String, String)>,
    is_unselected: bool,
    bounds: Option<Bounds>,
    depth: u32,
    children: usize,
}

impl<W: Write> Writer<'_, W> {
    fn put(&mut self, token: &Token<'_>) -> Result<(), Snag> {
        match token.kind {
            Kind::Open | Kind::Empty => {
                self.children += usize::from(self.depth == 1);
                let changed = self.changed(token);
                self.rows.out.write_all(changed.as_deref().unwrap_or(token.raw))?;
                if token.kind == Kind::Open {
                    self.depth += 1;
                } else if self.depth == 1 {
                    self.end_of_child()?;
                }
            }
            Kind::Close => {
                self.depth = self.depth.saturating_sub(1);
                self.rows.out.write_all(token.raw)?;
                if self.depth == 1 {
                    self.end_of_child()?;
                }
            }
            Kind::Between => self.rows.out.write_all(token.raw)?,
        }
        Ok(())
    }

    fn changed(&self, token: &Token<'_>) -> Option<Vec<u8>> {
        match token.local() {
            b"sheetView" if self.is_unselected && token.is_true("tabSelected") => Some(token.with("tabSelected", "0")),
            b"dimension" if self.depth == 1 => {
                let (first_row, last_row, first_column, last_column) = self.bounds?;
                let known = place::area(token.attribute("ref")?.trim().as_bytes())?;
                let first = (known.first_row.min(first_row), known.first_column.min(first_column));
                let last = (known.last_row.max(last_row), known.last_column.max(last_column));
                let is_as_known =
                    first == (known.first_row, known.first_column) && last == (known.last_row, known.last_column);
                (!is_as_known).then(|| token.with("ref", &format!("{}:{}", name(first), name(last))))
            }
            _ => None,
        }
    }

    /// Writes the drawing that shows notes where it belongs.
    fn end_of_child(&mut self) -> Result<(), Snag> {
        if self.children < self.rows.survey.before_notes {
            return Ok(());
        }
        if let Some((id, namespace)) = self.notes.take() {
            let tag = format!("<{}legacyDrawing", self.rows.survey.prefix);
            let line = match self.rows.survey.prefix_of(&namespace) {
                Some(prefix) => format!("{tag} {prefix}:id=\"{id}\"/>"),
                None => format!("{tag} xmlns:r=\"{namespace}\" r:id=\"{id}\"/>"),
            };
            self.rows.out.write_all(line.as_bytes())?;
        }
        Ok(())
    }
}

/// The rows of a sheet while they are written.
struct Rows<'a, W> {
    pending: Pending,
    /// The edits of this row that were not come to yet.
    cells: BTreeMap<u32, CellEdit>,
    styles: &'a mut Styles,
    survey: &'a Survey,
    is_cleaned: bool,
    /// The row that is read or was read last, its own style, and the last column of it.
    row: u32,
    style: u32,
    column: u32,
    kept: Vec<Place>,
    out: &'a mut W,
}

impl<W: Write> Rows<'_, W> {
    /// Reads the rows up to the end of `sheetData`.
    fn read(&mut self, tokens: &mut Tokens<impl Read>) -> Result<(), Snag> {
        while let Some(token) = tokens.next()? {
            if token.begins(b"row") {
                let (open, kind) = (token.raw.to_vec(), token.kind);
                self.read_row(&open, kind, tokens)?;
            } else if token.closes(b"sheetData") {
                self.rows_before(u32::MAX)?;
                self.out.write_all(token.raw)?;
                return Ok(());
            } else {
                self.out.write_all(token.raw)?;
            }
        }
        Err(damaged("a sheet breaks off"))
    }

    /// A sheet that has no row yet.
    fn without_any(&mut self, token: &Token<'_>) -> Result<(), Snag> {
        if self.pending.row().is_none() {
            return Ok(self.out.write_all(token.raw)?);
        }
        let prefix = &self.survey.prefix;
        self.out.write_all(format!("<{prefix}sheetData>").as_bytes())?;
        self.rows_before(u32::MAX)?;
        let prefix = &self.survey.prefix;
        Ok(self.out.write_all(format!("</{prefix}sheetData>").as_bytes())?)
    }

    fn read_row(&mut self, open: &[u8], kind: Kind, tokens: &mut Tokens<impl Read>) -> Result<(), Snag> {
        let tag = Token { kind, raw: open };
        let given = tag.number("r");
        if kind == Kind::Empty {
            self.begin_row(&tag, given.unwrap_or(self.row + 1))?;
            return self.end_empty_row(&tag);
        }
        // A row without a number is told by its first cell.
        let mut held = Vec::new();
        let mut is_begun = false;
        if let Some(number) = given {
            self.begin_row(&tag, number)?;
            is_begun = true;
        }
        while let Some(token) = tokens.next()? {
            let is_cell = token.begins(b"c");
            let is_end = token.closes(b"row");
            if !is_begun && (is_cell || is_end) {
                let named = token.attribute("r").filter(|_| is_cell);
                let named = named.and_then(|name| place::cell(name.trim().as_bytes()));
                self.begin_row(&tag, named.map_or(self.row + 1, |(row, _)| row))?;
                self.out.write_all(&held)?;
                is_begun = true;
            }
            if is_cell {
                let (open, kind) = (token.raw.to_vec(), token.kind);
                self.read_cell(&Token { kind, raw: &open }, tokens)?;
            } else if is_end {
                self.cells_before(u32::MAX)?;
                self.out.write_all(token.raw)?;
                return Ok(());
            } else if token.begins(b"extLst") {
                let (raw, kind) = (token.raw.to_vec(), token.kind);
                if !is_begun {
                    self.begin_row(&tag, self.row + 1)?;
                    self.out.write_all(&held)?;
                    is_begun = true;
                }
                // It stands behind all cells.
                self.cells_before(u32::MAX)?;
                self.out.write_all(&raw)?;
                if kind == Kind::Open {
                    self.rest_of(tokens, b"extLst")?;
                }
            } else if is_begun {
                self.out.write_all(token.raw)?;
            } else {
                held.extend_from_slice(token.raw);
            }
        }
        Err(damaged("a sheet breaks off"))
    }

    /// Begins a row: rows that are missing before it come first.
    fn begin_row(&mut self, tag: &Token<'_>, number: u32) -> Result<(), Snag> {
        self.rows_before(number)?;
        self.row = number;
        self.column = 0;
        self.cells = self.pending.take(number);
        self.style = if tag.is_true("customFormat") { tag.number("s").unwrap_or(0) } else { 0 };
        let spans = self.spans(tag);
        let tag = spans.as_deref().unwrap_or(tag.raw);
        if tag.ends_with(b"/>") && !self.cells.is_empty() {
            self.out.write_all(tag[..tag.len() - 2].trim_ascii_end())?;
            return Ok(self.out.write_all(b">")?);
        }
        Ok(self.out.write_all(tag)?)
    }

    fn end_empty_row(&mut self, tag: &Token<'_>) -> Result<(), Snag> {
        if !self.cells.is_empty() {
            self.cells_before(u32::MAX)?;
            self.out.write_all(&[b"</", tag.name(), b">"].concat())?;
        }
        Ok(())
    }

    /// The tag of a row without its hint of columns, where cells may come that it does not count with.
    fn spans(&self, tag: &Token<'_>) -> Option<Vec<u8>> {
        let is_hinted = !self.cells.is_empty() && tag.place_of("spans").is_some();
        is_hinted.then(|| tag.without("spans"))
    }

    /// Writes the rows that are missing before the row `number`.
    fn rows_before(&mut self, number: u32) -> Result<(), Snag> {
        while let Some(row) = self.pending.row().filter(|row| *row < number) {
            self.row = row;
            self.cells = self.pending.take(row);
            (self.column, self.style) = (0, 0);
            let prefix = &self.survey.prefix;
            self.out.write_all(format!("<{prefix}row r=\"{row}\">").as_bytes())?;
            self.cells_before(u32::MAX)?;
            let prefix = &self.survey.prefix;
            self.out.write_all(format!("</{prefix}row>").as_bytes())?;
        }
        Ok(())
    }

    /// Writes the cells that are missing in this row before the column `column`. In a row without order they come
    /// behind all others: only then it is known which are missing.
    fn cells_before(&mut self, column: u32) -> Result<(), Snag> {
        if column < u32::MAX && !self.survey.has_in_order(self.row) {
            return Ok(());
        }
        while let Some(next) = self.cells.first_entry().filter(|next| *next.key() < column) {
            let (at, mut edit) = ((self.row, *next.key()), next.remove());
            if edit.value.is_some() && self.survey.is_filled(at) {
                self.kept.push(at);
                edit.value = None;
                if edit.colour.is_none() {
                    continue;
                }
            }
            let base = if self.style > 0 { self.style } else { self.survey.column_style(at.1) };
            let base = if self.is_cleaned { self.styles.clean(base) } else { base };
            let style = edit.colour.map_or(base, |severity| self.styles.marked(base, severity));
            let prefix = &self.survey.prefix;
            let tag = format!("<{prefix}c r=\"{}\" s=\"{style}\"/>", name(at));
            match &edit.value {
                Some(value) => self.write_value(&Token { kind: Kind::Empty, raw: tag.as_bytes() }, value)?,
                None => self.out.write_all(tag.as_bytes())?,
            }
        }
        Ok(())
    }

    fn read_cell(&mut self, tag: &Token<'_>, tokens: &mut Tokens<impl Read>) -> Result<(), Snag> {
        let named = tag.attribute("r").and_then(|name| place::cell(name.trim().as_bytes()));
        self.column = named.map_or(self.column + 1, |(_, column)| column);
        self.cells_before(self.column)?;
        let at = (self.row, self.column);
        let edit = self.cells.remove(&self.column).unwrap_or_default();
        let is_empty = tag.kind == Kind::Empty;
        if edit.colour.is_none() && edit.value.is_none() && !self.is_cleaned {
            self.out.write_all(tag.raw)?;
            return if is_empty { Ok(()) } else { self.rest_of(tokens, b"c") };
        }
        let given = tag.number("s").unwrap_or(0);
        let base = if self.is_cleaned { self.styles.clean(given) } else { given };
        let style = edit.colour.map_or(base, |severity| self.styles.marked(base, severity));
        let styled = if style == given { tag.raw.to_vec() } else { tag.with("s", &style.to_string()) };
        let styled = Token { kind: tag.kind, raw: &styled };
        let Some(value) = edit.value else {
            self.out.write_all(styled.raw)?;
            return if is_empty { Ok(()) } else { self.rest_of(tokens, b"c") };
        };
        let held = if is_empty { Held::default() } else { Held::read(tokens)? };
        if held.has_formula || self.survey.is_filled(at) {
            self.kept.push(at);
            self.out.write_all(styled.raw)?;
            return Ok(self.out.write_all(&held.raw)?);
        }
        let value = match value {
            // As a number it would be read as a day.
            Value::Number(digits) if !self.styles.is_plain(given) => Value::Text(digits),
            value => value,
        };
        self.write_value(&styled, &value)
    }

    /// Copies everything up to the end of the element.
    fn rest_of(&mut self, tokens: &mut Tokens<impl Read>, local: &[u8]) -> Result<(), Snag> {
        while let Some(token) = tokens.next()? {
            self.out.write_all(token.raw)?;
            if token.closes(local) {
                return Ok(());
            }
        }
        Err(damaged("a sheet breaks off"))
    }

    /// Writes a cell of this tag with a value.
    fn write_value(&mut self, tag: &Token<'_>, value: &Value) -> Result<(), Snag> {
        let mut open = tag.raw.to_vec();
        for name in ["t", "vm", "cm"] {
            open = Token { kind: tag.kind, raw: &open }.without(name);
        }
        if matches!(value, Value::Text(_)) {
            open = Token { kind: tag.kind, raw: &open }.with("t", "inlineStr");
        }
        let open = open.strip_suffix(b"/>").unwrap_or_else(|| open.strip_suffix(b">").unwrap_or(&open));
        self.out.write_all(open.trim_ascii_end())?;
        let p = &self.survey.prefix;
        let content = match value {
            Value::Empty => "/>".to_owned(),
            Value::Number(digits) => format!("><{p}v>{}</{p}v></{p}c>", escaped_text(digits)),
            Value::Text(text) => {
                format!("><{p}is><{p}t xml:space=\"preserve\">{}</{p}t></{p}is></{p}c>", escaped_text(text))
            }
        };
        Ok(self.out.write_all(content.as_bytes())?)
    }
}

/// What stands in a cell.
#[derive(Default)]
struct Held {
    /// Its end tag included.
    raw: Vec<u8>,
    has_formula: bool,
}

impl Held {
    fn read(tokens: &mut Tokens<impl Read>) -> Result<Held, Snag> {
        let mut held = Held::default();
        while let Some(token) = tokens.next()? {
            held.raw.extend_from_slice(token.raw);
            held.has_formula |= token.begins(b"f");
            if token.closes(b"c") {
                return Ok(held);
            }
        }
        Err(damaged("a sheet breaks off"))
    }
}

/// The name of a cell: `H14`.
pub(super) fn name(at: Place) -> String {
    format!("{}{}", column_letters(at.1), at.0)
}
