//! Why a workbook could not be given back. Each variant names the act and the file.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zip::result::ZipError;

use crate::sheet::SheetError;

/// The workbook could not be given back; what stood in its place before still does.
#[derive(Debug, thiserror::Error)]
pub enum PatchError {
    /// The operating system refused the new file: a full disk, a folder that is absent or locked.
    #[error("cannot write {}: {source}", .path.display())]
    Write {
        /// The new file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The name of the new file would keep spreadsheet programs from opening it.
    #[error("cannot write {}: its name must end in {ending}, as {why}", .path.display())]
    Ending {
        /// The new file.
        path: PathBuf,
        /// The ending it needs.
        ending: &'static str,
        /// What asks for it.
        why: &'static str,
    },
    /// The new file is the merchant's own.
    #[error("cannot write {}: that is the sheet itself, which is never touched", .path.display())]
    Same {
        /// The new file.
        path: PathBuf,
    },
    /// A part of the workbook is not as it should be.
    #[error("cannot write into a copy of {file}: {how}")]
    Damaged {
        /// The merchant's file.
        file: Arc<str>,
        /// What is wrong.
        how: String,
    },
    /// The sheet has more rows or columns than a workbook.
    #[error("cannot write {}: {what}", .path.display())]
    TooLarge {
        /// The new file.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
    /// The sheet cannot be read again.
    #[error(transparent)]
    Sheet(#[from] SheetError),
}

/// What stops the work on a workbook, before the files are named.
#[derive(Debug)]
pub(super) enum Snag {
    /// The merchant's file cannot be read on.
    Read(io::Error),
    /// The new file cannot be written on.
    Write(io::Error),
    /// The merchant's file is not as it should be.
    Damaged(String),
}

impl From<io::Error> for Snag {
    fn from(error: io::Error) -> Snag {
        Snag::Write(error)
    }
}

impl Snag {
    /// What the archive of the merchant's file says.
    pub(super) fn of_archive(error: ZipError) -> Snag {
        match error {
            ZipError::Io(error) => Snag::Read(error),
            error => Snag::Damaged(format!("its archive is damaged ({error})")),
        }
    }

    /// What the archive that is written says.
    pub(super) fn of_new_archive(error: ZipError) -> Snag {
        match error {
            ZipError::Io(error) => Snag::Write(error),
            error => Snag::Write(io::Error::other(error)),
        }
    }

    /// The error that names both files.
    pub(super) fn of(self, path: &Path, file: &Arc<str>) -> PatchError {
        let file = Arc::clone(file);
        match self {
            Snag::Read(source) => PatchError::Sheet(SheetError::Io { file, source }),
            Snag::Write(source) => PatchError::Write { path: path.to_owned(), source },
            Snag::Damaged(how) => PatchError::Damaged { file, how },
        }
    }
}

/// A part that is not as it should be.
pub(super) fn damaged(how: impl Into<String>) -> Snag {
    Snag::Damaged(how.into())
}
