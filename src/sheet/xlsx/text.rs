//! The text of a cell, shared or its own: runs joined, readings of characters left out, `_x000D_` decoded.

use std::io::Read;

use memchr::{memchr, memmem};

use super::super::sniff::Refusal;
use super::xml::{Event, Xml, malformed};

/// The length of `_x000D_`.
const ESCAPE: usize = 7;

/// Appends the text of the `si` or `is` that began last.
pub(super) fn push(xml: &mut Xml<impl Read>, text: &mut String) -> Result<(), Refusal> {
    let start = text.len();
    loop {
        xml.refuse_long(text.len() - start)?;
        match xml.next()? {
            Event::Start(tag) => match tag.local() {
                b"t" => push_run(tag.attribute("xml:space")?.is_some_and(|space| space == "preserve"), xml, text)?,
                // A run of rich text holds its `t` and how it looks.
                b"r" => push(xml, text)?,
                _ => xml.skip()?,
            },
            Event::End => return Ok(()),
            Event::Text(_) => {}
            Event::Eof => return Err(malformed("a text breaks off")),
        }
    }
}

fn push_run(is_preserved: bool, xml: &mut Xml<impl Read>, text: &mut String) -> Result<(), Refusal> {
    let start = text.len();
    xml.push_text(text)?;
    settle(text, start, is_preserved);
    Ok(())
}

/// [`settle`] leaves the run as it is, but for what is escaped in it.
#[inline]
pub(super) fn is_trimmed(run: &str, is_preserved: bool) -> bool {
    let is_space = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
    is_preserved || !is_space(run.as_bytes().first()) && !is_space(run.as_bytes().last())
}

/// Something in the text may be escaped.
#[inline]
pub(super) fn may_be_escaped(text: &[u8]) -> bool {
    memmem::find(text, b"_x").is_some()
}

/// Makes the text of a run of what stands behind `start`.
pub(super) fn settle(text: &mut String, start: usize, is_preserved: bool) {
    if !is_trimmed(&text[start..], is_preserved) {
        let is_space = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
        text.truncate(start + text[start..].trim_end_matches(is_space).len());
        let indent = text.len() - start - text[start..].trim_start_matches(is_space).len();
        text.drain(start..start + indent);
    }
    unescape(text, start);
}

/// Decodes `_xHHHH_` in what stands behind `start`: a UTF-16 unit that XML cannot hold, or a `_` before
/// what only looks like one.
pub(super) fn unescape(text: &mut String, start: usize) {
    // Most texts have no `_`, and looking for one prepares nothing.
    let Some(mark) = memchr(b'_', &text.as_bytes()[start..]) else { return };
    if !may_be_escaped(&text.as_bytes()[start + mark..]) {
        return;
    }
    let escaped = text.split_off(start);
    let mut rest = escaped.as_str();
    while let Some(at) = rest.find("_x") {
        let Some(unit) = unit(&rest[at..]) else {
            text.push_str(&rest[..at + 1]);
            rest = &rest[at + 1..];
            continue;
        };
        text.push_str(&rest[..at]);
        rest = &rest[at + ESCAPE..];
        let low = (0xd800..0xdc00).contains(&unit).then(|| self::unit(rest)).flatten();
        let decoded = char::decode_utf16([Some(unit), low].into_iter().flatten()).next();
        match (decoded, low) {
            (Some(Ok(found)), Some(_)) => {
                text.push(found);
                rest = &rest[ESCAPE..];
            }
            (Some(Ok(found)), None) => text.push(found),
            (Some(Err(_)) | None, _) => text.push(char::REPLACEMENT_CHARACTER),
        }
    }
    text.push_str(rest);
}

/// The unit of the escape at the beginning of `text`.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("_x")?.get(..4)?;
    let is_closed = text.as_bytes().get(6) == Some(&b'_');
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_closed && is_hex { u16::from_str_radix(digits, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::super::super::Limits;
    use super::*;

    #[track_caller]
    fn check(xml: &str, expect: &str) {
        let xml = format!("<si>{xml}</si>");
        let mut xml = Xml::new(xml.as_bytes(), &Limits::default());
        let mut text = "before ".to_owned();
        let found = xml.root(b"si").and_then(|()| push(&mut xml, &mut text));
        assert_eq!(found.map_or_else(|refusal| refusal.to_string(), |()| text), format!("before {expect}"));
    }

    #[track_caller]
    fn check_escape(text: &str, expect: &str) {
        let mut found = format!("_x0041_{text}");
        unescape(&mut found, 7);
        assert_eq!(found, format!("_x0041_{expect}"));
    }

    #[test]
    fn runs_are_joined_and_readings_left_out() {
        check("<t>plain</t>", "plain");
        check("<r><rPr><b/></rPr><t>bo</t></r><r><t>ld</t></r>", "bold");
        check("<t>東京</t><rPh sb=\"0\" eb=\"2\"><t>トウキョウ</t></rPh><phoneticPr fontId=\"1\"/>", "東京");
        check("<x:t xmlns:x=\"y\">a</x:t>", "a");
        check("", "");
        check("<t/>", "");
    }

    #[test]
    fn white_space_at_the_ends_counts_where_it_is_preserved() {
        check("<t> a b\n</t>", "a b");
        check("<t xml:space=\"preserve\"> a\r\nb </t>", " a\nb ");
        check("<t>\u{a0}a\u{a0}</t>", "\u{a0}a\u{a0}");
        check("<t> &#32;</t>", "");
    }

    #[test]
    fn entities_and_cdata_are_text() {
        check("<t>&lt;b&gt; &amp;amp; &quot;&apos; &#10;&#x0e01;</t>", "<b> &amp; \"' \n\u{e01}");
        check("<t>a<![CDATA[<b>&amp;\r\n]]>c<!-- no --></t>", "a<b>&amp;\nc");
    }

    #[test]
    fn escaped_units_are_decoded() {
        check_escape("a_x000D_\nb", "a\r\nb");
        check_escape("_x005F_x000D_", "_x000D_");
        check_escape("_xD83D__xDE00_", "\u{1f600}");
        check_escape("_xD83D_a", "\u{fffd}a");
        check_escape("_xDE00_", "\u{fffd}");
        check_escape("_xD83D__x0041_", "\u{fffd}A");
        for text in ["_x00_", "_xGGGG_", "_x000D", "X_x000D", "_X000D_", "_x+00D_", "_xกขค_"] {
            check_escape(text, text);
        }
        check("<t>_x000D_</t>", "\r");
    }
}
