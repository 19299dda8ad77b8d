//! What the marketplace knows SKUs by, where it asks for that: from replies of all kinds, kept in the shop's store.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, PoisonError};

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

/// The ids of these SKUs, where the API asks for them; the shop is asked for those that nobody knows. Or why they cannot
/// be had.
pub(super) async fn ids_of<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    skus: &[&SellerSku],
) -> io::Result<Result<Ids, Answer>> {
    if skus.is_empty() || !edge.dialect().needs_ids() {
        return Ok(Ok(Ids::new()));
    }
    let known = edge.ids.of(skus)?;
    let unknown: Vec<SellerSku> =
        skus.iter().filter(|sku| !known.contains_key(**sku)).map(|sku| (*sku).clone()).collect();
    if unknown.is_empty() {
        return Ok(Ok(known));
    }
    for range in edge.dialect().lookup_chunks(&unknown) {
        match look_up(edge, &unknown[range], Told::Presence).await.what {
            LookedUp::Products(_) | LookedUp::Cut | LookedUp::Folded(_) => {}
            LookedUp::Failed(answer) => return Ok(Err(not_told(answer))),
        }
    }
    let known = edge.ids.of(skus)?;
    let absent: Vec<&SellerSku> = skus.iter().filter(|sku| !known.contains_key(**sku)).copied().collect();
    Ok(if absent.is_empty() { Ok(known) } else { Err(Answer::Refused(Refusal::of_absent(&absent))) })
}

/// The shop could not be asked, so nothing was sent.
fn not_told(answer: Answer) -> Answer {
    match answer {
        Answer::Unclear { reason } => Answer::NotSent { reason },
        answer => answer,
    }
}
