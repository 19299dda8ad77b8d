//! The official SDK of the Open Platform against the stand-in marketplace: a client that nobody here wrote signs, sends
//! and reads.
//!
//! It runs where Python finds the SDK (`pip install lazop-sdk`), or with the interpreter that `SDK_PYTHON` names.
#![cfg(all(feature = "sandbox", feature = "import"))]

#[path = "support/open.rs"]
mod open;
mod support;
#[path = "support/tools.rs"]
mod tools;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use chrono::DateTime;
use open::{number, send};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use skuload::dialect::{
    AppKey, Call, Credentials, GetProducts, ListProducts, ProductFilter, StockDetail, TimeWindow, Told, WireRequest,
};
use skuload::plan::{Change, NewValue, SkuUpdate, UpdateProduct};
use skuload::record::SellerSku;
use support::Market;
use tools::Sdk;

const DRIVE: &str = include_str!("official_sdk/drive.py");
const SIGN: &str = include_str!("official_sdk/sign.py");

const BASE: &str = "https://api.example.com/rest";

/// What the SDK read of each call, in order.
fn driven(sdk: &Sdk, market: &Market) -> Vec<Value> {
    let app_key = market.sandbox().app_key();
    let consent = format!("GET /oauth/authorize?response_type=code&force_auth=true&client_id={app_key}");
    let (_, page) = send(market, &consent, "", b"");
    let ready: Value = serde_json::from_str(&market.sandbox().ready_line()).unwrap();
    let mut shop = ready["open_platform"].clone();
    shop["code"] = json!(page.split("<code>").nth(1).unwrap().split('<').next().unwrap());
    let printed = sdk.run(DRIVE, &shop.to_string());
    printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn its_calls_are_taken_and_answered_in_the_shape_it_reads() {
    let Some(sdk) = Sdk::find() else { return };
    let market = Market::open("");
    let calls = driven(&sdk, &market);
    let of = |name: &str| calls.iter().find(|call| call["name"] == name).unwrap_or_else(|| panic!("no {name}"));
    let refused = ["create again", "no such token"];
    for call in calls.iter().filter(|call| !refused.iter().any(|name| call["name"] == *name)) {
        assert_eq!(call["code"], "0", "{call}");
        assert!(call["request_id"].is_string() && call["type"].is_null(), "{call}");
    }
    let exists = of("create again");
    assert_eq!((&exists["code"], &exists["type"]), (&json!("500"), &json!("ISP")));
    assert_eq!(exists["message"], "E500: Create product failed");
    assert_eq!(exists["body"]["detail"][0]["code"], "4135");
    let stranger = of("no such token");
    assert_eq!((&stranger["code"], &stranger["type"]), (&json!("IllegalAccessToken"), &json!("ISV")));

    assert_eq!(of("token create")["body"]["country_user_info"][0]["country"], "sg");
    assert_eq!(of("token refresh")["body"]["country_user_info_list"][0]["country"], "sg");
    assert_eq!(of("brands")["body"]["data"]["module"].as_array().unwrap().len(), 3);
    let created = &of("create xml")["body"]["data"];
    let products = &of("products")["body"]["data"];
    assert_eq!(number(&products["total_products"]), 1);
    let product = &products["products"][0];
    assert_eq!(number(&product["item_id"]), number(&created["item_id"]));
    assert_eq!(product["attributes"]["name"], "เสื้อยืด & Áo thun 100% + 上衣 🎽");
    let sku = &product["skus"][0];
    assert_eq!(number(&sku["SkuId"]), number(&created["sku_list"][0]["sku_id"]));
    let [migrated, hosted] = ["migrate", "upload"].map(|name| &of(name)["body"]["data"]["image"]["url"]);
    assert_eq!((&sku["Images"][0], &sku["Images"][1], &sku["Images"][2]), (migrated, hosted, &json!("")));
    assert_eq!(sku["price"].as_f64().or_else(|| sku["price"].as_str()?.parse().ok()), Some(34.0));
    assert_eq!(number(&of("products again")["body"]["data"]["total_products"]), 2);
    assert_eq!(market.products(), ["SDK 1+2", "SDK-2"]);
}

/// A text as merchants write it, or an empty one.
fn text() -> impl Strategy<Value = String> {
    let words =
        ["เสื้อยืด", "Áo thun nữ", "上衣", "🎽👕", "a&b=c", "1+1", "100%", "%41", "\"<>^|", " ", "", "Mug", "~*'()!"];
    prop_oneof![
        proptest::collection::vec(proptest::sample::select(words.to_vec()), 0..5).prop_map(|words| words.concat()),
        "\\PC{0,12}",
    ]
}

/// The path and the parameters that are sent, and the signature among them.
fn sent(request: &WireRequest) -> (String, BTreeMap<String, String>, String) {
    let (url, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
    let body = request.body.as_deref().map(|body| std::str::from_utf8(body).unwrap());
    let pairs = body.unwrap_or(query).split('&');
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let mut parameters: BTreeMap<String, String> =
        pairs.filter_map(|pair| pair.split_once('=')).map(|(name, value)| (decoded(name), decoded(value))).collect();
    let signature = parameters.remove("sign").unwrap();
    (url.strip_prefix(BASE).unwrap().to_owned(), parameters, signature)
}

/// Three requests that carry the text: a list, a look-up and a write.
fn requests(text: &str, secret: &str) -> Vec<WireRequest> {
    let app = AppKey {
        base_url: BASE.to_owned(),
        app_key: "123456".to_owned(),
        app_secret: secret.into(),
        access_token: Some(format!("token{text}").into()),
    };
    let (credentials, now) = (Credentials::OpenPlatform(app), DateTime::UNIX_EPOCH);
    let window = TimeWindow::default();
    let list = ListProducts {
        filter: ProductFilter::All,
        created: window,
        updated: window,
        search: Some(text),
        stock: StockDetail::Full,
        offset: 7,
        limit: 50,
    };
    let skus: Vec<SellerSku> = SellerSku::parse(text).into_iter().chain(SellerSku::parse("A")).collect();
    let look_up = GetProducts { skus: &skus, limit: 50, told: Told::Presence };
    let change = Change { name: "name".to_owned(), from: None, to: NewValue::Text(text.to_owned()) };
    let sku = SkuUpdate { seller_sku: skus[0].clone(), fields: Vec::new(), active: None };
    let update = UpdateProduct { product: vec![change], skus: vec![sku], variants: Vec::new() };
    [Call::ListProducts(list), Call::GetProducts(look_up), Call::UpdateProduct(&update)]
        .map(|call| credentials.encode(&call, now))
        .to_vec()
}

#[test]
fn it_signs_our_requests_as_we_do() {
    let Some(sdk) = Sdk::find() else { return };
    let mut runner = TestRunner::deterministic();
    let (mut asked, mut ours) = (String::new(), Vec::new());
    for _ in 0..300 {
        let (text, secret) = (text(), "[!-~]{1,40}").new_tree(&mut runner).unwrap().current();
        for request in requests(&text, &secret) {
            let (path, parameters, signature) = sent(&request);
            assert!(parameters.values().all(|value| !value.is_empty()), "{parameters:?}");
            writeln!(asked, "{}", json!({ "secret": secret, "path": path, "parameters": parameters })).unwrap();
            ours.push(signature);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("requests.jsonl");
    fs::write(&file, &asked).unwrap();
    let theirs = sdk.run(SIGN, file.to_str().unwrap());
    assert_eq!(theirs.lines().count(), ours.len());
    for ((theirs, ours), request) in theirs.lines().zip(&ours).zip(asked.lines()) {
        assert_eq!(theirs, ours, "{request}");
    }
}
