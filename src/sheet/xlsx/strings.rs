//! The texts that a workbook shares between its cells, in one piece of memory.
//!
//! The numbers that the part promises, `count` and `uniqueCount`, are not looked at.

use std::io::Read;

use memchr::{memchr, memchr3};

use super::super::Limits;
use super::super::sniff::Refusal;
use super::markup::Text;
use super::text;
use super::xml::{Event, Xml};

/// The shared texts, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    /// Reads the part that holds them.
    pub(super) fn read(part: impl Read, limits: &Limits) -> Result<Strings, Refusal> {
        let mut xml = Xml::new(part, limits);
        let mut strings = Strings::default();
        xml.root(b"sst")?;
        loop {
            while let Some(len) = regular(xml.pending(), &mut strings.text) {
                xml.pass(len);
                strings.end(limits)?;
            }
            match xml.next()? {
                Event::Start(tag) if tag.local() == b"si" => {
                    text::push(&mut xml, &mut strings.text)?;
                    strings.end(limits)?;
                }
                Event::Start(_) => xml.skip()?,
                Event::Eof => return Ok(strings),
                Event::End | Event::Text(_) => {}
            }
        }
    }

    fn end(&mut self, limits: &Limits) -> Result<(), Refusal> {
        let number = self.ends.len() + 1;
        let start = self.ends.last().map_or(0, |end| *end as usize);
        if (self.text.len() - start) as u64 > limits.cell_text {
            return Err(limits.passed("cell-text", &format!("its shared text {number} is longer than a cell's may be")));
        }
        // Empty texts take memory too.
        let size = (self.text.len() + number * size_of::<u32>()) as u64;
        if size > limits.shared_strings {
            let what = format!("the texts that its cells share take more memory than they may (at text {number})");
            return Err(limits.passed("shared-strings", &what));
        }
        let end = u32::try_from(self.text.len());
        self.ends.push(end.map_err(|_| Refusal::Limit("its cells share more than 4 GiB of text".to_owned()))?);
        Ok(())
    }

    /// The text with this number, from 0.
    #[inline]
    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        Some(&self.text[start..end])
    }
}

/// Appends the shared text at the beginning of `xml` where it is one plain text, as nearly all are, and whole; answers
/// its length. The complete reader takes the others.
fn regular(xml: &[u8], text: &mut String) -> Option<usize> {
    let rest = xml.strip_prefix(b"<si><t")?;
    let preserved = rest.strip_prefix(b" xml:space=\"preserve\"");
    let rest = preserved.unwrap_or(rest).strip_prefix(b">")?;
    let mut len = memchr3(b'<', b'&', b'\r', rest)?;
    let is_plain = rest[len] == b'<';
    if !is_plain {
        len = memchr(b'<', rest)?;
    }
    let behind = rest[len..].strip_prefix(b"</t></si>")?;
    let start = text.len();
    if is_plain {
        text.push_str(str::from_utf8(&rest[..len]).ok()?);
    } else if Text::escaped(&rest[..len]).push_to(text).is_err() {
        text.truncate(start);
        return None;
    }
    text::settle(text, start, preserved.is_some());
    Some(xml.len() - behind.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(xml: &str, limits: &Limits) -> Result<Strings, String> {
        Strings::read(xml.as_bytes(), limits).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn texts_are_found_by_their_numbers() {
        let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<x:sst xmlns:x=\"y\" uniqueCount=\"4000000000\">\
                   <x:si><x:t>a</x:t></x:si><x:si/><x:si><x:r><x:t>ก</x:t></x:r></x:si></x:sst>";
        let strings = read(xml, &Limits::default()).unwrap();
        let all: Vec<Option<&str>> = (0..4).map(|index| strings.get(index)).collect();
        assert_eq!(all, [Some("a"), Some(""), Some("ก"), None]);
        assert_eq!(read("<sst/>", &Limits::default()).unwrap().get(0), None);
    }

    #[test]
    fn plain_texts_are_what_the_complete_reader_makes_of_them() {
        for text in
            ["", " a ", "ก &lt;b&gt; &#10;", "_x0041_ _x", "a\r\nb\r", "x&amp;y", "<!-- c -->a", "<![CDATA[<]]>"]
        {
            for space in ["", " xml:space=\"preserve\""] {
                let item = |tag: &str| format!("<sst>{tag}<t{space}>{text}</t></si> <si><t>b</t></si></sst>");
                let [at_once, complete] = ["<si>", "<si >"].map(|tag| read(&item(tag), &Limits::default()).unwrap());
                assert_eq!(at_once.get(0), complete.get(0), "{text}");
                assert_eq!((at_once.get(1), complete.get(1)), (Some("b"), Some("b")));
            }
        }
    }

    #[test]
    fn too_much_text_is_refused() {
        let limits = Limits { cell_text: 10, shared_strings: 60, ..Limits::default() };
        let long = read("<sst><si><t>a</t></si><si><t>12345678901</t></si></sst>", &limits).unwrap_err();
        assert!(long.starts_with("its shared text 2 is longer") && long.contains("--limit cell-text=VALUE"), "{long}");
        let many = read(&format!("<sst>{}</sst>", "<si><t>a</t></si>".repeat(13)), &limits).unwrap_err();
        assert!(many.contains("(at text 13)") && many.contains("--limit shared-strings=VALUE"), "{many}");
        let empty = read(&format!("<sst>{}</sst>", "<si/>".repeat(16)), &limits).unwrap_err();
        assert!(empty.contains("(at text 16)"), "{empty}");
    }

    #[test]
    fn other_documents_are_damage() {
        for xml in ["<a/>", "", "<sst><si>", "<!DOCTYPE sst><sst/>", "<sst><si><t>&lol;</t></si></sst>", "<sst></si>"] {
            assert!(read(xml, &Limits::default()).unwrap_err().starts_with("is damaged ("), "{xml}");
        }
    }
}
