//! Who may send: one process at a time to a shop, and one at a time from a run's journal. And who may open the pace of an
//! app, one after the other.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::JournalError;

/// While it lives, no other process sends to the shop or from the journal that it was taken for.
///
/// The system holds it for the process and lets go when the process dies, however it dies. It is no lease: a
/// process that is paused, or sleeps with its computer, keeps it, so that nobody takes over in the meantime
/// and no late writer can come back to a shop that another one has in hand. It holds between processes of one
/// computer; on a network drive it holds as far as that drive's locks do.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a folder; `held` is the error where another process has it.
    pub(super) fn take(folder: &Path, held: JournalError) -> Result<Lock, JournalError> {
        let (file, path) = file_of(folder)?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(held),
            Err(TryLockError::Error(source)) => Err(JournalError::Io { path, source }),
        }
    }

    /// Takes the lock of a folder as soon as nobody else has it.
    pub(super) fn wait(folder: &Path) -> Result<Lock, JournalError> {
        let (file, path) = file_of(folder)?;
        file.lock().map_err(|source| JournalError::Io { path, source })?;
        Ok(Lock { _file: file })
    }
}

fn file_of(folder: &Path) -> Result<(File, PathBuf), JournalError> {
    let path = folder.join("lock");
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).map_err(|source| JournalError::Io { path: path.clone(), source })?;
    Ok((file, path))
}
