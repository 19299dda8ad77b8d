//! `--set`, `[defaults]` and `[values.FIELD]`: what stands beside the cells.

use std::collections::HashMap;

use super::alias::{self, Meaning};
use super::columns::Values;
use super::measured::{Measured, own_unit};
use super::resolve::{Resolver, Taken, is_xml_name, name_taken};
use super::{Choice, ColumnError, Field, Target};
use crate::category::{AttributeKind, Level};

/// What the settings say beside the cells.
pub(super) struct Constants {
    /// For all rows.
    pub(super) constants: Vec<(Target, String)>,
    /// For empty cells of columns that the sheet has.
    pub(super) defaults: Vec<(Target, String)>,
    /// For what stands in cells.
    pub(super) values: HashMap<Target, Values>,
}

/// Settles them against the columns that were found.
pub(super) fn settle(resolver: &mut Resolver<'_>, headers: &[String]) -> Result<Constants, ColumnError> {
    let mut constants = set(resolver, headers)?;
    let defaults = defaults(resolver, &mut constants)?;
    let values = values(resolver)?;
    Ok(Constants { constants, defaults, values })
}

fn set(resolver: &mut Resolver<'_>, headers: &[String]) -> Result<Vec<(Target, String)>, ColumnError> {
    let mut constants: Vec<(Target, String)> = Vec::new();
    for (name, value) in &resolver.choice.set {
        let place = format!("--set {name}");
        let target = target_of(resolver, &place, name)?;
        if constants.iter().any(|(there, _)| *there == target) {
            return Err(ColumnError::Mapping(format!("{place}: the same field is set twice")));
        }
        let column = resolver.targets.iter().position(|there| *there == target);
        if let Some(header) = column.and_then(|column| headers.get(column)) {
            let header = header.trim();
            return Err(ColumnError::Mapping(format!(
                "{place}: the sheet has the column `{header}` for it; leave --set out, fill only its empty cells with {name} under [defaults] of the settings, or map the column elsewhere with --map \"{header}=ignore\""
            )));
        }
        refuse_blank(&place, value)?;
        refuse_control(&place, value)?;
        if target == Target::Field(Field::Active) {
            resolver.statuses.push(place);
        }
        constants.push((target, value.clone()));
    }
    Ok(constants)
}

/// Defaults of columns; one without a column is a constant. What was set for all rows needs no default.
fn defaults(
    resolver: &mut Resolver<'_>,
    constants: &mut Vec<(Target, String)>,
) -> Result<Vec<(Target, String)>, ColumnError> {
    let mut targets: Vec<Target> = Vec::new();
    let mut defaults = Vec::new();
    for (name, value) in &resolver.choice.defaults {
        let place = format!("[defaults] {name}");
        let target = target_of(resolver, &place, name)?;
        if targets.contains(&target) {
            return Err(ColumnError::Mapping(format!("{place}: the same field is given twice")));
        }
        refuse_blank(&place, value)?;
        refuse_control(&place, value)?;
        targets.push(target);
        if resolver.targets.contains(&target) {
            defaults.push((target, value.clone()));
        } else if !constants.iter().any(|(there, _)| *there == target) {
            if target == Target::Field(Field::Active) {
                resolver.statuses.push(place);
            }
            constants.push((target, value.clone()));
        }
    }
    Ok(defaults)
}

fn values(resolver: &Resolver<'_>) -> Result<HashMap<Target, Values>, ColumnError> {
    let mut targets: Vec<Meant> = Vec::new();
    let mut values = local_names(resolver);
    for (name, pairs) in &resolver.choice.values {
        let place = format!("[values.{name}]");
        let meant = meant(&place, name, resolver.choice)?.ok_or_else(|| {
            ColumnError::Mapping(format!(
                "{place}: to replace its values makes no sense; name a field such as category or brand, or attr.NAME, or sku.NAME"
            ))
        })?;
        for (_, to) in pairs {
            refuse_control(&place, to)?;
        }
        // A sheet without that column has nothing to replace.
        let target = match &meant {
            Meant::Field(field) => Some(Target::Field(*field)),
            Meant::Attribute(name, _) => {
                resolver.attributes.iter().position(|kind| kind.name == *name).map(Target::Attribute)
            }
        };
        if targets.contains(&meant) {
            return Err(ColumnError::Mapping(format!("{place}: the same field is given twice")));
        }
        targets.push(meant);
        if let Some(target) = target {
            // What the user says comes before what the marketplace says.
            values.entry(target).or_default().replace(pairs);
        }
    }
    Ok(values)
}

/// Options that stand in the shop's language are sent by the marketplace's own names.
fn local_names(resolver: &Resolver<'_>) -> HashMap<Target, Values> {
    let listed = resolver.choice.attributes.iter().filter(|listed| !listed.local.is_empty());
    let values = listed.filter_map(|listed| {
        let place = resolver.attributes.iter().position(|kind| kind.name == listed.kind.name)?;
        Some((Target::Attribute(place), Values::of(&listed.local)))
    });
    values.collect()
}

/// Nothing is no value for all rows.
fn refuse_blank(place: &str, value: &str) -> Result<(), ColumnError> {
    if value.chars().all(|c| c.is_whitespace() || alias::is_invisible(c)) {
        return Err(ColumnError::Mapping(format!("{place}: the value is empty; give one, or leave the line out")));
    }
    Ok(())
}

fn refuse_control(place: &str, value: &str) -> Result<(), ColumnError> {
    if value.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
        return Err(ColumnError::Mapping(format!(
            "{place}: the value holds a control character, which cannot be sent"
        )));
    }
    Ok(())
}

/// What a name under `--set`, `[defaults]` and `[values]` means.
#[derive(Debug, PartialEq, Eq)]
enum Meant {
    Field(Field),
    Attribute(String, Level),
}

fn target_of(resolver: &mut Resolver<'_>, place: &str, name: &str) -> Result<Target, ColumnError> {
    match meant(place, name, resolver.choice)? {
        Some(Meant::Field(field)) => Ok(Target::Field(field)),
        Some(Meant::Attribute(name, level)) => Ok(attribute(resolver, name, level)),
        None => Err(ColumnError::Mapping(format!(
            "{place}: one value for all rows makes no sense there; set a field such as brand, or attr.NAME, or sku.NAME"
        ))),
    }
}

/// Nothing where each row needs a value of its own.
fn meant(place: &str, name: &str, choice: &Choice) -> Result<Option<Meant>, ColumnError> {
    let taken = name_taken(name, choice).map_err(|error| ColumnError::Mapping(format!("{place}: {error}")))?;
    let meaning = match taken {
        Taken::Meaning(meaning) => meaning,
        Taken::Measured(field, Measured::Unit(unit)) if own_unit(field) == Some(unit) => Meaning::Field(field),
        Taken::Measured(field, _) => {
            let unit = own_unit(field).map_or("the shop's currency", |unit| unit.symbol());
            return Err(ColumnError::Mapping(format!("{place}: write {field} without a unit, in {unit}")));
        }
        Taken::Named { name, level } => match alias::field_of_tag(&name) {
            None if is_xml_name(&name) => {
                return Ok(Some(Meant::Attribute(choice.spelled(&name).to_owned(), level)));
            }
            None => Meaning::Ignored,
            Some(meaning) => meaning,
        },
        Taken::Unknown | Taken::Ambiguous(_) => Meaning::Ignored,
    };
    Ok(match meaning {
        Meaning::Field(Field::SellerSku | Field::ProductKey | Field::ItemId) => None,
        Meaning::Field(field) => Some(Meant::Field(field)),
        Meaning::Attribute(name) => {
            let name = choice.spelled(&name);
            let level = choice.kind_of(name).map_or(Level::Product, |kind| kind.level);
            Some(Meant::Attribute(name.to_owned(), level))
        }
        Meaning::Image(_) | Meaning::Skip | Meaning::Ignored => None,
    })
}

fn attribute(resolver: &mut Resolver<'_>, name: String, level: Level) -> Target {
    let place = resolver.attributes.iter().position(|kind| kind.name == name).unwrap_or_else(|| {
        let known = resolver.choice.kind_of(&name).filter(|kind| kind.level == level).cloned();
        resolver.attributes.push(known.unwrap_or_else(|| AttributeKind::unlisted(&name, level)));
        resolver.attributes.len() - 1
    });
    Target::Attribute(place)
}
