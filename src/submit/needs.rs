//! What a request waits for, and what that came to.

use std::collections::HashMap;

use super::agenda::{Agenda, Standing};
use super::creation::{Ending, Phase};
use super::event::{Outline, SkuPictures};
use super::pace::Millis;
use super::picture::Readiness;
use super::state::State;
use super::work::Work;
use crate::plan::Action;
use crate::record::SellerSku;

impl State {
    /// Counts anew what has ended and who waits for whom; every request that may start is looked at next.
    pub(super) fn begin_anew(&mut self) {
        for request in 0..self.work.len() {
            self.tally(request);
        }
        self.agenda = Agenda::default();
        for request in 0..self.work.len() {
            let after = &self.outlines[request].after;
            self.waits[request] = after.iter().filter(|before| !self.has_ended(**before)).count();
            if self.waits[request] == 0 && !self.has_ended(request) {
                self.agenda.note(0, request);
            }
        }
        self.tallies.begin_process();
    }

    /// Everything that the request waits for has ended.
    pub(super) fn may_start(&self, request: usize) -> bool {
        self.waits[request] == 0
    }

    /// Something has happened to the request: those who wait for it are told when it has ended.
    pub(super) fn settle(&mut self, request: usize) {
        if self.is_replaying {
            return;
        }
        if self.tally(request) {
            for at in 0..self.dependents[request].len() {
                let dependent = self.dependents[request][at];
                self.waits[dependent] = self.waits[dependent].saturating_sub(1);
                if self.waits[dependent] == 0 {
                    self.agenda.note(0, dependent);
                }
            }
        }
        self.schedule(request);
    }

    /// Notes when the request is looked at again.
    pub(super) fn schedule(&mut self, request: usize) {
        match self.standing(request) {
            Standing::Over | Standing::Idle => {}
            Standing::Send(at, _) | Standing::Ask(at) => self.agenda.note(at, request),
            Standing::AskLast(at) => {
                self.agenda.last.insert(request);
                self.agenda.last_at = self.agenda.last_at.max(at);
            }
        }
    }

    /// Where the request stands. What the marketplace has switched off waits for another process.
    pub(super) fn standing(&mut self, request: usize) -> Standing {
        match self.planned_standing(request) {
            Standing::Send(_, action) if self.health.switched_off().contains_key(&action) => Standing::Idle,
            standing => standing,
        }
    }

    fn planned_standing(&mut self, request: usize) -> Standing {
        #[cfg(test)]
        {
            self.agenda.steps += 1;
        }
        if self.has_ended(request) {
            return Standing::Over;
        }
        if !self.may_start(request) {
            return Standing::Idle;
        }
        let action = self.outlines[request].action;
        match &self.work[request] {
            Work::Creation(creation) => match creation.phase {
                Phase::Due(at) => Standing::Send(at, action),
                Phase::Doubt(at) => Standing::Ask(at),
                Phase::Last(at) => Standing::AskLast(at),
                Phase::InFlight | Phase::Asking | Phase::Ended(_) => Standing::Idle,
            },
            Work::Update(updating) => updating.next().map_or(Standing::Idle, |(at, _)| Standing::Send(at, action)),
            Work::Pictures(pictures) => match (pictures.next(), pictures.question()) {
                (Some((at, _)), _) => Standing::Send(at, action),
                (None, Some(at)) => Standing::Ask(at),
                (None, None) => Standing::Idle,
            },
            Work::Hosting(hosting) => {
                hosting.next(&self.policy).map_or(Standing::Idle, |(at, errand)| Standing::Send(at, errand.action))
            }
        }
    }

    /// Looks at every request whose time has come.
    pub(super) fn wake(&mut self, now: Millis) {
        while let Some(request) = self.agenda.pop(now) {
            if self.has_ended(request) || !self.may_start(request) {
                continue;
            }
            self.start(request);
            match self.standing(request) {
                Standing::Over | Standing::Idle => {}
                Standing::Send(at, _) | Standing::Ask(at) if at > now => self.agenda.note(at, request),
                Standing::Send(_, action) if self.is_repeat(request) => {
                    self.agenda.again.entry(action).or_default().insert(request);
                }
                Standing::Send(_, action) => {
                    self.agenda.ready.entry(action).or_default().insert(request);
                }
                Standing::Ask(_) if self.is_repeat(request) => {
                    self.agenda.again.entry(Action::GetProducts).or_default().insert(request);
                }
                Standing::Ask(_) if self.work[request].is_asked_alone() => {
                    self.agenda.alone.insert(request);
                }
                Standing::Ask(_) => self.agenda.ask(request, self.outlines[request].skus.len(), now),
                Standing::AskLast(_) => self.schedule(request),
            }
        }
    }

    /// What a request waits for has ended: some of it may have come to nothing.
    pub(crate) fn start(&mut self, request: usize) {
        let outline = &self.outlines[request];
        match &self.work[request] {
            Work::Creation(creation) => {
                // The very SKU that it is added to must be there, not just any of that product.
                let is_fresh = creation.attempts() == 0;
                let is_held = is_fresh && outline.associated.as_ref().is_some_and(|sku| !self.exists(sku));
                let pictures = &outline.pictures;
                let is_bare = is_fresh && !pictures.is_empty() && !pictures.iter().any(|sku| self.has_picture(sku));
                if let Work::Creation(creation) = &mut self.work[request] {
                    if is_held {
                        creation.hold(Ending::Held);
                    } else if is_bare {
                        creation.hold(Ending::Pictureless);
                    }
                }
            }
            Work::Update(_) if outline.after.is_empty() => return,
            Work::Update(_) => {
                let exists: Vec<bool> = outline.skus.iter().map(|sku| self.exists(sku)).collect();
                if let Work::Update(updating) = &mut self.work[request] {
                    updating.start(|place| exists[place]);
                }
            }
            Work::Pictures(pictures) if pictures.is_started() => return,
            Work::Pictures(_) => {
                let ready: Vec<Readiness> =
                    (0..outline.skus.len()).map(|place| self.readiness(request, place)).collect();
                if let Work::Pictures(pictures) = &mut self.work[request] {
                    pictures.start(|place| ready[place]);
                }
            }
            Work::Hosting(_) => {
                let is_needed = outline.is_shared || outline.skus.iter().any(|sku| self.exists(sku));
                if let Work::Hosting(hosting) = &mut self.work[request] {
                    hosting.start(is_needed);
                }
            }
        }
        if self.has_ended(request) {
            self.settle(request);
        }
    }

    /// The SKUs that other creations of the plan add to the product of this one.
    pub(super) fn added_to(&self, request: usize) -> Vec<&SellerSku> {
        let mut added = Vec::new();
        let mut open = vec![request];
        while let Some(request) = open.pop() {
            let adds = |at: &&usize| self.outlines[**at].associated.is_some();
            for dependent in self.dependents[request].iter().filter(adds) {
                added.extend(&self.outlines[*dependent].skus);
                open.push(*dependent);
            }
        }
        added
    }

    /// Some picture of the SKU is hosted; all of them, where it shows others.
    fn has_picture(&self, sku: &SkuPictures) -> bool {
        if sku.is_whole {
            return sku.awaited.iter().all(|(request, place)| self.hosted(*request, *place).is_some());
        }
        sku.hosted > 0 || sku.awaited.iter().any(|(request, place)| self.hosted(*request, *place).is_some())
    }

    fn readiness(&self, request: usize, place: usize) -> Readiness {
        let outline = &self.outlines[request];
        if !self.exists(&outline.skus[place]) {
            return Readiness::NoSku;
        }
        match outline.pictures.get(place) {
            Some(sku) if !self.has_picture(sku) => Readiness::NoPicture,
            Some(_) | None => Readiness::Ready,
        }
    }

    /// The SKU is in the shop: it was made by a request of this plan, or was there before.
    pub(super) fn exists(&self, sku: &SellerSku) -> bool {
        let Some((request, place)) = self.makers.get(sku) else { return true };
        self.creation(*request).is_some_and(|creation| creation.is_created(*place))
    }
}

/// Which creation makes a SKU, and at which place. A million of them are at home here: the table never grows.
pub(super) fn makers(outlines: &[Outline]) -> HashMap<SellerSku, (usize, usize)> {
    let creations = || outlines.iter().enumerate().filter(|(_, outline)| outline.action == Action::CreateProduct);
    let mut makers = HashMap::with_capacity(creations().map(|(_, outline)| outline.skus.len()).sum());
    for (request, outline) in creations() {
        makers.extend(outline.skus.iter().enumerate().map(|(place, sku)| (sku.clone(), (request, place))));
    }
    makers
}
