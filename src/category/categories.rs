//! What a marketplace demands of each category, as it was asked for and kept: the tree, the attributes of the
//! categories that were asked for, and the brands.
//!
//! It is a value that is read from a file and never fetched here. What it says is a lower bound of what the
//! marketplace wants.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::find::Index;
use super::memo::Memo;
use super::{AttributeKind, Level, TextKind};

/// A category of the tree (GetCategoryTree, Response).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its number.
    pub id: u64,
    /// Its name in the language of the shop.
    pub name: String,
    /// The categories below it; one without any is a leaf and can hold products.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Node>,
}

/// How an attribute is filled in (GetCategoryAttributes, `inputType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// A short text.
    Text,
    /// A text that may hold HTML.
    RichText,
    /// A number.
    Number,
    /// A date.
    Date,
    /// A picture.
    Picture,
    /// One of the options.
    One,
    /// Some of the options.
    Several,
    /// One of the options, or a value of the merchant's own.
    OneOrOwn,
    /// Some of the options, or values of the merchant's own.
    SeveralOrOwn,
    /// A kind that is not known here: any value is taken.
    Other,
}

/// An attribute of a category (GetCategoryAttributes, Response).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryAttribute {
    /// The tag: `color_family`.
    pub name: String,
    /// What the seller centre calls it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// How it is filled in.
    pub input: Input,
    /// Product or SKU (`attributeType`).
    pub level: Level,
    /// It is demanded; the marketplace demands others too.
    #[serde(default)]
    pub mandatory: bool,
    /// It tells the SKUs of one product apart (`isSaleProp`); older servers do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<bool>,
    /// The values that are allowed; none where they are not listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// The options that the shop's language has another name for: that name, and the option, which is what is sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub local: Vec<(String, String)>,
}

/// What is known of a marketplace's categories: what `category pull` writes and later checks read.
#[derive(Debug, Clone)]
pub struct Categories {
    kept: Kept,
    spots: HashMap<u64, Spot>,
    /// By name; made when a name is looked for.
    index: OnceLock<Index>,
    near: Memo<Vec<u64>>,
}

/// Where a category stands in the tree.
#[derive(Debug, Clone)]
struct Spot {
    /// The places from the root to it.
    places: Vec<usize>,
    is_leaf: bool,
}

/// What is known decides, not what was looked for.
impl PartialEq for Categories {
    fn eq(&self, other: &Categories) -> bool {
        self.kept == other.kept
    }
}

impl Eq for Categories {}

/// As it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    v: u8,
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    pulled: DateTime<Utc>,
    tree: Vec<Node>,
    attributes: BTreeMap<u64, Vec<CategoryAttribute>>,
    /// Nothing where they were not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    brands: Option<Vec<String>>,
}

/// What every version has.
#[derive(Deserialize)]
struct Head {
    v: u8,
    kind: String,
}

/// Why a file of categories cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CategoriesError {
    /// It holds something else.
    #[error("this is no file of categories that `skuload category pull` wrote: {0}")]
    Form(#[from] serde_json::Error),
    /// A later version of this program wrote it.
    #[error("the file of categories has version {0}, which this skuload does not know")]
    Version(u8),
}

const VERSION: u8 = 1;
const KIND: &str = "categories";

impl Categories {
    /// What was asked for at `pulled`; `brands` where they were asked for too.
    #[must_use]
    pub fn new(
        country: Option<String>,
        pulled: DateTime<Utc>,
        tree: Vec<Node>,
        attributes: BTreeMap<u64, Vec<CategoryAttribute>>,
        brands: Option<Vec<String>>,
    ) -> Categories {
        Categories::of(Kept { v: VERSION, kind: KIND.to_owned(), country, pulled, tree, attributes, brands })
    }

    /// Reads what [`Categories::to_json`] wrote.
    ///
    /// # Errors
    /// Another file, or one of a later version.
    pub fn from_json(text: &[u8]) -> Result<Categories, CategoriesError> {
        let kept: Result<Kept, serde_json::Error> = serde_json::from_slice(text);
        match (kept, serde_json::from_slice::<Head>(text)) {
            (_, Ok(head)) if head.kind == KIND && head.v != VERSION => Err(CategoriesError::Version(head.v)),
            (Ok(kept), _) if kept.kind != KIND => {
                let kind = serde::de::Error::custom(format!("its kind is `{}`", kept.kind));
                Err(CategoriesError::Form(kind))
            }
            (kept, _) => Ok(Categories::of(kept?)),
        }
    }

    /// As a file that can be committed beside sheets: the same bytes for the same knowledge.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(&self.kept).map(|text| text + "\n").unwrap_or_default()
    }

    fn of(kept: Kept) -> Categories {
        let mut spots = HashMap::new();
        let mut place = Vec::new();
        spot(&kept.tree, &mut place, &mut spots);
        Categories { kept, spots, index: OnceLock::new(), near: Memo::default() }
    }

    /// The country whose marketplace was asked: two letters.
    #[must_use]
    pub fn country(&self) -> Option<&str> {
        self.kept.country.as_deref()
    }

    /// When the marketplace was asked.
    #[must_use]
    pub fn pulled(&self) -> DateTime<Utc> {
        self.kept.pulled
    }

    /// The uppermost categories.
    #[must_use]
    pub fn tree(&self) -> &[Node] {
        &self.kept.tree
    }

    /// The category of that number, with those above it, the uppermost first; empty where there is none.
    #[must_use]
    pub fn line(&self, id: u64) -> Vec<&Node> {
        let mut line: Vec<&Node> = Vec::new();
        for at in self.spots.get(&id).into_iter().flat_map(|spot| &spot.places) {
            let nodes = line.last().map_or(&self.kept.tree, |node| &node.children);
            line.extend(nodes.get(*at));
        }
        line
    }

    /// `Fashion > Women > T-Shirts`; `None` where there is no such category.
    #[must_use]
    pub fn path(&self, id: u64) -> Option<String> {
        let names: Vec<&str> = self.line(id).iter().map(|node| node.name.as_str()).collect();
        (!names.is_empty()).then(|| names.join(" > "))
    }

    /// `Fashion > Women > T-Shirts (6614)`; the number alone where the tree does not have it.
    #[must_use]
    pub fn shown(&self, id: u64) -> String {
        self.path(id).map_or_else(|| id.to_string(), |path| format!("{path} ({id})"))
    }

    /// The marketplace has it, as far as is known.
    #[must_use]
    pub fn contains(&self, id: u64) -> bool {
        self.spots.contains_key(&id) || self.kept.attributes.contains_key(&id)
    }

    /// It has no others below it, and so can hold products.
    #[must_use]
    pub fn is_leaf(&self, id: u64) -> bool {
        self.spots.get(&id).map_or_else(|| self.contains(id), |spot| spot.is_leaf)
    }

    /// The leaves below a category, in the order of the tree.
    #[must_use]
    pub fn leaves_below(&self, id: u64) -> Vec<u64> {
        let mut leaves = Vec::new();
        if let Some(node) = self.line(id).last() {
            gather(&node.children, &mut leaves);
        }
        leaves
    }

    /// The number of every category that is known, in order.
    #[must_use]
    pub fn numbers(&self) -> Vec<u64> {
        let mut numbers: Vec<u64> = self.spots.keys().chain(self.kept.attributes.keys()).copied().collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    pub(super) fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(self))
    }

    pub(super) fn near(&self) -> &Memo<Vec<u64>> {
        &self.near
    }

    /// What the category demands; `None` where that was not asked for.
    #[must_use]
    pub fn attributes(&self, id: u64) -> Option<&[CategoryAttribute]> {
        self.kept.attributes.get(&id).map(Vec::as_slice)
    }

    /// The categories whose attributes were asked for.
    pub fn pulled_categories(&self) -> impl Iterator<Item = u64> {
        self.kept.attributes.keys().copied()
    }

    /// The brands; `None` where they were not asked for.
    #[must_use]
    pub fn brands(&self) -> Option<&[String]> {
        self.kept.brands.as_deref()
    }
}

fn spot(nodes: &[Node], place: &mut Vec<usize>, spots: &mut HashMap<u64, Spot>) {
    for (at, node) in nodes.iter().enumerate() {
        place.push(at);
        spots.insert(node.id, Spot { places: place.clone(), is_leaf: node.children.is_empty() });
        spot(&node.children, place, spots);
        place.pop();
    }
}

fn gather(nodes: &[Node], leaves: &mut Vec<u64>) {
    for node in nodes {
        if node.children.is_empty() {
            leaves.push(node.id);
        } else {
            gather(&node.children, leaves);
        }
    }
}

impl CategoryAttribute {
    /// The attribute as columns and records know it.
    #[must_use]
    pub fn kind(&self) -> AttributeKind {
        let text = if self.input == Input::RichText { TextKind::Rich } else { TextKind::Short };
        let variant = self.variant.unwrap_or(false) && self.level == Level::Sku;
        AttributeKind { name: self.name.clone(), level: self.level, variant, text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Categories {
        let leaf = |id, name: &str| Node { id, name: name.to_owned(), children: Vec::new() };
        let tree = vec![
            Node { id: 1, name: "Fashion".to_owned(), children: vec![leaf(11, "T-Shirts"), leaf(12, "Shoes")] },
            leaf(2, "Books"),
        ];
        let size = CategoryAttribute {
            name: "size".to_owned(),
            label: "Size".to_owned(),
            input: Input::One,
            level: Level::Sku,
            mandatory: true,
            variant: Some(true),
            options: vec!["S".to_owned(), "M".to_owned()],
            local: Vec::new(),
        };
        let attributes = BTreeMap::from([(11, vec![size])]);
        Categories::new(Some("sg".to_owned()), DateTime::UNIX_EPOCH, tree, attributes, Some(vec!["Acme".to_owned()]))
    }

    #[test]
    fn what_was_written_is_read_again() {
        let two = two();
        assert_eq!(Categories::from_json(two.to_json().as_bytes()).unwrap(), two);
    }

    #[test]
    fn a_category_is_found_by_its_number() {
        assert_eq!(two().path(12).as_deref(), Some("Fashion > Shoes"));
        assert_eq!(two().path(2).as_deref(), Some("Books"));
        assert_eq!(two().path(3), None);
        assert!(two().attributes(11).is_some() && two().attributes(12).is_none());
    }

    #[test]
    fn another_file_is_refused() {
        assert!(matches!(Categories::from_json(b"{}"), Err(CategoriesError::Form(_))));
        let later = two().to_json().replacen("\"v\": 1", "\"v\": 9", 1);
        assert!(matches!(Categories::from_json(later.as_bytes()), Err(CategoriesError::Version(9))));
        let unknown = later.replacen("\"v\": 9", "\"v\": 9, \"new\": []", 1);
        assert!(matches!(Categories::from_json(unknown.as_bytes()), Err(CategoriesError::Version(9))));
        let other = two().to_json().replacen("\"categories\"", "\"findings\"", 1);
        assert!(matches!(Categories::from_json(other.as_bytes()), Err(CategoriesError::Form(_))));
    }
}
