//! What each call sends: where, with what, and signed.

use super::super::{Method, Told};
use super::*;
use crate::dialect::Ids;
use crate::plan::{Action, SetImages};
use crate::record::ImageUrl;
use chrono::TimeZone;
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use secrecy::SecretString;

const SECRET: &str = "helloworld";

fn app(base_url: &str) -> AppKey {
    AppKey {
        base_url: base_url.to_owned(),
        app_key: "123456".to_owned(),
        app_secret: SecretString::from(SECRET),
        access_token: Some(SecretString::from("test")),
    }
}

fn moment() -> DateTime<Utc> {
    Utc.timestamp_millis_opt(1_517_820_392_000).unwrap()
}

fn encode(call: &Call<'_>, app: &AppKey) -> WireRequest {
    signed(call, body(call, &Ids::new()), app, moment())
}

/// Names and values of a query or a form, decoded, in their order.
fn pairs(text: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let pairs = text.split('&').map(|pair| pair.split_once('=').unwrap());
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

/// Where it goes, and its own parameters; the others are looked at here.
#[track_caller]
fn sent(call: &Call<'_>) -> (Method, String, String) {
    let request = encode(call, &app("https://api.example.com/rest"));
    assert_eq!(request.action, call.action());
    let (address, params) = match &request.body {
        None => request.url.split_once('?').map(|(address, query)| (address.to_owned(), query.to_owned())).unwrap(),
        Some(body) => {
            assert_eq!(request.content_type, Some("application/x-www-form-urlencoded;charset=utf-8"));
            (request.url.clone(), String::from_utf8(body.clone()).unwrap())
        }
    };
    assert!(params.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%&=".contains(&byte)), "{params}");
    let path = address.strip_prefix("https://api.example.com/rest").unwrap().to_owned();
    let mut params = pairs(&params);
    let (name, signature) = params.pop().unwrap();
    assert_eq!(name, "sign");
    let named: Vec<(&str, String)> = params.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    assert_eq!(signature, sign::signature(&path, &named, SECRET));
    for system in ["app_key=123456", "timestamp=1517820392000", "sign_method=sha256", "access_token=test"] {
        let (name, value) = system.split_once('=').unwrap();
        assert!(params.iter().any(|pair| pair.0 == name && pair.1 == value), "{system}: {params:?}");
        params.retain(|(there, _)| there != name);
    }
    let own: Vec<String> = params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    (request.method, path, own.join("&"))
}

#[track_caller]
fn check(call: &Call<'_>, path: &str, own: &str) {
    let method = if body(call, &Ids::new()).is_some() { Method::Post } else { Method::Get };
    assert_eq!(sent(call), (method, path.to_owned(), own.to_owned()));
}

fn skus(texts: impl IntoIterator<Item = String>) -> Vec<SellerSku> {
    texts.into_iter().filter_map(|text| SellerSku::parse(&text)).collect()
}

#[test]
fn a_get_has_everything_in_its_address() {
    let request = encode(&Call::GetResponse("1e0bb81415173896232054839e"), &app("https://api.example.com/rest/"));
    assert_eq!((request.method, request.content_type, &request.body), (Method::Get, None, &None));
    // The fixture with the same parameters.
    let signature = "1C8CB3C51C6A9376BFF4AD3E424CB012A6CB14100ADDCA6AE5B5670FD9C516DA";
    let query = "access_token=test&app_key=123456&batch_id=1e0bb81415173896232054839e&sign_method=sha256\
                 &timestamp=1517820392000";
    assert_eq!(request.url, format!("https://api.example.com/rest/image/response/get?{query}&sign={signature}"));
}

#[test]
fn a_write_has_everything_in_its_body() {
    let images = SetImages::default();
    let request = encode(&Call::SetImages(&images), &app("https://api.example.com/rest"));
    assert_eq!((request.method, request.url.as_str()), (Method::Post, "https://api.example.com/rest/images/set"));
    check(&Call::SetImages(&images), "/images/set", r#"payload={"Request":{"Product":{"Skus":{"Sku":[]}}}}"#);
    let url = ImageUrl::parse("http://img.example.com/1.jpg").unwrap();
    let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Request><Image><Url>http://img.example.com/1.jpg</Url></Image></Request>";
    check(&Call::MigrateImage(&url), "/image/migrate", &format!("payload={xml}"));
    let (path, _) = (sent(&Call::MigrateImages(&[url])).1, ());
    assert_eq!(path, "/images/migrate");
    check(
        &Call::UpdatePriceQuantity(&[]),
        "/product/price_quantity/update",
        r#"payload={"Request":{"Product":{"Skus":{"Sku":[]}}}}"#,
    );
}

#[test]
fn each_read_has_its_path_and_its_parameters() {
    let two = skus(["A".to_owned(), "B,\"2\"".to_owned()]);
    let list = r#"["A","B,\"2\""]"#;
    check(&Call::GetCategoryTree, "/category/tree/get", "");
    check(&Call::GetCategoryAttributes(6614), "/category/attributes/get", "primary_category_id=6614");
    let brands = Call::GetBrands(GetBrands { offset: 400, limit: 200 });
    check(&brands, "/category/brands/query", "pageSize=200&startRow=400");
    let own = format!("limit=2&offset=0&seller_skus={list}");
    check(&Call::GetQcStatus(&two), "/product/qc/status/get", &own);
    let look_up = Call::GetProducts(GetProducts { skus: &two, limit: 100, told: Told::Presence });
    check(&look_up, "/products/get", &format!("filter=all&limit=50&sku_seller_list={list}"));
    let one = Call::GetProducts(GetProducts { skus: &[], limit: 1, told: Told::Presence });
    check(&one, "/products/get", "filter=all&limit=1");
}

fn list<'a>(filter: ProductFilter) -> ListProducts<'a> {
    let (created, updated) = (TimeWindow::default(), TimeWindow::default());
    ListProducts { filter, created, updated, search: None, stock: StockDetail::Plain, offset: 0, limit: 50 }
}

#[test]
fn a_list_asks_for_no_more_than_it_is_told_to() {
    for filter in ProductFilter::ALL {
        let own = format!("filter={}&limit=50&offset=0", filter.as_str());
        check(&Call::ListProducts(list(filter)), "/products/get", &own);
        assert_eq!(knows_filter(filter), filter != ProductFilter::ImageMissing);
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
        limit: 500,
        ..list(ProductFilter::SoldOut)
    });
    let at = |day| format!("2018-02-0{day}T08:15:30+0000");
    let own = format!(
        "create_after={}&create_before={}&filter=sold-out&limit=50&offset=300&options=1&search=Tee & \"Top\" ก+\
         &update_after={}&update_before={}",
        at(1),
        at(2),
        at(3),
        at(4)
    );
    check(&call, "/products/get", &own);
    let blank = ListProducts { search: Some(" "), ..list(ProductFilter::All) };
    assert!(!sent(&Call::ListProducts(blank)).2.contains("search"));
}

#[test]
fn a_picture_is_uploaded_beside_the_parameters_and_is_not_signed() {
    for (bytes, name) in [(b"\xff\xd8\xff\r\n\0".as_slice(), "image.jpg"), (b"\x89PNG\r\n", "image.png")] {
        let request = encode(&Call::UploadImage(bytes), &app("https://api.example.com/rest"));
        assert_eq!(request.url, "https://api.example.com/rest/image/upload");
        let kind = request.content_type.unwrap();
        let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
        let body = request.body.unwrap();
        let text = String::from_utf8_lossy(&body).into_owned();
        let mut parts = text.split(&format!("--{boundary}")).collect::<Vec<_>>();
        assert_eq!((parts.remove(0), parts.pop()), ("", Some("--\r\n")));
        let system = [
            ("access_token", "test".to_owned()),
            ("app_key", "123456".to_owned()),
            ("sign_method", "sha256".to_owned()),
            ("timestamp", "1517820392000".to_owned()),
        ];
        let signature = sign::signature("/image/upload", &system, SECRET);
        let fields = system.into_iter().chain([("sign", signature)]);
        let expect: Vec<String> = fields
            .map(|(name, value)| format!("\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"))
            .collect();
        assert_eq!(&parts[..parts.len() - 1], expect);
        let head = format!("name=\"image\"; filename=\"{name}\"\r\nContent-Type: image/");
        assert!(parts.last().unwrap().contains(&head), "{text}");
        let file = [b"\r\n\r\n", bytes, b"\r\n--"].concat();
        assert!(body.windows(file.len()).any(|window| window == file), "{text}");
    }
}

#[test]
fn before_a_login_no_access_token_is_sent() {
    for token in [None, Some(SecretString::from(""))] {
        let app = AppKey { access_token: token, ..app("https://api.example.com/rest") };
        let url = encode(&Call::GetCategoryTree, &app).url;
        assert!(url.contains("?app_key=123456&sign_method=sha256&timestamp=1517820392000&sign="), "{url}");
    }
}

#[test]
fn the_base_address_may_end_with_a_slash() {
    for base in ["https://api.example.com/rest", " https://api.example.com/rest/ ", "https://api.example.com/rest//"] {
        let url = encode(&Call::GetCategoryTree, &app(base)).url;
        assert!(url.starts_with("https://api.example.com/rest/category/tree/get?"), "{url}");
    }
}

#[test]
fn a_look_up_holds_at_most_50_skus_and_4_kb() {
    assert_eq!(lookup_chunks(&skus((0..120).map(|number| format!("S-{number}")))), [0..50, 50..100, 100..120]);
    assert!(lookup_chunks(&skus((0..50).map(|number| format!("เสื้อยืดคอกลม-{number}")))).len() > 1);
}

#[test]
fn every_country_has_a_live_address_of_its_own() {
    let addresses: std::collections::BTreeSet<&str> = Country::ALL.iter().map(|country| base_url(*country)).collect();
    assert_eq!(addresses.len(), Country::ALL.len());
    assert!(addresses.iter().all(|address| address.starts_with("https://api.lazada.") && address.ends_with("/rest")));
}

proptest! {
    #[test]
    fn any_sku_arrives_as_it_is(texts in proptest::collection::vec("[ -~]{1,12}|[\"',&+%\\\\=\\[\\]]{1,6}|[ก-๛Ạ-ỹ一-鿿😀-🙏]{1,6}|\\PC{1,6}", 1..6)) {
        let skus = skus(texts);
        prop_assume!(!skus.is_empty());
        let expect: Vec<&str> = skus.iter().map(SellerSku::as_str).collect();
        for call in [Call::GetProducts(GetProducts { skus: &skus, limit: 50, told: Told::Presence }), Call::GetQcStatus(&skus)] {
            let (_, _, own) = sent(&call);
            let (_, list) = own.split_once("sku_seller_list=").or_else(|| own.split_once("seller_skus=")).unwrap();
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(list).unwrap(), expect.clone());
        }
    }

    #[test]
    fn any_payload_arrives_as_it_is(payload in "([ -~\r\n]|[&+%=]|[ก-๛Ạ-ỹ一-鿿😀-🙏]|\\PC){1,40}") {
        let images = SetImages::default();
        let app = app("https://api.example.com/rest");
        let request = signed(&Call::SetImages(&images), Some(payload.clone().into_bytes()), &app, moment());
        let form = pairs(&String::from_utf8(request.body.unwrap()).unwrap());
        prop_assert_eq!(form.iter().find(|(name, _)| name == "payload"), Some(&("payload".to_owned(), payload)));
        prop_assert_eq!(request.action, Action::SetImages);
    }
}
