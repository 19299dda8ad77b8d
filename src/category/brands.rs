//! The brands that hold a text.

use super::Categories;
use super::find::folded;

impl Categories {
    /// The brands that hold `text`, those that begin with it first; none where they were not asked for.
    ///
    /// Case and white space do not matter, nor how letters are encoded. Every brand holds an empty text.
    #[must_use]
    pub fn brands_holding(&self, text: &str) -> Vec<&str> {
        let text = folded(text);
        let place = |brand: &str| folded(brand).find(&text);
        let all = self.brands().unwrap_or_default();
        let mut found: Vec<(bool, &str)> =
            all.iter().filter_map(|brand| Some((place(brand)? > 0, brand.as_str()))).collect();
        found.sort_by_key(|(is_inside, _)| *is_inside);
        found.into_iter().map(|(_, brand)| brand).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::DateTime;

    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let all = ["Remark", "ASUS", "De'Longhi", "Marks & Co", "Nestlé", "No Brand"].map(str::to_owned);
        let known = Categories::new(None, DateTime::UNIX_EPOCH, Vec::new(), BTreeMap::new(), Some(all.to_vec()));
        assert_eq!(known.brands_holding(text).join("; "), expect);
    }

    #[test]
    fn a_brand_is_found_by_any_part_of_it_and_by_its_beginning_first() {
        check("mark", "Marks & Co; Remark");
        check(" asus ", "ASUS");
        check("long", "De'Longhi");
        check("", "Remark; ASUS; De'Longhi; Marks & Co; Nestlé; No Brand");
        check("xyz", "");
    }

    #[test]
    fn a_brand_is_found_however_its_letters_are_encoded() {
        for text in ["nestl\u{e9}", "NESTLE\u{301}", "Ｎｅｓｔｌ\u{e9}", "tle\u{301}"] {
            check(text, "Nestlé");
        }
        check("marks  &\u{a0}co", "Marks & Co");
    }
}
