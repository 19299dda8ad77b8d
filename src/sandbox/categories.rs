//! GetCategoryTree, GetCategoryAttributes and GetBrands: what the marketplace demands, from `categories.json`.
//!
//! Published: the calls, their codes, the keys of an attribute, and that a marketplace demands more than it flags:
//! `demands` are attributes without which CreateProduct is refused although they are told to be optional. Our reading:
//! a category that has others below it has no attributes (E057), and so has one that is not in the tree. The tree has
//! the categories of the samples and some more. What is not asked of CreateProduct: that values stand among the options,
//! and that a brand is a known one.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::filter;
use super::gate::Query;
use super::reply::ApiError;

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 1000;

/// The number of the first brand; the others follow.
const FIRST_BRAND: usize = 3601;

/// As it stands in the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    /// Options that several attributes share, by name.
    lists: BTreeMap<String, Vec<String>>,
    /// Attributes that several categories share, by name.
    sets: BTreeMap<String, Vec<Attribute>>,
    tree: Vec<Category>,
    brands: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Category {
    name: String,
    #[serde(rename = "categoryId")]
    id: u64,
    #[serde(default)]
    children: Vec<Category>,
    #[serde(default)]
    sets: Vec<String>,
    /// Its own, after those of its sets; one of the same name takes the place of the other.
    #[serde(default)]
    attributes: Vec<Attribute>,
    /// What CreateProduct wants although it is told to be optional.
    #[serde(default)]
    demands: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Attribute {
    name: String,
    label: String,
    input_type: String,
    attribute_type: String,
    #[serde(default)]
    mandatory: bool,
    #[serde(default)]
    sale_prop: bool,
    options: Option<Options>,
}

/// The options, or the name of a list.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Options {
    Shared(String),
    Own(Vec<String>),
}

static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| serde_json::from_str(include_str!("categories.json")).unwrap_or_default());

/// Every category of the tree by its number.
static BY_NUMBER: LazyLock<HashMap<u64, &'static Category>> = LazyLock::new(|| {
    let mut known = HashMap::new();
    let mut left: Vec<&'static Category> = CATALOGUE.tree.iter().collect();
    while let Some(category) = left.pop() {
        known.insert(category.id, category);
        left.extend(&category.children);
    }
    known
});

/// The category has others below it.
pub(super) fn is_branch(category: u64) -> bool {
    BY_NUMBER.get(&category).is_some_and(|category| !category.children.is_empty())
}

/// What CreateProduct wants in that category although it is told to be optional.
pub(super) fn demands(category: u64) -> impl Iterator<Item = &'static str> {
    BY_NUMBER.get(&category).into_iter().flat_map(|category| category.demands.iter().map(String::as_str))
}

/// The body of GetCategoryTree.
pub(super) fn tree() -> Value {
    CATALOGUE.tree.iter().map(shown).collect()
}

fn shown(category: &Category) -> Value {
    let mut shown = Map::new();
    shown.insert("name".to_owned(), json!(category.name));
    shown.insert("categoryId".to_owned(), json!(category.id));
    if !category.children.is_empty() {
        shown.insert("children".to_owned(), category.children.iter().map(self::shown).collect());
    }
    Value::Object(shown)
}

/// The body of GetCategoryAttributes: E001 without a `PrimaryCategory`, E057 for one that can hold no products.
pub(super) fn attributes(query: &Query) -> Result<Value, ApiError> {
    let number = query.filled("PrimaryCategory").ok_or_else(|| ApiError::about(1, "PrimaryCategory"))?;
    let category = number.parse().ok().and_then(|number: u64| BY_NUMBER.get(&number));
    let category = category.filter(|category| category.children.is_empty()).ok_or_else(|| ApiError::new(57))?;
    Ok(all_of(category).into_iter().map(told).collect())
}

/// The attributes of its sets and its own.
fn all_of(category: &'static Category) -> Vec<&'static Attribute> {
    let of_sets = category.sets.iter().filter_map(|set| CATALOGUE.sets.get(set)).flatten();
    let mut all: Vec<&'static Attribute> = Vec::new();
    for attribute in of_sets.chain(&category.attributes) {
        match all.iter_mut().find(|there| there.name == attribute.name) {
            Some(there) => *there = attribute,
            None => all.push(attribute),
        }
    }
    all
}

fn told(attribute: &Attribute) -> Value {
    let options = match &attribute.options {
        Some(Options::Shared(name)) => CATALOGUE.lists.get(name).map(Vec::as_slice).unwrap_or_default(),
        Some(Options::Own(options)) => options,
        None => &[],
    };
    json!({
        "label": attribute.label,
        "name": attribute.name,
        "isMandatory": u8::from(attribute.mandatory),
        "attributeType": attribute.attribute_type,
        "inputType": attribute.input_type,
        "isSaleProp": u8::from(attribute.sale_prop),
        "options": options.iter().map(|option| json!({"name": option})).collect::<Value>(),
    })
}

/// The body of GetBrands: E019 for a `Limit` that is none, E020 for one that is too high, E014 for an `Offset` that is
/// none.
pub(super) fn brands(query: &Query) -> Result<Value, ApiError> {
    let limit = filter::limit(query.filled("Limit"), DEFAULT_LIMIT, usize::MAX)?;
    if limit > MAX_LIMIT {
        return Err(ApiError::about(20, &limit.to_string()));
    }
    let offset = filter::offset(query.filled("Offset"))?;
    let all = all_brands();
    let brand = |(number, name, identifier): &(usize, &str, String)| json!({"BrandId": number, "Name": name, "GlobalIdentifier": identifier});
    let page: Value = all.iter().skip(offset).take(limit).map(brand).collect();
    Ok(json!({"Brands": page}))
}

/// Every brand: its number, its name and its identifier.
pub(super) fn all_brands() -> Vec<(usize, &'static str, String)> {
    let identifier = |name: &str| name.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "_");
    let names = CATALOGUE.brands.iter().enumerate();
    names.map(|(place, name)| (FIRST_BRAND + place, name.as_str(), identifier(name))).collect()
}

/// The name of the brand with this number.
pub(super) fn brand(number: usize) -> Option<&'static str> {
    CATALOGUE.brands.get(number.checked_sub(FIRST_BRAND)?).map(String::as_str)
}

/// Whether an attribute tells SKUs apart in this category; `None` for a category that the tree does not have.
pub(super) fn is_sale_prop(category: u64, name: &str) -> Option<bool> {
    let category = BY_NUMBER.get(&category)?;
    Some(all_of(category).iter().any(|known| known.name == name && known.sale_prop))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUTS: [&str; 9] =
        ["text", "richText", "numeric", "date", "img", "singleSelect", "multiSelect", "enumInput", "multiEnumInput"];

    fn leaves() -> Vec<&'static Category> {
        BY_NUMBER.values().copied().filter(|category| category.children.is_empty()).collect()
    }

    #[test]
    fn the_file_is_read_and_every_kind_of_input_occurs() {
        assert!(leaves().len() > 40 && CATALOGUE.brands.len() > 40);
        let used: Vec<&str> = leaves().into_iter().flat_map(all_of).map(|known| known.input_type.as_str()).collect();
        assert!(used.iter().all(|input| INPUTS.contains(input)), "{used:?}");
        assert!(INPUTS.iter().all(|input| used.contains(input)), "{used:?}");
    }

    #[test]
    fn every_number_stands_in_the_tree_once() {
        let mut count = 0;
        let mut left: Vec<&Category> = CATALOGUE.tree.iter().collect();
        while let Some(category) = left.pop() {
            count += 1;
            left.extend(&category.children);
        }
        assert_eq!(count, BY_NUMBER.len());
    }

    #[test]
    fn every_name_that_the_file_uses_is_one_that_it_has() {
        for category in leaves() {
            assert!(!category.sets.is_empty(), "{category:?}");
            assert!(category.sets.iter().all(|set| CATALOGUE.sets.contains_key(set)), "{category:?}");
            let all = all_of(category);
            for attribute in &all {
                assert!(["normal", "sku"].contains(&attribute.attribute_type.as_str()), "{attribute:?}");
                if let Some(Options::Shared(list)) = &attribute.options {
                    assert!(CATALOGUE.lists.contains_key(list), "{attribute:?}");
                }
            }
            let is_optional = |name: &String| all.iter().any(|known| known.name == *name && !known.mandatory);
            assert!(category.demands.iter().all(is_optional), "{category:?}");
        }
    }

    #[test]
    fn an_attribute_of_the_category_takes_the_place_of_one_of_its_sets() {
        let phones = attributes(&Query::parse("PrimaryCategory=3").unwrap()).unwrap();
        let models: Vec<&Value> = phones.as_array().unwrap().iter().filter(|known| known["name"] == "model").collect();
        assert_eq!(models.len(), 1);
        assert_eq!(models[0]["isMandatory"], 1);
    }
}
