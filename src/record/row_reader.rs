//! The rows of a table, one after the other. Most values of a sheet stand in the row before too, and nothing new is to
//! be found out of those: what the rows before have told changes no result, only the time.

use chrono::NaiveDateTime;
use rust_decimal::Decimal;

use super::address::Origin;
use super::draft::{self, Draft, Findings};
use super::moment::FIRST;
use super::reading::{Reading, WRITTEN};
use crate::column::Table;
use crate::sheet::Row;

/// Reads rows of one table in one way.
#[derive(Debug)]
pub struct RowReader<'a> {
    pub(super) table: &'a Table,
    pub(super) reading: &'a Reading,
    pub(super) before: Before<'a>,
}

impl<'a> RowReader<'a> {
    /// Values are read as `reading` says.
    #[must_use]
    pub fn new(table: &'a Table, reading: &'a Reading) -> RowReader<'a> {
        RowReader { table, reading, before: Before::default() }
    }

    /// Reads a row; what cannot be understood goes to `findings`.
    #[must_use]
    pub fn read(&mut self, row: &Row<'a>, findings: &mut Findings<'_>) -> Draft<'a> {
        draft::read(row, self, findings)
    }
}

/// What was learned from the rows before.
#[derive(Debug, Default)]
pub(super) struct Before<'a> {
    /// Of the last address that was as it should be.
    pub(super) origin: Option<Origin<'a>>,
    /// A text for each column, from 0 for constants.
    sound: Vec<&'a str>,
    /// Plain numbers as text says them, in the order of [`WRITTEN`].
    pub(super) numbers: [Option<(&'a str, Decimal)>; FIRST],
    /// Plain dates as text says them, in the order of [`WRITTEN`] from [`FIRST`].
    pub(super) moments: [Option<(&'a str, NaiveDateTime)>; WRITTEN.len() - FIRST],
}

impl<'a> Before<'a> {
    /// The text stood in this column before, and was sound.
    pub(super) fn is_sound(&self, column: u32, text: &str) -> bool {
        self.sound.get(column as usize).is_some_and(|there| *there == text)
    }

    /// A text in this column is sound.
    pub(super) fn note_sound(&mut self, column: u32, text: &'a str) {
        let column = column as usize;
        if self.sound.len() <= column {
            self.sound.resize(column + 1, "");
        }
        self.sound[column] = text;
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::Arc;

    use proptest::prelude::*;
    use proptest::sample::select;

    use super::super::{Country, RepairLevel};
    use super::*;
    use crate::column::{Choice, choose};
    use crate::sheet::{Input, ReadOptions, Source};

    const HEADERS: &str =
        "name|price|quantity|package_weight|special_from_date|special_to_date|Image1|Image2|SellerSku";

    /// A row of values of which some are sound, some are not, and some have two readings.
    fn row() -> impl Strategy<Value = String> {
        let number = || select(vec!["", "10", "10.00", "1.299", "1,5", "500 g", "ten", "12.50 ", "5"]);
        let date = || select(vec!["", "2026-03-01 00:00", "01/02/2026", "31/03/2026", "2026-03-31 23:45", "soon"]);
        let image = || {
            select(vec!["", "https://a.co/1.jpg", "https://a.co/2.png", "https://a.co/3.gif", "http://10.0.0.1/1.jpg"])
        };
        let name = select(vec!["Shirt", "Áo thun", "à¸ªà¸§à¸¡", "#N/A", "a\u{1}b", "เสื้อ"]);
        let sku = select(vec!["A-1", "A-2", "1-Jan", "4.9E+12"]);
        let all = (name, number(), number(), number(), date(), date(), image(), image(), sku);
        all.prop_map(|(name, price, quantity, weight, from, to, one, other, sku)| {
            [name, price, quantity, weight, from, to, one, other, sku].join("|")
        })
    }

    proptest! {
        #[test]
        fn what_the_rows_before_tell_changes_nothing(rows in prop::collection::vec(row(), 1..8), told in any::<bool>()) {
            let text = format!("{HEADERS}\n{}\n", rows.join("\n"));
            let options = ReadOptions { delimiter: Some(b'|'), ..ReadOptions::default() };
            let source = Source::open("t.csv", Input::Bytes(Arc::from(text.as_bytes())), &options).unwrap();
            let tables = choose(&source, &Choice::default()).unwrap();
            let table = &tables[0];
            let reading = Reading::new(table, told.then_some(Country::Th), None, RepairLevel::Safe);
            source.read(&table.sheet, &mut |block| {
                let mut reader = RowReader::new(table, &reading);
                for row in block.rows().skip(1) {
                    let [mut findings, mut alone] = [(); 2].map(|()| Findings::new(table, &row));
                    let draft = reader.read(&row, &mut findings);
                    let draft_alone = RowReader::new(table, &reading).read(&row, &mut alone);
                    assert_eq!(format!("{draft:?}"), format!("{draft_alone:?}"));
                    assert_eq!(findings.into_sorted(None), alone.into_sorted(None));
                }
                ControlFlow::Continue(())
            }).unwrap();
        }
    }
}
