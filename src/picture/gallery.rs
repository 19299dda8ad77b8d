//! Where pictures in files are looked for; each is read once.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::fault::Fault;
use super::folder::Folder;
use super::kind::is_picture_name;
use super::look::{LARGE, look};
use super::name;
use super::zipped::Zip;

/// The pictures that cells may name: those in a folder, in a zip, or in several of them.
pub struct Gallery {
    places: Vec<Place>,
    looked: Mutex<HashMap<Box<str>, Arc<OnceLock<Looked>>>>,
}

/// What came of looking at a picture.
pub type Looked = Result<Sound, Lacking>;

/// A picture that marketplaces take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: Box<str>,
    /// How many bytes it has.
    pub bytes: u64,
}

impl Sound {
    /// Some servers may refuse it for its size.
    #[must_use]
    pub fn is_large(&self) -> bool {
        self.bytes > LARGE
    }
}

/// Why there is no picture of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lacking {
    /// The name may lead elsewhere; the text follows "the name".
    Unsafe(&'static str),
    /// There is no such file.
    Missing {
        /// One whose name differs in upper and lower case only, or stands in another folder of a zip.
        near: Option<String>,
    },
    /// It cannot be read; the text says why.
    Unreadable(String),
    /// It is no picture that marketplaces take.
    Unsound(Fault),
}

/// The files that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Names<'a> {
    /// These.
    These(Vec<&'a str>),
    /// One, or all of these: each reading has its files.
    Either(Vec<&'a str>),
}

/// The beginning of a file, or all of it.
pub(super) struct Bytes {
    /// At most one more than a picture may have.
    pub(super) start: Vec<u8>,
    pub(super) length: u64,
}

enum Place {
    Folder(Folder),
    Zip(Zip),
    /// A zip that may stand beside a sheet: it is opened when it is needed.
    Beside(PathBuf, OnceLock<Result<Zip, String>>),
}

impl fmt::Debug for Gallery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gallery({} places)", self.places.len())
    }
}

impl Gallery {
    fn of(places: Vec<Place>) -> Gallery {
        Gallery { places, looked: Mutex::default() }
    }

    /// No place at all: a sheet without a folder, such as standard input.
    #[must_use]
    pub fn nowhere() -> Gallery {
        Gallery::of(Vec::new())
    }

    /// The folders of sheets, and the zips beside them that are called as they are.
    ///
    /// # Errors
    /// A folder cannot be entered.
    pub fn beside<'a>(sheets: impl IntoIterator<Item = &'a Path>) -> io::Result<Gallery> {
        let (mut folders, mut zips) = (Vec::new(), Vec::new());
        for sheet in sheets {
            folders.push(Place::Folder(Folder::open(sheet.parent().unwrap_or(Path::new("")))?));
            zips.push(Place::Beside(sheet.with_extension("zip"), OnceLock::new()));
        }
        folders.extend(zips);
        Ok(Gallery::of(folders))
    }

    /// A folder or a zip.
    ///
    /// # Errors
    /// Why it cannot be used; the text follows its name.
    pub fn at(path: &Path) -> Result<Gallery, String> {
        let found = path.metadata().map_err(|error| format!("cannot be read: {error}"))?;
        let place = if found.is_dir() {
            Place::Folder(Folder::open(path).map_err(|error| format!("cannot be read: {error}"))?)
        } else {
            Place::Zip(Zip::open(path)?)
        };
        Ok(Gallery::of(vec![place]))
    }

    /// There is nowhere to look.
    #[must_use]
    pub fn is_nowhere(&self) -> bool {
        self.places.is_empty()
    }

    /// There is a file of this name, sound or not.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        name::parts(name).is_ok_and(|parts| self.places.iter().any(|place| place.has(&parts)))
    }

    /// Which files a text names: it is a list only where every part of it is called as pictures are and no file has
    /// the whole text as its name.
    #[must_use]
    pub fn names<'a>(&self, text: &'a str) -> Names<'a> {
        let whole = text.trim();
        let parts = name::listed(whole);
        if parts.len() < 2 || !parts.iter().all(|part| is_picture_name(part)) {
            return Names::These(vec![whole]);
        }
        match (self.has(whole), parts.iter().all(|part| self.has(part))) {
            (false, _) => Names::These(parts),
            (true, false) => Names::These(vec![whole]),
            (true, true) => Names::Either(parts),
        }
    }

    /// Looks at the picture of this name. It is read once, however often it is asked for.
    ///
    /// # Errors
    /// Why there is none that is taken.
    pub fn look(&self, name: &str) -> Looked {
        let looked = {
            let mut all = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
            match all.get(name) {
                Some(there) => Arc::clone(there),
                None => Arc::clone(all.entry(name.into()).or_default()),
            }
        };
        looked.get_or_init(|| self.looked_at(name).map(|(sound, _)| sound)).clone()
    }

    /// The bytes of a picture that was found sound; they must be the same as then.
    ///
    /// # Errors
    /// Why they cannot be had, in a sentence that names the picture.
    pub fn bytes(&self, name: &str, sha256: &str) -> Result<Vec<u8>, String> {
        match self.looked_at(name) {
            Ok((sound, bytes)) if *sound.sha256 == *sha256 => Ok(bytes),
            Ok(_) | Err(Lacking::Unsound(_)) => Err(format!("the picture `{name}` was changed since it was checked")),
            Err(Lacking::Unreadable(why)) => Err(format!("the picture `{name}` cannot be read any more: {why}")),
            Err(Lacking::Missing { .. } | Lacking::Unsafe(_)) => {
                Err(format!("the picture `{name}` is not there any more"))
            }
        }
    }

    fn looked_at(&self, name: &str) -> Result<(Sound, Vec<u8>), Lacking> {
        let Bytes { start, length } = self.read(name)?;
        look(&start, length).map_err(Lacking::Unsound)?;
        let sha256 = HEXLOWER.encode(&Sha256::digest(&start));
        Ok((Sound { sha256: sha256.into(), bytes: length }, start))
    }

    fn read(&self, name: &str) -> Result<Bytes, Lacking> {
        let parts = name::parts(name).map_err(Lacking::Unsafe)?;
        let mut lacking = Lacking::Missing { near: None };
        for place in &self.places {
            match place.read(&parts) {
                Err(Lacking::Missing { near: None }) => {}
                Err(missing @ Lacking::Missing { .. }) => lacking = missing,
                other => return other,
            }
        }
        Err(lacking)
    }
}

impl Place {
    fn has(&self, parts: &[&str]) -> bool {
        match self {
            Place::Folder(folder) => folder.has(parts),
            Place::Zip(zip) => zip.has(parts),
            Place::Beside(path, zip) => beside(path, zip).as_ref().is_ok_and(|zip| zip.has(parts)),
        }
    }

    fn read(&self, parts: &[&str]) -> Result<Bytes, Lacking> {
        match self {
            Place::Folder(folder) => folder.read(parts),
            Place::Zip(zip) => zip.read(parts),
            Place::Beside(path, zip) => match beside(path, zip) {
                Ok(zip) => zip.read(parts),
                Err(_) if !path.exists() => Err(Lacking::Missing { near: None }),
                Err(why) => Err(Lacking::Unreadable(format!("it may be in {}, which {why}", path.display()))),
            },
        }
    }
}

fn beside<'a>(path: &Path, zip: &'a OnceLock<Result<Zip, String>>) -> &'a Result<Zip, String> {
    zip.get_or_init(|| Zip::open(path))
}
