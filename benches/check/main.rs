//! How fast a sheet is checked, and in how much memory, beside bare reads of the same file in the same run.
//!
//! `cargo bench --bench check` writes sheets of 1,000,000 rows once (CSV and XLSX, the latter with shared and with
//! inline strings), runs the release binary over them as a user would, and the peers beside it, each in a process of
//! its own. It prints seconds, ratios and peak memory. `SKULOAD_BENCH_ROWS=100000` makes the sheets smaller. Ratios
//! are worth comparing between machines, seconds are not; files are in the page cache where they fit.

#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock, the environment, and waits")]
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod peers;
mod sheets;

use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use peers::Peer;
use sheets::{Sheet, categories, folder, sheet};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The program as it is shipped.
const SKULOAD: &str = env!("CARGO_BIN_EXE_skuload");

/// How often each thing is measured, in turn; the median counts.
const ROUNDS: usize = 5;

/// The same for what takes milliseconds.
const SHORT_ROUNDS: usize = 41;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, name, file] = arguments.as_slice()
        && flag == "--peer"
    {
        let peer = Peer::ALL.into_iter().find(|peer| peer.name() == name).ok_or("no such peer")?;
        return peer.read(Path::new(file));
    }
    // `cargo test --all-targets` runs this file too, without the flag that `cargo bench` gives.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let rows = std::env::var("SKULOAD_BENCH_ROWS").map_or(Ok(1_000_000), |rows| rows.parse::<usize>())?;
    println!("{rows} rows of 26 columns, 3 SKUs a product, 1 % of the rows bad; medians of {ROUNDS} rounds in turn");
    let peers = ["csv", "memchr", "calamine", "zlib-rs"].map(|peer| Ok(format!("{peer} {}", version(peer)?)));
    let peers: Vec<String> = peers.into_iter().collect::<Outcome<_>>()?;
    let cores = std::thread::available_parallelism()?;
    println!("skuload {} on {cores} cores, beside {}\n", env!("CARGO_PKG_VERSION"), peers.join(", "));
    println!("{:<46} {:>9} {:>10}  ratio   bar", "", "seconds", "peak MiB");
    csv(rows)?;
    shared(rows)?;
    inline(rows)?;
    small()?;
    bad(rows / 10)?;
    grows(rows)?;
    import(rows)
}

/// What one process took.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    time: Duration,
    /// In KiB.
    peak: u64,
}

impl Cost {
    fn over(self, other: Cost) -> f64 {
        self.time.as_secs_f64() / other.time.as_secs_f64()
    }

    fn print(self, what: &str) {
        println!("{what:<46} {:>9.3} {:>10.1}", self.time.as_secs_f64(), self.peak as f64 / 1024.0);
    }
}

fn csv(rows: usize) -> Outcome<()> {
    let file = sheet(Sheet::Csv, rows)?;
    println!("\nCSV, {} MB", megabytes(&file)?);
    let categories = categories()?;
    let held = || check(&file, &[OsStr::new("--categories"), categories.as_os_str()]);
    let [check, csv, newlines, read, held] = in_turn(
        ROUNDS,
        [
            &|| check(&file, &[]),
            &|| Peer::Csv.command(&file),
            &|| Peer::Newlines.command(&file),
            &|| Peer::Rows.command(&file),
            &held,
        ],
    )?;
    check.print("skuload check --format json");
    csv.print("csv, ByteRecord, bare");
    newlines.print("count of newlines with memchr");
    if let Some(qsv) = qsv(&file)? {
        qsv.print("qsv validate");
    }
    ratio("check beside csv", check.over(csv), 0.9);
    ratio("check beside the count of newlines", check.over(newlines), 6.0);
    peak("peak memory of check", check, 64);
    rest(check, read, rows);
    share("check with --categories, beside it without", held.over(check));
    Ok(())
}

fn shared(rows: usize) -> Outcome<()> {
    let file = sheet(Sheet::Shared, rows)?;
    println!("\nXLSX, shared strings, {} MB", megabytes(&file)?);
    let [check, calamine, inflate, read] = in_turn(
        ROUNDS,
        [&|| check(&file, &[]), &|| Peer::Calamine.command(&file), &|| Peer::Inflate.command(&file), &|| {
            Peer::Rows.command(&file)
        }],
    )?;
    check.print("skuload check --format json");
    calamine.print("calamine, cell by cell, bare");
    inflate.print("its parts unpacked with zlib-rs, bare");
    ratio("check beside calamine", check.over(calamine), 0.3);
    ratio("check beside unpacking", check.over(inflate), 2.0);
    peak("peak memory of check", check, 200);
    rest(check, read, rows);
    Ok(())
}

fn inline(rows: usize) -> Outcome<()> {
    let file = sheet(Sheet::Inline, rows)?;
    println!("\nXLSX, inline strings, {} MB", megabytes(&file)?);
    let [check, inflate, read] =
        in_turn(ROUNDS, [&|| check(&file, &[]), &|| Peer::Inflate.command(&file), &|| Peer::Rows.command(&file)])?;
    check.print("skuload check --format json");
    inflate.print("its parts unpacked with zlib-rs, bare");
    ratio("check beside unpacking", check.over(inflate), 2.0);
    peak("peak memory of check", check, 64);
    rest(check, read, rows);
    Ok(())
}

/// The sample that comes with the program.
fn small() -> Outcome<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/catalogue.xlsx");
    println!("\nthe sample of 180 rows, whole processes, medians of {SHORT_ROUNDS}");
    let version = || {
        let mut command = skuload();
        command.arg("--version");
        Ok(command)
    };
    let [check, version] = in_turn(SHORT_ROUNDS, [&|| check(&file, &[]), &version])?;
    check.print("skuload check --format json");
    version.print("skuload --version");
    ratio("check beside --version", check.over(version), 5.0);
    Ok(())
}

/// Messages cost as well.
fn bad(rows: usize) -> Outcome<()> {
    let (sound, bad) = (sheet(Sheet::Csv, rows)?, sheet(Sheet::BadCsv, rows)?);
    println!("\n{rows} rows of CSV, a finding in each");
    let [sound, bad] = in_turn(ROUNDS, [&|| check(&sound, &[]), &|| check(&bad, &[])])?;
    bad.print("skuload check --format json");
    ratio("beside the sheet with 1 % bad rows", bad.over(sound), 10.0);
    Ok(())
}

/// Ten times the rows: ten times the time, and little memory.
fn grows(rows: usize) -> Outcome<()> {
    let (tenth, whole) = (sheet(Sheet::Csv, rows / 10)?, sheet(Sheet::Csv, rows)?);
    println!("\nCSV, a tenth of the rows");
    let [tenth, whole] = in_turn(ROUNDS, [&|| check(&tenth, &[]), &|| check(&whole, &[])])?;
    tenth.print("skuload check --format json");
    println!("  {:<64} {:>5.2}", "time of ten times the rows, tenth of it beside this", whole.over(tenth) / 10.0);
    let bytes = whole.peak.saturating_sub(tenth.peak) as f64 * 1024.0 / (rows - rows / 10) as f64;
    println!("  {:<64} {bytes:>5.1}", "bytes of memory for each row more");
    Ok(())
}

fn import(rows: usize) -> Outcome<()> {
    let file = sheet(Sheet::Csv, rows)?;
    println!("\nCSV, {} MB", megabytes(&file)?);
    let mut command = skuload();
    command.args(["import", "--dry-run", "--sandbox", "--now", "2026-01-15"]).arg(&file);
    let cost = run(command)?;
    cost.print("skuload import --dry-run --sandbox");
    peak("peak memory", cost, 1536);
    Ok(())
}

/// Where the time goes that reading does not take: what a prototype that checks less would not spend.
fn rest(check: Cost, read: Cost, rows: usize) {
    share("of it, reading the rows and looked at no further", read.over(check));
    let rest = check.time.saturating_sub(read.time).as_secs_f64() * 1e6 / rows as f64;
    println!("  {:<64} {rest:>5.2}", "the rest, microseconds a row: the rules, and rows beside each other");
}

fn ratio(what: &str, ratio: f64, bar: f64) {
    println!("  {what:<64} {ratio:>5.2}  {bar:>4}");
}

fn peak(what: &str, cost: Cost, bar: u64) {
    println!("  {:<64} {:>5.0}  {bar:>4}", format!("{what}, MiB"), cost.peak as f64 / 1024.0);
}

fn share(what: &str, share: f64) {
    println!("  {what:<64} {share:>5.2}");
}

fn megabytes(file: &Path) -> Outcome<u64> {
    Ok(fs::metadata(file)?.len() / 1_000_000)
}

/// `qsv validate`, where it is installed.
fn qsv(file: &Path) -> Outcome<Option<Cost>> {
    let mut command = Command::new("qsv");
    command.arg("validate").arg(file).stdout(Stdio::null()).stderr(Stdio::null());
    match run(command) {
        Ok(cost) => Ok(Some(cost)),
        Err(error) if error.downcast_ref::<std::io::Error>().is_some() => Ok(None),
        Err(error) => Err(error),
    }
}

/// `skuload`, in a folder without settings and without those of the environment.
fn skuload() -> Command {
    let mut command = Command::new(SKULOAD);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SKULOAD_") {
            command.env_remove(name);
        }
    }
    command.env("SKULOAD_STATE_DIR", folder().join("state")).current_dir(folder());
    command
}

/// `skuload check`, on a day on which the sales of the sheet are to come.
fn check(file: &Path, more: &[&OsStr]) -> Outcome<Command> {
    let mut command = skuload();
    command.args(["check", "--format", "json", "--now", "2026-01-15"]).arg(file).args(more);
    Ok(command)
}

/// Runs each of the commands once a round; the medians of their costs.
fn in_turn<const N: usize>(rounds: usize, commands: [&dyn Fn() -> Outcome<Command>; N]) -> Outcome<[Cost; N]> {
    let mut costs = [const { Vec::new() }; N];
    for _ in 0..rounds {
        for (costs, command) in costs.iter_mut().zip(commands) {
            costs.push(run(command()?)?);
        }
    }
    Ok(costs.map(|mut costs| {
        costs.sort_by_key(|cost: &Cost| cost.time);
        Cost { peak: costs.iter().map(|cost| cost.peak).max().unwrap_or_default(), ..costs[costs.len() / 2] }
    }))
}

/// Runs a command to its end. The peak of its memory is the kernel's high-water mark, asked for until the end; zero
/// where there is no `/proc`. Exit code 1 says that some rows have errors, as they should.
fn run(mut command: Command) -> Outcome<Cost> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let mut child = command.spawn()?;
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = 0;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak = high_water(&status).unwrap_or_default().max(peak);
        // Short at first, so that what takes milliseconds is measured by them.
        std::thread::sleep((started.elapsed() / 100).clamp(Duration::from_micros(50), Duration::from_millis(5)));
    };
    let time = started.elapsed();
    if !matches!(status.code(), Some(0 | 1)) {
        return Err(format!("{command:?} ended with {status}").into());
    }
    Ok(Cost { time, peak })
}

/// The version of a crate that this program was built with.
fn version(name: &str) -> Outcome<&'static str> {
    let lock = include_str!("../../Cargo.lock");
    let (_, at) = lock.split_once(&format!("name = \"{name}\"\nversion = \"")).ok_or("Cargo.lock lacks a peer")?;
    Ok(at.split_once('"').map_or(at, |(version, _)| version))
}

fn high_water(status: &Path) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
