//! Carrying out what [`State`] decides: at most so many requests at once, each journalled before it leaves
//! and after it came back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::access::Access;
use super::boarding::{self, Waiting};
use super::event::{Answer, Event, reason};
use super::flight::{self, Back};
use super::ids::KnownIds;
use super::leg::{self, Came, Flight, Inquiry, Leg};
use super::lookup::{self, LookedUp};
use super::next::{Next, millis};
use super::notice::{Notice, Observer};
use super::pace::{Complaint, Millis};
use super::skew::Skew;
use super::state::{Attempt, State};
use super::stopped::{Stopped, told_by_how_much};
use super::{Clock, Journal, Transport};
use crate::dialect::{Class, Dialect, Told};
use crate::plan::Action;
use crate::record::SellerSku;

/// Everything that touches the world beside the journal.
pub struct Edge<'a, T, C, O> {
    /// Who signs, and so which API is spoken.
    pub access: &'a Access,
    /// What the marketplace knows SKUs by.
    pub ids: &'a KnownIds,
    /// Carries requests.
    pub transport: &'a T,
    /// The time.
    pub clock: &'a C,
    /// Is told what happens.
    pub observer: &'a O,
    /// How far the marketplace's clock is off ours, shared by all who call it.
    pub skew: &'a Skew,
    /// Set from outside: nothing more is sent, what is on its way is awaited.
    pub interrupted: &'a AtomicBool,
}

impl<T, C, O> Edge<'_, T, C, O> {
    pub(super) fn dialect(&self) -> Dialect {
        self.access.dialect()
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

/// Sends what `state` still has to send, and learns from what comes back.
///
/// # Errors
/// Why it stopped before everything had ended. Everything that happened is in the journal.
pub async fn submit<T: Transport, C: Clock, O: Observer, J: Journal>(
    state: &mut State,
    edge: &Edge<'_, T, C, O>,
    journal: &J,
) -> Result<(), Stopped> {
    edge.access.leave_before(state.policy().bounds.deadline);
    let mut flights: FuturesUnordered<Flight<'_>> = FuturesUnordered::new();
    // A look-up that goes on with its next call.
    let mut unfinished: Vec<Inquiry> = Vec::new();
    let mut waiting = Waiting::default();
    let mut asking = 0;
    let mut stopped: Option<Stopped> = None;
    loop {
        stopped = stopped.or_else(|| edge.is_interrupted().then_some(Stopped::Interrupted));
        let now = millis(edge.clock.now());
        for boarding in waiting.left_behind(state, stopped.is_some(), now) {
            flights.push(Box::pin(leg::stays(edge, journal, boarding)));
        }
        let turn = match &stopped {
            Some(_) => Turn::Waits(Millis::MAX),
            None => turn((&mut *state, edge, journal), &mut unfinished, &mut waiting, &mut asking),
        };
        let came = match turn {
            Turn::Leaves(flight) => {
                flights.push(flight);
                continue;
            }
            Turn::Waits(at) => wait(edge, &mut flights, at.saturating_sub(now)).await,
            Turn::Stops(why) => {
                stopped = Some(why);
                continue;
            }
            Turn::Over => break,
        };
        let came = match came {
            Some(Leg::Over(came)) => came,
            Some(Leg::Landing(flight)) => {
                state.lands();
                flights.push(flight);
                continue;
            }
            Some(Leg::Asks(boarding, after)) => {
                waiting.add(state, boarding, now, after);
                continue;
            }
            Some(Leg::Asked(mut boarding, back)) => {
                stopped = stopped.or(boarding::told(state, edge, &mut boarding, back));
                flights.push(leg::goes_on(edge, journal, boarding, stopped.is_some()));
                continue;
            }
            None if stopped.is_some() && flights.is_empty() => break,
            None => continue,
        };
        let (goes_on, why) = take(state, edge, journal, came, &mut asking).await;
        unfinished.extend(goes_on);
        stopped = stopped.or(why);
    }
    stopped.map_or(Ok(()), Err)
}

/// What happens next.
enum Turn<'a> {
    Leaves(Flight<'a>),
    /// Nothing before this time, or before something in flight comes back.
    Waits(Millis),
    Stops(Stopped),
    Over,
}

/// First a look-up that is not over, then the question of a write, then what else is due.
fn turn<'a, T: Transport, C: Clock, O: Observer, J: Journal>(
    (state, edge, journal): (&mut State, &'a Edge<'_, T, C, O>, &'a J),
    unfinished: &mut Vec<Inquiry>,
    waiting: &mut Waiting,
    asking: &mut usize,
) -> Turn<'a> {
    let now = millis(edge.clock.now());
    let next = if unfinished.is_empty() {
        match waiting.next(state, now, *asking) {
            Ok(boarding) => return Turn::Leaves(Box::pin(leg::seek(edge, boarding))),
            Err(at) => state.next(now, *asking).before(at),
        }
    } else {
        match going_on(state, unfinished, now) {
            Ok(inquiry) => return Turn::Leaves(Box::pin(leg::ask(edge, journal, inquiry))),
            Err(next) => next,
        }
    };
    Turn::Leaves(match next {
        Next::Over => {
            let left = state.switched_off().filter(|_| !state.is_over());
            return left.map_or(Turn::Over, Turn::Stops);
        }
        Next::Limit(limit) => return Turn::Stops(state.limited(limit)),
        Next::Wait(at) => return Turn::Waits(at),
        Next::Send(attempt) => sent(state, edge, journal, attempt),
        Next::LookUp(requests) => {
            *asking += 1;
            Box::pin(leg::ask(edge, journal, inquiry(state, edge.dialect(), requests, now)))
        }
        Next::Probe(skus) => {
            *asking += 1;
            Box::pin(leg::probe(edge, skus))
        }
    })
}

/// Takes a slot for the next call of a look-up that is not over.
fn going_on(state: &mut State, unfinished: &mut Vec<Inquiry>, now: Millis) -> Result<Inquiry, Next> {
    match state.limit(now) {
        Some(limit) => return Err(Next::Limit(limit)),
        None => state.take_slot(Action::GetProducts, now).map_err(Next::Wait)?,
    }
    unfinished.pop().ok_or(Next::Wait(now))
}

/// The write that is due.
fn sent<'a, T: Transport, C: Clock, O: Observer, J: Journal>(
    state: &mut State,
    edge: &'a Edge<'_, T, C, O>,
    journal: &'a J,
    attempt: Attempt,
) -> Flight<'a> {
    announce(state, edge, &attempt);
    state.apply(&flight::intent(&attempt, String::new()), millis(edge.clock.now()));
    let hosted = state.hosted_for(&attempt);
    Box::pin(leg::flown(state, edge, journal, attempt, hosted))
}

/// The look-up of as many of these requests as fit into one call, of the first one whether it fits or not.
fn inquiry(state: &mut State, dialect: Dialect, mut requests: Vec<usize>, now: Millis) -> Inquiry {
    let skus_of = |request: usize| state.outline(request).skus.iter().cloned();
    let mut skus: Vec<SellerSku> = requests.iter().flat_map(|request| skus_of(*request)).collect();
    let first = dialect.lookup_chunks(&skus).first().map_or(0, |range| range.end);
    let (mut fits, mut end) = (0, 0);
    for request in &requests {
        end += state.outline(*request).skus.len();
        if end > first && fits > 0 {
            break;
        }
        fits += 1;
    }
    let rest = requests.split_off(fits);
    state.ask_later(&rest, now);
    skus.truncate(requests.iter().map(|request| state.outline(*request).skus.len()).sum());
    let chunks = dialect.lookup_chunks(&skus).into_iter().map(|range| skus[range].to_vec()).collect();
    let foreign: Vec<usize> = requests.iter().copied().filter(|request| state.may_be_foreign(*request)).collect();
    let told = if foreign.is_empty() { Told::Presence } else { Told::Everything };
    Inquiry { requests, told, chunks, replies: Vec::new(), foreign, writes: Vec::new() }
}

/// Waits for something in flight, but no longer than `pause`.
async fn wait<'a, T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    flights: &mut FuturesUnordered<Flight<'a>>,
    pause: Millis,
) -> Option<Leg<'a>> {
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
    edge.observer.notice(&Notice::Request {
        id: Some(&outline.id),
        action: attempt.errand.as_ref().map_or(outline.action, |(action, _)| *action),
        attempt: state.attempts(attempt.request) + 1,
        skus: attempt.skus.len(),
    });
}

/// Learns from what came back; answers the look-up that goes on, and why the run must stop, where it must.
async fn take<T: Transport, C: Clock, O: Observer, J: Journal>(
    state: &mut State,
    edge: &Edge<'_, T, C, O>,
    journal: &J,
    came: Came,
    asking: &mut usize,
) -> (Option<Inquiry>, Option<Stopped>) {
    let now = millis(edge.clock.now());
    match came {
        Came::Broken(error) => (None, Some(Stopped::Journal(error))),
        Came::Answered(request, action, back) => (None, take_answer(state, edge, (request, action), &back)),
        Came::Landed(request, action, back) => {
            state.has_landed();
            (None, take_answer(state, edge, (request, action), &back))
        }
        Came::Probed(back) => {
            *asking -= 1;
            if let LookedUp::Failed(answer) = back.what {
                state.learn(Action::GetProducts, &answer, now);
                let back = Back { what: answer, left: back.left, retry_after: back.retry_after };
                slow_down(state, edge, Action::GetProducts, &back);
                return (None, stop(state, edge, &back, now));
            }
            state.read_well(Action::GetProducts);
            (None, None)
        }
        Came::LookedUp(mut inquiry, back) => match back.what {
            LookedUp::Products(products) if !inquiry.chunks.is_empty() => {
                state.read_well(Action::GetProducts);
                inquiry.replies.push(products);
                (Some(*inquiry), None)
            }
            what => {
                *asking -= 1;
                let back = Back { what, left: back.left, retry_after: back.retry_after };
                (None, take_look_up(state, edge, journal, *inquiry, back).await)
            }
        },
    }
}

/// Learns what came back of an attempt, once the journal holds it.
fn take_answer<T: Transport, C: Clock, O: Observer>(
    state: &mut State,
    edge: &Edge<'_, T, C, O>,
    (request, action): (usize, Action),
    back: &Back<Answer>,
) -> Option<Stopped> {
    let now = millis(edge.clock.now());
    state.apply(&Event::Answered { request, answer: back.what.clone() }, now);
    let (id, outcome) = (Some(state.outline(request).id.as_str()), reason(&back.what));
    edge.observer.notice(&Notice::Reply { id, action, outcome });
    slow_down(state, edge, action, back);
    progress(state, edge, request);
    stop(state, edge, back, now)
}

/// Learns from the last reply of a look-up.
async fn take_look_up<T: Transport, C: Clock, O: Observer, J: Journal>(
    state: &mut State,
    edge: &Edge<'_, T, C, O>,
    journal: &J,
    inquiry: Inquiry,
    back: Back<LookedUp>,
) -> Option<Stopped> {
    let now = millis(edge.clock.now());
    let Inquiry { requests, mut replies, writes, .. } = inquiry;
    match back.what {
        LookedUp::Products(products) => {
            state.read_well(Action::GetProducts);
            replies.push(products);
            let products = lookup::joined(replies);
            let mut events = Vec::with_capacity(requests.len());
            for request in &requests {
                let mut found = lookup::found(state.outline(*request), &state.added_to(*request), &products);
                if let Some((_, write)) = writes.iter().find(|(foreign, _)| foreign == request) {
                    found.is_ours &= lookup::has_values(write, &products);
                }
                events.push(state.looked_up(*request, found));
            }
            let stopped = keep(state, journal, events, now).await;
            requests.iter().for_each(|request| progress(state, edge, *request));
            stopped
        }
        LookedUp::Cut | LookedUp::Folded(_) => {
            let reason = match back.what {
                LookedUp::Folded(_) => "the shop has it in other upper and lower case only",
                LookedUp::Products(_) | LookedUp::Cut | LookedUp::Failed(_) => "the shop's answer does not tell of it",
            };
            let is_hopeless = state.not_told(&requests, now);
            if is_hopeless { give_up(state, journal, &requests, reason, now).await } else { None }
        }
        LookedUp::Failed(Answer::Refused(refusal)) if refusal.class == Class::Data => {
            state.read_well(Action::GetProducts);
            one_by_one(state, journal, &requests, &reason(&Answer::Refused(refusal)), now).await
        }
        LookedUp::Failed(answer) => {
            if state.look_up_failed(&requests, &answer, now) {
                return give_up(state, journal, &requests, &reason(&answer), now).await;
            }
            let back = Back { what: answer, left: back.left, retry_after: back.retry_after };
            slow_down(state, edge, Action::GetProducts, &back);
            stop(state, edge, &back, now)
        }
    }
}

pub(super) fn stop<T: Transport, C: Clock, O: Observer>(
    state: &mut State,
    edge: &Edge<'_, T, C, O>,
    back: &Back<Answer>,
    now: Millis,
) -> Option<Stopped> {
    let Some(stopped) = state.stop(&back.what, millis(back.left), now) else {
        tell_trouble(state, edge, &back.what, now);
        return None;
    };
    Some(told_by_how_much(stopped, edge.skew))
}

/// Tells of a trouble that begins with this answer.
pub(super) fn tell_trouble<T: Transport, C: Clock, O: Observer>(
    state: &mut State,
    edge: &Edge<'_, T, C, O>,
    answer: &Answer,
    now: Millis,
) {
    if let Some((trouble, patience)) = state.untold_trouble(now) {
        edge.observer.notice(&Notice::Trouble { trouble, reason: reason(answer), patience });
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

/// Where the marketplace asks for less, or names a time to wait; answers whether it does.
pub(super) fn slow_down<T: Transport, C: Clock, O: Observer>(
    state: &mut State,
    edge: &Edge<'_, T, C, O>,
    action: Action,
    back: &Back<Answer>,
) -> bool {
    let now = millis(edge.clock.now());
    let pause = match (&back.what, back.retry_after) {
        (Answer::Refused(refusal), pause) if refusal.class == Class::Throttled => {
            let is_of_all = refusal.is_of_status();
            // What cannot be shared holds nobody up: this process goes slower in any case.
            let _ = edge.access.slow_down(back.left, pause, edge.clock.now());
            state.slow_down(Complaint { action, is_of_all, left: millis(back.left), pause }, now)
        }
        (_, Some(pause)) => {
            let pause = pause.min(state.policy().give_up);
            state.pace.pause(pause, now);
            pause
        }
        (_, None) => return false,
    };
    edge.observer.notice(&Notice::Slower { pace: &state.pace });
    edge.observer.waits(pause, &reason(&back.what));
    true
}

fn progress<T: Transport, C: Clock, O: Observer>(state: &State, edge: &Edge<'_, T, C, O>, request: usize) {
    if state.has_ended(request) {
        let action = state.outline(request).action;
        let (done, failed) = state.count(action);
        edge.observer.notice(&Notice::Progress { done, failed, action });
    }
}
