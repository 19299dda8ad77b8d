//! The durable diary of a run, and the store of a shop. Both stand on [`Store`]; all SQL stands in `sql`.
//!
//! A run's folder holds a byte copy of the sheet, the planned requests and the journal: with it a run can be
//! continued or reported again without the merchant's file. One thread writes the journal; what waits is
//! committed together, and nobody is told before it is durable: a second thread waits for the disk meanwhile. Intents
//! need not wait for it: killing the process does not take them, a power cut may.

mod app;
mod content;
mod lock;
mod memory;
mod meta;
mod runs;
mod shop;
mod sql;
mod store;
#[cfg(test)]
mod tests;
mod writer;

use std::io;
use std::path::PathBuf;

pub use app::AppStore;
pub use lock::Lock;
pub use memory::Memory;
pub use meta::{Meta, Start};
pub use runs::{Halt, Progress, Run, Runs, new_run_id};
pub use shop::{FinishedSheet, ShopStore};
pub use store::{Change, List, Register, Store, StoreError, ToDisk};
pub use writer::JournalWriter;

/// A local store could not be used. Each variant names the file.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The database refused.
    #[error("cannot use {}: {source}", .path.display())]
    Database {
        /// Which one.
        path: PathBuf,
        /// What it said.
        source: StoreError,
    },
    /// The operating system refused.
    #[error("cannot use {}: {source}", .path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// What is stored makes no sense to this version.
    #[error("{} cannot be understood: {reason}", .path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Another process sends to this shop.
    #[error("another run is sending to the shop `{shop}`; wait until it has ended")]
    Locked {
        /// The shop.
        shop: String,
    },
    /// Another process sends this run.
    #[error("the run {run} is being sent by another process; wait until it has ended")]
    RunLocked {
        /// The run.
        run: String,
    },
    /// There is no such run.
    #[error("there is no run `{run}`; `skuload runs list` shows those there are")]
    NoSuchRun {
        /// The name asked for.
        run: String,
    },
}
