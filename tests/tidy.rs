//! The rules of the house that a machine can keep: who uses whom, where outside crates live, how files
//! begin, and that every rule is told wherever rules are told.
//!
//! The README's table of rules is written from [`Rule::ALL`]: `SKULOAD_BLESS=1 cargo test --test tidy`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use skuload::finding::Rule;
use skuload::record::{Repair, When};
use skuload::sheet::Limits;

/// A module uses only those before it.
const ORDER: [&str; 17] = [
    "location", "finding", "sheet", "category", "column", "picture", "record", "check", "patch", "template", "plan",
    "dialect", "submit", "journal", "verdict", "report", "export",
];

/// It shares no code with the client, so that a mistake in one is not made twice.
const APART: &str = "sandbox";

/// Each outside crate, and where it may be used; what stands below `cfg(test)` is free.
const HOMES: &[(&str, &[&str])] = &[
    ("anstream", &["src/cli/output.rs"]),
    ("anstyle", &["src/cli/explain.rs", "src/cli/output.rs"]),
    ("axum", &["src/sandbox/server.rs"]),
    ("calamine", &["src/sheet/"]),
    ("chardetng", &["src/sheet/encoding/guess.rs"]),
    // Dates and times; the clock itself is in `cli`.
    (
        "chrono",
        &[
            "src/sheet/",
            "src/category/",
            "src/record/",
            "src/check/mod.rs",
            "src/dialect/",
            "src/submit/",
            "src/journal/",
            "src/sandbox/",
            "src/cli/",
        ],
    ),
    (
        "clap",
        &[
            "src/cli/args.rs",
            "src/cli/args/",
            "src/cli/earlier.rs",
            "src/cli/guards.rs",
            "src/cli/mod.rs",
            "src/cli/shell.rs",
        ],
    ),
    ("clap_complete", &["src/cli/args/", "src/cli/shell.rs"]),
    ("clap_mangen", &["src/cli/shell.rs"]),
    // A sheet is written in memory to prove that it can be imported.
    ("csv", &["src/export/proof.rs", "src/report/", "src/sheet/", "src/cli/findings/csv.rs"]),
    // Signatures, and names made of digests.
    (
        "data_encoding",
        &[
            "src/picture/gallery.rs",
            "src/dialect/signing.rs",
            "src/submit/flight.rs",
            "src/journal/app.rs",
            "src/sandbox/",
            "src/cli/",
        ],
    ),
    ("encoding_rs", &["src/sheet/encoding.rs", "src/sheet/encoding/"]),
    ("fastrand", &["src/submit/state.rs", "src/journal/runs.rs", "src/sandbox/"]),
    // Runs in the journal are packed; so are replies of a marketplace on a bad day.
    ("flate2", &["src/journal/content.rs", "src/sandbox/pack.rs"]),
    // Rows are held beside each other by what they say.
    ("foldhash", &["src/check/fingerprint.rs"]),
    ("futures_util", &["src/submit/leg.rs", "src/submit/preflight.rs", "src/submit/run.rs"]),
    ("hmac", &["src/dialect/", "src/sandbox/gate.rs"]),
    ("hyper", &["src/sandbox/server.rs", "src/sandbox/body.rs"]),
    ("hyper_util", &["src/sandbox/server.rs"]),
    ("indicatif", &["src/cli/progress.rs"]),
    // Shared texts beyond what most sheets have.
    ("lz4_flex", &["src/sheet/xlsx/packed.rs"]),
    // Where texts and tags of a sheet end.
    ("memchr", &["src/sheet/archive.rs", "src/sheet/csv/", "src/sheet/xlsx/", "src/patch/tokens.rs"]),
    ("percent_encoding", &["src/dialect/", "src/sandbox/gate.rs"]),
    ("quick_xml", &["src/dialect/", "src/sandbox/xml.rs", "src/sheet/"]),
    ("rayon", &["src/check/fingerprint.rs", "src/check/reading.rs", "src/journal/store.rs", "src/submit/state.rs"]),
    ("reqwest", &["src/submit/fetch.rs", "src/submit/http.rs"]),
    // The limits of a child, what ended it, how it is ended; a terminal that does not show a key; whose process
    // this is.
    (
        "rustix",
        &["src/cli/apart.rs", "src/cli/audit.rs", "src/cli/finish.rs", "src/cli/jobs/child.rs", "src/cli/secret.rs"],
    ),
    ("rusqlite", &["src/journal/sql.rs"]),
    ("rust_decimal", &["src/record/", "src/check/"]),
    ("rust_xlsxwriter", &["src/patch/", "src/template/", "src/report/"]),
    ("rustls", &["src/submit/http.rs"]),
    // Keys: where they are read and where they sign.
    (
        "secrecy",
        &[
            "src/dialect/",
            "src/submit/access.rs",
            "src/cli/key_command.rs",
            "src/cli/login.rs",
            "src/cli/login/",
            "src/cli/secret.rs",
            "src/cli/shop.rs",
            "src/cli/shop_add.rs",
            "src/cli/token.rs",
        ],
    ),
    ("serde", &["src/"]),
    ("serde_json", &["src/"]),
    (
        "sha2",
        &[
            "src/picture/gallery.rs",
            "src/dialect/",
            "src/submit/flight.rs",
            "src/journal/app.rs",
            // The policy of a page names its script and its style by their digests.
            "src/report/html/",
            "src/sandbox/",
            "src/cli/export.rs",
            "src/cli/category/kept.rs",
            "src/cli/copy.rs",
            // What makes a finding known again.
            "src/cli/findings/",
            "src/cli/reports.rs",
        ],
    ),
    ("strsim", &["src/category/find.rs", "src/check/category/options.rs", "src/column/alias.rs", "src/cli/sound.rs"]),
    ("tempfile", &["src/cli/apart.rs", "src/cli/jobs/", "src/patch/", "src/sandbox/store.rs"]),
    ("thiserror", &["src/"]),
    // The async runtime: never in what is pure.
    (
        "tokio",
        &["src/journal/writer.rs", "src/submit/access.rs", "src/submit/fetch.rs", "src/sandbox/", "src/cli/world.rs"],
    ),
    ("toml", &["src/cli/", "src/sandbox/faults.rs", "src/sandbox/faults/"]),
    (
        "unicode_normalization",
        &["src/category/find.rs", "src/column/letters.rs", "src/picture/", "src/record/", "src/plan/likeness.rs"],
    ),
    ("validator", &["src/check/row.rs"]),
    ("zip", &["src/sheet/", "src/picture/zipped.rs", "src/patch/"]),
];

/// The most lines of a file, unit tests left out.
const LONGEST_FILE: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the project, by its path from the root with `/` between the parts.
struct File {
    path: String,
    text: String,
}

impl File {
    fn is_test(&self) -> bool {
        self.path.starts_with("tests/") || self.path.ends_with("/tests.rs")
    }

    /// The module of the library it belongs to; none for `src/lib.rs`, `src/main.rs` and `src/cli`.
    fn module(&self) -> Option<&str> {
        let inner = self.path.strip_prefix("src/")?;
        let name = inner.split('/').next()?;
        let name = name.strip_suffix(".rs").unwrap_or(name);
        (!matches!(name, "lib" | "main" | "cli")).then_some(name)
    }

    /// The code without comments, each line with its number from 1.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(at, line)| (at + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// The code without comments and without items below `#[cfg(test)]`.
    fn shipped_code(&self) -> Vec<(usize, &str)> {
        let mut shipped = Vec::new();
        let mut until: Option<String> = None;
        let mut is_test = false;
        for (number, line) in self.code() {
            let indent = &line[..line.len() - line.trim_start().len()];
            if let Some(end) = &until {
                if line == end {
                    until = None;
                }
            } else if line.trim() == "#[cfg(test)]" {
                is_test = true;
            } else if is_test && line.trim_start().starts_with('#') {
                // Another attribute of the same item.
            } else if is_test {
                is_test = false;
                until = line.ends_with('{').then(|| format!("{indent}}}"));
            } else {
                shipped.push((number, line));
            }
        }
        shipped
    }
}

/// Every file below `folder`, in order.
fn walk(folder: &Path, each: &mut impl FnMut(&Path)) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder's entry").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() { walk(&path, each) } else { each(&path) }
    }
}

fn name_of(path: &Path) -> String {
    let inner = path.strip_prefix(root()).expect("a path below the root");
    inner.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn rust_files(folders: &[&str]) -> Vec<File> {
    let mut files = Vec::new();
    for folder in folders {
        walk(&root().join(folder), &mut |path| {
            if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(path).expect("a source file is text");
                files.push(File { path: name_of(path), text });
            }
        });
    }
    assert!(!files.is_empty());
    files
}

/// The words that follow `prefix` where it does not continue a longer path.
fn words_after<'a>(line: &'a str, prefix: &str) -> Vec<&'a str> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let mut words = Vec::new();
    for (at, _) in line.match_indices(prefix) {
        if line[..at].ends_with(is_part) {
            continue;
        }
        let rest = &line[at + prefix.len()..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        words.push(&rest[..end]);
    }
    words
}

#[track_caller]
fn none(wrong: &[String], what: &str) {
    assert!(wrong.is_empty(), "{what}:\n  {}", wrong.join("\n  "));
}

/// The library's modules that a line of code names.
fn modules_used<'a>(line: &'a str, own: &str) -> Vec<&'a str> {
    let is_module = |name: &&str| *name != own && (ORDER.contains(name) || matches!(*name, "sandbox" | "cli"));
    let by_crate = words_after(line, "crate::");
    let above = ["super::", "super::super::", "super::super::super::"];
    let by_super = above.iter().flat_map(|prefix| words_after(line, prefix));
    let by_name = words_after(line, "skuload::");
    by_crate.into_iter().chain(by_super).chain(by_name).filter(is_module).collect()
}

#[test]
fn a_module_uses_only_modules_before_it() {
    let mut wrong = Vec::new();
    for file in rust_files(&["src"]) {
        let Some(own) = file.module() else { continue };
        assert!(own == APART || ORDER.contains(&own), "{}: the module `{own}` has no place in the order", file.path);
        let place = ORDER.iter().position(|module| *module == own);
        for (number, line) in file.code() {
            if line.contains("crate::{") {
                wrong.push(format!("{}:{number}: name one module in each `use crate::`", file.path));
            }
            for used in modules_used(line, own) {
                let used_place = ORDER.iter().position(|module| *module == used);
                let is_upstream = matches!((place, used_place), (Some(place), Some(used)) if used < place);
                if !is_upstream {
                    wrong.push(format!("{}:{number}: `{own}` uses `{used}`", file.path));
                }
            }
        }
    }
    none(&wrong, "the order of the modules");
}

#[test]
fn the_program_sees_what_any_embedder_sees() {
    let mut wrong = Vec::new();
    for file in rust_files(&["src/cli"]).iter().chain(rust_files(&["src"]).iter().filter(|f| f.path == "src/main.rs")) {
        for (number, line) in file.code() {
            if line.contains("crate::") || line.contains("#[path") {
                wrong.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    none(&wrong, "`cli` reaches the library by `skuload::`");
}

/// `[dependencies]` of the manifest, as they are written in code.
fn dependencies() -> BTreeSet<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let mut names = BTreeSet::new();
    let mut is_inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_inside = matches!(line.trim(), "[dependencies]" | "[target.'cfg(unix)'.dependencies]");
        } else if let Some((name, _)) = line.split_once('=').filter(|_| is_inside && !line.starts_with('#')) {
            names.insert(name.trim().replace('-', "_"));
        }
    }
    names
}

/// The code names the crate, and not a module of ours that is called the same: `::csv::Reader` is the
/// crate, `super::csv::Text` is not, and `csv::Text` is not where `mod csv` stands.
fn uses_crate(line: &str, name: &str, has_own_module: bool) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut named = line.match_indices(name).filter(|(at, _)| {
        let (before, after) = (&line[..*at], &line[at + name.len()..]);
        let is_alone = !before.ends_with(is_word) && !after.starts_with(is_word);
        let is_path = after.starts_with("::") || before.ends_with("use ");
        let is_first = match before.strip_suffix("::") {
            Some(above) => !above.ends_with(is_word) && !above.ends_with('>'),
            None => !has_own_module,
        };
        is_alone && is_path && is_first
    });
    named.next().is_some()
}

#[test]
fn an_outside_crate_stands_where_it_belongs() {
    let homes: BTreeMap<&str, &[&str]> = HOMES.iter().copied().collect();
    let named: BTreeSet<String> = homes.keys().map(|name| (*name).to_owned()).collect();
    assert_eq!(dependencies(), named, "the manifest and the table of homes name the same crates");
    let mut wrong = Vec::new();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    let files = rust_files(&["src"]);
    for file in files.iter().filter(|file| !file.is_test()) {
        let code = file.shipped_code();
        for (name, homes) in HOMES {
            let has_own = code.iter().any(|(_, line)| line.trim_start_matches("pub ") == format!("mod {name};"));
            for (number, _) in code.iter().filter(|(_, line)| uses_crate(line, name, has_own)) {
                used.insert(name);
                if !homes.iter().any(|home| file.path.starts_with(home)) {
                    wrong.push(format!("{}:{number}: {name}", file.path));
                }
            }
        }
    }
    wrong.extend(named.iter().filter(|name| !used.contains(name.as_str())).map(|name| format!("{name} is not used")));
    none(&wrong, "outside crates and their homes");
}

#[test]
fn every_file_begins_by_saying_what_it_is_for() {
    let files = rust_files(&["src", "tests", "examples", "benches"]);
    let silent = files.iter().filter(|file| !file.text.starts_with("//! "));
    none(&silent.map(|file| file.path.clone()).collect::<Vec<_>>(), "begin with `//!`");
}

#[test]
fn a_file_is_one_noun() {
    let mut wrong = Vec::new();
    for file in rust_files(&["src", "examples", "benches"]).iter().filter(|file| !file.is_test()) {
        // Unit tests stand last.
        let tests = file.text.find("\n#[cfg(test)]\nmod tests {").unwrap_or(file.text.len());
        let lines = file.text[..tests].lines().count();
        if lines > LONGEST_FILE {
            wrong.push(format!("{}: {lines} lines", file.path));
        }
    }
    none(&wrong, "files of at most 500 lines without their unit tests");
}

#[test]
fn every_rule_says_what_it_means_what_to_do_and_where_it_comes_from() {
    let mut names = BTreeSet::new();
    for rule in Rule::ALL {
        let name = rule.name();
        assert!(names.insert(name), "two rules are called {name}");
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
        for text in [rule.summary(), rule.help(), rule.source()] {
            assert!(!text.trim().is_empty(), "{name} says nothing");
            assert!(!text.ends_with('.'), "{name}: no full stop: {text}");
        }
    }
}

#[test]
fn every_rule_is_named_in_a_test() {
    let files = rust_files(&["src", "tests"]);
    let tests: Vec<&File> = files.iter().filter(|file| file.is_test() && file.path != "tests/tidy.rs").collect();
    let untested = Rule::ALL.iter().filter(|rule| !tests.iter().any(|file| names(&file.text, rule.name())));
    none(&untested.map(|rule| rule.name().to_owned()).collect::<Vec<_>>(), "rules without a test");
}

/// The text holds `name` as a whole word: `duplicate-row` is not `duplicate-rows`.
fn names(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '-';
    let ends = |at: usize| !text[..at].ends_with(is_part) && !text[at + name.len()..].starts_with(is_part);
    text.match_indices(name).any(|(at, _)| ends(at))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace('>', "&gt;")
}

fn table_of_rules() -> String {
    let mut table = String::from("| rule | severity | what it means | what to do |\n| --- | --- | --- | --- |\n");
    for rule in Rule::ALL {
        let (summary, help) = (cell(rule.summary()), cell(rule.help()));
        table.push_str(&format!("| `{rule}` | {} | {summary} | {help} |\n", rule.severity()));
    }
    table
}

#[test]
#[expect(clippy::disallowed_methods, reason = "whoever changes a rule asks for the table to be written")]
fn the_readme_lists_every_rule_repair_and_limit() {
    let path = root().join("README.md");
    let mut readme = fs::read_to_string(&path).expect("README.md").replace("\r\n", "\n");
    let is_blessed = std::env::var_os("SKULOAD_BLESS").is_some();
    let tables = [("rules", table_of_rules()), ("repairs", table_of_repairs()), ("limits", table_of_limits())];
    for (name, table) in tables {
        let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
        let at = readme.find(&begin).expect("README.md has the table's first mark") + begin.len();
        let until = readme.find(&end).expect("README.md has the table's last mark");
        if is_blessed {
            readme.replace_range(at..until, &table);
        } else {
            assert_eq!(&readme[at..until], table, "write it again: SKULOAD_BLESS=1 cargo test --test tidy");
        }
    }
    if is_blessed {
        fs::write(&path, readme).expect("README.md can be written");
    }
}

fn table_of_repairs() -> String {
    let mut table = String::from("| what | when | example |\n| --- | --- | --- |\n");
    for repair in Repair::ALL {
        let when = match repair.when() {
            When::Always => "always",
            When::Safe => "`--repair safe`",
            When::Never => "only proposed",
        };
        table.push_str(&format!("| {} | {when} | {} |\n", cell(repair.what()), cell(repair.example())));
    }
    table
}

fn table_of_limits() -> String {
    let mut table = String::from("| limit | of | value |\n| --- | --- | --- |\n");
    for (name, what, value) in Limits::default().all() {
        table.push_str(&format!("| `{name}` | {} | {value} |\n", cell(what.trim().trim_end_matches('.'))));
    }
    table
}

#[test]
fn nothing_tells_of_the_machine_it_was_made_on() {
    // Put together here, so that this file does not hold them.
    let paths = [concat!("/wo", "rk/"), concat!("/tmp/", "wt"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
    let mut wrong = Vec::new();
    let mut look = |path: &Path| {
        let text = String::from_utf8_lossy(&fs::read(path).expect("a file of the project")).into_owned();
        for found in paths.iter().filter(|found| text.contains(**found)) {
            wrong.push(format!("{} holds {found}", name_of(path)));
        }
    };
    for entry in fs::read_dir(root()).expect("the root") {
        let path = entry.expect("an entry of the root").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // `.git` is a file in a second working tree.
        match (path.is_dir(), name) {
            (_, "target" | ".git") => {}
            (true, _) => walk(&path, &mut look),
            (false, _) => look(&path),
        }
    }
    none(&wrong, "paths of one machine");
}

#[test]
fn what_a_visitor_looks_for_is_there() {
    for name in ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        let length = fs::metadata(root().join(name)).map(|found| found.len()).unwrap_or_default();
        assert!(length > 0, "{name} is missing");
    }
}
