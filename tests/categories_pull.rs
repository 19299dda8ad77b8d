//! `category pull` and `category show`: the program and the stand-in marketplace together, and checks that need neither.
#![cfg(all(feature = "cli", feature = "import", feature = "sandbox"))]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use skuload::category::{Categories, Input};
use support::{API, Api, Desk, Market, Outcome, SHOP, either};

fn pull(desk: &Desk, args: &[&str]) -> Outcome {
    desk.run(&[&["category", "pull", "--shop", SHOP], args].concat())
}

fn show(desk: &Desk, args: &[&str]) -> Outcome {
    desk.run(&[&["category", "show", "--shop", SHOP], args].concat())
}

/// The one file of categories that is kept.
fn kept(desk: &Desk) -> PathBuf {
    let files: Vec<PathBuf> =
        fs::read_dir(desk.path("state/categories")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

fn read(path: &Path) -> Categories {
    Categories::from_json(&fs::read(path).unwrap()).unwrap()
}

/// Which categories' demands are kept.
fn known(desk: &Desk) -> Vec<u64> {
    read(&kept(desk)).pulled_categories().collect()
}

/// Makes what is kept look as if it had been pulled on that day.
fn pulled_on(desk: &Desk, day: &str) {
    let path = kept(desk);
    let mut value: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    value["pulled"] = json!(format!("{day}T08:00:00Z"));
    fs::write(path, value.to_string()).unwrap();
}

const SHEET: &str = "product,PrimaryCategory,name,short_description,brand,SellerSku,color_family,size,price,package_weight,\
    package_length,package_width,package_height\n\
    TEE,6614,Tee,Soft,Remark,TEE-M,Red,Int:M,9.90,0.2,1,1,1\n";

#[test]
fn what_was_pulled_is_kept_shown_and_used_without_network() {
    let mut market = Market::open("");
    let desk = Desk::at(&market);
    let outcome = pull(&desk, &["--category", "6614,Lamps", "--category", "groceries > chilled food"]);
    assert_eq!(outcome.exit, 0, "{outcome:?}");
    let told = "67 categories, 49 of them for products; the demands of 3 are known, 3 asked for now; 62 brands\n";
    assert_eq!(outcome.stdout, told);
    assert_eq!(known(&desk), [415, 3755, 6614]);
    market.stop();
    let tree = show(&desk, &[]);
    assert_eq!(tree.exit, 0, "{tree:?}");
    assert!(tree.stdout.contains("    6614  T-Shirts  [11 of 26 attributes mandatory]\n"), "{}", tree.stdout);
    assert!(tree.stdout.contains("    6601  Polo & Casual Shirts\n") && tree.stdout.contains("); 62 brands"));
    fs::write(desk.path("sheet.csv"), SHEET).unwrap();
    let checked = desk.run(&["check", "sheet.csv", "--shop", SHOP]);
    assert_eq!(checked.exit, 0, "{checked:?}");
    assert!(checked.stderr.contains("\ncategories as of 20"), "{checked:?}");
    let json = desk.run(&["check", "sheet.csv", "--shop", SHOP, "--format", "json"]);
    let summary: Value = serde_json::from_str(json.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(summary["categories"]["known"], 3, "{summary}");
    let imported = desk.run(&["import", "sheet.csv", "--shop", SHOP]);
    assert_eq!(imported.exit, 5, "{imported:?}");
    assert!(imported.stderr.contains("categories as of"), "{imported:?}");
}

#[test]
fn a_category_is_shown_with_what_it_demands() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    assert_eq!(pull(&desk, &["--category", "T-Shirts", "--category", "3"]).exit, 0);
    let shirts = show(&desk, &["t-shirts"]).stdout;
    assert!(shirts.starts_with("Fashion > Men > T-Shirts (6614)\n\nmandatory\n  name "), "{shirts}");
    for line in [
        "  size               SKU variant  one of              Int:XS, Int:S, Int:M, Int:L, Int:XL, Int:2XL, Int:3XL\n",
        "  brand              product      one of              62 brands\n",
        "\noptional\n  description        product      text or HTML        Description\n",
        "  season             product      some of             Spring, Summer, Autumn, Winter\n",
        "  material           product      one of, or own      Cotton, Denim, Leather, Linen, Polyester, Rayon, Silk, Wool\n",
        "  quantity           SKU          number              Quantity\n",
        "Beige, Black, Blue, Brown, Clear, Coral, Cream, Forest, Gold and 23 more\n",
    ] {
        assert!(shirts.contains(line), "{line}{shirts}");
    }
    assert!(shirts.contains("\na marketplace may demand more than it says; categories as of 20"), "{shirts}");
    let json: Value = serde_json::from_str(&show(&desk, &["6614", "--format", "json"]).stdout).unwrap();
    assert_eq!(
        (&json["kind"], &json["id"], &json["path"]),
        (&json!("category"), &json!(6614), &json!("Fashion > Men > T-Shirts"))
    );
    let size = json["attributes"].as_array().unwrap().iter().find(|attribute| attribute["name"] == "size").unwrap();
    assert_eq!(size["options"].as_array().unwrap().len(), 7);
    let tree: Value = serde_json::from_str(&show(&desk, &["--format", "json"]).stdout).unwrap();
    assert_eq!((&tree["known"], tree["brands"].as_array().map(Vec::len)), (&json!([3, 6614]), Some(62)));
    let below = show(&desk, &["Groceries"]).stdout;
    assert!(below.starts_with("3750  Groceries\n  3752  Coffee & Tea\n"), "{below}");
}

#[test]
fn a_pull_without_a_name_renews_what_was_pulled_before() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    let first = pull(&desk, &[]);
    assert_eq!(first.exit, 0, "{first:?}");
    assert!(first.stderr.contains("name the categories you sell in: skuload category pull --shop stall --category"));
    assert_eq!((known(&desk).len(), market.received("GetCategoryAttributes")), (0, 0));
    assert_eq!(pull(&desk, &["--category", "6614,3"]).exit, 0);
    pulled_on(&desk, "2020-01-02");
    assert_eq!(pull(&desk, &["--category", "415"]).exit, 0);
    assert_eq!(market.received("GetCategoryAttributes"), 3);
    // The oldest part tells the age.
    assert!(show(&desk, &[]).stdout.contains("categories as of 2020-01-02"));
    assert_eq!(pull(&desk, &["--no-brands"]).exit, 0);
    assert_eq!(market.received("GetCategoryAttributes"), 6);
    assert!(show(&desk, &[]).stdout.contains("categories as of 2020-01-02"), "the brands are as old");
    assert_eq!(pull(&desk, &[]).exit, 0);
    assert_eq!(known(&desk), [3, 415, 6614]);
    assert!(!show(&desk, &[]).stdout.contains("2020-01-02"));
}

#[test]
fn all_categories_are_pulled_and_not_twice_within_a_day() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    assert_eq!(pull(&desk, &["--category", "Men"]).exit, 0);
    assert_eq!(market.received("GetCategoryAttributes"), 4);
    let outcome = pull(&desk, &["--all", "--format", "json"]);
    assert_eq!((outcome.exit, market.received("GetCategoryAttributes")), (0, 49), "{outcome:?}");
    assert!(outcome.stderr.contains("4 categories were pulled less than a day ago"), "{outcome:?}");
    assert!(outcome.stdout.contains(r#"{"v":1,"kind":"progress","categories":45,"total":45}"#), "{outcome:?}");
    let summary: Value = serde_json::from_str(outcome.stdout.lines().last().unwrap()).unwrap();
    let counts = ["categories", "leaves", "known", "renewed", "brands"].map(|name| summary[name].as_u64());
    assert_eq!(counts, [Some(67), Some(49), Some(49), Some(45), Some(62)]);
    pulled_on(&desk, "2020-01-02");
    assert_eq!(pull(&desk, &["--all"]).exit, 0);
    assert_eq!(market.received("GetCategoryAttributes"), 98);
}

#[test]
fn a_category_with_others_below_it_stands_for_those() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    let outcome = pull(&desk, &["--category", "Fashion > Shoes"]);
    assert_eq!(known(&desk), [6613, 6615]);
    let told = "`Fashion > Shoes` holds no products itself: 2 categories below it are pulled";
    assert!(outcome.stderr.contains(told), "{outcome:?}");
    // Its name has a comma.
    assert_eq!(pull(&desk, &["--category", "Bed Sheets, Pillows & Towels"]).exit, 0);
    assert_eq!(known(&desk), [414, 6613, 6615]);
}

#[test]
fn a_name_that_nobody_has_is_refused_and_the_tree_is_kept() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    let outcome = pull(&desk, &["--category", "T-Shrits"]);
    assert_eq!(outcome.exit, 2, "{outcome:?}");
    assert!(
        outcome.stderr.contains("the marketplace has no category `T-Shrits`\n  help: did you mean 6614 Fashion > ")
    );
    assert_eq!(show(&desk, &["Lamps"]).exit, 3);
    assert!(show(&desk, &["Lamps"]).stderr.contains("pull it with: skuload category pull --shop stall"));
    assert_eq!(show(&desk, &["Fashion"]).exit, 0);
}

#[test]
fn a_wrong_name_costs_nothing_of_what_is_kept() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    assert_eq!(pull(&desk, &["--category", "3"]).exit, 0);
    let path = kept(&desk);
    let mut value: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    value["tree"].as_array_mut().unwrap().push(json!({"id": 98_765, "name": "Fax Machines"}));
    value["attributes"]["98765"] = value["attributes"]["3"].clone();
    fs::write(&path, value.to_string()).unwrap();
    let before = fs::read(&path).unwrap();
    let wrong = pull(&desk, &["--category", "T-Shrits"]);
    assert_eq!(wrong.exit, 2, "{wrong:?}");
    let told = "1 category that had been pulled left the marketplace's tree, and nothing is written, as what they \
        demanded would be forgotten: 98765";
    assert!(wrong.stderr.contains(told), "{wrong:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
    let right = pull(&desk, &["--category", "6614"]);
    assert!(right.exit == 0 && right.stderr.contains("what they demanded is forgotten: 98765"), "{right:?}");
    assert_eq!(known(&desk), [3, 6614]);
}

#[test]
fn a_file_to_commit_is_written_and_renewed() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    let outcome = pull(&desk, &["--category", "6614", "-o", "categories.json"]);
    assert_eq!(outcome.exit, 0, "{outcome:?}");
    assert!(outcome.stdout.starts_with("categories.json: 67 categories"), "{outcome:?}");
    let file = desk.path("categories.json");
    assert_eq!(fs::read(&file).unwrap(), fs::read(kept(&desk)).unwrap());
    // On another desk, where nothing was pulled before, the file says what is renewed.
    let other = Desk::at(&market);
    fs::copy(&file, other.path("categories.json")).unwrap();
    assert_eq!(pull(&other, &["-o", "categories.json"]).exit, 0);
    assert_eq!(read(&other.path("categories.json")).pulled_categories().collect::<Vec<_>>(), [6614]);
    fs::write(desk.path("sheet.csv"), SHEET).unwrap();
    let checked = desk.run(&["check", "sheet.csv", "--categories", "categories.json"]);
    assert!(checked.exit == 0 && checked.stderr.contains("categories as of"), "{checked:?}");
    let printed = pull(&desk, &["-o", "-", "--format", "json"]);
    assert!(Categories::from_json(printed.stdout.as_bytes()).is_ok(), "{printed:?}");
    fs::write(&file, SHEET).unwrap();
    let refused = pull(&desk, &["-o", "categories.json"]);
    assert!(refused.exit == 2 && refused.stderr.contains("name another file with -o"), "{refused:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), SHEET);
    assert_eq!(pull(&desk, &["-o", "no/such/folder.json"]).exit, 9);
}

#[test]
fn the_built_in_marketplace_needs_no_account() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    let outcome = desk.run(&["category", "pull", "--sandbox", "--category", "6614", "-o", "categories.json"]);
    assert_eq!((outcome.exit, market.calls()), (0, 0), "{outcome:?}");
    assert_eq!(read(&desk.path("categories.json")).pulled_categories().collect::<Vec<_>>(), [6614]);
    assert_eq!(desk.run(&["category", "show", "--sandbox", "6614"]).exit, 0);
    fs::write(desk.path("sheet.csv"), SHEET).unwrap();
    let imported = desk.run(&["import", "sheet.csv", "--sandbox"]);
    assert!(imported.exit == 0 && imported.stderr.contains("categories as of"), "{imported:?}");
}

#[test]
fn an_old_file_is_used_and_its_age_told() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    assert_eq!(pull(&desk, &["--category", "6614"]).exit, 0);
    pulled_on(&desk, "2026-05-01");
    fs::write(desk.path("sheet.csv"), SHEET).unwrap();
    let check = |day: &str| desk.run(&["check", "sheet.csv", "--shop", SHOP, "--now", day]);
    let young = check("2026-05-31");
    assert!(young.exit == 0 && young.stderr.contains("\ncategories as of 2026-05-01 (30 days ago)"), "{young:?}");
    assert!(!young.stderr.contains("warning:"), "{young:?}");
    let old = check("2026-06-10");
    assert!(old.exit == 0 && old.stderr.contains("categories as of 2026-05-01 (40 days ago)"), "{old:?}");
    let warning =
        "warning: what is known of the categories is 40 days old; renew it with: skuload category pull --shop stall";
    assert!(old.stderr.contains(warning), "{old:?}");
}

#[test]
fn a_country_stands_for_its_own_address() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    assert_eq!(pull(&desk, &["--category", "6614"]).exit, 0);
    // The shop's own address is another one, and its country was not told.
    let none = desk.run(&["category", "show", "--country", "sg"]);
    assert!(none.exit == 3 && none.stderr.contains("no categories were pulled from this marketplace yet"), "{none:?}");
    let add = ["shop", "add", "live", "--country", "sg", "--user-id", "a@example.com", "--key-file", "key"];
    fs::write(desk.path("key"), "0123456789").unwrap();
    #[cfg(unix)]
    fs::set_permissions(desk.path("key"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert_eq!(desk.run(&add).exit, 0);
    let kept = kept(&desk);
    let name = "api.sellercenter.lazada.sg-c56cbced.json";
    fs::rename(&kept, kept.with_file_name(name)).unwrap();
    let live = desk.run(&["category", "show", "--shop", "live"]);
    assert_eq!(live.exit, 0, "{live:?}");
    assert_eq!(desk.run(&["category", "show", "--country", "sg"]).stdout, live.stdout);
    fs::write(desk.path("sheet.csv"), SHEET).unwrap();
    let checked = desk.run(&["check", "sheet.csv", "--country", "sg"]);
    assert!(checked.stderr.contains("categories as of"), "{checked:?}");
    assert!(!desk.run(&["check", "sheet.csv", "--country", "my"]).stderr.contains("categories as of"));
}

#[test]
fn a_country_without_its_own_address_stands_for_the_newest_that_was_pulled_for_a_shop_of_it() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    assert_eq!(desk.run(&["shop", "set", SHOP, "--country", "th"]).exit, 0);
    assert_eq!(pull(&desk, &["--category", "6614"]).exit, 0);
    let of_shop = show(&desk, &[]).stdout;
    assert_eq!(desk.run(&["category", "show", "--country", "th"]).stdout, of_shop);
    fs::write(desk.path("sheet.csv"), SHEET).unwrap();
    let checked = desk.run(&["check", "sheet.csv", "--country", "th"]);
    assert!(checked.stderr.contains("categories as of"), "{checked:?}");
    assert_eq!(desk.run(&["category", "show", "--country", "sg"]).exit, 3);
    let kept = kept(&desk);
    let own = kept.with_file_name("api.sellercenter.lazada.co.th-b5a7a787.json");
    let copy_of = |path: &Path, day: &str| {
        let mut value: Value = serde_json::from_slice(&fs::read(&kept).unwrap()).unwrap();
        value["pulled"] = json!(format!("{day}T08:00:00Z"));
        fs::write(path, value.to_string()).unwrap();
    };
    // Another address of the country was asked later, and then earlier.
    let other = kept.with_file_name("other.example-00000000.json");
    for (day, is_newest) in [("2035-01-02", true), ("2020-01-02", false)] {
        copy_of(&other, day);
        let shown = desk.run(&["category", "show", "--country", "th"]).stdout;
        assert_eq!((shown.contains(day), shown == of_shop), (is_newest, !is_newest), "{day}: {shown}");
    }
    // The country's own address goes before them, however old its answer is.
    copy_of(&own, "2020-02-03");
    let shown = desk.run(&["category", "show", "--country", "th"]).stdout;
    assert!(shown.contains("2020-02-03"), "{shown}");
    // One that is damaged hides no other.
    fs::write(&own, "{").unwrap();
    assert_eq!(desk.run(&["category", "show", "--country", "th"]).stdout, of_shop);
}

#[test]
fn brands_are_listed_by_a_part_of_their_names() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    let none = show(&desk, &["--brands"]);
    assert!(none.exit == 3 && none.stderr.contains("no categories were pulled"), "{none:?}");
    assert_eq!(pull(&desk, &["--no-brands"]).exit, 0);
    let none = show(&desk, &["--brands", "re"]);
    assert!(none.exit == 3 && none.stderr.contains("the brands were not pulled\n  help: pull them with: "), "{none:?}");
    assert_eq!(pull(&desk, &[]).exit, 0);
    let all = show(&desk, &["--brands"]);
    assert_eq!((all.exit, all.stdout.lines().count()), (0, 62), "{all:?}");
    assert!(all.stderr.starts_with("62 brands\ncategories as of"), "{all:?}");
    assert!(show(&desk, &["--brands", " "]).stderr.starts_with("62 brands\ncategories as of"));
    let some = show(&desk, &["--brands", "REM"]);
    assert_eq!(some.stdout, "Remark\n");
    assert!(some.stderr.starts_with("1 brand of 62\n"), "{some:?}");
    let json = show(&desk, &["--brands", "remark", "--format", "json"]);
    let line: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&line["v"], &line["kind"], &line["brands"]), (&json!(1), &json!("brands"), &json!(["Remark"])));
    let wrong = show(&desk, &["--brands", "Remrak"]);
    assert!(wrong.exit == 2 && wrong.stderr.contains("none of 62 brands holds `Remrak`"), "{wrong:?}");
    assert!(wrong.stderr.contains("did you mean `Remark`?"), "{wrong:?}");
    assert_eq!(show(&desk, &["6614", "--brands"]).exit, 2);
    let explained = desk.run(&["explain", "unknown-brand"]);
    let words = explained.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("(skuload category show --brands TEXT lists them)"), "{explained:?}");
}

#[test]
fn a_file_is_not_written_where_a_name_is_wrong() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    for wrong in ["T-Shrits", "6614,99", "6614,Lamsp"] {
        let outcome = pull(&desk, &["--category", wrong, "-o", "categories.json"]);
        assert_eq!(outcome.exit, 2, "{wrong}: {outcome:?}");
        assert!(!desk.path("categories.json").exists(), "{wrong}");
    }
    assert!(known(&desk).is_empty());
    assert_eq!(pull(&desk, &["--category", "6614", "-o", "categories.json"]).exit, 0);
    let before = fs::read(desk.path("categories.json")).unwrap();
    assert_eq!(pull(&desk, &["--category", "99", "-o", "categories.json"]).exit, 2);
    assert_eq!(fs::read(desk.path("categories.json")).unwrap(), before);
}

#[test]
fn a_file_holds_the_categories_that_were_named_and_what_it_held() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    let held = |name: &str| read(&desk.path(name)).pulled_categories().collect::<Vec<_>>();
    assert_eq!(pull(&desk, &["--category", "3,415"]).exit, 0);
    pulled_on(&desk, "2020-01-02");
    let told = pull(&desk, &["--category", "6614", "-o", "own.json"]);
    assert!(told.stdout.contains("the demands of 1 are known, 1 asked for now"), "{told:?}");
    assert_eq!(held("own.json"), [6614]);
    assert_eq!(known(&desk), [3, 415, 6614]);
    // It is as old as what it holds, and not as what else is kept.
    assert!(read(&desk.path("own.json")).pulled().timestamp() > 1_700_000_000);
    let printed = pull(&desk, &["--category", "6614", "-o", "-"]);
    let printed = Categories::from_json(printed.stdout.as_bytes()).unwrap();
    assert_eq!(printed.pulled_categories().collect::<Vec<_>>(), [6614]);
    assert_eq!(pull(&desk, &["--category", "Shoes", "-o", "own.json"]).exit, 0);
    assert_eq!(held("own.json"), [6613, 6614, 6615]);
    assert!(read(&desk.path("own.json")).pulled().timestamp() > 1_700_000_000);
    // What is old in the file itself stays so.
    let mut value: Value = serde_json::from_slice(&fs::read(desk.path("own.json")).unwrap()).unwrap();
    value["pulled"] = json!("2021-03-04T08:00:00Z");
    fs::write(desk.path("old.json"), value.to_string()).unwrap();
    assert_eq!(pull(&desk, &["--category", "6614", "-o", "old.json"]).exit, 0);
    assert_eq!(read(&desk.path("old.json")).pulled().to_rfc3339(), "2021-03-04T08:00:00+00:00");
    // Without a name it is all that is known.
    assert_eq!(pull(&desk, &["-o", "all.json"]).exit, 0);
    assert_eq!(held("all.json"), [3, 415, 6613, 6614, 6615]);
}

#[cfg(unix)]
#[test]
fn who_may_read_a_file_may_read_it_when_it_is_written_anew() {
    use std::os::unix::fs::PermissionsExt as _;
    let market = Market::open("");
    let desk = Desk::at(&market);
    let file = desk.path("own.json");
    assert_eq!(pull(&desk, &["--category", "6614", "-o", "own.json"]).exit, 0);
    for path in [&file, &kept(&desk)] {
        for mode in [0o600, 0o664] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(pull(&desk, &["--category", "6615", "-o", "own.json"]).exit, 0);
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, mode, "{path:?}");
        }
    }
}

#[test]
fn a_file_that_cannot_be_made_is_told_with_what_to_do() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    let told = |path: &str, help: &str| {
        let outcome = desk.run(&["category", "pull", "--sandbox", "-o", path]);
        assert_eq!(outcome.exit, 9, "{outcome:?}");
        assert!(outcome.stderr.contains(&format!("cannot write {path}: ")), "{outcome:?}");
        assert!(outcome.stderr.contains(&format!("\n  help: {help}")), "{path}: {outcome:?}");
        let template = desk.run(&["template", "-o", &format!("{path}.xlsx")]);
        assert!(path == "state" || template.exit == 9 && template.stderr.contains(help), "{path}: {template:?}");
    };
    told("nodir/c.json", "make the folder nodir, or name another one");
    told("state", "name a file in it");
    if Path::new("/proc/self").exists() {
        told("/proc/x", "name a folder that files can be made in");
    }
    assert_eq!(market.calls(), 0);
}

#[test]
fn checks_and_templates_use_what_the_built_in_marketplace_told() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    fs::write(desk.path("sheet.csv"), SHEET.replace("Remark", "Remrak")).unwrap();
    let unknown = desk.run(&["check", "sheet.csv", "--sandbox"]);
    assert!(unknown.exit == 0 && unknown.stderr.contains("skuload category pull --sandbox"), "{unknown:?}");
    let none = desk.run(&["template", "--sandbox", "--category", "T-Shirts", "-o", "a.xlsx"]);
    assert!(none.exit == 3 && none.stderr.contains("skuload category pull --sandbox"), "{none:?}");
    assert_eq!(desk.run(&["category", "pull", "--sandbox", "--category", "6614"]).exit, 0);
    let checked = desk.run(&["check", "sheet.csv", "--sandbox"]);
    assert!(checked.exit == 1 && checked.stdout.contains("error[unknown-brand]"), "{checked:?}");
    assert!(checked.stderr.contains("categories as of") && !checked.stderr.contains("--country"), "{checked:?}");
    let template = desk.run(&["template", "--sandbox", "--category", "T-Shirts", "-o", "new sheet.xlsx"]);
    assert!(template.stderr.contains("skuload check 'new sheet.xlsx' --sandbox"), "{template:?}");
    let other = desk.run(&["template", "--sandbox", "--category", "415", "-o", "b.xlsx"]);
    assert!(other.stderr.contains("skuload category pull --sandbox --category 415"), "{other:?}");
    assert_eq!(desk.run(&["check", "sheet.csv", "--sandbox", "--shop", SHOP]).exit, 2);
    assert_eq!(market.calls(), 0);
}

/// A pull of T-Shirts that these faults strike.
#[track_caller]
fn broken(faults: &str, exit: i32, stderr: &str) -> (Market, Desk) {
    let market = Market::open(faults);
    let desk = Desk::at(&market);
    let outcome = pull(&desk, &["--category", "6614"]);
    assert_eq!(outcome.exit, exit, "{outcome:?}");
    assert!(outcome.stderr.contains(stderr), "{outcome:?}");
    (market, desk)
}

#[test]
fn trouble_that_passes_is_borne() {
    for kind in [
        "kind = \"status\"\nstatus = 500",
        "kind = \"html\"",
        "kind = \"truncated\"",
        "kind = \"lost-reply\"",
        "kind = \"throttle\"",
        "kind = \"error\"\ncode = 6",
        "kind = \"reset\"",
        "kind = \"plain\"\nformat = \"other\"",
    ] {
        let faults: String = ["GetCategoryTree", "GetCategoryAttributes", "GetBrands"]
            .map(|action| format!("[[fault]]\naction = \"{action}\"\n{kind}\nnth = [1]\n"))
            .concat();
        let (_market, desk) = broken(&faults, 0, "");
        assert_eq!(known(&desk), [6614], "{kind}");
        assert_eq!(read(&kept(&desk)).brands().map(<[String]>::len), Some(62), "{kind}");
    }
}

#[test]
fn a_reply_that_comes_too_late_is_asked_for_again() {
    let slow = "[[fault]]\naction = \"GetBrands\"\nkind = \"slow\"\nseconds = 60\nnth = [1]\n";
    let market = Market::open(slow);
    let desk = Desk::at(&market);
    let args = ["category", "pull", "--shop", SHOP];
    let output = desk.command(&args).env("SKULOAD_PACE_TIMEOUT", "0.3").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(market.received("GetBrands"), 3);
}

#[test]
fn trouble_that_stays_ends_with_what_came_kept() {
    let fault = |action: &str| format!("[[fault]]\naction = \"{action}\"\nkind = \"html\"\n");
    let page = "error: the API does not answer: a web page instead of the API";
    let (_market, desk) = broken(&fault("GetCategoryTree"), 5, page);
    assert!(!desk.path("state/categories").read_dir().unwrap().any(|_| true));
    let (_market, desk) = broken(
        &fault("GetCategoryAttributes"),
        5,
        "what came is kept; go on with: skuload category pull --shop stall --category 6614",
    );
    assert_eq!(known(&desk), [0; 0]);
    assert_eq!(show(&desk, &["Fashion"]).exit, 0);
    let trouble = "error: the marketplace has been in trouble for too long: a web page instead of the API";
    let (_market, desk) = broken(&fault("GetBrands"), 5, trouble);
    assert_eq!(known(&desk), [6614]);
    assert_eq!(read(&kept(&desk)).brands(), None);
}

#[test]
fn nobody_who_answers_is_told_and_what_was_kept_stays() {
    let mut market = Market::open("");
    let desk = Desk::at(&market);
    assert_eq!(pull(&desk, &["--category", "6614"]).exit, 0);
    market.stop();
    let outcome = pull(&desk, &[]);
    assert_eq!(outcome.exit, 5, "{outcome:?}");
    assert!(outcome.stderr.contains("nobody answers") && outcome.stderr.contains("what was kept before stays"));
    assert_eq!(known(&desk), [6614]);
}

#[test]
fn a_refusal_of_the_call_tells_what_to_do() {
    let error =
        |action: &str, code: u32| format!("[[fault]]\naction = \"{action}\"\nkind = \"error\"\ncode = {code}\n");
    broken(
        &error("GetBrands", 14),
        7,
        "Invalid Offset (code 14)\n  help: what came is kept; this marketplace pages its brands in a way of its own: leave them out with --no-brands",
    );
    broken(&error("GetBrands", 20), 7, "leave them out with --no-brands; then go on with");
    let of_credentials = either("E007", "The request signature does not conform");
    broken(&error("GetCategoryTree", 7), 4, &format!("refuses the credentials: {of_credentials}"));
    let (exit, help) =
        either((4, "check the user id and the key"), (7, "the app may not make this call for this seller"));
    broken(&error("GetCategoryTree", 9), exit, help);
    if let Api::SellerCenter = API {
        // The Open Platform has paths, and no such code.
        broken(&error("GetCategoryTree", 8), 7, "E008: Invalid Action");
    }
    broken(&error("GetCategoryTree", 901), 5, "in trouble for too long");
}

#[test]
fn a_limit_that_is_refused_is_lowered() {
    let lower = "[[fault]]\naction = \"GetBrands\"\nkind = \"error\"\ncode = 20\ntimes = 2\n";
    let (market, desk) = broken(lower, 0, "");
    // The sizes that are tried are those of the pages of each API.
    assert_eq!(market.received("GetBrands"), either(4, 5));
    assert_eq!(read(&kept(&desk)).brands().map(<[String]>::len), Some(62));
}

#[test]
fn a_category_that_is_not_told_keeps_no_other_from_being_pulled() {
    let refuse = "[[fault]]\naction = \"GetCategoryAttributes\"\nkind = \"error\"\ncode = 57\nnth = [2, 4]\n";
    let market = Market::open(refuse);
    let desk = Desk::at(&market);
    let outcome = pull(&desk, &["--category", "6614,3,415", "--format", "json"]);
    assert_eq!((outcome.exit, known(&desk)), (1, vec![415, 6614]), "{outcome:?}");
    let told = "warning: the category 3 Mobiles & Tablets > Smartphones was not told: E057: No attribute sets linked to \
                that category (code 57); nothing can be sold in that category";
    assert!(outcome.stderr.contains(told), "{outcome:?}");
    let summary: Value = serde_json::from_str(outcome.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&summary["refused"][0]["category"], &summary["refused"][0]["code"]), (&json!(3), &json!("57")));
    // What was known of a category stays.
    let again = pull(&desk, &[]);
    assert_eq!((again.exit, known(&desk)), (1, vec![415, 6614]), "{again:?}");
    assert!(again.stderr.contains("; what was known of it is kept"), "{again:?}");
}

#[test]
fn a_category_that_left_the_tree_is_told() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    assert_eq!(pull(&desk, &["--category", "6614"]).exit, 0);
    let path = kept(&desk);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"6614\": [", "\"777\": [],\n    \"6614\": [")).unwrap();
    assert_eq!(known(&desk), [777, 6614]);
    let outcome = pull(&desk, &[]);
    assert_eq!((outcome.exit, known(&desk)), (0, vec![6614]), "{outcome:?}");
    let told = "1 category that had been pulled left the marketplace's tree, and what they demanded is forgotten: 777";
    assert!(outcome.stderr.contains(told), "{outcome:?}");
}

#[test]
#[cfg(unix)]
fn an_interrupt_keeps_what_came() {
    let slow = "[[fault]]\naction = \"GetCategoryAttributes\"\nkind = \"lost-reply\"\nfrom = 2\n";
    let market = Market::open(slow);
    let desk = Desk::at(&market);
    let mut child = desk.start(&["category", "pull", "--shop", SHOP, "--category", "6614,3"]);
    while market.received("GetCategoryAttributes") < 2 {
        std::thread::yield_now();
    }
    let status = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let printed = fs::read_to_string(desk.path("printed.txt")).unwrap();
    assert!(
        printed.contains("what came is kept; go on with: skuload category pull --shop stall --category 6614,3"),
        "{printed}"
    );
    assert_eq!(known(&desk), [6614]);
}

#[test]
fn what_cannot_be_meant_is_wrong_usage() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    for (args, exit, stderr) in [
        (&["category", "pull"][..], 2, "no shop is named"),
        (&["category", "pull", "--shop", "other"], 3, "there is no shop `other`"),
        (&["category", "pull", "--shop", SHOP, "--sandbox"], 2, "cannot be used with"),
        (&["category", "pull", "--shop", SHOP, "--all", "--category", "3"], 2, "cannot be used with"),
        (&["category", "pull", "--shop", SHOP, "--rate", "0"], 2, "the rate must be a number above zero"),
        (&["category", "show"], 2, "it is not said whose categories are meant"),
        (&["category", "show", "--shop", SHOP], 3, "pull them with: skuload category pull --shop stall"),
        (&["category", "show", "--categories", "none.json"], 3, "cannot read none.json"),
    ] {
        let outcome = desk.run(args);
        assert_eq!(outcome.exit, exit, "{args:?} {outcome:?}");
        assert!(outcome.stderr.contains(stderr), "{args:?} {outcome:?}");
    }
    assert_eq!(market.calls(), 0);
}

#[test]
fn a_kept_file_that_is_damaged_is_told_with_what_renews_it() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    assert_eq!(pull(&desk, &[]).exit, 0);
    let path = kept(&desk);
    fs::write(&path, "{").unwrap();
    fs::write(desk.path("sheet.csv"), SHEET).unwrap();
    let checked = desk.run(&["check", "sheet.csv", "--shop", SHOP]);
    assert!(checked.exit == 3 && checked.stderr.contains("this is no file of categories"), "{checked:?}");
    assert!(checked.stderr.contains("pull it anew with: skuload category pull --shop stall"), "{checked:?}");
    let renewed = pull(&desk, &[]);
    assert!(renewed.exit == 0 && renewed.stderr.contains("what was kept cannot be used"), "{renewed:?}");
    let aside = path.with_file_name(format!("{}.damaged-1", path.file_name().unwrap().to_str().unwrap()));
    assert!(renewed.stderr.contains(&format!("the old file is {} now", aside.display())), "{renewed:?}");
    assert_eq!(fs::read_to_string(aside).unwrap(), "{");
    assert_eq!(desk.run(&["check", "sheet.csv", "--shop", SHOP]).exit, 0);
}

#[test]
fn a_kept_file_of_a_later_version_is_not_written_over() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    assert_eq!(pull(&desk, &[]).exit, 0);
    let (path, calls) = (kept(&desk), market.calls());
    let later = fs::read_to_string(&path).unwrap().replacen("\"v\": 1", "\"v\": 2, \"more\": {}", 1);
    fs::write(&path, &later).unwrap();
    let refused = pull(&desk, &[]);
    assert!(
        refused.exit == 3 && refused.stderr.contains("has version 2, which this skuload does not know"),
        "{refused:?}"
    );
    assert!(refused.stderr.contains("it would be overwritten"), "{refused:?}");
    assert_eq!((fs::read_to_string(&path).unwrap(), market.calls()), (later, calls));
}

#[test]
fn a_kept_file_that_cannot_be_read_is_not_written_over() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    assert_eq!(pull(&desk, &[]).exit, 0);
    let (path, calls) = (kept(&desk), market.calls());
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let refused = pull(&desk, &[]);
    assert!(refused.exit == 9 && refused.stderr.contains("cannot read") && path.is_dir(), "{refused:?}");
    assert_eq!(market.calls(), calls);
}

#[test]
fn what_is_forgotten_is_told_though_the_pull_breaks_off() {
    let market = Market::open("[[fault]]\naction = \"GetBrands\"\nkind = \"error\"\ncode = 14\nfrom = 3\n");
    let desk = Desk::at(&market);
    assert_eq!(pull(&desk, &["--category", "6614"]).exit, 0);
    let path = kept(&desk);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"6614\": [", "\"777\": [],\n    \"6614\": [")).unwrap();
    let outcome = pull(&desk, &[]);
    assert_eq!((outcome.exit, known(&desk)), (7, vec![6614]), "{outcome:?}");
    assert!(outcome.stderr.contains("what they demanded is forgotten: 777"), "{outcome:?}");
}

#[test]
fn what_the_marketplace_demands_beyond_what_it_says_is_told_as_its_refusal() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    assert_eq!(pull(&desk, &["--category", "Feature Phones"]).exit, 0);
    let sheet = "product,PrimaryCategory,name,short_description,brand,model,warranty_type,SellerSku,color_family,\
        storage_capacity_new,price,package_weight,package_length,package_width,package_height\n\
        KEYS,26,Phone with keys,Soft,Kestrel,K1,No Warranty,KEYS-1,Black,4GB,9.90,0.2,1,1,1\n";
    fs::write(desk.path("sheet.csv"), sheet).unwrap();
    let checked = desk.run(&["check", "sheet.csv", "--shop", SHOP]);
    assert_eq!(checked.exit, 0, "{checked:?}");
    let imported = desk.run(&support::IMPORT);
    assert_eq!(imported.exit, 1, "{imported:?}");
    let told = desk.told();
    let expect = either("KEYS-1 rejected none x1 500 ", "KEYS-1 rejected none x1 4110 ");
    assert!(told.starts_with(expect) && told.contains("display_size_mobile is mandatory"), "{told}");
}

/// The catalogue's products in the stand-in's own categories: each value is one that it takes.
#[test]
fn the_samples_are_what_the_stand_in_demands() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    assert_eq!(pull(&desk, &["--all"]).exit, 0);
    let known = read(&kept(&desk));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for sheet in ["samples/catalogue.csv", "templates/products.csv"] {
        let text = fs::read_to_string(root.join(sheet)).unwrap();
        let mut reader = csv_rows(&text);
        let header = reader.remove(0);
        let mut first: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for cells in reader {
            let mut row: BTreeMap<String, String> = header.iter().cloned().zip(cells).collect();
            let shared = first.entry(row["product"].clone()).or_insert_with(|| row.clone());
            for name in [
                "PrimaryCategory",
                "name",
                "short_description",
                "description",
                "brand",
                "model",
                "warranty",
                "warranty_type",
            ] {
                if row[name].is_empty() {
                    row.insert(name.to_owned(), shared[name].clone());
                }
            }
            demanded(&known, &row);
        }
    }
}

#[track_caller]
fn demanded(known: &Categories, row: &BTreeMap<String, String>) {
    let attributes = known.attributes(row["PrimaryCategory"].parse().unwrap());
    let attributes = attributes.unwrap_or_else(|| panic!("no leaf: {row:?}"));
    for attribute in attributes {
        let value = row.get(&attribute.name).map(String::as_str).unwrap_or_default();
        assert!(!attribute.mandatory || !value.is_empty(), "{} of {row:?}", attribute.name);
        let is_listed = matches!(attribute.input, Input::One | Input::Several) && attribute.name != "brand";
        let takes = value.is_empty() || !is_listed || attribute.options.iter().any(|option| option == value);
        assert!(takes, "{} `{value}` of {row:?}", attribute.name);
    }
    assert!(known.brands().unwrap().contains(&row["brand"]), "{row:?}");
    let names: Vec<&str> = attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    for name in ["color_family", "size", "storage_capacity_new", "warranty", "tax_class", "package_content"] {
        let value = row.get(name).map(String::as_str).unwrap_or_default();
        assert!(value.is_empty() || names.contains(&name), "{name} `{value}` of {row:?}");
    }
}

/// The cells of a CSV.
fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let text = text.trim_start_matches('\u{feff}');
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut is_quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if is_quoted && characters.peek() == Some(&'"') => cell.extend(characters.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !is_quoted => {}
            '\n' if !is_quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    rows
}
