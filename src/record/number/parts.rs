//! A written number cut into what it is made of: sign, digits, and what stands beside them.

use super::super::oddity::Oddities;
use super::{Amount, DecimalMark, NumberReading, NumberSense, several};
use crate::column::{Currency, Unit};

/// ASCII digits and marks for those of other scripts and widths, without white space and invisible
/// characters at the ends.
pub(super) fn folded(text: &str, oddities: &mut Oddities) -> String {
    let is_edge = |c: char| c.is_whitespace() || is_invisible(c);
    let trimmed = text.trim_matches(is_edge);
    if trimmed.len() < text.len() {
        oddities.add(Oddities::SPACE);
    }
    let mut folded = String::with_capacity(trimmed.len());
    for c in trimmed.chars().filter(|c| !is_invisible(*c)) {
        let ascii = ascii_of(c);
        if ascii.is_some() && !matches!(c, '–' | '—' | '−') {
            oddities.add(Oddities::DIGITS);
        }
        folded.push(ascii.unwrap_or(if c.is_whitespace() { ' ' } else { c }));
    }
    folded
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{ad}')
}

/// The ASCII digit or mark that a character stands for.
fn ascii_of(c: char) -> Option<char> {
    const ZEROS: [char; 8] = ['０', '๐', '٠', '۰', '០', '໐', '०', '၀'];
    if c.is_ascii() {
        return None;
    }
    for zero in ZEROS {
        if let Some(digit) = (c as u32).checked_sub(zero as u32).filter(|digit| *digit < 10) {
            return char::from_digit(digit, 10);
        }
    }
    match c {
        '．' | '٫' => Some('.'),
        '，' => Some(','),
        '٬' | '’' | '‘' => Some('\''),
        '－' | '–' | '—' | '−' => Some('-'),
        _ => None,
    }
}

/// A dash that stands for "no decimals": `1,299.-`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dash {
    No,
    Bare,
    AfterPoint,
    AfterComma,
}

impl Dash {
    /// The mark in front of it.
    pub(super) fn mark(self) -> Option<DecimalMark> {
        match self {
            Dash::AfterPoint => Some(DecimalMark::Point),
            Dash::AfterComma => Some(DecimalMark::Comma),
            Dash::No | Dash::Bare => None,
        }
    }
}

/// A number cut into what it is made of.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    pub(super) is_negative: bool,
    /// What stands in front of the digits and behind them.
    before: &'a str,
    after: &'a str,
    pub(super) body: &'a str,
    pub(super) dash: Dash,
}

impl<'a> Parts<'a> {
    pub(super) fn of(text: &'a str) -> Option<Parts<'a>> {
        let (text, brackets) = match text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
            Some(inner) => (inner, true),
            None => (text, false),
        };
        let first = text.find(|c: char| c.is_ascii_digit())?;
        let last = text.rfind(|c: char| c.is_ascii_digit())? + 1;
        let (mut before, body, mut after) = (text[..first].trim(), &text[first..last], text[last..].trim());
        let mut is_negative = brackets;
        if let Some(rest) = before.strip_prefix('-').or_else(|| before.strip_suffix('-')) {
            is_negative = true;
            before = rest.trim();
        }
        before = before.strip_prefix('+').unwrap_or(before).trim();
        let mut dash = Dash::No;
        for (ending, found) in [(".-", Dash::AfterPoint), (",-", Dash::AfterComma), ("-", Dash::Bare)] {
            if let Some(rest) = after.strip_prefix(ending) {
                (dash, after) = (found, rest.trim_start_matches('-').trim());
                break;
            }
        }
        // A dash for the decimals may stand on either side of the currency: `1,299 บาท.-`
        if dash == Dash::No && !after.is_empty() && after.ends_with(".-") {
            (dash, after) = (Dash::AfterPoint, after[..after.len() - 2].trim());
        }
        Some(Parts { is_negative, before, after, body, dash })
    }
}

/// What stands beside the digits.
#[derive(Debug, Clone, Copy)]
pub(super) enum Beside {
    Nothing,
    /// A mark of the shop's currency, or of one currency where the shop's is not known.
    Money(Option<Currency>),
    Unit(Unit),
    /// A word for pieces.
    Word,
}

impl Beside {
    pub(super) fn of(parts: &Parts<'_>, sense: &NumberSense) -> Result<Beside, NumberReading> {
        let not = |why| Err(NumberReading::Not(why));
        match (parts.before, parts.after) {
            ("", "") => return Ok(Beside::Nothing),
            _ if parts.before.chars().chain(parts.after.chars()).any(|c| c.is_ascii_digit()) => return not(None),
            _ => {}
        }
        match sense.amount {
            Amount::Money => Beside::money(parts, sense),
            Amount::Weight | Amount::Length => {
                if parts.before.is_empty()
                    && let Some(unit) = Unit::named(parts.after)
                {
                    let fits = unit.is_weight() == (sense.amount == Amount::Weight);
                    return if fits { Ok(Beside::Unit(unit)) } else { not(Some("its unit measures something else")) };
                }
                not(several(parts.body))
            }
            Amount::Pieces => {
                let is_word = parts.before.is_empty() && PIECES.contains(&parts.after.to_lowercase().as_str());
                if is_word { Ok(Beside::Word) } else { not(None) }
            }
        }
    }

    fn money(parts: &Parts<'_>, sense: &NumberSense) -> Result<Beside, NumberReading> {
        let mut meant: Option<Vec<Currency>> = None;
        for mark in [parts.before, parts.after].into_iter().filter(|mark| !mark.is_empty()) {
            let marked = Currency::marked(mark);
            if marked.is_empty() {
                return Err(NumberReading::Not(None));
            }
            meant = Some(match meant {
                Some(there) => there.into_iter().filter(|currency| marked.contains(currency)).collect(),
                None => marked,
            });
        }
        let meant = meant.unwrap_or_default();
        match sense.currency {
            Some(own) if meant.contains(&own) => Ok(Beside::Money(Some(own))),
            Some(_) => Err(NumberReading::Foreign(format!("{}{}", parts.before, parts.after))),
            None => Ok(Beside::Money(if let [one] = meant.as_slice() { Some(*one) } else { None })),
        }
    }
}

/// Words for pieces.
const PIECES: [&str; 34] = [
    "pcs",
    "pcs.",
    "pc",
    "pc.",
    "piece",
    "pieces",
    "unit",
    "units",
    "ea",
    "each",
    "pack",
    "packs",
    "set",
    "sets",
    "pair",
    "pairs",
    "ชิ้น",
    "อัน",
    "ตัว",
    "คู่",
    "เครื่อง",
    "ใบ",
    "buah",
    "biji",
    "keping",
    "helai",
    "cái",
    "chiếc",
    "bộ",
    "个",
    "個",
    "件",
    "只",
    "双",
];
