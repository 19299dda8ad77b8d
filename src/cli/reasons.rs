//! Why rows did not come to what they should: the reasons that a report tells row by row, gathered for a terminal.

use std::collections::HashMap;

use skuload::verdict::{Images, RowVerdict, Verdict};

use super::output::{counted, grouped, plain};

/// So many reasons are told; a report has all of them.
const TOLD: usize = 5;

/// As much of a reason is told.
const LONGEST: usize = 400;

/// The marketplace refused the row, or nobody can tell of it, or its pictures are not set. What is wrong with the sheet
/// is told at its cells, and why a run stopped is told by itself.
pub(super) fn is_short(row: &RowVerdict) -> bool {
    match row.verdict {
        Verdict::Rejected | Verdict::Unknown => true,
        Verdict::Created | Verdict::Updated | Verdict::Unchanged | Verdict::Exists => {
            !row.help.is_empty() && row.images != Images::Pending
        }
        Verdict::Invalid | Verdict::NotSent | Verdict::Skipped | Verdict::Planned => false,
    }
}

/// A message for each reason, with its first row and how many have it: `rejected: Sheet1 row 2, SKU `A` and 5 more:
/// E500: ...`. Below it what to do.
pub(super) fn told<'a>(rows: impl Iterator<Item = &'a RowVerdict>) -> Vec<String> {
    let mut groups: Vec<(&RowVerdict, u64)> = Vec::new();
    let mut places: HashMap<(Verdict, &str), usize> = HashMap::new();
    for row in rows {
        let place = *places.entry((row.verdict, &row.message)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, count)) => *count += 1,
            None => groups.push((row, 1)),
        }
    }
    let rest: u64 = groups.iter().skip(TOLD).map(|(_, count)| count).sum();
    let mut lines: Vec<String> = groups.iter().take(TOLD).flat_map(|(row, count)| lines(row, *count)).collect();
    if rest > 0 {
        lines.push(format!("{} for other reasons, which the report tells", counted(rest, "more row", "more rows")));
    }
    lines
}

fn lines(row: &RowVerdict, count: u64) -> Vec<String> {
    let more = if count > 1 { format!(" and {} more", grouped(count - 1)) } else { String::new() };
    let message: String = row.message.chars().take(LONGEST).collect();
    let mut lines = vec![format!("{}: {}{more}: {}", row.verdict, place(row), plain(&message))];
    if !row.help.is_empty() {
        lines.push(format!("  help: {}", plain(&row.help)));
    }
    lines
}

/// `row 12, SKU `A-1``
fn place(row: &RowVerdict) -> String {
    let sheet = if row.sheet.is_empty() { String::new() } else { format!("{} ", plain(&row.sheet)) };
    let sku = if row.seller_sku.is_empty() { String::new() } else { format!(", SKU `{}`", plain(&row.seller_sku)) };
    format!("{sheet}row {}{sku}", row.row)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(row: u32, sku: &str, message: &str) -> RowVerdict {
        RowVerdict {
            sheet: String::new(),
            row,
            seller_sku: sku.to_owned(),
            product: String::new(),
            verdict: Verdict::Rejected,
            images: Images::None,
            rule_or_code: String::new(),
            message: message.to_owned(),
            help: "mend it".to_owned(),
            also: Vec::new(),
            fields: Vec::new(),
            columns: Vec::new(),
            request: String::new(),
            attempts: 1,
        }
    }

    #[track_caller]
    fn check(rows: &[RowVerdict], expect: &[&str]) {
        assert_eq!(told(rows.iter()), expect);
    }

    #[test]
    fn rows_with_one_reason_are_told_together() {
        check(&[], &[]);
        let rows = [rejected(2, "A", "E500: no"), rejected(3, "", "E201: bad"), rejected(4, "C", "E500: no")];
        let expect = [
            "rejected: row 2, SKU `A` and 1 more: E500: no",
            "  help: mend it",
            "rejected: row 3: E201: bad",
            "  help: mend it",
        ];
        check(&rows, &expect);
        let [first, ..] = rows;
        let first = RowVerdict { sheet: "Products".to_owned(), help: String::new(), ..first };
        check(&[first], &["rejected: Products row 2, SKU `A`: E500: no"]);
    }

    #[test]
    fn of_many_reasons_the_first_are_told_and_the_others_counted() {
        let row = |at| RowVerdict { help: String::new(), ..rejected(2, "A", &format!("E{at}")) };
        let rows: Vec<RowVerdict> = (0..9).map(row).collect();
        let lines = told(rows.iter());
        assert_eq!((lines.len(), lines[5].as_str()), (6, "4 more rows for other reasons, which the report tells"));
    }
}
