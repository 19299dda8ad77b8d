//! Rows as spreadsheet programs write them -> cells, at once; whoever writes otherwise is read by the complete reader.
//!
//! Regular is: names without a prefix, attributes in double quotes, nothing between the tags, one value or one plain
//! text in a cell, no formula. What a value means is decided by `cell`, for both readers.

use std::ops::ControlFlow;

use memchr::{memchr, memchr3};

use super::super::cells::CellWriter;
use super::cell::{self, Common, Known, PlainCell, RawCell, Type};
use super::cut::Counted;
use super::markup::{Text, says_yes};
use super::{place, text};

/// Reads all rows of `rows` into `writer`; nothing where some are not regular, or cannot be read at all.
pub(super) fn read(rows: &[u8], common: &Common, mut writer: CellWriter<'_>) -> Option<Counted> {
    let rows = str::from_utf8(rows).ok()?;
    let mut reader = Regular { rows, at: 0, may_be_escaped: text::may_be_escaped(rows.as_bytes()) };
    let mut known = Known::new(common);
    // Its memory serves each cell.
    let mut cell = RawCell::default();
    while reader.passes_space() {
        reader.row(&mut cell, &mut known, &mut writer)?;
    }
    let (cells, text) = writer.counted().ok()?;
    writer.finish().ok()?;
    Some(Counted { cells, text, formulas: 0 })
}

struct Regular<'a> {
    rows: &'a str,
    at: usize,
    /// Some text in the rows may be escaped.
    may_be_escaped: bool,
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
            if !rest[name..].starts_with(b"=\"") {
                return None;
            }
            self.at += name + 2;
            each(&rest[..name], self.quoted()?)?;
        }
    }

    /// What stands here up to the quote that ends it, which is passed.
    #[inline]
    fn quoted(&mut self) -> Option<&'a [u8]> {
        let rest = &self.rows.as_bytes()[self.at..];
        let len = rest.iter().position(|byte| matches!(byte, b'"' | b'<'))?;
        self.at += len + 1;
        (rest[len] == b'"').then_some(&rest[..len])
    }

    fn row(&mut self, cell: &mut RawCell, known: &mut Known<'_>, writer: &mut CellWriter<'_>) -> Option<()> {
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
            cell.clear();
            cell.column = next_column;
            self.cell(number, cell, known, writer)?;
            next_column = cell.column + 1;
        }
        self.passes("</row>").then_some(())
    }

    /// Reads a cell, whose tag has begun.
    #[inline]
    fn cell(&mut self, row: u32, raw: &mut RawCell, known: &mut Known<'_>, writer: &mut CellWriter<'_>) -> Option<()> {
        let is_empty = self.cell_attributes(row, raw)?;
        writer.count().ok()?;
        let is_blank = is_empty || self.passes("</c>");
        let as_it_stands = if is_blank { None } else { self.value(raw)? };
        cell::put_plain(PlainCell { value: as_it_stands.unwrap_or(&raw.value), ..raw.plain() }, known, writer).ok()
    }

    /// Reads the attributes of a cell up to the end of its tag; answers whether the element is empty.
    #[inline]
    fn cell_attributes(&mut self, row: u32, raw: &mut RawCell) -> Option<bool> {
        // In this order all programs write them, mostly without another.
        if self.passes(" r=\"") {
            let (named, column, len) = place::leading_cell(&self.rows.as_bytes()[self.at..])?;
            self.at += len;
            raw.column = (named == row && self.passes("\"")).then_some(column - 1)?;
        }
        if self.passes(" s=\"") {
            raw.style = place::number(self.quoted()?)? as usize;
        }
        if self.passes(" t=\"") {
            raw.kind = Type::of(self.quoted()?)?;
        }
        if self.passes(">") {
            return Some(false);
        }
        self.attributes(|name, value| {
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
        })
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
        if self.may_be_escaped || !value.is_some_and(|value| text::is_trimmed(value, is_preserved)) {
            raw.value.push_str(value.take().unwrap_or_default());
            text::settle(&mut raw.value, 0, is_preserved);
        }
        self.passes("</t></is></c>").then_some(value)
    }

    /// The text up to the next tag, where it counts as it stands there; otherwise `text` gets what it means.
    #[inline]
    fn text(&mut self, text: &mut String) -> Option<Option<&'a str>> {
        let rest = &self.rows[self.at..];
        // Nearly all numbers are short: looking at each digit is faster than a search that prepares itself.
        let digits = rest.bytes().take(16).position(|byte| !matches!(byte, b'0'..=b'9' | b'.'));
        if let Some(len) = digits.filter(|len| rest.as_bytes()[*len] == b'<') {
            self.at += len;
            return Some(Some(&rest[..len]));
        }
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
