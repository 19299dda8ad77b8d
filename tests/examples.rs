//! Each rule's own examples, as `skuload explain` shows them, through the real program: the one breaks that rule where
//! it says and no other, the other does not.
#![cfg(all(feature = "cli", feature = "import", feature = "sandbox"))]

#[path = "examples/made.rs"]
mod made;
#[path = "pictures/made.rs"]
#[allow(dead_code, reason = "tests/pictures.rs uses the rest")]
mod pictures;
mod support;
#[path = "examples/xls.rs"]
mod xls;

use serde_json::Value;
use skuload::finding::{Need, Rule, Severity, Specimen};
use support::{Desk, Market, Outcome, SHOP};

#[test]
fn every_rule_is_broken_by_its_example_and_kept_by_the_other() {
    let mut faults = Vec::new();
    for rule in Rule::ALL {
        let Some(example) = rule.example() else {
            faults.push(format!("{rule} has no example"));
            continue;
        };
        faults.extend(fault(*rule, &example.fails));
        faults.extend(fault(*rule, &example.passes));
    }
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_rule_has_the_severity_that_the_user_says_where_it_may() {
    let mut faults = Vec::new();
    for rule in Rule::ALL {
        let Some(example) = rule.example() else { continue };
        let with = |severity: &str| {
            let flag = format!("{rule}={severity}");
            let outcome = ran(&example.fails, &["--rule", &flag]);
            let lines: Vec<Value> = lines(&outcome.stdout);
            let own = lines.iter().find(|line| line["rule"] == rule.name());
            (own.map(|line| line["severity"].as_str().unwrap_or_default().to_owned()), outcome)
        };
        if rule.is_firm() {
            let (_, outcome) = with("off");
            let is_refused = outcome.exit == 2 && outcome.stderr.contains("cannot be less than an error");
            faults.extend((!is_refused).then(|| format!("{rule}=off: {outcome:?}")));
            continue;
        }
        let other = if rule.severity() == Severity::Error { "warning" } else { "error" };
        for (severity, expected) in [("off", None), (other, Some(other.to_owned()))] {
            let (found, outcome) = with(severity);
            let is_failing = expected.as_deref() == Some("error");
            let has_fit_exit = !is_failing || outcome.exit == 1;
            let is_so = found == expected && has_fit_exit;
            faults.extend((!is_so).then(|| format!("{rule}={severity}: {found:?}, {outcome:?}")));
        }
    }
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
}

/// What is found in a specimen and should not be, or is not found and should be.
fn fault(rule: Rule, specimen: &Specimen) -> Option<String> {
    let (found, said) = found(specimen);
    let also = |found: &String| {
        let name = found.rsplit(' ').next().unwrap_or_default();
        specimen.needs.iter().any(|need| matches!(need, Need::Also(rule) if rule.name() == name))
    };
    let own: Vec<String> = found.into_iter().filter(|found| !also(found)).collect();
    let expected = if specimen.at.is_empty() { Vec::new() } else { vec![format!("{} {rule}", specimen.at)] };
    (own != expected).then(|| format!("  {rule}: expected {expected:?}, found {own:?}\n{said}"))
}

/// Findings as `B2 rule`, and all that was said.
fn found(specimen: &Specimen) -> (Vec<String>, String) {
    let outcome = ran(specimen, &[]);
    let said = format!("{}{}", outcome.stdout, outcome.stderr);
    if !matches!(outcome.exit, 0 | 1) {
        return (vec![format!("exit {}", outcome.exit)], said);
    }
    let found = lines(&outcome.stdout).into_iter().filter(|line| line["kind"] == "finding").map(|line| {
        let place = line["column"].as_str().map_or("row ".to_owned(), str::to_owned);
        format!("{place}{} {}", line["row"], line["rule"].as_str().unwrap_or_default())
    });
    (found.collect(), said)
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// What the program says of a specimen: checked, or imported where only an import finds it.
fn ran(specimen: &Specimen, more: &[&str]) -> Outcome {
    let market = Market::open(&presets(specimen));
    let desk = Desk::at(&market);
    let name = made::write(specimen, &desk.path(""));
    let mut command = vec!["check".to_owned(), name.to_owned()];
    let mut flags = vec!["--format".to_owned(), "json".to_owned()];
    for need in &specimen.needs {
        match need {
            Need::With(own) => flags.extend(own.iter().cloned()),
            Need::Import(own) => {
                command = ["import", name, "--shop", SHOP, "--dry-run"].map(str::to_owned).to_vec();
                flags.extend(own.iter().cloned());
            }
            Need::Categories(fixture) => {
                let path = format!("{}/tests/fixtures/categories/{fixture}.json", env!("CARGO_MANIFEST_DIR"));
                flags.extend(["--categories".to_owned(), path]);
            }
            _ => {}
        }
    }
    command.extend(flags);
    let words: Vec<&str> = command.iter().map(String::as_str).chain(more.iter().copied()).collect();
    desk.run(&words)
}

/// What the shop has, as the stand-in is told it.
fn presets(specimen: &Specimen) -> String {
    let mut text = String::new();
    for need in &specimen.needs {
        let Need::Shop(skus, known) = need else { continue };
        let known = |name: &str, otherwise: &str| {
            let own = known.iter().find(|(known, _)| known == name);
            own.map_or(otherwise.to_owned(), |(_, value)| value.clone())
        };
        text.push_str(&format!(
            "[[product]]\ncategory = {}\nname = {:?}\nbrand = \"Acme\"\nfields = {{ price = {:?}, quantity = \"5\", \
            color_family = \"Red\" }}\nattributes = {{ short_description = \"Soft\" }}\nskus = {skus:?}\n",
            known("category", "6614"),
            known("name", "Shirt"),
            known("price", "10.00"),
        ));
    }
    text
}
