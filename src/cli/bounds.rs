//! The limits that a user sets to a run: until when, how many failures, how many requests.
//!
//! Here they are read; `submit` keeps to them.

use chrono::{DateTime, Local, NaiveTime, TimeDelta, TimeZone, Utc};
use skuload::submit::{Bounds, MaxFailures};
use toml::Value;

use super::exit::{Exit, Failure};
use super::settings::Decided;

/// The limits that the settings name, seen from `now`; `exit_of` tells what a wrong value of a setting asks for.
pub(super) fn bounds(decided: &Decided, now: DateTime<Utc>, exit_of: &dyn Fn(&str) -> Exit) -> Result<Bounds, Failure> {
    let blamed = |key: &'static str| move |failure| Failure { exit: exit_of(key), ..failure };
    let deadline = decided.deadline.as_ref().map(|value| deadline(&worded(value), &now.with_timezone(&Local)));
    let max_failures = decided.max_failures.as_ref().map(|value| max_failures(&worded(value)));
    let max_requests = decided.max_requests;
    if max_requests == Some(0) {
        return Err(Failure::new(exit_of("max-requests"), "max-requests is 0: nothing could be sent")
            .help("give a number above 0"));
    }
    let deadline = deadline.transpose().map_err(blamed("deadline"))?;
    let max_failures = max_failures.transpose().map_err(blamed("max-failures"))?;
    if let Some(deadline) = deadline.filter(|deadline| *deadline <= now) {
        let message = format!("the deadline {} has passed", deadline.format("%Y-%m-%dT%H:%M:%SZ"));
        return Err(
            Failure::new(Exit::Limit, message).help("nothing was sent; run the same command with a later deadline")
        );
    }
    Ok(Bounds { deadline, max_failures, max_requests, calls_before: 0 })
}

/// A setting as it would be typed: a settings file may hold a number or a time without quotes.
pub(super) fn worded(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}

/// A duration from now, the next such time of day where this computer is, or a moment.
fn deadline<Z: TimeZone>(text: &str, now: &DateTime<Z>) -> Result<DateTime<Utc>, Failure> {
    let found = after(text, now).or_else(|| time_of_day(text, now)).or_else(|| moment(text));
    found.ok_or_else(|| {
        Failure::new(Exit::Settings, format!("`{text}` is no deadline"))
            .help("write 90m, 2h or 1h30m, a time of day such as 06:00, or a moment such as 2026-01-31T06:00:00+07:00")
    })
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.with_timezone(&Utc))
}

/// `90m`, `2h`, `1h30m`, `45s`, `1d`
fn after<Z: TimeZone>(text: &str, now: &DateTime<Z>) -> Option<DateTime<Utc>> {
    let mut seconds: i64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        let unit = match rest.as_bytes()[digits] {
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            b'd' => 86_400,
            _ => return None,
        };
        seconds = seconds.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[digits + 1..];
    }
    let duration = TimeDelta::try_seconds(seconds).filter(|duration| *duration > TimeDelta::zero())?;
    now.with_timezone(&Utc).checked_add_signed(duration)
}

/// The next time that clocks show it.
fn time_of_day<Z: TimeZone>(text: &str, now: &DateTime<Z>) -> Option<DateTime<Utc>> {
    let shapes = ["%H:%M", "%H:%M:%S"];
    let time = shapes.iter().find_map(|shape| NaiveTime::parse_from_str(text, shape).ok())?;
    // A day on which clocks leave it out is passed over.
    (0..=2).find_map(|days| {
        let date = now.date_naive().checked_add_days(chrono::Days::new(days))?;
        let there = now.timezone().from_local_datetime(&date.and_time(time)).earliest()?;
        (there > *now).then(|| there.with_timezone(&Utc))
    })
}

fn max_failures(text: &str) -> Result<MaxFailures, Failure> {
    let found = match text.strip_suffix('%') {
        Some(percent) => {
            let percent = percent.trim_end().parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
            // A share counts from the fifth failure on; who allows none at all means the first one.
            percent.map(|percent| if percent > 0.0 { MaxFailures::Percent(percent) } else { MaxFailures::Count(0) })
        }
        None => text.parse().ok().map(MaxFailures::Count),
    };
    found.ok_or_else(|| {
        Failure::new(Exit::Settings, format!("`{text}` is no number of failures")).help(
            "write a number such as 20, 0 to stop at the first failure, or a part of the planned products such as 5%",
        )
    })
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;

    use super::*;

    /// It is 22:30 in Bangkok.
    fn now() -> DateTime<FixedOffset> {
        DateTime::parse_from_rfc3339("2026-03-01T22:30:00+07:00").expect("a time")
    }

    #[track_caller]
    fn check_deadline(text: &str, expect: &str) {
        let told = match deadline(text, &now()) {
            Ok(found) => found.format("%d %H:%M:%S").to_string(),
            Err(failure) => failure.message,
        };
        assert_eq!(told, expect);
    }

    #[test]
    fn a_deadline_may_be_a_duration() {
        check_deadline("90m", "01 17:00:00");
        check_deadline("2h", "01 17:30:00");
        check_deadline("1h30m15s", "01 17:00:15");
        check_deadline("1d", "02 15:30:00");
    }

    #[test]
    fn a_deadline_may_be_the_next_such_time_of_day() {
        check_deadline("23:00", "01 16:00:00");
        check_deadline("06:00", "01 23:00:00");
        check_deadline("6:00:30", "01 23:00:30");
        check_deadline("22:30", "02 15:30:00");
    }

    #[test]
    fn a_deadline_may_be_a_moment() {
        check_deadline("2026-03-02T06:00:00+07:00", "01 23:00:00");
        check_deadline("2026-03-02T06:00:00Z", "02 06:00:00");
    }

    #[test]
    fn anything_else_is_no_deadline() {
        for text in [
            "",
            "90",
            "h",
            "2x",
            "-2h",
            "0m",
            "25:00",
            "2h 30m",
            "tomorrow",
            "2026-03-02",
            "99999999999999999999h",
            "9223372036854775807d",
        ] {
            check_deadline(text, &format!("`{text}` is no deadline"));
        }
    }

    #[test]
    fn failures_are_a_number_or_a_part() {
        assert_eq!(max_failures("20").unwrap(), MaxFailures::Count(20));
        assert_eq!(max_failures("5%").unwrap(), MaxFailures::Percent(5.0));
        assert_eq!(max_failures("0.5 %").unwrap(), MaxFailures::Percent(0.5));
        assert_eq!(max_failures("100%").unwrap(), MaxFailures::Percent(100.0));
        for text in ["0", "0%", "0.0 %"] {
            assert_eq!(max_failures(text).unwrap(), MaxFailures::Count(0), "{text}");
        }
        for text in ["", "-1", "-1%", "101%", "%", "NaN%", "1.5", "many"] {
            assert_eq!(max_failures(text).unwrap_err().message, format!("`{text}` is no number of failures"));
        }
    }

    #[track_caller]
    fn check_settings(text: &str, expect: Result<Bounds, u8>) {
        let decided: Decided = toml::from_str(text).expect("settings");
        let now = moment("2026-03-01T00:00:00Z").expect("a time");
        assert_eq!(bounds(&decided, now, &|_| Exit::Settings).map_err(|failure| failure.exit.code()), expect);
    }

    #[test]
    fn settings_may_leave_the_quotes_out() {
        let deadline = moment("2026-03-01T06:00:00Z");
        check_settings("deadline = 2026-03-01T06:00:00Z", Ok(Bounds { deadline, ..Bounds::default() }));
        check_settings(
            "max-failures = 3",
            Ok(Bounds { max_failures: Some(MaxFailures::Count(3)), ..Bounds::default() }),
        );
        check_settings("max-requests = 3", Ok(Bounds { max_requests: Some(3), ..Bounds::default() }));
        check_settings("", Ok(Bounds::default()));
    }

    #[test]
    fn a_limit_that_lets_nothing_pass_is_told_at_once() {
        check_settings("max-requests = 0", Err(3));
        check_settings("deadline = 2026-02-28T23:59:59Z", Err(8));
        check_settings("deadline = 90", Err(3));
    }
}
