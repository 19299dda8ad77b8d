//! What must hold between `headers.json`, `attributes.json` and the sheets written here.
//!
//! The data is read by `column`; that no spelling has two meanings is made sure of before it is.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::sheet::Outcome;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Headers {
    fields: BTreeMap<String, Vec<String>>,
    attributes: BTreeMap<String, Vec<String>>,
    skip: Vec<String>,
    ignored: Vec<String>,
    /// Spellings that are a unit themselves, and the field with that unit.
    measured: BTreeMap<String, String>,
    /// Spellings that two fields share on purpose, with the readings of each: name and meaning.
    ambiguous: BTreeMap<String, Vec<(String, String)>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attribute {
    name: String,
    level: Level,
    variant: bool,
    #[serde(rename = "text")]
    _text: Text,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Level {
    Product,
    Sku,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Text {
    Short,
    Rich,
}

/// Checks the data in `folder`, and that each of `used` has one meaning.
pub(crate) fn check(folder: &Path, used: impl Iterator<Item = &'static str>) -> Outcome {
    let headers: Headers = serde_json::from_str(&fs::read_to_string(folder.join("headers.json"))?)?;
    let attributes: Vec<Attribute> = serde_json::from_str(&fs::read_to_string(folder.join("attributes.json"))?)?;
    let meanings = meanings(&headers, &attributes)?;
    for header in used {
        if !meanings.contains_key(&normalised(header)) {
            return Err(format!("header `{header}` of a sample has no meaning").into());
        }
    }
    Ok(())
}

/// What each spelling means, by its normal form.
fn meanings<'a>(
    headers: &'a Headers,
    attributes: &'a [Attribute],
) -> Result<BTreeMap<String, &'a str>, Box<dyn Error>> {
    let shared: Vec<String> = headers.ambiguous.keys().map(|spelling| normalised(spelling)).collect();
    let mut meanings: BTreeMap<String, &str> = BTreeMap::new();
    let mut claim = |spelling: &str, meaning: &'a str| match meanings.insert(normalised(spelling), meaning) {
        Some(other) if other != meaning && !shared.contains(&normalised(spelling)) => {
            Err(format!("`{spelling}` means both {other} and {meaning}"))
        }
        Some(_) if !shared.contains(&normalised(spelling)) => {
            Err(format!("`{spelling}` of {meaning} stands there twice"))
        }
        Some(_) | None => Ok(()),
    };
    for (meaning, spellings) in headers.fields.iter().chain(&headers.attributes) {
        spellings.iter().try_for_each(|spelling| claim(spelling, meaning))?;
    }
    headers.skip.iter().try_for_each(|spelling| claim(spelling, "skip"))?;
    headers.ignored.iter().try_for_each(|spelling| claim(spelling, "ignored"))?;
    headers.measured.iter().try_for_each(|(spelling, field)| claim(spelling, field))?;
    for name in headers.fields.keys().filter(|name| *name != "product_id") {
        if meanings.get(&normalised(name)).is_none_or(|meaning| meaning != name) {
            return Err(format!("the field {name} is not among its own spellings").into());
        }
    }
    for Attribute { name, level, variant, .. } in attributes {
        if meanings.insert(normalised(name), name).is_some_and(|other| other != name) {
            return Err(format!("the attribute {name} is a spelling of something else").into());
        }
        if *variant && *level == Level::Product {
            return Err(format!("the attribute {name} cannot tell variants apart on the product").into());
        }
    }
    for name in headers.attributes.keys() {
        if !attributes.iter().any(|attribute| attribute.name == *name) {
            return Err(format!("the attribute {name} is not in attributes.json").into());
        }
    }
    Ok(meanings)
}

/// Case, white space, `_`, `-` and `*` do not matter in a header.
fn normalised(header: &str) -> String {
    let counts = |c: &char| !c.is_whitespace() && !matches!(c, '_' | '-' | '*');
    header.chars().filter(counts).flat_map(char::to_lowercase).collect()
}
