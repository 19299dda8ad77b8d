//! The Open Platform: the API that took Seller Center's place, over the same shop.
//!
//! Paths below `/rest/` stand for actions, and what they carry is turned into what Seller Center would be sent; what
//! comes of it is told in the words and codes of this API. Tokens and the consent of sellers are here too.

use std::time::Instant;

use serde_json::{Value, json};

use super::answer::Answer;
use super::api::Api;
use super::asked::{Asked, Write};
use super::gate::Query;
use super::market::{Call, Manner, Market, Part, State, Upload};
use super::meter::Bucket;
use super::reply::{ApiError, Format, Success};
use super::store::{Effect, Store};
use super::xml::Element;
use super::{numbers, request, time};

mod asked;
mod authorize;
pub(super) mod catalogue;
mod codes;
mod form;
mod gate;
mod listed;
mod numbered;
mod payload;
mod reply;
mod rules;
mod settings;
mod token;

pub(super) use asked::ACTIONS;
pub(super) use codes::{named, scripted};
pub(super) use gate::App;
pub(super) use listed::add as add_to_listed;
pub(super) use reply::{Envelope, failure, success};
pub(super) use settings::Settings;
pub(super) use token::{Grant, Tokens};

use form::Form;
use settings::ManySkus;
use token::Use;

/// What changes while the marketplace runs.
#[derive(Debug)]
pub(super) struct Open {
    /// Tokens and codes.
    pub(super) tokens: Tokens,
    /// The pace of the app, where it is limited.
    pace: Option<Bucket>,
    /// When the ban is over.
    banned_until: Option<Instant>,
}

/// One request below `/rest`.
pub(super) struct Request<'a> {
    /// What follows `/rest`.
    pub(super) path: &'a str,
    /// The raw query string.
    pub(super) query: &'a str,
    /// `Content-Type`.
    pub(super) content_type: &'a str,
    /// The body.
    pub(super) upload: Upload,
}

impl Open {
    /// As it is at the start.
    pub(super) fn new(app: &App, settings: &Settings) -> Open {
        let pace = settings.calls_per_second.map(|rate| Bucket::new(rate, time::moment()));
        Open { tokens: Tokens::new(&app.secret, time::now()), pace, banned_until: None }
    }

    /// Lets a call of the app pass, or bans the app for a while.
    fn pass(&mut self, settings: &Settings, now: Instant) -> Result<(), ApiError> {
        let is_banned = self.banned_until.is_some_and(|end| now < end);
        if !is_banned && self.pace.as_mut().is_none_or(|pace| pace.take(now)) {
            return Ok(());
        }
        if !is_banned {
            self.banned_until = now.checked_add(settings.ban);
        }
        let seconds = settings.ban.as_secs().max(1);
        let message = format!("Api access frequency exceeds the limit. this ban will last {seconds} seconds");
        Err(ApiError { message, ..named("ApiCallLimit") })
    }
}

/// What a request says, as far as that can be told without the shop.
struct Heard {
    action: &'static str,
    access_token: Option<String>,
    query: Query,
    asked: Result<Asked, ApiError>,
}

impl Heard {
    /// Reads a request that the app has signed.
    fn read(request: &Request, app: &App) -> Result<Heard, ApiError> {
        let action = asked::action_of(request.path).ok_or_else(|| ApiError::new(8))?;
        let Upload::Whole(body) = &request.upload else { return Err(Asked::too_big(action)) };
        let form = Form::read(request.query, request.content_type, body).ok_or_else(|| ApiError::new(5))?;
        gate::admit(request.path, &form, app)?;
        let access_token = form.filled("access_token").map(str::to_owned);
        let (query, asked) = match asked::query(action, &form) {
            Ok(query) => (query, asked::read(action, &form)),
            Err(error) => (Query::default(), Err(error)),
        };
        Ok(Heard { action, access_token, query, asked })
    }
}

impl Market {
    /// The tokens that are good from the start: for calls, and for refreshing.
    pub(super) fn first_tokens(&self) -> (String, String) {
        let state = self.lock();
        (state.open.tokens.first_access(), state.open.tokens.first_refresh())
    }

    /// Answers one request to the Open Platform.
    pub(super) fn answer_open(&self, request: &Request) -> Answer {
        let counted = asked::action_of(request.path).unwrap_or("other");
        let heard = Heard::read(request, &self.app);
        let mut state = self.lock();
        let number = state.tally.receive(counted, time::moment());
        let format = Format::Open(Envelope::new(number, &self.settings));
        match self.admitted_open(heard, &mut state) {
            Err(error) => Answer::refusal(counted, &error, format),
            Ok(Heard { action, query, asked, .. }) => {
                let asked = asked.and_then(|asked| numbered::resolved(asked, &state.store));
                self.perform(Call { action, api: Api::OpenPlatform, query, format, number, asked }, &mut state)
            }
        }
    }

    /// Lets a call in: the pace first, then what was heard of it, then the seller's token.
    fn admitted_open(&self, heard: Result<Heard, ApiError>, state: &mut State) -> Result<Heard, ApiError> {
        if state.bucket.as_mut().is_some_and(|bucket| !bucket.take(time::moment())) {
            return Err(ApiError::new(901));
        }
        state.open.pass(&self.settings, time::moment())?;
        let heard = heard?;
        if asked::needs_token(heard.action) {
            let token = heard.access_token.as_deref().ok_or_else(|| codes::missing("access_token"))?;
            state.open.tokens.admit(token, &self.settings, time::now())?;
        }
        Ok(heard)
    }

    /// What a create or an update comes to here: beside the shared rules this API has its own.
    pub(super) fn judged(
        &self,
        call: &Call,
        product: &Element,
        decided: Result<Effect, ApiError>,
    ) -> Result<Effect, ApiError> {
        match call.api {
            Api::SellerCenter => return decided,
            Api::OpenPlatform if self.is_too_much(product) && self.settings.many_skus == ManySkus::Lost => {
                return Err(named("ServiceTimeout"));
            }
            Api::OpenPlatform => {}
        }
        let mut more = rules::check(product, self.images);
        let overview = match &decided {
            Err(error) => error.code,
            Ok(Effect::Create { .. } | Effect::Add { .. }) => 500,
            Ok(_) => 501,
        };
        if overview == 500 {
            more.extend(rules::check_presence(product, &self.settings));
        }
        if more.is_empty() || ![500, 501].contains(&overview) {
            return decided;
        }
        let mut details = decided.err().map(|error| error.details).unwrap_or_default();
        details.append(&mut more);
        Err(ApiError::with_details(overview, details))
    }

    /// The last that stands between an effect and the shop.
    pub(super) fn allowed(&self, call: &Call, effect: Effect, store: &Store) -> Result<Effect, ApiError> {
        if call.api == Api::OpenPlatform {
            rules::check_all_or_none(&effect, store, &self.settings)?;
        }
        Ok(effect)
    }

    /// What is told of a write that was done: of a create, the numbers that came of it; of one that took too long,
    /// nothing.
    pub(super) fn told_of(
        &self,
        call: &Call,
        write: &Write,
        store: &Store,
        success: Success,
    ) -> Result<Success, ApiError> {
        match (call.api, write) {
            (Api::OpenPlatform, Write::Create(product) | Write::Update(product)) if self.is_too_much(product) => {
                Err(named("ServiceTimeout"))
            }
            (Api::OpenPlatform, Write::Create(product)) => {
                Ok(Success { body: created(product, store, &success.body), ..success })
            }
            (Api::OpenPlatform | Api::SellerCenter, _) => Ok(success),
        }
    }

    fn is_too_much(&self, product: &Element) -> bool {
        request::skus(product).len() > rules::MAX_SKUS
    }

    /// Gives tokens.
    pub(super) fn grant(&self, grant: &Grant, manner: &Manner, open: &mut Open) -> Result<Success, ApiError> {
        let usage = if manner.part == Part::Nothing { Use::Told } else { Use::Counted };
        Ok(open.tokens.give(grant, &self.settings, usage, (time::now(), time::moment()))?.into())
    }
}

/// The body of a create: the numbers of the product and of its SKUs.
fn created(product: &Element, store: &Store, body: &Value) -> Value {
    let names = request::seller_skus(product);
    let first = names.first().copied().unwrap_or_default();
    let product_of = |sku: &str| store.position(sku).and_then(|place| store.products().get(place));
    let item_id = product_of(first).map_or_else(|| numbers::item_of(first), |product| product.item_id);
    let sku_id = |sku: &str| store.sku(sku).map_or_else(|| numbers::sku_of(sku), |sku| sku.sku_id);
    let skus: Value = names.iter().map(|sku| json!({"SellerSku": sku, "SkuId": sku_id(sku)})).collect();
    json!({"ItemId": item_id, "Skus": skus, "Warnings": body["Warnings"]})
}
