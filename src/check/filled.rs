//! Which merged cells count for each of their rows: the one decision for whoever reads a table again.

use crate::category::Level;
use crate::column::{Table, Target};
use crate::sheet::{Area, Filling, Layout};

/// What is filled in when a table is read again.
#[derive(Debug, Default)]
pub(crate) struct Filled {
    /// Of the merged areas only those whose value counts for each of their rows.
    layout: Layout,
    columns: Vec<usize>,
}

impl Filled {
    /// Decides it for a table, from what its first reading told.
    pub(crate) fn of(mut layout: Layout, table: &Table) -> Filled {
        let columns = shared_columns(table);
        layout.merged.retain(|area| counts_for_each_row(area, table, &columns));
        Filled { layout, columns }
    }

    /// As a source takes it.
    pub(crate) fn filling(&self) -> Filling<'_> {
        Filling { layout: &self.layout, columns: &self.columns }
    }

    /// The areas that are filled.
    pub(super) fn areas(&self) -> &[Area] {
        &self.layout.merged
    }
}

/// An area of several data rows: one that begins in the header is no value.
pub(super) fn is_over_rows(area: &Area, table: &Table) -> bool {
    area.first_row < area.last_row && area.first_row >= table.first_row
}

fn counts_for_each_row(area: &Area, table: &Table, columns: &[usize]) -> bool {
    is_over_rows(area, table) && columns.contains(&(area.first_column as usize - 1))
}

/// The columns (from 0) that all SKUs of a product share.
fn shared_columns(table: &Table) -> Vec<usize> {
    let columns = &table.columns;
    let is_shared = |index: &usize| match columns.target(*index) {
        Target::Field(field) => field.is_product_level() || columns.key() == Some(*index),
        Target::Attribute(place) => columns.attributes()[place].level == Level::Product,
        Target::Image(_) | Target::Skip | Target::NotSent | Target::Unnamed => columns.key() == Some(*index),
    };
    (0..columns.headers().len()).filter(is_shared).collect()
}
