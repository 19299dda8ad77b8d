//! The merchant's own workbook again, with cells noted or changed and everything else as it was.
//!
//! A workbook is a zip of parts. Those that must change (the sheets with edits, styles, the list of sheets, notes)
//! are written anew; the others go over as they are packed, byte for byte. A sheet is streamed: cells without an edit
//! keep their very bytes, and it is never in memory as a whole. Of another input (CSV, XLS, XLSB, ODS) a workbook is
//! made first, every cell a text as it was typed.
//!
//! The rules it keeps: the merchant's file is never touched; a text never becomes a formula; a workbook is put in
//! place whole or not at all. What we add is known again (the first sheet by a hidden name, notes by their author,
//! fills by their colours), so that a second annotation replaces the first. `docProps/app.xml` lists the names of
//! sheets for others to show, and is left as it is; a signature holds for one content only, and is dropped.

mod anew;
mod book;
mod comments;
mod copy;
mod digest;
mod edit;
mod error;
mod fixes;
mod line;
mod marks;
mod note;
mod package;
mod paint;
pub(crate) mod place;
mod shapes;
mod styles;
mod survey;
#[cfg(test)]
mod tests;
mod tokens;
mod worksheet;
#[cfg_attr(not(feature = "import"), allow(dead_code, reason = "reports ask for more of it"))]
pub(crate) mod xlsxwriter;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

pub use anew::is_sheet_name;
#[cfg(feature = "import")]
pub(crate) use anew::sheet_name;
pub use copy::{MOST_NOTES, Outcome};
pub use digest::{Digest, Group, Listed};
pub use edit::{Edits, Place, Remark, SheetEdits, Value};
pub use error::PatchError;
pub use fixes::{as_written, fix, try_fix};
pub use marks::{Marks, Spot};

use crate::column::Table;
use crate::sheet::{Format, Input, Source};
use error::Snag;

/// Writes the workbook of `tables`, all of one file, with the marks, and with a first sheet that lists them; over an
/// older file of that name. `about` says what the first sheet is about.
///
/// # Errors
/// As [`patch`].
pub fn annotate(path: &Path, tables: &[Table], marks: &Marks, about: &str) -> Result<Outcome, PatchError> {
    patch(path, tables, marks.edits(), Some(&marks.digest(about)))
}

/// Writes the workbook of `tables`, all of one file, with the edits; with a first sheet where there is something to
/// tell. In place of an input that is no XLSX a new workbook is written.
///
/// What an earlier annotation added is taken back before: its sheet, its colours, its notes. Cells that are formulas
/// keep them: the outcome lists those that should have got another value.
///
/// # Errors
/// An unwritable place, a name that no program would open, a damaged workbook; then whatever stood at `path` still
/// stands there.
pub fn patch(path: &Path, tables: &[Table], edits: &Edits, digest: Option<&Digest>) -> Result<Outcome, PatchError> {
    let Some(source) = tables.first().map(|table| &table.source) else { return Ok(Outcome::default()) };
    refuse_ending(path, source)?;
    let wanted = Wanted { edits, digest };
    place::in_place(
        path,
        |source| place::failed(path, source),
        |file| {
            if source.format() == Format::Xlsx {
                return copied(path, Original { file: source.file(), input: source.input() }, wanted, file);
            }
            let mut plain = place::unnamed(path)?;
            anew::write(path, tables, &mut plain)?;
            let input = &Input::Open(Arc::new(plain));
            copied(path, Original { file: source.file(), input }, wanted, file)
        },
    )
}

/// Tries whether the workbook of a file could be written at `path`; `original` is where the merchant's file is.
///
/// # Errors
/// The path is the file itself, its ending would keep programs from opening it, or its folder cannot be written to.
pub fn try_patch(path: &Path, source: &Source, original: Option<&Path>) -> Result<(), PatchError> {
    if let Some(original) = original {
        place::refuse_same(path, original)?;
    }
    refuse_ending(path, source)?;
    place::try_path(path).map_err(|source| place::failed(path, source))
}

/// The workbook that is copied, and the merchant's file that it stands for.
struct Original<'a> {
    file: &'a Arc<str>,
    input: &'a Input,
}

/// What the copy has beside it.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    edits: &'a Edits,
    digest: Option<&'a Digest>,
}

fn copied(path: &Path, original: Original<'_>, wanted: Wanted<'_>, file: &mut File) -> Result<Outcome, PatchError> {
    let named = |snag: Snag| snag.of(path, original.file);
    let stream = original.input.seekable().map_err(|error| named(Snag::Read(error)))?;
    let copied = copy::copy(stream, wanted.edits, wanted.digest, BufWriter::new(file));
    let (outcome, mut out) = copied.map_err(named)?;
    out.flush().map_err(|error| named(Snag::Write(error)))?;
    Ok(outcome)
}

fn refuse_ending(path: &Path, source: &Source) -> Result<(), PatchError> {
    let (ending, why) = if source.format() == Format::Xlsx {
        let named = |snag: Snag| snag.of(path, source.file());
        let stream = source.input().seekable().map_err(|error| named(Snag::Read(error)))?;
        let ending = copy::ending(stream).map_err(named)?;
        (ending, if ending.ends_with('m') { "the sheet is a workbook with macros" } else { "the sheet is a workbook" })
    } else {
        (".xlsx", "a new workbook is written")
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    if name.ends_with(ending) && name.len() > ending.len() {
        return Ok(());
    }
    Err(PatchError::Ending { path: path.to_owned(), ending, why })
}

/// An archive of parts with their contents, for tests.
#[cfg(test)]
fn archive_of(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
