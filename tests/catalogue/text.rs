//! Text files: encodings, delimiters, line ends, quotes; and marks within texts.
//!
//! Left out: T07 for delimiters beyond ASCII (they cannot be named), T10 for size (tests/hostile.rs).

use crate::case::{Case, case};
use crate::made::{csv, encoded, file, grid, text_of, utf16, xlsx};

pub(crate) fn cases() -> Vec<Case> {
    [encodings(), shapes(), marks()].into_iter().flatten().collect()
}

const THAI: &str = "name|description\nเสื้อยืดผ้าฝ้ายคอกลม|ผ้าฝ้ายแท้ ใส่สบาย ระบายอากาศดี\nกางเกงขาสั้น|เนื้อผ้านุ่ม ซักง่าย แห้งเร็ว";
const CHINESE: &str =
    "name|description\n男士纯棉短袖衬衫|面料柔软舒适，透气吸汗，适合夏季穿着\n女士牛仔裤|经典款式，修身显瘦，质量保证";
const OLD_CHINESE: &str =
    "name|description\n男士純棉短袖襯衫|面料柔軟舒適，透氣吸汗，適合夏季穿著\n女士牛仔褲|經典款式，修身顯瘦，品質保證";
const JAPANESE: &str = "name|description\nメンズ半袖シャツ|柔らかい綿の生地で、夏にぴったりです。洗濯もかんたん\nレディースジーンズ|きれいな形で、とても丈夫です";
const KOREAN: &str = "name|description\n남성 반팔 셔츠|부드러운 면 소재로 여름에 입기 좋은 옷입니다\n여성 청바지|편안하고 튼튼한 바지입니다";
/// In this encoding some letters are followed by their tones.
const VIETNAMESE: &str = "name|description\nÁo thun nam cô tro\u{300}n|Vai mêm mai, thoáng mát, thích hop cho mùa hè";

fn encodings() -> Vec<Case> {
    let text = text_of(&grid("name\nเสื้อยืด"), ',', "\n");
    let quoted = text.replacen("name", "\"name\"", 1);
    vec![
        case("T01", "UTF-8 with a mark", file("sheet.csv", format!("\u{feff}{text}"))).sends("SKU-2 name=เสื้อยืด"),
        case("T01", "UTF-8 with two marks", file("sheet.csv", format!("\u{feff}\u{feff}{text}")))
            .sends("SKU-2 name=เสื้อยืด"),
        case("T01", "a mark and a quote", file("sheet.csv", format!("\u{feff}{quoted}"))).sends("SKU-2 name=เสื้อยืด"),
        case("T02", "UTF-16, as Excel's Unicode text", utf16(false, true, '\t', THAI)).sends("SKU-3 name=กางเกงขาสั้น"),
        case("T02", "UTF-16, big end first", utf16(true, true, ',', THAI)).sends("SKU-3 name=กางเกงขาสั้น"),
        case("T02", "UTF-16 without a mark", utf16(false, false, ',', THAI))
            .may("guessed-encoding")
            .sends("SKU-3 name=กางเกงขาสั้น"),
        case("T03", "GB 18030", encoded("gb18030", CHINESE)).finds("* guessed-encoding").sends("SKU-3 name=女士牛仔裤"),
        case("T03", "GB 18030, named", encoded("gb18030", CHINESE))
            .with("--encoding gb18030")
            .sends("SKU-3 name=女士牛仔裤"),
        case("T03", "Big5", encoded("big5", OLD_CHINESE)).finds("* guessed-encoding").sends("SKU-3 name=女士牛仔褲"),
        case("T03", "Shift_JIS", encoded("shift_jis", JAPANESE))
            .finds("* guessed-encoding")
            .sends("SKU-3 name=レディースジーンズ"),
        case("T03", "EUC-KR", encoded("euc-kr", KOREAN)).finds("* guessed-encoding").sends("SKU-3 name=여성 청바지"),
        case("T04", "windows-874", encoded("windows-874", THAI))
            .finds("* guessed-encoding")
            .says("windows-874")
            .sends("SKU-3 name=กางเกงขาสั้น"),
        case("T04", "windows-874, named", encoded("windows-874", THAI))
            .with("--encoding windows-874")
            .sends("SKU-3 name=กางเกงขาสั้น"),
        case("T04", "windows-1258, named", encoded("windows-1258", VIETNAMESE))
            .with("--encoding windows-1258")
            .sends("SKU-2 name=Áo thun nam cô tròn"),
    ]
}

fn shapes() -> Vec<Case> {
    let shaped =
        |delimiter: char, end: &str| text_of(&grid("price|name\n99|Best, or second best\n98|Other"), delimiter, end);
    let as_file = |text: String| file("sheet.csv", text);
    vec![
        case("T07", "semicolons", as_file(shaped(';', "\n"))).sends("SKU-3 price=98, name=Other"),
        case("T07", "tabs", as_file(shaped('\t', "\n"))).sends("SKU-3 price=98, name=Other"),
        case("T07", "bars", as_file(shaped('|', "\n"))).sends("SKU-3 price=98, name=Other"),
        case("T07", "carets", as_file(shaped('^', "\n"))).with("--delimiter ^").sends("SKU-3 price=98, name=Other"),
        case("T07", "the first line says what parts cells", as_file(format!("sep=^\n{}", shaped('^', "\n"))))
            .sends("SKU-3 price=98, name=Other"),
        case("T08", "decimal commas between commas", file("sheet.csv", decimal_commas()))
            .finds("row 2 ragged-row; row 3 ragged-row"),
        case("T09", "CR LF", as_file(shaped(',', "\r\n"))).sends("SKU-3 price=98, name=Other"),
        case("T09", "CR alone", as_file(shaped(',', "\r"))).sends("SKU-3 price=98, name=Other"),
        case("T09", "all of them", as_file(mixed_ends())).sends("SKU-2 price=99; SKU-4 price=97"),
        case("T09", "CR LF within quotes", csv("description\nLine one\r⏎Line two")).sends("SKU-2 price=10"),
        case("T10", "a quote that is never closed", file("sheet.csv", unclosed())).refuses("line 3"),
        case("T12", "a cell too many, and one too few", file("sheet.csv", ragged()))
            .finds("row 2 ragged-row; row 3 ragged-row")
            .sends("SKU-2 -; SKU-3 -; SKU-4 price=97"),
    ]
}

fn decimal_commas() -> String {
    let text = text_of(&grid("price\n12;50\n9;90"), ',', "\n");
    text.replace(';', ",")
}

fn mixed_ends() -> String {
    let rows = grid("price\n99\n98\n97");
    let ends = ["\r\n", "\n", "\r\n", "\n"];
    rows.iter().zip(ends).map(|(row, end)| text_of(std::slice::from_ref(row), ',', end)).collect()
}

fn unclosed() -> String {
    text_of(&grid("name\nShirt\nBROKEN\nShirt"), ',', "\n").replace("BROKEN", "\"Best shirt")
}

fn ragged() -> String {
    let text = text_of(&grid("name|price\nShirt TWO|99\nLAST|98\nShirt|97"), ',', "\n");
    text.replace("Shirt TWO", "Shirt, the second").replace("LAST,", "")
}

fn marks() -> Vec<Case> {
    let long = |count: usize| csv(&format!("name\n{}", "🎁".repeat(count)));
    vec![
        case(
            "T14",
            "white space of all kinds around ids and numbers",
            csv("SellerSku|price\n\u{a0}TEE\u{2009}|\u{3000}12.50\u{202f}"),
        )
        .finds("A2 trimmed-sku; B1 written-as")
        .sends("TEE price=12.50"),
        case("T14", "white space inside a text is kept", csv("name\nBest\u{a0}shirt"))
            .sends("SKU-2 name=Best\u{a0}shirt"),
        case("T15", "marks that nobody sees in a seller SKU", csv("SellerSku\nTEE\u{200b}-\u{ad}1\u{200e}"))
            .finds("A2 cleaned-identifier")
            .sends("TEE-1 price=10"),
        case("T16", "curly quotes and dashes are kept", csv("name\n“Best” – shirt")).sends("SKU-2 name=“Best” – shirt"),
        case("T16", "letters with separate accents", csv("name\nCafe\u{301} shirt"))
            .may("repaired")
            .sends("SKU-2 name=Café shirt"),
        case("T16", "a dash for a minus", csv("price\n–5")).finds("A2 price-not-positive").may("repaired written-as"),
        case("T18", "HTML is text", csv("description\n<table><tr><td>1 & 2 ]]></table>"))
            .sends("SKU-2 description=<table><tr><td>1 & 2 ]]></table>"),
        case("T18", "a control character", csv("description\nBest\u{1} shirt"))
            .finds("A2 control-character")
            .sends("SKU-2 -"),
        case("T19", "255 characters, of four bytes each", long(255)),
        case("T19", "256 characters", long(256)).finds("A2 name-length"),
        case("T04", "letters that were lost on the way", xlsx("name\nเสื้อ\u{fffd}\u{fffd}ยืด"))
            .finds("A2 garbled-text")
            .sends("SKU-2 -"),
    ]
}
