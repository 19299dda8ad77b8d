//! Runs and their folders.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::{JournalError, JournalWriter, Meta, sql};
use crate::plan::{Plan, PlannedRow};
use crate::submit::{Event, Outline, Pace, Policy, State};

/// The folder that holds one folder a run.
#[derive(Debug, Clone)]
pub struct Runs {
    folder: PathBuf,
}

/// One run's folder and journal.
#[derive(Debug)]
pub struct Run {
    folder: PathBuf,
    connection: Connection,
    meta: Meta,
}

/// A name for a run that starts now: its time, and four letters against a second one.
#[must_use]
pub fn new_run_id(now: DateTime<Utc>) -> String {
    let letters: String = std::iter::repeat_with(fastrand::lowercase).take(4).collect();
    format!("{}-{letters}", now.format("%Y%m%d-%H%M%S"))
}

pub(super) fn create_private_folder(folder: &Path) -> Result<(), JournalError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| JournalError::Io { path: folder.to_owned(), source })
}

/// Makes a new entry of a folder survive a power cut.
fn sync_folder(folder: &Path) -> Result<(), JournalError> {
    if cfg!(unix) {
        let synced = fs::File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|source| JournalError::Io { path: folder.to_owned(), source })?;
    }
    Ok(())
}

impl Runs {
    /// The runs below `state_dir`.
    #[must_use]
    pub fn new(state_dir: &Path) -> Runs {
        Runs { folder: state_dir.join("runs") }
    }

    /// The folder of a run, which need not exist.
    #[must_use]
    pub fn folder_of(&self, run: &str) -> PathBuf {
        self.folder.join(run)
    }

    /// The names of all runs, the oldest first.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn names(&self) -> Result<Vec<String>, JournalError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(JournalError::Io { path: self.folder.clone(), source }),
        };
        let folders = entries.filter_map(Result::ok).filter(|entry| entry.path().join(JOURNAL).exists());
        let mut names: Vec<String> = folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        Ok(names)
    }

    /// Begins a run: its folder and an empty journal.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn create(&self, meta: Meta) -> Result<Run, JournalError> {
        let folder = self.folder_of(&meta.run);
        create_private_folder(&folder)?;
        let path = folder.join(JOURNAL);
        let connection = sql::open(&path)?;
        sql::begin_run(&connection, &meta).map_err(|source| sql::database(&path, source))?;
        sync_folder(&folder)?;
        sync_folder(&self.folder)?;
        Ok(Run { folder, connection, meta })
    }

    /// Opens a run.
    ///
    /// # Errors
    /// There is none of that name, or its journal cannot be read.
    pub fn open(&self, run: &str) -> Result<Run, JournalError> {
        let folder = self.folder_of(run);
        let path = folder.join(JOURNAL);
        if run.contains(['/', '\\']) || !path.exists() {
            return Err(JournalError::NoSuchRun { run: run.to_owned() });
        }
        let connection = sql::open(&path)?;
        let meta = sql::fact(&connection, "meta").map_err(|source| sql::database(&path, source))?;
        let meta =
            meta.ok_or_else(|| JournalError::Damaged { path, reason: "it says nothing of its run".to_owned() })?;
        Ok(Run { folder, connection, meta })
    }

    /// Removes a run's folder with all that is in it.
    ///
    /// # Errors
    /// The folder cannot be removed.
    pub fn remove(&self, run: &str) -> Result<(), JournalError> {
        let folder = self.folder_of(run);
        fs::remove_dir_all(&folder).map_err(|source| JournalError::Io { path: folder, source })
    }
}

const JOURNAL: &str = "journal.sqlite";

impl Run {
    /// What it is about.
    #[must_use]
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Replaces what it is about.
    ///
    /// # Errors
    /// The database refuses.
    pub fn set_meta(&mut self, meta: Meta) -> Result<(), JournalError> {
        sql::set_fact(&self.connection, "meta", &meta).map_err(|source| self.error(source))?;
        self.meta = meta;
        Ok(())
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps the plan: all of it, or nothing.
    ///
    /// # Errors
    /// The database refuses.
    pub fn store_plan(&mut self, plan: &Plan) -> Result<(), JournalError> {
        sql::store_plan(&mut self.connection, plan).map_err(|source| self.error(source))
    }

    /// It has a plan; a run that was killed before has none and has sent nothing.
    ///
    /// # Errors
    /// The database refuses.
    pub fn is_planned(&self) -> Result<bool, JournalError> {
        sql::is_planned(&self.connection).map_err(|source| self.error(source))
    }

    /// Its planned rows.
    ///
    /// # Errors
    /// The database refuses.
    pub fn rows(&self) -> Result<Vec<PlannedRow>, JournalError> {
        sql::rows(&self.connection).map_err(|source| self.error(source))
    }

    /// Everything that happened, played again.
    ///
    /// # Errors
    /// The database refuses.
    pub fn state(&self, policy: Policy, pace: Pace) -> Result<State, JournalError> {
        let read = || -> rusqlite::Result<(Vec<Outline>, Vec<Event>)> {
            Ok((sql::outlines(&self.connection)?, sql::events(&self.connection)?))
        };
        let (outlines, events) = read().map_err(|source| self.error(source))?;
        let mut state = State::new(outlines, policy, pace);
        if !state.is_whole() || !events.iter().all(|event| state.fits(event)) {
            let reason = "it tells of requests that are not in its plan".to_owned();
            return Err(JournalError::Damaged { path: self.folder.join(JOURNAL), reason });
        }
        state.replay(&events);
        Ok(state)
    }

    /// Why it stopped last; `None` where it came to its end.
    ///
    /// # Errors
    /// The database refuses.
    pub fn stopped(&self) -> Result<Option<String>, JournalError> {
        sql::fact(&self.connection, "stopped").map_err(|source| self.error(source))
    }

    /// Notes why it stopped, or that it came to its end.
    ///
    /// # Errors
    /// The database refuses.
    pub fn set_stopped(&self, reason: Option<&str>) -> Result<(), JournalError> {
        let result = match reason {
            Some(reason) => sql::set_fact(&self.connection, "stopped", &reason),
            None => sql::remove_fact(&self.connection, "stopped"),
        };
        result.map_err(|source| self.error(source))
    }

    /// Its reports were written after its end.
    ///
    /// # Errors
    /// The database refuses.
    pub fn is_reported(&self) -> Result<bool, JournalError> {
        let reported: Option<bool> = sql::fact(&self.connection, "reported").map_err(|source| self.error(source))?;
        Ok(reported.unwrap_or(false))
    }

    /// Notes that its reports were written.
    ///
    /// # Errors
    /// The database refuses.
    pub fn set_reported(&self) -> Result<(), JournalError> {
        sql::set_fact(&self.connection, "reported", &true).map_err(|source| self.error(source))
    }

    /// SHA-256 of the sheet of rows to mend, as this run wrote it last.
    ///
    /// # Errors
    /// The database refuses.
    pub fn to_fix_sha256(&self) -> Result<Option<String>, JournalError> {
        sql::fact(&self.connection, "to_fix_sha256").map_err(|source| self.error(source))
    }

    /// Notes the sheet of rows to mend, as it was written.
    ///
    /// # Errors
    /// The database refuses.
    pub fn set_to_fix_sha256(&self, sha256: &str) -> Result<(), JournalError> {
        sql::set_fact(&self.connection, "to_fix_sha256", &sha256).map_err(|source| self.error(source))
    }

    /// Lends the journal to a writing thread.
    #[must_use]
    pub fn into_writer(self) -> (JournalWriter, PathBuf, Meta) {
        (JournalWriter::start(self.connection), self.folder, self.meta)
    }

    /// Takes the journal back from its writing thread.
    ///
    /// # Errors
    /// The thread broke down.
    pub fn from_writer(writer: JournalWriter, folder: PathBuf, meta: Meta) -> Result<Run, JournalError> {
        let broken =
            || JournalError::Damaged { path: folder.join(JOURNAL), reason: "its writing thread broke down".to_owned() };
        let connection = writer.finish().ok_or_else(broken)?;
        Ok(Run { folder, connection, meta })
    }

    fn error(&self, source: rusqlite::Error) -> JournalError {
        sql::database(&self.folder.join(JOURNAL), source)
    }
}
