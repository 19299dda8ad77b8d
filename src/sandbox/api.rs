//! The two APIs of the marketplace: Seller Center, and the Open Platform that came after it.
//!
//! One shop stands behind both. Where their rules differ, what decides takes the API that a call came by.

use chrono::{DateTime, Utc};

/// The API that a call came by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    /// `/?Action=`, XML or JSON.
    SellerCenter,
    /// `/rest/`, JSON alone.
    OpenPlatform,
}

/// By which API a call came, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Came {
    /// Which.
    pub(super) by: Api,
    /// The time at the marketplace.
    pub(super) at: DateTime<Utc>,
}

impl Api {
    /// Whether a special price needs a date: one without is for good where it does not.
    pub(super) fn dates_sales(self) -> bool {
        match self {
            Api::SellerCenter => true,
            Api::OpenPlatform => false,
        }
    }
}
