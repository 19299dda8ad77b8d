//! A report is put in place whole or not at all.

use std::fs::File;
use std::path::Path;

use super::{ReportError, ReportFormat};
use crate::patch::place;

/// Tries whether a report could be written at `path`: creates and removes a temporary file in its folder.
///
/// # Errors
/// An unwritable place, or a name whose ending is no format.
pub fn try_path(path: &Path) -> Result<(), ReportError> {
    ReportFormat::of(path).ok_or_else(|| ReportError::ending(path))?;
    place::try_path(path).map_err(|source| ReportError::write(path, source))
}

/// Lets `write` fill a temporary file in the folder of `path` (its second argument), and puts that file
/// in place once it is complete and on the disk.
pub(super) fn in_place<E: From<ReportError>>(
    path: &Path,
    write: impl FnOnce(&mut File, &Path) -> Result<(), E>,
) -> Result<(), E> {
    let failed = |source| ReportError::write(path, source).into();
    place::in_place(path, failed, |file| write(file, place::folder(path)))
}
