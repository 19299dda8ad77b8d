//! What only the whole sheet can tell, said at its row during the second read.

use std::collections::HashMap;

use super::Fault;
use super::category::{Once, Requirements};
use super::demand::{Demand, advised};
use super::fingerprint::{Fingerprint, ProductSuspicion, Suspicions, hash_of, hash_of_shared, shared_mandatory};
use super::majority::Majorities;
use super::row::missing;
use crate::category::Level;
use crate::column::{Field, Table, missing_column};
use crate::finding::{Finding, Rule};
use crate::location::Location;
use crate::record::{Draft, Findings};
use crate::sheet::Row;

/// Above it, servers have been seen to time out.
pub(super) const MANY_SKUS: usize = 50;

/// How much of another cell's value a message shows.
const SHOWN: usize = 40;

/// What the second read says of one row.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Its findings.
    pub(super) findings: Vec<Finding>,
    /// It is equal to an earlier row and left out.
    pub(super) is_repeated: bool,
    /// Columns that its product needs and the sheet lacks, which are told at the header.
    pub(super) lacks_columns: Vec<Finding>,
    /// What is said only if no row before it has led to the same.
    pub(super) once: Vec<Once>,
    /// An earlier row (by place) that is at fault as well, and why.
    pub(super) taints: Option<(usize, Fault)>,
}

struct SeenSku {
    text: String,
    at: usize,
    location: Location,
    cells: u64,
}

struct SeenValue {
    hash: u64,
    at: Location,
    shown: String,
}

/// What has been seen of a product, until its last row.
#[derive(Default)]
struct SeenProduct {
    values: HashMap<String, SeenValue>,
    variants: HashMap<u64, Location>,
}

/// A row that is looked at, number `at` among all rows.
#[derive(Clone, Copy)]
pub(super) struct Here<'a> {
    pub(super) at: usize,
    pub(super) print: &'a Fingerprint,
    pub(super) row: &'a Row<'a>,
    pub(super) draft: &'a Draft<'a>,
    pub(super) table: &'a Table,
    /// The table's place.
    pub(super) index: usize,
}

/// Walks the rows in the sheet's order for the second time.
pub(super) struct Late<'r, 'a> {
    suspicions: &'r Suspicions,
    requirements: Option<&'r Requirements<'a>>,
    majorities: Majorities,
    skus: HashMap<u64, Vec<SeenSku>>,
    products: HashMap<u64, SeenProduct>,
}

impl<'r, 'a> Late<'r, 'a> {
    pub(super) fn new(
        suspicions: &'r Suspicions,
        requirements: Option<&'r Requirements<'a>>,
        majorities: Majorities,
    ) -> Late<'r, 'a> {
        Late { suspicions, requirements, majorities, skus: HashMap::new(), products: HashMap::new() }
    }

    /// The row concerns something that must be said.
    pub(super) fn concerns(&self, print: &Fingerprint) -> bool {
        self.suspicions.skus.contains(&print.sku) || self.suspicions.products.contains_key(&print.product)
    }

    /// Looks at a row that is concerned.
    pub(super) fn look(&mut self, here: &Here<'_>) -> Said {
        let Here { at, print, row, draft, table, .. } = *here;
        let mut findings = Findings::new(table, row);
        let mut said = Said::default();
        let mut is_duplicate = false;
        if self.suspicions.skus.contains(&print.sku) {
            is_duplicate = self.sku(at, print.sku, row, draft, &mut findings, &mut said);
        }
        if said.is_repeated {
            said.findings = findings.into_sorted(draft.seller_sku().as_ref().map(|sku| sku.as_str()));
            return said;
        }
        if let Some(product) = self.suspicions.products.get(&print.product) {
            if product.first == at {
                let demand = self.suspicions.demand;
                first_row(product, demand, table, &mut findings);
                said.lacks_columns = missing_columns(product, table, demand);
            }
            self.of_category(here, product, &mut findings, &mut said);
            if product.disagrees {
                self.conflicts(print.product, draft, &mut findings);
            }
            if product.is_alike && !is_duplicate {
                self.alike(print.product, draft, &mut findings);
            }
            if product.last == at {
                self.products.remove(&print.product);
            }
        }
        said.findings = findings.into_sorted(draft.seller_sku().as_ref().map(|sku| sku.as_str()));
        said
    }

    /// What the category of the product demands of it, and of a row that names none.
    fn of_category(&self, here: &Here<'_>, product: &ProductSuspicion, findings: &mut Findings<'_>, said: &mut Said) {
        let Some(requirements) = self.requirements else { return };
        let Here { at, print, draft, index, .. } = *here;
        let is_blank = print.judged.is_blank;
        if product.first == at {
            requirements.tell_lacking(index, product.category, product.lacking, findings);
        }
        if is_blank {
            said.once = requirements.judge_by(draft, index, product.category, findings);
        }
        if product.lacks_columns {
            let own = if is_blank { product.category } else { print.judged.category };
            let of_sku = (index, own, Level::Sku);
            let of_product = (index, product.category, Level::Product);
            let concerning = [Some(of_sku), (product.first == at).then_some(of_product)].into_iter().flatten();
            let lacking = concerning.filter(|absent| self.suspicions.absent.contains(absent)).collect();
            said.lacks_columns.extend(requirements.absent_columns(index, &lacking));
        }
    }

    /// Answers whether the seller SKU stood on an earlier row.
    fn sku(
        &mut self,
        at: usize,
        fingerprint: u64,
        row: &Row<'_>,
        draft: &Draft<'_>,
        findings: &mut Findings<'_>,
        said: &mut Said,
    ) -> bool {
        let (Some(entry), Some(sku)) = (draft.text(Field::SellerSku), draft.seller_sku()) else { return false };
        let cells = hash_of(row.cells().map(|cell| cell.text).collect::<Vec<_>>());
        let seen = self.skus.entry(fingerprint).or_default();
        let same: Vec<&SeenSku> = seen.iter().filter(|seen| seen.text == sku.as_str()).collect();
        let here = findings.location();
        if let Some(equal) = same.iter().find(|seen| seen.cells == cells) {
            findings.row(Rule::DuplicateRow).message = format!(
                "row {} is equal to row {} in every cell and is skipped",
                here.row,
                place(&equal.location, &here)
            );
            said.is_repeated = true;
            return true;
        }
        if let Some(first) = same.first() {
            let finding = findings.cell(Rule::DuplicateSku, "seller_sku", entry);
            finding.message = format!(
                "seller SKU `{sku}` stands on row {} and again on row {}",
                place(&first.location, &here),
                here.row
            );
            // The cell is that of another row.
            said.taints = Some((first.at, Fault { columns: Vec::new(), ..Fault::of(finding) }));
            return true;
        }
        if let Some(other) = seen.first() {
            findings.cell(Rule::SimilarSku, "seller_sku", entry).message = format!(
                "seller SKU `{sku}` and `{}` on row {} differ only in upper and lower case",
                other.text,
                place(&other.location, &here)
            );
        }
        seen.push(SeenSku { text: sku.to_string(), at, location: here, cells });
        false
    }

    fn conflicts(&mut self, product: u64, draft: &Draft<'_>, findings: &mut Findings<'_>) {
        let row = findings.location();
        let values = &mut self.products.entry(product).or_default().values;
        for (name, entry) in draft.shared() {
            let hash = hash_of_shared(draft, name, entry);
            // What stands for empty cells contradicts nothing.
            if entry.column == 0 {
                continue;
            }
            let here = row.at(entry.column);
            if let Some(common) = self.majorities.common(product, name) {
                if common.hash != hash {
                    let there = cell(&common.at, &here);
                    let finding = findings.cell(Rule::ProductConflict, name, entry);
                    finding.message = format!(
                        "{name} is `{}` here and `{}` on most rows of the product, such as {there}",
                        shown(entry.text),
                        common.shown
                    );
                    finding.help = format!("make {} equal to {there}, or leave it empty", here.short());
                }
                continue;
            }
            let Some(seen) = values.get(name) else {
                values.insert(name.to_owned(), SeenValue { hash, at: row.at(entry.column), shown: shown(entry.text) });
                continue;
            };
            if seen.hash != hash {
                let there = cell(&seen.at, &here);
                let finding = findings.cell(Rule::ProductConflict, name, entry);
                finding.message = format!(
                    "{name} is `{}` here and `{}` in {there}, on rows of one product",
                    shown(entry.text),
                    seen.shown
                );
                finding.help = format!("make {} and {there} equal, or leave one of them empty", here.short());
            }
        }
    }

    fn alike(&mut self, product: u64, draft: &Draft<'_>, findings: &mut Findings<'_>) {
        let variants = draft.attributes().filter(|(kind, _)| kind.level == Level::Sku && kind.variant);
        let mut variants: Vec<(&str, &str)> =
            variants.map(|(kind, entry)| (kind.name.as_str(), entry.text.trim())).collect();
        variants.sort_unstable();
        let here = findings.location();
        let seen = &mut self.products.entry(product).or_default().variants;
        let Some(first) = seen.get(&hash_of(&variants)) else {
            seen.insert(hash_of(&variants), here);
            return;
        };
        let other = place(first, &here);
        let finding = findings.row(Rule::VariantsAlike);
        let named: Vec<String> = variants.iter().map(|(name, value)| format!("{name} `{value}`")).collect();
        finding.message = if named.is_empty() {
            format!("rows {other} and {} are SKUs of one product, and neither has a variant attribute", here.row)
        } else {
            format!("rows {other} and {} are SKUs of one product, and both have {}", here.row, named.join(", "))
        };
    }
}

fn first_row(product: &ProductSuspicion, demand: Demand, table: &Table, findings: &mut Findings<'_>) {
    for (bit, field, _) in shared_mandatory() {
        if product.missing & bit != 0 && table.columns.has(field) {
            missing(field, demand, table, findings);
        }
    }
    if product.lacks_variant && product.skus <= 1 {
        findings.row(Rule::NoSkuAttribute);
    }
    if product.skus > MANY_SKUS {
        findings.row(Rule::ManySkus).message =
            format!("the product has {} SKUs, and servers have been seen to time out above {MANY_SKUS}", product.skus);
    }
}

/// What the header lacks for a product that nothing excuses from it.
pub(super) fn missing_columns(product: &ProductSuspicion, table: &Table, demand: Demand) -> Vec<Finding> {
    let lacking = shared_mandatory().filter(|(bit, field, _)| product.missing & bit != 0 && !table.columns.has(*field));
    let told = lacking.map(|(_, field, _)| missing_column(field, &table.header));
    match demand {
        Demand::Needed => told.collect(),
        Demand::Advised => told.map(|finding| advised(&finding)).collect(),
        Demand::Unsaid => Vec::new(),
    }
}

/// A row beside another: its number, and its sheet where that is a different one.
fn place(there: &Location, here: &Location) -> String {
    match &there.sheet {
        Some(sheet) if here.sheet.as_ref() != Some(sheet) => format!("{} of `{sheet}`", there.row),
        _ if there.file != here.file => format!("{} of {}", there.row, there.file),
        _ => there.row.to_string(),
    }
}

/// A cell beside another: `H12`, with its sheet or file where that is a different one.
fn cell(there: &Location, here: &Location) -> String {
    if there.file == here.file && there.sheet == here.sheet { there.short() } else { there.to_string() }
}

pub(super) fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
