//! A workbook's cells -> rows.
//!
//! Cells come one after the other, each with its place. They are put in column order, gaps are filled
//! with blank cells, and what no sheet of products needs, a value in a far column or behind the last
//! row, is refused with its cell's name.

use std::ops::ControlFlow;

use calamine::DataRef;

use super::rows::RowWriter;
use super::sniff::{Refusal, damaged};
use super::value::{is_error_code, show};
use super::{Cell, Kind, Limits};
use crate::location::column_letters;

/// The last column of a spreadsheet.
const LAST_COLUMN: u64 = 16_384;
/// The last row of a spreadsheet.
const LAST_ROW: u32 = 1_048_576;
/// The most text in one row.
pub(super) const MAX_ROW_TEXT: usize = 32 << 20;

/// Below this size the cells of a sheet may repeat shared texts as often as they like.
const RATIO_FROM: u64 = 256 << 20;

/// The cells of one row, until the next row begins.
#[derive(Default)]
struct OpenRow {
    /// From 0.
    row: u32,
    is_hidden: bool,
    cells: Vec<OpenCell>,
    is_out_of_order: bool,
    text: String,
    /// Where cells lead, by their columns.
    links: Vec<(u32, String)>,
}

/// A cell of the open row, its column from 0.
struct OpenCell {
    column: u32,
    start: usize,
    end: usize,
    kind: Kind,
    digits: u8,
}

/// Puts cells together into rows.
pub(super) struct CellWriter<'w> {
    limits: Limits,
    open: OpenRow,
    /// The end of the text of the cell added last.
    end: usize,
    /// How many cells there were, and how much text they hold.
    cells: u64,
    text: u64,
    /// The most text that they may hold.
    most_text: u64,
    writer: RowWriter<'w>,
}

impl<'w> CellWriter<'w> {
    /// Rows go to `writer`, as far as `limits` allow.
    pub(super) fn new(limits: &Limits, writer: RowWriter<'w>) -> CellWriter<'w> {
        let most_text = limits.inflated;
        let limits = Limits { columns: most_columns(limits), ..*limits };
        CellWriter { limits, open: OpenRow::default(), end: 0, cells: 0, text: 0, most_text, writer }
    }

    /// The cells come from a file of `bytes` bytes, which cannot be worth any amount of text.
    pub(super) fn packed_in(&mut self, bytes: u64) {
        self.most_text = most_text(&self.limits, bytes);
    }

    /// Adds the cell at `row` and `column`, both from 0.
    pub(super) fn add(&mut self, row: u32, column: u32, value: &DataRef<'_>) -> Result<ControlFlow<()>, Refusal> {
        if self.row(row)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        self.count()?;
        if let Some(kind) = show(value, self.text()) {
            // An ODS keeps the error that it shows as text.
            let is_error = kind == Kind::Text && is_error_code(&self.open.text[self.end..]);
            self.put(column, if is_error { Kind::Error } else { kind }, 0)?;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Adds a cell that holds a formula and no value.
    pub(super) fn add_formula(&mut self, row: u32, column: u32, formula: &str) -> Result<ControlFlow<()>, Refusal> {
        if self.row(row)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
        self.count()?;
        self.text().push_str(formula);
        self.put(column, Kind::Formula, 0)?;
        Ok(ControlFlow::Continue(()))
    }

    /// The cells that follow stand in `row`, from 0.
    pub(super) fn row(&mut self, row: u32) -> Result<ControlFlow<()>, Refusal> {
        if row != self.open.row {
            if self.close()?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            self.open.row = row;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The row is hidden.
    pub(super) fn hide(&mut self) {
        self.open.is_hidden = true;
    }

    /// A cell comes, with a value or without.
    #[inline]
    pub(super) fn count(&mut self) -> Result<(), Refusal> {
        self.cells += 1;
        if self.cells > self.limits.cells {
            let what = format!("the sheet has more than {} cells, at row {}", self.limits.cells, self.open.row + 1);
            return Err(self.limits.passed("cells", &what));
        }
        Ok(())
    }

    /// Where the text of the next cell is appended.
    pub(super) fn text(&mut self) -> &mut String {
        &mut self.open.text
    }

    /// The text appended since the cell before is that of the cell in `column`, from 0.
    pub(super) fn put(&mut self, column: u32, kind: Kind, digits: u8) -> Result<(), Refusal> {
        let (start, end) = (self.end, self.open.text.len());
        if u64::from(column) >= self.limits.columns || self.open.row >= LAST_ROW {
            return self.put_far(column);
        }
        if (end - start) as u64 > self.limits.cell_text {
            let what = format!("cell {} holds a longer text than a cell may", self.name(column));
            return Err(self.limits.passed("cell-text", &what));
        }
        if end > MAX_ROW_TEXT {
            let row = self.open.row + 1;
            return Err(Refusal::Limit(format!("row {row} holds more than 32 MiB of text; shorten it")));
        }
        self.open.is_out_of_order |= self.open.cells.last().is_some_and(|last| last.column >= column);
        self.open.cells.push(OpenCell { column, start, end, kind, digits });
        self.end = end;
        Ok(())
    }

    /// A cell where no sheet of products has one: nothing if it is blank.
    fn put_far(&mut self, column: u32) -> Result<(), Refusal> {
        if self.open.row >= LAST_ROW {
            let row = u64::from(self.open.row) + 1;
            return Err(Refusal::Limit(format!("row {row} is behind row {LAST_ROW}, the last of a sheet")));
        }
        if self.open.text[self.end..].trim().is_empty() {
            let len = self.open.text.len() - self.end;
            self.open.text.truncate(self.end);
            return self.count_text(len);
        }
        let columns = self.limits.columns;
        let last = column_letters(u32::try_from(columns).unwrap_or(u32::MAX));
        let name = self.name(column);
        let what = format!("cell {name} has a value; a sheet may use {columns} columns (up to {last}), so clear it");
        Err(self.limits.passed("columns", &what))
    }

    /// The cell in `column`, which was put last, leads to `target`.
    pub(super) fn link(&mut self, column: u32, target: String) {
        self.open.links.push((column, target));
    }

    /// The name of the cell in `column`, from 0, of the open row.
    pub(super) fn name(&self, column: u32) -> String {
        format!("{}{}", column_letters(column.saturating_add(1)), u64::from(self.open.row) + 1)
    }

    /// Hands the open row on; a blank one is left out.
    fn close(&mut self) -> Result<ControlFlow<()>, Refusal> {
        let mut answer = ControlFlow::Continue(());
        self.count_text(self.end)?;
        if !self.open.text[..self.end].trim().is_empty() {
            let number = self.open.row + 1;
            if self.writer.last_row().is_some_and(|last| last >= number) {
                return Err(damaged(&format!("row {number} comes too late")).into());
            }
            self.sort()?;
            answer = self.writer.begin(number, 0);
            if answer.is_continue() {
                push_cells(&self.open, &mut self.writer);
            }
        }
        let OpenRow { is_hidden, cells, is_out_of_order, text, links, .. } = &mut self.open;
        (*is_hidden, *is_out_of_order) = (false, false);
        cells.clear();
        text.clear();
        links.clear();
        self.end = 0;
        Ok(answer)
    }

    /// Counts `len` bytes of text, blank or not: to look at them takes time.
    fn count_text(&mut self, len: usize) -> Result<(), Refusal> {
        self.text += len as u64;
        if self.text <= self.most_text {
            return Ok(());
        }
        let (row, Limits { ratio, inflated, .. }) = (self.open.row + 1, self.limits);
        let (name, what) = if self.most_text < inflated {
            ("ratio", format!("hold more than {ratio} times as much text as the file has bytes"))
        } else {
            ("inflated", "hold more text than a sheet may".to_owned())
        };
        Err(self.limits.passed(name, &format!("the cells up to row {row} {what}")))
    }

    /// Puts the cells of the open row in the order of their columns.
    fn sort(&mut self) -> Result<(), Refusal> {
        if !self.open.is_out_of_order {
            return Ok(());
        }
        self.open.cells.sort_by_key(|cell| cell.column);
        self.open.links.sort_by_key(|(column, _)| *column);
        let twice = self.open.cells.windows(2).find(|pair| pair[0].column == pair[1].column);
        match twice.map(|pair| pair[0].column) {
            Some(column) => Err(damaged(&format!("cell {} comes twice", self.name(column))).into()),
            None => Ok(()),
        }
    }

    /// How many cells came so far, and the bytes of their text.
    pub(super) fn counted(&mut self) -> Result<(u64, u64), Refusal> {
        let _goes_on = self.close()?;
        Ok((self.cells, self.text))
    }

    /// Hands out what is left; answers whether more would have been taken.
    pub(super) fn finish(mut self) -> Result<bool, Refusal> {
        Ok(self.close()?.is_continue() && self.writer.finish())
    }
}

/// The most columns of a sheet: no spreadsheet has more, whatever is asked for.
pub(super) fn most_columns(limits: &Limits) -> u64 {
    limits.columns.min(LAST_COLUMN)
}

/// The most text that the cells of a file of `bytes` bytes may hold.
pub(super) fn most_text(limits: &Limits, bytes: u64) -> u64 {
    bytes.saturating_mul(limits.ratio).max(RATIO_FROM).min(limits.inflated)
}

/// Writes the cells of a row, which are in order, and blank ones between them.
fn push_cells(row: &OpenRow, writer: &mut RowWriter<'_>) {
    if row.is_hidden {
        writer.hide();
    }
    let mut width = 0;
    let mut links = row.links.iter().peekable();
    for &OpenCell { column, start, end, kind, digits } in &row.cells {
        for _ in width..column {
            writer.push_cell(Cell::BLANK);
        }
        writer.push_cell(Cell { text: &row.text[start..end], kind, digits });
        width = column + 1;
        while let Some((_, target)) = links.next_if(|(at, _)| *at <= column) {
            writer.link(target);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_cells(cells: &[(u32, u32, &str)], expect: &str) {
        let mut rows = Vec::new();
        let mut each = |block: super::super::Block| {
            rows.extend(block.rows().map(|row| row.cells().map(|cell| cell.text.to_owned()).collect::<Vec<_>>()));
            ControlFlow::Continue(())
        };
        let limits = Limits { cells: 5, cell_text: 10, ..Limits::default() };
        let mut writer = CellWriter::new(&limits, RowWriter::new(&mut each));
        let added = cells.iter().try_for_each(|&(row, column, text)| {
            writer.add(row, column, &DataRef::SharedString(text)).map(|answer| assert!(answer.is_continue()))
        });
        let found = match added.and_then(|()| writer.finish()) {
            Ok(_) => rows.iter().map(|row| row.join("|")).collect::<Vec<_>>().join(" / "),
            Err(error) => error.to_string(),
        };
        assert!(found.contains(expect), "{found}");
    }

    #[test]
    fn cells_out_of_order_are_put_in_order() {
        check_cells(&[(0, 2, "c"), (0, 0, "a"), (1, 1, "b")], "a||c / |b");
    }

    #[test]
    fn rows_and_cells_that_come_twice_are_damage() {
        check_cells(&[(0, 0, "a"), (0, 0, "b")], "is damaged (cell A1 comes twice)");
        check_cells(&[(1, 0, "a"), (0, 0, "b")], "is damaged (row 1 comes too late)");
        check_cells(&[(u32::MAX, 0, "a")], "row 4294967296 is behind row 1048576");
    }

    #[test]
    fn more_than_a_sheet_may_have_is_refused() {
        check_cells(
            &[(0, 1_000, "a")],
            "cell ALM1 has a value; a sheet may use 1000 columns (up to ALL), so clear it; ",
        );
        check_cells(&[(0, 0, "a"), (0, 1_000, " "), (0, 1, "b")], "a|b");
        check_cells(
            &[(0, 0, "12345678901")],
            "cell A1 holds a longer text than a cell may; the limit `cell-text` is 10",
        );
        let many: Vec<(u32, u32, &str)> = (0..6).map(|row| (row, 0, "")).collect();
        check_cells(&many, "more than 5 cells, at row 6; the limit `cells` is 5; if the file is sound, raise it with");
    }
}
