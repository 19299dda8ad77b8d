//! The styles of a workbook, and those that marks and our own sheet add.
//!
//! A marked cell gets a copy of its style with another fill, and with a dark text where its own could not be read:
//! number format, borders and protection stay. A mark tells by its fill what was there before, so that an annotation
//! can be taken back; what a fill cannot tell (a pattern, a gradient, a text) is kept as a numbered style, which stands
//! in a hidden column of our sheet, where every program keeps it whatever it calls its styles.

use std::collections::HashMap;
use std::ops::Range;

use super::error::Snag;
use super::paint::{
    Former, attribute_of, darkened, element, former, is_readable, kind_of, legend, mark_fill, solid_colour,
};
use super::tokens::{Kind, Token, Tokens};
use crate::finding::Severity;
use crate::sheet::plain_styles;

/// What a workbook without styles gets.
const EMPTY: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<styleSheet xmlns=\"";
/// The parts of styles, in their order.
const ORDER: [&str; 11] = [
    "numFmts",
    "fonts",
    "fills",
    "borders",
    "cellStyleXfs",
    "cellXfs",
    "cellStyles",
    "dxfs",
    "tableStyles",
    "colors",
    "extLst",
];
/// The parts that may get more, and what each holds at least.
const GROWING: [(&str, &str); 4] = [
    ("fonts", "<font><sz val=\"11\"/><name val=\"Calibri\"/></font>"),
    ("fills", "<fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill>"),
    ("borders", "<border><left/><right/><top/><bottom/><diagonal/></border>"),
    ("cellXfs", "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/>"),
];
const FONTS: usize = 0;
const FILLS: usize = 1;
const XFS: usize = 3;

/// How cells of our own sheet look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Look {
    Title,
    Plain,
    Quiet,
    Header,
    Group,
    GroupName,
    Text,
    Link,
    Severity(Severity),
}

/// The styles of a workbook.
#[derive(Debug)]
pub(super) struct Styles {
    bytes: Vec<u8>,
    prefix: String,
    sections: [Section; 4],
    /// Which styles show a number as it is.
    plain: Vec<bool>,
    has_named: bool,
    marked: HashMap<(u32, Severity), u32>,
    clean: HashMap<u32, u32>,
    /// The styles that marked cells had in the annotation of before, by their numbers.
    before: HashMap<u32, u32>,
    /// Those that marked cells have in this one, the first with the number 1.
    kept: Vec<u32>,
    own: HashMap<Look, u32>,
}

/// One list of styles.
#[derive(Debug, Default)]
struct Section {
    /// Its tag; where it is missing, the place where it belongs.
    open: Range<usize>,
    is_missing: bool,
    /// Its tag has no content.
    is_empty: bool,
    /// Where its end tag stands.
    end: usize,
    items: Vec<String>,
    /// How many of the items are in the part.
    known: usize,
    /// How many items there were before anything was added.
    at_first: usize,
}

impl Styles {
    /// Reads the part; without one, the styles that a workbook has at least.
    pub(super) fn read(bytes: Option<Vec<u8>>, namespace: &str) -> Result<Styles, Snag> {
        let bytes = bytes.unwrap_or_else(|| format!("{EMPTY}{namespace}\"></styleSheet>").into_bytes());
        let mut found = Found::default();
        found.read(&bytes)?;
        let Found { prefix, mut sections, has_named, .. } = found;
        for (at, (_, least)) in GROWING.iter().enumerate() {
            let section = &mut sections[at];
            if section.is_missing || section.items.is_empty() {
                section.items = split(&tagged(least, &prefix));
            } else {
                section.known = section.items.len();
            }
            section.at_first = section.items.len();
        }
        let (marked, clean, own) = (HashMap::new(), HashMap::new(), HashMap::new());
        let (before, kept, plain) = (HashMap::new(), Vec::new(), plain_styles(&bytes));
        Ok(Styles { bytes, prefix, sections, plain, has_named, marked, clean, before, kept, own })
    }

    /// Something must be written.
    pub(super) fn is_changed(&self) -> bool {
        self.sections.iter().any(|section| section.items.len() > section.at_first)
    }

    /// Some cells may have marks of ours.
    pub(super) fn has_marks(&self) -> bool {
        self.sections[XFS].items.iter().any(|xf| self.former_of(xf).is_some())
    }

    /// The style shows a number as it is: neither as a date nor with zeros in front.
    pub(super) fn is_plain(&self, style: u32) -> bool {
        self.plain.get(style as usize).copied().unwrap_or(style == 0)
    }

    /// The style of a marked cell that has the style `style`.
    pub(super) fn marked(&mut self, style: u32, severity: Severity) -> u32 {
        if let Some(known) = self.marked.get(&(style, severity)) {
            return *known;
        }
        let xf = self.xf(style);
        let fill = self.sections[FILLS].items.get(fill_of(&xf)).map_or(Some(Former::Bare), |fill| kind_of(fill));
        let font = self.sections[FONTS].items.get(font_of(&xf)).filter(|font| !is_readable(font, severity)).cloned();
        let former = match fill {
            Some(former) if font.is_none() => former,
            Some(_) | None => Former::Kept(self.keep(style)),
        };
        let fill = self.fill(&mark_fill(severity, &former));
        let mut xf = filled(&xf, fill, "1");
        if let Some(font) = font {
            let font = self.put(FONTS, darkened(&font)).to_string();
            xf = with(&xf, &[("fontId", &font), ("applyFont", "1")]);
        }
        let id = self.put(XFS, xf);
        self.marked.insert((style, severity), id);
        id
    }

    /// The number under which a style is kept.
    fn keep(&mut self, style: u32) -> u32 {
        let at = self.kept.iter().position(|kept| *kept == style).unwrap_or_else(|| {
            self.kept.push(style);
            self.kept.len() - 1
        });
        u32::try_from(at + 1).unwrap_or(0)
    }

    /// The styles that are kept, the first with the number 1.
    pub(super) fn kept(&self) -> &[u32] {
        &self.kept
    }

    /// Learns which styles an earlier annotation has kept: their numbers and the styles.
    pub(super) fn learn(&mut self, kept: impl IntoIterator<Item = (u32, u32)>) {
        self.before.extend(kept);
    }

    /// The style that a cell had before we marked it; its own where we did not.
    pub(super) fn clean(&mut self, style: u32) -> u32 {
        if let Some(known) = self.clean.get(&style) {
            return *known;
        }
        let xf = self.xf(style);
        let colour = match self.former_of(&xf) {
            None => None,
            Some(Former::Bare) => Some(None),
            Some(Former::Colour(colour)) => Some(Some(colour)),
            Some(Former::Kept(number)) => {
                if let Some(kept) = self.before.get(&number).copied() {
                    let id = self.painted_as(&xf, kept);
                    self.clean.insert(style, id);
                    return id;
                }
                // Our sheet has been deleted.
                Some(None)
            }
        };
        let id = match colour {
            None => style,
            Some(former) => {
                let fill = former.map_or(0, |colour| self.solid(&colour));
                let same = |known: &String| {
                    fill_of(known) == fill as usize && is_same_but(known, &xf, &[b"fillId", b"applyFill"])
                };
                let found = self.sections[XFS].items.iter().position(same).and_then(|at| u32::try_from(at).ok());
                found.unwrap_or_else(|| self.put(XFS, filled(&xf, fill, if fill == 0 { "0" } else { "1" })))
            }
        };
        self.clean.insert(style, id);
        id
    }

    /// A style with the fill of a kept one, and with its font where we darkened that. The rest may be the merchant's work
    /// of since.
    fn painted_as(&mut self, xf: &str, kept: u32) -> u32 {
        let former = self.xf(kept);
        let fonts = &self.sections[FONTS].items;
        let on_every_mark = |font: &String| {
            [Severity::Error, Severity::Warning, Severity::Note].iter().all(|severity| is_readable(font, *severity))
        };
        let was_darkened = fonts.get(font_of(&former)).is_some_and(|font| !on_every_mark(font));
        let mut painted = with(xf, &[("fillId", &fill_of(&former).to_string()), ("applyFill", "1")]);
        if was_darkened {
            painted = with(&painted, &[("fontId", &font_of(&former).to_string()), ("applyFont", "1")]);
        }
        let is_former = is_same_but(&painted, &former, &[b"applyFill", b"applyFont"]);
        if is_former { kept } else { self.put(XFS, painted) }
    }

    /// The style of a cell of our own sheet.
    pub(super) fn own(&mut self, look: Look) -> u32 {
        if let Some(known) = self.own.get(&look) {
            return *known;
        }
        let font = self.font(look);
        let fill = match look {
            Look::Header => self.solid("rgb=\"FF1F3864\""),
            Look::Group | Look::GroupName => self.solid("rgb=\"FFEDEDED\""),
            Look::Severity(severity) => self.solid(&format!("rgb=\"FF{}\"", legend(severity))),
            Look::Title | Look::Plain | Look::Quiet | Look::Text | Look::Link => 0,
        };
        let wrap = if matches!(look, Look::Title | Look::Plain | Look::Quiet) { "" } else { " wrapText=\"1\"" };
        let named = if self.has_named { " xfId=\"0\"" } else { "" };
        let xf = format!(
            "<xf numFmtId=\"49\" fontId=\"{font}\" fillId=\"{fill}\" borderId=\"0\"{named} applyNumberFormat=\"1\" \
             applyFont=\"1\" applyFill=\"1\" applyAlignment=\"1\"><alignment vertical=\"top\"{wrap}/></xf>"
        );
        let xf = tagged(&xf, &self.prefix);
        let id = self.put(XFS, xf);
        self.own.insert(look, id);
        id
    }

    /// The part with everything that was added.
    pub(super) fn written(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.bytes.len() + 4096);
        let mut at = 0;
        for (section, (name, _)) in self.sections.iter().zip(GROWING) {
            let added: String = section.items[section.known..].concat();
            if added.is_empty() {
                continue;
            }
            out.extend_from_slice(&self.bytes[at..section.open.start]);
            let (prefix, count) = (&self.prefix, section.items.len().to_string());
            if section.is_missing {
                out.extend_from_slice(format!("<{prefix}{name} count=\"{count}\">{added}</{prefix}{name}>").as_bytes());
                at = section.open.start;
                continue;
            }
            let raw = &self.bytes[section.open.clone()];
            let open = Token { kind: Kind::Open, raw }.with("count", &count);
            if section.is_empty {
                out.extend_from_slice(open[..open.len() - 2].trim_ascii_end());
                out.extend_from_slice(format!(">{added}</{prefix}{name}>").as_bytes());
                at = section.open.end;
            } else {
                out.extend_from_slice(&open);
                out.extend_from_slice(&self.bytes[section.open.end..section.end]);
                out.extend_from_slice(added.as_bytes());
                at = section.end;
            }
        }
        out.extend_from_slice(&self.bytes[at..]);
        out
    }

    /// The raw style of a cell; one that is not there is the first.
    fn xf(&self, style: u32) -> String {
        let xfs = &self.sections[XFS].items;
        xfs.get(style as usize).or_else(|| xfs.first()).cloned().unwrap_or_default()
    }

    /// The place of an item, which is added where it is not there yet.
    fn put(&mut self, section: usize, item: String) -> u32 {
        let items = &mut self.sections[section].items;
        let at = items.iter().position(|known| *known == item).unwrap_or_else(|| {
            items.push(item);
            items.len() - 1
        });
        u32::try_from(at).unwrap_or(0)
    }

    fn fill(&mut self, fill: &str) -> u32 {
        let fill = tagged(fill, &self.prefix);
        self.put(FILLS, fill)
    }

    /// The fill of one colour; one that is there already is used.
    fn solid(&mut self, colour: &str) -> u32 {
        let known = self.sections[FILLS].items.iter().position(|fill| solid_colour(fill).as_deref() == Some(colour));
        let solid = format!(
            "<fill><patternFill patternType=\"solid\"><fgColor {colour}/><bgColor indexed=\"64\"/></patternFill></fill>"
        );
        known.and_then(|at| u32::try_from(at).ok()).unwrap_or_else(|| self.fill(&solid))
    }

    fn font(&mut self, look: Look) -> u32 {
        let (before, size, colour) = match look {
            Look::Title => ("<b/>", 16, "FF1F3864"),
            Look::Header => ("<b/>", 11, "FFFFFFFF"),
            Look::GroupName => ("<b/>", 11, "FF000000"),
            Look::Quiet => ("", 10, "FF595959"),
            Look::Severity(_) => ("<b/>", 11, "FF262626"),
            Look::Link => ("<u/>", 11, "FF0563C1"),
            Look::Plain | Look::Group | Look::Text => ("", 11, "FF000000"),
        };
        let name = self.sections[FONTS].items.first().and_then(|font| attribute_of(font, b"name", "val"));
        let name = name.unwrap_or_else(|| "Calibri".to_owned());
        let name = super::tokens::escaped(&name).into_owned();
        let font = format!("<font>{before}<sz val=\"{size}\"/><color rgb=\"{colour}\"/><name val=\"{name}\"/></font>");
        let font = tagged(&font, &self.prefix);
        self.put(FONTS, font)
    }

    /// Where the style has a fill of ours: what was there before.
    fn former_of(&self, xf: &str) -> Option<Former> {
        former(self.sections[FILLS].items.get(fill_of(xf))?)
    }
}

/// What is read of the part.
#[derive(Default)]
struct Found {
    prefix: String,
    sections: [Section; 4],
    has_named: bool,
    /// The list that is read, and where its item begins.
    inside: Option<usize>,
    item: Option<usize>,
    depth: u32,
    /// Lists that come before what was read last.
    passed: usize,
}

impl Found {
    fn read(&mut self, bytes: &[u8]) -> Result<(), Snag> {
        for section in &mut self.sections {
            section.is_missing = true;
        }
        let mut tokens = Tokens::new(bytes);
        loop {
            let from = usize::try_from(tokens.place()).unwrap_or(usize::MAX);
            let Some(token) = tokens.next()? else { return Ok(()) };
            let range = from..from + token.raw.len();
            match token.kind {
                Kind::Open | Kind::Empty => {
                    self.begin(&token, range.clone());
                    if token.kind == Kind::Open {
                        self.depth += 1;
                    } else if self.depth == 2 {
                        self.end_item(bytes, range.end);
                    }
                }
                Kind::Close => {
                    self.depth = self.depth.saturating_sub(1);
                    match self.depth {
                        2 => self.end_item(bytes, range.end),
                        1 => {
                            if let Some(at) = self.inside.take() {
                                self.sections[at].end = range.start;
                            }
                        }
                        0 => self.belongs_before(ORDER.len(), range.start),
                        _ => {}
                    }
                }
                Kind::Between => {}
            }
        }
    }

    fn begin(&mut self, token: &Token<'_>, range: Range<usize>) {
        match self.depth {
            0 => self.prefix = String::from_utf8_lossy(token.prefix()).into_owned(),
            1 => {
                let Some(place) = ORDER.iter().position(|name| name.as_bytes() == token.local()) else { return };
                self.belongs_before(place, range.start);
                self.has_named |= ORDER[place] == "cellStyleXfs";
                if let Some(at) = GROWING.iter().position(|(name, _)| *name == ORDER[place]) {
                    let is_empty = token.kind == Kind::Empty;
                    self.sections[at] = Section { open: range, is_empty, ..Section::default() };
                    self.inside = (!is_empty).then_some(at);
                }
            }
            2 if self.inside.is_some() => self.item = Some(range.start),
            _ => {}
        }
    }

    /// Lists that should have come before the place `place` in the order and did not would stand at `at`.
    fn belongs_before(&mut self, place: usize, at: usize) {
        for name in &ORDER[self.passed.min(place)..place] {
            if let Some(section) = GROWING.iter().position(|(growing, _)| growing == name)
                && self.sections[section].is_missing
                && self.sections[section].open.is_empty()
            {
                self.sections[section].open = at..at;
            }
        }
        self.passed = self.passed.max(place);
    }

    fn end_item(&mut self, bytes: &[u8], end: usize) {
        if let (Some(at), Some(from)) = (self.inside, self.item.take()) {
            self.sections[at].items.push(String::from_utf8_lossy(&bytes[from..end]).into_owned());
        }
    }
}

/// Elements without a prefix -> with one.
pub(super) fn tagged(xml: &str, prefix: &str) -> String {
    if prefix.is_empty() {
        return xml.to_owned();
    }
    xml.replace("</", "\0").replace('<', &format!("<{prefix}")).replace('\0', &format!("</{prefix}"))
}

/// The items of a list without white space between them.
fn split(items: &str) -> Vec<String> {
    let name: String = items[1..].chars().take_while(|c| !matches!(c, ' ' | '>' | '/')).collect();
    let open = format!("<{name}");
    let mut starts: Vec<usize> = items.match_indices(&open).map(|(at, _)| at).collect();
    starts.retain(|at| items[at + open.len()..].starts_with([' ', '>', '/']));
    starts.push(items.len());
    starts.windows(2).map(|ends| items[ends[0]..ends[1]].to_owned()).collect()
}

fn fill_of(xf: &str) -> usize {
    element(xf, b"xf", |token| token.number("fillId")).flatten().unwrap_or(0) as usize
}

fn font_of(xf: &str) -> usize {
    element(xf, b"xf", |token| token.number("fontId")).flatten().unwrap_or(0) as usize
}

/// The style with another fill.
fn filled(xf: &str, fill: u32, applies: &str) -> String {
    with(xf, &[("fillId", &fill.to_string()), ("applyFill", applies)])
}

/// The style with these attributes.
fn with(xf: &str, attributes: &[(&str, &str)]) -> String {
    let Some(len) = element(xf, b"xf", |token| token.raw.len()) else { return xf.to_owned() };
    let kind = if xf[..len].ends_with("/>") { Kind::Empty } else { Kind::Open };
    let tag = attributes
        .iter()
        .fold(xf.as_bytes()[..len].to_vec(), |raw, (name, value)| Token { kind, raw: &raw }.with(name, value));
    String::from_utf8_lossy(&tag).into_owned() + &xf[len..]
}

/// Two styles differ in nothing but these attributes.
fn is_same_but(one: &str, other: &str, but: &[&[u8]]) -> bool {
    let normal = |xf: &str| {
        element(xf, b"xf", |token| {
            let mut all: Vec<String> = token
                .attributes()
                .filter(|(name, _)| !but.contains(name))
                .map(|(name, place)| {
                    format!("{}={}", String::from_utf8_lossy(name), String::from_utf8_lossy(&token.raw[place]))
                })
                .collect();
            all.sort_unstable();
            (all, xf[token.raw.len()..].to_owned())
        })
    };
    normal(one) == normal(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIN: &str = "main";

    fn read(xml: &str) -> Styles {
        Styles::read(Some(xml.as_bytes().to_vec()), MAIN).unwrap()
    }

    fn written(styles: &Styles) -> String {
        String::from_utf8(styles.written()).unwrap()
    }

    const PLAIN: &str = "<styleSheet xmlns=\"main\"><fonts count=\"1\"><font><name val=\"Aptos\"/></font></fonts>\
        <fills count=\"3\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill>\
        <fill><patternFill patternType=\"solid\"><fgColor theme=\"4\" tint=\"0.5\"/><bgColor indexed=\"64\"/></patternFill></fill>\
        </fills><borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs><cellXfs count=\"2\">\
        <xf numFmtId=\"0\" fillId=\"0\"/><xf numFmtId=\"49\" fillId=\"2\" applyFill=\"1\"><alignment/></xf></cellXfs>\
        <dxfs count=\"1\"><dxf><fill><patternFill/></fill></dxf></dxfs></styleSheet>";

    #[test]
    fn a_marked_style_differs_in_its_fill_alone() {
        let mut styles = read(PLAIN);
        assert!(!styles.has_marks() && !styles.is_changed());
        assert_eq!((styles.marked(0, Severity::Error), styles.marked(1, Severity::Note)), (2, 3));
        assert_eq!((styles.marked(0, Severity::Error), styles.marked(99, Severity::Error)), (2, 2));
        assert!(styles.is_changed());
        let fills = "<fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFFFC6CD\"/><bgColor indexed=\"64\"/></patternFill></fill>\
             <fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFD6E8F6\"/><bgColor theme=\"4\" tint=\"0.5\"/></patternFill></fill></fills>";
        let xfs = "<xf applyFill=\"1\" numFmtId=\"0\" fillId=\"3\"/><xf numFmtId=\"49\" fillId=\"4\" applyFill=\"1\"><alignment/></xf></cellXfs>";
        let expect = PLAIN.replace("</fills>", fills).replace("</cellXfs>", xfs);
        let expect = expect
            .replace("fills count=\"3\"", "fills count=\"5\"")
            .replace("cellXfs count=\"2\"", "cellXfs count=\"4\"");
        assert_eq!(written(&styles), expect);
    }

    #[test]
    fn a_mark_can_be_taken_back() {
        let mut styles = read(PLAIN);
        let marked = [styles.marked(0, Severity::Warning), styles.marked(1, Severity::Error)];
        let mut again = read(&written(&styles));
        assert!(again.has_marks());
        assert_eq!(marked.map(|style| again.clean(style)), [0, 1]);
        assert_eq!((again.clean(0), again.clean(1)), (0, 1));
        assert!(!again.is_changed());
        // Another program has left out the style that the cell had before.
        let alone = "<styleSheet><fills><fill/><fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFFFC6CC\"/>\
                     <bgColor rgb=\"FF00FF00\"/></patternFill></fill></fills><cellXfs><xf fillId=\"0\"/>\
                     <xf numFmtId=\"2\" fillId=\"1\" applyFill=\"1\"/></cellXfs></styleSheet>";
        let mut alone = read(alone);
        assert_eq!(alone.clean(1), 2);
        let written = written(&alone);
        assert!(written.contains("<fgColor rgb=\"FF00FF00\"/><bgColor indexed=\"64\"/>"), "{written}");
        assert!(written.contains("<xf numFmtId=\"2\" fillId=\"2\" applyFill=\"1\"/></cellXfs>"), "{written}");
    }

    #[test]
    fn a_text_that_could_not_be_read_becomes_dark_and_comes_back() {
        let xml = "<styleSheet><fonts><font/><font><color rgb=\"FFFFFFFF\"/></font></fonts><fills><fill/><fill>\
                   <patternFill patternType=\"solid\"><fgColor rgb=\"FF1F4E78\"/></patternFill></fill></fills><cellXfs>\
                   <xf fontId=\"1\" fillId=\"1\"/><xf fontId=\"1\" fillId=\"0\"/></cellXfs></styleSheet>";
        let mut styles = read(xml);
        let marked = [styles.marked(0, Severity::Error), styles.marked(1, Severity::Note)];
        assert_eq!(styles.kept(), [0, 1]);
        let text = written(&styles);
        assert!(text.contains("<font><color rgb=\"FF1F1F1F\"/></font></fonts>"), "{text}");
        assert!(text.contains("<fgColor rgb=\"FFFFC6CB\"/><bgColor rgb=\"FF5B0001\"/>"), "{text}");
        assert!(text.contains("<fgColor rgb=\"FFD6E8F5\"/><bgColor rgb=\"FF5B0002\"/>"), "{text}");
        let mut again = read(&text);
        again.learn([(1, 0), (2, 1)]);
        assert_eq!(marked.map(|style| again.clean(style)), [0, 1]);
        assert!(!again.is_changed());
        // What was done to the marked cell since stays.
        let since =
            text.replace("</cellXfs>", &format!("{}</cellXfs>", with(&again.xf(marked[0]), &[("numFmtId", "2")])));
        let mut edited = read(&since);
        edited.learn([(1, 0), (2, 1)]);
        let clean = edited.clean(marked[1] + 1);
        let style = edited.xf(clean);
        assert!(style.contains("numFmtId=\"2\"") && (fill_of(&style), font_of(&style)) == (1, 1), "{style}");
        // Without our sheet the mark goes all the same.
        let mut alone = read(&text);
        let clean = alone.clean(marked[0]);
        assert_eq!(fill_of(&alone.xf(clean)), 0);
    }

    #[test]
    fn lists_that_are_missing_are_made() {
        let mut none = Styles::read(None, MAIN).unwrap();
        none.marked(0, Severity::Error);
        let text = written(&none);
        for part in [
            "<styleSheet xmlns=\"main\">",
            "<fills count=\"3\"><fill><patternFill patternType=\"none\"/></fill>",
            "<cellXfs count=\"2\"><xf ",
        ] {
            assert!(text.contains(part), "{text}");
        }
        let mut prefixed = read("<x:styleSheet><x:cellXfs count=\"0\" /><x:dxfs/></x:styleSheet>");
        prefixed.marked(0, Severity::Error);
        let text = written(&prefixed);
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} is missing: {text}"));
        assert!(at("<x:fills count=\"3\"><x:fill>") < at("<x:cellXfs count=\"2\"><x:xf "), "{text}");
        assert!(at("</x:cellXfs>") < at("<x:dxfs/>"), "{text}");
    }

    #[test]
    fn our_own_sheet_has_the_font_of_the_workbook() {
        let mut styles = read(PLAIN);
        let title = styles.own(Look::Title);
        assert_eq!((title, styles.own(Look::Title)), (2, 2));
        styles.own(Look::Severity(Severity::Error));
        let text = written(&styles);
        assert!(text.contains("<name val=\"Aptos\"/></font></fonts>"), "{text}");
        // The colour of a legend is no mark of a cell that can be taken back, but it is known as one of ours.
        assert!(text.contains("FFC6CD"), "{text}");
    }
}
