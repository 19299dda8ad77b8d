//! What a plan would do: its counts before anything is sent, and all of it for a dry run.

use std::collections::BTreeMap;

use serde::Serialize;
use skuload::plan::{
    Action, CreateProduct, Difference, Plan, PlanCounts, PlannedRequest, PlannedRow, Write, differences,
};
use skuload::verdict::{Carrier, Carriers};

use super::args::Format;
use super::output::{self, counted, plain};

/// How much of a value is shown to people; machines get all of it.
const SHOWN: usize = 60;

/// Which requests of a dry run are kept to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// Creations that add to a product of the shop: a run that only creates changes nothing else, and all requests of
    /// a large sheet take several times its memory.
    Additions,
    /// Every one.
    All,
}

/// What the requests of a plan come to.
pub(super) struct Forecast {
    counts: BTreeMap<Action, usize>,
    /// Pictures that are set.
    images: usize,
    created: Creations,
    added: Creations,
    kept: Kept,
    requests: Vec<PlannedRequest>,
    carriers: Carriers,
}

/// How many products, with how many SKUs.
#[derive(Default)]
struct Creations {
    products: u64,
    skus: u64,
}

impl Forecast {
    /// Of no request yet.
    pub(super) fn new(kept: Kept) -> Forecast {
        Forecast {
            counts: BTreeMap::new(),
            images: 0,
            created: Creations::default(),
            added: Creations::default(),
            kept,
            requests: Vec::new(),
            carriers: Carriers::new(),
        }
    }

    /// Of a whole plan.
    pub(super) fn of(plan: &Plan) -> Forecast {
        let mut forecast = Forecast::new(Kept::Additions);
        plan.requests.iter().for_each(|request| forecast.count(&request.write));
        forecast
    }

    /// Adds the next request of a dry run.
    pub(super) fn take(&mut self, request: PlannedRequest) {
        let place = self.total();
        self.count(&request.write);
        self.carriers.extend(Carrier::of(&request).map(|carrier| (place, carrier)));
        if self.kept == Kept::All || request.write.associated_sku().is_some() {
            self.requests.push(request);
        }
    }

    /// The requests that are kept.
    pub(super) fn requests(&self) -> &[PlannedRequest] {
        &self.requests
    }

    /// What verdicts tell of the requests.
    pub(super) fn carriers(&self) -> &Carriers {
        &self.carriers
    }

    fn count(&mut self, write: &Write) {
        *self.counts.entry(write.action()).or_default() += 1;
        match write {
            Write::CreateProduct(create) => {
                let is_added = create.product.associated_sku.is_some();
                let creations = if is_added { &mut self.added } else { &mut self.created };
                creations.products += 1;
                creations.skus += create.skus.len() as u64;
            }
            Write::SetImages(set) => self.images += set.skus.iter().map(|sku| sku.images.len()).sum::<usize>(),
            Write::UpdateProduct(_) | Write::UpdatePriceQuantity(_) | Write::HostImages(_) => {}
        }
    }

    fn of_action(&self, action: Action) -> usize {
        self.counts.get(&action).copied().unwrap_or(0)
    }

    fn total(&self) -> usize {
        self.counts.values().sum()
    }

    /// What becomes of the rows, in one line: `2 products to create with 3 SKUs, 5 to update, 10 unchanged, 1 refused`.
    fn rows(&self, counts: PlanCounts) -> String {
        let parts = [
            (counts.update, "to update"),
            (counts.unchanged, "unchanged"),
            (counts.exists, "in the shop already"),
            (counts.refused, "refused"),
            (counts.held, "held back"),
            (counts.skipped, "left out"),
        ];
        let told = parts.into_iter().filter(|(count, _)| *count > 0);
        let told = told.map(|(count, what)| format!("{} {what}", output::grouped(count as u64)));
        let sku_count = |of: &Creations| counted(of.skus, "SKU", "SKUs");
        let products = counted(self.created.products, "product", "products");
        let new =
            (self.created.products > 0).then(|| format!("{products} to create with {}", sku_count(&self.created)));
        let more =
            (self.added.products > 0).then(|| format!("{} to add to products that are there", sku_count(&self.added)));
        let told: Vec<String> = new.into_iter().chain(more).chain(told).collect();
        if told.is_empty() { "nothing to do".to_owned() } else { told.join(", ") }
    }

    /// The plan of an import that goes on to send it.
    pub(super) fn announce(&self, rows: &[PlannedRow], lookups: usize, rate: f64, format: Format) {
        let counts = PlanCounts::of(rows);
        match format {
            Format::Human => {
                output::say(&format!("plan: {}", self.rows(counts)));
                if counts.exists > 0 && self.of_action(Action::CreateProduct) == 0 {
                    output::say("what the shop has is left as it is; --mode update changes it");
                }
            }
            Format::Json => output::result(&output::json_line(&self.line(counts, lookups, rate))),
        }
    }

    /// The plan of a dry run: each difference, then the counts, with an estimate of the time at the set pace.
    pub(super) fn tell(&self, rows: &[PlannedRow], lookups: usize, rate: f64, format: Format) {
        let counts = PlanCounts::of(rows);
        for (at, request) in self.requests.iter().enumerate() {
            if let (Write::CreateProduct(create), Format::Human) = (&request.write, format) {
                tell_addition(&request.id, create);
            }
            for difference in differences(&self.requests, at) {
                tell_difference(&request.id, &difference, format);
            }
        }
        if format == Format::Json {
            output::result(&output::json_line(&self.line(counts, lookups, rate)));
            return;
        }
        let calls = [
            (Action::CreateProduct, "CreateProduct"),
            (Action::UpdateProduct, "UpdateProduct"),
            (Action::UpdatePriceQuantity, "UpdatePriceQuantity"),
            (Action::MigrateImage, "to host pictures"),
        ];
        let calls =
            calls.into_iter().map(|(action, what)| (self.of_action(action), what)).filter(|(count, _)| *count > 0);
        let mut calls: Vec<String> = calls.map(|(count, what)| format!("{count} {what}")).collect();
        if self.total() > 0 {
            let images = counted(self.images as u64, "image", "images");
            calls.push(format!("{} SetImages ({images})", self.of_action(Action::SetImages)));
        }
        let calls = if calls.is_empty() { "nothing to send".to_owned() } else { calls.join(", ") };
        let time = match self.total() {
            0 => String::new(),
            _ => format!("\n  about {} at {rate} calls a second", duration(self.seconds(rate))),
        };
        output::result(&format!("plan: {}\n  {calls}, after {lookups} GetProducts{time}\n", self.rows(counts)));
    }

    fn line(&self, rows: PlanCounts, lookups: usize, rate: f64) -> PlanLine {
        // MigrateImages or UploadImage too: each request brings the pictures of one SKU.
        let always = [Action::CreateProduct, Action::SetImages].map(|action| (action.as_str(), self.of_action(action)));
        let others = [Action::UpdateProduct, Action::UpdatePriceQuantity, Action::MigrateImage];
        let others =
            others.map(|action| (action.as_str(), self.of_action(action))).into_iter().filter(|(_, count)| *count > 0);
        let lookups = (Action::GetProducts.as_str(), lookups);
        PlanLine {
            v: 1,
            kind: "plan",
            products: self.of_action(Action::CreateProduct),
            skus: rows.create,
            requests: always.into_iter().chain(others).chain([lookups]).collect(),
            images: self.images,
            seconds: (self.seconds(rate) * 1000.0).round() / 1000.0,
            rows,
        }
    }

    fn seconds(&self, rate: f64) -> f64 {
        self.total() as f64 / rate
    }
}

/// New SKUs of a product that is there: a seller SKU that is mistyped looks like one.
fn tell_addition(request: &str, create: &CreateProduct) {
    let Some(associated) = &create.product.associated_sku else { return };
    for sku in &create.skus {
        let (sku, associated) = (plain(sku.seller_sku.as_str()), plain(associated.as_str()));
        output::result(&format!("{request}  {sku}  new, added to the product of {associated}\n"));
    }
}

fn tell_difference(request: &str, difference: &Difference, format: Format) {
    let Difference { seller_sku, field, theirs, ours } = difference;
    let seller_sku = seller_sku.as_ref().map(|sku| sku.as_str());
    if format == Format::Json {
        let line = DifferenceLine { v: 1, kind: "difference", request, seller_sku, field, theirs, ours };
        output::result(&output::json_line(&line));
        return;
    }
    let (theirs, ours) = (shown(theirs.as_deref()), shown(ours.as_deref()));
    let whose = seller_sku.map_or_else(|| "the product".to_owned(), plain);
    output::result(&format!("{request}  {whose}  {}: {theirs} -> {ours}\n", plain(field)));
}

/// A value as people read it; nothing is told as `(none)`.
fn shown(value: Option<&str>) -> String {
    let Some(value) = value else { return "(none)".to_owned() };
    let mut short: String = value.chars().take(SHOWN).collect();
    if short.len() < value.len() {
        short.push('…');
    }
    plain(&short)
}

/// A difference as machines read it.
#[derive(Serialize)]
struct DifferenceLine<'a> {
    v: u8,
    kind: &'static str,
    request: &'a str,
    /// None for a field that the SKUs of a product share.
    seller_sku: Option<&'a str>,
    field: &'a str,
    theirs: &'a Option<String>,
    ours: &'a Option<String>,
}

/// The plan as machines read it.
#[derive(Serialize)]
struct PlanLine {
    v: u8,
    kind: &'static str,
    products: usize,
    skus: usize,
    requests: BTreeMap<&'static str, usize>,
    images: usize,
    seconds: f64,
    rows: PlanCounts,
}

fn duration(seconds: f64) -> String {
    let seconds = seconds.ceil() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}
