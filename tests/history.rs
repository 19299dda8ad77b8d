//! `skuload history`: what the journals tell of one SKU.
#![cfg(all(unix, feature = "cli", feature = "sandbox", feature = "import"))]

mod support;

use std::fs;

use serde_json::{Value, json};
use support::{Desk, Market, Outcome, STALL};

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

/// Imports a sheet of changes.
#[track_caller]
fn update(desk: &Desk, sheet: &str, exit: i32) {
    fs::write(desk.path("sheet.csv"), sheet).unwrap();
    let outcome = desk.run(&[&support::IMPORT[..], &["--mode", "update"]].concat());
    assert_eq!(outcome.exit, exit, "{outcome:?}");
}

/// Each change of the SKU, its verdict first: `updated price: 20.00 -> 25; name*: Mug -> Cup`.
#[track_caller]
fn check_told(desk: &Desk, sku: &str, expect: &[&str]) -> Vec<Value> {
    let outcome = history(desk, &[sku, "--format", "json"]);
    assert_eq!(outcome.exit, 0, "{outcome:?}");
    let mut lines = told(&outcome);
    lines.pop();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |change: &Value| {
        let mark = if change["shared"] == true { "*" } else { "" };
        format!("{}{mark}: {} -> {}", text(&change["field"]), text(&change["from"]), text(&change["to"]))
    };
    let line = |line: &Value| {
        let changes: Vec<String> = line["changes"].as_array().unwrap().iter().map(one).collect();
        format!("{} {}", text(&line["verdict"]), changes.join("; "))
    };
    assert_eq!(lines.iter().map(line).collect::<Vec<_>>(), expect, "{outcome:?}");
    lines
}

#[test]
fn updates_are_told_from_what_to_what_when_and_by_whom() {
    let market = Market::open(STALL);
    let desk = Desk::at(&market);
    update(&desk, "SellerSku,price,quantity\nTOTE-S,95.50,5\nMUG,25,3\n", 0);
    update(&desk, "SellerSku,name,description,color_family\nTOTE-S,Tote,Linen canvas,Blue\n", 0);
    update(&desk, "SellerSku,model\nTOTE-S,<clear>\n", 0);
    update(&desk, "SellerSku,Status\nTOTE-S,inactive\n", 0);
    let lines = check_told(
        &desk,
        "TOTE-S",
        &[
            "updated price: 100.00 -> 95.50",
            "updated name*: Canvas tote -> Tote; description*: Canvas bag -> Linen canvas; color_family: Red -> Blue",
            "updated model*: T1 -> ",
            "updated active: active -> inactive",
        ],
    );
    check_told(&desk, "MUG", &["updated quantity: 1 -> 3; price: 20.00 -> 25"]);
    let mut runs = desk.runs();
    runs.sort();
    let named: Vec<&str> = lines.iter().filter_map(|line| line["run"].as_str()).collect();
    assert_eq!(named.len(), 4);
    assert!(runs.iter().all(|run| named.contains(&run.as_str())), "{runs:?}: {named:?}");
    let times: Vec<&str> = lines.iter().filter_map(|line| line["at"].as_str()).collect();
    assert!(times.is_sorted() && times.iter().all(|at| at.ends_with('Z')), "{times:?}");
    let user = lines[0]["user"].as_str().unwrap();
    assert!(user.contains("uid "), "{user}");
    let text = history(&desk, &["TOTE-S"]);
    for said in [
        format!("{}  {}  stall  updated  sheet.csv, row 2  by {user} at ", times[0], named[0]),
        "\n  price  100.00 -> 95.50\n".to_owned(),
        "\n  name          Canvas tote -> Tote (of the product)\n".to_owned(),
        "\n  color_family  Red -> Blue\n".to_owned(),
        "\n  model  T1 -> (cleared) (of the product)\n".to_owned(),
        "\n  active  active -> inactive\n".to_owned(),
    ] {
        assert!(text.stdout.contains(&said), "{said}: {text:?}");
    }
    assert!(text.stderr.contains("4 changes of `TOTE-S` in 4 runs"), "{text:?}");
    let count = |args: &[&str]| {
        let outcome = history(&desk, &[&["TOTE-S", "--format", "json"], args].concat());
        told(&outcome).last().unwrap()["changes"].clone()
    };
    assert_eq!((count(&["--shop", "stall"]), count(&["--shop", "other"])), (json!(4), json!(0)));
    assert_eq!((count(&["--since", times[0]]), count(&["--since", "2999-01-31"])), (json!(4), json!(0)));
}

#[test]
fn what_another_row_changed_of_the_product_is_told_of_its_sku_too() {
    let market = Market::open(STALL);
    let desk = Desk::at(&market);
    update(&desk, "SellerSku,name,price\nTOTE-S,Tote,95.50\nTOTE-L,Tote,100\n", 0);
    assert_eq!(market.received("UpdateProduct"), 1);
    check_told(&desk, "TOTE-S", &["updated name*: Canvas tote -> Tote; price: 100.00 -> 95.50"]);
    check_told(&desk, "TOTE-L", &["updated name*: Canvas tote -> Tote"]);
}

#[test]
fn pictures_are_told_with_those_before() {
    let market = Market::open(STALL);
    let desk = Desk::at(&market);
    let (one, two) = ("https://sg-live.slatic.net/p/1.jpg", "https://sg-live.slatic.net/p/2.jpg");
    update(&desk, &format!("SellerSku,image\nTOTE-S,{two}\nTOTE-L,{one}\n"), 0);
    let lines = check_told(&desk, "TOTE-S", &["updated "]);
    assert_eq!(lines[0]["pictures"], json!({"from": [one], "to": [two]}));
    let text = history(&desk, &["TOTE-S"]);
    assert!(text.stdout.contains(one) && text.stdout.contains(two), "{text:?}");
    check_told(&desk, "TOTE-L", &[]);
}

#[test]
fn a_refused_change_is_told_as_refused() {
    let fault = "[[fault]]\naction = \"UpdateProduct\"\nkind = \"error\"\ncode = 501\n\
        [[fault]]\naction = \"UpdatePriceQuantity\"\nsku = \"MUG\"\nkind = \"error\"\ncode = 501\n";
    let market = Market::open(&format!("{STALL}{fault}"));
    let desk = Desk::at(&market);
    update(&desk, "SellerSku,name,price\nTOTE-S,Tote,\nMUG,,25\n", 1);
    check_told(&desk, "TOTE-S", &["rejected name*: Canvas tote -> Tote"]);
    let text = history(&desk, &["TOTE-S"]);
    assert!(text.stdout.contains("\n  name  Canvas tote; Tote was refused (of the product)\n"), "{text:?}");
    let text = history(&desk, &["MUG"]);
    assert!(text.stdout.contains("\n  price  20.00; 25 was refused\n"), "{text:?}");
}
