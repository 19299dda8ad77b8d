//! What the check is measured beside: bare reads of the same file, each in a process of its own, as the check is.

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::process::Command;

use calamine::{Reader, Xlsx};
use skuload::sheet::{Input, ReadOptions, Source};

use crate::Outcome;

/// A bare read of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// `csv`, into one `ByteRecord`.
    Csv,
    /// A count of `\n` with `memchr`.
    Newlines,
    /// `calamine`, cell by cell.
    Calamine,
    /// The parts of the workbook, unpacked with zlib-rs and looked at no further.
    Inflate,
    /// Our own reader, its rows looked at no further.
    Rows,
}

impl Peer {
    pub(crate) const ALL: [Peer; 5] = [Peer::Csv, Peer::Newlines, Peer::Calamine, Peer::Inflate, Peer::Rows];

    /// Its name on the command line of the child.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Peer::Csv => "csv",
            Peer::Newlines => "newlines",
            Peer::Calamine => "calamine",
            Peer::Inflate => "inflate",
            Peer::Rows => "rows",
        }
    }

    /// This program again, reading `file` as the peer does.
    pub(crate) fn command(self, file: &Path) -> Outcome<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--peer").arg(self.name()).arg(file);
        Ok(command)
    }

    /// Reads `file`.
    pub(crate) fn read(self, file: &Path) -> Outcome<()> {
        black_box(match self {
            Peer::Csv => read_csv(file)?,
            Peer::Newlines => count_newlines(file)?,
            Peer::Calamine => read_cells(file)?,
            Peer::Inflate => inflate(file)?,
            Peer::Rows => read_rows(file)?,
        });
        Ok(())
    }
}

fn read_csv(file: &Path) -> Outcome<u64> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(file)?;
    let mut record = csv::ByteRecord::new();
    let mut bytes = 0;
    while reader.read_byte_record(&mut record)? {
        bytes += record.as_slice().len() as u64;
    }
    Ok(bytes)
}

fn count_newlines(file: &Path) -> Outcome<u64> {
    let mut file = File::open(file)?;
    let mut buffer = vec![0; 256 << 10];
    let mut lines = 0;
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(lines);
        }
        lines += memchr::memchr_iter(b'\n', &buffer[..count]).count() as u64;
    }
}

fn read_cells(file: &Path) -> Outcome<u64> {
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(File::open(file)?))?;
    let sheet = workbook.sheet_names().first().cloned().unwrap_or_default();
    let mut reader = workbook.worksheet_cells_reader(&sheet)?;
    let mut cells = 0;
    while let Some(cell) = reader.next_cell()? {
        black_box(cell.get_value());
        cells += 1;
    }
    Ok(cells)
}

fn inflate(file: &Path) -> Outcome<u64> {
    let mut zip = zip::ZipArchive::new(BufReader::new(File::open(file)?))?;
    let mut bytes = 0;
    for index in 0..zip.len() {
        bytes += io::copy(&mut zip.by_index(index)?, &mut io::sink())?;
    }
    Ok(bytes)
}

/// As `check` reads: the rows are taken apart on all cores.
fn read_rows(file: &Path) -> Outcome<u64> {
    let source = Source::open("sheet", Input::File(file.to_owned()), &ReadOptions::default())?;
    let sheet = source.sheets().first().cloned().ok_or("no sheet")?;
    let (slots, in_order) = std::sync::mpsc::sync_channel::<std::sync::mpsc::Receiver<u64>>(4);
    std::thread::scope(|threads| {
        let reader = threads.spawn(|| {
            let slots = slots;
            rayon::in_place_scope(|pool| {
                source.chunks(&sheet, None, &mut |chunk| {
                    let (done, slot) = std::sync::mpsc::sync_channel(1);
                    let _ = slots.send(slot);
                    pool.spawn(move |_| {
                        let cells = chunk.block().map_or(0, |block| block.rows().map(|row| row.width() as u64).sum());
                        let _ = done.send(cells);
                    });
                    std::ops::ControlFlow::Continue(())
                })
            })
        });
        let cells = in_order.into_iter().filter_map(|slot| slot.recv().ok()).sum();
        reader.join().map_err(|_| Box::<dyn Error>::from("the reader panicked"))??;
        Ok(cells)
    })
}
