//! Whether what a journal tells can be about its own plan. A damaged file may name requests and SKUs that are not
//! there.

use super::event::Event;
use super::state::State;

impl State {
    /// The requests wait for requests that there are.
    pub(crate) fn is_whole(&self) -> bool {
        let requests = self.outlines.len();
        let images = |(request, place): &(usize, usize)| {
            self.outlines.get(*request).is_some_and(|outline| *place < outline.images)
        };
        self.outlines.iter().all(|outline| {
            outline.after.iter().all(|before| *before < requests)
                && outline.pictures.iter().flat_map(|sku| &sku.awaited).all(images)
                && outline.files.iter().all(|place| *place < outline.images)
        })
    }

    /// The event is about a request of this plan, and SKUs of that request.
    pub(crate) fn fits(&self, event: &Event) -> bool {
        let has = |request: &usize, places: &[usize]| {
            let Some(outline) = self.outlines.get(*request) else { return false };
            let count = if outline.images > 0 { outline.images } else { outline.skus.len() };
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
