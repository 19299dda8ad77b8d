//! Text files -> rows: CSV, TSV and whatever else has a character between its cells.
//!
//! The file streams: bytes are decoded, their lines noted, and records parsed one at a time, so that
//! memory stays flat however long the file is. What the `csv` crate leaves out, row numbers that
//! count empty lines and a bound on one record, is kept by `lines`.
//!
//! Where all rows are wanted as fast as the machine can, [`TextPlan::cut`] hands them out in chunks that any thread
//! can take apart; what is not as nearly every file is goes the way above.

mod cut;
mod pieces;
mod regular;

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use ::csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};

pub(super) use cut::TextChunk;
pub use pieces::Piece;

use super::bytes::{Input, Stream};
use super::encoding::{Charset, Malformed};
use super::lines::{Form, Lines, Place, Stop};
use super::rows::RowWriter;
use super::sniff::{Refusal, refuse_text};
use super::{Kind, Limits, ReadOptions, SheetError, delimiter, limits};
use crate::location::column_letters;

/// The text from which the delimiter is found, in bytes.
const SAMPLE: u64 = 64 * 1024;
/// A zero byte in the first bytes of a file tells that it is no text.
const BINARY_HEAD: usize = 8 * 1024;
/// The bytes that tell a web page from a sheet.
const BEGINNING: usize = 2 * 1024;

/// How one text file is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextPlan {
    pub(super) charset: Charset,
    /// Between the cells.
    pub(super) delimiter: u8,
    /// The length of a first line `sep=;`, or 0.
    sep_line: usize,
    limits: Limits,
}

/// Where a stretch of the text begins.
#[derive(Debug, Clone, Copy)]
struct Start {
    /// How many rows stand before it.
    rows: u32,
    /// The line at which it begins, from 1.
    line: u64,
}

impl TextPlan {
    /// Decides how to read `input`, a text file that begins with `head`.
    pub(super) fn decide(input: &Input, head: &[u8], options: &ReadOptions) -> Result<TextPlan, Refusal> {
        if options.delimiter.is_some_and(|delimiter| !delimiter::can_delimit(delimiter)) {
            return Err("the delimiter must be one ASCII character, not a quote or a line end".into());
        }
        // What is no sheet begins with ASCII, in whatever encoding it goes on.
        refuse_text(&String::from_utf8_lossy(&head[..head.len().min(BEGINNING)]), false)?;
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
    pub(super) fn read(&self, file: &Arc<str>, stream: Stream, writer: RowWriter<'_>) -> Result<(), SheetError> {
        let mut text = self.charset.decode(stream);
        io::copy(&mut text.by_ref().take(self.sep_line as u64), &mut io::sink())
            .map_err(|source| SheetError::Io { file: Arc::clone(file), source })?;
        self.read_rows(file, text, self.start(), writer).map(|_| ())
    }

    /// Before the first row.
    fn start(&self) -> Start {
        Start { rows: 0, line: if self.sep_line > 0 { 2 } else { 1 } }
    }

    /// Reads the rows of `text`, which begins at `start`, into `writer`; breaks where that wants no more.
    fn read_rows(
        &self,
        file: &Arc<str>,
        text: impl Read,
        start: Start,
        mut writer: RowWriter<'_>,
    ) -> Result<ControlFlow<()>, SheetError> {
        let form = Form { delimiter: self.delimiter, longest: self.limits.row_text };
        let lines = Lines::new(text, start.rows, start.line, form);
        let mut reader =
            ReaderBuilder::new().delimiter(self.delimiter).flexible(true).has_headers(false).from_reader(lines);
        let mut record = ByteRecord::new();
        while let Some(place) = self.next(file, &mut reader, &mut record)? {
            if self.push_record(file, &record, place, &mut writer)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(if writer.finish() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    }

    /// Reads the next record; `None` at the end.
    fn next<R: Read>(
        &self,
        file: &Arc<str>,
        reader: &mut Reader<Lines<R>>,
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
            Stop::Swallowed { opens, closes } => SheetError::Unreadable {
                file,
                reason: format!(
                    "the quote (`\"`) that opens on line {opens} closes on line {closes} in the middle of a text, so that \
                     the rows between would be one cell; close it on line {opens}, or double the quotes (`\"\"`) that \
                     belong to the text"
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
        Stop::Malformed { .. } | Stop::TooLong { .. } | Stop::Swallowed { .. } => stop,
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
    use proptest::prelude::*;

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

    #[test]
    fn limits_of_rows_and_columns_can_be_set() {
        let mut options = ReadOptions::default();
        options.limits.row_text = 20;
        options.limits.columns = 2;
        check_with("a,b\n1,2,\n", &options, "1:1 a|b\n2:2 1|2");
        check_refused("a,b\n1,2,3\n", &options, "line 2 has a value in column 3 (C2)");
        check_refused(
            "a,b\n1,2,3\n",
            &options,
            "the limit `columns` is 2; if the file is sound, raise it with --limit columns=VALUE",
        );
        check_refused(format!("a,b\n1,{}\n", "x".repeat(20)), &options, "the limit `row-text` is 20");
    }

    #[test]
    fn an_unclosed_quote_is_told_by_the_line_on_which_it_opens() {
        check_refused(
            "a,b\n\"x\r\ny\",\"2\n3,4\n",
            &ReadOptions::default(),
            "the quote (`\"`) that opens on line 3 is never closed",
        );
        check_refused("a,b\n1,\"2\n\n\n", &ReadOptions::default(), "opens on line 2");
    }

    #[test]
    fn a_quote_that_swallows_rows_is_refused_with_its_lines() {
        check_refused(
            "sku,name,price\nA,\"5 inch,10\nB,cap,20\nC,\"tee\",30\nD,sock,5\n",
            &ReadOptions::default(),
            "the quote (`\"`) that opens on line 2 closes on line 4 in the middle of a text",
        );
        let long = "x".repeat(20_000);
        check_refused(
            format!("sku,name,price\nA,{long},1\nA,\"{long},10\nB,{long},20\nC,\"tee\",30\n"),
            &ReadOptions::default(),
            "opens on line 3 closes on line 5",
        );
    }

    #[test]
    fn a_guess_is_told_and_a_sure_encoding_is_not() {
        let guessed = |bytes: &[u8]| {
            let source = Source::open("shop.csv", Input::Bytes(Arc::from(bytes)), &ReadOptions::default());
            source.unwrap().guessed_encoding()
        };
        assert_eq!(guessed(&thai("sku,ชื่อสินค้า\nA,เสื้อยืดคอกลม\n")), Some("windows-874"));
        assert_eq!(guessed("sku,ชื่อสินค้า\n".as_bytes()), None);
        assert_eq!(guessed(b"sku,name\n"), None);
        assert_eq!(guessed(b"\xff\xfea\0"), None);
        assert_eq!(guessed(b"a\0,\0b\0\n\0"), None);
    }

    fn thai(text: &str) -> Vec<u8> {
        encoding_rs::WINDOWS_874.encode(text).0.into_owned()
    }

    #[test]
    fn letters_that_come_late_are_still_read_or_told_with_their_flag() {
        let rows = |count: usize| "SKU-00001,T-shirt,99\r\n".repeat(count);
        let late = [rows(4_000).into_bytes(), thai("SKU,เสื้อยืดคอกลม,99\r\n")].concat();
        assert!(dump(&late, "").ends_with("\n4001:4001 SKU|เสื้อยืดคอกลม|99"));
        let later = [rows(200_000).into_bytes(), thai("SKU,เสื้อยืดคอกลม,99\r\n")].concat();
        check_refused(
            &later,
            &ReadOptions::default(),
            "line 200001 is not UTF-8 text; from there on the file looks like windows-874: read it with \
             `--encoding windows-874`, or save it as `CSV UTF-8`",
        );
        let mixed = [rows(4_000).into_bytes(), "SKU,เสื้อ,99\r\n".repeat(9).into_bytes(), b"\xa1\r\n".to_vec()].concat();
        check_refused(&mixed, &ReadOptions::default(), "line 4010 is not UTF-8 text, as the rest of the file is");
    }

    #[test]
    fn web_pages_are_known_in_any_encoding() {
        check_refused(thai("<html><body><table><tr><td>เสื้อ</td>"), &ReadOptions::default(), "is an HTML page");
        check_refused(b"<\0h\0t\0m\0l\0>\0\n\0", &ReadOptions::default(), "is an HTML page");
    }

    #[test]
    fn sheets_as_programs_save_them_are_read() {
        // Excel's `Unicode Text`: UTF-16 and tabs, with a mark or without.
        let utf16: Vec<u8> = "sku\tชื่อ\r\nA\tเสื้อ\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        check([b"\xff\xfe".as_slice(), &utf16].concat(), "1:1 sku|ชื่อ\n2:2 A|เสื้อ");
        check(&utf16, "1:1 sku|ชื่อ\n2:2 A|เสื้อ");
        let swapped: Vec<u8> = utf16.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
        check([b"\xfe\xff".as_slice(), &swapped].concat(), "1:1 sku|ชื่อ\n2:2 A|เสื้อ");
        check(&swapped, "1:1 sku|ชื่อ\n2:2 A|เสื้อ");
        // Two marks and a quote.
        check("\u{feff}\u{feff}\"sku\",\"name\"\n", "1:1 sku|name");
        // Line ends of three systems in one file, and inside quotes.
        check("a,b\r\n1,2\r3,4\n\"5\r\n6\",7\r\n8,9", "1:1 a|b\n2:2 1|2\n3:3 3|4\n4:4 5\r⏎6|7\n5:6 8|9");
        // A decimal comma that is not quoted, and rows too short: nothing is moved.
        check(
            "sku,price,qty\nA,12,50,3\nB,9.90\nC,5.00,1\n",
            "1:1 sku|price|qty\n2:2 A|12|50|3\n3:3 B|9.90\n4:4 C|5.00|1",
        );
        // White space, invisible and combining characters are the merchant's.
        check("a,b\n\u{a0}x\u{202f},\u{3000}y\u{200b}\n", "1:1 a|b\n2:2 \u{a0}x\u{202f}|\u{3000}y\u{200b}");
        check("a,b\n“x”,e\u{301}👕\n", "1:1 a|b\n2:2 “x”|e\u{301}👕");
        check("a,b\n<b>x</b>,]]>\u{1}\n", "1:1 a|b\n2:2 <b>x</b>|]]>\u{1}");
        // Delimiters.
        check("sep=\t\r\na\tb\r\n", "1:2 a|b");
        check("a^b\n1^2\n", "1:1 a|b\n2:2 1|2");
        check("a|b\n1|2\n", "1:1 a|b\n2:2 1|2");
        check_refused("名称，价格\nT恤，20\n", &ReadOptions::default(), "the full-width `，` in every row");
        // Other alphabets.
        let gb = encoding_rs::GB18030.encode("编码,名称,价格\nA,纯棉圆领短袖T恤 黑色,20\n").0;
        check(gb, "1:1 编码|名称|价格\n2:2 A|纯棉圆领短袖T恤 黑色|20");
    }

    /// Files that once were hard, and what hostile ones are made of.
    const CORPUS: &[&[u8]] = &[
        b"",
        b"\"",
        b"\"\"",
        b"\"\r",
        b"\r",
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbf\"",
        b"\xff\xfe",
        b"\xff\xfe\0",
        b"\xfe\xff\xd8",
        b"a\0b\0c",
        b"\0a\0,\0b\0\n\xd8",
        b"sep=",
        b"sep=\xe0",
        b"sep=;",
        b"sep=\t\r",
        b"a,b\n\xe0\xb8",
        b"a,b\n\xaa",
        b"\x81\x30\x81",
        b"\x84\x31\xa4\x39,\xff",
        b"\x1b$B\x1b(B",
        b"\xd0\xcf\x11\xe0",
        b"{",
        b"[{",
        b"<",
        b"a\xef\xbc\x8cb\n1\xef\xbc\x8c2",
        b"\xa1\xa2\xa3\xa4\n\xdb\xdc\xdd",
        b"a\",b\"\n\"c\"d,\"\"\"\n",
    ];

    /// Rows in order, or one error that names the file.
    fn reads_or_refuses(bytes: &[u8], options: &ReadOptions) {
        let source = match Source::open("shop.csv", Input::Bytes(Arc::from(bytes)), options) {
            Ok(source) => source,
            Err(error) => return assert!(error.to_string().starts_with("cannot read shop.csv: "), "{error}"),
        };
        let mut last = 0;
        let outcome = source.read(&source.sheets()[0].clone(), &mut |block| {
            for row in block.rows() {
                assert!(row.number() > last, "row {} after row {last}", row.number());
                last = row.number();
            }
            ControlFlow::Continue(())
        });
        if let Err(error) = outcome {
            assert!(error.to_string().starts_with("cannot read shop.csv: "), "{error}");
        }
    }

    #[test]
    fn what_once_was_hard_is_read_or_refused() {
        for bytes in CORPUS {
            for label in [None, Some("windows-874"), Some("gb18030"), Some("utf-16le")] {
                let options = ReadOptions { encoding: label.map(str::to_owned), ..ReadOptions::default() };
                reads_or_refuses(bytes, &options);
            }
        }
    }

    /// Pieces of which text files are made, and any byte.
    fn pieces() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            4 => proptest::sample::select(vec![",", ";", "\t", "\"", "\r", "\n", "\r\n", "sku", "99.00", "é", "ชื่อ", "价格", "\u{feff}"])
                .prop_map(|text| text.as_bytes().to_vec()),
            2 => proptest::collection::vec(0x80_u8.., 1..6),
            1 => proptest::collection::vec(proptest::num::u8::ANY, 1..4),
            1 => proptest::sample::select(CORPUS).prop_map(<[u8]>::to_vec),
        ];
        proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_read_or_refused(bytes in pieces()) {
            reads_or_refuses(&bytes, &ReadOptions::default());
        }

        #[test]
        fn any_bytes_are_read_or_refused_in_an_encoding_that_is_named(bytes in pieces()) {
            let options = ReadOptions { encoding: Some("big5".to_owned()), ..ReadOptions::default() };
            reads_or_refuses(&bytes, &options);
        }
    }
}
