//! What is remembered of each row: enough to know which rows must be looked at beside others.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, Hash};
use std::ops::Range;

use foldhash::quality::FixedState;

use super::category::{Absent, Judged, Requirements};
use super::demand::Demand;
use super::late::missing_columns;
use super::prints::Prints;
use crate::category::Level;
use crate::column::{Excuse, Field, GroupBy, MANDATORY, Table};
use crate::finding::Finding;
use crate::record::{Draft, Entry, trimmed};

/// Product-level fields that some row of a product must fill in, and what frees the product from each.
pub(super) fn shared_mandatory() -> impl Iterator<Item = (u8, Field, Excuse)> {
    let shared = MANDATORY.into_iter().filter(|(_, excuse)| *excuse != Excuse::Nothing);
    shared.enumerate().map(|(bit, (field, excuse))| (1 << bit, field, excuse))
}

/// What is remembered of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint {
    /// Its seller SKU in lower case; 0 for none.
    pub(super) sku: u64,
    /// Its product.
    pub(super) product: u64,
    /// What it says of the product.
    pub(super) shared: u64,
    /// Its variant attributes: what tells rows of one product apart, as far as these bits do.
    pub(super) variant: u32,
    /// The exact seller SKU: what tells SKUs apart that differ in case, as far as these bits do.
    pub(super) exact: u16,
    /// Which of [`shared_mandatory`] it leaves empty.
    pub(super) missing: u8,
    pub(super) has_spu: bool,
    pub(super) has_associated: bool,
    pub(super) has_variant: bool,
    /// Left out on purpose.
    pub(super) is_skipped: bool,
    /// Left out by `--only`: what it says of its product still fills in the other rows.
    pub(super) is_filler: bool,
    /// Its cells cannot be told to columns.
    pub(super) is_ragged: bool,
    /// How many values it gives of its product, as far as a byte counts.
    pub(super) fullness: u8,
    /// What the categories say of it.
    pub(super) judged: Judged,
}

/// Which rows are one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ProductKey<'a> {
    /// The value of the key column, or the row's own SKU where that is empty: a parent row is often so.
    Key(&'a str),
    /// The product that this SKU belongs to.
    Associated(&'a str),
    /// Name, category, brand and model.
    Name(&'a str, CategoryKey<'a>, [&'a str; 2]),
    /// No other row joins this one.
    Alone(u16, u32),
}

/// A category: its number, however it is written, or what stands there instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum CategoryKey<'a> {
    Number(u64),
    Text(&'a str),
}

impl<'a> ProductKey<'a> {
    /// Decides for one row (number `row` of table `table`).
    pub(super) fn of(draft: &'a Draft<'_>, group_by: &GroupBy, table: u16, row: u32) -> ProductKey<'a> {
        let text = |field: Field| draft.text(field).map(|entry| trimmed(entry.text));
        let by_name = || match text(Field::Name) {
            Some(name) => {
                let rest = [Field::Brand, Field::Model].map(|field| text(field).unwrap_or_default());
                let category = match draft.category_number(Field::Category.name()) {
                    Some(number) => CategoryKey::Number(number),
                    None => CategoryKey::Text(text(Field::Category).unwrap_or_default()),
                };
                ProductKey::Name(name, category, rest)
            }
            None => ProductKey::Alone(table, row),
        };
        match group_by {
            GroupBy::Nothing => ProductKey::Alone(table, row),
            GroupBy::Name => by_name(),
            GroupBy::Found | GroupBy::Column(_) => {
                let is_keyed = draft.columns().key().is_some();
                if let Some(key) = draft.key() {
                    ProductKey::Key(key)
                } else if let Some(associated) = draft.identifier(Field::AssociatedSku) {
                    ProductKey::Associated(associated)
                } else if is_keyed {
                    draft.identifier(Field::SellerSku).map_or(ProductKey::Alone(table, row), ProductKey::Key)
                } else {
                    by_name()
                }
            }
        }
    }

    /// The product's name in reports.
    pub(super) fn label(&self) -> Option<&'a str> {
        match *self {
            ProductKey::Key(text) | ProductKey::Associated(text) | ProductKey::Name(text, ..) => Some(text),
            ProductKey::Alone(..) => None,
        }
    }
}

/// The same in each run of the program: what two rows say is held beside each other across readings.
pub(super) fn hash_of(value: impl Hash) -> u64 {
    FixedState::default().hash_one(value)
}

/// What a row says of something that the rows of its product share.
pub(super) fn hash_of_shared(draft: &Draft<'_>, name: &str, entry: Entry<'_>) -> u64 {
    match draft.category_number(name) {
        Some(number) => hash_of(number),
        None => hash_of(trimmed(entry.text)),
    }
}

/// The hashes of what the row before says of its product, in the order in which it is said: most rows say the same.
#[derive(Debug, Default)]
pub(super) struct Hashes<'a>(Vec<(&'a str, &'a str, u64)>);

impl<'a> Hashes<'a> {
    /// The hash of what is said at place `at`.
    fn of(&mut self, at: usize, name: &'a str, text: &'a str) -> u64 {
        if self.0.len() <= at {
            self.0.resize(at + 1, ("", "", 0));
        }
        let there = &mut self.0[at];
        if !std::ptr::eq(there.0, name) || there.1 != text {
            *there = (name, text, hash_of((name, text)));
        }
        there.2
    }
}

impl Fingerprint {
    pub(super) fn of<'a>(
        draft: &Draft<'a>,
        key: ProductKey<'_>,
        demand: Demand,
        hashes: &mut Hashes<'a>,
    ) -> Fingerprint {
        let (sku, columns) = (draft.identifier(Field::SellerSku), draft.columns());
        // Columns may stand in another order in another sheet: sums do not mind.
        let mut shared = 0_u64;
        let mut fullness = 0_u8;
        for (at, (name, entry)) in draft.shared().enumerate() {
            fullness = fullness.saturating_add(1);
            shared = shared.wrapping_add(match draft.category_number(name) {
                Some(number) => hash_of((name, number)),
                None => hashes.of(at, name, trimmed(entry.text)),
            });
        }
        let mut variant = 0_u64;
        let mut has_variant = false;
        for (kind, entry) in draft.attributes().filter(|(kind, _)| kind.level == Level::Sku && kind.variant) {
            has_variant = true;
            variant = variant.wrapping_add(hash_of((&kind.name, trimmed(entry.text))));
        }
        let mut missing = 0;
        for (bit, field, excuse) in shared_mandatory().filter(|_| demand != Demand::Unsaid) {
            // Where the sheet lacks the column for all rows, the header has been told already.
            if (columns.has(field) || columns.may_excuse(excuse)) && !draft.is_given(field) {
                missing |= bit;
            }
        }
        Fingerprint {
            sku: sku.map_or(0, |sku| hash_of(sku.to_lowercase()).max(1)),
            product: hash_of(key),
            shared,
            variant: (variant >> 32) as u32,
            exact: sku.map_or(0, |sku| (hash_of(sku) >> 48) as u16),
            missing,
            has_spu: draft.is_given(Field::SpuId),
            has_associated: draft.is_given(Field::AssociatedSku),
            has_variant,
            is_skipped: false,
            is_filler: false,
            is_ragged: false,
            fullness,
            judged: Judged::default(),
        }
    }

    /// What it says is held beside what other rows say.
    pub(super) fn is_compared(&self) -> bool {
        !self.is_skipped && !self.is_ragged
    }
}

/// What must be said of a product beside its rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProductSuspicion {
    /// Its first row, by place among all rows.
    pub(super) first: usize,
    /// Its last row.
    pub(super) last: usize,
    /// Which of [`shared_mandatory`] no row fills in.
    pub(super) missing: u8,
    /// Its rows do not say the same.
    pub(super) disagrees: bool,
    /// Two rows have the same variant attributes.
    pub(super) is_alike: bool,
    /// No row has a variant attribute.
    pub(super) lacks_variant: bool,
    /// How many SKUs it has.
    pub(super) skus: usize,
    /// Rows that say as much of the product do not say the same.
    pub(super) is_split: bool,
    /// Its category, by place from 1; 0 for none that is known.
    pub(super) category: u32,
    /// What its category demands and no row gives, as bits.
    pub(super) lacking: u64,
    /// Only some of its rows name it.
    pub(super) is_unsettled: bool,
    /// Its category demands something for which a table lacks the column.
    pub(super) lacks_columns: bool,
}

impl ProductSuspicion {
    /// What is said of it where not every SKU is new: the shop may know the rest.
    fn as_far_as(self, demand: Demand) -> ProductSuspicion {
        let known = ProductSuspicion { is_alike: false, lacks_variant: false, ..self };
        match demand {
            Demand::Needed => self,
            Demand::Advised => known,
            Demand::Unsaid => ProductSuspicion { missing: 0, skus: 0, ..known },
        }
    }

    fn is_any(&self) -> bool {
        let of_category = self.lacking != 0 || self.is_unsettled || self.lacks_columns;
        let of_rows = self.disagrees || self.is_alike || self.lacks_variant || self.skus > super::late::MANY_SKUS;
        self.missing != 0 || of_category || of_rows
    }
}

/// What the whole sheet shows: who must be read again, and what to say then.
#[derive(Debug, Default)]
pub(super) struct Suspicions {
    /// Seller SKUs (lower case) on more than one row.
    pub(super) skus: HashSet<u64>,
    /// Products of which something must be said.
    pub(super) products: HashMap<u64, ProductSuspicion>,
    /// How many products there are.
    pub(super) product_count: usize,
    /// How many rows have a seller SKU.
    pub(super) sku_count: usize,
    /// How what a product lacks is said.
    pub(super) demand: Demand,
    /// Where columns are lacking that categories demand.
    pub(super) absent: BTreeSet<Absent>,
}

/// All rows, and what they are held against.
pub(super) struct Rows<'r, 'a> {
    pub(super) prints: &'r Prints,
    /// The place of each table's first row.
    pub(super) starts: &'r [usize],
    /// The sheet has a column for variant attributes.
    pub(super) expects_variants: bool,
    pub(super) requirements: Option<&'r Requirements<'a>>,
}

impl Rows<'_, '_> {
    fn table_of(&self, at: u32) -> usize {
        self.starts.partition_point(|start| *start <= at as usize).saturating_sub(1)
    }
}

impl Suspicions {
    /// Compares all rows.
    pub(super) fn of(all: &Rows<'_, '_>, demand: Demand) -> Suspicions {
        let ((sku_count, skus), of_products) =
            rayon::join(|| repeated_skus(all.prints), || Suspicions::of_products(all, demand));
        Suspicions { sku_count, skus, ..of_products }
    }

    fn of_products(all: &Rows<'_, '_>, demand: Demand) -> Suspicions {
        let prints = all.prints;
        let mut suspicions = Suspicions { demand, ..Suspicions::default() };
        let mut products: Vec<u64> = prints.products().collect();
        products.sort_unstable();
        let scattered: HashSet<u64> = repeated(&products).collect();
        drop(products);
        let (mut rows, mut fillers) = (Vec::new(), Vec::new());
        let mut look = |of_product: &[(u64, usize)]| {
            let stretches = of_product.iter().flat_map(|(_, stretch)| prints.of_stretch(*stretch));
            rows.clear();
            fillers.clear();
            for (at, print) in stretches {
                if print.is_filler {
                    fillers.push((at, print));
                } else if print.is_compared() {
                    rows.push((at, print));
                }
            }
            if rows.is_empty() {
                return;
            }
            suspicions.product_count += 1;
            let mut suspicion = suspect(&rows, &fillers, all).as_far_as(demand);
            if let Some(requirements) = all.requirements {
                let product = Product { rows: &rows, fillers: &fillers, all, requirements };
                product.suspect(&mut suspicion, &mut suspicions.absent);
            }
            if suspicion.is_any() {
                suspicions.products.insert(rows[0].1.product, suspicion);
            }
        };
        // The rows of nearly all products stand together, and are looked at as they stand in memory.
        let mut apart = Vec::new();
        for stretch in prints.products().zip(0..) {
            if scattered.contains(&stretch.0) {
                apart.push(stretch);
            } else {
                look(&[stretch]);
            }
        }
        apart.sort_unstable();
        apart.chunk_by(|a, b| a.0 == b.0).for_each(look);
        suspicions
    }

    /// What the header of `table` lacks for products that begin in it, on the rows `rows`.
    pub(super) fn missing_columns(&self, table: &Table, rows: &Range<usize>) -> Vec<Finding> {
        let begun = self.products.values().filter(|product| rows.contains(&product.first));
        let mut findings: Vec<Finding> =
            begun.flat_map(|product| missing_columns(product, table, self.demand)).collect();
        findings.sort_by(|a, b| a.field.cmp(&b.field));
        findings.dedup();
        findings
    }

    /// Nothing needs a second look.
    pub(super) fn is_empty(&self) -> bool {
        self.skus.is_empty() && self.products.is_empty()
    }
}

/// How many rows have a seller SKU, and those (lower case) on more than one row.
fn repeated_skus(prints: &Prints) -> (usize, HashSet<u64>) {
    let compared = prints.iter().filter(Fingerprint::is_compared);
    let mut skus: Vec<u64> = compared.map(|print| print.sku).filter(|sku| *sku != 0).collect();
    skus.sort_unstable();
    (skus.len(), repeated(&skus).collect())
}

/// What stands more than once in `sorted`.
fn repeated(sorted: &[u64]) -> impl Iterator<Item = u64> {
    sorted.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0])
}

/// A row with its place among all rows.
type Placed = (u32, Fingerprint);

/// The rows of a product, beside what its category demands.
struct Product<'r, 'a> {
    rows: &'r [Placed],
    fillers: &'r [Placed],
    all: &'r Rows<'r, 'a>,
    requirements: &'r Requirements<'a>,
}

impl Product<'_, '_> {
    fn suspect(&self, suspicion: &mut ProductSuspicion, absent: &mut BTreeSet<Absent>) {
        let Product { rows, fillers, all, requirements } = *self;
        let judged = |(_, print): &Placed| print.judged;
        let told = rows.iter().chain(fillers).map(judged).filter(|row| row.category != 0);
        let category = told.map(|row| row.category).next().unwrap_or(0);
        suspicion.category = category;
        for (at, print) in rows {
            let row = print.judged;
            suspicion.is_unsettled |= row.is_blank && category != 0;
            let own = if row.is_blank { category } else { row.category };
            let table = all.table_of(*at);
            if requirements.lacks_columns(table, own, Level::Sku) {
                suspicion.lacks_columns = true;
                absent.insert((table, own, Level::Sku));
            }
        }
        let is_excused = rows.iter().chain(fillers).any(|(_, print)| print.has_associated || print.has_spu);
        if is_excused {
            return;
        }
        let table = all.table_of(rows[0].0);
        let lacks = rows.iter().chain(fillers).fold(u64::MAX, |lacks, row| lacks & judged(row).lacks);
        suspicion.lacking = requirements.lacking(table, category, lacks);
        if requirements.lacks_columns(table, category, Level::Product) {
            suspicion.lacks_columns = true;
            absent.insert((table, category, Level::Product));
        }
    }
}

fn suspect(rows: &[Placed], fillers: &[Placed], all_rows: &Rows<'_, '_>) -> ProductSuspicion {
    let each = || rows.iter().map(|(_, print)| print);
    let all = || each().chain(fillers.iter().map(|(_, print)| print));
    let mut missing = all().fold(u8::MAX, |missing, print| missing & print.missing);
    let has_associated = all().any(|print| print.has_associated);
    let has_spu = all().any(|print| print.has_spu);
    for (bit, _, _) in shared_mandatory().filter(|(_, _, excuse)| excuse.holds(has_associated, has_spu)) {
        missing &= !bit;
    }
    let mut variants: Vec<u32> = each().map(|print| print.variant).collect();
    variants.sort_unstable();
    let mut skus: Vec<(u64, u16)> = each().map(|print| (print.sku, print.exact)).collect();
    skus.sort_unstable();
    skus.dedup();
    // What a row leaves to the others, as many do behind the first, contradicts none of them.
    let mut telling = each().filter(|print| print.fullness > 0);
    let disagrees = telling.next().is_some_and(|first| telling.any(|print| print.shared != first.shared));
    ProductSuspicion {
        first: rows[0].0 as usize,
        last: rows[rows.len() - 1].0 as usize,
        missing,
        disagrees,
        is_split: disagrees && is_split(each().map(|print| (print.fullness, print.shared)).collect()),
        is_alike: variants.windows(2).any(|pair| pair[0] == pair[1]),
        lacks_variant: all_rows.expects_variants && !each().any(|print| print.has_variant),
        skus: skus.len(),
        category: 0,
        lacking: 0,
        is_unsettled: false,
        lacks_columns: false,
    }
}

/// Rows that are as full say different things.
fn is_split(mut said: Vec<(u8, u64)>) -> bool {
    said.sort_unstable();
    said.dedup();
    said.windows(2).any(|pair| pair[0].0 == pair[1].0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_that_of_the_text_whatever_the_row_before_said() {
        let rows: [&[(&str, &str)]; 4] = [
            &[("name", "Shirt"), ("brand", "Acme")],
            &[("name", "Shirt"), ("brand", "Other"), ("model", "Shirt")],
            &[("brand", "Other"), ("model", "Shirt")],
            &[("name", "Other"), ("brand", "Acme")],
        ];
        let mut hashes = Hashes::default();
        for (at, (name, text)) in rows.iter().flat_map(|row| row.iter().enumerate()) {
            assert_eq!(hashes.of(at, name, text), hash_of((name, text)), "{name} {text}");
        }
    }
}
