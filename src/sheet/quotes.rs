//! Quotes that were never closed where they should have been, and so swallowed rows.
//!
//! `A,"5 inch,10`, `B,cap,20`, `C,"tee",30` is one row to a CSV parser: the quote of the first line closes at the
//! first quote of the third, and what stands between is one cell. It has the right number of cells, and two
//! products are gone. It is known by what follows the quote that closes: neither a delimiter nor a line end.

/// A cell over several lines whose quote closes in the middle of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Swallowed {
    /// The line ends of the row before the quote that opens.
    pub(super) opens: u64,
    /// The line ends of the row before the quote that closes.
    pub(super) closes: u64,
}

/// Looks for such a cell in the text of one row, as it stands in the file.
pub(super) fn swallowed(row: &[u8], delimiter: u8) -> Option<Swallowed> {
    let mut rest = Lines { text: row, ends: 0 };
    loop {
        if rest.text.first() == Some(&b'"') {
            let opens = rest.ends;
            rest.skip(1);
            rest.skip_quoted();
            let closes = rest.ends;
            let behind = rest.text.iter().find(|byte| **byte != b' ' || delimiter == b' ');
            let is_closed = behind.is_none_or(|byte| *byte == delimiter || matches!(byte, b'\r' | b'\n'));
            if !is_closed && closes > opens {
                return Some(Swallowed { opens, closes });
            }
        }
        let end = rest.text.iter().position(|byte| *byte == delimiter || matches!(byte, b'\r' | b'\n'))?;
        let is_row_end = rest.text[end] != delimiter;
        rest.skip(end + 1);
        if is_row_end {
            return None;
        }
    }
}

/// The text not yet looked at, and the line ends before it.
struct Lines<'a> {
    text: &'a [u8],
    ends: u64,
}

impl Lines<'_> {
    fn skip(&mut self, count: usize) {
        self.text = self.text.get(count..).unwrap_or_default();
    }

    /// To behind the quote that closes; a doubled one is text.
    fn skip_quoted(&mut self) {
        loop {
            match self.text {
                [] => return,
                [b'"', b'"', ..] | [b'\r', b'\n', ..] => {
                    self.ends += u64::from(self.text[0] == b'\r');
                    self.skip(2);
                }
                [b'"', ..] => return self.skip(1),
                [byte, ..] => {
                    self.ends += u64::from(matches!(byte, b'\r' | b'\n'));
                    self.skip(1);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(row: &str, expect: Option<(u64, u64)>) {
        let found = swallowed(row.as_bytes(), b',').map(|found| (found.opens, found.closes));
        assert_eq!(found, expect, "{row:?}");
    }

    #[test]
    fn a_quote_that_closes_inside_a_text_has_swallowed_rows() {
        check("A,\"5 inch,10\nB,cap,20\nC,\"tee\",30\n", Some((0, 2)));
        check("A,\"5 inch,10\r\nB,cap,20\r\nC,\"tee\",30\r\n", Some((0, 2)));
        check("A,\"x\ny\",\"5 inch,10\rC,\"tee\",30", Some((1, 2)));
    }

    #[test]
    fn cells_over_several_lines_are_sound() {
        check("A,\"one\ntwo\",10\n", None);
        check("A,\"one\r\n\"\"two\"\"\r\n\",10\r\n", None);
        check("A,\"one\ntwo\" ,10\n", None);
        check("A,\"one\ntwo\"", None);
        check("\"one\n\n\"\n", None);
        check("", None);
    }

    #[test]
    fn quotes_on_one_line_are_read_as_spreadsheet_programs_do() {
        check("A,\"5\" pipe,10\n", None);
        check("A,5\" pipe,10\n", None);
        check("A,\"5\" pipe,\"one\ntwo\"\n", None);
    }
}
