//! `check --fix FILE` through the program: what is certain is put right in a file of its own, each change is told, and
//! the merchant's file is never touched.
#![cfg(feature = "cli")]

#[path = "support/tools.rs"]
mod tools;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use calamine::{Data, Reader, Xlsx, open_workbook};
use rust_xlsxwriter::{Format, Note, Workbook};
use serde_json::Value;

fn check(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skuload"));
    command.env_clear().current_dir(folder).args([
        "check",
        "--country",
        "th",
        "--mode",
        "update",
        "--now",
        "2026-11-01",
    ]);
    command.args(["--state-dir", "state"]).args(args).output().unwrap()
}

/// The fixes that are told, as cell, value before and value after.
fn told(output: &Output) -> Vec<(String, String, String)> {
    let lines = String::from_utf8(output.stdout.clone()).unwrap();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    lines
        .filter(|line| line["kind"] == "fix")
        .map(|line| (format!("{}{}", text(&line, "column"), line["row"]), text(&line, "from"), text(&line, "to")))
        .collect()
}

fn workbook(path: &Path) {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Products").unwrap();
    let rows = [
        ["SellerSku", "name", "price", "quantity", "MainImage", "Image2", "Note"],
        ["\u{a0}TEE-1 ", " Shirt ", "฿1,299.00", "10 pcs", "HTTP://a.co/1.jpg", "http://a.co/1.jpg", " mine "],
        ["ＴＥＥ-2", "Shirt", "๑๒๙๙", "5", "http://a.co/1.jpg", "", ""],
    ];
    for (row, cells) in (0..).zip(rows) {
        for (column, text) in (0..).zip(cells) {
            sheet.write_string(row, column, text).unwrap();
        }
    }
    sheet.write_number(2, 3, 5).unwrap();
    sheet.write_formula(3, 0, rust_xlsxwriter::Formula::new("=\" TEE-3\"").set_result(" TEE-3")).unwrap();
    sheet.write_string(3, 2, "9").unwrap();
    book.save(path).unwrap();
}

#[test]
fn what_is_certain_is_put_right_in_a_copy_of_the_workbook() {
    let folder = tempfile::tempdir().unwrap();
    let (path, fixed) = (folder.path().join("in.xlsx"), folder.path().join("out.xlsx"));
    workbook(&path);
    let before = fs::read(&path).unwrap();
    let output = check(folder.path(), &["in.xlsx", "--fix", "out.xlsx", "--format", "json"]);
    let changes = [
        ("A2", "\u{a0}TEE-1 ", "TEE-1"),
        ("C2", "฿1,299.00", "1,299.00"),
        ("D2", "10 pcs", "10"),
        ("E2", "HTTP://a.co/1.jpg", "http://a.co/1.jpg"),
        ("F2", "http://a.co/1.jpg", ""),
        ("A3", "ＴＥＥ-2", "TEE-2"),
        ("C3", "๑๒๙๙", "1299"),
    ];
    let changes = changes.map(|(cell, from, to)| (cell.to_owned(), from.to_owned(), to.to_owned()));
    assert_eq!(told(&output), changes);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("Products!A4: seller_sku would be `TEE-3`, but the cell is a formula"), "{said}");
    assert!(said.contains("fixed: out.xlsx, with 7 cells changed"), "{said}");
    assert_eq!(fs::read(&path).unwrap(), before, "the merchant's file is as it was");

    let mut book: Xlsx<_> = open_workbook(&fixed).unwrap();
    let range = book.worksheet_range("Products").unwrap();
    let text = |row, column| range.get_value((row, column)).map(ToString::to_string).unwrap_or_default();
    assert_eq!((text(1, 0), text(1, 2), text(2, 2)), ("TEE-1".into(), "1,299.00".into(), "1299".into()));
    assert_eq!(range.get_value((1, 3)), Some(&Data::Float(10.0)));
    assert_eq!(range.get_value((2, 2)), Some(&Data::Float(1299.0)));
    assert_eq!(range.get_value((1, 5)), Some(&Data::Empty), "an image that is left out leaves an empty cell");
    assert_eq!((text(1, 1), text(1, 6)), (" Shirt ".into(), " mine ".into()), "texts are left alone");
    assert_eq!(range.get_value((2, 3)), Some(&Data::Float(5.0)));
    assert_eq!(told(&check(folder.path(), &["out.xlsx", "--fix", "again.xlsx", "--format", "json"])), []);
}

/// The values of a workbook's column of prices after its fixes, and of its seller SKUs.
#[track_caller]
fn check_numbers(prices: &[&str], expect: &[Data]) {
    let folder = tempfile::tempdir().unwrap();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, header) in ["SellerSku", "price", "ProductId", "package_weight"].into_iter().enumerate() {
        sheet.write_string(0, column as u16, header).unwrap();
    }
    for (row, price) in (1..).zip(prices) {
        sheet.write_string(row, 0, format!("{row} ")).unwrap();
        sheet.write_string(row, 1, *price).unwrap();
        sheet.write_string(row, 2, " 4006381333931").unwrap();
        sheet.write_string(row, 3, "\u{a0}0.5").unwrap();
    }
    book.save(folder.path().join("in.xlsx")).unwrap();
    check(folder.path(), &["in.xlsx", "--fix", "out.xlsx"]);
    let mut book: Xlsx<_> = open_workbook(folder.path().join("out.xlsx")).unwrap();
    let range = book.worksheet_range("Sheet1").unwrap();
    let found: Vec<Data> = (1..=prices.len()).map(|row| range[(row, 1)].clone()).collect();
    assert_eq!(found, expect, "{prices:?}");
    for row in 1..=prices.len() {
        assert_eq!(range[(row, 0)], Data::String(row.to_string()), "a seller SKU stays a text");
        assert_eq!(range[(row, 2)], Data::String("4006381333931".into()), "a barcode stays a text");
        assert_eq!(range[(row, 3)], Data::Float(0.5));
    }
    let again = check(folder.path(), &["out.xlsx", "--fix", "again.xlsx", "--format", "json"]);
    assert_eq!(told(&again), []);
}

#[test]
fn numbers_become_numbers_where_nothing_depends_on_how_they_are_written() {
    let text = |text: &str| Data::String(text.to_owned());
    check_numbers(&["฿12.50", "฿7", " 0"], &[Data::Float(12.5), Data::Float(7.0), Data::Float(0.0)]);
    // A number keeps no more than fifteen digits, and no zeros in front.
    check_numbers(&["\u{a0}1234567890123456", " 0012"], &[text("1234567890123456"), text("0012")]);
    // `1,299` is read by the point of the other one.
    check_numbers(&["฿12.50", "1,299", "฿7"], &[text("12.50"), text("1,299"), Data::Float(7.0)]);
    // That one column is written in two ways is told before and after.
    check_numbers(&["฿12.50", "12,50"], &[text("12.50"), text("12,50")]);
    // What was a number is left alone.
    check_numbers(&["12.50"], &[text("12.50")]);
}

#[test]
fn a_number_below_the_format_of_a_date_stays_a_text() {
    let folder = tempfile::tempdir().unwrap();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, header) in ["SellerSku", "price", "quantity", "package_weight"].into_iter().enumerate() {
        sheet.write_string(0, column as u16, header).unwrap();
    }
    let format = |code: &str| Format::new().set_num_format(code);
    sheet.write_string(1, 0, "TEE").unwrap();
    sheet.write_string_with_format(1, 1, "฿12", &format("yyyy-mm-dd")).unwrap();
    sheet.write_string_with_format(1, 2, "3 pcs", &format("[h]:mm")).unwrap();
    sheet.write_string_with_format(1, 3, " 0.5", &format("\"kg\" 0.00")).unwrap();
    book.save(folder.path().join("in.xlsx")).unwrap();
    check(folder.path(), &["in.xlsx", "--fix", "out.xlsx"]);
    let mut book: Xlsx<_> = open_workbook(folder.path().join("out.xlsx")).unwrap();
    let range = book.worksheet_range("Sheet1").unwrap();
    let found: Vec<Data> = (1..4).map(|column| range[(1, column)].clone()).collect();
    assert_eq!(found, [Data::String("12".into()), Data::String("3".into()), Data::Float(0.5)]);
}

#[test]
fn openpyxl_reads_numbers_and_empty_cells_where_they_were_put_right() {
    let Some(python) = tools::Python::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    workbook(&folder.path().join("in.xlsx"));
    check(folder.path(), &["in.xlsx", "--fix", "out.xlsx"]);
    let script = "import openpyxl, sys\n\
        sheet = openpyxl.load_workbook(sys.argv[1])['Products']\n\
        print([(sheet[c].data_type, sheet[c].value) for c in ['A2', 'C2', 'D2', 'F2', 'A3', 'C3', 'D3']])";
    let said = python.run(script, &[&folder.path().join("out.xlsx")]);
    let expect = "[('s', 'TEE-1'), ('s', '1,299.00'), ('n', 10), ('n', None), ('s', 'TEE-2'), ('n', 1299), ('n', 5)]";
    assert_eq!(said.trim(), expect);
}

/// The colours, the notes and the values of all cells, and the sheet that is shown, by openpyxl.
const SEEN: &str = "import openpyxl, sys\n\
    book = openpyxl.load_workbook(sys.argv[1])\n\
    print(book.sheetnames, book.active.title, sorted(book.defined_names))\n\
    for sheet in book:\n\
    \x20 for cell in (cell for row in sheet.iter_rows() for cell in row):\n\
    \x20   note = cell.comment and (cell.comment.author, cell.comment.text)\n\
    \x20   print(sheet.title, cell.coordinate, repr(cell.value), cell.fill.fill_type, cell.fill.fgColor.rgb, note)";

#[test]
fn what_was_annotated_is_put_right_in_the_merchants_own_workbook() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut book = Workbook::new();
    let list = book.add_worksheet().set_name("Lists").unwrap();
    list.set_hidden(true).write_string(0, 0, "Yes").unwrap();
    let sheet = book.add_worksheet().set_name("Products").unwrap();
    let yellow = Format::new().set_background_color(rust_xlsxwriter::Color::Yellow);
    for (column, header) in ["SellerSku", "name", "price", "quantity"].into_iter().enumerate() {
        sheet.write_string(0, column as u16, header).unwrap();
    }
    sheet.write_string_with_format(1, 0, " TEE-1", &yellow).unwrap();
    sheet.write_string(1, 2, "no price").unwrap();
    sheet.write_string(2, 0, "TEE-2").unwrap();
    sheet.write_string_with_format(2, 2, "-3", &yellow).unwrap();
    for (row, column) in [(1, 2), (1, 3)] {
        sheet.insert_note(row, column, &Note::new("ask Ann").set_author("Ben")).unwrap();
    }
    sheet.set_active(true);
    book.define_name("Products!Codes", "=Products!$A$2:$A$3").unwrap();
    book.save(path("in.xlsx")).unwrap();

    check(folder.path(), &["in.xlsx", "--annotate", "marked.xlsx"]);
    let mut marked: Xlsx<_> = open_workbook(path("marked.xlsx")).unwrap();
    assert_eq!(marked.sheet_names(), ["skuload findings", "Lists", "Products"]);
    check(folder.path(), &["marked.xlsx", "--fix", "fixed.xlsx"]);
    check(folder.path(), &["in.xlsx", "--fix", "plain.xlsx"]);

    let mut fixed: Xlsx<_> = open_workbook(path("fixed.xlsx")).unwrap();
    assert_eq!(fixed.sheet_names(), ["Lists", "Products"]);
    assert_eq!(fixed.worksheet_range("Products").unwrap()[(1, 0)], Data::String("TEE-1".into()));
    assert!(marked.worksheet_range("skuload findings").is_ok());
    let Some(python) = tools::Python::find() else { return };
    let [marked, fixed, plain] =
        ["marked.xlsx", "fixed.xlsx", "plain.xlsx"].map(|name| python.run(SEEN, &[&path(name)]));
    assert!(marked.contains("— skuload —") && marked.contains("ask Ann"), "{marked}");
    assert!(
        fixed.starts_with("['Lists', 'Products'] Products []") && fixed.contains("('Ben', 'Ben:\\nask Ann')"),
        "{fixed}"
    );
    assert_eq!(fixed, plain, "as if it had never been annotated");
}

#[test]
fn a_text_file_stays_one_or_becomes_a_workbook() {
    let folder = tempfile::tempdir().unwrap();
    let sheet = "SellerSku;name;price\n TEE-1;\"Shirt; red\";฿12\nB;Shirt;13\n";
    fs::write(folder.path().join("in.csv"), sheet).unwrap();
    check(folder.path(), &["in.csv", "--fix", "out.csv"]);
    let fixed = fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert_eq!(fixed, "SellerSku;name;price\nTEE-1;\"Shirt; red\";12\nB;Shirt;13\n");
    check(folder.path(), &["in.csv", "--fix", "out.xlsx"]);
    let mut book: Xlsx<_> = open_workbook(folder.path().join("out.xlsx")).unwrap();
    let range = book.worksheet_range("in").unwrap();
    assert_eq!(range.get_value((1, 0)), Some(&Data::String("TEE-1".into())));
}

/// A text file, what is told of it, and what it is in the copy.
#[track_caller]
fn check_text(sheet: &[u8], changes: &[(&str, &str, &str)], expect: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.csv"), sheet).unwrap();
    let output = check(folder.path(), &["in.csv", "--fix", "out.csv", "--format", "json"]);
    let changes: Vec<_> =
        changes.iter().map(|(cell, from, to)| ((*cell).to_owned(), (*from).to_owned(), (*to).to_owned())).collect();
    assert_eq!(told(&output), changes, "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(folder.path().join("out.csv")).unwrap(), expect);
    assert_eq!(told(&check(folder.path(), &["out.csv", "--fix", "again.csv", "--format", "json"])), []);
}

#[test]
fn everything_that_is_not_put_right_stands_in_a_text_file_as_it_stood() {
    check_text(
        b"sep=;\r\nSellerSku;\"name\";price\r\n\r\n;;\r\n TEE-1 ;\"Shirt\";9\r\n;;;\r\nB;\"a\nb\";\"\xe0\xb8\xbf9\"",
        &[("A4", " TEE-1 ", "TEE-1"), ("C6", "฿9", "9")],
        "sep=;\r\nSellerSku;\"name\";price\r\n\r\n;;\r\nTEE-1;\"Shirt\";9\r\n;;;\r\nB;\"a\nb\";\"9\"",
    );
    check_text(
        b"\xef\xbb\xbfSellerSku\tprice\n\n\nA \t9\n\n",
        &[("A4", "A ", "A")],
        "\u{feff}SellerSku\tprice\n\n\nA\t9\n\n",
    );
    // What is no UTF-8 becomes it.
    let utf16: Vec<u8> = "\u{feff}SellerSku\tname\r\n A\tเสื้อ\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check_text(&utf16, &[("A2", " A", "A")], "\u{feff}SellerSku\tname\r\nA\tเสื้อ\r\n");
}

/// A text file in an encoding, what its copy begins with, and what is told of it.
#[track_caller]
fn check_encoding(sheet: &[u8], begins: &str, told: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.csv"), sheet).unwrap();
    let said = String::from_utf8(check(folder.path(), &["in.csv", "--fix", "out.csv"]).stderr).unwrap();
    let expect = format!("fixed: out.csv, with 1 cell changed{told}; check it with: skuload check out.csv");
    assert!(said.contains(&expect), "{said}");
    let fixed = fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert!(fixed.starts_with(&format!("{begins}SellerSku")) && fixed.ends_with("\nA,เสื้อยืดสีแดง\n"), "{fixed:?}");
    // In a workbook there is no encoding to tell of.
    let said = String::from_utf8(check(folder.path(), &["in.csv", "--fix", "out.xlsx"]).stderr).unwrap();
    assert!(said.contains("fixed: out.xlsx, with 1 cell changed; check"), "{said}");
}

#[test]
fn a_text_file_keeps_its_mark_and_another_encoding_becomes_utf_8_and_is_told() {
    let sheet = "SellerSku,name\n A,เสื้อยืดสีแดง\n";
    let marked = format!("\u{feff}{sheet}");
    check_encoding(sheet.as_bytes(), "", "");
    check_encoding(marked.as_bytes(), "\u{feff}", "");
    let utf_16: Vec<u8> = marked.encode_utf16().flat_map(u16::to_be_bytes).collect();
    check_encoding(&utf_16, "\u{feff}", ", in UTF-8 (it was UTF-16BE)");
    let thai = sheet.chars().map(|c| if c.is_ascii() { c as u8 } else { (c as u32 - 0xe00 + 0xa0) as u8 });
    check_encoding(&thai.collect::<Vec<u8>>(), "\u{feff}", ", in UTF-8 (it was windows-874)");
}

#[test]
fn a_text_that_is_guarded_against_excel_stays_guarded_in_a_text_file() {
    let sheet = "SellerSku,price\n=\"00123\",9\n\"=\"\"00124\"\"\",9\n=\" 00125\",9\n =\"00126\",9\n";
    check_text(
        sheet.as_bytes(),
        &[("A4", "=\" 00125\"", "=\"00125\""), ("A5", " =\"00126\"", "=\"00126\"")],
        "SellerSku,price\n=\"00123\",9\n\"=\"\"00124\"\"\",9\n=\"00125\",9\n=\"00126\",9\n",
    );
    // In a workbook the cell holds the text itself.
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.csv"), sheet).unwrap();
    let output = check(folder.path(), &["in.csv", "--fix", "out.xlsx"]);
    let said = String::from_utf8(output.stdout).unwrap();
    let guard = "the text itself stands in the cell, without `=\"...\"` around it: a text cell keeps its zeros";
    assert!(said.contains(&format!("fixed[seller_sku]: `=\"00123\"` is `00123`: {guard}\n")), "{said}");
    let trim = "white space around identifiers and numbers is left out";
    assert!(said.contains(&format!("fixed[seller_sku]: `=\" 00125\"` is `00125`: {trim}\n")), "{said}");
    let mut book: Xlsx<_> = open_workbook(folder.path().join("out.xlsx")).unwrap();
    let range = book.worksheet_range("in").unwrap();
    assert_eq!(range.get_value((1, 0)), Some(&Data::String("00123".into())));
}

#[test]
fn people_read_each_change_with_what_nobody_sees() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.csv"), "SellerSku,price\n\u{a0}A-1,9\n").unwrap();
    let output = check(folder.path(), &["in.csv", "--fix", "out.csv"]);
    let told = String::from_utf8(output.stdout).unwrap();
    let expected = "fixed[seller_sku]: `\\u{a0}A-1` is `A-1`: white space around identifiers and numbers is left out\n  \
                    at in.csv:2:1\n";
    assert!(told.contains(expected), "{told}");
    assert_eq!(output.status.code(), Some(0));
}

#[cfg(unix)]
#[test]
fn the_command_that_is_told_checks_the_copy_as_the_sheet_was_checked() {
    let folder = tempfile::tempdir().unwrap();
    let sheet = "Code;name;price;special_price;special_from_date;ลาย\n TEE-1;ผ้า;9;12;2026-12-01;จุด\n".to_owned();
    let thai: Vec<u8> =
        sheet.chars().map(|c| if c.is_ascii() { c as u8 } else { (c as u32 - 0xe00 + 0xa0) as u8 }).collect();
    fs::write(folder.path().join("in.csv"), thai).unwrap();
    let categories = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/categories.json");
    fs::copy(categories, folder.path().join("it's known.json")).unwrap();
    let flags = ["--map", "Code=seller_sku", "--map", "ลาย=ignore", "--rule", "sale-not-below-price=warning"];
    let more = ["--delimiter", ";", "--encoding", "windows-874", "--fix", "the copy.csv", "--country", "sg"];
    let known = ["--categories", "it's known.json", "--only", "TEE-1", "--set", "color_family=-"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_skuload"));
    command.env_clear().current_dir(folder.path()).args(["check", "in.csv", "--mode", "update", "--now", "2026-11-01"]);
    let output = command.args(["--state-dir", "state"]).args(flags).args(more).args(known).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let told = said.rsplit_once("check it with: skuload ").unwrap().1.lines().next().unwrap();
    assert_eq!(
        told,
        "check 'the copy.csv' --map 'Code=seller_sku' --map 'ลาย=ignore' --set 'color_family=-' --country sg \
         --delimiter ';' --mode update --categories 'it'\\''s known.json' --rule 'sale-not-below-price=warning' \
         --now 2026-11-01 --only TEE-1 --state-dir state"
    );
    let mut pasted = Command::new("sh");
    pasted.env_clear().current_dir(folder.path()).args(["-c", &format!("\"$SKULOAD\" {told}")]);
    let again = pasted.env("SKULOAD", env!("CARGO_BIN_EXE_skuload")).output().unwrap();
    let said = String::from_utf8(again.stderr).unwrap();
    assert_eq!(again.status.code(), Some(0), "{said}");
    let told = String::from_utf8(again.stdout).unwrap();
    assert!(told.contains("warning[sale-not-below-price]") && !told.contains("trimmed-sku"), "{told}{said}");
}

/// The command that is told when `sheet` is put right with these flags.
#[track_caller]
fn told_command(folder: &Path, sheet: &str, flags: &[&str]) -> String {
    let output = check(folder, &[&[sheet], flags].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    let (_, told) = said.split_once("check it with: skuload ").unwrap_or_else(|| panic!("{said}"));
    let told = told.lines().next().unwrap().replace(" --country th --mode update", "");
    told.replace(" --now 2026-11-01 --state-dir state", "")
}

#[test]
fn the_command_that_is_told_finds_the_pictures_beside_the_sheet() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.csv"), "SellerSku,MainImage\n A-1,a.png\n").unwrap();
    fs::write(folder.path().join("a.png"), "\u{89}PNG").unwrap();
    fs::create_dir(folder.path().join("out")).unwrap();
    let told = |sheet: &str, flags: &[&str]| told_command(folder.path(), sheet, flags);
    assert_eq!(told("p.csv", &["--fix", "out/p.csv"]), "check out/p.csv --pictures .");
    assert_eq!(told("out/p.csv", &["--fix", "q.csv"]), "check q.csv --pictures out");
    assert_eq!(told("p.csv", &["--fix", "./q.csv"]), "check ./q.csv");
    let typed = told("p.csv", &["--fix", "out/p.csv", "--pictures", "out"]);
    assert_eq!(typed, "check out/p.csv --pictures out");
    let lost = |flags: &[&str]| {
        let output = check(folder.path(), &[&["out/p.csv"], flags].concat());
        String::from_utf8(output.stdout).unwrap().contains("[missing-picture]")
    };
    assert!(lost(&[]) && !lost(&["--pictures", "."]));
}

#[test]
fn a_copy_whose_name_is_like_a_flag_is_told_as_a_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.csv"), "SellerSku,price\n A-1,9\n").unwrap();
    let told = told_command(folder.path(), "in.csv", &["--fix=-f.csv"]);
    assert_eq!(told, "check ./-f.csv");
    assert!(folder.path().join("-f.csv").exists());
}

/// An ODS whose one sheet has this name.
fn open_document(sheet: &str) -> Vec<u8> {
    let row = |cells: [&str; 2]| {
        let cell =
            |text| format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>");
        format!("<table:table-row>{}</table:table-row>", cells.map(cell).concat())
    };
    let rows = row(["SellerSku", "price"]) + &row([" A-1", "9"]);
    let content = format!(
        "<office:document-content><office:body><office:spreadsheet><table:table table:name=\"{sheet}\">{rows}\
         </table:table></office:spreadsheet></office:body></office:document-content>"
    );
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", "<manifest:manifest></manifest:manifest>"),
        ("content.xml", &content),
    ] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn a_sheet_that_the_copy_calls_otherwise_is_not_named_in_the_command() {
    let folder = tempfile::tempdir().unwrap();
    for (name, expect) in [
        ("Goods", "check out.xlsx --sheet Goods"),
        ("What we sell in the shops of the north", "check out.xlsx"),
        ("Men/Women", "check out.xlsx"),
    ] {
        fs::write(folder.path().join("in.ods"), open_document(name)).unwrap();
        let told = told_command(folder.path(), "in.ods", &["--sheet", name, "--fix", "out.xlsx"]);
        assert_eq!(told, expect, "{name}");
        let words: Vec<&str> = told.split(' ').skip(1).collect();
        let again = check(folder.path(), &words);
        assert_eq!(again.status.code(), Some(0), "{name}: {}", String::from_utf8_lossy(&again.stderr));
    }
}

#[test]
fn the_sheet_itself_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let sheet = "SellerSku,price\n A-1,9\n";
    fs::write(folder.path().join("in.csv"), sheet).unwrap();
    fs::hard_link(folder.path().join("in.csv"), folder.path().join("same.csv")).unwrap();
    for (to, reason) in [
        ("in.csv", "that is the sheet itself"),
        ("./in.csv", "that is the sheet itself"),
        ("same.csv", "that is the sheet itself"),
        ("out.txt", "its name must end in .xlsx"),
        ("nowhere/out.csv", "cannot write nowhere/out.csv"),
    ] {
        let output = check(folder.path(), &["in.csv", "--fix", to]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(reason), "{to}: {said}");
        assert_ne!(output.status.code(), Some(0), "{to}");
        assert_eq!(fs::read_to_string(folder.path().join("in.csv")).unwrap(), sheet);
    }
    fs::write(folder.path().join("two.csv"), sheet).unwrap();
    let output = check(folder.path(), &["in.csv", "two.csv", "--fix", "out.csv"]);
    assert_eq!(output.status.code(), Some(2));
}
