//! A sheet with its cells put right: a text file as a text file, everything else as a workbook.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;

use super::edit::{Edits, Value};
use super::error::PatchError;
use super::line::put_right;
use super::marks::sheet_in_copy;
use super::{Outcome, patch, place, try_patch};
use crate::column::Table;
use crate::location::Location;
use crate::record::{Fix, guarded};
use crate::sheet::{Format, Source};

/// What stands at the beginning of a text file that becomes UTF-8, or Excel shows Thai as rubbish.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
const UTF_8: &str = "UTF-8";

/// What becomes of the fix in the file at `path`; `None` where the cell is right there as it is.
///
/// In a text file `="00123"` keeps its form, whatever is put right inside it: Excel would make the number 123 of the
/// bare digits.
#[must_use]
pub fn as_written(path: &Path, source: &Source, fix: Fix) -> Option<Fix> {
    if fix.to.is_empty() || guarded(&fix.from).is_none() || !stays_text(path, source) {
        return Some(fix);
    }
    let to = format!("=\"{}\"", fix.to);
    (to != fix.from).then_some(Fix { to, ..fix })
}

/// Writes the sheet of `tables`, all of one file, with the fixes in it, over an older file of that name: a text file as
/// one where `path` ends in `.csv` or `.tsv`, otherwise a workbook as [`patch`] does. In a text file everything else
/// stays as it stands, its byte order mark too; one that is no UTF-8 becomes it, with a mark, and the outcome says so.
/// In a workbook everything else stays but what an earlier annotation added; cells that are formulas keep them, and
/// the outcome lists them.
///
/// The fixes are those that [`as_written`] answers for this path.
///
/// # Errors
/// As [`patch`].
pub fn fix(path: &Path, tables: &[Table], fixes: &[(Location, Fix)]) -> Result<Outcome, PatchError> {
    let Some(table) = tables.first() else { return Ok(Outcome::default()) };
    if stays_text(path, &table.source) {
        place::in_place(path, |source| place::failed(path, source), |file| write_text(path, table, fixes, file))?;
        return Ok(Outcome { recoded_from: recoded_from(&table.source), ..Outcome::default() });
    }
    let names: HashMap<&str, String> =
        tables.iter().map(|table| (&*table.sheet, sheet_in_copy(tables, &table.sheet))).collect();
    let mut edits = Edits::default();
    for (location, fix) in fixes {
        let sheet = location.sheet.as_deref().unwrap_or_default();
        let name = names.get(sheet).map_or(sheet, String::as_str);
        edits.set(name, (location.row, fix.column), value_of(fix));
    }
    patch(path, tables, &edits, None)
}

/// What the cell holds in a workbook: a number where the fix is one, nothing where nothing is left of it.
fn value_of(fix: &Fix) -> Value {
    match &fix.to {
        to if to.is_empty() => Value::Empty,
        to if fix.is_number => Value::Number(to.clone()),
        to => Value::Text(to.clone()),
    }
}

/// Tries whether [`fix`] could write at `path`; `original` is where the merchant's file is.
///
/// # Errors
/// As [`try_patch`].
pub fn try_fix(path: &Path, source: &Source, original: Option<&Path>) -> Result<(), PatchError> {
    if !stays_text(path, source) {
        return try_patch(path, source, original);
    }
    if let Some(original) = original {
        place::refuse_same(path, original)?;
    }
    place::try_path(path).map_err(|source| place::failed(path, source))
}

/// A text file that is written as one again.
fn stays_text(path: &Path, source: &Source) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    source.format() == Format::Text && matches!(ending.as_str(), "csv" | "tsv")
}

/// The encoding of a text file that is written in another one.
fn recoded_from(source: &Source) -> Option<&'static str> {
    source.encoding().filter(|encoding| *encoding != UTF_8)
}

fn write_text(path: &Path, table: &Table, fixes: &[(Location, Fix)], file: &mut File) -> Result<(), PatchError> {
    let failed = |source: io::Error| place::failed(path, source);
    let mut fixed: HashMap<u32, BTreeMap<u32, &str>> = HashMap::new();
    for (location, fix) in fixes {
        fixed.entry(location.row).or_default().insert(fix.column, &fix.to);
    }
    let source = &table.source;
    let delimiter = source.delimiter().unwrap_or(b',');
    let is_marked = source.has_byte_order_mark() || recoded_from(source).is_some();
    let mut out = BufWriter::new(file);
    let mut written = out.write_all(if is_marked { BYTE_ORDER_MARK } else { &[] });
    source.pieces(&mut |piece| {
        if written.is_ok() {
            written = match piece.row.and_then(|row| fixed.get(&row)) {
                Some(cells) => out.write_all(&put_right(piece.text, delimiter, cells)),
                None => out.write_all(piece.text),
            };
        }
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written.and_then(|()| out.flush()).map_err(failed)
}
