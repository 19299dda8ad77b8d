//! One CreateProduct, from the plan to its end. CreateProduct is never repeated before the shop has said
//! whether its SKUs exist.

use super::event::{Answer, Found};
use super::pace::{LOST_AT_MOST, Millis, Policy, backoff};
use crate::dialect::{Class, Refusal};
use crate::record::SellerSku;

/// How a creation ended, for the SKUs that were not created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Every SKU was created.
    Complete,
    /// The marketplace refused them.
    Rejected(Refusal),
    /// Nobody could tell what became of them.
    Unknown(String),
    /// The product that they are added to was not created.
    Held,
    /// None of the pictures without which they must not be created could be had.
    Pictureless,
}

/// Where a creation stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Phase {
    /// To be sent, not before this time.
    Due(Millis),
    /// On its way.
    InFlight,
    /// The shop must be asked, not before this time.
    Doubt(Millis),
    /// The shop is being asked.
    Asking,
    /// What has been found is believed for now; the shop is asked once more at the end of the run, not before this time.
    Last(Millis),
    /// Over.
    Ended(Ending),
}

/// Whether another look follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// The shop may only be late.
    More,
    /// What it does not have now is absent.
    Last,
}

/// Why the shop must be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Doubt {
    /// The reply was lost or made no sense.
    Lost(String),
    /// Refused without a reason: asked about once, then believed.
    Bare(Refusal),
    /// Refused because a SKU exists, which the baseline says it did not.
    Exists(Refusal),
}

/// The history of one CreateProduct.
#[derive(Debug, Clone)]
pub struct Creation {
    pub(super) phase: Phase,
    /// SKUs that are in the shop now, by place in the request.
    created: Vec<bool>,
    /// Some of them are known only because the shop was asked.
    confirmed_by_lookup: bool,
    /// Attempts that left.
    attempts: u32,
    /// Attempts whose reply was lost.
    lost: u32,
    /// Failures without effect in a row.
    failures: u32,
    /// Some attempt of this or an earlier process was lost, or refused without a reason.
    may_arrive: bool,
    /// How often it was refused for a reason that passes.
    put_off: u32,
    /// How often the shop was asked about the present doubt.
    asked: usize,
    doubt: Option<Doubt>,
    /// How it ends unless the last look tells otherwise.
    believed: Option<Ending>,
    /// The last look has been taken in this process.
    has_looked_last: bool,
    /// Other requests are not asked about in the same look-up.
    is_asked_alone: bool,
    /// The SKU to which the missing ones are added, once some exist.
    follow_up: Option<usize>,
    /// That has been tried since this process took over: once is enough.
    has_followed_up: bool,
    /// The product is created with pictures: a picture that is refused must not cost the product.
    is_pictured: bool,
    /// Why it was sent once more without them.
    refused_pictures: Option<Refusal>,
    warnings: Vec<String>,
}

impl Creation {
    pub(super) fn new(skus: usize, is_pictured: bool) -> Creation {
        Creation {
            phase: Phase::Due(0),
            created: vec![false; skus],
            confirmed_by_lookup: false,
            attempts: 0,
            lost: 0,
            failures: 0,
            may_arrive: false,
            put_off: 0,
            asked: 0,
            doubt: None,
            believed: None,
            has_looked_last: false,
            is_asked_alone: false,
            follow_up: None,
            has_followed_up: false,
            is_pictured,
            refused_pictures: None,
            warnings: Vec::new(),
        }
    }

    /// The next attempt carries the product's pictures.
    pub(super) fn is_pictured(&self) -> bool {
        self.is_pictured
    }

    /// Why it was sent once more, without the pictures that it was planned with.
    #[must_use]
    pub fn refused_pictures(&self) -> Option<&Refusal> {
        self.refused_pictures.as_ref()
    }

    /// How it ended, once it has, or how it ends unless a last look at the end of the run tells otherwise.
    #[must_use]
    pub fn ending(&self) -> Option<&Ending> {
        match &self.phase {
            Phase::Ended(ending) => Some(ending),
            Phase::Last(_) | Phase::Doubt(_) | Phase::Asking => self.believed.as_ref(),
            Phase::Due(_) | Phase::InFlight => None,
        }
    }

    /// Nothing more will be sent or asked.
    pub(super) fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Ended(_))
    }

    /// The SKU at this place is in the shop because of this request.
    #[must_use]
    pub fn is_created(&self, place: usize) -> bool {
        self.created.get(place).copied().unwrap_or(false)
    }

    /// Some SKU was created.
    #[must_use]
    pub fn has_created(&self) -> bool {
        self.created.contains(&true)
    }

    /// That is known from a look-up, not from the reply.
    #[must_use]
    pub fn is_confirmed_by_lookup(&self) -> bool {
        self.confirmed_by_lookup
    }

    /// How many attempts left.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// What the marketplace added to its success.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// It was sent, and its outcome is open.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        match self.phase {
            Phase::InFlight | Phase::Doubt(_) | Phase::Asking => self.believed.is_none(),
            Phase::Due(_) | Phase::Last(_) | Phase::Ended(_) => false,
        }
    }

    /// The SKUs of the next attempt, by place; and the SKU they are added to, in a follow-up.
    pub(super) fn remaining(&self) -> Vec<usize> {
        (0..self.created.len()).filter(|place| !self.created[*place]).collect()
    }

    pub(super) fn follow_up<'a>(&self, skus: &'a [SellerSku]) -> Option<&'a SellerSku> {
        skus.get(self.follow_up?)
    }

    pub(super) fn intended(&mut self) {
        self.attempts += 1;
        self.phase = Phase::InFlight;
    }

    pub(super) fn answered(&mut self, answer: &Answer, policy: &Policy, now: Millis, chance: f64) {
        match answer {
            Answer::Done { warnings } => {
                self.created.fill(true);
                self.warnings.extend(warnings.iter().cloned());
                self.phase = Phase::Ended(Ending::Complete);
            }
            Answer::Hosted { .. } | Answer::Ticket { .. } | Answer::Waiting => {
                self.ask(Doubt::Lost("the reply is to another call".to_owned()), policy, now);
            }
            Answer::Refused(refusal) => self.refused(refusal, policy, now, chance),
            Answer::NotSent { .. } => self.again(policy, now, chance),
            Answer::Unclear { reason } => self.ask(Doubt::Lost(reason.clone()), policy, now),
        }
    }

    fn refused(&mut self, refusal: &Refusal, policy: &Policy, now: Millis, chance: f64) {
        if refusal.is_switched_off() {
            return self.put_back(now);
        }
        match refusal.class {
            Class::Data if self.is_pictured && refusal.is_about_pictures() => {
                self.is_pictured = false;
                self.refused_pictures = Some(refusal.clone());
                self.phase = Phase::Due(now);
            }
            Class::Data | Class::TooLarge => self.phase = Phase::Ended(Ending::Rejected(refusal.clone())),
            Class::SkuExists => self.ask(Doubt::Exists(refusal.clone()), policy, now),
            Class::Bare => self.ask(Doubt::Bare(refusal.clone()), policy, now),
            // The pace waits.
            Class::Throttled => self.put_back(now),
            Class::Later => {
                self.put_off += 1;
                if self.put_off >= LOST_AT_MOST {
                    // An earlier attempt, of an earlier process too, may yet arrive.
                    self.doubt = Some(Doubt::Bare(refusal.clone()));
                    let ending = Ending::Rejected(refusal.clone());
                    if self.may_arrive { self.believe(ending, policy, now) } else { self.phase = Phase::Ended(ending) }
                } else {
                    self.again(policy, now, chance);
                }
            }
            Class::Doubt => {
                let reason = format!("{} (code {})", refusal.message, refusal.code);
                self.ask(Doubt::Lost(reason), policy, now);
            }
            // The run stops; this request waits for the next one.
            Class::Clock | Class::Token | Class::Credentials | Class::Account => self.put_back(now),
        }
    }

    /// The attempt had no effect and does not count.
    fn put_back(&mut self, now: Millis) {
        self.attempts = self.attempts.saturating_sub(1);
        self.phase = Phase::Due(now);
    }

    /// It had no effect: send it again after a pause.
    fn again(&mut self, policy: &Policy, now: Millis, chance: f64) {
        let pause = backoff(policy, self.failures, chance);
        self.failures += 1;
        self.phase = Phase::Due(now + pause.as_millis() as Millis);
    }

    fn ask(&mut self, doubt: Doubt, policy: &Policy, now: Millis) {
        let is_lost = match &doubt {
            Doubt::Lost(_) => true,
            Doubt::Bare(refusal) => refusal.is_of_status(),
            Doubt::Exists(_) => false,
        };
        self.lost += u32::from(is_lost);
        self.may_arrive |= !matches!(doubt, Doubt::Exists(_));
        self.doubt = Some(doubt);
        self.believed = None;
        self.asked = 0;
        self.failures = 0;
        self.is_asked_alone = false;
        self.phase = Phase::Doubt(now + delay(policy, 0));
    }

    /// It was on its way when the last process ended.
    pub(super) fn recover(&mut self, policy: &Policy, now: Millis) {
        self.has_looked_last = false;
        self.failures = 0;
        match self.phase {
            Phase::InFlight => self.ask(Doubt::Lost("the run was cut off".to_owned()), policy, now),
            // How long ago it was sent is not known: the shop gets its full time to show it.
            Phase::Asking | Phase::Doubt(_) => self.phase = Phase::Doubt(now + delay(policy, self.asked)),
            Phase::Due(_) => self.phase = Phase::Due(now),
            Phase::Last(_) if !matches!(self.believed, Some(Ending::Unknown(_))) => {
                self.phase = Phase::Last(now + last_delay(policy));
            }
            Phase::Last(_) | Phase::Ended(Ending::Unknown(_)) => {
                let Some(Ending::Unknown(reason)) = self.ending().cloned() else { return };
                self.lost = 0;
                self.has_followed_up = false;
                self.ask(Doubt::Lost(reason), policy, now);
            }
            // What it waits for may have been created after all.
            Phase::Ended(Ending::Held | Ending::Pictureless) => self.phase = Phase::Due(now),
            Phase::Ended(Ending::Complete | Ending::Rejected(_)) => {}
        }
    }

    /// It is said to exist, and no attempt is known that could have made it: what the shop had before, and did not tell,
    /// may look like it.
    pub(super) fn may_be_foreign(&self) -> bool {
        matches!(self.doubt, Some(Doubt::Exists(_))) && !self.may_arrive
    }

    /// Absence is believed after this look.
    pub(super) fn is_last_look(&self, policy: &Policy) -> bool {
        self.believed.is_some() || self.asked + 1 >= policy.lookup_delays.len()
    }

    pub(super) fn looked_up(&mut self, found: &Found, look: Look, policy: &Policy, now: Millis, chance: f64) {
        let Some(doubt) = self.doubt.clone() else { return };
        self.asked += 1;
        self.failures = 0;
        let believed = self.believed.take();
        self.has_looked_last |= believed.is_some();
        let remaining = self.remaining();
        let present: Vec<usize> = remaining.iter().copied().filter(|place| found.present.contains(place)).collect();
        if let Some(ending) = believed.filter(|_| present.is_empty()) {
            self.phase = Phase::Ended(ending);
            return;
        }
        let is_whole = present.len() == remaining.len();
        if let Doubt::Exists(refusal) = &doubt {
            // It is ours only if it is the very same product; a part of it, which a shop that is late may show, can be
            // ours only if an earlier attempt may have arrived.
            let is_part = look == Look::Last && self.lost == 0 && !present.is_empty();
            let is_foreign = if is_whole { !found.is_ours } else { is_part };
            if is_foreign {
                self.phase = Phase::Ended(Ending::Rejected(taken(refusal)));
                return;
            }
        }
        if is_whole {
            self.confirm(&present);
        } else if look == Look::More {
            self.phase = Phase::Doubt(now + delay(policy, self.asked));
        } else if present.is_empty() && self.follow_up.is_none() {
            self.absent(doubt, policy, now, chance);
        } else {
            self.partial(doubt, &present, policy, now);
        }
    }

    /// None of the SKUs is there, and that is believed.
    fn absent(&mut self, doubt: Doubt, policy: &Policy, now: Millis, chance: f64) {
        match doubt {
            Doubt::Lost(reason) if self.lost >= LOST_AT_MOST => {
                self.believe(Ending::Unknown(reason), policy, now);
            }
            Doubt::Lost(_) => self.again(policy, now, chance),
            // A gateway may have had a bad moment; twice is its word.
            Doubt::Bare(refusal) if refusal.is_of_status() && self.lost < 2 => self.again(policy, now, chance),
            Doubt::Bare(refusal) => self.believe(Ending::Rejected(refusal), policy, now),
            // This attempt or an earlier one may have made it, and the shop may be late in showing it.
            Doubt::Exists(refusal) => self.believe(Ending::Rejected(deleted(&refusal)), policy, now),
        }
    }

    /// Some SKUs are there: the others follow once, added to them; after that nobody can tell.
    fn partial(&mut self, doubt: Doubt, present: &[usize], policy: &Policy, now: Millis) {
        self.confirm_some(present);
        if !self.has_followed_up {
            self.has_followed_up = true;
            self.follow_up = self.follow_up.or(present.first().copied());
            self.phase = Phase::Due(0);
            return;
        }
        let ending = match doubt {
            Doubt::Lost(reason) => Ending::Unknown(reason),
            Doubt::Bare(refusal) => Ending::Rejected(refusal),
            Doubt::Exists(refusal) => Ending::Rejected(deleted(&refusal)),
        };
        self.believe(ending, policy, now);
    }

    /// It ends so, unless the shop has it when it is asked for the last time.
    fn believe(&mut self, ending: Ending, policy: &Policy, now: Millis) {
        if self.has_looked_last {
            self.phase = Phase::Ended(ending);
            return;
        }
        self.believed = Some(ending);
        self.is_asked_alone = false;
        self.failures = 0;
        self.phase = Phase::Last(now + last_delay(policy));
    }

    fn confirm_some(&mut self, present: &[usize]) {
        for place in present {
            self.created[*place] = true;
            self.confirmed_by_lookup = true;
        }
    }

    fn confirm(&mut self, present: &[usize]) {
        self.confirm_some(present);
        self.phase = Phase::Ended(Ending::Complete);
    }

    /// The shop did not answer the question: ask again after a pause, by itself.
    pub(super) fn ask_again(&mut self, policy: &Policy, now: Millis, chance: f64) {
        self.phase = Phase::Doubt(now + backoff(policy, self.failures, chance).as_millis() as Millis);
        self.failures += 1;
        self.is_asked_alone = true;
    }

    /// The shop's answer did not tell this request from others: ask by itself.
    pub(super) fn ask_alone(&mut self, now: Millis) {
        self.phase = Phase::Doubt(now);
        self.is_asked_alone = true;
    }

    /// It is sent or asked about once more, since the last such call came to nothing.
    pub(super) fn is_repeat(&self) -> bool {
        self.failures > 0
    }

    /// It is asked about by itself.
    pub(super) fn is_asked_alone(&self) -> bool {
        self.is_asked_alone
    }

    /// The shop has failed to answer about it too often.
    pub(super) fn looks_failed(&self) -> bool {
        self.failures >= LOST_AT_MOST
    }

    pub(super) fn not_looked_up(&mut self, reason: &str, policy: &Policy, now: Millis) {
        match self.believed.take() {
            Some(ending) => self.phase = Phase::Ended(ending),
            None => self.believe(Ending::Unknown(reason.to_owned()), policy, now),
        }
    }

    /// It is not sent; `why` says what it waited for in vain.
    pub(super) fn hold(&mut self, why: Ending) {
        self.phase = Phase::Ended(why);
    }
}

fn delay(policy: &Policy, asked: usize) -> Millis {
    policy.lookup_delays.get(asked).map_or(0, |delay| delay.as_millis() as Millis)
}

fn last_delay(policy: &Policy) -> Millis {
    delay(policy, policy.lookup_delays.len().saturating_sub(1))
}

fn taken(refusal: &Refusal) -> Refusal {
    let message = format!("{}: the shop has this seller SKU, in another product or with other values", refusal.message);
    Refusal { message, ..refusal.clone() }
}

fn deleted(refusal: &Refusal) -> Refusal {
    let message = format!("{}: this seller SKU was used before and deleted; choose another", refusal.message);
    Refusal { message, ..refusal.clone() }
}
