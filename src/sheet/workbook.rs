//! Workbooks -> rows: XLSX by a reader of our own, the others by way of calamine.
//!
//! XLSB cells stream, so that neither a wrong size in the file nor one cell in the far corner takes
//! memory; XLS and ODS files are read as a whole, so that whoever reads a
//! large or hostile one does so in a process of its own. calamine may panic on a file made
//! to break it: every call into it is guarded, and a panic means a damaged file.
//!
//! For the tests `fixtures/small.xls` was written with xlwt 1.3.0 and `fixtures/small.ods` with odfpy
//! 1.4.1: a header in B2:D2, data in rows 4 and 5; the XLS has a hidden sheet `Codes`, the ODS ends in
//! a million repeated empty rows.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use calamine::{Error, Ods, OdsError, Reader, Sheet, SheetType, SheetVisible, Xls, XlsError, XlsbError};

use super::bytes::Stream;
use super::cells::CellWriter;
use super::chunk::Chunk;
use super::rows::RowWriter;
use super::sniff::{PASSWORD, damaged};
use super::xlsb::Xlsb;
use super::xlsx::Book;
use super::{Format, Layout, Limits, SheetError, elder};

/// An open workbook with its shared strings.
pub(super) enum Workbook {
    Xlsx(Box<Book>),
    Xlsb(Box<Xlsb>),
    Xls(Box<Xls<Stream>>),
    Ods(Box<Ods<Stream>>),
}

impl Workbook {
    /// Opens the workbook in `stream`; `None` when `format` is text.
    pub(super) fn open(
        file: &Arc<str>,
        format: Format,
        stream: Stream,
        limits: &Limits,
    ) -> Result<Option<Workbook>, SheetError> {
        Ok(Some(match format {
            Format::Xlsx => {
                let book = Book::open(stream, limits).map_err(|refusal| refusal.of(file))?;
                Workbook::Xlsx(Box::new(book))
            }
            Format::Xlsb => Workbook::Xlsb(Box::new(Xlsb::open(file, stream, limits)?)),
            Format::Xls => Workbook::Xls(Box::new(guarded(file, || Xls::new(stream))?)),
            Format::Ods => Workbook::Ods(Box::new(guarded(file, || Ods::new(stream))?)),
            Format::Text => return Ok(None),
        }))
    }

    /// The names of its worksheets in order: those that are shown, and those that are hidden.
    pub(super) fn worksheets(&self) -> (Vec<Arc<str>>, Vec<Arc<str>>) {
        let sheets = match self {
            Workbook::Xlsx(book) => return book.worksheets(),
            Workbook::Xlsb(book) => book.sheets(),
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

    /// Its days count from 1904, as far as is known before a sheet is read.
    pub(super) fn counts_from_1904(&self) -> bool {
        match self {
            Workbook::Xlsx(book) => book.counts_from_1904(),
            Workbook::Xlsb(book) => book.counts_from_1904(),
            Workbook::Xls(book) => book.has_1904_epoch(),
            // An ODS writes its days as dates.
            Workbook::Ods(_) => false,
        }
    }

    /// Hands out the rows of `sheet` in chunks, and tells what stands beside them; `file` is for messages.
    pub(super) fn cut(
        &mut self,
        file: &Arc<str>,
        sheet: &str,
        each: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
        limits: &Limits,
    ) -> Result<Layout, SheetError> {
        if let Workbook::Xlsx(book) = self {
            return book.cut(file, sheet, each).map_err(|refusal| refusal.of(file));
        }
        let each = &mut |block| each(Chunk::of_block(block));
        self.read(file, sheet, CellWriter::new(limits, RowWriter::new(each)))
    }

    /// Reads the rows of `sheet` into `rows`, and what stands beside them; `file` is for messages.
    pub(super) fn read(&mut self, file: &Arc<str>, sheet: &str, rows: CellWriter<'_>) -> Result<Layout, SheetError> {
        match self {
            Workbook::Xlsx(book) => book.read(sheet, rows).map_err(|refusal| refusal.of(file)),
            Workbook::Xlsb(book) => book.read(file, sheet, rows),
            Workbook::Xls(book) => elder::read_xls(book, file, sheet, rows),
            Workbook::Ods(book) => elder::read_ods(book, file, sheet, rows),
        }
    }
}

/// Calls calamine; its panics and errors become ours.
pub(super) fn guarded<T, E: Into<Error>>(
    file: &Arc<str>,
    call: impl FnOnce() -> Result<T, E>,
) -> Result<T, SheetError> {
    let reason = match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => match error.into() {
            Error::Xlsb(XlsbError::Password) | Error::Xls(XlsError::Password) | Error::Ods(OdsError::Password) => {
                PASSWORD.to_owned()
            }
            error => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                damaged(&cause.unwrap_or_else(|| error.to_string()))
            }
        },
        Err(_panic) => damaged("its contents contradict each other"),
    };
    Err(SheetError::Unreadable { file: Arc::clone(file), reason })
}

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
                sheet.write_with_format(0, 2, date("2026-01-02"), &day).unwrap();
                sheet.write_with_format(0, 3, date("2026-01-02T03:04:05"), &day).unwrap();
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
            "cannot read shop.csv: cell XFD1048576 has a value; a sheet may use 1000 columns (up to ALL), so clear it; \
             the limit `columns` is 1000; if the file is sound, raise it with --limit columns=VALUE",
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
}
