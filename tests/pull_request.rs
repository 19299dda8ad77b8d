//! The script that checks the sheets of a pull request, in a repository of its own.
#![cfg(all(feature = "cli", unix))]

mod home;
#[path = "support/tools.rs"]
mod tools;

use std::process::Command;

use home::{Home, Ran, sheet};
use serde_json::Value;
use tools::{SarifSchema, tool};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/pull-request-check.sh");

/// A repository whose branch `main` has these sheets, and in which another branch begins.
struct Repository {
    home: Home,
}

impl Repository {
    /// Nothing, where this computer has no git: that is told, and fails where tools are required.
    fn with(sheets: &[(&str, String)]) -> Option<Repository> {
        tool(&["git"])?;
        let repository = Repository { home: Home::new() };
        repository.git(&["init", "-q", "-b", "main"]);
        repository.home.write("README", "sheets");
        repository.commit(sheets);
        repository.git(&["checkout", "-q", "-b", "spring"]);
        Some(repository)
    }

    fn git(&self, words: &[&str]) {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=Lee", "-c", "user.email=lee@example.com"]).args(words);
        self.home.ran(git).ends(0);
    }

    fn commit(&self, sheets: &[(&str, String)]) {
        for (name, text) in sheets {
            self.home.write(name, text);
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "sheets"]);
    }

    /// Runs the script against `main`, with variables such as `FORMAT=sarif`.
    fn check(&self, variables: &[&str]) -> Ran {
        let mut command = Command::new("env");
        command.args(variables).args(["sh", SCRIPT, "main"]);
        self.home.ran(command)
    }
}

#[test]
fn a_branch_that_changes_no_sheet_passes() {
    let Some(repository) = Repository::with(&[("s.csv", sheet(&["A 0"]))]) else { return };
    repository.commit(&[("notes.md", "nothing here".to_owned())]);
    repository.check(&[]).ends(0).says(&["no sheet was changed since main"]);
}

#[test]
fn a_clean_sheet_passes_and_a_broken_one_does_not() {
    let Some(repository) = Repository::with(&[("s.csv", sheet(&["A 99"]))]) else { return };
    repository.commit(&[("s.csv", sheet(&["A 99", "B 89"])), ("new.csv", sheet(&["C 9"]))]);
    repository.check(&[]).ends(0).says(&["2 files: 3 rows, 0 errors"]);
    repository.commit(&[("s.csv", sheet(&["A 99", "B 0"]))]);
    repository.check(&[]).ends(1).shows(&["error[price-not-positive]", "s.csv:3:6"]);
}

#[test]
fn what_was_wrong_before_does_not_fail() {
    let Some(repository) = Repository::with(&[("sheets/s.csv", sheet(&["A 0", "B 99"]))]) else { return };
    repository.commit(&[("sheets/s.csv", sheet(&["X 9", "B 99", "A 0"]))]);
    repository.check(&[]).ends(0).says(&["1 error, 0 warnings (new: 0 errors, 0 warnings)"]);
    repository.commit(&[("sheets/s.csv", sheet(&["X 0", "B 99", "A 0"]))]);
    let ran = repository.check(&[]).ends(1);
    assert!(ran.out.contains("SKU `X`") && !ran.out.contains("SKU `A`"), "{}", ran.out);
}

#[test]
fn names_may_hold_spaces_and_letters_of_any_kind() {
    let name = "spring sale/it's เสื้อ \"new\".csv";
    let Some(repository) = Repository::with(&[(name, sheet(&["A 0"])), ("-b.csv", sheet(&["A 9"]))]) else { return };
    repository.commit(&[(name, sheet(&["B 9", "A 0"])), ("-b.csv", sheet(&["A 9", "C 9"]))]);
    repository.check(&[]).ends(0).says(&["(new: 0 errors"]);
    repository.commit(&[(name, sheet(&["B 0", "A 0"]))]);
    repository.check(&[]).ends(1).shows(&["SKU `B`"]);
}

#[test]
fn findings_may_be_for_a_service_and_warnings_may_fail() {
    let Some(repository) = Repository::with(&[("s.csv", sheet(&["A 0"]))]) else { return };
    repository.commit(&[("s.csv", sheet(&["A 0", "B 99 9"]))]);
    let ran = repository.check(&["FORMAT=sarif"]).ends(0);
    let log: Value = serde_json::from_str(&ran.out).expect("JSON");
    let results = log["runs"][0]["results"].as_array().expect("results");
    let states: Vec<&str> = results.iter().filter_map(|result| result["baselineState"].as_str()).collect();
    assert_eq!(states, ["unchanged", "new"]);
    repository.check(&["FAIL_ON=warning"]).ends(1);
    repository.check(&["SHEETS=*.xlsx", "FAIL_ON=warning"]).ends(0).says(&["no sheet was changed"]);
}

#[test]
fn a_service_gets_a_whole_log_where_no_sheet_was_changed() {
    let Some(repository) = Repository::with(&[("s.csv", sheet(&["A 0"]))]) else { return };
    let empty = repository.check(&["FORMAT=sarif"]).ends(0).says(&["no sheet was changed"]);
    repository.commit(&[("s.csv", sheet(&["A 99"]))]);
    let whole = repository.check(&["FORMAT=sarif"]).ends(0);
    let read = |ran: &Ran| -> Value { serde_json::from_str(&ran.out).expect("JSON") };
    if let Some(schema) = SarifSchema::find() {
        schema.holds(&empty.out);
    }
    let (empty, whole) = (read(&empty), read(&whole));
    for place in ["/$schema", "/version", "/runs/0/tool/driver/name", "/runs/0/columnKind", "/runs/0/invocations/0"] {
        assert!(empty.pointer(place).is_some_and(|value| Some(value) == whole.pointer(place)), "{place}: {empty}");
    }
    assert_eq!(empty["runs"][0]["results"], Value::Array(Vec::new()));
    assert_eq!(empty["runs"].as_array().map(Vec::len), Some(1));
    // Nobody else is told of nothing.
    repository.git(&["reset", "-q", "--hard", "main"]);
    assert_eq!(repository.check(&["FORMAT=json"]).ends(0).out, "");
}

#[test]
fn a_service_gets_no_more_results_than_it_takes() {
    let Some(repository) = Repository::with(&[]) else { return };
    let skus: Vec<String> = (0..25_001).map(|number| format!("A-{number} 0")).collect();
    repository.commit(&[("s.csv", sheet(&skus.iter().map(String::as_str).collect::<Vec<_>>()))]);
    let ran = repository.check(&["FORMAT=sarif"]).ends(1);
    let log: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), Some(25_000));
    assert_eq!(log["runs"][0]["properties"]["notShown"], 1);
    assert_eq!(repository.check(&["FORMAT=csv"]).ends(1).out.lines().count(), 25_002);
}

#[test]
fn a_sheet_that_only_gets_another_name_passes() {
    let rows = ["A 0", "B 99", "C 89", "D 79", "E 69"];
    let Some(repository) = Repository::with(&[("old name.csv", sheet(&rows))]) else { return };
    repository.git(&["mv", "old name.csv", "new name.csv"]);
    repository.commit(&[]);
    repository.check(&[]).ends(0).says(&["1 error, 0 warnings (new: 0 errors, 0 warnings)"]);
    // Another sheet beside it has none of its errors.
    repository.commit(&[("other.csv", sheet(&["X 9"]))]);
    repository.check(&[]).ends(0);
    repository.commit(&[("new name.csv", sheet(&["A 0", "B 99", "C 89", "D 79", "E 0"]))]);
    let ran = repository.check(&[]).ends(1).shows(&["SKU `E`"]);
    assert!(!ran.out.contains("SKU `A`"), "{}", ran.out);
}

#[test]
fn the_settings_of_the_repository_count() {
    let text = sheet(&["A 99 129"]);
    let rule = "[rule]\nsale-not-below-price = \"warning\"\n".to_owned();
    let Some(repository) = Repository::with(&[("s.csv", sheet(&["A 99"])), ("skuload.toml", rule)]) else { return };
    repository.commit(&[("s.csv", text)]);
    repository.check(&[]).ends(0).says(&["0 errors, 1 warning"]);
    repository.commit(&[("skuload.toml", String::new())]);
    repository.check(&[]).ends(1);
}

#[test]
fn nothing_is_left_behind() {
    let Some(repository) = Repository::with(&[("s.csv", sheet(&["A 0"]))]) else { return };
    repository.commit(&[("s.csv", sheet(&["B 0"]))]);
    repository.check(&[]).ends(1);
    let listed = |words: &[&str]| {
        let mut git = Command::new("git");
        git.args(words);
        repository.home.ran(git).ends(0).out
    };
    assert_eq!(listed(&["worktree", "list", "--porcelain"]).matches("worktree ").count(), 1);
    assert_eq!(listed(&["status", "--porcelain"]), "");
}

#[test]
fn a_sheet_that_is_taken_away_or_cannot_be_read_is_no_surprise() {
    let Some(repository) = Repository::with(&[("s.csv", sheet(&["A 0"])), ("t.csv", "no sheet".to_owned())]) else {
        return;
    };
    repository.git(&["rm", "-q", "s.csv"]);
    repository.commit(&[("t.csv", sheet(&["B 9"]))]);
    repository.check(&[]).ends(0);
    repository.commit(&[("t.csv", "no sheet at all".to_owned())]);
    repository.check(&[]).ends(6);
}

#[test]
fn a_folder_without_a_repository_is_told() {
    if tool(&["git"]).is_none() {
        return;
    }
    let mut command = Command::new("sh");
    command.arg(SCRIPT);
    let ran = Home::new().ran(command).ends(2);
    assert_eq!(
        ran.err,
        "this folder is in no git repository: run the script in the root of the one that holds the sheets\n"
    );
}

#[test]
fn a_base_that_is_not_there_is_told() {
    let Some(repository) = Repository::with(&[]) else { return };
    let mut command = Command::new("sh");
    command.args([SCRIPT, "origin/gone"]);
    repository.home.ran(command).ends(2).says(&["there is no common past with origin/gone", "--unshallow"]);
    let mut command = Command::new("sh");
    command.args([SCRIPT, "origin/gone"]);
    assert!(!repository.home.ran(command).err.contains("fatal"), "git's own words tell nobody what to do");
}
