//! The pictures the marketplace hosts, and the tickets of those it was asked to fetch.
//!
//! A source has one hosted address, however often it is migrated; an upload has an address of its own each time.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use serde::Serialize;
use serde_json::{Value, json};

use super::address;

const TICKET_LENGTH: usize = 26;

/// Where a hosted picture came from.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Origin {
    /// An address.
    Source(String),
    /// Bytes with this code.
    Upload(String),
}

#[derive(Debug, Serialize)]
struct Picture {
    #[serde(flatten)]
    origin: Origin,
    times: u64,
}

/// The promise of a later answer to a MigrateImages.
#[derive(Debug)]
pub(super) struct Ticket {
    /// What is to be fetched, in the order it was asked for.
    pub(super) sources: Vec<String>,
    /// How often a client asked whether it is ready.
    pub(super) polls: u64,
    /// When it was given, or when the marketplace was started since.
    pub(super) since: Instant,
}

/// Everything about pictures that the marketplace holds.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    hosted: BTreeMap<String, Picture>,
    copies: HashMap<String, u64>,
    tickets: BTreeMap<String, Ticket>,
}

/// The code and the address of what is hosted for a source: both tell the source and nothing else, for nothing is
/// fetched.
pub(super) fn of_source(source: &str) -> (String, String) {
    let code = address::code(source.as_bytes());
    let url = address::hosted(&code, "jpg");
    (code, url)
}

impl Pictures {
    /// Counts one more migration of a source.
    pub(super) fn migrate(&mut self, source: String) {
        let (_, url) = of_source(&source);
        let first = || Picture { origin: Origin::Source(source), times: 0 };
        self.hosted.entry(url).or_insert_with(first).times += 1;
    }

    /// Holds one more copy of an upload.
    pub(super) fn upload(&mut self, code: String, url: String) {
        let copies = self.copies.entry(code.clone()).or_default();
        *copies += 1;
        self.hosted.insert(url, Picture { origin: Origin::Upload(code), times: *copies });
    }

    /// The address of the next copy of an upload.
    pub(super) fn next_copy(&self, code: &str, ending: &str) -> String {
        let copy = self.copies.get(code).copied().unwrap_or_default() + 1;
        address::hosted(&address::code(format!("{code} {copy}").as_bytes()), ending)
    }

    /// A ticket that nobody has.
    pub(super) fn next_ticket(&self) -> String {
        let mut ticket = address::code(format!("ticket {}", self.tickets.len()).as_bytes());
        ticket.truncate(TICKET_LENGTH);
        ticket
    }

    /// Gives a ticket, and fetches what can be fetched.
    pub(super) fn promise(&mut self, ticket: String, sources: Vec<String>, since: Instant) {
        for source in sources.iter().filter(|source| address::check_source(source).is_ok()) {
            self.migrate(source.clone());
        }
        self.tickets.insert(ticket, Ticket { sources, polls: 0, since });
    }

    /// Whether somebody has this ticket.
    pub(super) fn has_ticket(&self, ticket: &str) -> bool {
        self.tickets.contains_key(ticket)
    }

    /// The ticket, counted as asked for once more.
    pub(super) fn poll(&mut self, ticket: &str) -> Option<&Ticket> {
        let ticket = self.tickets.get_mut(ticket)?;
        ticket.polls += 1;
        Some(ticket)
    }

    /// What `/sandbox/products` shows of the hosted pictures: for a source how often it was migrated, for an upload
    /// which copy of its content it is. When every number is 1, no picture travelled twice.
    pub(super) fn shown(&self) -> Value {
        json!(self.hosted)
    }

    /// What `/sandbox/products` shows of the tickets.
    pub(super) fn tickets_shown(&self) -> Value {
        let shown = |ticket: &Ticket| json!({"sources": ticket.sources, "polls": ticket.polls});
        self.tickets.iter().map(|(name, ticket)| (name.clone(), shown(ticket))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::time;

    #[test]
    fn a_source_has_one_address_and_a_count() {
        let mut pictures = Pictures::default();
        for source in ["http://x.example/1", "http://x.example/2", "http://x.example/1"] {
            pictures.migrate(source.to_owned());
        }
        let (_, url) = of_source("http://x.example/1");
        assert_eq!(pictures.shown()[&url], json!({"source": "http://x.example/1", "times": 2}));
        assert_eq!(pictures.hosted.len(), 2);
    }

    #[test]
    fn every_upload_is_a_copy_with_an_address_of_its_own() {
        let mut pictures = Pictures::default();
        let first = pictures.next_copy("c0de", "png");
        pictures.upload("c0de".to_owned(), first.clone());
        let second = pictures.next_copy("c0de", "png");
        pictures.upload("c0de".to_owned(), second.clone());
        assert_ne!(first, second);
        assert_eq!(pictures.shown()[&second], json!({"upload": "c0de", "times": 2}));
    }

    #[test]
    fn a_ticket_fetches_what_can_be_fetched() {
        let mut pictures = Pictures::default();
        let ticket = pictures.next_ticket();
        assert_eq!(ticket.len(), TICKET_LENGTH);
        let sources = ["http://x.example/1", "http://x.example/dead/2"].map(str::to_owned).to_vec();
        pictures.promise(ticket.clone(), sources, time::moment());
        assert_eq!(pictures.hosted.len(), 1);
        assert_ne!(pictures.next_ticket(), ticket);
        assert_eq!(pictures.poll(&ticket).map(|ticket| ticket.polls), Some(1));
        assert!(pictures.poll("unknown").is_none());
    }
}
