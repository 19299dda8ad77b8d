//! What the shop has before anything is sent: read in chunks, each at the shop's pace.

use std::collections::VecDeque;
use std::time::Duration;

use super::event::Answer;
use super::flight::exchange;
use super::lookup::{LookedUp, look_up};
use super::pace::{Millis, backoff};
use super::run::{Edge, Observer, millis};
use super::state::State;
use super::stopped::{Stopped, stop_for};
use super::{Clock, Transport};
use crate::dialect::{Call, Class, GetProducts, Reply, ShopStatus};
use crate::plan::ShopSnapshot;
use crate::record::SellerSku;

/// Asks for all `skus` and answers what is there. `state` lends its pace and its patience.
///
/// # Errors
/// The shop cannot be asked; nothing has been sent.
pub async fn baseline<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    skus: &[SellerSku],
    state: &mut State,
) -> Result<ShopSnapshot, Stopped> {
    let mut snapshot = ShopSnapshot::default();
    let mut chunks: VecDeque<Vec<SellerSku>> =
        edge.dialect.lookup_chunks(skus).into_iter().map(|range| skus[range].to_vec()).collect();
    let mut failures = 0;
    let mut asked = 0;
    while let Some(chunk) = chunks.pop_front() {
        wait_for_slot(edge, state).await?;
        match look_up(edge, &chunk).await {
            LookedUp::Products(products) => {
                failures = 0;
                state.went_well();
                for product in products {
                    let live = product.skus.into_iter().filter(|sku| sku.status != ShopStatus::Deleted);
                    snapshot.add_product(live.map(|sku| sku.seller_sku));
                }
                asked += chunk.len();
                edge.observer.asked(asked, skus.len());
            }
            LookedUp::Cut => split(chunk, &mut chunks)?,
            LookedUp::Failed(Answer::Refused(refusal)) if refusal.class == Class::Data && chunk.len() > 1 => {
                split(chunk, &mut chunks)?;
            }
            LookedUp::Failed(answer) => {
                let now = millis(edge.clock.now());
                state.learn(&answer, now);
                if let Some(stopped) = state.stop(&answer, now).or_else(|| for_good(&answer)) {
                    return Err(stopped);
                }
                let rest = backoff(state.policy(), failures, 0.5);
                failures += 1;
                if let Answer::Refused(refusal) = &answer
                    && refusal.class == Class::Throttled
                {
                    state.slow_down(now, rest);
                }
                edge.observer.waits(rest, &super::run::reason(&answer));
                pause(edge, rest).await?;
                chunks.push_front(chunk);
            }
        }
    }
    Ok(snapshot)
}

pub(super) async fn wait_for_slot<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    state: &mut State,
) -> Result<(), Stopped> {
    loop {
        let now: Millis = millis(edge.clock.now());
        match state.take_slot(now) {
            Ok(()) => return pause(edge, Duration::ZERO).await,
            Err(at) => {
                let rest = Duration::from_millis(at.saturating_sub(now));
                if rest >= Duration::from_secs(1) {
                    edge.observer.waits(rest, "the marketplace asked for a slower pace");
                }
                pause(edge, rest).await?;
            }
        }
    }
}

/// Waits, unless an interrupt comes in between.
pub(super) async fn pause<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    rest: Duration,
) -> Result<(), Stopped> {
    const GLANCE: Duration = Duration::from_millis(200);
    let mut rest = rest;
    while !rest.is_zero() && !edge.is_interrupted() {
        let piece = rest.min(GLANCE);
        edge.clock.sleep(piece).await;
        rest -= piece;
    }
    if edge.is_interrupted() { Err(Stopped::Interrupted) } else { Ok(()) }
}

/// Half the SKUs are asked for at a time; one SKU that cannot be told is an answer we cannot work with.
fn split(mut chunk: Vec<SellerSku>, chunks: &mut VecDeque<Vec<SellerSku>>) -> Result<(), Stopped> {
    if chunk.len() == 1 {
        let reason = format!("the shop cannot say whether it has the seller SKU `{}`", chunk[0]);
        return Err(Stopped::Trouble(reason));
    }
    let second = chunk.split_off(chunk.len() / 2);
    chunks.push_front(second);
    chunks.push_front(chunk);
    Ok(())
}

/// A refusal that repeating does not mend.
pub(super) fn for_good(answer: &Answer) -> Option<Stopped> {
    match answer {
        Answer::Refused(refusal) if refusal.class == Class::Data => Some(Stopped::Account(refusal.clone())),
        Answer::Refused(_) | Answer::Done { .. } | Answer::NotSent { .. } | Answer::Unclear { .. } => None,
        Answer::Hosted { .. } | Answer::Ticket { .. } | Answer::Waiting => None,
    }
}

/// Makes one harmless signed call.
///
/// # Errors
/// Why the shop cannot be used with these credentials.
pub async fn check_credentials<T: Transport, C: Clock, O: Observer>(edge: &Edge<'_, T, C, O>) -> Result<(), Stopped> {
    let call = Call::GetProducts(GetProducts { skus: &[], limit: 1 });
    match exchange(edge, &call, None).await {
        Ok(Reply::Products { .. } | Reply::Done { .. }) => Ok(()),
        Ok(Reply::Hosted(_) | Reply::Ticket(_) | Reply::Migrated { .. } | Reply::QcStatus(_)) => {
            Err(Stopped::Trouble("the reply is to another call".to_owned()))
        }
        Ok(Reply::Refused(refusal)) => {
            let trouble = format!("{} (code {})", refusal.message, refusal.code);
            Err(stop_for(&refusal).unwrap_or(Stopped::Trouble(trouble)))
        }
        Err(Answer::NotSent { reason }) => Err(Stopped::NobodyAnswers(reason)),
        Err(answer) => Err(Stopped::Trouble(super::run::reason(&answer))),
    }
}
