//! Products and SKUs by their numbers: what a call of the Open Platform writes becomes what Seller Center would have
//! been sent, with seller SKUs.
//!
//! Published: an update needs ItemId (4193) and SkuId (4216), SetImages takes the SkuId in the place of the SellerSku,
//! at most 50 SKUs of a price call (4171) and of SetImages (204). Our reading: a price call may name a SKU by its
//! SellerSku alone; numbers that are sent must be there and agree with each other and with the SellerSku (4136, 4137);
//! one that does not spoils the whole call, whatever `bad_sku` says. The stock of several warehouses is their sum.

use super::super::asked::{Asked, Write};
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

/// The search for what numbers stand for, and what it did not find.
struct Search<'a> {
    store: &'a Store,
    /// What all SKUs belong to, where the call says so.
    item: Option<&'a Product>,
    demand: Demand,
    details: Vec<Detail>,
}

/// What a call asks for, by seller SKUs.
pub(super) fn resolved(mut asked: Asked, store: &Store) -> Result<Asked, ApiError> {
    let Asked::Write(write) = &mut asked else { return Ok(asked) };
    match write {
        Write::Create(product) => {
            lift(product);
            each_sku(product, |sku| drop(take(sku, "SkuId")));
        }
        Write::Update(product) => {
            lift(product);
            let mut search = Search::new(store, Demand::SkuId);
            search.find_item(take(product, "ItemId"));
            search.name_skus(product, 501)?;
        }
        Write::PriceQuantity(product) => {
            if request::skus(product).len() > MAX_SKUS {
                return Err(codes::numbered(4171));
            }
            each_sku(product, |sku| sum_stock(sku, "Quantity"));
            Search::new(store, Demand::AnyName).name_skus(product, 501)?;
        }
        Write::SetImages(product) => {
            if request::skus(product).len() > MAX_SKUS {
                return Err(ApiError::new(204));
            }
            Search::new(store, Demand::SkuId).name_skus(product, 504)?;
        }
        Write::Remove(product) => Search::new(store, Demand::AnyName).name_skus(product, 503)?,
        // Pictures have no numbers.
        Write::Migrate(_) | Write::MigrateAll(_) | Write::Upload(_) => {}
    }
    Ok(asked)
}

impl<'a> Search<'a> {
    fn new(store: &'a Store, demand: Demand) -> Search<'a> {
        Search { store, item: None, demand, details: Vec::new() }
    }

    /// The product that an update is about.
    fn find_item(&mut self, item_id: Option<String>) {
        match item_id {
            None => self.details.push(codes::detail(4193, "ItemId", None)),
            Some(item_id) => {
                self.item = self.item_of(&item_id);
                if self.item.is_none() {
                    self.details.push(codes::detail(4137, "ItemId", None));
                }
            }
        }
    }

    fn item_of(&self, item_id: &str) -> Option<&'a Product> {
        item_id.parse().ok().and_then(|item_id| self.store.item(item_id))
    }

    /// Gives each SKU the seller SKU that its numbers stand for; the overview of what was not found otherwise.
    fn name_skus(mut self, product: &mut Element, overview: u32) -> Result<(), ApiError> {
        each_sku(product, |sku| {
            let sent = sku.value("SellerSku").map(str::to_owned);
            if let Err((code, field)) = self.name(sku, sent.as_deref()) {
                self.details.push(codes::detail(code, field, sent.as_deref()));
            }
        });
        if self.details.is_empty() { Ok(()) } else { Err(ApiError::with_details(overview, self.details)) }
    }

    /// Code and field of what is wrong with the numbers of a SKU.
    fn name(&self, sku: &mut Element, sent: Option<&str>) -> Result<(), (u32, &'static str)> {
        let (item_id, sku_id) = (take(sku, "ItemId"), take(sku, "SkuId"));
        let item = match item_id {
            Some(item_id) => Some(self.item_of(&item_id).ok_or((4137, "ItemId"))?),
            None => self.item,
        };
        let Some(sku_id) = sku_id else {
            return if self.demand == Demand::SkuId { Err((4216, "SkuId")) } else { Ok(()) };
        };
        let found = sku_id.parse().ok().and_then(|sku_id| self.store.numbered(sku_id));
        let found = found.filter(|(owner, _)| item.is_none_or(|item| item.item_id == owner.item_id));
        let (_, there) = found.ok_or((4136, "SkuId"))?;
        match sent {
            Some(sent) if sent != there.seller_sku => Err((4136, "SellerSku")),
            Some(_) => Ok(()),
            None => {
                sku.children.push(leaf("SellerSku", &there.seller_sku));
                Ok(())
            }
        }
    }
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
