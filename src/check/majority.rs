//! What most rows of a product say, where its rows disagree: the others are to blame.
//!
//! It is counted in a reading of its own, before anything is told: the first row of a product may be the odd one. Of a
//! product that agrees nothing is kept beyond its last row, and of one that does not, a line for each field.

use std::collections::HashMap;

use super::fingerprint::{Fingerprint, Suspicions, hash_of_shared};
use super::late::shown;
use crate::location::Location;
use crate::record::Draft;

/// What more than half of the rows of a product say of a field.
#[derive(Debug)]
pub(super) struct Common {
    pub(super) hash: u64,
    /// The first cell that says it.
    pub(super) at: Location,
    pub(super) shown: String,
}

/// What the rows of one product say of a field, as far as they were read: each value with its first cell, and how many
/// rows say it.
#[derive(Default)]
struct Counted(HashMap<u64, (Common, u32)>);

impl Counted {
    fn add(&mut self, hash: u64, value: impl FnOnce() -> Common) {
        self.0.entry(hash).or_insert_with(|| (value(), 0)).1 += 1;
    }

    /// Nothing where all rows say the same, or no value is said by more than half of them.
    fn common(self) -> Option<Common> {
        let total: u32 = self.0.values().map(|(_, count)| count).sum();
        let is_split = self.0.len() > 1;
        let mut values = self.0.into_values().filter(|(_, count)| is_split && 2 * count > total);
        values.next().map(|(value, _)| value)
    }
}

/// What most rows say, of all products that disagree.
#[derive(Default)]
pub(super) struct Majorities {
    open: HashMap<u64, HashMap<String, Counted>>,
    settled: HashMap<u64, HashMap<String, Common>>,
}

impl Majorities {
    /// The rows of some product may be counted: more than one of them are as full, and they differ.
    pub(super) fn concern(suspicions: &Suspicions, print: &Fingerprint) -> bool {
        print.is_compared() && suspicions.products.get(&print.product).is_some_and(|product| product.is_split)
    }

    /// Takes the next row, number `at` among all rows; its product is concerned.
    pub(super) fn take(&mut self, at: usize, print: &Fingerprint, draft: &Draft<'_>, row: &Location, last: usize) {
        let fields = self.open.entry(print.product).or_default();
        for (name, entry) in draft.shared().filter(|(_, entry)| entry.column > 0) {
            let hash = hash_of_shared(draft, name, entry);
            let value = || Common { hash, at: row.at(entry.column), shown: shown(entry.text) };
            match fields.get_mut(name) {
                Some(counted) => counted.add(hash, value),
                None => fields.entry(name.to_owned()).or_default().add(hash, value),
            }
        }
        if at == last {
            let fields = self.open.remove(&print.product).unwrap_or_default().into_iter();
            let common: HashMap<_, _> = fields.filter_map(|(name, counted)| Some((name, counted.common()?))).collect();
            if !common.is_empty() {
                self.settled.insert(print.product, common);
            }
        }
    }

    /// What most rows of a product say of a field on which they disagree.
    pub(super) fn common(&self, product: u64, name: &str) -> Option<&Common> {
        self.settled.get(&product)?.get(name)
    }
}
