//! What the shop shows of SKUs after a run: GetProducts, and what quality control says. It only reads.
//!
//! What was learned before the shop could not be asked any more is told all the same.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;

use serde::{Deserialize, Serialize};

use super::baseline::{Read, bear, pause, wait_for_slot};
use super::event::{Answer, reason};
use super::flight::{Back, exchange};
use super::lookup::{LookedUp, look_up};
use super::notice::Observer;
use super::run::Edge;
use super::state::State;
use super::stopped::Stopped;
use super::{Clock, Transport};
use crate::dialect::{Call, Class, QcStatus, Refusal, Reply, Told};
use crate::plan::{Action, ShopImages, ShopProduct, ShopStatus};
use crate::record::SellerSku;

/// How a SKU stands in the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shows {
    /// Quality control approved of it, and it is on sale.
    Live,
    /// It is there, and there is no word of quality control.
    Accepted,
    /// Quality control has not decided.
    Pending,
    /// Quality control refused it.
    Rejected,
    /// It was on sale, and quality control took it off.
    TakenOff,
    /// It is there and switched off.
    Inactive,
    /// Somebody deleted it.
    Deleted,
    /// It is not there.
    Missing,
    /// The shop could not be asked.
    Unasked,
}

impl Shows {
    /// All of them, in the order of summaries.
    pub const ALL: [Shows; 9] = [
        Shows::Live,
        Shows::Accepted,
        Shows::Pending,
        Shows::Rejected,
        Shows::TakenOff,
        Shows::Inactive,
        Shows::Deleted,
        Shows::Missing,
        Shows::Unasked,
    ];

    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Shows::Live => "live",
            Shows::Accepted => "accepted",
            Shows::Pending => "pending",
            Shows::Rejected => "rejected",
            Shows::TakenOff => "taken-off",
            Shows::Inactive => "inactive",
            Shows::Deleted => "deleted",
            Shows::Missing => "missing",
            Shows::Unasked => "unasked",
        }
    }
}

/// What the shop shows of one SKU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Showing {
    /// How it stands.
    pub shows: Shows,
    /// Why, where somebody says so.
    pub reason: Option<String>,
    /// It shows at least one picture.
    pub images: ShopImages,
}

/// Asks what the shop shows of `skus`; one entry for each. `state` lends its pace and its patience. The second part
/// says why it could not be asked about all of them, where it could not.
pub async fn showing<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    skus: &[SellerSku],
    state: &mut State,
) -> (HashMap<SellerSku, Showing>, Option<Stopped>) {
    let mut seen = Seen::default();
    let stopped = ask(edge, skus, state, &mut seen).await.err();
    (skus.iter().map(|sku| (sku.clone(), seen.showing(sku))).collect(), stopped)
}

async fn ask<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    skus: &[SellerSku],
    state: &mut State,
    seen: &mut Seen,
) -> Result<(), Stopped> {
    in_chunks(edge, Question::Products, skus, state, seen).await?;
    // What was just created may show late.
    for delay in state.policy().lookup_delays.clone() {
        let missing: Vec<SellerSku> = skus.iter().filter(|sku| seen.is_missing(sku)).cloned().collect();
        if missing.is_empty() {
            break;
        }
        edge.observer.waits(delay, "some seller SKUs are not shown yet");
        pause(edge, state, delay).await?;
        in_chunks(edge, Question::Products, &missing, state, seen).await?;
    }
    // A deleted SKU spoils a whole GetQcStatus.
    let there = |sku: &&SellerSku| seen.there.get(*sku).is_some_and(|there| there.status != ShopStatus::Deleted);
    let there: Vec<SellerSku> = skus.iter().filter(there).cloned().collect();
    in_chunks(edge, Question::Reviews, &there, state, seen).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Products,
    Reviews,
}

/// What one question came to.
enum Came {
    Told,
    /// One SKU may spoil it for the others.
    Spoilt(Answer),
    Trouble(Answer),
}

/// A single SKU is asked about so often before it is given up.
const ASKED_AT_MOST: u32 = 3;

async fn in_chunks<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    question: Question,
    skus: &[SellerSku],
    state: &mut State,
    seen: &mut Seen,
) -> Result<(), Stopped> {
    let ranges = edge.dialect().lookup_chunks(skus).into_iter();
    let mut chunks: VecDeque<Vec<SellerSku>> = ranges.map(|range| skus[range].to_vec()).collect();
    let (mut failures, mut asked, mut asked_alone) = (0, 0, 0);
    while let Some(mut chunk) = chunks.pop_front() {
        wait_for_slot(edge, state, Action::GetProducts).await?;
        let came = match question {
            Question::Products => products(edge, &chunk, seen).await?,
            Question::Reviews => reviews(edge, &chunk, seen).await?,
        };
        let (left, retry_after) = (came.left, came.retry_after);
        let read = Read { action: Action::GetProducts, failures };
        match came.what {
            Came::Told => {
                state.read_well(Action::GetProducts);
                (failures, asked_alone) = (0, 0);
                asked += chunk.len();
                let done = if question == Question::Products { seen.asked.len() } else { asked };
                edge.observer.asked(done);
            }
            Came::Spoilt(_) if chunk.len() > 1 => {
                let second = chunk.split_off(chunk.len() / 2);
                chunks.push_front(second);
                chunks.push_front(chunk);
            }
            Came::Spoilt(answer) => {
                asked_alone += 1;
                if asked_alone < ASKED_AT_MOST && may_pass(&answer) {
                    bear(edge, state, &Back { what: answer, left, retry_after }, read).await?;
                    failures += 1;
                    chunks.push_front(chunk);
                } else {
                    asked_alone = 0;
                    seen.give_up(question, &chunk, &reason(&answer));
                }
            }
            Came::Trouble(answer) => {
                bear(edge, state, &Back { what: answer, left, retry_after }, read).await?;
                failures += 1;
                chunks.push_front(chunk);
            }
        }
    }
    Ok(())
}

/// Not a fault of what was asked.
fn may_pass(answer: &Answer) -> bool {
    matches!(answer, Answer::Refused(refusal) if refusal.class == Class::Doubt)
}

async fn products<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    chunk: &[SellerSku],
    seen: &mut Seen,
) -> io::Result<Back<Came>> {
    Ok(look_up(edge, chunk, Told::Presence).await?.map(|what| match what {
        // A SKU in other upper and lower case is another one, as far as it can be told.
        LookedUp::Products(products) | LookedUp::Folded(products) => {
            seen.learn_products(chunk, products);
            Came::Told
        }
        LookedUp::Cut => {
            Came::Spoilt(Answer::Unclear { reason: "the shop's answer does not tell which SKUs it has".to_owned() })
        }
        LookedUp::Failed(Answer::Refused(refusal)) if is_about_the_list(&refusal) => {
            Came::Spoilt(Answer::Refused(refusal))
        }
        LookedUp::Failed(answer) => Came::Trouble(answer),
    }))
}

/// GetQcStatus answers E006 where one of the SKUs is deleted.
async fn reviews<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    chunk: &[SellerSku],
    seen: &mut Seen,
) -> io::Result<Back<Came>> {
    Ok(exchange(edge, &Call::GetQcStatus(chunk)).await?.map(|what| match what {
        Ok(Reply::QcStatus(words)) => {
            seen.learn_words(chunk, words);
            Came::Told
        }
        Ok(Reply::Refused(refusal)) if refusal.may_be_of_a_deleted_sku() || is_about_the_list(&refusal) => {
            Came::Spoilt(Answer::Refused(refusal))
        }
        Ok(Reply::Refused(refusal)) => Came::Trouble(Answer::Refused(refusal)),
        Ok(Reply::Done { .. } | Reply::Products { .. } | Reply::Hosted(_) | Reply::Ticket(_)) => another_call(),
        Ok(Reply::Migrated { .. }) => another_call(),
        Ok(Reply::Categories(_) | Reply::Attributes(_) | Reply::Brands(_)) => another_call(),
        Err(answer) => Came::Trouble(answer),
    }))
}

fn another_call() -> Came {
    Came::Trouble(Answer::Unclear { reason: "the reply is to another call".to_owned() })
}

fn is_about_the_list(refusal: &Refusal) -> bool {
    matches!(refusal.class, Class::Data | Class::TooLarge)
}

/// A SKU as GetProducts shows it.
#[derive(Debug, Clone)]
struct There {
    status: ShopStatus,
    images: ShopImages,
}

/// What was learned.
#[derive(Debug, Default)]
struct Seen {
    there: HashMap<SellerSku, There>,
    asked: HashSet<SellerSku>,
    words: HashMap<SellerSku, QcStatus>,
    /// Why the shop, or quality control, could not be asked about a SKU.
    unasked: HashMap<SellerSku, String>,
}

impl Seen {
    /// Only what was asked for is taken from an answer. Of two SKUs alike the one that is not deleted counts.
    fn learn_products(&mut self, chunk: &[SellerSku], products: Vec<ShopProduct>) {
        self.asked.extend(chunk.iter().cloned());
        for sku in products.into_iter().flat_map(|product| product.skus) {
            let there = There { images: sku.images(), status: sku.status };
            let is_known = self.there.get(&sku.seller_sku).is_some_and(|there| there.status != ShopStatus::Deleted);
            if !is_known && self.asked.contains(&sku.seller_sku) {
                self.there.insert(sku.seller_sku, there);
            }
        }
    }

    fn learn_words(&mut self, chunk: &[SellerSku], words: Vec<QcStatus>) {
        for word in words {
            if chunk.contains(&word.seller_sku) {
                self.words.entry(word.seller_sku.clone()).or_insert(word);
            }
        }
    }

    fn give_up(&mut self, question: Question, chunk: &[SellerSku], reason: &str) {
        let reason = match question {
            Question::Products => reason.to_owned(),
            Question::Reviews => format!("quality control cannot be asked about it: {reason}"),
        };
        self.unasked.extend(chunk.iter().map(|sku| (sku.clone(), reason.clone())));
    }

    fn is_missing(&self, sku: &SellerSku) -> bool {
        self.asked.contains(sku) && !self.there.contains_key(sku)
    }

    fn showing(&self, sku: &SellerSku) -> Showing {
        let unasked = self.unasked.get(sku).cloned();
        let (shows, reason) = match self.there.get(sku) {
            Some(there) => {
                let (shows, said) = shown(&there.status, self.words.get(sku));
                (shows, said.or(unasked))
            }
            None if self.is_missing(sku) => (Shows::Missing, None),
            None => (Shows::Unasked, unasked),
        };
        Showing { shows, reason, images: self.there.get(sku).map_or(ShopImages::Untold, |there| there.images) }
    }
}

/// What a status in the shop and the word of quality control come to, and why.
fn shown(status: &ShopStatus, word: Option<&QcStatus>) -> (Shows, Option<String>) {
    if *status == ShopStatus::Deleted {
        return (Shows::Deleted, None);
    }
    let said = word.map(|word| word.status.trim().to_ascii_lowercase()).unwrap_or_default();
    let reason = || Some(word.and_then(|word| word.reason.clone()).unwrap_or_else(|| NO_REASON.to_owned()));
    let is_approved = match said.as_str() {
        "rejected" => return (Shows::Rejected, reason()),
        "liverejected" => return (Shows::TakenOff, reason()),
        "pending" => return (Shows::Pending, word.and_then(|word| word.reason.clone())),
        "approved" | "live" => true,
        _ => false,
    };
    match status {
        ShopStatus::Inactive => (Shows::Inactive, None),
        ShopStatus::Active if is_approved => (Shows::Live, None),
        ShopStatus::Active if said.is_empty() => (Shows::Accepted, None),
        ShopStatus::Active => (Shows::Accepted, Some(format!("quality control says `{said}`"))),
        ShopStatus::Other(name) => match name.to_ascii_lowercase().as_str() {
            "live" => (Shows::Live, None),
            "pending" => (Shows::Pending, None),
            "rejected" => (Shows::Rejected, reason()),
            _ => (Shows::Accepted, Some(format!("the shop calls it `{name}`"))),
        },
        ShopStatus::Deleted => (Shows::Deleted, None),
    }
}

const NO_REASON: &str = "quality control gives no reason";

#[cfg(test)]
mod tests;
