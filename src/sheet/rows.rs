//! Rows -> [`Block`]s of a bounded size, handed to whoever reads the sheet.
//!
//! Rows come in with their numbers. Numbers left out between two rows are blank rows, handed out as
//! rows without cells; blank rows before the first and after the last row are never made, so that a
//! million formatted empty rows cost nothing.

use std::ops::ControlFlow;

use super::{BLOCK_ROWS, Block, Cell, Kind};

/// A block is handed out when its text passes this many bytes.
pub(super) const BLOCK_TEXT: usize = 4 << 20;

/// The rows of a short first block: those in which a header and instructions below it are looked for, and one more.
const FIRST_ROWS: usize = 41;

/// Collects rows into blocks.
pub(super) struct RowWriter<'a> {
    block: Block,
    /// The rows after which the block is handed out.
    most_rows: usize,
    last_row: Option<u32>,
    each: &'a mut dyn FnMut(Block) -> ControlFlow<()>,
}

impl<'a> RowWriter<'a> {
    /// Blocks go to `each` until it answers `Break`.
    pub(super) fn new(each: &'a mut dyn FnMut(Block) -> ControlFlow<()>) -> RowWriter<'a> {
        RowWriter { block: Block::new(), most_rows: BLOCK_ROWS, last_row: None, each }
    }

    /// As `new`, with a short first block.
    pub(super) fn soon(each: &'a mut dyn FnMut(Block) -> ControlFlow<()>) -> RowWriter<'a> {
        RowWriter { most_rows: FIRST_ROWS, ..RowWriter::new(each) }
    }

    /// The row opened last.
    pub(super) fn last_row(&self) -> Option<u32> {
        self.last_row
    }

    /// Opens row `row`, which begins on line `line` of a text file (0 for none). Rows must come in order.
    pub(super) fn begin(&mut self, row: u32, line: u64) -> ControlFlow<()> {
        let first_blank = self.last_row.map_or(row, |last| last.saturating_add(1));
        for blank in first_blank..row {
            self.cut_when_full()?;
            // A blank row of a text file is one line high.
            self.block.begin_row(blank, line.saturating_sub(u64::from(row - blank)));
        }
        self.cut_when_full()?;
        self.block.begin_row(row, line);
        self.last_row = Some(row);
        ControlFlow::Continue(())
    }

    /// Appends a cell to the row opened last.
    pub(super) fn push(&mut self, text: &str, kind: Kind) {
        self.block.push(text, kind);
    }

    /// Appends a cell, with what its number format says, to the row opened last.
    pub(super) fn push_cell(&mut self, cell: Cell<'_>) {
        self.block.push_cell(cell);
    }

    /// The cell appended last leads to `target`.
    pub(super) fn link(&mut self, target: &str) {
        self.block.link(target);
    }

    /// The row opened last is hidden.
    pub(super) fn hide(&mut self) {
        self.block.hide_row();
    }

    /// Hands out what is left; answers whether more would have been taken.
    pub(super) fn finish(self) -> bool {
        self.block.is_empty() || (self.each)(self.block).is_continue()
    }

    fn cut_when_full(&mut self) -> ControlFlow<()> {
        if self.block.len() < self.most_rows && self.block.text_len() <= BLOCK_TEXT {
            return ControlFlow::Continue(());
        }
        self.most_rows = BLOCK_ROWS;
        (self.each)(std::mem::take(&mut self.block))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rows: &[(u32, usize)], expect: &[(u32, u32)]) {
        check_of(|each| RowWriter::new(each), rows, expect);
    }

    #[track_caller]
    fn check_of(
        new: impl for<'a> FnOnce(&'a mut dyn FnMut(Block) -> ControlFlow<()>) -> RowWriter<'a>,
        rows: &[(u32, usize)],
        expect: &[(u32, u32)],
    ) {
        let mut blocks = Vec::new();
        let mut each = |block: Block| {
            let numbers: Vec<u32> = block.rows().map(|row| row.number()).collect();
            blocks.push((numbers[0], numbers[numbers.len() - 1]));
            ControlFlow::Continue(())
        };
        let mut writer = new(&mut each);
        for (row, text_len) in rows {
            assert!(writer.begin(*row, 0).is_continue());
            writer.push(&"x".repeat(*text_len), Kind::Text);
        }
        writer.finish();
        assert_eq!(blocks, expect);
    }

    #[test]
    fn blank_rows_are_made_between_rows_only() {
        check(&[(3, 1), (6, 1)], &[(3, 6)]);
        check(&[], &[]);
    }

    #[test]
    fn a_block_ends_after_1024_rows() {
        check(&[(1, 1), (1024, 1)], &[(1, 1024)]);
        check(&[(1, 1), (1025, 1)], &[(1, 1024), (1025, 1025)]);
    }

    #[test]
    fn a_first_block_that_is_wanted_soon_is_short() {
        let check = |rows: &[(u32, usize)], expect: &[(u32, u32)]| check_of(|each| RowWriter::soon(each), rows, expect);
        check(&[(1, 1), (41, 1)], &[(1, 41)]);
        check(&[(1, 1), (42, 1)], &[(1, 41), (42, 42)]);
        check(&[(1, 1), (1065, 1)], &[(1, 41), (42, 1065)]);
        check(&[(1, 1), (1066, 1)], &[(1, 41), (42, 1065), (1066, 1066)]);
    }

    #[test]
    fn a_block_ends_when_its_text_passes_four_mebibytes() {
        check(&[(1, 4 << 20), (2, 1), (3, 1)], &[(1, 2), (3, 3)]);
    }

    #[test]
    fn nothing_more_is_handed_out_after_break() {
        let mut blocks = 0;
        let mut each = |_: Block| {
            blocks += 1;
            ControlFlow::Break(())
        };
        let mut writer = RowWriter::new(&mut each);
        assert!(writer.begin(1, 0).is_continue());
        assert!(writer.begin(1_048_576, 0).is_break());
        drop(writer);
        assert_eq!(blocks, 1);
    }
}
