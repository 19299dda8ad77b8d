//! SARIF 2.1.0: what the standard demands of every part that is written, and what services look at.
//!
//! The schema itself is not ours to pass on. Where it is named, with Python and its `jsonschema`, the logs are held
//! against it too: `SARIF_SCHEMA=sarif-schema-2.1.0.json cargo test --test formats`, as `.ci/run` does.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use skuload::finding::Rule;

use super::home::{Home, sheet};
use super::tools::SarifSchema;

/// A log, held to the standard.
#[track_caller]
fn log(home: &Home, flags: &str, code: i32) -> Value {
    let ran = home.run(&format!("check --format sarif {flags}")).ends(code);
    let log: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.out));
    sound(&log, code);
    if let Some(schema) = SarifSchema::find() {
        schema.holds(&ran.out);
    }
    log
}

#[track_caller]
fn only(value: &Value, allowed: &str) {
    let allowed: BTreeSet<&str> = allowed.split(' ').collect();
    for name in value.as_object().expect("an object").keys() {
        assert!(allowed.contains(name.as_str()), "{name} in {value}");
    }
}

/// Each part has what it must have, and nothing that it may not.
#[track_caller]
fn sound(log: &Value, code: i32) {
    only(log, "$schema version runs");
    assert_eq!(log["version"], "2.1.0");
    let [run] = log["runs"].as_array().expect("runs").as_slice() else { panic!("one run") };
    only(run, "tool columnKind originalUriBaseIds artifacts results invocations properties");
    let driver = &run["tool"]["driver"];
    only(driver, "name version semanticVersion informationUri shortDescription rules");
    assert_eq!((&driver["name"], &driver["version"]), (&json!("skuload"), &json!(env!("CARGO_PKG_VERSION"))));
    let rules = driver["rules"].as_array().expect("rules");
    let names: Vec<&str> = rules.iter().filter_map(|rule| rule["id"].as_str()).collect();
    assert_eq!(names, Rule::ALL.iter().map(|rule| rule.name()).collect::<Vec<_>>());
    for rule in rules {
        only(rule, "id name shortDescription fullDescription help defaultConfiguration properties");
        for text in ["shortDescription", "fullDescription", "help"] {
            assert!(rule[text]["text"].as_str().is_some_and(|text| text.ends_with('.')), "{rule}");
        }
        assert!(is_level(&rule["defaultConfiguration"]["level"]), "{rule}");
    }
    let [invocation] = run["invocations"].as_array().expect("invocations").as_slice() else { panic!("one invocation") };
    only(invocation, "executionSuccessful exitCode toolExecutionNotifications ruleConfigurationOverrides");
    assert_eq!((&invocation["executionSuccessful"], &invocation["exitCode"]), (&json!(code < 2), &json!(code)));
    let artifacts = run["artifacts"].as_array().expect("artifacts");
    for (index, artifact) in artifacts.iter().enumerate() {
        only(artifact, "location roles");
        assert_eq!(artifact["location"]["index"], index);
    }
    let mut seen = BTreeSet::new();
    for result in run["results"].as_array().expect("results") {
        sound_result(result, &names, artifacts);
        let own = format!(
            "{} {}",
            result["partialFingerprints"], result["locations"][0]["physicalLocation"]["artifactLocation"]
        );
        assert!(seen.insert(own), "two results are the same: {result}");
    }
}

#[track_caller]
fn sound_result(result: &Value, rules: &[&str], artifacts: &[Value]) {
    only(result, "ruleId ruleIndex level message locations partialFingerprints baselineState properties");
    let index = result["ruleIndex"].as_u64().expect("an index") as usize;
    assert_eq!(result["ruleId"], rules[index]);
    assert!(is_level(&result["level"]), "{result}");
    assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{result}");
    let [location] = result["locations"].as_array().expect("locations").as_slice() else { panic!("one location") };
    let physical = &location["physicalLocation"];
    only(physical, "artifactLocation region");
    assert!(artifacts.iter().any(|artifact| artifact["location"] == physical["artifactLocation"]), "{result}");
    assert!(physical["region"]["startLine"].as_u64().is_some_and(|line| line > 0), "{result}");
    only(&physical["region"], "startLine");
    let [logical] = location["logicalLocations"].as_array().expect("a cell").as_slice() else { panic!("one cell") };
    assert!(
        logical["fullyQualifiedName"]
            .as_str()
            .is_some_and(|name| name.ends_with(logical["name"].as_str().expect("a name")))
    );
    assert!(result["partialFingerprints"]["primaryLocationLineHash"].as_str().is_some_and(|mark| mark.contains(':')));
}

fn is_level(level: &Value) -> bool {
    ["error", "warning", "note"].iter().any(|name| level == name)
}

/// The results as `s.csv:3 F3 rule level`.
fn results(log: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let result = |result: &Value| {
        let location = &result["locations"][0];
        let physical = &location["physicalLocation"];
        let logical = text(&location["logicalLocations"][0]["fullyQualifiedName"]);
        let (uri, line) = (text(&physical["artifactLocation"]["uri"]), &physical["region"]["startLine"]);
        format!("{uri}:{line} {logical} {} {}", text(&result["ruleId"]), text(&result["level"]))
    };
    log["runs"][0]["results"].as_array().expect("results").iter().map(result).collect()
}

#[test]
fn a_finding_is_a_result_at_its_line() {
    let home = Home::with(&super::bad());
    let expect =
        ["s.csv:3 F3 price-not-positive error", "s.csv:4 L4 deep-discount warning", "s.csv:5 F5 invalid-price error"];
    let log = log(&home, "s.csv", 1);
    assert_eq!(results(&log), expect);
    let result = &log["runs"][0]["results"][0];
    let message = "Price 0 is not above zero (F3, SKU `B`). Help: write a price above zero.";
    assert_eq!(result["message"]["text"], message);
    let properties = json!({"column": "F", "row": 3, "field": "price", "sellerSku": "B", "value": "0", "help": "write a price above zero"});
    assert_eq!(result["properties"], properties);
}

#[test]
fn the_line_of_a_text_file_is_the_line_and_of_a_workbook_the_row() {
    let mut text = sheet(&["A 99", "B 0"]);
    text = text.replacen("Shirt A", "\"Shirt\nA\"", 1);
    assert_eq!(results(&log(&Home::with(&text), "s.csv", 1)), ["s.csv:4 F3 price-not-positive error"]);
    let mut book = rust_xlsxwriter::Workbook::new();
    let worksheet = book.add_worksheet().set_name("My products").expect("a name");
    for (row, line) in (0..).zip(sheet(&["A 99", "B 0"]).lines()) {
        for (column, cell) in (0..).zip(line.split(',')) {
            worksheet.write_string(row, column, cell).expect("a cell");
        }
    }
    let home = Home::new();
    home.write("s.xlsx", book.save_to_buffer().expect("a workbook"));
    assert_eq!(results(&log(&home, "s.xlsx", 1)), ["s.xlsx:3 My products!F3 price-not-positive error"]);
}

#[test]
fn a_finding_on_a_whole_row_names_the_row() {
    let text = sheet(&["A 99"]).replace(",price,", ",cost,");
    let log = log(&Home::with(&text), "s.csv", 1);
    assert!(results(&log).contains(&"s.csv:1 1:1 missing-column error".to_owned()), "{:?}", results(&log));
}

#[test]
fn several_sheets_are_one_run() {
    let home = Home::with(&super::bad());
    home.write("spring sale/ä.csv", sheet(&["E 0"]));
    home.write("clean.csv", sheet(&["F 9"]));
    let ran = home.run_words(&["check", "s.csv", "spring sale/ä.csv", "clean.csv", "--format", "sarif"]).ends(1);
    let log: Value = serde_json::from_str(&ran.out).expect("JSON");
    sound(&log, 1);
    assert_eq!(
        results(&log).last().map(String::as_str),
        Some("spring%20sale/%C3%A4.csv:2 F2 price-not-positive error")
    );
    let artifacts: Vec<&Value> = (0..3).map(|index| &log["runs"][0]["artifacts"][index]["location"]["uri"]).collect();
    assert_eq!(artifacts, ["s.csv", "spring%20sale/%C3%A4.csv", "clean.csv"]);
    let together = home.run("check s.csv clean.csv --together --format sarif").ends(1);
    sound(&serde_json::from_str(&together.out).expect("JSON"), 1);
}

#[test]
fn a_path_begins_where_the_program_was_called() {
    let home = Home::with(&super::bad());
    let whole = home.path("s.csv").canonicalize().expect("a path").display().to_string();
    let log = log(&home, &whole, 1);
    let place = &log["runs"][0]["artifacts"][0]["location"];
    assert_eq!(place, &json!({"uri": "s.csv", "uriBaseId": "%SRCROOT%", "index": 0}));
    assert!(log["runs"][0]["originalUriBaseIds"]["%SRCROOT%"].is_object());
}

#[test]
fn what_stopped_a_check_is_told_and_the_log_is_whole() {
    let home = Home::with(&super::bad());
    let log = |flags: &str| log(&home, flags, 6);
    let unread = log("absent.csv");
    assert_eq!(results(&unread), [""; 0]);
    let notice = &unread["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    assert!(
        notice["message"]["text"].as_str().is_some_and(|text| text.starts_with("cannot read absent.csv")),
        "{notice}"
    );
    assert_eq!(notice["level"], "error");
    assert_eq!(results(&log("absent.csv s.csv")).len(), 3);
}

#[test]
fn a_log_tells_how_many_results_it_lacks() {
    let home = Home::with(&super::bad());
    let log = log(&home, "s.csv --max-findings 1", 1);
    assert_eq!(results(&log).len(), 1);
    assert_eq!(log["runs"][0]["properties"], json!({"shown": 1, "notShown": 2}));
    let notice = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert_eq!(notice, "2 more findings are not shown (--max-findings 1)");
}

#[test]
fn severities_of_rules_are_told() {
    let home = Home::with(&super::bad());
    let log = log(&home, "s.csv --rule deep-discount=error --rule price-not-positive=off", 1);
    let overrides = log["runs"][0]["invocations"][0]["ruleConfigurationOverrides"].as_array().expect("overrides");
    let told: Vec<String> =
        overrides.iter().map(|own| format!("{} {}", own["descriptor"]["id"], own["configuration"])).collect();
    let expect = ["\"price-not-positive\" {\"enabled\":false}", "\"deep-discount\" {\"level\":\"error\"}"];
    assert_eq!(told, expect);
    assert_eq!(results(&log)[0], "s.csv:4 L4 deep-discount error");
}

/// The marks of results, by their rule.
fn marks(text: &str) -> Vec<String> {
    let log = log(&Home::with(text), "s.csv", 1);
    let results = log["runs"][0]["results"].as_array().expect("results").clone();
    let mut marks: Vec<String> =
        results.iter().map(|result| format!("{} {}", result["ruleId"], result["partialFingerprints"])).collect();
    marks.sort();
    marks
}

#[test]
fn a_result_is_known_again_after_its_row_has_moved() {
    let before = marks(&sheet(&["A 99", "B 0", "C 99 9", "D ten"]));
    let after = marks(&sheet(&["X 99", "D ten", "Y 99", "C 99 9", "B 0"]));
    assert_eq!(before, after);
    assert_ne!(before, marks(&sheet(&["A 99", "B -1", "C 99 9", "D ten"])));
    let same = marks(&sheet(&["A 0", "A 0 9", "A 0 8"]));
    assert!(same.iter().collect::<BTreeSet<_>>().len() == same.len(), "{same:?}");
}

#[test]
fn a_merchants_braces_and_brackets_stay_text() {
    let log = log(&Home::with(&sheet(&["A {0}[x](y)"])), "s.csv", 1);
    let text = log["runs"][0]["results"][0]["message"]["text"].as_str().expect("a text").to_owned();
    assert!(text.contains("`{{0}}\\[x\\](y)`"), "{text}");
}

#[test]
fn a_baseline_tells_new_results_from_known_ones() {
    let home = Home::with(&sheet(&["A 0"]));
    home.write("old.jsonl", home.run("check s.csv --format json").out);
    home.write("s.csv", sheet(&["B 0", "A 0"]));
    let log = log(&home, "s.csv --baseline old.jsonl", 1);
    let states: Vec<&Value> = (0..2).map(|index| &log["runs"][0]["results"][index]["baselineState"]).collect();
    assert_eq!(states, ["new", "unchanged"]);
}

#[test]
fn the_same_sheet_gives_the_same_bytes() {
    let home = Home::with(&super::bad());
    assert_eq!(home.run("check s.csv --format sarif").out, home.run("check s.csv --format sarif").out);
}
