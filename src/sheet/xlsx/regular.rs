//! Rows as spreadsheet programs write them -> cells, at once; whoever writes otherwise is read by the complete reader.
//!
//! Regular is: elements without a prefix, attributes in double quotes, nothing between the tags but white space between
//! rows, one value or one plain text in a cell, no formula, cells and rows in order. What a value means is decided by `cell`, for both readers.
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
use super::format::Look;
use super::markup::{push_decoded, says_yes};
use super::{place, text};

/// Reads all rows of `rows`; gives them back where some are not regular, pass a limit, or cannot be read at all.
pub(super) fn read(rows: String, whole: &Whole) -> Result<(Block, Counted), String> {
    match Regular::new(&rows, whole).read() {
        Some((mut block, counted)) => {
            block.fill(rows);
            Ok((block, counted))
        }
        None => Err(rows),
    }
}

struct Regular<'a> {
    rows: &'a str,
    at: usize,
    /// Some text in the rows may be escaped.
    may_be_escaped: bool,
    known: Known<'a>,
    /// How the last cell of each column begins, where another can be held beside it.
    above: Vec<Option<Above<'a>>>,
    /// The value of a cell, where entities were in it; its memory serves each.
    decoded: String,
    block: Block,
    row: OpenRow<'a>,
    /// The cells of the row; their memory serves each.
    cells: Vec<CellSpan>,
    counted: Counted,
    limits: &'a Limits,
    columns: u64,
    most_text: u64,
}

/// The row that is read.
#[derive(Default)]
struct OpenRow<'a> {
    number: u32,
    /// The number as it is spelled.
    digits: &'a [u8],
    /// The bytes of text of its cells.
    text: usize,
    /// Some cell is not blank.
    is_filled: bool,
}

/// How a cell begins: its tag, and those inside before its value.
#[derive(Clone, Copy)]
struct Opening {
    /// From 0.
    column: u32,
    kind: Type,
    look: Look,
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

/// How a cell began, and its spelling, up to the number of the row and from there on.
#[derive(Clone, Copy)]
struct Above<'a> {
    opening: Opening,
    before: &'a [u8],
    behind: &'a [u8],
}

impl Above<'_> {
    /// The length of the same in row `digits`, where it stands at the beginning of `text`.
    #[inline]
    fn len_in(&self, text: &[u8], digits: &[u8]) -> Option<usize> {
        let rest = text.strip_prefix(self.before)?.strip_prefix(digits)?;
        rest.starts_with(self.behind).then_some(self.before.len() + digits.len() + self.behind.len())
    }
}

/// The text between two tags.
struct Raw {
    place: Range<usize>,
    /// It holds no entity and no line end that counts as another.
    is_verbatim: bool,
}

impl<'a> Regular<'a> {
    fn new(rows: &'a str, whole: &'a Whole) -> Regular<'a> {
        Regular {
            rows,
            at: 0,
            may_be_escaped: text::may_be_escaped(rows.as_bytes()),
            known: Known::new(&whole.common),
            above: Vec::new(),
            decoded: String::new(),
            block: Block::new(),
            row: OpenRow::default(),
            cells: Vec::new(),
            counted: Counted::default(),
            limits: &whole.limits,
            columns: most_columns(&whole.limits),
            most_text: most_text(&whole.limits, whole.packed).min(MOST_TEXT as u64),
        }
    }

    fn read(mut self) -> Option<(Block, Counted)> {
        while self.passes_space() {
            self.row()?;
        }
        Some((self.block, self.counted))
    }

    /// Passes the white space between two rows; answers whether there is more behind it.
    fn passes_space(&mut self) -> bool {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_ascii_start().len();
        self.at < self.rows.len()
    }

    /// What has not been passed.
    #[inline]
    fn rest(&self) -> &'a [u8] {
        &self.rows.as_bytes()[self.at..]
    }

    /// Passes `mark`, where it stands here.
    #[inline]
    fn passes(&mut self, mark: &str) -> bool {
        let is_here = self.rest().starts_with(mark.as_bytes());
        self.at += if is_here { mark.len() } else { 0 };
        is_here
    }

    /// Reads the attributes of a tag up to its end; answers whether the element is empty.
    fn attributes(&mut self, mut each: impl FnMut(&[u8], &'a [u8]) -> Option<()>) -> Option<bool> {
        loop {
            if self.passes(">") {
                return Some(false);
            }
            if self.passes("/>") {
                return Some(true);
            }
            if !self.passes(" ") {
                return None;
            }
            // Names and values are short: looking at each byte is faster than a search that prepares itself.
            let rest = self.rest();
            let name = rest.iter().position(|byte| !matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b':'))?;
            let value = rest[name..].strip_prefix(b"=\"")?;
            let len = value.iter().position(|byte| matches!(byte, b'"' | b'<')).filter(|len| value[*len] == b'"')?;
            each(&rest[..name], &value[..len])?;
            self.at += name + len + 3;
        }
    }

    fn row(&mut self) -> Option<()> {
        if !self.passes("<row") {
            return None;
        }
        let (mut digits, mut is_hidden) = (&b""[..], false);
        let is_empty = self.attributes(|name, value| {
            match name {
                b"r" => digits = value,
                b"hidden" => is_hidden = says_yes(value.trim_ascii()),
                _ => {}
            }
            Some(())
        })?;
        let number = place::number(digits).filter(|number| *number > 0)?;
        if is_empty || self.passes("</row>") {
            return Some(());
        }
        if number <= self.row.number || number > place::LAST_ROW {
            return None;
        }
        self.row = OpenRow { number, digits, ..OpenRow::default() };
        let text = self.block.text().len();
        let mut next_column = 0;
        while !self.passes("</row>") {
            next_column = self.cell(next_column)?.saturating_add(1);
        }
        if self.row.is_filled {
            self.block.push_row(number, 0, self.cells.drain(..));
            if is_hidden {
                self.block.hide_row();
            }
        } else {
            self.block.text().truncate(text);
            self.cells.clear();
        }
        // Blank text counts too: to look at it takes time.
        self.counted.text += self.row.text as u64;
        (self.counted.text <= self.most_text).then_some(())
    }

    /// Reads a cell, in `column` where it does not tell another; answers in which it was.
    #[inline]
    fn cell(&mut self, column: u32) -> Option<u32> {
        let above = self.above.get(column as usize).and_then(Option::as_ref);
        let again = above.and_then(|above| Some((above.opening, above.len_in(self.rest(), self.row.digits)?)));
        let opening = match again {
            Some((opening, len)) => {
                self.at += len;
                opening
            }
            None => self.opening(column)?,
        };
        self.counted.cells += 1;
        let span = match opening.value {
            Value::Missing => self.value(opening, Raw { place: self.at..self.at, is_verbatim: true })?,
            Value::Plain => {
                let raw = self.short_text()?;
                self.passes("</v></c>").then_some(())?;
                self.value(opening, raw)?
            }
            Value::Inline { is_preserved } => {
                let raw = self.text()?;
                self.passes("</t></is></c>").then_some(())?;
                Some(self.inline(raw, is_preserved)?)
            }
        };
        if let Some(span) = span {
            self.put(opening.column, span)?;
        }
        Some(opening.column)
    }

    /// Reads how a cell begins.
    fn opening(&mut self, mut column: u32) -> Option<Opening> {
        let rows = self.rows.as_bytes();
        let start = self.at;
        if !self.passes("<c") {
            return None;
        }
        let number = self.row.number;
        let (mut kind, mut style, mut digits) = (Type::Unsaid, 0, None);
        // Nearly all programs write it first.
        if self.passes(" r=\"") {
            let name = self.at;
            let (row, named, len) = place::leading_cell(self.rest())?;
            self.at += len;
            column = (row == number && self.passes("\"")).then_some(named - 1)?;
            let letters = rows[name..name + len].strip_suffix(self.row.digits);
            digits = letters.map(|letters| name + letters.len()..name + len);
        }
        let is_empty = self.attributes(|name, value| {
            match name {
                b"r" => {
                    let (row, named) = place::cell(value)?;
                    column = (row == number).then_some(named - 1)?;
                    digits = None;
                }
                b"s" => style = place::number(value)? as usize,
                b"t" => kind = Type::of(value)?,
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
        let opening = Opening { column, kind, look: self.known.look(style), value };
        if let Some(digits) = digits.filter(|_| u64::from(column) < self.columns) {
            let place = column as usize;
            if self.above.len() <= place {
                self.above.resize(place + 1, None);
            }
            let (before, behind) = (&rows[start..digits.start], &rows[digits.end..self.at]);
            self.above[place] = Some(Above { opening, before, behind });
        }
        Some(opening)
    }

    /// The text up to the next tag.
    #[inline]
    fn text(&mut self) -> Option<Raw> {
        let rest = self.rest();
        let mut len = memchr3(b'<', b'&', b'\r', rest)?;
        let is_verbatim = rest[len] == b'<';
        if !is_verbatim {
            len += memchr(b'<', &rest[len..])?;
        }
        self.at += len;
        Some(Raw { place: self.at - len..self.at, is_verbatim })
    }

    /// The same, at once where it is the number that it mostly is.
    #[inline]
    fn short_text(&mut self) -> Option<Raw> {
        // Nearly all are short: looking at each digit is faster than a search that prepares itself.
        let rest = self.rest();
        let digits = rest.iter().take(16).position(|byte| !matches!(byte, b'0'..=b'9' | b'.'));
        match digits.filter(|len| rest[*len] == b'<') {
            Some(len) => {
                self.at += len;
                Some(Raw { place: self.at - len..self.at, is_verbatim: true })
            }
            None => self.text(),
        }
    }

    /// The cell with this value; none where it shows nothing.
    #[inline]
    fn value(&mut self, opening: Opening, raw: Raw) -> Option<Option<CellSpan>> {
        let Opening { kind, look, .. } = opening;
        let mut value = &self.rows[raw.place.clone()];
        if raw.is_verbatim {
            if let Some(kind) = cell::as_it_stands(PlainCell { kind, look, value }) {
                return Some(Some(CellSpan::raw(raw.place, kind, cell::digits(kind, look))));
            }
        } else {
            self.decoded.clear();
            push_decoded(value, &mut self.decoded).ok()?;
            value = &self.decoded;
        }
        let text = self.block.text();
        let start = text.len();
        let kind = cell::push_value(PlainCell { kind, look, value }, &mut self.known, text).ok()?;
        Some(kind.map(|kind| CellSpan::appended(start..text.len(), kind, cell::digits(kind, look))))
    }

    /// The cell with this text of its own.
    #[inline]
    fn inline(&mut self, raw: Raw, is_preserved: bool) -> Option<CellSpan> {
        let value = &self.rows[raw.place.clone()];
        let is_escaped = self.may_be_escaped && text::may_be_escaped(value.as_bytes());
        if raw.is_verbatim && !is_escaped && text::is_trimmed(value, is_preserved) {
            return Some(CellSpan::raw(raw.place, cell::text_kind(value), 0));
        }
        let text = self.block.text();
        let start = text.len();
        push_decoded(value, text).ok()?;
        text::settle(text, start, is_preserved);
        Some(CellSpan::appended(start..text.len(), cell::text_kind(&text[start..]), 0))
    }

    /// Puts the cell into `column` of the open row.
    #[inline]
    fn put(&mut self, column: u32, span: CellSpan) -> Option<()> {
        let OpenRow { text, is_filled, .. } = &mut self.row;
        *text += span.len();
        let (width, len) = (self.cells.len(), span.len() as u64);
        if (column as usize) < width
            || u64::from(column) >= self.columns
            || len > self.limits.cell_text
            || *text > MAX_ROW_TEXT
        {
            return None;
        }
        self.cells.resize(column as usize, CellSpan::appended(0..0, Kind::Text, 0));
        *is_filled = *is_filled || !Cell::new(span.text(self.rows, self.block.text()), Kind::Text).is_blank();
        self.cells.push(span);
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

    const STRINGS: &str = "<sst><si><t>shared</t></si><si><t xml:space=\"preserve\">   </t></si></sst>";
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
        let Ok((block, counted)) = read(rows.to_owned(), &whole) else { return false };
        assert!(block.text_len() <= rows.len() + counted.text as usize, "text that no cell has: {rows}");
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
    fn attributes_are_what_the_complete_reader_makes_of_them() {
        let cells = "<c r=\"B5\"><v>7</v></c>";
        for row in [
            format!("<row r=\"5\" hidden=\" 1\">{cells}</row>"),
            format!("<row hidden=\"true\" spans=\"1:2\" x14ac:dyDescent=\"0.2\" r=\"5\">{cells}</row>"),
            format!("<row r=\"5\" hidden=\"0\">{cells}</row>"),
            "<row r=\"5\"><c t=\"str\" r=\"a5\"><v>a &gt; b</v></c><c r=\"C05\" t=\"s\"><v> 1 </v></c></row>"
                .to_owned(),
            "<row r=\"05\"><c r=\"A5\"><v>1</v></c></row><row r=\"06\"><c r=\"A06\"><v>1</v></c></row>".to_owned(),
        ] {
            assert!(check(&row), "{row}");
        }
        for row in ["<row r=\"5\" \nhidden=\"1\">", "<row r=\"5\" hidden\n=\"1\">", "<row a'=\"1\" r=\"5\">"] {
            assert!(!check(&format!("{row}{cells}</row>")), "{row}");
        }
    }

    #[test]
    fn a_cell_with_two_names_is_no_example_for_those_below() {
        let rows = "<row r=\"5\"><c r=\"A5\"><v>1</v></c><c r=\"A5\" r=\"B5\"><v>2</v></c></row>\
                    <row r=\"6\"><c r=\"A6\"><v>1</v></c><c r=\"A6\" r=\"B5\"><v>2</v></c></row>";
        assert!(!check(rows));
    }

    #[test]
    fn nothing_stays_of_blank_rows() {
        let row = |row: u32, index: u32| format!("<row r=\"{row}\"><c r=\"A{row}\" t=\"s\"><v>{index}</v></c></row>");
        let rows = [row(1, 1), row(2, 0), row(3, 1), row(9, 1), row(10, 0)].concat();
        assert!(check(&rows));
        let (mut block, _) = read(rows, &whole()).unwrap();
        assert_eq!(block.text(), "sharedshared");
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
            "<row r=\"1\"><c r=\"MWLQKWU1\"/><c/><c><v>7</v></c></row>",
        ] {
            assert!(!check(rows), "{rows}");
        }
    }

    /// Reads rows whose cells all share one text; answers what the complete reader refuses them for.
    #[track_caller]
    fn refused(limits: Limits, text: &str, rows: &str) -> String {
        let strings = format!("<sst><si><t xml:space=\"preserve\">{text}</t></si></sst>");
        let strings = Some(Strings::read(strings.as_bytes(), &limits).unwrap());
        let common = Common { strings, styles: Styles::default(), counts_from_1904: false };
        let whole = Whole::new(&"shop.xlsx".into(), &Arc::new(common), &limits, 1_000_000);
        assert!(read(rows.to_owned(), &whole).is_err());
        whole.any(rows.as_bytes()).unwrap_err().to_string()
    }

    fn rows_of(count: u32, cells: usize) -> String {
        let cells = "<c t=\"s\"><v>0</v></c>".repeat(cells);
        (1..=count).map(|row| format!("<row r=\"{row}\">{cells}</row>")).collect()
    }

    #[test]
    fn too_much_text_is_refused() {
        let limits = Limits::default();
        let chunk = refused(limits, &"a".repeat(300_000), &rows_of(30, 1));
        assert_eq!(chunk, "the rows from 1 on hold more than 1 MiB of text; shorten it");
        let blank = " ".repeat(1 << 20);
        let row = refused(limits, &blank, &rows_of(1, 33));
        assert_eq!(row, "row 1 holds more than 32 MiB of text; shorten it");
        // Blank text takes time, if no memory.
        let all = refused(Limits { inflated: 2 << 20, ..limits }, &blank, &rows_of(3, 1));
        assert!(all.starts_with("the cells up to row 3 hold more text than a sheet may"), "{all}");
    }

    fn any_cell() -> impl Strategy<Value = (&'static str, &'static str, &'static str)> {
        let place = select(vec![" r=\"A@\"", " r=\"B@\"", " r=\"B@\"", " r=\"C@\"", " r=\"D@\"", " r=\"b0@\"", ""]);
        let look = select(vec!["", "", " s=\"1\"", " s=\"2\"", " s=\"2\" t=\"n\"", " t=\"s\"", " t=\"str\""]);
        let value = select(vec![
            "<v>1</v>",
            "<v>1</v>",
            "<v>0</v>",
            "<v>1.50</v>",
            "<v></v>",
            "<v>&#49;</v>",
            "<v> </v>",
            "<v>1\r\n</v>",
        ]);
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
                let hidden = if number % 3 == 0 { " hidden=\"1\"" } else { "" };
                sheet.push_str(&format!("<row r=\"{number}\"{hidden}>"));
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
