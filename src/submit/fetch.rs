//! Fetching pictures from the web: resolved first, from allowed addresses only, no redirect followed, no more read
//! than a picture may have. What comes is looked at; nothing is decoded.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Response, Url};

use super::addresses::Addresses;
use crate::picture::{Fault, LONGEST, look};
use crate::record::ImageUrl;

/// How long a host may take to answer at all.
const CONNECT: Duration = Duration::from_secs(5);

/// How long one picture may take.
const WHOLE: Duration = Duration::from_secs(30);

/// A host that gave no sound answer so many times in a row is asked for no more.
const SILENT: u32 = 20;

/// So many bytes are there before the first look; many headers end within them.
const FIRST_LOOK: usize = 4 << 10;

/// Why a picture could not be fetched. The text tells the merchant and holds no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfetched {
    /// Its host does not answer, not in time, or is in trouble: nothing is known of the picture.
    #[error("{0}")]
    Unreachable(String),
    /// Its host has given no sound answer for so long that it is not asked any more by this process.
    #[error("{0}")]
    Silent(String),
    /// The host answers, and does not give it; or there is no asking at such an address.
    #[error("{0}")]
    Refused(String),
    /// Its host is not on the public web, and was not asked.
    #[error("{0}")]
    NotPublic(String),
    /// It is none that marketplaces take.
    #[error("it {0}")]
    Unsound(Fault),
}

impl Unfetched {
    /// Another try may go better.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Unfetched::Unreachable(_) | Unfetched::Silent(_) => true,
            Unfetched::Refused(_) | Unfetched::NotPublic(_) | Unfetched::Unsound(_) => false,
        }
    }
}

/// How much is fetched.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// Until its type and its size in pixels are known.
    Header,
    All,
}

/// Fetches pictures. It knows no credentials and keeps no cookies.
#[derive(Debug, Clone)]
pub(super) struct Fetcher {
    client: reqwest::Client,
    addresses: Addresses,
    /// How often in a row a host gave no sound answer.
    silences: Arc<Mutex<HashMap<Box<str>, u32>>>,
}

impl Fetcher {
    /// `timeout` bounds each picture, and so do 30 s.
    pub(super) fn new(timeout: Duration, addresses: Addresses) -> reqwest::Result<Fetcher> {
        let client = reqwest::Client::builder()
            .retry(reqwest::retry::never())
            .redirect(reqwest::redirect::Policy::none())
            .timeout(timeout.min(WHOLE))
            .connect_timeout(timeout.min(CONNECT))
            .user_agent(concat!("skuload/", env!("CARGO_PKG_VERSION")))
            .referer(false)
            .no_proxy()
            .dns_resolver(Arc::new(Gate { addresses }))
            .build()?;
        Ok(Fetcher { client, addresses, silences: Arc::default() })
    }

    /// The whole picture, where it is sound.
    pub(super) async fn fetch(&self, url: &ImageUrl) -> Result<Vec<u8>, Unfetched> {
        if self.silences().get(url.host()).is_some_and(|silences| *silences >= SILENT) {
            let reason = format!("{} has given no sound answer {SILENT} times in a row", url.host());
            return Err(Unfetched::Silent(reason));
        }
        let read = self.read(url, Extent::All).await;
        let mut silences = self.silences();
        match &read {
            Err(why) if why.may_pass() => *silences.entry(url.host().into()).or_default() += 1,
            Ok(_) | Err(_) => _ = silences.remove(url.host()),
        }
        drop(silences);
        read
    }

    fn silences(&self) -> MutexGuard<'_, HashMap<Box<str>, u32>> {
        self.silences.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at a picture; of a sound one no more is read than its header.
    pub(super) async fn look(&self, url: &ImageUrl) -> Result<(), Unfetched> {
        self.read(url, Extent::Header).await.map(drop)
    }

    async fn read(&self, url: &ImageUrl, extent: Extent) -> Result<Vec<u8>, Unfetched> {
        let mut response = self.open(url).await?;
        let promised = response.content_length();
        let mut bytes = Vec::new();
        let mut next_look = FIRST_LOOK;
        while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error, url))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() as u64 > LONGEST {
                break;
            }
            if bytes.len() < next_look {
                continue;
            }
            // Twice as far for the next look: a header is read a few times at most, however long it is.
            next_look = bytes.len() * 2;
            match look(&bytes, promised.unwrap_or(0).max(bytes.len() as u64)) {
                Ok(_) if extent == Extent::Header => return Ok(bytes),
                Ok(_) | Err(Fault::Cut(_)) => {}
                Err(fault) => return Err(Unfetched::Unsound(fault)),
            }
        }
        let length = if bytes.len() as u64 > LONGEST { promised.unwrap_or(0) } else { 0 };
        look(&bytes, length.max(bytes.len() as u64)).map_err(Unfetched::Unsound)?;
        Ok(bytes)
    }

    async fn open(&self, url: &ImageUrl) -> Result<Response, Unfetched> {
        let refused = |reason: String| Err(Unfetched::Refused(reason));
        let Ok(address) = Url::parse(url.as_str()) else { return refused("its address is not sound".to_owned()) };
        let host = address.host_str().unwrap_or_default();
        // An address in place of a name is never resolved.
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        if literal.is_ok_and(|literal| !self.addresses.allows(literal)) {
            return Err(Unfetched::NotPublic(NotPublic { host: host.to_owned() }.to_string()));
        }
        if !self.addresses.allows_port(address.port_or_known_default()) {
            return refused("its port is neither 80 nor 443".to_owned());
        }
        let response = self.client.get(address.clone()).send().await.map_err(|error| unreachable(&error, url))?;
        let status = response.status();
        if status.is_redirection() {
            let location = response.headers().get(reqwest::header::LOCATION).and_then(|value| value.to_str().ok());
            let target = location.and_then(|location| address.join(location).ok());
            let to = target.as_ref().and_then(Url::host_str).unwrap_or("nowhere");
            return refused(format!(
                "its address redirects to {to}, which is not followed; give the address behind it"
            ));
        }
        if status != reqwest::StatusCode::OK {
            let reason = format!("{host} answers with the HTTP status {}", status.as_u16());
            // It is the host that is in trouble, or in a hurry.
            let is_of_host = status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429);
            return Err(if is_of_host { Unfetched::Unreachable(reason) } else { Unfetched::Refused(reason) });
        }
        Ok(response)
    }
}

/// Why there is no answer, in words that name the host alone.
fn unreachable(error: &reqwest::Error, url: &ImageUrl) -> Unfetched {
    let host = url.host();
    // The innermost cause is the plainest: `Connection refused`.
    let mut reason = "nobody knows why".to_owned();
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(inner) = cause {
        if let Some(not_public) = inner.downcast_ref::<NotPublic>() {
            return Unfetched::NotPublic(not_public.to_string());
        }
        reason = inner.to_string();
        cause = inner.source();
    }
    if error.is_timeout() {
        return Unfetched::Unreachable(format!("{host} does not answer in time"));
    }
    Unfetched::Unreachable(if error.is_connect() {
        format!("{host} cannot be reached: {reason}")
    } else {
        format!("{host} broke off: {reason}")
    })
}

/// A host that is not on the public web.
#[derive(Debug)]
struct NotPublic {
    host: String,
}

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not on the public web: its address is private or reserved", self.host)
    }
}

impl Error for NotPublic {}

/// Resolves names, and gives no address away that must not be asked: what is connected to is what was looked at.
#[derive(Debug)]
struct Gate {
    addresses: Addresses,
}

impl Resolve for Gate {
    fn resolve(&self, name: Name) -> Resolving {
        let addresses = self.addresses;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| addresses.allows(address.ip())).collect();
            if allowed.is_empty() {
                return Err(NotPublic { host }.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
