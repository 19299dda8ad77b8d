//! Calls to the stand-in marketplace by its Open Platform, made by hand: each is signed and sent as the pages say, over
//! a connection of its own, and shares nothing with the client or the marketplace.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use sha2::Sha256;

use crate::support::Market;

/// Parameters that a call adds or changes; an empty value takes one out.
pub(crate) type Changes<'a> = &'a [(&'a str, &'a str)];

#[allow(clippy::disallowed_methods, reason = "the tests sign with the time the marketplace has")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Upper-case hex of HMAC-SHA256.
pub(crate) fn sign(secret: &str, text: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02X}")).collect()
}

/// What is signed: the path, and each name with its value.
pub(crate) fn string_to_sign(path: &str, parameters: &BTreeMap<String, String>) -> String {
    let pairs: String = parameters.iter().map(|(name, value)| format!("{name}{value}")).collect();
    format!("{path}{pairs}")
}

/// The system parameters and those of the call, not signed.
pub(crate) fn parameters(market: &Market, changes: Changes) -> BTreeMap<String, String> {
    let sandbox = market.sandbox();
    let (stamp, token) = (now().timestamp_millis().to_string(), sandbox.access_token());
    let common =
        [("app_key", sandbox.app_key()), ("timestamp", &stamp), ("access_token", token), ("sign_method", "sha256")];
    let all = common.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let mut all: BTreeMap<String, String> = all.collect();
    all.retain(|_, value| !value.is_empty());
    all
}

/// The parameters with their signature.
pub(crate) fn signed(market: &Market, path: &str, changes: Changes) -> BTreeMap<String, String> {
    let mut all = parameters(market, changes);
    // A signature that the test gives stays.
    if !all.contains_key("sign") {
        let signature = sign(market.sandbox().app_secret(), string_to_sign(path, &all).as_bytes());
        all.insert("sign".to_owned(), signature);
    }
    all
}

/// As a form writes them.
pub(crate) fn form(parameters: &BTreeMap<String, String>) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs = parameters.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// One request: head and body of what came back; empty where the connection broke.
pub(crate) fn send(market: &Market, line: &str, content_type: &str, body: &[u8]) -> (String, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", market.port())).unwrap();
    let kind = if content_type.is_empty() { String::new() } else { format!("Content-Type: {content_type}\r\n") };
    let head =
        format!("{line} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n{kind}Content-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).unwrap();
    // A marketplace that is gone already need not read it.
    let _ = stream.write_all(body);
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply);
    let reply = String::from_utf8(reply).unwrap();
    let (head, text) = reply.split_once("\r\n\r\n").unwrap_or_default();
    (head.to_owned(), text.to_owned())
}

/// A call by POST, its parameters in the body.
pub(crate) fn text(market: &Market, path: &str, changes: Changes) -> String {
    let body = form(&signed(market, path, changes));
    let kind = "application/x-www-form-urlencoded;charset=utf-8";
    send(market, &format!("POST /rest{path}"), kind, body.as_bytes()).1
}

/// A call by POST; its reply, which is JSON.
#[track_caller]
pub(crate) fn call(market: &Market, path: &str, changes: Changes) -> Value {
    read(&text(market, path, changes))
}

/// A call by GET, its parameters in the query string.
#[track_caller]
pub(crate) fn get(market: &Market, path: &str, changes: Changes) -> Value {
    let query = form(&signed(market, path, changes));
    read(&send(market, &format!("GET /rest{path}?{query}"), "", b"").1)
}

/// A write with its payload.
#[track_caller]
pub(crate) fn write(market: &Market, path: &str, payload: &str) -> Value {
    call(market, path, &[("payload", payload)])
}

/// Every reply is an envelope: a code that is a text, and the number of the request.
#[track_caller]
pub(crate) fn read(text: &str) -> Value {
    let value: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert!(value["code"].is_string() && value["request_id"].is_string(), "{text}");
    value
}

/// What came of a call in a word: `ok`, or the code and its details: `501 price:4118:MUG`.
pub(crate) fn told(reply: &Value) -> String {
    if reply["code"] == "0" {
        return "ok".to_owned();
    }
    let text = |detail: &Value, name: &str| detail[name].as_str().unwrap_or_default().to_owned();
    let details = reply["detail"].as_array().into_iter().flatten();
    let told =
        |detail: &Value| format!(" {}:{}:{}", text(detail, "field"), text(detail, "code"), text(detail, "seller_sku"));
    format!("{}{}", reply["code"].as_str().unwrap(), details.map(told).collect::<String>())
}

/// A number, however it is written.
pub(crate) fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_else(|| panic!("no number: {value}"))
}
