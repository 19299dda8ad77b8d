//! A number as the file spells it -> the digits that a spreadsheet shows, without a float between.
//!
//! A float's spelling has up to 17 digits, the last of which no merchant typed: `388.49999999999994`.
//! So a spelling with a fraction or an exponent keeps 15 significant digits, as spreadsheets do; a
//! whole number without an exponent keeps all it has.

/// The significant digits that a spreadsheet keeps.
const SIGNIFICANT: usize = 15;
/// A float reaches from about 1e-324 to 1.8e308.
const HIGHEST: i64 = 308;
const LOWEST: i64 = -324;

/// What a spelling is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Spelled {
    /// A number; its digits were appended.
    Number,
    /// Not a number, infinite or larger than a spreadsheet counts.
    Beyond,
    /// No spelling of a number.
    Garbage,
}

/// Appends the number that `spelling` is to `text`.
pub(super) fn push(spelling: &str, text: &mut String) -> Spelled {
    if is_plain(spelling.as_bytes()) {
        text.push_str(spelling);
        return Spelled::Number;
    }
    let (is_negative, unsigned) = match spelling.as_bytes().first() {
        Some(b'-') => (true, &spelling[1..]),
        Some(b'+') => (false, &spelling[1..]),
        Some(_) | None => (false, spelling),
    };
    let Some((whole, fraction, exponent)) = split(unsigned) else {
        let word = unsigned.to_ascii_lowercase();
        let is_beyond = matches!(word.as_str(), "nan" | "inf" | "infinity");
        return if is_beyond { Spelled::Beyond } else { Spelled::Garbage };
    };
    let is_float = fraction.is_some() || exponent.is_some();
    let fraction = fraction.unwrap_or("");
    if exponent.is_none() && whole.len() + fraction.len() <= SIGNIFICANT {
        push_plain(is_negative, whole, fraction, text);
        return Spelled::Number;
    }
    push_long(is_negative, whole, fraction, exponent.unwrap_or(0), is_float, text)
}

/// The number is spelled as it is to be shown, as most numbers are.
#[inline]
pub(super) fn is_plain(spelling: &[u8]) -> bool {
    let mut point = None;
    for (at, byte) in spelling.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {}
            b'.' if point.is_none() && at > 0 => point = Some(at),
            _ => return false,
        }
    }
    let [first, .., last] = spelling else { return spelling.len() == 1 };
    let has_zeros = (*first == b'0' && point != Some(1)) || (point.is_some() && matches!(last, b'0' | b'.'));
    spelling.len() <= SIGNIFICANT && !has_zeros
}

/// Digits before the point, behind it, and the exponent.
fn split(unsigned: &str) -> Option<(&str, Option<&str>, Option<i64>)> {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent_of(exponent)?)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let has_some = !whole.is_empty() || fraction.is_some_and(|fraction| !fraction.is_empty());
    (has_some && is_digits(whole) && is_digits(fraction.unwrap_or(""))).then_some((whole, fraction, exponent))
}

fn exponent_of(text: &str) -> Option<i64> {
    let (is_negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // One that is larger by far changes nothing: the number is zero or beyond.
    let size = digits.parse::<i64>().unwrap_or(i64::MAX).min(1 << 40);
    Some(if is_negative { -size } else { size })
}

fn push_plain(is_negative: bool, whole: &str, fraction: &str, text: &mut String) {
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    if is_negative && !(whole.is_empty() && fraction.is_empty()) {
        text.push('-');
    }
    text.push_str(if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
}

fn push_long(
    is_negative: bool,
    whole: &str,
    fraction: &str,
    exponent: i64,
    is_float: bool,
    text: &mut String,
) -> Spelled {
    let all = [whole, fraction].concat();
    let digits = all.trim_start_matches('0');
    // The number is 0.DIGITS times ten to the power of `point`.
    let mut point = whole.len() as i64 - (all.len() - digits.len()) as i64 + exponent;
    let mut digits = digits.trim_end_matches('0').as_bytes().to_vec();
    if is_float && digits.len() > SIGNIFICANT {
        round(&mut digits, &mut point);
    }
    if digits.is_empty() || (is_float && point - 1 < LOWEST) {
        text.push('0');
        return Spelled::Number;
    }
    if is_float && point - 1 > HIGHEST {
        return Spelled::Beyond;
    }
    if is_negative {
        text.push('-');
    }
    let digits = String::from_utf8_lossy(&digits);
    let Ok(before) = usize::try_from(point) else {
        text.push_str("0.");
        text.extend(std::iter::repeat_n('0', point.unsigned_abs() as usize));
        text.push_str(&digits);
        return Spelled::Number;
    };
    match digits.split_at_checked(before) {
        Some(("", fraction)) => text.extend(["0.", fraction]),
        Some((whole, "")) => text.push_str(whole),
        Some((whole, fraction)) => text.extend([whole, ".", fraction]),
        None => {
            text.push_str(&digits);
            text.extend(std::iter::repeat_n('0', before - digits.len()));
        }
    }
    Spelled::Number
}

/// Rounds to [`SIGNIFICANT`] digits, a half upwards, and drops the zeros at the end.
fn round(digits: &mut Vec<u8>, point: &mut i64) {
    let is_up = digits[SIGNIFICANT] >= b'5';
    digits.truncate(SIGNIFICANT);
    if is_up {
        while digits.last() == Some(&b'9') {
            digits.pop();
        }
        match digits.last_mut() {
            Some(last) => *last += 1,
            None => {
                digits.push(b'1');
                *point += 1;
            }
        }
    }
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(spelling: &str, expect: &str) {
        let mut text = String::new();
        assert_eq!(push(spelling, &mut text), Spelled::Number, "{spelling}");
        assert_eq!(text, expect, "{spelling}");
    }

    #[track_caller]
    fn check_not(spelling: &str, expect: Spelled) {
        assert_eq!(push(spelling, &mut String::new()), expect, "{spelling}");
    }

    #[test]
    fn digits_stay_as_they_are_typed() {
        check("388.5", "388.5");
        check("-388.5", "-388.5");
        check("4901234567894", "4901234567894");
        check("12345678901234567890", "12345678901234567890");
        check("-12345678901234567000", "-12345678901234567000");
        check("100", "100");
        check("0.05", "0.05");
        check(".5", "0.5");
        check("5.", "5");
        check("+7", "7");
    }

    #[test]
    fn zeros_that_say_nothing_are_left_out() {
        check("12.50", "12.5");
        check("12.00", "12");
        check("007", "7");
        check("0", "0");
        check("-0", "0");
        check("-0.0", "0");
        check("0e5", "0");
        check("00000000000000000000012.50", "12.5");
    }

    #[test]
    fn exponents_are_written_out() {
        check("4.901234567894E+12", "4901234567894");
        check("1E21", "1000000000000000000000");
        check("1e-7", "0.0000001");
        check("-1.5e3", "-1500");
        check("1.5e0", "1.5");
        check("12e-1", "1.2");
        check("1E-400", "0");
        check("2.2250738585072014E-308", &format!("0.{}222507385850720", "0".repeat(307)).replace("720", "72"));
    }

    #[test]
    fn the_tail_of_a_float_is_rounded_away() {
        check("0.30000000000000004", "0.3");
        check("388.49999999999994", "388.5");
        check("99.999999999999986", "100");
        check("999999999999999.9", "1000000000000000");
        check("1.2345678901234567E18", "1234567890123460000");
        check("1234567890123456.0", "1234567890123460");
        check("0.1234567890123449", "0.123456789012345");
        check("9.9999999999999999e307", &format!("1{}", "0".repeat(308)));
    }

    #[test]
    fn the_short_way_and_the_long_way_agree() {
        for plain in ["0", "7", "10", "0.5", "10.05", "123456789012345", "1234567890123.5", "0.0000000000001"] {
            assert!(is_plain(plain.as_bytes()), "{plain}");
            let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
            let mut text = String::new();
            push_plain(false, whole, fraction, &mut text);
            assert_eq!(text, plain);
        }
        for other in ["", ".", "-1", "00", "01", "01.5", "1.", ".5", "1.50", "0.0", "1..5", "1e5", "1234567890123456"] {
            assert!(!is_plain(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn what_is_no_number_is_told() {
        for beyond in ["NaN", "INF", "-inf", "1e309", "1e999999999999999999999", "-Infinity"] {
            check_not(beyond, Spelled::Beyond);
        }
        for garbage in ["", "-", ".", "e5", "1e", "1,5", "0x10", "1 2", "--1", "1.2.3", "1e5.5", "one", "๑"] {
            check_not(garbage, Spelled::Garbage);
        }
    }
}
