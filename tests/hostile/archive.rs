//! Zip archives byte by byte, so that they can lie: about sizes, numbers of parts, places and passwords.

use flate2::{Compress, Compression, Crc, FlushCompress};

/// One part of an archive, packed already.
#[derive(Clone)]
pub(crate) struct Part {
    name: String,
    /// 0 stored, 8 deflated.
    method: u16,
    /// Bit 0: it has a password.
    pub(crate) flags: u16,
    packed: Vec<u8>,
    crc: u32,
    /// The size that the archive tells.
    pub(crate) size: u32,
}

impl Part {
    /// As it is, and true.
    pub(crate) fn stored(name: &str, content: impl AsRef<[u8]>) -> Part {
        let content = content.as_ref();
        let mut crc = Crc::new();
        crc.update(content);
        let (packed, size) = (content.to_vec(), content.len() as u32);
        Part { name: name.to_owned(), method: 0, flags: 0, packed, crc: crc.sum(), size }
    }

    /// `before`, then `again` so many `times`, then `after`: a few kilobytes may be a gigabyte.
    pub(crate) fn repeated(name: &str, before: &str, again: &[u8], times: usize, after: &str) -> Part {
        let mut packed = deflated(before.as_bytes());
        let piece = deflated(again);
        (0..times).for_each(|_| packed.extend_from_slice(&piece));
        packed.extend(deflated(after.as_bytes()));
        // The last block, and nothing in it.
        packed.extend([3, 0]);
        let (mut crc, mut again_crc) = (crc_of(before.as_bytes()), crc_of(again));
        (0..times).for_each(|_| crc.combine(&again_crc));
        again_crc = crc_of(after.as_bytes());
        crc.combine(&again_crc);
        let size = (before.len() + again.len() * times + after.len()) as u32;
        Part { name: name.to_owned(), method: 8, flags: 0, packed, crc: crc.sum(), size }
    }
}

fn crc_of(bytes: &[u8]) -> Crc {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc
}

/// Blocks of a deflate stream that need nothing before them and let anything follow.
fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut packer = Compress::new(Compression::best(), false);
    let mut packed = Vec::with_capacity(bytes.len() + 1024);
    packer.compress_vec(bytes, &mut packed, FlushCompress::Full).expect("it is packed");
    assert_eq!(packer.total_in(), bytes.len() as u64, "all of it");
    packed
}

/// The archive of these parts.
pub(crate) fn archive(parts: &[Part]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for part in parts {
        let offset = bytes.len() as u32;
        bytes.extend_from_slice(b"PK\x03\x04");
        bytes.extend(header(part));
        bytes.extend_from_slice(part.name.as_bytes());
        bytes.extend_from_slice(&part.packed);
        directory.extend(entry(part, offset));
    }
    let count = parts.len() as u64;
    end(bytes, &directory, count)
}

/// An archive whose directory names the first of `parts` again and again.
pub(crate) fn archive_of_many(parts: &[Part], times: u64) -> Vec<u8> {
    let true_one = archive(parts);
    let at = true_one.windows(4).position(|bytes| bytes == b"PK\x01\x02").expect("a directory");
    let (contents, rest) = true_one.split_at(at);
    let mut directory = rest[..rest.len() - 22].to_vec();
    let mut again = Part { name: String::new(), packed: Vec::new(), ..parts[0].clone() };
    for number in 0..times {
        again.name = format!("{number}");
        directory.extend(entry(&again, 0));
    }
    end(contents.to_vec(), &directory, parts.len() as u64 + times)
}

/// Two parts in one place: the second begins inside the first.
pub(crate) fn archive_overlapping(parts: &[Part]) -> Vec<u8> {
    let mut bytes = archive(parts);
    let second = bytes.windows(4).enumerate().filter(|(_, bytes)| *bytes == b"PK\x01\x02").nth(1);
    let at = second.map(|(at, _)| at).expect("a second part");
    bytes[at + 42..at + 46].copy_from_slice(&4_u32.to_le_bytes());
    bytes
}

/// What both headers say alike.
fn header(part: &Part) -> Vec<u8> {
    let mut header = Vec::new();
    for number in [20, part.flags, part.method, 0, 0x21] {
        header.extend(u16::to_le_bytes(number));
    }
    for number in [part.crc, part.packed.len() as u32, part.size] {
        header.extend(number.to_le_bytes());
    }
    header.extend((part.name.len() as u16).to_le_bytes());
    header.extend([0; 2]);
    header
}

fn entry(part: &Part, offset: u32) -> Vec<u8> {
    let mut entry = b"PK\x01\x02\x14\0".to_vec();
    entry.extend(header(part));
    entry.extend([0; 10]);
    entry.extend(offset.to_le_bytes());
    entry.extend_from_slice(part.name.as_bytes());
    entry
}

/// The directory and the end records, the 64-bit ones where they are needed.
fn end(mut bytes: Vec<u8>, directory: &[u8], count: u64) -> Vec<u8> {
    let (offset, size) = (bytes.len() as u64, directory.len() as u64);
    bytes.extend_from_slice(directory);
    let needs_64 = count > u64::from(u16::MAX);
    if needs_64 {
        let record = bytes.len() as u64;
        bytes.extend_from_slice(b"PK\x06\x06");
        bytes.extend(44_u64.to_le_bytes());
        bytes.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for number in [count, count, size, offset] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend_from_slice(b"PK\x06\x07\0\0\0\0");
        bytes.extend(record.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
    }
    let (count, size, offset) =
        if needs_64 { (u16::MAX, u32::MAX, u32::MAX) } else { (count as u16, size as u32, offset as u32) };
    bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes.extend(offset.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}
