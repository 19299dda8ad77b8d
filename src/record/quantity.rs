//! Stock on hand.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::money::plain_decimal;

/// A whole number of pieces, zero or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quantity(u64);

impl Quantity {
    /// `10`, or `10.0` as a program that knows only floats writes it; `1.000` has two readings.
    #[must_use]
    pub fn parse(text: &str) -> Option<Quantity> {
        Quantity::of(plain_decimal(text)?)
    }

    /// A number that has been read already.
    pub(super) fn of(number: Decimal) -> Option<Quantity> {
        let is_whole = number.scale() == 0 || number.fract().is_zero();
        if number < Decimal::ZERO || !is_whole || number.scale() > 2 {
            return None;
        }
        u64::try_from(number.trunc()).ok().map(Quantity)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stock_is_a_whole_number_not_below_zero() {
        for (text, pieces) in [("0", "0"), ("10", "10"), ("10.0", "10"), (" 7 ", "7")] {
            assert_eq!(Quantity::parse(text).map(|quantity| quantity.to_string()).as_deref(), Some(pieces));
        }
        for text in ["-1", "1.5", "1.000", "10 pcs", "1e2", "∞", ""] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }
}
