//! A category as a merchant writes it: its name, its path, or the last parts of that.
//!
//! Case and white space do not matter, nor how letters are encoded. The rule it keeps: a text that fits several
//! categories is not guessed at, whether they hold products or not, nor is one whose number and name disagree. Only a
//! whole path, from the top down, means its own category before those whose paths end alike.

use std::collections::{HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;

use super::{Categories, Node};

/// What a text stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    /// This category.
    One(u64),
    /// Several fit, by number.
    Several(Vec<u64>),
    /// None does; those that are spelt most like it, three at most.
    Nothing(Vec<u64>),
}

/// What may stand between the names of a path; a name may hold it too.
const MARKS: [char; 4] = ['>', '/', '»', '|'];

/// Between the parts of a name in [`Index::names`]: no text holds it.
const GAP: &str = "\u{1}";

/// How many near ones are named.
const NAMED: usize = 3;

/// How much two names must be alike for one to be suggested for the other.
const NEAR: f64 = 0.6;

/// How much a name counts as alike that holds the words of the other.
const HOLDS: f64 = 0.7;

/// How much it counts that one word is the beginning or the end of another: `phone` and `smartphone`.
const PART: f64 = 0.8;

/// So many letters make a part of a word tell something.
const SHORTEST_PART: usize = 4;

/// How much a word counts that a category above has.
const ABOVE: f64 = 0.5;

/// How much more a name counts whose head is that of the other: `Feature Phones` are phones, `Phone Cases` are not.
const HEAD: f64 = 0.25;

/// What stands behind these is not what is sold: `Bags for Women` are bags.
const BEHIND: [&str; 2] = ["for", "with"];

/// Words that tell nothing of what is sold.
const IDLE: [&str; 8] = ["and", "for", "of", "other", "others", "the", "with", "its"];

/// Categories by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    /// By the text as most sheets have it: a name that only one has, or a whole path.
    exact: HashMap<String, u64>,
    /// By name, its parts joined by [`GAP`].
    names: HashMap<String, Vec<u64>>,
    /// How many parts a name has at most.
    longest: usize,
    /// Every category.
    all: Vec<Named>,
}

/// A category with its folded name, and what that tells.
#[derive(Debug, Clone)]
struct Named {
    id: u64,
    name: String,
    told: Told,
}

/// The words of a text that tell something, in the singular, and the one among them that says what is sold.
#[derive(Debug, Clone)]
struct Told {
    words: Vec<String>,
    head: Option<String>,
}

impl Index {
    pub(super) fn of(categories: &Categories) -> Index {
        let mut index = Index::default();
        let mut twice = HashSet::new();
        index.add(categories.tree(), "", &mut twice);
        index.exact.retain(|text, _| !twice.contains(text));
        // A name says less than a path: it must mean one category whatever it is held beside.
        let names: Vec<(String, u64)> = index.exact.iter().map(|(text, id)| (text.clone(), *id)).collect();
        for (text, id) in names {
            if index.fitting(&text, categories) != Sought::One(id) {
                index.exact.remove(&text);
            }
        }
        index
    }

    fn add(&mut self, nodes: &[Node], above: &str, twice: &mut HashSet<String>) {
        for node in nodes {
            let path = if above.is_empty() { node.name.clone() } else { format!("{above} > {}", node.name) };
            let texts = if above.is_empty() { vec![path.clone()] } else { vec![path.clone(), node.name.clone()] };
            for text in texts {
                if self.exact.insert(text.clone(), node.id).is_some_and(|other| other != node.id) {
                    twice.insert(text);
                }
            }
            let parts = parts(&node.name);
            if !parts.is_empty() {
                self.longest = self.longest.max(parts.len());
                let same = self.names.entry(parts.join(GAP)).or_default();
                if !same.contains(&node.id) {
                    same.push(node.id);
                }
                self.all.push(Named { id: node.id, name: parts.join(" "), told: Told::of(&parts) });
            }
            self.add(&node.children, &path, twice);
        }
    }

    /// What a text stands for; nothing is suggested.
    fn fitting(&self, text: &str, categories: &Categories) -> Sought {
        let sought = parts(text);
        let mut fits: Vec<u64> = Vec::new();
        for length in 1..=self.longest.min(sought.len()) {
            let same = self.names.get(&sought[sought.len() - length..].join(GAP));
            fits.extend(same.into_iter().flatten().filter(|id| ends(&categories.line(**id), &sought)));
        }
        fits.sort_unstable();
        fits.dedup();
        let one = |ids: Vec<u64>| <[u64; 1]>::try_from(ids).ok().map(|[id]| id);
        let is_whole = |id: &u64| {
            let line = categories.line(*id);
            line.len() > 1 && line.iter().flat_map(|node| parts(&node.name)).eq(sought.iter().cloned())
        };
        let whole = fits.iter().copied().filter(is_whole).collect();
        if let Some(id) = one(fits.clone()).or_else(|| one(whole)) {
            return Sought::One(id);
        }
        if fits.is_empty() { Sought::Nothing(Vec::new()) } else { Sought::Several(fits) }
    }

    /// Those that are spelt most like `text` or share its words, the nearest first.
    fn nearest(&self, text: &str, categories: &Categories) -> Vec<u64> {
        let sought = parts(text);
        let Some(last) = sought.last() else { return Vec::new() };
        let whole = sought.join(" ");
        let wanted = Told::of(&sought);
        let mut near: Vec<(f64, f64, u64)> = Vec::new();
        for Named { id, name, told: own } in &self.all {
            let by_letters = Some(likeness(&whole, name).max(likeness(last, name))).filter(|score| *score >= NEAR);
            let shares = wanted.words.iter().any(|word| kinship(word, &own.words) > 0.0);
            if by_letters.is_none() && !shares {
                continue;
            }
            let path: Vec<String> = categories.line(*id).iter().flat_map(|node| parts(&node.name)).collect();
            let path = path.join(" ");
            let by_words = if shares { shared(&wanted, own, &words(&path)) } else { 0.0 };
            let score = by_letters.unwrap_or(0.0).max(by_words);
            near.push((score, strsim::normalized_damerau_levenshtein(&whole, &path), *id));
        }
        let is_leaf = |id: u64| categories.is_leaf(id);
        near.sort_by(|a, b| {
            let by_name = b.0.total_cmp(&a.0).then_with(|| is_leaf(b.2).cmp(&is_leaf(a.2)));
            by_name.then_with(|| b.1.total_cmp(&a.1)).then_with(|| a.2.cmp(&b.2))
        });
        near.into_iter().map(|(_, _, id)| id).take(NAMED).collect()
    }
}

impl Categories {
    /// The category that a text names: by name, by path with `>`, `/`, `»` or `|` between the names, or by the last
    /// parts of its path. A number behind it in brackets, as messages write it, must be that of the category; where it
    /// is another's, both fit.
    #[must_use]
    pub fn find(&self, text: &str) -> Sought {
        let text = text.trim();
        let index = self.index();
        if let Some(id) = index.exact.get(text) {
            return Sought::One(*id);
        }
        match index.fitting(text, self) {
            Sought::Nothing(_) => {}
            found @ (Sought::One(_) | Sought::Several(_)) => return found,
        }
        if let Some((name, id)) = number_behind(text).filter(|(_, id)| self.contains(*id)) {
            return self.both(name, id);
        }
        Sought::Nothing(self.near().answer(text, || index.nearest(text, self)))
    }

    /// What a name and a number stand for together.
    fn both(&self, name: &str, id: u64) -> Sought {
        let sought = parts(name);
        if sought.is_empty() || ends(&self.line(id), &sought) {
            return Sought::One(id);
        }
        let mut fits = match self.index().fitting(name, self) {
            Sought::One(other) => vec![other],
            Sought::Several(others) => others,
            Sought::Nothing(_) => return Sought::Nothing(vec![id]),
        };
        fits.insert(0, id);
        Sought::Several(fits)
    }
}

/// `Women > T-Shirts (6614)`: the name and the number.
fn number_behind(text: &str) -> Option<(&str, u64)> {
    let (name, number) = text.strip_suffix(')')?.rsplit_once('(')?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Some((name, number.parse().ok()?)))?
}

/// A text cut at every mark, in the form in which names are compared.
fn parts(text: &str) -> Vec<String> {
    text.split(MARKS).map(folded).filter(|part| !part.is_empty()).collect()
}

/// Unicode's NFKC in lower case, with one space between words.
pub(super) fn folded(text: &str) -> String {
    let text: String = text.nfkc().flat_map(char::to_lowercase).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The names of a line end with the parts that are sought, which begin at one of them.
fn ends(line: &[&Node], sought: &[String]) -> bool {
    let mut rest = sought;
    for node in line.iter().rev() {
        let Some(left) = rest.strip_suffix(parts(&node.name).as_slice()) else { return false };
        rest = left;
        if rest.is_empty() {
            return true;
        }
    }
    false
}

/// How much two folded names are alike: by their letters, or because one holds all words of the other.
fn likeness(one: &str, other: &str) -> f64 {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let words = |text: &str| -> HashSet<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 1);
        words.map(str::to_owned).collect()
    };
    let (own, others) = (words(one), words(other));
    let holds = !own.is_empty() && !others.is_empty() && (own.is_subset(&others) || others.is_subset(&own));
    let (one, other) = (letters(one), letters(other));
    // As many letters must be typed as differ in number: most names need no closer look.
    let (length, other_length) = (one.chars().count(), other.chars().count());
    let is_near = 10 * length.abs_diff(other_length) <= 4 * length.max(other_length);
    let by_letters = if is_near { strsim::normalized_damerau_levenshtein(&one, &other) } else { 0.0 };
    if holds { by_letters.max(HOLDS) } else { by_letters }
}

impl Told {
    /// Of the folded parts of a name or a path.
    fn of(parts: &[String]) -> Told {
        let words = words(&parts.join(" "));
        let last = parts.last().map_or("", String::as_str);
        let named: Vec<&str> = last.split(' ').take_while(|word| !BEHIND.contains(word)).collect();
        let head = self::words(&named.join(" ")).pop().or_else(|| words.last().cloned());
        Told { words, head }
    }
}

/// The words of a folded text that tell something, in the singular.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’');
    let words = words.map(|word| word.trim_end_matches("'s").trim_end_matches("’s"));
    words.filter(|word| word.chars().count() > 1 && !IDLE.contains(word)).map(singular).collect()
}

/// A word of English in the singular, near enough to tell that two are one: `cookie` ends as `battery` does, since
/// their plurals end alike.
fn singular(word: &str) -> String {
    let word = word.trim_matches(['\'', '’']);
    if let Some(stem) = word.strip_suffix("ies").or(word.strip_suffix("ie")).filter(|stem| stem.len() > 1) {
        return format!("{stem}y");
    }
    let is_hissing = ["sses", "shes", "ches", "xes"].iter().any(|end| word.ends_with(end));
    let stem = match word.strip_suffix("es").filter(|_| is_hissing) {
        Some(stem) => stem,
        None => word.strip_suffix('s').filter(|stem| stem.len() > 2 && !stem.ends_with('s')).unwrap_or(word),
    };
    stem.to_owned()
}

/// How much a word is one of these: wholly, or as the beginning or the end of one.
fn kinship(word: &str, others: &[String]) -> f64 {
    let is_part = |long: &str, short: &str| {
        short.chars().count() >= SHORTEST_PART && (long.starts_with(short) || long.ends_with(short))
    };
    let of = |other: &String| match other.as_str() {
        other if other == word => 1.0,
        other if is_part(other, word) || is_part(word, other) => PART,
        _ => 0.0,
    };
    others.iter().map(of).fold(0.0, f64::max)
}

/// How much of the words that are wanted a name has, or those above it on its path.
fn shared(wanted: &Told, own: &Told, path: &[String]) -> f64 {
    let kin = |word: &String| kinship(word, &own.words).max(ABOVE * kinship(word, path));
    let found: f64 = wanted.words.iter().map(kin).sum();
    let is_head = match (&wanted.head, &own.head) {
        (Some(wanted), Some(own)) => kinship(wanted, std::slice::from_ref(own)),
        (None, _) | (_, None) => 0.0,
    };
    found / wanted.words.len() as f64 + HEAD * is_head
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::DateTime;

    use super::*;

    fn node(id: u64, name: &str, children: Vec<Node>) -> Node {
        Node { id, name: name.to_owned(), children }
    }

    fn shops() -> Categories {
        let leaf = |id, name: &str| node(id, name, Vec::new());
        let tree = vec![
            node(
                1,
                "Fashion",
                vec![
                    node(10, "Women", vec![leaf(6614, "T-Shirts"), leaf(6615, "Dresses")]),
                    node(20, "Men", vec![leaf(6700, "T-Shirts"), leaf(6701, "Shoes")]),
                    node(30, "Shoes", vec![leaf(31, "Boots"), leaf(32, "Ladies’ Flats")]),
                ],
            ),
            node(2, "Watches / Jewellery", vec![leaf(40, "Rings"), leaf(41, "Watches")]),
            node(3, "Books", Vec::new()),
            node(4, "Kids", vec![leaf(50, "Books"), node(51, "Fashion", vec![leaf(52, "Ｃａｐｓ")])]),
            node(5, "ของใช้ในบ้าน", vec![leaf(60, "แก้วน้ำ")]),
        ];
        Categories::new(None, DateTime::UNIX_EPOCH, tree, BTreeMap::new(), None)
    }

    #[track_caller]
    fn check(text: &str, expect: Sought) {
        assert_eq!(shops().find(text), expect, "{text}");
    }

    #[test]
    fn a_name_that_one_category_has_is_found_however_it_was_typed() {
        for text in ["Dresses", "dresses", "  DRESSES ", "Dresses\u{a0}", "Ｄｒｅｓｓｅｓ"] {
            check(text, Sought::One(6615));
        }
        check("caps", Sought::One(52));
        check("ladies’  flats", Sought::One(32));
        check("แก้วน้ำ", Sought::One(60));
    }

    #[test]
    fn a_path_is_found_whatever_stands_between_its_names() {
        for text in [
            "Fashion > Women > T-Shirts",
            "Fashion/Women/T-Shirts",
            "Fashion » Women » T-Shirts",
            "fashion | women|t-shirts",
            "Women > T-Shirts",
            "> Women > T-Shirts",
            "Fashion > Women > T-Shirts (6614)",
        ] {
            check(text, Sought::One(6614));
        }
        check("Men / T-Shirts", Sought::One(6700));
    }

    #[test]
    fn a_name_that_holds_a_mark_is_found_alone_and_in_a_path() {
        check("Watches / Jewellery", Sought::One(2));
        check("watches/jewellery", Sought::One(2));
        check("Watches / Jewellery > Rings", Sought::One(40));
        check("Watches / Jewellery / Watches", Sought::One(41));
        check("Jewellery", Sought::Nothing(vec![2]));
    }

    #[test]
    fn a_name_that_several_have_is_not_guessed_at() {
        check("T-Shirts", Sought::Several(vec![6614, 6700]));
        check("Books", Sought::Several(vec![3, 50]));
        check("Kids > Books", Sought::One(50));
    }

    #[test]
    fn a_parent_is_not_passed_over_for_a_leaf_of_its_name() {
        check("Shoes", Sought::Several(vec![30, 6701]));
        check("Men > Shoes", Sought::One(6701));
        check("Fashion > Shoes", Sought::One(30));
        check("Fashion", Sought::Several(vec![1, 51]));
    }

    #[test]
    fn near_ones_are_suggested_for_a_name_that_none_has() {
        check("Dreses", Sought::Nothing(vec![6615]));
        check("Tshirts", Sought::Nothing(vec![6700, 6614]));
        check("Men > Tshirt", Sought::Nothing(vec![6700, 6614, 20]));
        check("Women > Summer > T-Shirts", Sought::Nothing(vec![6614, 6700, 10]));
        check("Garden hoses", Sought::Nothing(vec![]));
        check("", Sought::Nothing(vec![]));
    }

    /// The names that are suggested of those in the tree.
    #[track_caller]
    fn check_near_in(tree: Vec<Node>, text: &str, expect: &str) {
        let known = Categories::new(None, DateTime::UNIX_EPOCH, tree, BTreeMap::new(), None);
        let Sought::Nothing(near) = known.find(text) else { panic!("{text} is found") };
        let names: Vec<&str> = near.iter().map(|id| known.line(*id).last().unwrap().name.as_str()).collect();
        assert_eq!(names.join("; "), expect, "{text}");
    }

    /// What merchants write, and the names that are suggested.
    #[track_caller]
    fn check_near(text: &str, expect: &str) {
        let leaf = |id, name: &str| node(id, name, Vec::new());
        let accessories = vec![leaf(5, "Phone Cases"), leaf(6, "Chargers & Cables"), leaf(7, "Smart Watches")];
        let mobiles = vec![
            leaf(2, "Smartphones"),
            leaf(3, "Tablets"),
            leaf(4, "Feature Phones"),
            node(8, "Accessories", accessories),
        ];
        let women = vec![leaf(21, "Dresses"), leaf(22, "Blouses & Shirts")];
        let home = vec![leaf(31, "Bed Sheets, Pillows & Towels"), leaf(32, "Cookware"), leaf(33, "Batteries")];
        let tree = vec![
            node(1, "Mobiles & Tablets", mobiles),
            node(20, "Women's Clothing", women),
            node(30, "Home & Living", home),
        ];
        check_near_in(tree, text, expect);
    }

    #[test]
    fn names_that_share_words_are_near_whatever_their_letters() {
        check_near("Mobile Phones", "Feature Phones; Smartphones; Phone Cases");
        check_near("Phones", "Feature Phones; Smartphones; Phone Cases");
        check_near("Electronics > Mobile Phones", "Feature Phones; Smartphones; Phone Cases");
        check_near("Phone cover and case", "Phone Cases; Feature Phones; Smartphones");
        check_near("USB-C Cable", "Chargers & Cables");
        check_near("Evening dress", "Dresses");
        check_near("Women shirts", "Blouses & Shirts; Women's Clothing");
        check_near("Pillow cases", "Phone Cases; Bed Sheets, Pillows & Towels");
        check_near("Battery", "Batteries");
        check_near("Cookware sets", "Cookware");
        check_near("Garden hoses", "");
        check_near("& of the", "");
    }

    /// What merchants write of clothes and food, and the names that are suggested.
    #[track_caller]
    fn check_worn(text: &str, expect: &str) {
        let leaf = |id, name: &str| node(id, name, Vec::new());
        let men =
            vec![leaf(11, "T-Shirts"), leaf(12, "Batik Shirts"), leaf(13, "Hoodies & Sweatshirts"), leaf(14, "Ties")];
        let women = vec![leaf(21, "Dresses"), leaf(22, "Plus Sizes")];
        let fashion = vec![node(10, "Men", men), node(20, "Women", women), leaf(30, "Bags"), leaf(31, "Belts for Men")];
        let food = vec![leaf(41, "Cookies"), leaf(42, "Chocolate")];
        let tree = vec![node(1, "Fashion", fashion), node(40, "Groceries", food)];
        check_near_in(tree, text, expect);
    }

    #[test]
    fn a_whole_word_is_nearer_than_a_part_of_one() {
        check_worn("Sweatshirt", "Hoodies & Sweatshirts; T-Shirts; Batik Shirts");
    }

    #[test]
    fn a_plural_is_known_by_its_singular() {
        check_worn("Hoodie", "Hoodies & Sweatshirts");
        check_worn("Red hoodie", "Hoodies & Sweatshirts");
        check_worn("Chocolate cookie", "Cookies; Chocolate");
        check_worn("Size", "Plus Sizes");
        check_worn("Silk tie", "Ties");
    }

    #[test]
    fn what_is_sold_stands_before_whom_it_is_for() {
        check_worn("Bags for women", "Bags; Women");
        check_worn("Leather belt", "Belts for Men");
        check_worn("Bag with belt", "Bags; Belts for Men");
    }

    #[test]
    fn a_number_behind_a_name_counts_only_where_the_name_is_that_categorys() {
        for text in ["women / t-shirts(6614)", "T-Shirts (6614)", "Ｆashion > women > T-SHIRTS (6614)", "(6614)"] {
            check(text, Sought::One(6614));
        }
        check("Shoes (30)", Sought::One(30));
        check("Fashion > Women > Dresses (6614)", Sought::Several(vec![6614, 6615]));
        check("T-Shirts (6615)", Sought::Several(vec![6615, 6614, 6700]));
        check("whatever it was called (6615)", Sought::Nothing(vec![6615]));
        check("Dresses (6615a)", Sought::Nothing(vec![6615]));
        assert!(matches!(shops().find("Dresses (77)"), Sought::Nothing(_)));
    }
}
