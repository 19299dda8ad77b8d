//! Findings that a former check had are no news.

use super::home::{Home, Ran, sheet};

/// A home whose `old.jsonl` is a check of this sheet, and whose `s.csv` is the other.
fn after(old: &[&str], new: &[&str]) -> Home {
    let home = Home::with(&sheet(old));
    keep(&home, "check s.csv --format json");
    home.write("s.csv", sheet(new));
    home
}

fn keep(home: &Home, command: &str) {
    home.write("old.jsonl", home.run(command).out);
}

/// `errors/new warnings/new`, and the findings that are new.
fn told(ran: &Ran) -> String {
    let lines = ran.json();
    let summary = lines.last().expect("a summary");
    let new: Vec<String> = lines
        .iter()
        .filter(|line| line["baseline"] == false)
        .map(|line| format!("{}{} {}", line["column"].as_str().unwrap_or_default(), line["row"], line["rule"]))
        .collect();
    let count = |name: &str| summary[name].to_string();
    let counts = [count("errors"), count("new_errors"), count("warnings"), count("new_warnings")];
    format!("{}/{} {}/{} {}", counts[0], counts[1], counts[2], counts[3], new.join(" "))
        .replace('"', "")
        .trim()
        .to_owned()
}

#[track_caller]
fn check(old: &[&str], new: &[&str], code: i32, expect: &str) {
    let ran = after(old, new).run("check s.csv --baseline old.jsonl --format json").ends(code);
    assert_eq!(told(&ran), expect, "{}", ran.out);
}

#[test]
fn what_was_found_before_does_not_fail() {
    check(&["A 0", "B 99 9"], &["A 0", "B 99 9"], 0, "1/0 1/0");
    check(&["A 0"], &["A 0", "B 99"], 0, "1/0 0/0");
    check(&["A 0"], &["A 99"], 0, "0/0 0/0");
    check(&[], &["A 0"], 1, "1/1 0/0 F2 price-not-positive");
}

#[test]
fn a_row_may_move() {
    check(&["A 0", "B 99 129"], &["X 99", "Y 99", "B 99 129", "A 0"], 0, "2/0 0/0");
    check(&["A 99", "A 98"], &["X 99", "Y 99", "A 99", "A 98"], 0, "1/0 0/0");
}

#[test]
fn another_sku_value_or_rule_is_news() {
    check(&["A 0"], &["B 0"], 1, "1/1 0/0 F2 price-not-positive");
    check(&["A 0"], &["A -5"], 1, "1/1 0/0 F2 price-not-positive");
    check(&["A 0"], &["A ten"], 1, "1/1 0/0 F2 invalid-price");
}

#[test]
fn each_old_one_excuses_one() {
    // Without a seller SKU of their own, only their number tells them apart.
    check(&["- 99", "- 98"], &["- 99", "- 98", "- 97"], 1, "2/1 0/0 A4 duplicate-sku");
}

#[test]
fn a_new_warning_fails_where_warnings_do() {
    let home = after(&["A 99 9"], &["A 99 9", "B 99 9"]);
    home.run("check s.csv --baseline old.jsonl").ends(0);
    home.run("check s.csv --baseline old.jsonl --fail-on warning").ends(1);
    keep(&home, "check s.csv --format json");
    home.run("check s.csv --baseline old.jsonl --fail-on warning").ends(0);
}

#[test]
fn what_was_a_warning_and_is_an_error_now_is_news() {
    let home = after(&["A 99 9"], &["A 99 9"]);
    let graver = home.run("check s.csv --baseline old.jsonl --rule deep-discount=error --format json").ends(1);
    assert_eq!(told(&graver), "1/1 0/0 L2 deep-discount");
    home.run("check s.csv --baseline old.jsonl --rule deep-discount=note").ends(0);
    keep(&home, "check s.csv --rule deep-discount=error --format json");
    let milder = home.run("check s.csv --baseline old.jsonl --fail-on warning --format json").ends(0);
    assert_eq!(told(&milder), "0/0 1/0");
    home.run("check s.csv --baseline old.jsonl --rule deep-discount=error").ends(0);
}

#[test]
fn people_read_what_is_new_and_how_much_there_is() {
    let home = after(&["A 0"], &["A 0", "B 0"]);
    let ran = home.run("check s.csv --baseline old.jsonl").ends(1);
    assert!(ran.out.contains("SKU `B`") && !ran.out.contains("SKU `A`"), "{}", ran.out);
    ran.says(&["2 errors, 0 warnings (new: 1 error, 0 warnings)"]);
    let ran = home.run("check s.csv --baseline old.jsonl --format csv").ends(1);
    let ends: Vec<&str> = ran.out.lines().filter_map(|line| line.rsplit(',').next()).collect();
    assert_eq!(ends, ["baseline", "true", "false"]);
}

#[test]
fn sheets_of_one_check_do_not_excuse_each_other() {
    let home = Home::with(&sheet(&["A 0"]));
    home.write("t.csv", sheet(&["B 99"]));
    keep(&home, "check s.csv t.csv --format json");
    home.write("t.csv", sheet(&["A 0"]));
    let ran = home.run("check s.csv t.csv --baseline old.jsonl --format json").ends(1);
    let new: Vec<String> =
        ran.json().iter().filter(|line| line["baseline"] == false).map(|line| line["file"].to_string()).collect();
    assert_eq!(new, ["\"t.csv\""]);
}

#[test]
fn a_sheet_may_get_another_name() {
    let home = after(&["A 0"], &["A 99"]);
    home.write("spring.csv", sheet(&["A 0"]));
    home.run("check spring.csv --baseline old.jsonl")
        .ends(0)
        .says(&["1 error, 0 warnings (new: 0 errors, 0 warnings)"]);
    let ran = home.run("check ./s.csv --baseline old.jsonl").ends(0);
    ran.says(&["0 errors"]);
}

#[test]
fn a_baseline_may_be_a_setting() {
    let home = after(&["A 0"], &["A 0"]);
    home.write("skuload.toml", "baseline = \"old.jsonl\"\n");
    home.run("check s.csv").ends(0).says(&["(new: 0 errors"]);
}

#[test]
fn what_is_no_baseline_is_told_before_anything_is_checked() {
    let home = Home::with(&sheet(&["A 0"]));
    let refused = |told: &[&str]| {
        let ran = home.run("check s.csv --baseline old.jsonl --format sarif").ends(6).says(told);
        assert_eq!(ran.out, "");
    };
    refused(&["cannot read the baseline old.jsonl", "skuload check FILE --format json > OLD.jsonl"]);
    home.write("old.jsonl", sheet(&["A 0"]));
    refused(&["old.jsonl is no output of skuload check --format json: see its line 1"]);
    home.write("old.jsonl", "{\"v\":1,\"kind\":\"finding\"}\n");
    refused(&["old.jsonl is no output of skuload check --format json: see its line 1"]);
    home.write("old.jsonl", "{\"v\":2,\"kind\":\"summary\"}\n");
    refused(&["written by a later skuload"]);
    // A shell empties the file before the check reads it.
    home.write("old.jsonl", "");
    refused(&["the baseline old.jsonl is not whole", "to another file"]);
}
