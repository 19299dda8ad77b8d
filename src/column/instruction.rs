//! Rows of a template that tell how a column is to be filled: `Required`, `Text, max 255 characters`, `e.g. Red`.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::alias::{cleaned, is_requirement, squeezed};
use super::said::said;
use super::{Field, Unit};

/// Kinds of data, as whole cells.
const KINDS: &[&str] = &[
    "text string number numeric integer decimal float date datetime boolean url enum dropdown free-text rich-text",
    "single-select multi-select numeric-value whole-number html",
    "ข้อความ ตัวเลข จำนวนเต็ม ทศนิยม วันที่ ลิงก์",
    "văn-bản số số-nguyên chữ-số chuỗi ngày-tháng",
    "teks angka bilangan-bulat desimal tanggal nombor nombor-bulat perpuluhan tarikh",
    "文本 数字 数值 整数 小数 日期 字符串 文字 數字 數值 整數 小數 下拉选择 下拉選擇",
];

/// Words with which an instruction begins.
const FIRST_WORDS: &str = "e.g eg ex example examples sample please enter input select choose fill provide specify \
    contoh misal misalnya cth silakan masukkan isi isikan pilih sila harap vd nhập chọn điền";

/// The same in languages that set no space behind a word, or of two words.
const BEGINNINGS: &[&str] = &[
    "for example",
    "required.",
    "optional.",
    "mandatory.",
    "ví dụ",
    "vui lòng",
    "bắt buộc",
    "ตัวอย่าง",
    "เช่น",
    "กรุณา",
    "โปรด",
    "ระบุ",
    "กรอก",
    "เลือก",
    "จำเป็น",
    "例如",
    "示例",
    "范例",
    "範例",
    "请",
    "請",
    "填写",
    "填寫",
    "输入",
    "輸入",
    "选择",
    "選擇",
    "必填",
    "选填",
    "選填",
];

/// Those of the first words that no name of a product begins with.
const PLAIN_WORDS: &str = "e.g eg please contoh misal misalnya cth silakan sila harap vd";

/// What is counted; a number stands before it, or the text speaks of a limit.
const COUNTED: &[&str] =
    &["character", "chars", "karakter", "aksara", "ตัวอักษร", "ký tự", "字符", "字元", "个字", "個字"];

/// What a limit is called anywhere in a text; a number stands with it.
const LIMITS: &[&str] = &["ไม่เกิน", "tối đa", "最多", "不超过", "不超過"];

/// The same at the beginning of a text alone: in `iPhone 15 Pro Max 256GB` it is a name.
const FIRST_LIMITS: &str = "max maximum maxlength maksimal maksimum";

/// What may stand between such a word and its number.
const LIMITED: &str = "length of size weight value price number width height panjang";

static WHOLE: LazyLock<HashSet<String>> =
    LazyLock::new(|| KINDS.iter().flat_map(|line| line.split(' ')).map(|word| squeezed(&cleaned(word))).collect());

/// At least half of its cells tell how to fill a column; each comes with the field of its column.
pub(super) fn is_row<'a>(cells: impl Iterator<Item = (&'a str, Option<Field>)>) -> bool {
    let (mut filled, mut telling) = (0, 0);
    for (cell, field) in cells.filter(|(cell, _)| !cell.trim().is_empty()) {
        filled += 1;
        telling += usize::from(match field {
            Some(field) => is_of(cell, field),
            None => is_one(cell),
        });
    }
    telling > 0 && 2 * telling >= filled
}

/// Tells how to fill the column of this field; what names its unit without a number is no value.
pub(super) fn is_of(cell: &str, field: Field) -> bool {
    is_one(cell) || (!cell.contains(char::is_numeric) && !said(cell, field).is_empty())
}

/// Tells how to fill a column.
pub(super) fn is_one(cell: &str) -> bool {
    if is_plain(cell) || is_unit(cell) {
        return true;
    }
    let text = lowered(cell);
    let text = text.trim_start_matches(OPENING);
    let first = first_word(text);
    let begins = |beginning: &&str| text.starts_with(&*cleaned(beginning));
    FIRST_WORDS.split_whitespace().any(|word| first == cleaned(word)) || BEGINNINGS.iter().any(begins) || is_limit(text)
}

/// Can be nothing but an instruction, even where a name or a key belongs.
pub(super) fn is_plain(cell: &str) -> bool {
    let is_whole = |text: &str| is_requirement(text) || WHOLE.contains(&squeezed(&cleaned(text)));
    if is_whole(cell) {
        return true;
    }
    let text = lowered(cell);
    // `Number, unit gram`, `Weight in grams, e.g. 500`
    let mut parts = text.split([',', ';', '(', '\n', '.', ':', '，', '；', '。', '：']);
    parts.next().is_some_and(is_whole)
        || [", e.g", "; e.g", "(e.g", " e.g.", "for example"].iter().any(|example| text.contains(example))
        || PLAIN_WORDS.split_whitespace().any(|word| first_word(text.trim_start_matches(OPENING)) == cleaned(word))
}

const OPENING: [char; 3] = ['(', '[', '*'];

fn lowered(cell: &str) -> String {
    cleaned(cell.trim()).to_lowercase()
}

fn first_word(text: &str) -> &str {
    let first = text.split(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | '(')).next().unwrap_or_default();
    first.trim_end_matches('.')
}

/// `max. 255`, `up to 255 characters`
fn is_limit(text: &str) -> bool {
    if !text.contains(char::is_numeric) {
        return false;
    }
    let mut words = text.split(|c: char| c.is_whitespace() || ".:,=(-".contains(c)).filter(|word| !word.is_empty());
    let is_first = words.next().is_some_and(|word| FIRST_LIMITS.split(' ').any(|limit| limit == word));
    let is_limited = |word: &str| LIMITED.split(' ').any(|limited| limited == word);
    let number = words.find(|word| !is_limited(word));
    let is_max = is_first && number.is_some_and(|word| word.starts_with(char::is_numeric));
    let is_counted = |counted: &&str| {
        let counted = cleaned(counted);
        let mut places = text.match_indices(&*counted);
        places.any(|(at, _)| text[..at].trim_end_matches([' ', '-']).ends_with(char::is_numeric))
            || (is_first && text.contains(&*counted))
    };
    is_max || COUNTED.iter().any(is_counted) || LIMITS.iter().any(|limit| text.contains(&*cleaned(limit)))
}

/// `In kg`, `cm`; a single letter is a size as well.
fn is_unit(cell: &str) -> bool {
    let text = cleaned(cell.trim()).to_lowercase();
    let unit = text.strip_prefix("in ").unwrap_or(&text).trim_matches(['(', ')', '[', ']']);
    unit.chars().count() > 1 && unit != "in" && Unit::named(unit).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(row: &str, expect: bool) {
        assert_eq!(is_row(row.split('|').map(|cell| (cell, None))), expect, "{row}");
    }

    #[test]
    fn a_row_that_tells_how_to_fill_columns_is_an_instruction() {
        check("Required|Optional|Mandatory|Conditional", true);
        check("(จำเป็น)|ไม่บังคับ|ตัวเลข", true);
        check("Bắt buộc|Không bắt buộc|Tối đa 255 ký tự", true);
        check("Wajib|Opsional|Maksimal 255 karakter", true);
        check("必填|选填|数字", true);
        check("Text|Number|URL", true);
        check("e.g. SKU-1|e.g. Red shirt|99", true);
        check("Please enter the name|Choose from the list||", true);
        check("ตัวอย่าง: เสื้อ|เช่น 100", true);
        check("Text, max 255 characters|Max. 255|Maximum length: 80|Max 10|A|B|C|D", true);
        check("Number, unit gram, max 20000|A", true);
        check("Weight in grams, e.g. 500|A", true);
        check("Up to 120 characters|A", true);
        check("Please select a category|Enter a name|In kg|In cm|TEE", true);
    }

    #[test]
    fn a_row_of_data_is_none() {
        check("A-1|Shirt|99|Red", false);
        check("A-1|Example shirt|Text|99|Red", false);
        check("Isis|Selection|Entertainment", false);
        check("M|in|XL", false);
        check("P1|iPhone 15 Pro Max 256GB", false);
        check("P1|Nike Air Max 90", false);
        check("P1|Max Factor 2000 Calorie", false);
        check("P1|Disney Character Mug 2024", false);
        check("||", false);
    }
}
