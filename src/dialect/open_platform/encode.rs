//! A write -> what its POST carries, in the order of the samples: the JSON of a payload, XML where the pages name no
//! other form, the bytes of a picture.
//!
//! An empty text may mean "clear" on the marketplace's side: it is written where an update says so and nowhere else.

use super::super::call::hosted;
use super::super::{Call, Ids, seller_center};
use super::payload::{Json, Object, one};
use crate::plan::{
    Change, CreateProduct, NewValue, PlannedImage, PriceQuantity, SetImages, SkuImages, SkuUpdate, UpdateProduct,
};
use crate::record::{Product, SaleMoment, SellerSku, Sku};

/// The two fields of an update that hold a moment.
const MOMENTS: [&str; 2] = ["special_from_date", "special_to_date"];

/// The payload, or the bytes of a picture; `None` for a GET.
pub(in crate::dialect) fn body(call: &Call<'_>, ids: &Ids) -> Option<Vec<u8>> {
    let product = match call {
        Call::CreateProduct(create) => create_product(create),
        Call::UpdateProduct(update) => update_product(update, ids),
        Call::UpdatePriceQuantity(skus) => with_skus(skus.iter().map(|sku| price_quantity(sku, ids)).collect()),
        Call::SetImages(images) => set_images(images, ids),
        // JSON is spoken by the calls for products alone; this XML is the same in both APIs.
        Call::MigrateImage(_) | Call::MigrateImages(_) => return seller_center::body(call),
        Call::UploadImage(bytes) => return Some(bytes.to_vec()),
        Call::GetResponse(_) | Call::GetProducts(_) | Call::ListProducts(_) | Call::GetQcStatus(_) => return None,
        Call::GetCategoryTree | Call::GetCategoryAttributes(_) | Call::GetBrands(_) => return None,
    };
    let request = one("Request", one("Product", Json::Object(product)));
    Some(serde_json::to_vec(&request).expect("texts can be written as JSON"))
}

fn create_product(create: &CreateProduct) -> Object {
    let CreateProduct { product, skus, images, variants, required_images: _ } = create;
    let mut written = Object::default();
    written.shown("PrimaryCategory", product.category.as_ref());
    written.shown("SPUId", product.spu_id.as_ref());
    written.shown("AssociatedSku", product.associated_sku.as_ref());
    written.object("Images", pictures(images));
    written.object("Attributes", common_attributes(product));
    written.put("Skus", sku_array(skus.iter().map(|own| sku(own, variants)).collect()));
    written
}

fn common_attributes(product: &Product) -> Object {
    let mut written = Object::default();
    written.shown("name", product.name.as_ref());
    written.shown("short_description", product.short_description.as_ref());
    written.shown("description", product.description.as_ref());
    written.shown("brand", product.brand.as_ref());
    written.shown("model", product.model.as_ref());
    product.attributes.iter().for_each(|attribute| written.text(&attribute.name, &attribute.value));
    written
}

fn sku(sku: &Sku, variants: &[String]) -> Object {
    let mut written = Object::default();
    let is_variant = |name: &String| variants.contains(name);
    written.text("SellerSku", sku.seller_sku.as_str());
    let mut sale_props = Object::default();
    let telling = sku.attributes.iter().filter(|attribute| is_variant(&attribute.name));
    telling.for_each(|attribute| sale_props.text(&attribute.name, &attribute.value));
    written.object("saleProp", sale_props);
    written.shown("quantity", sku.quantity.as_ref());
    written.shown("price", Some(&sku.offer.regular));
    if let Some(sale) = &sku.offer.sale {
        written.shown("special_price", Some(&sale.price));
        written.shown("special_from_date", sale.window.from().map(moment).as_ref());
        written.shown("special_to_date", sale.window.to().map(moment).as_ref());
    }
    written.shown("package_height", Some(&sku.package.height));
    written.shown("package_length", Some(&sku.package.length));
    written.shown("package_width", Some(&sku.package.width));
    written.shown("package_weight", Some(&sku.package.weight));
    written.shown("ProductId", sku.product_id.as_ref().map(|id| id.as_str()).as_ref());
    let others = sku.attributes.iter().filter(|attribute| !is_variant(&attribute.name));
    others.for_each(|attribute| written.text(&attribute.name, &attribute.value));
    written
}

/// With seconds, as in the samples.
fn moment(moment: SaleMoment) -> String {
    format!("{moment}:00")
}

/// `Attributes` is there even where nothing of it changes: the UpdateProduct page asks for it.
fn update_product(update: &UpdateProduct, ids: &Ids) -> Object {
    let mut written = Object::default();
    let item = update.skus.iter().find_map(|sku| ids.get(&sku.seller_sku));
    written.shown("ItemId", item.map(|ids| &ids.item));
    let mut attributes = Object::default();
    update.product.iter().for_each(|own| change(&mut attributes, own));
    written.put("Attributes", Json::Object(attributes));
    written.put("Skus", sku_array(update.skus.iter().map(|own| sku_update(own, &update.variants, ids)).collect()));
    written
}

fn sku_update(sku: &SkuUpdate, variants: &[String], ids: &Ids) -> Object {
    let mut written = Object::default();
    written.shown("SkuId", ids.get(&sku.seller_sku).map(|ids| &ids.sku));
    written.text("SellerSku", sku.seller_sku.as_str());
    let mut sale_props = Object::default();
    let (telling, others): (Vec<&Change>, Vec<&Change>) =
        sku.fields.iter().partition(|own| variants.contains(&own.name));
    telling.into_iter().for_each(|own| change(&mut sale_props, own));
    written.object("saleProp", sale_props);
    others.into_iter().for_each(|own| change(&mut written, own));
    if let Some(switch) = &sku.active {
        // `active`, `inactive` or `deleted`, the UpdateProduct page says; nothing of a shop is deleted here.
        written.text("Status", if switch.to { "active" } else { "inactive" });
    }
    written
}

fn change(written: &mut Object, change: &Change) {
    match &change.to {
        NewValue::Text(value) => match SaleMoment::parse(value).filter(|_| MOMENTS.contains(&change.name.as_str())) {
            Some(there) => written.text(&change.name, &moment(there)),
            None => written.text(&change.name, value),
        },
        NewValue::Cleared => written.put(&change.name, Json::Text(String::new())),
    }
}

/// The names are those of the call's own page, which begin with a capital.
fn price_quantity(sku: &PriceQuantity, ids: &Ids) -> Object {
    let mut written = Object::default();
    let known = ids.get(&sku.seller_sku);
    written.shown("ItemId", known.map(|ids| &ids.item));
    written.shown("SkuId", known.map(|ids| &ids.sku));
    written.text("SellerSku", sku.seller_sku.as_str());
    written.shown("Quantity", sku.quantity.as_ref());
    written.shown("Price", sku.price.as_ref());
    if let Some(sale) = &sku.sale {
        written.shown("SalePrice", Some(&sale.price));
        written.shown("SaleStartDate", sale.window.from().map(moment).as_ref());
        written.shown("SaleEndDate", sale.window.to().map(moment).as_ref());
    }
    written
}

/// A SKU is named by its number; one without pictures is left out, for an empty list may clear what it has.
fn set_images(images: &SetImages, ids: &Ids) -> Object {
    let mut skus = Vec::new();
    for SkuImages { seller_sku, images, before: _ } in &images.skus {
        let pictures = pictures(images);
        if pictures.is_empty() {
            continue;
        }
        let mut written = named(seller_sku, ids);
        written.object("Images", pictures);
        skus.push(written);
    }
    with_skus(skus)
}

fn named(seller_sku: &SellerSku, ids: &Ids) -> Object {
    let mut written = Object::default();
    match ids.get(seller_sku) {
        Some(ids) => written.text("SkuId", &ids.sku),
        None => written.text("SellerSku", seller_sku.as_str()),
    }
    written
}

fn with_skus(skus: Vec<Object>) -> Object {
    let mut product = Object::default();
    product.put("Skus", sku_array(skus));
    product
}

fn sku_array(skus: Vec<Object>) -> Json {
    one("Sku", Json::List(skus.into_iter().map(Json::Object).collect()))
}

/// The pictures that are hosted; those still awaited are left out.
fn pictures(images: &[PlannedImage]) -> Object {
    let hosted: Vec<Json> = images.iter().filter_map(hosted).map(|url| Json::Text(url.as_str().to_owned())).collect();
    let mut written = Object::default();
    if !hosted.is_empty() {
        written.put("Image", Json::List(hosted));
    }
    written
}

#[cfg(test)]
mod tests;
