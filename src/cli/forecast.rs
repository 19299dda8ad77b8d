//! What a plan would do, for a dry run.

use serde::Serialize;
use skuload::plan::{Action, Plan};

use super::args::Format;
use super::output::{self, counted};

/// The plan in a few lines, with an estimate of the time at the set pace.
pub(super) fn tell(plan: &Plan, lookups: usize, rate: f64, format: Format) {
    let creates = plan.count(Action::CreateProduct);
    let images = plan.count(Action::SetImages);
    let hosts = plan.count(Action::MigrateImage);
    let seconds = (creates + images + hosts) as f64 / rate;
    if format == Format::Json {
        output::result(&output::json_line(&PlanLine {
            v: 1,
            kind: "plan",
            products: creates,
            skus: plan.skus(),
            requests: Requests {
                create_product: creates,
                migrate_image: (hosts > 0).then_some(hosts),
                set_images: images,
                get_products: lookups,
            },
            images: plan.images(),
            seconds: (seconds * 1000.0).round() / 1000.0,
        }));
        return;
    }
    let migrations = if hosts > 0 { format!("{hosts} to host pictures, ") } else { String::new() };
    output::result(&format!(
        "plan: {} to create with {}\n  {creates} CreateProduct, {migrations}{images} SetImages ({}), after {lookups} GetProducts\n  about {} at {} calls a second\n",
        counted(creates as u64, "product", "products"),
        counted(plan.skus() as u64, "SKU", "SKUs"),
        counted(plan.images() as u64, "image", "images"),
        duration(seconds),
        rate,
    ));
}

/// The plan as machines read it.
#[derive(Serialize)]
struct PlanLine {
    v: u8,
    kind: &'static str,
    products: usize,
    skus: usize,
    requests: Requests,
    images: usize,
    seconds: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Requests {
    create_product: usize,
    /// MigrateImages or UploadImage too: each request brings the pictures of one SKU.
    #[serde(skip_serializing_if = "Option::is_none")]
    migrate_image: Option<usize>,
    set_images: usize,
    get_products: usize,
}

fn duration(seconds: f64) -> String {
    let seconds = seconds.ceil() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}
