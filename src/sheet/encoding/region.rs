//! The part of a text file from which its encoding is guessed: from the line of the first byte beyond ASCII on.
//!
//! A clean file pays for a look at its first bytes only; what is asked of the user names the line and shows how it
//! would read.

use std::io::{self, Read, Seek, SeekFrom};

use encoding_rs::{Encoding, UTF_8};

use super::super::bytes::Input;
use super::super::sniff::Refusal;
use super::guess::{Guess, Reading, guess, script_of};
use super::{CHUNK, Charset, ChosenBy, is_line_end, read_some};

/// How far a file is searched for its first byte beyond ASCII, when its head holds none.
const SEARCHED: u64 = 4 << 20;
/// The bytes from which an encoding is guessed.
const GUESSED_FROM: u64 = 1 << 20;

/// A stretch of the file from the line of its first byte beyond ASCII on.
pub(super) struct Region {
    /// Where it begins in the file.
    at: u64,
    bytes: Vec<u8>,
}

impl Region {
    /// `None` where all is ASCII as far as it is searched, or where the head is UTF-8 beyond ASCII.
    pub(super) fn find(input: &Input, head: &[u8]) -> Result<Option<Region>, Refusal> {
        let ascii = Encoding::ascii_valid_up_to(head);
        if ascii < head.len() {
            let whole_line = head[..ascii].iter().rposition(is_line_end).map_or(0, |at| at + 1);
            return if is_utf8(head) { Ok(None) } else { Region::take(input, whole_line as u64).map(Some) };
        }
        let mut stream = input.open()?;
        let mut chunk = vec![0; CHUNK];
        let (mut at, mut line_at) = (0, 0);
        while at < SEARCHED {
            let count = read_some(&mut stream, &mut chunk)?;
            let ascii = Encoding::ascii_valid_up_to(&chunk[..count]);
            if let Some(end) = chunk[..ascii].iter().rposition(is_line_end) {
                line_at = at + end as u64 + 1;
            }
            if ascii < count {
                return Region::take(input, line_at).map(Some);
            }
            if count == 0 {
                break;
            }
            at += count as u64;
        }
        Ok(None)
    }

    /// As much as is judged, from byte `at` on; only whole lines where the file goes on.
    fn take(input: &Input, at: u64) -> Result<Region, Refusal> {
        let mut stream = input.open()?;
        stream.seek(SeekFrom::Start(at))?;
        let mut bytes = stream.take_up_to(GUESSED_FROM)?;
        if bytes.len() as u64 == GUESSED_FROM {
            let end = bytes.iter().rposition(is_line_end).or_else(|| bytes.iter().rposition(u8::is_ascii));
            bytes.truncate(end.map_or(bytes.len(), |end| end + 1));
        }
        Ok(Region { at, bytes })
    }

    pub(super) fn is_utf8(&self) -> bool {
        std::str::from_utf8(&self.bytes).is_ok()
    }

    /// The encoding in which the region reads as text; refused where nobody can be sure.
    pub(super) fn judge(&self, input: &Input) -> Result<Charset, Refusal> {
        let good = std::str::from_utf8(&self.bytes).map_or_else(|error| error.valid_up_to(), str::len);
        let line = || line_at(input, self.at + good as u64);
        let default = Charset { encoding: UTF_8, chosen_by: ChosenBy::Default };
        match guess(&self.bytes) {
            Guess::Sure(encoding) => Ok(Charset { encoding, chosen_by: ChosenBy::Letters }),
            Guess::BrokenUtf8 => Err(format!(
                "line {} is not UTF-8 text, as the rest of the file is; correct the text there, or save the file \
                 again as `CSV UTF-8`",
                line()?
            )
            .into()),
            Guess::Unsure(readings) => Err(match asked(&readings) {
                Some(question) => format!("line {} is not UTF-8 text, and {question}", line()?),
                None => default.complaint(line()?, None),
            }
            .into()),
        }
    }
}

/// What the user has to decide.
fn asked(readings: &[Reading]) -> Option<String> {
    let first = readings.first()?.encoding.name();
    let shown = readings.iter().map(|reading| {
        let script = script_of(reading.encoding).map(|script| script.name()).unwrap_or_default();
        format!("`{}` in {} ({script})", reading.line, reading.encoding.name())
    });
    let shown = shown.collect::<Vec<_>>().join(", ");
    Some(format!(
        "it is not certain what it is: it reads {shown}; say which is right, such as `--encoding {first}`, or save the \
         file as `CSV UTF-8`"
    ))
}

/// The head is UTF-8 beyond ASCII; its end may have cut a character, where the file goes on.
fn is_utf8(head: &[u8]) -> bool {
    match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && head.len() >= CHUNK && !head[..error.valid_up_to()].is_ascii(),
    }
}

/// The line, from 1, on which byte `offset` of the input stands.
fn line_at(input: &Input, offset: u64) -> io::Result<u64> {
    let mut before = input.open()?.take(offset);
    let mut chunk = vec![0; CHUNK];
    let (mut line, mut after_return) = (1, false);
    loop {
        let count = read_some(&mut before, &mut chunk)?;
        if count == 0 {
            return Ok(line);
        }
        for byte in &chunk[..count] {
            line += u64::from(*byte == b'\r' || (*byte == b'\n' && !after_return));
            after_return = *byte == b'\r';
        }
    }
}
