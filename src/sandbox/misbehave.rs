//! What a fault makes of a call: its effect first, then the reply, then the way the reply travels.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;

use super::answer::{Answer, Delivery, Ending, Later};
use super::api::Api;
use super::fault::{Break, Code, Effect, Fault, Kind, Named};
use super::market::{Call, Manner, Market, Part, State};
use super::preset::Preset;
use super::reply::{ApiError, Detail};
use super::script::Strike;
use super::{open, store, time};

fn long_before() -> TimeDelta {
    TimeDelta::days(30)
}

impl Market {
    /// Sees to it that the seller SKUs which the faults say were there before are there.
    pub(super) fn plant(state: &mut State, carried: &[&str]) {
        let store = &state.store;
        for seller_sku in state.script.planted(carried, |sku| store.position(sku).is_none()) {
            let product = Preset::planted(seller_sku).product(time::now() - long_before());
            // A shop whose file is full stays as it was; the call itself will then say E006.
            let _ = state.store.commit(store::Effect::Create { product });
        }
    }

    /// Does what the fault leaves of the call, and answers as the fault says.
    pub(super) fn struck(&self, mut call: Call, first_sku: Option<&str>, strike: &Strike, state: &mut State) -> Answer {
        let fault = &*strike.fault;
        if fault.view.other_format {
            call.format = call.format.other();
        }
        let usual = self.affected(&call, strike, state);
        let mut answer = spoiled(&call, usual, strike, first_sku);
        answer.dress = fault.dress.clone();
        if let Some(content_type) = &fault.dress.content_type {
            answer.content_type.clone_from(content_type);
        }
        if let Effect::Later(span) = fault.effect
            && !call.is_read()
        {
            answer.later = Some(Later { request: call.number, delay: span.drawn(strike.lot) });
            state.delayed.insert(call.number, call);
        }
        answer
    }

    /// Has the effect of a call that was put off, unless it came already.
    pub(super) fn catch_up(&self, request: u64) {
        let mut state = self.lock();
        if let Some(call) = state.delayed.remove(&request) {
            self.done(&call, &mut state, &Manner::default());
        }
    }

    /// Has all effects that were put off.
    pub(super) fn catch_up_with_all(&self) {
        let mut state = self.lock();
        while let Some((_, call)) = state.delayed.pop_first() {
            self.done(&call, &mut state, &Manner::default());
        }
    }

    /// The reply that the effect gives.
    fn affected(&self, call: &Call, strike: &Strike, state: &mut State) -> Answer {
        let fault = &*strike.fault;
        let mut warnings = Vec::new();
        if let Kind::Warnings { message } = &fault.kind {
            warnings.push(json!({"Message": message}));
        }
        let part = match fault.effect {
            Effect::Nothing | Effect::Later(_) => Part::Nothing,
            Effect::Half => Part::Half,
            Effect::Whole | Effect::Twice => Part::Whole,
        };
        let manner = Manner { part, warnings, view: fault.view.clone(), lot: strike.lot };
        let answer = self.done(call, state, &manner);
        if fault.effect == Effect::Twice { self.done(call, state, &manner) } else { answer }
    }
}

/// The answer to a call whose effect is past, of what it would have been.
fn spoiled(call: &Call, usual: Answer, strike: &Strike, first_sku: Option<&str>) -> Answer {
    let lot = strike.lot;
    let ending = |part: &Break| Ending { after: part.silence.drawn(lot), abrupt: part.abrupt };
    match &strike.fault.kind {
        Kind::Plain | Kind::Warnings { .. } | Kind::Exists => usual,
        Kind::LostReply { wait, abrupt } => {
            Answer { wait: wait.drawn(lot), delivery: Delivery::Cut { abrupt: *abrupt }, ..usual }
        }
        Kind::Reset => Answer { delivery: Delivery::Cut { abrupt: true }, ..usual },
        Kind::Refused { pause } => Answer { delivery: Delivery::Refuse(pause.drawn(lot)), ..usual },
        Kind::Truncated(part) => Answer { delivery: Delivery::Half(ending(part)), ..usual },
        Kind::Overlong(part) => Answer { delivery: Delivery::Overlong(ending(part)), ..usual },
        Kind::HangUp { after, abrupt } => {
            let ending = Ending { after: after.drawn(lot), abrupt: *abrupt };
            Answer { delivery: Delivery::HangUp(ending), ..usual }
        }
        Kind::Slow { wait } => Answer { wait: wait.drawn(lot), ..usual },
        Kind::Drip { step } => Answer { delivery: Delivery::Drip(step.drawn(lot)), ..usual },
        Kind::Throttle => call.refusal(&ApiError::new(901)),
        Kind::Error { .. } => call.refusal(&scripted(&strike.fault, call.api, strike.sku.as_deref().or(first_sku))),
        Kind::Html => Answer::page(200, "Welcome! Please log in to continue."),
        Kind::WhiteList => Answer::page(200, "Your IP address is not on the white list of the app."),
        Kind::Status { status, retry_after, location } => Answer {
            retry_after: *retry_after,
            location: location.clone(),
            ..Answer::page(*status, "The service is not available.")
        },
    }
}

fn scripted(fault: &Fault, api: Api, first_sku: Option<&str>) -> ApiError {
    let Kind::Error { code, message, field, detail, detail_code, named } = &fault.kind else {
        return ApiError::new(6);
    };
    let mut error = match (code, api) {
        (Code::Name(name), _) => open::named(name),
        (Code::Number(code), Api::SellerCenter) => ApiError::new(*code),
        (Code::Number(code), Api::OpenPlatform) => open::scripted(*code),
    };
    if let Some(message) = message {
        error.message.clone_from(message);
    }
    if field.is_some() || detail.is_some() || detail_code.is_some() {
        let text = detail.as_deref().unwrap_or(&error.message).to_owned();
        let seller_sku = match named {
            Named::Nobody => None,
            Named::First => first_sku,
            Named::This(seller_sku) => Some(seller_sku.as_str()),
        };
        let field = field.as_deref().unwrap_or_default();
        error.details.push(Detail { code: *detail_code, ..Detail::new(field, &text, seller_sku) });
    }
    error
}

/// What a connection meets before it is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Welcome {
    /// It is heard, after a while.
    After(Duration),
    /// It is reset.
    Reset,
    /// It and all others are closed, and none is taken for so long.
    Refuse(Duration),
}

impl Market {
    /// What the next connection meets.
    pub(super) fn welcome(&self) -> Welcome {
        let strike = self.lock().script.next(super::fault::CONNECTION, &[], time::moment());
        let Some(strike) = strike else { return Welcome::After(Duration::ZERO) };
        match &strike.fault.kind {
            Kind::Reset => Welcome::Reset,
            Kind::Refused { pause } => Welcome::Refuse(pause.drawn(strike.lot)),
            Kind::Slow { wait } => Welcome::After(wait.drawn(strike.lot)),
            // A faults file cannot ask for these where there is no call yet.
            Kind::Plain
            | Kind::LostReply { .. }
            | Kind::Status { .. }
            | Kind::Throttle
            | Kind::Drip { .. }
            | Kind::Error { .. }
            | Kind::Truncated(_)
            | Kind::Overlong(_)
            | Kind::HangUp { .. }
            | Kind::Html
            | Kind::WhiteList
            | Kind::Warnings { .. }
            | Kind::Exists => Welcome::After(Duration::ZERO),
        }
    }
}
