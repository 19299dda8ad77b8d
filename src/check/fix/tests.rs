//! What is put right, what is left alone, and that a sheet that was put right reads as before.

use proptest::prelude::*;

use super::super::tests::{run, tables_of};
use super::super::{Fate, Mode, Rules};
use super::fixes;
use crate::column::Choice;
use crate::finding::Rule;
use crate::record::{Country, Image, RepairLevel};

fn rules() -> Rules {
    Rules { country: Some(Country::Th), repair: RepairLevel::Safe, mode: Mode::Update, ..Rules::default() }
}

/// The sheet with each fix in it, and what was done, cell by cell.
fn fixed(sheet: &str) -> (String, String) {
    let mut rows: Vec<Vec<String>> =
        sheet.split('\n').map(|line| line.split('|').map(str::to_owned).collect()).collect();
    let mut told = Vec::new();
    let tables = tables_of("t.csv", sheet, &Choice::default());
    let mut take = |location: crate::location::Location, fix: crate::record::Fix| {
        told.push(format!("{} {}={}", location.short(), fix.field, fix.to));
        let cell = &mut rows[location.row as usize - 1][fix.column as usize - 1];
        assert_eq!(*cell, fix.from, "a fix tells the cell as typed");
        *cell = fix.to;
    };
    fixes(&tables, &rules(), &mut take).expect("the sheet is read");
    (rows.into_iter().map(|row| row.join("|")).collect::<Vec<_>>().join("\n"), told.join("; "))
}

#[track_caller]
fn check(sheet: &str, expect: &str) {
    let (after, told) = fixed(sheet);
    assert_eq!(told, expect);
    assert_eq!(fixed(&after).1, "", "nothing is left to be put right");
}

#[test]
fn white_space_and_unseen_characters_go_from_identifiers() {
    check("SellerSku|price\n\u{a0}A-1 |9", "A2 seller_sku=A-1");
    check("SellerSku|price\nＴＥＥ－1\u{200b}|9", "A2 seller_sku=TEE-1");
    check("SellerSku|ProductId\nA|4006381333931.0", "B2 product_id=4006381333931");
    check("SellerSku|AssociatedSku\nA| B\u{200d}", "B2 associated_sku=B");
    check("SellerSku|PrimaryCategory|SPUId\nA| ６614|7\u{a0}", "B2 category=6614; C2 spu_id=7");
    check("SellerSku|product\nA| P1\nB|P1 ", "B2 product=P1; B3 product=P1");
    check("SellerSku|price\nA 1|9", "");
}

#[test]
fn the_shops_currency_and_digits_of_other_scripts_go_from_numbers() {
    check("SellerSku|price\nA|฿1,299.00", "B2 price=1,299.00");
    check("SellerSku|price\nA|１２９９．００", "B2 price=1299.00");
    check("SellerSku|price\nA|๑๒๙๙ บาท", "B2 price=1299");
    check("SellerSku|price|quantity\nA| 12 |\u{a0}7", "B2 price=12; C2 quantity=7");
    check("SellerSku|price\nA|12.00", "");
}

#[test]
fn what_other_values_of_the_column_depend_on_stays() {
    // The comma decides what 1.299 is.
    check("SellerSku|price\nA|฿12,50\nB|฿1.299", "B2 price=12,50; B3 price=1.299");
    // By itself it has no other reading than by its currency; without it, it would have two.
    check("SellerSku|price\nA|฿1,299", "B2 price=1299");
    check("SellerSku|price\nA|฿299.-", "");
}

#[test]
fn what_is_not_certain_is_left_alone() {
    check("SellerSku|price\nA|$12", "");
    check("SellerSku|price\nA|12.5O", "");
    check("SellerSku|price\nA|1,299", "");
    check("SellerSku|ProductId\nA|12345678905", "");
    check("SellerSku|name\nA| Soft\u{a0}shirt ", "");
}

#[test]
fn a_currency_stays_where_nobody_knows_the_shops() {
    let sheet = "SellerSku|price\nA|฿12\nB| 13";
    let mut told = Vec::new();
    let mut take = |_, fix: crate::record::Fix| told.push(fix.from);
    let rules = Rules { country: None, ..rules() };
    fixes(&tables_of("t.csv", sheet, &Choice::default()), &rules, &mut take).expect("the sheet is read");
    assert_eq!(told, [" 13"]);
}

#[test]
fn words_for_pieces_go_and_units_stay() {
    check("SellerSku|quantity\nA|10 pcs", "B2 quantity=10");
    // 0.5 would tell how the other weights are written.
    check("SellerSku|package_weight\nA|500 g", "");
}

#[test]
fn dates_keep_their_writing() {
    check(
        "SellerSku|special_price|special_from_date|special_to_date\nA|9|\u{a0}2026-01-05 |２０２６-01-09",
        "C2 special_from_date=2026-01-05; D2 special_to_date=2026-01-09",
    );
}

#[test]
fn image_addresses_are_written_as_they_should_be_and_once() {
    check("SellerSku|image\nA|HTTP://a.co/1.jpg", "B2 image=http://a.co/1.jpg");
    check("SellerSku|image\nA|[photo](https://a.co/1.jpg)", "B2 image=https://a.co/1.jpg");
    check(
        "SellerSku|image\nA|https://a.co/1.jpg; https://a.co/2.jpg; https://a.co/1.jpg",
        "B2 image=https://a.co/1.jpg; https://a.co/2.jpg",
    );
    check("SellerSku|MainImage|image2\nA|https://a.co/1.jpg|https://a.co/1.jpg", "C2 image=");
    check("SellerSku|image\nA|https://a.co/a,b.jpg,https://a.co/2.jpg", "");
    check("SellerSku|image\nA|//a.co/1.jpg", "");
}

#[test]
fn a_row_that_is_left_out_is_left_as_it_is() {
    check("SellerSku|skip\n A|x\n B|", "A3 seller_sku=B");
    check("SellerSku|price\nEXAMPLE (this row is skipped)| 9\n B|9", "A3 seller_sku=B");
}

/// What would be sent of each row.
fn sent(sheet: &str) -> Vec<String> {
    let (findings, checked) = run(&tables_of("t.csv", sheet, &Choice::default()), &rules());
    let is_about = |rule: Rule| findings.iter().any(|finding| finding.rule == rule);
    let mut sent = vec![format!("{} {}", is_about(Rule::MixedWriting), is_about(Rule::AmbiguousNumber))];
    for row in checked.rows() {
        let mut given = row.given();
        if let Some(given) = &mut given {
            let mut seen = Vec::new();
            // One picture under two spellings of its scheme is one afterwards.
            given.images.retain(|image| {
                let Image::Url(url) = image else { return true };
                let (scheme, rest) = url.as_str().split_once("://").unwrap_or_default();
                let key = format!("{}{rest}", scheme.to_lowercase());
                !seen.contains(&key) && {
                    seen.push(key);
                    true
                }
            });
            for image in &mut given.images {
                if let Image::Url(url) = image {
                    let text = url.as_str().replace("HTTP:", "http:");
                    *image = Image::Url(crate::record::ImageUrl::parse(&text).expect("an address"));
                }
            }
        }
        // A message tells the cell as typed.
        let fate = match &row.fate {
            Fate::Sound => "",
            Fate::Invalid(fault) => fault.rule,
            Fate::Skipped(why) => why,
        };
        sent.push(format!("{given:?} {:?} {fate}", checked.groups()[row.group].product));
    }
    sent
}

fn cell(values: &'static [&'static str]) -> impl Strategy<Value = String> {
    let around = prop::sample::select(vec!["", " ", "\u{a0}", "\u{200b}"]);
    (around.clone(), prop::sample::select(values), around).prop_map(|(a, value, b)| format!("{a}{value}{b}"))
}

proptest! {
    #[test]
    fn a_sheet_that_was_put_right_reads_as_before(
        rows in prop::collection::vec(
            (
                cell(&["A-1", "Ｂ-2", "C\u{200b}3", "4"]),
                cell(&["12", "12.5", "12,5", "1,299", "1.299", "฿1,299", "฿1.299", "฿12,50", "1.299,00", "฿299.-", "๑๒", "$4", "x"]),
                cell(&["0.5", "0,5", "500 g", "1250 g", "1.5 kg", "1,250", ""]),
                cell(&["3", "10 pcs", "３", "1,000", ""]),
                cell(&["HTTP://a.co/1.jpg", "http://a.co/1.jpg, http://a.co/1.jpg", "<img src=\"http://a.co/2.jpg\">", ""]),
                cell(&["http://a.co/1.jpg", "http://a.co/2.jpg|http://a.co/3.jpg", ""]),
            ),
            1..5,
        ),
    ) {
        let mut sheet = "SellerSku|price|package_weight|quantity|image|image2|ProductId".to_owned();
        for (sku, price, weight, quantity, image, more) in rows {
            let more = more.replace('|', ";");
            sheet.push_str(&format!("\n{sku}|{price}|{weight}|{quantity}|{image}|{more}|"));
        }
        let (after, _) = fixed(&sheet);
        prop_assert_eq!(sent(&after), sent(&sheet), "{}", after);
        prop_assert_eq!(fixed(&after).1, "");
    }
}
