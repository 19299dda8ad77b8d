//! The columns of one table: what each header was taken for, and what was found wrong with them.

use std::collections::HashMap;

use super::alias::{self, Header, Meaning, normalised};
use super::{Choice, ColumnError, Currency, Excuse, Field, GroupBy, MANDATORY, OWN_PREFIX, Unit};
use crate::category::{self, AttributeKind, Level};
use crate::finding::{Finding, Rule};
use crate::location::{Location, column_letters};

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
    headers: Vec<String>,
    targets: Vec<Target>,
    attributes: Vec<AttributeKind>,
    constants: Vec<(Target, String)>,
    fields: [Option<u32>; Field::COUNT],
    key: Option<usize>,
    has_own_column: bool,
    /// By column, from 0: the unit and the currency that the header names.
    units: Vec<Option<Unit>>,
    currencies: Vec<Option<Currency>>,
    defaults: Vec<(Target, String)>,
    values: HashMap<Target, HashMap<String, String>>,
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
        let mut resolver = Resolver::new(headers.len(), choice, header);
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

    /// The unit that the header of column `index` (from 0) names, as in `Weight (g)`.
    #[must_use]
    pub fn unit(&self, index: usize) -> Option<Unit> {
        self.units.get(index).copied().flatten()
    }

    /// The currency that the header of column `index` (from 0) names, as in `Price (THB)`.
    #[must_use]
    pub fn currency(&self, index: usize) -> Option<Currency> {
        self.currencies.get(index).copied().flatten()
    }

    /// Values for cells that are empty (`[defaults]`).
    #[must_use]
    pub fn defaults(&self) -> &[(Target, String)] {
        &self.defaults
    }

    /// What stands for `text` in the cells of `target` (`[values.FIELD]`); both without white space at their ends.
    #[must_use]
    pub fn value_for(&self, target: Target, text: &str) -> Option<&str> {
        if self.values.is_empty() {
            return None;
        }
        self.values.get(&target)?.get(text.trim()).map(String::as_str)
    }

    /// The column of a field, from 1.
    #[must_use]
    pub fn column_of(&self, field: Field) -> Option<u32> {
        self.fields[field.index()]
    }

    /// The column that a field or an attribute of this name is read from.
    fn column_meaning(&self, name: &str) -> Option<u32> {
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

    /// The column (from 0) whose values tell which rows are one product.
    #[must_use]
    pub fn key(&self) -> Option<usize> {
        self.key
    }
}

/// What a header was taken for, before its column has a place.
enum Taken {
    Meaning(Meaning),
    Named { name: String, level: Level },
    Unknown,
    Ambiguous,
}

struct Resolver<'a> {
    choice: &'a Choice,
    header: &'a Location,
    targets: Vec<Target>,
    attributes: Vec<AttributeKind>,
    fields: [Option<u32>; Field::COUNT],
    findings: Vec<Finding>,
    unknown: Vec<String>,
    ignored: Vec<String>,
    image_slots: Vec<u32>,
}

impl<'a> Resolver<'a> {
    fn new(width: usize, choice: &'a Choice, header: &'a Location) -> Resolver<'a> {
        Resolver {
            choice,
            header,
            targets: Vec::with_capacity(width),
            attributes: Vec::new(),
            fields: [None; Field::COUNT],
            findings: Vec::new(),
            unknown: Vec::new(),
            ignored: Vec::new(),
            image_slots: Vec::new(),
        }
    }

    fn column(&mut self, index: usize, text: &str) -> Result<(), ColumnError> {
        let target = if normalised(text).is_empty() {
            Target::Unnamed
        } else {
            match self.take(text)? {
                Taken::Meaning(meaning) => self.place(index, text, meaning),
                Taken::Named { name, level } => self.named(index, text, name, level),
                Taken::Ambiguous => self.ambiguous(index, text),
                Taken::Unknown => {
                    self.unknown.push(text.trim().to_owned());
                    Target::NotSent
                }
            }
        };
        self.targets.push(target);
        Ok(())
    }

    fn take(&self, text: &str) -> Result<Taken, ColumnError> {
        if let Some((_, name)) = self.choice.mapping(text) {
            return name_taken(name);
        }
        Ok(match alias::meaning_of_header(text) {
            Header::Known(meaning) => Taken::Meaning(meaning),
            Header::Ambiguous => Taken::Ambiguous,
            Header::Unknown => prefixed(text.trim()).unwrap_or(Taken::Unknown),
        })
    }

    fn place(&mut self, index: usize, text: &str, meaning: Meaning) -> Target {
        match meaning {
            Meaning::Field(field) => self.field(index, text, field),
            Meaning::Attribute(name) => {
                let level = category::known(&name).map_or(Level::Product, |kind| kind.level);
                self.named(index, text, name, level)
            }
            // Behind the numbered ones, in the sheet's order.
            Meaning::Image(None) => Target::Image(9 + index as u32),
            Meaning::Image(Some(slot)) => {
                let slot = u32::from(slot);
                if self.image_slots.contains(&slot) {
                    let first = self.targets.iter().position(|target| *target == Target::Image(slot));
                    return self.duplicate(index, text, first);
                }
                self.image_slots.push(slot);
                Target::Image(slot)
            }
            Meaning::Ignored => {
                // What the user left out, and what our own files added, needs no note.
                if self.choice.mapping(text).is_none() && !normalised(text).starts_with(OWN_PREFIX) {
                    self.ignored.push(text.trim().to_owned());
                }
                Target::NotSent
            }
        }
    }

    fn field(&mut self, index: usize, text: &str, field: Field) -> Target {
        if field == Field::ItemId {
            self.ignored.push(text.trim().to_owned());
            return Target::NotSent;
        }
        if let Some(first) = self.fields[field.index()] {
            return self.duplicate(index, text, Some(first as usize - 1));
        }
        self.fields[field.index()] = Some(index as u32 + 1);
        Target::Field(field)
    }

    fn named(&mut self, index: usize, text: &str, name: String, level: Level) -> Target {
        if !is_xml_name(&name) {
            let message = format!("the attribute name `{name}` cannot be an XML tag");
            self.find(Rule::InvalidAttributeName, index, text, message);
            return Target::NotSent;
        }
        match alias::field_of_tag(&name) {
            None => {}
            Some(Meaning::Field(field)) => return self.field(index, text, field),
            Some(meaning @ Meaning::Image(_)) => return self.place(index, text, meaning),
            Some(Meaning::Ignored | Meaning::Attribute(_)) => {
                let message = format!("`{name}` is a tag of the request itself, not an attribute");
                self.find(Rule::InvalidAttributeName, index, text, message);
                return Target::NotSent;
            }
        }
        if let Some(place) = self.attributes.iter().position(|kind| kind.name == name) {
            let first = self.targets.iter().position(|target| *target == Target::Attribute(place));
            return self.duplicate(index, text, first);
        }
        let known = category::known(&name).filter(|kind| kind.level == level).cloned();
        self.attributes.push(known.unwrap_or_else(|| AttributeKind::unlisted(&name, level)));
        Target::Attribute(self.attributes.len() - 1)
    }

    fn duplicate(&mut self, index: usize, text: &str, first: Option<usize>) -> Target {
        let first = first.map_or_else(
            || "another column".to_owned(),
            |first| format!("column {}", column_letters(first as u32 + 1)),
        );
        let message = format!("column {} means the same field as {first}", column_letters(index as u32 + 1));
        self.find(Rule::DuplicateColumn, index, text, message);
        Target::NotSent
    }

    fn ambiguous(&mut self, index: usize, text: &str) -> Target {
        let header = text.trim();
        let message = format!(
            "the header `{header}` is either the SKU field ProductId (EAN, UPC, GTIN) or the seller centre's Product ID (the item's id)"
        );
        self.find(Rule::AmbiguousColumn, index, text, message);
        if let Some(finding) = self.findings.last_mut() {
            finding.help =
                format!("say which: --map \"{header}=product_id\" (EAN, UPC, GTIN) or --map \"{header}=item_id\"");
        }
        Target::NotSent
    }

    fn find(&mut self, rule: Rule, index: usize, text: &str, message: String) {
        let finding = Finding::new(rule, self.header.at(index as u32 + 1));
        self.findings.push(finding.value(text.trim()).message(message));
    }

    fn finish(mut self, headers: Vec<String>) -> Result<(Columns, Vec<Finding>), ColumnError> {
        let constants = self.constants(&headers)?;
        let key = self.key(&headers)?;
        let fields = std::mem::replace(&mut self.fields, [None; Field::COUNT]);
        let targets = std::mem::take(&mut self.targets);
        let attributes = std::mem::take(&mut self.attributes);
        let has_own_column = headers.iter().any(|header| normalised(header).starts_with(OWN_PREFIX));
        let columns = Columns {
            units: vec![None; headers.len()],
            currencies: vec![None; headers.len()],
            defaults: Vec::new(),
            values: HashMap::new(),
            headers,
            targets,
            attributes,
            constants,
            fields,
            key,
            has_own_column,
        };
        self.tell_unsent(&columns);
        // What keeps every row back comes first.
        let missing = self.missing(&columns);
        self.findings.splice(0..0, missing);
        self.tell_bare(&columns);
        Ok((columns, self.findings))
    }

    fn constants(&mut self, headers: &[String]) -> Result<Vec<(Target, String)>, ColumnError> {
        let mut constants = Vec::new();
        for (name, value) in &self.choice.set {
            let target = self.constant_target(name)?.ok_or_else(|| {
                ColumnError::Mapping(format!(
                    "--set {name}: one value for all rows makes no sense there; set a field such as brand, or attr.NAME, or sku.NAME"
                ))
            })?;
            if constants.iter().any(|(there, _)| *there == target) {
                return Err(ColumnError::Mapping(format!("--set {name}: the same field is set twice")));
            }
            let column = self.targets.iter().position(|there| *there == target);
            if let Some(header) = column.and_then(|column| headers.get(column)) {
                return Err(ColumnError::Mapping(format!(
                    "--set {name}: the sheet has the column `{}` for it; leave --set out, or map the column elsewhere with --map \"{}=ignore\"",
                    header.trim(),
                    header.trim()
                )));
            }
            if value.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
                let message = format!("--set {name}: the value holds a control character, which cannot be sent");
                return Err(ColumnError::Mapping(message));
            }
            constants.push((target, value.clone()));
        }
        Ok(constants)
    }

    /// What a constant stands for; nothing where each row needs a value of its own.
    fn constant_target(&mut self, name: &str) -> Result<Option<Target>, ColumnError> {
        let meaning = match name_taken(name)? {
            Taken::Meaning(meaning) => meaning,
            Taken::Named { name, level } => match alias::field_of_tag(&name) {
                None if is_xml_name(&name) => return Ok(Some(self.constant_attribute(name, level))),
                None => Meaning::Ignored,
                Some(meaning) => meaning,
            },
            Taken::Unknown | Taken::Ambiguous => Meaning::Ignored,
        };
        Ok(match meaning {
            Meaning::Field(Field::SellerSku | Field::ProductKey | Field::ItemId) => None,
            Meaning::Field(field) => Some(Target::Field(field)),
            Meaning::Attribute(name) => {
                let level = category::known(&name).map_or(Level::Product, |kind| kind.level);
                Some(self.constant_attribute(name, level))
            }
            Meaning::Image(_) | Meaning::Ignored => None,
        })
    }

    fn constant_attribute(&mut self, name: String, level: Level) -> Target {
        let place = self.attributes.iter().position(|kind| kind.name == name).unwrap_or_else(|| {
            let known = category::known(&name).filter(|kind| kind.level == level).cloned();
            self.attributes.push(known.unwrap_or_else(|| AttributeKind::unlisted(&name, level)));
            self.attributes.len() - 1
        });
        Target::Attribute(place)
    }

    fn key(&self, headers: &[String]) -> Result<Option<usize>, ColumnError> {
        let named = self.fields[Field::ProductKey.index()].map(|column| column as usize - 1);
        match &self.choice.group_by {
            GroupBy::Found => Ok(named),
            GroupBy::Name | GroupBy::Nothing => Ok(None),
            GroupBy::Column(wanted) => {
                let wanted_normal = normalised(wanted);
                let found = headers.iter().position(|header| normalised(header) == wanted_normal);
                found.map(Some).ok_or_else(|| {
                    ColumnError::Mapping(format!(
                        "--group-by {wanted}: the sheet has no such column; it has {}",
                        listed(headers)
                    ))
                })
            }
        }
    }

    fn tell_unsent(&mut self, columns: &Columns) {
        if !self.unknown.is_empty() {
            let names: Vec<String> = self.unknown.iter().map(|name| format!("`{name}`")).collect();
            let verb = if names.len() == 1 { "is" } else { "are" };
            let help: Vec<String> = self.unknown.iter().map(|name| advice(name, columns)).collect();
            let finding = Finding::new(Rule::UnknownColumn, self.header.clone());
            let message = format!("{} {verb} not sent: no such field or attribute is known", names.join(", "));
            self.findings.push(finding.message(message).help(help.join("; ")));
        }
        if !self.ignored.is_empty() {
            let names: Vec<String> = self.ignored.iter().map(|name| format!("`{name}`")).collect();
            let finding = Finding::new(Rule::IgnoredColumn, self.header.clone());
            let (belong, are) = if names.len() == 1 { ("belongs", "is") } else { ("belong", "are") };
            let names = names.join(", ");
            let message = format!("{names} {belong} to the seller centre's bookkeeping and {are} not sent");
            self.findings.push(finding.message(message));
        }
    }

    fn missing(&self, columns: &Columns) -> Vec<Finding> {
        let missing = MANDATORY.iter().filter(|(field, excuse)| !columns.has(*field) && !columns.may_excuse(*excuse));
        missing.map(|(field, _)| missing_column(*field, self.header)).collect()
    }

    fn tell_bare(&mut self, columns: &Columns) {
        if !columns.has_variant_attribute() {
            let message = "the sheet has no column for a SKU attribute, which the marketplace asks of every product";
            self.findings.push(Finding::new(Rule::NoSkuAttribute, self.header.clone()).message(message));
        }
    }
}

/// A mandatory field that no column and no constant gives, told once at the header.
#[must_use]
pub fn missing_column(field: Field, header: &Location) -> Finding {
    let message = format!("the sheet has no column for the mandatory field {field}");
    let mut finding = Finding::new(Rule::MissingColumn, header.clone()).field(field.name()).message(message);
    if field != Field::SellerSku {
        finding.help = format!(
            "add a column {field}, or map one with --map \"Your header={field}\", or give all rows one value with --set {field}=VALUE"
        );
    }
    finding
}

/// What would send an unknown column, and the nearest known name.
fn advice(header: &str, columns: &Columns) -> String {
    let is_sound = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let tag: String = header.to_lowercase().chars().map(|c| if is_sound(c) { c } else { '_' }).collect();
    let tag = tag.trim_matches('_');
    let tag = if is_xml_name(tag) { tag.to_owned() } else { format!("_{tag}") };
    let send = format!(
        "leave `{header}` out with --map \"{header}=ignore\", or send it with --map \"{header}=sku.{tag}\" (SKU) or --map \"{header}=attr.{tag}\" (product)"
    );
    let Some(near) = alias::nearest(header) else { return send };
    match columns.column_meaning(near) {
        None => format!("did you mean `{near}`? --map \"{header}={near}\"; {send}"),
        Some(column) => {
            format!("did you mean `{near}`, which is column {} already? {send}", column_letters(column))
        }
    }
}

/// Headers in a message, the first twenty.
pub(super) fn listed(headers: &[String]) -> String {
    let named: Vec<&str> = headers.iter().map(|header| header.trim()).filter(|header| !header.is_empty()).collect();
    let mut text = named.iter().take(20).copied().collect::<Vec<_>>().join(", ");
    if named.len() > 20 {
        text.push_str(", ...");
    }
    text
}

fn name_taken(name: &str) -> Result<Taken, ColumnError> {
    let name = name.trim();
    if name == "ignore" {
        return Ok(Taken::Meaning(Meaning::Ignored));
    }
    if let Some(taken) = prefixed(name) {
        return Ok(taken);
    }
    if let Some(meaning) = alias::meaning_of_name(name) {
        return Ok(Taken::Meaning(meaning));
    }
    let hint = alias::nearest(name).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Err(ColumnError::Mapping(format!(
        "`{name}` is no field{hint} (fields are {}; an attribute is attr.NAME or sku.NAME; `ignore` leaves a column out)",
        Field::ALL.iter().map(|field| field.name()).collect::<Vec<_>>().join(", ")
    )))
}

fn prefixed(text: &str) -> Option<Taken> {
    let (prefix, name) = text.split_once('.')?;
    let level = match prefix {
        "attr" => Level::Product,
        "sku" => Level::Sku,
        _ => return None,
    };
    Some(Taken::Named { name: name.to_owned(), level })
}

/// A name that can be an XML tag (without namespaces).
fn is_xml_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}
