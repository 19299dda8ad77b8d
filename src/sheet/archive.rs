//! The parts of a zip archive.
//!
//! What the directory says is checked before any part is read: how many there are, that none comes
//! twice, that none lies over another, that none is encrypted. What it says about sizes is a hint: the
//! limits hold while a part is unpacked.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use super::Limits;
use super::bytes::Stream;
use super::sniff::{Refusal, damaged};

/// Where the end record of a directory can stand: its size and the longest comment.
const END: u64 = 22 + 65_535;
/// Below this size a part may be packed as tightly as it likes.
const RATIO_FROM: u64 = 16 << 20;
/// Above this size, a thread of its own for unpacking is worth its start.
const LARGE: u64 = if cfg!(test) { 64 } else { 1 << 20 };

/// The most pictures of an archive.
pub(super) const MOST_MEDIA: u64 = 100_000;

/// An open archive.
pub(super) struct Archive {
    zip: ZipArchive<Stream>,
    /// Names in lower case, with `/` between folders and none in front.
    parts: HashMap<String, usize>,
    len: u64,
    limits: Limits,
}

impl Archive {
    /// Reads the directory at the end of `stream`.
    pub(super) fn open(mut stream: Stream, limits: &Limits) -> Result<Archive, Refusal> {
        let most = promised(&mut stream)?.ok_or_else(|| damaged("its end is missing"))?;
        // Whether they are pictures is known when the directory is read.
        refuse_many(most, limits.entries.max(MOST_MEDIA), limits)?;
        let len = stream.seek(SeekFrom::End(0))?;
        let mut zip = ZipArchive::new(stream).map_err(refusal)?;
        let media = zip.file_names().filter(|name| name.as_ref().is_ok_and(|name| is_media(name))).count() as u64;
        refuse_many(media, limits.entries.max(MOST_MEDIA), limits)?;
        refuse_many(zip.len() as u64 - media, limits.entries, limits)?;
        if zip.has_duplicate_names() {
            return Err(damaged("it has two parts of the same name").into());
        }
        let mut parts = HashMap::new();
        for index in 0..zip.len() {
            let entry = zip.by_index_data(index).map_err(refusal)?;
            if entry.encrypted() {
                return Err("is encrypted as a zip archive; unpack it with its password and name the file inside it \
                            or pack it again without one"
                    .into());
            }
            let name = normal(&String::from_utf8_lossy(entry.name_raw()));
            match parts.entry(name) {
                Entry::Vacant(place) => _ = place.insert(index),
                Entry::Occupied(name) if name.key().ends_with('/') => {}
                Entry::Occupied(name) => {
                    return Err(damaged(&format!("it has two parts `{}`", name.key())).into());
                }
            }
        }
        if zip.has_overlapping_entries().map_err(refusal)? {
            return Err(damaged("its parts lie over each other").into());
        }
        Ok(Archive { zip, parts, len, limits: *limits })
    }

    /// The names of its parts, in lower case, in no order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.keys().map(String::as_str)
    }

    /// There is a part of this name, whatever its case.
    pub(super) fn has(&self, name: &str) -> bool {
        self.parts.contains_key(&normal(name))
    }

    /// The part of this name, whatever its case.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<Part<'_>>, Refusal> {
        let Some(index) = self.parts.get(&normal(name)).copied() else { return Ok(None) };
        let file = self.zip.by_index(index).map_err(refusal)?;
        let packed = file.compressed_size();
        Ok(Some(Part { file, name: name.to_owned(), packed, unpacked: 0, limits: self.limits }))
    }

    /// Its size in bytes.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// How much is taken of it.
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }
}

fn normal(name: &str) -> String {
    name.replace('\\', "/").trim_start_matches('/').to_lowercase()
}

/// The part is a picture: a sheet may have one in each row.
pub(super) fn is_media(name: &str) -> bool {
    let name = normal(name);
    name.contains("/media/") || name.starts_with("pictures/")
}

fn refuse_many(count: u64, most: u64, limits: &Limits) -> Result<(), Refusal> {
    if count <= most {
        return Ok(());
    }
    Err(limits.passed("entries", &format!("its archive has {count} parts")))
}

/// The most parts that any end record promises, so that no directory is read that is too long;
/// `None` where there is none.
pub(crate) fn promised(stream: &mut (impl Read + Seek)) -> io::Result<Option<u64>> {
    let len = stream.seek(SeekFrom::End(0))?;
    stream.seek(SeekFrom::Start(len.saturating_sub(END)))?;
    let mut tail = Vec::new();
    stream.take(END).read_to_end(&mut tail)?;
    let mut most = None;
    for at in memchr::memmem::find_iter(&tail, b"PK\x05\x06") {
        let Some(&[low, high]) = tail.get(at + 10..at + 12) else { continue };
        let count = u64::from(u16::from_le_bytes([low, high]));
        // The greatest number says that the record of zip64 knows it; a locator in front tells where that is.
        let locator = at.checked_sub(20).map(|from| &tail[from..at]).filter(|bytes| bytes.starts_with(b"PK\x06\x07"));
        most = most.max(Some(match locator {
            Some(locator) if count == u64::from(u16::MAX) => promised_64(stream, long(&locator[8..]))?,
            Some(_) | None => count,
        }));
    }
    Ok(most)
}

/// The parts that the end record of zip64 at `offset` promises.
fn promised_64(stream: &mut (impl Read + Seek), offset: u64) -> io::Result<u64> {
    stream.seek(SeekFrom::Start(offset))?;
    let mut record = Vec::new();
    stream.take(56).read_to_end(&mut record)?;
    Ok(record.get(32..).map_or(0, long))
}

/// The little-endian number at the beginning of `bytes`.
fn long(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight))
}

fn refusal(error: ZipError) -> Refusal {
    match error {
        ZipError::Io(error) if !is_damage(error.kind()) => error.into(),
        ZipError::Io(_) => damaged("its end is missing").into(),
        ZipError::UnsupportedArchive(how) => damaged(&format!("it is packed in an unusual way: {how}")).into(),
        error => damaged(&format!("as a zip archive: {error}")).into(),
    }
}

fn is_damage(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof | ErrorKind::Other)
}

/// One part, unpacked while it is read. Its errors are [`Refusal`]s in the coat of the system's.
pub(super) struct Part<'a> {
    file: ZipFile<'a, Stream>,
    name: String,
    packed: u64,
    unpacked: u64,
    limits: Limits,
}

impl Part<'_> {
    /// Unpacking it takes long.
    pub(super) fn is_large(&self) -> bool {
        self.packed > LARGE
    }

    fn refuse_bomb(&self) -> Result<(), Refusal> {
        let Part { name, packed, unpacked, limits, .. } = self;
        if *unpacked > limits.inflated {
            return Err(limits.passed("inflated", &format!("its part `{name}` is larger than any sheet needs")));
        }
        if *unpacked > RATIO_FROM && *unpacked > packed.saturating_mul(limits.ratio) {
            let times = limits.ratio;
            let what = format!("its part `{name}` is more than {times} times as large as its {packed} packed bytes");
            return Err(limits.passed("ratio", &what));
        }
        Ok(())
    }
}

impl Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer).map_err(|error| {
            if is_damage(error.kind()) {
                let how = format!("its part `{}` cannot be unpacked: {error}", self.name);
                io::Error::other(Refusal::Unreadable(damaged(&how)))
            } else {
                error
            }
        })?;
        self.unpacked += count as u64;
        self.refuse_bomb().map_err(io::Error::other)?;
        Ok(count)
    }
}

/// An archive of stored parts with their contents, for tests.
#[cfg(test)]
pub(super) fn archive_of(parts: &[(&str, &str)]) -> Vec<u8> {
    use std::io::Write;

    let mut writer = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in parts {
        writer.start_file(*name, stored).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[cfg(test)]
mod tests {
    use super::super::Input;
    use super::*;

    const PARTS: [(&str, &str); 3] =
        [("[Content_Types].xml", "types"), ("xl\\Workbook.xml", "book"), ("/word/document.xml", "")];

    fn open(bytes: &[u8]) -> Result<Archive, Refusal> {
        Archive::open(Input::Bytes(bytes.into()).open()?, &Limits::default())
    }

    fn text(archive: &mut Archive, name: &str) -> Result<String, Refusal> {
        let mut text = String::new();
        if let Some(mut part) = archive.part(name)? {
            part.read_to_string(&mut text)?;
        }
        Ok(text)
    }

    #[test]
    fn parts_are_found_whatever_the_case_of_their_names() {
        let mut archive = open(&archive_of(&PARTS)).unwrap();
        let mut names: Vec<&str> = archive.names().collect();
        names.sort_unstable();
        assert_eq!(names, ["[content_types].xml", "word/document.xml", "xl/workbook.xml"]);
        assert_eq!(text(&mut archive, "/XL/workbook.XML").unwrap(), "book");
        assert_eq!(text(&mut archive, "xl/other.xml").unwrap(), "");
        assert!(archive.has("[Content_types].xml") && !archive.has("xl"));
    }

    #[test]
    fn a_count_of_zip64_is_believed_when_it_is_too_high() {
        let mut bytes = archive_of(&PARTS);
        let end = bytes.len() - 22;
        let mut record = vec![0; 56];
        record[..4].copy_from_slice(b"PK\x06\x06");
        record[32..40].copy_from_slice(&700_000_u64.to_le_bytes());
        let mut locator = vec![0; 20];
        locator[..4].copy_from_slice(b"PK\x06\x07");
        locator[8..16].copy_from_slice(&(end as u64).to_le_bytes());
        bytes[end + 8..end + 12].fill(0xff);
        bytes.splice(end..end, record.into_iter().chain(locator));
        let found = open(&bytes).err().map(|refusal| refusal.to_string()).unwrap_or_default();
        assert!(found.starts_with("its archive has 700000 parts; the limit `entries` is 1000"), "{found}");
    }

    #[test]
    fn no_cut_archive_is_read_and_no_broken_byte_panics() {
        let bytes = archive_of(&PARTS);
        for len in 0..bytes.len() {
            assert!(open(&bytes[..len]).is_err(), "{len}");
        }
        for at in 0..bytes.len() {
            let mut broken = bytes.clone();
            broken[at] = 0xff;
            if let Ok(mut archive) = open(&broken) {
                let _either_way = text(&mut archive, "xl/workbook.xml");
            }
        }
    }
}
