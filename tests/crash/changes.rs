//! Killed while it changes what the shop has: the shop comes to have what the sheet gives, every row says so, and the
//! same sheet finds nothing to change any more.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use super::support::{Desk, Market, Outcome, SHOP};
use super::{expect_no_key, faults, kill, wait_for};

/// What the sheet asks for a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Unchanged,
    /// Name and weight, by UpdateProduct.
    Renamed,
    /// Price and stock, by UpdatePriceQuantity.
    Priced,
    /// Pictures, some of which the marketplace does not host yet.
    Pictured,
    /// All of this.
    Everything,
    /// The shop has its first SKU only.
    Grown,
    /// The shop has it not.
    Created,
}

/// A row of the sheet.
#[derive(Debug)]
struct Row {
    product: usize,
    way: Way,
    number: usize,
}

impl Row {
    fn sku(&self) -> String {
        format!("P{}-{}", self.product, self.number)
    }

    fn is_there(&self) -> bool {
        match self.way {
            Way::Unchanged | Way::Renamed | Way::Priced | Way::Pictured | Way::Everything => true,
            Way::Grown => self.number == 0,
            Way::Created => false,
        }
    }

    fn name(&self) -> String {
        let is_new = matches!(self.way, Way::Renamed | Way::Everything);
        format!("{} {}", if is_new { "New mug" } else { "Mug" }, self.product)
    }

    /// Price, stock and weight.
    fn values(&self) -> [&'static str; 3] {
        match self.way {
            Way::Unchanged | Way::Pictured => BEFORE,
            Way::Renamed => [BEFORE[0], BEFORE[1], "0.5"],
            Way::Priced | Way::Grown | Way::Created => ["9.9", "7", BEFORE[2]],
            Way::Everything => ["9.9", "7", "0.5"],
        }
    }

    /// Every other new SKU shall be off sale.
    fn status(&self) -> &'static str {
        if self.is_there() || self.number.is_multiple_of(2) { "active" } else { "inactive" }
    }

    /// The pictures that the sheet gives.
    fn pictures(&self) -> Vec<String> {
        match self.way {
            Way::Unchanged | Way::Renamed | Way::Priced => Vec::new(),
            Way::Pictured | Way::Everything | Way::Grown | Way::Created => ["sg-live.slatic.net/p", "img.example.com"]
                .map(|host| format!("https://{host}/{}.jpg", self.sku()))
                .into(),
        }
    }

    /// The report's words.
    fn verdict(&self) -> [&'static str; 2] {
        match self.way {
            _ if !self.is_there() => ["created", "set"],
            Way::Unchanged => ["unchanged", "kept"],
            Way::Renamed | Way::Priced => ["updated", "kept"],
            Way::Pictured | Way::Everything | Way::Grown | Way::Created => ["updated", "set"],
        }
    }
}

/// The price, the stock and the weight that the shop has.
const BEFORE: [&str; 3] = ["10", "10", "0.2"];

const OLD_PICTURE: &str = "https://sg-live.slatic.net/p/old.jpg";

/// Thirty products that the shop has, with seventy-five SKUs; ten more, and new SKUs of some, for an upsert.
fn rows(mode: &str) -> Vec<Row> {
    let way = |product: usize| match product % 8 {
        0 => Way::Unchanged,
        1 | 2 => Way::Renamed,
        3 => Way::Priced,
        4 => Way::Pictured,
        5 => Way::Everything,
        6 => Way::Grown,
        _ => Way::Created,
    };
    let skus = |product: usize| (0..=product % 4).map(move |number| Row { product, way: way(product), number });
    (0..40).flat_map(skus).filter(|row| mode == "upsert" || row.is_there()).collect()
}

fn sheet(rows: &[Row]) -> String {
    let mut text = "product,category,name,short_description,brand,SellerSku,size,price,quantity,package_weight,\
        package_length,package_width,package_height,Status,image\n"
        .to_owned();
    for row in rows {
        let (product, name, sku, [price, quantity, weight]) = (row.product, row.name(), row.sku(), row.values());
        let size = if row.is_there() { String::new() } else { row.number.to_string() };
        let (status, pictures) = (if row.is_there() { "" } else { row.status() }, row.pictures().join(" "));
        writeln!(
            text,
            "{product},3,{name},Blue,Remark,{sku},{size},{price},{quantity},{weight},1,1,1,{status},{pictures}"
        )
        .unwrap();
    }
    text
}

/// What the shop has beforehand.
fn presets() -> String {
    let mut products: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for row in rows("update") {
        products.entry(row.product).or_default().push(format!("\"{}\"", row.sku()));
    }
    let [price, quantity, weight] = BEFORE;
    let product = |(product, skus): (&usize, &Vec<String>)| {
        format!(
            "[[product]]\ncategory = 3\nname = \"Mug {product}\"\nbrand = \"Remark\"\nskus = [{}]\n\
             created = \"2017-01-01\"\nimages = [\"{OLD_PICTURE}\"]\nattributes = {{ short_description = \"Blue\" }}\n\
             fields = {{ price = \"{price}\", quantity = \"{quantity}\", package_weight = \"{weight}\", \
             package_length = \"1\", package_width = \"1\", package_height = \"1\" }}\n",
            skus.join(", ")
        )
    };
    products.iter().map(product).collect()
}

/// A shop, and a merchant's desk with a sheet of changes.
struct Stall {
    mode: &'static str,
    rows: Vec<Row>,
    market: Market,
    desk: Desk,
}

impl Stall {
    fn open(mode: &'static str, faults: &str) -> Stall {
        let market = Market::open(&format!("{faults}{}", presets()));
        let desk = Desk::at(&market);
        let rows = rows(mode);
        fs::write(desk.path("sheet.csv"), sheet(&rows)).unwrap();
        Stall { mode, rows, market, desk }
    }

    fn words(&self) -> [&'static str; 8] {
        ["import", "sheet.csv", "--shop", SHOP, "--mode", self.mode, "--report", "report.jsonl"]
    }

    /// Starts a command, and kills it when so many calls more have arrived.
    fn kill_after(&self, calls: u64, words: &[&str]) {
        let before = self.market.calls();
        let mut child = self.desk.start(words);
        wait_for(&self.market, before + calls, &mut child);
        kill(child);
    }

    /// Goes on until everything has happened: resumes, and imports again where nothing had been sent.
    #[track_caller]
    fn finish(&self) -> Outcome {
        for _ in 0..8 {
            let outcome = self.desk.run(&["resume"]);
            assert!(matches!(outcome.exit, 0 | 5), "{outcome:?}");
            if outcome.exit == 0 && self.desk.path("report.jsonl").exists() {
                return outcome;
            }
            if outcome.exit == 0 {
                // It was killed before its first write.
                assert_eq!(self.market.writes(), 0, "{outcome:?}");
                let outcome = self.desk.run(&self.words());
                assert!(matches!(outcome.exit, 0 | 5), "{outcome:?}");
            }
        }
        panic!("it never ends: {}", self.desk.told());
    }

    /// Each row of the report has these words.
    #[track_caller]
    fn expect_report(&self, words: impl Fn(&Row) -> [&'static str; 2]) {
        let report = self.desk.report();
        assert_eq!(report.len(), self.rows.len());
        for (place, (line, row)) in report.iter().zip(&self.rows).enumerate() {
            let [verdict, images] = words(row);
            let told = [&line["seller_sku"], &line["verdict"], &line["images"]];
            assert_eq!(told, [row.sku().as_str(), verdict, images], "{line}");
            assert_eq!(line["row"], place as u64 + 2);
        }
    }

    /// The shop has what the sheet gives, each SKU once and with its product, and nothing besides.
    #[track_caller]
    fn expect_sheet_in_shop(&self) {
        let shop = self.market.shown();
        let mut there = Vec::new();
        for product in shop["products"].as_array().unwrap() {
            let additions = product["associated_skus"].as_array().unwrap().len() as u64;
            assert!(product["creates"].as_u64().unwrap() <= 1 + additions, "{product}");
            for sku in product["skus"].as_array().unwrap() {
                there.push(shown(&shop, product, sku));
            }
        }
        there.sort();
        // What only an upsert brings is not there after an update, and what both find is.
        let mut wanted: Vec<String> = self.rows.iter().map(wanted).collect();
        wanted.sort();
        assert_eq!(there, wanted);
    }

    /// Everything is as it should be, and the same sheet changes nothing any more.
    #[track_caller]
    fn expect_everything(&self) {
        self.expect_sheet_in_shop();
        self.expect_report(Row::verdict);
        let sent = || (self.market.writes(), self.market.received("MigrateImage"));
        let before = sent();
        let again = self.desk.run(&self.words());
        assert_eq!((again.exit, sent()), (0, before), "{again:?}");
        self.expect_report(|_| ["unchanged", "kept"]);
        self.expect_sheet_in_shop();
        expect_no_key(&self.market, &self.desk);
    }
}

/// A SKU as the shop shows it.
fn shown(shop: &Value, product: &Value, sku: &Value) -> String {
    let source = |url: &Value| shop["images"][url.as_str().unwrap()]["source"].as_str().map(str::to_owned);
    let pictures = sku["images"].as_array().unwrap().iter();
    let pictures: Vec<String> =
        pictures.map(|url| source(url).unwrap_or_else(|| url.as_str().unwrap().to_owned())).collect();
    let number = |field: &str| sku["fields"][field].as_str().unwrap().parse::<f64>().unwrap();
    let [price, quantity, weight] = ["price", "quantity", "package_weight"].map(number);
    let (name, status, pictures) =
        (&product["attributes"]["name"], sku["status"].as_str().unwrap(), pictures.join(" "));
    let sku = sku["seller_sku"].as_str().unwrap();
    format!("{sku} of {name}: {status} {price} {quantity} {weight} {pictures}")
}

/// The same, as the sheet has it.
fn wanted(row: &Row) -> String {
    let [price, quantity, weight] = row.values();
    let mut pictures = row.pictures();
    if pictures.is_empty() {
        pictures.push(OLD_PICTURE.to_owned());
    }
    let (sku, name, status) = (row.sku(), row.name(), row.status());
    format!("{sku} of {name:?}: {status} {price} {quantity} {weight} {}", pictures.join(" "))
}

/// Kills an import when so many calls have arrived, and sometimes its resumption too.
fn check_kills(mode: &'static str, concurrency: &str, moments: &[u64]) {
    for (place, calls) in moments.iter().enumerate() {
        let stall = Stall::open(mode, &faults(calls * 31 + place as u64));
        stall.kill_after(*calls, &[&stall.words()[..], &["--concurrency", concurrency, "-v"]].concat());
        for more in 0..place as u64 % 3 {
            stall.kill_after(2 + calls % 7 + more, &["resume", "--concurrency", concurrency, "-v"]);
        }
        stall.finish();
        stall.expect_everything();
    }
}

#[test]
fn an_update_is_killed_at_any_moment_with_one_request_at_once() {
    check_kills("update", "1", &[1, 3, 9, 18, 29]);
}

#[test]
fn an_update_is_killed_at_any_moment_with_sixteen_requests_at_once() {
    check_kills("update", "16", &[2, 5, 14, 23, 36]);
}

#[test]
fn an_upsert_is_killed_at_any_moment_with_two_requests_at_once() {
    check_kills("upsert", "2", &[2, 7, 19, 35, 60]);
}

#[test]
fn an_upsert_is_killed_at_any_moment_with_sixteen_requests_at_once() {
    check_kills("upsert", "16", &[4, 10, 26, 45, 70]);
}

/// What the shop answers before anything is sent decides what is sent: an answer that tells less, or more, or otherwise
/// than the shop has costs nothing of what it has.
#[test]
fn a_shop_that_answers_badly_before_the_plan_is_asked_again() {
    let views = ["list = \"fewer\"", "list = \"extra\"", "list = \"shuffled\"", "list = \"other-case\"", "limit = 7"];
    for (place, view) in views.into_iter().chain(["format = \"other\"", "stale = 60"]).enumerate() {
        let mode = ["update", "upsert"][place % 2];
        let fault = format!("[[fault]]\naction = \"GetProducts\"\nnth = [1, 2, 4]\nkind = \"plain\"\n{view}\n");
        let stall = Stall::open(mode, &fault);
        let outcome = stall.desk.run(&stall.words());
        assert_eq!(outcome.exit, 0, "{view}: {outcome:?}");
        stall.expect_everything();
    }
}

/// A call that is cut off and takes effect later brings what the resumed run has sent meanwhile.
#[test]
fn an_update_that_comes_late_changes_nothing_any_more() {
    for mode in ["update", "upsert"] {
        let late = |action| {
            let fault = "kind = \"lost-reply\"\neffect = \"later\"\ndelay = [0.05, 0.6]\nprobability = 0.3\n";
            format!("[[fault]]\naction = \"{action}\"\n{fault}")
        };
        let faults = ["UpdateProduct", "UpdatePriceQuantity", "SetImages"].map(late).concat();
        let stall = Stall::open(mode, &format!("seed = 5\n{faults}"));
        stall.kill_after(12, &stall.words());
        stall.finish();
        stall.expect_everything();
    }
}

/// A SKU that the shop did not tell before the plan is not taken for one that was created, where its values are others;
/// the next import changes them.
#[test]
fn what_the_shop_shows_late_is_not_taken_for_what_was_created() {
    let market = Market::open("[[fault]]\naction = \"GetProducts\"\nnth = [2]\nkind = \"plain\"\nstale = 60\n");
    let desk = Desk::at(&market);
    let words = ["import", "sheet.csv", "--shop", SHOP, "--mode", "upsert", "--report", "report.jsonl"];
    let told = |price: &str| {
        let head = "SellerSku,category,name,short_description,brand,price,package_weight,package_length,package_width,\
            package_height";
        fs::write(desk.path("sheet.csv"), format!("{head}\nA,3,Mug,Blue,Remark,{price},1,1,1,1\n")).unwrap();
        let exit = desk.run(&words).exit;
        format!("{exit} {} {}", desk.told(), mugs(&market))
    };
    assert_eq!(told("9"), "0 A created none x1 Mug 9");
    let late = told("8");
    let says = "the shop has this seller SKU, in another product or with other values";
    assert!(late.starts_with("1 A rejected none x1 500 ") && late.contains(says) && late.ends_with(" Mug 9"), "{late}");
    assert_eq!(told("8"), "0 A updated kept x1 Mug 8");
}

const MUGS: &str = r#"
[[product]]
category = 3
name = "Done"
fields = { price = "20.00" }
skus = ["DONE"]
[[product]]
category = 3
name = "Begun"
fields = { price = "20.00" }
skus = ["BEGUN"]
[[product]]
category = 3
name = "Open"
fields = { price = "20.00" }
skus = ["OPEN"]
[[product]]
category = 3
name = "Same"
fields = { price = "20.00" }
skus = ["SAME"]
[[fault]]
action = "UpdateProduct"
nth = [2]
kind = "slow"
seconds = 0.5
"#;

/// What the shop has of these SKUs: name and price.
fn mugs(market: &Market) -> String {
    let shown = market.shown();
    let told = |product: &Value| {
        let price = product["skus"][0]["fields"]["price"].as_str().unwrap().to_owned();
        format!("{} {price}", product["attributes"]["name"].as_str().unwrap())
    };
    shown["products"].as_array().unwrap().iter().map(told).collect::<Vec<_>>().join(", ")
}

/// A resumed run asks nobody what the shop has now: what was planned and has not happened is sent, and what another
/// hand has written there is overwritten by our write. What has happened, and what was left alone, is not touched.
#[test]
fn a_resumed_update_sends_what_was_planned_whatever_the_shop_has_since() {
    let market = Market::open(MUGS);
    let (desk, other) = (Desk::at(&market), Desk::at(&market));
    let words = ["import", "sheet.csv", "--shop", SHOP, "--mode", "update", "--report", "report.jsonl"];
    let sheet = "SellerSku,name,price\nDONE,Mug,19\nBEGUN,Mug,19\nOPEN,Mug,19\nSAME,Same,20\n";
    fs::write(desk.path("sheet.csv"), sheet).unwrap();
    let mut import = desk.start(&words);
    while market.received("UpdateProduct") < 2 {
        assert!(import.try_wait().unwrap().is_none(), "it ended before it was killed");
    }
    kill(import);
    let prices = "SellerSku,name,price\nDONE,,31\nBEGUN,Theirs,32\nOPEN,Theirs,33\nSAME,,34\n";
    fs::write(other.path("sheet.csv"), prices).unwrap();
    assert_eq!(other.run(&words).exit, 0);
    assert_eq!(mugs(&market), "Mug 31, Theirs 32, Theirs 33, Same 34");
    // The run's folder is all it needs.
    fs::remove_file(desk.path("sheet.csv")).unwrap();
    let asked = market.received("GetProducts");
    let resumed = desk.run(&["resume"]);
    assert_eq!((resumed.exit, market.received("GetProducts")), (0, asked), "{resumed:?}");
    assert_eq!(
        desk.told(),
        "DONE updated kept x1\nBEGUN updated kept x2\nOPEN updated kept x1\nSAME unchanged kept x0"
    );
    assert_eq!(mugs(&market), "Mug 31, Mug 19, Mug 19, Same 34");
    // The next import sees what the shop has.
    fs::write(desk.path("sheet.csv"), sheet).unwrap();
    assert_eq!(desk.run(&words).exit, 0);
    assert_eq!(
        desk.told(),
        "DONE updated kept x1\nBEGUN unchanged kept x0\nOPEN unchanged kept x0\nSAME updated kept x1"
    );
    assert_eq!(mugs(&market), "Mug 19, Mug 19, Mug 19, Same 20");
}
