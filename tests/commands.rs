//! The program from outside: what is typed, what is printed where, which files appear, how it ends.
#![cfg(all(feature = "cli", feature = "import", feature = "sandbox"))]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const HEADER: &str = "SellerSku,PrimaryCategory,name,short_description,brand,price,package_weight,package_length,package_width,package_height,color_family";

/// A good row: SKU, name, price, colour.
fn row(sku: &str, name: &str, price: &str, colour: &str) -> String {
    format!("{sku},6614,{name},Soft and light,Remark,{price},0.25,30,24,3,{colour}\n")
}

/// A sheet of these rows.
fn sheet(rows: &[String]) -> String {
    format!("{HEADER}\n{}", rows.concat())
}

/// Two products; the first has two SKUs.
fn good() -> String {
    sheet(&[row("A-1", "Shirt", "99", "Red"), row("A-2", "Shirt", "99", "Blue"), row("B-1", "Scarf", "49.5", "Red")])
}

/// The same, with a price of zero in F3.
fn bad() -> String {
    good().replace("Remark,99,0.25,30,24,3,Blue", "Remark,0,0.25,30,24,3,Blue")
}

/// A user: an empty home, which is the working directory too.
struct Home {
    folder: TempDir,
}

/// How the program ended, and what it said.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Home {
    fn new() -> Home {
        Home { folder: tempfile::tempdir().expect("a folder") }
    }

    /// A home with this text in `s.csv`.
    fn with(text: &str) -> Home {
        let home = Home::new();
        home.write("s.csv", text);
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("a file can be written");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name))
            .unwrap_or_else(|error| panic!("{name}: {error}; there are {:?}", self.files()))
    }

    /// The names of the files in the working directory, in order.
    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("the folder").map(|entry| entry.expect("an entry"));
        let files = entries.filter(|entry| entry.path().is_file());
        let mut names: Vec<String> = files.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skuload"));
        let (config, state) = (self.path(".config"), self.path(".state"));
        command.env_clear().env("HOME", self.folder.path());
        command.env("XDG_CONFIG_HOME", config).env("XDG_STATE_HOME", state);
        command.current_dir(self.folder.path()).args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, &[], b"")
    }

    fn run_with(&self, args: &[&str], environment: &[(&str, &str)], stdin: &[u8]) -> Ran {
        let mut command = self.command(args);
        command.envs(environment.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        // A program that does not read its standard input closes the pipe.
        let _ = child.stdin.take().expect("a pipe").write_all(stdin);
        let output = child.wait_with_output().expect("the program ends");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The names of the runs that are kept.
    fn runs(&self) -> Vec<String> {
        let listed = self.run(&["runs", "list", "--format", "json"]).ends(0);
        listed.json().iter().map(|line| line["run"].as_str().expect("a run").to_owned()).collect()
    }
}

impl Ran {
    #[track_caller]
    fn ends(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Standard output holds each of these.
    #[track_caller]
    fn shows(self, texts: &[&str]) -> Ran {
        for text in texts {
            assert!(self.out.contains(text), "`{text}` is not in stdout:\n{}\nstderr:\n{}", self.out, self.err);
        }
        self
    }

    /// Standard error holds each of these.
    #[track_caller]
    fn says(self, texts: &[&str]) -> Ran {
        for text in texts {
            assert!(self.err.contains(text), "`{text}` is not in stderr:\n{}\nstdout:\n{}", self.err, self.out);
        }
        self
    }

    fn json(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect()
    }

    /// `F3 price-not-positive; B7 name-length`
    fn findings(&self) -> String {
        let lines = self.json();
        let findings = lines.iter().filter(|line| line["kind"] == "finding");
        let short = |line: &Value| {
            let column = line["column"].as_str().unwrap_or("row ");
            format!("{column}{} {}", line["row"], line["rule"].as_str().unwrap_or_default())
        };
        findings.map(short).collect::<Vec<_>>().join("; ")
    }
}

/// What `check` with these flags finds in `s.csv`.
#[track_caller]
fn finds(text: &str, flags: &[&str], expect: &str) {
    let home = Home::with(text);
    let ran = home.run(&[&["check", "s.csv", "--format", "json"], flags].concat());
    assert_eq!(ran.findings(), expect, "{}", ran.err);
}

// --- what is typed ---

#[test]
fn wrong_usage_ends_with_2_and_shows_the_usage_on_standard_error() {
    let home = Home::new();
    for args in [&[][..], &["check"], &["check", "s.csv", "--colour"], &["chek", "s.csv"], &["import"]] {
        let ran = home.run(args).ends(2).says(&["Usage: skuload"]);
        assert_eq!(ran.out, "", "{args:?}");
    }
    home.run(&["--version"]).ends(0).shows(&[concat!("skuload ", env!("CARGO_PKG_VERSION"))]);
    home.run(&["--help"]).ends(0).shows(&["Usage: skuload", "Exit codes: 0 done", "70 a bug"]);
}

#[test]
fn an_import_needs_to_know_where_to() {
    let home = Home::with(&good());
    home.run(&["import", "s.csv"]).ends(2).says(&["--shop NAME", "--sandbox"]);
    home.run(&["import", "s.csv", "--sandbox", "--shop", "x"]).ends(2).says(&["cannot be used with"]);
    home.run(&["import", "s.csv", "--sandbox", "--bodies", "b"]).ends(2).says(&["--dry-run"]);
    home.run(&["import", "s.csv", "--shop", "x"]).ends(3).says(&["there is no shop `x`", "skuload shop add"]);
    assert_eq!(home.files(), ["s.csv"]);
}

// --- what cannot be read ---

/// An OLE file with a stream of this name in its directory.
fn ole(stream: &str) -> Vec<u8> {
    let mut bytes = vec![0; 512 * 3];
    bytes[..8].copy_from_slice(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
    bytes[30] = 9;
    bytes[48] = 1;
    for (at, unit) in stream.encode_utf16().enumerate() {
        bytes[1024 + 2 * at..1026 + 2 * at].copy_from_slice(&unit.to_le_bytes());
    }
    bytes
}

/// `check` and `import` refuse the file with a sentence that helps.
#[track_caller]
fn refuses(name: &str, content: &[u8], help: &[&str]) {
    let home = Home::new();
    home.write(name, content);
    for args in [&["check", name][..], &["import", name, "--sandbox"], &["import", name, "--sandbox", "--dry-run"]] {
        let ran = home.run(args).ends(6).says(&[name]).says(help);
        assert_eq!(ran.out, "", "{args:?}");
    }
    assert_eq!(home.files(), [name], "nothing is left behind");
    assert!(home.runs().is_empty());
}

#[test]
fn what_is_no_sheet_is_called_by_its_name_with_what_to_do() {
    refuses("s.csv", b"", &["is empty"]);
    refuses("s.xlsx", b"%PDF-1.7\n", &["is a PDF", "ask for the spreadsheet"]);
    refuses("s.xlsx", &ole("EncryptedPackage"), &["password-protected", "remove the password"]);
    refuses("s.xlsx", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", &["git lfs pull"]);
    refuses("s.xlsx", b"PK\x03\x04", &["is damaged", "save it again"]);
    refuses("s.xls", b"<html><table><tr><td>SellerSku", &["is an HTML page", "save it as .xlsx"]);
    refuses("s.csv", b"some,words\nand,more\n", &["header"]);
}

#[test]
fn an_absent_file_and_a_folder_are_refused() {
    let home = Home::new();
    home.run(&["check", "absent.csv"]).ends(6).says(&["cannot read absent.csv"]);
    fs::create_dir(home.path("folder")).expect("a folder");
    home.run(&["check", "folder"]).ends(6).says(&["is a folder; name the file inside it"]);
}

#[test]
fn one_unreadable_file_does_not_keep_the_others_from_being_checked() {
    let home = Home::with(&bad());
    home.run(&["check", "absent.csv", "s.csv"])
        .ends(6)
        .says(&["absent.csv", "s.csv: 3 rows"])
        .shows(&["price-not-positive"]);
}

// --- settings ---

#[test]
fn a_setting_tells_where_it_comes_from_and_the_nearer_one_wins() {
    let home = Home::with(&good());
    home.write("skuload.toml", "country = \"sg\"\nencoding = \"utf-8\"\ngroup-by = \"name\"\n[map]\nname = \"name\"\n");
    fs::create_dir_all(home.path(".config/skuload")).expect("a folder");
    home.write(".config/skuload/skuload.toml", "country = \"ph\"\ndelimiter = \",\"\n");
    let args = ["check", "s.csv", "--country", "vn", "--show-settings"];
    let ran = home.run_with(&args, &[("SKULOAD_COUNTRY", "th"), ("SKULOAD_ENCODING", "windows-874")], b"").ends(0);
    let user = home.path(".config/skuload/skuload.toml");
    ran.shows(&[
        "country = \"vn\"  # flag\n",
        "encoding = \"windows-874\"  # environment\n",
        "group-by = \"name\"  # skuload.toml\n",
        "map.name = \"name\"  # skuload.toml\n",
        &format!("delimiter = \",\"  # {}\n", user.display()),
        "state-dir = ",
        "# default\n",
    ]);
    let named = ["check", "s.csv", "--config", "other.toml", "--show-settings"];
    home.run(&named).ends(3).says(&["other.toml"]);
    home.write("other.toml", "header-row = 1\n");
    let ran = home.run(&named).ends(0).shows(&["header-row = 1  # other.toml\n"]);
    assert!(!ran.out.contains("country"), "the named file stands for both: {}", ran.out);
}

#[test]
fn the_environment_decides_like_a_flag() {
    let home = Home::with(&good());
    let ran = home.run_with(&["check", "s.csv"], &[("SKULOAD_COUNTRY", "vn"), ("SKULOAD_FORMAT", "json")], b"");
    assert_eq!(ran.ends(0).findings(), "F4 price-minor-unit");
    home.run_with(&["check", "s.csv"], &[("SKULOAD_HEADER_ROW", "two")], b"")
        .ends(3)
        .says(&["SKULOAD_HEADER_ROW", "two"]);
    home.run_with(&["check", "s.csv"], &[("SKULOAD_COUNTRIE", "vn")], b"")
        .ends(3)
        .says(&["SKULOAD_* in the environment: there is no setting `countrie`", "is `country` meant?"]);
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_no_text_matters_only_where_it_is_ours() {
    use std::os::unix::ffi::OsStrExt;
    let home = Home::with(&good());
    let check = |name: &str| {
        let mut command = home.command(&["check", "s.csv"]);
        let output = command.env(name, std::ffi::OsStr::from_bytes(b"\xff")).output().expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(check("OTHER").0, Some(0));
    let (code, said) = check("SKULOAD_COUNTRY");
    assert!(code == Some(3) && said.contains("SKULOAD_COUNTRY"), "{code:?} {said}");
}

#[test]
fn of_a_shop_and_a_country_the_nearer_one_is_the_last_word() {
    let home = Home::with(&good());
    home.write("skuload.toml", "shop = \"ghost\"\n");
    home.run(&["check", "s.csv"]).ends(3).says(&["there is no shop `ghost`"]);
    let ran = home.run(&["check", "s.csv", "--country", "vn", "--format", "json"]).ends(0);
    assert_eq!(ran.findings(), "F4 price-minor-unit");
    home.run(&["import", "s.csv", "--sandbox"]).ends(0).shows(&["3 rows: 3 created"]);
    home.write("skuload.toml", "country = \"vn\"\n");
    home.run(&["check", "s.csv", "--shop", "ghost"]).ends(3).says(&["there is no shop `ghost`"]);
}

#[test]
fn a_nearer_mapping_wins_however_its_header_is_spelt() {
    let home = Home::with(&good().replace("price", "Cost"));
    home.write("skuload.toml", "[map]\ncost = \"price\"\n");
    home.run(&["check", "s.csv"]).ends(0);
    let ran = home.run(&["check", "s.csv", "--map", "COST=ignore", "--format", "json"]).ends(1);
    assert_eq!(ran.findings(), "row 1 missing-column");
    let shown = home.run(&["check", "s.csv", "--map", "COST=ignore", "--show-settings"]).ends(0);
    assert!(!shown.out.contains("map.cost"), "{}", shown.out);
}

#[test]
fn wrong_settings_end_with_3_and_name_the_file_or_the_flag() {
    let home = Home::with(&good());
    for (text, told) in [
        ("countrie = \"vn\"", ["skuload.toml: there is no setting `countrie`", "is `country` meant?"]),
        ("foo = 1", ["skuload.toml: there is no setting `foo`", "most flags have a setting of the same name"]),
        ("country = \"vn", ["skuload.toml is not sound: line 1, column ", "it is a text in TOML"]),
        ("rate = \"fast\"", ["skuload.toml: `rate` cannot be \"fast\"", "it is a number"]),
        ("foo = 1\nmin-rows = \"x\"", ["there is no setting `foo`", "`min-rows` cannot be \"x\""]),
    ] {
        home.write("skuload.toml", text);
        let ran = home.run(&["check", "s.csv"]).ends(3).says(&told);
        assert!(!ran.err.contains("expected one of") && !ran.err.contains("   "), "{}", ran.err);
    }
    fs::remove_file(home.path("skuload.toml")).expect("the file is there");
    home.run(&["check", "s.csv", "--map", "Prise=price"]).ends(3).says(&["the mapping of `Prise`", "it has SellerSku"]);
    home.run(&["check", "s.csv", "--map", "price=pirce"]).ends(3).says(&["did you mean `price`"]);
    home.run(&["check", "s.csv", "--map", "price"]).ends(2).says(&["--map \"Your header=field\""]);
    home.run(&["check", "s.csv", "--set", "brand=Acme"]).ends(3).says(&["the sheet has the column `brand`"]);
    home.run(&["check", "s.csv", "--group-by", "family"]).ends(3).says(&["--group-by family", "it has SellerSku"]);
    home.run(&["check", "s.csv", "--country", "xx"]).ends(2).says(&["sg, my, id, ph, th and vn"]);
    home.run(&["check", "s.csv", "--delimiter", "::"]).ends(2).says(&["one ASCII character, or tab"]);
    home.run(&["check", "s.csv", "--api", "soap"]).ends(2).says(&["seller-center"]);
}

#[test]
fn a_wrong_value_is_wrong_usage_where_it_was_typed_and_a_wrong_setting_elsewhere() {
    let home = Home::with(&good());
    for (name, value) in [
        ("country", "xx"),
        ("delimiter", "::"),
        ("api", "soap"),
        ("encoding", "klingon"),
        ("locale", "xx"),
        ("hidden", "maybe"),
        ("mode", "replace"),
        ("blank", "maybe"),
        ("repair", "all"),
        ("limit", "columns=many"),
        ("log-format", "xml"),
    ] {
        let flag = format!("--{name}");
        let log = ["--log", "log.txt"];
        home.run(&[&["check", "s.csv", flag.as_str(), value][..], &log].concat()).ends(2);
        let setting = match value.split_once('=') {
            Some((key, value)) => format!("[{name}]\n{key} = \"{value}\""),
            None => format!("{name} = \"{value}\""),
        };
        home.write("skuload.toml", setting);
        home.run(&[&["check", "s.csv"][..], &log].concat()).ends(3);
        fs::remove_file(home.path("skuload.toml")).expect("the file is there");
    }
}

// --- how a sheet is read ---

#[test]
fn standard_input_is_a_sheet_too() {
    let home = Home::new();
    let ran = home.run_with(&["check", "-"], &[], bad().as_bytes()).ends(1);
    ran.shows(&["error[price-not-positive]", "at stdin:3:6 (price), SKU `A-2`"]).says(&["stdin: 3 rows"]);
    home.run_with(&["import", "-", "--sandbox"], &[], bad().as_bytes()).ends(1);
    assert_eq!(home.files(), ["stdin.report.xlsx", "stdin.to-fix.csv"]);
}

#[test]
fn delimiter_and_encoding_can_be_said() {
    finds(&good().replace(',', "|"), &["--delimiter", "|"], "");
    finds(&good().replace(',', "\t"), &["--delimiter", "tab"], "");
    let home = Home::new();
    // "เสื้อ" in windows-874.
    let thai =
        [&good().as_bytes()[..HEADER.len() + 1], b"A-1,6614,\xe0\xca\xd7\xe9\xcd,Soft,Remark,0,0.25,30,24,3,Red\n"]
            .concat();
    home.write("s.csv", thai);
    let args = ["import", "s.csv", "--sandbox", "--dry-run", "--encoding", "windows-874", "--report", "r.jsonl"];
    home.run(&args).ends(1);
    assert!(home.read("r.jsonl").contains("เสื้อ"), "{}", home.read("r.jsonl"));
    home.run(&["check", "s.csv", "--encoding", "klingon"]).ends(2).says(&["klingon"]);
}

#[test]
fn the_header_row_can_be_said() {
    let titled = format!("Spring,,\n{}", bad());
    finds(&titled, &[], "F4 price-not-positive");
    finds(&titled, &["--header-row", "2"], "F4 price-not-positive");
    let home = Home::with(&good());
    home.run(&["check", "s.csv", "--header-row", "40"]).ends(6).says(&["40"]);
    home.run(&["check", "s.csv", "--header-row", "0"]).ends(2).says(&["--header-row"]);
    home.write("skuload.toml", "header-row = 0\n");
    home.run(&["check", "s.csv"]).ends(3).says(&["skuload.toml: `header-row` cannot be 0", "above 0"]);
}

/// A workbook of two sheets, in both of which `A-1` stands.
fn two_sheets(home: &Home) {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    for (name, rows) in
        [("Spring", [("A-1", "Shirt"), ("A-2", "Cap")]), ("Autumn", [("B-1", "Scarf"), ("A-1", "Coat")])]
    {
        let worksheet = workbook.add_worksheet().set_name(name).expect("a name");
        let text = sheet(&rows.map(|(sku, product)| row(sku, product, "99", "Red")));
        for (at, line) in (0_u32..).zip(text.lines()) {
            for (column, cell) in (0_u16..).zip(line.split(',')) {
                worksheet.write_string(at, column, cell).expect("a cell");
            }
        }
    }
    workbook.save(home.path("two.xlsx")).expect("a workbook");
}

#[test]
fn sheets_of_a_workbook_are_named_and_checked_as_one() {
    let home = Home::new();
    two_sheets(&home);
    let check = |flags: &[&str]| home.run(&[&["check", "two.xlsx", "--format", "json"], flags].concat());
    let first = check(&[]).ends(0);
    assert_eq!((first.findings().as_str(), &first.json()[0]["sheet"]), ("row 1 other-sheet", &"Spring".into()));
    assert_eq!(check(&["--sheet", "Autumn"]).ends(0).findings(), "");
    let both = check(&["--sheet", "Spring", "--sheet", "Autumn"]).ends(1);
    assert_eq!(both.findings(), "A3 duplicate-sku");
    assert_eq!(both.json()[0]["sheet"], "Autumn");
    let text = Home::with(&good());
    text.run(&["check", "s.csv", "--sheet", "Spring"]).ends(6).says(&["a text file has none"]);
    check(&["--sheet", "Winter"]).ends(6).says(&["no sheet `Winter`", "Spring, Autumn"]);
}

#[test]
fn several_files_are_checked_each_by_itself_or_together() {
    let home = Home::with(&good());
    home.write("t.csv", sheet(&[row("A-1", "Coat", "149", "Red")]));
    let each = home.run(&["check", "s.csv", "t.csv", "--format", "json"]).ends(0);
    let kinds: Vec<Value> = each.json().iter().map(|line| line["kind"].clone()).collect();
    assert_eq!(kinds, ["summary", "summary", "total"]);
    assert_eq!((&each.json()[0]["file"], &each.json()[2]["rows"]), (&Value::from("s.csv"), &Value::from(4)));
    let together = home.run(&["check", "s.csv", "t.csv", "--together", "--format", "json"]).ends(1);
    assert_eq!(together.findings(), "A2 duplicate-sku");
    assert_eq!(together.json()[0]["file"], "t.csv");
    home.run(&["check", "s.csv", "t.csv"]).ends(0).says(&["2 files: 4 rows, 0 errors"]);
}

#[test]
fn a_column_can_be_mapped_and_a_missing_one_set() {
    let renamed = good().replace("price", "Selling");
    finds(&renamed, &[], "row 1 missing-column; row 1 unknown-column");
    finds(&renamed, &["--map", "Selling=price"], "");
    finds(&good().replace("brand", "maker"), &["--set", "brand=Acme"], "row 1 unknown-column");
    finds(&good().replace("brand", "maker"), &["--set", "brand=Acme", "--map", "maker=ignore"], "");
}

#[test]
fn rows_are_grouped_by_name_by_a_column_or_not_at_all() {
    let keyed = good().replacen("SellerSku", "family,SellerSku", 1);
    let keyed = keyed.replace("\nA-", "\nx,A-").replace("\nB-", "\nx,B-");
    let products = |text: &str, flags: &[&str]| {
        let home = Home::with(text);
        let ran = home.run(&[&["check", "s.csv", "--format", "json"], flags].concat());
        ran.json().last().expect("a summary")["products"].clone()
    };
    assert_eq!(products(&good(), &[]), 2);
    assert_eq!(products(&good(), &["--group-by", "name"]), 2);
    assert_eq!(products(&good(), &["--group-by", "none"]), 3);
    assert_eq!(products(&keyed, &["--group-by", "family"]), 1);
}

#[test]
fn a_part_of_the_sheet_can_be_chosen() {
    let home = Home::with(&good());
    let import = |flags: &[&str]| home.run(&[&["import", "s.csv", "--sandbox", "--dry-run"], flags].concat());
    import(&["--first", "1"]).ends(0).shows(&["3 rows: 2 planned, 1 skipped"]);
    import(&["--only", "A-2, B-1"]).ends(0).shows(&["3 rows: 2 planned, 1 skipped"]);
    import(&["--only", "B-1"]).ends(0).shows(&["3 rows: 1 planned, 2 skipped"]);
}

#[test]
fn a_seller_sku_that_no_row_has_is_wrong_usage_and_nothing_is_sent() {
    let home = Home::with(&sheet(&[row("TEE-RED-M", "Shirt", "99", "Red"), row("TEE-RED-L", "Shirt", "99", "Blue")]));
    home.write("other.csv", sheet(&[row("CAP-1", "Cap", "49.5", "Red")]));
    let missing = ["no row has the seller SKU `tee_red_n`", "did you mean `TEE-RED-M`, `TEE-RED-L`? write each"];
    for args in
        [&["check", "s.csv"][..], &["import", "s.csv", "--sandbox"], &["import", "s.csv", "--sandbox", "--dry-run"]]
    {
        home.run(&[args, &["--only", "tee_red_n"]].concat()).ends(2).says(&missing);
    }
    assert_eq!(home.runs(), Vec::<String>::new());
    home.run(&["check", "s.csv", "--only", "zzz,yyy"])
        .ends(2)
        .says(&["the seller SKUs `yyy`, `zzz`", "help: write each"]);
    home.run(&["check", "s.csv", "--only", " , "]).ends(2).says(&["--only names no seller SKU"]);
    // Of several sheets one must have it.
    let sku = "CAP-1";
    home.run(&["check", "s.csv", "other.csv", "--only", sku]).ends(0);
    home.run(&["check", "s.csv", "other.csv", "--together", "--only", sku]).ends(0);
    home.run(&["check", "s.csv", "other.csv", "--only", "CAP"]).ends(2);
    home.run(&["check", "s.csv", "absent.csv", "--only", sku]).ends(6);
}

#[test]
fn rules_of_a_country_need_one() {
    finds(&good(), &["--country", "vn"], "F4 price-minor-unit");
    finds(&good(), &["--country", "sg"], "");
    let home = Home::with(&good());
    home.run(&["check", "s.csv"]).ends(0).says(&["no country was given", "--country CC"]);
}

// --- what is printed ---

#[test]
fn a_line_of_json_has_its_keys_in_their_order() {
    let home = Home::with(&bad());
    let ran = home.run(&["check", "s.csv", "--format", "json"]).ends(1);
    let keys = |line: &str| -> String {
        let places = line.match_indices("\":").map(|(at, _)| &line[line[..at].rfind('"').expect("a key") + 1..at]);
        places.collect::<Vec<_>>().join(" ")
    };
    let lines: Vec<&str> = ran.out.lines().collect();
    assert_eq!(keys(lines[0]), "v kind rule severity file row line column field seller_sku value message help");
    assert_eq!(keys(lines[1]), "v kind file rows products skus errors warnings notes seconds grouping skipped");
    assert!(lines[0].starts_with(r#"{"v":1,"kind":"finding","rule":"price-not-positive","severity":"error","file":"s.csv","row":3,"line":3,"column":"F","field":"price","seller_sku":"A-2","value":"0","#));
    assert!(lines[1].starts_with(
        r#"{"v":1,"kind":"summary","file":"s.csv","rows":3,"products":2,"skus":3,"errors":1,"warnings":0,"notes":0,"#
    ));
    assert_eq!(ran.err, "");
    two_sheets(&home);
    let of_workbook = home.run(&["check", "two.xlsx", "--sheet", "Spring", "--sheet", "Autumn", "--format", "json"]);
    assert!(of_workbook.out.starts_with(r#"{"v":1,"kind":"finding","rule":"duplicate-sku","severity":"error","file":"two.xlsx","sheet":"Autumn","row":3,"column":"A","#), "{}", of_workbook.out);
}

#[test]
fn findings_go_to_standard_output_and_the_summary_to_standard_error() {
    let home = Home::with(&bad());
    let ran = home.run(&["check", "s.csv"]).ends(1);
    let finding = "error[price-not-positive]: price 0 is not above zero\n  at s.csv:3:6 (price), SKU `A-2`\n  help: write a price above zero\n";
    assert_eq!(ran.out.trim_end(), finding.trim_end());
    ran.says(&["s.csv: 3 rows, 2 products", "3 SKUs: 1 error, 0 warnings"]);
    let clean = Home::with(&good()).run(&["check", "s.csv"]).ends(0).says(&["0 errors, 0 warnings"]);
    assert_eq!(clean.out, "");
}

#[test]
fn the_same_finding_at_many_cells_is_told_a_few_times_and_counted_to_people() {
    let rows: Vec<String> = (0..40)
        .map(|number| row(&format!("A-{number}"), &format!("Shirt {number}"), &format!("{number}x"), "Red"))
        .collect();
    let home = Home::with(&sheet(&rows));
    let more = "error[invalid-price]: and 37 more in column F (rows 5-41)\n  at s.csv (price)\n";
    let ran =
        home.run(&["check", "s.csv"]).ends(1).shows(&[more]).says(&["40 errors", "     40  error    invalid-price"]);
    assert_eq!(ran.out.matches("invalid-price").count(), 4, "{}", ran.out);
    home.run(&["import", "s.csv", "--sandbox", "-q"]).ends(1).says(&[more]);
    let all = home.run(&["check", "s.csv", "--format", "json"]).ends(1);
    assert_eq!(all.out.matches("invalid-price").count(), 40);
}

#[test]
fn another_value_among_many_of_one_kind_is_told_with_its_rows() {
    let rows: Vec<String> = (0..40)
        .map(|number| {
            let price = if matches!(number, 20 | 21 | 30) { "ask us" } else { "free" };
            row(&format!("A-{number}"), &format!("Shirt {number}"), price, "Red")
        })
        .collect();
    let ran = Home::with(&sheet(&rows)).run(&["check", "s.csv"]).ends(1);
    let lines: Vec<&str> = ran.out.lines().filter(|line| line.contains("(rows ")).map(str::trim).collect();
    let [all, free, ask] = lines[..] else { panic!("three lines: {}", ran.out) };
    assert_eq!(all, "error[invalid-price]: and 37 more in column F (rows 5-41)");
    assert!(free.contains("`free`") && free.ends_with("(rows 5-21, 24-31, 33-41)"), "{free}");
    assert!(ask.contains("`ask us`") && ask.ends_with("(rows 22-23, 32)"), "{ask}");
}

#[test]
fn a_check_tells_how_much_can_be_sent() {
    // The second row is at fault, and holds back the first, which is of the same product.
    let home = Home::with(&bad());
    home.run(&["check", "s.csv"])
        .ends(1)
        .says(&["\n1 row in 1 product is without errors; the others have one, or belong to a product with one\n"]);
    home.run(&["check", "s.csv", "--mode", "update"])
        .ends(1)
        .says(&["\n2 rows are without errors; the others have one\n"]);
    home.run(&["check", "s.csv", "--only", "A-2"]).ends(1).says(&["\nno row is without errors\n"]);
    Home::with(&good()).run(&["check", "s.csv"]).ends(0).says(&["rows in 2 products are without errors\n"]);
}

#[test]
fn colours_come_only_when_they_are_wanted() {
    let home = Home::with(&bad());
    let has_colour = |args: &[&str], environment: &[(&str, &str)]| {
        home.run_with(&[&["check", "s.csv"], args].concat(), environment, b"").out.contains('\u{1b}')
    };
    assert!(!has_colour(&[], &[]), "this is no terminal");
    assert!(has_colour(&["--color", "always"], &[]));
    assert!(has_colour(&["--color", "always"], &[("NO_COLOR", "1")]), "what is typed wins");
    assert!(!has_colour(&[], &[("NO_COLOR", "1")]));
    assert!(!has_colour(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn a_reader_that_goes_away_ends_the_program_quietly() {
    let rows: Vec<String> =
        (0..5000).map(|number| row(&format!("A-{number}"), &format!("Shirt {number}"), "free", "Red")).collect();
    let home = Home::with(&sheet(&rows));
    let mut child =
        home.command(&["check", "s.csv"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    let mut first = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut first).expect("a line");
    assert!(first.starts_with("error[invalid-price]"), "{first}");
    let output = child.wait_with_output().expect("the program ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(1) && said.contains("5,000 errors"),
        "what was found is told all the same: {said}"
    );
}

#[test]
fn a_reader_that_was_never_there_ends_every_command_quietly() {
    let home = Home::with(&good());
    for args in [
        &["--help"][..],
        &["--version"],
        &["check", "--help"],
        &["check", "s.csv", "--country", "th", "--format", "json"],
        &["check", "s.csv", "--show-settings"],
        &["import", "s.csv", "--sandbox", "--dry-run"],
        &["import", "s.csv", "--sandbox"],
        &["runs", "list"],
    ] {
        let mut child = home.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("the program ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(0) && !said.contains("cannot write"), "{args:?}: {output:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_told_and_does_not_cut_an_import() {
    let home = Home::with(&bad());
    for (args, report) in [
        (&["--help"][..], false),
        (&["check", "s.csv"], false),
        (&["import", "s.csv", "--sandbox", "--format", "json"], true),
    ] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("the device");
        let output = home.command(args).stdout(full).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(9) && said.contains("cannot write the result: "), "{output:?}");
        assert_eq!(home.path("s.report.xlsx").exists(), report, "{said}");
    }
    home.run(&["runs", "list"]).ends(0).shows(&["1 created"]);
}

// --- what is sent ---

#[test]
fn columns_that_nobody_knows_are_not_sent_and_told_with_what_would_send_them() {
    let text = good().replacen("color_family", "color_family,cost_price,pirce", 1);
    let text = text.replace(",Red\n", ",Red,CANARY,CANARY\n").replace(",Blue\n", ",Blue,CANARY,CANARY\n");
    let home = Home::with(&text);
    let dry = ["import", "s.csv", "--sandbox", "--dry-run", "--bodies", "bodies"];
    home.run(&dry).ends(0).says(&[
        "warning[unknown-column]: `cost_price`, `pirce` are not sent",
        "--map \"cost_price=sku.cost_price\"",
        "did you mean `price`, which is column F already?",
    ]);
    let body = home.read("bodies/create-1.xml");
    assert!(body.contains("<SellerSku>A-1</SellerSku>") && !body.contains("CANARY"), "{body}");
    // Bodies of two plans do not mix.
    home.run(&dry).ends(2).says(&["not empty"]);
    let sent = ["import", "s.csv", "--sandbox", "--dry-run", "--bodies", "sent", "--map", "cost_price=sku.cost_price"];
    home.run(&sent).ends(0);
    assert!(home.read("sent/create-1.xml").contains("<cost_price>CANARY</cost_price>"));
}

#[test]
fn a_dry_run_tells_the_plan_and_leaves_nothing() {
    let home = Home::with(&good());
    let ran = home.run(&["import", "s.csv", "--sandbox", "--dry-run"]).ends(0);
    ran.shows(&["plan: 2 products to create with 3 SKUs", "2 CreateProduct, 0 SetImages", "3 rows: 3 planned"]);
    assert_eq!(home.files(), ["s.csv"]);
    assert!(home.runs().is_empty());
    home.run(&["import", "s.csv", "--sandbox", "--dry-run", "--report", "r.csv"]).ends(0);
    assert!(home.read("r.csv").contains("planned"));
    let ran = home.run(&["import", "s.csv", "--sandbox", "--dry-run", "--format", "json"]).ends(0);
    assert!(
        ran.out.starts_with(concat!(
            r#"{"v":1,"kind":"plan","products":2,"skus":3,"#,
            r#""requests":{"CreateProduct":2,"GetProducts":1,"SetImages":0},"images":0,"seconds":0.04,"rows":{"create":3,"#
        )),
        "{}",
        ran.out
    );
    home.write("s.csv", bad());
    home.run(&["import", "s.csv", "--sandbox", "--dry-run"]).ends(1).shows(&["1 planned, 1 invalid, 1 not-sent"]);
}

#[test]
fn nine_images_are_refused_before_anything_is_sent() {
    let images = (1..=9).map(|number| format!("https://my-live-01.slatic.net/p/{number}.jpg")).collect::<Vec<_>>();
    let text = |images: &[String]| {
        let text = sheet(&[row("A-1", "Shirt", "99", "Red")]).replacen("color_family", "color_family,Images", 1);
        text.replace(",Red\n", &format!(",Red,\"{}\"\n", images.join(" ")))
    };
    finds(&text(&images), &[], "L2 too-many-images");
    finds(&text(&images[..8]), &[], "");
    let home = Home::with(&text(&images));
    home.run(&["import", "s.csv", "--sandbox"]).ends(1).shows(&["1 row: 1 invalid"]);
}

#[test]
fn an_associated_sku_must_be_in_the_shop_or_in_the_sheet() {
    let text = |associated: [&str; 2]| {
        let text = sheet(&[row("A-1", "Shirt", "99", "Red"), row("B-1", "Shirt", "99", "Blue")]);
        let text = text.replacen("color_family", "color_family,AssociatedSku", 1);
        let [of_red, of_blue] = associated;
        text.replace(",Red\n", &format!(",Red,{of_red}\n")).replace(",Blue\n", &format!(",Blue,{of_blue}\n"))
    };
    let import = |associated| {
        let home = Home::with(&text(associated));
        home.run(&["import", "s.csv", "--sandbox", "--format", "json", "--group-by", "none"])
    };
    assert_eq!(import(["", "A-1"]).ends(0).findings(), "");
    assert_eq!(import(["", "Z-9"]).ends(1).findings(), "L3 associated-sku-unknown");
    let circle = import(["B-1", "A-1"]).ends(1).findings();
    assert!(circle.contains("associated-sku-circle"), "{circle}");
}

// --- reports, runs, the sheet to fix ---

#[test]
fn the_ending_of_a_report_tells_its_format() {
    let home = Home::with(&good());
    let import = |name: &str| home.run(&["import", "s.csv", "--sandbox", "--report", name]);
    import("r.xlsx").ends(0).says(&["r.xlsx"]);
    assert!(fs::read(home.path("r.xlsx")).expect("the report").starts_with(b"PK"));
    import("r.csv").ends(0);
    assert!(home.read("r.csv").starts_with(
        "\u{feff}sheet,row,seller_sku,product,verdict,images,rule_or_code,message,help,request,attempts,SellerSku,"
    ));
    import("r.jsonl").ends(0);
    assert!(home.read("r.jsonl").starts_with("{\"v\":1,"));
    import("r.html").ends(0).says(&["r.html"]);
    assert!(home.read("r.html").starts_with("<!doctype html>\n"));
    import("r.txt").ends(2).says(&["r.txt", "end it with .xlsx, .csv, .jsonl or .html"]);
    import("no/such/folder/r.csv").ends(9).says(&["r.csv"]);
    import("{shop}-{date}-{run}.csv").ends(0);
    let runs = home.runs();
    let named = home.files().into_iter().find(|name| name.starts_with("sandbox-20")).expect("the names are filled in");
    assert!(runs.iter().any(|run| named.ends_with(&format!("-{run}.csv"))), "{named}");
    assert_eq!(runs.len(), 5, "a refused import leaves no run");
}

#[test]
fn the_sheet_itself_is_never_written() {
    let home = Home::with(&good());
    let folder = home.folder.path().file_name().expect("a name").to_string_lossy().into_owned();
    for name in ["s.csv", "./s.csv", &format!("../{folder}/s.csv")] {
        for more in [&[][..], &["--dry-run"]] {
            let ran = home.run(&[&["import", "s.csv", "--sandbox", "--report", name], more].concat());
            ran.ends(2).says(&["that is the sheet itself"]);
        }
    }
    home.run(&["import", "s.csv", "--sandbox"]).ends(0);
    let run = home.runs().pop().expect("a run");
    home.run(&["report", &run, "--report", "s.csv"]).ends(2);
    assert_eq!(home.read("s.csv"), good());
}

#[test]
fn a_default_report_never_takes_the_place_of_an_earlier_one() {
    let home = Home::with(&good());
    home.run(&["import", "s.csv", "--sandbox"]).ends(0).says(&["s.report.xlsx"]).shows(&["3 rows: 3 created"]);
    home.run(&["import", "s.csv", "--sandbox"]).ends(0);
    let runs = home.runs();
    let files = home.files();
    let numbered: Vec<String> = runs.iter().map(|run| format!("s.{run}.report.xlsx")).collect();
    assert_eq!((runs.len(), files.len()), (2, 3), "{files:?}");
    assert!(files.contains(&"s.report.xlsx".to_owned()));
    assert_eq!(files.iter().filter(|file| numbered.contains(file)).count(), 1, "{files:?}");
}

#[test]
fn the_report_of_a_run_can_be_had_again_byte_by_byte() {
    let home = Home::with(&bad());
    let names = ["r.xlsx", "r.csv", "r.jsonl", "r.html"];
    let reports = names.map(|name| ["--report", name]).concat();
    home.run(&[&["import", "s.csv", "--sandbox"][..], &reports].concat()).ends(1);
    let read = || names.map(|name| fs::read(home.path(name)).expect("a report"));
    let first = read();
    fs::remove_file(home.path("s.csv")).expect("the sheet");
    let run = home.runs().pop().expect("a run");
    for _ in 0..2 {
        names.iter().for_each(|name| fs::remove_file(home.path(name)).expect("a report"));
        home.run(&["report", &run]).ends(0).shows(&["3 rows: 1 created, 1 invalid, 1 not-sent"]);
        assert!(read() == first);
    }
    home.run(&["report", &run, "--report", "again.csv"]).ends(0);
    assert_eq!(home.read("again.csv"), home.read("r.csv"));
    let to_fix = home.read("s.to-fix.csv");
    fs::remove_file(home.path("s.to-fix.csv")).expect("the rows to mend");
    home.run(&["report", &run]).ends(0).says(&["rows to mend: s.to-fix.csv"]);
    assert_eq!(home.read("s.to-fix.csv"), to_fix);
    home.run(&["report", "nope"]).ends(2).says(&["no run `nope`", "skuload runs list"]);
}

#[test]
fn runs_are_listed_and_given_up() {
    let home = Home::with(&good());
    home.run(&["runs"]).ends(0).says(&["there is no run yet"]);
    home.run(&["import", "s.csv", "--sandbox"]).ends(0);
    let run = home.runs().pop().expect("a run");
    home.run(&["runs", "list"]).ends(0).shows(&[&run, "(sandbox)", "finished", "s.csv", "3 created"]);
    home.run(&["resume"]).ends(0).says(&["no unfinished run"]);
    home.run(&["runs", "prune", &run]).ends(0).says(&[&run]);
    assert!(home.runs().is_empty());
    home.run(&["runs", "prune", &run]).ends(2).says(&["skuload runs list"]);
}

#[test]
fn a_run_that_cannot_be_opened_is_told_and_never_taken_for_none() {
    let home = Home::with(&good());
    home.run(&["import", "s.csv", "--sandbox"]).ends(0);
    let run = home.runs().pop().expect("a run");
    home.write(
        &format!(".state/skuload/runs/{run}/journal.sqlite"),
        "no database, but long enough to be taken for one",
    );
    home.run(&["runs", "list"]).ends(9).says(&[&run, "cannot be opened"]);
    let resumed = home.run(&["resume"]).ends(9).says(&[&run, "cannot be opened"]);
    assert!(!resumed.err.contains("no unfinished run"), "{}", resumed.err);
    for args in [["resume", &run], ["report", &run]] {
        home.run(&args).ends(9).says(&["cannot be opened"]);
    }
}

#[test]
fn a_state_folder_can_be_named() {
    let home = Home::with(&good());
    home.run(&["import", "s.csv", "--sandbox", "--state-dir", "kept"]).ends(0);
    assert!(home.path("kept/runs").is_dir());
    assert!(home.runs().is_empty(), "the other folder has none");
    home.run(&["runs", "list", "--state-dir", "kept"]).ends(0).shows(&["finished"]);
}

#[test]
fn the_next_command_finds_what_this_one_keeps() {
    let home = Home::new();
    home.write("my settings.toml", "");
    let options = ["--state-dir", "the state", "--config", "my settings.toml"];
    let repeated = "skuload shop test acme --config 'my settings.toml' --state-dir 'the state'";
    let add = ["shop", "add", "acme", "--country", "sg", "--user-id", "u", "--key-stdin"];
    home.run_with(&[&add[..], &options].concat(), &[], b"key").ends(0).says(&[repeated]);
    home.run(&[&["report", "nope"], &options[..]].concat()).ends(2).says(&["skuload runs list --config 'my settings"]);
}

#[test]
fn rows_to_mend_come_in_a_sheet_of_their_own_that_can_be_imported() {
    let home = Home::with(&bad());
    home.run(&["import", "s.csv", "--sandbox"]).ends(1).says(&["rows to mend", "s.to-fix.csv"]);
    let to_fix = home.read("s.to-fix.csv");
    assert_eq!(to_fix.lines().count(), 3, "{to_fix}");
    assert!(
        to_fix.contains("A-1,") && to_fix.contains("price-not-positive: F3") && !to_fix.contains("B-1,"),
        "{to_fix}"
    );
    home.write("s.to-fix.csv", to_fix.replace("Remark,0,", "Remark,89,"));
    home.run(&["import", "s.to-fix.csv", "--sandbox", "--report", "r.csv"]).ends(0).shows(&["2 rows: 2 created"]);
    let clean = Home::with(&good());
    clean.run(&["import", "s.csv", "--sandbox"]).ends(0);
    assert!(!clean.path("s.to-fix.csv").exists(), "nothing to mend");
}

#[test]
fn a_row_to_mend_tells_its_own_fault_and_the_columns_that_its_sheet_lacks() {
    let home = Home::new();
    home.write("s.csv", "seller_sku,name,category,price,quantity,short_description\nA-1,Mug of clay,3,none,5,Blue\n");
    home.run(&["import", "s.csv", "--sandbox"]).ends(1).says(&["rows to mend"]);
    let to_fix = home.read("s.to-fix.csv");
    let told = to_fix.lines().nth(1).expect("the row to mend");
    assert!(told.contains("invalid-price: D2: price `none` is not a number"), "{told}");
    for field in ["brand", "package_weight", "package_length", "package_width", "package_height"] {
        assert!(told.contains(&format!("the sheet has no column for the mandatory field {field}")), "{field}: {told}");
        assert!(told.contains(&format!("add a column {field}")), "{field}: {told}");
    }
}

#[test]
fn an_import_for_machines_is_lines_of_json() {
    let home = Home::with(&bad());
    let ran = home.run(&["import", "s.csv", "--sandbox", "--format", "json"]).ends(1);
    for line in ran.out.lines() {
        assert!(line.starts_with(r#"{"v":1,"kind":""#), "{line}");
    }
    let lines = ran.json();
    let kinds: Vec<&str> = lines.iter().filter_map(|line| line["kind"].as_str()).collect();
    assert_eq!(kinds.last(), Some(&"summary"));
    for kind in ["finding", "request", "reply", "verdict"] {
        assert!(kinds.contains(&kind), "no {kind}: {kinds:?}");
    }
    let summary = lines.last().expect("a summary");
    // One count for each verdict that there is, zeros too.
    let counts = serde_json::json!({
        "created": 1, "exists": 0, "invalid": 1, "not-sent": 1, "planned": 0, "rejected": 0, "skipped": 0,
        "unchanged": 0, "unknown": 0, "updated": 0
    });
    assert_eq!(summary["verdicts"], counts);
    let create = lines.iter().find(|line| line["kind"] == "request" && line["action"] == "CreateProduct");
    assert_eq!(create.expect("a request")["skus"], 1);
}

// --- shops ---

/// `skuload sandbox` as a process of its own, told to stop at the end.
struct Marketplace {
    child: Child,
    ready: Value,
}

impl Marketplace {
    fn start(home: &Home) -> Marketplace {
        Marketplace::start_with(home, &[])
    }

    fn start_with(home: &Home, flags: &[&str]) -> Marketplace {
        let mut command = home.command(&[&["sandbox"], flags].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the sandbox starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
        Marketplace { child, ready: serde_json::from_str(&line).expect("JSON") }
    }

    /// How many products it holds.
    fn products(&self) -> usize {
        let host = self.word("url").trim_start_matches("http://").trim_end_matches('/');
        let mut stream = std::net::TcpStream::connect(host).expect("it listens");
        let request = format!("GET /sandbox/products HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("text");
        let (_, body) = reply.split_once("\r\n\r\n").expect("a body");
        let shown: Value = serde_json::from_str(body).expect("JSON");
        shown["products"].as_array().expect("a list").len()
    }

    fn word(&self, name: &str) -> &str {
        self.ready["seller_center"][name].as_str().expect("a text")
    }

    /// Adds it as the shop `name`.
    fn add(&self, home: &Home, name: &str) -> Ran {
        let args = ["shop", "add", name, "--user-id", self.word("user_id"), "--key-stdin", "--url", self.word("url")];
        home.run_with(&args, &[], self.word("api_key").as_bytes())
    }
}

impl Drop for Marketplace {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the mode can be set");
}

#[test]
fn a_shop_is_added_listed_tested_and_removed() {
    let home = Home::new();
    home.run(&["shop", "list"]).ends(0).says(&["skuload shop add"]);
    let marketplace = Marketplace::start(&home);
    assert_eq!((&marketplace.ready["v"], &marketplace.ready["kind"]), (&Value::from(1), &Value::from("sandbox")));
    marketplace.add(&home, "acme").ends(0).says(&["shop `acme` added", "skuload shop test acme"]);
    marketplace.add(&home, "acme").ends(2).says(&["there is a shop `acme` already", "skuload shop remove acme"]);
    home.run(&["shop", "list"]).ends(0).shows(&["acme  seller-center", marketplace.word("url")]);
    home.run(&["shop", "test", "acme"]).ends(0).shows(&["acme: the credentials work"]);
    home.run(&["shop", "test", "--all"]).ends(0).shows(&["acme: the credentials work"]);
    home.run(&["shop", "test", "other"]).ends(3).says(&["there are: acme"]);
    home.run(&["shop", "remove", "acme"]).ends(0).says(&["removed"]);
    home.run(&["shop", "remove", "acme"]).ends(3).says(&["there is no shop `acme`"]);
}

#[test]
fn a_wrong_key_ends_with_4_and_is_never_shown() {
    let home = Home::with(&good());
    let marketplace = Marketplace::start(&home);
    let args = [
        "shop",
        "add",
        "acme",
        "--user-id",
        marketplace.word("user_id"),
        "--key-stdin",
        "--url",
        marketplace.word("url"),
    ];
    let added = home.run_with(&args, &[], b"CANARY-KEY\n").ends(0);
    let tested = home.run(&["shop", "test", "acme", "-v"]).ends(4).says(&["the user id and the key"]);
    let imported = home.run(&["import", "s.csv", "--shop", "acme", "--rate", "50", "-v"]).ends(4);
    assert!(imported.out.contains("3 not-sent"), "{}", imported.out);
    for ran in [&added, &tested, &imported] {
        assert!(!format!("{}{}", ran.out, ran.err).contains("CANARY"), "{}", ran.err);
    }
    home.run_with(&["shop", "add", "b", "--country", "sg", "--user-id", "u", "--key-stdin"], &[], b" \n")
        .ends(4)
        .says(&["empty"]);
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    home.write("key", "CANARY\n");
    let add =
        || home.run(&["shop", "add", "acme", "--country", "sg", "--user-id", "me@example.com", "--key-file", "key"]);
    set_mode(&home.path("key"), 0o644);
    add().ends(4).says(&["other users can read it", "chmod 600 key"]);
    home.run(&["shop", "list"]).ends(0).says(&["there is no shop yet"]);
    set_mode(&home.path("key"), 0o600);
    add().ends(0);
    home.run(&["shop", "list"]).ends(0).shows(&["acme", "sg", "https://"]);
    let kept = home.path(".state/skuload/shops/acme/key");
    assert_eq!(fs::metadata(&kept).expect("the key").permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(kept.parent().expect("a folder")).expect("a folder").permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_key_travels_protected_or_not_at_all() {
    let home = Home::new();
    let add =
        |url: &str| home.run_with(&["shop", "add", "acme", "--user-id", "u", "--key-stdin", "--url", url], &[], b"key");
    for url in ["http://api.example.com/", "http://127.0.0.1@example.com/", "http://localhost.example.com/"] {
        add(url).ends(2);
    }
    add("http://api.example.com/").ends(2).says(&["use https"]);
    add("http://127.example.com/").ends(2).says(&["use https"]);
    add("ftp://example.com").ends(2).says(&["https://"]);
    let add = |name: &str| home.run_with(&["shop", "add", name, "--user-id", "u", "--key-stdin"], &[], b"key");
    add("acme").ends(2).says(&["--country sg", "--url"]);
    add("../acme").ends(2).says(&["cannot be a shop's name"]);
}

#[test]
fn a_sheet_imported_again_creates_nothing_twice() {
    let home = Home::with(&good());
    let marketplace = Marketplace::start(&home);
    marketplace.add(&home, "acme").ends(0);
    let import = |name: &str| home.run(&["import", name, "--shop", "acme", "--rate", "50"]);
    import("s.csv").ends(0).shows(&["3 rows: 3 created"]);
    import("s.csv").ends(0).shows(&["3 rows: 3 exists"]);
    // One product of the sheet is two in the shop: where would its new SKU go?
    let new = row("C-1", "Scarf", "49.5", "Black");
    let merged = good().replace(",Shirt,", ",Scarf,").replace("49.5,0.25,30,24,3,Red", "49.5,0.25,30,24,3,Green");
    home.write("t.csv", merged + &new);
    let ran = home.run(&["import", "t.csv", "--shop", "acme", "--rate", "50", "--format", "json"]).ends(1);
    let split: Vec<Value> = ran.json().into_iter().filter(|line| line["rule"] == "product-split-in-shop").collect();
    let [split] = split.try_into().expect("one finding");
    // The sheet has no column for an AssociatedSku, so none is named.
    assert_eq!((&split["row"], &split["column"], &split["field"]), (&5.into(), &Value::Null, &Value::Null), "{split}");
    let message = "in the shop, `A-1` (row 2) and `B-1` (row 4) belong to different products";
    assert_eq!(split["message"], message);
}

#[test]
fn mending_the_sheet_to_fix_sends_only_what_was_mended() {
    let home = Home::with(&bad());
    let marketplace = Marketplace::start(&home);
    marketplace.add(&home, "acme").ends(0);
    home.run(&["import", "s.csv", "--shop", "acme", "--rate", "50"])
        .ends(1)
        .shows(&["1 created, 1 invalid, 1 not-sent"]);
    let mended = home.read("s.to-fix.csv").replace("Remark,0,", "Remark,89,");
    home.write("s.to-fix.csv", mended);
    home.run(&["import", "s.to-fix.csv", "--shop", "acme", "--rate", "50"]).ends(0).shows(&["2 rows: 2 created"]);
    home.write("s.csv", bad().replace("Remark,0,", "Remark,89,"));
    home.run(&["import", "s.csv", "--shop", "acme", "--rate", "50"]).ends(0).shows(&["3 rows: 3 exists"]);
}

/// Begins an import that is slow, and waits until its first write has been answered.
fn half_done(home: &Home, to: &[&str]) -> Child {
    let args = [&["import", "s.csv", "--rate", "1", "--concurrency", "1", "--format", "json"], to].concat();
    let mut child = home.command(&args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
    let is_reply = |line: &String| line.contains(r#""kind":"reply""#) && line.contains("CreateProduct");
    lines.find(is_reply).expect("a reply");
    child
}

#[test]
fn a_run_on_the_built_in_marketplace_is_left_alone_while_it_is_sent() {
    let home = Home::with(&good());
    let mut import = half_done(&home, &["--sandbox"]);
    let run = home.runs().pop().expect("a run");
    home.run(&["resume"]).ends(11).says(&[&run, "wait until it has ended"]);
    home.run(&["runs", "prune", &run]).ends(11).says(&[&run]);
    // Its reader is gone by now; it goes on, and ends as what became of the rows asks.
    assert_eq!(import.wait().expect("it ends").code(), Some(0));
    home.run(&["runs", "list"]).ends(0).shows(&["finished", "3 created"]);
    assert!(home.path("s.report.xlsx").exists());
}

#[test]
fn an_unfinished_run_can_be_given_up_without_the_key() {
    let home = Home::with(&good());
    let marketplace = Marketplace::start(&home);
    marketplace.add(&home, "acme").ends(0);
    let mut import = half_done(&home, &["--shop", "acme"]);
    import.kill().and_then(|()| import.wait()).expect("it runs");
    let run = home.runs().pop().expect("a run");
    let again = ["import", "s.csv", "--shop", "acme", "--rate", "50"];
    home.run(&again).ends(11).says(&[&format!("skuload resume {run}")]);
    let journal = format!(".state/skuload/runs/{run}/journal.sqlite");
    let (kept, aside) = (home.path(&journal), home.path("aside"));
    fs::rename(&kept, &aside).expect("the journal");
    home.write(&journal, "no database, but long enough to be taken for one");
    home.run(&again).ends(9).says(&["cannot be opened"]);
    fs::rename(&aside, &kept).expect("the journal");
    home.run(&again).ends(11);
    let key = home.path(".state/skuload/shops/acme/key");
    let text = fs::read(&key).expect("the key");
    fs::remove_file(&key).expect("the key");
    home.run(&["resume", &run, "--report", "later.csv"]).ends(4);
    home.run(&["runs", "prune", &run]).ends(0);
    fs::write(&key, text).expect("the key");
    #[cfg(unix)]
    set_mode(&key, 0o600);
    home.run(&again).ends(0).shows(&["3 rows: 1 created, 2 exists"]);
}

#[test]
fn a_report_of_a_resumed_run_is_where_it_was_asked_for() {
    let home = Home::with(&good());
    let mut import = half_done(&home, &["--sandbox"]);
    import.kill().and_then(|()| import.wait()).expect("it runs");
    home.run(&["resume", "--report", "later.csv"]).ends(0).shows(&["3 rows: 3 created"]);
    let run = home.runs().pop().expect("a run");
    let first = home.read("later.csv");
    fs::remove_file(home.path("later.csv")).expect("the report");
    fs::create_dir(home.path("elsewhere")).expect("a folder");
    home.command(&["report", &run]).current_dir(home.path("elsewhere")).output().expect("it runs");
    assert_eq!(home.read("later.csv"), first);
}

#[test]
fn a_shop_that_cannot_be_asked_makes_no_row_invalid() {
    let home = Home::new();
    let text = bad().replacen("color_family", "color_family,AssociatedSku", 1);
    home.write(
        "s.csv",
        text.replace(",Red\n", ",Red,\n")
            .replace(",Blue\n", ",Blue,\n")
            .replace("49.5,0.25,30,24,3,Red,", "49.5,0.25,30,24,3,Red,Z-9"),
    );
    let add = ["shop", "add", "acme", "--user-id", "u", "--key-stdin", "--url", "http://127.0.0.1:9/"];
    home.run_with(&add, &[], b"key").ends(0);
    home.write("skuload.toml", "[pace]\nnobody-answers = 0\n");
    let ran = home.run(&["import", "s.csv", "--shop", "acme", "--report", "r.csv"]).ends(5);
    ran.shows(&["3 rows: 1 invalid, 2 not-sent"]).says(&["rows to mend: s.to-fix.csv"]);
    let report = home.read("r.csv");
    assert!(report.contains("the run stopped before it: nobody answers"), "{report}");
    assert!(home.runs().is_empty());
}

#[test]
fn the_sandbox_ends_when_it_is_told_to() {
    let home = Home::new();
    let mut marketplace = Marketplace::start(&home);
    marketplace.child.kill().expect("it runs");
    let mut rest = String::new();
    marketplace.child.stdout.take().expect("a pipe").read_to_string(&mut rest).expect("text");
    assert_eq!(rest, "", "one line, and no more");
    home.write("faults.toml", "nonsense = 1\n");
    home.run(&["sandbox", "--faults", "faults.toml"]).ends(3).says(&["faults.toml"]);
    home.run(&["sandbox", "--faults", "absent.toml"]).ends(3).says(&["absent.toml"]);
    home.run(&["sandbox", "--country", "de"]).ends(2).says(&["`de` is no country", "sg, my, id, ph, th, vn"]);
}

#[test]
fn the_sandbox_keeps_what_it_holds_where_it_is_told_to() {
    let home = Home::with(&good());
    let flags = ["--store", "shop.jsonl"];
    let before = Marketplace::start_with(&home, &flags);
    before.add(&home, "acme").ends(0);
    home.run(&["import", "s.csv", "--shop", "acme"]).ends(0);
    let created = before.products();
    assert!(created > 0);
    drop(before);
    assert_eq!(Marketplace::start_with(&home, &flags).products(), created);
    assert_eq!(Marketplace::start(&home).products(), 0);
    home.write("shop.jsonl", "nonsense\n");
    home.run(&["sandbox", "--store", "shop.jsonl"]).ends(9).says(&["shop.jsonl is damaged at line 1"]);
}

// --- the mapping file ---

/// A supplier's sheet: prices, a colour in Thai, what nobody knows, and no package.
const SUPPLIED: &str = "SKU,ชื่อสินค้า,Price (THB),สี,Shelf,Weight (g),รหัสสินค้า,Currency,Image,Image\n\
    A-1,Shirt,99,สีแดง,\"r1\u{7}\",250,A,THB,,\nA-2,\"Shirt\nL\",99,สีฟ้า,r2,260,A,THB,,\n";

#[test]
fn a_mapping_file_shows_each_column_and_changes_nothing_until_it_is_edited() {
    let home = Home::with(SUPPLIED);
    let said = ["mapping: m.toml: 6 of 9 columns are known", "skuload check s.csv --config m.toml"];
    let ran = home.run(&["check", "s.csv", "--write-map", "m.toml"]).ends(0).says(&said);
    assert_eq!(ran.out, "");
    let map = home.read("m.toml");
    for line in [
        "\n# locale = \"th\"",
        "\n# group-by = ",
        "\n# country = ",
        "\n[map]\n\"SKU\" = \"seller_sku\"  # A: A-1 | A-2\n",
        "\n\"ชื่อสินค้า\" = \"name\"  # B: Shirt | Shirt\\nL\n",
        "\n\"Price (THB)\" = \"price (THB)\"  # C: 99\n",
        "\n\"สี\" = \"color_family\"  # D: สีแดง | สีฟ้า\n",
        "\n# \"Shelf\" = \"ignore\"  # E, not sent: r1\\u{7} | r2\n",
        "\n\"Weight (g)\" = \"package_weight (g)\"  # F: 250 | 260\n",
        "\n# \"รหัสสินค้า\" = \"seller_sku\"  # G, ambiguous-column, or product, or item_id: A\n",
        "\n# \"Currency\" = \"ignore\"  # H, the seller centre's bookkeeping",
        "\n\"Image\" = \"image\"  # I\n",
        "\n[set]\n# category = \"\"  # mandatory: The number of the category.\n",
        "\n# package_height = \"\"  # mandatory: ",
        "\n[values.color_family]\n# \"สีแดง\" = \"สีแดง\"\n# \"สีฟ้า\" = \"สีฟ้า\"\n",
    ] {
        assert!(map.contains(line), "{line} is not in\n{map}");
    }
    let findings = |args: &[&str]| home.run(args).ends(1).findings();
    let plain = findings(&["check", "s.csv", "--format", "json"]);
    assert!(plain.contains("header-unit") && plain.contains("ambiguous-column"), "{plain}");
    assert_eq!(findings(&["check", "s.csv", "--format", "json", "--config", "m.toml"]), plain);
}

#[test]
fn an_edited_mapping_file_is_never_overwritten() {
    let home = Home::with(&good());
    home.write("m.toml", "edited");
    home.run(&["check", "s.csv", "--write-map", "m.toml"]).ends(9).says(&["m.toml", "does not exist yet"]);
    assert_eq!(home.read("m.toml"), "edited");
    home.run(&["check", "s.csv", "t.csv", "--write-map", "n.toml"]).ends(2).says(&["one file at a time"]);
    home.run(&["check", "absent.csv", "--write-map", "n.toml"]).ends(6);
    assert_eq!(home.files(), ["m.toml", "s.csv"]);
}

#[test]
fn an_import_writes_a_mapping_file_and_sends_nothing() {
    let home = Home::with(&good());
    home.run(&["import", "s.csv", "--write-map", "m.toml"]).ends(0).says(&["11 of 11 columns are known"]);
    assert!(home.runs().is_empty());
    home.run(&["import", "s.csv", "--sandbox", "--config", "m.toml"]).ends(0).shows(&["3 rows: 3 created"]);
}

#[test]
fn a_mapping_file_keeps_what_is_set_already() {
    let home = Home::with(&good().replace("brand", "Marke"));
    let settings = "country = \"sg\"\n[map]\nmarke = \"brand\"\n[set]\nwarranty = \"1 Year\"\n\
        [defaults]\nquantity = \"0\"\n[values.color_family]\nRed = \"Rouge \\\"R\\\"\"\n";
    home.write("skuload.toml", settings);
    let shown = home.run(&["check", "s.csv", "--write-map", "-"]).ends(0).shows(&[
        "country = \"sg\"\n",
        "\n\"Marke\" = \"brand\"  # E: Remark\n",
        "\n[set]\nwarranty = \"1 Year\"\n",
        "\n[defaults]\nquantity = \"0\"\n",
        "\n[values.color_family]\n\"Red\" = \"Rouge \\\"R\\\"\"\n",
    ]);
    home.write("m.toml", &shown.out);
    let plain = home.run(&["check", "s.csv", "--format", "json"]).ends(0).findings();
    assert_eq!(home.run(&["check", "s.csv", "--format", "json", "--config", "m.toml"]).ends(0).findings(), plain);
}

#[test]
fn defaults_stand_for_columns_that_the_sheet_lacks() {
    let home = Home::with(&good().replace(",brand,", ",Maker,"));
    home.write("skuload.toml", "[defaults]\nbrand = \"No Brand\"\n");
    let ran = home.run(&["check", "s.csv", "--format", "json"]).ends(0);
    assert_eq!(ran.findings(), "row 1 unknown-column");
    home.write("skuload.toml", "[defaults]\nbrnad = \"No Brand\"\n");
    home.run(&["check", "s.csv"]).ends(3).says(&["[defaults] brnad", "did you mean `brand`"]);
    home.write("skuload.toml", "[default]\nbrand = \"No Brand\"\n");
    home.run(&["check", "s.csv"]).ends(3).says(&["default"]);
}

#[test]
fn a_nearer_word_on_the_values_of_a_field_stands_for_all_of_them() {
    let home = Home::with(&good());
    home.write("skuload.toml", "[values.color_family]\nRed = \"Rot\"\n");
    fs::create_dir_all(home.path(".config/skuload")).expect("a folder");
    let farther = "[values.\"Color Family\"]\nBlue = \"Blau\"\n[values.size]\nM = \"Int:M\"\n";
    home.write(".config/skuload/skuload.toml", farther);
    let shown = home
        .run(&["check", "s.csv", "--show-settings"])
        .ends(0)
        .shows(&["values.color_family = { Red = \"Rot\" }  # skuload.toml\n", "values.size = { M = \"Int:M\" }  # "]);
    assert!(!shown.out.contains("Blau"), "{}", shown.out);
    home.run(&["check", "s.csv"]).ends(0);
    home.write("skuload.toml", "[values.seller_sku]\nA = \"B\"\n");
    home.run(&["check", "s.csv"]).ends(3).says(&["[values.seller_sku]", "makes no sense"]);
}

#[test]
fn a_guess_at_the_sheet_and_its_header_is_told() {
    let text = good().replacen('\n', "\nRequired,Required,Required,Required,Required,Required,,,,,Optional\n", 1);
    let home = Home::with(&text);
    assert_eq!(home.run(&["check", "s.csv", "--format", "json"]).ends(0).findings(), "row 1 header-rows");
    home.run(&["import", "s.csv", "--sandbox"]).ends(0).shows(&["3 rows: 3 created"]);
}
