//! The proof of a sheet: which of its cells an import would not read as the shop has them.
//!
//! It is made by what an import is made of: the rows are checked as a sheet and planned against the shop that they came
//! from, and no row may be anything but unchanged. A cell at fault is repeated in a column of ours, which tells an import
//! to leave it alone; then the rows are looked at once more, until nothing is left.

use std::collections::BTreeSet;

use crate::check::{Mode, Rules, check_and_keep};
use crate::column::{Choice, OWN_PREFIX, REPEATED_IMAGES, choose};
use crate::dialect::Dialect;
use crate::finding::{Finding, Severity};
use crate::plan::{Difference, Intent, Options, Plan, ShopProduct, ShopSnapshot, plan};
use crate::record::Country;
use crate::sheet::{Input, ReadOptions, Source, neutralised};

/// So many times are rows looked at again; then all cells of those that are left are repeated.
const ROUNDS: usize = 6;

/// Rows that are looked at together: all of their products.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// A cell for each heading.
    pub(super) rows: Vec<Vec<String>>,
    /// How many bytes they are.
    pub(super) size: usize,
    /// The place of each row in the whole sheet.
    pub(super) numbers: Vec<u64>,
    shop: ShopSnapshot,
    /// The product of each row, by its place in the batch.
    products: Vec<usize>,
    count: usize,
}

impl Batch {
    /// Takes a product, whose rows came before.
    pub(super) fn product(&mut self, product: ShopProduct) {
        self.shop.add_product(product);
        self.count += 1;
    }

    /// Takes a row of the product that comes next; `number` is its place in the whole sheet.
    pub(super) fn row(&mut self, number: u64, cells: Vec<String>) {
        self.numbers.push(number);
        self.size += cells.iter().map(String::len).sum::<usize>();
        self.rows.push(cells);
        self.products.push(self.count);
    }
}

/// The columns of a sheet, as far as the proof needs them.
#[derive(Debug)]
pub(super) struct Sheet<'a> {
    /// The headers.
    pub(super) headers: Vec<&'a str>,
    /// The columns of pictures, the first of which stands for all.
    pub(super) pictures: Vec<usize>,
    /// In which country the shop is.
    pub(super) country: Option<Country>,
}

/// A cell: its row in the batch and its column, from 0.
pub(super) type Odd = BTreeSet<(usize, usize)>;

impl Sheet<'_> {
    /// The cells of a batch that an import would refuse, or take for something else.
    pub(super) fn odd_cells(&self, batch: &Batch) -> Odd {
        let mut odd = Odd::new();
        for _ in 0..ROUNDS {
            let found = self.look(batch, &odd);
            let before = odd.len();
            odd.extend(found.cells);
            if odd.len() > before {
                continue;
            }
            if found.left.is_empty() {
                break;
            }
            let all = |row: usize| (0..self.headers.len()).map(move |column| (row, self.one_of_pictures(column)));
            odd.extend(found.left.into_iter().flat_map(all));
            odd.retain(|(row, column)| !batch.rows[*row][*column].is_empty());
        }
        odd
    }

    /// What is still odd where these cells are repeated.
    fn look(&self, batch: &Batch, odd: &Odd) -> Found {
        let repeated: Vec<usize> = odd.iter().map(|(_, column)| *column).collect::<BTreeSet<_>>().into_iter().collect();
        let bytes = self.written(batch, odd, &repeated);
        let mut findings: Vec<Finding> = Vec::new();
        let read = Source::open("export", Input::Bytes(bytes.into()), &ReadOptions::default()).ok();
        let tables = read.and_then(|source| choose(&source, &Choice::default()).ok()).unwrap_or_default();
        let rules = Rules { mode: Mode::Upsert, asks_shop: true, country: self.country, ..Rules::default() };
        let Ok(checked) = check_and_keep(&tables, &rules, &mut findings) else { return Found::all(batch) };
        let plan = plan(&checked, &batch.shop, &Dialect::SellerCenter.limits(), Options::default());
        let mut found = Found::default();
        let mut is_there = vec![false; batch.rows.len()];
        for row in &plan.rows {
            let Some(at) = (row.row as usize).checked_sub(2).filter(|at| *at < is_there.len()) else { continue };
            is_there[at] = true;
            if row.intent != Intent::Unchanged || row.image_request.is_some() {
                found.left.insert(at);
            }
        }
        found.left.extend((0..is_there.len()).filter(|at| !is_there[*at]));
        for finding in findings.iter().chain(&plan.findings).filter(|finding| finding.severity == Severity::Error) {
            let row = (finding.location.row as usize).checked_sub(2);
            let column = finding.location.column.and_then(|column| (column as usize).checked_sub(1));
            if let (Some(row), Some(column)) = (row, column.filter(|column| *column < self.headers.len())) {
                found.cells.insert((row, self.one_of_pictures(column)));
            }
        }
        self.add_changes(batch, &plan, &mut found);
        found.cells.retain(|(row, column)| batch.rows.get(*row).is_some_and(|cells| !cells[*column].is_empty()));
        found
    }

    /// What would be changed, or created.
    fn add_changes(&self, batch: &Batch, plan: &Plan, found: &mut Found) {
        let place = |row: u32| (row as usize).checked_sub(2).filter(|at| *at < batch.rows.len());
        for row in plan.rows.iter().filter(|row| matches!(row.intent, Intent::Create(_))) {
            // It is read as another SKU.
            found.cells.extend(place(row.row).zip(self.column("seller_sku")));
        }
        for request in 0..plan.requests.len() {
            for Difference { seller_sku, field, .. } in plan.differences(request) {
                let is_of = |row: &&crate::plan::PlannedRow| match &seller_sku {
                    Some(sku) => row.seller_sku == sku.as_str(),
                    None => row.intent == Intent::Update(Some(request)),
                };
                let rows: Vec<usize> = plan.rows.iter().filter(is_of).filter_map(|row| place(row.row)).collect();
                let products: BTreeSet<usize> = rows.iter().map(|at| batch.products[*at]).collect();
                let rows: Vec<usize> = match seller_sku {
                    Some(_) => rows,
                    None => (0..batch.rows.len()).filter(|at| products.contains(&batch.products[*at])).collect(),
                };
                let columns = self.columns_of(&field);
                found.cells.extend(rows.iter().flat_map(|at| columns.iter().map(|column| (*at, *column))));
            }
        }
    }

    /// The columns that give a field, by the name that a difference has.
    fn columns_of(&self, field: &str) -> Vec<usize> {
        if field == "images" {
            return self.pictures.first().copied().into_iter().collect();
        }
        let time = field.replace("_date", "_time");
        let names = [field.to_owned(), time, format!("attr.{field}"), format!("sku.{field}")];
        (0..self.headers.len()).filter(|at| names.iter().any(|name| name == self.headers[*at])).collect()
    }

    fn column(&self, header: &str) -> Option<usize> {
        self.headers.iter().position(|there| *there == header)
    }

    /// The pictures of a SKU are repeated together.
    fn one_of_pictures(&self, column: usize) -> usize {
        if self.pictures.contains(&column) { self.pictures[0] } else { column }
    }

    /// The rows as a CSV of ours.
    fn written(&self, batch: &Batch, odd: &Odd, repeated: &[usize]) -> Vec<u8> {
        let mut bytes = "\u{feff}".as_bytes().to_vec();
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(&mut bytes);
        let own = repeated.iter().map(|column| self.repeated_header(*column));
        let headers = self.headers.iter().map(|header| (*header).to_owned()).chain(own);
        // Writing to memory cannot fail.
        let _ = writer.write_record(headers.map(|header| neutralised(&header).into_owned()));
        for (at, cells) in batch.rows.iter().enumerate() {
            let own = repeated.iter().map(|column| match odd.contains(&(at, *column)) {
                true => self.repeated_cell(*column, cells),
                false => String::new(),
            });
            let texts = cells.iter().cloned().chain(own);
            let _ = writer.write_record(texts.map(|text| neutralised(&text).into_owned()));
        }
        let _ = writer.flush();
        drop(writer);
        bytes
    }

    /// The header of the column that repeats this one.
    pub(super) fn repeated_header(&self, column: usize) -> String {
        if self.pictures.contains(&column) {
            return REPEATED_IMAGES.to_owned();
        }
        format!("{OWN_PREFIX} {}", self.headers[column])
    }

    /// What stands in it.
    pub(super) fn repeated_cell(&self, column: usize, cells: &[impl AsRef<str>]) -> String {
        if !self.pictures.contains(&column) {
            return cells[column].as_ref().to_owned();
        }
        let shown = self.pictures.iter().map(|at| cells[*at].as_ref().trim()).filter(|text| !text.is_empty());
        shown.collect::<Vec<_>>().join(" ")
    }
}

/// What one look at a batch found.
#[derive(Debug, Default)]
struct Found {
    cells: Odd,
    /// Rows that are not unchanged.
    left: BTreeSet<usize>,
}

impl Found {
    fn all(batch: &Batch) -> Found {
        Found { cells: Odd::new(), left: (0..batch.rows.len()).collect() }
    }
}
