//! Rows -> a workbook, row by row through a temporary file.
//!
//! Texts are always string cells, so that none is a formula. A number cell stays a number where the
//! workbook gives back the same digits, and a date a date; everything else is text. The creation date is
//! fixed: the same run gives the same bytes.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, Workbook, Worksheet};

use super::layout::Layout;
use super::rows::Line;
use super::{COLUMNS, Lines, ReportError};
use crate::patch::xlsxwriter::{self, fitting, io_error};
use crate::record::padded;
use crate::sheet::{Cell, Kind};
use crate::verdict::{RowVerdict, Verdict};

/// The most lines of a report on one sheet: the rows of a sheet less the header.
pub(super) const PAGE_ROWS: u32 = 1_048_575;
/// Significant digits that a spreadsheet keeps.
const MAX_DIGITS: usize = 15;
/// From this much text on, the workbook is written in the form for parts beyond 4 GiB; markup and escapes
/// take several times the room of the text.
const LARGE: u64 = 256 << 20;
/// What a cell costs beside its text.
const CELL_COST: u64 = 64;

/// The widths of the report's own columns, in characters.
const WIDTHS: [u8; COLUMNS.len()] = [12, 7, 22, 32, 11, 11, 26, 50, 50, 14, 9];
/// The width of the merchant's columns.
const WIDTH: u8 = 16;
const VERDICT_COLUMN: u16 = 4;

/// How a text cell looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Plain,
    /// It stays a text where somebody types into it.
    Typed,
    Header,
    Good,
    Quiet,
    Bad,
    Doubtful,
}

impl Look {
    pub(super) fn of(verdict: Verdict) -> Look {
        match verdict {
            Verdict::Created | Verdict::Updated => Look::Good,
            Verdict::Unchanged | Verdict::Exists | Verdict::Skipped | Verdict::Planned => Look::Quiet,
            Verdict::Invalid | Verdict::Rejected => Look::Bad,
            Verdict::Unknown | Verdict::NotSent => Look::Doubtful,
        }
    }
}

struct Styles {
    typed: Format,
    header: Format,
    good: Format,
    quiet: Format,
    bad: Format,
    doubtful: Format,
    date: Format,
    date_time: Format,
}

impl Styles {
    fn new() -> Styles {
        let coloured = |background, font| {
            Format::new().set_background_color(Color::RGB(background)).set_font_color(Color::RGB(font))
        };
        Styles {
            typed: Format::new().set_num_format("@"),
            header: Format::new().set_bold(),
            good: coloured(0xC6_EFCE, 0x00_6100),
            quiet: coloured(0xE7_E6E6, 0x40_4040),
            bad: coloured(0xFF_C7CE, 0x9C_0006),
            doubtful: coloured(0xFF_D8A8, 0x7F_3F00),
            date: Format::new().set_num_format("yyyy-mm-dd"),
            date_time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        }
    }

    fn of(&self, look: Look) -> Option<&Format> {
        match look {
            Look::Plain => None,
            Look::Typed => Some(&self.typed),
            Look::Header => Some(&self.header),
            Look::Good => Some(&self.good),
            Look::Quiet => Some(&self.quiet),
            Look::Bad => Some(&self.bad),
            Look::Doubtful => Some(&self.doubtful),
        }
    }
}

/// A workbook that is being written; its temporary files lie in the folder of the file, unnamed.
pub(super) struct Book<'f> {
    file: &'f mut File,
    workbook: Workbook,
    styles: Styles,
    size: u64,
}

impl<'f> Book<'f> {
    pub(super) fn new(file: &'f mut File, folder: &Path) -> io::Result<Book<'f>> {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(folder).map_err(io_error)?;
        let created = ExcelDateTime::from_ymd(2000, 1, 1).map_err(io_error)?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
        Ok(Book { file, workbook, styles: Styles::new(), size: 0 })
    }

    /// A new sheet; it belongs to the workbook once it is given to [`Book::add`].
    pub(super) fn page(&mut self, name: &str) -> io::Result<Worksheet> {
        let mut page = self.workbook.new_worksheet_with_constant_memory().map_err(io_error)?;
        page.set_name(name).map_err(io_error)?;
        Ok(page)
    }

    pub(super) fn add(&mut self, page: Worksheet) {
        self.workbook.push_worksheet(page);
    }

    /// Writes text into a cell (counted from 0).
    pub(super) fn text(&mut self, page: &mut Worksheet, at: (u32, u16), text: &str, look: Look) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let text = fitting(text);
        self.size += text.len() as u64 + CELL_COST;
        match self.styles.of(look) {
            Some(format) => page.write_string_with_format(at.0, at.1, text, format),
            None => page.write_string(at.0, at.1, text),
        }
        .map_err(io_error)?;
        Ok(())
    }

    fn number(&mut self, page: &mut Worksheet, at: (u32, u16), number: impl Into<f64>) -> io::Result<()> {
        self.size += CELL_COST;
        page.write_number(at.0, at.1, number.into()).map_err(io_error)?;
        Ok(())
    }

    /// Writes a decimal as a number that shows as many decimals; as a text where a workbook would not give them back.
    pub(super) fn amount(&mut self, page: &mut Worksheet, at: (u32, u16), text: &str) -> io::Result<()> {
        let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let number = text.parse::<f64>().ok().filter(|number| format!("{number:.decimals$}") == text);
        match number.filter(|_| digits <= MAX_DIGITS) {
            Some(number) if decimals == 0 => self.number(page, at, number),
            Some(number) => {
                self.size += CELL_COST;
                let format = Format::new().set_num_format(format!("0.{}", "0".repeat(decimals)));
                page.write_number_with_format(at.0, at.1, number, &format).map_err(io_error)?;
                Ok(())
            }
            None => self.text(page, at, text, Look::Typed),
        }
    }

    /// Writes what the merchant's cell held; `look` is for texts.
    pub(super) fn cell(&mut self, page: &mut Worksheet, at: (u32, u16), cell: Cell<'_>, look: Look) -> io::Result<()> {
        match cell.kind {
            Kind::Number => match faithful(cell.text) {
                // Its zeros in front are part of an identifier.
                Some(number) if padded(cell.text, cell.digits).is_some() => {
                    self.size += CELL_COST;
                    let zeros = Format::new().set_num_format("0".repeat(usize::from(cell.digits)));
                    page.write_number_with_format(at.0, at.1, number, &zeros).map_err(io_error)?;
                    Ok(())
                }
                Some(number) => self.number(page, at, number),
                None => self.text(page, at, cell.text, look),
            },
            Kind::Date => match ExcelDateTime::parse_from_str(cell.text) {
                Ok(date) => self.date(page, at, &date, cell.text),
                Err(_) => self.text(page, at, cell.text, look),
            },
            Kind::Bool => {
                self.size += CELL_COST;
                page.write_boolean(at.0, at.1, cell.text == "true").map_err(io_error)?;
                Ok(())
            }
            Kind::Text | Kind::Error | Kind::Formula | Kind::Picture => self.text(page, at, cell.text, look),
        }
    }

    /// Writes a date, with its time where `shown` has one.
    fn date(&mut self, page: &mut Worksheet, at: (u32, u16), date: &ExcelDateTime, shown: &str) -> io::Result<()> {
        self.size += CELL_COST;
        let format = if shown.contains(' ') { &self.styles.date_time } else { &self.styles.date };
        page.write_datetime_with_format(at.0, at.1, date, format).map_err(io_error)?;
        Ok(())
    }

    pub(super) fn save(mut self) -> io::Result<()> {
        self.workbook.use_zip_large_file(self.size > LARGE);
        let mut file = BufWriter::new(self.file);
        self.workbook.save_to_writer(&mut file).map_err(io_error)?;
        file.flush()
    }
}

/// The place of a cell in a workbook's columns; one that is out of range is refused when it is written.
pub(super) fn column(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

/// Keeps the header in sight, and what stands above it, on paper too; `header_row` counts from 1.
pub(super) fn freeze_above(page: &mut Worksheet, header_row: u32) -> io::Result<()> {
    page.set_freeze_panes(header_row, 0).map_err(io_error)?;
    // On paper too: all columns on one page's width, the header on each page.
    page.set_landscape().set_print_fit_to_pages(1, 0);
    page.set_repeat_rows(0, header_row.saturating_sub(1)).map_err(io_error)?;
    Ok(())
}

/// Runs `write`; a disk that is full while the library writes is an error.
pub(super) fn guarded<T, E: From<ReportError>>(path: &Path, write: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    xlsxwriter::guarded(|source| ReportError::write(path, source).into(), write)
}

/// The number, if a workbook gives back exactly these digits.
fn faithful(text: &str) -> Option<f64> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let number: f64 = text.parse().ok()?;
    (digits <= MAX_DIGITS && number.to_string() == text).then_some(number)
}

/// A report as a workbook.
pub(super) struct XlsxLines<'f, 'l> {
    book: Book<'f>,
    layout: &'l Layout,
    page: Worksheet,
    pages: u32,
    page_rows: u32,
    row: u32,
}

impl<'f, 'l> XlsxLines<'f, 'l> {
    /// `page_rows` is the most lines on one sheet.
    pub(super) fn new(
        file: &'f mut File,
        folder: &Path,
        layout: &'l Layout,
        page_rows: u32,
    ) -> io::Result<XlsxLines<'f, 'l>> {
        let mut book = Book::new(file, folder)?;
        let page = report_page(&mut book, layout, "Report")?;
        Ok(XlsxLines { book, layout, page, pages: 1, page_rows, row: 0 })
    }

    fn turn_page(&mut self) -> io::Result<()> {
        self.pages += 1;
        let next = report_page(&mut self.book, self.layout, &format!("Report {}", self.pages))?;
        let full = std::mem::replace(&mut self.page, next);
        self.close(full)?;
        self.row = 0;
        Ok(())
    }

    fn close(&mut self, mut page: Worksheet) -> io::Result<()> {
        let last = column(self.own_columns() + self.layout.headers().len() - 1);
        page.autofilter(0, 0, self.row, last).map_err(io_error)?;
        self.book.add(page);
        Ok(())
    }

    fn own_columns(&self) -> usize {
        COLUMNS.len() + self.layout.columns_beside().len()
    }

    fn own_cells(&mut self, verdict: &RowVerdict) -> io::Result<()> {
        let texts = [
            (0, verdict.sheet.as_str()),
            (2, &verdict.seller_sku),
            (3, &verdict.product),
            (5, verdict.images.as_str()),
            (6, &verdict.rule_or_code),
            (7, &verdict.message),
            (8, &verdict.help),
            (9, &verdict.request),
        ];
        for (column, text) in texts {
            self.book.text(&mut self.page, (self.row, column), text, Look::Plain)?;
        }
        let (word, look) = (verdict.verdict.as_str(), Look::of(verdict.verdict));
        self.book.text(&mut self.page, (self.row, VERDICT_COLUMN), word, look)?;
        self.book.number(&mut self.page, (self.row, 1), verdict.row)?;
        self.book.number(&mut self.page, (self.row, 10), verdict.attempts)
    }
}

fn report_page(book: &mut Book<'_>, layout: &Layout, name: &str) -> io::Result<Worksheet> {
    let mut page = book.page(name)?;
    freeze_above(&mut page, 1)?;
    let own = COLUMNS.into_iter().zip(WIDTHS);
    let own = own.chain(layout.columns_beside().iter().map(|header| (*header, WIDTH)));
    let headers = own.chain(layout.headers().iter().map(|header| (header.as_str(), WIDTH)));
    for (index, (header, width)) in headers.enumerate() {
        page.set_column_width(column(index), width).map_err(io_error)?;
        book.text(&mut page, (0, column(index)), header, Look::Header)?;
    }
    Ok(page)
}

impl Lines for XlsxLines<'_, '_> {
    fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        if self.row == self.page_rows {
            self.turn_page()?;
        }
        self.row += 1;
        self.own_cells(line.verdict)?;
        for (index, text) in line.beside.iter().enumerate() {
            let at = (self.row, column(COLUMNS.len() + index));
            self.book.text(&mut self.page, at, text, Look::Plain)?;
        }
        for (index, cell) in self.layout.cells(line.table, &line.row).into_iter().enumerate() {
            let at = (self.row, column(self.own_columns() + index));
            self.book.cell(&mut self.page, at, cell, Look::Plain)?;
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        let page = std::mem::take(&mut self.page);
        self.close(page)?;
        self.book.save()
    }
}
