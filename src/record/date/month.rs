//! The names of months in the languages of the six markets, and the words that stand beside them.
//!
//! Names are compared in lower case and without dots: `มิ.ย.` is `มิย`.

/// The months in order; each with its names and abbreviations in English, Thai, Indonesian, Malay and Filipino.
const NAMES: [&[&str]; 12] = [
    &["january", "jan", "มกราคม", "มค", "januari", "enero", "ene"],
    &["february", "feb", "กุมภาพันธ์", "กพ", "februari", "pebruari", "peb", "pebrero"],
    &["march", "mar", "มีนาคม", "มีค", "maret", "mac", "marso"],
    &["april", "apr", "เมษายน", "เมย", "abril", "abr"],
    &["may", "พฤษภาคม", "พค", "mei", "mayo"],
    &["june", "jun", "มิถุนายน", "มิย", "juni", "hunyo", "hun"],
    &["july", "jul", "กรกฎาคม", "กค", "juli", "julai", "hulyo", "hul"],
    &["august", "aug", "สิงหาคม", "สค", "agustus", "agust", "agu", "agt", "ags", "ogos", "ogo", "agosto", "ago"],
    &["september", "sept", "sep", "กันยายน", "กย", "setyembre", "set"],
    &["october", "oct", "ตุลาคม", "ตค", "oktober", "okt", "oktubre"],
    &["november", "nov", "พฤศจิกายน", "พย", "nopember", "nop", "nobyembre", "nob"],
    &["december", "dec", "ธันวาคม", "ธค", "desember", "des", "disember", "dis", "disyembre"],
];

/// What follows `tháng` (month) in Vietnamese; eleven and twelve are `mười một` and `mười hai`.
const VIETNAMESE: [&[&str]; 10] = [
    &["một", "giêng"],
    &["hai"],
    &["ba"],
    &["tư", "bốn"],
    &["năm"],
    &["sáu"],
    &["bảy", "bẩy"],
    &["tám"],
    &["chín"],
    &["mười"],
];

/// Days of the week, and "day" itself: they stand before a date and say nothing more.
const BEFORE_A_DAY: [&str; 18] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mon",
    "tue",
    "tues",
    "wed",
    "thu",
    "thurs",
    "fri",
    "sat",
    "sun",
    "ngày",
    "วันที่",
];

/// The number of the month that the word names.
pub(super) fn named(word: &str) -> Option<u32> {
    place(&NAMES, word)
}

/// The number that a Vietnamese word gives after `tháng`.
pub(super) fn vietnamese(word: &str) -> Option<u32> {
    place(&VIETNAMESE, word)
}

/// The month's English name.
pub(super) fn english(month: u32) -> &'static str {
    const ENGLISH: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    month.checked_sub(1).and_then(|index| ENGLISH.get(index as usize)).unwrap_or(&"that month")
}

pub(super) fn is_before_a_day(word: &str) -> bool {
    BEFORE_A_DAY.contains(&word)
}

fn place(table: &[&[&str]], word: &str) -> Option<u32> {
    table.iter().zip(1..).find(|(names, _)| names.contains(&word)).map(|(_, number)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_means_two_months() {
        let mut seen = std::collections::BTreeMap::new();
        for (names, month) in NAMES.iter().zip(1..) {
            for name in *names {
                assert_eq!(seen.insert(*name, month), None, "{name}");
                assert_eq!(named(name), Some(month), "{name}");
            }
        }
        assert_eq!(named("sunday"), None);
        assert_eq!(vietnamese("mười"), Some(10));
        assert_eq!(english(12), "December");
    }
}
