//! The good sheet: 60 products, 180 SKUs, four languages, and nothing to find.
//!
//! Columns G to J are price, special price and its dates, as in the messages of the documentation.

use std::path::Path;

use rust_xlsxwriter::{Format, FormatAlign};

use crate::products::{Product, products};
use crate::sheet::{Cell, Outcome, Sheet, workbook};

/// The columns, in order.
pub(crate) const HEADERS: [&str; 33] = [
    "SellerSku",
    "product",
    "PrimaryCategory",
    "name",
    "color_family",
    "size",
    "price",
    "special_price",
    "special_from_date",
    "special_to_date",
    "quantity",
    "brand",
    "model",
    "short_description",
    "description",
    "storage_capacity_new",
    "package_weight",
    "package_length",
    "package_width",
    "package_height",
    "package_content",
    "ProductId",
    "tax_class",
    "warranty",
    "warranty_type",
    "Image1",
    "Image2",
    "Image3",
    "Image4",
    "Image5",
    "Image6",
    "Image7",
    "Image8",
];

/// What all rows of a product share; every third product has it in its first row only.
const SHARED: [&str; 8] =
    ["PrimaryCategory", "name", "brand", "model", "short_description", "description", "warranty", "warranty_type"];

const SKUS: usize = 180;

/// Sales of the year, on the 15-minute grid.
const WINDOWS: [(&str, &str); 6] = [
    ("2036-11-11 00:00", "2036-11-12 23:45"),
    ("2036-12-01 00:00", "2036-12-12 23:45"),
    ("2036-12-24 18:15", "2037-01-02 09:30"),
    ("2037-02-01 00:00", "2037-02-20 00:00"),
    ("2037-03-03 10:00", "2037-03-10 22:00"),
    ("2037-06-06 00:00", "2037-12-31 23:45"),
];

const READ_ME: [&str; 5] = [
    "The products of a small shop",
    "The next sheet, Products, holds 60 products with 180 SKUs: one row for each SKU.",
    "Rows with the same key in the column `product` are variants of one product.",
    "Some products have their shared cells (name, brand, category, texts) in their first row only; the others take them from there.",
    "Brands, pictures and numbers are invented.",
];

/// Writes `catalogue.xlsx` and `catalogue.csv` into `folder`.
pub(crate) fn write(folder: &Path) -> Outcome {
    let sheet = sheet();
    assert_eq!(sheet.rows.len(), SKUS, "the catalogue has {SKUS} SKUs");
    sheet.write_csv(&folder.join("catalogue.csv"))?;
    let mut workbook = workbook("A sample catalogue")?;
    let cover = workbook.add_worksheet().set_name("Read me")?;
    cover.set_column_width(0, 110)?;
    cover.write_with_format(0, 0, READ_ME[0], &Format::new().set_bold().set_font_size(16))?;
    let text = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    for (row, line) in (1..).zip(&READ_ME[1..]) {
        cover.write_with_format(row, 0, *line, &text)?;
    }
    sheet.write_into(workbook.add_worksheet().set_name("Products")?)?;
    Ok(workbook.save(folder.join("catalogue.xlsx"))?)
}

fn sheet() -> Sheet {
    let mut sheet = Sheet { headers: HEADERS.to_vec(), rows: Vec::new() };
    for (index, product) in products().iter().enumerate() {
        let shared_once = index % 3 == 1;
        for (variant, row) in rows(index, product).into_iter().enumerate() {
            let mut row = row;
            for header in SHARED.iter().filter(|_| shared_once && variant > 0) {
                row[sheet.column(header)] = Cell::Blank;
            }
            sheet.rows.push(row);
        }
    }
    sheet
}

/// A colour, a size and a storage capacity; empty where the product does not vary in it.
struct Variant {
    colour: &'static str,
    size: &'static str,
    storage: &'static str,
    /// Which of the storage capacities it has, from 0: more costs more.
    step: u32,
}

fn variants(product: &Product) -> Vec<Variant> {
    let or_none = |values: &[&'static str]| if values.is_empty() { vec![""] } else { values.to_vec() };
    let mut variants = Vec::new();
    for colour in or_none(&product.colours) {
        for size in or_none(&product.sizes) {
            for (step, storage) in (0..).zip(or_none(&product.storages)) {
                variants.push(Variant { colour, size, storage, step });
            }
        }
    }
    variants
}

fn rows(index: usize, product: &Product) -> Vec<Vec<Cell>> {
    let variants = variants(product).into_iter().enumerate();
    variants.map(|(number, variant)| row(index, product, number, &variant)).collect()
}

fn row(index: usize, product: &Product, number: usize, variant: &Variant) -> Vec<Cell> {
    let seller_sku = seller_sku(product, variant);
    let cents = product.cents + variant.step * product.cents / 500 * 100;
    let (warranty, warranty_type) = warranty(index);
    let mut row = vec![
        Cell::text(&seller_sku),
        Cell::text(product.key),
        Cell::number(product.category),
        Cell::text(product.name),
        Cell::text(variant.colour),
        Cell::text(variant.size),
        Cell::hundredths(cents),
    ];
    row.extend(sale(index, cents));
    row.extend([
        Cell::number((index * 37 + number * 11) % 120),
        Cell::text(product.brand),
        Cell::text(product.model),
        Cell::text(product.highlights.join(". ") + "."),
        Cell::text(description(product)),
        Cell::text(variant.storage),
    ]);
    row.extend(product.package.iter().map(Cell::number));
    row.extend([
        Cell::text(product.content),
        product_id(index, number),
        Cell::text("default"),
        Cell::text(warranty),
        Cell::text(warranty_type),
    ]);
    row.extend(images(index, number, &seller_sku));
    row
}

/// The key, then a mark for each value it varies in: `TEE-RED-M`.
fn seller_sku(product: &Product, variant: &Variant) -> String {
    let mut seller_sku = product.key.to_owned();
    let size = variant.size.rsplit(':').next().unwrap_or_default();
    let colour: String = variant.colour.split(' ').map(|word| &word[..word.len().min(3)]).collect();
    for mark in [colour.as_str(), size, variant.storage] {
        let mark = mark.replace([' ', '.'], "").to_uppercase();
        if !mark.is_empty() {
            seller_sku = format!("{seller_sku}-{mark}");
        }
    }
    seller_sku
}

/// Special price, from, to: a third of the products have them.
fn sale(index: usize, cents: u32) -> [Cell; 3] {
    if !index.is_multiple_of(3) {
        return [Cell::Blank, Cell::Blank, Cell::Blank];
    }
    let percent = [90, 85, 80, 75][index % 4];
    let (from, to) = WINDOWS[index / 3 % WINDOWS.len()];
    [Cell::hundredths(cents * percent / 1000 * 10), Cell::date(from), Cell::date(to)]
}

fn warranty(index: usize) -> (&'static str, &'static str) {
    match index % 4 {
        0 => ("1 Year", "Local Supplier Warranty"),
        1 => ("", "No Warranty"),
        2 => ("6 Months", "Local Manufacturer Warranty"),
        _ => ("2 Years", "International Manufacturer Warranty"),
    }
}

/// HTML as merchants paste it: a list, entities, both kinds of quotes.
fn description(product: &Product) -> String {
    let items: String =
        product.highlights.iter().map(|text| format!("<li>{}</li>", text.replace('&', "&amp;"))).collect();
    let name = product.name.replace('&', "&amp;");
    let closing = match product.language {
        "th" => "สินค้าของแท้ 100% \"พร้อมส่ง\" จากคลังของเรา &amp; รับเปลี่ยนคืนภายใน 14 วัน",
        "vi" => "Hàng \"chính hãng\" có sẵn tại kho &amp; đổi trả trong 14 ngày",
        "zh" => "正品保证，\"现货\"速发 &amp; 14天内可退换",
        _ => "Don't see your size? Ask us: we answer the \"same day\" &amp; take it back for 14 days",
    };
    format!("<h3>{name}</h3><ul class=\"highlights\">{items}</ul><p>{closing}</p>")
}

/// An EAN-13 from the range that is left for use inside a shop; a third of the products have none.
fn product_id(index: usize, number: usize) -> Cell {
    if index % 3 == 2 {
        return Cell::Blank;
    }
    let digits = format!("29{:010}", 1_000 + index * 100 + number);
    let weighted = digits.bytes().zip([1, 3].into_iter().cycle());
    let sum: u32 = weighted.map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    Cell::text(format!("{digits}{}", (10 - sum % 10) % 10))
}

/// None to eight pictures: all SKUs of a product have some, or none has.
fn images(index: usize, number: usize, seller_sku: &str) -> Vec<Cell> {
    let count = match index % 9 {
        0 => 8,
        8 => 0,
        most => 1 + (most + number) % 8,
    };
    let address =
        |image| format!("https://my-live-01.slatic.net/p/{}.jpg", fingerprint(&format!("{image}/{seller_sku}")));
    (0..8).map(|image| if image < count { Cell::text(address(image)) } else { Cell::Blank }).collect()
}

/// 32 hexadecimal digits that look like those of a picture: FNV-1a, twice.
fn fingerprint(text: &str) -> String {
    let fnv = |seed: u64| text.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{:016x}{:016x}", fnv(0xcbf2_9ce4_8422_2325), fnv(0x9ae1_6a3b_2f90_404f))
}
