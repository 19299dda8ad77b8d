//! What one category asks of the columns of one table.

use super::NO_BRANDS;
use super::options::Options;
use super::value::Values;
use crate::category::{Categories, CategoryAttribute, Level};
use crate::check::Rules;
use crate::check::demand::{Demand, clearing};
use crate::column::{Columns, Field, MANDATORY, Meaning, field_of_tag};
use crate::record::Clearing;

/// Where a table has an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// By place in [`Columns::attributes`].
    Attribute(usize),
    /// A field of ours.
    Field(Field),
}

/// An attribute that a category demands, and where the table has it.
#[derive(Debug)]
pub(super) struct Need<'a> {
    pub(super) name: &'a str,
    pub(super) slot: Slot,
}

/// What a category says of the column of an attribute.
#[derive(Debug)]
pub(super) struct Expected<'a> {
    pub(super) attribute: &'a CategoryAttribute,
    pub(super) values: Values<'a>,
    /// The category has it at the other level.
    pub(super) is_misplaced: bool,
}

/// What one category asks of the columns of one table.
#[derive(Debug)]
pub(super) struct Schema<'a> {
    /// By place in [`Columns::attributes`]; nothing for one that the category does not have.
    pub(super) expected: Vec<Option<Expected<'a>>>,
    /// The brands of this category alone, where it lists them.
    pub(super) brand: Option<Values<'a>>,
    /// What each SKU must give.
    pub(super) of_sku: Vec<Need<'a>>,
    /// The same, where the table has no column for it.
    pub(super) absent_of_sku: Vec<&'a str>,
    /// What some row of a product must give, as bits of [`Shared`].
    pub(super) of_product: u64,
    /// The same, where no table has a column for it.
    pub(super) absent_of_product: Vec<&'a str>,
}

/// The attributes of products that some category demands and some table has, by bit. A sheet with more of them than a
/// row's fingerprint has bits is not held against the rest.
#[derive(Debug, Default)]
pub(super) struct Shared<'a>(Vec<&'a str>);

impl<'a> Shared<'a> {
    pub(super) fn of(categories: &'a Categories, columns: &[&Columns]) -> Shared<'a> {
        let attributes = categories.pulled_categories().filter_map(|id| categories.attributes(id)).flatten();
        let demanded = attributes.filter(|attribute| attribute.mandatory && level_of(attribute) == Level::Product);
        let mut names: Vec<&str> = demanded.map(|attribute| attribute.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| columns.iter().any(|columns| slot_of(name, columns).is_some()));
        names.truncate(u64::BITS as usize);
        Shared(names)
    }

    /// The bit of an attribute; none where it has none.
    pub(super) fn bit(&self, name: &str) -> u64 {
        self.0.binary_search(&name).map_or(0, |at| 1 << at)
    }

    /// Every attribute with its bit.
    pub(super) fn all(&self) -> impl Iterator<Item = (u64, &'a str)> + '_ {
        self.0.iter().enumerate().map(|(at, name)| (1 << at, *name))
    }
}

/// Where a table has the attribute of that tag, which may be a field of ours.
pub(super) fn slot_of(name: &str, columns: &Columns) -> Option<Slot> {
    match field_of_tag(name) {
        Some(Meaning::Field(field)) => columns.has(field).then_some(Slot::Field(field)),
        Some(Meaning::Image(_) | Meaning::Skip | Meaning::Ignored | Meaning::Attribute(_)) => None,
        None => columns.attributes().iter().position(|kind| kind.name == name).map(Slot::Attribute),
    }
}

/// A field of ours stands where it stands, whatever the category says.
fn level_of(attribute: &CategoryAttribute) -> Level {
    match field_of_tag(&attribute.name) {
        Some(Meaning::Field(field)) if field.is_product_level() => Level::Product,
        Some(Meaning::Field(_)) => Level::Sku,
        Some(Meaning::Image(_) | Meaning::Skip | Meaning::Ignored | Meaning::Attribute(_)) | None => attribute.level,
    }
}

/// What we demand of every category, and pictures, which are sent by themselves, are not demanded twice.
fn is_ours(name: &str) -> bool {
    match field_of_tag(name) {
        Some(Meaning::Field(field)) => {
            MANDATORY.iter().any(|(mandatory, _)| *mandatory == field)
                || matches!(field, Field::AssociatedSku | Field::SpuId | Field::Active)
        }
        Some(Meaning::Image(_) | Meaning::Skip | Meaning::Ignored | Meaning::Attribute(_)) => true,
        None => false,
    }
}

/// An empty cell of it takes away what the shop has.
fn is_cleared_by_blanks(slot: Option<Slot>, rules: &Rules) -> bool {
    clearing(rules) == Clearing::Blank
        && match slot {
            Some(Slot::Attribute(_)) => true,
            Some(Slot::Field(field)) => field.is_clearable(),
            None => false,
        }
}

/// How it is told that a cell of the table is empty which the category demands.
pub(super) fn weight(slot: Option<Slot>, rules: &Rules) -> Demand {
    if is_cleared_by_blanks(slot, rules) { Demand::Needed } else { Demand::of(rules) }
}

/// The brands that a category lists, and with them those that stand for none.
fn brands(attribute: &CategoryAttribute) -> Values<'_> {
    match Values::of(attribute) {
        Values::One(_) => Values::One(Options::of(attribute.options.iter().map(String::as_str).chain(NO_BRANDS))),
        other @ (Values::Any | Values::Several(..) | Values::Number | Values::Date) => other,
    }
}

impl<'a> Schema<'a> {
    /// Of a category whose attributes are known.
    pub(super) fn of(
        attributes: &'a [CategoryAttribute],
        columns: &Columns,
        shared: &Shared<'a>,
        rules: &Rules,
    ) -> Schema<'a> {
        let expected = |kind: &crate::category::AttributeKind| {
            let attribute = attributes.iter().find(|attribute| attribute.name == kind.name)?;
            Some(Expected { attribute, values: Values::of(attribute), is_misplaced: attribute.level != kind.level })
        };
        let brand = attributes.iter().find(|attribute| attribute.name == Field::Brand.name());
        let mut schema = Schema {
            expected: columns.attributes().iter().map(expected).collect(),
            brand: brand.filter(|brand| !brand.options.is_empty()).map(brands),
            of_sku: Vec::new(),
            absent_of_sku: Vec::new(),
            of_product: 0,
            absent_of_product: Vec::new(),
        };
        for attribute in attributes.iter().filter(|attribute| attribute.mandatory && !is_ours(&attribute.name)) {
            let name = attribute.name.as_str();
            let slot = slot_of(name, columns);
            if weight(slot, rules) == Demand::Unsaid {
                continue;
            }
            match (level_of(attribute), slot, shared.bit(name)) {
                (Level::Sku, Some(slot), _) => schema.of_sku.push(Need { name, slot }),
                (Level::Sku, None, _) => schema.absent_of_sku.push(name),
                (Level::Product, None, 0) => schema.absent_of_product.push(name),
                (Level::Product, _, bit) => schema.of_product |= bit,
            }
        }
        schema
    }
}
