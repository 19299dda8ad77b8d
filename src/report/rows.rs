//! The rows of the sheets, each with its verdict.
//!
//! The rule it keeps: every data row meets exactly its own verdict, or the walk ends in an error.

use std::ops::ControlFlow;

use super::ReportError;
use super::blamed::placed;
use crate::check::Filled;
use crate::column::{Role, Table};
use crate::sheet::{Block, Format, Layout, Row, SheetError};
use crate::verdict::{RowVerdict, Verdicts};

/// A data row and what became of it.
pub(super) struct Line<'a> {
    /// Its table, by place.
    pub(super) table: usize,
    pub(super) row: Row<'a>,
    pub(super) verdict: &'a RowVerdict,
    /// What stands behind the report's own columns.
    pub(super) beside: &'a [String],
}

/// What a walk meets, in the sheet's order.
pub(super) enum Step<'a> {
    /// A row above the header of the table at this place, blank or not, or an instruction below it.
    Aside { table: usize, row: Row<'a> },
    /// The header of the table at this place.
    Header { table: usize, row: Row<'a> },
    /// A row that holds a record.
    Data(Line<'a>),
}

/// What the rows show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Showing {
    /// The cells as they stand.
    Typed,
    /// What the check has read: merged cells count for each of their rows, and links are at their cells.
    Read,
}

/// Reads the tables in order, and calls `each` with what it meets.
pub(super) fn walk(
    tables: &[Table],
    verdicts: &Verdicts,
    showing: Showing,
    each: &mut dyn FnMut(Step<'_>) -> Result<(), ReportError>,
) -> Result<(), ReportError> {
    let mut met = 0;
    for (place, table) in tables.iter().enumerate() {
        let mut outcome = Ok(());
        read(table, showing, &mut |block| {
            for row in block.rows() {
                outcome = step(table, row, &verdicts.rows, &mut met).and_then(|verdict| match verdict {
                    Meeting::Aside => each(Step::Aside { table: place, row }),
                    Meeting::Header => each(Step::Header { table: place, row }),
                    Meeting::Verdict(verdict) => {
                        let verdict = &*placed(verdict, table);
                        each(Step::Data(Line { table: place, row, verdict, beside: &[] }))
                    }
                    Meeting::Nothing => Ok(()),
                });
                if outcome.is_err() {
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })?;
        outcome?;
    }
    if met != verdicts.rows.len() {
        return Err(ReportError::RowCount { expected: met, found: verdicts.rows.len() });
    }
    Ok(())
}

fn read(table: &Table, showing: Showing, each: &mut dyn FnMut(Block) -> ControlFlow<()>) -> Result<Layout, SheetError> {
    let Table { source, sheet, .. } = table;
    // Text has nothing beside its cells.
    if showing == Showing::Typed || source.format() == Format::Text {
        return source.read(sheet, each);
    }
    // What is merged is known only at the end of a reading.
    let layout = source.read(sheet, &mut |_| ControlFlow::Continue(()))?;
    source.read_again(sheet, &Filled::of(layout, table).filling(), each)
}

enum Meeting<'v> {
    Aside,
    Header,
    Verdict(&'v RowVerdict),
    /// A blank row, or a row for which no verdict is left; the count at the end tells of it.
    Nothing,
}

fn step<'v>(
    table: &Table,
    row: Row<'_>,
    verdicts: &'v [RowVerdict],
    met: &mut usize,
) -> Result<Meeting<'v>, ReportError> {
    match table.role(&row) {
        Role::Aside => return Ok(Meeting::Aside),
        Role::Header => return Ok(Meeting::Header),
        Role::Nothing => return Ok(Meeting::Nothing),
        Role::Record | Role::OtherHeader => {}
    }
    let verdict = verdicts.get(*met);
    *met += 1;
    match verdict {
        None => Ok(Meeting::Nothing),
        Some(verdict) if verdict.row == row.number() && *verdict.sheet == *table.sheet => Ok(Meeting::Verdict(verdict)),
        Some(verdict) => Err(ReportError::OtherRow {
            expected: table.location(row.number(), None).to_string(),
            found: match verdict.sheet.as_str() {
                "" => format!("row {}", verdict.row),
                sheet => format!("{sheet}!row {}", verdict.row),
            },
        }),
    }
}
