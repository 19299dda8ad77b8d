//! A value beside what its category allows.

use super::options::Options;
use crate::category::{CategoryAttribute, Input, Memo};
use crate::check::late::shown;
use crate::finding::Rule;
use crate::record::{DateReading, DateSense, Entry, Findings, SaleMoment, read_date};

/// How many options a help names.
const NAMED: usize = 3;

/// How many wrong parts of a value a message names.
const PARTS: usize = 5;

/// Up to so many options, a help names them all.
const FEW: usize = 12;

/// What may stand between the values of an attribute that takes several.
const MARKS: [char; 4] = [',', ';', '|', '\n'];

/// The values that an attribute takes.
#[derive(Debug)]
pub(super) enum Values<'a> {
    /// Any.
    Any,
    /// One of these.
    One(Options<'a>),
    /// Some of these, and how many marks one of them holds at most.
    Several(Options<'a>, usize),
    /// A number.
    Number,
    /// A date.
    Date,
}

/// Where a value stands, for messages.
pub(super) struct Place<'a> {
    /// The attribute.
    pub(super) name: &'a str,
    /// The category in messages: `Fashion > T-Shirts (6614)`.
    pub(super) category: &'a dyn Fn() -> String,
    /// Its number; 0 for a list that all categories share.
    pub(super) id: u64,
    pub(super) memo: &'a Memo<String>,
}

impl<'a> Values<'a> {
    pub(super) fn of(attribute: &'a CategoryAttribute) -> Values<'a> {
        let options = || Options::of(attribute.options.iter().map(String::as_str));
        match attribute.input {
            Input::Number => Values::Number,
            Input::Date => Values::Date,
            Input::One | Input::Several if attribute.options.is_empty() => Values::Any,
            Input::One => Values::One(options()),
            Input::Several => {
                let marks = attribute.options.iter().map(|option| option.matches(MARKS).count());
                Values::Several(options(), marks.max().unwrap_or(0))
            }
            Input::Text | Input::RichText | Input::Picture => Values::Any,
            Input::OneOrOwn | Input::SeveralOrOwn | Input::Other => Values::Any,
        }
    }

    /// Holds a value against them.
    pub(super) fn judge(&self, entry: Entry<'_>, place: &Place<'_>, findings: &mut Findings<'_>) {
        match self {
            Values::Any => {}
            Values::One(options) => {
                let sent = entry.sent();
                if !options.has(&sent) {
                    unknown(&[&sent], options, entry, place, findings);
                }
            }
            Values::Several(options, marks) => {
                let sent = entry.sent();
                let wrong = wrong_parts(&sent, options, *marks);
                if !wrong.is_empty() {
                    unknown(&wrong, options, entry, place, findings);
                }
            }
            Values::Number => {
                if !is_number(entry.text.trim()) {
                    let finding = findings.cell(Rule::AttributeNumber, place.name, entry);
                    finding.message = format!("{} `{}` is not a number", place.name, entry.text.trim());
                }
            }
            Values::Date => date(entry, place, findings),
        }
    }
}

fn date(entry: Entry<'_>, place: &Place<'_>, findings: &mut Findings<'_>) {
    if SaleMoment::parse(entry.text).is_some() {
        return;
    }
    let text = entry.text.trim();
    let finding = findings.cell(Rule::AttributeDate, place.name, entry);
    finding.message = format!("{} `{text}` is not written as a date, such as 2026-12-31", place.name);
    match read_date(text, &DateSense::default()) {
        DateReading::Plain(moment) | DateReading::Read { moment, .. } => {
            finding.help = format!("write {}", moment.date());
        }
        DateReading::Ambiguous { day_first, month_first } => {
            finding.help = format!("write {} or {}, whichever is meant", day_first.date(), month_first.date());
        }
        DateReading::Not(_) => {}
    }
}

/// Digits with a decimal point.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    is_digits(whole) && is_digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && !digits.is_empty()
}

/// The parts of a value that are no options; an option may hold the mark that stands between them.
fn wrong_parts<'t>(text: &'t str, options: &Options<'_>, marks: usize) -> Vec<&'t str> {
    let is_option = |part: &str| options.has(part);
    if is_option(text) {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    let mut rest = text;
    while !rest.trim().is_empty() {
        let ends = rest.match_indices(MARKS).map(|(at, _)| at).chain([rest.len()]).take(marks + 1);
        let fits = ends.filter(|end| is_option(rest[..*end].trim())).last();
        let end = fits.unwrap_or_else(|| rest.find(MARKS).unwrap_or(rest.len()));
        let part = rest[..end].trim();
        if fits.is_none() && !part.is_empty() {
            wrong.push(part);
        }
        rest = rest[end..].strip_prefix(MARKS).unwrap_or_default();
    }
    wrong
}

fn unknown(wrong: &[&str], options: &Options<'_>, entry: Entry<'_>, place: &Place<'_>, findings: &mut Findings<'_>) {
    let mut named: Vec<String> = wrong.iter().take(PARTS).map(|part| format!("`{}`", shown(part))).collect();
    if wrong.len() > PARTS {
        named.push(format!("and {} more", wrong.len() - PARTS));
    }
    let are = if wrong.len() == 1 { "is" } else { "are" };
    let finding = findings.cell(Rule::UnknownOption, place.name, entry);
    finding.message = format!(
        "{} {} {are} none of the {} values that {} allows",
        place.name,
        named.join(", "),
        options.count(),
        (place.category)()
    );
    let helps: Vec<String> = wrong.iter().take(PARTS).filter_map(|part| advice(part, options, place)).collect();
    if !helps.is_empty() {
        finding.help = helps.join("; ");
    }
}

/// What to write instead of a wrong value.
pub(super) fn advice(wrong: &str, options: &Options<'_>, place: &Place<'_>) -> Option<String> {
    let question = format!("{}\u{1}{}\u{1}{wrong}", place.id, place.name);
    let help = place.memo.answer(&question, || help(wrong, options, place));
    Some(help).filter(|help| !help.is_empty())
}

fn help(wrong: &str, options: &Options<'_>, place: &Place<'_>) -> String {
    if let Some(same) = options.same(wrong) {
        return format!("write `{same}`: only {} differ", difference(wrong, same));
    }
    match options.nearest(wrong, NAMED).as_slice() {
        [] if options.count() <= FEW => format!("write one of {}", either(options.all())),
        [] if place.id == 0 => String::new(),
        [] => format!(
            "write one of the {} values, such as {}; skuload category show {} lists them",
            options.count(),
            either(&options.all()[..NAMED]),
            place.id
        ),
        near => format!("write {}", either(near)),
    }
}

/// `a`, `b` or `c`
fn either(options: &[&str]) -> String {
    let named: Vec<String> = options.iter().map(|option| format!("`{option}`")).collect();
    match named.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        named => named.concat(),
    }
}

/// What alone two texts differ in that have the same letters.
fn difference(one: &str, other: &str) -> &'static str {
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    if squeezed(one) == squeezed(other) {
        "spaces"
    } else if one.to_lowercase() == other.to_lowercase() {
        "upper and lower case"
    } else {
        "spaces and upper and lower case"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        let options = Options::of(["Cotton", "Linen", "Silk, raw", "A/B", "Wool; new"].into_iter());
        assert_eq!(wrong_parts(text, &options, 1), expect, "{text}");
    }

    #[test]
    fn several_values_are_cut_where_the_parts_are_options() {
        check("Cotton", &[]);
        check("Cotton,Linen", &[]);
        check("Cotton; Linen |A/B\nCotton", &[]);
        check("Cotton, ,Linen,", &[]);
    }

    #[test]
    fn an_option_may_hold_the_mark_that_cuts() {
        check("Silk, raw", &[]);
        check("Silk, raw, Cotton", &[]);
        check("Cotton; Wool; new", &[]);
        check("Silk, Cotton", &["Silk"]);
    }

    #[test]
    fn each_wrong_part_is_named() {
        check("Cotton, Lace, linen", &["Lace", "linen"]);
        check("Lace", &["Lace"]);
    }

    #[test]
    fn a_number_is_digits_with_a_point() {
        for text in ["5", "5.5", "-1", "0.25", ".5", "5."] {
            assert!(is_number(text), "{text}");
        }
        for text in ["", "-", ".", "5,5", "5 kg", "1e5", "1.2.3", "５", "+5", "five"] {
            assert!(!is_number(text), "{text}");
        }
    }
}
