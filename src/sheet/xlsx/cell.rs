//! One cell as the file tells it -> its text and its kind.

use super::super::cells::CellWriter;
use super::super::sniff::{Refusal, damaged};
use super::super::{Kind, value};
use super::format::{Class, Look};
use super::markup::says_yes;
use super::number::{self, Spelled};
use super::strings::{Finder, Strings};
use super::styles::Styles;
use super::{formula, place, text};

/// How a value is to be read: the attribute `t`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// Nothing is said: a number, or what a careless program wrote in its place.
    #[default]
    Unsaid,
    Number,
    Shared,
    /// The text that a formula computed.
    Text,
    Inline,
    Bool,
    Error,
    Date,
}

impl Type {
    pub(super) fn of(name: &[u8]) -> Option<Type> {
        Some(match name {
            b"n" => Type::Number,
            b"s" => Type::Shared,
            b"str" => Type::Text,
            b"inlineStr" | b"is" => Type::Inline,
            b"b" => Type::Bool,
            b"e" => Type::Error,
            b"d" => Type::Date,
            _ => return None,
        })
    }
}

/// The cell that is being read; its memory serves the next one too.
#[derive(Debug, Default)]
pub(super) struct RawCell {
    /// From 0.
    pub(super) column: u32,
    pub(super) kind: Type,
    pub(super) style: usize,
    /// It has rich data: a picture or an entity stands in for its error.
    pub(super) is_rich: bool,
    pub(super) value: String,
    pub(super) has_value: bool,
    pub(super) formula: String,
    pub(super) has_formula: bool,
}

impl RawCell {
    /// Forgets the cell before.
    pub(super) fn clear(&mut self) {
        self.kind = Type::Unsaid;
        self.style = 0;
        self.is_rich = false;
        self.value.clear();
        self.has_value = false;
        self.formula.clear();
        self.has_formula = false;
    }

    /// The cell, its formula and rich data left aside.
    #[inline]
    pub(super) fn plain(&self) -> PlainCell<'_> {
        PlainCell { column: self.column, kind: self.kind, style: self.style, value: &self.value }
    }

    /// Its formula was never computed: no value is kept. An empty text is a value.
    pub(super) fn is_uncomputed(&self) -> bool {
        self.has_formula && self.value.is_empty() && !(self.has_value && matches!(self.kind, Type::Text | Type::Inline))
    }

    /// It is a formula, and the value that was computed of it is used.
    pub(super) fn is_computed(&self) -> bool {
        self.has_formula && self.kind != Type::Error && !self.is_uncomputed() && !self.is_picture()
    }

    fn is_picture(&self) -> bool {
        (self.has_formula && formula::is_picture(&self.formula))
            // Other errors of array formulas are rich values too: `#SPILL!`.
            || (self.is_rich && self.kind == Type::Error && self.value == "#VALUE!")
            || self.value.starts_with("=DISPIMG(")
    }
}

/// A cell without formula and rich data, as most are.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlainCell<'v> {
    /// From 0.
    pub(super) column: u32,
    pub(super) kind: Type,
    pub(super) style: usize,
    pub(super) value: &'v str,
}

/// What a workbook knows of all its cells.
#[derive(Debug)]
pub(super) struct Common {
    pub(super) strings: Option<Strings>,
    pub(super) styles: Styles,
    pub(super) counts_from_1904: bool,
}

/// What one reader knows of the cells that it reads.
#[derive(Debug)]
pub(super) struct Known<'a> {
    common: &'a Common,
    strings: Option<Finder<'a>>,
}

impl<'a> Known<'a> {
    pub(super) fn new(common: &'a Common) -> Known<'a> {
        Known { common, strings: common.strings.as_ref().map(Finder::new) }
    }
}

/// Puts the cell into `rows`.
pub(super) fn put(cell: &RawCell, known: &mut Known<'_>, rows: &mut CellWriter<'_>) -> Result<(), Refusal> {
    if !cell.has_formula && !cell.is_rich {
        return put_plain(cell.plain(), known, rows);
    }
    let look = known.common.styles.look(cell.style);
    let link = formula::link(&cell.formula).filter(|_| cell.has_formula);
    let kind = if cell.is_picture() {
        push_picture(cell, rows.text());
        Some(Kind::Picture)
    } else if cell.is_uncomputed() {
        rows.text().extend(["=", cell.formula.as_str()]);
        Some(Kind::Formula)
    } else {
        push_value(cell.plain(), look, known, rows)?
    };
    if kind.is_some() || link.is_some() {
        let kind = kind.unwrap_or(Kind::Text);
        rows.put(cell.column, kind, digits(kind, look))?;
    }
    if let Some(target) = link {
        rows.link(cell.column, target);
    }
    Ok(())
}

/// Puts a plain cell into `rows`.
#[inline]
pub(super) fn put_plain(cell: PlainCell<'_>, known: &mut Known<'_>, rows: &mut CellWriter<'_>) -> Result<(), Refusal> {
    let look = known.common.styles.look(cell.style);
    let Some(kind) = push_value(cell, look, known, rows)? else { return Ok(()) };
    rows.put(cell.column, kind, digits(kind, look))
}

fn digits(kind: Kind, look: Look) -> u8 {
    if kind == Kind::Number { look.digits } else { 0 }
}

fn push_picture(cell: &RawCell, text: &mut String) {
    if cell.has_formula && !cell.formula.is_empty() {
        text.extend(["=", cell.formula.as_str()]);
    } else {
        text.push_str(&cell.value);
    }
}

/// Appends what the cell shows; an empty cell has no kind.
#[inline]
fn push_value(
    cell: PlainCell<'_>,
    look: Look,
    known: &mut Known<'_>,
    rows: &mut CellWriter<'_>,
) -> Result<Option<Kind>, Refusal> {
    match cell.kind {
        Type::Unsaid | Type::Number => return push_number(cell, look, known.common, rows),
        Type::Shared => return push_shared(cell, known, rows),
        Type::Text | Type::Inline | Type::Bool | Type::Error | Type::Date => {}
    }
    let start = rows.text().len();
    let trimmed = cell.value.trim_ascii();
    let kind = match cell.kind {
        Type::Text => {
            rows.text().push_str(cell.value);
            text::unescape(rows.text(), start);
            Kind::Text
        }
        Type::Inline => {
            rows.text().push_str(cell.value);
            Kind::Text
        }
        _ if trimmed.is_empty() => return Ok(None),
        Type::Bool => {
            let is_true = says_yes(trimmed.to_ascii_lowercase().as_bytes());
            if !is_true && !matches!(trimmed.to_ascii_lowercase().as_str(), "0" | "false") {
                return Err(garbled(cell, "is no truth value", rows));
            }
            rows.text().push_str(if is_true { "true" } else { "false" });
            Kind::Bool
        }
        Type::Error => {
            rows.text().push_str(trimmed);
            Kind::Error
        }
        Type::Unsaid | Type::Number | Type::Shared | Type::Date => value::push_iso(trimmed, rows.text()),
    };
    let is_picture = kind == Kind::Text && rows.text()[start..].starts_with("=DISPIMG(");
    Ok(Some(if is_picture { Kind::Picture } else { kind }))
}

fn push_number(
    cell: PlainCell<'_>,
    look: Look,
    common: &Common,
    rows: &mut CellWriter<'_>,
) -> Result<Option<Kind>, Refusal> {
    let spelling = cell.value.trim_ascii();
    if spelling.is_empty() {
        return Ok(None);
    }
    if look.class == Class::Date
        && let Ok(serial) = spelling.parse()
        && let Some(kind) = value::push_serial(serial, common.counts_from_1904, rows.text())
    {
        return Ok(Some(kind));
    }
    match number::push(spelling, rows.text()) {
        Spelled::Number => Ok(Some(Kind::Number)),
        Spelled::Beyond => {
            rows.text().push_str("#NUM!");
            Ok(Some(Kind::Error))
        }
        Spelled::Garbage if cell.kind == Type::Unsaid => {
            rows.text().push_str(cell.value);
            Ok(Some(Kind::Text))
        }
        Spelled::Garbage => Err(garbled(cell, "is no number", rows)),
    }
}

fn push_shared(cell: PlainCell<'_>, known: &mut Known<'_>, rows: &mut CellWriter<'_>) -> Result<Option<Kind>, Refusal> {
    let number = cell.value.trim_ascii();
    if number.is_empty() {
        return Ok(None);
    }
    let Some(strings) = &mut known.strings else {
        let name = rows.name(cell.column);
        return Err(damaged(&format!("the texts that its cells share are missing; {name} is one of them")).into());
    };
    let found = place::number(number.as_bytes()).and_then(|number| strings.get(number as usize));
    let Some(shared) = found else { return Err(garbled(cell, "is the number of no shared text", rows)) };
    rows.text().push_str(shared);
    Ok(Some(if shared.starts_with("=DISPIMG(") { Kind::Picture } else { Kind::Text }))
}

fn garbled(cell: PlainCell<'_>, what: &str, rows: &CellWriter<'_>) -> Refusal {
    let shown: String = cell.value.chars().take(20).collect();
    damaged(&format!("the value `{shown}` of cell {} {what}", rows.name(cell.column))).into()
}
