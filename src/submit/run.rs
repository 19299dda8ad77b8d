//! Carrying out what [`State`] decides: at most so many requests at once, each journalled before it leaves
//! and after it came back.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::event::{Answer, Event};
use super::flight::{self, HostedImages};
use super::lookup::{self, LookedUp, look_up};
use super::next::Next;
use super::pace::{Millis, backoff};
use super::state::{Attempt, State};
use super::stopped::Stopped;
use super::{Clock, Journal, Transport};
use crate::dialect::{Class, Credentials, Dialect};
use crate::plan::Action;
use crate::record::SellerSku;

/// Everything that touches the world beside the journal.
pub struct Edge<'a, T, C, O> {
    /// Which API.
    pub dialect: Dialect,
    /// Who signs.
    pub credentials: &'a Credentials,
    /// Carries requests.
    pub transport: &'a T,
    /// The time.
    pub clock: &'a C,
    /// Is told what happens.
    pub observer: &'a O,
    /// Set from outside: nothing more is sent, what is on its way is awaited.
    pub interrupted: &'a AtomicBool,
}

impl<T, C, O> Edge<'_, T, C, O> {
    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

/// Something an onlooker may want to know at once.
#[derive(Debug)]
pub enum Notice<'a> {
    /// A request leaves.
    Request {
        /// Its name in the plan; none for look-ups.
        id: Option<&'a str>,
        /// Its action.
        action: Action,
        /// Which attempt, from 1.
        attempt: u32,
        /// How many SKUs it carries.
        skus: usize,
    },
    /// Something came back.
    Reply {
        /// The request's name in the plan; none for look-ups.
        id: Option<&'a str>,
        /// Its action.
        action: Action,
        /// What, in a word or two.
        outcome: String,
    },
    /// So much is over.
    Progress {
        /// Requests of this action that have ended.
        done: usize,
        /// That ended badly.
        failed: usize,
        /// Which action.
        action: Action,
    },
}

/// Is told what happens, as it happens.
pub trait Observer: Sync {
    /// A request, a reply, progress.
    fn notice(&self, notice: &Notice<'_>);
    /// The run waits.
    fn waits(&self, pause: Duration, reason: &str);
    /// So many of all SKUs have been looked up before the plan.
    fn asked(&self, skus: usize, of: usize);
}

/// What a future came back with.
enum Came {
    Answered(usize, Answer, Option<Duration>),
    LookedUp(Vec<usize>, LookedUp),
    Broken(std::io::Error),
}

type Flight<'a> = Pin<Box<dyn Future<Output = Came> + Send + 'a>>;

/// Sends what `state` still has to send, and learns from what comes back.
///
/// # Errors
/// Why it stopped before everything had ended. Everything that happened is in the journal.
pub async fn submit<T: Transport, C: Clock, O: Observer, J: Journal>(
    state: &mut State,
    edge: &Edge<'_, T, C, O>,
    journal: &J,
) -> Result<(), Stopped> {
    let mut flights: FuturesUnordered<Flight<'_>> = FuturesUnordered::new();
    let mut asking = 0;
    let mut stopped: Option<Stopped> = None;
    loop {
        if stopped.is_none() && edge.is_interrupted() {
            stopped = Some(Stopped::Interrupted);
        }
        let now = millis(edge.clock.now());
        let next = if stopped.is_some() { Next::Wait(Millis::MAX) } else { state.next(now, asking) };
        let came = match next {
            Next::Over => break,
            Next::Send(attempt) => {
                announce(state, edge, &attempt);
                state.apply(&flight::intent(&attempt, String::new()), now);
                let hosted = state.hosted_for(&attempt);
                flights.push(Box::pin(flown(edge, journal, attempt, hosted)));
                continue;
            }
            Next::LookUp(requests) => {
                let skus = requests.iter().flat_map(|request| state.outline(*request).skus.iter().cloned()).collect();
                let gap = Duration::from_millis(state.pace().gap as u64);
                flights.push(Box::pin(ask(edge, requests, skus, gap)));
                asking += 1;
                continue;
            }
            Next::Wait(at) => wait(edge, &mut flights, at.saturating_sub(now)).await,
        };
        let Some(came) = came else {
            if stopped.is_some() && flights.is_empty() {
                break;
            }
            continue;
        };
        if let Came::LookedUp(..) = came {
            asking -= 1;
        }
        let why = take(state, edge, journal, came).await;
        if stopped.is_none() {
            stopped = why;
        }
    }
    stopped.map_or(Ok(()), Err)
}

/// Waits for something in flight, but no longer than `pause`.
async fn wait<'a, T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    flights: &mut FuturesUnordered<Flight<'a>>,
    pause: Millis,
) -> Option<Came> {
    // An interrupt is noticed within this time even where nothing comes back.
    const GLANCE: Millis = 200;
    let pause = Duration::from_millis(pause.min(GLANCE));
    if flights.is_empty() {
        edge.clock.sleep(pause).await;
        return None;
    }
    let sleep = Box::pin(edge.clock.sleep(pause));
    match select(flights.next(), sleep).await {
        Either::Left((came, _)) => came,
        Either::Right(((), _)) => None,
    }
}

fn announce<T: Transport, C: Clock, O: Observer>(state: &State, edge: &Edge<'_, T, C, O>, attempt: &Attempt) {
    let outline = state.outline(attempt.request);
    let attempts = state.creation(attempt.request).map(|creation| creation.attempts());
    let attempts = attempts.or(state.pictures(attempt.request).map(|pictures| pictures.attempts()));
    let attempts = attempts.or(state.hosting(attempt.request).map(|hosting| hosting.attempts()));
    edge.observer.notice(&Notice::Request {
        id: Some(&outline.id),
        action: attempt.errand.as_ref().map_or(outline.action, |(action, _)| *action),
        attempt: attempts.unwrap_or_default() + 1,
        skus: attempt.skus.len(),
    });
}

async fn flown<T: Transport, C: Clock, O: Observer, J: Journal>(
    edge: &Edge<'_, T, C, O>,
    journal: &J,
    attempt: Attempt,
    hosted: HostedImages,
) -> Came {
    let request = attempt.request;
    match flight::fly(edge, journal, attempt, &hosted).await {
        Ok((answer, retry_after)) => Came::Answered(request, answer, retry_after),
        Err(error) => Came::Broken(error),
    }
}

/// Asks the shop about requests in doubt.
async fn ask<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    requests: Vec<usize>,
    skus: Vec<SellerSku>,
    gap: Duration,
) -> Came {
    let mut products = Vec::new();
    for (index, range) in edge.dialect.lookup_chunks(&skus).into_iter().enumerate() {
        if index > 0 {
            edge.clock.sleep(gap).await;
        }
        let chunk = &skus[range];
        edge.observer.notice(&Notice::Request { id: None, action: Action::GetProducts, attempt: 1, skus: chunk.len() });
        match look_up(edge, chunk).await {
            LookedUp::Products(more) => products.extend(more),
            other @ (LookedUp::Cut | LookedUp::Failed(_)) => return Came::LookedUp(requests, other),
        }
    }
    Came::LookedUp(requests, LookedUp::Products(products))
}

/// Learns from what came back; answers why the run must stop, where it must.
async fn take<T: Transport, C: Clock, O: Observer, J: Journal>(
    state: &mut State,
    edge: &Edge<'_, T, C, O>,
    journal: &J,
    came: Came,
) -> Option<Stopped> {
    let now = millis(edge.clock.now());
    match came {
        Came::Broken(error) => Some(Stopped::Journal(error)),
        Came::Answered(request, answer, retry_after) => {
            state.apply(&Event::Answered { request, answer: answer.clone() }, now);
            let outline = state.outline(request);
            let outcome = reason(&answer);
            edge.observer.notice(&Notice::Reply { id: Some(&outline.id), action: outline.action, outcome });
            slow_down(state, edge, &answer, retry_after, now);
            progress(state, edge, request);
            state.stop(&answer, now)
        }
        Came::LookedUp(requests, LookedUp::Products(products)) => {
            let mut events = Vec::with_capacity(requests.len());
            for request in &requests {
                let found = lookup::found(state.outline(*request), &products);
                events.push(state.looked_up(*request, found));
            }
            let stopped = keep(state, journal, events, now).await;
            requests.iter().for_each(|request| progress(state, edge, *request));
            stopped
        }
        Came::LookedUp(requests, LookedUp::Cut) => {
            let reason = "the shop's answer does not tell which SKUs it has";
            one_by_one(state, journal, &requests, reason, now).await
        }
        Came::LookedUp(requests, LookedUp::Failed(Answer::Refused(refusal))) if refusal.class == Class::Data => {
            one_by_one(state, journal, &requests, &reason(&Answer::Refused(refusal)), now).await
        }
        Came::LookedUp(requests, LookedUp::Failed(answer)) => {
            if state.look_up_failed(&requests, &answer, now) {
                return give_up(state, journal, &requests, &reason(&answer), now).await;
            }
            slow_down(state, edge, &answer, None, now);
            state.stop(&answer, now)
        }
    }
}

/// One of these requests spoils the look-up: each is asked about by itself, and one that is so already is
/// given up.
async fn one_by_one<J: Journal>(
    state: &mut State,
    journal: &J,
    requests: &[usize],
    reason: &str,
    now: Millis,
) -> Option<Stopped> {
    if requests.len() == 1 {
        return give_up(state, journal, requests, reason, now).await;
    }
    state.ask_one_by_one(requests, now);
    None
}

/// The shop cannot be asked about these: their outcome stays unknown.
async fn give_up<J: Journal>(
    state: &mut State,
    journal: &J,
    requests: &[usize],
    reason: &str,
    now: Millis,
) -> Option<Stopped> {
    let event = |request: &usize| Event::NotLookedUp { request: *request, reason: reason.to_owned() };
    keep(state, journal, requests.iter().map(event).collect(), now).await
}

/// Learns events once the journal holds them.
async fn keep<J: Journal>(state: &mut State, journal: &J, events: Vec<Event>, now: Millis) -> Option<Stopped> {
    if let Err(error) = journal.append(events.clone()).await {
        return Some(Stopped::Journal(error));
    }
    for event in &events {
        state.apply(event, now);
    }
    None
}

fn slow_down<T: Transport, C: Clock, O: Observer>(
    state: &mut State,
    edge: &Edge<'_, T, C, O>,
    answer: &Answer,
    retry_after: Option<Duration>,
    now: Millis,
) {
    let is_throttled = matches!(answer, Answer::Refused(refusal) if refusal.class == Class::Throttled);
    if is_throttled || retry_after.is_some() {
        let pause = retry_after.unwrap_or_else(|| backoff(state.policy(), state.throttles(), 0.5));
        let pause = pause.min(state.policy().give_up);
        state.slow_down(now, pause);
        edge.observer.waits(pause, &reason(answer));
    }
}

fn progress<T: Transport, C: Clock, O: Observer>(state: &State, edge: &Edge<'_, T, C, O>, request: usize) {
    if state.has_ended(request) {
        let action = state.outline(request).action;
        let (done, failed) = state.count(action);
        edge.observer.notice(&Notice::Progress { done, failed, action });
    }
}

/// What an answer says, in a few words.
pub(super) fn reason(answer: &Answer) -> String {
    match answer {
        Answer::Done { warnings } if warnings.is_empty() => "done".to_owned(),
        Answer::Done { warnings } => format!("done, with warnings: {}", warnings.join("; ")),
        Answer::Hosted { .. } => "hosted".to_owned(),
        Answer::Ticket { .. } => "a ticket".to_owned(),
        Answer::Waiting => "not ready".to_owned(),
        Answer::Refused(refusal) => format!("{} (code {})", refusal.message, refusal.code),
        Answer::NotSent { reason } => format!("not sent: {reason}"),
        Answer::Unclear { reason } => format!("no sound reply: {reason}"),
    }
}

/// A time on the run's clock.
pub(super) fn millis(time: DateTime<Utc>) -> Millis {
    Millis::try_from(time.timestamp_millis()).unwrap_or_default()
}
