//! Why a sheet could not be written. Each variant names the act and the file.

use std::io;
use std::path::PathBuf;

use crate::report::ReportError;

/// The sheet could not be written; what stood in its place before still does.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// What was read of the shop cannot be kept, or not be read again.
    #[error("cannot keep what was read of the shop in {}: {source}", .path.display())]
    Spool {
        /// The spool.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The sheet cannot be written.
    #[error(transparent)]
    Sheet(#[from] ReportError),
}
