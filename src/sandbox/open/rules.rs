//! What the Open Platform demands of a product beyond the rules that both APIs share.
//!
//! Published: pictures of the product itself are hosted ones, at most eight and each once (4138, 4169, 4116), those of
//! a SKU each once (4158); a package weighs at most 40 kg and measures 300 cm in all (4164, 4165); some characters are
//! not allowed in sale properties (4129); an option goes by its English name (4115). On request only: 4139 and 4153.

use std::collections::{BTreeMap, BTreeSet};

use super::super::address::Policy;
use super::super::reply::{ApiError, Detail};
use super::super::request;
use super::super::rules::{self, MAX_IMAGES};
use super::super::store::{Effect, Status, Store};
use super::super::xml::Element;
use super::settings::Settings;
use super::{catalogue, codes};

/// The most SKUs that the marketplace manages in time.
pub(super) const MAX_SKUS: usize = 50;

const FORBIDDEN: [char; 6] = ['"', '^', '~', '<', '>', '|'];
const HEAVIEST: f64 = 40.0;
const LARGEST: f64 = 300.0;

/// The details of a create or an update that shared rules do not know.
pub(super) fn check(product: &Element, images: Policy) -> Vec<Detail> {
    let mut details = Vec::new();
    let own = request::images(product);
    if own.len() > MAX_IMAGES {
        details.push(codes::detail(4169, "__images__", None));
    }
    if own.iter().any(|url| !images.takes(url)) {
        details.push(Detail::new("__images__", "The image is invalid", None));
    }
    if repeats(&own) {
        details.push(codes::detail(4116, "__images__", None));
    }
    if let Some(attributes) = product.child("Attributes") {
        check_options(attributes, None, &mut details);
    }
    for sku in request::skus(product) {
        let seller_sku = sku.value("SellerSku");
        if repeats(&request::images(sku)) {
            details.push(codes::detail(4158, "__images__", seller_sku));
        }
        check_package(sku, &mut details);
        check_options(sku, seller_sku, &mut details);
        let properties = sku.children.iter().filter(|field| rules::is_own(&field.name));
        let strange = properties.filter(|field| field.children.is_empty() && field.text.contains(FORBIDDEN));
        details.extend(strange.map(|field| codes::detail(4129, &field.name, seller_sku)));
    }
    details
}

/// A create without any picture, where that is not allowed.
pub(super) fn check_presence(product: &Element, settings: &Settings) -> Option<Detail> {
    let none = request::images(product).is_empty()
        && request::skus(product).into_iter().all(|sku| request::images(sku).is_empty());
    (settings.images_required && none).then(|| codes::detail(4139, "__images__", None))
}

/// The products of which some SKUs would have pictures and others none, where that is not allowed.
pub(super) fn check_all_or_none(effect: &Effect, store: &Store, settings: &Settings) -> Result<(), ApiError> {
    if !settings.all_or_none {
        return Ok(());
    }
    let (overview, is_mixed) = match effect {
        Effect::Create { product } => (500, mixed(product.skus.iter().map(|sku| !sku.images.is_empty()))),
        Effect::SetImages { lists, .. } => {
            let lists = lists.iter().map(|(sku, images)| (sku.as_str(), !images.is_empty()));
            (504, is_mixed_after(&lists.collect(), store))
        }
        Effect::Update { skus, .. } => {
            let lists = skus.iter().filter_map(|sku| Some((sku.seller_sku.as_str(), !sku.images.as_ref()?.is_empty())));
            (501, is_mixed_after(&lists.collect(), store))
        }
        Effect::Add { .. } | Effect::Remove { .. } => (0, false),
        Effect::Migrate { .. } | Effect::Promise { .. } | Effect::Upload { .. } => (0, false),
    };
    if is_mixed {
        return Err(ApiError::with_details(overview, vec![codes::detail(4153, "__images__", None)]));
    }
    Ok(())
}

fn is_mixed_after(lists: &BTreeMap<&str, bool>, store: &Store) -> bool {
    let places: BTreeSet<usize> = lists.keys().filter_map(|sku| store.position(sku)).collect();
    places.into_iter().filter_map(|place| store.products().get(place)).any(|product| {
        let there = product.skus.iter().filter(|sku| sku.status != Status::Deleted);
        mixed(there.map(|sku| lists.get(sku.seller_sku.as_str()).copied().unwrap_or(!sku.images.is_empty())))
    })
}

fn mixed(have: impl Iterator<Item = bool>) -> bool {
    have.collect::<BTreeSet<bool>>().len() > 1
}

fn check_package(sku: &Element, details: &mut Vec<Detail>) {
    let number = |name: &str| sku.value(name).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    let size = number("package_length") + number("package_width") + number("package_height");
    let seller_sku = sku.value("SellerSku");
    if number("package_weight") > HEAVIEST {
        details.push(codes::detail(4164, "package_weight", seller_sku));
    }
    if size > LARGEST {
        details.push(codes::detail(4165, "package_length", seller_sku));
    }
}

fn check_options(parent: &Element, seller_sku: Option<&str>, details: &mut Vec<Detail>) {
    let local = parent.children.iter().filter(|field| catalogue::english(field.text.trim()).is_some());
    let options = local.filter(|field| field.name.starts_with("color_"));
    details.extend(options.map(|field| codes::detail(4115, &field.name, seller_sku)));
}

fn repeats(images: &[String]) -> bool {
    images.iter().collect::<BTreeSet<_>>().len() < images.len()
}
