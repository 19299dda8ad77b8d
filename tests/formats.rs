//! Findings for machines: CSV, SARIF, baselines, and how many, how grave and when.
#![cfg(feature = "cli")]

#[path = "formats/baseline.rs"]
mod baseline;
mod home;
#[path = "formats/sarif.rs"]
mod sarif;
#[path = "support/tools.rs"]
mod tools;

use home::{Home, Ran, sheet};

/// A sheet with an error in F3, a warning in L4 and an error in F5.
fn bad() -> String {
    sheet(&["A 99", "B 0", "C 99 9", "D ten"])
}

// --- CSV ---

fn records(ran: &Ran) -> Vec<Vec<String>> {
    let text = ran.out.strip_prefix('\u{feff}').expect("a byte order mark");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|record| record.expect("CSV").iter().map(str::to_owned).collect()).collect()
}

#[test]
fn a_finding_is_a_row_of_a_table() {
    let ran =
        Home::with(&bad()).run("check s.csv --format csv").ends(1).says(&["s.csv: 4 rows", "2 errors, 1 warning"]);
    let records = records(&ran);
    let columns = "rule severity file sheet row line column field seller_sku value message help";
    assert_eq!(records[0].join(" "), columns);
    let expect = ["price-not-positive", "error", "s.csv", "", "3", "3", "F", "price", "B", "0"];
    assert_eq!(records[1][..10], expect);
    assert_eq!((records.len(), records[1].len()), (4, 12));
}

#[test]
fn no_cell_of_the_table_is_a_formula() {
    let text = sheet(&["A =1+1", "+B 0"]);
    let ran = Home::with(&text).run("check s.csv --format csv").ends(1);
    let records = records(&ran);
    assert_eq!((records[1][9].as_str(), records[2][8].as_str()), ("'=1+1", "'+B"), "{ran:?}");
}

#[test]
fn several_sheets_make_one_table() {
    let home = Home::with(&bad());
    home.write("t.csv", sheet(&["E 0"]));
    let ran = home.run("check s.csv t.csv --format csv").ends(1).says(&["2 files: 5 rows"]);
    let records = records(&ran);
    assert_eq!(records.iter().filter(|record| record[0] == "rule").count(), 1);
    assert_eq!(records.last().map(|record| record[2].as_str()), Some("t.csv"));
}

#[test]
fn a_clean_sheet_is_a_table_without_rows() {
    let ran = Home::with(&sheet(&["A 99"])).run("check s.csv --format csv").ends(0);
    assert_eq!(records(&ran).len(), 1);
}

#[cfg(all(feature = "import", feature = "sandbox"))]
#[test]
fn an_import_has_no_table_of_findings() {
    let home = Home::with(&bad());
    for format in ["csv", "sarif"] {
        let told = [&format!("{format} is a format of findings"), "--report FILE.csv"];
        home.run(&format!("import s.csv --sandbox --format {format}")).ends(2).says(&told);
        home.run(&format!("runs list --format {format}")).ends(2).says(&["possible values: human, json"]);
        home.run(&format!("explain --format {format}")).ends(2).says(&["possible values: human, json"]);
    }
    home.write("skuload.toml", "format = \"sarif\"\n");
    home.run("import s.csv --sandbox").ends(3).says(&["sarif is a format of findings"]);
    home.run("runs list").ends(3).says(&["sarif is a format of findings"]);
    home.run("check s.csv").ends(1).shows(&["\"version\":\"2.1.0\""]);
    home.write("skuload.toml", "format = \"xml\"\n");
    home.run("check s.csv").ends(3).says(&["`xml` is no format", "human, json, csv or sarif"]);
}

// --- how many ---

#[test]
fn only_so_many_findings_are_printed_and_all_are_counted() {
    let home = Home::with(&bad());
    let ran = home.run("check s.csv --max-findings 1 --format json").ends(1);
    let lines = ran.json();
    assert_eq!(ran.findings(), "F3 price-not-positive");
    let summary = lines.last().expect("a summary");
    assert_eq!((&summary["errors"], &summary["warnings"], &summary["not_shown"]), (&2.into(), &1.into(), &2.into()));
    let ran = home.run("check s.csv --max-findings 1").ends(1).says(&["2 errors, 1 warning"]);
    assert!(ran.out.ends_with("\n2 more findings are not shown (--max-findings 1)\n\n"), "{}", ran.out);
    assert!(!ran.out.contains("invalid-price"), "{}", ran.out);
    let ran = home.run("check s.csv --max-findings 0").ends(1);
    assert_eq!(ran.out, "3 more findings are not shown (--max-findings 0)\n\n");
    let ran = home.run("check s.csv --max-findings 3 --format json").ends(1);
    assert!(ran.json().last().is_some_and(|line| line.get("not_shown").is_none()), "{}", ran.out);
}

#[test]
fn a_quiet_check_tells_of_what_is_not_shown_all_the_same() {
    let home = Home::with(&bad());
    home.run("check s.csv -q --max-findings 1").ends(1).shows(&["2 more findings are not shown"]);
    for format in ["csv", "sarif"] {
        let ran = home.run(&format!("check s.csv -q --max-findings 1 --format {format}")).ends(1);
        assert_eq!(ran.err, "2 more findings are not shown (--max-findings 1)\n");
    }
    let ran = home.run("check s.csv -q").ends(1).shows(&["price-not-positive", "deep-discount", "invalid-price"]);
    assert_eq!(ran.err, "");
}

#[test]
fn the_number_is_that_of_all_sheets_together_and_may_be_a_setting() {
    let home = Home::with(&bad());
    home.write("t.csv", sheet(&["E 0"]));
    home.write("skuload.toml", "max-findings = 2\n");
    let ran = home.run("check t.csv s.csv --format json").ends(1);
    assert_eq!(ran.findings(), "F2 price-not-positive; F3 price-not-positive");
    let not_shown: Vec<u64> = ran.json().iter().filter_map(|line| line["not_shown"].as_u64()).collect();
    assert_eq!(not_shown, [2, 2], "of s.csv, and of all");
    home.run("check s.csv --max-findings many").ends(2).says(&["--max-findings"]);
}

#[cfg(all(feature = "import", feature = "sandbox"))]
#[test]
fn an_import_prints_only_so_many_findings_too() {
    let home = Home::with(&bad());
    let ran = home.run("import s.csv --sandbox --dry-run --max-findings 1").ends(1);
    let ran = ran.says(&["price-not-positive", "2 more findings are not shown"]).shows(&["2 planned, 2 invalid"]);
    assert!(!ran.err.contains("error[invalid-price]"), "{}", ran.err);
    let ran = home.run("import s.csv --sandbox --dry-run --max-findings 1 --format json").ends(1);
    let not_shown: Vec<String> = ran.out.lines().filter(|line| line.contains("not-shown")).map(str::to_owned).collect();
    assert_eq!(not_shown, [r#"{"v":1,"kind":"not-shown","findings":2}"#]);
}

// --- how grave ---

#[test]
fn a_rule_has_the_severity_that_flags_and_settings_say() {
    let home = Home::with(&sheet(&["A 99 9", "B 99 129"]));
    home.run("check s.csv").ends(1).says(&["1 error, 1 warning"]);
    home.run("check s.csv --rule sale-not-below-price=warning").ends(0).says(&["0 errors, 2 warnings"]);
    home.run("check s.csv --rule sale-not-below-price=note").ends(0).says(&["0 errors, 1 warning, 1 note"]);
    home.run("check s.csv --rule sale-not-below-price=off --rule deep-discount=error").ends(1).says(&["1 error, 0"]);
    home.write("skuload.toml", "[rule]\nsale-not-below-price = \"off\"\ndeep-discount = \"off\"\n");
    home.run("check s.csv").ends(0).says(&["0 errors, 0 warnings"]);
    home.run("check s.csv --rule deep-discount=error").ends(1).says(&["1 error, 0 warnings"]);
}

#[test]
fn what_makes_no_sense_of_a_severity_is_refused() {
    let home = Home::with(&bad());
    home.run("check s.csv --rule deep-discont=off")
        .ends(2)
        .says(&["`deep-discont` is no rule", "did you mean `deep-discount`?"]);
    home.run("check s.csv --rule deep-discount=fatal")
        .ends(2)
        .says(&["`fatal` is no severity of the rule deep-discount", "error, warning, note or off"]);
    home.run("check s.csv --rule deep-discount").ends(2).says(&["it is not of the form --rule NAME=warning"]);
    let firm = [
        "invalid-price cannot be less than an error: a row that breaks it cannot be sent",
        "skuload explain invalid-price",
    ];
    home.run("check s.csv --rule invalid-price=off").ends(2).says(&firm);
    home.run("check s.csv --rule invalid-price=error").ends(1);
    home.write("skuload.toml", "[rule]\ninvalid-price = \"warning\"\n");
    home.run("check s.csv").ends(3).says(&firm);
    home.write("skuload.toml", "fail-on = \"sometimes\"\n");
    let ran = home.run("check s.csv --format sarif").ends(3).says(&["`sometimes` is no fail-on", "error or warning"]);
    assert_eq!(ran.out, "", "nothing is printed before everything is understood");
}

#[test]
fn a_warning_fails_where_it_is_asked_for() {
    let home = Home::with(&sheet(&["A 99 9"]));
    home.run("check s.csv").ends(0);
    home.run("check s.csv --fail-on warning").ends(1);
    home.run("check s.csv --fail-on warning --rule deep-discount=note").ends(0);
    home.run("check s.csv --fail-on never").ends(2).says(&["`never` is no fail-on"]);
}

#[cfg(all(feature = "import", feature = "sandbox"))]
#[test]
fn an_import_takes_the_same_severities() {
    let home = Home::with(&sheet(&["A 99 9"]));
    home.run("import s.csv --sandbox").ends(0).shows(&["1 created"]);
    home.run("import s.csv --sandbox --fail-on warning").ends(1).shows(&["1 created"]);
    home.run("import s.csv --sandbox --dry-run --fail-on warning").ends(1).shows(&["1 planned"]);
    home.run("import s.csv --sandbox --rule deep-discount=error").ends(1).shows(&["1 invalid"]);
    home.run("import s.csv --sandbox --rule invalid-price=off").ends(2).says(&["cannot be less than an error"]);
    home.run("import s.csv --sandbox --fail-on never").ends(2).says(&["`never` is no fail-on"]);
}

// --- when ---

#[test]
fn the_day_of_the_check_may_be_told() {
    let home = Home::with(&bad());
    for now in ["2026-12-31", "2026-12-31T18:00", "2026-12-31T18:00:00+08:00"] {
        home.run(&format!("check s.csv --now {now}")).ends(1);
    }
    home.run("check s.csv --now tomorrow").ends(2).says(&["--now: `tomorrow` is no day", "2026-12-31"]);
    home.write("skuload.toml", "now = \"31.12.2026\"\n");
    home.run("check s.csv").ends(3).says(&["`31.12.2026` is no day"]);
}
