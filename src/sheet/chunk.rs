//! Rows as a file spells them: one thread cuts them off, any thread takes them apart.

use super::csv::TextChunk;
use super::xlsx::RowsChunk;
use super::{Block, SheetError};

/// The bytes that are cut off at once, what the last row lacks left aside: few enough to stay near the processor. Our
/// tests have borders everywhere.
pub(super) const MOST: usize = if cfg!(test) { 64 } else { 256 << 10 };

/// Those that are cut off first: every core soon has work.
pub(super) const FIRST: usize = MOST / 4;

/// A run of rows, in the order of its sheet, that may not have been taken apart yet.
#[derive(Debug)]
pub struct Chunk(Rows);

#[derive(Debug)]
enum Rows {
    Block(Block),
    Text(TextChunk),
    Sheet(RowsChunk),
}

impl Chunk {
    pub(super) fn of_block(block: Block) -> Chunk {
        Chunk(Rows::Block(block))
    }

    pub(super) fn of_text(chunk: TextChunk) -> Chunk {
        Chunk(Rows::Text(chunk))
    }

    pub(super) fn of_rows(chunk: RowsChunk) -> Chunk {
        Chunk(Rows::Sheet(chunk))
    }

    /// Its rows; blank ones before the first and behind the last are left out.
    ///
    /// # Errors
    ///
    /// The rows cannot be read. What [`Source::read`](super::Source::read) says of the whole sheet says it better.
    pub fn block(self) -> Result<Block, SheetError> {
        match self.0 {
            Rows::Block(block) => Ok(block),
            Rows::Text(chunk) => chunk.block(),
            Rows::Sheet(chunk) => chunk.block(),
        }
    }
}
