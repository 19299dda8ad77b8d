//! What became of the rows, told to people and machines.

use std::collections::BTreeMap;

use serde::Serialize;
use skuload::plan::{Intent, PlanCounts, PlannedRow};
use skuload::verdict::{Images, RowVerdict, Verdict, Verdicts};

use super::args::Format;
use super::finish::Files;
use super::output;
use super::reasons;

#[derive(Serialize)]
struct VerdictLine<'a> {
    v: u8,
    kind: &'static str,
    #[serde(flatten)]
    row: &'a RowVerdict,
}

#[derive(Serialize)]
struct SummaryLine<'a> {
    v: u8,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<&'a str>,
    rows: usize,
    verdicts: BTreeMap<Verdict, usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    planned: Option<PlanCounts>,
    #[serde(flatten)]
    files: Option<&'a Files>,
}

/// What stands beside the counts of verdicts.
#[derive(Default)]
pub(super) struct Besides<'a> {
    pub(super) planned: Option<Planned>,
    /// The run, where it stays.
    pub(super) run: Option<&'a str>,
    pub(super) files: Option<&'a Files>,
}

/// What was planned, beside what became of it.
pub(super) struct Planned {
    counts: PlanCounts,
    shortfalls: Vec<String>,
}

impl Planned {
    /// The rows of a plan that was to be carried out, and their verdicts.
    pub(super) fn of(rows: &[PlannedRow], verdicts: &Verdicts) -> Planned {
        Planned { counts: PlanCounts::of(rows), shortfalls: shortfalls(rows, verdicts) }
    }
}

/// Verdict lines for machines, and the counts.
pub(super) fn tell(verdicts: &Verdicts, besides: Besides<'_>, format: Format) {
    let Besides { planned, run, files } = besides;
    let counts = verdicts.counts();
    if format == Format::Json {
        for row in &verdicts.rows {
            output::result(&output::json_line(&VerdictLine { v: 1, kind: "verdict", row }));
        }
        let verdicts_of_all = Verdict::ALL.map(|verdict| (verdict, counts.get(&verdict).copied().unwrap_or(0)));
        let line = SummaryLine {
            v: 1,
            kind: "summary",
            run,
            rows: verdicts.rows.len(),
            verdicts: verdicts_of_all.into_iter().collect(),
            planned: planned.map(|planned| planned.counts),
            files,
        };
        output::result(&output::json_line(&line));
        return;
    }
    let parts = Verdict::ALL.iter().filter_map(|verdict| Some(format!("{} {verdict}", counts.get(verdict)?)));
    let parts: Vec<String> = parts.collect();
    let rows = output::counted(verdicts.rows.len() as u64, "row", "rows");
    let separator = if parts.is_empty() { "" } else { ": " };
    output::result(&format!("{rows}{separator}{}\n", parts.join(", ")));
    let images = [Images::Set, Images::Incomplete, Images::Failed, Images::Pending];
    let mut images: Vec<String> = images
        .into_iter()
        .map(|images| (verdicts.with_images(images), images.as_str()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if !images.is_empty() {
        let is_bare = |row: &&RowVerdict| row.verdict == Verdict::Created && row.images == Images::None;
        match verdicts.rows.iter().filter(is_bare).count() {
            0 => {}
            bare => images.push(format!("{bare} {}", Images::None.as_str())),
        }
        output::result(&format!("images of SKUs: {}\n", images.join(", ")));
    }
    for line in planned.iter().flat_map(|planned| &planned.shortfalls) {
        output::say(line);
    }
    for line in reasons::told(verdicts.rows.iter().filter(|row| reasons::is_short(row))) {
        output::insist(&line);
    }
}

/// Where the end is not what was planned: `planned to update: 5; 3 updated, 1 rejected, 1 not-sent`.
fn shortfalls(planned: &[PlannedRow], verdicts: &Verdicts) -> Vec<String> {
    let kinds = [("create", Verdict::Created), ("update", Verdict::Updated)];
    let is_of = |row: &PlannedRow, verdict: Verdict| match row.intent {
        Intent::Create(_) => verdict == Verdict::Created,
        Intent::Update(_) => verdict == Verdict::Updated,
        Intent::Exists | Intent::Unchanged | Intent::Invalid(_) | Intent::Held(_) => false,
        Intent::Pictureless | Intent::Skipped(_) => false,
    };
    let told = kinds.into_iter().filter_map(|(what, wanted)| {
        let rows = planned.iter().zip(&verdicts.rows).filter(|(row, _)| is_of(row, wanted));
        let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
        rows.for_each(|(_, row)| *counts.entry(row.verdict).or_default() += 1);
        let total: usize = counts.values().sum();
        let parts = Verdict::ALL.iter().filter_map(|verdict| Some(format!("{} {verdict}", counts.get(verdict)?)));
        let parts: Vec<String> = parts.collect();
        (counts.get(&wanted).copied().unwrap_or(0) < total)
            .then(|| format!("planned to {what}: {}; {}", output::grouped(total as u64), parts.join(", ")))
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use skuload::verdict::Carriers;

    use super::*;

    /// `2 create created; 1 update rejected`
    fn check(rows: &[(Intent, Verdict)], expect: &[&str]) {
        let planned = rows.iter().map(|(intent, _)| PlannedRow {
            sheet: String::new(),
            row: 2,
            line: None,
            seller_sku: String::new(),
            product: String::new(),
            images: 0,
            dead_images: Vec::new(),
            intent: intent.clone(),
            image_request: None,
            switch_request: None,
        });
        let planned: Vec<PlannedRow> = planned.collect();
        let mut verdicts = skuload::verdict::planned(&planned, &Carriers::new());
        for (row, (_, verdict)) in verdicts.rows.iter_mut().zip(rows) {
            row.verdict = *verdict;
        }
        assert_eq!(shortfalls(&planned, &verdicts), expect);
    }

    #[test]
    fn what_was_planned_and_did_not_come_is_told() {
        check(&[(Intent::Create(0), Verdict::Created), (Intent::Unchanged, Verdict::Unchanged)], &[]);
        check(
            &[
                (Intent::Update(Some(0)), Verdict::Updated),
                (Intent::Update(None), Verdict::Rejected),
                (Intent::Update(None), Verdict::NotSent),
                (Intent::Create(1), Verdict::Unknown),
                (Intent::Exists, Verdict::Exists),
            ],
            &["planned to create: 1; 1 unknown", "planned to update: 3; 1 updated, 1 rejected, 1 not-sent"],
        );
    }
}
