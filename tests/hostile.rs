//! Files made to exhaust or to break a program: small to write, huge or senseless to read. The program refuses
//! each with one message, without much memory; the library reads what is merely damaged, or says why not.
#![cfg(feature = "cli")]

#[path = "hostile/archive.rs"]
mod archive;
#[path = "hostile/book.rs"]
mod book;

use std::fs;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use archive::{Part, archive, archive_of_many, archive_overlapping};
use book::{ONE_STRING, ROWS, SHEET, STRINGS, sheet, sheet_end, sheet_start, sound, strings, strings_start, with};
use proptest::prelude::*;
use skuload::sheet::{Input, ReadOptions, Source};

/// The most memory, in KiB, that reading any of these files may take.
const MEMORY: u64 = 200 * 1024;
/// How often the program is looked at, and how many looks it is given: 20 seconds.
const LOOK: Duration = Duration::from_millis(5);
const LOOKS: usize = 4_000;

/// What became of `skuload check FILE`.
struct Outcome {
    exit: Option<i32>,
    told: String,
    /// The most memory it was seen to use, in KiB; none where no look could be taken.
    memory: Option<u64>,
}

/// Checks a file of this name and content with the real program, and looks at its memory meanwhile.
fn check(name: &str, content: &[u8]) -> Outcome {
    let home = tempfile::tempdir().expect("a folder");
    fs::write(home.path().join(name), content).expect("the file is written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_skuload"));
    command.env_clear().env("HOME", home.path()).current_dir(home.path()).args(["check", name]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    let mut stderr = child.stderr.take().expect("its messages");
    let told = thread::spawn(move || {
        let mut told = Vec::new();
        stderr.read_to_end(&mut told).map(|_| String::from_utf8_lossy(&told).into_owned())
    });
    let (exit, memory) = watched(name, &mut child);
    let told = told.join().expect("a reader of messages").expect("messages");
    Outcome { exit, told, memory }
}

#[expect(clippy::disallowed_methods, reason = "another program is watched, whose clock is the real one")]
fn watched(name: &str, child: &mut Child) -> (Option<i32>, Option<u64>) {
    let mut memory = None;
    for _ in 0..LOOKS {
        memory = memory.max(peak_of(child.id()));
        if let Some(status) = child.try_wait().expect("the program's state") {
            return (status.code(), memory);
        }
        thread::sleep(LOOK);
    }
    child.kill().expect("it is stopped");
    child.wait().expect("it has stopped");
    panic!("{name}: the program was still at it after 20 seconds; memory: {memory:?} KiB");
}

/// The most memory that a process has used so far, in KiB; Linux alone tells.
fn peak_of(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

impl Outcome {
    /// It ended by itself, without a bug and without much memory.
    #[track_caller]
    fn sober(&self, name: &str) {
        let Outcome { exit, told, memory } = self;
        assert!(!told.contains("panicked") && !told.contains("a bug"), "{name}: {told}");
        assert!(exit.is_some_and(|exit| exit != 70 && exit != 101), "{name}: exit {exit:?}: {told}");
        assert!(memory.is_none_or(|memory| memory < MEMORY), "{name}: {memory:?} KiB: {told}");
    }
}

/// It is refused as unreadable, with one message; where `limits` are named, it names one of them.
#[track_caller]
fn refused(name: &str, content: &[u8], limits: &[&str]) -> String {
    let outcome = check(name, content);
    outcome.sober(name);
    let Outcome { exit, told, .. } = outcome;
    assert_eq!(exit, Some(6), "{name}: {told}");
    let errors = told.lines().filter(|line| line.starts_with("error")).count();
    assert_eq!(errors, 1, "{name}: {told}");
    assert!(told.len() < 2_000, "{name}: a long message: {told}");
    let is_named = |limit: &&str| told.contains(&format!("--limit {limit}="));
    assert!(limits.is_empty() || limits.iter().any(is_named), "{name}: no limit of {limits:?}: {told}");
    told
}

/// It may be read or refused, so long as that does no harm.
#[track_caller]
fn harmless(name: &str, content: &[u8]) {
    let outcome = check(name, content);
    outcome.sober(name);
    assert!(matches!(outcome.exit, Some(0 | 1 | 6)), "{name}: exit {:?}: {}", outcome.exit, outcome.told);
}

/// It is read: what it says falsely does not matter.
#[track_caller]
fn read_all_the_same(name: &str, content: &[u8]) {
    let outcome = check(name, content);
    outcome.sober(name);
    // The small sheet lacks most columns, which are findings.
    assert_eq!(outcome.exit, Some(1), "{name}: {}", outcome.told);
}

fn xlsx(parts: &[Part]) -> Vec<u8> {
    archive(parts)
}

#[test]
fn the_sound_workbook_is_read() {
    read_all_the_same("sound.xlsx", &xlsx(&sound()));
}

#[test]
fn four_billion_shared_strings_are_only_said() {
    harmless("strings.xlsx", &xlsx(&with(sheet("", ROWS), strings(4_000_000_000, ONE_STRING))));
}

#[test]
fn a_value_in_the_farthest_cell_is_refused() {
    let far = format!(r#"{ROWS}<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#);
    let told = refused("far.xlsx", &xlsx(&with(sheet("", &far), strings(1, ONE_STRING))), &["columns"]);
    assert!(told.contains("XFD1048576"), "{told}");
}

#[test]
fn a_formatted_farthest_cell_is_nothing() {
    let far = format!(r#"{ROWS}<row r="1048576"><c r="XFD1048576" s="0"/></row>"#);
    read_all_the_same("far.xlsx", &xlsx(&with(sheet("", &far), strings(1, ONE_STRING))));
}

#[test]
fn a_false_dimension_is_not_believed() {
    let parts = with(sheet(r#"<dimension ref="A1:XFD1048576"/>"#, ROWS), strings(1, ONE_STRING));
    read_all_the_same("dimension.xlsx", &xlsx(&parts));
}

#[test]
fn a_gigabyte_in_one_shared_string_is_refused() {
    let start = format!("{}<si><t>", strings_start(1));
    let bomb = Part::repeated(STRINGS, &start, &vec![b'a'; 1 << 20], 1024, "</t></si></sst>");
    refused("bomb.xlsx", &xlsx(&with(sheet("", ROWS), bomb)), &["cell-text", "ratio"]);
}

#[test]
fn a_gigabyte_in_one_cell_is_refused() {
    let start = format!(r#"{}{ROWS}<row r="3"><c r="A3" t="inlineStr"><is><t>"#, sheet_start(""));
    let bomb = Part::repeated(SHEET, &start, &vec![b'a'; 1 << 20], 1024, "</t></is></c></row></sheetData></worksheet>");
    refused("cell.xlsx", &xlsx(&with(bomb, strings(1, ONE_STRING))), &["cell-text", "ratio"]);
}

#[test]
fn a_hundred_megabytes_of_empty_rows_are_refused() {
    let start = format!("{}{ROWS}", sheet_start(""));
    let bomb = Part::repeated(SHEET, &start, "<row></row>".repeat(100_000).as_bytes(), 100, sheet_end());
    refused("rows.xlsx", &xlsx(&with(bomb, strings(1, ONE_STRING))), &["ratio"]);
}

#[test]
fn a_forged_size_does_not_open_the_door() {
    let start = format!("{}<si><t>", strings_start(1));
    let mut bomb = Part::repeated(STRINGS, &start, &vec![b'a'; 1 << 20], 1024, "</t></si></sst>");
    bomb.size = 1000;
    refused("forged.xlsx", &xlsx(&with(sheet("", ROWS), bomb)), &[]);
}

#[test]
fn a_million_parts_are_refused() {
    refused("parts.xlsx", &archive_of_many(&sound(), 1_000_000), &["entries"]);
}

#[test]
fn a_million_cells_in_one_row_are_refused() {
    let wide = format!(r#"{ROWS}<row r="3">{}</row>"#, "<c><v>1</v></c>".repeat(1_000_000));
    refused("wide.xlsx", &xlsx(&with(sheet("", &wide), strings(1, ONE_STRING))), &["columns"]);
}

#[test]
fn deep_nesting_does_no_harm() {
    let deep = format!("{}{}{ROWS}", "<a>".repeat(300_000), "</a>".repeat(300_000));
    harmless("deep.xlsx", &xlsx(&with(sheet("", &deep), strings(1, ONE_STRING))));
}

#[test]
fn a_hundred_thousand_attributes_do_no_harm() {
    let many: String = (0..100_000).map(|number| format!(r#" a{number}="1""#)).collect();
    let rows = ROWS.replacen("<row r=\"2\"", &format!("<row{many} r=\"2\""), 1);
    harmless("attributes.xlsx", &xlsx(&with(sheet("", &rows), strings(1, ONE_STRING))));
}

/// Entities that grow tenfold with each step.
fn laughs() -> String {
    let steps: String =
        (1..10).map(|step| format!(r#"<!ENTITY l{step} "{}">"#, format!("&l{};", step - 1).repeat(10))).collect();
    format!(r#"<!DOCTYPE sst [<!ENTITY l0 "lol">{steps}]>"#)
}

#[test]
fn a_billion_laughs_are_refused() {
    let of_strings = Part::stored(STRINGS, format!("{}{}<si><t>&l9;</t></si></sst>", laughs(), strings_start(1)));
    refused("laughs.xlsx", &xlsx(&with(sheet("", ROWS), of_strings)), &[]);
    let start = format!(r#"{}{}{ROWS}<row r="3"><c r="A3" t="inlineStr"><is><t>"#, laughs(), sheet_start(""));
    let of_sheet = Part::stored(SHEET, format!("{start}&l9;</t></is></c></row>{}", sheet_end()));
    refused("laughs.xlsx", &xlsx(&with(of_sheet, strings(1, ONE_STRING))), &[]);
}

#[test]
fn an_entity_from_outside_is_refused() {
    let outside = r#"<!DOCTYPE sst [<!ENTITY x SYSTEM "file:///etc/passwd">]>"#;
    let part = Part::stored(STRINGS, format!("{outside}{}<si><t>&x;</t></si></sst>", strings_start(1)));
    let told = refused("outside.xlsx", &xlsx(&with(sheet("", ROWS), part)), &[]);
    assert!(!told.contains("root:"), "{told}");
}

#[test]
fn a_zip_in_a_zip_is_no_workbook() {
    let inner = xlsx(&sound());
    refused("nested.xlsx", &archive(&[Part::stored("sheet.xlsx", inner)]), &[]);
}

#[test]
fn a_missing_sheet_part_is_named() {
    let parts: Vec<Part> = with(Part::stored("xl/worksheets/other.xml", "<worksheet/>"), strings(1, ONE_STRING));
    refused("missing.xlsx", &xlsx(&parts), &[]);
}

#[test]
fn missing_shared_strings_are_not_taken_for_empty_cells() {
    let parts: Vec<Part> = with(sheet("", ROWS), Part::stored("xl/strings.xml", ""));
    refused("no-strings.xlsx", &xlsx(&parts), &[]);
}

#[test]
fn a_workbook_that_is_its_own_sheet_does_no_harm() {
    let mut parts = sound();
    let targets = [("worksheet", "workbook.xml"), ("sharedStrings", "_rels/workbook.xml.rels"), ("worksheet", "../xl")];
    parts[3] = Part::stored("xl/_rels/workbook.xml.rels", book::relationships(&targets));
    harmless("loop.xlsx", &xlsx(&parts));
    parts[1] = Part::stored("_rels/.rels", book::relationships(&[("officeDocument", "_rels/.rels")]));
    harmless("loop.xlsx", &xlsx(&parts));
    parts[3] = Part::stored("xl/_rels/workbook.xml.rels", book::relationships(&[("worksheet", "../../../etc/passwd")]));
    harmless("loop.xlsx", &xlsx(&parts));
}

#[test]
fn parts_in_one_place_do_no_harm() {
    harmless("overlap.xlsx", &archive_overlapping(&sound()));
}

#[test]
fn a_part_with_a_password_is_refused() {
    let mut parts = sound();
    parts.iter_mut().for_each(|part| part.flags = 1);
    let told = refused("locked.xlsx", &xlsx(&parts), &[]);
    assert!(told.contains("password") || told.contains("encrypted"), "{told}");
}

#[test]
fn a_quote_that_never_closes_is_refused() {
    let mut text = b"SellerSku,name,price\nTEE,\"T-shirt,99\n".to_vec();
    text.extend(b"TEE-2,Another shirt,99\n".repeat(3_000_000));
    let told = refused("quote.csv", &text, &["row-text"]);
    assert!(told.contains("line 2"), "the line where it opened: {told}");
}

#[test]
fn a_million_columns_of_text_are_refused() {
    let mut text = b"SellerSku,name,price".to_vec();
    (0..1_000_000).for_each(|number| text.extend(format!(",c{number}").bytes()));
    text.extend_from_slice(b"\nTEE,T-shirt,99\n");
    refused("wide.csv", &text, &["columns", "row-text"]);
}

#[test]
fn repeated_cells_of_an_ods_beyond_every_sheet_are_refused() {
    let content = concat!(
        r#"<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" "#,
        r#"xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" "#,
        r#"xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>"#,
        r#"<table:table table:name="P"><table:table-row table:number-rows-repeated="2147483647">"#,
        r#"<table:table-cell table:number-columns-repeated="2147483647" office:value-type="string">"#,
        r#"<text:p>x</text:p></table:table-cell></table:table-row></table:table>"#,
        r#"</office:spreadsheet></office:body></office:document-content>"#
    );
    let kind = Part::stored("mimetype", "application/vnd.oasis.opendocument.spreadsheet");
    refused("repeated.ods", &archive(&[kind, Part::stored("content.xml", content)]), &[]);
}

#[test]
fn an_xls_with_endless_sector_tables_is_refused() {
    let mut bytes = vec![0; 4096];
    bytes[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    bytes[24..34].copy_from_slice(&[0x3E, 0, 3, 0, 0xFE, 0xFF, 9, 0, 6, 0]);
    // The numbers of FAT and DIFAT sectors, as large as they can be told.
    bytes[44..48].copy_from_slice(&u32::MAX.to_le_bytes());
    bytes[72..76].copy_from_slice(&u32::MAX.to_le_bytes());
    refused("endless.xls", &bytes, &[]);
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn a_workbook_cut_anywhere_is_refused() {
    let whole = fs::read(root("samples/broken.xlsx")).expect("the sample");
    for sixteenth in 1..16 {
        refused("cut.xlsx", &whole[..whole.len() * sixteenth / 16], &[]);
    }
}

/// Opens the bytes in this process and reads every sheet: any answer is right, and a panic is none.
fn read_here(name: &str, bytes: &[u8]) {
    let Ok(source) = Source::open(name, Input::Bytes(bytes.into()), &ReadOptions::default()) else { return };
    for sheet in source.sheets().iter().chain(source.hidden_sheets()) {
        let mut cells = 0;
        let outcome = source.read(sheet, &mut |block| {
            cells += block.rows().map(|row| row.cells().len()).sum::<usize>();
            if cells > 1_000_000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if let Err(error) = outcome {
            assert!(!error.to_string().ends_with('.'), "{error}");
        }
    }
}

/// Numbers that look random and are the same each time.
fn mixed(seed: u64) -> u64 {
    let seed = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let seed = (seed ^ (seed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    seed ^ (seed >> 31)
}

#[test]
fn flipped_bits_of_a_workbook_never_break_the_reader() {
    let folder = "tests/fixtures/workbooks";
    let names = ["excel.xlsx", "libreoffice.xlsx", "openpyxl.xlsx", "sheetjs.xlsx"];
    let whole = names.map(|name| fs::read(root(folder).join(name)).expect("a workbook"));
    for seed in 0..200 {
        let mut bytes = whole[seed as usize % whole.len()].clone();
        let bits = bytes.len() as u64 * 8;
        for flip in 0..=seed % 3 {
            let bit = mixed(seed * 4 + flip + 1) % bits;
            bytes[(bit / 8) as usize] ^= 1 << (bit % 8);
        }
        read_here("flipped.xlsx", &bytes);
    }
}

/// A workbook in which one part was changed, its checksum being right again.
fn with_changed(part: usize, change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let texts = [
        (SHEET, format!("{}{ROWS}{}", sheet_start(""), sheet_end())),
        (STRINGS, format!("{}{ONE_STRING}</sst>", strings_start(1))),
    ];
    let mut parts = sound();
    let (name, text) = &texts[part % texts.len()];
    let mut bytes = text.clone().into_bytes();
    change(&mut bytes);
    parts[4 + part % texts.len()] = Part::stored(name, bytes);
    archive(&parts)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(
        start in prop::sample::select(vec![&b""[..], b"PK\x03\x04", b"PK\x05\x06", b"\xFF\xFE", b"\xEF\xBB\xBF", b"a,b\n"]),
        rest in prop::collection::vec(any::<u8>(), 0..2_000),
    ) {
        read_here("any.csv", &[start, &rest].concat());
    }

    #[test]
    fn any_text_is_read(text in "[a-c\",;\t\n\r|^ \u{e01}\u{3000}\u{feff}\u{0}]{0,300}") {
        read_here("any.csv", text.as_bytes());
    }

    #[test]
    fn torn_xml_is_read_or_refused(part in 0..2_usize, at in 0.0..1.0, len in 0..40_usize) {
        let torn = with_changed(part, |bytes| {
            let from = (bytes.len() as f64 * at) as usize;
            let to = (from + len).min(bytes.len());
            bytes.drain(from..to);
        });
        read_here("torn.xlsx", &torn);
        let ended = with_changed(part, |bytes| bytes.truncate((bytes.len() as f64 * at) as usize));
        read_here("ended.xlsx", &ended);
    }

    #[test]
    fn strange_xml_is_read_or_refused(
        part in 0..2_usize,
        at in 0.0..1.0,
        put in "(<|>|&|&#x0;|&#55296;|\"|<!--|<!\\[CDATA\\[|\\]\\]>|<\\?|</c>|<c|<c r=\"A0\"/>|<c r=\"ZZZZZZZ9\"><v>1</v></c>|\
            <c t=\"s\"><v>-1</v></c>|<c t=\"s\"><v>99999999999</v></c>|<row r=\"4294967296\"/>|<row r=\"0\"/>|\u{0}){1,3}",
    ) {
        let strange = with_changed(part, |bytes| {
            let at = (bytes.len() as f64 * at) as usize;
            bytes.splice(at..at, put.bytes());
        });
        read_here("strange.xlsx", &strange);
    }

    #[test]
    fn a_mutated_archive_is_read_or_refused(
        changes in prop::collection::vec((0.0..1.0, any::<u8>()), 1..6),
        cut in prop::option::of(0.0..1.0),
    ) {
        let mut bytes = archive(&sound());
        let len = bytes.len() as f64;
        for (at, byte) in changes {
            bytes[(len * at) as usize] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate((len * cut) as usize);
        }
        read_here("mutated.xlsx", &bytes);
    }
}
