//! The products of a GetProducts reply, as far as they are wanted.
//!
//! A missing end tag makes a value swallow its neighbours: what a SKU is known by is looked for however deep it
//! stands, and a value that holds such a thing is no value but its neighbours.

use super::super::listing;
use super::super::node::Node;
use crate::plan::{ShopProduct, ShopSku};
use crate::record::{Attribute, CategoryId, SellerSku, SpuId};

/// How much is read of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// What tells it from others, and its SKUs: all that a look-up needs.
    Skus,
    /// Its attributes and all fields of its SKUs as well.
    Everything,
}

/// What is no merchant's value, and what such a value cannot hold.
const FRAME: [&str; 7] = ["Product", "Attributes", "Skus", "Sku", "SellerSku", "Status", "Images"];

/// What the page's JSON sample shows on a product with one SKU, above it.
const RAISED: [&str; 3] = ["ShopSku", "Url", "Available"];

/// The products of a body.
pub(super) fn products(body: &Node, extent: Extent) -> Vec<ShopProduct> {
    let list = body.child("Products").map(|list| list.items("Product")).unwrap_or_default();
    list.into_iter().map(|node| product(node, extent)).collect()
}

fn product(node: &Node, extent: Extent) -> ShopProduct {
    let list = node.find("Skus").map(|list| list.items("Sku")).unwrap_or_default();
    let mut skus: Vec<ShopSku> = list.iter().filter_map(|sku| shop_sku(sku, node, extent)).collect();
    let attributes = node.child("Attributes");
    let mut product = ShopProduct {
        category: node.value("PrimaryCategory").and_then(|text| CategoryId::parse(&text)),
        spu_id: None,
        name: attributes.and_then(|attributes| attributes.value("name")),
        attributes: Vec::new(),
        skus: Vec::new(),
    };
    if extent == Extent::Everything {
        product.spu_id = node.value("SPUId").and_then(|text| SpuId::parse(&text));
        product.attributes = attributes.map(values).unwrap_or_default();
        product.attributes.retain(|attribute| attribute.name != "name");
        if let ([sku], [_]) = (skus.as_mut_slice(), list.as_slice()) {
            lower(node, sku);
        }
    }
    ShopProduct { skus, ..product }
}

/// Gives the only SKU of a product what stands above it.
fn lower(product: &Node, sku: &mut ShopSku) {
    for name in RAISED {
        if let Some(value) = product.value(name).filter(|_| sku.field(name).is_none()) {
            sku.fields.push(Attribute { name: name.to_owned(), value });
        }
    }
}

/// A SKU with a key. The page's sample has a `Status` on a product, above its SKUs.
fn shop_sku(sku: &Node, product: &Node, extent: Extent) -> Option<ShopSku> {
    let seller_sku = SellerSku::parse(&sku.find("SellerSku")?.own_text())?;
    let own_status = sku.find("Status").map(Node::own_text).filter(|text| !text.trim().is_empty());
    let status = own_status.or_else(|| product.value("Status")).unwrap_or_default();
    let fields = match extent {
        Extent::Skus => Vec::new(),
        Extent::Everything => values(sku),
    };
    let pictures = sku.find("Images").map(|images| {
        let mut addresses = Vec::new();
        add_addresses(images, &mut addresses);
        addresses
    });
    Some(ShopSku { seller_sku, ids: None, status: listing::status(&status), pictures, fields })
}

/// Every text that is not blank, whatever it stands in: the list has no other.
fn add_addresses(node: &Node, addresses: &mut Vec<String>) {
    let own = node.own_text();
    if !own.trim().is_empty() {
        addresses.push(own.trim().to_owned());
    }
    node.children().for_each(|child| add_addresses(child, addresses));
}

/// The values that stand in a node, without blank ones.
fn values(node: &Node) -> Vec<Attribute> {
    let mut values = Vec::new();
    add_values(node, &mut values);
    values.retain(|attribute| !attribute.value.is_empty());
    values
}

fn add_values(node: &Node, values: &mut Vec<Attribute>) {
    for child in node.children() {
        let name = child.name.clone();
        match child.name.as_str() {
            "SellerSku" | "Status" => add_values(child, values),
            frame if FRAME.contains(&frame) => {}
            _ if FRAME.iter().any(|frame| child.find(frame).is_some()) => {
                values.push(Attribute { name, value: child.own_text().trim().to_owned() });
                add_values(child, values);
            }
            _ => values.push(Attribute { name, value: child.merchant_text() }),
        }
    }
}

#[cfg(test)]
mod tests;
