//! Findings and events -> one verdict for each row.
//!
//! It is a fold over the plan and the journal's events: a live run, a resumed run and a later `report`
//! come to the same verdicts by the same code.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::dialect::{Detail, Refusal};
use crate::plan::{Intent, PlannedRow};
use crate::submit::{Ending, Picture, State};

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Its SKU was created.
    Created,
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
    pub const ALL: [Verdict; 8] = [
        Verdict::Created,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowVerdict {
    /// The sheet's name; empty for text files.
    #[serde(skip_serializing_if = "String::is_empty")]
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
    /// Why.
    pub message: String,
    /// What to do.
    pub help: String,
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

/// Folds the plan's rows and what has happened to its requests. `stopped` says why rows were not sent.
#[must_use]
pub fn verdicts(rows: &[PlannedRow], state: &State, stopped: Option<&str>) -> Verdicts {
    Verdicts { rows: rows.iter().map(|row| of_row(row, state, stopped)).collect() }
}

/// The verdicts of a dry run: what would be created is `planned`.
#[must_use]
pub fn planned(rows: &[PlannedRow], ids: &[String]) -> Verdicts {
    let planned = |row: &PlannedRow| {
        let mut verdict = unsent(row);
        if let Intent::Create(request) = row.intent {
            verdict.verdict = Verdict::Planned;
            verdict.request = ids.get(request).cloned().unwrap_or_default();
            verdict.images = if row.images > 0 { Images::Pending } else { Images::None };
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
        request: String::new(),
        attempts: 0,
    };
    match &row.intent {
        Intent::Create(_) => {}
        Intent::Exists => {
            verdict.verdict = Verdict::Exists;
            verdict.images = Images::Kept;
            verdict.message = "it was in the shop before this run".to_owned();
        }
        Intent::Invalid { rule, message, help } => {
            verdict.verdict = Verdict::Invalid;
            verdict.rule_or_code.clone_from(rule);
            verdict.message.clone_from(message);
            verdict.help.clone_from(help);
        }
        Intent::Held(reason) => verdict.message = format!("held back: {reason}"),
        Intent::Skipped(reason) => {
            verdict.verdict = Verdict::Skipped;
            verdict.message.clone_from(reason);
        }
    }
    verdict
}

fn of_row(row: &PlannedRow, state: &State, stopped: Option<&str>) -> RowVerdict {
    let mut verdict = unsent(row);
    if let Intent::Create(request) = row.intent {
        created(&mut verdict, row, request, state, stopped);
    }
    if matches!(verdict.verdict, Verdict::Created | Verdict::Exists)
        && let Some(request) = row.image_request
    {
        pictures(&mut verdict, request, state);
    }
    verdict
}

fn created(verdict: &mut RowVerdict, row: &PlannedRow, request: usize, state: &State, stopped: Option<&str>) {
    let Some(creation) = state.creation(request) else { return };
    let outline = state.outline(request);
    let place = outline.skus.iter().position(|sku| sku.as_str() == row.seller_sku).unwrap_or(usize::MAX);
    verdict.request.clone_from(&outline.id);
    verdict.attempts = creation.attempts();
    let pending = if row.images > 0 { Images::Pending } else { Images::None };
    if creation.is_created(place) {
        verdict.verdict = Verdict::Created;
        let mut said: Vec<String> = Vec::new();
        if creation.is_confirmed_by_lookup() {
            said.push("confirmed by lookup".to_owned());
        }
        said.extend(creation.warnings().iter().map(|warning| format!("the marketplace warns: {warning}")));
        verdict.message = said.join("; ");
        verdict.images = pending;
        return;
    }
    match creation.ending() {
        Some(Ending::Rejected(refusal)) => rejected(verdict, refusal),
        Some(Ending::Unknown(reason)) => {
            unknown(verdict, reason);
            verdict.images = pending;
        }
        Some(Ending::Held) => {
            verdict.message = "held back: the product of its AssociatedSku was not created".to_owned();
            verdict.images = pending;
        }
        Some(Ending::Complete) => {}
        None if creation.is_in_doubt() => {
            unknown(verdict, "the run ended before the outcome was known");
            verdict.images = pending;
        }
        None => {
            verdict.message = stopped.unwrap_or("the run has not come to it").to_owned();
            verdict.help = "resume the run".to_owned();
            verdict.images = pending;
        }
    }
}

fn unknown(verdict: &mut RowVerdict, reason: &str) {
    verdict.verdict = Verdict::Unknown;
    verdict.message = format!("sent, and nobody could tell what became of it: {reason}");
    verdict.help = "resume the run, which asks the shop again; look in the shop before you repeat it".to_owned();
}

/// A refusal concerns the SKU that it names; one without a name, or with none of ours, the whole product.
fn rejected(verdict: &mut RowVerdict, refusal: &Refusal) {
    verdict.verdict = Verdict::Rejected;
    verdict.rule_or_code.clone_from(&refusal.code);
    let own = |detail: &&Detail| detail.seller_sku.as_ref().is_some_and(|sku| sku.as_str() == verdict.seller_sku);
    let own: Vec<String> = refusal.details.iter().filter(own).map(said).collect();
    let shared: Vec<String> = refusal.details.iter().filter(|detail| detail.seller_sku.is_none()).map(said).collect();
    let others: Vec<String> = refusal.details.iter().filter(|detail| detail.seller_sku.is_some()).map(of_sku).collect();
    let mut reasons = if own.is_empty() && shared.is_empty() { others } else { [own, shared].concat() };
    reasons.insert(0, refusal.message.clone());
    verdict.message = reasons.join("; ");
    verdict.help = refusal.help().to_owned();
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

fn pictures(verdict: &mut RowVerdict, request: usize, state: &State) {
    verdict.images = match state.picture(request, &verdict.seller_sku) {
        Some(Picture::Set) => Images::Set,
        Some(Picture::Failed(refusal)) => {
            let own =
                |detail: &&Detail| detail.seller_sku.as_ref().is_none_or(|sku| sku.as_str() == verdict.seller_sku);
            let reasons: Vec<String> = refusal.details.iter().filter(own).map(said).collect();
            let reason = if reasons.is_empty() { refusal.message.clone() } else { reasons.join("; ") };
            let before = if verdict.message.is_empty() { String::new() } else { format!("{}; ", verdict.message) };
            verdict.message = format!("{before}images refused: {reason}");
            verdict.rule_or_code.clone_from(&refusal.code);
            verdict.help = "mend the picture addresses and import the sheet again: only the images are sent".to_owned();
            Images::Failed
        }
        Some(Picture::Open) => {
            "resume the run, which sends the images again".clone_into(&mut verdict.help);
            Images::Pending
        }
        Some(Picture::Dropped) | None => verdict.images,
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Class;
    use crate::plan::Action;
    use crate::record::SellerSku;
    use crate::submit::{Answer, Event, Found, Outline, Pace, Policy};

    fn outline(id: &str, action: Action, skus: &str, after: &[usize]) -> Outline {
        Outline {
            id: id.to_owned(),
            action,
            skus: skus.split(' ').filter_map(SellerSku::parse).collect(),
            name: None,
            category: None,
            associated: SellerSku::parse("A").filter(|_| action == Action::CreateProduct && !after.is_empty()),
            after: after.to_vec(),
        }
    }

    /// `create-1` makes A and B, `create-2` adds C to them, `images-1` sets the pictures of A, B and D.
    fn state(events: &[Event]) -> State {
        let outlines = vec![
            outline("create-1", Action::CreateProduct, "A B", &[]),
            outline("create-2", Action::CreateProduct, "C", &[0]),
            outline("images-1", Action::SetImages, "A B D", &[0]),
        ];
        let mut state = State::new(outlines, Policy::default(), Pace::new(&Policy::default()));
        for event in events {
            state.apply(event, 0);
        }
        state
    }

    fn row(seller_sku: &str, intent: Intent) -> PlannedRow {
        PlannedRow {
            sheet: String::new(),
            row: 2,
            line: None,
            seller_sku: seller_sku.to_owned(),
            product: "Tee".to_owned(),
            images: 1,
            intent,
            image_request: None,
        }
    }

    fn pictured(seller_sku: &str, intent: Intent) -> PlannedRow {
        PlannedRow { image_request: Some(2), ..row(seller_sku, intent) }
    }

    fn sent(request: usize) -> Event {
        Event::Intent { request, skus: Vec::new(), associated: None, hash: String::new() }
    }

    fn pictures_sent() -> Event {
        Event::Intent { request: 2, skus: vec![0, 1, 2], associated: None, hash: String::new() }
    }

    fn answered(request: usize, answer: Answer) -> Event {
        Event::Answered { request, answer }
    }

    fn done() -> Answer {
        Answer::Done { warnings: Vec::new() }
    }

    fn refusal(details: &[(&str, &str, &str)]) -> Refusal {
        let details = details.iter().map(|(field, message, seller_sku)| Detail {
            field: (!field.is_empty()).then(|| (*field).to_owned()),
            message: (*message).to_owned(),
            seller_sku: SellerSku::parse(seller_sku),
        });
        Refusal {
            code: "500".to_owned(),
            message: "E500: Create product failed".to_owned(),
            details: details.collect(),
            class: Class::Data,
        }
    }

    fn refused(details: &[(&str, &str, &str)]) -> Answer {
        Answer::Refused(refusal(details))
    }

    #[track_caller]
    fn only(row: &PlannedRow, state: &State) -> RowVerdict {
        let verdicts = verdicts(std::slice::from_ref(row), state, Some("the run was interrupted"));
        assert_eq!(verdicts.counts().values().sum::<usize>(), 1);
        verdicts.rows.into_iter().next().expect("one verdict for one row")
    }

    /// `created set`, and the message.
    #[track_caller]
    fn check(row: &PlannedRow, events: &[Event], expect: &str, message: &str) {
        let verdict = only(row, &state(events));
        assert_eq!(format!("{} {}", verdict.verdict, verdict.images.as_str()), expect, "{verdict:#?}");
        assert_eq!(verdict.message, message);
    }

    #[test]
    fn a_row_that_was_not_to_be_sent_has_its_verdict_from_the_plan() {
        check(&row("A", Intent::Exists), &[], "exists kept", "it was in the shop before this run");
        check(
            &row("A", Intent::Held("row 3 has an error".into())),
            &[],
            "not-sent none",
            "held back: row 3 has an error",
        );
        check(&row("A", Intent::Skipped("outside --only".into())), &[], "skipped none", "outside --only");
        let invalid =
            Intent::Invalid { rule: "invalid-price".into(), message: "B2: no price".into(), help: "mend B2".into() };
        check(&row("A", invalid.clone()), &[], "invalid none", "B2: no price");
        let verdict = only(&row("A", invalid), &state(&[]));
        assert_eq!((verdict.rule_or_code.as_str(), verdict.help.as_str()), ("invalid-price", "mend B2"));
    }

    #[test]
    fn a_row_that_the_run_did_not_come_to_is_not_sent() {
        check(&row("A", Intent::Create(0)), &[], "not-sent pending", "the run was interrupted");
        let rows = [row("A", Intent::Create(0))];
        assert_eq!(verdicts(&rows, &state(&[]), None).rows[0].message, "the run has not come to it");
    }

    #[test]
    fn a_row_whose_product_was_created_is_created() {
        let events = [sent(0), answered(0, done())];
        check(&row("A", Intent::Create(0)), &events, "created pending", "");
        check(&PlannedRow { images: 0, ..row("B", Intent::Create(0)) }, &events, "created none", "");
        let verdict = only(&row("A", Intent::Create(0)), &state(&events));
        assert_eq!((verdict.request.as_str(), verdict.attempts), ("create-1", 1));
    }

    #[test]
    fn warnings_of_the_marketplace_are_told() {
        let answer = Answer::Done { warnings: vec!["brand was changed".into()] };
        let events = [sent(0), answered(0, answer)];
        check(&row("A", Intent::Create(0)), &events, "created pending", "the marketplace warns: brand was changed");
    }

    #[test]
    fn what_a_look_up_has_shown_is_created_too() {
        let events = [
            sent(0),
            answered(0, Answer::Unclear { reason: "no reply".into() }),
            Event::LookedUp { request: 0, found: Found { present: vec![0, 1], is_ours: true }, is_last: false },
        ];
        check(&row("A", Intent::Create(0)), &events, "created pending", "confirmed by lookup");
    }

    #[test]
    fn a_refusal_without_details_is_told_as_it_came() {
        let events = [sent(0), answered(0, refused(&[]))];
        check(&row("A", Intent::Create(0)), &events, "rejected none", "E500: Create product failed");
        let verdict = only(&row("A", Intent::Create(0)), &state(&events));
        assert_eq!(verdict.rule_or_code, "500");
        assert_eq!(verdict.help, "mend the row and import the sheet again: what exists is left alone");
    }

    #[test]
    fn a_detail_without_a_seller_sku_concerns_every_row_of_the_product() {
        let events = [sent(0), answered(0, refused(&[("brand", "is unknown", ""), ("", "try again", "")]))];
        let message = "E500: Create product failed; brand: is unknown; try again";
        check(&row("A", Intent::Create(0)), &events, "rejected none", message);
        check(&row("B", Intent::Create(0)), &events, "rejected none", message);
    }

    #[test]
    fn a_detail_with_a_seller_sku_concerns_its_row() {
        let details = [("price", "is too low", "A"), ("size", "is unknown", "B"), ("brand", "is unknown", "")];
        let events = [sent(0), answered(0, refused(&details))];
        let message = "E500: Create product failed; price: is too low; brand: is unknown";
        check(&row("A", Intent::Create(0)), &events, "rejected none", message);
        let message = "E500: Create product failed; size: is unknown; brand: is unknown";
        check(&row("B", Intent::Create(0)), &events, "rejected none", message);
    }

    #[test]
    fn a_row_that_no_detail_names_is_told_what_another_suffers_from() {
        let events = [sent(0), answered(0, refused(&[("price", "is too low", "A")]))];
        let message = "E500: Create product failed; SKU `A` of the same product: price: is too low";
        check(&row("B", Intent::Create(0)), &events, "rejected none", message);
    }

    #[test]
    fn a_row_without_a_reply_is_unknown_and_never_called_failed() {
        let message = "sent, and nobody could tell what became of it: the run ended before the outcome was known";
        check(&row("A", Intent::Create(0)), &[sent(0)], "unknown pending", message);
        let unclear = answered(0, Answer::Unclear { reason: "no reply".into() });
        check(&row("A", Intent::Create(0)), &[sent(0), unclear.clone()], "unknown pending", message);
        let not_asked = Event::NotLookedUp { request: 0, reason: "the shop does not answer".into() };
        let message = "sent, and nobody could tell what became of it: the shop does not answer";
        check(&row("A", Intent::Create(0)), &[sent(0), unclear, not_asked], "unknown pending", message);
    }

    #[test]
    fn a_request_that_cannot_have_arrived_is_not_sent() {
        let events = [sent(0), answered(0, Answer::NotSent { reason: "no network".into() })];
        check(&row("A", Intent::Create(0)), &events, "not-sent pending", "the run was interrupted");
    }

    #[test]
    fn a_row_whose_associated_product_was_refused_is_not_sent() {
        let mut state = state(&[sent(0), answered(0, refused(&[]))]);
        state.start(1);
        let verdict = only(&row("C", Intent::Create(1)), &state);
        assert_eq!(verdict.verdict, Verdict::NotSent);
        assert_eq!(verdict.message, "held back: the product of its AssociatedSku was not created");
    }

    #[test]
    fn pictures_are_told_beside_the_verdict() {
        let mut events = vec![sent(0), answered(0, done())];
        check(&pictured("A", Intent::Create(0)), &events, "created pending", "");
        events.extend([pictures_sent(), answered(2, done())]);
        check(&pictured("A", Intent::Create(0)), &events, "created set", "");
        check(&pictured("D", Intent::Exists), &events, "exists set", "it was in the shop before this run");
    }

    #[test]
    fn refused_pictures_do_not_cost_the_product() {
        let details = [("__images__", "The image is invalid", "A")];
        let events = [sent(0), answered(0, done()), pictures_sent(), answered(2, refused(&details))];
        let message = "images refused: __images__: The image is invalid";
        check(&pictured("A", Intent::Create(0)), &events, "created failed", message);
        check(&pictured("B", Intent::Create(0)), &events, "created pending", "");
        let verdict = only(&pictured("A", Intent::Create(0)), &state(&events));
        assert_eq!(verdict.rule_or_code, "500");
        assert!(verdict.help.contains("only the images are sent"));
    }

    #[test]
    fn pictures_refused_without_a_reason_are_told_by_the_message() {
        let refused = Answer::Refused(Refusal { code: "1".to_owned(), ..refusal(&[]) });
        let events = [sent(0), answered(0, done()), pictures_sent(), answered(2, refused)];
        let message = "it was in the shop before this run; images refused: E500: Create product failed";
        check(&pictured("D", Intent::Exists), &events, "exists failed", message);
    }

    #[test]
    fn pictures_of_a_row_that_was_not_created_have_no_say() {
        let events = [sent(0), answered(0, refused(&[]))];
        check(&pictured("A", Intent::Create(0)), &events, "rejected none", "E500: Create product failed");
    }

    #[test]
    fn a_dry_run_calls_planned_what_would_be_created() {
        let rows = [
            row("A", Intent::Create(0)),
            row("B", Intent::Exists),
            PlannedRow { images: 0, ..row("C", Intent::Create(1)) },
        ];
        let ids = ["create-1".to_owned(), "create-2".to_owned()];
        let verdicts = planned(&rows, &ids);
        let shown: Vec<String> = verdicts
            .rows
            .iter()
            .map(|row| format!("{} {} {}", row.verdict, row.images.as_str(), row.request))
            .collect();
        assert_eq!(shown, ["planned pending create-1", "exists kept ", "planned none create-2"]);
    }

    #[test]
    fn counts_add_up_and_leave_out_what_no_row_has() {
        let rows = [row("A", Intent::Create(0)), row("B", Intent::Create(0)), row("D", Intent::Exists)];
        let verdicts = verdicts(&rows, &state(&[sent(0), answered(0, done())]), None);
        let counts: Vec<(Verdict, usize)> = verdicts.counts().into_iter().collect();
        assert_eq!(counts, [(Verdict::Created, 2), (Verdict::Exists, 1)]);
        assert_eq!((verdicts.with_images(Images::Pending), verdicts.with_images(Images::Kept)), (2, 1));
    }
}
