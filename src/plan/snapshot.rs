//! What the shop has, as far as the sheet asks.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::{ShopProduct, ShopSku, ShopStatus, wish};
use crate::check::{Checked, Mode};
use crate::record::{Attribute, ImageUrl, SellerSku};

/// The products that were in the shop before the run, and their SKUs. SKUs that the shop calls deleted are not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShopSnapshot {
    products: Vec<ShopProduct>,
    /// The product of a SKU, and its place among that one's.
    places: HashMap<SellerSku, (usize, usize)>,
    deleted: HashSet<SellerSku>,
    open_images: HashSet<SellerSku>,
    hosted: HashMap<String, ImageUrl>,
    /// All there is to know, where it is none.
    keeps: Option<Keeps>,
}

/// What is kept of each product.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Keeps {
    /// Attributes and fields, by the marketplace's names.
    names: HashSet<String>,
    /// Which pictures a SKU shows, and not only whether it shows any.
    pictures: bool,
}

impl ShopSnapshot {
    /// An empty one that keeps of each product what matters to the plan of a sheet: a sheet of prices for 200,000 SKUs
    /// need not hold their descriptions.
    #[must_use]
    pub fn for_plan_of(checked: &Checked) -> ShopSnapshot {
        if checked.mode() == Mode::Create {
            // Nothing but presence is asked for.
            let keeps = Keeps { names: HashSet::new(), pictures: false };
            return ShopSnapshot { keeps: Some(keeps), ..ShopSnapshot::default() };
        }
        let pictures = checked.rows().iter().filter_map(|row| row.sku.as_ref()).any(|sku| sku.image_count() > 0);
        let keeps = Keeps { names: wish::names(checked), pictures };
        ShopSnapshot { keeps: Some(keeps), ..ShopSnapshot::default() }
    }

    /// Adds a product of the shop. One that shares a SKU with an earlier one is the same product, seen again: SKUs that
    /// only one of them shows are put together.
    pub fn add_product(&mut self, mut product: ShopProduct) {
        if let Some(keeps) = &self.keeps {
            keeps.strip(&mut product);
        }
        let skus = std::mem::take(&mut product.skus);
        let (deleted, skus): (Vec<ShopSku>, Vec<ShopSku>) =
            skus.into_iter().partition(|sku| sku.status == ShopStatus::Deleted);
        self.deleted.extend(deleted.into_iter().map(|sku| sku.seller_sku));
        if skus.is_empty() {
            return;
        }
        let known = skus.iter().find_map(|sku| self.product_of(&sku.seller_sku));
        let place = known.unwrap_or_else(|| {
            self.products.push(product);
            self.products.len() - 1
        });
        for sku in skus {
            let there = &mut self.products[place].skus;
            if let Entry::Vacant(free) = self.places.entry(sku.seller_sku.clone()) {
                free.insert((place, there.len()));
                there.push(sku);
            }
        }
    }

    /// An earlier run of ours left this SKU's pictures unset.
    pub fn add_open_images(&mut self, sku: SellerSku) {
        self.open_images.insert(sku);
    }

    /// The marketplace hosts the picture of this key ([`crate::record::Image::key`]) already.
    pub fn add_hosted(&mut self, key: String, url: ImageUrl) {
        self.hosted.insert(key, url);
    }

    /// Where the marketplace hosts the picture of this key.
    #[must_use]
    pub fn hosted(&self, key: &str) -> Option<&ImageUrl> {
        self.hosted.get(key)
    }

    /// The shop's product that has this SKU, by its place.
    #[must_use]
    pub fn product_of(&self, sku: &SellerSku) -> Option<usize> {
        self.places.get(sku).map(|(product, _)| *product)
    }

    /// The product at a place.
    #[must_use]
    pub fn product(&self, place: usize) -> Option<&ShopProduct> {
        self.products.get(place)
    }

    /// A SKU as the shop has it.
    #[must_use]
    pub fn sku(&self, sku: &SellerSku) -> Option<&ShopSku> {
        let (product, at) = *self.places.get(sku)?;
        self.products.get(product)?.skus.get(at)
    }

    /// The shop had this SKU once and calls it deleted: it cannot be used again.
    #[must_use]
    pub fn is_deleted(&self, sku: &SellerSku) -> bool {
        self.deleted.contains(sku) && !self.places.contains_key(sku)
    }

    /// An earlier run of ours left this SKU's pictures unset.
    #[must_use]
    pub fn has_open_images(&self, sku: &SellerSku) -> bool {
        self.open_images.contains(sku)
    }
}

impl Keeps {
    fn strip(&self, product: &mut ShopProduct) {
        let strip = |fields: &mut Vec<Attribute>| {
            fields.retain(|field| self.names.contains(&field.name));
            fields.shrink_to_fit();
        };
        strip(&mut product.attributes);
        for sku in &mut product.skus {
            strip(&mut sku.fields);
            if let Some(pictures) = sku.pictures.as_mut().filter(|_| !self.pictures) {
                pictures.truncate(1);
                pictures.shrink_to_fit();
            }
        }
    }
}
