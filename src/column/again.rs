//! A header that comes again further down, and one of another table: what stands below that one is written in
//! other columns.

use std::collections::HashSet;

use super::alias::{self, Header, normalised};
use super::{Columns, Field, Target};
use crate::sheet::Row;

/// Fields of which one at least is named by a header at the place where it stands in the table, or at the row's
/// first cell; a record that only happens to hold words of headers has others there.
const ANCHORS: [Field; 5] = [Field::SellerSku, Field::Name, Field::Price, Field::Quantity, Field::PackageWeight];

/// Fields that hold numbers in every record.
const COUNTED: [Field; 7] = [
    Field::Price,
    Field::SpecialPrice,
    Field::Quantity,
    Field::PackageWeight,
    Field::PackageLength,
    Field::PackageWidth,
    Field::PackageHeight,
];

/// The cells of a header as they stand in the sheet.
#[derive(Debug, Clone)]
pub(super) struct HeaderRow {
    first: usize,
    cells: Vec<String>,
}

impl HeaderRow {
    /// Nothing where a row of data may look the same.
    pub(super) fn of(cells: &[String]) -> Option<HeaderRow> {
        let cells: Vec<String> = cells.iter().map(|cell| cell.trim().to_owned()).collect();
        let first = cells.iter().position(|cell| !cell.is_empty())?;
        (cells.iter().filter(|cell| !cell.is_empty()).count() >= 2).then_some(HeaderRow { first, cells })
    }

    /// The row is this header once more.
    fn is_again(&self, row: &Row<'_>) -> bool {
        // Most rows are told apart by one cell.
        row.cell(self.first).text.trim() == self.cells[self.first] && self.all(row, |there, here| there.trim() == here)
    }

    /// The row says the same of every column, in other words perhaps.
    fn is_alike(&self, row: &Row<'_>, mapped: &HashSet<String>) -> bool {
        self.all(row, |there, here| {
            let (there_normal, here_normal) = (normalised(there), normalised(here));
            // What the user mapped means what the user says, in that spelling alone.
            let is_mapped = mapped.contains(&there_normal) || mapped.contains(&here_normal);
            there_normal == here_normal || (!is_mapped && means_the_same(there, here))
        })
    }

    fn all(&self, row: &Row<'_>, is_same: impl Fn(&str, &str) -> bool) -> bool {
        let width = row.width().max(self.cells.len());
        (0..width).all(|at| is_same(row.cell(at).text, self.cells.get(at).map_or("", String::as_str)))
    }
}

fn means_the_same(one: &str, other: &str) -> bool {
    match (alias::meaning_of_header(one), alias::meaning_of_header(other)) {
        (Header::Known(one), Header::Known(other)) => one == other,
        (Header::Measured(one, unit), Header::Measured(other, other_unit)) => one == other && unit == other_unit,
        (Header::Known(_) | Header::Measured(..) | Header::Ambiguous(_) | Header::Unknown, _) => false,
    }
}

/// Some column is known by this header: to the user's mapping, whose headers are normalised, or to the aliases.
pub(super) fn knows(mapped: &HashSet<String>, header: &str) -> bool {
    match alias::meaning_of_header(header) {
        Header::Known(_) | Header::Measured(..) | Header::Ambiguous(_) => true,
        Header::Unknown => !mapped.is_empty() && mapped.contains(&normalised(header)),
    }
}

/// A number without anything beside it.
pub(super) fn is_number(text: &str) -> bool {
    text.chars().any(char::is_numeric) && text.chars().all(|c| c.is_numeric() || matches!(c, '.' | ',' | ' '))
}

/// The headers of one table, against which its rows are held.
#[derive(Debug, Clone)]
pub(super) struct Headers {
    rows: Vec<HeaderRow>,
    mapped: HashSet<String>,
    /// Columns, from 0.
    counted: Vec<usize>,
    anchors: Vec<usize>,
    /// The column of `active` where its header is another word: then that word in it is a value.
    status: Option<usize>,
}

impl Headers {
    pub(super) fn new(mut rows: Vec<HeaderRow>, columns: &Columns, mapped: HashSet<String>) -> Headers {
        // A header over two rows may come again as one.
        rows.extend(HeaderRow::of(columns.headers()));
        let places = |fields: &[Field]| -> Vec<usize> {
            let is_one = |at: &usize| match columns.target(*at) {
                Target::Field(field) => fields.contains(&field),
                Target::Image(_) | Target::Attribute(_) | Target::Skip | Target::NotSent | Target::Unnamed => false,
            };
            (0..columns.headers().len()).filter(is_one).collect()
        };
        let is_other = |at: &usize| normalised(&columns.headers()[*at]) != Field::Active.name();
        let status = places(&[Field::Active]).into_iter().find(is_other);
        Headers { rows, mapped, counted: places(&COUNTED), anchors: places(&ANCHORS), status }
    }

    /// The row is the header once more.
    pub(super) fn are_again(&self, row: &Row<'_>) -> bool {
        self.rows.iter().any(|header| header.is_again(row))
            || (self.may_be(row) && self.rows.iter().any(|header| header.is_alike(row, &self.mapped)))
    }

    /// The row is a header, of whatever table.
    pub(super) fn are_known(&self, row: &Row<'_>) -> bool {
        if !self.may_be(row) {
            return false;
        }
        let filled = row.cells().filter(|cell| !cell.is_blank()).count();
        let (mut left, mut known) = (filled, HashSet::new());
        for cell in row.cells().filter(|cell| !cell.is_blank()) {
            left -= 1;
            if knows(&self.mapped, cell.text) {
                known.insert(normalised(cell.text));
            }
            if 2 * (known.len() + left) < filled {
                return false;
            }
        }
        known.len() >= 2
    }

    /// The cheap test, which most records fail by their first number.
    fn may_be(&self, row: &Row<'_>) -> bool {
        if self.counted.iter().any(|at| is_number(row.cell(*at).text.trim())) {
            return false;
        }
        let is_status = |at: usize| row.cell(at).text.trim().eq_ignore_ascii_case(Field::Active.name());
        if self.status.is_some_and(is_status) {
            return false;
        }
        let first = row.cells().position(|cell| !cell.is_blank());
        let mut anchors = self.anchors.iter().copied().chain(first);
        anchors.any(|at| knows(&self.mapped, row.cell(at).text))
    }
}
