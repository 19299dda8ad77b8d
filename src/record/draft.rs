//! A row as far as it could be understood: typed values where they parse, findings where they do not.
//!
//! A [`Draft`] borrows from the row; [`Draft::product`] and [`Draft::given`] make the owned record.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::NaiveDateTime;

use super::clear::{Clearing, is_mark};
use super::given::composed;
use super::plain::{holds_illegal, is_plain};
use super::reading::{Seen, WRITTEN, shown};
use super::repeated::Repeated;
use super::row_reader::{Before, RowReader};
use super::{CategoryId, Covered, DeadImage, Image, Measure, Price, Quantity, SaleMoment, SellerSku, SpuId};
use crate::category::{AttributeKind, Level};
use crate::column::{Columns, Field, Table, Target};
use crate::finding::{Finding, Rule};
use crate::location::Location;
use crate::sheet::{Cell, Format, Kind, Row, garbled, is_error_code, restored};

/// A value that is there, and the column it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The column, from 1; 0 for a constant, which has none.
    pub column: u32,
    /// The value as typed.
    pub text: &'a str,
    /// What the cell held.
    pub kind: Kind,
    /// How many digits its number format shows at least.
    pub digits: u8,
}

impl<'a> Entry<'a> {
    /// The value as it is sent, where white space at its ends does not count: one of a list, such as a brand.
    #[must_use]
    pub fn sent(&self) -> Cow<'a, str> {
        composed(self.text.trim())
    }

    /// A text that stands in no cell of its own: a constant (column 0), or a part of a cell.
    #[must_use]
    pub fn text(column: u32, text: &'a str) -> Entry<'a> {
        Entry { column, text, kind: Kind::Text, digits: 0 }
    }
}

/// What was found in one row, and where that row stands.
#[derive(Debug)]
pub struct Findings<'a> {
    table: &'a Table,
    row: u32,
    line: Option<u64>,
    found: Vec<Finding>,
}

impl<'a> Findings<'a> {
    /// Nothing found yet.
    #[must_use]
    pub fn new(table: &'a Table, row: &Row<'_>) -> Findings<'a> {
        Findings { table, row: row.number(), line: row.line(), found: Vec::new() }
    }

    /// Where the row stands.
    #[must_use]
    pub fn location(&self) -> Location {
        self.table.location(self.row, self.line)
    }

    /// Adds a finding on a cell, with its value; the caller refines it.
    pub fn cell(&mut self, rule: Rule, field: &str, entry: Entry<'_>) -> &mut Finding {
        let location = if entry.column == 0 { self.location() } else { self.location().at(entry.column) };
        let finding = Finding::new(rule, location).field(field).value(entry.text);
        self.add(finding)
    }

    /// Adds a finding on the whole row.
    pub fn row(&mut self, rule: Rule) -> &mut Finding {
        let finding = Finding::new(rule, self.location());
        self.add(finding)
    }

    /// Something of this rule was found.
    #[must_use]
    pub fn has(&self, rule: Rule) -> bool {
        self.found.iter().any(|finding| finding.rule == rule)
    }

    fn add(&mut self, finding: Finding) -> &mut Finding {
        self.found.push(finding);
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    /// What was found, by column, then in the order of the rules; `seller_sku` is named in each.
    #[must_use]
    pub fn into_sorted(mut self, seller_sku: Option<&str>) -> Vec<Finding> {
        for finding in &mut self.found {
            finding.seller_sku = seller_sku.map(str::to_owned);
        }
        self.found.sort_by_key(|finding| (finding.location.column.unwrap_or(0), finding.rule));
        self.found
    }
}

/// A row, understood as far as it goes.
#[derive(Debug)]
pub struct Draft<'a> {
    pub(super) columns: &'a Columns,
    pub(super) texts: [Option<Entry<'a>>; Field::COUNT],
    /// Fields whose cell cannot be used and has been told.
    pub(super) spoilt: u32,
    pub(super) attributes: Vec<(usize, Entry<'a>)>,
    /// Attributes whose cell cannot be used and has been told.
    pub(super) unusable: Vec<usize>,
    pub(super) clearing: Clearing,
    /// Its row, and which cells only look empty.
    pub(super) covered: Option<(u32, Arc<Covered>)>,
    /// What is marked to be taken away.
    pub(super) marks: Vec<(Target, Entry<'a>)>,
    /// The cells that hold addresses, each with its order.
    pub(super) image_cells: Vec<(u32, Entry<'a>)>,
    /// Order, column and address.
    pub(super) images: Vec<(u32, u32, Image)>,
    /// The others that it names, which cannot be had.
    pub(super) dead_images: Vec<DeadImage>,
    /// The cell in the key column, and what it means.
    pub(super) key_cell: Option<Entry<'a>>,
    pub(super) key: Option<Cow<'a, str>>,
    is_flagged: bool,
    /// The seller SKU is taken to the letter.
    pub(super) repeats_sku: bool,
    /// The first column whose cell repeats the shop.
    pub(super) repeated: Option<u32>,
    /// Seller SKU, associated SKU and product id as they are meant.
    pub(super) identifiers: [Option<Cow<'a, str>>; 3],
    /// What the values tell of the writing of their columns.
    pub(super) seen: [Seen; WRITTEN.len()],
    /// What the dates say as typed, in the order of [`WRITTEN`].
    pub(super) moments: [Option<NaiveDateTime>; 4],
    /// `PrimaryCategory`, where it parses.
    pub category: Option<CategoryId>,
    /// `SPUId`, where it parses.
    pub spu_id: Option<SpuId>,
    /// `price`, where it parses.
    pub price: Option<Price>,
    /// `special_price`, where it parses.
    pub special_price: Option<Price>,
    /// When the sale starts, floored, where it parses.
    pub special_from: Option<SaleMoment>,
    /// When the sale ends, floored, where it parses.
    pub special_to: Option<SaleMoment>,
    /// `quantity`, where it parses.
    pub quantity: Option<Quantity>,
    /// Whether it shall be on sale, where that parses.
    pub active: Option<bool>,
    /// Weight, length, width and height, where they parse.
    pub measures: [Option<Measure>; 4],
}

/// The four package fields, in the order of [`Draft::measures`].
pub const MEASURES: [Field; 4] =
    [Field::PackageWeight, Field::PackageLength, Field::PackageWidth, Field::PackageHeight];

/// The identifiers, in the order of [`Draft::identifiers`].
pub(super) const IDENTIFIERS: [Field; 3] = [Field::SellerSku, Field::AssociatedSku, Field::ProductId];

/// Reads a row; what cannot be understood goes to `findings`.
pub(super) fn read<'a>(row: &Row<'a>, reader: &mut RowReader<'a>, findings: &mut Findings<'_>) -> Draft<'a> {
    let RowReader { table, reading, before } = reader;
    let columns = &table.columns;
    let mut draft = Draft::empty(columns, reading.clearing);
    draft.covered = reading.covered.as_ref().map(|covered| (row.number(), covered.clone()));
    // A text file that we wrote carries marks against formulas.
    let is_own_text = table.source.format() == Format::Text && columns.has_own_column();
    let repeated = Repeated::of(row, columns, is_own_text, reading.clearing);
    for (index, cell) in row.cells().enumerate().filter(|(_, cell)| !cell.is_blank()) {
        let text = if is_own_text { restored(cell.text) } else { cell.text };
        if repeated.has(index, columns) {
            draft.repeat(index, Entry { column: index as u32 + 1, text, kind: cell.kind, digits: cell.digits });
        } else {
            draft.take(index, Cell { text, ..cell }, before, findings);
        }
    }
    for (target, text) in columns.constants() {
        draft.give(*target, Entry::text(0, text), findings);
    }
    for (target, text) in columns.defaults() {
        if !draft.has(*target) {
            draft.give(*target, Entry::text(0, text), findings);
        }
    }
    draft.end_sale();
    draft.read_images(row, reading, before, findings);
    draft.read_identifiers(reading, findings);
    draft.read_numbers(reading, before, findings);
    draft.read_dates(reading, before, findings);
    draft.read_status(findings);
    draft
}

impl<'a> Draft<'a> {
    fn empty(columns: &'a Columns, clearing: Clearing) -> Draft<'a> {
        Draft {
            columns,
            texts: [None; Field::COUNT],
            spoilt: 0,
            attributes: Vec::with_capacity(columns.attributes().len()),
            unusable: Vec::new(),
            clearing,
            covered: None,
            marks: Vec::new(),
            image_cells: Vec::new(),
            images: Vec::new(),
            dead_images: Vec::new(),
            key_cell: None,
            key: None,
            is_flagged: false,
            repeats_sku: false,
            repeated: None,
            identifiers: [None, None, None],
            seen: [Seen::default(); WRITTEN.len()],
            moments: [None; 4],
            category: None,
            spu_id: None,
            price: None,
            special_price: None,
            special_from: None,
            special_to: None,
            quantity: None,
            active: None,
            measures: [None; 4],
        }
    }

    fn take(&mut self, index: usize, cell: Cell<'a>, before: &mut Before<'a>, findings: &mut Findings<'_>) {
        let mut entry = Entry { column: index as u32 + 1, text: cell.text, kind: cell.kind, digits: cell.digits };
        let target = self.target(index);
        let is_key = self.columns.key() == Some(index);
        if is_key && !is_mark(cell.text) {
            self.key_cell = Some(entry);
        }
        match target {
            Target::NotSent | Target::Unnamed => {
                if is_key && is_mark(cell.text) {
                    self.mark(target, entry, findings);
                } else if is_key {
                    self.is_sound(target, entry, before, findings);
                }
                return;
            }
            Target::Skip => {
                self.is_flagged = self.is_sound(target, entry, before, findings) && is_flag(cell.text);
                return;
            }
            Target::Field(_) | Target::Attribute(_) | Target::Image(_) => {}
        }
        if let Some(value) = self.columns.value_for(target, cell.text) {
            if value.trim().is_empty() {
                // The user's word for an empty cell.
                return;
            }
            entry = Entry::text(entry.column, value);
        }
        if self.is_sound(target, entry, before, findings) {
            return self.give(target, entry, findings);
        }
        match target {
            Target::Field(field) => {
                self.texts[field.index()] = Some(entry);
                self.spoil(field);
            }
            Target::Attribute(place) => self.unusable.push(place),
            Target::Image(_) | Target::Skip | Target::NotSent | Target::Unnamed => {}
        }
    }

    /// What a column means to this row: a new SKU has no status.
    fn target(&self, index: usize) -> Target {
        match self.columns.target(index) {
            Target::Field(Field::Active) if self.clearing == Clearing::Nothing => Target::NotSent,
            target => target,
        }
    }

    /// Whether a cell holds what can be sent; otherwise it has been told.
    fn is_sound(&self, target: Target, entry: Entry<'a>, before: &mut Before<'a>, findings: &mut Findings<'_>) -> bool {
        if entry.kind == Kind::Text && (is_plain(entry.text) || before.is_sound(entry.column, entry.text)) {
            return true;
        }
        let damage = match entry.kind {
            Kind::Text => garbled(entry.text),
            Kind::Number | Kind::Date | Kind::Bool | Kind::Error | Kind::Formula | Kind::Picture => None,
        };
        let fault = match entry.kind {
            Kind::Error => Some(Rule::CellError),
            Kind::Formula => Some(Rule::FormulaWithoutValue),
            Kind::Picture => Some(Rule::PictureInCell),
            Kind::Text if holds_illegal(entry.text) => Some(Rule::ControlCharacter),
            // A text file, and a copy of values, hold it as text.
            Kind::Text if is_error_code(entry.text) => Some(Rule::CellError),
            Kind::Text => damage.as_ref().map(|_| Rule::GarbledText),
            Kind::Date => self.is_name(target).then_some(Rule::DateIdentifier),
            Kind::Number | Kind::Bool => None,
        };
        let Some(rule) = fault else {
            if entry.kind == Kind::Text {
                before.note_sound(entry.column, entry.text);
            }
            return true;
        };
        let name = self.name_of(target);
        let finding = findings.cell(rule, &name, entry);
        if rule == Rule::DateIdentifier {
            finding.message =
                format!("{name} is the date {}; a spreadsheet program has made it of what was typed", entry.text);
        }
        if let Some(damage) = damage.filter(|_| rule == Rule::GarbledText) {
            finding.message = format!("{name} {damage}");
        }
        false
    }

    /// A date there is what a spreadsheet program has made of `1-2` or `3/4`.
    fn is_name(&self, target: Target) -> bool {
        match target {
            Target::Field(field) => matches!(field, Field::Name | Field::Brand | Field::Model),
            Target::Attribute(place) => self.columns.attributes()[place].variant,
            Target::Image(_) | Target::Skip | Target::NotSent | Target::Unnamed => false,
        }
    }

    pub(super) fn name_of(&self, target: Target) -> String {
        match target {
            Target::Field(field) => field.name().to_owned(),
            Target::Attribute(place) => self.columns.attributes()[place].name.clone(),
            Target::Image(_) => "image".to_owned(),
            Target::Skip => "skip".to_owned(),
            Target::NotSent | Target::Unnamed => Field::ProductKey.name().to_owned(),
        }
    }

    /// Takes a value, or the mark that there shall be none.
    fn give(&mut self, target: Target, entry: Entry<'a>, findings: &mut Findings<'_>) {
        if is_mark(entry.text) {
            return self.mark(target, entry, findings);
        }
        match target {
            Target::Field(field) => self.texts[field.index()] = Some(entry),
            Target::Attribute(place) => self.attributes.push((place, entry)),
            Target::Image(order) => self.image_cells.push((order, entry)),
            Target::Skip | Target::NotSent | Target::Unnamed => {}
        }
    }

    /// A cell or a constant has given what `target` is.
    fn has(&self, target: Target) -> bool {
        match target {
            Target::Field(field) => self.is_given(field) || self.is_marked(target),
            Target::Attribute(place) => {
                let is_given = self.attributes.iter().any(|(there, _)| *there == place);
                is_given || self.unusable.contains(&place) || self.is_marked(target)
            }
            Target::Image(_) | Target::Skip | Target::NotSent | Target::Unnamed => true,
        }
    }

    /// The cell of a field cannot be used.
    pub(super) fn spoil(&mut self, field: Field) {
        self.spoilt |= 1 << field.index();
    }

    /// What the columns of its table mean.
    #[must_use]
    pub fn columns(&self) -> &'a Columns {
        self.columns
    }

    /// The value of a field, where there is one and it can be used.
    #[must_use]
    pub fn text(&self, field: Field) -> Option<Entry<'a>> {
        self.texts[field.index()].filter(|_| self.spoilt & (1 << field.index()) == 0)
    }

    /// The cell is not blank, sound or not.
    #[must_use]
    pub fn is_given(&self, field: Field) -> bool {
        self.texts[field.index()].is_some()
    }

    /// The seller SKU, where the row has one.
    #[must_use]
    pub fn seller_sku(&self) -> Option<SellerSku> {
        SellerSku::parse(self.identifier(Field::SellerSku)?)
    }

    /// An identifier as it is meant: without white space and invisible characters around it, with its zeros.
    #[must_use]
    pub fn identifier(&self, field: Field) -> Option<&str> {
        let place = IDENTIFIERS.iter().position(|identifier| *identifier == field)?;
        self.identifiers[place].as_deref()
    }

    /// The value in the key column.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// A mark says that the row is left out.
    #[must_use]
    pub fn is_flagged(&self) -> bool {
        self.is_flagged
    }

    /// What the values tell of the writing of their columns.
    pub(super) fn seen(&self) -> &[Seen; WRITTEN.len()] {
        &self.seen
    }

    /// A field as it was read, for messages.
    pub(super) fn shown(&self, field: Field) -> String {
        let measure = MEASURES.iter().position(|measure| *measure == field);
        match (field, measure) {
            (_, Some(place)) => shown(self.measures[place].map(Measure::amount)),
            (Field::Price, None) => shown(self.price.map(Price::amount)),
            (Field::SpecialPrice, None) => shown(self.special_price.map(Price::amount)),
            (Field::Quantity, None) => self.quantity.map(|quantity| quantity.to_string()).unwrap_or_default(),
            (_, None) => {
                let moment = self.moment_of(field).map(|typed| SaleMoment::of(typed).0);
                moment.map(|moment| moment.to_string()).unwrap_or_default()
            }
        }
    }

    /// The attributes that are given, with what is known of each.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a AttributeKind, Entry<'a>)> + '_ {
        let columns = self.columns;
        self.attributes.iter().map(move |(place, entry)| (&columns.attributes()[*place], *entry))
    }

    /// The column of the attribute at `place` in [`Columns::attributes`] holds something, sound or not.
    #[must_use]
    pub fn has_attribute(&self, place: usize) -> bool {
        self.attributes.iter().any(|(there, _)| *there == place) || self.unusable.contains(&place)
    }

    /// The attributes that are given, by place in [`Columns::attributes`].
    pub fn placed_attributes(&self) -> impl Iterator<Item = (usize, Entry<'a>)> + '_ {
        self.attributes.iter().copied()
    }

    /// The attributes of which something is there that cannot be used, or that only repeats the shop, by place.
    pub fn unusable_attributes(&self) -> impl Iterator<Item = usize> + '_ {
        self.unusable.iter().copied()
    }

    /// The attributes that are marked to be taken away, by place.
    pub fn marked_attributes(&self) -> impl Iterator<Item = (usize, Entry<'a>)> + '_ {
        self.marks.iter().filter_map(|(target, entry)| match target {
            Target::Attribute(place) => Some((*place, *entry)),
            Target::Field(_) | Target::Image(_) | Target::Skip | Target::NotSent | Target::Unnamed => None,
        })
    }

    /// The pictures, the main one first, each with its column.
    pub fn images(&self) -> impl ExactSizeIterator<Item = (u32, &Image)> {
        self.images.iter().map(|(_, column, image)| (*column, image))
    }

    /// What all SKUs of the product share, by name; `<clear>` where it is to be taken away.
    pub fn shared(&self) -> impl Iterator<Item = (&'a str, Entry<'a>)> + '_ {
        let fields = Field::ALL.iter().filter(|field| field.is_product_level());
        let fields = fields.filter_map(|field| Some((field.name(), self.text(*field)?)));
        let columns = self.columns;
        let attributes = self.attributes.iter().filter_map(move |(place, entry)| {
            let kind = &columns.attributes()[*place];
            (kind.level == Level::Product).then_some((kind.name.as_str(), *entry))
        });
        fields.chain(attributes).chain(self.shared_marks())
    }
}

/// A cell that says yes: the row is left out.
fn is_flag(text: &str) -> bool {
    const NO: [&str; 12] = ["", "no", "n", "false", "0", "-", "ไม่", "không", "tidak", "否", "不", "keep"];
    !NO.contains(&text.trim().to_lowercase().as_str())
}
