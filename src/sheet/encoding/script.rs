//! Whether a text looks like text of a script: by its letters, and by what stands beside them.
//!
//! Bytes that are text in one encoding are valid in several others, but read in the wrong one they make
//! letters that nobody uses, in an order that nobody writes. Only characters beyond ASCII are judged.

/// The characters judged; a sheet that has more says nothing new.
const JUDGED: usize = 20_000;

/// Of so few letters more must be everyday ones, because chance makes a share of them.
const FEW: usize = 20;
const LEAST_OF_FEW: usize = 35;

/// The writing that an encoding is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Thai,
    Simplified,
    Traditional,
    Japanese,
    Korean,
    Vietnamese,
    Western,
    Central,
    Turkish,
    Cyrillic,
}

/// How well a text fits a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fit {
    /// The share of the script's everyday letters, of 100.
    pub(super) score: usize,
    /// The letters judged.
    pub(super) letters: usize,
}

/// What one character says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Common,
    Rare,
    /// It does not belong, or not in this place.
    Odd,
    /// A sign that every script uses.
    Neutral,
}

/// A character and its neighbours.
#[derive(Clone, Copy)]
struct Spot {
    before: char,
    it: char,
    after: char,
    /// The characters beyond ASCII directly before it.
    run: usize,
}

impl Script {
    /// Letters of Latin: between encodings of this family only the language tells.
    pub(super) fn is_latin(self) -> bool {
        matches!(self, Script::Vietnamese | Script::Western | Script::Central | Script::Turkish)
    }

    /// Hardly another script, read in the wrong encoding, looks like it.
    pub(super) fn is_unmistakable(self) -> bool {
        !self.is_latin() && self != Script::Cyrillic
    }

    /// What the users of the encoding call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Script::Thai => "Thai",
            Script::Simplified => "Chinese",
            Script::Traditional => "traditional Chinese",
            Script::Japanese => "Japanese",
            Script::Korean => "Korean",
            Script::Vietnamese => "Vietnamese",
            Script::Western => "Western",
            Script::Central => "Central European",
            Script::Turkish => "Turkish",
            Script::Cyrillic => "Cyrillic",
        }
    }

    /// The least share of everyday letters, of 100.
    fn least_common(self) -> usize {
        match self {
            Script::Thai => 80,
            Script::Simplified | Script::Traditional => 22,
            Script::Japanese => 40,
            Script::Korean => 45,
            Script::Cyrillic => 60,
            Script::Vietnamese | Script::Western | Script::Central | Script::Turkish => 60,
        }
    }

    /// The most characters that do not belong, of 100.
    fn most_odd(self) -> usize {
        match self {
            Script::Simplified | Script::Traditional | Script::Japanese | Script::Korean => 8,
            Script::Thai | Script::Cyrillic => 4,
            Script::Vietnamese | Script::Western | Script::Central | Script::Turkish => 4,
        }
    }

    fn look(self, spot: Spot) -> Look {
        if matches!(spot.it, '\u{80}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}' | '\u{fffd}') {
            return Look::Odd;
        }
        match self {
            Script::Thai => thai(spot),
            Script::Simplified => chinese(spot.it, SIMPLIFIED),
            Script::Traditional => chinese(spot.it, TRADITIONAL),
            Script::Japanese => japanese(spot.it),
            Script::Korean => korean(spot.it),
            Script::Cyrillic => cyrillic(spot),
            Script::Vietnamese => latin(spot, VIETNAMESE),
            Script::Western => latin(spot, WESTERN),
            Script::Central => latin(spot, CENTRAL),
            Script::Turkish => latin(spot, TURKISH),
        }
    }
}

/// How `text` fits `script`; `None` where it does not.
pub(super) fn fit(script: Script, text: &str) -> Option<Fit> {
    let (mut common, mut rare, mut odd, mut neutral, mut own) = (0, 0, 0, 0, 0);
    let mut each = text.chars().peekable();
    let (mut before, mut run) = ('\n', 0);
    while let Some(it) = each.next() {
        if !it.is_ascii() {
            match script.look(Spot { before, it, after: each.peek().copied().unwrap_or('\n'), run }) {
                Look::Common => common += 1,
                Look::Rare => rare += 1,
                Look::Odd => odd += 1,
                Look::Neutral => neutral += 1,
            }
            own += usize::from(is_its_own(script, it));
        }
        run = if it.is_ascii() { 0 } else { run + 1 };
        before = it;
        if common + rare + odd + neutral >= JUDGED {
            break;
        }
    }
    let letters = common + rare + odd;
    if letters == 0 {
        // Signs alone fit the Latin encodings, whose home they are, and full-width ones the others.
        return (neutral > 0 && (script.is_latin() || own > 1)).then_some(Fit { score: 50, letters });
    }
    let score = common * 100 / letters;
    let least = if letters < FEW { script.least_common().max(LEAST_OF_FEW) } else { script.least_common() };
    // One slip of the pen in a short text says nothing.
    let few_odd = odd * 100 <= letters * script.most_odd() || (odd == 1 && letters >= 12);
    let enough_own = own * 100 >= letters * 15 || script != Script::Vietnamese && script != Script::Japanese;
    (few_odd && enough_own && score >= least).then_some(Fit { score, letters })
}

/// Characters that hardly another script has.
fn is_its_own(script: Script, it: char) -> bool {
    match script {
        Script::Vietnamese => is_tone(it) || "ăâđêôơưĂÂĐÊÔƠƯ₫".contains(it),
        Script::Japanese => is_kana(it),
        Script::Simplified | Script::Traditional | Script::Korean => is_wide_sign(it),
        Script::Thai | Script::Western | Script::Central | Script::Turkish | Script::Cyrillic => false,
    }
}

/// Signs on keyboards everywhere, and what word processors make of quotes and hyphens.
fn is_sign(it: char) -> bool {
    "\u{a0}’‘“”‚„–—…•™®©°×·€£¥½¼¾²³±ºª«»¡¿µ§†‡‹›‰÷₫".contains(it)
}

/// Punctuation and signs as wide as a Chinese character.
fn is_wide_sign(it: char) -> bool {
    matches!(it, '\u{3000}'..='\u{3020}' | '\u{ff01}'..='\u{ff5e}' | '\u{ffe0}'..='\u{ffe6}')
}

/// Letters in circles, arrows, Roman numbers, units, stars: in product texts of all of East Asia.
fn is_eastern_sign(it: char) -> bool {
    is_sign(it)
        || is_wide_sign(it)
        || matches!(it, '\u{2010}'..='\u{206f}' | '\u{2100}'..='\u{26ff}' | '\u{3200}'..='\u{33ff}')
}

fn is_kana(it: char) -> bool {
    matches!(it, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fc}')
}

fn is_ideograph(it: char) -> bool {
    matches!(it, '\u{3400}'..='\u{9fff}' | '\u{3005}' | '\u{3007}')
}

fn is_consonant(it: char) -> bool {
    matches!(it, 'ก'..='ฮ')
}

fn is_thai(it: char) -> bool {
    matches!(it, '\u{e01}'..='\u{e5b}')
}

/// Thai vowels and tones stand before, above, below or behind a consonant, and nowhere else.
fn thai(spot: Spot) -> Look {
    let Spot { before, it, after, .. } = spot;
    let is_vowel_mark = |c: char| matches!(c, '\u{e31}' | '\u{e34}'..='\u{e3a}');
    let is_tone_mark = |c: char| matches!(c, '\u{e47}'..='\u{e4e}');
    let belongs = match it {
        '\u{e31}' | '\u{e34}'..='\u{e3a}' => is_consonant(before),
        '\u{e47}'..='\u{e4e}' => is_consonant(before) || is_vowel_mark(before),
        'เ'..='ไ' => is_consonant(after),
        'ะ' | 'า' | 'ำ' | 'ๅ' => {
            is_consonant(before) || is_tone_mark(before) || before == 'า' || is_vowel_mark(before)
        }
        'ๆ' | 'ฯ' => is_thai(before) || before == ' ',
        'ฃ' | 'ฅ' | '\u{e4f}' | '\u{e5a}' | '\u{e5b}' => false,
        '฿' => return Look::Neutral,
        '๐'..='๙' => return Look::Rare,
        _ if is_consonant(it) => {
            let is_alone = !is_thai(before) && !is_thai(after);
            if is_alone && !before.is_alphanumeric() && !after.is_alphanumeric() {
                return Look::Rare;
            }
            !is_alone
        }
        _ if is_sign(it) => return Look::Neutral,
        _ => false,
    };
    match (belongs, "ฆฌฎฏฐฑฒฬ".contains(it)) {
        (false, _) => Look::Odd,
        (true, true) => Look::Rare,
        (true, false) => Look::Common,
    }
}

fn chinese(it: char, common: &str) -> Look {
    if is_eastern_sign(it) {
        Look::Neutral
    } else if !is_ideograph(it) {
        Look::Odd
    } else if common.contains(it) {
        Look::Common
    } else {
        Look::Rare
    }
}

fn japanese(it: char) -> Look {
    if is_kana(it) || JAPANESE.contains(it) {
        Look::Common
    } else if is_eastern_sign(it) {
        Look::Neutral
    } else if is_ideograph(it) {
        Look::Rare
    } else {
        Look::Odd
    }
}

fn korean(it: char) -> Look {
    if is_eastern_sign(it) {
        Look::Neutral
    } else if KOREAN.contains(it) {
        Look::Common
    } else if matches!(it, '가'..='힣') {
        Look::Rare
    } else {
        Look::Odd
    }
}

/// A capital inside a word, or a letter of another script beside it, is no word.
fn cyrillic(spot: Spot) -> Look {
    let Spot { before, it, after, .. } = spot;
    if is_sign(it) || it == '№' {
        return Look::Neutral;
    }
    let is_mixed = before.is_ascii_alphabetic() || after.is_ascii_alphabetic();
    if !matches!(it, 'А'..='я' | 'ё' | 'Ё' | 'і' | 'І' | 'ї' | 'Ї' | 'є' | 'Є' | 'ґ' | 'Ґ')
        || is_mixed
        || (it.is_uppercase() && before.is_lowercase())
    {
        return Look::Odd;
    }
    let is_common = it.to_lowercase().any(|small| "оеаинтсрвлкмдпуяыі".contains(small));
    if is_common { Look::Common } else { Look::Rare }
}

fn is_tone(it: char) -> bool {
    matches!(it, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}')
}

/// A letter of a language written in Latin; `alphabet` are its small letters beyond ASCII.
fn latin(spot: Spot, alphabet: &str) -> Look {
    let Spot { before, it, after, run } = spot;
    if is_tone(it) {
        let is_vowel = "aeiouyâăêôơưAEIOUYÂĂÊÔƠƯ".contains(before);
        return if is_vowel { Look::Common } else { Look::Odd };
    }
    if is_sign(it) {
        let is_inside = before.is_alphabetic() && after.is_alphabetic();
        return if is_inside && !"\u{a0}’‘–—•®©™×·".contains(it) { Look::Odd } else { Look::Neutral };
    }
    if it == '´' {
        return Look::Rare;
    }
    let is_word = before.is_alphabetic() || is_tone(before) || after.is_alphabetic() || is_tone(after);
    // Of single letters only these are words.
    let is_letter = it.is_alphabetic() && (is_word || "àÀèÈéÉòóÓùÅ".contains(it));
    let is_capital_inside = it.is_uppercase() && before.is_lowercase();
    let is_in_number = before.is_ascii_digit() || after.is_ascii_digit();
    // What Vietnamese tones look like behind a vowel, when they are read as Western.
    if alphabet == WESTERN && run > 0 && "ìòÌÒÞþðÐ".contains(it) {
        return Look::Odd;
    }
    let longest = if alphabet == VIETNAMESE { 4 } else { 3 };
    if !is_letter || is_capital_inside || is_in_number || run >= longest {
        return Look::Odd;
    }
    let is_common = alphabet.contains(it) || it.to_lowercase().any(|small| alphabet.contains(small));
    if is_common { Look::Common } else { Look::Rare }
}

const WESTERN: &str = "àáâãäåæçèéêëìíîïñòóôõöøœùúûüß";
const CENTRAL: &str = "áâăäąćčçďđéęëěíîłľĺńňóôőöřŕśšşťţúůűüýźžżß";
const TURKISH: &str = "çğıöşüâîûİ";
const VIETNAMESE: &str = "àáâăèéêìíòóôơùúưđ";

/// The most frequent characters of today's Chinese, and those of price lists.
const SIMPLIFIED: &str = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道\
    行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日者意无力它与长把机十民第公此\
    已工使情明性知全三又关点正业外将两高间由问很最重并物手应向头文体美相见被利什二等产或新己制身果加西月话合回特代内信表化老给世位\
    次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活更别打女变四总何电数安少报才结反受目太量再感建务做接\
    必场件计管期市直德资命山金指克许统区保至形社便空展马科五基眼书非则听白界达光放强即像难且完设式色路记南品住告类求据程北边交规万\
    取拉格望觉术领共确传清切带导运商称价库存颜尺码寸图片描述牌型号包装黑红蓝绿黄灰粉紫棉男童鞋衣裤裙壳耳充线器夏季秋冬春款宽松短袖\
    圆恤套盒袋瓶斤毫升米送货票单双层透防尚休闲厨房洁玩具婴宝护肤膜香洗露精华售批";

/// The same in the characters of Taiwan and Hong Kong.
const TRADITIONAL: &str = "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道\
    行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心本前開但因只從想實日者意無力它與長把機十民第公此\
    已工使情明性知全三又關點正業外將兩高間由問很最重並物手應向頭文體美相見被利什二等產或新己制身果加西月話合回特代內信表化老給世位\
    次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活更別打女變四總何電數安少報才結反受目太量再感建務做接\
    必場件計管期市直德資命山金指克許統區保至形社便空展馬科五基眼書非則聽白界達光放強即像難且完設式色路記南品住告類求據程北邊交規萬\
    取拉格望覺術領共確傳清切帶導運商稱價庫存顏尺碼寸圖片描述牌型號包裝黑紅藍綠黃灰粉紫棉男童鞋衣褲裙殼耳充線器夏季秋冬春款寬鬆短袖\
    圓恤套盒袋瓶斤毫升米送貨票單雙層透防尚休閒廚房潔玩具嬰寶護膚膜香洗露精華售批";

const JAPANESE: &str = "日一人年大十二本中長出三時行見月後前生五間上東四今金九入学高円子外八六下来気小七山話女北百書先名千水半男\
    西電語木食車何南万毎白天火右左雨商品価格在庫色新型番号画像説明送料無税込用袋個枚付着服黒赤青緑箱全対応機能防充器携帯軽量製販売\
    可使方法以内安定特限数花柄綿麻革靴帽鞄半袖紺灰茶紫寸";

const KOREAN: &str = "이다는의에가을로하고지한어사은서기를자도나리아시과인대해수부정적있일그들보라주전제성상원스구장면치만동여거게신\
    선경공관국내니당러레려료르름마매모무문미민바반발방배백번법변별분비산색생석세소속송순식실안알약양업연영오와요용우운위유음입작재저조\
    종중직진집차처천체초총추출층크타터통트특파판편평포표품프피학할함항행향호화확회후격명량즈설브랜드블랙레여남티셔츠신방검정흰빨간파란";

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(script: Script, text: &str, expect: bool) {
        assert_eq!(fit(script, text).is_some(), expect, "{text}: {:?}", fit(script, text));
    }

    #[test]
    fn text_looks_like_its_script() {
        check(Script::Thai, "เสื้อยืดคอกลม ผ้าฝ้าย 100% ฿199", true);
        check(Script::Simplified, "纯棉圆领短袖T恤,黑色", true);
        check(Script::Traditional, "純棉圓領短袖T恤,黑色", true);
        check(Script::Japanese, "綿100% 半袖Tシャツ ブラック", true);
        check(Script::Korean, "여성용 반팔 티셔츠", true);
        check(Script::Vietnamese, "A\u{301}o thun nam cô\u{309} tro\u{300}n", true);
        check(Script::Western, "Crème brûlée, café, Größe", true);
        check(Script::Central, "košile s krátkým rukávem", true);
        check(Script::Turkish, "kısa kollu tişört", true);
        check(Script::Cyrillic, "Футболка мужская, чёрная", true);
    }

    #[track_caller]
    fn check_misread(text: &str, right: &'static encoding_rs::Encoding, wrong: &'static encoding_rs::Encoding) {
        let bytes = right.encode(text).0;
        let read = wrong.decode_without_bom_handling(&bytes).0;
        for (script, home) in [
            (Script::Thai, encoding_rs::WINDOWS_874),
            (Script::Simplified, encoding_rs::GB18030),
            (Script::Traditional, encoding_rs::BIG5),
            (Script::Korean, encoding_rs::EUC_KR),
            (Script::Western, encoding_rs::WINDOWS_1252),
            (Script::Cyrillic, encoding_rs::WINDOWS_1251),
        ] {
            if home == wrong {
                check(script, &read, false);
            }
        }
    }

    #[test]
    fn text_read_in_the_wrong_encoding_does_not() {
        use encoding_rs::{BIG5, EUC_KR, GB18030, KOI8_U, WINDOWS_874, WINDOWS_1251, WINDOWS_1252};
        check_misread("เสื้อยืดคอกลม", WINDOWS_874, WINDOWS_1252);
        check_misread("เสื้อยืดคอกลม", WINDOWS_874, WINDOWS_1251);
        check_misread("纯棉圆领短袖T恤", GB18030, WINDOWS_874);
        check_misread("纯棉圆领短袖T恤", GB18030, EUC_KR);
        check_misread("여성용 반팔 티셔츠", EUC_KR, GB18030);
        check_misread("純棉圓領短袖T恤", BIG5, GB18030);
        check_misread("Футболка мужская", KOI8_U, WINDOWS_1251);
        check(Script::Thai, "30ฐC", false);
        check(Script::Simplified, "癈", false);
    }

    #[test]
    fn signs_say_nothing_of_the_language() {
        check(Script::Western, "men’s 30°C – Lego®", true);
        check(Script::Thai, "men’s", false);
        check(Script::Simplified, "tee（red）", true);
    }
}
