//! Two outputs of one command under one name: told before anything begins, so that none is lost.
#![cfg(feature = "cli")]

mod home;

use std::fs;

use home::{Home, sheet};

/// The command ends with 2, names both, and writes nothing.
#[track_caller]
fn check(words: &str, both: [&str; 2]) {
    let home = Home::with(&sheet(&["A 99", "B 0"]));
    home.write("folder/kept", "");
    home.run(words).ends(2).says(&both).says(&["are one file, and one of them would be lost", "nothing was done"]);
    let names = || {
        let entries = fs::read_dir(home.path(".")).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
    };
    let mut left: Vec<String> = names().collect();
    left.sort();
    assert_eq!(left, ["folder", "s.csv"]);
}

#[test]
fn outputs_of_a_check_must_differ() {
    check("check s.csv --fix o.xlsx --annotate o.xlsx", ["--fix o.xlsx", "--annotate o.xlsx"]);
    check("check s.csv --fix o.xlsx --annotate folder/../o.xlsx", ["--fix o.xlsx", "--annotate folder/../o.xlsx"]);
    check("check s.csv --annotate ./o.xlsx --log o.xlsx", ["--annotate ./o.xlsx", "--log o.xlsx"]);
    check("check s.csv --write-map m.toml --log m.toml", ["--write-map m.toml", "--log m.toml"]);
    check("template -o o.xlsx --log o.xlsx", ["-o o.xlsx", "--log o.xlsx"]);
}

#[test]
fn outputs_that_differ_are_all_written() {
    let home = Home::with(&sheet(&["A 99", "B 0"]));
    home.run("check s.csv --fix fixed.csv --annotate o.xlsx --log l").ends(1);
    for name in ["fixed.csv", "o.xlsx", "l"] {
        assert!(home.path(name).is_file(), "{name}");
    }
    // What is there already is written anew, and the log goes on.
    home.run("check s.csv --fix fixed.csv --annotate o.xlsx --log l").ends(1);
    home.run("check s.csv --write-map - --log -").ends(2).says(&["the log is a file"]);
}

#[cfg(unix)]
#[test]
fn a_link_is_another_name_of_one_file() {
    let home = Home::with(&sheet(&["A 99"]));
    std::os::unix::fs::symlink(home.path("o.xlsx"), home.path("dangling.xlsx")).expect("a link");
    home.write("o.xlsx", "");
    home.run("check s.csv --fix o.xlsx --annotate dangling.xlsx").ends(2).says(&["are one file"]);
    std::os::unix::fs::symlink(home.path("."), home.path("here")).expect("a link");
    home.run("check s.csv --fix here/new.xlsx --annotate new.xlsx").ends(2).says(&["are one file"]);
}

#[cfg(all(feature = "import", feature = "sandbox"))]
#[test]
fn outputs_of_an_import_must_differ() {
    let to_fix = "the rows to mend, s.to-fix.csv";
    let report = "the report, s.report.xlsx";
    for (flags, both) in [
        ("--report o.xlsx --annotate o.xlsx", ["--report o.xlsx", "--annotate o.xlsx"]),
        ("--report o.csv --report ./o.csv", ["--report o.csv", "--report ./o.csv"]),
        ("--report {run}.csv --report {run}.csv --dry-run", ["--report {run}.csv", "--report {run}.csv"]),
        ("--report {shop}.csv --report sandbox.csv", ["--report sandbox.csv", "--report sandbox.csv"]),
        ("--report s.to-fix.csv", ["--report s.to-fix.csv", to_fix]),
        ("--annotate s.report.xlsx", ["--annotate s.report.xlsx", report]),
        ("--log s.to-fix.csv", ["--log s.to-fix.csv", to_fix]),
        ("--report o.csv --log o.csv", ["--report o.csv", "--log o.csv"]),
    ] {
        check(&format!("import s.csv --sandbox {flags}"), both);
        check(&format!("images s.csv --sandbox {flags}"), both);
    }
}

#[cfg(all(feature = "import", feature = "sandbox"))]
#[test]
fn settings_of_which_two_meet_are_wrong_settings() {
    let home = Home::with(&sheet(&["A 99"]));
    home.write("skuload.toml", "report = [\"o.csv\", \"o.csv\"]\n");
    home.run("import s.csv --sandbox").ends(3).says(&["--report o.csv and --report o.csv are one file"]);
    home.run("import s.csv --sandbox --report a.csv --dry-run").ends(0);
    home.write("skuload.toml", "report = [\"o.csv\"]\n");
    home.run("import s.csv --sandbox --log o.csv").ends(2).says(&["--log o.csv"]);
}

#[cfg(all(feature = "import", feature = "sandbox"))]
#[test]
fn reports_of_a_run_must_differ_too() {
    let home = Home::with(&sheet(&["A 99", "B 0"]));
    for command in ["resume gone", "report gone", "verify gone"] {
        let words = format!("{command} --report o.csv --report o.csv");
        home.run(&words).ends(2).says(&["--report o.csv and --report o.csv are one file"]);
    }
}

#[cfg(all(unix, feature = "import", feature = "sandbox"))]
#[test]
fn what_the_user_asks_for_has_the_users_mode_and_what_is_kept_is_private() {
    use std::os::unix::fs::PermissionsExt;
    use std::process::{Command, Stdio};

    let home = Home::with(&sheet(&["A 99", "B 0"]));
    let run = |words: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", "umask 027; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_skuload")]);
        command.args(words.split(' ')).args(["--state-dir", "state", "-q"]).env_clear().current_dir(home.path("."));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().expect("it runs").code()
    };
    let mode = |name: &str| fs::metadata(home.path(name)).expect(name).permissions().mode() & 0o777;
    home.write("r.csv", "older");
    fs::set_permissions(home.path("r.csv"), fs::Permissions::from_mode(0o604)).expect("a mode");
    assert_eq!(run("check s.csv --fix fixed.csv --annotate o.xlsx"), Some(1));
    assert_eq!(run("import s.csv --sandbox --report r.html --report r.csv --report r.xlsx"), Some(1));
    assert_eq!(run("template -o new.xlsx"), Some(0));
    for name in ["fixed.csv", "o.xlsx", "r.html", "r.xlsx", "s.to-fix.csv", "new.xlsx"] {
        assert_eq!(mode(name), 0o640, "{name}");
    }
    assert_eq!(mode("r.csv"), 0o604, "it is as the one that it replaces");
    let runs = fs::read_dir(home.path("state/runs")).expect("the runs").flatten();
    let kept: Vec<_> = runs.flat_map(|run| fs::read_dir(run.path()).into_iter().flatten().flatten()).collect();
    assert!(kept.iter().any(|entry| entry.path().ends_with("journal.sqlite")), "{kept:?}");
    for entry in kept.iter().filter(|entry| entry.path().is_file()) {
        let mode = entry.metadata().expect("its mode").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
}
