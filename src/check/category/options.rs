//! The values of a list: which of them is meant by one that is not among them.
//!
//! What is looked for by likeness is made ready once, when the first wrong value is met: most sheets have none.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use crate::column::Alike;

/// The values of a list.
#[derive(Debug)]
pub(super) struct Options<'a> {
    known: HashSet<&'a str>,
    sorted: OnceLock<Vec<&'a str>>,
    folded: OnceLock<HashMap<String, &'a str>>,
    alike: OnceLock<Alike<'a>>,
}

impl<'a> Options<'a> {
    pub(super) fn of(options: impl Iterator<Item = &'a str>) -> Options<'a> {
        let (sorted, folded, alike) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Options { known: options.collect(), sorted, folded, alike }
    }

    /// All of them, in order.
    pub(super) fn all(&self) -> &[&'a str] {
        self.sorted.get_or_init(|| {
            let mut sorted: Vec<&str> = self.known.iter().copied().collect();
            sorted.sort_unstable();
            sorted
        })
    }

    pub(super) fn count(&self) -> usize {
        self.known.len()
    }

    /// It is one of them, letter by letter.
    pub(super) fn has(&self, text: &str) -> bool {
        self.known.contains(text)
    }

    /// The first that has the same letters, but for case and spaces.
    pub(super) fn same(&self, text: &str) -> Option<&'a str> {
        // Where several have, the first one stays: it is put in last.
        let all = || self.all().iter().rev().map(|option| (folded(option), *option)).collect();
        self.folded.get_or_init(all).get(&folded(text)).copied()
    }

    /// Those that are spelt most like `text`, `count` at most, the nearest first.
    pub(super) fn nearest(&self, text: &str, count: usize) -> Vec<&'a str> {
        self.alike.get_or_init(|| Alike::of(self.all())).nearest(text, count)
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
        assert_eq!(options.same("NOBRAND"), Some("No Brand"));
        assert_eq!(options.same("No Brands"), None);
    }

    #[test]
    fn of_a_long_list_the_nearest_are_found() {
        let brands: Vec<String> = (0..5_000).map(|at| format!("Brand {at:05}")).collect();
        let options = Options::of(brands.iter().map(String::as_str));
        assert_eq!(options.nearest("brand-0123", 1), ["Brand 00123"]);
        assert_eq!(options.nearest("Something else altogether", 3), [""; 0]);
    }
}
