//! A record of a text file with some of its cells put right; all others keep their very bytes.

use std::collections::BTreeMap;
use std::ops::Range;

/// The record with new texts in these columns, from 1.
pub(super) fn put_right(record: &[u8], delimiter: u8, cells: &BTreeMap<u32, &str>) -> Vec<u8> {
    let (mut out, mut from) = (Vec::with_capacity(record.len() + 16), 0);
    for (column, place) in (1..).zip(places(record, delimiter)) {
        if let Some(text) = cells.get(&column) {
            out.extend_from_slice(&record[from..place.start]);
            from = place.end;
            out.extend_from_slice(written(text, &record[place], delimiter).as_bytes());
        }
    }
    out.extend_from_slice(&record[from..]);
    out
}

/// A text as it stands in a cell: in quotes where it needs them, and where the one before had them.
fn written(text: &str, before: &[u8], delimiter: u8) -> String {
    let needs_quotes =
        text.starts_with('"') || text.bytes().any(|byte| byte == delimiter || matches!(byte, b'\n' | b'\r'));
    if needs_quotes || before.first() == Some(&b'"') {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

/// What a character of a cell belongs to.
#[derive(Clone, Copy)]
enum State {
    Start,
    Plain,
    Quoted,
    /// Behind a quote that closes, or that is doubled.
    Closed,
}

/// Where the cells stand, their quotes included, as the reader of sheets has them.
fn places(record: &[u8], delimiter: u8) -> Vec<Range<usize>> {
    let (mut places, mut start, mut state) = (Vec::new(), 0, State::Start);
    for (at, &byte) in record.iter().enumerate() {
        state = match (state, byte) {
            (State::Quoted, b'"') => State::Closed,
            (State::Quoted, _) | (State::Start | State::Closed, b'"') => State::Quoted,
            (State::Start | State::Plain | State::Closed, b'\n' | b'\r') => {
                places.push(start..at);
                return places;
            }
            (State::Start | State::Plain | State::Closed, byte) if byte == delimiter => {
                places.push(start..at);
                start = at + 1;
                State::Start
            }
            (State::Start | State::Plain | State::Closed, _) => State::Plain,
        };
    }
    places.push(start..record.len());
    places
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The record with the third cell put right.
    #[track_caller]
    fn check(record: &str, text: &str, expect: &str) {
        let found = put_right(record.as_bytes(), b';', &BTreeMap::from([(3, text)]));
        assert_eq!(String::from_utf8(found).unwrap(), expect);
    }

    #[test]
    fn all_other_cells_keep_their_bytes() {
        check("a;\"b;\"\"\"; c ;\r\n", "c", "a;\"b;\"\"\";c;\r\n");
        check("=\"01\";5\" x; c\n", "c", "=\"01\";5\" x;c\n");
        check("\"a\" x;\"\n\";\" c\"", "c", "\"a\" x;\"\n\";\"c\"");
        check("a;b; c", "c;\"d", "a;b;\"c;\"\"d\"");
        check("a;b;\"=\"\"c \"\"\"\n", "=\"c\"", "a;b;\"=\"\"c\"\"\"\n");
        check("a;b;=\"c \"\n", "=\"c\"", "a;b;=\"c\"\n");
        check("a;b;c\n", "", "a;b;\n");
        check("a;b\n", "c", "a;b\n");
    }

    proptest! {
        #[test]
        fn any_record_is_read_with_the_new_cell_and_the_others_as_before(
            record in "[a\", ]{0,12}\n?", text in "[a\",\n ]{0,4}", column in 0..4_usize,
        ) {
            let read = |record: &[u8]| -> Vec<Vec<u8>> {
                let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(record);
                let records: Vec<_> = reader.byte_records().map(Result::unwrap).collect();
                records.iter().flatten().map(<[u8]>::to_vec).collect()
            };
            // A quote that is never closed is no record.
            prop_assume!(!matches!(record.trim_end().matches('"').count() % 2, 1) && !record.trim().is_empty());
            let mut expected = read(record.as_bytes());
            // A record of one cell without a text is an empty line, which is none.
            prop_assume!(expected.len() > 1 || !text.is_empty());
            let found = put_right(record.as_bytes(), b',', &BTreeMap::from([(column as u32 + 1, &*text)]));
            if let Some(cell) = expected.get_mut(column) {
                *cell = text.into_bytes();
            }
            prop_assert_eq!(read(&found), expected);
        }
    }
}
