//! What a reply holds, JSON and XML in one shape, and the bytes of a body as a text.

use std::borrow::Cow;

/// An XML element, a JSON value. Items of a JSON array have no name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) content: Vec<Content>,
}

/// What stands in a node, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    Text(String),
    Element(Node),
    /// Of a value that holds elements, last: its inside as it was written.
    Source(String),
}

impl Node {
    /// With nothing in it.
    pub(super) fn new(name: &str) -> Node {
        Node { name: name.to_owned(), content: Vec::new() }
    }

    /// With a text and nothing else.
    pub(super) fn leaf(name: String, text: String) -> Node {
        Node { name, content: vec![Content::Text(text)] }
    }

    /// With these children, and without text.
    pub(super) fn branch(name: String, children: Vec<Node>) -> Node {
        Node { name, content: children.into_iter().map(Content::Element).collect() }
    }

    pub(super) fn children(&self) -> impl Iterator<Item = &Node> {
        self.content.iter().filter_map(|content| match content {
            Content::Element(node) => Some(node),
            Content::Text(_) | Content::Source(_) => None,
        })
    }

    pub(super) fn into_children(self) -> impl Iterator<Item = Node> {
        self.content.into_iter().filter_map(|content| match content {
            Content::Element(node) => Some(node),
            Content::Text(_) | Content::Source(_) => None,
        })
    }

    /// The first child of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Node> {
        self.children().find(|child| child.name == name)
    }

    /// The child of that name, or a deeper one where a missing end tag has swallowed it.
    pub(super) fn find(&self, name: &str) -> Option<&Node> {
        self.child(name).or_else(|| self.children().find_map(|child| child.find(name)))
    }

    /// The children of that name; a JSON array of that name counts as its items.
    pub(super) fn named(&self, name: &str) -> Vec<&Node> {
        let mut nodes = Vec::new();
        for child in self.children().filter(|child| child.name == name) {
            if child.children().any(|item| item.name.is_empty()) {
                nodes.extend(child.children());
            } else {
                nodes.push(child);
            }
        }
        nodes
    }

    /// The items of a list: the elements of that name (XML), the array's items (JSON), or the one
    /// object that stands where an array should be.
    pub(super) fn items(&self, name: &str) -> Vec<&Node> {
        let mut items = self.named(name);
        items.extend(self.children().filter(|child| child.name.is_empty()));
        if items.is_empty() && self.children().next().is_some() {
            items.push(self);
        }
        items
    }

    /// The text of that child without white space at its ends; `None` where nothing is left.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let text = self.child(name)?.text().trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// The first of these values that is there and not blank.
    pub(super) fn either(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.value(name))
    }

    /// All text inside, in order.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        self.add_text(&mut text);
        text
    }

    fn add_text(&self, text: &mut String) {
        for content in &self.content {
            match content {
                Content::Text(own) => text.push_str(own),
                Content::Element(node) => node.add_text(text),
                Content::Source(_) => {}
            }
        }
    }

    /// The text outside of children.
    pub(super) fn own_text(&self) -> String {
        let own = |content: &Content| match content {
            Content::Text(text) => Some(text.clone()),
            Content::Element(_) | Content::Source(_) => None,
        };
        self.content.iter().filter_map(own).collect()
    }

    /// A merchant's value without white space at its ends: the text; where elements stand in it, which is how HTML is
    /// shown that nobody escaped, its source; the items of an array (JSON) on one line.
    pub(super) fn merchant_text(&self) -> String {
        match self.content.last() {
            Some(Content::Source(source)) => source.trim().to_owned(),
            Some(Content::Text(_) | Content::Element(_)) | None => self.summary(),
        }
    }

    /// On one line for a message: the text, or `name: text` of each child.
    pub(super) fn summary(&self) -> String {
        if self.children().next().is_none() {
            return self.text().trim().to_owned();
        }
        let parts: Vec<String> = self
            .children()
            .map(|child| (child.name.as_str(), child.summary()))
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| if name.is_empty() { text } else { format!("{name}: {text}") })
            .collect();
        parts.join(", ")
    }
}

/// The text, whatever its encoding: UTF-16 where its first bytes say so, UTF-8 otherwise. What is no character
/// is replaced. Control characters, which neither format may hold, become spaces: they never join two words.
pub(super) fn legible(body: &[u8]) -> Cow<'_, str> {
    let text = utf_16(body).map_or_else(|| String::from_utf8_lossy(body), Cow::Owned);
    let is_control = |c: char| c < ' ' && !matches!(c, '\t' | '\n' | '\r');
    if text.contains(is_control) { Cow::Owned(text.replace(is_control, " ")) } else { text }
}

fn utf_16(body: &[u8]) -> Option<String> {
    let number = match body {
        [0xff, 0xfe, ..] | [b'<' | b'{', 0, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] | [0, b'<' | b'{', ..] => u16::from_be_bytes,
        _ => return None,
    };
    let (pairs, rest) = body.as_chunks::<2>();
    let characters = char::decode_utf16(pairs.iter().map(|pair| number(*pair)));
    let mut text: String = characters.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    // A last character that was cut in two.
    text.extend(rest.first().map(|_| char::REPLACEMENT_CHARACTER));
    Some(text)
}
