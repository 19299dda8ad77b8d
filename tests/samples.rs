//! The samples and templates: what the program says of each, and that they are what the generator writes.
#![cfg(all(feature = "cli", feature = "import", feature = "sandbox"))]

#[path = "../examples/samples/broken.rs"]
mod broken;
#[path = "../examples/samples/catalogue.rs"]
mod catalogue;
#[path = "../examples/samples/headers.rs"]
mod headers;
#[path = "../examples/samples/products.rs"]
mod products;
#[path = "../examples/samples/sheet.rs"]
mod sheet;
#[path = "../examples/samples/template.rs"]
mod template;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs the program at home in `home`, with none of the user's own settings.
fn skuload(home: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skuload"));
    command.env_clear().env("HOME", home).current_dir(home).args(args);
    command.output().expect("the program runs")
}

/// The findings as the samples' own files write them, the last summary, and the exit code.
fn check(path: &str) -> (Vec<Value>, Value, i32) {
    let home = tempfile::tempdir().expect("a folder");
    let sheet = root(path);
    let output = skuload(home.path(), &["check", "--format", "json", sheet.to_str().expect("a path in UTF-8")]);
    let text = String::from_utf8(output.stdout).expect("JSON lines in UTF-8");
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let summary = lines.pop().expect("a summary");
    assert_eq!(summary["kind"], "summary");
    let findings = lines.iter().map(|line| {
        let row = &line["row"];
        let cell = line["column"].as_str().map(|column| format!("{column}{row}"));
        json!({"rule": line["rule"], "cell": cell, "row": row, "sku": line["seller_sku"]})
    });
    (findings.collect(), summary, output.status.code().unwrap_or(-1))
}

#[track_caller]
fn finds(path: &str, expected: &str) {
    let expected = fs::read_to_string(root(expected)).expect("what is expected");
    let expected: Vec<Value> = serde_json::from_str(&expected).expect("JSON");
    let (found, _, exit) = check(path);
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected, "{path}");
    }
    assert_eq!((found.len(), exit), (expected.len(), 1), "{path}");
}

#[test]
fn each_row_of_the_broken_workbook_breaks_its_rule_and_no_other() {
    finds("samples/broken.xlsx", "samples/broken.expected.json");
}

#[test]
fn each_row_of_the_broken_text_file_breaks_its_rule_and_no_other() {
    finds("samples/broken.csv", "samples/broken.csv.expected.json");
}

#[test]
fn the_catalogue_has_nothing_to_find() {
    for path in ["samples/catalogue.xlsx", "samples/catalogue.csv"] {
        let (found, summary, exit) = check(path);
        assert_eq!((found, exit), (Vec::new(), 0), "{path}");
        assert_eq!((&summary["rows"], &summary["products"], &summary["skus"]), (&json!(180), &json!(60), &json!(180)));
    }
}

#[test]
fn the_templates_hold_nothing_but_an_example_that_is_skipped() {
    for path in ["templates/products.xlsx", "templates/products.csv"] {
        let (found, summary, exit) = check(path);
        assert_eq!((found, exit), (Vec::new(), 0), "{path}");
        assert_eq!((&summary["rows"], &summary["skus"], &summary["errors"]), (&json!(1), &json!(0), &json!(0)));
        let home = tempfile::tempdir().expect("a folder");
        let sheet = root(path);
        let output = skuload(home.path(), &["check", sheet.to_str().expect("a path in UTF-8")]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains("1 row skipped"), "{told}");
    }
}

/// The bodies a dry run would send, by the name of the request; a dry run leaves nothing else behind.
fn bodies(path: &str) -> BTreeMap<String, Vec<u8>> {
    let home = tempfile::tempdir().expect("a folder");
    let (sheet, folder, state) = (root(path), home.path().join("bodies"), home.path().join("state"));
    let sheet = sheet.to_str().expect("a path in UTF-8");
    let state_dir = state.to_str().expect("a path in UTF-8");
    let args = ["import", sheet, "--sandbox", "--dry-run", "--bodies", "bodies", "--state-dir", state_dir];
    let output = skuload(home.path(), &args);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!state.join("runs").exists(), "a dry run leaves no run");
    let entries = fs::read_dir(&folder).expect("the bodies").map(|entry| entry.expect("a body").path());
    entries
        .map(|path| {
            (path.file_name().expect("a name").to_string_lossy().into_owned(), fs::read(&path).expect("a body"))
        })
        .collect()
}

#[test]
fn the_workbook_and_the_text_file_send_the_same_bytes() {
    let (workbook, text) = (bodies("samples/catalogue.xlsx"), bodies("samples/catalogue.csv"));
    assert_eq!(workbook.keys().collect::<Vec<_>>(), text.keys().collect::<Vec<_>>());
    assert!(workbook.len() > 60, "a request for each product, and the images: {}", workbook.len());
    for (name, body) in &workbook {
        assert_eq!(String::from_utf8_lossy(body), String::from_utf8_lossy(&text[name]), "{name}");
    }
}

#[test]
fn the_generator_writes_these_very_files() {
    let (samples, templates) = (root("samples"), root("templates"));
    headers::check(&templates, catalogue::HEADERS.into_iter().chain(template::headers())).expect("sound headers");
    let fresh = tempfile::tempdir().expect("a folder");
    catalogue::write(fresh.path()).expect("the catalogue");
    broken::write(fresh.path()).expect("the broken sheet");
    let of_samples: Vec<PathBuf> = written(fresh.path());
    for path in &of_samples {
        same(path, &samples);
    }
    assert_eq!(of_samples.len(), 6, "{of_samples:?}");
    let fresh = tempfile::tempdir().expect("a folder");
    template::write(fresh.path()).expect("the templates");
    for path in written(fresh.path()) {
        same(&path, &templates);
    }
}

fn written(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect()
}

#[track_caller]
fn same(fresh: &Path, kept: &Path) {
    let kept = kept.join(fresh.file_name().expect("a name"));
    let is_same = fs::read(fresh).expect("a fresh file") == fs::read(&kept).expect("the kept file");
    assert!(is_same, "{} is another one now: cargo run --example samples", kept.display());
}
