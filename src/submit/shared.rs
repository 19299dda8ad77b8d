//! The pace of all who call with one app's key, in whatever process: the marketplace counts their calls together.

use std::io;
use std::mem;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::next::millis;
use super::pace::{Millis, Pace, Policy};

/// The pace that all who call with one key share.
pub trait SharedPace: Send + Sync {
    /// Takes the next slot: how long from `now` the call has to wait.
    ///
    /// # Errors
    /// The pace cannot be read or written.
    fn take(&self, now: DateTime<Utc>) -> io::Result<Duration>;
    /// The marketplace answers a call that left then by asking for less, and to be left alone for so long.
    ///
    /// # Errors
    /// The pace cannot be read or written.
    fn slow_down(&self, left: DateTime<Utc>, pause: Option<Duration>, now: DateTime<Utc>) -> io::Result<()>;
    /// The marketplace answers a call, and asks for nothing.
    ///
    /// # Errors
    /// The pace cannot be read or written.
    fn speed_up(&self) -> io::Result<()>;
}

/// What is kept of a shared pace between two calls.
///
/// Who calls slowest holds up nobody: the others keep the rate of the fastest, and a process that may do less waits by
/// itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommonPace {
    pace: Pace,
    /// The highest rate that anybody has asked for of late, in calls a second.
    rate: f64,
    /// When a call was made at that rate.
    rate_at: Millis,
}

/// A rate at which nobody has called for so long is nobody's any more.
const OF_LATE: Millis = 60_000;

impl CommonPace {
    /// Nobody has called yet.
    #[must_use]
    pub fn new(policy: &Policy) -> CommonPace {
        CommonPace { pace: Pace::new(policy), rate: policy.rate, rate_at: 0 }
    }

    /// Takes the next slot for somebody with this policy: how long from `now` it is.
    pub fn take(&mut self, policy: &Policy, now: DateTime<Utc>) -> Duration {
        let now = millis(now);
        if policy.rate >= self.rate || now.abs_diff(self.rate_at) > OF_LATE {
            (self.rate, self.rate_at) = (policy.rate, now);
        }
        let policy = self.common(policy);
        let kept = mem::replace(&mut self.pace, Pace::new(&policy));
        self.pace = kept.resumed(&policy);
        Duration::from_millis(self.pace.reserve(now) - now)
    }

    /// Half the speed, and a pause. Complaints about calls that left together count once.
    pub fn slow_down(
        &mut self,
        policy: &Policy,
        left: DateTime<Utc>,
        pause: Option<Duration>,
        now: DateTime<Utc>,
    ) -> Duration {
        let policy = self.common(policy);
        self.pace.slow_down_all(millis(left), pause, &policy, millis(now))
    }

    /// A call went well: a little faster again.
    pub fn speed_up(&mut self, policy: &Policy) {
        let policy = self.common(policy);
        self.pace.speed_up_all(&policy);
    }

    /// It is slower than anybody asked for.
    #[must_use]
    pub fn is_slowed(&self) -> bool {
        self.pace.is_slowed()
    }

    fn common(&self, policy: &Policy) -> Policy {
        Policy { rate: self.rate, ..policy.clone() }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(rate: f64) -> Policy {
        Policy { rate, ..Policy::default() }
    }

    fn second(seconds: f64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::milliseconds((seconds * 1000.0) as i64)
    }

    /// The waits of so many who ask at once, in milliseconds.
    fn waits(pace: &mut CommonPace, policy: &Policy, now: f64, count: usize) -> Vec<u128> {
        (0..count).map(|_| pace.take(policy, second(now)).as_millis()).collect()
    }

    #[test]
    fn who_asks_at_once_gets_slots_one_after_the_other() {
        let policy = at(2.0);
        let mut pace = CommonPace::new(&policy);
        assert_eq!(waits(&mut pace, &policy, 0.0, 4), [0, 250, 750, 1250]);
        assert_eq!(waits(&mut pace, &policy, 60.0, 3), [0, 250, 750]);
    }

    #[test]
    fn a_complaint_to_one_slows_all_until_calls_go_well_again() {
        let policy = at(2.0);
        let mut pace = CommonPace::new(&policy);
        pace.take(&policy, second(0.0));
        pace.slow_down(&policy, second(0.0), Some(Duration::from_secs(7)), second(1.0));
        assert!(pace.is_slowed());
        assert_eq!(waits(&mut pace, &policy, 1.0, 2), [7_000, 8_000]);
        // Of the same burst, and not slower still.
        pace.slow_down(&policy, second(0.5), Some(Duration::from_secs(1)), second(2.0));
        assert_eq!(waits(&mut pace, &policy, 60.0, 3), [0, 500, 1_500]);
        (0..100).for_each(|_| pace.speed_up(&policy));
        assert!(!pace.is_slowed());
        assert_eq!(waits(&mut pace, &policy, 120.0, 3), [0, 250, 750]);
    }

    #[test]
    fn a_slow_caller_holds_up_nobody_and_a_faster_one_stays_at_the_common_rate_for_a_while() {
        let (slow, fast) = (at(0.1), at(10.0));
        let mut pace = CommonPace::new(&slow);
        assert_eq!(waits(&mut pace, &slow, 0.0, 2), [0, 5_000]);
        let mut pace = CommonPace::new(&slow);
        assert_eq!(waits(&mut pace, &fast, 0.0, 1), [0]);
        assert_eq!(waits(&mut pace, &slow, 1.0, 3), [0, 50, 150]);
        assert_eq!(waits(&mut pace, &slow, 90.0, 3), [0, 5_000, 15_000]);
    }

    #[test]
    fn it_is_kept_as_text() {
        let policy = at(2.0);
        let mut pace = CommonPace::new(&policy);
        pace.slow_down(&policy, second(0.0), None, second(1.0));
        let kept = serde_json::to_string(&pace).unwrap();
        assert_eq!(serde_json::from_str::<CommonPace>(&kept).unwrap(), pace);
    }
}
