//! Whether what a journal tells can be about its own plan. A damaged file may name requests and SKUs that are not
//! there.

use super::event::Event;
use super::state::State;

impl State {
    /// The requests wait for requests that there are.
    pub(crate) fn is_whole(&self) -> bool {
        self.outlines.iter().flat_map(|outline| &outline.after).all(|before| *before < self.outlines.len())
    }

    /// The event is about a request of this plan, and SKUs of that request.
    pub(crate) fn fits(&self, event: &Event) -> bool {
        let has = |request: &usize, places: &[usize]| {
            self.outlines.get(*request).is_some_and(|outline| places.iter().all(|place| *place < outline.skus.len()))
        };
        match event {
            Event::Intent { request, skus, .. } => has(request, skus),
            Event::LookedUp { request, found, .. } => has(request, &found.present),
            Event::Answered { request, .. } | Event::NotLookedUp { request, .. } => has(request, &[]),
            Event::Resumed => true,
        }
    }
}
