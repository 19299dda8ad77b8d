//! The drop-down lists of a template: short ones stand in the cells' own rule, long ones on a hidden sheet.

use std::collections::HashSet;

use rust_xlsxwriter::{DataValidation, Formula, Workbook, Worksheet, XlsxError};

use super::ask::Ask;

/// The hidden sheet.
pub(super) const SHEET: &str = "lists";
/// The most characters of a list in a cell's own rule, the commas between its values counted (Excel specifications).
const LONGEST_INLINE: usize = 255;
/// No list is longer; nobody finds a value in it, and a workbook should open at once.
const MOST_OPTIONS: usize = 10_000;

/// The lists of the hidden sheet.
#[derive(Default)]
pub(super) struct Lists<'a> {
    /// The name of each, and its values.
    named: Vec<(String, &'a [String])>,
    taken: HashSet<String>,
}

impl<'a> Lists<'a> {
    /// The rule of the cells of a column that has options.
    pub(super) fn rule(&mut self, ask: &'a Ask) -> Result<Option<DataValidation>, XlsxError> {
        let options = &ask.options;
        if options.is_empty() || options.len() > MOST_OPTIONS {
            return Ok(None);
        }
        let length: usize = options.iter().map(|option| option.chars().count() + 1).sum();
        let is_plain = |option: &String| !option.contains([',', '"']) && option.trim() == option;
        if length <= LONGEST_INLINE && options.iter().all(is_plain) {
            return DataValidation::new().allow_list_strings(options).map(Some);
        }
        let name = self.name(&ask.header);
        let rule = DataValidation::new().allow_list_formula(Formula::new(format!("={name}")));
        self.named.push((name, options));
        Ok(Some(rule))
    }

    /// A name that a workbook may define, and that no other list has.
    fn name(&mut self, header: &str) -> String {
        let word: String = header.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let mut name = format!("list_{word}");
        let mut count = 2;
        while !self.taken.insert(name.to_lowercase()) {
            name = format!("list_{word}_{count}");
            count += 1;
        }
        name
    }

    /// Writes the hidden sheet, where a list needs it.
    pub(super) fn write(self, workbook: &mut Workbook) -> Result<(), XlsxError> {
        if self.named.is_empty() {
            return Ok(());
        }
        let mut page = Worksheet::new();
        page.set_name(SHEET)?.set_hidden(true);
        for (column, (name, options)) in (0..).zip(&self.named) {
            page.write_string(0, column, name)?;
            for (row, option) in (1..).zip(options.iter()) {
                page.write_string(row, column, option)?;
            }
            let letters = crate::location::column_letters(u32::from(column) + 1);
            let last = options.len() + 1;
            workbook.define_name(name, &format!("={SHEET}!${letters}$2:${letters}${last}"))?;
        }
        workbook.push_worksheet(page);
        Ok(())
    }
}
