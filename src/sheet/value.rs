//! A workbook's cell value -> the text a spreadsheet shows, and its kind.

use std::fmt::Write;

use calamine::{CellErrorType, Data, DataRef, ExcelDateTime, ExcelDateTimeType};
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::Kind;

/// The first serial number behind the year 9999, the last that a spreadsheet shows as a date.
const SERIAL_END: f64 = 2_958_466.0;

/// Appends what the cell shows to `text`; an empty cell has no kind.
pub(super) fn show(value: &DataRef<'_>, text: &mut String) -> Option<Kind> {
    match value {
        DataRef::Empty => None,
        DataRef::String(shown) => Some(push(shown, Kind::Text, text)),
        DataRef::SharedString(shown) => Some(push(shown, Kind::Text, text)),
        DataRef::Int(number) => Some(push(&number.to_string(), Kind::Number, text)),
        DataRef::Float(number) => Some(push_number(*number, text)),
        DataRef::Bool(truth) => Some(push(if *truth { "true" } else { "false" }, Kind::Bool, text)),
        DataRef::DateTime(serial) => Some(match date_of(serial) {
            Some(date) => push_date(date, text),
            None => push_number(serial.as_f64(), text),
        }),
        DataRef::DateTimeIso(iso) => Some(push_iso(iso, text)),
        DataRef::DurationIso(iso) => Some(push(&time_of(iso).unwrap_or_else(|| iso.clone()), Kind::Text, text)),
        DataRef::Error(error) => Some(push(error_text(error), Kind::Error, text)),
    }
}

/// The same value, borrowed.
pub(super) fn borrowed(value: &Data) -> DataRef<'_> {
    match value {
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(truth) => DataRef::Bool(*truth),
        Data::DateTime(serial) => DataRef::DateTime(*serial),
        Data::DateTimeIso(iso) => DataRef::DateTimeIso(iso.clone()),
        Data::DurationIso(iso) => DataRef::DurationIso(iso.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

/// Appends the date that `serial` is; `None` where it is none.
pub(super) fn push_serial(serial: f64, counts_from_1904: bool, text: &mut String) -> Option<Kind> {
    let serial = ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, counts_from_1904);
    Some(push_date(date_of(&serial)?, text))
}

/// Appends a date as ISO 8601 writes it; anything else is text.
pub(super) fn push_iso(iso: &str, text: &mut String) -> Kind {
    match parse_iso(iso) {
        Some(date) => push_date(date, text),
        None => push(iso, Kind::Text, text),
    }
}

fn push(shown: &str, kind: Kind, text: &mut String) -> Kind {
    text.push_str(shown);
    kind
}

/// At most 15 significant digits, as a spreadsheet keeps them, without an exponent.
fn push_number(number: f64, text: &mut String) -> Kind {
    if !number.is_finite() {
        return push("#NUM!", Kind::Error, text);
    }
    let scientific = format!("{:.14e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = mantissa.replace('.', "");
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return push("0", Kind::Number, text);
    }
    if number < 0.0 {
        text.push('-');
    }
    let Ok(whole) = usize::try_from(exponent + 1) else {
        text.push_str("0.");
        text.extend(std::iter::repeat_n('0', exponent.unsigned_abs() as usize - 1));
        return push(digits, Kind::Number, text);
    };
    if whole == 0 {
        text.push_str("0.");
        text.push_str(digits);
    } else if let Some((before, after)) = digits.split_at_checked(whole).filter(|(_, after)| !after.is_empty()) {
        text.push_str(before);
        text.push('.');
        text.push_str(after);
    } else {
        text.push_str(digits);
        text.extend(std::iter::repeat_n('0', whole - digits.len()));
    }
    Kind::Number
}

fn push_date(date: NaiveDateTime, text: &mut String) -> Kind {
    let shown = if date.time() == NaiveTime::MIN { date.format("%Y-%m-%d") } else { date.format("%Y-%m-%d %H:%M:%S") };
    // Writing to a string fails only for a format that chrono does not know.
    let _always_written = write!(text, "{shown}");
    Kind::Date
}

/// The date of a serial number, to the second; a duration, a bare time of day and a number that no
/// spreadsheet shows as a date have none.
fn date_of(serial: &ExcelDateTime) -> Option<NaiveDateTime> {
    let is_time = serial.as_f64() > 0.0 && serial.as_f64() < 1.0;
    if serial.is_duration() || is_time || !(0.0..SERIAL_END).contains(&serial.as_f64()) {
        return None;
    }
    let date = to_second(serial.as_datetime()?)?;
    (1900..=9999).contains(&date.year()).then_some(date)
}

fn to_second(date: NaiveDateTime) -> Option<NaiveDateTime> {
    let millis = date.and_utc().timestamp_subsec_millis();
    let to_next = if millis >= 500 { 1000 - i64::from(millis) } else { -i64::from(millis) };
    date.checked_add_signed(TimeDelta::milliseconds(to_next))
}

/// `PT12H30M00S` as a spreadsheet shows it, `12:30:00`; nothing where it is written otherwise.
fn time_of(iso: &str) -> Option<String> {
    let (hours, rest) = iso.strip_prefix("PT")?.split_once('H')?;
    let (minutes, rest) = rest.split_once('M')?;
    let seconds = rest.strip_suffix('S')?;
    let is_number = |digits: &&str| digits.len() >= 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    [hours, minutes, seconds].iter().all(is_number).then(|| format!("{hours}:{minutes}:{seconds}"))
}

fn parse_iso(iso: &str) -> Option<NaiveDateTime> {
    if let Ok(date) = NaiveDate::parse_from_str(iso, "%Y-%m-%d") {
        return Some(date.and_time(NaiveTime::MIN));
    }
    to_second(NaiveDateTime::parse_from_str(iso, "%Y-%m-%dT%H:%M:%S%.f").ok()?)
}

/// The text is what a spreadsheet program shows in place of a value that it could not compute: `#N/A`, `Err:502`.
#[must_use]
pub fn is_error_code(text: &str) -> bool {
    const CODES: [&str; 14] = [
        "#N/A",
        "#REF!",
        "#VALUE!",
        "#DIV/0!",
        "#NAME?",
        "#NULL!",
        "#NUM!",
        "#SPILL!",
        "#CALC!",
        "#FIELD!",
        "#BLOCKED!",
        "#CONNECT!",
        "#BUSY!",
        "#GETTING_DATA",
    ];
    let text = text.trim();
    match text.as_bytes().first() {
        Some(b'#') => CODES.contains(&text),
        Some(b'E') => {
            text.strip_prefix("Err:").is_some_and(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit()))
        }
        Some(_) | None => false,
    }
}

fn error_text(error: &CellErrorType) -> &'static str {
    match error {
        CellErrorType::Div0 => "#DIV/0!",
        CellErrorType::NA => "#N/A",
        CellErrorType::Name => "#NAME?",
        CellErrorType::Null => "#NULL!",
        CellErrorType::Num => "#NUM!",
        CellErrorType::Ref => "#REF!",
        CellErrorType::Value => "#VALUE!",
        CellErrorType::GettingData => "#GETTING_DATA",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: DataRef<'_>, expect: &str, kind: Kind) {
        let mut text = String::new();
        let found = show(&value, &mut text);
        assert_eq!((text.as_str(), found), (expect, Some(kind)));
    }

    #[track_caller]
    fn check_number(number: f64, expect: &str) {
        check(DataRef::Float(number), expect, Kind::Number);
    }

    #[track_caller]
    fn check_serial(serial: f64, is_1904: bool, expect: &str, kind: Kind) {
        let value = ExcelDateTime::new(serial, ExcelDateTimeType::DateTime, is_1904);
        check(DataRef::DateTime(value), expect, kind);
    }

    #[test]
    fn numbers_show_at_most_15_digits_and_no_exponent() {
        check_number(4_901_234_567_894.0, "4901234567894");
        check_number(0.1 + 0.2, "0.3");
        check_number(388.5, "388.5");
        check_number(-388.5, "-388.5");
        check_number(1e21, "1000000000000000000000");
        check_number(1_234_567_890_123_456_768.0, "1234567890123460000");
        check_number(1e-7, "0.0000001");
        check_number(0.05, "0.05");
        check_number(0.5, "0.5");
        check_number(0.0, "0");
        check_number(-0.0, "0");
        check_number(100.0, "100");
        check_number(99.999_999_999_999_99, "100");
        check_number(f64::MIN_POSITIVE, &format!("0.{}222507385850720", "0".repeat(307)).replace("720", "72"));
        check(DataRef::Int(-12), "-12", Kind::Number);
        check(DataRef::Float(f64::INFINITY), "#NUM!", Kind::Error);
    }

    #[test]
    fn dates_show_their_time_only_when_there_is_one() {
        check_serial(45_943.0, false, "2025-10-13", Kind::Date);
        check_serial(45_943.5, false, "2025-10-13 12:00:00", Kind::Date);
        check_serial(45_943.541, false, "2025-10-13 12:59:02", Kind::Date);
        check_serial(45_943.999_999_9, false, "2025-10-14", Kind::Date);
    }

    #[test]
    fn dates_count_from_1904_where_the_workbook_says_so() {
        check_serial(44_481.0, true, "2025-10-13", Kind::Date);
        check_serial(0.0, true, "1904-01-01", Kind::Date);
    }

    #[test]
    fn what_is_no_date_stays_a_number() {
        check_serial(0.5, false, "0.5", Kind::Number);
        check_serial(0.5, true, "0.5", Kind::Number);
        check_serial(-1.0, false, "-1", Kind::Number);
        check_serial(1e300, false, &format!("1{}", "0".repeat(300)), Kind::Number);
        let duration = ExcelDateTime::new(1.5, ExcelDateTimeType::TimeDelta, false);
        check(DataRef::DateTime(duration), "1.5", Kind::Number);
    }

    #[test]
    fn iso_dates_are_dates_and_anything_else_is_text() {
        check(DataRef::DateTimeIso("2026-01-02".into()), "2026-01-02", Kind::Date);
        check(DataRef::DateTimeIso("2026-01-02T03:04:05".into()), "2026-01-02 03:04:05", Kind::Date);
        check(DataRef::DateTimeIso("2026-01-02T00:00:00.000".into()), "2026-01-02", Kind::Date);
        check(DataRef::DateTimeIso("2026-01-02T03:04:05Z".into()), "2026-01-02T03:04:05Z", Kind::Text);
        check(DataRef::DurationIso("PT1H".into()), "PT1H", Kind::Text);
        check(DataRef::DurationIso("PT12H30M00S".into()), "12:30:00", Kind::Text);
    }

    #[test]
    fn text_keeps_its_inner_lines_and_spaces() {
        check(DataRef::SharedString(" a\nb "), " a\nb ", Kind::Text);
        check(DataRef::String("0012".into()), "0012", Kind::Text);
    }

    #[test]
    fn truth_values_and_errors_have_their_kinds() {
        check(DataRef::Bool(true), "true", Kind::Bool);
        check(DataRef::Bool(false), "false", Kind::Bool);
        let shown = ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA"];
        let errors = [
            CellErrorType::Div0,
            CellErrorType::NA,
            CellErrorType::Name,
            CellErrorType::Null,
            CellErrorType::Num,
            CellErrorType::Ref,
            CellErrorType::Value,
            CellErrorType::GettingData,
        ];
        for (error, shown) in errors.into_iter().zip(shown) {
            check(DataRef::Error(error), shown, Kind::Error);
        }
    }

    #[test]
    fn an_empty_cell_shows_nothing() {
        assert_eq!(show(&DataRef::Empty, &mut String::new()), None);
    }
}
