//! What the marketplace knows SKUs by, where it asks for that: from replies of all kinds, kept in the shop's store.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::event::{Answer, reason};
use super::lookup::LookedUp;
use super::pace::{LOST_AT_MOST, Policy, backoff};
use crate::dialect::{Dialect, Ids, Refusal, Reply};
use crate::plan::SkuIds;
use crate::record::SellerSku;

/// Keeps the ids of a shop's SKUs beyond the process.
pub trait IdStore: Send {
    /// What is known of these.
    ///
    /// # Errors
    /// It cannot be read.
    fn ids(&self, skus: &[SellerSku]) -> io::Result<Ids>;
    /// Notes more. A power cut may take it away.
    ///
    /// # Errors
    /// It cannot be kept.
    fn note(&mut self, ids: &[(SellerSku, SkuIds)]) -> io::Result<()>;
}

/// The ids that are known, shared by all who call a shop.
#[derive(Default)]
pub struct KnownIds {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    ids: Ids,
    store: Option<Box<dyn IdStore>>,
}

impl KnownIds {
    /// Those that are kept there, and what comes is kept there too.
    #[must_use]
    pub fn kept_in(store: Box<dyn IdStore>) -> KnownIds {
        KnownIds { known: Mutex::new(Known { ids: HashMap::new(), store: Some(store) }) }
    }

    /// What is known of these SKUs.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn of(&self, skus: &[&SellerSku]) -> io::Result<Ids> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let new = |sku: &&&SellerSku| !known.ids.contains_key(**sku);
        let new: Vec<SellerSku> = skus.iter().filter(new).map(|sku| (*sku).clone()).collect();
        let kept = known.store.as_ref().filter(|_| !new.is_empty()).map(|store| store.ids(&new)).transpose()?;
        known.ids.extend(kept.unwrap_or_default());
        Ok(skus.iter().filter_map(|sku| Some(((*sku).clone(), known.ids.get(*sku)?.clone()))).collect())
    }

    /// Learns what a reply tells.
    pub(super) fn learn(&self, reply: &Reply) -> io::Result<()> {
        let told: Vec<(SellerSku, SkuIds)> = match reply {
            Reply::Done { ids, .. } => ids.clone(),
            Reply::Products { products, .. } => {
                let skus = products.iter().flat_map(|product| &product.skus);
                skus.filter_map(|sku| Some((sku.seller_sku.clone(), sku.ids.clone()?))).collect()
            }
            Reply::Hosted(_) | Reply::Ticket(_) | Reply::Migrated { .. } | Reply::QcStatus(_) => Vec::new(),
            Reply::Categories(_) | Reply::Attributes(_) | Reply::Brands(_) | Reply::Refused(_) => Vec::new(),
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<(SellerSku, SkuIds)> =
            told.into_iter().filter(|(sku, ids)| known.ids.get(sku) != Some(ids)).collect();
        if new.is_empty() {
            return Ok(());
        }
        if let Some(store) = &mut known.store {
            store.note(&new)?;
        }
        known.ids.extend(new);
        Ok(())
    }
}

/// The search for the ids that a call needs, where the API asks for them: the shop is asked for those that nobody knows,
/// and again after each of some delays, since what is there is not shown at once, nor in every answer.
pub(super) struct Search {
    skus: Vec<SellerSku>,
    delays: VecDeque<Duration>,
    /// What is still to be asked for in this round; the first is next.
    chunks: VecDeque<Vec<SellerSku>>,
    /// Of these the shop has not told in this round, and why.
    untold: Vec<(SellerSku, String)>,
    /// The next look-up is not made before that.
    pause: Duration,
    failures: u32,
    is_asked: bool,
}

/// How far a search has come.
#[derive(Debug)]
pub(super) enum Sought {
    /// They are known.
    Known(Ids),
    /// The shop is to be asked, after so long.
    Ask(Duration),
    /// They cannot be had; nothing was sent.
    InVain(Answer),
}

impl Search {
    pub(super) fn of(dialect: Dialect, skus: &[&SellerSku], delays: &[Duration]) -> Search {
        let skus = if dialect.needs_ids() { skus } else { &[] };
        Search {
            skus: skus.iter().map(|sku| (*sku).clone()).collect(),
            delays: delays.iter().copied().collect(),
            chunks: VecDeque::new(),
            untold: Vec::new(),
            pause: Duration::ZERO,
            failures: 0,
            is_asked: false,
        }
    }

    /// How far it has come.
    pub(super) fn step(&mut self, dialect: Dialect, ids: &KnownIds) -> io::Result<Sought> {
        let known = ids.of(&self.skus.iter().collect::<Vec<_>>())?;
        let unknown: Vec<SellerSku> = self.skus.iter().filter(|sku| !known.contains_key(*sku)).cloned().collect();
        if unknown.is_empty() {
            return Ok(Sought::Known(known));
        }
        if self.chunks.is_empty() {
            if self.is_asked {
                let Some(delay) = self.delays.pop_front() else { return Ok(Sought::InVain(self.in_vain(&unknown))) };
                self.pause = delay;
            }
            self.is_asked = true;
            self.untold.clear();
            self.chunks.extend(dialect.lookup_chunks(&unknown).into_iter().map(|range| unknown[range].to_vec()));
        }
        Ok(Sought::Ask(std::mem::take(&mut self.pause)))
    }

    /// What the shop is asked for next.
    pub(super) fn chunk(&self) -> &[SellerSku] {
        self.chunks.front().map_or(&[], Vec::as_slice)
    }

    /// The shop answered; what it told of is known by now.
    pub(super) fn told(&mut self, looked_up: &LookedUp) {
        match looked_up {
            LookedUp::Products(_) => drop(self.chunks.pop_front()),
            LookedUp::Cut => self.split("its answer is cut short"),
            LookedUp::Folded(_) => self.split("it has it in other upper and lower case only"),
            LookedUp::Failed(answer) => self.split(&reason(answer)),
        }
        self.failures = 0;
    }

    /// The shop could not be asked: it is asked the same again after a pause, a few times.
    pub(super) fn failed(&mut self, answer: &Answer, policy: &Policy, chance: f64) {
        self.pause = backoff(policy, self.failures, chance);
        self.failures += 1;
        if self.failures >= LOST_AT_MOST {
            let chunk = self.chunks.pop_front().unwrap_or_default();
            self.untold.extend(chunk.into_iter().map(|sku| (sku, reason(answer))));
            self.failures = 0;
        }
    }

    /// Half the SKUs are asked for at a time; one of which the shop does not tell alone is left untold.
    fn split(&mut self, why: &str) {
        let Some(mut first) = self.chunks.pop_front() else { return };
        if first.len() <= 1 {
            self.untold.extend(first.into_iter().map(|sku| (sku, why.to_owned())));
            return;
        }
        let second = first.split_off(first.len() / 2);
        self.chunks.push_front(second);
        self.chunks.push_front(first);
    }

    /// Those that the shop does not have cost themselves alone. Of the others nobody can tell.
    fn in_vain(&self, unknown: &[SellerSku]) -> Answer {
        let is_untold = |sku: &&SellerSku| self.untold.iter().any(|(untold, _)| untold == *sku);
        let absent: Vec<&SellerSku> = unknown.iter().filter(|sku| !is_untold(sku)).collect();
        Answer::Refused(match self.untold.first() {
            Some((_, why)) if absent.is_empty() => Refusal::of_untold(why),
            Some(_) | None => Refusal::of_absent(&absent),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{ShopProduct, ShopSku, ShopStatus};

    fn sku(name: &str) -> SellerSku {
        SellerSku::parse(name).unwrap()
    }

    fn shown(skus: &str) -> Vec<ShopProduct> {
        let sku = |name: &str| ShopSku {
            ids: Some(SkuIds { item: "1".to_owned(), sku: format!("7{name}") }),
            seller_sku: sku(name),
            status: ShopStatus::Active,
            pictures: None,
            fields: Vec::new(),
        };
        let skus = skus.split_whitespace().map(sku).collect();
        vec![ShopProduct { category: None, spu_id: None, name: None, attributes: Vec::new(), skus }]
    }

    /// Asks for the SKUs A to D, again after 2 and 4 seconds; each word is what one look-up comes to: `cut`, `case`,
    /// `data`, `lost`, or the SKUs that are shown (`-` for none, `A+B`). What was asked for each time, and how it ended.
    fn searched(words: &str) -> String {
        let (dialect, ids, policy) = (Dialect::OpenPlatform, KnownIds::default(), Policy::default());
        let skus = ["A", "B", "C", "D"].map(sku);
        let mut search = Search::of(dialect, &skus.iter().collect::<Vec<_>>(), &[2, 4].map(Duration::from_secs));
        let refusal = Refusal { code: "70".to_owned(), ..Refusal::of_fetch("corrupt") };
        let (mut words, mut asked) = (words.split_whitespace(), Vec::new());
        loop {
            let after = match search.step(dialect, &ids).unwrap() {
                Sought::Known(found) => return format!("{}= {}", asked.concat(), found.len()),
                Sought::InVain(Answer::Refused(refusal)) => {
                    let named = refusal.details.iter().filter_map(|detail| detail.seller_sku.as_ref());
                    let named: Vec<&str> = named.map(SellerSku::as_str).collect();
                    return format!("{}= {} {}", asked.concat(), refusal.code, named.concat()).trim_end().to_owned();
                }
                Sought::InVain(answer) => panic!("{answer:?}"),
                Sought::Ask(after) => after.as_secs(),
            };
            let chunk: String = search.chunk().iter().map(SellerSku::as_str).collect();
            let word = words.next().unwrap_or("-");
            asked.push(if after > 1 { format!("({after}s) {chunk} ") } else { format!("{chunk} ") });
            match word {
                "cut" => search.told(&LookedUp::Cut),
                "case" => search.told(&LookedUp::Folded(Vec::new())),
                "data" => search.told(&LookedUp::Failed(Answer::Refused(refusal.clone()))),
                "lost" => search.failed(&Answer::Unclear { reason: "cut".to_owned() }, &policy, 0.0),
                names => {
                    let products = shown(&names.replace(['+', '-'], " "));
                    ids.learn(&Reply::Products { products: products.clone(), total: None }).unwrap();
                    search.told(&LookedUp::Products(products));
                }
            }
        }
    }

    #[test]
    fn a_sku_that_is_not_shown_at_once_is_asked_for_again_before_it_counts_as_absent() {
        assert_eq!(searched("A+B+C+D"), "ABCD = 4");
        assert_eq!(searched("- A+B+C+D"), "ABCD (2s) ABCD = 4");
        assert_eq!(searched("- A+B C+D"), "ABCD (2s) ABCD (4s) CD = 4");
        assert_eq!(searched("A+B+C - -"), "ABCD (2s) D (4s) D = no-id D");
        assert_eq!(searched("- - -"), "ABCD (2s) ABCD (4s) ABCD = no-id ABCD");
    }

    #[test]
    fn an_answer_that_does_not_tell_is_no_absence() {
        // It is asked for in halves.
        assert_eq!(searched("cut A+B C+D"), "ABCD AB CD = 4");
        assert_eq!(searched("data A+B case C D"), "ABCD AB CD C D = 4");
        // One that is alone in it stays untold, and another that is absent is told first.
        let untold = |word: &str| format!("A+B+C {word} {word} {word}");
        assert_eq!(searched(&untold("cut")), "ABCD (2s) D (4s) D = untold");
        assert_eq!(searched(&untold("case")), "ABCD (2s) D (4s) D = untold");
        assert_eq!(searched(&untold("data")), "ABCD (2s) D (4s) D = untold");
        assert_eq!(searched("A+B cut cut - cut cut -"), "ABCD (2s) CD C D (4s) CD C D = no-id D");
    }

    #[test]
    fn a_shop_that_cannot_be_asked_is_asked_a_few_times() {
        assert_eq!(searched("lost lost A+B+C+D"), "ABCD ABCD ABCD = 4");
        let lost = "lost lost lost lost lost";
        let told = searched(&format!("{lost} {lost} {lost}"));
        assert!(told.ends_with("= untold") && told.matches("ABCD").count() == 15, "{told}");
    }

    #[test]
    fn seller_center_asks_for_no_ids() {
        let mut search = Search::of(Dialect::SellerCenter, &[&sku("A")], &[]);
        let step = search.step(Dialect::SellerCenter, &KnownIds::default()).unwrap();
        assert!(matches!(step, Sought::Known(found) if found.is_empty()));
    }
}
