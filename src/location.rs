//! Where a thing stands: file, sheet, row and column, as the merchant's spreadsheet shows them.
//!
//! Rows and columns count from 1. A workbook cell is written `catalogue.xlsx, Products!H14`, a cell
//! of a text file `catalogue.csv:14:8` (line, column).

use std::fmt;
use std::sync::Arc;

/// A place in a sheet: a row, or one cell of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file's name as the user gave it.
    pub file: Arc<str>,
    /// The sheet's name; text files have none.
    pub sheet: Option<Arc<str>>,
    /// The row as a spreadsheet counts it, from 1.
    pub row: u32,
    /// The line of a text file on which the row begins, from 1; workbooks have no lines.
    pub line: Option<u64>,
    /// The column, from 1; a finding on a whole row has none.
    pub column: Option<u32>,
}

impl Location {
    /// The same row, at `column` (from 1).
    #[must_use]
    pub fn at(&self, column: u32) -> Location {
        Location { column: Some(column), ..self.clone() }
    }

    /// The short form used inside messages: `H14`, or `row 14`.
    #[must_use]
    pub fn short(&self) -> String {
        match self.column {
            Some(column) => format!("{}{}", column_letters(column), self.row),
            None => format!("row {}", self.row),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.sheet, self.line, self.column) {
            (Some(sheet), _, Some(column)) => {
                write!(f, "{}, {sheet}!{}{}", self.file, column_letters(column), self.row)
            }
            (Some(sheet), _, None) => write!(f, "{}, {sheet}!row {}", self.file, self.row),
            (None, Some(line), Some(column)) => write!(f, "{}:{line}:{column}", self.file),
            (None, Some(line), None) => write!(f, "{}:{line}", self.file),
            (None, None, Some(column)) => write!(f, "{}, {}{}", self.file, column_letters(column), self.row),
            (None, None, None) => write!(f, "{}, row {}", self.file, self.row),
        }
    }
}

/// The letters a spreadsheet shows above column `column` (from 1): 1 is `A`, 27 is `AA`.
#[must_use]
pub fn column_letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or_default();
        letters.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_lettered_as_in_a_spreadsheet() {
        for (number, letters) in [(1, "A"), (8, "H"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA"), (16384, "XFD")]
        {
            assert_eq!(column_letters(number), letters);
        }
    }

    #[test]
    fn a_workbook_cell_and_a_text_cell_are_written_as_their_programs_show_them() {
        let cell = Location {
            file: "catalogue.xlsx".into(),
            sheet: Some("Products".into()),
            row: 14,
            line: None,
            column: Some(8),
        };
        assert_eq!(cell.to_string(), "catalogue.xlsx, Products!H14");
        let text = Location { file: "catalogue.csv".into(), sheet: None, row: 14, line: Some(14), column: Some(8) };
        assert_eq!(text.to_string(), "catalogue.csv:14:8");
    }
}
