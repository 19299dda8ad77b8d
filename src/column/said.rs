//! What rows beside a header say of the units and currencies of its columns: `Weight in grams, e.g. 500`.

use super::alias::{self, Header, cleaned};
use super::measured::{Fit, MARKS, Mark, Measured, fit, is_ideograph};
use super::{Currency, Field};

/// A unit or currency that a cell beside the header names; where it is several, one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// From 0.
    pub(super) column: usize,
    pub(super) row: u32,
    pub(super) either: Vec<Measured>,
}

/// Words behind which even a single letter is a unit.
const SAYING: [&str; 12] =
    ["unit", "units", "in", "currency", "uom", "หน่วย", "เป็น", "สกุลเงิน", "đvt", "satuan", "dalam", "单位"];

/// Names of units that are other words too.
const WEAK: [&str; 3] = ["in", "ký", "kí"];

/// What stands before a sign of one letter in a run of them.
const BEFORE_SIGN: [&str; 6] = ["单位", "單位", "以", "为", "為", "用"];

/// The units or currencies that an instruction names, of those in which the field can be written.
pub(super) fn said(cell: &str, field: Field) -> Vec<Vec<Measured>> {
    if let Header::Measured(named, measured) = alias::meaning_of_header(cell)
        && named == field
        && !cell.contains(char::is_numeric)
        && !cell.trim().to_lowercase().ends_with(" in")
    {
        return vec![vec![measured]];
    }
    let text = cleaned(cell.trim()).to_lowercase();
    let whole = text.trim_matches(|c: char| c.is_whitespace() || "()[]".contains(c));
    let marks = Mark::named(whole).map_or_else(|| marks(&text), |mark| vec![mark]);
    let mut said: Vec<Vec<Measured>> = Vec::new();
    for mark in marks {
        let either = match fit(field, &mark) {
            Fit::One(measured) => vec![measured],
            Fit::Several(currencies) => currencies.into_iter().map(Measured::Currency).collect(),
            Fit::No | Fit::NotMeasured => continue,
        };
        if !said.contains(&either) {
            said.push(either);
        }
    }
    said
}

/// What is left when all that was said is held together: nothing, one thing, or several that do not agree.
pub(super) fn readings(said: &[&Said]) -> Vec<Measured> {
    let either = said.iter().map(|said| said.either.as_slice());
    let (plain, several): (Vec<&[Measured]>, Vec<&[Measured]>) = either.partition(|either| either.len() == 1);
    let mut readings: Vec<Measured> = Vec::new();
    for measured in plain.into_iter().flatten() {
        if !readings.contains(measured) {
            readings.push(*measured);
        }
    }
    for either in several {
        if !either.iter().any(|measured| readings.contains(measured)) {
            readings.extend(either);
        }
    }
    readings
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Word,
    Thai,
    Ideographs,
    Space,
    Other,
}

impl Kind {
    fn of(c: char) -> Kind {
        match c {
            c if c.is_whitespace() => Kind::Space,
            c if c.is_ascii_digit() => Kind::Number,
            '\u{e01}'..='\u{e3a}' | '\u{e40}'..='\u{e4e}' => Kind::Thai,
            c if is_ideograph(c) => Kind::Ideographs,
            c if c.is_alphabetic() => Kind::Word,
            _ => Kind::Other,
        }
    }
}

/// The runs of a text in which all characters are of one kind; signs stand by themselves, and spaces are left out.
fn runs(text: &str) -> Vec<(Kind, &str)> {
    let mut runs: Vec<(Kind, usize, usize)> = Vec::new();
    for (at, c) in text.char_indices() {
        let kind = Kind::of(c);
        let end = at + c.len_utf8();
        match runs.last_mut() {
            Some((last, _, last_end)) if *last == kind && kind != Kind::Other => *last_end = end,
            _ => runs.push((kind, at, end)),
        }
    }
    let filled = runs.into_iter().filter(|(kind, _, _)| *kind != Kind::Space);
    filled.map(|(kind, start, end)| (kind, &text[start..end])).collect()
}

/// Every unit and currency that a sentence names by a word of its own; the text is clean and in lower case.
fn marks(text: &str) -> Vec<Mark> {
    let runs = runs(text);
    let mut marks = Vec::new();
    for (at, (kind, run)) in runs.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| runs[at]);
        let after = runs.get(at + 1).map_or("", |(_, run)| run);
        let is_counted = before.is_some_and(|(kind, _)| kind == Kind::Number);
        let stands_alone = before.is_some_and(|(_, run)| matches!(run, "(" | "[")) && matches!(after, ")" | "]");
        let is_announced = || {
            let mut earlier = runs[..at].iter().rev().map(|(_, run)| *run).filter(|run| *run != ":" && *run != ".");
            earlier.next().is_some_and(|run| SAYING.iter().any(|word| cleaned(word) == run))
        };
        match kind {
            Kind::Word => {
                let is_weak = run.chars().count() == 1 || WEAK.contains(run);
                // `ký tự` is a character.
                let is_other = after == "tự" || (*run == "in" && !stands_alone);
                if !is_other && (!is_weak || is_counted || stands_alone || is_announced()) {
                    marks.extend(Mark::named(run));
                }
            }
            Kind::Thai | Kind::Ideographs => {
                let is_short = run.chars().count() == 1 && *kind == Kind::Thai;
                match Mark::named(run).filter(|_| !is_short || is_counted || stands_alone || is_announced()) {
                    Some(mark) => marks.push(mark),
                    None => marks.extend(inside(run, *kind, is_counted)),
                }
            }
            Kind::Other => marks.extend(sign(run, before)),
            Kind::Number | Kind::Space => {}
        }
    }
    marks
}

/// `$`, and what stands before it: `US$`. The sign of the inch is a quotation mark more often.
fn sign(run: &str, before: Option<(Kind, &str)>) -> Option<Mark> {
    match (run, before) {
        ("\"", _) => None,
        ("$", Some((Kind::Word, "us"))) => Some(Mark::Currency(vec![Currency::Usd])),
        ("$", Some((Kind::Word, "s"))) => Some(Mark::Currency(vec![Currency::Sgd])),
        _ => Mark::named(run),
    }
}

/// The names in a run of a language that sets no spaces, the longest first.
fn inside(run: &str, kind: Kind, is_counted: bool) -> Vec<Mark> {
    let is_of_kind = |name: &str| name.chars().all(|c| Kind::of(c) == kind);
    let mut names: Vec<&(String, Mark)> = MARKS.iter().filter(|(name, _)| is_of_kind(name)).collect();
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.chars().count()));
    // Short ones are parts of other words.
    let (long, sign_length) = if kind == Kind::Thai { (3, 0) } else { (2, 1) };
    let mut left = run.to_owned();
    let mut marks = Vec::new();
    for (name, mark) in names {
        let length = name.chars().count();
        let Some(at) = left.find(name.as_str()) else { continue };
        let is_sign = length == sign_length
            && ((at == 0 && is_counted) || BEFORE_SIGN.iter().any(|before| left[..at].ends_with(before)));
        if length >= long || is_sign {
            marks.push(mark.clone());
            left = left.replace(name.as_str(), " ");
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cell: &str, field: Field, expect: &str) {
        let said: Vec<String> = said(cell, field)
            .iter()
            .map(|either| either.iter().map(|measured| measured.shown()).collect::<Vec<_>>().join("|"))
            .collect();
        assert_eq!(said.join(" "), expect, "{cell}");
    }

    #[test]
    fn a_unit_is_found_anywhere_in_an_instruction() {
        let check = |cell: &str, expect: &str| check(cell, Field::PackageWeight, expect);
        check("Weight in grams, e.g. 500", "g");
        check("Number, unit gram, max 20000", "g");
        check("Number, unit: g, max 20000", "g");
        check("In kg", "kg");
        check("g", "g");
        check("(g)", "g");
        check("Number (g), required", "g");
        check("e.g. 500g", "g");
        check("e.g. 500 G", "g");
        check("kg, not g; 0.5 kg are 500 g", "kg g");
        check("น้ำหนักเป็นกรัม", "g");
        check("น้ำหนักเป็นกิโลกรัม เช่น 0.5", "kg");
        check("ระบุ กก.", "kg");
        check("请填写重量，单位：克", "g");
        check("以克为单位", "g");
        check("重量500克", "g");
        check("Cân nặng tính bằng gam", "g");
        check("Berat dalam gram", "g");
    }

    #[test]
    fn a_word_that_only_looks_like_a_unit_is_none() {
        check("Fill this in", Field::PackageLength, "");
        check("Fill it in please", Field::PackageLength, "");
        check("Length of size m or l", Field::PackageLength, "");
        check("Weight in kg", Field::PackageLength, "");
        check("Enter \"5\"", Field::PackageLength, "");
        check("Length (in)", Field::PackageLength, "in");
        check("Plan g", Field::Quantity, "");
        check("Tối đa 10 ký tự", Field::PackageWeight, "");
        check("巧克力", Field::PackageWeight, "");
        check("หมวกกันน็อก", Field::PackageWeight, "");
    }

    #[test]
    fn a_currency_is_found_too() {
        let check = |cell: &str, expect: &str| check(cell, Field::Price, expect);
        check("USD", "USD");
        check("Required, in USD", "USD");
        check("Required (US$)", "USD");
        check("e.g. $12.50", "SGD|USD");
        check("e.g. ฿100", "THB");
        check("ราคาเป็นบาท", "THB");
        check("Harga dalam Rupiah", "IDR");
        check("价格，单位：元", "CNY");
        check("Required, in euros", "EUR");
        check("In dollars", "SGD|USD");
        check("以美元为单位", "USD");
        check("Number, e.g. 100", "");
        check("Price in kg", "");
    }
}
