//! RemoveProduct of the stand-in marketplace, called by hand: a rule, a line.
#![cfg(all(feature = "sandbox", feature = "import"))]

#[path = "support/calls.rs"]
mod calls;
mod support;

use calls::{call, expect_code, page, sku, told};
use serde_json::json;
use support::Market;

const SHOP: &str = r#"
[[product]]
category = 3
name = "Tote"
brand = "Remark"
skus = ["TOTE-1", "TOTE-2"]
[[product]]
category = 3
name = "Mug"
skus = ["MUG"]
review = "approved"
[[product]]
category = 3
name = "Cap"
skus = ["CAP"]
status = "deleted"
"#;

/// A request with one `Sku` for each text, which holds the seller SKUs between its blanks.
fn request(lines: &[&str]) -> String {
    let name = |name: &str| format!("<SellerSku>{}</SellerSku>", name.replace('_', " "));
    let sku = |line: &&str| format!("<Sku>{}</Sku>", line.split(' ').map(name).collect::<String>());
    let skus: String = lines.iter().map(sku).collect();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Request><Product><Skus>{skus}</Skus></Product></Request>")
}

fn remove(market: &Market, lines: &[&str]) -> String {
    told(market, "RemoveProduct", &request(lines))
}

/// The seller SKUs that are deleted.
fn gone(market: &Market) -> String {
    let shown = market.shown();
    let skus = shown["products"].as_array().unwrap().iter().flat_map(|product| product["skus"].as_array().unwrap());
    let gone: Vec<&str> =
        skus.filter(|sku| sku["status"] == "deleted").map(|sku| sku["seller_sku"].as_str().unwrap()).collect();
    gone.join(" ")
}

#[track_caller]
fn check(faults: &str, lines: &[&str], expect: &str, expect_gone: &str) {
    let market = Market::open(&format!("{faults}{SHOP}"));
    assert_eq!(remove(&market, lines), expect, "{lines:?}");
    assert_eq!(gone(&market), expect_gone, "{lines:?}");
}

#[test]
fn one_sku_holds_one_seller_sku_or_several() {
    check("", &["TOTE-1"], "ok", "TOTE-1 CAP");
    check("", &["TOTE-1 TOTE-2"], "ok", "TOTE-1 TOTE-2 CAP");
    check("", &["TOTE-2 MUG", "TOTE-1"], "ok", "TOTE-1 TOTE-2 MUG CAP");
}

#[test]
fn what_is_not_there_or_no_more_is_refused() {
    check("", &["NONE"], "503 SellerSku:NONE", "CAP");
    check("", &["CAP"], "503 SellerSku:CAP", "CAP");
    check("", &["mug"], "503 SellerSku:mug", "CAP");
    check("", &["MUG MUG"], "503 SellerSku:MUG", "MUG CAP");
    let market = Market::open(SHOP);
    assert_eq!([remove(&market, &["MUG"]), remove(&market, &["MUG"])], ["ok", "503 SellerSku:MUG"]);
}

#[test]
fn a_bad_sku_spoils_itself_or_all_as_the_faults_say() {
    check("", &["MUG NONE"], "503 SellerSku:NONE", "MUG CAP");
    check("bad_sku = \"all\"\n", &["MUG NONE"], "503 SellerSku:NONE", "CAP");
    check("", &["MUG", "_"], "503 SellerSku:", "CAP");
}

#[test]
fn a_request_has_one_to_fifty_seller_skus() {
    let names: Vec<String> = (0..51).map(|number| format!("S{number}")).collect();
    let market = Market::open(&format!("[[product]]\ncategory = 3\nname = \"Mug\"\nskus = {names:?}"));
    assert_eq!(remove(&market, &[]), "1");
    assert_eq!(remove(&market, &[&names.join(" ")]), "204");
    assert_eq!(gone(&market), "");
    assert_eq!(remove(&market, &[&names[..25].join(" "), &names[25..50].join(" ")]), "ok");
    assert_eq!(gone(&market), names[..50].join(" "));
}

#[test]
fn a_removed_sku_is_shown_as_deleted_and_its_seller_sku_is_taken_for_ever() {
    let market = Market::open(SHOP);
    let filtered = |filter: &str| page(&market, &[("Filter", filter)]);
    let status = || {
        let asked = [("SkuSellerList", "[\"MUG\"]"), ("Format", "JSON")];
        let text = call(&market, "GetQcStatus", &asked, None).unwrap();
        let reply: serde_json::Value = serde_json::from_str(&text).unwrap();
        reply.get("SuccessResponse").map_or(reply["ErrorResponse"]["Head"]["ErrorCode"].clone(), |_| json!("ok"))
    };
    assert_eq!(status(), "ok");
    assert_eq!(remove(&market, &["MUG TOTE-1"]), "ok");
    assert_eq!(sku(&market, "MUG")["Status"], "deleted");
    assert_eq!((filtered("live"), filtered("deleted")), ("TOTE-1 of 1".into(), "TOTE-1 MUG CAP of 3".into()));
    assert_eq!(status(), 6);
    let create = include_str!("fixtures/sandbox/create-product.xml").replace("TOTE-GREEN-40", "MUG");
    assert_eq!(told(&market, "CreateProduct", &create), "500 SellerSku:MUG");
    let change = "<Request><Product><Skus><Sku><SellerSku>MUG</SellerSku></Sku></Skus></Product></Request>";
    for action in ["UpdateProduct", "UpdatePriceQuantity"] {
        assert_eq!(told(&market, action, change), "501 SellerSku:MUG", "{action}");
    }
}

#[test]
fn every_code_of_a_removal_comes_in_both_formats() {
    let scripted = |code: u32| format!("[[fault]]\nsku = \"F{code}\"\nkind = \"error\"\ncode = {code}\n");
    let market = Market::open(&format!("{SHOP}{}", [6, 901, 1000].map(scripted).concat()));
    let cases = [
        (request(&[]), 1, "E001: Parameter Skus is mandatory"),
        ("<Request><Skus/></Request>".to_owned(), 1, "E001: Parameter Product is mandatory"),
        ("<Request><Product>".to_owned(), 5, "E005: Invalid Request Format"),
        (request(&["MUG F6"]), 6, "E006: Unexpected internal error"),
        (String::new(), 30, "E030: Empty Request"),
        (request(&["NONE "; 26]), 204, "E204: Too many SKU in one request"),
        (request(&["NONE"]), 503, "E503: Remove product failed"),
        (request(&["F901"]), 901, "E901: The request is too frequent"),
        (request(&["F1000"]), 1000, "Internal Application Error"),
    ];
    for (body, code, text) in &cases {
        expect_code(&market, "RemoveProduct", body, *code, text);
    }
    let counts = market.counted()["calls"]["RemoveProduct"].clone();
    assert_eq!(counts, json!({"received": 2 * cases.len(), "succeeded": 0}));
}

#[test]
fn a_removal_can_lose_its_reply_be_halved_and_come_late_to_the_list() {
    check("[[fault]]\nkind = \"lost-reply\"\n", &["MUG"], "nothing", "MUG CAP");
    check(
        "[[fault]]\nkind = \"lost-reply\"\neffect = \"half\"\n",
        &["TOTE-1 TOTE-2 MUG"],
        "nothing",
        "TOTE-1 TOTE-2 CAP",
    );
    let stale = "[[fault]]\naction = \"GetProducts\"\nkind = \"plain\"\nstale = 60\n";
    let market = Market::open(&format!("{SHOP}{stale}"));
    assert_eq!(remove(&market, &["MUG"]), "ok");
    assert_eq!(sku(&market, "MUG")["Status"], "active");
    assert_eq!(gone(&market), "MUG CAP");
}

#[test]
fn a_success_says_nothing_or_the_skus() {
    let reply = |faults: &str| {
        let market = Market::open(&format!("{faults}{SHOP}"));
        call(&market, "RemoveProduct", &[], Some(&request(&["TOTE-1 MUG"]))).unwrap()
    };
    let plain = reply("");
    assert!(plain.contains("<RequestAction>RemoveProduct</RequestAction>"), "{plain}");
    assert!(plain.ends_with("</Head><Body/></SuccessResponse>"), "{plain}");
    assert!(reply("reply_body = \"product\"\n").contains("<SellerSku>MUG</SellerSku>"));
}

#[test]
fn what_was_removed_stays_so_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let market = Market::kept(SHOP, folder.path());
    assert_eq!(remove(&market, &["MUG TOTE-2"]), "ok");
    drop(market);
    assert_eq!(gone(&Market::kept(SHOP, folder.path())), "TOTE-2 MUG CAP");
}
