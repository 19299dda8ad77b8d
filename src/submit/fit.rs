//! Whether what a journal tells can be about its own plan. A damaged file may name requests and SKUs that are not
//! there.

use super::event::Event;
use super::state::State;

impl State {
    /// The requests wait for earlier ones, so that none waits for itself, and name pictures that there are.
    pub(crate) fn is_whole(&self) -> bool {
        let images = |(request, place): &(usize, usize)| {
            self.outlines.get(*request).is_some_and(|outline| *place < outline.images)
        };
        self.outlines.iter().enumerate().all(|(place, outline)| {
            outline.after.iter().all(|before| *before < place)
                && outline.pictures.len() <= outline.skus.len()
                && outline.pictures.iter().flat_map(|sku| &sku.awaited).chain(&outline.created_with).all(images)
                && outline.files.iter().all(|place| *place < outline.images)
        })
    }

    /// The event is about a request of this plan, and SKUs of that request.
    pub(crate) fn fits(&self, event: &Event) -> bool {
        let has = |request: &usize, places: &[usize]| {
            let Some(outline) = self.outlines.get(*request) else { return false };
            let count = if self.hosting(*request).is_some() { outline.images } else { outline.skus.len() };
            places.iter().all(|place| *place < count)
        };
        match event {
            Event::Intent { request, skus, .. } => has(request, skus),
            Event::LookedUp { request, found, .. } => has(request, &found.present),
            Event::Answered { request, .. } | Event::NotLookedUp { request, .. } => has(request, &[]),
            Event::Resumed => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Action;
    use crate::record::SellerSku;
    use crate::submit::{Outline, Pace, Policy};

    /// A SetImages of one SKU that waits for these and speaks of so many pictures.
    fn state(after: &[usize], images: usize) -> State {
        let outline = Outline {
            id: "images-1".to_owned(),
            action: Action::SetImages,
            skus: SellerSku::parse("A").into_iter().collect(),
            name: None,
            category: None,
            associated: None,
            after: after.to_vec(),
            pictures: Vec::new(),
            starts: Vec::new(),
            created_with: Vec::new(),
            is_pictured: false,
            images,
            files: Vec::new(),
            is_shared: false,
        };
        let policy = Policy::default();
        let pace = Pace::new(&policy);
        State::new(vec![outline], policy, pace)
    }

    #[test]
    fn no_request_waits_for_itself() {
        assert!(state(&[], 0).is_whole());
        assert!(!state(&[0], 0).is_whole());
    }

    #[test]
    fn the_places_of_a_set_images_are_those_of_its_skus() {
        let sent = |place| Event::Intent {
            request: 0,
            skus: vec![place],
            associated: None,
            hash: String::new(),
            action: None,
            fetches: false,
        };
        assert!(state(&[], 5).fits(&sent(0)));
        assert!(!state(&[], 5).fits(&sent(3)));
    }
}
