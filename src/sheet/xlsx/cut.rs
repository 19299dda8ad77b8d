//! The rows of a worksheet's part -> chunks, cut between two rows.
//!
//! The thread that unpacks does no more than this: it looks for the tag of the last row of what is there, and for the
//! end of the rows. Any other thread takes a chunk apart. What is not written as spreadsheet programs write it (a prefix,
//! a comment, a row without its number) is not cut: from there on the complete reader goes on, in the middle of the part.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::memmem::{self, Finder, FinderRev};

use super::super::cells::{CellWriter, most_text};
use super::super::chunk::{self, Chunk};
use super::super::rows::RowWriter;
use super::super::sniff::Refusal;
use super::super::{Block, Limits, SheetError};
use super::cell::Common;
use super::worksheet::SheetReader;
use super::xml::{Xml, malformed};
use super::{place, regular};

/// The most bytes that are looked through for the next row.
const FARTHEST: usize = 32 * chunk::MOST;

/// The most text in one chunk, however often its cells share one.
pub(super) const MOST_TEXT: usize = if cfg!(test) { 1 << 20 } else { 256 << 20 };

const ROW: &[u8] = b"<row";

/// What all chunks of a sheet share.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) file: Arc<str>,
    pub(super) common: Arc<Common>,
    pub(super) limits: Limits,
    /// The size of the file.
    pub(super) packed: u64,
    /// The cells of all chunks that were taken apart, and their text.
    cells: AtomicU64,
    text: AtomicU64,
}

/// What a stretch of rows holds.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) cells: u64,
    /// Bytes.
    pub(super) text: u64,
    /// How many of the cells are formulas whose value was computed before.
    pub(super) formulas: u64,
}

impl Whole {
    pub(super) fn new(file: &Arc<str>, common: &Arc<Common>, limits: &Limits, packed: u64) -> Whole {
        Whole {
            file: Arc::clone(file),
            common: Arc::clone(common),
            limits: *limits,
            packed,
            cells: AtomicU64::new(0),
            text: AtomicU64::new(0),
        }
    }

    /// A writer of cells that stand in this file.
    pub(super) fn writer<'w>(&self, rows: RowWriter<'w>) -> CellWriter<'w> {
        let mut writer = CellWriter::new(&self.limits, rows);
        writer.packed_in(self.packed);
        writer
    }

    /// Reads the rows of `text`, however they are written.
    pub(super) fn any(&self, text: &[u8]) -> Result<(Block, Counted), Refusal> {
        let mut block = Block::new();
        let mut too_long = None;
        let mut each = |next: Block| {
            if block.text_len() + next.text_len() > MOST_TEXT {
                too_long = next.rows().next().map(|row| row.number());
                return ControlFlow::Break(());
            }
            block.append(next);
            ControlFlow::Continue(())
        };
        let xml = Xml::within(text, &self.limits, &[b"worksheet", b"sheetData"]);
        let counted = SheetReader::new(xml, &self.common, self.writer(RowWriter::new(&mut each))).read_all()?;
        if let Some(row) = too_long {
            let most = MOST_TEXT >> 20;
            return Err(Refusal::Limit(format!(
                "the rows from {row} on hold more than {most} MiB of text; shorten it"
            )));
        }
        Ok((block, counted))
    }

    /// Counts what a chunk holds; refuses more than one sheet may.
    fn count(&self, counted: &Counted) -> Result<(), Refusal> {
        let cells = self.cells.fetch_add(counted.cells, Ordering::Relaxed) + counted.cells;
        let text = self.text.fetch_add(counted.text, Ordering::Relaxed) + counted.text;
        if cells > self.limits.cells || text > most_text(&self.limits, self.packed) {
            return Err(Refusal::Limit("its cells are too many, or hold too much text".to_owned()));
        }
        Ok(())
    }
}

/// Whole rows of a worksheet, as they stand there.
#[derive(Debug)]
pub(in super::super) struct RowsChunk {
    whole: Arc<Whole>,
    text: Vec<u8>,
    /// The number of the row behind it, where one is.
    before: Option<u32>,
}

impl RowsChunk {
    /// Its rows.
    pub(in super::super) fn block(self) -> Result<Block, SheetError> {
        let RowsChunk { whole, text, before } = self;
        let read = match String::from_utf8(text) {
            Ok(text) => regular::read(text, &whole).or_else(|text| whole.any(text.as_bytes())),
            Err(error) => whole.any(error.as_bytes()),
        };
        let read = read.and_then(|(block, counted)| whole.count(&counted).map(|()| (block, counted)));
        let (mut block, counted) = read.map_err(|refusal| refusal.of(&whole.file))?;
        block.note_formulas(counted.formulas);
        if before.is_some_and(|before| block.last_row().is_some_and(|row| row >= before)) {
            return Err(malformed("its rows are out of order").of(&whole.file));
        }
        Ok(block)
    }
}

/// Cuts the rows that `xml` comes to, inside their element, as far as they are written as expected. The rest is left to
/// `xml`.
pub(super) fn cut<R: Read>(
    xml: &mut Xml<R>,
    whole: &Arc<Whole>,
    each: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Refusal> {
    let end = Finder::new("</sheetData");
    let rows = FinderRev::new(ROW);
    let mut text = Vec::new();
    let mut looked = 0;
    let mut least = 1;
    let mut hand_out = |text, before| each(Chunk::of_rows(RowsChunk { whole: Arc::clone(whole), text, before }));
    let mut size = chunk::FIRST;
    while xml.take_raw(size, &mut text)? && text.len() < FARTHEST {
        size = (2 * size).min(chunk::MOST);
        // A mark may stand across what was there and what is new.
        let end = end.find(&text[looked..]).map(|at| looked + at);
        let new = &text[looked..end.unwrap_or(text.len())];
        // A comment, CDATA, an instruction.
        if memchr::memchr2_iter(b'!', b'?', new).any(|at| at > 0 && new[at - 1] == b'<') {
            break;
        }
        if let Some(end) = end {
            if !are_whole(&text[..end], &rows, least) {
                break;
            }
            let rest = text.split_off(end);
            let answer = hand_out(text, None);
            xml.give_back(rest);
            return Ok(answer);
        }
        looked = text.len().saturating_sub(16);
        let border = match border(&text, &rows, least) {
            Found::Border(border) => border,
            Found::Nothing => continue,
            Found::Strange => break,
        };
        let rest = text.split_off(border.at);
        let answer = hand_out(text, Some(border.row));
        (text, least, looked) = (rest, border.row, looked.saturating_sub(border.at));
        if answer.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    xml.give_back(text);
    Ok(ControlFlow::Continue(()))
}

/// Where a row begins.
struct Border {
    at: usize,
    row: u32,
}

/// What was looked for in a stretch of rows.
enum Found {
    /// The last row. It stands behind all others, as do those behind the border before.
    Border(Border),
    /// None yet that has another before it.
    Nothing,
    /// Rows that are not written as expected.
    Strange,
}

/// Looks for the last row of `text` whose tag is whole.
fn border(text: &[u8], rows: &FinderRev<'_>, least: u32) -> Found {
    let whole = |end: usize| {
        let at = rows.rfind(&text[..end])?;
        Some((at, tag(&text[at..])?))
    };
    // The tag of the last may be cut.
    let cut = rows.rfind(text).filter(|at| !text[*at..].contains(&b'>'));
    let Some((at, tag)) = whole(cut.unwrap_or(text.len())) else { return Found::Nothing };
    let Some((_, before)) = whole(at) else { return Found::Nothing };
    match (number(before), number(tag), first_row(text)) {
        (Some(before), Some(row), Some(first)) if before < row && first >= least => Found::Border(Border { at, row }),
        _ => Found::Strange,
    }
}

/// The rows in `text` are whole, stand behind `least`, and the last is written as expected.
fn are_whole(text: &[u8], rows: &FinderRev<'_>, least: u32) -> bool {
    let is_last = |row: &[u8]| {
        let tag = tag(row)?;
        let end = if tag.ends_with(b"/") { tag.len() + 1 } else { memmem::find(row, b"</row>")? + 6 };
        Some(end == row.len() && number(tag).is_some())
    };
    let last = rows.rfind(text).map(|at| text[at..].trim_ascii_end());
    last.and_then(is_last) == Some(true) && first_row(text).is_some_and(|first| first >= least)
}

/// The number of the row with which `text` begins.
fn first_row(text: &[u8]) -> Option<u32> {
    let first = text.trim_ascii_start();
    first.starts_with(ROW).then(|| number(tag(first)?)).flatten()
}

/// The tag at the beginning of `text`, without its end.
fn tag(text: &[u8]) -> Option<&[u8]> {
    Some(&text[..memchr::memchr(b'>', text)?])
}

/// The number that the tag of a row gives it.
fn number(tag: &[u8]) -> Option<u32> {
    let attributes = tag.strip_prefix(ROW).filter(|rest| rest.starts_with(b" "))?;
    let at = memmem::find(attributes, b" r=\"")? + 4;
    let len = memchr::memchr(b'"', &attributes[at..])?;
    place::number(&attributes[at..at + len]).filter(|number| *number > 0)
}
