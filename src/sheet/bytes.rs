//! Where the bytes of a sheet come from, and a stream over them that can be opened again and again.
//!
//! Files are opened anew for each reading; bytes are shared, never copied.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

/// Where the bytes are.
#[derive(Clone)]
pub enum Input {
    /// A file on disk.
    File(PathBuf),
    /// Bytes in memory, such as an upload or standard input.
    Bytes(Arc<[u8]>),
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::File(path) => f.debug_tuple("File").field(path).finish(),
            Input::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
        }
    }
}

impl Input {
    /// A stream at the first byte.
    pub(super) fn open(&self) -> io::Result<Stream> {
        match self {
            Input::File(path) => Ok(Stream::File(BufReader::new(File::open(path)?))),
            Input::Bytes(bytes) => Ok(Stream::Bytes(Cursor::new(Arc::clone(bytes)))),
        }
    }
}

/// An open [`Input`].
#[derive(Debug)]
pub(super) enum Stream {
    /// A file, buffered.
    File(BufReader<File>),
    /// Shared bytes.
    Bytes(Cursor<Arc<[u8]>>),
}

impl Stream {
    /// At most `limit` bytes from where it stands, fewer at the end.
    pub(super) fn take_up_to(&mut self, limit: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::File(file) => file.read(buffer),
            Stream::Bytes(bytes) => bytes.read(buffer),
        }
    }
}

impl Seek for Stream {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Stream::File(file) => file.seek(to),
            Stream::Bytes(bytes) => bytes.seek(to),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_never_printed() {
        assert_eq!(format!("{:?}", Input::Bytes(Arc::from(*b"price"))), "Bytes(5 bytes)");
    }
}
