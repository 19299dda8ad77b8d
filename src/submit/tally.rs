//! How many requests have ended, and how.

use super::state::State;
use super::work::Work;
use crate::plan::Action;

/// How many requests of each kind have ended.
#[derive(Debug, Default)]
pub(super) struct Tallies {
    /// Requests that have been counted.
    counted: Vec<bool>,
    creations: Tally,
    updates: Tally,
    prices: Tally,
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
        [self.creations, self.updates, self.prices, self.pictures, self.hostings].iter().map(|tally| tally.done).sum()
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
            Action::UpdateProduct => self.tallies.updates,
            Action::UpdatePriceQuantity => self.tallies.prices,
            Action::GetProducts | Action::GetResponse | Action::GetQcStatus => Tally::default(),
            Action::GetCategoryTree | Action::GetCategoryAttributes | Action::GetBrands => Tally::default(),
            Action::CreateToken | Action::RefreshToken => Tally::default(),
        };
        (tally.done, tally.failed)
    }

    /// Counts a request that has ended; answers whether it has just done so.
    pub(super) fn tally(&mut self, request: usize) -> bool {
        if self.tallies.counted[request] || !self.has_ended(request) {
            return false;
        }
        let work = &self.work[request];
        self.tallies.failures += work.failures();
        let tally = match work {
            Work::Creation(_) => &mut self.tallies.creations,
            Work::Update(_) if self.outlines[request].action == Action::UpdateProduct => &mut self.tallies.updates,
            Work::Update(_) => &mut self.tallies.prices,
            Work::Pictures(_) => &mut self.tallies.pictures,
            Work::Hosting(_) => &mut self.tallies.hostings,
        };
        tally.done += 1;
        tally.failed += usize::from(work.has_failed());
        self.tallies.counted[request] = true;
        true
    }
}
