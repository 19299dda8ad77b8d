//! What a workbook is made of, read without the code under test: parts, styles of cells, notes.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use skuload::location::column_letters;
use zip::ZipArchive;

const VERSION: XmlVersion = XmlVersion::Implicit1_0;

/// A workbook's parts, packed and unpacked.
pub(crate) struct Parts {
    pub(crate) packed: BTreeMap<String, Vec<u8>>,
    pub(crate) unpacked: BTreeMap<String, Vec<u8>>,
}

impl Parts {
    pub(crate) fn of(bytes: &[u8]) -> Parts {
        let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let (mut packed, mut unpacked) = (BTreeMap::new(), BTreeMap::new());
        for index in 0..zip.len() {
            let name = zip.by_index(index).unwrap().name().unwrap().to_string();
            let (mut raw, mut content) = (Vec::new(), Vec::new());
            zip.by_index_raw(index).unwrap().read_to_end(&mut raw).unwrap();
            zip.by_index(index).unwrap().read_to_end(&mut content).unwrap();
            packed.insert(name.clone(), raw);
            assert!(unpacked.insert(name, content).is_none());
        }
        Parts { packed, unpacked }
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        std::str::from_utf8(&self.unpacked[name]).unwrap()
    }

    /// The part to which a relation of `part` leads: the first of its kind, or the one with this id.
    pub(crate) fn related(&self, part: &str, wanted: &str) -> Option<String> {
        let (folder, file) = part.rsplit_once('/')?;
        let rels = self.unpacked.get(&format!("{folder}/_rels/{file}.rels"))?;
        let mut found = None;
        each(rels, |tag, _| {
            if local(tag) == "Relationship" {
                let (id, kind) = (attribute(tag, "Id").unwrap(), attribute(tag, "Type").unwrap());
                if (id == wanted || kind.ends_with(&format!("/{wanted}"))) && found.is_none() {
                    found = attribute(tag, "Target");
                }
            }
        });
        let target = found?;
        let mut names: Vec<&str> = if target.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
        for name in target.split('/').filter(|name| !name.is_empty()) {
            if name == ".." { _ = names.pop() } else { names.push(name) }
        }
        Some(names.join("/"))
    }

    /// The sheets: name and part.
    pub(crate) fn sheets(&self) -> Vec<(String, String)> {
        let mut sheets = Vec::new();
        each(&self.unpacked["xl/workbook.xml"], |tag, _| {
            if local(tag) == "sheet" {
                let id = attribute(tag, ":id").unwrap();
                sheets.push((attribute(tag, "name").unwrap(), self.related("xl/workbook.xml", &id).unwrap()));
            }
        });
        sheets
    }

    /// How each cell of a sheet looks: the style with everything but its fill, and the fill.
    pub(crate) fn looks(&self, sheet: &str) -> BTreeMap<String, (String, String)> {
        let styles = Styles::of(self.unpacked.get("xl/styles.xml").map_or(&[], Vec::as_slice));
        let (mut looks, mut row, mut column) = (BTreeMap::new(), 0, 0);
        each(&self.unpacked[sheet], |tag, path| match (path, &*local(tag)) {
            ("worksheet/sheetData", "row") => {
                row = attribute(tag, "r").map_or(row + 1, |number| number.parse().unwrap());
                column = 0;
            }
            ("worksheet/sheetData/row", "c") => {
                column += 1;
                let name = attribute(tag, "r").unwrap_or_else(|| format!("{}{row}", column_letters(column)));
                let letters = name.trim_end_matches(|c: char| c.is_ascii_digit());
                column = letters.bytes().fold(0, |sum, letter| sum * 26 + u32::from(letter - b'A') + 1);
                let style = attribute(tag, "s").map_or(0, |number| number.parse().unwrap());
                assert!(looks.insert(name, styles.look(style)).is_none());
            }
            _ => {}
        });
        looks
    }

    /// The notes of a sheet: the cell, and the text.
    pub(crate) fn notes(&self, sheet: &str) -> BTreeMap<String, String> {
        let Some(part) = self.related(sheet, "comments") else { return BTreeMap::new() };
        let mut reader = Reader::from_reader(&self.unpacked[&part][..]);
        let (mut notes, mut at) = (BTreeMap::new(), None);
        loop {
            match reader.read_event().unwrap() {
                Event::Start(tag) if local(&tag) == "comment" => at = attribute(&tag, "ref"),
                Event::End(tag) if tag.local_name().as_ref() == "comment" => at = None,
                Event::Text(text) => {
                    if let Some(at) = &at {
                        *notes.entry(at.clone()).or_insert(String::new()) += &text.xml_content(VERSION);
                    }
                }
                Event::GeneralRef(name) => {
                    let known = match &*name.xml_content(VERSION) {
                        "lt" => "<".to_owned(),
                        "gt" => ">".to_owned(),
                        "amp" => "&".to_owned(),
                        "quot" => "\"".to_owned(),
                        _ => name.resolve_char_ref().unwrap().unwrap().to_string(),
                    };
                    if let Some(at) = &at {
                        *notes.entry(at.clone()).or_insert(String::new()) += &known;
                    }
                }
                Event::Eof => return notes,
                _ => {}
            }
        }
    }
}

/// Styles as texts.
struct Styles {
    fills: Vec<String>,
    xfs: Vec<(String, usize)>,
}

impl Styles {
    fn of(bytes: &[u8]) -> Styles {
        let mut styles = Styles { fills: Vec::new(), xfs: Vec::new() };
        let mut is_cell_style = false;
        each(bytes, |tag, path| {
            let all = |tag: &BytesStart<'_>| {
                let mut all: Vec<String> = tag
                    .attributes()
                    .map(|found| {
                        let found = found.unwrap();
                        format!("{}={}", found.key.as_ref(), found.value)
                    })
                    .filter(|text| !text.starts_with("fillId=") && !text.starts_with("applyFill="))
                    .collect();
                all.sort();
                format!("{} {}", local(tag), all.join(" "))
            };
            if path == "styleSheet/fills" {
                styles.fills.push(String::new());
            } else if path.starts_with("styleSheet/fills/") {
                styles.fills.last_mut().unwrap().push_str(&all(tag));
            } else if path == "styleSheet/cellXfs" {
                is_cell_style = true;
                let fill = attribute(tag, "fillId").map_or(0, |id| id.parse().unwrap());
                styles.xfs.push((all(tag), fill));
            } else if is_cell_style && path.starts_with("styleSheet/cellXfs/") {
                styles.xfs.last_mut().unwrap().0.push_str(&all(tag));
            }
        });
        styles
    }

    fn look(&self, style: usize) -> (String, String) {
        let Some((rest, fill)) = self.xfs.get(style) else { return Default::default() };
        let fill = self.fills.get(*fill).filter(|fill| *fill != "patternFill patternType=none");
        (rest.clone(), fill.cloned().unwrap_or_default())
    }
}

pub(crate) fn local(tag: &BytesStart<'_>) -> String {
    tag.local_name().as_ref().to_owned()
}

/// An attribute's value; a name that begins with `:` is found under any prefix.
pub(crate) fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.attributes().map(|found| found.unwrap()).find(|found| {
        let key = found.key.as_ref();
        if name.starts_with(':') { key.ends_with(name) } else { key == name }
    })?;
    Some(found.normalized_value(VERSION).unwrap().into_owned())
}

/// Calls `take` with every element, and with the names of those around it.
pub(crate) fn each(bytes: &[u8], mut take: impl FnMut(&BytesStart<'_>, &str)) {
    let mut reader = Reader::from_reader(bytes);
    let mut path: Vec<String> = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                take(&tag, &path.join("/"));
                path.push(local(&tag));
            }
            Event::Empty(tag) => take(&tag, &path.join("/")),
            Event::End(_) => _ = path.pop(),
            Event::Eof => return,
            _ => {}
        }
    }
}
