//! UpdateProduct and UpdatePriceQuantity of the stand-in marketplace, called by hand: a rule, a line.
#![cfg(all(feature = "sandbox", feature = "import"))]

#[path = "support/calls.rs"]
mod calls;
mod support;

use calls::{call, expect_code, page, product, review, sku, told, write};
use serde_json::{Value, json};
use support::Market;

const CREATE: &str = include_str!("fixtures/sandbox/create-product.xml");
const UPDATE: &str = include_str!("fixtures/sandbox/update-product.xml");
const PRICES: &str = include_str!("fixtures/sandbox/update-price-quantity.xml");
const HOSTED: &str = "https://sg-live.slatic.net/p/9.jpg";

/// Two products that can be changed, and one that is gone.
const SHOP: &str = r#"
[[spu]]
id = 1001
category = 6614
[[product]]
category = 6614
name = "Canvas tote"
brand = "Remark"
attributes = { short_description = "Holds 12 kg", model = "T1" }
fields = { price = "100.00", package_width = "4" }
skus = ["TOTE-1", "TOTE-2"]
images = ["https://sg-live.slatic.net/p/1.jpg", "https://sg-live.slatic.net/p/2.jpg"]
[[product]]
category = 3
name = "Mug"
brand = "Remark"
skus = ["MUG"]
[[product]]
category = 3
name = "Cap"
skus = ["CAP"]
status = "deleted"
"#;

const SALE: &str = "<special_price>80</special_price><special_from_date>2017-07-15 18:23</special_from_date>\
    <special_to_date>2017-08-15</special_to_date>";

/// What is inside `Product` besides its SKUs, and SKUs.
fn request(head: &str, skus: &str) -> String {
    format!("<Request><Product>{head}<Skus>{skus}</Skus></Product></Request>")
}

/// SKUs, each as `NAME tag=value tag=value`; `tag=` is an empty tag.
fn skus(lines: &[&str]) -> String {
    let tag = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap();
        format!("<{name}>{}</{name}>", value.replace('_', " "))
    };
    let sku = |line: &&str| {
        let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
        let tags: String = rest.split_whitespace().map(tag).collect();
        format!("<Sku><SellerSku>{name}</SellerSku>{tags}</Sku>")
    };
    lines.iter().map(sku).collect()
}

fn with_sale(seller_sku: &str) -> String {
    format!("<Sku><SellerSku>{seller_sku}</SellerSku>{SALE}</Sku>")
}

fn pictures(seller_sku: &str, urls: &[&str]) -> String {
    let urls: String = urls.iter().map(|url| format!("<Image>{url}</Image>")).collect();
    format!("<Sku><SellerSku>{seller_sku}</SellerSku><Images>{urls}</Images></Sku>")
}

/// UpdateProduct in a word.
fn update(market: &Market, head: &str, skus: &str) -> String {
    told(market, "UpdateProduct", &request(head, skus))
}

/// UpdatePriceQuantity in a word.
fn prices(market: &Market, lines: &[&str]) -> String {
    told(market, "UpdatePriceQuantity", &request("", &skus(lines)))
}

/// The shop is asked for this update of `TOTE-1`, which holds a sale.
#[track_caller]
fn check(line: &str, expect: &str) {
    let market = Market::open(SHOP);
    assert_eq!(update(&market, "", &with_sale("TOTE-1")), "ok");
    assert_eq!(update(&market, "", &skus(&[&format!("TOTE-1 {line}")])), expect, "{line}");
}

/// The shop is asked for this update; when it refuses, nothing is changed.
#[track_caller]
fn check_request(head: &str, skus: &str, expect: &str) {
    let market = Market::open(SHOP);
    let before = market.shown()["products"].clone();
    assert_eq!(update(&market, head, skus), expect, "{head} {skus}");
    assert_eq!(market.shown()["products"] == before, expect != "ok", "{head} {skus}");
}

fn shown(value: &Value, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| value[name].as_str().unwrap_or("-").to_owned()).collect()
}

#[test]
fn the_printed_update_request_changes_what_it_sends_and_nothing_else() {
    let market = Market::open("");
    assert_eq!(told(&market, "CreateProduct", CREATE), "ok");
    let reply = call(&market, "UpdateProduct", &[], Some(UPDATE)).unwrap();
    assert!(reply.contains("<RequestAction>UpdateProduct</RequestAction>"), "{reply}");
    assert!(reply.ends_with("</Head><Body/></SuccessResponse>"), "{reply}");
    let product = product(&market, "TOTE-GREEN-41");
    let attributes = shown(&product["Attributes"], &["name", "short_description", "brand", "model", "kid_years"]);
    let expect = ["Canvas tote, heavy", "<ul><li>Holds 20 kg</li></ul>", "Remark", "CT-12", "Kids (6-10yrs)"];
    assert_eq!(attributes, expect);
    let names = ["price", "quantity", "package_weight", "package_content", "color_family", "size", "Status"];
    let first = ["350", "88", "34", "1 x tote, it's in a box", "Green", "40", "active"];
    assert_eq!(shown(&product["Skus"][0], &names), first);
    let second = ["488.88", "44", "33", "one tote, one strap", "Green", "41", "active"];
    assert_eq!(shown(&product["Skus"][1], &names), second);
    assert_eq!(product["Skus"][0]["Images"][1], "https://sg-live.slatic.net/p/original/tote-2.jpg?w=1&h=2");
    let list = ["https://sg-live.slatic.net/p/original/tote-7.jpg", "", "", "", "", "", "", ""];
    assert_eq!(product["Skus"][1]["Images"], json!(list));
    assert_eq!(market.shown()["products"][0]["skus"][1]["fields"]["price"], "488.88");
    let counts = market.counted()["calls"].clone();
    assert_eq!(counts["UpdateProduct"], json!({"received": 1, "succeeded": 1}));
}

#[test]
fn every_code_of_the_update_page_comes_in_both_formats() {
    let scripted = |code: u32| format!("[[fault]]\nsku = \"F{code}\"\nkind = \"error\"\ncode = {code}\n");
    let faults = [6, 901, 1000].map(scripted).concat();
    let market = Market::open(&format!("{SHOP}{faults}"));
    let tote = skus(&["TOTE-1 quantity=1"]);
    let head = |head: &str| request(head, &tote);
    let cases = [
        (request("", ""), 1, "E001: Parameter Skus is mandatory"),
        ("<Request><Skus/></Request>".to_owned(), 1, "E001: Parameter Product is mandatory"),
        (head("<Attributes><name>Black & White</name></Attributes>"), 5, "E005: Invalid Request Format"),
        (format!("<Request>{}</Request>", "<Product/>".repeat(2)), 5, "E005: Invalid Request Format"),
        (request("", &skus(&["F6"])), 6, "E006: Unexpected internal error"),
        (String::new(), 30, "E030: Empty Request"),
        (head("<PrimaryCategory>bags</PrimaryCategory>"), 201, "E201: bags Invalid CategoryId"),
        (head("<SPUId>x1</SPUId>"), 202, "E202: x1 Invalid SPUId"),
        (head("<SPUId>1002</SPUId>"), 205, "E205: SPU not exist"),
        (request("<SPUId>1001</SPUId>", &skus(&["MUG"])), 206, "E206: Different category id in SPU"),
        (request("", &skus(&["NONE"])), 501, "E501: Update product failed"),
        (request("", &skus(&["F901"])), 901, "E901: The request is too frequent"),
        (request("", &skus(&["F1000"])), 1000, "Internal Application Error"),
    ];
    for (body, code, text) in &cases {
        expect_code(&market, "UpdateProduct", body, *code, text);
    }
    let counts = market.counted()["calls"]["UpdateProduct"].clone();
    assert_eq!(counts, json!({"received": 2 * cases.len(), "succeeded": 0}));
}

#[test]
fn the_skus_of_an_update_are_there_and_of_one_product() {
    check_request("", &skus(&["TOTE-1 quantity=1", "TOTE-2 quantity=2"]), "ok");
    check_request("", &skus(&["NONE quantity=1"]), "501 SellerSku:NONE");
    check_request("", &skus(&["CAP quantity=1"]), "501 SellerSku:CAP");
    check_request("", &skus(&["TOTE-1 quantity=1", "tote-2 quantity=1"]), "501 SellerSku:tote-2");
    check_request("", &skus(&["TOTE-1 quantity=1", "MUG quantity=1"]), "501 SellerSku:MUG");
    check_request("", &skus(&["TOTE-1 quantity=1", " quantity=1"]), "501 SellerSku:");
    check_request("", "<Sku><quantity>1</quantity></Sku>", "501 SellerSku:");
    check_request("", &skus(&["TOTE-1 quantity=1", "TOTE-1 quantity=2"]), "501 SellerSku:TOTE-1");
}

#[test]
fn a_detail_says_what_is_wrong_with_which_sku() {
    let market = Market::open(SHOP);
    let body = request("", &skus(&["TOTE-1 price=-1", "NONE"]));
    let errors = write(&market, "UpdateProduct", &body).unwrap()["ErrorResponse"]["Body"]["Errors"].clone();
    let expect = json!([{"Field": "price", "Message": "The price is invalid", "SellerSku": "TOTE-1"},
        {"Field": "SellerSku", "Message": "SKU does not exist", "SellerSku": "NONE"}]);
    assert_eq!(errors, expect);
    let xml = call(&market, "UpdateProduct", &[], Some(&body)).unwrap();
    let detail =
        "<ErrorDetail><Field>SellerSku</Field><Message>SKU does not exist</Message><SellerSku>NONE</SellerSku>";
    assert!(xml.contains(detail) && xml.contains("<ErrorType>Platform</ErrorType>"), "{xml}");
}

#[test]
fn values_are_held_to_the_rules_of_a_creation() {
    check("price=99.99 quantity=0 package_width=0.5", "ok");
    check("price=0", "501 price:TOTE-1");
    check("price=99.999", "501 price:TOTE-1");
    check("price=1,299", "501 price:TOTE-1");
    check("quantity=-1", "501 quantity:TOTE-1");
    check("quantity=1.5", "501 quantity:TOTE-1");
    check("package_width=0", "501 package_width:TOTE-1");
    check("package_length=-2", "501 package_length:TOTE-1");
    check("price=x quantity=x package_weight=x", "501 price:TOTE-1 quantity:TOTE-1 package_weight:TOTE-1");
}

#[test]
fn a_sale_is_below_the_price_and_comes_with_a_window() {
    check("special_price=70 special_from_date=2017-07-15", "ok");
    check("special_price=70 special_to_date=2017-08-01_10:00", "ok");
    check("special_price=70", "501 special_from_date:TOTE-1");
    check("special_from_date=2017-07-15", "501 special_price:TOTE-1");
    check("special_price=100 special_to_date=2017-08-01", "501 special_price:TOTE-1");
    check("special_price=0 special_to_date=2017-08-01", "501 special_price:TOTE-1");
    check("special_price=70 special_to_date=2017-07-15_18:29", "501 special_to_date:TOTE-1");
    check("special_price=70 special_to_date=tomorrow", "501 special_to_date:TOTE-1");
    check("price=80.01", "ok");
    check("price=80", "501 special_price:TOTE-1");
    check("price=70 special_price=60 special_to_date=2017-08-01", "ok");
}

#[test]
fn a_window_begins_and_ends_at_a_quarter_of_an_hour() {
    let market = Market::open(SHOP);
    assert_eq!(update(&market, "", &with_sale("TOTE-1")), "ok");
    let sku = sku(&market, "TOTE-1");
    let names = ["special_price", "special_from_date", "special_from_time", "special_to_date", "special_to_time"];
    assert_eq!(shown(&sku, &names), ["80", "2017-07-15", "2017-07-15 18:15:00", "2017-08-15", "-"]);
}

#[test]
fn an_empty_tag_takes_away_what_can_be_missed() {
    check("special_price= special_from_date= special_to_date=", "ok");
    check("special_price=", "501 special_price:TOTE-1");
    check("special_to_date=", "ok");
    check("color_family=", "ok");
    check("price=", "501 price:TOTE-1");
    check("quantity=", "501 quantity:TOTE-1");
    check("package_width=", "501 package_width:TOTE-1");
    check("active=", "501 active:TOTE-1");
    let attributes = |text: &str| format!("<Attributes>{text}</Attributes>");
    let tote = skus(&["TOTE-1"]);
    check_request(&attributes("<model/>"), &tote, "ok");
    check_request(
        &attributes("<name/><short_description> </short_description><brand/>"),
        &tote,
        "501 brand: name: short_description:",
    );
    let market = Market::open(SHOP);
    assert_eq!(update(&market, &attributes("<model/>"), &with_sale("TOTE-1")), "ok");
    let ends = "TOTE-1 special_price= special_from_date= special_to_date=";
    assert_eq!(update(&market, "", &skus(&[ends])), "ok");
    let product = product(&market, "TOTE-1");
    assert_eq!(shown(&product["Attributes"], &["name", "model"]), ["Canvas tote", "-"]);
    assert_eq!(shown(&product["Skus"][0], &["special_price", "special_from_date", "special_from_time"]), ["-"; 3]);
}

#[test]
fn attributes_change_the_whole_product_and_have_lengths() {
    let named = |name: &str| format!("<Attributes><name>{name}</name></Attributes>");
    let tote = skus(&["TOTE-2"]);
    check_request(&named("Tote"), &tote, "ok");
    check_request(&named("T"), &tote, "501 name:");
    check_request(&named(&"x".repeat(256)), &tote, "501 name:");
    check_request("<Attributes><description>short</description></Attributes>", &tote, "501 description:");
    check_request("<Attributes><description><b>Big</b> tote</description></Attributes>", &tote, "5");
    let market = Market::open(SHOP);
    assert_eq!(update(&market, &named("Tote, new"), &tote), "ok");
    assert_eq!(product(&market, "TOTE-1")["Attributes"]["name"], "Tote, new");
    assert_eq!(page(&market, &[("Search", "tote, NEW")]), "TOTE-1 of 1");
}

#[test]
fn what_is_no_ones_to_change_is_refused() {
    let tote = skus(&["TOTE-1 quantity=1"]);
    check_request("<PrimaryCategory>6614</PrimaryCategory><SPUId></SPUId>", &tote, "ok");
    check_request("<PrimaryCategory>3</PrimaryCategory>", &tote, "501 PrimaryCategory:");
    for field in ["gmt_create", "gmt_modified", "keywords"] {
        let attributes = format!("<Attributes><{field}>2017-01-01</{field}></Attributes>");
        check_request(&attributes, &tote, &format!("501 {field}:"));
        check(&format!("{field}=2017-01-01"), &format!("501 {field}:TOTE-1"));
    }
    for field in ["Status", "ShopSku", "Available", "special_from_time", "RtsStock"] {
        check(&format!("{field}=1"), &format!("501 {field}:TOTE-1"));
    }
}

#[test]
fn an_spu_can_be_given() {
    let market = Market::open(SHOP);
    assert_eq!(update(&market, "<SPUId>1001</SPUId>", &skus(&["TOTE-1"])), "ok");
    assert_eq!(product(&market, "TOTE-2")["SPUId"], 1001);
}

#[test]
fn a_sku_is_switched_off_and_on() {
    let market = Market::open(SHOP);
    let filtered = |filter: &str| page(&market, &[("Filter", filter)]);
    assert_eq!(update(&market, "", &skus(&["MUG active=false"])), "ok");
    assert_eq!(sku(&market, "MUG")["Status"], "inactive");
    assert_eq!((filtered("inactive"), filtered("live")), ("MUG of 1".into(), "TOTE-1 of 1".into()));
    assert_eq!(update(&market, "", &skus(&["MUG active=true"])), "ok");
    assert_eq!((filtered("inactive"), filtered("live")), (" of 0".into(), "TOTE-1 MUG of 2".into()));
    assert_eq!(update(&market, "", &skus(&["MUG active=no"])), "501 active:MUG");
    assert_eq!(update(&market, "", &skus(&["MUG active=TRUE"])), "501 active:MUG");
    assert_eq!(sku(&market, "MUG").get("active"), None);
}

#[test]
fn a_flag_of_the_creation_gives_way_to_that_of_an_update() {
    let market = Market::open("");
    let create = CREATE.replace("<size>40</size>", "<size>40</size><active>false</active>");
    assert_eq!(told(&market, "CreateProduct", &create), "ok");
    assert_eq!(update(&market, "", &skus(&["TOTE-GREEN-40 active=true"])), "ok");
    let sku = sku(&market, "TOTE-GREEN-40");
    assert_eq!((&sku["Status"], sku.get("active")), (&json!("active"), None));
}

#[test]
fn images_take_the_place_of_the_old_ones_and_none_leave_them() {
    check_request("", &pictures("TOTE-1", &[HOSTED; 8]), "ok");
    check_request("", &pictures("TOTE-1", &[HOSTED; 9]), "501 __images__:TOTE-1");
    check_request("", &pictures("TOTE-1", &[HOSTED, "http://x.example/1.jpg"]), "501 __images__:TOTE-1");
    check_request("", &pictures("TOTE-1", &["https://sg-live.slatic.net/p/dead/1.jpg"]), "501 __images__:TOTE-1");
    let market = Market::open(SHOP);
    let count = || market.products()[0].clone();
    assert_eq!(update(&market, "", &pictures("TOTE-1", &[HOSTED])), "ok");
    assert_eq!(count(), "TOTE-1+1 TOTE-2+2");
    assert_eq!(update(&market, "", &pictures("TOTE-1", &[])), "ok");
    assert_eq!(update(&market, "", &pictures("TOTE-1", &["", " "])), "ok");
    assert_eq!(count(), "TOTE-1+1 TOTE-2+2");
}

#[test]
fn skus_of_a_product_still_differ() {
    let market = Market::open("");
    assert_eq!(told(&market, "CreateProduct", CREATE), "ok");
    let size = |size: &str| update(&market, "", &skus(&[&format!("TOTE-GREEN-41 size={size}")]));
    assert_eq!(size("40"), "501 Product:TOTE-GREEN-41");
    assert_eq!(size("42"), "ok");
    assert_eq!(update(&market, "", &skus(&["TOTE-GREEN-40 size=42", "TOTE-GREEN-41 size=40"])), "ok");
}

#[test]
fn the_printed_price_request_changes_what_it_fills_in() {
    let market = Market::open(SHOP);
    let reply = call(&market, "UpdatePriceQuantity", &[], Some(PRICES)).unwrap();
    assert!(reply.contains("<RequestAction>UpdatePriceQuantity</RequestAction>"), "{reply}");
    assert!(reply.ends_with("</Head><Body/></SuccessResponse>"), "{reply}");
    let names = ["price", "quantity", "special_price", "special_from_date", "special_to_date", "special_to_time"];
    let tote = ["109.00", "20", "90.00", "2017-08-08", "2017-08-31", "2017-08-31 18:15:00"];
    assert_eq!(shown(&sku(&market, "TOTE-1"), &names), tote);
    assert_eq!(shown(&sku(&market, "TOTE-2"), &names[..3]), ["100.00", "10", "-"]);
    assert_eq!(shown(&sku(&market, "MUG"), &names[..3]), ["10.00", "3", "-"]);
    assert_eq!(prices(&market, &["TOTE-1 Price=120 SalePrice= SaleStartDate= SaleEndDate="]), "ok");
    assert_eq!(shown(&sku(&market, "TOTE-1"), &names[..3]), ["120", "20", "90.00"]);
    let counts = market.counted()["calls"]["UpdatePriceQuantity"].clone();
    assert_eq!(counts, json!({"received": 2, "succeeded": 2}));
}

#[test]
fn a_price_request_has_one_to_fifty_skus() {
    let names: Vec<String> = (0..51).map(|number| format!("S{number}")).collect();
    let market = Market::open(&format!("[[product]]\ncategory = 3\nname = \"Mug\"\nskus = {names:?}"));
    let lines: Vec<String> = names.iter().map(|name| format!("{name} Quantity=7")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!(prices(&market, &[]), "1");
    assert_eq!(prices(&market, &lines), "204");
    assert_eq!(sku(&market, "S0")["quantity"], "10");
    assert_eq!(prices(&market, &lines[..50]), "ok");
    assert_eq!((&sku(&market, "S49")["quantity"], &sku(&market, "S50")["quantity"]), (&json!("7"), &json!("10")));
}

#[test]
fn every_code_of_a_price_request_comes_in_both_formats() {
    let scripted = |code: u32| format!("[[fault]]\nsku = \"F{code}\"\nkind = \"error\"\ncode = {code}\n");
    let market = Market::open(&format!("{SHOP}{}", [6, 901, 1000].map(scripted).concat()));
    let price = |lines: &[&str]| request("", &skus(lines));
    let cases = [
        (request("", ""), 1, "E001: Parameter Skus is mandatory"),
        (price(&["TOTE-1 Price=&"]), 5, "E005: Invalid Request Format"),
        (price(&["F6"]), 6, "E006: Unexpected internal error"),
        (String::new(), 30, "E030: Empty Request"),
        (price(&["TOTE-1"; 51]), 204, "E204: Too many SKU in one request"),
        (price(&["NONE"]), 501, "E501: Update product failed"),
        (price(&["F901"]), 901, "E901: The request is too frequent"),
        (price(&["F1000"]), 1000, "Internal Application Error"),
    ];
    for (body, code, text) in &cases {
        expect_code(&market, "UpdatePriceQuantity", body, *code, text);
    }
}

#[test]
fn a_bad_sku_of_a_price_request_is_named_by_the_tags() {
    let market = Market::open(SHOP);
    let check = |line: &str, expect: &str| assert_eq!(prices(&market, &[line]), expect, "{line}");
    check("MUG Quantity=0 Price=9.95", "ok");
    check("MUG Quantity=-1", "501 Quantity:MUG");
    check("MUG Price=0 Quantity=x", "501 Price:MUG Quantity:MUG");
    check("MUG Price=9.999", "501 Price:MUG");
    check("MUG SalePrice=9", "501 SaleStartDate:MUG");
    check("MUG SaleEndDate=2017-08-31", "501 SalePrice:MUG");
    check("MUG SalePrice=9.95 SaleEndDate=2017-08-31", "501 SalePrice:MUG");
    check("MUG SalePrice=9 SaleStartDate=2017-08-31 SaleEndDate=2017-08-31_00:14", "501 SaleEndDate:MUG");
    check("MUG price=9", "501 price:MUG");
    check("CAP Quantity=1", "501 SellerSku:CAP");
    check("NONE Quantity=1", "501 SellerSku:NONE");
    assert_eq!(shown(&sku(&market, "MUG"), &["price", "quantity", "special_price"]), ["9.95", "0", "-"]);
}

/// A price request with bad SKUs: what is told, and what the quantities of TOTE-1, TOTE-2 and MUG are then.
#[track_caller]
fn check_spoiled(faults: &str, lines: &[&str], expect: &str, quantities: [&str; 3]) {
    let market = Market::open(&format!("{faults}{SHOP}"));
    assert_eq!(prices(&market, lines), expect);
    let found = ["TOTE-1", "TOTE-2", "MUG"].map(|name| sku(&market, name)["quantity"].as_str().unwrap().to_owned());
    assert_eq!(found, quantities, "{lines:?}");
}

#[test]
fn a_bad_sku_of_a_price_request_spoils_itself_or_the_call() {
    let lines = ["TOTE-1 Quantity=1", "NONE Quantity=2", "TOTE-2 Quantity=-3", "MUG Quantity=4"];
    let expect = "501 SellerSku:NONE Quantity:TOTE-2";
    check_spoiled("", &lines, expect, ["1", "10", "4"]);
    check_spoiled("bad_sku = \"alone\"", &lines, expect, ["1", "10", "4"]);
    check_spoiled("bad_sku = \"all\"", &lines, expect, ["10", "10", "10"]);
    check_spoiled("", &["TOTE-1 Quantity=1", "TOTE-1 Quantity=2"], "501 SellerSku:TOTE-1", ["1", "10", "10"]);
    check_spoiled("", &["TOTE-1 Quantity=1", " Quantity=2"], "501 SellerSku:", ["10", "10", "10"]);
    check_spoiled("", &["NONE", "TOTE-1 Quantity=-1"], "501 SellerSku:NONE Quantity:TOTE-1", ["10", "10", "10"]);
}

#[test]
fn a_price_that_leaps_by_more_than_80_percent_goes_back_to_quality_control() {
    let market = Market::open(SHOP);
    assert_eq!(prices(&market, &["MUG Price=2.00", "TOTE-1 Price=180"]), "ok");
    assert_eq!((review(&market, "MUG"), review(&market, "TOTE-1")), (String::new(), String::new()));
    assert_eq!(prices(&market, &["MUG Price=0.39", "TOTE-1 Price=324.01"]), "ok");
    assert_eq!(["MUG", "TOTE-1", "TOTE-2"].map(|name| review(&market, name)), ["pending"; 3]);
    assert_eq!(page(&market, &[("Filter", "pending")]), "TOTE-1 MUG of 2");
    assert_eq!(page(&market, &[("Filter", "live")]), " of 0");
    assert_eq!(update(&market, "", &skus(&["MUG price=9.90"])), "ok");
    assert_eq!(review(&market, "MUG"), "pending");
}

#[test]
fn quality_control_decides_again_after_a_leap() {
    let qc =
        "[[qc]]\nsku = \"MUG\"\nstatus = \"approved\"\n[[qc]]\nsku = \"TOTE-1\"\nstatus = \"rejected\"\npending = 2\n";
    let market = Market::open(&format!("{SHOP}{qc}"));
    let asked = |name: &str| (0..3).map(|_| review(&market, name)).collect::<Vec<_>>();
    assert_eq!(asked("MUG"), ["approved"; 3]);
    assert_eq!(asked("TOTE-1"), ["pending", "pending", "rejected"]);
    for price in ["99.00", "9.00"] {
        let lines = [format!("MUG Price={price}"), format!("TOTE-1 Price={price}")];
        assert_eq!(prices(&market, &lines.each_ref().map(String::as_str)), "ok");
        assert_eq!(asked("MUG"), ["pending", "approved", "approved"]);
    }
    assert_eq!(asked("TOTE-1"), ["pending", "pending", "rejected"]);
    assert_eq!(page(&market, &[("Filter", "live")]), "MUG of 1");
}
