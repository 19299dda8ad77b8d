//! Runs and their folders.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::content::{packed, unpacked};
use super::sql::{Kind, Sqlite, database};
use super::store::{self, Change, List, Store, StoreError};
use super::{JournalError, JournalWriter, Lock, Meta};
use crate::plan::{Plan, PlannedRow, Write};
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
    store: Box<dyn Store>,
    meta: Meta,
    /// What came back after so many events the disk refused: a power cut may take it away, so it counts for nothing.
    durable: Option<usize>,
}

/// How far a run came, as far as that is known without reading all that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing has happened yet: no write can have left.
    Untouched,
    /// Its last process ended in order.
    Halted(Halt),
    /// Its last process was killed, or is at work.
    CutOff,
    /// It was written by a version that did not note it.
    Untold,
}

/// How far a run had come when a process ended in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    /// When.
    pub at: DateTime<Utc>,
    /// Some write had left.
    pub has_sent: bool,
    /// Nothing was left to do.
    pub is_finished: bool,
    /// How many events there were; more of them make this old news.
    events: usize,
}

/// A name for a run that starts now: its time to the second, two letters that go on counting within the second, so
/// that names sort as runs began, and four letters against a run that starts at the same time.
#[must_use]
pub fn new_run_id(now: DateTime<Utc>) -> String {
    const LETTERS: u32 = 26;
    let slot = now.timestamp_subsec_millis().min(999) * LETTERS * LETTERS / 1000;
    let letter = |at: u32| char::from(b'a' + (at % LETTERS) as u8);
    let random: String = std::iter::repeat_with(fastrand::lowercase).take(4).collect();
    format!("{}-{}{}{random}", now.format("%Y%m%d-%H%M%S"), letter(slot / LETTERS), letter(slot))
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
        let first = store::put_fact(META, &meta).map_err(|source| database(&path, source))?;
        let store = Sqlite::open(&path, Kind::Run, Some(first))?;
        sync_folder(&folder)?;
        sync_folder(&self.folder)?;
        Ok(Run { folder, store: Box::new(store), meta, durable: None })
    }

    /// Opens a run.
    ///
    /// # Errors
    /// There is none of that name, it was killed before it had begun, or its journal cannot be read.
    pub fn open(&self, run: &str) -> Result<Run, JournalError> {
        let folder = self.folder_of(run);
        let path = folder.join(JOURNAL);
        let is_name = !run.is_empty() && !run.contains(['/', '\\']) && run != "..";
        if !is_name || !path.exists() {
            return Err(JournalError::NoSuchRun { run: run.to_owned() });
        }
        let store = Sqlite::open(&path, Kind::Run, None)?;
        let meta = store::fact(&store, META).map_err(|source| database(&path, source))?;
        let meta = meta.ok_or_else(|| JournalError::NoSuchRun { run: run.to_owned() })?;
        Ok(Run { folder, store: Box::new(store), meta, durable: None })
    }

    /// Takes the right to send what a run has to send.
    ///
    /// # Errors
    /// Another process has it.
    pub fn lock(&self, run: &str) -> Result<Lock, JournalError> {
        Lock::take(&self.folder_of(run), JournalError::RunLocked { run: run.to_owned() })
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

/// The folder of the run's own copies of pictures in files, each named after its SHA-256.
const PICTURES: &str = "pictures";
/// Names of facts.
const META: &str = "meta";
const PLANNED: &str = "planned";
const STOPPED: &str = "stopped";
const HALTED: &str = "halted";
const REPORTED: &str = "reported";
const TO_FIX: &str = "to_fix_sha256";

impl Run {
    /// Begins a run whose journal is kept in `store`; `folder` holds the copy of its sheet.
    ///
    /// # Errors
    /// The store refuses.
    pub fn begin(store: Box<dyn Store>, folder: &Path, meta: Meta) -> Result<Run, JournalError> {
        let run = Run { folder: folder.to_owned(), store, meta, durable: None };
        run.set(META, Some(&run.meta))?;
        Ok(run)
    }

    /// What it is about.
    #[must_use]
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Replaces what it is about.
    ///
    /// # Errors
    /// The store refuses.
    pub fn set_meta(&mut self, meta: Meta) -> Result<(), JournalError> {
        self.set(META, Some(&meta))?;
        self.meta = meta;
        Ok(())
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the run's own copies of pictures, which need not exist.
    #[must_use]
    pub fn pictures(&self) -> PathBuf {
        self.folder.join(PICTURES)
    }

    /// Keeps the plan: all of it, or nothing.
    ///
    /// # Errors
    /// The store refuses.
    pub fn store_plan(&mut self, plan: &Plan) -> Result<(), JournalError> {
        let rows = plan.rows.iter().map(|row| store::append(List::Row, row));
        let outlines = plan.requests.iter().map(|request| store::append(List::Request, &Outline::of(request)));
        let contents = plan.requests.iter().map(|request| Ok(Change::Append(List::Content, packed(&request.write)?)));
        let planned = std::iter::once_with(|| store::put_fact(PLANNED, &true));
        let kept = self.store.commit(&mut rows.chain(outlines).chain(contents).chain(planned));
        kept.map_err(|source| self.error(source))
    }

    /// It has a plan; a run that was killed before has none and has sent nothing.
    ///
    /// # Errors
    /// The store refuses.
    pub fn is_planned(&self) -> Result<bool, JournalError> {
        Ok(self.fact::<bool>(PLANNED)?.unwrap_or(false))
    }

    /// Its planned rows.
    ///
    /// # Errors
    /// The store refuses.
    pub fn rows(&self) -> Result<Vec<PlannedRow>, JournalError> {
        store::values(&*self.store, List::Row).map_err(|source| self.error(source))
    }

    /// What the planned request at this place carries; `None` where there is no such request.
    ///
    /// # Errors
    /// The store refuses.
    pub fn write(&self, request: usize) -> Result<Option<Write>, JournalError> {
        let content = self.store.item(List::Content, request).map_err(|source| self.error(source))?;
        content.map(|content| unpacked(&content)).transpose().map_err(|source| self.error(source))
    }

    /// What the sheet calls these pictures, by request and place.
    ///
    /// # Errors
    /// The store refuses.
    pub fn names_of(&self, pictures: &[(usize, usize)]) -> Result<HashMap<(usize, usize), String>, JournalError> {
        let mut names = HashMap::with_capacity(pictures.len());
        for of_request in pictures.chunk_by(|one, next| one.0 == next.0) {
            let Some(Write::HostImages(host)) = self.write(of_request[0].0)? else { continue };
            let named = of_request.iter().filter_map(|at| Some((*at, host.images.get(at.1)?.as_str().to_owned())));
            names.extend(named);
        }
        Ok(names)
    }

    /// Everything that happened, in order.
    ///
    /// # Errors
    /// The store refuses.
    pub fn events(&self) -> Result<Vec<Event>, JournalError> {
        let mut events: Vec<Event> = store::values(&*self.store, List::Event).map_err(|source| self.error(source))?;
        if let Some(durable) = self.durable.filter(|durable| *durable < events.len()) {
            // What was sent was sent; what came back of it is not told before it is kept.
            let after = events.split_off(durable);
            events.extend(after.into_iter().filter(|event| matches!(event, Event::Intent { .. })));
        }
        Ok(events)
    }

    /// Everything that happened, played again.
    ///
    /// # Errors
    /// The store refuses.
    pub fn state(&self, policy: Policy, pace: Pace) -> Result<State, JournalError> {
        let outlines: Vec<Outline> = store::values(&*self.store, List::Request).map_err(|source| self.error(source))?;
        let mut state = State::new(outlines, policy, pace);
        let events = self.events()?;
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
    /// The store refuses.
    pub fn stopped(&self) -> Result<Option<String>, JournalError> {
        self.fact(STOPPED)
    }

    /// Notes why it stopped, or that it came to its end.
    ///
    /// # Errors
    /// The store refuses.
    pub fn set_stopped(&self, reason: Option<&str>) -> Result<(), JournalError> {
        self.set(STOPPED, reason.as_ref())
    }

    /// How far it came.
    ///
    /// # Errors
    /// The store refuses.
    pub fn progress(&self) -> Result<Progress, JournalError> {
        let events = self.store.length(List::Event).map_err(|source| self.error(source))?;
        Ok(match self.fact::<Halt>(HALTED)? {
            Some(halt) if halt.events == events => Progress::Halted(halt),
            None if events == 0 => Progress::Untouched,
            None if self.is_reported()? => Progress::Untold,
            Some(_) | None => Progress::CutOff,
        })
    }

    /// Notes how far it came, after everything that happened.
    ///
    /// # Errors
    /// The store refuses.
    pub fn set_halt(&self, state: &State, at: DateTime<Utc>) -> Result<(), JournalError> {
        let events = self.store.length(List::Event).map_err(|source| self.error(source))?;
        let halt = Halt { at, has_sent: state.has_sent(), is_finished: state.is_finished(), events };
        self.set(HALTED, Some(&halt))
    }

    /// Its reports were written after its end.
    ///
    /// # Errors
    /// The store refuses.
    pub fn is_reported(&self) -> Result<bool, JournalError> {
        Ok(self.fact::<bool>(REPORTED)?.unwrap_or(false))
    }

    /// Notes that its reports were written.
    ///
    /// # Errors
    /// The store refuses.
    pub fn set_reported(&self) -> Result<(), JournalError> {
        self.set(REPORTED, Some(&true))
    }

    /// SHA-256 of the sheet of rows to mend, as this run wrote it last.
    ///
    /// # Errors
    /// The store refuses.
    pub fn to_fix_sha256(&self) -> Result<Option<String>, JournalError> {
        self.fact(TO_FIX)
    }

    /// Notes the sheet of rows to mend, as it was written.
    ///
    /// # Errors
    /// The store refuses.
    pub fn set_to_fix_sha256(&self, sha256: &str) -> Result<(), JournalError> {
        self.set(TO_FIX, Some(&sha256))
    }

    /// Lends the journal to a writing thread.
    #[must_use]
    pub fn into_writer(self) -> (JournalWriter, PathBuf, Meta) {
        (JournalWriter::start(self.store, self.folder.join(PICTURES)), self.folder, self.meta)
    }

    /// Takes the journal back from its writing thread.
    ///
    /// # Errors
    /// The thread broke down.
    pub fn from_writer(writer: JournalWriter, folder: PathBuf, meta: Meta) -> Result<Run, JournalError> {
        let broken =
            || JournalError::Damaged { path: folder.join(JOURNAL), reason: "its writing thread broke down".to_owned() };
        let (store, durable) = writer.finish().ok_or_else(broken)?;
        Ok(Run { folder, store, meta, durable })
    }

    fn fact<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>, JournalError> {
        store::fact(&*self.store, name).map_err(|source| self.error(source))
    }

    fn set<T: Serialize>(&self, name: &str, value: Option<&T>) -> Result<(), JournalError> {
        store::set_fact(&*self.store, name, value).map_err(|source| self.error(source))
    }

    fn error(&self, source: StoreError) -> JournalError {
        database(&self.folder.join(JOURNAL), source)
    }
}
