//! The two APIs: encode, sign, decode, error codes.
//!
//! Everything here takes values and returns values. Sending belongs to `submit`, the clock is an
//! argument. One rule is kept throughout: nothing that holds a key or a signature can print it.

mod call;
mod listing;
mod mask;
mod reply;
mod seller_center;

use std::ops::Range;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::plan::{Action, Limits};
use crate::record::{Country, SellerSku};

pub use call::{Call, Credentials, GetBrands, GetProducts, Method, Told, WireRequest};
pub use listing::{ListProducts, ProductFilter, StockDetail, TimeWindow};
pub use reply::{Class, Detail, Garbled, MigratedImage, QcStatus, Refusal, Reply};

/// Which API a shop speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// The Seller Center API: `?Action=...`, XML bodies, one key per user.
    SellerCenter,
}

impl Dialect {
    /// The body of a POST, as it is sent; `None` for a GET.
    #[must_use]
    pub fn body(self, call: &Call<'_>) -> Option<Vec<u8>> {
        match self {
            Dialect::SellerCenter => seller_center::body(call),
        }
    }

    /// The request, signed for this moment. Each attempt is signed afresh.
    #[must_use]
    pub fn encode(self, call: &Call<'_>, credentials: &Credentials, now: DateTime<Utc>) -> WireRequest {
        self.signed(call, self.body(call), credentials, now)
    }

    /// As [`Dialect::encode`], around the [`Dialect::body`] that was made before.
    #[must_use]
    pub fn signed(
        self,
        call: &Call<'_>,
        body: Option<Vec<u8>>,
        credentials: &Credentials,
        now: DateTime<Utc>,
    ) -> WireRequest {
        match self {
            Dialect::SellerCenter => seller_center::signed(call, body, credentials, now),
        }
    }

    /// What the marketplace answered. The HTTP status plays no part: refusals come with 200. Of products it tells no
    /// more than a look-up needs.
    ///
    /// # Errors
    /// [`Garbled`] where the body is no reply of this API to this action.
    pub fn decode(self, action: Action, body: &[u8]) -> Result<Reply, Garbled> {
        match self {
            Dialect::SellerCenter => seller_center::decode(action, body),
        }
    }

    /// What the marketplace answered to this call: as [`Dialect::decode`], and of products as much as the call wants.
    ///
    /// # Errors
    /// [`Garbled`] where the body is no reply of this API to this call.
    pub fn decode_reply_to(self, call: &Call<'_>, body: &[u8]) -> Result<Reply, Garbled> {
        match (self, call) {
            (Dialect::SellerCenter, Call::ListProducts(_)) => seller_center::decode_list(body),
            (Dialect::SellerCenter, Call::GetProducts(GetProducts { told: Told::Everything, .. })) => {
                seller_center::decode_list(body)
            }
            (
                Dialect::SellerCenter,
                Call::CreateProduct(_)
                | Call::UpdateProduct(_)
                | Call::UpdatePriceQuantity(_)
                | Call::SetImages(_)
                | Call::GetProducts(_)
                | Call::MigrateImage(_)
                | Call::MigrateImages(_)
                | Call::GetResponse(_)
                | Call::UploadImage(_)
                | Call::GetQcStatus(_)
                | Call::GetCategoryTree
                | Call::GetCategoryAttributes(_)
                | Call::GetBrands(_),
            ) => seller_center::decode(call.action(), body),
        }
    }

    /// How much one request carries, and which hosts are the marketplace's own.
    #[must_use]
    pub fn limits(self) -> Limits {
        match self {
            Dialect::SellerCenter => seller_center::limits(),
        }
    }

    /// How many brands a page may hold: what is asked for first, then what is tried where that is refused.
    #[must_use]
    pub fn brands_per_page(self) -> &'static [u32] {
        match self {
            Dialect::SellerCenter => &seller_center::BRANDS_PER_PAGE,
        }
    }

    /// The live address of a country's marketplace.
    #[must_use]
    pub fn base_url(self, country: Country) -> &'static str {
        match self {
            Dialect::SellerCenter => seller_center::base_url(country),
        }
    }

    /// Cuts SKUs into look-ups that keep to the limits of count and address length. The ranges
    /// cover all SKUs in order; a SKU that is too long by itself travels alone.
    #[must_use]
    pub fn lookup_chunks(self, skus: &[SellerSku]) -> Vec<Range<usize>> {
        match self {
            Dialect::SellerCenter => seller_center::lookup_chunks(skus),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialect_is_written_in_kebab_case() {
        assert_eq!(serde_json::to_string(&Dialect::SellerCenter).unwrap(), "\"seller-center\"");
    }

    #[test]
    fn every_country_has_a_live_host_of_its_own() {
        let hosts: std::collections::BTreeSet<&str> =
            Country::ALL.iter().map(|country| Dialect::SellerCenter.base_url(*country)).collect();
        assert_eq!(hosts.len(), Country::ALL.len());
        assert!(hosts.iter().all(|host| host.starts_with("https://api.sellercenter.lazada.") && host.ends_with('/')));
    }

    #[test]
    fn the_limits_are_those_of_the_pages() {
        let limits = Dialect::SellerCenter.limits();
        assert_eq!(limits.skus_per_set_images, 100);
    }
}
