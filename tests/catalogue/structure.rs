//! Workbooks as merchants build them: sheets, headers, hidden and merged cells, formulas.
//!
//! Left out: S16 for tables one below the other (a second header among the data cannot be told from a row), S20 (see
//! tests/hostile.rs and tests/workbooks.rs), S30 (nothing here writes an XLS of 65,536 rows).

use rust_xlsxwriter::{Format, Formula, Image, Url, Worksheet};

use crate::archive::{Part, archive};
use crate::case::{Case, case};
use crate::made::{Made, csv, csv_without, file, grid, grid_without, put, text_of, workbook, xlsx, xlsx_and, xml};

pub(crate) fn cases() -> Vec<Case> {
    [sheets(), headers(), hidden_and_merged(), formats(), cells()].into_iter().flatten().collect()
}

fn sheets() -> Vec<Case> {
    vec![
        case("S01", "the products are on the third sheet", third_sheet()).says("Products").sends("SKU-2 price=99"),
        case("S14", "a hidden sheet of old products is not read", with_second_sheet(true))
            // It may be told that there is one.
            .may("other-sheet")
            .sends("SKU-2 price=99"),
        case("S17", "two sheets of products, none named", with_second_sheet(false))
            .finds("* other-sheet")
            .says("--sheet"),
        case("S17", "two sheets of products, both named, with a seller SKU in both", with_second_sheet(false))
            .with("--sheet Products --sheet Products-2")
            // Which of the two rows carries the finding is the second's business.
            .finds("* duplicate-sku"),
        case("S16", "a size chart beside the products", csv("price||Size chart⏎(cm)\n99||S\n98||M\n97||L"))
            .finds("* unknown-column"),
    ]
}

/// Two sheets of help and values before the products.
fn third_sheet() -> Made {
    workbook(|book| {
        let help = book.add_worksheet().set_name("Help").expect("a name");
        help.write_string(0, 0, "How to fill in this file").expect("a cell");
        let values = book.add_worksheet().set_name("Valid values").expect("a name");
        put(values, 0, &["Red", "Blue", "Green"].map(|text| vec![text.to_owned()]));
        let products = book.add_worksheet().set_name("Products").expect("a name");
        put(products, 0, &grid("price\n99"));
    })
}

fn with_second_sheet(is_hidden: bool) -> Made {
    workbook(|book| {
        let first = book.add_worksheet().set_name("Products").expect("a name");
        put(first, 0, &grid("price\n99\n98"));
        let second = book.add_worksheet().set_name("Products-2").expect("a name");
        put(second, 0, &grid("price|SellerSku|name\n77|SKU-2|Another shirt"));
        second.set_hidden(is_hidden);
    })
}

fn headers() -> Vec<Case> {
    vec![
        case("S02", "a title above the header, and what is mandatory below it", header_below_title())
            .finds("* header-rows")
            .sends("SKU-5 price=99; SKU-6 price=98"),
        case("S02", "the header is named", header_below_title())
            .with("--header-row 3")
            .finds("* header-rows")
            .sends("SKU-5 price=99"),
        case("S05", "three columns Image", csv("Image|Image|Image\nhttps://a.co/1.jpg|https://a.co/2.jpg|"))
            .sends("SKU-2 images=https://a.co/1.jpg https://a.co/2.jpg"),
        case("S05", "two columns price", csv("price|price\n99|98")).finds("B1 duplicate-column"),
        case("S06", "values under a blank header", csv("price||quantity\n99|look here|5"))
            .finds("B2 unnamed-column")
            .sends("SKU-2 price=99, quantity=5"),
        case("S06", "blank headers at the end", file("sheet.csv", trailing())).sends("SKU-2 price=99"),
        case(
            "S07",
            "headers with stars, brackets, line breaks and full-width letters",
            csv_without(
                &["SellerSku", "name", "brand", "price"],
                "  SELLER sku*|Product⏎Name|＊Brand|Ｐｒｉｃｅ（required）\nTEE|Best shirt|Acme|99",
            ),
        )
        .may("header-unit")
        .sends("TEE name=Best shirt, brand=Acme, price=99"),
        case("S08", "marks that nobody sees before the first header", file("sheet.csv", invisible_start()))
            .sends("TEE price=10"),
    ]
}

fn header_below_title() -> Made {
    workbook(|book| {
        let sheet = book.add_worksheet();
        sheet.write_string(0, 0, "Products of our shop, 2026").expect("a cell");
        let mut rows = grid("price\n-\n99\n98");
        let width = rows[0].len();
        rows[1] = (0..width).map(|column| ["Mandatory", "Optional"][column % 2].to_owned()).collect();
        let sku = rows[0].iter().position(|header| header == "SellerSku").expect("the column");
        (rows[2][sku], rows[3][sku]) = ("SKU-5".to_owned(), "SKU-6".to_owned());
        put(sheet, 2, &rows);
    })
}

fn trailing() -> String {
    text_of(&grid("price\n99"), ',', ",,,\n")
}

fn invisible_start() -> String {
    let rows = grid_without(&[], "SellerSku\nTEE");
    format!("\u{feff}\u{200b}{}", text_of(&rows, ',', "\n"))
}

fn hidden_and_merged() -> Vec<Case> {
    let of_one = "product|SellerSku|color_family|name\nTEE|T-1|Red|Best shirt\nTEE|T-2|Blue|\nTEE|T-3|Grey|";
    vec![
        case("S04", "a name merged over the rows of its variants", merged(3, "Best shirt", of_one))
            .finds("* merged-cells")
            .sends("T-1 name=Best shirt; T-3 name=Best shirt"),
        case(
            "S04",
            "a price merged over rows counts for the first alone",
            merged(0, "99", "price|SellerSku\n99|T-1\n|T-2\n|T-3"),
        )
        .finds("* unfilled-merge; A3 missing-value; A4 missing-value")
        .sends("T-1 price=99; T-2 -"),
        case("S13", "rows that a filter hides", xlsx_and("price\n99\n98\n97", hide_third))
            .finds("* hidden-rows")
            .sends("SKU-2 price=99; SKU-3 price=98"),
        case("S13", "rows that a filter hides, to be left out", xlsx_and("price\n99\n98\n97", hide_third))
            .with("--hidden skip")
            .may("hidden-rows")
            .sends("SKU-2 price=99; SKU-3 -; SKU-4 price=97"),
        case("S14", "a hidden column is read", xlsx_and("quantity|price\n5|99", hide_first))
            .finds("* hidden-columns")
            .sends("SKU-2 quantity=5"),
    ]
}

fn merged(column: u16, text: &str, sheet: &str) -> Made {
    xlsx_and(sheet, |worksheet| {
        worksheet.merge_range(1, column, 3, column, text, &Format::new()).expect("merged cells");
    })
}

fn hide_third(worksheet: &mut Worksheet) {
    worksheet.set_row_hidden(2).expect("a row");
}

fn hide_first(worksheet: &mut Worksheet) {
    worksheet.set_column_hidden(0).expect("a column");
}

fn formats() -> Vec<Case> {
    let text = || text_of(&grid("price\n99"), '\t', "\r\n");
    vec![
        case("S18", "a text file named .xlsx", file("sheet.xlsx", text())).sends("SKU-2 price=99"),
        case("S18", "a text file named .xls", file("sheet.xls", text())).sends("SKU-2 price=99"),
        case("S18", "a workbook named .csv", Made { name: "sheet.csv", ..xlsx("price\n99") }).sends("SKU-2 price=99"),
        case("S18", "a web page named .xls", file("sheet.xls", "<html><table><tr><td>price</td></tr></table></html>"))
            .refuses("HTML"),
        case("S18", "a PDF named .xlsx", file("sheet.xlsx", "%PDF-1.7\n...")).refuses("PDF"),
        case("S18", "a Numbers file", file("sheet.xlsx", archive(&[Part::stored("Index/Document.iwa", "x")])))
            .refuses("Numbers"),
        case("S18", "a Word document", file("sheet.xlsx", archive(&[Part::stored("word/document.xml", "<w/>")])))
            .refuses("Word"),
        case("S19", "a workbook with a password", locked()).refuses("password"),
    ]
}

/// The first two sectors of an encrypted workbook: a compound file that holds `EncryptedPackage`.
fn locked() -> Made {
    let mut bytes = vec![0_u8; 2048];
    bytes[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    bytes[24..34].copy_from_slice(&[0x3E, 0, 3, 0, 0xFE, 0xFF, 9, 0, 6, 0]);
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes[1024..1024 + name.len()].copy_from_slice(&name);
    file("sheet.xlsx", bytes)
}

fn cells() -> Vec<Case> {
    let one_price = |formula: Formula| {
        xlsx_and("price\n1", |worksheet| {
            worksheet.write_formula(1, 0, formula).expect("a cell");
        })
    };
    let error = |code: &'static str| one_price(Formula::new("=NA()").set_result(code));
    vec![
        case("S09", "a dimension to the last cell", xml("", r#"<dimension ref="A1:XFD1048576"/>"#, "price\nx", PRICE))
            .sends("SKU-2 price=99"),
        case("S11", "thousands of formatted empty rows", xlsx_and("price\n99", formatted)).says("1 row"),
        case("S21", "runs of rich text, furigana and an escape", xml("", "", "name\nx", RUNS))
            .sends("SKU-2 name=Best A shirt"),
        case("S22", "a formula with the value that Excel computed", one_price(Formula::new("=10*2").set_result("20")))
            .finds("* formula-values")
            .sends("SKU-2 price=20"),
        case("S23", "a formula without a value", xml("", "", "price\nx", "<c r=\"{}\"><f>10*2</f></c>"))
            .finds("A2 formula-without-value")
            .sends("SKU-2 -"),
        case("S24", "#N/A", error("#N/A")).finds("A2 cell-error").may("formula-values").says("#N/A"),
        case("S24", "#REF!", error("#REF!")).finds("A2 cell-error").may("formula-values").says("#REF!"),
        case("S24", "#DIV/0!", error("#DIV/0!")).finds("A2 cell-error").may("formula-values").says("#DIV/0!"),
        case("S27", "numbers and ids as text", xlsx("price|ProductId\n12.50|4006381333931"))
            .sends("SKU-2 price=12.50, ProductId=4006381333931"),
        case("S27", "an apostrophe in front keeps digits a text", xlsx_and("SellerSku\nx", apostrophe))
            .sends("00012 price=10"),
        case("S14", "a picture pasted over a cell", xlsx_and("price\n99", pasted)).finds("* pasted-pictures"),
        case("M04", "a formula that shows a picture", xml("", "", "Image\nx", PICTURE)).finds("A2 picture-in-cell"),
        case("M04", "a link behind the word that is shown", xlsx_and("Image\nphoto", linked))
            .with("--repair safe")
            .finds("A2 repaired")
            .sends("SKU-2 images=https://a.co/1.jpg"),
    ]
}

const PRICE: &str = r#"<c r="{}"><v>99</v></c>"#;
const RUNS: &str = concat!(
    r#"<c r="{}" t="inlineStr"><is><r><t xml:space="preserve">Best </t></r><r><rPr><b/></rPr><t>_x0041_ shirt</t></r>"#,
    r#"<rPh sb="0" eb="2"><t>フリガナ</t></rPh><phoneticPr fontId="1"/></is></c>"#
);
const PICTURE: &str = r#"<c r="{}" t="e"><f>_xlfn.IMAGE("https://a.co/1.jpg")</f><v>#VALUE!</v></c>"#;

fn formatted(worksheet: &mut Worksheet) {
    let grey = Format::new().set_background_color("#EEEEEE");
    for row in 2..20_000 {
        worksheet.write_blank(row, 0, &grey).expect("a cell");
    }
}

fn apostrophe(worksheet: &mut Worksheet) {
    let look = Format::new().set_quote_prefix();
    worksheet.write_string_with_format(1, 0, "00012", &look).expect("a cell");
}

fn linked(worksheet: &mut Worksheet) {
    worksheet.write_url(1, 0, Url::new("https://a.co/1.jpg").set_text("photo")).expect("a link");
}

fn pasted(worksheet: &mut Worksheet) {
    let image = Image::new_from_buffer(DOT).expect("a picture");
    worksheet.insert_image(1, 1, &image).expect("a picture on the sheet");
}

/// A PNG of one grey dot.
const DOT: &[u8] = &[
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8, 0,
    0, 0, 0, 0x3A, 0x7E, 0x9B, 0x55, 0, 0, 0, 10, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0x68, 0, 0, 0, 0x82, 0,
    0x81, 0xDD, 0x43, 0x6A, 0xF4, 0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
];
