//! Calls as they leave and come back: signed for the marketplace's clock, at its pace, within the user's limits. The
//! transport is scripted, and waiting moves the clock.

use std::future::poll_fn;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::task::{Context, Poll};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::baseline::baseline;
use super::bounds::Bounds;
use super::event::{Event, Outline};
use super::fetch::Unfetched;
use super::notice::{Notice, Observer};
use super::pace::{Pace, Policy};
use super::run::{Edge, submit};
use super::skew::Skew;
use super::state::State;
use super::stopped::Stopped;
use super::{Access, Clock, Journal, KnownIds, Silence, Transport, WireReply};
use crate::dialect::{Credentials, UserKey, WireRequest};
use crate::plan::{Action, PlannedImage, SetImages, SkuImages, Write};
use crate::record::{ImageFile, ImageUrl, SellerSku};

/// 2017-07-14 02:40 UTC.
fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_500_000_000, 0).unwrap()
}

/// A clock that waits in no time.
struct Quick(Mutex<DateTime<Utc>>);

impl Clock for Quick {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
    async fn sleep(&self, duration: Duration) {
        *self.0.lock().unwrap() += duration;
    }
}

/// A reply: `done`, `E901`, `503`, with ` +7` for `Retry-After` and ` @600` for a clock that is so far ahead.
struct Script<'a> {
    clock: &'a Quick,
    replies: Vec<&'static str>,
    /// When each call left, by which action, and which time it was signed with, in seconds since the start.
    sent: Mutex<Vec<(f64, Action, i64)>>,
}

impl Transport for Script<'_> {
    async fn send(&self, request: WireRequest) -> Result<WireReply, Silence> {
        let now = self.clock.now();
        let (_, rest) = request.url.split_once("Timestamp=").unwrap();
        let signed = rest.split('&').next().unwrap().replace("%3A", ":").replace("%2B", "+");
        let signed = DateTime::parse_from_rfc3339(&signed).unwrap().to_utc();
        let mut sent = self.sent.lock().unwrap();
        let reply = self.replies[sent.len().min(self.replies.len() - 1)];
        sent.push(((now - start()).as_seconds_f64(), request.action, (signed - start()).num_seconds()));
        let mut words = reply.split(' ');
        let (status, body) = match words.next().unwrap() {
            "done" if request.action == Action::GetProducts => (
                200,
                "<SuccessResponse><Head><RequestId>1</RequestId></Head><Body><Products/></Body></SuccessResponse>"
                    .to_owned(),
            ),
            "done" => {
                (200, "<SuccessResponse><Head><RequestId>1</RequestId></Head><Body/></SuccessResponse>".to_owned())
            }
            "503" => (503, String::new()),
            "429" => (429, String::new()),
            code => (200, error(code)),
        };
        let number = |sign: char| words.clone().find_map(|word| word.strip_prefix(sign)?.parse::<i64>().ok());
        let retry_after = number('+').map(|seconds| Duration::from_secs(seconds.unsigned_abs()));
        let date = now + TimeDelta::seconds(number('@').unwrap_or(0));
        Ok(WireReply { status, body: body.into_bytes(), retry_after, date: Some(date) })
    }
    async fn fetch(&self, _: &ImageUrl) -> Result<Vec<u8>, Unfetched> {
        Err(Unfetched::Refused("nothing is fetched".to_owned()))
    }
}

fn error(code: &str) -> String {
    let head = format!("<ErrorCode>{code}</ErrorCode><ErrorMessage>no</ErrorMessage><ErrorType>Sender</ErrorType>");
    format!("<ErrorResponse><Head>{head}</Head><Body/></ErrorResponse>")
}

/// The warnings about the clock, in seconds.
#[derive(Default)]
struct Heard(Mutex<Vec<i64>>);

impl Observer for Heard {
    fn notice(&self, notice: &Notice<'_>) {
        if let Notice::ClockOff { ahead } = notice {
            self.0.lock().unwrap().push(ahead.num_seconds());
        }
    }
    fn waits(&self, _: Duration, _: &str) {}
    fn asked(&self, _: usize) {}
}

/// One SetImages of one SKU for each request. It holds an answer after so long.
struct Paper<'a>(&'a Quick, TimeDelta);

impl Journal for Paper<'_> {
    async fn append(&self, events: Vec<Event>) -> io::Result<()> {
        let Paper(clock, pause) = self;
        let is_answer = events.iter().any(|event| matches!(event, Event::Answered { .. }));
        let held = clock.now() + if is_answer { *pause } else { TimeDelta::zero() };
        let is_held = |context: &mut Context<'_>| {
            context.waker().wake_by_ref();
            if clock.now() < held { Poll::Pending } else { Poll::Ready(Ok(())) }
        };
        poll_fn(is_held).await
    }
    async fn write(&self, request: usize) -> io::Result<Write> {
        let url = ImageUrl::parse("https://pictures.example/1.jpg").unwrap();
        let images = vec![PlannedImage::Hosted(url)];
        Ok(Write::SetImages(SetImages {
            skus: vec![SkuImages { seller_sku: sku(request), images, before: None }],
            starts: Vec::new(),
        }))
    }
    async fn picture(&self, _: &ImageFile) -> io::Result<Vec<u8>> {
        Err(io::Error::other("there is none"))
    }
}

fn sku(at: usize) -> SellerSku {
    SellerSku::parse(&format!("S{at}")).unwrap()
}

fn outline(at: usize) -> Outline {
    Outline {
        id: format!("r{at}"),
        action: Action::SetImages,
        skus: vec![sku(at)],
        name: None,
        category: None,
        associated: None,
        after: Vec::new(),
        pictures: Vec::new(),
        starts: Vec::new(),
        created_with: Vec::new(),
        is_pictured: false,
        images: 0,
        files: Vec::new(),
        is_shared: false,
    }
}

/// What a run came to.
struct Told {
    stopped: Option<Stopped>,
    sent: Vec<(f64, Action, i64)>,
    warnings: Vec<i64>,
    calls: u64,
    ended: DateTime<Utc>,
}

/// So many SetImages, or a look at so many SKUs, meet with these replies; the last one is repeated.
fn run(what: Action, count: usize, replies: &[&'static str], bounds: Bounds) -> Told {
    run_slowly(TimeDelta::zero(), what, count, replies, bounds)
}

/// As [`run`], with a journal that takes so long to hold an answer.
fn run_slowly(pause: TimeDelta, what: Action, count: usize, replies: &[&'static str], bounds: Bounds) -> Told {
    let policy = Policy { concurrency: 1, bounds, ..Policy::default() };
    let clock = Quick(Mutex::new(start()));
    let transport = Script { clock: &clock, replies: replies.to_vec(), sent: Mutex::default() };
    let (observer, skew, interrupted) = (Heard::default(), Skew::new(), AtomicBool::new(false));
    let access = Access::fixed(Credentials::SellerCenter(UserKey {
        base_url: "https://api.example/".to_owned(),
        user_id: "seller".to_owned(),
        api_key: "key".into(),
    }));
    let edge = Edge {
        access: &access,
        ids: &KnownIds::default(),
        transport: &transport,
        clock: &clock,
        observer: &observer,
        skew: &skew,
        interrupted: &interrupted,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let is_read = what == Action::GetProducts;
    let outlines = if is_read { Vec::new() } else { (0..count).map(outline).collect() };
    let mut state = State::new(outlines, policy.clone(), Pace::new(&policy));
    let stopped = runtime.block_on(async {
        if is_read {
            let skus: Vec<SellerSku> = (0..count).map(sku).collect();
            return baseline(
                &edge,
                &skus,
                crate::dialect::Told::Presence,
                crate::plan::ShopSnapshot::default(),
                &mut state,
            )
            .await
            .err();
        }
        submit(&mut state, &edge, &Paper(&clock, pause)).await.err()
    });
    let sent = transport.sent.into_inner().unwrap();
    Told { stopped, sent, warnings: observer.0.into_inner().unwrap(), calls: state.calls(), ended: clock.now() }
}

const BOTH: [Action; 2] = [Action::SetImages, Action::GetProducts];

#[test]
fn a_clock_that_is_off_is_told_once_and_the_marketplaces_is_signed() {
    let told = run(Action::SetImages, 3, &["done @600"], Bounds::default());
    assert!(told.stopped.is_none());
    assert_eq!(told.warnings, [600]);
    let off: Vec<i64> = told.sent.iter().map(|(at, _, signed)| signed - *at as i64).collect();
    assert!(off[0] == 0 && off[1..].iter().all(|off| (599..=601).contains(off)), "{off:?}");
    assert!(run(Action::SetImages, 3, &["done @40"], Bounds::default()).warnings.is_empty());
}

#[test]
fn a_call_that_is_refused_for_its_time_is_signed_again() {
    for what in BOTH {
        for code in ["3", "4"] {
            let replies: [&'static str; 2] = if code == "3" { ["3 @30", "done"] } else { ["4 @30", "done"] };
            let told = run(what, 1, &replies, Bounds::default());
            assert!(told.stopped.is_none(), "{what} {code}: {:?}", told.stopped);
            let off = told.sent[1].2 - told.sent[1].0 as i64;
            assert!((29..=31).contains(&off), "{off}");
        }
    }
}

#[test]
fn a_time_that_is_refused_twice_stops_the_run_and_says_by_how_much() {
    for what in BOTH {
        let told = run(what, 3, &["3 @-754"], Bounds::default());
        let said = told.stopped.map(|stopped| stopped.to_string());
        let expect = "the marketplace calls the request's time wrong: no (code 3); this computer's clock is 12 min 33 s \
            ahead of the marketplace's; set it";
        assert_eq!((said.as_deref(), told.sent.len()), (Some(expect), 2));
    }
}

#[test]
fn what_the_marketplace_asks_for_is_waited_whatever_the_call() {
    for what in BOTH {
        for reply in ["503 +7", "429 +7", "901 +7"] {
            let told = run(what, 1, &[reply, "done"], Bounds::default());
            assert!(told.stopped.is_none(), "{reply}: {:?}", told.stopped);
            let pause = told.sent[1].0 - told.sent[0].0;
            assert!((7.0..9.0).contains(&pause), "{what} {reply}: {pause}");
        }
    }
}

#[test]
fn a_deadline_ends_waits() {
    for what in BOTH {
        let deadline = Some(start() + TimeDelta::seconds(60));
        let bounds = Bounds { deadline, ..Bounds::default() };
        let told = run(what, 2, &["503 +600"], bounds);
        let said = told.stopped.map(|stopped| stopped.to_string()).unwrap_or_default();
        assert!(said.starts_with("the deadline 2017-07-14 02:41:00 UTC has passed: "), "{said}");
        assert_eq!(told.sent.len(), 1);
    }
}

#[test]
fn so_many_calls_leave_and_no_more() {
    let bounds = Bounds { max_requests: Some(2), ..Bounds::default() };
    let told = run(Action::SetImages, 3, &["done"], bounds.clone());
    let said = "the limit of 2 calls is reached: 0 of 3 planned requests are done, 3 not";
    assert_eq!(told.stopped.map(|stopped| stopped.to_string()).as_deref(), Some(said));
    assert_eq!((told.sent.len(), told.calls), (2, 2));
    // What needs no more is no reason to stop: two sendings, and four looks at what does not show after each.
    let ten = Bounds { max_requests: Some(10), ..Bounds::default() };
    let told = run(Action::SetImages, 1, &["done"], ten);
    assert!(told.stopped.is_none() && told.calls == 10);
    let told = run(Action::GetProducts, 250, &["done"], bounds.clone().after(2));
    assert_eq!(told.sent.len(), 0, "{:?}", told.stopped);
    let told = run(Action::GetProducts, 250, &["done"], bounds);
    let said = "the limit of 2 calls is reached: nothing was sent";
    assert_eq!(told.stopped.map(|stopped| stopped.to_string()).as_deref(), Some(said));
}

#[test]
fn what_went_well_lets_the_next_call_leave_before_the_journal_holds_it_and_nothing_else_does() {
    for (reply, is_early) in [("done", true), ("done +1", false), ("5", false), ("503", false), ("901", false)] {
        let told = run_slowly(TimeDelta::seconds(5), Action::SetImages, 3, &[reply, "done"], Bounds::default());
        assert!(told.stopped.is_none(), "{reply}: {:?}", told.stopped);
        assert_eq!(told.sent[1].0 < 5.0, is_early, "{reply}: {:?}", told.sent);
        assert_eq!(told.sent[2].0 < 5.0, is_early, "{reply}: {:?}", told.sent);
    }
}

#[test]
fn a_call_that_went_well_is_not_counted_before_the_journal_holds_it() {
    let bounds = Bounds { max_requests: Some(2), ..Bounds::default() };
    let told = run_slowly(TimeDelta::seconds(5), Action::SetImages, 2, &["done"], bounds);
    assert!(told.stopped.is_some_and(|stopped| stopped.to_string().starts_with("the limit of 2 calls is reached")));
    assert_eq!(told.ended.timestamp() - start().timestamp(), 5, "it stops when both are known");
}

#[test]
fn a_baseline_keeps_the_pace() {
    let told = run(Action::GetProducts, 1_000, &["done"], Bounds::default());
    assert_eq!(told.sent.len(), 10);
    let times: Vec<f64> = told.sent.iter().map(|(at, ..)| *at).collect();
    assert!(times.windows(2).skip(1).all(|pair| pair[1] - pair[0] > 0.45), "{times:?}");
}
