//! What a product is, and texts that are formulas elsewhere.
//!
//! Left out: P01 by name or path and P04 for what a category demands (both need its tree), P02 and P05 (no entries),
//! X01 in reports (tests of `report`), X02 (tests/hostile.rs), X03 for fetching.

use crate::case::{Case, case};
use crate::made::{csv, csv_without};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("P01", "a category by its name", csv("PrimaryCategory\nT-Shirts")).finds("A2 invalid-category"),
        case("P01", "a category as a program writes it", csv("PrimaryCategory\n6614.0"))
            .finds("A2 cleaned-identifier")
            .sends("SKU-2 price=10"),
        case("P04", "a column that nobody knows", csv("Sleeve\nlong")).finds("* unknown-column").says("Sleeve"),
        case("P04", "a mandatory column is missing", csv_without(&["brand"], "price\n99"))
            .finds("* missing-column")
            .says("brand"),
        case("P06", "a column that says what to leave out", csv("skip|price\n|99\nyes|98\n|97"))
            .says("1 row skipped")
            .sends("SKU-2 price=99; SKU-3 -; SKU-4 price=97"),
        case("P04", "nothing tells variants apart", csv_without(&["color_family"], "price\n99"))
            .finds("* no-sku-attribute"),
        case("X01", "a text that is a formula elsewhere", csv("name\n=HYPERLINK(\"https://a.co\")"))
            .may("special-character")
            .sends("SKU-2 name==HYPERLINK(\"https://a.co\")"),
        case("X01", "a text that a spreadsheet would compute", csv("name\n@SUM(1+1)")).sends("SKU-2 name=@SUM(1+1)"),
    ]
}
