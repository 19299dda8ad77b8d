//! XLSX and XLSM workbooks -> rows, streaming.
//!
//! The parts are found as the workbook relates them, transitional or strict, wherever they lie; where
//! relations are missing, at their usual places. Digits go from the file to the cell without a float
//! between. Nothing that the file promises of itself, a count, a size, a dimension, is believed.

mod beside;
mod cell;
mod contents;
mod cut;
mod drawing;
mod format;
mod formula;
mod markup;
mod number;
mod packed;
pub(crate) mod place;
mod regular;
mod relations;
mod strings;
mod styles;
mod text;
mod worksheet;
mod xml;

use std::ops::ControlFlow;
use std::sync::Arc;

use super::ahead::read_ahead;
use super::archive::{Archive, Part};
use super::bytes::Stream;
use super::cells::CellWriter;
use super::chunk::Chunk;
use super::sniff::{Refusal, damaged};
use super::{Layout, Limits};
use beside::Beside;
use cell::Common;
use contents::{Contents, SheetPart};
pub(super) use cut::RowsChunk;
use cut::Whole;
use relations::Relations;
#[cfg(feature = "workbooks")]
pub(crate) use relations::resolved;
use strings::Strings;
use styles::Styles;
use xml::Xml;

/// Whether each style of a workbook shows a number as it is, by its part of styles; nothing of one that cannot be read.
#[cfg(feature = "workbooks")]
pub(crate) fn plain_styles(part: &[u8]) -> Vec<bool> {
    Styles::read(part, &Limits::default()).map(|styles| styles.plain()).unwrap_or_default()
}

/// An open workbook: its directory, sheets, shared texts and styles.
pub(super) struct Book {
    archive: Archive,
    sheets: Vec<SheetPart>,
    common: Arc<Common>,
}

/// The archive holds a workbook.
pub(super) fn has_workbook(archive: &mut Archive) -> Result<bool, Refusal> {
    let Some(name) = workbook_part(archive)? else { return Ok(false) };
    let limits = *archive.limits();
    let Some(part) = archive.part(&name)? else { return Ok(false) };
    match Xml::new(part, &limits).root(b"workbook") {
        Ok(()) => Ok(true),
        Err(Refusal::Unreadable(_)) => Ok(false),
        Err(refusal @ (Refusal::Io(_) | Refusal::Limit(_))) => Err(refusal),
    }
}

/// The part that lists the sheets.
fn workbook_part(archive: &mut Archive) -> Result<Option<String>, Refusal> {
    let relations = Relations::of(archive, "")?;
    let related = relations.part("officeDocument").filter(|name| archive.has(name)).map(str::to_owned);
    Ok(related.or_else(|| archive.has("xl/workbook.xml").then(|| "xl/workbook.xml".to_owned())))
}

impl Book {
    /// Opens the workbook in `stream`.
    pub(super) fn open(stream: Stream, limits: &Limits) -> Result<Book, Refusal> {
        let mut archive = Archive::open(stream, limits)?;
        let name = workbook_part(&mut archive)?.ok_or_else(|| damaged("the list of its sheets is missing"))?;
        let relations = Relations::of(&mut archive, &name)?;
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let contents = match archive.part(&name)? {
            Some(part) => Contents::read(part, limits)?,
            None => return Err(damaged("the list of its sheets is missing").into()),
        };
        let Contents { sheets, counts_from_1904 } = contents;
        let sheets = contents::located(sheets, &relations, &archive, &folder);
        let part_of = |kind: &str, usual: &str| {
            let related = relations.part(kind).filter(|name| archive.has(name));
            related.map_or_else(|| format!("{folder}/{usual}"), str::to_owned)
        };
        let (strings, styles) = (part_of("sharedStrings", "sharedStrings.xml"), part_of("styles", "styles.xml"));
        let strings = match archive.part(&strings)? {
            Some(part) if part.is_large() => Some(read_ahead(part, |part| Strings::read(part, limits))?),
            Some(part) => Some(Strings::read(part, limits)?),
            None => None,
        };
        let styles = archive.part(&styles)?.map(|part| Styles::read(part, limits)).transpose()?;
        let common = Common { strings, styles: styles.unwrap_or_default(), counts_from_1904 };
        Ok(Book { archive, sheets, common: Arc::new(common) })
    }

    /// The names of its worksheets in order: those that are shown, and those that are hidden.
    pub(super) fn worksheets(&self) -> (Vec<Arc<str>>, Vec<Arc<str>>) {
        let names = |is_hidden: bool| {
            let sheets = self.sheets.iter().filter(move |sheet| sheet.is_hidden == is_hidden);
            sheets.map(|sheet| sheet.name.as_str().into()).collect()
        };
        (names(false), names(true))
    }

    /// Its days count from 1904.
    pub(super) fn counts_from_1904(&self) -> bool {
        self.common.counts_from_1904
    }

    /// Reads the rows of `sheet` into `rows`; tells what stands beside them unless `rows` wants no more.
    pub(super) fn read(&mut self, sheet: &str, mut rows: CellWriter<'_>) -> Result<Layout, Refusal> {
        let limits = *self.archive.limits();
        rows.packed_in(self.archive.len());
        self.beside(sheet, |part, common| worksheet::read(part, common, &limits, rows))
    }

    /// Hands out the rows of `sheet` in chunks; tells what stands beside them unless `each` wants no more.
    pub(super) fn cut(
        &mut self,
        file: &Arc<str>,
        sheet: &str,
        each: &mut dyn FnMut(Chunk) -> ControlFlow<()>,
    ) -> Result<Layout, Refusal> {
        let whole = Whole::new(file, &self.common, self.archive.limits(), self.archive.len());
        self.beside(sheet, |part, _| worksheet::cut(part, &Arc::new(whole), each))
    }

    /// What stands beside the rows that `read` reads of `sheet`.
    fn beside(
        &mut self,
        sheet: &str,
        read: impl FnOnce(Part<'_>, &Common) -> Result<Option<Beside>, Refusal>,
    ) -> Result<Layout, Refusal> {
        let Book { archive, sheets, common } = self;
        let found = sheets.iter().find(|known| known.name == sheet).and_then(|known| known.part.as_deref());
        let missing = || damaged(&format!("the part of its sheet `{sheet}` is missing"));
        let name = found.ok_or_else(missing)?;
        let part = archive.part(name)?.ok_or_else(missing)?;
        match read(part, common)? {
            Some(beside) => beside.resolve(archive, name),
            None => Ok(Layout::default()),
        }
    }
}

#[cfg(test)]
mod tests;
