//! Why no table could be made of a sheet.

use std::sync::Arc;

use crate::sheet::SheetError;

/// The columns of a sheet could not be settled.
#[derive(Debug, thiserror::Error)]
pub enum ColumnError {
    /// The sheet itself could not be read.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// No row looks like a header.
    #[error(
        "{file} has no header row: none of the first {looked} rows of {sheets} holds two headers that are known (such as SellerSku, name, price); name the row with --header-row N, or the columns with --map \"Your header=field\""
    )]
    NoHeader {
        /// The file as the user named it.
        file: Arc<str>,
        /// How many rows were looked at.
        looked: usize,
        /// The sheets that were looked at.
        sheets: String,
    },
    /// `--header-row` names a row that is blank or absent.
    #[error("row {row} of {file} is empty, so it cannot be the header; name another with --header-row N")]
    BlankHeader {
        /// The file as the user named it.
        file: Arc<str>,
        /// The row asked for.
        row: u32,
    },
    /// A mapping, a constant or a grouping names what the sheet does not have; the text says what to do.
    #[error("{0}")]
    Mapping(String),
}
