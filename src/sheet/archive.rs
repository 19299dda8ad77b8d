//! The names of the parts in a zip archive, read from its directory; nothing is unpacked.
//!
//! The directory tells an XLSX from an XLSB, an ODS or a Word document before any reader is tried.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

/// The end record without its comment, and the longest comment.
const END_RECORD: u64 = 22;
const MAX_COMMENT: u64 = 65_535;
/// The locator of the 64-bit end record, and that record.
const LOCATOR: u64 = 20;
const END_RECORD_64: usize = 56;
/// The directory is read up to this size; a workbook's has a few kilobytes.
const MAX_DIRECTORY: u64 = 16 << 20;

/// The names of all parts, in lower case, with `/` between folders and none in front.
///
/// # Errors
///
/// `UnexpectedEof` or `InvalidData` when the directory is missing or cut; otherwise what the system said.
pub(super) fn part_names(archive: &mut (impl Read + Seek)) -> io::Result<Vec<String>> {
    let len = archive.seek(SeekFrom::End(0))?;
    let (offset, size) = directory(archive, len)?;
    archive.seek(SeekFrom::Start(offset))?;
    let mut directory = Vec::new();
    archive.take(size.min(MAX_DIRECTORY)).read_to_end(&mut directory)?;
    let mut names = Vec::new();
    let mut rest = directory.as_slice();
    while let Some((name, after)) = entry(rest) {
        names.push(name);
        rest = after;
    }
    if names.is_empty() { Err(no_directory()) } else { Ok(names) }
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

/// The name of the first entry in `directory`, and what follows the entry.
fn entry(directory: &[u8]) -> Option<(String, &[u8])> {
    if !directory.starts_with(b"PK\x01\x02") {
        return None;
    }
    let [name, extra, comment] = [28, 30, 32].map(|at| number(directory, at, 2).unwrap_or(0) as usize);
    let bytes = directory.get(46..46 + name)?;
    let text = String::from_utf8_lossy(bytes).replace('\\', "/").to_ascii_lowercase();
    let rest = directory.get(46 + name + extra + comment..).unwrap_or(&[]);
    Some((text.trim_start_matches('/').to_owned(), rest))
}

/// The little-endian number of `width` bytes at `at`.
fn number(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + width)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn no_directory() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "its end is missing")
}

/// An archive of empty parts, for tests.
#[cfg(test)]
pub(super) fn archive_of(names: &[&str]) -> Vec<u8> {
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    for name in names {
        let offset = archive.len() as u32;
        let len = name.len() as u16;
        archive.extend_from_slice(b"PK\x03\x04\x14\0");
        archive.extend_from_slice(&[0; 20]);
        archive.extend_from_slice(&len.to_le_bytes());
        archive.extend_from_slice(&[0; 2]);
        archive.extend_from_slice(name.as_bytes());
        directory.extend_from_slice(b"PK\x01\x02\x14\0\x14\0");
        directory.extend_from_slice(&[0; 20]);
        directory.extend_from_slice(&len.to_le_bytes());
        directory.extend_from_slice(&[0; 12]);
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let (offset, size, count) = (archive.len() as u32, directory.len() as u32, names.len() as u16);
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

    #[test]
    fn names_are_read_from_the_directory() {
        let archive = archive_of(&["[Content_Types].xml", "xl\\Workbook.xml", "/word/document.xml"]);
        let names = part_names(&mut Cursor::new(archive)).unwrap();
        assert_eq!(names, ["[content_types].xml", "xl/workbook.xml", "word/document.xml"]);
    }

    #[test]
    fn no_cut_archive_is_read_or_panics() {
        let archive = archive_of(&["xl/workbook.xml", "xl/styles.xml"]);
        for len in 0..archive.len() - 22 {
            assert!(part_names(&mut Cursor::new(&archive[..len])).is_err(), "{len}");
        }
        for at in 0..archive.len() {
            let mut broken = archive.clone();
            broken[at] = 0xff;
            let _either_way = part_names(&mut Cursor::new(broken));
        }
    }
}
