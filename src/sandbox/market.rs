//! One call, from the raw query string and body to an answer.
//!
//! A call is counted, held against the rate, let in by the gate, and then either struck by a fault or done. What the
//! answer says and how it is delivered are two things: a fault may spoil either.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};

use super::address::Policy;
use super::answer::Answer;
use super::api::{Api, Came};
use super::asked::{ACTIONS, Asked, Read, Write};
use super::create::Terms;
use super::faults::ReplyBody;
use super::gate::{self, Account, Query};
use super::listing::Eyes;
use super::meter::{Bucket, Count, Tally};
use super::migrate::Migration;
use super::normal::Normal;
use super::open::{App, Open, Settings, catalogue};
use super::price_quantity::{BadSku, Decided};
use super::qc::{self, Reviews};
use super::reply::{self, ApiError, Format, Success};
use super::script::{Script, Struck};
use super::spu::Spus;
use super::store::{Effect, Shown, Store};
use super::view::View;
use super::xml::Element;
use super::{
    categories, create, filter, images, listing, migrate, price_quantity, remove, request, time, update, upload,
};

/// What arrived as the body of a request.
pub(super) enum Upload {
    /// All of it.
    Whole(Vec<u8>),
    /// More than the marketplace takes.
    TooBig,
}

/// Everything that changes while the marketplace runs.
#[derive(Debug)]
pub(super) struct State {
    pub(super) store: Store,
    pub(super) reviews: Reviews,
    pub(super) spus: Spus,
    pub(super) script: Script,
    pub(super) tally: Tally,
    pub(super) bucket: Option<Bucket>,
    pub(super) open: Open,
    /// Calls whose effect is still to come, by their numbers.
    pub(super) delayed: BTreeMap<u64, Call>,
}

/// The marketplace.
#[derive(Debug)]
pub(super) struct Market {
    pub(super) account: Account,
    pub(super) app: App,
    pub(super) settings: Settings,
    pub(super) images: Policy,
    pub(super) bad_sku: BadSku,
    pub(super) normal: Normal,
    pub(super) migration: Migration,
    pub(super) reply_body: ReplyBody,
    pub(super) state: Mutex<State>,
}

/// One call that was let in.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) action: &'static str,
    pub(super) api: Api,
    pub(super) query: Query,
    pub(super) format: Format,
    pub(super) number: u64,
    pub(super) asked: Result<Asked, ApiError>,
}

/// How much of its effect a call has.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// None; what it would be is decided for the reply.
    Nothing,
    /// The first half of the SKUs, rounded up.
    Half,
    /// All of it.
    #[default]
    Whole,
}

/// How a call is done; the default is as it should be.
#[derive(Debug, Default)]
pub(super) struct Manner {
    /// How much of the effect it has.
    pub(super) part: Part,
    /// What the success warns of.
    pub(super) warnings: Vec<Value>,
    /// What the success tells.
    pub(super) view: View,
    /// From 0 to 1: chance, where the view needs it.
    pub(super) lot: f64,
}

impl Manner {
    /// Has as much of the effect as there is to be.
    fn commit(&self, effect: Effect, store: &mut Store) -> Result<(), ApiError> {
        let committed = match self.part {
            Part::Nothing => Ok(()),
            Part::Half => store.commit(effect.first_half()),
            Part::Whole => store.commit(effect),
        };
        committed.map_err(|_| ApiError::new(6))
    }

    /// Counts that the SPU of a product was looked up, unless the call has no effect.
    fn count_spu(&self, product: &Element, spus: &mut Spus) {
        if self.part != Part::Nothing {
            spus.count(product.value("SPUId"));
        }
    }
}

/// What becomes of the shop, and what is said of it.
type Decision = (Effect, Result<Success, ApiError>);

/// What `/sandbox/calls` shows.
#[derive(Serialize)]
struct Counts<'a> {
    calls: &'a BTreeMap<String, Count>,
    max_calls_in_10s: usize,
    faults: Vec<Struck>,
    delayed_effects: usize,
    product_count: usize,
    sku_count: usize,
}

/// What `/sandbox/products` shows.
#[derive(Serialize)]
struct Everything<'a> {
    products: Vec<Shown<'a>>,
    images: Value,
    tickets: Value,
    #[serde(flatten)]
    counts: Counts<'a>,
}

impl Market {
    /// Answers one request to the API.
    pub(super) fn answer(&self, raw_query: &str, upload: Upload) -> Answer {
        let query = Query::parse(raw_query);
        let is_readable = query.is_some();
        let query = query.unwrap_or_default();
        let action = query.get("Action").unwrap_or_default();
        let counted = ACTIONS.into_iter().find(|known| *known == action).unwrap_or("other");
        let format = query.format();
        let refuse = |error: ApiError| Answer::refusal(action, &error, format);
        let asked = self.admitted(&query, is_readable, upload);
        let mut state = self.lock();
        let number = state.tally.receive(counted, time::moment());
        if state.bucket.as_mut().is_some_and(|bucket| !bucket.take(time::moment())) {
            return refuse(ApiError::new(901));
        }
        match asked {
            Ok(asked) => {
                let api = Api::SellerCenter;
                self.perform(Call { action: counted, api, query, format, number, asked }, &mut state)
            }
            Err(error) => refuse(error),
        }
    }

    /// What a call asks for, or what is wrong with its body; an error of its own when it is not let in.
    fn admitted(&self, query: &Query, is_readable: bool, upload: Upload) -> Result<Result<Asked, ApiError>, ApiError> {
        if !is_readable {
            return Err(ApiError::new(5));
        }
        gate::admit(query, &self.account)?;
        let action = query.get("Action").unwrap_or_default();
        if !ACTIONS.contains(&action) {
            return Err(ApiError::new(8));
        }
        match upload {
            Upload::Whole(body) => Ok(Asked::read(action, &body)),
            Upload::TooBig => Err(Asked::too_big(action)),
        }
    }

    /// What `/sandbox/products` shows, as JSON.
    pub(super) fn shown(&self) -> String {
        let state = self.lock();
        let pictures = &state.store.pictures;
        to_json(&Everything {
            products: state.store.shown(),
            images: pictures.shown(),
            tickets: pictures.tickets_shown(),
            counts: state.counts(),
        })
    }

    /// What `/sandbox/calls` shows, as JSON.
    pub(super) fn counts(&self) -> String {
        to_json(&self.lock().counts())
    }

    /// The state; no one else has it meanwhile.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic leaves the store as it was before or after a whole effect.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does the call, unless a fault strikes it.
    pub(super) fn perform(&self, call: Call, state: &mut State) -> Answer {
        let skus = call.seller_skus();
        let carried: Vec<&str> = skus.iter().map(String::as_str).collect();
        Market::plant(state, &carried);
        match state.script.next(call.action, &carried, time::moment()) {
            None => self.done(&call, state, &Manner::default()),
            Some(strike) => self.struck(call, carried.first().copied(), &strike, state),
        }
    }

    /// Does the call and answers for it.
    pub(super) fn done(&self, call: &Call, state: &mut State, manner: &Manner) -> Answer {
        match self.effect(call, state, manner) {
            Ok(mut success) => {
                if manner.part != Part::Nothing {
                    state.tally.succeed(call.action);
                }
                // A list has no room for them.
                if !manner.warnings.is_empty() && success.body.is_object() {
                    success.body["Warnings"] = json!(manner.warnings);
                }
                if let Some(list) = manner.view.list {
                    list.change(&mut success.body, manner.lot);
                }
                let text = reply::success(call.action, &success, call.format, self.account.clock.now());
                Answer { wait: success.wait, ..Answer::whole(text, call.format) }
            }
            Err(error) => call.refusal(&error),
        }
    }

    /// Does what the call asks for, as far as the manner lets it.
    fn effect(&self, call: &Call, state: &mut State, manner: &Manner) -> Result<Success, ApiError> {
        match call.asked.as_ref().map_err(ApiError::clone)? {
            Asked::Read(read) => Ok(self.read(call, read, state, manner)?.into()),
            Asked::Tokens(grant) => self.grant(grant, manner, &mut state.open),
            Asked::Write(write) => {
                let (effect, outcome) = self.decide(call, write, state, manner)?;
                let effect = self.allowed(call, effect, &state.store)?;
                manner.commit(effect, &mut state.store)?;
                self.told_of(call, write, &state.store, outcome?)
            }
        }
    }

    /// Decides what a write does, and what is said of it.
    fn decide(&self, call: &Call, write: &Write, state: &mut State, manner: &Manner) -> Result<Decision, ApiError> {
        let origin = create::Origin { request: call.number, at: time::now() };
        let came = Came { by: call.api, at: origin.at };
        let State { store, spus, .. } = state;
        Ok(match write {
            Write::Create(product) => {
                let terms = Terms { spus, images: self.images, api: call.api };
                let effect = create::decide(product, store, &terms, origin);
                manner.count_spu(product, spus);
                let effect = self.judged(call, product, effect)?;
                (effect, Ok(self.told(manner, || create::described(product))))
            }
            Write::Update(product) => {
                let terms = Terms { spus, images: self.images, api: call.api };
                let effect = update::decide(product, store, &terms, origin.at);
                manner.count_spu(product, spus);
                let effect = self.judged(call, product, effect)?;
                (effect, Ok(self.told(manner, || create::described(product))))
            }
            Write::PriceQuantity(product) => {
                let decided = price_quantity::decide(product, store, self.bad_sku, came)?;
                self.in_part(decided, manner, || price_quantity::described(product))
            }
            Write::Remove(product) => {
                let decided = remove::decide(product, store, self.bad_sku, origin.at)?;
                self.in_part(decided, manner, || remove::described(product))
            }
            Write::SetImages(product) => {
                let effect = images::decide(product, store, self.images, origin.at)?;
                (effect, Ok(self.told(manner, || images::described(product))))
            }
            Write::Migrate(source) => {
                let (effect, body) = migrate::one(source)?;
                (effect, Ok(Success { wait: self.migration.wait(source), ..Success::from(body) }))
            }
            Write::MigrateAll(sources) => {
                let ticket = store.pictures.next_ticket(call.number);
                let success = Success { ticket: Some(ticket.clone()), ..Success::from(json!({"Warnings": []})) };
                (Effect::Promise { ticket, sources: sources.clone() }, Ok(success))
            }
            Write::Upload(picture) => {
                let (effect, body) = upload::copy(picture, &store.pictures);
                (effect, Ok(body.into()))
            }
        })
    }

    /// Answers a call that is for an answer alone.
    fn read(&self, call: &Call, read: &Read, state: &mut State, manner: &Manner) -> Result<Value, ApiError> {
        let State { store, reviews, .. } = state;
        match (read, call.api) {
            (Read::Response(ticket), _) => {
                let body = self.migration.respond(ticket, &store.pictures, time::moment());
                if manner.part != Part::Nothing {
                    store.pictures.poll(ticket);
                }
                body
            }
            (Read::Products, api) => {
                let eyes = Eyes { view: &manner.view, lot: manner.lot, normal: self.normal, api };
                listing::list(&call.query, store, reviews, &eyes)
            }
            (Read::QcStatus, _) if manner.part == Part::Nothing => qc::list(&call.query, store, &mut reviews.clone()),
            (Read::QcStatus, _) => qc::list(&call.query, store, reviews),
            (Read::CategoryTree, Api::SellerCenter) => Ok(categories::tree()),
            (Read::CategoryTree, Api::OpenPlatform) => Ok(catalogue::tree()),
            (Read::CategoryAttributes, Api::SellerCenter) => categories::attributes(&call.query),
            (Read::CategoryAttributes, Api::OpenPlatform) => catalogue::attributes(&call.query, &self.settings),
            (Read::Brands, Api::SellerCenter) => categories::brands(&call.query),
            (Read::Brands, Api::OpenPlatform) => catalogue::brands(&call.query),
        }
    }

    /// What a call does that may be refused for some of its SKUs alone, and what is said of it.
    fn in_part(&self, decided: Decided, manner: &Manner, described: impl FnOnce() -> Value) -> Decision {
        let told = || Ok(self.told(manner, described));
        (decided.effect, decided.refusal.map_or_else(told, Err))
    }

    /// What is said of a write to the shop.
    fn told(&self, manner: &Manner, described: impl FnOnce() -> Value) -> Success {
        Success::from(match self.reply_body {
            ReplyBody::Empty if manner.view.list.is_none() => json!({"Warnings": []}),
            ReplyBody::Empty | ReplyBody::Product => described(),
        })
    }
}

impl Call {
    fn seller_skus(&self) -> Vec<String> {
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        match &self.asked {
            Ok(Asked::Write(write)) => match write {
                Write::Create(product)
                | Write::Update(product)
                | Write::PriceQuantity(product)
                | Write::SetImages(product) => owned(request::seller_skus(product)),
                Write::Remove(product) => {
                    let skus = request::listed_skus(product).into_iter();
                    owned(skus.filter(|sku| !sku.is_empty()).collect())
                }
                Write::Migrate(_) | Write::MigrateAll(_) | Write::Upload(_) => Vec::new(),
            },
            Ok(Asked::Read(Read::Products | Read::QcStatus)) => filter::seller_skus(&self.query),
            Ok(Asked::Read(Read::Response(_) | Read::CategoryTree | Read::CategoryAttributes | Read::Brands)) => {
                Vec::new()
            }
            Ok(Asked::Tokens(_)) | Err(_) => Vec::new(),
        }
    }

    /// Whether it asks for nothing but an answer.
    pub(super) fn is_read(&self) -> bool {
        self.asked.as_ref().is_ok_and(Asked::is_read)
    }

    /// The answer of an API error.
    pub(super) fn refusal(&self, error: &ApiError) -> Answer {
        Answer::refusal(self.action, error, self.format)
    }
}

impl State {
    fn counts(&self) -> Counts<'_> {
        Counts {
            calls: self.tally.actions(),
            max_calls_in_10s: self.tally.most_in_window(),
            faults: self.script.struck(),
            delayed_effects: self.delayed.len(),
            product_count: self.store.products().len(),
            sku_count: self.store.sku_count(),
        }
    }
}

fn to_json(shown: &impl Serialize) -> String {
    // Maps with text for keys and numbers: nothing that JSON cannot say.
    serde_json::to_string(shown).unwrap_or_default()
}
