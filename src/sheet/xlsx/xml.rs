//! XML -> events, a token at a time, in memory that no file can make grow.
//!
//! Sheets are large and plain: hundreds of megabytes of short tags. This reader knows as much XML as
//! spreadsheet programs write (elements, attributes, text, CDATA, comments, the five entities and
//! character references) and refuses the rest, document types and entities of their own above all, so
//! that nothing is ever expanded. A token that is longer than the limit, a nesting that is deeper than
//! 64, an end tag that closes another element: each is an error, not a guess.
//!
//! Whoever gets a [`Event::Start`] reads on until its [`Event::End`], or calls [`Xml::skip`]. Whoever wants to
//! be sure that the part was unpacked as it was packed reads on to [`Event::Eof`]: its checksum comes last.

use std::io::Read;

use memchr::{memchr, memchr3, memmem};

use super::super::Limits;
use super::super::sniff::{Refusal, damaged};
use super::markup::{Tag, Text, utf8};

/// How much is read at once.
const CHUNK: usize = 64 * 1024;
/// So long any token may be.
const TOKEN: usize = 256 * 1024;
/// How deep elements may be nested; a worksheet needs about ten.
const DEEPEST: usize = 64;
/// The longest name of an element.
const LONGEST_NAME: usize = 256;

/// What comes next.
#[derive(Debug)]
pub(super) enum Event<'x> {
    /// An element begins.
    Start(Tag<'x>),
    /// The element that began last, and has not ended, ends.
    End,
    /// Text between tags, white space too; one text may come in several pieces.
    Text(Text<'x>),
    /// The document ends.
    Eof,
}

/// Reads `source` as XML.
pub(super) struct Xml<R> {
    source: R,
    /// What was read and not yet used stands from `start` to `end`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The most bytes of one token.
    longest: usize,
    limits: Limits,
    /// The names of the open elements, one behind the other, and where each begins.
    names: Vec<u8>,
    open: Vec<usize>,
    /// The element that began last has no content: its end comes next.
    is_empty: bool,
    is_begun: bool,
    has_root: bool,
    /// How many elements are open around it all.
    outer: usize,
}

impl<R: Read> Xml<R> {
    /// The most that one tag or one text may take is what the text of a cell may, escaped as it can be.
    pub(super) fn new(source: R, limits: &Limits) -> Xml<R> {
        let longest = limits.cell_text.saturating_mul(6).saturating_add(64 * 1024);
        Xml {
            source,
            buffer: vec![0; CHUNK],
            start: 0,
            end: 0,
            longest: usize::try_from(longest).unwrap_or(usize::MAX).max(TOKEN),
            limits: *limits,
            names: Vec::new(),
            open: Vec::new(),
            is_empty: false,
            is_begun: false,
            has_root: false,
            outer: 0,
        }
    }

    /// Reads what stands inside elements of these names.
    pub(super) fn within(source: R, limits: &Limits, names: &[&[u8]]) -> Xml<R> {
        let mut xml = Xml::new(source, limits);
        (xml.is_begun, xml.has_root, xml.outer) = (true, true, names.len());
        for name in names {
            xml.open.push(xml.names.len());
            xml.names.extend_from_slice(name);
        }
        xml
    }

    /// What comes next as it stands there, as far as it has been read.
    pub(super) fn pending(&self) -> &[u8] {
        // The end of an empty element is no text.
        if self.is_empty { &[] } else { &self.buffer[self.start..self.end] }
    }

    /// Passes `len` bytes of it, whole elements.
    pub(super) fn pass(&mut self, len: usize) {
        self.start += len;
    }

    /// Appends what comes next as it stands there, up to `most` bytes; answers whether there may be more.
    pub(super) fn take_raw(&mut self, most: usize, text: &mut Vec<u8>) -> Result<bool, Refusal> {
        // The end of an empty element is no text.
        if self.is_empty {
            return Ok(false);
        }
        let before = text.len();
        text.reserve(most);
        let len = most.min(self.end - self.start);
        text.extend_from_slice(&self.buffer[self.start..self.start + len]);
        self.start += len;
        (&mut self.source).take((most - len) as u64).read_to_end(text)?;
        Ok(text.len() > before)
    }

    /// What was taken last, and not used, comes next again.
    pub(super) fn give_back(&mut self, mut text: Vec<u8>) {
        text.extend_from_slice(&self.buffer[self.start..self.end]);
        if text.len() > self.buffer.len() {
            self.buffer.resize(text.len(), 0);
        }
        self.buffer[..text.len()].copy_from_slice(&text);
        (self.start, self.end) = (0, text.len());
    }

    /// The next event.
    pub(super) fn next(&mut self) -> Result<Event<'_>, Refusal> {
        if self.is_empty {
            self.is_empty = false;
            self.close();
            return Ok(Event::End);
        }
        loop {
            if self.start == self.end && !self.fill()? {
                return if self.open.len() == self.outer { Ok(Event::Eof) } else { Err(broken_off()) };
            }
            if !self.is_begun {
                self.begin()?;
                continue;
            }
            if self.buffer[self.start] != b'<' {
                let raw = self.text()?;
                if !self.open.is_empty() {
                    return Ok(Event::Text(Text::escaped(&self.buffer[raw.0..raw.1])));
                }
                if !self.buffer[raw.0..raw.1].iter().all(u8::is_ascii_whitespace) {
                    return Err(malformed("text stands outside its elements"));
                }
                continue;
            }
            if self.end - self.start < 2 && !self.fill()? {
                return Err(broken_off());
            }
            match self.buffer[self.start + 1] {
                b'/' => {
                    self.end_tag()?;
                    return Ok(Event::End);
                }
                b'?' => self.instruction()?,
                b'!' => {
                    if let Some(raw) = self.declaration()? {
                        return Ok(Event::Text(Text::verbatim(&self.buffer[raw.0..raw.1])));
                    }
                }
                _ => {
                    let (from, to) = self.start_tag()?;
                    return Ok(Event::Start(Tag::of(&self.buffer[from..to])));
                }
            }
        }
    }

    /// Passes the rest of the element that began last, its end included.
    pub(super) fn skip(&mut self) -> Result<(), Refusal> {
        let mut depth = 1;
        while depth > 0 {
            match self.next()? {
                Event::Start(_) => depth += 1,
                Event::End => depth -= 1,
                Event::Text(_) => {}
                Event::Eof => return Err(broken_off()),
            }
        }
        Ok(())
    }

    /// Appends the text of the element that began last, up to its end; elements inside are passed.
    pub(super) fn push_text(&mut self, text: &mut String) -> Result<(), Refusal> {
        if self.push_leaf(text)? {
            return Ok(());
        }
        let start = text.len();
        loop {
            self.refuse_long(text.len() - start)?;
            match self.next()? {
                Event::Text(piece) => piece.push_to(text)?,
                Event::Start(_) => self.skip()?,
                Event::End => return Ok(()),
                Event::Eof => return Err(broken_off()),
            }
        }
    }

    /// Does the same at once where the text stands in one piece, as it does in nearly every cell.
    fn push_leaf(&mut self, text: &mut String) -> Result<bool, Refusal> {
        let Some(len) = memchr3(b'<', b'&', b'\r', &self.buffer[self.start..self.end]).filter(|_| !self.is_empty)
        else {
            return Ok(false);
        };
        let Some(end) = self.end_len(self.start + len) else { return Ok(false) };
        text.push_str(utf8(&self.buffer[self.start..self.start + len])?);
        self.start += len + end;
        self.close();
        Ok(true)
    }

    /// The length of the end tag at `at` that closes the element that began last; `None` where another tag
    /// stands there, or one that must be looked at closer.
    fn end_len(&self, at: usize) -> Option<usize> {
        let name = &self.names[*self.open.last()?..];
        let rest = self.buffer[at..self.end].strip_prefix(b"</")?.strip_prefix(name)?;
        rest.starts_with(b">").then_some(name.len() + 3)
    }

    /// Refuses a text of `len` bytes where no cell needs one.
    pub(super) fn refuse_long(&self, len: usize) -> Result<(), Refusal> {
        if len < self.longest {
            return Ok(());
        }
        Err(self.limits.passed("cell-text", "a part has a longer text or tag than any cell needs"))
    }

    /// Passes everything up to the first element, which must be called `name`.
    pub(super) fn root(&mut self, name: &[u8]) -> Result<(), Refusal> {
        loop {
            match self.next()? {
                Event::Start(tag) if tag.local() == name => return Ok(()),
                Event::Start(_) | Event::Eof => {
                    return Err(malformed(&format!("no `{}` where one must be", String::from_utf8_lossy(name))));
                }
                Event::Text(_) | Event::End => {}
            }
        }
    }

    /// A byte order mark is no text.
    fn begin(&mut self) -> Result<(), Refusal> {
        self.is_begun = true;
        if self.buffer[self.start..self.end].starts_with(b"\xef\xbb\xbf") {
            self.start += 3;
        }
        let head = &self.buffer[self.start..self.end];
        if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") || head.starts_with(b"<\0") {
            return Err(malformed("a part is not written in UTF-8"));
        }
        Ok(())
    }

    /// The place of the text up to the next tag.
    fn text(&mut self) -> Result<(usize, usize), Refusal> {
        loop {
            if let Some(len) = memchr(b'<', &self.buffer[self.start..self.end]) {
                let from = self.start;
                self.start += len;
                return Ok((from, self.start));
            }
            if !self.fill()? {
                let from = self.start;
                self.start = self.end;
                return Ok((from, self.end));
            }
        }
    }

    /// The place of the next token, which `find` knows the length of.
    fn token(&mut self, find: impl Fn(&[u8]) -> Result<Option<usize>, Refusal>) -> Result<(usize, usize), Refusal> {
        loop {
            if let Some(len) = find(&self.buffer[self.start..self.end])? {
                let from = self.start;
                self.start += len;
                return Ok((from, self.start));
            }
            if !self.fill()? {
                return Err(broken_off());
            }
        }
    }

    /// The place of what stands between `<` and `>`.
    fn start_tag(&mut self) -> Result<(usize, usize), Refusal> {
        let (from, to) = self.token(tag_len)?;
        let (from, mut to) = (from + 1, to - 1);
        if self.buffer[to - 1] == b'/' {
            self.is_empty = true;
            to -= 1;
        }
        let name = Tag::of(&self.buffer[from..to]).name();
        if name.is_empty() || name.len() > LONGEST_NAME {
            return Err(malformed("an element has no name that can be read"));
        }
        if self.open.is_empty() && std::mem::replace(&mut self.has_root, true) {
            return Err(malformed("an element stands outside the first"));
        }
        if self.open.len() >= DEEPEST {
            return Err(malformed(&format!("its elements are nested more than {DEEPEST} deep")));
        }
        self.open.push(self.names.len());
        self.names.extend_from_slice(name);
        Ok((from, to))
    }

    fn end_tag(&mut self) -> Result<(), Refusal> {
        if let Some(len) = self.end_len(self.start) {
            self.start += len;
            self.close();
            return Ok(());
        }
        let (from, to) = self.token(|bytes| Ok(memchr(b'>', bytes).map(|at| at + 1)))?;
        let name = self.buffer[from + 2..to - 1].trim_ascii_end();
        let opened = self.open.last().map_or(&[][..], |at| &self.names[*at..]);
        if name != opened || name.is_empty() {
            return Err(malformed("an element ends that did not begin"));
        }
        self.close();
        Ok(())
    }

    fn close(&mut self) {
        if let Some(at) = self.open.pop() {
            self.names.truncate(at);
        }
    }

    /// `<?...?>`: only an encoding matters.
    fn instruction(&mut self) -> Result<(), Refusal> {
        let (from, to) = self.token(|bytes| Ok(memmem::find(bytes, b"?>").map(|at| at + 2)))?;
        let text = String::from_utf8_lossy(&self.buffer[from..to]).to_ascii_lowercase();
        match text.strip_prefix("<?xml ").and_then(|rest| rest.split_once("encoding")) {
            Some((_, encoding))
                if !encoding.contains("utf-8") && !encoding.contains("utf8") && !encoding.contains("ascii") =>
            {
                Err(malformed("a part is not written in UTF-8"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// `<!...>`: the place of the text of a CDATA section; comments are passed, anything else is refused.
    fn declaration(&mut self) -> Result<Option<(usize, usize)>, Refusal> {
        const CDATA: &[u8] = b"<![CDATA[";
        while self.end - self.start < CDATA.len() && self.fill()? {}
        let head = &self.buffer[self.start..self.end];
        if head.starts_with(b"<!--") {
            self.token(|bytes| Ok(memmem::find(&bytes[4..], b"-->").map(|at| at + 7)))?;
            return Ok(None);
        }
        if !head.starts_with(CDATA) {
            return Err(malformed("it declares a document type, as no spreadsheet program does"));
        }
        if self.open.is_empty() {
            return Err(malformed("text stands outside its elements"));
        }
        let (from, to) = self.token(|bytes| Ok(memmem::find(bytes, b"]]>").map(|at| at + 3)))?;
        Ok(Some((from + CDATA.len(), to - 3)))
    }

    /// Reads more behind what is there; answers whether there was more.
    fn fill(&mut self) -> Result<bool, Refusal> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            self.refuse_long(self.end)?;
            self.buffer.resize((self.end * 2).min(self.longest), 0);
        }
        let before = self.end;
        while self.end < self.buffer.len() {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => break,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(self.end > before)
    }
}

/// The length of the tag at the beginning of `bytes`, up to the `>` that is not quoted.
fn tag_len(bytes: &[u8]) -> Result<Option<usize>, Refusal> {
    let mut quote = 0;
    for (at, &byte) in bytes.iter().enumerate().skip(1) {
        match byte {
            b'>' if quote == 0 => return Ok(Some(at + 1)),
            b'"' | b'\'' if quote == 0 => quote = byte,
            b'<' => return Err(malformed("a tag is not closed")),
            _ if byte == quote => quote = 0,
            _ => {}
        }
    }
    Ok(None)
}

/// The XML is not as it should be.
pub(super) fn malformed(how: &str) -> Refusal {
    Refusal::Unreadable(damaged(how))
}

fn broken_off() -> Refusal {
    malformed("a part breaks off")
}

#[cfg(test)]
mod tests {
    use super::super::markup::attribute_text;
    use super::*;

    /// Hands out so many bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = buffer.len().min(self.0.len()).min(self.1);
            let (now, later) = self.0.split_at(count);
            buffer[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    fn events(source: impl Read, limits: &Limits) -> Result<String, Refusal> {
        let mut xml = Xml::new(source, limits);
        let mut shown = String::new();
        loop {
            match xml.next()? {
                Event::Start(tag) => {
                    shown.push_str(&format!("<{}", String::from_utf8_lossy(tag.local())));
                    tag.each(|name, value| {
                        let value = attribute_text(value).map_err(|refusal| refusal.to_string());
                        shown.push_str(&format!(
                            " {}={}",
                            String::from_utf8_lossy(name),
                            value.unwrap_or_else(|e| e.into())
                        ));
                    })?;
                    shown.push('>');
                }
                Event::End => shown.push_str("</>"),
                Event::Text(text) => text.push_to(&mut shown)?,
                Event::Eof => return Ok(shown),
            }
        }
    }

    #[track_caller]
    fn check(xml: &str, expect: &str) {
        for step in [usize::MAX, 1, 7] {
            let found = events(Slow(xml.as_bytes(), step), &Limits::default());
            assert_eq!(found.unwrap_or_else(|refusal| refusal.to_string()), expect);
        }
    }

    #[track_caller]
    fn check_damaged(xml: impl AsRef<[u8]>, expect: &str) {
        let found = events(xml.as_ref(), &Limits::default()).unwrap_err().to_string();
        assert!(found.starts_with("is damaged (") && found.contains(expect), "{found}");
    }

    #[test]
    fn elements_attributes_and_text() {
        check(
            "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a><b/>x<c d='1'>y</c ></a>\n",
            "<a><b></>x<c d=1>y</></>",
        );
        check("<x:a x:b = '>' c=\"'/\"\n/>", "<a x:b=> c='/></>");
        check("<a b=\"&lt;&#x41;&quot;\">&amp;\r\n\r&#13;</a>", "<a b=<A\">&\n\n\r</>");
        check("<a><!-- <b> -- --><![CDATA[<&amp;]]><?pi <c>?></a><!-- -->", "<a><&amp;</>");
    }

    #[test]
    fn what_is_not_well_formed_is_damage() {
        check_damaged("<a>", "a part breaks off");
        check_damaged("<a", "a part breaks off");
        check_damaged("<a><!-- </a>", "a part breaks off");
        check_damaged("<a></b>", "an element ends that did not begin");
        check_damaged("</a>", "an element ends that did not begin");
        check_damaged("<a/>x", "text stands outside");
        check_damaged("<a/><a/>", "an element stands outside the first");
        check_damaged("<a b></a>", "an attribute has no value");
        check_damaged("<a b=c></a>", "not quoted");
        check_damaged("<a <b/></a>", "a tag is not closed");
        check_damaged("< a/>", "has no name");
        check_damaged(format!("<{}/>", "a".repeat(300)), "has no name");
        check_damaged(b"<a>\xff</a>", "not written in UTF-8");
        check_damaged(b"\xff\xfe<\0a\0", "not written in UTF-8");
        check_damaged("<?xml version='1.0' encoding='windows-874'?><a/>", "not written in UTF-8");
    }

    #[test]
    fn nothing_is_expanded() {
        check_damaged("<!DOCTYPE a [<!ENTITY lol 'lol'>]><a>&lol;</a>", "it declares a document type");
        check_damaged("<a>&lol;</a>", "it uses the entity `&lol;`");
        check_damaged("<a>&nbsp;</a>", "it uses the entity");
        for reference in ["&#0;", "&#xD800;", "&#x110000;", "&#-1;", "&#+1;", "&#x+1;", "&;", "&#;", "&amp"] {
            check_damaged(format!("<a>{reference}</a>"), "an");
        }
    }

    #[test]
    fn depth_and_length_are_bounded() {
        check(
            &format!("{}{}", "<a>".repeat(64), "</a>".repeat(64)),
            &format!("{}{}", "<a>".repeat(64), "</>".repeat(64)),
        );
        check_damaged(format!("{}{}", "<a>".repeat(65), "</a>".repeat(65)), "nested more than 64 deep");
        let limits = Limits { cell_text: 1 << 16, ..Limits::default() };
        for long in
            ["<a>".to_owned(), "<a b='".to_owned(), "<!--".to_owned(), "<?".to_owned(), "<a><![CDATA[".to_owned()]
        {
            let endless = long.as_bytes().chain(std::io::repeat(b'x'));
            let found = events(endless, &limits).unwrap_err();
            assert!(matches!(&found, Refusal::Limit(text) if text.contains("cell-text")), "{found:?}");
        }
    }

    #[test]
    fn an_element_is_passed_with_all_it_holds() {
        let mut xml = Xml::new(&b"<a><b><c>x</c><d/></b>y</a>"[..], &Limits::default());
        xml.root(b"a").unwrap();
        assert!(matches!(xml.next().unwrap(), Event::Start(_)));
        xml.skip().unwrap();
        let mut text = String::new();
        xml.push_text(&mut text).unwrap();
        assert_eq!(text, "y");
        assert!(matches!(xml.next().unwrap(), Event::Eof));
    }
}
