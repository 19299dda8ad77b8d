//! Any cells and any messages -> a report: no cell of it is a formula, and every text comes back as it was.

use std::sync::Arc;

use calamine::{Reader, Xlsx, open_workbook};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use skuload::column::{Choice, Table, choose};
use skuload::report::write_report;
use skuload::sheet::{Input, ReadOptions, Source, restored};
use skuload::verdict::{Images, RowVerdict, Verdict, Verdicts};

/// With what a spreadsheet begins a formula.
const STARTS: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'];

/// What the marketplace may have said: message, help, code.
type Said = (String, String, String);

/// The sheet with these cells; none where it is no sheet.
fn tables(cells: &[String]) -> Option<Vec<Table>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["SellerSku", "name", "price", "note"]).ok()?;
    for (at, cell) in cells.iter().enumerate() {
        writer.write_record([&format!("S{at}"), "Mug", "9.90", cell]).ok()?;
    }
    let bytes = writer.into_inner().ok()?;
    let options = ReadOptions { encoding: Some("utf-8".to_owned()), delimiter: Some(b','), ..ReadOptions::default() };
    let source = Source::open("x.csv", Input::Bytes(Arc::from(bytes)), &options).ok()?;
    choose(&source, &Choice::default()).ok()
}

fn verdicts(rows: usize, said: &[Said]) -> Verdicts {
    let row = |at: usize| {
        let (message, help, code) = said[at % said.len()].clone();
        RowVerdict {
            sheet: String::new(),
            row: u32::try_from(at + 2).unwrap(),
            seller_sku: format!("S{at}"),
            product: message.clone(),
            verdict: Verdict::Rejected,
            images: Images::None,
            rule_or_code: code,
            message,
            help,
            also: Vec::new(),
            fields: Vec::new(),
            columns: Vec::new(),
            request: "create-1".to_owned(),
            attempts: 1,
        }
    };
    Verdicts { rows: (0..rows).map(row).collect() }
}

fn target(cells: &[String], said: &[Said]) -> TestCaseResult {
    let Some(tables) = tables(cells) else { return Err(TestCaseError::reject("it is no sheet")) };
    let folder = tempfile::tempdir().unwrap();
    let verdicts = verdicts(cells.len(), said);
    let path = folder.path().join("report.csv");
    write_report(&path, &tables, &verdicts).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let mut reader = csv::ReaderBuilder::new().from_path(&path).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    prop_assert_eq!(rows.len(), cells.len());
    for (at, row) in rows.iter().enumerate() {
        for cell in row {
            let is_number = cell.parse::<f64>().is_ok_and(f64::is_finite) && !cell.starts_with('+');
            prop_assert!(!cell.starts_with(STARTS) || is_number, "a formula: {cell:?}");
        }
        let (message, help, code) = &said[at % said.len()];
        prop_assert_eq!([restored(&row[6]), restored(&row[7]), restored(&row[8])], [code, message, help]);
        prop_assert_eq!(restored(&row[14]), &cells[at]);
    }
    workbook(folder.path(), &tables, &verdicts, said)
}

/// The same as a workbook: texts, and no formula.
fn workbook(folder: &std::path::Path, tables: &[Table], verdicts: &Verdicts, said: &[Said]) -> TestCaseResult {
    let path = folder.join("report.xlsx");
    write_report(&path, tables, verdicts).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let mut book: Xlsx<_> = open_workbook(&path).map_err(|error| TestCaseError::fail(format!("{error}")))?;
    let name = book.sheet_names()[0].clone();
    let formulas = book.worksheet_formula(&name).map_err(|error| TestCaseError::fail(format!("{error}")))?;
    prop_assert!(formulas.used_cells().all(|(_, _, formula)| formula.is_empty()));
    let rows = book.worksheet_range(&name).map_err(|error| TestCaseError::fail(format!("{error}")))?;
    prop_assert_eq!(rows.height(), verdicts.rows.len() + 1);
    for (at, row) in rows.rows().skip(1).enumerate() {
        let message = &said[at % said.len()].0;
        // A workbook cannot hold some characters; what it can, it holds.
        if message.chars().all(|c| c >= ' ' && c != '\u{fffe}' && c != '\u{ffff}') && !message.contains("_x") {
            prop_assert_eq!(row[7].to_string(), message.as_str());
        }
    }
    Ok(())
}

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        "['=+@\\-\t\r\n＝＋－＠a1. \",;]{0,8}",
        "\\PC{0,20}",
        "[=+@-](cmd\\|' /C calc'!A0|HYPERLINK\\(\"http://x\"\\)|1\\+1)",
        "-?[0-9]{1,4}(\\.[0-9]{1,3})?",
    ]
}

#[test]
fn reports_hold_no_formula_and_every_text_comes_back() {
    let said = (hostile(), hostile(), hostile());
    let inputs = (proptest::collection::vec(hostile(), 1..5), proptest::collection::vec(said, 1..4));
    crate::run(150, &inputs, |(cells, said)| target(&cells, &said));
}
