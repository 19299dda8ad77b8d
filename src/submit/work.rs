//! What happens to a planned request, of whichever kind it is.

use super::creation::{Creation, Ending, Look, Phase};
use super::event::{Answer, Found, Outline};
use super::hosting::{Errand, Hosting};
use super::pace::{Millis, Policy};
use super::picture::Pictures;
use super::updating::{Scope, Updating};
use crate::plan::Action;

/// One planned request's history.
#[derive(Debug, Clone)]
pub(super) enum Work {
    Creation(Creation),
    Update(Updating),
    Pictures(Pictures),
    Hosting(Hosting),
}

impl Work {
    /// The history of a request to which nothing has happened, in a plan of these.
    pub(super) fn of(outline: &Outline, outlines: &[Outline]) -> Work {
        let is_new = outline
            .after
            .iter()
            .filter_map(|before| outlines.get(*before))
            .any(|before| before.action == Action::CreateProduct);
        let skus = outline.skus.len();
        match outline.action {
            Action::CreateProduct => Work::Creation(Creation::new(skus, outline.is_pictured)),
            Action::UpdateProduct if is_new => Work::Update(Updating::new(Scope::NewProduct, skus)),
            Action::UpdateProduct => Work::Update(Updating::new(Scope::Product, skus)),
            Action::UpdatePriceQuantity => Work::Update(Updating::new(Scope::Skus, skus)),
            Action::MigrateImage | Action::MigrateImages | Action::UploadImage => {
                Work::Hosting(Hosting::new(outline.images, &outline.files))
            }
            Action::SetImages => Work::Pictures(Pictures::new(skus, outline.starts.clone())),
            Action::GetProducts | Action::GetResponse | Action::GetQcStatus => {
                Work::Pictures(Pictures::new(skus, Vec::new()))
            }
            Action::GetCategoryTree | Action::GetCategoryAttributes | Action::GetBrands => {
                Work::Pictures(Pictures::new(skus, Vec::new()))
            }
            Action::CreateToken | Action::RefreshToken => Work::Pictures(Pictures::new(skus, Vec::new())),
        }
    }

    /// Nothing more will be sent or asked.
    pub(super) fn has_ended(&self) -> bool {
        match self {
            Work::Creation(creation) => creation.has_ended(),
            Work::Update(updating) => updating.has_ended(),
            Work::Pictures(pictures) => pictures.has_ended(),
            Work::Hosting(hosting) => hosting.has_ended(),
        }
    }

    /// Nobody could tell of some of it, and another process asks or sends again. What is open with pictures follows from
    /// other requests.
    pub(super) fn is_untold(&self) -> bool {
        match self {
            Work::Creation(creation) => creation.ending().is_none_or(|ending| matches!(ending, Ending::Unknown(_))),
            Work::Update(updating) => !updating.has_ended() || updating.has_lost(),
            Work::Pictures(_) => false,
            Work::Hosting(hosting) => hosting.has_lost(),
        }
    }

    /// The next attempt creates a product with its pictures.
    pub(super) fn is_pictured(&self) -> bool {
        match self {
            Work::Creation(creation) => creation.is_pictured(),
            Work::Update(_) | Work::Pictures(_) | Work::Hosting(_) => false,
        }
    }

    /// How many attempts left.
    pub(super) fn attempts(&self) -> u32 {
        match self {
            Work::Creation(creation) => creation.attempts(),
            Work::Update(updating) => updating.attempts(),
            Work::Pictures(pictures) => pictures.attempts(),
            Work::Hosting(hosting) => hosting.attempts(),
        }
    }

    /// How many planned products are its own: that many can fail of themselves.
    pub(super) fn products(&self) -> u64 {
        match self {
            Work::Creation(_) => 1,
            Work::Update(updating) => updating.products(),
            Work::Pictures(_) | Work::Hosting(_) => 0,
        }
    }

    /// How many of them have failed.
    pub(super) fn failures(&self) -> u64 {
        match self {
            Work::Creation(creation) => match creation.ending() {
                Some(Ending::Rejected(_) | Ending::Unknown(_) | Ending::Pictureless) => 1,
                Some(Ending::Complete | Ending::Held) | None => 0,
            },
            Work::Update(updating) => updating.failures(),
            Work::Pictures(_) | Work::Hosting(_) => 0,
        }
    }

    /// Some of it has not become what was planned.
    pub(super) fn has_failed(&self) -> bool {
        match self {
            Work::Creation(creation) => creation.ending() != Some(&Ending::Complete),
            Work::Update(updating) => updating.failures() > 0,
            Work::Pictures(pictures) => pictures.has_failed(),
            Work::Hosting(hosting) => hosting.has_failed(),
        }
    }

    /// What was called for comes once more, since the last such call came to nothing.
    pub(super) fn is_repeat(&self) -> bool {
        match self {
            Work::Creation(creation) => creation.is_repeat(),
            Work::Update(updating) => updating.is_repeat(),
            Work::Pictures(pictures) => pictures.is_repeat(),
            Work::Hosting(hosting) => hosting.is_repeat(),
        }
    }

    /// It leaves: these of its SKUs or pictures.
    pub(super) fn intended(&mut self, places: &[usize], action: Option<Action>, fetches: bool) {
        match self {
            Work::Creation(creation) => creation.intended(),
            Work::Update(updating) => updating.intended(places),
            Work::Pictures(pictures) => pictures.intended(places, action),
            Work::Hosting(hosting) => {
                let action = action.unwrap_or(Action::MigrateImage);
                hosting.intended(Errand { action, places: places.to_vec(), ticket: None }, fetches);
            }
        }
    }

    /// It came back.
    pub(super) fn answered(&mut self, answer: &Answer, outline: &Outline, policy: &Policy, now: Millis, chance: f64) {
        match self {
            Work::Creation(creation) => creation.answered(answer, policy, now, chance),
            Work::Update(updating) => updating.answered(answer, &outline.skus, policy, now, chance),
            Work::Pictures(pictures) => pictures.answered(answer, &outline.skus, policy, now, chance),
            Work::Hosting(hosting) => hosting.answered(answer, policy, now, chance),
        }
    }

    /// The shop is being asked about it.
    pub(super) fn asks(&mut self) {
        match self {
            Work::Creation(creation) => creation.phase = Phase::Asking,
            Work::Pictures(pictures) => pictures.asks(),
            Work::Update(_) | Work::Hosting(_) => {}
        }
    }

    /// A creation that the shop may have had before.
    pub(super) fn may_be_foreign(&self) -> bool {
        match self {
            Work::Creation(creation) => creation.may_be_foreign(),
            Work::Pictures(_) | Work::Update(_) | Work::Hosting(_) => false,
        }
    }

    /// What the shop does not have now, it does not have.
    pub(super) fn is_last_look(&self, policy: &Policy) -> bool {
        match self {
            Work::Creation(creation) => creation.is_last_look(policy),
            Work::Pictures(pictures) => pictures.is_last_look(policy),
            Work::Update(_) | Work::Hosting(_) => true,
        }
    }

    /// The shop has told of it.
    pub(super) fn looked_up(&mut self, found: &Found, look: Look, policy: &Policy, now: Millis, chance: f64) {
        match self {
            Work::Creation(creation) => creation.looked_up(found, look, policy, now, chance),
            Work::Pictures(pictures) => pictures.looked_up(&found.present, look == Look::Last, policy, now),
            Work::Update(_) | Work::Hosting(_) => {}
        }
    }

    /// The shop cannot be asked about it.
    pub(super) fn not_looked_up(&mut self, reason: &str, policy: &Policy, now: Millis) {
        match self {
            Work::Creation(creation) => creation.not_looked_up(reason, policy, now),
            Work::Pictures(pictures) => pictures.not_looked_up(),
            Work::Update(_) | Work::Hosting(_) => {}
        }
    }

    /// It is asked about after a pause, by itself; answers whether that has been in vain too often.
    pub(super) fn ask_again(&mut self, policy: &Policy, now: Millis, chance: f64) -> bool {
        match self {
            Work::Creation(creation) => {
                creation.ask_again(policy, now, chance);
                creation.looks_failed()
            }
            Work::Pictures(pictures) => pictures.ask_again(policy, now, chance),
            Work::Update(_) | Work::Hosting(_) => false,
        }
    }

    /// No other request shares a look-up with it.
    pub(super) fn is_asked_alone(&self) -> bool {
        match self {
            Work::Creation(creation) => creation.is_asked_alone(),
            Work::Pictures(pictures) => pictures.is_asked_alone(),
            Work::Update(_) | Work::Hosting(_) => false,
        }
    }

    /// It is asked about by itself.
    pub(super) fn ask_alone(&mut self, now: Millis) {
        match self {
            Work::Creation(creation) => creation.ask_alone(now),
            Work::Pictures(pictures) => pictures.ask_alone(now),
            Work::Update(_) | Work::Hosting(_) => {}
        }
    }

    /// It goes into the next look-up.
    pub(super) fn ask_later(&mut self, now: Millis) {
        match self {
            Work::Creation(creation) => creation.phase = Phase::Doubt(now),
            Work::Pictures(pictures) => pictures.ask_later(now),
            Work::Update(_) | Work::Hosting(_) => {}
        }
    }

    /// Another process takes over: what was on its way is in doubt, what was unknown is asked or sent again.
    pub(super) fn recover(&mut self, policy: &Policy, now: Millis) {
        match self {
            Work::Creation(creation) => creation.recover(policy, now),
            Work::Update(updating) => updating.recover(now),
            Work::Pictures(pictures) => pictures.recover(now),
            Work::Hosting(hosting) => hosting.recover(now),
        }
    }
}
