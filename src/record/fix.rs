//! What is certain to be meant by a cell that is not written as it should be.
//!
//! The rule it keeps: a cell that was put right is read as before, and so is every other cell of its column. So marks of
//! thousands and decimals stay as they are, though what stands beside the digits goes.

use super::draft::{Draft, Entry, Findings, IDENTIFIERS};
use super::image::split_list;
use super::number::{NumberReading, read_number, tidied};
use super::pictures::{files, picture};
use super::reading::{Reading, WRITTEN};
use super::{CategoryId, Image, ImageUrl, Repair, SpuId, cleaned, guarded, padded, without_point};
use crate::column::{Field, Table, Target};
use crate::sheet::{Kind, Row};

/// A number of a workbook is a binary fraction of 53 bits, which keeps as many decimal digits for sure.
const SURE_DIGITS: usize = 15;

/// A cell put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// The column, from 1.
    pub column: u32,
    /// The field or the attribute.
    pub field: String,
    /// As typed.
    pub from: String,
    /// As it should be; empty where nothing is left of it.
    pub to: String,
    /// What was done.
    pub why: &'static str,
    /// It is a number that a workbook keeps to its last digit, and no other cell is read by how this one is written.
    pub is_number: bool,
}

/// What is certain of the cells of `row`, from which `draft` was read: white space and characters that nobody sees in
/// identifiers, digits of another width or script, marks of the shop's currency, words for pieces, image
/// addresses, repeated images.
#[must_use]
pub fn fixes(row: &Row<'_>, table: &Table, draft: &Draft<'_>, reading: &Reading) -> Vec<Fix> {
    let mut fixes = Fixes { row, table, draft, reading, found: Vec::new() };
    fixes.identifiers();
    fixes.numbers();
    fixes.dates();
    fixes.images();
    fixes.found.sort_by_key(|fix| fix.column);
    fixes.found
}

struct Fixes<'a> {
    row: &'a Row<'a>,
    table: &'a Table,
    draft: &'a Draft<'a>,
    reading: &'a Reading,
    found: Vec<Fix>,
}

impl<'a> Fixes<'a> {
    fn add(&mut self, field: &str, entry: Entry<'_>, to: &str, why: &'static str) {
        let is_known = self.found.iter().any(|fix| fix.column == entry.column);
        if to != entry.text && !is_known {
            let (from, to) = (entry.text.to_owned(), to.to_owned());
            let (column, field) = (entry.column, field.to_owned());
            self.found.push(Fix { column, field, from, to, why, is_number: false });
        }
    }

    /// The cell of a field, where what is read of it is what was typed: neither a constant nor a word of the settings.
    fn cell(&self, field: Field) -> Option<Entry<'a>> {
        self.draft.text(field).filter(|entry| self.is_typed(entry))
    }

    fn is_typed(&self, entry: &Entry<'_>) -> bool {
        entry.column.checked_sub(1).is_some_and(|index| self.row.cell(index as usize).text == entry.text)
    }

    fn identifiers(&mut self) {
        let draft = self.draft;
        for field in IDENTIFIERS {
            let (Some(entry), Some(meant)) = (self.cell(field), draft.identifier(field)) else { continue };
            let is_number = entry.kind == Kind::Number;
            if is_number && padded(entry.text, entry.digits).is_none() {
                continue;
            }
            let what = if is_number { Repair::Pad.what() } else { what_was_done(entry.text) };
            self.add(field.name(), entry, meant, what);
        }
        if let Some(entry) = draft.key_cell.filter(|entry| entry.kind == Kind::Text && self.is_typed(entry))
            && let Some(key) = draft.key()
        {
            self.add(Field::ProductKey.name(), entry, key, what_was_done(entry.text));
        }
        let wholes = [
            (Field::Category, self.draft.category.as_ref().map(CategoryId::to_string)),
            (Field::SpuId, self.draft.spu_id.as_ref().map(SpuId::to_string)),
        ];
        for (field, whole) in wholes {
            let Some(entry) = self.cell(field).filter(|entry| entry.kind == Kind::Text) else { continue };
            let plain = cleaned(entry.text).text;
            // A category may be given by its name.
            let digits = without_point(&plain).unwrap_or(&plain);
            if whole.as_deref() == Some(digits) {
                self.add(field.name(), entry, digits, what_was_done(entry.text));
            }
        }
    }

    fn numbers(&mut self) {
        for (place, field) in WRITTEN.into_iter().enumerate().take(7) {
            let Some(entry) = self.cell(field).filter(|entry| entry.kind == Kind::Text) else { continue };
            let sense = self.reading.number_sense(place);
            let fixed = match read_number(entry.text, &sense) {
                NumberReading::Read { .. } => tidied(entry.text, &sense).map(|text| (text, "only the number is left")),
                NumberReading::Counted(number) => Some((number.to_string(), Repair::Pieces.what())),
                // With a fraction the number would tell how the others of its column are written.
                NumberReading::Plain(_)
                | NumberReading::WithUnit { .. }
                | NumberReading::Ambiguous { .. }
                | NumberReading::Foreign(_)
                | NumberReading::Likely { .. }
                | NumberReading::Not(_) => None,
            };
            // What would have two readings stays as it was.
            let has_one_reading =
                |text: &str| matches!(read_number(text, &sense), NumberReading::Plain(_) | NumberReading::Read { .. });
            if let Some((text, why)) = fixed.filter(|(text, _)| has_one_reading(text)) {
                // A number of a workbook does not tell which mark the texts of its column have before their decimals.
                let tells_nothing = !text.contains('.') || !self.reading.asks_for_marks(place);
                self.add(field.name(), entry, &text, why);
                if let Some(fix) = self.found.iter_mut().find(|fix| fix.column == entry.column) {
                    fix.is_number = tells_nothing && is_kept_by_workbooks(&text);
                }
            }
        }
    }

    fn dates(&mut self) {
        for (place, field) in WRITTEN.into_iter().enumerate().skip(7) {
            let is_read = self.draft.moments[place - 7].is_some();
            let Some(entry) = self.cell(field).filter(|entry| is_read && entry.kind == Kind::Text) else { continue };
            let plain = cleaned(entry.text).text.into_owned();
            self.add(field.name(), entry, &plain, what_was_done(entry.text));
        }
    }

    fn images(&mut self) {
        let mut cells: Vec<(u32, Entry<'_>)> = Vec::new();
        for (index, cell) in self.row.cells().enumerate().filter(|(_, cell)| !cell.is_blank()) {
            if let Target::Image(order) = self.table.columns.target(index)
                && cell.kind == Kind::Text
                && self.table.columns.value_for(Target::Image(order), cell.text).is_none()
            {
                cells.push((order, Entry::text(index as u32 + 1, cell.text)));
            }
        }
        cells.sort_by_key(|(order, _)| *order);
        let mut seen: Vec<Image> = Vec::new();
        for (_, entry) in cells {
            let mut kept = Vec::new();
            let mut why = "the address is written as it should be";
            for part in split_list(entry.text) {
                let (text, what) = self.address(part, entry.column);
                why = what.unwrap_or(why);
                if let Ok(url) = ImageUrl::parse(&text) {
                    let image = Image::Url(url);
                    if seen.iter().any(|there| there.is_same(&image)) {
                        why = "an image that stands in the row already is left out";
                        continue;
                    }
                    seen.push(image);
                }
                kept.push(text);
            }
            if kept.iter().map(String::as_str).ne(split_list(entry.text)) {
                self.add("image", entry, &kept.join(mark_of(entry.text)), why);
            }
        }
    }

    /// One image of a cell as it should be written, and what was done.
    fn address(&self, part: &str, column: u32) -> (String, Option<&'static str>) {
        let entry = Entry::text(column, part);
        let link = self.row.link(column as usize - 1);
        let mut untold = Findings::new(self.table, self.row);
        let is_file = files(entry, link, self.reading, &mut untold).is_some();
        let url = if is_file { None } else { picture(entry, link, self.reading, &mut untold) };
        let Some(url) = url else { return (part.to_owned(), None) };
        let (scheme, rest) = url.as_str().split_once("://").unwrap_or_default();
        if scheme.bytes().any(|byte| byte.is_ascii_uppercase()) {
            let quiet = format!("{}://{rest}", scheme.to_ascii_lowercase());
            return (quiet, Some("http:// and https:// are written in lower case"));
        }
        (url.as_str().to_owned(), (url.as_str() != part).then_some("the picture's own address stands there"))
    }
}

/// Digits with at most one point between them, which a workbook's number keeps to the last one.
fn is_kept_by_workbooks(text: &str) -> bool {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let has_idle_zero = whole.len() > 1 && whole.starts_with('0');
    is_digits(whole) && is_digits(decimals) && !has_idle_zero && text.len() <= SURE_DIGITS
}

/// The words for what was left out of an identifier.
fn what_was_done(text: &str) -> &'static str {
    let done = |is_cleaned| if is_cleaned { Repair::Clean.what() } else { Repair::Trim.what() };
    let Some(inner) = guarded(text) else { return done(cleaned(text).is_cleaned) };
    let within = cleaned(inner);
    if within.is_cleaned || within.is_trimmed || text.trim() != text {
        return done(within.is_cleaned);
    }
    "the text itself stands in the cell, without `=\"...\"` around it: a text cell keeps its zeros"
}

/// What stands between the images of a cell.
fn mark_of(text: &str) -> &str {
    let mut parts = split_list(text);
    let (Some(first), Some(second)) = (parts.next(), parts.next()) else { return ", " };
    let end = first.as_ptr() as usize - text.as_ptr() as usize + first.len();
    let start = second.as_ptr() as usize - text.as_ptr() as usize;
    &text[end..start]
}
