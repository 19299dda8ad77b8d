//! The records of a checked sheet: what a plan is made of, and nothing else can be.

use std::collections::HashMap;
use std::sync::Arc;

use super::demand;
use super::gathered::{Gathered, Taken, defaults_beside};
use super::late::Said;
use super::settle::Settled;
use super::{Mode, Rules, Summary};
use crate::column::Table;
use crate::finding::{Finding, Rule, Severities, Severity};
use crate::location::Location;
use crate::record::{Cleared, DeadImage, GivenSku, Image, ImageUrl, PackedSku, Product, SellerSku};

/// A sheet that has been checked, with its records. Only `check` makes one.
#[derive(Debug)]
pub struct Checked {
    summary: Summary,
    mode: Mode,
    severities: Severities,
    tables: Vec<Table>,
    rows: Vec<KeptRow>,
    groups: Vec<Group>,
}

impl Checked {
    /// What the rows are for.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// What the user says of the severity of rules.
    #[must_use]
    pub fn severities(&self) -> &Severities {
        &self.severities
    }

    /// What the check counted.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The tables that were read.
    #[must_use]
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// Every data row, in the order of the sheet.
    #[must_use]
    pub fn rows(&self) -> &[KeptRow] {
        &self.rows
    }

    /// The products, in the order of their first rows.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Where a row stands.
    #[must_use]
    pub fn location(&self, row: &KeptRow) -> Location {
        self.tables[usize::from(row.table)].location(row.row, row.line)
    }

    /// Takes dead pictures on the web out of the records, and leaves the unclear ones in: `look` says of an address
    /// what came of looking at it, nothing where it is sound. The findings stand at their cells, in the order of the
    /// sheet, and have the severity that the rules of the check say; one of severity error keeps its row back.
    pub fn look_at_pictures(&mut self, look: impl Fn(&ImageUrl) -> Option<Look>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for row in &mut self.rows {
            let Some(mut sku) = row.given() else { continue };
            let before = findings.len();
            let location = self.tables[usize::from(row.table)].location(row.row, row.line);
            let mut columns = row.image_columns.iter().copied();
            let mut left = Vec::new();
            let dead_images = &mut sku.dead_images;
            sku.images.retain(|image| {
                let column = columns.next().unwrap_or(0);
                let look = match image {
                    Image::Url(url) => look(url),
                    Image::File(_) => None,
                };
                if let Some(look) = &look {
                    let location = if column == 0 { location.clone() } else { location.clone().at(column) };
                    let mut finding = look.finding(location).field("image").value(image.as_str());
                    finding.seller_sku = row.seller_sku.as_ref().map(ToString::to_string);
                    findings.extend(self.severities.judge(finding));
                }
                if let Some(Look::Dead(reason)) = look {
                    dead_images.push(DeadImage { image: image.as_str().into(), reason: reason.into() });
                    return false;
                }
                left.push(column);
                true
            });
            row.image_columns = left.into();
            row.sku = Some(PackedSku::of(&sku));
            let grave = findings[before..].iter().find(|finding| finding.severity == Severity::Error);
            if let Some(finding) = grave.filter(|_| row.fate == Fate::Sound) {
                row.fate = Fate::Invalid(Box::new(Fault::of(finding)));
            }
        }
        findings.iter().for_each(|finding| self.summary.count(finding));
        findings
    }
}

/// What came of looking at a picture on the web that is not known to be sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// It cannot be had, or is none that marketplaces take.
    Dead(String),
    /// Nobody answered: nothing is known of it.
    Unclear(String),
}

impl Look {
    fn finding(&self, location: Location) -> Finding {
        let (rule, message) = match self {
            Look::Dead(reason) => (Rule::DeadPicture, format!("the picture cannot be sent: {reason}")),
            Look::Unclear(reason) => (Rule::UnclearPicture, format!("the picture could not be looked at: {reason}")),
        };
        Finding::new(rule, location).message(message)
    }
}

/// What the check made of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It can be sent.
    Sound,
    /// It has an error.
    Invalid(Box<Fault>),
    /// It is left out on purpose; the text says why.
    Skipped(String),
}

/// What is wrong with a row: its first error gives the rule, the texts tell all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The rule's name.
    pub rule: &'static str,
    /// The other rules that the row breaks, each once.
    pub also: Vec<&'static str>,
    /// What is wrong, with the cell.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The columns, from 1 and each once, of the row's cells and headers that are at fault.
    pub columns: Vec<u32>,
}

impl Fault {
    /// The fault that a finding tells.
    #[must_use]
    pub fn of(finding: &Finding) -> Fault {
        let message = match finding.location.column {
            Some(_) => format!("{}: {}", finding.location.short(), finding.message),
            None => finding.message.clone(),
        };
        let columns = finding.location.column.into_iter().collect();
        Fault { rule: finding.rule.name(), also: Vec::new(), message, help: finding.help.clone(), columns }
    }

    /// Tells another error of the same row too.
    pub(crate) fn and(&mut self, more: Fault) {
        for rule in std::iter::once(more.rule).chain(more.also) {
            if rule != self.rule && !self.also.contains(&rule) {
                self.also.push(rule);
            }
        }
        for column in more.columns {
            if !self.columns.contains(&column) {
                self.columns.push(column);
            }
        }
        self.message = format!("{}; {}", self.message, more.message);
        if !self.help.contains(&more.help) {
            self.help = format!("{}; {}", self.help, more.help);
        }
    }
}

/// A data row.
#[derive(Debug)]
pub struct KeptRow {
    /// Which table, from 0.
    pub table: u16,
    /// Its row, from 1.
    pub row: u32,
    /// Its line in a text file.
    pub line: Option<u64>,
    /// Its seller SKU, where it has one.
    pub seller_sku: Option<SellerSku>,
    /// Its product, by place in [`Checked::groups`].
    pub group: usize,
    /// What it gives of its SKU, where it has one and its cells can be told to columns.
    pub sku: Option<PackedSku>,
    /// The columns of the record's pictures, from 1; 0 for one that stands in no cell. Rows share what is alike.
    pub image_columns: Arc<[u32]>,
    /// The first column, from 1, that only repeats what the shop had when the sheet was exported.
    pub repeated: Option<u32>,
    /// What the check made of it.
    pub fate: Fate,
}

impl KeptRow {
    /// The record of its SKU.
    #[must_use]
    pub fn given(&self) -> Option<GivenSku> {
        self.sku.as_ref()?.given()
    }
}

/// The rows of one product, wherever they stand.
#[derive(Debug)]
pub struct Group {
    /// Its name in reports: the key, the associated SKU or the name.
    pub label: String,
    /// What its SKUs share; a cell left empty takes the value of another row.
    pub product: Product,
    /// What the product shall not have any more: `description`, `model` and product attributes that no row gives.
    pub cleared: Vec<Cleared>,
    /// Its rows, by place in [`Checked::rows`].
    pub rows: Vec<usize>,
}

/// Where a row stands, and what its product is called.
pub(super) struct RowOfProduct {
    pub(super) table: u16,
    pub(super) row: u32,
    pub(super) line: Option<u64>,
    pub(super) seller_sku: Option<SellerSku>,
    pub(super) label: String,
    /// What stands for what no row of the product tells.
    pub(super) defaults: Product,
    /// What the row takes away from what the shop has of the product.
    pub(super) taken: Taken,
    pub(super) image_columns: Arc<[u32]>,
    pub(super) repeated: Option<u32>,
}

/// What is kept of a product beside its rows, until all of them are read.
struct Rest {
    defaults: Product,
    /// Nothing where no row takes anything away.
    gathered: Option<Box<Gathered>>,
}

/// Gathers rows into products while the sheet is read.
#[derive(Default)]
pub(super) struct Keeper {
    rows: Vec<KeptRow>,
    groups: Vec<Group>,
    /// Of each group, in order.
    rests: Vec<Rest>,
    places: HashMap<u64, usize>,
    /// What is told of each table as a whole, beside its columns.
    notes: Vec<Vec<Finding>>,
}

impl Keeper {
    /// Takes the next row of the sheet; `skipped` says why it is left out, `product` is what it says of its
    /// product, where that counts.
    pub(super) fn take(
        &mut self,
        place: RowOfProduct,
        product_key: u64,
        product: Option<Product>,
        sku: Option<PackedSku>,
        findings: &[Finding],
        skipped: Option<&'static str>,
    ) {
        let at = self.rows.len();
        let group = *self.places.entry(product_key).or_insert(self.groups.len());
        if group == self.groups.len() {
            self.groups.push(Group {
                label: place.label,
                product: Product::default(),
                cleared: Vec::new(),
                rows: Vec::new(),
            });
            self.rests.push(Rest { defaults: place.defaults, gathered: None });
        }
        if let Some(product) = product {
            fill(&mut self.groups[group].product, product);
            if !place.taken.is_empty() {
                self.rests[group].gathered.get_or_insert_default().add(place.taken);
            }
        }
        let fate = skipped.map_or_else(|| fate_of(findings), |reason| Fate::Skipped(reason.to_owned()));
        self.groups[group].rows.push(at);
        let RowOfProduct { table, row, line, seller_sku, mut image_columns, repeated, .. } = place;
        if let Some(last) = self.rows.last().filter(|last| last.image_columns == image_columns) {
            image_columns = Arc::clone(&last.image_columns);
        }
        self.rows.push(KeptRow { table, row, line, seller_sku, group, sku, image_columns, repeated, fate });
    }

    /// Adds what the second read said of row `at`.
    pub(super) fn add(&mut self, at: usize, said: &Said) {
        if said.is_repeated {
            self.rows[at].fate = Fate::Skipped("equal to an earlier row in every cell".to_owned());
            return;
        }
        if let Some((first, fault)) = &said.taints {
            self.spoil(*first, fault.clone());
        }
        for fault in faults(&said.lacks_columns).chain(faults(&said.findings)) {
            self.spoil(at, fault);
        }
    }

    /// Adds a fault to those of row `at`.
    fn spoil(&mut self, at: usize, fault: Fault) {
        spoil(&mut self.rows[at].fate, fault);
    }

    /// Takes what is told of whole tables: an error there keeps every row back.
    pub(super) fn note(&mut self, settled: &[Settled]) {
        self.notes = settled.iter().map(|settled| settled.notes.clone()).collect();
    }

    pub(super) fn finish(mut self, tables: &[Table], rules: &Rules, summary: Summary) -> Checked {
        for (group, rest) in self.groups.iter_mut().zip(self.rests) {
            if let Some(gathered) = rest.gathered {
                group.cleared = gathered.without(&group.product);
            }
            fill(&mut group.product, defaults_beside(rest.defaults, &group.cleared));
        }
        for (index, table) in tables.iter().enumerate() {
            let mut of_table = demand::of_columns(table, rules);
            of_table.extend(self.notes.get(index).into_iter().flatten().cloned());
            let Fate::Invalid(fault) = fate_of(&of_table) else { continue };
            for row in self.rows.iter_mut().filter(|row| usize::from(row.table) == index) {
                spoil(&mut row.fate, (*fault).clone());
            }
        }
        let severities = rules.severities.clone();
        Checked { summary, mode: rules.mode, severities, tables: tables.to_vec(), rows: self.rows, groups: self.groups }
    }
}

fn spoil(fate: &mut Fate, fault: Fault) {
    match fate {
        Fate::Invalid(there) => there.and(fault),
        Fate::Sound => *fate = Fate::Invalid(Box::new(fault)),
        Fate::Skipped(_) => {}
    }
}

fn faults(findings: &[Finding]) -> impl Iterator<Item = Fault> {
    findings.iter().filter(|finding| finding.severity == Severity::Error).map(Fault::of)
}

fn fate_of(findings: &[Finding]) -> Fate {
    let mut faults = faults(findings);
    let Some(mut first) = faults.next() else { return Fate::Sound };
    faults.for_each(|fault| first.and(fault));
    Fate::Invalid(Box::new(first))
}

/// Takes from `more` what `product` does not know yet.
fn fill(product: &mut Product, more: Product) {
    product.category = product.category.or(more.category);
    product.spu_id = product.spu_id.or(more.spu_id);
    fill_one(&mut product.associated_sku, more.associated_sku);
    fill_one(&mut product.name, more.name);
    fill_one(&mut product.short_description, more.short_description);
    fill_one(&mut product.description, more.description);
    fill_one(&mut product.brand, more.brand);
    fill_one(&mut product.model, more.model);
    for attribute in more.attributes {
        if !product.attributes.iter().any(|there| there.name == attribute.name) {
            product.attributes.push(attribute);
        }
    }
}

fn fill_one<T>(there: &mut Option<T>, more: Option<T>) {
    if there.is_none() {
        *there = more;
    }
}

#[cfg(test)]
impl Checked {
    /// Its rows and products, for tests that say what no sheet says.
    pub(crate) fn parts_mut(&mut self) -> (&mut [KeptRow], &mut [Group]) {
        (&mut self.rows, &mut self.groups)
    }
}
