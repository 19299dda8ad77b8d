//! The Open Platform API: a path for each call, parameters in the body of a POST, signed with the app's secret.
//!
//! Facts that the pages do not state are marked at the constants they became.

mod codes;
mod decode;
mod encode;
mod login;
mod payload;
mod shop;
mod sign;
mod wire;

use std::ops::Range;

use chrono::{DateTime, Utc};

use super::{
    AppKey, Call, Country, GetBrands, GetProducts, Limits, ListProducts, ProductFilter, StockDetail, TimeWindow,
    WireRequest, sku_list,
};
use crate::record::SellerSku;
use wire::{Carrier, Params};

pub(super) use codes::PICTURES;
pub(super) use decode::{decode, decode_list};
pub(super) use encode::body;
pub(super) use login::{login_page, token_request, tokens};

/// GetProducts page: at most 50. Products with many SKUs come in time only where fewer are asked for.
pub(super) const PRODUCTS_PER_PAGE: [u32; 2] = [50, 20];

/// "offset: max 10000" (products/get page).
pub(super) const LAST_OFFSET: u64 = 10_000;

/// As many as there are SKUs in a look-up.
pub(super) const PRODUCTS_PER_LOOKUP: u32 = 50;

/// GetBrandByPages page: at most 200, and 40 without a word.
pub(super) const BRANDS_PER_PAGE: [u32; 3] = [200, 100, 40];

/// Where tokens are given, for every country.
pub(super) const AUTH_URL: &str = "https://auth.lazada.com/rest";

/// `sku_seller_list` may hold 100, a page of the answer 50 products.
const SKUS_PER_LOOKUP: usize = PRODUCTS_PER_LOOKUP as usize;

/// Hosts of pictures in published replies; no page lists them.
const IMAGE_HOSTS: [&str; 2] = ["slatic.net", "alibaba.lzd.co"];

/// Calls with more than 50 SKUs time out, and 20 are advised (questions and answers on CreateProduct); 50 prices at most
/// (code 4171), 20 advised. No page limits the SKUs of SetImages; all of a product have pictures, or none (code 4153).
pub(super) fn limits() -> Limits {
    Limits {
        skus_per_product: 50,
        skus_per_set_images: 20,
        sets_images_by_product: true,
        skus_per_price_quantity: 20,
        undated_sales: true,
        creates_with_images: true,
        names_variants: true,
        image_hosts: IMAGE_HOSTS.map(str::to_owned).to_vec(),
    }
}

/// The live addresses, one per country.
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

/// Whether the list can be narrowed so; of pictures that are missing it knows nothing (GetProducts page).
pub(super) fn knows_filter(filter: ProductFilter) -> bool {
    match filter {
        ProductFilter::ImageMissing => false,
        ProductFilter::All | ProductFilter::Live | ProductFilter::Inactive | ProductFilter::Deleted => true,
        ProductFilter::Pending | ProductFilter::Rejected | ProductFilter::SoldOut => true,
    }
}

/// The request around its body, signed for this moment.
pub(super) fn signed(call: &Call<'_>, body: Option<Vec<u8>>, app: &AppKey, now: DateTime<Utc>) -> WireRequest {
    let mut params = wire::system_params(app, now);
    params.extend(own_params(call));
    let carrier = match (call, body) {
        (_, None) => Carrier::Query,
        (Call::UploadImage(_), Some(file)) => Carrier::Upload(file),
        (_, Some(payload)) => {
            params.push(("payload", String::from_utf8_lossy(&payload).into_owned()));
            Carrier::Form
        }
    };
    wire::request(call.action(), &app.base_url, params, carrier, app)
}

/// What a GET asks for.
fn own_params(call: &Call<'_>) -> Params {
    match call {
        Call::CreateProduct(_) | Call::UpdateProduct(_) | Call::UpdatePriceQuantity(_) => Vec::new(),
        Call::SetImages(_) | Call::MigrateImage(_) | Call::MigrateImages(_) | Call::UploadImage(_) => Vec::new(),
        Call::GetResponse(ticket) => vec![("batch_id", (*ticket).to_owned())],
        Call::GetQcStatus(skus) => vec![
            ("offset", "0".to_owned()),
            ("limit", skus.len().to_string()),
            ("seller_skus", sku_list::written(skus)),
        ],
        Call::GetProducts(GetProducts { skus, limit, told: _ }) => {
            let mut params = vec![("filter", "all".to_owned()), ("limit", at_most(*limit, PRODUCTS_PER_LOOKUP))];
            if !skus.is_empty() {
                params.push(("sku_seller_list", sku_list::written(skus)));
            }
            params
        }
        Call::ListProducts(list) => list_params(list),
        Call::GetCategoryTree => Vec::new(),
        Call::GetCategoryAttributes(category) => vec![("primary_category_id", category.to_string())],
        Call::GetBrands(GetBrands { offset, limit }) => {
            vec![("startRow", offset.to_string()), ("pageSize", limit.to_string())]
        }
    }
}

/// What is not asked for has no parameter. A filter that is not known goes as it is, to be refused: everything in its
/// place would be taken for what was asked.
fn list_params(list: &ListProducts<'_>) -> Params {
    let mut params = vec![
        ("filter", list.filter.as_str().to_owned()),
        ("limit", at_most(list.limit, PRODUCTS_PER_PAGE[0])),
        ("offset", list.offset.to_string()),
    ];
    let TimeWindow { after, before } = list.created;
    params.extend(after.map(|after| ("create_after", written(after))));
    params.extend(before.map(|before| ("create_before", written(before))));
    let TimeWindow { after, before } = list.updated;
    params.extend(after.map(|after| ("update_after", written(after))));
    params.extend(before.map(|before| ("update_before", written(before))));
    let search = list.search.filter(|search| !search.trim().is_empty());
    params.extend(search.map(|search| ("search", search.to_owned())));
    match list.stock {
        StockDetail::Plain => {}
        StockDetail::Full => params.push(("options", "1".to_owned())),
    }
    params
}

fn at_most(limit: u32, most: u32) -> String {
    limit.min(most).to_string()
}

/// ISO 8601 in whole seconds, with the offset as the page's samples write it.
fn written(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

/// Cuts SKUs into look-ups of at most 50 SKUs and 4 KB of encoded list.
pub(super) fn lookup_chunks(skus: &[SellerSku]) -> Vec<Range<usize>> {
    sku_list::chunks(skus, SKUS_PER_LOOKUP)
}

#[cfg(test)]
mod tests;
