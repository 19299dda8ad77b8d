//! When a value of the shop and one of the sheet are the same to the merchant, however each is written.
//!
//! Marketplaces show numbers with other zeros, fold white space, and write the marks of HTML as they like: the
//! GetProducts page itself shows one text with `&nbsp;` in XML and with a blank in JSON. What a merchant would call a
//! change is one: letter case, marks and digits count.

use unicode_normalization::UnicodeNormalization;

use crate::record::{Measure, Price, Quantity, SaleMoment};

/// Both are the same value of the field of that name.
pub(super) fn is_same(name: &str, theirs: &str, ours: &str) -> bool {
    if theirs == ours {
        return true;
    }
    match name {
        "price" | "special_price" => is_equal(Price::parse, theirs, ours),
        "package_weight" | "package_length" | "package_width" | "package_height" => {
            is_equal(Measure::parse, theirs, ours)
        }
        "quantity" => is_equal(Quantity::parse, theirs, ours),
        "special_from_date" | "special_to_date" => is_equal(SaleMoment::parse, theirs, ours),
        "name" | "short_description" | "description" | "brand" | "model" | "ProductId" => is_same_text(theirs, ours),
        _ => is_same_text(theirs, ours) || is_same_number(theirs, ours),
    }
}

/// `ours` is `theirs` with a `?` for letters that an encoding of the sheet could not hold.
pub(super) fn is_damaged(theirs: &str, ours: &str) -> bool {
    let (theirs, ours) = (theirs.trim(), ours.trim());
    let is_lost = |(theirs, ours): (char, char)| !theirs.is_ascii() && ours == '?';
    let pairs = || theirs.chars().zip(ours.chars());
    theirs.chars().count() == ours.chars().count()
        && pairs().all(|pair| pair.0 == pair.1 || is_lost(pair))
        && pairs().any(is_lost)
}

/// Both are the address of one picture. Marketplaces show one picture by `http` here and by `https` there; every other
/// letter counts.
pub(super) fn is_same_address(theirs: &str, ours: &str) -> bool {
    behind_scheme(theirs) == behind_scheme(ours)
}

fn behind_scheme(address: &str) -> &str {
    match address.split_once("://") {
        Some((scheme, rest)) if ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web)) => rest,
        Some(_) | None => address,
    }
}

fn is_equal<T: PartialEq>(read: impl Fn(&str) -> Option<T>, theirs: &str, ours: &str) -> bool {
    read(theirs).is_some_and(|theirs| read(ours) == Some(theirs))
}

/// `5` and `5.0`, not `1.1` and `1.10`, which may be versions.
fn is_same_number(theirs: &str, ours: &str) -> bool {
    let whole = |text: &str| {
        let text = text.trim();
        let digits = text.strip_suffix(".00").or(text.strip_suffix(".0")).unwrap_or(text).to_owned();
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then_some(digits)
    };
    whole(theirs).is_some_and(|theirs| whole(ours) == Some(theirs))
}

fn is_same_text(theirs: &str, ours: &str) -> bool {
    let has_markup = has_tag(theirs) && has_tag(ours);
    let normal = |text: &str| {
        let text = if has_markup { unescaped(text) } else { text.to_owned() };
        text.split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect::<String>()
    };
    normal(theirs) == normal(ours)
}

fn has_tag(text: &str) -> bool {
    let begins = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
    text.split('<').skip(1).any(begins)
}

/// The marks that HTML shows alike whether or not they are escaped. `&lt;` and `&gt;` are not among them: unescaped,
/// they would begin and end a tag.
fn unescaped(text: &str) -> String {
    const ALIKE: [(&str, char); 7] = [
        ("&nbsp;", ' '),
        ("&#160;", ' '),
        ("&quot;", '"'),
        ("&#34;", '"'),
        ("&apos;", '\''),
        ("&#39;", '\''),
        ("&amp;", '&'),
    ];
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = ALIKE.into_iter().find_map(|(escape, mark)| Some((rest.strip_prefix(escape)?, mark)));
        match known {
            // `&amp;lt;` shows `&lt;`, which `&lt;` does not.
            Some((behind, mark)) if mark != '&' || !is_escape(behind) => {
                plain.push(mark);
                rest = behind;
            }
            Some(_) | None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// `lt;`, `#39;`: behind `&` it would be an escaped mark.
fn is_escape(text: &str) -> bool {
    let name = text.strip_prefix('#').unwrap_or(text);
    let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
    end > 0 && name[end..].starts_with(';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, theirs: &str, ours: &str, expect: bool) {
        assert_eq!(is_same(name, theirs, ours), expect, "{name}: `{theirs}` and `{ours}`");
        assert_eq!(is_same(name, ours, theirs), expect, "{name}: `{ours}` and `{theirs}`");
    }

    #[test]
    fn numbers_are_the_same_whatever_their_zeros() {
        for text in ["350", "350.0", "350.00"] {
            check("price", text, "350", true);
            check("package_weight", text, "350.0", true);
            check("quantity", text, "350", true);
            check("display_size", text, "350", true);
        }
        check("special_price", "350.0", "350.01", false);
        check("price", "many", "350", false);
        check("quantity", "1", "10", false);
    }

    #[test]
    fn codes_and_names_are_no_numbers() {
        check("model", "7", "7.0", false);
        check("name", "501", "501.0", false);
        check("ProductId", "036000291452", "36000291452", false);
        check("style_code", "007", "7", false);
        check("style_code", "0.7", "0.70", false);
        check("style_code", "7", "7.0", true);
    }

    #[test]
    fn a_text_that_lost_its_letters_is_damaged() {
        let check = |theirs: &str, ours: &str, expect: bool| assert_eq!(is_damaged(theirs, ours), expect, "{ours}");
        check("Bé Nắng", "Bé N?ng", true);
        check("学习平板电脑 10.1", "?????? 10.1", true);
        check("Who", "Who?", false);
        check("Wh?", "Wh?", false);
        check("Nắng", "Nang", false);
        check("Nắng", "N??ng", false);
        check("Really", "R?ally", false);
    }

    #[test]
    fn dates_are_compared_by_their_quarter_of_an_hour() {
        check("special_from_date", "2018-05-01 18:23:11", "2018-05-01 18:15", true);
        check("special_to_date", "2018-05-01", "2018-05-01 00:00", true);
        check("special_to_date", "2018-05-01", "2018-05-01 00:15", false);
        check("special_to_date", "0000-00-00", "2018-05-01 00:15", false);
    }

    #[test]
    fn white_space_and_the_making_of_letters_do_not_count() {
        check("description", " two\r\n\tlines\u{a0}here ", "two lines here", true);
        check("name", "Cafe\u{301}", "Caf\u{e9}", true);
        check("name", "T-shirt", "T shirt", false);
        check("name", "T-shirt", "t-shirt", false);
        check("name", "Tee", "Tee.", false);
        check("name", "one two", "onetwo", false);
    }

    #[test]
    fn markup_may_escape_what_it_shows_alike() {
        check("description", "<p>AT&amp;T&nbsp;5.5&quot;</p>", "<p>AT&T 5.5\"</p>", true);
        check("description", "<p>a&nbsp; b</p>", "<p>a b</p>", true);
        check("description", "<p>&lt;b&gt;</p>", "<p><b></p>", false);
        check("description", "<p>&amp;lt;</p>", "<p>&lt;</p>", false);
        check("description", "<p>&amp;#39;</p>", "<p>'</p>", false);
        check("description", "<p>a & b; c</p>", "<p>a &amp; b; c</p>", true);
        check("name", "AT&amp;T", "AT&T", false);
        check("name", "1 < 2 &amp; 3", "1 < 2 & 3", false);
    }

    #[test]
    fn an_address_may_have_either_scheme() {
        assert!(is_same_address("http://a.co//1.jpg", "HTTPS://a.co//1.jpg"));
        assert!(!is_same_address("http://a.co/1.jpg", "http://a.co/1.JPG"));
        assert!(!is_same_address("ftp://a.co/1.jpg", "http://a.co/1.jpg"));
    }
}
