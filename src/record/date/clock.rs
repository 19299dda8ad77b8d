//! The time of day that stands beside a date, and its time zone.

use std::borrow::Cow;

use chrono::NaiveTime;

use super::token::Cursor;
use super::{Fault, NO_DATE};

/// A time of day as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) time: NaiveTime,
    /// Minutes from UTC, where a zone is written.
    pub(super) zone: Option<i32>,
}

/// Words between a date and its time.
const BEFORE_A_TIME: [&str; 6] = ["t", "at", "เวลา", "pukul", "jam", "lúc"];

/// The half of the day, in English, Vietnamese and Malay.
#[derive(Clone, Copy)]
enum Half {
    Morning,
    Afternoon,
}

/// What stands behind a date, to the end: a time, with or without a zone, or nothing, which is midnight.
pub(super) fn behind_a_date(cursor: &mut Cursor<'_>) -> Result<Written, Fault> {
    if cursor.is_at_end() {
        return Ok(Written { time: NaiveTime::MIN, zone: None });
    }
    cursor.mark(&[',']);
    cursor.skips_word(&BEFORE_A_TIME);
    let time = time(cursor)?;
    let zone = if cursor.is_at_end() { None } else { Some(zone(cursor).ok_or(NO_DATE)?) };
    if cursor.is_at_end() { Ok(Written { time, zone }) } else { Err(NO_DATE) }
}

/// A time with `:` in it that stands before its date.
pub(super) fn before_a_date(cursor: &mut Cursor<'_>) -> Result<Option<NaiveTime>, Fault> {
    let mut ahead = *cursor;
    if ahead.number().is_none() || ahead.mark(&[':']).is_none() {
        return Ok(None);
    }
    let time = time(cursor)?;
    cursor.mark(&[',']);
    Ok(Some(time))
}

/// `18:15`, `18:15:00.25`, `18.15`, `18h15`, `6:15 PM`, `6 PM`, `18.15 น.`
fn time(cursor: &mut Cursor<'_>) -> Result<NaiveTime, Fault> {
    let hour = cursor.number().ok_or(NO_DATE)?;
    let mut minute = None;
    let mut second = None;
    let mut fraction = None;
    if let Some(digits) = cursor.number_behind(&[':']) {
        minute = Some(digits);
        second = cursor.number_behind(&[':']);
        fraction = second.and_then(|_| cursor.number_behind(&['.', ',']));
    } else if let Some(digits) = cursor.number_behind(&['.']) {
        minute = Some(digits);
        second = cursor.number_behind(&['.']);
    } else if cursor.skips_word(&["h"]) {
        minute = if cursor.is_close() { cursor.number() } else { None }.or(Some("00"));
    }
    let half = cursor.word(half);
    if half.is_none() {
        cursor.skips_word(&["น"]);
    }
    // An hour alone is told by its half of the day.
    let is_told = minute.is_some() || half.is_some();
    let is_sound = |digits: &str| digits.len() == 2;
    if !is_told || hour.len() > 2 || !minute.is_none_or(is_sound) || !second.is_none_or(is_sound) {
        return Err(NO_DATE);
    }
    let [hour, minute, second] = [Some(hour), minute, second].map(|digits| digits.map_or(0, small));
    let hour = on_the_clock(hour, half).ok_or(Cow::Borrowed("its hour does not go with AM or PM"))?;
    let time = NaiveTime::from_hms_nano_opt(hour, minute, second, fraction.map_or(0, nanoseconds));
    time.ok_or_else(|| fault(hour, minute, second))
}

fn fault(hour: u32, minute: u32, second: u32) -> Fault {
    if (hour, minute, second) == (24, 0, 0) {
        return Cow::Borrowed("24:00 is no time of day; write 00:00 of the next day");
    }
    Cow::Owned(format!("{hour:02}:{minute:02}:{second:02} is no time of day"))
}

fn half(word: &str) -> Option<Half> {
    match word {
        "am" | "sa" | "pg" => Some(Half::Morning),
        "pm" | "ch" | "ptg" => Some(Half::Afternoon),
        _ => None,
    }
}

/// The hour from 0 to 24 (which is then refused).
fn on_the_clock(hour: u32, half: Option<Half>) -> Option<u32> {
    match half {
        None => Some(hour),
        Some(Half::Morning) => (1..=12).contains(&hour).then_some(hour % 12),
        Some(Half::Afternoon) => (1..=12).contains(&hour).then_some(hour % 12 + 12),
    }
}

/// `Z`, `UTC`, `GMT+7`, `+07:00`, `+0700`, `-08`: minutes from UTC.
fn zone(cursor: &mut Cursor<'_>) -> Option<i32> {
    let is_named = cursor.skips_word(&["z", "utc", "gmt"]);
    if is_named && cursor.is_at_end() {
        return Some(0);
    }
    let sign = if cursor.mark(&['+', '-'])? == '+' { 1 } else { -1 };
    let digits = if cursor.is_close() { cursor.number()? } else { return None };
    let (hours, minutes) = match digits.len() {
        1 if is_named => (digits, cursor.number_behind(&[':']).unwrap_or("00")),
        2 => (digits, cursor.number_behind(&[':']).unwrap_or("00")),
        4 => digits.split_at(2),
        _ => return None,
    };
    let (hours, minutes) = (small(hours), if minutes.len() == 2 { small(minutes) } else { return None });
    let total = i32::try_from(hours * 60 + minutes).ok()?;
    (hours <= 14 && minutes < 60).then_some(sign * total)
}

/// At most two digits.
fn small(digits: &str) -> u32 {
    digits.parse().unwrap_or(u32::MAX)
}

/// The digits behind a second's point; those behind the ninth do not count.
fn nanoseconds(digits: &str) -> u32 {
    digits.bytes().chain(std::iter::repeat(b'0')).take(9).fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
}
