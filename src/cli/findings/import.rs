//! The findings of an import, which are told beside what becomes of its rows: those of the check, of pictures on the web
//! and of the plan.

use std::cell::{Cell, RefCell};

use skuload::finding::{Finding, Severity};

use super::super::annotate::Annotation;
use super::super::args::Format;
use super::super::exit::{Exit, Failure};
use super::super::output;
use super::super::settings::Settings;
use super::super::severity::Counts;
use super::{Most, Printer, Told, finding_line};

/// What was found so far, and how much of it may still be printed.
pub(in super::super) struct ImportFindings {
    format: Format,
    most: Cell<Most>,
    found: Cell<Counts>,
    /// What goes into the copy of the sheet that was asked for.
    annotation: RefCell<Option<Annotation>>,
}

impl ImportFindings {
    /// As the settings ask for; what they say of severities is understood here, before anything begins.
    pub(in super::super) fn of(settings: &Settings, format: Format) -> Result<ImportFindings, Failure> {
        settings.fail_on()?;
        settings.severities()?;
        let most = Cell::new(Most::of(settings.decided.max_findings));
        Ok(ImportFindings { format, most, found: Cell::default(), annotation: RefCell::default() })
    }

    /// Findings are marked in a copy of the sheet too.
    pub(in super::super) fn mark_in(&self, annotation: Annotation) {
        self.annotation.replace(Some(annotation));
    }

    /// What was marked.
    pub(in super::super) fn marked(&self) -> Option<Annotation> {
        self.annotation.take()
    }

    /// What prints the findings of the check.
    pub(in super::super) fn printer(&self) -> Printer {
        let mut printer = Printer::beside_import(self.format, self.most.get());
        printer.mark_in(self.annotation.take());
        printer
    }

    /// The check is over.
    pub(in super::super) fn end(&self, mut printer: Printer) -> Told {
        let told = printer.end_sheet();
        self.annotation.replace(printer.marked());
        self.most.set(printer.most);
        self.found.set(told.new);
        printer.end(Exit::Done, &[]);
        self.tell_not_shown(told.not_shown);
        told
    }

    /// Tells what was found after the check.
    pub(in super::super) fn tell(&self, findings: &[Finding]) {
        let (mut most, mut found) = (self.most.get(), self.found.get());
        let mut not_shown = 0;
        for finding in findings {
            if let Some(annotation) = &mut *self.annotation.borrow_mut() {
                annotation.take(finding);
            }
            found.add(finding.severity);
            if !most.take() {
                not_shown += 1;
                continue;
            }
            match self.format {
                Format::Json => output::result(&finding_line(finding, None)),
                Format::Human if finding.severity == Severity::Error => output::insist(&output::finding(finding)),
                Format::Human => output::say(&output::finding(finding)),
            }
        }
        if not_shown > 0 && self.format == Format::Human {
            output::insist(&most.words(not_shown));
        }
        self.most.set(most);
        self.found.set(found);
        self.tell_not_shown(not_shown);
    }

    /// What the findings ask for, whatever became of the rows.
    pub(in super::super) fn exit(&self, settings: &Settings) -> Exit {
        // The setting was understood before anything began.
        settings.exit_after(self.found.get()).unwrap_or(Exit::Done)
    }

    /// Of lines of JSON, one says how many are missing.
    fn tell_not_shown(&self, findings: u64) {
        if findings > 0 && self.format == Format::Json {
            output::result(&format!("{{\"v\":1,\"kind\":\"not-shown\",\"findings\":{findings}}}\n"));
        }
    }
}
