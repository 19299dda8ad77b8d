//! What is kept of runs: continuing them by shop or all, tidying up, waiting for each other, who did it, and that
//! nobody else can read it.
#![cfg(all(unix, feature = "cli", feature = "sandbox", feature = "import"))]

mod support;

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use serde_json::Value;
use support::{Desk, IMPORT, Market};

/// Twelve products with a picture each.
fn lines() -> String {
    (0..12).map(|at| format!("P{at}: P{at}-1+1")).collect::<Vec<_>>().join("\n")
}

/// Each create takes its time, so that there is a middle.
const SLOW: &str =
    "[[fault]]\naction = \"CreateProduct\"\nprobability = 1.0\ntimes = 6\nkind = \"slow\"\nseconds = 0.2";

const SECOND: [&str; 6] = ["import", "sheet.csv", "--shop", "second", "--report", "second.jsonl"];

fn wait_for(market: &Market, calls: u64, child: &mut Child) {
    while market.calls() < calls && child.try_wait().unwrap().is_none() {}
}

/// Kills an import when a few calls have arrived.
fn cut_off(market: &Market, desk: &Desk, args: &[&str]) {
    let mut import = desk.start(args);
    wait_for(market, 4, &mut import);
    import.kill().unwrap();
    import.wait().unwrap();
}

/// Adds a second shop to a desk.
fn add_second(desk: &Desk, market: &Market) {
    desk.add_shop(market, "second", &market.url(), &market.key());
}

/// `runs list` for machines.
fn listed(desk: &Desk) -> Vec<Value> {
    let listed = desk.run(&["runs", "list", "--format", "json"]);
    assert_eq!(listed.exit, 0, "{listed:?}");
    listed.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn all_unfinished_runs_go_on_and_one_shops_trouble_is_its_own() {
    let folder = tempfile::TempDir::new().unwrap();
    let (first, mut second) = (Market::open(SLOW), Market::kept(SLOW, folder.path()));
    let desk = Desk::at(&first);
    add_second(&desk, &second);
    desk.write_sheet(&lines());
    cut_off(&second, &desk, &SECOND);
    cut_off(&first, &desk, &IMPORT);
    let many = desk.run(&["resume"]);
    assert_eq!(many.exit, 2, "{many:?}");
    assert!(many.stderr.contains("2 unfinished runs") && many.stderr.contains("skuload resume --all"), "{many:?}");
    second.stop();
    let names: Vec<String> = listed(&desk).iter().map(|run| run["run"].as_str().unwrap().to_owned()).collect();
    let all = desk.run(&["resume", "--all", "--format", "json", "--log", "all.log", "--log-format", "json"]);
    assert_eq!((all.exit, first.created().len()), (5, 12), "{all:?}");
    assert!(all.stderr.contains("nobody answers"), "{all:?}");
    expect_labels(&desk, &names, &all.stdout);
    second.start("");
    assert_eq!(desk.run(&["resume", "--shop", "nobody"]).exit, 3);
    let none = desk.run(&["resume", "--shop", support::SHOP]);
    assert_eq!(none.exit, 0);
    assert!(none.stderr.contains("no unfinished run of the shop `stall`"), "{none:?}");
    let one = desk.run(&["resume", "--shop", "second"]);
    assert_eq!(one.exit, 0, "{one:?}");
    assert!(desk.run(&["resume", "--all"]).stderr.contains("there is no unfinished run"));
    for run in listed(&desk) {
        assert_eq!((&run["standing"], &run["verdicts"]["created"]), (&"finished".into(), &12.into()), "{run}");
    }
}

/// What is printed and logged of the runs of both shops says which it is about.
#[track_caller]
fn expect_labels(desk: &Desk, names: &[String], printed: &str) {
    let [of_second, of_first] = names else { panic!("{names:?}") };
    let lines = |text: &str| -> Vec<Value> { text.lines().map(|line| serde_json::from_str(line).unwrap()).collect() };
    let summaries: Vec<Value> = lines(printed).into_iter().filter(|line| line["kind"] == "summary").collect();
    let runs: Vec<&Value> = summaries.iter().map(|line| &line["run"]).collect();
    assert_eq!(runs, [of_second.as_str(), of_first.as_str()]);
    let logged = lines(&fs::read_to_string(desk.path("all.log")).unwrap());
    for line in &logged {
        let run = match line["kind"].as_str().unwrap() {
            "start" | "end" => None,
            "run" if line["shop"] == "second" => Some(of_second),
            "run" => Some(of_first),
            "failure" | "stop" => Some(of_second),
            _ => continue,
        };
        assert_eq!(line["run"].as_str(), run.map(String::as_str), "{line}");
    }
    for kind in ["start", "run", "failure", "stop", "end"] {
        assert!(logged.iter().any(|line| line["kind"] == kind), "{kind}: {logged:?}");
    }
}

/// A shop that is gone is the trouble of its own run, and the message says so.
#[test]
fn each_failure_of_several_runs_names_its_run() {
    let (first, second) = (Market::open(SLOW), Market::open(SLOW));
    let desk = Desk::at(&first);
    add_second(&desk, &second);
    desk.write_sheet(&lines());
    cut_off(&second, &desk, &SECOND);
    cut_off(&first, &desk, &IMPORT);
    let of_first = listed(&desk).into_iter().find(|run| run["shop"] == support::SHOP).unwrap()["run"].clone();
    fs::remove_file(desk.path("state/shops/stall/key")).unwrap();
    let all = desk.run(&["resume", "--all", "-q", "--log", "all.log", "--log-format", "json"]);
    let named = format!("error: run {}: ", of_first.as_str().unwrap());
    assert!(all.exit == 4 && all.stderr.contains(&named), "{all:?}");
    let log = fs::read_to_string(desk.path("all.log")).unwrap();
    let failure = log.lines().find(|line| line.contains("\"kind\":\"failure\"")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(failure).unwrap()["run"], of_first);
    assert_eq!(second.created().len(), 12);
}

#[test]
fn what_contradicts_itself_is_refused_before_anything_is_done() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    for args in [
        &["resume", "r", "--all"][..],
        &["resume", "r", "--shop", "stall"],
        &["resume", "--shop", "stall", "--all"],
        &["resume", "--all", "--report", "r.csv"],
        &["import", "sheet.csv", "--shop", "stall", "--dry-run", "--resume-first"],
        &["runs", "prune"],
        &["runs", "prune", "r", "--keep", "1d"],
        &["runs", "prune", "--keep", "90"],
        &["runs", "prune", "--keep", "d"],
        &["runs", "prune", "--keep", "1y"],
        &["runs", "prune", "--keep", "1ป"],
        &["runs", "prune", "--keep", "-1d"],
    ] {
        let refused = desk.run(args);
        assert_eq!(refused.exit, 2, "{args:?}: {refused:?}");
    }
}

#[test]
fn old_finished_runs_are_removed_and_unfinished_ones_never() {
    let market = Market::open(SLOW);
    let desk = Desk::at(&market);
    desk.write_sheet("A: A-1");
    assert_eq!(desk.run(&["import", "sheet.csv", "--sandbox", "--report", "a.csv"]).exit, 0);
    assert_eq!(desk.import("A: A-1").exit, 0);
    desk.write_sheet(&lines());
    cut_off(&market, &desk, &IMPORT);
    let nothing = desk.run(&["runs", "prune", "--keep", "4w"]);
    assert_eq!((nothing.exit, nothing.stdout.as_str(), desk.runs().len()), (0, "", 3), "{nothing:?}");
    let pruned = desk.run(&["runs", "prune", "--keep", "0h"]);
    assert_eq!((pruned.exit, pruned.stdout.lines().count()), (0, 2), "{pruned:?}");
    assert!(pruned.stdout.contains("(sandbox)") && pruned.stderr.contains("2 runs removed"), "{pruned:?}");
    let left = listed(&desk);
    assert_eq!((left.len(), &left[0]["standing"]), (1, &"unfinished".into()));
    assert_eq!(desk.run(&["resume"]).exit, 0);
    assert_eq!(market.created().len(), 13);
}

/// Makes a file look as if it was written so many days ago.
fn age(path: &Path, days: u64) {
    let file = File::options().append(true).open(path).unwrap();
    let modified = file.metadata().unwrap().modified().unwrap();
    file.set_modified(modified - std::time::Duration::from_secs(days * 86_400)).unwrap();
}

#[test]
fn what_nobody_needs_any_more_goes_with_old_runs() {
    let market = Market::open(SLOW);
    let desk = Desk::at(&market);
    let kept = |name: &str, days: u64| {
        let path = desk.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "what was kept").unwrap();
        age(&path, days);
        path
    };
    let jobs = [kept("state/jobs/stall-1.toml", 9), kept("state/jobs/stall-2.toml", 1)];
    let exports = [kept("state/exports/stall-1/read.jsonl", 9), kept("state/exports/stall-2/read.jsonl", 0)];
    let there = || [&jobs[0], &jobs[1], &exports[0], &exports[1]].map(|path| path.exists());
    // An unfinished run may need its job's settings.
    desk.write_sheet(&lines());
    cut_off(&market, &desk, &IMPORT);
    let pruned = desk.run(&["runs", "prune", "--keep", "10d"]);
    assert_eq!((pruned.exit, there()), (0, [true; 4]), "{pruned:?}");
    let pruned = desk.run(&["runs", "prune", "--keep", "7d"]);
    assert_eq!((pruned.exit, there()), (0, [true, true, false, true]), "{pruned:?}");
    assert!(pruned.stderr.contains("1 broken-off export removed too"), "{pruned:?}");
    assert_eq!(desk.run(&["resume"]).exit, 0);
    let pruned = desk.run(&["runs", "prune", "--keep", "7d"]);
    assert_eq!((pruned.exit, there()), (0, [false, true, false, true]), "{pruned:?}");
    assert!(pruned.stderr.contains("1 job's settings and 0 broken-off exports removed too"), "{pruned:?}");
    // What an export may go on with stays for a day.
    let pruned = desk.run(&["runs", "prune", "--keep", "0h"]);
    assert_eq!((pruned.exit, there()), (0, [false, false, false, true]), "{pruned:?}");
}

#[test]
fn a_run_that_was_killed_before_it_began_is_in_nobodys_way() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    let folder = desk.path("state/runs/20260101-000000-dead");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("journal.sqlite"), "").unwrap();
    assert_eq!(listed(&desk), [Value::Null; 0]);
    assert_eq!((desk.run(&["resume"]).exit, desk.run(&["resume", "--all"]).exit), (0, 0));
    assert_eq!(desk.run(&["runs", "prune", "20260101-000000-dead"]).exit, 0);
    assert!(!folder.exists());
}

#[test]
fn a_sheet_that_was_imported_before_is_a_warning() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    let first = desk.import("A: A-1");
    assert!(first.exit == 0 && !first.stderr.contains("warning: "), "{first:?}");
    let [run] = desk.runs().try_into().unwrap();
    let again = desk.import("A: A-1");
    assert_eq!((again.exit, desk.told().as_str()), (0, "A-1 exists kept x0 it was in the shop before this run"));
    let warning = format!("warning: the run {run} of 20");
    assert_eq!(again.stderr.matches(&warning).count(), 1, "{again:?}");
    let other = desk.import("A: A-1\nB: B-1");
    assert!(other.exit == 0 && !other.stderr.contains("warning: "), "{other:?}");
}

#[test]
fn a_sheet_of_which_only_a_part_was_imported_is_none() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet("A: A-1\nB: B-1");
    for part in [&["--first", "1"][..], &["--only", "A-1"], &[]] {
        let outcome = desk.run(&[&IMPORT[..], part].concat());
        assert!(outcome.exit == 0 && !outcome.stderr.contains("this very sheet"), "{part:?}: {outcome:?}");
    }
}

#[test]
fn reports_that_could_not_be_written_stand_in_nobodys_way() {
    let market = Market::open(SLOW);
    let desk = Desk::at(&market);
    add_second(&desk, &market);
    desk.write_sheet("A: A-1");
    // The folder of the report goes away while the run is at work.
    fs::create_dir(desk.path("usb")).unwrap();
    let mut import = desk.start(&["import", "sheet.csv", "--shop", "second", "--report", "usb/report.csv"]);
    wait_for(&market, 1, &mut import);
    fs::remove_dir_all(desk.path("usb")).unwrap();
    assert_eq!(import.wait().unwrap().code(), Some(9));
    let [run] = listed(&desk).try_into().unwrap();
    assert_eq!((&run["standing"], &run["lacks_report"]), (&"finished".into(), &true.into()));
    assert!(desk.run(&["runs", "list"]).stdout.contains("  not reported  "));
    desk.write_sheet(&lines());
    cut_off(&market, &desk, &IMPORT);
    let resumed = desk.run(&["resume"]);
    assert_eq!(resumed.exit, 0, "only one of them has something to send: {resumed:?}");
    assert_eq!(desk.run(&["resume"]).exit, 9);
    fs::create_dir(desk.path("usb")).unwrap();
    assert_eq!(desk.run(&["resume"]).exit, 0);
    assert!(desk.path("usb/report.csv").exists());
}

#[test]
fn an_import_waits_for_its_turn_where_it_is_asked_to() {
    let market = Market::open(SLOW);
    let desk = Desk::at(&market);
    desk.write_sheet(&lines());
    let mut first = desk.start(&IMPORT);
    wait_for(&market, 3, &mut first);
    let second = desk.run(&["import", "sheet.csv", "--shop", support::SHOP, "--report", "b.jsonl", "--wait-lock"]);
    assert_eq!((first.wait().unwrap().code(), second.exit), (Some(0), 0), "{second:?}");
    let waits = "another run is sending to the shop `stall`; waiting until it has ended";
    assert_eq!(second.stderr.matches(waits).count(), 1, "{second:?}");
    assert_eq!(market.created().len(), 12);
    assert!(second.stdout.contains("12 exists"), "{second:?}");
}

#[test]
fn ctrl_c_ends_the_waiting() {
    let market = Market::open(SLOW);
    let desk = Desk::at(&market);
    desk.write_sheet(&lines());
    let mut first = desk.start(&IMPORT);
    wait_for(&market, 3, &mut first);
    let mut second = desk.start(&["resume", &desk.runs()[0], "--wait-lock"]);
    let printed = || fs::read_to_string(desk.path("printed.txt")).unwrap();
    while !printed().contains("waiting until") {
        assert_eq!(second.try_wait().unwrap(), None, "{}", printed());
    }
    // The message comes before the program listens; until then an interrupt ends it as any program.
    while second.try_wait().unwrap().is_none() {
        Command::new("kill").args(["-INT", &second.id().to_string()]).status().unwrap();
    }
    let code = second.wait().unwrap().code();
    assert!(matches!(code, Some(130) | None), "{code:?}");
    assert_eq!(first.wait().unwrap().code(), Some(0));
    assert_eq!(market.created().len(), 12);
}

#[test]
fn a_report_is_the_same_in_every_format_after_a_resumption() {
    let market = Market::open(SLOW);
    let desk = Desk::at(&market);
    desk.write_sheet(&lines());
    let names = ["r.xlsx", "r.csv", "r.jsonl"];
    let reports: Vec<&str> = names.iter().flat_map(|name| ["--report", *name]).collect();
    cut_off(&market, &desk, &[&["import", "sheet.csv", "--shop", support::SHOP][..], &reports].concat());
    // The merchant's own file is not needed any more.
    fs::remove_file(desk.path("sheet.csv")).unwrap();
    assert_eq!(desk.run(&["resume"]).exit, 0);
    let [run] = desk.runs().try_into().unwrap();
    let read = || names.map(|name| fs::read(desk.path(name)).unwrap());
    let first = read();
    assert_eq!(desk.run(&["report", &run]).exit, 0);
    assert!(read() == first);
    let again: Vec<String> = names.iter().map(|name| format!("again-{name}")).collect();
    let reports: Vec<&str> = again.iter().flat_map(|name| ["--report", name]).collect();
    assert_eq!(desk.run(&[&["report", &run][..], &reports].concat()).exit, 0);
    for (name, first) in again.iter().zip(first) {
        assert!(fs::read(desk.path(name)).unwrap() == first, "{name}");
    }
}

#[test]
fn a_run_tells_who_started_it_where_and_with_which_settings() {
    let market = Market::open(SLOW);
    let desk = Desk::at(&market);
    desk.write_sheet(&lines());
    cut_off(&market, &desk, &IMPORT);
    let resumed = desk.command(&["resume", "--concurrency", "2"]).env("USER", "anna").output().unwrap();
    assert_eq!(resumed.status.code(), Some(0));
    let [run] = listed(&desk).try_into().unwrap();
    let [import, resume] = [0, 1].map(|at| run["starts"][at].clone());
    assert_eq!((&import["command"], &resume["command"]), (&"import".into(), &"resume".into()));
    assert!(resume["user"].as_str().unwrap().starts_with("anna, uid "), "{resume}");
    let host = Command::new("uname").arg("-n").output().unwrap().stdout;
    assert_eq!(resume["host"].as_str().unwrap(), String::from_utf8(host).unwrap().trim());
    assert_eq!(resume["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!((&resume["settings"]["concurrency"], &import["settings"]["shop"]), (&"2".into(), &"stall".into()));
    assert_eq!(
        (&import["settings"]["rate"], &import["settings"]["pace.lookup-delays"]),
        (&"500.0".into(), &"[0.01, 0.02]".into())
    );
    assert_eq!((&resume["origins"]["concurrency"], &import["origins"]["shop"]), (&"flag".into(), &"flag".into()));
    assert!(import["origins"]["rate"].as_str().unwrap().ends_with("settings.toml"), "{import}");
    assert_eq!(desk.files_with(&market.key()), Vec::<PathBuf>::new());
}

// --- who can read it ---

/// A command under a mask that hides nothing.
fn open_handed(desk: &Desk, args: &[&str]) -> Command {
    let mut command = Command::new("bash");
    command.args(["-c", "umask 0; exec \"$@\"", "bash", env!("CARGO_BIN_EXE_skuload")]).args(desk.words(args));
    // What asks the tests for more is no setting of the program.
    command.env_remove("REQUIRE_TOOLS").env_remove("SARIF_SCHEMA");
    command
        .current_dir(desk.path(""))
        .stdout(File::create(desk.path("out.txt")).unwrap())
        .stderr(File::create(desk.path("err.txt")).unwrap());
    command
}

/// Every file below a folder, and each folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(below(&path)) } else { found.push(path) }
    }
    found
}

#[track_caller]
fn expect_private(paths: &[PathBuf]) {
    for path in paths {
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
    }
}

#[test]
fn nobody_else_can_read_what_is_kept_even_where_the_mask_hides_nothing() {
    let market = Market::open(SLOW);
    let desk = Desk::at(&market);
    fs::remove_dir_all(desk.path("state")).unwrap();
    desk.add_shop_by(&market, support::SHOP, &market.url(), &market.key(), |words| open_handed(&desk, words));
    desk.write_sheet(&format!("{}\nX: X-1!", lines()));
    let names = ["r.xlsx", "r.csv", "r.jsonl"];
    let reports: Vec<&str> = names.iter().flat_map(|name| ["--report", *name]).collect();
    let mut import = open_handed(&desk, &[&["import", "sheet.csv", "--shop", support::SHOP][..], &reports].concat())
        .spawn()
        .unwrap();
    wait_for(&market, 4, &mut import);
    import.kill().unwrap();
    import.wait().unwrap();
    let kept = below(&desk.path("state"));
    for name in ["journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm", "sheet.csv", "shop.sqlite", "lock"] {
        assert!(kept.iter().any(|path| path.ends_with(name)), "no {name}: {kept:?}");
    }
    expect_private(&kept);
    assert_eq!(open_handed(&desk, &["resume"]).status().unwrap().code(), Some(1));
    expect_private(&below(&desk.path("state")));
    // What was asked for is the user's own: the mask says who may read it.
    for name in [&names[..], &["sheet.to-fix.csv"]].concat() {
        assert_eq!(fs::metadata(desk.path(name)).unwrap().permissions().mode() & 0o777, 0o666, "{name}");
    }
    let sandboxed = ["import", "sheet.csv", "--sandbox", "--report", "s.csv"];
    assert_eq!(open_handed(&desk, &sandboxed).status().unwrap().code(), Some(1));
    expect_private(&below(&desk.path("state")));
}

// --- what to do next ---

#[test]
fn a_run_that_sent_nothing_is_begun_again_and_says_with_which_command() {
    let mut market = Market::open("[[fault]]\naction = \"CreateProduct\"\nkind = \"error\"\ncode = 901");
    let desk = Desk::at(&market);
    let stopped = desk.import("A: A-1");
    let sheet = desk.path("sheet.csv").canonicalize().unwrap();
    let again =
        format!("nothing came into the shop; import the sheet again: skuload import {} --shop stall", sheet.display());
    assert!(stopped.exit == 5 && stopped.stderr.lines().last().unwrap().contains(&again), "{stopped:?}");
    let [run] = desk.runs().try_into().unwrap();
    for (args, exit) in [(&["resume"][..], 0), (&["resume", "--shop", support::SHOP], 0), (&["resume", &run], 2)] {
        let resumed = desk.run(args);
        assert!(resumed.exit == exit && resumed.stderr.contains(&again), "{args:?}: {resumed:?}");
        assert!(resumed.stderr.contains(&run), "{args:?}: {resumed:?}");
    }
    market.stop();
    market.start("");
    assert_eq!(desk.run(&IMPORT).exit, 0);
}

#[test]
fn a_limit_that_lets_nothing_be_sent_is_no_run_to_resume() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet("A: A-1");
    let stopped = desk.run(&[&IMPORT[..], &["--max-requests", "1"]].concat());
    assert!(stopped.exit == 8 && stopped.stderr.lines().last().unwrap().contains(": skuload import "), "{stopped:?}");
    assert_eq!(desk.run(&IMPORT).exit, 0);
}
