//! Fetching pictures from the web: resolved first, from allowed addresses only, no redirect followed, no more read
//! than a picture may have. What comes is looked at; nothing is decoded.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
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

/// So many bytes are there before the first look; many headers end within them.
const FIRST_LOOK: usize = 4 << 10;

/// Why a picture cannot be had. The text tells the merchant and holds no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unfetched {
    /// Its host does not answer, or not in time.
    Unreachable(String),
    /// The host has none, or none that is taken.
    Dead(String),
}

impl Unfetched {
    pub(super) fn into_reason(self) -> String {
        match self {
            Unfetched::Unreachable(reason) | Unfetched::Dead(reason) => reason,
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
        Ok(Fetcher { client, addresses })
    }

    /// The whole picture, where it is sound.
    pub(super) async fn fetch(&self, url: &ImageUrl) -> Result<Vec<u8>, Unfetched> {
        self.read(url, Extent::All).await
    }

    /// Looks at a picture; of a sound one no more is read than its header.
    pub(super) async fn look(&self, url: &ImageUrl) -> Result<(), Unfetched> {
        self.read(url, Extent::Header).await.map(drop)
    }

    async fn read(&self, url: &ImageUrl, extent: Extent) -> Result<Vec<u8>, Unfetched> {
        let mut response = self.open(url).await?;
        let promised = response.content_length();
        let dead = |fault: Fault| Unfetched::Dead(format!("it {fault}"));
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
                Err(fault) => return Err(dead(fault)),
            }
        }
        let length = if bytes.len() as u64 > LONGEST { promised.unwrap_or(0) } else { 0 };
        look(&bytes, length.max(bytes.len() as u64)).map_err(dead)?;
        Ok(bytes)
    }

    async fn open(&self, url: &ImageUrl) -> Result<Response, Unfetched> {
        let refused = |reason: String| Err(Unfetched::Dead(reason));
        let Ok(address) = Url::parse(url.as_str()) else { return refused("its address is not sound".to_owned()) };
        let host = address.host_str().unwrap_or_default();
        // An address in place of a name is never resolved.
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        if literal.is_ok_and(|literal| !self.addresses.allows(literal)) {
            return refused(NotPublic { host: host.to_owned() }.to_string());
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
            return refused(format!("{host} answers with the HTTP status {}", status.as_u16()));
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
            return Unfetched::Dead(not_public.to_string());
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
