//! `skuload verify`: whole runs against a marketplace with quality control.
#![cfg(all(feature = "cli", feature = "import", feature = "sandbox"))]

mod support;

use std::fs;

use serde_json::Value;
use support::{Desk, IMPORT, Market, Outcome, SHOP, either};

/// The run that there is.
fn verify(desk: &Desk, more: &[&str]) -> Outcome {
    let runs = desk.runs();
    let run = runs.first().unwrap();
    desk.run(&[&["verify", run.as_str()], more].concat())
}

fn lines(outcome: &Outcome) -> Vec<Value> {
    outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// `SKU verdict shows reason` of each line.
fn told(outcome: &Outcome) -> String {
    let line = |line: &Value| {
        let texts = ["seller_sku", "verdict", "shows", "reason"].map(|name| line[name].as_str().unwrap_or("-"));
        texts.join(" ")
    };
    let rows = lines(outcome).into_iter().filter(|line| line["kind"] == "verify");
    rows.map(|row| line(&row)).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn check(outcome: &Outcome, exit: i32, expect: &str) {
    assert_eq!((outcome.exit, told(outcome).as_str()), (exit, expect), "{outcome:?}");
}

const QC: &str = "[[qc]]\nsku = \"*\"\nstatus = \"approved\"\n";
const JSON: [&str; 2] = ["--format", "json"];

#[test]
fn what_quality_control_says_stands_beside_the_report() {
    let market = Market::open(
        "[[product]]\ncategory = 3\nname = \"Old\"\nskus = [\"O1\"]\n\
         [[qc]]\nsku = \"*\"\nstatus = \"approved\"\n\
         [[qc]]\nsku = \"B1\"\nstatus = \"rejected\"\nreason = \"Wrong category\"\n\
         [[qc]]\nsku = \"C1\"\nstatus = \"liverejected\"\nreason = \"Complaints\"\n\
         [[qc]]\nsku = \"D1\"\nstatus = \"approved\"\npending = 9\n",
    );
    let desk = Desk::at(&market);
    assert_eq!(desk.import("a: A1 A2\nb: B1\nc: C1\nd: D1\no: O1\nx: X1!").exit, 1);
    let before = market.shown()["products"].clone();
    let outcome = verify(&desk, &JSON);
    check(
        &outcome,
        1,
        "A1 created live -\nA2 created live -\nB1 created rejected Wrong category\nC1 created taken-off Complaints\n\
         D1 created pending -\nO1 exists accepted -",
    );
    let last = lines(&outcome).pop().unwrap();
    assert_eq!((&last["kind"], &last["rows"], &last["verified"]), (&"summary".into(), &7.into(), &6.into()));
    assert_eq!((&last["shows"]["live"], &last["attention"]), (&2.into(), &2.into()));
    assert_eq!(market.shown()["products"], before);

    let human = verify(&desk, &["--report", "shown.csv", "--report", "shown.jsonl", "--report", "shown.xlsx"]);
    assert_eq!(human.exit, 1);
    let expect = "6 rows: 2 live, 1 accepted, 1 pending, 1 rejected, 1 taken-off\n\
        1 other row was left out, not sent or refused: see the report\n\
        rejected: row 4, SKU `B1` (reported created): Wrong category\n\
        taken-off: row 5, SKU `C1` (reported created): Complaints\n";
    assert_eq!(human.stdout, expect);
    let report = fs::read_to_string(desk.path("shown.csv")).unwrap();
    let header = "\u{feff}sheet,row,seller_sku,product,verdict,images,rule_or_code,message,help,request,attempts,\
        shows,reason,product,associated_sku";
    assert!(report.starts_with(header), "{report}");
    assert!(report.contains(",1,rejected,Wrong category,b,"), "{report}");
    assert_eq!(fs::read_to_string(desk.path("shown.jsonl")).unwrap().lines().count(), 8);
    assert!(desk.path("shown.xlsx").exists());
}

#[test]
fn all_as_reported_is_a_good_end() {
    let market = Market::open(QC);
    let desk = Desk::at(&market);
    assert_eq!(desk.import("a: A1 A2\nb: B1").exit, 0);
    check(&verify(&desk, &JSON), 0, "A1 created live -\nA2 created live -\nB1 created live -");
    assert_eq!(verify(&desk, &[]).stdout, "3 rows: 3 live\n");
}

#[test]
fn what_the_shop_has_lost_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let mut market = Market::kept(QC, folder.path());
    let desk = Desk::at(&market);
    assert_eq!(desk.import("a: A1\nb: B1").exit, 0);
    market.stop();
    fs::remove_file(folder.path().join("market.jsonl")).unwrap();
    market.start("[[product]]\ncategory = 3\nname = \"Mug b\"\nskus = [\"B1\"]\nstatus = \"deleted\"\n");
    check(
        &verify(&desk, &JSON),
        1,
        "A1 created missing this run created it, and it is not in the shop\nB1 created deleted -",
    );
}

#[test]
fn a_shop_that_cannot_be_asked_is_told_and_nothing_is_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let mut market = Market::kept(QC, folder.path());
    let desk = Desk::at(&market);
    assert_eq!(desk.import("a: A1").exit, 0);
    market.stop();
    let outcome = verify(&desk, &JSON);
    check(&outcome, 5, "A1 created unasked -");
    assert!(outcome.stderr.contains("nobody answers") && !outcome.stderr.contains("Signature"), "{}", outcome.stderr);
    market.start("[[fault]]\naction = \"GetQcStatus\"\nkind = \"error\"\ncode = 7\n");
    check(&verify(&desk, &JSON), 4, "A1 created accepted -");
    market.stop();
    let refused = either("8", "\"InsufficientPermission\"");
    market.start(&format!("[[fault]]\nkind = \"error\"\ncode = {refused}\n"));
    check(&verify(&desk, &JSON), 7, "A1 created unasked -");
}

#[test]
fn trouble_on_the_way_is_waited_out() {
    let market = Market::open(&format!(
        "{QC}[[fault]]\naction = \"GetQcStatus\"\nnth = [1]\nkind = \"error\"\ncode = 6\n\
         [[fault]]\naction = \"GetQcStatus\"\nnth = [2]\nkind = \"html\"\n\
         [[fault]]\naction = \"GetProducts\"\nnth = [2]\nkind = \"truncated\"\n\
         [[fault]]\naction = \"GetProducts\"\nnth = [3]\nkind = \"throttle\"\n"
    ));
    let desk = Desk::at(&market);
    assert_eq!(desk.import("a: A1\nb: B1").exit, 0);
    check(&verify(&desk, &JSON), 0, "A1 created live -\nB1 created live -");
}

#[test]
fn an_unfinished_run_is_verified_as_far_as_it_came() {
    let market =
        Market::open(&format!("{QC}[[fault]]\naction = \"CreateProduct\"\nsku = \"B1\"\nkind = \"error\"\ncode = 7\n"));
    let desk = Desk::at(&market);
    assert_eq!(desk.import("a: A1\nb: B1\nc: C1").exit, 4);
    let outcome = verify(&desk, &JSON);
    check(&outcome, 0, "A1 created live -");
    assert!(outcome.stderr.contains("is unfinished") && outcome.stderr.contains("resume"), "{}", outcome.stderr);
}

#[test]
fn what_the_report_does_not_know_is_told() {
    let market = Market::open(&format!(
        "{QC}[[fault]]\naction = \"CreateProduct\"\nkind = \"lost-reply\"\ntimes = 1\n\
         [[fault]]\naction = \"GetProducts\"\nnth = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]\nkind = \"error\"\ncode = 1000\n"
    ));
    let desk = Desk::at(&market);
    assert_eq!(desk.import("a: A1").exit, 5);
    // The shop's trouble may not be over yet.
    let outcome = (0..10).map(|_| verify(&desk, &JSON)).find(|outcome| outcome.exit != 5).unwrap();
    check(&outcome, 1, "A1 unknown live it is in the shop, and the report does not know it yet: resume the run");
}

#[test]
fn a_run_on_the_built_in_marketplace_is_verified_there() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet("a: A1 A2");
    assert_eq!(desk.run(&["import", "sheet.csv", "--sandbox", "--report", "report.jsonl"]).exit, 0);
    check(&verify(&desk, &JSON), 0, "A1 created pending -\nA2 created pending -");
    assert_eq!(market.calls(), 0);
}

#[test]
fn wrong_usage_is_told_before_the_shop_is_asked() {
    let market = Market::open(QC);
    let desk = Desk::at(&market);
    assert_eq!(desk.run(&["verify", "none"]).exit, 2);
    assert_eq!(desk.run(&IMPORT).exit, 6);
    assert_eq!(desk.import("a: A1!").exit, 1);
    let calls = market.calls();
    let outcome = verify(&desk, &[]);
    assert_eq!((outcome.exit, outcome.stdout.lines().next()), (0, Some("no row of the run is in the shop")));
    assert_eq!(verify(&desk, &["--report", "shown.pdf"]).exit, 2);
    assert_eq!(verify(&desk, &["--report", "sheet.csv"]).exit, 2);
    assert_eq!(market.calls(), calls);
    assert_eq!(SHOP, "stall");
}

#[test]
fn pictures_that_the_shop_does_not_show_are_told() {
    let mut market = Market::open(QC);
    let desk = Desk::at(&market);
    assert_eq!(desk.import("a: A1+1\nb: B1").exit, 0, "{}", desk.told());
    check(&verify(&desk, &JSON), 0, "A1 created live -\nB1 created live -");
    market.stop();
    market.start("[[product]]\ncategory = 3\nname = \"Mug a\"\nskus = [\"A1\", \"B1\"]\nstatus = \"inactive\"\n");
    let expect = "A1 created inactive the report says that its pictures are set, and the shop shows none\n\
        B1 created inactive -";
    check(&verify(&desk, &JSON), 1, expect);
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_and_tells_what_is_known() {
    let market =
        Market::open(&format!("{QC}[[fault]]\naction = \"GetQcStatus\"\nkind = \"slow\"\nseconds = 0.5\ntimes = 1\n"));
    let desk = Desk::at(&market);
    assert_eq!(desk.import("a: A1").exit, 0);
    let run = desk.runs().remove(0);
    let child = desk.start(&["verify", &run, "--format", "json"]);
    while market.received("GetQcStatus") == 0 {
        std::thread::yield_now();
    }
    let status = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    let output = child.wait_with_output().unwrap();
    // What was on its way is awaited: then everything is known, or it is said what is not.
    assert!(matches!(output.status.code(), Some(0 | 130)), "{output:?}");
    let printed = fs::read_to_string(desk.path("printed.txt")).unwrap();
    assert!(printed.contains("\"kind\":\"verify\"") && printed.contains("stopping: "), "{printed}");
}
