//! Updates of what a shop has, sent by the library to the stand-in marketplace: what every error code of the pages and
//! every lost reply comes to, row by row, and what the shop holds afterwards. The plan is written by hand.
#![cfg(all(feature = "sandbox", feature = "import"))]

mod support;

use std::io;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use chrono::{DateTime, Utc};
use skuload::dialect::Told;
use skuload::plan::{
    Change, Intent, NewValue, PlannedRequest, PlannedRow, PriceQuantity, ShopSnapshot, SkuUpdate, UpdatePriceQuantity,
    UpdateProduct, Write,
};
use skuload::record::{ImageFile, Price, SellerSku};
use skuload::submit::{
    Access, Clock, Edge, Event, HttpTransport, Journal, KnownIds, Notice, Observer, Outline, Pace, Policy, Skew, State,
    baseline, submit,
};
use skuload::verdict::{PictureNames, verdicts};
use support::{Market, either};

struct Real;

impl Clock for Real {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Nobody looks on.
struct Nobody;

impl Observer for Nobody {
    fn notice(&self, _: &Notice<'_>) {}
    fn waits(&self, _: Duration, _: &str) {}
    fn asked(&self, _: usize) {}
}

/// A journal in memory.
struct Paper {
    writes: Vec<Write>,
    events: Mutex<Vec<Event>>,
}

impl Journal for Paper {
    async fn append(&self, events: Vec<Event>) -> io::Result<()> {
        self.events.lock().unwrap().extend(events);
        Ok(())
    }

    async fn write(&self, request: usize) -> io::Result<Write> {
        Ok(self.writes[request].clone())
    }

    async fn picture(&self, _: &ImageFile) -> io::Result<Vec<u8>> {
        Err(io::Error::other("there is none"))
    }
}

fn policy() -> Policy {
    Policy {
        rate: 500.0,
        concurrency: 1,
        backoff_min: Duration::from_millis(5),
        backoff_max: Duration::from_millis(20),
        nobody_answers: Duration::from_millis(500),
        give_up: Duration::from_secs(2),
        ..Policy::default()
    }
}

fn sku(name: &str) -> SellerSku {
    SellerSku::parse(name).unwrap()
}

/// `update-1` changes the prices of A and B and the name of their product, `prices-1` those of C, D and E.
fn requests() -> Vec<PlannedRequest> {
    let change = |name: &str, to: &str| Change { name: name.to_owned(), from: None, to: NewValue::Text(to.to_owned()) };
    let changed = |name| SkuUpdate { seller_sku: sku(name), fields: vec![change("price", "7.50")], active: None };
    let priced = |name| PriceQuantity {
        seller_sku: sku(name),
        quantity: None,
        price: Price::parse("7.50"),
        sale: None,
        before: Vec::new(),
    };
    let update = UpdateProduct {
        product: vec![change("name", "New mug")],
        skus: ["A", "B"].map(changed).to_vec(),
        variants: Vec::new(),
    };
    let prices = UpdatePriceQuantity { skus: ["C", "D", "E"].map(priced).to_vec() };
    let request = |id: &str, write| PlannedRequest { id: id.to_owned(), write, after: Vec::new() };
    vec![request("update-1", Write::UpdateProduct(update)), request("prices-1", Write::UpdatePriceQuantity(prices))]
}

fn rows() -> Vec<PlannedRow> {
    let row = |(place, name): (usize, &str)| PlannedRow {
        sheet: String::new(),
        row: place as u32 + 2,
        line: None,
        seller_sku: name.to_owned(),
        product: String::new(),
        images: 0,
        dead_images: Vec::new(),
        intent: Intent::Update(Some(usize::from(place > 1))),
        image_request: None,
        switch_request: None,
    };
    ["A", "B", "C", "D", "E"].into_iter().enumerate().map(row).collect()
}

const SHOP: &str = r#"
[[product]]
category = 3
name = "Mug"
brand = "Remark"
skus = ["A", "B"]
[[product]]
category = 3
name = "Cup"
brand = "Remark"
skus = ["C", "D"]
[[product]]
category = 3
name = "Jug"
brand = "Remark"
skus = ["E"]
"#;

/// Does something with the marketplace as the library's user does it.
fn with_edge<R>(market: &Market, act: impl AsyncFnOnce(&Edge<'_, HttpTransport, Real, Nobody>) -> R) -> R {
    let transport = HttpTransport::new(Duration::from_secs(1)).unwrap();
    let access = Access::fixed(market.credentials());
    let edge = Edge {
        access: &access,
        ids: &KnownIds::default(),
        transport: &transport,
        clock: &Real,
        observer: &Nobody,
        skew: &Skew::new(),
        interrupted: &AtomicBool::new(false),
    };
    market.runtime().block_on(act(&edge))
}

/// Sends once; a line for each row: `SKU verdict xATTEMPTS CODE message`, and `=PRICE` as the shop has it.
fn told(faults: &str) -> (String, bool) {
    told_of(faults, SHOP)
}

/// The same of another shop.
fn told_of(faults: &str, shop: &str) -> (String, bool) {
    let market = Market::open(&format!("{faults}{shop}"));
    let (requests, policy) = (requests(), policy());
    let outlines: Vec<Outline> = requests.iter().map(Outline::of).collect();
    let writes = requests.into_iter().map(|request| request.write).collect();
    let journal = Paper { writes, events: Mutex::default() };
    let mut state = State::new(outlines.clone(), policy.clone(), Pace::new(&policy));
    let stopped = with_edge(&market, async |edge| submit(&mut state, edge, &journal).await.err());
    let reason = stopped.map(|stopped| stopped.reason());
    let live = verdicts(&rows(), &state, &PictureNames::new(), reason.as_deref());
    // Who reads the journal later comes to the same.
    let mut read = State::new(outlines, policy.clone(), Pace::new(&policy));
    read.replay(&journal.events.into_inner().unwrap());
    assert_eq!(verdicts(&rows(), &read, &PictureNames::new(), reason.as_deref()), live);
    let shown = market.shown();
    let price = |name: &str| {
        let products = shown["products"].as_array().unwrap().iter();
        let mut skus = products.flat_map(|product| product["skus"].as_array().unwrap());
        skus.find(|sku| sku["seller_sku"] == name).unwrap()["fields"]["price"].as_str().unwrap().to_owned()
    };
    let line = |row: &skuload::verdict::RowVerdict| {
        let words = [
            row.seller_sku.clone(),
            row.verdict.to_string(),
            format!("x{}", row.attempts),
            row.rule_or_code.clone(),
            row.message.clone(),
            format!("={}", price(&row.seller_sku)),
        ];
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    };
    assert!(live.rows.iter().all(|row| row.help.is_empty() == (row.verdict.as_str() == "updated")), "{live:?}");
    (live.rows.iter().map(line).collect::<Vec<_>>().join("\n"), state.is_finished())
}

/// A fault strikes the UpdateProduct of A and B; the prices go well.
#[track_caller]
fn check_product(fault: &str, expect: &str) {
    let (told, is_finished) = told(&format!("[[fault]]\naction = \"UpdateProduct\"\n{fault}\n"));
    assert_eq!(told, format!("{expect}\nC updated x1 =7.50\nD updated x1 =7.50\nE updated x1 =7.50"));
    assert_eq!(is_finished, !expect.contains(" unknown "), "{told}");
}

/// A fault strikes the UpdatePriceQuantity of C, D and E; the product goes well.
#[track_caller]
fn check_prices(fault: &str, expect: &str) {
    let (told, is_finished) = told(&format!("[[fault]]\naction = \"UpdatePriceQuantity\"\n{fault}\n"));
    assert_eq!(told, format!("A updated x1 =7.50\nB updated x1 =7.50\n{expect}"));
    assert_eq!(is_finished, !expect.contains(" unknown "), "{told}");
}

#[test]
fn what_goes_well_is_updated_in_one_call_each() {
    check_product("nth = [99]\nkind = \"reset\"", "A updated x1 =7.50\nB updated x1 =7.50");
}

#[test]
fn product_201_and_202_reject_the_product() {
    let fault = "kind = \"error\"\ncode = 201\nmessage = \"E201: 3 Invalid CategoryId\"";
    let said = "rejected x1 201 E201: 3 Invalid CategoryId =10.00";
    check_product(fault, &format!("A {said}\nB {said}"));
    let fault = "kind = \"error\"\ncode = 202\nmessage = \"E202: 9 Invalid SPUId\"";
    let said = "rejected x1 202 E202: 9 Invalid SPUId =10.00";
    check_product(fault, &format!("A {said}\nB {said}"));
}

#[test]
fn product_501_costs_whom_it_names() {
    let fault = "kind = \"error\"\ncode = 501\nfield = \"price\"\ndetail = \"too low\"\nsku = \"A\"";
    let code = either("501", "4118");
    let said = format!("A rejected x2 {code} E501: Update product failed; price: too low =10.00\nB updated x2 =7.50");
    check_product(fault, &said);
    let fault = "kind = \"error\"\ncode = 501\nfield = \"brand\"\ndetail = \"is not allowed\"";
    let said = "rejected x1 501 E501: Update product failed; brand: is not allowed =10.00";
    check_product(fault, &format!("A {said}\nB {said}"));
}

#[test]
fn product_501_without_a_reason_is_found_by_halves() {
    let fault = "kind = \"error\"\ncode = 501\nsku = \"B\"\nsku_named = false";
    check_product(fault, "A updated x3 =7.50\nB rejected x3 501 E501: Update product failed =10.00");
}

#[test]
fn product_1_and_5_reject_it() {
    let fault = "kind = \"error\"\ncode = 1\nmessage = \"E001: Parameter Skus is mandatory\"";
    let said = "rejected x1 1 E001: Parameter Skus is mandatory =10.00";
    check_product(fault, &format!("A {said}\nB {said}"));
    let said = "rejected x3 5 E005: Invalid Request Format =10.00";
    check_product("kind = \"error\"\ncode = 5", &format!("A {said}\nB {said}"));
}

#[test]
fn product_901_is_waited_for_and_counts_as_no_attempt() {
    let both = "A updated x1 =7.50\nB updated x1 =7.50";
    check_product("times = 2\nkind = \"throttle\"", both);
    check_product("times = 2\nkind = \"error\"\ncode = 901", both);
}

#[test]
fn product_6_and_1000_and_every_lost_reply_are_sent_again_and_nobody_asks() {
    let twice = "A updated x2 =7.50\nB updated x2 =7.50";
    for kind in [
        "error\"\ncode = 6",
        "error\"\ncode = 1000",
        "lost-reply",
        "reset",
        "truncated",
        "html",
        "html\"\neffect = true",
        "status\"\nstatus = 502\neffect = true",
        "status\"\nstatus = 404",
    ] {
        let quoted = if kind.contains('"') { format!("kind = \"{kind}") } else { format!("kind = \"{kind}\"") };
        check_product(&format!("times = 1\n{quoted}"), twice);
    }
}

#[test]
fn product_6_that_never_ends_is_unknown_for_each_sku() {
    let said = "unknown x12 sent, and nobody could tell what became of it: E006: Unexpected internal error =10.00";
    check_product("kind = \"error\"\ncode = 6", &format!("A {said}\nB {said}"));
}

#[test]
fn product_404_twice_is_believed() {
    let said = "rejected x6 HTTP 404 the address answers, but not as the API does =10.00";
    check_product("kind = \"status\"\nstatus = 404", &format!("A {said}\nB {said}"));
}

#[test]
fn product_warnings_are_told() {
    let said = "updated x1 the marketplace warns: ";
    let (told, _) = told("[[fault]]\naction = \"UpdateProduct\"\nkind = \"warnings\"\n");
    assert_eq!(told.matches(said).count(), 2, "{told}");
}

#[test]
fn prices_204_are_sent_in_halves() {
    let fault = "times = 1\nkind = \"error\"\ncode = 204";
    check_prices(fault, "C updated x3 =7.50\nD updated x3 =7.50\nE updated x3 =7.50");
}

#[test]
fn prices_501_cost_whom_they_name_and_the_others_are_sent_again() {
    let fault = "kind = \"error\"\ncode = 501\nfield = \"Price\"\ndetail = \"too low\"\nsku = \"D\"";
    let code = either("501", "4118");
    let said = format!(
        "C updated x2 =7.50\nD rejected x2 {code} E501: Update product failed; Price: too low =10.00\n\
        E updated x2 =7.50"
    );
    check_prices(fault, &said);
    let fault = "kind = \"error\"\ncode = 501\nsku = \"D\"\nsku_named = false";
    let said = "C updated x5 =7.50\nD rejected x5 501 E501: Update product failed =10.00\nE updated x5 =7.50";
    check_prices(fault, said);
}

#[test]
fn prices_that_are_refused_in_part_are_as_the_report_says() {
    // The shop's sale price is not below the new price of D.
    let sale = "price = \"10.00\", special_price = \"8\", special_from_date = \"2017-01-01\", special_to_date = \"2099-01-01\"";
    for spoilt in ["alone", "all"] {
        let shop = SHOP.replace("skus = [\"C\", \"D\"]", "skus = [\"C\"]");
        let on_sale = format!("[[product]]\ncategory = 3\nname = \"Cup 2\"\nskus = [\"D\"]\nfields = {{ {sale} }}\n");
        let (told, is_finished) = told_of(&format!("bad_sku = \"{spoilt}\"\n"), &format!("{shop}{on_sale}"));
        let lines: Vec<&str> = told.lines().skip(2).collect();
        assert_eq!((lines[0], lines[2]), ("C updated x2 =7.50", "E updated x2 =7.50"), "{told}");
        assert!(
            lines[1].starts_with(either("D rejected x2 501 ", "D rejected x2 4157 ")) && lines[1].ends_with(" =10.00"),
            "{told}"
        );
        assert!(is_finished);
    }
}

#[test]
fn what_the_run_does_not_come_to_is_not_sent() {
    let (told, is_finished) = told("[[fault]]\naction = \"UpdateProduct\"\nkind = \"error\"\ncode = 7\n");
    for name in ["A", "B", "C", "D", "E"] {
        let line = told.lines().find(|line| line.starts_with(name)).unwrap();
        assert!(line.starts_with(&format!("{name} not-sent x0 the run stopped before it: ")), "{told}");
        assert!(line.ends_with(" =10.00"), "{told}");
    }
    assert!(!is_finished);
}

#[test]
fn a_product_that_comes_in_two_replies_is_put_together_with_all_that_it_has() {
    // More SKUs than fit into one look-up.
    let names: Vec<String> = (0..150).map(|at| format!("S{at}")).collect();
    let listed: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let preset = format!(
        "[open_platform]\nnumbers = \"text\"\n[[product]]\ncategory = 3\nname = \"Mug\"\nbrand = \"Remark\"\nattributes = {{ model = \"T1\" }}\nskus = [{}]\n",
        listed.join(", ")
    );
    let market = Market::open(&preset);
    let asked: Vec<SellerSku> = names.iter().map(|name| sku(name)).chain([sku("X")]).collect();
    let mut state = State::new(Vec::new(), policy(), Pace::new(&policy()));
    let there: ShopSnapshot = with_edge(&market, async |edge| {
        baseline(edge, &asked, Told::Everything, ShopSnapshot::default(), &mut state).await.unwrap()
    });
    assert!(market.received("GetProducts") >= 2);
    let place = there.product_of(&asked[0]).unwrap();
    assert!(asked[..150].iter().all(|sku| there.product_of(sku) == Some(place)));
    let product = there.product(place).unwrap();
    assert_eq!((product.skus.len(), product.attribute("model")), (150, Some("T1")));
    assert!(product.skus.iter().all(|sku| sku.field("price") == Some("10.00")));
    assert_eq!(there.product_of(&asked[150]), None);
}
