//! The sheet as a supplier sends it: 400 rows in Thai, 134 products, prices with marks, grams, Buddhist dates.
//!
//! Nothing in it is wrong; everything in it is written as people write it. `supplier-th.toml`, edited by hand, says
//! what no sheet can say of itself: the category, and what stands for the names of colours.

use std::fs;
use std::path::Path;

use rust_xlsxwriter::Format;

use crate::sheet::{Cell, Outcome, Sheet, header_format, workbook, write_cell};

/// The columns, in order. The last but two are the supplier's own.
const HEADERS: [&str; 18] = [
    "รหัสสินค้า",
    "ชื่อสินค้า",
    "ราคา",
    "ราคาพิเศษ",
    "วันเริ่ม",
    "วันสิ้นสุด",
    "น้ำหนัก (กรัม)",
    "กว้าง (ซม.)",
    "ยาว (ซม.)",
    "สูง (ซม.)",
    "สี",
    "ไซซ์",
    "ยี่ห้อ",
    "รายละเอียด",
    "จำนวน",
    "หมายเหตุ",
    "ชั้นวาง",
    "รูปภาพ",
];

/// What stands above the header: a title, and a line that says when.
const TITLE: &str = "ใบเสนอสินค้า บริษัท ใจดีการค้า จำกัด";

/// Name, short form in the code, price in baht, weight in grams, width, length and height in cm, and the sizes in
/// which it comes (none: it differs in colour alone).
type Thing = (&'static str, &'static str, u32, u32, [u32; 3], &'static [&'static str]);

const THINGS: [Thing; 12] = [
    ("เสื้อยืดคอกลม", "TS", 199, 180, [24, 30, 3], &["S", "M", "L"]),
    ("เสื้อเชิ้ตแขนยาว", "SH", 459, 260, [25, 35, 4], &["M", "L", "XL"]),
    ("กางเกงขาสั้น", "SP", 329, 240, [25, 30, 4], &["M", "L", "XL"]),
    ("กางเกงยีนส์", "JN", 890, 620, [30, 40, 6], &["30", "32", "34"]),
    ("กระโปรงพลีท", "SK", 520, 310, [28, 35, 5], &["S", "M", "L"]),
    ("แจ็กเก็ตกันลม", "JK", 1299, 540, [35, 40, 8], &["M", "L", "XL"]),
    ("หมวกแก๊ป", "CP", 159, 120, [20, 25, 12], &[]),
    ("กระเป๋าสะพาย", "BG", 1590, 750, [32, 38, 14], &[]),
    ("เข็มขัดหนัง", "BT", 690, 220, [12, 14, 6], &[]),
    ("ผ้าพันคอ", "SC", 249, 150, [20, 25, 4], &[]),
    ("รองเท้าผ้าใบ", "SN", 2490, 980, [22, 34, 13], &["39", "40", "41"]),
    ("ถุงเท้า", "SX", 79, 60, [10, 18, 3], &[]),
];

/// How the things are made; with the thing it is the product's name.
const MAKES: [&str; 12] = [
    "รุ่นคลาสสิก",
    "ผ้าฝ้าย 100%",
    "รุ่นพรีเมียม",
    "ทรงหลวม",
    "ทรงเข้ารูป",
    "ลายทาง",
    "สีพื้น",
    "รุ่นกีฬา",
    "ใส่สบาย",
    "รุ่นลิมิเต็ด",
    "แฮนด์เมด",
    "รักษ์โลก",
];

/// Colours and their short forms.
const COLOURS: [(&str, &str); 8] = [
    ("สีแดง", "RD"),
    ("สีดำ", "BK"),
    ("ขาว", "WH"),
    ("น้ำเงิน", "NV"),
    ("สีเขียว", "GN"),
    ("เหลือง", "YL"),
    ("สีชมพู", "PK"),
    ("เทา", "GY"),
];

const BRANDS: [&str; 4] = ["ใจดี", "Jaidee Sport", "บ้านผ้า", "No Brand"];

/// Sales by their first and last day; the last two are written with two digits of the year.
const SALES: [(&str, &str); 5] = [
    ("01/06/2569", "30/06/2569"),
    ("15/06/2569", "15/07/2569"),
    ("25/05/2569", "30/06/2569"),
    ("01/06/69", "30/06/69"),
    ("16/06/69", "31/07/69"),
];

const ROWS: usize = 400;
const PRODUCTS: usize = 134;

/// Writes `supplier-th.xlsx` and the same in windows-874, `supplier-th.csv`, into `folder`.
pub(crate) fn write(folder: &Path) -> Outcome {
    let sheet = Sheet { headers: HEADERS.to_vec(), rows: (0..PRODUCTS).flat_map(rows).collect() };
    assert_eq!(sheet.rows.len(), ROWS, "the sheet has {ROWS} rows");
    let mut workbook = workbook("A supplier's sheet")?;
    let worksheet = workbook.add_worksheet().set_name("สินค้า")?;
    worksheet.write_with_format(0, 0, TITLE, &Format::new().set_bold().set_font_size(14))?;
    for (column, header) in (0..).zip(HEADERS) {
        worksheet.write_with_format(1, column, header, &header_format(0x7F6000))?;
    }
    for (row, cells) in (2..).zip(&sheet.rows) {
        for (column, cell) in (0..).zip(cells) {
            write_cell(worksheet, (row, column), cell, &Format::default())?;
        }
    }
    workbook.save(folder.join("supplier-th.xlsx"))?;
    write_csv(&sheet, &folder.join("supplier-th.csv"))
}

/// As Excel in Thailand saves a CSV: windows-874, and lines that end in CR LF.
fn write_csv(sheet: &Sheet, path: &Path) -> Outcome {
    sheet.write_csv(path)?;
    let rows = fs::read_to_string(path)?.replace('\n', "\r\n");
    let text = format!("{TITLE}{}\r\n{rows}", ",".repeat(HEADERS.len() - 1));
    let (bytes, _, has_unmappable) = encoding_rs::WINDOWS_874.encode(&text);
    assert!(!has_unmappable, "every letter has a place in windows-874");
    Ok(fs::write(path, &bytes)?)
}

/// The variants of a product: three, and two of the last two.
fn rows(product: usize) -> Vec<Vec<Cell>> {
    let count = if product < PRODUCTS - 2 { 3 } else { 2 };
    (0..count).map(|variant| row(product, variant)).collect()
}

fn row(product: usize, variant: usize) -> Vec<Cell> {
    let (thing, short, baht, grams, [width, length, height], sizes) = THINGS[product % THINGS.len()];
    let round = product / THINGS.len();
    let (colour, mark) = COLOURS[(product + if sizes.is_empty() { variant } else { 0 }) % COLOURS.len()];
    let size = sizes.get(variant).copied().unwrap_or_default();
    let code = format!("JD-{short}{:03}-{mark}{}{size}", product + 1, if size.is_empty() { "" } else { "-" });
    let price = baht + 10 * round as u32;
    let (special, from, to) = sale(product, price);
    vec![
        Cell::text(&code),
        Cell::text(format!("{thing} {}", MAKES[round])),
        priced(price, product + variant),
        special,
        from,
        to,
        Cell::number(grams + 10 * variant as u32),
        Cell::number(width),
        Cell::number(length),
        Cell::number(height),
        Cell::text(colour),
        Cell::text(size),
        Cell::text(BRANDS[product % BRANDS.len()]),
        Cell::text(format!("{thing} {} เนื้อผ้าดี ซักง่าย ส่งไว", MAKES[round])),
        Cell::number((product * 7 + variant * 13) % 90 + 1),
        Cell::text(if product.is_multiple_of(9) { "ของใกล้หมด" } else { "" }),
        Cell::text(format!("{}-{}", ["A", "B", "C"][product % 3], product % 20 + 1)),
        Cell::text(pictures(&code, product)),
    ]
}

/// A price as one writes it, and another, and a program.
fn priced(baht: u32, turn: usize) -> Cell {
    let grouped = match (baht / 1000, baht % 1000) {
        (0, rest) => rest.to_string(),
        (thousands, rest) => format!("{thousands},{rest:03}"),
    };
    match turn % 5 {
        0 => Cell::text(format!("{grouped}.-")),
        1 => Cell::text(format!("฿{grouped}")),
        2 => Cell::number(baht),
        3 => Cell::text(format!("{grouped}.00")),
        _ => Cell::text(format!("{grouped} บาท")),
    }
}

/// Special price, first and last day: of each third product.
fn sale(product: usize, price: u32) -> (Cell, Cell, Cell) {
    if !product.is_multiple_of(3) {
        return (Cell::Blank, Cell::Blank, Cell::Blank);
    }
    let (from, to) = SALES[product / 3 % SALES.len()];
    (priced(price * 4 / 5, product), Cell::text(from), Cell::text(to))
}

/// One address, or two on lines of their own.
fn pictures(code: &str, product: usize) -> String {
    let first = format!("https://img.jaidee.example/p/{code}.jpg");
    if product.is_multiple_of(4) { format!("{first}\nhttps://img.jaidee.example/p/{code}-2.jpg") } else { first }
}
