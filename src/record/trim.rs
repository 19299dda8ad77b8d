//! White space at the ends of a text.

/// As `str::trim`; nearly every text begins and ends with a mark that is none, which its bytes tell.
pub(crate) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_what_trim_says(text in "[ a\u{a0}\u{3000}ก\t\n\u{200b}]{0,5}") {
            prop_assert_eq!(trimmed(&text), text.trim());
        }
    }
}
