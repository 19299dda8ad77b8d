//! Rows of a template that tell how a column is to be filled: `Required`, `Text, max 255 characters`, `e.g. Red`.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::Unit;
use super::alias::{cleaned, is_requirement, squeezed};

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

/// What a limit is called; a number stands with it.
const LIMITS: &[&str] = &[
    "character",
    "max ",
    "max.",
    "max:",
    "maximum",
    "maxlength",
    "ตัวอักษร",
    "ไม่เกิน",
    "ký tự",
    "tối đa",
    "karakter",
    "maksimal",
    "maksimum",
    "aksara",
    "字符",
    "字元",
    "个字",
    "個字",
    "最多",
    "不超过",
    "不超過",
];

static WHOLE: LazyLock<HashSet<String>> =
    LazyLock::new(|| KINDS.iter().flat_map(|line| line.split(' ')).map(|word| squeezed(&cleaned(word))).collect());

/// At least half of its cells tell how to fill a column.
pub(super) fn is_row<'a>(cells: impl Iterator<Item = &'a str>) -> bool {
    let (mut filled, mut telling) = (0, 0);
    for cell in cells.filter(|cell| !cell.trim().is_empty()) {
        filled += 1;
        telling += usize::from(is_one(cell));
    }
    telling > 0 && 2 * telling >= filled
}

/// Tells how to fill a column.
pub(super) fn is_one(cell: &str) -> bool {
    if is_requirement(cell) || is_unit(cell) || WHOLE.contains(&squeezed(&cleaned(cell))) {
        return true;
    }
    let text = cleaned(cell.trim()).to_lowercase();
    let text = text.trim_start_matches(['(', '[', '*']);
    let first = text.split(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | '(')).next().unwrap_or_default();
    let first = first.trim_end_matches('.');
    let begins = |beginning: &&str| text.starts_with(&*cleaned(beginning));
    let is_limit = |limit: &&str| text.contains(&*cleaned(limit)) && text.contains(|c: char| c.is_numeric());
    FIRST_WORDS.split_whitespace().any(|word| first == cleaned(word))
        || BEGINNINGS.iter().any(begins)
        || LIMITS.iter().any(is_limit)
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
        assert_eq!(is_row(row.split('|')), expect, "{row}");
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
        check("Please select a category|Enter a name|In kg|In cm|TEE", true);
    }

    #[test]
    fn a_row_of_data_is_none() {
        check("A-1|Shirt|99|Red", false);
        check("A-1|Example shirt|Text|99|Red", false);
        check("Isis|Selection|Entertainment", false);
        check("M|in|XL", false);
        check("||", false);
    }
}
