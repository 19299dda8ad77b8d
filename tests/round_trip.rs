//! What is exported and imported again in upsert mode is unchanged, whatever the shop holds; and an edited cell is all
//! that changes.
//!
//! The shops are made up; more of them are tried with `PROPTEST_CASES=200`. What they found once stands below as tests
//! of its own.
#![cfg(all(feature = "cli", feature = "sandbox", feature = "import"))]

mod shops;
mod support;

use std::fmt::Write as _;
use std::fs;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use skuload::sandbox::{Faults, Options};
use support::{API, Api, Desk, Market, SHOP, either};
use tempfile::TempDir;

/// A shop, and a merchant's desk before it.
struct Stall {
    market: Market,
    desk: Desk,
    _folder: TempDir,
}

/// A cell of a sheet: its header and what it holds.
type Cells = Vec<(String, String)>;

impl Stall {
    /// A marketplace that holds these products, and shows them as the faults file says.
    fn of(products: &[Value], faults: &str) -> Stall {
        let folder = TempDir::new().unwrap();
        let mut lines = String::new();
        for product in products {
            writeln!(lines, "{}", json!({"effect": "create", "product": product})).unwrap();
        }
        let store = folder.path().join("market.jsonl");
        fs::write(&store, lines).unwrap();
        let faults = Faults::from_toml(faults).unwrap();
        let options = Options { faults, seed: 7, store: Some(store), calls_per_second: None, ..Options::default() };
        let market = Market::of(options);
        let desk = Desk::at(&market);
        Stall { market, desk, _folder: folder }
    }

    /// Exports; a workbook may leave out texts that are too long for its cells.
    #[track_caller]
    fn export(&self, file: &str, flags: &[&str]) {
        let outcome = self.desk.run(&[&["export", "--shop", SHOP, "-o", file], flags].concat());
        let is_cut = outcome.exit == 1 && outcome.stderr.contains("longer than a cell of a workbook");
        assert!(outcome.exit == 0 || is_cut, "{file}: {outcome:?}");
    }

    /// Imports in upsert mode: the exit code, what was printed, and the report.
    fn import(&self, file: &str, flags: &[&str]) -> (i32, String, Vec<Value>) {
        let _ = fs::remove_file(self.desk.path("report.jsonl"));
        let import = ["import", file, "--shop", SHOP, "--mode", "upsert", "--report", "report.jsonl"];
        let outcome = self.desk.run(&[&import, flags].concat());
        let told = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(self.desk.path("report.jsonl").exists(), "{file}: {told}");
        (outcome.exit, told, self.desk.report())
    }

    /// The sheet is imported as it is: each of so many rows is unchanged, and nothing is sent.
    #[track_caller]
    fn is_unchanged(&self, file: &str, rows: usize, flags: &[&str]) {
        let (exit, told, report) = self.import(file, flags);
        let other: Vec<String> =
            report.iter().filter(|row| row["verdict"] != "unchanged").map(Value::to_string).collect();
        assert!(other.is_empty(), "{file}: {}", other.join("\n"));
        assert_eq!((exit, report.len()), (0, rows), "{file}: {told}");
        assert_eq!(self.market.writes(), 0, "{file}");
    }

    /// The products, as the marketplace keeps them.
    fn products(&self) -> Vec<Value> {
        self.market.shown()["products"].as_array().unwrap().clone()
    }

    /// The rows of a CSV of ours.
    fn rows(&self, file: &str) -> Vec<Cells> {
        let text = fs::read_to_string(self.desk.path(file)).unwrap();
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let headers: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let row = |record: csv::StringRecord| headers.iter().cloned().zip(record.iter().map(str::to_owned)).collect();
        reader.records().map(|record| row(record.unwrap())).collect()
    }

    fn write(&self, file: &str, rows: &[Cells]) {
        let mut writer = csv::Writer::from_path(self.desk.path(file)).unwrap();
        writer.write_record(rows[0].iter().map(|(header, _)| header)).unwrap();
        for row in rows {
            writer.write_record(row.iter().map(|(_, cell)| cell)).unwrap();
        }
        writer.flush().unwrap();
    }
}

fn skus(products: &[Value]) -> impl Iterator<Item = &Value> {
    products.iter().flat_map(|product| product["skus"].as_array().unwrap())
}

/// SKUs that an export has.
fn shown(products: &[Value]) -> usize {
    skus(products).filter(|sku| sku["status"] != "deleted").count()
}

/// A shop with one product of one SKU.
fn single(attributes: Value, sku: Value) -> Vec<Value> {
    let mut all = json!({"seller_sku": "MUG", "status": "active", "images": [], "fields": {"price": "9.90"},
        "created_by_request": null});
    all.as_object_mut().unwrap().extend(sku.as_object().unwrap().clone());
    vec![json!({"category": 3, "spu_id": null, "attributes": attributes, "skus": [all], "associated_skus": [],
        "creates": 0, "created_at": "2018-01-31T00:00:00Z", "updated_at": "2018-01-31T00:00:00Z"})]
}

/// A shop of one product is unchanged in either format.
#[track_caller]
fn check(attributes: Value, sku: Value) {
    check_shown(attributes, sku, "");
}

/// The same, as the faults file shows it.
#[track_caller]
fn check_shown(attributes: Value, sku: Value, faults: &str) {
    let stall = Stall::of(&single(attributes, sku), faults);
    for file in ["goods.csv", "goods.xlsx"] {
        stall.export(file, &[]);
        stall.is_unchanged(file, 1, &[]);
    }
}

/// What the columns that repeat others hold in the only row: `HEADER=TEXT|HEADER=TEXT`.
#[track_caller]
fn check_repeated(attributes: Value, sku: Value, expect: &str) {
    let stall = Stall::of(&single(attributes, sku), "");
    stall.export("goods.csv", &[]);
    let rows = stall.rows("goods.csv");
    let own = rows[0].iter().skip_while(|(header, _)| header != "skuload: Available").skip(1);
    let told: Vec<String> = own.map(|(header, cell)| format!("{header}={cell}")).collect();
    assert_eq!(told.join("|"), expect);
    stall.is_unchanged("goods.csv", 1, &[]);
}

const NORMAL: [&str; 4] = [
    "",
    "[normal]\nspaces = \"collapsed\"\nnumbers = \"shortest\"\n",
    "[normal]\nspaces = \"collapsed\"\n",
    "[normal]\nnumbers = \"shortest\"\n",
];

/// Few cases, unless more are asked for.
fn cases(few: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    let cases = if usual.cases == 256 { few } else { usual.cases };
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 200, ..usual }
}

proptest! {
    #![proptest_config(cases(4))]

    #[test]
    fn what_is_exported_and_imported_again_is_unchanged(
        products in shops::shop(),
        normal in select(&NORMAL[..]),
        is_csv: bool,
        with_stock: bool,
    ) {
        let stall = Stall::of(&products, normal);
        let file = if is_csv { "goods.csv" } else { "goods.xlsx" };
        stall.export(file, if with_stock { &["--stock"] } else { &[] });
        stall.is_unchanged(file, shown(&products), &[]);
    }

    #[test]
    fn an_xml_reply_goes_the_same_way(products in shops::shop_of_xml(), normal in select(&NORMAL[..]), is_csv: bool) {
        if let Api::OpenPlatform = API {
            // It answers in JSON and nothing else.
            return Ok(());
        }
        let other = "[[fault]]\naction = \"GetProducts\"\nkind = \"plain\"\nformat = \"other\"\n";
        let stall = Stall::of(&products, &format!("{normal}{other}"));
        let file = if is_csv { "goods.csv" } else { "goods.xlsx" };
        stall.export(file, &[]);
        stall.is_unchanged(file, shown(&products), &[]);
    }

    #[test]
    fn some_skus_of_a_shop_go_the_same_way(products in shops::shop(), picked in any::<Index>(), is_csv: bool) {
        let stall = Stall::of(&products, "");
        let names = skus(&products).filter(|sku| sku["status"] != "deleted");
        let names = names.map(|sku| sku["seller_sku"].as_str().unwrap()).filter(|name| !name.contains(['\n', '\r']));
        let names: Vec<&str> = names.collect();
        prop_assume!(!names.is_empty());
        let some = &names[picked.index(names.len())..];
        fs::write(stall.desk.path("skus.txt"), some.join("\n")).unwrap();
        let file = if is_csv { "goods.csv" } else { "goods.xlsx" };
        stall.export(file, &["--sku", "@skus.txt"]);
        stall.is_unchanged(file, some.len(), &[]);
    }

    #[test]
    fn an_edited_cell_is_all_that_changes(products in shops::shop(), row in any::<Index>(), cell in any::<Index>()) {
        let stall = Stall::of(&products, "");
        prop_assume!(shown(&products) > 0);
        stall.export("goods.csv", &[]);
        let mut rows = stall.rows("goods.csv");
        let row = row.index(rows.len());
        let edits = Edit::of(&rows[row]);
        let edit = &edits[cell.index(edits.len())];
        let mut expect = stall.products();
        edit.make(&mut rows, row, &mut expect);
        stall.write("edited.csv", &rows);
        let before = stall.products();
        let (_, told, report) = stall.import("edited.csv", &[]);
        let verdicts = |verdict: &str| report.iter().filter(|row| row["verdict"] == verdict).count();
        let (changed, unchanged) = (verdicts("updated"), verdicts("unchanged"));
        // The marketplace looks at a SKU as it would be: an odd one it may refuse to change at all.
        let wanted = if changed > 0 { expect } else { before };
        prop_assert_eq!(pretty(&stall.products()), pretty(&wanted), "{:?}\n{}", edit, told);
        let product = &cell_of(&rows[row], "product");
        let alike = rows.iter().filter(|there| cell_of(there, "product") == *product).count();
        prop_assert!(unchanged + alike >= rows.len(), "{:?} {:?}\n{}", edit, report, told);
        prop_assert!(!edit.is_plain(&rows[row]) || changed > 0, "{:?} {:?}\n{}", edit, report, told);
    }
}

fn cell_of(row: &Cells, header: &str) -> String {
    row.iter().find(|(there, _)| there == header).map(|(_, cell)| cell.clone()).unwrap_or_default()
}

/// Products as text, what a change brings about beside it left out.
fn pretty(products: &[Value]) -> String {
    let mut products = products.to_vec();
    for product in &mut products {
        for sku in product["skus"].as_array_mut().unwrap() {
            let sku = sku.as_object_mut().unwrap();
            sku.remove("sent_back");
            // A flag that came with the creation is out of date once the SKU is switched.
            sku["fields"].as_object_mut().unwrap().remove("active");
        }
    }
    serde_json::to_string_pretty(&products).unwrap()
}

/// One change of a row.
#[derive(Debug, Clone)]
enum Edit {
    /// A cell of a SKU gets another value.
    Sku { header: String, name: String, value: String },
    /// What the SKUs of a product share gets another value, in each of its rows.
    Product { header: String, name: String, value: String },
    /// It is switched on or off.
    Active(bool),
    /// The first two pictures change places.
    Pictures,
}

impl Edit {
    /// Those that a row allows.
    fn of(row: &Cells) -> Vec<Edit> {
        let mut edits = vec![
            Edit::Sku { header: "quantity".to_owned(), name: "quantity".to_owned(), value: "4711".to_owned() },
            Edit::Product { header: "name".to_owned(), name: "name".to_owned(), value: "Another name".to_owned() },
            Edit::Active(cell_of(row, "active") != "active"),
        ];
        let price = cell_of(row, "price");
        if cell_of(row, "special_price").is_empty() && price.len() > 3 && price.get(price.len() - 3..) == Some(".00") {
            let value = format!("{}.01", &price[..price.len() - 3]);
            edits.push(Edit::Sku { header: "price".to_owned(), name: "price".to_owned(), value });
        }
        for (header, cell) in row {
            let value = "Another value".to_owned();
            match header.split_once('.') {
                Some(("attr", name)) if !cell.is_empty() => {
                    edits.push(Edit::Product { header: header.clone(), name: name.to_owned(), value });
                }
                Some(("sku", name)) if !cell.is_empty() => {
                    edits.push(Edit::Sku { header: header.clone(), name: name.to_owned(), value });
                }
                _ => {}
            }
        }
        let pictures: Vec<String> = (1..=8).map(|at| cell_of(row, &format!("image{at}"))).collect();
        let shown: Vec<&String> = pictures.iter().filter(|url| !url.is_empty()).collect();
        let is_plain = |url: &&String| url.starts_with("https://sg-live.slatic.net/p/") && url.is_ascii();
        let is_once = |url: &&String| shown.iter().filter(|there| there == &url).count() == 1;
        if shown.len() > 1 && shown.iter().all(|url| is_plain(url) && is_once(url)) && cell_of(row, "image").is_empty()
        {
            edits.push(Edit::Pictures);
        }
        edits
    }

    /// Makes it in the sheet, and in what the marketplace is to hold afterwards.
    fn make(&self, rows: &mut [Cells], row: usize, products: &mut [Value]) {
        let (sku, product) = (cell_of(&rows[row], "skuload: ShopSku"), cell_of(&rows[row], "product"));
        let mut set = |at: usize, header: &str, value: &str| {
            let cell = rows[at].iter_mut().find(|(there, _)| there == header).unwrap();
            value.clone_into(&mut cell.1);
        };
        let (number, place) = place_of(products, &sku);
        let there = &mut products[number];
        match self {
            Edit::Sku { header, name, value } => {
                set(row, header, value);
                there["skus"][place]["fields"][name] = json!(value);
            }
            Edit::Product { header, name, value } => {
                for at in (0..rows.len()).filter(|at| cell_of(&rows[*at], "product") == product).collect::<Vec<_>>() {
                    let cell = rows[at].iter_mut().find(|(there, _)| there == header).unwrap();
                    value.clone_into(&mut cell.1);
                }
                there["attributes"][name] = json!(value);
            }
            Edit::Active(active) => {
                let word = if *active { "active" } else { "inactive" };
                set(row, "active", word);
                there["skus"][place]["status"] = json!(word);
            }
            Edit::Pictures => {
                let (first, second) = (cell_of(&rows[row], "image1"), cell_of(&rows[row], "image2"));
                set_two(&mut rows[row], &second, &first);
                let images = there["skus"][place]["images"].as_array_mut().unwrap();
                images.retain(|url| url != "");
                images.swap(0, 1);
            }
        }
    }

    /// A change that no oddity of the rest of the row can keep from being made.
    fn is_plain(&self, row: &Cells) -> bool {
        match self {
            Edit::Sku { header, .. } => {
                header == "quantity"
                    && !row.iter().any(|(header, cell)| header.starts_with("special_") && !cell.is_empty())
            }
            Edit::Active(_) => true,
            Edit::Product { .. } | Edit::Pictures => false,
        }
    }
}

/// Which product of all a ShopSku is of, and which SKU of the product it is.
fn place_of(products: &[Value], shop_sku: &str) -> (usize, usize) {
    let all = products.iter().enumerate().flat_map(|(number, product)| {
        let skus = product["skus"].as_array().unwrap().iter().enumerate();
        skus.map(move |(place, sku)| (number, place, &product["item_id"], &sku["sku_id"]))
    });
    let is_it = |(number, place, item_id, sku_id): &(usize, usize, &Value, &Value)| {
        shop_sku == either(format!("SBX{:08}SG-{}", number + 1, place + 1), format!("{item_id}_SG-{sku_id}"))
    };
    all.into_iter().find(is_it).map(|(number, place, ..)| (number, place)).unwrap()
}

fn set_two(row: &mut Cells, first: &str, second: &str) {
    for (header, cell) in row {
        match header.as_str() {
            "image1" => first.clone_into(cell),
            "image2" => second.clone_into(cell),
            _ => {}
        }
    }
}

#[test]
fn texts_that_look_like_something_else_are_unchanged() {
    let texts = ["=1+1", "'=x", "-", "007", "1e5", "3/4", "2025-01-02", "TRUE", "#N/A", "<clear>", " <CLEAR> ", "é"];
    for text in texts {
        check(
            json!({"name": text, "brand": text, "warranty": text}),
            json!({"fields": {"size": text, "price": "1.00"}}),
        );
    }
    check(json!({"name": "Cafe\u{301}", "description": "\u{a0} two  \r\n\tlines "}), json!({}));
    check_shown(json!({"name": " two  blanks "}), json!({"fields": {"price": "350.000"}}), NORMAL[1]);
}

#[test]
fn what_the_rules_refuse_is_unchanged_all_the_same() {
    let long = "x".repeat(30_000);
    check(json!({"name": "x".repeat(300), "description": long}), json!({}));
    check(json!({}), json!({"fields": {"price": "1.005", "package_weight": "-1", "quantity": "many"}}));
    check(json!({"name": "Mug"}), json!({"fields": {"price": "5", "special_price": "9"}}));
    check(json!({"name": "Mug"}), json!({"fields": {"special_from_date": "0000-00-00", "special_to_date": "soon"}}));
    check(json!({"name": "Mug"}), json!({"images": ["pic.jpg", "https://sg-live.slatic.net/p/1.jpg"]}));
    check(json!({"name": "à¹€à¸ªà¸·à¹‰à¸\u{ad}"}), json!({"fields": {"ProductId": "4.90123E+12"}}));
    check(json!({"name": "a\u{1}b"}), json!({"fields": {"size": "a\u{b}b\u{fffe}"}}));
}

#[test]
fn sales_of_every_shape_are_unchanged() {
    for fields in [
        json!({"special_price": "5", "special_from_date": "2018-03-01"}),
        json!({"special_price": "5.5", "special_to_date": "2018-03-01 10:37:12"}),
        json!({"special_price": "5.50", "special_from_date": "2018-03-01 10:07", "special_to_date": "2018-03-31"}),
        json!({"special_from_date": "2018-03-01"}),
        json!({"special_price": "5"}),
    ] {
        let mut fields = fields;
        fields["price"] = json!("9.90");
        check(json!({"name": "Mug"}), json!({"fields": fields}));
    }
}

#[test]
fn odd_names_are_unchanged() {
    for name in ["attribute test 4", "5g", "Brand", "PRICE", "sku", "attr.x", "skuload: x", "สี", "gmt_create"] {
        check(json!({"name": "Mug", name: "one"}), json!({"fields": {name: "two", "price": "1.00"}}));
    }
}

#[test]
fn odd_seller_skus_are_unchanged() {
    let odd = [
        "5E+12",
        "ＴＥＥ－０１",
        "zero\u{200b}width",
        "cafe\u{301}",
        "#N/A",
        "<clear>",
        "=1",
        "0012",
        "1-Feb",
        "A, B;C",
    ];
    for sku in odd {
        check(json!({"name": "Mug"}), json!({"seller_sku": sku}));
    }
    let sku = "EXAMPLE (this row is skipped)";
    check(json!({"name": "Mug"}), json!({"seller_sku": sku}));
}

#[test]
fn rows_of_words_that_headers_have_are_unchanged() {
    check(json!({"name": "Name"}), json!({"seller_sku": "SellerSku", "fields": {"special_price": "price"}}));
    check(json!({"name": "Required", "brand": "Optional"}), json!({"seller_sku": "Required", "fields": {}}));
}

#[test]
fn rows_full_of_another_delimiter_are_unchanged() {
    let twin = |sku: &str| single(json!({"name": ";;;;\n;;;;", "brand": "|||"}), json!({"seller_sku": sku})).remove(0);
    let stall = Stall::of(&[twin("A;B;C"), twin("D;E;F"), twin("G;H;I")], "");
    stall.export("goods.csv", &[]);
    stall.is_unchanged("goods.csv", 3, &[]);
}

#[test]
fn one_level_has_a_value_that_the_other_has_too() {
    check(json!({"name": "Mug", "size": "of the product"}), json!({"fields": {"size": "of the SKU"}}));
}

#[test]
fn only_what_an_import_would_not_read_is_repeated() {
    check_repeated(json!({"name": "Mug", "brand": "=1+1"}), json!({}), "");
    check_repeated(json!({"name": "M"}), json!({}), "skuload: name=M");
    let pictures = json!({"images": ["pic.jpg", "https://sg-live.slatic.net/p/1.jpg"]});
    check_repeated(json!({"name": "Mug"}), pictures, "skuload: images=pic.jpg https://sg-live.slatic.net/p/1.jpg");
    check_repeated(json!({"name": "Mug"}), json!({"fields": {"price": "1.005"}}), "skuload: price=1.005");
}

#[test]
fn blanks_that_are_to_be_cleared_take_nothing_away_that_is_there() {
    let long = json!({"name": "Mug", "description": "short", "model": "#N/A", "warranty": "<clear>"});
    let stall = Stall::of(&single(long, json!({"fields": {"price": "9.90", "ProductId": "4.9E+12"}})), "");
    stall.export("goods.csv", &[]);
    stall.is_unchanged("goods.csv", 1, &["--blank", "clear"]);
}

#[test]
fn a_repeated_cell_that_is_edited_is_checked_and_sent() {
    let stall = Stall::of(&single(json!({"name": "M"}), json!({})), "");
    stall.export("goods.csv", &[]);
    let mut rows = stall.rows("goods.csv");
    let edit = |rows: &mut [Cells], value: &str| {
        let cell = rows[0].iter_mut().find(|(header, _)| header == "name").unwrap();
        value.clone_into(&mut cell.1);
    };
    edit(&mut rows, "N");
    stall.write("goods.csv", &rows);
    let (exit, _, report) = stall.import("goods.csv", &[]);
    assert_eq!((exit, &report[0]["rule_or_code"]), (1, &json!("name-length")));
    edit(&mut rows, "Mug");
    stall.write("goods.csv", &rows);
    let (exit, told, report) = stall.import("goods.csv", &[]);
    assert_eq!((exit, &report[0]["verdict"]), (0, &json!("updated")), "{told}");
    assert_eq!(stall.products()[0]["attributes"]["name"], "Mug");
}

#[test]
fn what_is_repeated_creates_nothing_in_another_shop() {
    let stall = Stall::of(&single(json!({"name": "Mug", "description": "short"}), json!({})), "");
    stall.export("goods.csv", &[]);
    let other = Stall::of(&[], "");
    fs::copy(stall.desk.path("goods.csv"), other.desk.path("goods.csv")).unwrap();
    let (exit, told, report) = other.import("goods.csv", &[]);
    assert_eq!((exit, &report[0]["verdict"]), (1, &json!("invalid")), "{told}");
    assert!(report[0]["message"].as_str().unwrap().contains("only repeats what a shop had"), "{told}");
    assert_eq!(other.market.writes(), 0);
}
