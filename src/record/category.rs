//! The cell of the category -> its number: a number as it stands, a name or a path where it is known which there are.

use super::draft::{Draft, Entry, Findings};
use super::{CategoryId, Reading, cleaned, without_point};
use crate::category::{Categories, Sought};
use crate::column::Field;
use crate::finding::Rule;

/// How many categories a message names.
const NAMED: usize = 3;

/// How much of a cell a message shows.
const SHOWN: usize = 100;

impl Draft<'_> {
    /// The category that the row names.
    pub(super) fn read_category(&self, reading: &Reading, findings: &mut Findings<'_>) -> Option<CategoryId> {
        let entry = self.text(Field::Category)?;
        let Some(categories) = reading.categories.as_ref() else {
            return self.whole(Field::Category, Rule::InvalidCategory, CategoryId::parse, findings);
        };
        let category = if number(entry.text).is_some() {
            self.whole(Field::Category, Rule::InvalidCategory, CategoryId::parse, findings)
        } else {
            named(entry, categories, findings)
        };
        if let Some(category) = category {
            look_at(category, entry, categories, findings);
        }
        category
    }

    /// The category that the row is about: the one it gives, or one that only repeats what the shop has.
    #[must_use]
    pub fn category_told(&self) -> Option<CategoryId> {
        self.category.or_else(|| number(self.texts[Field::Category.index()]?.text))
    }

    /// What makes two rows tell the same category: its number, however it is written; nothing where that is not known.
    #[must_use]
    pub fn category_number(&self, field: &str) -> Option<u64> {
        self.category.filter(|_| field == Field::Category.name()).map(CategoryId::number)
    }
}

fn number(text: &str) -> Option<CategoryId> {
    // Nearly every one is plain digits.
    CategoryId::parse(text).or_else(|| {
        let plain = cleaned(text).text;
        CategoryId::parse(&plain).or_else(|| CategoryId::parse(without_point(&plain)?))
    })
}

fn named(entry: Entry<'_>, categories: &Categories, findings: &mut Findings<'_>) -> Option<CategoryId> {
    let (rule, ids) = match categories.find(&cleaned(entry.text).text) {
        Sought::One(id) => return CategoryId::of(id),
        Sought::Several(ids) => (Rule::AmbiguousCategory, ids),
        Sought::Nothing(ids) => (Rule::InvalidCategory, ids),
    };
    let mut text: String = entry.text.trim().chars().take(SHOWN).collect();
    if text.len() < entry.text.trim().len() {
        text.push('…');
    }
    let (message, help) = if rule == Rule::AmbiguousCategory {
        let help = format!("write the number or the path of one: {}", listed(&ids, categories));
        (format!("`{text}` fits {} categories", ids.len()), help)
    } else {
        let message = format!("the category `{text}` is neither a number nor the name of a known category");
        let help = match ids.as_slice() {
            [] => "write the number, the name or the path of a category; skuload category show lists them".to_owned(),
            near => format!("the nearest: {}", listed(near, categories)),
        };
        (message, help)
    };
    let finding = findings.cell(rule, Field::Category.name(), entry);
    (finding.message, finding.help) = (message, help);
    None
}

/// Whether there is such a category, and whether it can hold products.
fn look_at(category: CategoryId, entry: Entry<'_>, categories: &Categories, findings: &mut Findings<'_>) {
    let id = category.number();
    if !categories.contains(id) {
        let finding = findings.cell(Rule::UnknownCategory, Field::Category.name(), entry);
        finding.message = format!("the marketplace had no category {id} when it was asked");
    } else if !categories.is_leaf(id) {
        let leaves = categories.leaves_below(id);
        let finding = findings.cell(Rule::CategoryNotLeaf, Field::Category.name(), entry);
        finding.message = format!("the category {} has others below it", categories.shown(id));
        finding.help = format!("write one of those that hold products: {}", listed(&leaves, categories));
    }
}

/// `6614 (Fashion > Women > T-Shirts) or 6700 (Fashion > Men > T-Shirts), and 12 more`
fn listed(ids: &[u64], categories: &Categories) -> String {
    let named = |id: &u64| categories.path(*id).map_or_else(|| id.to_string(), |path| format!("{id} ({path})"));
    let names: Vec<String> = ids.iter().take(NAMED).map(named).collect();
    let named = match names.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        names => names.concat(),
    };
    // No one shall write "12 more" into the cell.
    if ids.len() > NAMED { format!("{named}, and {} more", ids.len() - NAMED) } else { named }
}
