//! The catalogue of ugly sheets: one small sheet for each way in which merchants' sheets are ugly, what must be found
//! in it, and what would be sent. The ids name the kinds: S structure, T text, N numbers, D dates, I identifiers,
//! M pictures, P products, X hostile.
#![cfg(all(feature = "cli", feature = "import", feature = "sandbox"))]

#[path = "hostile/archive.rs"]
#[allow(dead_code, reason = "tests/hostile.rs uses the rest")]
mod archive;
#[path = "hostile/book.rs"]
#[allow(dead_code, reason = "tests/hostile.rs uses the rest")]
mod book;
#[path = "catalogue/case.rs"]
mod case;
#[path = "catalogue/dates.rs"]
mod dates;
#[path = "catalogue/identifiers.rs"]
mod identifiers;
#[path = "catalogue/images.rs"]
mod images;
#[path = "catalogue/made.rs"]
mod made;
#[path = "catalogue/meaning.rs"]
mod meaning;
#[path = "catalogue/numbers.rs"]
mod numbers;
#[path = "catalogue/structure.rs"]
mod structure;
#[path = "catalogue/text.rs"]
mod text;

use case::Case;

/// Every case is run before the first fault is told.
#[track_caller]
fn all(cases: &[Case]) {
    let faults: Vec<String> = cases.iter().filter_map(Case::faults).collect();
    assert!(faults.is_empty(), "{} of {} sheets:\n{}", faults.len(), cases.len(), faults.join("\n"));
}

#[test]
fn structure() {
    all(&structure::cases());
}

#[test]
fn text() {
    all(&text::cases());
}

#[test]
fn numbers() {
    all(&numbers::cases());
}

#[test]
fn dates() {
    all(&dates::cases());
}

#[test]
fn identifiers() {
    all(&identifiers::cases());
}

#[test]
fn images() {
    all(&images::cases());
}

#[test]
fn meaning() {
    all(&meaning::cases());
}
