//! Rows x verdicts -> a report (XLSX, CSV, JSON lines, HTML), and the sheet of what is still to fix.
//!
//! A report has one line for each data row, in the sheet's order; the sheet to fix holds the rows that
//! need the merchant, in the sheet's own layout. Both are written in one pass over the sheet, with
//! memory that does not grow with it. What became of a row is decided in `verdict`.
//!
//! The rules it keeps: the lines of a report are the rows of the sheet, each once, or no file is put in
//! place; a file is put in place whole or not at all; the same run gives the
//! same bytes; no cell of the merchant's becomes a formula.

mod blamed;
mod csv;
mod error;
mod html;
mod jsonl;
mod layout;
mod place;
mod rows;
mod table;
#[cfg(test)]
mod tests;
mod to_fix;
mod xlsx;

use std::path::Path;

pub use blamed::refused_columns;
pub use error::ReportError;
pub use place::try_path;
pub(crate) use table::{Heading, Shape, fits_a_workbook, write_table};
pub use to_fix::write_to_fix;

use crate::column::Table;
use crate::verdict::Verdicts;
use layout::Layout;
use rows::{Line, Showing, Step};

/// What a report is written as; the ending of its name says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportFormat {
    /// A workbook.
    Xlsx,
    /// Comma-separated text.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// A page for a browser.
    Html,
}

impl ReportFormat {
    /// The format of a file with this name; upper or lower case is the same.
    #[must_use]
    pub fn of(path: &Path) -> Option<ReportFormat> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "xlsx" => Some(ReportFormat::Xlsx),
            "csv" => Some(ReportFormat::Csv),
            "jsonl" => Some(ReportFormat::Jsonl),
            "html" => Some(ReportFormat::Html),
            _ => None,
        }
    }
}

/// The report's own columns; the merchant's follow.
const COLUMNS: [&str; 11] = [
    "sheet",
    "row",
    "seller_sku",
    "product",
    "verdict",
    "images",
    "rule_or_code",
    "message",
    "help",
    "request",
    "attempts",
];

/// What a report is of, told where there is room for it: in a page. A text that is empty is not told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// The sheet's file, as the user named it.
    pub sheet: String,
    /// The shop.
    pub shop: String,
    /// The run.
    pub run: String,
    /// When it started.
    pub date: String,
    /// What was asked for: `create`, `update` or `upsert`, with what the user should know of it.
    pub mode: String,
}

/// What stands in a report beside rows and verdicts: columns between the report's own and the merchant's, such as what
/// a shop shows later, and what the report is of.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// What they are called.
    pub columns: Vec<&'static str>,
    /// Their cells: a row for each verdict.
    pub cells: Vec<Vec<String>>,
    /// What the report is of.
    pub about: About,
}

/// Takes the lines of a report, in order.
trait Lines {
    /// Writes one line.
    fn line(&mut self, line: &Line<'_>) -> std::io::Result<()>;
    /// Writes what stands behind the last line.
    fn finish(self) -> std::io::Result<()>;
}

/// Writes one report, over an older one of that name: a line for each data row, in the sheet's order.
///
/// The merchant's own columns follow as typed, those of several sheets once for each header text. A
/// column without a header is named by its letter; a cell beyond the header belongs to no column and is
/// left out, and so are the columns that our own files add.
///
/// An XLSX goes on after 1,048,575 lines on a sheet `Report 2`, and a text longer than the 32,767 UTF-16
/// units that a workbook cell holds is cut there, with `…` at its end. In a CSV [`neutralised`](crate::sheet::neutralised) keeps
/// texts from being taken for formulas. In JSON lines a cell with nothing in it is left out. An HTML page stands by
/// itself: nothing of the sheet becomes markup in it, and it asks nobody for anything.
///
/// # Errors
/// An unwritable place, an unreadable sheet, or verdicts that are not those of the sheet's rows; then
/// whatever stood at `path` still stands there.
pub fn write_report(path: &Path, tables: &[Table], verdicts: &Verdicts) -> Result<(), ReportError> {
    write_report_beside(path, tables, verdicts, &Beside::default())
}

/// Writes one report with more columns of ours.
///
/// # Errors
/// As [`write_report`]; and cells that are not as many rows as there are verdicts.
pub fn write_report_beside(
    path: &Path,
    tables: &[Table],
    verdicts: &Verdicts,
    beside: &Beside,
) -> Result<(), ReportError> {
    let format = ReportFormat::of(path).ok_or_else(|| ReportError::ending(path))?;
    if !beside.columns.is_empty() && beside.cells.len() != verdicts.rows.len() {
        return Err(ReportError::RowCount { expected: verdicts.rows.len(), found: beside.cells.len() });
    }
    let layout = Layout::of(tables).beside(&beside.columns);
    let failed = |source| ReportError::write(path, source);
    place::in_place(path, |file, folder| match format {
        ReportFormat::Xlsx => xlsx::guarded(path, || {
            let lines = xlsx::XlsxLines::new(file, folder, &layout, xlsx::PAGE_ROWS).map_err(failed)?;
            write_lines(path, tables, verdicts, beside, lines)
        }),
        ReportFormat::Csv => {
            let lines = csv::CsvLines::new(file, &layout).map_err(failed)?;
            write_lines(path, tables, verdicts, beside, lines)
        }
        ReportFormat::Jsonl => {
            write_lines(path, tables, verdicts, beside, jsonl::JsonLines::new(file, &layout, verdicts))
        }
        ReportFormat::Html => {
            let page = html::Page { layout: &layout, tables, verdicts, about: &beside.about };
            let lines = html::HtmlLines::new(file, page).map_err(failed)?;
            write_lines(path, tables, verdicts, beside, lines)
        }
    })
}

fn write_lines(
    path: &Path,
    tables: &[Table],
    verdicts: &Verdicts,
    beside: &Beside,
    mut lines: impl Lines,
) -> Result<(), ReportError> {
    let mut cells = beside.cells.iter();
    rows::walk(tables, verdicts, Showing::Typed, &mut |step| match step {
        Step::Aside { .. } | Step::Header { .. } => Ok(()),
        Step::Data(line) => {
            let line = Line { beside: cells.next().map_or(&[], Vec::as_slice), ..line };
            lines.line(&line).map_err(|source| ReportError::write(path, source))
        }
    })?;
    lines.finish().map_err(|source| ReportError::write(path, source))
}
