//! What became of a row whose SKU the shop had before: of its new values, and of its pictures where only those change;
//! and of a new SKU that was to go off sale.

use super::{Arrivals, Images, NOT_YET, RowVerdict, Told, Verdict, add, open, pictures, rejected, unknown};
use crate::plan::PlannedRow;
use crate::submit::{Picture, Update};

const RESUME: &str = "resume the run, which sends it again: that does no harm";

/// Nothing more will be learnt of it.
const LOOK: &str = "look at the SKU in the shop, or import the sheet again, which compares it with the shop";

/// What becomes of a SKU's pictures is told in the same row; where they do not change, it keeps what it has.
pub(super) fn images(row: &PlannedRow) -> Images {
    if row.image_request.is_some() { Images::Pending } else { Images::Kept }
}

/// The row's new values travelled with this request.
pub(super) fn updated(verdict: &mut RowVerdict, row: &PlannedRow, request: usize, told: Told<'_>) {
    verdict.images = images(row);
    let Some(updating) = told.state.updating(request) else { return };
    let outline = told.state.outline(request);
    verdict.request.clone_from(&outline.id);
    verdict.attempts = updating.attempts();
    // Only what its product's SKUs share may be new of it, and another SKU may stand for them.
    let place = told.state.place(request, &row.seller_sku).unwrap_or_else(|| updating.decisive());
    match updating.update(place) {
        Update::Done => {
            verdict.verdict = Verdict::Updated;
            warned(verdict, updating.warnings(place));
        }
        Update::Refused(refusal) => rejected(verdict, refusal, outline.action),
        Update::Lost(reason) => unknown(verdict, reason, RESUME),
        Update::Untold(reason) => unknown(verdict, reason, LOOK),
        Update::Open | Update::Dropped if updating.is_in_doubt(place) => unknown(verdict, ENDED, RESUME),
        Update::Open | Update::Dropped => open(verdict, told.stopped),
    }
}

/// The run ended in between.
const ENDED: &str = "the run ended before the outcome was known";

/// A SKU was created, and this request was to take it off sale: who does not have that yet may be selling what nobody
/// meant to sell. What is to be done about it goes first.
pub(super) fn switched_off(verdict: &mut RowVerdict, request: usize, told: Told<'_>) {
    let state = told.state;
    let (Some(updating), Some(place)) = (state.updating(request), state.place(request, &verdict.seller_sku)) else {
        return;
    };
    match updating.update(place) {
        Update::Done => {
            add(verdict, "switched off");
            warned(verdict, updating.warnings(place));
        }
        Update::Refused(refusal) => {
            let message = std::mem::take(&mut verdict.message);
            rejected(verdict, refusal, state.outline(request).action);
            let reason = std::mem::replace(&mut verdict.message, message);
            verdict.verdict = Verdict::Created;
            add(verdict, &format!("it is on sale, for to switch it off was refused: {reason}"));
        }
        Update::Lost(reason) => in_doubt(verdict, reason, RESUME),
        Update::Untold(reason) => {
            in_doubt(verdict, reason, LOOK);
            LOST.clone_into(&mut verdict.rule_or_code);
        }
        Update::Open | Update::Dropped if updating.is_in_doubt(place) => in_doubt(verdict, ENDED, RESUME),
        Update::Open | Update::Dropped => {
            let reason = told.stopped.unwrap_or(NOT_YET);
            add(verdict, &format!("it is on sale, not switched off yet: {reason}"));
            "resume the run".clone_into(&mut verdict.help);
        }
    }
}

/// The code of a switch of which nobody could tell.
const LOST: &str = "lost";

fn in_doubt(verdict: &mut RowVerdict, reason: &str, help: &str) {
    add(verdict, &format!("nobody could tell whether it was switched off: {reason}"));
    help.clone_into(&mut verdict.help);
}

fn warned(verdict: &mut RowVerdict, warnings: &[String]) {
    warnings.iter().for_each(|warning| add(verdict, &format!("the marketplace warns: {warning}")));
}

/// Only the row's pictures change: they decide.
pub(super) fn pictured(verdict: &mut RowVerdict, row: &PlannedRow, told: Told<'_>) {
    verdict.images = images(row);
    let state = told.state;
    let Some((request, history)) = row.image_request.and_then(|request| Some((request, state.pictures(request)?)))
    else {
        return;
    };
    verdict.request.clone_from(&state.outline(request).id);
    verdict.attempts = history.attempts();
    let place = state.place(request, &row.seller_sku).unwrap_or(usize::MAX);
    match history.picture(place) {
        Picture::Set | Picture::Unseen => verdict.verdict = Verdict::Updated,
        // Nobody could tell, in two processes.
        Picture::Failed(refusal) if refusal.may_pass() => return unknown_for_good(verdict, &refusal.message),
        Picture::Failed(_) => verdict.verdict = Verdict::Rejected,
        Picture::Dead => verdict.verdict = Verdict::Unchanged,
        Picture::Lost(reason) => return unknown(verdict, reason, RESUME),
        Picture::Open | Picture::Accepted if history.is_in_doubt(place) => return unknown(verdict, ENDED, RESUME),
        Picture::Open | Picture::Accepted | Picture::Dropped => return open(verdict, told.stopped),
    }
    pictures(verdict, &Arrivals::of(row, told), request, state);
}

fn unknown_for_good(verdict: &mut RowVerdict, reason: &str) {
    unknown(verdict, reason, LOOK);
    verdict.images = Images::Failed;
}

/// The pictures of a row whose new values travelled too. What is to be done about those goes first.
pub(super) fn with_pictures(verdict: &mut RowVerdict, row: &PlannedRow, told: Told<'_>) {
    let arrivals = Arrivals::of(row, told);
    let (code, help) = (verdict.rule_or_code.clone(), verdict.help.clone());
    if let Some(request) = row.image_request {
        pictures(verdict, &arrivals, request, told.state);
    } else if !arrivals.dead.is_empty() {
        arrivals.tell(verdict);
        verdict.help = arrivals.help().to_owned();
        verdict.images = Images::Failed;
    }
    if !help.is_empty() {
        (verdict.rule_or_code, verdict.help) = (code, help);
    }
}

#[cfg(test)]
mod tests;
