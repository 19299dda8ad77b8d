//! `skuload history`: what the journals tell of one SKU.
#![cfg(all(unix, feature = "cli", feature = "sandbox", feature = "import"))]

mod support;

use std::fs;

use serde_json::{Value, json};
use support::{Desk, Market, Outcome};

/// The lines of `history --format json`.
fn told(outcome: &Outcome) -> Vec<Value> {
    outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn history(desk: &Desk, args: &[&str]) -> Outcome {
    desk.run(&[&["history", "--sku"], args].concat())
}

/// The change of the SKU that the first run made, and no other.
#[track_caller]
fn only_change(desk: &Desk, sku: &str) -> Value {
    let outcome = history(desk, &[sku, "--format", "json"]);
    assert_eq!(outcome.exit, 0, "{outcome:?}");
    let lines = told(&outcome);
    assert_eq!((lines.len(), &lines[1]["kind"]), (2, &json!("summary")), "{outcome:?}");
    lines[0].clone()
}

fn values(change: &Value, fields: &[&str]) -> Vec<String> {
    let changes = change["changes"].as_array().unwrap();
    let value = |field: &&str| {
        let found = changes.iter().find(|change| change["field"] == *field);
        found.and_then(|change| change["to"].as_str()).unwrap_or("-").to_owned()
    };
    fields.iter().map(value).collect()
}

#[test]
fn a_creation_is_told_with_its_values_its_pictures_and_who_did_it() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    assert_eq!(desk.import("P: A+2 B+w1\nQ: C").exit, 0);
    let change = only_change(&desk, "A");
    let run = &desk.runs()[0];
    assert_eq!((&change["run"], &change["shop"], &change["row"]), (&json!(run), &json!("stall"), &json!(2)));
    assert_eq!((&change["verdict"], &change["images"]), (&json!("created"), &json!("set")));
    assert_eq!((&change["file"], &change["seller_sku"]), (&json!("sheet.csv"), &json!("A")));
    assert_eq!(values(&change, &["price", "quantity", "name", "size"]), ["9.90", "5", "Mug P", "0-A"]);
    let pictures = ["https://sg-live.slatic.net/p/A/1.jpg", "https://sg-live.slatic.net/p/A/2.jpg"];
    assert_eq!(change["pictures"]["to"], json!(pictures));
    let (user, host) = (change["user"].as_str().unwrap(), change["host"].as_str().unwrap());
    assert!(user.contains("uid ") && !host.is_empty(), "{change}");
    let text = history(&desk, &["A"]);
    assert!(text.stdout.contains(&format!("{run}  stall  created  sheet.csv, row 2  by {user} at {host}")), "{text:?}");
    assert!(text.stdout.contains("\n  price              9.90\n"), "{text:?}");
    assert!(text.stdout.contains("\n  name               Mug P (of the product)\n"), "{text:?}");
    assert!(text.stdout.contains(&format!("\n  pictures:\n    {}\n    {}\n", pictures[0], pictures[1])), "{text:?}");
    assert!(text.stderr.contains("1 change of `A` in 1 run"), "{text:?}");
}

#[test]
fn a_picture_that_had_to_travel_is_told_as_the_sheet_calls_it() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    assert_eq!(desk.import("P: A+w2").exit, 0);
    let change = only_change(&desk, "A");
    let names = ["https://img.example.com/A/1.jpg", "https://img.example.com/A/2.jpg"];
    assert_eq!(change["pictures"]["to"], json!(names), "{change}");
}

#[test]
fn what_was_refused_is_told_as_that() {
    let market = Market::open("[[fault]]\naction = \"CreateProduct\"\nsku = \"A\"\nkind = \"error\"\ncode = 205");
    let desk = Desk::at(&market);
    assert_eq!(desk.import("P: A\nQ: B").exit, 1);
    let change = only_change(&desk, "A");
    assert_eq!((&change["verdict"], &change["rule_or_code"]), (&json!("rejected"), &json!("205")), "{change}");
    let text = history(&desk, &["A"]);
    assert!(text.stdout.contains("  205 E205: SPU not exist\n"), "{text:?}");
    assert!(text.stdout.contains("9.90 was refused\n"), "{text:?}");
    assert!(!text.stdout.contains("9.90\n"), "{text:?}");
}

#[test]
fn what_nobody_could_tell_of_is_told_as_that() {
    let faults = "[[fault]]\naction = \"CreateProduct\"\nkind = \"lost-reply\"\neffect = false\n\
        [[fault]]\naction = \"GetProducts\"\nfrom = 2\nkind = \"status\"\n";
    let market = Market::open(faults);
    let desk = Desk::at(&market);
    assert_eq!(desk.import("P: A").exit, 5);
    assert_eq!(only_change(&desk, "A")["verdict"], "unknown");
    let text = history(&desk, &["A"]);
    assert!(text.stdout.contains("9.90 may have come or not\n"), "{text:?}");
}

#[test]
fn every_run_that_changed_it_is_told_the_oldest_first_and_others_are_not() {
    let market =
        Market::open("[[fault]]\naction = \"CreateProduct\"\nsku = \"A\"\ntimes = 1\nkind = \"error\"\ncode = 205");
    let desk = Desk::at(&market);
    assert_eq!(desk.import("P: A").exit, 1);
    assert_eq!(desk.import("Q: B").exit, 0);
    assert_eq!(desk.import("P: A").exit, 0);
    assert_eq!(desk.import("P: A").exit, 0);
    let lines = told(&history(&desk, &["A", "--format", "json"]));
    let verdicts: Vec<&str> = lines.iter().filter_map(|line| line["verdict"].as_str()).collect();
    assert_eq!(verdicts, ["rejected", "created"]);
    let summary = json!({"v": 1, "kind": "summary", "seller_sku": "A", "changes": 2, "runs": 4, "unreadable": 0});
    assert_eq!(lines[2], summary);
}

#[test]
fn a_shop_and_a_day_leave_the_others_out() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    assert_eq!(desk.import("P: A").exit, 0);
    let summary = |args: &[&str]| {
        let outcome = history(&desk, &[&["A", "--format", "json"], args].concat());
        (outcome.exit, told(&outcome).last().unwrap()["changes"].clone())
    };
    assert_eq!(summary(&["--shop", "stall"]), (0, json!(1)));
    assert_eq!(summary(&["--shop", "other"]), (1, json!(0)));
    assert_eq!(summary(&["--since", "2020-01-31"]), (0, json!(1)));
    assert_eq!(summary(&["--since", "2999-01-31"]), (1, json!(0)));
    let wrong = history(&desk, &["A", "--since", "yesterday"]);
    assert!(wrong.exit == 2 && wrong.stderr.contains("`yesterday` is no date"), "{wrong:?}");
}

#[test]
fn a_sku_that_no_run_has_is_said_so() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    assert_eq!(desk.import("P: A").exit, 0);
    let outcome = history(&desk, &["a", "--shop", "stall"]);
    assert_eq!(outcome.exit, 1);
    assert!(outcome.stderr.contains("no run of the shop `stall` has the SKU `a` in its sheet"), "{outcome:?}");
    assert_eq!(outcome.stdout, "");
}

#[test]
fn a_row_with_an_error_is_known_and_was_not_changed() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    assert_eq!(desk.import("P: A!\nQ: B").exit, 1);
    let outcome = history(&desk, &["A"]);
    assert_eq!((outcome.exit, outcome.stdout.as_str()), (0, ""));
    assert!(outcome.stderr.contains("0 changes of `A` in 1 run"), "{outcome:?}");
}

#[test]
fn a_run_that_cannot_be_read_is_named_and_the_others_are_told() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    assert_eq!(desk.import("P: A").exit, 0);
    let damaged = desk.path("state/runs/20200101-000000-aaaaaa");
    fs::create_dir(&damaged).unwrap();
    fs::write(damaged.join("journal.sqlite"), "no journal").unwrap();
    let outcome = history(&desk, &["A", "--format", "json"]);
    assert_eq!(outcome.exit, 9, "{outcome:?}");
    assert!(outcome.stderr.contains("run 20200101-000000-aaaaaa is left out"), "{outcome:?}");
    let lines = told(&outcome);
    assert_eq!((&lines[0]["verdict"], &lines[1]["unreadable"]), (&json!("created"), &json!(1)));
}

#[test]
fn what_another_process_continued_is_told_of_that_one() {
    let market = Market::open("[[fault]]\naction = \"CreateProduct\"\nnth = [1]\nkind = \"slow\"\nseconds = 3");
    let desk = Desk::at(&market);
    desk.write_sheet("P: A\nQ: B");
    let mut import = desk.start(&support::IMPORT);
    while market.received("CreateProduct") == 0 && import.try_wait().unwrap().is_none() {}
    import.kill().unwrap();
    import.wait().unwrap();
    let mut resume = desk.command(&["resume"]);
    assert_eq!(resume.env("USER", "bob").output().unwrap().status.code(), Some(0));
    let second = only_change(&desk, "B");
    assert!(second["user"].as_str().unwrap().starts_with("bob, uid "), "{second}");
    let first = only_change(&desk, "A");
    assert_eq!(first["verdict"], "created");
    assert!(!first["user"].as_str().unwrap().contains("bob"), "{first}");
}
