//! A run of rows in one allocation: the unit that travels between threads.

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
}

/// One cell. A blank cell has the empty text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'a> {
    /// What it shows.
    pub text: &'a str,
    /// What it held.
    pub kind: Kind,
}

impl Cell<'static> {
    /// A cell with nothing in it.
    pub const BLANK: Cell<'static> = Cell { text: "", kind: Kind::Text };
}

impl Cell<'_> {
    /// Nothing but white space, no-break spaces included.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

#[derive(Debug, Clone, Copy)]
struct CellSpan {
    end: u32,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
struct RowSpan {
    row: u32,
    line: u64,
    cells_end: u32,
    text_start: u32,
}

/// Rows that follow each other in a sheet, cells in column order from column 1, without gaps.
#[derive(Debug, Default, Clone)]
pub struct Block {
    text: String,
    cells: Vec<CellSpan>,
    rows: Vec<RowSpan>,
}

impl Block {
    /// An empty block.
    #[must_use]
    pub fn new() -> Block {
        Block::default()
    }

    /// Opens the next row: `row` as a spreadsheet counts it, `line` of a text file (0 for none).
    pub fn begin_row(&mut self, row: u32, line: u64) {
        let (cells_end, text_start) = (self.cells.len() as u32, self.text.len() as u32);
        self.rows.push(RowSpan { row, line, cells_end, text_start });
    }

    /// Appends a cell to the row opened last.
    pub fn push(&mut self, text: &str, kind: Kind) {
        self.text.push_str(text);
        self.cells.push(CellSpan { end: self.text.len() as u32, kind });
        if let Some(row) = self.rows.last_mut() {
            row.cells_end = self.cells.len() as u32;
        }
    }

    /// How many cells the row opened last has so far.
    #[must_use]
    pub fn open_width(&self) -> usize {
        self.rows.len().checked_sub(1).map_or(0, |last| self.span(last).1 - self.span(last).0)
    }

    /// Takes the row opened last away again.
    pub fn drop_row(&mut self) {
        if let Some(row) = self.rows.pop() {
            let start = self.rows.last().map_or(0, |before| before.cells_end) as usize;
            self.cells.truncate(start);
            self.text.truncate(row.text_start as usize);
        }
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

    /// The bytes of text it holds.
    #[must_use]
    pub fn text_len(&self) -> usize {
        self.text.len()
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
        let mut text_start = block.rows[self.index].text_start as usize;
        block.cells[start..end].iter().map(move |span| {
            let text = &block.text[text_start..span.end as usize];
            text_start = span.end as usize;
            Cell { text, kind: span.kind }
        })
    }

    /// The cell in column `index` (from 0); blank beyond the row's end.
    #[must_use]
    pub fn cell(&self, index: usize) -> Cell<'a> {
        let (start, end) = self.block.span(self.index);
        if start + index >= end {
            return Cell::BLANK;
        }
        let span = self.block.cells[start + index];
        let text_start = match index {
            0 => self.block.rows[self.index].text_start,
            _ => self.block.cells[start + index - 1].end,
        };
        Cell { text: &self.block.text[text_start as usize..span.end as usize], kind: span.kind }
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
        assert_eq!(rows[0].cell(2), Cell { text: "12", kind: Kind::Number });
        assert_eq!(rows[0].cell(9), Cell::BLANK);
        assert!(rows[1].is_blank());
        assert_eq!((rows[1].number(), rows[1].line()), (2, Some(3)));
        assert_eq!(rows[2].cell(0).text, "ก");
        block.drop_row();
        block.begin_row(5, 5);
        block.push("z", Kind::Text);
        assert_eq!(block.rows().last().map(|row| row.cell(0).text), Some("z"));
        assert_eq!(block.open_width(), 1);
    }
}
