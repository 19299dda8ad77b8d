//! Pictures that the marketplace does not host: brought there before they are set, each once, and never at the cost
//! of a product.
#![cfg(all(feature = "cli", feature = "sandbox", feature = "import"))]

mod support;

use serde_json::Value;
use support::{Desk, IMPORT, Market};

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
    assert!(a.starts_with("A created incomplete x1 ") && a.contains("1 picture could not be had: "), "{a}");
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
    assert!(a.starts_with("A not-sent failed x0 held back: none of its pictures could be had"), "{a}");
    assert!(b.starts_with("B created incomplete"), "{b}");
    assert!(c.starts_with("C not-sent none x0 held back: none of its SKUs has a picture"), "{c}");
    assert_eq!(d, "D created set x1");
}

#[test]
fn pictures_of_a_refused_product_do_not_travel() {
    let refused = "[[fault]]\naction = \"CreateProduct\"\nsku = \"A\"\nkind = \"error\"\ncode = 201";
    let market = Market::open(refused);
    let desk = Desk::at(&market);
    assert_eq!(desk.import("Mug: A+w2").exit, 1);
    assert_eq!(market.received("MigrateImage"), 0);
    assert!(desk.told().starts_with("A rejected"), "{}", desk.told());
}
