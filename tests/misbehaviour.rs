//! What the stand-in marketplace does on a bad day, seen as bytes: the client here speaks raw TCP, so that each fault
//! is proved on the wire and not by what a library makes of it.
#![cfg(all(feature = "sandbox", feature = "import"))]

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read as _};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use flate2::read::{GzDecoder, ZlibDecoder};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::Sha256;
use skuload::sandbox::{Faults, Options, Sandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TEN_PERCENT: &str = include_str!("faults/ten-percent.toml");
const ROUGH: &str = include_str!("faults/rough.toml");
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[allow(clippy::disallowed_methods, reason = "the test signs with the time the marketplace has")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

#[allow(clippy::disallowed_methods, reason = "the test measures how late a reply is")]
fn moment() -> Instant {
    Instant::now()
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Closed,
    Reset,
}

/// All that came back over one connection.
#[derive(Debug)]
struct Reply {
    bytes: usize,
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
    end: End,
}

impl Reply {
    fn read(bytes: &[u8], end: End) -> Reply {
        let split = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let (head, rest) = split.map_or((&b""[..], &b""[..]), |at| (&bytes[..at], &bytes[at + 4..]));
        let head = String::from_utf8(head.to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
        let headers: BTreeMap<String, String> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let body = if headers.contains_key("transfer-encoding") { joined(rest) } else { rest.to_vec() };
        Reply { bytes: bytes.len(), status: status.unwrap_or(0), headers, body, end }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    fn promised(&self) -> usize {
        self.headers["content-length"].parse().unwrap()
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    fn is_success(&self) -> bool {
        self.text().contains("SuccessResponse")
    }

    /// The `ErrorCode`, or 0.
    fn code(&self) -> u32 {
        let text = self.text().replace('"', "").replace("ErrorCode:", "<ErrorCode>").replace(',', "<");
        let code = text.split_once("<ErrorCode>").and_then(|(_, rest)| rest.split_once('<')?.0.parse().ok());
        code.unwrap_or_else(|| if self.is_success() { 0 } else { panic!("{text}") })
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// The pieces of a chunked body.
fn joined(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(line) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        body.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 4 + size..];
    }
    body
}

/// A started marketplace.
struct Shop(Sandbox);

impl Shop {
    async fn open(faults: &str) -> Shop {
        Shop::with(faults, Options::default()).await
    }

    async fn with(faults: &str, options: Options) -> Shop {
        let faults = Faults::from_toml(faults).unwrap();
        Shop(Sandbox::start(Options { faults, calls_per_second: None, ..options }).await.unwrap())
    }

    /// A shop with one fault for calls of the action.
    async fn faulty(action: &str, fault: &str) -> Shop {
        Shop::open(&format!("[[fault]]\naction = \"{action}\"\n{fault}")).await
    }

    fn host(&self) -> &str {
        self.0.url().trim_start_matches("http://").trim_end_matches('/')
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.host()).await.unwrap()
    }

    fn path(&self, action: &str, changes: &[(&str, &str)]) -> String {
        let stamp = now().format("%Y-%m-%dT%H:%M:%S+00:00").to_string();
        let common = [("Action", action), ("Timestamp", &stamp), ("UserID", self.0.user_id()), ("Version", "1.0")];
        let all: BTreeMap<&str, &str> = common.iter().chain(changes).copied().collect();
        let encode = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
        let pairs: Vec<String> = all.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let query = pairs.join("&");
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.api_key().as_bytes()).unwrap();
        mac.update(query.as_bytes());
        let signature = HEXLOWER.encode(&mac.finalize().into_bytes());
        format!("/?{query}&Signature={signature}")
    }

    fn request(&self, path: &str, connection: &str, body: &str) -> String {
        let (host, length) = (self.host(), body.len());
        format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: {connection}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    }

    /// One call over a connection of its own, and everything until that ends.
    async fn call(&self, action: &str, changes: &[(&str, &str)], body: &str) -> Reply {
        let mut stream = self.connect().await;
        stream.write_all(self.request(&self.path(action, changes), "close", body).as_bytes()).await.unwrap();
        let (bytes, end) = until_the_end(&mut stream).await;
        Reply::read(&bytes, end)
    }

    async fn create(&self, skus: &[&str]) -> Reply {
        self.call("CreateProduct", &[], &product(skus)).await
    }

    /// GetProducts in JSON: the seller SKUs of the products it shows, and their total.
    async fn look_up(&self, changes: &[(&str, &str)]) -> (Vec<String>, u64) {
        let reply = self.call("GetProducts", &[&[("Filter", "all"), ("Format", "JSON")], changes].concat(), "").await;
        let body = reply.json()["SuccessResponse"]["Body"].clone();
        let skus = body["Products"].as_array().unwrap().iter().map(|product| product["Skus"][0]["SellerSku"].clone());
        (skus.map(|sku| sku.as_str().unwrap().to_owned()).collect(), body["TotalProducts"].as_u64().unwrap())
    }

    async fn sandbox(&self, page: &str) -> Value {
        let mut stream = self.connect().await;
        let request = format!("GET /sandbox/{page} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.host());
        stream.write_all(request.as_bytes()).await.unwrap();
        let (bytes, end) = until_the_end(&mut stream).await;
        Reply::read(&bytes, end).json()
    }

    /// The seller SKUs of the shop.
    async fn skus(&self) -> Vec<String> {
        let shown = self.sandbox("products").await;
        let products = shown["products"].as_array().unwrap().iter();
        let skus = products.flat_map(|product| product["skus"].as_array().unwrap());
        skus.map(|sku| sku["seller_sku"].as_str().unwrap().to_owned()).collect()
    }

    /// How often the fault with this number struck.
    async fn struck(&self, fault: usize) -> u64 {
        self.sandbox("calls").await["faults"][fault - 1]["struck"].as_u64().unwrap()
    }
}

async fn until_the_end(stream: &mut TcpStream) -> (Vec<u8>, End) {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes).await {
        Ok(_) => (bytes, End::Closed),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => (bytes, End::Reset),
        Err(error) => panic!("{error}"),
    }
}

fn product(skus: &[&str]) -> String {
    let sku = |(size, sku): (usize, &&str)| {
        format!(
            "<Sku><SellerSku>{sku}</SellerSku><size>{size}</size><price>9.90</price><quantity>3</quantity>\
            <package_length>1</package_length><package_width>1</package_width><package_height>1</package_height>\
            <package_weight>0.2</package_weight></Sku>"
        )
    };
    let skus: String = skus.iter().enumerate().map(sku).collect();
    let attributes = "<name>Mug</name><short_description>Blue</short_description><brand>Remark</brand>";
    format!(
        "<Request><Product><PrimaryCategory>3</PrimaryCategory><Attributes>{attributes}</Attributes><Skus>{skus}</Skus>\
        </Product></Request>"
    )
}

fn images(skus: &[&str]) -> String {
    let images = "<Images><Image>https://sg-live.slatic.net/p/1.jpg</Image></Images>";
    let skus: String = skus.iter().map(|sku| format!("<Sku><SellerSku>{sku}</SellerSku>{images}</Sku>")).collect();
    format!("<Request><Product><Skus>{skus}</Skus></Product></Request>")
}

fn preset(skus: &[&str]) -> String {
    let product = |sku: &&str| format!("[[product]]\ncategory = 3\nname = \"Mug {sku}\"\nskus = [\"{sku}\"]\n");
    skus.iter().map(product).collect()
}

/// A create of `A` under the fault: what came back, and whether the product is there. The fault struck once.
async fn struck(fault: &str) -> (Reply, bool) {
    let shop = Shop::faulty("CreateProduct", &format!("times = 1\n{fault}")).await;
    let reply = shop.create(&["A"]).await;
    assert_eq!(shop.struck(1).await, 1);
    (reply, shop.skus().await == ["A"])
}

#[tokio::test]
async fn a_cut_connection_is_closed_or_reset_without_a_byte() {
    let cases = [
        ("kind = \"lost-reply\"", End::Closed, true),
        ("kind = \"lost-reply\"\nabrupt = true", End::Reset, true),
        ("kind = \"lost-reply\"\neffect = false", End::Closed, false),
        ("kind = \"reset\"", End::Reset, false),
    ];
    for (fault, end, effect) in cases {
        let (reply, there) = struck(fault).await;
        assert_eq!((reply.bytes, reply.end, there), (0, end, effect), "{fault}");
    }
}

#[tokio::test]
async fn a_lost_reply_may_keep_the_client_waiting_first() {
    let start = moment();
    let (reply, there) = struck("kind = \"lost-reply\"\nseconds = 0.2").await;
    assert_eq!((reply.bytes, there), (0, true));
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn a_delayed_effect_comes_without_another_call() {
    for kind in ["kind = \"lost-reply\"", "kind = \"status\"\nstatus = 504"] {
        let start = moment();
        let shop = Shop::faulty("CreateProduct", &format!("{kind}\neffect = \"later\"\ndelay = 0.3")).await;
        let reply = shop.create(&["A"]).await;
        assert!(reply.bytes == 0 || reply.status == 504);
        while shop.skus().await != ["A"] {
            assert!(start.elapsed() < Duration::from_secs(20));
        }
        assert!(start.elapsed() >= Duration::from_millis(300));
        let counts = shop.sandbox("calls").await;
        assert_eq!(counts["calls"]["CreateProduct"], json!({"received": 1, "succeeded": 1}));
        assert_eq!(counts["delayed_effects"], 0);
    }
}

#[tokio::test]
async fn stopping_has_the_effects_that_were_put_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.jsonl");
    let faults = "[[fault]]\nkind = \"lost-reply\"\neffect = \"later\"\ndelay = 600";
    let shop = Shop::with(faults, Options { store: Some(path.clone()), ..Options::default() }).await;
    shop.create(&["A"]).await;
    assert_eq!(shop.sandbox("calls").await["delayed_effects"], 1);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
    shop.0.stop().await;
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 1);
}

#[tokio::test]
async fn a_delayed_effect_that_was_overtaken_does_nothing() {
    let fault = "times = 1\nkind = \"lost-reply\"\neffect = \"later\"\ndelay = 0.3";
    let shop = Shop::faulty("CreateProduct", fault).await;
    shop.create(&["A"]).await;
    assert_eq!(shop.create(&["A"]).await.code(), 0);
    while shop.sandbox("calls").await["delayed_effects"] != 0 {}
    let shown = shop.sandbox("products").await;
    assert_eq!((shown["products"].as_array().unwrap().len(), &shown["products"][0]["creates"]), (1, &json!(1)));
}

const BATCH: &str = "<Request><Images><Url>http://img.example/1.jpg</Url></Images></Request>";

/// The ticket that a MigrateImages is told.
async fn ticket(shop: &Shop) -> String {
    let reply = shop.call("MigrateImages", &[("Format", "JSON")], BATCH).await.json();
    reply["SuccessResponse"]["Head"]["RequestId"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_ticket_that_is_given_late_is_the_one_that_was_told() {
    let fault = "times = 1\nkind = \"plain\"\neffect = \"later\"\ndelay = 0.3";
    let shop = Shop::faulty("MigrateImages", fault).await;
    let told = [ticket(&shop).await, ticket(&shop).await];
    assert_ne!(told[0], told[1]);
    while shop.sandbox("calls").await["delayed_effects"] != 0 {}
    let shown = shop.sandbox("products").await;
    assert!(told.iter().all(|ticket| shown["tickets"].get(ticket).is_some()), "{told:?} {}", shown["tickets"]);
}

#[tokio::test]
async fn a_question_is_never_put_off_and_counts_only_when_it_was_heard() {
    let fault = |action: &str, fault: &str| format!("[[fault]]\naction = \"{action}\"\nnth = [1]\n{fault}\n");
    let shop = Shop::open(&format!(
        "[migration]\nnot_ready = 1\n[[qc]]\nsku = \"A\"\nstatus = \"approved\"\npending = 1\n{}{}",
        fault("GetResponse", "kind = \"status\"\neffect = \"later\"\ndelay = 600"),
        fault("GetQcStatus", "kind = \"html\""),
    ))
    .await;
    shop.create(&["A"]).await;
    let request = format!("<Request><RequestId>{}</RequestId></Request>", ticket(&shop).await);
    assert_eq!(shop.call("GetResponse", &[], &request).await.status, 503);
    assert_eq!(shop.sandbox("calls").await["delayed_effects"], 0);
    assert!(!shop.call("GetResponse", &[], &request).await.text().contains("slatic.net"));
    assert!(shop.call("GetResponse", &[], &request).await.text().contains("slatic.net"));
    assert!(!shop.call("GetQcStatus", &[], "").await.is_success());
    for status in ["pending", "approved"] {
        assert!(shop.call("GetQcStatus", &[], "").await.text().contains(status), "{status}");
    }
}

#[tokio::test]
async fn half_of_an_effect_is_the_first_half_of_the_skus() {
    let shop = Shop::faulty("CreateProduct", "times = 1\nkind = \"lost-reply\"\neffect = \"half\"").await;
    assert_eq!(shop.create(&["A", "B", "C"]).await.bytes, 0);
    assert_eq!(shop.skus().await, ["A", "B"]);
    for (kind, code) in [("kind = \"plain\"", 0), ("kind = \"error\"\ncode = 504", 504)] {
        let fault = format!("{}[[fault]]\naction = \"SetImages\"\n{kind}\neffect = \"half\"", preset(&["A", "B"]));
        let shop = Shop::open(&fault).await;
        assert_eq!(shop.call("SetImages", &[], &images(&["A", "B"])).await.code(), code);
        let shown = shop.sandbox("products").await;
        let count = |product: usize| shown["products"][product]["skus"][0]["images"].as_array().unwrap().len();
        assert_eq!((count(0), count(1)), (1, 0));
    }
}

#[tokio::test]
async fn an_effect_that_happens_twice_is_there_once_and_refused() {
    let (reply, there) = struck("kind = \"plain\"\neffect = \"twice\"").await;
    assert!(there && reply.code() == 500 && reply.text().contains("[SELLER_SKU_IS_EXIST]"), "{}", reply.text());
}

#[tokio::test]
async fn a_success_may_be_a_lie() {
    let (reply, there) = struck("kind = \"plain\"\neffect = false").await;
    assert_eq!((reply.code(), there), (0, false));
}

#[tokio::test]
async fn a_server_that_is_away_refuses_connections_for_a_while() {
    let shop = Shop::faulty("CreateProduct", "times = 1\nkind = \"refused\"\nseconds = 0.3").await;
    let mut idle = shop.connect().await;
    let start = moment();
    assert_eq!(shop.create(&["A"]).await.bytes, 0);
    let refused = TcpStream::connect(shop.host()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    assert_eq!(until_the_end(&mut idle).await.0.len(), 0);
    while TcpStream::connect(shop.host()).await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(20));
        tokio::task::yield_now().await;
    }
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert_eq!(shop.skus().await, [""; 0]);
    assert_eq!(shop.create(&["A"]).await.code(), 0);
}

#[tokio::test]
async fn a_connection_may_be_reset_before_a_byte_is_read() {
    let shop = Shop::open("[[fault]]\naction = \"connection\"\nnth = [2]\nkind = \"reset\"").await;
    assert_eq!(shop.create(&["A"]).await.code(), 0);
    let mut stream = shop.connect().await;
    let mut byte = [0; 1];
    let error = stream.read(&mut byte).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(shop.create(&["B"]).await.code(), 0);
    assert_eq!(shop.struck(1).await, 1);
}

#[tokio::test]
async fn connections_may_be_refused_and_heard_late() {
    let refused = "[[fault]]\naction = \"connection\"\nnth = [2]\nkind = \"refused\"\nseconds = 0.2\n";
    let slow = "[[fault]]\naction = \"connection\"\nkind = \"slow\"\nseconds = 0.2";
    let shop = Shop::open(&format!("{refused}{slow}")).await;
    let start = moment();
    assert_eq!(shop.create(&["A"]).await.code(), 0);
    assert!(start.elapsed() >= Duration::from_millis(200));
    let mut stream = shop.connect().await;
    assert_eq!(until_the_end(&mut stream).await.0.len(), 0);
    while TcpStream::connect(shop.host()).await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(20));
        tokio::task::yield_now().await;
    }
    assert!(start.elapsed() >= Duration::from_millis(400));
}

#[tokio::test]
async fn a_truncated_reply_ends_in_the_middle() {
    for (abrupt, end) in [("", End::Closed), ("abrupt = true", End::Reset)] {
        let (reply, there) = struck(&format!("kind = \"truncated\"\n{abrupt}")).await;
        assert_eq!((reply.body.len(), reply.end, there), (reply.promised() / 2, end, true));
        assert!(reply.body.starts_with(b"<?xml"));
    }
}

#[tokio::test]
async fn an_overlong_reply_promises_more_than_it_gives() {
    let start = moment();
    let (reply, there) = struck("kind = \"overlong\"\nseconds = 0.2").await;
    assert_eq!((reply.promised(), reply.end, there), (reply.body.len() + 1000, End::Closed, true));
    assert!(reply.text().ends_with("</SuccessResponse>"));
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn a_dripping_reply_comes_byte_by_byte() {
    let shop = Shop::faulty("CreateProduct", "kind = \"drip\"\nseconds = 0.004").await;
    let start = moment();
    let mut stream = shop.connect().await;
    let request = shop.request(&shop.path("CreateProduct", &[]), "close", &product(&["A"]));
    stream.write_all(request.as_bytes()).await.unwrap();
    let (mut bytes, mut parts, mut buffer) = (Vec::new(), 0_u32, [0; 4096]);
    loop {
        match stream.read(&mut buffer).await.unwrap() {
            0 => break,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
        parts += 1;
    }
    let reply = Reply::read(&bytes, End::Closed);
    let length = u32::try_from(reply.body.len()).unwrap();
    assert!(reply.is_success() && parts > length / 4, "{parts} parts of {length} bytes");
    assert!(start.elapsed() >= Duration::from_millis(4) * (length - 1));
}

#[tokio::test]
async fn a_line_may_be_hung_up_after_a_whole_reply() {
    for (abrupt, expect) in [("", End::Closed), ("abrupt = true", End::Reset)] {
        let shop = Shop::faulty("CreateProduct", &format!("times = 1\nkind = \"hang-up\"\n{abrupt}")).await;
        let mut stream = shop.connect().await;
        let path = shop.path("CreateProduct", &[]);
        stream.write_all(shop.request(&path, "keep-alive", &product(&["A"])).as_bytes()).await.unwrap();
        let (bytes, end) = until_the_end(&mut stream).await;
        let reply = Reply::read(&bytes, end);
        assert_eq!((reply.code(), reply.body.len(), reply.end), (0, reply.promised(), expect));
        assert_eq!(reply.header("connection"), None);
    }
}

#[tokio::test]
async fn what_is_sent_over_a_line_that_is_hung_up_is_never_read() {
    let shop = Shop::faulty("CreateProduct", "kind = \"hang-up\"\nseconds = 0.3").await;
    let mut stream = shop.connect().await;
    let send = |sku: &str| shop.request(&shop.path("CreateProduct", &[]), "keep-alive", &product(&[sku]));
    stream.write_all(send("A").as_bytes()).await.unwrap();
    let mut first = vec![0; 4096];
    let mut length = 0;
    while !String::from_utf8_lossy(&first[..length]).contains("</SuccessResponse>") {
        length += stream.read(&mut first[length..]).await.unwrap();
    }
    stream.write_all(send("B").as_bytes()).await.unwrap();
    assert_eq!(until_the_end(&mut stream).await.0.len(), 0);
    assert_eq!(shop.skus().await, ["A"]);
}

#[tokio::test]
async fn every_status_comes_with_and_without_effect() {
    for status in [429, 500, 502, 503, 504] {
        for effect in [true, false] {
            let fault = format!("kind = \"status\"\nstatus = {status}\neffect = {effect}\nretry_after = 7");
            let (reply, there) = struck(&fault).await;
            assert_eq!((reply.status, there, reply.header("retry-after")), (status, effect, Some("7")));
            assert!(reply.text().starts_with("<!DOCTYPE html>"));
        }
    }
}

#[tokio::test]
async fn a_redirect_names_another_place() {
    for status in [301, 307] {
        let fault = format!("kind = \"status\"\nstatus = {status}\nlocation = \"http://127.0.0.1:9/elsewhere\"");
        let (reply, there) = struck(&fault).await;
        assert_eq!((reply.status, reply.header("location")), (status, Some("http://127.0.0.1:9/elsewhere")));
        assert!(!there);
    }
}

#[tokio::test]
async fn a_refusal_may_last_from_the_nth_call_to_the_end() {
    for (fault, code) in
        [("kind = \"throttle\"", 901), ("kind = \"error\"\ncode = 7", 7), ("kind = \"error\"\ncode = 9", 9)]
    {
        let shop = Shop::faulty("*", &format!("from = 3\n{fault}")).await;
        let mut codes = Vec::new();
        for sku in ["A", "B", "C", "D", "E"] {
            codes.push(shop.create(&[sku]).await.code());
        }
        assert_eq!(codes, [0, 0, code, code, code]);
        assert_eq!(shop.skus().await, ["A", "B"]);
    }
}

#[tokio::test]
async fn a_burst_strikes_everybody_until_it_ends() {
    let shop = Shop::faulty("*", "nth = [1]\nburst = 0.3\nkind = \"status\"").await;
    let start = moment();
    assert_eq!((shop.create(&["A"]).await.status, shop.create(&["A"]).await.status), (503, 503));
    while shop.create(&["A"]).await.status == 503 {
        assert!(start.elapsed() < Duration::from_secs(20));
    }
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert!(shop.struck(1).await >= 2);
}

#[tokio::test]
async fn a_reply_may_be_labelled_wrongly_or_not_at_all() {
    let (reply, there) = struck("kind = \"plain\"\ncontent_type = \"image/png\"").await;
    assert_eq!((reply.header("content-type"), reply.code(), there), (Some("image/png"), 0, true));
    let (reply, _) = struck("kind = \"plain\"\ncontent_type = \"\"").await;
    assert_eq!((reply.header("content-type"), reply.code()), (None, 0));
    let (reply, _) = struck("kind = \"html\"\ncontent_type = \"application/json\"").await;
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert!(reply.text().starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn a_reply_may_have_the_format_that_was_not_asked_for() {
    let shop = Shop::faulty("*", "kind = \"plain\"\nformat = \"other\"").await;
    let xml = shop.call("CreateProduct", &[("Format", "JSON")], &product(&["A"])).await;
    assert!(xml.text().starts_with("<?xml") && xml.code() == 0);
    assert_eq!(xml.header("content-type"), Some("text/xml; charset=utf-8"));
    let refusal = shop.call("CreateProduct", &[("Format", "XML")], &product(&["A"])).await;
    assert!(refusal.text().starts_with('{') && refusal.code() == 500);
}

#[tokio::test]
async fn a_reply_may_be_in_an_encoding_it_does_not_name() {
    let (reply, there) = struck("kind = \"plain\"\ncharset = \"latin-1\"").await;
    assert!(there && reply.body.windows(4).any(|window| window == b"Caf\xe9"));
    assert!(String::from_utf8(reply.body.clone()).is_err());
    assert_eq!(reply.header("content-type"), Some("text/xml; charset=utf-8"));
    let (reply, _) = struck("kind = \"plain\"\ncharset = \"utf-16\"").await;
    let units: Vec<u16> = reply.body.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    assert!(String::from_utf16(&units).unwrap().starts_with("\u{feff}<?xml"));
    let (reply, _) = struck("kind = \"plain\"\ncharset = \"bom\"").await;
    assert!(reply.text().starts_with("\u{feff}<?xml"));
    let (reply, _) = struck("kind = \"plain\"\ncharset = \"nul\"").await;
    assert!(reply.text().contains("<SuccessResponse><Note>a\0b</Note><Head>"));
    let shop = Shop::faulty("*", "kind = \"plain\"\ncharset = \"latin-1\"").await;
    let reply = shop.call("CreateProduct", &[("Format", "JSON")], "").await;
    assert!(reply.body.starts_with(b"{\"ErrorResponse\":{\"Note\":\"Caf\xe9\",\"Head\":"), "{:?}", reply.body);
}

fn unpacked(coding: &str, body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    match coding {
        "gzip" => GzDecoder::new(body).read_to_end(&mut whole).unwrap(),
        _ => ZlibDecoder::new(body).read_to_end(&mut whole).unwrap(),
    };
    whole
}

#[tokio::test]
async fn a_reply_may_be_packed_though_nobody_asked() {
    for coding in ["gzip", "deflate"] {
        let (reply, there) = struck(&format!("kind = \"plain\"\ncoding = \"{coding}\"")).await;
        assert_eq!((reply.header("content-encoding"), reply.promised(), there), (Some(coding), reply.body.len(), true));
        let text = String::from_utf8(unpacked(coding, &reply.body)).unwrap();
        assert!(text.starts_with("<?xml") && text.ends_with("</SuccessResponse>"));
        let (reply, _) = struck(&format!("kind = \"truncated\"\ncoding = \"{coding}\"")).await;
        assert_eq!(reply.body.len(), reply.promised() / 2);
    }
}

#[tokio::test]
async fn a_bomb_is_a_thousand_times_what_comes() {
    for coding in ["gzip", "deflate"] {
        let (reply, there) = struck(&format!("kind = \"plain\"\ncoding = \"{coding}\"\nmegabytes = 8")).await;
        assert!(there && reply.body.len() < 8 * 1024 * 1024 / 900, "{}", reply.body.len());
        let whole = unpacked(coding, &reply.body);
        assert!(whole.len() > 8 * 1024 * 1024 && whole.ends_with(b"</SuccessResponse>"));
    }
}

#[tokio::test]
async fn a_hundred_megabytes_come_in_pieces() {
    let shop = Shop::faulty("CreateProduct", "kind = \"plain\"\nmegabytes = 100").await;
    let mut stream = shop.connect().await;
    let request = shop.request(&shop.path("CreateProduct", &[]), "close", &product(&["A"]));
    stream.write_all(request.as_bytes()).await.unwrap();
    let (mut total, mut buffer) = (0, vec![0; 256 * 1024]);
    let mut last = Vec::new();
    loop {
        let count = stream.read(&mut buffer).await.unwrap();
        if count == 0 {
            break;
        }
        total += count;
        last.extend_from_slice(&buffer[count.saturating_sub(64)..count]);
        last.drain(..last.len().saturating_sub(64));
    }
    assert!(total > 100 * 1024 * 1024, "{total}");
    assert!(last.ends_with(b"</SuccessResponse>"));
}

#[tokio::test]
async fn a_reply_may_hold_what_costs_a_careless_reader_dear() {
    let cases = [
        ("attributes", "a199999=\"0\"", "\"a199999\":0,"),
        ("nesting", "<a><a></a></a>", "[[]]"),
        ("dtd", "<!ENTITY e9 \"&e8;", "\"Note\":0,\"Note\":0,"),
    ];
    for (inside, xml, json) in cases {
        let shop = Shop::faulty("*", &format!("kind = \"plain\"\ninside = \"{inside}\"")).await;
        let reply = shop.create(&["A"]).await;
        assert!(reply.text().contains(xml) && reply.is_success(), "{inside}");
        let reply = shop.call("CreateProduct", &[("Format", "JSON")], &product(&["A"])).await;
        assert!(reply.text().contains(json) && reply.code() == 500, "{inside}");
    }
}

async fn listed(list: &str) -> (Vec<String>, u64) {
    let fault = format!("{}[[fault]]\nkind = \"plain\"\nlist = \"{list}\"", preset(&["Aa", "Bb", "Cc", "Dd"]));
    Shop::open(&fault).await.look_up(&[]).await
}

#[tokio::test]
async fn a_look_up_may_show_other_products_than_there_are() {
    assert_eq!(listed("fewer").await, (vec!["Aa".into(), "Bb".into()], 4));
    let (skus, total) = listed("extra").await;
    assert_eq!((skus.len(), skus[4].as_str(), total), (5, "SKU-OF-ANOTHER-SHOP", 4));
    let (mut skus, _) = listed("shuffled").await;
    assert_ne!(skus, ["Aa", "Bb", "Cc", "Dd"]);
    skus.sort();
    assert_eq!(skus, ["Aa", "Bb", "Cc", "Dd"]);
    assert_eq!(listed("other-case").await.0, ["aa", "bb", "cc", "dd"]);
}

#[tokio::test]
async fn a_write_may_name_other_skus_than_it_was_given() {
    let fault = |list: &str| format!("{}[[fault]]\nkind = \"plain\"\nlist = \"{list}\"", preset(&["A", "B"]));
    let set = async |list: &str| {
        let shop = Shop::open(&fault(list)).await;
        let reply = shop.call("SetImages", &[("Format", "JSON")], &images(&["A", "B"])).await.json();
        let skus = reply["SuccessResponse"]["Body"]["Skus"].as_array().unwrap().clone();
        skus.iter().map(|sku| sku["SellerSku"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(set("fewer").await, ["A"]);
    assert_eq!(set("extra").await, ["A", "B", "SKU-OF-ANOTHER-SHOP"]);
    let shop = Shop::faulty("CreateProduct", "kind = \"plain\"\nlist = \"fewer\"").await;
    let reply = shop.create(&["A", "B"]).await.text();
    assert!(reply.contains("<Skus><Sku><SellerSku>A</SellerSku></Sku></Skus>"), "{reply}");
}

#[tokio::test]
async fn a_look_up_may_show_fewer_products_than_it_was_allowed() {
    let shop = Shop::open(&format!("{}[[fault]]\nkind = \"plain\"\nlimit = 2", preset(&["A", "B", "C"]))).await;
    assert_eq!(shop.look_up(&[("Limit", "100")]).await, (vec!["A".into(), "B".into()], 3));
    assert_eq!(shop.look_up(&[("Limit", "1")]).await.0, ["A"]);
}

#[tokio::test]
async fn a_look_up_may_be_stale() {
    let fault = "[[fault]]\naction = \"GetProducts\"\ntimes = 1\nkind = \"plain\"\nstale = 60";
    let shop = Shop::open(&format!("{}{fault}", preset(&["OLD"]))).await;
    shop.create(&["NEW"]).await;
    assert_eq!(shop.look_up(&[]).await, (vec!["OLD".into()], 1));
    assert_eq!(shop.look_up(&[]).await.0, ["OLD", "NEW"]);
    let shop = Shop::faulty("GetProducts", "kind = \"plain\"\nstale = 0.2").await;
    shop.create(&["A"]).await;
    let start = moment();
    while shop.look_up(&[("SkuSellerList", "[\"A\"]")]).await.0 != ["A"] {
        assert!(start.elapsed() < Duration::from_secs(20));
    }
}

#[tokio::test]
async fn a_sku_may_have_been_there_before() {
    let shop = Shop::open("[[fault]]\nsku = \"A\"\nkind = \"exists\"").await;
    assert_eq!(shop.look_up(&[("SkuSellerList", "[\"A\",\"B\"]")]).await.0, ["A"]);
    let refusal = shop.create(&["A"]).await;
    assert!(refusal.code() == 500 && refusal.text().contains("[SELLER_SKU_IS_EXIST]"));
    assert_eq!(shop.create(&["B"]).await.code(), 0);
    let shown = shop.sandbox("products").await;
    assert_eq!((&shown["products"][0]["creates"], &shown["products"][1]["creates"]), (&json!(0), &json!(1)));
    assert_eq!(shop.struck(1).await, 1);
}

#[tokio::test]
async fn the_seed_decides_which_skus_were_there_before() {
    let names: Vec<String> = (0..400).map(|number| format!("S{number}")).collect();
    let mut runs = Vec::new();
    for _ in 0..2 {
        let shop = Shop::open("seed = 3\n[[fault]]\nkind = \"exists\"\nprobability = 0.1").await;
        for chunk in names.chunks(100) {
            let list = serde_json::to_string(chunk).unwrap();
            shop.look_up(&[("SkuSellerList", &list), ("Limit", "100")]).await;
        }
        runs.push(shop.skus().await);
    }
    assert_eq!(runs[0], runs[1]);
    assert!((20..70).contains(&runs[0].len()), "{}", runs[0].len());
}

#[tokio::test]
async fn a_sticky_refusal_is_repeated_and_names_its_sku() {
    let fault = "probability = 0.2\nsticky = true\nkind = \"error\"\ncode = 500\nfield = \"brand\"\nsku = true";
    let shop = Shop::faulty("CreateProduct", fault).await;
    let mut refused = 0;
    for number in 0..40 {
        let (first, second) = (format!("A{number}"), format!("B{number}"));
        let replies = [shop.create(&[&first, &second]).await, shop.create(&[&first, &second]).await];
        let is_struck = replies[0].text().contains("<Field>brand</Field>");
        assert_eq!(is_struck, replies[1].text().contains("<Field>brand</Field>"));
        if is_struck {
            refused += 1;
            let named =
                [&first, &second].map(|sku| replies[0].text().contains(&format!("<SellerSku>{sku}</SellerSku>")));
            assert!(named[0] != named[1]);
        }
    }
    assert!((5..30).contains(&refused), "{refused}");
}

#[tokio::test]
async fn a_wrong_clock_shows_in_the_head_and_expires_timestamps() {
    for ahead in [600, -600] {
        let shop = Shop::open(&format!("clock = {ahead}\nclock_tolerance = 60")).await;
        let refusal = shop.create(&["A"]).await;
        assert_eq!(refusal.code(), 3);
        let date = DateTime::parse_from_rfc2822(refusal.header("date").unwrap()).unwrap().with_timezone(&Utc);
        let differs = (date - now()).num_seconds() - ahead;
        assert!((-30..=30).contains(&differs), "{differs}");
        let stamp = (now() + TimeDelta::seconds(ahead)).format("%Y-%m-%dT%H:%M:%S+00:00").to_string();
        let reply = shop.call("CreateProduct", &[("Timestamp", &stamp)], &product(&["A"])).await;
        assert_eq!(reply.code(), 0);
        assert!(reply.text().contains(&format!("<Timestamp>{}", &stamp[..13])), "{}", reply.text());
    }
}

#[tokio::test]
async fn the_counts_tell_how_often_each_fault_struck() {
    let faults =
        "[[fault]]\naction = \"CreateProduct\"\nnth = [2]\nkind = \"reset\"\n[[fault]]\nkind = \"html\"\ntimes = 0";
    let shop = Shop::open(faults).await;
    for sku in ["A", "B", "C"] {
        shop.create(&[sku, &format!("{sku}{sku}")]).await;
    }
    let expect = json!({
        "calls": {"CreateProduct": {"received": 3, "succeeded": 2}},
        "max_calls_in_10s": 3,
        "faults": [
            {"fault": 1, "kind": "reset", "action": "CreateProduct", "matched": 3, "struck": 1},
            {"fault": 2, "kind": "html", "action": "*", "matched": 3, "struck": 0}
        ],
        "delayed_effects": 0,
        "product_count": 2,
        "sku_count": 4
    });
    assert_eq!(shop.sandbox("calls").await, expect);
    let everything = shop.sandbox("products").await;
    assert_eq!(everything["products"].as_array().unwrap().len(), 2);
    assert_eq!(everything["faults"], expect["faults"]);
}

#[tokio::test]
async fn the_limit_may_stand_in_the_file() {
    let shop = Shop::open("calls_per_second = 0.001").await;
    assert_eq!((shop.create(&["A"]).await.code(), shop.create(&["B"]).await.code()), (0, 901));
    let faults = Faults::from_toml("calls_per_second = inf").unwrap();
    let options = Options { faults, calls_per_second: Some(0.001), ..Options::default() };
    let shop = Shop(Sandbox::start(options).await.unwrap());
    assert_eq!((shop.create(&["A"]).await.code(), shop.create(&["B"]).await.code()), (0, 0));
}

#[tokio::test]
async fn the_bad_days_in_the_files_are_as_bad_as_they_say() {
    assert!(Faults::from_toml(ROUGH).is_ok());
    let shop = Shop::open(TEN_PERCENT).await;
    for number in 0..2000 {
        let path = shop.path("CreateProduct", &[]);
        let body = product(&[&format!("S{number}"), &format!("T{number}")]);
        // The line may be refused, reset or closed at any moment.
        let Ok(mut stream) = TcpStream::connect(shop.host()).await else { continue };
        if stream.write_all(shop.request(&path, "close", &body).as_bytes()).await.is_ok() {
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    }
    let counts = shop.sandbox("calls").await;
    let faults = counts["faults"].as_array().unwrap();
    let struck = |fault: &Value| fault["struck"].as_u64().unwrap();
    let (before, refused) = (struck(&faults[0]), struck(&faults[1]));
    let received = counts["calls"]["CreateProduct"]["received"].as_u64().unwrap();
    let hit = faults[2..].iter().map(struck).sum::<u64>() * 1000 / received;
    assert!((40..130).contains(&before), "{before} of 4000 were there before");
    assert!((70..180).contains(&refused), "{refused} of 2000 are refused");
    assert!((70..150).contains(&hit), "{hit} in 1000 struck");
}
