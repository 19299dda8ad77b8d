//! Text that lost its letters before it came here, on its way through a wrong encoding.
//!
//! UTF-8 opened as `windows-1252` shows `à¸ªà¸´` for Thai and `Ã©` for `é`; opened as `windows-874` it shows
//! `เธชเธด`; and a program that gives up writes U+FFFD. None of it may go to a shop. Only what nobody writes on
//! purpose is called garbled: `30Â°C`, but not `BẢNG Â`, nor `« café »`.

use std::fmt;

/// The characters shown of what a text probably was.
const SHOWN: usize = 40;
/// How often a text is read back: it may have gone the wrong way twice.
const TIMES: usize = 3;

/// What happened to a text.
///
/// It is shown as the end of a sentence about a cell, such as `the name is UTF-8 text that was read as
/// windows-1252; it was probably "Café"`, or `the name holds U+FFFD, which stands for letters that were lost`:
///
/// ```
/// use skuload::sheet::garbled;
///
/// let found = garbled("CafÃ© crÃ¨me").map(|garbled| format!("the name {garbled}"));
/// assert_eq!(found.as_deref(), Some("the name is UTF-8 text that was read as windows-1252; it was probably `Café crème`"));
/// assert_eq!(garbled("Café crème").map(|garbled| garbled.kind), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Garbled {
    /// How it was damaged.
    pub kind: Damage,
    /// What it probably was, at most 40 characters; `None` where that is lost.
    pub meant: Option<String>,
}

/// How a text was damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// It holds U+FFFD, or what became of it: letters are lost.
    Replaced,
    /// It is nothing but question marks.
    QuestionMarks,
    /// It is Thai in windows-874 that was read as windows-1252.
    ThaiAsWestern,
    /// It is UTF-8 that was read in the encoding of this name.
    ReadAs(&'static str),
}

impl fmt::Display for Garbled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Damage::Replaced => f.write_str("holds U+FFFD, which stands for letters that were lost")?,
            Damage::QuestionMarks => f.write_str("is nothing but question marks, one for each letter that was lost")?,
            Damage::ThaiAsWestern => f.write_str("is Thai text in windows-874 that was read as windows-1252")?,
            Damage::ReadAs(encoding) => write!(f, "is UTF-8 text that was read as {encoding}")?,
        }
        match &self.meant {
            Some(meant) => write!(f, "; it was probably `{meant}`"),
            None => Ok(()),
        }
    }
}

/// Finds out whether `text` was damaged between encodings. ASCII and clean text of any script cost one look at
/// each character.
#[must_use]
pub fn garbled(text: &str) -> Option<Garbled> {
    if text.is_ascii() {
        return is_asked_away(text).then_some(Garbled { kind: Damage::QuestionMarks, meant: None });
    }
    let Some(suspicion) = suspicion(text.as_bytes()) else { return thai_as_western(text) };
    match suspicion {
        Suspicion::Replaced => Some(Garbled { kind: Damage::Replaced, meant: None }),
        Suspicion::Western => western(text).or_else(|| thai_as_western(text)),
        Suspicion::Thai => thai(text),
    }
}

/// Nothing but question marks: a program wrote one for each letter that its encoding has not.
fn is_asked_away(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("??") && text.len() > 2 && text.bytes().all(|byte| byte == b'?' || byte.is_ascii_whitespace())
}

/// Thai of windows-874 that was read as windows-1252: `àÊ×éÍ`. No Western word has four such letters in a row.
fn thai_as_western(text: &str) -> Option<Garbled> {
    if !text.bytes().any(|byte| matches!(byte, 0xc2 | 0xc3)) {
        return None;
    }
    let thai = |it: char| match u8::try_from(u32::from(it)) {
        Ok(byte @ (0xa1..=0xda | 0xdf..=0xfb)) => char::from_u32(0xe01 + u32::from(byte) - 0xa1),
        Ok(_) | Err(_) => None,
    };
    let (mut meant, mut run, mut is_word, mut before) = (String::new(), Vec::new(), false, ' ');
    for it in text.chars() {
        let read = if it.is_ascii() { it } else { thai(it)? };
        if it.is_ascii() {
            run.clear();
        } else {
            run.push(it);
        }
        // `»»»»` and `····` are ornaments.
        is_word |= run.len() >= 4 && run.iter().filter(|one| **one != run[0]).count() >= 2;
        // A vowel or a tone that stands above or below a letter begins no word.
        if !('\u{e01}'..='\u{e5b}').contains(&before)
            && matches!(read, '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}')
        {
            return None;
        }
        before = read;
        meant.push(read);
    }
    let shown = meant.chars().take(SHOWN).collect();
    is_word.then_some(Garbled { kind: Damage::ThaiAsWestern, meant: Some(shown) })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Suspicion {
    Replaced,
    Western,
    Thai,
}

/// The first sequence of bytes that may be damage; most text has none.
fn suspicion(bytes: &[u8]) -> Option<Suspicion> {
    let mut found = None;
    let mut at = 0;
    while let Some(&lead) = bytes.get(at) {
        let rest = &bytes[at..];
        match lead {
            // `Â` to `ô`, then a character that stands for a byte from 80 to BF.
            0xc3 if matches!(rest, [_, 0x82..=0xb4, 0xc2 | 0xc5 | 0xc6 | 0xcb | 0xe2, ..]) => {
                found = found.or(Some(Suspicion::Western));
            }
            // `เธ` and `เน`.
            0xe0 if matches!(rest, [_, 0xb9, 0x80, 0xe0, 0xb8, 0x98 | 0x99, ..]) => {
                found = found.or(Some(Suspicion::Thai));
            }
            0xef if rest.starts_with("\u{fffd}".as_bytes()) => return Some(Suspicion::Replaced),
            0xe9 if rest.starts_with("锟斤拷".as_bytes()) => return Some(Suspicion::Replaced),
            0xe7 if rest.starts_with("烫烫烫".as_bytes()) => return Some(Suspicion::Replaced),
            _ => {}
        }
        at += match lead {
            0..0x80 => 1,
            0x80..0xe0 => 2,
            0xe0..0xf0 => 3,
            0xf0.. => 4,
        };
    }
    found
}

/// What the characters of windows-1252 from 80 to 9F are; the others are their own numbers.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The byte of a character of windows-1252 beyond ASCII. The bytes 80 to 9F also stand for themselves, as in
/// ISO 8859-1.
fn western_byte(it: char) -> Option<u8> {
    match u8::try_from(u32::from(it)) {
        Ok(byte) if byte >= 0x80 => Some(byte),
        Ok(_) => None,
        Err(_) => WINDOWS_1252.iter().position(|own| *own == it).map(|at| at as u8 + 0x80),
    }
}

/// The byte of a character of windows-874 beyond ASCII.
fn thai_byte(it: char) -> Option<u8> {
    match it {
        '\u{e01}'..='\u{e3a}' | '\u{e3f}'..='\u{e5b}' => u8::try_from(u32::from(it) - 0xe01 + 0xa1).ok(),
        '\u{80}'..='\u{a0}' => u8::try_from(u32::from(it)).ok(),
        '€' | '…' | '‘' | '’' | '“' | '”' | '•' | '–' | '—' => western_byte(it),
        _ => None,
    }
}

/// A character of UTF-8 found in a text that was read in a wrong encoding.
struct Found {
    /// Where it stands in the text, in characters.
    from: usize,
    until: usize,
    it: char,
}

/// The characters of UTF-8 that the bytes of `letters` make, from left to right.
fn find_utf8(letters: &[char], byte: impl Fn(char) -> Option<u8>) -> Vec<Found> {
    let mut found = Vec::new();
    let mut from = 0;
    while from < letters.len() {
        let mut bytes = [0; 4];
        let mut count = 0;
        for one in letters[from..].iter().take(4).map_while(|letter| byte(*letter)) {
            bytes[count] = one;
            count += 1;
        }
        let first = bytes[..count].utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
        let len = first.map_or(1, char::len_utf8);
        if let Some(it) = first {
            found.push(Found { from, until: from + len, it });
        }
        from += len;
    }
    found
}

/// `letters` with what was found in its place.
fn mended(letters: &[char], found: &[Found]) -> String {
    let mut text = String::new();
    let mut at = 0;
    for one in found {
        text.extend(&letters[at..one.from]);
        text.push(one.it);
        at = one.until;
    }
    text.extend(&letters[at..]);
    text
}

fn garbled_as(encoding: &'static str, text: String) -> Garbled {
    let mut meant = text;
    for _ in 1..TIMES {
        match read_back(&meant) {
            Some(earlier) => meant = earlier,
            None => break,
        }
    }
    let is_known = !meant.contains('\u{fffd}');
    let shown = meant.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    Garbled { kind: Damage::ReadAs(encoding), meant: is_known.then_some(shown) }
}

fn read_back(text: &str) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    let found = find_utf8(&letters, western_byte);
    is_western_damage(&letters, &found).then(|| mended(&letters, &found))
}

fn western(text: &str) -> Option<Garbled> {
    read_back(text).map(|meant| garbled_as("windows-1252", meant))
}

/// Thai writes `เธ` and `เน`, but not twice with one letter between them.
fn thai(text: &str) -> Option<Garbled> {
    let letters: Vec<char> = text.chars().collect();
    let found = find_utf8(&letters, thai_byte);
    let is_thai = |one: &Found| matches!(one.it, '\u{e01}'..='\u{e5b}');
    let twice = found.windows(2).any(|pair| pair.iter().all(is_thai) && pair[0].until == pair[1].from);
    twice.then(|| garbled_as("windows-874", mended(&letters, &found)))
}

/// Two characters that nobody writes in one text, or side by side, or alone in a cell, or one that every damaged
/// text has.
fn is_western_damage(letters: &[char], found: &[Found]) -> bool {
    let strong: Vec<bool> = found.iter().map(|one| is_strong(letters, one)).collect();
    let is_beside = |pair: &[Found], strong: &[bool]| pair[0].until == pair[1].from && strong.contains(&true);
    let is_all = found.iter().map(|one| one.until - one.from).sum::<usize>() == letters.len();
    strong.iter().filter(|one| **one).count() >= 2
        || found.windows(2).zip(strong.windows(2)).any(|(pair, strong)| is_beside(pair, strong))
        || (is_all && strong.contains(&true))
        || found.iter().any(|one| is_typical(letters, one))
}

/// Punctuation that follows a letter in good texts, as in `« été »…`.
fn is_punctuation(it: char) -> bool {
    "\u{a0}«»‹›…‘’“”–—•·™®©ªº".contains(it)
}

fn is_strong(letters: &[char], one: &Found) -> bool {
    let is_used = matches!(one.it, '\u{80}'..='\u{24f}' | '\u{370}'..='\u{4ff}' | '\u{e00}'..='\u{e7f}')
        || matches!(one.it, '\u{1e00}'..='\u{1eff}' | '\u{2000}'..='\u{2bff}' | '\u{3000}'..='\u{9fff}')
        || matches!(one.it, '\u{ac00}'..='\u{d7a3}' | '\u{ff00}'..='\u{ffef}' | '\u{fffd}' | '\u{1f000}'..);
    let tail = &letters[one.from + 1..one.until];
    is_used && !tail.iter().all(|letter| is_punctuation(*letter))
}

fn is_typical(letters: &[char], one: &Found) -> bool {
    let before = one.from.checked_sub(1).map_or(' ', |at| letters[at]);
    let after = letters.get(one.until).copied().unwrap_or(' ');
    let (lead, second) = (letters[one.from], letters[one.from + 1]);
    match (lead, one.it) {
        // `Â` closes no syllable in any language.
        ('Â', '«' | '»' | '·' | '\u{a0}' | '¨') => before.is_lowercase() || before.is_ascii_digit(),
        ('Â', _) => !matches!(second, '‘' | '’' | '“' | '”' | '–' | '—' | '…' | '‹' | '›'),
        ('Ã', _) if "‰ˆ‡œ„ŸšžŠŒŽ‚ƒ†".contains(second) => true,
        // `Ã` closes words in capitals: `MÃ`, `IRMÃ`.
        ('Ã', _) => before.is_lowercase() || (after.is_lowercase() && second != '\u{a0}'),
        // `â€™`, `â‚¬`, `â„¢`.
        ('â', '\u{2000}'..='\u{203f}' | '\u{20a0}'..='\u{20bf}' | '\u{2100}'..='\u{214f}') => true,
        ('à', '\u{e01}'..='\u{e5b}') => true,
        ('á', '\u{1ea0}'..='\u{1eff}') => before.is_alphabetic() && after.is_lowercase(),
        ('ã', '\u{3000}'..='\u{303f}') => second == '€',
        ('ï', '\u{feff}' | '\u{ff00}'..='\u{ff5e}' | '\u{fffd}') => true,
        ('ð', '\u{1f000}'..) => second == 'Ÿ',
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expect` is what the text was, `?` where that is lost, nothing where it is sound.
    #[track_caller]
    fn check(text: &str, expect: &str) {
        let found = garbled(text).map(|found| found.meant.unwrap_or_else(|| "?".to_owned())).unwrap_or_default();
        assert_eq!(found, expect, "{text}");
    }

    /// UTF-8 text as a program shows it that takes it for another encoding.
    fn misread(text: &str, encoding: &'static encoding_rs::Encoding) -> String {
        encoding.decode_without_bom_handling(text.as_bytes()).0.into_owned()
    }

    #[test]
    fn utf_8_that_was_read_as_western_is_read_back() {
        for text in [
            "สินค้า",
            "เสื้อยืดคอกลม",
            "中文",
            "价格",
            "Café",
            "crème brûlée",
            "men’s",
            "30°C",
            "Lego®",
            "£5",
            "Áo thun",
            "Giày thể thao",
            "Việt",
            "Größe",
            "jalapeño",
            "Футболка",
            "日本語",
            "한국어",
            "5–10",
            "Tee 👕",
            "½ inch",
            "CAFÉ",
            "Straße",
            "été",
            "şık",
        ] {
            check(&misread(text, encoding_rs::WINDOWS_1252), text);
        }
    }

    #[test]
    fn utf_8_that_was_read_as_thai_is_read_back() {
        for text in ["สินค้า", "เสื้อยืดคอกลม", "ราคา"] {
            check(&misread(text, encoding_rs::WINDOWS_874), text);
        }
    }

    #[test]
    fn text_that_went_wrong_twice_is_read_back() {
        let once = misread("Café", encoding_rs::WINDOWS_1252);
        check(&misread(&once, encoding_rs::WINDOWS_1252), "Café");
    }

    #[test]
    fn question_marks_alone_and_thai_in_western_letters_are_told() {
        for text in ["?????? ????", "???"] {
            assert_eq!(garbled(text).map(|found| found.kind), Some(Damage::QuestionMarks), "{text}");
        }
        let (bytes, _, _) = encoding_rs::WINDOWS_874.encode("เสื้อยืด สีแดง XL");
        let (misread, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes);
        let found = garbled(&misread);
        assert_eq!(found.and_then(|found| found.meant).as_deref(), Some("เสื้อยืด สีแดง XL"));
        for text in ["?", "Really???", "Größe ÄÖÜß", "naïveté à l'été", "30 °C × 2", "»»»» Sale ····", "Crème brûlée"]
        {
            assert_eq!(garbled(text), None, "{text}");
        }
    }

    #[test]
    fn lost_letters_are_told() {
        check("Caf\u{fffd}", "?");
        check("锟斤拷锟斤拷", "?");
        check("烫烫烫烫", "?");
        check("Cafï¿½", "?");
        assert_eq!(
            garbled("Caf\u{fffd}").unwrap().to_string(),
            "holds U+FFFD, which stands for letters that were lost"
        );
        assert_eq!(
            garbled("CafÃ©").unwrap().to_string(),
            "is UTF-8 text that was read as windows-1252; it was probably `Café`"
        );
    }

    #[test]
    fn what_it_was_is_cut() {
        let long = misread(&"ส".repeat(100), encoding_rs::WINDOWS_1252);
        check(&long, &"ส".repeat(40));
    }

    #[rustfmt::skip]
    const SOUND: &[&str] = &[
        "", "Tee", "What???", "Café crème à la française", "«\u{a0}café\u{a0}» et «\u{a0}été\u{a0}»",
        "à\u{a0}«\u{a0}l’été\u{a0}»", "Il est arrivé…»", "«está»…", "«está»", "¿Qué? ¡Olé!", "NÃO", "IRMÃ”", "MÃ ®",
        "MÃ\u{a0}số 12", "LÃ\u{a0}100%", "ĐÃ BÁN", "BẢNG\u{a0}Â", "«Â»", "chữ Â", "ÁO SƠ MI NAM DÀI TAY",
        "Áo sơ mi nam dài tay", "Giày thể thao nữ đế êm", "Bộ chăn ga gối lụa", "Nước hoa Ấn Độ", "Máy xay sinh tố",
        "Größe: 5 m² à 30 °C", "Maß²", "Fuß²", "Füße", "Ästhetik", "señora ñandú", "coração", "MAÇÃ", "São Paulo",
        "Ærø", "Malmö", "Žižkov", "Łódź", "İstanbul", "şık tişört", "naïve", "Ça va", "Müller™", "L’Oréal®",
        "Häagen-Dazs®", "Nestlé®", "Pokémon™", "crème…", "5”×7”", "½ × ¾", "€5–€10", "£5", "เสื้อยืดคอกลม", "เธอ",
        "เนคไท", "เธียร", "เนย", "เนื้อ", "เธอเนียน", "เนเน่", "เธอเธอ", "เนกาทีฟ", "เนบิวลา", "纯棉T恤", "黑色", "中文",
        "联通", "日本語", "한국어", "Футболка", "烫烫", "烫发", "👕", "à propos", "déjà–vu", "voilà…", "Ô²",
    ];

    #[test]
    fn sound_text_is_left_alone() {
        for text in SOUND {
            check(text, "");
        }
    }
}
