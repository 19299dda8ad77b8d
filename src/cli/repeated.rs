//! The same finding at many cells: for people the first few are told whole, the others are counted.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use skuload::finding::Finding;
use skuload::location::{Location, column_letters};

/// So many of a kind are told whole.
const WHOLE: u64 = 3;

/// So many rows are named of those that are only counted, and the last.
const NAMED: usize = 3;

/// Beyond so many kinds every finding of a new kind is told.
const MOST_KINDS: usize = 10_000;

/// What is said to people of a finding.
pub(super) enum Said {
    Whole(Finding),
    /// Later, among those of its kind.
    Later,
}

/// Findings by kind: the same rule, in the same column, with the same message but for the values in it.
#[derive(Default)]
pub(super) struct Repeated {
    places: HashMap<u64, usize>,
    kinds: Vec<Kind>,
}

/// One kind of finding.
#[derive(Default)]
struct Kind {
    count: u64,
    /// The first that was not told whole.
    first: Option<Finding>,
    rows: Vec<u32>,
    last: u32,
}

impl Repeated {
    /// Takes a finding in the order of the sheet.
    pub(super) fn take(&mut self, finding: Finding) -> Said {
        let key = kind_of(&finding);
        let is_full = self.kinds.len() >= MOST_KINDS;
        let at = match self.places.get(&key) {
            Some(at) => *at,
            None if is_full => return Said::Whole(finding),
            None => {
                self.places.insert(key, self.kinds.len());
                self.kinds.push(Kind::default());
                self.kinds.len() - 1
            }
        };
        let kind = &mut self.kinds[at];
        kind.count += 1;
        if kind.count <= WHOLE {
            return Said::Whole(finding);
        }
        kind.last = finding.location.row;
        if kind.rows.len() < NAMED {
            kind.rows.push(kind.last);
        }
        kind.first.get_or_insert(finding);
        Said::Later
    }

    /// Those that were not told whole, in the order in which their kinds began; with the finding that stands for them
    /// the words that take the place of its message. One that is alone needs no such words.
    pub(super) fn rest(self) -> impl Iterator<Item = (Finding, Option<String>)> {
        self.kinds.into_iter().filter_map(|kind| {
            let more = kind.count.saturating_sub(WHOLE);
            let words = (more > 1).then(|| kind.words(more));
            Some((kind.first?, words))
        })
    }
}

impl Kind {
    fn words(&self, more: u64) -> String {
        let place = self.first.as_ref().map(|finding| &finding.location);
        let column =
            place.and_then(|place| place.column).map(|column| format!(" in column {}", column_letters(column)));
        let mut rows: Vec<String> = self.rows.iter().map(ToString::to_string).collect();
        if more as usize > NAMED + 1 {
            rows.push("...".to_owned());
        }
        if more as usize > NAMED {
            rows.push(self.last.to_string());
        }
        format!("and {more} more{} (rows {})", column.unwrap_or_default(), rows.join(", "))
    }
}

fn kind_of(finding: &Finding) -> u64 {
    let Location { file, sheet, column, .. } = &finding.location;
    let value = finding.value.as_deref().map(str::trim).filter(|value| !value.is_empty());
    let message = value.map_or_else(|| finding.message.clone(), |value| finding.message.replace(value, ""));
    let mut hasher = DefaultHasher::new();
    (finding.rule, file, sheet, column, shape(&message)).hash(&mut hasher);
    hasher.finish()
}

/// A message without what stands between backticks, and without numbers.
fn shape(message: &str) -> String {
    let parts = message.split('`').enumerate();
    let outside = parts.filter(|(at, _)| at % 2 == 0).flat_map(|(_, part)| part.chars());
    outside.filter(|c| !c.is_ascii_digit()).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use skuload::finding::Rule;

    use super::*;

    fn finding(row: u32, value: &str, message: &str) -> Finding {
        let location = Location { file: Arc::from("s.csv"), sheet: None, row, line: None, column: Some(8) };
        let mut finding = Finding::new(Rule::InvalidPrice, location).message(message);
        finding.value = Some(value.to_owned());
        finding
    }

    /// How many of these are told whole, and what is said of the others.
    fn told(findings: impl Iterator<Item = Finding>) -> (usize, Vec<String>) {
        let mut repeated = Repeated::default();
        let whole = findings.filter(|finding| matches!(repeated.take(finding.clone()), Said::Whole(_))).count();
        (whole, repeated.rest().map(|(finding, words)| words.unwrap_or(finding.message)).collect())
    }

    fn prices(rows: std::ops::Range<u32>) -> impl Iterator<Item = Finding> {
        rows.map(|row| finding(row, &format!("free {row}"), &format!("`free {row}` is no price")))
    }

    #[test]
    fn the_first_of_a_kind_are_told_whole_and_the_others_counted() {
        assert_eq!(told(prices(2..5)), (3, vec![]));
        assert_eq!(told(prices(2..6)), (3, vec!["`free 5` is no price".to_owned()]));
        assert_eq!(told(prices(2..8)), (3, vec!["and 3 more in column H (rows 5, 6, 7)".to_owned()]));
        assert_eq!(told(prices(2..9)), (3, vec!["and 4 more in column H (rows 5, 6, 7, 8)".to_owned()]));
        assert_eq!(told(prices(2..280)), (3, vec!["and 275 more in column H (rows 5, 6, 7, ..., 279)".to_owned()]));
    }

    #[test]
    fn another_message_is_another_kind() {
        let other = (2..5).map(|row| finding(row, "x", "the cell has two prices"));
        assert_eq!(told(prices(2..5).chain(other)), (6, vec![]));
    }
}
