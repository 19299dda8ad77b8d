//! Who may come in: the common parameters and the signature of a call.
//!
//! Written from the pages and from nothing else, so that a slip of the client is seen here and not repeated. The
//! query string is taken apart byte by byte, decoded as forms are (a bare `+` is a space), encoded again by RFC 3986,
//! sorted and signed; so a client may encode as it likes, but must sign the one form.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};
use sha2::Sha256;

use super::reply::{ApiError, Format};
use super::time;

const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const VERSION: &str = "1.0";

/// The account that may call.
#[derive(Debug, Clone)]
pub(super) struct Account {
    /// `UserID`.
    pub(super) user_id: String,
    /// The key's text; its UTF-8 bytes are the HMAC key.
    pub(super) api_key: String,
    /// The time that its calls are held against.
    pub(super) clock: Clock,
}

/// The clock on the marketplace's wall, which may be wrong.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// How far it is ahead of the true time; below zero it is behind.
    pub(super) ahead: TimeDelta,
    /// How far a `Timestamp` may be from it.
    pub(super) tolerance: TimeDelta,
}

impl Clock {
    /// The time it shows.
    pub(super) fn now(&self) -> DateTime<Utc> {
        let now = time::now();
        now.checked_add_signed(self.ahead).unwrap_or(now)
    }
}

/// The decoded parameters of a query string, in the order they came.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Takes a raw query string apart; `None` when a part of it is no UTF-8.
    pub(super) fn parse(raw: &str) -> Option<Query> {
        let mut parameters = Vec::new();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            parameters.push((decode(name)?, decode(value)?));
        }
        Some(Query(parameters))
    }

    /// The parameters that another API calls by other names.
    pub(super) fn of(parameters: Vec<(String, String)>) -> Query {
        Query(parameters)
    }

    /// All of them.
    pub(super) fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }

    /// The first value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a parameter, unless it is empty.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// The form of the reply.
    pub(super) fn format(&self) -> Format {
        match self.get("Format") {
            Some(format) if format.eq_ignore_ascii_case("json") => Format::Json,
            Some(_) | None => Format::Xml,
        }
    }

    /// What a client has to sign: everything but `Signature`.
    fn string_to_sign(&self) -> String {
        let mut signed: Vec<&(String, String)> = self.0.iter().filter(|(name, _)| name != "Signature").collect();
        signed.sort_by(|left, right| left.0.as_bytes().cmp(right.0.as_bytes()));
        let encoded: Vec<String> =
            signed.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        encoded.join("&")
    }
}

/// Lets a call in, or says why not: E001, E002, E004, E003, E009, E007, in this order.
pub(super) fn admit(query: &Query, account: &Account) -> Result<(), ApiError> {
    for name in ["Action", "Timestamp", "UserID", "Version", "Signature"] {
        if query.filled(name).is_none() {
            return Err(ApiError::about(1, name));
        }
    }
    if query.get("Version") != Some(VERSION) {
        return Err(ApiError::new(2));
    }
    let timestamp = query.get("Timestamp").and_then(time::parse_instant).ok_or_else(|| ApiError::new(4))?;
    if (account.clock.now() - timestamp).abs() > account.clock.tolerance {
        return Err(ApiError::new(3));
    }
    if query.get("UserID") != Some(account.user_id.as_str()) {
        return Err(ApiError::new(9));
    }
    let expected = signature(&account.api_key, query.string_to_sign().as_bytes());
    let given = query.get("Signature").unwrap_or_default();
    if !is_same(expected.as_bytes(), given.as_bytes()) {
        return Err(ApiError::new(7));
    }
    Ok(())
}

/// HMAC-SHA256 as small hex digits.
pub(super) fn signature(key: &str, text: &[u8]) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(text);
    HEXLOWER.encode(&mac.finalize().into_bytes())
}

/// Compares in a time that does not tell how far the two agree. Two empty texts are not the same.
pub(super) fn is_same(expected: &[u8], given: &[u8]) -> bool {
    let differing = expected.iter().zip(given).fold(0, |differing, (left, right)| differing | (left ^ right));
    !expected.is_empty() && expected.len() == given.len() && differing == 0
}

fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode(spaced.as_bytes()).decode_utf8().ok().map(|decoded| decoded.into_owned())
}

/// A value of a query string.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(key: &str, raw: &str, string_to_sign: &str, expect: &str) {
        let query = Query::parse(raw).unwrap();
        assert_eq!(query.string_to_sign(), string_to_sign);
        assert_eq!(signature(key, query.string_to_sign().as_bytes()), expect);
    }

    #[test]
    fn the_published_example_is_signed_as_published() {
        check(
            "b1bdb357ced10fe4e9a69840cdd4f0e9c03d77fe",
            "UserID=look%40me.com&Version=1.0&Action=FeedList&Format=XML&Timestamp=2015-07-01T11%3A11%3A11%2B00%3A00",
            "Action=FeedList&Format=XML&Timestamp=2015-07-01T11%3A11%3A11%2B00%3A00&UserID=look%40me.com&Version=1.0",
            "3ceb8ed91049dfc718b0d2d176fb2ed0e5fd74f76c5971f34cdab48412476041",
        );
    }

    #[test]
    fn a_space_is_signed_as_percent_20_however_it_was_sent() {
        let signed = "Foo=bar&Timestamp=2014-11-12T11%3A45%3A26Z&UserID=abc%40sellercenter.net&Whatever=you%20want";
        let expect = "bb6b9ee192fe31f7e21c2fcc6298feccc777b747beb0a062e7c21072671a5cae";
        check("1234567890", signed, signed, expect);
        check("1234567890", &signed.replace("%20", "+").replace("%3A", ":"), signed, expect);
    }

    #[test]
    fn names_are_sorted_by_their_bytes_and_the_signature_is_left_out() {
        let query = Query::parse("action=c&UserID=b&Signature=x&Action=a").unwrap();
        assert_eq!(query.string_to_sign(), "Action=a&UserID=b&action=c");
    }

    #[test]
    fn only_the_unreserved_characters_stay_as_they_are() {
        let query = Query::parse("q=%C3%91u%C3%B1oa~*!'()%2F&empty=&bare").unwrap();
        assert_eq!(query.string_to_sign(), "bare=&empty=&q=%C3%91u%C3%B1oa~%2A%21%27%28%29%2F");
    }

    #[test]
    fn a_query_that_is_no_utf_8_is_not_understood() {
        assert!(Query::parse("q=%FF").is_none());
    }

    #[test]
    fn signatures_are_compared_whole() {
        assert!(is_same(b"abc", b"abc"));
        assert!(!is_same(b"abc", b"abd"));
        assert!(!is_same(b"abc", b"ab"));
        assert!(!is_same(b"", b""));
    }
}
