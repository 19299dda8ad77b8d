//! Shops of the Open Platform: how they are added, how a seller logs in, what becomes of tokens that end, and that no
//! secret is told anywhere.
#![cfg(all(feature = "sandbox", feature = "import", unix))]

mod home;
#[path = "support/open.rs"]
mod open;
mod support;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use home::{Home, Ran, sheet};
use support::Market;

const SETTINGS: &str = "rate = 500.0\n[pace]\nbackoff-min = 0.01\nbackoff-max = 0.05\nlookup-delays = [0.01, 0.02]\n\
    nobody-answers = 0.5\ngive-up = 2.0\ntimeout = 5.0\n";

/// A merchant with an app of this marketplace; its secret is in a file.
struct Merchant<'a> {
    home: Home,
    market: &'a Market,
}

impl Merchant<'_> {
    fn of(market: &Market) -> Merchant<'_> {
        let home = Home::new();
        home.write("skuload.toml", SETTINGS);
        let merchant = Merchant { home, market };
        merchant.secret("secret", market.sandbox().app_secret());
        merchant
    }

    /// Writes a file that only this user can read.
    fn secret(&self, name: &str, text: &str) {
        self.home.write(name, text);
        fs::set_permissions(self.home.path(name), fs::Permissions::from_mode(0o600)).expect("a mode");
    }

    /// The command that adds the shop `acme`.
    fn add(&self, more: &str) -> String {
        let (key, url) = (self.market.sandbox().app_key(), self.market.sandbox().open_platform_url());
        format!("shop add acme --api open-platform --country sg --app-key {key} --url {url} --secret-file secret{more}")
    }

    /// Adds the shop with the code of a login.
    fn added(&self) -> Ran {
        self.home.run_with(&self.add(""), &(code(self.market) + "\n")).ends(0)
    }

    fn kept(&self, name: &str) -> PathBuf {
        self.home.path(".local/state/skuload/shops/acme").join(name)
    }

    /// A word of the token that is kept.
    fn token(&self, name: &str) -> String {
        let text = fs::read_to_string(self.kept("token")).expect("a token");
        let kept: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        kept[name].as_str().expect("a text").to_owned()
    }

    fn import(&self, rows: &[&str], more: &str) -> Ran {
        self.home.write("s.csv", sheet(rows));
        self.home.run(&format!("import s.csv --shop acme --report report.jsonl{more}"))
    }

    /// Every file but the shop's own and the merchant's that holds one of the secrets that are known now.
    fn leaks(&self) -> Vec<PathBuf> {
        let sandbox = self.market.sandbox();
        let mut secrets = vec![
            sandbox.app_secret().to_owned(),
            sandbox.access_token().to_owned(),
            sandbox.refresh_token().to_owned(),
        ];
        if self.kept("token").exists() {
            secrets.extend([self.token("access"), self.token("refresh")]);
        }
        let own = ["key", "token"].map(|name| self.kept(name));
        let mut found = Vec::new();
        walk(&self.home.path(""), &mut |path| {
            let bytes = fs::read(path).expect("a file");
            let has = |secret: &String| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            if !own.contains(&path.to_owned()) && path.file_name() != Some("secret".as_ref()) && secrets.iter().any(has)
            {
                found.push(path.to_owned());
            }
        });
        found
    }

    /// Nothing that was printed holds a secret.
    #[track_caller]
    fn is_silent(&self, all: &[&Ran]) {
        let printed: String = all.iter().map(|ran| format!("{}{}", ran.out, ran.err)).collect();
        self.home.write("printed.txt", &printed);
        assert_eq!(self.leaks(), Vec::<PathBuf>::new(), "{printed}");
    }
}

fn walk(folder: &Path, each: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { walk(&path, each) } else { each(&path) }
    }
}

/// The code that a seller comes to without the program.
fn code(market: &Market) -> String {
    let query = format!("response_type=code&client_id={}", market.sandbox().app_key());
    let (_, page) = open::send(market, &format!("GET /oauth/authorize?{query}"), "", b"");
    page.split("<code>").nth(1).expect("a code").split('<').next().expect("its end").to_owned()
}

/// What a browser is answered at an address of this computer: status and `Location`.
fn browsed(address: &str) -> (String, String) {
    let rest = address.strip_prefix("http://").expect("http");
    let (host, path) = rest.split_once('/').expect("a path");
    let mut stream = TcpStream::connect(host).expect("it listens");
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("it reads");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("text");
    let status = reply.split(' ').nth(1).expect("a status").to_owned();
    let location = reply.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_default();
    (status, location.to_owned())
}

/// The page that is told to open, once it is.
fn told_page(told: &mut impl BufRead) -> String {
    let page = told.lines().map(|line| line.expect("a line")).find(|line| line.trim().starts_with("http"));
    page.expect("a page").trim().to_owned()
}

/// Ends a command as soon as it tells this; answers whether it did before it ended by itself.
fn ended_at(home: &Home, words: &str, told: &str) -> bool {
    let mut child = home.command(words).stderr(Stdio::piped()).spawn().expect("it starts");
    let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let is_told = lines.map(|line| line.expect("a line")).any(|line| line.contains(told));
    // It may have ended.
    let _ = child.kill();
    child.wait().expect("an end");
    is_told
}

#[test]
fn a_shop_is_added_by_a_code_that_is_pasted() {
    let market = Market::open("");
    let merchant = Merchant::of(&market);
    let code = code(&market);
    let added = merchant.home.run_with(&merchant.add(""), &format!(" {code} \n")).ends(0);
    let page = format!("{}oauth/authorize?response_type=code&force_auth=true&redirect_uri=", market.url());
    let added = added.says(&["shop `acme` added", &page, "shop `acme` is logged in until ", "skuload shop test acme"]);
    assert!(!added.err.contains(&code), "{}", added.err);
    let listed = merchant
        .home
        .run("shop list")
        .ends(0)
        .shows(&["acme  open-platform  sg  http://127.0.0.1", "  login until 20"]);
    let tested = merchant.home.run("shop test acme -v --log log").ends(0).shows(&["acme: the credentials work"]);
    let shown = merchant.home.run("shop test acme --show-settings").ends(0);
    let again = merchant.home.run(&merchant.add("")).ends(2);
    let again = again.says(&["there is a shop `acme` already", "skuload shop login acme", "--replace-key"]);
    merchant.is_silent(&[&added, &listed, &tested, &shown, &again]);
    for name in ["key", "token", "token.lock", "shop.toml"] {
        let mode = fs::metadata(merchant.kept(name)).expect(name).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(merchant.token("access").len(), market.sandbox().access_token().len());
}

#[test]
fn the_whole_address_may_be_pasted() {
    let market = Market::open("");
    let merchant = Merchant::of(&market);
    let redirect = " --redirect https://app.example/back?x=1";
    let refused = "https://app.example/back?x=1&error=access_denied&error_description=the+seller+declined\n";
    let ran = merchant.home.run_with(&merchant.add(redirect), refused).ends(4);
    ran.says(&["redirect_uri=https%3A%2F%2Fapp.example%2Fback%3Fx%3D1&", "the login was refused: the seller declined"]);
    merchant.home.run("shop list").ends(0).shows(&["no login"]);
    // The address is kept for the next login.
    let pasted = format!("https://app.example/back?x=1&code={}", code(&market));
    let ran = merchant.home.run_with("shop login acme", &format!("{pasted}\n")).ends(0);
    ran.says(&["redirect_uri=https%3A%2F%2Fapp.example%2Fback%3Fx%3D1&", "is logged in"]);
    merchant.home.run("shop test acme").ends(0);
    // One that somebody else sent, or that an earlier page led to.
    let other = merchant.home.run_with("shop login acme", &format!("{pasted}&state=other\n")).ends(4);
    other.says(&[
        "that address is of another login",
        "open the page that the next try shows",
        "skuload shop login acme",
    ]);
    let mut child = merchant.home.command("shop login acme");
    let mut child = child.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut told = BufReader::new(child.stderr.take().expect("a pipe"));
    let page = told_page(&mut told);
    let (_, state) = page.split_once("&state=").expect("a state");
    let pasted = format!("https://app.example/back?x=1&code={}&state={state}\n", code(&market));
    child.stdin.take().expect("a pipe").write_all(pasted.as_bytes()).expect("it reads");
    let mut rest = String::new();
    told.read_to_string(&mut rest).expect("text");
    assert_eq!(child.wait().expect("an end").code(), Some(0), "{rest}");
    merchant.home.run_with("shop login acme", "https://app.example/\n").ends(4).says(&["has no code in it"]);
    merchant.home.run_with("shop login acme", "two words\n").ends(4).says(&["the code has more than one word"]);
    merchant.home.run("shop test acme").ends(0);
}

#[test]
fn a_browser_may_bring_the_code_by_itself() {
    let market = Market::open("");
    let merchant = Merchant::of(&market);
    let mut child =
        merchant.home.command(&merchant.add(" --listen 0")).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut told = BufReader::new(child.stderr.take().expect("a pipe"));
    let line = told_page(&mut told);
    let (status, location) = browsed(&line);
    assert_eq!(status, "302");
    assert!(location.starts_with("http://127.0.0.1:"), "{location}");
    let (other, _) = location.split_once("&state=").expect("a state");
    assert_eq!(browsed(&format!("{other}&state=0")).0, "400", "another login");
    assert_eq!(browsed(&location).0, "200");
    let mut rest = String::new();
    told.read_to_string(&mut rest).expect("text");
    assert_eq!(child.wait().expect("an end").code(), Some(0), "{rest}");
    assert!(rest.contains("shop `acme` is logged in until"), "{rest}");
    merchant.home.run("shop test acme").ends(0);
    let ran = Ran { code: 0, out: line, err: rest };
    merchant.is_silent(&[&ran]);
}

#[test]
fn a_token_may_come_in_a_file() {
    let market = Market::open("");
    let merchant = Merchant::of(&market);
    let answer = open::call(&market, "/auth/token/create", &[("access_token", ""), ("code", &code(&market))]);
    merchant.home.write("answer.json", answer.to_string());
    let add = merchant.add(" --token-file answer.json");
    fs::set_permissions(merchant.home.path("answer.json"), fs::Permissions::from_mode(0o644)).expect("a mode");
    merchant.home.run(&add).ends(4).says(&["other users can read it", "chmod 600 answer.json"]);
    assert!(!merchant.kept("").exists());
    merchant.secret("answer.json", &answer.to_string());
    merchant.home.run(&add).ends(0).says(&["is logged in until "]);
    merchant.home.run("shop test acme").ends(0);
    assert_eq!(merchant.token("refresh"), answer["refresh_token"].as_str().expect("a token"));
    // A token alone has no end that is known.
    merchant.secret("alone", market.sandbox().access_token());
    merchant.home.run("shop login acme --token-file alone").ends(0).says(&["is logged in; try it"]);
    merchant.home.run("shop list").ends(0).shows(&["login without a known end"]);
    merchant.home.run("shop test acme").ends(0);
    for (text, told) in [
        ("{\"code\":\"IllegalRefreshToken\",\"message\":\"canary\"}", "code IllegalRefreshToken"),
        ("{\"canary\":1}", "holds no token"),
    ] {
        merchant.secret("wrong", text);
        let ran = merchant.home.run("shop login acme --token-file wrong").ends(4).says(&[told]);
        assert!(!ran.err.contains("canary"), "{}", ran.err);
    }
}

#[test]
fn without_a_code_nobody_waits() {
    let market = Market::open("");
    let merchant = Merchant::of(&market);
    let ran = merchant.home.run(&merchant.add("")).ends(4);
    let ran = ran.says(&[
        "shop `acme` added",
        "no code came on standard input",
        "skuload shop login acme",
        "--listen",
        "--token-file",
    ]);
    merchant.is_silent(&[&ran]);
    merchant.home.run("shop test acme").ends(4).says(&["nobody has logged in", "skuload shop login acme"]);
    merchant.import(&["MUG 9.90"], "").ends(4).says(&["nobody has logged in", "skuload shop login acme"]);
    merchant.home.run_with("shop login acme", "0_1_none\n").ends(4).says(&[
        "InvalidCode",
        "counts once",
        "skuload shop login acme",
    ]);
    merchant.home.run_with("shop login acme", &code(&market)).ends(0);
}

#[test]
fn a_wrong_secret_and_an_unknown_app_are_told_apart() {
    let market = Market::open("");
    let merchant = Merchant::of(&market);
    merchant.secret("secret", "CANARY-SECRET");
    let wrong = merchant.home.run_with(&merchant.add(""), &code(&market)).ends(4);
    let wrong = wrong.says(&[
        "IncompleteSignature",
        "the app's secret does not belong to its key",
        "skuload shop add acme --replace-key",
    ]);
    merchant.secret("secret", market.sandbox().app_secret());
    let mended = merchant.home.run_with(&merchant.add(" --replace-key"), &code(&market)).ends(0);
    let mended = mended.says(&["has a new key", "is logged in"]);
    merchant.secret("secret", "CANARY-SECRET");
    // A login that is there stays.
    let spoilt = merchant.home.run(&merchant.add(" --replace-key")).ends(0);
    let tested = merchant.home.run("shop test acme").ends(4).says(&["the app's secret does not belong to its key"]);
    let imported = merchant.import(&["MUG 9.90"], "").ends(4).says(&["the app's secret does not belong to its key"]);
    merchant.is_silent(&[&wrong, &mended, &spoilt, &tested, &imported]);
    for ran in [wrong, tested, imported] {
        assert!(!ran.err.contains("CANARY"), "{}", ran.err);
    }
    let other = merchant.add(" --replace-key").replace(market.sandbox().app_key(), "999999");
    merchant.home.run(&other).ends(2).says(&["another address, user or app"]);
    let other = other.replace("acme", "other").replace(" --replace-key", "");
    merchant.home.run_with(&other, "0_1_code\n").ends(4).says(&["knows no such app"]);
}

#[test]
fn flags_of_the_other_api_are_refused_with_the_command_that_is_meant() {
    let home = Home::new();
    let command = "skuload shop add NAME --api open-platform --country sg --app-key KEY --secret-file FILE";
    let refused =
        |words: &str, told: &str| drop(home.run(&format!("shop add acme {words}")).ends(2).says(&[told, command]));
    refused(
        "--country sg --app-key 1 --secret-file f",
        "--app-key belongs to --api open-platform, and this is seller-center",
    );
    refused("--country sg --user-id u --key-file f --listen", "--listen belongs to --api open-platform");
    refused("--api open-platform --country sg --app-key 1 --key-file f", "--key-file belongs to --api seller-center");
    refused("--api open-platform --country sg --app-key 1 --user-id u --secret-stdin", "--user-id belongs to");
    refused("--api open-platform --country sg --secret-file f", "a shop of open-platform needs --app-key");
    let add = "shop add acme --api open-platform --app-key 1";
    home.run("shop add acme --country sg --key-file f").ends(2).says(&["needs --user-id"]);
    home.run("shop add acme --api lazada --country sg").ends(2).says(&["seller-center or open-platform"]);
    home.run(&format!("{add} --country sg")).ends(2).says(&["nothing tells the shop's secret", "--secret-command CMD"]);
    home.run(&format!("{add} --secret-file f")).ends(2).says(&["--country sg"]);
    home.run(&format!("{add} --country sg --secret-file f --secret-stdin")).ends(2);
    home.run(&format!("{add} --country sg --secret-file f --redirect app")).ends(2).says(&["it is no address"]);
    home.run(&format!("{add} --country sg --secret-file f --listen --redirect https://a.example/"))
        .ends(2)
        .says(&["--listen PORT"]);
    home.run(&format!("{add} --country sg --secret-file f --token-file t --listen")).ends(2);
    home.run(&format!("{add} --country sg --secret-file f --auth-url http://a.example/")).ends(2).says(&["use https"]);
    home.run_with(&format!("{add} --country sg --secret-stdin"), "key")
        .ends(2)
        .says(&["cannot both come on standard input"]);
    home.run("shop list").ends(0).says(&["there is no shop yet", command]);
}

#[test]
fn the_app_secret_comes_as_a_key_does() {
    let market = Market::open("");
    let merchant = Merchant::of(&market);
    merchant.secret("token", market.sandbox().access_token());
    let add = merchant.add(" --token-file token").replace("--secret-file secret", "--secret-stdin");
    merchant.home.run_with(&add, market.sandbox().app_secret()).ends(0);
    merchant.home.run("shop test acme").ends(0);
    merchant.home.run("shop remove acme").ends(0);
    let mut command = merchant.home.command(&merchant.add(" --token-file token").replace(" --secret-file secret", ""));
    command.args(["--secret-command", "cat secret"]);
    merchant.home.ran(command).ends(0);
    assert!(!merchant.kept("key").exists());
    merchant.home.run("shop test acme").ends(0);
}

#[test]
fn a_token_that_ends_in_the_middle_of_a_run_is_renewed_and_kept() {
    let market = Market::open("[open_platform]\naccess_token_calls = 3");
    let merchant = Merchant::of(&market);
    merchant.added();
    let first = merchant.token("access");
    let rows: Vec<String> = (0..8).map(|at| format!("MUG-{at} 9.90")).collect();
    let ran =
        merchant.import(&rows.iter().map(String::as_str).collect::<Vec<_>>(), " --concurrency 1 --log log -v").ends(0);
    assert!(market.received("RefreshAccessToken") >= 2, "{}", market.counted());
    assert_eq!(market.created().len(), 8);
    assert_ne!(merchant.token("access"), first);
    merchant.is_silent(&[&ran]);
    let log = fs::read_to_string(merchant.home.path("log")).expect("a log");
    assert!(log.contains(" renewed until="), "{log}");
    // The next process goes on with the one that is kept.
    merchant.home.run("shop test acme").ends(0);
}

#[test]
fn a_run_whose_login_is_over_goes_on_after_another_login() {
    let market = Market::open("[open_platform]\naccess_token_calls = 3\nrefresh = \"unsupported\"");
    let merchant = Merchant::of(&market);
    merchant.added();
    let rows = ["A 9.90", "B 9.90", "C 9.90", "D 9.90"];
    let ran = merchant.import(&rows, " --concurrency 1").ends(4);
    let ran = ran
        .says(&["AUTH_TYPE_UNSUPPORTED", "log in with: skuload shop login acme; then continue with: skuload resume "]);
    merchant.is_silent(&[&ran]);
    assert!(market.created().len() < 4);
    merchant.home.run("shop test acme").ends(4).says(&["skuload shop login acme"]);
    for _ in 0..3 {
        merchant.home.run_with("shop login acme", &code(&market)).ends(0);
        if merchant.home.run("resume").code == 0 {
            break;
        }
    }
    assert_eq!(market.created(), ["A", "B", "C", "D"]);
}

#[test]
fn a_login_of_another_country_is_not_kept() {
    let market = Market::open("[open_platform]\ncountry = \"my\"");
    let merchant = Merchant::of(&market);
    let ran = merchant.home.run_with(&merchant.add(""), &code(&market)).ends(4);
    ran.says(&["the login is of my, and the shop `acme` is in sg", "skuload shop login acme"]);
    assert!(!merchant.kept("token").exists());
}

#[test]
fn a_login_of_another_seller_of_the_same_country_is_not_kept() {
    let market = Market::open("");
    let merchant = Merchant::of(&market);
    merchant.added();
    let first = merchant.token("access");
    let answer = open::call(&market, "/auth/token/create", &[("access_token", ""), ("code", &code(&market))]);
    let (mine, id) = ("seller@sandbox.example", &answer["country_user_info"][0]["seller_id"]);
    let id = id.as_str().expect("a number").to_owned();
    let answer = answer.to_string();
    merchant.secret("renamed.json", &answer.replace(mine, "renamed@example.com"));
    merchant.secret("other.json", &answer.replace(mine, "other@example.com").replace(&id, "299999999999"));
    merchant.home.run("shop login acme --token-file other.json").ends(4).says(&[
        "the login is of other@example.com (sg 299999999999), and that of the shop `acme` was of seller@sandbox.example \
         (sg 200000000001); its token is not kept",
        "skuload shop login acme",
        "skuload shop remove acme and add it anew",
    ]);
    assert_eq!(merchant.token("access"), first);
    // A token that names nobody may be anybody's, and the shop stays whose it is.
    merchant.secret("alone", market.sandbox().access_token());
    merchant.home.run("shop login acme --token-file alone").ends(0);
    merchant.home.run("shop login acme --token-file other.json").ends(4).says(&["its token is not kept"]);
    merchant.home.run("shop login acme --token-file renamed.json").ends(0);
    // So it is where the login comes by a code.
    let kept = fs::read_to_string(merchant.kept("token")).expect("a token").replace(&id, "299999999999");
    fs::write(merchant.kept("token"), &kept).expect("it can be written");
    let ran = merchant.home.run_with("shop login acme", &code(&market)).ends(4);
    ran.says(&[
        "the login is of seller@sandbox.example (sg 200000000001)",
        "was of renamed@example.com (sg 299999999999)",
    ]);
    // Logins that were kept before told the account alone, or nobody.
    let elder = kept.replace(",\"sellers\":{\"sg\":\"299999999999\"}", "");
    assert_ne!(elder, kept);
    fs::write(merchant.kept("token"), &elder).expect("it can be written");
    merchant.home.run_with("shop login acme", &code(&market)).ends(4).says(&["was of renamed@example.com; its token"]);
    fs::write(merchant.kept("token"), elder.replace("\"renamed@example.com\"", "null")).expect("it can be written");
    merchant.home.run_with("shop login acme", &code(&market)).ends(0);
    assert_eq!(merchant.token("account"), mine);
    merchant.home.run("shop test acme").ends(0);
}

#[test]
fn a_login_that_ends_soon_or_is_over_is_told() {
    let soon = "[open_platform]\naccess_token_seconds = 7200\nrefresh_token_seconds = 86400";
    let market = Market::open(soon);
    let merchant = Merchant::of(&market);
    merchant.added();
    let note = ["note: the login of the shop `acme` ends on ", "renew it with: skuload shop login acme"];
    merchant.home.run("shop test acme").ends(0).says(&note);
    merchant.import(&["MUG 9.90"], "").ends(0).says(&note);
    let over = Market::open("[open_platform]\naccess_token_seconds = 0\nrefresh_token_seconds = 0");
    let merchant = Merchant::of(&over);
    merchant.added();
    merchant.home.run("shop list").ends(0).shows(&["login ended on "]);
    merchant
        .home
        .run("shop test acme")
        .ends(4)
        .says(&["the login of the shop `acme` ended on", "skuload shop login acme"]);
}

#[test]
fn a_page_in_the_place_of_an_answer_names_the_white_list() {
    let market = Market::open("[[fault]]\naction = \"GetProducts\"\nkind = \"white-list\"");
    let merchant = Merchant::of(&market);
    merchant.added();
    merchant.home.run("shop test acme").ends(5).says(&["white-list"]);
    // Where nothing else ever answers, it is not waited for.
    let ran = merchant.import(&["MUG 9.90"], "").ends(5);
    ran.says(&["the API does not answer: a web page instead of the API", "the app's white-list"]);
    // The login, the test, and three reads of the import.
    assert_eq!(market.calls(), 5);
}

#[test]
fn a_clock_that_is_off_keeps_nobody_from_logging_in() {
    let market = Market::open("clock = 20000");
    let merchant = Merchant::of(&market);
    merchant.added().says(&["this computer's clock is 5 h 33 min behind the marketplace's", "is logged in"]);
    merchant.home.run("shop test acme").ends(0);
}

#[test]
fn shops_of_one_app_share_a_pace() {
    let ban = "[[fault]]\naction = \"GetProducts\"\nkind = \"status\"\nstatus = 429\nretry_after = 300\nnth = [3]";
    let market = Market::open(ban);
    let merchant = Merchant::of(&market);
    merchant.home.write("skuload.toml", SETTINGS.replace("give-up = 2.0", "give-up = 600.0"));
    merchant.added();
    merchant.secret("token", market.sandbox().access_token());
    let other = merchant.add(" --token-file token").replace("shop add acme", "shop add other");
    merchant.home.run(&other).ends(0);
    merchant.home.run("shop test --all").ends(0).shows(&["acme: the credentials work", "other: the credentials work"]);
    // The marketplace asks the one to be left alone for a while, and the other leaves it alone as well.
    merchant.home.write("s.csv", sheet(&["MUG 9.90"]));
    assert!(ended_at(&merchant.home, "import s.csv --shop acme -v", "waiting "));
    let calls = market.calls();
    assert!(ended_at(&merchant.home, "shop test other -v", "the shops of this app share one pace"));
    assert_eq!(market.calls(), calls);
    let apps: Vec<PathBuf> = fs::read_dir(merchant.home.path(".local/state/skuload/apps"))
        .expect("apps")
        .map(|app| app.expect("an app").path())
        .collect();
    assert_eq!(apps.len(), 1);
    let name = apps[0].file_name().expect("a name").to_string_lossy().into_owned();
    assert!(name.len() == 16 && name.chars().all(|c| c.is_ascii_hexdigit()), "{name}");
    assert_eq!(fs::metadata(apps[0].join("app.sqlite")).expect("a store").permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_shop_does_not_move_to_a_country_that_its_login_is_not_of() {
    let market = Market::open("");
    let merchant = Merchant::of(&market);
    merchant.added();
    merchant.home.run("shop set acme --country th").ends(2).says(&["the login of the shop `acme` is of sg"]);
    merchant.home.run("shop set acme --country sg").ends(0);
    let renew = "shop add acme --replace-key --secret-file secret";
    merchant.home.run(&format!("{renew} --country th")).ends(2).says(&["the login of the shop `acme` is of sg"]);
    // What is known of the shop need not be typed again.
    merchant.home.run(renew).ends(0).says(&["shop `acme` has a new key; "]);
    merchant.home.run("shop test acme").ends(0);
    // Where the login does not say of which countries it is, the user knows.
    merchant.secret("alone", market.sandbox().access_token());
    merchant.home.run("shop login acme --token-file alone").ends(0);
    merchant.home.run(&format!("{renew} --country my")).ends(0).says(&["has a new key and is in `my` now"]);
}

#[test]
fn a_shop_tells_its_api_and_a_flag_must_agree() {
    let market = Market::open("");
    let merchant = Merchant::of(&market);
    merchant.added();
    merchant.home.write("s.csv", sheet(&["MUG 9.90"]));
    for command in ["check s.csv", "import s.csv --dry-run", "export -o x.csv", "category pull", "template -o t.xlsx"] {
        let ran = merchant.home.run(&format!("{command} --shop acme --api seller-center")).ends(2);
        ran.says(&["the shop `acme` speaks open-platform, and seller-center is asked for", "leave --api out"]);
    }
    merchant.home.run("check s.csv --shop acme --api open-platform").ends(0);
    // A general choice is for what has no shop.
    merchant.home.write("skuload.toml", format!("api = \"seller-center\"\n{SETTINGS}"));
    merchant.home.run("check s.csv --shop acme").ends(0);
    merchant.home.write("skuload.toml", format!("api = \"seller-center\"\nshop = \"acme\"\n{SETTINGS}"));
    merchant.home.run("check s.csv").ends(3).says(&["speaks open-platform"]);
    merchant.home.run("check s.csv --api lazada").ends(2).says(&["seller-center or open-platform"]);
    let shown = merchant.home.run("check s.csv --api open-platform --show-settings").ends(0);
    shown.shows(&["api = \"open-platform\"  # flag"]);
}

#[test]
fn the_built_in_marketplace_speaks_it_too_and_a_run_on_it_goes_on() {
    let home = Home::with(&sheet(&["A 9.90", "B 9.90", "C 9.90"]));
    home.run("import s.csv --sandbox --api open-platform --dry-run").ends(0);
    let ran = home.run("import s.csv --sandbox --api open-platform --max-requests 3 --report report.jsonl").ends(8);
    let word = ran.err.split("skuload resume ").nth(1).expect("a command").split_whitespace().next().expect("a run");
    home.run(&format!("resume {word}")).ends(0);
    let report = fs::read_to_string(home.path("report.jsonl")).expect("a report");
    assert_eq!(report.matches("\"verdict\":\"created\"").count(), 3, "{report}");
    // A setting says it as well.
    home.write("skuload.toml", "api = \"open-platform\"\n");
    home.run("import s.csv --sandbox --report other.jsonl").ends(0);
    let report = fs::read_to_string(home.path("other.jsonl")).expect("a report");
    assert_eq!(report.matches("\"verdict\":\"created\"").count(), 3, "{report}");
    fs::remove_file(home.path("skuload.toml")).expect("the settings");
    // What its categories demand is asked for by the same API, and named in the next command.
    let pull = "skuload category pull --sandbox --api open-platform";
    home.run("check s.csv --sandbox --api open-platform").ends(0).says(&[pull]);
    home.run("category pull --sandbox --api open-platform --category 6614").ends(0);
    home.run("template --sandbox --api open-platform --category 6614 -o t.xlsx")
        .ends(0)
        .says(&["--sandbox --api open-platform"]);
    // The category demands a column that the sheet lacks.
    home.run("check s.csv --sandbox --api open-platform").ends(1).shows(&["missing-attribute"]);
}
