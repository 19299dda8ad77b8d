//! The sheets of XLS and ODS workbooks -> rows.
//!
//! calamine tells values and formulas separately. A formula without a value, which no program has computed
//! yet, is shown as the formula, so that it is not taken for a blank cell. XLS tells merged cells too; hidden
//! rows and columns are told by none.

use std::io::{self, Read};
use std::iter::Peekable;
use std::ops::ControlFlow;
use std::sync::Arc;

use calamine::{Data, Dimensions, Ods, Range, Reader, Xls};
use zip::ZipArchive;

use super::archive::{MOST_MEDIA, is_media};
use super::bytes::Stream;
use super::cells::CellWriter;
use super::limits::raise;
use super::sniff::Refusal;
use super::value::borrowed;
use super::workbook::guarded;
use super::{Area, Format, Layout, Limits, SheetError};

/// As much of one formula is shown as Excel allows.
const MAX_FORMULA: usize = 8_192;

/// Up to this size a part may be packed as tightly as it likes.
const SMALL_PART: u64 = 16 << 20;

/// LibreOffice writes sound ODS files whose contents are more than 200 times as large as they are packed.
const ODS_RATIO: u64 = 1_000;

/// Refuses an archive that unpacks to far more than it holds, before a reader unpacks it: calamine does not
/// look. What the archive says of its sizes is not believed.
pub(super) fn refuse_bomb(file: &Arc<str>, format: Format, stream: Stream, limits: &Limits) -> Result<(), SheetError> {
    if !matches!(format, Format::Xlsb | Format::Ods) {
        return Ok(());
    }
    match guarded(file, || passed_limit(format, stream, limits))? {
        Some(limit) => Err(SheetError::Limit { file: Arc::clone(file), limit }),
        None => Ok(()),
    }
}

fn passed_limit(format: Format, stream: Stream, limits: &Limits) -> io::Result<Option<String>> {
    // What is damaged is told by its reader.
    let Ok(mut archive) = ZipArchive::new(stream) else { return Ok(None) };
    let media = archive.file_names().filter(|name| name.as_ref().is_ok_and(|name| is_media(name))).count() as u64;
    let parts = archive.len() as u64 - media;
    if parts > limits.entries || media > limits.entries.max(MOST_MEDIA) {
        return Ok(Some(format!("it has {} parts; {}", archive.len(), raise("entries", limits.entries))));
    }
    let ratio = if format == Format::Ods { limits.ratio.max(ODS_RATIO) } else { limits.ratio };
    for index in 0..archive.len() {
        let Ok(part) = archive.by_index(index) else { continue };
        let name = String::from_utf8_lossy(part.name_raw()).into_owned();
        let allowed = part.compressed_size().saturating_mul(ratio).max(SMALL_PART);
        let unpacked = io::copy(&mut part.take(allowed.saturating_add(1)), &mut io::sink()).unwrap_or_default();
        if unpacked > allowed {
            let raise = raise("ratio", ratio);
            return Ok(Some(format!("its part {name} unpacks to more than {} MiB; {raise}", allowed >> 20)));
        }
    }
    Ok(None)
}

/// Reads a sheet of an XLS.
pub(super) fn read_xls(
    book: &mut Xls<Stream>,
    file: &Arc<str>,
    sheet: &str,
    rows: CellWriter<'_>,
) -> Result<Layout, SheetError> {
    let range = guarded(file, || book.worksheet_range(sheet))?;
    let formulas = guarded(file, || book.worksheet_formula(sheet))?;
    let merged = guarded(file, || book.merge_cells_by_sheet_name(sheet))?;
    let formulas = read_range(rows, Format::Xls, &range, &formulas).map_err(|refusal| refusal.of(file))?;
    Ok(Layout { merged: merged.iter().map(area).collect(), formulas, ..Layout::default() })
}

/// Reads a sheet of an ODS.
pub(super) fn read_ods(
    book: &mut Ods<Stream>,
    file: &Arc<str>,
    sheet: &str,
    rows: CellWriter<'_>,
) -> Result<Layout, SheetError> {
    let range = guarded(file, || book.worksheet_range(sheet))?;
    let formulas = guarded(file, || book.worksheet_formula(sheet))?;
    let formulas = read_range(rows, Format::Ods, &range, &formulas).map_err(|refusal| refusal.of(file))?;
    Ok(Layout { formulas, ..Layout::default() })
}

/// A formula and its place, from 0.
struct Formula {
    row: u32,
    column: u32,
    text: String,
}

/// Adds the formulas that come next, as long as `is_wanted`: none of them has a value.
fn add_formulas<'a>(
    rows: &mut CellWriter<'_>,
    pending: &mut Peekable<impl Iterator<Item = &'a Formula>>,
    is_wanted: impl Fn(&Formula) -> bool,
) -> Result<ControlFlow<()>, Refusal> {
    while let Some(formula) = pending.next_if(|formula| is_wanted(formula)) {
        if rows.add_formula(formula.row, formula.column, &shown(&formula.text))?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Hands out values, and formulas where there is no value; answers how many formulas have one. Positions in
/// a range count from its first used cell.
fn read_range(
    mut rows: CellWriter<'_>,
    format: Format,
    range: &Range<Data>,
    formulas: &Range<String>,
) -> Result<u64, Refusal> {
    let mut computed = 0;
    let mut without_value = Vec::new();
    for (row, column, text) in used(formulas) {
        if range.get_value((row, column)).is_some_and(|value| *value != Data::Empty) {
            computed += 1;
        } else {
            without_value.push(Formula { row, column, text: text.clone() });
        }
    }
    // The reader tells no empty text of an ODS from a missing value. A program that computes one formula computes
    // them all, so that those without a value came to nothing.
    if format == Format::Ods && computed > 0 {
        without_value.clear();
    }
    let mut pending = without_value.iter().peekable();
    for (row, column, value) in used(range) {
        if add_formulas(&mut rows, &mut pending, |formula| formula.row <= row)?.is_break()
            || rows.add(row, column, &borrowed(value))?.is_break()
        {
            return Ok(computed);
        }
    }
    if add_formulas(&mut rows, &mut pending, |_| true)?.is_continue() {
        rows.finish()?;
    }
    Ok(computed)
}

/// The cells that hold something, with their places in the sheet.
fn used<T: calamine::CellType>(range: &Range<T>) -> impl Iterator<Item = (u32, u32, &T)> {
    let (first_row, first_column) = range.start().unwrap_or_default();
    let place = |first: u32, by: usize| first.saturating_add(u32::try_from(by).unwrap_or(u32::MAX));
    range.used_cells().map(move |(row, column, value)| (place(first_row, row), place(first_column, column), value))
}

/// With one `=` in front, and without the name of its language, which an ODS writes: `of:=A1`.
fn shown(formula: &str) -> String {
    let bare = match formula.split_once('=') {
        Some((language, bare)) if language.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b':') => {
            if language.is_empty() || language.ends_with(':') {
                bare
            } else {
                formula
            }
        }
        _ => formula,
    };
    "=".chars().chain(bare.chars().take(MAX_FORMULA)).collect()
}

/// Counted from 1.
fn area(merged: &Dimensions) -> Area {
    Area {
        first_row: merged.start.0.saturating_add(1),
        last_row: merged.end.0.saturating_add(1),
        first_column: merged.start.1.saturating_add(1),
        last_column: merged.end.1.saturating_add(1),
    }
}

#[cfg(test)]
mod tests {
    use calamine::Cell;

    use super::super::Block;
    use super::super::rows::RowWriter;
    use super::*;

    #[track_caller]
    fn check(values: &[(u32, u32, Data)], formulas: &[(u32, u32, &str)], expect: &str) {
        check_in(Format::Xls, values, formulas, expect);
    }

    #[track_caller]
    fn check_in(format: Format, values: &[(u32, u32, Data)], formulas: &[(u32, u32, &str)], expect: &str) {
        let mut found = Vec::new();
        let mut each = |block: Block| {
            for row in block.rows() {
                let cells: Vec<String> = row.cells().map(|cell| format!("{:?}:{}", cell.kind, cell.text)).collect();
                found.push(format!("{} {}", row.number(), cells.join("|").replace("Text:", "")));
            }
            ControlFlow::Continue(())
        };
        let rows = CellWriter::new(&Limits::default(), RowWriter::new(&mut each));
        let values = values.iter().map(|(row, column, value)| Cell::new((*row, *column), value.clone()));
        let formulas = formulas.iter().map(|(row, column, text)| Cell::new((*row, *column), (*text).to_owned()));
        let (values, formulas) = (Range::from_sparse(values.collect()), Range::from_sparse(formulas.collect()));
        let computed = read_range(rows, format, &values, &formulas).unwrap();
        assert_eq!(format!("{}; {computed}", found.join(" / ")), expect);
    }

    #[test]
    fn a_range_that_begins_inside_the_sheet_keeps_its_places() {
        check(&[(2, 3, Data::Float(1.5)), (3, 4, Data::String("x".into()))], &[], "3 |||Number:1.5 / 4 ||||x; 0");
    }

    #[test]
    fn a_formula_shows_its_value_and_itself_where_it_has_none() {
        let text = |text: &str| Data::String(text.into());
        check(&[(1, 0, text("a")), (1, 1, text("b"))], &[(1, 1, "A1")], "2 a|b; 1");
        check(
            &[(1, 1, text("b"))],
            &[(0, 0, "C9"), (1, 0, "of:=[.A1]=1"), (3, 2, "=D1")],
            "1 Formula:=C9 / 2 Formula:=[.A1]=1|b / 3  / 4 ||Formula:=D1; 0",
        );
        // Computed, to nothing.
        check(&[(0, 0, text("a")), (0, 1, text(""))], &[(0, 1, "A1")], "1 a|; 1");
        check(&[], &[(0, 0, "A1=B1")], "1 Formula:=A1=B1; 0");
    }

    #[test]
    fn an_ods_formula_without_a_value_is_nothing_where_others_have_one() {
        let values = [(0, 0, Data::String("a".into())), (0, 2, Data::Float(2.0))];
        check_in(Format::Ods, &values, &[(0, 1, "of:=[.B9]"), (0, 2, "of:=1+1")], "1 a||Number:2; 1");
        check_in(Format::Ods, &values, &[(0, 1, "of:=[.B9]")], "1 a|Formula:=[.B9]|Number:2; 0");
    }
}
