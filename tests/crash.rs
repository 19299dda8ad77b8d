//! The program is killed, interrupted and starved at many moments; whatever happens, `resume` brings every product
//! into the shop exactly once, with a true verdict for every row. What the shop has already is changed in the same way
//! (`crash/changes.rs`).
#![cfg(all(unix, feature = "cli", feature = "sandbox", feature = "import"))]

#[path = "crash/changes.rs"]
mod changes;
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::FileExt;
use std::process::{Child, Command};

use skuload::journal::ShopStore;
use support::{Desk, IMPORT, Market, Outcome, SHOP, either};

/// Lost replies, cuts and 5xx, before and after the effect: about one call in seven is struck.
fn faults(seed: u64) -> String {
    let kinds = ["lost-reply", "reset", "truncated", "status", "status\"\neffect = true\nstatus = \"502"];
    let kinds =
        kinds.map(|kind| format!("[[fault]]\nprobability = 0.03\nkind = \"{kind}\"\n").replace("\"502\"", "502"));
    format!("seed = {seed}\n{}", kinds.concat())
}

/// Forty products with a hundred SKUs, all with pictures, some of which the marketplace does not host yet; some are
/// added to others.
fn lines() -> String {
    let product = |at: usize| {
        let elsewhere = if at % 5 == 2 { "w" } else { "" };
        let skus = (1..=1 + at % 4).map(|size| format!(" P{at}-{size}+{elsewhere}{}", 1 + size % (2 + at % 3)));
        let associated = if at % 10 == 9 { format!("<P{}-1", at - 1) } else { String::new() };
        format!("P{at}{associated}:{}", skus.collect::<String>())
    };
    (0..40).map(product).collect::<Vec<_>>().join("\n")
}

/// Waits until so many calls arrived, or the program has ended.
fn wait_for(market: &Market, calls: u64, child: &mut Child) {
    while market.calls() < calls && child.try_wait().unwrap().is_none() {}
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Sends SIGINT, as Ctrl-C does.
fn interrupt(child: &Child) {
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// Goes on until everything has happened: resumes, and imports again where nothing had been sent.
#[track_caller]
fn finish(market: &Market, desk: &Desk) -> Outcome {
    for _ in 0..8 {
        let outcome = desk.run(&["resume"]);
        assert!(matches!(outcome.exit, 0 | 5), "{outcome:?}");
        if outcome.exit == 0 && desk.path("report.jsonl").exists() {
            return outcome;
        }
        if outcome.exit == 0 {
            // It was killed before its first write.
            assert_eq!(market.writes(), 0, "{outcome:?}");
            let outcome = desk.run(&IMPORT);
            assert!(matches!(outcome.exit, 0 | 5), "{outcome:?}");
        }
    }
    panic!("it never ends: {}", desk.told());
}

/// Each product is in the shop once, whole and with its pictures, and each row says so.
#[track_caller]
fn expect_everything_once(market: &Market, desk: &Desk) {
    let mut there: BTreeMap<String, usize> = BTreeMap::new();
    for product in market.shown()["products"].as_array().unwrap() {
        let skus = product["skus"].as_array().unwrap();
        let additions = product["associated_skus"].as_array().unwrap().len() as u64;
        assert_eq!(product["creates"], 1 + additions, "{product}");
        for sku in skus {
            let name = format!("{}+{}", sku["seller_sku"].as_str().unwrap(), sku["images"].as_array().unwrap().len());
            *there.entry(name).or_default() += 1;
        }
    }
    let lines = lines();
    let wanted = lines.lines().flat_map(|line| line.split_once(':').unwrap().1.split_whitespace());
    let wanted: BTreeMap<String, usize> = wanted.map(|sku| (sku.replace("+w", "+"), 1)).collect();
    assert_eq!(there, wanted);
    let rows = desk.report();
    assert_eq!(rows.len(), wanted.len());
    for (place, row) in rows.iter().enumerate() {
        assert_eq!((row["verdict"].as_str(), row["images"].as_str()), (Some("created"), Some("set")), "{row}");
        assert_eq!(row["row"], place as u64 + 2);
    }
    expect_no_key(market, desk);
}

/// The key, tokens and signatures stand in no output, journal or report.
#[track_caller]
fn expect_no_key(market: &Market, desk: &Desk) {
    let sandbox = market.sandbox();
    for secret in
        [market.key().as_str(), sandbox.access_token(), sandbox.refresh_token(), either("Signature=", "sign=")]
    {
        assert_eq!(desk.files_with(secret), Vec::<std::path::PathBuf>::new());
    }
}

/// How slow CreateProduct has become: the pause between two, in milliseconds.
fn pause_between_creates(desk: &Desk) -> f64 {
    let store = ShopStore::open(&desk.path("state/shops").join(SHOP)).unwrap();
    let pace = serde_json::to_value(store.pace().unwrap()).unwrap();
    pace["actions"]["CreateProduct"]["gap"].as_f64().unwrap_or(0.0)
}

#[test]
fn a_program_that_is_killed_leaves_the_pace_that_it_has_learnt_to_the_next_one() {
    const THROTTLED: &str = "[[fault]]\naction = \"CreateProduct\"\nkind = \"throttle\"\nprobability = 1.0\n";
    let mut market = Market::open(THROTTLED);
    let desk = Desk::at(&market);
    desk.write_sheet(&lines());
    let begun = |args: &[&str], creates: u64| {
        let before = market.received("CreateProduct");
        let mut child = desk.start(args);
        while market.received("CreateProduct") < before + creates {
            assert!(child.try_wait().unwrap().is_none(), "it ended before it was slowed");
        }
        kill(child);
        pause_between_creates(&desk)
    };
    // The third one leaves when the first two have been answered. Two milliseconds are what the settings ask for.
    let learnt = begun(&IMPORT, 3);
    assert!(learnt >= 8.0, "{learnt}");
    let later = begun(&["resume"], 2);
    assert!(later >= 2.0 * learnt, "{learnt}, then {later}");
    market.stop();
    market.start("");
    finish(&market, &desk);
    expect_everything_once(&market, &desk);
}

/// Kills an import when so many calls have arrived, and sometimes its resumption too.
fn check_kills(concurrency: &str, moments: &[u64]) {
    for (place, calls) in moments.iter().enumerate() {
        let market = Market::open(&faults(calls * 31 + place as u64));
        let desk = Desk::at(&market);
        desk.write_sheet(&lines());
        let mut import = desk.start(&[&IMPORT[..], &["--concurrency", concurrency, "-v"]].concat());
        wait_for(&market, *calls, &mut import);
        kill(import);
        for more in 0..place as u64 % 3 {
            let before = market.calls();
            let mut resume = desk.start(&["resume", "--concurrency", concurrency, "-v"]);
            wait_for(&market, before + 2 + calls % 7 + more, &mut resume);
            kill(resume);
        }
        finish(&market, &desk);
        expect_everything_once(&market, &desk);
    }
}

#[test]
fn killed_at_any_moment_with_one_request_at_once() {
    check_kills("1", &[1, 2, 3, 5, 12, 23, 37, 45]);
}

#[test]
fn killed_at_any_moment_with_two_requests_at_once() {
    check_kills("2", &[2, 4, 7, 16, 29, 38, 42, 46]);
}

#[test]
fn killed_at_any_moment_with_four_requests_at_once() {
    check_kills("4", &[3, 6, 9, 14, 21, 33, 41, 47]);
}

#[test]
fn killed_at_any_moment_with_sixteen_requests_at_once() {
    check_kills("16", &[2, 8, 11, 17, 26, 36, 43, 48]);
}

/// The import of the sheet, on its way with the fifth call.
fn on_its_way(faults: &str) -> (Market, Desk, Child) {
    let market = Market::open(faults);
    let desk = Desk::at(&market);
    desk.write_sheet(&lines());
    let mut import = desk.start(&IMPORT);
    wait_for(&market, 5, &mut import);
    (market, desk, import)
}

/// From the fifth create on, each takes its time.
const SLOW: &str =
    "[[fault]]\naction = \"CreateProduct\"\nprobability = 1.0\ntimes = 8\nkind = \"slow\"\nseconds = 0.2";

#[test]
fn ctrl_c_ends_in_order_and_resume_goes_on() {
    let (market, desk, mut import) = on_its_way(SLOW);
    interrupt(&import);
    assert_eq!(import.wait().unwrap().code(), Some(130));
    let printed = fs::read_to_string(desk.path("printed.txt")).unwrap();
    assert!(printed.contains("continue with: skuload resume "), "{printed}");
    assert_eq!(printed.matches("stopping: ").count(), 1, "{printed}");
    let rows = desk.report();
    let created = rows.iter().filter(|row| row["verdict"] == "created").count();
    assert_eq!((rows.len(), created), (100, market.created().len()));
    assert!(
        (1..100).contains(&created)
            && desk.told().contains("not-sent pending x0 the run stopped before it: interrupted")
    );
    assert_eq!(desk.run(&["resume"]).exit, 0);
    expect_everything_once(&market, &desk);
}

#[test]
fn ctrl_c_twice_stops_at_once_and_resume_goes_on() {
    let slow = "[[fault]]\naction = \"CreateProduct\"\nnth = [4]\nkind = \"slow\"\nseconds = 1.5";
    let (market, desk, mut import) = on_its_way(slow);
    while import.try_wait().unwrap().is_none() {
        interrupt(&import);
    }
    assert_eq!(import.wait().unwrap().code(), Some(130));
    finish(&market, &desk);
    expect_everything_once(&market, &desk);
}

#[test]
fn an_unfinished_run_is_named_and_goes_first_on_request() {
    let (market, desk, import) = on_its_way(SLOW);
    kill(import);
    let writes = market.writes();
    let refused = desk.run(&IMPORT);
    assert_eq!((refused.exit, market.writes()), (11, writes), "{refused:?}");
    let [run] = desk.runs().try_into().unwrap();
    assert!(refused.stderr.contains(&format!("skuload resume {run}")), "{}", refused.stderr);
    let outcome = desk.run(&[&IMPORT[..], &["--resume-first"]].concat());
    assert_eq!(outcome.exit, 0, "{outcome:?}");
    assert!(desk.told().lines().all(|line| line.contains(" exists kept ")), "{}", desk.told());
    assert_eq!(desk.run(&["report", &run, "--report", "report.jsonl"]).exit, 0);
    expect_everything_once(&market, &desk);
}

#[test]
fn a_second_process_is_refused_while_the_first_one_sends() {
    let (market, desk, mut import) = on_its_way(SLOW);
    for args in [&IMPORT[..], &["resume"]] {
        let refused = desk.run(args);
        assert_eq!(refused.exit, 11, "{refused:?}");
    }
    assert_eq!(import.wait().unwrap().code(), Some(0));
    expect_everything_once(&market, &desk);
}

/// The import under a limit on the size of every file, in KiB; what it printed on standard error.
fn starved(desk: &Desk, limit: usize) -> (Option<i32>, String) {
    let limited = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$@\"");
    let mut command = Command::new("bash");
    command.args(["-c", &limited, "bash", env!("CARGO_BIN_EXE_skuload")]).args(desk.words(&IMPORT));
    // What asks the tests for more is no setting of the program.
    command.env_remove("REQUIRE_TOOLS").env_remove("SARIF_SCHEMA");
    let output = command.current_dir(desk.path("")).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_full_disk_stops_before_the_next_send_and_resume_goes_on() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet(&lines());
    // Enough for the plan, too little for all that happens.
    let (exit, stderr) = starved(&desk, 300);
    assert_eq!(exit, Some(9), "{stderr}");
    let sent = market.received("CreateProduct");
    assert!((1..40).contains(&sent), "{sent}: {stderr}");
    assert!(stderr.contains("the journal cannot be written") && stderr.contains("skuload resume "), "{stderr}");
    finish(&market, &desk);
    expect_everything_once(&market, &desk);
}

#[test]
fn the_disk_may_be_full_at_any_write() {
    let (mut in_the_middle, mut limit) = (0, 56);
    loop {
        let market = Market::open("");
        let desk = Desk::at(&market);
        desk.write_sheet("A: A-1+1 A-2+1\nB<A-1: B-1+2");
        let (exit, stderr) = starved(&desk, limit);
        if exit == Some(0) {
            break;
        }
        assert_eq!(exit, Some(9), "{limit} KiB: {stderr}");
        in_the_middle += u32::from(market.writes() > 0);
        if market.writes() == 0 && desk.path("report.jsonl").exists() {
            // It says that nothing was sent.
            fs::remove_file(desk.path("report.jsonl")).unwrap();
        }
        finish(&market, &desk);
        assert_eq!(market.products(), ["A-1+1 A-2+1 B-1+2"], "{limit} KiB: {stderr}");
        assert!(desk.report().iter().all(|row| row["verdict"] == "created"), "{limit} KiB: {}", desk.told());
        limit += 4;
    }
    assert!(in_the_middle > 3, "{in_the_middle} up to {limit} KiB");
}

#[test]
fn a_torn_journal_comes_to_the_right_end() {
    // A frame of the log is a page and its header.
    const FRAME: u64 = 4096 + 24;
    for (calls, lost) in [(6, 1), (15, FRAME / 2), (22, FRAME), (30, 2 * FRAME), (38, 3 * FRAME), (44, 5 * FRAME + 7)] {
        let market = Market::open(&faults(calls));
        let desk = Desk::at(&market);
        desk.write_sheet(&lines());
        let mut import = desk.start(&IMPORT);
        wait_for(&market, calls, &mut import);
        kill(import);
        let [run] = desk.runs().try_into().unwrap();
        let log =
            fs::File::options().read(true).write(true).open(desk.path(&format!("state/runs/{run}/journal.sqlite-wal")));
        let log = log.unwrap();
        let length = log.metadata().unwrap().len() - lost;
        if calls % 4 == 2 {
            log.write_all_at(&vec![0xa5; usize::try_from(lost).unwrap()], length).unwrap();
        } else {
            log.set_len(length).unwrap();
        }
        finish(&market, &desk);
        expect_everything_once(&market, &desk);
    }
}

#[test]
fn a_shop_store_that_fails_after_the_sending_does_not_lose_the_run() {
    let (market, desk, mut import) = on_its_way(SLOW);
    let store = rusqlite::Connection::open(desk.path("state/shops/stall/shop.sqlite")).unwrap();
    store.execute_batch("DROP TABLE fact").unwrap();
    assert_eq!(import.wait().unwrap().code(), Some(9));
    assert_eq!(desk.runs().len(), 1);
    expect_everything_once(&market, &desk);
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_anything_is_sent() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    desk.write_sheet(&lines());
    fs::create_dir(desk.path("folder.jsonl")).unwrap();
    for report in ["nowhere/report.jsonl", "/proc/report.jsonl", "folder.jsonl"] {
        let outcome = desk.run(&["import", "sheet.csv", "--shop", support::SHOP, "--report", report]);
        assert_eq!(outcome.exit, 9, "{outcome:?}");
        assert!(outcome.stderr.contains(report), "{}", outcome.stderr);
    }
    assert_eq!((market.calls(), desk.runs().len()), (0, 0));
}

#[test]
fn a_report_that_cannot_be_written_at_the_end_loses_nothing() {
    let (market, desk, mut import) = on_its_way(SLOW);
    fs::create_dir(desk.path("report.jsonl")).unwrap();
    assert_eq!(import.wait().unwrap().code(), Some(9));
    fs::remove_dir(desk.path("report.jsonl")).unwrap();
    let writes = market.writes();
    assert_eq!((desk.run(&["resume"]).exit, market.writes()), (0, writes));
    expect_everything_once(&market, &desk);
}

#[test]
fn a_report_is_the_same_every_time() {
    let (market, desk, import) = on_its_way(&faults(5));
    kill(import);
    finish(&market, &desk);
    let first = fs::read(desk.path("report.jsonl")).unwrap();
    let [run] = desk.runs().try_into().unwrap();
    assert_eq!(desk.run(&["report", &run]).exit, 0);
    assert_eq!(fs::read(desk.path("report.jsonl")).unwrap(), first);
    expect_everything_once(&market, &desk);
}
