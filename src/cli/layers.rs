//! The layers below the flags: `SKULOAD_*` and the settings files, and how layers become one.
//!
//! What each setting means is for `settings`; here is only where it came from, and who has the last word.

use std::collections::{BTreeMap, HashSet};
use std::env;
use std::fs;
use std::io;
use std::path::Path;

use skuload::column::normalised;
use toml::{Table, Value};

use super::exit::{Exit, Failure};
use super::output;
use super::settings::wrong;
use super::sound::{sift, unsound};

/// Settings that are tables: their keys are settings of their own.
pub(super) const TABLES: [&str; 8] = ["map", "set", "pace", "limit", "defaults", "values", "images", "rule"];
/// A nearer layer's word on one of them puts aside a farther layer's on both.
const RIVALS: [&str; 2] = ["shop", "country"];
const NUMBERS: [&str; 6] = ["header-row", "rate", "concurrency", "max-requests", "min-rows", "skus-per-price-update"];
const SWITCHES: [&str; 3] = ["check-images", "fetch-images", "require-images"];
const LISTS: [&str; 3] = ["sheet", "report", "images-hosts"];

/// A shop tells the country too: what the nearest layer says of either is the last word on both.
pub(super) fn settle_rivals(layers: &mut [(String, Table)]) {
    let names_either = |(_, table): &(String, Table)| RIVALS.iter().any(|name| table.contains_key(*name));
    for (_, table) in layers.iter_mut().skip_while(|layer| !names_either(layer)).skip(1) {
        RIVALS.iter().for_each(|name| drop(table.remove(*name)));
    }
}

pub(super) fn merged(layers: &[(String, Table)]) -> BTreeMap<String, (Value, String)> {
    let mut origins: BTreeMap<String, (Value, String)> = BTreeMap::new();
    for (origin, table) in layers {
        for (key, value) in table {
            match value {
                Value::Table(inner) if TABLES.contains(&key.as_str()) => {
                    // A nearer layer may have spelt the same header in another way.
                    let own = format!("{key}.");
                    let nearer = origins.keys().filter_map(|there| there.strip_prefix(&own)).map(normalised);
                    let nearer: HashSet<String> = nearer.collect();
                    for (name, value) in inner.iter().filter(|(name, _)| !nearer.contains(&normalised(name))) {
                        origins.insert(format!("{key}.{name}"), (value.clone(), origin.clone()));
                    }
                }
                value => {
                    origins.entry(key.clone()).or_insert_with(|| (value.clone(), origin.clone()));
                }
            }
        }
    }
    origins
}

/// The file of the working folder, which somebody else may have put there: it must not run commands.
pub(super) fn nearby(path: &Path) -> Result<Option<(String, Table)>, Failure> {
    let layer = file(path)?;
    if layer.as_ref().is_some_and(|(_, table)| table.contains_key("on-finish")) {
        let message = format!("{}: a folder's own file cannot say which command is run (on-finish)", path.display());
        return Err(Failure::new(Exit::Settings, message)
            .help("write on-finish into your own settings file, or name this one with --config"));
    }
    Ok(layer)
}

pub(super) fn file(path: &Path) -> Result<Option<(String, Table)>, Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::new(Exit::Settings, format!("cannot read {}: {error}", path.display()))),
    };
    let table: Table = text.parse().map_err(|error| unsound(path, &text, &error))?;
    let name = path.display().to_string();
    understood(&name, &table)?;
    Ok(Some((name, table)))
}

/// Whether all of a layer can be understood: what cannot is told, the last of it as what ends the command.
fn understood(name: &str, table: &Table) -> Result<(), Failure> {
    let wrong = sift(&mut table.clone()).into_iter();
    let mut wrong: Vec<Failure> =
        wrong.map(|failure| Failure { message: format!("{name}: {}", failure.message), ..failure }).collect();
    let Some(last) = wrong.pop() else { return Ok(()) };
    for failure in &wrong {
        output::failure(failure);
    }
    Err(last)
}

#[expect(clippy::disallowed_methods, reason = "cli is where the environment is read")]
pub(super) fn environment() -> Result<Table, Failure> {
    let mut table = Table::new();
    for (name, value) in env::vars_os() {
        let name = name.to_string_lossy();
        let Some(key) = name.strip_prefix("SKULOAD_") else { continue };
        let value = value.into_string().map_err(|_| {
            Failure::new(Exit::Settings, format!("{name} in the environment is no UTF-8 text")).help("set it anew")
        })?;
        let key = key.to_lowercase().replace('_', "-");
        let (outer, inner) = match key.split_once('-') {
            Some((table @ ("pace" | "images"), inner)) => (table.to_owned(), Some(inner.to_owned())),
            _ => (key.clone(), None),
        };
        let is_number = (outer == "pace" && inner.is_some()) || NUMBERS.contains(&key.as_str());
        let value = if is_number {
            let parsed: Table = format!("value = {value}")
                .parse()
                .map_err(|_| Failure::new(Exit::Settings, format!("{name}: `{value}` is no number")))?;
            parsed.get("value").cloned().unwrap_or(Value::String(value))
        } else if SWITCHES.contains(&key.as_str()) {
            let is_on = value.parse::<bool>().map_err(|_| wrong(&key, &value, "true or false"))?;
            Value::Boolean(is_on)
        } else if LISTS.contains(&key.as_str()) {
            Value::Array(vec![Value::String(value)])
        } else {
            Value::String(value)
        };
        match inner {
            Some(inner) => {
                let entry = table.entry(outer).or_insert_with(|| Value::Table(Table::new()));
                if let Value::Table(inner_table) = entry {
                    inner_table.insert(inner, value);
                }
            }
            None => {
                table.insert(outer, value);
            }
        }
    }
    understood("SKULOAD_* in the environment", &table)?;
    Ok(table)
}
