//! Rows of columns that somebody else names -> a workbook, CSV or JSON lines, with the care that reports take: a file is
//! put in place whole or not at all, no text becomes a formula, and memory does not grow with the rows.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use rust_xlsxwriter::Worksheet;
use serde::ser::{SerializeMap, Serializer};

use super::csv::Text;
use super::xlsx::{self, Book, Look, PAGE_ROWS, column, freeze_above};
use super::{ReportError, ReportFormat, place};
use crate::patch::xlsxwriter::{io_error, is_too_long};

/// The most columns of a workbook's sheet (Excel specifications and limits).
const MAX_COLUMNS: usize = 16_384;

/// Longer texts are none that a spreadsheet would turn into something else, and some programs show them as `####` in a
/// cell for texts.
const LONGEST_TYPED: usize = 255;

/// The version of JSON lines; what is there stays, more may come.
const VERSION: u8 = 1;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heading {
    /// Its header.
    pub(crate) text: String,
    /// Its width in a workbook, in characters.
    pub(crate) width: u8,
    /// What its cells are in a workbook.
    pub(crate) shape: Shape,
}

/// What the cells of a column are in a workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Texts, also where they look like numbers or dates.
    Text,
    /// Numbers with the decimals they are written with; texts where that would change them.
    Number,
}

/// Takes the rows of a table, in order.
pub(crate) struct TableRows<'a> {
    path: &'a Path,
    headings: &'a [Heading],
    lines: Lines<'a>,
}

enum Lines<'a> {
    Xlsx(Box<Pages<'a>>),
    Csv(Box<Text<'a>>),
    Jsonl { file: BufWriter<&'a mut File>, kind: &'static str },
}

impl TableRows<'_> {
    /// Writes a row: a text for each heading, empty where there is nothing.
    pub(crate) fn row(&mut self, cells: &[&str]) -> Result<(), ReportError> {
        let headings = self.headings;
        let written = match &mut self.lines {
            Lines::Xlsx(pages) => pages.row(headings, cells),
            Lines::Csv(text) => csv_row(text, cells),
            Lines::Jsonl { file, kind } => json_row(file, kind, headings, cells),
        };
        written.map_err(|source| ReportError::write(self.path, source))
    }

    fn finish(self) -> io::Result<()> {
        match self.lines {
            Lines::Xlsx(pages) => pages.finish(self.headings),
            Lines::Csv(text) => text.finish(),
            Lines::Jsonl { mut file, .. } => file.flush(),
        }
    }
}

/// A workbook's cell holds the whole text.
pub(crate) fn fits_a_workbook(text: &str) -> bool {
    !is_too_long(text)
}

/// Writes a table over an older file of that name; `fill` gives its rows. A workbook goes on after 1,048,575 rows on a
/// sheet `NAME 2`; the lines of JSON are of the kind `kind`, and leave out what is empty.
pub(crate) fn write_table<E: From<ReportError>>(
    path: &Path,
    (name, kind): (&'static str, &'static str),
    headings: &[Heading],
    fill: impl FnOnce(&mut TableRows<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let format = ReportFormat::of(path).ok_or_else(|| ReportError::sheet_ending(path))?;
    if format == ReportFormat::Xlsx && headings.len() > MAX_COLUMNS {
        let what = format!("it would have {} columns, and a workbook holds {MAX_COLUMNS}", headings.len());
        return Err(ReportError::write(path, io::Error::other(what)).into());
    }
    let failed = |source| ReportError::write(path, source);
    place::in_place(path, |file, folder| {
        xlsx::guarded(path, || {
            let lines = match format {
                ReportFormat::Xlsx => {
                    Lines::Xlsx(Box::new(Pages::new(file, folder, name, headings, PAGE_ROWS).map_err(failed)?))
                }
                ReportFormat::Csv => Lines::Csv(Box::new(csv_head(file, headings).map_err(failed)?)),
                ReportFormat::Jsonl => Lines::Jsonl { file: BufWriter::new(file), kind },
                ReportFormat::Html => return Err(ReportError::sheet_ending(path).into()),
            };
            let mut rows = TableRows { path, headings, lines };
            fill(&mut rows)?;
            Ok(rows.finish().map_err(failed)?)
        })
    })
}

fn csv_head<'f>(file: &'f mut File, headings: &[Heading]) -> io::Result<Text<'f>> {
    let mut text = Text::new(file, b',')?;
    for heading in headings {
        text.text(&heading.text)?;
    }
    text.end()?;
    Ok(text)
}

fn csv_row(text: &mut Text<'_>, cells: &[&str]) -> io::Result<()> {
    for cell in cells {
        text.text(cell)?;
    }
    text.end()
}

fn json_row(file: &mut impl Write, kind: &str, headings: &[Heading], cells: &[&str]) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::new(&mut *file);
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("v", &VERSION)?;
    map.serialize_entry("kind", kind)?;
    for (heading, cell) in headings.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
        map.serialize_entry(&heading.text, cell)?;
    }
    map.end()?;
    file.write_all(b"\n")
}

/// The sheets of a workbook, one after the other.
struct Pages<'f> {
    book: Book<'f>,
    name: &'static str,
    page: Worksheet,
    pages: u32,
    page_rows: u32,
    row: u32,
}

impl<'f> Pages<'f> {
    /// `page_rows` is the most rows on one sheet, without the header.
    fn new(
        file: &'f mut File,
        folder: &Path,
        name: &'static str,
        headings: &[Heading],
        page_rows: u32,
    ) -> io::Result<Pages<'f>> {
        let mut book = Book::new(file, folder)?;
        let page = begin(&mut book, name, headings)?;
        Ok(Pages { book, name, page, pages: 1, page_rows, row: 0 })
    }

    fn row(&mut self, headings: &[Heading], cells: &[&str]) -> io::Result<()> {
        if self.row == self.page_rows {
            self.turn_page(headings)?;
        }
        self.row += 1;
        for (index, (heading, cell)) in headings.iter().zip(cells).enumerate() {
            let at = (self.row, column(index));
            match heading.shape {
                Shape::Number => self.book.amount(&mut self.page, at, cell)?,
                Shape::Text if cell.len() <= LONGEST_TYPED => {
                    self.book.text(&mut self.page, at, cell, Look::Typed)?;
                }
                Shape::Text => self.book.text(&mut self.page, at, cell, Look::Plain)?,
            }
        }
        Ok(())
    }

    fn turn_page(&mut self, headings: &[Heading]) -> io::Result<()> {
        self.pages += 1;
        let next = begin(&mut self.book, &format!("{} {}", self.name, self.pages), headings)?;
        let full = std::mem::replace(&mut self.page, next);
        self.close(full, headings)?;
        self.row = 0;
        Ok(())
    }

    fn close(&mut self, mut page: Worksheet, headings: &[Heading]) -> io::Result<()> {
        page.autofilter(0, 0, self.row, column(headings.len().saturating_sub(1))).map_err(io_error)?;
        self.book.add(page);
        Ok(())
    }

    fn finish(mut self, headings: &[Heading]) -> io::Result<()> {
        let page = std::mem::take(&mut self.page);
        self.close(page, headings)?;
        self.book.save()
    }
}

fn begin(book: &mut Book<'_>, name: &str, headings: &[Heading]) -> io::Result<Worksheet> {
    let mut page = book.page(name)?;
    freeze_above(&mut page, 1)?;
    for (index, heading) in headings.iter().enumerate() {
        page.set_column_width(column(index), heading.width).map_err(io_error)?;
        book.text(&mut page, (0, column(index)), &heading.text, Look::Header)?;
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::{Input, ReadOptions, Source};

    #[test]
    fn rows_beyond_a_sheet_go_on_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("goods.xlsx");
        let heading = |text: &str, shape| Heading { text: text.to_owned(), width: 9, shape };
        let headings = [heading("seller_sku", Shape::Text), heading("price", Shape::Number)];
        let mut file = File::create(&path).unwrap();
        let mut pages = Pages::new(&mut file, folder.path(), "Products", &headings, 2).unwrap();
        for number in 1..=5 {
            pages.row(&headings, &[&format!("000{number}"), &format!("{number}.50")]).unwrap();
        }
        pages.finish(&headings).unwrap();
        drop(file);
        let source = Source::open("goods.xlsx", Input::File(path), &ReadOptions::default()).unwrap();
        let names: Vec<&str> = source.sheets().iter().map(AsRef::as_ref).collect();
        assert_eq!(names, ["Products", "Products 2", "Products 3"]);
        let mut rows = Vec::new();
        for name in names {
            let read = source.read(name, &mut |block| {
                let row = |row: crate::sheet::Row<'_>| row.cells().map(|cell| cell.text.to_owned()).collect::<Vec<_>>();
                rows.extend(block.rows().map(|cells| row(cells).join(" ")));
                std::ops::ControlFlow::Continue(())
            });
            read.unwrap();
        }
        let head = "seller_sku price";
        assert_eq!(rows, [head, "0001 1.5", "0002 2.5", head, "0003 3.5", "0004 4.5", head, "0005 5.5"]);
    }
}
