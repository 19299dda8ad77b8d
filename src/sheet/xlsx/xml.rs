//! XML -> events, a token at a time, in memory that no file can make grow.
//!
//! Sheets are large and plain: hundreds of megabytes of short tags. This reader knows as much XML as
//! spreadsheet programs write (elements, attributes, text, CDATA, comments, the five entities and
//! character references) and refuses the rest, document types and entities of their own above all, so
//! that nothing is ever expanded. A token that is longer than the limit, a nesting that is deeper than
//! 64, an end tag that closes another element: each is an error, not a guess.
//!
//! Whoever gets a [`Event::Start`] reads on until its [`Event::End`], or calls [`Xml::skip`].

use std::borrow::Cow;
use std::io::Read;

use memchr::{memchr, memchr2, memmem};

use super::super::Limits;
use super::super::sniff::{Refusal, damaged};

/// How much is read at once.
const CHUNK: usize = 256 * 1024;
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
            longest: usize::try_from(longest).unwrap_or(usize::MAX).max(CHUNK),
            limits: *limits,
            names: Vec::new(),
            open: Vec::new(),
            is_empty: false,
            is_begun: false,
        }
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
                return if self.open.is_empty() { Ok(Event::Eof) } else { Err(broken_off()) };
            }
            if !self.is_begun {
                self.begin()?;
                continue;
            }
            if self.buffer[self.start] != b'<' {
                let raw = self.text()?;
                if !self.open.is_empty() {
                    return Ok(Event::Text(Text { raw: &self.buffer[raw.0..raw.1], is_verbatim: false }));
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
                        return Ok(Event::Text(Text { raw: &self.buffer[raw.0..raw.1], is_verbatim: true }));
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
        if self.open.len() >= DEEPEST {
            return Err(malformed(&format!("its elements are nested more than {DEEPEST} deep")));
        }
        self.open.push(self.names.len());
        self.names.extend_from_slice(name);
        Ok((from, to))
    }

    fn end_tag(&mut self) -> Result<(), Refusal> {
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
            Some((_, encoding)) if !encoding.contains("utf-8") && !encoding.contains("ascii") => {
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

/// The beginning of an element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag<'x> {
    raw: &'x [u8],
    name_len: usize,
}

impl<'x> Tag<'x> {
    fn of(raw: &'x [u8]) -> Tag<'x> {
        let name_len = raw.iter().position(u8::is_ascii_whitespace).unwrap_or(raw.len());
        Tag { raw, name_len }
    }

    fn name(&self) -> &'x [u8] {
        &self.raw[..self.name_len]
    }

    /// Its name without a prefix.
    pub(super) fn local(&self) -> &'x [u8] {
        let name = self.name();
        name.iter().position(|byte| *byte == b':').map_or(name, |at| &name[at + 1..])
    }

    /// The prefix of its name, empty where it has none.
    pub(super) fn prefix(&self) -> &'x [u8] {
        let name = self.name();
        name.iter().position(|byte| *byte == b':').map_or(&[], |at| &name[..at])
    }

    /// Calls `each` with name (its prefix included) and raw value of every attribute.
    #[inline]
    pub(super) fn each(&self, mut each: impl FnMut(&'x [u8], &'x [u8])) -> Result<(), Refusal> {
        let mut rest = &self.raw[self.name_len..];
        loop {
            rest = rest.trim_ascii_start();
            if rest.is_empty() {
                return Ok(());
            }
            let equals = memchr(b'=', rest).ok_or_else(|| malformed("an attribute has no value"))?;
            let name = rest[..equals].trim_ascii_end();
            let value = rest[equals + 1..].trim_ascii_start();
            let quote = match value.first() {
                Some(quote @ (b'"' | b'\'')) => *quote,
                Some(_) | None => return Err(malformed("an attribute's value is not quoted")),
            };
            let len = memchr(quote, &value[1..]).ok_or_else(|| malformed("an attribute's value is not closed"))?;
            each(name, &value[1..=len]);
            rest = &value[len + 2..];
        }
    }

    /// The value of the attribute `name`; a name that begins with `:` is found under any prefix.
    pub(super) fn attribute(&self, name: &str) -> Result<Option<Cow<'x, str>>, Refusal> {
        let mut found = None;
        self.each(|key, value| {
            let is_it = if name.starts_with(':') { key.ends_with(name.as_bytes()) } else { key == name.as_bytes() };
            if is_it {
                found = Some(value);
            }
        })?;
        found.map(attribute_text).transpose()
    }

    /// The attribute `name` is there and says yes.
    pub(super) fn is_true(&self, name: &str) -> Result<bool, Refusal> {
        Ok(self.attribute(name)?.is_some_and(|value| says_yes(value.trim().as_bytes())))
    }
}

/// `1` and its other spellings.
pub(super) fn says_yes(value: &[u8]) -> bool {
    matches!(value, b"1" | b"true" | b"TRUE" | b"True" | b"on")
}

/// An attribute's value as text.
fn attribute_text(raw: &[u8]) -> Result<Cow<'_, str>, Refusal> {
    let text = utf8(raw)?;
    if memchr(b'&', raw).is_none() {
        return Ok(Cow::Borrowed(text));
    }
    let mut decoded = String::with_capacity(text.len());
    push_decoded(text, &mut decoded)?;
    Ok(Cow::Owned(decoded))
}

/// A piece of text between tags.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'x> {
    raw: &'x [u8],
    is_verbatim: bool,
}

impl Text<'_> {
    /// Appends it with its entities resolved and its line ends as `\n`.
    pub(super) fn push_to(&self, text: &mut String) -> Result<(), Refusal> {
        let raw = utf8(self.raw)?;
        if memchr2(b'&', b'\r', self.raw).is_none() {
            text.push_str(raw);
            return Ok(());
        }
        for (index, line) in raw.split('\r').enumerate() {
            let line = if index == 0 {
                line
            } else {
                text.push('\n');
                line.strip_prefix('\n').unwrap_or(line)
            };
            if self.is_verbatim { text.push_str(line) } else { push_decoded(line, text)? }
        }
        Ok(())
    }
}

fn utf8(raw: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(raw).map_err(|_| malformed("a part is not written in UTF-8"))
}

/// Appends `raw` with its entities resolved.
fn push_decoded(raw: &str, text: &mut String) -> Result<(), Refusal> {
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        let (name, behind) = after.split_once(';').ok_or_else(|| malformed("an `&` begins no entity"))?;
        text.push(entity(name).ok_or_else(|| {
            let shown: String = name.chars().take(20).collect();
            malformed(&format!("it uses the entity `&{shown};`, which XML does not know"))
        })?);
        rest = behind;
    }
    text.push_str(rest);
    Ok(())
}

fn entity(name: &str) -> Option<char> {
    let code = match (name, name.strip_prefix('#')) {
        ("amp", _) => return Some('&'),
        ("lt", _) => return Some('<'),
        ("gt", _) => return Some('>'),
        ("quot", _) => return Some('"'),
        ("apos", _) => return Some('\''),
        (_, Some(code)) => code,
        (_, None) => return None,
    };
    let number = match code.strip_prefix('x') {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => u32::from_str_radix(digits, 16),
        None if code.bytes().all(|byte| byte.is_ascii_digit()) => code.parse(),
        Some(_) | None => return None,
    };
    char::from_u32(number.ok()?).filter(|found| *found != '\0')
}

/// The XML is not as it should be.
pub(super) fn malformed(how: &str) -> Refusal {
    Refusal::Unreadable(damaged(how))
}

fn broken_off() -> Refusal {
    malformed("a part breaks off")
}
