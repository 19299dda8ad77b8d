//! Each header -> what its column is, and the findings on headers.

use super::alias::{self, Header, Meaning, Reading, normalised};
use super::constants;
use super::measured::{Measured, own_unit};
use super::repeats::Repeats;
use super::said::{self, Said};
use super::told::{self, listed};
use super::{Choice, ColumnError, Columns, Currency, Field, GroupBy, OF_EXPORT, OWN_PREFIX, Target, Unit};
use crate::category::{AttributeKind, Level};
use crate::finding::{Finding, Rule};
use crate::location::{Location, column_letters};

/// What a header was taken for, before its column has a place.
pub(super) enum Taken {
    Meaning(Meaning),
    /// A field, and the unit or currency in which it is written.
    Measured(Field, Measured),
    Named {
        name: String,
        level: Level,
    },
    Unknown,
    Ambiguous(Vec<Reading>),
}

/// Settles header after header, and keeps what was found.
pub(super) struct Resolver<'a> {
    pub(super) choice: &'a Choice,
    pub(super) header: &'a Location,
    /// What rows beside the header say of units and currencies.
    said: &'a [Said],
    pub(super) targets: Vec<Target>,
    pub(super) attributes: Vec<AttributeKind>,
    pub(super) findings: Vec<Finding>,
    /// Headers that nobody knows.
    pub(super) unknown: Vec<String>,
    /// Headers of the seller centre's bookkeeping.
    pub(super) ignored: Vec<String>,
    /// Headers of whether a SKU is on sale.
    pub(super) statuses: Vec<String>,
    fields: [Option<u32>; Field::COUNT],
    image_slots: Vec<u32>,
    units: Vec<Option<Unit>>,
    currencies: Vec<Option<Currency>>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(width: usize, said: &'a [Said], choice: &'a Choice, header: &'a Location) -> Resolver<'a> {
        Resolver {
            choice,
            header,
            said,
            targets: Vec::with_capacity(width),
            attributes: Vec::new(),
            findings: Vec::new(),
            unknown: Vec::new(),
            ignored: Vec::new(),
            statuses: Vec::new(),
            fields: [None; Field::COUNT],
            image_slots: Vec::new(),
            units: vec![None; width],
            currencies: vec![None; width],
        }
    }

    pub(super) fn column(&mut self, index: usize, text: &str) -> Result<(), ColumnError> {
        let target = if normalised(text).is_empty() {
            Target::Unnamed
        } else {
            match self.take(text)? {
                Taken::Meaning(meaning) => self.place(index, text, meaning),
                Taken::Named { name, level } => self.named(index, text, name, level),
                Taken::Measured(field, measured) => self.measured(index, text, field, Some(measured)),
                Taken::Ambiguous(readings) => self.ambiguous(index, text, &readings),
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
            return Ok(match name_taken(name, self.choice)? {
                // The mapping tells the field, the header what it is measured in.
                Taken::Meaning(Meaning::Field(field)) => match alias::measured_as(text, field) {
                    Some(measured) => Taken::Measured(field, measured),
                    None => Taken::Meaning(Meaning::Field(field)),
                },
                taken => taken,
            });
        }
        Ok(match alias::meaning_of_header(text) {
            Header::Known(meaning) => Taken::Meaning(meaning),
            Header::Measured(field, measured) => Taken::Measured(field, measured),
            Header::Ambiguous(readings) => Taken::Ambiguous(readings),
            Header::Unknown => match (prefixed(text.trim()), self.choice.listed(text).as_slice()) {
                (Some(taken), _) => taken,
                (None, [one]) => Taken::Meaning(Meaning::Attribute(one.kind.name.clone())),
                // Several attributes are called so: which is meant is asked where it is told that it is not sent.
                (None, _) => Taken::Unknown,
            },
        })
    }

    fn place(&mut self, index: usize, text: &str, meaning: Meaning) -> Target {
        match meaning {
            Meaning::Field(field) => self.measured(index, text, field, None),
            Meaning::Attribute(name) => {
                let level = self.choice.kind_of(&name).map_or(Level::Product, |kind| kind.level);
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
            Meaning::Skip => Target::Skip,
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
        if field == Field::Active {
            self.statuses.push(text.trim().to_owned());
        }
        if let Some(first) = self.fields[field.index()] {
            let target = self.duplicate(index, text, Some(first as usize - 1));
            if field == Field::Active {
                // New SKUs have no status: there it does no harm.
                self.of_status();
            }
            return target;
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
            Some(Meaning::Field(field)) => return self.measured(index, text, field, None),
            Some(meaning @ Meaning::Image(_)) => return self.place(index, text, meaning),
            Some(Meaning::Skip | Meaning::Ignored | Meaning::Attribute(_)) => {
                let message = format!("`{name}` is a tag of the request itself, not an attribute");
                self.find(Rule::InvalidAttributeName, index, text, message);
                return Target::NotSent;
            }
        }
        let name = self.choice.spelled(&name).to_owned();
        if let Some(place) = self.attributes.iter().position(|kind| kind.name == name) {
            let first = self.targets.iter().position(|target| *target == Target::Attribute(place));
            return self.duplicate(index, text, first);
        }
        let known = self.choice.kind_of(&name).filter(|kind| kind.level == level).cloned();
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

    /// A field, and what its header says that it is measured in.
    fn measured(&mut self, index: usize, text: &str, field: Field, named: Option<Measured>) -> Target {
        let target = self.field(index, text, field);
        if target != Target::Field(field) {
            return target;
        }
        let (measured, row) = match self.agreed(index, text, named) {
            Ok(agreed) => agreed,
            Err(readings) => {
                self.disagreed(index, text, field, &readings);
                return target;
            }
        };
        match measured {
            None => {}
            Some(Measured::Currency(currency)) => self.currencies[index] = Some(currency),
            Some(Measured::Unit(unit)) => {
                self.units[index] = Some(unit);
                if let Some(own) = own_unit(field).filter(|own| *own != unit) {
                    let says = row.map(|row| format!(", as row {row} says,")).unwrap_or_default();
                    let message = format!("{field} is read in {}{says} and sent in {}", unit.symbol(), own.symbol());
                    self.find(Rule::HeaderUnit, index, text, message);
                    if let Some(finding) = self.findings.last_mut() {
                        finding.field = Some(field.name().to_owned());
                    }
                }
            }
        }
        target
    }

    /// What a header and the rows beside it say that its column is measured in, and the row where the header does
    /// not; or what they say each. A mapping that names it is above them all.
    fn agreed(
        &self,
        index: usize,
        text: &str,
        named: Option<Measured>,
    ) -> Result<(Option<Measured>, Option<u32>), Vec<Measured>> {
        let mapping = self.choice.mapping(text);
        if mapping.is_some_and(|(_, name)| matches!(name_taken(name, self.choice), Ok(Taken::Measured(..)))) {
            return Ok((named, None));
        }
        let of_column: Vec<&Said> = self.said.iter().filter(|said| said.column == index).collect();
        let Some(named) = named else {
            let readings = said::readings(&of_column);
            return match readings.as_slice() {
                [] => Ok((None, None)),
                [one] => Ok((Some(*one), of_column.first().map(|said| said.row))),
                _ => Err(readings),
            };
        };
        let mut readings = vec![named];
        for row in of_column.chunk_by(|one, other| one.row == other.row) {
            // A row may name another unit beside it: `in g (1 kg is 1000 g)`.
            let said = said::readings(row);
            if !said.contains(&named) {
                readings.extend(said);
            }
        }
        if readings.len() == 1 { Ok((Some(named), None)) } else { Err(readings) }
    }

    fn disagreed(&mut self, index: usize, text: &str, field: Field, readings: &[Measured]) {
        let header = text.trim();
        let mut rows: Vec<u32> = self.said.iter().filter(|said| said.column == index).map(|said| said.row).collect();
        rows.dedup();
        let rows: Vec<String> = rows.iter().map(|row| format!("row {row}")).collect();
        let shown: Vec<&str> = readings.iter().map(|measured| measured.shown()).collect();
        let mappings: Vec<String> = shown.iter().map(|name| format!("--map \"{header}={field} ({name})\"")).collect();
        let message =
            format!("the column `{header}` is in {}, as its header and {} say", shown.join(" or "), rows.join(" and "));
        self.find(Rule::AmbiguousColumn, index, text, message);
        if let Some(finding) = self.findings.last_mut() {
            finding.help = format!("say which: {}", mappings.join(" or "));
        }
    }

    fn ambiguous(&mut self, index: usize, text: &str, readings: &[Reading]) -> Target {
        let header = text.trim();
        let says: Vec<&str> = readings.iter().map(|Reading(_, says)| says.as_str()).collect();
        let mappings: Vec<String> =
            readings.iter().map(|Reading(name, _)| format!("--map \"{header}={name}\"")).collect();
        self.find(Rule::AmbiguousColumn, index, text, format!("the header `{header}` is either {}", says.join(" or ")));
        if let Some(finding) = self.findings.last_mut() {
            finding.help = format!("say which: {}", mappings.join(" or "));
        }
        Target::NotSent
    }

    fn find(&mut self, rule: Rule, index: usize, text: &str, message: String) {
        let finding = Finding::new(rule, self.header.at(index as u32 + 1));
        self.findings.push(finding.value(text.trim()).message(message));
    }

    /// The last finding concerns the status alone.
    fn of_status(&mut self) {
        if let Some(finding) = self.findings.last_mut() {
            finding.field = Some(Field::Active.name().to_owned());
        }
    }

    /// What the headers came to; constants and defaults are settled last.
    pub(super) fn finish(mut self, headers: Vec<String>) -> Result<(Columns, Vec<Finding>), ColumnError> {
        let constants = constants::settle(&mut self, &headers)?;
        let key = self.key(&headers)?;
        let fields = std::mem::replace(&mut self.fields, [None; Field::COUNT]);
        let targets = std::mem::take(&mut self.targets);
        let attributes = std::mem::take(&mut self.attributes);
        let has_own_column = headers.iter().any(|header| normalised(header).starts_with(OWN_PREFIX));
        let is_export = headers.iter().any(|header| header.trim() == OF_EXPORT);
        let repeats = Repeats::of(&headers, &targets);
        let has_unnamed = targets.contains(&Target::Unnamed);
        let columns = Columns {
            units: std::mem::take(&mut self.units),
            currencies: std::mem::take(&mut self.currencies),
            defaults: constants.defaults,
            values: constants.values,
            headers,
            targets,
            attributes,
            constants: constants.constants,
            fields,
            key,
            has_own_column,
            has_unnamed,
            is_export,
            repeats,
        };
        let findings = told::findings(self, &columns);
        Ok((columns, findings))
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
}

/// What a mapping or a constant names.
pub(super) fn name_taken(name: &str, choice: &Choice) -> Result<Taken, ColumnError> {
    let name = name.trim();
    if let Some(taken) = prefixed(name) {
        return Ok(taken);
    }
    match alias::meaning_of_name(name) {
        Some((Meaning::Field(field), Some(measured))) => return Ok(Taken::Measured(field, measured)),
        Some((meaning, _)) => return Ok(Taken::Meaning(meaning)),
        None => {}
    }
    match choice.listed(name).as_slice() {
        [] => {}
        [one] => return Ok(Taken::Meaning(Meaning::Attribute(one.kind.name.clone()))),
        several => {
            let names: Vec<String> = several.iter().map(|one| format!("attr.{}", one.kind.name)).collect();
            return Err(ColumnError::Mapping(format!(
                "`{name}` is what several attributes are called; name one: {}",
                names.join(" or ")
            )));
        }
    }
    let hint = choice.nearest(name).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Err(ColumnError::Mapping(format!(
        "`{name}` is no field{hint} (fields are {}; an attribute is attr.NAME or sku.NAME; `ignore` leaves a column out, `skip` marks rows to leave out)",
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
    // A star says that the column must be filled, here as in every header.
    Some(Taken::Named { name: name.trim_end_matches('*').trim_end().to_owned(), level })
}

/// A name that can be an XML tag (without namespaces).
pub(super) fn is_xml_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}
