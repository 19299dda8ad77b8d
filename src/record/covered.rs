//! Cells that only look empty: another cell of the same merged area holds their value.

use std::collections::HashMap;

use crate::sheet::Area;

/// The most columns of merged areas that are told apart; a sheet of products has a hundredth of it.
const MOST: usize = 1_000_000;

/// Where merged areas lie, but for columns in which their value counts for each of their rows.
#[derive(Debug, Clone, Default)]
pub struct Covered {
    /// By column, from 1: first and last rows, in order and apart from each other.
    rows: HashMap<u32, Vec<(u32, u32)>>,
    /// There are too many to tell them apart: every cell may be covered.
    is_all: bool,
}

impl Covered {
    /// The columns that count are those that `is_counted` names, from 1 to `width`.
    #[must_use]
    pub fn of(areas: &[Area], width: u32, is_counted: impl Fn(&Area, u32) -> bool) -> Covered {
        let mut covered = Covered::default();
        let mut left = MOST;
        for area in areas {
            for column in area.first_column..=area.last_column.min(width) {
                if left == 0 {
                    return Covered { is_all: true, ..Covered::default() };
                }
                left -= 1;
                if is_counted(area, column) {
                    covered.rows.entry(column).or_default().push((area.first_row, area.last_row));
                }
            }
        }
        for rows in covered.rows.values_mut() {
            rows.sort_unstable();
            // Where areas lie over each other, they are one.
            rows.dedup_by(|next, last| {
                let is_joined = next.0 <= last.1;
                last.1 = if is_joined { last.1.max(next.1) } else { last.1 };
                is_joined
            });
        }
        covered
    }

    /// No cell is covered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && !self.is_all
    }

    /// A cell, by row and column from 1.
    pub(super) fn holds(&self, row: u32, column: u32) -> bool {
        let Some(rows) = self.rows.get(&column) else { return self.is_all };
        let next = rows.partition_point(|(first, _)| *first <= row);
        next.checked_sub(1).is_some_and(|at| rows[at].1 >= row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(first_row: u32, last_row: u32, first_column: u32, last_column: u32) -> Area {
        Area { first_row, last_row, first_column, last_column }
    }

    #[test]
    fn a_cell_below_or_beside_the_first_one_is_covered() {
        let areas = [area(4, 6, 2, 3), area(5, 9, 2, 2), area(12, 12, 2, 2)];
        let covered = Covered::of(&areas, 10, |_, _| true);
        let rows: Vec<u32> = (1..15).filter(|row| covered.holds(*row, 2)).collect();
        assert_eq!(rows, [4, 5, 6, 7, 8, 9, 12]);
        assert!(covered.holds(5, 3) && !covered.holds(7, 3) && !covered.holds(5, 4));
        assert!(Covered::of(&areas, 10, |_, _| false).is_empty());
    }

    #[test]
    fn where_there_are_too_many_every_cell_is_covered() {
        let covered = Covered::of(&vec![area(1, 2, 1, 1_000); 1_001], 1_000, |_, _| true);
        assert!(covered.holds(500_000, 2) && !covered.is_empty());
    }
}
