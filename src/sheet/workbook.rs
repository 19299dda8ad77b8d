//! Workbooks -> rows, by way of calamine.
//!
//! XLSX and XLSB cells stream, so that neither a wrong size in the file nor one cell in the far corner
//! takes memory; XLS and ODS files are small by nature and read as a whole. calamine may panic on a
//! file made to break it: every call into it is guarded, and a panic means a damaged file.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use calamine::{
    Cell, Data, DataRef, Error, Ods, OdsError, Range, Reader, Sheet, SheetType, SheetVisible, Xls, XlsError, Xlsb,
    XlsbError, Xlsx, XlsxError,
};

use super::bytes::Stream;
use super::rows::RowWriter;
use super::sniff::{PASSWORD, damaged};
use super::value::{borrowed, show};
use super::{Format, Kind, MAX_COLUMNS, SheetError};
use crate::location::column_letters;

/// The last row of a spreadsheet.
const LAST_ROW: u32 = 1_048_576;
/// The most text in one row; 1,000 cells as full as Excel allows have less.
const MAX_ROW_TEXT: usize = 128 << 20;

/// An open workbook with its shared strings.
pub(super) enum Workbook {
    Xlsx(Box<Xlsx<Stream>>),
    Xlsb(Box<Xlsb<Stream>>),
    Xls(Box<Xls<Stream>>),
    Ods(Box<Ods<Stream>>),
}

impl Workbook {
    /// Opens the workbook in `stream`; `None` when `format` is text.
    pub(super) fn open(file: &Arc<str>, format: Format, stream: Stream) -> Result<Option<Workbook>, SheetError> {
        Ok(Some(match format {
            Format::Xlsx => Workbook::Xlsx(Box::new(guarded(file, || Xlsx::new(stream))?)),
            Format::Xlsb => Workbook::Xlsb(Box::new(guarded(file, || Xlsb::new(stream))?)),
            Format::Xls => Workbook::Xls(Box::new(guarded(file, || Xls::new(stream))?)),
            Format::Ods => Workbook::Ods(Box::new(guarded(file, || Ods::new(stream))?)),
            Format::Text => return Ok(None),
        }))
    }

    /// The names of its worksheets in order: those that are shown, and those that are hidden.
    pub(super) fn worksheets(&self) -> (Vec<Arc<str>>, Vec<Arc<str>>) {
        let sheets = match self {
            Workbook::Xlsx(book) => book.sheets_metadata(),
            Workbook::Xlsb(book) => book.sheets_metadata(),
            Workbook::Xls(book) => book.sheets_metadata(),
            Workbook::Ods(book) => book.sheets_metadata(),
        };
        let (shown, hidden): (Vec<&Sheet>, Vec<&Sheet>) = sheets
            .iter()
            .filter(|sheet| sheet.typ == SheetType::WorkSheet)
            .partition(|sheet| sheet.visible == SheetVisible::Visible);
        let names = |sheets: Vec<&Sheet>| sheets.into_iter().map(|sheet| sheet.name.as_str().into()).collect();
        (names(shown), names(hidden))
    }

    /// Reads the rows of `sheet` into `writer`; `file` is for messages.
    pub(super) fn read(&mut self, file: &Arc<str>, sheet: &str, writer: RowWriter<'_>) -> Result<(), SheetError> {
        let rows = Rows { file, open: OpenRow::default(), writer };
        match self {
            Workbook::Xlsx(book) => {
                let mut cells = guarded(file, || book.worksheet_cells_reader(sheet))?;
                read_cells(rows, || guarded(file, || cells.next_cell()))
            }
            Workbook::Xlsb(book) => {
                let mut cells = guarded(file, || book.worksheet_cells_reader(sheet))?;
                read_cells(rows, || guarded(file, || cells.next_cell()))
            }
            Workbook::Xls(book) => read_range(rows, &guarded(file, || book.worksheet_range(sheet))?),
            Workbook::Ods(book) => read_range(rows, &guarded(file, || book.worksheet_range(sheet))?),
        }
    }
}

/// Calls calamine; its panics and errors become ours.
fn guarded<T, E: Into<Error>>(file: &Arc<str>, call: impl FnOnce() -> Result<T, E>) -> Result<T, SheetError> {
    let reason = match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => match error.into() {
            Error::Xlsx(XlsxError::Password)
            | Error::Xlsb(XlsbError::Password)
            | Error::Xls(XlsError::Password)
            | Error::Ods(OdsError::Password) => PASSWORD.to_owned(),
            error => damaged(&error.to_string()),
        },
        Err(_panic) => damaged("its contents contradict each other"),
    };
    Err(SheetError::Unreadable { file: Arc::clone(file), reason })
}

fn read_cells<'a>(
    mut rows: Rows<'_, '_>,
    mut next: impl FnMut() -> Result<Option<Cell<DataRef<'a>>>, SheetError>,
) -> Result<(), SheetError> {
    while let Some(cell) = next()? {
        let (row, column) = cell.get_position();
        if rows.add(row, column, cell.get_value())?.is_break() {
            return Ok(());
        }
    }
    rows.finish()
}

/// Positions in a range count from its first used cell.
fn read_range(mut rows: Rows<'_, '_>, range: &Range<Data>) -> Result<(), SheetError> {
    let (first_row, first_column) = range.start().unwrap_or_default();
    for (row, column, value) in range.used_cells() {
        let row = first_row.saturating_add(u32::try_from(row).unwrap_or(u32::MAX));
        let column = first_column.saturating_add(u32::try_from(column).unwrap_or(u32::MAX));
        if rows.add(row, column, &borrowed(value))?.is_break() {
            return Ok(());
        }
    }
    rows.finish()
}

/// The cells of one row, until the next row begins.
#[derive(Default)]
struct OpenRow {
    /// From 0.
    row: u32,
    /// Column from 0, end of its text, kind.
    cells: Vec<(u32, usize, Kind)>,
    text: String,
}

/// Puts cells together into rows.
struct Rows<'a, 'w> {
    file: &'a Arc<str>,
    open: OpenRow,
    writer: RowWriter<'w>,
}

impl Rows<'_, '_> {
    /// Adds the cell at `row` and `column`, both from 0.
    fn add(&mut self, row: u32, column: u32, value: &DataRef<'_>) -> Result<ControlFlow<()>, SheetError> {
        if row != self.open.row {
            if self.close()?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            self.open.row = row;
        }
        let start = self.open.text.len();
        let Some(kind) = show(value, &mut self.open.text) else { return Ok(ControlFlow::Continue(())) };
        if row >= LAST_ROW {
            return Err(self.limit(format!("row {} is behind row {LAST_ROW}, the last of a sheet", u64::from(row) + 1)));
        }
        if self.open.text.len() > MAX_ROW_TEXT {
            return Err(self.limit(format!("row {} holds more than 128 MiB of text; shorten it", row + 1)));
        }
        if column < MAX_COLUMNS {
            self.open.cells.push((column, self.open.text.len(), kind));
        } else if self.open.text[start..].trim().is_empty() {
            self.open.text.truncate(start);
        } else {
            return Err(self.limit(format!(
                "cell {}{} has a value; a sheet may use {MAX_COLUMNS} columns (up to {}), so clear it",
                column_letters(column.saturating_add(1)),
                row + 1,
                column_letters(MAX_COLUMNS)
            )));
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Hands the open row on; a blank one is left out.
    fn close(&mut self) -> Result<ControlFlow<()>, SheetError> {
        let OpenRow { row, cells, text } = &mut self.open;
        let mut answer = ControlFlow::Continue(());
        if !text.trim().is_empty() {
            let number = *row + 1;
            if self.writer.last_row().is_some_and(|last| last >= number) {
                return Err(self.damaged(&format!("row {number} comes too late")));
            }
            answer = self.writer.begin(number, 0);
            if answer.is_continue()
                && let Some(twice) = push_cells(cells, text, &mut self.writer)
            {
                return Err(self.damaged(&format!("cell {}{number} comes twice", column_letters(twice + 1))));
            }
        }
        self.open.cells.clear();
        self.open.text.clear();
        Ok(answer)
    }

    fn finish(mut self) -> Result<(), SheetError> {
        if self.close()?.is_continue() {
            self.writer.finish();
        }
        Ok(())
    }

    fn limit(&self, limit: String) -> SheetError {
        SheetError::Limit { file: Arc::clone(self.file), limit }
    }

    fn damaged(&self, how: &str) -> SheetError {
        SheetError::Unreadable { file: Arc::clone(self.file), reason: damaged(how) }
    }
}

/// Writes the cells in column order; answers the column, from 0, that comes twice.
fn push_cells(cells: &[(u32, usize, Kind)], text: &str, writer: &mut RowWriter<'_>) -> Option<u32> {
    let mut start = 0;
    let mut in_order: Vec<(u32, &str, Kind)> = Vec::with_capacity(cells.len());
    for &(column, end, kind) in cells {
        in_order.push((column, &text[start..end], kind));
        start = end;
    }
    if !in_order.is_sorted_by_key(|cell| cell.0) {
        in_order.sort_by_key(|cell| cell.0);
    }
    if let Some(pair) = in_order.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Some(pair[0].0);
    }
    for (column, shown, kind) in in_order {
        writer.pad(column as usize);
        writer.push(shown, kind);
    }
    None
}

/// `fixtures/small.xls` was written with xlwt 1.3.0, `fixtures/small.ods` with odfpy 1.4.1: a header in
/// B2:D2, data in rows 4 and 5; the XLS has a hidden sheet `Codes`, the ODS ends in repeated empty rows.
#[cfg(test)]
mod tests {
    use rust_xlsxwriter::{ExcelDateTime, Format as CellFormat, Formula, Workbook as Writer};

    use super::super::source::test::{dump, dump_source};
    use super::super::{Input, ReadOptions, Source};
    use super::*;

    const XLS: &[u8] = include_bytes!("fixtures/small.xls");
    const ODS: &[u8] = include_bytes!("fixtures/small.ods");

    fn workbook(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
        let mut writer = Writer::new();
        fill(writer.add_worksheet());
        writer.save_to_buffer().unwrap()
    }

    #[track_caller]
    fn check(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet), expect: &str) {
        assert_eq!(dump(&workbook(fill), "Sheet1"), expect);
    }

    fn open(bytes: &[u8]) -> Result<Source, SheetError> {
        Source::open("shop.csv", Input::Bytes(Arc::from(bytes)), &ReadOptions::default())
    }

    #[test]
    fn cells_stand_in_their_rows_and_columns() {
        check(
            |sheet| {
                sheet.write(1, 1, "sku").unwrap().write(1, 3, "price").unwrap();
                sheet.write(4, 0, "TEE\n1").unwrap().write(4, 3, 388.5).unwrap();
            },
            "2 |sku||price\n3 \n4 \n5 TEE⏎1|||n:388.5",
        );
        check(|_| {}, "");
    }

    #[test]
    fn values_show_what_a_spreadsheet_shows() {
        let day = CellFormat::new().set_num_format("dd/mm/yyyy");
        let date = |text| ExcelDateTime::parse_from_str(text).unwrap();
        check(
            |sheet| {
                sheet.write(0, 0, 4_901_234_567_894_i64).unwrap().write(0, 1, true).unwrap();
                sheet.write_with_format(0, 2, &date("2026-01-02"), &day).unwrap();
                sheet.write_with_format(0, 3, &date("2026-01-02T03:04:05"), &day).unwrap();
                sheet.write(0, 4, "0012").unwrap();
            },
            "1 n:4901234567894|b:true|d:2026-01-02|d:2026-01-02 03:04:05|0012",
        );
    }

    #[test]
    fn formulas_show_their_results_and_errors_are_errors() {
        check(
            |sheet| {
                sheet.write(0, 0, Formula::new("=1+1").set_result("2")).unwrap();
                sheet.write(0, 1, Formula::new("=NA()").set_result("#N/A")).unwrap();
                sheet.write(0, 2, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
                sheet.write(0, 3, Formula::new("=\"a\"").set_result("a")).unwrap();
            },
            "1 n:2|e:#N/A|e:#DIV/0!|a",
        );
    }

    #[test]
    fn formatted_empty_rows_cost_nothing() {
        let grey = CellFormat::new().set_background_color("#EEEEEE");
        check(
            |sheet| {
                sheet.write(0, 0, "sku").unwrap();
                for row in 1..5_000 {
                    sheet.write_blank(row, 0, &grey).unwrap();
                }
                sheet.write_blank(1_048_575, 16_383, &grey).unwrap();
            },
            "1 sku",
        );
    }

    #[test]
    fn a_value_in_the_far_corner_is_refused_at_once() {
        check(
            |sheet| {
                sheet.write(0, 0, "sku").unwrap().write(1_048_575, 16_383, "x").unwrap();
            },
            "cannot read shop.csv: cell XFD1048576 has a value; a sheet may use 1000 columns (up to ALL), so clear it",
        );
    }

    #[test]
    fn hidden_sheets_and_charts_are_not_offered() {
        let mut writer = Writer::new();
        writer.add_worksheet().set_name("Help").unwrap();
        writer.add_worksheet().set_name("Codes").unwrap().set_hidden(true).write(0, 0, "x").unwrap();
        writer.add_worksheet().set_name("Secret").unwrap().set_very_hidden(true);
        let mut chart = rust_xlsxwriter::Chart::new(rust_xlsxwriter::ChartType::Bar);
        chart.add_series().set_values("Help!$A$1:$A$2");
        writer.add_chartsheet().insert_chart(0, 0, &chart).unwrap();
        writer.add_worksheet().set_name("สินค้า").unwrap();
        let source = open(&writer.save_to_buffer().unwrap()).unwrap();
        assert_eq!(source.format(), Format::Xlsx);
        assert_eq!(source.sheets().iter().map(|name| &**name).collect::<Vec<_>>(), ["Help", "สินค้า"]);
        assert_eq!(source.hidden_sheets().iter().map(|name| &**name).collect::<Vec<_>>(), ["Codes", "Secret"]);
        assert_eq!(dump_source(&source, "Codes"), "1 x");
        assert_eq!(dump_source(&source, "Chart1"), "shop.csv has no sheet `Chart1`; it has Help, สินค้า");
    }

    #[test]
    fn reading_twice_and_after_a_failure_gives_the_same() {
        let bytes = workbook(|sheet| {
            sheet.write(0, 0, "sku").unwrap().write(1, 2_000, "x").unwrap();
        });
        let source = open(&bytes).unwrap();
        let first = dump_source(&source, "Sheet1");
        assert!(first.contains("cell BXY2 has a value"), "{first}");
        assert_eq!(dump_source(&source, "Sheet1"), first);
        let source = open(&workbook(|sheet| _ = sheet.write(0, 0, "sku").unwrap())).unwrap();
        assert_eq!(dump_source(&source, "Sheet1"), "1 sku");
        assert_eq!(dump_source(&source, "Sheet1"), "1 sku");
    }

    #[test]
    fn an_xls_is_read() {
        let source = open(XLS).unwrap();
        assert_eq!((source.format(), source.sheets().len()), (Format::Xls, 1));
        assert_eq!(source.hidden_sheets().iter().map(|name| &**name).collect::<Vec<_>>(), ["Codes"]);
        assert_eq!(
            dump_source(&source, "Products"),
            "2 |sku|price|from\n3 \n4 |TEE-1|n:388.5|d:2026-01-02\n5 |n:4901234567894|b:true|e:#N/A"
        );
    }

    #[test]
    fn an_ods_is_read() {
        let source = open(ODS).unwrap();
        assert_eq!(source.format(), Format::Ods);
        assert_eq!(
            dump_source(&source, "Products"),
            "2 |sku|price|from\n3 \n4 |TEE-1|n:388.5|d:2026-01-02\n5 |n:4901234567894|b:true|a"
        );
    }

    #[test]
    fn a_cut_workbook_is_damaged() {
        let xlsx = workbook(|sheet| _ = sheet.write(0, 0, "sku").unwrap());
        for bytes in [&xlsx[..xlsx.len() - 30], &xlsx[..xlsx.len() / 2], &XLS[..1024]] {
            let found = dump(bytes, "Sheet1");
            assert!(found.starts_with("cannot read shop.csv: is damaged ("), "{found}");
            assert!(found.ends_with("); open it in Excel and save it again"), "{found}");
        }
    }

    #[test]
    fn no_broken_byte_makes_it_panic() {
        let xlsx = workbook(|sheet| _ = sheet.write(0, 0, "sku").unwrap());
        for workbook in [xlsx.as_slice(), ODS, XLS] {
            for at in (0..workbook.len()).step_by(workbook.len() / 97) {
                let mut broken = workbook.to_vec();
                broken[at] ^= 0x5a;
                let _either_way = dump(&broken, "Products");
            }
        }
    }

    #[test]
    fn a_panic_inside_the_reader_is_damage() {
        let file: Arc<str> = "shop.xls".into();
        let found: Result<(), SheetError> = guarded(&file, || -> Result<(), XlsError> { panic!("broken") });
        assert!(found.unwrap_err().to_string().contains("is damaged (its contents contradict each other)"));
    }

    #[test]
    fn a_password_is_asked_away_by_its_name() {
        let file: Arc<str> = "shop.xls".into();
        let found: Result<(), SheetError> = guarded(&file, || Err(XlsError::Password));
        assert!(found.unwrap_err().to_string().contains("is password-protected; open it in Excel"));
    }

    #[track_caller]
    fn check_cells(cells: &[(u32, u32, &str)], expect: &str) {
        let file: Arc<str> = "shop.xlsx".into();
        let mut rows = Vec::new();
        let mut each = |block: super::super::Block| {
            rows.extend(block.rows().map(|row| row.cells().map(|cell| cell.text.to_owned()).collect::<Vec<_>>()));
            ControlFlow::Continue(())
        };
        let open = Rows { file: &file, open: OpenRow::default(), writer: RowWriter::new(&mut each) };
        let mut cells = cells.iter().map(|&(row, column, text)| Cell::new((row, column), DataRef::SharedString(text)));
        let found = match read_cells(open, || Ok(cells.next())) {
            Ok(()) => rows.iter().map(|row| row.join("|")).collect::<Vec<_>>().join(" / "),
            Err(error) => error.to_string(),
        };
        assert!(found.contains(expect), "{found}");
    }

    #[test]
    fn cells_out_of_order_are_put_in_order() {
        check_cells(&[(0, 2, "c"), (0, 0, "a"), (1, 1, "b")], "a||c / |b");
    }

    #[test]
    fn rows_and_cells_that_come_twice_are_damage() {
        check_cells(&[(0, 0, "a"), (0, 0, "b")], "is damaged (cell A1 comes twice)");
        check_cells(&[(1, 0, "a"), (0, 0, "b")], "is damaged (row 1 comes too late)");
        check_cells(&[(u32::MAX, 0, "a")], "row 4294967296 is behind row 1048576");
    }

    #[test]
    fn a_range_that_begins_inside_the_sheet_keeps_its_places() {
        let cells = vec![Cell::new((2, 3), Data::Float(1.5)), Cell::new((3, 4), Data::String("x".into()))];
        let file: Arc<str> = "shop.xls".into();
        let mut rows = Vec::new();
        let mut each = |block: super::super::Block| {
            rows.extend(block.rows().map(|row| (row.number(), row.width())));
            ControlFlow::Continue(())
        };
        let open = Rows { file: &file, open: OpenRow::default(), writer: RowWriter::new(&mut each) };
        read_range(open, &Range::from_sparse(cells)).unwrap();
        assert_eq!(rows, [(3, 4), (4, 5)]);
    }
}
