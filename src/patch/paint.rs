//! The colours of marks: what a marked cell's fill and text look like, and how a mark is known again.
//!
//! Our fills are known by their first colour, which nobody else uses; the second one, which a fill of one colour does not
//! show, says what the cell looked like before.

use super::tokens::{Token, Tokens};
use crate::finding::Severity;

/// No colour in particular.
pub(super) const AUTOMATIC: &str = "indexed=\"64\"";
/// The text of a marked cell whose own colour could not be read there.
const DARK: &str = "FF1F1F1F";
/// The contrast that WCAG 2.1 asks for (success criterion 1.4.3).
const READABLE: f64 = 4.5;
/// The second colour of a mark whose cell is remembered begins so; its number follows.
const NUMBERED: &str = "FF5B";

/// What a cell looked like before it was marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Former {
    /// It had no fill.
    Bare,
    /// It had a fill of one colour, given as its attributes.
    Colour(String),
    /// Its style is kept under this number: a pattern, a gradient, or a text that had to become dark.
    Kept(u32),
}

/// The colours of a mark, as light as each other; they differ for the eye of a machine only.
struct Colours {
    bare: &'static str,
    coloured: &'static str,
    kept: &'static str,
}

const COLOURS: [(Severity, Colours); 3] = [
    (Severity::Error, Colours { bare: "FFC6CD", coloured: "FFC6CC", kept: "FFC6CB" }),
    (Severity::Warning, Colours { bare: "FFE598", coloured: "FFE597", kept: "FFE596" }),
    (Severity::Note, Colours { bare: "D6E8F7", coloured: "D6E8F6", kept: "D6E8F5" }),
];

fn colours(severity: Severity) -> &'static Colours {
    let [(_, error), (_, warning), (_, note)] = &COLOURS;
    match severity {
        Severity::Error => error,
        Severity::Warning => warning,
        Severity::Note => note,
    }
}

/// The colour of a severity where it is explained.
pub(super) fn legend(severity: Severity) -> &'static str {
    colours(severity).bare
}

/// The fill of a mark.
pub(super) fn mark_fill(severity: Severity, former: &Former) -> String {
    let Colours { bare, coloured, kept } = colours(severity);
    let (colour, behind) = match former {
        Former::Bare => (bare, AUTOMATIC.to_owned()),
        Former::Colour(colour) => (coloured, colour.clone()),
        Former::Kept(number) => (kept, format!("rgb=\"{NUMBERED}{number:04X}\"")),
    };
    format!(
        "<fill><patternFill patternType=\"solid\"><fgColor rgb=\"FF{colour}\"/><bgColor {behind}/></patternFill></fill>"
    )
}

/// What a fill of ours tells of the cell before; nothing where it is none of ours.
pub(super) fn former(fill: &str) -> Option<Former> {
    let colour = attribute_of(fill, b"fgColor", "rgb")?;
    let colour = colour.strip_prefix("FF").unwrap_or(&colour);
    let is = |which: fn(&Colours) -> &str| COLOURS.iter().any(|(_, ours)| which(ours) == colour);
    let behind = || colour_of(fill, b"bgColor");
    if is(|ours| ours.bare) {
        return Some(Former::Bare);
    }
    if is(|ours| ours.kept) {
        let number = attribute_of(fill, b"bgColor", "rgb");
        let number = number.and_then(|rgb| u32::from_str_radix(rgb.strip_prefix(NUMBERED)?, 16).ok());
        return Some(number.map_or(Former::Bare, Former::Kept));
    }
    // LibreOffice writes one colour twice, and forgets the other.
    let is_ours = |former: &str| {
        COLOURS.iter().any(|(_, ours)| [ours.bare, ours.coloured, ours.kept].iter().any(|our| former.contains(our)))
    };
    let known = |former: &String| former != AUTOMATIC && !is_ours(former);
    is(|ours| ours.coloured).then(|| behind().filter(known).map_or(Former::Bare, Former::Colour))
}

/// How a fill comes back: as none, by its one colour, or only as the whole style that has it.
pub(super) fn kind_of(fill: &str) -> Option<Former> {
    let pattern = attribute_of(fill, b"patternFill", "patternType");
    if let Some(colour) = solid_colour(fill) {
        return Some(Former::Colour(colour));
    }
    let is_gradient = element(fill, b"gradientFill", |_| ()).is_some();
    (!is_gradient && pattern.is_none_or(|pattern| pattern == "none")).then_some(Former::Bare)
}

/// The text can be read on a mark. What colour a theme has is not known, but for those of texts on its paper.
pub(super) fn is_readable(font: &str, severity: Severity) -> bool {
    let of_colour = |name: &str| attribute_of(font, b"color", name);
    if let Some(rgb) = of_colour("rgb") {
        return contrast(&rgb, colours(severity).kept) >= READABLE;
    }
    let is_as_it_is = of_colour("tint").is_none();
    match (of_colour("theme"), of_colour("indexed")) {
        (Some(theme), _) => is_as_it_is && matches!(theme.as_str(), "1" | "3"),
        (None, Some(indexed)) => matches!(indexed.as_str(), "0" | "8" | "64"),
        (None, None) => true,
    }
}

/// The font with a text that can be read on every mark.
pub(super) fn darkened(font: &str) -> String {
    let mut tokens = Tokens::new(font.as_bytes());
    let mut out = Vec::with_capacity(font.len() + 32);
    while let Ok(Some(token)) = tokens.next() {
        if token.begins(b"color") {
            let plain = ["theme", "indexed", "auto", "tint"]
                .iter()
                .fold(token.raw.to_vec(), |raw, name| Token { kind: token.kind, raw: &raw }.without(name));
            out.extend_from_slice(&Token { kind: token.kind, raw: &plain }.with("rgb", DARK));
        } else {
            out.extend_from_slice(token.raw);
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The contrast of two colours (WCAG 2.1), each of six hexadecimal digits, or of eight with how much it covers.
fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(rgb: &str) -> f64 {
    let digits = rgb.get(rgb.len().saturating_sub(6)..).unwrap_or_default();
    let part = |at: usize| {
        let value = digits.get(at..at + 2).and_then(|part| u8::from_str_radix(part, 16).ok()).unwrap_or(0);
        let value = f64::from(value) / 255.0;
        if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}

/// The first element of that name in a piece of XML, seen as a token.
pub(super) fn element<T>(xml: &str, local: &[u8], take: impl Fn(&Token<'_>) -> T) -> Option<T> {
    let mut tokens = Tokens::new(xml.as_bytes());
    while let Ok(Some(token)) = tokens.next() {
        if token.begins(local) {
            return Some(take(&token));
        }
    }
    None
}

pub(super) fn attribute_of(xml: &str, local: &[u8], name: &str) -> Option<String> {
    element(xml, local, |token| token.attribute(name)).flatten()
}

/// A colour of a fill as its attributes.
fn colour_of(fill: &str, local: &[u8]) -> Option<String> {
    let attributes = element(fill, local, |token| {
        let all = token.attributes().map(|(name, place)| {
            format!("{}=\"{}\"", String::from_utf8_lossy(name), String::from_utf8_lossy(&token.raw[place]))
        });
        all.collect::<Vec<_>>().join(" ")
    });
    attributes.filter(|attributes| !attributes.is_empty())
}

/// The colour of a fill of one colour.
pub(super) fn solid_colour(fill: &str) -> Option<String> {
    let is_solid = attribute_of(fill, b"patternFill", "patternType").as_deref() == Some("solid");
    if is_solid { colour_of(fill, b"fgColor") } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Note];

    #[test]
    fn every_text_can_be_read_on_every_mark() {
        let colours = [
            "rgb=\"FFFFFFFF\"",
            "rgb=\"FF000000\"",
            "rgb=\"FFFF0000\"",
            "rgb=\"FF7F7F7F\"",
            "rgb=\"00FFE699\"",
            "rgb=\"FF0563C1\"",
            "theme=\"0\"",
            "theme=\"4\" tint=\"-0.25\"",
            "theme=\"1\" tint=\"0.5\"",
            "indexed=\"9\"",
            "indexed=\"10\"",
        ];
        for severity in SEVERITIES {
            let Colours { bare, coloured, kept } = super::colours(severity);
            for colour in colours {
                let font = format!("<font><b/><sz val=\"11\"/><color {colour}/><name val=\"Calibri\"/></font>");
                let written = if is_readable(&font, severity) { font.clone() } else { darkened(&font) };
                let rgb = attribute_of(&written, b"color", "rgb").unwrap();
                for fill in [bare, coloured, kept] {
                    assert!(contrast(&rgb, fill) >= READABLE, "{written} on {fill}");
                }
                assert!(
                    written.starts_with("<font><b/><sz val=\"11\"/><color ")
                        && written.ends_with("<name val=\"Calibri\"/></font>")
                );
            }
            for colour in ["auto=\"1\"", "theme=\"1\"", "indexed=\"8\""] {
                assert!(is_readable(&format!("<font><color {colour}/></font>"), severity), "{colour}");
            }
            assert!(is_readable("<font/>", severity));
        }
        assert!((contrast("FFFFFF", "FF000000") - 21.0).abs() < 0.01);
    }

    #[test]
    fn a_mark_is_seen_on_a_dark_header_and_tells_its_severity() {
        for severity in SEVERITIES {
            for dark in ["1F3864", "000000", "7F0000", "1F4E78", "375623"] {
                assert!(contrast(colours(severity).kept, dark) > READABLE, "{severity:?} beside {dark}");
            }
        }
    }

    #[test]
    fn a_mark_tells_what_was_there() {
        for severity in SEVERITIES {
            for before in [Former::Bare, Former::Colour("theme=\"4\" tint=\"0.5\"".to_owned()), Former::Kept(7)] {
                assert_eq!(former(&mark_fill(severity, &before)), Some(before));
            }
        }
        assert_eq!(
            former("<fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFFF0000\"/></patternFill></fill>"),
            None
        );
        let twice = "<fill><patternFill><fgColor rgb=\"FFFFC6CC\"/><bgColor rgb=\"FFFFC6CC\"/></patternFill></fill>";
        assert_eq!(former(twice), Some(Former::Bare));
        assert_eq!(former(&twice.replace("C6CC", "C6CB")), Some(Former::Bare));
    }

    #[test]
    fn only_plain_fills_come_back_by_themselves() {
        let fill = |inner: &str| kind_of(&format!("<fill>{inner}</fill>"));
        assert_eq!(fill(""), Some(Former::Bare));
        assert_eq!(fill("<patternFill patternType=\"none\"/>"), Some(Former::Bare));
        let solid = "<patternFill patternType=\"solid\"><fgColor theme=\"4\"/></patternFill>";
        assert_eq!(fill(solid), Some(Former::Colour("theme=\"4\"".to_owned())));
        assert_eq!(fill("<patternFill patternType=\"lightGrid\"><fgColor theme=\"4\"/></patternFill>"), None);
        assert_eq!(fill("<gradientFill degree=\"90\"><stop position=\"0\"/></gradientFill>"), None);
    }
}
