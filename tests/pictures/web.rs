//! Pictures on the web: a server of a few lines on this computer plays the web, good and bad.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use skuload::check::{Rules, check_and_keep};
use skuload::column::{Choice, choose};
use skuload::dialect::{Credentials, Dialect};
use skuload::plan::{Action, PlannedRequest, ShopSnapshot, Write as PlannedWrite, plan};
use skuload::record::{ImageFile, ImageUrl};
use skuload::sandbox::{Options, Sandbox};
use skuload::sheet::{Input, ReadOptions, Source};
use skuload::submit::{
    Addresses, Clock, Edge, Event, HttpTransport, Journal, Notice, Observer, Outline, Pace, Policy, Preflight, Skew,
    State, Transport, submit,
};

use crate::made::{jpeg, png, sound};
use crate::support::sheet;

/// Longer than any answer takes, however busy this computer is.
const PATIENCE: Duration = Duration::from_secs(20);

/// The web, as far as these tests go.
struct Web {
    port: u16,
    /// The heads of the requests.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Web {
    fn open() -> Web {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heads = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let heads = Arc::clone(&heads);
                std::thread::spawn(move || serve(stream, &heads));
            }
        });
        Web { port, asked }
    }

    fn url(&self, path: &str) -> ImageUrl {
        ImageUrl::parse(&format!("http://127.0.0.1:{}/{path}", self.port)).unwrap()
    }

    fn times_asked(&self, path: &str) -> usize {
        let head = format!("GET /{path} ");
        self.asked.lock().unwrap().iter().filter(|asked| asked.starts_with(&head)).count()
    }
}

/// Answers one request. A client that has seen enough hangs up, which is no error here.
fn serve(mut stream: TcpStream, heads: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    heads.lock().unwrap().push(head);
    let with = |status: &str, more: &str, length: usize| {
        format!("HTTP/1.1 {status}\r\nConnection: close\r\n{more}Content-Length: {length}\r\n\r\n").into_bytes()
    };
    let whole = |bytes: Vec<u8>| [with("200 OK", "", bytes.len()), bytes].concat();
    let (reply, waits) = match path.as_str() {
        "sound.png" => (whole(sound(1)), false),
        "sound.jpg" => (whole(jpeg(800, 600, 300_000, 0)), false),
        "small.png" => (whole(png(100, 100, 0)), false),
        "page.png" => (whole(b"<!doctype html><title>Log in".to_vec()), false),
        "empty.png" => (whole(Vec::new()), false),
        "gone.png" => (with("404 Not Found", "", 0), false),
        "moved.png" => (with("302 Found", "Location: http://elsewhere.example/x?token=s3cret\r\n", 0), false),
        // The header is there, and the rest never comes: nobody should wait for it.
        "header.png" => ([with("200 OK", "", 2 << 20), png(400, 500, 9000)].concat(), true),
        "promises.png" => ([with("200 OK", "", 9 << 20), png(400, 500, 9000)].concat(), true),
        "endless.png" => ([b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), png(400, 500, 4 << 20)].concat(), false),
        "cut.png" => ([with("200 OK", "", 5000), png(400, 500, 0)].concat(), false),
        _ => (Vec::new(), true),
    };
    let _ = stream.write_all(&reply);
    if waits {
        // Until the client has enough.
        let _ = stream.read(&mut byte);
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn transport(timeout: Duration) -> HttpTransport {
    HttpTransport::new(timeout).unwrap().fetching_from(Addresses::Any).unwrap()
}

fn dead(transport: &HttpTransport, urls: &[ImageUrl]) -> HashMap<ImageUrl, String> {
    let preflight = Preflight { urls, hosts: 4, interrupted: &AtomicBool::new(false), progress: &|_, _| {} };
    runtime().block_on(transport.preflight(&preflight)).unwrap()
}

/// What is said of a picture; nothing where it is sound.
#[track_caller]
fn check(web: &Web, path: &str, expect: &str) {
    let url = web.url(path);
    let told = dead(&transport(PATIENCE), std::slice::from_ref(&url)).remove(&url).unwrap_or_default();
    assert_eq!(told, expect, "{path}");
    assert_eq!(web.times_asked(path), 1, "{path}");
}

#[test]
fn a_picture_is_looked_at_by_its_header() {
    let web = Web::open();
    check(&web, "sound.png", "");
    check(&web, "sound.jpg", "");
    check(&web, "header.png", "");
    check(&web, "small.png", "it has 100 x 100 pixels; each side needs 330 to 5000");
    check(&web, "page.png", "it is a web page (HTML), not a picture");
    check(&web, "empty.png", "it is empty");
    check(&web, "promises.png", "it has 9 MiB, more than the 3 MiB that are taken");
    let head = web.asked.lock().unwrap()[0].to_lowercase();
    assert!(head.contains("\r\nuser-agent: skuload/"), "{head}");
    for unwanted in ["cookie", "authorization", "referer", "accept-encoding"] {
        assert!(!head.contains(unwanted), "{head}");
    }
}

#[test]
fn what_cannot_be_had_is_told_without_its_address() {
    let web = Web::open();
    check(&web, "gone.png", "127.0.0.1 answers with the HTTP status 404");
    check(
        &web,
        "moved.png",
        "its address redirects to elsewhere.example, which is not followed; give the address behind it",
    );
    let urls = [web.url("cut.png"), ImageUrl::parse("http://127.0.0.1:1/closed.png").unwrap()];
    let told = dead(&transport(PATIENCE), &urls);
    assert!(told[&urls[0]].starts_with("127.0.0.1 broke off: "), "{told:?}");
    assert!(told[&urls[1]].starts_with("127.0.0.1 cannot be reached: "), "{told:?}");
    assert!(told.values().all(|reason| !reason.contains(".png")), "{told:?}");
}

#[test]
fn a_slow_host_holds_up_its_own_pictures_only_and_not_for_long() {
    let web = Web::open();
    // The same computer by another name.
    let slow = |number: u32| ImageUrl::parse(&format!("http://localhost:{}/slow{number}.png", web.port)).unwrap();
    let mut urls: Vec<ImageUrl> = (0..40).map(slow).collect();
    urls.push(web.url("sound.png"));
    let told = dead(&transport(Duration::from_millis(400)), &urls);
    assert!(!told.contains_key(&web.url("sound.png")) || told.len() == 41, "{told:?}");
    assert_eq!(told[&slow(0)], "localhost does not answer in time");
    assert_eq!(told[&slow(39)], "localhost has left 4 others in a row without an answer");
    assert!(web.asked.lock().unwrap().len() < 12, "a host in trouble is asked for no more");
}

#[test]
fn an_interrupt_ends_the_looking() {
    let web = Web::open();
    let urls = [web.url("sound.png")];
    let interrupted = AtomicBool::new(true);
    let preflight = Preflight { urls: &urls, hosts: 4, interrupted: &interrupted, progress: &|_, _| {} };
    assert_eq!(runtime().block_on(transport(PATIENCE).preflight(&preflight)), None);
    assert_eq!(web.times_asked("sound.png"), 0);
}

#[test]
fn nothing_but_the_public_web_is_asked() {
    let web = Web::open();
    let transport = HttpTransport::new(PATIENCE).unwrap();
    let port = web.port;
    for text in [
        format!("http://127.0.0.1:{port}/sound.png"),
        format!("http://localhost:{port}/sound.png"),
        "http://localhost/sound.png".to_owned(),
        "http://127.0.0.1/sound.png".to_owned(),
        "http://0x7f.1/sound.png".to_owned(),
        "http://[::1]/sound.png".to_owned(),
        "http://[::ffff:127.0.0.1]/sound.png".to_owned(),
        "http://169.254.169.254/latest/meta-data/x.png".to_owned(),
    ] {
        let url = ImageUrl::parse(&text).unwrap();
        let told = dead(&transport, std::slice::from_ref(&url)).remove(&url).unwrap();
        assert!(told.contains("is not on the public web") || told.contains("port is neither"), "{text}: {told}");
        let fetched = runtime().block_on(transport.fetch(&url));
        assert_eq!(fetched.unwrap_err(), told, "{text}");
    }
    assert_eq!(web.asked.lock().unwrap().len(), 0);
}

#[test]
fn a_whole_picture_is_fetched_and_never_more_than_one_may_have() {
    let web = Web::open();
    let transport = transport(PATIENCE);
    let fetch = |path: &str| runtime().block_on(transport.fetch(&web.url(path)));
    assert_eq!(fetch("sound.png").unwrap(), sound(1));
    assert_eq!(fetch("sound.jpg").unwrap(), jpeg(800, 600, 300_000, 0));
    for path in ["promises.png", "endless.png"] {
        assert!(fetch(path).unwrap_err().contains("more than the 3 MiB"), "{path}");
    }
    for path in ["page.png", "small.png", "moved.png", "cut.png"] {
        assert!(fetch(path).is_err(), "{path}");
    }
}

/// The real clock, and nothing to watch.
struct World;

impl Clock for World {
    #[allow(clippy::disallowed_methods, reason = "the marketplace has the real time too")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    #[allow(clippy::disallowed_methods, reason = "the waits of the test are milliseconds")]
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

impl Observer for World {
    fn notice(&self, _: &Notice<'_>) {}
    fn waits(&self, _: Duration, _: &str) {}
    fn asked(&self, _: usize) {}
}

/// A journal in memory.
struct Diary {
    requests: Vec<PlannedRequest>,
    events: Mutex<Vec<Event>>,
}

impl Journal for Diary {
    async fn append(&self, events: Vec<Event>) -> std::io::Result<()> {
        self.events.lock().unwrap().extend(events);
        Ok(())
    }

    async fn write(&self, request: usize) -> std::io::Result<PlannedWrite> {
        Ok(self.requests[request].write.clone())
    }

    async fn picture(&self, _: &ImageFile) -> std::io::Result<Vec<u8>> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

/// Sends a sheet's pictures to the built-in marketplace, and tells by which calls.
async fn send(web: &Web, path: &str, fetches_images: bool) -> (String, Vec<Action>) {
    let text = format!("{}{}\n", sheet("M: A").trim_end(), web.url(path).as_str());
    let source = Source::open("s.csv", Input::Bytes(text.into_bytes().into()), &ReadOptions::default()).unwrap();
    let tables = choose(&source, &Choice::default()).unwrap();
    let checked = check_and_keep(&tables, &Rules::default(), &mut Vec::new()).unwrap();
    let dialect = Dialect::SellerCenter;
    let plan = plan(&checked, &ShopSnapshot::default(), &dialect.limits(), Default::default());
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let credentials = Credentials {
        base_url: sandbox.url().to_owned(),
        user_id: sandbox.user_id().to_owned(),
        api_key: sandbox.api_key().into(),
    };
    let policy = Policy { rate: 500.0, backoff_min: Duration::from_millis(1), fetches_images, ..Policy::default() };
    let outlines = plan.requests.iter().map(Outline::of).collect();
    let mut state = State::new(outlines, policy.clone(), Pace::new(&policy));
    let diary = Diary { requests: plan.requests, events: Mutex::default() };
    let (interrupted, transport) = (AtomicBool::new(false), transport(PATIENCE));
    let edge = Edge {
        dialect,
        credentials: &credentials,
        transport: &transport,
        clock: &World,
        observer: &World,
        skew: &Skew::new(),
        interrupted: &interrupted,
    };
    submit(&mut state, &edge, &diary).await.unwrap();
    sandbox.stop().await;
    let hosts = (0..state.len()).find(|place| state.hosting(*place).is_some()).unwrap();
    let told = format!("{:?}", state.hosting(hosts).unwrap().image(0));
    let actions = diary.events.into_inner().unwrap().into_iter().filter_map(|event| match event {
        Event::Intent { action, .. } => action,
        _ => None,
    });
    (told, actions.collect())
}

#[test]
fn what_the_marketplace_cannot_download_is_fetched_and_sent_where_that_is_asked_for() {
    let web = Web::open();
    let runtime = runtime();
    // The marketplace downloads nothing from a bare address.
    let (told, actions) = runtime.block_on(send(&web, "sound.png", false));
    assert!(told.starts_with("Dead("), "{told}");
    assert_eq!((actions, web.times_asked("sound.png")), (vec![Action::MigrateImage], 0));
    let (told, actions) = runtime.block_on(send(&web, "sound.png", true));
    assert!(told.starts_with("At("), "{told}");
    assert_eq!(actions, [Action::MigrateImage, Action::UploadImage, Action::SetImages]);
    assert_eq!(web.times_asked("sound.png"), 1);
    // What is no picture stays here.
    let (told, actions) = runtime.block_on(send(&web, "page.png", true));
    assert!(told.starts_with("Dead(") && told.contains("it is a web page"), "{told}");
    assert_eq!(actions, [Action::MigrateImage, Action::UploadImage]);
}
