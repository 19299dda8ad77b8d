//! The shop's products -> a sheet that can be edited and imported again.
//!
//! What was read of the shop stands in a [`Spool`], a file, so that memory does not grow with the shop and a process that
//! was killed goes on. [`write()`] goes over it twice: for the columns, which differ by product, and for the rows.
//!
//! A row is a SKU. The columns are those of our template, by the names that `column` understands as they stand; then each
//! attribute of a product as `attr.NAME` and of a SKU as `sku.NAME`, in the order in which they appear; last what can be
//! read only, under [`OWN_PREFIX`](crate::column::OWN_PREFIX), which an import leaves out without a word. These also mark
//! a CSV as ours, so that texts which [`neutralised`](crate::sheet::neutralised) changed come back as they were.
//!
//! The rule it keeps: a value stands in the sheet as the shop has it, or the sheet says that it does not; and an import of
//! the sheet as it stands changes nothing, which a proof looks at before it is written.

mod error;
mod layout;
mod proof;
mod spool;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

pub use error::ExportError;
pub use spool::{Resumed, Spool};

use crate::plan::{ShopProduct, ShopSku, ShopStatus};
use crate::record::Country;
use crate::report::{Heading, ReportFormat, Shape, fits_a_workbook, write_table};
use crate::submit::Listed;
use layout::{Layout, WIDTH};
use proof::{Batch, Sheet};

/// The name of the sheet in a workbook, and what a line of JSON is.
const NAMES: (&str, &str) = ("Products", "sku");

/// What is written of what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Whether the columns of the stock that orders hold are there.
    pub stock: StockColumns,
    /// What becomes of deleted SKUs, which cannot be used again.
    pub deleted: Deleted,
    /// In which country the shop is: an import reads by it.
    pub country: Option<Country>,
}

/// Whether the columns of the stock that orders hold are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StockColumns {
    /// They are not.
    Without,
    /// They are.
    With,
}

/// What becomes of deleted SKUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// They are counted and left out.
    LeftOut,
    /// They are rows as others are.
    Written,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Products with a row.
    pub products: u64,
    /// Rows.
    pub skus: u64,
    /// Deleted SKUs that were left out.
    pub deleted: u64,
    /// Texts that are longer than a workbook's cell and were left out, each as the SKU and the column.
    pub too_long: Vec<(String, String)>,
}

/// So much is proved at once: rows, and bytes of their texts.
const BATCH: (usize, usize) = (2_000, 1 << 20);

/// Writes the sheet over an older one of that name; its ending says the format.
///
/// In a workbook, numbers are numbers with the decimals that the shop shows, and all else is text. A text that a cell of a
/// workbook cannot hold is left out, and told. JSON lines leave out what is empty.
///
/// In a sheet that can be imported, a cell that an import would refuse, or take for something else than the shop has, is
/// repeated in a column of ours: there the import leaves it alone until it is edited.
///
/// # Errors
/// An unwritable place, a spool that cannot be read, or more columns than a workbook has; then whatever stood at `path`
/// still stands there.
pub fn write(spool: &Spool, path: &Path, extent: Extent) -> Result<Written, ExportError> {
    let layout = learned(spool, extent)?;
    let format = ReportFormat::of(path);
    let mut headings = layout.headings();
    let own = headings.clone();
    let headers = own.iter().map(|heading| heading.text.as_str()).collect();
    let sheet = Sheet { headers, pictures: layout.pictures(), country: extent.country };
    let is_workbook = format == Some(ReportFormat::Xlsx);
    let odd = match format {
        Some(ReportFormat::Xlsx | ReportFormat::Csv) => odd_cells(spool, &layout, &sheet, extent, is_workbook)?,
        Some(ReportFormat::Jsonl | ReportFormat::Html) | None => Vec::new(),
    };
    let repeated: BTreeSet<usize> = odd.iter().map(|(_, column)| *column).collect();
    headings.extend(repeated.iter().map(|column| Heading {
        text: sheet.repeated_header(*column),
        width: WIDTH,
        shape: Shape::Text,
    }));
    let mut written = Written::default();
    let mut labels: HashSet<u64> = HashSet::new();
    let mut odd = odd.into_iter().peekable();
    write_table(path, NAMES, &headings, |rows| {
        spool.each(&mut |listed: &Listed| {
            let Listed { label, product } = listed;
            let (wanted, deleted): (Vec<&ShopSku>, Vec<&ShopSku>) =
                product.skus.iter().partition(|sku| extent.has(sku));
            written.deleted += deleted.len() as u64;
            // A product whose SKUs came in two answers is there twice, under one label.
            written.products += u64::from(!wanted.is_empty() && labels.insert(hash(label)));
            for sku in wanted {
                let mut cells = layout.cells(label, product, sku);
                if is_workbook {
                    shorten(&mut cells, sku, &own, &mut written.too_long);
                }
                let mut columns = Vec::new();
                while let Some((_, column)) = odd.next_if(|(row, _)| *row == written.skus) {
                    columns.push(column);
                }
                let cell = |column: &usize| match columns.contains(column) {
                    true => Cow::Owned(sheet.repeated_cell(*column, &cells)),
                    false => Cow::Borrowed(""),
                };
                let beside: Vec<Cow<'_, str>> = repeated.iter().map(cell).collect();
                let cells: Vec<&str> = cells.iter().chain(&beside).map(AsRef::as_ref).collect();
                rows.row(&cells)?;
                written.skus += 1;
            }
            Ok(())
        })
    })?;
    Ok(written)
}

/// The columns of all that is in the sheet.
fn learned(spool: &Spool, extent: Extent) -> Result<Layout, ExportError> {
    let mut layout = Layout::new(extent.stock);
    spool.each(&mut |listed| {
        if listed.product.skus.iter().any(|sku| extent.has(sku)) {
            layout.learn_product(&listed.product);
        }
        listed.product.skus.iter().filter(|sku| extent.has(sku)).for_each(|sku| layout.learn_sku(sku));
        Ok(())
    })?;
    Ok(layout)
}

/// The cells that are to be repeated: the row and the column, from 0, in order.
fn odd_cells(
    spool: &Spool,
    layout: &Layout,
    sheet: &Sheet<'_>,
    extent: Extent,
    is_workbook: bool,
) -> Result<Vec<(u64, usize)>, ExportError> {
    let headings = layout.headings();
    let (mut batch, mut odd, mut next) = (Batch::default(), Vec::new(), 0);
    let mut prove = |batch: &mut Batch| {
        let batch = std::mem::take(batch);
        odd.extend(sheet.odd_cells(&batch).into_iter().map(|(row, column)| (batch.numbers[row], column)));
    };
    spool.each(&mut |Listed { label, product }| {
        let mut shown = ShopProduct { skus: Vec::new(), ..product.clone() };
        for sku in product.skus.iter().filter(|sku| extent.has(sku)) {
            next += 1;
            // Nobody imports what is deleted.
            if sku.status == ShopStatus::Deleted {
                continue;
            }
            let mut cells = layout.cells(label, product, sku);
            if is_workbook {
                shorten(&mut cells, sku, &headings, &mut Vec::new());
            }
            batch.row(next - 1, cells.into_iter().map(Cow::into_owned).collect());
            shown.skus.push(sku.clone());
        }
        batch.product(shown);
        if batch.rows.len() >= BATCH.0 || batch.size >= BATCH.1 {
            prove(&mut batch);
        }
        Ok(())
    })?;
    prove(&mut batch);
    Ok(odd)
}

fn hash(label: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    label.hash(&mut hasher);
    hasher.finish()
}

/// A text that was cut would be taken for the merchant's own.
fn shorten(cells: &mut [Cow<'_, str>], sku: &ShopSku, headings: &[Heading], too_long: &mut Vec<(String, String)>) {
    for (cell, heading) in cells.iter_mut().zip(headings).filter(|(cell, _)| !fits_a_workbook(cell)) {
        *cell = "".into();
        too_long.push((sku.seller_sku.to_string(), heading.text.clone()));
    }
}

impl Extent {
    fn has(self, sku: &ShopSku) -> bool {
        match (&sku.status, self.deleted) {
            (ShopStatus::Deleted, Deleted::LeftOut) => false,
            (ShopStatus::Deleted, Deleted::Written) => true,
            (ShopStatus::Active | ShopStatus::Inactive | ShopStatus::Other(_), _) => true,
        }
    }
}

#[cfg(test)]
mod tests;
