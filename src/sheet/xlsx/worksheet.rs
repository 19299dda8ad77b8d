//! A worksheet's part -> rows.
//!
//! Cells are read as they come and handed on at once; what the part says of its size is not looked at.

use std::cell::RefCell;
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::super::Limits;
use super::super::cells::CellWriter;
use super::super::chunk::Chunk;
use super::super::rows::RowWriter;
use super::super::sniff::Refusal;
use super::beside::Beside;
use super::cell::{self, Common, Known, RawCell, Type};
use super::cut::{self, Counted, Whole};
use super::markup::{Tag, says_yes};
use super::xml::{Event, Xml, malformed};
use super::{place, text};

/// Reads the sheet in `part`; `None` when `rows` wants no more.
pub(super) fn read(
    part: impl Read,
    common: &Common,
    limits: &Limits,
    rows: CellWriter<'_>,
) -> Result<Option<Beside>, Refusal> {
    let reader = SheetReader::new(Xml::new(part, limits), common, rows);
    reader.read_sheet(limits, |_| Ok(ControlFlow::Continue(())))
}

/// Reads the sheet in `part`: its rows in chunks, as far as they are written as expected, the others into a block as
/// they come. `None` when `each` wants no more.
pub(super) fn cut(
    part: impl Read,
    whole: &Arc<Whole>,
    each: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
) -> Result<Option<Beside>, Refusal> {
    // Chunks come before what is read one by one.
    let each = RefCell::new(each);
    let mut rows = |block| (each.borrow_mut())(Chunk::of_block(block));
    let writer = whole.writer(RowWriter::new(&mut rows));
    let reader = SheetReader::new(Xml::new(part, &whole.limits), &whole.common, writer);
    reader.read_sheet(&whole.limits, |xml| cut::cut(xml, whole, &mut *each.borrow_mut()))
}

/// Reads rows into cells.
pub(super) struct SheetReader<'a, 'w, R> {
    xml: Xml<R>,
    known: Known<'a>,
    rows: CellWriter<'w>,
    /// The row that is read or was read last, from 1.
    row: u32,
    cell: RawCell,
    formulas: u64,
}

impl<'a, 'w, R: Read> SheetReader<'a, 'w, R> {
    pub(super) fn new(xml: Xml<R>, common: &'a Common, rows: CellWriter<'w>) -> SheetReader<'a, 'w, R> {
        SheetReader { xml, known: Known::new(common), rows, row: 0, cell: RawCell::default(), formulas: 0 }
    }

    /// Reads the whole part; `cut` may take rows from its beginning first.
    fn read_sheet(
        mut self,
        limits: &Limits,
        mut cut: impl FnMut(&mut Xml<R>) -> Result<ControlFlow<()>, Refusal>,
    ) -> Result<Option<Beside>, Refusal> {
        let mut beside = Beside::default();
        let mut is_first = true;
        self.xml.root(b"worksheet")?;
        loop {
            match self.xml.next()? {
                Event::Start(tag) => match tag.local() {
                    b"sheetData" => {
                        if !is_first {
                            return Err(malformed("its rows stand in two places"));
                        }
                        if cut(&mut self.xml)?.is_break() || self.read_rows()?.is_break() {
                            return Ok(None);
                        }
                        is_first = false;
                    }
                    b"cols" => beside.read_columns(&mut self.xml, limits)?,
                    b"mergeCells" => beside.read_merged(&mut self.xml)?,
                    b"hyperlinks" => beside.read_links(&mut self.xml)?,
                    b"drawing" => {
                        beside.note_drawing(&tag)?;
                        self.xml.skip()?;
                    }
                    _ => self.xml.skip()?,
                },
                Event::Eof => break,
                Event::End | Event::Text(_) => {}
            }
        }
        beside.formulas = self.formulas;
        Ok(self.rows.finish()?.then_some(beside))
    }

    /// Reads rows that are all that `xml` holds; answers how many cells are formulas, and what was counted.
    pub(super) fn read_all(mut self) -> Result<Counted, Refusal> {
        // Whoever takes a chunk apart takes all of it.
        let _goes_on = self.read_rows()?;
        let (cells, text) = self.rows.counted()?;
        self.rows.finish()?;
        Ok(Counted { cells, text, formulas: self.formulas })
    }

    fn read_rows(&mut self) -> Result<ControlFlow<()>, Refusal> {
        loop {
            match self.xml.next()? {
                Event::Start(tag) if tag.local() == b"row" => {
                    let (given, is_hidden) = row_attributes(&tag)?;
                    if self.read_row(given, is_hidden)?.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                Event::Start(_) => self.xml.skip()?,
                // A stretch of rows ends without the end of their element.
                Event::End | Event::Eof => return Ok(ControlFlow::Continue(())),
                Event::Text(_) => {}
            }
        }
    }

    /// Reads the cells of a row; one without a number is the next, or the one that its first cell names.
    fn read_row(&mut self, given: Option<u32>, is_hidden: bool) -> Result<ControlFlow<()>, Refusal> {
        self.row = given.unwrap_or(self.row.saturating_add(1));
        let mut is_open = false;
        let mut next_column = 0;
        loop {
            let named = match self.xml.next()? {
                Event::Start(tag) if tag.local() == b"c" => cell_attributes(&tag, &mut self.cell)?,
                Event::Start(_) => {
                    self.xml.skip()?;
                    continue;
                }
                Event::Text(_) => continue,
                Event::End => return Ok(ControlFlow::Continue(())),
                Event::Eof => return Err(malformed("a sheet breaks off")),
            };
            if !is_open {
                if let (None, Some((row, _))) = (given, named) {
                    self.row = row;
                }
                if self.rows.row(self.row - 1)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                if is_hidden {
                    self.rows.hide();
                }
                is_open = true;
            }
            if let Some((row, _)) = named.filter(|(row, _)| *row != self.row) {
                return Err(malformed(&format!("a cell of row {row} stands in row {}", self.row)));
            }
            self.cell.column = named.map_or(next_column, |(_, column)| column - 1);
            next_column = self.cell.column.saturating_add(1);
            self.rows.count()?;
            self.read_cell()?;
        }
    }

    /// Reads what is inside a cell.
    fn read_cell(&mut self) -> Result<(), Refusal> {
        loop {
            match self.xml.next()? {
                Event::Start(tag) => match tag.local() {
                    b"v" => {
                        self.cell.has_value = true;
                        self.xml.push_text(&mut self.cell.value)?;
                    }
                    b"is" => self.read_inline()?,
                    b"f" => {
                        self.cell.has_formula = true;
                        self.xml.push_text(&mut self.cell.formula)?;
                    }
                    _ => self.xml.skip()?,
                },
                Event::End => break,
                Event::Text(_) => {}
                Event::Eof => return Err(malformed("a sheet breaks off")),
            }
        }
        self.formulas += u64::from(self.cell.is_computed());
        cell::put(&self.cell, &mut self.known, &mut self.rows)
    }

    /// Reads a text of the cell's own. It is believed before a value beside it, whatever the type says.
    fn read_inline(&mut self) -> Result<(), Refusal> {
        let value = self.cell.value.len();
        text::push(&mut self.xml, &mut self.cell.value)?;
        if self.cell.value.len() > value || self.cell.kind == Type::Inline && value == 0 {
            self.cell.value.drain(..value);
            self.cell.has_value = true;
            self.cell.kind = Type::Inline;
        }
        Ok(())
    }
}

/// The row's number, where it has one, and whether it is hidden.
fn row_attributes(tag: &Tag<'_>) -> Result<(Option<u32>, bool), Refusal> {
    let (mut number, mut is_hidden) = (None, false);
    tag.each(|name, value| match name {
        b"r" => number = Some(place::number(value.trim_ascii()).filter(|number| *number > 0)),
        b"hidden" => is_hidden = says_yes(value.trim_ascii()),
        _ => {}
    })?;
    match number {
        Some(None) => Err(malformed("a row has no number that can be read")),
        Some(Some(number)) => Ok((Some(number), is_hidden)),
        None => Ok((None, is_hidden)),
    }
}

/// Notes what the tag says of the cell; answers its row and column from 1, where it has a name.
fn cell_attributes(tag: &Tag<'_>, cell: &mut RawCell) -> Result<Option<(u32, u32)>, Refusal> {
    cell.clear();
    let (mut named, mut has_name, mut is_typed) = (None, false, true);
    tag.each(|name, value| match name {
        b"r" => {
            has_name = true;
            named = place::cell(value.trim_ascii());
        }
        b"s" => cell.style = place::number(value.trim_ascii()).map_or(0, |style| style as usize),
        b"t" => match Type::of(value.trim_ascii()) {
            Some(kind) => cell.kind = kind,
            None => is_typed = false,
        },
        b"vm" => cell.is_rich = true,
        _ => {}
    })?;
    if has_name && named.is_none() {
        return Err(malformed("a cell has no name that can be read"));
    }
    if !is_typed {
        return Err(malformed("a cell's type is unknown"));
    }
    Ok(named)
}
