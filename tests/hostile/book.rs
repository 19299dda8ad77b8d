//! The parts of a small workbook, each of which a test may put something else in place of.

use crate::archive::Part;

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
pub(crate) const SHEET: &str = "xl/worksheets/sheet1.xml";
pub(crate) const STRINGS: &str = "xl/sharedStrings.xml";

/// The header row and one product, without the end of the data.
pub(crate) const ROWS: &str = concat!(
    r#"<row r="1"><c r="A1" t="inlineStr"><is><t>SellerSku</t></is></c><c r="B1" t="inlineStr"><is><t>name</t></is></c>"#,
    r#"<c r="C1" t="inlineStr"><is><t>price</t></is></c></row>"#,
    r#"<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="inlineStr"><is><t>T-shirt</t></is></c><c r="C2"><v>99</v></c></row>"#
);

/// A worksheet with this before and inside its data.
pub(crate) fn sheet(before: &str, inside: &str) -> Part {
    Part::stored(SHEET, format!("{}{inside}{}", sheet_start(before), sheet_end()))
}

pub(crate) fn sheet_start(before: &str) -> String {
    format!(r#"<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}">{before}<sheetData>"#)
}

pub(crate) fn sheet_end() -> &'static str {
    "</sheetData></worksheet>"
}

pub(crate) fn strings(count: u64, inside: &str) -> Part {
    Part::stored(STRINGS, format!("{}{inside}</sst>", strings_start(count)))
}

pub(crate) fn strings_start(count: u64) -> String {
    format!(r#"<sst xmlns="{MAIN}" count="{count}" uniqueCount="{count}">"#)
}

pub(crate) const ONE_STRING: &str = "<si><t>TEE-RED-M</t></si>";

/// A sound workbook.
pub(crate) fn sound() -> Vec<Part> {
    with(sheet("", ROWS), strings(1, ONE_STRING))
}

/// A workbook with this sheet and these shared strings.
pub(crate) fn with(sheet: Part, strings: Part) -> Vec<Part> {
    let kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    let package = "http://schemas.openxmlformats.org/package/2006";
    vec![
        Part::stored(
            "[Content_Types].xml",
            format!(
                r#"<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/><Override PartName="/{SHEET}" ContentType="{kinds}.worksheet+xml"/><Override PartName="/{STRINGS}" ContentType="{kinds}.sharedStrings+xml"/></Types>"#
            ),
        ),
        Part::stored("_rels/.rels", relationships(&[("officeDocument", "xl/workbook.xml")])),
        Part::stored(
            "xl/workbook.xml",
            workbook(r#"<sheets><sheet name="Products" sheetId="1" r:id="rId1"/></sheets>"#),
        ),
        Part::stored(
            "xl/_rels/workbook.xml.rels",
            relationships(&[
                ("worksheet", "worksheets/sheet1.xml"),
                ("sharedStrings", "sharedStrings.xml"),
                ("styles", "styles.xml"),
            ]),
        ),
        sheet,
        strings,
        Part::stored("xl/styles.xml", styles()),
    ]
}

/// A part of relationships: kind and target of each.
pub(crate) fn relationships(targets: &[(&str, &str)]) -> String {
    let lines: String = (1..)
        .zip(targets)
        .map(|(number, (kind, target))| {
            format!(r#"<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>"#)
        })
        .collect();
    format!(
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}</Relationships>"#
    )
}

/// A workbook part with this inside.
pub(crate) fn workbook(inside: &str) -> String {
    format!(r#"<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{inside}</workbook>"#)
}

/// Style 1 is a date.
fn styles() -> String {
    let fonts = "<fonts count=\"1\"><font><sz val=\"11\"/></font></fonts>";
    let looks = "<cellXfs count=\"2\"><xf numFmtId=\"0\" fontId=\"0\"/><xf numFmtId=\"14\" fontId=\"0\"/></cellXfs>";
    format!("<styleSheet xmlns=\"{MAIN}\">{fonts}{looks}</styleSheet>")
}
