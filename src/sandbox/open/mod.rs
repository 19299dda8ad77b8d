//! The Open Platform: the API that took Seller Center's place, over the same shop.
//!
//! Paths below `/rest/` stand for actions, and what they carry is turned into what Seller Center would be sent; what
//! comes of it is told in the words and codes of this API. Tokens and the consent of sellers are here too.

use std::time::Instant;

use serde_json::{Value, json};

use super::answer::Answer;
use super::asked::Asked;
use super::market::{Call, Manner, Market, Part, State, Upload};
use super::meter::Bucket;
use super::reply::{ApiError, Format, Success};
use super::store::Effect;
use super::time;
use super::xml::Element;

mod asked;
mod authorize;
mod catalogue;
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

use super::api::Api;
use super::request;
use super::store::Store;
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

impl Market {
    /// Answers one request to the Open Platform.
    pub(super) fn answer_open(&self, request: Request) -> Answer {
        let action = asked::action_of(request.path);
        let counted = action.unwrap_or("other");
        let form = match &request.upload {
            Upload::Whole(body) => Form::read(request.query, request.content_type, body),
            Upload::TooBig => Form::read(request.query, "", b""),
        };
        let mut state = self.lock();
        let number = state.tally.receive(counted, time::moment());
        let format = Format::Open(Envelope::new(number, &self.settings));
        match self.admitted_open(action, &request, form, &mut state) {
            Err(error) => Answer::refusal(counted, &error, format),
            Ok((query, asked)) => {
                let api = Api::OpenPlatform;
                self.perform(Call { action: counted, api, query, format, number, asked }, &mut state)
            }
        }
    }

    /// What a call asks for, or what is wrong with it; an error of its own when it is not let in.
    fn admitted_open(
        &self,
        action: Option<&'static str>,
        request: &Request,
        form: Option<Form>,
        state: &mut State,
    ) -> Result<(super::gate::Query, Result<Asked, ApiError>), ApiError> {
        if state.bucket.as_mut().is_some_and(|bucket| !bucket.take(time::moment())) {
            return Err(ApiError::new(901));
        }
        state.open.pass(&self.settings, time::moment())?;
        let action = action.ok_or_else(|| ApiError::new(8))?;
        if matches!(request.upload, Upload::TooBig) {
            return Err(Asked::too_big(action));
        }
        let form = form.ok_or_else(|| ApiError::new(5))?;
        gate::admit(request.path, &form, &self.app)?;
        if asked::needs_token(action) {
            let token = form.filled("access_token").ok_or_else(|| codes::missing("access_token"))?;
            state.open.tokens.admit(token, &self.settings, time::now())?;
        }
        let query = asked::query(action, &form);
        let asked = asked::read(action, &form).and_then(|asked| numbered::resolved(asked, &state.store));
        match query {
            Ok(query) => Ok((query, asked)),
            Err(error) => Ok((super::gate::Query::default(), Err(error))),
        }
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
    pub(super) fn told_of(&self, call: &Call, store: &Store, success: Success) -> Result<Success, ApiError> {
        let (Api::OpenPlatform, Ok(Asked::Create(product) | Asked::Update(product))) = (call.api, &call.asked) else {
            return Ok(success);
        };
        if self.is_too_much(product) {
            return Err(named("ServiceTimeout"));
        }
        Ok(match &call.asked {
            Ok(Asked::Create(product)) => Success { body: created(product, store, &success.body), ..success },
            _ => success,
        })
    }

    fn is_too_much(&self, product: &Element) -> bool {
        request::skus(product).len() > rules::MAX_SKUS
    }

    /// What a read of the catalogue tells.
    pub(super) fn catalogue(&self, call: &Call, asked: &Asked) -> Result<Value, ApiError> {
        match asked {
            Asked::CategoryAttributes => catalogue::attributes(&call.query, self.settings.country),
            Asked::Brands => catalogue::brands(&call.query),
            _ => Ok(catalogue::tree()),
        }
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
    let item_id = product_of(first).map_or_else(|| super::numbers::item_of(first), |product| product.item_id);
    let sku_id = |sku: &str| store.sku(sku).map_or_else(|| super::numbers::sku_of(sku), |sku| sku.sku_id);
    let skus: Value = names.iter().map(|sku| json!({"SellerSku": sku, "SkuId": sku_id(sku)})).collect();
    json!({"ItemId": item_id, "Skus": skus, "Warnings": body["Warnings"]})
}
