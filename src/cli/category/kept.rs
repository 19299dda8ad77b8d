//! What is kept of the marketplaces' categories: a file for each address below the state folder, which every shop there
//! shares and every check reads.
//!
//! Its `pulled` is the time of its oldest part, so that an age that is told is never too young.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use skuload::category::{Categories, CategoriesError, CategoryAttribute, Node};
use skuload::dialect::Dialect;
use skuload::record::Country;

use super::super::exit::{Exit, Failure, unwritten};
use super::super::output::warn;
use super::super::settings::Settings;
use super::super::severity::read_categories;
use super::super::shop;
use super::super::sought;

/// The file of the marketplace at this address.
pub(super) fn of_address(settings: &Settings, address: &str) -> PathBuf {
    let address = address.trim().trim_end_matches(['/', '?']).to_lowercase();
    let (_, rest) = address.split_once("://").unwrap_or(("", &address));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let host: String =
        rest.split('/').next().unwrap_or_default().chars().map(|c| if is_plain(c) { c } else { '-' }).collect();
    let mark = HEXLOWER.encode(&Sha256::digest(address.as_bytes())[..4]);
    folder(settings).join(format!("{host}-{mark}.json"))
}

/// The file of the built-in marketplace, whose address is another one each time.
pub(super) fn of_sandbox(settings: &Settings) -> PathBuf {
    folder(settings).join("sandbox.json")
}

fn folder(settings: &Settings) -> PathBuf {
    settings.state_dir().join("categories")
}

/// What is kept, as a command's settings name it, and the command that renews it.
pub(in super::super) struct Kept {
    /// Nothing where nothing was pulled.
    pub(in super::super) known: Option<Categories>,
    pub(in super::super) renew: String,
}

impl Kept {
    /// Of the shop, the country or the built-in marketplace; nothing where none is named.
    pub(in super::super) fn of(settings: &Settings) -> Result<Option<Kept>, Failure> {
        let known = if settings.is_for_sandbox {
            read(&of_sandbox(settings))
        } else if let Some(name) = &settings.decided.shop {
            read(&of_address(settings, &shop::load(settings, name)?.url))
        } else {
            let Some(country) = settings.decided.country.as_deref() else { return Ok(None) };
            // A wrong country is told by whoever needs one.
            let Ok(country) = country.parse::<Country>() else { return Ok(None) };
            of_country(settings, settings.api()?, country)
        };
        let renew = sought::puller(settings, "");
        let known = known.map_err(|failure| failure.help(format!("pull it anew with: {renew}")))?;
        Ok(Some(Kept { known, renew }))
    }
}

/// What the country's own address told; where that was not asked, the newest of what its other addresses told.
fn of_country(settings: &Settings, api: Dialect, country: Country) -> Result<Option<Categories>, Failure> {
    let own = of_address(settings, api.base_url(country));
    let of_own = read(&own);
    if matches!(of_own, Ok(Some(_))) {
        return of_own;
    }
    let files = fs::read_dir(folder(settings)).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    files.retain(|path| *path != of_sandbox(settings) && *path != own);
    files.sort();
    // What cannot be read is told of where it is the only one.
    let known = files.iter().filter_map(|path| read(path).ok()?);
    let here = known.filter(|known| known.country() == Some(country.as_str()));
    here.max_by_key(Categories::pulled).map_or(of_own, |newest| Ok(Some(newest)))
}

/// What the file holds; nothing where there is none.
fn read(path: &Path) -> Result<Option<Categories>, Failure> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Ok(_) | Err(_) => read_categories(path).map(Some),
    }
}

/// What the file holds that is written anew; nothing where there is none. One that is damaged is moved aside, and told;
/// what another program may still read is not written over.
pub(super) fn read_to_renew(path: &Path) -> Result<Option<Categories>, Failure> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let message = format!("cannot read {}: {error}", path.display());
            return Err(
                Failure::new(Exit::Local, message).help("it would be overwritten; make it readable, or move it")
            );
        }
    };
    match Categories::from_json(&text) {
        Ok(known) => Ok(Some(known)),
        Err(error @ CategoriesError::Version(_)) => {
            let message = format!("{}: {error}", path.display());
            Err(Failure::new(Exit::Settings, message)
                .help("it would be overwritten; pull with the skuload that wrote it, or move it"))
        }
        Err(error @ CategoriesError::Form(_)) => {
            let aside = set_aside(path).map_err(|error| unwritable(path, &error))?;
            warn(&format!(
                "what was kept cannot be used, and is pulled anew: {error}; the old file is {} now",
                aside.display()
            ));
            Ok(None)
        }
    }
}

/// Gives the file a name beside it that none has; which.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let names = (1_u32..).map(|number| path.with_file_name(format!("{name}.damaged-{number}")));
    for aside in names {
        if fs::symlink_metadata(&aside).is_err() {
            fs::rename(path, &aside)?;
            return Ok(aside);
        }
    }
    Err(io::Error::other("no name is left beside it"))
}

/// Writes the file whole or not at all; who may read the one that it replaces may read it, and nobody else.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let place = || {
        let (mut file, beside) = beside(path)?;
        let readable = as_readable(&file, path);
        let written = readable.and_then(|()| file.write_all(text.as_bytes())).and_then(|()| file.sync_all());
        let placed = written.and_then(|()| fs::rename(&beside, path));
        if placed.is_err() {
            // It is of no use to anybody.
            let _ = fs::remove_file(&beside);
        }
        placed
    };
    place().map_err(|error| unwritable(path, &error))
}

/// Gives the file the permissions of the one that it replaces, where there is one.
fn as_readable(file: &File, replaced: &Path) -> io::Result<()> {
    let Ok(replaced) = fs::metadata(replaced) else { return Ok(()) };
    if file.metadata()?.permissions() == replaced.permissions() {
        return Ok(());
    }
    file.set_permissions(replaced.permissions())
}

/// Tries whether the file could be written, before anybody is asked.
pub(super) fn try_path(path: &Path) -> Result<(), Failure> {
    if path.is_dir() {
        return Err(unwritable(path, &io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")));
    }
    let tried = beside(path).and_then(|(_, beside)| fs::remove_file(beside));
    tried.map_err(|error| unwritable(path, &error))
}

/// Makes the folder in which files are kept.
pub(super) fn make_folder(settings: &Settings) -> Result<(), Failure> {
    let folder = folder(settings);
    fs::create_dir_all(&folder)
        .map_err(|error| Failure::new(Exit::Local, format!("cannot make {}: {error}", folder.display())))
}

/// An empty file in the same folder.
fn beside(path: &Path) -> io::Result<(File, PathBuf)> {
    let name = path.file_name().ok_or_else(|| io::Error::other("it names no file"))?;
    let beside = path.with_file_name(format!(".{}.{}.new", name.to_string_lossy(), std::process::id()));
    Ok((File::create(&beside)?, beside))
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    unwritten(Failure::new(Exit::Local, format!("cannot write {}: {error}", path.display())), path, error)
}

/// What a pull brought.
#[derive(Debug, Clone, Default)]
pub(super) struct Fresh {
    pub(super) tree: Vec<Node>,
    pub(super) attributes: BTreeMap<u64, Vec<CategoryAttribute>>,
    /// Nothing where they were not asked for, or not all of them came.
    pub(super) brands: Option<Vec<String>>,
}

/// What is known after a pull, and which categories left the tree with what they demanded. What was known before stays
/// where nothing fresh came.
pub(super) fn merged(
    known: Option<&Categories>,
    fresh: &Fresh,
    country: Option<Country>,
    now: DateTime<Utc>,
) -> (Categories, Vec<u64>) {
    let of_tree = Categories::new(None, now, fresh.tree.clone(), BTreeMap::new(), None);
    let is_there = |id: &u64| of_tree.path(*id).is_some();
    let pulled_before = || known.into_iter().flat_map(Categories::pulled_categories);
    let gone = pulled_before().filter(|id| !is_there(id)).collect();
    let kept = pulled_before().filter(is_there);
    let mut attributes: BTreeMap<u64, Vec<CategoryAttribute>> =
        kept.filter_map(|id| Some((id, known?.attributes(id)?.to_vec()))).collect();
    let is_renewed = attributes.keys().all(|id| fresh.attributes.contains_key(id))
        && (fresh.brands.is_some() || known.is_none_or(|known| known.brands().is_none()));
    attributes.extend(fresh.attributes.clone());
    let pulled = if is_renewed { now } else { known.map_or(now, Categories::pulled) };
    let brands = fresh.brands.clone().or_else(|| known?.brands().map(<[String]>::to_vec));
    let country = country.map(|country| country.as_str().to_owned());
    let country = country.or_else(|| known?.country().map(str::to_owned));
    (Categories::new(country, pulled, fresh.tree.clone(), attributes, brands), gone)
}

/// Both together: what both tell as the newer one has it, and as old as the older one where that adds something.
pub(super) fn joined(one: Option<Categories>, other: Option<Categories>) -> Option<Categories> {
    let (one, other) = match (one, other) {
        (Some(one), Some(other)) => (one, other),
        (one, other) => return one.or(other),
    };
    let (newer, older) = if one.pulled() >= other.pulled() { (one, other) } else { (other, one) };
    let of = |known: &Categories| -> BTreeMap<u64, _> {
        known.pulled_categories().filter_map(|id| Some((id, known.attributes(id)?.to_vec()))).collect()
    };
    let (mut attributes, newest) = (of(&older), of(&newer));
    let adds_brands = newer.brands().is_none() && older.brands().is_some();
    let adds = adds_brands || attributes.keys().any(|id| !newest.contains_key(id));
    attributes.extend(newest);
    let pulled = if adds { older.pulled() } else { newer.pulled() };
    let country = newer.country().or(older.country()).map(str::to_owned);
    let brands = newer.brands().or(older.brands()).map(<[String]>::to_vec);
    Some(Categories::new(country, pulled, newer.tree().to_vec(), attributes, brands))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use skuload::category::{Input, Level};

    use super::*;

    fn attribute(name: &str) -> CategoryAttribute {
        CategoryAttribute {
            name: name.to_owned(),
            label: String::new(),
            input: Input::Text,
            level: Level::Product,
            mandatory: false,
            variant: None,
            options: Vec::new(),
            local: Vec::new(),
        }
    }

    /// A tree of these leaves; the attributes of those that are written as `NUMBER=NAME`.
    fn fresh(words: &str, brands: Option<&str>) -> Fresh {
        let mut fresh = Fresh { brands: brands.map(|name| vec![name.to_owned()]), ..Fresh::default() };
        for word in words.split(' ') {
            let (id, name) = word.split_once('=').unwrap_or((word, ""));
            let id: u64 = id.parse().unwrap();
            fresh.tree.push(Node { id, name: format!("C{id}"), children: Vec::new() });
            if !name.is_empty() {
                fresh.attributes.insert(id, vec![attribute(name)]);
            }
        }
        fresh
    }

    fn day(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(day)
    }

    /// Pulls on day 1 and on day 9; what is known then, and what is gone.
    #[track_caller]
    fn check(first: &Fresh, second: &Fresh, expect: &str) {
        let (known, _) = merged(None, first, None, day(1));
        let (known, gone) = merged(Some(&known), second, Some(Country::Sg), day(9));
        let kept = known.pulled_categories().map(|id| format!("{id}={}", known.attributes(id).unwrap()[0].name));
        let kept: Vec<String> = kept.collect();
        let brands = known.brands().map(|brands| brands.join(" ")).unwrap_or_default();
        let day = (known.pulled() - DateTime::UNIX_EPOCH).num_days();
        assert_eq!(format!("day {day}: {} [{brands}] gone {gone:?}", kept.join(" ")), expect);
        assert_eq!(known.country(), Some("sg"));
    }

    #[test]
    fn what_did_not_come_again_stays_and_its_age_with_it() {
        check(&fresh("1=a 2=b", None), &fresh("1=c 2=d", None), "day 9: 1=c 2=d [] gone []");
        check(&fresh("1=a 2=b", None), &fresh("1=c 2", None), "day 1: 1=c 2=b [] gone []");
        check(&fresh("1", None), &fresh("1=c 2", Some("Acme")), "day 9: 1=c [Acme] gone []");
        check(&fresh("1=a", Some("Old")), &fresh("1=c", None), "day 1: 1=c [Old] gone []");
    }

    #[test]
    fn what_left_the_tree_is_told() {
        check(&fresh("1=a 2=b", None), &fresh("1=c", None), "day 9: 1=c [] gone [2]");
    }

    /// Pulled on that day of January 1970: what these categories demand, and a brand.
    fn known(day: i64, words: &str, brand: Option<&str>) -> Option<Categories> {
        let pulled: DateTime<Utc> = DateTime::UNIX_EPOCH + TimeDelta::days(day - 1);
        let mut attributes = BTreeMap::new();
        for word in words.split_whitespace() {
            attributes.insert(word.parse().unwrap(), Vec::new());
        }
        let brands = brand.map(|brand| vec![brand.to_owned()]);
        Some(Categories::new(brand.map(str::to_owned), pulled, Vec::new(), attributes, brands))
    }

    #[track_caller]
    fn check_joined(one: Option<Categories>, other: Option<Categories>, expect: &str) {
        for known in [joined(one.clone(), other.clone()), joined(other, one)] {
            let told = known.map(|known| {
                let ids: Vec<String> = known.pulled_categories().map(|id| id.to_string()).collect();
                let brands = known.brands().map(|brands| brands.join(" ")).unwrap_or_default();
                format!("{} {} [{brands}]", known.pulled().format("%d"), ids.join(" "))
            });
            assert_eq!(told.unwrap_or_default(), expect);
        }
    }

    #[test]
    fn what_two_files_know_is_as_old_as_what_the_older_one_adds() {
        check_joined(None, None, "");
        check_joined(known(3, "1", None), None, "03 1 []");
        check_joined(known(3, "1", Some("A")), known(9, "1 2", Some("B")), "09 1 2 [B]");
        check_joined(known(3, "1", Some("A")), known(9, "2", Some("B")), "03 1 2 [B]");
        check_joined(known(3, "", Some("A")), known(9, "2", None), "03 2 [A]");
        check_joined(known(3, "2", None), known(9, "1 2", None), "09 1 2 []");
    }
}
