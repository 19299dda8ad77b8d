//! The rows that need the merchant, in the sheet's own layout, with the reasons beside them.
//!
//! It can be mended and imported as it is: the sheets keep their names, the rows above the header and
//! the header their places, the columns theirs. Three columns of ours follow the header; where the sheet
//! has them already, from an earlier file of this kind, they are filled anew.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::Path;

use rust_xlsxwriter::Worksheet;

use super::csv::Text;
use super::rows::{self, Line, Showing, Step};
use super::xlsx::{self, Book, Look};
use super::{ReportError, ReportFormat, place};
use crate::column::{OWN_PREFIX, Table};
use crate::patch::sheet_name;
use crate::patch::xlsxwriter::is_too_long;
use crate::sheet::{Cell, Kind, Row};
use crate::verdict::{Images, RowVerdict, Verdict, Verdicts};

/// What our own columns hold; their headers begin with [`OWN_PREFIX`].
const OWN: [&str; 3] = ["verdict", "reason", "help"];
/// How a row that only belongs to one that needs the merchant is marked.
const GOES_ALONG: &str = "nothing to mend here: it goes with another row of its product";

/// Writes the rows that need the merchant (invalid, rejected, or with failed or incomplete pictures) and,
/// marked, the other rows of their products, in the sheet's own layout; answers `false` and writes
/// nothing when no row needs the merchant.
///
/// Of a product, rows that are in the shop (created, exists) and rows that were left out on purpose
/// (skipped) are not needed. Merged cells are parted, their value in each row for which it counts. A CSV keeps the delimiter of the sheet; texts in it are
/// [`neutralised`](crate::sheet::neutralised). A workbook keeps numbers and dates; where it cannot hold a text
/// whole, the reason says so.
///
/// # Errors
/// As [`write_report`](super::write_report); and a CSV holds the rows of one sheet only.
pub fn write_to_fix(path: &Path, tables: &[Table], verdicts: &Verdicts) -> Result<bool, ReportError> {
    let format = ReportFormat::of(path);
    let wanted = Wanted::of(verdicts);
    match format {
        None | Some(ReportFormat::Jsonl | ReportFormat::Html) => {
            return Err(ReportError::Ending { path: path.to_owned(), endings: ".xlsx or .csv" });
        }
        Some(_) if !wanted.any => return Ok(false),
        Some(ReportFormat::Csv) if tables.len() != 1 => {
            return Err(ReportError::OneSheet { path: path.to_owned(), sheets: tables.len() });
        }
        Some(ReportFormat::Csv) => place::in_place(path, |file, _| {
            let delimiter = tables[0].source.delimiter().unwrap_or(b',');
            let text = Text::new(file, delimiter).map_err(|source| ReportError::write(path, source))?;
            copy(path, tables, (verdicts, &wanted), TextSheet { text, rows: 0 })
        }),
        Some(ReportFormat::Xlsx) => place::in_place(path, |file, folder| {
            xlsx::guarded(path, || {
                let sheets = WorkbookSheets::new(file, folder).map_err(|source| ReportError::write(path, source))?;
                copy(path, tables, (verdicts, &wanted), sheets)
            })
        }),
    }?;
    Ok(true)
}

/// Which rows are written.
struct Wanted<'v> {
    any: bool,
    products: HashSet<&'v str>,
}

/// Why a row is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// The merchant must do something about it.
    Needed,
    /// Another row of its product is needed.
    GoesAlong,
}

impl<'v> Wanted<'v> {
    fn of(verdicts: &'v Verdicts) -> Wanted<'v> {
        let mut wanted = Wanted { any: false, products: HashSet::new() };
        for row in verdicts.rows.iter().filter(|row| is_needed(row)) {
            wanted.any = true;
            if !row.product.is_empty() {
                wanted.products.insert(&row.product);
            }
        }
        wanted
    }

    fn why(&self, row: &RowVerdict) -> Option<Why> {
        if is_needed(row) {
            return Some(Why::Needed);
        }
        match row.verdict {
            Verdict::Created | Verdict::Updated | Verdict::Unchanged | Verdict::Exists | Verdict::Skipped => None,
            Verdict::Invalid | Verdict::Rejected | Verdict::Unknown | Verdict::NotSent | Verdict::Planned => {
                self.products.contains(row.product.as_str()).then_some(Why::GoesAlong)
            }
        }
    }
}

fn is_needed(row: &RowVerdict) -> bool {
    matches!(row.verdict, Verdict::Invalid | Verdict::Rejected)
        || matches!(row.images, Images::Failed | Images::Incomplete)
        // What waits for another row has no code of its own; nor has what is created and as it should be.
        || (matches!(row.verdict, Verdict::NotSent | Verdict::Created) && !row.rule_or_code.is_empty())
}

/// Takes the rows of sheets in their own layout.
trait Sheets {
    /// A cell cannot hold this text whole.
    fn cuts(&self, text: &str) -> bool;
    /// Begins the sheet of a table.
    fn begin(&mut self, table: &Table) -> io::Result<()>;
    /// Writes a row: at its number (from 1), or below the row before.
    fn row(&mut self, number: Option<u32>, cells: &[Cell<'_>], marked: Marked) -> io::Result<()>;
    /// Writes what stands behind the last row.
    fn finish(self) -> io::Result<()>;
}

/// Which cells of a row look different.
#[derive(Debug, Clone, Copy)]
enum Marked {
    None,
    All(Look),
    One(usize, Look),
}

impl Marked {
    fn look(self, index: usize) -> Look {
        match self {
            Marked::All(look) => look,
            Marked::One(marked, look) if marked == index => look,
            Marked::One(..) | Marked::None => Look::Plain,
        }
    }
}

fn copy(
    path: &Path,
    tables: &[Table],
    (verdicts, wanted): (&Verdicts, &Wanted<'_>),
    mut sheets: impl Sheets,
) -> Result<(), ReportError> {
    let frames: Vec<Frame> = tables.iter().map(Frame::of).collect();
    let mut begun = 0;
    rows::walk(tables, verdicts, Showing::Read, &mut |step| {
        let put = || match step {
            Step::Aside { table, row } => {
                begin(&mut sheets, tables, table, &mut begun)?;
                sheets.row(Some(row.number()), &row.cells().collect::<Vec<_>>(), Marked::None)
            }
            Step::Header { table, row } => {
                begin(&mut sheets, tables, table, &mut begun)?;
                let own = OWN.map(|name| format!("{OWN_PREFIX} {name}"));
                let cells = frames[table].cells(&row, &own);
                sheets.row(Some(row.number()), &cells, Marked::All(Look::Header))
            }
            Step::Data(line) => match wanted.why(line.verdict) {
                Some(why) => put_line(&mut sheets, &frames[line.table], &line, why),
                None => Ok(()),
            },
        };
        put().map_err(|source| ReportError::write(path, source))
    })?;
    sheets.finish().map_err(|source| ReportError::write(path, source))
}

/// Begins the sheet of the table at `place`, unless that is done.
fn begin(sheets: &mut impl Sheets, tables: &[Table], place: usize, begun: &mut usize) -> io::Result<()> {
    if *begun > place {
        return Ok(());
    }
    *begun = place + 1;
    sheets.begin(&tables[place])
}

/// A text names a cell of this row, as `H14`.
fn names_cell(text: &str, row: u32) -> bool {
    let row = row.to_string();
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| {
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let is_column = (1..=3).contains(&letters.len()) && letters.bytes().all(|byte| byte.is_ascii_uppercase());
        is_column && word[letters.len()..] == row
    })
}

fn put_line(sheets: &mut impl Sheets, frame: &Frame, line: &Line<'_>, why: Why) -> io::Result<()> {
    let verdict = line.verdict;
    let (mut reason, mut help) = (reason(verdict, why), verdict.help.clone());
    if let Why::Needed = why {
        // Its cells have other names in this file.
        let number = line.row.number();
        reason = format!("{reason} (row {number} of the sheet that was imported)");
        if names_cell(&help, number) {
            help = format!("{help} (row {number} of that sheet is this row)");
        }
    }
    if line.row.cells().any(|cell| sheets.cuts(cell.text)) {
        reason.push_str("; the text that ends in … is cut, because a workbook cell holds 32,767 characters");
    }
    let look = match why {
        Why::Needed => Look::Bad,
        Why::GoesAlong => Look::Quiet,
    };
    let own = [shown_verdict(verdict).into_owned(), reason, help];
    sheets.row(None, &frame.cells(&line.row, &own), Marked::One(frame.own[0], look))
}

/// The verdict, with what is wrong with the pictures of a row that is in the shop.
fn shown_verdict(row: &RowVerdict) -> Cow<'static, str> {
    match row.images {
        Images::Failed | Images::Incomplete => Cow::Owned(format!("{}, images {}", row.verdict, row.images.as_str())),
        Images::Set | Images::None | Images::Kept | Images::Pending => Cow::Borrowed(row.verdict.as_str()),
    }
}

fn reason(row: &RowVerdict, why: Why) -> String {
    let lead = match why {
        Why::Needed => row.rule_or_code.as_str(),
        Why::GoesAlong => GOES_ALONG,
    };
    let parts: Vec<&str> = [lead, &row.message].into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(": ")
}

/// Where the cells of a table go: the header's columns stay, ours follow, and what stands beyond the
/// header follows them.
struct Frame {
    width: usize,
    /// The places of our own columns.
    own: [usize; OWN.len()],
    /// How many of our own columns the sheet lacks.
    added: usize,
}

impl Frame {
    fn of(table: &Table) -> Frame {
        let headers = table.columns.headers();
        let width = table.width.max(headers.len());
        let mut added = 0;
        let own = OWN.map(|name| {
            let header = format!("{OWN_PREFIX} {name}");
            headers.iter().position(|typed| typed.trim().eq_ignore_ascii_case(&header)).unwrap_or_else(|| {
                added += 1;
                width + added - 1
            })
        });
        Frame { width, own, added }
    }

    fn cells<'a>(&self, row: &Row<'a>, own: &'a [String; OWN.len()]) -> Vec<Cell<'a>> {
        let mut cells = vec![Cell::BLANK; self.width.max(row.width()) + self.added];
        for (index, cell) in row.cells().enumerate() {
            let beyond = if index < self.width { 0 } else { self.added };
            cells[index + beyond] = cell;
        }
        for (place, text) in self.own.into_iter().zip(own) {
            cells[place] = Cell::new(text, Kind::Text);
        }
        cells
    }
}

/// The sheet as CSV.
struct TextSheet<'f> {
    text: Text<'f>,
    rows: u32,
}

impl Sheets for TextSheet<'_> {
    fn cuts(&self, _text: &str) -> bool {
        false
    }

    fn begin(&mut self, _table: &Table) -> io::Result<()> {
        Ok(())
    }

    fn row(&mut self, number: Option<u32>, cells: &[Cell<'_>], _marked: Marked) -> io::Result<()> {
        let number = number.unwrap_or(self.rows + 1);
        while self.rows + 1 < number {
            self.rows += 1;
            self.text.row(&[])?;
        }
        self.rows += 1;
        self.text.row(cells)
    }

    fn finish(self) -> io::Result<()> {
        self.text.finish()
    }
}

/// The sheets as a workbook.
struct WorkbookSheets<'f> {
    book: Book<'f>,
    page: Option<Worksheet>,
    names: HashSet<String>,
    rows: u32,
}

impl<'f> WorkbookSheets<'f> {
    fn new(file: &'f mut File, folder: &Path) -> io::Result<WorkbookSheets<'f>> {
        Ok(WorkbookSheets { book: Book::new(file, folder)?, page: None, names: HashSet::new(), rows: 0 })
    }
}

impl Sheets for WorkbookSheets<'_> {
    fn cuts(&self, text: &str) -> bool {
        is_too_long(text)
    }

    fn begin(&mut self, table: &Table) -> io::Result<()> {
        let name = sheet_name(&table.sheet, &mut self.names);
        let mut page = self.book.page(&name)?;
        xlsx::freeze_above(&mut page, table.header.row)?;
        if let Some(full) = self.page.replace(page) {
            self.book.add(full);
        }
        self.rows = 0;
        Ok(())
    }

    fn row(&mut self, number: Option<u32>, cells: &[Cell<'_>], marked: Marked) -> io::Result<()> {
        let number = number.unwrap_or(self.rows + 1);
        self.rows = number;
        let Some(page) = &mut self.page else { return Ok(()) };
        for (index, cell) in cells.iter().enumerate() {
            self.book.cell(page, (number - 1, xlsx::column(index)), *cell, marked.look(index))?;
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        if let Some(page) = self.page.take() {
            self.book.add(page);
        }
        self.book.save()
    }
}
