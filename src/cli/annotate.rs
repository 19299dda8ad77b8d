//! `--annotate FILE`: the merchant's own workbook with what was found at its cells.

use std::path::{Path, PathBuf};

use skuload::check::Rules;
use skuload::column::Table;
use skuload::finding::Finding;
use skuload::patch::{Marks, Outcome, annotate, try_patch};

use super::exit::{Exit, Failure};
use super::input::is_stdin;
use super::output;
use super::severity::as_of;

/// What is found while a sheet is checked and sent, and where it goes.
#[derive(Debug)]
pub(super) struct Annotation {
    path: PathBuf,
    pub(super) marks: Marks,
    /// How and when it was checked.
    how: String,
}

impl Annotation {
    /// An annotation of the tables of `sheet`, as it was named; the path is tried.
    pub(super) fn begin(path: &Path, tables: &[Table], sheet: &Path) -> Result<Annotation, Failure> {
        if let Some(table) = tables.first() {
            try_patch(path, &table.source, (!is_stdin(sheet)).then_some(sheet))?;
        }
        Ok(Annotation { path: path.to_owned(), marks: Marks::of(tables), how: String::new() })
    }

    /// Marks what a rule found.
    pub(super) fn take(&mut self, finding: &Finding) {
        self.marks.take(finding);
    }

    /// Takes how and when the sheet is checked.
    pub(super) fn take_rules(&mut self, rules: &Rules) {
        let country =
            rules.country.map_or_else(|| "no country given".to_owned(), |country| format!("country {country}"));
        let categories = rules.categories.as_deref().zip(rules.now);
        let categories = categories.map(|(known, now)| as_of(known, now, rules.country));
        let mode = format!("mode {}", rules.mode.as_str());
        let date = rules.now.map(|now| now.format("checked on %Y-%m-%d").to_string());
        let said = [Some(country), Some(mode), categories, date];
        self.how = said.into_iter().flatten().collect::<Vec<_>>().join("; ");
    }

    /// Writes the workbook; `about` says what its first sheet is about.
    pub(super) fn write(&self, tables: &[Table], about: &str) -> Exit {
        let sheets: Vec<&str> = tables.iter().map(|table| &*table.sheet).filter(|sheet| !sheet.is_empty()).collect();
        let sheets = match sheets.as_slice() {
            [] => None,
            [sheet] => Some(format!("sheet {sheet}")),
            sheets => Some(format!("sheets {}", sheets.join(", "))),
        };
        let how = (!self.how.is_empty()).then(|| self.how.clone());
        let about = format!("{about}\n{}", sheets.into_iter().chain(how).collect::<Vec<_>>().join("; "));
        match annotate(&self.path, tables, &self.marks, &about) {
            Ok(Outcome { is_signature_dropped, .. }) => {
                if is_signature_dropped {
                    output::warn("the workbook is signed; the annotated copy is not");
                }
                output::say(&format!("annotated: {}", output::plain(&self.path.display().to_string())));
                Exit::Done
            }
            Err(error) => output::failure(&error.into()),
        }
    }
}

/// One workbook is written for one sheet.
pub(super) fn refuse_many(annotate: Option<&PathBuf>, files: &[PathBuf]) -> Result<(), Failure> {
    match annotate {
        Some(path) if files.len() > 1 => {
            let message = format!("--annotate {}: it takes one sheet, and {} are named", path.display(), files.len());
            Err(Failure::new(Exit::Usage, message).help("annotate each sheet in a command of its own"))
        }
        Some(_) | None => Ok(()),
    }
}
