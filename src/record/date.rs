//! How dates are written: the text of a cell -> a moment, and what about its writing must be told.
//!
//! The rule it keeps: a date with two readings stays one with two readings ([`DateReading::Ambiguous`]), until the
//! column, the shop or the merchant says in which order day and month stand. Moments are the shop's local time.
//!
//! A year of two digits stands last, but for one case: `24-06-15`, with the marks of `2024-06-15`, could begin with
//! it and is refused, unless the order is known.

mod clock;
mod month;
mod token;
mod written;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use token::{Cursor, Folded, folded, pieces};
use written::Written;

/// In which order a date names day and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DateOrder {
    /// `31/12/2026`.
    DayFirst,
    /// `12/31/2026`.
    MonthFirst,
}

/// What the shop and the settings say about dates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DateSense {
    /// The order of day and month, where it is known.
    pub order: Option<DateOrder>,
    /// That order was said by the settings, not learnt from other values.
    pub is_order_told: bool,
    /// Years may count from the Buddha: the shop or the locale is Thai.
    pub is_buddhist: bool,
    /// The shop's clock, in hours from UTC.
    pub offset_hours: Option<i8>,
    /// The workbook counts days from 1904, not 1900.
    pub counts_from_1904: bool,
}

/// What a text says as a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateReading {
    /// Written year first, as `2026-12-31` or `2026/12/31 18:15:00`: nothing to tell.
    Plain(NaiveDateTime),
    /// Another writing, with one reading only.
    Read {
        /// When it is on the shop's clock.
        moment: NaiveDateTime,
        /// What must be told of it.
        writing: DateWriting,
    },
    /// Day and month could be either way round.
    Ambiguous {
        /// Where the day stands first.
        day_first: NaiveDateTime,
        /// Where the month stands first.
        month_first: NaiveDateTime,
    },
    /// No date; why, in a few words.
    Not(Cow<'static, str>),
}

/// What is peculiar about a date's writing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DateWriting {
    /// The only order of day and month that fits. `None` where both give the same day, where the month is told by a
    /// word, and where [`DateSense::order`] decided.
    pub order: Option<DateOrder>,
    /// The year counts from the Buddha.
    pub is_buddhist: bool,
    /// The year has two digits.
    pub has_short_year: bool,
    /// It is a spreadsheet program's count of days.
    pub is_serial: bool,
    /// It has a time zone and was converted to the shop's clock.
    pub is_zoned: bool,
    /// It has Thai, full-width, Arabic-Indic or Persian digits.
    pub has_other_digits: bool,
    /// The month is told by a word: `Jun`, `มิ.ย.`, `tháng 6`, `6月`.
    pub has_month_name: bool,
}

/// The longest text that is looked at, in bytes.
const LONGEST: usize = 128;

type Fault = Cow<'static, str>;

const NO_DATE: Fault = Cow::Borrowed("it cannot be read as a date; write it as 2026-12-31 18:15");

/// Reads a date in any writing of the six markets; a bare number is read by [`read_serial`].
#[must_use]
pub fn read_date(text: &str, sense: &DateSense) -> DateReading {
    if text.len() > LONGEST {
        return DateReading::Not(Cow::Borrowed("it is too long for a date"));
    }
    if let Some(moment) = iso(text) {
        return DateReading::Plain(moment);
    }
    let fold = folded(text);
    if fold.text.is_empty() {
        return DateReading::Not(Cow::Borrowed("it is empty"));
    }
    if is_count(&fold.text) {
        return serial(&fold, sense).unwrap_or_else(DateReading::Not);
    }
    let pieces = pieces(&fold.text);
    let written = Written::parse(Cursor::new(&pieces));
    written.and_then(|written| written.reading(&fold, sense)).unwrap_or_else(DateReading::Not)
}

/// `2026-12-31`, `2026-12-31 18:15` and `2026-12-31 18:15:00`, as most dates are written.
fn iso(text: &str) -> Option<NaiveDateTime> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| {
        let digits = bytes.get(from..to)?;
        digits.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    let is_written_so = matches!(bytes.len(), 10 | 16 | 19)
        && marks.into_iter().take_while(|(at, _)| *at < bytes.len()).all(|(at, mark)| bytes[at] == mark);
    // Other years are told by those who know why.
    let year = number(0, 4).filter(|year| is_written_so && (1990..=2099).contains(year))?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, number(5, 7)?, number(8, 10)?)?;
    let time = match bytes.len() {
        10 => (0, 0, 0),
        16 => (number(11, 13)?, number(14, 16)?, 0),
        _ => (number(11, 13)?, number(14, 16)?, number(17, 19)?),
    };
    date.and_hms_opt(time.0, time.1, time.2)
}

/// Reads a number in a date column: days since 1900 or 1904, with a fraction for the time. Only the years 2000 to 2099
/// are taken for one; seconds are rounded, as the program shows them.
#[must_use]
pub fn read_serial(text: &str, sense: &DateSense) -> DateReading {
    if text.len() > LONGEST {
        return DateReading::Not(Cow::Borrowed("it is too long for a date"));
    }
    serial(&folded(text), sense).unwrap_or_else(DateReading::Not)
}

/// A number of five digits, with or without a fraction.
fn is_count(text: &str) -> bool {
    let (days, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    days.len() == 5 && is_number(days) && !fraction.is_empty() && is_number(fraction)
}

fn serial(fold: &Folded, sense: &DateSense) -> Result<DateReading, Fault> {
    const NO_DAY: Fault = Cow::Borrowed("the number is no day between 2000 and 2099; write it as 2026-12-31 18:15");
    if !is_count(&fold.text) {
        return Err(NO_DAY);
    }
    let (days, fraction) = fold.text.split_once(['.', ',']).unwrap_or((&fold.text, "0"));
    // 1900 was no leap year, but spreadsheet programs take it for one.
    let epoch = if sense.counts_from_1904 { (1904, 1, 1) } else { (1899, 12, 30) };
    let days = days.parse().map_err(|_| NO_DAY)?;
    let date =
        NaiveDate::from_ymd_opt(epoch.0, epoch.1, epoch.2).and_then(|date| date.checked_add_days(Days::new(days)));
    let date = date.ok_or(NO_DAY)?;
    let digits = &fraction[..fraction.len().min(9)];
    let parts = 10_i64.pow(u32::try_from(digits.len()).map_err(|_| NO_DAY)?);
    let fraction: i64 = digits.parse().map_err(|_| NO_DAY)?;
    let seconds = (fraction * 86_400 + parts / 2) / parts;
    let moment = date.and_time(NaiveTime::MIN) + TimeDelta::seconds(seconds);
    if !(2000..=2099).contains(&moment.year()) {
        return Err(NO_DAY);
    }
    let writing = DateWriting { is_serial: true, has_other_digits: fold.has_other_digits, ..DateWriting::default() };
    Ok(DateReading::Read { moment, writing })
}
