//! Workbooks written by hand, part by part, as programs other than Excel write them, and as nobody should.

use std::io::{Cursor, Write};
use std::ops::ControlFlow;
use std::sync::Arc;

use proptest::prelude::*;
use zip::write::SimpleFileOptions;

use super::super::archive::archive_of;
use super::super::source::test::dump_source;
use super::super::{Area, Input, Kind, Layout, Limits, ReadOptions, SheetError, Source};

const TRANSITIONAL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const STRICT: &str = "http://purl.oclc.org/ooxml/officeDocument/relationships";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// The parts of a workbook with one sheet, `Products`.
fn parts(sheet: &str) -> Vec<(String, String)> {
    let relations = |list: &[(&str, &str, &str)]| {
        let one = |(id, kind, target): &(&str, &str, &str)| {
            format!("<Relationship Id=\"{id}\" Type=\"{TRANSITIONAL}/{kind}\" Target=\"{target}\"/>")
        };
        format!("<Relationships>{}</Relationships>", list.iter().map(one).collect::<String>())
    };
    let styles = "<styleSheet><numFmts count=\"2\"><numFmt numFmtId=\"164\" formatCode=\"[$-107041E]d/m/yyyy\"/>\
                  <numFmt numFmtId=\"165\" formatCode=\"0000000000000\"/></numFmts><cellXfs><xf numFmtId=\"0\"/>\
                  <xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/><xf numFmtId=\"46\"/></cellXfs>\
                  </styleSheet>";
    let strings = "<sst count=\"1\" uniqueCount=\"4000000000\"><si><t>shared</t></si><si><r><t>ri</t></r><r><t>ch</t></r>\
                   <rPh sb=\"0\" eb=\"1\"><t>x</t></rPh></si><si><t>=DISPIMG(\"ID\",1)</t></si></sst>";
    [
        ("_rels/.rels", relations(&[("r1", "officeDocument", "xl/workbook.xml")])),
        (
            "xl/_rels/workbook.xml.rels",
            relations(&[
                ("r1", "worksheet", "worksheets/sheet1.xml"),
                ("r2", "styles", "styles.xml"),
                ("r3", "sharedStrings", "sharedStrings.xml"),
            ]),
        ),
        (
            "xl/workbook.xml",
            "<workbook><sheets><sheet name=\"Products\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>".to_owned(),
        ),
        ("xl/styles.xml", styles.to_owned()),
        ("xl/sharedStrings.xml", strings.to_owned()),
        ("xl/worksheets/sheet1.xml", sheet.to_owned()),
    ]
    .map(|(name, content)| (name.to_owned(), content))
    .into()
}

fn zipped(parts: &[(String, String)]) -> Vec<u8> {
    let parts: Vec<(&str, &str)> = parts.iter().map(|(name, content)| (name.as_str(), content.as_str())).collect();
    archive_of(&parts)
}

fn with(mut parts: Vec<(String, String)>, name: &str, content: &str) -> Vec<(String, String)> {
    parts.retain(|(known, _)| known != name);
    parts.push((name.to_owned(), content.to_owned()));
    parts
}

fn open_with(bytes: &[u8], limits: Limits) -> Result<Source, SheetError> {
    let options = ReadOptions { limits, ..ReadOptions::default() };
    Source::open("shop.xlsx", Input::Bytes(Arc::from(bytes)), &options)
}

fn shown(bytes: &[u8], limits: Limits) -> String {
    match open_with(bytes, limits) {
        Ok(source) => dump_source(&source, "Products"),
        Err(error) => error.to_string(),
    }
}

fn sheet(rows: &str) -> Vec<u8> {
    zipped(&parts(&format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>")))
}

#[track_caller]
fn check(rows: &str, expect: &str) {
    assert_eq!(shown(&sheet(rows), Limits::default()), expect);
}

#[track_caller]
fn check_parts(parts: &[(String, String)], expect: &str) {
    assert_eq!(shown(&zipped(parts), Limits::default()), expect);
}

#[track_caller]
fn check_refused(bytes: &[u8], limits: Limits, expect: &str) {
    let found = shown(bytes, limits);
    assert!(found.starts_with("cannot read shop.xlsx: ") && found.contains(expect), "{found}");
}

/// A row's number, whether it is hidden, where its cells lead.
type RowBeside = (u32, bool, Vec<Option<String>>);

/// What the sheet says beside its cells, and its rows.
fn layout(parts: &[(String, String)]) -> (Layout, Vec<RowBeside>) {
    let source = open_with(&zipped(parts), Limits::default()).unwrap();
    let mut rows = Vec::new();
    let layout = source.read("Products", &mut |block| {
        for row in block.rows() {
            let links = (0..row.width()).map(|at| row.link(at).map(str::to_owned)).collect();
            rows.push((row.number(), row.is_hidden(), links));
        }
        ControlFlow::Continue(())
    });
    (layout.unwrap(), rows)
}

const PLAIN: &str = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>";

#[test]
fn cells_of_every_type() {
    check(
        "<row r=\"2\"><c r=\"B2\" t=\"s\"><v>1</v></c><c r=\"D2\"><v>12.50</v></c><c r=\"E2\" t=\"n\"><v> 7 </v></c>\
         <c r=\"F2\" t=\"b\"><v>1</v></c><c r=\"G2\" t=\"e\"><v>#N/A</v></c><c r=\"H2\" t=\"str\"><v> a_x000D_</v></c></row>\
         <row r=\"4\"><c r=\"A4\" t=\"inlineStr\"><is><r><t>in</t></r><r><t>line</t></r><rPh><t>x</t></rPh></is></c>\
         <c r=\"B4\" t=\"d\"><v>2026-01-02T03:04:05</v></c><c r=\"C4\"><v>abc</v></c><c r=\"D4\"/><c r=\"E4\"><v/></c></row>",
        "2 |rich||n:12.5|n:7|b:true|e:#N/A| a\r\n3 \n4 inline|d:2026-01-02 03:04:05|abc",
    );
    check(
        "<row><c t=\"inlineStr\"><v>v</v></c><c><v>7</v><is><t>own</t></is></c><c t=\"s\"><v>0</v><is/></c>\
         <c t=\"inlineStr\"><is><t/></is></c><c t=\"inlineStr\"><v>v</v><is/></c></row>",
        "1 v|own|shared||v",
    );
    check("<row><c><v>NaN</v></c><c><v>-INF</v></c><c><v>1e400</v></c></row>", "1 e:#NUM!|e:#NUM!|e:#NUM!");
}

#[test]
fn places_that_are_left_out_are_the_next_ones() {
    check(
        "<row><c><v>1</v></c><c r=\"D1\"><v>2</v></c><c><v>3</v></c></row><row><c><v>4</v></c></row>",
        "1 n:1|||n:2|n:3\n2 n:4",
    );
    check("<row r=\"3\"><c><v>1</v></c></row><row><c><v>2</v></c></row>", "3 n:1\n4 n:2");
    check("<row><c r=\"A5\"><v>1</v></c></row><row><c><v>2</v></c></row>", "5 n:1\n6 n:2");
}

#[test]
fn digits_stay_as_they_are() {
    check(
        "<row><c><v>4901234567894</v></c><c><v>4.901234567894E+12</v></c><c><v>388.49999999999994</v></c>\
         <c><v>12345678901234567890</v></c><c><v>-0</v></c></row>",
        "1 n:4901234567894|n:4901234567894|n:388.5|n:12345678901234567890|n:0",
    );
}

#[test]
fn styles_make_dates_and_digits() {
    check(
        "<row><c s=\"1\"><v>45943</v></c><c s=\"2\"><v>45943.5</v></c><c s=\"1\"><v>0.5</v></c><c s=\"4\"><v>1.5</v></c>\
         <c s=\"99\"><v>45943</v></c><c s=\"1\" t=\"s\"><v>0</v></c></row>",
        "1 d:2025-10-13|d:2025-10-13 12:00:00|n:0.5|n:1.5|n:45943|shared",
    );
    let source =
        open_with(&sheet("<row><c s=\"3\"><v>12</v></c><c s=\"3\" t=\"s\"><v>0</v></c></row>"), Limits::default());
    let mut digits = Vec::new();
    let each = &mut |block: super::super::Block| {
        digits.extend(block.rows().flat_map(|row| row.cells().map(|cell| cell.digits).collect::<Vec<_>>()));
        ControlFlow::Continue(())
    };
    source.unwrap().read("Products", each).unwrap();
    assert_eq!(digits, [13, 0]);
}

#[test]
fn days_count_from_1904_where_the_workbook_says_so() {
    let rows = "<worksheet><sheetData><row><c s=\"1\"><v>44481</v></c></row></sheetData></worksheet>";
    let sheets = "<sheets><sheet name=\"Products\" sheetId=\"1\" r:id=\"r1\"/></sheets>";
    let book = format!("<workbook><workbookPr date1904=\"1\"/>{sheets}</workbook>");
    let parts = with(parts(rows), "xl/workbook.xml", &book);
    check_parts(&parts, "1 d:2025-10-13");
    assert!(open_with(&zipped(&parts), Limits::default()).unwrap().counts_from_1904());
    assert!(!open_with(&sheet(""), Limits::default()).unwrap().counts_from_1904());
}

#[test]
fn formulas_have_their_results_or_stand_for_themselves() {
    let rows = "<row><c><f>1+1</f><v>2</v></c><c><f>A1*2</f></c><c><f t=\"shared\" si=\"0\"/><v></v></c>\
                <c t=\"str\"><f>\"\"</f><v></v></c><c t=\"str\"><f>A1&amp;\"x\"</f><v>2x</v></c><c t=\"e\"><f>NA()</f>\
                <v>#N/A</v></c></row>";
    check(rows, "1 n:2|f:=A1*2|f:=||2x|e:#N/A");
    let (layout, _) = layout(&parts(&format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")));
    assert_eq!(layout, Layout { formulas: 3, ..Layout::default() });
}

#[test]
fn pictures_in_cells_are_no_text() {
    check(
        "<row><c t=\"e\" vm=\"1\"><v>#VALUE!</v></c><c t=\"e\" vm=\"1\"><f>_xlfn.IMAGE(\"https://a.co/1.jpg\")</f>\
         <v>#VALUE!</v></c><c t=\"str\"><f>_xlfn.DISPIMG(\"ID\",1)</f><v>=DISPIMG(\"ID\",1)</v></c><c t=\"s\"><v>2</v></c>\
         <c t=\"str\"><v>=DISPIMG(\"ID\",1)</v></c><c><f>IMAGE(A1)</f></c></row>",
        "1 p:#VALUE!|p:=_xlfn.IMAGE(\"https://a.co/1.jpg\")|p:=_xlfn.DISPIMG(\"ID\",1)|p:=DISPIMG(\"ID\",1)\
         |p:=DISPIMG(\"ID\",1)|p:=IMAGE(A1)",
    );
}

#[test]
fn what_stands_beside_the_cells_is_told() {
    let rows = "<worksheet><cols><col min=\"2\" max=\"3\" hidden=\"1\"/><col min=\"5\" max=\"16384\" hidden=\"true\"/></cols>\
                <sheetData><row r=\"1\"><c t=\"str\"><f>HYPERLINK(\"https://a.co/1.jpg\",\"one\")</f><v>one</v></c>\
                <c><v>1</v></c></row><row r=\"2\" hidden=\"1\"><c><v>2</v></c><c><f>HYPERLINK(\"https://a.co\")</f></c></row>\
                <row r=\"3\" hidden=\"0\"><c><v>3</v></c></row></sheetData>\
                <mergeCells><mergeCell ref=\"A2:B4\"/></mergeCells><hyperlinks><hyperlink ref=\"A3:B3\" r:id=\"r1\"/>\
                <hyperlink ref=\"C3\" r:id=\"r1\" location=\"top\"/><hyperlink ref=\"D3\" location=\"A1\"/>\
                <hyperlink ref=\"E3\" r:id=\"r2\"/></hyperlinks><drawing r:id=\"r3\"/></worksheet>";
    let relations = format!(
        "<Relationships><Relationship Id=\"r1\" Type=\"{TRANSITIONAL}/hyperlink\" Target=\"https://a.co/?a=1&amp;b\" \
         TargetMode=\"External\"/><Relationship Id=\"r2\" Type=\"{TRANSITIONAL}/hyperlink\" Target=\"x.xml\"/>\
         <Relationship Id=\"r3\" Type=\"{TRANSITIONAL}/drawing\" Target=\"../drawings/drawing1.xml\"/></Relationships>"
    );
    let parts = with(parts(rows), "xl/worksheets/_rels/sheet1.xml.rels", &relations);
    let drawing = "<xdr:wsDr><xdr:oneCellAnchor><xdr:from><xdr:col>1</xdr:col><xdr:row>2</xdr:row></xdr:from><xdr:pic/>\
                   </xdr:oneCellAnchor></xdr:wsDr>";
    let (found, rows) = layout(&with(parts, "xl/drawings/drawing1.xml", drawing));
    let target = "https://a.co/?a=1&b";
    assert_eq!(found.merged, [Area { first_row: 2, last_row: 4, first_column: 1, last_column: 2 }]);
    let links: Vec<((u32, u32), &str)> = found.links.iter().map(|(place, to)| (*place, &**to)).collect();
    assert_eq!(links, [((3, 1), target), ((3, 2), target), ((3, 3), "https://a.co/?a=1&b#top")]);
    assert_eq!(found.pictures, [(3, 2)]);
    assert_eq!((&found.hidden_columns[..3], found.hidden_columns.len()), (&[2, 3, 5][..], 998));
    assert_eq!(found.formulas, 1);
    let link = |text: &str| Some(text.to_owned());
    assert_eq!(rows[0], (1, false, vec![link("https://a.co/1.jpg"), None]));
    assert_eq!(rows[1], (2, true, vec![None, link("https://a.co")]));
    assert_eq!(rows[2], (3, false, vec![None]));
}

#[test]
fn a_reader_that_has_enough_learns_nothing_of_the_layout() {
    let rows = "<worksheet><sheetData><row><c><f>1</f><v>1</v></c></row><row r=\"9999\"><c><v>1</v></c></row></sheetData>\
                <mergeCells><mergeCell ref=\"A1:B2\"/></mergeCells></worksheet>";
    let source = open_with(&zipped(&parts(rows)), Limits::default()).unwrap();
    assert_eq!(source.read("Products", &mut |_| ControlFlow::Break(())).unwrap(), Layout::default());
    assert_eq!(source.read("Products", &mut |_| ControlFlow::Continue(())).unwrap().merged.len(), 1);
}

#[test]
fn parts_lie_where_they_are_related() {
    let rows = format!("<worksheet><sheetData>{PLAIN}</sheetData></worksheet>");
    let moved = parts(&rows).into_iter().map(|(name, content)| {
        let content = content.replace("Target=\"worksheets/sheet1.xml\"", "Target=\"\\XL\\Worksheets\\A b.xml\"");
        (name.replace("worksheets/sheet1.xml", "WORKSHEETS\\a B.XML"), content)
    });
    check_parts(&moved.collect::<Vec<_>>(), "1 shared");
    let elsewhere = parts(&rows).into_iter().map(|(name, content)| {
        let content = content
            .replace("Target=\"xl/", "Target=\"/book/")
            .replace("Target=\"sharedStrings", "Target=\"/book/sharedStrings");
        (name.replace("xl/", "book/"), content)
    });
    check_parts(&elsewhere.collect::<Vec<_>>(), "1 shared");
    let strict = parts(&rows).into_iter().map(|(name, content)| (name, content.replace(TRANSITIONAL, STRICT)));
    check_parts(&strict.collect::<Vec<_>>(), "1 shared");
    let prefixed = parts(&rows).into_iter().map(|(name, content)| {
        let content = content.replace('<', "<x:").replace("<x:/", "</x:");
        (name, content)
    });
    check_parts(&prefixed.collect::<Vec<_>>(), "1 shared");
}

#[test]
fn what_is_missing_is_done_without_or_named() {
    let rows = format!("<worksheet><sheetData>{PLAIN}</sheetData></worksheet>");
    let without =
        |name: &str| -> Vec<(String, String)> { parts(&rows).into_iter().filter(|(known, _)| known != name).collect() };
    check_parts(&without("_rels/.rels"), "1 shared");
    check_parts(&without("xl/_rels/workbook.xml.rels"), "1 shared");
    check_parts(&without("xl/styles.xml"), "1 shared");
    let refused = |name: &str, expect: &str| check_refused(&zipped(&without(name)), Limits::default(), expect);
    refused("xl/sharedStrings.xml", "is damaged (the texts that its cells share are missing; A1 is one of them)");
    refused("xl/worksheets/sheet1.xml", "is damaged (the part of its sheet `Products` is missing)");
    refused("xl/workbook.xml", "is damaged (the list of its sheets is missing)");
}

#[test]
fn what_contradicts_itself_is_damage() {
    let refused = |rows: &str, expect: &str| check_refused(&sheet(rows), Limits::default(), expect);
    refused("<row r=\"1\"><c r=\"A2\"><v>1</v></c></row>", "a cell of row 2 stands in row 1");
    refused("<row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"A1\"><v>1</v></c></row>", "cell A1 comes twice");
    refused("<row r=\"2\"><c><v>1</v></c></row><row r=\"1\"><c><v>1</v></c></row>", "row 1 comes too late");
    refused("<row r=\"1\"><c><v>1</v></c></row></sheetData><sheetData>", "its rows stand in two places");
    refused("<row r=\"1\"><c t=\"s\"><v>3</v></c></row>", "the value `3` of cell A1 is the number of no shared text");
    refused("<row r=\"1\"><c t=\"s\"><v>x</v></c></row>", "is the number of no shared text");
    refused("<row r=\"1\"><c t=\"n\"><v>x</v></c></row>", "the value `x` of cell A1 is no number");
    refused("<row r=\"1\"><c t=\"b\"><v>2</v></c></row>", "is no truth value");
    refused("<row r=\"0\"><c><v>1</v></c></row>", "a row has no number");
    refused("<row r=\"1\"><c r=\"1A\"><v>1</v></c></row>", "a cell has no name");
    refused("<row r=\"1\"><c t=\"zz\"><v>1</v></c></row>", "a cell's type is unknown");
    refused("<row r=\"1\"><c><v>1</v></row>", "an element ends that did not begin");
    refused("<row r=\"1\"><c t=\"str\"><v>&lol;</v></c></row>", "it uses the entity `&lol;`");
    let bomb = "<!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><worksheet>&b;</worksheet>";
    check_refused(&zipped(&parts(bomb)), Limits::default(), "it declares a document type");
    let deep = format!("<worksheet>{}{}</worksheet>", "<a>".repeat(100), "</a>".repeat(100));
    check_refused(&zipped(&parts(&deep)), Limits::default(), "nested more than 64 deep");
}

#[test]
fn limits_are_named_where_they_are_passed() {
    let refused = |rows: &str, limits: Limits, expect: &str| check_refused(&sheet(rows), limits, expect);
    let all = Limits::default();
    refused(
        "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>",
        all,
        "cell XFD1048576 has a value; a sheet may use",
    );
    refused("<row r=\"1048577\"><c><v>1</v></c></row>", all, "row 1048577 is behind row 1048576");
    refused("<row><c><v>1</v></c><c/><c/></row>", Limits { cells: 2, ..all }, "raise it with --limit cells=VALUE");
    let long = format!("<row><c t=\"str\"><v>{}</v></c></row>", "x".repeat(300_000));
    refused(
        &long,
        Limits { cell_text: 200_000, ..all },
        "cell A1 holds a longer text than a cell may; the limit `cell-text`",
    );
    refused(&long, Limits { cell_text: 1_000, ..all }, "raise it with --limit cell-text=VALUE");
    let runs = format!("<row><c t=\"inlineStr\"><is>{}</is></c></row>", "<r><t>xxxxxxxxxx</t></r>".repeat(40_000));
    refused(&runs, Limits { cell_text: 1_000, ..all }, "raise it with --limit cell-text=VALUE");
    refused(PLAIN, Limits { entries: 3, ..all }, "its archive has 6 parts; the limit `entries` is 3");
    refused(PLAIN, Limits { shared_strings: 12, ..all }, "raise it with --limit shared-strings=VALUE");
    refused(PLAIN, Limits { inflated: 50, ..all }, "raise it with --limit inflated=VALUE");
    refused(PLAIN, Limits { inflated: 5, ..all }, "raise it with --limit inflated=VALUE");
    let wide = "<c/>".repeat(1_000_000);
    check(&format!("<row r=\"1\"><c><v>1</v></c>{wide}</row>"), "1 n:1");
    refused(
        &format!("<row r=\"1\">{wide}<c><v>1</v></c></row>"),
        all,
        "cell BDWGO1 has a value; a sheet may use 1000 columns",
    );
}

fn packed(sheet: &mut dyn FnMut(&mut dyn Write)) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts("").iter().filter(|(name, _)| !name.contains("sheet1")) {
        writer.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default()).unwrap();
    sheet(&mut writer);
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_bomb_ends_at_the_ratio_or_at_the_cell() {
    let spaces = vec![b' '; 1 << 20];
    let bomb = packed(&mut |writer| {
        writer.write_all(b"<worksheet><sheetData><row><c t=\"str\"><v>").unwrap();
        (0..8).for_each(|_| writer.write_all(&spaces).unwrap());
    });
    check_refused(&bomb, Limits::default(), "raise it with --limit cell-text=VALUE");
    let bomb = packed(&mut |writer| {
        writer.write_all(b"<worksheet><sheetData>").unwrap();
        (0..20).for_each(|_| writer.write_all(&[&spaces[..], b"<row/>"].concat()).unwrap());
    });
    check_refused(
        &bomb,
        Limits::default(),
        "its part `xl/worksheets/sheet1.xml` is more than 200 times as large as its",
    );
}

#[test]
fn a_text_that_is_shared_by_too_many_cells_is_refused() {
    let cells = "<c t=\"s\"><v>0</v></c>".repeat(20);
    let rows: String = (1..=20).map(|row| format!("<row r=\"{row}\">{cells}</row>")).collect();
    let strings = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(1_000_000));
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
    for (name, content) in with(parts(&sheet), "xl/sharedStrings.xml", &strings) {
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    let expect =
        "the cells up to row 14 hold more than 200 times as much text as the file has bytes; the limit `ratio`";
    check_refused(&bytes, Limits::default(), expect);
}

#[test]
fn an_archive_that_lies_is_damaged() {
    let twice = with(parts(""), "XL/Workbook.xml", "<workbook/>");
    check_refused(&zipped(&twice), Limits::default(), "it has two parts `xl/workbook.xml`");
    let mut lying = sheet(PLAIN);
    let directory = lying.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").unwrap();
    lying[directory + 42..directory + 46].fill(0);
    check_refused(&lying, Limits::default(), "is damaged (");
    let mut changed = sheet(&format!("{PLAIN}<row r=\"2\"><c><v>1234</v></c></row>"));
    let digits = changed.windows(4).position(|bytes| bytes == b"1234").unwrap();
    changed[digits] = b'9';
    check_refused(
        &changed,
        Limits::default(),
        "its part `xl/worksheets/sheet1.xml` cannot be unpacked: Invalid checksum",
    );
    let mut encrypted = sheet(PLAIN);
    let directory = encrypted.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    encrypted[directory + 8] |= 1;
    check_refused(&encrypted, Limits::default(), "is encrypted as a zip archive");
    let mut promising = sheet(PLAIN);
    let end = promising.len() - 22;
    promising[end + 10..end + 12].copy_from_slice(&50_000_u16.to_le_bytes());
    check_refused(&promising, Limits::default(), "is damaged (");
}

#[test]
fn a_kind_is_told_for_each_cell() {
    let source = open_with(&sheet("<row><c><f>A1</f></c></row>"), Limits::default()).unwrap();
    let mut kinds = Vec::new();
    let each = &mut |block: super::super::Block| {
        kinds.extend(block.rows().map(|row| row.cell(0).kind));
        ControlFlow::Continue(())
    };
    source.read("Products", each).unwrap();
    assert_eq!(kinds, [Kind::Formula]);
}

/// A row as some program may write it, number `number` as a rule.
fn any_row() -> impl Strategy<Value = fn(u32) -> String> {
    let rows: Vec<fn(u32) -> String> = vec![
        |row| format!("<row r=\"{row}\"><c r=\"A{row}\" t=\"inlineStr\"><is><t>tee {row}</t></is></c></row>"),
        |row| format!("<row r=\"{row}\" spans=\"1:2\" hidden=\"1\"><c r=\"B{row}\"><v>{row}.5</v></c></row>"),
        |row| format!("<row r=\"{row}\"><c r=\"A{row}\" t=\"s\"><v>1</v></c><c><v>7</v></c></row>\n "),
        |row| format!("<row r=\"{row}\"><c r=\"A{row}\"><f>1+1</f><v>2</v></c><c r=\"C{row}\"><f>A1</f></c></row>"),
        |row| format!("<row r=\"{row}\"/>"),
        |row| format!("<row r=\"{row}\"></row>"),
        |row| {
            format!(
                "<row r=\"{row}\" ht=\"15\"><c r=\"A{row}\" s=\"1\"><v>45943.5</v></c><c r=\"B{row}\" t=\"e\"><v>#N/A</v>\
                 </c><c r=\"C{row}\" s=\"3\"/><c r=\"E{row}\" s=\"3\"><v>7</v></c><c r=\"D{row}\"></c></row>"
            )
        },
        |row| {
            format!(
                "<row r=\"{row}\"><c r=\"A{row}\" t=\"inlineStr\"><is><t xml:space=\"preserve\"> _x0041_ &lt;&#10;</t></is></c>\
                 <c r=\"B{row}\" t=\"inlineStr\"><is><t> a\r\n b </t></is></c><c t=\"str\"><v>ก &gt; _x0042_</v></c></row>"
            )
        },
        |row| format!("<row r=\"{row}\">\n<c r=\"A{row}\"><v> 1 </v></c> <c t=\"str\"><v></v></c></row>"),
        |row| format!("<row r='{row}'><c t=\"str\"><v>a &amp; b</v></c></row>"),
        |row| format!("<row\nr=\"{row}\"><c><v>1</v></c></row>"),
        |_| "<row><c t=\"str\"><v>no number</v></c></row>".to_owned(),
        |row| format!("<row r=\"{}\"><c t=\"str\"><v>too late</v></c></row>", row.saturating_sub(1)),
        |row| format!("<!-- <row r=\"9\"></row> --><row r=\"{row}\"><c t=\"b\"><v>1</v></c></row>"),
        |row| format!("<row r=\"{row}\"><c t=\"str\"><v><![CDATA[<row r=\"1\"></row>]]></v></c></row>"),
        |row| format!("<row r=\"{row}\"><c r=\"A{row}\"><v>1</v></c><c r=\"A{row}\"><v>1</v></c></row>"),
        |row| format!("<row r=\"{row}\"><c r=\"A1\"><v>1</v></c></row>"),
        |row| format!("<row r=\"{row}\"><c t=\"s\"><v>99</v></c></row>"),
        |row| format!("</sheetData><sheetData><row r=\"{row}\"><c><v>3</v></c></row>"),
        |row| format!("</sheetData><sheetData><row r=\"{}\"><c><v>3</v></c></row>", row.saturating_sub(1)),
        |_| "</sheetData><sheetData><row><c><v>4</v></c></row>".to_owned(),
    ];
    // What every program writes comes as often as all the rest.
    let usual = proptest::sample::select(rows[..9].to_vec());
    prop_oneof![8 => usual, 1 => proptest::sample::select(rows)]
}

proptest! {
    #[test]
    fn rows_are_the_same_in_chunks_and_one_by_one(
        rows in proptest::collection::vec((any_row(), 1_u32..4), 0..24),
        behind in proptest::sample::select(vec!["", "<mergeCells><mergeCell ref=\"A1:B2\"/></mergeCells>", "<"]),
    ) {
        let mut number = 0;
        let mut sheet = "<worksheet><sheetData>".to_owned();
        for (row, step) in rows {
            number += step;
            sheet.push_str(&row(number));
        }
        sheet.push_str(&format!("</sheetData>{behind}</worksheet>"));
        // Both ways are compared there.
        shown(&zipped(&parts(&sheet)), Limits::default());
    }
}
