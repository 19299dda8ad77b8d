//! Which character stands between the cells of a text file.
//!
//! A first line `sep=;` says it, as Excel understands it; otherwise the beginning of the file is
//! parsed with each candidate, quotes respected, and the one with the most records of one width wins.
//! A full-width comma is not taken for a delimiter, because texts hold it: such a file is refused with
//! what to do.

use std::collections::HashMap;

use ::csv::{ByteRecord, Reader, ReaderBuilder};

use super::OWN_PREFIX;

/// In the order in which they win a tie.
const CANDIDATES: [u8; 5] = [b',', b';', b'\t', b'|', b'^'];

/// What stands between cells where an input method for Chinese or Japanese was left on.
const WIDE: [char; 5] = ['，', '、', '；', '｜', '\u{3000}'];

/// A first line `sep=;`: an instruction, not a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SepLine {
    /// What it says.
    pub(super) delimiter: u8,
    /// Its length in bytes of text, the line end included.
    pub(super) len: usize,
}

/// Reads the first line of `sample` as `sep=;`, if it is one.
pub(super) fn sep_line(sample: &str) -> Option<SepLine> {
    let end = sample.find(['\r', '\n']).unwrap_or(sample.len());
    let (line, rest) = sample.split_at(end);
    let line = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap_or(line);
    let delimiter = match line.as_bytes() {
        [s, e, p, b'=', said @ ..] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") => match said {
            [delimiter] if can_delimit(*delimiter) => *delimiter,
            br"\t" => b'\t',
            _ => return None,
        },
        _ => return None,
    };
    let line_end = match rest.as_bytes() {
        [b'\r', b'\n', ..] => 2,
        rest => rest.len().min(1),
    };
    Some(SepLine { delimiter, len: end + line_end })
}

/// A character that can stand between cells: one byte, neither a quote nor a line end.
pub(super) fn can_delimit(byte: u8) -> bool {
    byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n' | 0)
}

/// The delimiter of a file that begins with `sample`; `cut` says that the file goes on behind it.
///
/// The error says what stands there instead of one.
pub(super) fn find(sample: &str, cut: bool) -> Result<u8, String> {
    if let Some(delimiter) = CANDIDATES.into_iter().find(|candidate| is_of_ours(sample, *candidate)) {
        return Ok(delimiter);
    }
    let mut best = (0, b',');
    for candidate in CANDIDATES {
        let score = equal_records(sample, candidate, cut);
        if score > best.0 {
            best = (score, candidate);
        }
    }
    match WIDE.into_iter().find(|wide| is_table_of(*wide, sample, best.0)) {
        None => Ok(best.1),
        Some(wide) => Err(format!(
            "has no delimiter known here, but the full-width `{wide}` in every row; replace it by `,` in a text editor \
             (where it stands between cells), or save the sheet as .xlsx"
        )),
    }
}

/// With `wide` between the cells, all rows have the width of the first; with the best delimiter, which makes
/// `best` equal rows, they have not.
fn is_table_of(wide: char, sample: &str, best: usize) -> bool {
    let mut lines = sample.split(['\r', '\n']).filter(|line| !line.trim().is_empty()).take(100);
    let Some(width) = lines.next().map(|line| line.matches(wide).count()) else { return false };
    let others: Vec<bool> = lines.map(|line| line.matches(wide).count() == width).collect();
    width > 0 && !others.is_empty() && others.iter().all(|is_equal| *is_equal) && best <= others.len() / 2
}

/// The header of a file of ours, cut where it is to be: what stands in the rows below may look like anything.
fn is_of_ours(sample: &str, delimiter: u8) -> bool {
    let mut header = ByteRecord::new();
    let is_read = reader(sample, delimiter).read_byte_record(&mut header).unwrap_or(false);
    is_read && header.len() > 1 && header.iter().any(|cell| cell.starts_with(OWN_PREFIX.as_bytes()))
}

fn reader(sample: &str, delimiter: u8) -> Reader<&[u8]> {
    ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(sample.as_bytes())
}

/// How many records have the width that most have; records of one cell say nothing.
fn equal_records(sample: &str, delimiter: u8, cut: bool) -> usize {
    let mut reader = reader(sample, delimiter);
    let mut record = ByteRecord::new();
    let mut counts: HashMap<usize, usize> = HashMap::new();
    let mut last_width = 0;
    while let Ok(true) = reader.read_byte_record(&mut record) {
        last_width = record.len();
        *counts.entry(last_width).or_default() += 1;
    }
    if cut
        && counts.values().sum::<usize>() > 1
        && let Some(count) = counts.get_mut(&last_width)
    {
        // The sample's end may have cut the last record short.
        *count -= 1;
    }
    counts.into_iter().filter(|(width, _)| *width > 1).map(|(_, count)| count).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sample: &str, expect: char) {
        assert_eq!(find(sample, false).map(char::from), Ok(expect), "{sample:?}");
    }

    #[test]
    fn each_of_the_five_is_found() {
        check("a,b\n1,2\n", ',');
        check("a;b\n1;2\n", ';');
        check("a\tb\n1\t2\n", '\t');
        check("a|b\n1|2\n", '|');
        check("a^b\n1^2\n", '^');
    }

    #[test]
    fn the_header_of_our_own_files_tells_whatever_stands_below() {
        check("sku,name,skuload: ShopSku\nA;B,c;d,e;f\nA;B,c;d,e;f,g\n", ',');
        check("sku;name;skuload: ShopSku\nA,B;c,d;e,f\nA,B;c,d;e,f;g\n", ';');
    }

    #[test]
    fn decimal_commas_do_not_make_a_comma_file() {
        check("name;price\nTee;1,50\nCap;2,50\n", ';');
    }

    #[test]
    fn delimiters_inside_quotes_do_not_count() {
        check("a;b\n\"x,y,z\";1\n\"x,y\n,z\";1\n", ';');
    }

    #[test]
    fn lists_inside_cells_do_not_count_more_than_cells() {
        check("sku,images\nA,u1|u2\nB,u1|u2|u3\nC,u1\n", ',');
    }

    #[test]
    fn one_column_and_a_tie_are_comma() {
        check("sku\nA\nB\n", ',');
        check("a,b;c\n", ',');
        check("a;b|c\n", ';');
        check("", ',');
    }

    #[test]
    fn a_record_cut_by_the_sample_does_not_count() {
        assert_eq!(find("a;b,c\n1;2\n3,4;", true), Ok(b';'));
    }

    #[test]
    fn a_first_line_can_name_the_delimiter() {
        assert_eq!(sep_line("sep=;\r\na,b"), Some(SepLine { delimiter: b';', len: 7 }));
        assert_eq!(sep_line("SEP=^\na"), Some(SepLine { delimiter: b'^', len: 6 }));
        assert_eq!(sep_line("\"sep=,\"\na"), Some(SepLine { delimiter: b',', len: 8 }));
        assert_eq!(sep_line("sep=\t"), Some(SepLine { delimiter: b'\t', len: 5 }));
        assert_eq!(sep_line("sep=\\t\r\na\tb"), Some(SepLine { delimiter: b'\t', len: 8 }));
        assert_eq!(sep_line("sep=;x\n"), None);
        assert_eq!(sep_line("sep=\"\n"), None);
        assert_eq!(sep_line("seller_sku,price\n"), None);
    }

    #[test]
    fn a_full_width_comma_between_cells_is_told() {
        for wide in ["，", "、", "；"] {
            let found = find(&format!("名称{wide}价格\nT恤{wide}20\n"), false);
            assert!(
                found.as_ref().is_err_and(|told| told.contains(&format!("the full-width `{wide}` in every row"))),
                "{found:?}"
            );
        }
        check("名称,描述\nT恤,红，蓝\n裤,黑，白\n", ',');
        check("名称，价格,描述，x\nT恤,红，蓝，x\n", ',');
        check("颜色\n黑，白\n红，蓝\n", ',');
        check("颜色，白\n", ',');
    }
}
