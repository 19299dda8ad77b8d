//! What the client gets: an HTTP status, a text, and the way in which they reach it.

use std::time::Duration;

use super::dress::Dress;
use super::reply::{self, ApiError, Format};

/// How an answer reaches the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// All of it.
    Whole,
    /// A byte of the body, and a wait after each.
    Drip(Duration),
    /// Half of the body, then silence, then the connection is cut.
    Half(Ending),
    /// All of the body where the head promised more, then silence, then the connection is cut.
    Overlong(Ending),
    /// All of it, then the connection is cut without notice.
    HangUp(Ending),
    /// Nothing: the connection is cut.
    Cut {
        /// Whether with a TCP reset.
        abrupt: bool,
    },
    /// Nothing: all connections are closed, and none is taken for so long.
    Refuse(Duration),
}

/// How a connection ends before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ending {
    /// How long after the last byte.
    pub(super) after: Duration,
    /// Whether with a TCP reset.
    pub(super) abrupt: bool,
}

/// An effect that is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Later {
    /// The number of the request it is of.
    pub(super) request: u64,
    /// How long from now.
    pub(super) delay: Duration,
}

/// What the client gets.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) text: String,
    pub(super) retry_after: Option<u64>,
    pub(super) location: Option<String>,
    pub(super) dress: Dress,
    pub(super) wait: Duration,
    pub(super) delivery: Delivery,
    pub(super) later: Option<Later>,
}

impl Answer {
    /// A text that arrives.
    pub(super) fn whole(text: String, format: Format) -> Answer {
        Answer {
            status: 200,
            content_type: format.content_type().to_owned(),
            text,
            retry_after: None,
            location: None,
            dress: Dress::default(),
            wait: Duration::ZERO,
            delivery: Delivery::Whole,
            later: None,
        }
    }

    /// An API error.
    pub(super) fn refusal(action: &str, error: &ApiError, format: Format) -> Answer {
        Answer::whole(reply::failure(action, error, format), format)
    }

    /// A page for people.
    pub(super) fn page(status: u16, text: &str) -> Answer {
        let page =
            format!("<!DOCTYPE html>\n<html><head><title>{status}</title></head><body><p>{text}</body></html>\n");
        Answer { status, content_type: "text/html; charset=utf-8".to_owned(), ..Answer::whole(page, Format::Xml) }
    }
}
