//! What a worksheet says beside its cells: hidden columns, merged areas, links, where its drawing is.

use std::io::Read;

use super::super::layout::{Area, Layout};
use super::super::sniff::Refusal;
use super::super::{Limits, archive::Archive};
use super::markup::Tag;
use super::relations::Relations;
use super::xml::{Event, Xml, malformed};
use super::{drawing, place};

/// The most merged areas and links of a sheet; it may have 65,530 links.
const MOST: usize = 1_000_000;
/// The most cells of one link.
const MOST_LINKED: u64 = 10_000;

/// What stands beside the cells, as the sheet's part tells it.
#[derive(Debug, Default)]
pub(super) struct Beside {
    merged: Vec<Area>,
    links: Vec<Link>,
    drawing: Option<String>,
    hidden_columns: Vec<u32>,
    /// How many cells are formulas whose value was computed before.
    pub(super) formulas: u64,
}

#[derive(Debug)]
struct Link {
    area: Area,
    /// The relation that knows where it leads.
    id: String,
    /// The place inside what it leads to.
    location: String,
}

impl Beside {
    /// Reads the columns that are hidden, up to the last that a sheet may use.
    pub(super) fn read_columns(&mut self, xml: &mut Xml<impl Read>, limits: &Limits) -> Result<(), Refusal> {
        each(xml, |tag| {
            let first = tag.attribute("min")?.and_then(|number| place::number(number.as_bytes()));
            let last = tag.attribute("max")?.and_then(|number| place::number(number.as_bytes()));
            if let (true, Some(first), Some(last)) = (tag.is_true("hidden")?, first, last) {
                let end = last.min(u32::try_from(limits.columns).unwrap_or(u32::MAX)).min(place::LAST_COLUMN);
                let known = self.hidden_columns.last().map_or(0, |column| *column);
                self.hidden_columns.extend(first.max(known + 1)..=end);
            }
            Ok(())
        })
    }

    /// Reads the merged areas.
    pub(super) fn read_merged(&mut self, xml: &mut Xml<impl Read>) -> Result<(), Refusal> {
        each(xml, |tag| {
            let name = tag.attribute("ref")?.unwrap_or_default();
            let area = place::area(name.trim().as_bytes())
                .ok_or_else(|| malformed(&format!("`{}` is no area to merge", beginning(&name))))?;
            self.merged.push(area);
            at_most(self.merged.len(), "merged areas")
        })
    }

    /// Reads the links that lead out of the workbook.
    pub(super) fn read_links(&mut self, xml: &mut Xml<impl Read>) -> Result<(), Refusal> {
        each(xml, |tag| {
            let Some(id) = tag.attribute(":id")? else { return Ok(()) };
            let name = tag.attribute("ref")?.unwrap_or_default();
            let area = place::area(name.trim().as_bytes())
                .ok_or_else(|| malformed(&format!("`{}` is no area of a link", beginning(&name))))?;
            let location = tag.attribute("location")?.unwrap_or_default().into_owned();
            self.links.push(Link { area, id: id.into_owned(), location });
            at_most(self.links.len(), "links")
        })
    }

    /// Notes which drawing lies over the sheet.
    pub(super) fn note_drawing(&mut self, tag: &Tag<'_>) -> Result<(), Refusal> {
        self.drawing = tag.attribute(":id")?.map(std::borrow::Cow::into_owned);
        Ok(())
    }

    /// Follows the relations of the sheet in the part `sheet`.
    pub(super) fn resolve(self, archive: &mut Archive, sheet: &str) -> Result<Layout, Refusal> {
        let Beside { merged, links, drawing, hidden_columns, formulas } = self;
        let mut layout = Layout { merged, hidden_columns, formulas, ..Layout::default() };
        if links.is_empty() && drawing.is_none() {
            return Ok(layout);
        }
        let relations = Relations::of(archive, sheet)?;
        for Link { area, id, location } in links {
            let Some(relation) = relations.get(&id).filter(|relation| relation.is_external) else { continue };
            let mut target = relation.target.clone();
            if !location.is_empty() && !target.contains('#') {
                target.extend(["#", &location]);
            }
            for place in cells(&area) {
                layout.links.insert(place, target.as_str().into());
            }
            at_most(layout.links.len(), "cells with links")?;
        }
        if let Some(drawing) = drawing.and_then(|id| relations.get(&id)) {
            let limits = *archive.limits();
            if let Some(part) = archive.part(&drawing.target)? {
                layout.pictures = drawing::pictures(part, &limits)?;
            }
        }
        Ok(layout)
    }
}

/// The cells of a link's area, of a large one only the first: it is no link of a cell.
fn cells(area: &Area) -> impl Iterator<Item = (u32, u32)> {
    let Area { first_row, mut last_row, first_column, mut last_column } = *area;
    if u64::from(last_row - first_row + 1) * u64::from(last_column - first_column + 1) > MOST_LINKED {
        (last_row, last_column) = (first_row, first_column);
    }
    (first_row..=last_row).flat_map(move |row| (first_column..=last_column).map(move |column| (row, column)))
}

fn at_most(count: usize, what: &str) -> Result<(), Refusal> {
    if count > MOST { Err(malformed(&format!("a sheet has more than {MOST} {what}"))) } else { Ok(()) }
}

fn beginning(text: &str) -> String {
    text.chars().take(20).collect()
}

/// Calls `take` with the elements inside the one that began last.
fn each(xml: &mut Xml<impl Read>, mut take: impl FnMut(&Tag<'_>) -> Result<(), Refusal>) -> Result<(), Refusal> {
    loop {
        match xml.next()? {
            Event::Start(tag) => {
                take(&tag)?;
                xml.skip()?;
            }
            Event::End => return Ok(()),
            Event::Text(_) => {}
            Event::Eof => return Err(malformed("a sheet breaks off")),
        }
    }
}
