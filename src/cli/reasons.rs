//! Why rows did not come to what they should: the reasons that a report tells row by row, gathered for a terminal.

use std::collections::HashMap;

use skuload::verdict::{Images, RowVerdict, Verdict};

use super::output::{counted, grouped, plain};

/// So many reasons are told; a report has all of them.
const TOLD: usize = 5;

/// As much of a reason is told.
const LONGEST: usize = 400;

/// Why one row is not as it should be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reason<'a> {
    /// The word in reports.
    pub(super) verdict: &'a str,
    pub(super) sheet: &'a str,
    pub(super) row: u64,
    pub(super) seller_sku: &'a str,
    pub(super) message: &'a str,
    pub(super) help: &'a str,
}

impl<'a> Reason<'a> {
    /// Of a row that the marketplace refused or nobody can tell of, or whose pictures are not set. What is wrong with
    /// the sheet has been told at its cells, and why the run stopped is told by itself.
    pub(super) fn of(row: &'a RowVerdict) -> Option<Reason<'a>> {
        let is_lacking = match row.verdict {
            Verdict::Rejected | Verdict::Unknown => true,
            Verdict::Created | Verdict::Updated | Verdict::Unchanged | Verdict::Exists => {
                !row.help.is_empty() && row.images != Images::Pending
            }
            Verdict::Invalid | Verdict::NotSent | Verdict::Skipped | Verdict::Planned => false,
        };
        is_lacking.then(|| Reason {
            verdict: row.verdict.as_str(),
            sheet: &row.sheet,
            row: u64::from(row.row),
            seller_sku: &row.seller_sku,
            message: &row.message,
            help: &row.help,
        })
    }

    /// `row 12, SKU `A-1``
    fn place(&self) -> String {
        let sheet = if self.sheet.is_empty() { String::new() } else { format!("{} ", plain(self.sheet)) };
        let sku =
            if self.seller_sku.is_empty() { String::new() } else { format!(", SKU `{}`", plain(self.seller_sku)) };
        format!("{sheet}row {}{sku}", self.row)
    }
}

/// A message for each reason, with its first row and how many have it: `rejected: Sheet1 row 2, SKU `A`, and 5 more:
/// E500: ...`. Below it what to do.
pub(super) fn told<'a>(reasons: impl Iterator<Item = Reason<'a>>) -> Vec<String> {
    let mut groups: Vec<(Reason<'a>, u64)> = Vec::new();
    let mut places: HashMap<(&str, &str), usize> = HashMap::new();
    for reason in reasons {
        let place = *places.entry((reason.verdict, reason.message)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, count)) => *count += 1,
            None => groups.push((reason, 1)),
        }
    }
    let rest: u64 = groups.iter().skip(TOLD).map(|(_, count)| count).sum();
    let mut lines: Vec<String> = groups.iter().take(TOLD).flat_map(|(reason, count)| lines(reason, *count)).collect();
    if rest > 0 {
        lines.push(format!("{} for other reasons, which the report tells", counted(rest, "more row", "more rows")));
    }
    lines
}

fn lines(reason: &Reason<'_>, count: u64) -> Vec<String> {
    let more = if count > 1 { format!(" and {} more", grouped(count - 1)) } else { String::new() };
    let message: String = reason.message.chars().take(LONGEST).collect();
    let mut lines = vec![format!("{}: {}{more}: {}", reason.verdict, reason.place(), plain(&message))];
    if !reason.help.is_empty() {
        lines.push(format!("  help: {}", plain(reason.help)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason<'a>(row: u64, sku: &'a str, message: &'a str) -> Reason<'a> {
        Reason { verdict: "rejected", sheet: "", row, seller_sku: sku, message, help: "mend it" }
    }

    #[track_caller]
    fn check(reasons: &[Reason<'_>], expect: &[&str]) {
        assert_eq!(told(reasons.iter().copied()), expect);
    }

    #[test]
    fn rows_with_one_reason_are_told_together() {
        check(&[], &[]);
        let rows = [reason(2, "A", "E500: no"), reason(3, "", "E201: bad"), reason(4, "C", "E500: no")];
        let expect = [
            "rejected: row 2, SKU `A` and 1 more: E500: no",
            "  help: mend it",
            "rejected: row 3: E201: bad",
            "  help: mend it",
        ];
        check(&rows, &expect);
        check(&[Reason { sheet: "Products", help: "", ..rows[0] }], &["rejected: Products row 2, SKU `A`: E500: no"]);
    }

    #[test]
    fn of_many_reasons_the_first_are_told_and_the_others_counted() {
        let messages: Vec<String> = (0..9).map(|at| format!("E{at}")).collect();
        let rows: Vec<Reason<'_>> =
            messages.iter().map(|message| Reason { help: "", ..reason(2, "A", message) }).collect();
        let lines = told(rows.into_iter());
        assert_eq!((lines.len(), lines[5].as_str()), (6, "4 more rows for other reasons, which the report tells"));
    }
}
