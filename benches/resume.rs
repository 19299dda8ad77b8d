//! How soon a long run goes on: from the start of `skuload resume` to its first call at the marketplace.
//!
//! `cargo bench --bench resume` writes the journal of a run of 1,000,000 rows, half of it done: 333,334 products
//! of 3 SKUs and 10,000 SetImages; and one of a tenth of that. It resumes each as a user would, with and without
//! the run's name, and prints the seconds to the first call and the peak memory up to then. Then it prints how
//! many events a second sixteen writers get into one journal, each waiting until its own is durable.
//!
//! The seconds count from the start of the process, with the files in the page cache.

#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock and the environment")]
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::fs;
use std::io::{Read, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use skuload::column::Choice;
use skuload::dialect::Dialect;
use skuload::journal::{Meta, Runs};
use skuload::plan::{
    CreateProduct, Intent, Plan, PlannedImage, PlannedRequest, PlannedRow, SetImages, SkuImages, Write,
};
use skuload::record::{CategoryId, Image, ImageUrl, Measure, Offer, Package, Price, Product, SellerSku, Sku};
use skuload::sheet::ReadOptions;
use skuload::submit::{Answer, Event, Journal};
use tempfile::TempDir;
use tokio::runtime::Runtime;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The program as it is shipped.
const SKULOAD: &str = env!("CARGO_BIN_EXE_skuload");

const SHOP: &str = "stall";
const RUN: &str = "20260101-000000-long";
const SKUS_PER_PRODUCT: usize = 3;
const SKUS_PER_SET_IMAGES: usize = 100;

/// Requests that were on their way when the run was cut off.
const ON_THEIR_WAY: usize = 4;

/// How often each start is measured.
const ROUNDS: usize = 3;

/// Characters in a description.
const DESCRIPTION: usize = 280;

fn main() -> Outcome<()> {
    // `cargo test --all-targets` runs this file too, without the flag that `cargo bench` gives.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    for rows in [100_000, 1_000_000] {
        measure(rows)?;
    }
    sixteen_writers()
}

fn measure(rows: usize) -> Outcome<()> {
    let desk = TempDir::new()?;
    let market = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/", market.local_addr()?);
    add_shop(desk.path(), &url)?;
    let began = Instant::now();
    write_journal(desk.path(), rows)?;
    let journal = desk.path().join("state/runs").join(RUN).join("journal.sqlite");
    let size = fs::metadata(&journal)?.len() / 1_000_000;
    println!("{rows} rows: a journal of {size} MB, written in {:.1} s", began.elapsed().as_secs_f64());
    for words in [&["resume", RUN][..], &["resume"]] {
        for _ in 0..ROUNDS {
            let first = first_call(desk.path(), words, &market)?;
            println!(
                "  {:<28} first call after {:.2} s ({:.2} s of computing), peak memory {} MB",
                words.join(" "),
                first.seconds,
                first.computing,
                first.memory
            );
        }
    }
    Ok(())
}

fn command(desk: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(SKULOAD);
    command.args(words).arg("--state-dir").arg(desk.join("state")).current_dir(desk);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn add_shop(desk: &Path, url: &str) -> Outcome<()> {
    let words = ["shop", "add", SHOP, "--url", url, "--user-id", "u", "--key-stdin"];
    let mut child = command(desk, &words).stdin(Stdio::piped()).spawn()?;
    child.stdin.take().ok_or("a pipe")?.write_all(b"key")?;
    if child.wait()?.success() { Ok(()) } else { Err("the shop cannot be added".into()) }
}

/// What it took to come to the first call.
struct FirstCall {
    /// Since the start of the program.
    seconds: f64,
    /// Seconds of the processor: what a busy computer does not stretch.
    computing: f64,
    /// Peak memory in MB.
    memory: u64,
}

fn first_call(desk: &Path, words: &[&str], market: &TcpListener) -> Outcome<FirstCall> {
    let began = Instant::now();
    let mut child = command(desk, words).stdin(Stdio::null()).spawn()?;
    let (mut stream, _) = market.accept()?;
    let mut first = [0];
    stream.read_exact(&mut first)?;
    let seconds = began.elapsed().as_secs_f64();
    let (computing, memory) = (computing(child.id()), peak_memory(child.id()));
    child.kill()?;
    child.wait()?;
    // What else was on its way to this listener is not the next one's first call.
    market.set_nonblocking(true)?;
    while market.accept().is_ok() {}
    market.set_nonblocking(false)?;
    Ok(FirstCall { seconds, computing, memory })
}

/// In hundredths of a second, as Linux tells them; zero elsewhere.
fn computing(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

fn peak_memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}

/// The journal of a run of so many rows, cut off in the middle.
fn write_journal(desk: &Path, rows: usize) -> Outcome<()> {
    let runs = Runs::new(&desk.join("state"));
    let mut run = runs.create(meta(RUN, Some(SHOP)))?;
    let plan = plan(rows)?;
    run.store_plan(&plan)?;
    let creates = rows.div_ceil(SKUS_PER_PRODUCT);
    let done = (0..creates / 2).chain(creates..creates + (plan.requests.len() - creates) / 2);
    let events: Vec<Event> = done.flat_map(|request| both(request, &plan)).collect();
    let cut_off = (creates / 2..creates / 2 + ON_THEIR_WAY).map(|request| intent(request, &plan));
    let (journal, ..) = run.into_writer();
    let runtime = Runtime::new()?;
    for chunk in events.chunks(1000) {
        runtime.block_on(journal.append(chunk.to_vec()))?;
    }
    Ok(runtime.block_on(journal.append(cut_off.collect()))?)
}

fn both(request: usize, plan: &Plan) -> [Event; 2] {
    [intent(request, plan), Event::Answered { request, answer: Answer::Done { warnings: Vec::new() } }]
}

fn intent(request: usize, plan: &Plan) -> Event {
    let skus = (0..plan.requests[request].write.skus().len()).collect();
    Event::Intent { request, skus, associated: None, hash: format!("{request:064x}"), action: None, fetches: false }
}

fn meta(run: &str, shop: Option<&str>) -> Meta {
    Meta {
        run: run.to_owned(),
        shop: shop.map(str::to_owned),
        dialect: Dialect::SellerCenter,
        sheet: "long.csv".to_owned(),
        sheet_path: None,
        copy: "sheet.csv".to_owned(),
        sha256: String::new(),
        started: chrono::DateTime::UNIX_EPOCH,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        options: ReadOptions::default(),
        choice: Choice::default(),
        reports: Vec::new(),
        to_fix: None,
        starts: Vec::new(),
    }
}

fn plan(rows: usize) -> Outcome<Plan> {
    let skus: Vec<Sku> = (0..rows).map(sku).collect::<Option<_>>().ok_or("a SKU")?;
    let creates = skus.chunks(SKUS_PER_PRODUCT).enumerate().map(|(at, skus)| PlannedRequest {
        id: format!("create-{}", at + 1),
        write: Write::CreateProduct(CreateProduct {
            product: product(at),
            skus: skus.to_vec(),
            required_images: Vec::new(),
            images: Vec::new(),
            variants: Vec::new(),
        }),
        after: Vec::new(),
    });
    let images = skus.chunks(SKUS_PER_SET_IMAGES).enumerate().map(|(at, skus)| {
        let first = at * SKUS_PER_SET_IMAGES / SKUS_PER_PRODUCT;
        let last = (at * SKUS_PER_SET_IMAGES + skus.len() - 1) / SKUS_PER_PRODUCT;
        let hosted = |image: &Image| match image {
            Image::Url(url) => Some(PlannedImage::Hosted(url.clone())),
            Image::File(_) => None,
        };
        let of = |sku: &Sku| SkuImages {
            seller_sku: sku.seller_sku.clone(),
            before: None,
            images: sku.images.iter().filter_map(hosted).collect(),
        };
        let write = Write::SetImages(SetImages { skus: skus.iter().map(of).collect(), starts: Vec::new() });
        PlannedRequest { id: format!("images-{}", at + 1), write, after: (first..=last).collect() }
    });
    let requests: Vec<PlannedRequest> = creates.chain(images).collect();
    let creates = rows.div_ceil(SKUS_PER_PRODUCT);
    let row = |(at, sku): (usize, &Sku)| PlannedRow {
        sheet: String::new(),
        row: at as u32 + 2,
        line: Some(at as u64 + 2),
        seller_sku: sku.seller_sku.to_string(),
        product: format!("Product {}", at / SKUS_PER_PRODUCT),
        images: 1,
        dead_images: Vec::new(),
        intent: Intent::Create(at / SKUS_PER_PRODUCT),
        image_request: Some(creates + at / SKUS_PER_SET_IMAGES),
        switch_request: None,
    };
    Ok(Plan { rows: skus.iter().enumerate().map(row).collect(), requests, findings: Vec::new() })
}

fn product(at: usize) -> Product {
    Product {
        category: CategoryId::parse("6614"),
        name: Some(format!("Cotton shirt with a round collar, series {at}")),
        short_description: Some("soft ".repeat(DESCRIPTION / 5)),
        brand: Some("Remark".to_owned()),
        ..Product::default()
    }
}

fn sku(at: usize) -> Option<Sku> {
    Some(Sku {
        seller_sku: SellerSku::parse(&format!("SHIRT-{:06}-{}", at / SKUS_PER_PRODUCT, at % SKUS_PER_PRODUCT))?,
        offer: Offer { regular: Price::parse("388.50")?, sale: None },
        quantity: None,
        package: Package {
            weight: Measure::parse("0.30")?,
            length: Measure::parse("30")?,
            width: Measure::parse("20")?,
            height: Measure::parse("2.5")?,
        },
        product_id: None,
        attributes: Vec::new(),
        images: vec![Image::Url(ImageUrl::parse(&format!("https://pictures.example/{at}.jpg")).ok()?)],
        dead_images: Vec::new(),
    })
}

/// How many events a second sixteen tasks get durable, each one at a time.
fn sixteen_writers() -> Outcome<()> {
    const EACH: usize = 200;
    let folder = TempDir::new()?;
    let (journal, ..) = Runs::new(folder.path()).create(meta("writers", None))?.into_writer();
    let journal = std::sync::Arc::new(journal);
    let runtime = Runtime::new()?;
    let began = Instant::now();
    let writer = |writer: usize| {
        let journal = journal.clone();
        runtime.spawn(async move {
            for at in 0..EACH {
                let event = Event::Intent {
                    request: writer * EACH + at,
                    skus: vec![0],
                    associated: None,
                    hash: "0".repeat(64),
                    action: None,
                    fetches: false,
                };
                journal.append(vec![event]).await?;
            }
            std::io::Result::Ok(())
        })
    };
    let writers: Vec<_> = (0..16).map(writer).collect();
    for writer in writers {
        runtime.block_on(writer)??;
    }
    let seconds = began.elapsed().max(Duration::from_millis(1)).as_secs_f64();
    println!("sixteen writers: {:.0} durable events a second", (16 * EACH) as f64 / seconds);
    Ok(())
}
