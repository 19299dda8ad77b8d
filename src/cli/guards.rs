//! What keeps a run that nobody watches from doing harm: a sheet that came short, a plan that would change too much.
//! Nothing is sent then.

use skuload::plan::{Intent, PlannedRow};

use super::bounds::worded;
use super::exit::{Exit, Failure};
use super::output::{counted, grouped};
use super::settings::Settings;

/// The guards as they are typed.
#[derive(Debug, clap::Args)]
pub(super) struct GuardArgs {
    /// Send nothing where the plan would create or change more SKUs than this, or more of a hundred rows of the sheet
    #[arg(long, value_name = "N|P%")]
    pub(super) max_changes: Option<String>,
    /// Send nothing where the sheet has fewer rows
    #[arg(long, value_name = "N")]
    pub(super) min_rows: Option<u64>,
}

/// The guards of one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Guards {
    max_changes: Option<MaxChanges>,
    min_rows: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum MaxChanges {
    Count(u64),
    Percent(f64),
}

/// Why nothing is sent.
#[derive(Debug)]
pub(super) struct Barred {
    pub(super) reason: String,
    help: &'static str,
}

impl Barred {
    /// As the end of the run.
    pub(super) fn failure(&self) -> Failure {
        Failure::new(Exit::Limit, self.reason.clone()).help(format!("nothing was sent; {}", self.help))
    }
}

impl Guards {
    /// Those that the settings name.
    pub(super) fn of(settings: &Settings) -> Result<Guards, Failure> {
        let decided = &settings.decided;
        let max_changes = decided.max_changes.as_ref().map(|value| max_changes(&worded(value)));
        let max_changes =
            max_changes.transpose().map_err(|failure| Failure { exit: settings.exit_of("max-changes"), ..failure })?;
        Ok(Guards { max_changes, min_rows: decided.min_rows })
    }

    /// Whether a sheet of so many rows is too short.
    pub(super) fn bar_rows(&self, rows: u64) -> Option<Barred> {
        let least = self.min_rows.filter(|least| rows < *least)?;
        let reason = format!(
            "the sheet has {}, and --min-rows asks for {} at least",
            counted(rows, "row", "rows"),
            grouped(least)
        );
        Some(Barred { reason, help: "look whether the sheet is whole, or lower --min-rows" })
    }

    /// Whether a plan would change too much.
    pub(super) fn bar_changes(&self, rows: &[PlannedRow]) -> Option<Barred> {
        let changes = rows.iter().filter(|row| row.is_change()).count() as u64;
        let most = match self.max_changes? {
            MaxChanges::Count(most) if changes > most => grouped(most),
            MaxChanges::Percent(percent) if changes as f64 * 100.0 > percent * rows.len() as f64 => {
                format!("{percent} %")
            }
            MaxChanges::Count(_) | MaxChanges::Percent(_) => return None,
        };
        let reason = format!(
            "the plan would create or change {} of {}, more than --max-changes {most}",
            counted(changes, "SKU", "SKUs"),
            counted(rows.len() as u64, "row", "rows"),
        );
        Some(Barred { reason, help: "look at the plan with --dry-run, or raise --max-changes" })
    }
}

/// The rows of a plan of which nothing is sent.
pub(super) fn held(rows: Vec<PlannedRow>, barred: &Barred) -> Vec<PlannedRow> {
    let hold = |row: PlannedRow| {
        let intent = match row.intent {
            Intent::Create(_) | Intent::Update(_) => Intent::Held(barred.reason.clone()),
            settled => settled,
        };
        PlannedRow { intent, image_request: None, switch_request: None, ..row }
    };
    rows.into_iter().map(hold).collect()
}

fn max_changes(text: &str) -> Result<MaxChanges, Failure> {
    let found = match text.strip_suffix('%') {
        Some(percent) => {
            let percent = percent.trim_end().parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
            percent.map(MaxChanges::Percent)
        }
        None => text.parse().ok().map(MaxChanges::Count),
    };
    found.ok_or_else(|| {
        Failure::new(Exit::Settings, format!("`{text}` is no number of changes"))
            .help("write a number of SKUs such as 500, or a part of the sheet's rows such as 20%")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(changed: usize, unchanged: usize) -> Vec<PlannedRow> {
        let row = |intent| PlannedRow {
            sheet: String::new(),
            row: 2,
            line: None,
            seller_sku: "A".to_owned(),
            product: String::new(),
            images: 0,
            dead_images: Vec::new(),
            intent,
            image_request: None,
            switch_request: None,
        };
        let changed =
            (0..changed).map(|at| row(if at % 2 == 0 { Intent::Create(at) } else { Intent::Update(Some(at)) }));
        changed.chain((0..unchanged).map(|_| row(Intent::Unchanged))).collect()
    }

    #[track_caller]
    fn check(most: &str, changed: usize, unchanged: usize, expect: Option<&str>) {
        let guards = Guards { max_changes: Some(max_changes(most).unwrap()), min_rows: None };
        let barred = guards.bar_changes(&rows(changed, unchanged));
        assert_eq!(barred.map(|barred| barred.reason).as_deref(), expect);
    }

    #[test]
    fn a_plan_may_change_as_much_as_is_allowed_and_no_more() {
        check("3", 3, 0, None);
        check("3", 4, 1, Some("the plan would create or change 4 SKUs of 5 rows, more than --max-changes 3"));
        check("0", 1, 0, Some("the plan would create or change 1 SKU of 1 row, more than --max-changes 0"));
        check("20%", 2, 8, None);
        check("20 %", 3, 8, Some("the plan would create or change 3 SKUs of 11 rows, more than --max-changes 20 %"));
        check("0%", 0, 5, None);
    }

    #[test]
    fn a_sheet_may_be_too_short() {
        let guards = Guards { max_changes: None, min_rows: Some(1_000) };
        assert!(guards.bar_rows(1_000).is_none() && Guards::default().bar_rows(0).is_none());
        let barred = guards.bar_rows(999).unwrap();
        assert_eq!(barred.reason, "the sheet has 999 rows, and --min-rows asks for 1,000 at least");
        let failure = barred.failure();
        assert_eq!((failure.exit.code(), failure.help.is_some()), (8, true));
    }

    #[test]
    fn of_a_plan_that_is_barred_nothing_is_sent_and_what_is_settled_stays() {
        let barred = Barred { reason: "too much".to_owned(), help: "" };
        let held = held(rows(2, 1), &barred);
        let intents: Vec<&Intent> = held.iter().map(|row| &row.intent).collect();
        let because = Intent::Held("too much".to_owned());
        assert_eq!(intents, [&because, &because, &Intent::Unchanged]);
    }

    #[test]
    fn what_is_no_number_of_changes_is_refused() {
        for text in ["", "-1", "1.5", "101%", "-1%", "NaN%", "many"] {
            assert_eq!(max_changes(text).unwrap_err().message, format!("`{text}` is no number of changes"));
        }
    }
}
