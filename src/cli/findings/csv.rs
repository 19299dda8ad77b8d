//! Findings as CSV that a spreadsheet program opens as it stands: with a byte order mark, or Excel shows Thai as
//! rubbish, and without a text that is a formula.

use skuload::finding::Finding;
use skuload::location::column_letters;
use skuload::sheet::neutralised;

use super::super::output;
use super::Standing;

const BYTE_ORDER_MARK: &str = "\u{feff}";

const COLUMNS: [&str; 12] =
    ["rule", "severity", "file", "sheet", "row", "line", "column", "field", "seller_sku", "value", "message", "help"];

/// What the last column is called, where there is a baseline.
const BASELINE: &str = "baseline";

/// A table that is being written.
pub(super) struct Csv;

impl Csv {
    pub(super) fn begin(has_baseline: bool) -> Csv {
        let last = has_baseline.then_some(BASELINE);
        let header = line(COLUMNS.into_iter().chain(last).map(str::to_owned));
        output::result(&format!("{BYTE_ORDER_MARK}{header}"));
        Csv
    }

    /// The line of a finding.
    pub(super) fn finding(&self, finding: &Finding, standing: Option<Standing>) -> String {
        let place = &finding.location;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let cells = [
            finding.rule.name().to_owned(),
            finding.severity.as_str().to_owned(),
            place.file.to_string(),
            text(place.sheet.as_deref()),
            place.row.to_string(),
            place.line.map(|line| line.to_string()).unwrap_or_default(),
            place.column.map(column_letters).unwrap_or_default(),
            text(finding.field.as_deref()),
            text(finding.seller_sku.as_deref()),
            text(finding.value.as_deref()),
            finding.message.clone(),
            finding.help.clone(),
        ];
        let last = standing.map(|standing| (standing == Standing::Known).to_string());
        line(cells.into_iter().chain(last))
    }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    // Nothing can fail in memory, and the writer gives only what it was given: text.
    let _ = writer.write_record(cells.map(|cell| neutralised(&cell).into_owned()));
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
