//! A workbook of the rows of a sheet that is none: every cell as a text, as it was typed.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::error::PatchError;
use super::place;
use super::xlsxwriter::{fitting, guarded, io_error};
use crate::column::Table;
use crate::location::column_letters;
use crate::sheet::{Block, Row, Source};

/// The rows and columns of a worksheet.
const MOST_ROWS: u32 = crate::sheet::place::LAST_ROW;
const MOST_COLUMNS: u32 = crate::sheet::place::LAST_COLUMN;
/// The most UTF-16 units in the name of a worksheet.
const MAX_SHEET_NAME: usize = 31;
/// Columns are as wide as the texts of so many rows, within bounds.
const MEASURED_ROWS: u32 = 200;
const NARROWEST: usize = 9;
const WIDEST: usize = 40;

/// What the sheets of a source are called in a workbook: those that are shown, and those of the tables.
pub(super) fn names(source: &Source, tables: &[Table]) -> Vec<(String, String)> {
    let asked = tables.iter().map(|table| &table.sheet).filter(|sheet| !source.sheets().contains(sheet));
    let mut taken = HashSet::new();
    let stem = Path::new(&**source.file()).file_stem().unwrap_or_default().to_string_lossy();
    let name = |sheet: &str| if sheet.is_empty() { stem.to_string() } else { sheet.to_owned() };
    let sheets = source.sheets().iter().chain(asked);
    sheets.map(|sheet| (sheet.to_string(), sheet_name(&name(sheet), &mut taken))).collect()
}

/// Writes the sheets of `tables` and those beside them into `file`, as a workbook that stands for `path`.
pub(super) fn write(path: &Path, tables: &[Table], file: &mut File) -> Result<(), PatchError> {
    let Some(source) = tables.first().map(|table| &table.source) else { return Ok(()) };
    guarded(
        |source| place::failed(path, source),
        || {
            let failed = |error| place::failed(path, io_error(error));
            let mut workbook = Workbook::new();
            workbook.set_tempdir(place::folder(path)).map_err(failed)?;
            let created = ExcelDateTime::from_ymd(2000, 1, 1).map_err(failed)?;
            workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
            for (sheet, name) in names(source, tables) {
                let mut page = workbook.new_worksheet_with_constant_memory().map_err(failed)?;
                page.set_name(&name).map_err(failed)?;
                let table = tables.iter().find(|table| *table.sheet == *sheet);
                let mut pages = Pages::new(path, page, table.map_or(0, |table| table.header.row));
                pages.read(source, &sheet)?;
                workbook.push_worksheet(pages.finish().map_err(failed)?);
            }
            let mut file = BufWriter::new(file);
            workbook.save_to_writer(&mut file).map_err(failed)?;
            file.flush().map_err(|source| place::failed(path, source))
        },
    )
}

/// One sheet while it is written.
struct Pages<'a> {
    path: &'a Path,
    page: Worksheet,
    /// From 1; 0 where no header is known.
    header_row: u32,
    header: Format,
    text: Format,
    widths: Vec<usize>,
}

impl Pages<'_> {
    fn new(path: &Path, page: Worksheet, header_row: u32) -> Pages<'_> {
        let text = Format::new().set_num_format("@");
        let header = text.clone().set_bold();
        Pages { path, page, header_row, header, text, widths: Vec::new() }
    }

    fn read(&mut self, source: &Source, sheet: &str) -> Result<(), PatchError> {
        let mut outcome = Ok(());
        source.read(sheet, &mut |block: Block| {
            for row in block.rows() {
                outcome = self.row(&row);
                if outcome.is_err() {
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })?;
        outcome
    }

    fn row(&mut self, row: &Row<'_>) -> Result<(), PatchError> {
        let number = row.number();
        let too_large = |what: String| PatchError::TooLarge { path: self.path.to_owned(), what };
        if number > MOST_ROWS {
            return Err(too_large(format!("the sheet has more than the {MOST_ROWS} rows of a workbook")));
        }
        let filled = row.cells().enumerate().filter(|(_, cell)| !cell.text.is_empty());
        for (index, cell) in filled {
            let column =
                u16::try_from(index).ok().filter(|column| u32::from(*column) < MOST_COLUMNS).ok_or_else(|| {
                    let last = column_letters(MOST_COLUMNS);
                    too_large(format!("row {number} has cells behind the column {last}, the last of a workbook"))
                })?;
            let format = if number == self.header_row { &self.header } else { &self.text };
            let text = fitting(cell.text);
            let written = self.page.write_string_with_format(number - 1, column, &*text, format);
            written.map_err(|error| place::failed(self.path, io_error(error)))?;
            if number <= MEASURED_ROWS {
                if self.widths.len() <= index {
                    self.widths.resize(index + 1, NARROWEST);
                }
                let longest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
                self.widths[index] = self.widths[index].max((longest + 2).min(WIDEST));
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Worksheet, XlsxError> {
        for (column, width) in (0..).zip(&self.widths) {
            self.page.set_column_width(column, *width as u32)?;
        }
        if self.header_row > 0 {
            self.page.set_freeze_panes(self.header_row, 0)?;
        }
        Ok(self.page)
    }
}

/// A workbook can have a sheet of this name; of another one the copy is called otherwise.
#[must_use]
pub fn is_sheet_name(name: &str) -> bool {
    sheet_name(name, &mut HashSet::new()) == name
}

/// The sheet's name as a workbook allows it; other spreadsheet formats allow more.
pub(crate) fn sheet_name(typed: &str, taken: &mut HashSet<String>) -> String {
    let allowed = |c: char| if c.is_control() || "[]:*?/\\".contains(c) { '_' } else { c };
    let clean: String = typed.chars().map(allowed).collect();
    let clean = match clean.trim_matches('\'') {
        "" => "Sheet1",
        clean => clean,
    };
    let mut count = 1;
    loop {
        let suffix = if count == 1 { String::new() } else { format!(" ({count})") };
        let mut name = clean.to_owned();
        while name.encode_utf16().count() + suffix.len() > MAX_SHEET_NAME {
            name.pop();
        }
        name.push_str(&suffix);
        if taken.insert(name.to_lowercase()) {
            return name;
        }
        count += 1;
    }
}
