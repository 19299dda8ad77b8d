//! The Open Platform API: a path for each call, parameters in the body of a POST, signed with the app's secret.

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::{AppKey, Call, Country, Garbled, Grant, Ids, Limits, Refusal, Reply, Tokens, WireRequest};
use crate::plan::Action;
use crate::record::SellerSku;

pub(super) const PRODUCTS_PER_PAGE: [u32; 2] = [50, 20];

pub(super) const LAST_OFFSET: u64 = 10_000;

pub(super) const PRODUCTS_PER_LOOKUP: u32 = 50;

pub(super) const BRANDS_PER_PAGE: [u32; 3] = [200, 100, 40];

pub(super) fn limits() -> Limits {
    Limits {
        skus_per_product: 50,
        skus_per_set_images: 20,
        skus_per_price_quantity: 20,
        creates_with_images: true,
        names_variants: true,
        image_hosts: ["slatic.net", "alibaba.lzd.co"].map(str::to_owned).to_vec(),
    }
}

pub(super) fn base_url(country: Country) -> &'static str {
    match country {
        Country::Sg => "https://api.lazada.sg/rest",
        Country::My => "https://api.lazada.com.my/rest",
        Country::Id => "https://api.lazada.co.id/rest",
        Country::Ph => "https://api.lazada.com.ph/rest",
        Country::Th => "https://api.lazada.co.th/rest",
        Country::Vn => "https://api.lazada.vn/rest",
    }
}

pub(super) fn body(_call: &Call<'_>, _ids: &Ids) -> Option<Vec<u8>> {
    todo!()
}

pub(super) fn signed(_call: &Call<'_>, _body: Option<Vec<u8>>, _app: &AppKey, _now: DateTime<Utc>) -> WireRequest {
    todo!()
}

pub(super) fn decode(_action: Action, _body: &[u8]) -> Result<Reply, Garbled> {
    todo!()
}

pub(super) fn decode_list(_body: &[u8]) -> Result<Reply, Garbled> {
    todo!()
}

pub(super) fn lookup_chunks(_skus: &[SellerSku]) -> Vec<Range<usize>> {
    todo!()
}

pub(super) fn login_page(_app: &AppKey, _auth_url: &str, _redirect: &str, _state: &str) -> String {
    todo!()
}

pub(super) fn token_request(_app: &AppKey, _auth_url: &str, _grant: Grant<'_>, _now: DateTime<Utc>) -> WireRequest {
    todo!()
}

pub(super) fn tokens(_body: &[u8], _now: DateTime<Utc>) -> Result<Result<Tokens, Refusal>, Garbled> {
    todo!()
}
