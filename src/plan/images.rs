//! Which pictures the marketplace hosts already, and which request brings each of the others.

use std::collections::{HashMap, HashSet};

use super::likeness::is_same_address;
use super::{Limits, PlannedImage, ShopSnapshot};
use crate::check::{Checked, Fate};
use crate::record::{Image, ImageUrl};

/// When pictures travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pictures {
    /// After their product: a dead picture costs that picture only.
    #[default]
    Later,
    /// Before it: a product waits until one of its pictures is hosted.
    First,
}

/// Every picture of the sheet that must be brought to the marketplace.
pub(super) struct Gallery<'a> {
    shop: &'a ShopSnapshot,
    limits: &'a Limits,
    /// Which request brings a picture, and at which place.
    awaited: HashMap<String, (usize, usize)>,
    /// Pictures of more than one product.
    shared: HashSet<String>,
}

impl<'a> Gallery<'a> {
    pub(super) fn new(checked: &Checked, shop: &'a ShopSnapshot, limits: &'a Limits) -> Gallery<'a> {
        let mut gallery = Gallery { shop, limits, awaited: HashMap::new(), shared: HashSet::new() };
        // Of one product, SKUs that are there already do not wait for those that are created.
        let mut owners: HashMap<String, (usize, bool)> = HashMap::new();
        for row in checked.rows().iter().filter(|row| row.fate == Fate::Sound) {
            for image in row.sku.iter().flat_map(|sku| &sku.images) {
                if gallery.hosted(image).is_some() {
                    continue;
                }
                let key = image.key();
                let is_there = row.seller_sku.as_ref().is_some_and(|sku| shop.product_of(sku).is_some());
                let owner = (row.group, is_there);
                if *owners.entry(key.clone()).or_insert(owner) != owner {
                    gallery.shared.insert(key);
                }
            }
        }
        gallery
    }

    /// The address of a picture that the marketplace hosts.
    fn hosted(&self, image: &Image) -> Option<ImageUrl> {
        if let Image::Url(url) = image
            && self.limits.hosts(url)
        {
            return Some(url.clone());
        }
        self.shop.hosted(&image.key()).cloned()
    }

    /// The picture is the one that the marketplace shows at this address.
    pub(super) fn is_at(&self, image: &Image, address: &str) -> bool {
        let is_itself = match image {
            Image::Url(url) => is_same_address(address, url.as_str()),
            Image::File(_) => false,
        };
        is_itself || self.shop.hosted(&image.key()).is_some_and(|url| is_same_address(address, url.as_str()))
    }

    /// What a SKU shows; `None` for a picture that no request brings yet.
    pub(super) fn planned(&self, image: &Image) -> Option<PlannedImage> {
        if let Some(url) = self.hosted(image) {
            return Some(PlannedImage::Hosted(url));
        }
        let (request, place) = *self.awaited.get(&image.key())?;
        Some(PlannedImage::Awaited { request, place })
    }

    /// Other products show it too.
    pub(super) fn is_shared(&self, image: &Image) -> bool {
        self.shared.contains(&image.key())
    }

    /// A request brings these.
    pub(super) fn await_from(&mut self, request: usize, images: &[Image]) {
        for (place, image) in images.iter().enumerate() {
            self.awaited.insert(image.key(), (request, place));
        }
    }
}

impl Limits {
    /// The marketplace itself hosts what is at this address.
    #[must_use]
    pub fn hosts(&self, url: &ImageUrl) -> bool {
        let host = url.host().to_ascii_lowercase();
        let is_below =
            |domain: &str| host.strip_suffix(domain).is_some_and(|front| front.is_empty() || front.ends_with('.'));
        self.image_hosts.iter().any(|domain| is_below(domain))
    }
}
