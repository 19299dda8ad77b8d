//! A file is put in place whole or not at all.
//!
//! It is written under another name in the same folder, with mode 0600 from its first byte, synced, and
//! then renamed; a link at the target is replaced, not followed.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::{ReportError, ReportFormat};

/// How much is written to try a folder: an empty file fits on a full disk.
const TRIAL: usize = 4096;

/// Tries whether a report could be written at `path`: creates and removes a temporary file in its folder.
///
/// # Errors
/// An unwritable place, or a name whose ending is no format.
pub fn try_path(path: &Path) -> Result<(), ReportError> {
    ReportFormat::of(path).ok_or_else(|| ReportError::ending(path))?;
    let outcome = temporary(path).and_then(|mut file| {
        file.as_file_mut().write_all(&[0; TRIAL])?;
        file.close()
    });
    outcome.map_err(|source| ReportError::write(path, source))
}

/// Lets `write` fill a temporary file in the folder of `path` (its second argument), and puts that file
/// in place once it is complete and on the disk.
pub(super) fn in_place<E: From<ReportError>>(
    path: &Path,
    write: impl FnOnce(&mut File, &Path) -> Result<(), E>,
) -> Result<(), E> {
    let failed = |source| ReportError::write(path, source);
    let mut file = temporary(path).map_err(failed)?;
    write(file.as_file_mut(), folder(path))?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|refused| failed(refused.error))?;
    Ok(sync_folder(folder(path)).map_err(failed)?)
}

fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    if path.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    tempfile::Builder::new().prefix(".skuload-").tempfile_in(folder(path))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the new name itself survive a power cut.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
