//! How the bytes of a case are made. A sheet is written with `|` between cells and names only the columns under
//! test: the other mandatory columns are put behind them, with sound values. `⏎` is a line break in a cell, `¦` a `|`.
//!
//! In a workbook `n:` begins a number, `d:` a date and `b:` a truth value; everything else is text.

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use skuload::location::column_letters;

use crate::archive::{Part, archive};
use crate::book;

/// What a row needs beside the columns under test; `#` is the row's number.
const FILLER: [(&str, &str); 11] = [
    ("SellerSku", "SKU-#"),
    ("PrimaryCategory", "6614"),
    ("name", "Shirt #"),
    ("short_description", "Soft"),
    ("brand", "Acme"),
    ("price", "10.00"),
    ("package_weight", "0.5"),
    ("package_length", "30"),
    ("package_width", "20"),
    ("package_height", "5"),
    ("color_family", "Colour #"),
];

/// A file of a case.
pub(crate) struct Made {
    /// Its name, which tells nothing of what it is.
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) fn file(name: &'static str, bytes: impl AsRef<[u8]>) -> Made {
    Made { name, bytes: bytes.as_ref().to_vec() }
}

/// Cells by row, the columns under test in front, but for the filler columns in `without`.
pub(crate) fn grid_without(without: &[&str], sheet: &str) -> Vec<Vec<String>> {
    let rows = sheet.trim_end_matches('\n').split('\n').map(|line| line.split('|').map(in_cell).collect::<Vec<_>>());
    let mut rows: Vec<Vec<String>> = rows.collect();
    let headers = rows[0].clone();
    let is_grouped = headers.iter().any(|header| header == "product");
    let is_there = |name: &str| headers.iter().any(|header| header == name) || without.contains(&name);
    for (name, value) in FILLER.iter().filter(|(name, _)| !is_there(name)) {
        let value = if is_grouped && *name == "name" { "Shirt" } else { value };
        for (at, row) in rows.iter_mut().enumerate() {
            row.push(if at == 0 { (*name).to_owned() } else { value.replace('#', &(at + 1).to_string()) });
        }
    }
    rows
}

pub(crate) fn grid(sheet: &str) -> Vec<Vec<String>> {
    grid_without(&[], sheet)
}

fn in_cell(text: &str) -> String {
    text.replace('⏎', "\n").replace('¦', "|")
}

/// Rows of text, quoted where they must be.
pub(crate) fn text_of(rows: &[Vec<String>], delimiter: char, end: &str) -> String {
    let quoted = |cell: &String| {
        let needs = cell.contains([delimiter, '"', '\n', '\r']);
        if needs { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
    };
    let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(&delimiter.to_string()) + end;
    rows.iter().map(line).collect()
}

/// UTF-8, commas, line feeds.
pub(crate) fn csv(sheet: &str) -> Made {
    file("sheet.csv", text_of(&grid(sheet), ',', "\n"))
}

/// As [`csv`], without these columns behind.
pub(crate) fn csv_without(without: &[&str], sheet: &str) -> Made {
    file("sheet.csv", text_of(&grid_without(without, sheet), ',', "\n"))
}

/// As [`csv`], in another encoding of the web.
pub(crate) fn encoded(encoding: &str, sheet: &str) -> Made {
    let encoding = encoding_rs::Encoding::for_label(encoding.as_bytes()).expect("an encoding");
    let text = text_of(&grid(sheet), ',', "\n");
    let (bytes, _, has_unmappable) = encoding.encode(&text);
    assert!(!has_unmappable, "every letter has a place in {}", encoding.name());
    file("sheet.csv", bytes)
}

/// As [`csv`], in UTF-16, with a byte order mark where `has_mark`.
pub(crate) fn utf16(is_big_endian: bool, has_mark: bool, delimiter: char, sheet: &str) -> Made {
    let text = text_of(&grid(sheet), delimiter, "\r\n");
    let mark = if has_mark { "\u{feff}" } else { "" };
    let units = mark.encode_utf16().chain(text.encode_utf16());
    let bytes: Vec<u8> =
        units.flat_map(|unit| if is_big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect();
    file("sheet.csv", bytes)
}

/// A workbook with one sheet.
pub(crate) fn xlsx(sheet: &str) -> Made {
    xlsx_and(sheet, |_| {})
}

/// A workbook with one sheet, to which something is done.
pub(crate) fn xlsx_and(sheet: &str, change: impl FnOnce(&mut Worksheet)) -> Made {
    workbook(|book| {
        let worksheet = book.add_worksheet();
        put(worksheet, 0, &grid(sheet));
        change(worksheet);
    })
}

/// A workbook filled by hand.
pub(crate) fn workbook(fill: impl FnOnce(&mut Workbook)) -> Made {
    let mut book = Workbook::new();
    fill(&mut book);
    file("sheet.xlsx", book.save_to_buffer().expect("a workbook"))
}

/// Writes rows into a worksheet, from row `top` (from 0) on.
pub(crate) fn put(worksheet: &mut Worksheet, top: u32, rows: &[Vec<String>]) {
    for (row, cells) in (top..).zip(rows) {
        for (column, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            let rest = cell.get(2..).unwrap_or_default();
            match cell.get(..2) {
                Some("n:") => worksheet.write_number(row, column, rest.parse::<f64>().expect("a number")),
                Some("b:") => worksheet.write_boolean(row, column, rest == "true"),
                Some("d:") => {
                    let moment = ExcelDateTime::parse_from_str(rest).expect("a date");
                    let look = Format::new().set_num_format("yyyy-mm-dd hh:mm");
                    worksheet.write_datetime_with_format(row, column, moment, &look)
                }
                _ => worksheet.write_string(row, column, cell),
            }
            .expect("a cell");
        }
    }
}

/// A workbook whose cell A2 is XML as it stands, `{}` being its place: what no writer writes. `properties` stands in
/// the workbook, `before` before the cells. Style 1 is that of a date.
pub(crate) fn xml(properties: &str, before: &str, sheet: &str, cell: &str) -> Made {
    let mut inside = String::new();
    for (row, cells) in (1..).zip(grid(sheet)) {
        inside += &format!("<row r=\"{row}\">");
        for (column, text) in (1..).zip(cells) {
            let place = format!("{}{row}", column_letters(column));
            inside += &if place == "A2" { cell.replace("{}", &place) } else { inline(&place, &text) };
        }
        inside += "</row>";
    }
    let mut parts = book::with(book::sheet(before, &inside), book::strings(1, book::ONE_STRING));
    let sheets = r#"<sheets><sheet name="Products" sheetId="1" r:id="rId1"/></sheets>"#;
    parts[2] = Part::stored("xl/workbook.xml", book::workbook(&format!("{properties}{sheets}")));
    file("sheet.xlsx", archive(&parts))
}

fn inline(place: &str, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!(r#"<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}
