//! Who signs at the moment: a token ends, and is renewed while calls are made.
//!
//! A token is renewed before it ends, and once where a call is refused for it. Another process may have renewed it
//! meanwhile: what is kept is read before the marketplace is asked. All who call with one app's key share one pace.

use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use tokio::sync::Mutex;

use super::event::Answer;
use super::notice::{Notice, Observer};
use super::run::Edge;
use super::{Clock, Silence, Transport};
use crate::dialect::{AppKey, Class, Credentials, Dialect, Grant, Refusal, Tokens};

/// A token is renewed so long before it ends, or when a tenth of its time is left where it lasts for less than five
/// hours.
const EARLY: TimeDelta = TimeDelta::minutes(30);

/// After a renewal failed that was not urgent, the next one is tried this much later.
const AGAIN: TimeDelta = TimeDelta::minutes(1);

/// Keeps the token of a shop beyond the process.
pub trait TokenStore: Send + Sync {
    /// What is kept now.
    ///
    /// # Errors
    /// It cannot be read.
    fn load(&self) -> io::Result<Tokens>;
    /// Keeps these.
    ///
    /// # Errors
    /// They cannot be kept.
    fn keep(&self, tokens: &Tokens) -> io::Result<()>;
}

/// The pace that all who call with one key share, in whatever process.
pub trait SharedPace: Send + Sync {
    /// Takes the next slot: how long from `now` the call has to wait.
    ///
    /// # Errors
    /// The pace cannot be read or written.
    fn take(&self, now: DateTime<Utc>) -> io::Result<Duration>;
    /// The marketplace asks for less, and to be left alone for so long.
    ///
    /// # Errors
    /// The pace cannot be read or written.
    fn slow_down(&self, pause: Option<Duration>, now: DateTime<Utc>) -> io::Result<()>;
}

/// Who signs, shared by all who call a shop.
pub struct Access {
    dialect: Dialect,
    current: RwLock<Current>,
    renewal: Option<Renewal>,
    pace: Option<Box<dyn SharedPace>>,
}

#[derive(Clone)]
struct Current {
    credentials: Arc<Credentials>,
    /// When to renew them.
    due: Option<DateTime<Utc>>,
}

struct Renewal {
    app: AppKey,
    auth_url: String,
    store: Box<dyn TokenStore>,
    /// One at a time.
    alone: Mutex<()>,
}

/// Why a token was not renewed.
pub(super) enum Unrenewed {
    /// Nobody may: what a call was refused for stands.
    Never,
    /// The marketplace refused, or did not answer.
    Failed(Answer),
}

impl Access {
    /// Credentials that stay as they are.
    #[must_use]
    pub fn fixed(credentials: Credentials) -> Access {
        let current = Current { credentials: Arc::new(credentials), due: None };
        Access { dialect: current.credentials.dialect(), current: RwLock::new(current), renewal: None, pace: None }
    }

    /// An app with a seller's token, renewed at `auth_url`.
    #[must_use]
    pub fn renewed(app: AppKey, tokens: &Tokens, auth_url: String, store: Box<dyn TokenStore>) -> Access {
        let current = Current::of(&app, tokens);
        let renewal = Renewal { app, auth_url, store, alone: Mutex::new(()) };
        Access { dialect: Dialect::OpenPlatform, current: RwLock::new(current), renewal: Some(renewal), pace: None }
    }

    /// The same, in step with all who share this pace.
    #[must_use]
    pub fn at_pace_of(self, pace: Box<dyn SharedPace>) -> Access {
        Access { pace: Some(pace), ..self }
    }

    /// The API that is spoken.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Who signs now.
    #[must_use]
    pub fn credentials(&self) -> Arc<Credentials> {
        self.current().credentials
    }

    fn current(&self) -> Current {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, current: Current) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
    }

    /// Waits for the slot of a call.
    pub(super) async fn enter<C: Clock>(&self, clock: &C) -> io::Result<()> {
        let Some(pace) = &self.pace else { return Ok(()) };
        let wait = pace.take(clock.now())?;
        if !wait.is_zero() {
            clock.sleep(wait).await;
        }
        Ok(())
    }

    /// All who share the pace hear that the marketplace asks for less.
    pub(super) fn slow_down(&self, pause: Option<Duration>, now: DateTime<Utc>) -> io::Result<()> {
        self.pace.as_ref().map_or(Ok(()), |pace| pace.slow_down(pause, now))
    }
}

impl Current {
    fn of(app: &AppKey, tokens: &Tokens) -> Current {
        let app = AppKey { access_token: Some(tokens.access.clone()), ..app.clone() };
        let early = EARLY.min((tokens.until - tokens.since) / 10);
        Current { credentials: Arc::new(Credentials::OpenPlatform(app)), due: Some(tokens.until - early) }
    }
}

/// Who signs a call that leaves now: renewed before, where the token ends soon. Where that fails the old one is tried.
pub(super) async fn signer<T: Transport, C: Clock, O: Observer>(edge: &Edge<'_, T, C, O>) -> Arc<Credentials> {
    let Current { credentials, due } = edge.access.current();
    let now = edge.clock.now();
    if edge.access.renewal.is_none() || due.is_none_or(|due| now < due) {
        return credentials;
    }
    match renew(edge, &credentials).await {
        Ok(renewed) => renewed,
        Err(Unrenewed::Never | Unrenewed::Failed(_)) => {
            edge.access.set(Current { credentials: Arc::clone(&credentials), due: Some(now + AGAIN) });
            credentials
        }
    }
}

/// Other credentials than these, which were refused or end soon.
pub(super) async fn renew<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    old: &Arc<Credentials>,
) -> Result<Arc<Credentials>, Unrenewed> {
    let Some(renewal) = &edge.access.renewal else { return Err(Unrenewed::Never) };
    let _alone = renewal.alone.lock().await;
    let current = edge.access.credentials();
    if !Arc::ptr_eq(&current, old) {
        return Ok(current);
    }
    let kept = renewal.store.load().map_err(|error| not_read(&error))?;
    let is_other = token(old) != Some(kept.access.expose_secret());
    if is_other && edge.clock.now() < kept.until {
        return Ok(taken(edge.access, renewal, &kept));
    }
    let Some(refresh) = &kept.refresh else { return Err(Unrenewed::Never) };
    let now = edge.skew.corrected(edge.clock.now());
    let request = renewal.app.token_request(&renewal.auth_url, Grant::Refresh(refresh), now);
    let tokens = match edge.transport.send(request).await {
        Ok(reply) => Tokens::decode(&reply.body, edge.clock.now()),
        Err(Silence::NotSent(reason) | Silence::Unclear(reason)) => return Err(not_renewed(&reason)),
    };
    match tokens {
        Ok(Ok(tokens)) => {
            // A renewal does not make the login longer.
            let refresh = tokens.refresh.clone().or_else(|| kept.refresh.clone());
            let tokens = Tokens { refresh, ..tokens };
            // Where it is not kept, this process has it all the same, and the next one renews it again.
            let unkept = renewal.store.keep(&tokens).err().map(|error| error.to_string());
            edge.observer.notice(&Notice::Renewed { until: tokens.until, unkept });
            Ok(taken(edge.access, renewal, &tokens))
        }
        Ok(Err(refusal)) => Err(Unrenewed::Failed(Answer::Refused(refusal))),
        Err(garbled) => Err(not_renewed(&garbled.to_string())),
    }
}

fn taken(access: &Access, renewal: &Renewal, tokens: &Tokens) -> Arc<Credentials> {
    let current = Current::of(&renewal.app, tokens);
    access.set(current.clone());
    current.credentials
}

fn token(credentials: &Credentials) -> Option<&str> {
    match credentials {
        Credentials::SellerCenter(_) => None,
        Credentials::OpenPlatform(app) => app.access_token.as_ref().map(ExposeSecret::expose_secret),
    }
}

/// The call that waits for it was refused for its token, so nothing of it was done.
fn not_renewed(reason: &str) -> Unrenewed {
    Unrenewed::Failed(Answer::NotSent { reason: format!("the access token could not be renewed: {reason}") })
}

fn not_read(error: &io::Error) -> Unrenewed {
    let message = format!("the access token cannot be read: {error}");
    Unrenewed::Failed(Answer::Refused(Refusal::of_token(&message)))
}

/// The answer to a call that was refused for its token, where that cannot be renewed.
pub(super) fn unrenewed(refusal: Refusal, why: Unrenewed) -> Answer {
    match why {
        Unrenewed::Never => Answer::Refused(Refusal { class: Class::Token, ..refusal }),
        Unrenewed::Failed(answer) => answer,
    }
}
