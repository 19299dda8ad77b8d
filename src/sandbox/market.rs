//! One call, from the raw query string and body to an answer.
//!
//! A call is counted, held against the rate, let in by the gate, and then either struck by a fault or done. What the
//! answer says and how it is delivered are two things: a fault may spoil either.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::asked::{ACTIONS, Asked};
use super::create::Terms;
use super::faults::ReplyBody;
use super::gate::{self, Account, Query};
use super::meter::{Bucket, Tally};
use super::migrate::Migration;
use super::qc::{self, Reviews};
use super::reply::{self, ApiError, Detail, Format, Success};
use super::script::{Kind, Named, Script};
use super::store::{Effect, Store};
use super::{create, images, listing, migrate, request, time, upload};

/// What arrived as the body of a request.
pub(super) enum Upload {
    /// All of it.
    Whole(Vec<u8>),
    /// More than the marketplace takes.
    TooBig,
}

/// How an answer reaches the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// All of it.
    Whole,
    /// Half of it, then the connection is cut.
    Half,
    /// Nothing: the connection is cut.
    Cut,
}

/// What the client gets.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) text: String,
    pub(super) retry_after: Option<u64>,
    pub(super) wait: Duration,
    pub(super) delivery: Delivery,
}

/// Everything that changes while the marketplace runs.
#[derive(Debug)]
pub(super) struct State {
    pub(super) store: Store,
    pub(super) reviews: Reviews,
    pub(super) script: Script,
    pub(super) tally: Tally,
    pub(super) bucket: Option<Bucket>,
}

/// The marketplace.
#[derive(Debug)]
pub(super) struct Market {
    pub(super) account: Account,
    pub(super) terms: Terms,
    pub(super) migration: Migration,
    pub(super) reply_body: ReplyBody,
    pub(super) state: Mutex<State>,
}

/// One call that was let in.
struct Call<'a> {
    action: &'a str,
    query: &'a Query,
    format: Format,
    number: u64,
    asked: Result<Asked, ApiError>,
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
            Ok(asked) => self.perform(&Call { action, query: &query, format, number, asked }, &mut state),
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

    /// What `/sandbox/products` shows.
    pub(super) fn shown(&self) -> Value {
        let state = self.lock();
        let pictures = &state.store.pictures;
        json!({"products": state.store.shown(), "images": pictures.shown(), "tickets": pictures.tickets_shown(),
            "calls": state.tally.actions(), "max_calls_in_10s": state.tally.most_in_window()})
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic leaves the store as it was before or after a whole effect.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does the call, unless a fault prevents it, and spoils the answer, if a fault says so.
    fn perform(&self, call: &Call, state: &mut State) -> Answer {
        let skus = call.seller_skus();
        let carried: Vec<&str> = skus.iter().map(String::as_str).collect();
        let Some(fault) = state.script.next(call.action, &carried, time::moment()) else {
            return self.done(call, state, &[]);
        };
        match fault {
            Kind::Reset => Answer::cut(),
            Kind::LostReply => {
                self.done(call, state, &[]);
                Answer::cut()
            }
            Kind::Truncated => Answer { delivery: Delivery::Half, ..self.done(call, state, &[]) },
            Kind::Slow { wait } => Answer { wait, ..self.done(call, state, &[]) },
            Kind::Warnings { message } => self.done(call, state, &[json!({"Message": message})]),
            Kind::Throttle { .. } => call.refusal(&ApiError::new(901)),
            Kind::Error { code, message, field, detail, named } => {
                let named = match &named {
                    Named::Nobody => None,
                    Named::First => carried.first().copied(),
                    Named::This(seller_sku) => Some(seller_sku.as_str()),
                };
                call.refusal(&scripted(code, message, (field, detail), named))
            }
            Kind::Html { effect } => {
                if effect {
                    self.done(call, state, &[]);
                }
                Answer::page(200, "Welcome! Please log in to continue.")
            }
            Kind::Status { status, effect, retry_after } => {
                if effect {
                    self.done(call, state, &[]);
                }
                Answer { retry_after, ..Answer::page(status, "The service is not available.") }
            }
        }
    }

    /// Does the call and answers for it.
    fn done(&self, call: &Call, state: &mut State, warnings: &[Value]) -> Answer {
        match self.effect(call, state) {
            Ok(mut success) => {
                state.tally.succeed(call.action);
                if !warnings.is_empty() {
                    success.body["Warnings"] = json!(warnings);
                }
                let text = reply::success(call.action, &success, call.format);
                Answer { wait: success.wait, ..Answer::whole(text, call.format) }
            }
            Err(error) => call.refusal(&error),
        }
    }

    /// Does what the call asks for.
    fn effect(&self, call: &Call, state: &mut State) -> Result<Success, ApiError> {
        let origin = create::Origin { request: call.number, at: time::now() };
        let State { store, reviews, .. } = state;
        let (effect, success) = match call.asked.as_ref().map_err(ApiError::clone)? {
            Asked::Create(product) => {
                (create::decide(product, store, &self.terms, origin)?, self.told(|| create::described(product)))
            }
            Asked::SetImages(product) => {
                let effect = images::decide(product, store, self.terms.images, origin.at)?;
                (effect, self.told(|| images::described(product)))
            }
            Asked::Migrate(source) => {
                let (effect, body) = migrate::one(source)?;
                (effect, Success { wait: self.migration.wait(source), ..Success::from(body) })
            }
            Asked::MigrateAll(sources) => {
                let ticket = store.pictures.next_ticket();
                let success = Success { ticket: Some(ticket.clone()), ..Success::from(json!({"Warnings": []})) };
                (Effect::Promise { ticket, sources: sources.clone() }, success)
            }
            Asked::Upload(picture) => {
                let (effect, body) = upload::copy(picture, &store.pictures);
                (effect, body.into())
            }
            Asked::Response(ticket) => {
                return Ok(self.migration.respond(ticket, &mut store.pictures, time::moment())?.into());
            }
            Asked::Products => return Ok(listing::list(call.query, store, reviews)?.into()),
            Asked::QcStatus => return Ok(qc::list(call.query, store, reviews)?.into()),
        };
        store.commit(effect).map_err(|_| ApiError::new(6))?;
        Ok(success)
    }

    /// What is said of a write to the shop.
    fn told(&self, described: impl FnOnce() -> Value) -> Success {
        Success::from(match self.reply_body {
            ReplyBody::Empty => json!({"Warnings": []}),
            ReplyBody::Product => described(),
        })
    }
}

impl Call<'_> {
    fn seller_skus(&self) -> Vec<String> {
        match &self.asked {
            Ok(Asked::Create(product) | Asked::SetImages(product)) => {
                request::seller_skus(product).into_iter().map(str::to_owned).collect()
            }
            Ok(Asked::Products | Asked::QcStatus) => listing::seller_skus(self.query),
            Ok(Asked::Migrate(_) | Asked::MigrateAll(_) | Asked::Upload(_) | Asked::Response(_)) | Err(_) => Vec::new(),
        }
    }

    fn refusal(&self, error: &ApiError) -> Answer {
        Answer::refusal(self.action, error, self.format)
    }
}

impl Answer {
    fn whole(text: String, format: Format) -> Answer {
        Answer {
            status: 200,
            content_type: format.content_type(),
            text,
            retry_after: None,
            wait: Duration::ZERO,
            delivery: Delivery::Whole,
        }
    }

    fn refusal(action: &str, error: &ApiError, format: Format) -> Answer {
        Answer::whole(reply::failure(action, error, format), format)
    }

    fn cut() -> Answer {
        Answer { delivery: Delivery::Cut, ..Answer::whole(String::new(), Format::Xml) }
    }

    fn page(status: u16, text: &str) -> Answer {
        let page =
            format!("<!DOCTYPE html>\n<html><head><title>{status}</title></head><body><p>{text}</body></html>\n");
        Answer { status, content_type: "text/html; charset=utf-8", ..Answer::whole(page, Format::Xml) }
    }
}

fn scripted(
    code: u32,
    message: Option<String>,
    (field, detail): (Option<String>, Option<String>),
    seller_sku: Option<&str>,
) -> ApiError {
    let mut error = ApiError::new(code);
    if let Some(message) = message {
        error.message = message;
    }
    if field.is_some() || detail.is_some() {
        let text = detail.unwrap_or_else(|| error.message.clone());
        error.details.push(Detail::new(&field.unwrap_or_default(), &text, seller_sku));
    }
    error
}
