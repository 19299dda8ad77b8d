//! What rows say of SKUs that the shop may have: what is asked of them, what they change, what they take away.

use std::sync::Arc;

use proptest::prelude::*;

use crate::check::tests::{run, shown, tables_of};
use crate::check::{Blank, Checked, Fate, Group, KeptRow, Mode, Rules};
use crate::column::{Choice, EXAMPLE_SKU, Field, choose};
use crate::finding::Finding;
use crate::record::Cleared;
use crate::sheet::{Input, ReadOptions, Source};

fn update() -> Rules {
    Rules { mode: Mode::Update, ..Rules::default() }
}

fn upsert() -> Rules {
    Rules { mode: Mode::Upsert, ..Rules::default() }
}

/// Upsert, where the shop is asked before anything is sent.
fn asking() -> Rules {
    Rules { asks_shop: true, ..upsert() }
}

/// Update, where an empty cell takes away what the shop has.
fn blank() -> Rules {
    Rules { blank: Blank::Clear, ..update() }
}

#[track_caller]
fn checked_with(sheet: &str, choice: &Choice, rules: &Rules) -> (Vec<Finding>, Checked) {
    run(&tables_of("t.csv", sheet, choice), rules)
}

#[track_caller]
fn check(rules: &Rules, sheet: &str, expect: &str) {
    let (findings, _) = checked_with(sheet, &Choice::default(), rules);
    assert_eq!(shown(&findings), expect, "{sheet}\n{findings:#?}");
}

/// The one finding of a sheet.
#[track_caller]
fn only_finding(rules: &Rules, sheet: &str) -> Finding {
    let (mut findings, _) = checked_with(sheet, &Choice::default(), rules);
    assert_eq!(findings.len(), 1, "{findings:#?}");
    findings.remove(0)
}

fn names(cleared: &[Cleared]) -> String {
    let name = |cleared: &Cleared| match cleared {
        Cleared::Field(field) => field.name().to_owned(),
        Cleared::Attribute(name) => name.clone(),
    };
    cleared.iter().map(name).collect::<Vec<_>>().join(" ")
}

/// What a row gives: `price 9 | quantity 3 | cleared model`, of its SKU.
fn given(row: &KeptRow) -> String {
    let sku = row.given().expect("the row names a SKU");
    let mut parts = Vec::new();
    let mut part = |name: &str, value: Option<String>| parts.extend(value.map(|value| format!("{name} {value}")));
    part("price", sku.price.map(|price| price.to_string()));
    part("special", sku.special_price.map(|price| price.to_string()));
    part("from", sku.special_from.map(|moment| moment.to_string()));
    part("to", sku.special_to.map(|moment| moment.to_string()));
    part("quantity", sku.quantity.map(|quantity| quantity.to_string()));
    part("product_id", sku.product_id.as_ref().map(|id| id.as_str().to_owned()));
    part("active", sku.active.map(|active| active.to_string()));
    part("weight", sku.measures[0].map(|measure| measure.to_string()));
    for attribute in &sku.attributes {
        part(&attribute.name, Some(attribute.value.clone()));
    }
    part("images", (!sku.images.is_empty()).then(|| sku.images.len().to_string()));
    part("cleared", (!sku.cleared.is_empty()).then(|| names(&sku.cleared)));
    parts.join(" | ")
}

/// What the first row gives of its SKU.
#[track_caller]
fn gives(rules: &Rules, sheet: &str, expect: &str) {
    let (findings, checked) = checked_with(sheet, &Choice::default(), rules);
    let row = &checked.rows()[0];
    assert_eq!((given(row).as_str(), &row.fate), (expect, &Fate::Sound), "{sheet}\n{findings:#?}");
}

/// What is taken away of each product: `description, `.
#[track_caller]
fn clears(rules: &Rules, choice: &Choice, sheet: &str, expect: &str) {
    let (findings, checked) = checked_with(sheet, choice, rules);
    let of = |group: &Group| names(&group.cleared);
    let each: Vec<String> = checked.groups().iter().map(of).collect();
    assert_eq!(each.join(", "), expect, "{sheet}\n{findings:#?}");
}

mod demands {
    use super::*;

    #[test]
    fn an_update_asks_of_a_row_its_seller_sku_and_no_more() {
        for sheet in [
            "SellerSku|price\nA|9.00",
            "SellerSku|quantity\nA|3",
            "SellerSku|Image|Image\nA|https://x.example.com/a.jpg|",
            "SellerSku|MainImage\nA|https://x.example.com/a.jpg",
            "SellerSku|Status\nA|inactive",
            "SellerSku|description\nA|A long text",
            "SellerSku|price|package_weight\nA||",
            "SellerSku|name|brand\nA||\nB|Shirt|",
        ] {
            check(&update(), sheet, "");
            check(&asking(), sheet, "");
        }
    }

    #[test]
    fn a_row_without_a_seller_sku_is_an_error_in_every_mode() {
        for rules in [update(), asking()] {
            check(&rules, "SellerSku|price\n|9.00", "A2 missing-value");
            check(&rules, "name|price\nShirt|9.00", "row 1 missing-column");
        }
        check(
            &upsert(),
            "SellerSku|price|package_weight|package_length|package_width|package_height|name|short_description|brand|category\n|9|1|1|1|2|Shirt|Soft|Acme|1",
            "A2 missing-value",
        );
    }

    #[test]
    fn small_sheets_are_read_from_workbooks_of_text_with_any_delimiter() {
        for text in ["SellerSku,price\nA,9\nB,8\n", "SellerSku\tprice\nA\t9\nB\t8\n", "SellerSku;price\nA;9\nB;8\n"] {
            let input = Input::Bytes(Arc::from(text.as_bytes()));
            let source = Source::open("t.csv", input, &ReadOptions::default()).expect("the sheet opens");
            let tables = choose(&source, &Choice::default()).expect("the columns are settled");
            let (findings, checked) = run(&tables, &update());
            assert_eq!((shown(&findings).as_str(), checked.rows().len()), ("", 2), "{text}");
        }
    }

    #[test]
    fn a_seller_sku_that_is_a_word_of_headers_is_no_header_beside_a_status() {
        check(&update(), "SellerSku|Status\nModel|active\nTitle|Active\nB|inactive", "");
        let (_, checked) = checked_with("SellerSku|Status\nModel|active\nB|inactive", &Choice::default(), &update());
        assert_eq!(checked.rows().len(), 2);
    }

    #[test]
    fn upsert_warns_of_what_new_skus_need_where_the_shop_is_not_asked() {
        let sheet = "SellerSku|price|package_weight|package_length|package_width|package_height|name|short_description|brand|category\nA||1|2|3|4|Shirt||Acme|1";
        check(&upsert(), sheet, "B2 needed-to-create; H2 needed-to-create");
        check(&asking(), sheet, "");
        check(&update(), sheet, "");
        let (_, checked) = checked_with(sheet, &Choice::default(), &upsert());
        assert_eq!(checked.rows()[0].fate, Fate::Sound);
        assert!(checked.rows()[0].given().is_some_and(|sku| sku.whole().is_none()));
    }

    #[test]
    fn upsert_warns_of_a_column_once_at_the_header() {
        let (findings, checked) = checked_with("SellerSku|price\nA|9\nB|8", &Choice::default(), &upsert());
        let fields: Vec<&str> = findings.iter().filter_map(|finding| finding.field.as_deref()).collect();
        let expect = "category name short_description brand package_weight package_length package_width package_height";
        assert_eq!(fields.join(" "), expect);
        assert!(findings.iter().all(|finding| finding.rule.name() == "needed-to-create"), "{findings:#?}");
        assert!(checked.rows().iter().all(|row| row.fate == Fate::Sound));
    }

    #[test]
    fn upsert_warns_of_a_column_that_no_other_column_excuses() {
        let sheet = "SellerSku|AssociatedSku|price|package_weight|package_length|package_width|package_height\nA|B|9|1|2|3|4\nC||9|1|2|3|4";
        check(
            &upsert(),
            sheet,
            "row 1 needed-to-create; row 1 needed-to-create; row 1 needed-to-create; row 1 needed-to-create",
        );
        check(&asking(), sheet, "");
        let (_, checked) = checked_with(sheet, &Choice::default(), &upsert());
        assert!(checked.rows().iter().all(|row| row.fate == Fate::Sound));
    }

    #[test]
    fn variants_are_compared_by_the_shop_alone() {
        let sheet = "SellerSku|product|color_family|price\nA|P|Red|9\nB|P|Red|9\nC|Q||9";
        check(&update(), sheet, "");
        check(&asking(), sheet, "");
    }

    #[test]
    fn rules_on_single_values_stay() {
        check(&update(), "SellerSku|price\nA|9.9999", "B2 price-decimals");
        check(&update(), "SellerSku|name\nA|T", "B2 name-length");
        check(&update(), "SellerSku|quantity\nA|-1", "B2 invalid-quantity");
        check(&update(), "SellerSku|product|brand\nA|P|Acme\nB|P|Other", "C3 product-conflict");
        check(&update(), "SellerSku|price\nA|9\nA|8", "A3 duplicate-sku");
        check(&update(), "SellerSku|price\nA|9\nA|9", "row 3 duplicate-row");
    }

    #[test]
    fn what_is_missing_of_a_sale_is_known_to_the_shop() {
        check(&update(), "SellerSku|special_price\nA|9", "");
        check(&update(), "SellerSku|special_price|special_from_date|special_to_date\nA|9||2030-01-01", "");
        check(&update(), "SellerSku|special_to_date\nA|2030-01-01", "");
        check(&update(), "SellerSku|price|special_price\nA|9|9", "C2 sale-not-below-price");
        check(&update(), "SellerSku|price|special_price\nA|9|1", "C2 deep-discount");
        let reversed = "SellerSku|special_from_date|special_to_date\nA|2030-01-02|2030-01-01";
        check(&update(), reversed, "C2 sale-window-reversed");
    }

    #[test]
    fn upsert_warns_of_half_a_sale() {
        let whole = |more: &str, values: &str| {
            format!(
                "SellerSku|category|name|short_description|brand|price|package_weight|package_length|package_width|package_height|{more}\nA|1|Shirt|Soft|Acme|10|1|2|3|4|{values}"
            )
        };
        check(&upsert(), &whole("special_price|special_from_date", "9|"), "L2 needed-to-create");
        check(&upsert(), &whole("special_price", "9"), "K2 needed-to-create");
        check(&upsert(), &whole("special_price|special_to_date", "|2030-01-01"), "K2 needed-to-create");
        check(&upsert(), &whole("special_price|special_to_date", "9|2030-01-01"), "");
        check(&asking(), &whole("special_price|special_from_date", "9|"), "");
    }
}

mod statuses {
    use super::*;

    #[test]
    fn a_status_is_one_of_its_words() {
        for (text, expect) in [
            ("active", "active true"),
            ("Inactive", "active false"),
            (" TRUE ", "active true"),
            ("no", "active false"),
            ("1", "active true"),
            ("0", "active false"),
            ("", ""),
        ] {
            gives(
                &update(),
                &format!("SellerSku|Status|price\nA|{text}|9"),
                format!("price 9 | {expect}").trim_end_matches([' ', '|']),
            );
        }
        check(&update(), "SellerSku|Status\nA|sold out", "B2 invalid-status");
        check(&update(), "SellerSku|Status\nA|deleted", "B2 invalid-status");
    }

    #[test]
    fn a_deleted_sku_stays_deleted_and_a_stranger_may_be_left_out() {
        let deleted = only_finding(&update(), "SellerSku|Status\nA|Deleted");
        assert!(
            deleted.message.contains("brings one back") && deleted.help.contains("leave the row out"),
            "{deleted:?}"
        );
        let stranger = only_finding(&update(), "SellerSku|สถานะ\nA|live");
        assert!(stranger.help.contains("--map \"สถานะ=ignore\""), "{stranger:?}");
    }

    #[test]
    fn a_new_sku_has_no_status() {
        let whole = "SellerSku|category|name|short_description|brand|price|package_weight|package_length|package_width|package_height|color_family";
        let sheet = format!("{whole}|Status|SKU Status\nA|1|Shirt|Soft|Acme|10|1|2|3|4|Red|pending|deleted");
        check(&Rules::default(), &sheet, "row 1 ignored-column");
        check(&update(), &sheet, "M1 duplicate-column; L2 invalid-status");
        gives(&Rules::default(), &sheet, "price 10 | weight 1 | color_family Red");
    }

    #[test]
    fn a_status_may_be_set_for_all() {
        let choice = Choice { set: vec![("active".to_owned(), "false".to_owned())], ..Choice::default() };
        let (findings, checked) = checked_with("SellerSku|price\nA|9", &choice, &update());
        assert_eq!((shown(&findings).as_str(), given(&checked.rows()[0]).as_str()), ("", "price 9 | active false"));
    }
}

mod sale_times {
    use super::*;

    #[test]
    fn the_time_is_the_moment_where_there_is_one() {
        let columns = "SellerSku|special_from_date|special_from_time|special_to_date|special_to_time";
        let sheet = format!("{columns}\nA|2030-01-01|2030-01-01 10:15:00|2030-02-01|2030-02-01 20:30");
        gives(&update(), &sheet, "from 2030-01-01 10:15 | to 2030-02-01 20:30");
        gives(&update(), &format!("{columns}\nA||2030-01-01 10:15||"), "from 2030-01-01 10:15");
        gives(&update(), &format!("{columns}\nA|2030-01-01|||"), "from 2030-01-01 00:00");
    }

    #[test]
    fn dates_and_times_are_written_by_one_hand() {
        let columns = "SellerSku|special_from_date|special_from_time";
        let sheet = format!("{columns}\nA||01/02/2030 10:15\nB|25/02/2030|");
        gives(&update(), &sheet, "from 2030-02-01 10:15");
        check(&update(), &format!("{columns}\nA||01/02/2030 10:15"), "C2 ambiguous-date");
    }

    #[test]
    fn a_date_and_its_time_name_one_day() {
        let columns = "SellerSku|special_to_date|special_to_time";
        check(&update(), &format!("{columns}\nA|2030-01-01|2030-01-02 10:15"), "C2 sale-times-differ");
        check(&update(), &format!("{columns}\nA|2030-01-01|2030-01-01 10:15"), "");
        check(&update(), &format!("{columns}\nA|<clear>|2030-01-01 10:15"), "C2 sale-times-differ");
        check(&update(), &format!("{columns}\nA|2030-01-01|<clear>"), "");
        check(&update(), &format!("{columns}\nA|2030-01-01|soon"), "C2 invalid-date");
    }

    /// What the only finding says, and what to do.
    #[track_caller]
    fn says(sheet: &str, message: &str, help: &str) {
        let finding = only_finding(&update(), sheet);
        assert_eq!((finding.message.as_str(), finding.help.as_str()), (message, help));
    }

    #[test]
    fn both_cells_of_a_day_are_named_for_either_may_be_the_edited_one() {
        let columns = "SellerSku|special_to_date|special_to_time";
        says(
            &format!("{columns}\nA|2030-01-01|2030-01-02 10:15"),
            "special_to_date in B2 is on 2030-01-01, and special_to_time in C2 is on 2030-01-02",
            "write the same day in both B2 and C2, or empty the one that is not meant",
        );
        says(
            &format!("{columns}\nA|<clear>|2030-01-01 10:15"),
            "special_to_date in B2 is to be cleared, and special_to_time in C2 is on 2030-01-01",
            "write <clear> in both B2 and C2, or empty the one that is not meant",
        );
        let set = vec![("special_to_date".to_owned(), "2030-01-01".to_owned())];
        let sheet = "SellerSku|special_to_time\nA|2030-01-02 10:15";
        let (findings, _) = checked_with(sheet, &Choice { set, ..Choice::default() }, &update());
        assert_eq!(
            (findings[0].message.as_str(), findings[0].help.as_str()),
            (
                "special_to_date is on 2030-01-01, and special_to_time in B2 is on 2030-01-02",
                "write the same day in both special_to_date and B2, or empty the one that is not meant"
            )
        );
    }

    #[test]
    fn a_time_is_floored_as_a_date_is() {
        check(
            &update(),
            "SellerSku|special_to_date|special_to_time\nA|2030-01-01 10:01|2030-01-01 10:20",
            "C2 sale-window-floored",
        );
        gives(&update(), "SellerSku|special_to_time\nA|2030-01-01 10:20", "to 2030-01-01 10:15");
    }

    #[test]
    fn new_skus_have_their_sale_from_the_same_fields() {
        let whole = "SellerSku|category|name|short_description|brand|price|package_weight|package_length|package_width|package_height|color_family";
        let sheet = |values: &str| {
            format!(
                "{whole}|special_price|special_from_time|special_to_time\nA|1|Shirt|Soft|Acme|10|1|2|3|4|Red|{values}"
            )
        };
        check(&Rules::default(), &sheet("9|2030-01-01 10:15|"), "");
        check(&Rules::default(), &sheet("9||"), "L2 sale-without-window");
        check(&Rules::default(), &sheet("|2030-01-01 10:15|"), "M2 window-without-sale");
        check(&Rules::default(), &sheet("9|2030-01-02|2030-01-01"), "N2 sale-window-reversed");
    }
}

mod clearing {
    use super::*;

    #[test]
    fn a_marked_cell_takes_the_value_away() {
        let sheet = "SellerSku|special_price|ProductId|size|model|description|video\nA|<clear>| <CLEAR> |<Clear>|<clear>|<clear>|<clear>";
        gives(&update(), sheet, "cleared special_price product_id size");
        clears(&update(), &Choice::default(), sheet, "description model video");
        gives(
            &update(),
            "SellerSku|special_price|special_from_date\nA|9|<clear>",
            "special 9 | cleared special_from_date",
        );
        gives(&update(), "SellerSku|special_from_time\nA|<clear>", "cleared special_from_date");
    }

    #[test]
    fn what_cannot_be_empty_cannot_be_cleared() {
        for column in [
            "AssociatedSku",
            "product",
            "category",
            "SPUId",
            "name",
            "short_description",
            "brand",
            "price",
            "quantity",
            "package_weight",
            "package_length",
            "package_width",
            "package_height",
            "active",
            "Image",
            "MainImage",
        ] {
            check(&update(), &format!("SellerSku|{column}\nA|<clear>"), "B2 not-clearable");
            check(&asking(), &format!("SellerSku|{column}\nA|<clear>"), "B2 not-clearable");
        }
        check(&update(), "SellerSku|price\n<clear>|9", "A2 not-clearable");
    }

    #[test]
    fn a_key_that_is_no_field_cannot_be_cleared_either() {
        let choice = Choice { group_by: crate::column::GroupBy::Column("Style".to_owned()), ..Choice::default() };
        let rules = Rules { group_by: choice.group_by.clone(), ..update() };
        let (findings, checked) = checked_with("SellerSku|Style|price\nA|<clear>|9\nB|<clear>|9", &choice, &rules);
        assert_eq!(shown(&findings), "row 1 unknown-column; B2 not-clearable; B3 not-clearable");
        assert_eq!(checked.groups().len(), 2, "a mark is no key");
    }

    #[test]
    fn a_new_sku_has_nothing_to_clear() {
        let whole = "SellerSku|category|name|short_description|brand|price|package_weight|package_length|package_width|package_height|color_family";
        let sheet = |price: &str, model: &str, image: &str| {
            format!("{whole}|model|Image\nA|1|Shirt|Soft|Acme|{price}|1|2|3|4|Red|{model}|{image}")
        };
        check(&Rules::default(), &sheet("10", "<clear>", "<clear>"), "");
        gives(&Rules::default(), &sheet("10", "<clear>", "<clear>"), "price 10 | weight 1 | color_family Red");
        check(&Rules::default(), &sheet("<clear>", "", ""), "F2 missing-value");
    }

    #[test]
    fn an_empty_cell_keeps_what_the_shop_has_unless_it_is_to_clear() {
        let sheet = "SellerSku|price|special_price|special_from_date|quantity|ProductId|size|Status|Image|package_weight\nA|||||||||";
        gives(&update(), sheet, "");
        gives(&blank(), sheet, "cleared special_price product_id special_from_date size");
        let upsert = Rules { mode: Mode::Upsert, asks_shop: true, ..blank() };
        gives(&upsert, sheet, "cleared special_price product_id special_from_date size");
        gives(&blank(), "SellerSku|price\nA|9", "price 9");
        let create = Rules { blank: Blank::Clear, ..Rules::default() };
        let whole = "SellerSku|category|name|short_description|brand|price|package_weight|package_length|package_width|package_height|color_family|model\nA|1|Shirt|Soft|Acme|10|1|2|3|4|Red|";
        gives(&create, whole, "price 10 | weight 1 | color_family Red");
        clears(&create, &Choice::default(), whole, "");
    }

    #[test]
    fn a_row_that_names_no_sku_clears_nothing() {
        clears(&blank(), &Choice::default(), "SellerSku|product|model\n|P|\n|P|<clear>", "");
        check(&blank(), "SellerSku|product|model\n|P|", "A2 missing-value");
        clears(&blank(), &Choice::default(), "SellerSku|product|model\n|P|\nA|P|", "model");
        clears(&blank(), &Choice::default(), "SellerSku|product|model\n||\nA||\n||", "model");
    }

    #[test]
    fn a_product_is_cleared_where_no_row_of_it_gives_the_value() {
        let clears = |rows: &str, expect: &str| {
            clears(&update(), &Choice::default(), &format!("SellerSku|product|model|video\n{rows}"), expect);
        };
        clears("A|P|<clear>|\nB|P||", "model");
        clears("A|P||\nB|P|<clear>|<clear>\nC|Q||", "model video, ");
        clears("A|P|<clear>|\nB|P|X1|", "");
        let sheet = "SellerSku|product|model|video\nA|P|<clear>|\nB|P|X1|";
        let conflict = only_finding(&update(), sheet);
        assert_eq!((conflict.rule.name(), conflict.location.short().as_str()), ("product-conflict", "C3"));
        assert!(conflict.message.contains("`X1` here and `<clear>` in C2"), "{conflict:?}");
        check(&update(), "SellerSku|product|model\nA|P|<clear>\nB|P|<CLEAR>", "");
    }

    #[test]
    fn a_product_is_blank_where_all_its_rows_are() {
        let clears = |rows: &str, expect: &str| {
            clears(&blank(), &Choice::default(), &format!("SellerSku|product|model|video\n{rows}"), expect);
        };
        clears("A|P||\nB|P||", "model video");
        clears("A|P|X1|\nB|P||", "video");
        clears("A|P||\nB|P|X1|<clear>", "video");
        // What a cell holds that cannot be used is not empty.
        clears("A|P||\nB|P|a\u{1}b|#REF!", "");
    }

    #[test]
    fn rows_that_are_left_out_clear_nothing_and_rows_outside_only_fill_in() {
        let sheet = "SellerSku|product|model|skip\nA|P|<clear>|yes\nB|P||";
        clears(&update(), &Choice::default(), sheet, "");
        let only = Rules { only: Some(["B".to_owned()].into()), ..blank() };
        clears(&only, &Choice::default(), "SellerSku|product|model\nA|P|X1\nB|P|", "");
    }

    #[test]
    fn constants_and_defaults_are_given() {
        let with = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let set = Choice { set: vec![with("model", "X1")], ..Choice::default() };
        clears(&blank(), &set, "SellerSku|size\nA|", "");
        let default = Choice { defaults: vec![with("model", "X1"), with("size", "M")], ..Choice::default() };
        let sheet = "SellerSku|model|size\nA||";
        clears(&blank(), &default, sheet, "");
        let (_, checked) = checked_with(sheet, &default, &blank());
        assert_eq!(given(&checked.rows()[0]), "size M");
        // A cell that is marked is not empty.
        let sheet = "SellerSku|product|model|size\nA|P|<clear>|<clear>\nB|P||";
        clears(&update(), &default, sheet, "model");
        let (_, checked) = checked_with(sheet, &default, &update());
        assert_eq!(given(&checked.rows()[0]), "cleared size");
        assert_eq!(checked.groups()[0].product.model, None);
        let marked = Choice { set: vec![with("model", "<clear>")], ..Choice::default() };
        clears(&update(), &marked, "SellerSku|size\nA|M", "model");
    }

    #[test]
    fn the_users_own_word_for_an_empty_cell_is_an_empty_cell() {
        let values = vec![(
            "size".to_owned(),
            vec![("none".to_owned(), String::new()), ("gone".to_owned(), "<clear>".to_owned())],
        )];
        let choice = Choice { values, ..Choice::default() };
        let sku = |rules: &Rules, text: &str| {
            let (_, checked) = checked_with(&format!("SellerSku|size\nA|{text}"), &choice, rules);
            given(&checked.rows()[0])
        };
        assert_eq!(sku(&update(), "none"), "");
        assert_eq!(sku(&blank(), "none"), "cleared size");
        assert_eq!(sku(&update(), "gone"), "cleared size");
    }

    #[test]
    fn a_sale_that_the_row_itself_leaves_in_halves_is_an_error() {
        let columns = "SellerSku|special_price|special_from_date|special_to_date";
        check(&update(), &format!("{columns}\nA|9|<clear>|<clear>"), "B2 sale-without-window");
        check(&update(), &format!("{columns}\nA|9|<clear>|"), "");
        check(&update(), &format!("{columns}\nA|<clear>||"), "");
        check(&blank(), &format!("{columns}\nA|9||"), "B2 sale-without-window");
        check(&blank(), &format!("{columns}\nA||2030-01-01|"), "C2 window-without-sale");
        check(&blank(), "SellerSku|special_price|special_from_date\nA|9|", "");
        gives(
            &blank(),
            &format!("{columns}\nA|9|2030-01-01|"),
            "special 9 | from 2030-01-01 00:00 | cleared special_to_date",
        );
        gives(&blank(), "SellerSku|special_from_date|special_from_time\nA||2030-01-01 10:15", "from 2030-01-01 10:15");
    }

    #[test]
    fn a_special_price_that_is_cleared_ends_the_sale_whatever_its_dates_say() {
        let columns = "SellerSku|special_price|special_from_date|special_from_time|special_to_date|special_to_time";
        for rules in [update(), upsert(), asking(), Rules { blank: Blank::Clear, ..upsert() }, blank()] {
            for dates in [
                "2030-01-01|2030-01-01 10:15|2030-02-01|2030-02-01 20:30",
                // Nobody asks what is wrong with dates that nobody needs.
                "2030-02-01|2030-03-01 10:15|soon|01/02/2030",
                "<clear>|2030-01-01 10:15|2030-01-01|",
            ] {
                let sheet = format!("{columns}\nA|<clear>|{dates}");
                let (findings, checked) = checked_with(&sheet, &Choice::default(), &rules);
                let of_sale = findings.iter().filter(|finding| finding.rule.name() != "needed-to-create");
                assert_eq!(of_sale.count(), 0, "{sheet}\n{findings:#?}");
                assert!(given(&checked.rows()[0]).starts_with("cleared special_price"), "{sheet}");
            }
        }
        let set =
            |name: &str, value: &str| Choice { set: vec![(name.to_owned(), value.to_owned())], ..Choice::default() };
        let gives = |choice: Choice, sheet: &str| given(&checked_with(sheet, &choice, &update()).1.rows()[0]);
        let sheet = "SellerSku|special_from_date\nA|2030-01-01";
        assert_eq!(gives(set("special_price", "<clear>"), sheet), "cleared special_price");
        let sheet = "SellerSku|special_price\nA|<clear>";
        assert_eq!(gives(set("special_from_date", "2030-01-01"), sheet), "cleared special_price");
    }

    #[test]
    fn an_empty_special_price_beside_dates_may_be_forgotten() {
        let sheet = "SellerSku|special_price|special_from_date\nA||2030-01-01";
        gives(&update(), sheet, "from 2030-01-01 00:00");
        let finding = only_finding(&blank(), sheet);
        let help = "fill in the special price, or write <clear> into it to end the sale, or clear the dates";
        assert_eq!((finding.rule.name(), finding.help.as_str()), ("window-without-sale", help));
    }

    #[test]
    fn every_field_that_may_be_cleared_is_optional() {
        let mandatory = crate::column::MANDATORY.map(|(field, _)| field);
        assert!(Field::ALL.iter().filter(|field| field.is_clearable()).all(|field| !mandatory.contains(field)));
    }
}

mod workbooks {
    use rust_xlsxwriter::{Format, Workbook};

    use super::*;

    fn read(mut workbook: Workbook, rules: &Rules) -> (Vec<Finding>, Checked) {
        let bytes = workbook.save_to_buffer().expect("a workbook");
        let source = Source::open("t.xlsx", Input::Bytes(Arc::from(bytes)), &ReadOptions::default());
        let tables = choose(&source.expect("the sheet opens"), &Choice::default()).expect("the columns are settled");
        run(&tables, rules)
    }

    #[test]
    fn two_columns_are_a_whole_workbook() {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        for (row, (sku, status)) in [("SellerSku", "Status"), ("A-1", "active"), ("Model", "active")].iter().enumerate()
        {
            sheet.write_string(row as u32, 0, *sku).expect("a cell");
            sheet.write_string(row as u32, 1, *status).expect("a cell");
        }
        sheet.write_string(3, 0, "B-2").expect("a cell");
        sheet.write_boolean(3, 1, false).expect("a cell");
        sheet.write_string(4, 0, "C-3").expect("a cell");
        sheet.write_number(4, 1, 1.0).expect("a cell");
        let (findings, checked) = read(workbook, &update());
        let each: Vec<String> = checked.rows().iter().map(given).collect();
        assert_eq!(
            (shown(&findings).as_str(), each.join("; ").as_str()),
            ("", "active true; active true; active false; active true")
        );
    }

    #[test]
    fn a_merged_cell_is_not_empty() {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        for (at, header) in ["SellerSku", "product", "special_price", "size", "model"].iter().enumerate() {
            sheet.write_string(0, at as u16, *header).expect("a cell");
        }
        for row in 1..5 {
            sheet.write_string(row, 0, format!("A-{row}")).expect("a cell");
            sheet.write_string(row, 1, "P").expect("a cell");
        }
        let plain = Format::new();
        sheet.merge_range(1, 2, 3, 2, "9", &plain).expect("merged cells");
        sheet.merge_range(1, 3, 2, 4, "M", &plain).expect("merged cells");
        let (findings, checked) = read(workbook, &blank());
        let each: Vec<String> = checked.rows().iter().map(given).collect();
        assert_eq!(shown(&findings), "row 1 unfilled-merge");
        let expect = ["special 9 | size M", "", "cleared size", "cleared special_price size"];
        assert_eq!(each, expect);
        assert_eq!(names(&checked.groups()[0].cleared), "", "in two rows, model is merged with another cell");
    }
}

const HEADERS: [&str; 16] = [
    "SellerSku",
    "product",
    "name",
    "price",
    "special_price",
    "special_from_date",
    "special_from_time",
    "special_to_date",
    "quantity",
    "Status",
    "model",
    "description",
    "color_family",
    "video",
    "Image",
    "package_weight",
];

const CELLS: [&str; 14] = [
    "",
    "",
    "<clear>",
    "A-1",
    "B-2",
    "9.50",
    "12",
    "active",
    "deleted",
    "2030-01-01",
    "2030-01-01 10:20",
    "#REF!",
    "https://x.example.com/a.jpg",
    "a\u{1}b",
];

proptest! {
    #[test]
    fn any_small_sheet_is_checked_to_its_end(
        columns in proptest::sample::subsequence(HEADERS.to_vec(), 2..6),
        cells in proptest::collection::vec(proptest::sample::select(CELLS.to_vec()), 0..40),
        is_update: bool,
        clears_blank: bool,
        asks_shop: bool,
    ) {
        let mode = if is_update { Mode::Update } else { Mode::Upsert };
        let blank = if clears_blank { Blank::Clear } else { Blank::Keep };
        let rules = Rules { mode, blank, asks_shop, ..Rules::default() };
        let mut sheet = columns.join("|");
        for row in cells.chunks_exact(columns.len()) {
            sheet = format!("{sheet}\n{}", row.join("|"));
        }
        let (findings, checked) = checked_with(&sheet, &Choice::default(), &rules);
        for finding in findings {
            let name = finding.rule.name();
            let is_of_sku = finding.field.as_deref() == Some("seller_sku");
            prop_assert!(is_of_sku || !["missing-value", "missing-column"].contains(&name), "{sheet}\n{finding:?}");
            prop_assert!(!["no-sku-attribute", "variants-alike", "sale-start-missing"].contains(&name), "{sheet}\n{finding:?}");
            prop_assert!(name != "needed-to-create" || (!is_update && !asks_shop), "{sheet}\n{finding:?}");
        }
        for row in checked.rows().iter().filter(|row| row.fate == Fate::Sound) {
            let sku = row.given().map(|sku| sku.seller_sku);
            prop_assert!(sku.is_some() && sku == row.seller_sku, "{sheet}");
        }
        for group in checked.groups() {
            let product = &group.product;
            let is_named = |name: &str| group.cleared.contains(&Cleared::Attribute(name.to_owned()));
            prop_assert!(!product.attributes.iter().any(|attribute| is_named(&attribute.name)), "{sheet}");
            prop_assert!(product.model.is_none() || !group.cleared.contains(&Cleared::Field(Field::Model)), "{sheet}");
            let has_sku = group.rows.iter().any(|row| checked.rows()[*row].seller_sku.is_some());
            prop_assert!(has_sku || group.cleared.is_empty(), "{sheet}");
        }
    }
}

mod repeats {
    use super::*;

    #[test]
    fn a_cell_that_repeats_the_shop_is_neither_checked_nor_given() {
        for rules in [update(), asking(), blank()] {
            gives(&rules, "SellerSku|price|skuload: price|active\nA|1.005|1.005|active", "active true");
            gives(&rules, "SellerSku|price|skuload: price|active\nA|1.5|1.50|active", "active true");
            gives(&rules, "SellerSku|sku.size|skuload: sku.size|active\nA|<clear>|<clear>|active", "active true");
        }
    }

    #[test]
    fn a_cell_that_was_edited_is_one_like_all_others() {
        gives(&update(), "SellerSku|price|skuload: price\nA|1.50|0", "price 1.50");
        check(&update(), "SellerSku|price|skuload: price\nA|-2|0", "B2 price-not-positive");
        check(&update(), "SellerSku|price|skuload: price\nA|0|", "B2 price-not-positive");
        gives(&blank(), "SellerSku|sku.size|skuload: sku.size\nA||#N/A", "cleared size");
    }

    #[test]
    fn pictures_are_repeated_together() {
        let sheet = "SellerSku|Image|Image|skuload: images\nA|pic.jpg|https://x.example.com/a.jpg|";
        gives(&update(), &format!("{sheet}pic.jpg https://x.example.com/a.jpg"), "");
        check(&update(), &format!("{sheet}https://x.example.com/a.jpg pic.jpg"), "B2 invalid-image-url");
    }

    #[test]
    fn a_repeated_seller_sku_is_taken_to_the_letter() {
        for sku in ["5E+12", "ＴＥＥ－０１", "#N/A", "<clear>", EXAMPLE_SKU] {
            let sheet = format!("SellerSku|price|skuload: SellerSku\n{sku}|9|{sku}");
            let (findings, checked) = checked_with(&sheet, &Choice::default(), &update());
            let row = &checked.rows()[0];
            assert_eq!(row.seller_sku.as_ref().map(|sku| sku.as_str()), Some(sku), "{findings:#?}");
            assert_eq!((&row.fate, given(row).as_str()), (&Fate::Sound, "price 9"));
        }
    }

    #[test]
    fn new_skus_repeat_nothing() {
        let create = Rules::default();
        let finding = |sheet: &str| {
            let (findings, _) = checked_with(sheet, &Choice::default(), &create);
            findings.iter().any(|finding| finding.rule == crate::finding::Rule::PriceNotPositive)
        };
        assert!(finding("SellerSku|price|skuload: price\nA|0|0"));
    }

    #[test]
    fn an_export_writes_numbers_with_a_point_and_no_other_mark() {
        let sheet = "SellerSku|package_weight|skuload: ShopSku\nA|1.250|S";
        gives(&update(), sheet, "weight 1.25");
        gives(&Rules { locale: "de".parse().ok(), ..update() }, sheet, "weight 1.25");
        check(&update(), "SellerSku|package_weight\nA|1.250", "B2 ambiguous-number");
    }
}
