//! What categories demand, through the program: offline, from a file that stands beside the sheets.
#![cfg(feature = "cli")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use serde_json::Value;
use skuload::category::Categories;
use skuload::check::{Rules, Sink, check};
use skuload::column::{Choice, choose};
use skuload::finding::Finding;
use skuload::sheet::{Input, ReadOptions, Source};
use tempfile::TempDir;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/categories.json")
}

/// Columns of every category, and their values.
const COMMON: [(&str, &str); 9] = [
    ("short_description", "Soft and light"),
    ("brand", "Acme"),
    ("price", "19.90"),
    ("package_weight", "0.25"),
    ("package_length", "30"),
    ("package_width", "24"),
    ("package_height", "3"),
    ("tax_class", "default"),
    ("color_family", "Red"),
];

/// A sheet that names the columns under test, with the others behind.
fn sheet(header: &str, rows: &[&str]) -> String {
    let more: Vec<_> = COMMON.iter().filter(|(name, _)| !header.split(',').any(|there| there == *name)).collect();
    let names: String = more.iter().map(|(name, _)| format!(",{name}")).collect();
    let values: String = more.iter().map(|(_, value)| format!(",{value}")).collect();
    let rows: String = rows.iter().map(|row| format!("{row}{values}\n")).collect();
    format!("{header}{names}\n{rows}")
}

/// `skuload check` of a sheet with the categories of the fixture, in a folder of its own.
fn checked(sheet: &str, args: &[&str]) -> Output {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("s.csv"), sheet).expect("a file can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_skuload"));
    command.current_dir(folder.path()).env_clear().env("HOME", folder.path());
    command
        .args(["check", "s.csv", "--color", "never", "--now", "2026-01-15", "--categories"])
        .arg(fixture())
        .args(args);
    command.output().expect("the program runs")
}

/// Rule, cell, message and help of each finding.
fn findings(sheet: &str, args: &[&str]) -> Vec<[String; 4]> {
    let output = checked(sheet, &[&["--format", "json"], args].concat());
    let out = String::from_utf8(output.stdout).expect("UTF-8");
    let lines = out.lines().map(|line| serde_json::from_str::<Value>(line).expect("a JSON object"));
    let told = lines.filter(|line| line["kind"] == "finding").map(|line| {
        let cell = format!("{}{}", line["column"].as_str().unwrap_or_default(), line["row"]);
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        [text("rule"), cell, text("message"), text("help")]
    });
    told.collect()
}

#[track_caller]
fn check_sheet(header: &str, rows: &[&str], expect: &str) {
    let found = findings(&sheet(header, rows), &[]);
    let told: Vec<String> = found.iter().map(|[rule, cell, ..]| format!("{cell} {rule}")).collect();
    assert_eq!(told.join("; "), expect, "{found:#?}");
}

const SHIRT: &str = "SellerSku,category,name,Size,Warranty Type,Clothing Material";

#[test]
fn the_file_is_what_the_program_would_write() {
    let text = fs::read_to_string(fixture()).expect("the fixture");
    let categories = Categories::from_json(text.as_bytes()).expect("a file of categories");
    assert_eq!(categories.to_json(), text);
}

#[test]
fn a_sheet_that_gives_what_its_categories_demand_is_clean() {
    check_sheet(
        SHIRT,
        &[
            "A-1,6614,Shirt,M,No Warranty,\"Cotton, Linen\"",
            "A-2,Women > T-Shirts,Shirt,L,No Warranty,\"Cotton, Linen\"",
            "B-1,fashion/men/t-shirts,Vest,XXL,Local Supplier Warranty,\"Silk, raw\"",
        ],
        "",
    );
}

#[test]
fn a_category_is_known_by_name_and_path_and_near_ones_are_named() {
    check_sheet(SHIRT, &["A-1,T-Shirts,Shirt,M,No Warranty,Cotton"], "B2 ambiguous-category");
    check_sheet(SHIRT, &["A-1,Fashion,Shirt,M,No Warranty,Cotton"], "B2 category-not-leaf");
    check_sheet(SHIRT, &["A-1,999,Shirt,M,No Warranty,Cotton"], "B2 unknown-category");
    let found = findings(&sheet(SHIRT, &["A-1,Cables/Charger,Shirt,M,No Warranty,Cotton"]), &[]);
    let [[rule, cell, message, help]] = found.as_slice() else { panic!("one finding: {found:#?}") };
    assert_eq!((rule.as_str(), cell.as_str()), ("invalid-category", "B2"));
    assert_eq!(message, "the category `Cables/Charger` is neither a number nor the name of a known category");
    assert_eq!(help, "the nearest: 51 (Mobiles & Tablets > Mobile Accessories > Cables / Chargers)");
}

#[test]
fn what_a_category_demands_is_missed_at_its_cell_or_at_the_header() {
    check_sheet(
        SHIRT,
        &["A-1,6614,Shirt,,,Cotton", "A-2,6614,Shirt,M,,Cotton"],
        "D2 missing-attribute; E2 missing-attribute",
    );
    let found = findings(&sheet("SellerSku,category,name,Size", &["A-1,6614,Shirt,M", "A-2,6700,Vest,M"]), &[]);
    let told: Vec<&str> = found.iter().map(|[_, _, message, _]| message.as_str()).collect();
    let shirts = "Fashion > Women > T-Shirts (6614) and Fashion > Men > T-Shirts (6700)";
    let expected = [
        format!("the sheet has no column for clothing_material, which {shirts} demand"),
        format!("the sheet has no column for warranty_type, which {shirts} demand"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn values_are_held_against_the_options_of_their_category() {
    check_sheet(
        SHIRT,
        &["A-1,6614,Shirt,XXL,no warranty,\"Cotton; Stone\"", "B-1,6700,Vest,XXL,No Warranty,Wool"],
        "D2 unknown-option; E2 unknown-option; F2 unknown-option",
    );
    let coffee = "SellerSku,category,name,Pack Size,Expiry Date,Country of Origin,Roast,color_family";
    check_sheet(coffee, &["C-1,Ground Coffee,Coffee,500 g,2027-05-31,Timor,Dark,"], "");
    check_sheet(
        coffee,
        &["C-1,Ground Coffee,Coffee,500g,31/05/2027,Timor,Dark,"],
        "D2 unknown-option; E2 attribute-date",
    );
    let phone = "SellerSku,category,name,Storage Capacity,model,Operating System,Warranty Type,Number of Cameras";
    check_sheet(phone, &["P-1,Mobiles,Phone,64GB,M1,Android,No Warranty,3"], "");
    check_sheet(phone, &["P-1,Mobiles,Phone,64GB,M1,Android,No Warranty,three"], "H2 attribute-number");
}

#[test]
fn a_brand_is_held_against_the_list() {
    let header = format!("{SHIRT},brand");
    check_sheet(&header, &["A-1,6614,Shirt,M,No Warranty,Cotton,Acme"], "");
    let found = findings(&sheet(&header, &["A-1,6614,Shirt,M,No Warranty,Cotton,Cafe Malam"]), &[]);
    let [[rule, cell, _, help]] = found.as_slice() else { panic!("one finding: {found:#?}") };
    assert_eq!((rule.as_str(), cell.as_str()), ("unknown-brand", "G2"));
    assert_eq!(help, "write `Café Malam`; one without a brand is `No Brand`");
}

#[test]
fn columns_that_are_wrong_for_a_category_are_told_once() {
    let header = format!("{SHIRT},Roast");
    let rows = ["A-1,6614,Shirt,M,No Warranty,Cotton,Dark", "B-1,6614,Vest,M,No Warranty,Cotton,Light"];
    check_sheet(&header, &rows, "G2 unlisted-attribute");
    let (size, mapped) = ("Size", ["--map", "Size=attr.size"]);
    assert!(SHIRT.contains(size));
    let found = findings(&sheet(SHIRT, &["A-1,6614,Shirt,M,No Warranty,Cotton"]), &mapped);
    let rules: Vec<&str> = found.iter().map(|[rule, ..]| rule.as_str()).collect();
    assert_eq!(rules, ["attribute-level"], "{found:#?}");
    assert_eq!(found[0][3], "say where it belongs with --map \"Size=sku.size\"");
}

#[test]
fn a_category_that_was_not_asked_for_is_noted() {
    check_sheet(SHIRT, &["A-1,6615,Dress,M,No Warranty,Cotton"], "B1 category-not-pulled");
}

#[test]
fn people_read_what_to_do() {
    let output = checked(&sheet(SHIRT, &["A-1,6614,Shirt,l,No Warranty,Cotton"]), &[]);
    let out = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1));
    let expected = "error[unknown-option]: size `l` is none of the 6 values that Fashion > Women > T-Shirts (6614) allows\n  \
        at s.csv:2:4 (size), SKU `A-1`\n  help: write `L`: only upper and lower case differ\n";
    assert!(out.contains(expected), "{out}");
}

#[test]
fn a_rule_can_be_less_grave() {
    let row = ["A-1,6614,Shirt,l,No Warranty,Cotton"];
    let output = checked(&sheet(SHIRT, &row), &["--rule", "unknown-option=warning"]);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn names_and_labels_of_attributes_serve_in_mappings_and_constants() {
    let header = "SellerSku,category,name,Gr,Garantie";
    let rows = ["A-1,6614,Shirt,M,No Warranty"];
    let args = ["--map", "Gr=Size", "--map", "Garantie=warranty_type", "--set", "Clothing Material=Cotton"];
    assert_eq!(findings(&sheet(header, &rows), &args), Vec::<[String; 4]>::new());
    let found = findings(&sheet(&format!("{SHIRT},Sleves"), &["A-1,6614,Shirt,M,No Warranty,Cotton,Long"]), &[]);
    let [[rule, _, _, help]] = found.as_slice() else { panic!("one finding: {found:#?}") };
    assert_eq!(rule, "unknown-column");
    assert!(help.starts_with("did you mean `sleeves`?"), "{help}");
}

#[test]
fn labels_with_units_do_not_take_our_fields() {
    let header = "SellerSku,category,name,Size,Warranty Type,Clothing Material,Package Length (cm),package_length";
    let rows = ["A-1,6614,Shirt,M,No Warranty,Cotton,30,30"];
    let found = findings(&sheet(header, &rows), &[]);
    assert_eq!(found.iter().map(|[rule, ..]| rule.as_str()).collect::<Vec<_>>(), ["duplicate-column"]);
}

#[test]
fn a_file_of_something_else_is_refused() {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("s.csv"), sheet(SHIRT, &["A-1,6614,Shirt,M,No Warranty,Cotton"])).expect("a file");
    fs::write(folder.path().join("other.json"), "{\"v\":1}").expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_skuload"));
    command.current_dir(folder.path()).env_clear().env("HOME", folder.path());
    let output = command.args(["check", "s.csv", "--categories", "other.json"]).output().expect("the program runs");
    assert_eq!(output.status.code(), Some(3));
    let err = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(err.contains("other.json: this is no file of categories"), "{err}");
}

/// Takes the file away once every row has been read: who reads it again finds nothing.
struct ReadOnce {
    file: PathBuf,
    rows: u64,
    findings: Vec<Finding>,
}

impl Sink for ReadOnce {
    fn finding(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn rows_read(&mut self, rows: u64) {
        if rows == self.rows {
            fs::remove_file(&self.file).expect("the file can be removed");
        }
    }
}

#[test]
fn a_clean_sheet_is_read_once() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("many.csv");
    let rows: Vec<String> = (0..30_000)
        .map(|at| {
            let product = at / 3;
            let category = if product % 2 == 0 { "6614" } else { "Men > T-Shirts" };
            format!("P{product},S-{at},{category},Shirt,{},No Warranty,Cotton", ["S", "M", "L"][at % 3])
        })
        .collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    fs::write(&file, sheet(&format!("product,{SHIRT}"), &rows)).expect("a file can be written");
    let categories = Categories::from_json(&fs::read(fixture()).expect("the fixture")).expect("categories");
    let choice = Choice { attributes: categories.listed_attributes(), ..Choice::default() };
    let source = Source::open("many.csv", Input::File(file.clone()), &ReadOptions::default()).expect("a sheet");
    let tables = choose(&source, &choice).expect("a header");
    let rules = Rules { categories: Some(Arc::new(categories)), ..Rules::default() };
    let mut sink = ReadOnce { file, rows: rows.len() as u64, findings: Vec::new() };
    let summary = check(&tables, &rules, &mut sink).expect("it is not read again");
    assert_eq!((sink.findings, summary.products), (Vec::new(), 10_000));
}

/// What `skuload check` of a clean sheet tells with these flags, and its exit code.
#[track_caller]
fn check_flags(args: &[&str], exit: i32, stderr: &str) {
    let output = checked(&sheet(SHIRT, &["A-1,6614,Shirt,M,No Warranty,Cotton"]), args);
    let told = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(exit), "{told}");
    assert!(told.contains(stderr), "{told}");
}

#[test]
fn categories_of_another_country_are_refused() {
    check_flags(&["--country", "sg"], 0, "categories as of");
    check_flags(&[], 0, "categories as of");
    check_flags(
        &["--country", "th"],
        3,
        "holds the categories of `sg`, and the sheet is for `th`\n  help: name a file of `th`",
    );
}

#[test]
fn a_file_of_categories_that_is_missing_is_told_with_what_writes_one() {
    let folder = TempDir::new().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_skuload"));
    command.current_dir(folder.path()).env_clear().env("HOME", folder.path());
    let output = command.args(["check", "s.csv", "--categories", "nope.json"]).output().expect("the program runs");
    let told = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(
        told.contains("cannot read nope.json") && told.contains("help: name a file that this wrote: skuload category")
    );
}
