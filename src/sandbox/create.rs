//! CreateProduct: one new product, or more SKUs for one that is there.
//!
//! Errors of the request as a whole (E001, E005, E030, E201, E202, E205, E206, E502) come first, one at a time; then
//! all the rules of [`rules`] together as the details of one E500. A product is created with all its SKUs or not at all.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::address::Policy;
use super::api::Api;
use super::reply::ApiError;
use super::spu::{Spu, Spus};
use super::store::{Effect, Product, Sku, Status, Store};
use super::time::SaleDate;
use super::xml::Element;
use super::{categories, request, rules};

/// A product as a request describes it, its own well-formedness checked.
#[derive(Debug)]
pub(super) struct Draft {
    /// `PrimaryCategory`; absent only with an AssociatedSku.
    pub(super) category: Option<u64>,
    /// A known SPU.
    pub(super) spu: Option<Spu>,
    /// `AssociatedSku`.
    pub(super) associated_sku: Option<String>,
    /// `Attributes`, blank ones left out, and those of the SPU.
    pub(super) attributes: BTreeMap<String, String>,
    /// Its own `Images`, which only the Open Platform takes.
    pub(super) images: Vec<String>,
    /// At least one.
    pub(super) skus: Vec<DraftSku>,
}

/// A SKU as a request describes it.
#[derive(Debug)]
pub(super) struct DraftSku {
    /// `SellerSku`, unless blank.
    pub(super) seller_sku: Option<String>,
    /// Every other field, blank ones left out.
    pub(super) fields: BTreeMap<String, String>,
    /// `Images`, blank ones left out.
    pub(super) images: Vec<String>,
}

/// Which request creates, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    /// Its number.
    pub(super) request: u64,
    /// The time at the marketplace.
    pub(super) at: DateTime<Utc>,
}

/// What the marketplace takes.
#[derive(Debug)]
pub(super) struct Terms<'a> {
    /// The SPUs it knows.
    pub(super) spus: &'a Spus,
    /// The pictures it shows.
    pub(super) images: Policy,
    /// The API by which it was called.
    pub(super) api: Api,
}

/// Decides what a CreateProduct does to the shop, or why it is refused.
pub(super) fn decide(product: &Element, store: &Store, terms: &Terms, origin: Origin) -> Result<Effect, ApiError> {
    let draft = read(product, terms)?;
    let details = rules::check(&draft, store, terms);
    if !details.is_empty() {
        return Err(ApiError::with_details(500, details));
    }
    Ok(effect(draft, origin))
}

/// The success body that the response tables describe.
pub(super) fn described(product: &Element) -> Value {
    let skus: Vec<Value> = request::seller_skus(product).into_iter().map(|sku| json!({"SellerSku": sku})).collect();
    let mut described = serde_json::Map::new();
    if let Some(category) = product.value("PrimaryCategory") {
        described.insert("PrimaryCategory".to_owned(), json!(category));
    }
    described.insert("Skus".to_owned(), json!(skus));
    json!({"Product": described, "Warnings": []})
}

fn read(product: &Element, terms: &Terms) -> Result<Draft, ApiError> {
    let associated_sku = product.value("AssociatedSku").map(str::to_owned);
    let category = match product.value("PrimaryCategory") {
        Some(text) => Some(leaf(text).ok_or_else(|| ApiError::about(201, text))?),
        None if associated_sku.is_some() => None,
        None => return Err(ApiError::about(1, "PrimaryCategory")),
    };
    let spu = product.value("SPUId").map(|text| terms.spus.find(text, category)).transpose()?.cloned();
    let mut attributes = match product.child("Attributes") {
        Some(attributes) => request::fields(attributes)?,
        None if associated_sku.is_some() => BTreeMap::new(),
        None => return Err(ApiError::about(1, "Attributes")),
    };
    if let Some(spu) = &spu {
        spu.fill(&mut attributes, str::to_owned);
    }
    let skus = request::skus(product);
    if skus.is_empty() {
        return Err(ApiError::about(1, "Skus"));
    }
    let skus = skus.into_iter().map(read_sku).collect::<Result<Vec<_>, _>>()?;
    let images = match terms.api {
        Api::SellerCenter => Vec::new(),
        Api::OpenPlatform => request::images(product),
    };
    Ok(Draft { category, spu, associated_sku, attributes, images, skus })
}

fn read_sku(sku: &Element) -> Result<DraftSku, ApiError> {
    Ok(DraftSku {
        seller_sku: sku.value("SellerSku").map(str::to_owned),
        fields: request::fields(sku)?,
        images: request::images(sku),
    })
}

/// The number of a category. One that has others below it holds no products; one that the tree does not have is taken
/// all the same, so that sheets made for another marketplace can be tried.
fn leaf(text: &str) -> Option<u64> {
    positive(text).filter(|category| !categories::is_branch(*category))
}

/// A positive integer written in digits alone.
pub(super) fn positive(text: &str) -> Option<u64> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|number| *number > 0)
}

fn effect(draft: Draft, origin: Origin) -> Effect {
    let skus = draft.skus.into_iter().filter_map(|sku| stored(sku, origin)).collect();
    if let Some(associated_sku) = draft.associated_sku {
        return Effect::Add { associated_sku, skus, at: origin.at };
    }
    Effect::Create {
        product: Product {
            item_id: 0,
            category: draft.category.unwrap_or_default(),
            spu_id: draft.spu.map(|spu| spu.id),
            attributes: draft.attributes,
            images: draft.images,
            skus,
            associated_skus: Vec::new(),
            creates: 1,
            created_at: origin.at,
            updated_at: origin.at,
        },
    }
}

fn stored(sku: DraftSku, origin: Origin) -> Option<Sku> {
    let mut fields = sku.fields;
    for name in ["special_from_date", "special_to_date"] {
        if let Some(text) = fields.get_mut(name)
            && let Some(date) = SaleDate::parse(text)
        {
            *text = date.floored().text();
        }
    }
    Some(Sku {
        seller_sku: sku.seller_sku?,
        status: Status::Active,
        images: sku.images,
        fields,
        created_by_request: Some(origin.request),
        created_at: Some(origin.at),
        ..Sku::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::faults::Faults;
    use crate::sandbox::{time, xml};

    const SKUS: &str = "<Skus><Sku><SellerSku>A</SellerSku><price>9.90</price><package_length>1</package_length>\
        <package_width>1</package_width><package_height>1</package_height><package_weight>0.2</package_weight>\
        <special_price>5</special_price><special_from_date>2017-07-15 18:23</special_from_date></Sku></Skus>";
    const ATTRIBUTES: &str = "<Attributes><name>Tote</name><short_description>Canvas</short_description>\
        <brand>Remark</brand></Attributes>";

    fn decided(head: &str, rest: &str) -> Result<Effect, ApiError> {
        let product = xml::read(format!("<Product>{head}{rest}</Product>").as_bytes()).unwrap();
        let faults = Faults::from_toml("[[spu]]\nid = 1001\ncategory = 3").unwrap();
        let terms = Terms { spus: &Spus::new(faults.spus), images: Policy::Hosted, api: Api::SellerCenter };
        decide(&product, &Store::default(), &terms, Origin { request: 1, at: time::now() })
    }

    #[track_caller]
    fn check(head: &str, expect: &str) {
        let message = decided(head, &format!("{ATTRIBUTES}{SKUS}")).err().map(|error| error.message);
        assert_eq!(message.unwrap_or_default(), expect, "{head}");
    }

    #[test]
    fn a_category_is_a_positive_integer() {
        check("<PrimaryCategory>3</PrimaryCategory>", "");
        check("<PrimaryCategory></PrimaryCategory>", "E001: Parameter PrimaryCategory is mandatory");
        check("<PrimaryCategory>0</PrimaryCategory>", "E201: 0 Invalid CategoryId");
        check("<PrimaryCategory>-3</PrimaryCategory>", "E201: -3 Invalid CategoryId");
        check("<PrimaryCategory>toys</PrimaryCategory>", "E201: toys Invalid CategoryId");
        check("<PrimaryCategory>1819</PrimaryCategory>", "E201: 1819 Invalid CategoryId");
        check("<PrimaryCategory>987654</PrimaryCategory>", "");
    }

    #[test]
    fn an_spu_is_a_known_one_of_the_same_category() {
        check("<PrimaryCategory>3</PrimaryCategory><SPUId></SPUId>", "");
        check("<PrimaryCategory>3</PrimaryCategory><SPUId>1001</SPUId>", "");
        check("<PrimaryCategory>3</PrimaryCategory><SPUId>x1</SPUId>", "E202: x1 Invalid SPUId");
        check("<PrimaryCategory>3</PrimaryCategory><SPUId>1002</SPUId>", "E205: SPU not exist");
        let differs = "E206: Different category id in SPU and PrimaryCategory";
        check("<PrimaryCategory>4</PrimaryCategory><SPUId>1001</SPUId>", differs);
    }

    #[test]
    fn attributes_and_skus_are_mandatory() {
        let head = "<PrimaryCategory>3</PrimaryCategory>";
        let message = |rest: &str| decided(head, rest).err().map(|error| error.message).unwrap_or_default();
        assert_eq!(message(SKUS), "E001: Parameter Attributes is mandatory");
        assert_eq!(message(ATTRIBUTES), "E001: Parameter Skus is mandatory");
        assert_eq!(message(&format!("{ATTRIBUTES}<Skus/>")), "E001: Parameter Skus is mandatory");
    }

    #[test]
    fn sale_dates_are_stored_as_the_marketplace_rounds_them() {
        let rest = format!("{ATTRIBUTES}{SKUS}");
        let Ok(Effect::Create { product }) = decided("<PrimaryCategory>3</PrimaryCategory>", &rest) else {
            panic!("refused");
        };
        assert_eq!(product.skus[0].fields["special_from_date"], "2017-07-15 18:15:00");
    }
}
