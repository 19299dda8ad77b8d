//! Why a sheet could not be read at all. Each variant names the act and the file.

use std::io;
use std::sync::Arc;

/// The sheet could not be read. The text says what, where and what to do.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// The operating system refused the file.
    #[error("cannot read {file}: {source}")]
    Io {
        /// The file as the user named it.
        file: Arc<str>,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not a sheet, or not one that can be read; `reason` says why and what to do.
    #[error("cannot read {file}: {reason}")]
    Unreadable {
        /// The file as the user named it.
        file: Arc<str>,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// A sheet was asked for by name that the workbook does not have.
    #[error("{file} has no sheet `{sheet}`; {}", there_are(.sheets))]
    NoSuchSheet {
        /// The file as the user named it.
        file: Arc<str>,
        /// The name asked for.
        sheet: String,
        /// The names there are.
        sheets: Vec<String>,
    },
    /// A limit was passed; `limit` names it.
    #[error("cannot read {file}: {limit}")]
    Limit {
        /// The file as the user named it.
        file: Arc<str>,
        /// Which limit, where, and what to do.
        limit: String,
    },
}

fn there_are(sheets: &[String]) -> String {
    let is_text = sheets.iter().all(String::is_empty);
    if is_text { "a text file has none to name".to_owned() } else { format!("it has {}", sheets.join(", ")) }
}
