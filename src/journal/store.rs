//! What a run's journal and a shop's store ask of a database, and no more. SQLite answers it today; a database
//! that several computers share can stand in for it.
//!
//! The rule it keeps: what is changed together is changed whole or not at all, and is durable when
//! [`Store::commit`] comes back. [`Store::note`] is for what may be lost with the power, not with the process, until a
//! [`ToDisk`] has come back.

use std::ops::Range;
use std::sync::mpsc;
use std::{fmt, mem};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Things that stand one after the other, counted from 0; they are only ever appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// The planned rows of a run.
    Row,
    /// What deciding needs of the planned requests.
    Request,
    /// What the planned requests carry; apart, so that deciding need not read it.
    Content,
    /// What happened.
    Event,
}

/// Values that are found by a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Register {
    /// Single facts, by name.
    Fact,
    /// Seller SKUs whose pictures are not set.
    OpenImages,
    /// Pictures that the marketplace hosts, by where they came from or by what they hold.
    Hosted,
    /// Sheets that were imported to their end, by SHA-256.
    FinishedSheet,
    /// What the marketplace knows SKUs by: item id, a space, SKU id; by seller SKU.
    SkuIds,
}

/// One change of what is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Puts an item behind the last one of a list.
    Append(List, Vec<u8>),
    /// Puts an entry in the place of what is there under its key. The store notes when.
    Put(Register, String, String),
    /// Takes an entry away, where there is one.
    Remove(Register, String),
}

/// Lists and registers that survive the process.
pub trait Store: fmt::Debug + Send {
    /// The value under a key.
    ///
    /// # Errors
    /// The database refuses.
    fn get(&self, register: Register, key: &str) -> Result<Option<String>, StoreError>;

    /// All keys and values of a register, in the order of the keys.
    ///
    /// # Errors
    /// The database refuses.
    fn entries(&self, register: Register) -> Result<Vec<(String, String)>, StoreError>;

    /// How many items a list has.
    ///
    /// # Errors
    /// The database refuses.
    fn length(&self, list: List) -> Result<usize, StoreError>;

    /// The item at a place.
    ///
    /// # Errors
    /// The database refuses.
    fn item(&self, list: List, place: usize) -> Result<Option<Vec<u8>>, StoreError>;

    /// The items at these places, up to the end of the list.
    ///
    /// # Errors
    /// The database refuses.
    fn some(&self, list: List, places: Range<usize>) -> Result<Vec<Vec<u8>>, StoreError>;

    /// Shows all items in order.
    ///
    /// # Errors
    /// The database refuses, or `each` does.
    fn items(&self, list: List, each: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>) -> Result<(), StoreError>;

    /// Carries out all changes, or none of them: also where one of them is an error.
    ///
    /// # Errors
    /// The database refuses, or a change could not be made.
    fn commit(&self, changes: &mut dyn Iterator<Item = Result<Change, StoreError>>) -> Result<(), StoreError>;

    /// As [`Store::commit`], except that a power cut may take the changes away until the next commit or [`ToDisk`] has
    /// come back.
    /// The end of the process does not.
    ///
    /// # Errors
    /// As [`Store::commit`].
    fn note(&self, changes: &mut dyn Iterator<Item = Result<Change, StoreError>>) -> Result<(), StoreError> {
        self.commit(changes)
    }

    /// What makes noted changes durable while others are noted; `None` where only a commit does.
    fn to_disk(&self) -> Option<ToDisk> {
        None
    }
}

/// Makes all durable that was noted before it was called. It belongs to another thread than the store.
pub type ToDisk = Box<dyn FnMut() -> Result<(), StoreError> + Send>;

/// Why a store does not do what it is asked for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(Box<dyn std::error::Error + Send + Sync>);

impl StoreError {
    /// What the database said.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
        StoreError(source.into())
    }
}

/// The value of a fact.
pub(super) fn fact<T: DeserializeOwned>(store: &dyn Store, name: &str) -> Result<Option<T>, StoreError> {
    store.get(Register::Fact, name)?.map(|text| parsed(text.as_bytes())).transpose()
}

/// The change that sets a fact.
pub(super) fn put_fact<T: Serialize>(name: &str, value: &T) -> Result<Change, StoreError> {
    let value = serde_json::to_string(value).map_err(StoreError::new)?;
    Ok(Change::Put(Register::Fact, name.to_owned(), value))
}

/// Sets a fact, or removes it.
pub(super) fn set_fact<T: Serialize>(store: &dyn Store, name: &str, value: Option<&T>) -> Result<(), StoreError> {
    let change = match value {
        Some(value) => put_fact(name, value),
        None => Ok(Change::Remove(Register::Fact, name.to_owned())),
    };
    store.commit(&mut std::iter::once(change))
}

/// The change that appends a value.
pub(super) fn append<T: Serialize>(list: List, value: &T) -> Result<Change, StoreError> {
    Ok(Change::Append(list, serde_json::to_vec(value).map_err(StoreError::new)?))
}

/// The values of a list: read here, parsed on all cores, for a long run has a million of them.
pub(super) fn values<T: DeserializeOwned + Send>(store: &dyn Store, list: List) -> Result<Vec<T>, StoreError> {
    let (sender, parts) = mpsc::channel();
    let send = |block: Block, place: usize| {
        let _ = sender.send((place, block.values()));
    };
    rayon::in_place_scope(|scope| {
        let (mut block, mut blocks) = (Block::default(), 0);
        store.items(list, &mut |item| {
            block.push(item);
            if block.ends.len() == BLOCK {
                let full = mem::take(&mut block);
                scope.spawn(move |_| send(full, blocks));
                blocks += 1;
            }
            Ok(())
        })?;
        scope.spawn(move |_| send(block, blocks));
        Ok::<_, StoreError>(())
    })?;
    drop(sender);
    let mut parts: Vec<(usize, Result<Vec<T>, StoreError>)> = parts.iter().collect();
    parts.sort_unstable_by_key(|(place, _)| *place);
    let mut values = Vec::with_capacity(store.length(list)?);
    for (_, part) in parts {
        values.append(&mut part?);
    }
    Ok(values)
}

/// So many items are parsed at a time.
const BLOCK: usize = 4096;

/// Items that stand one after the other.
#[derive(Default)]
struct Block {
    text: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<usize>,
}

impl Block {
    fn push(&mut self, item: &[u8]) {
        self.text.extend_from_slice(item);
        self.ends.push(self.text.len());
    }

    fn values<T: DeserializeOwned>(&self) -> Result<Vec<T>, StoreError> {
        let mut begin = 0;
        self.ends.iter().map(|end| parsed(&self.text[mem::replace(&mut begin, *end)..*end])).collect()
    }
}

pub(super) fn parsed<T: DeserializeOwned>(text: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(text).map_err(StoreError::new)
}
