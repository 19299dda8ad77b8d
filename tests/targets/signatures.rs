//! The signed address of a request, held against a second implementation that was written naively from the pages.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use sha2::{Digest, Sha256};
use skuload::dialect::{Call, Credentials, GetProducts, Told, UserKey};
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
    Sha256::digest(outer).iter().map(|byte| format!("{byte:02x}")).collect()
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
