//! How fast, how often, how long: one shop's pace and the numbers behind every wait.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Milliseconds on the run's clock.
pub(super) type Millis = u64;

/// The numbers behind every wait; `[pace]` in the settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Calls a second.
    pub rate: f64,
    /// Requests in flight at once.
    pub concurrency: usize,
    /// The first pause after trouble; it doubles with each failure (full jitter).
    pub backoff_min: Duration,
    /// The longest pause.
    pub backoff_max: Duration,
    /// Pauses before each look at the shop after a lost reply; the last look is believed.
    pub lookup_delays: Vec<Duration>,
    /// How long nobody may answer before the run stops.
    pub nobody_answers: Duration,
    /// How long the marketplace may be in trouble before the run stops.
    pub give_up: Duration,
    /// How long one request may take.
    pub timeout: Duration,
    /// How often one request may be lost before its outcome is called unknown.
    pub lost_at_most: u32,
    /// Several pictures of a SKU go by one MigrateImages; otherwise each by itself.
    pub migrates_together: bool,
    /// Pictures that the marketplace cannot download are fetched and sent by us.
    pub fetches_images: bool,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            rate: 2.0,
            concurrency: 4,
            backoff_min: Duration::from_millis(500),
            backoff_max: Duration::from_secs(30),
            lookup_delays: [2, 4, 8].map(Duration::from_secs).to_vec(),
            nobody_answers: Duration::from_secs(10),
            give_up: Duration::from_secs(15 * 60),
            timeout: Duration::from_secs(60),
            lost_at_most: 5,
            migrates_together: true,
            fetches_images: false,
        }
    }
}

/// When the next call may leave. It slows at once when the marketplace asks, and recovers slowly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// The pause between two calls, in milliseconds.
    pub gap: f64,
    /// The slot of the next call, in milliseconds since 1970.
    pub next_slot: f64,
    /// The end of the last pause that the marketplace asked for.
    #[serde(default)]
    pub paused_until: f64,
}

/// The slowest pace: a call in half a minute.
const SLOWEST: f64 = 30_000.0;

/// No pause is longer than an hour.
const LONGEST_PAUSE: f64 = 3_600_000.0;

impl Pace {
    /// The pace that the policy asks for.
    #[must_use]
    pub fn new(policy: &Policy) -> Pace {
        Pace { gap: 1000.0 / policy.rate, next_slot: 0.0, paused_until: 0.0 }
    }

    /// The pace a shop was left with, no faster than the policy allows.
    #[must_use]
    pub fn resumed(self, policy: &Policy) -> Pace {
        Pace { gap: self.gap.clamp(1000.0 / policy.rate, SLOWEST), ..self }
    }

    /// Takes the next slot if it is due, or tells when it is.
    pub(super) fn take(&mut self, now: Millis) -> Result<(), Millis> {
        let now_exact = now as f64;
        if self.next_slot > now_exact + LONGEST_PAUSE {
            // The computer's clock was set back.
            self.next_slot = now_exact;
        }
        if now_exact < self.next_slot {
            return Err(self.next_slot.ceil() as Millis);
        }
        self.next_slot = (self.next_slot + self.gap).max(now_exact + self.gap / 2.0);
        Ok(())
    }

    /// The marketplace asks for less: half the speed, and a pause.
    pub(super) fn slow_down(&mut self, now: Millis, pause: Duration) {
        // Replies to what left before the last pause began are the same complaint.
        let is_pausing = (now as f64) < self.paused_until;
        if !is_pausing {
            self.gap = (self.gap * 2.0).min(SLOWEST);
        }
        self.paused_until = now as f64 + pause.as_millis() as f64;
        self.next_slot = self.next_slot.max(self.paused_until);
    }

    /// A call went well: a little faster again.
    pub(super) fn speed_up(&mut self, policy: &Policy) {
        self.gap = (self.gap * 0.98).max(1000.0 / policy.rate);
    }
}

/// Full jitter: anything up to `min * 2^failures`, at most `max`, at least a tenth of it.
pub(super) fn backoff(policy: &Policy, failures: u32, chance: f64) -> Duration {
    let longest = policy.backoff_min.mul_f64(f64::from(2_u32.saturating_pow(failures.min(16)))).min(policy.backoff_max);
    longest.mul_f64(0.1 + 0.9 * chance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_leave_at_the_rate_and_no_burst_follows_a_pause() {
        let policy = Policy { rate: 10.0, ..Policy::default() };
        let mut pace = Pace::new(&policy);
        let mut now = 1_000_000;
        let mut sent = Vec::new();
        while sent.len() < 50 {
            match pace.take(now) {
                Ok(()) => sent.push(now),
                Err(at) => now = at,
            }
            if sent.len() == 20 {
                now += 5_000;
            }
        }
        for window in sent.windows(11) {
            assert!(window[10] - window[0] >= 900, "{window:?}");
        }
    }

    #[test]
    fn trouble_slows_at_once_and_success_speeds_up_slowly() {
        let policy = Policy::default();
        let mut pace = Pace::new(&policy);
        pace.slow_down(0, Duration::from_secs(1));
        assert_eq!((pace.gap, pace.next_slot), (1000.0, 1000.0));
        pace.speed_up(&policy);
        assert!(pace.gap > 900.0);
        for _ in 0..100 {
            pace.speed_up(&policy);
        }
        assert_eq!(pace.gap, 500.0);
    }

    #[test]
    fn a_pause_grows_to_its_bound() {
        let policy = Policy::default();
        assert_eq!(backoff(&policy, 0, 1.0), Duration::from_millis(500));
        assert_eq!(backoff(&policy, 3, 1.0), Duration::from_secs(4));
        assert_eq!(backoff(&policy, 30, 1.0), Duration::from_secs(30));
        assert!(backoff(&policy, 3, 0.0) >= Duration::from_millis(400));
    }
}
