//! The rows as the page's script reads them: JSON that ends no script element, whatever stands in a cell.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::ser::{Serialize, SerializeSeq, Serializer};
use serde_json::ser::{CompactFormatter, Formatter};

use super::super::COLUMNS;
use super::Page;
use crate::record::padded;
use crate::sheet::{Cell, Kind};
use crate::verdict::{Images, RowVerdict, Verdict};

/// What the script must know before the rows.
#[derive(serde::Serialize)]
pub(super) struct Head<'a> {
    rows: usize,
    /// The report's own columns, those beside them, the merchant's.
    columns: Vec<&'a str>,
    /// How many of them are not the merchant's.
    own: usize,
    /// Some row names its sheet.
    has_sheets: bool,
    /// What each verdict means.
    verdicts: Vec<(&'static str, &'static str, &'static str)>,
    images: Vec<&'static str>,
}

impl<'a> Head<'a> {
    pub(super) fn of(page: Page<'a>) -> Head<'a> {
        let own = COLUMNS.iter().chain(page.layout.columns_beside()).copied();
        let rows = &page.verdicts.rows;
        let images = [Images::Set, Images::Incomplete, Images::Failed, Images::None, Images::Kept, Images::Pending];
        let images = images.into_iter().filter(|images| page.verdicts.with_images(*images) > 0);
        Head {
            rows: rows.len(),
            columns: own.chain(page.layout.names().iter().map(String::as_str)).collect(),
            own: page.own(),
            has_sheets: rows.iter().any(|row| !row.sheet.is_empty()),
            verdicts: Verdict::ALL.map(|verdict| (verdict.as_str(), tone(verdict), meaning(verdict))).to_vec(),
            images: images.map(Images::as_str).collect(),
        }
    }
}

/// How a verdict looks.
pub(super) fn tone(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Created | Verdict::Updated => "good",
        Verdict::Unchanged | Verdict::Exists | Verdict::Skipped => "quiet",
        Verdict::Planned => "planned",
        Verdict::Invalid | Verdict::Rejected => "bad",
        Verdict::Unknown | Verdict::NotSent => "doubtful",
    }
}

/// What a verdict means.
pub(super) fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Created => "its SKU was created",
        Verdict::Updated => "what the shop has of it was changed",
        Verdict::Unchanged => "the shop has it just so",
        Verdict::Exists => "its SKU was in the shop before this run",
        Verdict::Invalid => "not sent: it has an error",
        Verdict::Rejected => "the marketplace refused it",
        Verdict::Unknown => "sent, and nobody could tell what became of it",
        Verdict::NotSent => "the run stopped before it, or another row holds it back",
        Verdict::Skipped => "left out on purpose",
        Verdict::Planned => "a dry run: it would be sent",
    }
}

/// How much a row needs somebody: the lower, the more. What failed comes first, then what waits or lacks pictures, then
/// what went well with a remark, then the rest.
pub(super) fn need(row: &RowVerdict) -> u8 {
    let lacks_pictures = matches!(row.images, Images::Failed | Images::Incomplete | Images::Pending);
    let is_told = !row.rule_or_code.is_empty() || !row.message.is_empty();
    match row.verdict {
        Verdict::Invalid | Verdict::Rejected | Verdict::Unknown => 0,
        Verdict::NotSent => 1,
        Verdict::Created | Verdict::Updated | Verdict::Unchanged | Verdict::Exists if lacks_pictures => 1,
        Verdict::Created | Verdict::Updated | Verdict::Planned if is_told => 2,
        Verdict::Created | Verdict::Updated | Verdict::Planned => 3,
        Verdict::Unchanged | Verdict::Exists | Verdict::Skipped => 3,
    }
}

/// A row: a cell for each column, the places of the columns that are at fault, how much it needs somebody, and further
/// rules that it breaks.
pub(super) struct RowData<'a> {
    pub(super) verdict: &'a RowVerdict,
    pub(super) beside: &'a [String],
    pub(super) cells: Vec<Cell<'a>>,
    pub(super) marks: Vec<usize>,
}

impl Serialize for RowData<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let verdict = self.verdict;
        let mut row = serializer.serialize_seq(None)?;
        row.serialize_element(&verdict.sheet)?;
        row.serialize_element(&verdict.row)?;
        row.serialize_element(&verdict.seller_sku)?;
        row.serialize_element(&verdict.product)?;
        row.serialize_element(verdict.verdict.as_str())?;
        row.serialize_element(verdict.images.as_str())?;
        for text in [&verdict.rule_or_code, &verdict.message, &verdict.help, &verdict.request] {
            row.serialize_element(text)?;
        }
        row.serialize_element(&verdict.attempts)?;
        for text in self.beside {
            row.serialize_element(text)?;
        }
        for cell in &self.cells {
            row.serialize_element(&typed(cell))?;
        }
        row.serialize_element(&self.marks)?;
        row.serialize_element(&need(verdict))?;
        if !verdict.also.is_empty() {
            row.serialize_element(&verdict.also)?;
        }
        row.end()
    }
}

/// The zeros in front that a number's format shows are part of an identifier.
fn typed<'a>(cell: &Cell<'a>) -> Cow<'a, str> {
    match cell.kind {
        Kind::Number => padded(cell.text, cell.digits).map_or(Cow::Borrowed(cell.text), Cow::Owned),
        Kind::Text | Kind::Date | Kind::Bool | Kind::Error | Kind::Formula | Kind::Picture => Cow::Borrowed(cell.text),
    }
}

/// Writes JSON that may stand in a script element.
pub(super) fn write(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    Ok(value.serialize(&mut serde_json::Serializer::with_formatter(to, Inert))?)
}

/// No `<`, `>` or `&`, which a page's reader might take for markup, and no separators that old scripts take for the
/// end of a line.
struct Inert;

impl Formatter for Inert {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            let (plain, from) = rest.split_at(at);
            let mut following = from.chars();
            let escaped = following.next().map_or(0, u32::from);
            CompactFormatter.write_string_fragment(writer, plain)?;
            write!(writer, "\\u{escaped:04x}")?;
            rest = following.as_str();
        }
        CompactFormatter.write_string_fragment(writer, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let mut written = Vec::new();
        write(&mut written, &text).unwrap();
        assert_eq!(String::from_utf8(written.clone()).unwrap(), expect);
        assert_eq!(serde_json::from_slice::<String>(&written).unwrap(), text);
    }

    #[track_caller]
    fn check_need(verdict: Verdict, images: Images, message: &str, expect: u8) {
        let row = RowVerdict {
            sheet: String::new(),
            row: 2,
            seller_sku: "A".to_owned(),
            product: "Tee".to_owned(),
            verdict,
            images,
            rule_or_code: String::new(),
            message: message.to_owned(),
            help: String::new(),
            also: Vec::new(),
            fields: Vec::new(),
            columns: Vec::new(),
            request: String::new(),
            attempts: 1,
        };
        assert_eq!(need(&row), expect, "{verdict}, {}, {message}", images.as_str());
    }

    #[test]
    fn what_failed_comes_before_what_waits_and_that_before_what_went_well() {
        for verdict in [Verdict::Invalid, Verdict::Rejected, Verdict::Unknown] {
            check_need(verdict, Images::None, "", 0);
        }
        check_need(Verdict::NotSent, Images::None, "held back: row 3 has an error", 1);
        check_need(Verdict::Created, Images::Incomplete, "", 1);
        check_need(Verdict::Exists, Images::Failed, "", 1);
        check_need(Verdict::Created, Images::Set, "confirmed by lookup", 2);
        check_need(Verdict::Created, Images::Set, "", 3);
        check_need(Verdict::Exists, Images::Kept, "it was in the shop before this run", 3);
        check_need(Verdict::Skipped, Images::None, "outside --only", 3);
    }

    #[test]
    fn nothing_in_a_text_ends_the_element_it_stands_in() {
        check("plain \"text\"\n", r#""plain \"text\"\n""#);
        check("</script><!--&", r#""\u003c/script\u003e\u003c!--\u0026""#);
        check("a\u{2028}b\u{2029}", r#""a\u2028b\u2029""#);
        check("สีแดง", "\"สีแดง\"");
    }
}
