//! SPUs of the stand-in marketplace, named by CreateProduct and UpdateProduct: a rule, a line.
#![cfg(all(feature = "sandbox", feature = "import"))]

#[path = "support/calls.rs"]
mod calls;
mod support;

use calls::{expect_code, product, told};
use support::Market;

/// One SPU of which nothing is told, one that has a name and a brand, one that fails twice and one that fails for ever.
const SHOP: &str = r#"
[[spu]]
id = 1001
category = 3
[[spu]]
id = 1002
category = 3
attributes = { name = "Enamel mug", brand = "Remark", model = "M1" }
[[spu]]
id = 1003
category = 3
failing = 2
[[spu]]
id = 1004
category = 3
failing = 1000
[[product]]
category = 3
name = "Mug"
brand = "Remark"
skus = ["MUG"]
"#;

const WHOLE: &str = "<name>My mug</name><short_description>Holds tea</short_description><brand>Remark</brand>";

/// A creation of one SKU.
fn creation(head: &str, attributes: &str) -> String {
    let sizes: String =
        ["length", "width", "height", "weight"].map(|side| format!("<package_{side}>1</package_{side}>")).concat();
    format!(
        "<Request><Product>{head}<Attributes>{attributes}</Attributes><Skus><Sku><SellerSku>NEW</SellerSku>\
        <price>9.90</price>{sizes}</Sku></Skus></Product></Request>"
    )
}

/// A creation in category 3 with this SPU.
fn of_spu(spu: &str, attributes: &str) -> String {
    creation(&format!("<PrimaryCategory>3</PrimaryCategory><SPUId>{spu}</SPUId>"), attributes)
}

/// An update of `MUG`.
fn update(head: &str) -> String {
    format!("<Request><Product>{head}<Skus><Sku><SellerSku>MUG</SellerSku></Sku></Skus></Product></Request>")
}

#[track_caller]
fn check(spu: &str, attributes: &str, expect: &str) {
    let market = Market::open(SHOP);
    assert_eq!(told(&market, "CreateProduct", &of_spu(spu, attributes)), expect, "{spu} {attributes}");
    assert_eq!(market.products().len(), if expect == "ok" { 2 } else { 1 }, "{spu} {attributes}");
}

/// Attributes of the product of a SKU, as GetProducts shows them.
fn shown(market: &Market, sku: &str, names: &[&str]) -> Vec<String> {
    let product = product(market, sku);
    let text = |name: &&str| product["Attributes"][name].as_str().unwrap_or("-").to_owned();
    names.iter().map(text).collect()
}

#[test]
fn every_code_about_an_spu_comes_in_both_formats() {
    let market = Market::open(SHOP);
    let elsewhere = creation("<PrimaryCategory>4</PrimaryCategory><SPUId>1001</SPUId>", WHOLE);
    let cases = [
        (of_spu("x1", WHOLE), 202, "E202: x1 Invalid SPUId"),
        (of_spu("-1", WHOLE), 202, "E202: -1 Invalid SPUId"),
        (of_spu("9999", WHOLE), 205, "E205: SPU not exist"),
        (elsewhere, 206, "E206: Different category id in SPU and PrimaryCategory"),
        (of_spu("1004", WHOLE), 502, "E502: Search SPU failed"),
    ];
    for (body, code, text) in &cases {
        expect_code(&market, "CreateProduct", body, *code, text);
    }
    expect_code(&market, "UpdateProduct", &update("<SPUId>x1</SPUId>"), 202, "E202: x1 Invalid SPUId");
    expect_code(&market, "UpdateProduct", &update("<SPUId>1004</SPUId>"), 501, "E501: Update product failed");
    assert_eq!(market.products(), ["MUG"]);
}

#[test]
fn what_the_spu_has_need_not_be_given() {
    check("", "", "500 name: short_description: brand:");
    check("1001", "", "ok");
    check("1002", "", "500 short_description:");
    check("1002", "<short_description>Holds tea</short_description>", "ok");
    check("1002", WHOLE, "ok");
    check("1002", "<name>M</name><short_description>Holds tea</short_description>", "500 name:");
}

#[test]
fn a_product_shows_what_its_spu_has_and_it_does_not_give_itself() {
    let market = Market::open(SHOP);
    let own = "<short_description>Holds tea</short_description><name>My mug</name>";
    assert_eq!(told(&market, "CreateProduct", &of_spu("1002", own)), "ok");
    assert_eq!(shown(&market, "NEW", &["name", "brand", "model"]), ["My mug", "Remark", "M1"]);
    assert_eq!(product(&market, "NEW")["SPUId"], 1002);
}

#[test]
fn an_spu_that_an_update_gives_fills_in_what_the_product_lacks() {
    let market = Market::open(SHOP);
    let change = "<SPUId>1002</SPUId><Attributes><model>M9</model></Attributes>";
    assert_eq!(told(&market, "UpdateProduct", &update("<SPUId>1002</SPUId>")), "ok");
    assert_eq!(shown(&market, "MUG", &["name", "brand", "model"]), ["Mug", "Remark", "M1"]);
    assert_eq!(told(&market, "UpdateProduct", &update(change)), "ok");
    assert_eq!(shown(&market, "MUG", &["name", "model"]), ["Mug", "M9"]);
}

#[test]
fn an_spu_can_be_looked_up_after_it_failed_so_often() {
    let market = Market::open(SHOP);
    let create = || told(&market, "CreateProduct", &of_spu("1003", WHOLE));
    assert_eq!([create(), create(), create()], ["502", "502", "ok"]);
    let market = Market::open(SHOP);
    let update = || told(&market, "UpdateProduct", &update("<SPUId>1003</SPUId>"));
    assert_eq!([update(), update(), update()], ["501 SPUId:", "501 SPUId:", "ok"]);
}

#[test]
fn a_call_without_effect_is_no_look_up() {
    let fault = "[[fault]]\nnth = [1]\nkind = \"plain\"\neffect = false\n";
    let market = Market::open(&format!("{SHOP}{fault}"));
    let create = || told(&market, "CreateProduct", &of_spu("1003", WHOLE));
    assert_eq!([create(), create(), create(), create()], ["502", "502", "502", "ok"]);
}

/// An import of products with SPUs, told as the report tells it.
#[cfg(all(unix, feature = "cli"))]
#[test]
fn a_sheet_with_spus_ends_in_verdicts_that_say_what_is_wrong() {
    let other = "[[spu]]\nid = 1005\ncategory = 4\n";
    let market = Market::open(&format!("{other}{SHOP}"));
    let desk = support::Desk::at(&market);
    let sheet = support::sheet("P<1001: A\nQ<1003: B\nR<9999: C\nS<1005: D").replace("associated_sku", "SPUId");
    std::fs::write(desk.path("sheet.csv"), sheet).unwrap();
    assert_eq!(desk.run(&support::IMPORT).exit, 1);
    let expect = "A created none x1\nB created none x3\nC rejected none x1 205 E205: SPU not exist\n\
        D rejected none x1 206 E206: Different category id in SPU and PrimaryCategory";
    assert_eq!(desk.told(), expect);
    assert_eq!(product(&market, "B")["SPUId"], 1003);
}
