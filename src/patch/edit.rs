//! What is to become of cells: new values, and marks with their remarks.

use std::collections::BTreeMap;

use crate::finding::Severity;

/// Row and column of a cell, both from 1.
pub type Place = (u32, u32);

/// What becomes of one cell; what is not said stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    /// The value it gets.
    pub value: Option<NewValue>,
    /// How it is marked.
    pub mark: Option<Mark>,
}

/// What a cell holds from now on. Its format stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewValue {
    /// A text, never a formula whatever it begins with.
    Text(String),
    /// A number, written as digits: `-12.50`.
    Number(String),
}

/// The colour of a cell, and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The gravest of its remarks; it decides the colour.
    pub severity: Severity,
    /// What the note tells, in order; without any the cell is coloured only.
    pub remarks: Vec<Remark>,
}

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

/// The edits of a workbook, by the name of the sheet and the place of the cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edits {
    sheets: BTreeMap<String, BTreeMap<Place, Edit>>,
}

impl Edits {
    /// Gives a cell a new value; its marks stay.
    pub fn set(&mut self, sheet: &str, at: Place, value: NewValue) {
        self.cell(sheet, at).value = Some(value);
    }

    /// Colours a cell, unless it has a graver colour.
    pub fn colour(&mut self, sheet: &str, at: Place, severity: Severity) {
        let mark = &mut self.cell(sheet, at).mark;
        let mark = mark.get_or_insert_with(|| Mark { severity, remarks: Vec::new() });
        mark.severity = mark.severity.max(severity);
    }

    /// Colours a cell and says why.
    pub fn remark(&mut self, sheet: &str, at: Place, remark: Remark) {
        self.colour(sheet, at, remark.severity);
        if let Some(mark) = &mut self.cell(sheet, at).mark {
            mark.remarks.push(remark);
        }
    }

    /// The edits of a sheet.
    #[must_use]
    pub fn of(&self, sheet: &str) -> Option<&BTreeMap<Place, Edit>> {
        self.sheets.get(sheet)
    }

    /// The names of the sheets that have edits.
    pub fn sheets(&self) -> impl Iterator<Item = &str> {
        self.sheets.keys().map(String::as_str)
    }

    fn cell(&mut self, sheet: &str, at: Place) -> &mut Edit {
        self.sheets.entry(sheet.to_owned()).or_default().entry(at).or_default()
    }
}
