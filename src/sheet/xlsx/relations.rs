//! The relations between the parts of a workbook: which part is meant, wherever it lies.

use std::collections::HashMap;

use super::super::archive::Archive;
use super::super::sniff::Refusal;
use super::xml::{Event, Xml, malformed};

/// The most relations that one part is believed to have; a sheet may have 65,530 links.
const MOST: usize = 100_000;
/// The most text of an id, a kind or a target; a longer one leads nowhere.
const LONGEST: usize = 8 << 10;
/// The most text of all relations of a part.
const MOST_TEXT: usize = 64 << 20;

/// One relation.
#[derive(Debug)]
pub(super) struct Relation {
    /// The last word of its type, which transitional and strict workbooks share: `worksheet`.
    pub(super) kind: String,
    /// The part it leads to, or the address outside the workbook.
    pub(super) target: String,
    /// It leads out of the workbook.
    pub(super) is_external: bool,
}

/// The relations of one part, by their ids.
#[derive(Debug, Default)]
pub(super) struct Relations {
    by_id: HashMap<String, Relation>,
}

impl Relations {
    /// The relations of the part `name`, of the whole workbook where it is empty; none where none are told.
    pub(super) fn of(archive: &mut Archive, name: &str) -> Result<Relations, Refusal> {
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        let path = format!("{folder}/_rels/{file}.rels");
        let limits = *archive.limits();
        let Some(part) = archive.part(&path)? else { return Ok(Relations::default()) };
        let mut xml = Xml::new(part, &limits);
        let (mut by_id, mut text) = (HashMap::new(), 0);
        xml.root(b"Relationships")?;
        loop {
            match xml.next()? {
                Event::Start(tag) => {
                    let (id, kind) = (tag.attribute("Id")?, tag.attribute("Type")?);
                    let target = tag.attribute("Target")?.unwrap_or_default();
                    let is_external = tag.attribute("TargetMode")?.is_some_and(|mode| mode == "External");
                    if let (Some(id), Some(kind)) = (id, kind)
                        && id.len().max(kind.len()).max(target.len()) <= LONGEST
                    {
                        text += id.len() + kind.len() + target.len();
                        let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                        let target = if is_external { target.into_owned() } else { resolved(folder, &target) };
                        by_id.insert(id.into_owned(), Relation { kind, target, is_external });
                    }
                    if by_id.len() > MOST || text > MOST_TEXT {
                        return Err(malformed(&format!("a part has more than {MOST} relations, or 64 MiB of them")));
                    }
                    xml.skip()?;
                }
                Event::Eof => return Ok(Relations { by_id }),
                Event::End | Event::Text(_) => {}
            }
        }
    }

    /// The relation with this id.
    pub(super) fn get(&self, id: &str) -> Option<&Relation> {
        self.by_id.get(id)
    }

    /// The part of the kind `kind`.
    pub(super) fn part(&self, kind: &str) -> Option<&str> {
        let found = self.by_id.values().filter(|relation| relation.kind == kind && !relation.is_external);
        // There should be one; if not, it is the same one each time.
        found.map(|relation| relation.target.as_str()).min()
    }

    /// Nothing is told.
    pub(super) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

/// The part that `target` means where it is said by a part in `folder`.
pub(crate) fn resolved(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let mut names: Vec<&str> = if target.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for name in target.split('/') {
        match name {
            "" | "." => {}
            ".." => _ = names.pop(),
            name => names.push(name),
        }
    }
    names.retain(|name| !name.is_empty());
    names.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(folder: &str, target: &str, expect: &str) {
        assert_eq!(resolved(folder, target), expect);
    }

    #[test]
    fn targets_are_relative_to_the_folder_or_absolute() {
        check("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml");
        check("xl", "/xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml");
        check("xl/worksheets", "../drawings/drawing1.xml", "xl/drawings/drawing1.xml");
        check("xl", "worksheets\\sheet1.xml", "xl/worksheets/sheet1.xml");
        check("", "./xl/workbook.xml", "xl/workbook.xml");
        check("", "../../etc", "etc");
    }
}
