//! A reply's body -> a tree: JSON and XML in one shape.
//!
//! The marketplace's XML is not always well-formed: merchants' HTML stands in it as it is, names
//! hold spaces, end tags are missing. So the inside is read leniently. The frame is not: the root
//! must be closed and alone, so a body that was cut short is never taken for a whole one.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

use super::super::node::{Content, Node, legible};
use super::super::{Garbled, json};

/// The root of a reply, whichever format it came in.
pub(super) fn read(body: &[u8]) -> Result<Node, Garbled> {
    let text = legible(body);
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.is_empty() {
        Err(Garbled::new("an empty body", ""))
    } else if Garbled::begins_a_page(text) {
        Err(Garbled::page(text))
    } else if text.starts_with('<') {
        read_xml(text)
    } else if text.starts_with(['{', '[']) {
        read_json(text)
    } else {
        Err(Garbled::new("neither XML nor JSON", text))
    }
}

fn read_json(text: &str) -> Result<Node, Garbled> {
    let outer = json::read(text)?;
    let is_root = |child: &Node| matches!(child.name.as_str(), "SuccessResponse" | "ErrorResponse");
    let mut roots = outer.into_children().filter(is_root);
    match (roots.next(), roots.next()) {
        (Some(root), None) => Ok(root),
        (None | Some(_), _) => Err(Garbled::new("JSON without one SuccessResponse or ErrorResponse", text)),
    }
}

/// The root element, whatever its name.
pub(super) fn read_xml(text: &str) -> Result<Node, Garbled> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut builder = Builder { source: text, ..Builder::default() };
    loop {
        builder.before = reader.buffer_position() as usize;
        match reader.read_event().map_err(|_| Garbled::new("XML that was cut short or is ill-formed", text))? {
            Event::Start(tag) => {
                builder.measure(tag.len());
                let inside = reader.buffer_position() as usize;
                builder.open(tag.name().as_ref(), inside);
            }
            Event::Empty(tag) => {
                builder.measure(tag.len());
                builder.empty(tag.name().as_ref());
            }
            Event::End(tag) => builder.close(tag.name().as_ref()),
            Event::Text(part) => builder.text(&part.xml10_content()),
            Event::CData(part) => builder.text(&part.xml10_content()),
            Event::GeneralRef(reference) => builder.text(&resolved(&reference)),
            Event::DocType(_) => return Err(Garbled::new("XML with a document type", text)),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => return builder.finish().map_err(|what| Garbled::new(what, text)),
        }
    }
}

/// The character a reference stands for. Unknown ones (`&nbsp;`) stay as they are.
fn resolved(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    match &**reference {
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        "amp" => "&".to_owned(),
        "quot" => "\"".to_owned(),
        "apos" => "'".to_owned(),
        unknown => format!("&{unknown};"),
    }
}

/// Deeper elements are taken for text; no reply nests as deep.
const DEEPEST: usize = 64;
/// So many elements inside one another are no merchant's HTML.
const DEEPEST_TEXT: usize = 1000;
/// A reply of 8 MiB that is worth its size has fewer elements.
const MOST_ELEMENTS: usize = 1_000_000;
/// The elements of the frame, the root among them, have no attributes to speak of.
const FRAME: usize = 3;
/// The longest tag of the frame, in bytes.
const LONGEST_TAG: usize = 4096;
/// HTML elements that have no end tag.
const NEVER_CLOSED: [&str; 5] = ["br", "hr", "img", "input", "wbr"];
/// Elements that follow each other in a list: the next one closes the one before.
const LISTED: [(&str, &str); 4] =
    [("Product", "Products"), ("Sku", "Skus"), ("ErrorDetail", "Errors"), ("Image", "Images")];
/// The elements whose children are merchants' values.
const HOLDERS: [&str; 2] = ["Attributes", "Sku"];
/// Elements that must not be lost among text.
const NEVER_TEXT: [&str; 5] = ["Product", "Sku", "SellerSku", "SellerSKU", "ErrorDetail"];

/// Puts elements together. It never fails on the inside of the root, whatever is closed or not.
#[derive(Default)]
struct Builder<'a> {
    source: &'a str,
    /// Where what is being read begins.
    before: usize,
    open: Vec<Open>,
    root: Option<Node>,
    fault: Option<&'static str>,
    elements: usize,
    /// Elements that were taken for text since the last one was closed.
    sunk: usize,
}

/// An element that is not closed yet.
struct Open {
    node: Node,
    /// Where its inside begins.
    inside: usize,
    /// Tags stand in it, whether they became elements or not.
    holds_tags: bool,
}

impl Open {
    fn is_holder(&self) -> bool {
        HOLDERS.contains(&self.node.name.as_str())
    }
}

impl Builder<'_> {
    /// Looks at the length of a tag that is about to be opened.
    fn measure(&mut self, tag: usize) {
        if self.open.len() < FRAME && tag > LONGEST_TAG {
            self.fault = Some("XML with an endless tag");
        }
    }

    /// Opens an element; `false` where it is one that stays text.
    fn open(&mut self, name: &str, inside: usize) -> bool {
        if self.root.is_some() {
            self.fault = Some("XML with more than one root");
        }
        self.close_listed(name);
        self.elements += 1;
        if let Some(parent) = self.open.last_mut() {
            parent.holds_tags = true;
        }
        if self.elements > MOST_ELEMENTS {
            self.fault = Some("XML with too many elements");
            return false;
        }
        if NEVER_CLOSED.contains(&name) {
            return false;
        }
        if self.open.len() >= DEEPEST {
            self.sunk += 1;
            if self.sunk > DEEPEST_TEXT || NEVER_TEXT.contains(&name) {
                self.fault = Some("XML that nests too deep");
            }
            return false;
        }
        self.open.push(Open { node: Node::new(name), inside, holds_tags: false });
        true
    }

    fn empty(&mut self, name: &str) {
        if self.open(name, self.before) {
            self.fold();
        }
    }

    /// Closes the nearest open element of that name, and those inside it that were left open. Of a merchant's value
    /// whose name holds spaces only the first word opened it.
    fn close(&mut self, name: &str) {
        if self.open.is_empty() {
            self.fault = Some("XML with an end tag around its root");
        }
        let first = name.split_whitespace().next().unwrap_or(name);
        let is_value = |place: usize| place.checked_sub(1).is_some_and(|above| self.open[above].is_holder());
        let mut places = (0..self.open.len()).rev();
        let nearest = places.find(|place| {
            let open = self.open[*place].node.name.as_str();
            open == name || open == first && is_value(*place)
        });
        if let Some(position) = nearest {
            self.fold_down_to(position);
        }
    }

    fn close_listed(&mut self, name: &str) {
        let Some((item, list)) = LISTED.into_iter().find(|(item, _)| *item == name) else {
            return;
        };
        let nearest = self.open.iter().rposition(|open| open.node.name == item || open.node.name == list);
        if let Some(position) = nearest.filter(|position| self.open[*position].node.name == item) {
            self.fold_down_to(position);
        }
    }

    fn fold_down_to(&mut self, position: usize) {
        while self.open.len() > position {
            self.fold();
        }
    }

    /// Moves the innermost open element into its parent.
    fn fold(&mut self) {
        let is_rich = self.is_at_a_rich_value();
        let Some(Open { mut node, inside, .. }) = self.open.pop() else {
            return;
        };
        self.sunk = 0;
        if let Some(source) = self.source.get(inside..self.before).filter(|_| is_rich) {
            node.content.push(Content::Source(source.to_owned()));
        }
        match self.open.last_mut() {
            Some(parent) => parent.node.content.push(Content::Element(node)),
            None => self.root = Some(node),
        }
    }

    /// The innermost open element is a merchant's value, not part of one, and holds tags.
    fn is_at_a_rich_value(&self) -> bool {
        let [above @ .., value] = self.open.as_slice() else { return false };
        if !value.holds_tags || value.node.name == "Images" {
            return false;
        }
        above.last().is_some_and(Open::is_holder) && above.iter().filter(|open| open.is_holder()).count() == 1
    }

    fn text(&mut self, text: &str) {
        match self.open.last_mut() {
            Some(Open { node, .. }) => match node.content.last_mut() {
                Some(Content::Text(before)) => before.push_str(text),
                Some(Content::Element(_) | Content::Source(_)) | None => {
                    node.content.push(Content::Text(text.to_owned()))
                }
            },
            None if text.trim().is_empty() => {}
            None => self.fault = Some("XML with text around its root"),
        }
    }

    fn finish(self) -> Result<Node, &'static str> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        match self.root {
            Some(root) if self.open.is_empty() => Ok(root),
            Some(_) | None => Err("XML that was cut short"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(xml: &str, path: &[&str], expect: &str) {
        let root = read(xml.as_bytes()).unwrap();
        let node = path.iter().try_fold(&root, |node, name| node.child(name));
        assert_eq!(node.map(Node::text).as_deref(), Some(expect), "{root:?}");
    }

    #[track_caller]
    fn check_garbled(body: &str, expect: &str) {
        let text = read(body.as_bytes()).unwrap_err().to_string();
        assert!(text.starts_with(expect), "{text}");
    }

    #[test]
    fn a_missing_end_tag_does_not_reach_beyond_the_next_outer_one() {
        check("<R><a><b>1<i>2</a><c>3</c></R>", &["c"], "3");
        check("<R><a>x<br>y<p>z</a><c>3</c></R>", &["a"], "xyz");
        check("<R><a>1</b></a></z><c>3</c></R>", &["c"], "3");
    }

    #[test]
    fn the_next_item_closes_the_one_before() {
        let root = read(b"<R><Skus><Sku><a>1</a><Sku><a>2</a></Skus></R>").unwrap();
        let skus = root.child("Skus").map(|skus| skus.items("Sku").len());
        assert_eq!(skus, Some(2));
    }

    #[test]
    fn what_is_closed_outside_the_root_is_no_reply() {
        for body in ["</R><R>1</R>", "<R>1</R></R>", "<?xml version=\"1.0\"?></a><R/>"] {
            check_garbled(body, "XML with an end tag around its root");
        }
    }

    #[test]
    fn names_with_spaces_and_unknown_entities_do_not_hurt() {
        check("<R><attribute test 4/><c>3</c></R>", &["c"], "3");
        let named = "<Attributes><attribute test 4>x</attribute test 4><c>3</c></Attributes>";
        check(&format!("<R>{named}</R>"), &["Attributes", "c"], "3");
        check("<R><c>a&nbsp;b&#65;&lt;&#0; & c</c></R>", &["c"], "a&nbsp;bA<&#0; & c");
        check("<R><c><![CDATA[<b>&amp;]]></c></R>", &["c"], "<b>&amp;");
    }

    #[test]
    fn a_byte_order_mark_and_latin_bytes_are_tolerated() {
        check("\u{feff}<?xml version=\"1.0\"?>\n<R><c>1</c></R>\n", &["c"], "1");
        let root = read(b"<R><c>caf\xe9</c></R>").unwrap();
        assert_eq!(root.value("c").as_deref(), Some("caf\u{fffd}"));
    }

    #[test]
    fn deep_html_is_flattened() {
        let xml = format!("<R><a>{}deep</a><c>3</c></R>", "<p>".repeat(500));
        check(&xml, &["a"], "deep");
        check(&xml, &["c"], "3");
    }

    #[test]
    fn a_body_that_is_no_whole_document_says_what_it_looks_like() {
        check_garbled("", "an empty body");
        check_garbled(" \u{feff}\r\n", "an empty body");
        check_garbled("<HTML><title>502 Bad Gateway</title>", "a web page instead of the API: 502 Bad Gateway");
        check_garbled("<!DOCTYPE html><html>", "a web page instead of the API");
        check_garbled("<!DOCTYPE R [<!ENTITY a \"b\">]><R>&a;</R>", "XML with a document type");
        check_garbled("<R><a>1</a>", "XML that was cut short");
        check_garbled("<R><a>1</a", "XML that was cut short");
        check_garbled("<R/><R/>", "XML with more than one root");
        check_garbled("<R/>tail", "XML with text around its root");
        check_garbled("{\"SuccessResponse\":{\"Head\":", "JSON that was cut short");
        check_garbled("{\"SuccessResponse\":{},\"ErrorResponse\":{}}", "JSON without one");
        check_garbled("[]", "JSON without one");
        check_garbled("{oops}", "ill-formed JSON");
        check_garbled("upstream timed out", "neither XML nor JSON: upstream timed out");
    }

    #[test]
    fn entities_and_document_types_are_never_expanded() {
        let bomb = "<!DOCTYPE R [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]><R>&b;</R>";
        check_garbled(bomb, "XML with a document type");
        check_garbled("<R><!DOCTYPE R SYSTEM \"file:///etc/passwd\"></R>", "XML with a document type");
        check("<R><c>&b; &xxe;</c></R>", &["c"], "&b; &xxe;");
    }

    #[test]
    fn a_body_that_is_made_to_exhaust_is_refused() {
        let many = |count: usize, text: &str| text.repeat(count);
        check_garbled(&format!("<R {}><c>3</c></R>", many(200_000, "a='1' ")), "XML with an endless tag");
        check_garbled(&format!("<R>{}</R>", many(10_000, "<x>")), "XML that nests too deep");
        check_garbled(&format!("<R>{}{}</R>", many(10_000, "<x>"), many(10_000, "</x>")), "XML that nests too deep");
        check_garbled(&format!("<R>{}</R>", many(1_000_001, "<x/>")), "XML with too many elements");
        check_garbled(&format!("{{\"SuccessResponse\":{}", many(10_000, "[")), "ill-formed JSON");
        check_garbled(&format!("{{\"SuccessResponse\":[{}0]}}", many(1_000_001, "0,")), "JSON with too many values");
        check_garbled(&format!("<R>{}<Sku/></R>", many(100, "<x>")), "XML that nests too deep");
    }

    #[test]
    fn a_body_of_8_mib_is_read() {
        let text = "a&amp;b ".repeat((8 << 20) / 8);
        let root =
            read(format!("<R><c>{text}</c><a><b><d {}/></b></a></R>", "x='1' ".repeat(1000)).as_bytes()).unwrap();
        assert_eq!(root.value("c").map(|text| text.len()), Some((8 << 20) / 2 - 1));
    }

    #[test]
    fn other_encodings_are_read_where_their_first_bytes_tell() {
        let xml = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><R><c>เสื้อ 😀</c></R>";
        let json = "{\"SuccessResponse\":{\"c\":\"เสื้อ 😀\"}}";
        for text in [xml, json] {
            for mark in ["", "\u{feff}"] {
                let text = format!("{mark}{text}");
                let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
                let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
                for body in [&little, &big] {
                    assert_eq!(read(body).unwrap().value("c").as_deref(), Some("เสื้อ 😀"));
                    assert!(read(&body[..body.len() - 1]).is_err());
                }
            }
        }
        // Whatever it calls itself.
        let root = read("<?xml version=\"1.0\" encoding=\"TIS-620\"?><R><c>ก</c></R>".as_bytes()).unwrap();
        assert_eq!(root.value("c").as_deref(), Some("ก"));
    }

    #[test]
    fn control_characters_are_spaces_and_never_hold_a_name_together() {
        check("<R><c>a\0b\u{1b}c</c></R>\0\0", &["c"], "a b c");
        let root = read(b"{\"SuccessResponse\":{\"c\":\"a\0b\"}}\0").unwrap();
        assert_eq!(root.value("c").as_deref(), Some("a b"));
        check_garbled("<Success\0Response><c/></Success\0Response>", "XML that was cut short");
        check_garbled("<R>\0", "XML that was cut short");
    }

    #[test]
    fn a_list_is_read_in_each_of_its_shapes() {
        for list in [r#"[{"a":1},{"a":2}]"#, r#"{"Sku":[{"a":1},{"a":2}]}"#] {
            let root = read(format!("{{\"SuccessResponse\":{list}}}").as_bytes()).unwrap();
            let texts: Vec<String> = root.items("Sku").iter().filter_map(|sku| sku.value("a")).collect();
            assert_eq!(texts, ["1", "2"], "{list}");
        }
        for list in [r#"{"a":1}"#, r#"{"Sku":{"a":1}}"#, r#"[{"a":1}]"#] {
            let root = read(format!("{{\"SuccessResponse\":{list}}}").as_bytes()).unwrap();
            assert_eq!(root.items("Sku").len(), 1, "{list}");
        }
        for list in ["[]", "{}", "\"\"", "null"] {
            let root = read(format!("{{\"SuccessResponse\":{list}}}").as_bytes()).unwrap();
            assert!(root.items("Sku").is_empty(), "{list}");
        }
    }
}
