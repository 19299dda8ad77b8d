//! The part of a workbook that lists its sheets and says from when its days count.

use std::io::Read;

use super::super::Limits;
use super::super::archive::Archive;
use super::super::sniff::Refusal;
use super::markup::Tag;
use super::relations::Relations;
use super::xml::{Event, Xml, malformed};

/// The longest name of a sheet; Excel takes 31 characters.
const LONGEST: usize = 8 << 10;

/// What the part says.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) sheets: Vec<Listed>,
    pub(super) counts_from_1904: bool,
}

/// A sheet of any kind as it is listed.
#[derive(Debug)]
pub(super) struct Listed {
    name: String,
    /// The relation that knows its part.
    id: String,
    is_hidden: bool,
}

/// A worksheet, and the part that holds it.
#[derive(Debug)]
pub(super) struct SheetPart {
    pub(super) name: String,
    pub(super) is_hidden: bool,
    pub(super) part: Option<String>,
}

impl Contents {
    /// Reads the part.
    pub(super) fn read(part: impl Read, limits: &Limits) -> Result<Contents, Refusal> {
        let mut xml = Xml::new(part, limits);
        let mut contents = Contents::default();
        let prefix = loop {
            match xml.next()? {
                Event::Start(tag) if tag.local() == b"workbook" => break tag.prefix().to_vec(),
                Event::Start(_) | Event::Eof => return Err(malformed("the list of its sheets is missing")),
                Event::Text(_) | Event::End => {}
            }
        };
        loop {
            match xml.next()? {
                Event::Start(tag) => match tag.local() {
                    // A newer namespace has an element of the same name.
                    b"workbookPr" if tag.prefix() == prefix => {
                        contents.counts_from_1904 = tag.is_true("date1904")?;
                        xml.skip()?;
                    }
                    b"sheets" => contents.read_sheets(&mut xml, limits)?,
                    _ => xml.skip()?,
                },
                Event::Eof => return Ok(contents),
                Event::End | Event::Text(_) => {}
            }
        }
    }

    fn read_sheets(&mut self, xml: &mut Xml<impl Read>, limits: &Limits) -> Result<(), Refusal> {
        loop {
            match xml.next()? {
                Event::Start(tag) => {
                    if tag.local() == b"sheet" {
                        self.sheets.push(listed(&tag)?);
                    }
                    // Each sheet is a part.
                    if self.sheets.len() as u64 > limits.entries {
                        return Err(limits.passed("entries", "its workbook lists too many sheets"));
                    }
                    xml.skip()?;
                }
                Event::End => return Ok(()),
                Event::Text(_) => {}
                Event::Eof => return Err(malformed("the list of its sheets breaks off")),
            }
        }
    }
}

fn listed(tag: &Tag<'_>) -> Result<Listed, Refusal> {
    let state = tag.attribute("state")?.unwrap_or_default();
    let name = tag.attribute("name")?.ok_or_else(|| malformed("a sheet has no name"))?;
    if name.len() > LONGEST {
        return Err(malformed("a sheet has a name longer than 8 KiB"));
    }
    Ok(Listed {
        name: name.into_owned(),
        id: tag.attribute(":id")?.unwrap_or_default().into_owned(),
        is_hidden: matches!(&*state, "hidden" | "veryHidden"),
    })
}

/// The worksheets among `sheets`, with their parts: as they are related, or, where nothing is related, at
/// their usual places in `folder`.
pub(super) fn located(sheets: Vec<Listed>, relations: &Relations, archive: &Archive, folder: &str) -> Vec<SheetPart> {
    let mut parts = Vec::new();
    for (index, Listed { name, id, is_hidden }) in sheets.into_iter().enumerate() {
        let part = match relations.get(&id) {
            Some(relation) if relation.kind != "worksheet" => continue,
            Some(relation) => Some(relation.target.clone()),
            None if relations.is_empty() => Some(format!("{folder}/worksheets/sheet{}.xml", index + 1)),
            None => None,
        };
        parts.push(SheetPart { name, is_hidden, part: part.filter(|part| archive.has(part)) });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(xml: &str) -> Contents {
        Contents::read(xml.as_bytes(), &Limits::default()).unwrap()
    }

    #[test]
    fn sheets_are_listed_in_their_order() {
        let found = read(
            "<x:workbook xmlns:x=\"y\"><x:sheets><x:sheet name=\"A&amp;B\" sheetId=\"7\" r:id=\"r2\"/>\
             <x:sheet name=\"C\" state=\"veryHidden\" rel:id=\"r1\"/></x:sheets></x:workbook>",
        );
        let sheets: Vec<_> = found.sheets.iter().map(|s| (s.name.as_str(), s.id.as_str(), s.is_hidden)).collect();
        assert_eq!(sheets, [("A&B", "r2", false), ("C", "r1", true)]);
    }

    #[test]
    fn days_count_from_1904_where_the_workbook_says_so_itself() {
        assert!(read("<workbook><workbookPr date1904=\"1\"/></workbook>").counts_from_1904);
        assert!(read("<x:workbook><x:workbookPr date1904=\"true\"/></x:workbook>").counts_from_1904);
        assert!(!read("<workbook><workbookPr date1904=\"0\"/></workbook>").counts_from_1904);
        assert!(!read("<workbook><workbookPr/><x15:workbookPr date1904=\"1\"/></workbook>").counts_from_1904);
    }
}
