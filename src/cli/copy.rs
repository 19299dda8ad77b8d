//! The run's own copy of its sheet.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use skuload::sheet::Input;

use super::exit::{Exit, Failure};

/// Copies the sheet byte by byte, and answers its SHA-256.
pub(super) fn sheet(input: &Input, to: &Path) -> Result<String, Failure> {
    let refused = |error: io::Error| Failure::new(Exit::Local, format!("cannot write {}: {error}", to.display()));
    let unreadable = |error: io::Error| Failure::new(Exit::Input, format!("cannot read the sheet: {error}"));
    let mut source = input.reader().map_err(unreadable)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut target = options.open(to).map_err(refused)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = source.read(&mut buffer).map_err(unreadable)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        target.write_all(&buffer[..read]).map_err(refused)?;
    }
    target.sync_all().map_err(refused)?;
    Ok(HEXLOWER.encode(&hash.finalize()))
}
