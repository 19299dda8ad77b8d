//! Seller SKUs that were asked for and that no row has: which ones were meant.

use std::ops::ControlFlow;

use crate::column::{Field, Role, Table, resemblance};
use crate::sheet::SheetError;

/// How many are named for one that is absent.
const NAMED: usize = 3;

/// The seller SKUs of the sheet that are spelt most like `sku`, the nearest first: three at most, and none where none is
/// near. The sheet is read once more.
///
/// # Errors
/// The sheet cannot be read.
pub fn nearest_skus(tables: &[Table], sku: &str) -> Result<Vec<String>, SheetError> {
    let mut near: Vec<(f64, String)> = Vec::new();
    for table in tables {
        let Some(column) = table.columns.column_of(Field::SellerSku) else { continue };
        let mut take = |there: &str| {
            let Some(score) = resemblance(sku, there) else { return };
            if near.iter().any(|(_, known)| known == there) {
                return;
            }
            let at = near.partition_point(|(better, _)| *better >= score);
            near.insert(at, (score, there.to_owned()));
            near.truncate(NAMED);
        };
        table.source.read(&table.sheet, &mut |block| {
            let rows = block.rows().filter(|row| table.role(row) == Role::Record);
            rows.for_each(|row| take(row.cell(column as usize - 1).text.trim()));
            ControlFlow::Continue(())
        })?;
    }
    Ok(near.into_iter().map(|(_, sku)| sku).collect())
}
