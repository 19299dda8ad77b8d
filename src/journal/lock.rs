//! Who may send: one process at a time to a shop, and one at a time from a run's journal.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

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
        let path = folder.join("lock");
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|source| JournalError::Io { path: path.clone(), source })?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(held),
            Err(TryLockError::Error(source)) => Err(JournalError::Io { path, source }),
        }
    }
}
