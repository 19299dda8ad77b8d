//! A sheet with its cells put right: a text file as a text file, everything else as a workbook.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;

use super::edit::{Edits, NewValue};
use super::error::PatchError;
use super::marks::sheet_in_copy;
use super::{Outcome, patch, place, try_patch};
use crate::column::Table;
use crate::location::Location;
use crate::record::Fix;
use crate::sheet::{Format, Row, Source};

/// What stands at the beginning of a text file, or Excel shows Thai as rubbish.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Writes the sheet of `tables`, all of one file, with the fixes in it, over an older file of that name: a text file as
/// UTF-8 where `path` ends in `.csv` or `.tsv`, otherwise a workbook as [`patch`] does. Cells that are formulas keep
/// them: the outcome lists them.
///
/// # Errors
/// As [`patch`].
pub fn fix(path: &Path, tables: &[Table], fixes: &[(Location, Fix)]) -> Result<Outcome, PatchError> {
    let Some(table) = tables.first() else { return Ok(Outcome::default()) };
    if stays_text(path, &table.source) {
        place::in_place(path, |file| write_text(path, table, fixes, file))?;
        return Ok(Outcome::default());
    }
    let names: HashMap<&str, String> =
        tables.iter().map(|table| (&*table.sheet, sheet_in_copy(tables, &table.sheet))).collect();
    let mut edits = Edits::default();
    for (location, fix) in fixes {
        let sheet = location.sheet.as_deref().unwrap_or_default();
        let name = names.get(sheet).map_or(sheet, String::as_str);
        edits.set(name, (location.row, fix.column), NewValue::Text(fix.to.clone()));
    }
    patch(path, tables, &edits, None)
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
    place::try_path(path)
}

/// A text file that is written as one again.
fn stays_text(path: &Path, source: &Source) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    source.format() == Format::Text && matches!(ending.as_str(), "csv" | "tsv")
}

fn write_text(path: &Path, table: &Table, fixes: &[(Location, Fix)], file: &mut File) -> Result<(), PatchError> {
    let failed = |error: csv::Error| place::failed(path, error.into());
    let fixed: HashMap<(u32, u32), &str> =
        fixes.iter().map(|(location, fix)| ((location.row, fix.column), fix.to.as_str())).collect();
    let mut out = BufWriter::new(file);
    out.write_all(BYTE_ORDER_MARK).map_err(|source| place::failed(path, source))?;
    let delimiter = table.source.delimiter().unwrap_or(b',');
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).flexible(true).from_writer(out);
    let mut written: Result<(), csv::Error> = Ok(());
    table.source.read(&table.sheet, &mut |block| {
        written = block.rows().try_for_each(|row| writer.write_record(cells(&row, &fixed)));
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written.map_err(failed)?;
    writer.flush().map_err(|source| place::failed(path, source))
}

/// The cells of a row as they are to be.
fn cells<'a>(row: &Row<'a>, fixed: &HashMap<(u32, u32), &'a str>) -> Vec<&'a str> {
    let number = row.number();
    let cells = row.cells().enumerate();
    cells.map(|(at, cell)| fixed.get(&(number, at as u32 + 1)).copied().unwrap_or(cell.text)).collect()
}
