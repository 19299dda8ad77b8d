//! What outlives a run: who may send, how fast, which run is unfinished, whose pictures are open, what the
//! marketplace hosts, which sheets were imported before.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::sql::{Kind, Sqlite, database};
use super::store::{self, Change, Register, Store, StoreError};
use super::{JournalError, Lock};
use crate::dialect::Ids;
use crate::plan::SkuIds;
use crate::record::SellerSku;
use crate::submit::{IdStore, Pace};

/// The store of one shop.
#[derive(Debug)]
pub struct ShopStore {
    path: PathBuf,
    store: Box<dyn Store>,
}

/// A run that imported a sheet to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinishedSheet {
    /// Its name.
    pub run: String,
    /// When it started.
    pub started: DateTime<Utc>,
}

/// Names of facts.
const PACE: &str = "pace";
const OPEN_RUN: &str = "open_run";

impl IdStore for ShopStore {
    fn ids(&self, skus: &[SellerSku]) -> io::Result<Ids> {
        self.kept_ids(skus).map_err(io::Error::other)
    }

    fn note(&mut self, ids: &[(SellerSku, SkuIds)]) -> io::Result<()> {
        let put = |(sku, ids): &(SellerSku, SkuIds)| {
            Ok(Change::Put(Register::SkuIds, sku.as_str().to_owned(), format!("{} {}", ids.item, ids.sku)))
        };
        self.store.note(&mut ids.iter().map(put)).map_err(|source| io::Error::other(self.error(source)))
    }
}

impl ShopStore {
    /// Opens the store in `folder`, making it where there is none.
    ///
    /// # Errors
    /// The folder or the database cannot be used.
    pub fn open(folder: &Path) -> Result<ShopStore, JournalError> {
        super::runs::create_private_folder(folder)?;
        let path = folder.join("shop.sqlite");
        let store = Sqlite::open(&path, Kind::Shop, None)?;
        Ok(ShopStore { path, store: Box::new(store) })
    }

    /// A shop whose store is `store`; messages call it `name`.
    #[must_use]
    pub fn over(store: Box<dyn Store>, name: &str) -> ShopStore {
        ShopStore { path: PathBuf::from(name), store }
    }

    /// Takes the right to send to the shop called `shop`.
    ///
    /// # Errors
    /// Another process has it.
    pub fn lock(folder: &Path, shop: &str) -> Result<Lock, JournalError> {
        Lock::take(folder, JournalError::Locked { shop: shop.to_owned() })
    }

    /// The pace the shop was left with.
    ///
    /// # Errors
    /// The store refuses.
    pub fn pace(&self) -> Result<Option<Pace>, JournalError> {
        store::fact(&*self.store, PACE).map_err(|source| self.error(source))
    }

    /// Keeps the pace for the next run.
    ///
    /// # Errors
    /// The store refuses.
    pub fn set_pace(&self, pace: Pace) -> Result<(), JournalError> {
        store::set_fact(&*self.store, PACE, Some(&pace)).map_err(|source| self.error(source))
    }

    /// Keeps the pace of a run that goes on, for the case that its process is killed. A power cut may take it away.
    ///
    /// # Errors
    /// The store refuses.
    pub fn note_pace(&self, pace: &Pace) -> Result<(), JournalError> {
        let change = store::put_fact(PACE, pace);
        self.store.note(&mut std::iter::once(change)).map_err(|source| self.error(source))
    }

    /// The run that was begun last and has not been ended.
    ///
    /// # Errors
    /// The store refuses.
    pub fn open_run(&self) -> Result<Option<String>, JournalError> {
        store::fact(&*self.store, OPEN_RUN).map_err(|source| self.error(source))
    }

    /// A run begins or ends.
    ///
    /// # Errors
    /// The store refuses.
    pub fn set_open_run(&self, run: Option<&str>) -> Result<(), JournalError> {
        store::set_fact(&*self.store, OPEN_RUN, run.as_ref()).map_err(|source| self.error(source))
    }

    /// SKUs of ours whose pictures are not set.
    ///
    /// # Errors
    /// The store refuses.
    pub fn open_images(&self) -> Result<Vec<SellerSku>, JournalError> {
        let skus = self.store.entries(Register::OpenImages).map_err(|source| self.error(source))?;
        Ok(skus.iter().filter_map(|(sku, _)| SellerSku::parse(sku)).collect())
    }

    /// Notes whose pictures are not set, and whose are.
    ///
    /// # Errors
    /// The store refuses.
    pub fn mark_images(&mut self, open: &[&str], settled: &[&str]) -> Result<(), JournalError> {
        let open = open.iter().map(|sku| Change::Put(Register::OpenImages, (*sku).to_owned(), String::new()));
        let settled = settled.iter().map(|sku| Change::Remove(Register::OpenImages, (*sku).to_owned()));
        self.commit(&mut open.chain(settled))
    }

    /// The addresses at which the marketplace hosts pictures, as far as they are known. A key is the address a
    /// picture came from, or `sha256:` and the hexadecimal digits of its content.
    ///
    /// # Errors
    /// The store refuses.
    pub fn hosted(&self, keys: &[String]) -> Result<HashMap<String, String>, JournalError> {
        let mut known = HashMap::new();
        for key in keys {
            let address = self.store.get(Register::Hosted, key).map_err(|source| self.error(source))?;
            known.extend(address.map(|address| (key.clone(), address)));
        }
        Ok(known)
    }

    /// Notes where the marketplace hosts pictures: all of these pairs of a key and an address, or none. The
    /// store notes when.
    ///
    /// # Errors
    /// The store refuses.
    pub fn keep_hosted(&mut self, pairs: &[(String, String)]) -> Result<(), JournalError> {
        let put = |(key, address): &(String, String)| Change::Put(Register::Hosted, key.clone(), address.clone());
        self.commit(&mut pairs.iter().map(put))
    }

    /// Forgets whatever is said to be hosted at these addresses.
    ///
    /// # Errors
    /// The store refuses.
    pub fn forget_hosted(&mut self, addresses: &HashSet<String>) -> Result<(), JournalError> {
        if addresses.is_empty() {
            return Ok(());
        }
        let known = self.store.entries(Register::Hosted).map_err(|source| self.error(source))?;
        let wrong = known.into_iter().filter(|(_, address)| addresses.contains(address));
        self.commit(&mut wrong.map(|(key, _)| Change::Remove(Register::Hosted, key)))
    }

    /// What the marketplace knows these SKUs by, as far as it was told.
    fn kept_ids(&self, skus: &[SellerSku]) -> Result<Ids, JournalError> {
        let mut known = Ids::new();
        for sku in skus {
            let ids = self.store.get(Register::SkuIds, sku.as_str()).map_err(|source| self.error(source))?;
            let ids = ids.as_deref().and_then(|ids| ids.split_once(' '));
            known.extend(ids.map(|(item, id)| (sku.clone(), SkuIds { item: item.to_owned(), sku: id.to_owned() })));
        }
        Ok(known)
    }

    /// The last run that imported the sheet with this SHA-256 to its end.
    ///
    /// # Errors
    /// The store refuses.
    pub fn finished_sheet(&self, sha256: &str) -> Result<Option<FinishedSheet>, JournalError> {
        let text = self.store.get(Register::FinishedSheet, sha256).map_err(|source| self.error(source))?;
        text.map(|text| store::parsed(text.as_bytes())).transpose().map_err(|source| self.error(source))
    }

    /// Notes that a sheet was imported to its end.
    ///
    /// # Errors
    /// The store refuses.
    pub fn note_finished_sheet(&mut self, sha256: &str, finished: &FinishedSheet) -> Result<(), JournalError> {
        let value = serde_json::to_string(finished).map_err(|error| self.error(StoreError::new(error)))?;
        self.commit(&mut std::iter::once(Change::Put(Register::FinishedSheet, sha256.to_owned(), value)))
    }

    fn commit(&self, changes: &mut dyn Iterator<Item = Change>) -> Result<(), JournalError> {
        self.store.commit(&mut changes.map(Ok)).map_err(|source| self.error(source))
    }

    fn error(&self, source: StoreError) -> JournalError {
        database(&self.path, source)
    }
}
