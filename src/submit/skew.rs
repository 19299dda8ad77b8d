//! How far this computer's clock is off, told by the `Date` of replies. A request that is signed with a time which the
//! marketplace calls wrong is refused, so the marketplace's own time is signed where the two differ too much.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// Clocks that differ by less are left alone: they never agree to the second.
const TOLERANCE: TimeDelta = TimeDelta::seconds(60);

/// A `Date` has whole seconds, and an answer takes its time.
const BLUR: TimeDelta = TimeDelta::seconds(2);

/// No reply has told.
const UNMEASURED: i64 = i64::MIN;

/// One marketplace's time against ours, shared by all calls to it.
#[derive(Debug)]
pub struct Skew {
    /// How far the marketplace is ahead, in milliseconds, as the last reply told it.
    measured: AtomicI64,
    /// What is added to our time when a request is signed.
    signed: AtomicI64,
    is_told: AtomicBool,
}

impl Default for Skew {
    fn default() -> Skew {
        Skew::new()
    }
}

impl Skew {
    /// Nothing is known.
    #[must_use]
    pub const fn new() -> Skew {
        let (measured, signed) = (AtomicI64::new(UNMEASURED), AtomicI64::new(0));
        Skew { measured, signed, is_told: AtomicBool::new(false) }
    }

    /// The time to sign when our clock says `ours`.
    #[must_use]
    pub fn corrected(&self, ours: DateTime<Utc>) -> DateTime<Utc> {
        ours.checked_add_signed(TimeDelta::milliseconds(self.signed.load(Ordering::Relaxed))).unwrap_or(ours)
    }

    /// How far the marketplace is ahead of this computer, where a reply has told; behind where it is negative.
    #[must_use]
    pub fn measured(&self) -> Option<TimeDelta> {
        let measured = self.measured.load(Ordering::Relaxed);
        (measured != UNMEASURED).then(|| TimeDelta::milliseconds(measured))
    }

    /// A reply that was made at `date` came to a call that left and came back at these times of ours. Where the clocks
    /// differ too much, or `is_refused` says that the marketplace finds so, its time is signed from here on. Answers by
    /// how much, the first time only.
    pub(super) fn measure(
        &self,
        (left, came): (DateTime<Utc>, DateTime<Utc>),
        date: DateTime<Utc>,
        is_refused: bool,
    ) -> Option<TimeDelta> {
        let ahead = date + TimeDelta::milliseconds(500) - (left + (came - left) / 2);
        self.measured.store(ahead.num_milliseconds(), Ordering::Relaxed);
        // The reply was made some time between the two; doubt speaks for the clocks.
        let (least, most) = (date - came, date + TimeDelta::seconds(1) - left);
        let is_off = least > TOLERANCE || most < -TOLERANCE || (is_refused && (least > BLUR || most < -BLUR));
        if is_off || is_refused {
            self.signed.store(ahead.num_milliseconds(), Ordering::Relaxed);
        } else if self.signed.load(Ordering::Relaxed).abs() >= TOLERANCE.num_milliseconds() {
            // The clock was set.
            self.signed.store(0, Ordering::Relaxed);
        }
        (is_off && !self.is_told.swap(true, Ordering::Relaxed)).then_some(ahead)
    }
}

/// By how much this computer's clock is off: `10 min 3 s behind`.
#[must_use]
pub fn off(ahead: TimeDelta) -> String {
    let word = if ahead < TimeDelta::zero() { "ahead of" } else { "behind" };
    let seconds = ahead.num_seconds().unsigned_abs();
    let amount = match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    };
    format!("{amount} {word}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_500_000_000 + seconds, 0).unwrap()
    }

    /// A call left at 0 and came back at `took`; the marketplace said that it was `date`. What is signed then at 0.
    #[track_caller]
    fn check(took: i64, date: i64, is_refused: bool, signed: i64, is_told: bool) {
        let skew = Skew::new();
        let told = skew.measure((time(0), time(took)), time(date), is_refused);
        assert_eq!((skew.corrected(time(0)) - time(0)).num_seconds(), signed);
        assert_eq!(told.is_some(), is_told);
    }

    #[test]
    fn clocks_that_differ_by_more_than_a_minute_are_told_and_the_marketplaces_is_signed() {
        check(0, 600, false, 600, true);
        check(0, -600, false, -599, true);
        check(0, 50, false, 0, false);
        check(0, -50, false, 0, false);
    }

    #[test]
    fn a_slow_reply_is_no_sign_of_a_wrong_clock() {
        check(100, 90, false, 0, false);
        check(100, 0, false, 0, false);
        check(100, 170, false, 120, true);
    }

    #[test]
    fn after_a_refusal_a_smaller_difference_counts_too() {
        check(0, 30, true, 30, true);
        check(0, -30, true, -29, true);
        check(0, 1, true, 1, false);
    }

    #[test]
    fn it_is_told_once_and_forgotten_when_the_clock_was_set() {
        let skew = Skew::new();
        assert!(skew.measure((time(0), time(0)), time(600), false).is_some());
        assert!(skew.measure((time(1), time(1)), time(601), false).is_none());
        assert!(skew.measure((time(602), time(602)), time(602), false).is_none());
        assert_eq!(skew.corrected(time(0)), time(0));
    }

    #[test]
    fn an_amount_reads_as_people_say_it() {
        assert_eq!(off(TimeDelta::seconds(603)), "10 min 3 s behind");
        assert_eq!(off(TimeDelta::seconds(-59)), "59 s ahead of");
        assert_eq!(off(TimeDelta::seconds(7_260)), "2 h 1 min behind");
    }
}
