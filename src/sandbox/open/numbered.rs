//! Products and SKUs by their numbers: what a call of the Open Platform writes becomes what Seller Center would have
//! been sent, with seller SKUs.
//!
//! Published: an update needs ItemId (4193) and SkuId (4216), SetImages takes the SkuId in the place of the SellerSku,
//! at most 50 SKUs of a price call (4171) and of SetImages (204). Our reading: a price call may name a SKU by its
//! SellerSku alone; numbers that are sent must be there and agree with each other and with the SellerSku (4136, 4137);
//! one that does not spoils the whole call, whatever `bad_sku` says. The stock of several warehouses is their sum.

use super::super::asked::Asked;
use super::super::categories;
use super::super::reply::{ApiError, Detail};
use super::super::request;
use super::super::store::{Product, Store};
use super::super::xml::Element;
use super::codes;

const MAX_SKUS: usize = 50;

/// What each SKU of a call must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Demand {
    SkuId,
    AnyName,
}

/// What a call asks for, by seller SKUs.
pub(super) fn resolved(mut asked: Asked, store: &Store) -> Result<Asked, ApiError> {
    match &mut asked {
        Asked::Create(product) => {
            lift(product);
            each_sku(product, |sku| drop(take(sku, "SkuId")));
        }
        Asked::Update(product) => {
            lift(product);
            let mut details = Vec::new();
            let item = item(take(product, "ItemId"), store, &mut details);
            name_skus(product, item, Demand::SkuId, store, &mut details);
            refuse(501, details)?;
        }
        Asked::PriceQuantity(product) => {
            if request::skus(product).len() > MAX_SKUS {
                return Err(codes::numbered(4171));
            }
            each_sku(product, |sku| sum_stock(sku, "Quantity"));
            let mut details = Vec::new();
            name_skus(product, None, Demand::AnyName, store, &mut details);
            refuse(501, details)?;
        }
        Asked::SetImages(product) => {
            if request::skus(product).len() > MAX_SKUS {
                return Err(ApiError::new(204));
            }
            let mut details = Vec::new();
            name_skus(product, None, Demand::SkuId, store, &mut details);
            refuse(504, details)?;
        }
        Asked::Remove(product) => {
            let mut details = Vec::new();
            name_skus(product, None, Demand::AnyName, store, &mut details);
            refuse(503, details)?;
        }
        Asked::Products | Asked::QcStatus | Asked::CategoryTree | Asked::CategoryAttributes | Asked::Brands => {}
        Asked::Migrate(_) | Asked::MigrateAll(_) | Asked::Upload(_) | Asked::Response(_) | Asked::Tokens(_) => {}
    }
    Ok(asked)
}

fn refuse(overview: u32, details: Vec<Detail>) -> Result<(), ApiError> {
    if details.is_empty() { Ok(()) } else { Err(ApiError::with_details(overview, details)) }
}

/// The product that an update is about.
fn item<'a>(text: Option<String>, store: &'a Store, details: &mut Vec<Detail>) -> Option<&'a Product> {
    let Some(text) = text else {
        details.push(codes::detail(4193, "ItemId", None));
        return None;
    };
    let found = text.parse().ok().and_then(|item_id| store.item(item_id));
    if found.is_none() {
        details.push(codes::detail(4137, "ItemId", None));
    }
    found
}

/// Gives each SKU the seller SKU that its numbers stand for.
fn name_skus(product: &mut Element, item: Option<&Product>, demand: Demand, store: &Store, details: &mut Vec<Detail>) {
    each_sku(product, |sku| {
        let (own_item, sku_id) = (take(sku, "ItemId"), take(sku, "SkuId"));
        let sent = sku.value("SellerSku").map(str::to_owned);
        let mut about = |code: u32, field: &str| details.push(codes::detail(code, field, sent.as_deref()));
        let own_item = own_item.map(|text| text.parse().ok().and_then(|item_id| store.item(item_id)));
        if let Some(None) = own_item {
            return about(4137, "ItemId");
        }
        let item = own_item.flatten().or(item);
        let Some(sku_id) = sku_id else {
            if demand == Demand::SkuId {
                about(4216, "SkuId");
            }
            return;
        };
        let found = sku_id.parse().ok().and_then(|sku_id| store.numbered(sku_id));
        let found = found.filter(|(owner, _)| item.is_none_or(|item| item.item_id == owner.item_id));
        let Some((_, there)) = found else { return about(4136, "SkuId") };
        match &sent {
            Some(sent) if *sent != there.seller_sku => about(4136, "SellerSku"),
            Some(_) => {}
            None => sku.children.push(leaf("SellerSku", &there.seller_sku)),
        }
    });
}

/// What this API writes inside a product or a SKU goes where Seller Center has it.
fn lift(product: &mut Element) {
    each_sku(product, |sku| {
        sum_stock(sku, "quantity");
        let Some(place) = sku.children.iter().position(|child| child.name == "saleProp") else { return };
        let properties = sku.children.remove(place).children;
        sku.children.retain(|child| properties.iter().all(|property| property.name != child.name));
        sku.children.extend(properties);
    });
    if let Some(attributes) = product.children.iter_mut().find(|child| child.name == "Attributes") {
        take(attributes, "disableAttributeAutoFill");
        let brand = take(attributes, "brand_id").and_then(|number| categories::brand(number.parse().ok()?));
        if let Some(brand) = brand.filter(|_| attributes.value("brand").is_none()) {
            attributes.children.push(leaf("brand", brand));
        }
    }
}

/// The stock of all warehouses as one.
fn sum_stock(sku: &mut Element, name: &str) {
    let Some(place) = sku.children.iter().position(|child| child.name == "MultiWarehouseInventories") else { return };
    let stock = sku.children.remove(place);
    let quantities: Option<Vec<u64>> = stock
        .children_named("MultiWarehouseInventory")
        .map(|one| one.value("Quantity").and_then(|text| text.parse().ok()))
        .collect();
    // What is no number is told by the field it would have been.
    let sum = quantities.map_or("-1".to_owned(), |quantities| quantities.iter().sum::<u64>().to_string());
    take(sku, name);
    sku.children.push(leaf(name, &sum));
}

fn each_sku(product: &mut Element, mut change: impl FnMut(&mut Element)) {
    let skus = product.children.iter_mut().filter(|child| child.name == "Skus").take(1);
    skus.flat_map(|skus| &mut skus.children).filter(|sku| sku.name == "Sku").for_each(&mut change);
}

/// Takes the first child of this name out; its text, unless it is blank.
fn take(element: &mut Element, name: &str) -> Option<String> {
    let place = element.children.iter().position(|child| child.name == name)?;
    let text = element.children.remove(place).text;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn leaf(name: &str, text: &str) -> Element {
    Element { name: name.to_owned(), text: text.to_owned(), children: Vec::new() }
}
