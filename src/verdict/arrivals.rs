//! What became of a row's pictures: which are set, which could not be had, which did not arrive, and why.

use super::{Images, RowVerdict, Told, add, said};
use crate::dialect::{Detail, Refusal};
use crate::plan::PlannedRow;
use crate::submit::{Hosted, Picture, State};

/// The pictures of a row that the marketplace does not have, each with its name and the reason.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    /// They cannot be had.
    pub(super) dead: Vec<String>,
    /// `resume` sends them again.
    pub(super) lost: Vec<String>,
    /// Those that cannot be had might another time.
    may_pass: bool,
}

impl Arrivals {
    /// What was known before anything was sent.
    pub(super) fn before_sending(row: &PlannedRow) -> Arrivals {
        let dead = row.dead_images.iter().map(|dead| named(&dead.image, &dead.reason)).collect();
        Arrivals { dead, ..Arrivals::default() }
    }

    /// What is known after all that has happened.
    pub(super) fn of(row: &PlannedRow, told: Told<'_>) -> Arrivals {
        let mut arrivals = Arrivals::before_sending(row);
        let Some(request) = row.image_request else { return arrivals };
        let awaited = told.state.awaited(request, &row.seller_sku);
        arrivals.may_pass = arrivals.dead.is_empty();
        for (request, place) in awaited {
            let name = told.names.get(&(*request, *place)).map_or("", String::as_str);
            match told.state.hosting(*request).map(|hosting| hosting.image(*place)) {
                Some(Hosted::Dead(refusal)) => {
                    arrivals.may_pass &= refusal.may_pass();
                    arrivals.dead.push(named(name, &reason(refusal)));
                }
                Some(Hosted::Lost(reason)) => arrivals.lost.push(named(name, reason)),
                Some(Hosted::Open | Hosted::At(_)) | None => {}
            }
        }
        arrivals
    }

    /// Says which pictures the row lacks, and why.
    pub(super) fn tell(&self, verdict: &mut RowVerdict) {
        for (pictures, what) in [(&self.dead, "could not be had"), (&self.lost, "did not arrive")] {
            let mut told: Vec<&str> = pictures.iter().map(String::as_str).collect();
            // Those without a name may have one reason.
            told.dedup();
            match pictures.len() {
                0 => {}
                1 => add(verdict, &format!("1 picture {what}: {}", told.join(", "))),
                count => add(verdict, &format!("{count} pictures {what}: {}", told.join(", "))),
            }
        }
    }

    /// What to do.
    pub(super) fn help(&self) -> &'static str {
        if !self.lost.is_empty() {
            "resume the run, which sends the images again"
        } else if self.may_pass {
            "import the sheet again later: only the images are sent"
        } else {
            "mend the pictures and import the sheet again: only the images are sent"
        }
    }

    /// Tells what the SKU lacks, where it does; answers what its pictures are then, `otherwise` where it lacks nothing.
    fn judge(&self, verdict: &mut RowVerdict, otherwise: Images) -> Images {
        if self.dead.is_empty() && self.lost.is_empty() {
            return otherwise;
        }
        self.tell(verdict);
        self.help().clone_into(&mut verdict.help);
        match otherwise {
            Images::Set => Images::Incomplete,
            // None of them has come so far.
            Images::Failed if !self.lost.is_empty() => Images::Pending,
            Images::Failed | Images::Incomplete | Images::None | Images::Kept | Images::Pending => otherwise,
        }
    }
}

/// `` `https://a.example.com/1.jpg` (it is empty) ``; the reason alone where the name is not known.
fn named(name: &str, reason: &str) -> String {
    if name.is_empty() { reason.to_owned() } else { format!("`{name}` ({reason})") }
}

/// Why the marketplace does not take a picture. It names the picture itself as the field.
fn reason(refusal: &Refusal) -> String {
    let mut reasons = vec![refusal.message.as_str()];
    reasons.extend(refusal.details.iter().map(|detail| detail.message.as_str()));
    reasons.dedup();
    reasons.join(": ")
}

const UNKNOWN: &str = "it is not known whether the images are set";

/// What became of the pictures of a SKU that is in the shop.
pub(super) fn pictures(verdict: &mut RowVerdict, arrivals: &Arrivals, request: usize, state: &State) {
    verdict.images = match state.picture(request, &verdict.seller_sku) {
        Some(Picture::Set) => arrivals.judge(verdict, Images::Set),
        Some(Picture::Unseen) => {
            add(verdict, "the marketplace accepted the images; it could not be asked whether it shows them");
            arrivals.judge(verdict, Images::Set)
        }
        Some(Picture::Dead) => arrivals.judge(verdict, Images::Failed),
        Some(Picture::Failed(refusal)) => {
            failed(verdict, refusal);
            arrivals.tell(verdict);
            Images::Failed
        }
        Some(Picture::Lost(reason)) => {
            add(verdict, &format!("{UNKNOWN}: {reason}"));
            "resume the run, which sends the images again".clone_into(&mut verdict.help);
            Images::Pending
        }
        Some(Picture::Open | Picture::Accepted) => {
            "resume the run, which sends the images again".clone_into(&mut verdict.help);
            Images::Pending
        }
        Some(Picture::Dropped) | None => verdict.images,
    };
}

fn failed(verdict: &mut RowVerdict, refusal: &Refusal) {
    let own = |detail: &&Detail| detail.seller_sku.as_ref().is_none_or(|sku| sku.as_str() == verdict.seller_sku);
    let reasons: Vec<String> = refusal.details.iter().filter(own).map(said).collect();
    let reason = if reasons.is_empty() { refusal.message.clone() } else { reasons.join("; ") };
    verdict.rule_or_code.clone_from(&refusal.code);
    let (what, help) = if refusal.may_pass() {
        (UNKNOWN, "look at the SKU in the shop; import the sheet again later: only the images are sent")
    } else {
        ("images refused", "mend the picture addresses and import the sheet again: only the images are sent")
    };
    add(verdict, &format!("{what}: {reason}"));
    help.clone_into(&mut verdict.help);
}
