//! What the marketplace demands of each category, held against rows and products.
//!
//! The rule it keeps: a row is held against its own category, or, where its cell is empty, against that of its
//! product's other rows. That is known when all rows have been read: such a row is looked at once more then.
//!
//! What a category is not known to demand is not asked for: the marketplace may want more.

mod columns;
mod options;
mod schema;
#[cfg(test)]
mod tests;
mod value;

pub(super) use columns::Absent;

use std::collections::HashMap;
use std::sync::OnceLock;

use options::Options;
use schema::{Need, Schema, Shared, Slot, slot_of, weight};
use value::{Place, Values};

use super::demand::Demand;
use super::late::shown;
use super::{Mode, Rules};
use crate::category::{Categories, Level, Memo};
use crate::column::{Columns, Field, Table};
use crate::finding::Rule;
use crate::record::{CategoryId, Draft, Entry, Findings};

/// Brands that stand for none; every list of brands holds them.
const NO_BRANDS: [&str; 2] = ["No Brand", "OEM"];

/// What the categories demand of the tables of one check.
pub(super) struct Requirements<'a> {
    categories: &'a Categories,
    rules: &'a Rules,
    /// The numbers of all categories; a row's fingerprint names one by its place, from 1.
    numbers: Vec<u64>,
    places: HashMap<u64, u32>,
    shared: Shared<'a>,
    tables: Vec<OfTable<'a>>,
    brands: Option<Options<'a>>,
    memo: Memo<String>,
}

/// What stands beside one table.
struct OfTable<'a> {
    table: &'a Table,
    /// By the place of a category, from 0; made when the first of its rows is met.
    schemas: Vec<OnceLock<Option<Schema<'a>>>>,
    /// The bits of attributes, by place in [`Columns::attributes`], and of fields.
    bits: Vec<u64>,
    field_bits: Vec<(Field, u64)>,
}

/// What the categories say of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Judged {
    /// Its category, by place from 1; 0 for none that is known.
    pub(super) category: u32,
    /// The row names none.
    pub(super) is_blank: bool,
    /// Which shared attributes it does not give, as bits.
    pub(super) lacks: u64,
}

/// What is said once for a column and a category, at the first row of which it is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Once {
    pub(super) rule: Rule,
    /// The attribute, by place in [`Columns::attributes`].
    pub(super) place: usize,
    /// Its column, from 1; 0 for a constant.
    pub(super) column: u32,
    /// The category, by place from 1.
    pub(super) category: u32,
}

impl<'a> Requirements<'a> {
    /// Nothing where no categories are known.
    pub(super) fn of(tables: &'a [Table], rules: &'a Rules) -> Option<Requirements<'a>> {
        let categories = rules.categories.as_deref()?;
        let columns: Vec<&Columns> = tables.iter().map(|table| &table.columns).collect();
        let shared = Shared::of(categories, &columns);
        let numbers = categories.numbers();
        let places = numbers.iter().zip(1..).map(|(number, place)| (*number, place)).collect();
        let tables = tables.iter().map(|table| OfTable::new(table, numbers.len(), &shared)).collect();
        let brands = categories.brands().map(|brands| Options::of(brands.iter().map(String::as_str).chain(NO_BRANDS)));
        Some(Requirements { categories, rules, numbers, places, shared, tables, brands, memo: Memo::default() })
    }

    /// Holds a row against its own category.
    pub(super) fn judge(&self, draft: &Draft<'_>, table: usize, findings: &mut Findings<'_>) -> (Judged, Vec<Once>) {
        let number = draft.category_told().map(CategoryId::number);
        let category = number.and_then(|number| self.places.get(&number)).copied().unwrap_or(0);
        self.brand(draft, self.schema(table, category), category, findings);
        let once = self.judge_by(draft, table, category, findings);
        let is_blank = !draft.is_given(Field::Category);
        (Judged { category, is_blank, lacks: self.lacks(draft, table) }, once)
    }

    /// Holds a row against a category, its own or that of its product.
    pub(super) fn judge_by(
        &self,
        draft: &Draft<'_>,
        table: usize,
        category: u32,
        findings: &mut Findings<'_>,
    ) -> Vec<Once> {
        let mut once = Vec::new();
        if let Some(schema) = self.schema(table, category) {
            let row = Row { schema, place: category, table: self.tables[table].table };
            self.apply(row, draft, findings, &mut once);
        }
        once
    }

    /// What the rows of a product lack together, of what its category demands; `table` is that of its first row.
    pub(super) fn lacking(&self, table: usize, category: u32, lacks: u64) -> u64 {
        self.schema(table, category).map_or(0, |schema| schema.of_product & lacks)
    }

    /// Tells it at the product's first row.
    pub(super) fn tell_lacking(&self, table: usize, category: u32, lacking: u64, findings: &mut Findings<'_>) {
        let table = self.tables[table].table;
        for (_, name) in self.shared.all().filter(|(bit, _)| lacking & bit != 0) {
            let slot = slot_of(name, &table.columns);
            self.missing(&Missing { name, slot, place: category, of_product: true }, table, findings);
        }
    }

    /// The category demands something of this level for which the table has no column.
    pub(super) fn lacks_columns(&self, table: usize, category: u32, level: Level) -> bool {
        self.schema(table, category).is_some_and(|schema| match level {
            Level::Product => !schema.absent_of_product.is_empty(),
            Level::Sku => !schema.absent_of_sku.is_empty(),
        })
    }

    fn schema(&self, table: usize, place: u32) -> Option<&Schema<'a>> {
        let at = (place as usize).checked_sub(1)?;
        let of_table = &self.tables[table];
        let schema = of_table.schemas[at].get_or_init(|| {
            let attributes = self.categories.attributes(self.numbers[at])?;
            Some(Schema::of(attributes, &of_table.table.columns, &self.shared, self.rules))
        });
        schema.as_ref()
    }

    fn number(&self, place: u32) -> u64 {
        (place as usize).checked_sub(1).map_or(0, |at| self.numbers[at])
    }

    /// `Fashion > T-Shirts (6614)`
    fn shown(&self, place: u32) -> String {
        self.categories.shown(self.number(place))
    }

    fn lacks(&self, draft: &Draft<'_>, table: usize) -> u64 {
        let OfTable { bits, field_bits, .. } = &self.tables[table];
        let mut lacks = self.shared.all().fold(0, |all, (bit, _)| all | bit);
        if lacks == 0 {
            return 0;
        }
        // What is marked to be taken away has been told at its own cell.
        let marked = draft.marked_attributes().map(|(place, _)| place);
        let given = draft.placed_attributes().map(|(place, _)| place);
        for place in given.chain(draft.unusable_attributes()).chain(marked) {
            lacks &= !bits[place];
        }
        for (field, bit) in field_bits {
            if draft.is_given(*field) {
                lacks &= !bit;
            }
        }
        lacks
    }

    fn apply(&self, row: Row<'_, 'a>, draft: &Draft<'_>, findings: &mut Findings<'_>, once: &mut Vec<Once>) {
        let Row { schema, place: category, table } = row;
        let shown = || self.shown(category);
        for (place, entry) in draft.placed_attributes() {
            let told = |rule| Once { rule, place, column: entry.column, category };
            let Some(expected) = &schema.expected[place] else {
                once.push(told(Rule::UnlistedAttribute));
                continue;
            };
            if expected.is_misplaced {
                once.push(told(Rule::AttributeLevel));
            }
            let name = &expected.attribute.name;
            let place = Place { name, category: &shown, id: self.number(category), memo: &self.memo };
            expected.values.judge(entry, &place, findings);
        }
        for (place, entry) in draft.marked_attributes() {
            let Some(expected) = schema.expected[place].as_ref().filter(|expected| expected.attribute.mandatory) else {
                continue;
            };
            let name = &expected.attribute.name;
            let finding = findings.cell(Rule::MissingAttribute, name, entry);
            finding.message = format!("{name} is to be cleared, and {} demands it", shown());
            finding.help = "write a value, or leave the cell empty to keep what the shop has".to_owned();
        }
        for Need { name, slot } in &schema.of_sku {
            let is_there = match *slot {
                Slot::Attribute(at) => {
                    draft.has_attribute(at) || draft.marked_attributes().any(|(there, _)| there == at)
                }
                Slot::Field(field) => draft.is_given(field),
            };
            if !is_there {
                self.missing(&Missing { name, slot: Some(*slot), place: category, of_product: false }, table, findings);
            }
        }
    }

    fn missing(&self, missing: &Missing<'_>, table: &Table, findings: &mut Findings<'_>) {
        let Missing { name, slot, place, of_product } = *missing;
        let rule = match weight(slot, self.rules) {
            Demand::Needed => Rule::MissingAttribute,
            Demand::Advised => Rule::NeededToCreate,
            Demand::Unsaid => return,
        };
        let location = findings.location();
        let column =
            slot.and_then(|_| table.columns.column_meaning(name).or_else(|| field_column(slot, &table.columns)));
        let category = self.shown(place);
        let is_cleared = rule == Rule::MissingAttribute && self.rules.mode != Mode::Create;
        let finding = findings.row(rule);
        finding.field = Some(name.to_owned());
        finding.message = match (is_cleared, of_product) {
            (true, _) => format!("the empty cell of {name} would clear what {category} demands"),
            (false, true) => format!("no row of the product gives {name}, which {category} demands"),
            (false, false) => format!("{name} is empty, and {category} demands it"),
        };
        finding.help = match column {
            Some(column) => {
                finding.location = location.at(column);
                format!("fill in {}", finding.location.short())
            }
            None => format!("add a column {name} and fill it in"),
        };
        if rule == Rule::NeededToCreate {
            finding.help.push_str(", unless the shop has the SKU");
        }
    }

    /// The brand is one that the marketplace lists.
    fn brand(&self, draft: &Draft<'_>, schema: Option<&Schema<'a>>, place: u32, findings: &mut Findings<'_>) {
        let Some(entry) = draft.text(Field::Brand) else { return };
        if NO_BRANDS.contains(&entry.text) {
            return;
        }
        let of_category = schema.and_then(|schema| schema.brand.as_ref());
        let (brands, id) = match (of_category, &self.brands) {
            (Some(Values::One(brands)), _) => (brands, self.number(place)),
            (Some(_), _) | (None, None) => return,
            (None, Some(brands)) => (brands, 0),
        };
        let sent = entry.sent();
        if !brands.has(&sent) {
            self.unknown_brand(&sent, brands, (entry, id), findings);
        }
    }

    fn unknown_brand(
        &self,
        sent: &str,
        brands: &Options<'_>,
        (entry, id): (Entry<'_>, u64),
        findings: &mut Findings<'_>,
    ) {
        let category = || self.categories.shown(id);
        let place = Place { name: Field::Brand.name(), category: &category, id, memo: &self.memo };
        let help = value::advice(sent, brands, &place);
        let finding = findings.cell(Rule::UnknownBrand, Field::Brand.name(), entry);
        finding.message = format!("the marketplace does not list the brand `{}`", shown(sent));
        if let Some(help) = help {
            let says_so = help.contains("`No Brand`");
            finding.help = if says_so { help } else { format!("{help}; one without a brand is `No Brand`") };
        }
    }
}

/// A row beside its category.
#[derive(Clone, Copy)]
struct Row<'s, 'a> {
    schema: &'s Schema<'a>,
    place: u32,
    table: &'a Table,
}

/// What is missing, and of which category.
struct Missing<'n> {
    name: &'n str,
    slot: Option<Slot>,
    place: u32,
    of_product: bool,
}

fn field_column(slot: Option<Slot>, columns: &Columns) -> Option<u32> {
    match slot? {
        Slot::Field(field) => columns.column_of(field),
        Slot::Attribute(_) => None,
    }
}

impl<'a> OfTable<'a> {
    fn new(table: &'a Table, categories: usize, shared: &Shared<'a>) -> OfTable<'a> {
        let columns = &table.columns;
        let fields = shared.all().filter_map(|(bit, name)| match slot_of(name, columns)? {
            Slot::Field(field) => Some((field, bit)),
            Slot::Attribute(_) => None,
        });
        OfTable {
            table,
            schemas: (0..categories).map(|_| OnceLock::new()).collect(),
            bits: columns.attributes().iter().map(|kind| shared.bit(&kind.name)).collect(),
            field_bits: fields.collect(),
        }
    }
}
