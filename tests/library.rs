//! The library as an embedder sees it: bytes in, findings out, no file and no terminal.

use std::sync::Arc;

use skuload::check::{Rules, Summary, check};
use skuload::column::{Choice, Table, choose};
use skuload::finding::{Finding, Rule, Severity};
use skuload::record::Country;
use skuload::sheet::{Input, ReadOptions, SheetError, Source};

const HEADER: &str = "SellerSku,PrimaryCategory,name,short_description,brand,price,package_weight,package_length,package_width,package_height,color_family";

fn open(text: &str) -> Result<Source, SheetError> {
    Source::open("x.csv", Input::Bytes(Arc::from(text.as_bytes())), &ReadOptions::default())
}

fn tables(rows: &[&str]) -> Vec<Table> {
    let text = format!("{HEADER}\n{}\n", rows.join("\n"));
    choose(&open(&text).expect("a sheet"), &Choice::default()).expect("a header")
}

fn found(rows: &[&str], rules: &Rules) -> (Vec<Finding>, Summary) {
    let mut findings: Vec<Finding> = Vec::new();
    let summary = check(&tables(rows), rules, &mut findings).expect("a sheet that can be read to its end");
    (findings, summary)
}

#[test]
fn a_good_sheet_has_no_findings() {
    let (findings, summary) = found(
        &["A-1,6614,Shirt,Soft,Remark,99,0.25,30,24,3,Red", "A-2,6614,Shirt,Soft,Remark,99,0.25,30,24,3,Blue"],
        &Rules::default(),
    );
    assert_eq!(findings, []);
    assert_eq!((summary.rows, summary.products, summary.skus, summary.errors), (2, 1, 2, 0));
}

#[test]
fn a_finding_knows_its_rule_its_cell_and_what_to_do() {
    let (findings, summary) = found(&["A-1,6614,Shirt,Soft,Remark,free,0.25,30,24,3,Red"], &Rules::default());
    let [finding] = findings.as_slice() else { panic!("one finding: {findings:?}") };
    assert_eq!((finding.rule, finding.severity), (Rule::InvalidPrice, Severity::Error));
    assert_eq!((finding.location.to_string(), finding.location.short()), ("x.csv:2:6".into(), "F2".into()));
    assert_eq!((finding.field.as_deref(), finding.value.as_deref()), (Some("price"), Some("free")));
    assert_eq!(finding.seller_sku.as_deref(), Some("A-1"));
    assert!(!finding.help.is_empty());
    assert_eq!(summary.errors, 1);
}

#[test]
fn a_country_brings_its_own_rules() {
    let row = ["A-1,6614,Shirt,Soft,Remark,99.5,0.25,30,24,3,Red"];
    let vietnam: Country = "vn".parse().expect("a country");
    let rules = Rules { country: Some(vietnam), ..Rules::default() };
    assert_eq!(found(&row, &Rules::default()).0, []);
    assert_eq!(found(&row, &rules).0.iter().map(|finding| finding.rule).collect::<Vec<_>>(), [Rule::PriceMinorUnit]);
}

#[test]
fn what_is_no_sheet_is_an_error_that_names_the_file() {
    let error = open("").expect_err("an empty file is no sheet").to_string();
    assert_eq!(error, "cannot read x.csv: is empty");
    let source = open("some,words\nand,more\n").expect("text");
    let error = choose(&source, &Choice::default()).expect_err("no header").to_string();
    assert!(error.contains("x.csv"), "{error}");
}
