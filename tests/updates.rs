//! Changing what a shop has: small sheets, only what changed, new SKUs among old ones, every error code of the
//! UpdateProduct page, and guards. The program is the real one, the marketplace the stand-in.
#![cfg(all(feature = "cli", feature = "sandbox", feature = "import"))]

mod support;

use std::fs;

use serde_json::Value;
use support::{API, Api, Desk, Market, Outcome, SHOP, STALL};

/// A shop, and a merchant's desk before it.
struct Stall {
    market: Market,
    desk: Desk,
}

impl Stall {
    fn open() -> Stall {
        Stall::with("")
    }

    fn with(faults: &str) -> Stall {
        let market = Market::open(&format!("{STALL}{faults}"));
        let desk = Desk::at(&market);
        Stall { market, desk }
    }

    /// Imports a sheet in a mode.
    fn import(&self, mode: &str, sheet: &str, flags: &[&str]) -> Outcome {
        fs::write(self.desk.path("sheet.csv"), sheet).unwrap();
        let command = ["import", "sheet.csv", "--shop", SHOP, "--mode", mode, "--report", "report.jsonl"];
        self.desk.run(&[&command, flags].concat())
    }

    /// Imports a sheet in update mode; `expect` is the report, a line for each row.
    #[track_caller]
    fn update(&self, sheet: &str, exit: i32, expect: &str) -> Outcome {
        self.expect("update", sheet, exit, expect)
    }

    #[track_caller]
    fn expect(&self, mode: &str, sheet: &str, exit: i32, expect: &str) -> Outcome {
        let outcome = self.import(mode, sheet, &[]);
        let expect: Vec<&str> = expect.lines().map(str::trim).collect();
        assert_eq!(self.desk.told(), expect.join("\n"), "{}", outcome.stderr);
        assert_eq!(outcome.exit, exit, "{}{}", outcome.stdout, outcome.stderr);
        outcome
    }

    /// How many calls of an action that writes came: `UpdateProduct 1`.
    #[track_caller]
    fn received(&self, expect: &str) {
        let actions = ["CreateProduct", "UpdateProduct", "UpdatePriceQuantity", "MigrateImage", "SetImages"];
        let counts = actions.map(|action| (action, self.market.received(action)));
        let told: Vec<String> = counts.iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{what} {n}")).collect();
        assert_eq!(told.join(", "), expect);
    }

    /// A SKU as the shop shows it, with its product.
    fn shown(&self, sku: &str) -> (Value, Value) {
        let shown = self.market.shown();
        let products = shown["products"].as_array().unwrap().iter();
        let mut skus = products.flat_map(|product| {
            product["skus"].as_array().unwrap().iter().map(move |sku| (product.clone(), sku.clone()))
        });
        skus.find(|(_, there)| there["seller_sku"] == sku).unwrap_or_else(|| panic!("no {sku}: {shown}"))
    }

    /// A field of a SKU in the shop.
    fn field(&self, sku: &str, field: &str) -> String {
        self.shown(sku).1["fields"][field].as_str().unwrap_or_default().to_owned()
    }
}

#[test]
fn a_sheet_of_prices_changes_prices_and_nothing_else() {
    let stall = Stall::open();
    stall.update(
        "SellerSku,price\nTOTE-S,95.50\nTOTE-L,100\nMUG,25\n",
        0,
        "TOTE-S updated kept x1\nTOTE-L unchanged kept x0\nMUG updated kept x1",
    );
    stall.received("UpdatePriceQuantity 1");
    assert_eq!((stall.field("TOTE-S", "price"), stall.field("TOTE-S", "quantity")), ("95.50".into(), "5".into()));
    // Once more: nothing is sent.
    stall.update(
        "SellerSku,price\nTOTE-S,95.5\nTOTE-L,100.00\nMUG,25.0\n",
        0,
        "TOTE-S unchanged kept x0\nTOTE-L unchanged kept x0\nMUG unchanged kept x0",
    );
    stall.received("UpdatePriceQuantity 1");
}

#[test]
fn what_is_forced_is_sent_although_the_shop_has_it_so() {
    let stall = Stall::open();
    let outcome = stall.import("update", "SellerSku,quantity\nTOTE-S,5\n", &["--force"]);
    assert_eq!((outcome.exit, stall.desk.told().as_str()), (0, "TOTE-S updated kept x1"), "{outcome:?}");
    stall.received("UpdatePriceQuantity 1");
}

#[test]
fn a_product_field_goes_with_one_of_its_skus() {
    let stall = Stall::open();
    stall.update("SellerSku,name\nTOTE-L,Canvas tote XL\n", 0, "TOTE-L updated kept x1");
    stall.received("UpdateProduct 1");
    assert_eq!(stall.shown("TOTE-S").0["attributes"]["name"], "Canvas tote XL");
    assert_eq!(stall.field("TOTE-S", "price"), "100.00");
}

#[test]
fn all_rows_of_a_product_are_told_what_became_of_what_they_share() {
    let stall = Stall::open();
    let sheet = "SellerSku,name,quantity\nTOTE-S,Tote,5\nTOTE-L,Tote,5\n";
    stall.update(sheet, 0, "TOTE-S updated kept x1\nTOTE-L updated kept x1");
    stall.received("UpdateProduct 1");
    assert!(stall.desk.run(&["resume"]).stderr.contains("no unfinished run"));
    // Refused, and with one SKU that has a change of its own.
    let fault = "[[fault]]\naction = \"UpdateProduct\"\nsku = \"TOTE-L\"\nkind = \"error\"\ncode = 501\n";
    let stall = Stall::with(fault);
    let outcome = stall.import("update", "SellerSku,name,quantity\nTOTE-S,Tote,5\nTOTE-L,Tote,6\n", &[]);
    let told = stall.desk.told();
    let verdicts: Vec<&str> = told.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!((outcome.exit, verdicts), (1, vec!["rejected", "rejected"]), "{told}");
    assert_eq!(stall.shown("TOTE-S").0["attributes"]["name"], "Canvas tote");
}

#[test]
fn rows_that_share_a_new_product_field_come_to_what_became_of_it() {
    let sheet = "SellerSku,name,price\nTOTE-S,Tote,95.50\nTOTE-L,Tote,100\n";
    let stall = Stall::open();
    stall.update(sheet, 0, "TOTE-S updated kept x1\nTOTE-L updated kept x1");
    stall.received("UpdateProduct 1");
    let stall = Stall::with("[[fault]]\naction = \"UpdateProduct\"\nkind = \"error\"\ncode = 201\n");
    let said = "rejected kept x1 201 E201: %s Invalid CategoryId";
    stall.update(sheet, 1, &format!("TOTE-S {said}\nTOTE-L {said}"));
    let stall = Stall::with("[[fault]]\naction = \"UpdateProduct\"\nkind = \"error\"\ncode = 6\n");
    let outcome = stall.import("update", sheet, &[]);
    let told = stall.desk.told();
    assert!(outcome.exit == 5 && told.matches(" unknown kept ").count() == 2, "{told}");
}

#[test]
fn a_status_switches_a_sku_on_and_off() {
    let stall = Stall::open();
    stall.update("SellerSku,Status\nMUG,inactive\nTOTE-S,active\n", 0, "MUG updated kept x1\nTOTE-S unchanged kept x0");
    assert_eq!(stall.shown("MUG").1["status"], "inactive");
    stall.update("SellerSku,Status\nMUG,TRUE\n", 0, "MUG updated kept x1");
    assert_eq!(stall.shown("MUG").1["status"], "active");
}

#[test]
fn a_new_sku_that_shall_be_inactive_is_switched_off_once_it_is_created() {
    let stall = Stall::open();
    let sheet = "SellerSku,category,name,short_description,brand,price,package_weight,package_length,package_width,\
        package_height,Status\nCAP,3,Cap,Keeps the sun out,Remark,15,0.1,10,10,10,inactive\n";
    let dry = stall.import("upsert", sheet, &["--dry-run"]);
    assert!(dry.stdout.contains("update-1  CAP  active: active -> inactive"), "{dry:?}");
    assert!(dry.stdout.contains("1 CreateProduct, 1 UpdateProduct"), "{dry:?}");
    stall.expect("upsert", sheet, 0, "CAP created none x1 switched off");
    assert_eq!(stall.shown("CAP").1["status"], "inactive");
    stall.expect("upsert", sheet, 0, "CAP unchanged kept x0");
}

#[test]
fn a_new_sku_that_could_not_be_switched_off_says_that_it_is_on_sale() {
    let fault = "[[fault]]\naction = \"UpdateProduct\"\nnth = [1, 2]\nkind = \"error\"\ncode = 501\n";
    let stall = Stall::with(fault);
    let sheet = "SellerSku,category,name,short_description,brand,price,package_weight,package_length,package_width,\
        package_height,size,Status\nCAP-S,3,Cap,Keeps the sun out,Remark,15,0.1,10,10,10,S,inactive\n\
        CAP-L,3,Cap,Keeps the sun out,Remark,15,0.1,10,10,10,L,active\n";
    let still = "it is on sale, for to switch it off was refused: E501: Update product failed";
    let told = format!("CAP-S created none x1 501 {still}\nCAP-L created none x1");
    let outcome = stall.expect("upsert", sheet, 1, &told);
    assert!(
        outcome.stderr.contains(&format!("created: row 2, SKU `CAP-S`: {still}\n  help: the marketplace names")),
        "{outcome:?}"
    );
    assert!(stall.desk.path("sheet.to-fix.csv").exists());
    assert_eq!(
        (&stall.shown("CAP-S").1["status"], stall.shown("CAP-L").1["status"].as_str()),
        (&"active".into(), Some("active"))
    );
    let history = stall.desk.run(&["history", "--sku", "CAP-S"]);
    for line in [still, "  price              15\n", "  active             active; inactive was refused\n"] {
        assert!(history.stdout.contains(line), "{line:?}: {}", history.stdout);
    }
    // The next import finds it there and on sale.
    stall.expect("upsert", sheet, 0, "CAP-S updated kept x1\nCAP-L unchanged kept x0");
    assert_eq!(stall.shown("CAP-S").1["status"], "inactive");
}

#[test]
fn a_status_that_is_set_for_new_skus_is_said_not_to_be_sent() {
    let stall = Stall::open();
    let sheet = "SellerSku,category,name,short_description,brand,price,package_weight,package_length,package_width,\
        package_height\nCAP,3,Cap,Keeps the sun out,Remark,15,0.1,10,10,10\n";
    let said = "`--set active` is not sent: a new SKU has no status";
    let outcome = stall.import("create", sheet, &["--set", "active=inactive"]);
    assert!(outcome.exit == 0 && outcome.stderr.contains(said), "{outcome:?}");
    let checked = stall.desk.run(&["check", "sheet.csv", "--mode", "create", "--set", "active=inactive"]);
    assert!(checked.stdout.contains(said) || checked.stderr.contains(said), "{checked:?}");
    let outcome = stall.import("update", "SellerSku,price\nCAP,15\n", &["--set", "active=inactive"]);
    assert!(outcome.exit == 0 && !outcome.stderr.contains("is not sent"), "{outcome:?}");
    assert_eq!(stall.shown("CAP").1["status"], "inactive");
}

/// A product of 45 SKUs, `S0` to `S44`.
fn forty_five() -> String {
    let skus: Vec<String> = (0..45).map(|at| format!("\"S{at}\"")).collect();
    let skus = skus.join(", ");
    format!("[[product]]\ncategory = 3\nname = \"Many\"\nfields = {{ price = \"2\" }}\nskus = [{skus}]\n")
}

#[test]
fn many_refused_prices_stop_the_run_by_skus() {
    let fault = "[[fault]]\naction = \"UpdatePriceQuantity\"\nnth = [2]\nkind = \"error\"\ncode = 30\n";
    let stall = Stall::with(&format!("{}{fault}", forty_five()));
    let rows: String = (0..45).map(|at| format!("S{at},3\n")).collect();
    let outcome = stall.import("update", &format!("SellerSku,price\n{rows}"), &["--max-failures", "1"]);
    assert!(outcome.exit == 8, "{outcome:?}");
    assert!(outcome.stderr.contains("20 SKUs failed, and the limit of failures is 1: "), "{outcome:?}");
}

#[test]
fn pictures_alone_are_a_sheet() {
    let stall = Stall::open();
    let hosted = "https://sg-live.slatic.net/p/2.jpg";
    let sheet = format!("SellerSku,image\nTOTE-S,{hosted}\nTOTE-L,https://sg-live.slatic.net/p/1.jpg\n");
    stall.update(&sheet, 0, "TOTE-S updated set x1\nTOTE-L unchanged kept x0");
    stall.received("SetImages 1");
    // `images` sees nothing but the pictures.
    let sheet = format!("SellerSku,price,image\nTOTE-S,1,{hosted}\nTOTE-L,1,{hosted}\n");
    fs::write(stall.desk.path("sheet.csv"), sheet).unwrap();
    let outcome = stall.desk.run(&["images", "sheet.csv", "--shop", SHOP, "--report", "report.jsonl"]);
    assert_eq!(outcome.exit, 0, "{outcome:?}");
    assert_eq!(stall.desk.told(), "TOTE-S unchanged kept x0\nTOTE-L updated set x1");
    stall.received("SetImages 2");
    assert_eq!(stall.field("TOTE-L", "price"), "100.00");
}

#[test]
fn pictures_that_are_set_in_part_are_seen_and_set_again() {
    let half = |times: &str| format!("[[fault]]\naction = \"SetImages\"\n{times}kind = \"plain\"\neffect = \"half\"");
    let hosted = "https://sg-live.slatic.net/p/2.jpg";
    let sheet = format!("SellerSku,image\nTOTE-S,{hosted}\nTOTE-L,{hosted}\n");
    let stall = Stall::with(&half("times = 1\n"));
    stall.update(&sheet, 0, "TOTE-S updated set x2\nTOTE-L updated set x2");
    assert_eq!(stall.shown("TOTE-L").1["images"][0], hosted);
    // A marketplace that never sets them: what it shows is what it showed before.
    let stall = Stall::with("[[fault]]\naction = \"SetImages\"\nkind = \"plain\"\neffect = false");
    let outcome = stall.import("update", &sheet, &[]);
    let told = stall.desk.told();
    assert!(outcome.exit == 1 && told.starts_with("TOTE-S rejected failed x2 not-shown"), "{told}");
}

#[test]
fn pictures_of_skus_that_the_shop_lacks_are_not_set() {
    let stall = Stall::open();
    fs::write(stall.desk.path("sheet.csv"), "SellerSku,image\nNEW,https://sg-live.slatic.net/p/2.jpg\n").unwrap();
    let outcome = stall.desk.run(&["images", "sheet.csv", "--shop", SHOP, "--report", "report.jsonl"]);
    assert_eq!(outcome.exit, 1, "{outcome:?}");
    assert!(stall.desk.told().starts_with("NEW invalid none x0 not-in-shop "), "{}", stall.desk.told());
    for flags in [["--mode", "upsert"], ["--blank", "clear"]] {
        let outcome = stall.desk.run(&[&["images", "sheet.csv", "--shop", SHOP], flags.as_slice()].concat());
        assert!(outcome.exit == 2 && outcome.stderr.contains(flags[0]), "{outcome:?}");
    }
}

const UPSERT: &str = "product,SellerSku,category,name,short_description,brand,size,price,quantity,package_weight,\
    package_length,package_width,package_height\n\
    tote,TOTE-S,6614,Canvas tote,Holds 12 kg,Remark,S,99,5,0.3,40,4,40\n\
    tote,TOTE-M,6614,Canvas tote,Holds 12 kg,Remark,M,99,5,0.3,40,4,40\n\
    cap,CAP,3,Cap,Keeps the sun out,Remark,,15,7,0.1,10,10,10\n";

#[test]
fn an_upsert_changes_what_is_there_and_creates_what_is_not() {
    let stall = Stall::open();
    let outcome = stall.expect(
        "upsert",
        UPSERT,
        0,
        "TOTE-S updated kept x1
         TOTE-M created none x1 added to the product of `TOTE-S`
         CAP created none x1",
    );
    assert!(outcome.stdout.contains("2 created") && outcome.stdout.contains("1 updated"), "{outcome:?}");
    assert_eq!(stall.market.received("CreateProduct"), 2);
    assert_eq!(stall.shown("TOTE-M").0["attributes"]["name"], "Canvas tote");
    stall.expect("upsert", UPSERT, 0, "TOTE-S unchanged kept x0\nTOTE-M unchanged kept x0\nCAP unchanged kept x0");
}

#[test]
fn a_new_sku_finds_its_product_by_the_key_that_an_export_writes() {
    let stall = Stall::open();
    let row = |key: &str, name: &str, sku: &str| {
        let header = UPSERT.lines().next().unwrap();
        format!("{header}\n{key},{sku},6614,{name},Holds 12 kg,Remark,M,99,5,0.3,40,4,40\n")
    };
    let outcome = stall.import("upsert", &row("TOTE-L", "Canvas tote", "TOTE-M"), &[]);
    assert!(outcome.stderr.contains("1 SKU to add to products that are there"), "{outcome:?}");
    assert_eq!(stall.desk.told(), "TOTE-M created none x1 added to the product of `TOTE-L`");
    // A product of another name has that key by chance.
    let outcome = stall.import("upsert", &row("MUG", "Tote bag", "BAG"), &[]);
    assert!(outcome.stderr.contains("1 product to create with 1 SKU"), "{outcome:?}");
    assert_eq!(stall.desk.told(), "BAG created none x1");
}

#[test]
fn what_an_encoding_has_destroyed_is_not_sent() {
    let stall = Stall::with("[[product]]\ncategory = 3\nname = \"Bé Nắng\"\nbrand = \"B\"\nskus = [\"BABY\"]\n");
    let outcome = stall.import("update", "SellerSku,name\nBABY,Bé N?ng\n", &[]);
    let told = stall.desk.told();
    assert!(outcome.exit == 1 && told.starts_with("BABY invalid none x0 garbled-text B2: "), "{told}");
    stall.received("");
}

#[test]
fn sound_pictures_are_not_lost_for_a_list_that_is_not_whole() {
    let stall = Stall::open();
    let sheet = "SellerSku,image1,image2\nTOTE-S,https://sg-live.slatic.net/p/2.jpg,photos/none.jpg\n";
    let outcome = stall.import("update", sheet, &[]);
    let told = stall.desk.told();
    assert!(outcome.exit == 1 && told.starts_with("TOTE-S unchanged failed x0 1 picture could not be had"), "{told}");
    stall.received("");
    fs::write(stall.desk.path("sheet.csv"), "SellerSku,price\nTOTE-S,1\n").unwrap();
    let outcome = stall.desk.run(&["images", "sheet.csv", "--shop", SHOP]);
    assert!(outcome.exit == 3 && outcome.stderr.contains("no column of pictures"), "{outcome:?}");
}

#[test]
fn a_small_sheet_creates_nothing_and_says_what_a_new_sku_needs() {
    let stall = Stall::open();
    let outcome = stall.import("upsert", "SellerSku,price\nTOTE-S,99\nNEW,5\n", &[]);
    assert_eq!(outcome.exit, 1, "{outcome:?}");
    let told = stall.desk.told();
    assert!(told.starts_with("TOTE-S updated kept x1\nNEW invalid none x0 missing-value "), "{told}");
    assert!(told.contains("name") && told.contains("package_weight"), "{told}");
    let outcome = stall.import("update", "SellerSku,price\nTOTE-S,99\nNEW,5\n", &[]);
    assert_eq!(outcome.exit, 1, "{outcome:?}");
    assert!(stall.desk.told().contains("NEW invalid none x0 not-in-shop "), "{}", stall.desk.told());
}

#[test]
fn what_is_cleared_is_taken_away_and_blank_cells_are_not() {
    let stall = Stall::open();
    stall.update("SellerSku,name,model\nTOTE-S,,\n", 0, "TOTE-S unchanged kept x0");
    assert_eq!(stall.shown("TOTE-S").0["attributes"]["model"], "T1");
    stall.update("SellerSku,model\nTOTE-S,<clear>\n", 0, "TOTE-S updated kept x1");
    assert_eq!(stall.shown("TOTE-S").0["attributes"]["model"], Value::Null);
    let stall = Stall::open();
    let outcome = stall.import("update", "SellerSku,name,model\nTOTE-S,,\n", &["--blank", "clear"]);
    assert_eq!((outcome.exit, stall.desk.told().as_str()), (0, "TOTE-S updated kept x1"), "{outcome:?}");
    assert_eq!(stall.shown("TOTE-S").0["attributes"]["model"], Value::Null);
    assert_eq!(stall.shown("TOTE-S").0["attributes"]["name"], "Canvas tote");
}

#[test]
fn a_sale_begins_and_ends() {
    let stall = Stall::open();
    let sheet = "SellerSku,special_price,special_from_date,special_to_date\nTOTE-S,80,2030-01-01,2030-02-01 18:20\n";
    stall.update(sheet, 0, "TOTE-S updated kept x1");
    assert_eq!(stall.field("TOTE-S", "special_price"), "80");
    stall.update(sheet, 0, "TOTE-S unchanged kept x0");
    // The shop's own price counts.
    let outcome = stall.import("update", "SellerSku,price\nTOTE-S,70\n", &[]);
    assert!(outcome.exit == 1 && stall.desk.told().contains("sale-not-below-price"), "{}", stall.desk.told());
    let outcome = stall.import("update", "SellerSku,special_price\nTOTE-L,120\n", &[]);
    assert!(outcome.exit == 1 && stall.desk.told().contains("sale-"), "{}", stall.desk.told());
    stall.update("SellerSku,special_price\nTOTE-S,<clear>\n", 0, "TOTE-S updated kept x1");
    assert_eq!((stall.field("TOTE-S", "special_price"), stall.field("TOTE-S", "price")), ("".into(), "100.00".into()));
}

#[test]
fn a_sale_without_dates_holds_for_good_where_the_marketplace_takes_it() {
    let stall = Stall::open();
    let sheet = "SellerSku,special_price\nTOTE-S,80\n";
    let outcome = stall.import("update", sheet, &[]);
    let Api::OpenPlatform = API else {
        assert!(outcome.exit == 1 && stall.desk.told().contains("sale-without-window"), "{}", stall.desk.told());
        return;
    };
    assert!(outcome.exit == 0 && stall.desk.told().contains("TOTE-S updated kept x1"), "{}", stall.desk.told());
    assert_eq!(
        (stall.field("TOTE-S", "special_price"), stall.field("TOTE-S", "special_from_date")),
        ("80".into(), "".into())
    );
    stall.update(sheet, 0, "TOTE-S unchanged kept x0");
    let new = "SellerSku,name,price,special_price,category,brand,short_description,quantity,package_weight,\
               package_length,package_width,package_height,color_family\n\
               BOWL,Bowl of clay,9.90,8,6614,No Brand,A bowl,5,0.5,10,10,10,Red\n";
    let outcome = stall.import("create", new, &[]);
    assert_eq!(outcome.exit, 0, "{outcome:?}");
    assert_eq!(stall.field("BOWL", "special_price"), "8");
}

#[test]
fn an_exported_sheet_ends_a_sale_by_one_cell() {
    let sale =
        "SellerSku,special_price,special_from_date,special_to_date\nTOTE-S,80,2030-01-01 10:30,2030-02-01 18:15\n";
    for mode in ["update", "upsert"] {
        let stall = Stall::open();
        stall.update(sale, 0, "TOTE-S updated kept x1");
        let exported = stall.desk.run(&["export", "--output", "exported.csv", "--shop", SHOP]);
        assert_eq!(exported.exit, 0, "{exported:?}");
        let sheet = fs::read_to_string(stall.desk.path("exported.csv")).unwrap();
        assert!(sheet.contains("special_from_time") && sheet.contains(",80,2030-01-01"), "{sheet}");
        let edited = sheet.replace(",80,2030-01-01", ",<clear>,2030-01-01");
        let outcome = stall.import(mode, &edited, &[]);
        assert_eq!(outcome.exit, 0, "{outcome:?}");
        assert!(stall.desk.told().contains("TOTE-S updated kept x1"), "{}", stall.desk.told());
        for field in ["special_price", "special_from_date", "special_from_time", "special_to_date", "special_to_time"] {
            assert_eq!(stall.field("TOTE-S", field), "", "{field}");
        }
        assert_eq!(stall.field("TOTE-S", "price"), "100.00");
    }
}

#[test]
fn what_an_update_cannot_change_is_an_error_at_its_cell() {
    let stall = Stall::open();
    stall.update("SellerSku,category,price\nTOTE-S,6614,99\n", 0, "TOTE-S updated kept x1");
    let outcome = stall.import("update", "SellerSku,category,price\nTOTE-S,3,98\n", &[]);
    assert_eq!(outcome.exit, 1);
    assert!(stall.desk.told().starts_with("TOTE-S invalid none x0 not-updatable B2: "), "{}", stall.desk.told());
    assert!(outcome.stderr.contains("6614"), "{outcome:?}");
}

#[test]
fn a_deep_cut_is_a_warning_with_its_consequence() {
    let stall = Stall::open();
    let outcome = stall.update("SellerSku,price\nTOTE-S,19\n", 0, "TOTE-S updated kept x1");
    assert!(outcome.stderr.contains("price-cut") && outcome.stderr.contains("quality control"), "{outcome:?}");
}

/// A finding that needs the shop is weighed as any other.
#[test]
fn a_deep_cut_weighs_what_its_rule_is_set_to() {
    for (weight, exit, told, sent) in [
        ("error", 1, "error[price-cut]", ""),
        ("warning", 0, "warning[price-cut]", "UpdatePriceQuantity 1"),
        ("off", 0, "", "UpdatePriceQuantity 1"),
    ] {
        let stall = Stall::open();
        let outcome = stall.import("update", "SellerSku,price\nMUG,1\n", &["--rule", &format!("price-cut={weight}")]);
        assert_eq!(outcome.exit, exit, "{weight}: {outcome:?}");
        let all = format!("{}{}", outcome.stdout, outcome.stderr);
        assert_eq!((all.contains("[price-cut]"), all.contains(told)), (weight != "off", true), "{weight}: {all}");
        stall.received(sent);
    }
}

#[test]
fn a_dry_run_shows_each_difference_and_sends_nothing() {
    let stall = Stall::open();
    let sheet = "SellerSku,name,price,quantity\nTOTE-S,Tote,95.5,5\nTOTE-L,Tote,100,5\nMUG,Mug,20,3\nNONE,,1,1\n";
    let outcome = stall.import("update", sheet, &["--dry-run"]);
    assert_eq!(outcome.exit, 1, "{outcome:?}");
    for said in ["3 to update", "1 refused", "price: 100.00 -> 95.5", "name: Canvas tote -> Tote", "quantity: 1 -> 3"] {
        assert!(outcome.stdout.contains(said), "{said}: {outcome:?}");
    }
    let outcome = stall.import("update", sheet, &["--dry-run", "--format", "json"]);
    let lines: Vec<Value> = outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let differences: Vec<&Value> = lines.iter().filter(|line| line["kind"] == "difference").collect();
    assert_eq!(differences.len(), 3, "{lines:?}");
    let price = differences.iter().find(|line| line["field"] == "price").unwrap();
    assert_eq!(
        (&price["theirs"], &price["ours"], &price["seller_sku"]),
        (&"100.00".into(), &"95.5".into(), &"TOTE-S".into())
    );
    let plan = lines.iter().find(|line| line["kind"] == "plan").unwrap();
    assert_eq!((&plan["rows"]["update"], &plan["rows"]["refused"]), (&3.into(), &1.into()), "{plan}");
    stall.received("");
}

#[test]
fn guards_keep_a_wrong_sheet_from_the_shop() {
    let stall = Stall::open();
    let sheet = "SellerSku,price\nTOTE-S,95.50\nTOTE-L,96\nMUG,20\n";
    for flags in [["--max-changes", "1"], ["--max-changes", "50%"], ["--min-rows", "4"]] {
        for dry in [&["--dry-run"][..], &[]] {
            let outcome = stall.import("update", sheet, &[&flags[..], dry].concat());
            assert!(outcome.exit == 8 && outcome.stderr.contains(flags[0]), "{outcome:?}");
        }
        assert!(stall.desk.told().starts_with("TOTE-S not-sent "), "{}", stall.desk.told());
        assert!(stall.desk.runs().is_empty());
    }
    stall.received("");
    let outcome = stall.import("update", sheet, &["--max-changes", "2", "--min-rows", "3"]);
    assert_eq!(outcome.exit, 0, "{outcome:?}");
}

/// A fault strikes the UpdateProduct of the tote; the mug's goes well.
#[track_caller]
fn check_update(fault: &str, exit: i32, expect: &str) -> Stall {
    let stall = Stall::with(&format!("[[fault]]\naction = \"UpdateProduct\"\nsku = \"TOTE-S\"\n{fault}"));
    let sheet = "SellerSku,name\nTOTE-S,Tote\nMUG,Cup\n";
    stall.update(sheet, exit, &format!("{expect}\nMUG updated kept x1"));
    stall
}

#[test]
fn update_1_5_30_201_202_and_501_reject_the_product_with_its_reason() {
    for (code, text) in [
        (1, "E001: Parameter brand is mandatory"),
        (5, "E005: Invalid Request Format"),
        (30, "E030: Empty Request"),
        (201, "E201: 3 Invalid CategoryId"),
        (202, "E202: 9 Invalid SPUId"),
        (501, "E501: Update product failed"),
    ] {
        let fault = format!("kind = \"error\"\ncode = {code}\nmessage = \"{text}\"");
        let stall = check_update(&fault, 1, &format!("TOTE-S rejected kept x1 {code} {text}"));
        assert_eq!(stall.shown("TOTE-S").0["attributes"]["name"], "Canvas tote");
        assert!(!stall.desk.report()[0]["help"].as_str().unwrap().is_empty());
    }
}

#[test]
fn update_501_with_details_tells_them() {
    let fault = "kind = \"error\"\ncode = 501\nfield = \"name\"\ndetail = \"Value is too short\"";
    check_update(fault, 1, "TOTE-S rejected kept x1 501 E501: Update product failed; name: Value is too short");
}

#[test]
fn update_6_and_1000_are_sent_again() {
    for code in [6, 1000] {
        let stall = check_update(&format!("times = 2\nkind = \"error\"\ncode = {code}"), 0, "TOTE-S updated kept x3");
        assert_eq!(stall.shown("TOTE-S").0["attributes"]["name"], "Tote");
    }
}

#[test]
fn update_1000_for_a_format_error_is_about_the_data() {
    let fault = "kind = \"error\"\ncode = 1000\nmessage = \"Format Error Detected\"";
    check_update(fault, 1, "TOTE-S rejected kept x1 1000 Format Error Detected");
}

#[test]
fn update_6_that_never_ends_is_unknown_and_resume_sends_it_again() {
    let fault = "times = 5\nkind = \"error\"\ncode = 6";
    let said = "TOTE-S unknown kept x5 sent, and nobody could tell what became of it: E006: Unexpected internal error";
    let stall = Stall::with(&format!("[[fault]]\naction = \"UpdateProduct\"\nsku = \"TOTE-S\"\n{fault}"));
    let outcome = stall.import("update", "SellerSku,name\nTOTE-S,Tote\nMUG,Cup\n", &[]);
    assert!(outcome.exit == 5 && stall.desk.told().starts_with(said), "{}", stall.desk.told());
    let resumed = stall.desk.run(&["resume", "--report", "report.jsonl"]);
    assert_eq!(resumed.exit, 0, "{resumed:?}");
    assert!(stall.desk.told().starts_with("TOTE-S updated kept"), "{}", stall.desk.told());
}

#[test]
fn update_901_is_waited_out_and_counts_as_no_attempt() {
    check_update("times = 2\nkind = \"error\"\ncode = 901", 0, "TOTE-S updated kept x1");
}

#[test]
fn a_price_that_is_refused_costs_its_own_sku_only() {
    let fault = "[[fault]]\naction = \"UpdatePriceQuantity\"\nsku = \"TOTE-L\"\nkind = \"error\"\ncode = 501";
    for named in ["", "\nsku_named = false"] {
        let stall = Stall::with(&format!("{fault}{named}"));
        let outcome = stall.import("update", "SellerSku,price\nTOTE-S,99\nTOTE-L,98\nMUG,21\n", &[]);
        let told = stall.desk.told();
        let verdicts: Vec<&str> = told.lines().filter_map(|line| line.split(' ').nth(1)).collect();
        assert_eq!((outcome.exit, verdicts), (1, vec!["updated", "rejected", "updated"]), "{told}");
        let prices = ["TOTE-S", "TOTE-L", "MUG"].map(|sku| stall.field(sku, "price"));
        assert_eq!(prices, ["99", "100.00", "21"]);
    }
}

#[test]
fn many_prices_go_by_twenty() {
    let stall = Stall::with(&forty_five());
    let rows: String = (0..45).map(|at| format!("S{at},3\n")).collect();
    let outcome = stall.import("update", &format!("SellerSku,price\n{rows}"), &[]);
    assert_eq!(outcome.exit, 0, "{outcome:?}");
    stall.received("UpdatePriceQuantity 3");
    for (skus, exit) in [("50", 0), ("51", 3), ("0", 3)] {
        let settings = stall.desk.path("settings.toml");
        let text = fs::read_to_string(&settings).unwrap();
        fs::write(settings, format!("skus-per-price-update = {skus}\n{}", text.trim_start_matches(|c| c != '\n')))
            .unwrap();
        let outcome = stall.import("update", &format!("SellerSku,quantity\n{rows}"), &[]);
        assert_eq!(outcome.exit, exit, "{outcome:?}");
    }
    stall.received("UpdatePriceQuantity 4");
}

#[test]
fn a_deleted_sku_is_not_there() {
    let stall = Stall::with("[[product]]\ncategory = 3\nname = \"Old\"\nskus = [\"OLD\"]\nstatus = \"deleted\"\n");
    let outcome = stall.import("update", "SellerSku,price\nOLD,3\n", &[]);
    assert_eq!(outcome.exit, 1);
    let told = stall.desk.told();
    assert!(told.starts_with("OLD invalid none x0 not-in-shop ") && told.contains("deleted"), "{told}");
}
