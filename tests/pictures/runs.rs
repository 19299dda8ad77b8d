//! Whole runs with the real program: pictures in files go by UploadImage, from the run's own copies.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::archive::{Part, archive};
use super::made::sound;
use super::support::{API, Api, Desk, IMPORT, Market, SHOP, either, sheet};

/// A sheet of mugs, each with what its picture cell holds.
fn mugs(cells: &[(&str, &str)]) -> String {
    let lines: Vec<String> = cells.iter().map(|(sku, _)| format!("{sku}: {sku}")).collect();
    let text = sheet(&lines.join("\n"));
    let (header, rows) = text.split_once('\n').unwrap();
    // The picture cell is the last one, and empty.
    let rows = rows.lines().zip(cells).map(|(row, (_, cell))| format!("{row}\"{cell}\"\n"));
    format!("{header}\n{}", rows.collect::<String>())
}

fn desk_with(market: &Market, cells: &[(&str, &str)]) -> Desk {
    let desk = Desk::at(market);
    fs::write(desk.path("sheet.csv"), mugs(cells)).unwrap();
    fs::create_dir(desk.path("pics")).unwrap();
    fs::write(desk.path("pics/red.png"), sound(1)).unwrap();
    fs::write(desk.path("small.png"), b"GIF89a").unwrap();
    let blue = Part::stored("blue.png", sound(2));
    fs::write(desk.path("sheet.zip"), archive(&[blue])).unwrap();
    desk
}

/// The copies of a run's pictures, by size.
fn copies(desk: &Desk) -> Vec<std::path::PathBuf> {
    let runs = desk.runs();
    let folder = desk.path(&format!("state/runs/{}/pictures", runs[0]));
    fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn files_beside_the_sheet_and_in_its_zip_are_sent_and_a_bad_one_costs_itself_alone() {
    let market = Market::open("");
    let cells = [("A", "pics\\red.png"), ("B", "blue.png, gone.png"), ("C", "pics/red.png"), ("D", "small.png")];
    let desk = desk_with(&market, &cells);
    let outcome = desk.run(&IMPORT);
    assert_eq!(outcome.exit, 1, "{}{}", outcome.stdout, outcome.stderr);
    let mut products = market.products();
    if let Api::OpenPlatform = API {
        // Pictures come with the creation there, so a product waits for its own.
        products.sort();
    }
    assert_eq!(products, ["A+1", "B+1", "C+1", "D"]);
    assert_eq!((market.received("UploadImage"), market.received("MigrateImage")), (2, 0), "each content once");
    for words in ["warning[missing-picture]: there is no file `gone.png`", "warning[picture-type]"] {
        assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
    }
    let told: Vec<String> = desk.told().lines().map(|line| line.split(" x").next().unwrap().to_owned()).collect();
    assert_eq!(told, ["A created set", "B created incomplete", "C created set", "D created failed"]);
    let copies = copies(&desk);
    assert_eq!(copies.len(), 2);
    #[cfg(unix)]
    for path in copies.iter().chain([&copies[0].parent().unwrap().to_owned()]) {
        use std::os::unix::fs::PermissionsExt;
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
}

#[test]
fn a_content_travels_once_under_any_name_and_in_any_run() {
    let market = Market::open("");
    let desk = desk_with(&market, &[("A", "pics/red.png"), ("B", "scarlet.png")]);
    fs::write(desk.path("scarlet.png"), sound(1)).unwrap();
    assert_eq!(desk.run(&IMPORT).exit, 0);
    fs::write(desk.path("sheet.csv"), mugs(&[("C", "scarlet.png"), ("D", "blue.png")])).unwrap();
    assert_eq!(desk.run(&IMPORT).exit, 0);
    assert_eq!(market.products(), ["A+1", "B+1", "C+1", "D+1"]);
    assert_eq!(market.received("UploadImage"), 2, "one red, one blue");
}

#[test]
fn a_resumed_run_needs_none_of_the_merchants_files() {
    let folder = tempfile::TempDir::new().unwrap();
    // The marketplace refuses the key at the second picture.
    let refused = "[[fault]]\naction = \"UploadImage\"\nfrom = 2\nkind = \"error\"\ncode = 7";
    let mut market = Market::kept(refused, folder.path());
    let desk = desk_with(&market, &[("A", "pics/red.png"), ("B", "blue.png")]);
    let outcome = desk.run(&IMPORT);
    assert_eq!(outcome.exit, 4, "{}{}", outcome.stdout, outcome.stderr);
    market.stop();
    for name in ["sheet.csv", "sheet.zip", "pics/red.png", "small.png"] {
        fs::remove_file(desk.path(name)).unwrap();
    }
    market.start("");
    let outcome = desk.run(&["resume"]);
    assert_eq!(outcome.exit, 0, "{}{}", outcome.stdout, outcome.stderr);
    assert_eq!(market.products(), ["A+1", "B+1"]);
}

#[test]
fn a_dry_run_looks_and_keeps_nothing() {
    let market = Market::open("");
    let desk = desk_with(&market, &[("A", "pics/red.png")]);
    let outcome = desk.run(&[&IMPORT[..], &["--dry-run"]].concat());
    assert_eq!(outcome.exit, 0, "{}{}", outcome.stdout, outcome.stderr);
    assert!(outcome.stdout.contains("1 to host pictures"), "{}", outcome.stdout);
    assert!(desk.runs().is_empty());
    assert_eq!(market.writes() + market.received("UploadImage"), 0);
    fs::write(desk.path("sheet.csv"), mugs(&[("A", "http://localhost/a.png"), ("B", "pics/red.png")])).unwrap();
    let outcome = desk.run(&[&IMPORT[..], &["--dry-run", "--check-images", "--format", "json"]].concat());
    assert!(outcome.stdout.contains(r#""rule":"dead-picture""#), "{}", outcome.stdout);
    assert!(outcome.stdout.contains(r#""MigrateImage":1,"#), "{}", outcome.stdout);
}

#[test]
fn what_is_asked_of_pictures_can_be_set() {
    let market = Market::open("");
    let desk = Desk::at(&market);
    let mut command = desk.command(&["import", "sheet.csv", "--fetch-images", "--pictures", "pics", "--show-settings"]);
    command.env("SKULOAD_CHECK_IMAGES", "true").env("SKULOAD_REQUIRE_IMAGES", "true");
    command.env("SKULOAD_IMAGES_HOSTS", "img.example.com").env("SKULOAD_IMAGES_MIGRATE", "singly");
    let output = command.output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    for line in [
        "check-images = true  # environment",
        "fetch-images = true  # flag",
        "images.hosts = [\"img.example.com\"]  # environment",
        "images.migrate = \"singly\"  # environment",
        "pictures = \"pics\"  # flag",
        "require-images = true  # environment",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
    let output = desk.command(&["runs", "list"]).env("SKULOAD_FETCH_IMAGES", "perhaps").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(3) && told.contains("fetch-images is true or false"), "{told}");
}

#[test]
fn pictures_are_where_the_flag_or_the_settings_say() {
    let market = Market::open("");
    let desk = desk_with(&market, &[("A", "red.png")]);
    let check = |more: &[&str], exit: i32, words: &str| {
        let outcome = desk.run(&[&["check", "sheet.csv"], more].concat());
        assert_eq!(outcome.exit, exit, "{}", outcome.stderr);
        assert!((outcome.stdout + &outcome.stderr).contains(words), "{words}");
    };
    check(&[], 0, "warning[missing-picture]: there is no file `red.png`");
    check(&["--pictures", "pics"], 0, "0 errors, 0 warnings");
    check(&["--pictures", "sheet.zip"], 0, "1 warning");
    check(&["--pictures", "nowhere"], 6, "cannot use the pictures: nowhere cannot be read");
    check(&["--pictures", "small.png"], 6, "small.png is no zip archive");
    let mut settings = fs::OpenOptions::new().append(true).open(desk.path("settings.toml")).unwrap();
    writeln!(settings, "[map]").unwrap();
    let text = fs::read_to_string(desk.path("settings.toml")).unwrap();
    fs::write(desk.path("settings.toml"), format!("pictures = \"pics\"\n{text}")).unwrap();
    check(&[], 0, "0 errors, 0 warnings");
}

#[test]
fn standard_input_has_no_folder() {
    let market = Market::open("");
    let desk = desk_with(&market, &[("A", "pics/red.png")]);
    let check = |more: &[&str], words: &str| {
        let mut command = desk.command(&[&["check", "-"], more].concat());
        command.stdin(fs::File::open(desk.path("sheet.csv")).unwrap());
        let output = command.output().unwrap();
        let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.code() == Some(0) && told.contains(words), "{told}");
    };
    check(&[], "standard input has no folder: say where the pictures are with --pictures PATH");
    check(&["--pictures", "."], "0 errors, 0 warnings");
}

#[test]
fn dead_pictures_are_found_before_anything_is_sent() {
    let market = Market::open("");
    let cells = [("A", "http://127.0.0.1/a.png"), ("B", "http://localhost/b.png"), ("C", "pics/red.png")];
    let desk = desk_with(&market, &cells);
    let outcome = desk.run(&[&IMPORT[..], &["--check-images"]].concat());
    assert_eq!(outcome.exit, 1, "{}{}", outcome.stdout, outcome.stderr);
    let words = "warning[dead-picture]: the picture cannot be sent: localhost is not on the public web";
    assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("2 of 2 pictures on the web cannot be had"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("sheet.csv:3:"), "{}", outcome.stderr);
    assert_eq!(market.products(), ["A", "B", "C+1"]);
    assert_eq!(market.received("MigrateImage") + market.received("MigrateImages"), 0);
    let told: Vec<String> = desk.told().lines().map(|line| line.split(" x").next().unwrap().to_owned()).collect();
    assert_eq!(told, ["A created failed", "B created failed", "C created set"]);
}

#[test]
fn the_names_of_a_sheet_open_nothing_outside() {
    let market = Market::open("");
    let desk = desk_with(&market, &[("A", "../secret.png"), ("B", "C:/secret.png"), ("C", "/etc/hostname.png")]);
    let outcome = desk.run(&["import", "sheet.csv", "--shop", SHOP, "--report", "report.jsonl"]);
    assert_eq!(outcome.exit, 1, "{}{}", outcome.stdout, outcome.stderr);
    assert_eq!(outcome.stderr.matches("warning[unsafe-picture-path]").count(), 3, "{}", outcome.stderr);
    assert_eq!((market.products().concat(), market.received("UploadImage")), ("ABC".to_owned(), 0));
}

/// The most memory that a process has used so far, in KiB; Linux alone tells.
fn peak_of(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

#[test]
#[allow(clippy::disallowed_methods, reason = "another program is watched, whose clock is the real one")]
fn hostile_pictures_take_little_memory() {
    let home = tempfile::TempDir::new().unwrap();
    let names: Vec<String> = (0..16).map(|number| format!("bomb{number}.png")).collect();
    // Two gigabytes each, of which three mebibytes are inflated.
    let bombs: Vec<Part> = names.iter().map(|name| Part::repeated(name, "GIF8", &[0; 1 << 20], 2000, "")).collect();
    fs::write(home.path().join("sheet.zip"), archive(&bombs)).unwrap();
    let huge = fs::File::create(home.path().join("huge.png")).unwrap();
    huge.set_len(8 << 30).unwrap();
    let names = names.iter().map(String::as_str).chain(["huge.png"]);
    let skus: Vec<String> = (0..17).map(|number| format!("S{number}")).collect();
    let cells: Vec<(&str, &str)> = skus.iter().map(String::as_str).zip(names).collect();
    fs::write(home.path().join("sheet.csv"), mugs(&cells)).unwrap();
    let told = fs::File::create(home.path().join("told.txt")).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_skuload"))
        .args(["check", "sheet.csv", "--format", "json"])
        .current_dir(home.path())
        .env_clear()
        .env("HOME", home.path())
        .stdin(Stdio::null())
        .stdout(told)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut peak = None;
    let status = loop {
        peak = peak.max(peak_of(child.id()));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        thread::sleep(Duration::from_millis(5));
    };
    let told = fs::read_to_string(home.path().join("told.txt")).unwrap();
    assert_eq!(status.code(), Some(0), "{told}");
    assert_eq!(told.matches("\"rule\":\"picture-type\"").count(), 17, "{told}");
    assert!(peak.is_none_or(|peak| peak < 150 * 1024), "{peak:?} KiB");
    assert!(!Path::new("bomb0.png").exists());
}

#[test]
fn a_picture_that_is_still_broken_is_told_again() {
    let market = Market::open("");
    let desk = desk_with(&market, &[("A", "pics/missing.png")]);
    for verdict in ["created", "exists"] {
        let outcome = desk.run(&IMPORT);
        assert_eq!(outcome.exit, 1, "{}{}", outcome.stdout, outcome.stderr);
        assert!(desk.told().starts_with(&format!("A {verdict} failed")), "{}", desk.told());
    }
}

/// A host that nobody can ask for: no name server is asked for a label of more than 63 bytes.
fn nowhere(path: &str) -> String {
    format!("http://{}.example/{path}", "x".repeat(64))
}

#[test]
fn a_picture_that_cannot_be_looked_at_is_sent_all_the_same() {
    let market = Market::open("");
    let desk = desk_with(&market, &[("A", &nowhere("a.png")), ("B", "http://localhost/b.png")]);
    let outcome = desk.run(&[&IMPORT[..], &["--check-images"]].concat());
    assert_eq!(outcome.exit, 1, "{}{}", outcome.stdout, outcome.stderr);
    let words = format!("warning[unclear-picture]: the picture could not be looked at: {}", &nowhere("")[7..79]);
    for words in [&words, "1 of 2 pictures on the web could not be looked at, and are sent all the same"] {
        assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
    }
    // Where pictures come with the creation, a product waits for its own.
    assert_eq!(market.products(), either(["A+1", "B"], ["B", "A+1"]));
    let told = desk.told();
    let [a, b] = told.lines().collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(a, "A created set x1");
    assert!(
        b.starts_with("B created failed x1 1 picture could not be had: `http://localhost/b.png` (localhost is"),
        "{b}"
    );
}

#[test]
fn a_picture_that_cannot_be_fetched_now_is_fetched_later() {
    let market = Market::open("");
    let desk = desk_with(&market, &[("A", &nowhere("dead/a.png"))]);
    let fetching = [&IMPORT[..], &["--fetch-images"]].concat();
    let outcome = desk.run(&fetching);
    assert_eq!(outcome.exit, 5, "{}{}", outcome.stdout, outcome.stderr);
    let reason = |what: &str| {
        format!("1 picture {what}: `{}` ({} cannot be reached: ", nowhere("dead/a.png"), &nowhere("")[7..79])
    };
    let told = desk.told();
    assert!(told.starts_with(&format!("A created pending x1 {}", reason("did not arrive"))), "{told}");
    // Once in vain in another process too, the run is over.
    let outcome = desk.run(&["resume", "--fetch-images"]);
    assert_eq!(outcome.exit, 1, "{}{}", outcome.stdout, outcome.stderr);
    let told = desk.told();
    assert!(told.starts_with(&format!("A created failed x1 {}", reason("could not be had"))), "{told}");
    assert_eq!(desk.report()[0]["help"], "import the sheet again later: only the images are sent");
    // The next import asks the marketplace anew, which has the picture by then.
    let sheet = fs::read_to_string(desk.path("sheet.csv")).unwrap();
    fs::write(desk.path("sheet.csv"), sheet.replace("dead/", "")).unwrap();
    assert_eq!(desk.run(&fetching).exit, 0);
    let there = "A exists set x0 it was in the shop before this run";
    assert_eq!((desk.told(), market.products()), (there.to_owned(), vec!["A+1".to_owned()]));
    assert_eq!(market.received("UploadImage"), 0);
}

#[test]
fn the_report_names_each_picture_that_is_missing_and_so_does_one_that_is_written_again() {
    let market = Market::open("");
    let a = "pics/gone.png, https://img.example.com/dead/1.png, https://img.example.com/2.png";
    let cells = [("A", a), ("B", "small.png, http://localhost/b.png"), ("C", "pics/red.png")];
    let desk = desk_with(&market, &cells);
    let reports = ["--report", "r.csv", "--report", "r.xlsx"];
    let outcome = desk.run(&[&IMPORT[..], &["--check-images", "-q"], &reports].concat());
    assert_eq!(outcome.exit, 1, "{}{}", outcome.stdout, outcome.stderr);
    let told = desk.told();
    let [a, b, c] = told.lines().collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(
        a,
        "A created incomplete x1 2 pictures could not be had: `pics/gone.png` (there is no such file), \
         `https://img.example.com/dead/1.png` (E301: Migrate image failed: The image cannot be downloaded)"
    );
    assert_eq!(
        b,
        "B created failed x1 2 pictures could not be had: `small.png` (it is of the type GIF, whatever its name says; only \
         JPEG and PNG are taken), `http://localhost/b.png` (localhost is not on the public web: its address is private or \
         reserved)"
    );
    assert_eq!(c, "C created set x1");
    let names = ["report.jsonl", "r.csv", "r.xlsx", "sheet.to-fix.csv"];
    let read = || names.map(|name| fs::read(desk.path(name)).unwrap());
    let first = read();
    names.iter().for_each(|name| fs::remove_file(desk.path(name)).unwrap());
    let [run] = desk.runs().try_into().unwrap();
    let outcome = desk.run(&["report", &run]);
    assert_eq!(outcome.exit, 0, "{}{}", outcome.stdout, outcome.stderr);
    assert!(read() == first);
}
