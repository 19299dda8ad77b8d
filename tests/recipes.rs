//! The recipes of the README, run word by word.
#![cfg(all(unix, feature = "cli", feature = "sandbox", feature = "import"))]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use support::Market;
use tempfile::TempDir;

/// A shop with a few products, everything that a creation needs.
const STALL: &str = r#"
[[product]]
category = 6614
name = "Canvas tote"
brand = "Remark"
attributes = { short_description = "Holds 12 kg" }
fields = { price = "100.00", quantity = "5", package_weight = "0.30", package_length = "40", package_width = "4", package_height = "40" }
skus = ["TOTE"]
images = ["https://sg-live.slatic.net/p/1.jpg"]
[[product]]
category = 3
name = "Mug"
brand = "Remark"
attributes = { short_description = "Keeps warm" }
fields = { price = "20.00", quantity = "1", package_weight = "0.40", package_length = "10", package_width = "10", package_height = "12" }
skus = ["MUG"]
"#;

/// The commands of one recipe: the block behind the first line that begins so.
fn recipe(begins: &str) -> String {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let recipes = readme.split("## Recipes\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let recipe = recipes.split(&format!("**{begins}")).nth(1).unwrap_or_else(|| panic!("no recipe {begins}"));
    recipe.split("```sh\n").nth(1).unwrap().split("```").next().unwrap().to_owned()
}

/// A merchant's home with two shops, `mine` and `second`.
struct Home {
    folder: TempDir,
    mine: Market,
    second: Market,
}

impl Home {
    fn new() -> Home {
        let home = Home { folder: TempDir::new().unwrap(), mine: Market::open(STALL), second: Market::open("") };
        let folder = home.folder.path().join("config/skuload");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("config.toml"), "rate = 500.0\n").unwrap();
        for (name, market) in [("mine", &home.mine), ("second", &home.second)] {
            let (url, user, key) = (market.url(), market.user_id(), market.key());
            let add =
                format!("echo {key} | skuload shop add {name} --country sg --url {url} --user-id {user} --key-stdin");
            home.run(&add);
        }
        home
    }

    /// Runs a script as a shell does; every command must end well.
    #[track_caller]
    fn run(&self, script: &str) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_skuload")).parent().unwrap();
        let folder = self.folder.path();
        let output = Command::new("sh")
            .args(["-e", "-c", script])
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", program.display()))
            .env("HOME", folder)
            .env("XDG_CONFIG_HOME", folder.join("config"))
            .env("XDG_STATE_HOME", folder.join("state"))
            .current_dir(folder)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
        output
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }
}

/// A field of a SKU that a marketplace holds.
#[track_caller]
fn field(market: &Market, sku: &str, field: &str) -> Value {
    let shown = market.shown();
    let products = shown["products"].as_array().unwrap().iter();
    let mut skus = products.flat_map(|product| product["skus"].as_array().unwrap());
    let found = skus.find(|there| there["seller_sku"] == sku).unwrap_or_else(|| panic!("no {sku}: {shown}"));
    if field == "images" { found["images"].clone() } else { found["fields"][field].clone() }
}

#[test]
fn the_weekly_price_change() {
    let home = Home::new();
    home.write("prices.csv", "seller_sku,price\nTOTE,95\nMUG,20\n");
    home.run(&recipe("The weekly price change."));
    assert_eq!((field(&home.mine, "TOTE", "price"), field(&home.mine, "MUG", "price")), ("95".into(), "20.00".into()));
    assert_eq!(home.mine.writes(), 1);
}

#[test]
fn stock_from_cron() {
    let home = Home::new();
    home.write("stock.csv", "seller_sku,quantity\nTOTE,0\nMUG,1\n");
    let output = home.run(&recipe("Stock every half hour, from cron."));
    assert!(output.stderr.is_empty(), "{output:?}");
    assert_eq!((field(&home.mine, "TOTE", "quantity"), home.mine.writes()), ("0".into(), 1));
    assert!(home.folder.path().join("stock.log").exists());
}

#[test]
fn pictures_only() {
    let home = Home::new();
    home.write("photos.csv", "seller_sku,price,image1\nMUG,1,https://sg-live.slatic.net/p/2.jpg\n");
    home.run(&recipe("Pictures only."));
    assert_eq!(field(&home.mine, "MUG", "images").as_array().unwrap().len(), 1);
    assert_eq!((field(&home.mine, "MUG", "price"), home.mine.writes()), ("20.00".into(), 1));
}

#[test]
fn what_was_exported_and_not_edited_changes_nothing() {
    let home = Home::new();
    let output = home.run(&recipe("Edit what the shop has in a spreadsheet."));
    assert!(String::from_utf8_lossy(&output.stdout).contains("2 rows: 2 unchanged"), "{output:?}");
    assert_eq!(home.mine.writes(), 0);
}

#[test]
fn a_copy_of_a_shop() {
    let home = Home::new();
    home.run(&recipe("Copy one shop to another."));
    assert_eq!(home.second.created(), ["MUG", "TOTE"]);
    assert_eq!(field(&home.second, "TOTE", "package_weight"), "0.3");
    assert_eq!(field(&home.second, "TOTE", "images"), field(&home.mine, "TOTE", "images"));
    // Once more: nothing new.
    home.run(&recipe("Copy one shop to another."));
    assert_eq!(home.second.created(), ["MUG", "TOTE"]);
}
