//! What a sheet says beside its cells: merged areas, links, pictures, hidden columns.
//!
//! A workbook keeps most of it behind the last cell, so that it is known only when a sheet has been read
//! to its end; where it matters, the sheet is read again with it ([`Source::read_again`](super::Source)).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::rows::BLOCK_TEXT;
use super::{Block, Cell, Kind, Row};

/// The most text that merged cells are filled with; a sheet of products has a thousandth of it.
const MOST_FILLED: usize = 256 << 20;

/// Cells that were merged into one; rows and columns count from 1, both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// Its first row, which holds the value.
    pub first_row: u32,
    /// Its last row.
    pub last_row: u32,
    /// Its first column, which holds the value.
    pub first_column: u32,
    /// Its last column.
    pub last_column: u32,
}

/// What a sheet says beside its cells. Empty where the format knows nothing of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// Merged areas.
    pub merged: Vec<Area>,
    /// Where cells lead, by row and column from 1.
    pub links: BTreeMap<(u32, u32), Arc<str>>,
    /// The cells, by row and column from 1, over which pictures lie.
    pub pictures: Vec<(u32, u32)>,
    /// Hidden columns, from 1, in order.
    pub hidden_columns: Vec<u32>,
    /// How many cells are formulas whose value was computed before.
    pub formulas: u64,
}

/// Which merged cells are filled when a sheet is read again.
#[derive(Debug)]
pub struct Filling<'a> {
    /// What the first reading told.
    pub layout: &'a Layout,
    /// The columns, from 0, in which the value of a merged area counts for each of its rows.
    pub columns: &'a [usize],
}

/// Fills merged cells and attaches links while blocks pass.
pub(super) struct Filler<'a> {
    filling: &'a Filling<'a>,
    /// Areas that span rows and a column to fill, by first row.
    areas: Vec<(Area, usize)>,
    next: usize,
    /// The areas that are open, by their columns from 0. Where areas lie over each other, the first counts.
    open: BTreeMap<usize, Open>,
    /// The text that was filled in so far, and as much as may be.
    filled: usize,
    most: usize,
    passed_at: Option<u32>,
}

/// An area whose rows pass, and what its first cell holds.
struct Open {
    first_row: u32,
    last_row: u32,
    text: Box<str>,
    kind: Kind,
    digits: u8,
}

impl<'a> Filler<'a> {
    pub(super) fn new(filling: &'a Filling<'a>) -> Filler<'a> {
        let wanted: BTreeSet<usize> = filling.columns.iter().copied().collect();
        let mut areas = Vec::new();
        for area in filling.layout.merged.iter().filter(|area| area.first_row < area.last_row) {
            // Only the first column of an area holds its value.
            let column = (area.first_column as usize).saturating_sub(1);
            if wanted.contains(&column) {
                areas.push((*area, column));
            }
        }
        areas.sort_by_key(|(area, column)| (area.first_row, *column));
        Filler { filling, areas, next: 0, open: BTreeMap::new(), filled: 0, most: MOST_FILLED, passed_at: None }
    }

    /// Hands the block on with what it lacks, in pieces where its text has grown too long.
    pub(super) fn fill(&mut self, block: &Block, each: &mut dyn FnMut(Block) -> ControlFlow<()>) -> ControlFlow<()> {
        let mut filled = Block::new();
        let mut links = 0;
        for row in block.rows() {
            if filled.text_len() + links > BLOCK_TEXT {
                each(std::mem::take(&mut filled))?;
                links = 0;
            }
            self.open.retain(|_, area| area.last_row >= row.number());
            self.begin(&row);
            filled.begin_row(row.number(), row.line().unwrap_or(0));
            if row.is_hidden() {
                filled.hide_row();
            }
            // A blank row stays one: it is no row of the sheet, whatever is merged over it.
            if row.is_blank() {
                continue;
            }
            links += self.fill_row(&row, &mut filled)?;
        }
        if filled.is_empty() { ControlFlow::Continue(()) } else { each(filled) }
    }

    /// Appends the cells of a row; answers how much text its links have.
    fn fill_row(&mut self, row: &Row<'_>, filled: &mut Block) -> ControlFlow<(), usize> {
        let mut links = 0;
        let reach = self.open.last_key_value().map_or(0, |(column, _)| column + 1);
        for column in 0..row.width().max(reach) {
            let mut cell = row.cell(column);
            if cell.is_blank()
                && let Some(open) = self.open.get(&column).filter(|open| open.first_row < row.number())
            {
                cell = Cell { text: &open.text, kind: open.kind, digits: open.digits };
                self.filled += cell.text.len();
                if self.filled > self.most {
                    self.passed_at = Some(row.number());
                    return ControlFlow::Break(());
                }
            }
            filled.push_cell(cell);
            let place = (row.number(), column as u32 + 1);
            if let Some(target) = row.link(column).or_else(|| self.filling.layout.links.get(&place).map(|t| &**t)) {
                filled.link(target);
                links += target.len();
            }
        }
        ControlFlow::Continue(links)
    }

    /// Remembers the values of the areas that begin on this row; those that began before it hold none.
    fn begin(&mut self, row: &Row<'_>) {
        while let Some((area, column)) = self.areas.get(self.next).copied()
            && area.first_row <= row.number()
        {
            self.next += 1;
            if area.first_row == row.number() && !self.open.contains_key(&column) {
                let Cell { text, kind, digits } = row.cell(column);
                let Area { first_row, last_row, .. } = area;
                self.open.insert(column, Open { first_row, last_row, text: text.into(), kind, digits });
            }
        }
    }

    /// Why no more was handed on, where merged cells hold too much text.
    pub(super) fn limit(&self) -> Option<String> {
        let row = self.passed_at?;
        let most = self.most >> 20;
        Some(format!(
            "the merged cells up to row {row} hold more than {most} MiB of text when each of their rows has it; shorten \
             the text, or unmerge the cells"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(filler: &mut Filler<'_>, block: &Block) -> Vec<Block> {
        let mut blocks = Vec::new();
        let _answer = filler.fill(block, &mut |block| {
            blocks.push(block);
            ControlFlow::Continue(())
        });
        blocks
    }

    #[test]
    fn a_long_text_over_many_rows_comes_in_pieces_and_not_without_end() {
        let mut block = Block::new();
        for row in 1..=10 {
            block.begin_row(row, 0);
            block.push(if row == 1 { "xx" } else { "" }, Kind::Text);
            block.push("y", Kind::Text);
        }
        let area = Area { first_row: 1, last_row: 10, first_column: 1, last_column: 1 };
        let long = "x".repeat(BLOCK_TEXT);
        let layout = Layout { merged: vec![area; 400], links: [((1, 2), long.into())].into(), ..Layout::default() };
        let filling = Filling { layout: &layout, columns: &[0] };
        let mut filler = Filler::new(&filling);
        assert_eq!(filled(&mut filler, &block).len(), 2);
        assert_eq!((filler.open.len(), filler.filled, filler.limit()), (1, 18, None));
        let mut filler = Filler { most: 5, ..Filler::new(&filling) };
        filled(&mut filler, &block);
        assert!(filler.limit().is_some_and(|told| told.starts_with("the merged cells up to row 4 hold more than")));
    }

    #[test]
    fn a_merged_value_counts_for_each_row_of_its_area_in_the_columns_asked_for() {
        let mut block = Block::new();
        for row in 2..=5 {
            block.begin_row(row, 0);
            block.push(&format!("A{row}"), Kind::Text);
            block.push(if row == 2 { "Shirt" } else { "" }, Kind::Text);
            block.push(if row == 2 { "99" } else { "" }, Kind::Number);
        }
        let area = |column| Area { first_row: 2, last_row: 4, first_column: column, last_column: column };
        let layout = Layout {
            merged: vec![area(2), area(3)],
            links: [((3, 1), "https://a.co/1.jpg".into())].into(),
            ..Layout::default()
        };
        let filling = Filling { layout: &layout, columns: &[1] };
        let filled = filled(&mut Filler::new(&filling), &block).remove(0);
        let rows: Vec<String> =
            filled.rows().map(|row| row.cells().map(|cell| cell.text).collect::<Vec<_>>().join("|")).collect();
        assert_eq!(rows, ["A2|Shirt|99", "A3|Shirt|", "A4|Shirt|", "A5||"]);
        let links: Vec<_> = filled.rows().map(|row| row.link(0).map(str::to_owned)).collect();
        assert_eq!(links, [None, Some("https://a.co/1.jpg".to_owned()), None, None]);
    }

    #[test]
    fn a_blank_row_stays_blank_under_a_merged_cell() {
        let mut block = Block::new();
        block.begin_row(2, 0);
        block.push("Shirt", Kind::Text);
        block.begin_row(3, 0);
        let merged = vec![Area { first_row: 2, last_row: 3, first_column: 1, last_column: 1 }];
        let layout = Layout { merged, ..Layout::default() };
        let filling = Filling { layout: &layout, columns: &[0] };
        let filled = filled(&mut Filler::new(&filling), &block).remove(0);
        assert_eq!(filled.rows().map(|row| row.is_blank()).collect::<Vec<_>>(), [false, true]);
    }
}
