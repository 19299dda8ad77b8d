//! The cells of a sheet that can be put right with certainty.

use super::{Hidden, Rules, pass, reading};
use crate::column::Table;
use crate::location::Location;
use crate::record::{self, Findings, Fix, RepairLevel, RowReader};
use crate::sheet::{Row, SheetError};

/// Tells `each` cell that can be put right with certainty, whatever [`Rules::repair`] says, in the order of the sheet: a
/// row that is left out is left as it is. A sheet that is put right so reads as before. The tables are read two or three
/// times.
///
/// # Errors
/// The sheet cannot be read to its end.
pub fn fixes(tables: &[Table], rules: &Rules, each: &mut impl FnMut(Location, Fix)) -> Result<(), SheetError> {
    let rules = Rules { repair: RepairLevel::Safe, ..rules.clone() };
    let settled = pass::settled(tables, &rules)?;
    for (table, settled) in tables.iter().zip(&settled) {
        let mut take = |row: &Row<'_>| {
            if row.is_hidden() && rules.hidden == Hidden::Skip {
                return;
            }
            let draft = RowReader::new(table, &settled.reading).read(row, &mut Findings::new(table, row));
            if reading::is_example(&draft) || draft.is_flagged() || reading::ragged(row, table).is_some() {
                return;
            }
            for fix in record::fixes(row, table, &draft, &settled.reading) {
                each(table.location(row.number(), row.line()).at(fix.column), fix);
            }
        };
        reading::read_records(table, settled, &mut take)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
