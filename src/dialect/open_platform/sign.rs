//! The signature: HMAC-SHA256 over path and parameters, with the app's secret as the text it is, in capital digits.
//!
//! Nothing of what is signed is encoded. Files are not signed, and neither is what is empty.

use super::super::signing;

/// The signature of a call: 64 upper-case hexadecimal digits. `path` is what follows `/rest` in the address.
pub(super) fn signature(path: &str, params: &[(&str, String)], secret: &str) -> String {
    signing::hmac(&string_to_sign(path, params), secret).to_ascii_uppercase()
}

/// The path, then name and value of each parameter, sorted by name in byte order, without anything between them.
fn string_to_sign(path: &str, params: &[(&str, String)]) -> String {
    let mut sorted: Vec<&(&str, String)> = params.iter().filter(|(_, value)| !value.is_empty()).collect();
    sorted.sort_by_key(|(name, _)| *name);
    let pairs = sorted.into_iter().flat_map(|(name, value)| [*name, value.as_str()]);
    [path].into_iter().chain(pairs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// Published by the marketplace and by a public client, and computed twice by others.
    const VECTORS: &str = include_str!("../../../tests/fixtures/open-platform/signatures.json");

    #[test]
    fn every_vector_gets_its_signature() {
        let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
        assert_eq!(vectors.len(), 4);
        for vector in vectors {
            let text = |name: &str| vector[name].as_str().unwrap();
            let params = vector["params"].as_object().unwrap().iter();
            let params: Vec<(&str, String)> =
                params.map(|(name, value)| (name.as_str(), value.as_str().unwrap().to_owned())).collect();
            assert_eq!(string_to_sign(text("path"), &params), text("string_to_sign"));
            assert_eq!(signature(text("path"), &params, text("secret")), text("sign"), "{}", text("name"));
        }
    }

    #[test]
    fn what_is_empty_is_not_signed() {
        let params = [("b", "2".to_owned()), ("a", String::new()), ("B", "1 &".to_owned())];
        assert_eq!(string_to_sign("/x", &params), "/xB1 &b2");
    }
}
