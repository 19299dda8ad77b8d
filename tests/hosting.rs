//! Pictures that the marketplace does not host: brought there before they are set, each once, and never at the cost
//! of a product.
#![cfg(all(feature = "cli", feature = "sandbox", feature = "import"))]

mod support;

use serde_json::Value;
use support::{Desk, IMPORT, Market, Outcome, either};

fn market() -> (Market, Desk) {
    let market = Market::open("");
    let desk = Desk::at(&market);
    (market, desk)
}

/// How often the most travelled picture came to the marketplace.
fn times(market: &Market) -> u64 {
    let shown = market.shown();
    let images = shown["images"].as_object().unwrap().values();
    images.map(|image| image["times"].as_u64().unwrap()).max().unwrap_or(0)
}

#[test]
fn one_or_two_pictures_go_by_themselves_and_more_by_a_ticket() {
    let (market, desk) = market();
    assert_eq!(desk.import("Mug: A+w2 B+2\nCup: C+w4").exit, 0);
    assert_eq!(market.products(), ["A+2 B+2", "C+4"]);
    assert_eq!(desk.told(), "A created set x1\nB created set x1\nC created set x1");
    let received = ["MigrateImage", "MigrateImages", "SetImages"].map(|action| market.received(action));
    assert_eq!(received, [2, 1, 1]);
    assert!(market.received("GetResponse") >= 1);
    assert_eq!(times(&market), 1);
}

#[test]
fn the_first_picture_stays_the_first() {
    let (market, desk) = market();
    assert_eq!(desk.import("Mug: A+w5").exit, 0);
    let shown = market.shown();
    let shows: Vec<&str> =
        shown["products"][0]["skus"][0]["images"].as_array().unwrap().iter().map(|url| url.as_str().unwrap()).collect();
    let sources: Vec<&Value> = shows.iter().map(|url| &shown["images"][url]["source"]).collect();
    let expect: Vec<String> = (1..=5).map(|at| format!("https://img.example.com/A/{at}.jpg")).collect();
    assert_eq!(sources, expect.iter().collect::<Vec<_>>());
}

#[test]
fn a_dead_picture_costs_that_picture_only() {
    let (market, desk) = market();
    let outcome = desk.import("Mug: A+wdead B+w1");
    assert_eq!(outcome.exit, 1, "{outcome:?}");
    assert_eq!(market.products(), ["A+1 B+1"]);
    let told = desk.told();
    let [a, b] = told.lines().collect::<Vec<_>>().try_into().unwrap();
    let picture = "1 picture could not be had: `https://img.example.com/dead/A.jpg` (";
    assert!(a.starts_with("A created incomplete x1 ") && a.contains(picture), "{a}");
    assert_eq!(b, "B created set x1");
}

#[test]
fn a_product_whose_only_picture_is_dead_is_created_without_it() {
    let (market, desk) = market();
    std::fs::write(desk.path("sheet.csv"), support::sheet("Mug: A+w1").replace("/A/1.jpg", "/dead/A.jpg")).unwrap();
    let outcome = desk.run(&IMPORT);
    assert_eq!(outcome.exit, 1, "{outcome:?}");
    assert_eq!((market.products(), market.received("SetImages")), (vec!["A".to_owned()], 0));
    assert!(desk.told().starts_with("A created failed x1 "), "{}", desk.told());
}

#[test]
fn where_pictures_are_required_a_product_without_one_waits() {
    let (market, desk) = market();
    let sheet = support::sheet("Mug: A+w1\nCup: B+wdead\nPot: C\nJug: D+1");
    std::fs::write(desk.path("sheet.csv"), sheet.replace("/A/1.jpg", "/dead/A.jpg")).unwrap();
    let outcome = desk.run(&[&IMPORT[..], &["--require-images"]].concat());
    assert_eq!(outcome.exit, 1, "{outcome:?}");
    let mut products = market.products();
    products.sort();
    assert_eq!(products, ["B+1", "D+1"]);
    let told = desk.told();
    let [a, b, c, d] = told.lines().collect::<Vec<_>>().try_into().unwrap();
    assert!(a.starts_with("A not-sent failed x0 require-images held back: none of its pictures could be had"), "{a}");
    assert!(b.starts_with("B created incomplete"), "{b}");
    assert!(c.starts_with("C not-sent none x0 require-images held back: none of its SKUs has a picture"), "{c}");
    assert_eq!(d, "D created set x1");
    let to_fix = std::fs::read_to_string(desk.path("sheet.to-fix.csv")).unwrap();
    assert_eq!(to_fix.lines().count(), 4, "{to_fix}");
}

#[test]
fn pictures_of_a_refused_product_do_not_travel() {
    let refused = "[[fault]]\naction = \"CreateProduct\"\nsku = \"A\"\nkind = \"error\"\ncode = 201";
    let market = Market::open(refused);
    let desk = Desk::at(&market);
    assert_eq!(desk.import("Mug: A+w2").exit, 1);
    // Open Platform creates a product with its pictures, which travel before it.
    assert_eq!(market.received("MigrateImage"), either(0, 2));
    assert!(desk.told().starts_with("A rejected"), "{}", desk.told());
}

// --- what is hosted is remembered ---

/// Imports products whose pictures are all those of the SKU `A`.
fn import_of_a(desk: &Desk, lines: &str) -> Outcome {
    write_of_a(desk, lines);
    desk.run(&IMPORT)
}

fn write_of_a(desk: &Desk, lines: &str) {
    let of_a = |row: &str| {
        let sku = row.split(',').nth(6).unwrap_or_default();
        row.replace(&format!("example.com/{sku}/"), "example.com/A/")
    };
    let sheet: Vec<String> = support::sheet(lines).lines().map(of_a).collect();
    std::fs::write(desk.path("sheet.csv"), sheet.join("\n")).unwrap();
}

fn add_settings(desk: &Desk, text: &str) {
    let settings = std::fs::read_to_string(desk.path("settings.toml")).unwrap();
    std::fs::write(desk.path("settings.toml"), format!("{settings}{text}")).unwrap();
}

#[test]
fn a_picture_travels_once_across_skus_sheets_and_runs() {
    let (market, desk) = market();
    assert_eq!(import_of_a(&desk, "Mug: A+w2 B+w2\nCup: C+w2").exit, 0);
    write_of_a(&desk, "Pot: D+w2 E+w3");
    let plan = desk.run(&[&IMPORT[..], &["--dry-run"]].concat());
    assert!(plan.stdout.contains("1 to host pictures"), "{}", plan.stdout);
    assert_eq!(desk.run(&IMPORT).exit, 0);
    assert_eq!(market.products(), ["A+2 B+2", "C+2", "D+2 E+3"]);
    assert_eq!((market.received("MigrateImage"), market.received("MigrateImages"), times(&market)), (3, 0, 1));
}

#[test]
fn a_later_import_sets_what_was_missing() {
    let market = Market::open("[[fault]]\naction = \"MigrateImage\"\nkind = \"error\"\ncode = 301\ntimes = 2");
    let desk = Desk::at(&market);
    assert_eq!(desk.import("Mug: A+w2").exit, 1);
    assert!(desk.told().starts_with("A created incomplete"), "{}", desk.told());
    assert_eq!((market.products(), market.received("MigrateImage")), (vec!["A+1".to_owned()], 3));
    assert_eq!(desk.run(&IMPORT).exit, 0);
    assert!(desk.told().starts_with("A exists set"), "{}", desk.told());
    assert_eq!((market.products(), market.received("MigrateImage")), (vec!["A+2".to_owned()], 4));
    assert_eq!(desk.run(&IMPORT).exit, 0);
    assert_eq!((market.received("SetImages"), times(&market)), (2, 1), "nothing is missing any more");
}

#[test]
fn an_address_that_is_refused_is_forgotten_and_its_picture_brought_anew() {
    let refused = "[[fault]]\naction = \"SetImages\"\nsku = \"B\"\nkind = \"error\"\ncode = 504\n\
        field = \"__images__\"\ndetail = \"The image is invalid\"\ntimes = 1";
    let market = Market::open(refused);
    let desk = Desk::at(&market);
    assert_eq!(import_of_a(&desk, "Mug: A+w2").exit, 0);
    let outcome = import_of_a(&desk, "Cup: B+w1");
    assert_eq!((outcome.exit, market.received("MigrateImage")), (1, 2), "{outcome:?}");
    assert!(desk.told().starts_with("B created failed"), "{}", desk.told());
    let outcome = desk.run(&IMPORT);
    assert_eq!((outcome.exit, market.received("MigrateImage")), (0, 3), "{outcome:?}");
    assert!(desk.told().starts_with("B exists set"), "{}", desk.told());
    assert_eq!(import_of_a(&desk, "Pot: C+w2").exit, 0);
    assert_eq!(market.received("MigrateImage"), 3, "the other one was never forgotten");
}

#[test]
fn a_run_that_refused_a_picture_does_not_remember_it() {
    let refused = "[[fault]]\naction = \"SetImages\"\nsku = \"B\"\nkind = \"error\"\ncode = 504\n\
        field = \"__images__\"\ndetail = \"The image is invalid\"\ntimes = 1";
    let market = Market::open(refused);
    let desk = Desk::at(&market);
    assert_eq!(desk.import("Mug: A+w1\nCup: B+w1").exit, 1);
    assert_eq!(desk.run(&IMPORT).exit, 0);
    assert_eq!((market.products(), market.received("MigrateImage")), (vec!["A+1".to_owned(), "B+1".to_owned()], 3));
}

/// Imports and kills the program when all pictures are hosted and none is set.
fn killed_before_pictures_are_set() -> (Market, Desk) {
    let market = Market::open("[[fault]]\naction = \"SetImages\"\nkind = \"slow\"\neffect = false\ntimes = 1");
    let desk = Desk::at(&market);
    desk.write_sheet("Mug: A+w2 B+w3");
    let mut import = desk.start(&IMPORT);
    while market.received("SetImages") == 0 && import.try_wait().unwrap().is_none() {}
    import.kill().unwrap();
    import.wait().unwrap();
    (market, desk)
}

/// How many calls brought pictures.
fn bringing(market: &Market) -> [u64; 2] {
    ["MigrateImage", "MigrateImages"].map(|action| market.received(action))
}

#[test]
fn a_killed_run_that_is_resumed_sends_no_picture_again() {
    let (market, desk) = killed_before_pictures_are_set();
    assert_eq!((bringing(&market), market.products()), ([2, 1], vec!["A B".to_owned()]));
    let outcome = desk.run(&["resume"]);
    assert_eq!(outcome.exit, 0, "{outcome:?}");
    assert_eq!((market.products(), times(&market)), (vec!["A+2 B+3".to_owned()], 1));
    assert_eq!(import_of_a(&desk, "Cup: C+w2").exit, 0);
    assert_eq!(bringing(&market), [2, 1]);
}

#[test]
fn what_a_run_hosted_outlives_its_being_given_up() {
    let (market, desk) = killed_before_pictures_are_set();
    let runs = desk.runs();
    assert_eq!(desk.run(&["runs", "prune", &runs[0]]).exit, 0);
    let outcome = desk.run(&IMPORT);
    assert_eq!(outcome.exit, 0, "{outcome:?}");
    assert_eq!((bringing(&market), market.products()), ([2, 1], vec!["A+2 B+3".to_owned()]));
    assert!(desk.told().starts_with("A exists set"), "{}", desk.told());
}

// --- the settings ---

#[test]
fn pictures_of_hosts_that_count_as_the_marketplaces_own_do_not_travel() {
    let market = Market::open("images = \"any\"");
    let desk = Desk::at(&market);
    add_settings(&desk, "[images]\nhosts = [\"cdn.example.org\", \"Example.com\"]\n");
    assert_eq!(desk.import("Mug: A+w3").exit, 0);
    assert_eq!((bringing(&market), market.products()), ([0, 0], vec!["A+3".to_owned()]));
    let shown = market.shown();
    assert_eq!(shown["products"][0]["skus"][0]["images"][0], "https://img.example.com/A/1.jpg");
}

#[test]
fn where_the_settings_say_so_every_picture_travels_by_itself() {
    for (word, expect) in [("singly", [5, 0]), ("together", [0, 1])] {
        let (market, desk) = market();
        add_settings(&desk, &format!("[images]\nmigrate = \"{word}\"\n"));
        assert_eq!(desk.import("Mug: A+w5").exit, 0);
        assert_eq!((bringing(&market), market.products()), (expect, vec!["A+5".to_owned()]), "{word}");
    }
}

#[test]
fn settings_of_pictures_that_make_no_sense_are_told_before_anything_is_asked() {
    for (text, told) in [
        ("migrate = \"apart\"", "`apart` is no images.migrate"),
        ("hosts = [\"https://img.example.com\"]", "`https://img.example.com` is no images.hosts"),
        ("hosts = [\"img.example.com:80\"]", "`img.example.com:80` is no images.hosts"),
        ("hosts = [\"\"]", "`` is no images.hosts"),
        ("hosts = \"img.example.com\"", "`images.hosts` cannot be \"img.example.com\""),
        ("colour = 1", "there is no setting `images.colour`"),
    ] {
        let (market, desk) = market();
        add_settings(&desk, &format!("[images]\n{text}\n"));
        let outcome = desk.import("Mug: A+w1");
        assert!(outcome.exit == 3 && outcome.stderr.contains(told), "{text}: {outcome:?}");
        assert_eq!(market.calls(), 0, "{text}");
    }
}
