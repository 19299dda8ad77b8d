//! The transport over HTTP: no retries, no redirects, no address in any message.

use std::error::Error;
use std::time::Duration;

use chrono::{DateTime, Datelike, Utc};

use super::addresses::Addresses;
use super::fetch::{Fetcher, Unfetched};
use super::{Silence, Transport, WireReply};
use crate::dialect::{Method, WireRequest};
use crate::record::ImageUrl;

/// A reply longer than this is no reply of the API.
const LONGEST_BODY: usize = 8 << 20;

/// Sends over HTTP(S) with rustls.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    client: reqwest::Client,
    timeout: Duration,
    fetcher: Fetcher,
}

impl HttpTransport {
    /// A client for which `timeout` bounds each request as a whole; pictures are fetched from the public web only.
    ///
    /// # Errors
    /// The system's certificates cannot be used; the text says why.
    pub fn new(timeout: Duration) -> Result<HttpTransport, String> {
        // Another part of the process may have chosen a provider already; then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .retry(reqwest::retry::never())
            .redirect(reqwest::redirect::Policy::none())
            .timeout(timeout)
            .connect_timeout(timeout.min(Duration::from_secs(10)))
            .user_agent(concat!("skuload/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .build()
            .map_err(|error| said(&error.without_url()))?;
        let fetcher = Fetcher::new(timeout, Addresses::Public).map_err(|error| said(&error.without_url()))?;
        Ok(HttpTransport { client, timeout, fetcher })
    }

    /// Pictures are fetched from these addresses.
    ///
    /// # Errors
    /// As [`HttpTransport::new`].
    pub fn fetching_from(self, addresses: Addresses) -> Result<HttpTransport, String> {
        let fetcher = Fetcher::new(self.timeout, addresses).map_err(|error| said(&error.without_url()))?;
        Ok(HttpTransport { fetcher, ..self })
    }

    pub(super) fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }
}

impl Transport for HttpTransport {
    async fn send(&self, request: WireRequest) -> Result<WireReply, Silence> {
        let mut builder = match request.method {
            Method::Get => self.client.get(&request.url),
            Method::Post => self.client.post(&request.url),
        };
        if let Some(content_type) = request.content_type {
            builder = builder.header(reqwest::header::CONTENT_TYPE, content_type);
        }
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        let mut response = builder.send().await.map_err(silence)?;
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let date = header(reqwest::header::DATE).and_then(time);
        let retry_after = header(reqwest::header::RETRY_AFTER).and_then(|text| pause(text, date));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(silence)? {
            if body.len() + chunk.len() > LONGEST_BODY {
                return Err(Silence::Unclear("the reply is longer than 8 MiB".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(WireReply { status, body, retry_after, date })
    }

    async fn fetch(&self, url: &ImageUrl) -> Result<Vec<u8>, Unfetched> {
        self.fetcher.fetch(url).await
    }
}

/// A time as HTTP writes it.
fn time(text: &str) -> Option<DateTime<Utc>> {
    // A year that is none of ours must not overflow what is reckoned with it.
    DateTime::parse_from_rfc2822(text).ok().map(|time| time.to_utc()).filter(|time| time.year() < 10_000)
}

/// `Retry-After`: seconds, or a time on the server's clock.
fn pause(text: &str, date: Option<DateTime<Utc>>) -> Option<Duration> {
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some((time(text)? - date?).to_std().unwrap_or_default()),
    }
}

fn silence(error: reqwest::Error) -> Silence {
    let is_unsent = error.is_connect() || error.is_builder();
    let is_timeout = error.is_timeout();
    let reason = said(&error.without_url());
    if is_unsent {
        return Silence::NotSent(reason);
    }
    Silence::Unclear(if is_timeout { "no reply in time".to_owned() } else { reason })
}

/// The whole chain of causes, in one line.
fn said(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_asks_for_a_pause_in_seconds_or_until_a_time_of_its_own() {
        let date = time("Sun, 06 Nov 1994 08:49:37 GMT");
        let check = |text, date| pause(text, date).map(|pause| pause.as_secs());
        assert_eq!(check("120", None), Some(120));
        assert_eq!(check("Sun, 06 Nov 1994 08:50:07 GMT", date), Some(30));
        assert_eq!(check("Sun, 06 Nov 1994 08:40:00 GMT", date), Some(0));
        assert_eq!(check("Sun, 06 Nov 1994 08:50:07 GMT", None), None);
        assert_eq!(check("soon", date), None);
        assert_eq!(time("31 Dec 262142 23:59:59 GMT"), None);
        assert_eq!(check("-5", date), None);
    }
}
