//! Findings as they are printed: for people, as JSON lines, as CSV, as SARIF; at most so many of them, and those of a
//! baseline told apart.

mod baseline;
mod csv;
#[cfg(feature = "import")]
mod import;
mod json;
mod sarif;
mod uri;

use std::collections::BTreeMap;

use skuload::check::Sink;
use skuload::finding::{Finding, Rule, Severities, Severity};

pub(super) use baseline::Baseline;
#[cfg(feature = "import")]
pub(super) use import::ImportFindings;

use self::csv::Csv;
use self::json::finding_line;
use self::sarif::Sarif;
use super::annotate::Annotation;
use super::args::FindingsFormat;
use super::exit::Exit;
use super::output::{self, Parts, counted};
use super::progress::{Bars, Progress};
use super::repeated::{More, Repeated, Said};
use super::severity::Counts;

/// How many findings there are of each rule, by its severity.
pub(super) type ByRule = BTreeMap<(Severity, Rule), u64>;

/// Prints findings as they come, and counts them: one for a whole command.
pub(super) struct Printer {
    writer: Writer,
    parts: Parts,
    baseline: Option<Baseline>,
    most: Most,
    bars: Bars,
    progress: Progress,
    told: Told,
    annotation: Option<Annotation>,
}

/// How findings are written.
enum Writer {
    Human(Place, Repeated),
    Json,
    Csv(Csv),
    Sarif(Sarif),
}

/// Where findings for people go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Result,
    #[cfg_attr(not(feature = "import"), allow(dead_code, reason = "only an import has another result"))]
    Beside,
}

/// What was found in one sheet.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Those that no baseline has, by rule.
    pub(super) by_rule: ByRule,
    /// Those that no baseline has.
    pub(super) new: Counts,
    /// Those that are left out, because there are more than `--max-findings`.
    pub(super) not_shown: u64,
    /// There is a baseline, in which new ones were looked up.
    pub(super) baseline: Option<Compared>,
}

/// Findings were held against a baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Compared;

impl Told {
    /// What was found in one sheet more.
    pub(super) fn add(&mut self, other: &Told) {
        for (kind, count) in &other.by_rule {
            *self.by_rule.entry(*kind).or_insert(0) += count;
        }
        self.new.add_all(other.new);
        self.not_shown += other.not_shown;
        self.baseline = self.baseline.or(other.baseline);
    }
}

/// How a finding stands to the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    New,
    Known,
}

/// How many findings may still be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Most {
    most: Option<u64>,
    shown: u64,
}

impl Most {
    /// `--max-findings`; without it there is no end.
    pub(super) fn of(most: Option<u64>) -> Most {
        Most { most, shown: 0 }
    }

    /// One more may be printed.
    fn take(&mut self) -> bool {
        let has_room = self.most.is_none_or(|most| self.shown < most);
        self.shown += u64::from(has_room);
        has_room
    }

    /// What is said of so many that were left out.
    fn words(self, not_shown: u64) -> String {
        let most = self.most.unwrap_or_default();
        let are = if not_shown == 1 { "is" } else { "are" };
        format!("{} {are} not shown (--max-findings {most})", counted(not_shown, "more finding", "more findings"))
    }
}

/// What a check is about, for those formats that begin with it.
pub(super) struct Scope<'a> {
    /// The sheets, as findings name them.
    pub(super) files: &'a [String],
    pub(super) severities: &'a Severities,
}

impl Printer {
    /// Findings are the result.
    pub(super) fn of_check(format: FindingsFormat, most: Most, baseline: Option<Baseline>, scope: &Scope) -> Printer {
        let writer = match format {
            FindingsFormat::Human => Writer::Human(Place::Result, Repeated::default()),
            FindingsFormat::Json => Writer::Json,
            FindingsFormat::Csv => Writer::Csv(Csv::begin(baseline.is_some())),
            FindingsFormat::Sarif => Writer::Sarif(Sarif::begin(scope)),
        };
        Printer::new(writer, most, baseline)
    }

    /// Findings are told beside the result, which is what became of the rows.
    #[cfg(feature = "import")]
    fn beside_import(format: super::args::Format, most: Most) -> Printer {
        let writer = match format {
            super::args::Format::Human => Writer::Human(Place::Beside, Repeated::default()),
            super::args::Format::Json => Writer::Json,
        };
        Printer::new(writer, most, None)
    }

    fn new(writer: Writer, most: Most, baseline: Option<Baseline>) -> Printer {
        let bars = Bars::new();
        let progress = bars.add("checking", None);
        Printer {
            writer,
            parts: Parts::default(),
            baseline,
            most,
            bars,
            progress,
            told: Told::default(),
            annotation: None,
        }
    }

    /// Findings are marked in a copy of the sheet too.
    pub(super) fn mark_in(&mut self, annotation: Option<Annotation>) {
        self.annotation = annotation;
    }

    /// What was marked.
    pub(super) fn marked(&mut self) -> Option<Annotation> {
        self.annotation.take()
    }

    /// A sheet is at its end: tells what is left to tell of it.
    pub(super) fn end_sheet(&mut self) -> Told {
        self.parts.write();
        if let Writer::Human(place, repeated) = &mut self.writer {
            let place = *place;
            for More { finding, words, lines } in std::mem::take(repeated).rest() {
                let text = match words {
                    Some(words) => output::more_findings(&finding, &words, &lines),
                    None => output::finding(&finding),
                };
                self.tell(place, finding.severity, &text);
            }
        }
        let mut told = std::mem::take(&mut self.told);
        told.baseline = self.baseline.as_ref().map(|_| Compared);
        self.tell_not_shown(told.not_shown);
        self.progress.finish();
        self.progress = self.bars.add("checking", None);
        told
    }

    /// The command is at its end, with these failures on its way.
    pub(super) fn end(mut self, exit: Exit, failures: &[String]) {
        self.parts.write();
        self.progress.finish();
        match self.writer {
            Writer::Human(..) | Writer::Json | Writer::Csv(_) => {}
            Writer::Sarif(sarif) => sarif.end(exit, failures, self.most),
        }
    }

    /// The result is not whole: that is told in any case.
    fn tell_not_shown(&mut self, not_shown: u64) {
        if not_shown == 0 {
            return;
        }
        let words = self.most.words(not_shown);
        match &mut self.writer {
            Writer::Human(Place::Result, _) => self.bars.result(&format!("{words}\n\n")),
            Writer::Human(Place::Beside, _) | Writer::Csv(_) => self.bars.insist(&words),
            // The summary tells it.
            Writer::Json => {}
            Writer::Sarif(sarif) => {
                sarif.leave_out(not_shown);
                self.bars.insist(&words);
            }
        }
    }

    /// A block of lines for people.
    fn tell(&self, place: Place, severity: Severity, text: &str) {
        match place {
            Place::Result => self.bars.result(&format!("{text}\n")),
            Place::Beside if severity == Severity::Error => self.bars.insist(text),
            Place::Beside => self.bars.say(text),
        }
    }

    fn print(&mut self, finding: Finding, standing: Option<Standing>) {
        match &mut self.writer {
            Writer::Json => self.parts.push(&finding_line(&finding, standing)),
            Writer::Csv(csv) => self.parts.push(&csv.finding(&finding, standing)),
            Writer::Sarif(sarif) => self.parts.push(&sarif.finding(&finding, standing)),
            Writer::Human(place, repeated) => {
                let place = *place;
                if let Said::Whole(finding) = repeated.take(finding) {
                    self.tell(place, finding.severity, &output::finding(&finding));
                }
            }
        }
    }
}

impl Sink for Printer {
    fn finding(&mut self, finding: Finding) {
        if let Some(annotation) = &mut self.annotation {
            annotation.take(&finding);
        }
        let standing = self.baseline.as_mut().map(|baseline| baseline.standing(&finding));
        if standing != Some(Standing::Known) {
            *self.told.by_rule.entry((finding.severity, finding.rule)).or_insert(0) += 1;
            self.told.new.add(finding.severity);
        } else if matches!(self.writer, Writer::Human(..)) {
            // People look at what is new.
            return;
        }
        if self.most.take() {
            self.print(finding, standing);
        } else {
            self.told.not_shown += 1;
        }
    }

    fn flush(&mut self) {
        self.parts.write();
    }

    fn rows_read(&mut self, rows: u64) {
        self.progress.set(rows, 0);
    }
}
