//! The categories, their attributes and the brands of a reply, in each of the forms that both APIs and older engines write.
//!
//! What we do not know is left aside. A category without a number, an attribute without a name and an answer without
//! any of them are no answer: nobody must take half a list for the whole one.

use std::collections::HashSet;

use super::about::PICTURES_FIELD;
use super::{Garbled, node};
use crate::category::{CategoryAttribute, Input, Level, Node, known};

/// Fields of a SKU that stand in no table of attributes; an older engine does not tell the level.
const OF_SKU: [&str; 12] = [
    "SellerSku",
    "price",
    "quantity",
    "special_price",
    "special_from_date",
    "special_to_date",
    "package_weight",
    "package_length",
    "package_width",
    "package_height",
    "ProductId",
    PICTURES_FIELD,
];

/// The categories of a GetCategoryTree: an array, `Category` elements, or either within `Categories`.
pub(super) fn tree(body: Option<&node::Node>) -> Result<Vec<Node>, Garbled> {
    let nodes = body.map(|body| nodes(body.child("Categories").unwrap_or(body))).transpose()?.unwrap_or_default();
    if nodes.is_empty() {
        return Err(Garbled::new("a tree without a category", ""));
    }
    Ok(nodes)
}

fn nodes(list: &node::Node) -> Result<Vec<Node>, Garbled> {
    list.items("Category").into_iter().map(node).collect()
}

fn node(item: &node::Node) -> Result<Node, Garbled> {
    let number = item.either(&["categoryId", "CategoryId", "category_id"]);
    let id = number.as_deref().and_then(|text| text.parse().ok());
    let id: u64 = id.ok_or_else(|| Garbled::new("a category without a number", &item.summary()))?;
    let name = item.either(&["name", "Name"]).unwrap_or_else(|| id.to_string());
    let below = ["children", "Children"].into_iter().find_map(|name| below(item, name));
    Ok(Node { id, name, children: below.transpose()?.unwrap_or_default() })
}

/// What stands below a category. XML may repeat the element, as an array does that was written without a name for its
/// items.
fn below(item: &node::Node, name: &str) -> Option<Result<Vec<Node>, Garbled>> {
    let lists: Vec<&node::Node> = item.children().filter(|child| child.name == name).collect();
    if lists.is_empty() {
        return None;
    }
    let nodes: Result<Vec<Vec<Node>>, Garbled> = lists.into_iter().map(nodes).collect();
    Some(nodes.map(|nodes| nodes.into_iter().flatten().collect()))
}

/// The attributes of a GetCategoryAttributes: an array, `Attribute` elements, or either within `Attributes`.
pub(super) fn attributes(body: Option<&node::Node>) -> Result<Vec<CategoryAttribute>, Garbled> {
    let items = body.map(|body| body.child("Attributes").unwrap_or(body).items("Attribute")).unwrap_or_default();
    if items.is_empty() {
        return Err(Garbled::new("a category without an attribute", ""));
    }
    items.into_iter().map(attribute).collect()
}

fn attribute(item: &node::Node) -> Result<CategoryAttribute, Garbled> {
    // An older engine has a second name for its own feeds.
    let name = item.either(&["name", "Name", "FeedName"]);
    let name = name.ok_or_else(|| Garbled::new("an attribute without a name", &item.summary()))?;
    let mandatory = item.either(&["isMandatory", "IsMandatory", "is_mandatory", "mandatory"]);
    let (options, local) = options(item);
    Ok(CategoryAttribute {
        label: item.either(&["label", "Label"]).unwrap_or_default(),
        input: input(item),
        level: level(item, &name),
        mandatory: mandatory.is_some_and(|flag| is_set(&flag)),
        variant: item.either(&["isSaleProp", "IsSaleProp", "is_sale_prop"]).map(|flag| is_set(&flag)),
        options,
        local,
        name,
    })
}

/// `1`, `"1"`, `true` and `yes`.
fn is_set(flag: &str) -> bool {
    ["1", "true", "yes"].iter().any(|word| flag.eq_ignore_ascii_case(word))
}

/// `attributeType`; an older engine tells `ProductType` instead: a simple product is one SKU.
fn level(item: &node::Node, name: &str) -> Level {
    let kind =
        item.either(&["attributeType", "AttributeType", "attribute_type"]).unwrap_or_default().to_ascii_lowercase();
    let product = item.either(&["ProductType"]).unwrap_or_default().to_ascii_lowercase();
    match (kind.as_str(), product.as_str()) {
        ("sku", _) => Level::Sku,
        ("normal", _) => Level::Product,
        (_, "simple") => Level::Sku,
        (_, "config") => Level::Product,
        _ if OF_SKU.contains(&name) => Level::Sku,
        _ => known(name).map_or(Level::Product, |kind| kind.level),
    }
}

/// `inputType`, or what an older engine calls so; some tell by the type of the attribute alone.
fn input(item: &node::Node) -> Input {
    let word = |names: &[&str]| {
        let word = item.either(names).unwrap_or_default().to_ascii_lowercase();
        word.replace(['_', '-', ' '], "")
    };
    match word(&["inputType", "InputType", "input_type"]).as_str() {
        "text" | "textfield" => Input::Text,
        "richtext" | "textarea" | "html" => Input::RichText,
        "numeric" | "number" | "numberfield" => Input::Number,
        "date" | "datefield" | "datetime" => Input::Date,
        "img" | "image" => Input::Picture,
        "singleselect" | "dropdown" | "radio" => Input::One,
        "multiselect" => Input::Several,
        "enuminput" => Input::OneOrOwn,
        "multienuminput" => Input::SeveralOrOwn,
        _ => match word(&["attributeType", "AttributeType", "attribute_type"]).as_str() {
            "option" => Input::One,
            "multioption" => Input::Several,
            _ => Input::Other,
        },
    }
}

/// The options, each once, in their order; and those that merchants know by another name, with that name in front.
fn options(item: &node::Node) -> (Vec<String>, Vec<(String, String)>) {
    let (mut options, mut local) = (Vec::new(), Vec::new());
    let lists = item.children().filter(|child| matches!(child.name.as_str(), "options" | "Options" | "option"));
    lists.for_each(|list| add_options(list, &mut options, &mut local));
    let mut known = HashSet::new();
    options.retain(|option| known.insert(option.clone()));
    (options, local)
}

/// An option is whatever has a name, the English one before the local one, which is not sent; where nothing has, it is
/// the text itself.
fn add_options(node: &node::Node, options: &mut Vec<String>, local: &mut Vec<(String, String)>) {
    let name = node.either(&["name", "Name"]);
    if let Some(option) = node.value("en_name").or_else(|| name.clone()) {
        local.extend(name.filter(|name| *name != option).map(|name| (name, option.clone())));
        options.push(option);
        return;
    }
    if node.children().next().is_none() {
        options.extend(Some(node.own_text().trim().to_owned()).filter(|text| !text.is_empty()));
        return;
    }
    let is_list = |child: &&node::Node| matches!(child.name.as_str(), "" | "option" | "Option");
    node.children().filter(is_list).for_each(|child| add_options(child, options, local));
}

/// The names of a page of brands, as many as came.
pub(super) fn brands(body: &node::Node) -> Vec<String> {
    let list = body.child("Brands").or_else(|| body.child("module")).unwrap_or(body);
    let name = |brand: &node::Node| brand.either(&["Name", "name", "name_en", "GlobalIdentifier"]).unwrap_or_default();
    list.items("Brand").into_iter().map(name).collect()
}

#[cfg(test)]
mod tests;
