//! Bytes -> UTF-8 text, in chunks, strictly: a byte that is no text stops the reading.
//!
//! A byte order mark decides, then what the user said, then UTF-16's zero bytes, then UTF-8, each of which is
//! sure. Bytes that are none of these are guessed at by `guess`, and the guess is told; where nobody can be
//! sure, the user is asked, because a wrong guess would change the merchant's text.

mod guess;
mod region;
mod script;

use std::io::{self, ErrorKind, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use self::guess::{Guess, guess};
use self::region::Region;
use super::bytes::Input;
use super::sniff::Refusal;

/// Bytes read and decoded at a time.
const CHUNK: usize = 64 * 1024;

/// The encodings named in messages, those most often met in Lazada's countries first.
const EXAMPLES: &str = "`--encoding windows-874` (Thai), `gb18030` (Chinese), `big5` (traditional Chinese), \
                        `windows-1258` (Vietnamese) or `windows-1252` (Western)";

/// The bytes are no text in the encoding; they look like text in another.
#[derive(Debug, thiserror::Error)]
#[error("bytes that are not text in this encoding")]
pub(super) struct Malformed {
    /// The encoding that the bytes from the bad one on are most likely in.
    pub(super) looks_like: Option<&'static str>,
}

/// How a file's bytes become text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Charset {
    encoding: &'static Encoding,
    chosen_by: ChosenBy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChosenBy {
    Mark,
    User,
    /// Every other byte is zero.
    Shape,
    /// The file is UTF-8 as far as it was looked at.
    Default,
    Letters,
}

impl Charset {
    /// The encoding of a file that begins with `head`; `label` is what the user called it.
    pub(super) fn decide(input: &Input, head: &[u8], label: Option<&str>) -> Result<Charset, Refusal> {
        let named = label.map(named).transpose()?;
        if let Some((encoding, _)) = Encoding::for_bom(head) {
            return Ok(Charset { encoding, chosen_by: ChosenBy::Mark });
        }
        if let Some(encoding) = named {
            return Ok(Charset { encoding, chosen_by: ChosenBy::User });
        }
        if let Some(encoding) = utf_16_by_shape(head) {
            return Ok(Charset { encoding, chosen_by: ChosenBy::Shape });
        }
        // Zero bytes are no text in the encodings that are guessed; the caller says so.
        if head.contains(&0) {
            return Ok(Charset { encoding: UTF_8, chosen_by: ChosenBy::Default });
        }
        match Region::find(input, head)? {
            Some(region) if !region.is_utf8() => region.judge(input),
            Some(_) | None => Ok(Charset { encoding: UTF_8, chosen_by: ChosenBy::Default }),
        }
    }

    /// The encoding's name, where it was guessed from the letters.
    pub(super) fn guessed(self) -> Option<&'static str> {
        (self.chosen_by == ChosenBy::Letters).then(|| self.encoding.name())
    }

    /// What browsers call the encoding.
    pub(super) fn name(self) -> &'static str {
        self.encoding.name()
    }

    /// A byte order mark tells the encoding.
    pub(super) fn is_marked(self) -> bool {
        self.chosen_by == ChosenBy::Mark
    }

    /// Its text is its bytes.
    pub(super) fn is_utf8(self) -> bool {
        self.encoding == UTF_8
    }

    /// Two or four bytes a character, so that zero bytes are no sign of a binary file.
    pub(super) fn is_utf16(self) -> bool {
        self.encoding == UTF_16LE || self.encoding == UTF_16BE
    }

    /// What to say when line `line` is not text; `looks_like` names the encoding that it is probably in.
    pub(super) fn complaint(self, line: u64, looks_like: Option<&str>) -> String {
        let name = self.encoding.name();
        match (self.chosen_by, looks_like) {
            (ChosenBy::Default, Some(other)) => format!(
                "line {line} is not UTF-8 text; from there on the file looks like {other}: read it with \
                 `--encoding {other}`, or save it as `CSV UTF-8`"
            ),
            (ChosenBy::Default, None) => format!(
                "line {line} is not UTF-8 text; save the file as `CSV UTF-8`, or name its encoding, for example {EXAMPLES}"
            ),
            (ChosenBy::User, _) => {
                format!("line {line} is not {name} text; name another encoding, for example {EXAMPLES}")
            }
            (ChosenBy::Letters, _) => format!(
                "line {line} is not {name} text, as which the lines before it were read by their letters; name the \
                 file's encoding, for example {EXAMPLES}, or save it as `CSV UTF-8`"
            ),
            (ChosenBy::Mark | ChosenBy::Shape, _) => {
                format!(
                    "line {line} is not {name} text, as the file's first bytes promise; save it again as `CSV UTF-8`"
                )
            }
        }
    }

    /// Decodes `bytes` as they are read; byte order marks at the beginning are left out.
    pub(super) fn decode<R: Read>(self, bytes: R) -> Decoding<R> {
        Decoding {
            bytes,
            decoder: self.encoding.new_decoder_without_bom_handling(),
            raw: vec![0; CHUNK],
            raw_span: (0, 0),
            // A chunk of any encoding fits in several rounds; a few bytes of room keep each round moving.
            text: vec![0; CHUNK],
            text_span: (0, 0),
            state: State::AtStart,
            may_guess: self.chosen_by == ChosenBy::Default,
        }
    }
}

/// Whether texts in the encoding that a user calls `label` can be read.
///
/// # Errors
/// It is not known; the message names some that are.
pub fn know_encoding(label: &str) -> Result<(), String> {
    named(label).map(|_| ())
}

/// The encoding that a user calls `label`.
fn named(label: &str) -> Result<&'static Encoding, String> {
    Encoding::for_label_no_replacement(label.as_bytes())
        .ok_or_else(|| format!("`{}` is not an encoding known here; use for example {EXAMPLES}", label.escape_debug()))
}

/// UTF-16 without a mark: Latin letters, digits and delimiters have a zero byte on one side and never on the
/// other, and what comes out is text.
fn utf_16_by_shape(head: &[u8]) -> Option<&'static Encoding> {
    let head = &head[..head.len() & !1];
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let (encoding, many, few) = if second > first { (UTF_16LE, second, first) } else { (UTF_16BE, first, second) };
    // Few letters beyond Latin end in a zero byte, such as U+4E00.
    if many * 20 < head.len() || few * 8 > many || many < 2 {
        return None;
    }
    let whole = match encoding.decode_without_bom_handling_and_without_replacement(head) {
        Some(text) => text,
        // The head's end may have cut a pair.
        None => encoding.decode_without_bom_handling_and_without_replacement(&head[..head.len() - 2])?,
    };
    let is_text = |c: char| !c.is_control() || matches!(c, '\t' | '\r' | '\n');
    whole.chars().all(is_text).then_some(encoding)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    AtStart,
    Inside,
    Ended,
    Failed { looks_like: Option<&'static str> },
}

/// A reader of UTF-8 text over a reader of bytes.
pub(super) struct Decoding<R> {
    bytes: R,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_span: (usize, usize),
    text: Vec<u8>,
    text_span: (usize, usize),
    state: State,
    /// Only ASCII has been seen, and nobody said what comes behind it.
    may_guess: bool,
}

impl<R: Read> Decoding<R> {
    /// Decodes the next stretch into `text`; the text before a bad byte comes out before the failure.
    fn refill(&mut self) -> io::Result<()> {
        let mut last = false;
        if self.raw_span.0 == self.raw_span.1 {
            let count = read_some(&mut self.bytes, &mut self.raw)?;
            self.raw_span = (0, count);
            last = count == 0;
        }
        let raw = &self.raw[self.raw_span.0..self.raw_span.1];
        let (result, used, written) = self.decoder.decode_to_utf8_without_replacement(raw, &mut self.text, last);
        self.raw_span.0 += used;
        self.text_span = (0, written);
        if self.state == State::AtStart {
            self.skip_marks();
        }
        self.may_guess = self.may_guess && self.text[..written].is_ascii();
        match result {
            DecoderResult::InputEmpty if last => self.state = State::Ended,
            DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => self.state = State::Failed { looks_like: self.other_encoding() },
        }
        Ok(())
    }

    /// The encoding in which what was read last is text.
    fn other_encoding(&self) -> Option<&'static str> {
        let raw = &self.raw[..self.raw_span.1];
        let end = raw.iter().rposition(is_line_end).map_or(raw.len(), |end| end + 1);
        match guess(&raw[..end]) {
            Guess::Sure(encoding) if self.may_guess => Some(encoding.name()),
            Guess::Sure(_) | Guess::Unsure(_) | Guess::BrokenUtf8 => None,
        }
    }

    fn skip_marks(&mut self) {
        const MARK: &[u8] = "\u{feff}".as_bytes();
        while self.text[self.text_span.0..self.text_span.1].starts_with(MARK) {
            self.text_span.0 += MARK.len();
        }
        if self.text_span.0 < self.text_span.1 {
            self.state = State::Inside;
        }
    }
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.text_span.0 == self.text_span.1 {
            match self.state {
                State::Ended => return Ok(0),
                State::Failed { looks_like } => {
                    return Err(io::Error::new(ErrorKind::InvalidData, Malformed { looks_like }));
                }
                State::AtStart | State::Inside => self.refill()?,
            }
        }
        let text = &self.text[self.text_span.0..self.text_span.1];
        let count = text.len().min(buffer.len());
        buffer[..count].copy_from_slice(&text[..count]);
        self.text_span.0 += count;
        Ok(count)
    }
}

fn is_line_end(byte: &u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

fn read_some(bytes: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match bytes.read(buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], label: Option<&str>, expect: Result<&str, &str>) {
        let input = Input::Bytes(Arc::from(bytes));
        let found = match Charset::decide(&input, &bytes[..bytes.len().min(CHUNK)], label) {
            Ok(charset) => {
                let mut text = Vec::new();
                match charset.decode(bytes).read_to_end(&mut text) {
                    Ok(_) => Ok(String::from_utf8(text).unwrap()),
                    Err(_) => Err(charset.complaint(7, None)),
                }
            }
            Err(Refusal::Unreadable(reason)) => Err(reason),
            Err(other) => Err(other.to_string()),
        };
        match (found, expect) {
            (Ok(found), Ok(expect)) => assert_eq!(found, expect),
            (Err(found), Err(expect)) => assert!(found.contains(expect), "{found}"),
            (found, expect) => panic!("{found:?} instead of {expect:?}"),
        }
    }

    #[test]
    fn utf_8_passes_as_it_is() {
        check("ราคา,价格".as_bytes(), None, Ok("ราคา,价格"));
        check(b"", None, Ok(""));
    }

    #[test]
    fn byte_order_marks_at_the_beginning_are_left_out() {
        check("\u{feff}a\u{feff}".as_bytes(), None, Ok("a\u{feff}"));
        check("\u{feff}\u{feff}a".as_bytes(), None, Ok("a"));
        check(&[0xff, 0xfe, b'a', 0, 0x32, 0x0e], None, Ok("aา"));
        check(&[0xfe, 0xff, 0, b'a', 0x0e, 0x32], None, Ok("aา"));
    }

    #[test]
    fn a_mark_outweighs_what_the_user_said() {
        check("\u{feff}ก".as_bytes(), Some("windows-874"), Ok("ก"));
    }

    #[test]
    fn a_named_encoding_is_decoded() {
        check(&[0xa1, 0xd2], Some("windows-874"), Ok("กา"));
        check(&[0xa1, 0xd2], Some("TIS-620"), Ok("กา"));
        check(&[0xbc, 0xdb], Some("gb18030"), Ok("价"));
        check(b"a\0b\0", Some("utf-16le"), Ok("ab"));
    }

    #[test]
    fn an_unknown_encoding_is_refused_with_examples() {
        check(
            b"a",
            Some("thai"),
            Err("`thai` is not an encoding known here; use for example `--encoding windows-874`"),
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        check(&[b'a', 0xff, 0xd2], None, Err("line 1 is not UTF-8 text; save the file as `CSV UTF-8`"));
        let broken = "ราคา\nสี".as_bytes().split_last().unwrap().1;
        check(broken, None, Err("line 2 is not UTF-8 text, as the rest of the file is; correct the text there"));
        check(&[0xdb, 0xdc], Some("windows-874"), Err("line 7 is not windows-874 text; name another encoding"));
        check(&[0xff, 0xfe, 0x00, 0xdc], None, Err("line 7 is not UTF-16LE text, as the file's first bytes"));
    }

    #[test]
    fn characters_across_chunks_are_kept() {
        let text = format!("a{}", "ก".repeat(2 * CHUNK));
        check(text.as_bytes(), None, Ok(&text));
        let thai: Vec<u8> = vec![0xa1; 3 * CHUNK];
        check(&thai, Some("windows-874"), Ok(&"ก".repeat(3 * CHUNK)));
    }
}
