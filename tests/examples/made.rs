//! The file of an example: a specimen's rows, the other columns that a product needs behind them, and what else it
//! takes.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Image, Workbook, Worksheet};
use skuload::finding::{Need, Picture, Specimen};

use crate::pictures::png;
use crate::xls::xls;

/// What a row needs beside the columns of an example; `#` is the row's number.
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

/// What a workbook alone can hold.
fn takes_workbook(need: &Need) -> bool {
    match need {
        Need::As(_)
        | Need::Hidden(_)
        | Need::Merged(_)
        | Need::Formula(..)
        | Need::Number(..)
        | Need::Date(..)
        | Need::Pasted(_) => true,
        Need::With(_)
        | Need::Import(_)
        | Need::Alone
        | Need::Note(_)
        | Need::Without(_)
        | Need::Shop(..)
        | Need::Categories(_)
        | Need::Encoding(_)
        | Need::Filled(..)
        | Need::Repeat(_)
        | Need::Row(_)
        | Need::File(..)
        | Need::Also(_) => false,
    }
}

/// Writes the sheet of an example, and the files beside it, into `folder`; answers its name.
pub(crate) fn write(specimen: &Specimen, folder: &Path) -> &'static str {
    for need in &specimen.needs {
        if let Need::File(name, picture) = need {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            let bytes = match picture {
                Picture::Png(width, height, bytes) => png(*width, *height, *bytes),
                Picture::Gif => b"GIF89a and more".to_vec(),
            };
            fs::write(path, bytes).expect("a picture");
        }
    }
    let rows = whole(specimen, &specimen.rows);
    let last = specimen.needs.iter().find_map(|need| if let Need::Row(row) = need { Some(*row) } else { None });
    let (name, bytes) = match last {
        Some(row) => ("sheet.xls", xls(&placed(rows, row))),
        None if specimen.second.is_some() || specimen.needs.iter().any(takes_workbook) => {
            ("sheet.xlsx", workbook(specimen, &rows))
        }
        None => ("sheet.csv", text(specimen, &rows)),
    };
    fs::write(folder.join(name), bytes).expect("a sheet");
    name
}

/// The last row stands far below the others.
fn placed(rows: Vec<Vec<String>>, last: u32) -> Vec<(u32, Vec<String>)> {
    let count = rows.len();
    (0_u32..).zip(rows).map(|(at, row)| (if at as usize + 1 == count { last - 1 } else { at }, row)).collect()
}

/// The rows with the other columns behind.
fn whole(specimen: &Specimen, rows: &[Vec<String>]) -> Vec<Vec<String>> {
    let mut rows = rows.to_vec();
    for need in &specimen.needs {
        if let Need::Repeat(count) = need {
            let last = rows.pop().expect("a row");
            let numbered = (1..=*count).map(|at| last.iter().map(|cell| cell.replace('#', &at.to_string())).collect());
            rows.extend(numbered);
        }
    }
    if specimen.needs.contains(&Need::Alone) {
        return rows;
    }
    let headers = rows[0].clone();
    let is_grouped = headers.iter().any(|header| ["product", "AssociatedSku"].contains(&header.as_str()));
    let is_there = |name: &str| headers.iter().any(|header| header.split([' ', '(']).next() == Some(name));
    let filled = specimen.needs.iter().find_map(|need| match need {
        Need::Filled(row, text) => Some((*row as usize, text)),
        _ => None,
    });
    let is_left_out = |name: &str| specimen.needs.contains(&Need::Without(name.to_owned()));
    for (name, value) in FILLER.iter().filter(|(name, _)| !is_there(name) && !is_left_out(name)) {
        let value = if is_grouped && *name == "name" { "Shirt" } else { value };
        for (number, row) in (1..).zip(&mut rows) {
            row.push(match filled {
                _ if number == 1 => (*name).to_owned(),
                Some((filled, text)) if filled == number => text.clone(),
                _ => value.replace('#', &number.to_string()),
            });
        }
    }
    rows
}

fn text(specimen: &Specimen, rows: &[Vec<String>]) -> Vec<u8> {
    let quoted = |cell: &String| {
        let needs = cell.contains([',', '"', '\n', '\r']);
        if needs { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() }
    };
    let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n";
    let text: String = rows.iter().map(line).collect();
    let encoding = specimen.needs.iter().find_map(|need| match need {
        Need::Encoding(name) => encoding_rs::Encoding::for_label(name.as_bytes()),
        _ => None,
    });
    encoding.map_or_else(|| text.clone().into_bytes(), |encoding| encoding.encode(&text).0.into_owned())
}

fn workbook(specimen: &Specimen, rows: &[Vec<String>]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Products").expect("a name");
    put(sheet, rows);
    specimen.needs.iter().for_each(|need| change(sheet, rows, need));
    if let Some((name, rows)) = &specimen.second {
        put(book.add_worksheet().set_name(name).expect("a name"), &whole(specimen, rows));
    }
    let bytes = book.save_to_buffer().expect("a workbook");
    let is_computed = !specimen.needs.iter().any(|need| matches!(need, Need::Formula(_, _, None)));
    if is_computed { bytes } else { without_values(&bytes) }
}

/// The workbook without the values of its formulas, which its writer puts in unasked.
fn without_values(book: &[u8]) -> Vec<u8> {
    let mut parts = zip::ZipArchive::new(Cursor::new(book)).expect("a workbook");
    let mut written = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..parts.len() {
        let mut part = parts.by_index(index).expect("a part");
        let mut text = String::new();
        part.read_to_string(&mut text).expect("XML");
        let name = part.name().expect("a name").into_owned();
        written.start_file(name, zip::write::SimpleFileOptions::default()).expect("a part");
        written.write_all(text.replace("</f><v>0</v>", "</f>").as_bytes()).expect("a part");
    }
    written.finish().expect("a workbook").into_inner()
}

fn put(sheet: &mut Worksheet, rows: &[Vec<String>]) {
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            sheet.write_string(row, column, cell).expect("a cell");
        }
    }
}

/// `B2` as row and column from 0.
fn place(cell: &str) -> (u32, u16) {
    let digits = cell.find(|c: char| c.is_ascii_digit()).unwrap_or(cell.len());
    let letters = cell[..digits].bytes().fold(0, |sum, letter| sum * 26 + u16::from(letter - b'A') + 1);
    (cell[digits..].parse::<u32>().unwrap_or(1) - 1, letters - 1)
}

fn change(sheet: &mut Worksheet, rows: &[Vec<String>], need: &Need) {
    match need {
        Need::Hidden(what) => match what.split_once(' ').expect("row or column") {
            ("row", row) => drop(sheet.set_row_hidden(row.parse::<u32>().expect("a row") - 1).expect("a row")),
            (_, column) => drop(sheet.set_column_hidden(place(column).1).expect("a column")),
        },
        Need::Merged(area) => {
            let (first, last) = area.split_once(':').expect("an area");
            let ((top, left), (bottom, right)) = (place(first), place(last));
            let text = &rows[top as usize][left as usize];
            sheet.merge_range(top, left, bottom, right, text, &Format::new()).expect("merged cells");
        }
        Need::Formula(cell, formula, value) => {
            let ((row, column), formula) = (place(cell), Formula::new(formula));
            let formula = formula.set_result(value.as_deref().unwrap_or_default());
            sheet.write_formula(row, column, formula).expect("a formula");
        }
        Need::Number(cell, number, shown) => {
            let ((row, column), number) = (place(cell), number.parse::<f64>().expect("a number"));
            let look = shown.as_ref().map_or_else(Format::new, |shown| Format::new().set_num_format(shown));
            sheet.write_number_with_format(row, column, number, &look).expect("a number");
        }
        Need::Date(cell, date) => {
            let ((row, column), date) = (place(cell), ExcelDateTime::parse_from_str(date).expect("a date"));
            let look = Format::new().set_num_format("yyyy-mm-dd");
            sheet.write_datetime_with_format(row, column, date, &look).expect("a date");
        }
        Need::Pasted(cell) => {
            let (row, column) = place(cell);
            sheet.insert_image(row, column, &Image::new_from_buffer(DOT).expect("a picture")).expect("a picture");
        }
        Need::With(_)
        | Need::Import(_)
        | Need::Alone
        | Need::Note(_)
        | Need::Without(_)
        | Need::Shop(..)
        | Need::Categories(_)
        | Need::As(_)
        | Need::Encoding(_)
        | Need::Filled(..)
        | Need::Repeat(_)
        | Need::Row(_)
        | Need::File(..)
        | Need::Also(_) => {}
    }
}

/// A PNG of one grey dot.
const DOT: &[u8] = &[
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8, 0,
    0, 0, 0, 0x3A, 0x7E, 0x9B, 0x55, 0, 0, 0, 10, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0x68, 0, 0, 0, 0x82, 0,
    0x81, 0xDD, 0x43, 0x6A, 0xF4, 0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
];
