//! A chunk of text -> rows, at once where it is written as nearly every file is; otherwise by the complete reader.
//!
//! Regular is: a cell in quotes ends with its quote, and each record is shorter and narrower than it may be. Cells stay
//! where they are in the chunk; only doubled quotes are mended, in place.

use std::io;
use std::ops::{ControlFlow, Range};

use memchr::{memchr, memchr_iter, memchr2};

use super::super::block::CellSpan;
use super::super::{Block, Kind, SheetError};
use super::TextPlan;
use super::cut::TextChunk;

impl TextChunk {
    /// Its rows.
    pub(in super::super) fn block(mut self) -> Result<Block, SheetError> {
        match self.is_plain.then(|| self.regular()).flatten() {
            Some(block) => Ok(block),
            None => self.any(),
        }
    }

    /// Its rows where it is regular. Where it is not, the text is as it was.
    fn regular(&mut self) -> Option<Block> {
        let mut found = Found { block: Block::new(), doubled: Vec::new() };
        let reader = Regular { text: &self.text, plan: &self.plan, at: 0, cells: Vec::new() };
        reader.read(self.start.rows, self.start.line, &mut found)?;
        let Found { mut block, doubled, .. } = found;
        for (cell, place) in &doubled {
            block.shorten(*cell, place.start + undouble(&mut self.text[place.clone()]));
        }
        match String::from_utf8(std::mem::take(&mut self.text)) {
            Ok(text) => {
                block.fill(text);
                Some(block)
            }
            Err(error) => {
                // The complete reader says which line it is.
                self.text = error.into_bytes();
                None
            }
        }
    }

    /// Its rows, however they are written.
    fn any(self) -> Result<Block, SheetError> {
        let TextChunk { file, plan, start, text, .. } = self;
        let mut whole = Block::new();
        let mut each = |block: Block| {
            whole.append(block);
            ControlFlow::Continue(())
        };
        plan.read_on(&file, start, &text, &mut io::empty(), &mut each)?;
        Ok(whole)
    }
}

/// Makes one quote of each two, fills the room that is left with spaces, and answers the length.
fn undouble(cell: &mut [u8]) -> usize {
    let mut from = 0;
    let mut to = 0;
    while from < cell.len() {
        let len = memchr(b'"', &cell[from..]).map_or(cell.len() - from, |quote| quote + 1);
        cell.copy_within(from..from + len, to);
        to += len;
        // The second of the two is passed.
        from += len + 1;
    }
    cell[to..].fill(b' ');
    to
}

/// What was found in a chunk.
struct Found {
    block: Block,
    /// Cells with doubled quotes, and where they stand.
    doubled: Vec<(usize, Range<usize>)>,
}

/// Reads records.
struct Regular<'a> {
    text: &'a [u8],
    plan: &'a TextPlan,
    at: usize,
    /// Where the cells of the record stand, and which of them have doubled quotes.
    cells: Vec<(Range<usize>, bool)>,
}

/// What stands behind a cell.
#[derive(PartialEq, Eq)]
enum Behind {
    Cell,
    LineEnd,
}

impl Regular<'_> {
    /// Reads all records; nothing where one is not regular.
    fn read(mut self, rows: u32, mut line: u64, found: &mut Found) -> Option<()> {
        let mut row = rows;
        while self.at < self.text.len() {
            row = row.saturating_add(1);
            let begun = self.at;
            if self.passes_line_end() {
                line += 1;
                continue;
            }
            let lines = self.record()?;
            if (self.at - begun) as u64 >= self.plan.limits.row_text
                || self.cells.len() as u64 > self.plan.limits.columns
            {
                return None;
            }
            if !self.is_blank() {
                found.push(row, line, &self.cells);
            }
            line += lines;
        }
        Some(())
    }

    /// Passes a line end, where one stands here.
    fn passes_line_end(&mut self) -> bool {
        let len = match self.text[self.at..] {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            _ => return false,
        };
        self.at += len;
        true
    }

    /// Finds the cells of the record; answers its line ends.
    fn record(&mut self) -> Option<u64> {
        self.cells.clear();
        let mut lines = 1;
        loop {
            let behind = if self.text.get(self.at) == Some(&b'"') { self.quoted(&mut lines)? } else { self.bare()? };
            if behind == Behind::LineEnd {
                return Some(lines);
            }
        }
    }

    /// A cell without quotes around it.
    fn bare(&mut self) -> Option<Behind> {
        let rest = &self.text[self.at..];
        let len = memchr2(self.plan.delimiter, b'\n', rest)?;
        let mut end = self.at + len;
        let from = std::mem::replace(&mut self.at, end + 1);
        let behind = if rest[len] == b'\n' { Behind::LineEnd } else { Behind::Cell };
        if behind == Behind::LineEnd && len > 0 && rest[len - 1] == b'\r' {
            end -= 1;
        }
        self.cells.push((from..end, false));
        Some(behind)
    }

    /// A cell in quotes.
    fn quoted(&mut self, lines: &mut u64) -> Option<Behind> {
        let from = self.at + 1;
        let (mut end, mut is_doubled) = (from, false);
        loop {
            end += memchr(b'"', &self.text[end..])?;
            if self.text.get(end + 1) != Some(&b'"') {
                break;
            }
            is_doubled = true;
            end += 2;
        }
        *lines += memchr_iter(b'\n', &self.text[from..end]).count() as u64;
        self.cells.push((from..end, is_doubled));
        self.at = end + 1;
        if self.passes_line_end() {
            return Some(Behind::LineEnd);
        }
        if *self.text.get(self.at)? != self.plan.delimiter {
            return None;
        }
        self.at += 1;
        Some(Behind::Cell)
    }

    /// No cell of the record holds anything but white space.
    fn is_blank(&self) -> bool {
        self.cells.iter().all(|(place, _)| {
            let cell = &self.text[place.clone()];
            let is_filled = cell.iter().any(|byte| (b'!'..=b'~').contains(byte));
            !is_filled && str::from_utf8(cell).is_ok_and(|cell| cell.trim().is_empty())
        })
    }
}

impl Found {
    /// Adds a record, and before it the blank rows that lie between it and the last.
    fn push(&mut self, row: u32, line: u64, cells: &[(Range<usize>, bool)]) {
        let first = self.block.cells_len();
        let doubled = cells.iter().enumerate().filter(|(_, (_, is_doubled))| *is_doubled);
        self.doubled.extend(doubled.map(|(at, (place, _))| (first + at, place.clone())));
        self.block.push_row(row, line, cells.iter().map(|(place, _)| CellSpan::raw(place.clone(), Kind::Text, 0)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::ReadOptions;
    use super::super::super::source::test::{dump, dump_with};

    #[test]
    fn what_is_regular_is_read_as_the_complete_reader_does() {
        for text in ["a,b\n1,2\n", "a,\"b\"\"c\"\n\n\"x\ny\",\r\n\r\n \n,,\n1"] {
            dump(text.as_bytes(), "");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_the_same_way(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "a", "1", "ก", "\"", "\"\"", ",", ",", ",", "\n", "\n", "\r\n", "\r", " ", "\u{feff}", "5\" x",
                    "\"x\"", "\"x\ny\"", "\"x\"\"y\"", ";", "\t", "\u{a0}",
                ]),
                0..60,
            ),
        ) {
            let text = format!("sku,name\n{}", pieces.concat());
            let options = ReadOptions { delimiter: Some(b','), ..ReadOptions::default() };
            dump_with(text.as_bytes(), &options, "");
        }
    }
}
