//! Cells that take away what the shop has: `<clear>`, and empty ones where that is wished.

use super::Cleared;
use super::draft::{Draft, Entry, Findings};
use crate::category::Level;
use crate::column::{Field, Target};
use crate::finding::Rule;

/// What the cells of a row may take away from what the shop has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clearing {
    /// Nothing, for its SKU is new: a `<clear>` is an empty cell.
    #[default]
    Nothing,
    /// What they mark with `<clear>`.
    Marked,
    /// That, and what they leave empty in columns that the sheet has.
    Blank,
}

/// What a cell holds whose value is to be taken away, in upper or lower case.
pub(super) const MARK: &str = "<clear>";

/// Fields whose value the shop can do without, of a product and of a SKU; the dates of a sale stand in
/// [`DATES`].
const OF_PRODUCT: [Field; 2] = [Field::Description, Field::Model];
const OF_SKU: [Field; 2] = [Field::SpecialPrice, Field::ProductId];

/// The start and the end of a sale: the day, and the field that may tell the time as well.
pub const DATES: [[Field; 2]; 2] =
    [[Field::SpecialFrom, Field::SpecialFromTime], [Field::SpecialTo, Field::SpecialToTime]];

/// The text says that a value is to be taken away.
pub(super) fn is_mark(text: &str) -> bool {
    // Every cell is asked: one with another letter in front is none.
    let may_be = text.as_bytes().first().is_some_and(|first| *first == b'<' || !first.is_ascii_graphic());
    may_be && text.trim().eq_ignore_ascii_case(MARK)
}

impl<'a> Draft<'a> {
    /// Takes a cell or a constant that is a mark.
    pub(super) fn mark(&mut self, target: Target, entry: Entry<'a>, findings: &mut Findings<'_>) {
        if self.clearing == Clearing::Nothing {
            return;
        }
        let is_clearable = match target {
            Target::Field(field) => field.is_clearable(),
            Target::Attribute(_) => true,
            Target::Image(_) | Target::Skip | Target::NotSent | Target::Unnamed => false,
        };
        if is_clearable {
            self.marks.push((target, Entry { text: MARK, ..entry }));
            return;
        }
        let name = self.name_of(target);
        let finding = findings.cell(Rule::NotClearable, &name, entry);
        finding.message = format!("{name} cannot be cleared");
        if let Some(help) = advice(target) {
            finding.help = help.to_owned();
        }
        if let Target::Field(field) = target {
            self.texts[field.index()] = Some(entry);
            self.spoil(field);
        }
    }

    /// Where the special price is marked, the sale ends: dates that stand beside it are set aside.
    pub(super) fn end_sale(&mut self) {
        if self.is_marked(Target::Field(Field::SpecialPrice)) {
            DATES.into_iter().flatten().for_each(|field| self.texts[field.index()] = None);
        }
    }

    /// A cell or a constant marks it.
    pub(super) fn is_marked(&self, target: Target) -> bool {
        self.mark_on(target).is_some()
    }

    /// The cell or the constant that marks it.
    pub(super) fn mark_on(&self, target: Target) -> Option<Entry<'a>> {
        self.marks.iter().find(|(there, _)| *there == target).map(|(_, entry)| *entry)
    }

    /// The cell only looks empty.
    fn is_covered(&self, column: u32) -> bool {
        self.covered.as_ref().is_some_and(|(row, covered)| covered.holds(*row, column))
    }

    /// What the shop has in a field is taken away; of a sale's dates, [`Draft::clears_date`] tells.
    #[must_use]
    pub fn clears(&self, field: Field) -> bool {
        let is_blank = || {
            self.clearing == Clearing::Blank
                && field.is_clearable()
                && self.columns.column_of(field).is_some_and(|column| !self.is_covered(column))
                && !self.is_given(field)
        };
        self.is_marked(Target::Field(field)) || is_blank()
    }

    /// The start or the end of the shop's sale, one of [`DATES`], is taken away.
    #[must_use]
    pub fn clears_date(&self, fields: [Field; 2]) -> bool {
        !fields.iter().any(|field| self.is_given(*field)) && fields.iter().any(|field| self.clears(*field))
    }

    /// What the shop has of the product or of the SKU, and shall not have any more.
    #[must_use]
    pub fn cleared(&self, level: Level) -> Vec<Cleared> {
        if self.marks.is_empty() && self.clearing != Clearing::Blank {
            return Vec::new();
        }
        let fields = match level {
            Level::Product => OF_PRODUCT,
            Level::Sku => OF_SKU,
        };
        let fields = fields.into_iter().filter(|field| self.clears(*field));
        let dates = DATES.into_iter().filter(|fields| level == Level::Sku && self.clears_date(*fields));
        let mut cleared: Vec<Cleared> = fields.chain(dates.map(|[date, _]| date)).map(Cleared::Field).collect();
        let kinds = self.columns.attributes();
        let mut is_kept = vec![self.clearing != Clearing::Blank; kinds.len()];
        let given = self.attributes.iter().map(|(place, _)| place).chain(&self.unusable);
        given.copied().chain(self.covered_attributes()).for_each(|place| is_kept[place] = true);
        for (target, _) in &self.marks {
            if let Target::Attribute(place) = target {
                is_kept[*place] = false;
            }
        }
        let attributes = kinds.iter().zip(is_kept).filter(|(kind, is_kept)| kind.level == level && !is_kept);
        cleared.extend(attributes.map(|(kind, _)| Cleared::Attribute(kind.name.clone())));
        cleared
    }

    /// What the row holds of its product and cannot be used: an empty cell of another row takes none of it away.
    #[must_use]
    pub fn unusable(&self) -> Vec<Cleared> {
        if self.clearing == Clearing::Nothing {
            return Vec::new();
        }
        let is_lost = |field: &Field| {
            let is_covered = || self.columns.column_of(*field).is_some_and(|column| self.is_covered(column));
            let is_marked = || self.is_marked(Target::Field(*field));
            if self.is_given(*field) { self.text(*field).is_none() } else { !is_marked() && is_covered() }
        };
        let fields = OF_PRODUCT.into_iter().filter(is_lost).map(Cleared::Field);
        let places = self.unusable.iter().copied().chain(self.covered_attributes());
        let kinds = places.map(|place| &self.columns.attributes()[place]).filter(|kind| kind.level == Level::Product);
        fields.chain(kinds.map(|kind| Cleared::Attribute(kind.name.clone()))).collect()
    }

    /// Attributes whose cell only looks empty, and is not marked.
    fn covered_attributes(&self) -> impl Iterator<Item = usize> + '_ {
        let width = if self.covered.is_some() { self.columns.headers().len() } else { 0 };
        (0..width).filter_map(|at| match self.columns.target(at) {
            target @ Target::Attribute(place) => {
                (self.is_covered(at as u32 + 1) && !self.is_marked(target)).then_some(place)
            }
            Target::Field(_) | Target::Image(_) | Target::Skip | Target::NotSent | Target::Unnamed => None,
        })
    }

    /// The marks on what all SKUs of the product share, by name.
    pub(super) fn shared_marks(&self) -> impl Iterator<Item = (&'a str, Entry<'a>)> + '_ {
        let columns = self.columns;
        self.marks.iter().filter_map(move |(target, entry)| match target {
            Target::Field(field) => field.is_product_level().then_some((field.name(), *entry)),
            Target::Attribute(place) => {
                let kind = &columns.attributes()[*place];
                (kind.level == Level::Product).then_some((kind.name.as_str(), *entry))
            }
            Target::Image(_) | Target::Skip | Target::NotSent | Target::Unnamed => None,
        })
    }
}

/// What to do instead, where the rule knows nothing better.
fn advice(target: Target) -> Option<&'static str> {
    match target {
        Target::Field(Field::SellerSku) => Some("write the seller SKU: it tells which SKU the row is about"),
        Target::Field(Field::Quantity) => {
            Some("write 0 where nothing is left, or leave the cell empty to keep what the shop has")
        }
        Target::Field(Field::Active) => {
            Some("write inactive to take it off sale, or leave the cell empty to keep what the shop has")
        }
        Target::Image(_) => Some("name the pictures that it shall have, or leave the cell empty to keep those it has"),
        Target::Field(_) | Target::Attribute(_) | Target::Skip | Target::NotSent | Target::Unnamed => None,
    }
}
