//! The encoding of text that is not UTF-8, guessed from its letters.
//!
//! Two judges must agree: the detector of browsers, and our own look at what the text would say in each
//! encoding. Where they do not, or where two encodings make sense, nobody is sure, and the user is asked.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, KOI8_U, MACINTOSH, SHIFT_JIS, WINDOWS_874, WINDOWS_1250, WINDOWS_1251,
    WINDOWS_1252, WINDOWS_1254, WINDOWS_1258,
};

use super::super::garbled::garbled;
use super::script::{Fit, Script, fit};

/// The encodings that are guessed; of two that read the same, the first is named.
const CANDIDATES: [(&Encoding, Script); 12] = [
    (WINDOWS_874, Script::Thai),
    (GB18030, Script::Simplified),
    (BIG5, Script::Traditional),
    (EUC_KR, Script::Korean),
    (SHIFT_JIS, Script::Japanese),
    (EUC_JP, Script::Japanese),
    (WINDOWS_1252, Script::Western),
    (WINDOWS_1258, Script::Vietnamese),
    (WINDOWS_1250, Script::Central),
    (WINDOWS_1254, Script::Turkish),
    (WINDOWS_1251, Script::Cyrillic),
    (KOI8_U, Script::Cyrillic),
];

/// What spreadsheet programs for the Mac still save as `CSV`. Nobody can be sure of it, because the second judge
/// does not know it; it is shown where nothing else makes sense.
const LAST: (&Encoding, Script) = (MACINTOSH, Script::Western);

/// So many letters that only one script explains are proof without the second judge.
const PROOF: usize = 16;
/// The letters that a script must show where another reading makes sense too.
const ENOUGH: usize = 4;
/// How much better, of 100, the best must fit than the next.
const MARGIN: usize = 10;
/// The letters on which two Latin encodings must differ before the language is told from them.
const LATIN_PROOF: usize = 3;
/// Readings shown, and the characters of each.
const SHOWN: usize = 3;
const SHOWN_CHARS: usize = 40;

/// What the encoding of some bytes is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Guess {
    Sure(&'static Encoding),
    /// It may be one of these; the first fits best. None where no encoding makes text of the bytes.
    Unsure(Vec<Reading>),
    /// UTF-8 in which some bytes are broken.
    BrokenUtf8,
}

/// How the first line that is not UTF-8 would read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) encoding: &'static Encoding,
    pub(super) line: String,
}

/// A reading that makes sense.
struct Sense {
    encoding: &'static Encoding,
    script: Script,
    text: String,
    fit: Fit,
}

/// Guesses the encoding of `bytes`, whole lines that are not UTF-8.
pub(super) fn guess(bytes: &[u8]) -> Guess {
    if is_broken_utf8(bytes) {
        return Guess::BrokenUtf8;
    }
    let mut senses = senses(bytes);
    let judged = second_judge(bytes, None);
    let best = senses.iter().position(|sense| sense.text == judged).unwrap_or(0);
    if let Some(sense) = senses.get(best)
        && is_sure(sense, &senses, &judged, bytes)
    {
        return Guess::Sure(sense.encoding);
    }
    senses.sort_by_key(|sense| sense.text != judged);
    let bad = bad_line(bytes);
    let shown = senses.iter().take(SHOWN).map(|sense| {
        let (text, _) = sense.encoding.decode_without_bom_handling(bad);
        Reading { encoding: sense.encoding, line: first_line(&text) }
    });
    Guess::Unsure(shown.collect())
}

/// The line that is not UTF-8, and a little of what follows it.
fn bad_line(bytes: &[u8]) -> &[u8] {
    let good = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let from = bytes[..good].iter().rposition(|byte| matches!(byte, b'\r' | b'\n')).map_or(0, |end| end + 1);
    &bytes[from..bytes.len().min(good + 4 * SHOWN_CHARS)]
}

/// The script for which `encoding` is used.
pub(super) fn script_of(encoding: &'static Encoding) -> Option<Script> {
    CANDIDATES.iter().chain([&LAST]).find(|(candidate, _)| *candidate == encoding).map(|(_, script)| *script)
}

/// The text as the detector of browsers reads it; `country` is a country's top-level domain.
fn second_judge<'a>(bytes: &'a [u8], country: Option<&[u8]>) -> Cow<'a, str> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let found = detector.guess(country, Utf8Detection::Deny);
    found.decode_without_bom_handling(bytes).0
}

/// Every reading that makes sense, each once, best first.
fn senses(bytes: &[u8]) -> Vec<Sense> {
    let mut senses: Vec<Sense> = Vec::new();
    for (encoding, script) in CANDIDATES.into_iter().chain([LAST]) {
        if encoding == LAST.0 && !senses.is_empty() {
            break;
        }
        let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) else { continue };
        let Some(fit) = fit(script, &text) else { continue };
        if senses.iter().any(|sense| sense.text == text) || text.lines().take(1_000).any(|line| garbled(line).is_some())
        {
            continue;
        }
        senses.push(Sense { encoding, script, text: text.into_owned(), fit });
    }
    senses.sort_by_key(|sense| std::cmp::Reverse(sense.fit.score));
    senses
}

fn is_sure(sense: &Sense, senses: &[Sense], judged: &str, bytes: &[u8]) -> bool {
    let mut others = senses.iter().filter(|other| other.encoding != sense.encoding).peekable();
    let agrees = judged == sense.text
        || country(sense.script).is_some_and(|country| second_judge(bytes, Some(country)) == sense.text);
    if others.peek().is_none() {
        // These are the same in all encodings of the West.
        let is_sign = |c: char| c.is_ascii() || "\u{a0}’‘“”–—…•™®©°×£½".contains(c);
        let is_signs = sense.fit.letters == 0 && sense.script.is_latin() && sense.text.chars().all(is_sign);
        let is_proof = sense.script.is_unmistakable() && sense.fit.letters >= PROOF;
        return agrees || is_signs || is_proof;
    }
    agrees && others.all(|other| is_better(sense, other))
}

/// Between languages in Latin letters the second judge decides, where there is enough to judge.
fn is_better(sense: &Sense, other: &Sense) -> bool {
    if sense.script.is_latin() && other.script.is_latin() {
        return differing(&sense.text, &other.text) >= LATIN_PROOF && sense.fit.score + MARGIN >= other.fit.score;
    }
    sense.fit.letters >= ENOUGH && sense.fit.score >= other.fit.score + MARGIN
}

/// The top-level domain of a country where the script is at home.
fn country(script: Script) -> Option<&'static [u8]> {
    match script {
        Script::Thai => Some(b"th"),
        Script::Simplified => Some(b"cn"),
        Script::Traditional => Some(b"tw"),
        Script::Korean => Some(b"kr"),
        Script::Japanese => Some(b"jp"),
        Script::Vietnamese => Some(b"vn"),
        Script::Western | Script::Central | Script::Turkish | Script::Cyrillic => None,
    }
}

/// In how many places two readings of the same bytes, one byte a character, differ.
fn differing(one: &str, other: &str) -> usize {
    one.chars().zip(other.chars()).filter(|(one, other)| one != other).count()
}

/// Nearly all bytes beyond ASCII are UTF-8: the file was, before some of it broke.
fn is_broken_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|byte| !byte.is_ascii()).count();
        bad += chunk.invalid().len();
    }
    good >= 3 * bad
}

/// The first line that holds more than ASCII, cut around its first such character.
fn first_line(text: &str) -> String {
    let line = text.split(['\r', '\n']).find(|line| !line.is_ascii()).unwrap_or_default();
    let at = line.chars().position(|c| !c.is_ascii()).unwrap_or(0);
    let from = at.saturating_sub(SHOWN_CHARS / 2);
    line.chars().skip(from).take(SHOWN_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;
    use unicode_normalization::char::compose;

    use super::*;

    /// `text` as a program of the encoding's home saves it.
    fn encoded(text: &str, encoding: &'static Encoding) -> Vec<u8> {
        let text = if encoding == WINDOWS_1258 { vietnamese(text) } else { text.to_owned() };
        let (bytes, _, has_unmappable) = encoding.encode(&text);
        assert!(!has_unmappable, "{text} in {}", encoding.name());
        bytes.into_owned()
    }

    /// Letters with their circumflex, breve or horn, and the tone behind them.
    fn vietnamese(text: &str) -> String {
        let mut letters: Vec<char> = Vec::new();
        for part in text.nfd() {
            let shape = matches!(part, '\u{302}' | '\u{306}' | '\u{31b}');
            let at = letters.iter().rposition(|letter| letter.is_alphabetic());
            match at.and_then(|at| Some((at, compose(letters[at], part)?))) {
                Some((at, composed)) if shape => letters[at] = composed,
                _ => letters.push(part),
            }
        }
        letters.into_iter().collect()
    }

    /// The first `rows` rows of a sheet with these names, prices and codes.
    fn sheet(header: &str, names: &[&str], rows: usize) -> String {
        let mut sheet = format!("{header}\r\n");
        for (row, name) in (1..=rows).zip(names.iter().cycle()) {
            sheet.push_str(&format!("TEE-{row:03},{name},{}.00,{row}\r\n", 99 + row));
        }
        sheet
    }

    #[track_caller]
    fn check(text: &str, encoding: &'static Encoding) {
        let bytes = encoded(text, encoding);
        match guess(&bytes) {
            Guess::Sure(found) => assert_eq!(
                found.decode_without_bom_handling(&bytes).0,
                encoding.decode_without_bom_handling(&bytes).0,
                "{} instead of {}",
                found.name(),
                encoding.name()
            ),
            unsure => {
                let (browser, senses) = (second_judge(&bytes, None), senses(&bytes));
                let senses: Vec<_> =
                    senses.iter().map(|sense| (sense.encoding.name(), sense.fit, &sense.text)).collect();
                panic!("{}: {unsure:?}\n{browser}\n{senses:#?}", encoding.name())
            }
        }
    }

    #[track_caller]
    fn check_sheets(header: &str, names: &[&str], encoding: &'static Encoding) {
        for rows in [5, 20, 200] {
            check(&sheet(header, names, rows), encoding);
        }
    }

    const THAI: &[&str] = &[
        "เสื้อยืดคอกลม ผ้าฝ้าย 100% สีดำ",
        "กางเกงขายาวผู้ชาย ทรงกระบอก",
        "รองเท้าผ้าใบ Nike ไซส์ 42",
        "เคสโทรศัพท์ iPhone 15 กันกระแทก",
        "หม้อหุงข้าวไฟฟ้า 1.8 ลิตร",
        "แชมพูสมุนไพร 250 มล.",
        "ผ้าปูที่นอน 6 ฟุต ลายดอกไม้",
    ];
    const CHINESE: &[&str] = &[
        "纯棉圆领短袖T恤 黑色",
        "男士休闲长裤 宽松款",
        "iPhone15手机壳 防摔透明",
        "蓝牙耳机 无线充电",
        "不锈钢保温杯500毫升",
        "儿童玩具积木（100块）",
    ];
    const TAIWANESE: &[&str] = &[
        "純棉圓領短袖T恤 黑色",
        "男士休閒長褲 寬鬆款",
        "iPhone15手機殼 防摔透明",
        "藍牙耳機 無線充電",
        "不鏽鋼保溫杯500毫升",
        "兒童玩具積木（100塊）",
    ];
    const KOREAN: &[&str] = &[
        "여성용 반팔 티셔츠 블랙",
        "남성 캐주얼 바지",
        "아이폰 15 케이스 투명",
        "무선 블루투스 이어폰",
        "스테인리스 텀블러 500ml",
        "수분 크림 50ml",
    ];
    const JAPANESE: &[&str] = &[
        "綿100% 半袖Tシャツ ブラック",
        "メンズ カジュアルパンツ",
        "iPhone15 ケース クリア",
        "ワイヤレスイヤホン 充電器付き",
        "ステンレスボトル 500ml",
        "子供用おもちゃ（100個入り）",
    ];
    const VIETNAMESE: &[&str] = &[
        "Áo thun nam cổ tròn màu đen",
        "Quần jean nữ ống rộng",
        "Giày thể thao nam đế êm",
        "Ốp lưng điện thoại iPhone 15",
        "Nồi cơm điện 1.8 lít",
        "Dầu gội thảo dược 250 ml",
        "Bộ chăn ga gối lụa",
    ];

    #[test]
    fn sheets_of_each_country_are_read_as_saved_there() {
        check_sheets("รหัสสินค้า,ชื่อสินค้า,ราคา,จำนวน", THAI, WINDOWS_874);
        check_sheets("商品编码,商品名称,价格,库存", CHINESE, GB18030);
        check_sheets("商品編號,商品名稱,價格,庫存", TAIWANESE, BIG5);
        check_sheets("상품코드,상품명,가격,재고수량", KOREAN, EUC_KR);
        check_sheets("商品コード,商品名,価格,在庫", JAPANESE, SHIFT_JIS);
        check_sheets("商品コード,商品名,価格,在庫", JAPANESE, EUC_JP);
        check_sheets("mã sản phẩm,tên sản phẩm,giá,số lượng", VIETNAMESE, WINDOWS_1258);
    }

    #[test]
    fn headers_in_english_leave_the_letters_to_the_names() {
        let header = "SellerSku,name,price,quantity";
        for (names, encoding) in [
            (THAI, WINDOWS_874),
            (CHINESE, GB18030),
            (TAIWANESE, BIG5),
            (KOREAN, EUC_KR),
            (JAPANESE, SHIFT_JIS),
            (JAPANESE, EUC_JP),
            (VIETNAMESE, WINDOWS_1258),
        ] {
            check_sheets(header, names, encoding);
        }
    }

    #[test]
    fn sheets_of_the_west_are_read_as_saved_there() {
        for (names, encoding) in WEST {
            check_sheets("SellerSku,name,price,quantity", names, encoding);
        }
    }

    #[test]
    fn a_few_signs_and_accents_in_english_are_western() {
        check("sku,name\r\nA,men’s tee\r\n", WINDOWS_1252);
        check("sku,name\r\nA,wash at 30°C\r\nB,5” pipe\r\n", WINDOWS_1252);
        check("sku,name\r\nA,Lego® set – 5 pcs\r\n", WINDOWS_1252);
        check("sku,name\r\nA,½ inch\r\n", WINDOWS_1252);
        check("sku,name\r\nA,Café au lait\r\n", WINDOWS_1252);
        check("sku,name\r\nA,Caf\u{e9}", WINDOWS_1252);
        check("sku,price\r\nA,£5\r\nB,£12.50\r\n", WINDOWS_1252);
    }

    const WEST: &[(&[&str], &Encoding)] = &[
        (&["Crème hydratante à la rose", "Boîte à café émaillée", "Théière", "Chaussures d’été"], WINDOWS_1252),
        (&["Kaffeemühle für Körner", "Größe XL, weiß", "Müslischüssel", "Küchenwaage – 5 kg"], WINDOWS_1252),
        (&["Champú de niños", "Cafetera eléctrica pequeña", "Bañador señora", "Cojín de algodón"], WINDOWS_1252),
        (&["Calção de algodão", "Relógio de pulso", "Maçã e canela – sabão", "Edredão"], WINDOWS_1252),
        (&["Košile s krátkým rukávem", "Dětské botičky růžové", "Příbor žlutý"], WINDOWS_1250),
        (&["Koszula męska z długim rękawem", "Garnek – żółty", "Krzesło łódzkie", "Świeca"], WINDOWS_1250),
        (&["Kısa kollu tişört", "Paslanmaz çelik şişe", "Çocuk ayakkabısı", "Güneş gözlüğü"], WINDOWS_1254),
        (&["Футболка мужская чёрная", "Чехол для телефона", "Крем для рук 50 мл"], WINDOWS_1251),
        (&["Футболка мужская чёрная", "Чехол для телефона", "Крем для рук 50 мл"], KOI8_U),
    ];

    /// Sheets of one row, each with the first words of one name.
    fn short_sheets() -> Vec<(String, &'static Encoding)> {
        let east: [(&[&str], &Encoding); 7] = [
            (THAI, WINDOWS_874),
            (CHINESE, GB18030),
            (TAIWANESE, BIG5),
            (KOREAN, EUC_KR),
            (JAPANESE, SHIFT_JIS),
            (JAPANESE, EUC_JP),
            (VIETNAMESE, WINDOWS_1258),
        ];
        let mut sheets = Vec::new();
        for (names, encoding) in east.iter().chain(WEST) {
            for name in *names {
                let words: Vec<&str> = name.split(' ').collect();
                let some = (1..=words.len()).map(|count| words[..count].join(" "));
                let some = some.filter(|words| !words.is_ascii());
                sheets.extend(some.map(|words| (format!("sku,name,price\nA-1,{words},12.50\n"), *encoding)));
            }
        }
        sheets
    }

    #[test]
    fn nobody_is_sure_of_a_wrong_reading() {
        let sheets = short_sheets();
        let mut unsure = 0;
        for (text, encoding) in &sheets {
            let bytes = encoded(text, encoding);
            let right = encoding.decode_without_bom_handling(&bytes).0;
            match guess(&bytes) {
                Guess::Sure(found) => assert_eq!(found.decode_without_bom_handling(&bytes).0, right),
                Guess::Unsure(_) => unsure += 1,
                Guess::BrokenUtf8 => panic!("{text} is no UTF-8"),
            }
        }
        assert!(unsure * 3 < sheets.len(), "{unsure} of {} are asked about", sheets.len());
    }

    #[test]
    fn a_word_that_makes_sense_in_two_encodings_is_asked_about() {
        let bytes = encoded("sku,name\n1,ชื่อ\n", WINDOWS_874);
        let Guess::Unsure(readings) = guess(&bytes[..bytes.len() - 3]) else { panic!("sure of three letters") };
        let shown: Vec<String> =
            readings.iter().map(|reading| format!("{} {}", reading.encoding.name(), reading.line)).collect();
        assert_eq!(shown, ["windows-874 1,ชื", "windows-1252 1,ª×"]);
    }

    #[test]
    fn what_a_mac_saved_is_shown_but_not_taken() {
        let bytes = [b"sku,name\rA,Caf".as_slice(), b"\x8e cr\x8fme\rB,men\xd5s\r"].concat();
        let Guess::Unsure(readings) = guess(&bytes) else { panic!("sure of a Mac") };
        assert_eq!(readings, [Reading { encoding: MACINTOSH, line: "A,Café crème".to_owned() }]);
    }

    #[test]
    fn alphabets_that_are_not_guessed_are_not_taken_for_others() {
        use encoding_rs::{ISO_8859_2, WINDOWS_1253, WINDOWS_1255, WINDOWS_1256, WINDOWS_1257};
        for (text, encoding) in [
            ("μπλούζα βαμβακερή μακρυμάνικη", WINDOWS_1253),
            ("חולצת כותנה שחורה לגבר", WINDOWS_1255),
            ("قميص قطني أسود للرجال", WINDOWS_1256),
            ("vyriški marškinėliai šviesūs, žalia", WINDOWS_1257),
            ("dětské tričko žluté, košile šedá, ťapky", ISO_8859_2),
        ] {
            let bytes = encoded(&format!("sku,name\nA,{text}\n"), encoding);
            let found = guess(&bytes);
            assert!(matches!(found, Guess::Unsure(_)), "{text}: {found:?}");
        }
    }

    #[test]
    fn a_reading_is_cut_around_its_first_letter() {
        let line = first_line(&format!("a,b\r\n{}é{}\r\n", "x".repeat(100), "y".repeat(100)));
        assert_eq!(line, format!("{}é{}", "x".repeat(20), "y".repeat(19)));
        assert_eq!(first_line("é\u{1b}[31m"), "é [31m");
    }

    #[test]
    fn bytes_that_are_no_text_have_no_reading() {
        assert_eq!(guess(&[b'a', 0xff, 0xff, 0xfe, 0x81, 0x8d, b'\n']), Guess::Unsure(Vec::new()));
        assert_eq!(guess(&["ราคา,สินค้า".as_bytes(), b"\xe0\n"].concat()), Guess::BrokenUtf8);
    }
}
