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
use skuload::plan::{Action, PlannedRequest, ShopSnapshot, Write as PlannedWrite, plan};
use skuload::record::{ImageFile, ImageUrl};
use skuload::sandbox::Options;
use skuload::sheet::{Input, ReadOptions, Source};
use skuload::submit::{
    Access, Addresses, Clock, Edge, Event, HttpTransport, Journal, KnownIds, Notice, Observer, Outline, Pace, Policy,
    Preflight, Skew, State, Transport, Unfetched, submit,
};

use super::made::{jpeg, png, sound};
use super::support::{Market, sheet};

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
    let is_first = {
        let mut heads = heads.lock().unwrap();
        heads.push(head.clone());
        !heads[..heads.len() - 1].contains(&head)
    };
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
        "secret.png" => (with("403 Forbidden", "", 0), false),
        "busy.png" => (with("503 Service Unavailable", "", 0), false),
        "hurried.png" => (with("429 Too Many Requests", "", 0), false),
        "once-busy.png" if !is_first => (whole(sound(1)), false),
        "once-busy.png" => (with("503 Service Unavailable", "", 0), false),
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

fn unfetched(transport: &HttpTransport, urls: &[ImageUrl]) -> HashMap<ImageUrl, Unfetched> {
    let preflight = Preflight { urls, hosts: 4, interrupted: &AtomicBool::new(false), progress: &|_, _| {} };
    runtime().block_on(transport.preflight(&preflight)).unwrap()
}

/// Why there is no picture, with a word in front where another try may go better.
fn said(why: &Unfetched) -> String {
    format!("{}{why}", if why.may_pass() { "unclear: " } else { "" })
}

/// What is said of a picture; nothing where it is sound.
#[track_caller]
fn check(web: &Web, path: &str, expect: &str) {
    let url = web.url(path);
    let told = unfetched(&transport(PATIENCE), std::slice::from_ref(&url)).remove(&url);
    assert_eq!(told.as_ref().map(said).unwrap_or_default(), expect, "{path}");
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
    check(&web, "secret.png", "127.0.0.1 answers with the HTTP status 403");
    check(
        &web,
        "moved.png",
        "its address redirects to elsewhere.example, which is not followed; give the address behind it",
    );
}

#[test]
fn a_server_in_trouble_says_nothing_of_its_pictures() {
    let web = Web::open();
    check(&web, "busy.png", "unclear: 127.0.0.1 answers with the HTTP status 503");
    check(&web, "hurried.png", "unclear: 127.0.0.1 answers with the HTTP status 429");
    // No name server is asked for a label of more than 63 bytes.
    let nowhere = format!("http://{}.example/x.png", "x".repeat(64));
    let closed = ["http://127.0.0.1:1/closed.png", &nowhere].map(|text| ImageUrl::parse(text).unwrap());
    let urls = [web.url("cut.png"), closed[0].clone(), closed[1].clone()];
    let told = unfetched(&transport(PATIENCE), &urls);
    let begins = |at: usize, words: &str| assert!(said(&told[&urls[at]]).starts_with(words), "{told:?}");
    begins(0, "unclear: 127.0.0.1 broke off: ");
    begins(1, "unclear: 127.0.0.1 cannot be reached: ");
    begins(2, &format!("unclear: {}.example cannot be reached: ", "x".repeat(64)));
    assert!(told.values().all(|why| !why.to_string().contains(".png")), "{told:?}");
}

#[test]
fn a_slow_host_holds_up_its_own_pictures_only_and_not_for_long() {
    let web = Web::open();
    // The same computer by another name.
    let slow = |number: u32| ImageUrl::parse(&format!("http://localhost:{}/slow{number}.png", web.port)).unwrap();
    let mut urls: Vec<ImageUrl> = (0..40).map(slow).collect();
    urls.push(web.url("sound.png"));
    let told = unfetched(&transport(Duration::from_millis(400)), &urls);
    assert!(!told.contains_key(&web.url("sound.png")) || told.len() == 41, "{told:?}");
    assert_eq!(said(&told[&slow(0)]), "unclear: localhost does not answer in time");
    let rest = "unclear: localhost has left 4 others in a row without a sound answer";
    assert_eq!(said(&told[&slow(39)]), rest);
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
        let told = unfetched(&transport, std::slice::from_ref(&url)).remove(&url).unwrap();
        let words = told.to_string();
        assert!(words.contains("is not on the public web") || words.contains("port is neither"), "{text}: {told}");
        assert!(!told.may_pass(), "{text}");
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
        assert!(fetch(path).unwrap_err().to_string().contains("more than the 3 MiB"), "{path}");
    }
    for path in ["page.png", "small.png", "moved.png", "cut.png"] {
        assert!(fetch(path).is_err(), "{path}");
    }
}

#[test]
fn a_host_that_never_answers_is_given_up_until_it_is_asked_anew() {
    let web = Web::open();
    let transport = transport(PATIENCE);
    let fetch = |path: &str| runtime().block_on(transport.fetch(&web.url(path))).err();
    for _ in 0..19 {
        assert!(matches!(fetch("busy.png"), Some(Unfetched::Unreachable(_))));
    }
    assert_eq!(fetch("sound.png"), None, "one sound answer, and all is forgotten");
    for _ in 0..20 {
        assert!(matches!(fetch("busy.png"), Some(Unfetched::Unreachable(_))));
    }
    let asked = web.asked.lock().unwrap().len();
    let told = fetch("sound.png").unwrap();
    assert_eq!(told, Unfetched::Silent("127.0.0.1 has given no sound answer 20 times in a row".to_owned()));
    assert!(told.may_pass());
    assert_eq!(web.asked.lock().unwrap().len(), asked, "it is not asked");
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
fn send(web: &Web, path: &str, fetches_images: bool) -> (String, Vec<Action>) {
    let text = format!("{}{}\n", sheet("M: A").trim_end(), web.url(path).as_str());
    let source = Source::open("s.csv", Input::Bytes(text.into_bytes().into()), &ReadOptions::default()).unwrap();
    let tables = choose(&source, &Choice::default()).unwrap();
    let checked = check_and_keep(&tables, &Rules::default(), &mut Vec::new()).unwrap();
    let market = Market::of(Options::default());
    let access = Access::fixed(market.credentials());
    let plan = plan(&checked, &ShopSnapshot::default(), &access.dialect().limits(), Default::default());
    let policy = Policy { rate: 500.0, backoff_min: Duration::from_millis(1), fetches_images, ..Policy::default() };
    let outlines = plan.requests.iter().map(Outline::of).collect();
    let mut state = State::new(outlines, policy.clone(), Pace::new(&policy));
    let diary = Diary { requests: plan.requests, events: Mutex::default() };
    let (interrupted, transport) = (AtomicBool::new(false), transport(PATIENCE));
    let edge = Edge {
        access: &access,
        ids: &KnownIds::default(),
        transport: &transport,
        clock: &World,
        observer: &World,
        skew: &Skew::new(),
        interrupted: &interrupted,
    };
    market.runtime().block_on(submit(&mut state, &edge, &diary)).unwrap();
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
    // The marketplace downloads nothing from a bare address.
    let (told, actions) = send(&web, "sound.png", false);
    assert!(told.starts_with("Dead("), "{told}");
    assert_eq!((actions, web.times_asked("sound.png")), (vec![Action::MigrateImage], 0));
    let (told, actions) = send(&web, "sound.png", true);
    assert!(told.starts_with("At("), "{told}");
    assert_eq!(actions, [Action::MigrateImage, Action::UploadImage, Action::SetImages]);
    assert_eq!(web.times_asked("sound.png"), 1);
    // A server that is busy for a moment costs nothing but that.
    let (told, actions) = send(&web, "once-busy.png", true);
    assert!(told.starts_with("At("), "{told}");
    assert_eq!(actions[1..], [Action::UploadImage, Action::UploadImage, Action::SetImages]);
    // One that is busy for long is asked five times, and again when the run is resumed.
    let (told, actions) = send(&web, "busy.png", true);
    assert!(told.starts_with("Lost(") && told.contains("answers with the HTTP status 503"), "{told}");
    assert_eq!((actions.len(), web.times_asked("busy.png")), (6, 5));
    // What is no picture stays here.
    let (told, actions) = send(&web, "page.png", true);
    assert!(told.starts_with("Dead(") && told.contains("it is a web page"), "{told}");
    assert_eq!(actions, [Action::MigrateImage, Action::UploadImage]);
}
