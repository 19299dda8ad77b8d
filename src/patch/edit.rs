//! What is to become of cells: new texts, colours, and remarks.
//!
//! A sheet may have more bad cells than notes: colours are kept in few bytes, and only who says something of a cell
//! takes more.

use std::collections::BTreeMap;

use crate::finding::Severity;

/// Row and column of a cell, both from 1.
pub type Place = (u32, u32);

/// One thing said of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// How much it weighs.
    pub severity: Severity,
    /// The rule, or the marketplace's code.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What to do; may be empty.
    pub help: String,
}

/// What a cell gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing: the cell is empty, and not a text of no characters.
    Empty,
    /// A text, which is never a formula whatever it begins with.
    Text(String),
    /// A number as workbooks write it: digits with at most one point, no more of them than a workbook keeps.
    Number(String),
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

/// The edits of a workbook, by the name of the sheet.
#[derive(Debug, Clone, Default)]
pub struct Edits {
    sheets: BTreeMap<String, SheetEdits>,
}

/// The edits of a sheet; what is not said stays as it is.
#[derive(Debug, Clone, Default)]
pub struct SheetEdits {
    values: BTreeMap<Place, Value>,
    /// A cell may stand in it more than once.
    colours: Vec<(Place, Severity)>,
    remarks: BTreeMap<Place, Vec<Remark>>,
}

impl Edits {
    /// Gives a cell a value; its marks and its format stay.
    pub fn set(&mut self, sheet: &str, at: Place, value: Value) {
        self.sheet(sheet).values.insert(at, value);
    }

    /// Colours a cell, unless it has a graver colour.
    pub fn colour(&mut self, sheet: &str, at: Place, severity: Severity) {
        let colours = &mut self.sheet(sheet).colours;
        if colours.len() == colours.capacity() {
            gravest(colours);
            colours.reserve(colours.len().max(64));
        }
        colours.push((at, severity));
    }

    /// Colours a cell and says why.
    pub fn remark(&mut self, sheet: &str, at: Place, remark: Remark) {
        self.colour(sheet, at, remark.severity);
        self.sheet(sheet).remarks.entry(at).or_default().push(remark);
    }

    /// The edits of a sheet.
    #[must_use]
    pub fn of(&self, sheet: &str) -> Option<&SheetEdits> {
        self.sheets.get(sheet)
    }

    fn sheet(&mut self, name: &str) -> &mut SheetEdits {
        if !self.sheets.contains_key(name) {
            self.sheets.insert(name.to_owned(), SheetEdits::default());
        }
        self.sheets.entry(name.to_owned()).or_default()
    }
}

impl SheetEdits {
    /// The values that cells get.
    #[must_use]
    pub fn values(&self) -> &BTreeMap<Place, Value> {
        &self.values
    }

    /// The colour of each cell that gets one, in the order of rows: that of the gravest thing found.
    #[must_use]
    pub fn colours(&self) -> Vec<(Place, Severity)> {
        let mut colours = self.colours.clone();
        gravest(&mut colours);
        colours
    }

    /// What the notes of cells tell, in order.
    #[must_use]
    pub fn remarks(&self) -> &BTreeMap<Place, Vec<Remark>> {
        &self.remarks
    }
}

/// Puts colours in the order of their cells, and keeps the gravest of each.
pub(super) fn gravest(colours: &mut Vec<(Place, Severity)>) {
    colours.sort_by_key(|(at, severity)| (*at, std::cmp::Reverse(*severity)));
    colours.dedup_by_key(|(at, _)| *at);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_is_coloured_over_and_over_takes_the_room_of_one() {
        let mut edits = Edits::default();
        for round in 0..100_000 {
            let severity = if round == 5_000 { Severity::Error } else { Severity::Note };
            edits.colour("A", (1, round % 2), severity);
        }
        let colours = &edits.sheets["A"].colours;
        assert!(colours.capacity() < 1000, "{}", colours.capacity());
        let expect = [((1, 0), Severity::Error), ((1, 1), Severity::Note)];
        assert_eq!(edits.of("A").unwrap().colours(), expect);
    }
}
