//! Text files -> rows: CSV, TSV and whatever else has a character between its cells.
//!
//! The file streams: bytes are decoded, their lines noted, and records parsed one at a time, so that
//! memory stays flat however long the file is. What the `csv` crate leaves out, row numbers that
//! count empty lines and a bound on one record, is kept by `lines`.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use ::csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};

use super::bytes::{Input, Stream};
use super::encoding::{Charset, Decoding, Malformed};
use super::lines::{Lines, Place, Stop};
use super::rows::RowWriter;
use super::sniff::{Refusal, refuse_text};
use super::{Kind, Limits, ReadOptions, SheetError, delimiter, limits};
use crate::location::column_letters;

/// The text from which the delimiter is found, in bytes.
const SAMPLE: u64 = 64 * 1024;
/// A zero byte in the first bytes of a file tells that it is no text.
const BINARY_HEAD: usize = 8 * 1024;

/// How one text file is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextPlan {
    charset: Charset,
    /// Between the cells.
    pub(super) delimiter: u8,
    /// The length of a first line `sep=;`, or 0.
    sep_line: usize,
    limits: Limits,
}

impl TextPlan {
    /// Decides how to read `input`, a text file that begins with `head`.
    pub(super) fn decide(input: &Input, head: &[u8], options: &ReadOptions) -> Result<TextPlan, Refusal> {
        if options.delimiter.is_some_and(|delimiter| !delimiter::can_delimit(delimiter)) {
            return Err("the delimiter must be one ASCII character, not a quote or a line end".into());
        }
        let charset = Charset::decide(input, head, options.encoding.as_deref())?;
        if !charset.is_utf16() && head.iter().take(BINARY_HEAD).any(|byte| *byte == 0) {
            return Err("holds zero bytes, so it is no text file and no workbook known here; save it as .xlsx \
                        or `CSV UTF-8` (if it is UTF-16 text, add `--encoding utf-16le`)"
                .into());
        }
        let sample = sample(charset, input)?;
        let cut = sample.len() as u64 + 4 > SAMPLE;
        refuse_text(&sample, !cut)?;
        let sep_line = delimiter::sep_line(&sample);
        let found = match (options.delimiter, sep_line) {
            (Some(delimiter), _) => delimiter,
            (None, Some(line)) => line.delimiter,
            (None, None) => delimiter::find(&sample, cut)?,
        };
        let sep_line = sep_line.map_or(0, |line| line.len);
        Ok(TextPlan { charset, delimiter: found, sep_line, limits: options.limits })
    }

    /// The encoding, where it was guessed from the letters.
    pub(super) fn guessed_encoding(&self) -> Option<&'static str> {
        self.charset.guessed()
    }

    /// Reads the rows of `stream` into `writer`; `file` is for messages.
    pub(super) fn read(&self, file: &Arc<str>, stream: Stream, mut writer: RowWriter<'_>) -> Result<(), SheetError> {
        let mut text = self.charset.decode(stream);
        let first_line = if self.sep_line > 0 { 2 } else { 1 };
        io::copy(&mut text.by_ref().take(self.sep_line as u64), &mut io::sink())
            .map_err(|source| SheetError::Io { file: Arc::clone(file), source })?;
        let mut reader = ReaderBuilder::new()
            .delimiter(self.delimiter)
            .flexible(true)
            .has_headers(false)
            .from_reader(Lines::new(text, first_line, self.limits.row_text));
        let mut record = ByteRecord::new();
        loop {
            match self.next(file, &mut reader, &mut record)? {
                Some(place) if self.push_record(file, &record, place, &mut writer)?.is_break() => return Ok(()),
                Some(_) => {}
                None => break,
            }
        }
        writer.finish();
        Ok(())
    }

    /// Reads the next record; `None` at the end.
    fn next(
        &self,
        file: &Arc<str>,
        reader: &mut Reader<Lines<Decoding<Stream>>>,
        record: &mut ByteRecord,
    ) -> Result<Option<Place>, SheetError> {
        match reader.read_byte_record(record) {
            Ok(true) => {
                let end = reader.position().byte();
                let passed = reader.get_mut().pass_record(end).map_err(|stop| opened_at(stop, record));
                passed.map(Some).map_err(|stop| self.stopped(file, stop))
            }
            Ok(false) => Ok(None),
            Err(error) => Err(match (reader.get_ref().stop(), error.into_kind()) {
                (Some(stop), _) => self.stopped(file, stop),
                (None, ErrorKind::Io(source)) => SheetError::Io { file: Arc::clone(file), source },
                (None, kind) => {
                    SheetError::Io { file: Arc::clone(file), source: io::Error::other(format!("{kind:?}")) }
                }
            }),
        }
    }

    fn stopped(&self, file: &Arc<str>, stop: Stop) -> SheetError {
        let file = Arc::clone(file);
        match stop {
            Stop::Malformed { line, looks_like } => {
                SheetError::Unreadable { file, reason: self.charset.complaint(line, looks_like) }
            }
            Stop::TooLong { line } => SheetError::Limit {
                file,
                limit: format!(
                    "the row that begins on line {line} is too long; look there for a quote (`\"`) that is never \
                     closed; {}",
                    self.limit("row-text")
                ),
            },
            Stop::Unclosed { line } => SheetError::Unreadable {
                file,
                reason: format!(
                    "the quote (`\"`) that opens on line {line} is never closed; close it, or double it (`\"\"`) where \
                     it belongs to the text"
                ),
            },
        }
    }

    /// What to say of a limit that was passed.
    fn limit(&self, name: &str) -> String {
        let all = self.limits.all();
        let shown = all.iter().find(|(known, ..)| *known == name).map_or("", |(_, _, value)| value);
        limits::raise(name, shown)
    }

    fn push_record(
        &self,
        file: &Arc<str>,
        record: &ByteRecord,
        place: Place,
        writer: &mut RowWriter<'_>,
    ) -> Result<ControlFlow<()>, SheetError> {
        // The text was decoded to UTF-8 and is cut at ASCII characters only, so that nothing is replaced.
        let text = String::from_utf8_lossy(record.as_slice());
        if text.trim().is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        if writer.begin(place.row, place.line).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        for (index, range) in (0..record.len()).filter_map(|index| Some((index, record.range(index)?))) {
            let cell = &text[range];
            if (index as u64) < self.limits.columns {
                writer.push(cell, Kind::Text);
            } else if !cell.trim().is_empty() {
                let column = u32::try_from(index + 1).unwrap_or(u32::MAX);
                return Err(SheetError::Limit {
                    file: Arc::clone(file),
                    limit: format!(
                        "line {} has a value in column {column} ({}{}); clear the cell or check the delimiter; {}",
                        place.line,
                        column_letters(column),
                        place.row,
                        self.limit("columns")
                    ),
                });
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// A quote that is never closed opens the last cell: behind all line ends of the cells before it.
fn opened_at(stop: Stop, record: &ByteRecord) -> Stop {
    match stop {
        Stop::Unclosed { line } => {
            let before = record.iter().take(record.len().saturating_sub(1));
            let line_ends = before.map(|cell| line_ends(&String::from_utf8_lossy(cell))).sum::<u64>();
            Stop::Unclosed { line: line + line_ends }
        }
        Stop::Malformed { .. } | Stop::TooLong { .. } => stop,
    }
}

/// How often a line ends in `text`: with `\n`, `\r` or both.
fn line_ends(text: &str) -> u64 {
    let returns = text.matches('\r').count() - text.matches("\r\n").count();
    (returns + text.matches('\n').count()) as u64
}

/// The beginning of the file as text.
fn sample(charset: Charset, input: &Input) -> Result<String, Refusal> {
    let mut sample = Vec::new();
    if let Err(error) = charset.decode(input.open()?).take(SAMPLE).read_to_end(&mut sample) {
        let Some(malformed) = error.get_ref().and_then(|inner| inner.downcast_ref::<Malformed>()) else {
            return Err(error.into());
        };
        let line = 1 + line_ends(&String::from_utf8_lossy(&sample));
        return Err(charset.complaint(line, malformed.looks_like).into());
    }
    Ok(match String::from_utf8(sample) {
        Ok(sample) => sample,
        // Only the last character can be cut: what comes out of the decoder is UTF-8.
        Err(error) => String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Source;
    use super::super::source::test::{dump, dump_with};
    use super::*;

    #[track_caller]
    fn check(bytes: impl AsRef<[u8]>, expect: &str) {
        check_with(bytes, &ReadOptions::default(), expect);
    }

    #[track_caller]
    fn check_with(bytes: impl AsRef<[u8]>, options: &ReadOptions, expect: &str) {
        assert_eq!(dump_with(bytes.as_ref(), options, ""), expect);
    }

    fn encoded(label: &str) -> ReadOptions {
        ReadOptions { encoding: Some(label.to_owned()), ..ReadOptions::default() }
    }

    #[track_caller]
    fn check_refused(bytes: impl AsRef<[u8]>, options: &ReadOptions, expect: &str) {
        let found = dump_with(bytes.as_ref(), options, "");
        assert!(found.starts_with("cannot read shop.csv: ") && found.contains(expect), "{found}");
    }

    #[test]
    fn rows_have_the_numbers_and_lines_that_programs_show() {
        check("a,b\n\n1,2\n", "1:1 a|b\n2:2 \n3:3 1|2");
        check("a,b\r\n\r\n\r\n1,2", "1:1 a|b\n2:2 \n3:3 \n4:4 1|2");
        check("a,b\r\r1,2", "1:1 a|b\n2:2 \n3:3 1|2");
        check("\n\na,b\n", "3:3 a|b");
    }

    #[test]
    fn a_quoted_line_break_makes_no_row() {
        check("a,b\n\"x\ny\",2\n3,4\n", "1:1 a|b\n2:2 x⏎y|2\n3:4 3|4");
        check("a,b\r\n\"x\r\ny\",2\r\n3,4\r\n", "1:1 a|b\n2:2 x\r⏎y|2\n3:4 3|4");
    }

    #[test]
    fn rows_of_blank_cells_are_blank_rows() {
        check("a,b\n,\n , \n1,2\n,\n,\n", "1:1 a|b\n2:2 \n3:3 \n4:4 1|2");
    }

    #[test]
    fn cells_keep_their_spaces_and_quotes() {
        check("a , \"b\",\"c\"\"d\",5\" pipe\n", "1:1 a | \"b\"|c\"d|5\" pipe");
    }

    #[test]
    fn short_and_long_rows_stay_as_they_are() {
        check("a,b\n1\n1,2,3,\n", "1:1 a|b\n2:2 1\n3:3 1|2|3|");
    }

    #[test]
    fn the_delimiter_is_found_or_said() {
        check("a;b\n1;2\n", "1:1 a|b\n2:2 1|2");
        check("a\tb\n1\t2\n", "1:1 a|b\n2:2 1|2");
        check_with("a^b,c\n", &ReadOptions { delimiter: Some(b'^'), ..ReadOptions::default() }, "1:1 a|b,c");
        check_refused(
            "a,b",
            &ReadOptions { delimiter: Some(0xe0), ..ReadOptions::default() },
            "the delimiter must be one ASCII character",
        );
    }

    #[test]
    fn a_sep_line_is_honoured_and_is_no_row() {
        check("sep=;\na;b,c\n1;2\n", "1:2 a|b,c\n2:3 1|2");
        check("\u{feff}sep=;\r\n\r\na;b\r\n", "2:3 a|b");
        check_with("sep=;\na,b;c\n", &ReadOptions { delimiter: Some(b','), ..ReadOptions::default() }, "1:2 a|b;c");
    }

    #[test]
    fn marks_and_encodings_are_understood() {
        check("\u{feff}\"a\",b\n", "1:1 a|b");
        check("\u{feff}\u{feff}a,b\n", "1:1 a|b");
        check(b"\xff\xfea\0\t\0b\0\r\0\n\0\x01\x0e\t\x002\0", "1:1 a|b\n2:2 ก|2");
        check(b"\xfe\xff\0a\0\t\0b", "1:1 a|b");
        check_with(b"sku,\xaa\xd7\xe8\xcd\n", &encoded("windows-874"), "1:1 sku|ชื่อ");
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_with_their_line() {
        check_refused(
            b"a,b\r\n1,2\r\n\xaa\xd7,3\r\n",
            &ReadOptions::default(),
            "line 3 is not UTF-8 text, and it is not certain what it is: it reads `ชื,3` in windows-874 (Thai), \
             `ª×,3` in windows-1252 (Western); say which is right, such as `--encoding windows-874`",
        );
        let late = [b"a,b\r\n".repeat(30_000).as_slice(), b"\xff\xfe"].concat();
        check_refused(&late, &ReadOptions::default(), "line 30001 is not UTF-8 text");
        check_refused(b"a,b\n\xdb", &encoded("windows-874"), "line 2 is not windows-874 text");
        check_refused(b"a,b\n", &encoded("klingon"), "`klingon` is not an encoding known here");
    }

    #[test]
    fn a_binary_file_is_refused() {
        check_refused(b"\x7fELF\x02\x01\x01\0\0\0", &ReadOptions::default(), "holds zero bytes");
        check_with(b"a\0,\0b\0", &encoded("utf-16le"), "1:1 a|b");
    }

    #[test]
    fn an_empty_file_is_refused() {
        for text in ["", "\u{feff}", " \r\n\t"] {
            check_refused(text, &ReadOptions::default(), "is empty");
        }
    }

    #[test]
    fn an_unclosed_quote_is_refused_with_its_line() {
        let unclosed = format!("a,b\n\n1,\"2\n{}", "3,4\n".repeat(400_000));
        check_refused(
            &unclosed,
            &ReadOptions::default(),
            "the row that begins on line 3 is too long; look there for a quote",
        );
        check_refused(
            "a,b\n1,\"2\n3,4\n",
            &ReadOptions::default(),
            "the quote (`\"`) that opens on line 2 is never closed",
        );
        check_refused("a,b\n1,\"", &ReadOptions::default(), "the quote (`\"`) that opens on line 2 is never closed");
        check("a,b\n1,\"2\n\"\n", "1:1 a|b\n2:2 1|2⏎");
        check("a,b\n1,\"2\n\"", "1:1 a|b\n2:2 1|2⏎");
    }

    #[test]
    fn a_record_may_have_one_mebibyte() {
        let fits = format!("a,b\n1,{}\n", "x".repeat((1 << 20) - 3));
        assert_eq!(dump(fits.as_bytes(), "").lines().count(), 2);
        let over = format!("a,b\n1,{}\n", "x".repeat(1 << 20));
        check_refused(
            over,
            &ReadOptions::default(),
            "line 2 is too long; look there for a quote (`\"`) that is never closed; the limit `row-text` is 1MiB",
        );
    }

    #[test]
    fn a_million_empty_lines_are_no_record() {
        let tail = format!("a,b\n{}", "\r\n".repeat(1_500_000));
        check(&tail, "1:1 a|b");
    }

    #[test]
    fn a_value_beyond_the_last_column_is_refused() {
        let blank = format!("a,b\n1{}\n", ",".repeat(1_500));
        let found = dump(blank.as_bytes(), "");
        assert_eq!(found.lines().nth(1).map(|row| row.matches('|').count()), Some(999));
        let far = format!("a,b\n1{}x\n", ",".repeat(1_000));
        check_refused(
            far,
            &ReadOptions::default(),
            "line 2 has a value in column 1001 (ALM2); clear the cell or check the delimiter; the limit `columns` is 1000",
        );
    }

    #[test]
    fn reading_twice_gives_the_same() {
        let source =
            Source::open("shop.csv", Input::Bytes(Arc::from(b"sep=;\na;b\n\n1;2".as_slice())), &ReadOptions::default())
                .unwrap();
        let mut widths = Vec::new();
        for _ in 0..2 {
            source
                .read("", &mut |block| {
                    widths.push(block.rows().map(|row| row.width()).collect::<Vec<_>>());
                    ControlFlow::Continue(())
                })
                .unwrap();
        }
        assert_eq!(widths, [[2, 0, 2], [2, 0, 2]]);
    }
}
