//! The pictures of the stand-in marketplace, and what quality control says, asked for over loopback by a client of a
//! few lines that shares nothing with it.
#![cfg(all(feature = "sandbox", feature = "import"))]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::Sha256;
use skuload::sandbox::{Faults, Options, Sandbox};

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const HOSTED: &str = "https://sg-live.slatic.net/p/1.jpg";
const SHOP: &str = "[[product]]\ncategory = 3\nname = \"Runner Air\"\nskus = [\"WHITE\", \"BLACK\"]\n";

/// The calls that this file is about.
const CALLS: [&str; 5] = ["MigrateImage", "MigrateImages", "UploadImage", "GetResponse", "GetQcStatus"];

#[allow(clippy::disallowed_methods, reason = "the test signs with the time the marketplace has")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

#[allow(clippy::disallowed_methods, reason = "the test measures how late a reply is")]
fn moment() -> Instant {
    Instant::now()
}

fn signature(key: &str, text: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    HEXLOWER.encode(&mac.finalize().into_bytes())
}

/// A started sandbox and a client that tries once.
struct Shop {
    sandbox: Sandbox,
    client: reqwest::Client,
}

impl Shop {
    async fn open(faults: &str) -> Shop {
        Shop::with(faults, None).await
    }

    async fn with(faults: &str, store: Option<&Path>) -> Shop {
        // reqwest wants a provider even where it speaks plain http; the second test to come here finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let faults = Faults::from_toml(faults).unwrap();
        let options =
            Options { faults, store: store.map(Path::to_owned), calls_per_second: None, ..Options::default() };
        let client = reqwest::Client::builder().retry(reqwest::retry::never()).no_proxy().build().unwrap();
        Shop { sandbox: Sandbox::start(options).await.unwrap(), client }
    }

    fn address(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let timestamp = now().format("%Y-%m-%dT%H:%M:%S+00:00").to_string();
        let common =
            [("Action", action), ("Timestamp", &timestamp), ("UserID", self.sandbox.user_id()), ("Version", "1.0")];
        let all: BTreeMap<&str, &str> = common.iter().chain(parameters).copied().collect();
        let encode = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
        let pairs: Vec<String> =
            all.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let query = pairs.join("&");
        format!("{}?{query}&Signature={}", self.sandbox.url(), signature(self.sandbox.api_key(), &query))
    }

    async fn send(&self, address: &str, body: Vec<u8>) -> Result<String, reqwest::Error> {
        let response = self.client.post(address).body(body).send().await?;
        assert_eq!(response.status().as_u16(), 200);
        response.text().await
    }

    async fn xml(&self, action: &str, body: impl Into<Vec<u8>>) -> String {
        self.send(&self.address(action, &[]), body.into()).await.unwrap()
    }

    /// The reply in JSON, without its envelope.
    async fn call(&self, action: &str, body: impl Into<Vec<u8>>) -> Value {
        let text = self.send(&self.address(action, &[("Format", "JSON")]), body.into()).await.unwrap();
        opened(&text)
    }

    async fn qc(&self, parameters: &[(&str, &str)]) -> Value {
        let address = self.address("GetQcStatus", &[&[("Format", "JSON")], parameters].concat());
        opened(&self.client.get(address).send().await.unwrap().text().await.unwrap())
    }

    /// Asks for a ticket, and then what came of it.
    async fn batch(&self, urls: &[&str]) -> Value {
        let ticket = self.call("MigrateImages", batch(urls)).await["Head"]["RequestId"].clone();
        self.call("GetResponse", response(ticket.as_str().unwrap())).await
    }

    async fn shown(&self) -> Value {
        let address = format!("{}sandbox/products", self.sandbox.url());
        serde_json::from_str(&self.client.get(address).send().await.unwrap().text().await.unwrap()).unwrap()
    }
}

fn opened(text: &str) -> Value {
    let reply: Value = serde_json::from_str(text).unwrap();
    let (success, error) = (&reply["SuccessResponse"], &reply["ErrorResponse"]);
    assert!(success.is_null() != error.is_null(), "{text}");
    if error.is_null() { success.clone() } else { error.clone() }
}

/// A reply in JSON on one line: the error's text and its details, or the body.
fn line(reply: &Value) -> String {
    let Some(message) = reply["Head"]["ErrorMessage"].as_str() else { return reply["Body"].to_string() };
    let details = reply["Body"]["Errors"].as_array().into_iter().flatten();
    let text =
        |detail: &Value| format!(" | {}: {}", detail["Field"].as_str().unwrap(), detail["Message"].as_str().unwrap());
    format!("{message}{}", details.map(text).collect::<String>())
}

fn source(url: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Request><Image><Url>{url}</Url></Image></Request>")
}

fn batch(urls: &[&str]) -> String {
    let urls: String = urls.iter().map(|url| format!("<Url>{url}</Url>")).collect();
    format!("<Request><Images>{urls}</Images></Request>")
}

fn response(ticket: &str) -> String {
    format!("<Request><RequestId>{ticket}</RequestId></Request>")
}

fn png(width: u32, height: u32) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &width.to_be_bytes(), &height.to_be_bytes(), b"\x08\x02\0\0\0"]
        .concat()
}

fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let before = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc0, 0, 17, 8];
    [&before[..], &height.to_be_bytes(), &width.to_be_bytes(), &[3; 10]].concat()
}

fn set_images(seller_sku: &str, url: &str) -> String {
    let sku = format!("<Sku><SellerSku>{seller_sku}</SellerSku><Images><Image>{url}</Image></Images></Sku>");
    format!("<Request><Product><Skus>{sku}</Skus></Product></Request>")
}

fn create(seller_sku: &str, url: &str) -> String {
    let attributes = "<name>Mug</name><short_description>Blue</short_description><brand>Remark</brand>";
    let package = "<package_length>1</package_length><package_width>1</package_width><package_height>1\
        </package_height><package_weight>0.2</package_weight>";
    let image = if url.is_empty() { String::new() } else { format!("<Images><Image>{url}</Image></Images>") };
    format!(
        "<Request><Product><PrimaryCategory>3</PrimaryCategory><Attributes>{attributes}</Attributes><Skus><Sku>\
        <SellerSku>{seller_sku}</SellerSku><price>9.90</price>{package}{image}</Sku></Skus></Product></Request>"
    )
}

/// Each request is answered as expected in JSON, and alike in XML.
async fn check(shop: &Shop, action: &str, cases: &[(Vec<u8>, &str)]) {
    for (body, expect) in cases {
        let request = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
        assert_eq!(line(&shop.call(action, body.clone()).await), *expect, "{action} {request}");
        let xml = shop.xml(action, body.clone()).await;
        let message = expect.split(" | ").next().unwrap();
        if message.starts_with("E") {
            assert!(xml.contains(&format!("<ErrorMessage>{message}</ErrorMessage>")), "{action} {request}: {xml}");
        } else {
            assert!(xml.contains("<SuccessResponse>"), "{action} {request}: {xml}");
        }
    }
}

#[tokio::test]
async fn every_call_must_be_signed() {
    let shop = Shop::open("").await;
    for action in CALLS {
        let address = shop.address(action, &[]);
        let (front, _) = address.rsplit_once('=').unwrap();
        let reply = shop.send(&format!("{front}={}", "0".repeat(64)), source(HOSTED).into_bytes()).await.unwrap();
        assert!(reply.contains("<ErrorMessage>E007: Login failed. Signature mismatch<"), "{action}: {reply}");
        let reply = shop.send(&address.replace("Version=1.0", "Version=1.1"), Vec::new()).await.unwrap();
        assert!(reply.contains("E002: Invalid Version"), "{action}: {reply}");
    }
    let shown = shop.shown().await;
    assert_eq!((&shown["images"], &shown["tickets"]), (&json!({}), &json!({})));
}

#[tokio::test]
async fn every_reply_of_migrate_image_comes_in_both_formats() {
    let shop = Shop::open("").await;
    let unsupported = |url: &str| format!("E302: The image URL is not supported | {url}: The URL is not supported");
    let urls = ["ftp://x.example/1.jpg", "http://10.0.0.1/1.jpg", "http://localhost/1.jpg", "https://x.example:8080/1"];
    let refusals = urls.map(|url| (source(url).into_bytes(), unsupported(url)));
    let dead = "E301: Migrate image failed | http://x.example/dead/1.jpg: The image cannot be downloaded";
    let huge = "E303: The image is too large | http://x.example/huge/1.jpg: The image is too large";
    let image = "{\"Image\":{\"Code\":\"82ab926291202d37d22f2b823f30fd0b\",\
        \"Url\":\"https://sg-live.slatic.net/p/82ab926291202d37d22f2b823f30fd0b.jpg\"}}";
    let mut cases = vec![
        (source("http://x.example/1.jpg?a=1&amp;b=2"), image),
        (source(" http://x.example/1.jpg?a=1&amp;b=2\n"), image),
        (source("http://x.example/1.jpg?a=1&b=2"), "E005: Invalid Request Format"),
        (source("http://x.example/dead/1.jpg"), dead),
        (source("http://x.example/huge/1.jpg"), huge),
        (source(""), "E001: Parameter Url is mandatory"),
        (batch(&["http://x.example/1.jpg"]), "E001: Parameter Image is mandatory"),
        ("<Request/>".to_owned(), "E030: Empty Request"),
        (String::new(), "E030: Empty Request"),
    ];
    let cases: Vec<(Vec<u8>, &str)> = cases.drain(..).map(|(body, expect)| (body.into_bytes(), expect)).collect();
    check(&shop, "MigrateImage", &cases).await;
    for (body, expect) in refusals {
        check(&shop, "MigrateImage", &[(body, &expect)]).await;
    }
}

#[tokio::test]
async fn a_migrated_image_is_printed_as_the_page_does() {
    let shop = Shop::open("").await;
    let xml = shop.xml("MigrateImage", source("http://x.example/1.jpg")).await;
    let head = "<Head><RequestId/><RequestAction>MigrateImage</RequestAction><ResponseType>Image</ResponseType>";
    assert!(
        xml.contains(head) && xml.contains("<Body><Image><Code>") && xml.contains("</Url></Image></Body>"),
        "{xml}"
    );
    let head = shop.call("MigrateImage", source("http://x.example/1.jpg")).await["Head"].clone();
    assert_eq!((&head["RequestId"], &head["ResponseType"]), (&json!(""), &json!("Image")));
}

#[tokio::test]
async fn a_source_has_one_hosted_address_however_often_and_however_it_is_migrated() {
    let shop = Shop::open("").await;
    let url = "http://x.example/1.jpg";
    let first = shop.call("MigrateImage", source(url)).await["Body"]["Image"].clone();
    assert_eq!(shop.call("MigrateImage", source(url)).await["Body"]["Image"], first);
    assert_eq!(shop.batch(&["http://x.example/2.jpg", url]).await["Body"]["Images"][1], first);
    let hosted = first["Url"].as_str().unwrap();
    assert!(hosted.starts_with("https://sg-live.slatic.net/p/"));
    let images = shop.shown().await["images"].clone();
    assert_eq!(images[hosted], json!({"source": url, "times": 3}));
    assert_eq!(images.as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn every_reply_of_migrate_images_comes_in_both_formats() {
    let shop = Shop::open("").await;
    let url = "http://x.example/1.jpg";
    let cases = [
        (batch(&[url; 8]), "{\"Warnings\":[]}"),
        (batch(&["ftp://x.example/1.jpg"]), "{\"Warnings\":[]}"),
        (batch(&[url; 9]), "E301: Migrate image failed | Images: Too many images in one request"),
        (batch(&[]), "E001: Parameter Url is mandatory"),
        (source(url), "E001: Parameter Images is mandatory"),
        (batch(&["a&b"]), "E005: Invalid Request Format"),
        (String::new(), "E030: Empty Request"),
    ];
    check(&shop, "MigrateImages", &cases.map(|(body, expect)| (body.into_bytes(), expect))).await;
    let xml = shop.xml("MigrateImages", batch(&[url])).await;
    let ticket = xml.split("<RequestId>").nth(1).unwrap().split('<').next().unwrap();
    assert!(ticket.len() == 26 && ticket.bytes().all(|byte| byte.is_ascii_hexdigit()), "{xml}");
    let head = "<RequestAction>MigrateImages</RequestAction><ResponseType>Images</ResponseType>";
    assert!(xml.contains(head) && xml.ends_with("</Head><Body/></SuccessResponse>"), "{xml}");
    assert_eq!(shop.shown().await["tickets"].as_object().unwrap().len(), 5);
}

#[tokio::test]
async fn a_response_has_the_images_in_order_and_the_failed_ones_by_their_source() {
    let shop = Shop::open("").await;
    let urls = [
        "http://x.example/dead/1.jpg",
        "http://x.example/2.jpg",
        "http://x.example/huge/3.jpg",
        "http://x.example/4.jpg",
        "http://127.0.0.1/5.jpg",
    ];
    let body = shop.batch(&urls).await["Body"].clone();
    let mut hosted = Vec::new();
    for url in ["http://x.example/2.jpg", "http://x.example/4.jpg"] {
        hosted.push(shop.call("MigrateImage", source(url)).await["Body"]["Image"].clone());
    }
    let errors = json!([
        {"Field": urls[0], "Message": "The image cannot be downloaded"},
        {"Field": urls[2], "Message": "The image is too large"},
        {"Field": urls[4], "Message": "The URL is not supported"}
    ]);
    assert_eq!(body, json!({"Images": hosted, "Errors": errors, "Warnings": []}));
    let ticket = shop.call("MigrateImages", batch(&urls[..2])).await["Head"]["RequestId"].clone();
    let xml = shop.xml("GetResponse", response(ticket.as_str().unwrap())).await;
    let errors = "<Body><Errors><ErrorDetail><Field>http://x.example/dead/1.jpg</Field><Message>The image cannot be \
        downloaded</Message></ErrorDetail></Errors><Images><Image><Code>";
    assert!(xml.contains("<ResponseType>Images</ResponseType>") && xml.contains(errors), "{xml}");
}

#[tokio::test]
async fn every_error_of_the_response_page_comes_in_both_formats() {
    let shop = Shop::open("[[fault]]\naction = \"GetResponse\"\nnth = [11, 12]\nkind = \"error\"\ncode = 6").await;
    let malformed = "E005: Invalid Request Format";
    let cases = [
        (response("0a14301714908715332687334e"), malformed),
        (response(""), malformed),
        ("<Request>".to_owned(), malformed),
        ("<RequestId>1</RequestId>".to_owned(), malformed),
        (String::new(), malformed),
        (response("any"), "E006: Unexpected internal error"),
    ];
    check(&shop, "GetResponse", &cases.map(|(body, expect)| (body.into_bytes(), expect))).await;
}

#[tokio::test]
async fn a_ticket_may_be_asked_for_until_it_is_ready_and_after() {
    let shop = Shop::open("[migration]\nnot_ready = 2").await;
    let ticket = shop.call("MigrateImages", batch(&["http://x.example/1.jpg"])).await["Head"]["RequestId"].clone();
    let ticket = ticket.as_str().unwrap();
    assert_eq!(shop.call("GetResponse", response(ticket)).await["Body"], json!({"Warnings": []}));
    assert!(shop.xml("GetResponse", response(ticket)).await.ends_with("</Head><Body/></SuccessResponse>"));
    let ready = shop.call("GetResponse", response(ticket)).await["Body"].clone();
    assert_eq!(ready["Images"].as_array().unwrap().len(), 1);
    assert_eq!(shop.call("GetResponse", response(ticket)).await["Body"], ready);
    let expect = json!({"sources": ["http://x.example/1.jpg"], "polls": 4});
    assert_eq!(shop.shown().await["tickets"][ticket], expect);
    assert_eq!(shop.shown().await["images"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn a_ticket_that_is_not_ready_may_be_an_error() {
    let shop = Shop::open("[migration]\nseconds = 0.05\nsays = \"error\"").await;
    let start = moment();
    let ticket = shop.call("MigrateImages", batch(&["http://x.example/1.jpg"])).await["Head"]["RequestId"].clone();
    let mut reply = json!({"Head": {"ErrorMessage": ""}});
    while !reply["Head"]["ErrorMessage"].is_null() && start.elapsed() < Duration::from_secs(5) {
        reply = shop.call("GetResponse", response(ticket.as_str().unwrap())).await;
        let message = reply["Head"]["ErrorMessage"].as_str().unwrap_or_default();
        assert!(["", "E006: Unexpected internal error"].contains(&message), "{message}");
    }
    assert!(reply["Body"]["Images"].is_array() && start.elapsed() >= Duration::from_millis(50), "{reply}");
}

#[tokio::test]
async fn a_slow_source_comes_late() {
    let shop = Shop::open("[migration]\nslow = 0.2").await;
    let start = moment();
    assert!(shop.batch(&["http://x.example/slow/1.jpg"]).await["Body"]["Images"].is_null());
    assert!(shop.call("MigrateImage", source("http://x.example/slow/1.jpg")).await["Body"]["Image"].is_object());
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn every_reply_of_upload_image_comes_in_both_formats() {
    let shop = Shop::open("").await;
    let sized = |mut bytes: Vec<u8>, size: usize| {
        bytes.resize(size, 0);
        bytes
    };
    let neither = "E300: Upload image failed | __images__: The image is neither JPEG nor PNG";
    let sides = "E300: Upload image failed | __images__: The image must have 330 to 5000 pixels a side";
    let cases = [
        (Vec::new(), neither),
        (b"<Request><Image/></Request>".to_vec(), neither),
        (b"GIF89a".to_vec(), neither),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "E300: Upload image failed | __images__: The image is damaged"),
        (png(329, 500), sides),
        (jpeg(500, 5001), sides),
        (sized(png(500, 500), 3 * 1024 * 1024 + 1), "E303: The image is too large"),
        (sized(png(500, 500), 9 * 1024 * 1024), "E303: The image is too large"),
    ];
    check(&shop, "UploadImage", &cases).await;
    assert_eq!(shop.shown().await["images"], json!({}));
    for (bytes, ending) in [(png(330, 5000), ".png"), (sized(jpeg(5000, 330), 3 * 1024 * 1024), ".jpg")] {
        let image = shop.call("UploadImage", bytes).await["Body"]["Image"].clone();
        assert!(image["Url"].as_str().unwrap().ends_with(ending), "{image}");
    }
    let xml = shop.xml("UploadImage", png(400, 400)).await;
    assert!(xml.contains("<ResponseType>Image</ResponseType>") && xml.contains("<Body><Image><Code>"), "{xml}");
}

#[tokio::test]
async fn every_upload_is_another_copy_that_the_shop_takes() {
    let shop = Shop::open(SHOP).await;
    let first = shop.call("UploadImage", png(500, 500)).await["Body"]["Image"].clone();
    let second = shop.call("UploadImage", png(500, 500)).await["Body"]["Image"].clone();
    let other = shop.call("UploadImage", png(500, 501)).await["Body"]["Image"].clone();
    assert!(first["Code"] == second["Code"] && first["Url"] != second["Url"] && first["Code"] != other["Code"]);
    let url = |image: &Value| image["Url"].as_str().unwrap().to_owned();
    let images = shop.shown().await["images"].clone();
    assert_eq!(images[url(&first)], json!({"upload": first["Code"], "times": 1}));
    assert_eq!(images[url(&second)], json!({"upload": first["Code"], "times": 2}));
    assert_eq!(images[url(&other)]["times"], 1);
    assert_eq!(line(&shop.call("SetImages", set_images("WHITE", &url(&second))).await), "{\"Warnings\":[]}");
    assert_eq!(shop.shown().await["products"][0]["skus"][0]["images"], json!([url(&second)]));
}

#[tokio::test]
async fn a_picture_that_is_hosted_elsewhere_is_refused() {
    let shop = Shop::open(SHOP).await;
    let refused = |sku: &str| json!([{"Field": "__images__", "Message": "The image is invalid", "SellerSku": sku}]);
    let elsewhere = "http://x.example/1.jpg";
    let reply = shop.call("SetImages", set_images("WHITE", elsewhere)).await;
    assert_eq!((&reply["Head"]["ErrorCode"], &reply["Body"]["Errors"]), (&json!(504), &refused("WHITE")));
    let reply = shop.call("CreateProduct", create("MUG", elsewhere)).await;
    assert_eq!((&reply["Head"]["ErrorCode"], &reply["Body"]["Errors"]), (&json!(500), &refused("MUG")));
    for hosted in [HOSTED, "http://sg.s.alibaba.lzd.co/original/1.jpg"] {
        assert_eq!(line(&shop.call("SetImages", set_images("WHITE", hosted)).await), "{\"Warnings\":[]}");
    }
    let migrated = shop.call("MigrateImage", source(elsewhere)).await["Body"]["Image"]["Url"].clone();
    let migrated = migrated.as_str().unwrap();
    assert_eq!(line(&shop.call("CreateProduct", create("MUG", migrated)).await), "{\"Warnings\":[]}");
    let shop = Shop::open(&format!("images = \"any\"\n{SHOP}")).await;
    assert_eq!(line(&shop.call("SetImages", set_images("WHITE", elsewhere)).await), "{\"Warnings\":[]}");
    assert_eq!(line(&shop.call("CreateProduct", create("MUG", elsewhere)).await), "{\"Warnings\":[]}");
}

#[tokio::test]
async fn every_reply_of_get_qc_status_comes_in_both_formats() {
    let products = "[[product]]\ncategory = 3\nname = \"Mug\"\nskus = [\"M1\", \"M2\"]\nreview = \"liverejected\"\n\
        reason = \"Copy\"\n[[product]]\ncategory = 3\nname = \"Cap\"\nskus = [\"GONE\"]\nstatus = \"deleted\"\n";
    let shop = Shop::open(&format!("{SHOP}{products}")).await;
    shop.call("CreateProduct", create("NEW", "")).await;
    let item = |sku: &str| json!({"SellerSKU": sku, "Status": "liverejected", "Reason": "Copy"});
    let new = json!({"SellerSKU": "NEW", "Status": "pending"});
    let status = |items: Value| json!({"Status": items}).to_string();
    let corrupt = "E070: You have corrupt data in your sku seller list.";
    let cases: [(&[(&str, &str)], String); 9] = [
        (&[("SkuSellerList", "[\"NEW\",\"WHITE\",\"M2\",\"NONE\",\"NEW\"]")], status(json!([new, item("M2")]))),
        (&[], status(json!([item("M1"), item("M2"), new]))),
        (&[("Limit", "1"), ("Offset", "1")], status(json!([item("M2")]))),
        (&[("SkuSellerList", "[\"WHITE\"]")], status(json!([]))),
        (&[("SkuSellerList", "[\"M1\",\"GONE\"]")], "E006: Unexpected internal error".to_owned()),
        (&[("Offset", "x")], "E014: \"x\" Invalid Offset".to_owned()),
        (&[("Limit", "0")], "E019: \"0\" Invalid Limit".to_owned()),
        (&[("SkuSellerList", "M1")], corrupt.to_owned()),
        (&[("SkuSellerList", "[1]")], corrupt.to_owned()),
    ];
    for (parameters, expect) in cases {
        assert_eq!(line(&shop.qc(parameters).await), expect, "{parameters:?}");
    }
    let address = shop.address("GetQcStatus", &[("SkuSellerList", "[\"M1\"]")]);
    let xml = shop.client.get(address).send().await.unwrap().text().await.unwrap();
    let body = "<Body><Status><State><Reason>Copy</Reason><SellerSKU>M1</SellerSKU><Status>liverejected</Status></State></Status></Body>";
    assert!(xml.contains("<ResponseType>State</ResponseType>") && xml.contains(body), "{xml}");
}

#[tokio::test]
async fn a_created_product_is_pending_until_quality_control_has_looked() {
    let opinions = "[[qc]]\nsku = \"BAD\"\nstatus = \"rejected\"\nreason = \"Blurred picture\"\npending = 1\n\
        [[qc]]\nsku = \"*\"\nstatus = \"approved\"\n";
    let shop = Shop::open(opinions).await;
    for sku in ["BAD", "GOOD"] {
        shop.call("CreateProduct", create(sku, "")).await;
    }
    let shown = async |filter: &str| {
        let address = shop.address("GetProducts", &[("Format", "JSON"), ("Filter", filter)]);
        let reply = opened(&shop.client.get(address).send().await.unwrap().text().await.unwrap());
        let products = reply["Body"]["Products"].as_array().unwrap().clone();
        products.iter().map(|product| product["Skus"][0]["SellerSku"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((shown("live").await, shown("pending").await), (vec!["GOOD".to_owned()], vec!["BAD".to_owned()]));
    let status = async || shop.qc(&[("SkuSellerList", "[\"BAD\"]")]).await["Body"]["Status"][0].clone();
    assert_eq!(status().await, json!({"SellerSKU": "BAD", "Status": "pending"}));
    let rejected = json!({"SellerSKU": "BAD", "Status": "rejected", "Reason": "Blurred picture"});
    assert_eq!(status().await, rejected);
    assert_eq!(status().await, rejected);
    assert_eq!((shown("rejected").await, shown("pending").await), (vec!["BAD".to_owned()], vec![]));
}

#[tokio::test]
async fn pictures_and_tickets_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.jsonl");
    let shop = Shop::with("", Some(&path)).await;
    let ticket = shop.call("MigrateImages", batch(&["http://x.example/1.jpg"])).await["Head"]["RequestId"].clone();
    shop.call("MigrateImage", source("http://x.example/2.jpg")).await;
    let first = shop.call("UploadImage", png(500, 500)).await["Body"]["Image"].clone();
    let before = shop.shown().await["images"].clone();
    drop(shop);
    let shop = Shop::with("", Some(&path)).await;
    assert_eq!(shop.shown().await["images"], before);
    let reply = shop.call("GetResponse", response(ticket.as_str().unwrap())).await;
    assert_eq!(reply["Body"]["Images"].as_array().unwrap().len(), 1);
    let second = shop.call("UploadImage", png(500, 500)).await["Body"]["Image"].clone();
    assert!(second["Code"] == first["Code"] && second["Url"] != first["Url"]);
    let next = shop.call("MigrateImages", batch(&["http://x.example/1.jpg"])).await["Head"]["RequestId"].clone();
    assert_ne!(next, ticket);
}

#[tokio::test]
async fn faults_strike_these_calls_too() {
    for action in CALLS {
        let shop = Shop::open(&format!("[[fault]]\naction = \"{action}\"\ntimes = 1\nkind = \"lost-reply\"")).await;
        let body = match action {
            "MigrateImage" => source("http://x.example/1.jpg").into_bytes(),
            "MigrateImages" => batch(&["http://x.example/1.jpg"]).into_bytes(),
            "UploadImage" => png(500, 500),
            _ => response("none").into_bytes(),
        };
        let address = shop.address(action, &[]);
        assert!(shop.client.post(&address).body(body).send().await.is_err(), "{action}");
        let shown = shop.shown().await;
        let expect = usize::from(["MigrateImage", "MigrateImages", "UploadImage"].contains(&action));
        assert_eq!(shown["images"].as_object().unwrap().len(), expect, "{action}");
        assert_eq!(shown["calls"][action]["received"], 1, "{action}");
    }
}
