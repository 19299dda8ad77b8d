//! How many pieces of a SKU there are, and how many of them orders hold.
//!
//! `quantity` is the level that the merchant sets, `Available` what can be sold of it. Our reading: ReservedStock
//! and RealTimeStock lessen what can be sold; RtsStock and PendingStock tell of orders that they count already.

use serde::{Deserialize, Serialize};

use super::store::Sku;

/// What orders hold of a SKU.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Held {
    /// `ReservedStock`: for orders that are not shipped yet.
    pub(super) reserved: u64,
    /// `RtsStock`: in orders that are ready to ship.
    pub(super) rts: u64,
    /// `PendingStock`: in orders that are pending.
    pub(super) pending: u64,
    /// `RealTimeStock`: for orders that have not reached the Seller Center.
    pub(super) real_time: u64,
}

impl Held {
    /// Nothing is held.
    pub(super) fn is_nothing(&self) -> bool {
        *self == Held::default()
    }
}

/// `quantity`; 0 where none was sent.
pub(super) fn quantity(sku: &Sku) -> u64 {
    sku.fields.get("quantity").and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// `Available`: what can be sold.
pub(super) fn available(sku: &Sku) -> u64 {
    quantity(sku).saturating_sub(sku.held.reserved).saturating_sub(sku.held.real_time)
}
