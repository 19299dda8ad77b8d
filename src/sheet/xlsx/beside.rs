//! What a worksheet says beside its cells: hidden columns, merged areas, links, where its drawing is.

use std::io::Read;
use std::sync::Arc;

use super::super::layout::{Area, Layout};
use super::super::sniff::Refusal;
use super::super::{Limits, archive::Archive};
use super::markup::Tag;
use super::relations::{Relation, Relations};
use super::xml::{Event, Xml, malformed};
use super::{drawing, place};

/// The most merged areas and links of a sheet; it may have 65,530 links.
const MOST: usize = 1_000_000;
/// The most cells of one link.
const MOST_LINKED: u64 = 10_000;
/// The longest id, place or address of a link (Excel takes 2,084 characters), and the most text of all.
const LONGEST: usize = 8 << 10;
const MOST_TEXT: usize = 64 << 20;

/// What stands beside the cells, as the sheet's part tells it.
#[derive(Debug, Default)]
pub(super) struct Beside {
    merged: Vec<Area>,
    links: Vec<Link>,
    /// The text of the links.
    text: usize,
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

    /// Reads the links that lead out of the workbook. A broken one, or one too long for a link, is none: the
    /// cells are sound without it.
    pub(super) fn read_links(&mut self, xml: &mut Xml<impl Read>) -> Result<(), Refusal> {
        each(xml, |tag| {
            let Some(id) = tag.attribute(":id")? else { return Ok(()) };
            let name = tag.attribute("ref")?.unwrap_or_default();
            let Some(area) = place::area(name.trim().as_bytes()) else { return Ok(()) };
            let location = tag.attribute("location")?.unwrap_or_default();
            if id.len().max(location.len()) > LONGEST {
                return Ok(());
            }
            self.text += id.len() + location.len();
            if self.text > MOST_TEXT {
                return Err(malformed("the links of a sheet hold more than 64 MiB of text"));
            }
            self.links.push(Link { area, id: id.into_owned(), location: location.into_owned() });
            at_most(self.links.len(), "links")
        })
    }

    /// Notes which drawing lies over the sheet.
    pub(super) fn note_drawing(&mut self, tag: &Tag<'_>) -> Result<(), Refusal> {
        self.drawing = tag.attribute(":id")?.filter(|id| id.len() <= LONGEST).map(std::borrow::Cow::into_owned);
        Ok(())
    }

    /// Follows the relations of the sheet in the part `sheet`.
    pub(super) fn resolve(self, archive: &mut Archive, sheet: &str) -> Result<Layout, Refusal> {
        let Beside { merged, links, drawing, hidden_columns, formulas, .. } = self;
        let mut layout = Layout { merged, hidden_columns, formulas, ..Layout::default() };
        if links.is_empty() && drawing.is_none() {
            return Ok(layout);
        }
        let Some(relations) = sound(Relations::of(archive, sheet))? else { return Ok(layout) };
        let mut text = 0;
        for Link { area, id, location } in links {
            let is_link = |relation: &&Relation| relation.is_external && relation.target.len() <= LONGEST;
            let Some(relation) = relations.get(&id).filter(is_link) else { continue };
            let mut target = relation.target.clone();
            if !location.is_empty() && !target.contains('#') {
                target.extend(["#", &location]);
            }
            text += target.len();
            if text > MOST_TEXT {
                return Err(malformed("the links of a sheet hold more than 64 MiB of text"));
            }
            let target: Arc<str> = target.into();
            for place in cells(&area) {
                layout.links.insert(place, Arc::clone(&target));
            }
            at_most(layout.links.len(), "cells with links")?;
        }
        if let Some(drawing) = drawing.and_then(|id| relations.get(&id)) {
            let limits = *archive.limits();
            if let Some(Some(part)) = sound(archive.part(&drawing.target))? {
                layout.pictures = sound(drawing::pictures(part, &limits))?.unwrap_or_default();
            }
        }
        Ok(layout)
    }
}

/// What feeds a note only is nothing where it is damaged: the cells are sound without it.
fn sound<T>(read: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(Refusal::Unreadable(_)) => Ok(None),
        Err(refusal @ (Refusal::Io(_) | Refusal::Limit(_))) => Err(refusal),
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
