//! Whether settings can be understood: all that is wrong with them in one go, by the names that the user wrote.
//!
//! What a setting may be, [`Decided`] alone knows: it is asked by trying values on it. Whether a text or a number makes
//! sense is for those who use it.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use toml::{Table, Value};

use super::exit::{Exit, Failure};
use super::settings::Decided;

/// How alike a word must be to be taken for a slip.
const NEAR: f64 = 0.6;

/// Takes out of the settings what cannot be understood, and tells each of it.
pub(super) fn sift(settings: &mut Table) -> Vec<Failure> {
    sift_at(&[], settings)
}

/// The names of all settings.
#[cfg_attr(not(feature = "import"), allow(dead_code, reason = "a check reads no jobs"))]
pub(super) fn names() -> BTreeSet<String> {
    names_at(&[]).unwrap_or_default()
}

/// A setting that is none; `otherwise` helps where no known one is near.
pub(super) fn unknown(key: &str, known: &BTreeSet<String>, otherwise: &str) -> Failure {
    let help = nearest(key, known).map_or_else(|| otherwise.to_owned(), |name| format!("is `{name}` meant?"));
    Failure::new(Exit::Settings, format!("there is no setting `{key}`")).help(help)
}

/// The name that is likely meant.
pub(super) fn nearest<'a>(key: &str, known: impl IntoIterator<Item = &'a String>) -> Option<&'a str> {
    let scored = known.into_iter().map(|name| (strsim::normalized_damerau_levenshtein(key, name), name));
    let best = scored.filter(|(score, _)| *score >= NEAR).max_by(|one, other| one.0.total_cmp(&other.0));
    best.map(|(_, name)| name.as_str())
}

/// A value of another kind than the setting.
pub(super) fn refused(name: &str, value: &Value, allowed: &str) -> Failure {
    Failure::new(Exit::Settings, format!("`{name}` cannot be {}", shown(value))).help(format!("it is {allowed}"))
}

/// A list of which this is one.
pub(super) fn refused_in(name: &str, value: &Value, allowed: &str) -> Failure {
    Failure::new(Exit::Settings, format!("`{name}` cannot hold {}", shown(value))).help(format!("it is {allowed}"))
}

/// A file that is no TOML, on one line.
pub(super) fn unsound(file: &Path, text: &str, error: &toml::de::Error) -> Failure {
    let place = error.span().and_then(|span| text.get(..span.start)).map(|before| {
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        format!("line {line}, column {column}: ")
    });
    let reason = error.message().trim().replace('\n', ", ");
    Failure::new(Exit::Settings, format!("{} is not sound: {}{reason}", file.display(), place.unwrap_or_default()))
        .help("it is a text in TOML: name = \"a text\", name = 5, name = [\"a\", \"list\"]")
}

fn sift_at(place: &[&str], table: &mut Table) -> Vec<Failure> {
    let known = names_at(place);
    let mut failures = Vec::new();
    table.retain(|key, value| {
        let own = [place, &[key]].concat();
        match known.as_ref().filter(|known| !known.contains(key)) {
            Some(known) => failures.push(unknown_at(place, key, known)),
            None => failures.extend(sift_value(&own, value)),
        }
        fits(&own, value.clone())
    });
    failures
}

/// What is wrong with a value; a table keeps what can be understood.
fn sift_value(place: &[&str], value: &mut Value) -> Vec<Failure> {
    let name = place.join(".");
    match value {
        value if fits(place, value.clone()) => Vec::new(),
        Value::Table(table) if fits(place, Value::Table(Table::new())) => sift_at(place, table),
        Value::Array(values) if fits(place, Value::Array(Vec::new())) => {
            let wrong = values.iter().filter(|value| !fits(place, Value::Array(vec![(*value).clone()])));
            wrong.map(|value| refused_in(&name, value, &kind(place))).collect()
        }
        value => vec![refused(&name, value, &kind(place))],
    }
}

fn unknown_at(place: &[&str], key: &str, known: &BTreeSet<String>) -> Failure {
    if place.is_empty() {
        return unknown(key, known, "most flags have a setting of the same name; --help lists the flags");
    }
    let table = place.join(".");
    let help = match nearest(key, known) {
        Some(name) => format!("is `{table}.{name}` meant?"),
        None => format!("`{table}` is {}", kind(place)),
    };
    Failure::new(Exit::Settings, format!("there is no setting `{table}.{key}`")).help(help)
}

/// The names that a table of settings may have; none where it may have any, or is no table.
fn names_at(place: &[&str]) -> Option<BTreeSet<String>> {
    // What reads them knows them best: it lists them when it is asked for one that cannot be.
    let error = tried(place, table_of("?", Value::Boolean(true))).err()?;
    let listed = error.message().strip_prefix("unknown field `?`")?;
    Some(listed.split('`').skip(1).step_by(2).map(str::to_owned).collect())
}

/// What the values of a setting are, in words.
fn kind(place: &[&str]) -> String {
    let text = || Value::String("x".to_owned());
    let kinds = [
        (text(), "a text"),
        (Value::Boolean(true), "true or false"),
        (Value::Float(0.5), "a number"),
        (Value::Integer(0), "a whole number, 0 or more"),
        (Value::Integer(1), "a whole number above 0"),
        (Value::Array(vec![text()]), "a list of texts"),
        (Value::Array(vec![Value::Float(0.5)]), "a list of numbers"),
        (table_of("x", Value::Integer(1)), "a table of texts or numbers"),
        (table_of("x", text()), "a table of texts"),
        (table_of("x", table_of("x", text())), "a table of tables of texts"),
    ];
    let kind = kinds.into_iter().find(|(value, _)| fits(place, value.clone())).map(|(_, words)| words.to_owned());
    kind.unwrap_or_else(|| {
        let names: Vec<String> = names_at(place).into_iter().flatten().map(|name| format!("`{name}`")).collect();
        format!("a table of {}", names.join(", "))
    })
}

/// A value in a message: a list or a table may be long.
fn shown(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Table(_) => "a table".to_owned(),
        Value::String(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {
            value.to_string()
        }
    }
}

fn fits(place: &[&str], value: Value) -> bool {
    // A list would be taken for the values of a table in the order of their names.
    let is_table_by_order = value.is_array() && names_at(place).is_some();
    !is_table_by_order && tried(place, value).is_ok()
}

/// The value as the only one of all settings.
fn tried(place: &[&str], value: Value) -> Result<(), toml::de::Error> {
    Decided::deserialize(place.iter().rev().fold(value, |value, key| table_of(key, value))).map(drop)
}

fn table_of(key: &str, value: Value) -> Value {
    Value::Table(Table::from_iter([(key.to_owned(), value)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(failures: &[Failure]) -> Vec<String> {
        failures
            .iter()
            .map(|failure| format!("{}; {}", failure.message, failure.help.as_deref().unwrap_or("")))
            .collect()
    }

    /// What is told of the settings, as `MESSAGE; HELP`.
    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        let mut table: Table = text.parse().unwrap();
        assert_eq!(told(&sift(&mut table)), expect);
        assert!(Decided::deserialize(Value::Table(table)).is_ok(), "what is left can be understood");
    }

    #[test]
    fn all_settings_are_known_by_name() {
        let known = names();
        for name in ["sheet", "mode", "group-by", "map", "set", "report", "max-failures", "images", "pace"] {
            assert!(known.contains(name), "{name} of {known:?}");
        }
        assert!(known.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')), "{known:?}");
    }

    #[test]
    fn sound_settings_are_left_alone() {
        check("", &[]);
        check(
            "rate = 2\nmin-rows = 5\nsheet = [\"A\"]\nlog = \"x\"\nlimit = { rows = 5 }\npace = { give-up = 9 }",
            &[],
        );
        check("max-changes = 5\nmax-failures = \"5%\"\ndeadline = 2026-01-31T06:00:00Z", &[]);
    }

    #[test]
    fn a_value_of_another_kind_is_told_in_words() {
        check("min-rows = \"x\"", &["`min-rows` cannot be \"x\"; it is a whole number, 0 or more"]);
        check("min-rows = -1", &["`min-rows` cannot be -1; it is a whole number, 0 or more"]);
        check("header-row = 0", &["`header-row` cannot be 0; it is a whole number above 0"]);
        check("rate = \"fast\"", &["`rate` cannot be \"fast\"; it is a number"]);
        check("check-images = \"yes\"", &["`check-images` cannot be \"yes\"; it is true or false"]);
        check("mode = 5", &["`mode` cannot be 5; it is a text"]);
        check("log = [\"x\"]", &["`log` cannot be a list; it is a text"]);
        check("report = \"x.csv\"", &["`report` cannot be \"x.csv\"; it is a list of texts"]);
        check("map = \"x\"", &["`map` cannot be \"x\"; it is a table of texts"]);
        check("limit = 5", &["`limit` cannot be 5; it is a table of texts or numbers"]);
        check("values = [5]", &["`values` cannot be a list; it is a table of tables of texts"]);
        check(
            "pace = [5]\n[images]\nhosts = []",
            &["`pace` cannot be a list; it is a table of `backoff-max`, `backoff-min`, \
             `give-up`, `lookup-delays`, `nobody-answers`, `timeout`"],
        );
        check("images = true", &["`images` cannot be true; it is a table of `hosts`, `migrate`"]);
    }

    #[test]
    fn what_is_wrong_inside_a_list_or_a_table_is_told_by_its_place() {
        check(
            "report = [\"a.csv\", 5, 6]",
            &["`report` cannot hold 5; it is a list of texts", "`report` cannot hold 6; it is a list of texts"],
        );
        check("[map]\n\"Our price\" = 5\nName = \"name\"", &["`map.Our price` cannot be 5; it is a text"]);
        check("[values.size]\nM = 5", &["`values.size.M` cannot be 5; it is a text"]);
        check(
            "[pace]\nlookup-delays = [2, \"x\"]",
            &["`pace.lookup-delays` cannot hold \"x\"; it is a list of numbers"],
        );
        check("[pace]\ngive-upp = 5", &["there is no setting `pace.give-upp`; is `pace.give-up` meant?"]);
        check(
            "[images]\ncolour = 1",
            &["there is no setting `images.colour`; `images` is a table of `hosts`, `migrate`"],
        );
    }

    #[test]
    fn everything_is_told_in_one_go() {
        check(
            "foo = 1\nmode = 5\nmodes = 1\n[pace]\ntimeout = \"x\"\nrate = 2",
            &[
                "there is no setting `foo`; most flags have a setting of the same name; --help lists the flags",
                "`mode` cannot be 5; it is a text",
                "there is no setting `modes`; is `mode` meant?",
                "there is no setting `pace.rate`; `pace` is a table of `backoff-max`, `backoff-min`, `give-up`, \
             `lookup-delays`, `nobody-answers`, `timeout`",
                "`pace.timeout` cannot be \"x\"; it is a number",
            ],
        );
    }

    #[track_caller]
    fn check_toml(text: &str, expect: &str) {
        let error = text.parse::<Table>().unwrap_err();
        assert_eq!(unsound(Path::new("s.toml"), text, &error).message, format!("s.toml is not sound: {expect}"));
    }

    #[test]
    fn a_text_that_is_no_toml_is_told_on_one_line() {
        check_toml("x = [", "line 1, column 6: unclosed array, expected `]`");
        check_toml("a = 1\nü = \"é\" x", "line 2, column 9: unexpected key or value, expected newline, `#`");
        check_toml("a = 1\na = 2", "line 2, column 1: duplicate key");
    }
}
