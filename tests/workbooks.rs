//! Workbooks as real programs write them: one logical sheet, and every cell of it reads as it was meant.
//!
//! `tests/fixtures/workbooks/` holds the files, what they hold (`expected.json`) and the scripts that wrote them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use calamine::{Data, Reader};
use rust_xlsxwriter::{ExcelDateTime, Format as Look, Formula, Url, Workbook};
use serde::Deserialize;
use skuload::location::column_letters;
use skuload::sheet::{Area, Filling, Format, Input, Kind, Layout, ReadOptions, Source};

/// `expected.json`.
#[derive(Deserialize)]
struct Expected {
    sheet: String,
    hidden_sheet: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    formats: BTreeMap<String, String>,
    digits: BTreeMap<String, u8>,
    formulas: BTreeMap<String, String>,
    rich: BTreeMap<String, [String; 3]>,
    links: BTreeMap<String, String>,
    hidden_rows: Vec<u32>,
    hidden_columns: Vec<String>,
    writers: BTreeMap<String, Exceptions>,
}

/// What one program writes in its own way.
#[derive(Default, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Exceptions {
    /// Why, for each of the others.
    why: Vec<String>,
    /// Cells that read otherwise.
    cells: BTreeMap<String, String>,
    /// How many formulas have a value; all of the formula column by default.
    formulas: Option<u64>,
    /// What the file does not hold, so that nobody can read it: `links`, `hidden-rows`, `hidden-columns`.
    lacks: BTreeSet<String>,
    /// Cells in which calamine is known to be wrong or to know nothing.
    calamine_differs: Vec<String>,
}

impl Expected {
    fn read() -> Expected {
        let text = fs::read_to_string(folder().join("expected.json")).expect("expected.json");
        serde_json::from_str(&text).expect("expected.json is sound")
    }

    fn own(&self, name: &str) -> Exceptions {
        let own = self.writers.get(name).cloned().unwrap_or_default();
        assert!(!own.why.is_empty() || own == Exceptions::default(), "{name} has exceptions without a reason");
        own
    }

    /// Every cell by its place, blank ones left out.
    fn cells(&self, own: &Exceptions) -> BTreeMap<(u32, u32), String> {
        let rows = std::iter::once(&self.header).chain(&self.rows);
        let mut cells = BTreeMap::new();
        for (row, texts) in (1..).zip(rows) {
            for (column, text) in (1..).zip(texts) {
                let place = format!("{}{row}", column_letters(column));
                let text = own.cells.get(&place).unwrap_or(text);
                cells.insert((row, column), text.clone());
            }
        }
        cells.retain(|_, text| !text.is_empty());
        cells
    }

    /// What the sheet says beside its cells.
    fn layout(&self, own: &Exceptions) -> Layout {
        let unless = |what: &str| !own.lacks.contains(what);
        let links = self.links.iter().filter(|_| unless("links"));
        let columns = self.hidden_columns.iter().filter(|_| unless("hidden-columns"));
        Layout {
            merged: vec![Area { first_row: 2, last_row: 4, first_column: 5, last_column: 5 }],
            links: links.map(|(place, target)| (place_of(place), target.as_str().into())).collect(),
            pictures: Vec::new(),
            hidden_columns: columns.map(|letters| column_of(letters)).collect(),
            formulas: 0,
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/workbooks")
}

fn column_of(letters: &str) -> u32 {
    letters.bytes().fold(0, |sum, letter| sum * 26 + u32::from(letter - b'A') + 1)
}

/// Row and column of `B12`.
fn place_of(place: &str) -> (u32, u32) {
    let at = place.find(|c: char| c.is_ascii_digit()).expect("a row");
    (place[at..].parse().expect("a row"), column_of(&place[..at]))
}

/// What a file holds, as it was read.
struct Found {
    source: Source,
    cells: BTreeMap<(u32, u32), String>,
    digits: BTreeMap<(u32, u32), u8>,
    hidden_rows: Vec<u32>,
    layout: Layout,
}

/// A cell as `expected.json` writes it.
fn shown(text: &str, kind: Kind) -> String {
    let mark = match kind {
        Kind::Text => "",
        Kind::Number => "n:",
        Kind::Date => "d:",
        Kind::Bool => "b:",
        Kind::Error => "e:",
        Kind::Formula => "f:",
        Kind::Picture => "p:",
    };
    format!("{mark}{text}")
}

fn read(name: &str, bytes: &[u8], sheet: &str) -> Found {
    let source = Source::open(name, Input::Bytes(bytes.into()), &ReadOptions::default()).expect("it opens");
    let (mut cells, mut digits, mut hidden_rows) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    let layout = source
        .read(sheet, &mut |block| {
            for row in block.rows() {
                hidden_rows.extend(row.is_hidden().then(|| row.number()));
                for (column, cell) in (1..).zip(row.cells()).filter(|(_, cell)| !cell.text.is_empty()) {
                    cells.insert((row.number(), column), shown(cell.text, cell.kind));
                    digits.extend((cell.digits > 0).then_some(((row.number(), column), cell.digits)));
                }
            }
            ControlFlow::Continue(())
        })
        .expect("the sheet is read");
    Found { source, cells, digits, hidden_rows, layout }
}

/// Every difference between what should be there and what is.
fn differences<T: PartialEq + std::fmt::Debug>(
    expected: &BTreeMap<(u32, u32), T>,
    found: &BTreeMap<(u32, u32), T>,
) -> Vec<String> {
    let places: BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    let differ = places.into_iter().filter(|place| expected.get(place) != found.get(place));
    let line = |place: &(u32, u32)| {
        let cell = format!("{}{}", column_letters(place.1), place.0);
        format!("  {cell}: expected {:?}, found {:?}", expected.get(place), found.get(place))
    };
    differ.map(line).collect()
}

#[track_caller]
fn none(name: &str, differences: &[String]) {
    let first: Vec<&str> = differences.iter().take(20).map(String::as_str).collect();
    assert!(differences.is_empty(), "{name}, {} cells:\n{}", differences.len(), first.join("\n"));
}

fn bytes_of(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).expect("a workbook")
}

/// Cells, sheets and, where the reader knows it, everything beside them.
#[track_caller]
fn reads(name: &str, bytes: &[u8]) {
    let expected = Expected::read();
    let own = expected.own(name);
    let found = read(name, bytes, &expected.sheet);
    assert_eq!(found.source.sheets(), [expected.sheet.as_str().into()], "{name}");
    assert_eq!(found.source.hidden_sheets(), [expected.hidden_sheet.as_str().into()], "{name}");
    none(name, &differences(&expected.cells(&own), &found.cells));
    if found.source.format() != Format::Xlsx {
        // The readers of the old and the open formats know cells, and neither formats nor layout.
        return;
    }
    let mut digits = BTreeMap::new();
    for (letters, count) in &expected.digits {
        digits.extend((2..=9).map(|row| ((row, column_of(letters)), *count)));
    }
    let found_there: BTreeMap<_, _> =
        found.digits.iter().filter(|(place, _)| digits.contains_key(place)).map(|(place, n)| (*place, *n)).collect();
    none(name, &differences(&digits, &found_there));
    let hidden_rows = if own.lacks.contains("hidden-rows") { Vec::new() } else { expected.hidden_rows.clone() };
    assert_eq!(found.hidden_rows, hidden_rows, "{name}");
    // Where an error cannot be typed, the error cell is a formula too.
    let formulas = own.formulas.unwrap_or(expected.rows.len() as u64);
    assert!((formulas..=formulas + 1).contains(&found.layout.formulas), "{name}: {}", found.layout.formulas);
    assert_eq!(Layout { formulas: 0, ..found.layout }, expected.layout(&own), "{name}");
}

/// calamine, another reader, sees the same values.
#[track_caller]
fn calamine_agrees(name: &str, bytes: &[u8]) {
    let expected = Expected::read();
    let found = read(name, bytes, &expected.sheet);
    let own = expected.own(name);
    let mut book = calamine::open_workbook_auto_from_rs(Cursor::new(bytes)).expect("calamine opens it");
    let range = book.worksheet_range(&expected.sheet).expect("calamine reads it");
    let (first_row, first_column) = range.start().expect("cells");
    let mut theirs = BTreeMap::new();
    for (row, column, value) in range.used_cells() {
        let place = (first_row + row as u32 + 1, first_column + column as u32 + 1);
        theirs.extend(shown_by_calamine(value).map(|text| (place, text)));
    }
    let differ: BTreeSet<(u32, u32)> = own.calamine_differs.iter().map(|place| place_of(place)).collect();
    let mut ours = found.cells;
    ours.retain(|place, _| !differ.contains(place));
    theirs.retain(|place, _| !differ.contains(place));
    none(name, &differences(&ours, &theirs));
}

/// A value of calamine as `expected.json` writes it.
fn shown_by_calamine(value: &Data) -> Option<String> {
    let date = |date: chrono::NaiveDateTime| {
        let text = date.format("%Y-%m-%d %H:%M:%S").to_string();
        format!("d:{}", text.strip_suffix(" 00:00:00").unwrap_or(&text))
    };
    Some(match value {
        Data::Empty => return None,
        Data::String(text) => text.clone(),
        Data::Int(number) => format!("n:{number}"),
        Data::Float(number) => format!("n:{number}"),
        Data::Bool(truth) => format!("b:{truth}"),
        Data::DateTime(serial) => date(serial.as_datetime().expect("a date")),
        Data::DateTimeIso(iso) if iso.len() == 10 => format!("d:{iso}"),
        Data::DateTimeIso(iso) => date(iso.parse().expect("a date")),
        Data::DurationIso(iso) => iso.clone(),
        Data::Error(error) => format!("e:{error}"),
    })
    .filter(|text| !text.is_empty())
}

macro_rules! workbooks {
    ($($test:ident, $file:literal;)*) => {
        $(mod $test {
            #[test]
            fn reads_as_it_was_written() {
                super::reads($file, &super::bytes_of($file));
            }

            #[test]
            fn reads_as_another_reader_reads_it() {
                super::calamine_agrees($file, &super::bytes_of($file));
            }
        })*

        const FILES: &[&str] = &[$($file,)*];
    };
}

workbooks! {
    excel, "excel.xlsx";
    strict, "strict.xlsx";
    prefixed, "prefixed.xlsx";
    google_sheets, "google.xlsx";
    libreoffice_xlsx, "libreoffice.xlsx";
    libreoffice_ods, "libreoffice.ods";
    libreoffice_xls, "libreoffice.xls";
    openpyxl, "openpyxl.xlsx";
    xlsxwriter, "xlsxwriter.xlsx";
    sheetjs_xlsx, "sheetjs.xlsx";
    sheetjs_xlsm, "sheetjs.xlsm";
    sheetjs_xlsb, "sheetjs.xlsb";
    sheetjs_xls, "sheetjs.xls";
}

#[test]
fn every_workbook_of_the_folder_is_in_a_test() {
    let names = fs::read_dir(folder()).expect("the folder").map(|entry| entry.expect("a file").file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    let workbooks: BTreeSet<String> = names.filter(|name| name != "expected.json" && name != "write").collect();
    assert_eq!(workbooks, FILES.iter().chain([&SHORT_XLSB]).map(|name| (*name).to_owned()).collect());
}

/// An XLSB whose cells stand in short records (BrtShortRk and its kin), as SheetJS writes them since 0.17.
const SHORT_XLSB: &str = "sheetjs-short.xlsb";

/// calamine leaves these cells out without a word. A file that is not read whole is refused.
#[test]
fn cells_in_short_records_are_read_or_the_file_is_refused() {
    let expected = Expected::read();
    let input = Input::Bytes(bytes_of(SHORT_XLSB).into());
    let Ok(source) = Source::open(SHORT_XLSB, input, &ReadOptions::default()) else { return };
    if source.read(&expected.sheet, &mut |_| ControlFlow::Continue(())).is_ok() {
        reads(SHORT_XLSB, &bytes_of(SHORT_XLSB));
    }
}

#[test]
fn what_this_project_writes_reads_as_it_was_written() {
    let bytes = written(&Expected::read());
    reads("rust_xlsxwriter.xlsx", &bytes);
    calamine_agrees("rust_xlsxwriter.xlsx", &bytes);
}

#[test]
fn merged_names_and_links_come_with_a_second_reading() {
    let expected = Expected::read();
    for name in FILES.iter().filter(|name| name.ends_with(".xlsx") || name.ends_with(".xlsm")) {
        let Found { source, layout, .. } = read(name, &bytes_of(name), &expected.sheet);
        let mut rows = Vec::new();
        let filling = Filling { layout: &layout, columns: &[4] };
        let each = &mut |block: skuload::sheet::Block| {
            rows.extend(block.rows().map(|row| (row.cell(4).text.to_owned(), row.link(11).map(str::to_owned))));
            ControlFlow::Continue(())
        };
        source.read_again(&expected.sheet, &filling, each).expect("the sheet is read again");
        let names: Vec<&str> = rows[1..5].iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Cotton T-shirt", "Cotton T-shirt", "Cotton T-shirt", "Red bold mug"], "{name}");
        let link = rows[1].1.as_deref();
        assert_eq!(link, Some(expected.links["L2"].as_str()), "{name}");
    }
}

/// The logical sheet, by rust_xlsxwriter.
fn written(expected: &Expected) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name(&expected.sheet).expect("a name");
    sheet.merge_range(1, 4, 3, 4, "", &Look::new()).expect("merged cells");
    for ((row, column), text) in expected.cells(&Exceptions::default()) {
        let letters = column_letters(column);
        let place = format!("{letters}{row}");
        let (at, to) = (row - 1, column as u16 - 1);
        let code = expected.formats.get(&letters).filter(|_| row > 1);
        let look = code.map_or_else(Look::new, |code| Look::new().set_num_format(code));
        let formula = expected.formulas.get(&letters).filter(|_| row > 1);
        let rest = text.get(2..).unwrap_or_default();
        match text.get(..2) {
            Some("n:") if formula.is_some() => {
                let formula = formula.map(|formula| formula.replace("{row}", &row.to_string())).unwrap_or_default();
                sheet.write_formula_with_format(at, to, Formula::new(formula).set_result(rest), &look)
            }
            Some("n:") => sheet.write_number_with_format(at, to, rest.parse::<f64>().expect("a number"), &look),
            Some("b:") => sheet.write_boolean(at, to, rest == "true"),
            Some("e:") => sheet.write_formula(at, to, Formula::new("=NA()").set_result(rest)),
            Some("d:") => {
                let moment = ExcelDateTime::parse_from_str(&rest.replace(' ', "T")).expect("a date");
                sheet.write_datetime_with_format(at, to, moment, &look)
            }
            _ if expected.links.contains_key(&place) => {
                sheet.write_url(at, to, Url::new(&expected.links[&place]).set_text(&text))
            }
            _ if expected.rich.contains_key(&place) => {
                let [first, bold, last] = &expected.rich[&place];
                let (plain, strong) = (Look::new(), Look::new().set_bold());
                sheet.write_rich_string(at, to, &[(&plain, first), (&strong, bold), (&plain, last)])
            }
            _ => sheet.write_string(at, to, &text),
        }
        .expect("a cell");
    }
    for row in &expected.hidden_rows {
        sheet.set_row_hidden(row - 1).expect("a row");
    }
    for letters in &expected.hidden_columns {
        sheet.set_column_hidden(column_of(letters) as u16 - 1).expect("a column");
    }
    let hidden = book.add_worksheet().set_name(&expected.hidden_sheet).expect("a name");
    hidden.write_string(0, 0, "price").expect("a cell").set_hidden(true);
    book.save_to_buffer().expect("a workbook")
}
