//! A zip of pictures. Nothing is unpacked to disk, and no more of an entry is inflated than a picture may have.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use unicode_normalization::UnicodeNormalization;
use zip::ZipArchive;

use super::folder::folded;
use super::gallery::{Bytes, Lacking};
use super::look::LONGEST;
use super::name;
use crate::sheet::promised;

/// The most entries.
const MOST_ENTRIES: u64 = 200_000;

/// Where a name leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    At(usize),
    /// Two entries have it: which is meant, nobody can tell.
    Twice,
}

/// An open zip.
pub(super) struct Zip {
    archive: Mutex<ZipArchive<BufReader<File>>>,
    names: HashMap<String, Place>,
    /// What to write for a name in other letters, or without its folder; nothing where two would do.
    near: HashMap<String, Option<String>>,
}

impl Zip {
    /// Reads the directory of the zip at `path`.
    ///
    /// # Errors
    /// Why it cannot be used; the text follows its name.
    pub(super) fn open(path: &Path) -> Result<Zip, String> {
        let found = path.metadata().map_err(|error| format!("cannot be read: {error}"))?;
        if !found.is_file() {
            return Err("is no plain file".to_owned());
        }
        let file = File::open(path).map_err(|error| format!("cannot be read: {error}"))?;
        let mut file = BufReader::new(file);
        let most = promised(&mut file).map_err(|error| format!("cannot be read: {error}"))?;
        let Some(most) = most else { return Err("is no zip archive, or is cut off".to_owned()) };
        if most > MOST_ENTRIES {
            return Err(format!("has {most} entries, more than {MOST_ENTRIES}"));
        }
        let archive = ZipArchive::new(file).map_err(|error| format!("is damaged: {error}"))?;
        if archive.has_duplicate_names() {
            return Err("has two entries of the same name".to_owned());
        }
        let mut zip = Zip { names: HashMap::new(), near: HashMap::new(), archive: Mutex::new(archive) };
        zip.index();
        Ok(zip)
    }

    fn index(&mut self) {
        let archive = self.archive.get_mut().unwrap_or_else(PoisonError::into_inner);
        for index in 0..archive.len() {
            let Ok(entry) = archive.by_index_data(index) else { continue };
            let raw = entry.name_raw();
            let Some(name) = std::str::from_utf8(raw).map(str::to_owned).ok().or_else(|| archive_name(archive, index))
            else {
                continue;
            };
            // A folder has no bytes; a name that leads out of the zip names nothing that a cell may name.
            let Some(parts) = name::parts(&name).ok().filter(|_| !name.ends_with(['/', '\\'])) else { continue };
            let own: String = parts.join("/").nfc().collect();
            for known_as in [Some(own.as_str()), parts.last().copied()].into_iter().flatten() {
                match self.near.entry(folded(known_as)) {
                    Entry::Vacant(place) => _ = place.insert(Some(own.clone())),
                    Entry::Occupied(mut there) if there.get().as_ref() != Some(&own) => _ = there.insert(None),
                    Entry::Occupied(_) => {}
                }
            }
            self.names.entry(own).and_modify(|place| *place = Place::Twice).or_insert(Place::At(index));
        }
    }

    /// There is an entry of this name.
    pub(super) fn has(&self, parts: &[&str]) -> bool {
        self.names.contains_key(&key(parts))
    }

    /// The entry of this name.
    pub(super) fn read(&self, parts: &[&str]) -> Result<Bytes, Lacking> {
        let key = key(parts);
        let index = match self.names.get(&key) {
            Some(Place::At(index)) => *index,
            Some(Place::Twice) => return Err(Lacking::Unreadable("the zip has it twice".to_owned())),
            None => return Err(Lacking::Missing { near: self.near.get(&folded(&key)).cloned().flatten() }),
        };
        let mut archive = self.archive.lock().unwrap_or_else(PoisonError::into_inner);
        let is_encrypted = archive.by_index_data(index).is_ok_and(|entry| entry.encrypted());
        if is_encrypted {
            return Err(Lacking::Unreadable("it is encrypted in the zip".to_owned()));
        }
        let damaged = |error: &dyn std::fmt::Display| Lacking::Unreadable(format!("its zip is damaged there: {error}"));
        let entry = archive.by_index(index).map_err(|error| damaged(&error))?;
        // What the directory says of its size is a hint.
        let promised = entry.size();
        let mut start = Vec::new();
        entry.take(LONGEST + 1).read_to_end(&mut start).map_err(|error| damaged(&error))?;
        let length = start.len() as u64;
        let length = if length > LONGEST { length.max(promised) } else { length };
        Ok(Bytes { start, length })
    }
}

fn archive_name(archive: &ZipArchive<BufReader<File>>, index: usize) -> Option<String> {
    Some(archive.name_for_index(index)?.ok()?.into_owned())
}

fn key(parts: &[&str]) -> String {
    parts.join("/").nfc().collect()
}
