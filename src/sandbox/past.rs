//! Products as they were before they were updated, for replies that are behind the times.
//!
//! They are kept in memory alone, and only the last of them: nobody asks for what was long ago.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::store::Product;

const MOST: usize = 10_000;

#[derive(Debug)]
struct Version {
    place: usize,
    product: Product,
    until: DateTime<Utc>,
}

/// The versions of all products that were replaced last.
#[derive(Debug, Default)]
pub(super) struct Past(VecDeque<Version>);

impl Past {
    /// Keeps the product at this place, which is replaced now.
    pub(super) fn keep(&mut self, place: usize, product: &Product, now: DateTime<Utc>) {
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back(Version { place, product: product.clone(), until: now });
    }

    /// The product at this place as it was then; `None` when it has been the same since.
    pub(super) fn then(&self, place: usize, then: DateTime<Utc>) -> Option<&Product> {
        let version = self.0.iter().find(|version| version.place == place && version.until > then);
        version.map(|version| &version.product)
    }
}
