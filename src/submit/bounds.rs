//! Where the user wants a run to stop: by time, by failures, by calls. What is on its way is awaited, nothing new
//! leaves, and `resume` goes on.

use std::fmt;

use chrono::{DateTime, Utc};

/// The limits of one process; none by default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bounds {
    /// Nothing leaves after this time, and waits end.
    pub deadline: Option<DateTime<Utc>>,
    /// More products than this must not fail.
    pub max_failures: Option<MaxFailures>,
    /// So many calls leave at most, reads too.
    pub max_requests: Option<u64>,
    /// So many of them have left before.
    pub calls_before: u64,
}

impl Bounds {
    /// The same, where so many calls have left already.
    #[must_use]
    pub fn after(self, calls: u64) -> Bounds {
        Bounds { calls_before: self.calls_before + calls, ..self }
    }
}

/// How many products may be refused, remain unknown, or lack the pictures that they must have, in one process. What is
/// only held back by another product is no failure of its own. A product that is changed fails once, however many of its
/// SKUs fail; where only prices, sales and stock change, each SKU counts as a product, since they travel across products.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MaxFailures {
    /// So many may; one more stops the run.
    Count(u64),
    /// So many of a hundred planned products may. It counts from the fifth failure on, so that one bad row does not stop
    /// a small sheet.
    Percent(f64),
}

/// A share is not told from fewer failures.
const FEW: u64 = 5;

impl MaxFailures {
    /// So many failures of so many planned products are too many.
    #[must_use]
    pub fn is_exceeded(self, failed: u64, planned: u64) -> bool {
        match self {
            MaxFailures::Count(most) => failed > most,
            MaxFailures::Percent(percent) => failed >= FEW && failed as f64 * 100.0 > percent * planned as f64,
        }
    }
}

impl fmt::Display for MaxFailures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MaxFailures::Count(most) => write!(f, "{most}"),
            MaxFailures::Percent(percent) => write!(f, "{percent} %"),
        }
    }
}

/// What can fail in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Products are created or changed.
    Products,
    /// Only prices, sales and stock change.
    Skus,
    /// Some of each.
    Both,
}

/// The limit that stopped a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Limit {
    /// The time has come.
    Deadline(DateTime<Utc>),
    /// Too many products or SKUs failed.
    Failures {
        /// What was allowed.
        most: MaxFailures,
        /// How many failed.
        failed: u64,
        /// What was counted.
        counted: Counted,
    },
    /// So many calls have left.
    Requests(u64),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::Deadline(at) => write!(f, "the deadline {} has passed", at.format("%Y-%m-%d %H:%M:%S UTC")),
            Limit::Failures { most, failed, counted } => {
                let what = match (counted, failed) {
                    (Counted::Products, 1) => "product",
                    (Counted::Products, _) => "products",
                    (Counted::Skus, 1) => "SKU",
                    (Counted::Skus, _) => "SKUs",
                    (Counted::Both, 1) => "product or SKU",
                    (Counted::Both, _) => "products and SKUs",
                };
                write!(f, "{failed} {what} failed, and the limit of failures is {most}")
            }
            Limit::Requests(most) => write!(f, "the limit of {most} calls is reached"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_than_the_count_is_too_many() {
        let check = |most, failed| MaxFailures::Count(most).is_exceeded(failed, 100);
        assert_eq!([check(0, 0), check(0, 1), check(3, 3), check(3, 4)], [false, true, false, true]);
    }

    #[test]
    fn what_failed_is_told_by_what_the_run_changes() {
        let told = |failed, counted| Limit::Failures { most: MaxFailures::Count(3), failed, counted }.to_string();
        assert_eq!(told(4, Counted::Products), "4 products failed, and the limit of failures is 3");
        assert_eq!(told(4, Counted::Skus), "4 SKUs failed, and the limit of failures is 3");
        assert_eq!(told(1, Counted::Both), "1 product or SKU failed, and the limit of failures is 3");
    }

    #[test]
    fn a_share_counts_from_the_fifth_failure_on() {
        let check = |failed, planned| MaxFailures::Percent(10.0).is_exceeded(failed, planned);
        assert_eq!([check(1, 1), check(4, 4), check(5, 5)], [false, false, true]);
        assert_eq!([check(5, 50), check(6, 50), check(100, 1_000)], [false, true, false]);
    }
}
