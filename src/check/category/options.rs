//! The values of a list: which of them is meant by one that is not among them.
//!
//! What is looked for by likeness is made ready once, when the first wrong value is met: most sheets have none.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use crate::column::Alike;

/// In lists of up to so many, a wrong value is looked for more closely.
const SHORT: usize = 1_000;

/// So many letters make it likely that a slip is one.
const SLIP: usize = 3;

/// The values of a list.
#[derive(Debug)]
pub(super) struct Options<'a> {
    /// As the marketplace lists them.
    all: Vec<&'a str>,
    known: HashSet<&'a str>,
    folded: OnceLock<HashMap<String, &'a str>>,
    alike: OnceLock<Alike<'a>>,
}

impl<'a> Options<'a> {
    pub(super) fn of(options: impl Iterator<Item = &'a str>) -> Options<'a> {
        let mut known = HashSet::new();
        let all = options.filter(|option| known.insert(*option)).collect();
        Options { all, known, folded: OnceLock::new(), alike: OnceLock::new() }
    }

    /// All of them, in the marketplace's order.
    pub(super) fn all(&self) -> &[&'a str] {
        &self.all
    }

    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    /// It is one of them, letter by letter.
    pub(super) fn has(&self, text: &str) -> bool {
        self.known.contains(text)
    }

    /// The first that has the same letters, but for case and spaces.
    pub(super) fn same(&self, text: &str) -> Option<&'a str> {
        // Where several have, the first one stays: it is put in last.
        let all = || self.all.iter().rev().map(|option| (folded(option), *option)).collect();
        self.folded.get_or_init(all).get(&folded(text)).copied()
    }

    /// Those that are spelt most like `text`, `count` at most, the nearest first. Of a short list also those that have
    /// it as a word, such as `Int:M` for `M`, and those that one slip of the hand makes of it, such as `Red` for `Rde`.
    pub(super) fn nearest(&self, text: &str, count: usize) -> Vec<&'a str> {
        let near = self.alike.get_or_init(|| Alike::of(&self.all)).nearest(text, count);
        if !near.is_empty() || self.all.len() > SHORT {
            return near;
        }
        let text = folded(text);
        let has_word = |option: &str| option.split(|c: char| !c.is_alphanumeric()).any(|word| folded(word) == text);
        let is_slip = |option: &str| text.chars().count() >= SLIP && strsim::osa_distance(&text, &folded(option)) == 1;
        self.all.iter().copied().filter(|option| has_word(option) || is_slip(option)).take(count).collect()
    }
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_those_that_differ_in_case_alone_the_first_is_meant() {
        let options = Options::of(["no brand", "No Brand", "Acme"].into_iter());
        assert_eq!(options.same("NOBRAND"), Some("no brand"));
        assert_eq!(options.same("No Brands"), None);
    }

    #[test]
    fn of_a_short_list_a_word_and_a_slip_are_found_too() {
        let sizes = ["Int:M", "Int:S", "Int:2XL", "EU:M", "Red", "Tan"];
        let near = |text| Options::of(sizes.into_iter()).nearest(text, 3);
        assert_eq!(near("m"), ["Int:M", "EU:M"]);
        assert_eq!(near("Rde"), ["Red"]);
        assert_eq!(near("Xan"), ["Tan"]);
        assert_eq!(near("Rd"), [""; 0]);
        assert_eq!(near("L"), [""; 0]);
    }

    #[test]
    fn of_a_long_list_the_nearest_are_found() {
        let brands: Vec<String> = (0..5_000).map(|at| format!("Brand {at:05}")).collect();
        let options = Options::of(brands.iter().map(String::as_str));
        assert_eq!(options.nearest("brand-0123", 1), ["Brand 00123"]);
        assert_eq!(options.nearest("Something else altogether", 3), [""; 0]);
    }
}
