//! The characters of a cell's text.

/// Nearly every text: of ASCII, without control characters, and none that spreadsheet programs write in place of a value
/// or of letters that were lost.
pub(super) fn is_plain(text: &str) -> bool {
    let may_stand_for_another = matches!(text.as_bytes(), [b'#' | b'E' | b'?', ..] | [0..=b' ', ..]);
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    !may_stand_for_another && (is_printable(text.as_bytes()) || text.bytes().all(is_plain))
}

/// Nothing but the marks from `' '` to `'~'`: eight of them are looked at together, and the last eight once more.
fn is_printable(text: &[u8]) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    // The highest bit of some byte is set where one is not such a mark: above it already, or after a step up for 0x7f,
    // or after a step down below zero.
    let odd = |eight: &[u8; 8]| {
        let eight = u64::from_ne_bytes(*eight);
        eight | eight.wrapping_add(ONES) | eight.wrapping_sub(ONES * u64::from(b' '))
    };
    let Some(last) = text.last_chunk() else { return text.iter().all(|byte| matches!(byte, b' '..=b'~')) };
    let (eights, _) = text.as_chunks();
    eights.iter().fold(odd(last), |odds, eight| odds | odd(eight)) & (ONES * 0x80) == 0
}

/// A text holds characters that XML 1.0 cannot carry, escaped or not (section 2.2).
pub(super) fn holds_illegal(text: &str) -> bool {
    let is_illegal =
        |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    // Nearly every text is cleared by its bytes: U+FFFE and U+FFFF begin with 0xEF in UTF-8.
    let may_be = |byte: u8| (byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0xef;
    // Looking at all of them at once is faster than ending at the first.
    text.bytes().fold(false, |found, byte| found | may_be(byte)) && text.contains(is_illegal)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn printable_is_what_each_byte_says(text in proptest::collection::vec(prop_oneof![9 => b' '..=b'~', 1 => any::<u8>()], 0..40)) {
            prop_assert_eq!(is_printable(&text), text.iter().all(|byte| matches!(byte, b' '..=b'~')));
        }
    }

    #[test]
    fn each_byte_is_told_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            for at in 0..20 {
                let mut text = [b'a'; 20];
                text[at] = byte;
                assert_eq!(is_printable(&text), matches!(byte, b' '..=b'~'), "{byte} at {at}");
            }
        }
    }
}
