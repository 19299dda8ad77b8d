//! A workbook as Excel 97 writes it, of a few texts: what no writer of today writes.
//!
//! A compound file (MS-CFB) of one stream, which holds the records of one sheet (MS-XLS).

const SECTOR: usize = 512;
/// A stream of fewer bytes would stand in sectors of its own kind.
const SMALLEST: usize = 4096;
const END: u32 = 0xFFFF_FFFE;
const FREE: u32 = 0xFFFF_FFFF;

/// A workbook whose rows, from 0, hold these texts.
pub(crate) fn xls(rows: &[(u32, Vec<String>)]) -> Vec<u8> {
    let mut stream = records(rows);
    stream.resize(stream.len().max(SMALLEST).next_multiple_of(SECTOR), 0);
    compound(&stream)
}

fn records(rows: &[(u32, Vec<String>)]) -> Vec<u8> {
    let begin =
        |kind: u16| record(0x0809, &[0x0600, kind, 0x0DBB, 0x07CC, 0, 0, 0, 0x0600].map(u16::to_le_bytes).concat());
    let mut globals = begin(5);
    globals.extend(record(0x0042, &1200_u16.to_le_bytes()));
    let end = record(0x000A, &[]);
    let name = "Products";
    // Where the sheet begins is told before it; this record has one length.
    let at = globals.len() + 4 + 8 + name.len() + end.len();
    let mut sheet = (at as u32).to_le_bytes().to_vec();
    sheet.extend([0, 0, name.len() as u8, 0]);
    sheet.extend(name.bytes());
    globals.extend(record(0x0085, &sheet));
    globals.extend(&end);
    globals.extend(begin(0x10));
    for (row, cells) in rows {
        for (column, text) in (0_u16..).zip(cells).filter(|(_, text)| !text.is_empty()) {
            let mut cell = (*row as u16).to_le_bytes().to_vec();
            cell.extend(column.to_le_bytes());
            cell.extend([0, 0]);
            cell.extend((text.encode_utf16().count() as u16).to_le_bytes());
            // Two bytes a letter.
            cell.push(1);
            cell.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
            globals.extend(record(0x0204, &cell));
        }
    }
    globals.extend(end);
    globals
}

fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes(), &(data.len() as u16).to_le_bytes(), data].concat()
}

/// Sector 0 tells which sector follows which, sector 1 names the streams, the stream comes behind.
fn compound(stream: &[u8]) -> Vec<u8> {
    let sectors = stream.len() / SECTOR;
    let mut header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    header.resize(24, 0);
    for word in [0x3E, 3, 0xFFFE, 9, 6] {
        header.extend(u16::to_le_bytes(word));
    }
    header.resize(44, 0);
    for word in [1, 1, 0, SMALLEST as u32, END, 0, END, 0, 0] {
        header.extend(u32::to_le_bytes(word));
    }
    header.resize(SECTOR, 0xFF);
    let mut next = vec![0xFFFF_FFFD, END];
    next.extend((0..sectors as u32).map(|at| if at + 1 == sectors as u32 { END } else { at + 3 }));
    let mut table: Vec<u8> = next.into_iter().flat_map(u32::to_le_bytes).collect();
    assert!(table.len() <= SECTOR, "one sector tells of all");
    table.resize(SECTOR, 0xFF);
    let mut directory = entry("Root Entry", 5, 1, END, 0);
    directory.extend(entry("Workbook", 2, FREE, 2, stream.len()));
    directory.resize(SECTOR, 0);
    [&header, &table, &directory, stream].concat()
}

fn entry(name: &str, kind: u8, child: u32, start: u32, length: usize) -> Vec<u8> {
    let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    entry.resize(64, 0);
    entry.extend((2 * (name.len() as u16 + 1)).to_le_bytes());
    entry.extend([kind, 1]);
    for place in [FREE, FREE, child] {
        entry.extend(place.to_le_bytes());
    }
    entry.resize(116, 0);
    entry.extend(start.to_le_bytes());
    entry.extend((length as u64).to_le_bytes());
    entry
}
