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
    fn plain(&self, look: Look) -> PlainCell<'_> {
        PlainCell { kind: self.kind, look, value: &self.value }
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
    pub(super) kind: Type,
    pub(super) look: Look,
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

    /// What the style with this number makes of a cell.
    #[inline]
    pub(super) fn look(&self, style: usize) -> Look {
        self.common.styles.look(style)
    }
}

/// Puts the cell into `rows`.
pub(super) fn put(cell: &RawCell, known: &mut Known<'_>, rows: &mut CellWriter<'_>) -> Result<(), Refusal> {
    let look = known.look(cell.style);
    let is_plain = !cell.has_formula && !cell.is_rich;
    let link = if cell.has_formula { formula::link(&cell.formula) } else { None };
    let kind = if !is_plain && cell.is_picture() {
        push_picture(cell, rows.text());
        Some(Kind::Picture)
    } else if cell.is_uncomputed() {
        rows.text().extend(["=", cell.formula.as_str()]);
        Some(Kind::Formula)
    } else {
        push_value(cell.plain(look), known, rows.text()).map_err(|wrong| wrong.of(cell, rows))?
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

/// How many digits a cell of this kind shows at least.
#[inline]
pub(super) fn digits(kind: Kind, look: Look) -> u8 {
    if kind == Kind::Number { look.digits } else { 0 }
}

fn push_picture(cell: &RawCell, text: &mut String) {
    if cell.has_formula && !cell.formula.is_empty() {
        text.extend(["=", cell.formula.as_str()]);
    } else {
        text.push_str(&cell.value);
    }
}

/// What a value that cannot be read is.
#[derive(Debug)]
pub(super) enum Wrong {
    Spelling(&'static str),
    NoSharedTexts,
}

impl Wrong {
    fn of(self, cell: &RawCell, rows: &CellWriter<'_>) -> Refusal {
        let name = rows.name(cell.column);
        let what = match self {
            Wrong::Spelling(what) => {
                let shown: String = cell.value.chars().take(20).collect();
                format!("the value `{shown}` of cell {name} {what}")
            }
            Wrong::NoSharedTexts => format!("the texts that its cells share are missing; {name} is one of them"),
        };
        damaged(&what).into()
    }
}

/// What a plain cell is that shows its value as it stands there; of the others [`push_value`] tells.
#[inline]
pub(super) fn as_it_stands(cell: PlainCell<'_>) -> Option<Kind> {
    match cell.kind {
        Type::Inline => Some(text_kind(cell.value)),
        Type::Unsaid | Type::Number if cell.look.class != Class::Date && number::is_plain(cell.value.as_bytes()) => {
            Some(Kind::Number)
        }
        Type::Unsaid | Type::Number | Type::Shared | Type::Text | Type::Bool | Type::Error | Type::Date => None,
    }
}

/// A text, or what spreadsheet programs write in place of a picture.
#[inline]
pub(super) fn text_kind(text: &str) -> Kind {
    if text.starts_with("=DISPIMG(") { Kind::Picture } else { Kind::Text }
}

/// Appends what a plain cell shows; an empty cell has no kind.
#[inline]
pub(super) fn push_value(cell: PlainCell<'_>, known: &mut Known<'_>, text: &mut String) -> Result<Option<Kind>, Wrong> {
    let trimmed = cell.value.trim_ascii();
    let kind = match cell.kind {
        Type::Text => {
            let start = text.len();
            text.push_str(cell.value);
            text::unescape(text, start);
            text_kind(&text[start..])
        }
        Type::Inline => {
            text.push_str(cell.value);
            text_kind(cell.value)
        }
        _ if trimmed.is_empty() => return Ok(None),
        Type::Unsaid | Type::Number => return push_number(cell, known.common, text).map(Some),
        Type::Shared => return push_shared(trimmed, known, text).map(Some),
        Type::Bool => {
            let is_true = says_yes(trimmed.to_ascii_lowercase().as_bytes());
            if !is_true && !matches!(trimmed.to_ascii_lowercase().as_str(), "0" | "false") {
                return Err(Wrong::Spelling("is no truth value"));
            }
            text.push_str(if is_true { "true" } else { "false" });
            Kind::Bool
        }
        Type::Error => {
            text.push_str(trimmed);
            Kind::Error
        }
        Type::Date => {
            let start = text.len();
            let kind = value::push_iso(trimmed, text);
            if kind == Kind::Text { text_kind(&text[start..]) } else { kind }
        }
    };
    Ok(Some(kind))
}

fn push_number(cell: PlainCell<'_>, common: &Common, text: &mut String) -> Result<Kind, Wrong> {
    let spelling = cell.value.trim_ascii();
    if cell.look.class == Class::Date
        && let Ok(serial) = spelling.parse()
        && let Some(kind) = value::push_serial(serial, common.counts_from_1904, text)
    {
        return Ok(kind);
    }
    match number::push(spelling, text) {
        Spelled::Number => Ok(Kind::Number),
        Spelled::Beyond => {
            text.push_str("#NUM!");
            Ok(Kind::Error)
        }
        Spelled::Garbage if cell.kind == Type::Unsaid => {
            text.push_str(cell.value);
            Ok(Kind::Text)
        }
        Spelled::Garbage => Err(Wrong::Spelling("is no number")),
    }
}

fn push_shared(number: &str, known: &mut Known<'_>, text: &mut String) -> Result<Kind, Wrong> {
    let strings = known.strings.as_mut().ok_or(Wrong::NoSharedTexts)?;
    let found = place::number(number.as_bytes()).and_then(|number| strings.get(number as usize));
    let shared = found.ok_or(Wrong::Spelling("is the number of no shared text"))?;
    text.push_str(shared);
    Ok(text_kind(shared))
}
