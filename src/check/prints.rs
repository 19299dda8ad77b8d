//! The fingerprints of all rows, in some 24 bytes each: what rows that stand together say of one product is kept once.

use std::ops::Range;

use super::category::Judged;
use super::fingerprint::Fingerprint;

/// The fingerprints of all rows, in the order of the sheet.
#[derive(Debug, Default)]
pub(super) struct Prints {
    rows: Vec<OfRow>,
    stretches: Vec<Stretch>,
    /// Empty as long as the categories say nothing of any row.
    judged: Vec<Judged>,
}

/// What a row says of itself.
#[derive(Debug, Clone, Copy)]
struct OfRow {
    sku: u64,
    variant: u32,
    exact: u16,
    flags: u8,
}

/// Rows that stand together and say the same of one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    product: u64,
    shared: u64,
    missing: u8,
    fullness: u8,
    has_spu: bool,
    has_associated: bool,
    /// The place behind its last row.
    end: u32,
}

const HAS_VARIANT: u8 = 1;
const SKIPPED: u8 = 2;
const FILLER: u8 = 4;
const RAGGED: u8 = 8;

impl Prints {
    /// Takes the next row.
    pub(super) fn push(&mut self, print: Fingerprint) {
        let flag = |is_it: bool, flag: u8| if is_it { flag } else { 0 };
        let flags = flag(print.has_variant, HAS_VARIANT)
            | flag(print.is_skipped, SKIPPED)
            | flag(print.is_filler, FILLER)
            | flag(print.is_ragged, RAGGED);
        self.rows.push(OfRow { sku: print.sku, variant: print.variant, exact: print.exact, flags });
        let end = self.rows.len() as u32;
        let stretch = Stretch {
            product: print.product,
            shared: print.shared,
            missing: print.missing,
            fullness: print.fullness,
            has_spu: print.has_spu,
            has_associated: print.has_associated,
            end,
        };
        match self.stretches.last_mut() {
            Some(last) if Stretch { end, ..*last } == stretch => last.end = end,
            Some(_) | None => self.stretches.push(stretch),
        }
        if !self.judged.is_empty() || print.judged != Judged::default() {
            self.judged.resize(self.rows.len() - 1, Judged::default());
            self.judged.push(print.judged);
        }
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The row at place `at`.
    pub(super) fn get(&self, at: usize) -> Option<Fingerprint> {
        let row = self.rows.get(at)?;
        let stretch = self.stretches.partition_point(|stretch| stretch.end as usize <= at);
        Some(self.joined(at, row, self.stretches.get(stretch)?))
    }

    /// All rows, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Fingerprint> {
        (0..self.stretches.len()).flat_map(|stretch| self.of_stretch(stretch)).map(|(_, print)| print)
    }

    /// The product of each stretch, by its place.
    pub(super) fn products(&self) -> impl ExactSizeIterator<Item = u64> {
        self.stretches.iter().map(|stretch| stretch.product)
    }

    /// The rows of the stretch at place `stretch`, each with its place.
    pub(super) fn of_stretch(&self, stretch: usize) -> impl Iterator<Item = (u32, Fingerprint)> {
        let begin = stretch.checked_sub(1).map_or(0, |before| self.stretches[before].end);
        let places: Range<u32> = begin..self.stretches[stretch].end;
        let stretch = &self.stretches[stretch];
        places.map(move |at| (at, self.joined(at as usize, &self.rows[at as usize], stretch)))
    }

    fn joined(&self, at: usize, row: &OfRow, stretch: &Stretch) -> Fingerprint {
        let has = |flag: u8| row.flags & flag != 0;
        Fingerprint {
            sku: row.sku,
            product: stretch.product,
            shared: stretch.shared,
            variant: row.variant,
            exact: row.exact,
            missing: stretch.missing,
            has_spu: stretch.has_spu,
            has_associated: stretch.has_associated,
            has_variant: has(HAS_VARIANT),
            is_skipped: has(SKIPPED),
            is_filler: has(FILLER),
            is_ragged: has(RAGGED),
            fullness: stretch.fullness,
            judged: self.judged.get(at).copied().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(number: u64, product: u64) -> Fingerprint {
        Fingerprint {
            sku: number,
            product,
            shared: product / 2,
            variant: number as u32,
            exact: number as u16,
            missing: (product % 3) as u8,
            has_spu: product.is_multiple_of(5),
            has_associated: product.is_multiple_of(7),
            has_variant: number.is_multiple_of(2),
            is_skipped: number.is_multiple_of(11),
            is_filler: number.is_multiple_of(13),
            is_ragged: number.is_multiple_of(17),
            fullness: 3,
            judged: if number < 40 { Judged::default() } else { Judged { lacks: number, ..Judged::default() } },
        }
    }

    #[test]
    fn what_goes_in_comes_out() {
        let all: Vec<Fingerprint> = (0..300).map(|number| print(number, number / 3)).collect();
        let mut prints = Prints::default();
        all.iter().for_each(|print| prints.push(*print));
        assert_eq!((prints.len(), prints.products().len()), (300, 100));
        assert!(prints.iter().eq(all.iter().copied()));
        assert!(all.iter().enumerate().all(|(at, print)| prints.get(at) == Some(*print)));
        assert_eq!(prints.get(300), None);
        assert!(prints.of_stretch(7).eq((21..24).map(|at| (at, all[at as usize]))));
    }

    #[test]
    fn a_row_takes_few_bytes() {
        assert!(size_of::<OfRow>() <= 16 && size_of::<Stretch>() <= 24);
    }
}
