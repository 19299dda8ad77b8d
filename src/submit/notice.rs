//! What onlookers are told of a run, as it happens. It decides nothing, and the journal does not depend on it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::health::Trouble;
use super::pace::Pace;
use crate::plan::Action;

/// Something an onlooker may want to know at once.
#[derive(Debug)]
pub enum Notice<'a> {
    /// A request leaves.
    Request {
        /// Its name in the plan; none for look-ups.
        id: Option<&'a str>,
        /// Its action.
        action: Action,
        /// Which attempt, from 1.
        attempt: u32,
        /// How many SKUs it carries.
        skus: usize,
    },
    /// Something came back.
    Reply {
        /// The request's name in the plan; none for look-ups.
        id: Option<&'a str>,
        /// Its action.
        action: Action,
        /// What, in a word or two.
        outcome: String,
    },
    /// This computer's clock is off by so much; the marketplace's time is signed from here on. It is told once.
    ClockOff {
        /// How far the marketplace is ahead, or behind where it is negative.
        ahead: TimeDelta,
    },
    /// The access token ended, or was to end soon, and there is another one.
    Renewed {
        /// When that one ends, where it was told.
        until: Option<DateTime<Utc>>,
        /// Why it could not be kept for other processes, where it could not.
        unkept: Option<String>,
    },
    /// The marketplace asked for less.
    Slower {
        /// The pace from here on.
        pace: &'a Pace,
    },
    /// The marketplace does not do its work; it is told once, when it begins.
    Trouble {
        /// In which way.
        trouble: Trouble,
        /// What it said, or why nothing came.
        reason: String,
        /// The run bears it for so long, and stops then.
        patience: Duration,
    },
    /// So much is over.
    Progress {
        /// Requests of this action that have ended.
        done: usize,
        /// That ended badly.
        failed: usize,
        /// Which action.
        action: Action,
    },
}

/// Is told what happens, as it happens.
pub trait Observer: Sync {
    /// A request, a reply, progress.
    fn notice(&self, notice: &Notice<'_>);
    /// The run waits.
    fn waits(&self, pause: Duration, reason: &str);
    /// So many SKUs have been looked up before the plan.
    fn asked(&self, skus: usize);
}
