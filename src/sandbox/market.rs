//! One call, from the raw query string and body to an answer.
//!
//! A call is counted, held against the rate, let in by the gate, and then either struck by a fault or done. What the
//! answer says and how it is delivered are two things: a fault may spoil either.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::faults::{ReplyBody, Spu};
use super::gate::{self, Account, Query};
use super::meter::{Bucket, Count, Tally};
use super::reply::{self, ApiError, Format};
use super::script::{Script, Struck};
use super::store::{Shown, Store};
use super::view::View;
use super::xml::Element;
use super::{create, images, listing, request, time};

const CREATE_PRODUCT: &str = "CreateProduct";
const SET_IMAGES: &str = "SetImages";
pub(super) const GET_PRODUCTS: &str = "GetProducts";

/// The calls the marketplace answers.
pub(super) const ACTIONS: [&str; 3] = [CREATE_PRODUCT, SET_IMAGES, GET_PRODUCTS];

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
    pub(super) script: Script,
    pub(super) tally: Tally,
    pub(super) bucket: Option<Bucket>,
    /// Calls whose effect is still to come, by their numbers.
    pub(super) delayed: BTreeMap<u64, Call>,
}

/// The marketplace.
#[derive(Debug)]
pub(super) struct Market {
    pub(super) account: Account,
    pub(super) spus: Vec<Spu>,
    pub(super) reply_body: ReplyBody,
    pub(super) state: Mutex<State>,
}

/// One call that was let in.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) action: &'static str,
    query: Query,
    pub(super) format: Format,
    pub(super) number: u64,
    product: Result<Element, ApiError>,
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
        let mut state = self.lock();
        let number = state.tally.receive(counted, time::moment());
        if state.bucket.as_mut().is_some_and(|bucket| !bucket.take(time::moment())) {
            return refuse(ApiError::new(901));
        }
        if !is_readable {
            return refuse(ApiError::new(5));
        }
        if let Err(error) = gate::admit(&query, &self.account) {
            return refuse(error);
        }
        if !ACTIONS.contains(&action) {
            return refuse(ApiError::new(8));
        }
        let Upload::Whole(body) = upload else { return refuse(ApiError::new(11)) };
        let product = if action == GET_PRODUCTS { Ok(Element::default()) } else { request::read(&body) };
        self.perform(Call { action: counted, query, format, number, product }, &mut state)
    }

    /// What `/sandbox/products` shows, as JSON.
    pub(super) fn shown(&self) -> String {
        let state = self.lock();
        to_json(&Everything { products: state.store.shown(), counts: state.counts() })
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
    fn perform(&self, call: Call, state: &mut State) -> Answer {
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
        match self.body(call, &mut state.store, manner) {
            Ok(mut body) => {
                if manner.part != Part::Nothing {
                    state.tally.succeed(call.action);
                }
                if !manner.warnings.is_empty() {
                    body["Warnings"] = json!(manner.warnings);
                }
                if let Some(list) = manner.view.list {
                    list.change(&mut body, manner.lot);
                }
                let at = self.account.clock.now();
                Answer::whole(reply::success(call.action, &body, call.format, at), call.format)
            }
            Err(error) => call.refusal(&error),
        }
    }

    fn body(&self, call: &Call, store: &mut Store, manner: &Manner) -> Result<Value, ApiError> {
        let product = call.product.as_ref().map_err(ApiError::clone)?;
        let origin = create::Origin { request: call.number, at: time::now() };
        let (effect, described) = match call.action {
            CREATE_PRODUCT => (create::decide(product, store, &self.spus, origin)?, create::described(product)),
            SET_IMAGES => (images::decide(product, store, origin.at)?, images::described(product)),
            _ => return listing::list(&call.query, store, &manner.view, manner.lot),
        };
        let effect = match manner.part {
            Part::Nothing => None,
            Part::Half => Some(effect.first_half()),
            Part::Whole => Some(effect),
        };
        if let Some(effect) = effect {
            store.commit(effect).map_err(|_| ApiError::new(6))?;
        }
        Ok(match self.reply_body {
            ReplyBody::Empty if manner.view.list.is_none() => json!({"Warnings": []}),
            ReplyBody::Empty | ReplyBody::Product => described,
        })
    }
}

impl Call {
    fn seller_skus(&self) -> Vec<String> {
        match &self.product {
            Ok(_) if self.action == GET_PRODUCTS => listing::seller_skus(&self.query),
            Ok(product) => request::seller_skus(product).into_iter().map(str::to_owned).collect(),
            Err(_) => Vec::new(),
        }
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
