//! Every statement, and nothing else that knows SQL: a [`Store`] in a file of SQLite.

use std::cell::Cell;
use std::fs::OpenOptions;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::JournalError;
use super::store::{Change, List, Register, Store, StoreError, ToDisk};

/// What a database is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Run,
    Shop,
    App,
}

impl Kind {
    /// The steps from an empty database to today's tables. A database says how many of them it has taken
    /// (`user_version`); an older program refuses a newer one. A step that was published is never edited.
    fn steps(self) -> &'static [&'static str] {
        match self {
            Kind::Run => &[
                "CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
                 CREATE TABLE IF NOT EXISTS planned_row (place INTEGER PRIMARY KEY, row TEXT NOT NULL);
                 CREATE TABLE IF NOT EXISTS request (place INTEGER PRIMARY KEY, outline TEXT NOT NULL, content BLOB NOT NULL);
                 CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY, event TEXT NOT NULL);",
                // What a request carries moves out of the way of those who read all outlines.
                "ALTER TABLE fact RENAME COLUMN name TO key;
                 ALTER TABLE fact ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
                 ALTER TABLE planned_row RENAME COLUMN row TO item;
                 ALTER TABLE request RENAME TO old_request;
                 CREATE TABLE request (place INTEGER PRIMARY KEY, item TEXT NOT NULL);
                 CREATE TABLE content (place INTEGER PRIMARY KEY, item BLOB NOT NULL);
                 INSERT INTO request SELECT place, outline FROM old_request ORDER BY place;
                 INSERT INTO content SELECT place, content FROM old_request ORDER BY place;
                 DROP TABLE old_request;
                 ALTER TABLE event RENAME TO old_event;
                 CREATE TABLE event (place INTEGER PRIMARY KEY, item TEXT NOT NULL);
                 INSERT INTO event SELECT seq - 1, event FROM old_event ORDER BY seq;
                 DROP TABLE old_event;",
            ],
            Kind::Shop => &[
                "CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
                 CREATE TABLE IF NOT EXISTS open_images (seller_sku TEXT PRIMARY KEY) WITHOUT ROWID;",
                "ALTER TABLE fact RENAME COLUMN name TO key;
                 ALTER TABLE fact ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
                 ALTER TABLE open_images RENAME COLUMN seller_sku TO key;
                 ALTER TABLE open_images ADD COLUMN value TEXT NOT NULL DEFAULT '';
                 ALTER TABLE open_images ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
                 CREATE TABLE hosted (key TEXT PRIMARY KEY, value TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;
                 CREATE TABLE finished_sheet (key TEXT PRIMARY KEY, value TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;",
                "CREATE TABLE sku_ids (key TEXT PRIMARY KEY, value TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;",
            ],
            Kind::App => &["CREATE TABLE fact (key TEXT PRIMARY KEY, value TEXT NOT NULL, since INTEGER NOT NULL);"],
        }
    }
}

impl List {
    fn table(self) -> &'static str {
        match self {
            List::Row => "planned_row",
            List::Request => "request",
            List::Content => "content",
            List::Event => "event",
        }
    }

    /// Only what is packed is no text.
    fn column_type(self) -> &'static str {
        match self {
            List::Row | List::Request | List::Event => "TEXT",
            List::Content => "BLOB",
        }
    }
}

impl Register {
    fn table(self) -> &'static str {
        match self {
            Register::Fact => "fact",
            Register::OpenImages => "open_images",
            Register::Hosted => "hosted",
            Register::FinishedSheet => "finished_sheet",
            Register::SkuIds => "sku_ids",
        }
    }
}

/// One database.
#[derive(Debug)]
pub(super) struct Sqlite {
    pub(super) connection: Connection,
    synchronous: Cell<Synchronous>,
}

/// When the log of changes is brought to the disk (`PRAGMA synchronous`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Synchronous {
    /// With each transaction.
    Full,
    /// With a later one that is [`Synchronous::Full`], by a [`ToDisk`], or before the log is read back into the database.
    Normal,
}

impl Synchronous {
    fn as_str(self) -> &'static str {
        match self {
            Synchronous::Full => "FULL",
            Synchronous::Normal => "NORMAL",
        }
    }
}

impl Sqlite {
    /// Opens a database, making it with mode 0600 where there is none. One that is made holds `first` from its
    /// first moment on.
    pub(super) fn open(path: &Path, kind: Kind, first: Option<Change>) -> Result<Sqlite, JournalError> {
        create_private(path)?;
        let refused = |source: rusqlite::Error| database(path, source.into());
        let connection = Connection::open(path).map_err(refused)?;
        let prepare = || -> rusqlite::Result<i64> {
            connection.busy_timeout(std::time::Duration::from_secs(10))?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", Synchronous::Full.as_str())?;
            version(&connection)
        };
        let known = kind.steps().len() as i64;
        let found = prepare().map_err(refused)?;
        if found > known {
            let reason =
                format!("it was written by a newer version of skuload (schema {found}, this one knows {known})");
            return Err(JournalError::Damaged { path: path.to_owned(), reason });
        }
        if found < known {
            migrate(&connection, kind, first).map_err(refused)?;
        }
        Ok(Sqlite { connection, synchronous: Cell::new(Synchronous::Full) })
    }

    /// Puts in the place of an entry what `with` makes of it; nobody else changes it in between. A power cut may take it
    /// away.
    pub(super) fn revise(
        &self,
        register: Register,
        key: &str,
        with: &mut dyn FnMut(Option<String>) -> Result<String, StoreError>,
    ) -> Result<(), StoreError> {
        let transaction = self.begin(Synchronous::Normal)?;
        let put = Change::Put(register, key.to_owned(), with(self.get(register, key)?)?);
        make(&transaction, put)?;
        Ok(transaction.commit()?)
    }

    fn transact(
        &self,
        synchronous: Synchronous,
        changes: &mut dyn Iterator<Item = Result<Change, StoreError>>,
    ) -> Result<(), StoreError> {
        let transaction = self.begin(synchronous)?;
        for change in changes {
            make(&transaction, change?)?;
        }
        Ok(transaction.commit()?)
    }

    /// Nobody else changes anything until it ends; what is not committed is rolled back when it is dropped.
    fn begin(&self, synchronous: Synchronous) -> Result<Transaction<'_>, StoreError> {
        if self.synchronous.get() != synchronous {
            self.connection.pragma_update(None, "synchronous", synchronous.as_str())?;
            self.synchronous.set(synchronous);
        }
        Ok(Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?)
    }
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Takes the steps that are missing, all or none.
fn migrate(connection: &Connection, kind: Kind, first: Option<Change>) -> rusqlite::Result<()> {
    // Another process may take them at the same time: who waited finds them taken.
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let taken = version(&transaction)?;
    for step in kind.steps().iter().skip(usize::try_from(taken).unwrap_or_default()) {
        transaction.execute_batch(step)?;
    }
    if taken == 0
        && let Some(change) = first
    {
        make(&transaction, change)?;
    }
    transaction.pragma_update(None, "user_version", kind.steps().len() as i64)?;
    transaction.commit()
}

/// One that is there is not opened here: closing it would let go of the locks that this process has on it elsewhere.
fn create_private(path: &Path) -> Result<(), JournalError> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop).map_err(|source| JournalError::Io { path: path.to_owned(), source }),
    }
}

pub(super) fn database(path: &Path, source: StoreError) -> JournalError {
    JournalError::Database { path: path.to_owned(), source }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        StoreError::new(error)
    }
}

fn make(connection: &Connection, change: Change) -> rusqlite::Result<()> {
    match change {
        Change::Append(list, item) => {
            let (table, column_type) = (list.table(), list.column_type());
            let insert = format!(
                "INSERT INTO {table} (place, item)
                 VALUES ((SELECT coalesce(max(place) + 1, 0) FROM {table}), CAST(?1 AS {column_type}))"
            );
            connection.prepare_cached(&insert)?.execute([item])
        }
        Change::Put(register, key, value) => {
            let table = register.table();
            let put = format!("INSERT OR REPLACE INTO {table} (key, value, since) VALUES (?1, ?2, unixepoch())");
            connection.prepare_cached(&put)?.execute(params![key, value])
        }
        Change::Remove(register, key) => {
            let remove = format!("DELETE FROM {} WHERE key = ?1", register.table());
            connection.prepare_cached(&remove)?.execute([key])
        }
    }
    .map(drop)
}

impl Store for Sqlite {
    fn get(&self, register: Register, key: &str) -> Result<Option<String>, StoreError> {
        let select = format!("SELECT value FROM {} WHERE key = ?1", register.table());
        Ok(self.connection.prepare_cached(&select)?.query_row([key], |row| row.get(0)).optional()?)
    }

    fn entries(&self, register: Register) -> Result<Vec<(String, String)>, StoreError> {
        let select = format!("SELECT key, value FROM {} ORDER BY key", register.table());
        let mut statement = self.connection.prepare_cached(&select)?;
        let entries = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(entries.collect::<rusqlite::Result<_>>()?)
    }

    fn length(&self, list: List) -> Result<usize, StoreError> {
        let select = format!("SELECT coalesce(max(place) + 1, 0) FROM {}", list.table());
        let length: i64 = self.connection.prepare_cached(&select)?.query_row([], |row| row.get(0))?;
        Ok(usize::try_from(length).unwrap_or_default())
    }

    fn item(&self, list: List, place: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let select = format!("SELECT item FROM {} WHERE place = ?1", list.table());
        let mut statement = self.connection.prepare_cached(&select)?;
        let item = statement.query_row([place as i64], |row| Ok(row.get_ref(0)?.as_bytes()?.to_vec()));
        Ok(item.optional()?)
    }

    fn some(&self, list: List, places: Range<usize>) -> Result<Vec<Vec<u8>>, StoreError> {
        let select = format!("SELECT item FROM {} WHERE place >= ?1 AND place < ?2 ORDER BY place", list.table());
        let mut statement = self.connection.prepare_cached(&select)?;
        let places = [places.start as i64, places.end as i64];
        let items = statement.query_map(places, |row| Ok(row.get_ref(0)?.as_bytes()?.to_vec()))?;
        Ok(items.collect::<rusqlite::Result<_>>()?)
    }

    fn items(&self, list: List, each: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let select = format!("SELECT item FROM {} ORDER BY place", list.table());
        let mut statement = self.connection.prepare_cached(&select)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            each(row.get_ref(0)?.as_bytes().map_err(StoreError::new)?)?;
        }
        Ok(())
    }

    fn commit(&self, changes: &mut dyn Iterator<Item = Result<Change, StoreError>>) -> Result<(), StoreError> {
        self.transact(Synchronous::Full, changes)
    }

    fn note(&self, changes: &mut dyn Iterator<Item = Result<Change, StoreError>>) -> Result<(), StoreError> {
        self.transact(Synchronous::Normal, changes)
    }

    /// A transaction under `FULL` is one under `NORMAL` whose log is brought to the disk afterwards; here that is done
    /// by another thread. What has moved on into the database by then was brought to the disk before it moved.
    fn to_disk(&self) -> Option<ToDisk> {
        let path = self.connection.path().filter(|path| !path.is_empty())?;
        // The log keeps its file while this connection is open.
        let log = OpenOptions::new().write(true).open(PathBuf::from(format!("{path}-wal"))).ok()?;
        Some(Box::new(move || log.sync_data().map_err(StoreError::new)))
    }
}
