//! Every statement, and nothing else that knows SQL.

use std::fs::OpenOptions;
use std::io::{Read, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{JournalError, Meta};
use crate::plan::{Plan, PlannedRow, Write};
use crate::submit::{Event, Outline};

/// The version of the tables; an older program refuses a newer one.
const SCHEMA: i64 = 1;

/// Opens a database, making it with mode 0600 where there is none.
pub(super) fn open(path: &Path) -> Result<Connection, JournalError> {
    create_private(path)?;
    let connection = Connection::open(path).map_err(|source| database(path, source))?;
    let prepare = || -> rusqlite::Result<i64> {
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.query_row("PRAGMA user_version", [], |row| row.get(0))
    };
    let version = prepare().map_err(|source| database(path, source))?;
    if version > SCHEMA {
        let reason = format!("it was written by a newer version (schema {version})");
        return Err(JournalError::Damaged { path: path.to_owned(), reason });
    }
    Ok(connection)
}

fn create_private(path: &Path) -> Result<(), JournalError> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|source| JournalError::Io { path: path.to_owned(), source })
}

pub(super) fn database(path: &Path, source: rusqlite::Error) -> JournalError {
    JournalError::Database { path: path.to_owned(), source }
}

/// The tables of a run.
fn create_run_tables(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
         CREATE TABLE IF NOT EXISTS planned_row (place INTEGER PRIMARY KEY, row TEXT NOT NULL);
         CREATE TABLE IF NOT EXISTS request (place INTEGER PRIMARY KEY, outline TEXT NOT NULL, content BLOB NOT NULL);
         CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY, event TEXT NOT NULL);",
    )?;
    connection.pragma_update(None, "user_version", SCHEMA)
}

/// Begins a run's journal: tables and what it is about, or nothing.
pub(super) fn begin_run(connection: &Connection, meta: &Meta) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    create_run_tables(&transaction)?;
    set_fact(&transaction, "meta", meta)?;
    transaction.commit()
}

/// The tables of a shop.
pub(super) fn create_shop_tables(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
         CREATE TABLE IF NOT EXISTS open_images (seller_sku TEXT PRIMARY KEY) WITHOUT ROWID;",
    )?;
    connection.pragma_update(None, "user_version", SCHEMA)
}

pub(super) fn set_fact<T: Serialize>(connection: &Connection, name: &str, value: &T) -> rusqlite::Result<()> {
    connection
        .execute("INSERT OR REPLACE INTO fact (name, value) VALUES (?1, ?2)", params![name, json(value)?])
        .map(drop)
}

pub(super) fn remove_fact(connection: &Connection, name: &str) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM fact WHERE name = ?1", [name]).map(drop)
}

pub(super) fn fact<T: DeserializeOwned>(connection: &Connection, name: &str) -> rusqlite::Result<Option<T>> {
    let text: Option<String> =
        connection.query_row("SELECT value FROM fact WHERE name = ?1", [name], |row| row.get(0)).optional()?;
    text.map(|text| parsed(&text)).transpose()
}

/// Keeps a plan: all of it, or nothing.
pub(super) fn store_plan(connection: &mut Connection, plan: &Plan) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare("INSERT INTO planned_row (place, row) VALUES (?1, ?2)")?;
        for (place, row) in plan.rows.iter().enumerate() {
            insert.execute(params![place as i64, json(row)?])?;
        }
        let mut insert = transaction.prepare("INSERT INTO request (place, outline, content) VALUES (?1, ?2, ?3)")?;
        for (place, request) in plan.requests.iter().enumerate() {
            insert.execute(params![place as i64, json(&Outline::of(request))?, packed(&request.write)?])?;
        }
    }
    set_fact(&transaction, "planned", &true)?;
    transaction.commit()
}

pub(super) fn is_planned(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(fact::<bool>(connection, "planned")?.unwrap_or(false))
}

pub(super) fn rows(connection: &Connection) -> rusqlite::Result<Vec<PlannedRow>> {
    texts(connection, "SELECT row FROM planned_row ORDER BY place")
}

pub(super) fn outlines(connection: &Connection) -> rusqlite::Result<Vec<Outline>> {
    texts(connection, "SELECT outline FROM request ORDER BY place")
}

pub(super) fn events(connection: &Connection) -> rusqlite::Result<Vec<Event>> {
    texts(connection, "SELECT event FROM event ORDER BY seq")
}

fn texts<T: DeserializeOwned>(connection: &Connection, select: &str) -> rusqlite::Result<Vec<T>> {
    let mut statement = connection.prepare(select)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(parsed(row.get_ref(0)?.as_str()?)?);
    }
    Ok(found)
}

/// Appends events in one commit.
pub(super) fn append(connection: &mut Connection, events: &[Event]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare_cached("INSERT INTO event (event) VALUES (?1)")?;
        for event in events {
            insert.execute([json(event)?])?;
        }
    }
    transaction.commit()
}

/// The content of a planned request.
pub(super) fn write(connection: &Connection, place: usize) -> rusqlite::Result<Write> {
    let mut statement = connection.prepare_cached("SELECT content FROM request WHERE place = ?1")?;
    let content: Vec<u8> = statement.query_row([place as i64], |row| row.get(0))?;
    let mut text = String::new();
    DeflateDecoder::new(content.as_slice()).read_to_string(&mut text).map_err(conversion)?;
    parsed(&text)
}

pub(super) fn open_images(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT seller_sku FROM open_images ORDER BY seller_sku")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

/// Notes which SKUs wait for their pictures, and which no longer do.
pub(super) fn mark_images(connection: &mut Connection, open: &[&str], settled: &[&str]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare("INSERT OR IGNORE INTO open_images (seller_sku) VALUES (?1)")?;
        for sku in open {
            insert.execute([sku])?;
        }
        let mut delete = transaction.prepare("DELETE FROM open_images WHERE seller_sku = ?1")?;
        for sku in settled {
            delete.execute([sku])?;
        }
    }
    transaction.commit()
}

fn packed(write: &Write) -> rusqlite::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(json(write)?.as_bytes()).map_err(conversion)?;
    encoder.finish().map_err(conversion)
}

fn json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(conversion)
}

fn parsed<T: DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(conversion)
}

fn conversion(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
}
