//! Findings and events -> one verdict for each row.
//!
//! It is a fold over the plan and the journal's events: a live run, a resumed run and a later `report`
//! come to the same verdicts by the same code.

mod arrivals;
mod updates;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use arrivals::{Arrivals, pictures};
use updates::{pictured, switched_off, updated, with_pictures};

use crate::dialect::{Detail, Refusal};
use crate::plan::{Action, Intent, PlannedRequest, PlannedRow, Write};
use crate::record::SellerSku;
use crate::submit::{Ending, State};

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Its SKU was created.
    Created,
    /// What the shop has of it was changed.
    Updated,
    /// The shop has it just so.
    Unchanged,
    /// Its SKU was in the shop before this run.
    Exists,
    /// Not sent: it has an error.
    Invalid,
    /// The marketplace refused it.
    Rejected,
    /// Sent, and nobody could tell what became of it.
    Unknown,
    /// The run stopped before it, or another row holds it back.
    NotSent,
    /// Left out on purpose.
    Skipped,
    /// A dry run.
    Planned,
}

impl Verdict {
    /// All of them, in the order of summaries.
    pub const ALL: [Verdict; 10] = [
        Verdict::Created,
        Verdict::Updated,
        Verdict::Unchanged,
        Verdict::Exists,
        Verdict::Planned,
        Verdict::Invalid,
        Verdict::Rejected,
        Verdict::Unknown,
        Verdict::NotSent,
        Verdict::Skipped,
    ];

    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Created => "created",
            Verdict::Updated => "updated",
            Verdict::Unchanged => "unchanged",
            Verdict::Exists => "exists",
            Verdict::Invalid => "invalid",
            Verdict::Rejected => "rejected",
            Verdict::Unknown => "unknown",
            Verdict::NotSent => "not-sent",
            Verdict::Skipped => "skipped",
            Verdict::Planned => "planned",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What became of a row's pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Images {
    /// All are set.
    Set,
    /// Some could not be had.
    Incomplete,
    /// The marketplace refused them.
    Failed,
    /// The row has none.
    None,
    /// The SKU keeps what it had.
    Kept,
    /// Not set yet.
    Pending,
}

impl Images {
    /// The word in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Images::Set => "set",
            Images::Incomplete => "incomplete",
            Images::Failed => "failed",
            Images::None => "none",
            Images::Kept => "kept",
            Images::Pending => "pending",
        }
    }
}

/// One row's verdict: a line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowVerdict {
    /// The sheet's name; empty for text files.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sheet: String,
    /// The row, from 1.
    pub row: u32,
    /// The seller SKU; empty where the row has none.
    pub seller_sku: String,
    /// What the product is called: its key, its associated SKU, its name, or the SKU of a row by itself.
    pub product: String,
    /// What became of it.
    pub verdict: Verdict,
    /// What became of its pictures.
    pub images: Images,
    /// The rule it breaks, or the marketplace's error code; empty for neither.
    pub rule_or_code: String,
    /// The other rules it breaks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Why.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The fields that the marketplace refused, by its names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// The columns of the sheet that are at fault, from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<u32>,
    /// The request that carried it; empty for none.
    pub request: String,
    /// How often that request was tried.
    pub attempts: u32,
}

/// A verdict for every data row, in the order of the sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// One for each row.
    pub rows: Vec<RowVerdict>,
}

impl Verdicts {
    /// How many rows have each verdict; those that none has are left out.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Verdict, usize> {
        let mut counts = BTreeMap::new();
        for row in &self.rows {
            *counts.entry(row.verdict).or_insert(0) += 1;
        }
        counts
    }

    /// How many rows have these pictures.
    #[must_use]
    pub fn with_images(&self, images: Images) -> usize {
        self.rows.iter().filter(|row| row.images == images).count()
    }
}

/// What the sheet calls the pictures that were brought to the marketplace, by request and place. Only those that did
/// not arrive need a name.
pub type PictureNames = HashMap<(usize, usize), String>;

/// What has happened.
#[derive(Clone, Copy)]
struct Told<'a> {
    state: &'a State,
    names: &'a PictureNames,
    stopped: Option<&'a str>,
    /// The creations some of whose rows name pictures.
    pictured: &'a HashSet<usize>,
}

/// Folds the plan's rows and what has happened to its requests. `stopped` says why rows were not sent.
#[must_use]
pub fn verdicts(rows: &[PlannedRow], state: &State, names: &PictureNames, stopped: Option<&str>) -> Verdicts {
    let pictured = rows.iter().filter(|row| row.images > 0).filter_map(|row| match row.intent {
        Intent::Create(request) => Some(request),
        Intent::Update(_) | Intent::Unchanged | Intent::Exists => None,
        Intent::Invalid(_) | Intent::Held(_) | Intent::Pictureless | Intent::Skipped(_) => None,
    });
    let told = Told { state, names, stopped, pictured: &pictured.collect() };
    Verdicts { rows: rows.iter().map(|row| of_row(row, told)).collect() }
}

/// The requests that carry rows, by their places in the plan.
pub type Carriers = HashMap<usize, Carrier>;

/// What a verdict tells of the request that carries its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carrier {
    id: String,
    associated: Option<SellerSku>,
}

impl Carrier {
    /// The part of a request; `None` for one that carries no row.
    #[must_use]
    pub fn of(request: &PlannedRequest) -> Option<Carrier> {
        match &request.write {
            Write::HostImages(_) => None,
            Write::CreateProduct(_) | Write::UpdateProduct(_) | Write::UpdatePriceQuantity(_) | Write::SetImages(_) => {
                Some(Carrier { id: request.id.clone(), associated: request.write.associated_sku().cloned() })
            }
        }
    }
}

/// The verdicts of a dry run: what would be created or changed is `planned`.
#[must_use]
pub fn planned(rows: &[PlannedRow], carriers: &Carriers) -> Verdicts {
    let planned = |row: &PlannedRow| {
        let mut verdict = unsent(row);
        let request = match row.intent {
            Intent::Create(request) => {
                verdict.images = if row.images > 0 { Images::Pending } else { Images::None };
                Some(request)
            }
            Intent::Update(request) => {
                verdict.images = updates::images(row);
                request.or(row.image_request)
            }
            Intent::Unchanged | Intent::Exists | Intent::Invalid(_) => return verdict,
            Intent::Held(_) | Intent::Pictureless | Intent::Skipped(_) => return verdict,
        };
        verdict.verdict = Verdict::Planned;
        if let Some(carrier) = request.and_then(|request| carriers.get(&request)) {
            verdict.request.clone_from(&carrier.id);
            joins(&mut verdict, carrier.associated.as_ref());
        }
        verdict
    };
    Verdicts { rows: rows.iter().map(planned).collect() }
}

/// The part that needs no event.
fn unsent(row: &PlannedRow) -> RowVerdict {
    let mut verdict = RowVerdict {
        sheet: row.sheet.clone(),
        row: row.row,
        seller_sku: row.seller_sku.clone(),
        product: row.product.clone(),
        verdict: Verdict::NotSent,
        images: Images::None,
        rule_or_code: String::new(),
        message: String::new(),
        help: String::new(),
        also: Vec::new(),
        fields: Vec::new(),
        columns: Vec::new(),
        request: String::new(),
        attempts: 0,
    };
    match &row.intent {
        Intent::Create(_) | Intent::Update(_) => {}
        Intent::Unchanged => {
            verdict.verdict = Verdict::Unchanged;
            verdict.images = Images::Kept;
        }
        Intent::Exists => {
            verdict.verdict = Verdict::Exists;
            verdict.images = Images::Kept;
            verdict.message = "it was in the shop before this run".to_owned();
        }
        Intent::Invalid(invalid) => {
            verdict.verdict = Verdict::Invalid;
            verdict.rule_or_code.clone_from(&invalid.rule);
            verdict.also.clone_from(&invalid.also);
            verdict.message.clone_from(&invalid.message);
            verdict.help.clone_from(&invalid.help);
            verdict.columns.clone_from(&invalid.columns);
        }
        Intent::Held(reason) => verdict.message = format!("held back: {reason}"),
        Intent::Pictureless => {
            pictureless(&mut verdict, "none of its SKUs has a picture");
            Arrivals::before_sending(row).tell(&mut verdict);
        }
        Intent::Skipped(reason) => {
            verdict.verdict = Verdict::Skipped;
            verdict.message.clone_from(reason);
        }
    }
    verdict
}

/// Says one thing more.
fn add(verdict: &mut RowVerdict, text: &str) {
    if !verdict.message.is_empty() {
        verdict.message.push_str("; ");
    }
    verdict.message.push_str(text);
}

/// It is a new SKU of a product that is there before it.
fn joins(verdict: &mut RowVerdict, associated: Option<&SellerSku>) {
    if let Some(sku) = associated {
        add(verdict, &format!("added to the product of `{sku}`"));
    }
}

/// It waits for a picture. The code brings it into the sheet of rows to mend.
fn pictureless(verdict: &mut RowVerdict, why: &str) {
    verdict.rule_or_code = "require-images".to_owned();
    verdict.message = format!("held back: {why}, and --require-images asks for one");
    verdict.help = "give it a sound picture and import the sheet again".to_owned();
}

fn of_row(row: &PlannedRow, told: Told<'_>) -> RowVerdict {
    let mut verdict = unsent(row);
    match row.intent {
        Intent::Create(request) => created(&mut verdict, row, request, told),
        Intent::Update(Some(request)) => {
            updated(&mut verdict, row, request, told);
            with_pictures(&mut verdict, row, told);
            return verdict;
        }
        Intent::Update(None) => {
            pictured(&mut verdict, row, told);
            return verdict;
        }
        Intent::Unchanged | Intent::Exists | Intent::Invalid(_) => {}
        Intent::Held(_) | Intent::Pictureless | Intent::Skipped(_) => {}
    }
    if !matches!(verdict.verdict, Verdict::Created | Verdict::Exists | Verdict::Unchanged) {
        return verdict;
    }
    let arrivals = Arrivals::of(row, told);
    if let Some(request) = row.image_request {
        pictures(&mut verdict, &arrivals, request, told.state);
    } else if !arrivals.dead.is_empty() {
        arrivals.tell(&mut verdict);
        verdict.help = arrivals.help().to_owned();
        verdict.images = Images::Failed;
    }
    if let Some(request) = row.switch_request.filter(|_| verdict.verdict == Verdict::Created) {
        switched_off(&mut verdict, request, told);
    }
    verdict
}

fn created(verdict: &mut RowVerdict, row: &PlannedRow, request: usize, told: Told<'_>) {
    let Told { state, stopped, .. } = told;
    let Some(creation) = state.creation(request) else { return };
    let outline = state.outline(request);
    let place = outline.skus.iter().position(|sku| sku.as_str() == row.seller_sku).unwrap_or(usize::MAX);
    verdict.request.clone_from(&outline.id);
    verdict.attempts = creation.attempts();
    let pending = if row.images > 0 { Images::Pending } else { Images::None };
    if creation.is_created(place) {
        verdict.verdict = Verdict::Created;
        joins(verdict, outline.associated.as_ref());
        if creation.is_confirmed_by_lookup() {
            add(verdict, "confirmed by lookup");
        }
        if let Some(refusal) = creation.refused_pictures() {
            add(
                verdict,
                &format!("created without pictures, since one of the product's was refused (code {})", refusal.code),
            );
        }
        creation.warnings().iter().for_each(|warning| add(verdict, &format!("the marketplace warns: {warning}")));
        if row.images == 0 && told.pictured.contains(&request) {
            add(verdict, "it has no images, and other SKUs of its product have");
        }
        verdict.images = pending;
        return;
    }
    match creation.ending() {
        Some(Ending::Rejected(refusal)) => rejected(verdict, refusal, Action::CreateProduct),
        Some(Ending::Unknown(reason)) => {
            unknown(verdict, reason, ASK_AGAIN);
            verdict.images = pending;
        }
        Some(Ending::Held) => {
            verdict.message = "held back: the product of its AssociatedSku was not created".to_owned();
            verdict.images = pending;
        }
        Some(Ending::Pictureless) => {
            let arrivals = Arrivals::of(row, told);
            if arrivals.lost.is_empty() {
                pictureless(verdict, "none of its pictures could be had");
                verdict.images = Images::Failed;
            } else {
                pictureless(verdict, "its pictures have not arrived yet");
                // It is not for the merchant to mend.
                verdict.rule_or_code.clear();
                arrivals.help().clone_into(&mut verdict.help);
                verdict.images = Images::Pending;
            }
            arrivals.tell(verdict);
        }
        Some(Ending::Complete) => {}
        None if creation.is_in_doubt() => {
            unknown(verdict, "the run ended before the outcome was known", ASK_AGAIN);
            verdict.images = pending;
        }
        None => {
            open(verdict, stopped);
            verdict.images = pending;
        }
    }
}

const NOT_YET: &str = "the run has not come to it";

/// It is still to be sent.
fn open(verdict: &mut RowVerdict, stopped: Option<&str>) {
    verdict.message = stopped.unwrap_or(NOT_YET).to_owned();
    verdict.help = "resume the run".to_owned();
}

const ASK_AGAIN: &str = "resume the run, which asks the shop again; look in the shop before you repeat it";

fn unknown(verdict: &mut RowVerdict, reason: &str, help: &str) {
    verdict.verdict = Verdict::Unknown;
    verdict.message = format!("sent, and nobody could tell what became of it: {reason}");
    verdict.help = help.to_owned();
}

/// A refusal concerns the SKU that it names; one without a name, or with none of ours, the whole product.
fn rejected(verdict: &mut RowVerdict, refusal: &Refusal, action: Action) {
    verdict.verdict = Verdict::Rejected;
    verdict.rule_or_code.clone_from(&refusal.code);
    let own = |detail: &&Detail| detail.seller_sku.as_ref().is_some_and(|sku| sku.as_str() == verdict.seller_sku);
    let own: Vec<String> = refusal.details.iter().filter(own).map(said).collect();
    let shared: Vec<String> = refusal.details.iter().filter(|detail| detail.seller_sku.is_none()).map(said).collect();
    let others: Vec<String> = refusal.details.iter().filter(|detail| detail.seller_sku.is_some()).map(of_sku).collect();
    let concerns = |detail: &&Detail| detail.seller_sku.as_ref().is_none_or(|sku| sku.as_str() == verdict.seller_sku);
    let fields = refusal.details.iter().filter(concerns).filter_map(|detail| detail.field.clone());
    verdict.fields = fields.collect();
    let mut reasons = if own.is_empty() && shared.is_empty() { others } else { [own, shared].concat() };
    reasons.insert(0, refusal.message.clone());
    verdict.message = reasons.join("; ");
    verdict.help = refusal.help(action).to_owned();
}

fn said(detail: &Detail) -> String {
    match &detail.field {
        Some(field) => format!("{field}: {}", detail.message),
        None => detail.message.clone(),
    }
}

fn of_sku(detail: &Detail) -> String {
    let sku = detail.seller_sku.as_ref().map(|sku| format!("SKU `{sku}` of the same product: ")).unwrap_or_default();
    format!("{sku}{}", said(detail))
}

#[cfg(test)]
mod tests;
