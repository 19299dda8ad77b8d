//! What was read of a shop, in a file: a line for each product, and after each page how far the reading is.
//!
//! The rule it keeps: what stands behind the last line that tells how far the reading is does not count. So the process
//! may be killed at any moment, and goes on with the page after the last whole one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::ExportError;
use crate::submit::Listed;

/// A file of what was read.
#[derive(Debug)]
pub struct Spool {
    path: PathBuf,
    file: BufWriter<File>,
}

/// A spool that an earlier process left.
#[derive(Debug)]
pub struct Resumed<H, N> {
    /// The spool; what is kept now comes behind what it holds.
    pub spool: Spool,
    /// What it was begun with.
    pub head: H,
    /// How far the reading was.
    pub next: N,
}

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line<H, N> {
    Head(H),
    Product(Listed),
    Next(N),
}

/// A line of which the product alone is wanted.
type AnyLine = Line<serde::de::IgnoredAny, serde::de::IgnoredAny>;

impl Spool {
    /// Begins at `path`, over whatever stands there; `head` says what is read.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn begin(path: &Path, head: &impl Serialize) -> Result<Spool, ExportError> {
        let begun = private_folder(path).and_then(|()| open(path)).and_then(|file| {
            file.set_len(0)?;
            Ok(file)
        });
        let file = begun.map_err(|source| failed(path, source))?;
        let mut spool = Spool { path: path.to_owned(), file: BufWriter::new(file) };
        spool.put(&Line::<_, ()>::Head(head))?;
        Ok(spool)
    }

    /// Goes on with the spool at `path`; none where there is none, or none that can be gone on with.
    ///
    /// # Errors
    /// The file is there and cannot be read or written.
    pub fn resume<H: DeserializeOwned, N: DeserializeOwned>(path: &Path) -> Result<Option<Resumed<H, N>>, ExportError> {
        let failed = |source| failed(path, source);
        if !path.exists() {
            return Ok(None);
        }
        let file = open(path).map_err(failed)?;
        let Some((head, next, end)) = last_next(&file).map_err(failed)? else { return Ok(None) };
        // What the process was killed over.
        file.set_len(end).map_err(failed)?;
        let mut spool = Spool { path: path.to_owned(), file: BufWriter::new(file) };
        spool.file.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok(Some(Resumed { spool, head, next }))
    }

    /// Keeps a page of products, and how far the reading is with them.
    ///
    /// # Errors
    /// The file cannot be written: the disk is full, say.
    pub fn keep(&mut self, products: Vec<Listed>, next: &impl Serialize) -> Result<(), ExportError> {
        for listed in products {
            self.put(&Line::<(), ()>::Product(listed))?;
        }
        self.put(&Line::<(), _>::Next(next))?;
        self.file.flush().map_err(|source| failed(&self.path, source))
    }

    /// Shows each product that was kept, in the order in which they came.
    ///
    /// # Errors
    /// The file cannot be read, or `each` refuses.
    pub fn each(&self, each: &mut dyn FnMut(&Listed) -> Result<(), ExportError>) -> Result<(), ExportError> {
        let failed = |source| failed(&self.path, source);
        let mut lines = BufReader::new(File::open(&self.path).map_err(failed)?);
        let mut text = Vec::new();
        while read_line(&mut lines, &mut text).map_err(failed)? > 0 {
            match serde_json::from_slice::<AnyLine>(&text).map_err(|error| failed(error.into()))? {
                Line::Product(listed) => each(&listed)?,
                Line::Head(_) | Line::Next(_) => {}
            }
        }
        Ok(())
    }

    fn put(&mut self, line: &impl Serialize) -> Result<(), ExportError> {
        let written = serde_json::to_writer(&mut self.file, line).map_err(io::Error::from);
        written.and_then(|()| self.file.write_all(b"\n")).map_err(|source| failed(&self.path, source))
    }
}

/// The head, the last line that says how far the reading is, and where it ends. Lines behind one that makes no sense are
/// as if they were not there.
fn last_next<H: DeserializeOwned, N: DeserializeOwned>(file: &File) -> io::Result<Option<(H, N, u64)>> {
    let mut lines = BufReader::new(file);
    let (mut text, mut at) = (Vec::new(), 0);
    let mut head = None;
    let mut last = None;
    loop {
        let length = read_line(&mut lines, &mut text)? as u64;
        if length == 0 || !text.ends_with(b"\n") {
            break;
        }
        at += length;
        match serde_json::from_slice::<Line<H, N>>(&text) {
            Ok(Line::Head(found)) => head = Some(found),
            Ok(Line::Product(_)) => {}
            Ok(Line::Next(next)) => last = Some((next, at)),
            Err(_) => break,
        }
    }
    Ok(head.zip(last).map(|(head, (next, end))| (head, next, end)))
}

fn read_line(lines: &mut impl BufRead, text: &mut Vec<u8>) -> io::Result<usize> {
    text.clear();
    lines.read_until(b'\n', text)
}

/// For this user only: it holds the shop's prices.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn private_folder(path: &Path) -> io::Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn failed(path: &Path, source: io::Error) -> ExportError {
    ExportError::Spool { path: path.to_owned(), source }
}
