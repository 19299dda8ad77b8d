//! A marketplace in memory and a client at it, for whole histories: the world decides what becomes of each call and when
//! the process ends; the client has nothing but its journal. Afterwards every verdict must be true.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::bounds::Bounds;
use super::creation::{Creation, Ending};
use super::event::{Answer, Event, Found, Outline, SkuPictures};
use super::hosting::Hosted;
use super::next::Next;
use super::pace::{Millis, Pace, Policy};
use super::picture::Picture;
use super::state::{Attempt, State};
use super::updating::Update;
use crate::dialect::{Class, Detail, Refusal};
use crate::plan::Action;
use crate::record::{ImageUrl, SellerSku};

/// What the marketplace makes of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Sound,
    /// The marketplace never takes the pictures of its first SKU.
    Spoiled,
    /// Three pictures must be hosted first; the marketplace cannot have the second one where told so.
    Hosted {
        is_dead: bool,
    },
    /// It is created with pictures, which the marketplace refuses where told so.
    Pictured {
        is_bad: bool,
    },
    /// Refused with a reason, each time.
    Refused,
    /// Refused without one, each time.
    Bare,
    /// Another product of the shop has got one of its SKUs since the baseline.
    Taken,
    /// One of its SKUs was used before and deleted.
    Deleted,
}

/// New values for the two SKUs of a product that the shop has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// By an UpdateProduct of its own.
    Product(Quirk),
    /// By the UpdatePriceQuantity of all such products.
    Prices(Quirk),
}

/// What the marketplace makes of new values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quirk {
    Sound,
    /// Refused each time: for a field of the product, or both SKUs by name.
    Whole,
    /// The first SKU is refused by name, each time.
    Named,
    /// The first SKU is refused, and the refusal names nobody.
    Unnamed,
}

pub(super) const QUIRKS: [Quirk; 4] = [Quirk::Sound, Quirk::Whole, Quirk::Named, Quirk::Unnamed];

/// What a sheet asks of the marketplace, and what that is like.
#[derive(Debug, Clone, Default)]
pub(super) struct Trade {
    pub(super) kinds: Vec<Kind>,
    pub(super) changes: Vec<Change>,
    /// A product is not shown before it is so old.
    pub(super) stale: Millis,
    /// An UpdatePriceQuantity that is refused has changed those SKUs that nothing is wrong with.
    pub(super) does_in_part: bool,
}

/// What becomes of one call: section by section what a marketplace and a line can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Fine,
    /// Connection refused, no such host, no TLS.
    NotSent,
    /// Reset before it was read, an error page, a gateway's 5xx without effect.
    LostBefore,
    /// The reply was cut, garbled, too slow, too long; a 5xx with effect.
    LostAfter,
    /// Lost, and done so much later.
    Late(Millis),
    /// Only the first SKU is created, and the reply is lost.
    Partial,
    /// E006 or E1000, without effect.
    Internal,
    /// The same with effect.
    InternalAfter,
    /// E500 without details, without effect.
    BareBefore,
    /// The same, and done so much later.
    BareLate(Millis),
    /// The gateway turns it away with a 4xx.
    TurnedAway,
    /// The same with effect.
    TurnedAwayAfter,
    /// E901.
    Throttled,
    /// HTTP 429.
    TooMany,
    /// E502.
    PutOff,
    /// 998: no such call is taken for hours.
    SwitchedOff,
    /// Done twice: the reply is to the second time.
    Twice,
    Warnings,
    /// E003.
    Untimely,
    /// E007: the run stops.
    KeyRefused,
}

pub(super) const FATES: [Fate; 22] = [
    Fate::Fine,
    Fate::NotSent,
    Fate::LostBefore,
    Fate::LostAfter,
    Fate::Late(2),
    Fate::Late(14),
    Fate::Late(90),
    Fate::Partial,
    Fate::Internal,
    Fate::InternalAfter,
    Fate::BareBefore,
    Fate::BareLate(6),
    Fate::TurnedAway,
    Fate::TurnedAwayAfter,
    Fate::Throttled,
    Fate::TooMany,
    Fate::PutOff,
    Fate::SwitchedOff,
    Fate::Twice,
    Fate::Warnings,
    Fate::Untimely,
    Fate::KeyRefused,
];

/// What becomes of a look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LookFate {
    Fine,
    Lost,
    NotSent,
    /// Cut to its limit, or with a SKU in other case: it tells nothing.
    Untold,
    /// E006, E506.
    Internal,
    Throttled,
    /// E070: one of the SKUs spoils the call.
    Corrupt,
}

pub(super) const LOOK_FATES: [LookFate; 7] = [
    LookFate::Fine,
    LookFate::Lost,
    LookFate::NotSent,
    LookFate::Untold,
    LookFate::Internal,
    LookFate::Throttled,
    LookFate::Corrupt,
];

/// Between which two events the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    BeforeIntent,
    /// The intent is in the journal, and nothing has left.
    BeforeSend,
    /// The call is on its way, and arrives.
    InFlight,
    /// The reply is here and not in the journal.
    BeforeAnswer,
    AfterAnswer,
    /// A look-up leaves.
    BeforeLook,
    /// Its reply is here and not in the journal.
    BeforeFound,
    /// The journal holds what it told of the first of its requests only: a torn tail.
    HalfFound,
    AfterFound,
    /// While nothing happens.
    Waiting,
}

pub(super) const POINTS: [Point; 10] = [
    Point::BeforeIntent,
    Point::BeforeSend,
    Point::InFlight,
    Point::BeforeAnswer,
    Point::AfterAnswer,
    Point::BeforeLook,
    Point::BeforeFound,
    Point::HalfFound,
    Point::AfterFound,
    Point::Waiting,
];

/// What the world decides.
pub(super) trait World {
    /// What becomes of the next write.
    fn write(&mut self) -> Fate;
    /// What becomes of the next read.
    fn look(&mut self) -> LookFate;
    /// The process ends here.
    fn crashes(&mut self, point: Point) -> bool;
    /// Which of so many on their way comes back first.
    fn pick(&mut self, of: usize) -> usize;
}

/// Nothing goes wrong.
pub(super) struct Calm;

impl World for Calm {
    fn write(&mut self) -> Fate {
        Fate::Fine
    }
    fn look(&mut self) -> LookFate {
        LookFate::Fine
    }
    fn crashes(&mut self, _: Point) -> bool {
        false
    }
    fn pick(&mut self, _: usize) -> usize {
        0
    }
}

/// The marketplace.
#[derive(Debug, Default)]
struct Market {
    /// By which request, since when, and how often a SKU was created.
    created: BTreeMap<SellerSku, (usize, Millis, u32)>,
    /// With the time, and whether it carries pictures.
    late: Vec<(Millis, usize, Vec<SellerSku>, bool)>,
    /// Products that were created with their pictures.
    with_pictures: BTreeSet<usize>,
    foreign: BTreeSet<SellerSku>,
    deleted: BTreeSet<SellerSku>,
    pictured: BTreeSet<SellerSku>,
    /// SKUs that it has had before, and what it makes of new values for them: `true` for the first of a product.
    old: BTreeMap<SellerSku, (Quirk, bool)>,
    /// Those of them that have their new values.
    renewed: BTreeSet<SellerSku>,
    /// The UpdateProducts whose product has its new values.
    renamed: BTreeSet<usize>,
    has_halved: bool,
    hosted: BTreeSet<(usize, usize)>,
    /// How often a ticket has been asked about.
    tickets: BTreeMap<String, u32>,
    /// A product is not shown before it is so old.
    stale: Millis,
    does_in_part: bool,
}

#[derive(Debug)]
enum Flight {
    Write(usize, Answer, Millis),
    Look(Vec<usize>, LookFate, Millis),
    Probe(LookFate, Millis),
}

/// One run with all its processes.
pub(super) struct Run {
    pub(super) outlines: Vec<Outline>,
    kinds: Vec<Kind>,
    pub(super) state: State,
    journal: Vec<Event>,
    market: Market,
    flights: Vec<Flight>,
    in_doubt: Vec<bool>,
    /// What may leave a request unknown: losses, parts, and look-ups in vain.
    losses: Vec<u32>,
    was_partial: Vec<bool>,
    looks_in_vain: u32,
    /// What arrived only after the run had ended.
    came_too_late: BTreeSet<usize>,
    faults_in_a_row: u32,
    /// The creation that leaves does so with pictures.
    carries_pictures: bool,
    /// Look-ups show nothing.
    pub(super) is_blind: bool,
    /// The marketplace says that it has taken new values, and has not.
    pub(super) is_idle: bool,
    pub(super) processes: u32,
    pub(super) now: Millis,
}

pub(super) fn sku(name: &str) -> SellerSku {
    SellerSku::parse(name).unwrap()
}

pub(super) fn policy() -> Policy {
    Policy {
        rate: 1_000_000.0,
        backoff_min: Duration::from_millis(1),
        backoff_max: Duration::from_millis(4),
        lookup_delays: vec![Duration::from_millis(5); 2],
        gather: Duration::from_millis(3),
        free_repeats: 2,
        bounds: Bounds::default(),
        ..Policy::default()
    }
}

fn refused(code: &str, class: Class) -> Answer {
    Answer::Refused(Refusal { code: code.to_owned(), message: "no".to_owned(), details: Vec::new(), class })
}

fn outline(action: Action, skus: Vec<SellerSku>, after: Vec<usize>) -> Outline {
    Outline {
        id: String::new(),
        action,
        skus,
        name: None,
        category: None,
        associated: None,
        after,
        pictures: Vec::new(),
        starts: Vec::new(),
        created_with: Vec::new(),
        is_pictured: false,
        images: 0,
        files: Vec::new(),
        is_shared: false,
    }
}

/// The products of two SKUs each, then the pictures to host, then what takes new SKUs off sale (both of each fourth
/// product, the second of two others), then the changes, then one SetImages for all.
fn outlines(trade: &Trade) -> Vec<Outline> {
    let two = |of: char, at: usize| vec![sku(&format!("{of}{at}-1")), sku(&format!("{of}{at}-2"))];
    let Trade { kinds, changes, .. } = trade;
    let mut outlines: Vec<Outline> =
        (0..kinds.len()).map(|at| outline(Action::CreateProduct, two('P', at), Vec::new())).collect();
    for (outline, kind) in outlines.iter_mut().zip(kinds) {
        outline.is_pictured = matches!(kind, Kind::Pictured { .. });
    }
    let one = || SkuPictures { hosted: 1, awaited: Vec::new(), before: None, is_whole: false };
    let mut pictures = Vec::new();
    for (at, kind) in kinds.iter().enumerate() {
        let mut of_first = one();
        if matches!(kind, Kind::Hosted { .. }) {
            let request = outlines.len();
            outlines.push(Outline { images: 3, ..outline(Action::MigrateImage, two('P', at), vec![at]) });
            of_first = SkuPictures {
                hosted: 0,
                awaited: (0..3).map(|place| (request, place)).collect(),
                before: None,
                is_whole: false,
            };
        }
        pictures.extend([of_first, one()]);
    }
    let all = (0..outlines.len()).collect();
    for at in 0..kinds.len() {
        let off = two('P', at).split_off(usize::from(at % 4 != 0));
        if at % 4 != 3 {
            outlines.push(outline(Action::UpdateProduct, off, vec![at]));
        }
    }
    let (mut pictured, mut prices): (Vec<SellerSku>, Vec<SellerSku>) =
        ((0..kinds.len()).flat_map(|at| two('P', at)).collect(), Vec::new());
    for (at, change) in changes.iter().enumerate() {
        match change {
            Change::Product(_) => outlines.push(outline(Action::UpdateProduct, two('O', at), Vec::new())),
            Change::Prices(_) => prices.extend(two('O', at)),
        }
        pictured.extend(two('O', at));
        pictures.extend([one(), one()]);
    }
    if !prices.is_empty() {
        outlines.push(outline(Action::UpdatePriceQuantity, prices, Vec::new()));
    }
    outlines.push(Outline { pictures, ..outline(Action::SetImages, pictured, all) });
    outlines
}

impl Run {
    pub(super) fn new(trade: &Trade) -> Run {
        let outlines = outlines(trade);
        let Trade { kinds, changes, stale, does_in_part } = trade;
        let mut market = Market { stale: *stale, does_in_part: *does_in_part, ..Market::default() };
        for (at, kind) in kinds.iter().enumerate() {
            let second = outlines[at].skus[1].clone();
            match kind {
                Kind::Taken => drop(market.foreign.insert(second)),
                Kind::Deleted => drop(market.deleted.insert(second)),
                Kind::Sound | Kind::Spoiled | Kind::Hosted { .. } | Kind::Pictured { .. } => {}
                Kind::Refused | Kind::Bare => {}
            }
        }
        for (at, Change::Product(quirk) | Change::Prices(quirk)) in changes.iter().enumerate() {
            market.old.extend([1, 2].map(|number| (sku(&format!("O{at}-{number}")), (*quirk, number == 1))));
        }
        let count = outlines.len();
        Run {
            state: State::new(outlines.clone(), policy(), Pace::new(&policy())),
            outlines,
            kinds: kinds.to_vec(),
            journal: Vec::new(),
            market,
            flights: Vec::new(),
            in_doubt: vec![false; count],
            losses: vec![0; count],
            was_partial: vec![false; count],
            looks_in_vain: 0,
            came_too_late: BTreeSet::new(),
            faults_in_a_row: 0,
            carries_pictures: false,
            is_blind: false,
            is_idle: false,
            processes: 1,
            now: 1_000,
        }
    }

    fn learn(&mut self, event: Event) {
        match &event {
            Event::Intent { request, .. } => self.in_doubt[*request] = true,
            Event::Answered { request, answer } => {
                self.in_doubt[*request] = match answer {
                    Answer::Refused(refusal) => {
                        matches!(refusal.class, Class::Doubt | Class::Bare | Class::SkuExists)
                    }
                    Answer::Unclear { .. } => true,
                    Answer::Done { .. } | Answer::NotSent { .. } => false,
                    Answer::Hosted { .. } | Answer::Ticket { .. } | Answer::Waiting => false,
                };
                self.losses[*request] += u32::from(self.in_doubt[*request]);
            }
            Event::LookedUp { request, .. } => self.in_doubt[*request] = false,
            Event::NotLookedUp { .. } => {}
            Event::Resumed => {
                for (losses, in_doubt) in self.losses.iter_mut().zip(&self.in_doubt) {
                    *losses += u32::from(*in_doubt);
                }
            }
        }
        self.state.apply(&event, self.now);
        self.journal.push(event);
    }

    /// The process ends, and another takes over with nothing but the journal.
    pub(super) fn crash(&mut self) {
        self.flights.clear();
        self.processes += 1;
        self.faults_in_a_row = 0;
        self.state = State::new(self.outlines.clone(), policy(), Pace::new(&policy()));
        self.state.replay(&self.journal);
        // So a report tells it that is asked for in between.
        self.expect_sound();
        if self.state.has_sent() {
            self.learn(Event::Resumed);
        }
        self.expect_sound();
    }

    /// One thing happens. Answers whether something is left to do.
    pub(super) fn turn(&mut self, world: &mut impl World) -> bool {
        self.arrive_late();
        match self.state.next(self.now, self.looking()) {
            Next::Send(attempt) => self.send(attempt, world),
            Next::LookUp(requests) => {
                if world.crashes(Point::BeforeLook) {
                    self.crash();
                } else {
                    self.flights.push(Flight::Look(requests, world.look(), self.now));
                }
            }
            Next::Probe(skus) => {
                assert!(!skus.is_empty());
                self.flights.push(Flight::Probe(world.look(), self.now));
            }
            Next::Wait(_) if !self.flights.is_empty() => {
                self.now += 1;
                let chosen = world.pick(self.flights.len()) % self.flights.len();
                let flight = self.flights.swap_remove(chosen);
                self.land(flight, world);
            }
            Next::Wait(at) => {
                assert!(at < Millis::MAX, "it waits for nothing");
                self.now = at.max(self.now + 1);
                if world.crashes(Point::Waiting) {
                    self.crash();
                }
            }
            Next::Limit(limit) => panic!("{limit}"),
            Next::Over if self.state.switched_off().is_some() => self.crash(),
            Next::Over => return false,
        }
        true
    }

    fn looking(&self) -> usize {
        self.flights.iter().filter(|flight| !matches!(flight, Flight::Write(..))).count()
    }

    fn names(&self, request: usize, places: &[usize]) -> Vec<SellerSku> {
        places.iter().filter_map(|place| self.outlines[request].skus.get(*place).cloned()).collect()
    }

    fn send(&mut self, attempt: Attempt, world: &mut impl World) {
        let Attempt { request, skus, associated, errand, fetches, is_pictured } = attempt;
        self.carries_pictures = is_pictured;
        let refused_pictures = self.state.creation(request).and_then(Creation::refused_pictures);
        assert!(!is_pictured || refused_pictures.is_none(), "{request} is sent with the pictures that were refused");
        let is_creation = self.outlines[request].action == Action::CreateProduct;
        assert!(!(is_creation && self.in_doubt[request]), "{request} is sent while in doubt");
        assert!(self.faults_in_a_row < policy().faults_in_a_row + policy().concurrency as u32, "the line is broken");
        if world.crashes(Point::BeforeIntent) {
            return self.crash();
        }
        let names = self.names(request, &skus);
        assert!(associated.as_ref().is_none_or(|to| self.has(to) && !names.contains(to)));
        let action = errand.as_ref().map(|(action, _)| *action);
        self.learn(Event::Intent { request, skus: skus.clone(), associated, hash: String::new(), action, fetches });
        if world.crashes(Point::BeforeSend) {
            return self.crash();
        }
        let answer = self.meet(world.write(), request, &skus, errand.as_ref());
        if world.crashes(Point::InFlight) {
            return self.crash();
        }
        self.flights.push(Flight::Write(request, answer, self.now));
    }

    /// What comes back of a call with this fate.
    fn meet(
        &mut self,
        fate: Fate,
        request: usize,
        skus: &[usize],
        errand: Option<&(Action, Option<String>)>,
    ) -> Answer {
        let names = self.names(request, skus);
        let is_creation = self.outlines[request].action == Action::CreateProduct;
        let is_update = self.is_update(request);
        let does = |run: &mut Run| run.carry_out(request, skus, errand);
        match fate {
            Fate::Fine => does(self),
            Fate::Warnings => match does(self) {
                Answer::Done { .. } => Answer::Done { warnings: vec!["mind".to_owned()] },
                other => other,
            },
            Fate::NotSent => Answer::NotSent { reason: "nobody".to_owned() },
            Fate::LostBefore => unclear(),
            Fate::LostAfter => {
                does(self);
                unclear()
            }
            Fate::Late(after) => {
                self.later(after, request, names);
                unclear()
            }
            Fate::Partial if is_creation => {
                self.create(request, &names[..1]);
                self.was_partial[request] = true;
                unclear()
            }
            Fate::Partial => {
                if self.outlines[request].action == Action::UpdatePriceQuantity {
                    self.renew(request, &names[..1]);
                }
                unclear()
            }
            Fate::Internal => refused("6", Class::Doubt),
            Fate::InternalAfter => {
                does(self);
                refused("1000", Class::Doubt)
            }
            Fate::BareBefore if is_creation => refused("500", Class::Bare),
            Fate::BareLate(after) if is_creation => {
                self.later(after, request, names);
                refused("500", Class::Bare)
            }
            Fate::BareBefore | Fate::BareLate(_) => unclear(),
            Fate::TurnedAway => Answer::Refused(Refusal::of_status(404, Class::Bare)),
            Fate::TurnedAwayAfter if is_creation || is_update => {
                does(self);
                Answer::Refused(Refusal::of_status(404, Class::Bare))
            }
            Fate::TurnedAwayAfter => unclear(),
            Fate::Throttled => refused("901", Class::Throttled),
            Fate::TooMany => Answer::Refused(Refusal::of_status(429, Class::Throttled)),
            Fate::PutOff => refused("502", Class::Later),
            Fate::SwitchedOff => refused("998", Class::Later),
            Fate::Twice => {
                does(self);
                does(self)
            }
            Fate::Untimely => refused("3", Class::Clock),
            Fate::KeyRefused => refused("7", Class::Credentials),
        }
    }

    /// What the marketplace does when it is asked to.
    fn carry_out(&mut self, request: usize, places: &[usize], errand: Option<&(Action, Option<String>)>) -> Answer {
        let names = self.names(request, places);
        match (self.outlines[request].action, errand) {
            (Action::CreateProduct, _) => self.create(request, &names),
            (Action::UpdateProduct | Action::UpdatePriceQuantity, _) => self.renew(request, &names),
            (action, Some((by, ticket))) if action != Action::SetImages => {
                self.host(request, places, *by, ticket.as_deref())
            }
            (_, _) => {
                assert!(names.iter().all(|sku| self.has(sku)), "pictures without a SKU");
                if names.iter().any(|sku| self.is_spoiled(sku)) {
                    return refused("504", Class::Data);
                }
                // Where reads are stale, the first success is one in part only.
                let kept = if self.market.stale > 0 && !self.market.has_halved { names.len() / 2 } else { names.len() };
                self.market.has_halved = true;
                self.market.pictured.extend(names.into_iter().take(kept));
                Answer::Done { warnings: Vec::new() }
            }
        }
    }

    fn is_spoiled(&self, sku: &SellerSku) -> bool {
        let mut products = self.kinds.iter().enumerate();
        products.any(|(at, kind)| *kind == Kind::Spoiled && self.outlines[at].skus[0] == *sku)
    }

    fn create(&mut self, request: usize, skus: &[SellerSku]) -> Answer {
        match self.kinds[request] {
            Kind::Refused => return refused("201", Class::Data),
            Kind::Bare => return refused("500", Class::Bare),
            Kind::Pictured { is_bad: true } if self.carries_pictures => return refused("4138", Class::Data),
            Kind::Sound | Kind::Spoiled | Kind::Hosted { .. } | Kind::Pictured { .. } => {}
            Kind::Taken | Kind::Deleted => {}
        }
        if skus.iter().any(|sku| self.has(sku) || self.market.deleted.contains(sku)) {
            return refused("500", Class::SkuExists);
        }
        for sku in skus {
            self.market.created.entry(sku.clone()).or_insert((request, self.now, 0)).2 += 1;
        }
        self.market.with_pictures.extend(self.carries_pictures.then_some(request));
        Answer::Done { warnings: Vec::new() }
    }

    fn is_update(&self, request: usize) -> bool {
        matches!(self.outlines[request].action, Action::UpdateProduct | Action::UpdatePriceQuantity)
    }

    /// The marketplace does not take new values of this SKU.
    fn is_bad(&self, sku: &SellerSku) -> bool {
        let Some((quirk, is_first)) = self.market.old.get(sku).copied() else { return false };
        match quirk {
            Quirk::Sound => false,
            Quirk::Whole => true,
            Quirk::Named | Quirk::Unnamed => is_first,
        }
    }

    fn renew(&mut self, request: usize, skus: &[SellerSku]) -> Answer {
        let is_of_product = self.outlines[request].action == Action::UpdateProduct;
        assert!(
            skus.iter().all(|sku| self.has(sku) || self.market.old.contains_key(sku)),
            "{request} is not there yet"
        );
        let (bad, good): (Vec<&SellerSku>, Vec<&SellerSku>) = skus.iter().partition(|sku| self.is_bad(sku));
        let quirks: BTreeSet<u8> = bad.iter().map(|sku| self.market.old[*sku].0 as u8).collect();
        if self.is_idle {
            return Answer::Done { warnings: Vec::new() };
        }
        if bad.is_empty() || (self.market.does_in_part && !is_of_product) {
            self.market.renewed.extend(good.into_iter().cloned());
        }
        if bad.is_empty() {
            self.market.renamed.extend(is_of_product.then_some(request));
            return Answer::Done { warnings: Vec::new() };
        }
        let detail = |seller_sku| Detail { field: None, message: "bad".to_owned(), seller_sku };
        let details = if quirks.contains(&(Quirk::Unnamed as u8)) {
            Vec::new()
        } else if is_of_product && quirks.contains(&(Quirk::Whole as u8)) {
            vec![detail(None)]
        } else {
            bad.into_iter().map(|sku| detail(Some(sku.clone()))).collect()
        };
        let (code, message) = ("501".to_owned(), "no".to_owned());
        Answer::Refused(Refusal { code, message, details, class: Class::Data })
    }

    fn host(&mut self, request: usize, places: &[usize], action: Action, ticket: Option<&str>) -> Answer {
        let of = |place: &usize| ImageUrl::parse(&format!("https://pictures.example/{request}-{place}.jpg")).unwrap();
        let product = self.outlines[request].after[0];
        let is_dead = self.kinds[product] == Kind::Hosted { is_dead: true } && places.contains(&1);
        match (action, ticket) {
            (Action::GetResponse, Some(ticket)) => {
                let asked = self.market.tickets.entry(ticket.to_owned()).or_default();
                *asked += 1;
                if *asked < 3 {
                    return Answer::Waiting;
                }
                if is_dead {
                    return Answer::Hosted { images: vec![None; places.len()] };
                }
            }
            (Action::MigrateImages, _) => return Answer::Ticket { ticket: format!("{request}-{}", self.now) },
            (_, _) if is_dead => return refused("303", Class::Data),
            (_, _) => {}
        }
        self.market.hosted.extend(places.iter().map(|place| (request, *place)));
        Answer::Hosted { images: places.iter().map(|place| Some(of(place))).collect() }
    }

    fn later(&mut self, after: Millis, request: usize, skus: Vec<SellerSku>) {
        if self.outlines[request].action == Action::CreateProduct || self.is_update(request) {
            self.market.late.push((self.now + after, request, skus, self.carries_pictures));
        }
    }

    fn arrive_late(&mut self) {
        let now = self.now;
        let (due, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.market.late).into_iter().partition(|(at, ..)| *at <= now);
        self.market.late = rest;
        for (_, request, skus, carries_pictures) in due {
            self.carries_pictures = carries_pictures;
            if self.is_update(request) {
                self.renew(request, &skus);
                continue;
            }
            // What is done after the last look, no look can see.
            if self.state.has_ended(request) {
                self.came_too_late.insert(request);
            }
            self.create(request, &skus);
        }
    }

    fn has(&self, sku: &SellerSku) -> bool {
        self.market.created.contains_key(sku) || self.market.foreign.contains(sku) || self.market.old.contains_key(sku)
    }

    /// Something comes back.
    fn land(&mut self, flight: Flight, world: &mut impl World) {
        match flight {
            Flight::Write(request, answer, left) => {
                if world.crashes(Point::BeforeAnswer) {
                    return self.crash();
                }
                let is_fault = matches!(answer, Answer::NotSent { .. } | Answer::Unclear { .. });
                self.faults_in_a_row = if is_fault { self.faults_in_a_row + 1 } else { 0 };
                self.learn(Event::Answered { request, answer: answer.clone() });
                let stopped = self.state.stop(&answer, left, self.now);
                if stopped.is_some() || world.crashes(Point::AfterAnswer) {
                    self.crash();
                }
            }
            Flight::Look(requests, fate, left) => self.look(&requests, fate, left, world),
            Flight::Probe(fate, left) => match look_answer(fate) {
                Some(answer) => self.fail_read(&answer, left),
                None => {
                    self.faults_in_a_row = 0;
                    self.state.read_well(Action::GetProducts);
                }
            },
        }
    }

    fn fail_read(&mut self, answer: &Answer, left: Millis) {
        let is_sound = matches!(answer, Answer::Refused(_));
        self.faults_in_a_row = if is_sound { 0 } else { self.faults_in_a_row };
        self.state.learn(Action::GetProducts, answer, self.now);
        if self.state.stop(answer, left, self.now).is_some() {
            self.crash();
        }
    }

    fn look(&mut self, requests: &[usize], fate: LookFate, left: Millis, world: &mut impl World) {
        if world.crashes(Point::BeforeFound) {
            return self.crash();
        }
        self.looks_in_vain += u32::from(fate != LookFate::Fine);
        let is_hopeless = match (fate, look_answer(fate)) {
            (LookFate::Corrupt, _) => {
                self.state.read_well(Action::GetProducts);
                if requests.len() > 1 {
                    self.state.ask_one_by_one(requests, self.now);
                }
                requests.len() == 1
            }
            (LookFate::Untold, _) => self.state.not_told(requests, self.now),
            (_, Some(answer)) => {
                if matches!(answer, Answer::Refused(_)) {
                    self.faults_in_a_row = 0;
                }
                let is_hopeless = self.state.look_up_failed(requests, &answer, self.now);
                if !is_hopeless && self.state.stop(&answer, left, self.now).is_some() {
                    return self.crash();
                }
                is_hopeless
            }
            (_, None) => {
                self.state.read_well(Action::GetProducts);
                self.faults_in_a_row = 0;
                return self.find(requests, world);
            }
        };
        if matches!(fate, LookFate::Untold | LookFate::Corrupt) {
            self.faults_in_a_row = 0;
        }
        if is_hopeless {
            for request in requests {
                self.learn(Event::NotLookedUp { request: *request, reason: "untold".to_owned() });
            }
        }
    }

    fn find(&mut self, requests: &[usize], world: &mut impl World) {
        let events: Vec<Event> = requests
            .iter()
            .map(|request| {
                let skus = &self.outlines[*request].skus;
                let shows = |sku: &SellerSku| {
                    let created = self.market.created.get(sku);
                    created.is_some_and(|(_, since, _)| self.now >= since + self.market.stale)
                        || self.market.foreign.contains(sku)
                };
                let is_pictured = |sku: &SellerSku| self.market.pictured.contains(sku);
                let is_about_pictures = self.outlines[*request].action == Action::SetImages;
                let shows = |sku: &SellerSku| if is_about_pictures { is_pictured(sku) } else { shows(sku) };
                let present: Vec<usize> =
                    (0..skus.len()).filter(|place| !self.is_blind && shows(&skus[*place])).collect();
                let is_ours = present.len() == skus.len() && !skus.iter().any(|sku| self.market.foreign.contains(sku));
                self.state.looked_up(*request, Found { present, is_ours })
            })
            .collect();
        let is_torn = world.crashes(Point::HalfFound);
        for event in events {
            self.learn(event);
            if is_torn {
                return self.crash();
            }
        }
        if world.crashes(Point::AfterFound) {
            self.crash();
        }
    }

    /// Until nothing is left to do.
    pub(super) fn finish(&mut self, world: &mut impl World) {
        for _ in 0..10_000 {
            if !self.turn(world) {
                return;
            }
        }
        let open: Vec<usize> = (0..self.outlines.len()).filter(|at| !self.state.has_ended(*at)).collect();
        let last = self.journal.iter().rev().take(6).collect::<Vec<_>>();
        panic!("it never ends: {open:?} in process {}; {last:?}", self.processes);
    }

    /// It ends, and every verdict is true; then what is still late arrives, another process takes over, and it is so
    /// again.
    pub(super) fn settle(&mut self, world: &mut impl World) {
        self.finish(world);
        self.expect_truth();
        self.now += 1_000;
        self.came_too_late.extend(self.market.late.iter().map(|(_, request, ..)| *request));
        self.arrive_late();
        self.crash();
        self.finish(&mut Calm);
        self.expect_truth();
    }

    /// What holds at any time.
    pub(super) fn expect_sound(&self) {
        assert!(self.market.created.values().all(|(_, _, count)| *count == 1), "{:?}", self.market.created);
        for (request, outline) in self.outlines.iter().enumerate() {
            self.expect_sound_update(request);
            let Some(creation) = self.state.creation(request) else { continue };
            if self.is_ambiguous(request) {
                continue;
            }
            for (place, sku) in outline.skus.iter().enumerate() {
                let is_there = self.market.created.get(sku).is_some_and(|(by, ..)| *by == request);
                assert!(!creation.is_created(place) || is_there, "{sku} is not there");
            }
        }
    }

    /// What is taken is there; what is refused, or neither done nor in doubt, is as it was.
    fn expect_sound_update(&self, request: usize) {
        let Some(updating) = self.state.updating(request) else { return };
        for (place, sku) in self.outlines[request].skus.iter().enumerate() {
            let is_renewed = self.market.renewed.contains(sku);
            match updating.update(place) {
                Update::Done => {
                    assert!(is_renewed, "{sku} has not its new values");
                    let is_of_product = self.outlines[request].action == Action::UpdateProduct;
                    assert!(!is_of_product || self.market.renamed.contains(&request), "{request}: the product is old");
                }
                Update::Refused(refusal) if refusal.is_of_status() => {}
                Update::Refused(refusal) => assert!(!is_renewed && self.is_bad(sku), "{sku}: {refusal:?}"),
                Update::Open if updating.is_in_doubt(place) => {}
                Update::Open | Update::Dropped => {
                    assert!(!is_renewed, "{sku} is changed, and it is not known that it was sent");
                }
                Update::Lost(_) => assert!(self.losses[request] >= 5, "{sku}"),
                Update::Untold(_) => assert!(self.losses[request] >= 10, "{sku}"),
            }
            assert!(!(is_renewed && self.is_bad(sku)));
        }
    }

    fn expect_true_update(&self, request: usize) {
        let updating = self.state.updating(request).unwrap();
        for (place, sku) in self.outlines[request].skus.iter().enumerate() {
            let update = updating.update(place);
            assert_ne!(*update, Update::Open, "{sku} is still to be sent");
            assert_eq!(*update == Update::Dropped, !self.state.exists(sku), "{sku} was sent, or should have been");
        }
    }

    /// Whose SKU it is cannot be told: a look-up after a loss takes what is there for ours.
    fn is_ambiguous(&self, request: usize) -> bool {
        self.kinds.get(request) == Some(&Kind::Taken) && self.losses[request] > 0
    }

    /// Every verdict is true, also to those who know nothing but the journal.
    pub(super) fn expect_truth(&self) {
        self.expect_sound();
        self.expect_same_from_journal();
        for (request, outline) in self.outlines.iter().enumerate() {
            match outline.action {
                Action::CreateProduct => self.expect_true_creation(request),
                Action::UpdateProduct | Action::UpdatePriceQuantity => self.expect_true_update(request),
                Action::SetImages => self.expect_true_pictures(request),
                _ => self.expect_true_hosting(request),
            }
        }
    }

    fn expect_same_from_journal(&self) {
        let mut read = State::new(self.outlines.clone(), policy(), Pace::new(&policy()));
        read.replay(&self.journal);
        assert_eq!(read.is_finished(), self.state.is_finished(), "{:?}", self.journal);
        for (request, outline) in self.outlines.iter().enumerate() {
            assert_eq!(read.has_ended(request), self.state.has_ended(request), "{request}");
            let refused_pictures =
                |state: &State| state.creation(request).and_then(Creation::refused_pictures).cloned();
            assert_eq!(refused_pictures(&read), refused_pictures(&self.state), "{request}");
            for sku in &outline.skus {
                assert_eq!(read.update(request, sku.as_str()), self.state.update(request, sku.as_str()));
                assert_eq!(read.picture(request, sku.as_str()), self.state.picture(request, sku.as_str()));
            }
        }
    }

    fn expect_true_creation(&self, request: usize) {
        let (creation, kind) = (self.state.creation(request).unwrap(), self.kinds[request]);
        if self.is_ambiguous(request) {
            return;
        }
        let is_there = self.outlines[request].skus.iter().all(|sku| self.market.created.contains_key(sku));
        let is_refused = matches!(kind, Kind::Refused | Kind::Bare | Kind::Taken | Kind::Deleted);
        match creation.ending().unwrap() {
            Ending::Complete => {
                assert!(is_there && !is_refused, "{request} {kind:?}");
                let is_with_pictures = self.market.with_pictures.contains(&request);
                assert_eq!(is_with_pictures, kind == Kind::Pictured { is_bad: false }, "{request} {kind:?}");
                assert_eq!(creation.refused_pictures().is_some(), kind == Kind::Pictured { is_bad: true });
            }
            Ending::Rejected(refusal) => {
                let is_transient = matches!(refusal.class, Class::Bare | Class::Later);
                // What is done after the last look, no look can see; and the last one may have been in vain.
                let is_excused = self.came_too_late.contains(&request) || self.looks_in_vain > 0;
                let is_excused = is_transient && is_excused;
                assert!(!is_there || is_excused, "{request} {kind:?} is there: {refusal:?}");
                assert!(is_refused || is_transient, "{request} {kind:?} {refusal:?}");
            }
            Ending::Unknown(_) => {
                let is_excused = self.was_partial[request] || self.losses[request] >= 5 || self.looks_in_vain > 0;
                assert!(is_excused, "{request} {kind:?}");
            }
            Ending::Held | Ending::Pictureless => panic!("nothing holds it"),
        }
    }

    fn expect_true_pictures(&self, request: usize) {
        let pictures = self.state.pictures(request).unwrap();
        for (place, sku) in self.outlines[request].skus.iter().enumerate() {
            let (is_there, is_set) = (self.market.created.contains_key(sku), self.market.pictured.contains(sku));
            match pictures.picture(place) {
                Picture::Set => assert!(is_set, "{sku}"),
                Picture::Failed(refusal) if refusal.may_pass() => assert!(self.losses[request] >= 10, "{sku}"),
                Picture::Failed(refusal) => assert!(self.is_spoiled(sku) || refusal.is_of_status(), "{sku}"),
                Picture::Open => panic!("{sku} is still to be sent"),
                Picture::Lost(_) => assert!(self.losses[request] >= 5, "{sku}"),
                Picture::Unseen => assert!(self.looks_in_vain > 0, "{sku}"),
                Picture::Accepted => panic!("{sku} is still to be seen"),
                Picture::Dropped => {
                    let maker = place / 2;
                    assert!(maker < self.kinds.len(), "{sku} has always been there");
                    assert!(!is_there || self.state.creation(maker).unwrap().ending() != Some(&Ending::Complete));
                }
                Picture::Dead => {
                    let mut awaited = self.outlines[request].pictures[place].awaited.iter();
                    assert!(awaited.all(|(request, place)| !self.market.hosted.contains(&(*request, *place))
                        || self.losses[*request] > 0));
                }
            }
        }
    }

    fn expect_true_hosting(&self, request: usize) {
        let hosting = self.state.hosting(request).unwrap();
        let product = self.outlines[request].after[0];
        for place in 0..3 {
            let is_dead = self.kinds[product] == Kind::Hosted { is_dead: true } && place == 1;
            match hosting.image(place) {
                Hosted::At(_) => assert!(self.market.hosted.contains(&(request, place))),
                Hosted::Dead(refusal) => {
                    let is_excused = refusal.is_our_own() && self.losses[request] >= 10;
                    assert!(is_dead || is_excused, "{request} {place} {refusal:?}");
                }
                Hosted::Lost(_) => assert!(self.losses[request] >= 5),
                Hosted::Open => {
                    let creation = self.state.creation(product).unwrap();
                    assert!(!creation.has_created(), "{request} {place}");
                }
            }
        }
    }
}

fn unclear() -> Answer {
    Answer::Unclear { reason: "cut".to_owned() }
}

/// What the client makes of a read that failed.
fn look_answer(fate: LookFate) -> Option<Answer> {
    match fate {
        LookFate::Fine | LookFate::Untold => None,
        LookFate::Lost => Some(unclear()),
        LookFate::NotSent => Some(Answer::NotSent { reason: "nobody".to_owned() }),
        LookFate::Internal => Some(refused("6", Class::Doubt)),
        LookFate::Throttled => Some(refused("901", Class::Throttled)),
        LookFate::Corrupt => Some(refused("70", Class::Data)),
    }
}
