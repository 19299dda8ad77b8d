//! The two APIs: encode, sign, decode, error codes.
//!
//! Everything here takes values and returns values. Sending belongs to `submit`, the clock is an
//! argument. One rule is kept throughout: nothing that holds a key or a signature can print it.

mod about;
mod call;
mod categories;
mod code;
mod credentials;
mod help;
mod json;
mod listing;
mod login;
mod mask;
mod node;
mod open_platform;
mod reply;
mod seller_center;
mod signing;
mod sku_list;

use std::collections::HashMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::plan::{Action, Limits, SkuIds};
use crate::record::{Country, SellerSku};

pub use call::{Call, GetBrands, GetProducts, Method, Told, WireRequest};
pub use credentials::{AppKey, Credentials, UserKey};
pub use listing::{ListProducts, ProductFilter, StockDetail, TimeWindow};
pub use login::{Grant, Landing, Seller, Tokens};
pub use reply::{Class, Detail, Garbled, MigratedImage, QcStatus, Refusal, Reply};

/// What the marketplace knows SKUs by.
pub type Ids = HashMap<SellerSku, SkuIds>;

/// Which API a shop speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// The Seller Center API: `?Action=...`, XML bodies, one key per user.
    SellerCenter,
    /// The Open Platform API: paths below `/rest`, form fields, JSON replies, an app's secret and a seller's token.
    OpenPlatform,
}

impl Dialect {
    /// What a POST carries; `None` for a GET. It does not depend on who sends it when. `ids` are those of the SKUs it
    /// changes, as far as they are known; an API that does not ask for them does not look at them.
    #[must_use]
    pub fn body(self, call: &Call<'_>, ids: &Ids) -> Option<Vec<u8>> {
        match self {
            Dialect::SellerCenter => seller_center::body(call),
            Dialect::OpenPlatform => open_platform::body(call, ids),
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
            Dialect::OpenPlatform => open_platform::decode(action, body),
        }
    }

    /// What the marketplace answered to this call: as [`Dialect::decode`], and of products as much as the call wants.
    ///
    /// # Errors
    /// [`Garbled`] where the body is no reply of this API to this call.
    pub fn decode_reply_to(self, call: &Call<'_>, body: &[u8]) -> Result<Reply, Garbled> {
        let is_listed = match call {
            Call::ListProducts(_) | Call::GetProducts(GetProducts { told: Told::Everything, .. }) => true,
            Call::GetProducts(GetProducts { told: Told::Presence, .. }) => false,
            Call::CreateProduct(_) | Call::UpdateProduct(_) | Call::UpdatePriceQuantity(_) => false,
            Call::SetImages(_) | Call::MigrateImage(_) | Call::MigrateImages(_) | Call::UploadImage(_) => false,
            Call::GetResponse(_) | Call::GetQcStatus(_) => false,
            Call::GetCategoryTree | Call::GetCategoryAttributes(_) | Call::GetBrands(_) => false,
        };
        match (self, is_listed) {
            (_, false) => self.decode(call.action(), body),
            (Dialect::SellerCenter, true) => seller_center::decode_list(body),
            (Dialect::OpenPlatform, true) => open_platform::decode_list(body),
        }
    }

    /// How much one request carries, and which hosts are the marketplace's own.
    #[must_use]
    pub fn limits(self) -> Limits {
        match self {
            Dialect::SellerCenter => seller_center::limits(),
            Dialect::OpenPlatform => open_platform::limits(),
        }
    }

    /// How many products a page may hold: what is asked for first, then what is tried where that is refused. As many as
    /// the last come where the limit that was asked for is overlooked.
    #[must_use]
    pub fn products_per_page(self) -> &'static [u32] {
        match self {
            Dialect::SellerCenter => &seller_center::PRODUCTS_PER_PAGE,
            Dialect::OpenPlatform => &open_platform::PRODUCTS_PER_PAGE,
        }
    }

    /// How many products of a list can be passed over, where that has an end.
    #[must_use]
    pub fn last_offset(self) -> Option<u64> {
        match self {
            Dialect::SellerCenter => None,
            Dialect::OpenPlatform => Some(open_platform::LAST_OFFSET),
        }
    }

    /// How many products an answer to a look-up may hold.
    #[must_use]
    pub fn products_per_lookup(self) -> u32 {
        match self {
            Dialect::SellerCenter => seller_center::PRODUCTS_PER_LOOKUP,
            Dialect::OpenPlatform => open_platform::PRODUCTS_PER_LOOKUP,
        }
    }

    /// SKUs are changed under the marketplace's own numbers ([`SkuIds`]), which must be known before.
    #[must_use]
    pub fn needs_ids(self) -> bool {
        match self {
            Dialect::SellerCenter => false,
            Dialect::OpenPlatform => true,
        }
    }

    /// Whether a list of products can be narrowed so. One that cannot is refused where it is asked for all the same.
    #[must_use]
    pub fn knows_filter(self, filter: ProductFilter) -> bool {
        match self {
            Dialect::SellerCenter => true,
            Dialect::OpenPlatform => open_platform::knows_filter(filter),
        }
    }

    /// The live address at which tokens are given, the same for all countries; none where nobody logs in.
    #[must_use]
    pub fn auth_url(self) -> Option<&'static str> {
        match self {
            Dialect::SellerCenter => None,
            Dialect::OpenPlatform => Some(open_platform::AUTH_URL),
        }
    }

    /// How many brands a page may hold: what is asked for first, then what is tried where that is refused.
    #[must_use]
    pub fn brands_per_page(self) -> &'static [u32] {
        match self {
            Dialect::SellerCenter => &seller_center::BRANDS_PER_PAGE,
            Dialect::OpenPlatform => &open_platform::BRANDS_PER_PAGE,
        }
    }

    /// The live address of a country's marketplace.
    #[must_use]
    pub fn base_url(self, country: Country) -> &'static str {
        match self {
            Dialect::SellerCenter => seller_center::base_url(country),
            Dialect::OpenPlatform => open_platform::base_url(country),
        }
    }

    /// Cuts SKUs into look-ups that keep to the limits of count and address length. The ranges
    /// cover all SKUs in order; a SKU that is too long by itself travels alone.
    #[must_use]
    pub fn lookup_chunks(self, skus: &[SellerSku]) -> Vec<Range<usize>> {
        match self {
            Dialect::SellerCenter => seller_center::lookup_chunks(skus),
            Dialect::OpenPlatform => open_platform::lookup_chunks(skus),
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
