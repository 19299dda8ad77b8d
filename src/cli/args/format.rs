//! How results and findings are printed.

use clap::ValueEnum;

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in super::super) enum FindingsFormat {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
    /// A table with a row for each finding.
    Csv,
    /// SARIF 2.1.0, for services that show findings beside code.
    Sarif,
}

impl FindingsFormat {
    /// The format of that name.
    pub(in super::super) fn named(name: &str) -> Option<FindingsFormat> {
        FindingsFormat::value_variants().iter().copied().find(|format| format.name() == name)
    }

    /// As it is typed.
    pub(in super::super) fn name(self) -> &'static str {
        match self {
            FindingsFormat::Human => "human",
            FindingsFormat::Json => "json",
            FindingsFormat::Csv => "csv",
            FindingsFormat::Sarif => "sarif",
        }
    }
}

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in super::super) enum Format {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}
