//! What spreadsheet programs and copying do to identifiers: seller SKUs, barcodes, the numbers of categories.
//!
//! The rule it keeps: characters that nobody sees may go, and it is told; digits that are gone are never invented.
//! Zeros in front come back only where something proves them, a check digit or the cell's number format.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::{ProductId, trimmed};
use crate::sheet::Kind;

/// A spreadsheet program keeps this many digits of a number and makes zeros of the others.
const KEPT_DIGITS: usize = 15;

/// An identifier as it is meant, and what had to be done to its characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleaned<'a> {
    /// The identifier. Case, inner spaces and punctuation are kept.
    pub text: Cow<'a, str>,
    /// White space stood at an end: also no-break, thin and ideographic spaces, tabs, line breaks.
    pub is_trimmed: bool,
    /// Unseen characters are gone (zero-width, marks of writing direction, soft hyphen), full-width characters are
    /// ASCII, or a letter and its accent became one character.
    pub is_cleaned: bool,
}

/// Takes away what nobody sees, and white space at the ends.
#[must_use]
pub fn cleaned(text: &str) -> Cleaned<'_> {
    if let Some(inner) = guarded(text) {
        return Cleaned { is_cleaned: true, ..cleaned(inner) };
    }
    let is_clean = text.is_ascii() || (is_nfc(text) && !text.chars().any(|c| is_unseen(c) || narrow(c) != c));
    if is_clean {
        let trimmed = trimmed(text);
        return Cleaned { text: trimmed.into(), is_trimmed: trimmed.len() != text.len(), is_cleaned: false };
    }
    let seen: String = text.chars().filter(|c| !is_unseen(*c)).map(narrow).nfc().collect();
    let trimmed = seen.trim();
    let is_trimmed = trimmed.len() != seen.len();
    Cleaned { text: Cow::Owned(trimmed.to_owned()), is_trimmed, is_cleaned: true }
}

/// What stands in `="00123"`: so a CSV is made to keep leading zeros in Excel.
#[must_use]
pub fn guarded(text: &str) -> Option<&str> {
    let inner = trimmed(text).strip_prefix("=\"")?.strip_suffix('"')?;
    (!inner.contains('"')).then_some(inner)
}

fn is_unseen(c: char) -> bool {
    matches!(
        c,
        // Soft hyphen; marks of writing direction.
        '\u{ad}' | '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // No width: spaces, joiners, byte order mark.
        | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}'
    )
}

/// Full-width letters, digits and the marks that join them (`－ ＿ ． ／`) as ASCII; other full-width punctuation,
/// as the brackets of `红色（L）`, is meant.
fn narrow(c: char) -> char {
    match c {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '－' | '＿' | '．' | '／' => {
            char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c)
        }
        _ => c,
    }
}

/// What a spreadsheet program has done to an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Damage {
    /// `4.90123E+12`: the digits behind are gone.
    Scientific,
    /// A number of more than 15 digits: those behind the 15th are zeros now.
    Rounded,
    /// It became a date.
    Date,
    /// A text that looks as the program shows a date: `1-Feb`, `Mar-01`, `2025-01-02`, `01/02/2025`. The SKU `MAR-01`
    /// was typed so.
    SuspectDate,
    /// A text of 16 digits or more, all zeros behind the 15th.
    SuspectRounded,
}

/// What the cell shows a spreadsheet program has done to the identifier in it; the text is one that [`cleaned`] gave.
#[must_use]
pub fn damage(text: &str, kind: Kind) -> Option<Damage> {
    let text = trimmed(text);
    match kind {
        Kind::Date => Some(Damage::Date),
        Kind::Number if is_scientific(text) => Some(Damage::Scientific),
        Kind::Number => is_too_long(text).then_some(Damage::Rounded),
        Kind::Text if is_scientific(text) => Some(Damage::Scientific),
        Kind::Text if is_rounded(text) => Some(Damage::SuspectRounded),
        Kind::Text => looks_like_a_date(text).then_some(Damage::SuspectDate),
        Kind::Bool | Kind::Error | Kind::Formula | Kind::Picture => None,
    }
}

/// `4.90123E+12`, `4,9e+12`, `5E+12`: one digit before the mark, a plus sign, at least two digits behind it. `1E5` and
/// `1E10` are names.
fn is_scientific(text: &str) -> bool {
    if !text.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
        return false;
    }
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let mantissa = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let is_mantissa = match mantissa.split_once(['.', ',']) {
        Some((whole, digits)) => whole.len() == 1 && is_digits(whole) && is_digits(digits),
        None => mantissa.len() == 1 && is_digits(mantissa),
    };
    is_mantissa && exponent.strip_prefix('+').is_some_and(|digits| matches!(digits.len(), 2..=3) && is_digits(digits))
}

/// More digits than a number keeps: what stands behind the 15th was made up.
fn is_too_long(text: &str) -> bool {
    is_digits(text) && text.len() > KEPT_DIGITS
}

fn is_rounded(text: &str) -> bool {
    is_digits(text) && text.len() > KEPT_DIGITS && text.bytes().skip(KEPT_DIGITS).all(|digit| digit == b'0')
        // Nothing but zeros is somebody's placeholder.
        && text.bytes().any(|digit| digit != b'0')
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Months as programs shorten them in English, Indonesian and Thai. Malay `Mac` and Filipino `Set` are left out: `Mac-01`
/// and `Set-01` are names of things.
const MONTHS: [&str; 29] = [
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Sept",
    "Oct",
    "Nov",
    "Dec",
    "Mei",
    "Agu",
    "Okt",
    "Des",
    "ม.ค.",
    "ก.พ.",
    "มี.ค.",
    "เม.ย.",
    "พ.ค.",
    "มิ.ย.",
    "ก.ค.",
    "ส.ค.",
    "ก.ย.",
    "ต.ค.",
    "พ.ย.",
    "ธ.ค.",
];

fn looks_like_a_date(text: &str) -> bool {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    if !is_digit(text.as_bytes().first()) && !is_digit(text.as_bytes().last()) {
        return false;
    }
    let mark = if text.contains('/') { '/' } else { '-' };
    let mut parts = text.split(mark);
    let (Some(first), Some(second), third, None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let is_month_name = |part: &str| MONTHS.contains(&part);
    let Some(third) = third else {
        let is_short_year = second.len() == 2 && is_digits(second);
        return mark == '-' && ((is_day(first) && is_month_name(second)) || (is_month_name(first) && is_short_year));
    };
    if is_month_name(second) {
        return is_day(first) && matches!(third.len(), 2 | 4) && is_digits(third);
    }
    let is_pair = |one: &str, other: &str| is_day(one) && is_day(other) && (is_month(one) || is_month(other));
    // The time behind the date, where there is one.
    let (last, time) = third.split_once(' ').unwrap_or((third, "0:00"));
    let is_time = time.bytes().all(|byte| byte.is_ascii_digit() || byte == b':') && time.contains(':');
    is_time && ((is_year(first) && is_month(second) && is_day(last)) || (is_year(last) && is_pair(first, second)))
}

fn is_day(part: &str) -> bool {
    part.len() <= 2 && is_digits(part) && matches!(part.parse(), Ok(1..=31))
}

fn is_month(part: &str) -> bool {
    part.len() <= 2 && is_digits(part) && matches!(part.parse(), Ok(1..=12))
}

fn is_year(part: &str) -> bool {
    part.len() == 4 && is_digits(part) && matches!(part.parse(), Ok(1900..=2099))
}

/// The barcode with the zero in front that a number has lost, where its check digit fits: likely, not certain.
///
/// Zeros in front do not change a check digit: it tells that the digits behind are whole, and the length must
/// follow from what barcodes there are. 11 digits are a UPC of 12, 10 may be an ISBN. Fewer tell nothing: a barcode of
/// 8 digits with a zero in front is for use inside one company, and every tenth number has a fitting check digit. 8, 12, 13 and
/// 14 digits are whole as they stand.
#[must_use]
pub fn with_lost_zeros(digits: &str) -> Option<String> {
    // A number that lost its zeros begins with none.
    if !is_digits(digits) || digits.len() != 11 || digits.starts_with('0') {
        return None;
    }
    let whole = format!("{digits:0>12}");
    ProductId::gtin_fault(&whole).is_none().then_some(whole)
}

/// The whole number in `4901234567894.0`, as programs write one that they took for a fraction; `None` where the text is
/// not of that look, or has more digits than such a program keeps. Nothing is lost by it in a barcode or the number of a
/// category; a seller SKU may be meant so.
#[must_use]
pub fn without_point(text: &str) -> Option<&str> {
    let (whole, zeros) = text.split_once('.')?;
    let is_whole = is_digits(whole) && whole.len() <= KEPT_DIGITS;
    (is_whole && is_digits(zeros) && zeros.bytes().all(|digit| digit == b'0')).then_some(whole)
}

/// The number with zeros in front up to `digits` digits, as its number format shows it; `None` where the text is not
/// digits alone, or has as many already.
#[must_use]
pub fn padded(text: &str, digits: u8) -> Option<String> {
    let width = usize::from(digits);
    (is_digits(text) && text.len() < width).then(|| format!("{text:0>width$}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check_clean(text: &str, expect: &str, is_trimmed: bool, is_cleaned: bool) {
        assert_eq!(cleaned(text), Cleaned { text: expect.into(), is_trimmed, is_cleaned }, "{text:?}");
    }

    #[track_caller]
    fn check(text: &str, kind: Kind, expect: Option<Damage>) {
        assert_eq!(damage(text, kind), expect, "{text} {kind:?}");
    }

    #[test]
    fn white_space_at_the_ends_goes() {
        check_clean("TEE-RED-M", "TEE-RED-M", false, false);
        check_clean(" outer ID:W01-R24 2\t", "outer ID:W01-R24 2", true, false);
        check_clean("", "", false, false);
        for space in ["\u{a0}", "\u{202f}", "\u{2009}", "\u{3000}", "\t", "\r\n", "\u{2007}", "\u{85}", "\u{205f}"] {
            check_clean(&format!("{space}A 1{space}"), "A 1", true, false);
            check_clean(&format!("A{space}1"), &format!("A{space}1"), false, false);
            check_clean(space, "", true, false);
        }
        check_clean("红色（L）", "红色（L）", false, false);
        check_clean("เสื้อ-น้ำ", "เสื้อ-น้ำ", false, false);
    }

    #[test]
    fn what_nobody_sees_goes() {
        for unseen in [
            "\u{ad}", "\u{200b}", "\u{200c}", "\u{200d}", "\u{200e}", "\u{200f}", "\u{202a}", "\u{202c}", "\u{202e}",
            "\u{2060}", "\u{2066}", "\u{2069}", "\u{feff}", "\u{61c}", "\u{180e}",
        ] {
            check_clean(&format!("{unseen}TEE{unseen}-1"), "TEE-1", false, true);
            check_clean(&format!("TEE-1 {unseen}"), "TEE-1", true, true);
            check_clean(unseen, "", false, true);
        }
    }

    #[test]
    fn wide_characters_and_apart_accents_become_plain() {
        check_clean("ＴＥＥ－０１ａ", "TEE-01a", false, true);
        check_clean("Ａ＿１．２／３", "A_1.2/3", false, true);
        check_clean("４９０１２３４５６７８９４", "4901234567894", false, true);
        check_clean("cafe\u{301}", "caf\u{e9}", false, true);
        check_clean("ao\u{302}\u{301}", "aố", false, true);
        check_clean("caf\u{e9}", "caf\u{e9}", false, false);
        check_clean("红色（Ｌ）", "红色（L）", false, true);
    }

    #[test]
    fn an_exponent_has_eaten_the_digits() {
        for text in ["4.90123E+12", "4,90123E+12", "4.90123e+12", " 4.9E+12 ", "5E+12", "-4.9E+12", "8.85E+100"] {
            check(text, Kind::Text, Some(Damage::Scientific));
            check(text, Kind::Number, Some(Damage::Scientific));
        }
        for text in [
            "1E5",
            "1E10",
            "1E+5",
            "12E+10",
            "SKU-4.5E+10X",
            "4.5E+10X",
            "A4.5E+10",
            "4.5E10",
            "4.5E-10",
            "4.E+12",
            ".5E+12",
            "45.1E+12",
            "4.9F+12",
            "E+12",
            "4.9E+1234",
            "4.9 E+12",
            "TEE+12",
        ] {
            check(text, Kind::Text, None);
        }
    }

    #[test]
    fn a_long_number_ends_in_zeros() {
        check("1234567890123450", Kind::Number, Some(Damage::Rounded));
        check("12345678901234500000", Kind::Number, Some(Damage::Rounded));
        check("1234567890123450", Kind::Text, Some(Damage::SuspectRounded));
        check("12345678901234500000", Kind::Text, Some(Damage::SuspectRounded));
        for text in [
            "123456789012340",
            "100000000000000",
            "1234567890123456",
            "12345678901234501",
            "0000000000000000",
            "A234567890123450",
        ] {
            check(text, Kind::Text, None);
        }
        // A number keeps 15 digits: those behind were made up by whoever wrote the file.
        check("1234567890123456", Kind::Number, Some(Damage::Rounded));
        check("123456789012340", Kind::Number, None);
        check("4901234567894", Kind::Number, None);
    }

    #[test]
    fn a_date_cell_is_a_date() {
        check("2025-01-02", Kind::Date, Some(Damage::Date));
        check("2001-03-01 00:00:00", Kind::Date, Some(Damage::Date));
    }

    #[test]
    fn a_text_can_look_as_a_program_shows_a_date() {
        for text in [
            "1-Feb",
            "01-Feb",
            "31-Dec",
            "Mar-01",
            "Jan-24",
            "Sept-24",
            "2-Jan-25",
            "02-Jan-2025",
            "2025-01-02",
            "2025/1/2",
            "01/02/2025",
            "1/2/2025",
            "31/12/2025",
            "12/31/2025",
            "02-01-2025",
            "2025-01-02 00:00:00",
            "1/2/2025 0:00",
            "1-Mei",
            "Okt-01",
            "1-ก.พ.",
            "มี.ค.-01",
        ] {
            check(text, Kind::Text, Some(Damage::SuspectDate));
            check(text, Kind::Formula, None);
        }
        for text in [
            "MAR-01",
            "mar-01",
            "1-FEB",
            "1-2",
            "1/2",
            "Mac-01",
            "Set-01",
            "Mar-1",
            "Mar-2001",
            "32-Jan",
            "0-Jan",
            "TEE-Mar-01",
            "Mar-01-X",
            "Mar/01",
            "Mar 01",
            "2025-13-01",
            "2025-01-32",
            "13/13/2025",
            "01/02/25",
            "1999-2000",
            "1800-01-02",
            "2025-01-02-A",
            "2025-01-02 A",
            "2025-01-02 12",
            "123-45-6789",
            "12-34-5678",
            "",
            "-",
            "//",
            "March-01",
        ] {
            check(text, Kind::Text, None);
        }
    }

    #[test]
    fn other_cells_have_no_damage() {
        for kind in [Kind::Bool, Kind::Error, Kind::Formula, Kind::Picture] {
            check("4.90123E+12", kind, None);
        }
    }

    #[test]
    fn lost_zeros_come_back_where_the_check_digit_proves_them() {
        for (digits, whole) in [
            ("36000291452", Some("036000291452")),
            ("12345678905", Some("012345678905")),
            // Ten digits may as well be an ISBN.
            ("1234567895", None),
            ("1234567897", None),
            ("36000291453", None),
            ("036000291452", None),
            ("0600029145", None),
            ("4006381333931", None),
            ("96385074", None),
            ("10012345000017", None),
            // Fitting check digits, and too few digits.
            ("1234565", None),
            ("123456784", None),
            ("", None),
            ("3600029145X", None),
        ] {
            assert_eq!(with_lost_zeros(digits).as_deref(), whole, "{digits}");
        }
    }

    #[test]
    fn a_whole_number_can_have_a_point() {
        assert_eq!(without_point("4901234567894.0"), Some("4901234567894"));
        assert_eq!(without_point("6614.00"), Some("6614"));
        for text in [
            "4901234567894",
            "4901234567894.5",
            "6614.",
            ".0",
            "6614,0",
            "1234567890123456.0",
            "-1.0",
            "A.0",
            "1.0.0",
            "",
        ] {
            assert_eq!(without_point(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_format_shows_zeros_in_front() {
        assert_eq!(padded("123", 6).as_deref(), Some("000123"));
        assert_eq!(padded("901234567894", 13).as_deref(), Some("0901234567894"));
        for (text, digits) in
            [("123", 3), ("1234", 3), ("", 3), ("-12", 6), ("1.5", 6), ("A1", 6), ("123", 0), ("１", 3)]
        {
            assert_eq!(padded(text, digits), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_text_makes_it_stumble(text in prop_oneof![".{0,20}", "[0-9Ee+.,/JanMar -]{0,14}", "[a\u{301}\u{200b}\u{a0}Ａ１ ]{0,8}"]) {
            let once = cleaned(&text);
            let twice = cleaned(&once.text);
            prop_assert_eq!(&twice.text, &once.text);
            prop_assert!(!twice.is_trimmed && !twice.is_cleaned, "{:?}", once);
            prop_assert_eq!(once.text == text.as_str(), !once.is_trimmed && !once.is_cleaned);
            for kind in [Kind::Text, Kind::Number, Kind::Date, Kind::Bool] {
                let _ = damage(&text, kind);
            }
            let _ = (with_lost_zeros(&text), without_point(&text), padded(&text, 20));
        }
    }
}
