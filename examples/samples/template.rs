//! The blank sheet that a merchant fills in: headers with notes, one example row, a page of help.

use std::path::Path;

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DataValidationRule, Format, FormatAlign, FormatBorder, Note,
    Workbook, Worksheet,
};

use crate::sheet::{Cell, DATE_FORMAT, Outcome, Sheet, header_format, workbook, write_cell};

/// A row with this seller SKU is never sent.
const EXAMPLE_SKU: &str = "EXAMPLE (this row is skipped)";

const MANDATORY: u32 = 0xB03A2E;
const OPTIONAL: u32 = 0x1F4E78;

/// The rows that are checked while they are typed.
const TYPED_ROWS: u32 = 10_000;

/// What a column holds, for its format and for the check while typing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// Text that looks like a number: leading zeros stay.
    Digits,
    Whole,
    /// A price: two decimals are always shown, and more where they were typed.
    Money,
    /// A weight or a length.
    Measure,
    Date,
}

struct Column {
    header: &'static str,
    mandatory: bool,
    kind: Kind,
    width: u16,
    what: &'static str,
    limits: &'static str,
    example: &'static str,
}

const fn column(header: &'static str, kind: Kind, width: u16, texts: [&'static str; 3]) -> Column {
    let [what, limits, example] = texts;
    Column { header, mandatory: false, kind, width, what, limits, example }
}

const fn mandatory(header: &'static str, kind: Kind, width: u16, texts: [&'static str; 3]) -> Column {
    let [what, limits, example] = texts;
    Column { header, mandatory: true, kind, width, what, limits, example }
}

const IMAGE_LIMITS: &str = "An https:// address of a JPG or PNG, 330 to 5000 pixels, at most 3 MB.";

const COLUMNS: [Column; 32] = [
    mandatory(
        "SellerSku",
        Kind::Digits,
        30,
        [
            "Your own key of this variant.",
            "Unique in your shop. Cannot be used again once it was deleted.",
            "TEE-RED-M",
        ],
    ),
    column(
        "product",
        Kind::Digits,
        14,
        [
            "Rows with the same key are variants of one product.",
            "Any text. Leave it empty for a product with one variant.",
            "TEE",
        ],
    ),
    mandatory(
        "PrimaryCategory",
        Kind::Whole,
        17,
        ["The number of the category.", "A category without sub-categories. Once per product is enough.", "6614"],
    ),
    mandatory(
        "name",
        Kind::Text,
        34,
        ["The name that customers see.", "2 to 255 characters, without \" ^ ~ < > |", "Everyday Cotton T-Shirt"],
    ),
    mandatory(
        "short_description",
        Kind::Text,
        36,
        [
            "The highlights, in a few short sentences.",
            "Once per product is enough.",
            "Combed cotton. Fits true to size.",
        ],
    ),
    column(
        "description",
        Kind::Text,
        36,
        [
            "The long description.",
            "6 to 25,000 characters. Simple HTML such as <p>, <ul>, <li>, <b>.",
            "<p>Combed cotton, <b>made to last</b>.</p>",
        ],
    ),
    mandatory(
        "brand",
        Kind::Text,
        16,
        ["The brand, as the marketplace spells it.", "Write No Brand if there is none.", "Remark"],
    ),
    column("model", Kind::Digits, 14, ["The model name or number.", "Short text.", "RT-1"]),
    column(
        "color_family",
        Kind::Text,
        15,
        [
            "The colour of this variant.",
            "A word from the marketplace's own list. Variants of a product must differ.",
            "Red",
        ],
    ),
    column(
        "size",
        Kind::Digits,
        12,
        ["The size of this variant.", "A word from the marketplace's own list, such as Int:M or EU:42.", "Int:M"],
    ),
    mandatory(
        "price",
        Kind::Money,
        12,
        [
            "The regular price in your shop's currency.",
            "Above zero, at most 2 decimals, a decimal point, no currency.",
            "99.90",
        ],
    ),
    column(
        "special_price",
        Kind::Money,
        15,
        ["A lower price for a while.", "Below the price. Needs a start or an end date.", "89.90"],
    ),
    column(
        "special_from_date",
        Kind::Date,
        20,
        [
            "When the special price begins, in your shop's time.",
            "Year first; a quarter of an hour. Marketplaces may ask for it.",
            "2036-12-01 00:00",
        ],
    ),
    column(
        "special_to_date",
        Kind::Date,
        20,
        [
            "When the special price ends, in your shop's time.",
            "Year first, after the start; a quarter of an hour.",
            "2036-12-12 23:45",
        ],
    ),
    column("quantity", Kind::Whole, 12, ["How many you have.", "A whole number, 0 or more.", "25"]),
    mandatory(
        "package_weight",
        Kind::Measure,
        17,
        [
            "The weight of the parcel in kg.",
            "Above zero, at most 2 decimals. Marketplaces may refuse more than 40 kg.",
            "0.25",
        ],
    ),
    mandatory(
        "package_length",
        Kind::Measure,
        17,
        [
            "The length of the parcel in cm.",
            "Above zero, at most 2 decimals. The three lengths add up to at most 300 cm.",
            "30",
        ],
    ),
    mandatory("package_width", Kind::Measure, 17, ["The width of the parcel in cm.", "As package_length.", "24"]),
    mandatory("package_height", Kind::Measure, 17, ["The height of the parcel in cm.", "As package_length.", "3"]),
    column("package_content", Kind::Text, 20, ["What is in the box.", "Number x thing.", "1 x T-shirt"]),
    column(
        "ProductId",
        Kind::Digits,
        17,
        ["The number under the barcode: EAN, UPC or GTIN.", "8, 12, 13 or 14 digits.", "2900000010000"],
    ),
    column(
        "tax_class",
        Kind::Text,
        12,
        ["The tax class.", "A word from the marketplace's own list; mostly default.", "default"],
    ),
    column(
        "warranty",
        Kind::Text,
        13,
        ["How long the warranty lasts.", "A word from the marketplace's own list.", "1 Year"],
    ),
    column(
        "warranty_type",
        Kind::Text,
        25,
        ["Who gives the warranty.", "A word from the marketplace's own list.", "Local Supplier Warranty"],
    ),
    column(
        "MainImage",
        Kind::Text,
        46,
        ["The first picture of this variant.", IMAGE_LIMITS, "https://my-live-01.slatic.net/p/example-1.jpg"],
    ),
    column(
        "Image2",
        Kind::Text,
        46,
        ["The second picture.", IMAGE_LIMITS, "https://my-live-01.slatic.net/p/example-2.jpg"],
    ),
    column("Image3", Kind::Text, 20, ["The third picture.", IMAGE_LIMITS, ""]),
    column("Image4", Kind::Text, 20, ["The fourth picture.", IMAGE_LIMITS, ""]),
    column("Image5", Kind::Text, 20, ["The fifth picture.", IMAGE_LIMITS, ""]),
    column("Image6", Kind::Text, 20, ["The sixth picture.", IMAGE_LIMITS, ""]),
    column("Image7", Kind::Text, 20, ["The seventh picture.", IMAGE_LIMITS, ""]),
    column("Image8", Kind::Text, 20, ["The eighth picture.", IMAGE_LIMITS, ""]),
];

const HELP: [&str; 6] = [
    "One row is one variant (SKU). Rows with the same key in `product` become one product.",
    "Red headers are mandatory. What all variants share may stand in the first row of the product only.",
    "The example row is skipped: leave it, overwrite it or delete it.",
    "Columns may be moved, and columns you do not need deleted. Do not change the headers.",
    "For an attribute of your category, add a column: attr.NAME for the product, sku.NAME for the variant.",
    "Point at a header on the sheet Products to see what belongs there.",
];

/// Every header of the template.
pub(crate) fn headers() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().map(|column| column.header)
}

/// Writes `products.xlsx` and `products.csv` into `folder`.
pub(crate) fn write(folder: &Path) -> Outcome {
    let example = COLUMNS.iter().map(example).collect();
    Sheet { headers: headers().collect(), rows: vec![example] }.write_csv(&folder.join("products.csv"))?;
    let mut workbook = workbook("Products for a shop")?;
    write_products(workbook.add_worksheet().set_name("Products")?)?;
    write_help(&mut workbook)?;
    Ok(workbook.save(folder.join("products.xlsx"))?)
}

/// The cell of the example row.
fn example(column: &Column) -> Cell {
    match column.kind {
        _ if column.header == "SellerSku" => Cell::text(EXAMPLE_SKU),
        Kind::Text | Kind::Digits => Cell::text(column.example),
        Kind::Date => Cell::date(column.example),
        Kind::Whole | Kind::Money | Kind::Measure => Cell::number(column.example),
    }
}

fn write_products(worksheet: &mut Worksheet) -> Outcome {
    worksheet.set_row_height(0, 28)?;
    for (index, column) in (0..).zip(&COLUMNS) {
        worksheet.set_column_width(index, column.width)?;
        worksheet.set_column_format(index, &column_format(column))?;
        let colour = if column.mandatory { MANDATORY } else { OPTIONAL };
        let header = header_format(colour).set_border_right(FormatBorder::Thin).set_border_color(Color::White);
        worksheet.write_with_format(0, index, column.header, &header)?;
        worksheet.insert_note(0, index, &note(column))?;
        let grey =
            column_format(column).set_italic().set_font_color(Color::RGB(0x7F7F7F)).set_background_color(0xF2F2F2);
        write_cell(worksheet, (1, index), &example(column), &grey)?;
        if let Some(validation) = validation(column)? {
            worksheet.add_data_validation(2, index, TYPED_ROWS, index, &validation)?;
        }
    }
    worksheet.set_landscape().set_print_fit_to_pages(1, 0).set_freeze_panes(1, 1)?;
    Ok(())
}

fn column_format(column: &Column) -> Format {
    match column.kind {
        Kind::Digits => Format::new().set_num_format("@"),
        Kind::Date => Format::new().set_num_format(DATE_FORMAT).set_align(FormatAlign::Left),
        Kind::Money => Format::new().set_num_format("0.00##"),
        Kind::Text | Kind::Whole | Kind::Measure => Format::new(),
    }
}

fn note(column: &Column) -> Note {
    let must = if column.mandatory { "Mandatory. " } else { "" };
    let example = if column.example.is_empty() { String::new() } else { format!("\n\nExample: {}", column.example) };
    let text = format!("{must}{}\n\n{}{example}", column.what, column.limits);
    Note::new(text).add_author_prefix(false).set_width(280).set_height(130).set_background_color(0xFFF8DC)
}

/// A hint while typing, never a wall: the sheet is checked before it is sent.
fn validation(column: &Column) -> Result<Option<DataValidation>, Box<dyn std::error::Error>> {
    let rule = match (column.header, column.kind) {
        ("name", _) => DataValidation::new().allow_text_length(DataValidationRule::Between(2, 255)),
        ("quantity", _) => DataValidation::new().allow_whole_number(DataValidationRule::GreaterThanOrEqualTo(0)),
        (_, Kind::Whole) => DataValidation::new().allow_whole_number(DataValidationRule::GreaterThan(0)),
        (_, Kind::Money | Kind::Measure) => {
            DataValidation::new().allow_decimal_number(DataValidationRule::GreaterThan(0.0))
        }
        (_, Kind::Text | Kind::Digits | Kind::Date) => return Ok(None),
    };
    let rule = rule.set_error_style(DataValidationErrorStyle::Warning).set_error_title(column.header)?;
    Ok(Some(rule.set_error_message(column.limits)?))
}

fn write_help(workbook: &mut Workbook) -> Outcome {
    let worksheet = workbook.add_worksheet().set_name("Help")?;
    let title = Format::new().set_bold().set_font_size(16);
    worksheet.write_with_format(0, 0, "How to fill in the sheet Products", &title)?;
    for (row, line) in (1..).zip(HELP) {
        worksheet.write(row, 0, line)?;
    }
    let top = HELP.len() as u32 + 2;
    let titles = [("Column", 20), ("Mandatory", 12), ("What it is", 46), ("Limits", 62), ("Example", 44)];
    for (index, (text, width)) in (0..).zip(titles) {
        worksheet.set_column_width(index, width)?;
        worksheet.write_with_format(top, index, text, &header_format(OPTIONAL))?;
    }
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top).set_border_bottom(FormatBorder::Hair);
    let bold = wrapped.clone().set_bold();
    let red = bold.clone().set_font_color(Color::RGB(MANDATORY));
    for (row, column) in (top + 1..).zip(&COLUMNS) {
        worksheet.write_with_format(row, 0, column.header, if column.mandatory { &red } else { &bold })?;
        let must = if column.mandatory { "yes" } else { "" };
        for (index, text) in (1..).zip([must, column.what, column.limits, column.example]) {
            worksheet.write_string_with_format(row, index, text, &wrapped)?;
        }
    }
    worksheet.set_landscape().set_print_fit_to_pages(1, 0);
    Ok(())
}
