//! Why a report could not be written. Each variant names the act and the file.

use std::io;
use std::path::{Path, PathBuf};

use crate::patch::place::without_temporary_name;
use crate::sheet::SheetError;

/// The report could not be written; what stood in its place before still does.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The operating system refused it: a full disk, a folder that is absent or locked.
    #[error("cannot write {}: {source}", .path.display())]
    Write {
        /// The report.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The name says no format that can be written.
    #[error("cannot write {}: its name must end in {endings}", .path.display())]
    Ending {
        /// The report.
        path: PathBuf,
        /// The endings there are.
        endings: &'static str,
    },
    /// Rows of several sheets are to go into a CSV in their own layout.
    #[error("cannot write {}: a CSV holds one sheet, not {sheets}; give it a name that ends in .xlsx", .path.display())]
    OneSheet {
        /// The file.
        path: PathBuf,
        /// How many sheets there are.
        sheets: usize,
    },
    /// The sheet cannot be read again.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The lines of the report are not the rows of the sheet. This is a bug.
    #[error("the sheet has {expected} rows and the report {found} lines, so that it was not written; this is a bug")]
    RowCount {
        /// The rows of the sheet.
        expected: usize,
        /// The verdicts there are.
        found: usize,
    },
    /// The next line of the report is not about the next row of the sheet. This is a bug.
    #[error(
        "the report has a line for {found} where the sheet has {expected}, so that it was not written; this is a bug"
    )]
    OtherRow {
        /// The row of the sheet.
        expected: String,
        /// The row that the verdict is about.
        found: String,
    },
}

impl ReportError {
    pub(super) fn write(path: &Path, source: io::Error) -> ReportError {
        ReportError::Write { path: path.to_owned(), source: without_temporary_name(source) }
    }

    pub(super) fn ending(path: &Path) -> ReportError {
        ReportError::Ending { path: path.to_owned(), endings: ".xlsx, .csv, .jsonl or .html" }
    }

    /// A page is no table of rows that others name.
    pub(super) fn sheet_ending(path: &Path) -> ReportError {
        ReportError::Ending { path: path.to_owned(), endings: ".xlsx, .csv or .jsonl" }
    }
}
