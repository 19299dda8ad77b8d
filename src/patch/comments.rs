//! The notes of a sheet: those that are there keep their text, ours come beside or below.
//!
//! Ours are known again by their heading and their end mark, which stand below another's text too: not every program
//! keeps the author. Threaded comments are left as they are: the program that made them shows nothing else at their
//! cells.

use super::edit::{Place, Remark};
use super::error::Snag;
use super::note::{ENDING, GAP, HEADING, Left, with_below, without_ours};
use super::styles::tagged;
use super::tokens::{Kind, Tokens, escaped_text, unescaped};
use super::worksheet::name;
use crate::sheet::place;

/// Who wrote our notes.
const AUTHOR: &str = "skuload";
/// What the author of a threaded comment begins with.
const THREADED: &str = "tc=";
/// The most remarks of a note, and the most characters of a message.
const MOST_REMARKS: usize = 6;
const LONGEST: usize = 600;

/// What became of a note that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    /// It is new, and needs a shape.
    New,
    /// It stands below a note that was there.
    Below,
    /// A threaded comment is there, and stays alone.
    Not,
}

/// The notes of a sheet.
#[derive(Debug)]
pub(super) struct Comments {
    bytes: Vec<u8>,
    prefix: String,
    authors: Vec<String>,
    known_authors: usize,
    notes: Vec<Note>,
    pub(super) is_changed: bool,
}

#[derive(Debug)]
struct Note {
    at: Place,
    author: usize,
    raw: String,
}

impl Comments {
    /// Reads the part; without one there are none.
    pub(super) fn read(bytes: Option<Vec<u8>>, namespace: &str) -> Result<Comments, Snag> {
        let empty = || {
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<comments xmlns=\"{namespace}\">\
                 <authors></authors><commentList></commentList></comments>"
            )
        };
        let bytes = bytes.unwrap_or_else(|| empty().into_bytes());
        let (mut prefix, mut authors, mut notes) = (String::new(), Vec::new(), Vec::new());
        let mut tokens = Tokens::new(bytes.as_slice());
        let (mut is_author, mut text) = (false, String::new());
        while let Some(token) = tokens.next()? {
            if token.begins(b"comments") {
                prefix = String::from_utf8_lossy(token.prefix()).into_owned();
            } else if token.begins(b"author") {
                is_author = token.kind == Kind::Open;
                if token.kind == Kind::Empty {
                    authors.push(String::new());
                }
            } else if token.closes(b"author") {
                is_author = false;
                authors.push(std::mem::take(&mut text));
            } else if is_author && token.kind == Kind::Between {
                text.push_str(&unescaped(token.raw));
            } else if token.begins(b"comment") {
                let at = token.attribute("ref").and_then(|name| place::cell(name.trim().as_bytes()));
                let author = token.number("authorId").unwrap_or(0) as usize;
                let mut raw = token.raw.to_vec();
                if token.kind == Kind::Open {
                    rest_of(&mut tokens, b"comment", &mut raw)?;
                }
                // A note at no place that can be read stays where it is in the list.
                let (at, raw) = (at.unwrap_or((0, 0)), String::from_utf8_lossy(&raw).into_owned());
                notes.push(Note { at, author, raw });
            }
        }
        let known_authors = authors.len();
        Ok(Comments { bytes, prefix, authors, known_authors, notes, is_changed: false })
    }

    /// Takes away what we wrote before; answers where notes are gone.
    pub(super) fn clean(&mut self) -> Result<Vec<Place>, Snag> {
        let (mut gone, mut notes) = (Vec::new(), Vec::new());
        for mut note in std::mem::take(&mut self.notes) {
            match without_ours(&note.raw)? {
                Left::All => notes.push(note),
                Left::Some(raw) => {
                    note.raw = raw;
                    notes.push(note);
                    self.is_changed = true;
                }
                Left::Nothing => {
                    gone.push(note.at);
                    self.is_changed = true;
                }
            }
        }
        self.notes = notes;
        Ok(gone)
    }

    /// Adds a note at a cell.
    pub(super) fn add(&mut self, at: Place, remarks: &[&Remark]) -> Result<Added, Snag> {
        let prefix = self.prefix.clone();
        if let Some(note) = self.notes.iter_mut().find(|note| note.at == at) {
            let is_threaded = self.authors.get(note.author).is_some_and(|name| name.starts_with(THREADED));
            if is_threaded {
                return Ok(Added::Not);
            }
            note.raw = with_below(&note.raw, &prefix, &tagged(&runs(remarks, GAP), &prefix))?;
            self.is_changed = true;
            return Ok(Added::Below);
        }
        let author = self.authors.iter().position(|name| name == AUTHOR).unwrap_or_else(|| {
            self.authors.push(AUTHOR.to_owned());
            self.authors.len() - 1
        });
        let open = format!("<comment ref=\"{}\" authorId=\"{author}\">", name(at));
        let raw = tagged(&format!("{open}<text>{}</text></comment>", runs(remarks, "")), &prefix);
        self.notes.push(Note { at, author, raw });
        self.is_changed = true;
        Ok(Added::New)
    }

    /// The part as it is now.
    pub(super) fn written(&self) -> Result<Vec<u8>, Snag> {
        let mut out = Vec::with_capacity(self.bytes.len() + 256 * self.notes.len());
        let mut tokens = Tokens::new(self.bytes.as_slice());
        let p = &self.prefix;
        let new: String = self.authors[self.known_authors..]
            .iter()
            .map(|author| format!("<{p}author>{}</{p}author>", escaped_text(author)))
            .collect();
        let notes = || self.notes.iter().map(|note| note.raw.as_str()).collect::<String>();
        while let Some(token) = tokens.next()? {
            let is_empty = token.kind == Kind::Empty;
            if token.begins(b"authors") && is_empty {
                out.extend_from_slice(format!("<{p}authors>{new}</{p}authors>").as_bytes());
            } else if token.begins(b"commentList") && is_empty {
                out.extend_from_slice(format!("<{p}commentList>{}</{p}commentList>", notes()).as_bytes());
            } else if token.begins(b"comment") {
                if !is_empty {
                    rest_of(&mut tokens, b"comment", &mut Vec::new())?;
                }
            } else {
                if token.closes(b"authors") {
                    out.extend_from_slice(new.as_bytes());
                } else if token.closes(b"commentList") {
                    out.extend_from_slice(notes().as_bytes());
                }
                out.extend_from_slice(token.raw);
            }
        }
        Ok(out)
    }
}

/// Appends everything up to the end of the element that began last.
fn rest_of(tokens: &mut Tokens<&[u8]>, local: &[u8], raw: &mut Vec<u8>) -> Result<(), Snag> {
    while let Some(token) = tokens.next()? {
        raw.extend_from_slice(token.raw);
        if token.closes(local) {
            break;
        }
    }
    Ok(())
}

/// The text of a note, without a prefix; `gap` stands in front.
fn runs(remarks: &[&Remark], gap: &str) -> String {
    let mut xml = run(&format!("{gap}{HEADING}"), "");
    for (at, remark) in remarks.iter().take(MOST_REMARKS).enumerate() {
        let gap = if at == 0 { "\n" } else { "\n\n" };
        xml.push_str(&run(&format!("{gap}{}: {}", remark.severity, remark.code), "<b/>"));
        let mut text = format!("\n{}", shortened(&remark.message));
        if !remark.help.is_empty() {
            text.push_str(&format!("\nhelp: {}", shortened(&remark.help)));
        }
        xml.push_str(&run(&text, ""));
    }
    if remarks.len() > MOST_REMARKS {
        xml.push_str(&run(&format!("\n\nand {} more", remarks.len() - MOST_REMARKS), ""));
    }
    xml.push_str(&run(&format!("\n{ENDING}"), ""));
    xml
}

fn run(text: &str, look: &str) -> String {
    // A text that is tagged later must hold no tags of its own: escapes have seen to that.
    let text = escaped_text(text);
    format!(
        "<r><rPr>{look}<sz val=\"9\"/><color indexed=\"81\"/><rFont val=\"Tahoma\"/><family val=\"2\"/></rPr>\
         <t xml:space=\"preserve\">{text}</t></r>"
    )
}

/// The text, of which nothing can be taken for the end of what we say.
fn shortened(text: &str) -> String {
    let text = text.replace(HEADING, "- skuload -").replace(ENDING, "- end -");
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain(std::iter::once('…')).collect()
}

/// The notes of a part as `A1 author: text`, for tests.
#[cfg(test)]
pub(super) fn shown(part: &[u8]) -> Vec<String> {
    let comments = Comments::read(Some(part.to_vec()), "").unwrap();
    let text = |raw: &str| {
        let mut tokens = Tokens::new(raw.as_bytes());
        let mut text = String::new();
        while let Some(token) = tokens.next().unwrap() {
            if token.kind == Kind::Between {
                text.push_str(&unescaped(token.raw));
            }
        }
        text
    };
    let line = |note: &Note| format!("{} {}: {}", name(note.at), comments.authors[note.author], text(&note.raw));
    comments.notes.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;

    fn remark(code: &str) -> Remark {
        Remark { severity: Severity::Error, code: code.into(), message: "is <wrong>".into(), help: "mend it".into() }
    }

    const OLD: &str = "<x:comments xmlns:x=\"y\"><x:authors><x:author>Ann</x:author><x:author>tc={1}</x:author></x:authors>\
        <x:commentList><x:comment ref=\"B2\" authorId=\"0\"><x:text><x:t>mine</x:t></x:text></x:comment>\
        <x:comment ref=\"C2\" authorId=\"0\"><x:text><x:r><x:t>rich</x:t></x:r></x:text></x:comment>\
        <x:comment ref=\"D2\" authorId=\"1\"><x:text><x:t>thread</x:t></x:text></x:comment></x:commentList></x:comments>";

    fn read(xml: &str) -> Comments {
        Comments::read(Some(xml.as_bytes().to_vec()), "y").unwrap()
    }

    #[test]
    fn ours_come_beside_and_below_and_go_again() {
        let mut comments = read(OLD);
        assert_eq!(comments.written().unwrap(), OLD.as_bytes());
        let places = [(2, 2), (2, 3), (2, 4), (3, 1)];
        let added = places.map(|at| comments.add(at, &[&remark("bad-price")]).unwrap());
        assert_eq!(added, [Added::Below, Added::Below, Added::Not, Added::New]);
        let written = comments.written().unwrap();
        let ours = "error: bad-price\nis <wrong>\nhelp: mend it\n— end —";
        let expect = [
            format!("B2 Ann: mine\n\n— skuload —\n{ours}"),
            format!("C2 Ann: rich\n\n— skuload —\n{ours}"),
            "D2 tc={1}: thread".to_owned(),
            format!("A3 skuload: — skuload —\n{ours}"),
        ];
        assert_eq!(shown(&written), expect);
        let mut again = Comments::read(Some(written), "y").unwrap();
        assert_eq!(again.clean().unwrap(), [(3, 1)]);
        let texts = shown(&again.written().unwrap());
        assert_eq!(texts, ["B2 Ann: mine", "C2 Ann: rich", "D2 tc={1}: thread"]);
        assert!(again.clean().unwrap().is_empty());
    }

    #[test]
    fn what_is_typed_below_ours_stays_and_ours_comes_below_it() {
        let mut comments = Comments::read(None, "main").unwrap();
        let quoting = Remark { message: "`— skuload — — end —`".into(), ..remark("bad-price") };
        comments.add((2, 1), &[&quoting]).unwrap();
        let written = String::from_utf8(comments.written().unwrap()).unwrap();
        let typed = written.replace("— end —</t>", "— end —\nAnn: the right price is 12.50</t>");
        assert_ne!(typed, written);
        let mut again = read(&typed);
        assert!(again.clean().unwrap().is_empty());
        assert_eq!(again.add((2, 1), &[&remark("late")]).unwrap(), Added::Below);
        let written = again.written().unwrap();
        let ours = "— skuload —\nerror: late\nis <wrong>\nhelp: mend it\n— end —";
        assert_eq!(shown(&written), [format!("A2 skuload: Ann: the right price is 12.50\n\n{ours}")]);
        let mut third = Comments::read(Some(written), "main").unwrap();
        third.clean().unwrap();
        assert_eq!(shown(&third.written().unwrap()), ["A2 skuload: Ann: the right price is 12.50"]);
    }

    #[test]
    fn a_long_list_of_remarks_is_cut() {
        let mut comments = Comments::read(None, "main").unwrap();
        comments.add((1, 1), &[&remark("bad-price"); 9]).unwrap();
        let text = shown(&comments.written().unwrap()).concat();
        assert_eq!(text.matches("bad-price").count(), 6);
        assert!(text.ends_with("\n\nand 3 more\n— end —"), "{text}");
        assert_eq!(shortened(&"x".repeat(700)).chars().count(), 601);
    }
}
