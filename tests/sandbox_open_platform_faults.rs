//! What goes wrong at the Open Platform of the stand-in marketplace when a faults file says so.
#![cfg(all(feature = "sandbox", feature = "import"))]

#[path = "support/calls.rs"]
mod calls;
#[path = "support/open.rs"]
mod open;
mod support;

use open::{get, send, signed, text, told, write};
use serde_json::{Value, json};
use support::{Market, STALL};

const ALL: [(&str, &str); 1] = [("filter", "all")];
const HOSTED: &str = "https://sg-live.slatic.net/p/9.jpg";

/// Every code of the gateway and of the business that the pages name.
const CODES: &str = "ApiCallLimit SellerCallLimit AppCallLimit ServiceCallLimit IopSystemFlowlimit ServiceCurrentlimit \
    TRAFFIC_CONTROL OPEN_API_CALL_EXCEED_LIMIT 901 SYS_REQUEST_TOO_FAST 4154 HOT_KEY_BLOCK_EXCEPTION 998 \
    ServiceTimeout HttpConnectError SYSTEM_ERROR SYS_ERROR 15 6 1000 513 1002 506 4159 IC_EXCEPTION \
    SELLER_SERVICE_FAIL 4147 IllegalAccessToken InvalidAccessToken AccessTokenInvalid AccessTokenExpired \
    IllegalRefreshToken InvalidCode AUTH_TYPE_UNSUPPORTED IncompleteSignature MissingParameter InvalidAppKey \
    APP_KEY_INVALID OPEN_API_TIMESTAMP_INVALID InsufficientPermission SellerNotActive SellerNotVerified \
    Mp3SellerApiLimit 4128 4163 4148 1 5 30 4132 1001 201 202 205 206 4134 4227 4228 209 4133 4143 4144 4145 \
    4146 4161 500 501 512 4123 4124 4151 4131 4221 4104 4118 4119 4121 4157 4117 4114 4105 4126 4135 4141 \
    4127 4166 4106 4107 4111 4115 4120 4140 4108 4110 4125 4167 4109 4112 4113 4116 4138 4139 4153 4158 4169 \
    4129 4160 4130 4142 4156 4168 4136 4137 207 208 4193 4216 4150 4149 4164 4165 4152 4155 4162 4218 4170 \
    4225 10006 4171 204 10002 300 301 302 303 304";

fn list(market: &Market) -> Value {
    get(market, "/products/get", &ALL)
}

/// A payload of one product with so many SKUs.
fn product(count: usize, images: &[&str]) -> String {
    let sku = |number: usize| {
        json!({"SellerSku": format!("NEW-{number}"), "price": "9", "package_height": "1", "package_length": "1",
            "package_width": "1", "package_weight": "1", "saleProp": {"size": number.to_string()},
            "Images": {"Image": if number == 0 { images } else { &[] }}})
    };
    let skus: Vec<Value> = (0..count).map(sku).collect();
    json!({"Request": {"Product": {"PrimaryCategory": "987654", "Skus": {"Sku": skus},
        "Attributes": {"name": "New", "short_description": "x", "brand": "Remark"}}}})
    .to_string()
}

#[test]
fn every_code_comes_on_request_as_a_text() {
    for code in CODES.split_whitespace() {
        let market = Market::open(&format!("[[fault]]\naction = \"GetProducts\"\nkind = \"error\"\ncode = \"{code}\""));
        let reply = list(&market);
        assert_eq!(reply["code"], code);
        let message = reply["message"].as_str().unwrap();
        assert!(!message.is_empty() && !message.contains("Unknown error"), "{reply}");
        assert!(message != code, "{reply}");
        let is_number = code.bytes().all(|byte| byte.is_ascii_digit());
        assert_eq!(reply["type"] == "ISP", is_number, "{reply}");
    }
    let market = Market::open("[[fault]]\nkind = \"error\"\ncode = 4147");
    assert_eq!(list(&market)["code"], "4147");
}

#[test]
fn codes_of_seller_center_have_names_at_the_gateway() {
    for (code, name) in [
        (2, "MissingParameter"),
        (3, "OPEN_API_TIMESTAMP_INVALID"),
        (4, "OPEN_API_TIMESTAMP_INVALID"),
        (7, "IncompleteSignature"),
        (8, "InvalidApiPath"),
        (9, "InsufficientPermission"),
    ] {
        let market = Market::open(&format!("[[fault]]\nkind = \"error\"\ncode = {code}"));
        assert_eq!(list(&market)["code"], name);
        assert!(
            calls::call(&market, "GetProducts", &[("Format", "JSON")], None).unwrap().contains(&format!(":{code},"))
        );
    }
}

#[test]
fn a_scripted_error_has_a_detail_with_a_code() {
    let fault = "[[fault]]\naction = \"CreateProduct\"\nkind = \"error\"\ncode = 500\nfield = \"price\"\n\
        detail = \"THD_CHECK:too low\"\ndetail_code = 4118\nsku = true";
    let market = Market::open(fault);
    let reply = write(&market, "/product/create", &product(1, &[]));
    let expect = json!([{"field": "price", "message": "THD_CHECK:too low", "code": "4118", "seller_sku": "NEW-0"}]);
    assert_eq!((&reply["code"], &reply["detail"]), (&json!("500"), &expect));
    assert_eq!(market.products(), [""; 0]);
    let exists = "[[fault]]\nkind = \"error\"\ncode = 500\ndetail = \"[SELLER_SKU_IS_EXIST]\"\nsku = \"NEW-0\"";
    let reply = write(&Market::open(exists), "/product/create", &product(1, &[]));
    assert_eq!(told(&reply), "500 :4135:");
    assert!(reply["detail"][0]["message"].as_str().unwrap().contains("PRODUCT_036"), "{reply}");
}

#[test]
fn a_fault_is_about_the_call_by_either_api() {
    let market = Market::open(&format!("{STALL}[[fault]]\naction = \"GetProducts\"\nnth = [2]\nkind = \"throttle\""));
    assert_eq!(told(&list(&market)), "ok");
    let refused = calls::call(&market, "GetProducts", &[("Filter", "all"), ("Format", "JSON")], None).unwrap();
    assert!(refused.contains("\"ErrorCode\":901"), "{refused}");
    assert_eq!(told(&list(&market)), "ok");
    assert_eq!(market.counted()["calls"]["GetProducts"], json!({"received": 3, "succeeded": 2}));
    let market = Market::open("[[fault]]\nkind = \"throttle\"");
    let reply = list(&market);
    let message = "Api access frequency exceeds the limit. this ban will last 1 seconds";
    assert_eq!(
        (&reply["code"], &reply["type"], &reply["message"]),
        (&json!("ApiCallLimit"), &json!("ISV"), &json!(message))
    );
}

#[test]
fn what_seller_center_suffers_the_open_platform_suffers() {
    let fault = |fault: &str| Market::open(&format!("{STALL}[[fault]]\n{fault}"));
    let market = fault("action = \"CreateProduct\"\nkind = \"lost-reply\"");
    assert_eq!(text(&market, "/product/create", &[("payload", &product(1, &[]))]), "");
    assert_eq!(market.products().last().map(String::as_str), Some("NEW-0"));
    let market = fault("action = \"CreateProduct\"\nkind = \"reset\"");
    assert_eq!(text(&market, "/product/create", &[("payload", &product(1, &[]))]), "");
    assert_eq!(market.products().len(), 2);
    let market = fault("action = \"CreateProduct\"\nkind = \"plain\"\neffect = \"half\"\nsku = \"NEW-1\"");
    assert_eq!(told(&write(&market, "/product/create", &product(4, &[]))), "ok");
    assert_eq!(market.products().last().map(String::as_str), Some("NEW-0 NEW-1"));
    let market = fault("action = \"CreateProduct\"\nkind = \"plain\"\neffect = \"twice\"");
    assert_eq!(told(&write(&market, "/product/create", &product(1, &[]))), "500 :4135:");
    let mut market =
        fault("action = \"CreateProduct\"\nkind = \"status\"\nstatus = 504\neffect = \"later\"\ndelay = 60");
    let line = "POST /rest/product/create";
    let body = open::form(&signed(&market, "/product/create", &[("payload", &product(1, &[]))]));
    let (head, page) = send(&market, line, "application/x-www-form-urlencoded", body.as_bytes());
    assert!(head.starts_with("HTTP/1.1 504") && page.contains("<html>"), "{head}");
    assert_eq!(market.counted()["delayed_effects"], 1);
    market.stop();
    let broken = text(&fault("kind = \"truncated\""), "/products/get", &ALL);
    assert!(broken.starts_with('{') && serde_json::from_str::<Value>(&broken).is_err(), "{broken}");
    assert!(text(&fault("kind = \"plain\"\nformat = \"other\""), "/products/get", &ALL).starts_with("<?xml"));
    for inside in ["inside = \"nesting\"", "charset = \"latin-1\"\naction = \"SetImages\"", "inside = \"dtd\""] {
        let market = fault(&format!("kind = \"plain\"\n{inside}"));
        assert!(text(&market, "/products/get", &ALL).starts_with('{'), "{inside}");
    }
}

#[test]
fn stuffing_stands_inside_a_reply_that_says_little() {
    let market =
        Market::open(&format!("{STALL}[[fault]]\naction = \"SetImages\"\nkind = \"plain\"\ninside = \"attributes\""));
    let sku_id = market.shown()["products"][1]["skus"][0]["sku_id"].to_string();
    let payload =
        json!({"Request": {"Product": {"Skus": {"Sku": [{"SkuId": sku_id, "Images": {"Image": [HOSTED]}}]}}}});
    let reply = write(&market, "/images/set", &payload.to_string());
    assert_eq!((told(&reply), &reply["data"]), ("ok".to_owned(), &json!({})));
}

#[test]
fn what_a_reply_tells_may_be_wrong() {
    let market =
        Market::open(&format!("{STALL}[[fault]]\naction = \"GetProducts\"\nkind = \"plain\"\nlist = \"extra\""));
    assert_eq!(list(&market)["data"]["products"].as_array().unwrap().len(), 3);
    let market = Market::open("[[fault]]\naction = \"CreateProduct\"\nkind = \"plain\"\nlist = \"other-case\"");
    let reply = write(&market, "/product/create", &product(2, &[]));
    assert_eq!(reply["data"]["sku_list"][1]["seller_sku"], "new-1");
    let market = Market::open("[[fault]]\naction = \"CreateProduct\"\nkind = \"warnings\"\nmessage = \"Look again\"");
    let reply = write(&market, "/product/create", &product(1, &[]));
    assert_eq!(reply["data"]["warnings"], json!([{"message": "Look again"}]));
    let market = Market::open("[[fault]]\nkind = \"plain\"\neffect = false");
    let told_twice = [1, 2].map(|_| {
        let reply = write(&market, "/product/create", &product(1, &[]));
        open::number(&reply["data"]["item_id"])
    });
    assert_eq!(told_twice[0], told_twice[1]);
    assert_eq!(market.products(), [""; 0]);
}

#[test]
fn a_gateway_that_does_not_know_the_caller_shows_a_page() {
    let market = Market::open("[[fault]]\nkind = \"white-list\"\ntimes = 2");
    for _ in 0..2 {
        let query = open::form(&signed(&market, "/products/get", &ALL));
        let (head, page) = send(&market, &format!("GET /rest/products/get?{query}"), "", b"");
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("text/html"), "{head}");
        assert!(page.contains("white list"), "{page}");
    }
    assert_eq!(told(&list(&market)), "ok");
}

#[test]
fn the_rate_of_the_marketplace_and_the_pace_of_the_app_are_two() {
    let market = Market::open("calls_per_second = 1");
    assert_eq!([told(&list(&market)), told(&list(&market))], ["ok", "ApiCallLimit"]);
    let market = Market::open("[open_platform]\ncalls_per_second = 2\nban = 3600");
    let calls: Vec<String> = (0..4).map(|_| told(&list(&market))).collect();
    assert_eq!(calls, ["ok", "ok", "ApiCallLimit", "ApiCallLimit"]);
    assert_eq!(list(&market)["message"], "Api access frequency exceeds the limit. this ban will last 3600 seconds");
    let other_api = calls::call(&market, "GetProducts", &[("Filter", "all")], None).unwrap();
    assert!(other_api.contains("<SuccessResponse>"), "{other_api}");
}

#[test]
fn more_skus_than_it_manages_time_out() {
    let market = Market::open("");
    assert_eq!(told(&write(&market, "/product/create", &product(51, &[]))), "ServiceTimeout");
    assert_eq!(market.products(), [""; 0]);
    assert_eq!(told(&write(&market, "/product/create", &product(50, &[]))), "ok");
    let market = Market::open("[open_platform]\nmany_skus = \"done\"");
    let reply = write(&market, "/product/create", &product(51, &[]));
    assert_eq!((&reply["code"], &reply["type"]), (&json!("ServiceTimeout"), &json!("SYSTEM")));
    assert_eq!(market.shown()["sku_count"], 51);
}

#[test]
fn pictures_may_be_demanded() {
    let market = Market::open("[open_platform]\nimages_required = true");
    assert_eq!(told(&write(&market, "/product/create", &product(1, &[]))), "500 __images__:4139:");
    assert_eq!(told(&write(&market, "/product/create", &product(1, &[HOSTED]))), "ok");
    let market = Market::open("[open_platform]\nall_or_none = true");
    assert_eq!(told(&write(&market, "/product/create", &product(2, &[HOSTED]))), "500 __images__:4153:");
    assert_eq!(told(&write(&market, "/product/create", &product(2, &[]))), "ok");
    let ids: Vec<String> = (0..2).map(|sku| market.shown()["products"][0]["skus"][sku]["sku_id"].to_string()).collect();
    let set = |ids: &[String]| {
        let skus: Vec<Value> = ids.iter().map(|id| json!({"SkuId": id, "Images": {"Image": [HOSTED]}})).collect();
        let payload = json!({"Request": {"Product": {"Skus": {"Sku": skus}}}});
        told(&write(&market, "/images/set", &payload.to_string()))
    };
    assert_eq!(set(&ids[..1]), "504 __images__:4153:");
    assert_eq!(set(&ids), "ok");
    assert_eq!(set(&ids[..1]), "ok");
}

#[test]
fn a_clock_that_is_wrong_refuses_what_is_signed_now() {
    assert_eq!(told(&list(&Market::open("clock = -7100"))), "ok");
    assert_eq!(told(&list(&Market::open("clock = 7300"))), "OPEN_API_TIMESTAMP_INVALID");
    assert_eq!(told(&list(&Market::open("clock = 100\nclock_tolerance = 60"))), "OPEN_API_TIMESTAMP_INVALID");
}
