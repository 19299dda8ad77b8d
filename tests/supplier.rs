//! A supplier's sheet, as it came, with a mapping file of which a few lines were edited: it goes in, whole.
#![cfg(all(feature = "cli", feature = "import", feature = "sandbox"))]

#[path = "../examples/samples/sheet.rs"]
#[allow(dead_code, reason = "other samples use the rest")]
mod sheet;
#[path = "../examples/samples/supplier.rs"]
mod supplier;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

/// The most lines of a mapping file that a person should have to touch.
const MOST_EDITS: usize = 5;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)
}

/// Runs the program at home in `home`, with none of the user's own settings.
fn skuload(home: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skuload"));
    command.env_clear().env("HOME", home).current_dir(home).args(args);
    command.output().expect("the program runs")
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Imports a sample into a marketplace of its own; answers how many rows came to which verdict.
#[track_caller]
fn imported(name: &str, more: &[&str]) -> BTreeMap<String, usize> {
    let home = tempfile::tempdir().expect("a folder");
    let (sheet, config) = (sample(name), sample("supplier-th.toml"));
    let [sheet, config] = [&sheet, &config].map(|path| path.to_str().expect("a path in UTF-8"));
    let args = ["import", sheet, "--config", config, "--sandbox", "--country", "th", "--report", "report.jsonl"];
    let output = skuload(home.path(), &[&args, more].concat());
    assert_eq!(output.status.code(), Some(0), "{name}: {}", told(&output));
    let report = fs::read_to_string(home.path().join("report.jsonl")).expect("a report");
    let lines = report.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let mut verdicts = BTreeMap::new();
    for line in lines.filter(|line| line["kind"] == "row") {
        *verdicts.entry(line["verdict"].as_str().unwrap_or_default().to_owned()).or_insert(0) += 1;
    }
    verdicts
}

#[test]
fn the_workbook_goes_in_whole() {
    assert_eq!(imported("supplier-th.xlsx", &[]), [("created".to_owned(), 400)].into());
}

#[test]
fn the_text_file_goes_in_whole_in_its_own_encoding() {
    assert_eq!(imported("supplier-th.csv", &[]), [("created".to_owned(), 400)].into());
    assert_eq!(imported("supplier-th.csv", &["--encoding", "windows-874"]), [("created".to_owned(), 400)].into());
}

/// What a check says of the first rows, as numbers and dates that would be sent.
#[test]
fn what_is_sent_is_what_was_meant() {
    let home = tempfile::tempdir().expect("a folder");
    let (sheet, config) = (sample("supplier-th.xlsx"), sample("supplier-th.toml"));
    let [sheet, config] = [&sheet, &config].map(|path| path.to_str().expect("a path in UTF-8"));
    let args = ["import", sheet, "--config", config, "--sandbox", "--country", "th", "--dry-run", "--bodies", "bodies"];
    let output = skuload(home.path(), &args);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let entries = fs::read_dir(home.path().join("bodies")).expect("the bodies");
    let bodies = entries.map(|entry| fs::read_to_string(entry.expect("a body").path()).expect("XML"));
    let bodies: Vec<String> = bodies.filter(|body| body.contains("<SellerSku>JD-TS001-RD-S</SellerSku>")).collect();
    let body = bodies.iter().find(|body| body.contains("<Attributes>")).expect("the first product");
    for part in [
        "<PrimaryCategory>6601</PrimaryCategory>",
        "<brand>ใจดี</brand>",
        "<color_family>สีแดง</color_family>",
        "<price>199</price>",
        "<special_price>159</special_price>",
        "<special_from_date>2026-06-01 00:00</special_from_date>",
        "<special_to_date>2026-06-30 00:00</special_to_date>",
        "<package_weight>0.18</package_weight>",
        "<package_length>30</package_length>",
        "<package_width>24</package_width>",
        "<package_height>3</package_height>",
    ] {
        assert!(body.contains(part), "{part} is not in {body}");
    }
    // A year of two digits.
    let sneakers = home.path().join("bodies");
    let all: String = fs::read_dir(sneakers)
        .expect("the bodies")
        .map(|entry| fs::read_to_string(entry.expect("a body").path()).expect("XML"))
        .collect();
    assert!(all.contains("<special_to_date>2026-07-31 00:00</special_to_date>"));
    assert!(
        !all.contains("2569") && !all.contains("<special_from_date>1969") && !all.contains("<special_from_date>2069")
    );
    assert!(!all.contains("ของใกล้หมด"), "the supplier's own columns are never sent");
}

/// The mapping file is what `--write-map` writes, but for a few lines.
#[test]
fn a_few_lines_of_the_mapping_file_were_edited() {
    let home = tempfile::tempdir().expect("a folder");
    fs::copy(sample("supplier-th.xlsx"), home.path().join("supplier-th.xlsx")).expect("a copy");
    let output = skuload(home.path(), &["check", "supplier-th.xlsx", "--write-map", "supplier-th.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let written = fs::read_to_string(home.path().join("supplier-th.toml")).expect("the mapping file");
    let edited = fs::read_to_string(sample("supplier-th.toml")).expect("the mapping file");
    assert_eq!(written.lines().count(), edited.lines().count(), "{written}");
    let edits: Vec<_> = written.lines().zip(edited.lines()).filter(|(before, after)| before != after).collect();
    assert!((1..=MOST_EDITS).contains(&edits.len()), "{edits:#?}");
}

/// Without the mapping file each column is either understood or told of, and nothing is guessed.
#[test]
fn without_the_mapping_file_what_is_missing_is_said() {
    let home = tempfile::tempdir().expect("a folder");
    let sheet = sample("supplier-th.xlsx");
    let args = ["check", sheet.to_str().expect("a path in UTF-8"), "--country", "th", "--format", "json"];
    let output = skuload(home.path(), &args);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    let text = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let missing = lines.iter().filter(|line| line["rule"] == "missing-column").map(|line| line["field"].clone());
    let missing: Vec<Value> = missing.collect();
    assert!(missing.contains(&json!("category")), "{missing:?}");
    assert!(lines.iter().all(|line| line["row"] != 1), "the title is no data");
}

#[test]
fn the_generator_writes_these_very_files() {
    let fresh = tempfile::tempdir().expect("a folder");
    supplier::write(fresh.path()).expect("the sheets");
    for name in ["supplier-th.xlsx", "supplier-th.csv"] {
        let is_same =
            fs::read(fresh.path().join(name)).expect("a fresh file") == fs::read(sample(name)).unwrap_or_default();
        assert!(is_same, "{name} is another one now: cargo run --example samples");
    }
}
