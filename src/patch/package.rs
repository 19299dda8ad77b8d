//! The parts of the merchant's workbook, and how they are related.

use std::collections::HashMap;
use std::io::{Read, Seek};

use zip::ZipArchive;
use zip::read::ZipFile;

use super::error::{Snag, damaged};
use super::tokens::{Tokens, escaped};
use crate::sheet::resolved;

/// The largest part that is taken into memory; sheets are not.
const LARGEST: u64 = 256 << 20;

/// The open archive.
pub(super) struct Package<R> {
    pub(super) zip: ZipArchive<R>,
    /// Names in lower case, with `/` between folders and none in front.
    parts: HashMap<String, usize>,
}

impl<R: Read + Seek> Package<R> {
    pub(super) fn open(stream: R) -> Result<Package<R>, Snag> {
        let zip = ZipArchive::new(stream).map_err(Snag::of_archive)?;
        let mut parts = HashMap::new();
        for index in 0..zip.len() {
            let entry = zip.by_index_data(index).map_err(Snag::of_archive)?;
            if entry.encrypted() {
                return Err(damaged("it is encrypted; take its password away and save it again"));
            }
            parts.insert(normal(&String::from_utf8_lossy(entry.name_raw())), index);
        }
        Ok(Package { zip, parts })
    }

    /// There is a part of this name, whatever its case.
    pub(super) fn has(&self, name: &str) -> bool {
        self.parts.contains_key(&normal(name))
    }

    /// The names of its parts, normal ones, in no order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.keys().map(String::as_str)
    }

    /// The place of a part among the entries.
    pub(super) fn index(&self, name: &str) -> Option<usize> {
        self.parts.get(&normal(name)).copied()
    }

    /// A part, unpacked while it is read.
    pub(super) fn part(&mut self, name: &str) -> Result<ZipFile<'_, R>, Snag> {
        let index = self.index(name).ok_or_else(|| damaged(format!("its part `{name}` is missing")))?;
        self.zip.by_index(index).map_err(Snag::of_archive)
    }

    /// A small part as a whole; `None` where there is none.
    pub(super) fn bytes(&mut self, name: &str) -> Result<Option<Vec<u8>>, Snag> {
        if !self.has(name) {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        self.part(name)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(Snag::Read)?;
        if bytes.len() as u64 > LARGEST {
            return Err(damaged(format!("its part `{name}` is larger than 256 MiB")));
        }
        Ok(Some(bytes))
    }

    /// The relations of a part, of the whole package where the name is empty.
    pub(super) fn relations(&mut self, name: &str) -> Result<Relations, Snag> {
        let path = relations_of(name);
        let bytes = self.bytes(&path)?;
        Relations::read(name, bytes)
    }

    /// A name that no part has: `stem` with the least number behind it, and `ending`.
    pub(super) fn free(&self, stem: &str, ending: &str, taken: &[String]) -> String {
        let is_free = |name: &String| !self.has(name) && !taken.contains(name);
        (1_u32..).map(|number| format!("{stem}{number}{ending}")).find(is_free).unwrap_or_default()
    }
}

/// The name of a part as it is looked up.
pub(super) fn normal(name: &str) -> String {
    name.replace('\\', "/").trim_start_matches('/').to_lowercase()
}

/// Where the relations of a part stand.
pub(super) fn relations_of(name: &str) -> String {
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    if folder.is_empty() { format!("_rels/{file}.rels") } else { format!("{folder}/_rels/{file}.rels") }
}

/// One relation.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    pub(super) id: String,
    /// The whole type.
    kind: String,
    /// The part it leads to; of an external one, the address.
    pub(super) target: String,
    is_external: bool,
}

impl Relation {
    /// The last word of its type, which transitional and strict workbooks share.
    pub(super) fn is(&self, kind: &str) -> bool {
        self.kind.rsplit('/').next() == Some(kind) && !self.is_external
    }
}

/// The relations of one part, and the XML that tells them.
#[derive(Debug)]
pub(super) struct Relations {
    of: String,
    pub(super) all: Vec<Relation>,
    /// None where the part has none yet.
    bytes: Option<Vec<u8>>,
    pub(super) is_changed: bool,
    /// Ids that were there once: a new relation must not be taken for one of them.
    gone: Vec<String>,
}

impl Relations {
    fn read(name: &str, bytes: Option<Vec<u8>>) -> Result<Relations, Snag> {
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut all = Vec::new();
        let mut tokens = Tokens::new(bytes.as_deref().unwrap_or_default());
        while let Some(token) = tokens.next()? {
            if !token.begins(b"Relationship") {
                continue;
            }
            let target = token.attribute("Target").unwrap_or_default();
            let is_external = token.attribute("TargetMode").is_some_and(|mode| mode == "External");
            all.push(Relation {
                id: token.attribute("Id").unwrap_or_default(),
                kind: token.attribute("Type").unwrap_or_default(),
                target: if is_external { target } else { resolved(folder, &target) },
                is_external,
            });
        }
        Ok(Relations { of: name.to_owned(), all, bytes, is_changed: false, gone: Vec::new() })
    }

    /// The part with this id.
    pub(super) fn get(&self, id: &str) -> Option<&Relation> {
        self.all.iter().find(|relation| relation.id == id)
    }

    /// The first part of a kind.
    pub(super) fn part(&self, kind: &str) -> Option<&str> {
        self.all.iter().find(|relation| relation.is(kind)).map(|relation| relation.target.as_str())
    }

    /// What stands before the last word of the types of these relations: strict workbooks have other ones.
    pub(super) fn base(&self) -> Option<&str> {
        let bases = self.all.iter().filter_map(|relation| relation.kind.rsplit_once('/'));
        bases.map(|(base, _)| base).find(|base| base.ends_with("/relationships") && base.contains("officeDocument"))
    }

    /// Adds a relation to a part; answers its id.
    pub(super) fn add(&mut self, base: &str, kind: &str, part: &str) -> String {
        let known: Vec<&String> = self.all.iter().map(|relation| &relation.id).chain(&self.gone).collect();
        let is_free = |id: &String| !known.iter().any(|known| known.eq_ignore_ascii_case(id));
        let id = (1_u32..).map(|number| format!("rIdSkuload{number}")).find(is_free).unwrap_or_default();
        self.is_changed = true;
        let kind = format!("{base}/{kind}");
        self.all.push(Relation { id: id.clone(), kind, target: part.to_owned(), is_external: false });
        id
    }

    /// Takes a relation away.
    pub(super) fn remove(&mut self, id: &str) {
        self.all.retain(|relation| relation.id != id);
        self.gone.push(id.to_owned());
        self.is_changed = true;
    }

    /// Where the XML stands.
    pub(super) fn path(&self) -> String {
        relations_of(&self.of)
    }

    /// The XML: what was there, less what was removed, and what was added.
    pub(super) fn written(&self) -> Result<Vec<u8>, Snag> {
        let empty = b"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Relationships \
                      xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"></Relationships>";
        let mut tokens = Tokens::new(self.bytes.as_deref().unwrap_or(empty));
        let (mut out, mut known) = (Vec::new(), Vec::new());
        let mut is_left_out = false;
        while let Some(token) = tokens.next()? {
            if token.begins(b"Relationship") {
                let id = token.attribute("Id").unwrap_or_default();
                is_left_out = self.get(&id).is_none();
                known.push(id);
            }
            if token.begins(b"Relationships") && token.kind == super::tokens::Kind::Empty {
                let prefix = String::from_utf8_lossy(token.prefix()).into_owned();
                out.extend_from_slice(token.raw[..token.raw.len() - 2].trim_ascii_end());
                out.push(b'>');
                self.push_new(&known, &prefix, &mut out);
                out.extend_from_slice(format!("</{prefix}Relationships>").as_bytes());
                continue;
            }
            if token.closes(b"Relationships") {
                let prefix = String::from_utf8_lossy(token.prefix()).into_owned();
                self.push_new(&known, &prefix, &mut out);
            }
            if !is_left_out || token.local() != b"Relationship" {
                out.extend_from_slice(token.raw);
            }
        }
        Ok(out)
    }

    fn push_new(&self, known: &[String], prefix: &str, out: &mut Vec<u8>) {
        for relation in self.all.iter().filter(|relation| !known.contains(&relation.id)) {
            let (id, kind, target) = (&relation.id, &relation.kind, escaped(&relation.target));
            let line = format!("<{prefix}Relationship Id=\"{id}\" Type=\"{kind}\" Target=\"/{target}\"/>");
            out.extend_from_slice(line.as_bytes());
        }
    }
}

/// What the parts are, as `[Content_Types].xml` tells it.
#[derive(Debug)]
pub(super) struct Types {
    bytes: Vec<u8>,
    overrides: HashMap<String, String>,
    added: Vec<(String, &'static str)>,
    removed: Vec<String>,
}

/// Where the types of all parts stand.
pub(super) const TYPES: &str = "[Content_Types].xml";

impl Types {
    pub(super) fn read(bytes: Vec<u8>) -> Result<Types, Snag> {
        let mut overrides = HashMap::new();
        let mut tokens = Tokens::new(bytes.as_slice());
        while let Some(token) = tokens.next()? {
            if token.begins(b"Override")
                && let (Some(part), Some(kind)) = (token.attribute("PartName"), token.attribute("ContentType"))
            {
                overrides.insert(normal(&part), kind);
            }
        }
        Ok(Types { bytes, overrides, added: Vec::new(), removed: Vec::new() })
    }

    /// What a part is, where it is told by its name.
    pub(super) fn of(&self, part: &str) -> Option<&str> {
        self.overrides.get(&normal(part)).map(String::as_str)
    }

    pub(super) fn add(&mut self, part: &str, kind: &'static str) {
        self.added.push((part.to_owned(), kind));
    }

    pub(super) fn remove(&mut self, part: &str) {
        self.removed.push(normal(part));
    }

    /// The XML with what was added and without what was removed.
    pub(super) fn written(&self) -> Result<Vec<u8>, Snag> {
        let mut tokens = Tokens::new(self.bytes.as_slice());
        let mut out = Vec::new();
        while let Some(token) = tokens.next()? {
            let part = if token.begins(b"Override") { token.attribute("PartName") } else { None };
            if part.is_some_and(|part| self.removed.contains(&normal(&part))) {
                continue;
            }
            if token.closes(b"Types") {
                let prefix = String::from_utf8_lossy(token.prefix()).into_owned();
                for (part, kind) in &self.added {
                    let part = escaped(part);
                    let line = format!("<{prefix}Override PartName=\"/{part}\" ContentType=\"{kind}\"/>");
                    out.extend_from_slice(line.as_bytes());
                }
            }
            out.extend_from_slice(token.raw);
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relations(xml: &str) -> Relations {
        Relations::read("xl/workbook.xml", Some(xml.as_bytes().to_vec())).unwrap()
    }

    #[test]
    fn relations_keep_their_bytes_but_for_what_changes() {
        let xml = "<x:Relationships xmlns:x='y'>\n<x:Relationship Id='a' Type='t/officeDocument/relationships/styles' \
                   Target='styles.xml'/><x:Relationship Id=\"b\" Type=\"t/theme\" Target=\"/xl/t.xml\"/></x:Relationships>";
        let mut found = relations(xml);
        assert_eq!(found.part("styles"), Some("xl/styles.xml"));
        assert_eq!(found.get("b").map(|relation| relation.target.as_str()), Some("xl/t.xml"));
        assert_eq!(found.written().unwrap(), xml.as_bytes());
        assert_eq!(found.base(), Some("t/officeDocument/relationships"));
        found.remove("b");
        assert_eq!(found.add("base", "comments", "xl/c&1.xml"), "rIdSkuload1");
        let line = "<x:Relationship Id=\"rIdSkuload1\" Type=\"base/comments\" Target=\"/xl/c&amp;1.xml\"/>";
        let at = xml.find("<x:Relationship Id=\"b\"").unwrap();
        let expect = format!("{}{line}</x:Relationships>", &xml[..at]);
        assert_eq!(String::from_utf8(found.written().unwrap()).unwrap(), expect);
    }

    #[test]
    fn relations_begin_where_there_were_none() {
        for bytes in [None, Some(b"<Relationships xmlns=\"y\" />".to_vec())] {
            let mut found = Relations::read("xl/worksheets/sheet1.xml", bytes).unwrap();
            found.add("base", "comments", "xl/comments1.xml");
            let written = String::from_utf8(found.written().unwrap()).unwrap();
            assert!(written.contains("/comments1.xml\"/></Relationships>"), "{written}");
            assert_eq!(found.path(), "xl/worksheets/_rels/sheet1.xml.rels");
        }
        assert_eq!(relations_of(""), "_rels/.rels");
    }

    #[test]
    fn types_are_added_and_removed() {
        let xml = "<Types><Override PartName=\"/xl/A.xml\" ContentType=\"a\"/><Default Extension=\"xml\"/></Types>";
        let mut types = Types::read(xml.as_bytes().to_vec()).unwrap();
        assert_eq!((types.of("xl/a.xml"), types.of("xl/b.xml")), (Some("a"), None));
        types.add("xl/b.xml", "b");
        types.remove("xl/a.xml");
        let expect = "<Types><Default Extension=\"xml\"/><Override PartName=\"/xl/b.xml\" ContentType=\"b\"/></Types>";
        assert_eq!(String::from_utf8(types.written().unwrap()).unwrap(), expect);
    }
}
