//! XML -> tokens, each with its very bytes, so that what is not changed can be written as it was.
//!
//! A token is a tag, or what stands between two tags: a text, a comment, an instruction, a CDATA section. Who
//! writes all tokens one behind the other has the part again, byte for byte. Nothing is expanded or understood
//! that need not be; the sheets have been read once before by a reader that refuses what is no XML.

use std::borrow::Cow;
use std::io::{ErrorKind, Read};
use std::ops::Range;

use memchr::{memchr, memmem};

use super::error::{Snag, damaged};

/// How much is read at once.
const CHUNK: usize = 256 * 1024;
/// The longest token.
const LONGEST: usize = 64 << 20;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `<a>`
    Open,
    /// `<a/>`
    Empty,
    /// `</a>`
    Close,
    /// Text and whatever else stands between tags.
    Between,
}

/// One token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'x> {
    pub(super) kind: Kind,
    pub(super) raw: &'x [u8],
}

impl<'x> Token<'x> {
    /// It begins an element.
    pub(super) fn begins(&self, local: &[u8]) -> bool {
        matches!(self.kind, Kind::Open | Kind::Empty) && self.local() == local
    }

    /// It ends an element that has content.
    pub(super) fn closes(&self, local: &[u8]) -> bool {
        self.kind == Kind::Close && self.local() == local
    }

    /// A tag's name with its prefix.
    pub(super) fn name(&self) -> &'x [u8] {
        let raw = self.raw;
        let from = match self.kind {
            Kind::Open | Kind::Empty => 1,
            Kind::Close => 2,
            Kind::Between => return &[],
        };
        let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>');
        let len = raw[from..].iter().position(ends).unwrap_or(raw.len() - from);
        &raw[from..from + len]
    }

    /// A tag's name without its prefix.
    pub(super) fn local(&self) -> &'x [u8] {
        let name = self.name();
        memchr(b':', name).map_or(name, |at| &name[at + 1..])
    }

    /// The prefix of a tag's name with its `:`; empty where it has none.
    pub(super) fn prefix(&self) -> &'x [u8] {
        let name = self.name();
        memchr(b':', name).map_or(&[], |at| &name[..=at])
    }

    /// The attributes of a tag: the name, and where the raw value stands in the token.
    pub(super) fn attributes(&self) -> Attributes<'x> {
        let at = if self.kind == Kind::Between { self.raw.len() } else { 1 + self.name().len() };
        Attributes { raw: self.raw, at }
    }

    /// Where the raw value of an attribute stands; a name that begins with `:` is found under any prefix.
    pub(super) fn place_of(&self, name: &str) -> Option<Range<usize>> {
        let wanted = name.as_bytes();
        let is_it = |key: &[u8]| if wanted[0] == b':' { key.ends_with(wanted) } else { key == wanted };
        self.attributes().find(|(key, _)| is_it(key)).map(|(_, place)| place)
    }

    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        self.place_of(name).map(|place| unescaped(&self.raw[place]))
    }

    /// The value of an attribute that is a number.
    pub(super) fn number(&self, name: &str) -> Option<u32> {
        self.attribute(name)?.trim().parse().ok()
    }

    /// The attribute says yes.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.attribute(name).is_some_and(|value| matches!(value.trim(), "1" | "true" | "on"))
    }

    /// The tag with an attribute set to a value, which must need no escapes.
    pub(super) fn with(&self, name: &str, value: &str) -> Vec<u8> {
        match self.place_of(name) {
            Some(place) => [&self.raw[..place.start], value.as_bytes(), &self.raw[place.end..]].concat(),
            None => {
                let at = 1 + self.name().len();
                let attribute = format!(" {name}=\"{value}\"");
                [&self.raw[..at], attribute.as_bytes(), &self.raw[at..]].concat()
            }
        }
    }

    /// The tag without an attribute.
    pub(super) fn without(&self, name: &str) -> Vec<u8> {
        let Some(place) = self.place_of(name) else { return self.raw.to_vec() };
        let before = &self.raw[..place.start];
        let name_at = before.windows(name.len()).rposition(|window| window == name.as_bytes()).unwrap_or(place.start);
        [before[..name_at].trim_ascii_end(), &self.raw[place.end + 1..]].concat()
    }
}

/// The attributes of a tag, in their order.
pub(super) struct Attributes<'x> {
    raw: &'x [u8],
    at: usize,
}

impl<'x> Iterator for Attributes<'x> {
    type Item = (&'x [u8], Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let raw = self.raw;
        let rest = raw.get(self.at..)?;
        let from = self.at + rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        let equals = from + memchr(b'=', &raw[from..])?;
        let open = equals + raw[equals..].iter().position(|byte| matches!(byte, b'"' | b'\''))?;
        let close = open + 1 + memchr(raw[open], &raw[open + 1..])?;
        self.at = close + 1;
        Some((raw[from..equals].trim_ascii_end(), open + 1..close))
    }
}

/// Reads a part as tokens.
pub(super) struct Tokens<R> {
    source: R,
    /// What was read and not yet used stands from `start` to `end`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Where the next token begins in the part.
    place: u64,
}

impl<R: Read> Tokens<R> {
    pub(super) fn new(source: R) -> Tokens<R> {
        Tokens { source, buffer: vec![0; CHUNK], start: 0, end: 0, place: 0 }
    }

    /// Where the next token begins in the part.
    pub(super) fn place(&self) -> u64 {
        self.place
    }

    /// The next token; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Token<'_>>, Snag> {
        loop {
            let bytes = &self.buffer[self.start..self.end];
            if let Some((kind, len)) = token(bytes)? {
                let from = self.start;
                self.start += len;
                self.place += len as u64;
                return Ok(Some(Token { kind, raw: &self.buffer[from..from + len] }));
            }
            if self.fill()? {
                continue;
            }
            // The last text of a part ends with it.
            let rest = self.start..self.end;
            if rest.is_empty() {
                return Ok(None);
            }
            if self.buffer[rest.start] == b'<' {
                return Err(damaged("one of its parts breaks off"));
            }
            self.start = self.end;
            self.place += rest.len() as u64;
            return Ok(Some(Token { kind: Kind::Between, raw: &self.buffer[rest] }));
        }
    }

    /// Reads more behind what is there; answers whether there was more.
    fn fill(&mut self) -> Result<bool, Snag> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            if self.end >= LONGEST {
                return Err(damaged("one of its parts has a text of more than 64 MiB"));
            }
            self.buffer.resize(self.end * 2, 0);
        }
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(count) => {
                    self.end += count;
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Snag::Read(error)),
            }
        }
    }
}

/// The kind and the length of the token at the beginning of `bytes`; `None` where more must be read.
fn token(bytes: &[u8]) -> Result<Option<(Kind, usize)>, Snag> {
    let ends = |what: &[u8], from: usize| {
        bytes.get(from..).and_then(|rest| memmem::find(rest, what)).map(|at| (Kind::Between, from + at + what.len()))
    };
    Ok(match bytes {
        [] | [b'<'] => None,
        [b'<', b'?', ..] => ends(b"?>", 2),
        [b'<', b'!', b'-', b'-', ..] => ends(b"-->", 4),
        [b'<', b'!', b'[', ..] => ends(b"]]>", 3),
        [b'<', b'!', b'-'] | [b'<', b'!'] => None,
        [b'<', b'!', ..] => return Err(damaged("one of its parts declares a document type")),
        [b'<', b'/', ..] => memchr(b'>', bytes).map(|at| (Kind::Close, at + 1)),
        [b'<', ..] => tag_len(bytes).map(|len| (if bytes[len - 2] == b'/' { Kind::Empty } else { Kind::Open }, len)),
        _ => memchr(b'<', bytes).map(|at| (Kind::Between, at)),
    })
}

/// The length of the tag, up to the `>` that is not quoted.
fn tag_len(bytes: &[u8]) -> Option<usize> {
    let mut quote = 0;
    for (at, &byte) in bytes.iter().enumerate().skip(1) {
        match byte {
            b'>' if quote == 0 => return Some(at + 1),
            b'"' | b'\'' if quote == 0 => quote = byte,
            _ if byte == quote => quote = 0,
            _ => {}
        }
    }
    None
}

/// Raw text with the five entities and the numbers of characters resolved; what is none stays as it is.
pub(super) fn unescaped(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    if !text.contains('&') {
        return text.into_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        match after.split_once(';').and_then(|(name, behind)| Some((entity(name)?, behind))) {
            Some((found, behind)) => {
                plain.push(found);
                rest = behind;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => {}
    }
    let code = name.strip_prefix('#')?;
    let number = match code.strip_prefix('x') {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => code.parse(),
    };
    char::from_u32(number.ok()?)
}

/// Text as it stands in XML, also in an attribute; what XML cannot carry becomes U+FFFD.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| !matches!(c, '&' | '<' | '>' | '"' | '\n' | '\r' | '\t') && is_xml(c);
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut raw = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => raw.push_str("&amp;"),
            '<' => raw.push_str("&lt;"),
            '>' => raw.push_str("&gt;"),
            '"' => raw.push_str("&quot;"),
            '\n' => raw.push_str("&#10;"),
            '\r' => raw.push_str("&#13;"),
            '\t' => raw.push_str("&#9;"),
            c if is_xml(c) => raw.push(c),
            _ => raw.push(char::REPLACEMENT_CHARACTER),
        }
    }
    Cow::Owned(raw)
}

/// The text of a cell or a note as it stands in XML: what only looks like `_x0041_` must not be decoded.
pub(super) fn escaped_text(text: &str) -> String {
    let raw = escaped(text);
    if !raw.contains("_x") {
        return raw.into_owned();
    }
    let mut safe = String::with_capacity(raw.len() + 16);
    let mut rest = &*raw;
    while let Some(at) = rest.find("_x") {
        let unit = rest.as_bytes().get(at + 2..at + 7);
        let is_escape = unit.is_some_and(|unit| unit[4] == b'_' && unit[..4].iter().all(u8::is_ascii_hexdigit));
        safe.push_str(&rest[..at]);
        safe.push_str(if is_escape { "_x005F_" } else { "_" });
        rest = &rest[at + 1..];
    }
    safe.push_str(rest);
    safe
}

fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    #[track_caller]
    fn check(xml: &str, expect: &str) {
        for is_slow in [false, true] {
            let source: Box<dyn Read> = if is_slow { Box::new(Slow(xml.as_bytes())) } else { Box::new(xml.as_bytes()) };
            let mut tokens = Tokens::new(source);
            let (mut whole, mut shown) = (Vec::new(), Vec::new());
            while let Some(token) = tokens.next().unwrap() {
                whole.extend_from_slice(token.raw);
                shown.push(format!("{:?}:{}", token.kind, String::from_utf8_lossy(token.local())));
            }
            assert_eq!(String::from_utf8(whole).unwrap(), xml);
            assert_eq!(shown.join(" "), expect);
            assert_eq!(tokens.place(), xml.len() as u64);
        }
    }

    #[test]
    fn every_byte_belongs_to_one_token() {
        check("<a/>", "Empty:a");
        check("\u{feff}<?xml?>\n<a b='>'>x</a >\n", "Between: Between: Between: Open:a Between: Close:a Between:");
        check("<x:a><!-- <b> --><![CDATA[<c>]]></x:a>", "Open:a Between: Between: Close:a");
        check("<a b=\"/\" />", "Empty:a");
    }

    #[test]
    fn what_breaks_off_is_damage() {
        for xml in ["<a", "<a b='>", "</a", "<!-- x", "<!", "<", "<![CDATA[ ]]", "<!DOCTYPE a>"] {
            let mut tokens = Tokens::new(xml.as_bytes());
            assert!(tokens.next().is_err(), "{xml}");
        }
    }

    fn tag(raw: &str) -> Token<'_> {
        Token { kind: Kind::Open, raw: raw.as_bytes() }
    }

    #[test]
    fn attributes_are_read_set_and_taken_away() {
        let open = tag("<c r = 'A&amp;1' rel:id=\"x\" s=\"7\">");
        assert_eq!(open.attribute("r").as_deref(), Some("A&1"));
        assert_eq!(open.attribute(":id").as_deref(), Some("x"));
        assert_eq!((open.number("s"), open.number("t")), (Some(7), None));
        assert_eq!(open.with("s", "12"), b"<c r = 'A&amp;1' rel:id=\"x\" s=\"12\">");
        assert_eq!(open.with("t", "s"), b"<c t=\"s\" r = 'A&amp;1' rel:id=\"x\" s=\"7\">");
        assert_eq!(open.without("s"), b"<c r = 'A&amp;1' rel:id=\"x\">");
        assert_eq!(open.without("t"), open.raw);
        assert_eq!(tag("<x:c s=\"1\">").with("s", "2"), b"<x:c s=\"2\">");
    }

    #[test]
    fn texts_are_escaped_and_come_back() {
        for text in ["", "a", "<&>\"'\n\t\r", "เสื้อ 👕", "=1+1"] {
            assert_eq!(unescaped(escaped(text).as_bytes()), text);
        }
        assert_eq!(escaped("a\u{1}b"), "a\u{fffd}b");
        assert_eq!(escaped_text("_x0041_ _xyz _x00e9_x0041_"), "_x005F_x0041_ _xyz _x005F_x00e9_x005F_x0041_");
        assert_eq!(unescaped(b"&bogus; & &#x41;"), "&bogus; & A");
    }
}
