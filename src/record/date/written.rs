//! A date as it stands in the text, and the moments it can mean.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta};

use super::token::{Cursor, Folded};
use super::{DateOrder, DateReading, DateSense, DateWriting, Fault, NO_DATE, clock, month};

/// Years that a sale can have.
const YEARS: RangeInclusive<i32> = 1990..=2099;

/// Years that two digits can mean: 10 to 49, or as Buddhist years 53 to 92. No two digits mean both.
const SHORT_YEARS: RangeInclusive<i32> = 2010..=2049;

/// A Buddhist year less the Gregorian one.
const BUDDHIST: i32 = 543;

const MARKS: [char; 3] = ['/', '-', '.'];

/// A date with its time, nothing decided.
pub(super) struct Written<'a> {
    day: Day<'a>,
    time: clock::Written,
}

struct Day<'a> {
    year: &'a str,
    place: Place,
    calendar: Calendar,
}

/// Day and month as they stand in the text.
enum Place {
    /// `2024-06-15`.
    YearFirst { month: u32, day: u32 },
    /// `15/06/2024` or `06/15/2024`.
    YearLast { first: u32, second: u32, mark: Option<char> },
    /// `15 June 2024`, `2024年6月15日`.
    Named { month: u32, day: u32 },
}

/// What the text says by which calendar its year counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Calendar {
    Unsaid,
    /// It has a Thai month.
    Thai,
    /// `พ.ศ.` stands before the year.
    Buddhist,
    /// `ค.ศ.` stands before the year.
    Common,
}

struct Year {
    number: i32,
    is_buddhist: bool,
    is_short: bool,
}

struct Month {
    number: u32,
    calendar: Calendar,
}

impl<'a> Written<'a> {
    /// A date, the time before or behind it, and nothing else.
    pub(super) fn parse(mut cursor: Cursor<'a>) -> Result<Written<'a>, Fault> {
        let early = clock::before_a_date(&mut cursor)?;
        let day = day(&mut cursor)?;
        let time = match early {
            Some(time) if cursor.is_at_end() => clock::Written { time, zone: None },
            Some(_) => return Err(NO_DATE),
            None => clock::behind_a_date(&mut cursor)?,
        };
        Ok(Written { day, time })
    }

    /// What it means to somebody who knows what the shop and the settings say.
    pub(super) fn reading(&self, fold: &Folded, sense: &DateSense) -> Result<DateReading, Fault> {
        let year = self.day.year(fold, sense)?;
        let mut writing = DateWriting {
            is_buddhist: year.is_buddhist,
            has_short_year: year.is_short,
            is_zoned: self.time.zone.is_some(),
            has_other_digits: fold.has_other_digits,
            ..DateWriting::default()
        };
        let (month, day) = match self.day.place {
            Place::YearFirst { month, day } => (month, day),
            Place::Named { month, day } => {
                writing.has_month_name = true;
                (month, day)
            }
            Place::YearLast { first, second, mark } => {
                let may_lead = year.is_short && mark == Some('-') && self.day.could_lead_with_its_year();
                if may_lead && !sense.is_order_told {
                    return Err(Cow::Borrowed("its year could stand first or last; write the year with four digits"));
                }
                let (day_first, month_first) = ((second, first), (first, second));
                writing.order = only_order(first, second)?;
                match writing.order.or(sense.order) {
                    Some(DateOrder::DayFirst) => day_first,
                    Some(DateOrder::MonthFirst) => month_first,
                    None if first == second => day_first,
                    None => {
                        let moment = |(month, day)| self.moment(existing(year.number, month, day)?, sense);
                        let (day_first, month_first) = (moment(day_first)?, moment(month_first)?);
                        return Ok(DateReading::Ambiguous { day_first, month_first });
                    }
                }
            }
        };
        let moment = self.moment(existing(year.number, month, day)?, sense)?;
        let is_plain = matches!(self.day.place, Place::YearFirst { .. }) && writing == DateWriting::default();
        Ok(if is_plain { DateReading::Plain(moment) } else { DateReading::Read { moment, writing } })
    }

    /// The moment on the shop's clock.
    fn moment(&self, date: NaiveDate, sense: &DateSense) -> Result<NaiveDateTime, Fault> {
        let typed = date.and_time(self.time.time);
        let Some(zone) = self.time.zone else { return Ok(typed) };
        let Some(shop) = sense.offset_hours else {
            return Err(Cow::Borrowed(
                "it has a time zone, and the shop's country is not known; say --country, or give the shop one with `shop set`",
            ));
        };
        let moment = typed + TimeDelta::minutes(i64::from(shop) * 60 - i64::from(zone));
        if YEARS.contains(&moment.year()) { Ok(moment) } else { Err(out_of(&YEARS, moment.year())) }
    }
}

fn out_of(years: &RangeInclusive<i32>, year: impl std::fmt::Display) -> Fault {
    Cow::Owned(format!("the year {year} is not between {} and {}", years.start(), years.end()))
}

/// The order in which one of two numbers is a month, where only one of them can be.
fn only_order(first: u32, second: u32) -> Result<Option<DateOrder>, Fault> {
    let is_month = |number: u32| (1..=12).contains(&number);
    match (is_month(first), is_month(second)) {
        (true, true) => Ok(None),
        (false, true) => Ok(Some(DateOrder::DayFirst)),
        (true, false) => Ok(Some(DateOrder::MonthFirst)),
        (false, false) => Err(Cow::Owned(format!("neither {first} nor {second} is a month"))),
    }
}

fn existing(year: i32, month: u32, day: u32) -> Result<NaiveDate, Fault> {
    NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| {
        let name = month::english(month);
        Cow::Owned(match (1..=12).contains(&month) {
            false => format!("month {month} does not exist"),
            true if (month, day) == (2, 29) => format!("29 February {year} does not exist"),
            true => format!("{day} {name} does not exist"),
        })
    })
}

impl Day<'_> {
    fn year(&self, fold: &Folded, sense: &DateSense) -> Result<Year, Fault> {
        let typed: i32 = self.year.parse().map_err(|_| NO_DATE)?;
        let may_be_common = self.calendar != Calendar::Buddhist;
        let may_be_buddhist = match self.calendar {
            Calendar::Thai | Calendar::Buddhist => true,
            Calendar::Common => false,
            Calendar::Unsaid => sense.is_buddhist || fold.has_thai_digits,
        };
        let (common, buddhist, years) = match self.year.len() {
            2 => (typed + 2000, typed + 2500 - BUDDHIST, SHORT_YEARS),
            4 => (typed, typed - BUDDHIST, YEARS),
            _ => return Err(Cow::Owned(format!("`{}` is no year; write it with four digits", self.year))),
        };
        let is_short = self.year.len() == 2;
        if may_be_common && years.contains(&common) {
            return Ok(Year { number: common, is_buddhist: false, is_short });
        }
        match (years.contains(&buddhist), may_be_buddhist) {
            (true, true) => Ok(Year { number: buddhist, is_buddhist: true, is_short }),
            (true, false) if self.calendar == Calendar::Unsaid => {
                // A shop's offset is told by its country.
                let country = match sense.offset_hours {
                    Some(_) => "but the shop's country is not Thailand",
                    None => "and the shop's country is not known",
                };
                Err(Cow::Owned(format!("the year {} is Buddhist, {country}; say --locale th", self.year)))
            }
            (_, _) => Err(out_of(&years, self.year)),
        }
    }

    /// The three numbers would also make a date whose year of two digits stands first.
    fn could_lead_with_its_year(&self) -> bool {
        let Place::YearLast { first, second, .. } = self.place else { return false };
        let (Ok(lead), Ok(day)) = (i32::try_from(first), self.year.parse()) else { return false };
        SHORT_YEARS.contains(&(lead + 2000)) && NaiveDate::from_ymd_opt(lead + 2000, second, day).is_some()
    }
}

fn day<'a>(cursor: &mut Cursor<'a>) -> Result<Day<'a>, Fault> {
    while cursor.word(|word| month::is_before_a_day(word).then_some(())).is_some() {
        cursor.mark(&[',']);
    }
    if let Some(month) = month(cursor) {
        let day = day_behind(cursor)?;
        return year_behind(cursor, &month, day);
    }
    let first = cursor.number().ok_or(NO_DATE)?;
    if cursor.skips_word(&["年"]) {
        return chinese(cursor, first);
    }
    if first.len() == 8 {
        let ((year, rest), calendar) = (first.split_at(4), Calendar::Unsaid);
        let (month, day) = rest.split_at(2);
        return Ok(Day { year, place: Place::YearFirst { month: number(month)?, day: number(day)? }, calendar });
    }
    let is_ordinal = skips_ordinal(cursor);
    let mut ahead = *cursor;
    ahead.mark(&MARKS);
    let Some(month) = month(&mut ahead) else {
        return if is_ordinal { Err(NO_DATE) } else { numeric(cursor, first) };
    };
    *cursor = ahead;
    if first.len() == 4 {
        let place = Place::Named { month: month.number, day: day_behind(cursor)? };
        return Ok(Day { year: first, place, calendar: month.calendar });
    }
    year_behind(cursor, &month, number(first)?)
}

/// `2024-06-15`, `15/06/2024`, `15 06 2024`: the same mark twice.
fn numeric<'a>(cursor: &mut Cursor<'a>, first: &'a str) -> Result<Day<'a>, Fault> {
    let mark = cursor.mark(&MARKS);
    let second = cursor.number().ok_or(NO_DATE)?;
    if cursor.mark(&MARKS) != mark {
        return Err(NO_DATE);
    }
    let third = cursor.number().ok_or(NO_DATE)?;
    let calendar = Calendar::Unsaid;
    if first.len() == 4 {
        let place = Place::YearFirst { month: number(second)?, day: number(third)? };
        return Ok(Day { year: first, place, calendar });
    }
    let place = Place::YearLast { first: number(first)?, second: number(second)?, mark };
    Ok(Day { year: third, place, calendar })
}

/// What stands behind `2024年`.
fn chinese<'a>(cursor: &mut Cursor<'a>, year: &'a str) -> Result<Day<'a>, Fault> {
    let month = cursor.number().filter(|_| cursor.skips_word(&["月"])).ok_or(NO_DATE)?;
    let day = cursor.number().filter(|_| cursor.skips_word(&["日", "号", "號"])).ok_or(NO_DATE)?;
    let place = Place::Named { month: number(month)?, day: number(day)? };
    Ok(Day { year, place, calendar: Calendar::Unsaid })
}

/// The day behind a month's name.
fn day_behind(cursor: &mut Cursor<'_>) -> Result<u32, Fault> {
    cursor.mark(&MARKS);
    let day = cursor.number().ok_or(NO_DATE)?;
    skips_ordinal(cursor);
    number(day)
}

/// The year behind day and month.
fn year_behind<'a>(cursor: &mut Cursor<'a>, month: &Month, day: u32) -> Result<Day<'a>, Fault> {
    cursor.mark(&['/', '-', '.', ',']);
    cursor.skips_word(&["năm"]);
    let era = cursor.word(|word| match word {
        "พศ" | "พุทธศักราช" => Some(Calendar::Buddhist),
        "คศ" => Some(Calendar::Common),
        _ => None,
    });
    cursor.mark(&['\'', '’']);
    let year = cursor.number().ok_or(NO_DATE)?;
    let place = Place::Named { month: month.number, day };
    Ok(Day { year, place, calendar: era.unwrap_or(month.calendar) })
}

/// A month's name, or the Vietnamese `tháng 6`, `thg 6`, `th6`, `tháng sáu`.
fn month(cursor: &mut Cursor<'_>) -> Option<Month> {
    let named = cursor.word(|word| {
        let is_thai = word.starts_with(|c| ('\u{e00}'..='\u{e7f}').contains(&c));
        let calendar = if is_thai { Calendar::Thai } else { Calendar::Unsaid };
        Some(Month { number: month::named(word)?, calendar })
    });
    if named.is_some() {
        return named;
    }
    let mut ahead = *cursor;
    let is_close = ahead.skips_word(&["th"]);
    if !(is_close || ahead.skips_word(&["tháng", "thang", "thg"])) || (is_close && !ahead.is_close()) {
        return None;
    }
    let number = match ahead.number() {
        Some(digits) => number(digits).ok()?,
        None => match ahead.word(month::vietnamese)? {
            10 if ahead.skips_word(&["một"]) => 11,
            10 if ahead.skips_word(&["hai"]) => 12,
            number => number,
        },
    };
    *cursor = ahead;
    Some(Month { number, calendar: Calendar::Unsaid })
}

/// Steps over the `th` of `15th`, but not over that of `15th6`, which is June.
fn skips_ordinal(cursor: &mut Cursor<'_>) -> bool {
    let mut ahead = *cursor;
    if !(ahead.is_close() && ahead.skips_word(&["st", "nd", "rd", "th"])) {
        return false;
    }
    let behind = ahead;
    let is_month = ahead.is_close() && ahead.number().is_some();
    if !is_month {
        *cursor = behind;
    }
    !is_month
}

/// A day or a month: one or two digits.
fn number(digits: &str) -> Result<u32, Fault> {
    if digits.len() > 2 { Err(NO_DATE) } else { digits.parse().map_err(|_| NO_DATE) }
}
