//! A small XML reader and writer for request and reply bodies.
//!
//! The reader is strict, because the marketplace is: an `&` that is not escaped, a stray end tag, a document type or
//! a control character makes the whole request ill-formed. It keeps elements and their text and drops attributes
//! and comments. The writer escapes everything it is given.

use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::{BytesRef, BytesStart, Event};
use serde_json::Value;

const MAX_DEPTH: usize = 64;

/// The body is no well-formed XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IllFormed;

/// One element: its name, its own text and the elements inside it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// The tag, as written.
    pub(super) name: String,
    /// The text directly inside, CDATA included, not trimmed.
    pub(super) text: String,
    /// The elements directly inside, in order.
    pub(super) children: Vec<Element>,
}

impl Element {
    /// The first element inside with this name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The elements inside with this name.
    pub(super) fn children_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The trimmed text of the first element inside with this name, unless it is absent or blank.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim()).filter(|text| !text.is_empty())
    }
}

/// Reads a document: one root element with text and elements inside.
pub(super) fn read(body: &[u8]) -> Result<Element, IllFormed> {
    let text = std::str::from_utf8(body).map_err(|_| IllFormed)?;
    let text = text.trim_start_matches('\u{feff}');
    if text.chars().any(is_forbidden) {
        return Err(IllFormed);
    }
    let mut reader = Reader::from_str(text);
    reader.config_mut().enable_all_checks(true);
    let mut open: Vec<Element> = Vec::new();
    let mut root: Option<Element> = None;
    loop {
        match reader.read_event().map_err(|_| IllFormed)? {
            Event::Start(tag) if root.is_none() && open.len() < MAX_DEPTH => open.push(element(&tag)?),
            Event::Empty(tag) if root.is_none() => close(element(&tag)?, &mut open, &mut root),
            Event::Start(_) | Event::Empty(_) | Event::DocType(_) => return Err(IllFormed),
            Event::End(_) => {
                let done = open.pop().ok_or(IllFormed)?;
                close(done, &mut open, &mut root);
            }
            Event::Text(part) => add_text(&part.xml10_content(), &mut open)?,
            Event::CData(part) => open.last_mut().ok_or(IllFormed)?.text.push_str(&part.xml10_content()),
            Event::GeneralRef(reference) => open.last_mut().ok_or(IllFormed)?.text.push(resolve(&reference)?),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    if open.is_empty() { root.ok_or(IllFormed) } else { Err(IllFormed) }
}

/// The first line of a document.
pub(super) const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// Writes one element into a document under way; lists become repeated elements named after their parent.
pub(super) fn write_element(name: &str, value: &Value, out: &mut String) {
    let mut inner = String::new();
    match value {
        Value::Null => {}
        Value::Bool(flag) => inner.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => inner.push_str(&number.to_string()),
        Value::String(text) => inner.push_str(&escape(text.as_str())),
        Value::Array(items) => items.iter().for_each(|item| write_element(item_name(name), item, &mut inner)),
        Value::Object(fields) => fields.iter().for_each(|(field, item)| write_element(field, item, &mut inner)),
    }
    // Writing to a string cannot fail.
    let _ = if inner.is_empty() { write!(out, "<{name}/>") } else { write!(out, "<{name}>{inner}</{name}>") };
}

fn item_name(list: &str) -> &str {
    match list {
        "Products" => "Product",
        "Skus" => "Sku",
        "Images" => "Image",
        "Status" => "State",
        "Errors" => "ErrorDetail",
        "Warnings" => "Warning",
        "Brands" => "Brand",
        "children" => "Category",
        "options" => "option",
        other => other,
    }
}

fn element(tag: &BytesStart) -> Result<Element, IllFormed> {
    let name = tag.name();
    let name: &str = name.as_ref();
    if !is_name(name) || tag.attributes().any(|attribute| attribute.is_err()) {
        return Err(IllFormed);
    }
    Ok(Element { name: name.to_owned(), ..Element::default() })
}

fn close(done: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(done),
        None => *root = Some(done),
    }
}

fn add_text(text: &str, open: &mut [Element]) -> Result<(), IllFormed> {
    match open.last_mut() {
        Some(_) if text.contains("]]>") => Err(IllFormed),
        Some(parent) => {
            parent.text.push_str(text);
            Ok(())
        }
        None if text.trim().is_empty() => Ok(()),
        None => Err(IllFormed),
    }
}

fn resolve(reference: &BytesRef) -> Result<char, IllFormed> {
    if let Some(character) = reference.resolve_char_ref().map_err(|_| IllFormed)? {
        return if is_forbidden(character) { Err(IllFormed) } else { Ok(character) };
    }
    match &*reference.xml10_content() {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(IllFormed),
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && name.chars().all(|character| character.is_alphanumeric() || "_-.:".contains(character))
}

fn is_forbidden(character: char) -> bool {
    matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_text(body: &str, expect: Option<&str>) {
        assert_eq!(read(body.as_bytes()).ok().map(|root| root.text).as_deref(), expect, "{body}");
    }

    #[test]
    fn references_and_cdata_are_text() {
        check_text("<a>&lt;b&gt; &amp; &#3588;&#x41;</a>", Some("<b> & คA"));
        check_text("<a><![CDATA[<p>&nbsp;</p>]]></a>", Some("<p>&nbsp;</p>"));
    }

    #[test]
    fn an_ampersand_must_be_escaped() {
        check_text("<a>Black & White</a>", None);
        check_text("<a>one&nbsp;two</a>", None);
    }

    #[test]
    fn a_document_type_is_refused() {
        check_text("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", None);
        check_text("<!DOCTYPE a><a/>", None);
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for body in ["", "text", "<a>", "</a>", "<a></b>", "<a/><b/>", "<a/>rest", "<attribute test 4/>", "<a>]]></a>"]
        {
            check_text(body, None);
        }
        check_text("<a>\u{1}</a>", None);
        check_text("<a>&#1;</a>", None);
        assert_eq!(read(b"<a>\xff</a>"), Err(IllFormed));
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        check_text(&nested(MAX_DEPTH), Some(""));
        check_text(&nested(MAX_DEPTH + 1), None);
    }

    #[test]
    fn a_list_is_written_as_elements_named_after_it() {
        let value = serde_json::json!({"Images": ["http://x/?a=1&b=2", ""], "Available": 5});
        let mut out = String::new();
        write_element("Sku", &value, &mut out);
        let images = "<Images><Image>http://x/?a=1&amp;b=2</Image><Image/></Images>";
        assert_eq!(out, format!("<Sku><Available>5</Available>{images}</Sku>"));
    }
}
