//! One fault: when it strikes, what it does to the shop, and what it does to the reply.
//!
//! The three are told apart, so that each kind of reply goes with each effect. How a faults file spells them stands
//! in [`faults`](super::faults).

use std::time::Duration;

use serde::Deserialize;

use super::dress::Dress;
use super::view::View;

/// What a fault strikes that is no call: a new connection, before a byte of it is read.
pub(super) const CONNECTION: &str = "connection";

/// A fault: when it strikes, and what it does. A condition that is `None` always holds.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// When it strikes.
    pub(super) when: When,
    /// What becomes of the reply.
    pub(super) kind: Kind,
    /// What becomes of the call.
    pub(super) effect: Effect,
    /// What the reply tells of products.
    pub(super) view: View,
    /// The bytes of the reply.
    pub(super) dress: Dress,
}

/// The conditions of a fault; they hold together.
#[derive(Debug, Clone, Default)]
pub(super) struct When {
    /// Calls of this action, or connections.
    pub(super) action: Option<String>,
    /// Calls that carry this seller SKU.
    pub(super) sku: Option<String>,
    /// The calls with these numbers, from 1, among those that action and SKU let through.
    pub(super) nth: Option<Vec<u64>>,
    /// The call with this number and all after it.
    pub(super) from: Option<u64>,
    /// Calls by chance.
    pub(super) probability: Option<f64>,
    /// Whether the chance is drawn for a seller SKU once and for all.
    pub(super) sticky: bool,
    /// At most so often; a burst counts once.
    pub(super) times: Option<u64>,
    /// All calls that action and SKU let through, for so long after a strike.
    pub(super) burst: Option<Span>,
}

/// What a fault does to the reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing: for a fault of the effect, of the view or of the dress alone.
    Plain,
    /// The connection cut before the reply.
    LostReply {
        /// How long before.
        wait: Span,
        /// Whether with a TCP reset.
        abrupt: bool,
    },
    /// The connection reset before the effect.
    Reset,
    /// All connections closed, and none taken for a while.
    Refused {
        /// How long.
        pause: Span,
    },
    /// An HTTP status.
    Status {
        /// 200 to 599.
        status: u16,
        /// `Retry-After`, in seconds.
        retry_after: Option<u64>,
        /// `Location`.
        location: Option<String>,
    },
    /// E901, or ApiCallLimit of the Open Platform.
    Throttle,
    /// The reply late.
    Slow {
        /// How late.
        wait: Span,
    },
    /// The body of the reply byte by byte.
    Drip {
        /// How long after each byte.
        step: Span,
    },
    /// An API error.
    Error {
        /// `ErrorCode`, or `code` of the Open Platform.
        code: Code,
        /// `ErrorMessage`; the pages' text when absent.
        message: Option<String>,
        /// `Field` of the one detail.
        field: Option<String>,
        /// `Message` of the one detail.
        detail: Option<String>,
        /// The code of the one detail, which only the Open Platform tells.
        detail_code: Option<u32>,
        /// The SKU that the detail names.
        named: Named,
    },
    /// Half of the reply.
    Truncated(Break),
    /// The whole reply, and a Content-Length that promises more.
    Overlong(Break),
    /// The connection closed after the reply, without notice.
    HangUp {
        /// How long after.
        after: Span,
        /// Whether with a TCP reset.
        abrupt: bool,
    },
    /// A page for people.
    Html,
    /// The page of a gateway that does not know the address of the caller.
    WhiteList,
    /// A success with one warning.
    Warnings {
        /// What it warns of.
        message: String,
    },
    /// A seller SKU that was in the shop before.
    Exists,
}

/// The code of a scripted error.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum Code {
    /// A number.
    Number(u32),
    /// A name, as the Open Platform has some.
    Name(String),
}

/// How a body ends that is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Break {
    /// How long nothing comes before the end.
    pub(super) silence: Span,
    /// Whether the end is a TCP reset.
    pub(super) abrupt: bool,
}

/// Which SKU the detail of a scripted error names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// None: it is about the whole product.
    Nobody,
    /// The one whose chance it is, or the first that the call carries.
    First,
    /// This one.
    This(String),
}

/// What a fault does to the effect of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// None.
    Nothing,
    /// As it should be.
    Whole,
    /// The first half of the SKUs, rounded up.
    Half,
    /// The call is done two times, and the second reply counts.
    Twice,
    /// Whole, but later, whatever becomes of the connection.
    Later(Span),
}

/// A time between two, by chance.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    least: Duration,
    most: Duration,
}

impl Span {
    /// From the shorter to the longer, both included.
    pub(super) fn between(least: Duration, most: Duration) -> Span {
        Span { least, most }
    }

    /// The time that the lot, from 0 to 1, gives.
    pub(super) fn drawn(self, lot: f64) -> Duration {
        self.least + self.most.saturating_sub(self.least).mul_f64(lot.clamp(0.0, 1.0))
    }
}

impl Fault {
    /// A fault that strikes always and does nothing but this.
    #[cfg(test)]
    pub(super) fn of(kind: Kind) -> Fault {
        let (when, effect) = (When::default(), Effect::Whole);
        Fault { when, kind, effect, view: View::default(), dress: Dress::default() }
    }
}

impl Kind {
    /// Its name in a faults file.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Kind::Plain => "plain",
            Kind::LostReply { .. } => "lost-reply",
            Kind::Reset => "reset",
            Kind::Refused { .. } => "refused",
            Kind::Status { .. } => "status",
            Kind::Throttle => "throttle",
            Kind::Slow { .. } => "slow",
            Kind::Drip { .. } => "drip",
            Kind::Error { .. } => "error",
            Kind::Truncated(_) => "truncated",
            Kind::Overlong(_) => "overlong",
            Kind::HangUp { .. } => "hang-up",
            Kind::Html => "html",
            Kind::WhiteList => "white-list",
            Kind::Warnings { .. } => "warnings",
            Kind::Exists => "exists",
        }
    }
}
