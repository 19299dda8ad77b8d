//! A row as far as it could be understood: typed values where they parse, findings where they do not.
//!
//! A [`Draft`] borrows from the row; [`Draft::product`] and [`Draft::sku`] make the owned record.

use super::image::split_list;
use super::{
    Attribute, CategoryId, ImageUrl, Measure, Offer, Package, Price, Product, ProductId, Quantity, Sale, SaleMoment,
    SaleWindow, SellerSku, Sku, SpuId,
};
use crate::category::{AttributeKind, Level};
use crate::column::{Columns, Field, Table, Target};
use crate::finding::{Finding, Rule};
use crate::location::Location;
use crate::sheet::{Cell, Format, Kind, Row, restored};

/// A value that is there, and the column it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The column, from 1; 0 for a constant, which has none.
    pub column: u32,
    /// The value as typed.
    pub text: &'a str,
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
    columns: &'a Columns,
    texts: [Option<Entry<'a>>; Field::COUNT],
    /// Fields whose cell cannot be used and has been told.
    spoilt: u32,
    attributes: Vec<(usize, Entry<'a>)>,
    images: Vec<(u32, u32, ImageUrl)>,
    key: Option<Entry<'a>>,
    /// `PrimaryCategory`, where it parses.
    pub category: Option<CategoryId>,
    /// `SPUId`, where it parses.
    pub spu_id: Option<SpuId>,
    /// `price`, where it parses.
    pub price: Option<Price>,
    /// `special_price`, where it parses.
    pub special_price: Option<Price>,
    /// `special_from_date`, floored, where it parses.
    pub special_from: Option<SaleMoment>,
    /// `special_to_date`, floored, where it parses.
    pub special_to: Option<SaleMoment>,
    /// `quantity`, where it parses.
    pub quantity: Option<Quantity>,
    /// Weight, length, width and height, where they parse.
    pub measures: [Option<Measure>; 4],
}

/// The four package fields, in the order of [`Draft::measures`].
pub const MEASURES: [Field; 4] =
    [Field::PackageWeight, Field::PackageLength, Field::PackageWidth, Field::PackageHeight];

/// Reads a row of `table`; what cannot be understood goes to `findings`.
#[must_use]
pub fn read<'a>(row: &Row<'a>, table: &'a Table, findings: &mut Findings<'_>) -> Draft<'a> {
    let columns = &table.columns;
    let mut draft = Draft::empty(columns);
    // A text file that we wrote carries marks against formulas.
    let is_own_text = table.source.format() == Format::Text && columns.has_own_column();
    for (index, cell) in row.cells().enumerate() {
        if !cell.is_blank() {
            let text = if is_own_text { restored(cell.text) } else { cell.text };
            draft.take(index, Cell { text, ..cell }, findings);
        }
    }
    for (target, text) in columns.constants() {
        draft.put(*target, Entry { column: 0, text }, findings);
    }
    draft.images.sort_by_key(|(order, _, _)| *order);
    draft.drop_repeated_images(findings);
    draft.parse_numbers(findings);
    draft.parse_dates(findings);
    draft
}

impl<'a> Draft<'a> {
    fn empty(columns: &'a Columns) -> Draft<'a> {
        Draft {
            columns,
            texts: [None; Field::COUNT],
            spoilt: 0,
            attributes: Vec::new(),
            images: Vec::new(),
            key: None,
            category: None,
            spu_id: None,
            price: None,
            special_price: None,
            special_from: None,
            special_to: None,
            quantity: None,
            measures: [None; 4],
        }
    }

    fn take(&mut self, index: usize, cell: Cell<'a>, findings: &mut Findings<'_>) {
        let entry = Entry { column: index as u32 + 1, text: cell.text };
        let target = self.columns.target(index);
        if self.columns.key() == Some(index) {
            self.key = Some(entry);
        }
        if target == Target::NotSent || target == Target::Unnamed {
            return;
        }
        let fault = match cell.kind {
            Kind::Error => Some(Rule::CellError),
            Kind::Formula => Some(Rule::FormulaWithoutValue),
            Kind::Picture => Some(Rule::PictureInCell),
            Kind::Text if cell.text.contains(is_illegal_in_xml) => Some(Rule::ControlCharacter),
            Kind::Text | Kind::Number | Kind::Date | Kind::Bool => None,
        };
        let Some(rule) = fault else { return self.put(target, entry, findings) };
        findings.cell(rule, &self.name_of(target), entry);
        if let Target::Field(field) = target {
            self.texts[field.index()] = Some(entry);
            self.spoilt |= 1 << field.index();
        }
    }

    fn name_of(&self, target: Target) -> String {
        match target {
            Target::Field(field) => field.name().to_owned(),
            Target::Attribute(place) => self.columns.attributes()[place].name.clone(),
            Target::Image(_) => "image".to_owned(),
            Target::Skip | Target::NotSent | Target::Unnamed => String::new(),
        }
    }

    fn put(&mut self, target: Target, entry: Entry<'a>, findings: &mut Findings<'_>) {
        match target {
            Target::Field(field) => self.texts[field.index()] = Some(entry),
            Target::Attribute(place) => self.attributes.push((place, entry)),
            Target::Image(order) => self.put_images(order, entry, findings),
            Target::Skip | Target::NotSent | Target::Unnamed => {}
        }
    }

    fn put_images(&mut self, order: u32, entry: Entry<'a>, findings: &mut Findings<'_>) {
        for text in split_list(entry.text) {
            let here = Entry { column: entry.column, text };
            match ImageUrl::parse(text) {
                Ok(url) => {
                    if let Some(fault) = url.host_fault() {
                        let finding = findings.cell(Rule::ImageHost, "image", here);
                        finding.message = format!("the picture cannot be downloaded by the marketplace: {fault}");
                    }
                    self.images.push((order, entry.column, url));
                }
                Err(fault) => {
                    let finding = findings.cell(Rule::InvalidImageUrl, "image", here);
                    finding.message = format!("`{}` is no picture address: {fault}", text.trim());
                }
            }
        }
    }

    fn drop_repeated_images(&mut self, findings: &mut Findings<'_>) {
        let mut kept: Vec<(u32, u32, ImageUrl)> = Vec::with_capacity(self.images.len());
        for (order, column, url) in std::mem::take(&mut self.images) {
            if kept.iter().any(|(_, _, there)| *there == url) {
                findings.cell(Rule::DuplicateImage, "image", Entry { column, text: url.as_str() });
            } else {
                kept.push((order, column, url));
            }
        }
        self.images = kept;
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
        SellerSku::parse(self.text(Field::SellerSku)?.text)
    }

    /// The value in the key column.
    #[must_use]
    pub fn key(&self) -> Option<Entry<'a>> {
        self.key
    }

    /// The attributes that are given, with what is known of each.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a AttributeKind, Entry<'a>)> + '_ {
        let columns = self.columns;
        self.attributes.iter().map(move |(place, entry)| (&columns.attributes()[*place], *entry))
    }

    /// The picture addresses, the main one first, each with its column.
    pub fn images(&self) -> impl ExactSizeIterator<Item = (u32, &ImageUrl)> {
        self.images.iter().map(|(_, column, url)| (*column, url))
    }

    /// What all SKUs of the product share, by name.
    pub fn shared(&self) -> impl Iterator<Item = (&'a str, Entry<'a>)> + '_ {
        let fields = Field::ALL.iter().filter(|field| field.is_product_level());
        let fields = fields.filter_map(|field| Some((field.name(), self.text(*field)?)));
        let columns = self.columns;
        let attributes = self.attributes.iter().filter_map(move |(place, entry)| {
            let kind = &columns.attributes()[*place];
            (kind.level == Level::Product).then_some((kind.name.as_str(), *entry))
        });
        fields.chain(attributes)
    }

    fn parse_numbers(&mut self, findings: &mut Findings<'_>) {
        let (category, spu) = (Shape::Identifier(Rule::InvalidCategory), Shape::Identifier(Rule::InvalidSpu));
        self.category = self.typed(Field::Category, category, CategoryId::parse, findings);
        self.spu_id = self.typed(Field::SpuId, spu, SpuId::parse, findings);
        self.price = self.typed(Field::Price, Shape::Price, Price::parse, findings);
        self.special_price = self.typed(Field::SpecialPrice, Shape::Price, Price::parse, findings);
        self.quantity = self.typed(Field::Quantity, Shape::Quantity, Quantity::parse, findings);
        for (place, field) in MEASURES.into_iter().enumerate() {
            self.measures[place] = self.typed(field, Shape::Measure, Measure::parse, findings);
        }
    }

    fn typed<T>(
        &self,
        field: Field,
        shape: Shape,
        parse: impl Fn(&str) -> Option<T>,
        findings: &mut Findings<'_>,
    ) -> Option<T> {
        let entry = self.text(field)?;
        let value = parse(entry.text);
        if value.is_none() {
            let (rule, what) = match shape {
                Shape::Identifier(rule) => (rule, "a whole number above zero"),
                Shape::Quantity => (Rule::InvalidQuantity, "a whole number of zero or more"),
                Shape::Price => (Rule::InvalidPrice, "a plain number"),
                Shape::Measure => (Rule::InvalidMeasure, "a plain number"),
            };
            findings.cell(rule, field.name(), entry).message = format!("{field} `{}` is not {what}", entry.text.trim());
        }
        value
    }

    fn parse_dates(&mut self, findings: &mut Findings<'_>) {
        self.special_from = self.moment(Field::SpecialFrom, findings);
        self.special_to = self.moment(Field::SpecialTo, findings);
    }

    fn moment(&self, field: Field, findings: &mut Findings<'_>) -> Option<SaleMoment> {
        let entry = self.text(field)?;
        let typed = entry.text.trim();
        match SaleMoment::parse_telling(typed) {
            Some((moment, is_floored)) => {
                if is_floored {
                    findings.cell(Rule::SaleWindowFloored, field.name(), entry).message =
                        format!("{field} {typed} is sent as {moment}");
                }
                Some(moment)
            }
            None => {
                findings.cell(Rule::InvalidDate, field.name(), entry).message =
                    format!("{field} `{typed}` is not a date written year first");
                None
            }
        }
    }

    /// The product's part of the record, as far as this row tells it.
    #[must_use]
    pub fn product(&self) -> Product {
        let owned = |field: Field| self.text(field).map(|entry| entry.text.to_owned());
        Product {
            category: self.category,
            spu_id: self.spu_id,
            associated_sku: self.text(Field::AssociatedSku).and_then(|entry| SellerSku::parse(entry.text)),
            name: owned(Field::Name),
            short_description: owned(Field::ShortDescription),
            description: owned(Field::Description),
            brand: owned(Field::Brand),
            model: owned(Field::Model),
            attributes: self.owned_attributes(Level::Product),
        }
    }

    /// The SKU's part of the record; `None` while something mandatory is missing or unsound.
    #[must_use]
    pub fn sku(&self) -> Option<Sku> {
        let [weight, length, width, height] = self.measures;
        Some(Sku {
            seller_sku: self.seller_sku()?,
            offer: Offer { regular: self.price?, sale: self.sale() },
            quantity: self.quantity,
            package: Package { weight: weight?, length: length?, width: width?, height: height? },
            product_id: self.text(Field::ProductId).and_then(|entry| ProductId::parse(entry.text)),
            attributes: self.owned_attributes(Level::Sku),
            images: self.images.iter().map(|(_, _, url)| url.clone()).collect(),
        })
    }

    fn sale(&self) -> Option<Sale> {
        let window = match (self.special_from, self.special_to) {
            (Some(from), Some(to)) => SaleWindow::Between(from, to),
            (Some(from), None) => SaleWindow::From(from),
            (None, Some(to)) => SaleWindow::Until(to),
            (None, None) => return None,
        };
        Some(Sale { price: self.special_price?, window })
    }

    fn owned_attributes(&self, level: Level) -> Vec<Attribute> {
        let of_level = self.attributes().filter(|(kind, _)| kind.level == level);
        of_level.map(|(kind, entry)| Attribute { name: kind.name.clone(), value: entry.text.to_owned() }).collect()
    }
}

/// What a number must look like.
#[derive(Clone, Copy)]
enum Shape {
    Identifier(Rule),
    Price,
    Quantity,
    Measure,
}

/// Characters that XML 1.0 cannot carry, escaped or not (section 2.2).
fn is_illegal_in_xml(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}
