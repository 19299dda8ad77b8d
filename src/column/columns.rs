//! The columns of one table: what each header was taken for, and what was found wrong with them.

use std::collections::HashMap;

use super::alias::folded;
use super::repeats::Repeats;
use super::resolve::Resolver;
use super::said::Said;
use super::{Choice, ColumnError, Currency, Excuse, Field, Unit};
use crate::category::{self, AttributeKind, Level};
use crate::finding::Finding;
use crate::location::Location;

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// A field.
    Field(Field),
    /// A picture, or a list of them; columns are taken in this order.
    Image(u32),
    /// An attribute, by its place in [`Columns::attributes`].
    Attribute(usize),
    /// A mark that its row is left out.
    Skip,
    /// Nothing that is sent.
    NotSent,
    /// It has no header.
    Unnamed,
}

/// What each column means, and the constants that stand for columns the sheet lacks.
#[derive(Debug, Clone)]
pub struct Columns {
    pub(super) headers: Vec<String>,
    pub(super) targets: Vec<Target>,
    pub(super) attributes: Vec<AttributeKind>,
    pub(super) constants: Vec<(Target, String)>,
    pub(super) fields: [Option<u32>; Field::COUNT],
    pub(super) key: Option<usize>,
    pub(super) has_own_column: bool,
    pub(super) has_unnamed: bool,
    pub(super) is_export: bool,
    pub(super) repeats: Repeats,
    /// By column, from 0: the unit and the currency that the header names.
    pub(super) units: Vec<Option<Unit>>,
    pub(super) currencies: Vec<Option<Currency>>,
    pub(super) defaults: Vec<(Target, String)>,
    pub(super) values: HashMap<Target, Values>,
}

/// What stands for the values of a column.
#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    exact: HashMap<String, String>,
    /// By the values' folded form; nothing where two that differ in case only are to become different things.
    folded: HashMap<String, Option<String>>,
}

impl Values {
    pub(super) fn of(pairs: &[(String, String)]) -> Values {
        let mut values = Values::default();
        for (from, to) in pairs {
            values.exact.insert(from.trim().to_owned(), to.clone());
            let folded = values.folded.entry(folded(from)).or_insert_with(|| Some(to.clone()));
            if folded.as_ref().is_some_and(|there| there != to) {
                *folded = None;
            }
        }
        values
    }

    /// These, and of what was there before whatever they leave alone.
    pub(super) fn replace(&mut self, pairs: &[(String, String)]) {
        let Values { exact, folded } = Values::of(pairs);
        self.exact.retain(|from, _| !folded.contains_key(&self::folded(from)));
        self.exact.extend(exact);
        self.folded.extend(folded);
    }

    fn get(&self, text: &str) -> Option<&str> {
        let exact = self.exact.get(text.trim());
        exact.or_else(|| self.folded.get(&folded(text))?.as_ref()).map(String::as_str)
    }
}

impl Columns {
    /// Settles every header of the row at `header`; bad headers become findings.
    ///
    /// # Errors
    /// A mapping, constant or grouping that names what is not there.
    pub fn resolve(
        headers: Vec<String>,
        choice: &Choice,
        header: &Location,
    ) -> Result<(Columns, Vec<Finding>), ColumnError> {
        Columns::settle(headers, &[], choice, header)
    }

    /// The same, where rows beside the header say in what a column is written.
    pub(super) fn settle(
        headers: Vec<String>,
        said: &[Said],
        choice: &Choice,
        header: &Location,
    ) -> Result<(Columns, Vec<Finding>), ColumnError> {
        let mut resolver = Resolver::new(headers.len(), said, choice, header);
        for (index, text) in headers.iter().enumerate() {
            resolver.column(index, text)?;
        }
        resolver.finish(headers)
    }

    /// The headers as typed, from column 1.
    #[must_use]
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// What column `index` (from 0) is; columns beyond the header have no name.
    #[must_use]
    pub fn target(&self, index: usize) -> Target {
        self.targets.get(index).copied().unwrap_or(Target::Unnamed)
    }

    /// The attributes that columns and constants carry.
    #[must_use]
    pub fn attributes(&self) -> &[AttributeKind] {
        &self.attributes
    }

    /// Values that stand for columns the sheet lacks (`--set`).
    #[must_use]
    pub fn constants(&self) -> &[(Target, String)] {
        &self.constants
    }

    /// The unit that the header of column `index` (from 0) names, or an instruction below it, as in `Weight (g)`.
    #[must_use]
    pub fn unit(&self, index: usize) -> Option<Unit> {
        self.units.get(index).copied().flatten()
    }

    /// The currency that the header of column `index` (from 0) names, or an instruction below it, as in
    /// `Price (THB)`.
    #[must_use]
    pub fn currency(&self, index: usize) -> Option<Currency> {
        self.currencies.get(index).copied().flatten()
    }

    /// Values for cells that are empty (`[defaults]`).
    #[must_use]
    pub fn defaults(&self) -> &[(Target, String)] {
        &self.defaults
    }

    /// What stands for `text` in the cells of `target` (`[values.FIELD]`); white space at the ends does not
    /// matter, and case only where the settings name both cases.
    #[must_use]
    #[inline]
    pub fn value_for(&self, target: Target, text: &str) -> Option<&str> {
        if self.values.is_empty() {
            return None;
        }
        self.values.get(&target)?.get(text)
    }

    /// The column of a field, from 1.
    #[must_use]
    pub fn column_of(&self, field: Field) -> Option<u32> {
        self.fields[field.index()]
    }

    /// What a mapping calls column `index` (from 0): `price`, `package_weight (g)`, `sku.flavour`; nothing where
    /// it is not sent.
    #[must_use]
    pub fn name_of(&self, index: usize) -> Option<String> {
        let field = match self.target(index) {
            Target::Field(field) => field,
            Target::Image(0) => return Some("main_image".to_owned()),
            Target::Image(slot @ 1..=8) => return Some(format!("image_{slot}")),
            Target::Image(_) => return Some("image".to_owned()),
            Target::Attribute(place) => return self.attributes.get(place).map(attribute_name),
            Target::Skip => return Some("skip".to_owned()),
            Target::NotSent | Target::Unnamed => return None,
        };
        Some(match (self.unit(index), self.currency(index)) {
            (Some(unit), _) => format!("{field} ({})", unit.symbol()),
            (None, Some(currency)) => format!("{field} ({})", currency.code()),
            (None, None) => field.name().to_owned(),
        })
    }

    /// The column that a field or an attribute of this name is read from.
    pub(crate) fn column_meaning(&self, name: &str) -> Option<u32> {
        if let Some(field) = Field::named(name) {
            return self.column_of(field);
        }
        let is_named = |target: &Target| match *target {
            Target::Attribute(place) => self.attributes[place].name == name,
            Target::Field(_) | Target::Image(_) | Target::Skip | Target::NotSent | Target::Unnamed => false,
        };
        Some(self.targets.iter().position(is_named)? as u32 + 1)
    }

    /// The field comes from a column or a constant.
    #[must_use]
    pub fn has(&self, field: Field) -> bool {
        self.column_of(field).is_some() || self.constants.iter().any(|(target, _)| *target == Target::Field(field))
    }

    /// The sheet has what may free its products from a field: then the rows tell, not the header.
    #[must_use]
    pub fn may_excuse(&self, excuse: Excuse) -> bool {
        excuse.holds(self.has(Field::AssociatedSku), self.has(Field::SpuId))
    }

    /// Some column holds pictures.
    #[must_use]
    pub fn has_image(&self) -> bool {
        (0..self.headers().len()).any(|index| matches!(self.target(index), Target::Image(_)))
    }

    /// Some column or constant is an attribute that tells variants apart.
    #[must_use]
    pub fn has_variant_attribute(&self) -> bool {
        self.attributes.iter().any(|kind| kind.variant)
    }

    /// One of our own files: it has a column that we added.
    #[must_use]
    pub fn has_own_column(&self) -> bool {
        self.has_own_column
    }

    /// Some column has no header.
    #[must_use]
    pub fn has_unnamed(&self) -> bool {
        self.has_unnamed
    }

    /// The sheet is one that our own export wrote.
    #[must_use]
    pub fn is_export(&self) -> bool {
        self.is_export
    }

    /// Columns of ours that repeat others.
    pub(crate) fn repeats(&self) -> &Repeats {
        &self.repeats
    }

    /// The column (from 0) whose values tell which rows are one product.
    #[must_use]
    pub fn key(&self) -> Option<usize> {
        self.key
    }
}

/// An attribute as a mapping names it.
fn attribute_name(kind: &AttributeKind) -> String {
    match (category::known(&kind.name), kind.level) {
        (Some(known), level) if known.level == level => kind.name.clone(),
        (_, Level::Product) => format!("attr.{}", kind.name),
        (_, Level::Sku) => format!("sku.{}", kind.name),
    }
}
