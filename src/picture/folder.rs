//! A folder of pictures: nothing outside it is ever opened.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use unicode_normalization::UnicodeNormalization;

use super::gallery::{Bytes, Lacking};
use super::look::LONGEST;

/// So many entries of a folder are compared with a name that is not there.
const COMPARED: usize = 100_000;

/// The names of a folder by what they are apart from upper and lower case.
type Listing = HashMap<String, String>;

/// A folder, and all below it.
#[derive(Debug)]
pub(super) struct Folder {
    /// Without links and `..`.
    root: PathBuf,
    listings: Mutex<HashMap<PathBuf, Arc<Listing>>>,
}

/// A name apart from upper and lower case, and from how its accents were typed.
pub(super) fn folded(name: &str) -> String {
    name.nfc().collect::<String>().to_lowercase()
}

impl Folder {
    /// The folder at `path`.
    pub(super) fn open(path: &Path) -> io::Result<Folder> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let root = fs::canonicalize(path)?;
        Ok(Folder { root, listings: Mutex::default() })
    }

    /// There is a file of this name.
    pub(super) fn has(&self, parts: &[&str]) -> bool {
        self.find(parts).is_ok()
    }

    /// The file of this name.
    pub(super) fn read(&self, parts: &[&str]) -> Result<Bytes, Lacking> {
        let path = self.find(parts)?;
        let unreadable = |error: io::Error| Lacking::Unreadable(error.to_string());
        let named = fs::symlink_metadata(&path).map_err(unreadable)?;
        // A pipe or a device would keep us waiting, or worse: it is not even opened.
        if !named.is_file() {
            return Err(Lacking::Unreadable("it is no plain file".to_owned()));
        }
        let file = File::open(&path).map_err(unreadable)?;
        let opened = file.metadata().map_err(unreadable)?;
        if !is_same(&named, &opened) {
            return Err(Lacking::Unreadable("it was exchanged while it was looked at".to_owned()));
        }
        let mut start = Vec::new();
        file.take(LONGEST + 1).read_to_end(&mut start).map_err(unreadable)?;
        let length = opened.len().max(start.len() as u64);
        Ok(Bytes { start, length })
    }

    /// The path without links, where it stays below the folder.
    fn find(&self, parts: &[&str]) -> Result<PathBuf, Lacking> {
        match self.resolved(parts.iter().copied()) {
            Err(Lacking::Missing { .. }) => {}
            found => return found,
        }
        let Some(near) = self.near(parts) else { return Err(Lacking::Missing { near: None }) };
        let is_same = near.iter().zip(parts).all(|(near, part)| near.nfc().eq(part.nfc()));
        // One name for people: only its accents were typed in another way.
        if is_same {
            return self.resolved(near.iter().map(String::as_str));
        }
        Err(Lacking::Missing { near: Some(near.join("/")) })
    }

    fn resolved<'a>(&self, parts: impl Iterator<Item = &'a str>) -> Result<PathBuf, Lacking> {
        let mut path = self.root.clone();
        path.extend(parts);
        let path = fs::canonicalize(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename | ErrorKind::InvalidInput => {
                Lacking::Missing { near: None }
            }
            _ => Lacking::Unreadable(error.to_string()),
        })?;
        if path.starts_with(&self.root) { Ok(path) } else { Err(Lacking::Unsafe("leads out of the folder by a link")) }
    }

    /// The name that differs only in upper and lower case.
    fn near(&self, parts: &[&str]) -> Option<Vec<String>> {
        let mut folder = self.root.clone();
        let mut near = Vec::new();
        for part in parts {
            // A link may lead anywhere: what lies behind it is not listed.
            if fs::symlink_metadata(&folder).is_ok_and(|found| found.is_symlink()) {
                return None;
            }
            let name = self.listing(&folder).get(&folded(part))?.clone();
            folder.push(&name);
            near.push(name);
        }
        Some(near)
    }

    fn listing(&self, folder: &Path) -> Arc<Listing> {
        let mut listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = listings.get(folder) {
            return Arc::clone(there);
        }
        let entries = fs::read_dir(folder).into_iter().flatten().take(COMPARED).filter_map(Result::ok);
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let listing: Arc<Listing> = Arc::new(names.map(|name| (folded(&name), name)).collect());
        listings.insert(folder.to_owned(), Arc::clone(&listing));
        listing
    }
}

#[cfg(unix)]
fn is_same(named: &Metadata, opened: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (named.dev(), named.ino()) == (opened.dev(), opened.ino())
}

#[cfg(not(unix))]
fn is_same(_named: &Metadata, opened: &Metadata) -> bool {
    opened.is_file()
}
