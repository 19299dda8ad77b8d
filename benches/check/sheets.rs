//! The sheets and categories that are checked: written once, kept beside the build.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rust_xlsxwriter::Workbook;
use skuload::category::{Categories, CategoryAttribute, Input, Level, Node};

use crate::Outcome;

/// Rows of one product.
const SKUS_PER_PRODUCT: usize = 3;

/// One row in so many is bad.
const BAD_ROW_EVERY: usize = 100;

/// Characters in a description.
const DESCRIPTION: usize = 280;

const HEADERS: [&str; 26] = [
    "Product",
    "SellerSku",
    "PrimaryCategory",
    "name",
    "short_description",
    "description",
    "brand",
    "model",
    "price",
    "quantity",
    "special_price",
    "special_from_date",
    "special_to_date",
    "package_weight",
    "package_length",
    "package_width",
    "package_height",
    "package_content",
    "color_family",
    "size",
    "warranty_type",
    "tax_class",
    "Image1",
    "Image2",
    "Image3",
    "Image4",
];

/// The categories of the sheet: the first, and how many.
const CATEGORIES: (u64, u64) = (6_000, 500);

/// Brands that the marketplace lists.
const BRANDS: usize = 5_000;

/// The columns (from 0) that a spreadsheet holds as numbers.
const NUMBERS: [usize; 8] = [2, 8, 9, 10, 13, 14, 15, 16];

/// What a sheet is written as, and what stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sheet {
    /// One row in a hundred is bad.
    Csv,
    /// Each row is bad.
    BadCsv,
    /// Texts are shared, as spreadsheet programs write them.
    Shared,
    /// Each text stands in its cell, as exporting programs write them.
    Inline,
}

impl Sheet {
    fn name(self, rows: usize) -> String {
        match self {
            Sheet::Csv => format!("{rows}.csv"),
            Sheet::BadCsv => format!("{rows}-bad.csv"),
            Sheet::Shared => format!("{rows}.xlsx"),
            Sheet::Inline => format!("{rows}-inline.xlsx"),
        }
    }
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("../bench-data")
}

/// What the categories of the sheet demand: what its rows give, and more that is optional.
pub(crate) fn categories() -> Outcome<PathBuf> {
    fs::create_dir_all(folder())?;
    let (first, count) = CATEGORIES;
    let leaves = (first..first + count).map(|id| Node { id, name: format!("Shirts {id}"), children: Vec::new() });
    let tree = vec![Node { id: 1, name: "Fashion".to_owned(), children: leaves.collect() }];
    let attributes: BTreeMap<u64, Vec<CategoryAttribute>> = (first..first + count).map(|id| (id, schema())).collect();
    let brands = ["Acme", "Remark", "No Brand"].map(str::to_owned).into_iter();
    let brands = brands.chain((0..BRANDS).map(|number| format!("Brand {number}"))).collect();
    let categories = Categories::new(None, "2026-01-01T00:00:00Z".parse()?, tree, attributes, Some(brands));
    let file = folder().canonicalize()?.join("categories.json");
    fs::write(&file, categories.to_json())?;
    Ok(file)
}

fn schema() -> Vec<CategoryAttribute> {
    let attribute = |name: &str, input: Input, level: Level, mandatory: bool, options: &[&str]| CategoryAttribute {
        name: name.to_owned(),
        label: name.replace('_', " "),
        input,
        level,
        mandatory,
        variant: None,
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        local: Vec::new(),
    };
    let colours = ["Red", "Navy Blue", "สีดำ", "Green", "White", "Black", "Yellow", "Orange", "Pink", "Brown"];
    vec![
        attribute("name", Input::Text, Level::Product, true, &[]),
        attribute("brand", Input::One, Level::Product, true, &[]),
        attribute("price", Input::Number, Level::Sku, true, &[]),
        attribute("description", Input::RichText, Level::Product, true, &[]),
        attribute("model", Input::Text, Level::Product, true, &[]),
        attribute("quantity", Input::Number, Level::Sku, true, &[]),
        attribute("package_content", Input::RichText, Level::Sku, true, &[]),
        attribute("color_family", Input::One, Level::Sku, true, &colours),
        attribute("size", Input::One, Level::Sku, true, &["XS", "S", "M", "L", "XL", "XXL"]),
        attribute("warranty_type", Input::One, Level::Product, true, &["No Warranty", "Local", "International"]),
        attribute("tax_class", Input::One, Level::Sku, true, &["default", "zero"]),
        attribute("material", Input::Several, Level::Product, false, &["Cotton", "Linen", "Wool"]),
        attribute("sleeves", Input::One, Level::Product, false, &["Short", "Long", "None"]),
        attribute("release_date", Input::Date, Level::Product, false, &[]),
        attribute("weight", Input::Number, Level::Product, false, &[]),
    ]
}

/// The sheet, from an earlier run or written now.
pub(crate) fn sheet(sheet: Sheet, rows: usize) -> Outcome<PathBuf> {
    fs::create_dir_all(folder())?;
    let file = folder().canonicalize()?.join(sheet.name(rows));
    if file.exists() {
        return Ok(file);
    }
    let unfinished = file.with_extension("unfinished");
    match sheet {
        Sheet::Csv => write_csv(&unfinished, rows, BAD_ROW_EVERY)?,
        Sheet::BadCsv => write_csv(&unfinished, rows, 1)?,
        Sheet::Shared | Sheet::Inline => write_xlsx(&unfinished, rows, sheet)?,
    }
    fs::rename(&unfinished, &file)?;
    Ok(file)
}

fn write_csv(file: &Path, rows: usize, bad_row_every: usize) -> Outcome<()> {
    let mut writer = csv::Writer::from_path(file)?;
    writer.write_record(HEADERS)?;
    for number in 0..rows {
        writer.write_record(row(number, bad_row_every))?;
    }
    writer.flush()?;
    Ok(())
}

fn write_xlsx(file: &Path, rows: usize, sheet: Sheet) -> Outcome<()> {
    let mut workbook = Workbook::new();
    let worksheet = match sheet {
        Sheet::Inline => workbook.add_worksheet_with_constant_memory()?,
        Sheet::Shared | Sheet::Csv | Sheet::BadCsv => workbook.add_worksheet_with_low_memory()?,
    };
    worksheet.set_name("Products")?;
    worksheet.write_row(0, 0, HEADERS)?;
    for number in 0..rows {
        for (column, text) in row(number, BAD_ROW_EVERY).iter().enumerate() {
            let place = (u32::try_from(number + 1)?, u16::try_from(column)?);
            match text.parse::<f64>().ok().filter(|_| NUMBERS.contains(&column)) {
                Some(amount) => worksheet.write_number(place.0, place.1, amount)?,
                None if text.is_empty() => continue,
                None => worksheet.write_string(place.0, place.1, text)?,
            };
        }
    }
    workbook.save(file)?;
    Ok(())
}

/// A row as merchants write them: most are sound, one in so many is not.
fn row(number: usize, bad_row_every: usize) -> [String; 26] {
    let (product, variant) = (number / SKUS_PER_PRODUCT, number % SKUS_PER_PRODUCT);
    let price = format!("{}.{:02}", 100 + product % 900, product % 100);
    let special_price = format!("{}.90", (100 + product % 900) / 2);
    let is_on_sale = number.is_multiple_of(4);
    let on_sale = |text: &str| if is_on_sale { text.to_owned() } else { String::new() };
    let image = |place: usize| {
        format!("https://img.example.com/catalogue/2026/spring/shirts/{product}/large/{variant}-{place}-front.jpg")
    };
    let mut row = [
        format!("P-{product}"),
        format!("TEE-{product}-{variant}"),
        (6_000 + product % 500).to_string(),
        format!("Cotton T-shirt with a round neck and short sleeves for men and women, style {product}"),
        format!(
            "<ul><li>Soft cotton, combed and pre-shrunk</li><li>Washes at 40 degrees, keeps its colour</li>\
             <li>Double seams at neck and sleeves</li><li>Style {product}</li></ul>"
        ),
        description(product),
        ["Acme", "Remark", "No Brand"][product % 3].to_owned(),
        format!("M{}", product % 1_000),
        price,
        (number % 250).to_string(),
        on_sale(&special_price),
        on_sale("2026-03-01 00:00"),
        on_sale("2026-03-31 23:45"),
        "0.35".to_owned(),
        "30".to_owned(),
        "25.5".to_owned(),
        "3".to_owned(),
        "1 x T-shirt, 1 x cotton bag".to_owned(),
        ["Red", "Navy Blue", "สีดำ"][variant].to_owned(),
        ["S", "M", "L", "XL"][product % 4].to_owned(),
        "No Warranty".to_owned(),
        "default".to_owned(),
        image(1),
        image(2),
        image(3),
        image(4),
    ];
    if number % bad_row_every == bad_row_every / 2 {
        spoil(&mut row, number / bad_row_every);
    }
    row
}

fn description(product: usize) -> String {
    let mut text = format!("<p>A shirt for every day, \"as soft as it looks\", number {product}.</p> ");
    while text.len() < DESCRIPTION {
        text.push_str("Made of long-staple cotton, cut wide, sewn twice at the shoulders. ");
    }
    text.truncate(DESCRIPTION);
    text
}

/// Faults that merchants make, in turn.
fn spoil(row: &mut [String; 26], kind: usize) {
    let (column, text) = [
        (8, "1.299,00"),
        (9, "-1"),
        (11, "01/03/2026"),
        (13, "0.3505"),
        (16, ""),
        (18, "Red | Blue"),
        (22, "C:\\pictures\\tee.jpg"),
    ][kind % 7];
    row[column] = text.to_owned();
}
