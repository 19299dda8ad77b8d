//! Bytes -> UTF-8 text, in chunks, strictly: a byte that is no text stops the reading.
//!
//! A byte order mark decides, then what the user said, then UTF-8. Nothing is guessed: Thai and
//! Chinese bytes are valid in several encodings, and a wrong guess would change the merchant's text.

use std::io::{self, ErrorKind, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Bytes read and decoded at a time.
const CHUNK: usize = 64 * 1024;

/// The encodings named in messages, those most often met in Lazada's countries first.
const EXAMPLES: &str = "`--encoding windows-874` (Thai), `gb18030` (Chinese), `big5` (traditional Chinese), \
                        `windows-1258` (Vietnamese) or `windows-1252` (Western)";

/// The bytes are no text in the encoding.
#[derive(Debug, thiserror::Error)]
#[error("bytes that are not text in this encoding")]
pub(super) struct Malformed;

/// How a file's bytes become text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Charset {
    encoding: &'static Encoding,
    chosen_by: ChosenBy,
}

#[derive(Debug, Clone, Copy)]
enum ChosenBy {
    Mark,
    User,
    Default,
}

impl Charset {
    /// The encoding of a file that begins with `head`; `label` is what the user called it.
    ///
    /// The error says what is wrong with the label.
    pub(super) fn choose(head: &[u8], label: Option<&str>) -> Result<Charset, String> {
        let named = match label {
            None => None,
            Some(label) => Some(Encoding::for_label_no_replacement(label.as_bytes()).ok_or_else(|| {
                format!("`{}` is not an encoding known here; use for example {EXAMPLES}", label.escape_debug())
            })?),
        };
        Ok(match (Encoding::for_bom(head), named) {
            (Some((encoding, _)), _) => Charset { encoding, chosen_by: ChosenBy::Mark },
            (None, Some(encoding)) => Charset { encoding, chosen_by: ChosenBy::User },
            (None, None) => Charset { encoding: UTF_8, chosen_by: ChosenBy::Default },
        })
    }

    /// Two or four bytes a character, so that zero bytes are no sign of a binary file.
    pub(super) fn is_utf16(self) -> bool {
        self.encoding == UTF_16LE || self.encoding == UTF_16BE
    }

    /// What to say when line `line` is not text.
    pub(super) fn complaint(self, line: u64) -> String {
        let name = self.encoding.name();
        match self.chosen_by {
            ChosenBy::Default => format!(
                "line {line} is not UTF-8 text; save the file as `CSV UTF-8`, or name its encoding, for example {EXAMPLES}"
            ),
            ChosenBy::User => {
                format!("line {line} is not {name} text; name another encoding, for example {EXAMPLES}")
            }
            ChosenBy::Mark => {
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
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    AtStart,
    Inside,
    Ended,
    Failed,
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
        match result {
            DecoderResult::InputEmpty if last => self.state = State::Ended,
            DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => self.state = State::Failed,
        }
        Ok(())
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
                State::Failed => return Err(io::Error::new(ErrorKind::InvalidData, Malformed)),
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
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], label: Option<&str>, expect: Result<&str, &str>) {
        let found = Charset::choose(bytes, label).and_then(|charset| {
            let mut text = Vec::new();
            match charset.decode(bytes).read_to_end(&mut text) {
                Ok(_) => Ok(String::from_utf8(text).unwrap()),
                Err(_) => Err(charset.complaint(7)),
            }
        });
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
        check(&[b'a', 0xa1, 0xd2], None, Err("line 7 is not UTF-8 text; save the file as `CSV UTF-8`"));
        check("กา".as_bytes().split_last().unwrap().1, None, Err("line 7 is not UTF-8 text"));
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
