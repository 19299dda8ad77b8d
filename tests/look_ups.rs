//! Refusals of GetProducts and GetResponse: whatever an import asks of a shop, each code of the two pages ends in
//! verdicts, a message and an exit code that tell the merchant what to do. The program is the real one, the marketplace
//! the stand-in.
#![cfg(all(feature = "cli", feature = "sandbox", feature = "import"))]

mod support;

use support::{API, Api, Desk, IMPORT, Market, Outcome, either};

/// How a run ends whose access is denied: the user is refused, or the app lacks a permission.
fn denied() -> i32 {
    either(4, 7)
}

const SHOP: &str = "[[product]]\ncategory = 3\nname = \"Mug P\"\nskus = [\"A\", \"B\"]\n";

fn fault(action: &str, code: u32, more: &str) -> String {
    format!("[[fault]]\naction = \"{action}\"\nkind = \"error\"\ncode = {code}\n{more}\n")
}

fn import(desk: &Desk, mode: &str) -> Outcome {
    desk.write_sheet("P: A B");
    desk.run(&[&IMPORT[..], &["--mode", mode]].concat())
}

/// What a code is called: the gateway of Open Platform has names for some.
fn name_of(code: u32) -> String {
    match (API, code) {
        (Api::OpenPlatform, 7) => "IncompleteSignature".to_owned(),
        (Api::OpenPlatform, 9) => "InsufficientPermission".to_owned(),
        (Api::OpenPlatform | Api::SellerCenter, _) => code.to_string(),
    }
}

/// The shop answers each question with the code: in every mode nothing is sent, each row says why and what to do, and so
/// does the last line.
#[track_caller]
fn check_baseline(code: u32, exit: i32, message: &str, advice: &str) {
    for mode in ["create", "update", "upsert"] {
        let market = Market::open(&format!("{}{SHOP}", fault("GetProducts", code, "")));
        let desk = Desk::at(&market);
        let outcome = import(&desk, mode);
        let advice = advice.replace("FLAGS", &desk.words(&[]).join(" "));
        assert_eq!(outcome.exit, exit, "{code} {mode}: {outcome:?}");
        for row in desk.report() {
            assert_eq!(row["verdict"], "not-sent", "{row}");
            let said = row["message"].as_str().unwrap();
            assert!(said.starts_with("the run stopped before it: ") && said.contains(message), "{code} {mode}: {said}");
            assert_eq!(row["help"], format!("{advice}import the sheet again"), "{code} {mode}");
        }
        let told = outcome.stderr.split("error: ").last().unwrap();
        let again = if mode == "create" { String::new() } else { format!(" --mode {mode}") };
        let help = format!(
            "  help: {advice}nothing came into the shop; import the sheet again: skuload import sheet.csv \
             --shop stall{again} --config"
        );
        assert!(told.contains(message) && told.contains(&format!("(code {})", name_of(code))), "{code} {mode}: {told}");
        assert!(told.contains(&help), "{code} {mode}: {told}");
        assert_eq!((market.writes(), desk.runs().len()), (0, 0));
    }
}

const SUPPORT: &str = "ask seller support what the code means and whether the API is open to the account; ";
const ONE_SKU: &str = "look that seller SKU up in the seller centre and leave its row out; if each one is refused, ask \
    seller support what the code means; ";

#[test]
fn a_refused_question_about_skus_names_the_one_that_it_was_about() {
    check_baseline(5, 7, "E005: Invalid Request Format; asked for the seller SKU `A`", ONE_SKU);
    let corrupt = "E070: You have corrupt data in your sku seller list.; asked for the seller SKU `A`";
    check_baseline(70, 7, corrupt, ONE_SKU);
    // Only one of them is at fault: it is found.
    for code in [5, 70] {
        let market = Market::open(&format!("{}{SHOP}", fault("GetProducts", code, "sku = \"B\"")));
        let desk = Desk::at(&market);
        let outcome = import(&desk, "update");
        assert!(outcome.exit == 7 && outcome.stderr.contains("asked for the seller SKU `B`"), "{outcome:?}");
    }
}

#[test]
fn a_refused_offset_date_limit_or_filter_is_for_seller_support() {
    check_baseline(14, 7, "refuses the account or the call: E014: ", SUPPORT);
    check_baseline(17, 7, "refuses the account or the call: E017: ", SUPPORT);
    check_baseline(19, 7, "refuses the account or the call: E019: ", SUPPORT);
    check_baseline(36, 7, "refuses the account or the call: E036: Invalid status filter", SUPPORT);
}

#[test]
fn a_refused_key_or_user_is_told_as_that() {
    let (says, advice) = either(
        ("E007: Login failed", "check the user id and the key in the seller centre; "),
        (
            "The request signature does not conform to platform standards",
            "the app's secret does not belong to its key, or was renewed: copy it again from the app's page at the Open \
             Platform and give it with skuload shop add stall --replace-key --secret-file FILE FLAGS; ",
        ),
    );
    check_baseline(7, 4, &format!("the marketplace refuses the credentials: {says}"), advice);
    let (says, advice) = either(
        ("credentials: E009: Access Denied", "check the user id and the key in the seller centre; "),
        (
            "account or the call: The app has no permission to call this api",
            "the app may not make this call for this seller: ask for its permission on the app's page at the Open Platform, \
             and when it is granted log in with: skuload shop login stall FLAGS; ",
        ),
    );
    check_baseline(9, denied(), &format!("the marketplace refuses the {says}"), advice);
}

#[test]
fn trouble_that_does_not_end_is_told_as_that() {
    check_baseline(6, 5, "in trouble for too long: E006: Unexpected internal error", "");
    check_baseline(506, 5, "in trouble for too long: E506: Get product failed", "");
    check_baseline(901, 5, "in trouble for too long: E901: The request is too frequent", "");
    check_baseline(1000, 5, "in trouble for too long: Internal Application Error", "");
}

#[test]
fn trouble_that_ends_leaves_no_trace_in_the_report() {
    for code in [6, 506, 901, 1000] {
        for (mode, expect) in [
            (
                "create",
                "A exists kept x0 it was in the shop before this run\nB exists kept x0 it was in the shop before this run",
            ),
            ("update", "A updated kept x1\nB updated kept x1"),
            ("upsert", "A updated kept x1\nB updated kept x1"),
        ] {
            let market = Market::open(&format!("{}{SHOP}", fault("GetProducts", code, "times = 2")));
            let desk = Desk::at(&market);
            let outcome = import(&desk, mode);
            assert_eq!((outcome.exit, desk.told().as_str()), (0, expect), "{code} {mode}: {outcome:?}");
            assert_eq!(market.received("GetProducts"), 3, "{code} {mode}");
        }
    }
}

/// A creation's reply is lost, and the question what became of it is answered with the code; `times` empty: each time.
/// The report, and the exit code.
fn doubted(code: u32, times: &str) -> (Market, Desk, Outcome) {
    let lost = "[[fault]]\naction = \"CreateProduct\"\nkind = \"lost-reply\"\ntimes = 1\n";
    let market = Market::open(&format!("{lost}{}", fault("GetProducts", code, times)));
    let desk = Desk::at(&market);
    let outcome = desk.import("P: A");
    (market, desk, outcome)
}

#[test]
fn what_became_of_a_creation_is_asked_again_until_the_shop_tells() {
    for code in [6, 506, 901, 1000] {
        let (market, desk, outcome) = doubted(code, "nth = [2, 3]");
        assert_eq!((outcome.exit, desk.told().as_str()), (0, "A created none x1 confirmed by lookup"), "{code}");
        assert_eq!(market.received("CreateProduct"), 1);
    }
}

#[test]
fn a_creation_of_which_the_shop_does_not_tell_is_unknown_and_resume_asks_again() {
    let nth: Vec<String> = (2..400).map(|at| at.to_string()).collect();
    let nth = format!("nth = [{}]", nth.join(", "));
    for (code, exit) in [
        (5, 5),
        (6, 5),
        (14, 7),
        (17, 7),
        (19, 7),
        (36, 7),
        (70, 5),
        (506, 5),
        (901, 5),
        (1000, 5),
        (7, 4),
        (9, denied()),
    ] {
        let (market, desk, outcome) = doubted(code, &nth);
        let row = &desk.report()[0];
        assert_eq!((outcome.exit, &row["verdict"]), (exit, &"unknown".into()), "{code}: {outcome:?}");
        assert!(row["help"].as_str().unwrap().starts_with("resume the run, which asks the shop again"), "{row}");
        assert!(outcome.stderr.contains("continue with: skuload resume "), "{code}: {outcome:?}");
        assert_eq!(market.received("CreateProduct"), 1, "{code}");
    }
}

/// Three pictures travel by a ticket, and each question for it is answered with the code.
fn ticketed(code: u32, more: &str) -> (Market, Desk, Outcome) {
    let market = Market::open(&fault("GetResponse", code, more));
    let desk = Desk::at(&market);
    let outcome = desk.import("P: A+w3");
    (market, desk, outcome)
}

#[test]
fn pictures_whose_ticket_is_refused_travel_one_by_one() {
    for (code, asked) in [(5, 1), (6, 8), (1000, 8)] {
        let (market, desk, outcome) = ticketed(code, "");
        assert_eq!((outcome.exit, desk.told().as_str()), (0, "A created set x1"), "{code}: {outcome:?}");
        assert_eq!((market.received("GetResponse"), market.received("MigrateImage")), (asked, 3), "{code}");
        assert_eq!(market.products(), ["A+3"]);
    }
}

#[test]
fn a_ticket_that_is_not_ready_is_asked_for_again() {
    for code in [6, 901, 1000] {
        let (market, desk, outcome) = ticketed(code, "times = 2");
        assert_eq!((outcome.exit, desk.told().as_str()), (0, "A created set x1"), "{code}: {outcome:?}");
        assert_eq!((market.received("GetResponse"), market.received("MigrateImage")), (3, 0), "{code}");
    }
}

#[test]
fn a_ticket_that_cannot_be_asked_for_leaves_the_pictures_to_resume() {
    let [credentials, permission] =
        either(["check the user id and the key", "key"], ["the app's secret", "the app may not make this call"]);
    for (code, exit, said) in [(901, 5, "in trouble for too long"), (7, 4, credentials), (9, denied(), permission)] {
        let (_, desk, outcome) = ticketed(code, "");
        assert_eq!(outcome.exit, exit, "{code}: {outcome:?}");
        let help = match API {
            Api::SellerCenter => {
                assert_eq!(desk.told(), "A created pending x1", "{code}");
                "resume the run, which sends the images again"
            }
            // It is created with its pictures, so it waits for them.
            Api::OpenPlatform => {
                let waits = "A not-sent pending x0 the run stopped before it: the marketplace ";
                assert!(desk.told().starts_with(waits), "{code}: {}", desk.told());
                "resume the run"
            }
        };
        assert_eq!(desk.report()[0]["help"], help);
        assert!(outcome.stderr.contains(said) && outcome.stderr.contains("skuload resume "), "{outcome:?}");
    }
}
