//! What a plan would do: its counts before anything is sent, and all of it for a dry run.

use std::collections::BTreeMap;

use serde::Serialize;
use skuload::plan::{Action, CreateProduct, Difference, Plan, PlanCounts, Write};

use super::args::Format;
use super::output::{self, counted, plain};

/// How much of a value is shown to people; machines get all of it.
const SHOWN: usize = 60;

/// What becomes of the rows, in one line: `2 products to create with 3 SKUs, 5 to update, 10 unchanged, 1 refused`.
fn rows(plan: &Plan) -> String {
    let counts = plan.counts();
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
    let (added, created): (Vec<&CreateProduct>, Vec<&CreateProduct>) =
        creations(plan).partition(|create| create.product.associated_sku.is_some());
    let skus = |of: &[&CreateProduct]| of.iter().map(|create| create.skus.len() as u64).sum();
    let sku_count = |of: &[&CreateProduct]| counted(skus(of), "SKU", "SKUs");
    let products = counted(created.len() as u64, "product", "products");
    let new = (!created.is_empty()).then(|| format!("{products} to create with {}", sku_count(&created)));
    let more = (!added.is_empty()).then(|| format!("{} to add to products that are there", sku_count(&added)));
    let told: Vec<String> = new.into_iter().chain(more).chain(told).collect();
    if told.is_empty() { "nothing to do".to_owned() } else { told.join(", ") }
}

fn creations(plan: &Plan) -> impl Iterator<Item = &CreateProduct> {
    plan.requests.iter().filter_map(|request| match &request.write {
        Write::CreateProduct(create) => Some(create),
        Write::UpdateProduct(_) | Write::UpdatePriceQuantity(_) | Write::SetImages(_) | Write::HostImages(_) => None,
    })
}

/// The plan of an import that goes on to send it.
pub(super) fn announce(plan: &Plan, lookups: usize, rate: f64, format: Format) {
    match format {
        Format::Human => {
            output::say(&format!("plan: {}", rows(plan)));
            if plan.counts().exists > 0 && creations(plan).next().is_none() {
                output::say("what the shop has is left as it is; --mode update changes it");
            }
        }
        Format::Json => output::result(&output::json_line(&line(plan, lookups, rate))),
    }
}

/// The plan of a dry run: each difference, then the counts, with an estimate of the time at the set pace.
pub(super) fn tell(plan: &Plan, lookups: usize, rate: f64, format: Format) {
    for (at, request) in plan.requests.iter().enumerate() {
        if let (Write::CreateProduct(create), Format::Human) = (&request.write, format) {
            tell_addition(&request.id, create);
        }
        for difference in plan.differences(at) {
            tell_difference(&request.id, &difference, format);
        }
    }
    if format == Format::Json {
        output::result(&output::json_line(&line(plan, lookups, rate)));
        return;
    }
    let calls = [
        (Action::CreateProduct, "CreateProduct"),
        (Action::UpdateProduct, "UpdateProduct"),
        (Action::UpdatePriceQuantity, "UpdatePriceQuantity"),
        (Action::MigrateImage, "to host pictures"),
    ];
    let calls = calls.into_iter().map(|(action, what)| (plan.count(action), what)).filter(|(count, _)| *count > 0);
    let mut calls: Vec<String> = calls.map(|(count, what)| format!("{count} {what}")).collect();
    if !plan.requests.is_empty() {
        let images = counted(plan.images() as u64, "image", "images");
        calls.push(format!("{} SetImages ({images})", plan.count(Action::SetImages)));
    }
    let calls = if calls.is_empty() { "nothing to send".to_owned() } else { calls.join(", ") };
    let time = match plan.requests.len() {
        0 => String::new(),
        _ => format!("\n  about {} at {rate} calls a second", duration(seconds(plan, rate))),
    };
    output::result(&format!("plan: {}\n  {calls}, after {lookups} GetProducts{time}\n", rows(plan)));
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

fn line(plan: &Plan, lookups: usize, rate: f64) -> PlanLine {
    // MigrateImages or UploadImage too: each request brings the pictures of one SKU.
    let always = [Action::CreateProduct, Action::SetImages].map(|action| (action.as_str(), plan.count(action)));
    let others = [Action::UpdateProduct, Action::UpdatePriceQuantity, Action::MigrateImage];
    let others = others.map(|action| (action.as_str(), plan.count(action))).into_iter().filter(|(_, count)| *count > 0);
    let lookups = (Action::GetProducts.as_str(), lookups);
    PlanLine {
        v: 1,
        kind: "plan",
        products: plan.count(Action::CreateProduct),
        skus: plan.skus(),
        requests: always.into_iter().chain(others).chain([lookups]).collect(),
        images: plan.images(),
        seconds: (seconds(plan, rate) * 1000.0).round() / 1000.0,
        rows: plan.counts(),
    }
}

fn seconds(plan: &Plan, rate: f64) -> f64 {
    plan.requests.len() as f64 / rate
}

fn duration(seconds: f64) -> String {
    let seconds = seconds.ceil() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}
