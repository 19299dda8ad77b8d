//! XLS, XLSB and ODS files through the program: sound ones are read as ever, and files made to exhaust or to
//! break their reader end with exit code 6 and one message, never with the program.
#![cfg(feature = "cli")]

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use proptest::test_runner::{Config, TestRunner};
use tempfile::TempDir;

const XLS: &[u8] = include_bytes!("../src/sheet/fixtures/small.xls");
const ODS: &[u8] = include_bytes!("../src/sheet/fixtures/small.ods");

/// An empty home, which is the working directory and the place of temporary files too.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Home {
        Home { folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skuload"));
        command.env_clear().env("HOME", self.folder.path()).env("TMPDIR", self.folder.path());
        command.current_dir(self.folder.path()).args(args);
        command
    }

    /// Checks a sheet of these bytes; nothing stays behind.
    fn check(&self, bytes: &[u8], flags: &[&str]) -> (i32, String, String) {
        fs::write(self.path("sheet"), bytes).expect("a file");
        let output = self.command(&[&["check", "sheet"], flags].concat()).output().expect("the program starts");
        assert_eq!(fs::read_dir(self.folder.path()).expect("the folder").count(), 1, "something is left behind");
        told(output)
    }

    /// The file is refused, in one message that holds each of `words`.
    #[track_caller]
    fn refuses(&self, bytes: &[u8], flags: &[&str], words: &[&str]) {
        let (code, out, err) = self.check(bytes, flags);
        assert_eq!((code, out.as_str(), err.lines().count()), (6, "", 1), "{err}");
        assert!(err.starts_with("error: cannot read sheet: "), "{err}");
        for word in words {
            assert!(err.contains(word), "no `{word}` in: {err}");
        }
    }
}

fn told(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().unwrap_or_else(|| panic!("ended by a signal: {:?}", output.status));
    (code, text(output.stdout), text(output.stderr))
}

/// An archive of packed parts.
fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a part");
        writer.write_all(content).expect("its content");
    }
    writer.finish().expect("an archive").into_inner()
}

/// An ODS whose first sheet holds these rows.
fn ods(rows: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content><office:body><office:spreadsheet><table:table table:name=\"Products\">{rows}\
         </table:table></office:spreadsheet></office:body></office:document-content>"
    );
    let manifest = b"<manifest:manifest></manifest:manifest>".as_slice();
    archive(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", manifest),
        ("content.xml", content.as_bytes()),
    ])
}

fn ods_row(attributes: &str, cells: &[&str]) -> String {
    let cells: Vec<String> = cells
        .iter()
        .map(|text| {
            format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
        })
        .collect();
    format!("<table:table-row {attributes}>{}</table:table-row>", cells.concat())
}

/// A record of an XLSB: its type, its length, its bytes.
fn record(kind: u16, bytes: &[u8]) -> Vec<u8> {
    let mut record = Vec::new();
    for mut number in [usize::from(kind), bytes.len()] {
        while number > 0x7f {
            record.push(number as u8 | 0x80);
            number >>= 7;
        }
        record.push(number as u8);
    }
    [&record, bytes].concat()
}

fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let bytes = units.iter().flat_map(|unit| unit.to_le_bytes());
    (units.len() as u32).to_le_bytes().into_iter().chain(bytes).collect()
}

/// An XLSB with one sheet of these records (MS-XLSB 2.1.7.62).
fn xlsb(cells: &[Vec<u8>]) -> Vec<u8> {
    let bundle = [&[0; 8], wide("rId1").as_slice(), &wide("Products")].concat();
    let workbook = [record(0x9c, &bundle), record(0x90, &[]), record(0x9d, &[]), record(0x84, &[])].concat();
    let sheet = [record(0x81, &[]), record(0x94, &[0; 16]), record(0x91, &[]), cells.concat(), record(0x92, &[])];
    let rels = b"<Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.bin\"/></Relationships>";
    archive(&[
        ("xl/workbook.bin", &workbook),
        ("xl/_rels/workbook.bin.rels", rels),
        ("xl/worksheets/sheet1.bin", &sheet.concat()),
    ])
}

fn xlsb_row(row: u32, cells: &[&str]) -> Vec<u8> {
    let mut bytes = record(0, &row.to_le_bytes());
    for (column, text) in cells.iter().enumerate() {
        bytes.extend(record(6, &[&(column as u32).to_le_bytes(), [0; 4].as_slice(), &wide(text)].concat()));
    }
    bytes
}

/// A small sound workbook of each format.
fn sound() -> [Vec<u8>; 3] {
    let rows = [["SellerSku", "name", "price"], ["A-1", "Shirt", "99"], ["A-2", "Scarf", "0"]];
    let xlsb = xlsb(&[xlsb_row(0, &rows[0]), xlsb_row(1, &rows[1]), xlsb_row(2, &rows[2])]);
    [XLS.to_vec(), ODS.to_vec(), xlsb]
}

#[test]
fn sound_workbooks_are_read() {
    let home = Home::new();
    let [xls, ods, xlsb] = sound();
    for bytes in [xls, ods] {
        let (code, out, err) = home.check(&bytes, &["--format", "json"]);
        assert_eq!((code, err.as_str()), (1, ""));
        assert!(out.contains(r#""invalid-price""#) && out.contains(r#""row":5,"column":"C""#), "{out}");
        assert!(out.contains(r#""rows":2"#), "{out}");
    }
    let (code, out, _) = home.check(&xlsb, &["--format", "json"]);
    assert_eq!(code, 1);
    assert!(out.contains(r#""price-not-positive""#) && out.contains(r#""row":3,"column":"C""#), "{out}");
    assert!(out.contains(r#""rows":2"#), "{out}");
}

#[test]
fn a_sound_workbook_from_a_pipe_is_read() {
    let home = Home::new();
    let mut command = home.command(&["check", "-", "--format", "json"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    child.stdin.take().expect("a pipe").write_all(XLS).expect("it listens");
    let (code, out, err) = told(child.wait_with_output().expect("it ends"));
    assert_eq!((code, err.as_str()), (1, ""));
    assert!(out.contains(r#""rows":2"#), "{out}");
}

#[test]
fn a_formula_that_was_never_computed_is_no_blank_cell() {
    let home = Home::new();
    let header = ods_row("", &["SellerSku", "name", "price"]);
    let formula = "<table:table-cell table:formula=\"of:=[.A1]\"></table:table-cell>";
    let row =
        format!("{}{formula}</table:table-row>", ods_row("", &["A-1", "Shirt"]).trim_end_matches("</table:table-row>"));
    let (code, out, err) = home.check(&ods(&(header + &row)), &["--format", "json"]);
    assert_eq!(code, 1, "{err}");
    assert!(out.contains("formula-without-value") && out.contains("=[.A1]"), "{out}");
}

#[cfg(unix)]
#[test]
fn repeats_without_end_run_out_of_memory_apart() {
    let home = Home::new();
    let words = ["MiB of memory", "--limit memory=VALUE", ".xlsx"];
    let wide = ods_row("table:number-rows-repeated=\"900000\"", &["x"; 50]);
    home.refuses(&ods(&wide), &[], &words);
    let cell = "<table:table-cell office:value-type=\"string\" table:number-columns-repeated=\"16384\">\
                <text:p>x</text:p></table:table-cell>";
    let far = format!("<table:table-row table:number-rows-repeated=\"6000\">{cell}</table:table-row>");
    home.refuses(&ods(&far), &[], &words);
    let many = format!("<table:table-row table:number-rows-repeated=\"4000000000\">{cell}</table:table-row>");
    home.refuses(&ods(&many), &[], &["is damaged ("]);
    home.refuses(&ods(&wide), &["--limit", "memory=96MiB"], &["more than 96 MiB"]);
}

#[test]
fn an_archive_that_unpacks_to_far_more_than_it_holds_is_refused() {
    let home = Home::new();
    let bomb = ods(&format!("<!--{}-->", " ".repeat(64 << 20)));
    assert!(bomb.len() < 1 << 20);
    home.refuses(&bomb, &[], &["its part content.xml unpacks to more than", "--limit ratio=VALUE"]);
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_round_in_circles_is_stopped() {
    let endless = ods("<table:table-row><table:table-cell office:value-type=\"string\"><office:annotation>");
    Home::new().refuses(&endless, &[], &["takes more than 1 s of computing", ".xlsx"]);
}

/// `XLS` with a 32-bit number at `at`.
fn patched(at: usize, number: u32) -> Vec<u8> {
    let mut bytes = XLS.to_vec();
    bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
    bytes
}

#[test]
fn counts_of_an_xls_are_not_believed() {
    let home = Home::new();
    // MS-CFB 2.2: sectors of the FAT at 44, of the mini FAT at 64, of the DIFAT at 72; where they begin at
    // 60 and 68; the directory at 48.
    for at in [40, 44, 48, 60, 64, 68, 72, 76] {
        for number in [0x7fff_ffff, 0x8000_0000, 0xffff_fffa, 0] {
            let (code, _, err) = home.check(&patched(at, number), &[]);
            assert!(matches!(code, 1 | 6), "{at} {number:x}: {code} {err}");
            assert!(code == 1 || err.lines().count() == 1, "{err}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_sheet_size_that_an_xls_only_promises_is_bounded() {
    // Dimensions (MS-XLS 2.4.90): record 0x200 of 14 bytes; first and last row, first and last column.
    let at = XLS.windows(4).position(|bytes| bytes == [0x00, 0x02, 14, 0]).expect("a record") + 4;
    let mut bytes = XLS.to_vec();
    bytes[at..at + 12].copy_from_slice(&[0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0xff, 0xff]);
    Home::new().refuses(&bytes, &[], &["MiB of memory"]);
}

#[test]
fn broken_bytes_are_read_or_told() {
    let home = Home::new();
    let sound = sound();
    let mut runner = TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() });
    let change = (proptest::num::usize::ANY, proptest::num::u8::ANY);
    let strategy = (0..sound.len(), proptest::collection::vec(change, 1..6));
    runner
        .run(&strategy, |(which, changes)| {
            let mut bytes = sound[which].clone();
            for (at, to) in changes {
                let at = at % bytes.len();
                bytes[at] = to;
            }
            let (code, _, err) = home.check(&bytes, &[]);
            assert!(matches!(code, 0 | 1 | 6), "{code}: {err}");
            assert!(code != 6 || err.lines().count() == 1, "{err}");
            assert!(!err.contains("panicked"), "{err}");
            Ok(())
        })
        .expect("no case fails");
}

#[test]
fn what_reads_apart_is_hidden_and_needs_no_settings() {
    let home = Home::new();
    let help = told(home.command(&["--help"]).output().expect("it runs")).1;
    assert!(!help.contains("read-apart"), "{help}");
    let mut command = home.command(&["read-apart", "xls", "100", "10", "{}"]);
    fs::write(home.path("skuload.toml"), "nonsense = 1\n").expect("a file");
    let output = command.stdin(Stdio::null()).output().expect("it runs");
    assert!(output.status.success() && output.stdout.starts_with(b"skuload transcript"), "{output:?}");
}

#[cfg(all(feature = "import", feature = "sandbox"))]
#[test]
fn a_run_reads_its_copy_apart_too() {
    let home = Home::new();
    let header = [
        "SellerSku",
        "PrimaryCategory",
        "name",
        "short_description",
        "brand",
        "price",
        "package_weight",
        "package_length",
        "package_width",
        "package_height",
        "color_family",
    ];
    let row = ["A-1", "6614", "Shirt", "Soft and light", "Remark", "99", "0.25", "30", "24", "3", "Red"];
    fs::write(home.path("s.ods"), ods(&(ods_row("", &header) + &ods_row("", &row)))).expect("a file");
    let run = |args: &[&str]| told(home.command(args).output().expect("it runs"));
    let (code, out, err) = run(&["import", "s.ods", "--sandbox", "--report", "r.csv"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("1 row: 1 created"), "{out}");
    let listed = run(&["runs", "list", "--format", "json"]).1;
    let name = listed.split(r#""run":""#).nth(1).and_then(|rest| rest.split('"').next()).expect("a run");
    let first = fs::read(home.path("r.csv")).expect("the report");
    fs::remove_file(home.path("r.csv")).expect("the report");
    let (code, _, err) = run(&["report", name]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(fs::read(home.path("r.csv")).expect("the report"), first);
}

#[cfg(unix)]
#[test]
fn what_is_read_must_be_kept_somewhere() {
    let home = Home::new();
    fs::write(home.path("sheet.xls"), XLS).expect("a file");
    let output = home.command(&["check", "sheet.xls"]).env("TMPDIR", home.path("absent")).output();
    let (code, out, err) = told(output.expect("it runs"));
    assert_eq!((code, out.as_str(), err.lines().count()), (6, "", 1), "{err}");
    assert!(err.contains("cannot be kept in") && err.contains("absent"), "{err}");
}

/// A program that is updated while it runs reads nothing that it should read apart.
#[cfg(target_os = "linux")]
#[test]
fn without_its_reader_a_workbook_is_not_read() {
    let home = Home::new();
    let program = home.path("skuload");
    // Copied by another process: one that this one holds open could not be started.
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_skuload")).arg(&program).status();
    assert!(copied.is_ok_and(|status| status.success()));
    let mut command = Command::new(&program);
    command.args(["check", "-"]).env_clear().env("HOME", home.folder.path()).current_dir(home.folder.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    fs::remove_file(&program).expect("the copy");
    child.stdin.take().expect("a pipe").write_all(XLS).expect("it listens");
    let (code, _, err) = told(child.wait_with_output().expect("it ends"));
    assert_eq!((code, err.lines().count()), (6, 1), "{err}");
    assert!(err.contains("the process that reads such files cannot be started"), "{err}");
}

/// The child's own limits, as Linux tells them.
#[cfg(target_os = "linux")]
#[test]
fn the_reader_is_limited_before_it_reads() {
    let home = Home::new();
    let memory = 300_u64 << 20;
    // A pipe that nobody reads holds the transcript of a large sheet up.
    let rows: String = (0..3000).map(|row| ods_row("", &[&format!("{row}"), &"x".repeat(60)])).collect();
    fs::write(home.path("large.ods"), ods(&rows)).expect("a file");
    let file = fs::File::open(home.path("large.ods")).expect("the file");
    let args = ["read-apart", "ods", &memory.to_string(), "20", "{}"];
    let mut child = home.command(&args).stdin(file).stdout(Stdio::piped()).spawn().expect("it runs");
    let mut first = [0; 8];
    std::io::Read::read_exact(child.stdout.as_mut().expect("a pipe"), &mut first).expect("it begins");
    let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).expect("its limits");
    child.kill().and_then(|()| child.wait()).expect("it runs");
    let line = |name: &str| limits.lines().find(|line| line.starts_with(name)).expect("a line").to_owned();
    assert!(line("Max address space").contains(&memory.to_string()), "{limits}");
    assert!(line("Max cpu time").contains(" 20 "), "{limits}");
    assert!(line("Max core file size").contains(" 0 "), "{limits}");
}
