//! A workbook's cells -> rows.
//!
//! Cells come one after the other, each with its place. They are put in column order, gaps are filled
//! with blank cells, and what no sheet of products needs, a value in a far column or behind the last
//! row, is refused with its cell's name.

use std::ops::ControlFlow;
use std::sync::Arc;

use calamine::DataRef;

use super::rows::RowWriter;
use super::sniff::damaged;
use super::value::show;
use super::{Kind, MAX_COLUMNS, SheetError};
use crate::location::column_letters;

/// The last row of a spreadsheet.
const LAST_ROW: u32 = 1_048_576;
/// The most text in one row; 1,000 cells as full as Excel allows have less.
const MAX_ROW_TEXT: usize = 128 << 20;

/// The cells of one row, until the next row begins.
#[derive(Default)]
struct OpenRow {
    /// From 0.
    row: u32,
    /// Column from 0, end of its text, kind.
    cells: Vec<(u32, usize, Kind)>,
    text: String,
}

/// Puts cells together into rows.
pub(super) struct CellWriter<'a, 'w> {
    file: &'a Arc<str>,
    open: OpenRow,
    writer: RowWriter<'w>,
}

impl<'a, 'w> CellWriter<'a, 'w> {
    /// Rows go to `writer`; `file` is for messages.
    pub(super) fn new(file: &'a Arc<str>, writer: RowWriter<'w>) -> CellWriter<'a, 'w> {
        CellWriter { file, open: OpenRow::default(), writer }
    }

    /// Adds the cell at `row` and `column`, both from 0.
    pub(super) fn add(&mut self, row: u32, column: u32, value: &DataRef<'_>) -> Result<ControlFlow<()>, SheetError> {
        if row != self.open.row {
            if self.close()?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            self.open.row = row;
        }
        let start = self.open.text.len();
        let Some(kind) = show(value, &mut self.open.text) else { return Ok(ControlFlow::Continue(())) };
        if row >= LAST_ROW {
            return Err(self.limit(format!("row {} is behind row {LAST_ROW}, the last of a sheet", u64::from(row) + 1)));
        }
        if self.open.text.len() > MAX_ROW_TEXT {
            return Err(self.limit(format!("row {} holds more than 128 MiB of text; shorten it", row + 1)));
        }
        if column < MAX_COLUMNS {
            self.open.cells.push((column, self.open.text.len(), kind));
        } else if self.open.text[start..].trim().is_empty() {
            self.open.text.truncate(start);
        } else {
            return Err(self.limit(format!(
                "cell {}{} has a value; a sheet may use {MAX_COLUMNS} columns (up to {}), so clear it",
                column_letters(column.saturating_add(1)),
                row + 1,
                column_letters(MAX_COLUMNS)
            )));
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Adds a cell that holds a formula and no value.
    pub(super) fn add_formula(&mut self, row: u32, column: u32, formula: &str) -> Result<ControlFlow<()>, SheetError> {
        let answer = self.add(row, column, &DataRef::SharedString(formula))?;
        if let Some((_, _, kind)) = self.open.cells.last_mut().filter(|cell| cell.0 == column) {
            *kind = Kind::Formula;
        }
        Ok(answer)
    }

    /// Hands the open row on; a blank one is left out.
    fn close(&mut self) -> Result<ControlFlow<()>, SheetError> {
        let OpenRow { row, cells, text } = &mut self.open;
        let mut answer = ControlFlow::Continue(());
        if !text.trim().is_empty() {
            let number = *row + 1;
            if self.writer.last_row().is_some_and(|last| last >= number) {
                return Err(self.damaged(&format!("row {number} comes too late")));
            }
            answer = self.writer.begin(number, 0);
            if answer.is_continue()
                && let Some(twice) = push_cells(cells, text, &mut self.writer)
            {
                return Err(self.damaged(&format!("cell {}{number} comes twice", column_letters(twice + 1))));
            }
        }
        self.open.cells.clear();
        self.open.text.clear();
        Ok(answer)
    }

    /// Hands out what is left.
    pub(super) fn finish(mut self) -> Result<(), SheetError> {
        if self.close()?.is_continue() {
            self.writer.finish();
        }
        Ok(())
    }

    fn limit(&self, limit: String) -> SheetError {
        SheetError::Limit { file: Arc::clone(self.file), limit }
    }

    fn damaged(&self, how: &str) -> SheetError {
        SheetError::Unreadable { file: Arc::clone(self.file), reason: damaged(how) }
    }
}

/// Writes the cells in column order; answers the column, from 0, that comes twice.
fn push_cells(cells: &[(u32, usize, Kind)], text: &str, writer: &mut RowWriter<'_>) -> Option<u32> {
    let mut start = 0;
    let mut in_order: Vec<(u32, &str, Kind)> = Vec::with_capacity(cells.len());
    for &(column, end, kind) in cells {
        in_order.push((column, &text[start..end], kind));
        start = end;
    }
    if !in_order.is_sorted_by_key(|cell| cell.0) {
        in_order.sort_by_key(|cell| cell.0);
    }
    if let Some(pair) = in_order.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Some(pair[0].0);
    }
    for (column, shown, kind) in in_order {
        writer.pad(column as usize);
        writer.push(shown, kind);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_cells(cells: &[(u32, u32, &str)], expect: &str) {
        let file: Arc<str> = "shop.xlsx".into();
        let mut rows = Vec::new();
        let mut each = |block: super::super::Block| {
            rows.extend(block.rows().map(|row| row.cells().map(|cell| cell.text.to_owned()).collect::<Vec<_>>()));
            ControlFlow::Continue(())
        };
        let mut writer = CellWriter::new(&file, RowWriter::new(&mut each));
        let added = cells.iter().try_for_each(|&(row, column, text)| {
            writer.add(row, column, &DataRef::SharedString(text)).map(|answer| assert!(answer.is_continue()))
        });
        let found = match added.and_then(|()| writer.finish()) {
            Ok(()) => rows.iter().map(|row| row.join("|")).collect::<Vec<_>>().join(" / "),
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
}
