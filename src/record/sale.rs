//! A special price and the time it holds. Times are the shop's local time and carry no zone.

use std::fmt;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use serde::{Deserialize, Serialize};

use super::Price;

/// A special price with the window in which it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sale {
    /// `special_price`, below the regular price.
    pub price: Price,
    /// When.
    pub window: SaleWindow,
}

/// `special_from_date` and `special_to_date`: at least one of the two (CreateProduct, SKU table), and neither where the
/// marketplace takes that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SaleWindow {
    /// From a moment on.
    From(SaleMoment),
    /// Until a moment.
    Until(SaleMoment),
    /// From the first moment to the second.
    Between(SaleMoment, SaleMoment),
    /// Until it is taken away.
    Always,
}

impl SaleWindow {
    /// From start to end; `None` without either.
    #[must_use]
    pub fn of(from: Option<SaleMoment>, to: Option<SaleMoment>) -> Option<SaleWindow> {
        match (from, to) {
            (Some(from), Some(to)) => Some(SaleWindow::Between(from, to)),
            (Some(from), None) => Some(SaleWindow::From(from)),
            (None, Some(to)) => Some(SaleWindow::Until(to)),
            (None, None) => None,
        }
    }

    /// The start, where there is one.
    #[must_use]
    pub fn from(&self) -> Option<SaleMoment> {
        match *self {
            SaleWindow::From(from) | SaleWindow::Between(from, _) => Some(from),
            SaleWindow::Until(_) | SaleWindow::Always => None,
        }
    }

    /// The end, where there is one.
    #[must_use]
    pub fn to(&self) -> Option<SaleMoment> {
        match *self {
            SaleWindow::Until(to) | SaleWindow::Between(_, to) => Some(to),
            SaleWindow::From(_) | SaleWindow::Always => None,
        }
    }
}

impl fmt::Display for SaleWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SaleWindow::From(from) => write!(f, "from {from} on"),
            SaleWindow::Until(to) => write!(f, "until {to}"),
            SaleWindow::Between(from, to) => write!(f, "from {from} to {to}"),
            SaleWindow::Always => f.write_str("for good"),
        }
    }
}

/// A quarter of an hour on the shop's clock: the marketplace floors times to 15 minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SaleMoment(NaiveDateTime);

impl SaleMoment {
    /// Reads `yyyy-MM-dd`, with ` HH:mm` or ` HH:mm:ss` behind it (also with `/` or `T` as marks).
    /// Day and month in another order have two readings and are refused.
    #[must_use]
    pub fn parse(text: &str) -> Option<SaleMoment> {
        SaleMoment::read(text).map(SaleMoment::floored)
    }

    /// The quarter of an hour in which `typed` lies, and whether it began before.
    pub(super) fn of(typed: NaiveDateTime) -> (SaleMoment, bool) {
        let moment = SaleMoment::floored(typed);
        (moment, moment.0 != typed)
    }

    /// It lies before `moment`.
    #[must_use]
    pub fn is_before(self, moment: NaiveDateTime) -> bool {
        self.0 < moment
    }

    /// What to do about a sale from this moment to an `end` that names the same day without a time of day.
    #[must_use]
    pub fn advice_on_end(self, end: SaleMoment) -> Option<String> {
        let last = SaleMoment(end.0.date().and_hms_opt(23, 45, 0)?);
        let is_one_day = self.0.date() == end.0.date() && end.0.time() == NaiveTime::MIN;
        (is_one_day && self < last).then(|| {
            format!(
                "an end without a time is the beginning of that day: write {last} as the end for a sale of that one day"
            )
        })
    }

    fn floored(typed: NaiveDateTime) -> SaleMoment {
        let minute = typed.minute() / 15 * 15;
        let time = NaiveTime::from_hms_opt(typed.hour(), minute, 0).unwrap_or_default();
        SaleMoment(typed.date().and_time(time))
    }

    fn read(text: &str) -> Option<NaiveDateTime> {
        let text = text.trim().replace('/', "-").replacen('T', " ", 1);
        let (date, time) = text.split_once(' ').unwrap_or((&text, "00:00"));
        // chrono takes `+2017` and `2017-7-5 ` too; the shape is checked first.
        let year = date.split('-').next()?;
        if year.len() != 4 || !date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
            return None;
        }
        let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?;
        let time = NaiveTime::parse_from_str(time.trim(), "%H:%M:%S")
            .or_else(|_| NaiveTime::parse_from_str(time.trim(), "%H:%M"))
            .ok()?;
        Some(date.and_time(time))
    }
}

impl fmt::Display for SaleMoment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format("%Y-%m-%d %H:%M").fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Option<&str>) {
        assert_eq!(SaleMoment::parse(text).map(|moment| moment.to_string()).as_deref(), expect, "{text}");
    }

    #[test]
    fn a_moment_is_floored_to_a_quarter_of_an_hour() {
        check("2017-07-15 18:23", Some("2017-07-15 18:15"));
        check("2017-07-15T18:59:59", Some("2017-07-15 18:45"));
        check("2017/07/15", Some("2017-07-15 00:00"));
    }

    #[test]
    fn what_has_two_readings_is_refused() {
        for text in ["01/03/2023", "15.07.2017", "17-07-15", "2017-02-30", "next week", "", "45123", "2017-07-15 25:00"]
        {
            check(text, None);
        }
    }
}
