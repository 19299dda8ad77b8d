//! The marketplace's clock, and the forms in which the pages write dates.
//!
//! The stand-in keeps a clock of its own, as the real marketplace does: this is the only file of it that reads the
//! time or waits. Everything else here turns text into moments and back.

use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};

const SALE_STEP_MINUTES: u32 = 15;

/// The time of day at the marketplace.
#[allow(clippy::disallowed_methods, reason = "the marketplace has a clock of its own, which no client may set")]
pub(super) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A moment that never goes backwards, for limits and bursts.
#[allow(clippy::disallowed_methods, reason = "the marketplace has a clock of its own, which no client may set")]
pub(super) fn moment() -> Instant {
    Instant::now()
}

/// Waits, as a slow marketplace does.
#[allow(clippy::disallowed_methods, reason = "the marketplace has a clock of its own, which no client may set")]
pub(super) async fn wait(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// The form of `Head.Timestamp` in a reply.
pub(super) fn stamp(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

/// The form of a `Date` header (RFC 9110, IMF-fixdate).
pub(super) fn header_date(time: DateTime<Utc>) -> String {
    time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Reads an ISO 8601 time with an offset: `+02:00`, `+0000` or `Z`, with or without seconds or their fractions.
pub(super) fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    let text = match text.strip_suffix('Z') {
        Some(local) => format!("{local}+0000"),
        None => text.to_owned(),
    };
    ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M%z"]
        .iter()
        .find_map(|form| DateTime::parse_from_str(&text, form).ok())
        .map(|time| time.with_timezone(&Utc))
}

/// Reads the date of a filter: like [`parse_instant`], or without an offset (then UTC), or a date alone.
pub(super) fn parse_filter_date(text: &str) -> Option<DateTime<Utc>> {
    parse_instant(text).or_else(|| parse_local(text).map(|local| local.moment().and_utc()))
}

/// The beginning or the end of a special price, in the market's own time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SaleDate {
    /// `2017-07-15`, which begins at midnight.
    Day(NaiveDate),
    /// `2017-07-15 18:23`, with or without seconds.
    Time(NaiveDateTime),
}

impl SaleDate {
    /// Reads a date or a date with a time; `None` for anything else.
    pub(super) fn parse(text: &str) -> Option<SaleDate> {
        parse_local(text.trim())
    }

    /// The same, moved back to the quarter of an hour ("18:23 will be converted to 18:15").
    pub(super) fn floored(self) -> SaleDate {
        let SaleDate::Time(time) = self else { return self };
        let minute = time.minute() - time.minute() % SALE_STEP_MINUTES;
        let floored = time.date().and_hms_opt(time.hour(), minute, 0).unwrap_or(time);
        SaleDate::Time(floored)
    }

    /// The moment it names.
    pub(super) fn moment(self) -> NaiveDateTime {
        match self {
            SaleDate::Day(day) => day.and_time(NaiveTime::MIN),
            SaleDate::Time(time) => time,
        }
    }

    /// The text the store keeps: as precise as it was given.
    pub(super) fn text(self) -> String {
        match self {
            SaleDate::Day(day) => day.format("%Y-%m-%d").to_string(),
            SaleDate::Time(time) => time.format("%Y-%m-%d %H:%M:%S").to_string(),
        }
    }
}

fn parse_local(text: &str) -> Option<SaleDate> {
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(SaleDate::Day(day));
    }
    ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(SaleDate::Time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_instant(text: &str, expect: Option<&str>) {
        assert_eq!(parse_instant(text).map(stamp).as_deref(), expect, "{text}");
    }

    #[track_caller]
    fn check_floor(text: &str, expect: Option<&str>) {
        assert_eq!(SaleDate::parse(text).map(|date| date.floored().text()).as_deref(), expect, "{text}");
    }

    #[test]
    fn an_offset_is_written_with_a_colon_or_without_or_as_z() {
        check_instant("2016-04-01T10:00:00+02:00", Some("2016-04-01T08:00:00+0000"));
        check_instant("2016-04-01T10:00:00+0200", Some("2016-04-01T08:00:00+0000"));
        check_instant("2016-04-01T10:00:00Z", Some("2016-04-01T10:00:00+0000"));
    }

    #[test]
    fn seconds_may_be_left_out() {
        check_instant("2016-07-18T11:11+0000", Some("2016-07-18T11:11:00+0000"));
        check_instant("2016-07-18T11:11Z", Some("2016-07-18T11:11:00+0000"));
    }

    #[test]
    fn a_time_without_an_offset_is_no_timestamp() {
        check_instant("2016-07-18T11:11:00", None);
        check_instant("2016-07-18", None);
        check_instant("yesterday", None);
    }

    #[test]
    fn a_filter_date_may_leave_out_the_offset_and_the_time() {
        assert_eq!(parse_filter_date("2016-07-18").map(stamp).as_deref(), Some("2016-07-18T00:00:00+0000"));
        assert_eq!(parse_filter_date("2016-07-18 11:11").map(stamp).as_deref(), Some("2016-07-18T11:11:00+0000"));
        assert_eq!(parse_filter_date("18/07/2016"), None);
    }

    #[test]
    fn a_sale_date_moves_back_to_the_quarter_of_an_hour() {
        check_floor("2017-07-15 18:23", Some("2017-07-15 18:15:00"));
        check_floor("2017-07-15 18:15:59", Some("2017-07-15 18:15:00"));
        check_floor("2017-07-15 18:00:00", Some("2017-07-15 18:00:00"));
        check_floor("2017-07-15", Some("2017-07-15"));
        check_floor("15.07.2017", None);
    }
}
