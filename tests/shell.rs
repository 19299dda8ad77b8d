//! What the program tells of itself: rules explained, completions for shells, manual pages.
#![cfg(feature = "cli")]

mod home;
#[path = "support/tools.rs"]
mod tools;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use home::{Home, Ran};
use skuload::finding::{Rule, Severity};
use tools::tool;

// --- explain ---

#[test]
fn a_rule_is_explained_with_a_sheet_that_breaks_it() {
    let ran = Home::new().run("explain sale-not-below-price").ends(0).shows(&[
        "error[sale-not-below-price]: the special price is not below the price",
        "--rule sale-not-below-price=warning",
        "lower the special price, or clear it and its dates",
        "breaks it, at B2",
        "  2  99.00   129.00          2036-12-01\n             ^^^^^^\n",
        "does not\n",
    ]);
    assert_eq!(ran.err, "");
    Home::new().run("explain unknown-option").ends(0).shows(&[
        "  - checked with --categories FILE, which for your own shop is written by",
        "    skuload category pull --shop NAME --category ID",
        "-o FILE\n",
    ]);
    Home::new().run("explain invalid-price").ends(0).shows(&["error, and no less"]);
}

#[test]
fn several_rules_may_be_named() {
    let ran = Home::new().run("explain many-skus trimmed-sku").ends(0);
    let titles: Vec<&str> = ran.out.lines().filter(|line| line.contains("]: ")).collect();
    assert!(
        titles[0].starts_with("warning[many-skus]: ") && titles[1].starts_with("note[trimmed-sku]: "),
        "{titles:?}"
    );
}

#[test]
fn without_a_name_all_rules_are_listed_by_severity() {
    let ran = Home::new().run("explain").ends(0);
    let at = |text: &str| ran.out.find(text).unwrap_or_else(|| panic!("{text} is missing: {}", ran.out));
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let count = Rule::ALL.iter().filter(|rule| rule.severity() == severity).count();
        at(&format!("{severity}s ({count}): "));
    }
    for rule in Rule::ALL {
        at(&format!("\n  {rule} "));
    }
    assert!(at("errors (") < at("  missing-value ") && at("  missing-value ") < at("warnings ("));
}

#[test]
fn an_unknown_rule_is_told_with_the_nearest_one() {
    let ran = Home::new().run("explain sale-not-belo-price").ends(2);
    let ran = ran.says(&["`sale-not-belo-price` is no rule", "did you mean `sale-not-below-price`?"]);
    assert_eq!(ran.out, "");
    Home::new().run("explain many-skus qqqq").ends(2).says(&["`qqqq` is no rule", "skuload explain lists them"]);
}

#[test]
fn machines_read_all_of_a_rule() {
    let lines = Home::new().run("explain --format json").ends(0).json();
    assert_eq!(lines.len(), Rule::ALL.len());
    for (line, rule) in lines.iter().zip(Rule::ALL) {
        assert_eq!((&line["kind"], &line["rule"]), (&"rule".into(), &rule.name().into()));
        assert_eq!(line["firm"], rule.is_firm());
        assert!(line["fails"]["at"].is_string() && line["fails"]["rows"][1].is_array(), "{line}");
        assert!(line["passes"]["rows"][1].is_array(), "{line}");
    }
    let one = Home::new().run("explain merged-cells --format json").ends(0).json();
    assert_eq!(one[0]["fails"]["needs"][0], "A2:A3 are merged");
}

#[test]
fn what_is_no_terminal_gets_no_colours_unless_asked() {
    assert!(!Home::new().run("explain many-skus").out.contains('\u{1b}'));
    assert!(Home::new().run("explain many-skus --color always").out.contains("\u{1b}["));
}

#[test]
fn what_a_repository_sets_for_its_checks_does_not_matter_here() {
    let home = Home::new();
    home.write("skuload.toml", "format = \"sarif\"\n");
    home.run("explain many-skus").ends(0).shows(&["warning[many-skus]"]);
    home.write("skuload.toml", "format = ");
    home.run("completions bash").ends(0).shows(&["_skuload"]);
    home.run("man").ends(0).shows(&[".TH skuload 1"]);
}

// --- completions ---

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "powershell", "elvish"];

#[test]
fn every_shell_completes_every_command_and_flag() {
    for shell in SHELLS {
        let ran = Home::new().run(&format!("completions {shell}")).ends(0);
        for word in ["check", "explain", "max-findings", "baseline", "sarif", "completions"] {
            assert!(ran.out.contains(word), "{shell}: {word}");
        }
        assert!(!ran.out.contains("read-apart"), "{shell}: what nobody types");
        let is_listed = Rule::ALL.iter().all(|rule| ran.out.contains(rule.name()));
        assert_eq!(is_listed, ["bash", "zsh", "fish"].contains(&shell), "{shell}: the rules");
        assert_eq!(ran.err, "");
    }
    Home::new().run("completions tcsh").ends(2).says(&["bash"]);
    Home::new().run("completions").ends(2).says(&["<SHELL>"]);
}

/// What a program of this computer makes of a file; nothing where it is not there, which is told.
fn by(home: &Home, program: &str, args: &[&str]) -> Option<Ran> {
    let mut command = Command::new(tool(&[program])?);
    command.args(args);
    Some(home.ran(command))
}

#[test]
fn a_shell_takes_its_script() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        home.write("script", home.run(&format!("completions {shell}")).out);
        if let Some(ran) = by(&home, shell, &["-n", "script"]) {
            assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{shell}");
        }
    }
    home.write("script", home.run("completions bash").out);
    let typed = "source ./script; COMP_WORDS=(skuload che); COMP_CWORD=1; _skuload skuload che skuload; \
        echo \"${COMPREPLY[*]}\"; COMP_WORDS=(skuload check --max); COMP_CWORD=2; _skuload skuload --max check; \
        echo \"${COMPREPLY[*]}\"; COMP_WORDS=(skuload explain invalid-pr); COMP_CWORD=2; \
        _skuload skuload invalid-pr explain; echo \"${COMPREPLY[*]}\"";
    if let Some(ran) = by(&home, "bash", &["-c", typed]) {
        assert_eq!(ran.out, "check\n--max-findings\ninvalid-product-id invalid-price\n", "{}", ran.err);
    }
}

// --- manual ---

/// The commands that `--help` lists.
fn commands(home: &Home) -> Vec<String> {
    let help = home.run("--help").ends(0).out;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !name.is_empty() && *name != "help").map(str::to_owned).collect()
}

/// A text without what is printed over: bold is each letter twice, with a step back between.
fn once(text: &str) -> String {
    let mut kept = String::new();
    for c in text.chars() {
        match c {
            '\u{8}' => {
                kept.pop();
            }
            c => kept.push(c),
        }
    }
    kept
}

#[test]
fn the_manual_names_every_command_and_its_flags() {
    let home = Home::new();
    let page = home.run("man").ends(0).out;
    home.write("skuload.1", &page);
    let commands = commands(&home);
    assert!(commands.len() >= 4 && commands.contains(&"check".to_owned()), "{commands:?}");
    for command in &commands {
        assert!(page.contains(&format!(".SH \"SKULOAD {}\"", command.to_uppercase())), "{command}");
    }
    let (list, how) = (page.find("skuload\\-check(1)"), page.find("skuload man \\-\\-dir DIR"));
    assert!(list.is_some() && how.is_some(), "pages that are named are said to be had: {page}");
    assert!(!page.to_uppercase().contains("READ\\-APART"), "what people do not type is hidden");
    for (program, args) in [("man", &["-l", "skuload.1"][..]), ("mandoc", &["-Tascii", "-W", "error", "skuload.1"])] {
        let Some(ran) = by(&home, program, args) else { continue };
        let text = once(&ran.out);
        assert!(ran.code == 0 && text.contains("SKULOAD CHECK"), "{program}: {}", ran.err);
        assert!(text.contains("--max-findings"), "{program}");
    }
}

#[test]
fn each_command_may_have_a_page_of_its_own() {
    let home = Home::new();
    home.run("man --dir pages/man1").ends(0).says(&["pages in pages/man1"]);
    let entries = fs::read_dir(home.path("pages/man1")).expect("pages");
    let pages: BTreeSet<String> =
        entries.map(|entry| entry.expect("a page").file_name().to_string_lossy().into_owned()).collect();
    assert!(pages.contains("skuload.1") && !pages.contains("skuload-read-apart.1"), "{pages:?}");
    for command in commands(&home) {
        assert!(pages.contains(&format!("skuload-{command}.1")), "{command}: {pages:?}");
    }
    for page in &pages {
        if let Some(ran) = by(&home, "man", &["-l", &format!("pages/man1/{page}")]) {
            assert!(ran.code == 0 && ran.out.contains("NAME"), "{page}: {}", ran.err);
        }
    }
    home.write("taken", "");
    home.run("man --dir taken").ends(9).says(&["cannot write taken", "name another folder"]);
}
