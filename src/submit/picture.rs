//! One SetImages, from the plan to its end. It replaces what a SKU has, so it is safe to repeat; a refused
//! chunk is cut until the SKU that spoils it is found.
//!
//! A success tells nothing of its SKUs one by one, and may be one in part only. So the shop is asked whether it shows
//! pictures for each; what it does not show is sent once more.

use super::chunk::{Blame, Chunks, Landed, named};
use super::event::Answer;
use super::pace::{LOST_AT_MOST, Millis, Policy, backoff};
use crate::dialect::Refusal;
use crate::plan::Action;
use crate::record::SellerSku;

/// What became of one SKU's pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picture {
    /// Not set yet.
    Open,
    /// The marketplace said that it set them; whether it shows them is to be seen.
    Accepted,
    /// Set.
    Set,
    /// The marketplace said that it set them, and did not tell whether it shows them.
    Unseen,
    /// Refused.
    Failed(Refusal),
    /// Its SKU was not created.
    Dropped,
    /// None of its pictures could be had.
    Dead,
    /// Sent, and nobody could tell whether they were set; `resume` sends them again. Where that comes to nothing too,
    /// they have failed.
    Lost(String),
}

/// Whether the pictures of a SKU can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readiness {
    Ready,
    /// Its SKU was not created.
    NoSku,
    /// None of its pictures is hosted.
    NoPicture,
}

/// The history of one SetImages.
#[derive(Debug, Clone)]
pub struct Pictures {
    skus: Vec<Picture>,
    chunks: Chunks,
    /// Its requirements have ended and the chunks are filled.
    is_started: bool,
    /// Where the shop is to be asked what it shows.
    sight: Option<Sight>,
    /// What it did not show has been sent again.
    is_resent: bool,
    /// What pictures are after a success.
    accepted: Picture,
}

/// The question whether the shop shows what it accepted.
#[derive(Debug, Clone, Default)]
struct Sight {
    /// Not before this time.
    at: Millis,
    /// It is being asked.
    is_asking: bool,
    /// How often it answered that it does not.
    asked: usize,
    /// Answers in vain, in a row.
    failures: u32,
    is_asked_alone: bool,
}

impl Pictures {
    /// Of so many SKUs; `starts` are the places at which another product begins.
    pub(super) fn new(skus: usize, starts: Vec<usize>) -> Pictures {
        Pictures {
            skus: vec![Picture::Open; skus],
            chunks: Chunks::of_products(starts),
            is_started: false,
            sight: None,
            is_resent: false,
            accepted: Picture::Accepted,
        }
    }

    /// What became of the pictures of the SKU at this place.
    #[must_use]
    pub fn picture(&self, place: usize) -> &Picture {
        self.skus.get(place).unwrap_or(&Picture::Open)
    }

    /// How many attempts left.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.chunks.attempts()
    }

    /// Nothing more will be sent.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        let is_out_of_work = self.is_started && self.chunks.is_empty();
        !self.skus.contains(&Picture::Accepted) && (is_out_of_work || !self.skus.contains(&Picture::Open))
    }

    /// Some SKU's pictures were refused or are still open.
    pub(super) fn has_failed(&self) -> bool {
        self.skus.iter().any(|picture| match picture {
            Picture::Failed(_) | Picture::Open | Picture::Accepted | Picture::Dead | Picture::Lost(_) => true,
            Picture::Set | Picture::Unseen | Picture::Dropped => false,
        })
    }

    /// The pictures of the SKU at this place may yet be set.
    pub(super) fn is_open(&self, place: usize) -> bool {
        matches!(self.picture(place), Picture::Open | Picture::Accepted | Picture::Lost(_))
    }

    /// Its requirements have ended, and it knows what they came to.
    pub(super) fn is_started(&self) -> bool {
        self.is_started
    }

    /// Its requirements have ended; `readiness` tells what they came to for each SKU.
    pub(super) fn start(&mut self, readiness: impl Fn(usize) -> Readiness) {
        if self.is_started {
            return;
        }
        self.is_started = true;
        for (place, picture) in self.skus.iter_mut().enumerate() {
            if *picture != Picture::Open {
                continue;
            }
            match readiness(place) {
                Readiness::Ready => {}
                Readiness::NoSku => *picture = Picture::Dropped,
                Readiness::NoPicture => *picture = Picture::Dead,
            }
        }
        self.requeue();
    }

    fn requeue(&mut self) {
        let open: Vec<usize> = (0..self.skus.len()).filter(|place| self.skus[*place] == Picture::Open).collect();
        self.chunks.fill(open);
        self.look(0);
    }

    /// Nothing is left to send: the shop is asked what it shows of what it accepted.
    fn look(&mut self, now: Millis) {
        if self.chunks.is_empty() && self.sight.is_none() && self.skus.contains(&Picture::Accepted) {
            self.sight = Some(Sight { at: now, ..Sight::default() });
        }
    }

    /// When the shop is to be asked what it shows.
    pub(super) fn question(&self) -> Option<Millis> {
        let sight = self.sight.as_ref().filter(|sight| !sight.is_asking && !self.chunks.is_in_flight())?;
        Some(sight.at)
    }

    /// The shop is being asked.
    pub(super) fn asks(&mut self) {
        self.sight.iter_mut().for_each(|sight| sight.is_asking = true);
    }

    /// No other request shares the look-up.
    pub(super) fn is_asked_alone(&self) -> bool {
        self.sight.as_ref().is_some_and(|sight| sight.is_asked_alone)
    }

    /// It is sent or asked about once more, since the last such call came to nothing.
    pub(super) fn is_repeat(&self) -> bool {
        self.sight.as_ref().map_or(self.chunks.failures(), |sight| sight.failures) > 0
    }

    /// The shop's answer did not tell: it is asked again, by itself.
    pub(super) fn ask_alone(&mut self, at: Millis) {
        if let Some(sight) = &mut self.sight {
            (sight.at, sight.is_asking, sight.is_asked_alone) = (at, false, true);
        }
    }

    /// The question did not fit into the look-up.
    pub(super) fn ask_later(&mut self, at: Millis) {
        if let Some(sight) = &mut self.sight {
            (sight.at, sight.is_asking) = (at, false);
        }
    }

    /// The shop did not answer: it is asked again after a pause. Answers whether that has been in vain too often.
    pub(super) fn ask_again(&mut self, policy: &Policy, now: Millis, chance: f64) -> bool {
        let Some(sight) = &mut self.sight else { return false };
        let at = now + backoff(policy, sight.failures, chance).as_millis() as Millis;
        sight.failures += 1;
        let is_hopeless = sight.failures >= LOST_AT_MOST;
        self.ask_alone(at);
        is_hopeless
    }

    /// What the shop does not show now, it does not show.
    pub(super) fn is_last_look(&self, policy: &Policy) -> bool {
        self.sight.as_ref().is_none_or(|sight| sight.asked >= policy.lookup_delays.len())
    }

    /// The shop shows pictures of the SKUs at these places.
    pub(super) fn looked_up(&mut self, shown: &[usize], is_last: bool, policy: &Policy, now: Millis) {
        for place in shown.iter().filter(|place| self.skus[**place] == Picture::Accepted).copied().collect::<Vec<_>>() {
            self.skus[place] = Picture::Set;
        }
        let hidden: Vec<usize> = (0..self.skus.len()).filter(|place| self.skus[*place] == Picture::Accepted).collect();
        if hidden.is_empty() {
            self.sight = None;
        } else if !is_last {
            let asked = self.sight.take().map_or(0, |sight| sight.asked);
            let delay = policy.lookup_delays.get(asked).map_or(0, |delay| delay.as_millis() as Millis);
            self.sight = Some(Sight { at: now + delay, asked: asked + 1, ..Sight::default() });
        } else if !self.is_resent {
            (self.is_resent, self.sight) = (true, None);
            hidden.iter().for_each(|place| self.skus[*place] = Picture::Open);
            self.chunks.resend(hidden, now);
        } else {
            self.sight = None;
            hidden.iter().for_each(|place| self.skus[*place] = Picture::Failed(Refusal::of_hidden()));
        }
    }

    /// The shop does not tell what it shows: the marketplace's word stands alone.
    pub(super) fn not_looked_up(&mut self) {
        self.sight = None;
        for picture in self.skus.iter_mut().filter(|picture| **picture == Picture::Accepted) {
            *picture = Picture::Unseen;
        }
    }

    /// What is sent next, and when it is due.
    pub(super) fn next(&self) -> Option<(Millis, &[usize])> {
        self.chunks.next()
    }

    /// It leaves. `action` is none in journals of a version that did not look whether the pictures are shown.
    pub(super) fn intended(&mut self, places: &[usize], action: Option<Action>) {
        self.accepted = if action.is_some() { Picture::Accepted } else { Picture::Set };
        self.chunks.intended(places);
    }

    /// It is not known whether the SKU at this place has got pictures by an attempt.
    #[must_use]
    pub fn is_in_doubt(&self, place: usize) -> bool {
        match self.picture(place) {
            Picture::Open | Picture::Lost(_) => self.chunks.is_in_doubt(place),
            Picture::Accepted => true,
            Picture::Set | Picture::Unseen | Picture::Failed(_) | Picture::Dropped | Picture::Dead => false,
        }
    }

    pub(super) fn answered(&mut self, answer: &Answer, skus: &[SellerSku], policy: &Policy, now: Millis, chance: f64) {
        let blame = |sent: &[usize], refusal: &Refusal| match named(sent, refusal, skus) {
            // Halving a request that is wrong as a whole would only repeat that.
            failed if failed.is_empty() && refusal.is_about_the_call() => Blame::All,
            failed if failed.is_empty() => Blame::Somebody,
            failed => Blame::These(failed),
        };
        let landed = self.chunks.answered(answer, policy, now, chance, blame);
        match (landed, answer) {
            (Landed::Done(places), _) => self.become_all(places, &self.accepted.clone()),
            (Landed::Refused(places), Answer::Refused(why)) => self.become_all(places, &Picture::Failed(why.clone())),
            (Landed::Lost(place), answer) => self.skus[place] = Picture::Lost(lost(answer).message),
            // Otherwise the run would stay open for ever.
            (Landed::LostAgain(place), answer) => self.skus[place] = Picture::Failed(lost(answer)),
            (Landed::Refused(_) | Landed::Open, _) => {}
        }
        self.look(now);
    }

    fn become_all(&mut self, places: Vec<usize>, picture: &Picture) {
        for place in places {
            self.skus[place] = picture.clone();
        }
    }

    /// A new process takes over: what is open is sent again.
    pub(super) fn recover(&mut self, now: Millis) {
        let lost = (0..self.skus.len()).filter(|place| matches!(self.skus[*place], Picture::Lost(_)));
        self.chunks.recover(lost, now);
        (self.is_started, self.sight, self.is_resent) = (false, None, false);
        for picture in &mut self.skus {
            match picture {
                Picture::Dropped | Picture::Dead | Picture::Lost(_) => *picture = Picture::Open,
                Picture::Open | Picture::Accepted | Picture::Set | Picture::Unseen | Picture::Failed(_) => {}
            }
        }
    }

    /// A picture that was missing may come after all: what the SKU shows is set again.
    pub(super) fn reopen(&mut self, place: usize) {
        if matches!(self.skus[place], Picture::Set | Picture::Unseen | Picture::Accepted) {
            self.skus[place] = Picture::Open;
        }
    }
}

/// Nobody could tell of it, for the reason of the last time.
fn lost(answer: &Answer) -> Refusal {
    Refusal::of_lost(answer.silence().unwrap_or_default())
}
