//! A text file as it stands there, record by record, for who changes a few of its cells.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use ::csv::{ByteRecord, ReaderBuilder};

use super::super::SheetError;
use super::super::bytes::Stream;
use super::super::lines::{Form, Lines};
use super::TextPlan;

/// How much is handed out at once of what is no record.
const CHUNK: u64 = 64 * 1024;

/// A piece of a text file, decoded to UTF-8 and otherwise as it stands there. All pieces one behind the other are the
/// file, but for a byte order mark.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    /// The row, from 1, of a piece that is a record; what stands between records has none.
    pub row: Option<u32>,
    /// The text: of a record with its line end, or a part of that.
    pub text: &'a [u8],
}

/// Takes a piece.
type TakePiece<'a> = dyn FnMut(Piece<'_>) -> ControlFlow<()> + 'a;

impl TextPlan {
    /// Hands out the pieces of a file that is opened twice: once it is read for the places of its records.
    pub(in super::super) fn pieces(
        &self,
        file: &Arc<str>,
        open: &dyn Fn() -> Result<Stream, SheetError>,
        each: &mut TakePiece<'_>,
    ) -> Result<(), SheetError> {
        let failed = |source: io::Error| SheetError::Io { file: Arc::clone(file), source };
        let (mut text, sep_line) = (self.charset.decode(open()?), self.sep_line as u64);
        io::copy(&mut text.by_ref().take(sep_line), &mut io::sink()).map_err(failed)?;
        let form = Form { delimiter: self.delimiter, longest: self.limits.row_text };
        let first_line = if sep_line > 0 { 2 } else { 1 };
        let lines = Lines::new(text, 0, first_line, form);
        let mut reader =
            ReaderBuilder::new().delimiter(self.delimiter).flexible(true).has_headers(false).from_reader(lines);
        let mut copied = Copied { text: self.charset.decode(open()?), at: 0, buffer: Vec::new() };
        let mut record = ByteRecord::new();
        let mut is_over = copied.between(sep_line, each).map_err(failed)?.is_break();
        while !is_over && let Some(place) = self.next(file, &mut reader, &mut record)? {
            let (start, end) = (sep_line + reader.get_ref().begun(), sep_line + reader.position().byte());
            is_over = copied.between(start, each).map_err(failed)?.is_break()
                || copied.record(end, place.row, each).map_err(failed)?.is_break();
        }
        if !is_over {
            // Nobody is asked to go on behind the end.
            let _ended = copied.between(u64::MAX, each).map_err(failed)?;
        }
        Ok(())
    }
}

/// The text that is handed out.
struct Copied<R> {
    text: R,
    /// So much of it was handed out.
    at: u64,
    buffer: Vec<u8>,
}

impl<R: Read> Copied<R> {
    /// Hands out what stands before the byte `end`.
    fn between(&mut self, end: u64, each: &mut TakePiece<'_>) -> io::Result<ControlFlow<()>> {
        while self.at < end && self.fill(end.min(self.at + CHUNK))? {
            if each(Piece { row: None, text: &self.buffer }).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Hands out the record that ends at the byte `end`.
    fn record(&mut self, end: u64, row: u32, each: &mut TakePiece<'_>) -> io::Result<ControlFlow<()>> {
        self.fill(end)?;
        Ok(each(Piece { row: Some(row), text: &self.buffer }))
    }

    /// Reads up to the byte `end`; answers whether there was anything.
    fn fill(&mut self, end: u64) -> io::Result<bool> {
        self.buffer.clear();
        let count = self.text.by_ref().take(end.saturating_sub(self.at)).read_to_end(&mut self.buffer)?;
        self.at += count as u64;
        Ok(count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{Input, ReadOptions, Source};

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let source = Source::open("shop.csv", Input::Bytes(text.as_bytes().into()), &ReadOptions::default()).unwrap();
        let (mut whole, mut shown) = (String::new(), Vec::new());
        let each = &mut |piece: super::Piece<'_>| {
            let text = std::str::from_utf8(piece.text).unwrap();
            whole.push_str(text);
            shown.extend(piece.row.map(|row| format!("{row}={}", text.trim_end())));
            std::ops::ControlFlow::Continue(())
        };
        source.pieces(each).unwrap();
        assert_eq!(whole, text.trim_start_matches('\u{feff}'));
        assert_eq!(shown.join(" | "), expect);
    }

    #[test]
    fn the_pieces_are_the_file_and_records_have_their_rows() {
        check("a,b\n1,2\n", "1=a,b | 2=1,2");
        check("\u{feff}sep=;\r\na;b\r\n\r\n;;\r\n1;2", "1=a;b | 3=;; | 4=1;2");
        check("\n\na,b\r\r\"x\r\ny\",2\n\n\n", "3=a,b | 5=\"x\r\ny\",2");
        let long = format!("a,b\n{}{}1,2\n", "\n".repeat(100_000), "ก,x\r\n".repeat(30_000));
        let mut expect = vec!["1=a,b".to_owned()];
        expect.extend((100_002..130_002).map(|row| format!("{row}=ก,x")));
        expect.push("130002=1,2".to_owned());
        check(&long, &expect.join(" | "));
    }
}
