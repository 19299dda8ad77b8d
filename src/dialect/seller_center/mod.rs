//! The Seller Center API: everything in the query string, signed; writes carry an XML body.
//!
//! Replies are asked for in JSON and understood in XML too. Facts that the pages do not state are
//! marked at the constants they became.

mod codes;
mod decode;
mod encode;
mod shop;
mod sign;
mod tree;

use std::ops::Range;

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;

use super::{
    Call, Country, GetBrands, GetProducts, Limits, ListProducts, Method, StockDetail, TimeWindow, UserKey, WireRequest,
    sku_list,
};
use crate::record::SellerSku;

pub(super) use decode::{decode, decode_list};
pub(super) use encode::body;

/// SetImages page ("a maximum of 100 SellerSkus"); UpdatePriceQuantity takes 50, and 20 are recommended.
pub(super) fn limits() -> Limits {
    Limits {
        // No page limits them.
        skus_per_product: usize::MAX,
        skus_per_set_images: 100,
        sets_images_by_product: false,
        skus_per_price_quantity: 20,
        undated_sales: false,
        creates_with_images: false,
        names_variants: false,
        image_hosts: IMAGE_HOSTS.map(str::to_owned).to_vec(),
    }
}

/// Hosts of pictures in published replies; no page lists them.
const IMAGE_HOSTS: [&str; 2] = ["slatic.net", "alibaba.lzd.co"];

/// GetProducts page: "500 (this is the default hard limit)", and 20 without a word; some instances refuse more than 100.
pub(super) const PRODUCTS_PER_PAGE: [u32; 3] = [500, 100, 20];

/// As many as there are SKUs in a look-up.
pub(super) const PRODUCTS_PER_LOOKUP: u32 = 100;

/// GetBrands page: at most 1000, and 100 without a word.
pub(super) const BRANDS_PER_PAGE: [u32; 3] = [1000, 500, 100];

/// How many SKUs clients ask for at once in practice.
const SKUS_PER_LOOKUP: usize = PRODUCTS_PER_LOOKUP as usize;

/// The body of a write is XML all the same: the CreateProduct page sends it under this type.
const XML_TYPE: &str = "application/x-www-form-urlencoded";
/// UploadImage takes the bytes of the picture as the whole body; no page names a type for them.
const BYTES_TYPE: &str = "application/octet-stream";
const VERSION: &str = "1.0";

/// The live hosts, one per country.
pub(super) fn base_url(country: Country) -> &'static str {
    match country {
        Country::Sg => "https://api.sellercenter.lazada.sg/",
        Country::My => "https://api.sellercenter.lazada.com.my/",
        Country::Id => "https://api.sellercenter.lazada.co.id/",
        Country::Ph => "https://api.sellercenter.lazada.com.ph/",
        Country::Th => "https://api.sellercenter.lazada.co.th/",
        Country::Vn => "https://api.sellercenter.lazada.vn/",
    }
}

/// The request around its body, signed for this moment: the string that is signed is the string that is sent.
pub(super) fn signed(call: &Call<'_>, body: Option<Vec<u8>>, user: &UserKey, now: DateTime<Utc>) -> WireRequest {
    let mut params = vec![
        ("Action", call.action().as_str().to_owned()),
        ("Format", "JSON".to_owned()),
        ("Timestamp", written(now)),
        ("UserID", user.user_id.clone()),
        ("Version", VERSION.to_owned()),
    ];
    params.extend(own_params(call));
    let query = sign::canonical(&params);
    let signature = sign::signature(&query, user.api_key.expose_secret());
    let base = user.base_url.trim().trim_end_matches(['/', '?']);
    WireRequest {
        action: call.action(),
        method: if body.is_some() { Method::Post } else { Method::Get },
        url: format!("{base}/?{query}&Signature={signature}"),
        content_type: body.is_some().then(|| content_type(call)),
        body,
    }
}

fn content_type(call: &Call<'_>) -> &'static str {
    match call {
        Call::UploadImage(_) => BYTES_TYPE,
        Call::CreateProduct(_) | Call::UpdateProduct(_) | Call::UpdatePriceQuantity(_) => XML_TYPE,
        Call::SetImages(_) | Call::MigrateImage(_) | Call::MigrateImages(_) => XML_TYPE,
        Call::GetResponse(_) | Call::GetProducts(_) | Call::ListProducts(_) | Call::GetQcStatus(_) => XML_TYPE,
        Call::GetCategoryTree | Call::GetCategoryAttributes(_) | Call::GetBrands(_) => XML_TYPE,
    }
}

fn own_params(call: &Call<'_>) -> Vec<(&'static str, String)> {
    match call {
        Call::CreateProduct(_) | Call::SetImages(_) => Vec::new(),
        Call::UpdateProduct(_) | Call::UpdatePriceQuantity(_) => Vec::new(),
        Call::MigrateImage(_) | Call::MigrateImages(_) | Call::GetResponse(_) | Call::UploadImage(_) => Vec::new(),
        Call::GetQcStatus(skus) => {
            vec![("Limit", skus.len().to_string()), ("SkuSellerList", sku_list::written(skus))]
        }
        Call::GetProducts(GetProducts { skus, limit, told: _ }) => {
            let mut params = vec![("Filter", "all".to_owned()), ("Limit", limit.to_string())];
            if !skus.is_empty() {
                params.push(("SkuSellerList", sku_list::written(skus)));
            }
            params
        }
        Call::ListProducts(list) => list_params(list),
        Call::GetCategoryTree => Vec::new(),
        Call::GetCategoryAttributes(category) => vec![("PrimaryCategory", category.to_string())],
        Call::GetBrands(GetBrands { offset, limit }) => {
            vec![("Limit", limit.to_string()), ("Offset", offset.to_string())]
        }
    }
}

/// What is not asked for has no parameter.
fn list_params(list: &ListProducts<'_>) -> Vec<(&'static str, String)> {
    let mut params = vec![
        ("Filter", list.filter.as_str().to_owned()),
        ("Limit", list.limit.to_string()),
        ("Offset", list.offset.to_string()),
    ];
    let TimeWindow { after, before } = list.created;
    params.extend(after.map(|after| ("CreatedAfter", written(after))));
    params.extend(before.map(|before| ("CreatedBefore", written(before))));
    let TimeWindow { after, before } = list.updated;
    params.extend(after.map(|after| ("UpdatedAfter", written(after))));
    params.extend(before.map(|before| ("UpdatedBefore", written(before))));
    let search = list.search.filter(|search| !search.trim().is_empty());
    params.extend(search.map(|search| ("Search", search.to_owned())));
    match list.stock {
        StockDetail::Plain => {}
        StockDetail::Full => params.push(("Options", "1".to_owned())),
    }
    params
}

/// ISO 8601, in whole seconds of UTC.
fn written(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// Cuts SKUs into look-ups of at most 100 SKUs and 4 KB of encoded list.
pub(super) fn lookup_chunks(skus: &[SellerSku]) -> Vec<Range<usize>> {
    sku_list::chunks(skus, SKUS_PER_LOOKUP)
}

#[cfg(test)]
mod tests {
    use super::super::{ProductFilter, Told};
    use super::*;
    use crate::plan::{Action, SetImages, UpdateProduct};
    use crate::record::ImageUrl;
    use chrono::TimeZone;
    use proptest::prelude::*;
    use secrecy::SecretString;

    fn credentials(base_url: &str) -> UserKey {
        UserKey {
            base_url: base_url.to_owned(),
            user_id: "seller+test@example.com".to_owned(),
            api_key: SecretString::from("0123456789abcdef0123456789abcdef01234567"),
        }
    }

    fn encode(call: &Call<'_>, credentials: &UserKey, now: DateTime<Utc>) -> WireRequest {
        signed(call, body(call), credentials, now)
    }

    fn moment() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2018, 1, 31, 23, 59, 59).unwrap()
    }

    fn skus(texts: impl IntoIterator<Item = String>) -> Vec<SellerSku> {
        texts.into_iter().filter_map(|text| SellerSku::parse(&text)).collect()
    }

    #[test]
    fn a_write_is_a_signed_post_with_an_xml_body() {
        let images = SetImages::default();
        let call = Call::SetImages(&images);
        let request = encode(&call, &credentials("https://api.example.com"), moment());
        assert_eq!((request.action, request.method), (Action::SetImages, Method::Post));
        assert_eq!(request.content_type, Some("application/x-www-form-urlencoded"));
        assert_eq!(request.body, body(&call));
        let query = "Action=SetImages&Format=JSON&Timestamp=2018-01-31T23%3A59%3A59%2B00%3A00\
                     &UserID=seller%2Btest%40example.com&Version=1.0";
        let signature = sign::signature(query, "0123456789abcdef0123456789abcdef01234567");
        assert_eq!(request.url, format!("https://api.example.com/?{query}&Signature={signature}"));
    }

    fn url(text: &str) -> ImageUrl {
        ImageUrl::parse(text).unwrap()
    }

    /// The query without signature, and the type of the body.
    fn sent(call: &Call<'_>) -> (Method, String, Option<&'static str>) {
        let request = encode(call, &credentials("https://api.example.com"), moment());
        let (_, query) = request.url.split_once("/?").unwrap();
        let (signed, signature) = query.split_once("&Signature=").unwrap();
        assert_eq!(signature, sign::signature(signed, "0123456789abcdef0123456789abcdef01234567"));
        assert_eq!(request.body, body(call));
        (request.method, signed.to_owned(), request.content_type)
    }

    #[test]
    fn calls_for_pictures_are_posts_that_sign_the_query_only() {
        let (one, two) = (url("http://pictures.example/1.jpg"), url("http://pictures.example/2.jpg"));
        let both = [one.clone(), two.clone()];
        let query = |action: &str| {
            format!(
                "Action={action}&Format=JSON&Timestamp=2018-01-31T23%3A59%3A59%2B00%3A00\
                 &UserID=seller%2Btest%40example.com&Version=1.0"
            )
        };
        let xml = Some("application/x-www-form-urlencoded");
        for (call, action, content_type) in [
            (Call::MigrateImage(&one), "MigrateImage", xml),
            (Call::MigrateImage(&two), "MigrateImage", xml),
            (Call::MigrateImages(&both), "MigrateImages", xml),
            (Call::GetResponse("0a1430"), "GetResponse", xml),
            (Call::GetResponse("another"), "GetResponse", xml),
            (Call::UploadImage(b"\xff\xd8\xff\0"), "UploadImage", Some("application/octet-stream")),
        ] {
            assert_eq!(sent(&call), (Method::Post, query(action), content_type));
        }
    }

    #[test]
    fn categories_and_brands_are_asked_for_in_the_query() {
        for (call, own) in [
            (Call::GetCategoryTree, "Action=GetCategoryTree&Format=JSON&Timestamp="),
            (
                Call::GetCategoryAttributes(6614),
                "Action=GetCategoryAttributes&Format=JSON&PrimaryCategory=6614&Timestamp=",
            ),
            (
                Call::GetBrands(GetBrands { offset: 2000, limit: 1000 }),
                "Action=GetBrands&Format=JSON&Limit=1000&Offset=2000&Timestamp=",
            ),
        ] {
            let (method, query, content_type) = sent(&call);
            assert_eq!((method, content_type, body(&call)), (Method::Get, None, None));
            assert!(query.starts_with(own), "{query}");
        }
    }

    #[test]
    fn quality_control_is_asked_with_a_limit_of_as_many_skus() {
        let skus = skus(["A".to_owned(), "B,\"2\"".to_owned()]);
        let (method, query, content_type) = sent(&Call::GetQcStatus(&skus));
        assert_eq!((method, content_type, body(&Call::GetQcStatus(&skus))), (Method::Get, None, None));
        let own = "&Limit=2&SkuSellerList=%5B%22A%22%2C%22B%2C%5C%222%5C%22%22%5D&Timestamp=";
        assert!(query.starts_with("Action=GetQcStatus&Format=JSON&") && query.contains(own), "{query}");
    }

    /// The SKUs that a server reads from the address.
    fn list_in(url: &str) -> Vec<String> {
        let (_, list) = url.split_once("&SkuSellerList=").unwrap();
        let list = list.split('&').next().unwrap();
        assert!(list.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)), "{list}");
        let list = percent_encoding::percent_decode_str(list).decode_utf8().unwrap();
        serde_json::from_str(&list).unwrap()
    }

    proptest! {
        #[test]
        fn any_sku_arrives_as_it_is(texts in proptest::collection::vec("[ -~]{1,12}|[\"',&+%\\\\=\\[\\]]{1,6}|\\PC{1,6}", 1..6)) {
            let skus = skus(texts);
            prop_assume!(!skus.is_empty());
            let expect: Vec<&str> = skus.iter().map(SellerSku::as_str).collect();
            for call in [Call::GetProducts(GetProducts { skus: &skus, limit: 100, told: Told::Presence }), Call::GetQcStatus(&skus)] {
                prop_assert_eq!(&list_in(&encode(&call, &credentials("https://api.example.com"), moment()).url), &expect);
            }
        }
    }

    #[test]
    fn a_look_up_is_a_get_with_a_list_of_skus() {
        let skus = skus(["Apple 6S Gold".to_owned(), "12\" ฿+~".to_owned()]);
        let call = Call::GetProducts(GetProducts { skus: &skus, limit: 100, told: Told::Presence });
        let request = encode(&call, &credentials("https://api.example.com/"), moment());
        assert_eq!((request.method, request.content_type, &request.body), (Method::Get, None, &None));
        let list = "&SkuSellerList=%5B%22Apple%206S%20Gold%22%2C%2212%5C%22%20%E0%B8%BF%2B~%22%5D&Timestamp=";
        assert!(request.url.contains(list), "{}", request.url);
        assert!(request.url.contains("?Action=GetProducts&Filter=all&Format=JSON&Limit=100&"), "{}", request.url);
    }

    #[test]
    fn the_credential_check_asks_for_one_product_and_names_no_sku() {
        let call = Call::GetProducts(GetProducts { skus: &[], limit: 1, told: Told::Presence });
        let url = encode(&call, &credentials("https://api.example.com/"), moment()).url;
        assert!(url.contains("&Limit=1&Timestamp=") && !url.contains("SkuSellerList"), "{url}");
    }

    fn list<'a>(filter: ProductFilter) -> ListProducts<'a> {
        let (created, updated) = (TimeWindow::default(), TimeWindow::default());
        ListProducts { filter, created, updated, search: None, stock: StockDetail::Plain, offset: 0, limit: 100 }
    }

    #[test]
    fn a_list_asks_for_no_more_than_it_is_told_to() {
        for filter in ProductFilter::ALL {
            let (method, query, content_type) = sent(&Call::ListProducts(list(filter)));
            assert_eq!((method, content_type, body(&Call::ListProducts(list(filter)))), (Method::Get, None, None));
            let expect = format!(
                "Action=GetProducts&Filter={}&Format=JSON&Limit=100&Offset=0&Timestamp=2018-01-31T23%3A59%3A59%2B00%3A00\
                 &UserID=seller%2Btest%40example.com&Version=1.0",
                filter.as_str()
            );
            assert_eq!(query, expect);
        }
    }

    #[test]
    fn a_list_is_narrowed_by_times_and_by_a_search() {
        let day = |day| Utc.with_ymd_and_hms(2018, 2, day, 8, 15, 30).single();
        let call = Call::ListProducts(ListProducts {
            created: TimeWindow { after: day(1), before: day(2) },
            updated: TimeWindow { after: day(3), before: day(4) },
            search: Some("Tee & \"Top\" ก+"),
            stock: StockDetail::Full,
            offset: 300,
            limit: 50,
            ..list(ProductFilter::SoldOut)
        });
        let at = |day| format!("2018-02-0{day}T08%3A15%3A30%2B00%3A00");
        let expect = format!(
            "Action=GetProducts&CreatedAfter={}&CreatedBefore={}&Filter=sold-out&Format=JSON&Limit=50&Offset=300\
             &Options=1&Search=Tee%20%26%20%22Top%22%20%E0%B8%81%2B&Timestamp=2018-01-31T23%3A59%3A59%2B00%3A00\
             &UpdatedAfter={}&UpdatedBefore={}&UserID=seller%2Btest%40example.com&Version=1.0",
            at(1),
            at(2),
            at(3),
            at(4)
        );
        assert_eq!(sent(&call).1, expect);
        let blank = ListProducts { search: Some(" "), ..list(ProductFilter::All) };
        assert!(!sent(&Call::ListProducts(blank)).1.contains("Search"));
    }

    #[test]
    fn updates_are_posts_that_sign_the_query_only() {
        let update = UpdateProduct { product: Vec::new(), skus: Vec::new(), variants: Vec::new() };
        let calls =
            [(Call::UpdateProduct(&update), "UpdateProduct"), (Call::UpdatePriceQuantity(&[]), "UpdatePriceQuantity")];
        for (call, action) in calls {
            let (method, query, content_type) = sent(&call);
            assert_eq!((method, content_type), (Method::Post, Some(XML_TYPE)));
            assert!(query.starts_with(&format!("Action={action}&Format=JSON&Timestamp=")), "{query}");
        }
    }

    #[test]
    fn the_base_address_may_end_with_a_slash_or_a_question_mark() {
        let call = Call::GetProducts(GetProducts { skus: &[], limit: 1, told: Told::Presence });
        for base in [
            "https://api.example.com",
            "https://api.example.com/",
            "https://api.example.com/?",
            "https://api.example.com?",
        ] {
            let url = encode(&call, &credentials(base), moment()).url;
            assert!(url.starts_with("https://api.example.com/?Action="), "{url}");
        }
    }

    #[test]
    fn a_look_up_holds_at_most_100_skus() {
        let skus = skus((0..250).map(|number| format!("S-{number}")));
        assert_eq!(lookup_chunks(&skus), [0..100, 100..200, 200..250]);
        assert_eq!(lookup_chunks(&skus[..100]).len(), 1);
        assert!(lookup_chunks(&[]).is_empty());
    }
}
