//! Money is decimal, never a float; the digits stay as typed.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A price in the shop's currency, digits as typed. `check` sees to it that it is above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Price(Decimal);

impl Price {
    /// Plain digits with at most one decimal point, and perhaps a minus sign. Anything else
    /// (thousands marks, a comma, a currency) has more than one reading and is refused.
    #[must_use]
    pub fn parse(text: &str) -> Option<Price> {
        plain_decimal(text).map(Price)
    }

    /// A number that has been read already.
    pub(super) fn of(number: Decimal) -> Price {
        Price(number)
    }

    /// The number.
    #[must_use]
    pub fn amount(self) -> Decimal {
        self.0
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Reads `12`, `12.50` or `-3`, and nothing else.
pub(super) fn plain_decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    Decimal::from_str_exact(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_digits_are_kept_as_typed() {
        for text in ["388.50", "12", "0.05", "1000000"] {
            assert_eq!(Price::parse(text).map(|price| price.to_string()).as_deref(), Some(text));
        }
        assert_eq!(Price::parse(" 12.50\u{a0}").map(|price| price.to_string()).as_deref(), Some("12.50"));
    }

    #[test]
    fn what_has_two_readings_is_refused() {
        for text in ["1,299.00", "1.299,00", "12,50", "฿12", "12 THB", "1e3", "1_000", ".5", "5.", "", "12.5O", "１２"]
        {
            assert_eq!(Price::parse(text), None, "{text}");
        }
    }
}
