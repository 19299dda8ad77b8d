//! The proof of the promise: kill it, cut the line, let the marketplace misbehave; every product is created once, and
//! every row has the true verdict. Each test prints its figure: `cargo test --test soak -- --nocapture`.
//!
//! The goods (`soak/goods.rs`) say what must become of each row. The marketplace is the sandbox, in this process, with
//! ten faults in a hundred calls, and the line brings one create in a hundred late; what it holds at the end is the
//! truth. The checker (`soak/checker.rs`) holds the report of every row against it. The program is killed in two ways:
//!
//! - the real program, by the line between it and the marketplace (`soak/line.rs`), which knows where each call stands;
//! - a small importer that embeds the library (`soak/importer.rs`) and kills itself at an exact point: this test
//!   program, started again.
//!
//! What a shop has already is changed in the same way, with new products beside it and without (`soak/renewal.rs`,
//! which says what must become of each row and holds the report against the shop): by the embedded importer. Importing
//! the same sheet again finds nothing to change then.
//!
//! A checker that finds nothing may be blind, so there is a negative control: the embedded importer with look-ups that
//! see nothing after the baseline. Its wrapper around the transport answers them with an empty shop; the program as it
//! is shipped has no such switch. The checker must find hundreds of misreports then.
//!
//! More of it, from a seed of your own and so many times (each time two stalls of 10,000 products with 200 kills each,
//! and every crash point twenty times; some minutes):
//!
//! ```sh
//! SKULOAD_SOAK=7:3 cargo test --release --test soak a_longer_soak -- --nocapture
//! ```
#![cfg(all(unix, feature = "cli", feature = "sandbox", feature = "import"))]

#[path = "soak/checker.rs"]
mod checker;
#[path = "soak/fused.rs"]
mod fused;
#[path = "soak/goods.rs"]
mod goods;
#[path = "soak/importer.rs"]
mod importer;
#[path = "soak/killed.rs"]
mod killed;
#[path = "soak/line.rs"]
mod line;
#[path = "support/meta.rs"]
mod meta;
#[path = "soak/renewal.rs"]
mod renewal;
#[path = "soak/stall.rs"]
mod stall;
mod support;

use std::fs;
use std::path::PathBuf;
use std::process::{Child, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use importer::Trade;
use killed::Soak;
use line::{Moment, Order};
use rustix::process::{Pid, Signal, kill_process};
use stall::Stall;
use support::{IMPORT, either};

#[expect(clippy::disallowed_methods, reason = "the figures are printed with the time they took")]
fn moment() -> Instant {
    Instant::now()
}

/// What is told of a proof; `cargo test -- --nocapture` shows it.
#[expect(clippy::print_stdout, reason = "the figures are there to be read")]
fn tell(text: &str) {
    println!("{text}");
}

/// The proofs that take the whole machine are made one after the other, so that the time of each is its own.
fn whole_machine() -> MutexGuard<'static, ()> {
    static MACHINE: Mutex<()> = Mutex::new(());
    MACHINE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn ten_thousand_products_killed_at_two_hundred_points_come_once() {
    let _machine = whole_machine();
    let begun = moment();
    // A few kills come too late, the more so on a busy computer: more are ordered than are asked for.
    let soak = Soak { stalls: either(22, 5), products: 500, kills: 11, late: 0.01, seed: 1 };
    let outcome = soak.run(2);
    tell(&format!("R1: {outcome}\n    {:.1} s", begun.elapsed().as_secs_f64()));
    assert_eq!(outcome.deviations.count(), 0, "{outcome}");
    assert!(outcome.kills() >= either(200, 40) && outcome.interrupts() >= either(20, 4), "{outcome}");
}

#[test]
fn a_longer_soak_is_made_on_request() {
    let Some((seed, times)) = asked_for() else { return };
    for seed in seed..seed + times {
        let outcome = Soak { stalls: 2, products: 10_000, kills: 200, late: 0.01, seed }.run(2);
        tell(&format!("seed {seed}: {outcome}"));
        let points = fused::kill_at_every_point(60, 20, seed);
        tell(&format!(
            "seed {seed}, every crash point {} times or more: {}",
            points.fewest(&importer::Point::ALL),
            points.deviations
        ));
        let renewed = [Trade::Updates, Trade::Upserts].map(|trade| {
            let renewed = fused::renew_and_kill_at_every_point(trade, 60, 20, seed);
            let fewest = renewed.fewest(&fused::OF_RENEWAL);
            tell(&format!("seed {seed}, the same of {trade:?} {fewest} times or more: {}", renewed.deviations));
            renewed.deviations.count()
        });
        let created = [&outcome.deviations, &points.deviations].map(|found| found.count());
        assert_eq!((created, renewed), ([0; 2], [0; 2]), "seed {seed}");
    }
}

/// `SEED:TIMES`.
#[expect(clippy::disallowed_methods, reason = "whoever has the time asks for more")]
fn asked_for() -> Option<(u64, u64)> {
    let asked = std::env::var("SKULOAD_SOAK").ok()?;
    let (seed, times) = asked.split_once(':').expect("SKULOAD_SOAK=SEED:TIMES");
    Some((seed.parse().expect("SKULOAD_SOAK=SEED:TIMES"), times.parse().expect("SKULOAD_SOAK=SEED:TIMES")))
}

/// The other half of [`importer`]: without a task it does nothing.
#[test]
fn an_importer_carries_out_its_task() {
    importer::carry_out_task();
}

#[test]
fn killed_at_every_crash_point_twenty_times() {
    let _machine = whole_machine();
    let begun = moment();
    let times = either(20, 4);
    let points = fused::kill_at_every_point(60, times, 1);
    let hits = importer::Point::ALL
        .map(|point| format!("    {:>4} {}\n", points.hits.get(&point).copied().unwrap_or(0), point.told()));
    let seconds = begun.elapsed().as_secs_f64();
    tell(&format!("crash points, {} runs: {}\n{}    {seconds:.1} s", points.stalls, points.deviations, hits.concat()));
    assert_eq!(points.deviations.count(), 0, "{}", points.deviations);
    assert!(points.fewest(&importer::Point::ALL) >= times, "{:?}", points.hits);
}

/// Kills importers that change what the shop has at every point.
fn check_renewal(trade: Trade) {
    let _machine = whole_machine();
    let begun = moment();
    let times = either(2, 1);
    let points = fused::renew_and_kill_at_every_point(trade, 80, times, 1);
    let hits = fused::OF_RENEWAL
        .map(|point| format!("    {:>4} {}\n", points.hits.get(&point).copied().unwrap_or(0), point.told()));
    let (seconds, kills) = (begun.elapsed().as_secs_f64(), points.hits.values().sum::<usize>());
    tell(&format!(
        "{trade:?}, {} stalls of 80 products, {kills} kills: {}\n{}    {seconds:.1} s",
        points.stalls,
        points.deviations,
        hits.concat()
    ));
    assert_eq!(points.deviations.count(), 0, "{}", points.deviations);
    assert!(points.fewest(&fused::OF_RENEWAL) >= times, "{:?}", points.hits);
}

#[test]
fn updates_are_whole_and_truly_reported_whenever_the_program_is_killed() {
    check_renewal(Trade::Updates);
}

#[test]
fn upserts_are_whole_and_truly_reported_whenever_the_program_is_killed() {
    check_renewal(Trade::Upserts);
}

#[test]
fn the_checker_sees_what_comes_of_a_marketplace_that_takes_half_of_what_it_says() {
    let deviations = fused::Fused::renewal(200, Trade::Updates, renewal::lies, 0).finish();
    tell(&format!("200 products, half of each update taken: {deviations}"));
    assert!(deviations.misreported.len() > 50, "{deviations}");
}

#[test]
fn the_checker_sees_what_comes_of_an_importer_that_does_not_look() {
    let _machine = whole_machine();
    let begun = moment();
    let deviations = fused::blinded(either(10, 2), 1_000);
    let seconds = begun.elapsed().as_secs_f64();
    tell(&format!("R2: {} products without reconciliation: {deviations}\n    {seconds:.1} s", either(10, 2) * 1_000));
    assert!(deviations.misreported.len() > either(500, 100), "{deviations}");
}

#[test]
fn look_ups_are_few_where_faults_are_few() {
    let stall = Stall::of(goods::undeleted(2_000), &goods::one_percent(3_000), None);
    // As many looks as there are without settings.
    let settings = fs::read_to_string(stall.desk.path("settings.toml")).unwrap();
    let settings = settings.replace("[0.01, 0.02]", "[0.02, 0.04, 0.08]");
    // A busy computer is no fault of the marketplace.
    let settings = settings.replace("timeout = 1.0", "timeout = 30.0");
    fs::write(stall.desk.path("settings.toml"), settings).unwrap();
    stall.finish();
    let (calls, baseline) = (stall.line.calls(), stall.line.baseline());
    let looks = stall.market.received("GetProducts") - baseline;
    // Faults or no faults, the shop is asked whether it shows the pictures of each SetImages.
    let shown = stall.market.counted()["calls"]["SetImages"]["succeeded"].as_u64().unwrap();
    let looks = looks.saturating_sub(shown);
    let share = 100.0 * looks as f64 / calls as f64;
    tell(&format!(
        "R4: {looks} look-ups of {calls} calls at 1 % faults: {share:.2} % (apart: {baseline} of the baseline, {shown} \
         for the pictures that were set)"
    ));
    assert!(share <= 2.0, "{share}");
    assert_eq!(stall.deviations().count(), 0, "{}", stall.deviations());
}

#[test]
fn calls_keep_to_the_limit_of_the_seller() {
    const RATE: f64 = 20.0;
    let stall = Stall::of(goods::goods(215), "", Some(RATE));
    let outcome = stall.desk.run(&[&IMPORT[..], &["--rate", "20", "--format", "json"]].concat());
    assert_eq!(outcome.exit, 1, "{outcome:?}");
    let throttled = outcome.stdout.matches(either("(code 901)", "(code ApiCallLimit)")).count();
    let most = stall.market.shown()["max_calls_in_10s"].as_f64().unwrap();
    let calls = stall.line.calls();
    tell(&format!("R5: {calls} calls at {RATE} a second: at most {most} in 10 s, {throttled} throttled"));
    assert!(most <= 10.0 * RATE + RATE && throttled == 0, "{outcome:?}");
    // It is a limit, not a brake.
    assert!(most >= 5.0 * RATE, "{most}");
    assert_eq!(stall.deviations().count(), 0, "{}", stall.deviations());
}

/// The temporary files of reports at the desk.
fn unfinished_reports(stall: &Stall) -> Vec<PathBuf> {
    let entries = fs::read_dir(stall.desk.path("")).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(".skuload-")).collect()
}

/// Kills the program when a temporary file of its has so many bytes, or lets it end.
fn kill_while_writing(stall: &Stall, mut child: Child, bytes: u64) -> (bool, ExitStatus) {
    let before = unfinished_reports(stall);
    let is_writing = || {
        let mut new = unfinished_reports(stall).into_iter().filter(|path| !before.contains(path));
        new.any(|path| fs::metadata(path).is_ok_and(|file| file.len() >= bytes))
    };
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (false, status);
        }
        if stall.line.writes() > 0 && is_writing() {
            child.kill().unwrap();
            return (true, child.wait().unwrap());
        }
    }
}

#[test]
fn a_report_is_whole_or_absent_and_the_same_every_time() {
    let stall = Stall::open(400, &goods::ten_percent(8));
    let mut during = 0;
    for bytes in [1, 20_000, 40_000] {
        let (is_killed, _) = kill_while_writing(&stall, stall.start(), bytes);
        during += usize::from(is_killed);
        // The first file in place is the first report: a later one may be the one that was cut.
        if !stall.desk.path("report.jsonl").exists() {
            continue;
        }
        assert_eq!(stall.deviations().count(), 0, "{}", stall.deviations());
    }
    stall.finish();
    assert_eq!(stall.deviations().count(), 0, "{}", stall.deviations());
    let run = stall.run();
    let (mut cut, mut whole) = (0, 0);
    for (name, most) in [("again.jsonl", 300_000), ("again.csv", 100_000), ("again.xlsx", 30_000)] {
        let path = stall.desk.path(name);
        let words = ["report", &run, "--report", name];
        assert!(matches!(stall.desk.run(&words).exit, 0 | 1));
        let first = fs::read(&path).unwrap();
        for part in 0..8 {
            fs::remove_file(&path).unwrap();
            let (is_killed, _) = kill_while_writing(&stall, stall.desk.start(&words), part * most / 8);
            cut += usize::from(is_killed && !path.exists());
            whole += usize::from(path.exists());
            assert!(!path.exists() || fs::read(&path).unwrap() == first, "{name}: a part of a report");
            assert!(matches!(stall.desk.run(&words).exit, 0 | 1));
            assert!(fs::read(&path).unwrap() == first, "{name}: another report");
        }
    }
    let rows: Vec<u64> = stall.desk.report().iter().map(|row| row["row"].as_u64().unwrap()).collect();
    let last = stall.goods.last().unwrap().skus.last().unwrap().row;
    assert_eq!(rows, (2..=last).collect::<Vec<_>>());
    tell(&format!(
        "R8: {} rows, each once, and the same bytes 24 times; C7, C8: {during} kills while a run reported, {cut} while a \
         report was written again (none there), {whole} came too late (all of it there)",
        rows.len()
    ));
    assert!(cut >= 3, "{cut}");
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), signal).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a stopped program misses the time")]
fn pass(duration: Duration) {
    std::thread::sleep(duration);
}

#[test]
fn a_program_that_was_stopped_for_a_while_goes_on_and_nobody_cuts_in() {
    for (seed, moment) in [Moment::Sent, Moment::Done, Moment::Told(0)].into_iter().enumerate() {
        let stall = Stall::open(200, &goods::ten_percent(seed as u64));
        let mut child = stall.start();
        let order = Order { pid: child.id(), signal: Signal::STOP, action: Some("CreateProduct"), call: 60, moment };
        stall.line.order(Some(order));
        let hit = loop {
            if let Some(hit) = stall.line.hit() {
                break hit;
            }
            assert!(child.try_wait().unwrap().is_none(), "it ended before it was stopped");
        };
        let calls = stall.line.calls();
        for args in [&IMPORT[..], &["resume"]] {
            let refused = stall.desk.run(args);
            assert_eq!(refused.exit, 11, "{refused:?}");
        }
        // Longer than a reply may take: what was on its way is late now.
        pass(Duration::from_millis(1_200));
        assert!(stall.line.calls() <= calls + 16, "a stopped program sends nothing");
        signal(&child, Signal::CONT);
        assert!(matches!(child.wait().unwrap().code(), Some(0 | 1 | 5)));
        stall.finish();
        let deviations = stall.deviations();
        tell(&format!("C13: stopped at {hit:?} and continued: {deviations}"));
        assert_eq!(deviations.count(), 0, "{deviations}");
    }
}
