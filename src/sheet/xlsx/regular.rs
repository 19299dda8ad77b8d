//! Rows as spreadsheet programs write them -> cells, at once; whoever writes otherwise is read by the complete reader.
//!
//! Regular is: names without a prefix, attributes in double quotes, nothing between the tags, one value or one plain
//! text in a cell, no formula, cells and rows in order. What a value means is decided by `cell`, for both readers.
//!
//! Most texts and numbers count as they stand there: they are not copied, the block keeps the rows as they are spelled.
//! And most cells begin as the one above them, but for the row's number: tags are held beside those before they are
//! taken apart.

use std::ops::Range;

use memchr::{memchr, memchr3};

use super::super::block::CellSpan;
use super::super::cells::{MAX_ROW_TEXT, most_columns, most_text};
use super::super::{Block, Cell, Kind, Limits};
use super::cell::{self, Known, PlainCell, Type};
use super::cut::{Counted, MOST_TEXT, Whole};
use super::markup::{push_decoded, says_yes};
use super::{place, text};

/// Reads all rows of `rows`, which are the raw text of the block; nothing where some are not regular, pass a limit, or
/// cannot be read at all.
pub(super) fn read(rows: &str, whole: &Whole) -> Option<(Block, Counted)> {
    let mut reader = Regular {
        rows,
        at: 0,
        may_be_escaped: text::may_be_escaped(rows.as_bytes()),
        known: Known::new(&whole.common),
        above: Vec::new(),
        decoded: String::new(),
        block: Block::new(),
        row: OpenRow::default(),
        counted: Counted::default(),
        limits: &whole.limits,
        columns: most_columns(&whole.limits),
        most_text: most_text(&whole.limits, whole.packed).min(MOST_TEXT as u64),
    };
    while reader.passes_space() {
        reader.row()?;
    }
    Some((reader.block, reader.counted))
}

struct Regular<'a> {
    rows: &'a str,
    at: usize,
    /// Some text in the rows may be escaped.
    may_be_escaped: bool,
    known: Known<'a>,
    /// How the last cell of each column begins, where another can be held beside it.
    above: Vec<Option<Opening<'a>>>,
    /// The value of a cell, where entities were in it; its memory serves each.
    decoded: String,
    block: Block,
    row: OpenRow<'a>,
    counted: Counted,
    limits: &'a Limits,
    columns: u64,
    most_text: u64,
}

/// The row that is read.
#[derive(Default)]
struct OpenRow<'a> {
    number: u32,
    /// As it is spelled.
    digits: &'a str,
    /// The cells that the block has of it.
    width: u32,
    /// The bytes of their text.
    text: usize,
    /// Some cell is not blank.
    is_filled: bool,
}

/// What stands before the value of a cell: its tag, and those inside.
#[derive(Clone, Copy)]
struct Opening<'a> {
    /// Its spelling, up to the number of the row and from there on.
    before: &'a str,
    behind: &'a str,
    /// From 0.
    column: u32,
    kind: Type,
    style: usize,
    value: Value,
}

/// How the value of a cell stands in it.
#[derive(Clone, Copy)]
enum Value {
    Missing,
    /// In `v`.
    Plain,
    /// In `is` and `t`.
    Inline {
        is_preserved: bool,
    },
}

impl Opening<'_> {
    /// Its length in row `digits`, where it stands at the beginning of `text`.
    #[inline]
    fn len_in(&self, text: &[u8], digits: &str) -> Option<usize> {
        let rest = text.strip_prefix(self.before.as_bytes())?.strip_prefix(digits.as_bytes())?;
        rest.starts_with(self.behind.as_bytes()).then_some(self.before.len() + digits.len() + self.behind.len())
    }
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
    fn attributes(&mut self, mut each: impl FnMut(&str, &'a str) -> Option<()>) -> Option<bool> {
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
            let rest = &self.rows[self.at..];
            let name = rest.bytes().position(|byte| matches!(byte, b'=' | b'>' | b'<' | b' '))?;
            if !rest[name..].starts_with("=\"") {
                return None;
            }
            self.at += name + 2;
            each(&rest[..name], self.quoted()?)?;
        }
    }

    /// What stands here up to the quote that ends it, which is passed.
    fn quoted(&mut self) -> Option<&'a str> {
        let rest = &self.rows[self.at..];
        let len = rest.bytes().position(|byte| matches!(byte, b'"' | b'<'))?;
        self.at += len + 1;
        (rest.as_bytes()[len] == b'"').then_some(&rest[..len])
    }

    fn row(&mut self) -> Option<()> {
        if !self.passes("<row") {
            return None;
        }
        let (mut digits, mut is_hidden) = ("", false);
        let is_empty = self.attributes(|name, value| {
            match name {
                "r" => digits = value,
                "hidden" => is_hidden = says_yes(value.as_bytes()),
                _ => {}
            }
            Some(())
        })?;
        let number = place::number(digits.as_bytes()).filter(|number| *number > 0)?;
        if is_empty || self.passes("</row>") {
            return Some(());
        }
        if number <= self.row.number || number > place::LAST_ROW {
            return None;
        }
        self.row = OpenRow { number, digits, ..OpenRow::default() };
        let mut next_column = 0;
        while !self.passes("</row>") {
            next_column = self.cell(next_column)? + 1;
        }
        if self.row.is_filled {
            self.block.close_row(number, is_hidden);
            self.counted.text += self.row.text as u64;
        } else {
            self.block.drop_laid();
        }
        (self.row.text <= MAX_ROW_TEXT && self.counted.text <= self.most_text).then_some(())
    }

    /// Reads a cell, in `column` where it does not tell another; answers in which it was.
    #[inline]
    fn cell(&mut self, column: u32) -> Option<u32> {
        let rest = &self.rows.as_bytes()[self.at..];
        let above = self.above.get(column as usize).and_then(Option::as_ref);
        let again = above.and_then(|above| Some((*above, above.len_in(rest, self.row.digits)?)));
        let opening = match again {
            Some((opening, len)) => {
                self.at += len;
                opening
            }
            None => self.opening(column)?,
        };
        self.counted.cells += 1;
        let span = match opening.value {
            Value::Missing => self.value(&opening, self.at..self.at, true)?,
            Value::Plain => {
                let (place, is_verbatim) = self.short_text()?;
                if !self.passes("</v></c>") {
                    return None;
                }
                self.value(&opening, place, is_verbatim)?
            }
            Value::Inline { is_preserved } => {
                let (place, is_verbatim) = self.text()?;
                if !self.passes("</t></is></c>") {
                    return None;
                }
                Some(self.inline(place, is_verbatim, is_preserved)?)
            }
        };
        if let Some(span) = span {
            self.lay(opening.column, span)?;
        }
        Some(opening.column)
    }

    /// Reads what stands before the value of a cell.
    fn opening(&mut self, mut column: u32) -> Option<Opening<'a>> {
        let rows = self.rows;
        let start = self.at;
        if !self.passes("<c") {
            return None;
        }
        let number = self.row.number;
        let (mut kind, mut style, mut digits) = (Type::Unsaid, 0, None);
        // In this order all programs write them, mostly without another.
        if self.passes(" r=\"") {
            let name = self.at;
            let (row, named, len) = place::leading_cell(&rows.as_bytes()[name..])?;
            self.at += len;
            column = (row == number && self.passes("\"")).then_some(named - 1)?;
            let letters = rows[name..name + len].strip_suffix(self.row.digits);
            digits = letters.map(|letters| name + letters.len()..name + len);
        }
        let is_empty = self.attributes(|name, value| {
            match name {
                "r" => {
                    let (row, named) = place::cell(value.as_bytes())?;
                    column = (row == number).then_some(named - 1)?;
                }
                "s" => style = place::number(value.as_bytes())? as usize,
                "t" => kind = Type::of(value.as_bytes())?,
                // Rich data, and whatever comes to be.
                _ => return None,
            }
            Some(())
        })?;
        let value = if is_empty || self.passes("</c>") {
            Value::Missing
        } else if self.passes("<v>") {
            Value::Plain
        } else if kind == Type::Inline && self.passes("<is><t") {
            let is_preserved = self.passes(" xml:space=\"preserve\"");
            self.passes(">").then_some(Value::Inline { is_preserved })?
        } else {
            return None;
        };
        let opening = Opening { before: "", behind: "", column, kind, style, value };
        let Some(digits) = digits.filter(|_| u64::from(column) < self.columns) else { return Some(opening) };
        let opening = Opening { before: &rows[start..digits.start], behind: &rows[digits.end..self.at], ..opening };
        let place = column as usize;
        if self.above.len() <= place {
            self.above.resize(place + 1, None);
        }
        self.above[place] = Some(opening);
        Some(opening)
    }

    /// The text up to the next tag, and that it holds nothing that counts as something else.
    #[inline]
    fn text(&mut self) -> Option<(Range<usize>, bool)> {
        let rest = &self.rows.as_bytes()[self.at..];
        let mut len = memchr3(b'<', b'&', b'\r', rest)?;
        let is_verbatim = rest[len] == b'<';
        if !is_verbatim {
            len += memchr(b'<', &rest[len..])?;
        }
        self.at += len;
        Some((self.at - len..self.at, is_verbatim))
    }

    /// As [`Regular::text`], and at once where it is the number that it mostly is.
    #[inline]
    fn short_text(&mut self) -> Option<(Range<usize>, bool)> {
        // Nearly all are short: looking at each digit is faster than a search that prepares itself.
        let rest = &self.rows.as_bytes()[self.at..];
        let digits = rest.iter().take(16).position(|byte| !matches!(byte, b'0'..=b'9' | b'.'));
        match digits.filter(|len| rest[*len] == b'<') {
            Some(len) => {
                self.at += len;
                Some((self.at - len..self.at, true))
            }
            None => self.text(),
        }
    }

    /// The cell with the value at `place`; none where it shows nothing.
    #[inline]
    fn value(&mut self, opening: &Opening<'_>, place: Range<usize>, is_verbatim: bool) -> Option<Option<CellSpan>> {
        let raw = &self.rows[place.clone()];
        if !is_verbatim {
            self.decoded.clear();
            push_decoded(raw, &mut self.decoded).ok()?;
        }
        let value = if is_verbatim { raw } else { &self.decoded };
        let cell = PlainCell { kind: opening.kind, style: opening.style, value };
        let look = self.known.look(cell.style);
        if let Some(kind) = cell::as_it_stands(cell, look).filter(|_| is_verbatim) {
            return Some(Some(CellSpan::raw(place, kind, look.digits_of(kind))));
        }
        let text = self.block.text();
        let start = text.len();
        let kind = cell::push_value(cell, &mut self.known, text).ok()?;
        Some(kind.map(|kind| CellSpan::appended(start..text.len(), kind, look.digits_of(kind))))
    }

    /// The cell with the text of its own at `place`.
    #[inline]
    fn inline(&mut self, place: Range<usize>, is_verbatim: bool, is_preserved: bool) -> Option<CellSpan> {
        let raw = &self.rows[place.clone()];
        let is_escaped = self.may_be_escaped && text::may_be_escaped(raw.as_bytes());
        if is_verbatim && !is_escaped && text::is_trimmed(raw, is_preserved) {
            return Some(CellSpan::raw(place, cell::text_kind(raw), 0));
        }
        let text = self.block.text();
        let start = text.len();
        push_decoded(raw, text).ok()?;
        text::settle(text, start, is_preserved);
        Some(CellSpan::appended(start..text.len(), cell::text_kind(&text[start..]), 0))
    }

    /// Lays the cell into `column` of the open row.
    #[inline]
    fn lay(&mut self, column: u32, span: CellSpan) -> Option<()> {
        let len = span.len();
        if column < self.row.width || u64::from(column) >= self.columns || len as u64 > self.limits.cell_text {
            return None;
        }
        for _ in self.row.width..column {
            self.block.lay(CellSpan::appended(0..0, Kind::Text, 0));
        }
        self.row.width = column + 1;
        self.row.text += len;
        if !self.row.is_filled {
            let text = span.text(self.rows, self.block.text());
            self.row.is_filled = !Cell::new(text, Kind::Text).is_blank();
        }
        self.block.lay(span);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use proptest::sample::select;

    use super::super::cell::Common;
    use super::super::strings::Strings;
    use super::super::styles::Styles;
    use super::*;

    const STRINGS: &str = "<sst><si><t>shared</t></si><si><t> </t></si></sst>";
    const STYLES: &str = "<styleSheet><numFmts><numFmt numFmtId=\"170\" formatCode=\"0000\"/></numFmts><cellXfs>\
                          <xf/><xf numFmtId=\"14\"/><xf numFmtId=\"170\"/></cellXfs></styleSheet>";

    fn whole() -> Whole {
        let limits = Limits { cell_text: 12, columns: 30, ..Limits::default() };
        let common = Common {
            strings: Some(Strings::read(STRINGS.as_bytes(), &limits).unwrap()),
            styles: Styles::read(STYLES.as_bytes(), &limits).unwrap(),
            counts_from_1904: false,
        };
        Whole::new(&"shop.xlsx".into(), &Arc::new(common), &limits, 1_000)
    }

    fn shown((block, counted): (Block, Counted)) -> String {
        let rows = block.rows().map(|row| {
            let cells = row.cells().map(|cell| format!("{cell:?}")).collect::<Vec<_>>().join("|");
            format!("{} {} {cells}\n", row.number(), row.is_hidden())
        });
        format!("{}{} cells, {} bytes", rows.collect::<String>(), counted.cells, counted.text)
    }

    /// Reads the rows in both ways; answers whether they are regular.
    #[track_caller]
    fn check(rows: &str) -> bool {
        let whole = whole();
        let Some((mut block, counted)) = read(rows, &whole) else { return false };
        block.fill(rows.to_owned());
        let complete = whole.any(rows.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal}: {rows}"));
        assert_eq!(shown((block, counted)), shown(complete), "{rows}");
        true
    }

    #[test]
    fn cells_that_begin_as_those_above_are_what_they_are_alone() {
        let row = |row: u32, style: &str, value: &str| {
            format!(
                "<row r=\"{row}\"><c r=\"A{row}\"{style}>{value}</c><c r=\"C{row}\" t=\"s\"><v>0</v></c>\
                 <c r=\"D{row}\"/></row>"
            )
        };
        let rows = [
            row(9, "", "<v>1</v>"),
            row(10, "", "<v>2</v>"),
            row(11, " s=\"1\"", "<v>3</v>"),
            row(12, " s=\"2\"", "<v>4</v>"),
            row(100, " s=\"2\"", "<v>5</v>"),
            row(101, " t=\"inlineStr\"", "<is><t>a &amp; b</t></is>"),
            row(102, " t=\"inlineStr\"", "<is><t>_x0041_b</t></is>"),
            row(103, " t=\"inlineStr\"", "<is><t xml:space=\"preserve\"> b</t></is>"),
            row(104, "", ""),
        ];
        assert!(check(&rows.concat()));
    }

    #[test]
    fn what_is_out_of_order_or_passes_a_limit_is_left_to_the_complete_reader() {
        for rows in [
            "<row r=\"2\"><c r=\"B2\"><v>1</v></c><c r=\"A2\"><v>1</v></c></row>",
            "<row r=\"2\"><c r=\"A2\"><v>1</v></c></row><row r=\"2\"><c r=\"B2\"><v>1</v></c></row>",
            "<row r=\"3\"><c r=\"A3\"><v>1</v></c></row><row r=\"2\"><c r=\"A2\"><v>1</v></c></row>",
            "<row r=\"2\"><c r=\"A2\"><v>1234567890123</v></c></row>",
            "<row r=\"2\"><c r=\"AE2\"><v>1</v></c></row>",
            "<row r=\"1048577\"><c r=\"A1048577\"><v>1</v></c></row>",
            "<row r=\"2\"><c r=\"A2\"><f>1</f><v>1</v></c></row>",
            "<row r=\"2\"><c r=\"A2\"><v>1</v>",
            "<row r=\"2\"><c r=\"A2\"/",
        ] {
            assert!(!check(rows), "{rows}");
        }
    }

    #[test]
    fn a_chunk_of_too_much_text_is_refused() {
        let limits = Limits { cell_text: 1 << 20, ..Limits::default() };
        let strings = format!("<sst><si><t>{}</t></si></sst>", "a".repeat(300_000));
        let strings = Some(Strings::read(strings.as_bytes(), &limits).unwrap());
        let common = Common { strings, styles: Styles::default(), counts_from_1904: false };
        let whole = Whole::new(&"shop.xlsx".into(), &Arc::new(common), &limits, 1_000_000);
        let rows = |count: u32| {
            (1..=count)
                .map(|row| format!("<row r=\"{row}\"><c r=\"A{row}\" t=\"s\"><v>0</v></c></row>"))
                .collect::<String>()
        };
        assert!(read(&rows(3), &whole).is_some() && whole.any(rows(3).as_bytes()).is_ok());
        assert!(read(&rows(30), &whole).is_none());
        let refusal = whole.any(rows(30).as_bytes()).unwrap_err().to_string();
        assert_eq!(refusal, "the rows from 1 on hold more than 1 MiB of text; shorten it");
    }

    fn any_cell() -> impl Strategy<Value = (&'static str, &'static str, &'static str)> {
        let place = select(vec![" r=\"A@\"", " r=\"B@\"", " r=\"B@\"", " r=\"C@\"", " r=\"D@\"", " r=\"b0@\"", ""]);
        let look = select(vec!["", "", " s=\"1\"", " s=\"2\"", " s=\"2\" t=\"n\"", " t=\"s\"", " t=\"str\""]);
        let value =
            select(vec!["<v>1</v>", "<v>1</v>", "<v>0</v>", "<v>1.50</v>", "<v></v>", "<v>&#49;</v>", "<v> </v>"]);
        let plain = (place, look, value);
        let text = select(vec![
            "<is><t>a</t></is>",
            "<is><t>a&gt;</t></is>",
            "<is><t>_x0042_</t></is>",
            "<is><t> a </t></is>",
            "<is><t xml:space=\"preserve\"> </t></is>",
            "<is><t xml:space=\"preserve\">ก</t></is>",
            "<is><t>=DISPIMG(1)</t></is>",
        ]);
        let inline = (select(vec![" r=\"A@\"", " r=\"C@\"", " r=\"E@\""]), Just(" t=\"inlineStr\""), text);
        prop_oneof![plain, inline]
    }

    proptest! {
        #[test]
        fn regular_rows_are_what_the_complete_reader_makes_of_them(
            rows in prop::collection::vec((1_u32..12, prop::collection::vec(any_cell(), 0..4)), 1..12),
        ) {
            let mut number = 0;
            let mut sheet = String::new();
            for (step, mut cells) in rows {
                number += step;
                cells.sort_by_key(|(place, ..)| place.to_ascii_uppercase());
                cells.dedup_by_key(|(place, ..)| *place);
                sheet.push_str(&format!("<row r=\"{number}\">"));
                for (place, look, value) in cells {
                    let place = place.replace('@', &number.to_string());
                    sheet.push_str(&format!("<c{place}{look}>{value}</c>"));
                }
                sheet.push_str("</row>");
            }
            check(&sheet);
        }
    }
}
