//! Where the new file goes: never over the sheet itself, and whole or not at all.
//!
//! It is written under another name in the same folder, synced, and then renamed; a link at the target is replaced,
//! not followed. Who may read it is for the user to say, as for any file that a program writes: from its first byte it
//! has the mode that the umask leaves, or that of the file it replaces.

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
    keep_mode(path, file.as_file()).map_err(&failed)?;
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
    let mut builder = tempfile::Builder::new();
    builder.prefix(".skuload-");
    #[cfg(unix)]
    {
        // What the umask takes away goes away here too.
        let mode = replaced_mode(path).map_or(ANY_USER, |mode| mode & ANY_USER);
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode | OWNER));
    }
    builder.tempfile_in(folder(path))
}

/// What a file may be at most before the umask: all may read and write it.
#[cfg(unix)]
const ANY_USER: u32 = 0o666;
/// Who writes a file may read and write it meanwhile.
#[cfg(unix)]
const OWNER: u32 = 0o600;

/// The mode of the file that stands at `path`; that of a link is none.
#[cfg(unix)]
fn replaced_mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;

    let there = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some(there.permissions().mode() & 0o777)
}

/// Gives the new file the mode of the one that it replaces, whatever the umask is.
#[cfg(unix)]
fn keep_mode(path: &Path, file: &File) -> io::Result<()> {
    match replaced_mode(path) {
        Some(mode) => file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode)),
        None => Ok(()),
    }
}

#[cfg(not(unix))]
fn keep_mode(_path: &Path, _file: &File) -> io::Result<()> {
    Ok(())
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

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    /// Writes the file; answers its mode while it is written and when it is there.
    fn written(path: &Path) -> (u32, u32) {
        let during = in_place(
            path,
            |error| error,
            |file| {
                file.write_all(b"new")?;
                Ok(file.metadata()?.permissions().mode() & 0o777)
            },
        );
        (during.unwrap(), mode(path))
    }

    #[test]
    fn a_new_file_has_the_mode_that_any_program_would_give_it() {
        let folder = tempfile::tempdir().unwrap();
        let usual = folder.path().join("usual");
        fs::write(&usual, "").unwrap();
        assert_eq!(written(&folder.path().join("new")), (mode(&usual), mode(&usual)));
        try_path(&folder.path().join("tried")).unwrap();
        assert!(!folder.path().join("tried").exists());
    }

    #[test]
    fn a_file_that_is_replaced_keeps_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old");
        for kept in [0o600, 0o640, 0o666, 0o444, 0o755] {
            let _ = fs::remove_file(&path);
            fs::write(&path, "old").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(kept)).unwrap();
            let (during, after) = written(&path);
            assert_eq!(after, kept, "{kept:o}");
            // Nobody reads it meanwhile who could not read the one before.
            assert_eq!(during & !(kept | OWNER), 0, "{during:o} for {kept:o}");
            assert_eq!(fs::read(&path).unwrap(), b"new");
        }
    }

    #[test]
    fn a_link_gives_no_mode() {
        let folder = tempfile::tempdir().unwrap();
        let [secret, link, usual] = ["secret", "link", "usual"].map(|name| folder.path().join(name));
        fs::write(&secret, "kept").unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink(&secret, &link).unwrap();
        fs::write(&usual, "").unwrap();
        assert_eq!(written(&link).1, mode(&usual));
        assert_eq!((fs::read(&secret).unwrap(), mode(&secret)), (b"kept".to_vec(), 0o600));
    }
}
