//! A sheet file that can be read more than once.
//!
//! Opening tells the format, the sheets and, for text, the encoding and the delimiter; reading hands
//! out rows. An open workbook is kept between readings, so that its shared strings are parsed once.

use std::collections::BTreeSet;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::bytes::Stream;
use super::cells::CellWriter;
use super::csv::{Piece, TextPlan};
use super::layout::Filler;
use super::rows::RowWriter;
use super::sniff::{self, Refusal, damaged};
use super::transcript::Transcript;
use super::workbook::Workbook;
use super::{Block, Chunk, Filling, Format, Input, Layout, Limits, SheetError, elder};

/// The first bytes of a file, from which its format is told.
const HEAD: u64 = 64 * 1024;
/// The most bytes read from a pipe, which must be kept in memory to be read twice.
const MAX_PIPE: u64 = 256 << 20;
/// The largest XLS, XLSB or ODS file that is read in this very process.
const MAX_IN_PROCESS: u64 = 256 << 20;

/// What the user said about reading.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// The name of the encoding, as browsers call it: `windows-874`, `gb18030`.
    pub encoding: Option<String>,
    /// The character between the cells, one ASCII character.
    pub delimiter: Option<u8>,
    /// How much is taken before a file is refused.
    #[serde(default)]
    pub limits: Limits,
}

/// Reads an XLS, XLSB or ODS file apart from this program, where its reader can do no harm, and answers with
/// its transcript; or says why it cannot be read.
pub type Apart<'a> = dyn Fn(&Input, Format, &Limits) -> Result<Input, String> + 'a;

/// A sheet file that can be read more than once, also from several threads; clones share it.
#[derive(Debug, Clone)]
pub struct Source {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    file: Arc<str>,
    input: Input,
    limits: Limits,
    len: u64,
    sheets: Vec<Arc<str>>,
    hidden_sheets: Vec<Arc<str>>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Text(TextPlan),
    Workbook { format: Format, idle: Idle },
    Transcript { format: Format, transcript: Transcript },
}

/// The open workbook while nobody reads it.
struct Idle {
    workbook: Mutex<Option<Workbook>>,
    counts_from_1904: bool,
}

impl std::fmt::Debug for Idle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Idle")
    }
}

impl Idle {
    fn new(workbook: Workbook) -> Idle {
        Idle { counts_from_1904: workbook.counts_from_1904(), workbook: Mutex::new(Some(workbook)) }
    }

    fn take(&self) -> Option<Workbook> {
        self.workbook.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put_back(&self, workbook: Workbook) {
        *self.workbook.lock().unwrap_or_else(PoisonError::into_inner) = Some(workbook);
    }
}

impl Source {
    /// Opens the file that the user called `file_label`.
    ///
    /// An XLS, XLSB or ODS file made to break its reader can end the process, or hold it for ever; where that
    /// matters, use
    /// [`Source::open_apart`].
    ///
    /// # Errors
    ///
    /// When it cannot be opened, is no sheet, is damaged, or is not in the encoding it should be in.
    pub fn open(file_label: &str, input: Input, options: &ReadOptions) -> Result<Source, SheetError> {
        Source::open_with(file_label, input, options, None)
    }

    /// As [`Source::open`]; an XLS, XLSB or ODS file is read once, by `apart`, and from its transcript
    /// from then on.
    ///
    /// # Errors
    ///
    /// As [`Source::open`], and what `apart` says.
    pub fn open_apart(
        file_label: &str,
        input: Input,
        options: &ReadOptions,
        apart: &Apart<'_>,
    ) -> Result<Source, SheetError> {
        Source::open_with(file_label, input, options, Some(apart))
    }

    fn open_with(
        file_label: &str,
        input: Input,
        options: &ReadOptions,
        apart: Option<&Apart<'_>>,
    ) -> Result<Source, SheetError> {
        let file: Arc<str> = file_label.into();
        let refused = |refusal: Refusal| refusal.of(&file);
        let (input, len) = measured(input).map_err(refused)?;
        let mut stream = input.open().map_err(Refusal::Io).map_err(refused)?;
        let head = stream.take_up_to(HEAD).map_err(Refusal::Io).map_err(refused)?;
        let limits = &options.limits;
        let format = sniff::format(&head, stream, limits).map_err(refused)?;
        let is_elder = matches!(format, Format::Xls | Format::Xlsb | Format::Ods);
        if let Some(apart) = apart.filter(|_| is_elder) {
            let transcript = apart(&input, format, limits).map_err(|reason| refused(reason.into()))?;
            let transcript = Transcript::open(&file, transcript)?;
            let (sheets, hidden_sheets) = transcript.worksheets();
            refuse_same_names(&sheets, &hidden_sheets).map_err(refused)?;
            let content = Content::Transcript { format, transcript };
            let shared = Shared { file, input, limits: *limits, len, sheets, hidden_sheets, content };
            return Ok(Source { shared: Arc::new(shared) });
        }
        if is_elder && len > MAX_IN_PROCESS {
            return Err(refused("is larger than 256 MiB; save it as .xlsx".into()));
        }
        let stream = || input.open().map_err(Refusal::Io).map_err(refused);
        elder::refuse_bomb(&file, format, stream()?, limits)?;
        let (content, (sheets, hidden_sheets)) = match Workbook::open(&file, format, stream()?, limits)? {
            Some(workbook) => {
                let sheets = workbook.worksheets();
                (Content::Workbook { format, idle: Idle::new(workbook) }, sheets)
            }
            None => {
                let plan = TextPlan::decide(&input, &head, options).map_err(refused)?;
                (Content::Text(plan), (vec!["".into()], Vec::new()))
            }
        };
        refuse_same_names(&sheets, &hidden_sheets).map_err(refused)?;
        let shared = Shared { file, input, limits: *limits, len, sheets, hidden_sheets, content };
        Ok(Source { shared: Arc::new(shared) })
    }

    /// Rows that are hidden are known: an XLS, XLSB or ODS file does not tell of them.
    #[must_use]
    pub fn tells_hidden_rows(&self) -> bool {
        match self.format() {
            Format::Xlsx | Format::Text => true,
            Format::Xls | Format::Xlsb | Format::Ods => false,
        }
    }

    /// The file's name as the user gave it.
    #[must_use]
    pub fn file(&self) -> &Arc<str> {
        &self.shared.file
    }

    /// Where its bytes are; those of a pipe are in memory.
    #[cfg(feature = "workbooks")]
    pub(crate) fn input(&self) -> &Input {
        &self.shared.input
    }

    /// What the file is.
    #[must_use]
    pub fn format(&self) -> Format {
        match &self.shared.content {
            Content::Text(_) => Format::Text,
            Content::Workbook { format, .. } | Content::Transcript { format, .. } => *format,
        }
    }

    /// The names of the worksheets that are shown, in order; for text one, the empty name.
    #[must_use]
    pub fn sheets(&self) -> &[Arc<str>] {
        &self.shared.sheets
    }

    /// The names of the worksheets that are hidden, in order.
    #[must_use]
    pub fn hidden_sheets(&self) -> &[Arc<str>] {
        &self.shared.hidden_sheets
    }

    /// The character between the cells of a text file.
    #[must_use]
    pub fn delimiter(&self) -> Option<u8> {
        match &self.shared.content {
            Content::Text(plan) => Some(plan.delimiter),
            Content::Workbook { .. } | Content::Transcript { .. } => None,
        }
    }

    /// The size of the file in bytes.
    #[must_use]
    pub fn len_bytes(&self) -> u64 {
        self.shared.len
    }

    /// The encoding in which a text file is read, where it was guessed from the file's letters.
    #[must_use]
    pub fn guessed_encoding(&self) -> Option<&'static str> {
        match &self.shared.content {
            Content::Text(plan) => plan.guessed_encoding(),
            Content::Workbook { .. } | Content::Transcript { .. } => None,
        }
    }

    /// The encoding of a text file, as browsers call it: `UTF-8`, `windows-874`.
    #[must_use]
    pub fn encoding(&self) -> Option<&'static str> {
        match &self.shared.content {
            Content::Text(plan) => Some(plan.charset.name()),
            Content::Workbook { .. } | Content::Transcript { .. } => None,
        }
    }

    /// A text file begins with a byte order mark, which tells its encoding.
    #[must_use]
    pub fn has_byte_order_mark(&self) -> bool {
        match &self.shared.content {
            Content::Text(plan) => plan.charset.is_marked(),
            Content::Workbook { .. } | Content::Transcript { .. } => false,
        }
    }

    /// The days of a workbook count from 1904, not from 1900.
    #[must_use]
    pub fn counts_from_1904(&self) -> bool {
        match &self.shared.content {
            Content::Text(_) => false,
            Content::Workbook { idle, .. } => idle.counts_from_1904,
            Content::Transcript { transcript, .. } => transcript.counts_from_1904(),
        }
    }

    /// Reads a sheet again, merged cells filled and links attached as `filling` says.
    ///
    /// # Errors
    ///
    /// As [`Source::read`].
    pub fn read_again(
        &self,
        sheet: &str,
        what: &Filling<'_>,
        each: &mut dyn FnMut(Block) -> ControlFlow<()>,
    ) -> Result<Layout, SheetError> {
        let mut filler = Filler::new(what);
        let layout = self.read(sheet, &mut |block| filler.fill(&block, each))?;
        match filler.limit() {
            Some(limit) => Err(SheetError::Limit { file: Arc::clone(&self.shared.file), limit }),
            None => Ok(layout),
        }
    }

    /// Reads a sheet as fast as the machine can: calls `each` with its rows in sheet order, in chunks that any thread
    /// can take apart, until the end or until it answers `Break`; tells what stands beside the cells (nothing after
    /// `Break`). With `filling` merged cells are filled and links attached.
    ///
    /// Blank rows between two chunks are left out.
    ///
    /// # Errors
    ///
    /// As [`Source::read`].
    pub fn chunks(
        &self,
        sheet: &str,
        filling: Option<&Filling<'_>>,
        each: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
    ) -> Result<Layout, SheetError> {
        let Shared { file, limits, content, .. } = &*self.shared;
        if let Some(filling) = filling {
            return self.read_again(sheet, filling, &mut |block| each(Chunk::of_block(block)));
        }
        self.refuse_unknown(sheet)?;
        let cut = match content {
            Content::Transcript { transcript, .. } => {
                return transcript.read(file, sheet, &mut |block| each(Chunk::of_block(block)));
            }
            Content::Text(plan) => plan.cut(file, self.stream()?, each).map(|()| Layout::default()),
            Content::Workbook { format, idle } => {
                self.with_workbook(*format, idle, |workbook| workbook.cut(file, sheet, each, limits))
            }
        };
        // The complete reader says it better.
        cut.map_err(|error| self.fault(sheet).unwrap_or(error))
    }

    /// Why the sheet cannot be read to its end; `None` where it can.
    #[must_use]
    pub fn fault(&self, sheet: &str) -> Option<SheetError> {
        self.read(sheet, &mut |_| ControlFlow::Continue(())).err()
    }

    /// Calls `each` with blocks of rows in sheet order, until the end or until it answers `Break`; then tells
    /// what stands beside the cells (nothing after `Break`).
    ///
    /// A hidden sheet can be read by its name. Blank rows between others are rows without cells.
    ///
    /// # Errors
    ///
    /// When there is no such sheet, or the file cannot be read on; blocks before that have been handed out.
    pub fn read(&self, sheet: &str, each: &mut dyn FnMut(Block) -> ControlFlow<()>) -> Result<Layout, SheetError> {
        self.refuse_unknown(sheet)?;
        let Shared { file, limits, content, .. } = &*self.shared;
        match content {
            Content::Transcript { transcript, .. } => transcript.read(file, sheet, each),
            Content::Text(plan) => plan.read(file, self.stream()?, RowWriter::soon(each)).map(|()| Layout::default()),
            Content::Workbook { format, idle } => self.with_workbook(*format, idle, |workbook| {
                workbook.read(file, sheet, CellWriter::new(limits, RowWriter::soon(each)))
            }),
        }
    }

    fn refuse_unknown(&self, sheet: &str) -> Result<(), SheetError> {
        let Shared { file, sheets, hidden_sheets, .. } = &*self.shared;
        if sheets.iter().chain(hidden_sheets).any(|name| **name == *sheet) {
            return Ok(());
        }
        Err(SheetError::NoSuchSheet {
            file: Arc::clone(file),
            sheet: sheet.to_owned(),
            sheets: sheets.iter().map(|name| name.to_string()).collect(),
        })
    }

    /// Reads the open workbook, or one that is opened anew where another thread reads it or a reading failed.
    fn with_workbook(
        &self,
        format: Format,
        idle: &Idle,
        read: impl FnOnce(&mut Workbook) -> Result<Layout, SheetError>,
    ) -> Result<Layout, SheetError> {
        let open = match idle.take() {
            Some(workbook) => Some(workbook),
            None => Workbook::open(&self.shared.file, format, self.stream()?, &self.shared.limits)?,
        };
        let Some(mut workbook) = open else { return Ok(Layout::default()) };
        let outcome = read(&mut workbook);
        if outcome.is_ok() {
            idle.put_back(workbook);
        }
        outcome
    }

    /// Hands out the text of a text file piece by piece as it stands there; a workbook has none.
    ///
    /// # Errors
    /// The file cannot be read on; pieces before that have been handed out.
    pub fn pieces(&self, each: &mut dyn FnMut(Piece<'_>) -> ControlFlow<()>) -> Result<(), SheetError> {
        match &self.shared.content {
            Content::Text(plan) => plan.pieces(&self.shared.file, &|| self.stream(), each),
            Content::Workbook { .. } | Content::Transcript { .. } => Ok(()),
        }
    }

    fn stream(&self) -> Result<Stream, SheetError> {
        self.shared.input.open().map_err(|source| SheetError::Io { file: Arc::clone(&self.shared.file), source })
    }
}

/// A sheet is asked for by its name, so that two of one name cannot be told apart.
fn refuse_same_names(shown: &[Arc<str>], hidden: &[Arc<str>]) -> Result<(), Refusal> {
    let mut names = BTreeSet::new();
    match shown.iter().chain(hidden).find(|name| !names.insert(&***name)) {
        Some(name) => Err(damaged(&format!("it has two sheets `{name}`")).into()),
        None => Ok(()),
    }
}

/// The size of the input; a pipe is read into memory, because it gives its bytes only once.
fn measured(input: Input) -> Result<(Input, u64), Refusal> {
    let path: &Path = match &input {
        Input::Bytes(bytes) => {
            let len = bytes.len() as u64;
            return Ok((input, len));
        }
        Input::Open(file) => {
            let len = file.metadata()?.len();
            return Ok((input, len));
        }
        Input::File(path) => path,
    };
    let metadata = std::fs::metadata(path)?;
    if metadata.is_dir() {
        return Err("is a folder; name the file inside it".into());
    }
    if metadata.is_file() {
        return Ok((input, metadata.len()));
    }
    let bytes = input.open()?.take_up_to(MAX_PIPE + 1)?;
    if bytes.len() as u64 > MAX_PIPE {
        return Err(io::Error::other("more than 256 MiB from a pipe; save them to a file first").into());
    }
    let len = bytes.len() as u64;
    Ok((Input::Bytes(bytes.into()), len))
}

/// How tests show a sheet.
#[cfg(test)]
pub(super) mod test;

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn open(path: &Path) -> Result<Source, SheetError> {
        Source::open("the file", Input::File(path.to_owned()), &ReadOptions::default())
    }

    #[test]
    fn a_file_on_disk_is_read_whatever_its_name() {
        let mut file = tempfile::Builder::new().suffix(".xlsx").tempfile().unwrap();
        file.write_all(b"sku;price\nA;1\n").unwrap();
        let source = open(file.path()).unwrap();
        assert_eq!((source.format(), source.delimiter(), source.len_bytes()), (Format::Text, Some(b';'), 14));
        assert_eq!((source.sheets().len(), &*source.sheets()[0], source.hidden_sheets().len()), (1, "", 0));
        assert_eq!(test::dump_source(&source, ""), "1:1 sku|price\n2:2 A|1");
        assert_eq!(test::dump_source(&source.clone(), ""), "1:1 sku|price\n2:2 A|1");
    }

    #[test]
    fn a_folder_and_an_absent_file_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            open(folder.path()).err().map(|error| error.to_string()).as_deref(),
            Some("cannot read the file: is a folder; name the file inside it")
        );
        let absent = open(&folder.path().join("absent.csv"));
        assert!(
            matches!(&absent, Err(SheetError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound),
            "{absent:?}"
        );
    }

    #[test]
    fn a_sheet_that_is_not_there_is_named() {
        assert_eq!(test::dump(b"a,b\n", "Products"), "shop.csv has no sheet `Products`; a text file has none to name");
    }

    #[test]
    fn two_sheets_of_one_name_are_damage() {
        let names = |names: &[&str]| -> Vec<Arc<str>> { names.iter().map(|name| (*name).into()).collect() };
        assert!(refuse_same_names(&names(&["a", "b"]), &names(&["c"])).is_ok());
        let told = refuse_same_names(&names(&["a", "b"]), &names(&["a"])).map_err(|refusal| refusal.to_string());
        assert!(told.is_err_and(|told| told.contains("it has two sheets `a`")));
    }

    #[test]
    fn a_source_can_be_shared_between_threads() {
        fn shared<T: Send + Sync + Clone>() {}
        shared::<Source>();
    }

    #[test]
    fn reading_ends_when_the_reader_has_enough() {
        let text = "a,b\n".repeat(5_000);
        let source = Source::open("shop.csv", Input::Bytes(text.into_bytes().into()), &ReadOptions::default()).unwrap();
        let mut blocks = 0;
        source
            .read("", &mut |_| {
                blocks += 1;
                ControlFlow::Break(())
            })
            .unwrap();
        assert_eq!(blocks, 1);
    }
}
