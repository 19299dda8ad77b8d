//! Which pictures the marketplace hosts already, and which request brings each of the others.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::likeness::is_same_address;
use super::{Limits, PlannedImage, ShopSnapshot};
use crate::check::{Checked, Fate, KeptRow};
use crate::record::{Image, ImageUrl, PackedSku};

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
    /// Which request brings a picture that the sheet names more than once, and at which place.
    awaited: HashMap<String, (usize, usize)>,
    /// The same of every other picture, until its product is planned.
    own: HashMap<String, (usize, usize)>,
    /// Pictures that the sheet names more than once.
    repeated: HashSet<Print>,
    /// Pictures of more than one product.
    shared: HashSet<Print>,
}

/// A fingerprint of a picture: a large sheet names millions. Should two be alike, once in many millions of such sheets,
/// their pictures are brought as if they were of several products.
type Print = u64;

fn print(image: &Image) -> Print {
    let mut hasher = DefaultHasher::new();
    image.key().hash(&mut hasher);
    hasher.finish()
}

impl<'a> Gallery<'a> {
    pub(super) fn new(checked: &Checked, shop: &'a ShopSnapshot, limits: &'a Limits) -> Gallery<'a> {
        let (repeated, shared) = (HashSet::new(), HashSet::new());
        let mut gallery = Gallery { shop, limits, awaited: HashMap::new(), own: HashMap::new(), repeated, shared };
        let mut seen: HashSet<Print> = HashSet::new();
        let prints = checked.rows().iter().flat_map(|row| gallery.lacking(row).into_iter().map(|image| print(&image)));
        gallery.repeated = prints.filter(|print| !seen.insert(*print)).collect();
        drop(seen);
        if gallery.repeated.is_empty() {
            return gallery;
        }
        // Of one product, SKUs that are there already do not wait for those that are created.
        let mut owners: HashMap<Print, (usize, bool)> = HashMap::new();
        for row in checked.rows() {
            let is_there = row.seller_sku.as_ref().is_some_and(|sku| shop.product_of(sku).is_some());
            let owner = (row.group, is_there);
            let prints = gallery.lacking(row).into_iter().map(|image| print(&image));
            for print in prints.filter(|print| gallery.repeated.contains(print)) {
                if *owners.entry(print).or_insert(owner) != owner {
                    gallery.shared.insert(print);
                }
            }
        }
        gallery
    }

    /// The pictures of a row that the marketplace does not host.
    fn lacking(&self, row: &KeptRow) -> Vec<Image> {
        let sku = row.sku.as_ref().filter(|_| row.fate == Fate::Sound);
        let mut images = sku.map(PackedSku::images).unwrap_or_default();
        images.retain(|image| self.hosted(image).is_none());
        images
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
        let key = image.key();
        let (request, place) = *self.own.get(&*key).or_else(|| self.awaited.get(&*key))?;
        Some(PlannedImage::Awaited { request, place })
    }

    /// Other products show it too.
    pub(super) fn is_shared(&self, image: &Image) -> bool {
        self.shared.contains(&print(image))
    }

    /// A request brings these.
    pub(super) fn await_from(&mut self, request: usize, images: &[Image]) {
        for (place, image) in images.iter().enumerate() {
            let awaited = if self.repeated.contains(&print(image)) { &mut self.awaited } else { &mut self.own };
            awaited.insert(image.key().into_owned(), (request, place));
        }
    }

    /// A product is planned: nobody asks for its own pictures any more.
    pub(super) fn end_product(&mut self) {
        self.own.clear();
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
