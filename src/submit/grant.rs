//! The call for a token: with the code of a login, or with the token for renewal.

use super::notice::Observer;
use super::run::Edge;
use super::{Clock, Silence, Transport, flight};
use crate::dialect::{AppKey, Class, Credentials, Grant, Refusal, Tokens};

/// No token was given.
#[derive(Debug, thiserror::Error)]
pub enum Ungranted {
    /// The marketplace refused.
    #[error("{} (code {})", .0.message, .0.code)]
    Refused(Refusal),
    /// Nobody was reached.
    #[error("{0}")]
    NotSent(String),
    /// What came back, if anything, was no answer.
    #[error("{0}")]
    Unclear(String),
}

/// Asks for a token at `auth_url`; once more where the call was refused for its time.
///
/// # Errors
/// There is none. No text holds the code or a token.
pub async fn grant<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    app: &AppKey,
    auth_url: &str,
    what: Grant<'_>,
) -> Result<Tokens, Ungranted> {
    match asked(edge, app, auth_url, what).await {
        Err(Ungranted::Refused(refusal)) if refusal.is_about_the_clock() => asked(edge, app, auth_url, what).await,
        answer => answer,
    }
}

async fn asked<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    app: &AppKey,
    auth_url: &str,
    what: Grant<'_>,
) -> Result<Tokens, Ungranted> {
    let left = edge.clock.now();
    let request = app.token_request(auth_url, what, edge.skew.corrected(left));
    let reply = match edge.transport.send(request).await {
        Ok(reply) => reply,
        Err(Silence::NotSent(reason)) => return Err(Ungranted::NotSent(reason)),
        Err(Silence::Unclear(reason)) => return Err(Ungranted::Unclear(reason)),
    };
    let (Grant::Code(spent) | Grant::Refresh(spent)) = what;
    // It may be echoed like a token.
    let spent = Credentials::OpenPlatform(AppKey { access_token: Some(spent.clone()), ..app.clone() });
    let answer = Tokens::decode(&reply.body, edge.clock.now());
    let is_refused = matches!(&answer, Ok(Err(refusal)) if refusal.is_about_the_clock());
    flight::compare_clocks(edge, left, reply.date, is_refused);
    match answer {
        Ok(Ok(tokens)) => Ok(tokens),
        Ok(Err(refusal)) => Err(Ungranted::Refused(refusal.masked(&spent))),
        Err(_) if reply.status == 429 => Err(Ungranted::Refused(Refusal::of_status(429, Class::Throttled))),
        Err(garbled) if reply.status == 200 => Err(Ungranted::Unclear(spent.masked(&garbled.to_string()))),
        Err(_) => Err(Ungranted::Unclear(format!("HTTP status {}", reply.status))),
    }
}
