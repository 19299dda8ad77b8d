//! Our reader of XLSX beside calamine's: over the same bytes, sound or broken, both say the same.
//!
//! They differ where ours means to: numbers of more than 15 digits, formulas without a value, pictures, dates
//! before March 1900, and whatever one of them refuses.

use std::io::{Cursor, Read, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use calamine::{Data, Reader, Xlsx};
use proptest::collection::vec;
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use skuload::sheet::{Block, Format as FileFormat, Input, Kind, ReadOptions, SheetError, Source};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

type Cells = Vec<((u32, u32), String, Kind)>;

/// Every cell that is not blank, by our reader: places from 0. It reads one row after the other, and in chunks, and
/// finds the same.
fn ours(source: &Source, sheet: &str) -> Result<Cells, SheetError> {
    let (mut cells, mut in_chunks) = (Vec::new(), Vec::new());
    let read = source.read(sheet, &mut |block| {
        push(&block, &mut cells);
        ControlFlow::Continue(())
    });
    let mut is_broken = false;
    let cut = source.chunks(sheet, None, &mut |chunk| match chunk.block() {
        Ok(block) => {
            push(&block, &mut in_chunks);
            ControlFlow::Continue(())
        }
        Err(_) => {
            is_broken = true;
            ControlFlow::Break(())
        }
    });
    assert_eq!(read.is_err(), cut.is_err() || is_broken, "{read:?}, in chunks {cut:?}");
    read?;
    assert!(cells == in_chunks, "{} cells, in chunks {}", cells.len(), in_chunks.len());
    Ok(cells)
}

fn push(block: &Block, cells: &mut Cells) {
    for row in block.rows() {
        for (column, cell) in row.cells().enumerate().filter(|(_, cell)| !cell.is_blank()) {
            cells.push(((row.number() - 1, column as u32), cell.text.to_owned(), cell.kind));
        }
    }
}

fn open(bytes: &[u8]) -> Result<Source, SheetError> {
    Source::open("shop.xlsx", Input::Bytes(Arc::from(bytes)), &ReadOptions::default())
}

/// The same by calamine, which may panic; `None` where it cannot read the sheet.
fn theirs(bytes: &[u8], sheet: &str) -> Option<Vec<((u32, u32), Data)>> {
    let read = || {
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).ok()?;
        let mut reader = book.worksheet_cells_reader(sheet).ok()?;
        let mut cells = Vec::new();
        while let Some(cell) = reader.next_cell().ok()? {
            cells.push((cell.get_position(), Data::from(cell.get_value().clone())));
        }
        Some(cells)
    };
    std::panic::catch_unwind(read).ok().flatten()
}

/// The parts promise no more than they hold: calamine believes every promise.
fn is_safe_for_calamine(bytes: &[u8]) -> bool {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return false };
    let Ok(part) = archive.by_name("xl/sharedStrings.xml") else { return true };
    let mut text = String::new();
    let read = part.take(1 << 20).read_to_string(&mut text);
    let count = text.split("uniqueCount=\"").nth(1).and_then(|rest| rest.split('"').next());
    read.is_ok() && count.is_none_or(|count| count.parse::<u32>().is_ok_and(|count| count < 100_000))
}

/// What calamine read is what we show.
fn agrees(text: &str, kind: Kind, data: &Data) -> bool {
    match (kind, data) {
        (Kind::Text, Data::String(theirs)) => text == theirs,
        (Kind::Bool, Data::Bool(theirs)) => text == theirs.to_string(),
        (Kind::Error, Data::Error(theirs)) => text == theirs.to_string(),
        (Kind::Error, Data::Float(theirs)) => text == "#NUM!" && !theirs.is_finite(),
        (Kind::Number, Data::Float(theirs)) => is_close(text, *theirs),
        (Kind::Number, Data::Int(theirs)) => text == theirs.to_string(),
        (Kind::Number, Data::DateTime(theirs)) => is_close(text, theirs.as_f64()),
        (Kind::Date, Data::DateTime(theirs)) => theirs.as_f64() < 61.0 || is_date(text, theirs),
        (Kind::Date | Kind::Text, Data::DateTimeIso(_)) => true,
        (Kind::Formula | Kind::Picture, _) => true,
        _ => false,
    }
}

fn is_close(text: &str, theirs: f64) -> bool {
    text.parse::<f64>().is_ok_and(|ours| (ours - theirs).abs() <= theirs.abs() * 1e-14)
}

fn is_date(text: &str, theirs: &calamine::ExcelDateTime) -> bool {
    let (year, month, day, hour, minute, second, milli) = theirs.to_ymd_hms_milli();
    let seconds = u32::from(hour) * 3_600 + u32::from(minute) * 60 + u32::from(second);
    // Ours is rounded to the second, and may be the next day's first.
    let is_day = text.starts_with(&format!("{year:04}-{month:02}-{day:02}"));
    is_day || (seconds == 86_399 && milli >= 499)
}

/// Reads `bytes` both ways; where both can, the sheets must be the same. Answers how many cells were compared.
#[track_caller]
fn compare(bytes: &[u8]) -> usize {
    let mut compared = 0;
    let Ok(source) = open(bytes) else { return 0 };
    if source.format() != FileFormat::Xlsx {
        return 0;
    }
    for sheet in source.sheets() {
        let Ok(ours) = ours(&source, sheet) else { continue };
        if !is_safe_for_calamine(bytes) {
            continue;
        }
        let Some(theirs) = theirs(bytes, sheet) else { continue };
        let is_filled = |data: &Data| match data {
            Data::Empty => false,
            Data::String(text) => !text.trim().is_empty(),
            _ => true,
        };
        let mut theirs: Vec<_> = theirs.into_iter().filter(|(_, data)| is_filled(data)).collect();
        theirs.sort_by_key(|(place, _)| *place);
        for (place, text, kind) in &ours {
            let data = theirs.binary_search_by_key(place, |(at, _)| *at).ok().map(|at| &theirs[at].1);
            let is_uncomputed = matches!(kind, Kind::Formula | Kind::Picture);
            let is_same = data.map_or(is_uncomputed, |data| agrees(text, *kind, data));
            assert!(is_same, "{sheet} {place:?}: ours {kind:?} {text:?}, theirs {data:?}");
        }
        let missed = theirs.iter().find(|(place, _)| ours.binary_search_by_key(place, |(at, ..)| *at).is_err());
        assert!(missed.is_none(), "{sheet}: only theirs has {missed:?}");
        compared += ours.len();
    }
    compared
}

#[derive(Debug, Clone)]
enum Value {
    Number(f64),
    Whole(i64),
    Text(String),
    Bool(bool),
    Date(u32),
    Result(String),
    Error(&'static str),
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::Number),
        (-1e7..1e7_f64).prop_map(|number| Value::Number((number * 100.0).round() / 100.0)),
        (-9_999_999_999_999_i64..9_999_999_999_999).prop_map(Value::Whole),
        "[ -~\t\n\r\u{e01}-\u{e30}\u{a0}&<>_xX0-9A-F\u{1f600}]{0,30}".prop_map(Value::Text),
        "(_x[0-9A-F]{4}_|[a-z _]){0,6}".prop_map(Value::Text),
        any::<bool>().prop_map(Value::Bool),
        (0..5_000_000_u32).prop_map(Value::Date),
        "[a-z<&\" ]{1,8}".prop_map(Value::Result),
        prop_oneof![Just("#N/A"), Just("#DIV/0!"), Just("#VALUE!"), Just("#REF!")].prop_map(Value::Error),
    ]
}

/// A workbook with these cells, its texts shared or in their cells.
fn workbook(rows: &[Vec<(u16, Value)>], is_inline: bool) -> Vec<u8> {
    let mut writer = Workbook::new();
    let sheet = if is_inline { writer.add_worksheet_with_constant_memory() } else { Ok(writer.add_worksheet()) };
    let sheet = sheet.expect("a worksheet");
    let day = Format::new().set_num_format("dd/mm/yyyy hh:mm");
    for (row, cells) in rows.iter().enumerate() {
        for (column, value) in cells {
            let (row, column) = (row as u32, *column);
            let written = match value {
                Value::Number(number) => sheet.write_number(row, column, *number),
                Value::Whole(number) => sheet.write_number(row, column, *number as f64),
                Value::Text(text) => sheet.write_string(row, column, text),
                Value::Bool(truth) => sheet.write_boolean(row, column, *truth),
                Value::Date(minutes) => {
                    let date = ExcelDateTime::from_serial_datetime(f64::from(*minutes) / 1_440.0).expect("a date");
                    sheet.write_datetime_with_format(row, column, &date, &day)
                }
                Value::Result(text) => sheet.write_formula(row, column, Formula::new("=A1&\"x\"").set_result(text)),
                Value::Error(text) => sheet.write_formula(row, column, Formula::new("=NA()").set_result(*text)),
            };
            written.expect("a cell is written");
        }
    }
    writer.save_to_buffer().expect("a workbook")
}

/// The archive with the bytes of one part changed by `change`.
fn with_part(bytes: &[u8], name: &str, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut change = Some(change);
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).expect("a part");
        let part_name = part.name().expect("its name").into_owned();
        let mut content = Vec::new();
        part.read_to_end(&mut content).expect("its content");
        if let Some(change) = change.take_if(|_| part_name == name) {
            change(&mut content);
        }
        writer.start_file(part_name, SimpleFileOptions::default()).expect("a part");
        writer.write_all(&content).expect("its content");
    }
    writer.finish().expect("an archive").into_inner()
}

fn rows() -> impl Strategy<Value = Vec<Vec<(u16, Value)>>> {
    let cell = |column: u16| value().prop_map(move |value| (column, value));
    vec((cell(0), cell(2), cell(3)).prop_map(|(a, b, c)| vec![a, b, c]), 1..12)
}

const PARTS: [&str; 5] = [
    "xl/worksheets/sheet1.xml",
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sound_workbooks_are_read_alike(rows in rows(), is_inline: bool) {
        let bytes = workbook(&rows, is_inline);
        let source = open(&bytes).expect("a sound workbook");
        let cells = ours(&source, "Sheet1").expect("a sound sheet");
        prop_assert_eq!(compare(&bytes), cells.len());
    }

    #[test]
    fn broken_archives_are_read_alike_or_refused(
        rows in rows(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = workbook(&rows, false);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        compare(&bytes);
    }

    #[test]
    fn broken_parts_are_read_alike_or_refused(
        rows in rows(),
        part in 0..PARTS.len(),
        changes in vec((any::<prop::sample::Index>(), "[<>/\"'=&;a-z0-9A-Z :]{0,3}", 0..4_usize), 1..4),
    ) {
        let bytes = with_part(&workbook(&rows, false), PARTS[part], |content| {
            for (at, put, gone) in &changes {
                let at = at.index(content.len().max(1)).min(content.len());
                let end = (at + gone).min(content.len());
                content.splice(at..end, put.bytes());
            }
        });
        read_or_refused(&bytes);
    }
}

/// Ours gives rows or an error. (What is broken in the XML is understood in more ways than one.)
fn read_or_refused(bytes: &[u8]) {
    if let Ok(source) = open(bytes) {
        for sheet in source.sheets() {
            let _either_way = ours(&source, sheet);
        }
    }
}

/// Large enough for many chunks.
fn many_rows() -> Vec<Vec<(u16, Value)>> {
    let row = |number: u32| {
        vec![
            (0, Value::Text(format!("TEE-{number} \"<ก>\" {}", "x".repeat((number % 97) as usize)))),
            (1, Value::Whole(i64::from(number))),
            (3, Value::Result(format!("name {number}"))),
            (5, Value::Date(20_000_000 + number)),
        ]
    };
    (0..12_000).map(|number| if number % 11 == 3 { Vec::new() } else { row(number) }).collect()
}

#[test]
fn a_large_workbook_is_read_alike() {
    for is_inline in [false, true] {
        assert_eq!(compare(&workbook(&many_rows(), is_inline)), 43_636);
    }
}

/// The `csv` crate beside our reader, which counts empty lines as rows and reads in chunks as well.
#[test]
fn a_large_text_is_read_as_the_csv_crate_reads_it() {
    let mut text = "sku,name,note\n".to_owned();
    for number in 0..30_000_u32 {
        text.push_str(&match number % 7 {
            0 => format!("A{number},\"5\"\" pipe, long\",x\r\n"),
            1 => format!("A{number},\"two\nlines\",5\" pipe\n"),
            2 => format!("\n\"A{number}\",\"\",\n"),
            3 => format!("A{number},ราคา {},\n", "y".repeat((number % 61) as usize)),
            _ => format!("A{number}, b ,\"c\"\n"),
        });
    }
    let source = open(text.as_bytes()).expect("a text");
    let cells = ours(&source, "").expect("its rows");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let records = reader.records().map(|record| record.expect("a record"));
    let theirs = records.flat_map(|record| record.iter().map(str::to_owned).collect::<Vec<_>>());
    assert!(cells.iter().map(|(_, text, _)| text.clone()).eq(theirs.filter(|text| !text.trim().is_empty())));
}

#[test]
fn workbooks_of_other_programs_are_read_alike() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/workbooks");
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|ending| ending == "xlsx" || ending == "xlsm") {
            compare(&std::fs::read(&path).expect("a workbook"));
        }
    }
}

#[test]
fn the_samples_are_read_alike() {
    for name in ["samples/catalogue.xlsx", "samples/broken.xlsx", "templates/products.xlsx"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let compared = compare(&std::fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}")));
        assert!(compared > 10, "{name}: {compared}");
    }
}
