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
    /// An open file, such as a temporary one without a name. Each stream over it has a place of its own.
    Open(Arc<File>),
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::File(path) => f.debug_tuple("File").field(path).finish(),
            Input::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Input::Open(file) => f.debug_tuple("Open").field(file).finish(),
        }
    }
}

impl Input {
    /// Its bytes from the first one.
    ///
    /// # Errors
    ///
    /// What the system says when it cannot be opened.
    pub fn reader(&self) -> io::Result<impl Read + use<>> {
        self.open()
    }

    /// A stream at the first byte, which can be read at any place.
    #[cfg(feature = "workbooks")]
    pub(crate) fn seekable(&self) -> io::Result<impl Read + Seek + use<>> {
        self.open()
    }

    /// A stream at the first byte.
    pub(super) fn open(&self) -> io::Result<Stream> {
        match self {
            Input::File(path) => Ok(Stream::File(BufReader::new(File::open(path)?))),
            Input::Bytes(bytes) => Ok(Stream::Bytes(Cursor::new(Arc::clone(bytes)))),
            Input::Open(file) => Ok(Stream::Open(BufReader::new(Place { file: Arc::clone(file), at: 0 }))),
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
    /// A shared file, buffered.
    Open(BufReader<Place>),
}

/// A place in a file that others read too.
#[derive(Debug)]
pub(super) struct Place {
    file: Arc<File>,
    at: u64,
}

impl Read for Place {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let count = std::os::unix::fs::FileExt::read_at(&*self.file, buffer, self.at)?;
        #[cfg(windows)]
        let count = std::os::windows::fs::FileExt::seek_read(&*self.file, buffer, self.at)?;
        #[cfg(not(any(unix, windows)))]
        let count = {
            let mut file = &*self.file;
            file.seek(SeekFrom::Start(self.at))?;
            file.read(buffer)?
        };
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Place {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (from, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::Current(by) => (self.at, by),
            SeekFrom::End(by) => (self.file.metadata()?.len(), by),
        };
        self.at = from.checked_add_signed(by).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
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
            Stream::Open(file) => file.read(buffer),
        }
    }
}

impl Seek for Stream {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Stream::File(file) => file.seek(to),
            Stream::Bytes(bytes) => bytes.seek(to),
            Stream::Open(file) => file.seek(to),
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

    #[test]
    fn streams_over_one_open_file_have_places_of_their_own() {
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, b"sku,price").unwrap();
        let input = Input::Open(Arc::new(file));
        let (mut one, mut other) = (input.open().unwrap(), input.open().unwrap());
        assert_eq!(one.take_up_to(4).unwrap(), b"sku,");
        assert_eq!(other.take_up_to(3).unwrap(), b"sku");
        assert_eq!(one.seek(SeekFrom::End(-5)).unwrap(), 4);
        assert_eq!(one.take_up_to(99).unwrap(), b"price");
        assert_eq!(other.take_up_to(99).unwrap(), b",price");
        assert!(one.seek(SeekFrom::Current(-99)).is_err());
    }
}
