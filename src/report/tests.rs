//! Reports and sheets to fix, written and read back.

use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::xlsx::XlsxLines;
use super::*;
use crate::column::{Choice, choose};
use crate::sheet::{Input, Kind, ReadOptions, Source};
use crate::verdict::{Images, RowVerdict, Verdict};

const OWN_HEADER: &str =
    "\u{feff}sheet,row,seller_sku,product,verdict,images,rule_or_code,message,help,request,attempts";

fn tables(bytes: &[u8], sheets: &[&str]) -> Vec<Table> {
    let source = Source::open("catalogue", Input::Bytes(Arc::from(bytes)), &ReadOptions::default()).unwrap();
    let sheets = sheets.iter().map(|sheet| (*sheet).to_owned()).collect();
    choose(&source, &Choice { sheets, ..Choice::default() }).unwrap()
}

fn verdict(row: u32, seller_sku: &str, product: &str, verdict: Verdict) -> RowVerdict {
    RowVerdict {
        sheet: String::new(),
        row,
        seller_sku: seller_sku.to_owned(),
        product: product.to_owned(),
        verdict,
        images: Images::None,
        rule_or_code: String::new(),
        message: String::new(),
        help: String::new(),
        also: Vec::new(),
        fields: Vec::new(),
        columns: Vec::new(),
        request: String::new(),
        attempts: 0,
    }
}

fn invalid(row: u32, product: &str) -> RowVerdict {
    RowVerdict {
        rule_or_code: "bad-price".to_owned(),
        message: "no price".to_owned(),
        help: "give one".to_owned(),
        ..verdict(row, "", product, Verdict::Invalid)
    }
}

fn on(sheet: &str, verdict: RowVerdict) -> RowVerdict {
    RowVerdict { sheet: sheet.to_owned(), ..verdict }
}

fn verdicts(rows: &[RowVerdict]) -> Verdicts {
    Verdicts { rows: rows.to_vec() }
}

/// Created verdicts for rows 2 and on.
fn created(rows: u32) -> Verdicts {
    Verdicts { rows: (2..2 + rows).map(|row| verdict(row, "A", "Tee", Verdict::Created)).collect() }
}

struct Written {
    folder: tempfile::TempDir,
    path: PathBuf,
}

impl Written {
    fn at(name: &str) -> Written {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        Written { folder, path }
    }

    fn report(name: &str, tables: &[Table], verdicts: &Verdicts) -> Written {
        let written = Written::at(name);
        write_report(&written.path, tables, verdicts).unwrap();
        written
    }

    fn to_fix(name: &str, tables: &[Table], verdicts: &Verdicts) -> Written {
        let written = Written::at(name);
        assert!(write_to_fix(&written.path, tables, verdicts).unwrap());
        written
    }

    fn text(&self) -> String {
        String::from_utf8(self.bytes()).unwrap()
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(&self.path).unwrap()
    }

    fn lines(&self) -> Vec<String> {
        self.text().lines().map(str::to_owned).collect()
    }

    fn source(&self) -> Source {
        Source::open("the report", Input::File(self.path.clone()), &ReadOptions::default()).unwrap()
    }

    /// The rows of a sheet: `number cell|cell`, kinds other than text as their first letter.
    fn rows(&self, sheet: &str) -> Vec<String> {
        let mut rows = Vec::new();
        let mut add = |block: crate::sheet::Block| {
            for row in block.rows() {
                let cells: Vec<String> = row.cells().map(|cell| shown(cell.text, cell.kind)).collect();
                rows.push(format!("{} {}", row.number(), cells.join("|")));
            }
            ControlFlow::Continue(())
        };
        self.source().read(sheet, &mut add).unwrap();
        rows
    }

    /// A part of the workbook, inflated.
    fn part(&self, name: &str) -> String {
        let bytes = self.bytes();
        let begins =
            |at: &usize| bytes[*at..].starts_with(b"PK\x03\x04") && bytes[at + 30..].starts_with(name.as_bytes());
        let at = (0..bytes.len()).find(begins).unwrap();
        let extra = usize::from(u16::from_le_bytes([bytes[at + 28], bytes[at + 29]]));
        let mut part = String::new();
        flate2::read::DeflateDecoder::new(&bytes[at + 30 + name.len() + extra..]).read_to_string(&mut part).unwrap();
        part
    }

    /// Nothing but the file itself lies in its folder.
    #[track_caller]
    fn check_alone(&self, expect: usize) {
        assert_eq!(std::fs::read_dir(self.folder.path()).unwrap().count(), expect);
    }
}

fn shown(text: &str, kind: Kind) -> String {
    match kind {
        Kind::Text => text.to_owned(),
        Kind::Number => format!("n:{text}"),
        Kind::Date => format!("d:{text}"),
        Kind::Bool => format!("b:{text}"),
        Kind::Error => format!("e:{text}"),
        Kind::Formula => format!("f:{text}"),
        Kind::Picture => format!("p:{text}"),
    }
}

const TWO_ROWS: &[u8] = b"SellerSku,Name,Price\nA,Tee,9.90\nB,Tee,12\n";

#[test]
fn the_ending_of_the_name_is_the_format() {
    for (name, format) in [
        ("a.xlsx", Some(ReportFormat::Xlsx)),
        ("a.b.CSV", Some(ReportFormat::Csv)),
        ("a.jsonl", Some(ReportFormat::Jsonl)),
        ("a.Html", Some(ReportFormat::Html)),
        ("csv", None),
    ] {
        assert_eq!(ReportFormat::of(Path::new(name)), format, "{name}");
    }
    let written = Written::at("report.txt");
    let error = write_report(&written.path, &tables(TWO_ROWS, &[]), &created(2)).unwrap_err();
    assert!(error.to_string().ends_with("report.txt: its name must end in .xlsx, .csv, .jsonl or .html"), "{error}");
}

#[test]
fn a_csv_report_has_a_line_for_each_row_in_the_sheets_order() {
    let sheet = "title\nSellerSku,Name,Price\nA,\"Tee, red\",9.90\n\nB,,\n".as_bytes();
    let mut rejected = verdict(5, "B", "", Verdict::Rejected);
    rejected.images = Images::Pending;
    rejected.rule_or_code = "E0201".to_owned();
    rejected.message = "say \"why\"".to_owned();
    rejected.help = "mend it".to_owned();
    rejected.request = "req-1".to_owned();
    rejected.attempts = 2;
    let rows = verdicts(&[verdict(3, "A", "Tee, red", Verdict::Created), rejected]);
    let written = Written::report("r.csv", &tables(sheet, &[]), &rows);
    let expect = format!(
        "{OWN_HEADER},SellerSku,Name,Price\n\
         ,3,A,\"Tee, red\",created,none,,,,,0,A,\"Tee, red\",9.90\n\
         ,5,B,,rejected,pending,E0201,\"say \"\"why\"\"\",mend it,req-1,2,B,,\n"
    );
    assert_eq!(written.text(), expect);
    written.check_alone(1);
}

#[test]
fn a_csv_report_holds_no_formula() {
    let sheet = "SellerSku,Name,Price,+note\n=1+1,'=x,-12.5,\"@a\nb\"\n".as_bytes();
    let mut row = verdict(2, "=1+1", "-x", Verdict::Invalid);
    row.message = "+66".to_owned();
    let written = Written::report("r.csv", &tables(sheet, &[]), &verdicts(&[row]));
    let line = ",2,'=1+1,'-x,invalid,none,,'+66,,,0,'=1+1,''=x,-12.5,\"'@a\nb\"\n";
    assert_eq!(written.text(), format!("{OWN_HEADER},SellerSku,Name,Price,'+note\n{line}"));
}

#[test]
fn a_blank_header_is_named_by_its_letter_and_our_own_columns_are_left_out() {
    let sheet = b"SellerSku,,Name,Skuload: Verdict,Price,\nA,x,Tee,invalid,9,y,beyond\n";
    let written = Written::report("r.csv", &tables(sheet, &[]), &created(1));
    assert_eq!(
        written.lines(),
        [format!("{OWN_HEADER},SellerSku,B,Name,Price,F"), ",2,A,Tee,created,none,,,,,0,A,x,Tee,9,y".to_owned()]
    );
}

/// Two sheets with different headers, kinds other than text among their cells.
fn workbook() -> Vec<u8> {
    let mut workbook = Workbook::new();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let first = workbook.add_worksheet().set_name("Products").unwrap();
    first.write_row(0, 0, ["Spring", "catalogue"]).unwrap();
    first.write_row(2, 0, ["SellerSku", "Name", "Price", "Image", "Image", "Since", "New"]).unwrap();
    first.write_row(3, 0, ["A", "Tee"]).unwrap();
    first.write_number(3, 2, 388.5).unwrap();
    first.write_row(3, 3, ["a.jpg", "b.jpg"]).unwrap();
    first.write_with_format(3, 5, ExcelDateTime::from_ymd(2025, 10, 13).unwrap(), &date).unwrap();
    first.write_boolean(3, 6, true).unwrap();
    first.write_row(4, 0, ["B", "=2+2"]).unwrap();
    first.write_number(4, 2, 1_234_567_890_123_456_768.0).unwrap();
    let at_noon = ExcelDateTime::from_ymd(2025, 10, 13).unwrap().and_hms(12, 59, 2).unwrap();
    first.write_with_format(4, 5, &at_noon, &date).unwrap();
    let second = workbook.add_worksheet().set_name("More").unwrap();
    second.write_row(0, 0, ["Price", "SellerSku", "Name", "Colour"]).unwrap();
    second.write_number(1, 0, 5).unwrap();
    second.write_row(1, 1, ["C", "Cap", "red"]).unwrap();
    workbook.save_to_buffer().unwrap()
}

fn workbook_verdicts() -> Verdicts {
    verdicts(&[
        on("Products", verdict(4, "A", "Tee", Verdict::NotSent)),
        on("Products", invalid(5, "Tee")),
        on("More", verdict(2, "C", "Cap", Verdict::Created)),
    ])
}

const BOTH: &[&str] = &["Products", "More"];

#[test]
fn several_sheets_share_the_columns_with_the_same_header() {
    let written = Written::report("r.csv", &tables(&workbook(), BOTH), &workbook_verdicts());
    assert_eq!(
        written.lines(),
        [
            format!("{OWN_HEADER},SellerSku,Name,Price,Image,Image,Since,New,Colour"),
            "Products,4,A,Tee,not-sent,none,,,,,0,A,Tee,388.5,a.jpg,b.jpg,2025-10-13,true,".to_owned(),
            "Products,5,,Tee,invalid,none,bad-price,no price,give one,,0,B,'=2+2,1234567890123456800,,,\
             2025-10-13 12:59:02,,"
                .to_owned(),
            "More,2,C,Cap,created,none,,,,,0,C,Cap,5,,,,,red".to_owned(),
        ]
    );
}

#[test]
fn a_workbook_report_keeps_numbers_and_dates_and_long_numbers_as_text() {
    let written = Written::report("r.xlsx", &tables(&workbook(), BOTH), &workbook_verdicts());
    let rows = written.rows("Report");
    assert_eq!(
        rows[0],
        format!("1 {},SellerSku,Name,Price,Image,Image,Since,New,Colour", &OWN_HEADER[3..]).replace(',', "|")
    );
    assert_eq!(
        rows[1..],
        [
            "2 Products|n:4|A|Tee|not-sent|none||||||A|Tee|n:388.5|a.jpg|b.jpg|d:2025-10-13|b:true"
                .replace("||||||", "|||||n:0|"),
            "3 Products|n:5||Tee|invalid|none|bad-price|no price|give one||n:0|B|=2+2|1234567890123456800|||\
             d:2025-10-13 12:59:02"
                .to_owned(),
            "4 More|n:2|C|Cap|created|none|||||n:0|C|Cap|n:5|||||red".to_owned(),
        ]
    );
    assert!(!written.part("xl/worksheets/sheet1.xml").contains("<f>"));
}

#[test]
fn a_workbook_report_has_a_frozen_bold_header_a_filter_and_coloured_verdicts() {
    let written = Written::report("r.xlsx", &tables(TWO_ROWS, &[]), &created(2));
    let sheet = written.part("xl/worksheets/sheet1.xml");
    assert!(sheet.contains(r#"<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>"#), "{sheet}");
    assert!(sheet.contains(r#"<autoFilter ref="A1:N3"/>"#), "{sheet}");
    assert!(sheet.contains(r#"<c r="A1" s="1" t="inlineStr">"#), "{sheet}");
    assert!(sheet.contains(r#"<c r="E2" s="2" t="inlineStr"><is><t>created"#), "{sheet}");
    let styles = written.part("xl/styles.xml");
    assert!(styles.contains("<b/>") && styles.contains("FFC6EFCE"), "{styles}");
}

#[test]
fn a_workbook_report_goes_on_on_a_second_sheet() {
    let sheet = b"SellerSku,Name\nA,1\nB,2\nC,3\nD,4\nE,5\n";
    let (tables, verdicts) = (tables(sheet, &[]), created(5));
    let layout = Layout::of(&tables);
    let written = Written::at("r.xlsx");
    place::in_place(&written.path, |file, folder| {
        write_lines(
            &written.path,
            &tables,
            &verdicts,
            &Beside::default(),
            XlsxLines::new(file, folder, &layout, 2).unwrap(),
        )
    })
    .unwrap();
    let sheets: Vec<String> = written.source().sheets().iter().map(ToString::to_string).collect();
    assert_eq!(sheets, ["Report", "Report 2", "Report 3"]);
    assert_eq!(
        written.rows("Report 2")[1..],
        ["2 |n:4|A|Tee|created|none|||||n:0|C|3", "3 |n:5|A|Tee|created|none|||||n:0|D|4"]
    );
    assert_eq!(written.rows("Report 3").len(), 2);
}

#[test]
fn control_characters_and_texts_that_are_too_long_do_not_break_a_workbook() {
    let long = "ก".repeat(40_000);
    let sheet = format!("SellerSku,Name,Note\nA,a\u{1}b\u{7}\u{fffe}_x0041_,{long}\n");
    let tables = tables(sheet.as_bytes(), &[]);
    let written = Written::report("r.xlsx", &tables, &created(1));
    let row = &written.rows("Report")[1];
    let (_, note) = row.rsplit_once('|').unwrap();
    assert_eq!(note, format!("{}…", "ก".repeat(32_766)));
    assert!(row.contains("|a\u{1}b\u{7}"), "{}", &row[..90]);
    assert!(Written::report("r.csv", &tables, &created(1)).text().contains(&long));
}

#[test]
fn json_lines_hold_the_cells_by_header_and_end_with_the_counts() {
    let written = Written::report("r.jsonl", &tables(&workbook(), BOTH), &workbook_verdicts());
    let lines = written.lines();
    assert_eq!(
        lines[0],
        r#"{"v":1,"kind":"row","sheet":"Products","row":4,"seller_sku":"A","product":"Tee","verdict":"not-sent","images":"none","rule_or_code":"","message":"","help":"","request":"","attempts":0,"cells":{"SellerSku":"A","Name":"Tee","Price":"388.5","Image":"a.jpg","Image (2)":"b.jpg","Since":"2025-10-13","New":"true"}}"#
    );
    assert!(lines[1].contains(r#""cells":{"SellerSku":"B","Name":"=2+2","#), "{}", lines[1]);
    let counts = r#"{"v":1,"kind":"summary","rows":3,"verdicts":{"created":1,"invalid":1,"not-sent":1}}"#;
    assert_eq!(lines[3..], [counts]);
    let text = Written::report("r.jsonl", &tables(TWO_ROWS, &[]), &created(2));
    assert!(text.text().starts_with(r#"{"v":1,"kind":"row","sheet":null,"row":2,"#));
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let tables = tables(&workbook(), BOTH);
    for name in ["r.xlsx", "r.csv", "r.jsonl"] {
        let [first, second] = [(); 2].map(|()| Written::report(name, &tables, &workbook_verdicts()).bytes());
        assert!(first == second, "{name}");
    }
    let [first, second] = [(); 2].map(|()| Written::to_fix("f.xlsx", &tables, &workbook_verdicts()).bytes());
    assert!(first == second);
}

#[track_caller]
fn check_refused(verdicts: &Verdicts, expect: &str) {
    for name in ["r.xlsx", "r.csv", "r.jsonl"] {
        let written = Written::at(name);
        std::fs::write(&written.path, "older").unwrap();
        let error = write_report(&written.path, &tables(TWO_ROWS, &[]), verdicts).unwrap_err();
        assert_eq!(error.to_string(), expect);
        assert_eq!(written.text(), "older");
        written.check_alone(1);
    }
}

#[test]
fn no_report_is_put_in_place_when_its_lines_are_not_the_rows_of_the_sheet() {
    let end = "so that it was not written; this is a bug";
    check_refused(&created(1), &format!("the sheet has 2 rows and the report 1 lines, {end}"));
    check_refused(&created(3), &format!("the sheet has 2 rows and the report 3 lines, {end}"));
    let mut rows = created(2);
    rows.rows.remove(0);
    check_refused(&rows, &format!("the report has a line for row 3 where the sheet has catalogue, row 2, {end}"));
    let rows = verdicts(&[on("Other", invalid(2, "")), invalid(3, "")]);
    check_refused(&rows, &format!("the report has a line for Other!row 2 where the sheet has catalogue, row 2, {end}"));
}

#[test]
fn a_to_fix_file_is_refused_as_well_when_the_verdicts_are_of_other_rows() {
    let written = Written::at("f.csv");
    let error = write_to_fix(&written.path, &tables(TWO_ROWS, &[]), &verdicts(&[invalid(2, "")])).unwrap_err();
    assert!(matches!(error, ReportError::RowCount { expected: 2, found: 1 }), "{error}");
    written.check_alone(0);
}

#[test]
fn an_older_report_is_replaced_and_whoever_could_read_it_can_read_the_new_one() {
    let written = Written::at("r.csv");
    std::fs::write(&written.path, "older").unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&written.path, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    write_report(&written.path, &tables(TWO_ROWS, &[]), &created(2)).unwrap();
    assert_eq!(written.lines().len(), 3);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&written.path).unwrap().permissions().mode() & 0o777, 0o640);
    }
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let written = Written::at("absent");
    for name in ["r.xlsx", "r.csv", "r.jsonl"] {
        let path = written.path.join(name);
        let error = write_report(&path, &tables(TWO_ROWS, &[]), &created(2)).unwrap_err();
        assert!(matches!(&error, ReportError::Write { path: named, .. } if *named == path), "{error}");
        assert_eq!(
            error.to_string(),
            format!("cannot write {}: No such file or directory (os error 2)", path.display())
        );
        assert_eq!(try_path(&path).unwrap_err().to_string(), error.to_string());
    }
}

#[test]
fn a_path_is_tried_without_leaving_anything() {
    let written = Written::at("r.csv");
    try_path(&written.path).unwrap();
    written.check_alone(0);
    std::fs::create_dir(&written.path).unwrap();
    let error = try_path(&written.path).unwrap_err().to_string();
    assert!(error.starts_with("cannot write ") && error.ends_with("r.csv: it is a folder"), "{error}");
    assert!(try_path(Path::new("report.pdf")).is_err());
}

#[test]
fn a_disk_that_fills_while_a_workbook_is_written_is_an_error_and_not_a_panic() {
    let full = || -> std::io::Result<()> { Err(std::io::Error::from_raw_os_error(28)) };
    let path = Path::new("r.xlsx");
    let outcome: Result<(), ReportError> = xlsx::guarded(path, || {
        full().expect("Couldn't write to xml file");
        Ok(())
    });
    assert_eq!(outcome.unwrap_err().to_string(), "cannot write r.xlsx: No space left on device (os error 28)");
}

#[test]
fn a_to_fix_file_holds_the_rows_that_need_the_merchant_and_marks_those_that_go_along() {
    let sheet = "SellerSku,Name,Price\n1,Tee,\n2,Tee,9\n3,Tee,9\n4,Tee,9\n5,Cap,9\n6,Cap,9\n7,Cap,9\n8,,9\n9,,x\n";
    let mut dead = verdict(6, "5", "Cap", Verdict::Created);
    dead.images = Images::Incomplete;
    dead.message = "1 of 2 is dead".to_owned();
    let mut held = verdict(3, "2", "Tee", Verdict::NotSent);
    held.message = "row 2 holds it back".to_owned();
    let mut last = invalid(10, "");
    last.help = "write a number into C10".to_owned();
    let rows = verdicts(&[
        invalid(2, "Tee"),
        held,
        verdict(4, "3", "Tee", Verdict::Exists),
        verdict(5, "4", "Tee", Verdict::Skipped),
        dead,
        verdict(7, "6", "Cap", Verdict::Created),
        verdict(8, "7", "Cap", Verdict::Unknown),
        verdict(9, "8", "", Verdict::NotSent),
        last,
    ]);
    let written = Written::to_fix("f.csv", &tables(sheet.as_bytes(), &[]), &rows);
    let along = "nothing to mend here: it goes with another row of its product";
    let expect = format!(
        "\u{feff}SellerSku,Name,Price,skuload: verdict,skuload: reason,skuload: help\n\
         1,Tee,,invalid,bad-price: no price (row 2 of the sheet that was imported),give one\n\
         2,Tee,9,not-sent,{along}: row 2 holds it back,\n\
         5,Cap,9,\"created, images incomplete\",1 of 2 is dead (row 6 of the sheet that was imported),\n\
         7,Cap,9,unknown,{along},\n\
         9,,x,invalid,bad-price: no price (row 10 of the sheet that was imported),\
         write a number into C10 (row 10 of that sheet is this row)\n"
    );
    assert_eq!(written.text(), expect);
}

#[test]
fn no_to_fix_file_is_written_when_no_row_needs_the_merchant() {
    let written = Written::at("f.xlsx");
    assert!(!write_to_fix(&written.path, &tables(TWO_ROWS, &[]), &created(2)).unwrap());
    written.check_alone(0);
}

#[test]
fn a_to_fix_csv_keeps_delimiter_place_of_the_header_and_cells_beyond_it() {
    let sheet = "Spring\n\nSellerSku;Name;=x\nA;Tee;=1;beyond\nB;Cap\n";
    let rows = verdicts(&[invalid(4, ""), invalid(5, "")]);
    let written = Written::to_fix("f.csv", &tables(sheet.as_bytes(), &[]), &rows);
    let own = |row: u32| format!("invalid;bad-price: no price (row {row} of the sheet that was imported);give one");
    assert_eq!(
        written.lines(),
        [
            "\u{feff}Spring".to_owned(),
            "\"\"".to_owned(),
            "SellerSku;Name;'=x;skuload: verdict;skuload: reason;skuload: help".to_owned(),
            format!("A;Tee;'=1;{};beyond", own(4)),
            format!("B;Cap;;{}", own(5)),
        ]
    );
    let again = tables(&written.bytes(), &[]);
    assert_eq!((again[0].header.row, again[0].source.delimiter()), (3, Some(b';')));
}

#[test]
fn a_to_fix_workbook_keeps_sheets_headers_and_kinds_of_cells() {
    let original = tables(&workbook(), BOTH);
    let written = Written::to_fix("f.xlsx", &original, &workbook_verdicts());
    let own = "skuload: verdict|skuload: reason|skuload: help";
    let along = "nothing to mend here: it goes with another row of its product";
    assert_eq!(
        written.rows("Products"),
        [
            "1 Spring|catalogue".to_owned(),
            "2 ".to_owned(),
            format!("3 SellerSku|Name|Price|Image|Image|Since|New|{own}"),
            format!("4 A|Tee|n:388.5|a.jpg|b.jpg|d:2025-10-13|b:true|not-sent|{along}"),
            "5 B|=2+2|1234567890123456800|||d:2025-10-13 12:59:02||invalid|bad-price: no price (row 5 of the sheet that was imported)|give one".to_owned(),
        ]
    );
    assert_eq!(written.rows("More"), [format!("1 Price|SellerSku|Name|Colour|{own}")]);
    let again = tables(&written.bytes(), BOTH);
    for (again, original) in again.iter().zip(&original) {
        assert_eq!(again.header.row, original.header.row);
        assert!(again.columns.headers().starts_with(original.columns.headers()));
        assert!(again.findings.len() <= original.findings.len(), "{:?}", again.findings);
    }
}

#[test]
fn a_to_fix_file_of_a_to_fix_file_has_our_columns_once() {
    let sheet = b"SellerSku,skuload: reason,Name\nA,old,Tee\n";
    let written = Written::to_fix("f.csv", &tables(sheet, &[]), &verdicts(&[invalid(2, "")]));
    assert_eq!(
        written.lines(),
        [
            "\u{feff}SellerSku,skuload: reason,Name,skuload: verdict,skuload: help",
            "A,bad-price: no price (row 2 of the sheet that was imported),Tee,invalid,give one"
        ]
    );
}

#[test]
fn an_identifier_keeps_the_zeros_that_its_number_format_shows() {
    let mut workbook = Workbook::new();
    let page = workbook.add_worksheet();
    page.write_row(0, 0, ["SellerSku", "Name", "Price"]).unwrap();
    let zeros = rust_xlsxwriter::Format::new().set_num_format("00000");
    page.write_number_with_format(1, 0, 123, &zeros).unwrap();
    page.write(1, 1, "Tee").unwrap();
    page.write_number_with_format(1, 2, 9.5, &zeros).unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    let (tables, verdicts) = (tables(&bytes, &[]), verdicts(&[on("Sheet1", invalid(2, "Tee"))]));
    let written = Written::to_fix("f.xlsx", &tables, &verdicts);
    let mut digits = Vec::new();
    let mut add = |block: crate::sheet::Block| {
        digits.extend(block.rows().map(|row| row.cell(0).digits));
        std::ops::ControlFlow::Continue(())
    };
    written.source().read("Sheet1", &mut add).unwrap();
    assert_eq!(digits, [0, 5]);
    assert!(Written::to_fix("f.csv", &tables, &verdicts).lines()[1].starts_with("00123,Tee,9.5"));
}

#[test]
fn a_to_fix_workbook_says_where_a_text_is_cut() {
    let sheet = format!("SellerSku,Name\nA,{}\n", "x".repeat(32_768));
    let written = Written::to_fix("f.xlsx", &tables(sheet.as_bytes(), &[]), &verdicts(&[invalid(2, "")]));
    assert!(
        written.rows("Sheet1")[1]
            .contains("no price (row 2 of the sheet that was imported); the text that ends in … is cut")
    );
}

#[test]
fn several_sheets_do_not_go_into_one_csv() {
    let written = Written::at("f.csv");
    let error = write_to_fix(&written.path, &tables(&workbook(), BOTH), &workbook_verdicts()).unwrap_err();
    assert!(error.to_string().ends_with("a CSV holds one sheet, not 2; give it a name that ends in .xlsx"), "{error}");
    let error = write_to_fix(Path::new("f.jsonl"), &tables(TWO_ROWS, &[]), &created(2)).unwrap_err();
    assert_eq!(error.to_string(), "cannot write f.jsonl: its name must end in .xlsx or .csv");
}

/// A sheet whose key is merged over three variants, with the products and SKUs that a check counts.
fn merged() -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_row(0, 0, ["SellerSku", "Parent SKU", "Name", "Price"]).unwrap();
    for (row, sku) in (1..).zip(["A", "B", "C"]) {
        sheet.write_row(row, 0, [sku, "", "Tee", "9.90"]).unwrap();
    }
    sheet.merge_range(1, 1, 3, 1, "P", &Format::new()).unwrap();
    workbook.save_to_buffer().unwrap()
}

#[track_caller]
fn products_and_skus(tables: &[Table]) -> (u64, u64) {
    let summary = crate::check::check(tables, &crate::check::Rules::default(), &mut Vec::new()).unwrap();
    (summary.products, summary.skus)
}

#[test]
fn a_to_fix_file_has_the_value_of_merged_cells_in_each_row() {
    let original = tables(&merged(), &[]);
    let held = |row| on("Sheet1", verdict(row, "", "P", Verdict::NotSent));
    let rows = verdicts(&[on("Sheet1", invalid(2, "P")), held(3), held(4)]);
    let written = Written::to_fix("f.xlsx", &original, &rows);
    let told: Vec<String> = written.rows("Sheet1").iter().map(|row| row.chars().take(14).collect()).collect();
    assert_eq!(told[1..], ["2 A|P|Tee|9.90", "3 B|P|Tee|9.90", "4 C|P|Tee|9.90"]);
    let again = tables(&written.bytes(), &[]);
    assert_eq!(products_and_skus(&again), products_and_skus(&original));
    // The report shows what was typed.
    let report = Written::report("r.csv", &original, &rows);
    assert!(report.lines()[3].ends_with(",C,,Tee,9.90"), "{}", report.text());
}

#[test]
fn columns_of_ours_stand_between_the_report_and_the_sheet() {
    let tables = tables(TWO_ROWS, &[]);
    let cells = [["live", ""], ["rejected", "=Blurred"]].map(|cells| cells.map(str::to_owned).to_vec()).to_vec();
    let beside = Beside { columns: vec!["shows", "reason"], cells, ..Beside::default() };
    let written = Written::at("report.csv");
    write_report_beside(&written.path, &tables, &created(2), &beside).unwrap();
    let plain = std::fs::read_to_string(&Written::report("plain.csv", &tables, &created(2)).path).unwrap();
    let text = std::fs::read_to_string(&written.path).unwrap();
    let added = [",shows,reason", ",live,", ",rejected,'=Blurred"];
    assert_eq!(text.lines().count(), plain.lines().count());
    for ((line, plain), added) in text.lines().zip(plain.lines()).zip(added) {
        let own = plain.match_indices(',').nth(10).map_or(plain.len(), |(at, _)| at);
        assert_eq!(line, format!("{}{added}{}", &plain[..own], &plain[own..]));
    }
    let written = Written::at("report.jsonl");
    write_report_beside(&written.path, &tables, &created(2), &beside).unwrap();
    let text = std::fs::read_to_string(&written.path).unwrap();
    assert!(text.contains(r#""attempts":0,"shows":"rejected","reason":"=Blurred","cells":{"#), "{text}");
    let written = Written::at("report.xlsx");
    write_report_beside(&written.path, &tables, &created(2), &beside).unwrap();
    let source = Source::open("report.xlsx", Input::File(written.path), &ReadOptions::default()).unwrap();
    let mut rows: Vec<Vec<String>> = Vec::new();
    source
        .read("Report", &mut |block| {
            rows.extend(block.rows().map(|row| row.cells().map(|cell| cell.text.to_owned()).collect()));
            ControlFlow::Continue(())
        })
        .unwrap();
    let beside: Vec<&[String]> = rows.iter().map(|row| &row[11..13]).collect();
    assert_eq!(beside, [["shows", "reason"], ["live", ""], ["rejected", "=Blurred"]]);
    let wrong = Beside { columns: vec!["shows"], ..Beside::default() };
    let other = Written::at("other.csv");
    assert!(matches!(
        write_report_beside(&other.path, &tables, &created(2), &wrong),
        Err(ReportError::RowCount { expected: 2, found: 0 })
    ));
}

/// The page's JSON: its head, then its rows.
fn page_data(written: &Written) -> Vec<serde_json::Value> {
    let text = written.text();
    let blocks = text.split("<script type=\"application/json\"").skip(1);
    let json = blocks.map(|block| block.split_once('>').unwrap().1.split_once("</script>").unwrap().0);
    json.map(|json| serde_json::from_str(json).unwrap()).collect()
}

#[test]
fn a_page_holds_the_columns_of_the_other_reports_and_each_row_once() {
    let rows = verdicts(&[verdict(2, "A", "Tee", Verdict::Created), invalid(3, "Tee")]);
    let written = Written::report("r.html", &tables(TWO_ROWS, &[]), &rows);
    let data = page_data(&written);
    let columns: Vec<&str> = data[0]["columns"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(columns.join(","), format!("{},SellerSku,Name,Price", OWN_HEADER.trim_start_matches('\u{feff}')));
    let created =
        serde_json::json!(["", 2, "A", "Tee", "created", "none", "", "", "", "", 0, "A", "Tee", "9.90", [], 3]);
    let refused = serde_json::json!([
        "",
        3,
        "",
        "Tee",
        "invalid",
        "none",
        "bad-price",
        "no price",
        "give one",
        "",
        0,
        "B",
        "Tee",
        "12",
        [],
        0
    ]);
    assert_eq!(data[1..], [serde_json::json!([created, refused])]);
    assert!(written.text().contains("<b>2</b> rows in all</button>"));
    assert!(written.text().contains("data-verdict=\"created\" aria-pressed=\"false\""));
    assert!(!written.text().contains("data-verdict=\"updated\""));
    written.check_alone(1);
}

#[test]
fn a_page_is_written_in_blocks() {
    let sheet = format!("SellerSku,Name,Price\n{}", "A,Tee,9\n".repeat(2500));
    let written = Written::report("r.html", &tables(sheet.as_bytes(), &[]), &created(2500));
    let blocks: Vec<usize> = page_data(&written)[1..].iter().map(|block| block.as_array().unwrap().len()).collect();
    assert_eq!(blocks, [1000, 1000, 500]);
    assert!(written.text().contains("<b>2,500</b> created</button>"));
}

#[test]
fn a_page_of_no_rows_says_so() {
    let written = Written::report("r.html", &tables(b"SellerSku,Name,Price\n", &[]), &verdicts(&[]));
    assert!(written.text().contains("<b>0</b> rows in all</button>"));
    assert_eq!(page_data(&written).len(), 1);
}

#[test]
fn a_page_marks_the_columns_at_fault() {
    let told = |row: RowVerdict, message: &str| RowVerdict { message: message.to_owned(), ..row };
    let refused = told(verdict(2, "C", "Cap", Verdict::Rejected), "it was refused; price: too low; colour: none");
    let rows = verdicts(&[
        on(
            "Products",
            RowVerdict { columns: vec![3, 4, 3, 7, 999], ..told(verdict(4, "A", "Tee", Verdict::Invalid), "no price") },
        ),
        // What is said of a cell may be said by anybody: a message marks nothing.
        on("Products", told(verdict(5, "B", "Tee", Verdict::Invalid), "C5: no price")),
        on("More", RowVerdict { fields: vec!["price".to_owned(), "colour".to_owned()], ..refused }),
    ]);
    let written = Written::report("r.html", &tables(&workbook(), BOTH), &rows);
    let data = page_data(&written);
    let name = |place: &serde_json::Value| data[0]["columns"][place.as_u64().unwrap() as usize].as_str().unwrap();
    let marks = |row: &serde_json::Value| {
        row.as_array()
            .unwrap()
            .iter()
            .rev()
            .nth(1)
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .map(name)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let marked: Vec<String> = data[1].as_array().unwrap().iter().map(marks).collect();
    assert_eq!(marked, ["Price Image New", "", "Price"]);
    assert!(written.text().contains("aria-label=\"Price: 2 rows\""));
    assert!(written.text().contains("aria-label=\"Image: 1 row\""));
}

#[test]
fn nothing_of_the_sheet_is_markup_in_a_page() {
    let shot = "<img src=x onerror=alert(1)></script><!--\u{2028}";
    let sheet = format!("SellerSku,{shot},Price\nA,\"{shot}\",1\n");
    let mut row = verdict(2, shot, shot, Verdict::Rejected);
    for text in [&mut row.rule_or_code, &mut row.message, &mut row.help, &mut row.request] {
        shot.clone_into(text);
    }
    row.message = format!("B2: {shot}");
    let about = About { sheet: shot.to_owned(), shop: shot.to_owned(), ..About::default() };
    let written = Written::at("r.html");
    let beside = Beside { columns: vec!["shows"], cells: vec![vec![shot.to_owned()]], about };
    write_report_beside(&written.path, &tables(sheet.as_bytes(), &[]), &verdicts(&[row]), &beside).unwrap();
    assert!(!written.text().contains("<img") && !written.text().contains("<!--"));
    // What a script reads holds no end of a line either.
    let data = written.text().split_once("id=\"head\"").unwrap().1.to_owned();
    assert!(!data.contains('\u{2028}'));
    // Two of its own, and one of JSON for the head and one for the rows.
    assert_eq!(written.text().matches("</script").count(), 3);
    assert_eq!(page_data(&written)[1][0][13], shot);
}

#[test]
fn the_policy_of_a_page_lets_in_its_own_script_and_style_only() {
    let written = Written::report("r.html", &tables(TWO_ROWS, &[]), &created(2));
    let text = written.text();
    let policy = text.split_once("http-equiv=\"Content-Security-Policy\" content=\"").unwrap().1;
    let policy = policy.split_once('"').unwrap().0;
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    assert!(!text.contains(" style=") && !text.contains(" onclick="));
    assert!(!text.contains("http://") && !text.contains("https://"));
}
