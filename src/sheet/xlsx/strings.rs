//! The texts that a workbook shares between its cells: plain, as many as most sheets have, and packed behind these.
//!
//! The numbers that the part promises, `count` and `uniqueCount`, are not looked at.

use std::io::Read;
use std::sync::Arc;
use std::{mem, thread};

use memchr::{memchr, memchr3};

use super::super::Limits;
use super::super::sniff::Refusal;
use super::markup::Text;
use super::packed::{BLOCK, OpenBlock, Packed, Packer, Run};
use super::text;
use super::xml::{Event, Xml};

/// The memory that texts take before those behind them are packed.
const PLAIN: usize = if cfg!(test) { 256 } else { 16 << 20 };

/// How many blocks a reader has at hand.
const AT_HAND: usize = 8;

/// The shared texts.
#[derive(Debug)]
pub(super) struct Strings {
    plain: Run,
    /// Those behind the plain ones.
    packed: Packed,
}

impl Strings {
    /// Reads the part that holds them.
    pub(super) fn read(part: impl Read, limits: &Limits) -> Result<Strings, Refusal> {
        let mut xml = Xml::new(part, limits);
        xml.root(b"sst")?;
        thread::scope(|scope| {
            let mut writer = Writer::new(limits, Packer::new(scope));
            loop {
                while let Some(len) = regular(xml.pending(), &mut writer.run.text) {
                    xml.pass(len);
                    writer.end()?;
                }
                match xml.next()? {
                    Event::Start(tag) if tag.local() == b"si" => {
                        text::push(&mut xml, &mut writer.run.text)?;
                        writer.end()?;
                    }
                    Event::Start(_) => xml.skip()?,
                    Event::Eof => return Ok(writer.finish()),
                    Event::End | Event::Text(_) => {}
                }
            }
        })
    }
}

/// Takes the texts as they come.
struct Writer<'l, 'scope, 'env> {
    limits: &'l Limits,
    /// What is being filled.
    run: Run,
    plain: Option<Run>,
    packer: Packer<'scope, 'env>,
    /// How many texts there are, and their bytes.
    count: usize,
    size: u64,
}

impl<'l, 'scope, 'env> Writer<'l, 'scope, 'env> {
    fn new(limits: &'l Limits, packer: Packer<'scope, 'env>) -> Writer<'l, 'scope, 'env> {
        Writer { limits, run: Run::default(), plain: None, packer, count: 0, size: 0 }
    }

    /// A text ends here.
    fn end(&mut self) -> Result<(), Refusal> {
        let Writer { limits, run, .. } = self;
        let len = (run.text.len() - run.end()) as u64;
        self.count += 1;
        self.size += len;
        let number = self.count;
        if len > limits.cell_text {
            return Err(limits.passed("cell-text", &format!("its shared text {number} is longer than a cell's may be")));
        }
        // Empty texts take memory too.
        if self.size + (number * size_of::<u32>()) as u64 > limits.shared_strings {
            let what = format!("the texts that its cells share take more memory than they may (at text {number})");
            return Err(limits.passed("shared-strings", &what));
        }
        if self.size > u64::from(u32::MAX) {
            return Err(Refusal::Limit("its cells share more than 4 GiB of text".to_owned()));
        }
        run.close_text();
        if self.plain.is_none() && run.size() >= PLAIN {
            self.plain = Some(mem::take(run));
        } else if self.plain.is_some() && run.size() >= BLOCK {
            self.packer.pack(mem::take(run));
        }
        Ok(())
    }

    fn finish(mut self) -> Strings {
        let plain = match self.plain {
            Some(plain) => {
                self.packer.pack(self.run);
                plain
            }
            None => self.run,
        };
        Strings { plain, packed: self.packer.finish() }
    }
}

/// Finds shared texts by their numbers, for one thread.
#[derive(Debug)]
pub(super) struct Finder<'s> {
    strings: &'s Strings,
    /// What was wanted last stands first.
    at_hand: Vec<Arc<OpenBlock>>,
}

impl<'s> Finder<'s> {
    pub(super) fn new(strings: &'s Strings) -> Finder<'s> {
        Finder { strings, at_hand: Vec::new() }
    }

    /// The text with this number, from 0.
    #[inline]
    pub(super) fn get(&mut self, index: usize) -> Option<&str> {
        match index.checked_sub(self.strings.plain.len()) {
            None => self.strings.plain.get(index),
            Some(place) => self.packed(place),
        }
    }

    fn packed(&mut self, place: usize) -> Option<&str> {
        match self.at_hand.iter().position(|open| open.holds(place)) {
            Some(0) => {}
            Some(at) => self.at_hand[..=at].rotate_right(1),
            None => {
                let open = self.strings.packed.open(place).filter(|open| open.holds(place))?;
                self.at_hand.truncate(AT_HAND - 1);
                self.at_hand.insert(0, open);
            }
        }
        self.at_hand.first()?.get(place)
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
    use proptest::prelude::*;

    use super::*;

    fn read(xml: &str, limits: &Limits) -> Result<Strings, String> {
        Strings::read(xml.as_bytes(), limits).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn texts_are_found_by_their_numbers() {
        let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<x:sst xmlns:x=\"y\" uniqueCount=\"4000000000\">\
                   <x:si><x:t>a</x:t></x:si><x:si/><x:si><x:r><x:t>ก</x:t></x:r></x:si></x:sst>";
        let strings = read(xml, &Limits::default()).unwrap();
        let mut finder = Finder::new(&strings);
        for (index, text) in [Some("a"), Some(""), Some("ก"), None].into_iter().enumerate() {
            assert_eq!(finder.get(index), text);
        }
        assert_eq!(Finder::new(&read("<sst/>", &Limits::default()).unwrap()).get(0), None);
    }

    #[test]
    fn plain_texts_are_what_the_complete_reader_makes_of_them() {
        for text in
            ["", " a ", "ก &lt;b&gt; &#10;", "_x0041_ _x", "a\r\nb\r", "x&amp;y", "<!-- c -->a", "<![CDATA[<]]>"]
        {
            for space in ["", " xml:space=\"preserve\""] {
                let item = |tag: &str| format!("<sst>{tag}<t{space}>{text}</t></si> <si><t>b</t></si></sst>");
                let [at_once, complete] = ["<si>", "<si >"].map(|tag| read(&item(tag), &Limits::default()).unwrap());
                let [mut at_once, mut complete] = [&at_once, &complete].map(Finder::new);
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

    /// A sheet of 100 texts that fills the plain memory and blocks behind it.
    fn many() -> String {
        let texts = (0..100).map(|number| format!("<si><t>text {number}</t></si>"));
        format!("<sst>{}</sst>", texts.collect::<String>())
    }

    #[test]
    fn limits_count_packed_texts_too() {
        let refused = |limits: Limits| read(&many(), &limits).unwrap_err();
        let all = Limits::default();
        // 4 bytes each beside their text.
        assert!(refused(Limits { shared_strings: 1_089, ..all }).contains("(at text 100)"));
        assert!(read(&many(), &Limits { shared_strings: 1_090, ..all }).is_ok());
        let long = format!("{}<si><t>{}</t></si></sst>", many().trim_end_matches("</sst>"), "a".repeat(101));
        let long = read(&long, &Limits { cell_text: 100, ..all }).unwrap_err();
        assert!(long.starts_with("its shared text 101 is longer"), "{long}");
    }

    #[test]
    fn a_number_behind_packed_texts_names_none() {
        let strings = read(&many(), &Limits::default()).unwrap();
        assert!(strings.plain.len() < 100);
        let mut finder = Finder::new(&strings);
        for (index, text) in [(100, None), (99, Some("text 99")), (usize::MAX, None), (0, Some("text 0"))] {
            assert_eq!(finder.get(index), text);
        }
    }

    #[test]
    fn damage_behind_packed_texts_is_told() {
        let damaged = many().replace("</sst>", "<si><t>&lol;</t></si></sst>");
        assert!(read(&damaged, &Limits::default()).unwrap_err().starts_with("is damaged ("));
    }

    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof![8 => "[a-cก]{0,12}", 2 => "[a-c]{50,90}", 1 => "a{200,400}"]
    }

    proptest! {
        #[test]
        fn packed_texts_are_what_was_read(
            texts in proptest::collection::vec(any_text(), 0..200),
            wanted in proptest::collection::vec(any::<proptest::sample::Index>(), 0..400),
        ) {
            let items: String = texts.iter().map(|text| format!("<si><t>{text}</t></si>")).collect();
            let strings = read(&format!("<sst>{items}</sst>"), &Limits::default()).unwrap();
            let mut finder = Finder::new(&strings);
            for index in (0..texts.len()).chain(wanted.iter().map(|index| index.index(texts.len() + 1))) {
                prop_assert_eq!(finder.get(index), texts.get(index).map(String::as_str));
            }
        }
    }
}
