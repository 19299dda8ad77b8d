//! `skuload import --jobs`: many sheets into many shops, each in a process of its own.
#![cfg(all(unix, feature = "cli", feature = "sandbox", feature = "import"))]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use support::{Desk, Market, Outcome, either, sheet};

/// Adds a shop to a desk.
fn add(desk: &Desk, name: &str, market: &Market, key: &str) {
    desk.add_shop(market, name, &market.url(), key);
}

/// A desk whose shops are the markets, by name.
fn desk_of(shops: &[(&str, &Market)]) -> Desk {
    let desk = Desk::at(shops[0].1);
    for (name, market) in shops {
        add(&desk, name, market, &market.key());
    }
    desk
}

fn write(desk: &Desk, name: &str, text: &str) {
    let path = desk.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A jobs file, a job a line: `SHEET SHOP key = value, key = value`.
fn jobs(desk: &Desk, lines: &[&str]) {
    let job = |line: &&str| {
        let mut words = line.splitn(3, ' ');
        let (sheet, shop) = (words.next().unwrap(), words.next().unwrap());
        let settings = words.next().unwrap_or_default().replace(", ", "\n");
        format!("[[job]]\nsheet = \"{sheet}\"\nshop = \"{shop}\"\n{settings}\n")
    };
    write(desk, "nightly/jobs.toml", &lines.iter().map(job).collect::<String>());
}

fn import(desk: &Desk, args: &[&str]) -> Outcome {
    desk.run(&[&["import", "--jobs", "nightly/jobs.toml"], args].concat())
}

/// The lines of `--format json`: those of the jobs in their order, and the sum.
fn lines(outcome: &Outcome) -> (Vec<Value>, Value) {
    let mut lines: Vec<Value> = outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let total = lines.pop().unwrap();
    assert_eq!(total["kind"], "summary", "{outcome:?}");
    assert!(lines.iter().all(|line| line["kind"] == "job" && line["v"] == 1), "{outcome:?}");
    lines.sort_by_key(|line| line["job"].as_u64());
    (lines, total)
}

/// Each job as `SHOP EXIT N created`, with the verdicts that it has.
fn told(outcome: &Outcome) -> Vec<String> {
    let line = |line: &Value| {
        let verdicts = line["summary"]["verdicts"].as_object().into_iter().flatten();
        let counts =
            verdicts.filter(|(_, count)| **count != json!(0)).map(|(verdict, count)| format!(" {count} {verdict}"));
        format!("{} {}{}", line["shop"].as_str().unwrap(), line["exit"], counts.collect::<String>())
    };
    lines(outcome).0.iter().map(line).collect()
}

#[test]
fn shops_are_whole_whatever_becomes_of_others() {
    let markets: Vec<Market> = (0..6).map(|_| Market::open("")).collect();
    let mut absent = Market::open("");
    let names = ["a", "b", "c", "d", "e"];
    let mut shops: Vec<(&str, &Market)> = names.into_iter().zip(&markets).collect();
    shops.push(("gone", &absent));
    let desk = desk_of(&shops);
    add(&desk, "locked-out", &markets[5], &"0".repeat(40));
    absent.stop();
    for name in ["a", "b", "c", "d", "gone", "locked-out"] {
        write(&desk, &format!("nightly/{name}.csv"), &sheet(&format!("P: {name}-1 {name}-2+1\nQ: {name}-3")));
    }
    write(&desk, "nightly/e.csv", &sheet("P: e-1!\nQ: e-2"));
    jobs(&desk, &["a.csv a", "b.csv b", "gone.csv gone", "c.csv c", "locked-out.csv locked-out", "d.csv d", "e.csv e"]);
    let outcome = import(&desk, &["--format", "json"]);
    let expect = [
        "a 0 3 created",
        "b 0 3 created",
        "gone 5 3 not-sent",
        "c 0 3 created",
        "locked-out 4 3 not-sent",
        "d 0 3 created",
        "e 1 1 created 1 invalid",
    ];
    assert_eq!(told(&outcome), expect, "{outcome:?}");
    assert_eq!(outcome.exit, 4);
    for (name, market) in names.iter().zip(&markets).take(4) {
        assert_eq!(market.created(), [format!("{name}-1"), format!("{name}-2"), format!("{name}-3")]);
    }
    assert_eq!((markets[4].created(), markets[5].created()), (vec!["e-2".to_owned()], Vec::new()));
    let (all, total) = lines(&outcome);
    assert!(all[4]["messages"].to_string().contains(either("E007", "IncompleteSignature")), "{}", all[4]);
    assert!(all.iter().all(|line| line["seconds"].as_f64().unwrap() > 0.0));
    let sum = [&total["jobs"], &total["shops"], &total["failed"], &total["exit"], &total["rows"]];
    assert_eq!(sum, [&json!(7), &json!(7), &json!(3), &json!(4), &json!(20)], "{total}");
    assert_eq!(total["verdicts"]["created"], 13);
    for name in names {
        assert!(desk.path(&format!("nightly/{name}.report.xlsx")).exists(), "{name}");
    }
}

#[test]
fn a_second_call_finds_everything_there() {
    let (one, other) = (Market::open(""), Market::open(""));
    let desk = desk_of(&[("one", &one), ("other", &other)]);
    write(&desk, "nightly/a.csv", &sheet("P: A B+1\nQ: C"));
    write(&desk, "nightly/b.csv", &sheet("P: D"));
    jobs(&desk, &["a.csv one", "b.csv one", "b.csv other"]);
    assert_eq!(
        told(&import(&desk, &["--format", "json"])),
        ["one 0 3 created", "one 0 1 created", "other 0 1 created"]
    );
    let writes = (one.writes(), other.writes());
    let again = import(&desk, &["--format", "json"]);
    assert_eq!(told(&again), ["one 0 3 exists", "one 0 1 exists", "other 0 1 exists"]);
    assert_eq!((one.writes(), other.writes(), again.exit), (writes.0, writes.1, 0));
}

#[test]
fn the_jobs_of_one_shop_come_one_after_the_other_and_those_of_others_beside_them() {
    let slow = "[[fault]]\naction = \"CreateProduct\"\nkind = \"slow\"\nseconds = 1.0";
    let (one, other) = (Market::open(slow), Market::open(""));
    let desk = desk_of(&[("one", &one), ("other", &other)]);
    write(&desk, "nightly/a.csv", &sheet("P: A"));
    write(&desk, "nightly/b.csv", &sheet("Q<A: B"));
    write(&desk, "nightly/c.csv", &sheet("R: C"));
    jobs(&desk, &["a.csv one", "b.csv one", "c.csv other"]);
    let outcome = import(&desk, &["--format", "json"]);
    assert_eq!(told(&outcome), ["one 0 1 created", "one 0 1 created", "other 0 1 created"], "{outcome:?}");
    assert_eq!(one.products(), ["A B"]);
    let ended: Vec<Value> =
        outcome.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["job"].clone()).collect();
    assert_eq!(ended, [json!(3), json!(1), json!(2), Value::Null]);
    let singly = import(&desk, &["--format", "json", "--parallel", "1"]);
    assert_eq!(told(&singly), ["one 0 1 exists", "one 0 1 exists", "other 0 1 exists"]);
}

#[test]
fn people_get_a_line_for_each_job_and_what_went_wrong_below() {
    let (one, other) = (Market::open(""), Market::open(""));
    let desk = desk_of(&[("one", &one)]);
    add(&desk, "second", &other, &"0".repeat(40));
    write(&desk, "nightly/a.csv", &sheet("P: A B\nQ: C!"));
    write(&desk, "nightly/long-name.csv", &sheet("P: D"));
    jobs(&desk, &["a.csv one", "long-name.csv second"]);
    let outcome = import(&desk, &[]);
    assert_eq!(outcome.exit, 4);
    let line = |start: &str| outcome.stdout.lines().find(|line| line.starts_with(start)).unwrap().to_owned();
    assert!(line("one").starts_with("one     nightly/a.csv          2 created, 1 invalid  exit 1  "), "{outcome:?}");
    assert!(line("second").starts_with("second  nightly/long-name.csv  1 not-sent  exit 4  "), "{outcome:?}");
    assert!(line("2 jobs").starts_with("2 jobs of 2 shops: 2 failed, "), "{outcome:?}");
    assert!(outcome.stderr.contains("job 2, shop `second`, nightly/long-name.csv:\n  error: "), "{outcome:?}");
    let to_fix = format!("rows to mend: {}", desk.path("nightly/a.to-fix.csv").canonicalize().unwrap().display());
    let why =
        "nightly/a.csv:\n  invalid: row 4, SKU `C`: I4: price -1 is not above zero\n    help: write a price above zero";
    assert!(outcome.stderr.contains(&format!("{why}\n  {to_fix}")), "{outcome:?}");
}

#[test]
fn a_job_has_settings_of_its_own_below_what_was_typed_and_above_the_rest() {
    let (one, other) = (Market::open(""), Market::open(""));
    let desk = desk_of(&[("one", &one), ("other", &other)]);
    let plain = sheet("P: A\nQ: B");
    write(&desk, "nightly/in/a.csv", &plain.replace("brand", "maker"));
    write(&desk, "nightly/b.csv", &plain.replace(",brand,", ",ignored,"));
    let first = "in/a.csv one mode = \"create\", map = { maker = \"brand\" }, report = [\"{shop}.jsonl\"]";
    let second = "b.csv other mode = \"create\", set = { brand = \"Own\" }, report = [\"{shop}.csv\"]";
    jobs(&desk, &[first, second]);
    let mut command = desk.command(&["import", "--jobs", "nightly/jobs.toml", "--first", "1", "--format", "json"]);
    let output = command.env("SKULOAD_SHOP", "nobody").env("SKULOAD_MODE", "update").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    let outcome = Outcome { exit: output.status.code().unwrap(), stdout, stderr };
    assert_eq!(told(&outcome), ["one 0 1 created 1 skipped", "other 0 1 created 1 skipped"], "{outcome:?}");
    assert_eq!(other.shown()["products"][0]["attributes"]["brand"], "Own");
    assert!(desk.path("nightly/one.jsonl").exists() && desk.path("nightly/other.csv").exists());
    let typed = import(&desk, &["--mode", "creat"]);
    assert!(typed.exit == 2 && typed.stderr.contains("`creat` is no mode"), "{typed:?}");
}

#[test]
fn nothing_begins_while_any_job_is_wrong() {
    let market = Market::open("");
    let desk = desk_of(&[("one", &market)]);
    write(&desk, "nightly/a.csv", &sheet("P: A"));
    let check = |jobs_lines: &[&str], exit: i32, expect: &[&str]| {
        jobs(&desk, jobs_lines);
        let outcome = import(&desk, &[]);
        assert_eq!(outcome.exit, exit, "{outcome:?}");
        for text in expect {
            assert!(outcome.stderr.contains(text), "{text}: {outcome:?}");
        }
        assert!(outcome.stderr.contains("no job was begun"), "{outcome:?}");
    };
    let slip = ["nightly/jobs.toml, job 2 (line 5): there is no setting `grup-by`", "is `group-by` meant?"];
    check(&["a.csv one", "a.csv one grup-by = \"name\""], 3, &slip);
    check(&["a.csv one", "b.csv one"], 6, &["job 2 (line 5): cannot read nightly/b.csv"]);
    check(&["a.csv one", "a.csv two"], 3, &["job 2 (line 5)", "`two`"]);
    check(&["a.csv one mode = \"creat\""], 3, &["`creat` is no mode"]);
    check(&["a.csv one rate = \"fast\""], 3, &["`rate` cannot be \"fast\"", "it is a number"]);
    check(&["a.csv one pictures = \"pics\""], 6, &["cannot read nightly/pics"]);
    check(&["a.csv one report = [\"x.pdf\"]"], 3, &["its ending tells no format"]);
    check(&["a.csv one format = \"json\""], 3, &["`format` is no setting of a job"]);
    check(&["- one"], 3, &["`sheet` cannot be"]);
    let twice = "a.csv one report = [\"x.csv\"]";
    check(&[twice, twice], 3, &["job 1 writes it too", "put {shop} or {run} into its name"]);
    let many = ["a.csv one mode = \"creat\"", "b.csv one"];
    check(&many, 3, &["`creat` is no mode", "cannot read nightly/b.csv"]);
    let all_at_once = ["`format` is no setting of a job", "no setting `grup-by`", "cannot read nightly/b.csv", "`two`"];
    check(&["b.csv two format = \"json\", grup-by = \"name\""], 3, &all_at_once);
    assert_eq!(market.calls(), 0);
    fs::write(desk.path("nightly/jobs.toml"), b"PK\x03\x04\xff\xfe").unwrap();
    let workbook = import(&desk, &[]);
    assert!(workbook.exit == 3 && workbook.stderr.contains("a jobs file is a text in TOML"), "{workbook:?}");
    write(&desk, "nightly/jobs.toml", "");
    assert!(import(&desk, &[]).stderr.contains("has no [[job]]"));
    let both = desk.run(&["import", "nightly/a.csv", "--jobs", "nightly/jobs.toml"]);
    assert_eq!((both.exit, desk.run(&["import"]).exit), (2, 2));
}

/// What a jobs file of such lines is told: the errors without the job's place, and what helps, a line each.
fn refusals(desk: &Desk, lines: &[&str]) -> Vec<String> {
    jobs(desk, lines);
    let outcome = import(desk, &[]);
    assert!(outcome.exit != 0 && outcome.stderr.contains("no job was begun"), "{outcome:?}");
    let told = outcome.stderr.lines().take_while(|line| !line.contains("no job was begun"));
    told.map(|line| line.split(&format!("job {} (line 1): ", lines.len())).last().unwrap().trim().to_owned()).collect()
}

#[test]
fn all_that_is_wrong_with_a_job_is_told_in_one_go() {
    let market = Market::open("");
    let desk = desk_of(&[("one", &market)]);
    write(&desk, "nightly/a.csv", &sheet("P: A"));
    let settings = "mode = \"updte\", max-changes = \"lots\", min-rows = \"x\", blank = \"foo\", sheets = 5, \
                    report = \"r.csv\", rate = 0, max-failures = \"few\", deadline = \"soon\", \
                    skus-per-price-update = 51, pace.give-up = -1, pace.timeout = \"x\"";
    let expect = [
        "`sheets` cannot be 5",
        "help: it is the name of a sheet, or a list of names",
        "`min-rows` cannot be \"x\"",
        "help: it is a whole number, 0 or more",
        "`pace.timeout` cannot be \"x\"",
        "help: it is a number",
        "`report` cannot be \"r.csv\"",
        "help: it is a list of texts",
        "`foo` is no blank",
        "help: blank is keep or clear",
        "`soon` is no deadline",
        "help: write 90m, 2h or 1h30m, a time of day such as 06:00, or a moment such as 2026-01-31T06:00:00+07:00",
        "`lots` is no number of changes",
        "help: write a number of SKUs such as 500, or a part of the sheet's rows such as 20%",
        "`few` is no number of failures",
        "help: write a number such as 20, 0 to stop at the first failure, or a part of the planned products such as 5%",
        "`updte` is no mode",
        "help: mode is create, update or upsert",
        "[pace] -1 is no number of seconds up to a day",
        "the rate must be a number above zero",
        "`51` is no skus-per-price-update",
        "help: skus-per-price-update is a number from 1 to 50",
    ];
    assert_eq!(refusals(&desk, &[&format!("a.csv one {settings}")]), expect);
    // Also where it is not known which file and which shop are meant.
    write(&desk, "nightly/jobs.toml", "[[job]]\nmode = \"updte\"\nmin-rows = \"x\"\n");
    let outcome = import(&desk, &[]);
    for told in ["it has no `sheet`", "it has no `shop`", "`updte` is no mode", "`min-rows` cannot be \"x\""] {
        assert!(outcome.stderr.contains(told), "{told}: {outcome:?}");
    }
    assert_eq!(market.calls(), 0);
}

#[test]
fn sheets_is_a_name_or_a_list_of_names() {
    let market = Market::open("");
    let desk = desk_of(&[("one", &market)]);
    let mut workbook = rust_xlsxwriter::Workbook::new();
    for (name, text) in [("Products", sheet("P: A")), ("Old", sheet("Q: B")), ("Notes", "see there".to_owned())] {
        let worksheet = workbook.add_worksheet().set_name(name).unwrap();
        for (row, line) in (0..).zip(text.lines()) {
            for (column, cell) in (0..).zip(line.split(',')) {
                worksheet.write_string(row, column, cell).unwrap();
            }
        }
    }
    fs::create_dir_all(desk.path("nightly")).unwrap();
    workbook.save(desk.path("nightly/a.xlsx")).unwrap();
    jobs(&desk, &["a.xlsx one sheets = \"Products\""]);
    assert_eq!(told(&import(&desk, &["--format", "json"])), ["one 0 1 created"]);
    jobs(&desk, &["a.xlsx one sheets = [\"Products\",\"Old\"]"]);
    assert_eq!(told(&import(&desk, &["--format", "json"])), ["one 0 1 created 1 exists"]);
    let expect = ["`sheets` cannot hold 5", "help: it is the name of a sheet, or a list of names"];
    assert_eq!(refusals(&desk, &["a.xlsx one sheets = [\"Old\",5]"]), expect);
}

#[test]
fn the_folder_of_a_report_is_looked_for_under_the_name_of_the_shop() {
    let market = Market::open("");
    let desk = desk_of(&[("thai", &market)]);
    write(&desk, "nightly/a.csv", &sheet("P: A"));
    fs::create_dir_all(desk.path("nightly/out/thai-daily")).unwrap();
    jobs(&desk, &["a.csv thai report = [\"out/{shop}-daily/r.csv\"]"]);
    assert_eq!(told(&import(&desk, &["--format", "json"])), ["thai 0 1 created"]);
    assert!(desk.path("nightly/out/thai-daily/r.csv").exists());
    let expect = [
        "report nightly/nope/{shop}/r.csv: there is no folder nightly/nope/thai",
        "help: make it, or name another one",
    ];
    assert_eq!(refusals(&desk, &["a.csv thai report = [\"nope/{shop}/r.csv\"]"]), expect);
}

#[test]
fn a_jobs_file_that_is_no_list_of_jobs_is_told_on_a_line() {
    let market = Market::open("");
    let desk = desk_of(&[("one", &market)]);
    write(&desk, "nightly/a.csv", &sheet("P: A"));
    let check = |text: &str, expect: &[&str]| {
        write(&desk, "nightly/jobs.toml", text);
        let outcome = import(&desk, &[]);
        assert_eq!(outcome.exit, 3, "{outcome:?}");
        for told in expect {
            assert!(outcome.stderr.lines().any(|line| line.ends_with(told)), "{told}: {outcome:?}");
        }
    };
    let unclosed = "error: nightly/jobs.toml is not sound: line 2, column 11: unclosed array, expected `]`";
    check(
        "[[job]]\nsheets = [",
        &[unclosed, "it is a text in TOML: name = \"a text\", name = 5, name = [\"a\", \"list\"]"],
    );
    let twice = "error: nightly/jobs.toml is not sound: line 3, column 1: duplicate key";
    check("[[job]]\nmode = \"create\"\nmode = \"update\"\n", &[twice]);
    check(
        "[[jobs]]\nsheet = \"a.csv\"\n",
        &["error: nightly/jobs.toml: `jobs` belongs to no [[job]]", "is [[job]] meant?"],
    );
    check(
        "[job]\nsheet = \"a.csv\"\n",
        &["nightly/jobs.toml: `job` is no list of tables", "write [[job]], in two brackets, above each import"],
    );
    let above = ["error: nightly/jobs.toml: `mode` belongs to no [[job]]", "job 1 (line 2): it has no `shop`"];
    check("mode = \"update\"\n[[job]]\nsheet = \"a.csv\"\n", &above);
    assert_eq!(market.calls(), 0);
}

#[test]
fn a_dry_run_sends_nothing_anywhere() {
    let (one, other) = (Market::open(""), Market::open(""));
    let desk = desk_of(&[("one", &one), ("other", &other)]);
    write(&desk, "nightly/a.csv", &sheet("P: A"));
    jobs(&desk, &["a.csv one", "a.csv other"]);
    let outcome = import(&desk, &["--dry-run", "--format", "json"]);
    assert_eq!(told(&outcome), ["one 0 1 planned", "other 0 1 planned"], "{outcome:?}");
    assert_eq!((one.writes(), other.writes(), desk.runs().len()), (0, 0, 0));
}

#[test]
fn a_shop_that_is_busy_does_not_stop_others() {
    let hangs = Market::open("[[fault]]\naction = \"CreateProduct\"\ntimes = 1\nkind = \"slow\"\nseconds = 2.0");
    let other = Market::open("");
    let desk = desk_of(&[("one", &hangs), ("other", &other)]);
    write(&desk, "nightly/a.csv", &sheet("P: A"));
    let mut first = desk.start(&["import", "nightly/a.csv", "--shop", "one", "--report", "first.csv"]);
    while hangs.received("CreateProduct") == 0 && first.try_wait().unwrap().is_none() {}
    jobs(&desk, &["a.csv one", "a.csv other"]);
    let outcome = import(&desk, &["--format", "json"]);
    assert_eq!(told(&outcome), ["one 11", "other 0 1 created"], "{outcome:?}");
    assert_eq!(outcome.exit, 11);
    assert!(first.wait().unwrap().success());
}

#[test]
fn jobs_that_share_a_sheet_write_files_of_their_own() {
    let markets: Vec<Market> = (0..4).map(|_| Market::open("")).collect();
    let names = ["a", "b", "c", "d"];
    let shops: Vec<(&str, &Market)> = names.into_iter().zip(&markets).collect();
    let desk = desk_of(&shops);
    write(&desk, "nightly/all.csv", &sheet("P: A\nQ: B!"));
    jobs(&desk, &["all.csv a", "all.csv b", "all.csv c", "all.csv d"]);
    let outcome = import(&desk, &["--format", "json"]);
    assert_eq!(told(&outcome), names.map(|name| format!("{name} 1 1 created 1 invalid")), "{outcome:?}");
    let files =
        fs::read_dir(desk.path("nightly")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: Vec<String> = files.collect();
    let count = |part: &str| files.iter().filter(|name| name.contains(part)).count();
    assert_eq!((count(".report.xlsx"), count(".to-fix.csv")), (4, 4), "{files:?}");
}

fn interrupt(process: u32, signal: &str) {
    assert!(Command::new("kill").args([signal, &process.to_string()]).status().unwrap().success());
}

/// The processes that this one started.
fn children(process: u32) -> Vec<u32> {
    let output = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let pairs = text.lines().filter_map(|line| line.trim().split_once(char::is_whitespace));
    let own = pairs.filter(|(_, parent)| parent.trim() == process.to_string());
    own.filter_map(|(pid, _)| pid.parse().ok()).collect()
}

/// Two shops that take their time, three jobs, and the call when both are at work.
fn at_work(slow: &str) -> (Market, Market, Desk, std::process::Child) {
    let (one, other) = (Market::open(slow), Market::open(slow));
    let desk = desk_of(&[("one", &one), ("other", &other)]);
    let many: String = (0..10).map(|at| format!("P{at}: A{at}\n")).collect();
    write(&desk, "nightly/a.csv", &sheet(&many));
    write(&desk, "nightly/b.csv", &sheet("Q: B"));
    jobs(&desk, &["a.csv one", "b.csv one", "a.csv other"]);
    let mut call = desk.start(&["import", "--jobs", "nightly/jobs.toml", "--format", "json"]);
    let is_at_work = |market: &Market| market.received("CreateProduct") >= 2;
    while !(is_at_work(&one) && is_at_work(&other)) && call.try_wait().unwrap().is_none() {}
    (one, other, desk, call)
}

const SLOW: &str = "[[fault]]\naction = \"CreateProduct\"\nkind = \"slow\"\nseconds = 0.3";

fn printed(desk: &Desk) -> Vec<Value> {
    let text = fs::read_to_string(desk.path("printed.txt")).unwrap();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[test]
fn an_interrupt_ends_all_jobs_in_order_and_resume_goes_on() {
    let (one, other, desk, mut call) = at_work(SLOW);
    interrupt(call.id(), "-TERM");
    assert_eq!(call.wait().unwrap().code(), Some(130));
    let lines = printed(&desk);
    let exits: Vec<&Value> = lines.iter().map(|line| &line["exit"]).collect();
    assert_eq!(exits, [&json!(130); 4], "{lines:?}");
    let of_second = lines.iter().find(|line| line["job"] == 2).unwrap();
    assert_eq!(of_second["messages"], json!(["it was not started"]));
    let sent = (one.created().len(), other.created().len());
    assert!(sent.0 < 10 && sent.1 < 10, "{sent:?}");
    let first = lines.iter().find(|line| line["job"] == 1).unwrap();
    assert_eq!(first["summary"]["verdicts"]["created"], json!(sent.0), "{first}");
    let resumed = desk.run(&["resume", "--all"]);
    assert_eq!(resumed.exit, 0, "{resumed:?}");
    assert_eq!((one.created().len(), other.created().len()), (10, 10));
}

#[test]
fn a_job_that_is_killed_is_its_own_trouble() {
    let (one, other, desk, mut call) = at_work(SLOW);
    let running = children(call.id());
    assert_eq!(running.len(), 2);
    interrupt(running[0], "-KILL");
    assert_eq!(call.wait().unwrap().code(), Some(130));
    let lines = printed(&desk);
    let killed: Vec<&Value> = lines.iter().filter(|line| line["kind"] == "job" && line["exit"] == 130).collect();
    assert_eq!(killed.len(), 1, "{lines:?}");
    assert!(killed[0]["messages"].to_string().contains("did not end by itself (signal: 9"), "{killed:?}");
    let whole = if killed[0]["shop"] == "one" { &other } else { &one };
    assert_eq!(whole.created().iter().filter(|sku| sku.starts_with('A')).count(), 10);
}

/// A market that refuses to create more than one product, and a jobs file for it whose import was cut short.
fn cut_short(folder: &Path) -> (Market, Desk, String) {
    let market = Market::kept("[[fault]]\naction = \"CreateProduct\"\nfrom = 2\nkind = \"status\"", folder);
    let desk = desk_of(&[("one", &market)]);
    write(&desk, "nightly/a.csv", &sheet("P: A\nQ: B"));
    jobs(&desk, &["a.csv one"]);
    let outcome = import(&desk, &["--format", "json"]);
    assert_eq!(outcome.exit, 5, "{outcome:?}");
    let messages = lines(&outcome).0[0]["messages"].to_string();
    (market, desk, messages)
}

#[test]
fn the_command_that_a_job_names_for_going_on_works_later_and_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let (mut market, desk, messages) = cut_short(folder.path());
    let words = messages.split("skuload resume ").nth(1).unwrap().split(['"', ')']).next().unwrap();
    let words: Vec<&str> = words.split(' ').collect();
    assert!(words.len() == 3 && Path::new(words[2]).starts_with(desk.path("state/jobs")), "{messages}");
    let text = fs::read_to_string(words[2]).unwrap();
    assert!(text.contains("rate = 500.0") && !text.contains(&market.key()), "{text}");
    market.stop();
    market.start("");
    let mut resume = Command::new(env!("CARGO_BIN_EXE_skuload"));
    let resume = resume.arg("resume").args(&words).env_clear().current_dir("/").output();
    assert_eq!(resume.unwrap().status.code(), Some(0), "{messages}");
    assert_eq!(market.created(), ["A", "B"]);
}

#[test]
fn what_a_job_left_unfinished_is_in_the_way_unless_it_is_to_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let (mut market, desk, _) = cut_short(folder.path());
    market.stop();
    market.start("");
    assert_eq!(told(&import(&desk, &["--format", "json"])), ["one 11"]);
    let outcome = import(&desk, &["--format", "json", "--resume-first"]);
    assert_eq!(told(&outcome), ["one 0 2 exists"], "{outcome:?}");
    assert_eq!((market.created().len(), outcome.exit), (2, 0));
}
