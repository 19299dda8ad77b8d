//! The decision core: what has happened to each request. It touches nothing and knows no clock; a replayed journal
//! brings it to where it was. What a request waits for is told in `needs`, what comes next in `next`, what answers say
//! of the marketplace in `health`, why to stop in `stopped`.

use std::collections::HashMap;

use super::agenda::Agenda;
use super::budget::Repeated;
use super::creation::{Creation, Look};
use super::event::{Answer, Event, Found, Outline};
use super::flight::HostedImages;
use super::health::{Health, Trouble};
use super::hosting::{Hosted, Hosting};
use super::needs::makers;
use super::pace::{Complaint, Millis, Pace, Policy};
use super::picture::{Picture, Pictures};
use super::tally::Tallies;
use super::updating::{Update, Updating};
use super::work::Work;
use crate::dialect::Class;
use crate::plan::Action;
use crate::record::{ImageUrl, SellerSku};

/// One sending of a planned request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attempt {
    pub(super) request: usize,
    pub(super) skus: Vec<usize>,
    pub(super) associated: Option<SellerSku>,
    /// By which call pictures travel, and the ticket they are asked by.
    pub(super) errand: Option<(Action, Option<String>)>,
    /// Pictures that the marketplace cannot download are fetched by us.
    pub(super) fetches: bool,
    /// A product is created with the pictures that it is planned with.
    pub(super) is_pictured: bool,
}

/// Every planned request, and where it stands.
#[derive(Debug)]
pub struct State {
    pub(super) outlines: Vec<Outline>,
    pub(super) work: Vec<Work>,
    /// Which creation makes a SKU, and at which place.
    pub(super) makers: HashMap<SellerSku, (usize, usize)>,
    pub(super) policy: Policy,
    pub(super) pace: Pace,
    pub(super) chance: fastrand::Rng,
    pub(super) in_flight: usize,
    /// Those of them that hold no call: the journal has yet to hold their answers, or the shop is to be asked before they
    /// leave.
    pub(super) landing: usize,
    pub(super) health: Health,
    pub(super) tallies: Tallies,
    pub(super) agenda: Agenda,
    /// How many of those that a request waits for have not ended.
    pub(super) waits: Vec<usize>,
    /// Who waits for a request.
    pub(super) dependents: Vec<Vec<usize>>,
    /// Earlier processes are being learnt from: nothing is due before that is over.
    pub(super) is_replaying: bool,
    /// Calls that have left in this process.
    pub(super) calls: u64,
    /// How many products are planned.
    pub(super) products: u64,
}

impl State {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(outlines: Vec<Outline>, policy: Policy, pace: Pace) -> State {
        let histories = || outlines.iter().map(|outline| Work::of(outline, &outlines)).collect::<Vec<Work>>();
        let (makers, work) = rayon::join(|| makers(&outlines), histories);
        let mut dependents = vec![Vec::new(); outlines.len()];
        for (request, outline) in outlines.iter().enumerate() {
            for before in &outline.after {
                dependents[*before].push(request);
            }
        }
        let products = work.iter().map(Work::products).sum();
        let mut state = State {
            pace: pace.resumed(&policy),
            waits: vec![0; outlines.len()],
            tallies: Tallies::new(outlines.len()),
            outlines,
            work,
            makers,
            policy,
            chance: fastrand::Rng::with_seed(0),
            in_flight: 0,
            landing: 0,
            health: Health::default(),
            agenda: Agenda::default(),
            dependents,
            is_replaying: false,
            calls: 0,
            products,
        };
        state.begin_anew();
        state
    }

    /// The numbers behind its waits.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The shop's pace as it stands.
    #[must_use]
    pub fn pace(&self) -> Pace {
        self.pace.clone()
    }

    /// How many calls have left in this process, reads too.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// The outline of a request.
    #[must_use]
    pub fn outline(&self, request: usize) -> &Outline {
        &self.outlines[request]
    }

    /// How many requests there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.outlines.len()
    }

    /// There is no request at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.outlines.is_empty()
    }

    /// The history of a creation; `None` for other requests.
    #[must_use]
    pub fn creation(&self, request: usize) -> Option<&Creation> {
        match self.work.get(request)? {
            Work::Creation(creation) => Some(creation),
            Work::Update(_) | Work::Pictures(_) | Work::Hosting(_) => None,
        }
    }

    /// The history of an UpdateProduct or UpdatePriceQuantity; `None` for other requests.
    #[must_use]
    pub fn updating(&self, request: usize) -> Option<&Updating> {
        match self.work.get(request)? {
            Work::Update(updating) => Some(updating),
            Work::Creation(_) | Work::Pictures(_) | Work::Hosting(_) => None,
        }
    }

    /// What became of a SKU's new values.
    #[must_use]
    pub fn update(&self, request: usize, sku: &str) -> Option<&Update> {
        Some(self.updating(request)?.update(self.place(request, sku)?))
    }

    /// The history of a SetImages; `None` for other requests.
    #[must_use]
    pub fn pictures(&self, request: usize) -> Option<&Pictures> {
        match self.work.get(request)? {
            Work::Pictures(pictures) => Some(pictures),
            Work::Creation(_) | Work::Update(_) | Work::Hosting(_) => None,
        }
    }

    /// The history of pictures on their way to the marketplace; `None` for other requests.
    #[must_use]
    pub fn hosting(&self, request: usize) -> Option<&Hosting> {
        match self.work.get(request)? {
            Work::Hosting(hosting) => Some(hosting),
            Work::Creation(_) | Work::Update(_) | Work::Pictures(_) => None,
        }
    }

    /// Where a picture is hosted, once it is.
    #[must_use]
    pub fn hosted(&self, request: usize, place: usize) -> Option<&ImageUrl> {
        match self.hosting(request)?.image(place) {
            Hosted::At(url) => Some(url),
            Hosted::Open | Hosted::Dead(_) | Hosted::Lost(_) => None,
        }
    }

    /// The pictures that could not be brought to the marketplace, by request and place.
    #[must_use]
    pub fn absent_pictures(&self) -> Vec<(usize, usize)> {
        let places = |request: usize| (0..self.outlines[request].images).map(move |place| (request, place));
        let is_absent = |(request, place): &(usize, usize)| {
            let image = self.hosting(*request).map(|hosting| hosting.image(*place));
            matches!(image, Some(Hosted::Dead(_) | Hosted::Lost(_)))
        };
        (0..self.work.len()).flat_map(places).filter(is_absent).collect()
    }

    /// Where the pictures that an attempt shows are hosted.
    pub(super) fn hosted_for(&self, attempt: &Attempt) -> HostedImages {
        let Outline { pictures, created_with, .. } = &self.outlines[attempt.request];
        let awaited = attempt.skus.iter().filter_map(|place| pictures.get(*place)).flat_map(|sku| &sku.awaited);
        awaited
            .chain(created_with)
            .filter_map(|(request, place)| Some(((*request, *place), self.hosted(*request, *place)?.clone())))
            .collect()
    }

    /// The pictures of a SKU that were brought to the marketplace first, by request and place.
    #[must_use]
    pub fn awaited(&self, request: usize, sku: &str) -> &[(usize, usize)] {
        let Some(outline) = self.outlines.get(request) else { return &[] };
        let place = self.place(request, sku);
        place.and_then(|place| outline.pictures.get(place)).map_or(&[], |pictures| &pictures.awaited)
    }

    /// The request has ended.
    #[must_use]
    pub fn has_ended(&self, request: usize) -> bool {
        self.work[request].has_ended()
    }

    /// How many attempts at the request left.
    #[must_use]
    pub fn attempts(&self, request: usize) -> u32 {
        self.work[request].attempts()
    }

    /// Some write has left.
    #[must_use]
    pub fn has_sent(&self) -> bool {
        self.work.iter().any(|work| work.attempts() > 0)
    }

    /// Everything has ended.
    pub(super) fn is_over(&self) -> bool {
        self.tallies.done() == self.work.len()
    }

    /// Everything has ended, and nothing is unknown or open that another process could learn.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        !self.work.iter().any(Work::is_untold) && (0..self.work.len()).all(|request| !self.has_open_picture(request))
    }

    /// Some SKU of the request is in the shop and waits for its pictures.
    fn has_open_picture(&self, request: usize) -> bool {
        let Some(pictures) = self.pictures(request) else { return false };
        let skus = self.outlines[request].skus.iter().enumerate();
        skus.filter(|(place, _)| pictures.is_open(*place)).any(|(_, sku)| self.exists(sku))
    }

    /// Another process takes over: what was on its way is in doubt, what was unknown is asked again.
    fn recover(&mut self, now: Millis) {
        (self.in_flight, self.landing) = (0, 0);
        self.health.forget();
        let lost: Vec<(usize, usize)> = (0..self.work.len()).flat_map(|request| self.lost_pictures(request)).collect();
        self.work.iter_mut().for_each(|work| work.recover(&self.policy, now));
        for (request, place) in lost {
            if let Work::Pictures(pictures) = &mut self.work[request] {
                pictures.reopen(place);
            }
        }
        self.tallies = Tallies::new(self.work.len());
        self.begin_anew();
    }

    /// SKUs of a SetImages that went without a picture which may yet be had.
    fn lost_pictures(&self, request: usize) -> Vec<(usize, usize)> {
        if self.pictures(request).is_none() {
            return Vec::new();
        }
        let is_lost = |(request, place): &(usize, usize)| {
            self.hosting(*request).is_some_and(|hosting| matches!(hosting.image(*place), Hosted::Lost(_)))
        };
        let skus = self.outlines[request].pictures.iter().enumerate();
        skus.filter(|(_, sku)| sku.awaited.iter().any(is_lost)).map(|(place, _)| (request, place)).collect()
    }

    /// Learns what happened in earlier processes. Their clock is not ours: how long the marketplace has been
    /// silent or in trouble is counted anew.
    pub fn replay(&mut self, events: &[Event]) {
        self.is_replaying = true;
        for event in events {
            self.apply(event, 0);
        }
        self.is_replaying = false;
        self.health.forget();
        self.begin_anew();
        // What is held back is no event: it follows from the others.
        for request in 0..self.work.len() {
            if !self.has_ended(request) && self.may_start(request) {
                self.start(request);
            }
        }
        self.tallies.begin_process();
    }

    /// Learns what happened.
    pub fn apply(&mut self, event: &Event, now: Millis) {
        let chance = self.chance.f64();
        let request = match event {
            Event::Intent { request, skus, action, fetches, .. } => {
                self.in_flight += 1;
                self.work[*request].intended(skus, *action, *fetches);
                *request
            }
            Event::Answered { request, answer } => {
                self.in_flight = self.in_flight.saturating_sub(1);
                self.answered(*request, answer, now, chance);
                *request
            }
            Event::LookedUp { request, found, is_last } => {
                self.health.was_told(!found.present.is_empty());
                self.came_back(*request, Repeated::Sound, now, chance);
                let look = if *is_last { Look::Last } else { Look::More };
                self.work[*request].looked_up(found, look, &self.policy, now, chance);
                *request
            }
            Event::Resumed => return self.recover(now),
            Event::NotLookedUp { request, reason } => {
                self.work[*request].not_looked_up(reason, &self.policy, now);
                *request
            }
        };
        self.settle(request);
    }

    fn answered(&mut self, request: usize, answer: &Answer, now: Millis, chance: f64) {
        // What we could not fetch tells nothing of the marketplace.
        let is_of_market = !matches!(answer, Answer::Refused(refusal) if refusal.is_our_own());
        let (action, failed) = (self.action_of(request), self.work[request].failures());
        let is_pictured = self.work[request].is_pictured();
        if is_of_market {
            self.learn_of_health(action, answer, now);
            self.came_back(request, Repeated::of(answer), now, chance);
        }
        self.work[request].answered(answer, &self.outlines[request], &self.policy, now, chance);
        if is_of_market {
            let costs = match &self.work[request] {
                // Halves of a chunk that are refused in their turn tell of no other product.
                Work::Update(updating) => updating.failures() - failed,
                // It is sent again without the pictures that were refused.
                Work::Creation(creation) if is_pictured && !creation.is_pictured() => 0,
                Work::Creation(_) | Work::Pictures(_) | Work::Hosting(_) => 1,
            };
            self.health.compare(action, answer, costs);
        }
    }

    /// What an answer to a call of this action tells of the marketplace itself.
    pub(super) fn learn(&mut self, action: Action, answer: &Answer, now: Millis) {
        self.learn_of_health(action, answer, now);
        self.health.compare(action, answer, 1);
    }

    fn learn_of_health(&mut self, action: Action, answer: &Answer, now: Millis) {
        match answer {
            Answer::Done { .. } | Answer::Hosted { .. } | Answer::Ticket { .. } | Answer::Waiting => {
                self.pace.speed_up(action, &self.policy);
            }
            Answer::Refused(refusal) if refusal.is_switched_off() => self.health.switches_off(action, refusal),
            Answer::Refused(_) | Answer::NotSent { .. } | Answer::Unclear { .. } => {}
        }
        let chance = self.chance.f64();
        self.health.learn(answer, &self.policy, now, chance);
    }

    /// A look-up was answered soundly.
    pub(super) fn read_well(&mut self, action: Action) {
        self.pace.speed_up(action, &self.policy);
        self.health.was_told(false);
    }

    /// The call by which a request is on its way.
    fn action_of(&self, request: usize) -> Action {
        let errand = self.hosting(request).and_then(Hosting::action_in_flight);
        errand.unwrap_or(self.outlines[request].action)
    }

    /// Takes the next slot of the pace for one call, or tells when it is.
    pub(super) fn take_slot(&mut self, action: Action, now: Millis) -> Result<(), Millis> {
        self.pace.take(action, now)?;
        self.calls += 1;
        Ok(())
    }

    /// What the shop has under this request's SKUs may be older than the request: it is ours only with the same values.
    pub(super) fn may_be_foreign(&self, request: usize) -> bool {
        self.work[request].may_be_foreign()
    }

    /// What the journal is told of a look-up. It says whether absence was believed, so that a replay under
    /// other waits comes to the same end.
    pub(super) fn looked_up(&self, request: usize, found: Found) -> Event {
        let is_last = self.work[request].is_last_look(&self.policy);
        Event::LookedUp { request, found, is_last }
    }

    /// A look-up came to nothing; it is repeated after a pause, each request by itself, so that one of them
    /// cannot spoil the others. Answers whether the marketplace has refused to tell of this one too often.
    pub(super) fn look_up_failed(&mut self, requests: &[usize], answer: &Answer, now: Millis) -> bool {
        self.learn(Action::GetProducts, answer, now);
        if let [request] = requests {
            let chance = self.chance.f64();
            self.came_back(*request, Repeated::of(answer), now, chance);
        }
        let is_refused = match answer {
            Answer::Refused(refusal) if refusal.class == Class::Throttled => {
                // The pace waits; the question had no effect and does not count.
                self.ask_later(requests, now);
                return false;
            }
            Answer::Refused(_) => true,
            Answer::Done { .. } | Answer::Hosted { .. } | Answer::Ticket { .. } | Answer::Waiting => false,
            Answer::NotSent { .. } | Answer::Unclear { .. } => false,
        };
        self.ask_again(requests, now) && is_refused
    }

    /// The shop's answer does not tell of these; answers whether it has not told of this one too often.
    pub(super) fn not_told(&mut self, requests: &[usize], now: Millis) -> bool {
        self.read_well(Action::GetProducts);
        self.ask_again(requests, now)
    }

    /// Each is asked about by itself after a pause; answers whether that one has been in vain too often.
    fn ask_again(&mut self, requests: &[usize], now: Millis) -> bool {
        let mut is_hopeless = false;
        for request in requests {
            let chance = self.chance.f64();
            let is_in_vain = self.work[*request].ask_again(&self.policy, now, chance);
            is_hopeless = is_in_vain && requests.len() == 1;
            self.schedule(*request);
        }
        is_hopeless
    }

    /// These requests could not be told from each other: each is asked about by itself.
    pub(super) fn ask_one_by_one(&mut self, requests: &[usize], now: Millis) {
        for request in requests {
            self.work[*request].ask_alone(now);
            self.schedule(*request);
        }
    }

    /// These did not fit into the look-up, and go into the next one.
    pub(super) fn ask_later(&mut self, requests: &[usize], now: Millis) {
        for request in requests {
            self.work[*request].ask_later(now);
            self.schedule(*request);
        }
    }

    /// The marketplace's trouble that nobody was told of yet, and for how long it will be borne.
    pub(super) fn untold_trouble(&mut self, now: Millis) -> Option<(Trouble, std::time::Duration)> {
        self.health.untold(&self.policy, now)
    }

    /// The marketplace asks for a slower pace; answers how long it is left alone.
    pub(super) fn slow_down(&mut self, complaint: Complaint, now: Millis) -> std::time::Duration {
        self.pace.slow_down(complaint, &self.policy, now)
    }

    /// What became of a row's pictures.
    #[must_use]
    pub fn picture(&self, request: usize, sku: &str) -> Option<&Picture> {
        Some(self.pictures(request)?.picture(self.place(request, sku)?))
    }

    /// Where a SKU stands in a request.
    #[must_use]
    pub fn place(&self, request: usize, sku: &str) -> Option<usize> {
        self.outlines.get(request)?.skus.iter().position(|there| there.as_str() == sku)
    }
}
