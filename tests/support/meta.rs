//! What a run is about, for tests that embed the library.

use chrono::{DateTime, Utc};
use skuload::column::Choice;
use skuload::dialect::Dialect;
use skuload::journal::Meta;
use skuload::sheet::ReadOptions;

/// A run of a sheet, on a marketplace that is no shop.
pub(crate) fn meta(run: &str, sheet: &str, started: DateTime<Utc>) -> Meta {
    Meta {
        run: run.to_owned(),
        shop: None,
        dialect: Dialect::SellerCenter,
        sheet: sheet.to_owned(),
        sheet_path: None,
        copy: sheet.to_owned(),
        sha256: String::new(),
        started,
        version: String::new(),
        options: ReadOptions::default(),
        choice: Choice::default(),
        reports: Vec::new(),
        to_fix: None,
        starts: Vec::new(),
    }
}
