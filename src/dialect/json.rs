//! JSON -> the tree of a reply, with the fields of an object in the order in which they came.
//!
//! Depth is bounded by `serde_json`, which refuses more than 128 levels.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use super::Garbled;
use super::node::Node;

/// A reply of 8 MiB that is worth its size has fewer values.
const MOST_VALUES: usize = 1_000_000;

/// The value that a text holds, as a node without a name.
pub(super) fn read(text: &str) -> Result<Node, Garbled> {
    // Each value takes many times its room in the text; commas inside of texts are far fewer than that.
    if text.bytes().filter(|byte| *byte == b',').count() > MOST_VALUES {
        return Err(Garbled::new("JSON with too many values", text));
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let node = Named(String::new()).deserialize(&mut json).and_then(|node| json.end().map(|()| node));
    node.map_err(|error| {
        let what = if error.is_eof() { "JSON that was cut short" } else { "ill-formed JSON" };
        Garbled::new(what, text)
    })
}

/// The name of the node that a value becomes.
struct Named(String);

impl Named {
    fn leaf<E>(self, text: impl ToString) -> Result<Node, E> {
        Ok(Node::leaf(self.0, text.to_string()))
    }
}

impl<'de> DeserializeSeed<'de> for Named {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Node, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Named {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::branch(self.0, Vec::new()))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Node, E> {
        self.leaf(flag)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        self.leaf(number)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        self.leaf(number)
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        match Number::from_f64(number) {
            Some(number) => self.leaf(number),
            None => self.leaf(""),
        }
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        self.leaf(text)
    }

    fn visit_string<E>(self, text: String) -> Result<Node, E> {
        Ok(Node::leaf(self.0, text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut children = Vec::new();
        while let Some(item) = items.next_element_seed(Named(String::new()))? {
            children.push(item);
        }
        Ok(Node::branch(self.0, children))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Node, A::Error> {
        let mut children = Vec::new();
        while let Some(name) = fields.next_key::<String>()? {
            children.push(fields.next_value_seed(Named(name))?);
        }
        Ok(Node::branch(self.0, children))
    }
}
