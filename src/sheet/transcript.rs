//! A workbook as this program wrote it down: its sheets, their rows, and what stands beside them.
//!
//! XLS, XLSB and ODS files can be read apart from the program that needs their rows, where a reader that
//! takes all memory or breaks down does no harm. What is read there is written down here, in one go and
//! into any sink, and read from here as often as it is needed.
//!
//! First a mark, then each sheet's blocks and its layout (or why it cannot be read on), then the index of
//! the sheets (or why there is none), then where the index begins and another mark. A transcript that is
//! cut or changed is an error, never fewer rows.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::bytes::Stream;
use super::cells::CellWriter;
use super::rows::RowWriter;
use super::workbook::Workbook;
use super::{Area, BLOCK_ROWS, Block, Cell, Format, Input, Kind, Layout, Limits, SheetError, elder};

/// The first bytes; another version has another number.
const BEGIN: &[u8] = b"skuload transcript 1\n";
/// The last bytes, behind the eight that say where the index begins.
const END: &[u8] = b"\nthe end\n";

/// What follows in a sheet.
const BLOCK: u8 = 1;
const LAYOUT: u8 = 2;
/// Why it cannot be read on; also in place of the index.
const UNREADABLE: u8 = 3;
const LIMIT: u8 = 4;
/// What follows where no error does.
const INDEX: u8 = 5;

/// Up to this many bytes are made room for before they are read.
const SHORT: u64 = 64 << 10;

/// Each kind by its number, which is its place here.
const KINDS: [Kind; 7] = [Kind::Text, Kind::Number, Kind::Date, Kind::Bool, Kind::Error, Kind::Formula, Kind::Picture];

/// Reads the XLS, XLSB or ODS file in `input` and writes its transcript to `output`, also where it cannot be
/// read: then the transcript says why. Its reader may panic, or take more memory than there is, which ends
/// the process: call it in one that can be spared, under a limit.
///
/// # Errors
///
/// When `output` cannot be written, or `format` is none of the three.
pub fn transcribe(input: &Input, format: Format, limits: &Limits, output: &mut impl Write) -> io::Result<()> {
    if !matches!(format, Format::Xls | Format::Xlsb | Format::Ods) {
        return Err(io::Error::new(ErrorKind::InvalidInput, "only XLS, XLSB and ODS files are transcribed"));
    }
    let mut pen = Pen { output, limits: *limits, written: 0 };
    pen.write_all(BEGIN)?;
    let nameless: Arc<str> = "the file".into();
    let stream = || input.open().map_err(|source| SheetError::Io { file: Arc::clone(&nameless), source });
    let opened = stream()
        .and_then(|archive| elder::refuse_bomb(&nameless, format, archive, limits))
        .and_then(|()| Workbook::open(&nameless, format, stream()?, limits));
    let index_at = match opened {
        Ok(Some(mut workbook)) => pen.workbook(&nameless, &mut workbook)?,
        Ok(None) => return Err(ErrorKind::InvalidInput.into()),
        Err(error) => {
            let at = pen.written;
            pen.error(&error)?;
            at
        }
    };
    pen.write_all(&index_at.to_le_bytes())?;
    pen.write_all(END)?;
    pen.output.flush()
}

/// Writes, and knows how much it has written.
struct Pen<'a, W> {
    output: &'a mut W,
    limits: Limits,
    written: u64,
}

impl<W: Write> Pen<'_, W> {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.output.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Seven bits a byte, the lowest first; all but the last byte have their highest bit set.
    fn number(&mut self, mut number: u64) -> io::Result<()> {
        while number > 0x7f {
            self.write_all(&[number as u8 | 0x80])?;
            number >>= 7;
        }
        self.write_all(&[number as u8])
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        self.number(text.len() as u64)?;
        self.write_all(text.as_bytes())
    }

    fn error(&mut self, error: &SheetError) -> io::Result<()> {
        let (tag, text) = match error {
            SheetError::Unreadable { reason, .. } => (UNREADABLE, reason.clone()),
            SheetError::Limit { limit, .. } => (LIMIT, limit.clone()),
            SheetError::Io { source, .. } => (UNREADABLE, source.to_string()),
            SheetError::NoSuchSheet { .. } => (UNREADABLE, error.to_string()),
        };
        self.write_all(&[tag])?;
        self.text(&text)
    }

    /// Writes all sheets and the index; answers where the index begins.
    fn workbook(&mut self, file: &Arc<str>, workbook: &mut Workbook) -> io::Result<u64> {
        let (shown, hidden) = workbook.worksheets();
        let mut index = Vec::new();
        for (name, is_hidden) in shown.iter().map(|name| (name, false)).chain(hidden.iter().map(|name| (name, true))) {
            index.push((name, is_hidden, self.written));
            self.sheet(file, workbook, name)?;
        }
        let index_at = self.written;
        self.write_all(&[INDEX, u8::from(workbook.counts_from_1904())])?;
        self.number(index.len() as u64)?;
        for (name, is_hidden, at) in index {
            self.text(name)?;
            self.write_all(&[u8::from(is_hidden)])?;
            self.number(at)?;
        }
        Ok(index_at)
    }

    fn sheet(&mut self, file: &Arc<str>, workbook: &mut Workbook, name: &str) -> io::Result<()> {
        let limits = self.limits;
        let mut outcome = Ok(());
        let mut each = |block: Block| {
            outcome = self.block(&block);
            if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        let read = workbook.read(file, name, CellWriter::new(&limits, RowWriter::new(&mut each)));
        outcome?;
        match read {
            Ok(layout) => self.layout(&layout),
            Err(error) => self.error(&error),
        }
    }

    /// Links are not written: the readers of these formats know of none.
    fn block(&mut self, block: &Block) -> io::Result<()> {
        self.write_all(&[BLOCK])?;
        self.number(block.len() as u64)?;
        for row in block.rows() {
            self.number(u64::from(row.number()))?;
            self.write_all(&[u8::from(row.is_hidden())])?;
            self.number(row.width() as u64)?;
            for cell in row.cells() {
                let kind = KINDS.iter().position(|kind| *kind == cell.kind).unwrap_or_default();
                self.write_all(&[kind as u8, cell.digits])?;
                self.text(cell.text)?;
            }
        }
        Ok(())
    }

    fn layout(&mut self, layout: &Layout) -> io::Result<()> {
        self.write_all(&[LAYOUT])?;
        self.number(layout.merged.len() as u64)?;
        for area in &layout.merged {
            for end in [area.first_row, area.last_row, area.first_column, area.last_column] {
                self.number(u64::from(end))?;
            }
        }
        self.number(layout.hidden_columns.len() as u64)?;
        for column in &layout.hidden_columns {
            self.number(u64::from(*column))?;
        }
        self.number(layout.formulas)
    }
}

/// A transcript with its index.
#[derive(Debug)]
pub(super) struct Transcript {
    input: Input,
    sheets: Vec<(Arc<str>, Hidden, u64)>,
    counts_from_1904: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hidden {
    No,
    Yes,
}

impl Transcript {
    /// Reads the index; `file` is the workbook's name, for messages.
    pub(super) fn open(file: &Arc<str>, input: Input) -> Result<Transcript, SheetError> {
        let read = || -> io::Result<Result<Transcript, Told>> {
            let mut stream = input.open()?;
            let mut begin = [0; BEGIN.len()];
            stream.read_exact(&mut begin)?;
            let tail_at = stream.seek(SeekFrom::End(-(8 + END.len() as i64)))?;
            let mut tail = [0; 8 + END.len()];
            stream.read_exact(&mut tail)?;
            let (at, end) = tail.split_at(8);
            if begin != BEGIN || end != END {
                return Err(unsound());
            }
            stream.seek(SeekFrom::Start(at.try_into().map(u64::from_le_bytes).map_err(|_| unsound())?))?;
            let mut eye = Eye::new(stream);
            let found = match eye.byte()? {
                INDEX => {
                    let counts_from_1904 = eye.byte()? != 0;
                    Ok(Transcript { input: input.clone(), sheets: eye.many(Eye::entry)?, counts_from_1904 })
                }
                tag => Err(eye.told(tag)?),
            };
            if eye.stream.stream_position()? == tail_at { Ok(found) } else { Err(unsound()) }
        };
        match read() {
            Ok(Ok(transcript)) => Ok(transcript),
            Ok(Err(told)) => Err(told.of(file)),
            Err(error) => Err(broken(file, &error)),
        }
    }

    /// The names of the worksheets in order: those that are shown, and those that are hidden.
    pub(super) fn worksheets(&self) -> (Vec<Arc<str>>, Vec<Arc<str>>) {
        let of = |wanted| {
            let names = self.sheets.iter().filter(move |(_, hidden, _)| *hidden == wanted);
            names.map(|(name, ..)| Arc::clone(name)).collect()
        };
        (of(Hidden::No), of(Hidden::Yes))
    }

    /// The days of the workbook count from 1904.
    pub(super) fn counts_from_1904(&self) -> bool {
        self.counts_from_1904
    }

    /// Hands out the rows of `sheet`, as they were read.
    pub(super) fn read(
        &self,
        file: &Arc<str>,
        sheet: &str,
        each: &mut dyn FnMut(Block) -> ControlFlow<()>,
    ) -> Result<Layout, SheetError> {
        let Some((.., at)) = self.sheets.iter().find(|(name, ..)| **name == *sheet) else {
            return Err(broken(file, &unsound()));
        };
        let mut read = || -> io::Result<Result<Layout, Told>> {
            let mut stream = self.input.open()?;
            stream.seek(SeekFrom::Start(*at))?;
            let mut eye = Eye::new(stream);
            loop {
                match eye.byte()? {
                    BLOCK if each(eye.block()?).is_break() => return Ok(Ok(Layout::default())),
                    BLOCK => {}
                    LAYOUT => return eye.layout().map(Ok),
                    tag => return eye.told(tag).map(Err),
                }
            }
        };
        match read() {
            Ok(Ok(layout)) => Ok(layout),
            Ok(Err(told)) => Err(told.of(file)),
            Err(error) => Err(broken(file, &error)),
        }
    }
}

/// Why a workbook or a sheet could not be read, as its reader told.
enum Told {
    Unreadable(String),
    Limit(String),
}

impl Told {
    fn of(self, file: &Arc<str>) -> SheetError {
        let file = Arc::clone(file);
        match self {
            Told::Unreadable(reason) => SheetError::Unreadable { file, reason },
            Told::Limit(limit) => SheetError::Limit { file, limit },
        }
    }
}

fn unsound() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "it is cut or was changed")
}

fn broken(file: &Arc<str>, error: &io::Error) -> SheetError {
    let how = if error.kind() == ErrorKind::UnexpectedEof { unsound().to_string() } else { error.to_string() };
    let reason = format!("what was read of it cannot be read again ({how}); try again, or save the file as .xlsx");
    SheetError::Unreadable { file: Arc::clone(file), reason }
}

/// Reads what a [`Pen`] wrote.
struct Eye {
    stream: Stream,
    text: Vec<u8>,
}

impl Eye {
    fn new(stream: Stream) -> Eye {
        Eye { stream, text: Vec::new() }
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.stream.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    fn number(&mut self) -> io::Result<u64> {
        let mut number = 0;
        for place in 0..10 {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(unsound())
    }

    fn small(&mut self) -> io::Result<u32> {
        u32::try_from(self.number()?).map_err(|_| unsound())
    }

    /// A text; only as much memory is taken as there are bytes.
    fn text(&mut self) -> io::Result<&str> {
        let len = self.number()?;
        self.text.clear();
        if len <= SHORT {
            self.text.resize(len as usize, 0);
            self.stream.read_exact(&mut self.text)?;
        } else if ((&mut self.stream).take(len).read_to_end(&mut self.text)? as u64) < len {
            return Err(unsound());
        }
        std::str::from_utf8(&self.text).map_err(|_| unsound())
    }

    /// A count, and as many of them.
    fn many<T>(&mut self, one: impl Fn(&mut Eye) -> io::Result<T>) -> io::Result<Vec<T>> {
        let count = self.number()?;
        (0..count).map(|_| one(self)).collect()
    }

    fn entry(&mut self) -> io::Result<(Arc<str>, Hidden, u64)> {
        let name = self.text()?.into();
        let hidden = if self.byte()? == 0 { Hidden::No } else { Hidden::Yes };
        Ok((name, hidden, self.number()?))
    }

    fn told(&mut self, tag: u8) -> io::Result<Told> {
        match tag {
            UNREADABLE => Ok(Told::Unreadable(self.text()?.to_owned())),
            LIMIT => Ok(Told::Limit(self.text()?.to_owned())),
            _ => Err(unsound()),
        }
    }

    fn block(&mut self) -> io::Result<Block> {
        let mut block = Block::new();
        let rows = self.number()?;
        if rows > BLOCK_ROWS as u64 {
            return Err(unsound());
        }
        for _ in 0..rows {
            block.begin_row(self.small()?, 0);
            if self.byte()? != 0 {
                block.hide_row();
            }
            for _ in 0..self.number()? {
                let kind = *KINDS.get(usize::from(self.byte()?)).ok_or_else(unsound)?;
                let digits = self.byte()?;
                block.push_cell(Cell { text: self.text()?, kind, digits });
            }
        }
        Ok(block)
    }

    fn layout(&mut self) -> io::Result<Layout> {
        let area = |eye: &mut Eye| {
            let (first_row, last_row) = (eye.small()?, eye.small()?);
            Ok(Area { first_row, last_row, first_column: eye.small()?, last_column: eye.small()? })
        };
        Ok(Layout {
            merged: self.many(area)?,
            hidden_columns: self.many(Eye::small)?,
            formulas: self.number()?,
            ..Layout::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};

    use super::super::source::test::dump_source;
    use super::super::{ReadOptions, Source};
    use super::*;

    const XLS: &[u8] = include_bytes!("fixtures/small.xls");
    const ODS: &[u8] = include_bytes!("fixtures/small.ods");

    fn file() -> Arc<str> {
        "shop.xls".into()
    }

    fn transcript_of(bytes: &[u8], format: Format) -> Vec<u8> {
        let mut written = Vec::new();
        transcribe(&Input::Bytes(bytes.into()), format, &Limits::default(), &mut written).unwrap();
        written
    }

    fn open(transcript: &[u8]) -> Result<Transcript, SheetError> {
        Transcript::open(&file(), Input::Bytes(transcript.into()))
    }

    /// All that a transcript says, or the first error.
    fn shown(transcript: &[u8]) -> Result<String, String> {
        let transcript = open(transcript).map_err(|error| error.to_string())?;
        let mut text = format!("{:?}", transcript.worksheets());
        for (name, ..) in &transcript.sheets {
            let mut each = |block: Block| {
                for row in block.rows() {
                    let cells: Vec<_> = row.cells().collect();
                    text.push_str(&format!("{} {} {cells:?}", row.number(), row.is_hidden()));
                }
                ControlFlow::Continue(())
            };
            let layout = transcript.read(&file(), name, &mut each).map_err(|error| error.to_string())?;
            text.push_str(&format!("{layout:?}"));
        }
        Ok(text)
    }

    fn cell() -> impl Strategy<Value = (String, usize, u8)> {
        (prop_oneof![Just(String::new()), ".{0,9}", Just("x".repeat(70_000))], 0..KINDS.len(), any::<u8>())
    }

    proptest! {
        #[test]
        fn rows_come_back_as_they_were_written(
            rows in proptest::collection::vec((any::<u32>(), any::<bool>(), proptest::collection::vec(cell(), 0..5)), 0..9),
            ends in proptest::collection::vec(any::<u32>(), 4),
            formulas: u64,
        ) {
            let mut block = Block::new();
            for (number, is_hidden, cells) in &rows {
                block.begin_row(*number, 0);
                if *is_hidden {
                    block.hide_row();
                }
                for (text, kind, digits) in cells {
                    block.push_cell(Cell { text, kind: KINDS[*kind], digits: *digits });
                }
            }
            let area = Area { first_row: ends[0], last_row: ends[1], first_column: ends[2], last_column: ends[3] };
            let layout = Layout { merged: vec![area], hidden_columns: ends.clone(), formulas, ..Layout::default() };
            let mut written = Vec::new();
            let mut pen = Pen { output: &mut written, limits: Limits::default(), written: 0 };
            pen.block(&block).unwrap();
            pen.layout(&layout).unwrap();
            let mut eye = Eye::new(Input::Bytes(written.into()).open().unwrap());
            assert_eq!(eye.byte().unwrap(), BLOCK);
            let found = eye.block().unwrap();
            assert_eq!(eye.byte().unwrap(), LAYOUT);
            assert_eq!(eye.layout().unwrap(), layout);
            assert_eq!(format!("{found:?}"), format!("{block:?}"));
        }

        #[test]
        fn no_changed_byte_makes_it_panic(at: proptest::sample::Index, to: u8) {
            let mut transcript = transcript_of(XLS, Format::Xls);
            let at = at.index(transcript.len());
            transcript[at] = to;
            let _either_way = shown(&transcript);
        }
    }

    #[test]
    fn a_cut_transcript_is_an_error_and_never_fewer_rows() {
        for (bytes, format) in [(XLS, Format::Xls), (ODS, Format::Ods)] {
            let whole = transcript_of(bytes, format);
            assert!(shown(&whole).is_ok_and(|text| text.contains("TEE-1")));
            for len in 0..whole.len() {
                let told = shown(&whole[..len]).expect_err("it is cut");
                assert!(told.contains("cannot be read again (it is cut or was changed)"), "{told}");
            }
        }
    }

    #[test]
    fn a_workbook_read_apart_is_the_workbook_read_here() {
        let apart = |input: &Input, format, limits: &Limits| {
            let mut written = Vec::new();
            transcribe(input, format, limits, &mut written).map_err(|error| error.to_string())?;
            Ok(Input::Bytes(written.into()))
        };
        for bytes in [XLS, ODS] {
            let (input, options) = (Input::Bytes(bytes.into()), ReadOptions::default());
            let here = Source::open("shop.xls", input.clone(), &options).unwrap();
            let there = Source::open_apart("shop.xls", input, &options, &apart).unwrap();
            assert_eq!((there.sheets(), there.hidden_sheets()), (here.sheets(), here.hidden_sheets()));
            assert_eq!((there.format(), there.len_bytes()), (here.format(), bytes.len() as u64));
            for sheet in here.sheets().iter().chain(here.hidden_sheets()) {
                assert_eq!(dump_source(&there, sheet), dump_source(&here, sheet));
            }
            assert!(dump_source(&there, "Absent").contains("has no sheet `Absent`"));
        }
    }

    #[test]
    fn what_a_reader_tells_is_told_again() {
        let told = open(&transcript_of(&XLS[..1024], Format::Xls)).unwrap_err().to_string();
        assert!(told.starts_with("cannot read shop.xls: is damaged ("), "{told}");
        assert!(transcribe(&Input::Bytes(XLS.into()), Format::Text, &Limits::default(), &mut Vec::new()).is_err());
    }
}
