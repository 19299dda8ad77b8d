//! Small workbooks written by hand, patched.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use calamine::Reader;
use proptest::prelude::*;

use super::*;
use crate::finding::Severity;
use crate::location::column_letters;
use crate::sheet::ReadOptions;

const TYPES: &str = "<Types><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>";
const ROOT: &str = "<Relationships><Relationship Id=\"r\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
const BOOK: &str = "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>";
const RELATIONS: &str = "<Relationships><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>";
const SHEET: &str = "xl/worksheets/sheet1.xml";

/// A workbook of one sheet `A`, without styles.
fn workbook(sheet: &str) -> Vec<u8> {
    let sheet = sheet.replacen(
        "<worksheet>",
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">",
        1,
    );
    archive_of(&[
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", ROOT),
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        (SHEET, &sheet),
    ])
}

fn patched(bytes: &[u8], edits: &Edits, digest: Option<&Digest>) -> Vec<u8> {
    let (_, out) = copy::copy(Cursor::new(bytes), edits, digest, Cursor::new(Vec::new())).unwrap();
    out.into_inner()
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

fn remark(severity: Severity) -> Remark {
    Remark { severity, code: "bad".into(), message: "is bad".into(), help: "mend it".into() }
}

/// The content of a sheet with these cells coloured red, styles as they are numbered.
#[track_caller]
fn check(sheet: &str, cells: &[Place], expect: &str) {
    let mut edits = Edits::default();
    for at in cells {
        edits.colour("A", *at, Severity::Error);
    }
    let bytes = patched(&workbook(&format!("<worksheet>{sheet}</worksheet>")), &edits, None);
    let text = part(&bytes, SHEET);
    let (_, content) = text.split_once("/main\">").unwrap();
    assert_eq!(content.strip_suffix("</worksheet>").unwrap(), expect);
}

#[test]
fn cells_and_rows_that_are_not_there_are_put_where_they_belong() {
    let sheet = "<sheetData><row r=\"2\" spans=\"2:3\"><c r=\"B2\"><v>1</v></c><c r=\"D2\" s=\"0\"/></row>\n<row r=\"5\"/></sheetData>";
    check(
        sheet,
        &[(1, 1), (2, 1), (2, 3), (2, 4), (2, 6), (4, 2), (5, 2), (9, 1)],
        "<sheetData><row r=\"1\"><c r=\"A1\" s=\"1\"/></row><row r=\"2\"><c r=\"A2\" s=\"1\"/><c r=\"B2\"><v>1</v></c>\
         <c r=\"C2\" s=\"1\"/><c r=\"D2\" s=\"1\"/><c r=\"F2\" s=\"1\"/></row>\n<row r=\"4\"><c r=\"B4\" s=\"1\"/></row>\
         <row r=\"5\"><c r=\"B5\" s=\"1\"/></row><row r=\"9\"><c r=\"A9\" s=\"1\"/></row></sheetData>",
    );
    check("<sheetData />", &[(3, 2)], "<sheetData><row r=\"3\"><c r=\"B3\" s=\"1\"/></row></sheetData>");
    check("<sheetData></sheetData>", &[(1, 1)], "<sheetData><row r=\"1\"><c r=\"A1\" s=\"1\"/></row></sheetData>");
}

#[test]
fn rows_and_cells_without_numbers_are_the_next_ones() {
    check(
        "<sheetData><row><c><v>1</v></c><c><v>2</v></c></row><row><!-- x --><c r=\"B3\"/></row><row></row></sheetData>",
        &[(1, 2), (3, 1), (4, 1)],
        "<sheetData><row><c><v>1</v></c><c s=\"1\"><v>2</v></c></row><row><c r=\"A3\" s=\"1\"/><!-- x --><c r=\"B3\"/>\
         </row><row><c r=\"A4\" s=\"1\"/></row></sheetData>"
            .replace("<row><c r=\"A3\" s=\"1\"/><!-- x -->", "<row><!-- x --><c r=\"A3\" s=\"1\"/>")
            .as_str(),
    );
}

#[test]
fn new_cells_look_as_their_row_or_column_does() {
    check(
        "<cols><col min=\"2\" max=\"3\" style=\"0\"/></cols><sheetData><row r=\"1\" s=\"0\" customFormat=\"1\"/></sheetData>",
        &[(1, 2), (2, 2)],
        "<cols><col min=\"2\" max=\"3\" style=\"0\"/></cols><sheetData><row r=\"1\" s=\"0\" customFormat=\"1\">\
         <c r=\"B1\" s=\"1\"/></row><row r=\"2\"><c r=\"B2\" s=\"1\"/></row></sheetData>",
    );
}

#[test]
fn the_dimension_grows_and_places_outside_a_sheet_are_left_out() {
    check(
        "<dimension ref=\"B2:C3\"/><sheetData/>",
        &[(5, 1), (0, 1), (1, 0), (1_048_577, 1), (1, 16_385)],
        "<dimension ref=\"A2:C5\"/><sheetData><row r=\"5\"><c r=\"A5\" s=\"1\"/></row></sheetData>",
    );
}

#[test]
fn marks_of_merged_cells_stand_at_the_cell_that_shows() {
    check(
        "<sheetData><row r=\"1\"><c r=\"A1\"/></row></sheetData><mergeCells><mergeCell ref=\"A1:B4\"/></mergeCells>",
        &[(2, 1), (4, 2), (5, 1)],
        "<sheetData><row r=\"1\"><c s=\"1\" r=\"A1\"/></row><row r=\"5\"><c r=\"A5\" s=\"1\"/></row></sheetData>\
         <mergeCells><mergeCell ref=\"A1:B4\"/></mergeCells>",
    );
}

#[test]
fn cells_of_a_row_may_come_in_any_order_and_what_stands_behind_them_stays_behind_them() {
    check(
        "<sheetData><row r=\"2\"><c r=\"E2\"/><c r=\"D2\"><v>1</v></c><extLst><ext/></extLst></row></sheetData>",
        &[(2, 1), (2, 4), (2, 9)],
        "<sheetData><row r=\"2\"><c r=\"E2\"/><c s=\"1\" r=\"D2\"><v>1</v></c><c r=\"A2\" s=\"1\"/><c r=\"I2\" s=\"1\"/>\
         <extLst><ext/></extLst></row></sheetData>",
    );
    check(
        "<sheetData><row><extLst/></row><row><c r=\"C5\"/><extLst></extLst></row></sheetData>",
        &[(1, 1), (5, 4)],
        "<sheetData><row><c r=\"A1\" s=\"1\"/><extLst/></row><row><c r=\"C5\"/><c r=\"D5\" s=\"1\"/><extLst></extLst></row>\
         </sheetData>",
    );
}

#[test]
fn rows_without_order_are_damage() {
    let mut edits = Edits::default();
    edits.colour("A", (3, 1), Severity::Note);
    for rows in
        ["<row r=\"5\"/><row r=\"3\"/>", "<row r=\"3\"/><row r=\"3\"/>", "<row r=\"3\"/><row><c r=\"A2\"/></row>"]
    {
        let bytes = workbook(&format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"));
        let outcome = copy::copy(Cursor::new(&bytes), &edits, None, Cursor::new(Vec::new()));
        let error = outcome.err().unwrap().of(Path::new("out.xlsx"), &"in.xlsx".into()).to_string();
        assert!(error.ends_with("the rows of a sheet do not come in their order"), "{error}");
        let same = patched(&bytes, &Edits::default(), None);
        assert_eq!(part(&same, SHEET), part(&bytes, SHEET));
    }
}

#[test]
fn cells_that_a_formula_of_another_cell_fills_keep_their_values() {
    for kind in ["array", "dataTable"] {
        let cells = format!(
            "<row r=\"2\"><c r=\"D2\"><f t=\"{kind}\" ref=\"D2:E4\">x</f><v>1</v></c><c r=\"E2\"><v>2</v></c></row>\
                             <row r=\"3\"><c r=\"D3\"><v>3</v></c></row><row r=\"5\"><c r=\"D5\"><v>4</v></c></row>"
        );
        let bytes = workbook(&format!("<worksheet><sheetData>{cells}</sheetData></worksheet>"));
        let mut edits = Edits::default();
        let filled = [(2, 4), (2, 5), (3, 4), (3, 5), (4, 4)];
        for at in filled.into_iter().chain([(5, 4)]) {
            edits.set("A", at, "new".into());
        }
        let (outcome, out) = copy::copy(Cursor::new(&bytes), &edits, None, Cursor::new(Vec::new())).unwrap();
        assert_eq!(outcome.formulas, filled.map(|at| ("A".to_owned(), at)));
        let after = part(&out.into_inner(), SHEET);
        let (before, _) = cells.split_once("<row r=\"5\">").unwrap();
        assert!(after.contains(before.strip_suffix("</row>").unwrap()), "{after}");
        assert_eq!(after.matches("new").count(), 1, "{after}");
    }
}

#[test]
fn the_drawing_of_notes_stands_where_it_belongs() {
    let tail = "<mergeCells/><mc:AlternateContent xmlns:mc=\"m\"><controls/></mc:AlternateContent><tableParts/>";
    let mut edits = Edits::default();
    edits.remark("A", (1, 1), remark(Severity::Error));
    let sheet = format!("<worksheet><sheetData/>{tail}</worksheet>");
    let text = part(&patched(&workbook(&sheet), &edits, None), SHEET);
    let drawing = "<legacyDrawing xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" r:id=\"rIdSkuload2\"/>";
    let expect = tail.replace("<mergeCells/>", &format!("<mergeCells/>{drawing}"));
    assert!(text.ends_with(&format!("{expect}</worksheet>")), "{text}");
}

#[test]
fn only_the_gravest_cells_have_notes_where_there_are_too_many() {
    let mut edits = Edits::default();
    let many = u32::try_from(MOST_NOTES).unwrap();
    for row in 1..=many {
        edits.remark("A", (row, 1), remark(Severity::Note));
    }
    let bytes = patched(&workbook("<worksheet><sheetData/></worksheet>"), &edits, Some(&Digest::default()));
    assert!(!part(&bytes, "xl/worksheets/sheet2.xml").contains("gravest"));
    edits.remark("A", (many + 5, 2), remark(Severity::Error));
    let bytes = patched(&workbook("<worksheet><sheetData/></worksheet>"), &edits, Some(&Digest::default()));
    let notes = part(&bytes, "xl/comments1.xml");
    assert_eq!(notes.matches("<comment ").count(), MOST_NOTES);
    assert!(notes.contains("ref=\"B10005\"") && notes.contains("ref=\"A1\"") && !notes.contains("ref=\"A10000\""));
    assert_eq!(part(&bytes, SHEET).matches("<c r=").count(), MOST_NOTES + 1);
    assert!(part(&bytes, "xl/worksheets/sheet2.xml").contains("the 10,000 gravest cells have a note"));
}

#[test]
fn an_archive_that_is_no_workbook_is_damaged() {
    let told = |bytes: &[u8]| {
        let outcome = copy::copy(Cursor::new(bytes), &Edits::default(), None, Cursor::new(Vec::new()));
        outcome.err().map(|snag| snag.of(Path::new("out.xlsx"), &"in.xlsx".into()).to_string()).unwrap_or_default()
    };
    assert!(told(b"no archive").starts_with("cannot write into a copy of in.xlsx: its archive is damaged"));
    let expect = "cannot write into a copy of in.xlsx: the list of its sheets is missing";
    assert_eq!(told(&archive_of(&[("a.xml", "<a/>")])), expect);
}

/// A cell of a sheet that is made at random, and what becomes of it.
#[derive(Debug, Clone)]
struct Made {
    has_name: bool,
    value: Option<u32>,
}

fn sheet_of(rows: &[(bool, Vec<Option<Made>>)]) -> (String, BTreeMap<Place, String>) {
    let (mut xml, mut values) = (String::from("<worksheet><sheetData>"), BTreeMap::new());
    let (mut before, mut number) = (0, 0);
    for (has_number, cells) in rows {
        number += 1;
        if cells.iter().all(Option::is_none) && !has_number {
            // A row that is not there.
            continue;
        }
        let named = if *has_number || before + 1 < number { format!(" r=\"{number}\"") } else { String::new() };
        before = number;
        xml.push_str(&format!("<row{named}>"));
        let mut last = 0;
        for (column, cell) in (1..).zip(cells) {
            let Some(made) = cell else { continue };
            let name = format!(" r=\"{}{number}\"", column_letters(column));
            xml.push_str("<c");
            if made.has_name || last + 1 < column {
                xml.push_str(&name);
            }
            last = column;
            match made.value {
                Some(value) => {
                    xml.push_str(&format!("><v>{value}</v></c>"));
                    values.insert((number, column), value.to_string());
                }
                None => xml.push_str("/>"),
            }
        }
        xml.push_str("</row>");
    }
    (xml + "</sheetData></worksheet>", values)
}

fn made() -> impl Strategy<Value = Option<Made>> {
    let made = (any::<bool>(), prop::option::of(0..999_u32)).prop_map(|(has_name, value)| Made { has_name, value });
    prop::option::of(made)
}

fn by_calamine(bytes: &[u8]) -> BTreeMap<Place, String> {
    let mut book = calamine::Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    let range = book.worksheet_range("A").unwrap();
    let start = range.start().unwrap_or_default();
    let cells = range
        .used_cells()
        .map(|(row, column, value)| ((start.0 + row as u32 + 1, start.1 + column as u32 + 1), value.to_string()));
    cells.filter(|(_, text)| !text.is_empty()).collect()
}

fn by_us(bytes: &[u8]) -> BTreeMap<Place, String> {
    let source = Source::open("a.xlsx", Input::Bytes(bytes.into()), &ReadOptions::default()).unwrap();
    let mut cells = BTreeMap::new();
    source
        .read("A", &mut |block| {
            for row in block.rows() {
                for (column, cell) in (1..).zip(row.cells()).filter(|(_, cell)| !cell.text.is_empty()) {
                    cells.insert((row.number(), column), cell.text.to_owned());
                }
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    cells
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn edits_of_any_sheet_are_read_back(
        rows in prop::collection::vec((any::<bool>(), prop::collection::vec(made(), 0..5)), 0..6),
        edits in prop::collection::btree_map((1..9_u32, 1..8_u32), (prop::option::of("[a-z][a-z<&\"_ x]{0,7}"), any::<bool>()), 0..8),
    ) {
        let (sheet, mut expected) = sheet_of(&rows);
        let mut wanted = Edits::default();
        for (at, (text, is_marked)) in &edits {
            if let Some(text) = text {
                wanted.set("A", *at, text.as_str().into());
                expected.insert(*at, text.clone());
            }
            if *is_marked {
                wanted.remark("A", *at, remark(Severity::Warning));
            }
        }
        let original = workbook(&sheet);
        let bytes = patched(&original, &wanted, None);
        prop_assert_eq!(by_us(&bytes), expected.clone());
        prop_assert_eq!(by_calamine(&bytes), expected);
        let untouched = patched(&original, &Edits::default(), None);
        prop_assert_eq!(part(&untouched, SHEET), part(&original, SHEET));
        let marked = edits.values().filter(|(_, is_marked)| *is_marked).count();
        prop_assert_eq!(part(&bytes, SHEET).matches("s=\"1\"").count(), marked);
    }
}
