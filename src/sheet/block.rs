//! A run of rows in one allocation: the unit that travels between threads.

use std::ops::Range;

/// What a cell held in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text, also everything in a CSV.
    Text,
    /// A number; its text is the digits as the program shows them, with a decimal point.
    Number,
    /// A date; its text is `yyyy-MM-dd HH:mm:ss`, or `yyyy-MM-dd` at midnight.
    Date,
    /// A truth value; its text is `true` or `false`.
    Bool,
    /// An error of the spreadsheet program; its text is `#N/A` and the like.
    Error,
    /// A formula whose value was never computed; its text is the formula, with its `=`.
    Formula,
    /// A picture in the cell, or a formula that shows one; its text is the formula or what is kept in its place.
    Picture,
}

/// One cell. A blank cell has the empty text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'a> {
    /// What it shows.
    pub text: &'a str,
    /// What it held.
    pub kind: Kind,
    /// How many digits its number format shows at least: 13 for `0000000000000`, 0 where it says nothing.
    pub digits: u8,
}

impl<'a> Cell<'a> {
    /// A cell with nothing in it.
    pub const BLANK: Cell<'static> = Cell::new("", Kind::Text);

    /// A cell whose number format says nothing.
    #[must_use]
    pub const fn new(text: &'a str, kind: Kind) -> Cell<'a> {
        Cell { text, kind, digits: 0 }
    }
}

impl Cell<'_> {
    /// Nothing but white space, no-break spaces included.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        // Nearly every cell that is not empty is told by its first byte.
        let is_filled = self.text.as_bytes().first().is_some_and(u8::is_ascii_graphic);
        !is_filled && self.text.trim().is_empty()
    }
}

/// A cell, and where its text stands in its block.
#[derive(Debug, Clone, Copy)]
pub(super) struct CellSpan {
    start: u32,
    end: u32,
    kind: Kind,
    digits: u8,
    /// In the raw text, not in what was appended.
    is_raw: bool,
}

impl CellSpan {
    /// A cell whose text stands there in [`Block::text`].
    pub(super) fn appended(place: Range<usize>, kind: Kind, digits: u8) -> CellSpan {
        CellSpan { start: place.start as u32, end: place.end as u32, kind, digits, is_raw: false }
    }

    /// A cell whose text will stand there when [`Block::fill`] has brought it.
    pub(super) fn raw(place: Range<usize>, kind: Kind, digits: u8) -> CellSpan {
        CellSpan { is_raw: true, ..CellSpan::appended(place, kind, digits) }
    }

    /// The bytes of its text.
    #[inline]
    pub(super) fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    /// Its text, which stands in one of the two.
    #[inline]
    pub(super) fn text<'t>(&self, raw: &'t str, appended: &'t str) -> &'t str {
        let text = if self.is_raw { raw } else { appended };
        &text[self.start as usize..self.end as usize]
    }
}

#[derive(Debug, Clone, Copy)]
struct RowSpan {
    row: u32,
    line: u64,
    cells_end: u32,
    is_hidden: bool,
}

/// Rows that follow each other in a sheet, cells in column order from column 1, without gaps.
#[derive(Debug, Default, Clone)]
pub struct Block {
    /// The rows as the file spells them, for the cells whose text stands there as it counts.
    raw: String,
    /// The text of the others.
    text: String,
    cells: Vec<CellSpan>,
    rows: Vec<RowSpan>,
    /// Row and cell (both by place in the block), and where the link leads; few, in order.
    links: Vec<(u32, u32, Box<str>)>,
    formulas: u64,
}

impl Block {
    /// An empty block.
    #[must_use]
    pub fn new() -> Block {
        Block::default()
    }

    /// Opens the next row: `row` as a spreadsheet counts it, `line` of a text file (0 for none).
    pub fn begin_row(&mut self, row: u32, line: u64) {
        self.rows.push(RowSpan { row, line, cells_end: self.cells.len() as u32, is_hidden: false });
    }

    /// The row opened last is hidden in the spreadsheet.
    pub fn hide_row(&mut self) {
        if let Some(row) = self.rows.last_mut() {
            row.is_hidden = true;
        }
    }

    /// The cell appended last leads to `target`.
    pub fn link(&mut self, target: &str) {
        let (Some(row), Some(cell)) = (self.rows.len().checked_sub(1), self.open_width().checked_sub(1)) else {
            return;
        };
        self.links.push((row as u32, cell as u32, target.into()));
    }

    /// Appends a cell to the row opened last.
    pub fn push(&mut self, text: &str, kind: Kind) {
        self.push_cell(Cell::new(text, kind));
    }

    /// Appends a cell, with what its number format says, to the row opened last.
    pub fn push_cell(&mut self, cell: Cell<'_>) {
        let start = self.text.len();
        self.text.push_str(cell.text);
        self.push_span(CellSpan::appended(start..self.text.len(), cell.kind, cell.digits));
    }

    /// Appends row `row`, which begins on line `line` of a text file (0 for none), with its cells. Rows left out since
    /// the last are blank, and one line high.
    pub(super) fn push_row(&mut self, row: u32, line: u64, cells: impl IntoIterator<Item = CellSpan>) {
        let first_blank = self.last_row().map_or(row, |last| last.saturating_add(1));
        for blank in first_blank..row {
            self.begin_row(blank, line.saturating_sub(u64::from(row - blank)));
        }
        self.cells.extend(cells);
        self.rows.push(RowSpan { row, line, cells_end: self.cells.len() as u32, is_hidden: false });
    }

    /// The text of the cells that have no place in the raw text; what is appended is that of cells to come.
    #[inline]
    pub(super) fn text(&mut self) -> &mut String {
        &mut self.text
    }

    /// Brings the raw text of a block whose cells have their places; each lies between two characters of it.
    pub(super) fn fill(&mut self, raw: String) {
        self.raw = raw;
    }

    /// The cell at place `cell` of the block ends at `end` of its text.
    pub(super) fn shorten(&mut self, cell: usize, end: usize) {
        self.cells[cell].end = end as u32;
    }

    /// How many cells it has.
    pub(super) fn cells_len(&self) -> usize {
        self.cells.len()
    }

    /// So many of its cells are formulas whose value was computed before.
    pub(super) fn note_formulas(&mut self, count: u64) {
        self.formulas = count;
    }

    /// How many of its cells are formulas whose value was computed before, where its sheet is read in chunks; otherwise
    /// the layout of the sheet tells.
    #[must_use]
    pub fn formulas(&self) -> u64 {
        self.formulas
    }

    /// The number of its last row.
    pub(super) fn last_row(&self) -> Option<u32> {
        self.rows.last().map(|row| row.row)
    }

    /// Adds the rows of `later` behind its own.
    pub(super) fn append(&mut self, later: Block) {
        if self.rows.is_empty() {
            *self = later;
            return;
        }
        let (raw, text) = (self.raw.len() as u32, self.text.len() as u32);
        let (cells, rows) = (self.cells.len() as u32, self.rows.len() as u32);
        self.raw.push_str(&later.raw);
        self.text.push_str(&later.text);
        let moved = |span: CellSpan| {
            let by = if span.is_raw { raw } else { text };
            CellSpan { start: span.start + by, end: span.end + by, ..span }
        };
        self.cells.extend(later.cells.into_iter().map(moved));
        self.rows.extend(later.rows.into_iter().map(|row| RowSpan { cells_end: row.cells_end + cells, ..row }));
        self.links.extend(later.links.into_iter().map(|(row, cell, target)| (row + rows, cell, target)));
    }

    fn push_span(&mut self, span: CellSpan) {
        self.cells.push(span);
        if let Some(row) = self.rows.last_mut() {
            row.cells_end = self.cells.len() as u32;
        }
    }

    /// How many cells the row opened last has so far.
    #[must_use]
    pub fn open_width(&self) -> usize {
        self.rows.len().checked_sub(1).map_or(0, |last| self.span(last).1 - self.span(last).0)
    }

    /// How many rows it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// No row at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The bytes of text it holds, with what stands between cells in raw text.
    #[must_use]
    pub fn text_len(&self) -> usize {
        self.raw.len() + self.text.len()
    }

    fn cell(&self, span: &CellSpan) -> Cell<'_> {
        Cell { text: span.text(&self.raw, &self.text), kind: span.kind, digits: span.digits }
    }

    fn span(&self, index: usize) -> (usize, usize) {
        let start = index.checked_sub(1).map_or(0, |before| self.rows[before].cells_end);
        (start as usize, self.rows[index].cells_end as usize)
    }

    /// Its rows, in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> + Clone {
        (0..self.rows.len()).map(|index| Row { block: self, index })
    }
}

/// One row of a [`Block`].
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    block: &'a Block,
    index: usize,
}

impl<'a> Row<'a> {
    /// The row as a spreadsheet counts it, from 1.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.block.rows[self.index].row
    }

    /// The line of a text file on which it begins.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        let line = self.block.rows[self.index].line;
        (line > 0).then_some(line)
    }

    /// How many cells it has.
    #[must_use]
    pub fn width(&self) -> usize {
        let (start, end) = self.block.span(self.index);
        end - start
    }

    /// Its cells, from column 1.
    pub fn cells(&self) -> impl ExactSizeIterator<Item = Cell<'a>> + use<'a> {
        let (start, end) = self.block.span(self.index);
        let block = self.block;
        block.cells[start..end].iter().map(move |span| block.cell(span))
    }

    /// The cell in column `index` (from 0); blank beyond the row's end.
    #[must_use]
    pub fn cell(&self, index: usize) -> Cell<'a> {
        let (start, end) = self.block.span(self.index);
        if start + index >= end {
            return Cell::BLANK;
        }
        self.block.cell(&self.block.cells[start + index])
    }

    /// It is hidden in the spreadsheet, by hand or by a filter.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.block.rows[self.index].is_hidden
    }

    /// Where the cell in column `index` (from 0) leads.
    #[must_use]
    pub fn link(&self, index: usize) -> Option<&'a str> {
        let place = (self.index as u32, index as u32);
        let found = self.block.links.binary_search_by_key(&place, |(row, cell, _)| (*row, *cell)).ok()?;
        Some(&self.block.links[found].2)
    }

    /// Every cell is blank.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.cells().all(|cell| cell.is_blank())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_cells_come_back_as_they_went_in() {
        let mut block = Block::new();
        block.begin_row(1, 1);
        block.push("a", Kind::Text);
        block.push("", Kind::Text);
        block.push("12", Kind::Number);
        block.begin_row(2, 3);
        block.begin_row(4, 4);
        block.push("ก", Kind::Text);
        let rows: Vec<_> = block.rows().collect();
        assert_eq!(rows[0].cells().map(|cell| cell.text).collect::<Vec<_>>(), ["a", "", "12"]);
        assert_eq!(rows[0].cell(2), Cell::new("12", Kind::Number));
        assert_eq!(rows[0].cell(9), Cell::BLANK);
        assert!(rows[1].is_blank());
        assert_eq!((rows[1].number(), rows[1].line()), (2, Some(3)));
        assert_eq!(rows[2].cell(0).text, "ก");
        assert_eq!(block.open_width(), 1);
    }

    #[test]
    fn rows_of_raw_text_are_appended_to_others() {
        let filled = |raw: &str, row: u32| {
            let mut block = Block::new();
            block.text().push_str("own");
            let spans = [CellSpan::raw(1..3, Kind::Number, 4), CellSpan::appended(0..3, Kind::Text, 0)];
            block.push_row(row, 0, spans);
            block.fill(raw.to_owned());
            block
        };
        let mut block = filled("<12>", 2);
        block.push_row(4, 0, []);
        block.append(filled("<34>", 5));
        let rows = block.rows().map(|row| (row.number(), row.cells().map(|cell| cell.text).collect::<Vec<_>>()));
        let expect = [(2, vec!["12", "own"]), (3, vec![]), (4, vec![]), (5, vec!["34", "own"])];
        assert_eq!(rows.collect::<Vec<_>>(), expect);
        assert_eq!(block.text_len(), 14);
    }
}
