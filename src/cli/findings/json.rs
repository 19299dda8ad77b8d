//! A finding as one line of JSON.

use serde::Serialize;
use skuload::finding::Finding;
use skuload::location::column_letters;

use super::super::output::json_line;
use super::Standing;

/// A finding as machines read it.
#[derive(Serialize)]
struct FindingLine<'a> {
    v: u8,
    kind: &'static str,
    rule: &'static str,
    severity: &'static str,
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<&'a str>,
    row: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seller_sku: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    message: &'a str,
    help: &'a str,
    /// Whether the baseline has it; nothing where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<bool>,
}

/// One finding as one line of JSON.
pub(super) fn finding_line(finding: &Finding, standing: Option<Standing>) -> String {
    json_line(&FindingLine {
        v: 1,
        kind: "finding",
        rule: finding.rule.name(),
        severity: finding.severity.as_str(),
        file: &finding.location.file,
        sheet: finding.location.sheet.as_deref(),
        row: finding.location.row,
        line: finding.location.line,
        column: finding.location.column.map(column_letters),
        field: finding.field.as_deref(),
        seller_sku: finding.seller_sku.as_deref(),
        value: finding.value.as_deref(),
        message: &finding.message,
        help: &finding.help,
        baseline: standing.map(|standing| standing == Standing::Known),
    })
}
