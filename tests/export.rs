//! `skuload export` against the stand-in marketplace: every product comes, each once, whatever happens meanwhile, and the
//! sheet holds what the shop shows.
#![cfg(all(feature = "sandbox", feature = "import", feature = "cli"))]

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use skuload::check::{Rules, check_and_keep};
use skuload::column::{Choice, choose};
use skuload::finding::{Finding, Severity};
use skuload::sheet::{Input, Kind, ReadOptions, Source, restored};
use support::{API, Api, Desk, Market, Outcome, SHOP, either};

/// A shop of some years.
const GOODS: &str = r#"
[[product]]
category = 6614
name = "Canvas tote"
brand = "Remark"
attributes = { short_description = "Holds\n12 kg, \"more\"", model = "T1", warranty = "1 Year" }
fields = { price = "488.80", quantity = "9", package_weight = "0.25", package_length = "30", color_family = "Sea green" }
stock = { reserved = 2, real_time = 1, rts = 3, pending = 4 }
skus = ["TOTE-1", "TOTE-2"]
images = ["https://sg-live.slatic.net/p/1.jpg", "https://sg-live.slatic.net/p/2.jpg"]
created = "2018-01-31T10:00:00Z"
[[product]]
category = 3
name = "Mug"
skus = ["0007"]
status = "inactive"
created = "2018-02-01"
[[product]]
category = 3
name = "Cap"
skus = ["CAP"]
status = "deleted"
created = "2018-02-02"
[[product]]
category = 3
name = "Bag"
skus = ["BAG"]
fields = { special_price = "8.50", special_from_date = "2018-03-01 10:30:00", special_to_date = "2018-03-31" }
created = "2018-02-03T00:00:00.5Z"
"#;

/// Products of one SKU each, one created each day.
fn many(count: u32) -> String {
    let mut text = String::new();
    for number in 0..count {
        let (day, month) = (number % 28 + 1, number / 28 % 12 + 1);
        writeln!(
            text,
            "[[product]]\ncategory = 3\nname = \"Mug {number}\"\nskus = [\"M-{number}\"]\n\
             created = \"{}-{month:02}-{day:02}\"",
            2014 + number / 336
        )
        .unwrap();
    }
    text
}

fn export(desk: &Desk, args: &[&str]) -> Outcome {
    desk.run(&[&["export", "--shop", SHOP], args].concat())
}

/// The rows of an export as JSON lines.
fn rows(desk: &Desk, name: &str) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(desk.path(name)).unwrap();
    let row = |line: &str| {
        let Value::Object(fields) = serde_json::from_str(line).unwrap() else { panic!("{line}") };
        assert_eq!((&fields["v"], &fields["kind"]), (&Value::from(1), &Value::from("sku")));
        let texts = fields.into_iter().filter(|(name, _)| name != "v" && name != "kind");
        texts.map(|(name, value)| (name, value.as_str().unwrap().to_owned())).collect()
    };
    text.lines().map(row).collect()
}

/// The seller SKUs of an export, sorted.
fn skus(desk: &Desk, name: &str) -> String {
    let mut skus: Vec<String> = rows(desk, name).into_iter().map(|row| row["seller_sku"].clone()).collect();
    skus.sort();
    skus.join(" ")
}

/// The SKUs that an export with these flags has, and its exit code where it is not 0.
#[track_caller]
fn check(flags: &[&str], expect: &str) {
    let market = Market::open(GOODS);
    let desk = Desk::at(&market);
    let outcome = export(&desk, &[&["-o", "goods.jsonl"], flags].concat());
    assert_eq!(outcome.exit, 0, "{outcome:?}");
    assert_eq!(skus(&desk, "goods.jsonl"), expect, "{flags:?}");
}

/// Refused before anything is read, with the exit code and a message.
#[track_caller]
fn check_refused(flags: &[&str], exit: i32, message: &str) {
    let market = Market::open(GOODS);
    let desk = Desk::at(&market);
    let outcome = desk.run(&[&["export"], flags].concat());
    assert_eq!(outcome.exit, exit, "{outcome:?}");
    assert!(outcome.stderr.contains(message), "{outcome:?}");
    assert_eq!(market.calls(), 0);
    assert!(!desk.path("goods.jsonl").exists());
}

/// What the marketplace calls these SKUs by each API.
const SHOP_SKUS: [(&str, &str); 4] = [
    ("SBX00000001SG-1", "2064744754_SG-24364746645"),
    ("SBX00000001SG-2", "2064744754_SG-89323901845"),
    ("SBX00000002SG-1", "3074461686_SG-17611201677"),
    ("SBX00000004SG-1", "1164334229_SG-56183500993"),
];

#[test]
fn a_sheet_has_the_layout_of_the_template() {
    let market = Market::open(GOODS);
    let desk = Desk::at(&market);
    let outcome = export(&desk, &["-o", "goods.csv"]);
    assert_eq!(outcome.exit, 0, "{outcome:?}");
    assert_eq!(outcome.stdout, "goods.csv: 3 products, 4 SKUs; 1 deleted SKU left out (`--filter deleted` has them)\n");
    let text = fs::read_to_string(desk.path("goods.csv")).unwrap();
    let expect = "\u{feff}seller_sku,product,category,spu_id,name,short_description,description,brand,model,price,\
        quantity,special_price,special_from_date,special_from_time,special_to_date,special_to_time,package_weight,\
        package_length,package_width,package_height,ProductId,active,image1,image2,image3,image4,image5,image6,image7,\
        image8,attr.warranty,sku.color_family,skuload: ShopSku,skuload: Url,skuload: Available\n\
        TOTE-1,TOTE-1,6614,,Canvas tote,\"Holds\n12 kg, \"\"more\"\"\",,Remark,T1,488.80,9,,,,,,0.25,30,,,,active,\
        https://sg-live.slatic.net/p/1.jpg,https://sg-live.slatic.net/p/2.jpg,,,,,,,1 Year,Sea green,SBX00000001SG-1,\
        http://shop.sandbox.example/products/1.html,6\n\
        TOTE-2,TOTE-1,6614,,Canvas tote,\"Holds\n12 kg, \"\"more\"\"\",,Remark,T1,488.80,9,,,,,,0.25,30,,,,active,\
        https://sg-live.slatic.net/p/1.jpg,https://sg-live.slatic.net/p/2.jpg,,,,,,,1 Year,Sea green,SBX00000001SG-2,\
        http://shop.sandbox.example/products/1.html,6\n\
        0007,0007,3,,Mug,,,,,10.00,10,,,,,,,,,,,inactive,,,,,,,,,,,SBX00000002SG-1,\
        http://shop.sandbox.example/products/2.html,10\n\
        BAG,BAG,3,,Bag,,,,,10.00,10,8.50,2018-03-01,2018-03-01 10:30:00,2018-03-31,,,,,,,active,,,,,,,,,,,\
        SBX00000004SG-1,http://shop.sandbox.example/products/4.html,10\n";
    let expect = either(
        expect.to_owned(),
        SHOP_SKUS.iter().fold(expect.to_owned(), |expect, (seller_center, open_platform)| {
            expect.replace(seller_center, open_platform)
        }),
    );
    assert_eq!(text, expect);
    assert!(!desk.path("state/exports").exists() || fs::read_dir(desk.path("state/exports")).unwrap().next().is_none());
}

#[test]
fn filters_dates_and_a_search_say_what_is_read() {
    check(&[], "0007 BAG TOTE-1 TOTE-2");
    check(&["--filter", "all"], "0007 BAG TOTE-1 TOTE-2");
    check(&["--filter", "live"], "BAG TOTE-1 TOTE-2");
    check(&["--filter", "inactive"], "0007");
    check(&["--filter", "deleted"], "CAP");
    match API {
        Api::SellerCenter => check(&["--filter", "image-missing"], "0007 BAG"),
        // The Open Platform has no such filter (GetProducts page).
        Api::OpenPlatform => check_refused(
            &["-o", "goods.jsonl", "--shop", SHOP, "--filter", "image-missing"],
            2,
            "has no list of products that are image-missing",
        ),
    }
    check(&["--filter", "sold-out"], "");
    check(&["--filter", "pending"], "");
    check(&["--filter", "rejected"], "");
    check(&["--created-after", "2018-02-01"], "0007 BAG");
    check(&["--created-before", "2018-01-31"], "TOTE-1 TOTE-2");
    check(&["--created-before", "2018-01-31T09:59"], "");
    check(&["--updated-after", "2018-02-01", "--updated-before", "2018-02-02"], "0007");
    check(&["--search", "tote"], "TOTE-1 TOTE-2");
    check(&["--search", "bag", "--filter", "inactive"], "");
}

#[test]
fn a_day_is_one_of_the_shops_country() {
    let market = Market::open(GOODS);
    let desk = Desk::at(&market);
    assert_eq!(desk.run(&["shop", "set", SHOP, "--country", "sg"]).exit, 0);
    // In Singapore it is eight o'clock when the second of February begins in UTC.
    let outcome =
        export(&desk, &["-o", "goods.jsonl", "--created-after", "2018-02-01", "--created-before", "2018-02-01"]);
    assert_eq!((outcome.exit, skus(&desk, "goods.jsonl").as_str()), (0, "0007"));
    let outcome = export(&desk, &["-o", "goods.jsonl", "--created-before", "2018-01-31T17:59"]);
    assert_eq!((outcome.exit, skus(&desk, "goods.jsonl").as_str()), (0, ""));
    let outcome = export(&desk, &["-o", "goods.jsonl", "--created-before", "2018-01-31T18:00"]);
    assert_eq!((outcome.exit, skus(&desk, "goods.jsonl").as_str()), (0, "TOTE-1 TOTE-2"));
}

#[test]
fn a_deleted_sku_is_told_as_one_where_it_is_asked_for() {
    let market = Market::open(GOODS);
    let desk = Desk::at(&market);
    assert_eq!(export(&desk, &["-o", "goods.jsonl", "--filter", "deleted"]).exit, 0);
    assert_eq!(rows(&desk, "goods.jsonl")[0]["active"], "deleted");
}

#[test]
fn the_stock_that_orders_hold_stands_in_columns_that_an_import_leaves_out() {
    let market = Market::open(GOODS);
    let desk = Desk::at(&market);
    assert_eq!(export(&desk, &["-o", "goods.jsonl", "--stock", "--search", "tote"]).exit, 0);
    let row = &rows(&desk, "goods.jsonl")[0];
    let names = ["Available", "ReservedStock", "RtsStock", "PendingStock", "RealTimeStock", "FulfillmentBySellable"];
    let told = names.map(|name| row[&format!("skuload: {name}")].as_str());
    assert_eq!((row["quantity"].as_str(), told), ("9", ["6", "2", "3", "4", "1", "6"]));
}

#[test]
fn a_list_of_skus_is_read_and_what_is_not_there_is_told() {
    check(&["--sku", "BAG,TOTE-2"], "BAG TOTE-2");
    let market = Market::open(GOODS);
    let desk = Desk::at(&market);
    fs::write(desk.path("skus.txt"), "TOTE-1\nCAP\n\nNO, NOT THERE\nTOTE-1\n").unwrap();
    let outcome = export(&desk, &["-o", "goods.jsonl", "--sku", "@skus.txt", "--format", "json"]);
    assert_eq!(outcome.exit, 1, "{outcome:?}");
    assert_eq!(skus(&desk, "goods.jsonl"), "TOTE-1");
    assert!(outcome.stderr.contains("1 seller SKU is not in the shop: NO, NOT THERE"), "{outcome:?}");
    let last: Value = serde_json::from_str(outcome.stdout.lines().last().unwrap()).unwrap();
    let counts = ["products", "skus", "deleted", "missing"].map(|name| last[name].as_u64().unwrap());
    assert_eq!((last["kind"].as_str(), counts), (Some("summary"), [1, 1, 1, 1]));
}

#[test]
fn standard_output_is_csv_or_json_lines_and_nothing_else() {
    let market = Market::open(GOODS);
    let desk = Desk::at(&market);
    assert_eq!(export(&desk, &["-o", "goods.csv"]).exit, 0);
    let outcome = export(&desk, &["-o", "-"]);
    assert_eq!((outcome.exit, outcome.stdout), (0, fs::read_to_string(desk.path("goods.csv")).unwrap()));
    assert!(outcome.stderr.contains("3 products, 4 SKUs"), "{}", outcome.stderr);
    let outcome = export(&desk, &["-o", "-", "--format", "json"]);
    let kinds: Vec<Value> =
        outcome.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["kind"].clone()).collect();
    assert_eq!(kinds, ["sku", "sku", "sku", "sku", "summary"]);
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_read() {
    check_refused(&["-o", "goods.jsonl"], 2, "no shop is named");
    check_refused(&["-o", "goods.jsonl", "--shop", "nobody"], 3, "there is no shop `nobody`");
    check_refused(&["--shop", SHOP], 2, "--output");
    check_refused(&["-o", "goods.ods", "--shop", SHOP], 2, ".xlsx, .csv or .jsonl");
    let with = |flags: &[&'static str]| [&["-o", "goods.jsonl", "--shop", SHOP], flags].concat();
    check_refused(&with(&["--filter", "online"]), 2, "image-missing");
    check_refused(&with(&["--created-after", "31/01/2018"]), 2, "--created-after 31/01/2018: it is no date");
    check_refused(&with(&["--updated-before", "2018-02-30"]), 2, "--updated-before 2018-02-30: it is no date");
    let turned = ["--created-after", "2018-02-02", "--created-before", "2018-02-01"];
    check_refused(&with(&turned), 2, "--created-after is later than --created-before");
    check_refused(&with(&["--search", " "]), 2, "there is no text to search for");
    check_refused(&with(&["--sku", ","]), 2, "there is no seller SKU");
    check_refused(&with(&["--sku", "@there-is-none"]), 6, "cannot read there-is-none");
    check_refused(&with(&["--rate", "0"]), 2, "the rate must be a number above zero");
    for flags in [["--filter", "live"], ["--created-after", "2018-01-01"], ["--search", "mug"]] {
        check_refused(&with(&[&["--sku", "BAG"][..], &flags].concat()), 2, "cannot be used with");
    }
    check_refused(&with(&["--sku", "BAG", "--stock"]), 2, "cannot be used with");
    check_refused(&["-o", "no/such/folder/goods.jsonl", "--shop", SHOP], 9, "cannot write");
}

/// A sheet is read again: its headers, and its rows as `header -> text`, blank cells left out.
fn read_again(path: &Path) -> (Vec<String>, Vec<BTreeMap<String, String>>) {
    let options = ReadOptions::default();
    let source = Source::open("goods", Input::File(path.to_owned()), &options).unwrap();
    let (mut lines, is_text) = (Vec::new(), path.extension().unwrap() == "csv");
    source
        .read(&source.sheets()[0].clone(), &mut |block| {
            for row in block.rows() {
                let cell = |cell: skuload::sheet::Cell<'_>| match cell.kind {
                    Kind::Text if is_text => restored(cell.text).to_owned(),
                    _ => cell.text.to_owned(),
                };
                lines.push(row.cells().map(cell).collect::<Vec<String>>());
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    let headers = lines.remove(0);
    let row = |cells: Vec<String>| headers.iter().cloned().zip(cells).filter(|(_, cell)| !cell.is_empty()).collect();
    let rows = lines.into_iter().map(row).collect();
    (headers, rows)
}

/// Cells that are the same: texts to the letter, numbers by their value.
#[track_caller]
fn same(header: &str, shop: &str, sheet: &str) {
    let is_number = ["price", "quantity", "special_price"].contains(&header)
        || header.starts_with("package_")
        || header == "skuload: Available";
    if is_number {
        assert_eq!(shop.parse::<f64>(), sheet.parse::<f64>(), "{header}");
    } else {
        assert_eq!(shop, sheet, "{header}");
    }
}

/// Products of one SKU each whose texts a spreadsheet would take for something else.
fn odd() -> String {
    let barcode = "ProductId = \"0036000291452\", ";
    let one = |sku: &&str| ODD.replace("00012", sku).replace(barcode, if *sku == "00012" { barcode } else { "" });
    ["00012", "1E5", "-7", "12345678901234567890"].iter().map(one).collect()
}

const ODD: &str = r#"
[[product]]
category = 6614
name = "=HYPERLINK(\"http://x\") เสื้อยืด 👕"
brand = "'Remark"
attributes = { short_description = "<ul>\n<li>a, \"b\"; c\td</li>\n</ul>", description = "+66 81 234 5678", model = "-", warranty = "@home", warranty_type = "'=1" }
fields = { price = "488.80", special_price = "99.00", special_from_date = "2018-03-01 10:30:00", special_to_date = "2018-03-31", quantity = "0", package_weight = "0.250", package_length = "30", package_width = "20.5", package_height = "1", package_content = "1 x\n=tee", ProductId = "0036000291452", color_family = "แดง", size = "007", storage = "1e5", tax_class = "-12" }
skus = ["00012"]
images = ["https://sg-live.slatic.net/p/1.jpg", "https://sg-live.slatic.net/p/2.jpg", "https://sg-live.slatic.net/p/3.jpg", "https://sg-live.slatic.net/p/4.jpg", "https://sg-live.slatic.net/p/5.jpg", "https://sg-live.slatic.net/p/6.jpg", "https://sg-live.slatic.net/p/7.jpg", "https://sg-live.slatic.net/p/8.jpg"]
created = "2018-01-31"
"#;

#[test]
fn a_sheet_that_is_read_again_holds_what_the_shop_shows() {
    let market = Market::open(&format!("{}{GOODS}", odd()));
    let desk = Desk::at(&market);
    assert_eq!(export(&desk, &["-o", "goods.jsonl"]).exit, 0);
    let shop = rows(&desk, "goods.jsonl");
    assert_eq!(shop.len(), 8);
    for name in ["goods.csv", "goods.xlsx"] {
        let outcome = export(&desk, &["-o", name]);
        assert_eq!(outcome.exit, 0, "{outcome:?}");
        let (_, sheet) = read_again(&desk.path(name));
        assert_eq!(sheet.len(), shop.len(), "{name}");
        for (shop, sheet) in shop.iter().zip(&sheet) {
            let names = |row: &BTreeMap<String, String>| row.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(shop), names(sheet), "{name}");
            shop.iter().for_each(|(header, text)| same(header, text, &sheet[header]));
        }
    }
}

#[test]
fn an_import_reads_what_the_shop_shows() {
    let market = Market::open(&odd());
    let desk = Desk::at(&market);
    for name in ["goods.csv", "goods.xlsx"] {
        assert_eq!(export(&desk, &["-o", name]).exit, 0);
        let source = Source::open(name, Input::File(desk.path(name)), &ReadOptions::default()).unwrap();
        let tables = choose(&source, &Choice::default()).unwrap();
        let mut findings: Vec<Finding> = Vec::new();
        let checked = check_and_keep(&tables, &Rules::default(), &mut findings).unwrap();
        let errors: Vec<&Finding> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        let skus: Vec<&str> = checked.rows().iter().map(|row| row.seller_sku.as_ref().unwrap().as_str()).collect();
        assert_eq!(skus, ["00012", "1E5", "-7", "12345678901234567890"]);
        let sku = checked.rows()[0].given().unwrap();
        assert_eq!(sku.price.unwrap().to_string().parse::<f64>(), Ok(488.8));
        assert_eq!(sku.product_id.as_ref().unwrap().as_str(), "0036000291452");
        assert_eq!(sku.images.len(), 8);
        let attribute =
            |name: &str| sku.attributes.iter().find(|of_sku| of_sku.name == name).map(|of_sku| of_sku.value.as_str());
        assert_eq!(attribute("package_content"), Some("1 x\n=tee"), "{name}");
        assert_eq!((attribute("size"), attribute("color_family")), (Some("007"), Some("แดง")));
        assert_eq!(checked.groups().len(), 4);
        let group = &checked.groups()[0];
        assert_eq!(group.product.name.as_deref(), Some("=HYPERLINK(\"http://x\") เสื้อยืด 👕"));
        assert_eq!(group.product.description.as_deref(), Some("+66 81 234 5678"));
        assert_eq!(group.product.short_description.as_deref(), Some("<ul>\n<li>a, \"b\"; c\td</li>\n</ul>"));
        assert_eq!(group.product.brand.as_deref(), Some("'Remark"));
        let warranty = group.product.attributes.iter().find(|attribute| attribute.name == "warranty_type").unwrap();
        assert_eq!(warranty.value, "'=1");
    }
}

/// A fault of every GetProducts from the call of this number on.
fn from(call: u32, fault: &str) -> String {
    format!("[[fault]]\naction = \"GetProducts\"\nfrom = {call}\nkind = \"plain\"\n{fault}\n")
}

/// Each product comes once though an instance gives so few at a time, and the list changes.
#[track_caller]
fn check_pages(faults: &str, count: u32, others: &str) {
    let market = Market::open(&format!("{faults}{}", many(count)));
    let desk = Desk::at(&market);
    let outcome = export(&desk, &["-o", "goods.jsonl"]);
    assert_eq!(outcome.exit, 0, "{outcome:?}");
    let mut expect: Vec<String> = (0..count).map(|number| format!("M-{number}")).collect();
    expect.extend((!others.is_empty()).then(|| others.to_owned()));
    expect.sort();
    assert_eq!(skus(&desk, "goods.jsonl"), expect.join(" "));
    assert!(market.calls() > 1);
}

#[test]
fn an_instance_that_gives_few_products_at_a_time_gives_all_of_them() {
    check_pages(&from(1, "limit = 3"), 60, "");
    check_pages(&from(1, "limit = 20"), 300, "");
    let market = Market::open(&format!("{}{}", from(1, "limit = 3"), many(60)));
    let desk = Desk::at(&market);
    assert_eq!(export(&desk, &["-o", "goods.jsonl"]).exit, 0);
    // From the oldest to the newest.
    let skus: Vec<String> = rows(&desk, "goods.jsonl").into_iter().map(|row| row["seller_sku"].clone()).collect();
    assert_eq!(skus, (0..60).map(|number| format!("M-{number}")).collect::<Vec<_>>());
}

#[test]
fn a_list_that_grows_at_its_front_loses_nothing_and_tells_nothing_twice() {
    for call in [2, 3, 8, 15] {
        let faults = format!("{}{}", from(call, "limit = 3\nfront = \"appeared\""), from(1, "limit = 3"));
        check_pages(&faults, 25, "SKU-THAT-APPEARED");
    }
}

#[test]
fn a_list_that_shrinks_at_its_front_loses_no_more_than_that() {
    for call in [3, 8, 12] {
        let faults = format!("{}{}", from(call, "limit = 3\nfront = \"vanished\""), from(1, "limit = 3"));
        let market = Market::open(&format!("{faults}{}", many(25)));
        let desk = Desk::at(&market);
        assert_eq!(export(&desk, &["-o", "goods.jsonl"]).exit, 0);
        let skus = skus(&desk, "goods.jsonl");
        let known: Vec<&str> = skus.split(' ').collect();
        assert!((1..25).all(|number| known.contains(&format!("M-{number}").as_str())), "{call}: {skus}");
    }
}

/// GetProducts is refused with the code each time; `flags` are added. What a merchant is told.
#[track_caller]
fn check_code(code: u32, flags: &[&str], exit: i32, told: &[&str]) {
    let fault = format!("[[fault]]\naction = \"GetProducts\"\nkind = \"error\"\ncode = {code}\n");
    let market = Market::open(&format!("{fault}{GOODS}"));
    let desk = Desk::at(&market);
    fs::write(desk.path("goods.xlsx"), "as it was").unwrap();
    let outcome = export(&desk, &[&["-o", "goods.xlsx"], flags].concat());
    assert_eq!(outcome.exit, exit, "{code}: {outcome:?}");
    let error = outcome.stderr.split("error: ").last().unwrap();
    for part in told {
        assert!(error.contains(part), "{code}: {part} in {error}");
    }
    assert!(error.contains("go on where it stopped with: skuload export --shop stall -o goods.xlsx"), "{error}");
    assert_eq!(fs::read_to_string(desk.path("goods.xlsx")).unwrap(), "as it was");
}

#[test]
fn every_code_of_the_page_tells_what_to_do() {
    check_code(14, &[], 7, &["(code 14)", "pages in a way of its own"]);
    check_code(17, &["--created-after", "2018-01-01"], 7, &["(code 17)", "does not read the dates"]);
    check_code(19, &[], 7, &["(code 19)", "pages in a way of its own"]);
    check_code(36, &["--filter", "rejected"], 7, &["(code 36)", "does not know that --filter"]);
    check_code(70, &["--sku", "BAG,MUG"], 7, &["(code 70)", "cannot work with a seller SKU of --sku"]);
    check_code(5, &[], 7, &["(code 5)"]);
    check_code(6, &[], 5, &["(code 6)", "0 products were read and kept"]);
    check_code(506, &[], 5, &["(code 506)"]);
    check_code(901, &[], 5, &["(code 901)"]);
    let (told, help) = either(
        ("(code 7)", "check the user id and the key"),
        ("(code IncompleteSignature)", "the app's secret does not belong to its key"),
    );
    check_code(7, &[], 4, &[told, help]);
    let (exit, told, help) = either(
        (4, "(code 9)", "check the user id and the key"),
        (7, "(code InsufficientPermission)", "the app may not make this call for this seller"),
    );
    check_code(9, &[], exit, &[told, help]);
}

#[test]
fn trouble_that_passes_is_borne() {
    for fault in ["kind = \"error\"\ncode = 506", "kind = \"throttle\"", "kind = \"reset\"", "kind = \"lost-reply\""] {
        let faults = format!("[[fault]]\naction = \"GetProducts\"\nnth = [1, 3, 4]\n{fault}\n");
        check_pages(&format!("{faults}{}", from(1, "limit = 9")), 40, "");
    }
}

#[test]
fn an_instance_that_refuses_a_high_limit_is_asked_with_a_lower_one() {
    check_pages("[[fault]]\naction = \"GetProducts\"\ntimes = 1\nkind = \"error\"\ncode = 19\n", 150, "");
}

#[test]
fn an_export_that_was_broken_off_goes_on_where_it_stopped() {
    let slow = from(1, "limit = 3");
    let broken = format!("[[fault]]\naction = \"GetProducts\"\nfrom = 12\nkind = \"error\"\ncode = 7\n{slow}");
    let folder = tempfile::tempdir().unwrap();
    let mut market = Market::kept(&format!("{broken}{}", many(60)), folder.path());
    let desk = Desk::at(&market);
    let outcome = export(&desk, &["-o", "goods.jsonl"]);
    assert_eq!(outcome.exit, 4, "{outcome:?}");
    assert!(!desk.path("goods.jsonl").exists());
    let calls = market.calls();
    market.stop();
    market.start(&format!("{slow}{}", many(60)));
    let outcome = export(&desk, &["-o", "goods.csv", "--filter", "live"]);
    assert!(outcome.exit == 0 && !outcome.stderr.contains("going on"), "another question: {outcome:?}");
    let before = market.calls();
    let outcome = export(&desk, &["-o", "goods.jsonl"]);
    assert_eq!(outcome.exit, 0, "{outcome:?}");
    assert!(outcome.stderr.contains("going on with the export that began on"), "{outcome:?}");
    let went_on = market.calls() - before;
    let text = fs::read_to_string(desk.path("goods.jsonl")).unwrap();
    let outcome = export(&desk, &["-o", "goods.jsonl"]);
    assert!(outcome.exit == 0 && !outcome.stderr.contains("going on"), "it was finished: {outcome:?}");
    assert_eq!(fs::read_to_string(desk.path("goods.jsonl")).unwrap(), text);
    assert_eq!(went_on + calls - 1, market.calls() - before - went_on, "no call is made twice but the refused one");
}

#[test]
fn an_export_is_begun_anew_where_that_is_asked_for() {
    let broken = "[[fault]]\naction = \"GetProducts\"\nnth = [8]\nkind = \"error\"\ncode = 7\n";
    let market = Market::open(&format!("{broken}{}{}", from(1, "limit = 3"), many(30)));
    let desk = Desk::at(&market);
    assert_eq!(export(&desk, &["-o", "goods.jsonl"]).exit, 4);
    let outcome = export(&desk, &["-o", "goods.jsonl", "--fresh"]);
    assert!(outcome.exit == 0 && !outcome.stderr.contains("going on"), "{outcome:?}");
    assert_eq!(rows(&desk, "goods.jsonl").len(), 30);
}

#[cfg(unix)]
#[test]
fn an_interrupt_and_a_kill_leave_what_was_read() {
    let market = Market::open(&format!("{}{}", from(1, "limit = 3"), many(60)));
    for (signal, exit) in [("-INT", Some(130)), ("-KILL", None)] {
        let desk = Desk::at(&market);
        let mut child = desk.start(&["export", "--shop", SHOP, "-o", "goods.jsonl", "--rate", "20"]);
        let before = market.calls();
        while market.calls() < before + 8 {
            assert_eq!(child.try_wait().unwrap(), None);
        }
        let status = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(status.success());
        assert_eq!(child.wait().unwrap().code(), exit);
        assert!(!desk.path("goods.jsonl").exists());
        let outcome = export(&desk, &["-o", "goods.jsonl"]);
        assert!(outcome.exit == 0 && outcome.stderr.contains("going on"), "{outcome:?}");
        assert_eq!(rows(&desk, "goods.jsonl").len(), 60);
        let printed = fs::read_to_string(desk.path("printed.txt")).unwrap();
        assert!(exit.is_none() || printed.contains("go on where it stopped with: skuload export"), "{printed}");
    }
}

#[cfg(unix)]
#[test]
fn a_second_interrupt_names_the_export_that_goes_on() {
    let market =
        Market::open(&format!("[[fault]]\naction = \"GetProducts\"\nkind = \"slow\"\nseconds = 1.5\n{}", many(9)));
    let desk = Desk::at(&market);
    let mut child = desk.start(&["export", "--shop", SHOP, "-o", "goods.jsonl"]);
    while market.received("GetProducts") == 0 {
        assert_eq!(child.try_wait().unwrap(), None);
    }
    let interrupt = || Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success();
    assert!(interrupt());
    let printed = || fs::read_to_string(desk.path("printed.txt")).unwrap();
    while !printed().contains("stopping: ") {
        std::thread::yield_now();
    }
    assert!(interrupt());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let said =
        "stopped at once; what was read is kept for a day; go on where it stopped with: skuload export --shop stall";
    assert!(printed().contains(said) && !printed().contains("resume"), "{}", printed());
}

#[test]
fn two_processes_do_not_read_the_same_into_one_file() {
    let market = Market::open(&format!("{}{}", from(1, "limit = 3"), many(60)));
    let desk = Desk::at(&market);
    let mut child = desk.start(&["export", "--shop", SHOP, "-o", "goods.jsonl", "--rate", "20"]);
    while market.calls() < 3 {
        assert_eq!(child.try_wait().unwrap(), None);
    }
    let outcome = export(&desk, &["-o", "other.jsonl"]);
    assert_eq!(outcome.exit, 11, "{outcome:?}");
    assert!(outcome.stderr.contains("another process is exporting the same"), "{outcome:?}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn what_was_read_must_be_kept_somewhere() {
    let market = Market::open(GOODS);
    let desk = Desk::at(&market);
    fs::write(desk.path("state/exports"), "in the way").unwrap();
    let outcome = export(&desk, &["-o", "goods.csv"]);
    assert_eq!(outcome.exit, 9, "{outcome:?}");
    assert!(outcome.stderr.contains("cannot make") && market.calls() == 0, "{outcome:?}");
}

#[test]
fn a_machine_is_told_how_far_it_is_and_what_came_of_it() {
    let market = Market::open(&format!("{}{}", from(1, "limit = 3"), many(12)));
    let desk = Desk::at(&market);
    let outcome = export(&desk, &["-o", "goods.csv", "--format", "json"]);
    let lines: Vec<Value> = outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().all(|line| line["v"] == 1));
    let progress: Vec<u64> =
        lines.iter().filter(|line| line["kind"] == "progress").map(|line| line["products"].as_u64().unwrap()).collect();
    assert!(progress.is_sorted() && progress.last() == Some(&12), "{progress:?}");
    let last = lines.last().unwrap();
    assert_eq!((&last["kind"], &last["file"]), (&Value::from("summary"), &Value::from("goods.csv")));
    assert_eq!((last["products"].as_u64(), last["skus"].as_u64()), (Some(12), Some(12)));
    let quiet = export(&desk, &["-o", "goods.csv", "-q"]);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("goods.csv: 12 products, 12 SKUs\n", ""));
}

/// The most memory that an export of so many products of fifty SKUs takes, in KiB; Linux alone tells.
#[allow(clippy::disallowed_methods, reason = "the test looks at the program from time to time")]
fn memory_of(products: u32) -> Option<u64> {
    let mut text = String::new();
    let long = "A mug for tea and coffee. ".repeat(20);
    for number in 0..products {
        let skus: Vec<String> = (0..50).map(|sku| format!("\"M-{number}-{sku}\"")).collect();
        writeln!(
            text,
            "[[product]]\ncategory = 3\nname = \"Mug {number}\"\nattributes = {{ description = \"{long}\" }}\n\
             skus = [{}]\ncreated = \"2017-{:02}-{:02}T{:02}:00:00Z\"",
            skus.join(", "),
            number % 12 + 1,
            number / 12 % 28 + 1,
            number / 336 % 24,
        )
        .unwrap();
    }
    let market = Market::open(&format!("{}{text}", from(1, "limit = 10")));
    let desk = Desk::at(&market);
    let mut child = desk.start(&["export", "--shop", SHOP, "-o", "goods.xlsx"]);
    let mut peak = None;
    let status = loop {
        peak = peak.max(peak_of(child.id()));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert_eq!(status.code(), Some(0));
    let printed = fs::read_to_string(desk.path("printed.txt")).unwrap();
    assert!(printed.contains(&format!("{},000 SKUs", products / 20)), "{printed}");
    peak
}

fn peak_of(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

#[test]
fn memory_does_not_grow_with_the_shop() {
    let (small, large) = (memory_of(40), memory_of(400));
    if let (Some(small), Some(large)) = (small, large) {
        assert!(large < small + 16 * 1024, "{small} KiB for 2,000 SKUs, {large} KiB for 20,000");
    }
}
