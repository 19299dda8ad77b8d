//! The `payload` of a write: XML as Seller Center has it, or the same as JSON.
//!
//! Published of JSON: `Image` and `Sku` are arrays, every value is a text, anything else is 1001. Our reading: the
//! sample of the price call shows one `Sku` as an object, so there it may be one.

use serde_json::Value;

use super::super::reply::ApiError;
use super::super::request;
use super::super::xml::Element;
use super::codes;

/// What must be an array, however many there are.
const ARRAYS: [&str; 2] = ["Image", "Sku"];

const NOT_AS_EXPECTED: u32 = 1001;

/// Whether one SKU may stand there without an array around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OneSku {
    /// It may not.
    InArray,
    /// It may.
    AsItIs,
}

/// Reads the `Request` of a payload: 30 when there is nothing in it, 5 when it is no `Request`, 1001 when it is JSON of
/// another shape.
pub(super) fn read(text: Option<&str>, one_sku: OneSku) -> Result<Element, ApiError> {
    let text = text.unwrap_or_default().trim();
    if !text.starts_with('{') {
        return request::root(text.as_bytes());
    }
    let value: Value = serde_json::from_str(text).map_err(|_| codes::numbered(NOT_AS_EXPECTED))?;
    let request = value.get("Request").ok_or_else(|| ApiError::new(5))?;
    let element = element("Request", request, one_sku)?;
    if element.children.is_empty() { Err(ApiError::new(30)) } else { Ok(element) }
}

fn element(name: &str, value: &Value, one_sku: OneSku) -> Result<Element, ApiError> {
    let mut element = Element { name: name.to_owned(), ..Element::default() };
    match value {
        Value::String(text) => element.text.clone_from(text),
        Value::Object(fields) => {
            for (name, value) in fields {
                element.children.extend(elements(name, value, one_sku)?);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            return Err(codes::numbered(NOT_AS_EXPECTED));
        }
    }
    Ok(element)
}

fn elements(name: &str, value: &Value, one_sku: OneSku) -> Result<Vec<Element>, ApiError> {
    match value {
        Value::Array(items) => items.iter().map(|item| element(name, item, one_sku)).collect(),
        _ if ARRAYS.contains(&name) && !(name == "Sku" && one_sku == OneSku::AsItIs) => {
            Err(codes::numbered(NOT_AS_EXPECTED))
        }
        one => Ok(vec![element(name, one, one_sku)?]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: u32) {
        let code = read(Some(text), OneSku::InArray).map_or_else(|error| error.code, |_| 0);
        assert_eq!(code, expect, "{text}");
    }

    #[test]
    fn json_and_xml_are_the_same_request() {
        let xml = "<Request><Product><Skus><Sku><a>1</a></Sku><Sku><a>2</a></Sku></Skus></Product></Request>";
        let json = r#"{"Request": {"Product": {"Skus": {"Sku": [{"a": "1"}, {"a": "2"}]}}}}"#;
        assert_eq!(read(Some(xml), OneSku::InArray), read(Some(json), OneSku::InArray));
    }

    #[test]
    fn json_has_arrays_and_texts() {
        check(r#"{"Request": {"Product": {"Images": {"Image": ["x"]}}}}"#, 0);
        check(r#"{"Request": {"Product": {"Images": {"Image": "x"}}}}"#, 1001);
        check(r#"{"Request": {"Product": {"Skus": {"Sku": {"price": "1"}}}}}"#, 1001);
        check(r#"{"Request": {"Product": {"Skus": {"Sku": [{"price": 1}]}}}}"#, 1001);
        check(r#"{"Request": {"Product": {"Skus": {"Sku": [{"price": null}]}}}}"#, 1001);
        check(r#"{"Request": {"Product": "#, 1001);
        let one = r#"{"Request": {"Product": {"Skus": {"Sku": {"Price": "1"}}}}}"#;
        assert!(read(Some(one), OneSku::AsItIs).is_ok());
    }

    #[test]
    fn nothing_is_an_empty_request() {
        assert_eq!(read(None, OneSku::InArray).map_err(|error| error.code), Err(30));
        check("", 30);
        check("{}", 5);
        check(r#"{"Request": {}}"#, 30);
        check("<Request/>", 30);
        check("<Products/>", 5);
        check("<Request><a>&</a></Request>", 5);
    }
}
