//! A stand-in marketplace on a loopback port: one shop behind the Seller Center API and the Open Platform.
//!
//! It answers CreateProduct, UpdateProduct, UpdatePriceQuantity, RemoveProduct, SetImages, GetProducts, MigrateImage,
//! MigrateImages, UploadImage, GetResponse, GetQcStatus, GetCategoryTree, GetCategoryAttributes and GetBrands as the
//! API pages describe them, holds what was created and
//! what became of it, and on request fails as real marketplaces do ([`Faults`]). Where a page is silent, the file of
//! the call says how we read it. The Open Platform answers the same calls by its own paths below `/rest`, and gives
//! tokens there and at `/oauth/authorize`; `open` turns what it is sent into what Seller Center is sent. Products show only pictures that the marketplace hosts, and no picture is ever
//! fetched: `/dead/`, `/huge/` and `/slow/` in an address tell what its download comes to. It shares no code with the
//! client and uses no other module of the crate: it verifies signatures and limits in its own way, so that a mistake
//! cannot cancel itself out.
//! `GET /sandbox/products` shows what it holds and what it counted: `products`; `images`, each hosted address with its
//! `source` or the code of its `upload` and a number that is 1 when the picture travelled once; `tickets`; and the
//! counts that `GET /sandbox/calls` shows alone.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

mod address;
mod answer;
mod api;
mod asked;
mod body;
mod categories;
mod change;
mod create;
mod dress;
mod fault;
mod faults;
mod filter;
mod gate;
mod images;
mod listing;
mod market;
mod meter;
mod migrate;
mod misbehave;
mod normal;
mod numbers;
mod open;
mod pack;
mod past;
mod pictures;
mod preset;
mod price_quantity;
mod qc;
mod remove;
mod reply;
mod request;
mod rules;
mod script;
mod server;
mod spu;
mod stock;
mod store;
mod time;
mod update;
mod upload;
mod view;
mod wire;
mod xml;

pub use faults::Faults;

const USER_ID: &str = "seller@sandbox.example";
const KEY_LENGTH: usize = 40;
const APP_KEY_LENGTH: usize = 6;
const SECRET_LENGTH: usize = 32;

/// How a sandbox is to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 for any free one.
    pub port: u16,
    /// What goes wrong, and what the shop holds before the first call.
    pub faults: Faults,
    /// Where all chance comes from, the API key included. A seed in the faults takes its place.
    pub seed: u64,
    /// A file that outlives the process: one JSON line for each change, written before the reply. `None` keeps
    /// everything in memory.
    pub store: Option<PathBuf>,
    /// Calls a second above which the answer is E901, with a burst of one second's worth; `None` for no limit.
    pub calls_per_second: Option<f64>,
}

impl Default for Options {
    fn default() -> Options {
        Options { port: 0, faults: Faults::default(), seed: 0, store: None, calls_per_second: Some(200.0) }
    }
}

/// Why a sandbox cannot run.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The port is taken, or must not be used.
    #[error("cannot listen on 127.0.0.1:{port}: {source}")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The faults file says something that means nothing.
    #[error("the faults cannot be read: {0}")]
    Faults(String),
    /// The rate is no rate.
    #[error("{0} is no number of calls a second; it must be above 0")]
    Rate(f64),
    /// The store file cannot be opened, read or cut to its last whole line.
    #[error("cannot use the store file {}: {source}", .path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line of the store file is damaged, or does not fit what stands before it.
    #[error("the store file {} is damaged at line {line}", .path.display())]
    StoreLine {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

/// A running stand-in marketplace; it ends when it is stopped or dropped.
#[derive(Debug)]
pub struct Sandbox {
    url: String,
    open_platform_url: String,
    access_token: String,
    refresh_token: String,
    market: Arc<market::Market>,
    stopping: watch::Sender<bool>,
    server: JoinHandle<()>,
}

impl Sandbox {
    /// Starts a marketplace on 127.0.0.1; it is ready when this returns. Must be called inside a tokio runtime.
    pub async fn start(options: Options) -> Result<Sandbox, SandboxError> {
        let port = options.port;
        let market = Arc::new(market(options)?);
        let listen = |source| SandboxError::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(listen)?;
        let url = format!("http://{}/", listener.local_addr().map_err(listen)?);
        let open_platform_url = format!("{url}rest");
        let (access_token, refresh_token) = market.first_tokens();
        let (stopping, stop) = watch::channel(false);
        let server = tokio::spawn(server::serve(listener, Arc::clone(&market), stop));
        Ok(Sandbox { url, open_platform_url, access_token, refresh_token, market, stopping, server })
    }

    /// The base address of the API: `http://127.0.0.1:PORT/`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The `UserID` that may call.
    pub fn user_id(&self) -> &str {
        &self.market.account.user_id
    }

    /// The key to sign with: 40 hex digits, the same for the same seed.
    pub fn api_key(&self) -> &str {
        &self.market.account.api_key
    }

    /// The base address of the Open Platform: `http://127.0.0.1:PORT/rest`.
    pub fn open_platform_url(&self) -> &str {
        &self.open_platform_url
    }

    /// The key of the app that may call the Open Platform.
    pub fn app_key(&self) -> &str {
        &self.market.app.key
    }

    /// The secret that its calls are signed with.
    pub fn app_secret(&self) -> &str {
        &self.market.app.secret
    }

    /// An access token that is good from the start, the same for the same seed.
    pub fn access_token(&self) -> &str {
        &self.access_token
    }

    /// A refresh token that is good from the start, the same for the same seed.
    pub fn refresh_token(&self) -> &str {
        &self.refresh_token
    }

    /// The JSON line that tells a program where the marketplace is and how to sign.
    pub fn ready_line(&self) -> String {
        let (url, user_id, api_key) = (json!(self.url()), json!(self.user_id()), json!(self.api_key()));
        let seller_center = format!(r#"{{"url":{url},"user_id":{user_id},"api_key":{api_key}}}"#);
        let (url, access, refresh) =
            (json!(self.open_platform_url()), json!(self.access_token()), json!(self.refresh_token()));
        let app = format!(r#""app_key":{},"app_secret":{}"#, json!(self.app_key()), json!(self.app_secret()));
        let tokens = format!(r#""access_token":{access},"refresh_token":{refresh}"#);
        let open_platform = format!(r#"{{"url":{url},{app},{tokens}}}"#);
        format!(r#"{{"v":1,"kind":"sandbox","seller_center":{seller_center},"open_platform":{open_platform}}}"#)
    }

    /// Takes no more connections, lets the requests in flight finish for up to two seconds, has the effects that were
    /// put off, and ends.
    pub async fn stop(mut self) {
        // Nobody listens when the server has ended by itself; then there is nothing to wait for either.
        let _ = self.stopping.send(true);
        let _ = (&mut self.server).await;
        self.market.catch_up_with_all();
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn market(options: Options) -> Result<market::Market, SandboxError> {
    let Options { faults, store, .. } = options;
    let reviews = faults.reviews();
    let calls_per_second = faults.calls_per_second.or(options.calls_per_second).filter(|rate| *rate != f64::INFINITY);
    if let Some(rate) = calls_per_second.filter(|rate| !(rate.is_finite() && *rate > 0.0)) {
        return Err(SandboxError::Rate(rate));
    }
    let seed = faults.seed.unwrap_or(options.seed);
    let presets = faults.products.iter().map(|preset| preset.product(time::now())).collect();
    let store = store::Store::open(presets, store.as_deref())?;
    let app = app(seed, &faults);
    let state = market::State {
        tally: meter::Tally::after(store.last_request()),
        store,
        reviews,
        spus: spu::Spus::new(faults.spus),
        script: script::Script::new(faults.faults, seed),
        delayed: BTreeMap::new(),
        open: open::Open::new(&app, &faults.open_platform),
        bucket: calls_per_second.map(|rate| meter::Bucket::new(rate, time::moment())),
    };
    Ok(market::Market {
        account: gate::Account { user_id: USER_ID.to_owned(), api_key: api_key(seed), clock: faults.clock },
        app,
        settings: faults.open_platform,
        images: faults.images,
        bad_sku: faults.bad_sku,
        normal: faults.normal,
        migration: faults.migration,
        reply_body: faults.reply_body,
        state: Mutex::new(state),
    })
}

fn api_key(seed: u64) -> String {
    drawn(&mut fastrand::Rng::with_seed(seed), KEY_LENGTH, 16)
}

/// The app of the Open Platform.
fn app(seed: u64, faults: &Faults) -> open::App {
    // Not the chance of the API key: one must not tell the other.
    let mut chance = fastrand::Rng::with_seed(!seed);
    let clock = gate::Clock { tolerance: faults.open_tolerance, ..faults.clock };
    open::App { key: drawn(&mut chance, APP_KEY_LENGTH, 10), secret: drawn(&mut chance, SECRET_LENGTH, 36), clock }
}

fn drawn(chance: &mut fastrand::Rng, length: usize, digits: u32) -> String {
    (0..length).map(|_| chance.digit(digits)).collect()
}
