//! The products of a GetProducts reply, as far as they are wanted. SKUs are told under the names that they have in Seller
//! Center, which are those of the page but for the variation, which stands in an object of its own.

use super::super::node::Node;
use super::super::{json, listing};
use crate::plan::{ShopProduct, ShopSku, ShopStatus, SkuIds};
use crate::record::{Attribute, CategoryId, SellerSku, SpuId};

/// How much is read of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// What tells it from others, and its SKUs: all that a look-up needs.
    Skus,
    /// Its attributes and all fields of its SKUs as well.
    Everything,
}

/// What a SKU shows that is no value of the merchant's, or has a place of its own.
const NO_FIELDS: [&str; 5] = ["SellerSku", "Status", "Images", "SkuId", "EditableQuantity"];

/// Prices, which are numbers in one reply and texts in the next.
const PRICES: [&str; 2] = ["price", "special_price"];

/// What tells the SKUs of a product apart.
const VARIATION: &str = "saleProp";

/// The products of an answer's data.
pub(super) fn products(data: &Node, extent: Extent) -> Vec<ShopProduct> {
    let list = data.child("products").map(|list| list.items("product")).unwrap_or_default();
    list.into_iter().map(|node| product(node, extent)).collect()
}

fn product(node: &Node, extent: Extent) -> ShopProduct {
    let list = node.child("skus").map(|list| list.items("sku")).unwrap_or_default();
    let attributes = node.child("attributes");
    let mut product = ShopProduct {
        category: node.value("primary_category").and_then(|text| CategoryId::parse(&text)),
        spu_id: None,
        name: attributes.and_then(|attributes| attributes.value("name")),
        attributes: Vec::new(),
        skus: list.into_iter().filter_map(|sku| shop_sku(sku, node, extent)).collect(),
    };
    if extent == Extent::Everything {
        product.spu_id = node.either(&["spu_id", "SPUId"]).and_then(|text| SpuId::parse(&text));
        let values = attributes.into_iter().flat_map(Node::children).filter_map(value);
        product.attributes = values.filter(|attribute| attribute.name != "name").collect();
    }
    product
}

/// A SKU with a key.
fn shop_sku(sku: &Node, product: &Node, extent: Extent) -> Option<ShopSku> {
    let seller_sku = SellerSku::parse(&sku.value("SellerSku")?)?;
    let item = product.value("item_id");
    let ids = item.zip(sku.value("SkuId")).map(|(item, sku)| SkuIds { item, sku });
    let own = sku.child("Images").map(addresses);
    let (pictures, fields) = match extent {
        // Those of the product are there since it was created: they do not tell that the SKU has got its own.
        Extent::Skus => (own, Vec::new()),
        Extent::Everything => (own.or_else(|| product.child("images").map(addresses)), fields(sku)),
    };
    Some(ShopSku { seller_sku, ids, status: status(sku, product), pictures, fields })
}

/// The SKU's own, else the product's; nothing of a deleted product is on sale.
fn status(sku: &Node, product: &Node) -> ShopStatus {
    let of_product = product.value("status").unwrap_or_default();
    if listing::status(&of_product) == ShopStatus::Deleted {
        return ShopStatus::Deleted;
    }
    listing::status(&sku.value("Status").unwrap_or(of_product))
}

/// The addresses of a list, without padding. A list may be a text that holds the array.
fn addresses(list: &Node) -> Vec<String> {
    let text = list.own_text();
    if let Some(inner) = text.trim_start().starts_with('[').then(|| json::read(&text).ok()).flatten() {
        return addresses(&inner);
    }
    let own = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    own.into_iter().chain(list.children().flat_map(addresses)).collect()
}

/// The merchant's values of a SKU, the variation where it stands, each name once.
fn fields(sku: &Node) -> Vec<Attribute> {
    let mut fields: Vec<Attribute> = Vec::new();
    for child in sku.children().filter(|child| !NO_FIELDS.contains(&child.name.as_str())) {
        let parts = if child.name == VARIATION { child.children().collect() } else { vec![child] };
        for field in parts.into_iter().filter_map(value) {
            if !fields.iter().any(|there| there.name == field.name) {
                fields.push(field);
            }
        }
    }
    fields
        .iter_mut()
        .filter(|field| PRICES.contains(&field.name.as_str()))
        .for_each(|field| complete(&mut field.value));
    // A special price of nothing is how the marketplace says that there is none.
    fields.retain(|field| field.name != "special_price" || field.value.bytes().any(|byte| matches!(byte, b'1'..=b'9')));
    fields
}

/// A price that came as a number has lost the zero at its end: it is to be the same text whichever way it came.
fn complete(price: &mut String) {
    if price.split_once('.').is_some_and(|(_, decimals)| matches!(decimals.as_bytes(), [b'0'..=b'9'])) {
        price.push('0');
    }
}

/// A value that is not blank; none where it holds other objects, as the stock of warehouses does.
fn value(node: &Node) -> Option<Attribute> {
    let is_object = |node: &Node| node.children().any(|child| !child.name.is_empty());
    if is_object(node) || node.children().any(is_object) {
        return None;
    }
    let value = node.merchant_text();
    (!value.is_empty()).then(|| Attribute { name: node.name.clone(), value })
}

#[cfg(test)]
mod tests;
