//! Text that a spreadsheet would take for a formula, made harmless for CSV, and back.
//!
//! The rule: a cell that begins, after any number of apostrophes, with a character that starts a formula
//! gets one more apostrophe in front; who reads our file again takes exactly one away from a cell of
//! that shape. So the merchant's own `'=x` becomes `''=x` and comes back as it was. A plain number such
//! as `-12.5` is no formula and stays.

use std::borrow::Cow;

/// The characters with which a spreadsheet begins a formula, their full-width forms, and the control
/// characters that it drops before it looks (OWASP, CSV injection).
const STARTS: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'];

/// The text as a CSV may hold it: what a spreadsheet would take for a formula gets an apostrophe in front.
#[must_use]
pub fn neutralised(text: &str) -> Cow<'_, str> {
    if is_formula_like(text) && !is_plain_number(text) {
        return Cow::Owned(format!("'{text}"));
    }
    Cow::Borrowed(text)
}

/// The text as it was before [`neutralised`].
#[must_use]
pub fn restored(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_formula_like(rest)).unwrap_or(text)
}

fn is_formula_like(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(STARTS)
}

/// An optional minus, digits, and at most one decimal point between them.
fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, part].iter().all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(typed: &str, written: &str) {
        assert_eq!(neutralised(typed), written);
        assert_eq!(restored(written), typed);
    }

    #[test]
    fn what_begins_like_a_formula_gets_an_apostrophe() {
        for start in STARTS {
            check(&format!("{start}cmd"), &format!("'{start}cmd"));
        }
        check("=1+1", "'=1+1");
        check("-12.5kg", "'-12.5kg");
        check("+6681234567", "'+6681234567");
        check("-", "'-");
        check("-.5", "'-.5");
    }

    #[test]
    fn everything_else_stays() {
        for text in ["", "T-shirt", "a=b", "'quoted'", "'", "12.5", "-12.5", "-0", " =1", "เสื้อ"] {
            check(text, text);
        }
    }

    #[test]
    fn a_merchants_own_apostrophe_comes_back() {
        check("'=x", "''=x");
        check("''-12.5", "'''-12.5");
    }

    proptest! {
        #[test]
        fn every_text_comes_back_and_none_is_a_formula(text in "['=+@\\-\t\r\n\0＝＋－＠a1. ]{0,6}") {
            let written = neutralised(&text).into_owned();
            prop_assert_eq!(restored(&written), text.as_str());
            prop_assert!(!written.starts_with(STARTS) || is_plain_number(&written));
        }
    }
}
