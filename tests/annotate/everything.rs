//! A workbook with everything in it that merchants' workbooks have.

use std::io::{Cursor, Read, Write};

use rust_xlsxwriter::{
    Chart, ChartType, Color, ConditionalFormatCell, ConditionalFormatCellRule, DataValidation, ExcelDateTime, Format,
    FormatBorder, Image, Note, Table, Url, Workbook,
};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

const HEADERS: [&str; 8] =
    ["SellerSku", "name", "price", "special_price", "quantity", "brand", "special_from_date", "remarks"];

/// The workbook. Its sheet `Products` has the price of the third row above the special one, and a bad price in the
/// fifth; the fourth row lacks its seller SKU.
pub(crate) fn everything() -> Vec<u8> {
    let mut workbook = Workbook::new();
    products(&mut workbook);
    let other = workbook.add_worksheet();
    other.set_name("It's other").unwrap();
    other.write_string(0, 0, "kept").unwrap();
    other.write_formula(1, 0, "=SUM(Products!C2:C5)").unwrap();
    other.insert_note(0, 0, &Note::new("mine too").set_author("Ben")).unwrap();
    let hidden = workbook.add_worksheet();
    hidden.set_name("Lists").unwrap().set_hidden(true);
    hidden.write_string(0, 0, "Remark").unwrap();
    workbook.define_name("Everywhere", "=Products!$A$1:$H$5").unwrap();
    workbook.define_name("Products!Here", "=Products!$A$1").unwrap();
    workbook.define_name("'It''s other'!There", "='It''s other'!$A$1").unwrap();
    by_hand(&workbook.save_to_buffer().unwrap())
}

fn products(workbook: &mut Workbook) {
    let sheet = workbook.add_worksheet();
    sheet.set_name("Products").unwrap();
    let money = Format::new().set_num_format("#,##0.00").set_bold().set_border(FormatBorder::Thin);
    let filled = Format::new().set_background_color(Color::Yellow).set_italic();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let text = Format::new().set_num_format("@");
    sheet.set_column_format(7, &filled).unwrap();
    sheet.set_column_width(1, 30).unwrap();
    sheet.set_column_hidden(5).unwrap();
    sheet.set_freeze_panes(1, 1).unwrap();
    for (column, header) in (0..).zip(HEADERS) {
        sheet.write_string(0, column, header).unwrap();
    }
    let rows = [("0012", 99.0, 89.0), ("0013", 99.0, 129.0), ("", 99.0, 89.0), ("0015", 0.0, 0.0)];
    for (row, (sku, price, special)) in (1..).zip(rows) {
        if !sku.is_empty() {
            sheet.write_string_with_format(row, 0, sku, &text).unwrap();
        }
        sheet.write_string(row, 1, format!("Café \"crème\" & <b>{row}</b>")).unwrap();
        sheet.write_number_with_format(row, 2, price, &money).unwrap();
        sheet.write_number_with_format(row, 3, special, &filled).unwrap();
        sheet.write_formula(row, 4, format!("=ROW()+{row}").as_str()).unwrap();
        sheet.write_string(row, 5, "Remark").unwrap();
        let date = ExcelDateTime::from_ymd(2026, 1, 2).unwrap();
        sheet.write_datetime_with_format(row, 6, &date, &day).unwrap();
    }
    sheet.set_row_hidden(4).unwrap();
    sheet.merge_range(9, 1, 10, 2, "merged", &filled).unwrap();
    sheet.write_url(12, 0, Url::new("https://img.example.com/1.jpg").set_text("a link")).unwrap();
    sheet.insert_note(1, 2, &Note::new("Ask Ann about this price").set_author("Ann")).unwrap();
    sheet.insert_note(2, 3, &Note::new("On sale until the end of May").set_author("Ann")).unwrap();
    let list = DataValidation::new().allow_list_strings(&["Remark", "Other"]).unwrap();
    sheet.add_data_validation(1, 5, 4, 5, &list).unwrap();
    let rule = ConditionalFormatCell::new().set_rule(ConditionalFormatCellRule::GreaterThan(100)).set_format(&money);
    sheet.add_conditional_format(1, 2, 4, 2, &rule).unwrap();
    sheet.add_table(20, 0, 23, 2, &Table::new()).unwrap();
    let mut chart = Chart::new(ChartType::Column);
    chart.add_series().set_values("Products!$C$2:$C$5");
    sheet.insert_chart(25, 1, &chart).unwrap();
    sheet.insert_image(30, 1, &Image::new_from_buffer(&picture()).unwrap()).unwrap();
    sheet.set_active(true);
}

/// A picture of one point.
fn picture() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let chunks: [(&[u8; 4], &[u8], u32); 3] = [
        (b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0], 0x3a7e_9b55),
        (b"IDAT", &[0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0, 1], 0x4873_6b29),
        (b"IEND", &[], 0xae42_6082),
    ];
    for (kind, bytes, sum) in chunks {
        png.extend((bytes.len() as u32).to_be_bytes());
        png.extend(kind);
        png.extend(bytes);
        png.extend(sum.to_be_bytes());
    }
    png
}

/// Adds what the library does not write: formulas that share one, notes that say how they are read aloud, a part of
/// another program.
fn by_hand(bytes: &[u8]) -> Vec<u8> {
    let mut from = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut to = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..from.len() {
        let mut part = from.by_index(index).unwrap();
        let name = part.name().unwrap().to_string();
        let mut content = Vec::new();
        part.read_to_end(&mut content).unwrap();
        if name == "xl/worksheets/sheet1.xml" {
            let text = String::from_utf8(content).unwrap();
            let shared = text.replace("<f>ROW()+1</f>", "<f t=\"shared\" ref=\"E2:E5\" si=\"0\">ROW()+1</f>");
            let shared = shared.replace("<f>ROW()+2</f>", "<f t=\"shared\" si=\"0\"/>");
            assert_ne!(shared, text);
            content = shared.into_bytes();
        }
        if name == "xl/comments1.xml" {
            content = read_aloud(&String::from_utf8(content).unwrap()).into_bytes();
        }
        to.start_file(name, SimpleFileOptions::default()).unwrap();
        to.write_all(&content).unwrap();
    }
    to.start_file("customXml/item1.xml", SimpleFileOptions::default()).unwrap();
    to.write_all(b"<another xmlns=\"urn:program\"/>").unwrap();
    to.finish().unwrap().into_inner()
}

/// Notes with a phonetic property, as Japanese and Chinese Excel write them: one a bare text, one with runs.
fn read_aloud(comments: &str) -> String {
    let (first, rest) = comments.split_once("<text>").unwrap();
    let (_, rest) = rest.split_once("</text>").unwrap();
    let bare = "<t>Ask Ann about this price</t><phoneticPr fontId=\"1\"/>";
    let (middle, last) = rest.rsplit_once("</text>").unwrap();
    assert_eq!(middle.matches("<text>").count(), 1);
    format!("{first}<text>{bare}</text>{middle}<phoneticPr fontId=\"1\"/></text>{last}")
}
