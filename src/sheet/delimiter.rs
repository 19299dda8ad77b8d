//! Which character stands between the cells of a text file.
//!
//! A first line `sep=;` says it, as Excel understands it; otherwise the beginning of the file is
//! parsed with each candidate, quotes respected, and the one with the most records of one width wins.

use std::collections::HashMap;

use ::csv::{ByteRecord, ReaderBuilder};

/// In the order in which they win a tie.
const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];

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
    let &[s, e, p, b'=', delimiter] = line.as_bytes() else { return None };
    if ![s, e, p].eq_ignore_ascii_case(b"sep") || !can_delimit(delimiter) {
        return None;
    }
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
pub(super) fn find(sample: &str, cut: bool) -> u8 {
    let mut best = (0, b',');
    for candidate in CANDIDATES {
        let score = equal_records(sample, candidate, cut);
        if score > best.0 {
            best = (score, candidate);
        }
    }
    best.1
}

/// How many records have the width that most have; records of one cell say nothing.
fn equal_records(sample: &str, delimiter: u8, cut: bool) -> usize {
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(sample.as_bytes());
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
        assert_eq!(char::from(find(sample, false)), expect, "{sample:?}");
    }

    #[test]
    fn each_of_the_four_is_found() {
        check("a,b\n1,2\n", ',');
        check("a;b\n1;2\n", ';');
        check("a\tb\n1\t2\n", '\t');
        check("a|b\n1|2\n", '|');
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
        assert_eq!(find("a;b,c\n1;2\n3,4;", true), b';');
    }

    #[test]
    fn a_first_line_can_name_the_delimiter() {
        assert_eq!(sep_line("sep=;\r\na,b"), Some(SepLine { delimiter: b';', len: 7 }));
        assert_eq!(sep_line("SEP=^\na"), Some(SepLine { delimiter: b'^', len: 6 }));
        assert_eq!(sep_line("\"sep=,\"\na"), Some(SepLine { delimiter: b',', len: 8 }));
        assert_eq!(sep_line("sep=\t"), Some(SepLine { delimiter: b'\t', len: 5 }));
        assert_eq!(sep_line("sep=;x\n"), None);
        assert_eq!(sep_line("sep=\"\n"), None);
        assert_eq!(sep_line("seller_sku,price\n"), None);
    }
}
