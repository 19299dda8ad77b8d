//! What is told of whole columns: those that categories demand and a table lacks, those that a category does not have,
//! and that of some categories nothing is known.

use std::collections::{BTreeMap, BTreeSet};

use super::{Once, Requirements};
use crate::category::Level;
use crate::check::demand::Demand;
use crate::column::{Field, Table};
use crate::finding::{Finding, Rule};
use crate::location::Location;

/// How many categories a message names.
const NAMED: usize = 5;

/// A table, a category (by place from 1) and a level, where the table lacks columns for it.
pub(in crate::check) type Absent = (usize, u32, Level);

impl Requirements<'_> {
    /// The columns that a table lacks, each told once with the categories that demand it.
    pub(in crate::check) fn absent_columns(&self, table: usize, absent: &BTreeSet<Absent>) -> Vec<Finding> {
        let mut demanded: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
        for (_, category, level) in absent.iter().filter(|(of_table, _, _)| *of_table == table) {
            let Some(schema) = self.schema(table, *category) else { continue };
            let names = match level {
                Level::Sku => &schema.absent_of_sku,
                Level::Product => &schema.absent_of_product,
            };
            for name in names {
                demanded.entry(*name).or_default().insert(*category);
            }
        }
        demanded.iter().map(|(name, categories)| self.absent_column(table, name, categories)).collect()
    }

    fn absent_column(&self, table: usize, name: &str, categories: &BTreeSet<u32>) -> Finding {
        let header = self.tables[table].table.header.clone();
        let demand = if categories.len() == 1 { "demands" } else { "demand" };
        let categories = self.named(categories);
        let help = format!(
            "add a column {name}, or map one with --map \"Your header={name}\", or give all rows one value with --set {name}=VALUE"
        );
        match Demand::of(self.rules) {
            Demand::Needed | Demand::Unsaid => Finding::new(Rule::MissingAttribute, header)
                .field(name)
                .message(format!("the sheet has no column for {name}, which {categories} {demand}"))
                .help(help),
            Demand::Advised => Finding::new(Rule::NeededToCreate, header)
                .field(name)
                .message(format!("the sheet has no column for {name}, which {categories} {demand} of new SKUs"))
                .help(format!("{help}, unless the shop has every SKU")),
        }
    }

    /// What is said once for a column and a category.
    pub(in crate::check) fn told_once(&self, once: Once, table: usize, row: Location) -> Finding {
        let Once { rule, place, column, category } = once;
        let name = self.tables[table].table.columns.attributes()[place].name.as_str();
        let shown = self.shown(category);
        let location = if column == 0 { row } else { row.at(column) };
        let finding = Finding::new(rule, location).field(name);
        let attributes = self.categories.attributes(self.number(category)).unwrap_or_default();
        if rule == Rule::AttributeLevel {
            let (level, is) = match attributes.iter().find(|attribute| attribute.name == name).map(|one| one.level) {
                Some(Level::Sku) => ("sku", "each SKU, and the column is sent with the product"),
                Some(Level::Product) | None => ("attr", "the product, and the column is sent with each SKU"),
            };
            let header = self.header_of(table, column).unwrap_or(name);
            return finding
                .message(format!("{shown} has {name} with {is}"))
                .help(format!("say where it belongs with --map \"{header}={level}.{name}\""));
        }
        let finding = finding.message(format!("{name} is no attribute of {shown}, and is sent all the same"));
        let names = attributes.iter().flat_map(|one| [(one.name.as_str(), one), (one.label.as_str(), one)]);
        let near = names.filter_map(|(text, one)| Some((crate::column::resemblance(name, text)?, one)));
        let near = near.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, one)| one.name.as_str());
        match (near, self.header_of(table, column)) {
            (Some(near), Some(header)) => finding.help(format!(
                "did you mean {near}? --map \"{header}={near}\"; or clear the cells, or leave the column out with --map \"{header}=ignore\""
            )),
            (None, Some(header)) => {
                finding.help(format!("clear the cells, or leave the column out with --map \"{header}=ignore\""))
            }
            (_, None) => finding.help("leave the constant out"),
        }
    }

    fn header_of(&self, table: usize, column: u32) -> Option<&str> {
        let at = (column as usize).checked_sub(1)?;
        self.tables[table].table.columns.headers().get(at).map(|header| header.trim())
    }

    /// Categories of a table of which nothing is known.
    pub(in crate::check) fn not_pulled(&self, table: usize, met: &BTreeSet<u32>) -> Option<Finding> {
        let is_unknown = |place: &&u32| {
            let id = self.number(**place);
            self.categories.is_leaf(id) && self.categories.attributes(id).is_none()
        };
        let unknown: BTreeSet<u32> = met.iter().filter(is_unknown).copied().collect();
        if unknown.is_empty() {
            return None;
        }
        let demand = if unknown.len() == 1 { "demands" } else { "demand" };
        let message = format!("what {} {demand} is not known, so that its rows are checked less", self.named(&unknown));
        let asked = if unknown.len() > NAMED {
            "--all".to_owned()
        } else {
            let ids: Vec<String> = unknown.iter().map(|place| self.number(*place).to_string()).collect();
            format!("--category {}", ids.join(","))
        };
        let Table { header, columns, .. } = self.tables[table].table;
        let place = columns.column_of(Field::Category).map_or_else(|| header.clone(), |column| header.at(column));
        let finding = Finding::new(Rule::CategoryNotPulled, place);
        Some(finding.message(message).help(format!("ask the marketplace: skuload category pull --shop NAME {asked}")))
    }

    /// `Fashion > T-Shirts (6614), Books (3) and 12 more`
    fn named(&self, categories: &BTreeSet<u32>) -> String {
        let mut names: Vec<String> = categories.iter().take(NAMED).map(|place| self.shown(*place)).collect();
        if categories.len() > NAMED {
            names.push(format!("{} more", categories.len() - NAMED));
        }
        match names.as_slice() {
            [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
            names => names.concat(),
        }
    }
}
