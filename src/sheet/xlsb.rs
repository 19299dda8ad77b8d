//! XLSB workbooks: calamine reads the cells, and what it passes over is read here.
//!
//! It passes over formulas that give an error, whose cells would look blank, merged cells and hidden columns
//! (MS-XLSB 2.1.7.62 and 2.4). One walk over the records of each sheet finds them before calamine is asked.

use std::collections::HashMap;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::sync::Arc;

use calamine::{CellErrorType, DataRef, Reader as _, Sheet, Xlsb as Calamine};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::bytes::Stream;
use super::cells::CellWriter;
use super::workbook::guarded;
use super::{Area, Layout, Limits, SheetError};

const BUNDLE_SHEET: u16 = 0x9c;
const BUNDLE_END: u16 = 0x90;
const ROW: u16 = 0x00;
/// Cells without their column, which stands in the record before (BrtShortBlank to BrtShortIsst): calamine leaves them out.
const SHORT_CELLS: std::ops::RangeInclusive<u16> = 0x0c..=0x13;
const FORMULA_TEXT: u16 = 0x08;
const FORMULA_NUMBER: u16 = 0x09;
const FORMULA_BOOL: u16 = 0x0a;
const FORMULA_ERROR: u16 = 0x0b;
const COLUMNS: u16 = 0x3c;
const MERGED: u16 = 0xb0;

/// The most bytes of a part with names or relationships, which has a few thousand.
const MAX_INDEX: u64 = 16 << 20;

/// An open XLSB.
pub(super) struct Xlsb {
    book: Calamine<Stream>,
    /// The size of the file in bytes.
    len: u64,
    beside: HashMap<String, Beside>,
}

/// What calamine does not tell of a sheet.
#[derive(Debug, Default, PartialEq)]
struct Beside {
    layout: Layout,
    /// Row and column from 0, in the sheet's order.
    errors: Vec<(u32, u32, CellErrorType)>,
}

impl Xlsb {
    /// Opens the workbook in `stream`.
    pub(super) fn open(file: &Arc<str>, mut stream: Stream, limits: &Limits) -> Result<Xlsb, SheetError> {
        let walked = guarded(file, || walk(&mut stream, limits));
        let len = guarded(file, || stream.seek(SeekFrom::End(0)))?;
        guarded(file, || stream.seek(SeekFrom::Start(0)))?;
        // What calamine says of a file that is no workbook says more.
        let book = guarded(file, || Calamine::new(stream))?;
        Ok(Xlsb { book, len, beside: walked? })
    }

    /// Its sheets in order.
    pub(super) fn sheets(&self) -> &[Sheet] {
        self.book.sheets_metadata()
    }

    /// The days count from 1904.
    pub(super) fn counts_from_1904(&self) -> bool {
        self.book.has_1904_epoch()
    }

    /// Reads a sheet.
    pub(super) fn read(
        &mut self,
        file: &Arc<str>,
        sheet: &str,
        mut rows: CellWriter<'_>,
    ) -> Result<Layout, SheetError> {
        rows.packed_in(self.len);
        let nothing = Beside::default();
        let Beside { layout, errors } = self.beside.get(sheet).unwrap_or(&nothing);
        let mut errors = errors.iter().peekable();
        let book = &mut self.book;
        let mut cells = guarded(file, || book.worksheet_cells_reader(sheet))?;
        let mut add = |row: u32, column: u32, value: &DataRef<'_>| {
            rows.add(row, column, value).map_err(|refusal| refusal.of(file))
        };
        while let Some(cell) = guarded(file, || cells.next_cell())? {
            let place = cell.get_position();
            while let Some((row, column, error)) = errors.next_if(|(row, column, _)| (*row, *column) < place) {
                if add(*row, *column, &DataRef::Error(error.clone()))?.is_break() {
                    return Ok(layout.clone());
                }
            }
            if add(place.0, place.1, cell.get_value())?.is_break() {
                return Ok(layout.clone());
            }
        }
        for (row, column, error) in errors {
            if add(*row, *column, &DataRef::Error(error.clone()))?.is_break() {
                return Ok(layout.clone());
            }
        }
        rows.finish().map_err(|refusal| refusal.of(file))?;
        Ok(layout.clone())
    }
}

/// What stands beside the cells of each sheet, by its name.
fn walk(stream: &mut Stream, limits: &Limits) -> io::Result<HashMap<String, Beside>> {
    let mut archive = ZipArchive::new(stream)?;
    let targets = relationships(&mut archive)?;
    let mut found = HashMap::new();
    for (name, id) in sheet_names(&mut archive)? {
        let Some(target) = targets.get(&id) else { continue };
        if target.starts_with("worksheets/") {
            let part = part(&mut archive, &format!("xl/{target}"))?;
            found.insert(name, beside(Records::new(part), limits)?);
        }
    }
    Ok(found)
}

fn part<'a, R: Read + Seek>(archive: &'a mut ZipArchive<R>, name: &str) -> io::Result<impl Read + use<'a, R>> {
    let index = (0..archive.len()).find(|index| {
        let found = archive.by_index(*index).map(|part| String::from_utf8_lossy(part.name_raw()).replace('\\', "/"));
        found.is_ok_and(|found| found.eq_ignore_ascii_case(name))
    });
    let missing = || io::Error::new(ErrorKind::NotFound, format!("its part {name} is missing"));
    Ok(archive.by_index(index.ok_or_else(missing)?)?)
}

/// The targets of the workbook's relationships, by their ids.
fn relationships<R: Read + Seek>(archive: &mut ZipArchive<R>) -> io::Result<HashMap<String, String>> {
    let mut text = String::new();
    part(archive, "xl/_rels/workbook.bin.rels")?.take(MAX_INDEX).read_to_string(&mut text)?;
    let mut reader = Reader::from_str(&text);
    let mut targets = HashMap::new();
    loop {
        match reader.read_event().map_err(io::Error::other)? {
            Event::Start(tag) | Event::Empty(tag) => {
                if let (Some(id), Some(target)) = (attribute(&tag, "Id")?, attribute(&tag, "Target")?) {
                    targets.insert(id, target);
                }
            }
            Event::Eof => return Ok(targets),
            _ => {}
        }
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> io::Result<Option<String>> {
    let Some(found) = tag.try_get_attribute(name).map_err(io::Error::other)? else { return Ok(None) };
    Ok(Some(quick_xml::escape::unescape(&found.value).map_err(io::Error::other)?.into_owned()))
}

/// The sheets' names and the ids of their relationships.
fn sheet_names<R: Read + Seek>(archive: &mut ZipArchive<R>) -> io::Result<Vec<(String, String)>> {
    let mut records = Records::new(part(archive, "xl/workbook.bin")?.take(MAX_INDEX));
    let mut names = Vec::new();
    while let Some(kind) = records.next()? {
        if kind == BUNDLE_END {
            break;
        }
        if kind == BUNDLE_SHEET && records.number(8)? != u32::MAX {
            let (id, end) = records.text(8)?;
            let (name, _) = records.text(end)?;
            names.push((name, id));
        }
    }
    Ok(names)
}

fn beside(mut records: Records<impl Read>, limits: &Limits) -> io::Result<Beside> {
    let mut found = Beside::default();
    // Of more columns than any sheet has, no more is said.
    let columns = u32::try_from(limits.columns.min(16_384)).unwrap_or(16_384);
    let mut row = 0;
    while let Some(kind) = records.next()? {
        match kind {
            ROW => row = records.number(0)?,
            FORMULA_TEXT | FORMULA_NUMBER | FORMULA_BOOL => found.layout.formulas += 1,
            FORMULA_ERROR => {
                found.layout.formulas += 1;
                let code = *records.bytes.get(8).ok_or_else(cut)?;
                found.errors.push((row, records.number(0)?, error_of(code)));
            }
            _ if SHORT_CELLS.contains(&kind) => {
                return Err(io::Error::new(
                    ErrorKind::Unsupported,
                    "its cells stand in short records, which are not read here",
                ));
            }
            COLUMNS if records.bytes.get(16).is_some_and(|flags| flags & 1 == 1) => {
                let (first, last) = (records.number(0)?, records.number(4)?.saturating_add(1).min(columns));
                found.layout.hidden_columns.extend(first.saturating_add(1)..=last);
            }
            MERGED => {
                let [first_row, last_row, first_column, last_column] =
                    [records.number(0)?, records.number(4)?, records.number(8)?, records.number(12)?]
                        .map(|end| end.saturating_add(1));
                found.layout.merged.push(Area { first_row, last_row, first_column, last_column });
            }
            _ => {}
        }
    }
    Ok(found)
}

/// BErr (MS-XLSB 2.5.97.2); what is not known there is shown as a wrong value.
fn error_of(code: u8) -> CellErrorType {
    match code {
        0x00 => CellErrorType::Null,
        0x07 => CellErrorType::Div0,
        0x17 => CellErrorType::Ref,
        0x1d => CellErrorType::Name,
        0x24 => CellErrorType::Num,
        0x2a => CellErrorType::NA,
        0x2b => CellErrorType::GettingData,
        _ => CellErrorType::Value,
    }
}

fn cut() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "a record breaks off")
}

/// The records of a part: each has a type and a length, both in seven bits a byte, and so many bytes.
struct Records<R> {
    part: BufReader<R>,
    bytes: Vec<u8>,
}

impl<R: Read> Records<R> {
    fn new(part: R) -> Records<R> {
        Records { part: BufReader::new(part), bytes: Vec::new() }
    }

    /// Reads the next record; answers its type, and nothing at the end.
    fn next(&mut self) -> io::Result<Option<u16>> {
        let mut first = [0];
        if self.part.read(&mut first)? == 0 {
            return Ok(None);
        }
        let mut kind = u16::from(first[0] & 0x7f);
        if first[0] & 0x80 != 0 {
            kind |= u16::from(self.byte()? & 0x7f) << 7;
        }
        let mut len = 0;
        for place in 0..4 {
            let byte = self.byte()?;
            len |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                break;
            }
        }
        self.bytes.clear();
        // Only as much memory is taken as there are bytes.
        let read = (&mut self.part).take(len).read_to_end(&mut self.bytes)?;
        if read as u64 == len { Ok(Some(kind)) } else { Err(cut()) }
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.part.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    fn number(&self, at: usize) -> io::Result<u32> {
        let bytes = self.bytes.get(at..).and_then(|rest| rest.first_chunk()).ok_or_else(cut)?;
        Ok(u32::from_le_bytes(*bytes))
    }

    /// A text with its length in front, and where it ends.
    fn text(&self, at: usize) -> io::Result<(String, usize)> {
        let len = (self.number(at)? as usize).checked_mul(2).ok_or_else(cut)?;
        let end = (at + 4).checked_add(len).ok_or_else(cut)?;
        let bytes = self.bytes.get(at + 4..end).ok_or_else(cut)?;
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        Ok((String::from_utf16_lossy(&units), end))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use super::super::source::test::dump_source;
    use super::super::{Filling, Input, ReadOptions, Source};
    use super::*;

    fn record(kind: u16, bytes: &[u8]) -> Vec<u8> {
        let mut record = Vec::new();
        for mut number in [usize::from(kind), bytes.len()] {
            while number > 0x7f {
                record.push(number as u8 | 0x80);
                number >>= 7;
            }
            record.push(number as u8);
        }
        [&record, bytes].concat()
    }

    fn numbers(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    fn wide(text: &str) -> Vec<u8> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        [numbers(&[units.len() as u32]), bytes].concat()
    }

    fn text(column: u32, text: &str) -> Vec<u8> {
        record(6, &[numbers(&[column, 0]), wide(text)].concat())
    }

    fn error(column: u32, code: u8) -> Vec<u8> {
        record(FORMULA_ERROR, &[numbers(&[column, 0]), vec![code, 0, 0], numbers(&[0])].concat())
    }

    /// One sheet `Products`: what stands before its cells, and the cells and what comes after.
    fn workbook(before: &[Vec<u8>], cells: &[Vec<u8>], after: &[Vec<u8>]) -> Vec<u8> {
        let bundle = [numbers(&[0, 0]), wide("rId1"), wide("Products")].concat();
        let names = [record(BUNDLE_SHEET, &bundle), record(BUNDLE_END, &[]), record(0x9d, &[])].concat();
        let head = [record(0x81, &[]), record(0x94, &[0; 16])].concat();
        let body = [record(0x91, &[]), cells.concat(), record(0x92, &[]), after.concat()].concat();
        let parts = [
            ("xl/workbook.bin", names),
            (
                "xl/_rels/workbook.bin.rels",
                b"<Relationships><Relationship Id='rId1' Target='worksheets/Sheet1.bin'/></Relationships>".to_vec(),
            ),
            ("xl/worksheets/sheet1.bin", [head, before.concat(), body].concat()),
        ];
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in parts {
            writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(&content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn open(bytes: Vec<u8>) -> Source {
        Source::open("shop.xlsb", Input::Bytes(bytes.into()), &ReadOptions::default()).unwrap()
    }

    #[test]
    fn a_formula_that_gives_an_error_is_no_blank_cell() {
        let row = |row| record(ROW, &numbers(&[row]));
        let cells =
            [row(0), text(0, "sku"), error(1, 0x2a), text(2, "price"), row(1), error(0, 0x07), row(3), error(2, 0x99)];
        let source = open(workbook(&[], &cells, &[]));
        assert_eq!(dump_source(&source, "Products"), "1 sku|e:#N/A|price\n2 e:#DIV/0!\n3 \n4 ||e:#VALUE!");
    }

    #[test]
    fn merged_cells_and_hidden_columns_are_told() {
        let columns = record(COLUMNS, &[numbers(&[1, 2, 0, 0]), vec![1, 0]].concat());
        let shown = record(COLUMNS, &[numbers(&[3, 9, 0, 0]), vec![0, 0]].concat());
        let merged = record(MERGED, &numbers(&[1, 2, 0, 0]));
        let cells = [record(ROW, &numbers(&[1])), text(0, "a"), record(ROW, &numbers(&[2])), text(1, "b")];
        let source = open(workbook(&[columns, shown], &cells, &[merged]));
        let layout = source.read("Products", &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
        assert_eq!(layout.hidden_columns, [2, 3]);
        assert_eq!(layout.merged, [Area { first_row: 2, last_row: 3, first_column: 1, last_column: 1 }]);
        let mut filled = Vec::new();
        let mut each = |block: super::super::Block| {
            filled.extend(block.rows().map(|row| row.cell(0).text.to_owned()));
            std::ops::ControlFlow::Continue(())
        };
        source.read_again("Products", &Filling { layout: &layout, columns: &[0] }, &mut each).unwrap();
        assert_eq!(filled, ["a", "a"]);
    }

    #[test]
    fn a_cut_record_is_damage() {
        let cells = [record(ROW, &numbers(&[0])), record(FORMULA_ERROR, &numbers(&[0]))];
        let found = Source::open("shop.xlsb", Input::Bytes(workbook(&[], &cells, &[]).into()), &ReadOptions::default());
        let told = found.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(told.contains("is damaged (a record breaks off)"), "{told}");
    }
}
