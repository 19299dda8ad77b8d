//! How fast, how often, how long: one shop's pace and the numbers behind every wait.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::bounds::Bounds;
use crate::plan::Action;

/// Milliseconds on the run's clock.
pub(super) type Millis = u64;

/// How often one request may be lost before its outcome is called unknown. No part of the policy: a journal that is read
/// again, by a report or by another process, must come to the same end.
pub(super) const LOST_AT_MOST: u32 = 5;

/// The numbers behind every wait; `[pace]` in the settings. None of them decides what a journal comes to.
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
    /// After so many lost, unsent or failed calls in a row no write leaves before a read has been answered.
    pub faults_in_a_row: u32,
    /// So many calls of one process may be repeats, whatever the share of its calls; one of five beyond that.
    pub free_repeats: u64,
    /// So many first products, all refused with the same code, fields and message, stop the run: what is wrong is
    /// wrong with all of them. Twenty is few enough to be cheap, and more than one wrong category makes by chance.
    pub alike_at_most: u32,
    /// How long a look-up waits for company while there is something else to send.
    pub gather: Duration,
    /// Where the user wants it to stop.
    pub bounds: Bounds,
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
            faults_in_a_row: 10,
            free_repeats: 10,
            alike_at_most: 20,
            gather: Duration::from_secs(20),
            bounds: Bounds::default(),
            migrates_together: true,
            fetches_images: false,
        }
    }
}

/// When the next call may leave: a shop's pace, and one of its own for each action that the marketplace has throttled.
/// Every call takes a slot of both. It slows at once when the marketplace asks, and recovers slowly.
///
/// A complaint slows the action that it answers. It slows the shop as a whole where a gateway makes it (429: it counts
/// calls and does not know actions), and where another action is pausing too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// All calls together.
    #[serde(flatten)]
    shop: Lane,
    /// Actions that are slower than the shop.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    actions: BTreeMap<Action, Lane>,
}

/// The pace of some calls. All times are milliseconds, since 1970 where they are no pauses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Lane {
    /// The pause between two calls.
    gap: f64,
    /// The slot of the next call.
    next_slot: f64,
    /// The end of the last pause that the marketplace asked for.
    #[serde(default)]
    paused_until: f64,
    /// When it slowed last: complaints about calls that left before then are the same complaint.
    #[serde(default)]
    slowed_at: f64,
    /// Complaints in a row.
    #[serde(default)]
    complaints: u32,
    /// The shortest pause that the user allowed: where `gap` is that, the marketplace has asked for nothing.
    #[serde(default)]
    allowed: f64,
}

/// The marketplace asks for less.
#[derive(Debug, Clone, Copy)]
pub(super) struct Complaint {
    /// About which action.
    pub(super) action: Action,
    /// It speaks of all calls, whatever they do.
    pub(super) is_of_all: bool,
    /// When the call left that it answers.
    pub(super) left: Millis,
    /// How long it asks us to wait.
    pub(super) pause: Option<Duration>,
}

/// The slowest pace: a call in half a minute.
const SLOWEST: f64 = 30_000.0;

/// No pause is longer than an hour; a later slot tells of a clock that was set back.
const LONGEST_PAUSE: f64 = 3_600_000.0;

impl Pace {
    /// The pace that the policy asks for.
    #[must_use]
    pub fn new(policy: &Policy) -> Pace {
        let gap = 1000.0 / policy.rate;
        Pace { shop: Lane { allowed: gap, ..Lane::new(gap) }, actions: BTreeMap::new() }
    }

    /// The pace a shop was left with, no faster than the policy allows.
    #[must_use]
    pub fn resumed(mut self, policy: &Policy) -> Pace {
        let fastest = 1000.0 / policy.rate;
        for lane in self.actions.values_mut().chain([&mut self.shop]) {
            let is_learnt = lane.gap.is_finite() && lane.gap > lane.allowed;
            lane.gap = if is_learnt { lane.gap.clamp(fastest, SLOWEST.max(fastest)) } else { fastest };
            lane.allowed = fastest;
        }
        self
    }

    /// Takes the next slot of the shop, however far off it is: its millisecond.
    pub(super) fn reserve(&mut self, now: Millis) -> Millis {
        let slot = self.shop.free(now).max(now);
        self.shop.book(slot);
        slot
    }

    /// The marketplace has asked for less than was allowed.
    pub(super) fn is_slowed(&self) -> bool {
        self.shop.gap > self.shop.allowed
    }

    /// The action's own pace lets it go, whatever the shop's.
    pub(super) fn is_open_to(&mut self, action: Action, now: Millis) -> bool {
        self.actions.get_mut(&action).is_none_or(|lane| lane.free(now) <= now)
    }

    /// Takes the next slot of the action if it is due, or tells when it is.
    pub(super) fn take(&mut self, action: Action, now: Millis) -> Result<(), Millis> {
        let mut lane = self.actions.get_mut(&action);
        let free = self.shop.free(now).max(lane.as_mut().map_or(0, |lane| lane.free(now)));
        if now < free {
            return Err(free);
        }
        self.shop.book(now);
        if let Some(lane) = lane {
            lane.book(now);
        }
        Ok(())
    }

    /// When the action's next slot is, at the earliest.
    pub(super) fn next_slot(&mut self, action: Action, now: Millis) -> Millis {
        let own = self.actions.get_mut(&action).map_or(0, |lane| lane.free(now));
        self.shop.free(now).max(own)
    }

    /// Half the speed, and a pause; answers how long. A burst of complaints about calls that left together counts once.
    pub(super) fn slow_down(&mut self, complaint: Complaint, policy: &Policy, now: Millis) -> Duration {
        let Complaint { action, is_of_all, left, pause } = complaint;
        let is_elsewhere = self.actions.iter().any(|(other, lane)| *other != action && lane.paused_until > left as f64);
        if is_of_all || is_elsewhere {
            return self.slow_down_all(left, pause, policy, now);
        }
        let gap = self.shop.gap;
        self.actions.entry(action).or_insert_with(|| Lane::new(gap)).slow_down(left, pause, policy, now)
    }

    /// The same, where it speaks of all calls.
    pub(super) fn slow_down_all(
        &mut self,
        left: Millis,
        pause: Option<Duration>,
        policy: &Policy,
        now: Millis,
    ) -> Duration {
        self.shop.slow_down(left, pause, policy, now)
    }

    /// The whole shop pauses without slowing: the marketplace is in trouble and says for how long.
    pub(super) fn pause(&mut self, pause: Duration, now: Millis) {
        self.shop.next_slot = self.shop.next_slot.max(now as f64 + (pause.as_millis() as f64).min(LONGEST_PAUSE));
    }

    /// A call went well, whatever it did: a little faster again.
    pub(super) fn speed_up_all(&mut self, policy: &Policy) {
        self.shop.speed_up(1000.0 / policy.rate);
    }

    /// A call went well: a little faster again.
    pub(super) fn speed_up(&mut self, action: Action, policy: &Policy) {
        let fastest = 1000.0 / policy.rate;
        self.speed_up_all(policy);
        if let Some(lane) = self.actions.get_mut(&action) {
            lane.speed_up(fastest);
            if lane.gap <= fastest {
                self.actions.remove(&action);
            }
        }
    }
}

impl Lane {
    fn new(gap: f64) -> Lane {
        Lane { gap, next_slot: 0.0, paused_until: 0.0, slowed_at: 0.0, complaints: 0, allowed: 0.0 }
    }

    /// The millisecond of the next slot. It may hold many.
    fn free(&mut self, now: Millis) -> Millis {
        let now = now as f64;
        if self.next_slot > now + LONGEST_PAUSE.max(self.gap) {
            // The computer's clock was set back.
            (self.next_slot, self.paused_until, self.slowed_at) = (now, 0.0, 0.0);
        }
        self.next_slot as Millis
    }

    fn book(&mut self, now: Millis) {
        self.next_slot = (self.next_slot + self.gap).max(now as f64 + self.gap / 2.0);
    }

    fn slow_down(&mut self, left: Millis, pause: Option<Duration>, policy: &Policy, now: Millis) -> Duration {
        let is_known = (left as f64) < self.slowed_at && self.slowed_at <= now as f64;
        if !is_known {
            self.gap = (self.gap * 2.0).min(SLOWEST);
            self.slowed_at = now as f64;
            self.complaints += 1;
        }
        let pause = pause.unwrap_or_else(|| backoff(policy, self.complaints, 0.5)).min(policy.give_up);
        self.paused_until = self.paused_until.max(now as f64 + (pause.as_millis() as f64).min(LONGEST_PAUSE));
        self.next_slot = self.next_slot.max(self.paused_until);
        pause
    }

    fn speed_up(&mut self, fastest: f64) {
        self.gap = (self.gap * 0.98).max(fastest);
        self.complaints = 0;
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

    const CREATE: Action = Action::CreateProduct;
    const IMAGES: Action = Action::SetImages;

    fn at(rate: f64) -> (Policy, Pace) {
        let policy = Policy { rate, ..Policy::default() };
        let pace = Pace::new(&policy);
        (policy, pace)
    }

    #[test]
    fn a_rate_that_was_typed_once_is_not_learnt() {
        let (mut policy, pace) = at(0.1);
        let left = pace.resumed(&policy);
        policy.rate = 5.0;
        let mut next = left.resumed(&policy);
        assert_eq!((next.take(CREATE, 0), next.take(CREATE, 200)), (Ok(()), Ok(())));
        // What the marketplace asked for stays.
        next.slow_down(Complaint { is_of_all: true, ..complaint(CREATE, 200, 0) }, &policy, 200);
        let asked = next.shop.gap;
        assert!(asked > 200.0, "{asked}");
        assert!((next.resumed(&policy).shop.gap - asked).abs() < 1.0);
    }

    fn complaint(action: Action, left: Millis, pause: u64) -> Complaint {
        Complaint { action, is_of_all: false, left, pause: Some(Duration::from_millis(pause)) }
    }

    /// When each of the next calls leaves, if one is always waiting.
    fn slots(pace: &mut Pace, action: Action, from: Millis, count: usize) -> Vec<Millis> {
        let mut now = from;
        let mut slots = Vec::new();
        while slots.len() < count {
            match pace.take(action, now) {
                Ok(()) => slots.push(now),
                Err(at) => now = at,
            }
        }
        slots
    }

    #[test]
    fn calls_leave_at_the_rate_and_no_burst_follows_a_pause() {
        let (_, mut pace) = at(10.0);
        assert_eq!(slots(&mut pace, CREATE, 1_000, 4), [1_000, 1_050, 1_150, 1_250]);
        assert_eq!(slots(&mut pace, CREATE, 9_000, 3), [9_000, 9_050, 9_150]);
    }

    #[test]
    fn in_any_ten_seconds_there_are_no_more_calls_than_the_rate_allows() {
        let (policy, mut pace) = at(7.0);
        let mut chance = fastrand::Rng::with_seed(4);
        let (mut now, mut left) = (5_000, Vec::new());
        while left.len() < 4_000 {
            let action = if chance.bool() { CREATE } else { IMAGES };
            match pace.take(action, now) {
                Ok(()) => left.push(now),
                Err(_) => now += chance.u64(0..400),
            }
            match chance.u32(0..200) {
                0 => drop(pace.slow_down(complaint(action, now, 700), &policy, now)),
                1..100 => pace.speed_up(action, &policy),
                100.. => {}
            }
        }
        let most = left.iter().map(|from| left.iter().filter(|at| (*from..from + 10_000).contains(*at)).count()).max();
        assert!(most.unwrap() <= 72, "{most:?}");
    }

    #[test]
    fn a_complaint_about_one_action_slows_that_action_only() {
        let (policy, mut pace) = at(10.0);
        pace.slow_down(complaint(CREATE, 1_000, 500), &policy, 1_000);
        assert_eq!(slots(&mut pace, IMAGES, 1_000, 3), [1_000, 1_050, 1_150]);
        assert_eq!(slots(&mut pace, CREATE, 1_200, 3), [1_500, 1_700, 1_900]);
    }

    #[test]
    fn two_actions_that_are_throttled_slow_the_shop_and_so_does_a_gateway() {
        let (policy, mut pace) = at(10.0);
        pace.slow_down(complaint(CREATE, 1_000, 500), &policy, 1_000);
        pace.slow_down(complaint(IMAGES, 1_100, 500), &policy, 1_100);
        assert_eq!(pace.shop.gap, 200.0);
        let (policy, mut pace) = at(10.0);
        pace.slow_down(Complaint { is_of_all: true, ..complaint(CREATE, 1_000, 500) }, &policy, 1_000);
        assert_eq!((pace.shop.gap, pace.next_slot(IMAGES, 1_000)), (200.0, 1_500));
    }

    #[test]
    fn a_burst_counts_once_and_a_later_complaint_counts_again() {
        let (policy, mut pace) = at(10.0);
        for left in [900, 920, 940, 960] {
            pace.slow_down(complaint(CREATE, left, 100), &policy, 1_000 + left / 10);
        }
        assert_eq!(pace.actions[&CREATE].gap, 200.0);
        pace.slow_down(complaint(CREATE, 1_300, 100), &policy, 1_400);
        assert_eq!(pace.actions[&CREATE].gap, 400.0);
    }

    #[test]
    fn it_recovers_slowly_and_no_further_than_the_policy_allows() {
        let (policy, mut pace) = at(2.0);
        pace.slow_down(complaint(CREATE, 0, 500), &policy, 10);
        pace.speed_up(CREATE, &policy);
        assert!(pace.actions[&CREATE].gap > 900.0);
        (0..100).for_each(|_| pace.speed_up(CREATE, &policy));
        assert_eq!(pace, Pace { shop: pace.shop, ..Pace::new(&policy) });
    }

    #[test]
    fn what_an_elder_version_left_in_the_store_is_read() {
        let elder: Pace = serde_json::from_str(r#"{"gap":1000.0,"next_slot":7.0,"paused_until":9.0}"#).unwrap();
        assert_eq!((elder.shop.gap, elder.shop.next_slot, elder.shop.paused_until), (1000.0, 7.0, 9.0));
        let oldest: Pace = serde_json::from_str(r#"{"gap":1000.0,"next_slot":7.0}"#).unwrap();
        assert!(oldest.actions.is_empty());
        let (policy, mut pace) = at(2.0);
        pace.slow_down(complaint(CREATE, 0, 500), &policy, 10);
        let kept = serde_json::to_string(&pace).unwrap();
        assert_eq!(serde_json::from_str::<Pace>(&kept).unwrap(), pace);
    }

    #[test]
    fn a_millisecond_holds_as_many_calls_as_the_rate_allows() {
        let (_, mut pace) = at(100_000.0);
        let taken = |now| std::iter::repeat_with(|| pace.take(CREATE, now)).take_while(Result::is_ok).count();
        let counts: Vec<usize> = (1_000..1_020).map(taken).collect();
        assert!(counts.iter().all(|count| (50..=101).contains(count)), "{counts:?}");
        assert!((1_900..=2_001).contains(&counts.iter().sum::<usize>()), "{counts:?}");
    }

    #[test]
    fn neither_a_long_pause_nor_a_slow_rate_is_taken_for_a_clock_that_was_set_back() {
        let policy = Policy { give_up: Duration::from_secs(7_200), ..Policy::default() };
        let (now, mut paused, mut slowed) = (90_000_000, Pace::new(&policy), Pace::new(&policy));
        paused.pause(policy.give_up, now);
        slowed.slow_down(complaint(CREATE, now, 7_200_000), &policy, now);
        for pace in [&mut paused, &mut slowed] {
            assert_eq!(pace.take(CREATE, now + 1), Err(now + 3_600_000));
        }
        let (_, mut pace) = at(0.0001);
        assert_eq!((pace.take(CREATE, now), pace.take(CREATE, now + 1)), (Ok(()), Err(now + 5_000_000)));
    }

    #[test]
    fn a_clock_that_was_set_back_stops_nothing() {
        let (policy, mut pace) = at(2.0);
        pace.slow_down(complaint(CREATE, 90_000_000, 500), &policy, 90_000_000);
        assert!(pace.take(CREATE, 1_000).is_ok());
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
