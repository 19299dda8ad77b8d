//! MigrateImage, MigrateImages and GetResponse: pictures that the marketplace fetches from elsewhere.
//!
//! Published: the bodies of the requests, at most eight pictures a request, `Body.Image.{Url,Code}` of MigrateImage,
//! the ticket in `Head.RequestId` of MigrateImages, and of GetResponse the `Images` of its response type, the errors
//! E005 and E006, and a success that holds nothing but an empty `Warnings`. Our reading, after the marketplace's
//! later interface: the list `Images` with `Url` and `Code` in the order asked for, without the sources; the list
//! `Errors` with the source of each failed picture as `Field`; that empty success for a ticket that is not ready
//! (E006 on request); E005 for an unknown ticket; E301 for more than eight pictures.

use std::time::{Duration, Instant};

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::address;
use super::pictures::{self, Pictures};
use super::reply::{ApiError, Detail};
use super::rules::MAX_IMAGES;
use super::store::Effect;
use super::xml::Element;

/// How long the marketplace takes to fetch pictures.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Migration {
    /// How often GetResponse finds a ticket not ready.
    not_ready: u64,
    /// How long it finds it so.
    #[serde(deserialize_with = "seconds")]
    seconds: Duration,
    /// What it says then.
    says: Unready,
    /// How long a slow source takes.
    #[serde(deserialize_with = "seconds")]
    slow: Duration,
}

/// What GetResponse says of a ticket that is not ready.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unready {
    /// A success without pictures.
    #[default]
    Nothing,
    /// E006.
    Error,
}

impl Default for Migration {
    fn default() -> Migration {
        Migration { not_ready: 0, seconds: Duration::ZERO, says: Unready::Nothing, slow: Duration::from_secs(2) }
    }
}

impl Migration {
    /// How long a MigrateImage of this source takes.
    pub(super) fn wait(&self, source: &str) -> Duration {
        if address::is_slow(source) { self.slow } else { Duration::ZERO }
    }

    /// What GetResponse answers about a ticket; it does not count as a poll.
    pub(super) fn respond(&self, ticket: &str, pictures: &Pictures, now: Instant) -> Result<Value, ApiError> {
        let ticket = pictures.ticket(ticket).ok_or_else(|| ApiError::new(5))?;
        let slowest = ticket.sources.iter().map(|source| self.wait(source)).max().unwrap_or_default();
        let age = now.saturating_duration_since(ticket.since);
        if ticket.polls < self.not_ready || age < self.seconds.max(slowest) {
            return match self.says {
                Unready::Nothing => Ok(json!({"Warnings": []})),
                Unready::Error => Err(ApiError::new(6)),
            };
        }
        Ok(fetched(&ticket.sources))
    }
}

fn fetched(sources: &[String]) -> Value {
    let (mut images, mut errors) = (Vec::new(), Vec::new());
    for source in sources {
        match address::check_source(source) {
            Ok(()) => images.push(image(source)),
            Err(failure) => errors.push(failure.detail(source)),
        }
    }
    let mut body = json!({"Images": images, "Warnings": []});
    if !errors.is_empty() {
        body["Errors"] = json!(errors);
    }
    body
}

fn image(source: &str) -> Value {
    let (code, url) = pictures::of_source(source);
    json!({"Url": url, "Code": code})
}

/// The source that a MigrateImage names.
pub(super) fn source(request: &Element) -> Result<String, ApiError> {
    let image = request.child("Image").ok_or_else(|| ApiError::about(1, "Image"))?;
    image.value("Url").map(str::to_owned).ok_or_else(|| ApiError::about(1, "Url"))
}

/// The sources that a MigrateImages names, one to eight; blank ones are none.
pub(super) fn sources(request: &Element) -> Result<Vec<String>, ApiError> {
    let images = request.child("Images").ok_or_else(|| ApiError::about(1, "Images"))?;
    let urls = images.children_named("Url").map(|url| url.text.trim()).filter(|url| !url.is_empty());
    let sources: Vec<String> = urls.map(str::to_owned).collect();
    match sources.len() {
        0 => Err(ApiError::about(1, "Url")),
        1..=MAX_IMAGES => Ok(sources),
        _ => Err(ApiError::with_details(301, vec![Detail::new("Images", "Too many images in one request", None)])),
    }
}

/// The ticket that a GetResponse names; anything else is E005, the only error of the page that fits.
pub(super) fn ticket(request: &Element) -> Result<String, ApiError> {
    request.value("RequestId").map(str::to_owned).ok_or_else(|| ApiError::new(5))
}

/// Migrates one picture: the change, and what is said of it.
pub(super) fn one(source: &str) -> Result<(Effect, Value), ApiError> {
    address::check_source(source).map_err(|failure| failure.error(source))?;
    Ok((Effect::Migrate { source: source.to_owned() }, json!({"Image": image(source)})))
}

fn seconds<'de, D: Deserializer<'de>>(value: D) -> Result<Duration, D::Error> {
    let seconds = f64::deserialize(value)?;
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| serde::de::Error::custom(format!("no wait can be {seconds} seconds long")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::{time, xml};

    #[track_caller]
    fn check_sources(inner: &str, expect: Result<usize, u32>) {
        let request = xml::read(format!("<Request>{inner}</Request>").as_bytes()).unwrap();
        let outcome = sources(&request).map(|sources| sources.len()).map_err(|error| error.code);
        assert_eq!(outcome, expect, "{inner}");
    }

    #[test]
    fn a_batch_has_one_to_eight_sources() {
        check_sources("<Images><Url>http://x.example/1</Url><Url> </Url></Images>", Ok(1));
        check_sources(&format!("<Images>{}</Images>", "<Url>http://x.example/1</Url>".repeat(8)), Ok(8));
        check_sources(&format!("<Images>{}</Images>", "<Url>http://x.example/1</Url>".repeat(9)), Err(301));
        check_sources("<Images/>", Err(1));
        check_sources("<Image><Url>http://x.example/1</Url></Image>", Err(1));
    }

    #[test]
    fn a_ticket_is_ready_after_so_many_polls_and_so_long() {
        let migration = Migration { not_ready: 1, seconds: Duration::from_secs(5), ..Migration::default() };
        let start = time::moment();
        let mut pictures = Pictures::default();
        pictures.promise("t".to_owned(), vec!["http://x.example/1".to_owned()], start);
        let mut is_ready = |after: u64| {
            let body = migration.respond("t", &pictures, start + Duration::from_secs(after)).unwrap();
            pictures.poll("t");
            body.get("Images").is_some()
        };
        assert!(!is_ready(6));
        assert!(!is_ready(4));
        assert!(is_ready(5));
        assert!(is_ready(6));
    }

    #[test]
    fn a_slow_source_keeps_the_ticket_waiting() {
        let migration = Migration::default();
        assert_eq!(migration.wait("http://x.example/slow/1"), Duration::from_secs(2));
        let start = time::moment();
        let mut pictures = Pictures::default();
        pictures.promise("t".to_owned(), vec!["http://x.example/slow/1".to_owned()], start);
        let body = |after: u64| migration.respond("t", &pictures, start + Duration::from_secs(after)).unwrap();
        assert_eq!(body(1), json!({"Warnings": []}));
        assert!(body(2).get("Images").is_some());
    }
}
