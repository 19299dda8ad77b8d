//! Where the new file goes: never over the sheet itself, and whole or not at all.
//!
//! It is written under another name in the same folder, synced, and then renamed; a link at the target is replaced,
//! not followed. From its first byte it has mode 0600: prices and stock before a sale are for nobody else on the
//! machine, and the folder may be one for all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::error::PatchError;

/// How much is written to try a folder: an empty file fits on a full disk.
const TRIAL: usize = 4096;

/// Tries whether a file could be written at `path`: creates and removes a temporary file in its folder.
pub(crate) fn try_path(path: &Path) -> io::Result<()> {
    let mut file = temporary(path)?;
    file.as_file_mut().write_all(&[0; TRIAL])?;
    file.close()
}

/// Lets `write` fill a temporary file in the folder of `path`, and puts that file in place once it is complete
/// and on the disk; `failed` says what the system's refusal is to the caller.
pub(crate) fn in_place<T, E>(
    path: &Path,
    failed: impl Fn(io::Error) -> E,
    write: impl FnOnce(&mut File) -> Result<T, E>,
) -> Result<T, E> {
    let mut file = temporary(path).map_err(&failed)?;
    let written = write(file.as_file_mut())?;
    let kept = file.as_file().sync_all().and_then(|()| file.persist(path).map_err(|refused| refused.error));
    kept.and_then(|_| sync_folder(folder(path))).map_err(failed)?;
    Ok(written)
}

/// Refuses a path that is the sheet itself, also through links of any kind.
pub(super) fn refuse_same(path: &Path, sheet: &Path) -> Result<(), PatchError> {
    if is_same_file(path, sheet) { Err(PatchError::Same { path: path.to_owned() }) } else { Ok(()) }
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    let is_same_path = real(one).is_some_and(|one| real(other) == Some(one));
    is_same_path || is_same_node(one, other)
}

#[cfg(unix)]
fn is_same_node(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let node = |path: &Path| fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()));
    node(one).is_some_and(|one| node(other) == Some(one))
}

#[cfg(not(unix))]
fn is_same_node(_one: &Path, _other: &Path) -> bool {
    false
}

/// A file without a name in the folder of `path`.
pub(super) fn unnamed(path: &Path) -> Result<File, PatchError> {
    tempfile::tempfile_in(folder(path)).map_err(|source| failed(path, source))
}

fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    if fs::metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    tempfile::Builder::new().prefix(".skuload-").tempfile_in(folder(path))
}

/// The folder in which a file of this path lies.
pub(crate) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The new file of this path could not be written.
pub(super) fn failed(path: &Path, source: io::Error) -> PatchError {
    PatchError::Write { path: path.to_owned(), source: without_temporary_name(source) }
}

/// Errors about a temporary file say its path behind the system's own words; it means nothing to the user.
pub(crate) fn without_temporary_name(error: io::Error) -> io::Error {
    match error.to_string().split_once(" at path \"") {
        Some((said, _)) => io::Error::new(error.kind(), said),
        None => error,
    }
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
