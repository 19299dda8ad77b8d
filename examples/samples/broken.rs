//! The bad sheet: for each rule a row that breaks it and no other, and what should be found where.
//!
//! The seller SKU of a row is the name of the rule it breaks; where a rule takes two rows, or more,
//! they are numbered. The first row breaks none. Positions are computed from the rows themselves.

use std::fs;
use std::path::Path;
use std::slice;

use serde::Serialize;
use skuload::finding::Rule;
use skuload::location::column_letters;

use crate::catalogue::HEADERS;
use crate::sheet::{Cell, Outcome, Sheet, workbook};

/// Columns beside those of the catalogue, each of which tells one thing about headers or rows.
const MORE_HEADERS: [&str; 10] = [
    "Stock",
    "SPUId",
    "AssociatedSku",
    "Images",
    "ProductID",
    "cost_price",
    "pirce",
    "currencyCode",
    "attr.test 4",
    "",
];

/// Rules that need a shop or a country, so that no sheet breaks them alone (the row `price-minor-unit` breaks its
/// rule once a country without a minor unit is named), and rules on how a file or a whole column is made.
const LEFT_OUT: [Rule; 51] = [
    // What only a file of categories, or a day, can tell.
    Rule::UnknownCategory,
    Rule::AmbiguousCategory,
    Rule::CategoryNotLeaf,
    Rule::CategoryNotPulled,
    Rule::MissingAttribute,
    Rule::UnknownOption,
    Rule::AttributeNumber,
    Rule::AttributeDate,
    Rule::AttributeLevel,
    Rule::UnlistedAttribute,
    Rule::UnknownBrand,
    Rule::PastSale,
    Rule::PriceMinorUnit,
    Rule::ForeignCurrency,
    Rule::AssociatedSkuUnknown,
    Rule::AssociatedSkuCircle,
    Rule::ProductSplitInShop,
    Rule::OtherSheet,
    Rule::HeaderRows,
    Rule::HiddenRows,
    Rule::HiddenColumns,
    Rule::MergedCells,
    Rule::UnfilledMerge,
    Rule::PastedPictures,
    Rule::FormulaValues,
    Rule::FormulaWithoutValue,
    Rule::PictureInCell,
    Rule::RowLimit,
    Rule::GuessedEncoding,
    Rule::HeaderUnit,
    Rule::WrittenAs,
    Rule::MixedWriting,
    Rule::Repaired,
    Rule::PaddedIdentifier,
    Rule::RoundedIdentifier,
    // Files beside the sheet, and the web.
    Rule::MissingPicture,
    Rule::UnsafePicturePath,
    Rule::AmbiguousPicture,
    Rule::PictureType,
    Rule::PictureSize,
    Rule::PicturePixels,
    Rule::LargePicture,
    Rule::DeadPicture,
    Rule::UnclearPicture,
    Rule::NotInShop,
    Rule::NotUpdatable,
    Rule::NotClearable,
    Rule::NeededToCreate,
    Rule::InvalidStatus,
    Rule::SaleTimesDiffer,
    Rule::PriceCut,
];

/// The most SKUs of a product without a warning, and one more.
const MANY: usize = 51;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Xlsx,
    Csv,
}

/// One finding that must come, and no other may.
#[derive(Serialize)]
struct Expected {
    rule: &'static str,
    /// The cell, as `H14`; none for a whole row.
    cell: Option<String>,
    row: usize,
    /// The row's seller SKU; none for the header row.
    sku: Option<String>,
}

/// Where in its row a finding stands.
#[derive(Clone, Copy)]
enum At {
    Column(&'static str),
    Row,
}

use At::{Column, Row};

/// Writes `broken.xlsx`, `broken.csv` and what should be found in each into `folder`.
pub(crate) fn write(folder: &Path) -> Outcome {
    let (xlsx, csv) = (Broken::build(Form::Xlsx), Broken::build(Form::Csv));
    every_rule_is_broken(&[&xlsx, &csv]);
    let mut workbook = workbook("A sheet that breaks every rule")?;
    xlsx.sheet.write_into(workbook.add_worksheet().set_name("Products")?)?;
    workbook.save(folder.join("broken.xlsx"))?;
    csv.sheet.write_csv(&folder.join("broken.csv"))?;
    write_expected(&folder.join("broken.expected.json"), &xlsx.expected)?;
    write_expected(&folder.join("broken.csv.expected.json"), &csv.expected)
}

fn every_rule_is_broken(sheets: &[&Broken]) {
    for rule in Rule::ALL.iter().filter(|rule| !LEFT_OUT.contains(rule)) {
        let mut expected = sheets.iter().flat_map(|broken| &broken.expected);
        assert!(expected.any(|finding| finding.rule == rule.name()), "no row breaks {rule}");
    }
}

fn write_expected(path: &Path, expected: &[Expected]) -> Outcome {
    let lines: Vec<String> = expected.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    Ok(fs::write(path, format!("[\n  {}\n]\n", lines.join(",\n  ")))?)
}

struct Broken {
    form: Form,
    sheet: Sheet,
    expected: Vec<Expected>,
}

impl Broken {
    fn build(form: Form) -> Broken {
        let of_catalogue = HEADERS.into_iter().filter(|header| *header != "short_description");
        let renamed = of_catalogue.map(|header| if header == "quantity" { "Quantity" } else { header });
        let headers = renamed.chain(MORE_HEADERS).collect();
        let mut broken = Broken { form, sheet: Sheet { headers, rows: Vec::new() }, expected: Vec::new() };
        broken.headers();
        broken.quiet("fine", &[("", text("ask Lee about the colour"))]);
        broken.expect(Rule::UnnamedColumn, Column(""), None);
        broken.cells();
        broken.names();
        broken.texts();
        broken.prices();
        broken.sales();
        broken.packages();
        broken.images();
        broken.products();
        broken
    }

    fn headers(&mut self) {
        self.expect(Rule::MissingColumn, Row, None);
        self.expect(Rule::DuplicateColumn, Column("Stock"), None);
        self.expect(Rule::AmbiguousColumn, Column("ProductID"), None);
        self.expect(Rule::InvalidAttributeName, Column("attr.test 4"), None);
        self.expect(Rule::UnknownColumn, Row, None);
        self.expect(Rule::IgnoredColumn, Row, None);
    }

    fn cells(&mut self) {
        match self.form {
            Form::Csv => {
                // The comma in the name was not quoted: every later cell stands one to the right.
                self.quiet("ragged-row", &[("name", text("Cotton T-shirt"))]);
                let name = self.sheet.column("name");
                let row = self.sheet.rows.last_mut().expect("the row before");
                row.insert(name + 1, text(" Relaxed Fit"));
                // Whose row it is cannot be told from cells that may have moved.
                self.expect(Rule::RaggedRow, Row, None);
                self.one(Rule::ControlCharacter, "model", text("RT\u{1}1"));
            }
            Form::Xlsx => {
                self.one(Rule::CellError, "model", Cell::Error("#N/A"));
                self.one(Rule::DateIdentifier, "ProductId", Cell::date("2026-03-01 00:00"));
            }
        }
        self.one(Rule::GarbledText, "model", text("CafÃ© crÃ¨me"));
        self.one(Rule::MissingValue, "brand", Cell::Blank);
    }

    fn names(&mut self) {
        self.quiet("  trimmed-sku ", &[("product", text("trimmed-sku"))]);
        self.expect(Rule::TrimmedSku, Column("SellerSku"), Some("trimmed-sku"));
        self.quiet("duplicate-sku", &[]);
        self.quiet("duplicate-sku", &[("color_family", text("Blue"))]);
        self.expect(Rule::DuplicateSku, Column("SellerSku"), Some("duplicate-sku"));
        self.quiet("duplicate-row", &[]);
        self.quiet("duplicate-row", &[]);
        self.expect(Rule::DuplicateRow, Row, Some("duplicate-row"));
        self.quiet("similar-sku", &[("product", text("similar-sku-1"))]);
        self.quiet("Similar-SKU", &[("product", text("similar-sku-2"))]);
        self.expect(Rule::SimilarSku, Column("SellerSku"), Some("Similar-SKU"));
        self.one(Rule::InvalidCategory, "PrimaryCategory", text("Shirts"));
        self.one(Rule::InvalidSpu, "SPUId", text("SPU-12"));
        self.one(Rule::InvalidProductId, "ProductId", text("4006381333932"));
        self.one(Rule::ScientificIdentifier, "ProductId", text("4.00638E+12"));
        self.quiet("cleaned\u{200b}-identifier", &[("product", text("cleaned-identifier"))]);
        self.expect(Rule::CleanedIdentifier, Column("SellerSku"), Some("cleaned-identifier"));
        self.quiet("Mar-01", &[("product", text("suspicious-identifier"))]);
        self.expect(Rule::SuspiciousIdentifier, Column("SellerSku"), Some("Mar-01"));
    }

    fn texts(&mut self) {
        self.one(Rule::NameLength, "name", text("T"));
        self.one(Rule::DescriptionLength, "description", text("Nice"));
        self.one(Rule::SpecialCharacter, "color_family", text("Red | Orange"));
    }

    fn prices(&mut self) {
        self.one(Rule::InvalidPrice, "price", text("on request"));
        self.one(Rule::Repairable, "price", text("12.5O"));
        self.one(Rule::PriceNotPositive, "price", Cell::number(0));
        self.one(Rule::PriceDecimals, "price", Cell::number("99.9955"));
        self.quiet("price-minor-unit", &[("price", Cell::number("99.5"))]);
        self.one(Rule::InvalidQuantity, "Quantity", text("plenty"));
        self.one(Rule::AmbiguousNumber, "Quantity", text("1,000"));
    }

    fn sales(&mut self) {
        let sale = ("special_price", Cell::number(89));
        let from = ("special_from_date", Cell::date("2036-12-01 00:00"));
        let to = ("special_to_date", Cell::date("2036-12-31 23:45"));
        let mut sales = |rule, edits: &[Edit], header| self.breaks(rule, edits, Column(header));
        let deep = ("special_price", Cell::number(9));
        sales(Rule::DeepDiscount, &[deep, from.clone(), to.clone()], "special_price");
        let two_ways = ("special_to_date", text("01/12/2026"));
        sales(Rule::AmbiguousDate, &[sale.clone(), from.clone(), two_ways], "special_to_date");
        let typed = ("special_to_date", text("Christmas"));
        sales(Rule::InvalidDate, &[sale.clone(), from.clone(), typed], "special_to_date");
        sales(Rule::SaleWithoutWindow, slice::from_ref(&sale), "special_price");
        sales(Rule::WindowWithoutSale, slice::from_ref(&from), "special_from_date");
        sales(Rule::SaleStartMissing, &[sale.clone(), to.clone()], "special_from_date");
        let dear = ("special_price", Cell::number(129));
        sales(Rule::SaleNotBelowPrice, &[dear, from.clone(), to.clone()], "special_price");
        let early = ("special_to_date", Cell::date("2036-11-30 23:45"));
        sales(Rule::SaleWindowReversed, &[sale.clone(), from, early], "special_to_date");
        let odd = ("special_from_date", Cell::date("2036-12-01 18:23"));
        sales(Rule::SaleWindowFloored, &[sale, odd, to], "special_from_date");
    }

    fn packages(&mut self) {
        self.one(Rule::InvalidMeasure, "package_weight", text("light"));
        self.one(Rule::MeasureNotPositive, "package_length", Cell::number(0));
        self.one(Rule::MeasureDecimals, "package_weight", Cell::number("0.125"));
        self.one(Rule::HeavyPackage, "package_weight", Cell::number(250));
        let ones = ["package_weight", "package_length", "package_width", "package_height"];
        let ones = ones.map(|header| (header, Cell::number(1)));
        self.breaks(Rule::PlaceholderPackage, &ones, Column("package_weight"));
        let millimetres = [("package_length", 300), ("package_width", 240), ("package_height", 30)];
        self.breaks(
            Rule::LargePackage,
            &millimetres.map(|(header, length)| (header, Cell::number(length))),
            Column("package_length"),
        );
    }

    fn images(&mut self) {
        let nine: Vec<String> = (1..=9).map(address).collect();
        self.breaks(
            Rule::TooManyImages,
            &[("Image1", Cell::Blank), ("Images", text(&nine.join(", ")))],
            Column("Images"),
        );
        self.one(Rule::InvalidImageUrl, "Image1", text("ask Lee for the photo"));
        self.one(Rule::ImageHost, "Image1", text("https://203.0.113.7/p/tee-red.jpg"));
        let page = "https://drive.google.com/file/d/1AbCdEfGhIjKlMnOpQrStUvWx/view";
        self.one(Rule::SharePage, "Image1", text(page));
        self.one(Rule::ImageType, "Image1", text("https://img.example.com/p/tee-red.webp"));
        let signed = "https://img.example.com/p/tee-red.jpg?X-Amz-Expires=3600&X-Amz-Signature=ab12";
        self.one(Rule::ImageExpires, "Image1", text(signed));
        self.one(Rule::DuplicateImage, "Image2", text(&address(1)));
    }

    fn products(&mut self) {
        self.pair(
            Rule::ProductConflict,
            &[("color_family", text("Blue")), ("brand", text("Remarque"))],
            Column("brand"),
        );
        self.pair(Rule::VariantsAlike, &[], Row);
        let bare = ["color_family", "size", "tax_class", "package_content"].map(|header| (header, Cell::Blank));
        self.breaks(Rule::NoSkuAttribute, &bare, Row);
        let name = Rule::ManySkus.name();
        for number in 1..=MANY {
            let sku = format!("{name}-{number}");
            self.quiet(&sku, &[("product", text(name)), ("size", text(&format!("EU:{number}")))]);
            if number == 1 {
                self.expect(Rule::ManySkus, Row, Some(&sku));
            }
        }
    }

    /// A row that breaks `rule` by one cell.
    fn one(&mut self, rule: Rule, header: &'static str, cell: Cell) {
        self.breaks(rule, &[(header, cell)], Column(header));
    }

    /// A row that breaks `rule` by these cells.
    fn breaks(&mut self, rule: Rule, edits: &[Edit], at: At) {
        self.quiet(rule.name(), edits);
        self.expect(rule, at, Some(rule.name()));
    }

    /// Two rows of one product, of which the second breaks `rule` by these cells.
    fn pair(&mut self, rule: Rule, edits: &[Edit], at: At) {
        let product = ("product", text(rule.name()));
        self.quiet(&format!("{rule}-1"), slice::from_ref(&product));
        let second = format!("{rule}-2");
        self.quiet(&second, &[&[product], edits].concat());
        self.expect(rule, at, Some(&second));
    }

    /// A row with these cells in place of those of the good row.
    fn quiet(&mut self, seller_sku: &str, edits: &[Edit]) {
        let mut row: Vec<Cell> = self.sheet.headers.iter().map(|header| good_cell(header)).collect();
        let key = [("SellerSku", text(seller_sku)), ("product", text(seller_sku))];
        for (header, cell) in key.iter().chain(edits) {
            row[self.sheet.column(header)] = cell.clone();
        }
        self.sheet.rows.push(row);
    }

    /// Expects a finding in the row written last, or in the header row.
    fn expect(&mut self, rule: Rule, at: At, sku: Option<&str>) {
        let row = 1 + self.sheet.rows.len();
        let cell = match at {
            Row => None,
            Column(header) => Some(format!("{}{row}", column_letters(1 + self.sheet.column(header) as u32))),
        };
        self.expected.push(Expected { rule: rule.name(), cell, row, sku: sku.map(str::to_owned) });
    }
}

type Edit = (&'static str, Cell);

fn text(text: &str) -> Cell {
    Cell::text(text)
}

fn address(number: u32) -> String {
    format!("https://my-live-01.slatic.net/p/broken-{number}.jpg")
}

/// What a good row has under `header`; `SellerSku` and `product` are the row's own.
fn good_cell(header: &str) -> Cell {
    match header {
        "PrimaryCategory" => Cell::number(6601),
        "name" => text("Everyday Cotton T-Shirt"),
        "color_family" => text("Red"),
        "size" => text("Int:M"),
        "price" => Cell::number(99),
        "Quantity" | "Stock" => Cell::number(10),
        "brand" => text("Remark"),
        "model" => text("RT-1"),
        "description" => text("<p>Combed cotton, made to last.</p>"),
        "package_weight" => Cell::number("0.25"),
        "package_length" => Cell::number(30),
        "package_width" => Cell::number(24),
        "package_height" => Cell::number(3),
        "package_content" => text("1 x T-shirt"),
        "tax_class" => text("default"),
        "warranty_type" => text("No Warranty"),
        "Image1" => text(&address(1)),
        "ProductID" => Cell::number(1_234_567),
        "cost_price" => Cell::number(42),
        "pirce" => Cell::number(99),
        "currencyCode" => text("MYR"),
        "attr.test 4" => text("yes"),
        _ => Cell::Blank,
    }
}
