//! The same finding at many cells: for people the first few are told whole, the others are counted, those with another
//! message apart.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use skuload::finding::Finding;
use skuload::location::{Location, column_letters};

use super::output::{counted, grouped};

/// So many of a kind are told whole.
const WHOLE: u64 = 3;

/// So many stretches of rows are named of those that are only counted.
const NAMED: usize = 3;

/// So many messages of a kind are named.
const SAYINGS: usize = 5;

/// Beyond so many kinds every finding of a new kind is told.
const MOST_KINDS: usize = 10_000;

/// Beyond so many messages, those of all kinds together, new ones are only counted but for the first of each kind.
const MOST_SAYINGS: usize = 10_000;

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
    sayings: usize,
}

/// One kind of finding.
#[derive(Default)]
struct Kind {
    count: u64,
    /// The first that was not told whole.
    first: Option<Finding>,
    rows: Rows,
    /// Message and help of those that were told whole.
    whole: Vec<(String, String)>,
    /// What those say that were not, in the order of the sheet.
    sayings: Vec<Saying>,
    places: HashMap<String, usize>,
    /// Those that say what no room was left for.
    others: u64,
}

/// Findings that say the same.
struct Saying {
    message: String,
    help: String,
    count: u64,
    rows: Rows,
}

/// What is left to tell of a kind.
pub(super) struct More {
    /// The one that stands for it.
    pub(super) finding: Finding,
    /// What takes the place of its message; one that is alone needs no such words.
    pub(super) words: Option<String>,
    /// What the findings say, where that differs.
    pub(super) lines: Vec<String>,
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
            kind.whole.push((finding.message.clone(), finding.help.clone()));
            return Said::Whole(finding);
        }
        kind.rows.add(finding.location.row);
        let before = kind.sayings.len();
        kind.hear(&finding, before < SAYINGS || self.sayings < MOST_SAYINGS);
        self.sayings += kind.sayings.len() - before;
        kind.first.get_or_insert(finding);
        Said::Later
    }

    /// Those that were not told whole, in the order in which their kinds began.
    pub(super) fn rest(self) -> impl Iterator<Item = More> {
        self.kinds.into_iter().filter_map(|mut kind| {
            let more = kind.count.saturating_sub(WHOLE);
            let finding = kind.first.take()?;
            if more == 1 {
                return Some(More { finding, words: None, lines: Vec::new() });
            }
            let column = finding.location.column.map(|column| format!(" in column {}", column_letters(column)));
            let words = format!("and {} more{} ({})", grouped(more), column.unwrap_or_default(), kind.rows.words());
            Some(More { finding, words: Some(words), lines: kind.lines() })
        })
    }
}

impl Kind {
    fn hear(&mut self, finding: &Finding, has_room: bool) {
        let row = finding.location.row;
        if let Some(at) = self.places.get(&finding.message) {
            self.sayings[*at].count += 1;
            self.sayings[*at].rows.add(row);
        } else if has_room {
            self.places.insert(finding.message.clone(), self.sayings.len());
            let mut rows = Rows::default();
            rows.add(row);
            let (message, help) = (finding.message.clone(), finding.help.clone());
            self.sayings.push(Saying { message, help, count: 1, rows });
        } else {
            self.others += 1;
        }
    }

    /// What the findings say, the most frequent first; nothing where all say what was told already.
    fn lines(&self) -> Vec<String> {
        let is_told = |saying: &Saying| self.whole.iter().any(|(message, _)| *message == saying.message);
        let mut advised: Vec<&str> = self.whole.iter().map(|(_, help)| help.as_str()).collect();
        if self.others == 0 && self.sayings.len() == 1 && self.sayings.iter().all(is_told) {
            return Vec::new();
        }
        let mut sayings: Vec<&Saying> = self.sayings.iter().collect();
        // Equally frequent ones stay in the order of the sheet.
        sayings.sort_by_key(|saying| std::cmp::Reverse(saying.count));
        let mut lines = Vec::new();
        for saying in sayings.iter().take(SAYINGS) {
            lines.push(format!("{} ({})", saying.message, saying.rows.words()));
            if !is_told(saying) && !advised.contains(&saying.help.as_str()) {
                advised.push(&saying.help);
                lines.push(format!("  help: {}", saying.help));
            }
        }
        let left = sayings.len().saturating_sub(SAYINGS) as u64;
        let values = |count: u64| counted(count, "more value", "more values");
        let cells = |count: u64| counted(count, "more cell", "more cells");
        match (left, self.others) {
            (0, 0) => {}
            (left, 0) => lines.push(format!("... and {}", values(left))),
            (0, others) => lines.push(format!("... and other values in {}", cells(others))),
            (left, others) => lines.push(format!("... and {}, and others in {}", values(left), cells(others))),
        }
        lines
    }
}

/// Rows in the order of the sheet: the first stretches, and how many come behind them.
#[derive(Default)]
struct Rows {
    stretches: Vec<(u32, u32)>,
    more: u64,
    last: u32,
}

impl Rows {
    fn add(&mut self, row: u32) {
        if row == self.last {
            // Its cell has it twice.
            return;
        }
        let is_next = self.last.checked_add(1) == Some(row) && self.more == 0;
        self.last = row;
        let has_room = self.stretches.len() < NAMED;
        match self.stretches.last_mut() {
            Some((_, end)) if is_next => *end = row,
            Some(_) | None if has_room => self.stretches.push((row, row)),
            Some(_) | None => self.more += 1,
        }
    }

    /// `rows 2, 5-9 and 31 more`
    fn words(&self) -> String {
        let is_one = self.more == 0 && matches!(self.stretches[..], [(start, end)] if start == end);
        let named: Vec<String> = self.stretches.iter().map(|(start, end)| stretch(*start, *end)).collect();
        let more = if self.more == 0 { String::new() } else { format!(" and {} more", self.more) };
        format!("{} {}{more}", if is_one { "row" } else { "rows" }, named.join(", "))
    }
}

fn stretch(start: u32, end: u32) -> String {
    if start == end { start.to_string() } else { format!("{start}-{end}") }
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
        let told = |more: More| [vec![more.words.unwrap_or(more.finding.message)], more.lines].concat();
        (whole, repeated.rest().flat_map(told).collect())
    }

    /// Cells that say the same.
    fn same(rows: std::ops::Range<u32>, value: &str) -> Vec<Finding> {
        rows.map(|row| finding(row, value, &format!("`{value}` is no price"))).collect()
    }

    #[track_caller]
    fn check(findings: Vec<Finding>, whole: usize, expect: &[&str]) {
        let (told_whole, lines) = told(findings.into_iter());
        assert_eq!((told_whole, lines), (whole, expect.iter().map(|line| (*line).to_owned()).collect()));
    }

    #[test]
    fn the_first_of_a_kind_are_told_whole_and_the_others_counted() {
        check(same(2..5, "free"), 3, &[]);
        check(same(2..6, "free"), 3, &["`free` is no price"]);
        check(same(2..8, "free"), 3, &["and 3 more in column H (rows 5-7)"]);
        let apart = [2, 4, 6, 8, 9, 12, 20, 21, 30].map(|row| same(row..row + 1, "free")).concat();
        check(apart, 3, &["and 6 more in column H (rows 8-9, 12, 20-21 and 1 more)"]);
    }

    #[test]
    fn another_value_is_told_apart_and_the_most_frequent_first() {
        let mixed = [same(2..6, "free"), same(6..8, "tba"), same(8..40, "free"), same(40..41, "tba")].concat();
        check(
            mixed,
            3,
            &[
                "and 36 more in column H (rows 5-40)",
                "`free` is no price (rows 5, 8-39)",
                "`tba` is no price (rows 6-7, 40)",
            ],
        );
        let mut hinted = [same(2..6, "free"), same(6..8, "9 9"), same(8..9, "9,9")].concat();
        hinted[4..].iter_mut().for_each(|finding| finding.help = "write 9.90".to_owned());
        check(
            hinted,
            3,
            &[
                "and 4 more in column H (rows 5-8)",
                "`9 9` is no price (rows 6-7)",
                "  help: write 9.90",
                "`free` is no price (row 5)",
                "`9,9` is no price (row 8)",
            ],
        );
    }

    #[test]
    fn one_other_value_behind_those_told_whole_is_not_hidden() {
        let two = [same(2..5, "free"), same(5..40, "tba")].concat();
        check(two, 3, &["and 35 more in column H (rows 5-39)", "`tba` is no price (rows 5-39)"]);
    }

    #[test]
    fn of_many_values_the_first_are_named_and_the_others_counted() {
        let many = |last: u32| (2..last).flat_map(|row| same(row..row + 1, &format!("free {row}"))).collect::<Vec<_>>();
        let lines = |last: u32| told(many(last).into_iter()).1;
        assert_eq!(lines(11).last().unwrap(), "... and 1 more value");
        assert_eq!(lines(22).last().unwrap(), "... and 12 more values");
        assert_eq!(lines(22).len(), 1 + SAYINGS + 1);
        let whole = MOST_SAYINGS as u32 + 5;
        assert_eq!(
            lines(whole + 7).last().unwrap(),
            &format!("... and {} more values, and others in 7 more cells", grouped((MOST_SAYINGS - SAYINGS) as u64))
        );
        let mut other = finding(9, "x", "the cell has two prices");
        other.location.column = Some(3);
        let two = (0..5).map(|row| Finding { message: format!("message {row}"), ..other.clone() });
        assert!(told(many(whole).into_iter().chain(two)).1.contains(&"message 3 (row 9)".to_owned()));
    }

    #[test]
    fn another_message_is_another_kind() {
        let other = (2..5).map(|row| finding(row, "x", "the cell has two prices")).collect();
        check([same(2..5, "free"), other].concat(), 6, &[]);
    }
}
