//! What outlives a run: who may send, how fast, which run is unfinished, whose pictures are open.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::{JournalError, sql};
use crate::record::SellerSku;
use crate::submit::Pace;

/// The store of one shop.
#[derive(Debug)]
pub struct ShopStore {
    path: PathBuf,
    connection: Connection,
}

/// While it lives, no other process sends to this shop. The system lets go of it when the process dies.
#[derive(Debug)]
pub struct ShopLock {
    _file: File,
}

impl ShopStore {
    /// Opens the store in `folder`, making it where there is none.
    ///
    /// # Errors
    /// The folder or the database cannot be used.
    pub fn open(folder: &Path) -> Result<ShopStore, JournalError> {
        super::runs::create_private_folder(folder)?;
        let path = folder.join("shop.sqlite");
        let connection = sql::open(&path)?;
        sql::create_shop_tables(&connection).map_err(|source| sql::database(&path, source))?;
        Ok(ShopStore { path, connection })
    }

    /// Takes the right to send to the shop called `shop`.
    ///
    /// # Errors
    /// Another process has it.
    pub fn lock(folder: &Path, shop: &str) -> Result<ShopLock, JournalError> {
        let path = folder.join("lock");
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|source| JournalError::Io { path: path.clone(), source })?;
        match file.try_lock() {
            Ok(()) => Ok(ShopLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(JournalError::Locked { shop: shop.to_owned() }),
            Err(TryLockError::Error(source)) => Err(JournalError::Io { path, source }),
        }
    }

    /// The pace the shop was left with.
    ///
    /// # Errors
    /// The database refuses.
    pub fn pace(&self) -> Result<Option<Pace>, JournalError> {
        sql::fact(&self.connection, "pace").map_err(|source| self.error(source))
    }

    /// Keeps the pace for the next run.
    ///
    /// # Errors
    /// The database refuses.
    pub fn set_pace(&self, pace: Pace) -> Result<(), JournalError> {
        sql::set_fact(&self.connection, "pace", &pace).map_err(|source| self.error(source))
    }

    /// The run that was begun last and has not been ended.
    ///
    /// # Errors
    /// The database refuses.
    pub fn open_run(&self) -> Result<Option<String>, JournalError> {
        sql::fact(&self.connection, "open_run").map_err(|source| self.error(source))
    }

    /// A run begins or ends.
    ///
    /// # Errors
    /// The database refuses.
    pub fn set_open_run(&self, run: Option<&str>) -> Result<(), JournalError> {
        let result = match run {
            Some(run) => sql::set_fact(&self.connection, "open_run", &run),
            None => sql::remove_fact(&self.connection, "open_run"),
        };
        result.map_err(|source| self.error(source))
    }

    /// SKUs of ours whose pictures are not set.
    ///
    /// # Errors
    /// The database refuses.
    pub fn open_images(&self) -> Result<Vec<SellerSku>, JournalError> {
        let skus = sql::open_images(&self.connection).map_err(|source| self.error(source))?;
        Ok(skus.iter().filter_map(|sku| SellerSku::parse(sku)).collect())
    }

    /// Notes whose pictures are not set, and whose are.
    ///
    /// # Errors
    /// The database refuses.
    pub fn mark_images(&mut self, open: &[&str], settled: &[&str]) -> Result<(), JournalError> {
        let result = sql::mark_images(&mut self.connection, open, settled);
        result.map_err(|source| self.error(source))
    }

    fn error(&self, source: rusqlite::Error) -> JournalError {
        sql::database(&self.path, source)
    }
}
