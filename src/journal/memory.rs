//! A store that is gone with the process: for tests, and for what need not last.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

use super::store::{Change, List, Register, Store, StoreError};

/// Lists and registers in memory.
#[derive(Debug, Default)]
pub struct Memory {
    kept: RefCell<Kept>,
}

#[derive(Debug, Clone, Default)]
struct Kept {
    lists: BTreeMap<List, Vec<Vec<u8>>>,
    registers: BTreeMap<Register, BTreeMap<String, String>>,
}

impl Kept {
    fn make(&mut self, change: Change) {
        match change {
            Change::Append(list, item) => self.lists.entry(list).or_default().push(item),
            Change::Put(register, key, value) => {
                self.registers.entry(register).or_default().insert(key, value);
            }
            Change::Remove(register, key) => {
                self.registers.entry(register).or_default().remove(&key);
            }
        }
    }
}

impl Store for Memory {
    fn get(&self, register: Register, key: &str) -> Result<Option<String>, StoreError> {
        let kept = self.kept.borrow();
        Ok(kept.registers.get(&register).and_then(|entries| entries.get(key)).cloned())
    }

    fn entries(&self, register: Register) -> Result<Vec<(String, String)>, StoreError> {
        let kept = self.kept.borrow();
        let entries = kept.registers.get(&register).into_iter().flatten();
        Ok(entries.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    fn length(&self, list: List) -> Result<usize, StoreError> {
        Ok(self.kept.borrow().lists.get(&list).map_or(0, Vec::len))
    }

    fn item(&self, list: List, place: usize) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.kept.borrow().lists.get(&list).and_then(|items| items.get(place)).cloned())
    }

    fn some(&self, list: List, places: Range<usize>) -> Result<Vec<Vec<u8>>, StoreError> {
        let kept = self.kept.borrow();
        let items = kept.lists.get(&list).into_iter().flatten();
        Ok(items.skip(places.start).take(places.len()).cloned().collect())
    }

    fn items(&self, list: List, each: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.kept.borrow().lists.get(&list).into_iter().flatten().try_for_each(|item| each(item))
    }

    fn commit(&self, changes: &mut dyn Iterator<Item = Result<Change, StoreError>>) -> Result<(), StoreError> {
        let changes = changes.collect::<Result<Vec<Change>, StoreError>>()?;
        let mut kept = self.kept.borrow_mut();
        changes.into_iter().for_each(|change| kept.make(change));
        Ok(())
    }
}
