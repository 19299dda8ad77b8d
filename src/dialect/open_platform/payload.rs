//! The JSON of a payload. Each value in it is a text, which is how the marketplace wants them (code 1001 otherwise), so
//! that nothing else can be written.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// A value of a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Json {
    Text(String),
    List(Vec<Json>),
    Object(Object),
}

/// Fields in their order, each name once: of two alike the first counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Object(Vec<(String, Json)>);

impl Object {
    /// Puts a field behind the others.
    pub(super) fn put(&mut self, name: &str, value: Json) {
        if !self.0.iter().any(|(there, _)| there == name) {
            self.0.push((name.to_owned(), value));
        }
    }

    /// A text; nothing where there is none: an empty one may clear what the shop has.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.put(name, Json::Text(value.to_owned()));
        }
    }

    /// What there is of it, as text.
    pub(super) fn shown(&mut self, name: &str, value: Option<&impl ToString>) {
        if let Some(value) = value {
            self.text(name, &value.to_string());
        }
    }

    /// An object; nothing where it is empty.
    pub(super) fn object(&mut self, name: &str, value: Object) {
        if !value.is_empty() {
            self.put(name, Json::Object(value));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `{name: value}`.
pub(super) fn one(name: &str, value: Json) -> Json {
    Json::Object(Object(vec![(name.to_owned(), value)]))
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Text(text) => serializer.serialize_str(text),
            Json::List(items) => items.serialize(serializer),
            Json::Object(Object(fields)) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_the_first_of_two_counts() {
        let mut object = Object::default();
        object.text("b", "2");
        object.text("a", "\"\u{0}ก");
        object.text("b", "3");
        object.text("c", "");
        object.put("d", Json::Text(String::new()));
        object.object("e", Object::default());
        object.put("f", Json::List(vec![Json::Text("1".to_owned())]));
        let text = serde_json::to_string(&one("x", Json::Object(object))).unwrap();
        assert_eq!(text, "{\"x\":{\"b\":\"2\",\"a\":\"\\\"\\u0000ก\",\"d\":\"\",\"f\":[\"1\"]}}");
    }
}
