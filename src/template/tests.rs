//! Templates, made and read again.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use chrono::DateTime;

use super::*;
use crate::category::{CategoryAttribute, Input, Level, Node};
use crate::column::{Choice, EXAMPLE_SKU, Target, choose};
use crate::sheet::{Input as Bytes, ReadOptions, Source};

const SHIRTS: u64 = 11;
const PHONES: u64 = 12;

fn attribute(name: &str, input: Input, level: Level, options: &[&str]) -> CategoryAttribute {
    CategoryAttribute {
        name: name.to_owned(),
        label: format!("The {name}"),
        input,
        level,
        mandatory: false,
        variant: None,
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        local: Vec::new(),
    }
}

fn mandatory(attribute: CategoryAttribute) -> CategoryAttribute {
    CategoryAttribute { mandatory: true, ..attribute }
}

fn known() -> Categories {
    let leaf = |id, name: &str| Node { id, name: name.to_owned(), children: Vec::new() };
    let tree = vec![
        Node { id: 1, name: "Fashion".to_owned(), children: vec![leaf(SHIRTS, "Shirts"), leaf(13, "Shoes")] },
        leaf(PHONES, "Phones"),
    ];
    let sku = |name: &str, input, options: &[&str]| CategoryAttribute {
        variant: Some(true),
        ..attribute(name, input, Level::Sku, options)
    };
    let years: Vec<String> = (1900..2000).map(|year| format!("made in {year}, or so")).collect();
    let years: Vec<&str> = years.iter().map(String::as_str).collect();
    let of_shirts = vec![
        mandatory(attribute("name", Input::Text, Level::Product, &[])),
        mandatory(sku("color_family", Input::One, &["Red", "Blue"])),
        mandatory(attribute("fabric", Input::OneOrOwn, Level::Product, &["Cotton", "Wool"])),
        attribute("season", Input::Several, Level::Product, &["Spring", "Summer"]),
        attribute("vintage", Input::One, Level::Product, &years),
        mandatory(attribute("__images__", Input::Picture, Level::Sku, &[])),
    ];
    let of_phones = vec![
        sku("color_family", Input::One, &["Red", "Rose"]),
        mandatory(attribute("model", Input::Text, Level::Product, &[])),
        attribute("released", Input::Date, Level::Product, &[]),
        attribute("weight_of_it", Input::Number, Level::Sku, &[]),
        // The table of known attributes has it at the other level.
        attribute("warranty", Input::Text, Level::Sku, &[]),
    ];
    let attributes = BTreeMap::from([(SHIRTS, of_shirts), (PHONES, of_phones)]);
    let brands = vec!["Acme".to_owned(), "No Brand".to_owned()];
    Categories::new(Some("sg".to_owned()), DateTime::UNIX_EPOCH, tree, attributes, Some(brands))
}

fn made(chosen: &[u64]) -> Vec<u8> {
    template(Purpose { categories: Some(&known()), chosen, country: None }).unwrap()
}

fn source(bytes: &[u8]) -> Source {
    Source::open("template.xlsx", Bytes::Bytes(Arc::from(bytes)), &ReadOptions::default()).unwrap()
}

/// The cells of a row of the sheet that is filled in.
fn row(bytes: &[u8], number: u32) -> Vec<String> {
    let mut cells = Vec::new();
    let mut look = |block: crate::sheet::Block| {
        for row in block.rows().filter(|row| row.number() == number) {
            cells = row.cells().map(|cell| cell.text.to_owned()).collect();
        }
        ControlFlow::Continue(())
    };
    source(bytes).read("Products", &mut look).unwrap();
    cells
}

/// A part of the workbook.
fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// `HEADER example` of the columns between two others.
#[track_caller]
fn check(chosen: &[u64], (first, last): (&str, &str), expect: &[&str]) {
    let bytes = made(chosen);
    let (headers, examples) = (row(&bytes, 1), row(&bytes, 2));
    let columns: Vec<String> = headers
        .iter()
        .enumerate()
        .map(|(at, header)| format!("{header} {}", examples.get(at).map_or("", String::as_str)).trim_end().to_owned())
        .collect();
    let place = |header: &str| headers.iter().position(|own| own.trim_end_matches('*') == header).unwrap();
    assert_eq!(columns[place(first) + 1..place(last)], *expect);
}

#[test]
fn what_every_category_has_is_asked_for_without_one() {
    let known = ["color_family Red", "size Int:M", "storage_capacity_new"];
    check(&[], ("model", "price"), &known);
    let common = ["package_content 1 x T-shirt", "tax_class default", "warranty_type No Warranty", "warranty"];
    check(&[], ("ProductId", "MainImage"), &common);
}

#[test]
fn a_category_brings_its_own_attributes_and_no_others() {
    check(&[SHIRTS], ("model", "price"), &["color_family* Red"]);
    let own = ["attr.fabric* Cotton", "attr.season Spring, Summer", "attr.vintage made in 1900, or so"];
    check(&[SHIRTS], ("ProductId", "MainImage"), &own);
    check(&[SHIRTS], ("attr.vintage", "Image2"), &["MainImage* https://my-live-01.slatic.net/p/example-1.jpg"]);
    check(&[SHIRTS], ("description", "color_family"), &["brand* No Brand", "model RT-1"]);
}

#[test]
fn an_attribute_keeps_its_level_and_its_kind() {
    // A date is shown as the sheet reads it.
    let own = ["sku.weight_of_it 1", "sku.warranty", "attr.released 2027-12-31"];
    check(&[PHONES], ("ProductId", "MainImage"), &own);
    check(&[PHONES], ("brand", "price"), &["model* RT-1", "color_family Red"]);
}

#[test]
fn several_categories_are_joined_and_who_demands_what_is_told() {
    check(&[SHIRTS, PHONES, SHIRTS], ("product", "name"), &["PrimaryCategory* 11"]);
    check(&[SHIRTS, PHONES], ("model", "price"), &["color_family* Red"]);
    let bytes = made(&[SHIRTS, PHONES]);
    let texts = part(&bytes, "xl/sharedStrings.xml");
    for text in ["in 11", "in 12", "Fashion &gt; Shirts", "not every category allows every value of the list"] {
        assert!(texts.contains(&format!(">{text}<")), "{text}");
    }
    let notes = part(&bytes, "xl/comments1.xml");
    assert!(notes.contains("mandatory in 11 Fashion &gt; Shirts\nThe color_family"), "{notes}");
    assert!(notes.contains("11 Fashion &gt; Shirts\n12 Phones"), "{notes}");
    let lists = part(&bytes, "xl/worksheets/sheet1.xml");
    assert!(lists.contains("<formula1>\"Red,Blue,Rose\"</formula1>"), "{lists}");
    assert!(lists.contains("<formula1>\"11,12\"</formula1>"), "{lists}");
}

#[test]
fn every_header_is_taken_for_what_was_asked() {
    for chosen in [&[][..], &[SHIRTS], &[PHONES], &[SHIRTS, PHONES]] {
        let tables = choose(&source(&made(chosen)), &Choice::default()).unwrap();
        let [table] = &tables[..] else { panic!("{} tables", tables.len()) };
        assert_eq!(&*table.sheet, "Products");
        assert!(table.findings.is_empty(), "{:?}", table.findings);
        let headers = table.columns.headers();
        let unused =
            (0..headers.len()).filter(|at| matches!(table.columns.target(*at), Target::NotSent | Target::Unnamed));
        assert_eq!(unused.map(|at| &headers[at]).collect::<Vec<_>>(), Vec::<&String>::new());
        for name in table.columns.attributes().iter().map(|kind| kind.name.as_str()) {
            assert!(!name.ends_with('*'), "{name}");
        }
    }
}

#[test]
fn a_long_list_stands_on_a_hidden_sheet_under_a_name() {
    let bytes = made(&[SHIRTS]);
    let book = part(&bytes, "xl/workbook.xml");
    assert!(book.contains("name=\"lists\" sheetId=\"3\" state=\"hidden\""), "{book}");
    assert!(book.contains("<definedName name=\"list_attr_vintage\">lists!$A$2:$A$101</definedName>"), "{book}");
    assert!(part(&bytes, "xl/worksheets/sheet1.xml").contains("<formula1>list_attr_vintage</formula1>"));
    let short = made(&[PHONES]);
    assert!(!part(&short, "xl/workbook.xml").contains("lists"));
}

#[test]
fn keys_and_barcodes_stay_texts_and_dates_are_dates() {
    let bytes = made(&[]);
    let (page, styles) = (part(&bytes, "xl/worksheets/sheet1.xml"), part(&bytes, "xl/styles.xml"));
    let formats: Vec<&str> = styles.split("<cellXfs").nth(1).unwrap().split("<xf ").skip(1).collect();
    let headers = row(&bytes, 1);
    let format = |header: &str| {
        let column = headers.iter().position(|own| own == header).unwrap() + 1;
        let of = |text: &str, name: &str| -> usize {
            text.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
        };
        let mut columns = page.split("<col ").skip(1);
        let own = columns.find(|col| (of(col, "min")..=of(col, "max")).contains(&column)).unwrap();
        of(formats[of(own, "style")], "numFmtId")
    };
    // 49 is `@`; own formats begin at 164.
    for header in ["SellerSku*", "ProductId", "size"] {
        assert_eq!(format(header), 49, "{header}");
    }
    assert!(format("special_from_date") >= 164);
    assert!(styles.contains("yyyy\\-mm\\-dd hh:mm") || styles.contains("yyyy-mm-dd hh:mm"), "{styles}");
    assert!(page.contains("<pane xSplit=\"1\" ySplit=\"1\""));
    assert_eq!(row(&bytes, 2)[0], EXAMPLE_SKU);
}

#[test]
fn prices_are_asked_for_as_the_country_has_them() {
    let of = |country| template(Purpose { country: Some(country), ..Purpose::default() }).unwrap();
    let notes = |country| part(&of(country), "xl/comments1.xml");
    assert!(notes(Country::Vn).contains("in VND, without the currency; above zero, no decimals"));
    assert!(notes(Country::Sg).contains("in SGD, without the currency; above zero, a decimal point"));
    assert!(row(&of(Country::Vn), 2).contains(&"99000".to_owned()));
}

#[test]
fn the_same_purpose_gives_the_same_bytes() {
    assert!(made(&[SHIRTS, PHONES]) == made(&[SHIRTS, PHONES]));
}

#[track_caller]
fn check_refused(chosen: &[u64], expect: &str) {
    let known = known();
    let refused = template(Purpose { categories: Some(&known), chosen, country: None }).unwrap_err();
    assert_eq!(refused.to_string(), expect);
}

#[test]
fn a_category_of_which_nothing_is_known_is_refused() {
    check_refused(&[SHIRTS, 13], "what the category Fashion > Shoes (13) demands is not known here");
    check_refused(&[99], "what the category 99 demands is not known here");
    check_refused(&[1], "the category Fashion (1) holds other categories, not products: Shirts (11), Shoes (13)");
    let without = template(Purpose { chosen: &[SHIRTS], ..Purpose::default() });
    assert_eq!(without, Err(TemplateError::NotPulled { id: SHIRTS, path: None }));
}
