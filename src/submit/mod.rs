//! Attempts at what is planned: pace, retries, look-ups after a lost reply.
//!
//! [`State`] decides what comes next and touches nothing; [`submit`] carries it out through three joints:
//! a [`Transport`], a [`Clock`] and a [`Journal`]. A write leaves only after the journal holds its intent,
//! and its outcome counts only after the journal holds it too. A power cut may take the last intents, never an outcome
//! that was told: without its intent a product is sent again, and rule 3 finds what the first attempt made.
//!
//! Updates and SetImages set values: what was lost of them is sent again, and what is refused is cut until those SKUs are
//! found whom it concerns.
//!
//! What a lost CreateProduct came to is asked of the shop, so that nothing is created twice and no verdict is false:
//!
//! 1. The baseline tells what was there before. It is part of the plan, and durable before anything is sent.
//! 2. No CreateProduct follows another one of the same SKUs before a look-up, after as many looks as there are delays.
//!    All SKUs there: created. None: sent again. Some: the others follow once, added to those.
//! 3. A SKU that is said to exist, and was absent before the run, is ours if it is the very same product; where no attempt of
//!    ours was in doubt, only with the same values. That finds what was done late.
//! 4. A refusal without a reason, and what nobody could tell of, is believed for now, and asked about once more, all
//!    together, when nothing else is left to do.
//! 5. What cannot be told is `unknown`, and another process asks again.
//!
//! What is done later than the last look shows it (the delays, and the longest once more), nobody can tell.

mod access;
mod addresses;
mod agenda;
mod asked;
mod baseline;
mod boarding;
mod bounds;
mod breaker;
mod budget;
mod categories;
mod chunk;
mod creation;
mod event;
mod fetch;
mod fit;
mod flight;
mod grant;
mod health;
#[cfg(test)]
#[path = "histories/tests.rs"]
mod histories;
mod hosting;
mod http;
mod ids;
mod leg;
mod list;
mod lookup;
#[cfg(test)]
#[path = "market/tests.rs"]
mod market;
#[cfg(test)]
#[path = "matrix/tests.rs"]
mod matrix;
mod needs;
mod next;
mod notice;
mod pace;
mod picture;
mod preflight;
mod run;
mod shared;
mod showing;
mod skew;
mod state;
mod stopped;
mod tally;
#[cfg(test)]
mod tests;
mod updating;
#[cfg(test)]
#[path = "wire/tests.rs"]
mod wire;
mod work;

use std::future::Future;
use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};

pub use access::{Access, TokenStore};
pub use addresses::Addresses;
pub use baseline::{baseline, check_credentials};
pub use bounds::{Bounds, Counted, Limit, MaxFailures};
pub use categories::{BrandList, attributes_of, category_tree, next_brands};
pub use creation::{Creation, Ending};
pub use event::{Answer, Event, Found, Outline, SkuPictures};
pub use fetch::Unfetched;
pub use grant::{Ungranted, grant};
pub use health::Trouble;
pub use hosting::{Hosted, Hosting};
pub use http::HttpTransport;
pub use ids::{IdStore, KnownIds};
pub use list::{Listed, Listing, Wanted, next_page};
pub use notice::{Notice, Observer};
pub use pace::{Pace, Policy};
pub use picture::{Picture, Pictures};
pub use preflight::Preflight;
pub use run::{Edge, submit};
pub use shared::{CommonPace, SharedPace};
pub use showing::{Showing, Shows, showing};
pub use skew::{Skew, off};
pub use state::State;
pub use stopped::{Stopped, Untimely};
pub use updating::{Update, Updating};

use crate::dialect::WireRequest;
use crate::plan::Write;
use crate::record::{ImageFile, ImageUrl};

/// Carries a request over, once. Every retry is decided by [`State`].
pub trait Transport: Sync {
    /// Sends, and waits for the whole reply.
    fn send(&self, request: WireRequest) -> impl Future<Output = Result<WireReply, Silence>> + Send;
    /// Fetches a picture from the web, from public addresses only.
    fn fetch(&self, url: &ImageUrl) -> impl Future<Output = Result<Vec<u8>, Unfetched>> + Send;
}

/// Whatever came back, before anybody understood it.
#[derive(Debug, Clone)]
pub struct WireReply {
    /// The HTTP status.
    pub status: u16,
    /// The body, at most 8 MiB.
    pub body: Vec<u8>,
    /// `Retry-After`, where the server asks for one.
    pub retry_after: Option<Duration>,
    /// `Date`: the server's clock when it made the reply.
    pub date: Option<DateTime<Utc>>,
}

/// No reply came. The texts say why and never hold an address or a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silence {
    /// The request cannot have reached the server.
    NotSent(String),
    /// Nobody can tell whether the server acted on it.
    Unclear(String),
}

/// The time, and waiting for it.
pub trait Clock: Sync {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
    /// Comes back after `duration`.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;
}

/// The run's diary, as far as submitting needs it.
pub trait Journal: Sync {
    /// Appends events; comes back when they are written. Intents outlast the end of the process then; everything else
    /// is durable, because somebody is told of it.
    fn append(&self, events: Vec<Event>) -> impl Future<Output = io::Result<()>> + Send;
    /// The content of a planned request, by its place in the plan.
    fn write(&self, request: usize) -> impl Future<Output = io::Result<Write>> + Send;
    /// The run's own copy of a picture in a file.
    fn picture(&self, file: &ImageFile) -> impl Future<Output = io::Result<Vec<u8>>> + Send;
}
