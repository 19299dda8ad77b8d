//! The parcel a SKU travels in.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::money::plain_decimal;

/// A weight in kg or a length in cm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Measure(Decimal);

impl Measure {
    /// Plain digits with at most one decimal point, and perhaps a minus sign. Zeros at the end of the
    /// fraction are not kept: `0.500` is sent as `0.5`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Measure> {
        plain_decimal(text).map(Measure::of)
    }

    /// A number that has been read already.
    pub(super) fn of(number: Decimal) -> Measure {
        Measure(number.normalize())
    }

    /// The number.
    #[must_use]
    pub fn amount(self) -> Decimal {
        self.0
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Weight in kg, length, width and height in cm: all four or none (CreateProduct, SKU table).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// `package_weight`, kg.
    pub weight: Measure,
    /// `package_length`, cm.
    pub length: Measure,
    /// `package_width`, cm.
    pub width: Measure,
    /// `package_height`, cm.
    pub height: Measure,
}
