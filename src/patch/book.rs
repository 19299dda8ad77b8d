//! The part of the workbook that lists its sheets, and what a new first sheet changes in it.
//!
//! Whatever counts sheets by their place (names of one sheet, the sheet that is shown first) counts on; whatever
//! knows them by name or number does not notice.

use std::io::{Read, Seek};

use super::error::{Snag, damaged};
use super::package::{Package, Relations};
use super::tokens::{Kind, Token, Tokens, escaped, unescaped};
use crate::sheet::{OWN_SHEET, is_own_sheet};

/// The hidden name by which our sheet is known again.
const MARKER: &str = "_skuload_findings";
/// What the types of relations begin with, and the namespace of their ids.
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
/// What may stand behind the defined names of a workbook.
const BEHIND_NAMES: [&[u8]; 10] = [
    b"calcPr",
    b"oleSize",
    b"customWorkbookViews",
    b"pivotCaches",
    b"smartTagPr",
    b"smartTagTypes",
    b"webPublishing",
    b"fileRecoveryPr",
    b"webPublishObjects",
    b"extLst",
];

/// A sheet of any kind as it is listed.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) name: String,
    number: u32,
    id: String,
    /// The part that holds it, where it is there.
    pub(super) part: Option<String>,
    /// It has cells.
    pub(super) is_worksheet: bool,
    is_hidden: bool,
}

/// The list of the sheets, and the part that holds it.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) part: String,
    bytes: Vec<u8>,
    pub(super) sheets: Vec<Listed>,
    pub(super) relations: Relations,
    /// What the types of relations begin with; it is the namespace of their ids too.
    pub(super) base: String,
    /// The namespace of its elements.
    pub(super) namespace: String,
    /// The place of the first sheet that we gave it before.
    own: Option<usize>,
}

impl Book {
    /// Finds and reads the list.
    pub(super) fn read(package: &mut Package<impl Read + Seek>) -> Result<Book, Snag> {
        let root = package.relations("")?;
        let part = root.part("officeDocument").filter(|name| package.has(name)).unwrap_or("xl/workbook.xml").to_owned();
        let bytes = package.bytes(&part)?.ok_or_else(|| damaged("the list of its sheets is missing"))?;
        let relations = package.relations(&part)?;
        let (mut sheets, mut namespace, mut marked) = (Vec::new(), None, None);
        let mut tokens = Tokens::new(bytes.as_slice());
        let mut is_marker = false;
        while let Some(token) = tokens.next()? {
            if token.begins(b"workbook") && namespace.is_none() {
                namespace = namespace_of(&token);
            } else if token.begins(b"sheet") {
                sheets.push(listed(&token));
            } else if token.begins(b"definedName") {
                is_marker = token.attribute("name").as_deref() == Some(MARKER);
            } else if is_marker && token.kind == Kind::Between {
                marked = sheet_of(&unescaped(token.raw));
            } else {
                is_marker = false;
            }
        }
        let folder = part.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (index, sheet) in sheets.iter_mut().enumerate() {
            let related = relations.get(&sheet.id);
            sheet.is_worksheet = related.is_none_or(|relation| relation.is("worksheet"));
            let usual = || relations.all.is_empty().then(|| format!("{folder}/worksheets/sheet{}.xml", index + 1));
            let found = related.map(|relation| relation.target.clone()).or_else(usual);
            sheet.part = found.filter(|name| package.has(name));
        }
        let own = marked.and_then(|name| sheets.iter().position(|sheet| sheet.name == name && is_own_sheet(&name)));
        let base = relations.base().unwrap_or(RELATIONS).to_owned();
        let namespace = namespace.ok_or_else(|| damaged("the list of its sheets has no namespace"))?;
        Ok(Book { part, bytes, sheets, relations, base, namespace, own })
    }

    /// The folder of its parts, with a `/` behind.
    pub(super) fn folder(&self) -> &str {
        self.part.rfind('/').map_or("", |at| &self.part[..=at])
    }

    /// The sheet that we put first before.
    pub(super) fn own(&self) -> Option<&Listed> {
        self.own.and_then(|own| self.sheets.get(own))
    }

    /// The sheets that are the merchant's.
    pub(super) fn merchants(&self) -> impl Iterator<Item = &Listed> {
        self.sheets.iter().enumerate().filter(|(at, _)| Some(*at) != self.own).map(|(_, sheet)| sheet)
    }

    /// A name for our sheet that no other sheet has.
    pub(super) fn own_name(&self) -> String {
        let is_free = |name: &String| self.merchants().all(|sheet| !sheet.name.eq_ignore_ascii_case(name));
        let names = (2_u32..).map(|number| format!("{OWN_SHEET} ({number})"));
        std::iter::once(OWN_SHEET.to_owned()).chain(names).find(is_free).unwrap_or_default()
    }

    /// Forgets the relation of the sheet that we put first before.
    pub(super) fn forget_own(&mut self) {
        if let Some(id) = self.own().map(|own| own.id.clone()) {
            self.relations.remove(&id);
        }
    }

    /// The list with a new first sheet: its name, the id of its relation, and the row that each page repeats.
    pub(super) fn with_first(&self, name: &str, id: &str, header_row: u32) -> Result<Vec<u8>, Snag> {
        let mut tokens = Tokens::new(self.bytes.as_slice());
        let mut writer = Writer { book: self, name, id, header_row, out: Vec::new(), has_names: false, depth: 0 };
        let mut place = 0;
        while let Some(token) = tokens.next()? {
            if writer.depth == 1 {
                writer.names_in_front(&token);
            }
            if let Some(local) = self.left_out(&token, &mut place) {
                if token.kind == Kind::Open {
                    pass(&mut tokens, local)?;
                }
                continue;
            }
            writer.depth = match token.kind {
                Kind::Open => writer.depth + 1,
                Kind::Close => writer.depth.saturating_sub(1),
                Kind::Empty | Kind::Between => writer.depth,
            };
            writer.put(&token);
        }
        Ok(writer.out)
    }

    /// The list without the sheet that we put first before.
    pub(super) fn without_own(&self) -> Result<Vec<u8>, Snag> {
        let mut tokens = Tokens::new(self.bytes.as_slice());
        let (mut out, mut place, mut names) = (Vec::new(), 0, 0..0);
        while let Some(token) = tokens.next()? {
            if let Some(local) = self.left_out(&token, &mut place) {
                if token.kind == Kind::Open {
                    pass(&mut tokens, local)?;
                }
            } else if token.begins(b"workbookView") {
                out.extend_from_slice(&self.view_without_own(&token));
            } else if token.begins(b"definedName") {
                let moved = token.number("localSheetId").map(|at| token.with("localSheetId", &self.moved(at)));
                out.extend_from_slice(moved.as_deref().unwrap_or(token.raw));
            } else if token.begins(b"definedNames") {
                names = out.len()..out.len() + token.raw.len();
                out.extend_from_slice(token.raw);
            } else if token.closes(b"definedNames") && out[names.end..].trim_ascii().is_empty() {
                // All names were ours.
                out.truncate(names.start);
            } else {
                out.extend_from_slice(token.raw);
            }
        }
        Ok(out)
    }

    /// A view in which another sheet is shown where it was ours.
    fn view_without_own(&self, token: &Token<'_>) -> Vec<u8> {
        let active = token.number("activeTab").unwrap_or(0);
        let is_shown = |(at, sheet): &(usize, &Listed)| Some(*at) != self.own && !sheet.is_hidden;
        let shown = self.sheets.iter().enumerate().find(is_shown).and_then(|(at, _)| u32::try_from(at).ok());
        let active = if Some(active as usize) == self.own { shown.unwrap_or(active) } else { active };
        let view = token.with("activeTab", &self.moved(active));
        let view = Token { raw: &view, ..*token };
        match view.number("firstSheet") {
            Some(first) => view.with("firstSheet", &self.moved(first)),
            None => view.raw.to_vec(),
        }
    }

    /// A place in the list, counted without our sheet.
    fn moved(&self, place: u32) -> String {
        let is_behind = self.own.is_some_and(|own| place as usize > own);
        (place - u32::from(is_behind)).to_string()
    }

    /// What the token begins, where that is of our sheet of before; `place` counts the sheets.
    fn left_out(&self, token: &Token<'_>, place: &mut usize) -> Option<&'static [u8]> {
        if token.begins(b"sheet") {
            let is_own = Some(*place) == self.own;
            *place += 1;
            return is_own.then_some(b"sheet");
        }
        (token.begins(b"definedName") && self.is_of_own(token)).then_some(b"definedName")
    }

    /// The name is the marker of our sheet, or one that counts there only.
    fn is_of_own(&self, token: &Token<'_>) -> bool {
        let is_local = self.own.is_some() && token.number("localSheetId").map(|at| at as usize) == self.own;
        is_local || token.attribute("name").as_deref() == Some(MARKER)
    }

    /// The number of a new sheet.
    fn next_number(&self) -> u32 {
        self.sheets.iter().map(|sheet| sheet.number).max().unwrap_or(0).saturating_add(1)
    }
}

struct Writer<'a> {
    book: &'a Book,
    name: &'a str,
    id: &'a str,
    header_row: u32,
    out: Vec<u8>,
    has_names: bool,
    depth: u32,
}

impl Writer<'_> {
    /// Writes a token as it is from now on.
    fn put(&mut self, token: &Token<'_>) {
        if token.begins(b"sheets") && token.kind == Kind::Open {
            self.out.extend_from_slice(token.raw);
            self.first_sheet(token);
        } else if token.begins(b"workbookView") {
            let shown = token.with("activeTab", "0");
            let shown = Token { raw: &shown, ..*token };
            let raw =
                if shown.place_of("firstSheet").is_some() { shown.with("firstSheet", "0") } else { shown.raw.to_vec() };
            self.out.extend_from_slice(&raw);
        } else if token.begins(b"definedName") {
            let moved = token.number("localSheetId").map(|place| {
                let is_behind = self.book.own.is_some_and(|own| place as usize > own);
                token.with("localSheetId", &(if is_behind { place } else { place + 1 }).to_string())
            });
            self.out.extend_from_slice(moved.as_deref().unwrap_or(token.raw));
        } else if token.begins(b"definedNames") && token.kind == Kind::Empty {
            // It is written anew in front of what follows.
        } else if token.closes(b"definedNames") {
            self.own_names(token.prefix());
            self.out.extend_from_slice(token.raw);
            self.has_names = true;
        } else {
            self.out.extend_from_slice(token.raw);
        }
    }

    fn first_sheet(&mut self, token: &Token<'_>) {
        let prefix = String::from_utf8_lossy(token.prefix());
        let (name, number) = (escaped(self.name), self.book.next_number());
        let (base, id) = (&self.book.base, self.id);
        let line = format!("<{prefix}sheet xmlns:r=\"{base}\" name=\"{name}\" sheetId=\"{number}\" r:id=\"{id}\"/>");
        self.out.extend_from_slice(line.as_bytes());
    }

    /// Writes the names in front of an element that stands behind them, where there are none.
    fn names_in_front(&mut self, token: &Token<'_>) {
        let is_behind =
            token.closes(b"workbook") || (token.kind != Kind::Close && BEHIND_NAMES.contains(&token.local()));
        if self.has_names || !is_behind {
            return;
        }
        self.has_names = true;
        let prefix = token.prefix().to_vec();
        let tag = |text: &str, out: &mut Vec<u8>| {
            out.extend_from_slice(&[text.as_bytes(), &prefix, b"definedNames>"].concat())
        };
        tag("<", &mut self.out);
        self.own_names(&prefix);
        tag("</", &mut self.out);
    }

    fn own_names(&mut self, prefix: &[u8]) {
        let (prefix, row) = (String::from_utf8_lossy(prefix), self.header_row);
        let sheet = escaped(&quoted(self.name)).into_owned();
        let lines = format!(
            "<{prefix}definedName name=\"_xlnm.Print_Titles\" localSheetId=\"0\">{sheet}!${row}:${row}</{prefix}definedName>\
             <{prefix}definedName name=\"{MARKER}\" hidden=\"1\">{sheet}!$A$1</{prefix}definedName>"
        );
        self.out.extend_from_slice(lines.as_bytes());
    }
}

/// A sheet's name as it stands in front of a `!`.
pub(super) fn quoted(name: &str) -> String {
    format!("'{}'", name.replace('\'', "''"))
}

/// The sheet of `'its name'!$A$1`.
fn sheet_of(reference: &str) -> Option<String> {
    let (name, _) = reference.trim().rsplit_once('!')?;
    let plain = name.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    Some(plain.map_or_else(|| name.to_owned(), |plain| plain.replace("''", "'")))
}

fn listed(token: &Token<'_>) -> Listed {
    Listed {
        name: token.attribute("name").unwrap_or_default(),
        number: token.number("sheetId").unwrap_or(0),
        id: token.attribute(":id").unwrap_or_default(),
        part: None,
        is_worksheet: true,
        is_hidden: matches!(token.attribute("state").as_deref(), Some("hidden" | "veryHidden")),
    }
}

/// The namespace to which the prefix of a tag is bound by the tag itself.
pub(super) fn namespace_of(token: &Token<'_>) -> Option<String> {
    let prefix = String::from_utf8_lossy(token.prefix()).into_owned();
    let name = prefix.strip_suffix(':').map_or_else(|| "xmlns".to_owned(), |prefix| format!("xmlns:{prefix}"));
    token.attribute(&name)
}

/// Passes everything up to the end of the element that began last.
fn pass(tokens: &mut Tokens<&[u8]>, local: &[u8]) -> Result<(), Snag> {
    while let Some(token) = tokens.next()? {
        if token.closes(local) {
            return Ok(());
        }
    }
    Err(damaged("the list of its sheets breaks off"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(xml: &str, own: Option<usize>) -> Book {
        let mut sheets = Vec::new();
        let mut tokens = Tokens::new(xml.as_bytes());
        while let Some(token) = tokens.next().unwrap() {
            if token.begins(b"sheet") {
                sheets.push(listed(&token));
            }
        }
        let relations = Package::open(std::io::Cursor::new(crate::patch::archive_of(&[("a", "b")])))
            .unwrap()
            .relations("a")
            .unwrap();
        let part = "xl/workbook.xml".to_owned();
        Book { part, bytes: xml.into(), sheets, relations, base: "base".into(), namespace: "main".into(), own }
    }

    #[track_caller]
    fn check(xml: &str, own: Option<usize>, expect: &str) {
        let written = book(xml, own).with_first("our's", "rId9", 6).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), expect);
    }

    const OWN: &str = "<definedName name=\"_xlnm.Print_Titles\" localSheetId=\"0\">'our''s'!$6:$6</definedName>\
                       <definedName name=\"_skuload_findings\" hidden=\"1\">'our''s'!$A$1</definedName>";

    #[test]
    fn what_counts_sheets_by_their_place_counts_on() {
        check(
            "<workbook><bookViews><workbookView firstSheet=\"2\" activeTab=\"1\"/></bookViews><sheets><sheet name=\"A\" \
             sheetId=\"7\" r:id=\"r1\"/></sheets><definedNames><definedName name=\"n\" localSheetId=\"0\">A!$A$1</definedName>\
             </definedNames><calcPr/></workbook>",
            None,
            &format!(
                "<workbook><bookViews><workbookView firstSheet=\"0\" activeTab=\"0\"/></bookViews><sheets><sheet \
                 xmlns:r=\"base\" name=\"our's\" sheetId=\"8\" r:id=\"rId9\"/><sheet name=\"A\" sheetId=\"7\" r:id=\"r1\"/>\
                 </sheets><definedNames><definedName name=\"n\" localSheetId=\"1\">A!$A$1</definedName>{OWN}</definedNames>\
                 <calcPr/></workbook>"
            ),
        );
    }

    #[test]
    fn names_are_written_where_there_were_none() {
        let sheet = "<x:sheet xmlns:r=\"base\" name=\"our's\" sheetId=\"1\" r:id=\"rId9\"/>";
        let own = OWN.replace("<definedName", "<x:definedName").replace("</definedName", "</x:definedName");
        check(
            "<x:workbook><x:sheets></x:sheets></x:workbook>",
            None,
            &format!("<x:workbook><x:sheets>{sheet}</x:sheets><x:definedNames>{own}</x:definedNames></x:workbook>"),
        );
        let sheet = sheet.replace("<x:", "<");
        check(
            "<workbook><sheets></sheets><definedNames/><calcPr a=\"b\"/></workbook>",
            None,
            &format!(
                "<workbook><sheets>{sheet}</sheets><definedNames>{OWN}</definedNames><calcPr a=\"b\"/></workbook>"
            ),
        );
    }

    #[test]
    fn our_sheet_of_before_goes_away_with_its_names() {
        check(
            "<workbook><sheets><sheet name=\"skuload findings\" sheetId=\"2\" r:id=\"r2\"/><sheet name=\"A\" sheetId=\"1\" \
             r:id=\"r1\"/></sheets><definedNames><definedName name=\"_xlnm.Print_Titles\" localSheetId=\"0\">'skuload \
             findings'!$6:$6</definedName><definedName name=\"n\" localSheetId=\"1\">1</definedName><definedName \
             name=\"_skuload_findings\">'skuload findings'!$A$1</definedName></definedNames></workbook>",
            Some(0),
            &format!(
                "<workbook><sheets><sheet xmlns:r=\"base\" name=\"our's\" sheetId=\"3\" r:id=\"rId9\"/><sheet name=\"A\" \
                 sheetId=\"1\" r:id=\"r1\"/></sheets><definedNames><definedName name=\"n\" localSheetId=\"1\">1\
                 </definedName>{OWN}</definedNames></workbook>"
            ),
        );
    }

    /// The list without our sheet, which is the one at `own`.
    #[track_caller]
    fn check_without(xml: &str, own: usize, expect: &str) {
        let written = book(xml, Some(own)).without_own().unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), expect);
    }

    #[test]
    fn without_our_sheet_the_list_is_as_it_was() {
        let own = "<sheet name=\"skuload findings\" sheetId=\"2\" r:id=\"r2\"/>";
        let (hidden, shown) = ("<sheet name=\"A\" state=\"hidden\"/>", "<sheet name=\"B\"></sheet>");
        check_without(
            &format!("<workbook><sheets>{own}{shown}</sheets><definedNames>{OWN}</definedNames><calcPr/></workbook>"),
            0,
            &format!("<workbook><sheets>{shown}</sheets><calcPr/></workbook>"),
        );
        let name = |at: u32| format!("<definedName name=\"n\" localSheetId=\"{at}\">1</definedName>");
        check_without(
            &format!(
                "<workbook><bookViews><workbookView firstSheet=\"1\" activeTab=\"0\"/></bookViews><sheets>{own}{hidden}\
                 {shown}</sheets><definedNames>{}{OWN}</definedNames></workbook>",
                name(2)
            ),
            0,
            &format!(
                "<workbook><bookViews><workbookView firstSheet=\"0\" activeTab=\"1\"/></bookViews><sheets>{hidden}{shown}\
                 </sheets><definedNames>{}</definedNames></workbook>",
                name(1)
            ),
        );
        // Somebody has moved it.
        check_without(
            &format!("<workbook><workbookView activeTab=\"2\"/><sheets>{hidden}{own}{shown}</sheets></workbook>"),
            1,
            &format!("<workbook><workbookView activeTab=\"1\"/><sheets>{hidden}{shown}</sheets></workbook>"),
        );
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let name = |xml: &str| book(xml, None).own_name();
        assert_eq!(name("<workbook><sheets><sheet name=\"A\"/></sheets></workbook>"), "skuload findings");
        assert_eq!(name("<workbook><sheet name=\"Skuload Findings\"/></workbook>"), "skuload findings (2)");
        assert_eq!(sheet_of("'it''s'!$A$1").as_deref(), Some("it's"));
        assert_eq!(sheet_of("A!$A$1").as_deref(), Some("A"));
    }
}
