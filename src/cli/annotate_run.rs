//! What a run adds to `--annotate`: what the marketplace refused, and what became of rows that need the merchant.

use skuload::check::Rules;
use skuload::column::{Field, Table, Target};
use skuload::finding::Severity;
use skuload::journal::Run;
use skuload::patch::{Remark, Spot};
use skuload::report::refused_columns;
use skuload::verdict::{Images, RowVerdict, Verdict, Verdicts};

use super::annotate::Annotation;
use super::exit::{Exit, Failure};
use super::finish::Ended;
use super::import::Import;
use super::input::label;
use super::sending;

impl Import<'_> {
    /// Begins the annotation, if one is asked for: its path is tried.
    pub(super) fn begin_annotation(&self, tables: &[Table]) -> Result<(), Failure> {
        let Some(path) = &self.args.sheet.annotate else { return Ok(()) };
        self.findings.mark_in(Annotation::begin(path, tables, &self.args.file)?);
        Ok(())
    }

    /// Tells the annotation, if one is asked for, how the sheet is checked.
    pub(super) fn annotate_how(&self, rules: &Rules) {
        if let Some(mut annotation) = self.findings.marked() {
            annotation.take_rules(rules);
            self.findings.mark_in(annotation);
        }
    }

    /// Writes the annotation, if one is asked for, with what became of the rows.
    pub(super) fn annotate(&self, tables: &[Table], verdicts: &Verdicts) -> Exit {
        let Some(mut annotation) = self.findings.marked() else { return Exit::Done };
        annotation.take_verdicts(tables, verdicts);
        let about = format!("{}, {} {}", label(&self.args.file), self.scope.command(), self.run);
        annotation.write(tables, &about)
    }

    /// Writes the annotation of a run that has ended, if one is asked for.
    pub(super) fn annotate_run(&self, run: &Run, ended: Ended) -> Result<Ended, Failure> {
        if self.args.sheet.annotate.is_none() {
            return Ok(ended);
        }
        let (verdicts, _) = sending::replay(run)?;
        let exit = ended.exit.and(self.annotate(&sending::tables(run)?, &verdicts));
        Ok(Ended { exit, ..ended })
    }
}

impl Annotation {
    /// Marks what became of rows, where it needs the merchant and no rule has told it.
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
            Images::Set | Images::None | Images::Kept => Some((Severity::Warning, row.verdict.as_str())),
        },
        Verdict::Invalid | Verdict::Skipped | Verdict::Planned => None,
    }
}

/// The cells that a message is about: those of the fields that the marketplace names, those of pictures; else the
/// cell of the seller SKU.
fn columns_of(row: &RowVerdict, table: &Table) -> Vec<Option<u32>> {
    let is_about_pictures = !matches!(row.verdict, Verdict::Rejected | Verdict::Unknown | Verdict::NotSent);
    if is_about_pictures && matches!(row.images, Images::Failed | Images::Incomplete | Images::Pending) {
        let mut all = 0..table.columns.headers().len();
        let first = all.find(|index| matches!(table.columns.target(*index), Target::Image(_)));
        return vec![first.and_then(|index| u32::try_from(index + 1).ok())];
    }
    let columns: Vec<Option<u32>> = match row.verdict {
        Verdict::Rejected => refused_columns(row, table).into_iter().map(Some).collect(),
        Verdict::Created | Verdict::Updated | Verdict::Unchanged | Verdict::Exists | Verdict::Invalid => Vec::new(),
        Verdict::Unknown | Verdict::NotSent | Verdict::Skipped | Verdict::Planned => Vec::new(),
    };
    if columns.is_empty() { vec![table.columns.column_of(Field::SellerSku)] } else { columns }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(verdict: Verdict, help: &str, expect: Option<&str>) {
        let row = RowVerdict {
            sheet: String::new(),
            row: 2,
            seller_sku: "A".to_owned(),
            product: "Tee".to_owned(),
            verdict,
            images: Images::Kept,
            rule_or_code: String::new(),
            message: String::new(),
            help: help.to_owned(),
            also: Vec::new(),
            fields: Vec::new(),
            columns: Vec::new(),
            request: String::new(),
            attempts: 1,
        };
        assert_eq!(needs_merchant(&row).map(|(_, code)| code), expect, "{verdict}");
    }

    #[test]
    fn what_went_well_and_needs_the_merchant_is_called_what_it_is() {
        for verdict in [Verdict::Created, Verdict::Updated, Verdict::Unchanged, Verdict::Exists] {
            check(verdict, "look at it in the seller centre", Some(verdict.as_str()));
            check(verdict, "", None);
        }
    }
}
