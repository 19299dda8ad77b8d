//! One entry of the catalogue: a sheet, what is asked, what must be found, and what would be sent.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::made::Made;

/// A sheet as a merchant made it, and what must become of it.
pub(crate) struct Case {
    id: &'static str,
    name: &'static str,
    made: Made,
    flags: Vec<&'static str>,
    finds: &'static str,
    may: &'static str,
    sent: &'static str,
    says: Vec<&'static str>,
    refuses: Option<&'static str>,
}

/// An entry: the id of its kind, what is ugly about it, and the file.
pub(crate) fn case(id: &'static str, name: &'static str, made: Made) -> Case {
    Case { id, name, made, flags: Vec::new(), finds: "", may: "", sent: "", says: Vec::new(), refuses: None }
}

impl Case {
    /// Flags of `check`, parted by white space.
    pub(crate) fn with(mut self, flags: &'static str) -> Case {
        self.flags.extend(flags.split_whitespace());
        self
    }

    /// Every finding, and no other: `C5 ambiguous-number; row 3 ragged-row`. `*` is any place; a `/` between rules
    /// means that either will do.
    pub(crate) fn finds(mut self, finds: &'static str) -> Case {
        self.finds = finds;
        self
    }

    /// Rules of findings that may come too, wherever they stand: what is said beside, in notes.
    pub(crate) fn may(mut self, may: &'static str) -> Case {
        self.may = may;
        self
    }

    /// What an import would send: `SKU-2 price=1299, quantity=10; SKU-3 -` (`-`: nothing). Numbers are compared as
    /// numbers; images stand in one list with spaces between. A seller SKU with white space ends in `:`.
    pub(crate) fn sends(mut self, sent: &'static str) -> Case {
        self.sent = sent;
        self
    }

    /// A part of what people read.
    pub(crate) fn says(mut self, text: &'static str) -> Case {
        self.says.push(text);
        self
    }

    /// It cannot be read at all; the message holds this, in whatever case.
    pub(crate) fn refuses(mut self, text: &'static str) -> Case {
        self.refuses = Some(text);
        self
    }

    /// Runs it; answers what is not as it should be.
    pub(crate) fn faults(&self) -> Option<String> {
        let home = tempfile::tempdir().expect("a folder");
        fs::write(home.path().join(self.made.name), &self.made.bytes).expect("the file is written");
        let mut faults = Vec::new();
        let checked = self.run(home.path(), &["check", "--format", "json"]);
        let told = String::from_utf8_lossy(&checked.stderr).into_owned();
        if told.contains("panicked") {
            faults.push(told.clone());
        }
        match self.refuses {
            Some(text) => self.refusal(checked.status.code(), &told, text, &mut faults),
            None if !matches!(checked.status.code(), Some(0 | 1)) => {
                faults.push(format!("exit {:?}: {told}", checked.status.code()));
            }
            None => self.findings(&String::from_utf8_lossy(&checked.stdout), &mut faults),
        }
        if !self.says.is_empty() {
            let told = self.run(home.path(), &["check"]);
            let told = format!("{}{}", String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
            let unsaid = self.says.iter().filter(|text| !told.contains(**text));
            faults.extend(unsaid.map(|text| format!("`{text}` is not said: {told}")));
        }
        if !self.sent.is_empty() {
            self.sending(home.path(), &mut faults);
        }
        let title = format!("{} {}: {}", self.id, self.name, self.flags.join(" "));
        (!faults.is_empty()).then(|| format!("{title}\n    {}", faults.join("\n    ").replace("\n\n", "\n")))
    }

    /// The program at home in `home`, with none of the user's own settings.
    fn run(&self, home: &Path, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skuload"));
        // Sales of long ago are as good as those to come.
        command.env_clear().env("HOME", home).env("SKULOAD_NOW", "2000-01-01").current_dir(home);
        command.arg(args[0]).arg(self.made.name).args(&args[1..]).args(&self.flags);
        command.output().expect("the program runs")
    }

    fn refusal(&self, exit: Option<i32>, told: &str, text: &str, faults: &mut Vec<String>) {
        if exit != Some(6) || !told.to_lowercase().contains(&text.to_lowercase()) {
            faults.push(format!("exit {exit:?}, expected 6 and `{text}`: {told}"));
        }
    }

    fn findings(&self, json: &str, faults: &mut Vec<String>) {
        let lines = json.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let mut found: Vec<String> = lines.filter(|line| line["kind"] == "finding").map(|line| shown(&line)).collect();
        let may: BTreeSet<&str> = self.may.split_whitespace().collect();
        let expected = self.finds.split(';').map(str::trim).filter(|finding| !finding.is_empty());
        for expected in expected {
            match found.iter().position(|found| fits(expected, found)) {
                Some(at) => drop(found.remove(at)),
                None => faults.push(format!("not found: {expected}")),
            }
        }
        found.retain(|found| !may.contains(rule_of(found)));
        faults.extend(found.into_iter().map(|found| format!("found too: {found}")));
    }

    fn sending(&self, home: &Path, faults: &mut Vec<String>) {
        self.run(home, &["import", "--sandbox", "--dry-run", "--bodies", "bodies", "--state-dir", "state"]);
        let sent = sent(&home.join("bodies"));
        for expected in self.sent.split(';').map(str::trim) {
            let parted = expected.split_once(": ").or_else(|| expected.split_once(' '));
            let (sku, fields) = parted.unwrap_or((expected, "-"));
            match (sent.get(sku), fields) {
                (None, "-") => {}
                (Some(_), "-") => faults.push(format!("{sku} is sent")),
                (None, _) => faults.push(format!("{sku} is not sent, but {:?}", sent.keys())),
                (Some(there), fields) => {
                    faults.extend(fields.split(", ").filter_map(|field| differs(field, sku, there)))
                }
            }
        }
    }
}

fn shown(line: &Value) -> String {
    let (row, rule) = (&line["row"], line["rule"].as_str().unwrap_or_default());
    match line["column"].as_str() {
        Some(column) => format!("{column}{row} {rule}"),
        None => format!("row {row} {rule}"),
    }
}

fn rule_of(found: &str) -> &str {
    found.rsplit(' ').next().unwrap_or_default()
}

fn fits(expected: &str, found: &str) -> bool {
    let (place, rules) = expected.rsplit_once(' ').expect("a place and a rule");
    let is_there = place == "*" || found.strip_suffix(rule_of(found)).is_some_and(|there| there.trim() == place);
    is_there && rules.split('/').any(|rule| rule == rule_of(found))
}

/// `price=12` against what is sent.
fn differs(field: &str, sku: &str, there: &BTreeMap<String, String>) -> Option<String> {
    let (name, expected) = field.split_once('=').expect("a field and its value");
    let found = there.get(name).map(String::as_str);
    let number = |text: &str| text.parse::<f64>().ok().filter(|_| name != "ProductId");
    let is_same = found == Some(expected.replace('⏎', "\n").as_str())
        || found.and_then(number).zip(number(expected)).is_some_and(|(found, expected)| found == expected);
    (!is_same).then(|| format!("{sku}: {name} is {found:?}, expected {expected:?}"))
}

/// What the bodies of a dry run say of each seller SKU, the product's attributes among it.
fn sent(folder: &Path) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut sent: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let Ok(entries) = fs::read_dir(folder) else { return sent };
    for entry in entries {
        let body = fs::read_to_string(entry.expect("a body").path()).expect("XML");
        let (product, skus) = body.split_once("<Skus>").unwrap_or(("", &body));
        for sku in skus.split("<Sku>").skip(1) {
            let mut fields = tags(product);
            fields.extend(tags(sku));
            let Some(name) = fields.get("SellerSku").cloned() else { continue };
            let images: Vec<String> = sku.split("<Image>").skip(1).map(|rest| text_before(rest, "</Image>")).collect();
            if !images.is_empty() {
                fields.insert("images".to_owned(), images.join(" "));
            }
            sent.entry(name).or_default().extend(fields);
        }
    }
    sent
}

/// Every tag that holds text alone.
fn tags(xml: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for piece in xml.split('<').filter(|piece| !piece.starts_with(['/', '?', '!'])) {
        let Some((name, _)) = piece.split_once('>') else { continue };
        let Some((_, rest)) = xml.split_once(&format!("<{name}>")) else { continue };
        let text = text_before(rest, &format!("</{name}>"));
        if !rest.starts_with('<') || rest.starts_with("<![CDATA[") {
            found.insert(name.to_owned(), text);
        }
    }
    found
}

fn text_before(rest: &str, end: &str) -> String {
    let text = rest.split(end).next().unwrap_or_default();
    let text = text.strip_prefix("<![CDATA[").and_then(|text| text.strip_suffix("]]>")).map_or_else(
        || text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'"),
        |text| text.replace("&amp;", "&amp;amp;"),
    );
    text.replace("&#10;", "\n").replace("&amp;", "&")
}
