//! What headers are taken for, and what is said of them.

use super::{Choice, ColumnError, Columns};
use crate::finding::{Finding, Rule};
use crate::location::Location;

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
