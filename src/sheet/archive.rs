//! The parts of a zip archive, read from its directory.
//!
//! The directory tells an XLSX from an XLSB, an ODS or a Word document before any reader is tried. Of
//! a part's contents only the beginning can be had, for a look before a reader trusts it.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use super::inflate;

/// The end record without its comment, and the longest comment.
const END_RECORD: u64 = 22;
const MAX_COMMENT: u64 = 65_535;
/// The locator of the 64-bit end record, and that record.
const LOCATOR: u64 = 20;
const END_RECORD_64: usize = 56;
/// The directory is read up to this size; a workbook's has a few kilobytes.
const MAX_DIRECTORY: u64 = 16 << 20;

/// How much of a packed part is read for a look at its beginning.
const PACKED_HEAD: u64 = 64 * 1024;
/// How a part is packed.
const STORED: u64 = 0;
const DEFLATED: u64 = 8;

/// One part, as the directory describes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// In lower case, with `/` between folders and none in front.
    pub(super) name: String,
    /// Its size in the archive, in bytes.
    pub(super) packed: u64,
    method: u64,
    offset: u64,
}

impl Part {
    /// At most `limit` bytes from its beginning; fewer where it is packed in an unknown way or damaged.
    pub(super) fn beginning(&self, archive: &mut (impl Read + Seek), limit: usize) -> io::Result<Vec<u8>> {
        archive.seek(SeekFrom::Start(self.offset))?;
        let mut header = [0; 30];
        archive.read_exact(&mut header)?;
        let skip = number(&header, 26, 2).unwrap_or(0) + number(&header, 28, 2).unwrap_or(0);
        archive.seek(SeekFrom::Start(self.offset + 30 + skip))?;
        let mut packed = Vec::new();
        archive.take(self.packed.min(PACKED_HEAD)).read_to_end(&mut packed)?;
        Ok(match self.method {
            STORED => {
                packed.truncate(limit);
                packed
            }
            DEFLATED => inflate::beginning(&packed, limit),
            _ => Vec::new(),
        })
    }
}

/// All parts.
///
/// # Errors
///
/// `UnexpectedEof` or `InvalidData` when the directory is missing or cut; otherwise what the system said.
pub(super) fn parts(archive: &mut (impl Read + Seek)) -> io::Result<Vec<Part>> {
    let len = archive.seek(SeekFrom::End(0))?;
    let (offset, size) = directory(archive, len)?;
    archive.seek(SeekFrom::Start(offset))?;
    let mut directory = Vec::new();
    archive.take(size.min(MAX_DIRECTORY)).read_to_end(&mut directory)?;
    let mut parts = Vec::new();
    let mut rest = directory.as_slice();
    while let Some((part, after)) = entry(rest) {
        parts.push(part);
        rest = after;
    }
    if parts.is_empty() { Err(no_directory()) } else { Ok(parts) }
}

/// Where the directory begins, and its size.
fn directory(archive: &mut (impl Read + Seek), len: u64) -> io::Result<(u64, u64)> {
    let start = len.saturating_sub(END_RECORD + MAX_COMMENT + LOCATOR);
    archive.seek(SeekFrom::Start(start))?;
    let mut tail = Vec::new();
    archive.take(len - start).read_to_end(&mut tail)?;
    let at = tail.windows(4).rposition(|bytes| bytes == b"PK\x05\x06").ok_or_else(no_directory)?;
    let size = number(&tail, at + 12, 4).ok_or_else(no_directory)?;
    let offset = number(&tail, at + 16, 4).ok_or_else(no_directory)?;
    if offset != u64::from(u32::MAX) && size != u64::from(u32::MAX) {
        return Ok((offset, size));
    }
    let locator = at.checked_sub(20).ok_or_else(no_directory)?;
    archive.seek(SeekFrom::Start(number(&tail, locator + 8, 8).ok_or_else(no_directory)?))?;
    let mut record = [0; END_RECORD_64];
    archive.read_exact(&mut record)?;
    match (number(&record, 48, 8), number(&record, 40, 8)) {
        (Some(offset), Some(size)) => Ok((offset, size)),
        _ => Err(no_directory()),
    }
}

/// The first entry in `directory`, and what follows the entry.
fn entry(directory: &[u8]) -> Option<(Part, &[u8])> {
    if !directory.starts_with(b"PK\x01\x02") {
        return None;
    }
    let [name, extra, comment] = [28, 30, 32].map(|at| number(directory, at, 2).unwrap_or(0) as usize);
    let bytes = directory.get(46..46 + name)?;
    let text = String::from_utf8_lossy(bytes).replace('\\', "/").to_ascii_lowercase();
    let rest = directory.get(46 + name + extra + comment..).unwrap_or(&[]);
    let part = Part {
        name: text.trim_start_matches('/').to_owned(),
        packed: number(directory, 20, 4)?,
        method: number(directory, 10, 2)?,
        offset: number(directory, 42, 4)?,
    };
    Some((part, rest))
}

/// The little-endian number of `width` bytes at `at`.
fn number(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + width)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn no_directory() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "its end is missing")
}

/// An archive of stored parts with their contents, for tests.
#[cfg(test)]
pub(super) fn archive_of(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    for (name, content) in parts {
        let offset = archive.len() as u32;
        let mut sizes = [0; 12];
        sizes[..4].copy_from_slice(&(content.len() as u32).to_le_bytes());
        sizes[4..8].copy_from_slice(&(content.len() as u32).to_le_bytes());
        sizes[8..10].copy_from_slice(&(name.len() as u16).to_le_bytes());
        archive.extend_from_slice(b"PK\x03\x04\x14\0");
        archive.extend_from_slice(&[0; 12]);
        archive.extend_from_slice(&sizes);
        archive.extend_from_slice(name.as_bytes());
        archive.extend_from_slice(content.as_bytes());
        directory.extend_from_slice(b"PK\x01\x02\x14\0\x14\0");
        directory.extend_from_slice(&[0; 12]);
        directory.extend_from_slice(&sizes);
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let (offset, size, count) = (archive.len() as u32, directory.len() as u32, parts.len() as u16);
    archive.extend_from_slice(&directory);
    archive.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    archive.extend_from_slice(&count.to_le_bytes());
    archive.extend_from_slice(&count.to_le_bytes());
    archive.extend_from_slice(&size.to_le_bytes());
    archive.extend_from_slice(&offset.to_le_bytes());
    archive.extend_from_slice(&[0; 2]);
    archive
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const PARTS: [(&str, &str); 3] =
        [("[Content_Types].xml", "types"), ("xl\\Workbook.xml", "book"), ("/word/document.xml", "")];

    #[test]
    fn names_and_beginnings_are_read() {
        let mut archive = Cursor::new(archive_of(&PARTS));
        let parts = parts(&mut archive).unwrap();
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["[content_types].xml", "xl/workbook.xml", "word/document.xml"]);
        assert_eq!(parts[0].beginning(&mut archive, 3).unwrap(), b"typ");
        assert_eq!(parts[1].beginning(&mut archive, 9).unwrap(), b"book");
    }

    #[test]
    fn a_packed_part_is_unpacked() {
        let mut writer = rust_xlsxwriter::Workbook::new();
        writer.add_worksheet().set_name("Products").unwrap();
        let mut archive = Cursor::new(writer.save_to_buffer().unwrap());
        let parts = parts(&mut archive).unwrap();
        let book = parts.iter().find(|part| part.name == "xl/workbook.xml").unwrap();
        let text = String::from_utf8(book.beginning(&mut archive, 100_000).unwrap()).unwrap();
        assert!(text.starts_with("<?xml") && text.contains("Products") && text.ends_with("</workbook>"), "{text}");
    }

    #[test]
    fn no_cut_archive_is_read_or_panics() {
        let archive = archive_of(&PARTS);
        for len in 0..archive.len() - 22 {
            assert!(parts(&mut Cursor::new(&archive[..len])).is_err(), "{len}");
        }
        for at in 0..archive.len() {
            let mut broken = archive.clone();
            broken[at] = 0xff;
            let mut broken = Cursor::new(broken);
            for part in parts(&mut broken).unwrap_or_default() {
                let _either_way = part.beginning(&mut broken, 100);
            }
        }
    }
}
