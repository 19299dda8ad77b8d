//! The text of a date, cut into numbers, words and marks.
//!
//! Digits of other scripts become ASCII here, and it is told; what cannot be seen is left out.

use unicode_normalization::UnicodeNormalization;

/// A text in lower case with plain digits, spaces and marks.
pub(super) struct Folded {
    pub(super) text: String,
    /// It held Thai digits: years then count from the Buddha.
    pub(super) has_thai_digits: bool,
    /// It held digits other than 0 to 9.
    pub(super) has_other_digits: bool,
}

/// Makes digits, spaces, dashes and full-width marks plain.
pub(super) fn folded(text: &str) -> Folded {
    let mut fold = Folded { text: String::with_capacity(text.len()), has_thai_digits: false, has_other_digits: false };
    for c in text.trim().nfc() {
        if let Some(digit) = other_digit(c) {
            fold.text.push(char::from(b'0' + digit));
            fold.has_other_digits = true;
            fold.has_thai_digits |= ('๐'..='๙').contains(&c);
            continue;
        }
        match c {
            _ if c.is_whitespace() => fold.text.push(' '),
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}' => {}
            '\u{2010}'..='\u{2015}' | '\u{2212}' => fold.text.push('-'),
            // Full-width marks and letters stand in the order of ASCII.
            '！'..='～' => {
                let plain = char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c);
                fold.text.push(plain.to_ascii_lowercase());
            }
            _ => fold.text.extend(c.to_lowercase()),
        }
    }
    let trimmed = fold.text.trim();
    if trimmed.len() != fold.text.len() {
        fold.text = trimmed.to_owned();
    }
    fold
}

/// The value of a Thai, full-width, Arabic-Indic or Persian digit.
fn other_digit(c: char) -> Option<u8> {
    let zero = ['๐', '０', '٠', '۰'].into_iter().find(|zero| (*zero..).take(10).any(|digit| digit == c))?;
    u8::try_from(u32::from(c) - u32::from(zero)).ok()
}

#[derive(Debug, PartialEq, Eq)]
enum Token<'a> {
    Number(&'a str),
    /// Letters; the dots between them are left out: `a.m.` is `am`.
    Word(String),
    Mark(char),
}

/// One of them, and whether a space stands before it.
pub(super) struct Piece<'a> {
    token: Token<'a>,
    has_space_before: bool,
}

/// Cuts a folded text.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.trim_start().is_empty() {
        let has_space_before = rest.starts_with(' ');
        rest = rest.trim_start();
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (token, length) = match rest.chars().next() {
            _ if digits > 0 => (Token::Number(&rest[..digits]), digits),
            Some(c) if is_letter(c) => {
                let length = word_length(rest);
                (Token::Word(rest[..length].replace('.', "")), length)
            }
            Some(c) => (Token::Mark(c), c.len_utf8()),
            None => break,
        };
        pieces.push(Piece { token, has_space_before });
        rest = &rest[length..];
    }
    pieces
}

/// Letters with dots between and behind them. A Chinese sign is a word by itself.
fn word_length(text: &str) -> usize {
    let mut length = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let goes_on = if c == '.' { length > 0 } else { is_letter(c) && !(is_sign(c) && length > 0) };
        if !goes_on {
            break;
        }
        length += c.len_utf8();
        if is_sign(c) || (c == '.' && !chars.peek().is_some_and(|next| is_letter(*next))) {
            break;
        }
    }
    length
}

fn is_letter(c: char) -> bool {
    // Some Thai marks above and below are no letters to Unicode.
    c.is_alphabetic() || ('\u{e31}'..='\u{e4e}').contains(&c)
}

fn is_sign(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// A place in the pieces; a copy of it is a way back.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    pieces: &'a [Piece<'a>],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(pieces: &'a [Piece<'a>]) -> Cursor<'a> {
        Cursor { pieces }
    }

    pub(super) fn is_at_end(self) -> bool {
        self.pieces.is_empty()
    }

    /// The next piece stands close to the one before it.
    pub(super) fn is_close(self) -> bool {
        self.pieces.first().is_some_and(|piece| !piece.has_space_before)
    }

    /// The next piece, where it is a number.
    pub(super) fn number(&mut self) -> Option<&'a str> {
        let (first, rest) = self.pieces.split_first()?;
        let Token::Number(digits) = first.token else { return None };
        self.pieces = rest;
        Some(digits)
    }

    /// What `read` makes of the next piece, where that is a word and something comes of it.
    pub(super) fn word<T>(&mut self, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let (first, rest) = self.pieces.split_first()?;
        let Token::Word(word) = &first.token else { return None };
        let found = read(word)?;
        self.pieces = rest;
        Some(found)
    }

    /// Steps over the next piece, where it is one of the words.
    pub(super) fn skips_word(&mut self, words: &[&str]) -> bool {
        self.word(|word| words.contains(&word).then_some(())).is_some()
    }

    /// The next piece, where it is one of the marks.
    pub(super) fn mark(&mut self, marks: &[char]) -> Option<char> {
        let (first, rest) = self.pieces.split_first()?;
        let Token::Mark(mark) = first.token else { return None };
        if !marks.contains(&mark) {
            return None;
        }
        self.pieces = rest;
        Some(mark)
    }

    /// The number behind one of the marks, where all three stand close together.
    pub(super) fn number_behind(&mut self, marks: &[char]) -> Option<&'a str> {
        let mut ahead = *self;
        let is_close = ahead.is_close();
        ahead.mark(marks)?;
        let digits = if is_close && ahead.is_close() { ahead.number()? } else { return None };
        *self = ahead;
        Some(digits)
    }
}
