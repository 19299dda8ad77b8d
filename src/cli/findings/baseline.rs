//! What a former check found: the same findings again are no news.
//!
//! A finding is the same where its rule, field, seller SKU, value and message are, wherever its row has moved to. Each
//! old one excuses one new one, unless that is graver: a warning that has become an error is news.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};
use skuload::finding::{Finding, Severity};

use super::super::exit::{Exit, Failure};
use super::Standing;

/// The findings of a former check that were not met again so far.
pub(in super::super) struct Baseline {
    /// How often each occurred, by its file where that is one of the sheets now, and by its severity.
    left: HashMap<Key, BTreeMap<Severity, u64>>,
    /// The sheets of the former check.
    files: HashSet<String>,
}

/// What a finding is known by.
type Key = [u8; 16];

/// A line of a former output. Kinds and members that are not known here do not matter.
#[derive(Deserialize)]
struct Line {
    v: u64,
    kind: String,
    file: Option<String>,
    rule: Option<String>,
    severity: Option<String>,
    field: Option<String>,
    seller_sku: Option<String>,
    value: Option<String>,
    message: Option<String>,
}

impl Baseline {
    /// Reads a former output of `check --format json`, for a check of these `sheets`.
    ///
    /// Of a sheet that it knows by name, its own findings count; of one that it does not know, which may have got
    /// another name, those of the sheets that are not checked now.
    pub(in super::super) fn read(path: &Path, sheets: &[String]) -> Result<Baseline, Failure> {
        let failure = |error: std::io::Error| {
            Failure::new(Exit::Input, format!("cannot read the baseline {}: {error}", path.display()))
                .help("write it with: skuload check FILE --format json > OLD.jsonl")
        };
        let mut baseline = Baseline { left: HashMap::new(), files: HashSet::new() };
        let lines = BufReader::new(File::open(path).map_err(failure)?).lines();
        let mut has_summary = false;
        for (number, line) in (1..).zip(lines) {
            let line = line.map_err(failure)?;
            let text = line.trim_start_matches('\u{feff}').trim();
            if text.is_empty() {
                continue;
            }
            let line: Line = serde_json::from_str(text).map_err(|_| foreign(path, number))?;
            if line.v != 1 {
                let message = format!("the baseline {} was written by a later skuload", path.display());
                return Err(Failure::new(Exit::Input, message).help("use that one, or write the baseline anew"));
            }
            has_summary |= line.kind == "summary";
            baseline.add(line, sheets).ok_or_else(|| foreign(path, number))?;
        }
        if !has_summary {
            let message = format!("the baseline {} is not whole: no summary stands at its end", path.display());
            let help = "write it anew, and to another file than the one that --baseline names";
            return Err(Failure::new(Exit::Input, message).help(help));
        }
        Ok(baseline)
    }

    /// Takes a line; nothing where a finding lacks what every finding has.
    fn add(&mut self, line: Line, sheets: &[String]) -> Option<()> {
        if let Some(file) = &line.file {
            self.files.insert(file.clone());
        }
        if line.kind != "finding" {
            return Some(());
        }
        let severity = Severity::named(&line.severity?)?;
        let file = line.file?;
        let file = sheets.contains(&file).then_some(file.as_str());
        let key = key(&[
            file.unwrap_or_default(),
            &line.rule?,
            line.field.as_deref().unwrap_or_default(),
            line.seller_sku.as_deref().unwrap_or_default(),
            line.value.as_deref().unwrap_or_default(),
            &placeless(&line.message?),
        ]);
        *self.left.entry(key).or_default().entry(severity).or_insert(0) += 1;
        Some(())
    }

    /// Whether the former check had it, at least as grave; one that it had is used up.
    pub(super) fn standing(&mut self, finding: &Finding) -> Standing {
        let file = &*finding.location.file;
        let key = key(&[
            if self.files.contains(file) { file } else { "" },
            finding.rule.name(),
            finding.field.as_deref().unwrap_or_default(),
            finding.seller_sku.as_deref().unwrap_or_default(),
            finding.value.as_deref().unwrap_or_default(),
            &placeless(&finding.message),
        ]);
        // The least grave that will do, so that the others are left for what needs them.
        let same = self.left.get_mut(&key);
        let mut excuses = same.into_iter().flat_map(|left| left.range_mut(finding.severity..));
        match excuses.find_map(|(_, left)| (*left > 0).then_some(left)) {
            Some(left) => {
                *left -= 1;
                Standing::Known
            }
            None => Standing::New,
        }
    }
}

fn foreign(path: &Path, line: u64) -> Failure {
    let message = format!("{} is no output of skuload check --format json: see its line {line}", path.display());
    Failure::new(Exit::Input, message).help("write it with: skuload check FILE --format json > OLD.jsonl")
}

/// Parts that may hold anything, told apart by their lengths.
fn key(parts: &[&str]) -> Key {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let mut key = Key::default();
    key.copy_from_slice(&hash.finalize()[..16]);
    key
}

/// A message without the places in it, which move when rows and columns do: `H14`, `row 12`, `rows 3, 4 and 5`,
/// `column AG`. What stands between backticks is the merchant's own.
pub(super) fn placeless(message: &str) -> String {
    let mut text = String::new();
    for (at, part) in message.split('`').enumerate() {
        if at > 0 {
            text.push('`');
        }
        if at % 2 == 0 { text.push_str(&without_places(part)) } else { text.push_str(part) }
    }
    text
}

fn without_places(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let mut kept: Vec<String> = Vec::new();
    // What a list of numbers or letters counts.
    let mut listed: Option<fn(&str) -> bool> = None;
    for word in words {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let is_link = matches!(bare, "and" | "" | "again" | "on" | "to");
        match listed {
            Some(is_place) if is_place(bare) => kept.push(word.replacen(bare, "#", 1)),
            _ if is_cell(bare) => kept.push(word.replacen(bare, "#", 1)),
            _ => {
                if !is_link {
                    listed = match bare {
                        "row" | "rows" | "line" | "lines" => Some(is_number),
                        "column" | "columns" => Some(is_column),
                        _ => None,
                    };
                }
                kept.push(word.to_owned());
            }
        }
    }
    kept.join(" ")
}

/// `H14`, also behind a sheet's name and `!`.
fn is_cell(word: &str) -> bool {
    let cell = word.rsplit('!').next().unwrap_or(word);
    let letters = cell.bytes().take_while(u8::is_ascii_uppercase).count();
    (1..=3).contains(&letters) && is_number(&cell[letters..])
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_column(word: &str) -> bool {
    (1..=3).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::placeless;

    #[test]
    fn a_message_says_the_same_wherever_its_row_stands() {
        for (message, expect) in [
            ("special price 129.00 is not below the price 99.00", ""),
            ("column AG means the same field as column K", "column # means the same field as column #"),
            (
                "seller SKU `row 8` stands on row 8 and again on row 9",
                "seller SKU `row 8` stands on row # and again on row #",
            ),
            ("row 11 is equal to row 10 in every cell", "row # is equal to row # in every cell"),
            ("brand is `A4` here and `B` in L52, on rows of one", "brand is `A4` here and `B` in #, on rows of one"),
            ("rows 3, 4 and 5 hold 7 words", "rows #, # and # hold 7 words"),
            ("it is in Products!H14", "it is in #"),
        ] {
            assert_eq!(placeless(message), if expect.is_empty() { message } else { expect });
        }
    }
}
