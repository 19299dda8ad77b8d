//! `/category/tree/get`, `/category/attributes/get` and `/category/brands/query`: what Seller Center tells, in the keys
//! of this API.
//!
//! Options have an English name, which is the one to send, and one in the language that was asked for, or else in that
//! of the country: of the colours some differ. Published: the keys, and of the brands a page of 40 unless `pageSize`
//! says otherwise, 200 at most.

use serde_json::{Map, Value, json};

use super::super::categories;
use super::super::filter;
use super::super::gate::Query;
use super::super::numbers;
use super::super::reply::ApiError;
use super::codes;
use super::settings::{Country, Settings};

const DEFAULT_PAGE: usize = 40;
const MAX_PAGE: usize = 200;
const FIRST_ID: u64 = 100_000_000;
const IDS: u64 = 100_000_000;

/// Colours in English, Chinese, Malay and Indonesian, Filipino, Thai and Vietnamese.
const COLOURS: [[&str; 6]; 5] = [
    ["Red", "红色", "Merah", "Pula", "แดง", "Đỏ"],
    ["Blue", "蓝色", "Biru", "Asul", "น้ำเงิน", "Xanh dương"],
    ["Green", "绿色", "Hijau", "Berde", "เขียว", "Xanh lá"],
    ["Black", "黑色", "Hitam", "Itim", "ดำ", "Đen"],
    ["White", "白色", "Putih", "Puti", "ขาว", "Trắng"],
];

/// The data of `/category/tree/get`.
pub(in crate::sandbox) fn tree() -> Value {
    branches(&categories::tree())
}

fn branches(list: &Value) -> Value {
    let branch = |category: &Value| {
        let children = category.get("children").map(branches);
        let mut told = json!({"name": category["name"], "category_id": category["categoryId"], "var": false,
            "leaf": children.is_none()});
        if let Some(children) = children {
            told["children"] = children;
        }
        told
    };
    list.as_array().into_iter().flatten().map(branch).collect()
}

/// The data of `/category/attributes/get`.
pub(in crate::sandbox) fn attributes(query: &Query, settings: &Settings) -> Result<Value, ApiError> {
    let number = query.filled("primary_category_id").ok_or_else(|| codes::missing("primary_category_id"))?;
    let language = language(query.filled("language_code"), settings.country);
    let attributes = categories::attributes(&Query::of(vec![("PrimaryCategory".to_owned(), number.to_owned())]))?;
    Ok(attributes.as_array().into_iter().flatten().map(|attribute| told(attribute, language)).collect())
}

fn told(attribute: &Value, language: usize) -> Value {
    let name = attribute["name"].as_str().unwrap_or_default();
    let option = |option: &Value| {
        let en_name = option["name"].as_str().unwrap_or_default();
        json!({"name": named(en_name, language), "en_name": en_name, "id": id(&format!("{name} {en_name}"))})
    };
    let options: Value = attribute["options"].as_array().into_iter().flatten().map(option).collect();
    let mut told = Map::new();
    let names = [("name", "name"), ("label", "label"), ("isMandatory", "is_mandatory")];
    let more = [("attributeType", "attribute_type"), ("inputType", "input_type"), ("isSaleProp", "is_sale_prop")];
    for (theirs, own) in names.into_iter().chain(more) {
        told.insert(own.to_owned(), attribute[theirs].clone());
    }
    told.insert("advanced".to_owned(), json!({"is_key_prop": attribute["isSaleProp"]}));
    told.insert("id".to_owned(), json!(id(name)));
    told.insert("options".to_owned(), options);
    Value::Object(told)
}

/// The data of `/category/brands/query`.
pub(in crate::sandbox) fn brands(query: &Query) -> Result<Value, ApiError> {
    let size = filter::limit(query.filled("pageSize"), DEFAULT_PAGE, MAX_PAGE)?;
    let start = filter::offset(query.filled("startRow"))?;
    let all = categories::all_brands();
    let brand = |(brand_id, name, identifier): &(usize, &str, String)| json!({"brand_id": brand_id, "name": name, "name_en": name, "global_identifier": identifier});
    let module: Value = all.iter().skip(start).take(size).map(brand).collect();
    Ok(json!({"module": module, "start_row": start, "page_index": start / size + 1, "page_size": size,
        "total_record": all.len(), "total_page": all.len().div_ceil(size), "enable_total": true}))
}

/// The option that is called so in some language, by its English name, where the two differ.
pub(super) fn english(name: &str) -> Option<&'static str> {
    let colour = COLOURS.iter().find(|names| names.iter().skip(1).any(|known| *known == name));
    colour.and_then(|names| names.first().copied())
}

/// The place of a language among the names of a colour.
fn language(code: Option<&str>, country: Country) -> usize {
    match code.map(|code| code.split(['_', '-']).next().unwrap_or_default()) {
        Some("en") => 0,
        Some("zh") => 1,
        Some("id" | "ms") => 2,
        Some("fil" | "tl") => 3,
        Some("th") => 4,
        Some("vi") => 5,
        Some(_) | None => match country {
            Country::Sg => 1,
            Country::My | Country::Id => 2,
            Country::Ph => 3,
            Country::Th => 4,
            Country::Vn => 5,
        },
    }
}

fn named(en_name: &str, language: usize) -> &str {
    let colour = COLOURS.iter().find(|names| names.first() == Some(&en_name));
    colour.and_then(|names| names.get(language)).copied().unwrap_or(en_name)
}

fn id(name: &str) -> u64 {
    FIRST_ID + numbers::drawn("attribute", name) % IDS
}
