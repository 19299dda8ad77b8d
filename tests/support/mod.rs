//! What the tests of whole runs share: a marketplace in this process, a merchant's desk with the real program,
//! and sheets written in a line.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use skuload::sandbox::{Faults, Options, Sandbox};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The API by which a desk's shop is reached: Open Platform for the suites that `tests/dialects.rs` runs once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    SellerCenter,
    OpenPlatform,
}

/// The one of this program.
pub(crate) const API: Api = if is_below_dialects(module_path!()) { Api::OpenPlatform } else { Api::SellerCenter };

const fn is_below_dialects(path: &str) -> bool {
    let (path, name) = (path.as_bytes(), b"dialects::");
    let mut at = 0;
    while at < name.len() {
        if at == path.len() || path[at] != name[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// What is so by this API, and what by the other.
pub(crate) fn either<T>(seller_center: T, open_platform: T) -> T {
    match API {
        Api::SellerCenter => seller_center,
        Api::OpenPlatform => open_platform,
    }
}

/// A marketplace that serves while the test waits for the program.
pub(crate) struct Market {
    runtime: Runtime,
    sandbox: Option<Sandbox>,
    options: Options,
}

impl Market {
    /// A marketplace in memory, with the faults of a faults file.
    pub(crate) fn open(faults: &str) -> Market {
        Market::with(faults, None)
    }

    /// A marketplace that keeps what it holds in a file, so that it can be stopped and started.
    pub(crate) fn kept(faults: &str, folder: &Path) -> Market {
        Market::with(faults, Some(folder.join("market.jsonl")))
    }

    fn with(faults: &str, store: Option<PathBuf>) -> Market {
        let faults = Faults::from_toml(faults).unwrap();
        Market::of(Options { faults, seed: 7, store, calls_per_second: None, ..Options::default() })
    }

    /// A marketplace as the options say.
    pub(crate) fn of(options: Options) -> Market {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let sandbox = runtime.block_on(Sandbox::start(options.clone())).unwrap();
        let port = port_of(sandbox.url());
        Market { runtime, sandbox: Some(sandbox), options: Options { port, ..options } }
    }

    /// The address of the API.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/{}", self.options.port, either("", "rest"))
    }

    pub(crate) fn port(&self) -> u16 {
        self.options.port
    }

    /// Where more may run beside it.
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The marketplace itself, while it serves.
    pub(crate) fn sandbox(&self) -> &Sandbox {
        self.sandbox.as_ref().unwrap()
    }

    /// What signs: a user's key, or an app's secret.
    pub(crate) fn key(&self) -> String {
        let sandbox = self.sandbox();
        either(sandbox.api_key(), sandbox.app_secret()).to_owned()
    }

    pub(crate) fn user_id(&self) -> String {
        self.sandbox.as_ref().unwrap().user_id().to_owned()
    }

    /// Nobody listens any more.
    pub(crate) fn stop(&mut self) {
        let sandbox = self.sandbox.take().unwrap();
        self.runtime.block_on(sandbox.stop());
    }

    /// It listens again, at the same address and with other faults.
    pub(crate) fn start(&mut self, faults: &str) {
        self.options.faults = Faults::from_toml(faults).unwrap();
        self.sandbox = Some(self.runtime.block_on(Sandbox::start(self.options.clone())).unwrap());
    }

    /// What it holds and what it counted.
    pub(crate) fn shown(&self) -> Value {
        self.page("products")
    }

    /// What it counted.
    pub(crate) fn counted(&self) -> Value {
        self.page("calls")
    }

    fn page(&self, name: &str) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.options.port)).unwrap();
        write!(stream, "GET /sandbox/{name} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        serde_json::from_str(reply.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    /// How many calls of an action arrived.
    pub(crate) fn received(&self, action: &str) -> u64 {
        self.counted()["calls"][action]["received"].as_u64().unwrap_or(0)
    }

    /// How many calls arrived.
    pub(crate) fn calls(&self) -> u64 {
        let counted = self.counted();
        let counts = counted["calls"].as_object().unwrap().values();
        counts.map(|count| count["received"].as_u64().unwrap()).sum()
    }

    /// How many writes arrived.
    pub(crate) fn writes(&self) -> u64 {
        ["CreateProduct", "UpdateProduct", "UpdatePriceQuantity", "SetImages"]
            .map(|action| self.received(action))
            .iter()
            .sum()
    }

    /// The products, each as `SKU SKU`, those with pictures as `SKU+2`; in the order of their creation.
    pub(crate) fn products(&self) -> Vec<String> {
        let shown = self.shown();
        let products = shown["products"].as_array().unwrap().iter();
        let sku = |sku: &Value| {
            let images = sku["images"].as_array().unwrap().len();
            let count = if images > 0 { format!("+{images}") } else { String::new() };
            format!("{}{count}", sku["seller_sku"].as_str().unwrap())
        };
        let skus = |product: &Value| product["skus"].as_array().unwrap().iter().map(sku).collect::<Vec<_>>().join(" ");
        products.map(skus).collect()
    }

    /// The seller SKUs that some request created, sorted; a SKU that is there twice stands there twice.
    pub(crate) fn created(&self) -> Vec<String> {
        let shown = self.shown();
        let products = shown["products"].as_array().unwrap().iter();
        let skus = products.flat_map(|product| product["skus"].as_array().unwrap());
        let ours = skus.filter(|sku| !sku["created_by_request"].is_null());
        let mut skus: Vec<String> = ours.map(|sku| sku["seller_sku"].as_str().unwrap().to_owned()).collect();
        skus.sort();
        skus
    }
}

fn port_of(url: &str) -> u16 {
    url.trim_end_matches('/').rsplit_once(':').unwrap().1.parse().unwrap()
}

/// Short waits, so that a test is over soon.
const SETTINGS: &str = "rate = 500.0\nconcurrency = 1\n[pace]\nbackoff-min = 0.01\nbackoff-max = 0.05\nlookup-delays = [0.01, 0.02]\n\
    nobody-answers = 0.5\ngive-up = 2.0\ntimeout = 2.0\n";

/// The shop's name.
pub(crate) const SHOP: &str = "stall";

/// A tote in two sizes, and a mug.
pub(crate) const STALL: &str = r#"
[[product]]
category = 6614
name = "Canvas tote"
brand = "Remark"
attributes = { short_description = "Holds 12 kg", description = "Canvas bag", model = "T1" }
fields = { price = "100.00", quantity = "5", color_family = "Red", package_weight = "0.30", package_length = "40", package_width = "4", package_height = "40" }
skus = ["TOTE-S", "TOTE-L"]
images = ["https://sg-live.slatic.net/p/1.jpg"]
[[product]]
category = 3
name = "Mug"
brand = "Remark"
fields = { price = "20.00", quantity = "1" }
skus = ["MUG"]
"#;

/// A merchant's working folder: the sheet, the settings, the reports, and the program's own state.
pub(crate) struct Desk {
    folder: TempDir,
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Desk {
    /// A desk whose shop is the marketplace.
    pub(crate) fn at(market: &Market) -> Desk {
        Desk::with_key(market, &market.key())
    }

    /// A desk whose shop has this key.
    pub(crate) fn with_key(market: &Market, key: &str) -> Desk {
        Desk::toward(market, &market.url(), key)
    }

    /// A desk whose shop is the marketplace, reached by another address.
    pub(crate) fn toward(market: &Market, url: &str, key: &str) -> Desk {
        let desk = Desk { folder: TempDir::new().unwrap() };
        fs::write(desk.path("settings.toml"), SETTINGS).unwrap();
        desk.add_shop(market, SHOP, url, key);
        desk
    }

    /// Adds the marketplace as a shop, under a name, an address and a key.
    pub(crate) fn add_shop(&self, market: &Market, name: &str, url: &str, key: &str) {
        fs::write(self.path("key"), key).unwrap();
        let token = self.path("token");
        fs::write(&token, market.sandbox().access_token()).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&token, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let (user_id, app_key) = (market.user_id(), market.sandbox().app_key().to_owned());
        let token = token.to_str().unwrap();
        let mut command = self.command(&either(
            vec!["shop", "add", name, "--url", url, "--user-id", &user_id, "--key-stdin"],
            [
                &["shop", "add", name, "--api", "open-platform", "--url", url, "--app-key", &app_key][..],
                &["--secret-stdin", "--token-file", token],
            ]
            .concat(),
        ));
        command.stdin(File::open(self.path("key")).unwrap());
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        fs::remove_file(self.path("key")).unwrap();
        fs::remove_file(token).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program, not yet started.
    #[allow(clippy::disallowed_methods, reason = "the environment of the tests is kept from the program")]
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skuload"));
        command.args(self.words(args)).current_dir(self.folder.path()).env("NO_COLOR", "1").stdin(Stdio::null());
        // What asks the tests for more, or is set for daily work, is no setting of this desk.
        let is_ours = |name: &OsString| name.to_string_lossy().starts_with("SKULOAD_");
        for name in std::env::vars_os().map(|(name, _)| name).filter(is_ours) {
            command.env_remove(name);
        }
        command
    }

    /// Everything that follows the program's name.
    pub(crate) fn words(&self, args: &[&str]) -> Vec<String> {
        let (settings, state) = (self.path("settings.toml"), self.path("state"));
        let global = ["--config", settings.to_str().unwrap(), "--state-dir", state.to_str().unwrap()];
        args.iter().chain(&global).map(|word| (*word).to_owned()).collect()
    }

    /// Runs a command to its end; what it prints is kept in `printed.txt` too.
    pub(crate) fn run(&self, args: &[&str]) -> Outcome {
        let output = self.command(args).output().unwrap();
        let mut printed = File::options().create(true).append(true).open(self.path("printed.txt")).unwrap();
        printed.write_all(&[&output.stdout[..], &output.stderr].concat()).unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let exit = output.status.code().unwrap_or(-1);
        Outcome { exit, stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Writes the sheet as a CSV.
    pub(crate) fn write_sheet(&self, lines: &str) {
        fs::write(self.path("sheet.csv"), sheet(lines)).unwrap();
    }

    /// Writes the sheet and imports it.
    pub(crate) fn import(&self, lines: &str) -> Outcome {
        self.write_sheet(lines);
        self.run(&IMPORT)
    }

    /// Starts a command; what it prints is appended to `printed.txt`.
    pub(crate) fn start(&self, args: &[&str]) -> Child {
        let printed = || File::options().create(true).append(true).open(self.path("printed.txt")).unwrap();
        self.command(args).stdout(printed()).stderr(printed()).spawn().unwrap()
    }

    /// The rows of the report.
    pub(crate) fn report(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("report.jsonl")).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["kind"] == "row").collect()
    }

    /// The report, a line for each row: `SKU verdict images xATTEMPTS CODE message`.
    pub(crate) fn told(&self) -> String {
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let line = |row: &Value| {
            let words = [text(row, "seller_sku"), text(row, "verdict"), text(row, "images")];
            let ends = [format!("x{}", row["attempts"]), text(row, "rule_or_code"), text(row, "message")];
            let filled: Vec<String> = words.into_iter().chain(ends).filter(|word| !word.is_empty()).collect();
            filled.join(" ")
        };
        self.report().iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// The names of all runs.
    pub(crate) fn runs(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("state/runs")).into_iter().flatten();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Every file at the desk that holds the text, but for the shop's own.
    pub(crate) fn files_with(&self, text: &str) -> Vec<PathBuf> {
        let mut folders = vec![self.folder.path().to_owned()];
        let mut found = Vec::new();
        let own = ["key", "shop.toml", "token"].map(|name| self.path("state/shops").join(SHOP).join(name));
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if !own.contains(&path) && holds(&fs::read(&path).unwrap(), text.as_bytes()) {
                    found.push(path);
                }
            }
        }
        found
    }
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

/// The import of the sheet into the shop.
pub(crate) const IMPORT: [&str; 6] = ["import", "sheet.csv", "--shop", SHOP, "--report", "report.jsonl"];

const HEADER: &str = "product,associated_sku,category,name,short_description,brand,seller_sku,size,price,quantity,\
    package_weight,package_length,package_width,package_height,image\n";

/// A sheet, a product a line: `NAME: SKU SKU`, or `NAME<ASSOCIATED: SKU`. A SKU may end with `+N` (so many
/// pictures that the marketplace hosts), `+dead` (one that it hosts and refuses), `+wN` (so many elsewhere on the web),
/// `+wdead` (two elsewhere, the first cannot be downloaded) and `!` (a row with an error).
pub(crate) fn sheet(lines: &str) -> String {
    let mut text = HEADER.to_owned();
    for line in lines.lines() {
        let (product, skus) = line.split_once(':').unwrap();
        let (name, associated) = product.split_once('<').unwrap_or((product, ""));
        for (size, sku) in skus.split_whitespace().enumerate() {
            let (sku, price) = sku.strip_suffix('!').map_or((sku, "9.90"), |sku| (sku, "-1"));
            let (sku, images) = sku.split_once('+').unwrap_or((sku, ""));
            let images = pictures(sku, images);
            writeln!(
                text,
                "{name},{associated},3,Mug {name},Blue,Remark,{sku},{size}-{sku},{price},5,0.2,1,1,1,{images}"
            )
            .unwrap();
        }
    }
    text
}

fn pictures(sku: &str, images: &str) -> String {
    if let Some(count) = images.strip_prefix('w') {
        let addresses = |count: u32| (1..=count).map(|at| format!("https://img.example.com/{sku}/{at}.jpg"));
        let mut addresses: Vec<String> = addresses(count.parse().unwrap_or(1)).collect();
        if count == "dead" {
            addresses.insert(0, format!("https://img.example.com/dead/{sku}.jpg"));
        }
        return addresses.join(" ");
    }
    match images {
        "" => String::new(),
        "dead" => format!("https://sg-live.slatic.net/p/dead/{sku}.jpg"),
        count => {
            let addresses =
                (1..=count.parse().unwrap()).map(|at: u32| format!("https://sg-live.slatic.net/p/{sku}/{at}.jpg"));
            addresses.collect::<Vec<_>>().join(" ")
        }
    }
}
