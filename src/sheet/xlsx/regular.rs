//! Rows as spreadsheet programs write them -> cells, at once; whoever writes otherwise is read by the complete reader.
//!
//! Regular is: names without a prefix, attributes in double quotes, nothing between the tags, one value or one plain
//! text in a cell, no formula. What a value means is decided by `cell`, for both readers.

use std::ops::ControlFlow;

use memchr::{memchr, memchr3};

use super::super::cells::CellWriter;
use super::cell::{self, Common, Known, RawCell, Type};
use super::cut::Counted;
use super::markup::{Text, says_yes};
use super::{place, text};

/// Reads all rows of `rows` into `writer`; nothing where some are not regular, or cannot be read at all.
pub(super) fn read(rows: &[u8], common: &Common, mut writer: CellWriter<'_>) -> Option<Counted> {
    let rows = str::from_utf8(rows).ok()?;
    let mut reader = Regular { rows, at: 0, cell: RawCell::default() };
    let mut known = Known::new(common);
    while reader.passes_space() {
        reader.row(&mut known, &mut writer)?;
    }
    let (cells, text) = writer.counted().ok()?;
    writer.finish().ok()?;
    Some(Counted { cells, text, formulas: 0 })
}

struct Regular<'a> {
    rows: &'a str,
    at: usize,
    /// Its memory serves each cell.
    cell: RawCell,
}

impl<'a> Regular<'a> {
    /// Passes the white space between two rows; answers whether there is more behind it.
    fn passes_space(&mut self) -> bool {
        let rest = &self.rows.as_bytes()[self.at..];
        self.at += rest.len() - rest.trim_ascii_start().len();
        self.at < self.rows.len()
    }

    /// Passes `mark`, where it stands here.
    #[inline]
    fn passes(&mut self, mark: &str) -> bool {
        let is_here = self.rows.as_bytes()[self.at..].starts_with(mark.as_bytes());
        self.at += if is_here { mark.len() } else { 0 };
        is_here
    }

    /// Reads the attributes of a tag up to its end; answers whether the element is empty.
    #[inline]
    fn attributes(&mut self, mut each: impl FnMut(&'a [u8], &'a [u8]) -> Option<()>) -> Option<bool> {
        let bytes = self.rows.as_bytes();
        loop {
            match bytes.get(self.at)? {
                b'>' => {
                    self.at += 1;
                    return Some(false);
                }
                b'/' => {
                    self.at += 2;
                    return (bytes.get(self.at - 1) == Some(&b'>')).then_some(true);
                }
                b' ' => self.at += 1,
                _ => return None,
            }
            // Names and values are short: looking at each byte is faster than a search that prepares itself.
            let rest = &bytes[self.at..];
            let name = rest.iter().position(|byte| matches!(byte, b'=' | b'>' | b'<' | b' '))?;
            let value = rest[name..].strip_prefix(b"=\"")?;
            let len = value.iter().position(|byte| matches!(byte, b'"' | b'<'))?;
            if value[len] != b'"' {
                return None;
            }
            each(&rest[..name], &value[..len])?;
            self.at += name + len + 3;
        }
    }

    fn row(&mut self, known: &mut Known<'_>, writer: &mut CellWriter<'_>) -> Option<()> {
        if !self.passes("<row") {
            return None;
        }
        let (mut number, mut is_hidden) = (None, false);
        let is_empty = self.attributes(|name, value| {
            match name {
                b"r" => number = Some(place::number(value).filter(|number| *number > 0)?),
                b"hidden" => is_hidden = says_yes(value),
                _ => {}
            }
            Some(())
        })?;
        let number = number?;
        if is_empty || self.passes("</row>") {
            return Some(());
        }
        if writer.row(number - 1).ok()? != ControlFlow::Continue(()) {
            return None;
        }
        if is_hidden {
            writer.hide();
        }
        let mut next_column = 0;
        while self.passes("<c") {
            self.cell(number, next_column, known, writer)?;
            next_column = self.cell.column + 1;
        }
        self.passes("</row>").then_some(())
    }

    #[inline]
    fn cell(&mut self, row: u32, next_column: u32, known: &mut Known<'_>, writer: &mut CellWriter<'_>) -> Option<()> {
        let mut raw = std::mem::take(&mut self.cell);
        raw.clear();
        raw.column = next_column;
        let is_empty = self.attributes(|name, value| {
            match name {
                b"r" => {
                    let (named, column) = place::cell(value)?;
                    raw.column = (named == row).then_some(column - 1)?;
                }
                b"s" => raw.style = place::number(value)? as usize,
                b"t" => raw.kind = Type::of(value)?,
                // Rich data, and whatever comes to be.
                _ => return None,
            }
            Some(())
        })?;
        writer.count().ok()?;
        let is_blank = is_empty || self.passes("</c>");
        let as_it_stands = if is_blank { None } else { self.value(&mut raw)? };
        cell::put_plain(&raw, as_it_stands.unwrap_or(&raw.value), known, writer).ok()?;
        self.cell = raw;
        Some(())
    }

    /// Reads what is inside a cell, its end included: a value that counts as it stands there, or that of `raw`.
    #[inline]
    fn value(&mut self, raw: &mut RawCell) -> Option<Option<&'a str>> {
        raw.has_value = true;
        if self.passes("<v>") {
            let value = self.text(&mut raw.value)?;
            return self.passes("</v></c>").then_some(value);
        }
        if raw.kind != Type::Inline || !self.passes("<is><t") {
            return None;
        }
        let is_preserved = self.passes(" xml:space=\"preserve\"");
        if !self.passes(">") {
            return None;
        }
        let mut value = self.text(&mut raw.value)?;
        if !value.is_some_and(|value| text::is_settled(value, is_preserved)) {
            raw.value.push_str(value.take().unwrap_or_default());
            text::settle(&mut raw.value, 0, is_preserved);
        }
        self.passes("</t></is></c>").then_some(value)
    }

    /// The text up to the next tag, where it counts as it stands there; otherwise `text` gets what it means.
    #[inline]
    fn text(&mut self, text: &mut String) -> Option<Option<&'a str>> {
        let rest = &self.rows[self.at..];
        let len = memchr3(b'<', b'&', b'\r', rest.as_bytes())?;
        if rest.as_bytes()[len] == b'<' {
            self.at += len;
            return Some(Some(&rest[..len]));
        }
        let len = memchr(b'<', rest.as_bytes())?;
        Text::escaped(&rest.as_bytes()[..len]).push_to(text).ok()?;
        self.at += len;
        Some(None)
    }
}
