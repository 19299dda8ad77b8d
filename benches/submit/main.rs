//! What submitting costs beside bare clients: 20,000 CreateProduct requests of 3.5 KB to a server on loopback that
//! answers a fixed success at once.
//!
//! `cargo bench --bench submit` sends them by a raw hyper client, by a loop around reqwest (with the same bodies, and
//! signed and encoded afresh), and by the library's `submit` with a journal in memory and with the durable one; all
//! with sixteen requests at once. The server is a process of its own, so that the CPU time is the client's alone. Then
//! it prints what the parts of one request cost by themselves. Ratios are worth comparing between machines, requests
//! a second are not.

#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock and the environment")]
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod server;
mod split;

use std::error::Error;
use std::fs;
use std::future::Future;
use std::hint::black_box;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use sha2::{Digest, Sha256};
use skuload::column::Choice;
use skuload::dialect::{Call, Credentials, Dialect, Ids, UserKey, WireRequest};
use skuload::journal::{Meta, Run, Runs};
use skuload::plan::{Action, CreateProduct, Plan, PlannedRequest, Write};
use skuload::record::{
    Attribute, CategoryId, ImageFile, ImageUrl, Measure, Offer, Package, Price, Product, Quantity, SellerSku, Sku,
};
use skuload::sheet::ReadOptions;
use skuload::submit::{
    Access, Clock, Edge, Event, HttpTransport, Journal, KnownIds, Notice, Observer, Outline, Pace, Policy, Silence,
    Skew, State, Transport, Unfetched, WireReply, submit,
};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use server::Server;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// How many requests.
const REQUESTS: usize = 20_000;

/// How many at once.
const AT_ONCE: usize = 16;

/// How often each client is measured; the best round counts, for whatever else runs only adds.
const ROUNDS: usize = 5;

/// The client that the others are compared with.
const YARDSTICK: &str = "reqwest loop, same bodies";

/// Bytes of a body, roughly.
const BODY: usize = 3_500;

/// What the server answers.
const SUCCESS: &str = r#"{"SuccessResponse":{"Head":{"RequestId":"0ba2887315178178017221014","RequestAction":"CreateProduct","ResponseType":"Product","Timestamp":"2018-01-31T23:59:59+0000"},"Body":{"Warnings":[]}}}"#;

fn main() -> Outcome<()> {
    if std::env::args().any(|argument| argument == "--serve") {
        return server::serve();
    }
    // `cargo test --all-targets` runs this file too, without the flag that `cargo bench` gives.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let bench = Bench::new(&runtime)?;
    println!("{REQUESTS} CreateProduct of {} bytes, {AT_ONCE} at once\n", bench.bodies[0].len());
    // `cargo bench --bench submit -- memory` measures those with that word alone, for a profiler.
    let word = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let clients: [Client<'_>; 5] = [
        ("raw hyper, same bodies", &|| bench.raw_hyper()),
        (YARDSTICK, &|| bench.bare_reqwest()),
        ("reqwest loop, encoded, signed and decoded", &|| bench.signing_reqwest()),
        ("submit, journal in memory", &|| bench.submit_in_memory()),
        ("submit, durable journal", &|| bench.submit_durably()),
    ];
    let clients: Vec<Client<'_>> = clients.into_iter().filter(|(name, _)| name.contains(&word)).collect();
    let figures = measured(&clients)?;
    print_figures(&clients, &figures);
    println!("\nthe parts of one request, alone on one core, us");
    bench.print_parts()?;
    split::print(&figures, &bench.server)
}

/// A name, and one round.
type Client<'a> = (&'static str, &'a dyn Fn() -> Outcome<Spent>);

/// What one round took.
#[derive(Debug, Clone, Copy, Default)]
struct Spent {
    time: Duration,
    /// CPU time of this process, all threads.
    cpu: Duration,
}

impl Spent {
    fn of<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<Spent> {
        let (before, begun) = (cpu_time("self")?, Instant::now());
        work()?;
        Ok(Spent { time: begun.elapsed(), cpu: cpu_time("self")?.saturating_sub(before) })
    }
}

/// What each client came to in its best rounds. They take turns, so that a busy moment of the machine is no one's alone.
fn measured(clients: &[Client<'_>]) -> Outcome<Vec<Spent>> {
    let mut best: Vec<Option<Spent>> = vec![None; clients.len()];
    for _ in 0..ROUNDS {
        for ((_, round), best) in clients.iter().zip(&mut best) {
            let spent = round()?;
            let so_far = best.unwrap_or(spent);
            *best = Some(Spent { time: so_far.time.min(spent.time), cpu: so_far.cpu.min(spent.cpu) });
        }
    }
    Ok(best.into_iter().flatten().collect())
}

fn print_figures(clients: &[Client<'_>], figures: &[Spent]) {
    println!("{:<44} {:>10}  ratio  CPU us a request", "", "requests/s");
    let of_one = |time: Duration| time.as_secs_f64() / REQUESTS as f64;
    let yardstick = clients.iter().position(|(name, _)| *name == YARDSTICK).map(|at| figures[at]);
    for ((name, _), spent) in clients.iter().zip(figures) {
        let ratio = yardstick.map_or(f64::NAN, |yardstick| of_one(yardstick.time) / of_one(spent.time));
        println!("{name:<44} {:>10.0}   {ratio:.2}  {:>6.0}", 1.0 / of_one(spent.time), of_one(spent.cpu) * 1e6);
    }
}

/// Everything that is the same for all clients.
struct Bench<'a> {
    runtime: &'a Runtime,
    server: Server,
    writes: Arc<[Write]>,
    bodies: Arc<[Bytes]>,
    credentials: Credentials,
}

impl<'a> Bench<'a> {
    fn new(runtime: &'a Runtime) -> Outcome<Bench<'a>> {
        let server = Server::start()?;
        let writes: Arc<[Write]> = (0..REQUESTS).map(write).collect::<Option<_>>().ok_or("a product is no product")?;
        let body = |write: &Write| Dialect::SellerCenter.body(&call(write), &Ids::new()).unwrap_or_default().into();
        let credentials = Credentials::SellerCenter(UserKey {
            base_url: format!("http://127.0.0.1:{}/", server.port),
            user_id: "seller@example.com".to_owned(),
            api_key: "0123456789abcdef0123456789abcdef01234567".to_owned().into(),
        });
        Ok(Bench { runtime, server, bodies: writes.iter().map(body).collect(), writes, credentials })
    }

    /// Gives each of the clients at once the next number until none is left.
    fn share<F>(&self, client: impl Fn(&'static AtomicUsize) -> F) -> Outcome<Spent>
    where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.store(0, Ordering::SeqCst);
        Spent::of(|| {
            self.runtime.block_on(async {
                let clients: Vec<_> = (0..AT_ONCE).map(|_| tokio::spawn(client(&NEXT))).collect();
                for client in clients {
                    client.await.map_err(|error| error.to_string())??;
                }
                Ok::<(), String>(())
            })?;
            Ok(())
        })
    }

    fn raw_hyper(&self) -> Outcome<Spent> {
        let port = self.server.port;
        self.share(|next| {
            let bodies = Arc::clone(&self.bodies);
            async move {
                let stream = TcpStream::connect(("127.0.0.1", port)).await.map_err(text)?;
                stream.set_nodelay(true).map_err(text)?;
                let (mut sender, connection) =
                    hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(text)?;
                tokio::spawn(connection);
                while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let request = Request::post("/?Action=CreateProduct").header("Host", "127.0.0.1");
                    let request = request.body(Full::new(body.clone())).map_err(text)?;
                    let response = sender.send_request(request).await.map_err(text)?;
                    black_box(response.into_body().collect().await.map_err(text)?.to_bytes());
                }
                Ok(())
            }
        })
    }

    fn bare_reqwest(&self) -> Outcome<Spent> {
        let url = format!("http://127.0.0.1:{}/?Action=CreateProduct", self.server.port);
        let client = client()?;
        self.share(|next| {
            let (client, url, bodies) = (client.clone(), url.clone(), Arc::clone(&self.bodies));
            async move {
                while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let response = client.post(&url).body(body.clone()).send().await.map_err(text)?;
                    black_box(response.bytes().await.map_err(text)?);
                }
                Ok(())
            }
        })
    }

    fn signing_reqwest(&self) -> Outcome<Spent> {
        let client = client()?;
        self.share(|next| {
            let (client, writes, credentials) = (client.clone(), Arc::clone(&self.writes), self.credentials.clone());
            async move {
                while let Some(write) = writes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let WireRequest { url, body, .. } = credentials.encode(&call(write), Utc::now());
                    let response = client.post(&url).body(body.unwrap_or_default()).send().await.map_err(text)?;
                    let reply = response.bytes().await.map_err(text)?;
                    black_box(Dialect::SellerCenter.decode(Action::CreateProduct, &reply).map_err(text)?);
                }
                Ok(())
            }
        })
    }

    fn submit_in_memory(&self) -> Outcome<Spent> {
        self.submit(&mut self.fresh(), &Memory(&self.writes), &HttpTransport::new(Duration::from_secs(60))?)
    }

    /// Everything that is ours, and no network.
    fn submit_to_nobody(&self) -> Outcome<Spent> {
        self.submit(&mut self.fresh(), &Memory(&self.writes), &Parrot)
    }

    fn fresh(&self) -> State {
        let requests = planned(&self.writes).requests;
        State::new(requests.iter().map(Outline::of).collect(), policy(), Pace::new(&policy()))
    }

    fn submit_durably(&self) -> Outcome<Spent> {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let run = self.stored(folder.path())?;
        let mut state = run.state(policy(), Pace::new(&policy()))?;
        let (writer, path, meta) = run.into_writer();
        let spent = self.submit(&mut state, &writer, &HttpTransport::new(Duration::from_secs(60))?)?;
        Run::from_writer(writer, path, meta)?;
        Ok(spent)
    }

    /// A run with the whole plan.
    fn stored(&self, folder: &std::path::Path) -> Outcome<Run> {
        let mut run = Runs::new(folder).create(meta())?;
        run.store_plan(&planned(&self.writes))?;
        Ok(run)
    }

    fn submit(&self, state: &mut State, journal: &impl Journal, transport: &impl Transport) -> Outcome<Spent> {
        let edge = Edge {
            access: &Access::fixed(self.credentials.clone()),
            ids: &KnownIds::default(),
            transport,
            clock: &Real,
            observer: &Nobody,
            skew: &Skew::new(),
            interrupted: &AtomicBool::new(false),
        };
        let spent = Spent::of(|| Ok(self.runtime.block_on(submit(state, &edge, journal))?))?;
        if state.count(Action::CreateProduct) != (REQUESTS, 0) {
            return Err(format!("not all were created: {:?}", state.count(Action::CreateProduct)).into());
        }
        Ok(spent)
    }

    fn print_parts(&self) -> Outcome<()> {
        let some = &self.writes[..2_000];
        let now = Utc::now();
        let part = |name: &str, work: &mut dyn FnMut(usize) -> Outcome<()>| -> Outcome<()> {
            let begun = Instant::now();
            for at in 0..some.len() {
                work(at)?;
            }
            println!("{name:<44} {:>10.1}", begun.elapsed().as_secs_f64() * 1e6 / some.len() as f64);
            Ok(())
        };
        let alone = self.submit_to_nobody()?.time.as_secs_f64() * 1e6 / REQUESTS as f64;
        println!("{:<44} {alone:>10.1}", "all of submit but network and journal");
        part("the body as XML", &mut |at| {
            black_box(Dialect::SellerCenter.body(&call(&some[at]), &Ids::new()));
            Ok(())
        })?;
        part("body, address and signature", &mut |at| {
            black_box(self.credentials.encode(&call(&some[at]), now));
            Ok(())
        })?;
        part("SHA-256 of the body", &mut |at| {
            black_box(Sha256::digest(&self.bodies[at]));
            Ok(())
        })?;
        part("reading the reply", &mut |_| {
            black_box(Dialect::SellerCenter.decode(Action::CreateProduct, SUCCESS.as_bytes())?);
            Ok(())
        })?;
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let (writer, ..) = self.stored(folder.path())?.into_writer();
        part("the journal gives the request back", &mut |at| {
            black_box(self.runtime.block_on(writer.write(at))?);
            Ok(())
        })?;
        let event = |request: usize| Event::Intent {
            request,
            skus: vec![0],
            associated: None,
            hash: "0".repeat(64),
            action: None,
            fetches: false,
        };
        part("the journal keeps an event, alone", &mut |request| {
            Ok(self.runtime.block_on(writer.append(vec![event(request)]))?)
        })?;
        let at_once = |events: &mut dyn Iterator<Item = Event>| -> Outcome<()> {
            Ok(self.runtime.block_on(writer.append(events.collect()))?)
        };
        part("the journal keeps an event, of sixteen", &mut |request| {
            if request % AT_ONCE == 0 { at_once(&mut (0..AT_ONCE).map(|_| event(request))) } else { Ok(()) }
        })
    }
}

fn text(error: impl ToString) -> String {
    error.to_string()
}

fn client() -> Outcome<reqwest::Client> {
    // The library does the same before its own client.
    HttpTransport::new(Duration::from_secs(60))?;
    Ok(reqwest::Client::builder().no_proxy().build()?)
}

fn policy() -> Policy {
    Policy { rate: 1e9, concurrency: AT_ONCE, ..Policy::default() }
}

/// CPU time of a process, all threads, in steps of ten milliseconds. Zero where there is no `/proc`.
fn cpu_time(process: &str) -> Outcome<Duration> {
    let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) else { return Ok(Duration::ZERO) };
    let behind = stat.rsplit_once(')').ok_or("a process has no name")?.1;
    let fields: Vec<&str> = behind.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 10))
}

/// One product of about 3.5 KB.
fn write(number: usize) -> Option<Write> {
    let one = Measure::parse("1")?;
    let mut description = format!("<p>A shirt for every day, number {number}.</p> ");
    while description.len() < BODY - 1_050 {
        description
            .push_str("Made of long-staple cotton, cut wide, sewn twice at the shoulders; washes at 40 degrees. ");
    }
    let attribute = |name: &str, value: &str| Attribute { name: name.to_owned(), value: value.to_owned() };
    let product = Product {
        category: CategoryId::parse("6614"),
        name: Some(format!("Cotton T-shirt with a round neck, style {number}")),
        short_description: Some("<ul><li>Soft cotton</li><li>Washes at 40 degrees</li></ul>".to_owned()),
        description: Some(description),
        brand: Some("Remark".to_owned()),
        model: Some(format!("M{number}")),
        attributes: vec![attribute("warranty_type", "No Warranty")],
        ..Product::default()
    };
    let sku = Sku {
        seller_sku: SellerSku::parse(&format!("TEE-{number}"))?,
        offer: Offer { regular: Price::parse("99.90")?, sale: None },
        quantity: Quantity::parse("25"),
        package: Package { weight: one, length: one, width: one, height: one },
        product_id: None,
        attributes: vec![attribute("color_family", "Navy Blue"), attribute("size", "XL")],
        images: Vec::new(),
        dead_images: Vec::new(),
    };
    Some(Write::CreateProduct(CreateProduct {
        product,
        skus: vec![sku],
        required_images: Vec::new(),
        images: Vec::new(),
        variants: Vec::new(),
    }))
}

fn call(write: &Write) -> Call<'_> {
    match write {
        Write::CreateProduct(create) => Call::CreateProduct(create),
        Write::UpdateProduct(_) | Write::UpdatePriceQuantity(_) | Write::SetImages(_) | Write::HostImages(_) => {
            unreachable!("only products are created here")
        }
    }
}

fn planned(writes: &[Write]) -> Plan {
    let request = |(at, write): (usize, &Write)| PlannedRequest {
        id: format!("create-{at}"),
        write: write.clone(),
        after: Vec::new(),
    };
    Plan { requests: writes.iter().enumerate().map(request).collect(), ..Plan::default() }
}

fn meta() -> Meta {
    Meta {
        run: "bench".to_owned(),
        shop: None,
        dialect: Dialect::SellerCenter,
        sheet: String::new(),
        sheet_path: None,
        copy: String::new(),
        sha256: String::new(),
        started: Utc::now(),
        version: String::new(),
        options: ReadOptions::default(),
        choice: Choice::default(),
        reports: Vec::new(),
        to_fix: None,
        starts: Vec::new(),
    }
}

/// Keeps nothing.
struct Memory<'a>(&'a [Write]);

impl Journal for Memory<'_> {
    async fn append(&self, events: Vec<Event>) -> io::Result<()> {
        black_box(events);
        Ok(())
    }

    async fn write(&self, request: usize) -> io::Result<Write> {
        self.0.get(request).cloned().ok_or_else(|| io::Error::other("there is no such request"))
    }

    async fn picture(&self, _: &ImageFile) -> io::Result<Vec<u8>> {
        Err(io::Error::other("there is no picture"))
    }
}

/// Answers at once.
struct Parrot;

impl Transport for Parrot {
    async fn send(&self, request: WireRequest) -> Result<WireReply, Silence> {
        black_box(request);
        Ok(WireReply { status: 200, body: SUCCESS.into(), retry_after: None, date: None })
    }

    async fn fetch(&self, _: &ImageUrl) -> Result<Vec<u8>, Unfetched> {
        Err(Unfetched::Refused("there is no picture".to_owned()))
    }
}

struct Real;

impl Clock for Real {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

struct Nobody;

impl Observer for Nobody {
    fn notice(&self, _: &Notice<'_>) {}
    fn waits(&self, _: Duration, _: &str) {}
    fn asked(&self, _: usize) {}
}
