//! Rows -> CSV that a spreadsheet program opens as it stands.
//!
//! It begins with a byte order mark, or Excel shows Thai as rubbish, and no text in it is a formula.

use std::fs::File;
use std::io::{self, Write};

use super::layout::Layout;
use super::rows::Line;
use super::{COLUMNS, Lines};
use crate::record::padded;
use crate::sheet::neutralised;
use crate::sheet::{Cell, Kind};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
const BUFFER: usize = 1 << 16;

/// A CSV that is being written.
pub(super) struct Text<'f> {
    writer: ::csv::Writer<&'f mut File>,
}

impl<'f> Text<'f> {
    pub(super) fn new(file: &'f mut File, delimiter: u8) -> io::Result<Text<'f>> {
        file.write_all(BYTE_ORDER_MARK)?;
        let mut builder = ::csv::WriterBuilder::new();
        builder.delimiter(delimiter).flexible(true).buffer_capacity(BUFFER);
        Ok(Text { writer: builder.from_writer(file) })
    }

    pub(super) fn text(&mut self, text: &str) -> io::Result<()> {
        Ok(self.writer.write_field(neutralised(text).as_bytes())?)
    }

    fn cell(&mut self, cell: &Cell<'_>) -> io::Result<()> {
        match cell.kind {
            // The zeros in front that its number format shows are part of an identifier.
            Kind::Number => {
                let shown = padded(cell.text, cell.digits);
                Ok(self.writer.write_field(shown.as_deref().unwrap_or(cell.text))?)
            }
            Kind::Text | Kind::Date | Kind::Bool | Kind::Error | Kind::Formula | Kind::Picture => self.text(cell.text),
        }
    }

    pub(super) fn end(&mut self) -> io::Result<()> {
        Ok(self.writer.write_record(None::<&[u8]>)?)
    }

    pub(super) fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        for cell in cells {
            self.cell(cell)?;
        }
        self.end()
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// A report as CSV.
pub(super) struct CsvLines<'f, 'l> {
    text: Text<'f>,
    layout: &'l Layout,
}

impl<'f, 'l> CsvLines<'f, 'l> {
    pub(super) fn new(file: &'f mut File, layout: &'l Layout) -> io::Result<CsvLines<'f, 'l>> {
        let mut text = Text::new(file, b',')?;
        for header in COLUMNS {
            text.text(header)?;
        }
        for header in layout.columns_beside() {
            text.text(header)?;
        }
        for header in layout.headers() {
            text.text(header)?;
        }
        text.end()?;
        Ok(CsvLines { text, layout })
    }
}

impl Lines for CsvLines<'_, '_> {
    fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        let verdict = line.verdict;
        self.text.text(&verdict.sheet)?;
        self.text.text(&verdict.row.to_string())?;
        self.text.text(&verdict.seller_sku)?;
        self.text.text(&verdict.product)?;
        self.text.text(verdict.verdict.as_str())?;
        self.text.text(verdict.images.as_str())?;
        for text in [&verdict.rule_or_code, &verdict.message, &verdict.help, &verdict.request] {
            self.text.text(text)?;
        }
        self.text.text(&verdict.attempts.to_string())?;
        for text in line.beside {
            self.text.text(text)?;
        }
        self.text.row(&self.layout.cells(line.table, &line.row))
    }

    fn finish(self) -> io::Result<()> {
        self.text.finish()
    }
}
