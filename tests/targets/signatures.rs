//! The signed address of a request, held against a second implementation that was written naively from the pages.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use sha2::{Digest, Sha256};
use skuload::dialect::{AppKey, Call, Credentials, GetProducts, Told, UserKey};
use skuload::plan::{Action, SetImages};
use skuload::record::SellerSku;

/// HMAC-SHA256 from its definition.
fn hmac(key: &[u8], message: &[u8]) -> String {
    let mut block = [0_u8; 64];
    if key.len() > 64 {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner: Vec<u8> = block.iter().map(|byte| byte ^ 0x36).chain(message.iter().copied()).collect();
    let outer: Vec<u8> = block.iter().map(|byte| byte ^ 0x5c).chain(Sha256::digest(inner)).collect();
    HEXLOWER.encode(&Sha256::digest(outer))
}

/// `rawurlencode`, byte by byte.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A JSON string as short as it can be.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}

fn target(base: &str, user_id: &str, key: &str, skus: &[String], seconds: i64) -> TestCaseResult {
    let skus: Vec<SellerSku> = skus.iter().filter_map(|sku| SellerSku::parse(sku)).collect();
    let images = SetImages::default();
    let calls =
        [Call::GetProducts(GetProducts { skus: &skus, limit: 100, told: Told::Presence }), Call::SetImages(&images)];
    for call in calls {
        let credentials =
            UserKey { base_url: base.to_owned(), user_id: user_id.to_owned(), api_key: key.to_owned().into() };
        let now: DateTime<Utc> = DateTime::from_timestamp(seconds, 0).unwrap();
        let url = Credentials::SellerCenter(credentials.clone()).encode(&call, now).url;
        let mut params = vec![
            ("Action", call.action().as_str().to_owned()),
            ("Format", "JSON".to_owned()),
            ("Timestamp", now.format("%Y-%m-%dT%H:%M:%S+00:00").to_string()),
            ("UserID", user_id.to_owned()),
            ("Version", "1.0".to_owned()),
        ];
        if call.action() == Action::GetProducts {
            params.push(("Filter", "all".to_owned()));
            params.push(("Limit", "100".to_owned()));
            if !skus.is_empty() {
                let list: Vec<String> = skus.iter().map(|sku| quoted(sku.as_str())).collect();
                params.push(("SkuSellerList", format!("[{}]", list.join(","))));
            }
        }
        params.sort();
        let pairs: Vec<String> = params.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let query = pairs.join("&");
        let signature = hmac(key.as_bytes(), query.as_bytes());
        let base = base.trim_end_matches(['/', '?']);
        prop_assert_eq!(url, format!("{}/?{}&Signature={}", base, query, signature));
    }
    Ok(())
}

/// What the pages of the Open Platform say, word for word: sort, string together, path in front, in capitals.
fn open_signature(path: &str, params: &BTreeMap<String, String>, secret: &str) -> String {
    let mut text = path.to_owned();
    for (name, value) in params {
        text.push_str(name);
        text.push_str(value);
    }
    hmac(secret.as_bytes(), text.as_bytes()).to_uppercase()
}

/// Percent-decoding, byte by byte.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        let hex = std::str::from_utf8(behind.get(..2).unwrap_or_default()).unwrap();
        if *first == b'%' {
            bytes.push(u8::from_str_radix(hex, 16).unwrap());
            rest = &behind[2..];
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// An app that signs.
#[derive(Debug, Clone)]
struct App {
    base: &'static str,
    key: String,
    secret: String,
    token: Option<String>,
}

fn open_target(app: &App, skus: &[String], payload: &str, milliseconds: i64) -> TestCaseResult {
    let skus: Vec<SellerSku> = skus.iter().filter_map(|sku| SellerSku::parse(sku)).collect();
    let images = SetImages::default();
    let look_up = Call::GetProducts(GetProducts { skus: &skus, limit: 50, told: Told::Presence });
    let credentials = Credentials::OpenPlatform(AppKey {
        base_url: app.base.to_owned(),
        app_key: app.key.clone(),
        app_secret: app.secret.clone().into(),
        access_token: app.token.clone().map(Into::into),
    });
    let now: DateTime<Utc> = DateTime::from_timestamp_millis(milliseconds).unwrap();
    let list: Vec<String> = skus.iter().map(|sku| quoted(sku.as_str())).collect();
    let list = if list.is_empty() { String::new() } else { format!("[{}]", list.join(",")) };
    let limit = [("filter", "all"), ("limit", "50"), ("sku_seller_list", list.as_str())].to_vec();
    let calls = [
        (look_up, None, "/products/get", limit),
        (Call::SetImages(&images), Some(payload.as_bytes().to_vec()), "/images/set", vec![("payload", payload)]),
    ];
    for (call, body, path, own) in calls {
        let request = credentials.signed(&call, body, now);
        let system = [("app_key", app.key.as_str()), ("sign_method", "sha256")];
        let time = milliseconds.to_string();
        let token = app.token.as_deref().unwrap_or_default();
        let all = system.into_iter().chain([("timestamp", time.as_str()), ("access_token", token)]).chain(own);
        let filled = all.filter(|(_, value)| !value.is_empty());
        let mut wanted: BTreeMap<String, String> =
            filled.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        wanted.insert("sign".to_owned(), open_signature(path, &wanted, &app.secret));
        let address = format!("{}{path}", app.base.trim_end_matches('/'));
        let form = match request.body {
            None => request.url.strip_prefix(&format!("{address}?")).unwrap_or_default().to_owned(),
            Some(body) => {
                prop_assert_eq!(request.url, address);
                String::from_utf8(body).unwrap()
            }
        };
        let sent = form.split('&').map(|pair| pair.split_once('=').unwrap());
        for (name, value) in sent.clone() {
            prop_assert_eq!(encoded(&decoded(value)), value);
            prop_assert!(!value.is_empty(), "{}", name);
        }
        let sent: BTreeMap<String, String> = sent.map(|(name, value)| (decoded(name), decoded(value))).collect();
        prop_assert_eq!(sent, wanted);
    }
    Ok(())
}

#[test]
fn signatures_of_apps_are_those_of_a_naive_implementation() {
    let bases = prop_oneof![Just("https://api.example.com/rest"), Just("http://[::1]:80/rest/")];
    let text = || "[ -~]{0,30}|[ก-๛Ạ-ỹ一-鿿😀-🙏&+%=]{0,12}|\\PC{0,20}";
    let apps = (bases, text(), "[ -~]{1,100}|\\PC{1,70}", proptest::option::of(text()));
    let apps = apps.prop_map(|(base, key, secret, token)| App { base, key, secret, token });
    let skus = proptest::collection::vec("\\PC{0,12}|[\"\\\\\u{0}-\u{1f} ,+&=%~*]{0,6}", 0..4);
    let inputs = (apps, skus, text(), 0_i64..4_000_000_000_000);
    crate::run(300, &inputs, |(app, skus, payload, time)| open_target(&app, &skus, &payload, time));
}

#[test]
fn signatures_are_those_of_a_naive_implementation() {
    let bases =
        prop_oneof![Just("https://api.example.com"), Just("https://api.example.com/"), Just("http://[::1]:80/?")];
    let skus = proptest::collection::vec("\\PC{0,12}|[\"\\\\\u{0}-\u{1f} ,+&=%~*]{0,6}", 0..4);
    let inputs = (bases, "\\PC{0,30}", "[ -~]{1,100}|\\PC{0,70}", skus, 0_i64..4_000_000_000);
    crate::run(300, &inputs, |(base, user, key, skus, seconds)| target(base, &user, &key, &skus, seconds));
}

#[test]
fn signatures_begin_with_a_hmac_that_is_right() {
    // RFC 4231, cases 2 and 6.
    let long = [0xaa_u8; 131];
    assert_eq!(
        hmac(b"Jefe", b"what do ya want for nothing?"),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    assert_eq!(
        hmac(&long, b"Test Using Larger Than Block-Size Key - Hash Key First"),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    );
}
