//! The merchant's workbook, part by part: those that must change are written anew, the others as they are packed.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Seek, Write};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::book::Book;
use super::comments::{Added, Comments};
use super::digest::{Digest, kept_in};
use super::edit::{Edits, Place, Remark};
use super::error::{Snag, damaged};
use super::package::{Package, Relations, TYPES, Types, normal};
use super::shapes::{Numbers, Shapes};
use super::styles::Styles;
use super::survey::Survey;
use super::worksheet::{Job, Sheet, rewrite};
use crate::finding::Severity;
use crate::sheet::place;

/// The most notes of a workbook: with more of them spreadsheet programs become slow. Cells beyond are coloured all
/// the same, and stand on the first sheet.
pub const MOST_NOTES: usize = 10_000;
/// From this size on a part is written in the form for parts beyond 4 GiB.
const LARGE: u64 = 1 << 30;

const KIND_SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml";
const KIND_STYLES: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml";
const KIND_COMMENTS: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml";
const KIND_SHAPES: &str = "application/vnd.openxmlformats-officedocument.vmlDrawing";

/// What came of it, beside the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Cells that kept their value, as they are formulas: the sheet, and the place.
    pub formulas: Vec<(String, Place)>,
    /// How many cells got a note.
    pub notes: usize,
    /// The workbook was signed; the copy is not, as a signature holds for one content only.
    pub is_signature_dropped: bool,
    /// The encoding that a text file had, where the copy has another one, UTF-8.
    pub recoded_from: Option<&'static str>,
}

/// What is said of the cells of a sheet, merged cells taken together.
type Remarks<'e> = BTreeMap<Place, Vec<&'e Remark>>;

/// Writes the workbook in `stream` to `out`, with the edits, and with `digest` as its first sheet. What an earlier
/// annotation added is taken back before.
pub(super) fn copy<W: Write + Seek>(
    stream: impl Read + Seek,
    edits: &Edits,
    digest: Option<&Digest>,
    out: W,
) -> Result<(Outcome, W), Snag> {
    let mut copy = Copy::open(stream)?;
    let mut sheets = copy.surveyed(edits, digest)?;
    copy.note(&mut sheets, edits)?;
    let jobs = sheets.into_iter().filter(|(_, sheet)| sheet.job.is_needed()).collect();
    copy.drop_own_sheet(digest)?;
    let first = digest.map(|digest| copy.first_sheet(digest)).transpose()?;
    copy.drop_signature()?;
    let out = copy.write(jobs, first, out)?;
    Ok((copy.outcome, out))
}

/// How a workbook must be called, by what its main part says it is.
pub(super) fn ending(stream: impl Read + Seek) -> Result<&'static str, Snag> {
    let copy = Copy::open(stream)?;
    let kind = copy.types.of(&copy.book.part).unwrap_or_default();
    Ok(match (kind.contains("macroEnabled"), kind.contains("template")) {
        (false, false) => ".xlsx",
        (true, false) => ".xlsm",
        (false, true) => ".xltx",
        (true, true) => ".xltm",
    })
}

struct Copy<R> {
    package: Package<R>,
    book: Book,
    types: Types,
    styles: Styles,
    /// The part of the styles; a new one where it was not there.
    styles_part: String,
    /// Parts that are written anew, by their names.
    changed: BTreeMap<String, Vec<u8>>,
    /// Normal names of parts that are left out.
    dropped: Vec<String>,
    /// Some marked cells have no note: there are too many.
    lacks_notes: bool,
    outcome: Outcome,
}

impl<R: Read + Seek> Copy<R> {
    fn open(stream: R) -> Result<Copy<R>, Snag> {
        let mut package = Package::open(stream)?;
        let book = Book::read(&mut package)?;
        let types = package.bytes(TYPES)?.ok_or_else(|| damaged(format!("its part `{TYPES}` is missing")))?;
        let types = Types::read(types)?;
        let related = book.relations.part("styles").filter(|name| package.has(name)).map(str::to_owned);
        let styles_part = related.unwrap_or_else(|| format!("{}styles.xml", book.folder()));
        let mut styles = Styles::read(package.bytes(&styles_part)?, &book.namespace)?;
        if let Some(own) = book.own().and_then(|own| own.part.clone())
            && let Some(bytes) = package.bytes(&own)?
        {
            styles.learn(kept_in(&bytes)?);
        }
        let (changed, dropped) = (BTreeMap::new(), Vec::new());
        Ok(Copy {
            package,
            book,
            types,
            styles,
            styles_part,
            changed,
            dropped,
            lacks_notes: false,
            outcome: Outcome::default(),
        })
    }

    /// The merchant's sheets that may change, by the places of their parts.
    fn surveyed(&mut self, edits: &Edits, digest: Option<&Digest>) -> Result<BTreeMap<usize, Sheet>, Snag> {
        let is_cleaned = self.styles.has_marks();
        let mut sheets = BTreeMap::new();
        for listed in self.book.merchants() {
            let is_edited = listed.is_worksheet && edits.of(&listed.name).is_some();
            let part = listed.part.as_deref();
            let Some((part, index)) = part.and_then(|part| Some((part, self.package.index(part)?))) else {
                if is_edited {
                    return Err(damaged(format!("the part of its sheet `{}` is missing", listed.name)));
                }
                continue;
            };
            let survey = Survey::read(self.package.part(part)?)?;
            let is_unselected = digest.is_some() && survey.is_selected;
            let job = Job { is_unselected, is_cleaned: is_cleaned && listed.is_worksheet, ..Job::default() };
            sheets.insert(index, Sheet { name: listed.name.clone(), survey, job });
        }
        Ok(sheets)
    }

    /// Settles what becomes of the cells, and writes the notes.
    fn note(&mut self, sheets: &mut BTreeMap<usize, Sheet>, edits: &Edits) -> Result<(), Snag> {
        let mut said: BTreeMap<usize, Remarks<'_>> = BTreeMap::new();
        for (index, sheet) in &mut *sheets {
            said.insert(*index, settle(edits, sheet));
        }
        let chosen = chosen(sheets, &said);
        let marked: usize = sheets.values().map(|sheet| sheet.job.colours.len()).sum();
        self.lacks_notes = marked > chosen.values().map(Vec::len).sum();
        let mut numbers = Numbers::read(&mut self.package)?;
        for (index, sheet) in sheets {
            let none = Vec::new();
            let places = chosen.get(index).unwrap_or(&none);
            let notes = places.iter().filter_map(|at| Some((*at, said.get(index)?.get(at)?.as_slice())));
            let notes: Vec<(Place, &[&Remark])> = notes.collect();
            self.note_sheet(*index, sheet, &notes, &mut numbers)?;
        }
        Ok(())
    }

    fn note_sheet(
        &mut self,
        index: usize,
        sheet: &mut Sheet,
        notes: &[(Place, &[&Remark])],
        numbers: &mut Numbers,
    ) -> Result<(), Snag> {
        let part = self.part_at(index)?;
        let mut relations = self.package.relations(&part)?;
        let known = relations.part("comments").filter(|name| self.package.has(name)).map(str::to_owned);
        if notes.is_empty() && known.is_none() {
            return Ok(());
        }
        let bytes = known.as_deref().map(|name| self.package.bytes(name)).transpose()?.flatten();
        let namespace = if sheet.survey.namespace.is_empty() { &self.book.namespace } else { &sheet.survey.namespace };
        let mut comments = Comments::read(bytes, namespace)?;
        let drawing = sheet.survey.notes_id.as_deref().and_then(|id| relations.get(id));
        let drawing = drawing.map(|relation| relation.target.clone()).filter(|name| self.package.has(name));
        let bytes = drawing.as_deref().map(|name| self.package.bytes(name)).transpose()?.flatten();
        let mut shapes = Shapes::of(bytes);
        let gone = comments.clean()?;
        shapes.remove(gone);
        for (at, remarks) in notes {
            match comments.add(*at, remarks)? {
                Added::New => shapes.add(*at),
                Added::Below => {}
                Added::Not => continue,
            }
            self.outcome.notes += 1;
        }
        if comments.is_changed {
            let name = known.unwrap_or_else(|| self.relate(&mut relations, "comments"));
            self.changed.insert(name, comments.written()?);
        }
        if shapes.is_changed() {
            let written = shapes.written(&sheet.survey, numbers)?;
            let name = match drawing {
                Some(name) => name,
                None => {
                    let name = self.relate(&mut relations, "vmlDrawing");
                    let id = relations.all.last().map(|relation| relation.id.clone()).unwrap_or_default();
                    sheet.job.notes = Some((id, self.book.base.clone()));
                    name
                }
            };
            self.changed.insert(name, written);
        }
        if relations.is_changed {
            self.changed.insert(relations.path(), relations.written()?);
        }
        Ok(())
    }

    /// Makes room for a new part of a sheet, and relates it.
    fn relate(&mut self, relations: &mut Relations, kind: &str) -> String {
        let taken: Vec<String> = self.changed.keys().cloned().collect();
        let folder = self.book.folder();
        let (stem, ending, content) = if kind == "comments" {
            (format!("{folder}comments"), ".xml", KIND_COMMENTS)
        } else {
            (format!("{folder}drawings/vmlDrawing"), ".vml", KIND_SHAPES)
        };
        let name = self.package.free(&stem, ending, &taken);
        self.types.add(&name, content);
        relations.add(&self.book.base, kind, &name);
        name
    }

    /// Leaves out the sheet that we put first before; another one takes its place in the list where there is one.
    fn drop_own_sheet(&mut self, another: Option<&Digest>) -> Result<(), Snag> {
        let Some(own) = self.book.own() else { return Ok(()) };
        if let Some(part) = own.part.clone() {
            self.dropped.push(normal(&part));
            self.dropped.push(normal(&super::package::relations_of(&part)));
            self.types.remove(&part);
        }
        self.book.forget_own();
        if another.is_none() {
            self.changed.insert(self.book.part.clone(), self.book.without_own()?);
        }
        Ok(())
    }

    /// The name of the first sheet's part, what it tells, and all that knows of it.
    fn first_sheet(&mut self, digest: &Digest) -> Result<(String, Digest), Snag> {
        let name = self.book.own_name();
        let part = self.package.free(&format!("{}worksheets/sheet", self.book.folder()), ".xml", &[]);
        self.types.add(&part, KIND_SHEET);
        let id = self.book.relations.add(&self.book.base, "worksheet", &part);
        let book = self.book.with_first(&name, &id, digest.header_row())?;
        self.changed.insert(self.book.part.clone(), book);
        let mut digest = digest.clone();
        if self.lacks_notes {
            let most = MOST_NOTES / 1000;
            digest.said.push(format!("the {most},000 gravest cells have a note, the others their colour alone"));
        }
        Ok((part, digest))
    }

    fn drop_signature(&mut self) -> Result<(), Snag> {
        let parts: Vec<String> =
            self.package.names().filter(|name| name.starts_with("_xmlsignatures/")).map(str::to_owned).collect();
        if parts.is_empty() {
            return Ok(());
        }
        self.outcome.is_signature_dropped = true;
        let mut root = self.package.relations("")?;
        let ids: Vec<String> =
            root.all.iter().filter(|relation| relation.is("origin")).map(|relation| relation.id.clone()).collect();
        for id in ids {
            root.remove(&id);
        }
        self.changed.insert(root.path(), root.written()?);
        for part in &parts {
            self.types.remove(part);
        }
        self.dropped.extend(parts);
        Ok(())
    }

    /// Writes all parts: those that are there in their order, then the new ones, the styles last.
    fn write<W: Write + Seek>(
        &mut self,
        mut jobs: HashMap<usize, Sheet>,
        first: Option<(String, Digest)>,
        out: W,
    ) -> Result<W, Snag> {
        let styles_index = self.package.index(&self.styles_part);
        let mut writer = ZipWriter::new(out);
        let mut late = Vec::new();
        if styles_index.is_none() && (first.is_some() || self.styles.is_changed() || !jobs.is_empty()) {
            self.types.add(&self.styles_part, KIND_STYLES);
            self.book.relations.add(&self.book.base, "styles", &self.styles_part);
        }
        if self.book.relations.is_changed {
            self.changed.insert(self.book.relations.path(), self.book.relations.written()?);
        }
        self.changed.insert(TYPES.to_owned(), self.types.written()?);
        let changed = std::mem::take(&mut self.changed).into_iter();
        let mut changed: HashMap<String, (String, Vec<u8>)> =
            changed.map(|(name, bytes)| (normal(&name), (name, bytes))).collect();
        for index in 0..self.package.zip.len() {
            let entry = self.package.zip.by_index_raw(index).map_err(Snag::of_archive)?;
            let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
            let key = normal(&name);
            if self.dropped.contains(&key) || Some(index) == styles_index {
                continue;
            }
            let options = options(entry.last_modified(), entry.size());
            if let Some((_, bytes)) = changed.remove(&key) {
                drop(entry);
                put(&mut writer, &name, options, &bytes)?;
            } else if let Some(sheet) = jobs.remove(&index) {
                drop(entry);
                writer.start_file(name.as_str(), options).map_err(Snag::of_new_archive)?;
                let part = self.package.zip.by_index(index).map_err(Snag::of_archive)?;
                let name = sheet.name.clone();
                let formulas = rewrite(part, sheet, &mut self.styles, &mut writer)?;
                self.outcome.formulas.extend(formulas.into_iter().map(|at| (name.clone(), at)));
            } else {
                writer.raw_copy_file(entry).map_err(raw_copy_error)?;
            }
        }
        // Which styles it keeps is known when all cells are written.
        if let Some((part, digest)) = first {
            late.push((part, digest.part(&self.book.namespace, &mut self.styles)));
        }
        let mut new: Vec<(String, Vec<u8>)> = changed.into_values().collect();
        new.sort();
        late.extend(new);
        for (name, bytes) in late {
            put(&mut writer, &name, options(None, 0), &bytes)?;
        }
        self.write_styles(styles_index, &mut writer)?;
        writer.finish().map_err(Snag::of_new_archive)
    }

    fn write_styles<W: Write + Seek>(&mut self, index: Option<usize>, writer: &mut ZipWriter<W>) -> Result<(), Snag> {
        match index {
            Some(index) => {
                let entry = self.package.zip.by_index_raw(index).map_err(Snag::of_archive)?;
                if !self.styles.is_changed() {
                    return writer.raw_copy_file(entry).map_err(raw_copy_error);
                }
                let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
                put(writer, &name, options(entry.last_modified(), 0), &self.styles.written())
            }
            None if self.book.relations.part("styles").is_some() => {
                put(writer, &self.styles_part, options(None, 0), &self.styles.written())
            }
            None => Ok(()),
        }
    }

    /// The name of the part at a place of the archive.
    fn part_at(&self, index: usize) -> Result<String, Snag> {
        let parts = self.book.merchants().filter_map(|listed| listed.part.as_deref());
        let mut parts = parts.filter(|part| self.package.index(part) == Some(index));
        parts.next().map(str::to_owned).ok_or_else(|| damaged("the part of a sheet is missing"))
    }
}

impl Job {
    fn is_needed(&self) -> bool {
        !self.is_without_edits() || self.notes.is_some() || self.is_unselected || self.is_cleaned
    }
}

/// Puts values and colours of a sheet into its job, and answers what is said of its cells; of merged ones it is said
/// at the cell that shows.
fn settle<'e>(edits: &'e Edits, sheet: &mut Sheet) -> Remarks<'e> {
    let Some(edits) = edits.of(&sheet.name) else { return Remarks::new() };
    let is_inside = |at: &Place| (1..=place::LAST_ROW).contains(&at.0) && (1..=place::LAST_COLUMN).contains(&at.1);
    let values = edits.values().iter().filter(|(at, _)| is_inside(at));
    sheet.job.values = values.map(|(at, text)| (*at, text.clone())).collect();
    let mut colours = edits.colours();
    colours.retain(|(at, _)| is_inside(at));
    sheet.survey.gather_colours(&mut colours);
    sheet.job.colours = colours;
    let remarks = edits.remarks().iter().filter(|(at, _)| is_inside(at));
    let mut remarks: Remarks<'e> = remarks.map(|(at, remarks)| (*at, remarks.iter().collect())).collect();
    sheet.survey.gather(&mut remarks);
    for of_cell in remarks.values_mut() {
        of_cell.sort_by_key(|remark| std::cmp::Reverse(remark.severity));
    }
    remarks
}

/// The cells that get a note: the gravest first, in the order of the sheets.
fn chosen(sheets: &BTreeMap<usize, Sheet>, said: &BTreeMap<usize, Remarks<'_>>) -> BTreeMap<usize, Vec<Place>> {
    let mut chosen: BTreeMap<usize, Vec<Place>> = BTreeMap::new();
    let mut left = MOST_NOTES;
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        for (index, remarks) in said {
            let colours = sheets.get(index).map_or(&[][..], |sheet| &sheet.job.colours);
            let is_wanted = |at: &&Place| colours.binary_search(&(**at, severity)).is_ok();
            let places: Vec<Place> = remarks.keys().filter(is_wanted).copied().take(left).collect();
            left -= places.len();
            chosen.entry(*index).or_default().extend(places);
        }
    }
    for places in chosen.values_mut() {
        places.sort_unstable();
    }
    chosen
}

fn options(modified: Option<zip::DateTime>, size: u64) -> SimpleFileOptions {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(size > LARGE);
    modified.map_or(options, |modified| options.last_modified_time(modified))
}

fn put<W: Write + Seek>(
    writer: &mut ZipWriter<W>,
    name: &str,
    options: SimpleFileOptions,
    bytes: &[u8],
) -> Result<(), Snag> {
    writer.start_file(name, options).map_err(Snag::of_new_archive)?;
    Ok(writer.write_all(bytes)?)
}

/// Copying reads and writes; a system's own error is the disk's more often.
fn raw_copy_error(error: ZipError) -> Snag {
    Snag::of_new_archive(error)
}
