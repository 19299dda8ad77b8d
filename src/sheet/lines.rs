//! A reader that knows the rows and lines of the text passing through it.
//!
//! The CSV parser skips empty lines and counts `\n` only; a spreadsheet shows an empty line as a row
//! and ends a line at `\r`, `\n` or `\r\n`. So the line ends are noted here on their way to the
//! parser, and each record's place is found from the byte at which it ends. The same notes bound one
//! record's size, and two line ends added after the text tell whether a quote was never closed: a
//! record that ends behind the first of them swallowed it. A record of several lines is looked at once
//! more as it stands in the file, for a quote that swallowed rows (`quotes`).

use std::collections::VecDeque;
use std::io::{self, Read};

use super::encoding::Malformed;
use super::quotes::{Swallowed, swallowed};

/// Line ends added after the text.
const PADDING: &[u8] = b"\n\n";

/// Where a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The row as a spreadsheet counts it, from 1.
    pub(super) row: u32,
    /// The line on which it begins, from 1.
    pub(super) line: u64,
}

/// Why the text cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// This line holds bytes that are not text in the file's encoding.
    Malformed {
        /// From 1.
        line: u64,
        /// The encoding that the text is in from there on, where that can be told.
        looks_like: Option<&'static str>,
    },
    /// The record that begins on this line is longer than a row may be.
    TooLong {
        /// From 1.
        line: u64,
    },
    /// The record that begins on this line has a quote that is never closed.
    Unclosed {
        /// From 1.
        line: u64,
    },
    /// A quote that opens on one line closes on a later one in the middle of a text.
    Swallowed {
        /// From 1.
        opens: u64,
        /// From 1.
        closes: u64,
    },
}

/// What a record may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// Between its cells.
    pub(super) delimiter: u8,
    /// Its most bytes.
    pub(super) longest: u64,
}

/// Hands text on and notes its line ends.
#[derive(Debug)]
pub(super) struct Lines<R> {
    inner: R,
    /// Start and end of each line end handed on and not yet passed.
    breaks: VecDeque<(u64, u64)>,
    /// Bytes handed on, the padding left out.
    handed: u64,
    ended: bool,
    padded: usize,
    after_return: bool,
    /// The byte behind the last record, the row before it and the line at it.
    at: u64,
    row: u32,
    line: u64,
    /// Where the last record began.
    begun: u64,
    /// What a record may be.
    form: Form,
    /// The text of the record that is read, and where it begins.
    kept: Vec<u8>,
    kept_from: u64,
    stop: Option<Stop>,
}

impl<R: Read> Lines<R> {
    /// Reads `inner`, whose first byte stands on line `line`, behind `row` rows.
    pub(super) fn new(inner: R, row: u32, line: u64, form: Form) -> Lines<R> {
        Lines {
            inner,
            breaks: VecDeque::new(),
            handed: 0,
            ended: false,
            padded: 0,
            after_return: false,
            at: 0,
            row,
            line,
            begun: 0,
            form,
            kept: Vec::new(),
            kept_from: 0,
            stop: None,
        }
    }

    /// Why reading failed, if it was the text's fault.
    pub(super) fn stop(&self) -> Option<Stop> {
        self.stop
    }

    /// The byte at which the record that was passed last began.
    pub(super) fn begun(&self) -> u64 {
        self.begun
    }

    /// Moves past the record that ends at byte `end`, and tells where it stands.
    pub(super) fn pass_record(&mut self, end: u64) -> Result<Place, Stop> {
        self.skip_blank_lines();
        let (start, place) = (self.at, Place { row: self.row.saturating_add(1), line: self.line });
        (self.row, self.begun) = (place.row, start);
        while let Some(&(from, to)) = self.breaks.front()
            && from < end
        {
            self.breaks.pop_front();
            self.line += 1;
            self.at = to;
        }
        self.at = self.at.max(end);
        let is_one_line = self.line <= place.line + 1;
        if self.ended && end > self.handed + 1 {
            return Err(Stop::Unclosed { line: place.line });
        }
        if end.saturating_sub(start) > self.form.longest {
            return Err(Stop::TooLong { line: place.line });
        }
        match (!is_one_line).then(|| swallowed(self.text(start, end), self.form.delimiter)).flatten() {
            Some(Swallowed { opens, closes }) => {
                Err(Stop::Swallowed { opens: place.line + opens, closes: place.line + closes })
            }
            None => Ok(place),
        }
    }

    /// The text from byte `start` to byte `end`, as far as it is kept.
    fn text(&self, start: u64, end: u64) -> &[u8] {
        let at = |byte: u64| usize::try_from(byte.saturating_sub(self.kept_from)).unwrap_or(usize::MAX);
        let end = at(end).min(self.kept.len());
        self.kept.get(at(start)..end).unwrap_or_default()
    }

    /// Keeps `text`, which is handed on, and lets go of what stands before the record.
    fn keep(&mut self, text: &[u8]) {
        let passed = usize::try_from(self.at.saturating_sub(self.kept_from)).unwrap_or(usize::MAX);
        let passed = passed.min(self.kept.len());
        self.kept.drain(..passed);
        self.kept_from += passed as u64;
        self.kept.extend_from_slice(text);
    }

    /// An empty line directly behind a record is a row of its own.
    fn skip_blank_lines(&mut self) {
        while let Some(&(from, to)) = self.breaks.front()
            && from <= self.at
        {
            self.breaks.pop_front();
            self.at = to;
            self.line += 1;
            self.row = self.row.saturating_add(1);
        }
    }

    fn note(&mut self, text: &[u8]) {
        for (index, &byte) in text.iter().enumerate() {
            if byte != b'\n' && byte != b'\r' {
                continue;
            }
            let from = self.handed + index as u64;
            let after_return = match index.checked_sub(1) {
                Some(before) => text[before] == b'\r',
                None => self.after_return,
            };
            if byte == b'\r' || !after_return {
                self.breaks.push_back((from, from + 1));
            } else if let Some(last) = self.breaks.back_mut() {
                last.1 = from + 1;
            } else {
                // The `\r` ended a record that has been passed already.
                self.at = from + 1;
            }
        }
        self.handed += text.len() as u64;
        self.after_return = text.last() == Some(&b'\r');
    }

    fn pad(&mut self, buffer: &mut [u8]) -> usize {
        let rest = &PADDING[self.padded..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.padded += count;
        count
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The parser asks for more only when it has used up all it was given.
        self.skip_blank_lines();
        if self.handed.saturating_sub(self.at) > self.form.longest {
            self.stop = Some(Stop::TooLong { line: self.line });
            return Err(io::Error::other("the record is too long"));
        }
        if self.ended {
            return Ok(self.pad(buffer));
        }
        match self.inner.read(buffer) {
            Ok(0) if !buffer.is_empty() => {
                self.ended = true;
                Ok(self.pad(buffer))
            }
            Ok(count) => {
                self.keep(&buffer[..count]);
                self.note(&buffer[..count]);
                Ok(count)
            }
            Err(error) => {
                if let Some(malformed) = error.get_ref().and_then(|inner| inner.downcast_ref::<Malformed>()) {
                    let line = self.line + self.breaks.len() as u64;
                    self.stop = Some(Stop::Malformed { line, looks_like: malformed.looks_like });
                }
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one byte at a time, so that every line end is cut somewhere.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = buffer.len().min(self.0.len()).min(1);
            let (now, later) = self.0.split_at(count);
            buffer[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    fn places(text: impl Read) -> String {
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(Lines::new(
            text,
            0,
            1,
            Form { delimiter: b',', longest: 1 << 20 },
        ));
        let mut record = ::csv::ByteRecord::new();
        let mut places = Vec::new();
        while reader.read_byte_record(&mut record).unwrap() {
            let end = reader.position().byte();
            let place = reader.get_mut().pass_record(end).unwrap();
            places.push(format!("{}={}:{}", String::from_utf8_lossy(&record[0]), place.row, place.line));
        }
        places.join(" ").replace('\r', "").replace('\n', "/")
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        assert_eq!(places(text.as_bytes()), expect, "at once");
        assert_eq!(places(Slow(text.as_bytes())), expect, "byte by byte");
    }

    #[test]
    fn an_empty_line_is_a_row() {
        check("a\n\nb\n", "a=1:1 b=3:3");
        check("a\r\n\r\n\r\nb", "a=1:1 b=4:4");
        check("a\r\rb\r", "a=1:1 b=3:3");
        check("\n\na", "a=3:3");
        check("\r\n\r\na\r\nb\r\n", "a=3:3 b=4:4");
        check("a\n\r\nb", "a=1:1 b=3:3");
    }

    #[test]
    fn a_record_is_one_row_however_many_lines_it_spans() {
        check("\"a\nx\",1\nb\n", "a/x=1:1 b=2:3");
        check("\"a\r\nx\",1\r\n\r\nb\r\n", "a/x=1:1 b=3:4");
        check("\"a\rx\"\rb", "ax=1:1 b=2:3");
        check("\"\n\",1\nb", "/=1:1 b=2:3");
    }

    #[test]
    fn a_cell_that_begins_with_an_empty_line_begins_on_the_line_of_its_quote() {
        check("a\n\"\n\nx\"\nb", "a=1:1 //x=2:2 b=3:5");
    }

    #[test]
    fn white_space_is_not_an_empty_line() {
        check("a\n \nb", "a=1:1  =2:2 b=3:3");
    }
}
