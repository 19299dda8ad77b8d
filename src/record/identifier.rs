//! Names that things are known by: seller SKU, category, SPU, product id.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::trimmed;

/// The merchant's own key of a SKU, unique in the shop. Its case and inner spaces are kept. Copies share the text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SellerSku(Arc<str>);

impl SellerSku {
    /// Takes the text without white space at its ends; `None` where nothing is left.
    #[must_use]
    pub fn parse(text: &str) -> Option<SellerSku> {
        let text = trimmed(text);
        (!text.is_empty()).then(|| SellerSku(text.into()))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SellerSku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The number of a marketplace category (`PrimaryCategory`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CategoryId(u64);

/// The number of a standard product unit (`SPUId`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpuId(u64);

impl CategoryId {
    /// A whole number above zero, in plain digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<CategoryId> {
        positive(text).map(CategoryId)
    }

    /// The category of that number; `None` for zero.
    #[must_use]
    pub fn of(number: u64) -> Option<CategoryId> {
        (number > 0).then_some(CategoryId(number))
    }

    /// The number.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

impl SpuId {
    /// A whole number above zero, in plain digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<SpuId> {
        positive(text).map(SpuId)
    }
}

impl fmt::Display for CategoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for SpuId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn positive(text: &str) -> Option<u64> {
    let text = trimmed(text);
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|number| *number > 0)
}

/// A harmonised identifier (`ProductId`: EAN, UPC, GTIN), digits as typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProductId(Box<str>);

impl ProductId {
    /// Takes the text without white space at its ends; `None` where nothing is left.
    #[must_use]
    pub fn parse(text: &str) -> Option<ProductId> {
        let text = text.trim();
        (!text.is_empty()).then(|| ProductId(text.into()))
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What keeps it from being a GTIN of 8, 12, 13 or 14 digits; `None` where it is one.
    #[must_use]
    pub fn gtin_fault(text: &str) -> Option<String> {
        let text = text.trim();
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some("it holds more than digits".to_owned());
        }
        if !matches!(text.len(), 8 | 12 | 13 | 14) {
            return Some(format!("it has {} digits, not 8, 12, 13 or 14", text.len()));
        }
        let (digits, check) = text.split_at(text.len() - 1);
        let weighted = digits.bytes().rev().zip([3, 1].into_iter().cycle());
        let sum: u32 = weighted.map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
        let expected = (10 - sum % 10) % 10;
        (check != expected.to_string())
            .then(|| format!("its check digit is {check}, the other digits ask for {expected}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seller_sku_keeps_case_and_inner_spaces() {
        assert_eq!(
            SellerSku::parse(" outer ID:W01-R24 2\u{a0}").map(|sku| sku.to_string()).as_deref(),
            Some("outer ID:W01-R24 2")
        );
        assert_eq!(SellerSku::parse(" \u{a0}"), None);
    }

    #[test]
    fn a_category_is_a_whole_number_above_zero() {
        assert!(CategoryId::parse("6614").is_some());
        for text in ["0", "-3", "6614.5", "Shoes", "", "1e3"] {
            assert_eq!(CategoryId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_gtin_is_told_by_its_check_digit() {
        for text in ["4006381333931", "96385074", "036000291452", "10012345000017"] {
            assert_eq!(ProductId::gtin_fault(text), None, "{text}");
        }
        for text in ["4006381333932", "1234", "40063813339AB"] {
            assert!(ProductId::gtin_fault(text).is_some(), "{text}");
        }
    }
}
