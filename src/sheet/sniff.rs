//! What a file is, told by its bytes and never by its name.
//!
//! Shops hand out XLSX files called `.csv` and web pages called `.xls`. What cannot be read is called
//! by its real name, with what to do about it.

use std::io::{self, Seek, SeekFrom};
use std::sync::Arc;

use super::archive::Archive;
use super::bytes::Stream;
use super::{Limits, SheetError, xlsx};

/// What the bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// An Excel workbook of today, with macros or without.
    Xlsx,
    /// An Excel workbook as written until 2003.
    Xls,
    /// An Excel binary workbook.
    Xlsb,
    /// An OpenDocument spreadsheet.
    Ods,
    /// Text with a character between the cells: CSV, TSV.
    Text,
}

/// What is said of every password-protected workbook.
pub(super) const PASSWORD: &str =
    "is password-protected; open it in Excel, remove the password (File, Info, Protect Workbook), and save it again";

const ZIP: &[u8] = b"PK\x03\x04";
const OLE: &[u8] = b"\xd0\xcf\x11\xe0";
/// As much of an OLE file's directory as tells its streams.
const OLE_DIRECTORY: u64 = 4096;

/// Why a file is not read: the system refused, or it is something else than a sheet.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// What the system said.
    #[error("{0}")]
    Io(io::Error),
    /// What the file is, and what to do.
    #[error("{0}")]
    Unreadable(String),
    /// Which limit it passes, where, and what to do.
    #[error("{0}")]
    Limit(String),
}

impl Refusal {
    /// The error that names the file.
    pub(super) fn of(self, file: &Arc<str>) -> SheetError {
        let file = Arc::clone(file);
        match self {
            Refusal::Io(source) => SheetError::Io { file, source },
            Refusal::Unreadable(reason) => SheetError::Unreadable { file, reason },
            Refusal::Limit(limit) => SheetError::Limit { file, limit },
        }
    }
}

/// A refusal that came by way of a reader is itself again.
impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Refusal {
        match error.downcast::<Refusal>() {
            Ok(refusal) => refusal,
            Err(error) => Refusal::Io(error),
        }
    }
}

impl From<String> for Refusal {
    fn from(reason: String) -> Refusal {
        Refusal::Unreadable(reason)
    }
}

impl From<&str> for Refusal {
    fn from(reason: &str) -> Refusal {
        Refusal::Unreadable(reason.to_owned())
    }
}

/// What is said of every workbook that breaks off or breaks its format.
pub(super) fn damaged(how: &str) -> String {
    format!("is damaged ({how}); open it in Excel and save it again")
}

/// The format of the file behind `stream`, which begins with `head`.
pub(super) fn format(head: &[u8], mut stream: Stream, limits: &Limits) -> Result<Format, Refusal> {
    if head.is_empty() {
        return Err("is empty".into());
    }
    if head.starts_with(ZIP) {
        return zip_format(Archive::open(stream, limits)?);
    }
    if head.starts_with(OLE) {
        return ole_format(head, &mut stream);
    }
    match NO_SHEETS.iter().find(|(magic, _)| head.starts_with(magic)) {
        Some((_, refusal)) => Err((*refusal).into()),
        None => Ok(Format::Text),
    }
}

/// First bytes of files that are no sheets, and what to say of them.
const NO_SHEETS: &[(&[u8], &str)] = &[
    (b"%PDF-", "is a PDF, not a sheet; ask for the spreadsheet it was printed from"),
    (b"\x1f\x8b", "is packed with gzip; unpack it (`gunzip`) and name the file inside it"),
    (b"7z\xbc\xaf\x27\x1c", "is packed with 7-Zip; unpack it and name the file inside it"),
    (b"Rar!\x1a\x07", "is packed with RAR; unpack it and name the file inside it"),
    (b"BZh91AY&SY", "is packed with bzip2; unpack it (`bunzip2`) and name the file inside it"),
    (b"\xfd7zXZ\0", "is packed with xz; unpack it (`unxz`) and name the file inside it"),
    (b"\x28\xb5\x2f\xfd", "is packed with zstd; unpack it (`unzstd`) and name the file inside it"),
    (b"{\\rtf", "is an RTF document, not a sheet; copy the table to Excel and save it as .xlsx"),
    (b"\x89PNG", "is a picture (PNG), not a sheet; ask for the spreadsheet that it shows"),
    (b"\xff\xd8\xff", "is a picture (JPEG), not a sheet; ask for the spreadsheet that it shows"),
    (b"GIF8", "is a picture (GIF), not a sheet; ask for the spreadsheet that it shows"),
    (b"SQLite format 3\0", "is an SQLite database, not a sheet; export the table as CSV"),
    (b"PAR1", "is a Parquet file, not a sheet; export the table as CSV"),
    // Workbooks from before they were OLE files (BOF of BIFF2, 3, 4 and 5).
    (b"\x09\x00\x04\x00", OLD_WORKBOOK),
    (b"\x09\x02\x06\x00", OLD_WORKBOOK),
    (b"\x09\x04\x06\x00", OLD_WORKBOOK),
    (b"\x09\x08\x08\x00\x00\x05", OLD_WORKBOOK),
];

const OLD_WORKBOOK: &str = "is a workbook as Excel wrote them before 1995; open it in Excel and save it as .xlsx";

fn zip_format(mut archive: Archive) -> Result<Format, Refusal> {
    let has = |name: &str| archive.names().any(|part| part == name);
    let has_under = |folder: &str| archive.names().any(|part| part.starts_with(folder));
    if has("xl/workbook.bin") {
        Ok(Format::Xlsb)
    } else if has("xl/workbook.xml") || has_under("xl/worksheets/") {
        Ok(Format::Xlsx)
    } else if has("content.xml") {
        Ok(Format::Ods)
    } else if has_under("index/") || has("index.zip") {
        Err("is an Apple Numbers file; export it (File, Export To, Excel) and use the .xlsx".into())
    } else if has_under("word/") {
        Err("is a Word document, not a workbook; copy the table to Excel and save it as .xlsx".into())
    } else if xlsx::has_workbook(&mut archive)? {
        Ok(Format::Xlsx)
    } else {
        Err("is a zip archive, but no workbook is in its place; unpack it and name the workbook inside it".into())
    }
}

/// An encrypted workbook of today is an OLE file that holds the real one in a stream.
fn ole_format(head: &[u8], stream: &mut Stream) -> Result<Format, Refusal> {
    let directory = match ole_directory_at(head) {
        Some(at) => {
            stream.seek(SeekFrom::Start(at))?;
            stream.take_up_to(OLE_DIRECTORY)?
        }
        None => Vec::new(),
    };
    let has = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [head, &directory].iter().any(|bytes| bytes.windows(name.len()).any(|window| window == name))
    };
    if has("EncryptedPackage") || has("EncryptionInfo") {
        return Err(PASSWORD.into());
    }
    // A workbook may hold a document, which has the other streams too. Behind a name there are zeros, behind the
    // same word in a text there are none.
    if has("Workbook\0") || has("Book\0") {
        return Ok(Format::Xls);
    }
    if has("WordDocument") {
        return Err("is a Word document, not a workbook; copy the table to Excel and save it as .xlsx".into());
    }
    if has("PowerPoint Document") {
        return Err("is a PowerPoint presentation, not a workbook; copy the table to Excel and save it as .xlsx".into());
    }
    if has("__properties_version1.0") {
        return Err("is an Outlook message, not a workbook; save the file that is attached to it".into());
    }
    Ok(Format::Xls)
}

/// MS-CFB 2.2: the sector size stands at byte 30 as a power of two, the directory's first sector at 48.
fn ole_directory_at(head: &[u8]) -> Option<u64> {
    let shift = u32::from(u16::from_le_bytes(head.get(30..32)?.try_into().ok()?));
    let sector = u32::from_le_bytes(head.get(48..52)?.try_into().ok()?);
    (u64::from(sector) + 1).checked_mul(1_u64.checked_shl(shift)?)
}

/// Text that is no sheet; `sample` is its beginning, and `whole` says that it is all of it.
pub(super) fn refuse_text(sample: &str, whole: bool) -> Result<(), String> {
    let start = sample.trim_start();
    if start.is_empty() && whole {
        return Err("is empty".to_owned());
    }
    if start.starts_with("version https://git-lfs.github.com/spec/v1") {
        return Err("is a Git LFS pointer, not the file itself; fetch it with `git lfs pull`".to_owned());
    }
    if is_json(start) {
        return Err("is JSON, not a sheet; ask for an export as CSV or .xlsx".to_owned());
    }
    let beginning: String = start.chars().take(1024).collect::<String>().to_ascii_lowercase();
    if beginning.starts_with("mime-version:") {
        return Err("is a web page with its pictures (MHTML); open it in Excel and save it as .xlsx".to_owned());
    }
    if !start.starts_with('<') {
        return Ok(());
    }
    if ["<html", "<table", "<!doctype html"].iter().any(|tag| beginning.contains(tag)) {
        return Err("is an HTML page, not a workbook; open it in Excel and save it as .xlsx".to_owned());
    }
    if ["progid=\"excel.sheet\"", "urn:schemas-microsoft-com:office:spreadsheet"]
        .iter()
        .any(|mark| beginning.contains(mark))
    {
        return Err(
            "is an XML Spreadsheet 2003, whatever it is called; open it in Excel and save it as .xlsx".to_owned()
        );
    }
    if beginning.starts_with("<?xml") {
        return Err("is an XML file, not a workbook; open it in Excel and save it as .xlsx".to_owned());
    }
    Ok(())
}

/// An object, or a list of objects or of rows.
fn is_json(start: &str) -> bool {
    let after = |text: &str, first: char| text.strip_prefix(first).map(|rest| rest.trim_start().to_owned());
    let is_object = |text: &str| after(text, '{').is_some_and(|rest| rest.starts_with(['"', '}']));
    let start: String = start.chars().take(1024).collect();
    is_object(&start) || after(&start, '[').is_some_and(|rest| is_object(&rest) || rest.starts_with("[\""))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::archive::archive_of;
    use super::super::bytes::Input;
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expect: Result<Format, &str>) {
        let stream = Input::Bytes(Arc::from(bytes)).open().unwrap();
        match (format(&bytes[..bytes.len().min(512)], stream, &Limits::default()), expect) {
            (Ok(found), Ok(expect)) => assert_eq!(found, expect),
            (Err(Refusal::Unreadable(found)), Err(expect)) => assert!(found.contains(expect), "{found}"),
            (found, expect) => panic!("{found:?} instead of {expect:?}"),
        }
    }

    #[track_caller]
    fn check_text(text: &str, expect: &str) {
        let found = refuse_text(text, true).err().unwrap_or_default();
        assert_eq!(found.is_empty(), expect.is_empty(), "{found}");
        assert!(found.contains(expect), "{found}");
    }

    fn ole(stream: &str) -> Vec<u8> {
        let mut bytes = vec![0; 512 * 3];
        bytes[..8].copy_from_slice(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
        bytes[30] = 9;
        bytes[48] = 1;
        for (at, unit) in stream.encode_utf16().enumerate() {
            bytes[1024 + 2 * at..1026 + 2 * at].copy_from_slice(&unit.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn a_zip_is_known_by_its_parts() {
        check(&archive_of(&[("xl/workbook.xml", "")]), Ok(Format::Xlsx));
        check(&archive_of(&[("xl/sharedStrings.bin", ""), ("xl/workbook.bin", "")]), Ok(Format::Xlsb));
        check(&archive_of(&[("mimetype", ""), ("content.xml", "")]), Ok(Format::Ods));
        check(&archive_of(&[("word/document.xml", "")]), Err("is a Word document"));
        check(&archive_of(&[("Index/Document.iwa", "")]), Err("is an Apple Numbers file; export it"));
        check(&archive_of(&[("catalogue.xlsx", "")]), Err("is a zip archive, but no workbook"));
        let relation = "<Relationships><Relationship Id='r1' Type='http://purl.oclc.org/ooxml/officeDocument/\
            relationships/officeDocument' Target='/book/main.xml'/></Relationships>";
        check(&archive_of(&[("book/main.xml", "<workbook/>"), ("_rels/.rels", relation)]), Ok(Format::Xlsx));
        check(&archive_of(&[("_rels/.rels", relation)]), Err("is a zip archive, but no workbook"));
        let many: Vec<(String, &str)> = (0..11).map(|at| (format!("xl/{at}"), "")).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|(name, text)| (name.as_str(), *text)).collect();
        let mut stream = Input::Bytes(archive_of(&many).into()).open().unwrap();
        let head = stream.take_up_to(512).unwrap();
        let found = format(&head, stream, &Limits { entries: 10, ..Limits::default() });
        assert!(matches!(&found, Err(Refusal::Limit(text)) if text.contains("--limit entries=VALUE")), "{found:?}");
        check(b"PK\x03\x04", Err("is damaged (its end is missing); open it in Excel and save it again"));
    }

    #[test]
    fn an_ole_file_is_xls_unless_it_is_encrypted() {
        check(&ole("Workbook"), Ok(Format::Xls));
        check(&ole("EncryptedPackage"), Err("is password-protected; open it in Excel, remove the password"));
        check(&ole("EncryptionInfo"), Err("is password-protected"));
        check(b"\xd0\xcf\x11\xe0", Ok(Format::Xls));
    }

    #[test]
    fn an_ole_file_of_another_program_is_called_by_its_name() {
        check(&ole("WordDocument"), Err("is a Word document, not a workbook; copy the table to Excel"));
        check(&ole("PowerPoint Document"), Err("is a PowerPoint presentation"));
        check(&ole("__properties_version1.0"), Err("is an Outlook message"));
        check(&ole("WordDocument\0Workbook"), Ok(Format::Xls));
        check(&ole("Book"), Ok(Format::Xls));
    }

    #[test]
    fn other_files_are_called_by_their_names() {
        check(b"", Err("is empty"));
        check(b"%PDF-1.7", Err("is a PDF"));
        check(b"\x1f\x8b\x08", Err("is packed with gzip"));
        check(b"7z\xbc\xaf\x27\x1c\0\x04", Err("is packed with 7-Zip; unpack it"));
        check(b"Rar!\x1a\x07\x01\0", Err("is packed with RAR"));
        check(b"BZh91AY&SY", Err("is packed with bzip2"));
        check(b"\xfd7zXZ\0", Err("is packed with xz"));
        check(b"\x28\xb5\x2f\xfd", Err("is packed with zstd"));
        check(b"{\\rtf1\\ansi", Err("is an RTF document, not a sheet; copy the table"));
        check(b"\x89PNG\r\n\x1a\n", Err("is a picture (PNG)"));
        check(b"\xff\xd8\xff\xe0", Err("is a picture (JPEG)"));
        check(b"GIF89a", Err("is a picture (GIF)"));
        check(b"SQLite format 3\0", Err("is an SQLite database"));
        check(b"PAR1\x15", Err("is a Parquet file"));
        check(b"\x09\x08\x08\x00\x00\x05\x05\x00", Err("before 1995; open it in Excel"));
        check(b"sku,price", Ok(Format::Text));
        check(b"\tprice", Ok(Format::Text));
        check(b"Rar!,price", Ok(Format::Text));
    }

    #[test]
    fn text_that_is_no_sheet_is_refused() {
        check_text(" \r\n\t", "is empty");
        check_text("version https://git-lfs.github.com/spec/v1\noid sha256:0", "`git lfs pull`");
        check_text("\n<HTML xmlns:x=\"\"><table>", "is an HTML page, not a workbook; open it in Excel");
        check_text("<!DOCTYPE html>", "is an HTML page");
        check_text("<table><tr>", "is an HTML page");
        check_text("<?xml version=\"1.0\"?><Workbook>", "is an XML file");
        check_text("<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>", "is an XML Spreadsheet 2003");
        let spreadsheet = "<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">";
        check_text(spreadsheet, "is an XML Spreadsheet 2003, whatever it is called; open it in Excel");
        check_text("MIME-Version: 1.0\r\nX-Document-Type: Workbook", "is a web page with its pictures (MHTML)");
        check_text("{\"products\": []}", "is JSON, not a sheet; ask for an export");
        check_text("[{\"sku\":1}]", "is JSON");
        check_text("[\n  {\n \"sku\"", "is JSON");
        check_text("[[\"sku\",\"price\"],", "is JSON");
        check_text("{sku},price", "");
        check_text("[sku],price", "");
        check_text("[{sku}],price", "");
        check_text("sku,description\nA,<table>", "");
        check_text("<sku>,price", "");
    }
}
