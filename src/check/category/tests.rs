//! What each rule on categories refuses and what it lets pass. Sheets are written as in the tests of the check; the
//! categories are a few of a marketplace.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::DateTime;

use crate::category::{Categories, CategoryAttribute, Input, Level, Node};
use crate::check::tests::{filled, run, shown, tables_of};
use crate::check::{Blank, Checked, Fate, Mode, Rules};
use crate::column::Choice;
use crate::finding::{Finding, Rule, Severity};

fn attribute(name: &str, input: Input, level: Level, options: &str) -> CategoryAttribute {
    let options = options.split('/').filter(|option| !option.is_empty()).map(str::to_owned).collect();
    let variant = (level == Level::Sku).then_some(name == "color_family" || name == "size");
    let (name, mandatory) = match name.strip_suffix('!') {
        Some(name) => (name, true),
        None => (name, false),
    };
    let variant = variant.map(|_| name == "color_family" || name == "size");
    let label = match name {
        "clothing_material" => "Material of the cloth".to_owned(),
        name => name.replace('_', " "),
    };
    CategoryAttribute { name: name.to_owned(), label, input, level, mandatory, variant, options, local: Vec::new() }
}

/// T-shirts want a size and a warranty type, phones a model and a storage; of books nothing is known.
fn categories() -> Categories {
    let leaf = |id, name: &str| Node { id, name: name.to_owned(), children: Vec::new() };
    let fashion = vec![leaf(6614, "T-Shirts"), leaf(6615, "Dresses")];
    let tree = vec![
        Node { id: 1, name: "Fashion".to_owned(), children: fashion },
        Node { id: 2, name: "Phones".to_owned(), children: vec![leaf(3, "Mobiles")] },
        leaf(4, "Books"),
    ];
    let (product, sku) = (Level::Product, Level::Sku);
    let common = || {
        vec![
            attribute("name!", Input::Text, product, ""),
            attribute("price!", Input::Number, sku, ""),
            attribute("brand!", Input::One, product, ""),
            attribute("__images__!", Input::Picture, sku, ""),
            attribute("color_family!", Input::OneOrOwn, sku, "Red/Blue"),
        ]
    };
    let mut shirts = common();
    shirts.extend([
        attribute("size!", Input::One, sku, "S/M/XL"),
        attribute("warranty_type!", Input::One, product, "No Warranty/Local Warranty"),
        attribute("clothing_material", Input::Several, product, "Cotton/Linen/Silk, raw"),
        attribute("weight_class", Input::Number, product, ""),
        attribute("made_on", Input::Date, product, ""),
        attribute("Hazmat", Input::Several, product, "None/Battery"),
    ]);
    let mut phones = common();
    phones.extend([
        attribute("model!", Input::Text, product, ""),
        attribute("quantity!", Input::Number, sku, ""),
        attribute("storage_capacity_new!", Input::One, sku, "64GB/128GB"),
        attribute("warranty_type", Input::One, sku, "No Warranty"),
    ]);
    let attributes = BTreeMap::from([(6614, shirts), (3, phones)]);
    let brands = ["Acme", "Remark", "Ümlaut"].map(str::to_owned).to_vec();
    Categories::new(Some("sg".to_owned()), DateTime::UNIX_EPOCH, tree, attributes, Some(brands))
}

fn rules() -> Rules {
    Rules { categories: Some(Arc::new(categories())), ..Rules::default() }
}

/// The columns that T-shirts demand, where the sheet under test does not have them.
const SHIRT: &str = "size|warranty_type";

fn dressed(sheet: &str, without: &str) -> String {
    let mut lines = sheet.split('\n');
    let header = lines.next().unwrap_or_default();
    let is_there = |name: &str| header.split('|').chain(without.split('|')).any(|there| there == name);
    let mut text = header.to_owned();
    let mut tail = String::new();
    for (name, value) in SHIRT.split('|').zip(["M", "No Warranty"]).filter(|(name, _)| !is_there(name)) {
        text.push_str(&format!("|{name}"));
        tail.push_str(&format!("|{value}"));
    }
    for line in lines {
        text.push_str(&format!("\n{line}{tail}"));
    }
    text
}

#[track_caller]
fn found(sheet: &str, without: &str, rules: &Rules) -> (Vec<Finding>, Checked) {
    let attributes = rules.categories.as_ref().map(|categories| categories.listed_attributes()).unwrap_or_default();
    let choice = Choice { attributes, ..Choice::default() };
    run(&tables_of("t.csv", &filled(&dressed(sheet, without), without), &choice), rules)
}

#[track_caller]
fn check_by(rules: &Rules, without: &str, sheet: &str, expect: &str) {
    let (findings, _) = found(sheet, without, rules);
    assert_eq!(shown(&findings), expect, "{sheet}\n{findings:#?}");
}

#[track_caller]
fn check(sheet: &str, expect: &str) {
    check_by(&rules(), "", sheet, expect);
}

#[track_caller]
fn check_without(without: &str, sheet: &str, expect: &str) {
    check_by(&rules(), without, sheet, expect);
}

/// The message and the help of the only finding.
#[track_caller]
fn told(sheet: &str) -> (String, String) {
    let (findings, _) = found(sheet, "", &rules());
    let [finding] = findings.as_slice() else { panic!("one finding: {findings:#?}") };
    (finding.message.clone(), finding.help.clone())
}

#[track_caller]
fn check_help(sheet: &str, expect: &str) {
    assert_eq!(told(sheet).1, expect, "{sheet}");
}

#[test]
fn a_category_may_be_named() {
    for text in ["6614", "T-Shirts", "fashion > t-shirts", "Fashion/T-Shirts"] {
        let (findings, checked) = found(&format!("PrimaryCategory\n{text}"), "", &rules());
        assert_eq!(shown(&findings), "", "{text}");
        let category = checked.groups()[0].product.category.map(|category| category.number());
        assert_eq!(category, Some(6614), "{text}");
    }
    check("PrimaryCategory\nT-Shits", "A2 invalid-category");
    check_by(&Rules::default(), "", "PrimaryCategory\nT-Shirts", "A2 invalid-category");
    check_help("PrimaryCategory\nT-Shits", "the nearest: 6614 (Fashion > T-Shirts)");
}

#[test]
fn a_name_of_several_categories_is_ambiguous() {
    let leaf = |id| Node { id, name: "Shoes".to_owned(), children: Vec::new() };
    let above = |id, name: &str, child| Node { id, name: name.to_owned(), children: vec![leaf(child)] };
    let tree = vec![above(1, "Men", 10), above(2, "Women", 20)];
    let shoes = Categories::new(None, DateTime::UNIX_EPOCH, tree, BTreeMap::new(), None);
    let rules = Rules { categories: Some(Arc::new(shoes)), ..Rules::default() };
    let (findings, _) = found("PrimaryCategory\nShoes", "", &rules);
    assert_eq!(shown(&findings), "A2 ambiguous-category");
    assert_eq!(findings[0].help, "write the number or the path of one: 10 (Men > Shoes) or 20 (Women > Shoes)");
    check_by(&rules, "", "PrimaryCategory\nMen > Shoes", "A1 category-not-pulled");
}

#[test]
fn a_number_that_the_marketplace_does_not_have_is_told() {
    check("PrimaryCategory\n7777", "A2 unknown-category");
    check("PrimaryCategory\n6614", "");
}

#[test]
fn a_category_with_others_below_it_holds_no_products() {
    check("PrimaryCategory\n1", "A2 category-not-leaf");
    check_help(
        "PrimaryCategory\nFashion",
        "write one of those that hold products: 6614 (Fashion > T-Shirts) or 6615 (Fashion > Dresses)",
    );
}

#[test]
fn up_to_five_categories_are_named_in_the_command_that_pulls_them() {
    let leaf = |id: u64| Node { id, name: format!("Shelf {id}"), children: Vec::new() };
    let tree = (11..=56).map(leaf).collect();
    let shelves = Categories::new(None, DateTime::UNIX_EPOCH, tree, BTreeMap::new(), None);
    let rules = Rules { categories: Some(Arc::new(shelves)), ..Rules::default() };
    let help = |last: u64| {
        let rows: String = (11..=last).map(|id| format!("\n{id}")).collect();
        let (findings, _) = found(&format!("PrimaryCategory{rows}"), "", &rules);
        findings.into_iter().find(|finding| finding.rule == Rule::CategoryNotPulled).unwrap().help
    };
    let five = "ask the marketplace: skuload category pull --shop NAME --category 11,12,13,14,15";
    assert_eq!(help(15), five);
    assert_eq!(help(56), "ask the marketplace: skuload category pull --shop NAME --all");
}

#[test]
fn a_category_of_which_nothing_is_known_is_noted_once() {
    check("PrimaryCategory\n4\n4\nDresses", "A1 category-not-pulled");
    let (message, help) = told("PrimaryCategory\n4\n4\nDresses");
    assert_eq!(
        message,
        "what Books (4) and Fashion > Dresses (6615) demand is not known, so that its rows are checked less"
    );
    assert_eq!(help, "ask the marketplace: skuload category pull --shop NAME --category 4,6615");
}

#[test]
fn each_sku_gives_what_its_category_demands_of_skus() {
    check("size\nM", "");
    check("size|brand\nM | Acme\n\u{a0}M|Acme\u{a0}", "");
    check("size\n\nM", "A2 missing-attribute");
    let (message, help) = told("size\n");
    assert_eq!(message, "size is empty, and Fashion > T-Shirts (6614) demands it");
    assert_eq!(help, "fill in A2");
}

#[test]
fn some_row_of_a_product_gives_what_its_category_demands_of_products() {
    check("product|warranty_type\nP1|No Warranty\nP1|", "");
    check("product|warranty_type\nP1|\nP1|No Warranty", "");
    check("product|warranty_type\nP1|\nP1|\nP2|No Warranty", "B2 missing-attribute");
    check("product|AssociatedSku|warranty_type\nP1|SHOP-1|", "");
    check("product|SPUId|warranty_type\nP1|77|", "");
}

#[test]
fn a_column_that_categories_demand_is_missed_once() {
    check_without("size", "product\nP1\nP1\nP2", "row 1 missing-attribute");
    check_without("warranty_type", "product\nP1\nP1\nP2", "row 1 missing-attribute");
    let (findings, checked) = found("product\nP1\nP1\nP2", "size", &rules());
    assert_eq!(findings[0].message, "the sheet has no column for size, which Fashion > T-Shirts (6614) demands");
    assert!(checked.rows().iter().all(|row| matches!(row.fate, Fate::Invalid(_))), "{:?}", checked.rows());
}

#[test]
fn only_the_rows_of_the_category_need_its_column() {
    let header = "product|PrimaryCategory|model|quantity|storage_capacity_new|warranty_type";
    let rows = "P1|3|M1|1|64GB|\nP2|6614||||No Warranty";
    let (findings, checked) = found(&format!("{header}\n{rows}"), "size", &rules());
    assert_eq!(shown(&findings), "row 1 missing-attribute", "{findings:#?}");
    let is_invalid: Vec<bool> = checked.rows().iter().map(|row| matches!(row.fate, Fate::Invalid(_))).collect();
    assert_eq!(is_invalid, [false, true]);
}

#[test]
fn fields_of_ours_that_a_category_demands_are_told_too() {
    let phone = "PrimaryCategory|model|quantity|storage_capacity_new|warranty_type|size";
    check_without(SHIRT, &format!("{phone}\n3|M1|5|64GB||"), "");
    check_without(SHIRT, &format!("{phone}\n3||5|64GB||"), "B2 missing-attribute");
    check_without(SHIRT, &format!("{phone}\n3|M1||64GB||"), "C2 missing-attribute");
}

#[test]
fn what_shops_have_is_not_demanded_again() {
    let update = Rules { mode: Mode::Update, ..rules() };
    check_by(&update, SHIRT, "PrimaryCategory\n6614", "");
    let upsert = Rules { mode: Mode::Upsert, ..rules() };
    check_by(&upsert, "warranty_type", "size|model\nM|\n|M1", "row 1 needed-to-create; A3 needed-to-create");
    let asking = Rules { asks_shop: true, ..upsert };
    check_by(&asking, "warranty_type", "size|model\nM|\n|M1", "");
}

#[test]
fn what_a_category_demands_is_not_cleared() {
    let update = Rules { mode: Mode::Update, ..rules() };
    check_by(&update, "", "size|warranty_type\n<clear>|<clear>", "A2 missing-attribute; B2 missing-attribute");
    check_by(&update, "", "size|clothing_material\nM|<clear>", "");
    let blank = Rules { blank: Blank::Clear, ..update };
    check_by(&blank, "", "size|warranty_type\n|", "A2 missing-attribute; B2 missing-attribute");
    check_by(&blank, "", "product|size|warranty_type\nP|M|\nP|S|No Warranty", "");
}

#[test]
fn a_value_is_one_of_the_options_letter_by_letter() {
    check("size\nM", "");
    check("size|brand\nM | Acme\n\u{a0}M|Acme\u{a0}", "");
    check("size\nL", "A2 unknown-option");
    check("color_family\nTurquoise", "");
    let (message, help) = told("warranty_type\nlocal warranty");
    assert_eq!(message, "warranty_type `local warranty` is none of the 2 values that Fashion > T-Shirts (6614) allows");
    assert_eq!(help, "write `Local Warranty`: only upper and lower case differ");
    check_help("warranty_type\nLocal  Warranty", "write `Local Warranty`: only spaces differ");
    check_help("warranty_type\nlocalwarranty", "write `Local Warranty`: only spaces and upper and lower case differ");
    check_help("warranty_type\nLocal Waranty", "write `Local Warranty`");
    check_help("size\nHuge", "write one of `S`, `M` or `XL`");
}

#[test]
fn of_several_values_each_wrong_one_is_named() {
    check("clothing_material\nCotton, Linen", "");
    check("clothing_material\nSilk, raw; Cotton", "");
    let (message, help) = told("clothing_material\nCoton, Linen, Stone");
    assert_eq!(
        message,
        "clothing_material `Coton`, `Stone` are none of the 3 values that Fashion > T-Shirts (6614) allows"
    );
    assert_eq!(help, "write `Cotton`; write one of `Cotton`, `Linen` or `Silk, raw`");
}

#[test]
fn a_number_and_a_date_are_written_as_such() {
    check("weight_class\n1.5", "");
    check("weight_class\n1,5", "A2 attribute-number");
    check("weight_class\n2 kg", "A2 attribute-number");
    check("made_on\n2026-12-31", "");
    check("made_on\n2026-12-31 18:00", "");
    check("made_on\n31/12/2026", "A2 attribute-date");
    check_help("made_on\n31/12/2026", "write 2026-12-31");
    check_help("made_on\n03/04/2026", "write 2026-04-03 or 2026-03-04, whichever is meant");
}

#[test]
fn a_column_at_the_other_level_is_told_once_for_each_category() {
    let phone = "PrimaryCategory|model|quantity|storage_capacity_new|warranty_type";
    let rows = "3|M1|5|64GB|No Warranty\n3|M2|5|64GB|No Warranty\n6614||||No Warranty";
    check(&format!("{phone}|size\n3|M1|5|64GB||\n6614||||No Warranty|M"), "");
    let sheet = format!("{phone}|size\n{}", rows.replace("3|M1|5|64GB|No Warranty", "3|M1|5|64GB|No Warranty|"));
    let (findings, _) =
        found(&sheet.replace("No Warranty\n6614||||No Warranty", "No Warranty|\n6614||||No Warranty|M"), "", &rules());
    assert_eq!(shown(&findings), "E2 attribute-level", "{findings:#?}");
    assert_eq!(
        findings[0].message,
        "Phones > Mobiles (3) has warranty_type with each SKU, and the column is sent with the product"
    );
    assert_eq!(findings[0].help, "say where it belongs with --map \"warranty_type=sku.warranty_type\"");
}

#[test]
fn an_attribute_that_the_category_does_not_have_is_told_once() {
    check("kid_years\n3\n4\n", "A2 unlisted-attribute");
    check("kid_years\n\n", "");
    let (message, _) = told("kid_years\n3");
    assert_eq!(message, "kid_years is no attribute of Fashion > T-Shirts (6614), and is sent all the same");
}

#[test]
fn a_rule_that_is_made_an_error_is_told_of_each_row() {
    let mut strict = rules();
    strict.severities.set(Rule::UnlistedAttribute, Some(Severity::Error)).unwrap();
    let (findings, checked) = found("kid_years\n3\n4", "", &strict);
    assert_eq!(shown(&findings), "A2 unlisted-attribute; A3 unlisted-attribute");
    assert!(checked.rows().iter().all(|row| matches!(row.fate, Fate::Invalid(_))));
}

#[test]
fn a_rule_that_is_made_less_keeps_no_row_back() {
    let mut mild = rules();
    mild.severities.set(Rule::MissingAttribute, Some(Severity::Warning)).unwrap();
    let (findings, checked) = found("product\nP1", "size", &mild);
    assert_eq!(shown(&findings), "row 1 missing-attribute");
    assert_eq!(checked.rows()[0].fate, Fate::Sound);
}

#[test]
fn white_space_at_the_ends_of_a_value_of_a_list_is_not_sent() {
    let (_, checked) = found("size|brand|clothing_material\nM\u{a0}| Acme |Cotton, Linen ", "warranty_type", &rules());
    let sku = checked.rows()[0].given().expect("a SKU");
    assert!(sku.attributes.iter().any(|size| size.name == "size" && size.value == "M"), "{:?}", sku.attributes);
    let product = &checked.groups()[0].product;
    assert_eq!(product.brand.as_deref(), Some("Acme"));
    assert!(product.attributes.iter().any(|material| material.value == "Cotton, Linen"), "{:?}", product.attributes);
}

#[test]
fn a_brand_is_one_that_the_marketplace_lists() {
    check("brand\nAcme\nNo Brand\nÜmlaut\nU\u{308}mlaut", "");
    check("brand\nAcne", "A2 unknown-brand");
    check_help("brand\nacme", "write `Acme`: only upper and lower case differ; one without a brand is `No Brand`");
    check_help("brand\nAcne", "write `Acme`; one without a brand is `No Brand`");
    check_help("brand\nNo brand", "write `No Brand`: only upper and lower case differ");
    check_help("brand\nNoBrand", "write `No Brand`: only spaces differ");
    check_help("brand\nno brand ", "write `No Brand`: only upper and lower case differ");
}

#[test]
fn a_row_without_a_category_is_held_against_that_of_its_product() {
    let header = "product|PrimaryCategory|size|warranty_type";
    check(&format!("{header}\nP1|6614|M|No Warranty\nP1||S|"), "");
    check(&format!("{header}\nP1|6614|M|No Warranty\nP1||L|"), "C3 unknown-option");
    check(&format!("{header}\nP1||L|No Warranty\nP1|6614|M|"), "C2 unknown-option");
    check(&format!("{header}\nP1|6614|M|No Warranty\nP1|||"), "C3 missing-attribute");
}

#[test]
fn a_row_below_another_product_is_held_against_its_own_product() {
    let header = "product|PrimaryCategory|model|quantity|storage_capacity_new|size|warranty_type";
    let rows = ["P1|6614||||M|No Warranty", "P2|3|M1|1|64GB||", "P1|||||L|", "P2|||1|32GB||"];
    let expect = "F4 unknown-option; E5 unknown-option";
    check(&format!("{header}\n{}", rows.join("\n")), expect);
    let sound = rows.map(|row| row.replace("|L|", "|S|").replace("32GB", "128GB"));
    check(&format!("{header}\n{}", sound.join("\n")), "");
}

#[test]
fn a_number_and_its_name_are_one_category_of_one_product() {
    check("product|PrimaryCategory\nP1|6614\nP1|T-Shirts\nP1|Fashion > T-Shirts", "");
    let (findings, checked) = found("name|PrimaryCategory\nShirt|6614\nShirt|T-Shirts", "", &rules());
    assert_eq!(shown(&findings), "");
    assert_eq!(checked.groups().len(), 1);
}

#[test]
fn a_header_that_is_a_label_or_a_name_of_an_attribute_is_its_column() {
    let (_, checked) = found("Material of the cloth|hazmat|made-on\nCotton|Battery|2026-01-01", "", &rules());
    let product = &checked.groups()[0].product;
    let names: Vec<&str> = product.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    assert_eq!(names, ["clothing_material", "Hazmat", "made_on", "warranty_type"]);
}

#[test]
fn a_row_that_repeats_the_category_of_the_shop_is_held_against_it() {
    let update = Rules { mode: Mode::Update, ..rules() };
    let header = "PrimaryCategory|size|skuload: ShopSku|skuload: PrimaryCategory";
    check_by(&update, "", &format!("{header}\n6614|L||6614"), "B2 unknown-option");
}

#[test]
fn categories_that_no_tree_holds_are_known_by_their_attributes() {
    let size = attribute("size!", Input::One, Level::Sku, "S/M");
    let alone = Categories::new(None, DateTime::UNIX_EPOCH, Vec::new(), BTreeMap::from([(9, vec![size])]), None);
    let rules = Rules { categories: Some(Arc::new(alone)), ..Rules::default() };
    let sheet = |size: &str| format!("PrimaryCategory|color_family|size\n9||{size}");
    check_by(&rules, SHIRT, &sheet("M"), "");
    check_by(&rules, SHIRT, &sheet("L"), "C2 unknown-option");
}

#[test]
fn products_are_held_together_over_sheets() {
    let attributes = categories().listed_attributes();
    let choice = Choice { attributes, ..Choice::default() };
    let first = filled("product|size|PrimaryCategory|warranty_type\nP1|M|6614|", "");
    let second = filled("product|PrimaryCategory|warranty_type|size|SellerSku\nP1||No Warranty|S|B-1", "");
    let third = filled("product|PrimaryCategory|SellerSku\nP2|6614|B-2", "");
    let tables = |texts: &[(&str, &String)]| {
        texts.iter().flat_map(|(name, text)| tables_of(name, text, &choice)).collect::<Vec<_>>()
    };
    let (findings, _) = run(&tables(&[("a.csv", &first), ("b.csv", &second)]), &rules());
    assert_eq!(shown(&findings), "");
    let (findings, _) = run(&tables(&[("b.csv", &second), ("c.csv", &third)]), &rules());
    let told: Vec<String> = findings.iter().map(|found| format!("{} {}", found.location, found.message)).collect();
    let expected = [
        "b.csv:2:2 the mandatory field category is empty",
        "c.csv:1 the sheet has no column for size, which Fashion > T-Shirts (6614) demands",
        "c.csv:2 no row of the product gives warranty_type, which Fashion > T-Shirts (6614) demands",
    ];
    assert_eq!(told, expected);
}
