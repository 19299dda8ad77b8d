//! The stand-in marketplace, driven over loopback by a client of a few lines that shares nothing with it.
#![cfg(all(feature = "sandbox", feature = "import"))]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use sha2::Sha256;
use skuload::sandbox::{Faults, Options, Sandbox, SandboxError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const CREATE: &str = include_str!("fixtures/sandbox/create-product.xml");
const CREATE_BOTH_LEVELS: &str = include_str!("fixtures/sandbox/create-product-both-levels.xml");
const SET_IMAGES: &str = include_str!("fixtures/sandbox/set-images.xml");
const SET_FEWER_IMAGES: &str = include_str!("fixtures/sandbox/set-images-fewer.xml");
const RUNNER: &str = "[[product]]\ncategory = 8\nname = \"Runner Air\"\nbrand = \"Remark\"\n\
    skus = [\"Runner Air white\", \"Runner Air black\"]\n";

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn encode(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

fn sign(key: &str, parameters: &BTreeMap<String, String>) -> (String, String) {
    let pairs: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    let text = pairs.join("&");
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    let signature = HEXLOWER.encode(&mac.finalize().into_bytes());
    (text, signature)
}

#[allow(clippy::disallowed_methods, reason = "the test signs with the time the marketplace has")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

#[allow(clippy::disallowed_methods, reason = "the test measures how late a reply is")]
fn moment() -> Instant {
    Instant::now()
}

/// A started sandbox and a client that tries once.
struct Shop {
    sandbox: Sandbox,
    client: reqwest::Client,
}

/// Parameters that a call adds or changes.
type Changes<'a> = &'a [(&'a str, &'a str)];

/// What came back: an HTTP status and a text.
struct Reply {
    status: u16,
    text: String,
}

impl Shop {
    async fn open(faults: &str) -> Shop {
        Shop::with(Options { faults: Faults::from_toml(faults).unwrap(), ..Options::default() }).await
    }

    async fn with(options: Options) -> Shop {
        // reqwest wants a provider even where it speaks plain http; the second test to come here finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().retry(reqwest::retry::never()).no_proxy().build().unwrap();
        Shop { sandbox: Sandbox::start(options).await.unwrap(), client }
    }

    /// The common parameters, overridden by `changes`; an empty value takes a parameter out.
    fn parameters(&self, action: &str, changes: &[(&str, &str)]) -> BTreeMap<String, String> {
        let timestamp = now().format("%Y-%m-%dT%H:%M:%S+00:00").to_string();
        let common =
            [("Action", action), ("Timestamp", &timestamp), ("UserID", self.sandbox.user_id()), ("Version", "1.0")];
        let all = common.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut parameters: BTreeMap<String, String> = all.collect();
        parameters.retain(|_, value| !value.is_empty());
        parameters
    }

    fn address(&self, action: &str, changes: &[(&str, &str)]) -> String {
        let (query, signature) = sign(self.sandbox.api_key(), &self.parameters(action, changes));
        format!("{}?{query}&Signature={signature}", self.sandbox.url())
    }

    async fn send(&self, address: &str, body: Option<String>) -> Result<Reply, reqwest::Error> {
        let request = match body {
            Some(body) => self.client.post(address).body(body),
            None => self.client.get(address),
        };
        let response = request.send().await?;
        let status = response.status().as_u16();
        Ok(Reply { status, text: response.text().await? })
    }

    /// A write in the format, one try.
    async fn write(&self, action: &str, format: &str, body: &str) -> Result<Reply, reqwest::Error> {
        self.send(&self.address(action, &[("Format", format)]), Some(body.to_owned())).await
    }

    async fn get(&self, changes: &[(&str, &str)]) -> Value {
        let reply = self.send(&self.address("GetProducts", &[&[("Format", "JSON")], changes].concat()), None).await;
        serde_json::from_str(&reply.unwrap().text).unwrap()
    }

    async fn shown(&self) -> Value {
        let reply = self.send(&format!("{}sandbox/products", self.sandbox.url()), None).await.unwrap();
        serde_json::from_str(&reply.text).unwrap()
    }

    async fn skus(&self) -> Vec<String> {
        let shown = self.shown().await;
        let products = shown["products"].as_array().unwrap().iter();
        let skus = products.flat_map(|product| product["skus"].as_array().unwrap());
        skus.map(|sku| sku["seller_sku"].as_str().unwrap().to_owned()).collect()
    }
}

impl Reply {
    /// The `ErrorCode`, or 0 for a success; the format is told by the first character.
    fn code(&self) -> u64 {
        if self.text.starts_with('{') {
            let value: Value = serde_json::from_str(&self.text).unwrap();
            assert!(value.get("SuccessResponse").is_some() != value.get("ErrorResponse").is_some(), "{}", self.text);
            return value["ErrorResponse"]["Head"]["ErrorCode"].as_u64().unwrap_or(0);
        }
        assert!(self.text.starts_with("<?xml"), "{}", self.text);
        match self.text.split_once("<ErrorCode>") {
            Some((_, rest)) => rest.split_once('<').unwrap().0.parse().unwrap(),
            None => {
                assert!(self.text.contains("<SuccessResponse>"), "{}", self.text);
                0
            }
        }
    }
}

/// A product with one SKU, as small as it can be.
fn product(seller_sku: &str) -> String {
    product_with("<PrimaryCategory>3</PrimaryCategory>", &sku(seller_sku, ""))
}

fn product_with(head: &str, skus: &str) -> String {
    let attributes = "<name>Mug</name><short_description>Blue</short_description><brand>Remark</brand>";
    format!("<Request><Product>{head}<Attributes>{attributes}</Attributes><Skus>{skus}</Skus></Product></Request>")
}

fn sku(seller_sku: &str, more: &str) -> String {
    format!(
        "<Sku><SellerSku>{seller_sku}</SellerSku><price>9.90</price><quantity>3</quantity><package_length>1\
        </package_length><package_width>1</package_width><package_height>1</package_height><package_weight>0.2\
        </package_weight>{more}</Sku>"
    )
}

fn images(seller_sku: &str, urls: &[&str]) -> String {
    let urls: String = urls.iter().map(|url| format!("<Image>{url}</Image>")).collect();
    format!("<Sku><SellerSku>{seller_sku}</SellerSku><Images>{urls}</Images></Sku>")
}

fn set_images(skus: &str) -> String {
    format!("<Request><Product><Skus>{skus}</Skus></Product></Request>")
}

/// The body gives the code, in XML and in JSON, with HTTP 200 and the text beginning as the page has it.
#[track_caller]
fn expect_code(replies: [&Reply; 2], code: u64, text: &str) {
    for reply in replies {
        assert_eq!((reply.status, reply.code()), (200, code), "{}", reply.text);
        assert!(reply.text.replace("\\\"", "\"").contains(text), "{}", reply.text);
    }
    assert!(replies[0].text.starts_with("<?xml") && replies[1].text.starts_with('{'));
}

async fn check(shop: &Shop, action: &str, body: &str, code: u64, text: &str) {
    let xml = shop.write(action, "XML", body).await.unwrap();
    let json = shop.write(action, "JSON", body).await.unwrap();
    expect_code([&xml, &json], code, text);
}

#[test]
fn the_tests_sign_as_the_documentation_does() {
    let check = |key: &str, parameters: &[(&str, &str)], expect: &str| {
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(sign(key, &parameters).1, expect);
    };
    check(
        "b1bdb357ced10fe4e9a69840cdd4f0e9c03d77fe",
        &[
            ("Action", "FeedList"),
            ("Format", "XML"),
            ("Timestamp", "2015-07-01T11:11:11+00:00"),
            ("UserID", "look@me.com"),
            ("Version", "1.0"),
        ],
        "3ceb8ed91049dfc718b0d2d176fb2ed0e5fd74f76c5971f34cdab48412476041",
    );
    check(
        "1234567890",
        &[
            ("Foo", "bar"),
            ("Timestamp", "2014-11-12T11:45:26Z"),
            ("UserID", "abc@sellercenter.net"),
            ("Whatever", "you want"),
        ],
        "bb6b9ee192fe31f7e21c2fcc6298feccc777b747beb0a062e7c21072671a5cae",
    );
    check(
        "0123456789abcdef0123456789abcdef01234567",
        &[
            ("Action", "GetResponse"),
            ("Timestamp", "2018-01-31T23:59:59+0000"),
            ("UserID", "seller+test@example.com"),
            ("Version", "1.0"),
        ],
        "1ca80ee132583bd51f386d7ba545bc0f5620dcfa03bab5f648d33e9197fcbd7d",
    );
}

#[tokio::test]
async fn the_ready_line_tells_where_it_is_and_the_seed_makes_the_key() {
    let with_seed = |seed| Shop::with(Options { seed, ..Options::default() });
    let (one, same, other) = (with_seed(1).await, with_seed(1).await, with_seed(2).await);
    let line: Value = serde_json::from_str(&one.sandbox.ready_line()).unwrap();
    let seller_center = json!({"url": one.sandbox.url(), "user_id": "seller@sandbox.example",
        "api_key": one.sandbox.api_key()});
    let open_platform = json!({"url": one.sandbox.open_platform_url(), "app_key": one.sandbox.app_key(),
        "app_secret": one.sandbox.app_secret(), "access_token": one.sandbox.access_token(),
        "refresh_token": one.sandbox.refresh_token()});
    assert_eq!(
        line,
        json!({"v": 1, "kind": "sandbox", "seller_center": seller_center, "open_platform": open_platform})
    );
    let keys = |shop: &Shop| {
        let Shop { sandbox, .. } = shop;
        let app = [sandbox.api_key(), sandbox.app_key(), sandbox.app_secret()];
        app.into_iter().chain([sandbox.access_token(), sandbox.refresh_token()]).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(keys(&one), keys(&same));
    assert!(keys(&one).iter().all(|key| !keys(&other).contains(key)));
    assert_eq!(one.sandbox.open_platform_url(), format!("{}rest", one.sandbox.url()));
    assert_eq!(one.sandbox.api_key().len(), 40);
    assert!(one.sandbox.url().starts_with("http://127.0.0.1:") && one.sandbox.url().ends_with('/'));
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let shop = Shop::open("").await;
    let port = shop.sandbox.url().trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    let error = Sandbox::start(Options { port, ..Options::default() }).await.unwrap_err();
    assert!(matches!(error, SandboxError::Listen { .. }));
    assert!(error.to_string().contains(&format!("127.0.0.1:{port}")), "{error}");
}

#[tokio::test]
async fn the_printed_create_request_is_accepted_and_held() {
    let shop = Shop::open("").await;
    let reply = shop.send(&shop.address("CreateProduct", &[]), Some(CREATE.to_owned())).await.unwrap();
    assert_eq!(reply.code(), 0);
    assert!(reply.text.ends_with("</Head><Body/></SuccessResponse>"), "{}", reply.text);
    let shown = shop.shown().await;
    let product = &shown["products"][0];
    assert_eq!((&product["category"], &product["creates"]), (&json!(6614), &json!(1)));
    assert_eq!(product["attributes"]["short_description"], "<ul><li>Holds 12 kg</li></ul>");
    let sku = &product["skus"][1];
    assert_eq!((&sku["seller_sku"], &sku["created_by_request"]), (&json!("TOTE-GREEN-41"), &json!(1)));
    assert_eq!((&sku["fields"]["price"], &sku["fields"]["size"]), (&json!("520.88"), &json!("41")));
    assert_eq!(sku["images"][1], "https://sg-live.slatic.net/p/original/tote-2.jpg?w=1&h=2");
    assert_eq!(shown["calls"], json!({"CreateProduct": {"received": 1, "succeeded": 1}}));
    assert_eq!(shown["max_calls_in_10s"], 1);
}

#[tokio::test]
async fn a_create_request_with_fields_on_both_levels_is_accepted() {
    let shop = Shop::open("").await;
    let reply = shop.write("CreateProduct", "json", CREATE_BOTH_LEVELS).await.unwrap();
    assert!(reply.code() == 0 && reply.text.contains("\"Body\":{\"Warnings\":[]}"), "{}", reply.text);
    assert_eq!(shop.skus().await, ["phone-blue-128", "phone-blue-64"]);
}

#[tokio::test]
async fn the_printed_set_images_requests_replace_the_lists() {
    let shop = Shop::open(RUNNER).await;
    let address = shop.address("SetImages", &[]);
    assert_eq!(shop.send(&address, Some(SET_IMAGES.to_owned())).await.unwrap().code(), 0);
    let count = |shown: &Value, sku: usize| shown["products"][0]["skus"][sku]["images"].as_array().unwrap().len();
    let shown = shop.shown().await;
    assert_eq!((count(&shown, 0), count(&shown, 1)), (8, 8));
    assert_eq!(shop.write("SetImages", "JSON", SET_FEWER_IMAGES).await.unwrap().code(), 0);
    let shown = shop.shown().await;
    assert_eq!((count(&shown, 0), count(&shown, 1)), (4, 8));
    assert_eq!(shown["products"][0]["skus"][0]["images"][0], "https://sg-live.slatic.net/p/shoes/img1.jpeg");
}

#[tokio::test]
async fn every_printed_form_of_the_timestamp_is_accepted() {
    let shop = Shop::open("").await;
    for form in ["%Y-%m-%dT%H:%M:%S+00:00", "%Y-%m-%dT%H:%M+0000", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S+0000"] {
        let timestamp = now().format(form).to_string();
        let reply = shop.get(&[("Timestamp", &timestamp), ("Filter", "all")]).await;
        assert!(reply.get("SuccessResponse").is_some(), "{timestamp}: {reply}");
    }
    let berlin = (now() + TimeDelta::hours(2)).format("%Y-%m-%dT%H:%M:%S+02:00").to_string();
    assert!(shop.get(&[("Timestamp", &berlin), ("Filter", "all")]).await.get("SuccessResponse").is_some());
}

#[tokio::test]
async fn who_may_not_come_in_is_told_why() {
    let shop = Shop::open("").await;
    let stamp = |hours: i64| (now() + TimeDelta::minutes(hours * 60 + 1)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let (late, early) = (stamp(1), stamp(-2));
    let cases: [(Changes, u64, &str); 10] = [
        (&[("Action", "")], 1, "E001: Parameter Action is mandatory"),
        (&[("UserID", "")], 1, "E001: Parameter UserID is mandatory"),
        (&[("Timestamp", "")], 1, "E001: Parameter Timestamp is mandatory"),
        (&[("Version", "")], 1, "E001: Parameter Version is mandatory"),
        (&[("Version", "2.0")], 2, "E002: Invalid Version"),
        (&[("Timestamp", &late)], 3, "E003: Timestamp has expired"),
        (&[("Timestamp", &early)], 3, "E003: Timestamp has expired"),
        (&[("Timestamp", "18.07.2016")], 4, "E004: Invalid Timestamp format"),
        (&[("UserID", "stranger@example.com")], 9, "E009: Access Denied"),
        (&[("Action", "RemoveEverything")], 8, "E008: Invalid Action"),
    ];
    for (changes, code, text) in cases {
        let xml = shop.send(&shop.address("GetProducts", changes), None).await.unwrap();
        let changes = [&[("Format", "JSON")], changes].concat();
        let json = shop.send(&shop.address("GetProducts", &changes), None).await.unwrap();
        expect_code([&xml, &json], code, text);
        assert!(xml.text.contains("<ErrorType>Sender</ErrorType>"));
    }
}

#[tokio::test]
async fn a_signature_must_be_of_this_query_with_this_key() {
    let shop = Shop::open("").await;
    let address = shop.address("GetProducts", &[("Filter", "all"), ("Search", "blue mug")]);
    let code = async |address: String| shop.send(&address, None).await.unwrap().code();
    assert_eq!(code(address.clone()).await, 0);
    assert_eq!(code(address.replace("blue", "grey")).await, 7);
    assert_eq!(code(address[..address.len() - 1].to_owned()).await, 7);
    assert_eq!(code(address.split("&Signature").next().unwrap().to_owned()).await, 1);
    let form_encoded = sign(shop.sandbox.api_key(), &shop.parameters("GetProducts", &[("Filter", "all")])).0;
    let text = format!("{form_encoded}&Search=blue+mug");
    let mut mac = Hmac::<Sha256>::new_from_slice(shop.sandbox.api_key().as_bytes()).unwrap();
    mac.update(text.as_bytes());
    let signature = HEXLOWER.encode(&mac.finalize().into_bytes());
    assert_eq!(code(format!("{}?{text}&Signature={signature}", shop.sandbox.url())).await, 7);
}

#[tokio::test]
async fn every_code_of_the_create_page_comes_in_both_formats() {
    let spu = "[[spu]]\nid = 1001\ncategory = 3\n";
    let by_sku = |sku: &str, kind: &str| format!("[[fault]]\naction = \"CreateProduct\"\nsku = \"{sku}\"\n{kind}\n");
    let scripted = [6, 502, 1000].map(|code| by_sku(&format!("F{code}"), &format!("kind = \"error\"\ncode = {code}")));
    let throttled = by_sku("F901", "kind = \"throttle\"");
    let shop = Shop::open(&[spu, RUNNER, &scripted.concat(), &throttled].concat()).await;
    let head = |head: &str| product_with(head, &sku("X", ""));
    let cases = [
        (head(""), 1, "E001: Parameter PrimaryCategory is mandatory"),
        (product_with("<PrimaryCategory>3</PrimaryCategory>", ""), 1, "E001: Parameter Skus is mandatory"),
        (product("X & Y"), 5, "E005: Invalid Request Format"),
        (format!("<!DOCTYPE Request>{}", product("X")), 5, "E005"),
        (product("F6"), 6, "E006: Unexpected internal error"),
        (String::new(), 30, "E030: Empty Request"),
        ("<Request></Request>".to_owned(), 30, "E030: Empty Request"),
        (head("<PrimaryCategory>mugs</PrimaryCategory>"), 201, "E201: mugs Invalid CategoryId"),
        (head("<PrimaryCategory>3</PrimaryCategory><SPUId>one</SPUId>"), 202, "E202: one Invalid SPUId"),
        (head("<PrimaryCategory>3</PrimaryCategory><SPUId>1002</SPUId>"), 205, "E205: SPU not exist"),
        (
            head("<PrimaryCategory>4</PrimaryCategory><SPUId>1001</SPUId>"),
            206,
            "E206: Different category id in SPU and PrimaryCategory",
        ),
        (product("Runner Air white"), 500, "E500: Create product failed"),
        (product("F502"), 502, "E502: Search SPU failed"),
        (product("F901"), 901, "E901: The request is too frequent, or the requested functionality is temporarily"),
        (product("F1000"), 1000, "Internal Application Error"),
    ];
    for (body, code, text) in &cases {
        check(&shop, "CreateProduct", body, *code, text).await;
    }
    let shown = shop.shown().await;
    assert_eq!(shown["products"].as_array().unwrap().len(), 1);
    assert_eq!(shown["calls"]["CreateProduct"], json!({"received": 2 * cases.len(), "succeeded": 0}));
}

#[tokio::test]
async fn every_code_of_the_set_images_page_comes_in_both_formats() {
    let by_sku = |sku: &str, code: u32| format!("[[fault]]\nsku = \"{sku}\"\nkind = \"error\"\ncode = {code}\n");
    let shop = Shop::open(&[RUNNER, &by_sku("F6", 6), &by_sku("F1000", 1000)].concat()).await;
    let white = |urls: &[&str]| images("Runner Air white", urls);
    let url = "https://sg-live.slatic.net/p/1.jpg";
    let cases = [
        (set_images("<Sku>"), 5, "E005: Invalid Request Format"),
        (set_images(&images("F6", &[url])), 6, "E006: Unexpected internal error"),
        (String::new(), 30, "E030: Empty Request"),
        (set_images(""), 30, "E030: Empty Request"),
        (set_images(&images(" ", &[url])), 200, "E200: Empty SellerSku"),
        (set_images(&white(&[url; 9])), 203, "E203: Too many images in one SKU"),
        (set_images(&white(&[url]).repeat(101)), 204, "E204: Too many SKU in one request"),
        (set_images(&white(&["https://sg-live.slatic.net/p/dead/1.jpg"])), 504, "E504: Set product Image failed"),
        (set_images(&images("F1000", &[url])), 1000, "Internal Application Error"),
    ];
    for (body, code, text) in &cases {
        check(&shop, "SetImages", body, *code, text).await;
    }
    assert_eq!(shop.shown().await["calls"]["SetImages"]["succeeded"], 0);
}

#[tokio::test]
async fn refused_images_are_named_by_sku_and_nothing_is_applied() {
    let shop = Shop::open(RUNNER).await;
    let skus = [
        images("Runner Air white", &["https://sg-live.slatic.net/p/1.jpg"]),
        images("Runner Air black", &["sg-live.slatic.net/p/1.jpg"]),
        images("Runner Air grey", &["https://sg-live.slatic.net/p/1.jpg"]),
    ];
    let reply = shop.write("SetImages", "JSON", &set_images(&skus.concat())).await.unwrap();
    let value: Value = serde_json::from_str(&reply.text).unwrap();
    let expect = json!([
        {"Field": "__images__", "Message": "The image is invalid", "SellerSku": "Runner Air black"},
        {"Field": "SellerSku", "Message": "SKU does not exist", "SellerSku": "Runner Air grey"}
    ]);
    assert_eq!(value["ErrorResponse"]["Body"]["Errors"], expect);
    assert_eq!(shop.shown().await["products"][0]["skus"][0]["images"], json!([]));
}

#[tokio::test]
async fn a_second_create_of_a_sku_is_refused_as_the_page_prints_it() {
    let shop = Shop::open("").await;
    assert_eq!(shop.write("CreateProduct", "XML", &product("MUG")).await.unwrap().code(), 0);
    let reply = shop.write("CreateProduct", "XML", &product("MUG")).await.unwrap();
    let detail = "<Body><Errors><ErrorDetail><Field>SellerSku</Field><Message>[SELLER_SKU_IS_EXIST]</Message>\
        <SellerSku>MUG</SellerSku></ErrorDetail></Errors></Body>";
    assert!(reply.text.contains(detail) && reply.text.contains("<ErrorType>Platform</ErrorType>"), "{}", reply.text);
    assert_eq!(shop.shown().await["products"][0]["creates"], 1);
}

#[tokio::test]
async fn a_product_is_created_with_all_its_skus_or_not_at_all() {
    let shop = Shop::open("").await;
    let skus = [sku("MUG-S", "<size>S</size>"), sku("MUG-M", "<size>M</size>").replace("9.90", "0")];
    let body = product_with("<PrimaryCategory>3</PrimaryCategory>", &skus.concat());
    let reply = shop.write("CreateProduct", "JSON", &body).await.unwrap();
    let value: Value = serde_json::from_str(&reply.text).unwrap();
    let errors = &value["ErrorResponse"]["Body"]["Errors"];
    assert_eq!((errors.as_array().unwrap().len(), &errors[0]["SellerSku"]), (1, &json!("MUG-M")));
    assert_eq!(shop.skus().await, [""; 0]);
}

#[tokio::test]
async fn of_many_creates_of_one_sku_at_once_one_succeeds() {
    let shop = std::sync::Arc::new(Shop::open("").await);
    let mut creates = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let shop = std::sync::Arc::clone(&shop);
        creates.spawn(async move { shop.write("CreateProduct", "XML", &product("MUG")).await.unwrap().code() });
    }
    let mut codes = creates.join_all().await;
    codes.sort_unstable();
    assert_eq!(codes, [0, 500, 500, 500, 500, 500, 500, 500]);
    assert_eq!(shop.skus().await, ["MUG"]);
}

#[tokio::test]
async fn an_associated_sku_adds_skus_to_its_product() {
    let shop = Shop::open(RUNNER).await;
    let body = format!(
        "<Request><Product><AssociatedSku>Runner Air black</AssociatedSku><Skus>{}</Skus></Product></Request>",
        sku("Runner Air grey", "<color_family>Grey</color_family>")
    );
    assert_eq!(shop.write("CreateProduct", "XML", &body).await.unwrap().code(), 0);
    let shown = shop.shown().await;
    assert_eq!(shown["products"].as_array().unwrap().len(), 1);
    assert_eq!(shown["products"][0]["skus"][2]["seller_sku"], "Runner Air grey");
    assert_eq!(shown["products"][0]["associated_skus"], json!(["Runner Air black"]));
}

#[tokio::test]
async fn a_body_above_eight_mebibytes_is_too_big() {
    let shop = Shop::open("").await;
    let big = product(&"x".repeat(8 * 1024 * 1024));
    check(&shop, "CreateProduct", &big, 11, "E011: Request too Big").await;
}

#[tokio::test]
async fn a_success_may_describe_the_product_as_the_tables_do() {
    let shop = Shop::open(&format!("reply_body = \"product\"\n{RUNNER}")).await;
    let reply = shop.write("CreateProduct", "XML", &product("MUG")).await.unwrap();
    let body = "<Body><Product><PrimaryCategory>3</PrimaryCategory><Skus><Sku><SellerSku>MUG</SellerSku></Sku></Skus>\
        </Product></Body>";
    assert!(reply.text.contains(body), "{}", reply.text);
    let reply = shop.write("SetImages", "JSON", SET_FEWER_IMAGES).await.unwrap();
    let value: Value = serde_json::from_str(&reply.text).unwrap();
    assert_eq!(value["SuccessResponse"]["Body"]["Skus"][0]["Images"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn get_products_shows_what_was_created() {
    let shop = Shop::open("").await;
    shop.write("CreateProduct", "XML", CREATE).await.unwrap();
    let list = ("SkuSellerList", "[\"TOTE-GREEN-41\"]");
    let reply = shop.get(&[("Filter", "all"), list]).await;
    let body = &reply["SuccessResponse"]["Body"];
    assert_eq!((&body["TotalProducts"], &body["Products"][0]["PrimaryCategory"]), (&json!(1), &json!(6614)));
    let sku = &body["Products"][0]["Skus"][0];
    assert_eq!((&sku["price"], &sku["quantity"], &sku["Available"]), (&json!("388.50"), &json!("1"), &json!(1)));
    assert_eq!((&sku["Status"], sku["Images"].as_array().unwrap().len()), (&json!("active"), 8));
    let live = shop.get(&[("Filter", "live"), list]).await;
    assert_eq!(live["SuccessResponse"]["Body"], json!({"Products": [], "TotalProducts": 0}));
    let xml = shop.send(&shop.address("GetProducts", &[("Filter", "pending"), list]), None).await.unwrap().text;
    assert!(
        xml.contains("<short_description>&lt;ul&gt;&lt;li&gt;Holds 12 kg&lt;/li&gt;&lt;/ul&gt;</short_description>")
    );
    assert!(
        xml.contains("<Image>https://sg-live.slatic.net/p/original/tote-2.jpg?w=1&amp;h=2</Image><Image/>"),
        "{xml}"
    );
    assert!(xml.contains("</Products><TotalProducts>1</TotalProducts></Body>"), "{xml}");
}

#[tokio::test]
async fn get_products_gives_twenty_products_unless_told_otherwise() {
    let presets: String =
        (0..25).map(|n| format!("[[product]]\ncategory = 3\nname = \"Mug {n}\"\nskus = [\"M{n}\"]\n")).collect();
    let shop = Shop::open(&presets).await;
    let count = async |changes: &[(&str, &str)]| {
        let body = shop.get(&[&[("Filter", "all")], changes].concat()).await["SuccessResponse"]["Body"].clone();
        (body["Products"].as_array().unwrap().len(), body["TotalProducts"].as_u64().unwrap())
    };
    assert_eq!(count(&[]).await, (20, 25));
    assert_eq!(count(&[("Limit", "100")]).await, (25, 25));
    assert_eq!(count(&[("Limit", "10"), ("Offset", "20")]).await, (5, 25));
    assert_eq!(count(&[("Search", "mug 2")]).await, (6, 6));
}

#[tokio::test]
async fn skus_with_any_characters_are_found_again() {
    let shop = Shop::open("").await;
    for name in ["เสื้อ สีแดง", "a,b \"c\" 'd'", "50%+1*~!", "R&amp;B &lt;x&gt;"] {
        assert_eq!(shop.write("CreateProduct", "XML", &product(name)).await.unwrap().code(), 0, "{name}");
    }
    let wanted = shop.skus().await;
    assert_eq!(wanted[3], "R&B <x>");
    let list = serde_json::to_string(&wanted).unwrap();
    let reply = shop.get(&[("Filter", "all"), ("SkuSellerList", &list)]).await;
    assert_eq!(reply["SuccessResponse"]["Body"]["TotalProducts"], 4);
}

#[tokio::test]
async fn every_code_of_the_get_products_page_comes_in_both_formats() {
    let shop = Shop::open("[[fault]]\naction = \"GetProducts\"\nsku = \"F506\"\nkind = \"error\"\ncode = 506").await;
    let cases: [(Changes, u64, &str); 7] = [
        (&[], 1, "E001: Parameter Filter is mandatory"),
        (&[("Filter", "all"), ("Offset", "x")], 14, "E014: \"x\" Invalid Offset"),
        (&[("Filter", "all"), ("CreatedAfter", "x")], 17, "E017: \"x\" Invalid Date Format"),
        (&[("Filter", "all"), ("Limit", "501")], 19, "E019: \"501\" Invalid Limit"),
        (&[("Filter", "some")], 36, "E036: Invalid status filter"),
        (&[("Filter", "all"), ("SkuSellerList", "x")], 70, "E070: You have corrupt data in your sku seller list."),
        (&[("Filter", "all"), ("SkuSellerList", "[\"F506\"]")], 506, "E506: Get product failed"),
    ];
    for (changes, code, text) in cases {
        let xml = shop.send(&shop.address("GetProducts", changes), None).await.unwrap();
        let changes = [&[("Format", "JSON")], changes].concat();
        let json = shop.send(&shop.address("GetProducts", &changes), None).await.unwrap();
        // Quotes are escaped in XML text, as they may be.
        let xml = Reply { text: xml.text.replace("&quot;", "\""), ..xml };
        expect_code([&xml, &json], code, text);
    }
}

#[tokio::test]
async fn too_many_calls_are_throttled() {
    let shop = Shop::with(Options { calls_per_second: Some(0.001), ..Options::default() }).await;
    assert_eq!(shop.write("CreateProduct", "XML", &product("A")).await.unwrap().code(), 0);
    assert_eq!(shop.write("CreateProduct", "XML", &product("B")).await.unwrap().code(), 901);
    assert_eq!(shop.skus().await, ["A"]);
    let error = Sandbox::start(Options { calls_per_second: Some(0.0), ..Options::default() }).await.unwrap_err();
    assert!(matches!(error, SandboxError::Rate(_)), "{error}");
}

/// A create of `A` under the fault: what came back, and whether the product is there.
async fn struck(fault: &str) -> (Result<Reply, reqwest::Error>, bool) {
    let shop = Shop::open(&format!("[[fault]]\naction = \"CreateProduct\"\ntimes = 1\n{fault}")).await;
    let outcome = shop.write("CreateProduct", "JSON", &product("A")).await;
    let there = shop.skus().await == ["A"];
    let succeeded = shop.shown().await["calls"]["CreateProduct"]["succeeded"] == json!(u32::from(there));
    assert!(succeeded, "the count and the shop differ");
    (outcome, there)
}

#[tokio::test]
async fn a_lost_reply_has_its_effect_and_not_a_byte_of_reply() {
    let (outcome, there) = struck("kind = \"lost-reply\"").await;
    let error = outcome.err().unwrap();
    assert!(error.is_request() && there, "{error:?}");
}

#[tokio::test]
async fn a_cut_connection_closes_without_a_byte() {
    for kind in ["lost-reply", "reset"] {
        let shop = Shop::open(&format!("[[fault]]\nkind = \"{kind}\"")).await;
        let (address, body) = (shop.address("CreateProduct", &[]), product("A"));
        let rest = address.strip_prefix("http://").unwrap();
        let (host, query) = rest.split_once('/').unwrap();
        let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
        let head = format!("POST /{query} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all((head + &body).as_bytes()).await.unwrap();
        let mut read = Vec::new();
        // Closed or reset: either ends the reading.
        let _ = stream.read_to_end(&mut read).await;
        assert_eq!((read.len(), shop.skus().await.len()), (0, usize::from(kind == "lost-reply")), "{kind}");
    }
}

#[tokio::test]
async fn a_reset_has_no_effect_and_no_reply() {
    let (outcome, there) = struck("kind = \"reset\"").await;
    let error = outcome.err().unwrap();
    assert!(error.is_request() && !there, "{error:?}");
}

#[tokio::test]
async fn a_truncated_reply_has_its_effect_and_breaks_in_the_body() {
    let shop = Shop::open("[[fault]]\nkind = \"truncated\"").await;
    let address = shop.address("CreateProduct", &[]);
    let mut response = shop.client.post(&address).body(product("A")).send().await.unwrap();
    let promised = response.content_length().unwrap();
    let mut read = Vec::new();
    let error = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => read.extend_from_slice(&chunk),
            Ok(None) => panic!("the reply came whole"),
            Err(error) => break error,
        }
    };
    assert!(error.is_body() || error.is_decode(), "{error:?}");
    assert_eq!(read.len() as u64, promised / 2);
    assert!(read.starts_with(b"<?xml"));
    assert_eq!(shop.skus().await, ["A"]);
}

#[tokio::test]
async fn a_status_comes_with_or_without_effect() {
    let (outcome, there) = struck("kind = \"status\"\nstatus = 502\neffect = true").await;
    assert_eq!((outcome.unwrap().status, there), (502, true));
    let (outcome, there) = struck("kind = \"status\"").await;
    assert_eq!((outcome.unwrap().status, there), (503, false));
}

#[tokio::test]
async fn a_status_may_say_when_to_come_back() {
    let shop = Shop::open("[[fault]]\nkind = \"status\"\nstatus = 429\nretry_after = 2").await;
    let response = shop.client.get(shop.address("GetProducts", &[("Filter", "all")])).send().await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (429, &"2".parse().unwrap()));
}

#[tokio::test]
async fn a_throttled_call_has_no_effect_and_the_burst_ends() {
    let faults = "[[fault]]\naction = \"CreateProduct\"\nnth = [1]\nkind = \"throttle\"\nseconds = 0.3";
    let shop = Shop::open(faults).await;
    let start = moment();
    assert_eq!(shop.write("CreateProduct", "XML", &product("A")).await.unwrap().code(), 901);
    assert_eq!(shop.write("CreateProduct", "JSON", &product("A")).await.unwrap().code(), 901);
    let mut code = 901;
    while code == 901 && start.elapsed() < Duration::from_secs(5) {
        code = shop.write("CreateProduct", "XML", &product("A")).await.unwrap().code();
    }
    assert_eq!(code, 0);
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_slow_reply_has_its_effect_before_the_wait() {
    let shop = Shop::open("[[fault]]\ntimes = 1\nkind = \"slow\"\nseconds = 30").await;
    let address = shop.address("CreateProduct", &[]);
    let request = shop.client.post(&address).body(product("A")).timeout(Duration::from_millis(300));
    let error = request.send().await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(shop.skus().await, ["A"]);
}

#[tokio::test]
async fn a_slow_reply_comes_in_the_end() {
    let start = moment();
    let (outcome, there) = struck("kind = \"slow\"\nseconds = 0.2").await;
    assert_eq!((outcome.unwrap().code(), there), (0, true));
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn a_scripted_error_has_no_effect_and_says_what_it_is_told() {
    let detail = "field = \"brand\"\ndetail = \"unknown brand\"";
    let (outcome, there) = struck(&format!("kind = \"error\"\ncode = 500\nsku = true\n{detail}")).await;
    let value: Value = serde_json::from_str(&outcome.unwrap().text).unwrap();
    assert!(!there);
    let expect = json!({
        "Head": {"RequestAction": "CreateProduct", "ErrorType": "Platform", "ErrorCode": 500,
            "ErrorMessage": "E500: Create product failed"},
        "Body": {"Errors": [{"Field": "brand", "Message": "unknown brand", "SellerSku": "A"}]}
    });
    assert_eq!(value["ErrorResponse"], expect);
    let (outcome, _) = struck("kind = \"error\"\ncode = 1000\nmessage = \"Format Error Detected\"").await;
    assert!(outcome.unwrap().text.contains("\"ErrorMessage\":\"Format Error Detected\""));
}

#[tokio::test]
async fn a_page_for_people_comes_with_or_without_effect() {
    for (effect, expect) in [("", false), ("effect = true", true)] {
        let (outcome, there) = struck(&format!("kind = \"html\"\n{effect}")).await;
        let reply = outcome.unwrap();
        assert_eq!((reply.status, there), (200, expect));
        assert!(reply.text.starts_with("<!DOCTYPE html>"));
    }
}

#[tokio::test]
async fn a_success_may_carry_a_warning() {
    let (outcome, there) = struck("kind = \"warnings\"\nmessage = \"brand not verified\"").await;
    let reply = outcome.unwrap();
    assert!(there && reply.text.contains("\"Warnings\":[{\"Message\":\"brand not verified\"}]"), "{}", reply.text);
    let shop = Shop::open("[[fault]]\nkind = \"warnings\"\nmessage = \"brand not verified\"").await;
    let reply = shop.write("CreateProduct", "XML", &product("A")).await.unwrap();
    let body = "<Body><Warnings><Warning><Message>brand not verified</Message></Warning></Warnings></Body>";
    assert!(reply.text.contains(body), "{}", reply.text);
}

#[tokio::test]
async fn a_script_strikes_the_call_it_names_and_no_other() {
    let faults = "[[fault]]\naction = \"CreateProduct\"\nnth = [2]\nkind = \"reset\"\n\
        [[fault]]\nsku = \"D\"\nkind = \"lost-reply\"\ntimes = 1";
    let shop = Shop::open(faults).await;
    let mut arrived = Vec::new();
    for name in ["A", "B", "C", "D", "D"] {
        arrived.push(shop.write("CreateProduct", "XML", &product(name)).await.map(|reply| reply.code()).ok());
    }
    assert_eq!(arrived, [Some(0), None, Some(0), None, Some(500)]);
    assert_eq!(shop.skus().await, ["A", "C", "D"]);
}

#[tokio::test]
async fn a_probability_strikes_alike_for_the_same_seed() {
    let faults = "seed = 11\n[[fault]]\nprobability = 0.4\nkind = \"error\"\ncode = 6";
    let mut runs = Vec::new();
    for _ in 0..2 {
        let shop = Shop::open(faults).await;
        let mut codes = Vec::new();
        for _ in 0..30 {
            let address = shop.address("GetProducts", &[("Filter", "all")]);
            codes.push(shop.send(&address, None).await.unwrap().code());
        }
        runs.push(codes);
    }
    assert_eq!(runs[0], runs[1]);
    assert!(runs[0].contains(&6) && runs[0].contains(&0));
}

async fn with_store(path: &Path) -> Shop {
    let faults = Faults::from_toml(RUNNER).unwrap();
    Shop::with(Options { store: Some(path.to_owned()), faults, seed: 5, ..Options::default() }).await
}

#[tokio::test]
async fn the_store_file_holds_everything_over_a_sudden_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.jsonl");
    let shop = with_store(&path).await;
    assert_eq!(shop.write("CreateProduct", "XML", CREATE).await.unwrap().code(), 0);
    assert_eq!(shop.write("SetImages", "XML", SET_IMAGES).await.unwrap().code(), 0);
    let (before, key) = (shop.shown().await, shop.sandbox.api_key().to_owned());
    drop(shop);
    let shop = with_store(&path).await;
    assert_eq!(shop.shown().await["products"], before["products"]);
    assert_eq!(shop.sandbox.api_key(), key);
    assert_eq!(shop.write("CreateProduct", "XML", CREATE).await.unwrap().code(), 500);
    let more = product("MUG");
    assert_eq!(shop.write("CreateProduct", "XML", &more).await.unwrap().code(), 0);
    let request = &shop.shown().await["products"][2]["skus"][0]["created_by_request"];
    assert!(request.as_u64() > before["products"][1]["skus"][0]["created_by_request"].as_u64());
}

#[tokio::test]
async fn the_store_file_has_the_effect_before_the_reply_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.jsonl");
    let faults = Faults::from_toml("[[fault]]\nkind = \"lost-reply\"").unwrap();
    let shop = Shop::with(Options { store: Some(path.clone()), faults, ..Options::default() }).await;
    assert!(shop.write("CreateProduct", "XML", &product("A")).await.is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 1);
}

#[tokio::test]
async fn stopping_lets_a_request_in_flight_finish() {
    let shop = Shop::open("[[fault]]\nkind = \"slow\"\nseconds = 0.3").await;
    let address = shop.address("GetProducts", &[("Filter", "all")]);
    let again = shop.address("GetProducts", &[("Filter", "live")]);
    let Shop { sandbox, client } = shop;
    let sent = tokio::spawn(client.get(&address).send());
    while client
        .get(format!("{}sandbox/products", sandbox.url()))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap()
        .contains("\"calls\":{}")
    {}
    sandbox.stop().await;
    assert_eq!(sent.await.unwrap().unwrap().status().as_u16(), 200);
    assert!(client.get(&again).send().await.unwrap_err().is_connect());
}
