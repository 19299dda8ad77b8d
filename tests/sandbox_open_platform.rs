//! The Open Platform of the stand-in marketplace, called by hand: who may come in, and what products are told.
#![cfg(all(feature = "sandbox", feature = "import"))]

#[path = "support/calls.rs"]
mod calls;
#[path = "support/open.rs"]
mod open;
mod support;

use open::{call, form, get, number, parameters, read, send, sign, signed, string_to_sign, told, write};
use serde_json::{Value, json};
use support::{Market, STALL};

const ALL: [(&str, &str); 1] = [("filter", "all")];

/// Numbers as numbers, pictures as lists.
const PLAIN: &str = "[open_platform]\nnumbers = \"number\"\nimages = \"list\"\n";

const HOSTED: &str = "https://sg-live.slatic.net/p/9.jpg";

/// A product in JSON with these SKUs.
fn product(skus: &Value) -> Value {
    json!({"Request": {"Product": {
        "PrimaryCategory": "6614",
        "Images": {"Image": [HOSTED]},
        "Attributes": {"name": "Canvas tee", "short_description": "Soft", "brand": "Remark"},
        "Skus": {"Sku": skus},
    }}})
}

fn sku(seller_sku: &str, colour: &str) -> Value {
    json!({"SellerSku": seller_sku, "saleProp": {"color_family": colour, "size": "Int:M"}, "quantity": "3",
        "price": "35.50", "package_height": "10", "package_length": "10", "package_width": "10",
        "package_weight": "0.5", "Images": {"Image": [HOSTED]}})
}

/// The products of a list, each as its seller SKUs.
fn listed(reply: &Value) -> String {
    assert_eq!(reply["code"], "0", "{reply}");
    let products = reply["data"]["products"].as_array().unwrap().iter();
    let names = |product: &Value| {
        let skus = product["skus"].as_array().unwrap().iter();
        skus.map(|sku| sku["SellerSku"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let names: Vec<String> = products.map(names).collect();
    format!("{} of {}", names.join(", "), number(&reply["data"]["total_products"]))
}

fn code_of(reply: &Value) -> (String, String) {
    let text = |name: &str| reply[name].as_str().unwrap_or_default().to_owned();
    (text("code"), text("type"))
}

#[test]
fn a_call_is_let_in_by_its_app_its_time_its_signature_and_its_token() {
    let market = Market::open(STALL);
    let refused = |changes: &[(&str, &str)]| {
        let all = [&ALL, changes].concat();
        code_of(&get(&market, "/products/get", &all)).0
    };
    assert_eq!(refused(&[]), "0");
    for name in ["app_key", "timestamp", "sign_method", "access_token"] {
        assert_eq!(refused(&[(name, "")]), "MissingParameter", "{name}");
    }
    assert_eq!(refused(&[("app_key", "999999")]), "InvalidAppKey");
    assert_eq!(refused(&[("sign_method", "md5")]), "IncompleteSignature");
    assert_eq!(refused(&[("sign", "AB")]), "IncompleteSignature");
    assert_eq!(refused(&[("access_token", "50000none")]), "IllegalAccessToken");
    let refresh_token = market.sandbox().refresh_token();
    assert_eq!(refused(&[("access_token", refresh_token)]), "IllegalAccessToken");
    let unknown = get(&market, "/products/gets", &ALL);
    assert_eq!(code_of(&unknown), ("InvalidApiPath".to_owned(), "ISV".to_owned()));
    let unsigned = format!("GET /rest/products/get?{}", form(&parameters(&market, &ALL)));
    assert_eq!(code_of(&read(&send(&market, &unsigned, "", b"").1)).0, "MissingParameter");
}

#[test]
fn a_signature_is_in_capitals_and_over_every_parameter() {
    let market = Market::open("");
    let mut all = signed(&market, "/products/get", &[("filter", "all"), ("partner_id", "sdk"), ("debug", "true")]);
    let ask = |all: &_| code_of(&read(&send(&market, &format!("GET /rest/products/get?{}", form(all)), "", b"").1)).0;
    assert_eq!(ask(&all), "0");
    all.insert("search".to_owned(), "more".to_owned());
    assert_eq!(ask(&all), "IncompleteSignature");
    all.remove("search");
    all.entry("sign".to_owned()).and_modify(|sign| *sign = sign.to_lowercase());
    assert_eq!(ask(&all), "IncompleteSignature");
}

#[test]
fn a_time_is_within_two_hours_in_milliseconds_or_in_utc() {
    let market = Market::open("");
    let at = |seconds: i64| open::now() + chrono::TimeDelta::seconds(seconds);
    let ask = |timestamp: &str| {
        let changes = [("filter", "all"), ("timestamp", timestamp)];
        code_of(&get(&market, "/products/get", &changes)).0
    };
    assert_eq!(ask(&at(-7100).timestamp_millis().to_string()), "0");
    assert_eq!(ask(&at(7100).format("%Y-%m-%dT%H:%M:%SZ").to_string()), "0");
    assert_eq!(ask(&at(-7100).format("%Y-%m-%dT%H:%M:%S").to_string()), "0");
    let outside = [at(-7300).timestamp_millis(), at(7300).timestamp_millis(), at(0).timestamp()];
    for timestamp in outside {
        assert_eq!(ask(&timestamp.to_string()), "OPEN_API_TIMESTAMP_INVALID", "{timestamp}");
    }
    assert_eq!(ask("now"), "OPEN_API_TIMESTAMP_INVALID");
}

#[test]
fn parameters_come_in_the_query_in_the_body_or_in_both() {
    let market = Market::open(STALL);
    let all = signed(&market, "/products/get", &[("filter", "all"), ("search", "ถุง & 100% +")]);
    let (system, own): (Vec<_>, Vec<_>) = all.into_iter().partition(|(name, _)| name != "filter" && name != "search");
    let [system, own] = [system, own].map(|pairs| form(&pairs.into_iter().collect()));
    let kind = "application/x-www-form-urlencoded";
    for line in [format!("POST /rest/products/get?{system}"), format!("GET /rest/products/get?{system}")] {
        assert_eq!(listed(&read(&send(&market, &line, kind, own.as_bytes()).1)), " of 0");
    }
}

#[test]
fn a_payload_that_is_a_raw_body_is_an_empty_request() {
    let market = Market::open("");
    let payload = product(&json!([sku("TEE", "Red")])).to_string();
    let path = "/product/create";
    let all = signed(&market, path, &[]);
    let line = format!("POST /rest{path}?{}", form(&all));
    for kind in ["application/json", "application/x-www-form-urlencoded", "text/xml"] {
        let reply = read(&send(&market, &line, kind, payload.as_bytes()).1);
        assert_eq!((code_of(&reply).0.as_str(), &reply["message"]), ("30", &json!("E030: Empty Request")), "{kind}");
    }
    let mut over_body = parameters(&market, &[]);
    let string = string_to_sign(path, &over_body) + &payload;
    over_body.insert("sign".to_owned(), sign(market.sandbox().app_secret(), string.as_bytes()));
    let line = format!("POST /rest{path}?{}", form(&over_body));
    assert_eq!(code_of(&read(&send(&market, &line, "application/json", payload.as_bytes()).1)).0, "30");
    assert_eq!(told(&call(&market, path, &[])), "30");
}

#[test]
fn a_product_is_created_and_told_by_its_numbers() {
    let market = Market::open(PLAIN);
    let reply =
        write(&market, "/product/create", &product(&json!([sku("TEE-R", "Red"), sku("TEE-B", "Blue")])).to_string());
    assert_eq!(told(&reply), "ok", "{reply}");
    let item_id = reply["data"]["item_id"].as_u64().unwrap();
    let skus = reply["data"]["sku_list"].as_array().unwrap();
    let names: Vec<&str> = skus.iter().map(|sku| sku["seller_sku"].as_str().unwrap()).collect();
    assert_eq!(names, ["TEE-R", "TEE-B"]);
    let sku_id = skus[0]["sku_id"].as_u64().unwrap();
    assert_eq!(skus[0]["shop_sku"], format!("{item_id}_SG-{sku_id}"));
    let shown = market.shown();
    let there = &shown["products"][0];
    assert_eq!((&there["item_id"], &there["skus"][0]["sku_id"]), (&json!(item_id), &json!(sku_id)));
    assert_eq!((&there["creates"], &there["images"]), (&json!(1), &json!([HOSTED])));
    let fields = &there["skus"][1]["fields"];
    assert_eq!(
        (&fields["color_family"], &fields["size"], fields.get("saleProp")),
        (&json!("Blue"), &json!("Int:M"), None)
    );
    assert_eq!(market.received("CreateProduct"), 1);
    assert_eq!(market.products(), ["TEE-R+1 TEE-B+1"]);
}

#[test]
fn xml_and_json_are_the_same_payload() {
    let market = Market::open("");
    let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?><Request><Product><PrimaryCategory>6614</PrimaryCategory>\
        <Attributes><name>Caf\u{e9} &amp; more</name><short_description>x</short_description><brand_id>3602</brand_id>\
        <disableAttributeAutoFill>false</disableAttributeAutoFill></Attributes><Skus><Sku><SellerSku>X 1</SellerSku>\
        <saleProp><color_family>Green</color_family></saleProp><price>35</price><quantity>3</quantity>\
        <special_price>33</special_price><package_height>10</package_height><package_length>10</package_length>\
        <package_width>10</package_width><package_weight>0.5</package_weight></Sku></Skus></Product></Request>";
    assert_eq!(told(&write(&market, "/product/create", xml)), "ok");
    let shown = market.shown();
    let attributes = &shown["products"][0]["attributes"];
    assert_eq!(attributes["name"], "Caf\u{e9} & more");
    assert!(attributes["brand"].is_string() && attributes.get("disableAttributeAutoFill").is_none(), "{attributes}");
    assert_eq!(shown["products"][0]["skus"][0]["fields"]["color_family"], "Green");
    let json = |value: &Value| code_of(&write(&market, "/product/create", &value.to_string()));
    let business = ("1001".to_owned(), "ISP".to_owned());
    let mut one = product(&sku("A", "Red"));
    assert_eq!(json(&one), business);
    one = product(&json!([sku("A", "Red")]));
    one["Request"]["Product"]["Images"]["Image"] = json!(HOSTED);
    assert_eq!(json(&one), business);
    one = product(&json!([sku("A", "Red")]));
    one["Request"]["Product"]["Skus"]["Sku"][0]["quantity"] = json!(3);
    assert_eq!(json(&one), business);
    assert_eq!(told(&write(&market, "/product/create", "<Request><Product>&</Product></Request>")), "5");
}

#[test]
fn what_is_wrong_with_a_product_is_told_in_details_with_codes() {
    let market = Market::open(STALL);
    let check = |change: fn(&mut Value), expect: &str| {
        let mut payload = product(&json!([sku("NEW", "Red")]));
        change(&mut payload["Request"]["Product"]);
        assert_eq!(told(&write(&market, "/product/create", &payload.to_string())), expect);
    };
    check(|product| product["Skus"]["Sku"][0]["SellerSku"] = json!("MUG"), "500 :4135:");
    check(|product| product["Skus"]["Sku"][0]["price"] = json!("0"), "500 price:4118:NEW");
    check(|product| product["Skus"]["Sku"][0]["special_price"] = json!("40"), "500 special_price:4157:NEW");
    check(|product| product["Skus"]["Sku"][0]["package_weight"] = json!("41"), "500 package_weight:4164:NEW");
    check(|product| product["Skus"]["Sku"][0]["package_width"] = json!("300"), "500 package_length:4165:NEW");
    check(|product| product["Skus"]["Sku"][0]["quantity"] = json!("-1"), "500 quantity:4152:NEW");
    check(|product| product["Attributes"]["brand"] = json!(""), "500 brand:4108:");
    check(|product| product["Images"]["Image"] = json!(["http://x.example/1.jpg"]), "500 __images__:4138:");
    check(|product| product["Images"]["Image"] = json!([HOSTED, HOSTED]), "500 __images__:4116:");
    check(
        |product| product["Skus"]["Sku"][0]["Images"]["Image"] = json!(["http://x.example/1.jpg"]),
        "500 __images__:4138:NEW",
    );
    check(|product| product["Skus"]["Sku"][0]["Images"]["Image"] = json!([HOSTED, HOSTED]), "500 __images__:4158:NEW");
    check(|product| product["Skus"]["Sku"][0]["saleProp"]["size"] = json!("12\""), "500 size:4129:NEW");
    check(|product| product["Skus"]["Sku"][0]["saleProp"]["color_family"] = json!("红色"), "500 color_family:4115:NEW");
    check(|product| product["PrimaryCategory"] = json!("toys"), "201");
    check(|product| product["Attributes"] = json!({}), "500 name:4108: short_description:4108: brand:4108:");
    assert_eq!(market.products().len(), 2);
}

#[test]
fn a_seller_sku_that_exists_is_told_in_the_words_of_the_item_centre() {
    let market = Market::open(STALL);
    let reply = write(&market, "/product/create", &product(&json!([sku("MUG", "Red")])).to_string());
    assert_eq!((reply["message"].as_str(), reply["type"].as_str()), (Some("E500: Create product failed"), Some("ISP")));
    let detail = &reply["detail"][0];
    assert_eq!((&detail["field"], &detail["code"]), (&json!(""), &json!("4135")));
    let message = detail["message"].as_str().unwrap();
    let sku_id = &market.shown()["products"][1]["skus"][0]["sku_id"];
    assert!(message.starts_with("THD_IC_ERR_F_IC_INFRA_PRODUCT_036:"), "{message}");
    assert!(message.contains(&format!(",sku ID:{sku_id},outer ID:MUG,")), "{message}");
}

#[test]
fn a_special_price_needs_no_date() {
    let market = Market::open("");
    let mut payload = product(&json!([sku("A", "Red")]));
    payload["Request"]["Product"]["Skus"]["Sku"][0]["special_price"] = json!("30");
    assert_eq!(told(&write(&market, "/product/create", &payload.to_string())), "ok");
}

#[test]
fn pictures_are_set_by_sku_id() {
    let market = Market::open(&format!("{STALL}{PLAIN}"));
    let shown = market.shown();
    let [tote, mug] = [(0, 1), (1, 0)]
        .map(|(product, sku)| shown["products"][product]["skus"][sku]["sku_id"].as_u64().unwrap().to_string());
    let set = |skus: Value| {
        let payload = json!({"Request": {"Product": {"Skus": {"Sku": skus}}}});
        told(&write(&market, "/images/set", &payload.to_string()))
    };
    let with = |name: &str, value: &str, urls: &[&str]| json!({name: value, "Images": {"Image": urls}});
    assert_eq!(set(json!([with("SkuId", &tote, &[HOSTED]), with("SkuId", &mug, &[HOSTED, HOSTED])])), "ok");
    assert_eq!(market.products(), ["TOTE-S+1 TOTE-L+1", "MUG+2"]);
    assert_eq!(set(json!([with("SellerSku", "MUG", &[HOSTED])])), "504 SkuId:4216:MUG");
    assert_eq!(set(json!([with("SkuId", "1", &[HOSTED]), with("SkuId", &mug, &[])])), "504 SkuId:4136:");
    assert_eq!(set(json!([with("SkuId", &mug, &["http://x.example/1.jpg"])])), "504 __images__:4138:MUG");
    assert_eq!(set(json!(vec![with("SkuId", &mug, &[HOSTED]); 51])), "204");
    assert_eq!(set(json!(vec![with("SkuId", &mug, &[HOSTED]); 50])), "ok");
    assert_eq!((market.products()[1].as_str(), market.received("SetImages")), ("MUG+1", 6));
}

#[test]
fn products_are_listed_with_their_numbers_and_sale_properties() {
    let market = Market::open(&format!("{STALL}{PLAIN}"));
    let reply = get(&market, "/products/get", &ALL);
    assert_eq!(listed(&reply), "TOTE-S TOTE-L, MUG of 2");
    let tote = &reply["data"]["products"][0];
    let shown = &market.shown()["products"][0];
    assert_eq!((&tote["item_id"], &tote["skus"][1]["SkuId"]), (&shown["item_id"], &shown["skus"][1]["sku_id"]));
    assert_eq!((&tote["primary_category"], &tote["status"]), (&json!(6614), &json!("Active")));
    assert_eq!((&tote["attributes"]["name"], &tote["attributes"]["brand"]), (&json!("Canvas tote"), &json!("Remark")));
    assert_eq!(tote["images"], json!(["https://sg-live.slatic.net/p/1.jpg"]));
    assert!(tote["created_time"].as_str().unwrap().parse::<u64>().unwrap() > 1_500_000_000_000);
    let first = &tote["skus"][0];
    assert_eq!((&first["price"], &first["quantity"]), (&json!(100.0), &json!(5)));
    assert_eq!((&first["Status"], &first["package_weight"]), (&json!("active"), &json!("0.30")));
    assert_eq!((&first["saleProp"], &first["color_family"]), (&json!({"color_family": "Red"}), &json!("Red")));
    assert_eq!(first["ShopSku"], format!("{}_SG-{}", tote["item_id"], first["SkuId"]));
}

#[test]
fn a_list_is_cut_and_filtered() {
    let market = Market::open(STALL);
    let check = |changes: &[(&str, &str)], expect: &str| {
        let reply = get(&market, "/products/get", changes);
        let outcome = if reply["code"] == "0" { listed(&reply) } else { told(&reply) };
        assert_eq!(outcome, expect, "{changes:?}");
    };
    check(&[("filter", "all"), ("limit", "1")], "TOTE-S TOTE-L of 2");
    check(&[("filter", "all"), ("limit", "50"), ("offset", "1")], "MUG of 2");
    check(&[("filter", "all"), ("offset", "10000")], " of 2");
    check(&[("filter", "all"), ("limit", "51")], "19");
    check(&[("filter", "all"), ("offset", "10001")], "14");
    check(&[("filter", "image-missing")], "36");
    check(&[], "1");
    check(&[("filter", "all"), ("search", "mug")], "MUG of 1");
    check(&[("filter", "all"), ("create_after", "2099-01-01T00:00:00+0800")], " of 0");
    check(&[("filter", "all"), ("create_before", "2099-01-01T00:00:00+0800")], "TOTE-S TOTE-L, MUG of 2");
    check(&[("filter", "all"), ("update_after", "2099-01-01T00:00:00+0800")], " of 0");
    check(&[("filter", "all"), ("update_before", "yesterday")], "17");
    check(&[("filter", "all"), ("sku_seller_list", "[\"MUG\"]")], "MUG of 1");
    check(&[("filter", "all"), ("sku_seller_list", "MUG")], "70");
    let names = |count: usize| json!((0..count).map(|number| number.to_string()).collect::<Vec<_>>()).to_string();
    check(&[("filter", "all"), ("sku_seller_list", &names(100))], " of 0");
    check(&[("filter", "all"), ("sku_seller_list", &names(101))], "70");
}

#[test]
fn numbers_and_pictures_come_in_two_forms() {
    let market = Market::open(STALL);
    let products = || get(&market, "/products/get", &ALL)["data"]["products"].clone();
    let (one, other) = (products(), products());
    let is_text = |products: &Value| products[0]["item_id"].is_string();
    assert_ne!(is_text(&one), is_text(&other));
    assert_eq!(number(&one[0]["item_id"]), number(&other[0]["item_id"]));
    assert_eq!(number(&one[0]["skus"][0]["SkuId"]), number(&other[0]["skus"][0]["SkuId"]));
    let in_text = Market::open(&format!("{STALL}[open_platform]\nimages = \"text\"\nnumbers = \"text\""));
    let reply = get(&in_text, "/products/get", &ALL);
    let images = reply["data"]["products"][0]["images"].as_str().unwrap();
    assert_eq!(images, "[\"https://sg-live.slatic.net/p/1.jpg\"]");
    assert_eq!(reply["data"]["products"][0]["skus"][0]["price"], "100.00");
    assert_eq!(reply["data"]["total_products"], "2");
}

#[test]
fn one_shop_stands_behind_both_apis() {
    let market = Market::open(PLAIN);
    let by_seller_center = "<Request><Product><PrimaryCategory>6614</PrimaryCategory><Attributes><name>Tee</name>\
        <short_description>x</short_description><brand>Remark</brand></Attributes><Skus><Sku><SellerSku>OLD</SellerSku>\
        <color_family>Red</color_family><price>9.90</price><package_length>1</package_length><package_width>1\
        </package_width><package_height>1</package_height><package_weight>0.2</package_weight></Sku></Skus></Product>\
        </Request>";
    assert_eq!(calls::told(&market, "CreateProduct", by_seller_center), "ok");
    let new = product(&json!([sku("NEW", "Blue")]));
    assert_eq!(told(&write(&market, "/product/create", &new.to_string())), "ok");
    let reply = get(&market, "/products/get", &ALL);
    assert_eq!(listed(&reply), "OLD, NEW of 2");
    let old = &reply["data"]["products"][0];
    let update = json!({"Request": {"Product": {"ItemId": old["item_id"].to_string(), "Attributes": {"model": "M"},
        "Skus": {"Sku": [{"SkuId": old["skus"][0]["SkuId"].to_string(), "quantity": "8"}]}}}});
    assert_eq!(told(&write(&market, "/product/update", &update.to_string())), "ok");
    assert_eq!(calls::page(&market, &[]), "OLD NEW of 2");
    let shown = calls::product(&market, "OLD");
    assert_eq!((&shown["Attributes"]["model"], &shown["Skus"][0]["quantity"]), (&json!("M"), &json!("8")));
    let theirs = [shown.get("ItemId"), shown["Skus"][0].get("SkuId"), shown["Skus"][0].get("saleProp")];
    assert_eq!(theirs, [None; 3]);
    assert_eq!((market.received("CreateProduct"), market.received("GetProducts")), (2, 3));
}

#[test]
fn numbers_stay_when_the_marketplace_is_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut market = Market::kept("", folder.path());
    write(&market, "/product/create", &product(&json!([sku("TEE", "Red")])).to_string());
    let numbers = |market: &Market| {
        let reply = get(market, "/products/get", &ALL);
        let product = &reply["data"]["products"][0];
        (number(&product["item_id"]), number(&product["skus"][0]["SkuId"]))
    };
    let before = numbers(&market);
    market.stop();
    // What is there before them does not matter.
    market.start(STALL);
    let reply = get(&market, "/products/get", &[("filter", "all"), ("search", "tee")]);
    let product = &reply["data"]["products"][0];
    assert_eq!((number(&product["item_id"]), number(&product["skus"][0]["SkuId"])), before);
}
