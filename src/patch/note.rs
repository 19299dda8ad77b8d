//! The text of one note: ours goes below what stands there, and exactly ours is taken out again.
//!
//! Ours stands between a heading and an end mark. Whatever is outside of them is another's, whoever wrote the note;
//! a part that has lost its end mark was changed by hand, and is the merchant's from then on.

use std::ops::Range;

use super::error::Snag;
use super::tokens::{Kind, Token, Tokens, escaped, unescaped};

/// What stands above what we say, and below it.
pub(super) const HEADING: &str = "— skuload —";
pub(super) const ENDING: &str = "— end —";
/// What stands between another's text and our heading.
pub(super) const GAP: &str = "\n\n";
/// How a line ends in a note; some programs write an escape for it.
const BREAKS: [&str; 6] = ["_x000D__x000A_", "_x000a_", "_x000A_", "\r\n", "\n", "\r"];

/// What is left of a note without our part.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// We had written nothing in it.
    All,
    /// What another wrote.
    Some(String),
    /// Nothing: it was ours.
    Nothing,
}

/// A note with more runs below its own text.
pub(super) fn with_below(xml: &str, prefix: &str, runs: &str) -> Result<String, Snag> {
    let Some(content) = content(xml)? else { return Ok(with_text(xml, prefix, runs)) };
    let mut text = String::new();
    let mut rest = Some(runs);
    for item in items(&xml[content.clone()])? {
        match item.of {
            // A text that stands by itself becomes a run.
            Of::Bare => text.push_str(&format!("<{prefix}r>{}</{prefix}r>", item.xml)),
            Of::Run | Of::Other => text.push_str(item.xml),
            // How a text is read aloud stands behind all runs.
            Of::Phonetic => {
                text.push_str(rest.take().unwrap_or_default());
                text.push_str(item.xml);
            }
        }
    }
    text.push_str(rest.unwrap_or_default());
    Ok(format!("{}{text}{}", &xml[..content.start], &xml[content.end..]))
}

/// A note without our parts.
pub(super) fn without_ours(xml: &str) -> Result<Left, Snag> {
    let Some(content) = content(xml)? else { return Ok(Left::All) };
    let items = items(&xml[content.clone()])?;
    let whole: String = items.iter().map(|item| item.text.as_str()).collect();
    let ours = ours(&whole);
    if ours.is_empty() {
        return Ok(Left::All);
    }
    let (mut text, mut from, mut is_blank) = (String::new(), 0, true);
    for item in &items {
        let kept = kept(&item.text, from, &ours);
        from += item.text.len();
        is_blank &= without_breaks(&kept).trim().is_empty();
        if kept == item.text {
            text.push_str(item.xml);
        } else if !kept.is_empty() {
            let (open, close) = (&item.xml[..item.characters.start], &item.xml[item.characters.end..]);
            text.push_str(&format!("{open}{}{close}", escaped(&kept)));
        }
    }
    if is_blank {
        return Ok(Left::Nothing);
    }
    Ok(Left::Some(format!("{}{text}{}", &xml[..content.start], &xml[content.end..])))
}

/// Where our parts stand in the text of a note.
fn ours(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    while let Some(end) = text[from..].find(ENDING).map(|at| from + at) {
        if let Some(start) = text[from..end].rfind(HEADING).map(|at| from + at) {
            let mut before = &text[from..start];
            for _ in 0..GAP.len() {
                before = BREAKS.iter().find_map(|line_end| before.strip_suffix(line_end)).unwrap_or(before);
            }
            let start = from + before.len();
            let mut end = end + ENDING.len();
            if without_breaks(&text[..start]).trim().is_empty() {
                // What stands below our own note begins it from now on.
                let behind = &text[end..];
                end +=
                    BREAKS.iter().find(|line_end| behind.starts_with(**line_end)).map_or(0, |line_end| line_end.len());
            }
            found.push(start..end);
            from = end;
        } else {
            from = end + ENDING.len();
        }
    }
    found
}

/// A text that begins at `from` in the whole one, without what is `ours`.
fn kept(text: &str, from: usize, ours: &[Range<usize>]) -> String {
    let is_kept = |at: usize| !ours.iter().any(|range| range.contains(&(from + at)));
    text.char_indices().filter(|(at, _)| is_kept(*at)).map(|(_, c)| c).collect()
}

fn without_breaks(text: &str) -> String {
    BREAKS.iter().fold(text.to_owned(), |text, line_end| text.replace(line_end, ""))
}

/// A note that had no text.
fn with_text(xml: &str, prefix: &str, runs: &str) -> String {
    let open = xml.find('>').unwrap_or(0);
    let tag = xml[..open].trim_end_matches('/').trim_end();
    format!("{tag}><{prefix}text>{runs}</{prefix}text></{prefix}comment>")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// A text that stands by itself.
    Bare,
    /// A text with its look.
    Run,
    /// How a text is read aloud.
    Phonetic,
    Other,
}

/// An element of the text, or what stands between two.
#[derive(Debug)]
struct Item<'x> {
    of: Of,
    xml: &'x str,
    /// Where its characters stand, and what they say.
    characters: Range<usize>,
    text: String,
}

/// Where the content of the text stands.
fn content(xml: &str) -> Result<Option<Range<usize>>, Snag> {
    let mut tokens = Tokens::new(xml.as_bytes());
    let (mut depth, mut start, mut place) = (0_u32, None, 0);
    while let Some(token) = tokens.next()? {
        let end = place + token.raw.len();
        match token.kind {
            Kind::Open => {
                if depth == 1 && token.local() == b"text" {
                    start = Some(end);
                }
                depth += 1;
            }
            Kind::Close => {
                depth = depth.saturating_sub(1);
                if let Some(start) = start.filter(|_| depth == 1) {
                    return Ok(Some(start..place));
                }
            }
            Kind::Empty | Kind::Between => {}
        }
        place = end;
    }
    Ok(None)
}

fn items(content: &str) -> Result<Vec<Item<'_>>, Snag> {
    let mut items: Vec<Item<'_>> = Vec::new();
    let mut tokens = Tokens::new(content.as_bytes());
    let (mut depth, mut begun, mut place) = (0_u32, 0, 0);
    let mut item = Item { of: Of::Other, xml: "", characters: 0..0, text: String::new() };
    let mut is_text = false;
    while let Some(token) = tokens.next()? {
        let end = place + token.raw.len();
        if depth == 0 {
            begun = place;
            item = Item { of: of(&token), xml: "", characters: 0..0, text: String::new() };
        }
        match token.kind {
            Kind::Open => {
                is_text = matches!((item.of, depth), (Of::Bare, 0) | (Of::Run, 1)) && token.local() == b"t";
                if is_text {
                    item.characters = end - begun..end - begun;
                }
                depth += 1;
            }
            Kind::Close => {
                depth = depth.saturating_sub(1);
                is_text = false;
            }
            Kind::Between if is_text => {
                item.text.push_str(&characters(token.raw));
                item.characters.end = end - begun;
            }
            Kind::Empty | Kind::Between => {}
        }
        if depth == 0 {
            let empty = Item { of: Of::Other, xml: "", characters: 0..0, text: String::new() };
            items.push(Item { xml: &content[begun..end], ..std::mem::replace(&mut item, empty) });
        }
        place = end;
    }
    Ok(items)
}

fn of(token: &Token<'_>) -> Of {
    match token.local() {
        b"t" => Of::Bare,
        b"r" => Of::Run,
        b"rPh" | b"phoneticPr" => Of::Phonetic,
        _ => Of::Other,
    }
}

/// What a token between tags says.
fn characters(raw: &[u8]) -> String {
    if raw.starts_with(b"<![CDATA[") {
        return String::from_utf8_lossy(&raw[9..raw.len() - 3]).into_owned();
    }
    if raw.starts_with(b"<") { String::new() } else { unescaped(raw) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "<r><t>new</t></r>";

    #[track_caller]
    fn check_below(text: &str, expect: &str) {
        let xml = format!("<comment ref=\"A1\"><text>{text}</text></comment>");
        let expect = format!("<comment ref=\"A1\"><text>{expect}</text></comment>");
        assert_eq!(with_below(&xml, "", RUN).unwrap(), expect);
    }

    #[test]
    fn our_runs_stand_behind_the_text_and_before_how_it_is_read_aloud() {
        check_below("<t>a</t>", "<r><t>a</t></r><r><t>new</t></r>");
        check_below("<r><t>a</t></r>", "<r><t>a</t></r><r><t>new</t></r>");
        check_below("", "<r><t>new</t></r>");
        let aloud = "<rPh sb=\"0\" eb=\"1\"><t>b</t></rPh><phoneticPr fontId=\"1\"/>";
        check_below(&format!("<t>a</t>{aloud}"), &format!("<r><t>a</t></r>{RUN}{aloud}"));
        check_below(&format!("<r><t>a</t></r>\n{aloud}"), &format!("<r><t>a</t></r>\n{RUN}{aloud}"));
        check_below("<t/><phoneticPr fontId=\"1\"/>", &format!("<r><t/></r>{RUN}<phoneticPr fontId=\"1\"/>"));
        for xml in ["<x:comment ref=\"A1\"/>", "<x:comment ref=\"A1\"></x:comment>"] {
            let expect = "<x:comment ref=\"A1\"><x:text>new</x:text></x:comment>";
            assert_eq!(with_below(xml, "x:", "new").unwrap(), expect);
        }
    }

    /// What is left of a text; `-` where nothing is, `=` where we had written nothing.
    #[track_caller]
    fn check(text: &str, expect: &str) {
        let (open, close) = ("<comment><text>", "</text></comment>");
        let left = match without_ours(&format!("{open}{text}{close}")).unwrap() {
            Left::All => "=".to_owned(),
            Left::Nothing => "-".to_owned(),
            Left::Some(xml) => xml.strip_prefix(open).unwrap().strip_suffix(close).unwrap().to_owned(),
        };
        assert_eq!(left, expect);
    }

    #[test]
    fn exactly_ours_goes_whoever_joined_or_split_the_runs() {
        check("<t>mine</t>", "=");
        check("<t>mine\n\n— skuload —\nerror: x\n— end —</t>", "<t>mine</t>");
        check("<t>mine&#10;&#10;&#8212; skuload &#8212;&#10;error: x&#10;&#8212; end &#8212;</t>", "<t>mine</t>");
        check("<t>mine_x000a__x000a_— skuload —_x000a_error: x_x000a_— end —</t>", "<t>mine</t>");
        check(
            "<r><t>mi</t></r><r><t>ne\n\n— sku</t></r><r><t>load — x — end —</t></r>",
            "<r><t>mi</t></r><r><t>ne</t></r>",
        );
        check("<t>— skuload — x — end —</t>", "-");
        check("<r><t>\n\n— skuload —</t></r><r><t>x</t></r><r><t>\n— end —\n</t></r>", "-");
        check("<t>a\n\n— skuload — x — end —\n\n— skuload — y — end —</t>", "<t>a</t>");
    }

    #[test]
    fn what_another_wrote_above_or_below_ours_stays() {
        check("<t>— skuload — x\n— end —\nAnn: 12 &lt; 13</t>", "<t>Ann: 12 &lt; 13</t>");
        check(
            "<r><t>mine\n\n\n— skuload —</t></r><r><t>\nx\n— end —</t></r><r><rPr><b/></rPr><t>\nBen: yes</t></r>",
            "<r><t>mine&#10;</t></r><r><rPr><b/></rPr><t>\nBen: yes</t></r>",
        );
        check("<t>mine — end — — skuload — x — end — more</t>", "<t>mine — end —  more</t>");
        // Without an end mark nobody knows where ours ends.
        check("<t>— skuload —\nerror: x\nAnn: 12</t>", "=");
    }
}
