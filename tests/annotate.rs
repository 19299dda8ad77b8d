//! The merchant's workbook back: each finding at its cell, and nothing else changed. Workbooks of many programs are
//! annotated and held against calamine, our own reader, openpyxl and LibreOffice.
#![cfg(feature = "workbooks")]

#[path = "annotate/everything.rs"]
mod everything;
#[path = "annotate/look.rs"]
mod look;
#[path = "support/tools.rs"]
mod tools;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use calamine::Reader;
use look::Parts;
use skuload::check::{Rules, check};
use skuload::column::{Choice, Table, choose};
use skuload::finding::{Finding, Severity};
use skuload::location::column_letters;
use skuload::patch::{Edits, Marks, PatchError, Remark, Spot, annotate, patch, try_patch};
use skuload::sheet::{Format, Input, ReadOptions, Source};

const OWN: &str = "skuload findings";

/// A workbook, and the file it is told to be.
struct Original {
    name: String,
    bytes: Vec<u8>,
}

impl Original {
    fn fixture(name: &str) -> Original {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/workbooks").join(name);
        Original { name: name.to_owned(), bytes: fs::read(path).unwrap() }
    }

    /// All that are XLSX, with macros or without, and one with everything.
    fn all() -> Vec<Original> {
        const FIXTURES: [&str; 9] = [
            "excel.xlsx",
            "google.xlsx",
            "libreoffice.xlsx",
            "openpyxl.xlsx",
            "prefixed.xlsx",
            "sheetjs.xlsm",
            "sheetjs.xlsx",
            "strict.xlsx",
            "xlsxwriter.xlsx",
        ];
        let everything = Original { name: "everything.xlsx".to_owned(), bytes: everything::everything() };
        FIXTURES.map(Original::fixture).into_iter().chain([everything]).collect()
    }

    fn tables(&self) -> Vec<Table> {
        tables(&self.name, &self.bytes)
    }
}

fn tables(name: &str, bytes: &[u8]) -> Vec<Table> {
    let source = Source::open(name, Input::Bytes(bytes.into()), &ReadOptions::default()).unwrap();
    choose(&source, &Choice::default()).unwrap()
}

fn findings(tables: &[Table]) -> Vec<Finding> {
    let mut findings = Vec::new();
    check(tables, &Rules::default(), &mut findings).unwrap();
    findings
}

/// Marks of what a check finds, and of cells and rows that are not there.
fn marks(tables: &[Table]) -> Marks {
    let mut marks = Marks::of(tables);
    for finding in findings(tables) {
        marks.take(&finding);
    }
    let table = &tables[0];
    let places = [
        (table.header.row + 1, Some(60), Severity::Warning),
        (table.header.row + 200, Some(3), Severity::Error),
        (table.header.row + 201, None, Severity::Note),
        (table.header.row, Some(1), Severity::Note),
    ];
    for (row, column, severity) in places {
        let remark = Remark { severity, code: "E7".into(), message: "<refused> & \"cut\"".into(), help: String::new() };
        marks.say(&Spot { sheet: &table.sheet, row, column, value: "=1+1" }, remark);
    }
    marks
}

/// Annotates a workbook in memory.
fn annotated(original: &Original, marks: &Marks) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(&original.name);
    annotate(&path, &original.tables(), marks, "the sheet").unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    fs::read(path).unwrap()
}

fn name((row, column): (u32, u32)) -> String {
    format!("{}{row}", column_letters(column))
}

/// What calamine reads of each sheet but ours: values and formulas.
fn values(bytes: &[u8]) -> BTreeMap<String, (Vec<String>, Vec<String>)> {
    let mut book = calamine::Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    let mut values = BTreeMap::new();
    for sheet in book.sheet_names() {
        if sheet == OWN {
            continue;
        }
        let Ok(range) = book.worksheet_range(&sheet) else { continue };
        let start = range.start().unwrap_or_default();
        let cells = range.used_cells().map(|(row, column, value)| {
            format!("{} {value:?}", name((start.0 + row as u32 + 1, start.1 + column as u32 + 1)))
        });
        let cells: Vec<String> = cells.collect();
        let formulas = book.worksheet_formula(&sheet).unwrap();
        let start = formulas.start().unwrap_or_default();
        let formulas = formulas.used_cells().filter(|(_, _, text)| !text.is_empty()).map(|(row, column, text)| {
            format!("{} {text}", name((start.0 + row as u32 + 1, start.1 + column as u32 + 1)))
        });
        values.insert(sheet, (cells, formulas.collect()));
    }
    values
}

/// What our own reader reads of each sheet but ours.
fn rows(bytes: &[u8]) -> BTreeMap<String, Vec<String>> {
    let source = Source::open("sheet.xlsx", Input::Bytes(bytes.into()), &ReadOptions::default()).unwrap();
    let mut rows = BTreeMap::new();
    for sheet in source.sheets().iter().chain(source.hidden_sheets()).filter(|sheet| &***sheet != OWN) {
        let mut lines = Vec::new();
        let layout = source.read(sheet, &mut |block| {
            for row in block.rows().filter(|row| !row.is_blank()) {
                let cells: Vec<String> =
                    row.cells().map(|cell| format!("{:?} {:?} {}", cell.kind, cell.text, cell.digits)).collect();
                let cells = cells.join("|");
                let blank = format!("|{:?} \"\" 0", skuload::sheet::Kind::Text);
                lines.push(format!("{} {}", row.number(), cells.trim_end_matches(&*blank)));
            }
            ControlFlow::Continue(())
        });
        lines.push(format!("{:?}", layout.unwrap()));
        rows.insert(sheet.to_string(), lines);
    }
    rows
}

/// The cells that must be marked, merged ones at the cell that shows: the gravest severity, and all codes.
fn expected(tables: &[Table], marks: &Marks) -> BTreeMap<String, BTreeMap<String, (Severity, Vec<String>)>> {
    let mut expected: BTreeMap<String, BTreeMap<String, (Severity, Vec<String>)>> = BTreeMap::new();
    for table in tables {
        let layout = table.source.read(&table.sheet, &mut |_| ControlFlow::Continue(())).unwrap();
        let Some(edits) = marks.edits().of(&table.sheet) else { continue };
        for (at, severity) in edits.colours() {
            let is_inside = |area: &&skuload::sheet::Area| {
                (area.first_row..=area.last_row).contains(&at.0)
                    && (area.first_column..=area.last_column).contains(&at.1)
            };
            let shown = layout.merged.iter().find(is_inside).map_or(at, |area| (area.first_row, area.first_column));
            let of_cell = expected.entry(table.sheet.to_string()).or_default();
            let (gravest, codes) = of_cell.entry(name(shown)).or_insert((Severity::Note, Vec::new()));
            *gravest = severity.max(*gravest);
            codes.extend(edits.remarks().get(&at).into_iter().flatten().map(|remark| remark.code.clone()));
        }
    }
    expected
}

fn colour(severity: Severity) -> [&'static str; 3] {
    match severity {
        Severity::Error => ["rgb=FFFFC6CD", "rgb=FFFFC6CC", "rgb=FFFFC6CB"],
        Severity::Warning => ["rgb=FFFFE598", "rgb=FFFFE597", "rgb=FFFFE596"],
        Severity::Note => ["rgb=FFD6E8F7", "rgb=FFD6E8F6", "rgb=FFD6E8F5"],
    }
}

#[test]
fn parts_that_need_not_change_are_the_same_byte_for_byte() {
    for original in Original::all() {
        let tables = original.tables();
        let (before, after) = (Parts::of(&original.bytes), Parts::of(&annotated(&original, &marks(&tables))));
        let mut changing: BTreeSet<String> =
            ["[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"]
                .map(str::to_owned)
                .into();
        for (sheet, part) in before.sheets() {
            let is_read = tables.iter().any(|table| *table.sheet == sheet);
            // Two sheets that are selected at once are edited at once.
            if is_read || before.text(&part).contains("tabSelected=\"1\"") {
                changing.insert(part.clone());
            }
            if is_read {
                let (folder, file) = part.rsplit_once('/').unwrap();
                changing.insert(format!("{folder}/_rels/{file}.rels"));
                changing.extend(before.related(&part, "comments"));
                changing.extend(before.related(&part, "vmlDrawing"));
            }
        }
        for (name, packed) in &before.packed {
            let is_same = after.packed.get(name) == Some(packed);
            assert!(is_same || changing.contains(name), "{}: {name} has changed", original.name);
        }
    }
}

#[test]
fn every_value_and_formula_is_read_as_before() {
    for original in Original::all() {
        let after = annotated(&original, &marks(&original.tables()));
        let before = values(&original.bytes);
        assert!(!before.is_empty(), "{}", original.name);
        assert_eq!(values(&after), before, "{}", original.name);
        assert_eq!(rows(&after), rows(&original.bytes), "{}", original.name);
    }
}

/// The words of a style that are not about its font.
fn but_for_font(look: &str) -> Vec<&str> {
    look.split(' ').filter(|word| !word.starts_with("fontId=") && !word.starts_with("applyFont=")).collect()
}

#[test]
fn cells_with_findings_are_coloured_and_noted_and_no_other_looks_otherwise() {
    for original in Original::all() {
        let tables = original.tables();
        let marks = marks(&tables);
        let expected = expected(&tables, &marks);
        assert!(expected.values().map(BTreeMap::len).sum::<usize>() >= 4, "{}", original.name);
        let (before, after) = (Parts::of(&original.bytes), Parts::of(&annotated(&original, &marks)));
        for ((sheet, part), (_, new)) in before.sheets().iter().zip(after.sheets().iter().skip(1)) {
            let none = BTreeMap::new();
            let wanted = expected.get(sheet).unwrap_or(&none);
            let (old_looks, looks) = (before.looks(part), after.looks(new));
            for (cell, (rest, fill)) in &looks {
                let context = format!("{} {sheet}!{cell}", original.name);
                match (wanted.get(cell), old_looks.get(cell)) {
                    (Some((severity, _)), old) => {
                        assert!(colour(*severity).iter().any(|colour| fill.contains(colour)), "{context}: {fill}");
                        // A text that could not be read on the mark is dark there.
                        let same = |old: &str| old == rest || but_for_font(old) == but_for_font(rest);
                        assert!(old.is_none_or(|(old, _)| same(old)), "{context}: {old:?} {rest}");
                    }
                    (None, Some(old)) => assert_eq!(old, &(rest.clone(), fill.clone()), "{context}"),
                    (None, None) => panic!("{context} is new"),
                }
            }
            assert!(old_looks.keys().chain(wanted.keys()).all(|cell| looks.contains_key(cell)), "{}", original.name);
            let (old_notes, notes) = (before.notes(part), after.notes(new));
            for (cell, note) in &notes {
                let kept = old_notes.get(cell).map_or("", String::as_str);
                assert!(note.starts_with(kept), "{cell}: {note}");
                assert!(wanted.contains_key(cell) || note == kept, "{cell}: {note}");
            }
            assert!(old_notes.keys().all(|cell| notes.contains_key(cell)));
            for (cell, (_, codes)) in wanted {
                if codes.len() > 6 {
                    assert!(notes[cell].contains(&format!("\n\nand {} more\n", codes.len() - 6)), "{}", notes[cell]);
                    continue;
                }
                for code in codes {
                    assert!(notes[cell].contains(code), "{} {sheet}!{cell}: {}", original.name, notes[cell]);
                }
            }
        }
    }
}

#[test]
fn the_first_sheet_is_ours_and_lists_everything_with_links() {
    for original in Original::all() {
        let tables = original.tables();
        let bytes = annotated(&original, &marks(&tables));
        let parts = Parts::of(&bytes);
        let (first, part) = parts.sheets().remove(0);
        assert_eq!(first, OWN);
        let mut book = calamine::Xlsx::new(Cursor::new(bytes.clone())).unwrap();
        let range = book.worksheet_range(OWN).unwrap();
        let texts: BTreeSet<String> = range.used_cells().map(|(_, _, cell)| cell.to_string()).collect();
        for finding in findings(&tables) {
            assert!(texts.contains(finding.rule.name()), "{}: {}", original.name, finding.rule.name());
            let is_told = finding.message == finding.rule.summary() || texts.contains(&finding.message);
            assert!(is_told, "{}: {}", original.name, finding.message);
            assert!(texts.contains(&finding.location.short()), "{}: {}", original.name, finding.location.short());
        }
        assert!(texts.contains("=1+1") && texts.contains("<refused> & \"cut\""));
        assert!(book.worksheet_formula(OWN).unwrap().used_cells().all(|(_, _, text)| text.is_empty()));
        let sheet = &tables[0].sheet;
        let quoted = format!("'{}'!", sheet.replace('\'', "''"));
        let mut links = 0;
        look::each(&parts.unpacked[&part], |tag, _| {
            if look::local(tag) == "hyperlink" {
                links += 1;
                let location = look::attribute(tag, "location").unwrap();
                assert!(location.starts_with(&quoted), "{location}");
            }
        });
        assert_eq!(links, findings(&tables).len() + 4, "{}", original.name);
        let mut selected = Vec::new();
        for (name, part) in parts.sheets() {
            look::each(&parts.unpacked[&part], |tag, _| {
                if look::attribute(tag, "tabSelected").is_some_and(|value| value == "1" || value == "true") {
                    selected.push(name.clone());
                }
            });
        }
        assert_eq!(selected, [OWN], "{}", original.name);
    }
}

#[test]
fn an_annotated_workbook_is_read_as_the_one_it_was_made_of() {
    for original in Original::all() {
        let tables_before = original.tables();
        let bytes = annotated(&original, &marks(&tables_before));
        let after = tables(&original.name, &bytes);
        assert_eq!(after[0].sheet, tables_before[0].sheet, "{}", original.name);
        assert_eq!(findings(&after), findings(&tables_before), "{}", original.name);
    }
}

/// Annotates, changes a part by hand, annotates again with what is found then.
#[test]
fn a_second_annotation_replaces_the_first() {
    for original in Original::all() {
        let tables_before = original.tables();
        let first = annotated(&original, &marks(&tables_before));
        let once = Original { name: original.name.clone(), bytes: first };
        let mut second = Marks::of(&once.tables());
        let table = &tables_before[0];
        let remark = |code: &str| Remark {
            severity: Severity::Error,
            code: code.into(),
            message: "new".into(),
            help: String::new(),
        };
        let at = (table.header.row + 1, 60);
        second.say(&Spot { sheet: &table.sheet, row: at.0, column: Some(at.1), value: "" }, remark("E8"));
        let twice = Original { name: original.name.clone(), bytes: annotated(&once, &second) };
        let (before, after) = (Parts::of(&original.bytes), Parts::of(&twice.bytes));
        assert_eq!(after.sheets().len(), before.sheets().len() + 1, "{}", original.name);
        for ((sheet, part), (_, new)) in before.sheets().iter().zip(after.sheets().iter().skip(1)) {
            let (old, looks, notes) = (before.looks(part), after.looks(new), after.notes(new));
            for (cell, (rest, fill)) in &looks {
                let context = format!("{} {sheet}!{cell}", original.name);
                if *cell == name(at) && **sheet == *table.sheet {
                    assert!(fill.contains(colour(Severity::Error)[0]) && notes[cell].contains("E8"), "{context}");
                    assert!(!notes[cell].contains("E7"), "{context}");
                } else if let Some(old) = old.get(cell) {
                    assert_eq!(old, &(rest.clone(), fill.clone()), "{context}");
                } else {
                    assert!(
                        !fill.contains("FFFFC6C") && !fill.contains("FFFFE59") && !fill.contains("FFD6E8"),
                        "{context}: {fill}"
                    );
                }
            }
            let mut notes = notes;
            if **sheet == *table.sheet {
                notes.remove(&name(at));
            }
            assert_eq!(notes, before.notes(part), "{} {sheet}", original.name);
        }
        assert_eq!(rows(&twice.bytes), rows(&original.bytes), "{}", original.name);
        // The list of the first annotation is gone, that of the second is there.
        let mut book = calamine::Xlsx::new(Cursor::new(&twice.bytes)).unwrap();
        let listed = book.worksheet_range(OWN).unwrap_or_else(|error| panic!("{}: {error}", original.name));
        let codes = listed.rows().filter_map(|row| row.get(1)).map(ToString::to_string).collect::<Vec<_>>();
        assert!(codes.contains(&"E8".to_owned()) && !codes.contains(&"E7".to_owned()), "{}: {codes:?}", original.name);
        // What the same annotation adds a third time is no more than what it added twice.
        let thrice = annotated(&twice, &second);
        assert_eq!(Parts::of(&thrice).text("xl/styles.xml").len(), after.text("xl/styles.xml").len());
    }
}

/// The elements of the text of each note, as letters: `t`, `r`, `h` for `rPh`, `p` for `phoneticPr`.
fn shapes_of_notes(part: &str) -> Vec<String> {
    let mut shapes: Vec<String> = Vec::new();
    look::each(part.as_bytes(), |tag, path| match (&*look::local(tag), path) {
        ("text", _) => shapes.push(String::new()),
        (name, path) if path.ends_with("/text") => {
            let letter = match name {
                "t" => 't',
                "r" => 'r',
                "rPh" => 'h',
                "phoneticPr" => 'p',
                other => panic!("a note holds <{other}>"),
            };
            shapes.last_mut().unwrap().push(letter);
        }
        _ => {}
    });
    shapes
}

#[test]
fn the_text_of_a_note_is_one_text_or_runs_with_what_is_read_aloud_behind_them() {
    let original = Original { name: "everything.xlsx".to_owned(), bytes: everything::everything() };
    let before = Parts::of(&original.bytes);
    let mut bare = shapes_of_notes(before.text("xl/comments1.xml"));
    bare.sort();
    assert_eq!(bare, ["rrp", "tp"]);
    let tables = original.tables();
    let mut marks = marks(&tables);
    for at in [(2, 3), (3, 4)] {
        let remark = Remark { severity: Severity::Note, code: "E9".into(), message: "x".into(), help: String::new() };
        marks.say(&Spot { sheet: "Products", row: at.0, column: Some(at.1), value: "" }, remark);
    }
    let after = Parts::of(&annotated(&original, &marks));
    for cell in ["C2", "D3"] {
        assert!(after.notes("xl/worksheets/sheet1.xml")[cell].contains("E9"), "{cell}");
    }
    let shapes = shapes_of_notes(after.text("xl/comments1.xml"));
    assert_eq!(shapes.iter().filter(|shape| shape.ends_with('p')).count(), 2, "{shapes:?}");
    for shape in shapes {
        let runs = shape.trim_end_matches('p').trim_end_matches('h');
        assert!(runs == "t" || runs.chars().all(|c| c == 'r'), "{shape}");
    }
}

const SAVED: &str = "
import sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1])
for sheet in book.worksheets:
    for row in sheet.iter_rows():
        for cell in row:
            if cell.comment and cell.comment.author == 'Ann':
                cell.comment.text += chr(10) + 'Ann: the right price is 12.50'
book.save(sys.argv[2])
";

#[test]
fn what_openpyxl_saved_is_annotated_anew_and_the_words_of_others_stay() {
    let Some(python) = tools::Python::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut original = Original { name: "everything.xlsx".to_owned(), bytes: everything::everything() };
    for round in 1..=2 {
        let mut wanted = Marks::of(&original.tables());
        for (at, code) in [((2, 3), "E7"), ((3, 4), "E7"), ((4, 1), "E7"), ((5, 1), "E8")] {
            // What was found the first time only is mended by then.
            let severity = Severity::Error;
            let remark = Remark { severity, code: code.into(), message: "is bad".into(), help: String::new() };
            if round == 1 || code == "E8" || at == (2, 3) {
                wanted.say(&Spot { sheet: "Products", row: at.0, column: Some(at.1), value: "" }, remark);
            }
        }
        let (made, saved) = (folder.path().join("made.xlsx"), folder.path().join("saved.xlsx"));
        fs::write(&made, annotated(&original, &wanted)).unwrap();
        let parts = Parts::of(&fs::read(&made).unwrap());
        let (_, part) = parts.sheets().remove(1);
        let notes = parts.notes(&part);
        let ours = |code: &str| format!("— skuload —\nerror: {code}\nis bad\n— end —");
        let said = if round == 1 { "" } else { "\nAnn: the right price is 12.50" };
        assert_eq!(notes["C2"], format!("Ask Ann about this price{said}\n\n{}", ours("E7")));
        assert_eq!(notes["A5"], ours("E8"));
        let of_day = "Ann:\nOn sale until the end of May";
        if round == 1 {
            assert_eq!((&*notes["D3"], &*notes["A4"]), (&*format!("{of_day}\n\n{}", ours("E7")), &*ours("E7")));
        } else {
            assert_eq!((&*notes["D3"], notes.get("A4")), (&*format!("{of_day}{said}"), None));
        }
        python.run(SAVED, &[&made, &saved]);
        original.bytes = fs::read(&saved).unwrap();
    }
}

#[test]
fn names_and_sheets_that_count_by_place_count_on() {
    let original = Original { name: "everything.xlsx".to_owned(), bytes: everything::everything() };
    let parts = Parts::of(&annotated(&original, &marks(&original.tables())));
    let book = parts.text("xl/workbook.xml");
    let local = |name: &str| {
        let mut found = None;
        look::each(book.as_bytes(), |tag, _| {
            if look::local(tag) == "definedName" && look::attribute(tag, "name").as_deref() == Some(name) {
                found = Some(look::attribute(tag, "localSheetId"));
            }
        });
        found.unwrap()
    };
    assert_eq!((local("Everywhere"), local("Here"), local("There")), (None, Some("1".into()), Some("2".into())));
    assert!(book.contains("activeTab=\"0\"") || !book.contains("activeTab"), "{book}");
}

#[test]
fn new_values_keep_the_look_of_their_cells_and_formulas_stay() {
    let original = Original { name: "everything.xlsx".to_owned(), bytes: everything::everything() };
    let tables = original.tables();
    let mut edits = Edits::default();
    edits.set("Products", (2, 2), " _x0041_ =1+1 ".into());
    edits.set("Products", (3, 3), "12.50".into());
    edits.set("Products", (4, 1), "0014".into());
    edits.set("Products", (3, 5), "7".into());
    edits.set("It's other", (9, 9), "new".into());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fixed.xlsx");
    let outcome = patch(&path, &tables, &edits, None).unwrap();
    assert_eq!(outcome.formulas, [("Products".to_owned(), (3, 5))]);
    let bytes = fs::read(path).unwrap();
    let (before, after) = (values(&original.bytes), values(&bytes));
    let cells = |values: &BTreeMap<String, (Vec<String>, Vec<String>)>, sheet: &str| -> BTreeSet<String> {
        values[sheet].0.iter().cloned().collect()
    };
    let new: Vec<String> = cells(&after, "Products").difference(&cells(&before, "Products")).cloned().collect();
    assert_eq!(new, ["A4 String(\"0014\")", "B2 String(\" _x0041_ =1+1 \")", "C3 String(\"12.50\")"]);
    let new: Vec<String> = cells(&after, "It's other").difference(&cells(&before, "It's other")).cloned().collect();
    assert_eq!(new, ["I9 String(\"new\")"]);
    assert_eq!(after["Products"].1, before["Products"].1);
    let (before, after) = (Parts::of(&original.bytes), Parts::of(&bytes));
    assert_eq!(after.unpacked["xl/styles.xml"], before.unpacked["xl/styles.xml"]);
    let sheet = "xl/worksheets/sheet1.xml";
    assert_eq!(after.looks(sheet)["C3"], before.looks(sheet)["C3"]);
    assert_eq!(after.unpacked["xl/workbook.xml"], before.unpacked["xl/workbook.xml"]);
}

#[test]
fn a_text_file_becomes_a_workbook_of_texts() {
    let sheet = "SellerSku,name,price\n0012,=HYPERLINK(\"x\"),99\n,\"two\nlines\",x\n";
    let original = Original { name: "shop.csv".to_owned(), bytes: sheet.into() };
    let tables_before = original.tables();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.xlsx");
    annotate(&path, &tables_before, &marks(&tables_before), "shop.csv").unwrap();
    let bytes = fs::read(path).unwrap();
    let found = values(&bytes);
    let expect = [
        "A1 String(\"SellerSku\")",
        "B1 String(\"name\")",
        "C1 String(\"price\")",
        "A2 String(\"0012\")",
        "B2 String(\"=HYPERLINK(\\\"x\\\")\")",
        "C2 String(\"99\")",
        "B3 String(\"two\\nlines\")",
        "C3 String(\"x\")",
    ];
    assert_eq!(found["shop"].0, expect);
    assert!(found["shop"].1.is_empty());
    let parts = Parts::of(&bytes);
    let (_, part) = parts.sheets().remove(1);
    assert!(parts.notes(&part)["C3"].contains("invalid-price"), "{:?}", parts.notes(&part));
    let place = |finding: &Finding| (finding.rule, finding.location.row, finding.location.column);
    let again = findings(&tables("out.xlsx", &bytes));
    assert_eq!(
        again.iter().map(place).collect::<Vec<_>>(),
        findings(&tables_before).iter().map(place).collect::<Vec<_>>()
    );
}

#[test]
fn other_workbooks_become_new_ones() {
    for fixture in ["libreoffice.ods", "libreoffice.xls", "sheetjs.xlsb"] {
        let original = Original::fixture(fixture);
        let tables_before = original.tables();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.xlsx");
        annotate(&path, &tables_before, &marks(&tables_before), fixture).unwrap();
        let after = tables("out.xlsx", &fs::read(path).unwrap());
        assert_eq!(after[0].sheet, tables_before[0].sheet, "{fixture}");
        assert_eq!(after[0].source.format(), Format::Xlsx);
    }
}

/// The error of writing to a path in a folder that holds the original too.
#[track_caller]
fn check_refused(original: &Original, out: &str, expect: &str) {
    let folder = tempfile::tempdir().unwrap();
    let sheet = folder.path().join(&original.name);
    fs::write(&sheet, &original.bytes).unwrap();
    fs::hard_link(&sheet, folder.path().join("hard.xlsx")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&sheet, folder.path().join("soft.xlsx")).unwrap();
    let source = Source::open(&original.name, Input::File(sheet.clone()), &ReadOptions::default()).unwrap();
    let error = try_patch(&folder.path().join(out), &source, Some(&sheet)).unwrap_err().to_string();
    let error = error.replace(&format!("{}/", folder.path().display()), "");
    assert_eq!(error, expect);
    assert_eq!(fs::read(sheet).unwrap(), original.bytes);
}

#[test]
fn a_path_that_cannot_be_is_refused() {
    let sheet = Original::fixture("excel.xlsx");
    let same = |name: &str| format!("cannot write {name}: that is the sheet itself, which is never touched");
    check_refused(&sheet, "excel.xlsx", &same("excel.xlsx"));
    check_refused(&sheet, "hard.xlsx", &same("hard.xlsx"));
    #[cfg(unix)]
    check_refused(&sheet, "soft.xlsx", &same("soft.xlsx"));
    check_refused(&sheet, "out.xlsm", "cannot write out.xlsm: its name must end in .xlsx, as the sheet is a workbook");
    check_refused(&sheet, ".xlsx", "cannot write .xlsx: its name must end in .xlsx, as the sheet is a workbook");
    let macros = Original::fixture("sheetjs.xlsm");
    let expect = "cannot write out.xlsx: its name must end in .xlsm, as the sheet is a workbook with macros";
    check_refused(&macros, "out.xlsx", expect);
    let text = Original { name: "shop.csv".into(), bytes: b"sku,price\n1,2\n".into() };
    check_refused(&text, "out.csv", "cannot write out.csv: its name must end in .xlsx, as a new workbook is written");
    check_refused(&text, "no/out.xlsx", "cannot write no/out.xlsx: No such file or directory (os error 2)");
}

#[test]
fn a_damaged_workbook_is_told_and_nothing_is_written() {
    let original = Original { name: "everything.xlsx".to_owned(), bytes: everything::everything() };
    let mut parts = Parts::of(&original.bytes).unpacked;
    parts.insert("xl/comments1.xml".to_owned(), b"<comments><commentList><comment".into());
    let bytes = zipped(&parts);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.xlsx");
    let tables = tables("bad.xlsx", &bytes);
    let error = annotate(&path, &tables, &marks(&tables), "").unwrap_err();
    assert!(matches!(error, PatchError::Damaged { .. }), "{error}");
    assert_eq!(error.to_string(), "cannot write into a copy of bad.xlsx: one of its parts breaks off");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_signature_is_dropped_and_told() {
    let original = Original::fixture("excel.xlsx");
    let mut parts = Parts::of(&original.bytes).unpacked;
    parts.insert("_xmlsignatures/sig1.xml".to_owned(), b"<Signature/>".into());
    let rels = String::from_utf8(parts["_rels/.rels"].clone()).unwrap();
    let line = "<Relationship Id=\"sig\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/\
                digital-signature/origin\" Target=\"_xmlsignatures/origin.sigs\"/></Relationships>";
    parts.insert("_rels/.rels".to_owned(), rels.replace("</Relationships>", line).into_bytes());
    let tables = tables("signed.xlsx", &zipped(&parts));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.xlsx");
    assert!(annotate(&path, &tables, &marks(&tables), "").unwrap().is_signature_dropped);
    let after = Parts::of(&fs::read(path).unwrap());
    assert!(!after.unpacked.contains_key("_xmlsignatures/sig1.xml"));
    assert_eq!(after.text("_rels/.rels"), rels);
}

fn zipped(parts: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    use std::io::Write;

    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Writes all originals and their annotations into two folders.
fn on_disk(folder: &Path) -> Vec<(PathBuf, PathBuf)> {
    let (before, after) = (folder.join("before"), folder.join("after"));
    fs::create_dir(&before).unwrap();
    fs::create_dir(&after).unwrap();
    let pair = |original: Original| {
        // Programs that come in two forms get each file by a name of its own.
        let name = original.name.replace('.', "-") + &original.name[original.name.len() - 5..];
        let (old, new) = (before.join(&name), after.join(&name));
        fs::write(&new, annotated(&original, &marks(&original.tables()))).unwrap();
        fs::write(&old, original.bytes).unwrap();
        (old, new)
    };
    Original::all().into_iter().map(pair).collect()
}

const OPENPYXL: &str = "
import sys, json, openpyxl
def cells(path):
    book = openpyxl.load_workbook(path)
    return book.sheetnames, {sheet.title: {cell.coordinate: (repr(cell.value), cell.comment.text if cell.comment else '')
        for row in sheet.iter_rows() for cell in row if cell.value is not None or cell.comment}
        for sheet in book.worksheets}
names, before = cells(sys.argv[1])
new_names, after = cells(sys.argv[2])
assert new_names == ['skuload findings'] + names, new_names
noted = 0
for sheet, old in before.items():
    new = after[sheet]
    for place, (value, comment) in new.items():
        was = old.get(place, ('None', ''))
        assert value == was[0], (sheet, place, value, was)
        assert comment.startswith(was[1]), (sheet, place, comment, was)
        noted += comment != was[1]
    assert set(old) <= set(new), sheet
print(noted)
";

#[test]
fn openpyxl_reads_the_same_values_and_our_notes() {
    let Some(python) = tools::Python::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (before, after) in on_disk(folder.path()) {
        let name = before.file_name().unwrap().to_string_lossy().into_owned();
        let original = Original { name: name.clone(), bytes: fs::read(&before).unwrap() };
        // It reads no strict workbook at all: `no worksheets`.
        if name.starts_with("strict") {
            continue;
        }
        let tables = original.tables();
        let cells: usize = expected(&tables, &marks(&tables)).values().map(BTreeMap::len).sum();
        let noted: usize = python.run(OPENPYXL, &[&before, &after]).trim().parse().unwrap();
        assert_eq!(noted, cells, "{name}");
    }
}

#[test]
fn libreoffice_opens_it_and_reads_the_same_values() {
    let Some(office) = tools::Office::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (before, after): (Vec<PathBuf>, Vec<PathBuf>) = on_disk(folder.path()).into_iter().unzip();
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    office.convert(&after, "pdf", &new);
    let (before, after) = (office.convert(&before, "xlsx", &old), office.convert(&after, "xlsx", &new));
    for (before, after) in before.iter().zip(&after) {
        let (before, bytes) = (fs::read(before).unwrap(), fs::read(after).unwrap());
        assert_eq!(values(&bytes), values(&before), "{}", after.display());
        // What LibreOffice saved is still known as ours.
        let again = tables("again.xlsx", &bytes);
        assert_ne!(&*again[0].sheet, OWN);
        let saved = Original { name: "again.xlsx".into(), bytes };
        let cleaned = Parts::of(&annotated(&saved, &Marks::of(&again)));
        let own = cleaned.sheets().iter().filter(|(name, _)| name.starts_with(OWN)).count();
        assert_eq!(own, 1, "{}", after.display());
        for (sheet, part) in cleaned.sheets() {
            let notes = cleaned.notes(&part);
            assert!(notes.values().all(|note| !note.contains("E7")), "{} {sheet}: {notes:?}", after.display());
            let looks = cleaned.looks(&part);
            let is_marked = |fill: &String| {
                [Severity::Error, Severity::Warning, Severity::Note]
                    .iter()
                    .any(|s| colour(*s).iter().any(|c| fill.contains(c)))
            };
            assert!(
                sheet == OWN || !looks.values().any(|(_, fill)| is_marked(fill)),
                "{} {sheet}: {looks:?}",
                after.display()
            );
        }
    }
}

/// A workbook with fills of every kind, and looks of its cells as openpyxl reads them.
const FILLED: &str = "
import sys, openpyxl
from openpyxl.styles import Font, GradientFill, PatternFill
book = openpyxl.Workbook()
sheet = book.active
sheet.title = 'Products'
sheet.append(['SellerSku', 'price', 'quantity', 'name', 'brand', 'Note'])
sheet.append(['A', 'x', '1', 'Shirt', 'Acme', 'n'])
for cell in sheet[1]:
    cell.fill = PatternFill('solid', fgColor='1F3864')
    cell.font = Font(bold=True, color='FFFFFF', name='Arial', size=12)
sheet['A2'].fill = PatternFill('lightGrid', fgColor='C00000', bgColor='FFFF00')
sheet['B2'].fill = GradientFill(degree=90, stop=('FF0000', '00B050'))
sheet['C2'].fill = PatternFill('gray125')
sheet['D2'].fill = PatternFill('solid', fgColor='FFFF00')
sheet['D2'].font = Font(color='FF0000')
sheet['E2'].font = Font(italic=True, color='999999')
book.save(sys.argv[1])
";

const LOOKS: &str = "
import sys, openpyxl
sheet = openpyxl.load_workbook(sys.argv[1])['Products']
for row in sheet['A1:F2']:
    for cell in row:
        print(cell.coordinate, ' '.join(repr([cell.fill, cell.font, cell.number_format, cell.alignment]).split()))
";

const SAVED_AGAIN: &str = "
import sys, openpyxl
openpyxl.load_workbook(sys.argv[1]).save(sys.argv[2])
";

#[test]
fn every_look_comes_back_exactly_whoever_saved_the_workbook_meanwhile() {
    let Some(python) = tools::Python::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let [plain, marked, saved, clean] =
        ["plain.xlsx", "marked.xlsx", "saved.xlsx", "clean.xlsx"].map(|name| folder.path().join(name));
    python.run(FILLED, &[&plain]);
    let looks = python.run(LOOKS, &[&plain]);
    let mark = |from: &PathBuf, to: &PathBuf, severity: Option<Severity>| {
        let tables = tables("filled.xlsx", &fs::read(from).unwrap());
        let mut marks = Marks::of(&tables);
        for (row, column) in (1..=2).flat_map(|row| (1..=6).map(move |column| (row, column))) {
            let Some(severity) = severity else { continue };
            let remark = Remark { severity, code: "E7".into(), message: "is bad".into(), help: String::new() };
            marks.say(&Spot { sheet: "Products", row, column: Some(column), value: "" }, remark);
        }
        annotate(to, &tables, &marks, "filled.xlsx, checked\nmode create").unwrap();
    };
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        mark(&plain, &marked, Some(severity));
        let seen = python.run(LOOKS, &[&marked]);
        assert!(looks.lines().zip(seen.lines()).all(|(before, after)| before != after), "{seen}");
        assert!(
            !seen.contains("rgb='00FFFFFF'") && !seen.contains("lightGrid") && !seen.contains("GradientFill"),
            "{seen}"
        );
        let header = seen.lines().next().unwrap();
        assert!(header.contains("name='Arial'") && header.contains("b=True") && header.contains("sz=12.0"), "{header}");
        // Annotated anew as it is, and after another program has given every style another number.
        python.run(SAVED_AGAIN, &[&marked, &saved]);
        for from in [&marked, &saved] {
            mark(from, &clean, None);
            assert_eq!(python.run(LOOKS, &[&clean]), looks, "{severity:?}");
            mark(from, &clean, Some(Severity::Note));
            mark(&clean, &clean, None);
            assert_eq!(python.run(LOOKS, &[&clean]), looks, "{severity:?}, marked twice");
        }
    }
}
