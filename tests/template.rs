//! `skuload template`: an empty sheet is made, filled in, checked and imported by the program itself.
#![cfg(feature = "cli")]

#[path = "support/tools.rs"]
mod tools;

use std::fs::{self, File};
use std::io::{Cursor, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// What the marketplace would tell of two categories.
const CATEGORIES: &str = r#"{
  "v": 1, "kind": "categories", "country": "sg", "pulled": "2026-11-20T00:00:00Z",
  "tree": [
    {"id": 1, "name": "Fashion", "children": [{"id": 6614, "name": "T-Shirts"}, {"id": 2, "name": "Tea"}]},
    {"id": 3, "name": "Tea"}
  ],
  "attributes": {
    "6614": [
      {"name": "name", "input": "text", "level": "product", "mandatory": true},
      {"name": "color_family", "label": "Colour", "input": "one", "level": "sku", "mandatory": true, "variant": true, "options": ["Red", "Blue"]},
      {"name": "size", "label": "Size", "input": "one", "level": "sku", "mandatory": true, "variant": true, "options": ["Int:M", "Int:L"]},
      {"name": "material", "label": "Material", "input": "one-or-own", "level": "product", "options": ["Cotton", "Wool"]},
      {"name": "season", "label": "Season", "input": "several", "level": "product", "mandatory": true, "options": ["Spring", "Summer"]}
    ]
  },
  "brands": ["Acme", "No Brand"]
}"#;

struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("categories.json"), CATEGORIES).unwrap();
        Desk { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[allow(clippy::disallowed_methods, reason = "what is set for daily work is no setting of this desk")]
    fn run(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skuload"));
        command.args(args).args(["--state-dir", "state"]).current_dir(self.folder.path());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SKULOAD_")) {
            command.env_remove(name);
        }
        command.env("NO_COLOR", "1").env("XDG_CONFIG_HOME", self.folder.path()).stdin(Stdio::null()).output().unwrap()
    }

    /// Runs to the exit code, and gives what was printed.
    #[track_caller]
    fn told(&self, args: &[&str], exit: i32) -> String {
        let output = self.run(args);
        let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(exit), "{told}");
        told
    }
}

/// Fills in rows below the example, as a spreadsheet program writes them: a cell for each `HEADER=value`, numbers as
/// numbers.
fn fill(desk: &Desk, name: &str, rows: &[&[(&str, &str)]]) {
    let mut archive = ZipArchive::new(Cursor::new(fs::read(desk.path(name)).unwrap())).unwrap();
    let mut filled = ZipWriter::new(File::create(desk.path("filled.xlsx")).unwrap());
    let part = |archive: &mut ZipArchive<Cursor<Vec<u8>>>, name: &str| {
        let mut bytes = Vec::new();
        archive.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    let strings = String::from_utf8(part(&mut archive, "xl/sharedStrings.xml")).unwrap();
    // The headers are the first strings, in the order of the columns; each example follows its header.
    let strings: Vec<&str> =
        strings.split("<si><t").skip(1).map(|text| text.split(['>', '<']).nth(1).unwrap()).collect();
    let page = String::from_utf8(part(&mut archive, "xl/worksheets/sheet1.xml")).unwrap();
    let header = page.split("<row r=\"1\"").nth(1).unwrap().split("</row>").next().unwrap();
    let columns: Vec<(&str, &str)> = header
        .split("<c r=\"")
        .skip(1)
        .map(|cell| {
            let place: usize = cell.split("<v>").nth(1).unwrap().split('<').next().unwrap().parse().unwrap();
            (strings[place].trim_end_matches('*'), cell.split('1').next().unwrap())
        })
        .collect();
    let mut more = String::new();
    for (at, row) in rows.iter().enumerate() {
        let number = at + 3;
        // Cells stand in the order of their columns.
        let cells: String = columns
            .iter()
            .filter_map(|(header, letters)| {
                let (_, value) = row.iter().find(|(own, _)| own == header)?;
                Some(match value.parse::<f64>() {
                    Ok(_) => format!("<c r=\"{letters}{number}\"><v>{value}</v></c>"),
                    Err(_) => format!("<c r=\"{letters}{number}\" t=\"inlineStr\"><is><t>{value}</t></is></c>"),
                })
            })
            .collect();
        assert_eq!(cells.matches("<c ").count(), row.len(), "a header that the template does not have");
        more.push_str(&format!("<row r=\"{number}\">{cells}</row>"));
    }
    for at in 0..archive.len() {
        let name = archive.by_index(at).unwrap().name().unwrap().into_owned();
        filled.start_file(&name, SimpleFileOptions::default()).unwrap();
        let bytes = if name == "xl/worksheets/sheet1.xml" {
            page.replacen("</sheetData>", &format!("{more}</sheetData>"), 1).into_bytes()
        } else {
            part(&mut archive, &name)
        };
        filled.write_all(&bytes).unwrap();
    }
    filled.finish().unwrap();
}

const PARCEL: [(&str, &str); 4] =
    [("package_weight", "0.25"), ("package_length", "30"), ("package_width", "24"), ("package_height", "3")];

fn shirt(sku: &'static str, size: &'static str) -> Vec<(&'static str, &'static str)> {
    let own = [
        ("SellerSku", sku),
        ("product", "TEE"),
        ("PrimaryCategory", "6614"),
        ("name", "Everyday cotton T-shirt"),
        ("short_description", "Combed cotton"),
        ("brand", "Acme"),
        ("color_family", "Red"),
        ("size", size),
        ("price", "99.9"),
        ("quantity", "5"),
    ];
    own.into_iter().chain(PARCEL).collect()
}

const OF_SHIRTS: [&str; 7] = ["template", "-o", "shirts.xlsx", "--categories", "categories.json", "--category", "6614"];

#[test]
fn an_untouched_template_has_nothing_wrong_and_nothing_to_send() {
    let desk = Desk::new();
    desk.told(&["template", "-o", "any.xlsx"], 0);
    desk.told(&OF_SHIRTS, 0);
    for name in ["any.xlsx", "shirts.xlsx"] {
        let told = desk.told(&["check", name, "--country", "sg", "--categories", "categories.json"], 0);
        assert!(told.contains("1 row, 0 products") && told.contains("0 errors, 0 warnings; 1 row skipped"), "{told}");
    }
}

#[test]
fn a_filled_template_is_clean() {
    let desk = Desk::new();
    let told = desk.told(&OF_SHIRTS, 0);
    assert!(told.contains("shirts.xlsx: a template for 1 category\n"), "{told}");
    assert!(told.contains("fill it in, then: skuload check shirts.xlsx --categories categories.json"), "{told}");
    let of_product = [("material", "Cotton"), ("attr.season", "Spring, Summer")];
    let first: Vec<_> = shirt("TEE-M", "Int:M").into_iter().chain(of_product).collect();
    fill(&desk, "shirts.xlsx", &[&first, &shirt("TEE-L", "Int:L")]);
    let check = ["check", "filled.xlsx", "--country", "sg", "--categories", "categories.json", "--now", "2026-11-22"];
    let told = desk.told(&check, 0);
    assert!(told.contains("3 rows, 1 product") && told.contains("2 SKUs: 0 errors, 0 warnings"), "{told}");
}

#[cfg(all(feature = "import", feature = "sandbox"))]
#[test]
fn a_filled_template_is_imported() {
    let desk = Desk::new();
    desk.told(&OF_SHIRTS, 0);
    let of_product = [("material", "Cotton"), ("attr.season", "Spring, Summer")];
    let first: Vec<_> = shirt("TEE-M", "Int:M").into_iter().chain(of_product).collect();
    fill(&desk, "shirts.xlsx", &[&first, &shirt("TEE-L", "Int:L")]);
    let told = desk.told(&["import", "filled.xlsx", "--sandbox"], 0);
    assert!(told.contains("3 rows: 2 created, 1 skipped"), "{told}");
}

#[track_caller]
fn check_refused(args: &[&str], exit: i32, expect: &str) {
    let desk = Desk::new();
    let told = desk.told(&[&["template"], args].concat(), exit);
    assert!(told.contains(expect), "{told}");
    assert!(!desk.path("a.xlsx").exists());
}

#[test]
fn what_cannot_be_made_is_told_with_what_to_do() {
    check_refused(&["-o", "a.csv"], 2, "a.csv: a template is a workbook");
    let pull = "skuload category pull --shop NAME --category 6614 --state-dir state";
    check_refused(&["-o", "a.xlsx", "--category", "6614"], 3, pull);
    check_refused(&["-o", "a.xlsx", "--category", "T-Shirts"], 3, "no category is known here");
    let known = ["-o", "a.xlsx", "--categories", "categories.json", "--category"];
    check_refused(
        &[&known[..], &["1"]].concat(),
        2,
        "Fashion (1) holds other categories, not products: T-Shirts (6614)",
    );
    check_refused(
        &[&known[..], &["Tea"]].concat(),
        2,
        "`Tea` is the name of 2 categories\n  help: give the number of one: 2 Fashion > Tea; 3 Tea",
    );
    check_refused(
        &[&known[..], &["T-Shirt"]].concat(),
        2,
        "did you mean 6614 Fashion > T-Shirts? `skuload category show --categories categories.json --state-dir state` lists",
    );
    check_refused(&[&known[..], &["fashion > tea"]].concat(), 3, "category pull --shop NAME --category 2");
}

#[test]
fn several_categories_are_parted_by_commas() {
    let desk = Desk::new();
    let text = CATEGORIES.replace(
        r#""attributes": {"#,
        r#""attributes": {"3": [{"name": "name", "input": "text", "level": "product"}],"#,
    );
    fs::write(desk.path("categories.json"), text).unwrap();
    for (name, typed) in [("a.xlsx", "6614,3"), ("b.xlsx", "T-Shirts, 3")] {
        let told = desk.told(&["template", "-o", name, "--categories", "categories.json", "--category", typed], 0);
        assert!(told.contains("a template for 2 categories"), "{typed} {told}");
    }
}

#[test]
fn a_category_is_named_by_its_path_too() {
    let desk = Desk::new();
    let told = desk
        .told(&["template", "-o", "a.xlsx", "--categories", "categories.json", "--category", "Fashion/T-shirts"], 0);
    assert!(told.contains("a template for 1 category"), "{told}");
}

#[test]
fn a_sheet_that_somebody_may_have_filled_in_is_not_written_over() {
    let desk = Desk::new();
    fs::write(desk.path("a.xlsx"), "mine").unwrap();
    let told = desk.told(&["template", "-o", "a.xlsx"], 9);
    assert!(told.contains("cannot write a.xlsx") && told.contains("what it holds is kept"), "{told}");
    assert_eq!(fs::read(desk.path("a.xlsx")).unwrap(), b"mine");
}

#[test]
fn an_office_suite_opens_it_and_keeps_every_sheet() {
    let Some(office) = tools::tool(&["soffice", "libreoffice"]) else { return };
    let desk = Desk::new();
    desk.told(&OF_SHIRTS, 0);
    let mut profile = std::ffi::OsString::from("-env:UserInstallation=file://");
    profile.push(desk.path("office"));
    let converted = Command::new(office)
        .arg(profile)
        .args(["--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", "again", "shirts.xlsx"])
        .current_dir(desk.folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(converted.status.success(), "{converted:?}");
    // What the suite has understood of it is what was meant.
    let mut archive = ZipArchive::new(File::open(desk.path("again/shirts.xlsx")).unwrap()).unwrap();
    let mut text = |name: &str| {
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    let (book, page) = (text("xl/workbook.xml"), text("xl/worksheets/sheet1.xml"));
    assert!(book.contains("name=\"Products\"") && book.contains("name=\"How to fill it in\""), "{book}");
    assert!(page.contains("&quot;Red,Blue&quot;") && page.contains("type=\"textLength\""), "{page}");
    let told = desk.told(&["check", "again/shirts.xlsx", "--country", "sg"], 0);
    assert!(told.contains("1 row skipped"), "{told}");
}
