//! The bytes of a reply: how a text is written down, labelled and packed, and what is stuffed into it.
//!
//! Stuffing goes directly behind the start of the root (`<SuccessResponse>`, `{"SuccessResponse":{`, `{`, `<html>`), where
//! a client that skips what it does not know finds the reply unchanged.

use std::fmt::Write as _;

use serde::Deserialize;

const ATTRIBUTES: usize = 200_000;
const LEVELS: usize = 10_000;
const ENTITY_LEVELS: usize = 9;

/// What is done to the text of a reply; the default leaves it alone.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Dress {
    /// `Content-Type`; none at all when it is empty.
    pub(super) content_type: Option<String>,
    /// How the text becomes bytes.
    pub(super) charset: Option<Charset>,
    /// `Content-Encoding`.
    pub(super) coding: Option<Coding>,
    /// Markup that nobody wants to read.
    pub(super) inside: Option<Inside>,
    /// Mebibytes of blanks.
    pub(super) megabytes: u64,
}

/// How the text becomes bytes; the label says UTF-8 all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Charset {
    /// With a `Note` of which the é is one byte.
    #[serde(rename = "latin-1")]
    Latin1,
    /// Little-endian, with a byte order mark.
    #[serde(rename = "utf-16")]
    Utf16,
    /// UTF-8 with a byte order mark.
    Bom,
    /// UTF-8 with a `Note` that has a NUL in it.
    Nul,
}

/// How a body is packed, whether or not the client asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 1950, which HTTP calls deflate.
    Deflate,
}

/// Markup that costs a careless reader time or memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Inside {
    /// XML: a document type with entities that grow, and one that names a file. JSON: 200,000 equal members.
    Dtd,
    /// 200,000 attributes, or members.
    Attributes,
    /// 10,000 levels of elements, or lists.
    Nesting,
}

/// A reply as bytes: blanks go between the two parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dressed {
    /// Up to the blanks.
    pub(super) head: Vec<u8>,
    /// How many.
    pub(super) blanks: u64,
    /// After them.
    pub(super) tail: Vec<u8>,
}

impl Coding {
    /// The value of `Content-Encoding`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Coding::Gzip => "gzip",
            Coding::Deflate => "deflate",
        }
    }
}

impl Dress {
    /// The text as it goes over the wire, not packed yet.
    pub(super) fn dressed(&self, text: &str) -> Dressed {
        let text = self.stuffed(text);
        let blanks = self.megabytes * 1024 * 1024;
        let (head, tail) = text.split_at(if blanks == 0 { 0 } else { root_end(&text) });
        let mut head = bytes(head, self.charset);
        match self.charset {
            Some(Charset::Bom) => drop(head.splice(..0, "\u{feff}".bytes())),
            Some(Charset::Utf16) => drop(head.splice(..0, [0xff, 0xfe])),
            Some(Charset::Latin1 | Charset::Nul) | None => {}
        }
        Dressed { head, blanks, tail: bytes(tail, self.charset) }
    }

    fn stuffed(&self, text: &str) -> String {
        let note = match self.charset {
            Some(Charset::Latin1) => "Café",
            Some(Charset::Nul) => "a\0b",
            Some(Charset::Utf16 | Charset::Bom) | None => "",
        };
        let text = match note {
            "" => text.to_owned(),
            note => insert(text, &format!("<Note>{note}</Note>"), &format!("\"Note\":\"{note}\",")),
        };
        match self.inside {
            Some(Inside::Nesting) => {
                let elements = "<a>".repeat(LEVELS) + &"</a>".repeat(LEVELS);
                let lists = format!("\"Note\":{}{},", "[".repeat(LEVELS), "]".repeat(LEVELS));
                insert(&text, &elements, &lists)
            }
            Some(Inside::Attributes) => with_attributes(&text),
            Some(Inside::Dtd) => with_document_type(&text),
            None => text,
        }
    }
}

fn insert(text: &str, xml: &str, json: &str) -> String {
    let (head, tail) = text.split_at(root_end(text));
    format!("{head}{}{tail}", if is_json(text) { json } else { xml })
}

fn is_json(text: &str) -> bool {
    text.starts_with('{')
}

/// Where the start of the root ends.
fn root_end(text: &str) -> usize {
    let after = |from: usize, end: char| {
        text.get(from..).and_then(|rest| rest.find(end)).map_or(from, |position| from + position + 1)
    };
    if is_json(text) {
        // Only an envelope of Seller Center is one object inside another, and nothing beside it.
        let is_wrapped = text.get(1..after(1, '{')).is_some_and(|name| name.ends_with(":{") && !name.contains(','));
        return if is_wrapped { after(1, '{') } else { 1 };
    }
    let mut position = 0;
    while let Some(rest) = text.get(position..).map(str::trim_start)
        && (rest.starts_with("<?") || rest.starts_with("<!"))
    {
        position = after(position, '>');
    }
    after(position, '>')
}

fn with_attributes(text: &str) -> String {
    let is_json = is_json(text);
    let mut all = String::new();
    for number in 0..ATTRIBUTES {
        // Writing to a string cannot fail.
        let _ = if is_json { write!(all, "\"a{number}\":0,") } else { write!(all, " a{number}=\"0\"") };
    }
    let end = root_end(text);
    let (head, tail) = text.split_at(if is_json { end } else { end.saturating_sub(1) });
    format!("{head}{all}{tail}")
}

/// A billion laughs and a look at a file, where a reader expands what it is given.
fn with_document_type(text: &str) -> String {
    if is_json(text) {
        return insert(text, "", &"\"Note\":0,".repeat(ATTRIBUTES));
    }
    let mut entities = String::from("<!ENTITY file SYSTEM \"file:///etc/hostname\"><!ENTITY e0 \"ha\">");
    for level in 1..=ENTITY_LEVELS {
        let _ = write!(entities, "<!ENTITY e{level} \"{}\">", format!("&e{};", level - 1).repeat(10));
    }
    let note = format!("<Note>&file;&e{ENTITY_LEVELS};</Note>");
    let text = insert(text, &note, "");
    let (declaration, rest) = text.split_at(text.find("?>").map_or(0, |end| end + 2));
    format!("{declaration}<!DOCTYPE SuccessResponse [{entities}]>{rest}")
}

fn bytes(text: &str, charset: Option<Charset>) -> Vec<u8> {
    match charset {
        Some(Charset::Latin1) => text.chars().map(|character| u8::try_from(character).unwrap_or(b'?')).collect(),
        Some(Charset::Utf16) => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Some(Charset::Bom | Charset::Nul) | None => text.as_bytes().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = "<?xml version=\"1.0\"?>\n<R><Head/></R>";
    const JSON: &str = "{\"R\":{\"Head\":1}}";

    fn dressed(dress: &Dress, text: &str) -> Vec<u8> {
        let Dressed { head, blanks, tail } = dress.dressed(text);
        [head, vec![b' '; blanks as usize], tail].concat()
    }

    #[track_caller]
    fn check(charset: Charset, text: &str, expect: &[u8]) {
        let dress = Dress { charset: Some(charset), ..Dress::default() };
        assert_eq!(dressed(&dress, text), expect);
    }

    #[test]
    fn a_charset_changes_the_bytes() {
        check(Charset::Latin1, JSON, b"{\"R\":{\"Note\":\"Caf\xe9\",\"Head\":1}}");
        check(Charset::Nul, XML, b"<?xml version=\"1.0\"?>\n<R><Note>a\0b</Note><Head/></R>");
        check(Charset::Bom, "<R/>", b"\xef\xbb\xbf<R/>");
        check(Charset::Utf16, "<R/>", b"\xff\xfe<\0R\0/\0>\0");
    }

    #[test]
    fn blanks_go_behind_the_start_of_the_root() {
        let dress = Dress { megabytes: 1, ..Dress::default() };
        for (text, head) in [(XML, "<?xml version=\"1.0\"?>\n<R>"), (JSON, "{\"R\":{")] {
            let whole = dressed(&dress, text);
            assert!(whole.starts_with(format!("{head} ").as_bytes()));
            assert_eq!(whole.len(), text.len() + 1024 * 1024);
        }
        let page = Dress { megabytes: 1, ..Dress::default() }.dressed("<!DOCTYPE html>\n<html><p>");
        assert_eq!(page.head, b"<!DOCTYPE html>\n<html>");
    }

    #[test]
    fn stuffing_has_the_size_it_says() {
        let stuffed = |inside, text: &str| {
            String::from_utf8(dressed(&Dress { inside: Some(inside), ..Dress::default() }, text)).unwrap()
        };
        assert_eq!(stuffed(Inside::Attributes, XML).matches("=\"0\"").count(), 200_000);
        assert!(stuffed(Inside::Attributes, XML).ends_with("a199999=\"0\"><Head/></R>"));
        assert_eq!(stuffed(Inside::Attributes, JSON).matches(":0,").count(), 200_000);
        assert_eq!(stuffed(Inside::Nesting, XML).matches("<a>").count(), 10_000);
        assert_eq!(stuffed(Inside::Nesting, JSON).matches('[').count(), 10_000);
        let laughs = stuffed(Inside::Dtd, XML);
        assert!(laughs.starts_with("<?xml version=\"1.0\"?><!DOCTYPE SuccessResponse [<!ENTITY file SYSTEM"));
        assert!(laughs.contains("<!ENTITY e9 \"&e8;&e8;") && laughs.ends_with("<Note>&file;&e9;</Note><Head/></R>"));
    }
}
