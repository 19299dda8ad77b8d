//! A request that is safe to repeat, in the chunks in which its SKUs travel: what is sent next, when it is due, and which
//! chunk is cut after a refusal or a loss.
//!
//! What became of a SKU is not told here: that is for those who send (`picture`, `updating`).

use std::collections::{BTreeSet, VecDeque};

use super::event::Answer;
use super::pace::{LOST_AT_MOST, Millis, Policy, backoff};
use crate::dialect::{Class, Refusal};
use crate::record::SellerSku;

/// The chunks of one request; SKUs are told by their places in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Chunks {
    /// The places at which another product begins: one that is cut may be refused for that alone.
    starts: Vec<usize>,
    /// What is still to be sent; the first is next or on its way.
    queue: VecDeque<Vec<usize>>,
    is_in_flight: bool,
    due: Millis,
    attempts: u32,
    lost: u32,
    failures: u32,
    /// Some attempt carried them, and may have been done in whole or in part.
    doubtful: BTreeSet<usize>,
    /// Nobody could tell of them in an earlier process either.
    was_lost: BTreeSet<usize>,
}

/// What an answer came to for the SKUs that travelled. Those it does not speak of are sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Landed {
    /// The marketplace did what these asked for.
    Done(Vec<usize>),
    /// It refuses these.
    Refused(Vec<usize>),
    /// Nobody could tell of this one, which travelled alone, as often as is borne in one process.
    Lost(usize),
    /// The same, in an earlier process too.
    LostAgain(usize),
    /// Nothing yet.
    Open,
}

/// Whom a refusal concerns, of those that travelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Blame {
    /// These; the others are sent again without them.
    These(Vec<usize>),
    /// All of them.
    All,
    /// Some of them, and it does not say which: halves find them.
    Somebody,
    /// It may have been a bad moment: once more, and then somebody.
    Unsure,
}

impl Chunks {
    /// They are cut where another product begins, as long as there are several in a chunk.
    pub(super) fn of_products(starts: Vec<usize>) -> Chunks {
        Chunks { starts, ..Chunks::default() }
    }

    /// These travel first, in one chunk, and nothing else.
    pub(super) fn fill(&mut self, places: Vec<usize>) {
        self.queue.clear();
        if !places.is_empty() {
            self.queue.push_back(places);
        }
    }

    /// Only these travel; what is on its way is left alone.
    pub(super) fn retain(&mut self, travels: impl Fn(usize) -> bool) {
        if self.is_in_flight {
            return;
        }
        self.queue.iter_mut().for_each(|chunk| chunk.retain(|place| travels(*place)));
        self.queue.retain(|chunk| !chunk.is_empty());
    }

    /// These travel once more, not before this time.
    pub(super) fn resend(&mut self, places: Vec<usize>, at: Millis) {
        self.due = at;
        self.queue.push_back(places);
    }

    /// Nothing is left to send, or on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn is_in_flight(&self) -> bool {
        self.is_in_flight
    }

    /// How many attempts left.
    pub(super) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Calls that came to nothing, in a row.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// It has left at some time, and what became of it then is not known.
    pub(super) fn is_in_doubt(&self, place: usize) -> bool {
        let is_on_its_way = self.is_in_flight && self.queue.front().is_some_and(|front| front.contains(&place));
        is_on_its_way || self.doubtful.contains(&place)
    }

    /// What is sent next, and when it is due.
    pub(super) fn next(&self) -> Option<(Millis, &[usize])> {
        if self.is_in_flight {
            return None;
        }
        Some((self.due, self.queue.front()?))
    }

    /// These leave.
    pub(super) fn intended(&mut self, places: &[usize]) {
        self.attempts += 1;
        self.is_in_flight = true;
        // A replayed journal has its own cuts.
        if self.queue.front().is_none_or(|front| front != places) {
            self.queue.push_front(places.to_vec());
        }
    }

    /// What came back; `blame` tells whom a refusal concerns.
    pub(super) fn answered(
        &mut self,
        answer: &Answer,
        policy: &Policy,
        now: Millis,
        chance: f64,
        blame: impl FnOnce(&[usize], &Refusal) -> Blame,
    ) -> Landed {
        self.is_in_flight = false;
        let Some(sent) = self.queue.pop_front() else { return Landed::Open };
        match answer {
            // Only a plain success is an answer to such a call; the dialect gives no other.
            Answer::Done { .. } | Answer::Hosted { .. } | Answer::Ticket { .. } | Answer::Waiting => {
                (self.lost, self.failures) = (0, 0);
                Landed::Done(sent)
            }
            Answer::NotSent { .. } => self.again(sent, policy, now, chance),
            Answer::Unclear { .. } => self.lost(sent, policy, now, chance),
            Answer::Refused(refusal) => match refusal.class {
                Class::Data | Class::SkuExists | Class::Bare | Class::TooLarge => {
                    let blame = blame(&sent, refusal);
                    self.cut(sent, blame, policy, now, chance)
                }
                Class::Throttled | Class::Clock | Class::Token | Class::Credentials | Class::Account => {
                    self.put_back(sent, now)
                }
                Class::Later if refusal.is_switched_off() => self.put_back(sent, now),
                Class::Later => self.again(sent, policy, now, chance),
                Class::Doubt => self.lost(sent, policy, now, chance),
            },
        }
    }

    /// It had no effect, and does not count.
    fn put_back(&mut self, sent: Vec<usize>, now: Millis) -> Landed {
        self.attempts = self.attempts.saturating_sub(1);
        self.queue.push_front(sent);
        self.due = now;
        Landed::Open
    }

    fn cut(&mut self, sent: Vec<usize>, blame: Blame, policy: &Policy, now: Millis, chance: f64) -> Landed {
        if blame == Blame::Unsure && self.lost == 0 {
            self.lost = 1;
            self.doubtful.extend(&sent);
            return self.again(sent, policy, now, chance);
        }
        (self.lost, self.failures) = (0, 0);
        match blame {
            Blame::These(failed) => {
                let rest: Vec<usize> = sent.into_iter().filter(|place| !failed.contains(place)).collect();
                // Some marketplaces do what they can of a chunk before they refuse it.
                self.doubtful.extend(&rest);
                if !rest.is_empty() {
                    self.queue.push_front(rest);
                }
                Landed::Refused(failed)
            }
            Blame::Somebody | Blame::Unsure if sent.len() > 1 => {
                self.doubtful.extend(&sent);
                self.halve(sent);
                Landed::Open
            }
            Blame::All | Blame::Somebody | Blame::Unsure => Landed::Refused(sent),
        }
    }

    /// Where a chunk is cut: in the middle, or where another product begins, as near to it as there is one.
    fn middle(&self, sent: &[usize]) -> usize {
        let middle = sent.len() / 2;
        let is_edge = |at: &usize| self.starts.iter().any(|start| (sent[at - 1] + 1..=sent[*at]).contains(start));
        (1..sent.len()).filter(is_edge).min_by_key(|at| at.abs_diff(middle)).unwrap_or(middle)
    }

    fn halve(&mut self, sent: Vec<usize>) {
        let (first, second) = sent.split_at(self.middle(&sent));
        self.queue.push_front(second.to_vec());
        self.queue.push_front(first.to_vec());
    }

    /// It is sent again after a pause.
    fn again(&mut self, sent: Vec<usize>, policy: &Policy, now: Millis, chance: f64) -> Landed {
        self.due = now + backoff(policy, self.failures, chance).as_millis() as Millis;
        self.failures += 1;
        self.queue.push_front(sent);
        Landed::Open
    }

    /// The reply was lost. Where that happens twice, one SKU may be the cause (a picture that takes for ever):
    /// halves find it. A SKU that is lost too often by itself waits for the next process.
    fn lost(&mut self, sent: Vec<usize>, policy: &Policy, now: Millis, chance: f64) -> Landed {
        self.lost += 1;
        self.doubtful.extend(&sent);
        if let ([place], true) = (sent.as_slice(), self.lost >= LOST_AT_MOST) {
            (self.lost, self.failures) = (0, 0);
            return if self.was_lost.contains(place) { Landed::LostAgain(*place) } else { Landed::Lost(*place) };
        }
        if sent.len() > 1 && self.lost >= 2 {
            self.lost = 0;
            let (first, second) = sent.split_at(self.middle(&sent));
            self.queue.push_front(second.to_vec());
            return self.again(first.to_vec(), policy, now, chance);
        }
        self.again(sent, policy, now, chance)
    }

    /// A new process takes over: it is to be filled anew. `lost` are those of whom nobody could tell so far.
    pub(super) fn recover(&mut self, lost: impl IntoIterator<Item = usize>, now: Millis) {
        if self.is_in_flight {
            self.doubtful.extend(self.queue.front().into_iter().flatten());
        }
        self.was_lost.extend(lost);
        self.is_in_flight = false;
        (self.lost, self.failures, self.due) = (0, 0, now);
        self.queue.clear();
    }
}

/// Those of a chunk that a refusal names.
pub(super) fn named(sent: &[usize], refusal: &Refusal, skus: &[SellerSku]) -> Vec<usize> {
    let is_named = |place: &usize| {
        let mut named = refusal.details.iter().filter_map(|detail| detail.seller_sku.as_ref());
        named.any(|named| skus.get(*place) == Some(named))
    };
    sent.iter().copied().filter(is_named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(starts: &[usize], sent: &[usize], expect: usize) {
        assert_eq!(Chunks::of_products(starts.to_vec()).middle(sent), expect, "{starts:?} {sent:?}");
    }

    #[test]
    fn a_chunk_is_cut_between_products_where_it_has_several() {
        let all: Vec<usize> = (0..10).collect();
        check(&[], &all, 5);
        check(&[2], &all, 2);
        check(&[2, 6, 9], &all, 6);
        check(&[9], &[0, 1, 2], 1);
        // Of SKUs that were left out the next one begins the product.
        check(&[4], &[0, 1, 5, 6, 7, 8], 2);
        check(&[4, 6], &[5, 6, 7], 1);
    }
}
