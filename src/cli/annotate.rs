//! `--annotate FILE`: the merchant's own workbook with what was found at its cells.

use std::path::{Path, PathBuf};

#[cfg(feature = "import")]
use skuload::column::Target;
use skuload::column::{Field, Table};
use skuload::finding::Finding;
#[cfg(feature = "import")]
use skuload::finding::Severity;
use skuload::patch::{Marks, Outcome, annotate, try_patch};
#[cfg(feature = "import")]
use skuload::patch::{Remark, Spot};
#[cfg(feature = "import")]
use skuload::verdict::{Images, RowVerdict, Verdict, Verdicts};

use super::exit::{Exit, Failure};
use super::input::is_stdin;
use super::output;

/// What is found while a sheet is checked and sent, and where it goes.
#[derive(Debug)]
pub(super) struct Annotation {
    path: PathBuf,
    marks: Marks,
}

impl Annotation {
    /// An annotation of the tables of `sheet`, as it was named; the path is tried.
    pub(super) fn begin(path: &Path, tables: &[Table], sheet: &Path) -> Result<Annotation, Failure> {
        if let Some(table) = tables.first() {
            try_patch(path, &table.source, (!is_stdin(sheet)).then_some(sheet))?;
        }
        Ok(Annotation { path: path.to_owned(), marks: Marks::of(tables) })
    }

    /// Marks what a rule found.
    pub(super) fn take(&mut self, finding: &Finding) {
        self.marks.take(finding);
    }

    /// Writes the workbook; `about` says what its first sheet is about.
    pub(super) fn write(&self, tables: &[Table], about: &str) -> Exit {
        match annotate(&self.path, tables, &self.marks, about) {
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

    /// Marks what became of rows, where it needs the merchant and no rule has told it.
    #[cfg(feature = "import")]
    pub(super) fn take_verdicts(&mut self, tables: &[Table], verdicts: &Verdicts) {
        for row in &verdicts.rows {
            let Some(table) = tables.iter().find(|table| *table.sheet == *row.sheet) else { continue };
            let Some((severity, code)) = needs_merchant(row) else { continue };
            let code = if row.rule_or_code.is_empty() { code.to_owned() } else { row.rule_or_code.clone() };
            for column in columns_of(row, table) {
                let value = if column == table.columns.column_of(Field::SellerSku) { &row.seller_sku } else { "" };
                let spot = Spot { sheet: &row.sheet, row: row.row, column, value };
                let (message, help) = (row.message.clone(), row.help.clone());
                self.marks.say(&spot, Remark { severity, code: code.clone(), message, help });
            }
        }
    }
}

/// How a row that needs the merchant is marked; what is invalid has its findings.
#[cfg(feature = "import")]
fn needs_merchant(row: &RowVerdict) -> Option<(Severity, &'static str)> {
    match row.verdict {
        Verdict::Rejected => Some((Severity::Error, "rejected")),
        Verdict::Unknown => Some((Severity::Warning, "unknown")),
        Verdict::NotSent => Some((Severity::Warning, "not-sent")),
        Verdict::Created | Verdict::Updated | Verdict::Unchanged | Verdict::Exists => match row.images {
            Images::Failed => Some((Severity::Error, "images-failed")),
            Images::Incomplete => Some((Severity::Warning, "images-incomplete")),
            Images::Pending => Some((Severity::Warning, "images-pending")),
            Images::Set | Images::None | Images::Kept if row.help.is_empty() => None,
            Images::Set | Images::None | Images::Kept => Some((Severity::Warning, "created")),
        },
        Verdict::Invalid | Verdict::Skipped | Verdict::Planned => None,
    }
}

/// The cells that a message is about: those of the fields that the marketplace names, those of pictures; else the
/// cell of the seller SKU.
#[cfg(feature = "import")]
fn columns_of(row: &RowVerdict, table: &Table) -> Vec<Option<u32>> {
    let column = |index: usize| u32::try_from(index + 1).ok();
    let all = 0..table.columns.headers().len();
    let is_about_pictures = !matches!(row.verdict, Verdict::Rejected | Verdict::Unknown | Verdict::NotSent);
    if is_about_pictures && matches!(row.images, Images::Failed | Images::Incomplete | Images::Pending) {
        let mut pictures = all.filter(|index| matches!(table.columns.target(*index), Target::Image(_)));
        return vec![pictures.next().and_then(column)];
    }
    let named: Vec<String> = row.fields.iter().map(|field| bare(field)).collect();
    let is_named = |index: &usize| {
        let name = table.columns.name_of(*index).unwrap_or_default();
        let name = bare(name.split_once(" (").map_or(name.as_str(), |(name, _)| name));
        !name.is_empty() && named.contains(&name)
    };
    let columns: Vec<Option<u32>> = match row.verdict {
        Verdict::Rejected => all.filter(is_named).map(column).collect(),
        Verdict::Created | Verdict::Updated | Verdict::Unchanged | Verdict::Exists | Verdict::Invalid => Vec::new(),
        Verdict::Unknown | Verdict::NotSent | Verdict::Skipped | Verdict::Planned => Vec::new(),
    };
    if columns.is_empty() { vec![table.columns.column_of(Field::SellerSku)] } else { columns }
}

/// A field's name without what is written differently here and there.
#[cfg(feature = "import")]
fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
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
