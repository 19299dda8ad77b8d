//! One UpdateProduct or UpdatePriceQuantity, from the plan to its end. Both set values, so they are safe to repeat, and a
//! sound answer tells all: the shop is not asked.
//!
//! A refusal that names SKUs costs these, and the rest is sent again without them. Where it names none, halves of the
//! chunk find whom it means; but one that names a field of the product, or is about its category or SPU, costs all of
//! them, since those travel with every part.
//!
//! One that takes SKUs off sale waits for their creation, and carries those that came to be.

use std::collections::BTreeMap;

use super::chunk::{Blame, Chunks, Landed, named};
use super::event::Answer;
use super::pace::{Millis, Policy};
use crate::dialect::{Class, Refusal};
use crate::record::SellerSku;

/// What became of the new values of one SKU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    /// Not sent yet, or sent again.
    Open,
    /// Not sent: its SKU was to be created first, and was not.
    Dropped,
    /// The marketplace has taken them.
    Done,
    /// It refused them.
    Refused(Refusal),
    /// Sent, and nobody could tell whether they were taken; `resume` sends them again.
    Lost(String),
    /// The same, in another process too: nothing more is sent.
    Untold(String),
}

/// What a request with new values changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// One product.
    Product,
    /// SKUs of one product that are created before.
    NewProduct,
    /// SKUs, whichever product they belong to.
    Skus,
}

/// The history of one UpdateProduct or UpdatePriceQuantity.
#[derive(Debug, Clone)]
pub struct Updating {
    scope: Scope,
    skus: Vec<Update>,
    chunks: Chunks,
    /// What the marketplace added to its success, by place.
    warnings: BTreeMap<usize, Vec<String>>,
}

impl Updating {
    pub(super) fn new(scope: Scope, skus: usize) -> Updating {
        let mut chunks = Chunks::default();
        chunks.fill((0..skus).collect());
        Updating { scope, skus: vec![Update::Open; skus], chunks, warnings: BTreeMap::new() }
    }

    /// What became of the SKU at this place.
    #[must_use]
    pub fn update(&self, place: usize) -> &Update {
        self.skus.get(place).unwrap_or(&Update::Open)
    }

    /// The place whose end is that of what all SKUs of the product share: it travels with every part, and is there once
    /// one part was taken.
    #[must_use]
    pub fn decisive(&self) -> usize {
        let weight = |place: &usize| match self.update(*place) {
            Update::Done => 0,
            Update::Lost(_) | Update::Untold(_) => 1,
            Update::Open if self.is_in_doubt(*place) => 1,
            Update::Open => 2,
            Update::Refused(_) | Update::Dropped => 3,
        };
        (0..self.skus.len()).min_by_key(weight).unwrap_or(0)
    }

    /// How many attempts left.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.chunks.attempts()
    }

    /// What the marketplace added to its success.
    #[must_use]
    pub fn warnings(&self, place: usize) -> &[String] {
        self.warnings.get(&place).map_or(&[], Vec::as_slice)
    }

    /// Its new values have left, and it is not known whether the SKU at this place has them.
    #[must_use]
    pub fn is_in_doubt(&self, place: usize) -> bool {
        match self.update(place) {
            Update::Open => self.chunks.is_in_doubt(place),
            Update::Lost(_) | Update::Untold(_) => true,
            Update::Done | Update::Refused(_) | Update::Dropped => false,
        }
    }

    /// Nothing more will be sent.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.chunks.is_empty()
    }

    /// `resume` sends some of it again.
    pub(super) fn has_lost(&self) -> bool {
        self.skus.iter().any(|update| matches!(update, Update::Lost(_)))
    }

    /// How many products have failed: one at most where all SKUs are of one. Elsewhere it is not known which belong
    /// together, and each SKU counts.
    pub(super) fn failures(&self) -> u64 {
        let failed = self.skus.iter().filter(|update| match update {
            Update::Refused(_) | Update::Lost(_) | Update::Untold(_) => true,
            Update::Open | Update::Done | Update::Dropped => false,
        });
        let failed = failed.count() as u64;
        match self.scope {
            Scope::Product | Scope::NewProduct => failed.min(1),
            Scope::Skus => failed,
        }
    }

    /// As many could fail.
    pub(super) fn products(&self) -> u64 {
        match self.scope {
            Scope::Product => 1,
            // Its creation counts.
            Scope::NewProduct => 0,
            Scope::Skus => self.skus.len() as u64,
        }
    }

    /// It is sent once more, since the last such call came to nothing.
    pub(super) fn is_repeat(&self) -> bool {
        self.chunks.failures() > 0
    }

    /// What it waits for has ended: SKUs that were to be created first, and were not, are left out.
    pub(super) fn start(&mut self, exists: impl Fn(usize) -> bool) {
        for (place, update) in self.skus.iter_mut().enumerate() {
            if *update == Update::Open && !exists(place) {
                *update = Update::Dropped;
            }
        }
        self.chunks.retain(|place| self.skus[place] == Update::Open);
    }

    /// What is sent next, and when it is due.
    pub(super) fn next(&self) -> Option<(Millis, &[usize])> {
        self.chunks.next()
    }

    pub(super) fn intended(&mut self, places: &[usize]) {
        self.chunks.intended(places);
    }

    pub(super) fn answered(&mut self, answer: &Answer, skus: &[SellerSku], policy: &Policy, now: Millis, chance: f64) {
        let scope = self.scope;
        // The marketplace may not know yet what it has just created.
        let is_early = scope == Scope::NewProduct && self.chunks.attempts() == 1;
        let blame = |sent: &[usize], refusal: &Refusal| match is_early {
            true => Blame::Unsure,
            false => blame(scope, sent, refusal, skus),
        };
        let landed = self.chunks.answered(answer, policy, now, chance, blame);
        let reason = || answer.silence().unwrap_or_default().to_owned();
        match (landed, answer) {
            (Landed::Done(places), answer) => self.done(&places, answer),
            (Landed::Refused(places), Answer::Refused(refusal)) => {
                places.into_iter().for_each(|place| self.skus[place] = Update::Refused(refusal.clone()));
            }
            (Landed::Lost(place), _) => self.skus[place] = Update::Lost(reason()),
            // Otherwise the run would stay open for ever.
            (Landed::LostAgain(place), _) => self.skus[place] = Update::Untold(reason()),
            (Landed::Refused(_) | Landed::Open, _) => {}
        }
    }

    fn done(&mut self, places: &[usize], answer: &Answer) {
        for place in places {
            self.skus[*place] = Update::Done;
            match answer {
                Answer::Done { warnings } if !warnings.is_empty() => {
                    self.warnings.insert(*place, warnings.clone());
                }
                Answer::Done { .. } | Answer::Hosted { .. } | Answer::Ticket { .. } | Answer::Waiting => {}
                Answer::Refused(_) | Answer::NotSent { .. } | Answer::Unclear { .. } => {}
            }
        }
    }

    /// A new process takes over: what is open or lost is sent again.
    pub(super) fn recover(&mut self, now: Millis) {
        let lost = (0..self.skus.len()).filter(|place| matches!(self.skus[*place], Update::Lost(_)));
        self.chunks.recover(lost, now);
        for update in &mut self.skus {
            match update {
                Update::Lost(_) | Update::Dropped => *update = Update::Open,
                Update::Open | Update::Done | Update::Refused(_) | Update::Untold(_) => {}
            }
        }
        self.chunks.fill((0..self.skus.len()).filter(|place| self.skus[*place] == Update::Open).collect());
    }
}

/// Whom a refusal concerns.
fn blame(scope: Scope, sent: &[usize], refusal: &Refusal, skus: &[SellerSku]) -> Blame {
    let named = named(sent, refusal, skus);
    if !named.is_empty() {
        return Blame::These(named);
    }
    // A gateway may have had a bad moment; twice is its word.
    if refusal.is_of_status() {
        return Blame::Unsure;
    }
    let names_a_field = !refusal.details.is_empty() && refusal.class != Class::TooLarge;
    let is_of_product = scope != Scope::Skus && (names_a_field || refusal.is_about_the_product());
    if is_of_product || refusal.is_about_the_call() { Blame::All } else { Blame::Somebody }
}

#[cfg(test)]
mod tests;
