//! Dates and the window of a sale.

use crate::case::{Case, case};
use crate::made::{Made, csv, xlsx, xml};

/// What may be said of a column of dates that are not written year first.
const SAID: &str = "written-as mixed-writing repaired";

/// A sale from one date to the other.
fn sale(from: &str, to: &str) -> Made {
    csv(&format!("special_from_date|special_to_date|special_price\n{from}|{to}|9"))
}

fn sale_cells(from: &str, to: &str) -> Made {
    xlsx(&format!("special_from_date|special_to_date|special_price\n{from}|{to}|9"))
}

pub(crate) fn cases() -> Vec<Case> {
    [writings(), buddhist(), windows()].into_iter().flatten().collect()
}

fn writings() -> Vec<Case> {
    vec![
        case("D01", "a date in digits alone", xlsx("special_price|special_from_date\n9|n:20261231"))
            .finds("")
            .sends("SKU-2 special_from_date=2026-12-31 00:00"),
        case("D01", "a date cell", sale_cells("d:2026-06-01", "d:2026-06-30T18:15:00"))
            .sends("SKU-2 special_from_date=2026-06-01 00:00, special_to_date=2026-06-30 18:15"),
        case("D01", "the count of days in a number cell", sale_cells("n:45123", "n:45153.75"))
            .may(SAID)
            .sends("SKU-2 special_from_date=2023-07-16 00:00, special_to_date=2023-08-15 18:00"),
        case("D01", "the count of days as text", sale("45123", "45153.75"))
            .may(SAID)
            .sends("SKU-2 special_from_date=2023-07-16 00:00, special_to_date=2023-08-15 18:00"),
        case("D02", "a workbook that counts from 1904", from_1904()).sends("SKU-2 special_from_date=2026-06-01 00:00"),
        case("D04", "day and month could be either way round", sale("01/03/2023", "02/03/2023"))
            .finds("A2 ambiguous-date; B2 ambiguous-date")
            .says("--locale")
            .sends("SKU-2 -"),
        case(
            "D04",
            "another date of the column tells",
            csv("special_from_date|special_to_date|special_price\n01/03/2026|31/03/2026|9\n15/03/2026|02/04/2026|9"),
        )
        // Told once for each of the two columns.
        .finds("* written-as; * written-as")
        .sends("SKU-2 special_from_date=2026-03-01 00:00; SKU-3 special_to_date=2026-04-02 00:00"),
        case("D04", "the locale tells", sale("01/03/2026", "02/03/2026"))
            .with("--locale en-gb")
            .may(SAID)
            .sends("SKU-2 special_from_date=2026-03-01 00:00, special_to_date=2026-03-02 00:00"),
        case("D04", "the locale tells the other way", sale("01/03/2026", "02/03/2026"))
            .with("--locale en-us")
            .may(SAID)
            .sends("SKU-2 special_from_date=2026-01-03 00:00, special_to_date=2026-02-03 00:00"),
        case("D04", "month by name", sale("1 Jun 2026", "30 June 2026"))
            .may(SAID)
            .sends("SKU-2 special_from_date=2026-06-01 00:00, special_to_date=2026-06-30 00:00"),
        // Years of two digits are of this century; the locale says in which order they stand.
        case("D05", "a year of two digits", sale("02/02/26", "28/02/26"))
            .with("--locale en-gb")
            .may(SAID)
            .sends("SKU-2 special_from_date=2026-02-02 00:00, special_to_date=2026-02-28 00:00"),
        case("D08", "with the time zone", sale("2026-06-01T00:00:00Z", "2026-06-30T00:00:00+07:00"))
            .with("--country th")
            .may(SAID)
            .sends("SKU-2 special_from_date=2026-06-01 07:00, special_to_date=2026-06-30 00:00"),
        case("D08", "a day without a time", sale("2026-06-01", "2026-06-30"))
            .sends("SKU-2 special_from_date=2026-06-01 00:00, special_to_date=2026-06-30 00:00"),
        case("D04", "no date at all", sale("next week", "2026-06-30")).finds("A2 invalid-date").sends("SKU-2 -"),
        case("D04", "a day that no month has", sale("2026-02-30", "2026-06-30")).finds("A2 invalid-date"),
    ]
}

/// Day 44712 of a workbook that counts from 1904, as old Macs did.
fn from_1904() -> Made {
    let sheet = "special_from_date|special_to_date|special_price\nx|2026-06-30|9";
    xml(r#"<workbookPr date1904="1"/>"#, "", sheet, r#"<c r="{}" s="1"><v>44712</v></c>"#)
}

fn buddhist() -> Vec<Case> {
    vec![
        case("D06", "years of the Buddhist era", sale("01/06/2569", "30/06/2569"))
            .with("--country th")
            .may(SAID)
            .sends("SKU-2 special_from_date=2026-06-01 00:00, special_to_date=2026-06-30 00:00"),
        case("D06", "in Thai letters and digits", sale("๖ มิถุนายน ๒๕๖๙", "๓๐ มิ.ย. ๒๕๖๙"))
            .with("--country th")
            .may(SAID)
            .sends("SKU-2 special_from_date=2026-06-06 00:00, special_to_date=2026-06-30 00:00"),
        case("D06", "a date cell of the year 2569", sale_cells("d:2569-06-01", "d:2569-06-30"))
            .with("--country th")
            .may(SAID)
            .sends("SKU-2 special_from_date=2026-06-01 00:00, special_to_date=2026-06-30 00:00"),
    ]
}

fn windows() -> Vec<Case> {
    vec![
        case("D09", "from behind to", sale("2026-06-30", "2026-06-01")).finds("B2 sale-window-reversed"),
        case("D09", "no start", sale("", "2026-06-30")).finds("A2 sale-start-missing"),
        case("D09", "no dates", csv("special_price\n9")).finds("A2 sale-without-window"),
        case("D09", "dates alone", csv("special_from_date\n2026-06-01")).finds("A2 window-without-sale"),
        case("D09", "not on the grid of 15 minutes", sale("2026-06-01 18:23", "2026-06-30"))
            .finds("A2 sale-window-floored")
            .sends("SKU-2 special_from_date=2026-06-01 18:15"),
    ]
}
