//! What a run is about: enough to continue and to report it without the merchant's file. No secret.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::column::Choice;
use crate::dialect::Dialect;
use crate::sheet::ReadOptions;

/// The facts of a run, fixed when it starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// The run's name.
    pub run: String,
    /// The shop's name; none for the built-in marketplace.
    pub shop: Option<String>,
    /// Which API.
    pub dialect: Dialect,
    /// The sheet as the user named it.
    pub sheet: String,
    /// The sheet's absolute path when it was read; none for standard input.
    pub sheet_path: Option<String>,
    /// The name of its byte copy in the run's folder.
    pub copy: String,
    /// SHA-256 of the sheet.
    pub sha256: String,
    /// When the run started.
    pub started: DateTime<Utc>,
    /// The version that started it.
    pub version: String,
    /// How the sheet's bytes were read.
    pub options: ReadOptions,
    /// Which sheets, header row and columns.
    pub choice: Choice,
    /// Where reports were asked for.
    pub reports: Vec<String>,
    /// Where the rows to mend go.
    pub to_fix: Option<String>,
}
