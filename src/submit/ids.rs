//! What the marketplace knows SKUs by, where it asks for that: from replies of all kinds, kept in the shop's store.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::event::Answer;
use super::lookup::{LookedUp, look_up};
use super::notice::Observer;
use super::run::Edge;
use super::{Clock, Transport};
use crate::dialect::{Ids, Refusal, Reply, Told};
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

/// The ids of these SKUs, where the API asks for them; the shop is asked for those that nobody knows, and again after each
/// of these delays: what is there is not shown at once, nor in every answer. Or why they cannot be had.
pub(super) async fn ids_of<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    skus: &[&SellerSku],
    delays: &[Duration],
) -> io::Result<Result<Ids, Answer>> {
    if skus.is_empty() || !edge.dialect().needs_ids() {
        return Ok(Ok(Ids::new()));
    }
    let mut delays = delays.iter();
    let mut is_asked = false;
    loop {
        let known = edge.ids.of(skus)?;
        let unknown: Vec<&SellerSku> = skus.iter().filter(|sku| !known.contains_key(**sku)).copied().collect();
        if unknown.is_empty() {
            return Ok(Ok(known));
        }
        if is_asked {
            let Some(delay) = delays.next() else { return Ok(Err(Answer::Refused(Refusal::of_absent(&unknown)))) };
            edge.clock.sleep(*delay).await;
            if edge.is_interrupted() {
                return Ok(Err(Answer::NotSent { reason: "interrupted".to_owned() }));
            }
        }
        is_asked = true;
        let unknown: Vec<SellerSku> = unknown.into_iter().cloned().collect();
        for range in edge.dialect().lookup_chunks(&unknown) {
            match look_up(edge, &unknown[range], Told::Presence).await?.what {
                LookedUp::Products(_) | LookedUp::Cut | LookedUp::Folded(_) => {}
                LookedUp::Failed(answer) => return Ok(Err(not_told(answer))),
            }
        }
    }
}

/// The shop could not be asked, so nothing was sent.
fn not_told(answer: Answer) -> Answer {
    match answer {
        Answer::Unclear { reason } => Answer::NotSent { reason },
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use chrono::{DateTime, Utc};

    use super::*;
    use crate::dialect::{AppKey, Credentials, WireRequest};
    use crate::record::ImageUrl;
    use crate::submit::{Access, Notice, Silence, Skew, Unfetched, WireReply};

    /// Shows so many SKUs of `A B` from one look-up to the next, and the last number ever after.
    struct Market(Mutex<Vec<usize>>);

    impl Transport for Market {
        async fn send(&self, _: WireRequest) -> Result<WireReply, Silence> {
            let mut shown = self.0.lock().unwrap();
            let count = if shown.len() > 1 { shown.remove(0) } else { shown[0] };
            let sku = |(at, name): (usize, &&str)| format!(r#"{{"SellerSku":"{name}","SkuId":{}}}"#, at + 7);
            let skus: Vec<String> = ["A", "B"].iter().enumerate().take(count).map(sku).collect();
            let product = format!(r#"{{"item_id":1,"skus":[{}]}}"#, skus.join(","));
            let body = format!(r#"{{"code":"0","data":{{"products":[{product}],"total_products":1}}}}"#).into_bytes();
            Ok(WireReply { status: 200, body, retry_after: None, date: None })
        }
        async fn fetch(&self, _: &ImageUrl) -> Result<Vec<u8>, Unfetched> {
            Err(Unfetched::Refused("nothing is fetched".to_owned()))
        }
    }

    /// Counts the seconds that are waited.
    struct Counted(Mutex<u64>);

    impl Clock for Counted {
        fn now(&self) -> DateTime<Utc> {
            DateTime::UNIX_EPOCH
        }
        async fn sleep(&self, duration: Duration) {
            *self.0.lock().unwrap() += duration.as_secs();
        }
    }

    struct Nobody;

    impl Observer for Nobody {
        fn notice(&self, _: &Notice<'_>) {}
        fn waits(&self, _: Duration, _: &str) {}
        fn asked(&self, _: usize) {}
    }

    /// The ids that are found where the look-ups show so many SKUs, or what is answered, and how long that takes.
    fn found(shown: &[usize]) -> (String, u64) {
        let app = AppKey {
            base_url: "http://127.0.0.1/rest".to_owned(),
            app_key: "1".to_owned(),
            app_secret: "s".into(),
            access_token: None,
        };
        let (transport, clock) = (Market(Mutex::new(shown.to_vec())), Counted(Mutex::new(0)));
        let edge = Edge {
            access: &Access::fixed(Credentials::OpenPlatform(app)),
            ids: &KnownIds::default(),
            transport: &transport,
            clock: &clock,
            observer: &Nobody,
            skew: &Skew::new(),
            interrupted: &AtomicBool::new(false),
        };
        let skus = ["A", "B"].map(|name| SellerSku::parse(name).unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let asked: Vec<&SellerSku> = skus.iter().collect();
        let told = runtime.block_on(ids_of(&edge, &asked, &[2, 4].map(Duration::from_secs))).unwrap();
        let told = match told {
            Ok(ids) => skus.map(|sku| ids[&sku].sku.clone()).join(" "),
            Err(Answer::Refused(refusal)) => refusal
                .details
                .iter()
                .filter_map(|it| it.seller_sku.as_ref())
                .fold("absent:".to_owned(), |told, sku| format!("{told} {}", sku.as_str())),
            Err(answer) => format!("{answer:?}"),
        };
        let waited = *clock.0.lock().unwrap();
        (told, waited)
    }

    #[test]
    fn a_sku_that_is_not_shown_at_once_is_asked_for_again_before_it_counts_as_absent() {
        assert_eq!(found(&[2]), ("7 8".to_owned(), 0));
        assert_eq!(found(&[0, 2]), ("7 8".to_owned(), 2));
        assert_eq!(found(&[0, 1, 2]), ("7 8".to_owned(), 6));
        assert_eq!(found(&[1]), ("absent: B".to_owned(), 6));
        assert_eq!(found(&[0]), ("absent: A B".to_owned(), 6));
    }
}
