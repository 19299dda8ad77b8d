//! The letters of a header or a value, written in one way.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// The form in which values are compared where their case does not matter.
pub(super) fn folded(value: &str) -> String {
    value.trim().nfkc().flat_map(char::to_lowercase).collect()
}

/// One way to write each character, and none that cannot be seen.
pub(super) fn cleaned(header: &str) -> String {
    if header.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_control()) {
        return header.to_owned();
    }
    let one_way = |c: char| match c {
        // They look like the Vietnamese letter.
        'ð' => 'đ',
        'Ð' => 'Đ',
        '‘' | '’' => '\'',
        '“' | '”' | '″' => '"',
        '【' | '〔' | '「' => '[',
        '】' | '〕' | '」' => ']',
        c => c,
    };
    let is_seen = |c: &char| !is_invisible(*c) && (!c.is_control() || c.is_whitespace());
    let letters = header.chars().map(one_way);
    let mut cleaned = String::with_capacity(header.len());
    if is_nfkc_quick(letters.clone()) == IsNormalized::Yes {
        cleaned.extend(letters.filter(is_seen));
    } else {
        cleaned.extend(letters.nfkc().filter(is_seen));
    }
    cleaned
}

/// What is left without case, white space, `_`, `-` and `*`.
pub(super) fn squeezed(text: &str) -> String {
    let mut squeezed = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '*')) {
        if c.is_ascii() {
            squeezed.push(c.to_ascii_lowercase());
        } else {
            squeezed.extend(c.to_lowercase());
        }
    }
    squeezed
}

/// A character that cannot be seen, and may stand in a text by accident.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{ad}' | '\u{61c}' | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, expect: &str) {
        assert_eq!(cleaned(header), expect);
    }

    #[test]
    fn each_character_is_written_in_one_way() {
        check("Weight (g)", "Weight (g)");
        check("Gía", "Gía");
        check("Gi\u{301}a", "Gía");
        check("Ｐｒｉｃｅ【฿】", "Price[฿]");
        check("ÐVT ″", "ĐVT \"");
        check("น้ำหนัก", "น้\u{e4d}\u{e32}หนัก");
    }

    #[test]
    fn what_cannot_be_seen_is_left_out() {
        check("Pri\u{7}ce\u{1b}", "Price");
        check("a\tb\nc", "a\tb\nc");
        check("\u{feff}ra\u{200b}k", "rak");
        check("\u{feff}Gi\u{301}\u{200b}a", "Gía");
    }

    #[test]
    fn case_and_gaps_are_squeezed_out() {
        for text in ["Seller SKU *", "seller_sku", "SELLER-SKU", "SellerSku\u{a0}"] {
            assert_eq!(squeezed(text), "sellersku");
        }
        assert_eq!(squeezed("ĐƠN Giá"), "đơngiá");
    }
}
