//! A look at an XLSX's shared strings before they are read.
//!
//! calamine sets memory aside for as many strings as `uniqueCount` promises, and a promise of four
//! billion ends the program. A string takes at least five bytes of XML (`<si/>`) and deflate packs at
//! most 1032 to one, so that a part's size in the archive tells how many there can be.

use std::io::{Read, Seek};

use super::archive::Part;
use super::sniff::{Refusal, damaged};

/// The most bytes in front of the strings: the XML declaration and the first tag.
const HEAD: usize = 4096;
const DEFLATE_RATIO: u64 = 1032;
const SHORTEST_STRING: u64 = 5;

/// Refuses shared strings that promise more than they can hold.
pub(super) fn refuse_bomb(parts: &[Part], archive: &mut (impl Read + Seek)) -> Result<(), Refusal> {
    for part in parts.iter().filter(|part| part.name.ends_with("sharedstrings.xml")) {
        let head = part.beginning(archive, HEAD).unwrap_or_default();
        let possible = part.packed.saturating_mul(DEFLATE_RATIO) / SHORTEST_STRING;
        match promised(&String::from_utf8_lossy(&head)) {
            Some(count) if count <= possible => {}
            Some(count) => return Err(damaged(&format!("it promises {count} shared strings")).into()),
            None => return Err(damaged("its shared strings do not begin as they should").into()),
        }
    }
    Ok(())
}

/// The number of strings that the first tag, `sst`, promises; `None` when something else comes first.
fn promised(head: &str) -> Option<u64> {
    let mut rest = head.trim_start_matches('\u{feff}').trim_start();
    loop {
        rest = match (rest.strip_prefix("<?"), rest.strip_prefix("<!--")) {
            (Some(rest), _) => rest.split_once("?>")?.1.trim_start(),
            (None, Some(rest)) => rest.split_once("-->")?.1.trim_start(),
            (None, None) => break,
        };
    }
    let (tag, strings) = split_tag(rest.strip_prefix('<')?)?;
    let (name, attributes) = tag.split_once(|c: char| c.is_whitespace()).unwrap_or((tag.trim_end_matches('/'), ""));
    let ends_here = tag.ends_with('/') && !strings.trim().is_empty();
    if name.rsplit(':').next() != Some("sst") || ends_here {
        return None;
    }
    Some(attributes.split("uniqueCount").skip(1).map(count).max().unwrap_or(0))
}

/// What stands in front of the first `>` that is not quoted, and what follows it.
fn split_tag(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (None, '>') => return Some((&text[..at], &text[at + 1..])),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None | Some(_), _) => {}
        }
    }
    None
}

/// The number in ` = "12"`; 0 when there is none.
fn count(value: &str) -> u64 {
    let digits: String = value.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(if digits.is_empty() { 0 } else { u64::MAX })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::archive::{archive_of, parts};
    use super::*;

    #[track_caller]
    fn check(shared_strings: &str, expect: &str) {
        let mut archive = Cursor::new(archive_of(&[("xl/sharedStrings.xml", shared_strings)]));
        let parts = parts(&mut archive).unwrap();
        match refuse_bomb(&parts, &mut archive) {
            Ok(()) => assert_eq!(expect, ""),
            Err(Refusal::Unreadable(found)) => assert!(!expect.is_empty() && found.contains(expect), "{found}"),
            Err(Refusal::Io(error)) => panic!("{error}"),
        }
    }

    #[test]
    fn a_count_that_fits_passes() {
        check("<?xml version=\"1.0\"?>\n<sst count=\"2\" uniqueCount=\"2\"><si/><si/></sst>", "");
        check("<x:sst uniqueCount='1' xmlns:x=\"y\"><x:si/></x:sst>", "");
        check("<!-- strings --><sst><si/></sst>", "");
        check("<sst/>", "");
    }

    #[test]
    fn a_count_of_four_billion_is_refused() {
        check("<sst uniqueCount=\"4000000000\"><si/></sst>", "is damaged (it promises 4000000000 shared strings)");
        check("<sst uniqueCount = '99999999999999999999999'></sst>", "it promises 18446744073709551615");
        check("<sst a=\">\" uniqueCount=\"4000000000\">", "it promises 4000000000");
        check("<sst auniqueCount=\"1\" uniqueCount=\"4000000000\">", "it promises 4000000000");
        check("<!--<sst uniqueCount=\"1\">--><sst uniqueCount=\"4000000000\">", "it promises 4000000000");
    }

    #[test]
    fn another_beginning_is_refused() {
        check("<a><sst uniqueCount=\"4000000000\">", "do not begin as they should");
        check(&format!("{}<sst>", " ".repeat(5_000)), "do not begin as they should");
        check(&format!("<sst a=\"{}\" uniqueCount=\"4000000000\">", " ".repeat(5_000)), "do not begin as they should");
        check("<sst/><sst uniqueCount=\"4000000000\">", "do not begin as they should");
        check("<!DOCTYPE sst><sst>", "do not begin as they should");
    }
}
