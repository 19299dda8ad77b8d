//! What the shop has before anything is sent: read in chunks, each at the shop's pace.

use std::collections::VecDeque;
use std::time::Duration;

use super::event::{Answer, reason};
use super::flight::{Back, exchange};
use super::lookup::{LookedUp, look_up};
use super::next::millis;
use super::notice::Observer;
use super::pace::{LOST_AT_MOST, Millis, backoff};
use super::run::{Edge, slow_down, tell_trouble};
use super::state::State;
use super::stopped::{Stopped, stop_for, told_by_how_much, troubled};
use super::{Clock, Transport};
use crate::dialect::{Call, Class, GetProducts, Refusal, Reply, Told};
use crate::plan::{Action, ShopSnapshot};
use crate::record::SellerSku;

/// Asks for all `skus` and adds what is there to `snapshot`, as fully as `told` says. `state` lends its pace and its
/// patience.
///
/// # Errors
/// The shop cannot be asked; nothing has been sent.
pub async fn baseline<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    skus: &[SellerSku],
    told: Told,
    mut snapshot: ShopSnapshot,
    state: &mut State,
) -> Result<ShopSnapshot, Stopped> {
    let mut chunks: VecDeque<Vec<SellerSku>> =
        edge.dialect().lookup_chunks(skus).into_iter().map(|range| skus[range].to_vec()).collect();
    edge.access.leave_before(state.policy().bounds.deadline);
    let mut failures = 0;
    let mut asked = 0;
    while let Some(chunk) = chunks.pop_front() {
        wait_for_slot(edge, state, Action::GetProducts).await?;
        let back = look_up(edge, &chunk, told).await?;
        match unfolded(back.what, &chunk, failures) {
            LookedUp::Products(products) => {
                failures = 0;
                state.read_well(Action::GetProducts);
                state.health.went_well();
                products.into_iter().for_each(|product| snapshot.add_product(product));
                asked += chunk.len();
                edge.observer.asked(asked);
            }
            LookedUp::Folded(_) if chunk.len() == 1 => {
                rest(edge, state, failures, "the shop has a seller SKU in other upper and lower case only").await?;
                failures += 1;
                chunks.push_front(chunk);
            }
            LookedUp::Cut | LookedUp::Folded(_) => split(chunk, &mut chunks)?,
            LookedUp::Failed(Answer::Refused(refusal)) if refusal.class == Class::Data && chunk.len() > 1 => {
                split(chunk, &mut chunks)?;
            }
            LookedUp::Failed(answer) => {
                let answer = named(answer, &chunk);
                let back = Back { what: answer, left: back.left, retry_after: back.retry_after };
                bear(edge, state, &back, Read { action: Action::GetProducts, failures }).await?;
                failures += 1;
                chunks.push_front(chunk);
            }
        }
    }
    Ok(snapshot)
}

/// A SKU that is shown in other upper and lower case, time and again, is not the one that was asked for. Should the
/// marketplace hold them to be the same after all, it refuses to create it.
fn unfolded(looked_up: LookedUp, chunk: &[SellerSku], failures: u32) -> LookedUp {
    match looked_up {
        LookedUp::Folded(products) if chunk.len() == 1 && failures >= LOST_AT_MOST => LookedUp::Products(products),
        other => other,
    }
}

/// What is asked, and how often it came to nothing before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Read {
    pub(super) action: Action,
    pub(super) failures: u32,
}

/// Learns from a read that came to nothing, and waits; `Err` where it is time to stop.
pub(super) async fn bear<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    state: &mut State,
    back: &Back<Answer>,
    Read { action, failures }: Read,
) -> Result<(), Stopped> {
    let (now, left) = (millis(edge.clock.now()), millis(back.left));
    state.learn(action, &back.what, now);
    if let Some(stopped) = state.stop(&back.what, left, now).or_else(|| for_good(&back.what)) {
        return Err(told_by_how_much(stopped, edge.skew));
    }
    tell_trouble(state, edge, &back.what, now);
    if slow_down(state, edge, action, back) {
        return Ok(());
    }
    rest(edge, state, failures, &reason(&back.what)).await
}

/// Waits before asking again, longer each time.
async fn rest<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    state: &State,
    failures: u32,
    why: &str,
) -> Result<(), Stopped> {
    // A silence is borne for so long and no longer.
    let left = state.health.silence_left(state.policy(), millis(edge.clock.now()));
    let rest = backoff(state.policy(), failures, 0.5);
    let rest = left.map_or(rest, |left| rest.min(left));
    edge.observer.waits(rest, why);
    pause(edge, state, rest).await
}

pub(super) async fn wait_for_slot<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    state: &mut State,
    action: Action,
) -> Result<(), Stopped> {
    loop {
        let now: Millis = millis(edge.clock.now());
        if let Some(limit) = state.limit(now) {
            return Err(state.limited(limit));
        }
        match state.take_slot(action, now) {
            Ok(()) => return pause(edge, state, Duration::ZERO).await,
            Err(at) => {
                let rest = Duration::from_millis(at.saturating_sub(now));
                if rest >= Duration::from_secs(1) {
                    edge.observer.waits(rest, "the marketplace asked for a slower pace");
                }
                pause(edge, state, rest).await?;
            }
        }
    }
}

/// Waits, unless an interrupt or the user's limit comes in between.
pub(super) async fn pause<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    state: &State,
    rest: Duration,
) -> Result<(), Stopped> {
    const GLANCE: Duration = Duration::from_millis(200);
    let mut rest = rest;
    while !rest.is_zero() && !edge.is_interrupted() {
        if let Some(limit) = state.limit(millis(edge.clock.now())) {
            return Err(state.limited(limit));
        }
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

/// A refusal of what was asked for names the one SKU that it was about.
fn named(answer: Answer, chunk: &[SellerSku]) -> Answer {
    match (answer, chunk) {
        (Answer::Refused(refusal), [sku]) if refusal.class == Class::Data => {
            let message = format!("{}; asked for the seller SKU `{sku}`", refusal.message);
            Answer::Refused(Refusal { message, ..refusal })
        }
        (answer, _) => answer,
    }
}

/// A refusal that repeating does not mend.
pub(super) fn for_good(answer: &Answer) -> Option<Stopped> {
    match answer {
        Answer::Refused(refusal) if refusal.class == Class::Data => Some(Stopped::Account(refusal.clone())),
        Answer::Refused(_) | Answer::Done { .. } | Answer::NotSent { .. } | Answer::Unclear { .. } => None,
        Answer::Hosted { .. } | Answer::Ticket { .. } | Answer::Waiting => None,
    }
}

/// Makes one harmless signed call; a second one where the first was refused for its time.
///
/// # Errors
/// Why the shop cannot be used with these credentials.
pub async fn check_credentials<T: Transport, C: Clock, O: Observer>(edge: &Edge<'_, T, C, O>) -> Result<(), Stopped> {
    let call = Call::GetProducts(GetProducts { skus: &[], limit: 1, told: Told::Presence });
    let mut reply = exchange(edge, &call).await?.what;
    if matches!(&reply, Ok(Reply::Refused(refusal)) if refusal.is_about_the_clock()) {
        reply = exchange(edge, &call).await?.what;
    }
    match reply {
        Ok(Reply::Products { .. } | Reply::Done { .. }) => Ok(()),
        Ok(Reply::Hosted(_) | Reply::Ticket(_) | Reply::Migrated { .. } | Reply::QcStatus(_))
        | Ok(Reply::Categories(_) | Reply::Attributes(_) | Reply::Brands(_)) => {
            Err(Stopped::Trouble("the reply is to another call".to_owned()))
        }
        Ok(Reply::Refused(refusal)) if refusal.is_switched_off() => {
            Err(Stopped::SwitchedOff { actions: vec![Action::GetProducts], refusal, done: 0, of: 0 })
        }
        Ok(Reply::Refused(refusal)) => {
            Err(told_by_how_much(stop_for(&refusal).unwrap_or_else(|| troubled(&refusal)), edge.skew))
        }
        Err(Answer::NotSent { reason }) => Err(Stopped::NobodyAnswers(reason)),
        Err(answer) => Err(Stopped::Trouble(reason(&answer))),
    }
}
