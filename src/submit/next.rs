//! What comes next: of all planned requests the first that is due and may go at its action's pace, look-ups gathered.
//!
//! When a request is due is told in `needs`.

use chrono::{DateTime, Utc};

use super::agenda::{Standing, Turn};
use super::bounds::{Counted, Limit};
use super::creation::Phase;
use super::hosting::Errand;
use super::pace::Millis;
use super::state::{Attempt, State};
use super::stopped::Stopped;
use super::work::Work;
use crate::plan::Action;
use crate::record::SellerSku;

/// How many SKUs one round of look-ups gathers.
const SKUS_ASKED: usize = 100;

/// So many answers wait for the journal at most. A power cut takes no more of them than that.
const LANDING: usize = 256;

/// What comes next.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Next {
    /// Send this request, carrying these SKUs.
    Send(Attempt),
    /// Ask the shop about these requests.
    LookUp(Vec<usize>),
    /// Ask the shop for these SKUs, to see whether it answers at all.
    Probe(Vec<SellerSku>),
    /// Nothing before this time, or before something in flight comes back.
    Wait(Millis),
    /// Something is left to do, and the user's limit forbids it.
    Limit(Limit),
    /// Everything has ended, or waits for what the marketplace has switched off.
    Over,
}

impl Next {
    /// The same, with no wait beyond this time.
    pub(super) fn before(self, at: Millis) -> Next {
        match self {
            Next::Wait(until) => Next::Wait(until.min(at)),
            Next::Send(_) | Next::LookUp(_) | Next::Probe(_) | Next::Limit(_) | Next::Over => self,
        }
    }
}

impl State {
    /// Decides what comes next. It takes a slot of the pace for what it hands out.
    pub(super) fn next(&mut self, now: Millis, asking: usize) -> Next {
        self.wake(now);
        if self.is_over() {
            return Next::Over;
        }
        let on_their_way = self.in_flight + asking;
        if let Some(limit) = self.limit(now) {
            // What is on its way may be all that is left.
            return if on_their_way == 0 { Next::Limit(limit) } else { Next::Wait(Millis::MAX) };
        }
        if !self.has_room(on_their_way) || self.landing >= LANDING {
            return Next::Wait(Millis::MAX);
        }
        let next = if self.health.breaker.is_open() { self.probe(now) } else { self.work_on(now, on_their_way) };
        if next == Next::Wait(Millis::MAX) && on_their_way == 0 && !self.health.switched_off().is_empty() {
            return Next::Over;
        }
        match (next, self.policy.bounds.deadline) {
            (Next::Wait(at), Some(deadline)) => Next::Wait(at.min(millis(deadline))),
            (next, _) => next,
        }
    }

    /// One more of those on their way may hold a call.
    fn has_room(&self, on_their_way: usize) -> bool {
        on_their_way.saturating_sub(self.landing) < self.policy.concurrency
    }

    /// Takes the slot of a question that a write waits for, or tells when to try again. Where the line is held to be
    /// broken, it finds out when it is not.
    pub(super) fn take_slot_to_ask(&mut self, now: Millis, asking: usize) -> Result<(), Millis> {
        if !self.has_room(self.in_flight + asking) {
            return Err(Millis::MAX);
        }
        let is_open = self.health.breaker.is_open();
        if is_open {
            let at = self.health.breaker.probe_at().ok_or(Millis::MAX)?;
            if now < at {
                return Err(at);
            }
        }
        self.take_slot(Action::GetProducts, now)?;
        if is_open {
            self.health.breaker.probes();
        }
        Ok(())
    }

    /// It holds no call any more: the journal has yet to hold its answer; or it holds none yet.
    pub(super) fn lands(&mut self) {
        self.landing += 1;
    }

    /// The journal holds it; or its call leaves.
    pub(super) fn has_landed(&mut self) {
        self.landing -= 1;
    }

    fn work_on(&mut self, now: Millis, on_their_way: usize) -> Next {
        let fresh = self.first_sendable(now, Turn::First);
        let may_repeat = self.may_repeat(now);
        if may_repeat && let Some(request) = self.first_to_ask_again(now) {
            return self.ask_again_about(request, now);
        }
        let again = if may_repeat { self.first_sendable(now, Turn::Again) } else { None };
        if self.is_look_due(now, fresh.is_some() || again.is_some()) {
            return self.look_up(now);
        }
        if let Some((request, action)) = fresh.into_iter().chain(again).min() {
            return match self.take_slot(action, now) {
                Ok(()) => {
                    self.count_repeat(request, now);
                    self.attempt(request).map_or(Next::Wait(now), Next::Send)
                }
                Err(at) => Next::Wait(at),
            };
        }
        let wake = self.wake_time(now);
        if wake < Millis::MAX || on_their_way > 0 || self.agenda.has_questions() {
            return Next::Wait(wake);
        }
        self.look_last(now)
    }

    /// The first request whose action's pace lets it go, whatever the shop's.
    fn first_sendable(&mut self, now: Millis, turn: Turn) -> Option<(usize, Action)> {
        let actions: Vec<Action> = self.agenda.of(turn).keys().copied().collect();
        let mut first: Option<(usize, Action)> = None;
        for action in actions {
            // Those who ask are no senders.
            if action == Action::GetProducts || !self.pace.is_open_to(action, now) {
                continue;
            }
            while let Some(request) = self.agenda.of(turn).get(&action).and_then(|ready| ready.first().copied()) {
                let is_due = matches!(self.standing(request), Standing::Send(at, by) if at <= now && by == action);
                if is_due && self.turn(request) == turn {
                    first = Some(first.map_or((request, action), |first| first.min((request, action))));
                    break;
                }
                // It has left, or its time is another by now.
                self.agenda.of(turn).entry(action).or_default().remove(&request);
            }
        }
        first
    }

    /// Something may be called for once more: the budget has room, or nothing else is left and some time has passed.
    fn may_repeat(&self, now: Millis) -> bool {
        let budget = &self.health.budget;
        budget.has_room(&self.policy, self.calls) || (!self.agenda.has_fresh() && now >= budget.not_before())
    }

    fn turn(&self, request: usize) -> Turn {
        if self.is_repeat(request) { Turn::Again } else { Turn::First }
    }

    fn count_repeat(&mut self, request: usize, now: Millis) {
        if self.is_repeat(request) {
            let chance = self.chance.f64();
            self.health.budget.leaves(&self.policy, now, chance);
        }
    }

    /// The first request that the shop is asked about once more.
    fn first_to_ask_again(&mut self, now: Millis) -> Option<usize> {
        if !self.pace.is_open_to(Action::GetProducts, now) {
            return None;
        }
        loop {
            let request = *self.agenda.again.get(&Action::GetProducts)?.first()?;
            if matches!(self.standing(request), Standing::Ask(at) if at <= now) {
                return Some(request);
            }
            self.agenda.again.entry(Action::GetProducts).or_default().remove(&request);
        }
    }

    fn ask_again_about(&mut self, request: usize, now: Millis) -> Next {
        if let Err(at) = self.take_slot(Action::GetProducts, now) {
            return Next::Wait(at);
        }
        self.count_repeat(request, now);
        self.asks(&[request]);
        Next::LookUp(vec![request])
    }

    /// A look-up waits for company only while something else can be sent.
    fn is_look_due(&mut self, now: Millis, is_busy: bool) -> bool {
        if !self.agenda.has_questions() || !self.pace.is_open_to(Action::GetProducts, now) {
            return false;
        }
        let since = self.agenda.waiting_since.unwrap_or(0);
        let patience = self.policy.gather.as_millis() as Millis;
        !is_busy || self.agenda.skus_to_ask >= SKUS_ASKED || now.saturating_sub(since) >= patience
    }

    fn look_up(&mut self, now: Millis) -> Next {
        if let Err(at) = self.take_slot(Action::GetProducts, now) {
            return Next::Wait(at);
        }
        let requests = self.questions(now);
        self.asks(&requests);
        Next::LookUp(requests)
    }

    fn asks(&mut self, requests: &[usize]) {
        requests.iter().for_each(|request| self.work[*request].asks());
    }

    /// Those that the shop is asked about next.
    fn questions(&mut self, now: Millis) -> Vec<usize> {
        let is_alone_first = match (self.agenda.alone.first(), self.agenda.to_ask.first()) {
            (Some(alone), Some(together)) => alone < together,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if is_alone_first && let Some(request) = self.agenda.alone.pop_first() {
            return vec![request];
        }
        let (mut requests, mut skus) = (Vec::new(), 0);
        while skus < SKUS_ASKED {
            let Some(request) = self.agenda.pop_question(|request| self.outlines[request].skus.len()) else { break };
            skus += self.outlines[request].skus.len();
            requests.push(request);
        }
        self.agenda.waiting_since = (!self.agenda.to_ask.is_empty()).then_some(now);
        requests
    }

    /// Nothing else is left to do: what was believed so far is asked about once more, all together.
    fn look_last(&mut self, now: Millis) -> Next {
        if self.agenda.last.is_empty() {
            return Next::Wait(Millis::MAX);
        }
        if now < self.agenda.last_at {
            return Next::Wait(self.agenda.last_at);
        }
        for request in std::mem::take(&mut self.agenda.last) {
            if let Work::Creation(creation) = &mut self.work[request]
                && matches!(creation.phase, Phase::Last(_))
            {
                creation.phase = Phase::Doubt(now);
                self.schedule(request);
            }
        }
        Next::Wait(now)
    }

    /// The line is held to be broken: one read at a time finds out when it is not.
    fn probe(&mut self, now: Millis) -> Next {
        let Some(at) = self.health.breaker.probe_at() else { return Next::Wait(Millis::MAX) };
        if now < at {
            return Next::Wait(at);
        }
        if self.agenda.has_questions() {
            let next = self.look_up(now);
            if matches!(next, Next::LookUp(_)) {
                self.health.breaker.probes();
            }
            return next;
        }
        let Some(request) = self.agenda.first().or(self.agenda.last.first().copied()) else {
            return Next::Wait(Millis::MAX);
        };
        match self.take_slot(Action::GetProducts, now) {
            Ok(()) => {
                self.health.breaker.probes();
                Next::Probe(self.outlines[request].skus.iter().take(SKUS_ASKED / 10).cloned().collect())
            }
            Err(at) => Next::Wait(at),
        }
    }

    /// When something may be due again.
    fn wake_time(&mut self, now: Millis) -> Millis {
        let actions: Vec<Action> =
            self.agenda.ready.iter().filter(|(_, on)| !on.is_empty()).map(|(by, _)| *by).collect();
        let asks = self.agenda.has_questions().then_some(Action::GetProducts);
        let slots = actions.into_iter().chain(asks).map(|action| self.pace.next_slot(action, now)).min();
        let again = self.time_to_repeat(now);
        self.agenda.wake().into_iter().chain(slots).chain(again).min().unwrap_or(Millis::MAX)
    }

    /// When something may be called for once more; none where that waits for other calls.
    fn time_to_repeat(&mut self, now: Millis) -> Option<Millis> {
        let actions = self.agenda.again.iter().filter(|(_, on)| !on.is_empty()).map(|(by, _)| *by);
        let slot = actions.map(|action| self.pace.next_slot(action, now)).min()?;
        let budget = &self.health.budget;
        if budget.has_room(&self.policy, self.calls) {
            return Some(slot);
        }
        (!self.agenda.has_fresh()).then(|| slot.max(budget.not_before()))
    }

    fn attempt(&self, request: usize) -> Option<Attempt> {
        match &self.work[request] {
            Work::Creation(creation) => {
                let associated = creation.follow_up(&self.outlines[request].skus).cloned();
                let (skus, is_pictured) = (creation.remaining(), creation.is_pictured());
                Some(Attempt { request, skus, associated, errand: None, fetches: false, is_pictured })
            }
            Work::Update(updating) => {
                let (_, skus) = updating.next()?;
                Some(Attempt {
                    request,
                    skus: skus.to_vec(),
                    associated: None,
                    errand: None,
                    fetches: false,
                    is_pictured: false,
                })
            }
            Work::Pictures(pictures) => {
                let (_, skus) = pictures.next()?;
                let errand = Some((Action::SetImages, None));
                Some(Attempt {
                    request,
                    skus: skus.to_vec(),
                    associated: None,
                    errand,
                    fetches: false,
                    is_pictured: false,
                })
            }
            Work::Hosting(hosting) => {
                let (_, Errand { action, places, ticket }) = hosting.next(&self.policy)?;
                let (errand, fetches) = (Some((action, ticket)), self.policy.fetches_images);
                Some(Attempt { request, skus: places, associated: None, errand, fetches, is_pictured: false })
            }
        }
    }

    /// The user's limit that forbids whatever would come next.
    pub(super) fn limit(&self, now: Millis) -> Option<Limit> {
        let bounds = &self.policy.bounds;
        let deadline = bounds.deadline.filter(|deadline| now >= millis(*deadline)).map(Limit::Deadline);
        let failed = self.tallies.failures();
        let failures = bounds.max_failures.filter(|most| most.is_exceeded(failed, self.products));
        let failures = failures.map(|most| Limit::Failures { most, failed, counted: self.counted() });
        let requests =
            bounds.max_requests.filter(|most| bounds.calls_before + self.calls >= *most).map(Limit::Requests);
        deadline.or(failures).or(requests)
    }

    /// What can fail in this run.
    fn counted(&self) -> Counted {
        let has = |wanted: &[Action]| self.outlines.iter().any(|outline| wanted.contains(&outline.action));
        match (has(&[Action::CreateProduct, Action::UpdateProduct]), has(&[Action::UpdatePriceQuantity])) {
            (true, true) => Counted::Both,
            (false, true) => Counted::Skus,
            (true | false, false) => Counted::Products,
        }
    }

    /// The run stops at that limit.
    pub(super) fn limited(&self, limit: Limit) -> Stopped {
        Stopped::Limit { limit, done: self.tallies.done(), of: self.work.len() }
    }
}

/// A time on the run's clock.
pub(super) fn millis(time: DateTime<Utc>) -> Millis {
    Millis::try_from(time.timestamp_millis()).unwrap_or_default()
}
