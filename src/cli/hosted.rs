//! What the marketplace hosts, from run to run: a picture that travelled once is not sent again.
//!
//! A picture is known by its address, or by the content of its file. What the marketplace refuses to show is
//! forgotten, so that the next import brings it anew.

use std::collections::HashSet;

use skuload::check::{Checked, Fate, Mode};
use skuload::dialect::Refusal;
use skuload::journal::{JournalError, Run, ShopStore};
use skuload::plan::{PlannedImage, ShopSnapshot, Write};
use skuload::record::ImageUrl;
use skuload::submit::{Picture, State};

/// So many pictures are asked for and noted together.
const CHUNK: usize = 1000;

/// Tells the snapshot where pictures of the sheet are hosted already, as far as the shop's store knows.
pub(super) fn recall(checked: &Checked, store: &ShopStore, snapshot: &mut ShopSnapshot) -> Result<(), JournalError> {
    let mut keys = HashSet::new();
    for row in checked.rows().iter().filter(|row| row.fate == Fate::Sound) {
        let (Some(seller_sku), Some(sku)) = (&row.seller_sku, &row.sku) else { continue };
        let is_there = snapshot.product_of(seller_sku).is_some();
        if checked.mode() == Mode::Create && is_there && !snapshot.has_open_images(seller_sku) {
            // What the shop shows of it stays as it is.
            continue;
        }
        keys.extend(sku.images().iter().map(|image| image.key().into_owned()));
        if keys.len() >= CHUNK {
            recall_chunk(&mut keys, store, snapshot)?;
        }
    }
    recall_chunk(&mut keys, store, snapshot)
}

fn recall_chunk(
    keys: &mut HashSet<String>,
    store: &ShopStore,
    snapshot: &mut ShopSnapshot,
) -> Result<(), JournalError> {
    let wanted: Vec<String> = keys.drain().collect();
    for (key, address) in store.hosted(&wanted)? {
        if let Ok(url) = ImageUrl::parse(&address) {
            snapshot.add_hosted(key, url);
        }
    }
    Ok(())
}

/// Notes where the run's pictures are hosted, but for those that the marketplace refused to show.
pub(super) fn keep(run: &Run, history: &State, store: &mut ShopStore) -> Result<(), JournalError> {
    let refused = refused(run, history)?;
    let mut pairs = Vec::new();
    for request in 0..history.len() {
        let places = 0..history.outline(request).images;
        let hosted = places.filter_map(|place| Some((place, history.hosted(request, place)?)));
        let hosted: Vec<_> = hosted.filter(|(_, url)| !refused.contains(url.as_str())).collect();
        if hosted.is_empty() {
            continue;
        }
        let Some(Write::HostImages(host)) = run.write(request)? else { continue };
        let named = hosted.into_iter().filter_map(|(place, url)| Some((host.images.get(place)?, url)));
        pairs.extend(named.map(|(image, url)| (image.key().into_owned(), url.as_str().to_owned())));
        if pairs.len() >= CHUNK {
            store.keep_hosted(&pairs)?;
            pairs.clear();
        }
    }
    if !pairs.is_empty() {
        store.keep_hosted(&pairs)?;
    }
    store.forget_hosted(&refused)
}

/// The addresses of pictures that the marketplace refused to show. Which of a SKU's pictures spoils the others, it
/// does not tell.
fn refused(run: &Run, history: &State) -> Result<HashSet<String>, JournalError> {
    let mut addresses = HashSet::new();
    for request in 0..history.len() {
        let Some(pictures) = history.pictures(request) else { continue };
        let is_of_them = |refusal: &Refusal| !refusal.is_about_the_call() && !refusal.may_pass();
        let is_refused =
            |place: &usize| matches!(pictures.picture(*place), Picture::Failed(refusal) if is_of_them(refusal));
        let places: Vec<usize> = (0..history.outline(request).skus.len()).filter(is_refused).collect();
        if places.is_empty() {
            continue;
        }
        let Some(Write::SetImages(set)) = run.write(request)? else { continue };
        let images = places.iter().filter_map(|place| set.skus.get(*place)).flat_map(|sku| &sku.images);
        let urls = images.filter_map(|image| match image {
            PlannedImage::Hosted(url) => Some(url),
            PlannedImage::Awaited { request, place } => history.hosted(*request, *place),
        });
        addresses.extend(urls.map(|url| url.as_str().to_owned()));
    }
    Ok(addresses)
}
