//! What both APIs sign and encode with: HMAC-SHA256, and percent-encoding by RFC 3986.
//!
//! Encoding is what PHP's `rawurlencode` writes: a space is `%20`, never `+`. Form encoders differ in a few marks only,
//! so their signatures fail on a few products only.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;

/// What is encoded: all but letters, digits and `- . _ ~`.
pub(super) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A name or a value of a query, encoded.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Names and values of a query or a form, each encoded, in their order.
pub(super) fn pairs<'a>(params: impl IntoIterator<Item = &'a (&'a str, String)>) -> String {
    let pairs: Vec<String> =
        params.into_iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    pairs.join("&")
}

/// The HMAC-SHA256 of a text: 64 lower-case hexadecimal digits.
pub(super) fn hmac(text: &str, key: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("an HMAC key may have any length");
    mac.update(text.as_bytes());
    HEXLOWER.encode(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded_as_rfc_3986_says() {
        assert_eq!(encoded("Ñuñoa"), "%C3%91u%C3%B1oa");
        assert_eq!(encoded("aZ0-._~"), "aZ0-._~");
        assert_eq!(encoded(" +:@/?=&%"), "%20%2B%3A%40%2F%3F%3D%26%25");
        assert_eq!(encoded("*!'(),\"[]"), "%2A%21%27%28%29%2C%22%5B%5D");
    }
}
