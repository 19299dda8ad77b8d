//! Calls to the stand-in marketplace, made by hand: each is signed and sent as the pages say, over a connection of its
//! own, and shares nothing with the client or the marketplace.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use sha2::Sha256;

use crate::support::Market;

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Parameters that a call adds or changes.
pub(crate) type Changes<'a> = &'a [(&'a str, &'a str)];

#[allow(clippy::disallowed_methods, reason = "the tests sign with the time the marketplace has")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A call in the format: the text that came back, or nothing where the connection broke without one.
pub(crate) fn call(market: &Market, action: &str, changes: Changes, body: Option<&str>) -> Option<String> {
    let stamp = now().format("%Y-%m-%dT%H:%M:%S+00:00").to_string();
    let user_id = market.user_id();
    let common = [("Action", action), ("Timestamp", &stamp), ("UserID", &user_id), ("Version", "1.0")];
    let all: BTreeMap<&str, &str> = common.iter().chain(changes).copied().collect();
    let encode = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
    let pairs: Vec<String> = all.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let query = pairs.join("&");
    let mut mac = Hmac::<Sha256>::new_from_slice(market.key().as_bytes()).unwrap();
    mac.update(query.as_bytes());
    let signature = HEXLOWER.encode(&mac.finalize().into_bytes());
    let method = if body.is_some() { "POST" } else { "GET" };
    let body = body.unwrap_or_default();
    let head = format!("{method} /?{query}&Signature={signature} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n");
    let mut stream = TcpStream::connect(("127.0.0.1", market.port())).unwrap();
    write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut reply = Vec::new();
    // A reply that breaks off is what came of it.
    let _ = stream.read_to_end(&mut reply);
    let reply = String::from_utf8(reply).unwrap();
    reply.split_once("\r\n\r\n").map(|(_, text)| text.to_owned())
}

/// A write whose reply is JSON.
pub(crate) fn write(market: &Market, action: &str, body: &str) -> Option<Value> {
    let text = call(market, action, &[("Format", "JSON")], Some(body))?;
    Some(serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// A write in a word: `ok`, `nothing` where no reply came, or the code and its details: `501 price:MUG SellerSku:`.
pub(crate) fn told(market: &Market, action: &str, body: &str) -> String {
    let Some(reply) = write(market, action, body) else { return "nothing".to_owned() };
    if reply.get("SuccessResponse").is_some() {
        return "ok".to_owned();
    }
    let error = &reply["ErrorResponse"];
    let text = |detail: &Value, name: &str| detail[name].as_str().unwrap_or_default().to_owned();
    let details = error["Body"]["Errors"].as_array().into_iter().flatten();
    let details = details.map(|detail| format!(" {}:{}", text(detail, "Field"), text(detail, "SellerSku")));
    format!("{}{}", error["Head"]["ErrorCode"], details.collect::<String>())
}

/// The write is answered with the code, in XML and in JSON, and its text.
#[track_caller]
pub(crate) fn expect_code(market: &Market, action: &str, body: &str, code: u64, text: &str) {
    let xml = call(market, action, &[], Some(body)).unwrap();
    assert!(xml.starts_with("<?xml") && xml.contains(&format!("<ErrorCode>{code}</ErrorCode>")), "{xml}");
    assert!(xml.contains(text), "{xml}");
    let json = write(market, action, body).unwrap();
    let head = &json["ErrorResponse"]["Head"];
    assert_eq!(head["ErrorCode"], code, "{json}");
    assert!(head["ErrorMessage"].as_str().unwrap().contains(text), "{json}");
}

/// The body of a GetProducts with `Filter=all`, unless the changes say otherwise.
pub(crate) fn listed(market: &Market, changes: Changes) -> Value {
    let all = [&[("Filter", "all"), ("Format", "JSON")], changes].concat();
    let text = call(market, "GetProducts", &all, None).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    assert!(value.get("SuccessResponse").is_some(), "{text}");
    value["SuccessResponse"]["Body"].clone()
}

/// The first seller SKU of each product of a GetProducts, and how many there are in all: `TOTE-1 MUG of 5`.
pub(crate) fn page(market: &Market, changes: Changes) -> String {
    let body = listed(market, changes);
    let products = body["Products"].as_array().unwrap().iter();
    let names: Vec<&str> = products.map(|product| product["Skus"][0]["SellerSku"].as_str().unwrap()).collect();
    format!("{} of {}", names.join(" "), body["TotalProducts"])
}

/// A product as GetProducts shows it, by one of its seller SKUs.
pub(crate) fn product(market: &Market, seller_sku: &str) -> Value {
    let list = format!("[{seller_sku:?}]");
    listed(market, &[("SkuSellerList", &list)])["Products"][0].clone()
}

/// A SKU as GetProducts shows it.
pub(crate) fn sku(market: &Market, seller_sku: &str) -> Value {
    let product = product(market, seller_sku);
    let mut skus = product["Skus"].as_array().unwrap().iter();
    skus.find(|sku| sku["SellerSku"] == seller_sku).unwrap().clone()
}

/// What GetQcStatus says of a SKU; nothing where it is not listed.
pub(crate) fn review(market: &Market, seller_sku: &str) -> String {
    let list = format!("[{seller_sku:?}]");
    let text = call(market, "GetQcStatus", &[("SkuSellerList", &list), ("Format", "JSON")], None).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    value["SuccessResponse"]["Body"]["Status"][0]["Status"].as_str().unwrap_or_default().to_owned()
}
