//! What headers are taken for, and what is said of them.

use std::ops::ControlFlow;

use super::{Choice, ColumnError, Columns, Currency, Field, Role, Table, Target, Unit, choose};
use crate::category::ListedAttribute;
use crate::finding::{Finding, Rule};
use crate::location::Location;
use crate::sheet::{Input, ReadOptions, Source};

const FULL: &str = "SellerSku|PrimaryCategory|name|short_description|brand|price|package_weight|package_length|package_width|package_height|color_family";

fn resolve(extra: &str, choice: &Choice) -> Result<(Columns, Vec<Finding>), ColumnError> {
    let headers = FULL.split('|').chain(extra.split('|').filter(|header| !header.is_empty())).map(str::to_owned);
    let location = Location { file: "t.csv".into(), sheet: None, row: 1, line: Some(1), column: None };
    Columns::resolve(headers.collect(), choice, &location)
}

#[track_caller]
fn check(extra: &str, expect: &str) {
    let (_, findings) = resolve(extra, &Choice::default()).expect("columns resolve");
    let found: Vec<String> = findings.iter().map(|f| format!("{} {}", f.location.short(), f.rule)).collect();
    assert_eq!(found.join("; "), expect, "{extra}");
}

#[test]
fn a_column_is_sent_only_when_it_is_known() {
    check("Image|Image|Image", "");
    check("cost_price|pirce", "row 1 unknown-column");
    check("currencyCode", "row 1 ignored-column");
    check("attr.video|sku.flavour", "");
}

#[test]
fn a_status_is_told_as_what_new_skus_have_not() {
    check("Status", "row 1 ignored-column");
    check("status|Url", "row 1 ignored-column; row 1 ignored-column");
    check("Status|sku.active", "M1 duplicate-column; row 1 ignored-column");
    let (columns, findings) = resolve("Status", &Choice::default()).expect("columns resolve");
    assert_eq!(columns.column_of(Field::Active), Some(12));
    assert!(findings[0].message.contains("`Status` is not sent"), "{findings:?}");
}

#[test]
fn a_status_for_all_rows_is_told_as_what_new_skus_have_not() {
    let active = || vec![("active".to_owned(), "false".to_owned())];
    for (choice, name) in [
        (Choice { set: active(), ..Choice::default() }, "--set active"),
        (Choice { defaults: active(), ..Choice::default() }, "[defaults] active"),
    ] {
        let (_, findings) = resolve("", &choice).expect("columns resolve");
        let told = findings.iter().find(|finding| finding.rule == Rule::IgnoredColumn).expect(name);
        assert_eq!(told.message, format!("`{name}` is not sent: a new SKU has no status"));
    }
    let (_, findings) = resolve("", &Choice::default()).expect("columns resolve");
    assert!(findings.iter().all(|finding| finding.rule != Rule::IgnoredColumn), "{findings:?}");
}

#[test]
fn the_four_fields_of_a_sale_stand_side_by_side() {
    check("special_price|special_from_date|special_from_time|special_to_date|special_to_time", "");
    check("Special From Time|sku.special_to_time", "");
}

#[test]
fn two_columns_for_one_field_are_refused() {
    check("quantity|Stock", "M1 duplicate-column");
    check("attr.video|attr.video", "M1 duplicate-column");
    check("Image2|Image2", "M1 duplicate-column");
}

#[test]
fn a_product_id_spelled_otherwise_is_refused_with_both_readings() {
    check("ProductID", "L1 ambiguous-column");
    check("ProductId", "");
    check("Product ID", "row 1 ignored-column");
}

#[test]
fn a_field_is_itself_also_behind_a_prefix() {
    check("sku.price", "L1 duplicate-column");
    check("attr.name", "L1 duplicate-column");
    check("attr.PrimaryCategory", "L1 duplicate-column");
    check("sku.quantity", "");
    check("sku.Images|attr.image", "");
    check("attr.Skus", "L1 invalid-attribute-name");
}

#[test]
fn the_main_image_and_numbered_ones_stand_side_by_side() {
    check("MainImage|Image1|Image2", "");
    check("MainImage|Main Picture", "M1 duplicate-column");
}

#[test]
fn the_advice_for_a_stranger_is_one_that_can_be_followed() {
    let (_, findings) = resolve("cost (SGD)|2nd price|Colour familly", &Choice::default()).expect("columns resolve");
    let help = &findings[0].help;
    assert!(help.contains("\"cost (SGD)=ignore\"") && help.contains("\"cost (SGD)=sku.cost__sgd\""), "{help}");
    assert!(help.contains("\"2nd price=sku._2nd_price\""), "{help}");
    assert!(help.contains("did you mean `color_family`, which is column K already?"), "{help}");
}

#[test]
fn an_attribute_must_be_an_xml_name() {
    check("attr.test 4", "L1 invalid-attribute-name");
    check("attr.4k", "L1 invalid-attribute-name");
    check("attr.สี", "");
}

#[test]
fn a_mandatory_field_without_a_column_is_found_once_at_the_header() {
    let headers = "SellerSku|name|price".split('|').map(str::to_owned).collect();
    let location = Location { file: "t.csv".into(), sheet: None, row: 3, line: Some(3), column: None };
    let (_, findings) = Columns::resolve(headers, &Choice::default(), &location).expect("columns resolve");
    let missing: Vec<_> = findings.iter().filter(|f| f.rule == Rule::MissingColumn).collect();
    let fields: Vec<_> = missing.iter().filter_map(|f| f.field.as_deref()).collect();
    assert_eq!(
        fields,
        [
            "category",
            "short_description",
            "brand",
            "package_weight",
            "package_length",
            "package_width",
            "package_height"
        ]
    );
    assert!(missing.iter().all(|finding| finding.location.row == 3 && finding.location.column.is_none()));
}

#[test]
fn an_spu_column_excuses_name_and_brand_and_an_associated_sku_the_category_too() {
    let resolve = |headers: &str| {
        let headers = headers.split('|').map(str::to_owned).collect();
        let location = Location { file: "t.csv".into(), sheet: None, row: 1, line: Some(1), column: None };
        let (_, findings) = Columns::resolve(headers, &Choice::default(), &location).expect("columns resolve");
        findings.iter().filter(|f| f.rule == Rule::MissingColumn).filter_map(|f| f.field.clone()).collect::<Vec<_>>()
    };
    let parcel = "price|package_weight|package_length|package_width|package_height";
    assert_eq!(resolve(&format!("SellerSku|SPUId|{parcel}")), ["category"]);
    assert!(resolve(&format!("SellerSku|AssociatedSku|{parcel}")).is_empty());
}

#[test]
fn a_mapping_and_a_constant_settle_what_the_headers_do_not() {
    let choice = Choice {
        map: vec![("Shelf colour".to_owned(), "sku.shelf".to_owned())],
        set: vec![("tax_class".to_owned(), "default".to_owned())],
        ..Choice::default()
    };
    let (columns, findings) = resolve("Shelf colour", &choice).expect("columns resolve");
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(
        columns.attributes().iter().map(|kind| kind.name.as_str()).collect::<Vec<_>>(),
        ["color_family", "shelf", "tax_class"]
    );
    assert_eq!(columns.constants().len(), 1);
}

#[test]
fn a_mapping_to_nothing_known_and_a_constant_for_a_column_are_told() {
    let choice = |map: &str, set: &str| Choice {
        map: map.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned())).into_iter().collect(),
        set: set.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned())).into_iter().collect(),
        ..Choice::default()
    };
    let error = |choice: &Choice| resolve("x", choice).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error(&choice("x=pirce", "")).contains("did you mean `price`"));
    assert!(error(&choice("", "brand=Acme")).contains("the sheet has the column `brand`"));
    assert!(error(&choice("", "seller_sku=A")).contains("makes no sense"));
    assert!(error(&choice("", "item_id=5")).contains("makes no sense"));
    let twice = vec![("size".to_owned(), "M".to_owned()), ("sku.size".to_owned(), "L".to_owned())];
    assert!(error(&Choice { set: twice, ..Choice::default() }).contains("set twice"));
}

// --- units and currencies ---

#[test]
fn a_unit_in_a_header_is_kept_and_a_conversion_is_told() {
    let choice = Choice { map: vec![("package_weight".to_owned(), "ignore".to_owned())], ..Choice::default() };
    let (columns, findings) = resolve("Weight (g)", &choice).expect("columns resolve");
    assert_eq!((columns.unit(11), columns.name_of(11).as_deref()), (Some(Unit::Gram), Some("package_weight (g)")));
    let told: Vec<String> =
        findings.iter().map(|f| format!("{} {} {}", f.location.short(), f.rule, f.message)).collect();
    assert_eq!(told, ["L1 header-unit package_weight is read in g and sent in kg"]);
    let (columns, findings) = resolve("น้ำหนัก (กก.)", &choice).expect("columns resolve");
    assert_eq!((columns.unit(11), findings.len()), (Some(Unit::Kilogram), 0));
}

#[test]
fn a_currency_in_a_header_is_kept() {
    let (columns, findings) = resolve("Sale Price (THB)", &Choice::default()).expect("columns resolve");
    assert_eq!((columns.currency(11), columns.unit(11)), (Some(Currency::Thb), None));
    assert_eq!(columns.name_of(11).as_deref(), Some("special_price (THB)"));
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn a_unit_that_does_not_fit_is_refused_with_what_to_do() {
    check("Weight (cm)", "L1 ambiguous-column");
    check("Sale Price ($)", "L1 ambiguous-column");
    let (_, findings) = resolve("Sale Price ($)", &Choice::default()).expect("columns resolve");
    assert_eq!(
        findings[0].message,
        "the header `Sale Price ($)` is either special_price in SGD or special_price in USD"
    );
    assert!(findings[0].help.contains("--map \"Sale Price ($)=special_price (SGD)\""), "{}", findings[0].help);
}

#[test]
fn a_mapping_keeps_the_unit_of_the_header_and_may_name_one() {
    let unit = |header: &str, name: &str| {
        let map = vec![("package_weight".to_owned(), "ignore".to_owned()), (header.to_owned(), name.to_owned())];
        let (columns, _) = resolve(header, &Choice { map, ..Choice::default() }).expect("columns resolve");
        (columns.target(11) == Target::Field(Field::PackageWeight)).then(|| columns.unit(11))
    };
    assert_eq!(unit("Gewicht", "package_weight"), Some(None));
    assert_eq!(unit("Gewicht (g)", "package_weight"), Some(Some(Unit::Gram)));
    assert_eq!(unit("Variant Grams", "package_weight"), Some(Some(Unit::Gram)));
    assert_eq!(unit("Peso", "package_weight (g)"), Some(Some(Unit::Gram)));
    assert_eq!(unit("Peso (kg)", "package_weight (lb)"), Some(Some(Unit::Pound)));
}

// --- what stands beside the cells ---

fn pairs(text: &str) -> Vec<(String, String)> {
    let pairs = text.split(';').filter_map(|pair| pair.split_once('='));
    pairs.map(|(from, to)| (from.to_owned(), to.to_owned())).collect()
}

#[test]
fn a_default_fills_its_column_and_stands_for_one_that_the_sheet_lacks() {
    let choice = Choice { defaults: pairs("brand=No Brand;warranty=1 Year"), ..Choice::default() };
    let (columns, _) = resolve("", &choice).expect("columns resolve");
    assert_eq!(columns.defaults(), [(Target::Field(Field::Brand), "No Brand".to_owned())]);
    assert_eq!(columns.constants(), [(Target::Attribute(1), "1 Year".to_owned())]);
    let headers = FULL.replace("|brand", "").split('|').map(str::to_owned).collect();
    let location = Location { file: "t.csv".into(), sheet: None, row: 1, line: Some(1), column: None };
    let (columns, findings) = Columns::resolve(headers, &choice, &location).expect("columns resolve");
    assert!(columns.defaults().is_empty() && columns.has(Field::Brand) && findings.is_empty(), "{findings:?}");
    let both = Choice { set: pairs("warranty=2 Years"), ..choice };
    let (columns, _) = resolve("", &both).expect("columns resolve");
    assert_eq!(columns.constants(), [(Target::Attribute(1), "2 Years".to_owned())]);
}

#[test]
fn a_value_is_found_as_it_is_typed_or_else_in_any_case() {
    let values = vec![
        ("color_family".to_owned(), pairs("สีแดง=Red;navy=Blue;Navy=Dark Blue;Ｍint=Green")),
        ("size".to_owned(), pairs("M=Int:M")),
    ];
    let (columns, findings) = resolve("", &Choice { values, ..Choice::default() }).expect("columns resolve");
    assert!(findings.is_empty() && columns.attributes().len() == 1, "{findings:?}");
    let value = |text: &str| columns.value_for(Target::Attribute(0), text);
    assert_eq!((value(" สีแดง "), value("navy"), value("Navy")), (Some("Red"), Some("Blue"), Some("Dark Blue")));
    assert_eq!((value("MINT"), value("NAVY"), value("Red")), (Some("Green"), None, None));
    assert_eq!(columns.value_for(Target::Field(Field::Brand), "M"), None);
}

#[test]
fn a_name_of_the_shops_language_stands_for_its_option_unless_the_user_says_otherwise() {
    let kind = crate::category::known("color_family").cloned().unwrap();
    let local = pairs("สีแดง=Red;สีฟ้า=Light Blue");
    let attributes = vec![ListedAttribute { kind, label: String::new(), local }];
    let values = vec![("color_family".to_owned(), pairs("สีฟ้า=Sky"))];
    let (columns, _) = resolve("", &Choice { attributes, values, ..Choice::default() }).expect("columns resolve");
    let value = |text: &str| columns.value_for(Target::Attribute(0), text);
    assert_eq!((value("สีแดง"), value(" สีฟ้า"), value("Red")), (Some("Red"), Some("Sky"), None));
}

#[test]
fn defaults_and_values_of_what_makes_no_sense_are_told() {
    let defaults = |text: &str| Choice { defaults: pairs(text), ..Choice::default() };
    let values = |name: &str| Choice { values: vec![(name.to_owned(), pairs("a=b"))], ..Choice::default() };
    let error = |choice: &Choice| resolve("", choice).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error(&defaults("seller_sku=A")).contains("[defaults] seller_sku: one value for all rows makes no sense"));
    assert!(error(&defaults("brnad=A")).contains("did you mean `brand`"));
    assert!(error(&defaults("size=A;sku.size=B")).contains("given twice"));
    assert!(error(&defaults("package_weight (g)=500")).contains("write package_weight without a unit, in kg"));
    assert!(error(&defaults("brand=A\u{7}")).contains("control character"));
    assert!(error(&defaults("brand= \u{200b}")).contains("[defaults] brand: the value is empty"));
    let set = Choice { set: pairs("warranty="), ..Choice::default() };
    assert!(error(&set).contains("--set warranty: the value is empty"));
    assert!(error(&values("seller_sku")).contains("[values.seller_sku]"));
    assert!(error(&values("colour familly")).contains("did you mean"));
}

#[test]
fn a_column_may_mark_the_rows_to_leave_out() {
    let (columns, findings) = resolve("skip", &Choice::default()).expect("columns resolve");
    assert!(columns.target(11) == Target::Skip && findings.is_empty(), "{findings:?}");
    let choice = Choice { map: pairs("Status=skip"), ..Choice::default() };
    let (columns, findings) = resolve("Status", &choice).expect("columns resolve");
    assert!(columns.target(11) == Target::Skip && findings.is_empty(), "{findings:?}");
    assert_eq!(columns.name_of(11).as_deref(), Some("skip"));
}

// --- header rows ---

fn table(text: &str, choice: &Choice) -> Table {
    let bytes = Input::Bytes(text.as_bytes().into());
    let source = Source::open("t.csv", bytes, &ReadOptions::default()).expect("a text");
    choose(&source, choice).expect("a table").remove(0)
}

/// Each row of a text as its role: `a`side, `H`eader, `r`ecord, `-` nothing.
fn roles(table: &Table) -> String {
    let mut roles = String::new();
    let each = &mut |block: crate::sheet::Block| {
        roles.extend(block.rows().map(|row| match table.role(&row) {
            Role::Aside => 'a',
            Role::Header => 'H',
            Role::Record => 'r',
            Role::Nothing => '-',
            Role::OtherHeader => 'O',
        }));
        ControlFlow::Continue(())
    };
    table.source.read(&table.sheet, each).expect("rows");
    roles
}

#[track_caller]
fn check_rows(text: &str, expect: &str, said: &str) {
    let text = text.replace('|', ",");
    let table = table(&text, &Choice::default());
    assert_eq!(roles(&table), expect, "{text}");
    let told = table.findings.iter().find(|finding| finding.rule.name() == "header-rows");
    assert_eq!(told.map_or("", |finding| finding.message.as_str()), said, "{text}");
}

#[test]
fn below_the_header_of_an_export_stand_records_alone() {
    check_rows("seller_sku|name|price|skuload: ShopSku\nRequired|Required|Optional|\nA|Tee|9|S", "Hrr", "");
    check_rows("seller_sku|name|price|skuload: ShopSku\nA|Tee|9|S\nSKU|name|price|brand", "Hrr", "");
    check_rows("seller_sku|name|skuload: ShopSku\nSKU|Name|price\nA|Tee|9", "Hrr", "");
}

#[test]
fn a_second_header_and_instructions_below_the_header_are_no_data() {
    check_rows("SKU|Name|Price\nA|Tee|9", "Hr", "");
    check_rows(
        "SKU|Name|Price|Brand\nรหัส SKU|ชื่อสินค้า|ราคา|\nA|Tee|9|X",
        "Har",
        "row 2 holds more headers, and is left out",
    );
    check_rows(
        "Spring||\nSKU|Name|Price\nRequired|Required|Optional\nText|e.g. Red shirt|Number\nA|Tee|9",
        "aHaar",
        "rows 3, 4 hold instructions, and are left out",
    );
    check_rows("SKU|Name|Price\nA|Required|9\nRequired|Optional|Optional", "Hrr", "");
    check_rows("SKU|Name|Price\nEXAMPLE (this row is skipped)|e.g. Tee|Text\nA|Tee|9", "Hrr", "");
    let said = "row 2 holds instructions, and is left out";
    check_rows("SKU|Name|Weight\nRequired|Required|g\nA|Tee|9", "Har", said);
    check_rows("SKU|Name|Weight|Price\n||g|THB\nA|Tee|9|9", "Har", said);
}

#[test]
fn a_header_over_two_rows_is_read_from_both() {
    let said = "row 2 holds more headers, and is left out; headers are taken from F2 `Weight`, G2 `Length`, H2 `Width`, I2 `Height` too";
    check_rows("SKU|Name|Price|Brand|Stock|Package\n|||||Weight|Length|Width|Height\nA|Tee|9|X|1|1|2|3|4", "Har", said);
    let text = "SKU|Package||||Name\n|Weight|Length|Width|Height|\nA|1|2|3|4|Tee".replace('|', ",");
    let table = table(&text, &Choice::default());
    assert_eq!(table.columns.headers(), ["SKU", "Weight", "Length", "Width", "Height", "Name"]);
    assert_eq!(roles(&table), "aHr");
}

#[test]
fn a_unit_that_only_one_of_two_headers_names_counts() {
    let text = "seller_sku,product_name,parcel_weight\nSeller SKU,Product name,Package weight(g)\nA,Tee,200\n";
    let table = table(text, &Choice::default());
    assert_eq!((table.columns.unit(2), roles(&table).as_str()), (Some(Unit::Gram), "Har"));
    let choice = Choice { map: pairs("parcel_weight=package_weight (kg)"), ..Choice::default() };
    assert_eq!(super::tests::table(text, &choice).columns.unit(2), Some(Unit::Kilogram));
    let text = "SKU,Name,Weight\nRequired,Required,Weight in grams\nA,Tee,200\n";
    let table = super::tests::table(text, &Choice::default());
    assert_eq!((table.columns.unit(2), roles(&table).as_str()), (Some(Unit::Gram), "Har"));
}

/// What the last column is written in, and the findings of its header.
#[track_caller]
fn check_said(text: &str, expect: &str) {
    let table = table(&text.replace('|', "\t"), &Choice::default());
    let last = table.columns.headers().len() - 1;
    let (unit, currency) = (table.columns.unit(last), table.columns.currency(last));
    let mut shown: Vec<&str> = unit.map(Unit::symbol).into_iter().chain(currency.map(Currency::code)).collect();
    let own = Some(last as u32 + 1);
    shown.extend(table.findings.iter().filter(|f| f.location.column == own).map(|f| f.message.as_str()));
    assert_eq!(shown.join("; "), expect, "{text}");
}

#[test]
fn a_unit_that_an_instruction_names_is_the_columns() {
    let gram = "g; package_weight is read in g, as row 2 says, and sent in kg";
    check_said("SKU|Name|Weight\nRequired|Required|Weight in grams, e.g. 500\nA|Tee|9", gram);
    check_said("SKU|Name|Weight\nRequired|Text|Number, unit gram, max 20000\nA|Tee|9", gram);
    check_said("SKU|Name|Weight\nYour code|What it is called|In grams\nA|Tee|9", gram);
    check_said("SKU|Name|Weight\nA|Tee|500 g\nB|Cap|9", "");
    check_said("SKU|Name|Weight\nRequired|Text|Fill it in\nA|Tee|9", "");
    check_said("SKU|Name|Weight (g)\nRequired|Text|in grams\nA|Tee|9", "g; package_weight is read in g and sent in kg");
    check_said(
        "SKU|Name|Weight (g)\nRequired|Text|in kg\nA|Tee|9",
        "the column `Weight (g)` is in g or kg, as its header and row 2 say",
    );
    check_said(
        "SKU|Name|Weight\nSKU|Name|Weight (g)\nRequired|Text|in kg\nA|Tee|9",
        "the column `Weight (g)` is in g or kg, as its header and row 2 and row 3 say",
    );
    check_said(
        "SKU|Name|Weight (g)\nรหัส SKU|ชื่อสินค้า|น้ำหนัก (กก.)\nA|Tee|9",
        "the column `Weight (g)` is in g or kg, as its header and row 2 say",
    );
}

#[test]
fn a_currency_that_an_instruction_names_is_the_columns() {
    check_said("SKU|Name|Price\nRequired|Required|USD\nA|Tee|12.5", "USD");
    check_said("SKU|Name|Price\nRequired|Required|Required, in USD\nA|Tee|12.5", "USD");
    check_said("SKU|Name|Price\nYour code|Title|in baht\nA|Tee|12.5", "THB");
    check_said("SKU|Name|Price\nA|Tee|USD 12.5", "");
    check_said(
        "SKU|Name|Price (THB)\nRequired|Required|in USD\nA|Tee|12.5",
        "the column `Price (THB)` is in THB or USD, as its header and row 2 say",
    );
    check_said(
        "SKU|Name|Price\nRequired|Required|e.g. $12\nA|Tee|12.5",
        "the column `Price` is in SGD or USD, as its header and row 2 say",
    );
}

#[test]
fn a_mapping_settles_what_header_and_instruction_say() {
    let text = "SKU,Name,Weight (g)\nRequired,Text,in kg\nA,Tee,9\n";
    let table =
        super::tests::table(text, &Choice { map: pairs("Weight (g)=package_weight (kg)"), ..Choice::default() });
    assert_eq!(table.columns.unit(2), Some(Unit::Kilogram));
    assert!(table.findings.iter().all(|finding| finding.rule != Rule::AmbiguousColumn), "{:?}", table.findings);
}

#[test]
fn a_row_above_its_variants_is_a_record_whatever_its_name() {
    let check = |row: &str, expect: &str| {
        let text = format!("product|Name|SKU|Price|Brand\n{row}\n|Tee|A|9|X").replace('|', "\t");
        assert_eq!(roles(&table(&text, &Choice::default())), expect, "{row}");
    };
    check("P1|iPhone 15 Pro Max 256GB|||", "Hrr");
    check("P1|Nike Air Max 90|||", "Hrr");
    check("P1||||", "Hrr");
    check("|Max 90 Sneaker|||", "Hrr");
    check("|Sample Pack|||", "Hrr");
    check("P1|Example Tee|||Required", "Hrr");
    check("Required|Please enter the name|Required|Required|", "Har");
    check("|Please enter the name|||", "Har");
    check("|Enter the name||Required|Required", "Har");
    check("Text|Text, max 255 characters|||", "Har");
    let choice = Choice { group_by: crate::column::GroupBy::Column("Style".to_owned()), ..Choice::default() };
    let text = "Style,Name,SKU,Price\nS1,e.g. Tee,,\nS1,Tee,A,9\n";
    assert_eq!(roles(&table(text, &choice)), "Hrr");
}

#[test]
fn a_header_that_comes_again_is_no_data() {
    check_rows("SKU|Name|Price\nA|Tee|9\n\nSKU|Name|Price\nB|Cap|9\nSKU|Name|9", "Hr--rr", "");
}

#[test]
fn a_header_in_other_words_is_no_data_either() {
    check_rows("SKU|Name|Price\nA|Tee|9\nsku|NAME|price *\nB|Cap|9", "Hr-r", "");
    check_rows("SKU|Name|Price\nA|Tee|9\nรหัส SKU|ชื่อสินค้า|ราคา\nB|Cap|9", "Hr-r", "");
}

#[test]
fn a_header_with_other_columns_is_told_apart_from_records() {
    check_rows("SKU|Name|Price|Quantity\nA|Tee|9|1\nB|Cap|9|1\nSKU|Name|Quantity|Price\nC|Hat|1500|7", "HrrOr", "");
    check_rows("SKU|Name|Weight (g)\nA|Tee|9\nSKU|Name|Weight (kg)\nC|Hat|2", "HrOr", "");
    check_rows("SKU|Name|Weight\nA|Tee|9\nSKU|Name|Weight (g)\nC|Hat|2", "HrOr", "");
    check_rows("SKU|Name|Price (THB)\nA|Tee|9\nSKU|Name|Price (USD)\nC|Hat|2", "HrOr", "");
    check_rows("SKU|Name|Price|Shelf\nA|Tee|9|x\nNo.|SKU|Name|Price\n1|C|Hat|2", "HrOr", "");
    check_rows("SKU|Name|Price\nA|Tee|9\nSKU|Name|Price|Brand\nC|Hat|2|X", "HrOr", "");
    check_rows("SKU|Name|Price|Quantity\nSKU|Name|Quantity|Price\nC|Hat|1500|7", "HOr", "");
    // Words of headers in a record.
    check_rows("Name|SKU|Price|Option1 Name|Option2 Name\nTee|A|9|Size|Color\nCap|||Size|Color", "Hrr", "");
    check_rows("SKU|Name|Price\nA|Tee|9\nTotal|Price|9", "Hrr", "");
}

#[test]
fn the_named_header_row_stands_and_instructions_below_it_are_told() {
    let choice = Choice { header_row: Some(2), ..Choice::default() };
    let table = table("SKU,Name,Price\nsku,name,price\nRequired,Required,Optional\nA,Tee,9\n", &choice);
    assert_eq!((table.header.row, table.first_row, roles(&table).as_str()), (2, 4, "aHar"));
}

#[test]
fn a_guessed_encoding_is_told_with_the_flag_that_keeps_it() {
    let header = Location { file: "t.csv".into(), sheet: None, row: 1, line: Some(1), column: None };
    let finding = super::told::guessed_encoding("windows-874", &header);
    assert_eq!(finding.rule.name(), "guessed-encoding");
    assert!(finding.help.contains("--encoding windows-874"), "{}", finding.help);
}

proptest::proptest! {
    #[test]
    fn any_text_may_stand_in_a_header(text in "[ -~]{0,12}|.{0,12}|([(*:/\\[\n) ]|g|cm|น้ำหนัก|ราคา|Price|required|บาท|克|\u{200b}|é){0,8}") {
        let header = format!("SKU,Name,\"{}\"\nA,Tee,1\n", text.replace('"', "\"\""));
        let bytes = Input::Bytes(header.into_bytes().into());
        if let Ok(source) = Source::open("t.csv", bytes, &ReadOptions::default()) {
            let _ = choose(&source, &Choice::default());
        }
        let _ = (super::nearest(&text), super::readings(&text), super::instruction::is_one(&text));
    }
}

// --- other sheets ---

fn workbook(sheets: &[(&str, &str)]) -> Source {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    for (name, rows) in sheets {
        let sheet = workbook.add_worksheet();
        let (name, is_hidden) = name.strip_prefix('~').map_or((*name, false), |name| (name, true));
        sheet.set_name(name).expect("a name").set_hidden(is_hidden);
        for (row, cells) in (0..).zip(rows.lines()) {
            for (column, cell) in (0..).zip(cells.split('|')) {
                sheet.write_string(row, column, cell).expect("a cell");
            }
        }
    }
    let bytes = workbook.save_to_buffer().expect("a workbook");
    Source::open("t.xlsx", Input::Bytes(bytes.into()), &ReadOptions::default()).expect("a workbook")
}

#[track_caller]
fn check_sheets(sheets: &[(&str, &str)], read: &str, said: &str) {
    let tables = choose(&workbook(sheets), &Choice::default()).expect("a table");
    assert_eq!(&*tables[0].sheet, read);
    let told = tables[0].findings.iter().find(|finding| finding.rule.name() == "other-sheet");
    let told = told.map(|finding| format!("{}; {}", finding.message, finding.help)).unwrap_or_default();
    assert_eq!(told, said);
}

#[test]
fn another_sheet_of_products_is_told() {
    let products = "SKU|Name|Price|Brand|Weight\nA|Tee|9|X|1";
    let more = "SKU|Name|Price\nB|Cap|9";
    check_sheets(&[("Help", "Brand|Meaning\nX|y"), ("Tees", products)], "Tees", "");
    check_sheets(&[("Tees", products), ("Empty", "SKU|Name|Price|Brand")], "Tees", "");
    check_sheets(
        &[("Caps", more), ("Tees", products)],
        "Tees",
        "the sheet `Caps` has headers of products too, and is not read: only `Tees` is; read both with --sheet \"Tees\" --sheet \"Caps\"; or name the one that is meant, --sheet \"Tees\"",
    );
    check_sheets(
        &[("Tees", products), ("~Old", more), ("Caps", more)],
        "Tees",
        "the sheet `Caps` and the hidden sheet `Old` have headers of products too, and are not read: only `Tees` is; read all with --sheet \"Tees\" --sheet \"Caps\" --sheet \"Old\"; or name the one that is meant, --sheet \"Tees\"",
    );
}

#[test]
fn a_mapping_must_fit_one_of_the_sheets() {
    let source = workbook(&[("A", "SKU|Name|Cost\nA|Tee|9"), ("B", "SKU|Name|Preis\nB|Cap|9")]);
    let choice = |map: &str| Choice { sheets: vec!["A".into(), "B".into()], map: pairs(map), ..Choice::default() };
    assert_eq!(choose(&source, &choice("Cost=price;Preis=price")).expect("two tables").len(), 2);
    let error = choose(&source, &choice("Prix=price")).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("no such column"), "{error}");
}
