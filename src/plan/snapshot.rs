//! What the shop has, as far as the sheet asks.

use std::collections::{HashMap, HashSet};

use crate::record::{ImageUrl, SellerSku};

/// The seller SKUs that were in the shop before the run, and which of them belong together. SKUs that the
/// shop calls deleted do not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShopSnapshot {
    products: HashMap<SellerSku, usize>,
    next: usize,
    open_images: HashSet<SellerSku>,
    hosted: HashMap<String, ImageUrl>,
}

impl ShopSnapshot {
    /// Adds a product of the shop. One that shares a SKU with an earlier one is the same product, seen again.
    pub fn add_product(&mut self, skus: impl IntoIterator<Item = SellerSku>) {
        let skus: Vec<SellerSku> = skus.into_iter().collect();
        let known = skus.iter().find_map(|sku| self.products.get(sku).copied());
        let product = known.unwrap_or(self.next);
        self.next = self.next.max(product + 1);
        for sku in skus {
            self.products.insert(sku, product);
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

    /// The shop's product that has this SKU.
    #[must_use]
    pub fn product_of(&self, sku: &SellerSku) -> Option<usize> {
        self.products.get(sku).copied()
    }

    /// An earlier run of ours left this SKU's pictures unset.
    #[must_use]
    pub fn has_open_images(&self, sku: &SellerSku) -> bool {
        self.open_images.contains(sku)
    }
}
