//! Bytes that a thread of their own reads beforehand: unpacking goes on while what was unpacked is taken apart.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

/// The bytes that are handed over at once.
const PIECE: usize = if cfg!(test) { 16 } else { 256 << 10 };

/// How many pieces wait.
const WAITING: usize = 4;

/// Reads `source` on a thread of its own, as far as `consume` reads it here, and a little further.
pub(super) fn read_ahead<T>(mut source: impl Read + Send, consume: impl FnOnce(Ahead) -> T) -> T {
    let (sender, pieces) = sync_channel(WAITING);
    thread::scope(|scope| {
        scope.spawn(move || {
            loop {
                let mut bytes = Vec::with_capacity(PIECE);
                let (is_whole, failure) = match source.by_ref().take(PIECE as u64).read_to_end(&mut bytes) {
                    Ok(count) => (count == PIECE, None),
                    Err(error) => (false, Some(error)),
                };
                // Nobody listens any more once enough was read.
                let is_wanted = sender.send(Ok(bytes)).is_ok();
                if let Some(error) = failure {
                    _ = sender.send(Err(error));
                }
                if !is_whole || !is_wanted {
                    return;
                }
            }
        });
        consume(Ahead { pieces, piece: Vec::new(), at: 0 })
    })
}

/// What was read beforehand.
pub(super) struct Ahead {
    pieces: Receiver<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
    /// So much of it has been taken.
    at: usize,
}

impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            // The end, or a panic, which the scope of the thread brings.
            let Ok(piece) = self.pieces.recv() else { return Ok(0) };
            (self.piece, self.at) = (piece?, 0);
        }
        let count = (&self.piece[self.at..]).read(buffer)?;
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_the_source_gives() {
        for len in [0, 1, 15, 16, 17, 32, 1_000] {
            let bytes: Vec<u8> = (0..len).map(|at| at as u8).collect();
            let mut read = Vec::new();
            read_ahead(&bytes[..], |mut ahead| ahead.read_to_end(&mut read)).unwrap();
            assert_eq!(read, bytes);
        }
    }

    #[test]
    fn a_failure_comes_behind_what_was_read() {
        struct Fails;
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        let mut read = Vec::new();
        let error = read_ahead((&[7; 20][..]).chain(Fails), |mut ahead| ahead.read_to_end(&mut read)).unwrap_err();
        assert_eq!((error.to_string(), read), ("broken".to_owned(), vec![7; 20]));
    }

    #[test]
    fn who_has_enough_need_not_read_on() {
        let first = read_ahead(io::repeat(7), |mut ahead| {
            let mut first = [0; 100];
            ahead.read_exact(&mut first).map(|()| first)
        });
        assert_eq!(first.unwrap(), [7; 100]);
    }
}
