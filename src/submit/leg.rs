//! What is on its way: a write, with what the shop is asked before it, or a question; and what it came back with.

use std::collections::VecDeque;
use std::future::{Future, ready};
use std::io;
use std::pin::Pin;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::event::{Answer, Event};
use super::flight::{self, Back, Boarding, Flown, HostedImages};
use super::lookup::{LookedUp, look_up};
use super::notice::{Notice, Observer};
use super::run::Edge;
use super::state::{Attempt, State};
use super::{Clock, Journal, Transport};
use crate::dialect::Told;
use crate::plan::{Action, ShopProduct, Write};
use crate::record::SellerSku;

/// What a future came back with.
pub(super) enum Came {
    Answered(usize, Action, Back<Answer>),
    /// As `Answered`, of a flight that was `Leg::Landing`.
    Landed(usize, Action, Back<Answer>),
    LookedUp(Box<Inquiry>, Back<LookedUp>),
    Probed(Back<LookedUp>),
    Broken(io::Error),
}

/// Requests that the shop is being asked about: in one call, or in several where one request does not fit into one.
pub(super) struct Inquiry {
    pub(super) requests: Vec<usize>,
    /// How much must be told of them.
    pub(super) told: Told,
    /// What is still to be asked for.
    pub(super) chunks: VecDeque<Vec<SellerSku>>,
    pub(super) replies: Vec<Vec<ShopProduct>>,
    /// Those that the shop may have had before; a flight reads what they carry, for others may hold the journal's content.
    pub(super) foreign: Vec<usize>,
    pub(super) writes: Vec<(usize, Write)>,
}

/// How far a flight came.
pub(super) enum Leg<'a> {
    Over(Came),
    /// Its call went well and is over: another may leave. Nothing is known of it before the journal holds what came back.
    Landing(Flight<'a>),
    /// The shop must be asked for ids before it can leave, not before so long.
    Asks(Box<Boarding>, Duration),
    /// The shop was asked for them.
    Asked(Box<Boarding>, Back<LookedUp>),
}

pub(super) type Flight<'a> = Pin<Box<dyn Future<Output = Leg<'a>> + Send + 'a>>;

/// A write that leaves, as soon as the shop's ids of its SKUs are known.
pub(super) fn flown<'a, T: Transport, C: Clock, O: Observer, J: Journal>(
    state: &State,
    edge: &'a Edge<'_, T, C, O>,
    journal: &'a J,
    attempt: Attempt,
    hosted: HostedImages,
) -> impl Future<Output = Leg<'a>> + Send + 'a {
    let request = attempt.request;
    let errand = attempt.errand.as_ref().map(|(action, _)| *action);
    let action = errand.unwrap_or(state.outline(request).action);
    let lookup_delays = state.policy().lookup_delays.clone();
    async move {
        let flown = flight::fly(edge, journal, attempt, &hosted, &lookup_delays).await;
        back(journal, request, action, flown).await
    }
}

/// The shop has been asked: the write leaves, or the shop is asked again; neither where the run has stopped.
pub(super) fn goes_on<'a, T: Transport, C: Clock, O: Observer, J: Journal>(
    edge: &'a Edge<'_, T, C, O>,
    journal: &'a J,
    boarding: Box<Boarding>,
    has_stopped: bool,
) -> Flight<'a> {
    if has_stopped {
        return Box::pin(stays(edge, journal, boarding));
    }
    let (request, action) = (boarding.attempt.request, boarding.action());
    Box::pin(async move { back(journal, request, action, flight::depart(edge, journal, boarding).await).await })
}

/// The write does not leave, since the run ends.
pub(super) async fn stays<'a, T: Transport, C: Clock, O: Observer, J: Journal>(
    edge: &'a Edge<'_, T, C, O>,
    journal: &'a J,
    boarding: Box<Boarding>,
) -> Leg<'a> {
    let (request, action) = (boarding.attempt.request, boarding.action());
    let why = Answer::NotSent { reason: "the run ends before it".to_owned() };
    back(journal, request, action, flight::grounded(edge, journal, &boarding.attempt, why).await).await
}

/// Asks the shop for the ids that a write needs.
pub(super) async fn seek<'a, T: Transport, C: Clock, O: Observer>(
    edge: &'a Edge<'_, T, C, O>,
    boarding: Box<Boarding>,
) -> Leg<'a> {
    match looked_up(edge, boarding.search.chunk(), Told::Presence).await {
        Ok(back) => Leg::Asked(boarding, back),
        Err(error) => Leg::Over(Came::Broken(error)),
    }
}

async fn back<'a, J: Journal>(journal: &'a J, request: usize, action: Action, flown: io::Result<Flown>) -> Leg<'a> {
    let back = match flown {
        Ok(Flown::Back(back)) => back,
        Ok(Flown::Asks(boarding, after)) => return Leg::Asks(boarding, after),
        Err(error) => return Leg::Over(Came::Broken(error)),
    };
    let kept = Box::pin(journal.append(vec![Event::Answered { request, answer: back.what.clone() }]));
    // What went well can only let the run go on; all else may stop or slow it, and must be known first.
    let is_well = back.what.is_well() && back.retry_after.is_none();
    let kept = match select(kept, ready(())).await {
        Either::Left((kept, _)) => kept,
        Either::Right(((), kept)) if is_well => return Leg::Landing(Box::pin(landed(kept, request, action, back))),
        Either::Right(((), kept)) => kept.await,
    };
    Leg::Over(kept.map_or_else(Came::Broken, |()| Came::Answered(request, action, back)))
}

/// Waits until the journal holds what came back.
async fn landed<'a>(
    kept: impl Future<Output = io::Result<()>> + Send,
    request: usize,
    action: Action,
    back: Back<Answer>,
) -> Leg<'a> {
    Leg::Over(kept.await.map_or_else(Came::Broken, |()| Came::Landed(request, action, back)))
}

/// Asks the shop about requests in doubt: the next call of it.
pub(super) async fn ask<'a, T: Transport, C: Clock, O: Observer, J: Journal>(
    edge: &Edge<'_, T, C, O>,
    journal: &J,
    mut inquiry: Inquiry,
) -> Leg<'a> {
    for request in std::mem::take(&mut inquiry.foreign) {
        match journal.write(request).await {
            Ok(write) => inquiry.writes.push((request, write)),
            Err(error) => return Leg::Over(Came::Broken(error)),
        }
    }
    let chunk = inquiry.chunks.pop_front().unwrap_or_default();
    let back = looked_up(edge, &chunk, inquiry.told).await;
    Leg::Over(back.map_or_else(Came::Broken, |back| Came::LookedUp(Box::new(inquiry), back)))
}

/// Asks the shop for something, to see whether it answers.
pub(super) async fn probe<'a, T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    skus: Vec<SellerSku>,
) -> Leg<'a> {
    Leg::Over(looked_up(edge, &skus, Told::Presence).await.map_or_else(Came::Broken, Came::Probed))
}

async fn looked_up<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    skus: &[SellerSku],
    told: Told,
) -> io::Result<Back<LookedUp>> {
    edge.observer.notice(&Notice::Request { id: None, action: Action::GetProducts, attempt: 1, skus: skus.len() });
    look_up(edge, skus, told).await
}
