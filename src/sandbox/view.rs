//! What a reply tells of products and SKUs, when it does not tell the truth.

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::Span;

/// A seller SKU that nobody asked for.
const STRANGER: &str = "SKU-OF-ANOTHER-SHOP";

/// How the products and SKUs of a success differ from what the shop holds; the default is the truth.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct View {
    /// What is done to the list.
    pub(super) list: Option<List>,
    /// GetProducts shows at most so many products, whatever `Limit` says.
    pub(super) limit: Option<usize>,
    /// GetProducts shows nothing that was created or updated so shortly before.
    pub(super) stale: Option<Span>,
    /// What came or went at the front of GetProducts, where no SkuSellerList says what is wanted.
    pub(super) front: Option<Front>,
    /// Whether the reply is XML where JSON was asked for, and the other way round.
    pub(super) other_format: bool,
}

/// How the list of products changed while a client pages through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Front {
    /// One more stands before all others: the last of a page is the first of the next one.
    Appeared,
    /// The first is gone: the first of the next page is on none.
    Vanished,
}

/// What is done to the list of products (GetProducts) or of SKUs (the writes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum List {
    /// Only the first half, rounded down.
    Fewer,
    /// One more, that nobody asked for.
    Extra,
    /// In another order.
    Shuffled,
    /// Seller SKUs in small letters, or in capitals where they were small.
    OtherCase,
}

impl List {
    /// Changes the body of a success.
    pub(super) fn change(self, body: &mut Value, lot: f64) {
        if self == List::OtherCase {
            return fold(body);
        }
        let is_listing = body.get("Products").is_some();
        let Some(items) = items(body) else { return };
        match self {
            List::Fewer => items.truncate(items.len() / 2),
            List::Extra => items.push(stranger(is_listing)),
            List::Shuffled | List::OtherCase => shuffle(items, lot),
        }
    }
}

fn items(body: &mut Value) -> Option<&mut Vec<Value>> {
    for path in ["/Products", "/Skus", "/Product/Skus"] {
        if body.pointer(path).is_some_and(Value::is_array) {
            return body.pointer_mut(path)?.as_array_mut();
        }
    }
    None
}

fn stranger(is_listing: bool) -> Value {
    let sku = json!({"SellerSku": STRANGER, "Status": "active", "Images": []});
    if is_listing {
        return json!({"PrimaryCategory": 1, "Attributes": {"name": "Never asked for"}, "Skus": [sku]});
    }
    sku
}

/// Never the order it was in, where there are two.
fn shuffle(items: &mut [Value], lot: f64) {
    let before = items.to_vec();
    fastrand::Rng::with_seed(lot.to_bits()).shuffle(items);
    if items == before.as_slice() {
        items.reverse();
    }
}

fn fold(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(fold),
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                match value {
                    Value::String(text) if name == "SellerSku" => *text = other_case(text),
                    other => fold(other),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn other_case(text: &str) -> String {
    let lower = text.to_lowercase();
    if lower == text { text.to_uppercase() } else { lower }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(list: List, mut body: Value, expect: &Value) {
        list.change(&mut body, 0.5);
        assert_eq!(&body, expect);
    }

    fn skus(names: &[&str]) -> Value {
        names.iter().map(|name| json!({"SellerSku": name})).collect()
    }

    #[test]
    fn a_list_stands_in_one_of_three_places() {
        check(List::Fewer, json!({"Products": [1, 2, 3]}), &json!({"Products": [1]}));
        check(List::Fewer, json!({"Skus": skus(&["A", "B"])}), &json!({"Skus": skus(&["A"])}));
        check(List::Fewer, json!({"Product": {"Skus": skus(&["A"])}}), &json!({"Product": {"Skus": []}}));
        check(List::Fewer, json!({"Warnings": []}), &json!({"Warnings": []}));
    }

    #[test]
    fn two_never_keep_their_order() {
        check(List::Shuffled, json!({"Skus": skus(&["A", "B"])}), &json!({"Skus": skus(&["B", "A"])}));
        check(List::Shuffled, json!({"Skus": skus(&["A"])}), &json!({"Skus": skus(&["A"])}));
    }

    #[test]
    fn letters_change_their_case() {
        check(List::OtherCase, json!({"Skus": skus(&["Tee-1", "tee-2"])}), &json!({"Skus": skus(&["tee-1", "TEE-2"])}));
    }
}
