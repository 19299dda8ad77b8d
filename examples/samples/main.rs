//! Writes the sheets under `samples/` and `templates/`: `cargo run --example samples`.
//!
//! The same bytes come out every time: nothing here asks for the time or for chance. The sheets are
//! committed, so that README, demo and tests use them as a merchant's files are used.

mod broken;
mod catalogue;
mod headers;
mod products;
mod sheet;
mod supplier;
mod template;

use std::path::Path;

fn main() -> sheet::Outcome {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (samples, templates) = (root.join("samples"), root.join("templates"));
    headers::check(&templates, catalogue::HEADERS.into_iter().chain(template::headers()))?;
    catalogue::write(&samples)?;
    supplier::write(&samples)?;
    broken::write(&samples)?;
    template::write(&templates)
}
