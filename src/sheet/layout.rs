//! What a sheet says beside its cells: merged areas, links, pictures, hidden columns.
//!
//! A workbook keeps most of it behind the last cell, so that it is known only when a sheet has been read
//! to its end; where it matters, the sheet is read again with it ([`Source::read_again`](super::Source)).

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::{Block, Cell, Row};

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
    pub links: BTreeMap<(u32, u32), Box<str>>,
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
    /// Areas that span rows and a column to fill, by first row; and the text of those that are open.
    areas: Vec<(Area, usize)>,
    next: usize,
    open: Vec<(Area, usize, Box<str>, super::Kind, u8)>,
}

impl<'a> Filler<'a> {
    pub(super) fn new(filling: &'a Filling<'a>) -> Filler<'a> {
        let mut areas = Vec::new();
        for area in filling.layout.merged.iter().filter(|area| area.first_row < area.last_row) {
            // Only the first column of an area holds its value.
            let column = area.first_column as usize - 1;
            if filling.columns.contains(&column) {
                areas.push((*area, column));
            }
        }
        areas.sort_by_key(|(area, column)| (area.first_row, *column));
        Filler { filling, areas, next: 0, open: Vec::new() }
    }

    /// The block with what it lacks.
    pub(super) fn fill(&mut self, block: &Block) -> Block {
        let mut filled = Block::new();
        for row in block.rows() {
            self.open.retain(|(area, ..)| area.last_row >= row.number());
            self.begin(&row);
            filled.begin_row(row.number(), row.line().unwrap_or(0));
            if row.is_hidden() {
                filled.hide_row();
            }
            // A blank row stays one: it is no row of the sheet, whatever is merged over it.
            if row.is_blank() {
                continue;
            }
            let reach = self.open.iter().map(|(_, column, ..)| column + 1).max().unwrap_or(0);
            for column in 0..row.width().max(reach) {
                filled.push_cell(self.cell(&row, column));
                let place = (row.number(), column as u32 + 1);
                if let Some(target) = row.link(column).or_else(|| self.filling.layout.links.get(&place).map(|t| &**t)) {
                    filled.link(target);
                }
            }
        }
        filled
    }

    /// Remembers the values of the areas that begin on this row or before it.
    fn begin(&mut self, row: &Row<'_>) {
        while let Some((area, column)) = self.areas.get(self.next).copied()
            && area.first_row <= row.number()
        {
            self.next += 1;
            if area.first_row == row.number() {
                let cell = row.cell(column);
                self.open.push((area, column, cell.text.into(), cell.kind, cell.digits));
            }
        }
    }

    fn cell<'b>(&'b self, row: &Row<'b>, column: usize) -> Cell<'b> {
        let cell = row.cell(column);
        if !cell.is_blank() {
            return cell;
        }
        let over = self.open.iter().find(|(area, at, ..)| *at == column && area.first_row < row.number());
        over.map_or(cell, |(_, _, text, kind, digits)| Cell { text, kind: *kind, digits: *digits })
    }
}

/// Hands blocks on to `each`, filled.
pub(super) fn filling<'a>(
    filling: &'a Filling<'a>,
    each: &'a mut dyn FnMut(Block) -> ControlFlow<()>,
) -> impl FnMut(Block) -> ControlFlow<()> + 'a {
    let mut filler = Filler::new(filling);
    move |block| each(filler.fill(&block))
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

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
        let filled = Filler::new(&filling).fill(&block);
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
        let filled = Filler::new(&Filling { layout: &layout, columns: &[0] }).fill(&block);
        assert_eq!(filled.rows().map(|row| row.is_blank()).collect::<Vec<_>>(), [false, true]);
    }
}
