//! The program at night, when nobody watches: what a quiet run prints, what the log holds, which command is run at the
//! end, how the exit code comes about, and that no secret leaks on the way.
#![cfg(all(unix, feature = "cli", feature = "sandbox", feature = "import"))]

mod support;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};
use support::{API, Api, Desk, IMPORT, Market, Outcome, SHOP, account_words, either};
use tempfile::TempDir;

const GOOD: &str = "P1: A-1+2 A-2+1\nP2: B-1";

/// The import with more flags.
fn import(more: &[&'static str]) -> Vec<&'static str> {
    [&IMPORT[..], more].concat()
}

/// Text at the desk.
fn read(desk: &Desk, name: &str) -> String {
    fs::read_to_string(desk.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Lines of JSON at the desk.
fn json(desk: &Desk, name: &str) -> Vec<Value> {
    read(desk, name).lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

fn kinds(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["kind"].as_str().unwrap()).collect()
}

#[track_caller]
fn ends(outcome: &Outcome, exit: i32) {
    assert_eq!(outcome.exit, exit, "{outcome:?}");
}

/// Sends a signal, as `kill` and Ctrl-C do.
fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// Adds a setting in front of the tables.
fn set(desk: &Desk, line: &str) {
    let settings = read(desk, "settings.toml");
    fs::write(desk.path("settings.toml"), format!("{line}\n{settings}")).unwrap();
}

// Quiet.

#[test]
fn a_clean_quiet_run_says_nothing_beside_its_result() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet(GOOD);
    let outcome = desk.run(&import(&["-q"]));
    ends(&outcome, 0);
    assert_eq!(outcome.stderr, "");
    assert!(outcome.stdout.starts_with("3 rows: 3 created\n"), "{}", outcome.stdout);
    for command in
        [&["check", "sheet.csv", "-q"][..], &["resume", "-q"], &["shop", "test", SHOP, "-q"], &["runs", "-q"]]
    {
        let outcome = desk.run(command);
        ends(&outcome, 0);
        assert_eq!(outcome.stderr, "", "{command:?}");
    }
}

#[test]
fn a_quiet_run_says_what_went_wrong() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet("P1: A-1 A-2!\nP2: B-1");
    let outcome = desk.run(&import(&["--quiet"]));
    ends(&outcome, 1);
    assert!(outcome.stderr.starts_with("error["), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("warning[") && !outcome.stderr.contains("report:"), "{}", outcome.stderr);
    let outcome = desk.run(&["import", "absent.csv", "--shop", SHOP, "-q"]);
    ends(&outcome, 6);
    assert!(outcome.stderr.contains("absent.csv"), "{}", outcome.stderr);
}

#[test]
fn quiet_and_verbose_contradict_each_other() {
    let market = Market::open("");
    ends(&Desk::at(&market).run(&["runs", "list", "-q", "-v"]), 2);
}

// The log.

#[test]
fn the_log_tells_every_step_of_a_run() {
    let market = Market::open("[[fault]]\naction = \"CreateProduct\"\nnth = [1]\nkind = \"throttle\"\n");
    let desk = Desk::at(&market);
    desk.write_sheet(GOOD);
    ends(&desk.run(&import(&["--log", "night.log", "--log-format", "json"])), 0);
    let lines = json(&desk, "night.log");
    let kinds = kinds(&lines);
    assert_eq!((kinds[0], kinds[1], kinds[kinds.len() - 1]), ("start", "checked", "end"), "{kinds:?}");
    for kind in ["asked", "run", "request", "reply", "wait", "verdicts"] {
        assert!(kinds.contains(&kind), "{kind} is missing in {kinds:?}");
    }
    let run = &desk.runs()[0];
    for (line, kind) in lines.iter().zip(&kinds) {
        assert_eq!(line["v"], 1);
        assert!(line["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
        assert!(line["run"] == run.as_str() || *kind == "start", "{line}");
    }
    assert_eq!((&lines[0]["command"], &lines[0]["version"]), (&"import".into(), &env!("CARGO_PKG_VERSION").into()));
    let verdicts = lines.iter().find(|line| line["kind"] == "verdicts").unwrap();
    assert_eq!((&verdicts["verdicts"]["created"], &verdicts["images"]["set"]), (&3.into(), &2.into()));
    assert_eq!(lines.last().unwrap()["exit"], 0);
}

#[test]
fn the_log_is_private_and_grows() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    set(&desk, "log = \"night.log\"");
    ends(&desk.run(&["runs", "list"]), 0);
    ends(&desk.run(&["shop", "test", SHOP]), 0);
    let mode = fs::metadata(desk.path("night.log")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let log = read(&desk, "night.log");
    let lines: Vec<&str> = log.lines().map(|line| line.split_once(' ').unwrap().1).collect();
    let version = env!("CARGO_PKG_VERSION");
    let start = |command| format!("- start command={command} version={version}");
    assert_eq!(lines, [start("runs").as_str(), "- end exit=0", start("shop").as_str(), "- end exit=0"]);
}

#[test]
fn a_log_that_cannot_be_opened_ends_the_program_before_anything_is_sent() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet(GOOD);
    let outcome = desk.run(&import(&["--log", "no/such/folder/night.log"]));
    ends(&outcome, 9);
    assert!(outcome.stderr.contains("cannot open the log no/such/folder/night.log"), "{}", outcome.stderr);
    assert_eq!(market.calls(), 0);
    ends(&desk.run(&import(&["--log", "night.log", "--log-format", "xml"])), 2);
    assert_eq!(market.calls(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_log_that_cannot_be_written_is_told_once_and_the_run_goes_on() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet(GOOD);
    let outcome = desk.run(&import(&["-q", "--log", "/dev/full"]));
    ends(&outcome, 0);
    assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("cannot write the log /dev/full"), "{}", outcome.stderr);
}

#[test]
fn a_failure_and_its_exit_code_are_in_the_log() {
    let market = Market::open("");
    let desk = Desk::with_key(&market, "wrong");
    desk.write_sheet(GOOD);
    ends(&desk.run(&import(&["--log", "night.log", "--log-format", "json"])), 4);
    let lines = json(&desk, "night.log");
    let kinds = kinds(&lines);
    assert!(kinds.ends_with(&["failure", "stop", "verdicts", "end"]), "{kinds:?}");
    assert_eq!(lines.last().unwrap()["exit"], 4);
}

// What is run at the end.

/// The summary that the command was given.
fn finish(desk: &Desk) -> Value {
    let lines = json(desk, "finish.jsonl");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!((&lines[0]["v"], &lines[0]["kind"]), (&1.into(), &"finish".into()));
    lines[0].clone()
}

const KEEP: &str = "cat >> finish.jsonl; echo told";

#[test]
fn a_command_is_run_when_the_run_is_over() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet(GOOD);
    let outcome = desk.run(&import(&["-q", "--on-finish", KEEP]));
    ends(&outcome, 0);
    assert_eq!(outcome.stderr, "told\n");
    assert!(!outcome.stdout.contains("told"));
    let finish = finish(&desk);
    assert_eq!(finish["run"], desk.runs()[0].as_str());
    assert_eq!((&finish["shop"], &finish["sheet"], &finish["exit"]), (&SHOP.into(), &"sheet.csv".into(), &0.into()));
    assert_eq!((&finish["verdicts"]["created"], &finish["verdicts"]["rejected"]), (&3.into(), &0.into()));
    assert_eq!((&finish["images"]["set"], &finish["images"]["none"]), (&2.into(), &1.into()));
    assert!(finish["reports"][0].as_str().unwrap().ends_with("/report.jsonl"), "{finish}");
    assert!(finish["seconds"].as_f64().is_some_and(|seconds| seconds > 0.0) && finish["stopped"].is_null(), "{finish}");
}

#[test]
fn it_is_told_where_the_rows_to_mend_are() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    let to_fix = |lines: &str, exit: i32| {
        desk.write_sheet(lines);
        ends(&desk.run(&import(&["--on-finish", KEEP])), exit);
        let finish = finish(&desk);
        fs::remove_file(desk.path("finish.jsonl")).unwrap();
        finish["to_fix"].clone()
    };
    assert_eq!(to_fix(GOOD, 0), Value::Null);
    let first = to_fix("M: A\nN: B!", 1);
    assert_eq!(Path::new(first.as_str().unwrap()), desk.path("sheet.to-fix.csv").canonicalize().unwrap());
    let second = to_fix("M: A\nN: B!\nO: C", 1);
    assert!(second != first && Path::new(second.as_str().unwrap()).exists(), "{second}");
}

#[test]
fn it_is_run_too_where_there_was_nothing_to_import() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    set(&desk, &format!("on-finish = {KEEP:?}"));
    ends(&desk.run(&IMPORT), 6);
    let finish = finish(&desk);
    assert_eq!((&finish["exit"], &finish["run"], &finish["sheet"]), (&6.into(), &Value::Null, &"sheet.csv".into()));
    assert!(finish["stopped"].as_str().unwrap().contains("sheet.csv"), "{finish}");
}

#[test]
fn it_is_run_where_the_shop_cannot_be_asked_and_nothing_stays() {
    let market = Market::open("");
    let desk = Desk::with_key(&market, "wrong");
    desk.write_sheet(GOOD);
    ends(&desk.run(&import(&["--on-finish", KEEP])), 4);
    let finish = finish(&desk);
    assert_eq!(
        (&finish["exit"], &finish["run"], &finish["verdicts"]["not-sent"]),
        (&4.into(), &Value::Null, &3.into())
    );
    assert!(finish["stopped"].as_str().unwrap().contains("credentials"), "{finish}");
}

#[test]
fn it_is_run_after_an_interrupt_and_again_after_the_rest() {
    let market = Market::open("[[fault]]\naction = \"CreateProduct\"\nnth = [1]\nkind = \"slow\"\nseconds = 0.5\n");
    let desk = Desk::at(&market);
    desk.write_sheet(GOOD);
    let mut child = desk.start(&import(&["--on-finish", "cat > first.jsonl"]));
    while market.received("CreateProduct") == 0 {
        assert!(child.try_wait().unwrap().is_none());
    }
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let first = json(&desk, "first.jsonl").remove(0);
    assert_eq!((&first["exit"], &first["stopped"]), (&130.into(), &"interrupted".into()));
    ends(&desk.run(&["resume", "--on-finish", KEEP]), 0);
    let finish = finish(&desk);
    assert_eq!(
        (&finish["run"], &finish["exit"], &finish["verdicts"]["created"]),
        (&first["run"], &0.into(), &3.into())
    );
}

#[test]
fn its_own_failure_is_a_warning() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet(GOOD);
    let outcome = desk.run(&import(&["-q", "--on-finish", "exit 3"]));
    ends(&outcome, 0);
    assert!(
        outcome.stderr.starts_with("warning: the command of --on-finish failed (exit status: 3)"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn it_may_begin_the_next_run_on_the_same_shop() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet(GOOD);
    let next = desk.words(&["import", "sheet.csv", "--shop", SHOP, "--report", "second.jsonl", "-q"]).join("' '");
    let next = format!("'{}' '{next}'", env!("CARGO_BIN_EXE_skuload"));
    let outcome =
        desk.run(&["import", "sheet.csv", "--shop", SHOP, "--report", "report.jsonl", "-q", "--on-finish", &next]);
    ends(&outcome, 0);
    assert!(read(&desk, "second.jsonl").contains("\"exists\""));
    // What the command prints stands beside the result.
    assert_eq!(outcome.stderr, "3 rows: 3 exists\n");
}

#[test]
fn an_interrupt_ends_a_command_that_hangs() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet(GOOD);
    let mut child = desk.start(&import(&["-q", "--on-finish", "echo > hangs; sleep 600; echo"]));
    while !desk.path("hangs").exists() {
        assert!(child.try_wait().unwrap().is_none());
    }
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(read(&desk, "printed.txt").contains("was ended by the interrupt"));
}

#[test]
fn a_dry_run_runs_no_command() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet(GOOD);
    ends(&desk.run(&import(&["--dry-run", "--on-finish", KEEP])), 0);
    assert!(!desk.path("finish.jsonl").exists());
}

#[test]
fn a_settings_file_that_lies_in_the_folder_runs_no_command() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    fs::write(desk.path("skuload.toml"), "on-finish = \"touch taken\"").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_skuload"));
    let here = desk.path("");
    command.args(["import", "sheet.csv", "--sandbox"]).current_dir(&here).env("HOME", &here).stdin(Stdio::null());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("on-finish"));
    assert!(!desk.path("taken").exists());
}

// Limits.

#[test]
fn a_limit_that_is_typed_wrong_sends_nothing() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet(GOOD);
    for (flag, value, exit) in [
        ("--deadline", "soon", 2),
        ("--deadline", "2020-01-01T00:00:00Z", 8),
        ("--max-failures", "-1%", 2),
        ("--max-failures=-1", "-v", 2),
        ("--max-requests", "0", 2),
        ("--rate", "0", 2),
        ("--rate", "NaN", 2),
        ("--concurrency", "0", 2),
    ] {
        let outcome = desk.run(&[&IMPORT[..], &[flag, value]].concat());
        assert_eq!(outcome.exit, exit, "{flag} {value}: {outcome:?}");
    }
    for setting in ["deadline = \"soon\"", "max-failures = \"many\"", "max-requests = 0", "rate = 0", "concurrency = 0"]
    {
        let settings = read(&desk, "settings.toml");
        let own = settings.lines().filter(|line| !line.starts_with(setting.split(' ').next().unwrap()));
        let own = own.collect::<Vec<_>>().join("\n");
        fs::write(desk.path("settings.toml"), format!("{setting}\n{own}")).unwrap();
        let outcome = desk.run(&IMPORT);
        fs::write(desk.path("settings.toml"), settings).unwrap();
        assert_eq!(outcome.exit, 3, "{setting}: {outcome:?}");
    }
    assert_eq!(market.calls(), 0);
    ends(&desk.run(&import(&["--deadline", "2h", "--max-failures", "50%", "--max-requests", "100"])), 0);
}

#[test]
fn no_failure_at_all_may_be_allowed() {
    for most in ["0", "0%"] {
        let market = Market::open("[[fault]]\naction = \"CreateProduct\"\nsku = \"B\"\nkind = \"error\"\ncode = 201");
        let desk = Desk::at(&market);
        desk.write_sheet("M: A\nN: B\nO: C\nP: D");
        let outcome = desk.run(&import(&["--max-failures", most]));
        assert_eq!((outcome.exit, market.received("CreateProduct")), (8, 2), "{outcome:?}");
        assert!(outcome.stderr.contains("1 product failed, and the limit of failures is 0: "), "{outcome:?}");
    }
}

#[test]
fn the_help_lists_every_exit_code() {
    let market = Market::open("");
    let help = Desk::at(&market).run(&["--help"]).stdout;
    let codes = help.split_once("Exit codes: ").unwrap().1.replace('\n', " ");
    let codes: Vec<u8> = codes.split(", ").map(|part| part.split(' ').next().unwrap().parse().unwrap()).collect();
    assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 70, 130]);
}

// Secrets.

/// The faults of a bad night.
const BAD_NIGHT: &str = "seed = 5\n[[fault]]\nprobability = 0.1\nkind = \"lost-reply\"\n[[fault]]\nprobability = 0.1\nkind = \"html\"\n\
    [[fault]]\nprobability = 0.1\nkind = \"truncated\"\n[[fault]]\nprobability = 0.1\nkind = \"status\"\n\
    [[fault]]\nprobability = 0.1\nkind = \"reset\"\n[[fault]]\nprobability = 0.05\nkind = \"throttle\"\n\
    [[fault]]\naction = \"CreateProduct\"\nprobability = 0.1\nkind = \"warnings\"\n";

#[test]
fn no_key_and_no_signature_is_anywhere_after_a_bad_night() {
    let mut market = Market::open(BAD_NIGHT);
    let desk = Desk::at(&market);
    let lines: Vec<String> = (0..20).map(|at| format!("P{at}: S{at}-1+1 S{at}-2")).collect();
    desk.write_sheet(&lines.join("\n"));
    let reports = ["--report", "report.jsonl", "--report", "report.csv", "--report", "report.xlsx"];
    let words =
        [&["import", "sheet.csv", "--shop", SHOP, "-v", "--log", "night.log", "--on-finish", "env; cat"], &reports[..]]
            .concat();
    let mut child = desk.start(&words);
    let mut seen = BTreeSet::new();
    while child.try_wait().unwrap().is_none() {
        for name in ["cmdline", "environ"] {
            // Where the system shows them; the process may have ended.
            seen.insert(fs::read(format!("/proc/{}/{name}", child.id())).unwrap_or_default());
        }
    }
    desk.run(&["resume", "-v", "--log", "night.log", "--log-format", "json"]);
    market.stop();
    desk.run(&[&words[..], &["--resume-first"]].concat());
    desk.run(&["shop", "test", SHOP, "-v", "--log", "night.log"]);
    desk.run(&["shop", "list"]);
    desk.run(&["import", "sheet.csv", "--shop", SHOP, "--show-settings"]);
    market.start("");
    desk.run(&["resume", "-v", "--log", "night.log"]);
    fs::write(desk.path("seen"), Vec::from_iter(seen).concat()).unwrap();
    assert!(read(&desk, "printed.txt").contains("attempt 2"));
    let of_seller_center = [market.user_id(), market.user_id().replace('@', "%40"), "Signature".to_owned()];
    let of_open_platform =
        [market.sandbox().access_token(), market.sandbox().refresh_token(), "sign="].map(str::to_owned);
    for secret in [&either(of_seller_center, of_open_platform)[..], &[market.key()]].concat() {
        assert_eq!(desk.files_with(&secret), Vec::<std::path::PathBuf>::new(), "{secret}");
    }
}

#[test]
fn every_file_that_is_kept_is_private() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet("P1: A-1+1\nP2: B-1!");
    desk.run(&import(&["--report", "report.csv", "--report", "report.xlsx", "--log", "night.log"]));
    desk.run(&import(&["--dry-run", "--bodies", "bodies"]));
    let mut folders = vec![desk.path("state"), desk.path("bodies")];
    let mut files = vec![desk.path("night.log")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    assert!(files.len() > 5, "{files:?}");
    for path in files {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0, "{}", path.display());
    }
}

#[test]
fn a_key_that_others_can_read_is_refused_wherever_it_is() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    let open = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    let add = |name: &str| add_shop(&market, &desk, name, &["--key-file", "key"]);
    let names = either(&["key"][..], &["key", "token"]);
    for name in names {
        desk.write_private("key", &market.key());
        desk.write_private("token", market.sandbox().access_token());
        open(&desk.path(name));
        let shop = format!("{name}-is-open");
        let outcome = add_shop_kept(&market, &desk, &shop, &["--key-file", "key"]);
        ends(&outcome, 4);
        let told = format!("other users can read it\n  help: chmod 600 {name}");
        assert!(outcome.stderr.contains(&told), "{}", outcome.stderr);
    }
    desk.write_private("key", &market.key());
    for (shop, name) in ["second", "third"].into_iter().zip(names) {
        ends(&add(shop), 0);
        open(&desk.path("state/shops").join(shop).join(name));
        ends(&desk.run(&["shop", "test", shop]), 4);
    }
    let typed = either(["--user-id", "u", "--api-key", "k"], ["--app-key", "u", "--app-secret", "k"]);
    ends(&desk.run(&[&["shop", "add", "fourth", "--country", "sg"][..], &typed].concat()), 2);
    assert_eq!(market.calls(), 0);
}

#[test]
fn a_key_in_the_environment_or_a_settings_file_is_refused_and_not_shown() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    let output = desk.command(&["shop", "list"]).env("SKULOAD_API_KEY", "canary").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("canary"));
    set(&desk, "api-key = \"canary\"");
    let outcome = desk.run(&["shop", "list"]);
    ends(&outcome, 3);
    assert!(!outcome.stderr.contains("canary"), "{}", outcome.stderr);
}

#[test]
fn a_renewed_key_takes_the_place_of_the_old_one() {
    let market = Market::open("");
    let desk = Desk::with_key(&market, "old");
    ends(&desk.run(&["shop", "test", SHOP]), 4);
    desk.write_private("key", &market.key());
    ends(&add_shop(&market, &desk, SHOP, &["--key-file", "key"]), 2);
    let url = market.url();
    let another = either(
        &["--user-id", "another", "--key-file", "key"][..],
        &["--api", "open-platform", "--app-key", "another", "--secret-file", "key"],
    );
    ends(&desk.run(&[&["shop", "add", SHOP, "--url", &url, "--replace-key"], another].concat()), 2);
    ends(&add_shop(&market, &desk, SHOP, &["--key-file", "key", "--replace-key"]), 0);
    ends(&desk.run(&["shop", "test", SHOP]), 0);
}

/// Adds a shop, or changes its key, with these words about the key. Beside a secret there is a token.
fn add_shop(market: &Market, desk: &Desk, name: &str, words: &[&str]) -> Outcome {
    desk.write_private("token", market.sandbox().access_token());
    let outcome = add_shop_kept(market, desk, name, words);
    fs::remove_file(desk.path("token")).unwrap();
    outcome
}

/// The same with the token that lies there.
fn add_shop_kept(market: &Market, desk: &Desk, name: &str, words: &[&str]) -> Outcome {
    let (url, account) = (market.url(), account_words(market));
    let mut all: Vec<String> = ["shop", "add", name, "--url", &url].map(str::to_owned).to_vec();
    all.extend(account);
    all.extend(words.iter().map(|word| word.replace("--key-", either("--key-", "--secret-"))));
    all.extend(either(vec![], vec!["--token-file".to_owned(), "token".to_owned()]));
    desk.run(&all.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Where only the tests look: what prints the key.
fn vault(key: &str) -> (TempDir, String) {
    let vault = TempDir::new().unwrap();
    fs::write(vault.path().join("key"), key).unwrap();
    let command = format!("cat {}", vault.path().join("key").display());
    (vault, command)
}

#[test]
fn a_key_that_a_command_prints_is_kept_and_shown_nowhere() {
    let market = Market::open("[[fault]]\naction = \"CreateProduct\"\nnth = [1]\nkind = \"lost-reply\"\n");
    let desk = Desk::with_key(&market, "wrong");
    let (vault, command) = vault(&format!("{}\nuser: me\n", market.key()));
    let words = ["--key-command", &command, "--replace-key"];
    ends(&add_shop(&market, &desk, SHOP, &words), 0);
    ends(&desk.run(&["shop", "test", SHOP, "-v"]), 0);
    desk.write_sheet("A: A-1+1 A-2\nB: B-1");
    ends(&desk.run(&import(&["-v", "--log", "run.log"])), 0);
    let shop = desk.path("state/shops").join(SHOP);
    assert!(!shop.join("key").exists());
    assert!(fs::read_to_string(shop.join("shop.toml")).unwrap().contains("key-command"));
    for secret in
        [market.key().as_str(), either("Signature=", "sign="), either("UserID=", market.sandbox().access_token())]
    {
        assert_eq!(desk.files_with(secret), Vec::<PathBuf>::new());
    }
    // The key changes, and nothing has to be told.
    fs::write(vault.path().join("key"), "another").unwrap();
    ends(&desk.run(&["shop", "test", SHOP]), 4);
    // A kept key takes its place again.
    desk.write_private("key", &market.key());
    ends(&add_shop(&market, &desk, SHOP, &["--key-file", "key", "--replace-key"]), 0);
    ends(&desk.run(&["shop", "test", SHOP]), 0);
    assert!(!fs::read_to_string(shop.join("shop.toml")).unwrap().contains("key-command"));
}

#[test]
fn a_command_that_gives_no_key_ends_with_4_and_nothing_of_it_is_shown() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    let refused = "echo canary; echo canary >&2; test -e open";
    let outcome = add_shop(&market, &desk, "second", &["--key-command", refused]);
    ends(&outcome, 4);
    let told = either(
        "the key command of --key-command gives no key: it failed (exit status: 1)\n  help: ",
        "the secret command of --secret-command gives no secret: it failed (exit status: 1)\n  help: ",
    );
    assert!(outcome.stderr.contains(told) && !outcome.stderr.contains("canary"), "{}", outcome.stderr);
    assert!(!desk.path("state/shops/second").exists());
    fs::write(desk.path("open"), "").unwrap();
    ends(&add_shop(&market, &desk, "second", &["--key-command", refused]), 0);
    fs::remove_file(desk.path("open")).unwrap();
    desk.write_sheet("A: A-1");
    let shop = desk.path("state/shops/second/shop.toml");
    for words in [&["shop", "test", "second"][..], &["import", "sheet.csv", "--shop", "second", "-v"]] {
        let outcome = desk.run(words);
        ends(&outcome, 4);
        assert!(outcome.stderr.contains(shop.to_str().unwrap()), "{}", outcome.stderr);
    }
    for (command, why) in [("true", "is empty"), ("echo two words", "has more than one word")] {
        let why = format!("the {} {why}", either("key", "secret"));
        let outcome = add_shop(&market, &desk, "third", &["--key-command", command]);
        ends(&outcome, 4);
        assert!(outcome.stderr.contains(&why), "{}", outcome.stderr);
    }
    assert_eq!(desk.files_with("canary"), [shop]);
    assert_eq!(market.calls(), 0);
    ends(&add_shop(&market, &desk, "third", &["--key-command", "true", "--key-stdin"]), 2);
}

#[test]
fn a_command_that_others_could_put_there_is_not_run() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    let (_vault, command) = vault(&market.key());
    ends(&add_shop(&market, &desk, "second", &["--key-command", &command]), 0);
    let shop = desk.path("state/shops/second/shop.toml");
    let mode = |mode| fs::set_permissions(&shop, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o620);
    let outcome = desk.run(&["shop", "test", "second"]);
    ends(&outcome, 4);
    assert!(outcome.stderr.contains("other users can change it"), "{}", outcome.stderr);
    mode(0o600);
    ends(&desk.run(&["shop", "test", "second"]), 0);
}

#[test]
fn a_shop_that_was_added_without_a_country_can_be_told_it() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet(GOOD);
    for command in ["check", "import"] {
        let hinted = desk.run(&[command, "sheet.csv", "--shop", SHOP]);
        let hint = "the shop was added without a country, so rules that depend on one were left out (tell it with: \
            skuload shop set stall --country CC --config ";
        assert!(hinted.exit == 0 && hinted.stderr.contains(hint), "{hinted:?}");
    }
    ends(&desk.run(&["shop", "set", SHOP, "--country", "xx"]), 2);
    ends(&desk.run(&["shop", "set", "nobody", "--country", "th"]), 3);
    ends(&desk.run(&["shop", "set", SHOP, "--country", "th"]), 0);
    assert!(
        desk.run(&["shop", "list"])
            .stdout
            .starts_with(either("stall  seller-center  th  http://", "stall  open-platform  th  http://",))
    );
    let checked = desk.run(&["check", "sheet.csv", "--shop", SHOP]);
    assert!(checked.exit == 0 && !checked.stderr.contains("country"), "{checked:?}");
    ends(&desk.run(&["shop", "test", SHOP]), 0);
    // A renewed key may bring the country along; what is not told stays.
    desk.write_private("key", &market.key());
    let renew = ["--key-file", "key", "--replace-key"];
    for (more, country) in [(&["--country", "vn"][..], "  vn  "), (&[], "  vn  ")] {
        ends(&add_shop(&market, &desk, SHOP, &[&renew[..], more].concat()), 0);
        assert!(desk.run(&["shop", "list"]).stdout.contains(country));
    }
    // Where the country chose the address, another country is another shop.
    desk.write_private("token", market.sandbox().access_token());
    let account = either(
        &["--user-id", "u", "--key-file", "key"][..],
        &["--api", "open-platform", "--app-key", "u", "--secret-file", "key", "--token-file", "token"],
    );
    ends(&desk.run(&[&["shop", "add", "sgp", "--country", "sg"], account].concat()), 0);
    ends(&desk.run(&["shop", "set", "sgp", "--country", "my"]), 2);
    ends(&desk.run(&["shop", "set", "sgp", "--country", "sg"]), 0);
}

#[test]
fn an_address_is_https_or_this_computer_and_holds_nothing_else() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    for url in [
        "http://api.example.com/",
        "http://127.0.0.1.example.com/",
        "http://localhost@example.com/",
        "https://user:canary@example.com/",
        "https://example.com/?Signature=canary",
        "https://example.com/#canary",
        "ftp://example.com/canary",
        "https:///canary",
        "https://example.com/a canary",
    ] {
        let account = either(
            &["--user-id", "u", "--key-stdin"][..],
            &["--api", "open-platform", "--app-key", "u", "--secret-stdin", "--token-file", "token"],
        );
        let outcome = desk.run(&[&["shop", "add", "other", "--url", url], account].concat());
        ends(&outcome, 2);
        assert!(!outcome.stderr.contains("canary"), "{}", outcome.stderr);
    }
    // An address that was edited later is looked at again.
    let path = desk.path("state/shops/stall/shop.toml");
    let text = fs::read_to_string(&path).unwrap().replace("http://127.0.0.1", "http://api.example.com");
    fs::write(&path, text).unwrap();
    ends(&desk.run(&["shop", "test", SHOP]), 3);
}

// What is wrong with a shop.

#[track_caller]
fn check_shop(desk: &Desk, exit: i32, message: &str, help: &str) {
    let outcome = desk.run(&["shop", "test", SHOP]);
    ends(&outcome, exit);
    let (said, helped) = outcome.stderr.split_once("\n  help: ").unwrap_or_else(|| panic!("{outcome:?}"));
    assert!(said.contains(message), "{said}");
    assert!(helped.contains(help), "{helped}");
    assert!(helped.contains("; then: skuload shop test stall"), "{helped}");
    assert!(!outcome.stderr.contains(either("Signature=", "sign=")), "{}", outcome.stderr);
}

#[track_caller]
fn check_fault(fault: &str, exit: i32, message: &str, help: &str) {
    let market = Market::open(&format!("[[fault]]\n{fault}\n"));
    check_shop(&Desk::at(&market), exit, message, help);
    // A clock that is off is tried once more, with the marketplace's own time.
    let most = if help.contains("clock") { 2 } else { 1 };
    assert!((1..=most).contains(&market.calls()), "{} harmless calls", market.calls());
    assert_eq!(market.writes(), 0);
}

#[test]
fn shop_test_explains_the_clock_the_user_and_the_account() {
    let clock = "OPEN_API_TIMESTAMP_INVALID";
    check_fault("kind = \"error\"\ncode = 3", 7, either("E003", clock), "set this computer's clock");
    check_fault("kind = \"error\"\ncode = 4", 7, either("E004", clock), "set this computer's clock");
    let (message, help) = either(
        ("E007", "copy it again from the seller centre and give it with"),
        ("IncompleteSignature", "copy it again from the app's page at the Open Platform and give it with"),
    );
    check_fault("kind = \"error\"\ncode = 7", 4, message, help);
    let (exit, message, help) = either(
        (4, "E009", "the user is not known in this country's marketplace, is disabled"),
        (7, "InsufficientPermission", "the app may not make this call for this seller"),
    );
    check_fault("kind = \"error\"\ncode = 9", exit, message, help);
    if let Api::SellerCenter = API {
        check_fault("kind = \"error\"\ncode = 8", 7, "E008", "ask seller support");
    } else {
        let code = |code: &str| format!("kind = \"error\"\ncode = \"{code}\"");
        check_fault(&code("SellerNotActive"), 7, "SellerNotActive", "finish its registration in the seller centre");
        check_fault(&code("InvalidAppKey"), 4, "InvalidAppKey", "knows no such app");
        check_fault(&code("AccessTokenExpired"), 4, "AccessTokenExpired", "skuload shop login stall");
    }
    check_fault(
        "kind = \"throttle\"",
        5,
        either("E901", "ApiCallLimit"),
        either("access is switched off", "too many calls"),
    );
    check_fault("kind = \"error\"\ncode = 6", 5, either("E006", "(code 6)"), "trouble of its own");
}

#[test]
fn shop_test_explains_a_wrong_address() {
    let page = "a web page answers instead of the API";
    check_fault("kind = \"html\"", 5, "a web page instead of the API", page);
    // An app has a white-list of addresses.
    let refused = either("something in front of the API refuses", "the app's white-list");
    check_fault("kind = \"status\"\nstatus = 404", 7, "HTTP 404", "there is no API at that address");
    check_fault("kind = \"status\"\nstatus = 403", 7, "HTTP 403", refused);
    check_fault("kind = \"status\"\nstatus = 302", 7, "HTTP 302", "the address leads elsewhere");
    check_fault("kind = \"status\"\nstatus = 503", 5, "503", "trouble of its own");
    let mut market = Market::open("");
    let desk = Desk::at(&market);
    market.stop();
    check_shop(&desk, 5, "nobody answers", "nothing listens there");
}

/// A desk whose shop is at this address.
fn desk_of(url: &str) -> Desk {
    let desk = Desk::at(&Market::open(""));
    let path = desk.path("state/shops/stall/shop.toml");
    let text = fs::read_to_string(&path).unwrap();
    let lines =
        text.lines().map(|line| if line.starts_with("url") { format!("url = \"{url}\"") } else { line.to_owned() });
    fs::write(&path, lines.collect::<Vec<_>>().join("\n")).unwrap();
    desk
}

#[test]
fn a_host_that_does_not_exist_is_told() {
    check_shop(&desk_of("https://no-such-host.invalid/"), 5, "nobody answers", "look at the shop's country or address");
}

/// Serves every connection in a thread, counting them.
fn serve(each: impl Fn(TcpStream) + Send + Sync + 'static) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            counted.fetch_add(1, Ordering::SeqCst);
            each(stream);
        }
    });
    (port, count)
}

#[test]
fn a_signed_call_is_not_sent_on_to_another_host() {
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let (elsewhere, taken) = serve(drop);
        let (port, asked) = serve(move |mut stream| {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            assert!(lines.any(|line| line.is_empty()));
            write!(stream, "HTTP/1.1 {status}\r\nLocation: http://127.0.0.1:{elsewhere}/\r\nContent-Length: 0\r\n\r\n")
                .unwrap();
        });
        check_shop(
            &desk_of(&format!("http://127.0.0.1:{port}/")),
            7,
            "redirects are not followed",
            either("give the address that it leads to", "address"),
        );
        assert_eq!((asked.load(Ordering::SeqCst), taken.load(Ordering::SeqCst)), (1, 0), "{status}");
    }
}

#[test]
fn a_server_that_vouches_for_itself_is_refused() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap());
    let read = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&read);
    let (port, asked) = serve(move |mut stream| {
        let mut session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut request = [0; 4096];
        // The client hangs up in the middle of the handshake.
        let count = rustls::Stream::new(&mut session, &mut stream).read(&mut request).unwrap_or_default();
        seen.fetch_add(count, Ordering::SeqCst);
    });
    let desk = desk_of(&format!("https://localhost:{port}/"));
    check_shop(&desk, 5, "certificate", "the server cannot prove who it is, so nothing was sent to it");
    desk.write_sheet(GOOD);
    ends(&desk.run(&IMPORT), 5);
    assert!(asked.load(Ordering::SeqCst) >= 2);
    assert_eq!(read.load(Ordering::SeqCst), 0, "not a byte of a request arrived");
}

// Where output goes.

#[test]
fn nothing_is_coloured_for_a_file_or_a_dumb_terminal() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet("P1: A-1!");
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb"), ("TERM", "xterm")] {
        let output = desk.command(&["check", "sheet.csv"]).env_remove("NO_COLOR").env(name, value).output().unwrap();
        assert!(!output.stdout.contains(&0x1b) && !output.stderr.contains(&0x1b), "{name}={value}");
    }
    let output = desk.command(&["check", "sheet.csv", "--color", "always"]).env_remove("NO_COLOR").output().unwrap();
    assert!(output.stdout.contains(&0x1b));
}

#[test]
fn a_run_outlives_the_reader_of_its_result() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet(GOOD);
    let mut command = desk.command(&import(&["--format", "json", "-q", "--log", "night.log", "--on-finish", KEEP]));
    let mut child = command.stdout(Stdio::piped()).stderr(File::create(desk.path("told")).unwrap()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(read(&desk, "told"), "told\n");
    assert_eq!(market.products().len(), 2);
    assert_eq!(finish(&desk)["exit"], 0);
    assert!(read(&desk, "night.log").ends_with(" end exit=0\n"));
}

#[test]
fn foreign_text_does_not_reach_the_terminal_as_it_is() {
    let market = Market::open(
        "[[fault]]\naction = \"CreateProduct\"\nkind = \"error\"\ncode = 8\nmessage = \"\\u001b]52;c;x\\u0007\\u202e\"\n",
    );
    let desk = Desk::at(&market);
    desk.write_sheet(GOOD);
    fs::rename(desk.path("sheet.csv"), desk.path("a\u{1b}[2Jb.csv")).unwrap();
    for words in [
        &["import", "a\u{1b}[2Jb.csv", "--shop", SHOP, "-v", "--log", "night.log"][..],
        &["runs"],
        &["check", "a\u{1b}[2Jb.csv"],
    ] {
        let outcome = desk.run(words);
        for text in [&outcome.stdout, &outcome.stderr] {
            assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text:?}");
        }
    }
    assert!(!read(&desk, "night.log").contains(['\u{1b}', '\u{7}', '\u{202e}']));
}

/// What a marketplace and the gateways before it may say of a call: its parameters in several ways, and parts of them.
fn echo(target: &str, user: &str, signature: &str) -> String {
    let encoded = |text: &str| text.replace('%', "%25").replace('&', "%26").replace('=', "%3D").replace('@', "%40");
    let decoded = target.replace("%40", "@");
    let forms = [target, &decoded, &encoded(target), &encoded(&encoded(target)), &target.to_uppercase()];
    let parts = [user.to_uppercase(), encoded(user), signature.to_uppercase(), format!("Signature: {signature}")];
    forms.into_iter().map(str::to_owned).chain(parts).collect::<Vec<_>>().join(" or ")
}

/// What a marketplace says to the next call, where it echoes that; so many creates came before.
fn reply(call: &str, creates: Option<usize>, echo: &str) -> (&'static str, String) {
    match creates {
        Some(3) => return ("200 OK", format!("<html><title>Log in</title><p>{}</p></html>", escaped(echo))),
        Some(4) => return ("404 Not Found", format!("<html>{}</html>", escaped(echo))),
        _ => {}
    }
    let body = match API {
        Api::SellerCenter => reply_of_seller_center(call, creates, &escaped(echo)),
        Api::OpenPlatform => {
            let error =
                |code: &str| json!({"code": code, "message": echo, "detail": [{"field": echo, "message": echo}]});
            let told = match creates {
                None if call.contains("/products/get") => {
                    json!({"code": "0", "data": {"products": [], "total_products": 0}})
                }
                None | Some(1) => error(echo),
                Some(0) => error("500"),
                Some(2) => {
                    json!({"code": "0", "data": {"item_id": 1, "sku_list": [], "warnings": [{"message": echo}]}})
                }
                Some(_) => json!({"code": "IncompleteSignature", "message": echo}),
            };
            told.to_string()
        }
    };
    ("200 OK", body)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn reply_of_seller_center(call: &str, creates: Option<usize>, echo: &str) -> String {
    let success = |action: &str, body: &str| {
        format!(
            "<SuccessResponse><Head><RequestId>1</RequestId><RequestAction>{action}</RequestAction></Head>\
             <Body>{body}</Body></SuccessResponse>"
        )
    };
    let error = |code: &str, message: &str, details: &str| {
        format!(
            "<ErrorResponse><Head><ErrorCode>{code}</ErrorCode><ErrorMessage>{message}</ErrorMessage></Head>\
             <Body><Errors>{details}</Errors></Body></ErrorResponse>"
        )
    };
    let detail = format!("<ErrorDetail><Field>{echo}</Field><Message>{echo}</Message></ErrorDetail>");
    match creates {
        None if call.contains("Action=GetProducts") => success("GetProducts", "<Products/>"),
        None => error(echo, echo, ""),
        Some(0) => error("500", echo, &detail),
        Some(1) => error(echo, echo, &detail),
        Some(2) => success("CreateProduct", &format!("<Warnings><W>{echo}</W></Warnings>")),
        Some(_) => error("7", echo, ""),
    }
}

/// One whole request; its target, with the parameters of its body but for the payload.
fn target(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        head.push(line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let target = head.first()?.split(' ').nth(1)?;
    let body = String::from_utf8(body).ok()?;
    let params: Vec<&str> = match API {
        Api::SellerCenter => Vec::new(),
        Api::OpenPlatform => body.split('&').filter(|pair| !pair.starts_with("payload=")).collect(),
    };
    let params = params.join("&");
    Some(if params.is_empty() { target.to_owned() } else { format!("{target}?{params}") })
}

#[test]
fn what_a_marketplace_echoes_of_a_call_is_kept_and_shown_without_user_and_signature() {
    let market = Market::open("");
    let user = either(market.user_id(), market.sandbox().access_token().to_owned());
    let signatures = Arc::new(Mutex::new(Vec::new()));
    let (said, echoed) = (Arc::clone(&signatures), user.clone());
    let creates = AtomicUsize::new(0);
    let (port, _) = serve(move |mut stream| {
        let Some(target) = target(&stream) else { return };
        let signed = either("Signature=", "&sign=");
        let signature = target.split(signed).nth(1).unwrap().split('&').next().unwrap().to_owned();
        let echo = echo(&target, &echoed, &signature);
        said.lock().unwrap().push(signature);
        let is_create = target.contains(either("Action=CreateProduct", "/product/create"));
        let before = is_create.then(|| creates.fetch_add(1, Ordering::SeqCst));
        let (status, body) = reply(&target, before, &echo);
        let length = body.len();
        write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").unwrap();
    });
    let desk = Desk::toward(&market, &format!("http://127.0.0.1:{port}/"), &market.key());
    let lines: Vec<String> = (0..9).map(|at| format!("P{at}: S{at}")).collect();
    desk.write_sheet(&lines.join("\n"));
    let reports = ["--report", "report.csv", "--concurrency", "1"];
    let outcome = desk.run(&[&import(&["-v", "--log", "night.log"]), &reports[..]].concat());
    ends(&outcome, 4);
    desk.run(&["resume", "--format", "json", "--log", "night.log", "--log-format", "json"]);
    desk.run(&["shop", "test", SHOP, "-v"]);
    assert!(desk.told().contains(either("Action=CreateProduct", "/product/create")), "{}", desk.told());
    let user = [user.clone(), user.replace('@', "%40"), user.replace('@', "%2540"), user.to_uppercase()];
    let signatures = signatures.lock().unwrap().clone();
    assert!(signatures.len() >= 8, "{signatures:?}");
    let upper: Vec<String> = signatures.iter().map(|signature| signature.to_uppercase()).collect();
    for secret in signatures.iter().chain(&upper).chain(&user).chain([&market.key()]) {
        assert_eq!(desk.files_with(secret), Vec::<PathBuf>::new(), "{secret}");
    }
}

// Waiting.

/// What a run of thirty products tells of its waits.
fn waits(faults: &str, more: &[&str], exit: i32) -> Vec<String> {
    let market = Market::open(faults);
    let desk = Desk::at(&market);
    let lines: Vec<String> = (1..=30).map(|at| format!("M{at}: S{at}")).collect();
    desk.write_sheet(&lines.join("\n"));
    let outcome = desk.run(&[&IMPORT[..], more].concat());
    ends(&outcome, exit);
    let is_wait = |line: &&str| ["waiting", "trying again", "\"trouble\""].iter().any(|word| line.contains(word));
    let text = outcome.stdout + &outcome.stderr;
    text.lines().filter(is_wait).map(str::to_owned).collect()
}

/// From the fifth call on it is out of order.
const OUT_OF_ORDER: &str = "[[fault]]\nfrom = 5\nkind = \"status\"\nstatus = 503";

#[test]
fn trouble_is_told_once_when_it_begins() {
    let said = waits(OUT_OF_ORDER, &[], 5);
    let text = "the marketplace is in trouble; trying again for up to 2 s: no sound reply: HTTP status 503";
    assert_eq!(said, [text]);
    assert_eq!(waits(OUT_OF_ORDER, &["-q"], 5), [""; 0]);
    let said = waits(OUT_OF_ORDER, &["--format", "json", "--log", "night.log"], 5);
    let [line] = said.try_into().unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["kind"], &line["reason"]), (&"trouble".into(), &text.into()));
    assert!(line["patience"].as_f64().is_some_and(|seconds| (1.0..=2.0).contains(&seconds)), "{line}");
}

#[test]
fn throttling_is_told_once_and_not_at_every_request() {
    let throttle = "[[fault]]\naction = \"CreateProduct\"\nnth = [3, 5, 6, 9, 14]\nkind = \"throttle\"";
    let said = waits(throttle, &[], 0);
    assert!(
        said.len() == 1 && said[0].starts_with("waiting 0.") && said[0].contains(either("E901", "ApiCallLimit")),
        "{said:?}"
    );
}
