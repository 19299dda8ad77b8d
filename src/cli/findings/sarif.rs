//! Findings as SARIF 2.1.0, for services that show them beside code.
//!
//! The log is written as findings come: nothing of it is kept but a mark of eight bytes for each finding, which tells
//! equal ones apart. It holds no clock, so that the same sheets give the same bytes. A workbook has no lines: there
//! `startLine` is the row; the character at which a cell begins is not known, so there is no `startColumn`.

use std::collections::HashMap;
use std::env;
use std::path::Path;

use data_encoding::HEXLOWER;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use skuload::finding::{Finding, Rule, Severities, Severity};
use skuload::location::{Location, column_letters};

use super::super::exit::Exit;
use super::super::output;
use super::uri::reference;
use super::{Most, Scope, Standing};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What relative addresses begin in, as the services that read this call it.
const ROOT: &str = "%SRCROOT%";

/// A log that is being written.
pub(super) struct Sarif {
    /// Each sheet, and where it stands among the artifacts.
    files: HashMap<String, (usize, Value)>,
    /// How often a finding of that mark was written.
    seen: HashMap<[u8; 8], u32>,
    overrides: Vec<Value>,
    shown: u64,
    not_shown: u64,
}

impl Sarif {
    /// Writes what comes before the results.
    pub(super) fn begin(scope: &Scope) -> Sarif {
        let folder = working_directory();
        let mut files = HashMap::new();
        let mut artifacts = Vec::new();
        for (index, file) in scope.files.iter().enumerate() {
            let found = reference(Path::new(file), folder.as_deref());
            let mut place = json!({"uri": found.uri, "index": index});
            if found.is_relative {
                place["uriBaseId"] = json!(ROOT);
            }
            artifacts.push(json!({"location": place, "roles": ["analysisTarget"]}));
            files.entry(file.clone()).or_insert((index, place));
        }
        let root = json!({"description": {"text": "The folder in which skuload was called: of a pipeline, the root of the repository."}});
        output::result(&format!(
            "{{\"$schema\":\"{SCHEMA}\",\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{},\n\"columnKind\":\"unicodeCodePoints\",\
            \"originalUriBaseIds\":{},\"artifacts\":{},\n\"results\":[",
            json!({"driver": driver()}),
            json!({ ROOT: root }),
            json!(artifacts),
        ));
        let overrides = overrides(scope.severities);
        Sarif { files, seen: HashMap::new(), overrides, shown: 0, not_shown: 0 }
    }

    /// The text of a result.
    pub(super) fn finding(&mut self, finding: &Finding, standing: Option<Standing>) -> String {
        let mut result = json!({
            "ruleId": finding.rule.name(),
            "ruleIndex": index_of(finding.rule),
            "level": finding.severity.as_str(),
            "message": {"text": escaped(&message(finding))},
            "locations": [self.location(&finding.location)],
            "partialFingerprints": self.fingerprints(finding),
            "properties": properties(finding),
        });
        if let Some(standing) = standing {
            result["baselineState"] = json!(match standing {
                Standing::New => "new",
                Standing::Known => "unchanged",
            });
        }
        let comma = if self.shown > 0 { "," } else { "" };
        self.shown += 1;
        format!("{comma}\n{result}")
    }

    /// So many findings are left out.
    pub(super) fn leave_out(&mut self, count: u64) {
        self.not_shown += count;
    }

    /// Writes what comes after the results.
    pub(super) fn end(self, exit: Exit, failures: &[String], most: Most) {
        let is_successful = matches!(exit, Exit::Done | Exit::Rows);
        let mut invocation = json!({"executionSuccessful": is_successful, "exitCode": exit.code()});
        let notice = |level: &str, text: &str| json!({"level": level, "message": {"text": escaped(text)}});
        let mut notices: Vec<Value> = failures.iter().map(|failure| notice("error", failure)).collect();
        if self.not_shown > 0 {
            notices.push(notice("warning", &most.words(self.not_shown)));
        }
        for (name, values) in [("toolExecutionNotifications", notices), ("ruleConfigurationOverrides", self.overrides)]
        {
            if !values.is_empty() {
                invocation[name] = json!(values);
            }
        }
        let properties = json!({"shown": self.shown, "notShown": self.not_shown});
        output::result(&format!("\n],\"invocations\":[{invocation}],\"properties\":{properties}}}]}}\n"));
    }

    fn location(&self, place: &Location) -> Value {
        let artifact = self.files.get(&*place.file).map(|(_, artifact)| artifact.clone());
        // A sheet that several files make together is none of the artifacts.
        let artifact = artifact.unwrap_or_else(|| {
            let found = reference(Path::new(&*place.file), working_directory().as_deref());
            json!({"uri": found.uri})
        });
        let line = place.line.unwrap_or(u64::from(place.row)).max(1);
        let cell = cell(place);
        let whole = place.sheet.as_ref().map_or_else(|| cell.clone(), |sheet| format!("{sheet}!{cell}"));
        json!({
            "physicalLocation": {"artifactLocation": artifact, "region": {"startLine": line}},
            "logicalLocations": [{"name": cell, "fullyQualifiedName": whole, "kind": "cell"}],
        })
    }

    /// What makes the same finding known again, although its row has moved; equal ones are numbered.
    fn fingerprints(&mut self, finding: &Finding) -> Value {
        let mark = mark(finding);
        // Equal findings of another sheet are counted by themselves.
        let mut own = Sha256::new();
        own.update(mark);
        own.update(finding.location.file.as_bytes());
        let mut seen = [0; 8];
        seen.copy_from_slice(&own.finalize()[..8]);
        let count = self.seen.entry(seen).or_insert(0);
        *count += 1;
        let text = format!("{}:{count}", HEXLOWER.encode(&mark));
        // The first is the only one that some services look at.
        json!({"primaryLocationLineHash": text, "skuload/v1": text})
    }
}

/// The program, with all its rules: a result names its rule by its place among them.
fn driver() -> Value {
    let mut driver = json!({
        "name": "skuload",
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "shortDescription": {"text": concat!(env!("CARGO_PKG_DESCRIPTION"), ".")},
        "rules": Rule::ALL.iter().map(|rule| descriptor(*rule)).collect::<Vec<_>>(),
    });
    if let Some(home) = [env!("CARGO_PKG_HOMEPAGE"), env!("CARGO_PKG_REPOSITORY")].iter().find(|home| !home.is_empty())
    {
        driver["informationUri"] = json!(home);
    }
    driver
}

fn descriptor(rule: Rule) -> Value {
    let summary = escaped(&sentence(rule.summary()));
    let severity = if rule.is_firm() { "error, and no less" } else { "what --rule says" };
    json!({
        "id": rule.name(),
        "name": format!("{rule:?}"),
        "shortDescription": {"text": summary},
        "fullDescription": {"text": summary},
        "help": {"text": escaped(&sentence(rule.help()))},
        "defaultConfiguration": {"level": rule.severity().as_str()},
        "properties": {
            "problem.severity": match rule.severity() {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "recommendation",
            },
            "source": rule.source(),
            "severity": severity,
        },
    })
}

/// Rules whose severity the user says.
fn overrides(severities: &Severities) -> Vec<Value> {
    let changed = Rule::ALL.iter().filter(|rule| severities.of(**rule) != Some(rule.severity()));
    let each = changed.map(|rule| {
        let configuration = match severities.of(*rule) {
            None => json!({"enabled": false}),
            Some(severity) => json!({"level": severity.as_str()}),
        };
        json!({"descriptor": {"id": rule.name(), "index": index_of(*rule)}, "configuration": configuration})
    });
    each.collect()
}

fn index_of(rule: Rule) -> usize {
    // They stand in the order of the table, and so does the list of them.
    rule as usize
}

/// The first letter large, a full stop at the end.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// What is wrong, where for people, and what to do.
fn message(finding: &Finding) -> String {
    let place = &finding.location;
    let cell = match place.column {
        Some(_) => cell(place),
        None => format!("row {}", place.row),
    };
    let sheet = place.sheet.as_ref().map(|sheet| format!("{sheet}!")).unwrap_or_default();
    let sku = finding.seller_sku.as_ref().map(|sku| format!(", SKU `{sku}`")).unwrap_or_default();
    let mut text = format!("{} ({sheet}{cell}{sku}).", sentence(&finding.message).trim_end_matches('.'));
    if finding.help != "nothing to do" {
        text.push_str(&format!(" Help: {}.", finding.help));
    }
    text
}

/// A text as a message may hold it: braces are placeholders (3.11.5), brackets before a parenthesis links (3.11.6).
fn escaped(text: &str) -> String {
    let text = text.replace('{', "{{").replace('}', "}}");
    if text.contains("](") { text.replace('[', "\\[").replace(']', "\\]") } else { text }
}

/// `H14`, or `14:14` for a whole row.
fn cell(place: &Location) -> String {
    match place.column {
        Some(column) => format!("{}{}", column_letters(column), place.row),
        None => format!("{0}:{0}", place.row),
    }
}

fn properties(finding: &Finding) -> Value {
    let place = &finding.location;
    let mut properties = Map::new();
    properties.insert("row".to_owned(), json!(place.row));
    let texts = [
        ("sheet", place.sheet.as_deref()),
        ("field", finding.field.as_deref()),
        ("sellerSku", finding.seller_sku.as_deref()),
        ("value", finding.value.as_deref()),
        ("help", Some(finding.help.as_str())),
    ];
    for (name, text) in texts.into_iter().filter_map(|(name, text)| Some((name, text?))) {
        properties.insert(name.to_owned(), json!(text));
    }
    if let Some(column) = place.column {
        properties.insert("column".to_owned(), json!(column_letters(column)));
    }
    Value::Object(properties)
}

/// Rule, field, seller SKU and value, wherever they stand.
fn mark(finding: &Finding) -> [u8; 8] {
    let mut hash = Sha256::new();
    let parts =
        [Some(finding.rule.name()), finding.field.as_deref(), finding.seller_sku.as_deref(), finding.value.as_deref()];
    for part in parts {
        let part = part.unwrap_or_default();
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let mut mark = [0; 8];
    mark.copy_from_slice(&hash.finalize()[..8]);
    mark
}

fn working_directory() -> Option<std::path::PathBuf> {
    env::current_dir().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_stands_at_its_own_place() {
        for (index, rule) in Rule::ALL.iter().enumerate() {
            assert_eq!(index_of(*rule), index, "{rule}");
        }
    }

    #[test]
    fn a_message_holds_no_placeholder_and_no_link() {
        assert_eq!(escaped("`{0}` is no price"), "`{{0}}` is no price");
        assert_eq!(escaped("[see](https://a.co)"), "\\[see\\](https://a.co)");
        assert_eq!(escaped("[a] b"), "[a] b");
    }
}
