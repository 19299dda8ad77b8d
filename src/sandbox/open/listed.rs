//! What `/products/get` tells beyond GetProducts: numbers, times, a product's own pictures, and sale properties.
//!
//! Our reading: a product without pictures of its own shows those of its first SKU.

use serde_json::{Map, Value, json};

use super::super::categories;
use super::super::rules;
use super::super::store::{Product, Sku, Status};

/// Adds it to a product as GetProducts shows it.
pub(in crate::sandbox) fn add(product: &Product, shown: &mut Map<String, Value>) {
    let of_sku = || product.skus.first().map(|sku| sku.images.clone()).unwrap_or_default();
    let images = Some(product.images.clone()).filter(|images| !images.is_empty()).unwrap_or_else(of_sku);
    let millis = |time: chrono::DateTime<chrono::Utc>| json!(time.timestamp_millis().to_string());
    for (name, value) in [
        ("ItemId", json!(product.item_id)),
        ("Status", json!(status(product))),
        ("Created", millis(product.created_at)),
        ("Updated", millis(product.updated_at)),
        ("Images", json!(images)),
    ] {
        shown.insert(name.to_owned(), value);
    }
    let Some(Value::Array(skus)) = shown.get_mut("Skus") else { return };
    for (sku, shown) in product.skus.iter().zip(skus) {
        shown["SkuId"] = json!(sku.sku_id);
        shown["saleProp"] = sale_prop(product, sku);
    }
}

fn status(product: &Product) -> &'static str {
    let any = |status| product.skus.iter().any(|sku| sku.status == status);
    if any(Status::Active) {
        "Active"
    } else if any(Status::Inactive) {
        "InActive"
    } else {
        "Deleted"
    }
}

fn sale_prop(product: &Product, sku: &Sku) -> Value {
    let is_sale_prop =
        |name: &str| categories::is_sale_prop(product.category, name).unwrap_or_else(|| rules::is_own(name));
    let own = sku.fields.iter().filter(|(name, _)| is_sale_prop(name));
    own.map(|(name, value)| (name.clone(), json!(value))).collect::<Map<String, Value>>().into()
}
