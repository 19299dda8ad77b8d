//! `--annotate` from outside: what is written where, how it ends, and what a marketplace says at the cells.
#![cfg(all(feature = "cli", feature = "import", feature = "sandbox"))]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;

use calamine::{Reader, Xlsx};
use support::{Desk, Market, SHOP};

/// The texts of the first sheet, row by row.
fn first_sheet(desk: &Desk, name: &str) -> Vec<String> {
    let mut book = Xlsx::new(Cursor::new(fs::read(desk.path(name)).unwrap())).unwrap();
    assert_eq!(book.sheet_names()[0], "skuload findings");
    let range = book.worksheet_range("skuload findings").unwrap();
    let texts = |row: &[calamine::Data]| {
        let texts: Vec<String> = row.iter().map(ToString::to_string).filter(|text| !text.is_empty()).collect();
        texts.join(" | ")
    };
    range.rows().map(texts).collect()
}

/// The notes of the second sheet: the cell, and what stands there without tags.
fn notes(desk: &Desk, name: &str) -> BTreeMap<String, String> {
    let mut zip = zip::ZipArchive::new(Cursor::new(fs::read(desk.path(name)).unwrap())).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut zip.by_name("xl/comments1.xml").unwrap(), &mut text).unwrap();
    let note = |part: &str| {
        let (cell, rest) = part.split_once('"').unwrap();
        let (content, _) = rest.split_once("</comment>").unwrap();
        let texts = content.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text);
        (cell.to_owned(), texts.collect::<String>().replace("&#10;", "\n"))
    };
    text.split("<comment ref=\"").skip(1).map(note).collect()
}

#[test]
fn a_check_writes_the_findings_at_their_cells() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet("Mug: M1 M2!");
    let ran = desk.run(&["check", "sheet.csv", "--annotate", "out.xlsx", "--now", "2026-11-05"]);
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("annotated: out.xlsx"), "{}", ran.stderr);
    let first = first_sheet(&desk, "out.xlsx");
    assert_eq!(first[1], "sheet.csv, checked");
    assert_eq!(first[2], "no country given; mode create; checked on 2026-11-05");
    assert!(first.iter().any(|row| row.starts_with("error | price-not-positive | 1 place")), "{first:?}");
    assert!(first.iter().any(|row| row.starts_with("I3 | -1")), "{first:?}");
    assert!(notes(&desk, "out.xlsx")["I3"].contains("error: price-not-positive\n"));
    let args = ["--country", "th", "--mode", "upsert", "--now", "2026-11-06", "--sheet", "sheet"];
    let again = desk.run(&[&["check", "out.xlsx", "--annotate", "twice.xlsx"][..], &args].concat());
    assert_eq!(again.exit, 1, "{}", again.stderr);
    let first = first_sheet(&desk, "twice.xlsx");
    assert_eq!(first[2], "sheet sheet; country th; mode upsert; checked on 2026-11-06");
    assert_eq!(notes(&desk, "twice.xlsx"), notes(&desk, "out.xlsx"));
}

#[test]
fn the_first_sheet_tells_how_old_the_categories_are() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet("Mug: M1");
    let pulled = desk.run(&["category", "pull", "--sandbox", "--category", "6614", "-o", "categories.json"]);
    assert_eq!(pulled.exit, 0, "{}", pulled.stderr);
    let day = "2099-12-31";
    desk.run(&["check", "sheet.csv", "--categories", "categories.json", "--annotate", "out.xlsx", "--now", day]);
    let first = first_sheet(&desk, "out.xlsx");
    assert!(first[2].contains("; mode create; categories as of 2"), "{first:?}");
    assert!(first[2].ends_with(" days ago); checked on 2099-12-31"), "{first:?}");
}

#[test]
fn a_clean_sheet_is_given_back_with_nothing_marked() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet("Mug: M1+1");
    let ran = desk.run(&["check", "sheet.csv", "--country", "sg", "--annotate", "out.xlsx"]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(first_sheet(&desk, "out.xlsx").iter().any(|row| row == "nothing was found" || row.starts_with("note")));
}

/// What is refused, and that nothing was done.
#[track_caller]
fn check_refused(args: &[&str], exit: i32, expect: &str) {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet("Mug: M1");
    fs::copy(desk.path("sheet.csv"), desk.path("other.csv")).unwrap();
    fs::copy(desk.path("sheet.csv"), desk.path("named.xlsx")).unwrap();
    let ran = desk.run(args);
    assert_eq!(ran.exit, exit, "{}", ran.stderr);
    assert!(ran.stderr.contains(expect), "{}", ran.stderr);
    assert_eq!(market.writes(), 0);
    assert!(!desk.path("out.xlsx").exists());
    assert_eq!(fs::read(desk.path("named.xlsx")).unwrap(), fs::read(desk.path("sheet.csv")).unwrap());
}

#[test]
fn what_cannot_be_annotated_is_refused_before_anything_is_done() {
    let import = |annotate| ["import", "sheet.csv", "--shop", SHOP, "--annotate", annotate];
    check_refused(
        &["check", "sheet.csv", "other.csv", "--annotate", "out.xlsx"],
        2,
        "--annotate out.xlsx: it takes one sheet, and 2 are named",
    );
    check_refused(
        &["check", "named.xlsx", "--annotate", "named.xlsx"],
        2,
        "cannot write named.xlsx: that is the sheet itself",
    );
    check_refused(&import("out.csv"), 2, "its name must end in .xlsx, as a new workbook is written");
    check_refused(&import("absent/out.xlsx"), 9, "cannot write absent/out.xlsx: No such file or directory");
    check_refused(&["check", "sheet.csv", "--annotate", "absent/out.xlsx"], 9, "make the folder absent");
}

#[test]
fn standard_input_can_be_annotated() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet("Mug: M1!");
    let mut command = desk.command(&["check", "-", "--annotate", "out.xlsx"]);
    command.stdin(fs::File::open(desk.path("sheet.csv")).unwrap());
    assert_eq!(command.output().unwrap().status.code(), Some(1));
    assert_eq!(first_sheet(&desk, "out.xlsx")[1], "stdin, checked");
}

/// An import of M1, C1 (with a price that is none) and P1 whose creation of M1 meets a fault: the exit code, the notes,
/// and the first sheet.
#[track_caller]
fn import(fault: &str, exit: i32) -> (BTreeMap<String, String>, Vec<String>) {
    let market = Market::open(&format!("[[fault]]\naction = \"CreateProduct\"\nsku = \"M1\"\n{fault}"));
    let desk = Desk::at(&market);
    desk.write_sheet("Mug: M1\nCup: C1!\nPot: P1");
    let ran = desk.run(&["import", "sheet.csv", "--shop", SHOP, "--annotate", "out.xlsx", "--report", "report.jsonl"]);
    assert_eq!(ran.exit, exit, "{}", ran.stderr);
    let notes = notes(&desk, "out.xlsx");
    assert!(notes["I3"].contains("price-not-positive"), "{notes:?}");
    (notes, first_sheet(&desk, "out.xlsx"))
}

#[test]
fn what_the_marketplace_refused_stands_at_its_cell() {
    let fault = "kind = \"error\"\ncode = 500\nfield = \"package_weight\"\ndetail = \"Value is required\"";
    let (notes, first) = import(fault, 1);
    let message = "E500: Create product failed; package_weight: Value is required";
    assert!(notes["K2"].contains(&format!("error: 500\n{message}\nhelp: ")), "{notes:?}");
    assert!(first[1].starts_with("sheet.csv, import "), "{first:?}");
    assert!(first[2].starts_with("no country given; mode create; checked on 2"), "{first:?}");
    assert!(first.iter().any(|row| row.starts_with(&format!("error | 500 | 1 place | {message}"))), "{first:?}");
    // What names no field of the sheet stands at the seller SKU.
    let (notes, _) = import("kind = \"error\"\ncode = 205", 1);
    assert!(notes["G2"].contains("error: 205\nE205: SPU not exist\n"), "{notes:?}");
}

#[test]
fn what_became_of_nobody_knows_stands_at_the_seller_sku() {
    let (notes, first) = import("kind = \"error\"\ncode = 6", 5);
    assert!(notes["G2"].contains("warning: unknown\nsent, and nobody could tell what became of it"), "{notes:?}");
    assert!(first.iter().any(|row| row.starts_with("warning | unknown | 1 place")), "{first:?}");
}

#[test]
fn a_shop_that_cannot_be_asked_leaves_an_annotation_all_the_same() {
    let mut market = Market::open("");
    let desk = Desk::at(&market);
    market.stop();
    desk.write_sheet("Mug: M1");
    let ran = desk.run(&["import", "sheet.csv", "--shop", SHOP, "--annotate", "out.xlsx"]);
    assert_eq!(ran.exit, 5, "{}", ran.stderr);
    assert!(notes(&desk, "out.xlsx")["G2"].contains("warning: not-sent\n"));
}

#[test]
fn a_dry_run_can_be_annotated_too() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet("Mug: M1!");
    let ran = desk.run(&["import", "sheet.csv", "--shop", SHOP, "--dry-run", "--annotate", "out.xlsx"]);
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
    assert!(notes(&desk, "out.xlsx").contains_key("I2"));
}
