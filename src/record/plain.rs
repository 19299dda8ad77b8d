//! The characters of a cell's text.

/// Nearly every text: of ASCII, without control characters, and none that spreadsheet programs write in place of a value
/// or of letters that were lost.
pub(super) fn is_plain(text: &str) -> bool {
    let may_stand_for_another = matches!(text.as_bytes(), [b'#' | b'E' | b'?', ..] | [0..=b' ', ..]);
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    // Looking at all of them at once is faster than ending at the first.
    !may_stand_for_another && text.bytes().fold(true, |plain, byte| plain & is_plain(byte))
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
