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

use open::{number, send};
use serde_json::{Value, json};
use support::Market;
use tools::Sdk;

const DRIVE: &str = include_str!("official_sdk/drive.py");

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
