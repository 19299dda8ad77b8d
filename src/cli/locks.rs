//! Who sends: the locks of a shop and of a run, and waiting for them.

use std::time::Duration;

use skuload::journal::{JournalError, Lock, Runs, ShopStore};

use super::exit::{Exit, Failure};
use super::output;
use super::runs::present;
use super::settings::Settings;
use super::shop;
use super::world;

/// How long until a lock that another process has is tried again.
const AGAIN: Duration = Duration::from_millis(200);

/// What is done where another process sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// It is told.
    Refuse,
    /// This process waits until the other one has ended.
    Wait,
}

impl Patience {
    /// As `--wait-lock` says.
    pub(super) fn of(wait_lock: bool) -> Patience {
        if wait_lock { Patience::Wait } else { Patience::Refuse }
    }

    /// Takes a lock, now or once it is free.
    pub(super) fn take(self, mut take: impl FnMut() -> Result<Lock, JournalError>) -> Result<Lock, Failure> {
        let held = match take() {
            Err(error @ (JournalError::Locked { .. } | JournalError::RunLocked { .. })) if self == Patience::Wait => {
                error
            }
            taken => return Ok(taken?),
        };
        let why = held.to_string();
        let why = why.split(';').next().unwrap_or_default();
        output::say(&format!("{why}; waiting until it has ended (Ctrl-C ends the waiting)"));
        let attempt = || match take() {
            Err(JournalError::Locked { .. } | JournalError::RunLocked { .. }) => None,
            taken => Some(taken),
        };
        match world::runtime()?.block_on(world::until(AGAIN, attempt)) {
            Some(taken) => Ok(taken?),
            None => Err(Failure::new(Exit::Interrupted, format!("interrupted: {why}"))
                .help("nothing was sent; run the same command again")),
        }
    }
}

/// What a run's sender holds.
pub(super) struct Held {
    /// The right to send to the shop; none on the built-in marketplace, or where the shop was removed.
    pub(super) shop: Option<Lock>,
    _run: Lock,
}

/// Nobody else sends what this run sends, nor to its shop, while these live.
pub(super) fn lock(runs: &Runs, name: &str, patience: Patience, settings: &Settings) -> Result<Held, Failure> {
    let shop = present(runs, name, settings)?.meta().shop.clone();
    let shop = shop.map(|shop| (shop::folder(settings, &shop), shop)).filter(|(folder, _)| folder.exists());
    let shop = shop.map(|(folder, shop)| patience.take(|| ShopStore::lock(&folder, &shop))).transpose()?;
    Ok(Held { shop, _run: patience.take(|| runs.lock(name))? })
}
