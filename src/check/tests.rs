//! What each rule refuses and what it lets pass. Sheets are written with `|` between cells and name only
//! the columns under test: the other mandatory columns are put behind them, with sound values.

use std::fmt::Write as _;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::column::{Choice, EXAMPLE_SKU, choose};
use crate::finding::Rule;
use crate::sheet::{Input, ReadOptions, Source};

/// What a row needs beside the columns under test; `#` is the row's number.
const FILLER: [(&str, &str); 11] = [
    ("SellerSku", "SKU-#"),
    ("PrimaryCategory", "6614"),
    ("name", "Shirt #"),
    ("short_description", "Soft"),
    ("brand", "Acme"),
    ("price", "10.00"),
    ("package_weight", "0.5"),
    ("package_length", "30"),
    ("package_width", "20"),
    ("package_height", "5"),
    ("color_family", "Colour #"),
];

/// How a line of a test says that the row is blank.
const BLANK: &str = "-";

/// The sheet with the other mandatory columns behind, but for those in `without`.
pub(super) fn filled(sheet: &str, without: &str) -> String {
    let lines = || sheet.strip_suffix('\n').unwrap_or(sheet).split('\n');
    let headers: Vec<&str> = lines().next().unwrap_or_default().split('|').collect();
    let is_grouped = headers.iter().any(|header| ["product", "AssociatedSku"].contains(header));
    let is_there = |name: &str| headers.contains(&name) || without.split('|').any(|out| out == name);
    let filler: Vec<_> = FILLER.iter().filter(|(name, _)| !is_there(name)).collect();
    let mut text = String::new();
    for (at, line) in lines().enumerate() {
        if line != BLANK {
            text.push_str(line);
            for (name, value) in &filler {
                let value = if is_grouped && *name == "name" { "Shirt" } else { value };
                let cell = if at == 0 { (*name).to_owned() } else { value.replace('#', &(at + 1).to_string()) };
                let _ = write!(text, "|{cell}");
            }
        }
        text.push('\n');
    }
    text
}

pub(super) fn tables_of(file: &str, text: &str, choice: &Choice) -> Vec<Table> {
    let options = ReadOptions { delimiter: Some(b'|'), ..ReadOptions::default() };
    let source = Source::open(file, Input::Bytes(Arc::from(text.as_bytes())), &options).expect("the sheet opens");
    choose(&source, choice).expect("the columns are settled")
}

fn tables(text: &str) -> Vec<Table> {
    tables_of("t.csv", text, &Choice::default())
}

/// Checks, checks again keeping the records, and holds both to what is always true.
#[track_caller]
pub(super) fn run(tables: &[Table], rules: &Rules) -> (Vec<Finding>, Checked) {
    let (mut findings, mut again) = (Vec::new(), Vec::new());
    let summary = super::check(tables, rules, &mut findings).expect("the sheet is read");
    let checked = check_and_keep(tables, rules, &mut again).expect("the sheet is read");
    assert_eq!(findings, again, "keeping the records changes no finding");
    assert_eq!(summary, *checked.summary());
    let count = |severity: Severity| findings.iter().filter(|finding| finding.severity == severity).count() as u64;
    assert_eq!(summary.errors, count(Severity::Error));
    assert_eq!(summary.warnings, count(Severity::Warning));
    assert_eq!(summary.notes, count(Severity::Note));
    assert_eq!(summary.rows, checked.rows().len() as u64);
    let skipped = checked.rows().iter().filter(|row| matches!(row.fate, Fate::Skipped(_))).count();
    assert_eq!(summary.skipped, skipped as u64);
    assert_eq!((summary.sound, summary.sound_products), sound(&checked), "{findings:#?}");
    let mut grouped: Vec<usize> = checked.groups().iter().flat_map(|group| group.rows.iter().copied()).collect();
    grouped.sort_unstable();
    assert!(grouped.into_iter().eq(0..checked.rows().len()), "each row is in one product");
    let has_invalid = checked.rows().iter().any(|row| matches!(row.fate, Fate::Invalid(_)));
    let is_all_skipped = summary.skipped == summary.rows;
    assert!(is_all_skipped || has_invalid == (summary.errors > 0), "an error spoils some row");
    (findings, checked)
}

/// So many rows can be sent, of so many products.
fn sound(checked: &Checked) -> (u64, u64) {
    let is_invalid = |at: &usize| matches!(checked.rows()[*at].fate, Fate::Invalid(_));
    let open =
        checked.groups().iter().filter(|group| checked.mode() == Mode::Update || !group.rows.iter().any(is_invalid));
    let sound =
        open.map(|group| group.rows.iter().filter(|at| checked.rows()[**at].fate == Fate::Sound).count() as u64);
    let sound: Vec<u64> = sound.filter(|count| *count > 0).collect();
    (sound.iter().sum(), sound.len() as u64)
}

/// The records of a sheet as it stands here, without other columns behind.
#[track_caller]
pub(crate) fn checked_as_typed(sheet: &str, rules: &Rules) -> Checked {
    run(&tables(sheet), rules).1
}

/// The records of a sheet, checked without anything asked beside it.
#[track_caller]
pub(crate) fn checked(sheet: &str) -> Checked {
    checked_by(sheet, &Rules::default())
}

pub(crate) fn checked_by(sheet: &str, rules: &Rules) -> Checked {
    run(&tables(&filled(sheet, "")), rules).1
}

pub(super) fn shown(findings: &[Finding]) -> String {
    let each = findings.iter().map(|finding| format!("{} {}", finding.location.short(), finding.rule));
    each.collect::<Vec<_>>().join("; ")
}

#[track_caller]
fn check_text(text: &str, rules: &Rules, expect: &str) {
    let (findings, _) = run(&tables(text), rules);
    assert_eq!(shown(&findings), expect, "{}\n{findings:#?}", text.chars().take(1000).collect::<String>());
}

#[track_caller]
fn check(sheet: &str, expect: &str) {
    check_text(&filled(sheet, ""), &Rules::default(), expect);
}

#[track_caller]
fn check_without(columns: &str, sheet: &str, expect: &str) {
    check_text(&filled(sheet, columns), &Rules::default(), expect);
}

#[track_caller]
fn check_in(country: Country, sheet: &str, expect: &str) {
    let rules = Rules { country: Some(country), ..Rules::default() };
    check_text(&filled(sheet, ""), &rules, expect);
}

/// The one finding of a sheet.
#[track_caller]
fn only_finding(sheet: &str) -> Finding {
    let (mut findings, _) = run(&tables(&filled(sheet, "")), &Rules::default());
    assert_eq!(findings.len(), 1, "{findings:#?}");
    findings.remove(0)
}

/// `2 sound; 3 invalid missing-value; 4 skipped`.
#[track_caller]
fn fates(sheet: &str, rules: &Rules, expect: &str) {
    let (_, checked) = run(&tables(&filled(sheet, "")), rules);
    let each = checked.rows().iter().map(|row| match &row.fate {
        Fate::Sound => format!("{} sound", row.row),
        Fate::Invalid(fault) => format!("{} invalid {}", row.row, fault.rule),
        Fate::Skipped(_) => format!("{} skipped", row.row),
    });
    assert_eq!(each.collect::<Vec<_>>().join("; "), expect, "{sheet}");
}

#[test]
fn a_rule_that_is_made_an_error_keeps_its_rows_back() {
    let as_error = |rule: Rule, sheet: &str, expect: &str| {
        let mut rules = Rules::default();
        rules.severities.set(rule, Some(Severity::Error)).expect("it may be an error");
        fates(sheet, &rules, expect);
    };
    let unnamed = "price||quantity\n10|x|1\n10||1\n10|y|1";
    as_error(Rule::UnnamedColumn, unnamed, "2 invalid unnamed-column; 3 sound; 4 invalid unnamed-column");
    as_error(Rule::WrittenAs, "price\n1.234,50\n10", "2 invalid written-as; 3 invalid written-as");
    let repeated = "SellerSku|name|color_family\nA|Shirt|Red\nA|Shirt|Red";
    as_error(Rule::DuplicateRow, repeated, "2 sound; 3 invalid duplicate-row");
}

/// Products as lists of their rows: `2 4, 3`.
#[track_caller]
fn products(sheet: &str, group_by: GroupBy, expect: &str) {
    let choice = Choice { group_by: group_by.clone(), ..Choice::default() };
    let rules = Rules { group_by, ..Rules::default() };
    let (_, checked) = run(&tables_of("t.csv", &filled(sheet, ""), &choice), &rules);
    let rows = |group: &Group| {
        let rows = group.rows.iter().map(|at| checked.rows()[*at].row.to_string());
        rows.collect::<Vec<_>>().join(" ")
    };
    let groups: Vec<String> = checked.groups().iter().map(rows).collect();
    assert_eq!(groups.join(", "), expect, "{sheet}");
}

mod cells {
    use super::*;

    #[test]
    fn a_sheet_with_good_values_has_no_finding() {
        check("quantity\n10\n20", "");
    }

    #[test]
    fn a_name_has_2_to_255_characters() {
        check("name\nT", "A2 name-length");
        check("name\nTe", "");
        check(&format!("name\n{}", "x".repeat(255)), "");
        check(&format!("name\n{}", "x".repeat(256)), "A2 name-length");
    }

    #[test]
    fn lengths_count_characters_not_bytes() {
        check(&format!("name\n{}", "ก".repeat(255)), "");
        check(&format!("name\n{}", "ก".repeat(256)), "A2 name-length");
        check(&format!("name\n{}", "😀".repeat(255)), "");
        check(&format!("name\n{}", "😀".repeat(256)), "A2 name-length");
        check("name\n😀", "A2 name-length");
    }

    #[test]
    fn a_description_has_6_to_25_000_characters() {
        check("description\nshort", "A2 description-length");
        check("description\nshorts", "");
        check(&format!("description\n{}", "ก".repeat(25_000)), "");
        check(&format!("description\n{}", "ก".repeat(25_001)), "A2 description-length");
    }

    #[test]
    fn a_description_may_be_left_out() {
        check("description|quantity\n|1", "");
    }

    #[test]
    fn a_price_has_one_reading() {
        check("price\n1299.00", "");
        for text in [" 1299.00\u{a0}", "1,299.00", "12,50", "฿12", "12 THB", "１２", "1,299.-"] {
            check(&format!("price\n{text}"), "A1 written-as");
        }
        for text in [".5", "5.", "NaN", "free", "12-13"] {
            check(&format!("price\n{text}"), "A2 invalid-price");
        }
        for text in ["1e3", "12.5O"] {
            check(&format!("price\n{text}"), "A2 repairable");
        }
        check("price\n1,299", "A2 ambiguous-number");
        check_in(Country::Sg, "price\n฿12", "A2 foreign-currency");
    }

    #[test]
    fn a_price_is_above_zero() {
        check("price\n0.01", "");
        check("price\n0", "A2 price-not-positive");
        check("price\n0.00", "A2 price-not-positive");
        check("price\n-1", "A2 price-not-positive");
        check("special_price|special_from_date\n0|2026-01-01", "A2 price-not-positive");
    }

    #[test]
    fn a_price_has_at_most_two_decimals_as_typed() {
        check("price\n1.25", "");
        check("price\n1.50", "");
        // It may as well mean one thousand five hundred.
        check("price\n1.500", "A2 ambiguous-number");
        check("price\n1.2555", "A2 price-decimals");
        check("price\n0.001", "A2 price-decimals");
        check("special_price|special_from_date\n9.9999|2026-01-01", "A2 price-decimals");
    }

    #[test]
    fn prices_of_vietnam_and_indonesia_are_asked_about_their_decimals() {
        check_in(Country::Vn, "price\n150000", "");
        check_in(Country::Vn, "price\n150000.00", "");
        check_in(Country::Vn, "price\n150.5", "A2 price-minor-unit");
        check_in(
            Country::Id,
            "price|special_price|special_from_date\n9.5|8.25|2026-01-01",
            "A2 price-minor-unit; B2 price-minor-unit",
        );
        check_in(Country::Sg, "price\n150.5", "");
        check("price\n150.5", "");
    }

    #[test]
    fn a_quantity_is_a_whole_number_of_zero_or_more() {
        for text in ["0", "10", "10.0", "1000000"] {
            check(&format!("quantity\n{text}"), "");
        }
        check("quantity\n 7 ", "A1 written-as");
        for text in ["-1", "1.5", "∞", "99999999999999999999999999999999"] {
            check(&format!("quantity\n{text}"), "A2 invalid-quantity");
        }
        for text in ["10 pcs", "1e2"] {
            check(&format!("quantity\n{text}"), "A2 repairable");
        }
        check("quantity\n1,000", "A2 ambiguous-number");
    }

    #[test]
    fn a_quantity_may_be_left_out() {
        check("quantity|model\n|M1", "");
    }

    #[test]
    fn a_category_is_a_whole_number_above_zero() {
        check("PrimaryCategory\n6614", "");
        for text in ["0", "-6614", "66.14", "Shoes", "6614 Shoes"] {
            check(&format!("PrimaryCategory\n{text}"), "A2 invalid-category");
        }
    }

    #[test]
    fn an_spu_id_is_a_whole_number_above_zero() {
        check("SPUId\n12", "");
        check("SPUId|quantity\n|1", "");
        check("SPUId\n0", "A2 invalid-spu");
        check("SPUId\nSPU-12", "A2 invalid-spu");
    }

    #[test]
    fn a_product_id_is_a_gtin() {
        check("EAN\n4006381333931", "");
        check("EAN\n4006381333932", "A2 invalid-product-id");
        check("EAN\n400638133393", "A2 invalid-product-id");
    }

    #[test]
    fn an_identifier_is_no_number_that_a_spreadsheet_has_cut() {
        check("EAN\n4.00638E+12", "A2 scientific-identifier");
        check("SellerSku\n4.90123E+12", "A2 scientific-identifier");
        check("SellerSku\n4901234567890120", "A2 suspicious-identifier");
        check("SellerSku\nMar-01", "A2 suspicious-identifier");
        check("SellerSku\nTEE-01", "");
        // The zero in front of a UPC that a number has lost.
        check("EAN\n36000291452", "A2 repairable");
    }

    #[test]
    fn an_identifier_has_no_invisible_or_full_width_characters() {
        check("SellerSku\nTEE\u{200b}-1", "A2 cleaned-identifier");
        let (_, checked) = run(&tables(&filled("SellerSku\nＴＥＥ\u{ad}-１", "")), &Rules::default());
        assert_eq!(checked.rows()[0].seller_sku.as_ref().map(|sku| sku.as_str()), Some("TEE-1"));
    }

    #[test]
    fn white_space_around_a_seller_sku_is_left_out() {
        check("SellerSku\nTEE RED", "");
        check("SellerSku\n TEE RED ", "A2 trimmed-sku");
        let (_, checked) = run(&tables(&filled("SellerSku\n TEE RED ", "")), &Rules::default());
        assert_eq!(checked.rows()[0].seller_sku.as_ref().map(|sku| sku.as_str()), Some("TEE RED"));
    }

    #[test]
    fn short_texts_hold_no_marks_that_marketplaces_refuse() {
        check("brand|model|size\nMarks & Spencer's|M-1|EU:42", "");
        check("brand\nAcme^", "A2 special-character");
        check("model\n13~15", "A2 special-character");
        check("size\n\"12\"\"\"", "A2 special-character");
        check("size\n\"S|M\"", "A2 special-character");
        check("package_content\n\"1 x <b>shirt</b>\"", "");
    }

    #[test]
    fn a_value_holds_no_control_character() {
        check("short_description\nSoft\tand warm", "");
        check("short_description\nSoft\u{b}and warm", "A2 control-character");
        check("size\nXL\u{1}", "A2 control-character");
        check("brand\nAcme\u{ffff}", "A2 control-character");
    }

    #[test]
    fn a_value_that_cannot_be_used_is_not_called_missing_too() {
        check("price\n10\u{2}", "A2 control-character");
        check("SellerSku\nA\u{2}", "A2 control-character");
    }

    #[test]
    fn a_cell_holds_no_error_of_the_spreadsheet_program() {
        check_formula("5", "row 1 formula-values");
        check_formula("#N/A", "A2 cell-error");
        check_formula("#REF!", "A2 cell-error");
        check("quantity\n#N/A", "A2 cell-error");
        check("model\nErr:502", "A2 cell-error");
        check("model\n#1", "");
    }

    /// A workbook whose quantity is a formula with this result.
    #[track_caller]
    fn check_formula(result: &str, expect: &str) {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let worksheet = workbook.add_worksheet();
        let text = filled("quantity\n0", "");
        for (row, line) in text.lines().enumerate() {
            for (column, cell) in line.split('|').enumerate() {
                worksheet.write(row as u32, column as u16, cell).expect("a cell is written");
            }
        }
        let formula = rust_xlsxwriter::Formula::new("=1+4").set_result(result);
        worksheet.write_formula(1, 0, formula).expect("a formula is written");
        let bytes = workbook.save_to_buffer().expect("the workbook is written");
        let source = Source::open("t.xlsx", Input::Bytes(bytes.into()), &ReadOptions::default()).expect("it opens");
        let tables = choose(&source, &Choice::default()).expect("the columns are settled");
        let (findings, _) = run(&tables, &Rules::default());
        assert_eq!(shown(&findings), expect, "{findings:#?}");
    }
}

mod sales {
    use super::*;

    #[test]
    fn a_special_price_must_be_below_the_price() {
        check("price|special_price|special_from_date\n99.00|129.00|2026-01-01", "B2 sale-not-below-price");
        check("price|special_price|special_from_date\n99.00|99.00|2026-01-01", "B2 sale-not-below-price");
        check("price|special_price|special_from_date\n99.00|99|2026-01-01", "B2 sale-not-below-price");
        check("price|special_price|special_from_date\n99.00|98.99|2026-01-01", "");
    }

    #[test]
    fn the_help_for_a_special_price_names_the_cells() {
        let sheet = "price|special_price|special_from_date|special_to_date\n99.00|129.00|2026-01-01|2026-02-01";
        let finding = only_finding(sheet);
        assert_eq!(finding.message, "special price 129.00 is not below the price 99.00");
        assert_eq!(finding.help, "lower B2 below A2, or clear B2, C2 and D2");
    }

    #[test]
    fn a_sale_that_ended_before_the_day_of_the_check_is_told() {
        let sheet = |end: &str| format!("special_price|special_from_date|special_to_date\n9|2026-01-01|{end}");
        let now = "2026-06-15T12:00:00".parse().ok();
        let on = |mode: Mode, end: &str, expect: &str| {
            let rules = Rules { now, mode, ..Rules::default() };
            check_text(&filled(&sheet(end), ""), &rules, expect);
        };
        for mode in Mode::ALL {
            on(mode, "2026-06-15", "C2 past-sale");
            on(mode, "2026-06-15 11:45", "C2 past-sale");
            on(mode, "2026-06-15 12:00", "");
            on(mode, "2026-06-16", "");
        }
        check(&sheet("2026-01-02"), "");
    }

    #[test]
    fn a_special_price_needs_a_date() {
        check("special_price|special_from_date|special_to_date\n9||", "A2 sale-without-window");
        check("special_price\n9", "A2 sale-without-window");
        check("special_price|special_from_date|special_to_date\n9|2026-01-01|", "");
        check("special_price|special_from_date|special_to_date\n9|2026-01-01|2026-02-01", "");
    }

    #[test]
    fn a_date_needs_a_special_price() {
        check("special_price|special_from_date|special_to_date\n|2026-01-01|", "B2 window-without-sale");
        check("special_price|special_from_date|special_to_date\n||2026-01-01", "C2 window-without-sale");
        check("special_price|special_from_date|special_to_date\n|2026-01-01|2026-02-01", "B2 window-without-sale");
        check("special_from_date\n2026-01-01", "A2 window-without-sale");
        check("special_price|special_from_date|special_to_date|quantity\n|||1", "");
    }

    #[test]
    fn an_end_without_a_start_is_warned_of() {
        check("special_price|special_from_date|special_to_date\n9||2026-01-01", "B2 sale-start-missing");
        check("special_price|special_to_date\n9|2026-01-01", "row 2 sale-start-missing");
        check("special_price|special_from_date\n9|2026-01-01", "");
    }

    #[test]
    fn a_sale_starts_before_it_ends() {
        let sheet = |from: &str, to: &str| format!("special_price|special_from_date|special_to_date\n9|{from}|{to}");
        check(&sheet("2026-02-01", "2026-01-01"), "C2 sale-window-reversed");
        check(&sheet("2026-01-01", "2026-01-01"), "C2 sale-window-reversed");
        check(&sheet("2026-01-01 18:15", "2026-01-01 18:30"), "");
    }

    #[test]
    fn an_end_without_a_time_is_told_to_be_the_beginning_of_its_day() {
        let help = |from: &str, to: &str| {
            only_finding(&format!("special_price|special_from_date|special_to_date\n9|{from}|{to}")).help
        };
        let one_day = "an end without a time is the beginning of that day: \
                       write 2026-12-12 23:45 as the end for a sale of that one day";
        assert_eq!(help("2026-12-12", "2026-12-12"), one_day);
        assert_eq!(help("2026-12-12 18:15", "2026-12-12"), one_day);
        for (from, to) in
            [("2026-12-13", "2026-12-12"), ("2026-12-12 18:15", "2026-12-12 18:00"), ("2026-12-12 23:45", "2026-12-12")]
        {
            assert_eq!(help(from, to), "move the start or the end", "{from} {to}");
        }
    }

    #[test]
    fn start_and_end_are_compared_after_flooring() {
        let sheet = |from: &str, to: &str| format!("special_price|special_from_date|special_to_date\n9|{from}|{to}");
        check(&sheet("2026-01-01 18:15", "2026-01-01 18:29"), "C2 sale-window-reversed; C2 sale-window-floored");
        check(&sheet("2026-01-01 18:29", "2026-01-01 18:30"), "B2 sale-window-floored");
    }

    #[test]
    fn a_time_between_quarters_of_an_hour_is_floored() {
        check("special_price|special_from_date\n9|2017-07-15 18:23", "B2 sale-window-floored");
        check("special_price|special_from_date\n9|2017-07-15 18:15:01", "B2 sale-window-floored");
        check("special_price|special_from_date\n9|2017-07-15 18:15", "");
        let finding = only_finding("special_price|special_from_date\n9|2017-07-15 18:23");
        assert_eq!(finding.message, "special_from_date 2017-07-15 18:23 is sent as 2017-07-15 18:15");
    }

    #[test]
    fn a_date_has_one_reading() {
        for text in ["2026-01-01", "2026/01/01", "2026-01-01 10:30", "2026-01-01T10:30:00"] {
            check(&format!("special_price|special_from_date\n9|{text}"), "");
        }
        for text in ["31/12/2026", "31 Dec 2026", "46023"] {
            check(&format!("special_price|special_from_date\n9|{text}"), "B1 written-as");
        }
        for text in ["2026-02-30", "tomorrow", "31/31/2026"] {
            check(&format!("special_price|special_from_date\n9|{text}"), "B2 invalid-date");
        }
        check("special_price|special_from_date\n9|01/03/2026", "B2 ambiguous-date");
    }

    #[test]
    fn an_unsound_part_of_a_sale_is_told_once() {
        check("special_price|special_from_date\nten|2026-01-01", "A2 invalid-price");
        check("price|special_price|special_from_date\nten|9|2026-01-01", "A2 invalid-price");
    }
}

mod packages {
    use super::*;

    #[test]
    fn a_measure_has_one_reading() {
        check("package_weight\n0.35", "");
        check("package_weight\n0,35", "A1 written-as");
        check("package_weight\n1.250", "A2 ambiguous-number");
        check("package_weight\n12x10x5", "A2 invalid-measure");
        for text in ["350 g", "1.2kg"] {
            check(&format!("package_weight\n{text}"), "A2 repairable");
        }
        check(
            "package_length|package_width|package_height\nx|y|z",
            "A2 invalid-measure; B2 invalid-measure; C2 invalid-measure",
        );
    }

    #[test]
    fn a_measure_is_above_zero() {
        check("package_weight\n0.01", "");
        check("package_weight\n0", "A2 measure-not-positive");
        check("package_height\n-5", "A2 measure-not-positive");
    }

    #[test]
    fn a_measure_has_at_most_two_decimals_that_count() {
        check("package_width\n25.50", "");
        check("package_width\n0.500", "");
        check("package_width\n25.5055", "A2 measure-decimals");
    }

    #[test]
    fn a_package_above_40_kg_is_warned_of() {
        check("package_weight\n40", "");
        check("package_weight\n40.01", "A2 heavy-package");
    }

    #[test]
    fn a_package_above_300_cm_is_warned_of() {
        check("package_length|package_width|package_height\n100|100|100", "");
        check("package_length|package_width|package_height\n100|100|100.01", "A2 large-package");
    }
}

mod images {
    use super::*;

    fn urls(count: usize) -> Vec<String> {
        (1..=count).map(|number| format!("https://img.example.com/{number}.jpg")).collect()
    }

    #[test]
    fn a_sku_has_at_most_8_images_in_columns() {
        let headers = ["Image"; 9].join("|");
        check(&format!("{headers}\n{}|", urls(8).join("|")), "");
        check(&format!("{headers}\n{}", urls(9).join("|")), "I2 too-many-images");
    }

    #[test]
    fn a_sku_has_at_most_8_images_in_a_list() {
        check(&format!("Images\n{}", urls(8).join(", ")), "");
        check(&format!("Images\n{}", urls(9).join(";")), "A2 too-many-images");
    }

    #[test]
    fn lists_and_columns_count_together() {
        check(&format!("Image1|Image2\n{}|https://img.example.com/last.jpg", urls(8).join(" ")), "B2 too-many-images");
        check(&format!("Image1|Image2\n{}|https://img.example.com/last.jpg", urls(7).join(" ")), "");
    }

    #[test]
    fn an_image_that_comes_twice_is_sent_once() {
        check("Image1|Image2\nhttps://img.example.com/1.jpg|https://img.example.com/1.jpg", "B2 duplicate-image");
        check("Image1|Image2\nhttps://img.example.com/1.jpg|https://img.example.com/2.jpg", "");
        let nine = format!("{0},{0}", urls(8).join(","));
        let twice = ["A2 duplicate-image"; 8].join("; ");
        check(&format!("Images\n{nine}"), &twice);
    }

    #[test]
    fn an_image_is_a_sound_address() {
        for text in ["//host.com/a.jpg", "<img src='https://a.co/1.jpg'>"] {
            check(&format!("Image\n{text}"), "A2 repairable");
        }
        check("Image\nhttps://drive.google.com/file/d/1AbCdEfGhIjKlMnOpQrStUvWx/view", "A2 share-page");
        check("Image\nhttps://www.dropbox.com/s/abc123/a.jpg?dl=0", "A2 repairable");
        check("Image\nhttps://a.example.com/1.webp", "A2 image-type");
        check("Image\nhttps://a.example.com/1.jpg?X-Amz-Expires=3600&X-Amz-Signature=a", "A2 image-expires");
        for text in ["img.jpg", "C:\\pics\\a.jpg", "ftp://host.com/a.jpg", "http://", "none"] {
            check(&format!("Image\n{text}"), "A2 invalid-image-url");
        }
        check("Image\nhttp://sg.s.alibaba.lzd.co/original/59046bec4d53e74f8ad38d19399205e6.jpg", "");
    }

    #[test]
    fn each_unsound_image_of_a_list_is_told() {
        check(
            "Images\na.jpg, https://img.example.com/1.jpg, https://nohost/2.jpg",
            "A2 invalid-image-url; A2 invalid-image-url",
        );
    }

    #[test]
    fn a_host_that_cannot_be_reached_is_warned_of() {
        check("Image\nhttp://10.0.0.1/a.jpg", "A2 image-host");
        check("Image\nhttps://img.example.com:8080/a.jpg", "A2 image-host");
        check("Image\nhttps://img.example.com:443/a.jpg", "");
    }

    #[test]
    fn the_main_image_comes_first_wherever_its_column_stands() {
        let sheet = "Image2|Image1\nhttps://img.example.com/2.jpg|https://img.example.com/1.jpg";
        let (_, checked) = run(&tables(&filled(sheet, "")), &Rules::default());
        let images = checked.rows()[0].given().expect("a record").images;
        let images: Vec<&str> = images.iter().map(|url| url.as_str()).collect();
        assert_eq!(images, ["https://img.example.com/1.jpg", "https://img.example.com/2.jpg"]);
    }

    #[test]
    fn a_sku_may_have_no_image() {
        check("Image|quantity\n|1", "");
    }
}

mod mandatory {
    use super::*;

    #[test]
    fn each_mandatory_cell_is_filled_in() {
        for header in ["SellerSku", "price", "package_weight", "package_length", "package_width", "package_height"] {
            check(&format!("{header}|quantity\n|1"), "A2 missing-value");
            check(&format!("{header}|quantity\n \u{a0}|1"), "A2 missing-value");
        }
        for header in ["PrimaryCategory", "name", "short_description", "brand"] {
            check(&format!("{header}|quantity\n|1"), "A2 missing-value");
        }
        check("SellerSku|PrimaryCategory|name|short_description|brand\nA|6614|Tee|Soft|Acme", "");
    }

    #[test]
    fn a_mandatory_field_without_a_column_is_told_once() {
        for header in ["SellerSku", "price", "package_weight", "PrimaryCategory", "short_description", "brand"] {
            check_without(header, "quantity\n1\n2\n3", "row 1 missing-column");
        }
        check_without("name", "product|quantity\nA|1\nB|2", "row 1 missing-column");
    }

    #[test]
    fn a_constant_stands_for_a_column() {
        let choice = Choice { set: vec![("brand".to_owned(), "Acme".to_owned())], ..Choice::default() };
        let (findings, checked) = run(&tables_of("t.csv", &filled("quantity\n1", "brand"), &choice), &Rules::default());
        assert_eq!(shown(&findings), "");
        assert_eq!(checked.groups()[0].product.brand.as_deref(), Some("Acme"));
    }

    #[test]
    fn a_sheet_without_a_sku_attribute_is_warned_of() {
        check_without("color_family", "quantity\n1", "row 1 no-sku-attribute");
        check_without("color_family", "size\nXL", "");
    }

    #[test]
    fn a_product_without_a_sku_attribute_is_warned_of() {
        check("color_family|quantity\nRed|1\n|2", "row 3 no-sku-attribute");
        check("color_family|size\nRed|\n|XL", "");
    }

    #[test]
    fn an_spu_excuses_name_highlights_and_brand() {
        check("SPUId|name|short_description|brand\n12|||", "");
        check("SPUId|name|short_description|brand\n|Tee||", "C2 missing-value; D2 missing-value");
        check("SPUId|PrimaryCategory\n12|", "B2 missing-value");
        check_without("name|short_description|brand", "SPUId\n12", "");
    }

    #[test]
    fn an_associated_sku_excuses_the_category_and_all_attributes() {
        check("AssociatedSku|PrimaryCategory|name|short_description|brand\nTEE-1||||", "");
        check_without("PrimaryCategory|name|short_description|brand", "AssociatedSku\nTEE-1", "");
        check("AssociatedSku|price\nTEE-1|", "B2 missing-value");
    }

    #[test]
    fn what_nothing_excuses_is_a_missing_column_after_all() {
        let sheet = "AssociatedSku|quantity\n|1\nTEE-1|1\n|2";
        check_without("brand", sheet, "row 1 missing-column");
        let sheet = "SPUId|quantity\n|1\n12|1";
        check_without("short_description|brand", sheet, "row 1 missing-column; row 1 missing-column");
    }

    #[test]
    fn a_value_is_filled_from_another_row_of_the_product_before_or_behind() {
        check("product|brand\nT|Acme\nT|", "");
        check("product|brand\nT|\nT|Acme", "");
        check("product|brand\nT|\nU|Other\nT|\nT|Acme", "");
        check("product|brand\nT|\nT|\nU|Acme", "B2 missing-value");
        let (_, checked) = run(&tables(&filled("product|brand|model\nT||\nT|Acme|\nT||M1", "")), &Rules::default());
        let product = &checked.groups()[0].product;
        assert_eq!((product.brand.as_deref(), product.model.as_deref()), (Some("Acme"), Some("M1")));
    }

    #[test]
    fn a_row_left_out_by_only_still_fills_in_its_product() {
        let rules = Rules { only: Some(HashSet::from(["A".to_owned()])), ..Rules::default() };
        check_text(&filled("product|SellerSku|brand\nT|A|\nT|B|Acme", ""), &rules, "");
        check_text(&filled("product|SellerSku|brand\nT|A|\nU|B|Acme", ""), &rules, "C2 missing-value");
    }

    #[test]
    fn a_name_in_only_that_no_row_has_is_counted() {
        let rules = Rules { only: Some(HashSet::from(["A".to_owned(), "X".to_owned()])), ..Rules::default() };
        let mut findings = Vec::new();
        let summary = super::super::check(&tables(&filled("SellerSku\nA\nB", "")), &rules, &mut findings).unwrap();
        assert_eq!(summary.absent, ["X"]);
    }
}

mod products {
    use super::*;

    #[test]
    fn columns_in_another_order_on_another_sheet_are_the_same_columns() {
        let sheet =
            |columns: &str, cells: &str| filled(&format!("product|SellerSku|{columns}\n{cells}"), "color_family");
        let together = |first: &str, second: &str| {
            let mut tables = tables_of("a.csv", first, &Choice::default());
            tables.extend(tables_of("b.csv", second, &Choice::default()));
            shown(&run(&tables, &Rules::default()).0)
        };
        let shared = "name|PrimaryCategory|short_description|brand|warranty|warranty_type|size";
        let swapped = "name|PrimaryCategory|short_description|brand|warranty_type|warranty|size";
        let first = sheet(shared, "T|A|Shirt|6614|Soft|Acme|1 year|Local|M");
        assert_eq!(together(&first, &sheet(swapped, "T|B|Shirt|6614|Soft|Acme|Local|1 year|L")), "");
        let alike = sheet(swapped, "T|B|Shirt|6614|Soft|Acme|Local|1 year|M");
        assert_eq!(together(&first, &alike), "row 2 variants-alike");
    }

    #[test]
    fn rows_with_one_key_are_one_product_wherever_they_stand() {
        products("product\nT\nU\nT", GroupBy::Found, "2 4, 3");
        products("product\nT\n T \nt", GroupBy::Found, "2 3, 4");
    }

    #[test]
    fn rows_with_one_associated_sku_are_one_product() {
        products("AssociatedSku|quantity\nA|1\nB|1\nA|1", GroupBy::Found, "2 4, 3");
    }

    #[test]
    fn without_a_key_rows_are_grouped_by_category_name_brand_and_model() {
        products("name\nTee\nCap\nTee", GroupBy::Found, "2 4, 3");
        products("name|brand\nTee|Acme\nTee|Other\nTee|Acme", GroupBy::Found, "2 4, 3");
        products("name|PrimaryCategory\nTee|1\nTee|2", GroupBy::Found, "2, 3");
        products("name|model\nTee|1\nTee|2\nTee|", GroupBy::Found, "2, 3, 4");
    }

    #[test]
    fn the_way_of_grouping_can_be_named() {
        products("product|name\nT|Tee\nU|Tee", GroupBy::Name, "2 3");
        products("product|name\nT|Tee\nT|Tee", GroupBy::Nothing, "2, 3");
        products("Shelf|size\nA|S\nB|M\nA|L", GroupBy::Column("shelf".to_owned()), "2 4, 3");
    }

    #[test]
    fn a_row_with_a_blank_key_joins_by_its_own_sku() {
        products("product|SellerSku\n|TEE\nTEE|TEE-S\nTEE|TEE-M\n|CAP", GroupBy::Found, "2 3 4, 5");
        products("product|SellerSku\n|\n|", GroupBy::Found, "2, 3");
    }

    #[test]
    fn a_row_without_a_name_never_joins_another() {
        products("name|quantity\n|1\n|2\nTee|3", GroupBy::Found, "2, 3, 4");
        products("name|quantity\n|1\n|2", GroupBy::Name, "2, 3");
    }

    #[test]
    fn rows_of_one_product_that_disagree_name_both_cells() {
        check("product|brand\nT|Acme\nU|Other\nT|Other", "B4 product-conflict");
        let finding = only_finding("product|brand\nT|Acme\nT|Other");
        assert_eq!(finding.message, "brand is `Other` here and `Acme` in B2, on rows of one product");
        assert_eq!(finding.help, "make B3 and B2 equal, or leave one of them empty");
        assert_eq!((finding.field.as_deref(), finding.value.as_deref()), (Some("brand"), Some("Other")));
    }

    #[test]
    fn where_most_rows_agree_the_others_are_to_blame() {
        check("product|brand\nT|Acme\nT|Other\nT|Other", "B2 product-conflict");
        check("product|brand\nT|Other\nT|Acme\nT|Other\nT|Other\nT|Third", "B3 product-conflict; B6 product-conflict");
        check(
            "product|brand|model\nT|Other|M\nT|Acme|M\nT|Acme|N\nT|Acme|M",
            "B2 product-conflict; C4 product-conflict",
        );
        let finding = only_finding("product|brand\nT|Acme\nT|Other\nT|Other");
        assert_eq!(finding.message, "brand is `Acme` here and `Other` on most rows of the product, such as B3");
        assert_eq!(finding.help, "make B2 equal to B3, or leave it empty");
        fates(
            "product|brand\nT|Acme\nT|Other\nT|Other",
            &Rules::default(),
            "2 invalid product-conflict; 3 sound; 4 sound",
        );
    }

    #[test]
    fn where_no_value_is_that_of_most_rows_the_first_one_counts() {
        check("product|brand\nT|Acme\nT|Other", "B3 product-conflict");
        check("product|brand\nT|Acme\nT|Other\nT|Acme\nT|Other", "B3 product-conflict; B5 product-conflict");
        check("product|brand\nT|A\nT|B\nT|C", "B3 product-conflict; B4 product-conflict");
    }

    #[test]
    fn most_rows_are_counted_however_far_apart_they_stand() {
        let mut sheet = "product|brand\nT|Acme".to_owned();
        (0..3000).for_each(|at| sheet.push_str(&format!("\nU{at}|Acme")));
        sheet.push_str("\nT|Other");
        (0..3000).for_each(|at| sheet.push_str(&format!("\nV{at}|Acme")));
        sheet.push_str("\nT|Other\nT|\nT|Other");
        check(&sheet, "B2 product-conflict");
    }

    #[test]
    fn rows_that_leave_cells_empty_are_held_against_the_full_ones() {
        check("product|brand|model\nT|Acme|M\nT||M\nT||M", "");
        check("product|brand|model\nT|Acme|M\nT|Other|\nT|Other|", "B3 product-conflict; B4 product-conflict");
    }

    #[test]
    fn every_field_of_the_product_can_disagree() {
        check("product|PrimaryCategory\nT|1\nT|2", "B3 product-conflict");
        check("product|name\nT|Tee\nT|Tee 2", "B3 product-conflict");
        check("product|warranty_type\nT|None\nT|Local", "B3 product-conflict");
        check("product|AssociatedSku\nT|A\nT|B", "B3 product-conflict");
        check("product|color_family\nT|Red\nT|Blue", "");
    }

    #[test]
    fn a_blank_cell_and_white_space_disagree_with_nothing() {
        check("product|brand\nT|Acme\nT|\nT|Acme", "");
        check("product|brand\nT|Acme\nT|Acme ", "");
        check("product|PrimaryCategory\nT|6614\nT| 6614", "");
    }

    #[test]
    fn a_long_value_is_shown_by_its_beginning() {
        let long = "long ".repeat(20);
        let finding = only_finding(&format!("product|short_description\nT|{long}1\nT|{long}2"));
        let beginning: String = long.chars().take(40).collect();
        assert!(finding.message.contains(&format!("and `{beginning}…` in B2")), "{}", finding.message);
    }

    #[test]
    fn two_skus_of_one_product_are_not_alike() {
        check("product|color_family\nT|Red\nT|Red", "row 3 variants-alike");
        check("product|color_family\nT|Red\nT|Red ", "row 3 variants-alike");
        check("product|color_family\nT|Red\nU|Red", "");
        check("product|color_family|size\nT|Red|S\nT|Red|M", "");
        check("product|color_family|size\nT|Red|S\nT|Blue|S\nT|Red|S", "row 4 variants-alike");
    }

    #[test]
    fn two_skus_without_any_variant_attribute_are_alike() {
        check("product|color_family\nT|\nT|", "row 3 variants-alike");
        check("product|color_family|tax_class\nT||default\nT||other", "row 3 variants-alike");
    }

    #[test]
    fn a_product_of_more_than_50_skus_is_warned_of() {
        check(&format!("product{}", "\nT".repeat(50)), "");
        check(&format!("product{}", "\nT".repeat(51)), "row 2 many-skus");
    }
}

mod skus {
    use super::*;

    #[test]
    fn a_seller_sku_stands_in_the_sheet_once() {
        check("SellerSku|price\nA|1\nB|2", "");
        check("SellerSku|price\nA|1\nB|2\nA|3", "A4 duplicate-sku");
        let finding = only_finding("SellerSku|price\nA|1\nA|3");
        assert_eq!(finding.message, "seller SKU `A` stands on row 2 and again on row 3");
    }

    #[test]
    fn seller_skus_are_compared_without_white_space() {
        check("SellerSku|price\nA|1\nA |2", "A3 trimmed-sku; A3 duplicate-sku");
    }

    #[test]
    fn seller_skus_that_differ_in_case_alone_are_warned_of() {
        check("SellerSku\nTEE-m\nTEE-M", "A3 similar-sku");
        check("SellerSku\nTEE-m\nTEE-n", "");
        check("SellerSku\nTEE-m\nTEE-M\nTEE-m", "A3 similar-sku; A4 duplicate-sku");
    }

    #[test]
    fn a_row_equal_to_an_earlier_one_is_skipped() {
        let row = "A|Tee|Red|10";
        let sheet = format!("SellerSku|name|color_family|price\n{row}\nB|Cap|Red|10\n{row}");
        check(&sheet, "row 4 duplicate-row");
        fates(&sheet, &Rules::default(), "2 sound; 3 sound; 4 skipped");
        check("SellerSku|name|color_family|price\nA|Tee|Red|10\nA|Tee|Red|11", "A3 duplicate-sku");
    }

    #[test]
    fn an_equal_row_is_not_blamed_a_second_time() {
        let row = "A|Tee|Red|ten";
        check(&format!("SellerSku|name|color_family|price\n{row}\n{row}"), "D2 invalid-price; row 3 duplicate-row");
    }

    #[test]
    fn a_seller_sku_is_looked_for_in_all_tables() {
        let (first, second) = (filled("SellerSku|name\nA|Tee\nB|Cap", ""), filled("SellerSku|name\nC|Hat\nA|Bag", ""));
        let mut both = tables_of("first.csv", &first, &Choice::default());
        both.extend(tables_of("second.csv", &second, &Choice::default()));
        let (findings, checked) = run(&both, &Rules::default());
        assert_eq!(shown(&findings), "A3 duplicate-sku");
        assert_eq!(&*findings[0].location.file, "second.csv");
        assert_eq!(findings[0].message, "seller SKU `A` stands on row 2 of first.csv and again on row 3");
        assert!(matches!(&checked.rows()[0].fate, Fate::Invalid(fault) if fault.rule == "duplicate-sku"));
    }
}

mod rows {
    use super::*;

    #[test]
    fn blank_rows_are_no_rows() {
        check(&format!("price\n{BLANK}\nten\n{BLANK}\n10\n{BLANK}"), "A3 invalid-price");
        fates(&format!("price\n{BLANK}\n10"), &Rules::default(), "3 sound");
    }

    #[test]
    fn a_row_has_as_many_cells_as_the_header() {
        check("price|quantity\n10|1\n10", "row 3 ragged-row");
        check("price|quantity\n10|1\n10|1|extra", "row 3 ragged-row");
        check("price|quantity\n10|1", "");
    }

    #[test]
    fn a_ragged_row_is_told_alone_and_not_sent() {
        check("price|quantity\nten|1\nten", "A2 invalid-price; row 3 ragged-row");
        fates("price|quantity\n10|1\n10", &Rules::default(), "2 sound; 3 invalid ragged-row");
    }

    #[test]
    fn the_cells_of_a_ragged_row_are_not_believed() {
        // Both carry the category where the seller SKU should stand.
        check("price|quantity\n10|1\n10\n10", "row 3 ragged-row; row 4 ragged-row");
        check("product|brand\nT|Acme\nT", "row 3 ragged-row");
        assert_eq!(only_finding("price|quantity\n10|1\n10").seller_sku, None);
    }

    #[test]
    fn the_example_row_is_skipped() {
        let sheet = format!("SellerSku|price\n{EXAMPLE_SKU}|ten\nA|10");
        check(&sheet, "");
        fates(&sheet, &Rules::default(), "2 skipped; 3 sound");
    }

    #[test]
    fn the_first_products_can_be_chosen() {
        let rules = Rules { first: Some(2), ..Rules::default() };
        let sheet = "product|price\nT|1\nU|2\nV|ten\nT|4";
        check_text(&filled(sheet, ""), &rules, "");
        fates(sheet, &rules, "2 sound; 3 sound; 4 skipped; 5 sound");
    }

    #[test]
    fn rows_can_be_chosen_by_their_sku() {
        let rules = Rules { only: Some(HashSet::from(["B".to_owned()])), ..Rules::default() };
        let sheet = "SellerSku|price\nA|ten\nB|2\n|ten";
        check_text(&filled(sheet, ""), &rules, "");
        fates(sheet, &rules, "2 skipped; 3 sound; 4 skipped");
    }

    #[test]
    fn a_duplicate_outside_the_chosen_rows_is_none() {
        let rules = Rules { first: Some(1), ..Rules::default() };
        check_text(&filled("SellerSku|price\nA|1\nA|2", ""), &rules, "");
    }

    #[test]
    fn a_column_without_a_header_is_told_at_its_first_value() {
        check_text(&filled("price| |quantity\n10||1\n10|x|1\n10|y|1", ""), &Rules::default(), "B3 unnamed-column");
        check("price| |quantity\n10||1", "");
    }

    #[test]
    fn findings_of_a_row_come_by_column() {
        check("price| |quantity\nten|x|many", "A2 invalid-price; B2 unnamed-column; C2 invalid-quantity");
        check("SellerSku|price| \nA|1|\nA|ten|x", "A3 duplicate-sku; B3 invalid-price; C3 unnamed-column");
    }
}

mod fates_of_rows {
    use super::*;

    #[test]
    fn a_row_with_an_error_is_invalid_and_a_warning_changes_nothing() {
        fates("price|package_weight\nten|1\n10|50", &Rules::default(), "2 invalid invalid-price; 3 sound");
    }

    #[test]
    fn both_rows_of_a_repeated_seller_sku_are_invalid() {
        let sheet = "SellerSku|price\nA|1\nB|1\nA|2\nA|3";
        fates(
            sheet,
            &Rules::default(),
            "2 invalid duplicate-sku; 3 sound; 4 invalid duplicate-sku; 5 invalid duplicate-sku",
        );
    }

    #[test]
    fn the_row_that_disagrees_is_invalid() {
        fates("product|brand\nT|Acme\nT|Other", &Rules::default(), "2 sound; 3 invalid product-conflict");
    }

    #[test]
    fn a_row_that_leaves_all_to_the_others_neither_contradicts_nor_hides_a_contradiction() {
        let sheet = "product|SellerSku|brand\nT|1|Acme\nT|2|\nU|3|\nU|4|Acme\nT|5|\nT|6|Other\nU|7|";
        fates(
            sheet,
            &Rules::default(),
            "2 sound; 3 sound; 4 sound; 5 sound; 6 sound; 7 invalid product-conflict; 8 sound",
        );
    }

    #[test]
    fn an_error_of_the_header_makes_every_row_invalid() {
        let text = filled("quantity\n1\n2", "brand");
        let (findings, checked) = run(&tables(&text), &Rules::default());
        assert_eq!(shown(&findings), "row 1 missing-column");
        let is_invalid = |row: &KeptRow| matches!(&row.fate, Fate::Invalid(fault) if fault.rule == "missing-column");
        assert!(checked.rows().iter().all(is_invalid), "{:?}", checked.rows());
        fates("price|Price\n1|1\nten|2", &Rules::default(), "2 invalid duplicate-column; 3 invalid invalid-price");
    }

    #[test]
    fn a_row_with_a_fault_of_its_own_tells_the_missing_columns_too() {
        let text = filled("price\nten\n9", "brand|package_weight|short_description");
        let (_, checked) = run(&tables(&text), &Rules::default());
        let missing = "the sheet has no column for the mandatory field";
        let lacking = ["short_description", "brand", "package_weight"].map(|field| format!("{missing} {field}"));
        for row in checked.rows() {
            let Fate::Invalid(fault) = &row.fate else { panic!("row {} is {:?}", row.row, row.fate) };
            for message in &lacking {
                assert_eq!(fault.message.matches(message).count(), 1, "{}", fault.message);
            }
            assert!(fault.help.contains("--map \"Your header=brand\""), "{}", fault.help);
        }
        let Fate::Invalid(fault) = &checked.rows()[0].fate else { panic!("row 2 has a fault") };
        assert!(fault.message.starts_with("A2: price `ten` is not a number; "), "{}", fault.message);
        assert_eq!(
            (fault.rule, &fault.also[..], &fault.columns[..]),
            ("invalid-price", &["missing-column"][..], &[1][..])
        );
    }

    #[test]
    fn a_header_that_has_two_readings_is_an_error_of_the_header() {
        check("ProductID\n4006381333931", "A1 ambiguous-column");
        check("attr.test 4\nx", "A1 invalid-attribute-name");
        check("price|Price\n10|10", "B1 duplicate-column");
        fates("ProductID\n4006381333931", &Rules::default(), "2 invalid ambiguous-column");
    }

    #[test]
    fn a_column_that_is_not_sent_spoils_nothing() {
        check("Remarks\nold stock", "row 1 unknown-column");
        check("Currency Code\nSGD", "row 1 ignored-column");
        fates("Remarks\nold stock", &Rules::default(), "2 sound");
    }
}

mod order {
    use super::*;

    /// 5,000 rows, several blocks: every hundredth price is wrong, every thousandth SKU repeated.
    fn long_sheet(with_duplicates: bool) -> String {
        let mut sheet = "SellerSku|price\n".to_owned();
        for row in 2..=5_001 {
            let sku = if with_duplicates && row % 1_000 == 0 { "SAME".to_owned() } else { format!("A{row}") };
            let price = if row % 100 == 1 { "ten" } else { "10" };
            let _ = writeln!(sheet, "{sku}|{price}");
        }
        filled(&sheet, "")
    }

    #[test]
    fn findings_come_in_the_order_of_the_sheet_across_blocks() {
        let expect: Vec<String> = (101..=5_001).step_by(100).map(|row| format!("B{row} invalid-price")).collect();
        check_text(&long_sheet(false), &Rules::default(), &expect.join("; "));
    }

    #[test]
    fn findings_of_the_second_read_stand_among_those_of_the_first() {
        let mut expect: Vec<(u32, &str)> = (101..=5_001).step_by(100).map(|row| (row, "B invalid-price")).collect();
        expect.extend((2_000..=5_000).step_by(1_000).map(|row| (row, "A duplicate-sku")));
        expect.sort_unstable();
        let expect: Vec<String> = expect.iter().map(|(row, what)| what.replacen(' ', &format!("{row} "), 1)).collect();
        check_text(&long_sheet(true), &Rules::default(), &expect.join("; "));
    }

    /// Each row has 50 unsound images and a value in a column without a header.
    fn noisy_sheet(rows: usize) -> String {
        let images = (0..50).map(|number| format!("https://nohost{number}/a.jpg")).collect::<Vec<_>>().join(" ");
        filled(&format!("Images| |Remarks{}", format!("\n{images}|x|y").repeat(rows)), "")
    }

    #[test]
    fn findings_too_many_to_be_held_back_are_the_same_findings() {
        let (few, _) = run(&tables(&noisy_sheet(100)), &Rules::default());
        let (many, checked) = run(&tables(&noisy_sheet(2_100)), &Rules::default());
        assert_eq!(few.len(), 2 + 100 * 50);
        assert_eq!(many.len(), 2 + 2_100 * 50);
        assert!(few == many[..few.len()], "{}", shown(&many[..few.len()]));
        assert_eq!(checked.summary().errors, 105_000);
    }

    #[test]
    fn rows_are_counted_as_they_are_read() {
        #[derive(Default)]
        struct Counter(Vec<u64>);
        impl Sink for Counter {
            fn finding(&mut self, _: Finding) {}
            fn rows_read(&mut self, rows: u64) {
                self.0.push(rows);
            }
        }
        let mut counter = Counter::default();
        super::super::check(&tables(&long_sheet(false)), &Rules::default(), &mut counter).expect("the sheet is read");
        assert!(counter.0.is_sorted());
        assert_eq!(counter.0.last(), Some(&5_000));
    }
}

mod counts {
    use super::*;

    #[test]
    fn rows_products_and_skus_are_counted() {
        let sheet = format!("product|SellerSku|price\nT|A|1\nT|B|2\nU|C|3\nV||4\n{BLANK}\nW|{EXAMPLE_SKU}|5");
        let (_, checked) = run(&tables(&filled(&sheet, "")), &Rules::default());
        let summary = checked.summary();
        assert_eq!((summary.rows, summary.products, summary.skus, summary.skipped), (5, 3, 3, 1));
        assert_eq!(summary.grouping, "by the column `product`");
    }

    #[test]
    fn a_row_equal_to_an_earlier_one_counts_as_skipped() {
        let row = "A|Tee|Red|10";
        let text = filled(&format!("SellerSku|name|color_family|price\n{row}\n{row}"), "");
        let (_, checked) = run(&tables(&text), &Rules::default());
        let summary = checked.summary();
        assert_eq!((summary.rows, summary.products, summary.skus, summary.skipped), (2, 1, 1, 1));
    }

    #[test]
    fn the_way_of_grouping_is_told() {
        let told = |sheet: &str, group_by: GroupBy| {
            let rules = Rules { group_by, ..Rules::default() };
            run(&tables(&filled(sheet, "")), &rules).1.summary().grouping.clone()
        };
        assert_eq!(told("price\n1", GroupBy::Found), "by category, name, brand and model");
        assert_eq!(told("price\n1", GroupBy::Nothing), "by row: each is a product");
        assert_eq!(
            told("AssociatedSku\nA", GroupBy::Found),
            "by associated_sku, else by category, name, brand and model"
        );
    }
}

fn any_header() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "product",
        "SellerSku",
        "AssociatedSku",
        "SPUId",
        "PrimaryCategory",
        "name",
        "brand",
        "price",
        "special_price",
        "special_from_date",
        "special_to_date",
        "quantity",
        "package_weight",
        "color_family",
        "Image",
        "Images",
        "Remarks",
        "",
        "attr.video",
    ])
}

fn any_cell() -> impl Strategy<Value = String> {
    let typical = vec![
        "",
        "",
        " ",
        "A",
        "a",
        "A ",
        "B",
        "T",
        "0",
        "1",
        "10",
        "9.99",
        "9.999",
        "-1",
        "2026-01-01",
        "2026-01-01 18:23",
        "01/02/2026",
        "6614",
        "https://img.example.com/1.jpg",
        "https://a.co/1.jpg https://a.co/1.jpg",
        "\u{1}",
        "😀",
        "\"a|b\"",
        "\"two\nlines\"",
        "Red",
    ];
    prop_oneof![
        9 => prop::sample::select(typical).prop_map(str::to_owned),
        1 => "[^|\"\r\n\u{0}]{0,12}",
    ]
}

fn any_sheet() -> impl Strategy<Value = String> {
    (1usize..8).prop_flat_map(|width| {
        let headers = prop::collection::vec(any_header(), width);
        let rows = prop::collection::vec(prop::collection::vec(any_cell(), 1..=width + 1), 0..12);
        (headers, rows).prop_map(move |(headers, rows)| {
            let mut sheet = headers.join("|");
            for mut row in rows {
                // Most rows have as many cells as the header.
                if row[0] != "1" {
                    row.resize(width, String::new());
                }
                let _ = write!(sheet, "\n{}", row.join("|"));
            }
            filled(&sheet, "")
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_small_sheet_is_checked_to_its_end(text in any_sheet(), first in prop::option::of(0usize..4)) {
        let rules = Rules { first, country: Some(Country::Vn), ..Rules::default() };
        let (findings, checked) = run(&tables(&text), &rules);
        for row in checked.rows().iter().filter(|row| row.fate == Fate::Sound) {
            let has_error = findings.iter().any(|finding| {
                finding.severity == Severity::Error && finding.location.row == row.row
            });
            prop_assert!(!has_error, "row {} is sound and has an error", row.row);
            prop_assert!(row.given().is_some_and(|sku| sku.whole().is_some()), "row {} is sound and has no record", row.row);
        }
        prop_assert!(findings.windows(2).all(|pair| {
            let place = |finding: &Finding| (finding.location.row, finding.location.column.unwrap_or(0));
            place(&pair[0]) <= place(&pair[1]) || pair[0].location.row == 1
        }), "{findings:#?}");
        prop_assert!(findings.iter().all(|finding| !finding.message.is_empty() && finding.rule != Rule::AssociatedSkuCircle));
    }
}

mod writings {
    use super::*;
    use crate::record::{Locale, RepairLevel};

    /// What each row's field became, in order; `?` where it was refused.
    #[track_caller]
    fn read(field: &str, values: &[&str], rules: &Rules) -> (String, Vec<Finding>) {
        let sheet = format!("{field}\n{}", values.join("\n"));
        let (findings, checked) = run(&tables(&filled(&sheet, "")), rules);
        let sku = |row: &KeptRow| match (row.given(), &row.fate) {
            (Some(sku), Fate::Sound) if field == "price" => {
                sku.price.map(|price| price.to_string()).unwrap_or_default()
            }
            (Some(sku), Fate::Sound) => sku.measures[0].map(|weight| weight.to_string()).unwrap_or_default(),
            (_, _) => "?".to_owned(),
        };
        (checked.rows().iter().map(sku).collect::<Vec<_>>().join(" "), findings)
    }

    #[track_caller]
    fn check_read(field: &str, values: &[&str], rules: &Rules, expect: (&str, &str)) {
        let (read, findings) = read(field, values, rules);
        assert_eq!((read.as_str(), shown(&findings).as_str()), expect, "{findings:#?}");
    }

    fn in_country(country: Country) -> Rules {
        Rules { country: Some(country), ..Rules::default() }
    }

    #[test]
    fn other_values_of_the_column_tell_the_mark() {
        let rules = Rules::default();
        check_read("price", &["1.299", "12,50", "590"], &rules, ("1299 12.50 590", "A1 written-as"));
        check_read("price", &["1,299", "12.50", "590"], &rules, ("1299 12.50 590", "A1 written-as"));
        check_read("price", &["1,299", "590"], &rules, ("? 590", "A2 ambiguous-number"));
        check_read(
            "price",
            &["1,299", "12.50", "12,50"],
            &rules,
            ("? 12.50 12.50", "A1 mixed-writing; A2 ambiguous-number"),
        );
        check_read("package_weight", &["1,250", "0,5"], &rules, ("1.25 0.5", "A1 written-as"));
    }

    #[test]
    fn the_note_says_what_told_it() {
        let (_, findings) = read("price", &["1.299", "2.499", "12,50"], &Rules::default());
        assert_eq!(
            findings[0].message,
            "price: 1 of 3 values can only have a decimal comma (`12,50` in A4), none contradicts, so that 2 with two readings are read so; 2 of 3 values are written with thousands marks, such as `1.299` (A2), read as 1299"
        );
        let (_, findings) = read("price", &["1,299.-", "590.-"], &Rules::default());
        assert_eq!(
            findings[0].message,
            "price: 2 of 2 values are written with thousands marks or a dash for the decimals, such as `1,299.-` (A2), read as 1299"
        );
    }

    #[test]
    fn a_column_of_the_same_hand_tells_too() {
        check("price|special_price|special_from_date\n1,299|999.50|2026-01-01", "A1 written-as");
        check(
            "special_price|special_from_date|special_to_date\n9|01/06/2026|30/06/2026",
            "B1 written-as; C1 written-as",
        );
    }

    #[test]
    fn the_locale_settles_what_the_column_does_not() {
        let rules = |name: &str| Rules { locale: name.parse::<Locale>().ok(), ..Rules::default() };
        check_read("price", &["1,299"], &rules("th"), ("1299", "A1 written-as"));
        check_read("price", &["1,299"], &rules("de"), ("?", "A1 written-as; A2 price-decimals"));
        check_text(&filled("special_price|special_from_date\n9|01/03/2026", ""), &rules("en-us"), "B1 written-as");
    }

    #[test]
    fn money_without_decimals_has_one_reading() {
        check_read("price", &["150.000", "Rp 99.000"], &in_country(Country::Id), ("150000 99000", "A1 written-as"));
        check_read("price", &["฿1,299", "1299 บาท"], &in_country(Country::Th), ("1299 1299", "A1 written-as"));
    }

    #[test]
    fn buddhist_years_are_read_in_thailand() {
        let sheet = filled("special_price|special_from_date|special_to_date\n9|01/06/2569|30/06/69", "");
        check_text(&sheet, &in_country(Country::Th), "B1 written-as; C1 written-as");
        check_text(&sheet, &in_country(Country::Sg), "B2 invalid-date; C2 invalid-date");
    }

    #[test]
    fn a_repair_is_proposed_applied_or_left_out() {
        let rules = |repair| Rules { repair, ..Rules::default() };
        check_read("package_weight", &["500 g"], &rules(RepairLevel::Suggest), ("?", "A2 repairable"));
        check_read("package_weight", &["500 g"], &rules(RepairLevel::Safe), ("0.5", "A2 repaired"));
        check_read("package_weight", &["500 g"], &rules(RepairLevel::Off), ("?", "A2 invalid-measure"));
        check_read("price", &["12.5O"], &rules(RepairLevel::Safe), ("?", "A2 repairable"));
        check_read("price", &["12.5O"], &rules(RepairLevel::Off), ("?", "A2 invalid-price"));
    }

    #[test]
    fn a_discount_above_80_percent_is_asked_about() {
        check("price|special_price|special_from_date\n100|20|2026-01-01", "");
        check("price|special_price|special_from_date\n100|19.99|2026-01-01", "B2 deep-discount");
    }

    #[test]
    fn a_package_of_ones_is_asked_about() {
        check("package_weight|package_length|package_width|package_height\n1|1|1|1", "A2 placeholder-package");
        check("package_weight|package_length|package_width|package_height\n1|1|1|2", "");
    }
}

mod whole_sheets {
    use super::super::settle::{Settled, Survey};
    use super::*;

    /// What is told of an XLS sheet whose last row is this one.
    #[track_caller]
    fn check_last_row(last_row: u32, expect: &str) {
        let bytes: &[u8] = include_bytes!("../sheet/fixtures/small.xls");
        let source = Source::open("small.xls", Input::Bytes(bytes.into()), &ReadOptions::default()).expect("it opens");
        let choice = Choice { header_row: Some(2), ..Choice::default() };
        let tables = choose(&source, &choice).expect("the columns are settled");
        let mut settled = Settled::new(&tables[0], &Rules::default());
        settled.learn(Survey { last_row, ..Survey::default() }, &tables[0], &Rules::default());
        assert_eq!(shown(&settled.notes), expect);
    }

    #[test]
    fn an_xls_that_is_full_to_its_last_row_is_warned_of() {
        check_last_row(65_535, "");
        check_last_row(65_536, "row 2 row-limit");
    }
}

mod what_would_go_on_sale_wrong {
    use super::*;
    use crate::record::Locale;

    fn by_locale(name: &str) -> Rules {
        Rules { locale: name.parse::<Locale>().ok(), ..Rules::default() }
    }

    #[test]
    fn a_locale_that_the_column_contradicts_settles_nothing() {
        let sheet = "special_price|special_from_date\n9|12/31/2027\n9|01/02/2027";
        check_text(&filled(sheet, ""), &by_locale("th"), "B1 mixed-writing; B3 ambiguous-date");
        check_text(
            &filled("package_weight\n0.250\n1.250", ""),
            &by_locale("vi"),
            "A1 mixed-writing; A3 ambiguous-number",
        );
        check_text(&filled("package_weight\n0,250\n1.250", ""), &by_locale("vi"), "A1 written-as; A3 heavy-package");
    }

    #[test]
    fn a_date_whose_year_may_stand_first_is_not_settled_by_other_dates() {
        check(
            "special_price|special_from_date\n9|13/02/2027\n9|01/02/2027\n9|27-02-28",
            "B1 written-as; B4 invalid-date",
        );
    }

    #[test]
    fn what_a_second_reading_understands_is_told() {
        let sheet = filled("special_price|special_from_date\n9|13/02/2027\n9|01/02/2570", "");
        let (findings, _) = run(&tables(&sheet), &Rules { country: Some(Country::Th), ..Rules::default() });
        assert!(findings[0].message.contains("Buddhist years"), "{findings:#?}");
    }

    #[test]
    fn rows_that_are_left_out_tell_nothing() {
        let sheet = format!("SellerSku|package_weight\n{EXAMPLE_SKU}|0.5\nA|1.250");
        check(&sheet, "B3 ambiguous-number");
        check("skip|package_weight\nyes|0.5\n|1.250", "B3 ambiguous-number");
    }

    #[test]
    fn a_key_is_read_as_an_identifier() {
        check("product|SellerSku\n4.90123E+12|A", "A2 scientific-identifier");
        check("product|SellerSku|color_family\nT\u{200b}|A|Red\nT|B|Blue", "");
        let (_, checked) =
            run(&tables(&filled("product|SellerSku|color_family\nT\u{200b}|A|Red\nT|B|Blue", "")), &Rules::default());
        assert_eq!(checked.groups().len(), 1);
    }

    #[test]
    fn a_minus_behind_a_number_is_no_dash() {
        check("price\n99.00-", "A2 invalid-price");
        check("quantity\n5-", "A2 invalid-quantity");
    }

    #[test]
    fn a_unit_in_a_cell_is_told_in_the_unit_of_its_column() {
        let (findings, _) = run(&tables(&filled("Weight (g)\n1 kg", "package_weight")), &Rules::default());
        let told = findings.iter().find(|finding| finding.rule == Rule::Repairable).expect("a proposal");
        assert!(told.help.contains("write 1000, without the unit"), "{told:#?}");
        let rules = Rules { repair: crate::record::RepairLevel::Safe, ..Rules::default() };
        let (_, checked) = run(&tables(&filled("Weight (g)\n1 kg", "package_weight")), &rules);
        let weight = checked.rows()[0].given().and_then(|sku| sku.measures[0]).map(|weight| weight.to_string());
        assert_eq!(weight.as_deref(), Some("1"));
    }

    fn with_settings(sheet: &str, without: &str, choice: &Choice) -> (String, Checked) {
        let (findings, checked) = run(&tables_of("t.csv", &filled(sheet, without), choice), &Rules::default());
        (shown(&findings), checked)
    }

    #[test]
    fn a_default_gives_way_to_any_row_of_the_product() {
        let choice = Choice { defaults: vec![("brand".into(), "No Brand".into())], ..Choice::default() };
        for rows in ["T|A||Red\nT|B|Nike|Blue", "T|A|Nike|Red\nT|B||Blue"] {
            let sheet = format!("product|SellerSku|brand|color_family\n{rows}");
            let (found, checked) = with_settings(&sheet, "", &choice);
            assert_eq!((found.as_str(), checked.groups()[0].product.brand.as_deref()), ("", Some("Nike")));
        }
        let (found, checked) = with_settings("product|SellerSku|brand|color_family\nT|A||Red", "", &choice);
        assert_eq!((found.as_str(), checked.groups()[0].product.brand.as_deref()), ("", Some("No Brand")));
    }

    #[test]
    fn a_replacement_by_nothing_is_an_empty_cell() {
        let values = vec![("brand".to_owned(), vec![("N/A".to_owned(), String::new())])];
        let choice = Choice { values, ..Choice::default() };
        assert_eq!(with_settings("brand\nN/A", "", &choice).0, "A2 missing-value");
    }

    #[test]
    fn nothing_below_the_header_of_another_table_is_believed() {
        let sheet = "SellerSku|PrimaryCategory|name|short_description|brand|price|quantity|package_weight|package_length|package_width|package_height|color_family\n\
                     A|6614|Shirt|Soft|Acme|10|5|1|2|3|4|Red\n\
                     SellerSku|PrimaryCategory|name|short_description|brand|quantity|price|package_weight|package_length|package_width|package_height|color_family\n\
                     B|6614|Cap|Soft|Acme|1500|7|1|2|3|4|Red\nB|6614|Cap|Soft|Acme|1500|7|1|2|3|4|Blue";
        let (findings, checked) = run(&tables(sheet), &Rules::default());
        assert_eq!(shown(&findings), "row 3 ambiguous-column; row 4 ambiguous-column; row 5 ambiguous-column");
        let fates: Vec<bool> = checked.rows().iter().map(|row| row.fate == Fate::Sound).collect();
        assert_eq!(fates, [true, false, false, false]);
    }

    #[test]
    fn an_error_in_a_mark_leaves_nothing_out() {
        check("skip|price\n#N/A|9", "A2 cell-error");
    }
}
