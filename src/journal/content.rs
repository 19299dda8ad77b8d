//! What a planned request carries, packed for the journal.

use std::io::{Read, Write as _};

use flate2::Compression;
use flate2::bufread::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::store::{StoreError, parsed};
use crate::plan::Write;

pub(super) fn packed(write: &Write) -> Result<Vec<u8>, StoreError> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    let text = serde_json::to_vec(write).map_err(StoreError::new)?;
    encoder.write_all(&text).map_err(StoreError::new)?;
    encoder.finish().map_err(StoreError::new)
}

pub(super) fn unpacked(content: &[u8]) -> Result<Write, StoreError> {
    let mut text = Vec::with_capacity(4 * content.len());
    DeflateDecoder::new(content).read_to_end(&mut text).map_err(StoreError::new)?;
    parsed(&text)
}
