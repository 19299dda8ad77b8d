//! What only the Open Platform answers: the list of what was created, and calls that are switched off for hours. The
//! program is the real one, the marketplace the stand-in.

#[path = "../support/mod.rs"]
mod support;

use support::{Desk, IMPORT, Market, Outcome};

/// Imports the sheet once; `expect` is the report, a line for each row: `SKU verdict images xATTEMPTS CODE message`.
#[track_caller]
fn check(faults: &str, lines: &str, exit: i32, expect: &[&str]) -> (Market, Desk, Outcome) {
    let market = Market::open(faults);
    let desk = Desk::at(&market);
    let outcome = desk.import(lines);
    assert_eq!(desk.told(), expect.join("\n"), "{}", outcome.stderr);
    assert_eq!(outcome.exit, exit, "{}{}", outcome.stdout, outcome.stderr);
    (market, desk, outcome)
}

#[test]
fn a_creation_whose_reply_leaves_out_skus_is_settled_by_a_look_up() {
    let fault = "[[fault]]\naction = \"CreateProduct\"\nsku = \"A\"\nkind = \"plain\"\nlist = \"fewer\"\ntimes = 1\n";
    let there = ["A", "B", "C", "D"].map(|sku| format!("{sku} created set x1 confirmed by lookup"));
    let expect = [&there.each_ref().map(String::as_str)[..], &["E created none x1"]].concat();
    let (market, ..) = check(fault, "M: A+1 B+1 C+1 D+1\nN: E", 0, &expect);
    assert_eq!((market.received("CreateProduct"), market.received("SetImages")), (2, 1));
}

#[test]
fn what_is_missing_of_a_product_whose_reply_says_so_follows() {
    let fault =
        "[[fault]]\naction = \"CreateProduct\"\nkind = \"plain\"\neffect = \"half\"\nlist = \"fewer\"\ntimes = 1\n";
    let expect = ["A", "B", "C", "D"].map(|sku| format!("{sku} created none x2 confirmed by lookup"));
    let (market, ..) = check(fault, "M: A B C D", 0, &expect.each_ref().map(String::as_str));
    assert_eq!((market.products(), market.received("CreateProduct")), (vec!["A B C D".to_owned()], 2));
}

#[test]
fn a_question_for_the_number_of_a_sku_is_a_call_like_others() {
    // The reply to the creation tells no number. Before it the shop was asked, and the pictures have their call.
    for (most, questions, pictures) in [("3", 1, 0), ("4", 2, 1)] {
        let market = Market::open("[[fault]]\naction = \"CreateProduct\"\nkind = \"plain\"\nlist = \"fewer\"\n");
        let desk = Desk::at(&market);
        desk.write_sheet("M: A+1");
        let outcome = desk.run(&[&IMPORT[..], &["--max-requests", most]].concat());
        assert_eq!(outcome.exit, 8, "{}", outcome.stderr);
        let received = ["GetProducts", "CreateProduct", "SetImages"].map(|action| market.received(action));
        assert_eq!(received, [questions, 1, pictures], "{most}");
        assert_eq!(desk.run(&["resume"]).exit, 0);
        assert_eq!((desk.report()[0]["images"].as_str(), market.products()), (Some("set"), vec!["A+1".to_owned()]));
    }
}

/// 998, as in campaigns.
fn off(action: &str, more: &str) -> String {
    format!("[[fault]]\naction = \"{action}\"\nkind = \"error\"\ncode = 998\n{more}\n")
}

const OFF: &str = "The api is disabled during the campaign (code 998)";

#[test]
fn creations_that_are_switched_off_are_not_sent_and_resume_sends_them() {
    let faults = off("CreateProduct", "from = 2\ntimes = 4");
    let products: String = ('B'..='Z').map(|sku| format!("\nN{sku}: {sku}")).collect();
    let stopped = format!("the run stopped before it: the marketplace has switched off CreateProduct for now: {OFF}");
    let rest =
        ('B'..='Z').map(|sku| format!("{sku} not-sent none x0 {stopped}: 1 of 26 planned requests are done, 25 not"));
    let expect: Vec<String> = ["A created none x1".to_owned()].into_iter().chain(rest).collect();
    let expect: Vec<&str> = expect.iter().map(String::as_str).collect();
    let (market, desk, outcome) = check(&faults, &format!("M: A{products}"), 5, &expect);
    // No more than were on their way at once.
    assert!(market.received("CreateProduct") <= 5, "{}", market.counted());
    let help = "help: wait some hours, as campaigns last; then continue with: skuload resume ";
    assert!(outcome.stderr.contains(help), "{}", outcome.stderr);
    // The campaign is over when as many as that were refused.
    while desk.run(&["resume"]).exit == 5 {}
    assert_eq!(market.products().len(), 26);
    assert!(desk.told().lines().all(|line| line.ends_with(" created none x1")), "{}", desk.told());
}

#[test]
fn pictures_wait_where_only_setting_them_is_switched_off() {
    let faults = off("SetImages", "times = 1");
    let (market, desk, outcome) = check(
        &faults,
        "M: A+1 B+2\nN: C+1\nO: D",
        5,
        &["A created pending x1", "B created pending x1", "C created pending x1", "D created none x1"],
    );
    assert_eq!((market.received("CreateProduct"), market.received("SetImages")), (3, 1));
    let said = format!("the marketplace has switched off SetImages for now: {OFF}");
    assert!(outcome.stderr.contains(&said), "{}", outcome.stderr);
    let resumed = desk.run(&["resume"]);
    assert_eq!(desk.told(), "A created set x1\nB created set x1\nC created set x1\nD created none x1", "{resumed:?}");
    assert_eq!((resumed.exit, market.products()), (0, ["A+1 B+2", "C+1", "D"].map(str::to_owned).to_vec()));
}

#[test]
fn a_shop_that_cannot_be_asked_for_hours_stops_the_run_at_once() {
    let faults = off("GetProducts", "");
    let market = Market::open(&faults);
    let desk = Desk::at(&market);
    let outcome = desk.import("M: A");
    assert_eq!((outcome.exit, market.received("GetProducts"), market.writes()), (5, 1, 0), "{}", outcome.stderr);
    let help = "help: wait some hours, as campaigns last; nothing came into the shop; import the sheet again";
    assert!(outcome.stderr.contains("switched off GetProducts") && outcome.stderr.contains(help), "{}", outcome.stderr);
}
