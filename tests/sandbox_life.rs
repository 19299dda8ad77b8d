//! What the stand-in marketplace shows of a shop while it lives, and what goes wrong with updates: GetProducts in full,
//! the faults of the new calls, lists that change while they are paged through, and the file that keeps it all.
#![cfg(all(feature = "sandbox", feature = "import"))]

#[path = "support/calls.rs"]
mod calls;
mod support;

use std::time::{Duration, Instant};

use calls::{call, listed, page, product, review, sku, told, write};
use serde_json::{Value, json};
use support::Market;

/// A shop of some years: a tote on stock and in orders, a mug that is switched off, a cap that is gone, a bag without
/// pictures, a hat that is sold out and refused.
const SHOP: &str = r#"
[[product]]
category = 6614
name = "Canvas tote"
brand = "Remark"
attributes = { description = "  Holds\n 12   kg ", model = "T 1" }
fields = { price = "100.50", quantity = "9", package_weight = "1", color_family = "Sea  green" }
stock = { reserved = 2, real_time = 1, rts = 3, pending = 4 }
skus = ["TOTE-1", "TOTE-2"]
images = ["https://sg-live.slatic.net/p/1.jpg"]
created = "2018-01-31T10:00:00Z"
[[product]]
category = 3
name = "Mug"
skus = ["MUG"]
status = "inactive"
images = ["https://sg-live.slatic.net/p/2.jpg"]
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
review = "pending"
created = "2018-02-03T00:00:00.5Z"
[[product]]
category = 3
name = "Hat for a mug"
skus = ["HAT"]
images = ["https://sg-live.slatic.net/p/3.jpg"]
fields = { quantity = "2" }
stock = { reserved = 2 }
review = "liverejected"
created = "2018-02-04 18:23"
"#;

fn with(faults: &str) -> Market {
    Market::open(&format!("{faults}\n{SHOP}"))
}

/// A request that sets the quantities: `TOTE-1=5 MUG=6`.
fn quantities(pairs: &str, tag: &str) -> String {
    let sku = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap();
        format!("<Sku><SellerSku>{name}</SellerSku><{tag}>{value}</{tag}></Sku>")
    };
    let skus: String = pairs.split(' ').map(sku).collect();
    format!("<Request><Product><Skus>{skus}</Skus></Product></Request>")
}

fn update(market: &Market, pairs: &str) -> String {
    told(market, "UpdateProduct", &quantities(pairs, "quantity"))
}

fn stock(market: &Market, pairs: &str) -> String {
    told(market, "UpdatePriceQuantity", &quantities(pairs, "Quantity"))
}

/// The quantities as the marketplace holds them, in the order of the names.
fn held(market: &Market, names: &[&str]) -> Vec<String> {
    let shown = market.shown();
    let products = shown["products"].as_array().unwrap().iter();
    let skus: Vec<&Value> = products.flat_map(|product| product["skus"].as_array().unwrap()).collect();
    let quantity = |name: &&str| {
        let sku = skus.iter().find(|sku| sku["seller_sku"] == **name).unwrap();
        sku["fields"]["quantity"].as_str().unwrap().to_owned()
    };
    names.iter().map(quantity).collect()
}

#[track_caller]
fn check(changes: calls::Changes, expect: &str) {
    assert_eq!(page(&with(""), changes), expect, "{changes:?}");
}

#[track_caller]
fn check_refused(changes: calls::Changes, expect: &str) {
    let market = with("");
    let changes = [&[("Filter", "all"), ("Format", "JSON")], changes].concat();
    let reply = call(&market, "GetProducts", &changes, None).unwrap();
    assert!(reply.contains("ErrorResponse") && reply.replace("\\\"", "\"").contains(expect), "{reply}");
}

#[test]
fn a_filter_lets_products_through() {
    check(&[], "TOTE-1 MUG CAP BAG HAT of 5");
    check(&[("Filter", "live")], "TOTE-1 of 1");
    check(&[("Filter", "inactive")], "MUG of 1");
    check(&[("Filter", "deleted")], "CAP of 1");
    check(&[("Filter", "image-missing")], "BAG of 1");
    check(&[("Filter", "pending")], "BAG of 1");
    check(&[("Filter", "rejected")], "HAT of 1");
    check(&[("Filter", "sold-out")], "HAT of 1");
    check_refused(&[("Filter", "Live")], "E036: Invalid status filter");
    check_refused(&[("Filter", "")], "E001: Parameter Filter is mandatory");
}

#[test]
fn dates_of_creation_are_inclusive_and_iso_8601() {
    check(&[("CreatedAfter", "2018-02-03")], "BAG HAT of 2");
    check(&[("CreatedAfter", "2018-02-03T00:00:01+00:00")], "HAT of 1");
    check(&[("CreatedBefore", "2018-01-31T10:00:00+0000")], "TOTE-1 of 1");
    check(&[("CreatedBefore", "2018-01-31T17:59:59+08:00")], " of 0");
    check(&[("CreatedAfter", "2018-02-01"), ("CreatedBefore", "2018-02-03T00:00:00Z")], "MUG CAP BAG of 3");
    check(&[("UpdatedAfter", "2018-02-04T18:23:00Z")], "HAT of 1");
    check(&[("UpdatedBefore", "2018-02-01")], "TOTE-1 MUG of 2");
    for name in ["CreatedAfter", "CreatedBefore", "UpdatedAfter", "UpdatedBefore"] {
        check_refused(&[(name, "01/02/2018")], "E017: \"01/02/2018\" Invalid Date Format");
    }
}

#[test]
fn an_update_moves_the_time_of_the_update_alone() {
    let market = with("");
    let (before, after) = ([("UpdatedBefore", "2018-12-31")], [("UpdatedAfter", "2019-01-01")]);
    assert_eq!(update(&market, "MUG=5"), "ok");
    assert_eq!(page(&market, &after), "MUG of 1");
    assert_eq!(stock(&market, "TOTE-2=5 HAT=6"), "ok");
    assert_eq!((page(&market, &after), page(&market, &before)), ("TOTE-1 MUG HAT of 3".into(), "CAP BAG of 2".into()));
    assert_eq!(page(&market, &[("CreatedBefore", "2018-12-31")]), "TOTE-1 MUG CAP BAG HAT of 5");
    assert_eq!(update(&market, "BAG=-1"), "501 quantity:BAG");
    assert_eq!(page(&market, &before), "CAP BAG of 2");
}

#[test]
fn limit_and_offset_cut_pages_in_the_order_of_creation() {
    let market = with("");
    assert_eq!(update(&market, "MUG=5"), "ok");
    for (offset, expect) in [("0", "TOTE-1 MUG of 5"), ("2", "CAP BAG of 5"), ("4", "HAT of 5"), ("5", " of 5")] {
        assert_eq!(page(&market, &[("Limit", "2"), ("Offset", offset)]), expect);
    }
    check(&[("Limit", "500")], "TOTE-1 MUG CAP BAG HAT of 5");
    for limit in ["501", "0", "-1", "ten"] {
        check_refused(&[("Limit", limit)], &format!("E019: \"{limit}\" Invalid Limit"));
    }
    for offset in ["-1", "x", "1.5"] {
        check_refused(&[("Offset", offset)], &format!("E014: \"{offset}\" Invalid Offset"));
    }
}

#[test]
fn a_search_finds_names_and_seller_skus() {
    check(&[("Search", "mug")], "MUG HAT of 2");
    check(&[("Search", "tote-2")], "TOTE-1 of 1");
    check(&[("Search", "canvas"), ("Filter", "inactive")], " of 0");
}

#[test]
fn a_list_of_seller_skus_matches_whole_words() {
    check(&[("SkuSellerList", r#"["HAT","TOTE-2","TOTE-1"]"#)], "TOTE-1 HAT of 2");
    check(&[("SkuSellerList", r#"["TOTE","hat"]"#)], " of 0");
    check(&[("SkuSellerList", r#"["HAT","MUG"]"#), ("Filter", "inactive")], "MUG of 1");
    for list in ["HAT", r#"["HAT""#, "[1]", r#"{"a":"b"}"#] {
        check_refused(&[("SkuSellerList", list)], "E070: You have corrupt data in your sku seller list.");
    }
}

#[test]
fn what_orders_hold_cannot_be_sold() {
    let market = with("");
    let numbers = |changes: calls::Changes| {
        let sku = listed(&market, changes)["Products"][0]["Skus"][0].clone();
        ["Available", "ReservedStock", "RtsStock", "PendingStock", "RealTimeStock", "FulfillmentBySellable"]
            .map(|name| sku[name].as_u64())
    };
    assert_eq!(numbers(&[]), [Some(6), None, None, None, None, None]);
    assert_eq!(numbers(&[("Options", "1")]), [Some(6), Some(2), Some(3), Some(4), Some(1), Some(6)]);
    assert_eq!(sku(&market, "TOTE-1")["quantity"], "9");
    assert_eq!(stock(&market, "TOTE-1=2"), "ok");
    assert_eq!((&sku(&market, "TOTE-1")["quantity"], &sku(&market, "TOTE-1")["Available"]), (&json!("2"), &json!(0)));
    assert_eq!(page(&market, &[("Filter", "sold-out")]), "TOTE-1 HAT of 2");
}

#[test]
fn a_product_is_shown_with_everything_in_json() {
    let market = with("");
    let body = quantities("TOTE-1=80.00", "special_price").replace(
        "</Sku>",
        "<special_from_date>2018-03-01 10:44</special_from_date><special_to_date>2018-03-31</special_to_date></Sku>",
    );
    assert_eq!(told(&market, "UpdateProduct", &body), "ok");
    let expect = json!({
        "PrimaryCategory": 6614,
        "Attributes": {"name": "Canvas tote", "brand": "Remark", "description": "  Holds\n 12   kg ", "model": "T 1"},
        "Skus": [{
            "SellerSku": "TOTE-1", "ShopSku": "SBX00000001SG-1", "Status": "active",
            "Url": "http://shop.sandbox.example/products/1.html", "Available": 6, "quantity": "9",
            "price": "100.50", "special_price": "80.00", "special_from_date": "2018-03-01",
            "special_from_time": "2018-03-01 10:30:00", "special_to_date": "2018-03-31",
            "package_weight": "1", "color_family": "Sea  green",
            "Images": ["https://sg-live.slatic.net/p/1.jpg", "", "", "", "", "", "", ""]
        }, {
            "SellerSku": "TOTE-2", "ShopSku": "SBX00000001SG-2", "Status": "active",
            "Url": "http://shop.sandbox.example/products/1.html", "Available": 6, "quantity": "9",
            "price": "100.50", "package_weight": "1", "color_family": "Sea  green",
            "Images": ["https://sg-live.slatic.net/p/1.jpg", "", "", "", "", "", "", ""]
        }]
    });
    assert_eq!(product(&market, "TOTE-1"), expect);
}

#[test]
fn a_product_is_shown_with_everything_in_xml() {
    let market = with("");
    let list = [("Filter", "all"), ("SkuSellerList", r#"["TOTE-1"]"#), ("Options", "1")];
    let xml = call(&market, "GetProducts", &list, None).unwrap();
    for part in [
        "<Body><Products><Product>",
        "<PrimaryCategory>6614</PrimaryCategory>",
        "<description>  Holds\n 12   kg </description>",
        "<name>Canvas tote</name></Attributes>",
        "<Skus><Sku>",
        "<SellerSku>TOTE-1</SellerSku>",
        "<ShopSku>SBX00000001SG-1</ShopSku>",
        "<Url>http://shop.sandbox.example/products/1.html</Url>",
        "<Status>active</Status>",
        "<Available>6</Available>",
        "<ReservedStock>2</ReservedStock>",
        "<quantity>9</quantity>",
        "<price>100.50</price>",
        "<Images><Image>https://sg-live.slatic.net/p/1.jpg</Image><Image/><Image/><Image/><Image/><Image/><Image/><Image/></Images>",
        "</Products><TotalProducts>1</TotalProducts></Body>",
    ] {
        assert!(xml.contains(part), "{part} in {xml}");
    }
}

#[test]
fn the_shop_may_make_its_own_of_texts_and_numbers() {
    let shown = |faults: &str| {
        let product = product(&with(faults), "TOTE-1");
        let (attributes, sku) = (&product["Attributes"], &product["Skus"][0]);
        [&attributes["description"], &sku["color_family"], &sku["price"], &sku["package_weight"], &sku["quantity"]]
            .map(|value| value.as_str().unwrap().to_owned())
    };
    assert_eq!(shown(""), ["  Holds\n 12   kg ", "Sea  green", "100.50", "1", "9"]);
    assert_eq!(shown("[normal]\nspaces = \"collapsed\""), ["Holds 12 kg", "Sea green", "100.50", "1", "9"]);
    assert_eq!(shown("[normal]\nnumbers = \"shortest\"")[2..], ["100.5", "1.0", "9"]);
}

/// Three pages of two: the faults strike from the second on.
#[track_caller]
fn check_pages(front: &str, expect: [&str; 3]) {
    let fault = format!("[[fault]]\naction = \"GetProducts\"\nfrom = 2\nkind = \"plain\"\nfront = \"{front}\"");
    let market = with(&fault);
    let pages = ["0", "2", "4"].map(|offset| page(&market, &[("Limit", "2"), ("Offset", offset)]));
    assert_eq!(pages, expect);
    assert_eq!(page(&market, &[("SkuSellerList", r#"["TOTE-1"]"#)]), "TOTE-1 of 1");
}

#[test]
fn a_list_may_change_at_its_front_while_it_is_paged_through() {
    check_pages("appeared", ["TOTE-1 MUG of 5", "MUG CAP of 6", "BAG HAT of 6"]);
    check_pages("vanished", ["TOTE-1 MUG of 5", "BAG HAT of 4", " of 4"]);
    let fault = "[[fault]]\naction = \"GetProducts\"\nkind = \"plain\"\nfront = \"appeared\"";
    assert_eq!(page(&with(fault), &[("Limit", "2")]), "SKU-THAT-APPEARED TOTE-1 of 6");
    let empty = Market::open(&fault.replace("appeared", "vanished"));
    assert_eq!(page(&empty, &[]), " of 0");
}

/// Both calls under a fault: each is sent once, told as expected, and the quantities of TOTE-1 and TOTE-2 are these.
#[track_caller]
fn check_struck(fault: &str, expect: &str, quantities: [&str; 2]) {
    for call in [update, stock] {
        let market = with(&format!("[[fault]]\nsku = \"TOTE-1\"\ntimes = 1\n{fault}"));
        assert_eq!(call(&market, "TOTE-1=5 TOTE-2=6"), expect, "{fault}");
        assert_eq!(held(&market, &["TOTE-1", "TOTE-2"]), quantities, "{fault}");
        assert_eq!(market.counted()["faults"][0]["struck"], 1);
    }
}

#[test]
fn faults_strike_updates_as_they_strike_creations() {
    check_struck("kind = \"lost-reply\"", "nothing", ["5", "6"]);
    check_struck("kind = \"lost-reply\"\neffect = false", "nothing", ["9", "9"]);
    check_struck("kind = \"lost-reply\"\neffect = \"half\"", "nothing", ["5", "9"]);
    check_struck("kind = \"reset\"", "nothing", ["9", "9"]);
    check_struck("kind = \"plain\"\neffect = false", "ok", ["9", "9"]);
    check_struck("kind = \"plain\"\neffect = \"half\"", "ok", ["5", "9"]);
    check_struck("kind = \"plain\"\neffect = \"twice\"", "ok", ["5", "6"]);
    check_struck("kind = \"warnings\"", "ok", ["5", "6"]);
    check_struck("kind = \"throttle\"", "901", ["9", "9"]);
    check_struck("kind = \"error\"\ncode = 6", "6", ["9", "9"]);
    check_struck("kind = \"error\"\ncode = 6\neffect = true", "6", ["5", "6"]);
    let detail = "kind = \"error\"\ncode = 501\nfield = \"price\"\ndetail = \"too low\"\nsku_named = false";
    check_struck(&format!("{detail}\neffect = \"half\""), "501 price:", ["5", "9"]);
}

#[test]
fn a_fault_strikes_the_update_it_names_and_no_other() {
    let fault = "[[fault]]\naction = \"UpdatePriceQuantity\"\nnth = [2]\nkind = \"reset\"";
    let market = with(fault);
    let calls = [stock(&market, "MUG=1"), update(&market, "MUG=2"), stock(&market, "MUG=3"), stock(&market, "MUG=4")];
    assert_eq!(calls, ["ok", "ok", "nothing", "ok"]);
    let chance = "seed = 11\n[[fault]]\naction = \"UpdateProduct\"\nprobability = 0.4\nkind = \"error\"\ncode = 6";
    let run = || {
        let market = with(chance);
        (0..20).map(|_| update(&market, "MUG=1")).collect::<Vec<_>>()
    };
    let told = run();
    assert!(told == run() && told.contains(&"ok".to_owned()) && told.contains(&"6".to_owned()), "{told:?}");
}

#[test]
fn an_update_may_come_later_than_its_reply() {
    let faults = "[[fault]]\naction = \"UpdateProduct\"\nkind = \"lost-reply\"\neffect = \"later\"\ndelay = 0.2";
    let market = with(faults);
    assert_eq!(update(&market, "MUG=5"), "nothing");
    assert_eq!(market.counted()["delayed_effects"], 1);
    let start = moment();
    while market.counted()["delayed_effects"] != 0 && start.elapsed() < Duration::from_secs(10) {}
    assert_eq!(held(&market, &["MUG"]), ["5"]);
}

#[test]
fn a_reply_may_be_behind_the_updates() {
    let stale = "[[fault]]\naction = \"GetProducts\"\nfrom = 2\nkind = \"plain\"\nstale = 3600";
    let market = with(stale);
    assert_eq!((update(&market, "MUG=5"), stock(&market, "MUG=6 BAG=7")), ("ok".into(), "ok".into()));
    assert_eq!(sku(&market, "MUG")["quantity"], "6");
    assert_eq!(["MUG", "BAG"].map(|name| sku(&market, name)["quantity"].clone()), ["10", "10"]);
    let market = with(&stale.replace("3600", "0"));
    assert_eq!((update(&market, "MUG=5"), page(&market, &[("Limit", "1")])), ("ok".into(), "TOTE-1 of 5".into()));
    assert_eq!(sku(&market, "MUG")["quantity"], "5");
}

#[test]
fn a_success_of_an_update_may_name_its_skus() {
    let market = with("reply_body = \"product\"");
    let body = |action: &str, tag: &str| {
        let reply = write(&market, action, &quantities("TOTE-1=5 TOTE-2=6", tag)).unwrap();
        reply["SuccessResponse"]["Body"].clone()
    };
    let skus = json!([{"SellerSku": "TOTE-1"}, {"SellerSku": "TOTE-2"}]);
    assert_eq!(body("UpdateProduct", "quantity"), json!({"Product": {"Skus": skus}, "Warnings": []}));
    assert_eq!(body("UpdatePriceQuantity", "Quantity"), json!({"Skus": skus, "Warnings": []}));
    let market = with("[[fault]]\nkind = \"plain\"\nlist = \"fewer\"");
    let reply = write(&market, "UpdatePriceQuantity", &quantities("TOTE-1=5 TOTE-2=6", "Quantity")).unwrap();
    assert_eq!(reply["SuccessResponse"]["Body"]["Skus"], json!([{"SellerSku": "TOTE-1"}]));
}

#[test]
fn a_sku_that_was_there_before_can_be_updated() {
    let market = with("[[fault]]\nkind = \"exists\"\nsku = \"OLD\"");
    assert_eq!(update(&market, "OLD=5"), "ok");
    assert_eq!(held(&market, &["OLD"]), ["5"]);
}

#[test]
fn updates_are_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut market = Market::kept(SHOP, folder.path());
    assert_eq!((update(&market, "TOTE-1=5"), stock(&market, "MUG=6 BAG=7")), ("ok".into(), "ok".into()));
    let off =
        quantities("MUG=false", "active").replace("<Skus>", "<Attributes><name>Cup</name><model/></Attributes><Skus>");
    assert_eq!(told(&market, "UpdateProduct", &off.replace("false", "true")), "ok");
    assert_eq!(told(&market, "UpdatePriceQuantity", &quantities("TOTE-2=9.99", "Price")), "ok");
    let (before, listed_before) = (market.shown()["products"].clone(), listed(&market, &[]));
    market.stop();
    market.start(SHOP);
    assert_eq!(market.shown()["products"], before);
    assert_eq!(listed(&market, &[]), listed_before);
    assert_eq!(held(&market, &["TOTE-1", "MUG", "BAG"]), ["5", "6", "7"]);
    assert_eq!((review(&market, "TOTE-1"), sku(&market, "MUG")["Status"].clone()), ("pending".into(), json!("active")));
    assert_eq!(page(&market, &[("UpdatedAfter", "2019-01-01")]), "TOTE-1 MUG BAG of 3");
    assert_eq!(product(&market, "MUG")["Attributes"]["name"], "Cup");
}

#[test]
fn a_lost_update_is_in_the_file_before_its_reply_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let market = Market::kept(&format!("{SHOP}[[fault]]\nkind = \"lost-reply\""), folder.path());
    assert_eq!(stock(&market, "TOTE-1=5"), "nothing");
    let lines = std::fs::read_to_string(folder.path().join("market.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 1);
    let line: Value = serde_json::from_str(&lines).unwrap();
    assert_eq!((&line["effect"], &line["skus"][0]["values"]), (&json!("update"), &json!({"quantity": "5"})));
}

#[allow(clippy::disallowed_methods, reason = "the test waits for an effect that comes later")]
fn moment() -> Instant {
    Instant::now()
}
