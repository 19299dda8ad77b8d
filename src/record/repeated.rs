//! Cells that only repeat what the shop had when the sheet was exported: a column of ours holds the same beside them.
//!
//! The rule it keeps: what repeats the shop is neither checked nor sent, for it changes nothing; a seller SKU and a
//! product's key among it are taken to the letter. Once such a cell is edited, it is one like all others. For a new SKU
//! nothing is repeated: there is nothing that the shop has.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::clear::Clearing;
use super::draft::{Draft, Entry};
use crate::column::{Columns, Field, Target};
use crate::sheet::{Row, restored};

/// What a row repeats.
#[derive(Debug, Default)]
pub(super) struct Repeated {
    /// Columns, from 0.
    cells: Vec<usize>,
    images: bool,
}

impl Repeated {
    pub(super) fn of(row: &Row<'_>, columns: &Columns, is_own_text: bool, clearing: Clearing) -> Repeated {
        let repeats = columns.repeats();
        if repeats.is_empty() || clearing == Clearing::Nothing {
            return Repeated::default();
        }
        let text = |at: usize| {
            let text = row.cell(at).text;
            if is_own_text { restored(text) } else { text }.trim()
        };
        let is_repeated = |(at, own): &&(usize, usize)| !text(*at).is_empty() && is_same(text(*at), text(*own));
        let cells = repeats.pairs().iter().filter(is_repeated).map(|(at, _)| *at).collect();
        let images = repeats.images().is_some_and(|own| {
            let mut shown: Vec<(u32, &str)> = Vec::new();
            for at in 0..columns.headers().len() {
                if let (Target::Image(order), false) = (columns.target(at), text(at).is_empty()) {
                    shown.push((order, text(at)));
                }
            }
            shown.sort_by_key(|(order, _)| *order);
            let shown: Vec<&str> = shown.into_iter().map(|(_, address)| address).collect();
            !shown.is_empty() && shown.join(" ") == text(own)
        });
        Repeated { cells, images }
    }

    pub(super) fn has(&self, column: usize, columns: &Columns) -> bool {
        if self.cells.is_empty() && !self.images {
            return false;
        }
        match columns.target(column) {
            Target::Image(_) => self.images,
            Target::Field(_) | Target::Attribute(_) => self.cells.contains(&column),
            Target::Skip | Target::NotSent | Target::Unnamed => false,
        }
    }
}

/// A number may stand in a number cell here and in a text there.
fn is_same(here: &str, there: &str) -> bool {
    let number = |text: &str| Decimal::from_str_exact(text).ok();
    here == there || number(here).is_some_and(|here| number(there) == Some(here))
}

impl<'a> Draft<'a> {
    /// Takes a cell that repeats the shop.
    pub(super) fn repeat(&mut self, index: usize, entry: Entry<'a>) {
        let target = self.columns.target(index);
        if self.columns.key() == Some(index) {
            self.key = Some(Cow::Borrowed(entry.text.trim()));
        }
        match target {
            Target::Field(Field::ProductKey) => {}
            Target::Field(Field::SellerSku) => {
                self.texts[Field::SellerSku.index()] = Some(entry);
                self.identifiers[0] = Some(Cow::Borrowed(entry.text.trim()));
                self.repeats_sku = true;
            }
            Target::Field(field) => {
                self.texts[field.index()] = Some(entry);
                self.spoil(field);
                self.repeated.get_or_insert(entry.column);
            }
            Target::Attribute(place) => {
                self.unusable.push(place);
                self.repeated.get_or_insert(entry.column);
            }
            Target::Image(_) => drop(self.repeated.get_or_insert(entry.column)),
            Target::Skip | Target::NotSent | Target::Unnamed => {}
        }
    }

    /// The seller SKU stands there as the shop has it, however odd it looks.
    #[must_use]
    pub fn repeats_sku(&self) -> bool {
        self.repeats_sku
    }

    /// The first column, from 1, whose cell repeats the shop; seller SKU and key aside.
    #[must_use]
    pub fn repeated(&self) -> Option<u32> {
        self.repeated
    }
}
