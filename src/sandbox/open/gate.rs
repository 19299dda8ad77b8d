//! Who may come in by the Open Platform: the system parameters and the signature of a call.
//!
//! Written from the pages and from nothing else. All parameters but `sign` are sorted by name, and name and value
//! strung together behind the path; what is signed is their decoded text. Files are not signed. A body that is no form
//! may be signed behind them or not: it is refused either way.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::gate::{self, Clock};
use super::super::reply::ApiError;
use super::super::time;
use super::codes;
use super::form::Form;

/// The app that may call.
#[derive(Debug, Clone)]
pub(in crate::sandbox) struct App {
    /// `app_key`.
    pub(in crate::sandbox) key: String,
    /// The text that signs.
    pub(in crate::sandbox) secret: String,
    /// The time that its calls are held against.
    pub(in crate::sandbox) clock: Clock,
}

/// Lets a call of the app in, or says why not; who the seller is, the token tells.
pub(super) fn admit(path: &str, form: &Form, app: &App) -> Result<(), ApiError> {
    for name in ["app_key", "timestamp", "sign_method", "sign"] {
        if form.filled(name).is_none() {
            return Err(codes::missing(name));
        }
    }
    if form.filled("app_key") != Some(app.key.as_str()) {
        return Err(codes::named("InvalidAppKey"));
    }
    let timestamp = form.filled("timestamp").and_then(moment);
    let is_near = timestamp.is_some_and(|timestamp| (app.clock.now() - timestamp).abs() <= app.clock.tolerance);
    if !is_near {
        return Err(codes::named("OPEN_API_TIMESTAMP_INVALID"));
    }
    let mut text = string_to_sign(path, &form.parameters).into_bytes();
    let mut is_signed = is_signature_of(&app.secret, &text, form);
    if let Some(raw) = &form.raw {
        text.extend_from_slice(raw);
        is_signed |= is_signature_of(&app.secret, &text, form);
    }
    if is_signed && form.filled("sign_method") == Some("sha256") {
        return Ok(());
    }
    Err(codes::named("IncompleteSignature"))
}

/// Milliseconds since 1970, or an ISO 8601 time, which is UTC where it has no offset.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let since = TimeDelta::try_milliseconds(text.parse().ok()?)?;
        return DateTime::UNIX_EPOCH.checked_add_signed(since);
    }
    time::parse_instant(text).or_else(|| time::parse_instant(&format!("{text}Z")))
}

fn string_to_sign(path: &str, parameters: &BTreeMap<String, String>) -> String {
    let signed = parameters.iter().filter(|(name, _)| *name != "sign");
    let pairs: String = signed.map(|(name, value)| format!("{name}{value}")).collect();
    format!("{path}{pairs}")
}

fn is_signature_of(secret: &str, text: &[u8], form: &Form) -> bool {
    let expected = gate::signature(secret, text).to_uppercase();
    gate::is_same(expected.as_bytes(), form.filled("sign").unwrap_or_default().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, raw: &str, string: &str, expect: &str) {
        check_by("helloworld", path, raw, string, expect);
    }

    #[track_caller]
    fn check_by(secret: &str, path: &str, raw: &str, string: &str, expect: &str) {
        let form = Form::read(raw, "", b"").unwrap();
        assert_eq!(string_to_sign(path, &form.parameters), string);
        let given = Form::read(&format!("{raw}&sign={expect}"), "", b"").unwrap();
        assert!(is_signature_of(secret, string.as_bytes(), &given), "{string}");
        let small = Form::read(&format!("{raw}&sign={}", expect.to_lowercase()), "", b"").unwrap();
        assert!(!is_signature_of(secret, string.as_bytes(), &small), "small letters");
    }

    #[test]
    fn the_published_example_is_signed_as_published() {
        check(
            "/order/get",
            "timestamp=1517820392000&sign_method=sha256&order_id=1234&app_key=123456&access_token=test",
            "/order/getaccess_tokentestapp_key123456order_id1234sign_methodsha256timestamp1517820392000",
            "4190D32361CFB9581350222F345CB77F3B19F0E31D162316848A2C1FFD5FAB4A",
        );
    }

    #[test]
    fn the_other_published_example_is_signed_as_published() {
        check_by(
            "test-secret",
            "/order/cancel",
            "access_token=test-token&app_key=123456&sign_method=sha256&timestamp=1700000000000",
            "/order/cancelaccess_tokentest-tokenapp_key123456sign_methodsha256timestamp1700000000000",
            "91375F42B474CECEE7172759B6400E74F10FBB6E9E9E145EA2A27DFA17556B18",
        );
    }

    #[test]
    fn a_batch_id_is_signed_like_any_other() {
        check(
            "/image/response/get",
            "app_key=123456&access_token=test&sign_method=sha256&timestamp=1517820392000&\
             batch_id=1e0bb81415173896232054839e",
            "/image/response/getaccess_tokentestapp_key123456batch_id1e0bb81415173896232054839esign_methodsha256\
             timestamp1517820392000",
            "1C8CB3C51C6A9376BFF4AD3E424CB012A6CB14100ADDCA6AE5B5670FD9C516DA",
        );
    }

    #[test]
    fn a_payload_is_signed_as_the_text_it_is() {
        let payload = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Request><Product><PrimaryCategory>6614\
            </PrimaryCategory><Attributes><name>api create product test sample</name></Attributes><Skus><Sku>\
            <SellerSku>api-create-test-1</SellerSku><price>388.50</price></Sku></Skus></Product></Request>";
        let system = "app_key=123456&access_token=test&sign_method=sha256&timestamp=1517820392000";
        let string = format!(
            "/product/createaccess_tokentestapp_key123456payload{payload}sign_methodsha256timestamp1517820392000"
        );
        let expect = "4C8200EF85C296D8BBDC5E15F38399F179CA7D332C8747BCAC6F2B0751CA5670";
        check("/product/create", &format!("{system}&payload={}", gate::encode(payload)), &string, expect);
    }

    #[test]
    fn a_time_is_in_milliseconds_or_utc() {
        let stamp = |text| moment(text).map(time::stamp);
        assert_eq!(stamp("1517820392000").as_deref(), Some("2018-02-05T08:46:32+0000"));
        assert_eq!(stamp("2018-02-05T08:46:32Z").as_deref(), Some("2018-02-05T08:46:32+0000"));
        assert_eq!(stamp("2018-02-05T08:46:32").as_deref(), Some("2018-02-05T08:46:32+0000"));
        assert_eq!(stamp("2018-02-05T16:46:32+08:00").as_deref(), Some("2018-02-05T08:46:32+0000"));
        assert_eq!(stamp("soon"), None);
        assert_eq!(stamp("99999999999999999999"), None);
    }
}
