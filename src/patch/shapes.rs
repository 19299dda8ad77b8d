//! The shapes in which a sheet's notes are shown (VML, as Excel has it for notes to this day).

use std::io::{Read, Seek};

use super::edit::Place;
use super::error::Snag;
use super::package::Package;
use super::survey::Survey;
use super::tokens::{Kind, Token, Tokens};

/// How many shapes share one number of the list of numbers.
const BLOCK: u32 = 1024;
/// How large a note is, in pixels.
const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 130.0;
/// The least offset of a note from its cell, in pixels.
const GAP: u32 = 12;
/// The most columns and rows over which a note is laid.
const MOST_COLUMNS: u32 = 16_383;
const MOST_ROWS: u32 = 1_048_575;

const NAMESPACES: [(&str, &str); 3] = [
    ("v", "urn:schemas-microsoft-com:vml"),
    ("o", "urn:schemas-microsoft-com:office:office"),
    ("x", "urn:schemas-microsoft-com:office:excel"),
];

/// Hands out numbers of shapes that nobody has in the workbook.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// The last block that is taken.
    block: u32,
}

impl Numbers {
    /// Reads which numbers are taken.
    pub(super) fn read(package: &mut Package<impl Read + Seek>) -> Result<Numbers, Snag> {
        let drawings: Vec<String> = package.names().filter(|name| name.ends_with(".vml")).map(str::to_owned).collect();
        let mut block = 0;
        for name in drawings {
            let bytes = package.bytes(&name)?.unwrap_or_default();
            let mut tokens = Tokens::new(bytes.as_slice());
            // What cannot be read to its end is no reason to give up: it is left as it is.
            while let Ok(Some(token)) = tokens.next() {
                if token.begins(b"idmap") {
                    let taken = token.attribute("data").unwrap_or_default();
                    let taken = taken.split(',').filter_map(|number| number.trim().parse().ok());
                    block = taken.fold(block, u32::max);
                }
            }
        }
        Ok(Numbers { block })
    }
}

/// The drawing that shows a sheet's notes.
#[derive(Debug)]
pub(super) struct Shapes {
    bytes: Vec<u8>,
    added: Vec<Place>,
    gone: Vec<Place>,
}

impl Shapes {
    /// The drawing that is there, or a new one.
    pub(super) fn of(bytes: Option<Vec<u8>>) -> Shapes {
        let empty = "<xml xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" \
             xmlns:x=\"urn:schemas-microsoft-com:office:excel\"></xml>";
        Shapes { bytes: bytes.unwrap_or_else(|| empty.into()), added: Vec::new(), gone: Vec::new() }
    }

    pub(super) fn add(&mut self, at: Place) {
        self.added.push(at);
    }

    /// Notes at these places are gone.
    pub(super) fn remove(&mut self, places: Vec<Place>) {
        self.gone.extend(places);
    }

    pub(super) fn is_changed(&self) -> bool {
        !self.added.is_empty() || !self.gone.is_empty()
    }

    /// The part as it is now.
    pub(super) fn written(&self, survey: &Survey, numbers: &mut Numbers) -> Result<Vec<u8>, Snag> {
        let kept = self.kept()?;
        let mut out = Vec::with_capacity(kept.len() + 900 * self.added.len());
        let blocks = u32::try_from(self.added.len()).unwrap_or(0).div_ceil(BLOCK - 1);
        let first = numbers.block + 1;
        numbers.block += blocks;
        let taken = (first..first + blocks).map(|block| block.to_string()).collect::<Vec<_>>().join(",");
        let has_layout = holds(&kept, b"idmap");
        let mut binding = Binding::default();
        let mut tokens = Tokens::new(kept.as_slice());
        let mut is_begun = false;
        while let Some(token) = tokens.next()? {
            if token.begins(b"idmap") && !taken.is_empty() {
                let known = token.attribute("data").unwrap_or_default();
                out.extend_from_slice(&token.with("data", format!("{known},{taken}").trim_matches(',')));
                continue;
            }
            if token.closes(b"xml") {
                for (index, at) in (0..).zip(&self.added) {
                    let number = (first + index / (BLOCK - 1)) * BLOCK + 1 + index % (BLOCK - 1);
                    out.extend_from_slice(shape(*at, number, survey, &binding).as_bytes());
                }
            }
            out.extend_from_slice(token.raw);
            if token.begins(b"xml") && !is_begun {
                is_begun = true;
                binding = Binding::of(&token);
                if !has_layout && !taken.is_empty() {
                    out.extend_from_slice(layout(&taken, &binding).as_bytes());
                }
                if !holds_type(&kept) && !self.added.is_empty() {
                    out.extend_from_slice(shape_type(&binding).as_bytes());
                }
            }
        }
        Ok(out)
    }

    /// The drawing without the shapes of notes that are gone.
    fn kept(&self) -> Result<Vec<u8>, Snag> {
        if self.gone.is_empty() {
            return Ok(self.bytes.clone());
        }
        let mut tokens = Tokens::new(self.bytes.as_slice());
        let (mut out, mut shape) = (Vec::new(), None::<Held>);
        while let Some(token) = tokens.next()? {
            if let Some(held) = &mut shape {
                held.take(&token);
                if token.closes(b"shape") {
                    if !held.is_note || !held.at().is_some_and(|at| self.gone.contains(&at)) {
                        out.extend_from_slice(&held.raw);
                    }
                    shape = None;
                }
            } else if token.begins(b"shape") && token.kind == Kind::Open {
                shape = Some(Held { raw: token.raw.to_vec(), ..Held::default() });
            } else {
                out.extend_from_slice(token.raw);
            }
        }
        Ok(out)
    }
}

/// A shape while it is read.
#[derive(Default)]
struct Held {
    raw: Vec<u8>,
    is_note: bool,
    inside: Vec<u8>,
    row: Option<u32>,
    column: Option<u32>,
}

impl Held {
    fn take(&mut self, token: &Token<'_>) {
        self.raw.extend_from_slice(token.raw);
        match token.kind {
            Kind::Open => {
                self.inside = token.local().to_vec();
                self.is_note |= token.attribute("ObjectType").as_deref() == Some("Note");
            }
            Kind::Between => {
                let number = || std::str::from_utf8(token.raw).ok()?.trim().parse().ok();
                match self.inside.as_slice() {
                    b"Row" => self.row = number(),
                    b"Column" => self.column = number(),
                    _ => {}
                }
            }
            Kind::Close | Kind::Empty => self.inside.clear(),
        }
    }

    fn at(&self) -> Option<Place> {
        Some((self.row? + 1, self.column? + 1))
    }
}

/// What each of our elements must say of namespaces, as the drawing does not.
#[derive(Default)]
struct Binding {
    missing: String,
}

impl Binding {
    fn of(root: &Token<'_>) -> Binding {
        let is_missing =
            |(prefix, uri): &&(&str, &str)| root.attribute(&format!("xmlns:{prefix}")).as_deref() != Some(uri);
        let line = |(prefix, uri): &(&str, &str)| format!(" xmlns:{prefix}=\"{uri}\"");
        Binding { missing: NAMESPACES.iter().filter(is_missing).map(line).collect() }
    }
}

fn holds(bytes: &[u8], local: &[u8]) -> bool {
    let mut tokens = Tokens::new(bytes);
    while let Ok(Some(token)) = tokens.next() {
        if token.begins(local) {
            return true;
        }
    }
    false
}

/// The type of all notes is there.
fn holds_type(bytes: &[u8]) -> bool {
    let mut tokens = Tokens::new(bytes);
    while let Ok(Some(token)) = tokens.next() {
        if token.begins(b"shapetype") && token.attribute("id").as_deref() == Some("_x0000_t202") {
            return true;
        }
    }
    false
}

fn layout(taken: &str, binding: &Binding) -> String {
    let missing = &binding.missing;
    format!("<o:shapelayout{missing} v:ext=\"edit\"><o:idmap v:ext=\"edit\" data=\"{taken}\"/></o:shapelayout>")
}

fn shape_type(binding: &Binding) -> String {
    let missing = &binding.missing;
    format!(
        "<v:shapetype{missing} id=\"_x0000_t202\" coordsize=\"21600,21600\" o:spt=\"202\" path=\"m,l,21600r21600,l21600,xe\">\
         <v:stroke joinstyle=\"miter\"/><v:path gradientshapeok=\"t\" o:connecttype=\"rect\"/></v:shapetype>"
    )
}

fn shape(at: Place, number: u32, survey: &Survey, binding: &Binding) -> String {
    let missing = &binding.missing;
    let (row, column) = (at.0 - 1, at.1 - 1);
    let anchor = anchor(at, survey);
    format!(
        "<v:shape{missing} id=\"_x0000_s{number}\" type=\"#_x0000_t202\" style=\"position:absolute;margin-left:80pt;\
         margin-top:5pt;width:240pt;height:98pt;z-index:1;visibility:hidden\" fillcolor=\"#ffffe1\" o:insetmode=\"auto\">\
         <v:fill color2=\"#ffffe1\"/><v:shadow on=\"t\" color=\"black\" obscured=\"t\"/><v:path o:connecttype=\"none\"/>\
         <v:textbox style=\"mso-direction-alt:auto\"><div style=\"text-align:left\"></div></v:textbox>\
         <x:ClientData ObjectType=\"Note\"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>\
         <x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
    )
}

/// From where to where a note is laid: columns and rows from 0, each with pixels inside it.
fn anchor(at: Place, survey: &Survey) -> String {
    // The last columns have no space to their right.
    let column = at.1.min(MOST_COLUMNS - 8);
    let row = at.0.saturating_sub(2).min(MOST_ROWS - 16);
    let (right, right_offset) = end(column, MOST_COLUMNS, WIDTH, |index| survey.width(index + 1));
    let (bottom, bottom_offset) = end(row, MOST_ROWS, HEIGHT, |index| survey.height(index + 1));
    format!("{column}, {GAP}, {row}, {GAP}, {right}, {right_offset}, {bottom}, {bottom_offset}")
}

/// Where something ends that begins in the column or row `first` (from 0).
fn end(first: u32, last: u32, length: f64, size: impl Fn(u32) -> f64) -> (u32, u32) {
    let mut left = length + f64::from(GAP);
    let mut index = first;
    while index < last {
        let size = size(index);
        if size >= left {
            break;
        }
        left -= size;
        index += 1;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 0 and the length")]
    (index, left as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(shapes: &Shapes, numbers: &mut Numbers) -> String {
        String::from_utf8(shapes.written(&Survey::default(), numbers).unwrap()).unwrap()
    }

    #[test]
    fn numbers_of_shapes_are_nobody_elses() {
        let mut shapes = Shapes::of(None);
        for row in 1..=1500 {
            shapes.add((row, 1));
        }
        let mut numbers = Numbers { block: 4 };
        let text = written(&shapes, &mut numbers);
        assert!(text.contains("data=\"5,6\""), "{}", &text[..600]);
        assert_eq!(numbers.block, 6);
        let mut ids: Vec<u32> =
            text.split("id=\"_x0000_s").skip(1).map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect();
        assert_eq!((ids.len(), ids[0], ids[1022], ids[1023]), (1500, 5 * 1024 + 1, 5 * 1024 + 1023, 6 * 1024 + 1));
        ids.dedup();
        assert_eq!(ids.len(), 1500);
        assert_eq!(text.matches("<v:shapetype").count(), 1);
    }

    #[test]
    fn shapes_of_notes_go_and_others_stay() {
        let old = "<xml xmlns:a=\"urn:schemas-microsoft-com:vml\"><a:shape id=\"1\"><x:ClientData ObjectType=\"Note\"><x:Row>1</x:Row>\
                   <x:Column>2</x:Column></x:ClientData></a:shape><a:shape id=\"2\"><x:ClientData ObjectType=\"Note\"><x:Row>2</x:Row>\
                   <x:Column>2</x:Column></x:ClientData></a:shape><a:shape id=\"3\"><x:ClientData ObjectType=\"Button\"><x:Row>1</x:Row>\
                   <x:Column>2</x:Column></x:ClientData></a:shape></xml>";
        let mut shapes = Shapes::of(Some(old.into()));
        assert!(!shapes.is_changed());
        shapes.remove(vec![(2, 3)]);
        let text = written(&shapes, &mut Numbers::default());
        assert!(!text.contains("id=\"1\"") && text.contains("id=\"2\"") && text.contains("id=\"3\""), "{text}");
        let mut shapes = Shapes::of(Some(old.into()));
        shapes.add((1, 1));
        let text = written(&shapes, &mut Numbers::default());
        let bound = "<v:shape xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" \
                     xmlns:x=\"urn:schemas-microsoft-com:office:excel\" id=\"_x0000_s1025\"";
        assert!(text.contains(bound), "{text}");
    }

    #[test]
    fn a_note_is_laid_over_as_many_columns_as_it_needs() {
        assert_eq!(anchor((5, 2), &Survey::default()), "2, 12, 3, 12, 7, 11, 10, 2");
        assert_eq!(anchor((1, 1), &Survey::default()), "1, 12, 0, 12, 6, 11, 7, 2");
    }
}
