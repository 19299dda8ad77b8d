//! How many requests have ended, and how.

use super::creation::Ending;
use super::state::{State, Work};
use crate::plan::Action;

/// How many requests of each kind have ended.
#[derive(Debug, Default)]
pub(super) struct Tallies {
    /// Requests that have been counted.
    counted: Vec<bool>,
    creations: Tally,
    pictures: Tally,
    hostings: Tally,
    /// Products that failed of themselves.
    failures: u64,
    /// As many of them had when this process began.
    failures_before: u64,
}

/// How many requests of a kind have ended.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    done: usize,
    failed: usize,
}

impl Tallies {
    pub(super) fn new(requests: usize) -> Tallies {
        Tallies { counted: vec![false; requests], ..Tallies::default() }
    }

    /// What has failed so far is not this process's doing.
    pub(super) fn begin_process(&mut self) {
        self.failures_before = self.failures;
    }

    /// Products that have failed in this process.
    pub(super) fn failures(&self) -> u64 {
        self.failures - self.failures_before
    }

    /// Requests that have ended.
    pub(super) fn done(&self) -> usize {
        self.creations.done + self.pictures.done + self.hostings.done
    }
}

impl State {
    /// How many requests of this one's kind have ended, and how many of them badly.
    #[must_use]
    pub fn count(&self, action: Action) -> (usize, usize) {
        let tally = match action {
            Action::CreateProduct => self.tallies.creations,
            Action::SetImages => self.tallies.pictures,
            Action::MigrateImage | Action::MigrateImages | Action::UploadImage => self.tallies.hostings,
            Action::UpdateProduct | Action::UpdatePriceQuantity => Tally::default(),
            Action::GetProducts | Action::GetResponse | Action::GetQcStatus => Tally::default(),
        };
        (tally.done, tally.failed)
    }

    /// Counts a request that has ended; answers whether it has just done so.
    pub(super) fn tally(&mut self, request: usize) -> bool {
        if self.tallies.counted[request] || !self.has_ended(request) {
            return false;
        }
        let (tally, is_failed) = match &self.work[request] {
            Work::Creation(creation) => {
                let is_failed = creation.ending() != Some(&Ending::Complete);
                self.tallies.failures += u64::from(is_failed && creation.ending() != Some(&Ending::Held));
                (&mut self.tallies.creations, is_failed)
            }
            Work::Pictures(pictures) => (&mut self.tallies.pictures, pictures.has_failed()),
            Work::Hosting(hosting) => (&mut self.tallies.hostings, hosting.has_failed()),
        };
        tally.done += 1;
        tally.failed += usize::from(is_failed);
        self.tallies.counted[request] = true;
        true
    }
}
