//! Header spellings -> meaning, from `templates/headers.json`.
//!
//! Headers are compared in a normal form. A word that says whether a column must be filled does not count; a
//! unit or currency at a header's end does, and is told apart from its name.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

pub use super::letters::is_invisible;
pub(super) use super::letters::{cleaned, folded, squeezed};
use super::measured::{self, Fit, Mark, Measured};
use super::{Currency, Field};
use crate::category;

/// What a header means by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// A field that every category has.
    Field(Field),
    /// A picture: 0 is the main one, 1 to 8 follow; `None` is a column that may be repeated or hold a list.
    Image(Option<u8>),
    /// A known attribute, by the marketplace's name.
    Attribute(String),
    /// A mark that its row is left out.
    Skip,
    /// The seller centre's own bookkeeping, or a column that one of our own files added.
    Ignored,
}

/// One of several things that a header can mean: the name that a mapping gives it, and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Reading(pub(super) String, pub(super) String);

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    fields: HashMap<String, Vec<String>>,
    attributes: HashMap<String, Vec<String>>,
    skip: Vec<String>,
    ignored: Vec<String>,
    /// Spellings that are a unit themselves, and the field with that unit.
    measured: HashMap<String, String>,
    /// Spellings with two meanings, which only the merchant can tell apart; [`product_id`] decides on one.
    ambiguous: HashMap<String, Vec<Reading>>,
}

struct Aliases {
    meanings: HashMap<String, Meaning>,
    ambiguous: HashMap<String, Vec<Reading>>,
    measured: HashMap<String, (Field, Measured)>,
    /// Normalised spelling, how many characters it has, and the name to suggest for it.
    spellings: Vec<(String, usize, String)>,
}

static ALIASES: LazyLock<Aliases> = LazyLock::new(|| {
    let table: Table = serde_json::from_str(include_str!("../../templates/headers.json")).unwrap_or_default();
    Aliases::new(table)
});

impl Aliases {
    fn new(table: Table) -> Aliases {
        let mut aliases = Aliases {
            // There are some thousand spellings.
            meanings: HashMap::with_capacity(4_096),
            ambiguous: HashMap::new(),
            measured: HashMap::new(),
            spellings: Vec::new(),
        };
        for field in Field::ALL {
            aliases.add(field.name(), field.name(), Meaning::Field(*field));
        }
        for name in category::known_names() {
            aliases.add(name, name, Meaning::Attribute(name.to_owned()));
        }
        for (name, spellings) in &table.fields {
            let Some(meaning) = named(name) else { continue };
            for spelling in spellings.iter().chain([name]) {
                aliases.add(spelling, name, meaning.clone());
            }
        }
        for (name, spellings) in &table.attributes {
            for spelling in spellings.iter().chain([name]) {
                aliases.add(spelling, name, Meaning::Attribute(name.clone()));
            }
        }
        for (spellings, meaning) in [(&table.skip, Meaning::Skip), (&table.ignored, Meaning::Ignored)] {
            for spelling in spellings {
                aliases.meanings.insert(normalised(spelling), meaning.clone());
            }
        }
        for (spelling, name) in &table.measured {
            let cut = measured::cuts(name).into_iter().next();
            let field = cut.and_then(|cut| Some((Field::named(cut.name)?, cut.mark)));
            if let Some((field, Fit::One(measured))) = field.map(|(field, mark)| (field, measured::fit(field, &mark))) {
                aliases.measured.insert(normalised(spelling), (field, measured));
            }
        }
        for (spelling, readings) in table.ambiguous {
            aliases.meanings.remove(&normalised(&spelling));
            aliases.ambiguous.insert(normalised(&spelling), readings);
        }
        aliases
    }

    fn add(&mut self, spelling: &str, name: &str, meaning: Meaning) {
        let spelling = normalised(spelling);
        self.spellings.push((spelling.clone(), spelling.chars().count(), name.to_owned()));
        self.meanings.insert(spelling, meaning);
    }

    /// A header without unit and currency: one spelling, or spellings of one thing in several languages.
    fn meaning(&self, text: &str) -> Option<&Meaning> {
        if let Some(meaning) = self.meanings.get(&squeezed(text)) {
            return Some(meaning);
        }
        let mut parts: Vec<String> = Vec::new();
        for part in text.split(['/', '|', '\n', '(', ')', '[', ']']).map(squeezed).filter(|part| !part.is_empty()) {
            // Most rows of data are told by their first word.
            if !self.meanings.contains_key(&part) && !self.ambiguous.contains_key(&part) {
                return None;
            }
            parts.push(part);
        }
        let meaning = parts.iter().find_map(|part| self.meanings.get(part))?;
        let agrees = |part: &String| match self.meanings.get(part) {
            Some(other) => other == meaning,
            None => self.ambiguous.get(part).is_some_and(|readings| {
                readings.iter().any(|Reading(name, _)| canonical(name).as_ref() == Some(meaning))
            }),
        };
        (parts.len() > 1 && parts.iter().all(agrees)).then_some(meaning)
    }
}

/// Makes ready what headers are looked up in. It is made when it is first needed; whoever opens a sheet first can have
/// it made meanwhile.
pub fn prepare_aliases() {
    LazyLock::force(&ALIASES);
}

/// The most bytes of a header that can be known.
const LONGEST_SPELLING: usize = 400;

/// The normalised spelling that two different things share.
const PRODUCT_ID: &str = "productid";

/// A field or picture column by its canonical name.
fn named(name: &str) -> Option<Meaning> {
    if let Some(field) = Field::named(name) {
        return Some(Meaning::Field(field));
    }
    match name {
        "image" => Some(Meaning::Image(None)),
        "main_image" => Some(Meaning::Image(Some(0))),
        "skip" => Some(Meaning::Skip),
        "ignore" => Some(Meaning::Ignored),
        _ => {
            let slot: u8 = name.strip_prefix("image_")?.parse().ok()?;
            (1..=8).contains(&slot).then_some(Meaning::Image(Some(slot)))
        }
    }
}

/// A field, a picture or a known attribute by its own name.
fn canonical(name: &str) -> Option<Meaning> {
    named(name).or_else(|| category::known(name).map(|kind| Meaning::Attribute(kind.name.clone())))
}

/// A name as `--map`, `--set` and `skuload.toml` give it: a canonical name, a known attribute, or any
/// spelling that a header may have, with a unit or without.
pub(super) fn meaning_of_name(name: &str) -> Option<(Meaning, Option<Measured>)> {
    if let Some(meaning) = canonical(name) {
        return Some((meaning, None));
    }
    match meaning_of_header(name) {
        Header::Known(meaning) => Some((meaning, None)),
        Header::Measured(field, measured) => Some((Meaning::Field(field), Some(measured))),
        Header::Ambiguous(_) | Header::Unknown => None,
    }
}

/// The field that a tag of this name carries in a request: an attribute of that name would say it twice.
pub(crate) fn field_of_tag(tag: &str) -> Option<Meaning> {
    const ENVELOPE: [&str; 5] = ["request", "product", "attributes", "skus", "sku"];
    static SENT: LazyLock<HashMap<String, Field>> = LazyLock::new(|| {
        let sent = Field::ALL.iter().filter(|field| !matches!(field, Field::ProductKey | Field::ItemId));
        sent.map(|field| (normalised(field.name()), *field)).collect()
    });
    let normal = normalised(tag);
    if let Some(field) = SENT.get(&normal) {
        return Some(Meaning::Field(*field));
    }
    match normal.as_str() {
        "primarycategory" => Some(Meaning::Field(Field::Category)),
        "image" | "images" => Some(Meaning::Image(None)),
        normal if ENVELOPE.contains(&normal) => Some(Meaning::Ignored),
        _ => None,
    }
}

/// What a header by itself can be.
pub(super) enum Header {
    /// One meaning.
    Known(Meaning),
    /// A field, and the unit or currency in which its column is written.
    Measured(Field, Measured),
    /// Several meanings.
    Ambiguous(Vec<Reading>),
    /// No meaning.
    Unknown,
}

/// Looks a header up, in the form of [`normalised`]; but `Product ID` (the item's id) and `ProductId` (the SKU
/// field) are told apart.
pub(super) fn meaning_of_header(header: &str) -> Header {
    // Rows of data are looked up too, where a header is looked for.
    if header.len() > LONGEST_SPELLING {
        return Header::Unknown;
    }
    let text = cleaned(header);
    let text = without_requirement(&text);
    let normal = squeezed(text);
    if normal == PRODUCT_ID {
        return product_id(text);
    }
    if normal.starts_with(super::OWN_PREFIX) {
        return Header::Known(Meaning::Ignored);
    }
    if let Some(readings) = ALIASES.ambiguous.get(&normal) {
        return Header::Ambiguous(readings.clone());
    }
    if let Some(meaning) = ALIASES.meaning(text) {
        return Header::Known(meaning.clone());
    }
    if let Some((field, measured)) = ALIASES.measured.get(&normal) {
        return Header::Measured(*field, *measured);
    }
    for cut in measured::cuts(text) {
        let Some(Meaning::Field(field)) = ALIASES.meaning(cut.name) else { continue };
        match measured::fit(*field, &cut.mark) {
            Fit::One(measured) => return Header::Measured(*field, measured),
            Fit::Several(currencies) => return Header::Ambiguous(in_either(*field, &currencies)),
            Fit::No if cut.is_plain => return Header::Ambiguous(measured_otherwise(*field, &cut.mark)),
            Fit::No | Fit::NotMeasured => {}
        }
    }
    Header::Unknown
}

/// What a header with several readings can be mapped to; nothing for another header.
#[must_use]
pub fn readings(header: &str) -> Vec<String> {
    match meaning_of_header(header) {
        Header::Ambiguous(readings) => readings.into_iter().map(|Reading(name, _)| name).collect(),
        Header::Known(_) | Header::Measured(..) | Header::Unknown => Vec::new(),
    }
}

/// The unit or currency that the end of a header names, where a mapping tells the field.
pub(super) fn measured_as(header: &str, field: Field) -> Option<Measured> {
    let text = cleaned(header);
    measured::cuts(without_requirement(&text)).into_iter().find_map(|cut| match measured::fit(field, &cut.mark) {
        Fit::One(measured) => Some(measured),
        Fit::Several(_) | Fit::No | Fit::NotMeasured => None,
    })
}

/// `Price ($)`
fn in_either(field: Field, currencies: &[Currency]) -> Vec<Reading> {
    let codes = currencies.iter().map(|currency| currency.code());
    codes.map(|code| Reading(format!("{field} ({code})"), format!("{field} in {code}"))).collect()
}

/// `Weight (cm)`
fn measured_otherwise(field: Field, mark: &Mark) -> Vec<Reading> {
    let named = mark.shown();
    let own =
        measured::own_unit(field).map_or_else(|| field.to_string(), |unit| format!("{field} ({})", unit.symbol()));
    let says = format!("{own}, though it names {named}");
    vec![Reading(own, says), Reading("ignore".to_owned(), format!("something else in {named}, which is not sent"))]
}

fn product_id(text: &str) -> Header {
    let is_spaced = text.contains(|c: char| c == '_' || c.is_whitespace());
    match text {
        "ProductId" => Header::Known(Meaning::Field(Field::ProductId)),
        _ if is_spaced => Header::Known(Meaning::Field(Field::ItemId)),
        _ => Header::Ambiguous(ALIASES.ambiguous.get(PRODUCT_ID).cloned().unwrap_or_default()),
    }
}

/// The known name nearest to a header, where one is near.
#[must_use]
pub fn nearest(header: &str) -> Option<&'static str> {
    scored_nearest(header).map(|(_, name)| name)
}

/// The same, with how near it is, from 0 to 1.
pub(super) fn scored_nearest(header: &str) -> Option<(f64, &'static str)> {
    let normal = normalised(header);
    let length = normal.chars().count();
    // As many letters must be typed as differ in number: most spellings need no closer look.
    let is_long_enough = |other: usize| 4 * length.abs_diff(other) <= length.max(other);
    let near = ALIASES.spellings.iter().filter(|(_, other, _)| is_long_enough(*other));
    let scored =
        near.map(|(spelling, _, name)| (strsim::normalized_damerau_levenshtein(&normal, spelling), name.as_str()));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))?;
    Some(best).filter(|best| best.0 >= NEAR)
}

/// How near a name must be to be suggested for a header.
pub(super) const NEAR: f64 = 0.75;

/// How much names must be alike for one to be meant by another.
const MEANT: f64 = 0.7;

/// How much two names that a person typed are alike, from 0 to 1, where they are near; case, spaces, `_` and `-` do not
/// matter.
pub(crate) fn resemblance(one: &str, other: &str) -> Option<f64> {
    let (one, other) = (squeezed(one), squeezed(other));
    let (length, other_length) = (one.chars().count(), other.chars().count());
    if 10 * length.abs_diff(other_length) > 3 * length.max(other_length) {
        return None;
    }
    Some(strsim::normalized_damerau_levenshtein(&one, &other)).filter(|score| *score >= MEANT)
}

/// Names made ready to be compared with many others, as [`resemblance`] does: by how many characters they have.
#[derive(Debug)]
pub(crate) struct Alike<'a>(BTreeMap<usize, Vec<(String, &'a str)>>);

impl<'a> Alike<'a> {
    pub(crate) fn of(names: &[&'a str]) -> Alike<'a> {
        let mut by_length: BTreeMap<usize, Vec<(String, &str)>> = BTreeMap::new();
        for name in names {
            let squeezed = squeezed(name);
            by_length.entry(squeezed.chars().count()).or_default().push((squeezed, *name));
        }
        Alike(by_length)
    }

    /// Those that are spelt most like `name`, `count` at most, the nearest first.
    pub(crate) fn nearest(&self, name: &str, count: usize) -> Vec<&'a str> {
        let name = squeezed(name);
        let length = name.chars().count();
        let letters = letters(&name);
        let mut near: Vec<(f64, &str)> = Vec::new();
        for (other_length, names) in self.0.range(length * 7 / 10..=length * 10 / 7) {
            let most = length.max(*other_length);
            if 10 * length.abs_diff(*other_length) > 3 * most {
                continue;
            }
            for (other, as_typed) in names {
                // What one has and the other lacks must be typed: most names need no closer look.
                if 10 * (missing(&letters, other) + length.saturating_sub(*other_length)) > 3 * most {
                    continue;
                }
                let score = strsim::normalized_damerau_levenshtein(&name, other);
                if score >= MEANT {
                    near.push((score, as_typed));
                }
            }
        }
        near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        near.into_iter().map(|(_, as_typed)| as_typed).take(count).collect()
    }
}

/// How many characters of each kind a text has, by the lowest bits of their numbers.
fn letters(text: &str) -> [u32; 64] {
    let mut letters = [0; 64];
    text.chars().for_each(|c| letters[c as usize % 64] += 1);
    letters
}

/// At least so many characters of `text` are not among those counted.
fn missing(counted: &[u32; 64], text: &str) -> usize {
    let mut left = *counted;
    let mut missing = 0;
    for c in text.chars() {
        match left[c as usize % 64].checked_sub(1) {
            Some(less) => left[c as usize % 64] = less,
            None => missing += 1,
        }
    }
    missing
}

/// The name among `names` that is spelt most like `name`, where one is near.
pub fn nearest_of<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let scored = names.filter_map(|other| Some((resemblance(name, other)?, other)));
    scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1))).map(|(_, other)| other)
}

/// The form in which headers are compared: Unicode's NFKC in lower case without white space, `_`, `-`, `*`,
/// invisible characters, a colon at the end, and words at either end that say whether it must be filled, such
/// as `(required)` or `*Required`.
#[must_use]
pub fn normalised(header: &str) -> String {
    squeezed(without_requirement(&cleaned(header)))
}

/// What says whether a column must be filled, as [`squeezed`] leaves it.
static REQUIREMENTS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let words = [
        "required not-required mandatory non-mandatory compulsory optional conditional recommended must",
        "จำเป็น ไม่จำเป็น จำเป็นต้องกรอก จำเป็นต้องระบุ บังคับ ไม่บังคับ ต้องระบุ ต้องกรอก ไม่ต้องกรอก แนะนำ",
        "bắt-buộc không-bắt-buộc tùy-chọn tuỳ-chọn phải-nhập khuyến-nghị",
        "wajib wajib-diisi tidak-wajib harus-diisi opsional diperlukan mandatori tidak-mandatori disarankan",
        "必填 必填项 必填項 必须 必須 选填 選填 非必填 可选 可選 可不填 建议 建議",
    ];
    words.iter().flat_map(|line| line.split(' ')).map(|word| squeezed(&cleaned(word))).collect()
});

/// Says no more than whether something must be filled.
pub(super) fn is_requirement(text: &str) -> bool {
    REQUIREMENTS.contains(squeezed(text).trim_matches(|c: char| "()[]{}:.!".contains(c)))
}

/// A cleaned header without the words at its ends that say whether it must be filled.
fn without_requirement(text: &str) -> &str {
    let edge = |c: char| c.is_whitespace() || c == '*';
    let mut text = text.trim_matches(edge);
    loop {
        let rest = last_cut(text).or_else(|| first_cut(text)).or_else(|| text.strip_suffix(':')).unwrap_or(text);
        let rest = rest.trim_matches(edge);
        if rest == text || squeezed(rest).is_empty() {
            return text;
        }
        text = rest;
    }
}

fn last_cut(text: &str) -> Option<&str> {
    let at = text.rfind(['(', '[', '{', '*', '\n'])?;
    is_requirement(&text[at..]).then(|| &text[..at])
}

fn first_cut(text: &str) -> Option<&str> {
    let at = text.find([')', ']', '}', '\n'])? + 1;
    is_requirement(&text[..at]).then(|| &text[at..])
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::super::Unit;
    use super::*;

    #[track_caller]
    fn check(header: &str, expect: Option<Meaning>) {
        let found = match meaning_of_header(header) {
            Header::Known(meaning) => Some(meaning),
            Header::Measured(..) | Header::Ambiguous(_) | Header::Unknown => None,
        };
        assert_eq!(found, expect, "{header}");
    }

    #[track_caller]
    fn check_measured(header: &str, field: Field, measured: Measured) {
        match meaning_of_header(header) {
            Header::Measured(found, unit) => assert_eq!((found, unit), (field, measured), "{header}"),
            Header::Known(_) | Header::Ambiguous(_) | Header::Unknown => panic!("{header} has no unit"),
        }
    }

    #[track_caller]
    fn check_ambiguous(header: &str, expect: &[&str]) {
        let Header::Ambiguous(readings) = meaning_of_header(header) else { panic!("{header} has one reading") };
        let names: Vec<&str> = readings.iter().map(|Reading(name, _)| name.as_str()).collect();
        assert_eq!(names, expect, "{header}");
        assert!(names.iter().all(|name| meaning_of_name(name).is_some()), "{names:?}");
    }

    #[test]
    fn a_spelling_means_one_thing() {
        let table: Table = serde_json::from_str(include_str!("../../templates/headers.json")).expect("a table");
        let mut meanings: HashMap<String, String> = HashMap::new();
        let mut claim = |spelling: &String, name: &str| {
            let before = meanings.insert(normalised(spelling), name.to_owned());
            // How it is written tells them apart.
            let is_shared = normalised(spelling) == PRODUCT_ID;
            assert!(before.is_none() || is_shared, "`{spelling}` of {name} is {before:?} already");
        };
        for (name, spellings) in table.fields.iter().chain(&table.attributes) {
            assert!(named(name).is_some() || category::known(name).is_some(), "{name}");
            spellings.iter().for_each(|spelling| claim(spelling, name));
        }
        table.measured.keys().for_each(|spelling| claim(spelling, "measured"));
        table.skip.iter().for_each(|spelling| claim(spelling, "skip"));
        table.ignored.iter().for_each(|spelling| claim(spelling, "ignored"));
        table.ambiguous.keys().for_each(|spelling| claim(spelling, "ambiguous"));
        let own = Field::ALL.iter().map(|field| field.name()).chain(category::known_names());
        for name in own {
            let there = meanings.get(&normalised(name));
            assert!(there.is_none_or(|there| there == name) || normalised(name) == PRODUCT_ID, "{name} is {there:?}");
        }
    }

    #[test]
    fn the_markets_languages_are_spoken() {
        for (field, headers) in [
            (Field::SellerSku, "รหัส SKU|Mã SKU|Kode SKU|Kod SKU|商家SKU|商品選項貨號"),
            (Field::Name, "ชื่อสินค้า|Tên sản phẩm|Nama Produk|商品名称|商品名稱"),
            (Field::Price, "ราคา|Giá bán|Harga Jual|Harga Jualan|价格|價格"),
            (Field::SpecialPrice, "ราคาพิเศษ|Giá khuyến mãi|Harga Promo|Harga Istimewa|促销价|促銷價"),
            (Field::Quantity, "สต๊อก|Tồn kho|Stok|Kuantiti|库存|庫存"),
            (Field::PackageWeight, "น้ำหนัก|Cân nặng|Berat|重量|包裝重量"),
            (Field::PackageWidth, "กว้าง|Chiều rộng|Lebar|宽度|寬度"),
            (Field::Brand, "ยี่ห้อ|Thương hiệu|Merek|Jenama|品牌"),
            (Field::Category, "หมวดหมู่|Ngành hàng|Kategori|类目|分類"),
            (Field::ProductId, "บาร์โค้ด|Mã vạch|Kode Batang|Kod Bar|条形码|條碼"),
            (Field::Active, "Status|active|สถานะ|Trạng thái|Aktif|状态|狀態"),
            (Field::SpecialTo, "Date sale price ends|SpecialPrice End|วันที่สิ้นสุดโปรโมชั่น"),
        ] {
            headers.split('|').for_each(|header| check(header, Some(Meaning::Field(field))));
        }
        check("สี", Some(Meaning::Attribute("color_family".to_owned())));
        check("Saiz", Some(Meaning::Attribute("size".to_owned())));
        check("รูปภาพ 2", Some(Meaning::Image(Some(2))));
        check("Item Image 9", Some(Meaning::Image(None)));
        check("ข้าม", Some(Meaning::Skip));
    }

    #[test]
    fn a_header_is_known_however_it_was_typed() {
        let decomposed: String = "Tên sản phẩm".nfd().collect();
        assert_ne!(decomposed, "Tên sản phẩm");
        check(&decomposed, Some(Meaning::Field(Field::Name)));
        check("ＳＫＵ", Some(Meaning::Field(Field::SellerSku)));
        check("Giá bán\u{200b}:", Some(Meaning::Field(Field::Price)));
        check("\u{d0}ơn giá", Some(Meaning::Field(Field::Price)));
        check("What’s in the box", Some(Meaning::Attribute("package_content".to_owned())));
    }

    #[test]
    fn whether_it_must_be_filled_is_no_part_of_a_header() {
        for header in [
            "Product Name (required)",
            "Product Name *Required",
            "*Product Name（必填）",
            "[Required] Product Name",
            "Product Name\nMandatory",
            "ชื่อสินค้า (จำเป็น)",
            "Tên sản phẩm (bắt buộc) *",
            "Nama Produk [Wajib diisi]",
            "商品名称【必填】",
            "Product Name (Optional):",
        ] {
            check(header, Some(Meaning::Field(Field::Name)));
        }
        assert_eq!(normalised("(required)"), "(required)");
        check("ProductId (optional)", Some(Meaning::Field(Field::ProductId)));
        check("Price (incl. VAT)", None);
    }

    #[test]
    fn two_languages_in_one_header_agree_or_it_is_unknown() {
        check("ชื่อสินค้า (Product Name)", Some(Meaning::Field(Field::Name)));
        check("Brand / แบรนด์", Some(Meaning::Field(Field::Brand)));
        check("Giá bán\nPrice", Some(Meaning::Field(Field::Price)));
        check("Brand / Model", None);
        check("ขนาด / Size", Some(Meaning::Attribute("size".to_owned())));
        check("SKU\nรหัสสินค้า", Some(Meaning::Field(Field::SellerSku)));
        check("ขนาด / Brand", None);
        check_measured("น้ำหนัก/Weight (g)", Field::PackageWeight, Measured::Unit(Unit::Gram));
    }

    #[test]
    fn a_unit_or_currency_at_the_end_is_told_apart_from_the_field() {
        check_measured("น้ำหนัก (กรัม)", Field::PackageWeight, Measured::Unit(Unit::Gram));
        check_measured("Weight[g]", Field::PackageWeight, Measured::Unit(Unit::Gram));
        check_measured("Package Weight/kg", Field::PackageWeight, Measured::Unit(Unit::Kilogram));
        check_measured("*Length (mm)", Field::PackageLength, Measured::Unit(Unit::Millimetre));
        check_measured("กว้าง (ซม.)", Field::PackageWidth, Measured::Unit(Unit::Centimetre));
        check_measured("Package Dimensions (cm)-Height (cm)", Field::PackageHeight, Measured::Unit(Unit::Centimetre));
        check_measured("重量（克）", Field::PackageWeight, Measured::Unit(Unit::Gram));
        check_measured("Variant Grams", Field::PackageWeight, Measured::Unit(Unit::Gram));
        check_measured("ราคา (บาท)", Field::Price, Measured::Currency(Currency::Thb));
        check_measured("Price THB", Field::Price, Measured::Currency(Currency::Thb));
        check_measured("Price (RM)", Field::Price, Measured::Currency(Currency::Myr));
        check_measured("Sale Price Rp", Field::SpecialPrice, Measured::Currency(Currency::Idr));
        check("Size (cm)", None);
        check("Quantity (pcs)", None);
    }

    #[test]
    fn a_header_with_two_readings_tells_both() {
        check_ambiguous("รหัสสินค้า", &["seller_sku", "product", "item_id"]);
        check_ambiguous("ขนาด", &["size", "ignore"]);
        check_ambiguous("Weight (cm)", &["package_weight (kg)", "ignore"]);
        check_ambiguous("Price (kg)", &["price", "ignore"]);
        check_ambiguous("Price ($)", &["price (SGD)", "price (USD)"]);
        check_ambiguous("ProductID", &["product_id", "item_id"]);
    }

    #[test]
    fn case_spaces_underscores_stars_and_line_breaks_do_not_matter() {
        for header in ["SellerSku", "*Seller SKU", "seller_sku", "SELLER\u{a0}SKU", "\u{feff}Seller\nSku*"] {
            check(header, Some(Meaning::Field(Field::SellerSku)));
        }
    }

    #[test]
    fn product_id_with_a_space_is_the_item_and_without_one_the_sku_field() {
        check("ProductId", Some(Meaning::Field(Field::ProductId)));
        check(" *ProductId", Some(Meaning::Field(Field::ProductId)));
        for header in ["Product ID", "product_id", "PRODUCT\u{a0}Id"] {
            check(header, Some(Meaning::Field(Field::ItemId)));
        }
        for header in ["ProductID", "productid", "PRODUCTID", "product-id"] {
            assert!(matches!(meaning_of_header(header), Header::Ambiguous(_)), "{header}");
        }
    }

    #[test]
    fn pictures_and_attributes_are_known_by_their_spellings() {
        check("MainImage", Some(Meaning::Image(Some(0))));
        check("Image1", Some(Meaning::Image(Some(1))));
        check("Product Images8", Some(Meaning::Image(Some(8))));
        check("Image", Some(Meaning::Image(None)));
        check("TaxClass", Some(Meaning::Attribute("tax_class".to_owned())));
        check("skuload: verdict", Some(Meaning::Ignored));
        check("cost_price", None);
    }

    #[test]
    fn a_near_miss_is_suggested_and_a_stranger_is_not() {
        assert_eq!(nearest("pirce"), Some("price"));
        assert_eq!(nearest("Quantitiy"), Some("quantity"));
        assert_eq!(nearest("warehouse shelf"), None);
    }
}
