//! What a run is about: enough to continue and to report it without the merchant's file. No secret.

use std::collections::BTreeMap;

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
    /// Every process that worked on it, the first one first; a journal of an older version names none.
    #[serde(default)]
    pub starts: Vec<Start>,
}

/// A process that worked on a run: for whoever asks later who did it, where and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// When it started.
    pub at: DateTime<Utc>,
    /// What was asked for: `import` or `resume`.
    pub command: String,
    /// The version of the program.
    pub version: String,
    /// The user of the operating system.
    pub user: String,
    /// The computer's name.
    pub host: String,
    /// The settings as they were decided: their values. No secret.
    pub settings: BTreeMap<String, String>,
    /// Where each of them came from: `flag`, `environment`, `default`, or a file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub origins: BTreeMap<String, String>,
}
