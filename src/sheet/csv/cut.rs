//! The text of a file -> chunks, cut at the borders of records, each with the row and the line at which it begins.
//!
//! The thread that reads does no more than this: it looks for quotes, which tell whether a line end parts two records,
//! and counts line ends. Any other thread takes a chunk apart. A record that is longer than a row may be, or a file
//! that knows no `\n`, is not cut: from there on the rows are read one by one.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use memchr::{memchr, memchr_iter, memchr2, memrchr};

use super::super::bytes::Stream;
use super::super::chunk::{self, Chunk};
use super::super::rows::RowWriter;
use super::super::{Block, SheetError};
use super::{Start, TextPlan};

/// A byte order mark.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// Whole records of a text file, as they stand there.
#[derive(Debug)]
pub(in super::super) struct TextChunk {
    pub(super) file: Arc<str>,
    pub(super) plan: TextPlan,
    pub(super) start: Start,
    pub(super) text: Vec<u8>,
    /// It ends behind a line end that no quote holds, and each of its line ends is `\n` or `\r\n`.
    pub(super) is_plain: bool,
}

impl TextPlan {
    /// Hands out the records of `stream` in chunks, in their order, until the end or until `each` wants no more.
    pub(in super::super) fn cut(
        &self,
        file: &Arc<str>,
        mut stream: Stream,
        each: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
    ) -> Result<(), SheetError> {
        if !self.charset.is_utf8() {
            return self.cut_text(file, &mut self.charset.decode(stream), each);
        }
        // Whether it is text is looked at where the chunks are taken apart.
        self.cut_text(file, &mut stream, each)
    }

    fn cut_text(
        &self,
        file: &Arc<str>,
        text: &mut dyn Read,
        each: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
    ) -> Result<(), SheetError> {
        let failed = |source: io::Error| SheetError::Io { file: Arc::clone(file), source };
        let mut cutter = Cutter::new(self.delimiter);
        let mut start = self.start();
        let mut is_first = true;
        let mut size = chunk::FIRST;
        loop {
            let is_end = !fill(text, &mut cutter.text, size).map_err(failed)?;
            size = (2 * size).min(chunk::MOST);
            if is_first {
                cutter.pass_head(self.sep_line);
                is_first = false;
            }
            cutter.look();
            let Some(cut) = cutter.cut(is_end) else {
                if is_end {
                    return Ok(());
                }
                if cutter.text.len() as u64 <= self.limits.row_text {
                    continue;
                }
                // The complete reader takes the rest.
                return self.read_on(file, start, &cutter.text, text, &mut |block| each(Chunk::of_block(block)));
            };
            let Cut { text, rows, lines, is_plain } = cut;
            let chunk = TextChunk { file: Arc::clone(file), plan: *self, start, text, is_plain };
            if each(Chunk::of_text(chunk)).is_break() {
                return Ok(());
            }
            start = Start { rows: start.rows.saturating_add(rows), line: start.line + lines };
        }
    }

    /// Reads the rows of `text` and of what follows it one by one.
    pub(super) fn read_on(
        &self,
        file: &Arc<str>,
        start: Start,
        text: &[u8],
        behind: &mut dyn Read,
        each: &mut dyn FnMut(Block) -> ControlFlow<()>,
    ) -> Result<(), SheetError> {
        // An empty line in front keeps what looks like a byte order mark in the middle of the file from being taken
        // for one.
        let is_inside = start.rows > 0;
        let text = if is_inside { &b"\n"[..] } else { &[] }.chain(text).chain(behind);
        let start = Start { rows: start.rows - u32::from(is_inside), line: start.line - u64::from(is_inside) };
        let writer = RowWriter::new(each);
        let text: Box<dyn Read> =
            if self.charset.is_utf8() { Box::new(self.charset.decode(text)) } else { Box::new(text) };
        self.read_rows(file, text, start, writer).map(|_| ())
    }
}

/// Appends up to `most` bytes; answers whether there may be more.
fn fill(source: &mut dyn Read, text: &mut Vec<u8>, most: usize) -> io::Result<bool> {
    text.reserve(most);
    Ok(source.take(most as u64).read_to_end(text)? == most)
}

/// A stretch of text that was cut off.
struct Cut {
    text: Vec<u8>,
    /// Its line ends that part records, and all of them.
    rows: u32,
    lines: u64,
    is_plain: bool,
}

/// Finds the borders of records.
struct Cutter {
    delimiter: u8,
    /// What has not been cut off; it begins with a record.
    text: Vec<u8>,
    /// So much of it has been looked at.
    looked: usize,
    is_quoted: bool,
    /// Behind the quote that closed last; a quote there opens again.
    closed: usize,
    /// Behind the last line end that parts records; 0 for none.
    border: usize,
    /// The `\n` within quotes, as far as it was looked, and before the border.
    within: u64,
    within_border: u64,
}

impl Cutter {
    fn new(delimiter: u8) -> Cutter {
        Cutter {
            delimiter,
            text: Vec::new(),
            looked: 0,
            is_quoted: false,
            closed: usize::MAX,
            border: 0,
            within: 0,
            within_border: 0,
        }
    }

    /// Passes the marks and the line `sep=;` at the beginning of the file.
    fn pass_head(&mut self, sep_line: usize) {
        let mut head = 0;
        while self.text[head..].starts_with(MARK) {
            head += MARK.len();
        }
        self.text.drain(..self.text.len().min(head + sep_line));
    }

    /// Looks at the text that is new.
    fn look(&mut self) {
        while self.looked < self.text.len() {
            let rest = &self.text[self.looked..];
            if self.is_quoted {
                match memchr2(b'"', b'\n', rest) {
                    Some(at) if rest[at] == b'"' => {
                        self.looked += at + 1;
                        (self.is_quoted, self.closed) = (false, self.looked);
                    }
                    Some(at) => {
                        self.looked += at + 1;
                        self.within += 1;
                    }
                    None => self.looked = self.text.len(),
                }
                continue;
            }
            let quote = memchr(b'"', rest);
            if let Some(end) = memrchr(b'\n', &rest[..quote.unwrap_or(rest.len())]) {
                self.border = self.looked + end + 1;
                self.within_border = self.within;
            }
            let Some(quote) = quote else {
                self.looked = self.text.len();
                return;
            };
            let at = self.looked + quote;
            self.is_quoted = at == self.closed || self.begins_cell(at);
            self.looked = at + 1;
        }
    }

    /// A cell begins there; elsewhere a quote is a mark like others.
    fn begins_cell(&self, at: usize) -> bool {
        match at.checked_sub(1).map(|before| self.text[before]) {
            Some(byte) => byte == self.delimiter || matches!(byte, b'\n' | b'\r'),
            None => true,
        }
    }

    /// Cuts off what stands before the last border, or at the end all there is.
    fn cut(&mut self, is_end: bool) -> Option<Cut> {
        let end = if is_end { self.text.len() } else { self.border };
        if end == 0 {
            return None;
        }
        let mut rest = Vec::with_capacity(self.text.len() - end + chunk::MOST);
        rest.extend_from_slice(&self.text[end..]);
        self.text.truncate(end);
        let text = std::mem::replace(&mut self.text, rest);
        let has_returns_only = has_lone_return(&text);
        let is_whole = self.border == end;
        let (rows, lines) = if has_returns_only {
            counted(&text, self.delimiter)
        } else {
            let lines = memchr_iter(b'\n', &text).count() as u64;
            (u32::try_from(lines - self.within_border).unwrap_or(u32::MAX), lines)
        };
        self.looked -= end;
        self.closed = self.closed.checked_sub(end).unwrap_or(usize::MAX);
        self.within -= self.within_border;
        (self.border, self.within_border) = (0, 0);
        Some(Cut { text, rows, lines, is_plain: is_whole && !has_returns_only })
    }
}

/// A `\r` ends a line by itself.
fn has_lone_return(text: &[u8]) -> bool {
    memchr_iter(b'\r', text).any(|at| text.get(at + 1) != Some(&b'\n'))
}

/// The line ends of whole records that part them, and all of them, whatever they are written with.
fn counted(text: &[u8], delimiter: u8) -> (u32, u64) {
    let (mut rows, mut lines) = (0, 0);
    let (mut is_quoted, mut before) = (false, b'\n');
    let mut has_closed = false;
    for (at, &byte) in text.iter().enumerate() {
        let is_end = byte == b'\n' || byte == b'\r' && text.get(at + 1) != Some(&b'\n');
        lines += u64::from(is_end);
        rows += u32::from(is_end && !is_quoted);
        if byte == b'"' {
            let opens = has_closed || before == delimiter || matches!(before, b'\n' | b'\r');
            (is_quoted, has_closed) = (!is_quoted && opens, is_quoted);
        } else {
            has_closed = false;
        }
        before = byte;
    }
    (rows, lines)
}
