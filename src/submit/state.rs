//! The decision core: what has happened, and when each request is due. It touches nothing and knows no
//! clock; a replayed journal brings it to where it was. What comes next is told in `next`, why to stop in
//! `stopped`.

use std::collections::HashMap;

use super::creation::{Creation, Ending, Look, Phase};
use super::event::{Answer, Event, Found, Outline, SkuPictures};
use super::flight::HostedImages;
use super::hosting::{Errand, Hosted, Hosting};
use super::pace::{Millis, Pace, Policy};
use super::picture::{Picture, Pictures, Readiness};
use crate::dialect::{Class, Refusal};
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
}

/// One planned request's history.
#[derive(Debug, Clone)]
pub(super) enum Work {
    Creation(Creation),
    Pictures(Pictures),
    Hosting(Hosting),
}

/// Every planned request, and where it stands.
#[derive(Debug)]
pub struct State {
    pub(super) outlines: Vec<Outline>,
    pub(super) work: Vec<Work>,
    /// Which creation makes a SKU, and at which place.
    makers: HashMap<SellerSku, (usize, usize)>,
    pub(super) policy: Policy,
    pub(super) pace: Pace,
    chance: fastrand::Rng,
    /// Requests before this one have ended.
    pub(super) first_open: usize,
    pub(super) in_flight: usize,
    pub(super) alike: Alike,
    pub(super) silent_since: Option<Millis>,
    pub(super) trouble_since: Option<Millis>,
    /// Throttled answers in a row.
    throttles: u32,
    /// Requests that have been counted as ended.
    tallied: Vec<bool>,
    creations: Tally,
    pictures: Tally,
    hostings: Tally,
}

/// How many requests of a kind have ended.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    done: usize,
    failed: usize,
}

/// Whether the run's first refusals are all the same.
#[derive(Debug)]
pub(super) enum Alike {
    Maybe(Option<(String, u32)>),
    No,
}

impl State {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(outlines: Vec<Outline>, policy: Policy, pace: Pace) -> State {
        let mut makers = HashMap::new();
        let mut work = Vec::with_capacity(outlines.len());
        for (request, outline) in outlines.iter().enumerate() {
            work.push(match outline.action {
                Action::CreateProduct => {
                    for (place, sku) in outline.skus.iter().enumerate() {
                        makers.insert(sku.clone(), (request, place));
                    }
                    Work::Creation(Creation::new(outline.skus.len()))
                }
                Action::MigrateImage | Action::MigrateImages | Action::UploadImage => {
                    Work::Hosting(Hosting::new(outline.images, &outline.files))
                }
                Action::SetImages | Action::GetProducts | Action::GetResponse | Action::GetQcStatus => {
                    Work::Pictures(Pictures::new(outline.skus.len()))
                }
            });
        }
        let pace = pace.resumed(&policy);
        let tallied = vec![false; outlines.len()];
        State {
            outlines,
            work,
            makers,
            policy,
            pace,
            chance: fastrand::Rng::with_seed(0),
            first_open: 0,
            in_flight: 0,
            alike: Alike::Maybe(None),
            silent_since: None,
            trouble_since: None,
            throttles: 0,
            tallied,
            creations: Tally::default(),
            pictures: Tally::default(),
            hostings: Tally::default(),
        }
    }

    /// The numbers behind its waits.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The shop's pace as it stands.
    #[must_use]
    pub fn pace(&self) -> Pace {
        self.pace
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
            Work::Pictures(_) | Work::Hosting(_) => None,
        }
    }

    /// The history of a SetImages; `None` for other requests.
    #[must_use]
    pub fn pictures(&self, request: usize) -> Option<&Pictures> {
        match self.work.get(request)? {
            Work::Pictures(pictures) => Some(pictures),
            Work::Creation(_) | Work::Hosting(_) => None,
        }
    }

    /// The history of pictures on their way to the marketplace; `None` for other requests.
    #[must_use]
    pub fn hosting(&self, request: usize) -> Option<&Hosting> {
        match self.work.get(request)? {
            Work::Hosting(hosting) => Some(hosting),
            Work::Creation(_) | Work::Pictures(_) => None,
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

    /// Where the pictures that an attempt shows are hosted.
    pub(super) fn hosted_for(&self, attempt: &Attempt) -> HostedImages {
        let pictures = &self.outlines[attempt.request].pictures;
        let awaited = attempt.skus.iter().filter_map(|place| pictures.get(*place)).flat_map(|sku| &sku.awaited);
        awaited
            .filter_map(|(request, place)| Some(((*request, *place), self.hosted(*request, *place)?.clone())))
            .collect()
    }

    /// The pictures of a SKU that were brought to the marketplace first, by request and place.
    #[must_use]
    pub fn awaited(&self, request: usize, sku: &str) -> &[(usize, usize)] {
        let Some(outline) = self.outlines.get(request) else { return &[] };
        let place = outline.skus.iter().position(|there| there.as_str() == sku);
        place.and_then(|place| outline.pictures.get(place)).map_or(&[], |pictures| &pictures.awaited)
    }

    /// The request has ended.
    #[must_use]
    pub fn has_ended(&self, request: usize) -> bool {
        match &self.work[request] {
            Work::Creation(creation) => creation.ending().is_some(),
            Work::Pictures(pictures) => pictures.has_ended(),
            Work::Hosting(hosting) => hosting.has_ended(),
        }
    }

    /// Some write has left.
    #[must_use]
    pub fn has_sent(&self) -> bool {
        self.work.iter().any(|work| match work {
            Work::Creation(creation) => creation.attempts() > 0,
            Work::Pictures(pictures) => pictures.attempts() > 0,
            Work::Hosting(hosting) => hosting.attempts() > 0,
        })
    }

    /// Everything has ended, and nothing is unknown or open.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.work.iter().all(|work| match work {
            Work::Creation(creation) => creation.ending().is_some_and(|ending| !matches!(ending, Ending::Unknown(_))),
            Work::Pictures(_) => true,
            Work::Hosting(hosting) => !hosting.has_lost(),
        }) && (0..self.work.len()).all(|request| !self.has_open_picture(request))
    }

    /// Some SKU of the request is in the shop and waits for its pictures.
    fn has_open_picture(&self, request: usize) -> bool {
        let Some(pictures) = self.pictures(request) else { return false };
        let skus = self.outlines[request].skus.iter().enumerate();
        skus.filter(|(place, _)| *pictures.picture(*place) == Picture::Open).any(|(_, sku)| self.exists(sku))
    }

    /// Another process takes over: what was on its way is in doubt, what was unknown is asked again.
    fn recover(&mut self, now: Millis) {
        self.first_open = 0;
        self.in_flight = 0;
        self.tallied.fill(false);
        self.creations = Tally::default();
        self.pictures = Tally::default();
        self.hostings = Tally::default();
        let lost: Vec<(usize, usize)> = (0..self.work.len()).flat_map(|request| self.lost_pictures(request)).collect();
        for work in &mut self.work {
            match work {
                Work::Creation(creation) => creation.recover(&self.policy, now),
                Work::Pictures(pictures) => pictures.recover(now),
                Work::Hosting(hosting) => hosting.recover(now),
            }
        }
        for (request, place) in lost {
            if let Work::Pictures(pictures) = &mut self.work[request] {
                pictures.reopen(place);
            }
        }
        (0..self.work.len()).for_each(|request| self.tally(request));
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
        for event in events {
            self.apply(event, 0);
        }
        self.went_well();
        self.throttles = 0;
        // What is held back is no event: it follows from the others.
        for request in 0..self.work.len() {
            if self.pictures(request).is_none() && !self.has_ended(request) && self.may_start(request) {
                self.start(request);
            }
        }
    }

    /// Everything that the request waits for has ended.
    fn may_start(&self, request: usize) -> bool {
        self.outlines[request].after.iter().all(|before| self.has_ended(*before))
    }

    /// Learns what happened.
    pub fn apply(&mut self, event: &Event, now: Millis) {
        let chance = self.chance.f64();
        match event {
            Event::Intent { request, skus, action, .. } => {
                self.in_flight += 1;
                match &mut self.work[*request] {
                    Work::Creation(creation) => creation.intended(),
                    Work::Pictures(pictures) => pictures.intended(skus),
                    Work::Hosting(hosting) => hosting.intended(Errand {
                        action: action.unwrap_or(Action::MigrateImage),
                        places: skus.clone(),
                        ticket: None,
                    }),
                }
            }
            Event::Answered { request, answer } => {
                self.in_flight = self.in_flight.saturating_sub(1);
                self.learn(answer, now);
                self.throttles = if is_throttled(answer) { self.throttles + 1 } else { 0 };
                match &mut self.work[*request] {
                    Work::Creation(creation) => creation.answered(answer, &self.policy, now, chance),
                    Work::Pictures(pictures) => {
                        pictures.answered(answer, &self.outlines[*request].skus, &self.policy, now, chance);
                    }
                    Work::Hosting(hosting) => hosting.answered(answer, &self.policy, now, chance),
                }
                self.tally(*request);
            }
            Event::LookedUp { request, found, is_last } => {
                self.silent_since = None;
                // A marketplace that answers reads and loses every write is still in trouble.
                if !found.present.is_empty() {
                    self.trouble_since = None;
                }
                let look = if *is_last { Look::Last } else { Look::More };
                if let Work::Creation(creation) = &mut self.work[*request] {
                    creation.looked_up(found, look, &self.policy, now, chance);
                }
                self.tally(*request);
            }
            Event::Resumed => self.recover(now),
            Event::NotLookedUp { request, reason } => {
                if let Work::Creation(creation) = &mut self.work[*request] {
                    creation.not_looked_up(reason);
                }
                self.tally(*request);
            }
        }
    }

    /// What an answer tells of the marketplace itself.
    pub(super) fn learn(&mut self, answer: &Answer, now: Millis) {
        match answer {
            Answer::Done { .. } | Answer::Hosted { .. } | Answer::Ticket { .. } | Answer::Waiting => {
                self.pace.speed_up(&self.policy);
                self.alike = Alike::No;
                self.went_well();
            }
            Answer::Refused(refusal) => {
                self.silent_since = None;
                match refusal.class {
                    Class::Throttled | Class::Later | Class::Doubt => {
                        self.trouble_since.get_or_insert(now);
                    }
                    Class::Data
                    | Class::SkuExists
                    | Class::Bare
                    | Class::TooLarge
                    | Class::Clock
                    | Class::Credentials
                    | Class::Account => {
                        self.trouble_since = None;
                        self.compare(refusal);
                    }
                }
            }
            Answer::NotSent { .. } => {
                self.silent_since.get_or_insert(now);
                self.trouble_since.get_or_insert(now);
            }
            Answer::Unclear { .. } => {
                self.trouble_since.get_or_insert(now);
            }
        }
    }

    fn compare(&mut self, refusal: &Refusal) {
        let code = refusal.code.as_str();
        let Alike::Maybe(seen) = &mut self.alike else { return };
        let is_about_the_call = matches!(code, "1" | "5" | "30") || refusal.is_of_status();
        match seen {
            _ if !is_about_the_call => self.alike = Alike::No,
            Some((there, count)) if there == code => *count += 1,
            Some(_) => self.alike = Alike::No,
            None => *seen = Some((code.to_owned(), 1)),
        }
    }

    /// The marketplace answers soundly.
    pub(super) fn went_well(&mut self) {
        self.silent_since = None;
        self.trouble_since = None;
    }

    /// Takes the next slot of the pace, or tells when it is.
    pub(super) fn take_slot(&mut self, now: Millis) -> Result<(), Millis> {
        self.pace.take(now)
    }

    /// Throttled answers in a row.
    pub(super) fn throttles(&self) -> u32 {
        self.throttles
    }

    /// How many requests of this one's kind have ended, and how many of them badly.
    #[must_use]
    pub fn count(&self, action: Action) -> (usize, usize) {
        let tally = match action {
            Action::CreateProduct => self.creations,
            Action::SetImages => self.pictures,
            Action::MigrateImage | Action::MigrateImages | Action::UploadImage => self.hostings,
            Action::GetProducts | Action::GetResponse | Action::GetQcStatus => Tally::default(),
        };
        (tally.done, tally.failed)
    }

    fn tally(&mut self, request: usize) {
        if self.tallied[request] || !self.has_ended(request) {
            return;
        }
        self.tallied[request] = true;
        let is_failed = match &self.work[request] {
            Work::Creation(creation) => creation.ending() != Some(&Ending::Complete),
            Work::Pictures(pictures) => pictures.has_failed(),
            Work::Hosting(hosting) => hosting.has_failed(),
        };
        let tally = match &self.work[request] {
            Work::Creation(_) => &mut self.creations,
            Work::Pictures(_) => &mut self.pictures,
            Work::Hosting(_) => &mut self.hostings,
        };
        tally.done += 1;
        tally.failed += usize::from(is_failed);
    }

    /// What the journal is told of a look-up. It says whether absence was believed, so that a replay under
    /// other waits comes to the same end.
    pub(super) fn looked_up(&self, request: usize, found: Found) -> Event {
        let is_last = self.creation(request).is_none_or(|creation| creation.is_last_look(&self.policy));
        Event::LookedUp { request, found, is_last }
    }

    /// A look-up came to nothing; it is repeated after a pause, each request by itself, so that one of them
    /// cannot spoil the others. Answers whether the marketplace has refused to tell of this one too often.
    pub(super) fn look_up_failed(&mut self, requests: &[usize], answer: &Answer, now: Millis) -> bool {
        self.learn(answer, now);
        let is_refused = matches!(answer, Answer::Refused(refusal) if refusal.class != Class::Throttled);
        let mut is_hopeless = false;
        for request in requests {
            let chance = self.chance.f64();
            if let Work::Creation(creation) = &mut self.work[*request] {
                creation.ask_again(&self.policy, now, chance);
                is_hopeless = is_refused && requests.len() == 1 && creation.looks_failed(&self.policy);
            }
        }
        is_hopeless
    }

    /// No other request shares a look-up with this one.
    pub(super) fn is_asked_alone(&self, request: usize) -> bool {
        self.creation(request).is_some_and(Creation::is_asked_alone)
    }

    /// These requests could not be told from each other: each is asked about by itself.
    pub(super) fn ask_one_by_one(&mut self, requests: &[usize], now: Millis) {
        for request in requests {
            if let Work::Creation(creation) = &mut self.work[*request] {
                creation.ask_alone(now);
            }
        }
    }

    /// The marketplace asks for a slower pace.
    pub(super) fn slow_down(&mut self, now: Millis, pause: std::time::Duration) {
        self.pace.slow_down(now, pause);
    }

    pub(super) fn due(&mut self, request: usize, now: Millis) -> Due {
        if self.has_ended(request) {
            return Due::No;
        }
        if !self.may_start(request) {
            return Due::No;
        }
        self.start(request);
        match &self.work[request] {
            Work::Creation(creation) => match creation.phase {
                Phase::Due(at) if at > now => Due::At(at),
                Phase::Due(_) => {
                    let associated = creation.follow_up(&self.outlines[request].skus).cloned();
                    Due::Now(Attempt { request, skus: creation.remaining(), associated, errand: None })
                }
                Phase::Doubt(at) if at > now => Due::At(at),
                Phase::Doubt(_) => Due::Ask,
                Phase::InFlight | Phase::Asking | Phase::Ended(_) => Due::No,
            },
            Work::Pictures(pictures) => match pictures.next() {
                None => Due::No,
                Some((at, _)) if at > now => Due::At(at),
                Some((_, skus)) => Due::Now(Attempt { request, skus: skus.to_vec(), associated: None, errand: None }),
            },
            Work::Hosting(hosting) => match hosting.next(&self.policy) {
                None => Due::No,
                Some((at, _)) if at > now => Due::At(at),
                Some((_, Errand { action, places, ticket })) => {
                    Due::Now(Attempt { request, skus: places, associated: None, errand: Some((action, ticket)) })
                }
            },
        }
    }

    /// What a request waits for has ended: some of it may have come to nothing.
    pub(crate) fn start(&mut self, request: usize) {
        let outline = &self.outlines[request];
        match &self.work[request] {
            Work::Creation(creation) => {
                // The very SKU that it is added to must be there, not just any of that product.
                let is_fresh = creation.attempts() == 0;
                let is_held = is_fresh && outline.associated.as_ref().is_some_and(|sku| !self.exists(sku));
                let pictures = &outline.pictures;
                let is_bare = is_fresh && !pictures.is_empty() && !pictures.iter().any(|sku| self.has_picture(sku));
                if let Work::Creation(creation) = &mut self.work[request] {
                    if is_held {
                        creation.hold(Ending::Held);
                    } else if is_bare {
                        creation.hold(Ending::Pictureless);
                    }
                }
                self.tally(request);
            }
            Work::Pictures(_) => {
                let ready: Vec<Readiness> =
                    (0..outline.skus.len()).map(|place| self.readiness(request, place)).collect();
                if let Work::Pictures(pictures) = &mut self.work[request] {
                    pictures.start(|place| ready[place]);
                }
                self.tally(request);
            }
            Work::Hosting(_) => {
                let is_needed = outline.is_shared || outline.skus.iter().any(|sku| self.exists(sku));
                if let Work::Hosting(hosting) = &mut self.work[request] {
                    hosting.start(is_needed);
                }
                self.tally(request);
            }
        }
    }

    /// Some picture of the SKU is hosted.
    fn has_picture(&self, sku: &SkuPictures) -> bool {
        sku.hosted > 0 || sku.awaited.iter().any(|(request, place)| self.hosted(*request, *place).is_some())
    }

    fn readiness(&self, request: usize, place: usize) -> Readiness {
        let outline = &self.outlines[request];
        if !self.exists(&outline.skus[place]) {
            return Readiness::NoSku;
        }
        match outline.pictures.get(place) {
            Some(sku) if !self.has_picture(sku) => Readiness::NoPicture,
            Some(_) | None => Readiness::Ready,
        }
    }

    /// The SKU is in the shop: it was made by a request of this plan, or was there before.
    fn exists(&self, sku: &SellerSku) -> bool {
        let Some((request, place)) = self.makers.get(sku) else { return true };
        self.creation(*request).is_some_and(|creation| creation.is_created(*place))
    }

    /// What became of a row's pictures.
    #[must_use]
    pub fn picture(&self, request: usize, sku: &str) -> Option<&Picture> {
        let place = self.outlines.get(request)?.skus.iter().position(|there| there.as_str() == sku)?;
        Some(self.pictures(request)?.picture(place))
    }
}

/// When a request may go.
pub(super) enum Due {
    Now(Attempt),
    Ask,
    At(Millis),
    No,
}

fn is_throttled(answer: &Answer) -> bool {
    matches!(answer, Answer::Refused(refusal) if refusal.class == Class::Throttled)
}
