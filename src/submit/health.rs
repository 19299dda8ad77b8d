//! What answers tell of the marketplace itself: whether it is silent or in trouble, whether the line is broken, how much
//! may be repeated, and whether the first requests were all refused alike.

use std::collections::BTreeMap;
use std::time::Duration;

use super::breaker::Breaker;
use super::budget::Budget;
use super::event::Answer;
use super::pace::{Millis, Policy};
use crate::dialect::{Class, Refusal};
use crate::plan::Action;

/// How the marketplace does.
#[derive(Debug, Default)]
pub(super) struct Health {
    pub(super) alike: Alike,
    /// Since when nothing could be sent.
    pub(super) silent_since: Option<Millis>,
    /// Since when no write was answered soundly.
    pub(super) trouble_since: Option<Millis>,
    pub(super) breaker: Breaker,
    pub(super) budget: Budget,
    /// When it first called a request's time wrong; none once it has taken one.
    clock_refused_at: Option<Millis>,
    /// What the marketplace has switched off for hours, with its word for it: no such call leaves in this process any more.
    switched_off: BTreeMap<Action, Refusal>,
    /// The silence and the trouble that onlookers know of, by their beginning.
    told: (Option<Millis>, Option<Millis>),
}

/// The marketplace does not do its work for the time being, and is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing can be sent to it.
    Silent,
    /// Its answers are none, or ask to come again.
    Ailing,
}

/// A silence is worth telling after so long: one refused connection is not.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// How many first requests were refused alike. `None` once one was not.
#[derive(Debug)]
pub(super) struct Alike {
    first: Option<Refusal>,
    /// With a code that speaks of the call or of the address.
    pub(super) by_code: Option<u32>,
    /// Products with the same code, fields and message; SKUs where only prices, sales and stock change.
    pub(super) products: Option<u32>,
    /// There are SKUs among them.
    pub(super) counts_skus: bool,
}

impl Default for Alike {
    fn default() -> Alike {
        Alike { first: None, by_code: Some(0), products: Some(0), counts_skus: false }
    }
}

impl Alike {
    fn differs(&mut self) {
        (self.by_code, self.products) = (None, None);
    }

    /// The first refusal had this code.
    pub(super) fn begins_with(&self, refusal: &Refusal) -> bool {
        self.first.as_ref().is_some_and(|first| first.code == refusal.code)
    }

    fn compare(&mut self, action: Action, refusal: &Refusal, costs: u32) {
        if self.by_code.is_none() && self.products.is_none() {
            return;
        }
        let first = self.first.get_or_insert_with(|| refusal.clone());
        let is_about_the_form = refusal.is_about_the_form() || refusal.is_of_status();
        let is_same_code = first.code == refusal.code;
        self.by_code = self.by_code.filter(|_| is_about_the_form && is_same_code).map(|count| count + costs.min(1));
        if matches!(action, Action::CreateProduct | Action::UpdateProduct | Action::UpdatePriceQuantity) {
            let is_of_data = matches!(refusal.class, Class::Data | Class::Bare | Class::TooLarge);
            let is_same = is_of_data && is_same_code && first.message == refusal.message && says_same(first, refusal);
            self.products = self.products.filter(|_| is_same).map(|count| count.saturating_add(costs));
            self.counts_skus |= action == Action::UpdatePriceQuantity;
        }
    }
}

/// The same faults of the same fields, whatever the SKU.
fn says_same(one: &Refusal, other: &Refusal) -> bool {
    let faults = |refusal: &Refusal| -> Vec<(Option<String>, String)> {
        let mut faults: Vec<_> =
            refusal.details.iter().map(|detail| (detail.field.clone(), detail.message.clone())).collect();
        faults.sort();
        faults.dedup();
        faults
    };
    faults(one) == faults(other)
}

impl Health {
    /// What an answer tells.
    pub(super) fn learn(&mut self, answer: &Answer, policy: &Policy, now: Millis, chance: f64) {
        match answer {
            Answer::Done { .. } | Answer::Hosted { .. } | Answer::Ticket { .. } | Answer::Waiting => self.went_well(),
            Answer::Refused(refusal) => {
                self.silent_since = None;
                self.breaker.sound();
                if !refusal.is_about_the_clock() {
                    self.clock_refused_at = None;
                }
                match refusal.class {
                    // The marketplace does its work, but for this.
                    Class::Later if refusal.is_switched_off() => {}
                    Class::Throttled | Class::Later | Class::Doubt => {
                        self.trouble_since.get_or_insert(now);
                    }
                    Class::Data
                    | Class::SkuExists
                    | Class::Bare
                    | Class::TooLarge
                    | Class::Clock
                    | Class::Token
                    | Class::Credentials
                    | Class::Account => {
                        self.trouble_since = None;
                    }
                }
            }
            Answer::NotSent { .. } => {
                self.silent_since.get_or_insert(now);
                self.fault(policy, now, chance);
            }
            Answer::Unclear { .. } => self.fault(policy, now, chance),
        }
    }

    /// Whether the first requests are all refused alike. A refusal costs so many products; one that only cuts a chunk
    /// costs none.
    pub(super) fn compare(&mut self, action: Action, answer: &Answer, costs: u64) {
        match answer {
            Answer::Done { .. } | Answer::Hosted { .. } | Answer::Ticket { .. } | Answer::Waiting => {
                self.alike.differs();
            }
            Answer::Refused(refusal) if !matches!(refusal.class, Class::Throttled | Class::Later | Class::Doubt) => {
                self.alike.compare(action, refusal, u32::try_from(costs).unwrap_or(u32::MAX));
            }
            Answer::Refused(_) | Answer::NotSent { .. } | Answer::Unclear { .. } => {}
        }
    }

    /// No call of this action leaves any more.
    pub(super) fn switches_off(&mut self, action: Action, refusal: &Refusal) {
        self.switched_off.entry(action).or_insert_with(|| refusal.clone());
    }

    /// What has been switched off.
    pub(super) fn switched_off(&self) -> &BTreeMap<Action, Refusal> {
        &self.switched_off
    }

    fn fault(&mut self, policy: &Policy, now: Millis, chance: f64) {
        self.trouble_since.get_or_insert(now);
        self.breaker.fault(policy, now, chance);
    }

    /// The marketplace answers soundly.
    pub(super) fn went_well(&mut self) {
        self.trouble_since = None;
        self.was_told(false);
    }

    /// It answered a read. One that answers reads and loses every write is still in trouble, unless what was written is
    /// there.
    pub(super) fn was_told(&mut self, is_there: bool) {
        self.silent_since = None;
        self.clock_refused_at = None;
        self.breaker.sound();
        if is_there {
            self.trouble_since = None;
        }
    }

    /// A silence or a trouble that nobody was told of yet, and for how long it will be borne from now on. It is told once.
    pub(super) fn untold(&mut self, policy: &Policy, now: Millis) -> Option<(Trouble, Duration)> {
        let lasts = |since: Option<Millis>| Duration::from_millis(since.map_or(0, |since| now.saturating_sub(since)));
        let (silent, ailing) = (lasts(self.silent_since), lasts(self.trouble_since));
        if self.silent_since.is_some() {
            let is_due = silent >= WORTH_TELLING.min(policy.nobody_answers / 10) && self.told.0 != self.silent_since;
            self.told.0 = if is_due { self.silent_since } else { self.told.0 };
            return is_due.then(|| (Trouble::Silent, policy.nobody_answers.saturating_sub(silent)));
        }
        let is_bad = self.breaker.is_open() || (self.trouble_since.is_some() && ailing >= policy.nobody_answers);
        let is_due = is_bad && self.told.1 != self.trouble_since;
        self.told.1 = if is_due { self.trouble_since } else { self.told.1 };
        is_due.then(|| (Trouble::Ailing, policy.give_up.saturating_sub(ailing)))
    }

    /// How long a silence will be borne from now on; none where there is none.
    pub(super) fn silence_left(&self, policy: &Policy, now: Millis) -> Option<Duration> {
        let lasts = Duration::from_millis(now.saturating_sub(self.silent_since?));
        Some(policy.nobody_answers.saturating_sub(lasts))
    }

    /// Another process's silence, trouble and repeats are not ours, and what was switched off may be on again.
    pub(super) fn forget(&mut self) {
        self.went_well();
        self.budget = Budget::default();
        self.switched_off.clear();
    }

    /// The time of a call that left then was called wrong; answers whether that is so although its time was signed
    /// after an earlier such answer.
    pub(super) fn refuses_the_clock(&mut self, left: Millis, now: Millis) -> bool {
        match self.clock_refused_at {
            Some(first) => left >= first,
            None => {
                self.clock_refused_at = Some(now);
                false
            }
        }
    }
}
