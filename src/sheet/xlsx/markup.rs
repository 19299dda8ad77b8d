//! What stands in a tag and between tags: names, attributes, text with its entities.

use std::borrow::Cow;

use memchr::memchr2;

use super::super::sniff::Refusal;
use super::xml::malformed;

/// The beginning of an element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag<'x> {
    raw: &'x [u8],
    name_len: usize,
}

impl<'x> Tag<'x> {
    /// The tag that has `raw` between its `<` and its `>`.
    pub(super) fn of(raw: &'x [u8]) -> Tag<'x> {
        let name_len = raw.iter().position(u8::is_ascii_whitespace).unwrap_or(raw.len());
        Tag { raw, name_len }
    }

    /// Its name, a prefix included.
    pub(super) fn name(&self) -> &'x [u8] {
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
        // Names and values are short: looking at each byte is faster than a search that prepares itself.
        loop {
            rest = rest.trim_ascii_start();
            if rest.is_empty() {
                return Ok(());
            }
            let equals =
                rest.iter().position(|byte| *byte == b'=').ok_or_else(|| malformed("an attribute has no value"))?;
            let name = rest[..equals].trim_ascii_end();
            let value = rest[equals + 1..].trim_ascii_start();
            let quote = match value.first() {
                Some(quote @ (b'"' | b'\'')) => *quote,
                Some(_) | None => return Err(malformed("an attribute's value is not quoted")),
            };
            let len = value[1..]
                .iter()
                .position(|byte| *byte == quote)
                .ok_or_else(|| malformed("an attribute's value is not closed"))?;
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
pub(super) fn attribute_text(raw: &[u8]) -> Result<Cow<'_, str>, Refusal> {
    let text = utf8(raw)?;
    if memchr2(b'&', b'\r', raw).is_none() {
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

impl<'x> Text<'x> {
    /// Text as it stands, in which entities count.
    pub(super) fn escaped(raw: &'x [u8]) -> Text<'x> {
        Text { raw, is_verbatim: false }
    }

    /// The text of a CDATA section.
    pub(super) fn verbatim(raw: &'x [u8]) -> Text<'x> {
        Text { raw, is_verbatim: true }
    }

    /// Appends it with its entities resolved and its line ends as `\n`.
    pub(super) fn push_to(&self, text: &mut String) -> Result<(), Refusal> {
        let raw = utf8(self.raw)?;
        if !self.is_verbatim {
            return push_decoded(raw, text);
        }
        for (index, line) in raw.split('\r').enumerate() {
            if index == 0 {
                text.push_str(line);
            } else {
                text.extend(["\n", line.strip_prefix('\n').unwrap_or(line)]);
            }
        }
        Ok(())
    }
}

/// The bytes as text.
pub(super) fn utf8(raw: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(raw).map_err(|_| malformed("a part is not written in UTF-8"))
}

/// Appends `raw` with its entities resolved and its line ends as `\n`.
pub(super) fn push_decoded(raw: &str, text: &mut String) -> Result<(), Refusal> {
    let mut rest = raw;
    while let Some(at) = mark(rest.as_bytes()) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let (meant, len) = match rest.as_bytes() {
            [b'\r', b'\n', ..] => ('\n', 2),
            [b'\r', ..] => ('\n', 1),
            _ => entity(rest)?,
        };
        text.push(meant);
        rest = &rest[len..];
    }
    text.push_str(rest);
    Ok(())
}

/// Where the next entity or line end stands.
#[inline]
fn mark(text: &[u8]) -> Option<usize> {
    /// In markup that was escaped they stand close together: looking at each byte is faster there.
    const CLOSE: usize = 8;
    match text.iter().take(CLOSE).position(|byte| matches!(byte, b'&' | b'\r')) {
        Some(at) => Some(at),
        None => Some(memchr2(b'&', b'\r', text.get(CLOSE..)?)? + CLOSE),
    }
}

/// What the entity at the beginning of `text` means, and its length.
#[inline]
fn entity(text: &str) -> Result<(char, usize), Refusal> {
    match text.as_bytes() {
        [_, b'l', b't', b';', ..] => return Ok(('<', 4)),
        [_, b'g', b't', b';', ..] => return Ok(('>', 4)),
        [_, b'a', b'm', b'p', b';', ..] => return Ok(('&', 5)),
        [_, b'q', b'u', b'o', b't', b';', ..] => return Ok(('"', 6)),
        [_, b'a', b'p', b'o', b's', b';', ..] => return Ok(('\'', 6)),
        _ => {}
    }
    let end = text.find(';').ok_or_else(|| malformed("an `&` begins no entity"))?;
    let name = &text[1..end];
    let meant = name.strip_prefix('#').and_then(character).ok_or_else(|| {
        let shown: String = name.chars().take(20).collect();
        malformed(&format!("it uses the entity `&{shown};`, which XML does not know"))
    })?;
    Ok((meant, end + 1))
}

/// The character with this code, `65` or `x41`.
fn character(code: &str) -> Option<char> {
    let number = match code.strip_prefix('x') {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => u32::from_str_radix(digits, 16),
        None if code.bytes().all(|byte| byte.is_ascii_digit()) => code.parse(),
        Some(_) | None => return None,
    };
    char::from_u32(number.ok()?).filter(|found| *found != '\0')
}
