//! The names of cells and areas, `AB12` and `A1:C9`, as places.

use super::super::layout::Area;

/// The last row and the last column of a spreadsheet.
pub(crate) const LAST_ROW: u32 = 1_048_576;
pub(crate) const LAST_COLUMN: u32 = 16_384;

/// Row and column from 1 of `AB12`; `None` when it is no name of a cell.
pub(crate) fn cell(name: &[u8]) -> Option<(u32, u32)> {
    let (row, column, len) = leading_cell(name)?;
    (len == name.len()).then_some((row, column))
}

/// Row and column from 1 of the cell whose name stands at the beginning of `text`, and how long that is.
#[inline]
pub(super) fn leading_cell(text: &[u8]) -> Option<(u32, u32, usize)> {
    let mut column = 0_u32;
    let mut at = 0;
    while let Some(letter) = text.get(at).map(u8::to_ascii_uppercase).filter(u8::is_ascii_uppercase) {
        column = column.checked_mul(26)?.checked_add(u32::from(letter - b'A') + 1)?;
        at += 1;
    }
    let digits = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let row = number(&text[at..at + digits])?;
    at += digits;
    (column > 0 && row > 0).then_some((row, column, at))
}

/// An area, `A1:C9`, `A:C`, `1:9` or a single cell; `None` when it is none or lies outside every sheet.
pub(crate) fn area(name: &[u8]) -> Option<Area> {
    let plain: Vec<u8> = name.iter().copied().filter(|byte| *byte != b'$').collect();
    let mut ends = plain.splitn(2, |byte| *byte == b':');
    let first = ends.next()?;
    let (first, last) = match ends.next() {
        None => (cell(first)?, cell(first)?),
        Some(last) => (corner(first, (1, 1))?, corner(last, (LAST_ROW, LAST_COLUMN))?),
    };
    let area = Area {
        first_row: first.0.min(last.0),
        last_row: first.0.max(last.0),
        first_column: first.1.min(last.1),
        last_column: first.1.max(last.1),
    };
    (area.last_row <= LAST_ROW && area.last_column <= LAST_COLUMN).then_some(area)
}

/// A cell, or a row or a column with what is not said from `whole`.
fn corner(name: &[u8], whole: (u32, u32)) -> Option<(u32, u32)> {
    cell(name)
        .or_else(|| number(name).filter(|row| *row > 0).map(|row| (row, whole.1)))
        .or_else(|| cell(&[name, b"1"].concat()).map(|(_, column)| (whole.0, column)))
}

/// A number of ASCII digits.
#[inline]
pub(super) fn number(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = |digit: u8| u32::from(digit - b'0');
    if digits.len() <= 9 {
        // None of so many digits passes what fits.
        return Some(digits.iter().fold(0, |number, digit| number * 10 + value(*digit)));
    }
    digits.iter().try_fold(0_u32, |number, digit| number.checked_mul(10)?.checked_add(value(*digit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expect: Option<(u32, u32)>) {
        assert_eq!(cell(name.as_bytes()), expect, "{name}");
    }

    #[test]
    fn cells_are_found_by_their_names() {
        check("A1", Some((1, 1)));
        check("xfd1048576", Some((1_048_576, 16_384)));
        check("AB12", Some((12, 28)));
        for name in ["", "A", "1", "A0", "1A", "A1B", "A-1", "ZZZZZZZZZZ1", "A99999999999", "$A$1", "Ä1"] {
            check(name, None);
        }
    }

    #[test]
    fn areas_have_two_ends_that_belong_to_them() {
        let found = area(b"$C$9:A1").map(|a| (a.first_row, a.last_row, a.first_column, a.last_column));
        assert_eq!(found, Some((1, 9, 1, 3)));
        assert_eq!(area(b"B2").map(|a| (a.first_row, a.last_column)), Some((2, 2)));
        assert_eq!(area(b"A1:XFE2"), None);
        let found = |name: &[u8]| area(name).map(|a| (a.first_row, a.last_row, a.first_column, a.last_column));
        assert_eq!(found(b"B:$C"), Some((1, LAST_ROW, 2, 3)));
        assert_eq!(found(b"2:3"), Some((2, 3, 1, LAST_COLUMN)));
        for name in ["", "A", "1", ":", "A1:", "0:1", "A1:B2:C3"] {
            assert_eq!(area(name.as_bytes()), None, "{name}");
        }
    }
}
