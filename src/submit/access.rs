//! Who signs at the moment: a token ends, and is renewed while calls are made.
//!
//! A token is renewed before it ends, and once where a call is refused for it. Another process may have renewed it
//! meanwhile: what is kept is read before the marketplace is asked. All who call with one app's key share one pace.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use tokio::sync::Mutex;

use super::event::Answer;
use super::grant::{Ungranted, grant};
use super::notice::{Notice, Observer};
use super::run::Edge;
use super::shared::SharedPace;
use super::{Clock, Transport};
use crate::dialect::{AppKey, Class, Credentials, Dialect, Grant, Refusal, Reply, Seller, Tokens};

/// A token is renewed so long before it ends, or when a tenth of its time is left where it lasts for less than five
/// hours.
const EARLY: TimeDelta = TimeDelta::minutes(30);

/// After a renewal failed that was not urgent, the next one is tried this much later.
const AGAIN: TimeDelta = TimeDelta::minutes(1);

/// Another process that renews the token has this long; it may have been stopped meanwhile.
const OTHERS_TIME: Duration = Duration::from_secs(90);

/// How often it is looked whether somebody else has ended, and whether the user wants to stop.
const GLANCE: Duration = Duration::from_millis(200);

/// Where so many reads are answered by web pages before anything else comes, there is no API for us.
const PAGES: u32 = 3;

/// A shorter wait for a slot is the usual pace.
const WORTH_TELLING: Duration = Duration::from_secs(5);

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
    /// The right to renew them, for as long as what comes lives; `None` while another process has it.
    ///
    /// # Errors
    /// It cannot be told whether another process has it.
    fn hold(&self) -> io::Result<Option<Box<dyn Send>>>;
}

/// Who signs, shared by all who call a shop.
pub struct Access {
    dialect: Dialect,
    current: RwLock<Current>,
    renewal: Option<Renewal>,
    pace: Option<Box<dyn SharedPace>>,
    /// No call leaves after this millisecond.
    deadline: AtomicI64,
    /// Something came that the API says.
    is_answered: AtomicBool,
    /// Reads that web pages answered before.
    pages: AtomicU32,
}

#[derive(Clone)]
struct Current {
    signer: Arc<Signer>,
    /// When to renew its token.
    due: Option<DateTime<Utc>>,
    /// Whose token it is.
    seller: Arc<Seller>,
}

/// Credentials as they are at one time.
pub(super) struct Signer {
    credentials: Arc<Credentials>,
    /// They came just now, in answer to a refusal of older ones.
    is_fresh: bool,
    has_worked: AtomicBool,
}

impl Signer {
    fn new(credentials: Credentials, is_fresh: bool) -> Arc<Signer> {
        Arc::new(Signer { credentials: Arc::new(credentials), is_fresh, has_worked: AtomicBool::new(false) })
    }

    pub(super) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The marketplace takes them.
    pub(super) fn works(&self) {
        self.has_worked.store(true, Ordering::Relaxed);
    }

    /// A call was refused for the token, after so many others: another one would fare no better. A token that was never
    /// taken is not renewed. One that another process kept may have ended since; one that came for this very call has not.
    pub(super) fn is_hopeless(&self, refused_before: u32) -> bool {
        match refused_before {
            0 => self.is_fresh && !self.has_worked.load(Ordering::Relaxed),
            1 => self.is_fresh,
            _ => true,
        }
    }
}

struct Renewal {
    app: AppKey,
    auth_url: String,
    store: Box<dyn TokenStore>,
    /// One at a time.
    alone: Mutex<()>,
}

/// Why a token is to be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// It ends soon.
    Due,
    /// A call was refused for it.
    Refused,
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
        let dialect = credentials.dialect();
        let signer = Signer::new(credentials, false);
        Access::new(dialect, Current { signer, due: None, seller: Arc::default() }, None)
    }

    /// An app with a seller's token, renewed at `auth_url`.
    #[must_use]
    pub fn renewed(app: AppKey, tokens: &Tokens, auth_url: String, store: Box<dyn TokenStore>) -> Access {
        let current = Current::of(&app, tokens, false);
        let renewal = Renewal { app, auth_url, store, alone: Mutex::new(()) };
        Access::new(Dialect::OpenPlatform, current, Some(renewal))
    }

    fn new(dialect: Dialect, current: Current, renewal: Option<Renewal>) -> Access {
        let (is_answered, pages) = (AtomicBool::new(false), AtomicU32::new(0));
        let deadline = AtomicI64::new(i64::MAX);
        Access { dialect, current: RwLock::new(current), renewal, pace: None, deadline, is_answered, pages }
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
        Arc::clone(&self.current().signer.credentials)
    }

    fn current(&self) -> Current {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, current: Current) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
    }

    /// The next renewal that is not urgent is tried then.
    fn put_off(&self, until: DateTime<Utc>) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        current.due = current.due.map(|due| due.max(until));
    }

    /// No call leaves after this time, however long it has waited for its slot.
    pub(super) fn leave_before(&self, deadline: Option<DateTime<Utc>>) {
        self.deadline.store(deadline.map_or(i64::MAX, |at| at.timestamp_millis()), Ordering::Relaxed);
    }

    fn is_late(&self, now: DateTime<Utc>) -> bool {
        now.timestamp_millis() >= self.deadline.load(Ordering::Relaxed)
    }

    /// The API said something, whatever it is.
    pub(super) fn answered(&self) {
        self.is_answered.store(true, Ordering::Relaxed);
    }

    /// A web page answered a read: whether nothing else ever has, time and again. This computer's address is not let in
    /// then, or the network wants a login. Later a page is a trouble that passes.
    pub(super) fn is_turned_away(&self) -> bool {
        !self.is_answered.load(Ordering::Relaxed) && self.pages.fetch_add(1, Ordering::Relaxed) + 1 >= PAGES
    }

    /// All who share the pace hear that the marketplace asks for less, in answer to a call that left then.
    pub(super) fn slow_down(&self, left: DateTime<Utc>, pause: Option<Duration>, now: DateTime<Utc>) -> io::Result<()> {
        self.pace.as_ref().map_or(Ok(()), |pace| pace.slow_down(left, pause, now))
    }

    /// The marketplace answered, and asked for nothing.
    pub(super) fn speed_up(&self) -> io::Result<()> {
        self.pace.as_ref().map_or(Ok(()), |pace| pace.speed_up())
    }
}

impl Current {
    fn of(app: &AppKey, tokens: &Tokens, is_fresh: bool) -> Current {
        let app = AppKey { access_token: Some(tokens.access.clone()), ..app.clone() };
        let due = tokens.until.map(|until| until - EARLY.min((until - tokens.since) / 10).max(TimeDelta::zero()));
        let seller = Arc::new(tokens.seller.clone());
        Current { signer: Signer::new(Credentials::OpenPlatform(app), is_fresh), due, seller }
    }
}

/// Waits for the slot of a call, where a pace is shared; an answer where it does not leave. `Err` where the pace cannot
/// be kept.
pub(super) async fn enter<T, C: Clock, O: Observer>(edge: &Edge<'_, T, C, O>) -> io::Result<Result<(), Answer>> {
    let Some(pace) = &edge.access.pace else { return Ok(Ok(())) };
    let unkept = |error: io::Error| io::Error::other(format!("the pace of the app cannot be kept: {error}"));
    let mut rest = pace.take(edge.clock.now()).map_err(unkept)?;
    if rest >= WORTH_TELLING {
        edge.observer.waits(rest, "the shops of this app share one pace");
    }
    while !rest.is_zero() {
        if edge.is_interrupted() {
            return Ok(Err(Answer::NotSent { reason: "interrupted".to_owned() }));
        }
        let piece = rest.min(GLANCE);
        edge.clock.sleep(piece).await;
        rest -= piece;
        if edge.access.is_late(edge.clock.now()) {
            return Ok(Err(Answer::NotSent { reason: "the deadline has passed".to_owned() }));
        }
    }
    Ok(Ok(()))
}

/// Who signs a call that leaves now: renewed before, where the token ends soon. Where that fails the old one is tried.
pub(super) async fn signer<T: Transport, C: Clock, O: Observer>(edge: &Edge<'_, T, C, O>) -> Arc<Signer> {
    let Current { signer, due, .. } = edge.access.current();
    if edge.access.renewal.is_none() || due.is_none_or(|due| edge.clock.now() < due) {
        return signer;
    }
    renew(edge, &signer, Why::Due).await.unwrap_or(signer)
}

/// Another signer than this.
pub(super) async fn renew<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    old: &Arc<Signer>,
    why: Why,
) -> Result<Arc<Signer>, Unrenewed> {
    let Some(renewal) = &edge.access.renewal else { return Err(Unrenewed::Never) };
    let _alone = renewal.alone.lock().await;
    let Current { signer, due, seller } = edge.access.current();
    // Who was here before has renewed them, or has failed to and tries again later.
    let is_put_off = why == Why::Due && due.is_none_or(|due| edge.clock.now() < due);
    if !Arc::ptr_eq(&signer, old) || is_put_off {
        return Ok(signer);
    }
    let renewed = renewed(edge, renewal, old.credentials(), &seller).await;
    if renewed.is_err() {
        edge.access.put_off(edge.clock.now() + AGAIN);
    }
    renewed
}

async fn renewed<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    renewal: &Renewal,
    old: &Credentials,
    seller: &Seller,
) -> Result<Arc<Signer>, Unrenewed> {
    let _held = held(edge, renewal).await?;
    let kept = renewal.store.load().map_err(|error| not_read(&error))?;
    if kept.seller.is_other_than(seller, None) {
        return Err(of_another());
    }
    let is_other = token(old) != Some(kept.access.expose_secret());
    if is_other && kept.until.is_none_or(|until| edge.clock.now() < until) {
        return Ok(taken(edge.access, renewal, &kept, false));
    }
    let Some(refresh) = &kept.refresh else { return Err(Unrenewed::Never) };
    let granted = grant(edge, &renewal.app, &renewal.auth_url, Grant::Refresh(refresh)).await;
    let tokens = completed(granted.map_err(not_granted)?, kept);
    // Where it is not kept, this process has it all the same, and the next one renews it again.
    let unkept = renewal.store.keep(&tokens).err().map(|error| error.to_string());
    edge.observer.notice(&Notice::Renewed { until: tokens.until, unkept });
    Ok(taken(edge.access, renewal, &tokens, true))
}

/// The right to renew. Who waits for too long goes on without it: two renewals do no harm that one of them does not mend.
async fn held<T, C: Clock, O>(edge: &Edge<'_, T, C, O>, renewal: &Renewal) -> Result<Option<Box<dyn Send>>, Unrenewed> {
    let mut waited = Duration::ZERO;
    loop {
        match renewal.store.hold() {
            Ok(None) if waited < OTHERS_TIME && !edge.is_interrupted() => edge.clock.sleep(GLANCE).await,
            Ok(None) if edge.is_interrupted() => return Err(not_renewed("interrupted")),
            held => return Ok(held.unwrap_or_default()),
        }
        waited += GLANCE;
    }
}

/// A renewal does not make the login longer, and may leave out what the login told.
fn completed(new: Tokens, kept: Tokens) -> Tokens {
    Tokens {
        refresh: new.refresh.or(kept.refresh),
        refresh_until: new.refresh_until.or(kept.refresh_until),
        countries: if new.countries.is_empty() { kept.countries } else { new.countries },
        seller: new.seller.or(kept.seller),
        ..new
    }
}

fn taken(access: &Access, renewal: &Renewal, tokens: &Tokens, is_fresh: bool) -> Arc<Signer> {
    let current = Current::of(&renewal.app, tokens, is_fresh);
    access.set(current.clone());
    current.signer
}

fn token(credentials: &Credentials) -> Option<&str> {
    match credentials {
        Credentials::SellerCenter(_) => None,
        Credentials::OpenPlatform(app) => app.access_token.as_ref().map(ExposeSecret::expose_secret),
    }
}

/// The call that waits for it was refused for its token, so nothing of it was done, whatever became of the renewal.
fn not_granted(why: Ungranted) -> Unrenewed {
    let refusal = match why {
        Ungranted::NotSent(reason) | Ungranted::Unclear(reason) => return not_renewed(&reason),
        Ungranted::Refused(refusal) => refusal,
    };
    let message = format!("the access token cannot be renewed: {}", refusal.message);
    let class = match refusal.class {
        Class::Later | Class::Doubt => return not_renewed(&format!("{} (code {})", refusal.message, refusal.code)),
        Class::Throttled | Class::Clock | Class::Credentials => refusal.class,
        // Whatever is wrong with the token for renewal, another login mends it; what was to be sent has no part in it.
        Class::Token | Class::Account => Class::Token,
        Class::Data | Class::SkuExists | Class::Bare | Class::TooLarge => Class::Token,
    };
    Unrenewed::Failed(Answer::Refused(Refusal { message, class, details: Vec::new(), ..refusal }))
}

fn not_renewed(reason: &str) -> Unrenewed {
    Unrenewed::Failed(Answer::NotSent { reason: format!("the access token cannot be renewed: {reason}") })
}

fn not_read(error: &io::Error) -> Unrenewed {
    let message = format!("the access token cannot be read: {error}");
    Unrenewed::Failed(Answer::Refused(Refusal::of_token(&message)))
}

/// In that seller's shop nothing of this run is known: it would all be sent again. Reports and logs tell of this, and not
/// whose account it is.
fn of_another() -> Unrenewed {
    Unrenewed::Failed(Answer::Refused(Refusal::of_token(
        "the access token that is kept by now is that of another seller",
    )))
}

/// The answer to a call that was refused for its token, where that cannot be renewed.
pub(super) fn unrenewed(refusal: &Refusal, why: Unrenewed) -> Result<Reply, Answer> {
    match why {
        Unrenewed::Never => Ok(Reply::Refused(refusal.clone())),
        Unrenewed::Failed(Answer::Refused(refusal)) => Ok(Reply::Refused(refusal)),
        Unrenewed::Failed(answer) => Err(answer),
    }
}

#[cfg(test)]
mod tests;
