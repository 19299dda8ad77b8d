//! How numbers are written: decimal and thousands marks, digits of other scripts, currencies, units.
//!
//! A number is read when it has one reading. `1,299` has two; which is meant is told by the other values of
//! its column, or by the settings, and never guessed.

use rust_decimal::{Decimal, RoundingStrategy};

mod parts;

use super::Repair;
use super::oddity::Oddities;
use crate::column::{Currency, Unit};
use parts::{Beside, Dash, Parts, folded};

/// The mark in front of the fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalMark {
    /// `1,299.50`
    Point,
    /// `1.299,50`
    Comma,
}

/// What a number counts: it decides which readings make sense and what may stand beside the digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    Money,
    Pieces,
    Weight,
    Length,
}

/// What is known before a number is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct NumberSense {
    pub(super) amount: Amount,
    /// How its column is written, where that is settled.
    pub(super) mark: Option<DecimalMark>,
    /// The settings say so; otherwise other values of the column do.
    pub(super) is_mark_told: bool,
    /// The shop's currency, where the country is known.
    pub(super) currency: Option<Currency>,
    /// Prices of that currency have no decimals: the thousands reading is the only one that makes sense.
    pub(super) is_whole: bool,
}

/// What a text is as a number.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum NumberReading {
    /// Plain digits with at most one decimal point.
    Plain(Decimal),
    /// Another writing with one reading.
    Read { number: Decimal, mark: Option<DecimalMark>, oddities: Oddities },
    /// With a point for the decimals it is one number, with a comma another.
    Ambiguous { point: Decimal, comma: Decimal },
    /// A price in other money.
    Foreign(String),
    /// A number with a unit behind it that fits.
    WithUnit { number: Decimal, unit: Unit },
    /// A number of pieces with the word for them.
    Counted(Decimal),
    /// No number, but likely meant as this one, for this reason.
    Likely { proposal: Decimal, slip: Slip },
    /// No number; why, where that helps.
    Not(Option<&'static str>),
}

/// Why a text is no number, but likely one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slip {
    /// `12.5O`
    Letter,
    /// `1e2`
    Exponent,
}

impl Slip {
    pub(super) fn words(self) -> &'static str {
        match self {
            Slip::Letter => "a letter stands where a digit should",
            Slip::Exponent => "it is written with an exponent",
        }
    }

    pub(super) fn repair(self) -> Repair {
        match self {
            Slip::Letter => Repair::Letter,
            Slip::Exponent => Repair::Exponent,
        }
    }
}

/// Reads `text`.
pub(super) fn read_number(text: &str, sense: &NumberSense) -> NumberReading {
    if let Some(number) = plain(text, sense) {
        return NumberReading::Plain(number);
    }
    let mut oddities = Oddities::default();
    let folded = folded(text, &mut oddities);
    let Some(parts) = Parts::of(&folded) else { return likely(&folded) };
    if parts.dash != Dash::No {
        if sense.amount != Amount::Money {
            return NumberReading::Not(Some("a dash stands behind it"));
        }
        oddities.add(Oddities::DASH);
    }
    let beside = match Beside::of(&parts, sense) {
        Ok(beside) => beside,
        Err(NumberReading::Not(None)) => return likely(&folded),
        Err(reading) => return reading,
    };
    let money = match beside {
        Beside::Money(marked) => {
            oddities.add(Oddities::CURRENCY);
            marked
        }
        Beside::Nothing | Beside::Unit(_) | Beside::Word => None,
    };
    let reading = settle(&parts, sense, money, oddities);
    match (beside, reading) {
        (Beside::Unit(unit), NumberReading::Plain(number) | NumberReading::Read { number, .. }) => {
            NumberReading::WithUnit { number, unit }
        }
        (Beside::Word, NumberReading::Plain(number) | NumberReading::Read { number, .. }) => {
            NumberReading::Counted(number)
        }
        (Beside::Nothing | Beside::Money(_), NumberReading::Not(None)) => likely(&folded),
        (_, reading) => reading,
    }
}

/// The same number without white space and invisible characters around it, without a mark of the shop's currency and
/// in ASCII digits; nothing where it is so already. Its marks of thousands and decimals stay: they tell how its column
/// is written.
pub(super) fn tidied(text: &str, sense: &NumberSense) -> Option<String> {
    let NumberReading::Read { number, oddities, .. } = read_number(text, sense) else { return None };
    let is_untidy = [Oddities::SPACE, Oddities::CURRENCY, Oddities::DIGITS].into_iter().any(|odd| oddities.has(odd));
    // The dash is written with its currency, and tells of the decimals. Whose currency it is, only the shop's tells.
    let is_foreign = oddities.has(Oddities::CURRENCY) && sense.currency.is_none();
    if !is_untidy || is_foreign || oddities.has(Oddities::DASH) {
        return None;
    }
    if oddities.has(Oddities::CUSTOM) {
        // Without its currency it would have two readings.
        return Some(number.normalize().to_string());
    }
    let folded = folded(text, &mut Oddities::default());
    let parts = Parts::of(&folded)?;
    Some(format!("{}{}", if parts.is_negative { "-" } else { "" }, parts.body))
}

/// What a plain text is, as the checker meets it most of the time.
fn plain(text: &str, sense: &NumberSense) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let point = digits.bytes().position(|byte| byte == b'.');
    let (whole, fraction) = point.map_or((digits, "0"), |at| (&digits[..at], &digits[at + 1..]));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) || can_be_thousands(whole, fraction) {
        return None;
    }
    let number = exact(text)?;
    fits(number, sense.amount).then_some(number)
}

/// A number with a decimal point, as exact as it stands there.
pub(super) fn exact(text: &str) -> Option<Decimal> {
    of_digits(text).or_else(|| Decimal::from_str_exact(text).ok())
}

/// Nearly every number: digits that a machine word holds, with one point between them or none.
fn of_digits(text: &str) -> Option<Decimal> {
    const MOST: usize = 18;
    let bytes = text.as_bytes();
    let (mut digits, mut point) = (0_i64, None);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'0'..=b'9' => digits = digits.wrapping_mul(10).wrapping_add(i64::from(byte - b'0')),
            b'.' if point.is_none() && at > 0 => point = Some(at),
            _ => return None,
        }
    }
    let decimals = point.map_or(0, |point| bytes.len() - 1 - point);
    let is_whole = !matches!(bytes, [] | [.., b'.']) && bytes.len() <= MOST;
    is_whole.then(|| Decimal::new(digits, decimals as u32))
}

/// `1.299`: the fraction may as well be a group of thousands.
fn can_be_thousands(whole: &str, fraction: &str) -> bool {
    fraction.len() == 3 && whole.len() <= 3 && !whole.starts_with('0')
}

/// Pieces are whole.
fn fits(number: Decimal, amount: Amount) -> bool {
    match amount {
        Amount::Pieces => number.scale() == 0 || number.fract().is_zero(),
        Amount::Money | Amount::Weight | Amount::Length => true,
    }
}

/// `12x10x5`
fn several(body: &str) -> Option<&'static str> {
    let is_measure = |part: &str| part.trim().starts_with(|c: char| c.is_ascii_digit());
    let parts = body.split(['x', 'X', '×', '*']);
    let is_several = parts.clone().count() > 1 && parts.into_iter().all(is_measure);
    is_several.then_some("it holds several measures; give length, width and height a column each")
}

/// Decides between the two readings.
fn settle(parts: &Parts<'_>, sense: &NumberSense, money: Option<Currency>, mut oddities: Oddities) -> NumberReading {
    let read = |mark| {
        let (number, is_grouped) = grouped(parts.body, mark)?;
        let number = if parts.is_negative { -number } else { number };
        // A dash stands where the decimals would.
        let has_decimals_twice = parts.dash != Dash::No && number.scale() > 0;
        (fits(number, sense.amount) && !has_decimals_twice).then_some((number, is_grouped))
    };
    let (point, comma) = (read(DecimalMark::Point), read(DecimalMark::Comma));
    let has_mark = parts.body.contains(['.', ',']);
    let ((number, is_grouped), mark) = match (point, comma) {
        (Some(point), Some(comma)) if point.0 == comma.0 => (point, parts.dash.mark()),
        (Some(point), Some(comma)) => {
            let by_custom = || convention(money).filter(|mark| *mark == thousands(point.0));
            let chosen = sense.mark.or_else(|| whole(sense, point.0, comma.0)).or_else(by_custom);
            match (sense.mark, sense.is_mark_told, money) {
                (Some(_), true, _) => oddities.add(Oddities::DECIDED),
                (None, _, Some(_)) => oddities.add(Oddities::CUSTOM),
                (Some(_), false, _) | (None, _, None) => {}
            }
            match chosen {
                // A decision tells nothing about the other values.
                Some(DecimalMark::Point) => (point, None),
                Some(DecimalMark::Comma) => (comma, None),
                None => return NumberReading::Ambiguous { point: point.0, comma: comma.0 },
            }
        }
        (Some(point), None) => (point, has_mark.then_some(DecimalMark::Point)),
        (None, Some(comma)) => (comma, has_mark.then_some(DecimalMark::Comma)),
        (None, None) if parts.dash != Dash::No => return NumberReading::Not(Some("a dash stands behind it")),
        (None, None) => return NumberReading::Not(several(parts.body)),
    };
    if is_grouped {
        oddities.add(Oddities::THOUSANDS);
    }
    NumberReading::Read { number, mark, oddities }
}

/// Of two readings the one without decimals: no price has three.
fn thousands(point: Decimal) -> DecimalMark {
    if point.scale() == 0 { DecimalMark::Point } else { DecimalMark::Comma }
}

/// A value that carries a currency's mark is written as that currency is.
fn convention(currency: Option<Currency>) -> Option<DecimalMark> {
    match currency? {
        Currency::Idr | Currency::Vnd | Currency::Eur => Some(DecimalMark::Comma),
        Currency::Sgd | Currency::Myr | Currency::Php | Currency::Thb | Currency::Usd | Currency::Cny => {
            Some(DecimalMark::Point)
        }
    }
}

/// Money without decimals: the reading that has none.
fn whole(sense: &NumberSense, point: Decimal, comma: Decimal) -> Option<DecimalMark> {
    if sense.amount != Amount::Money || !sense.is_whole {
        return None;
    }
    match (point.scale() == 0, comma.scale() == 0) {
        (true, false) => Some(DecimalMark::Point),
        (false, true) => Some(DecimalMark::Comma),
        (true, true) | (false, false) => None,
    }
}

/// The number that `body` is with this mark in front of its fraction, and whether it has thousands marks.
fn grouped(body: &str, mark: DecimalMark) -> Option<(Decimal, bool)> {
    let (decimal, other) = match mark {
        DecimalMark::Point => ('.', ','),
        DecimalMark::Comma => (',', '.'),
    };
    let (whole, fraction) = match body.split_once(decimal) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (body, None),
    };
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if fraction.is_some_and(|fraction| !all_digits(fraction)) {
        return None;
    }
    let grouper = whole.chars().find(|c| !c.is_ascii_digit());
    let digits = match grouper {
        None => whole.to_owned(),
        Some(grouper) if grouper == other || matches!(grouper, ' ' | '\'') => {
            let groups: Vec<&str> = whole.split(grouper).collect();
            if !groups.iter().all(|group| all_digits(group)) || !are_groups(&groups, mark) {
                return None;
            }
            groups.concat()
        }
        Some(_) => return None,
    };
    if !all_digits(&digits) {
        return None;
    }
    let text = fraction.map_or_else(|| digits.clone(), |fraction| format!("{digits}.{fraction}"));
    Some((Decimal::from_str_exact(&text).ok()?, grouper.is_some()))
}

/// Groups of three, or as in India of two with three at the end.
fn are_groups(groups: &[&str], mark: DecimalMark) -> bool {
    let [first, middle @ .., last] = groups else { return false };
    if first.starts_with('0') || last.len() != 3 {
        return false;
    }
    let by_three = first.len() <= 3 && middle.iter().all(|group| group.len() == 3);
    let by_two = mark == DecimalMark::Point
        && !middle.is_empty()
        && first.len() <= 2
        && middle.iter().all(|group| group.len() == 2);
    by_three || by_two
}

/// A text that is no number, but looks like one with a slip.
fn likely(text: &str) -> NumberReading {
    let number = |text: &str| grouped(text, DecimalMark::Point).map(|(number, _)| number);
    let is_scientific = text.contains(['e', 'E']) && text.starts_with(|c: char| c.is_ascii_digit());
    if is_scientific && let Ok(proposal) = Decimal::from_scientific(text) {
        return NumberReading::Likely { proposal: proposal.normalize(), slip: Slip::Exponent };
    }
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    let mended: String = text.chars().map(|c| digit_meant(c).unwrap_or(c)).collect();
    match number(&mended).filter(|_| has_digit && mended != text) {
        Some(proposal) => NumberReading::Likely { proposal, slip: Slip::Letter },
        None => NumberReading::Not(several(text).filter(|_| has_digit)),
    }
}

/// The digit that a letter is mistaken for.
fn digit_meant(letter: char) -> Option<char> {
    match letter {
        'O' | 'o' => Some('0'),
        'l' | 'I' => Some('1'),
        _ => None,
    }
}

/// The same measure in another unit of its kind.
pub(super) fn in_unit(number: Decimal, from: Unit, to: Unit) -> Decimal {
    let factor = |unit: Unit| Decimal::new(unit.factor().0, unit.factor().1);
    let exact = number.checked_mul(factor(from)).and_then(|number| number.checked_div(factor(to)));
    exact.map_or(number, |number| number.normalize())
}

/// A measure in the marketplace's unit, and whether it was rounded to the two decimals that it takes.
pub(super) fn converted(number: Decimal, unit: Unit) -> (Decimal, bool) {
    let (digits, decimals) = unit.factor();
    let Some(exact) = number.checked_mul(Decimal::new(digits, decimals)) else { return (number, false) };
    let exact = exact.normalize();
    let is_own = unit.factor() == (1, 0);
    if is_own || exact.scale() <= 2 {
        return (exact, false);
    }
    let rounded = exact.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero).normalize();
    // A parcel weighs something.
    let least = Decimal::new(1, 2);
    (if exact > Decimal::ZERO && rounded < least { least } else { rounded }, true)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sense(amount: Amount) -> NumberSense {
        NumberSense { amount, mark: None, is_mark_told: false, currency: None, is_whole: false }
    }

    proptest! {
        #[test]
        fn digits_are_read_as_the_library_reads_them(text in "0{0,2}[0-9]{0,19}\\.?[0-9]{0,3}|[-+.0-9]{0,6}") {
            if let Some(number) = of_digits(&text) {
                let read = Decimal::from_str_exact(&text).unwrap();
                prop_assert_eq!((number, number.scale()), (read, read.scale()));
            }
        }
    }

    fn shown(reading: &NumberReading) -> String {
        match reading {
            NumberReading::Plain(number) => format!("{number}"),
            NumberReading::Read { number, mark, oddities } => {
                let mark = mark.map_or("", |mark| if mark == DecimalMark::Point { " point" } else { " comma" });
                format!("{number}{mark} {:?}", oddities.words().collect::<Vec<_>>())
            }
            NumberReading::Ambiguous { point, comma } => format!("{point} or {comma}"),
            NumberReading::Foreign(mark) => format!("foreign {mark}"),
            NumberReading::WithUnit { number, unit } => format!("{number} in {}", unit.symbol()),
            NumberReading::Counted(number) => format!("{number} pieces"),
            NumberReading::Likely { proposal, .. } => format!("likely {proposal}"),
            NumberReading::Not(why) => format!("not {}", why.unwrap_or_default()),
        }
    }

    #[track_caller]
    fn check(sense: &NumberSense, text: &str, expect: &str) {
        assert_eq!(shown(&read_number(text, sense)).trim_end(), expect, "{text}");
    }

    #[track_caller]
    fn money(text: &str, expect: &str) {
        check(&sense(Amount::Money), text, expect);
    }

    #[test]
    fn plain_digits_are_kept_as_typed() {
        for text in ["388.50", "12", "0.05", "1000000", "-3", "0.250", "1299.5"] {
            money(text, text);
        }
    }

    #[test]
    fn a_mark_that_can_stand_for_thousands_has_two_readings() {
        money("1,299", "1299 or 1.299");
        money("1.299", "1.299 or 1299");
        money("999.999", "999.999 or 999999");
    }

    #[test]
    fn a_writing_with_one_reading_is_read_and_told() {
        money("1.299,00", "1299.00 comma [\"thousands marks\"]");
        money("1,299.00", "1299.00 point [\"thousands marks\"]");
        money("1 299,00", "1299.00 comma [\"thousands marks\"]");
        money("1\u{a0}299", "1299 [\"thousands marks\"]");
        money("1'299.00", "1299.00 point [\"thousands marks\"]");
        money("1,29,900.00", "129900.00 point [\"thousands marks\"]");
        money("1.299.000", "1299000 comma [\"thousands marks\"]");
        money("12,50", "12.50 comma []");
        money("0,500", "0.500 comma []");
        money("12.50 ", "12.50 point [\"white space around them\"]");
        money("１２９９．００", "1299.00 point [\"digits of another script or width\"]");
        money("๑๒๙๙", "1299 [\"digits of another script or width\"]");
        money("١٢٩٩٫٥٠", "1299.50 point [\"digits of another script or width\"]");
        money("(5.00)", "-5.00 point []");
        money("–5", "-5 []");
    }

    #[test]
    fn a_dash_for_the_decimals_tells_the_mark() {
        money("1,299.-", "1299 point [\"thousands marks\", \"a dash for the decimals\"]");
        money("1.299,-", "1299 comma [\"thousands marks\", \"a dash for the decimals\"]");
        money("1299.-", "1299 point [\"a dash for the decimals\"]");
        money("฿1,299.-", "1299 point [\"thousands marks\", \"currency marks\", \"a dash for the decimals\"]");
        money("590-", "590 [\"a dash for the decimals\"]");
        // In Europe a point stands between thousands, and a dash behind.
        money("1.299.-", "1299 comma [\"thousands marks\", \"a dash for the decimals\"]");
        money("99.00-", "not a dash stands behind it");
        check(&sense(Amount::Pieces), "5-", "not a dash stands behind it");
    }

    #[test]
    fn a_currency_of_the_shop_is_read_as_its_country_writes_it() {
        let of = |currency, is_whole| NumberSense { currency: Some(currency), is_whole, ..sense(Amount::Money) };
        let thai = of(Currency::Thb, false);
        check(&thai, "฿1,299", "1299 [\"thousands marks\", \"currency marks\"]");
        check(&thai, "1299 บาท", "1299 [\"currency marks\"]");
        check(&thai, "299 THB", "299 [\"currency marks\"]");
        check(&thai, "$299", "foreign $");
        check(&thai, "1,299", "1299 or 1.299");
        let rupiah = of(Currency::Idr, true);
        check(&rupiah, "Rp 150.000", "150000 [\"thousands marks\", \"currency marks\"]");
        check(&rupiah, "Rp 150,000", "150000 [\"thousands marks\", \"currency marks\"]");
        check(&thai, "฿1.299", "1.299 or 1299");
        check(&rupiah, "150.000", "150000 [\"thousands marks\"]");
        check(
            &rupiah,
            "Rp150.000,-",
            "150000 comma [\"thousands marks\", \"currency marks\", \"a dash for the decimals\"]",
        );
        check(&of(Currency::Sgd, false), "S$12.90", "12.90 point [\"currency marks\"]");
        check(&of(Currency::Myr, false), "RM12", "12 [\"currency marks\"]");
        money("₱1,299", "1299 [\"thousands marks\", \"currency marks\"]");
    }

    #[test]
    fn a_settled_column_has_one_reading() {
        let comma = NumberSense { mark: Some(DecimalMark::Comma), is_mark_told: true, ..sense(Amount::Money) };
        check(&comma, "1.299", "1299 [\"marks of two readings, read as the locale says\", \"thousands marks\"]");
        check(&comma, "1,299", "1.299 [\"marks of two readings, read as the locale says\"]");
        check(&comma, "12.50", "12.50");
    }

    #[test]
    fn pieces_are_whole() {
        let pieces = sense(Amount::Pieces);
        check(&pieces, "10.0", "10.0");
        check(&pieces, "1,250", "1250 point [\"thousands marks\"]");
        check(&pieces, "1.000", "1.000 or 1000");
        check(&pieces, "10 pcs", "10 pieces");
        check(&pieces, "10 ชิ้น", "10 pieces");
        check(&pieces, "1e2", "likely 100");
        for text in ["1.5", "∞", "ten", "10 boxes of 5"] {
            check(&pieces, text, "not");
        }
    }

    #[test]
    fn measures_may_have_a_unit_that_fits() {
        let weight = sense(Amount::Weight);
        check(&weight, "1.2kg", "1.2 in kg");
        check(&weight, "500 g", "500 in g");
        check(&weight, "12 cm", "not its unit measures something else");
        check(&sense(Amount::Length), "12\"", "12 in in");
        check(
            &sense(Amount::Length),
            "12x10x5 cm",
            "not it holds several measures; give length, width and height a column each",
        );
        check(&weight, "1.250", "1.250 or 1250");
    }

    #[test]
    fn a_slip_is_proposed_and_a_word_is_not() {
        money("12.5O", "likely 12.50");
        money("1l", "likely 11");
        money("1e3", "likely 1000");
        for text in ["free", "", "OO", "1_000", ".5", "5.", "12..5", "1,2,3", "1.29.900"] {
            money(text, "not");
        }
    }

    #[test]
    fn grams_become_kilograms_with_two_decimals() {
        let check = |number: &str, unit, expect: (&str, bool)| {
            let (found, is_rounded) = converted(Decimal::from_str_exact(number).unwrap(), unit);
            assert_eq!((found.to_string().as_str(), is_rounded), expect, "{number}");
        };
        check("2500", Unit::Gram, ("2.5", false));
        check("385", Unit::Gram, ("0.39", true));
        check("2", Unit::Gram, ("0.01", true));
        check("125", Unit::Millimetre, ("12.5", false));
        check("12", Unit::Inch, ("30.48", false));
        check("0.1234", Unit::Kilogram, ("0.1234", false));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,12}") {
            for amount in [Amount::Money, Amount::Pieces, Amount::Weight, Amount::Length] {
                let _reading = read_number(&text, &sense(amount));
            }
        }

        #[test]
        fn a_number_written_in_a_locale_comes_back(cents in 0_i64..100_000_000_000) {
            let number = Decimal::new(cents, 2);
            let (whole, fraction) = (cents / 100, cents % 100);
            let mut groups = Vec::new();
            let mut rest = whole;
            while rest >= 1000 {
                groups.push(format!("{:03}", rest % 1000));
                rest /= 1000;
            }
            groups.push(rest.to_string());
            groups.reverse();
            for (group, decimal) in [(",", "."), (".", ","), (" ", ","), ("'", ".")] {
                let text = format!("{}{decimal}{fraction:02}", groups.join(group));
                let found = match read_number(&text, &sense(Amount::Money)) {
                    NumberReading::Plain(number) | NumberReading::Read { number, .. } => Some(number),
                    _ => None,
                };
                prop_assert_eq!(found, Some(number), "{}", text);
            }
        }
    }
}
