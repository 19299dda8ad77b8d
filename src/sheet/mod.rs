//! Bytes -> rows of cells with their places, in blocks.
//!
//! A [`Source`] is a file (or bytes) that can be read more than once. It tells its sheets and hands
//! out each sheet's rows in [`Block`]s of at most [`BLOCK_ROWS`], in the sheet's order; or, where all of a large sheet
//! is wanted, in [`Chunk`]s that any thread takes apart. What the columns mean is decided by `column`; nothing here
//! knows a field.
//!
//! The rule it keeps: a cell's text is what the merchant typed; nothing is shifted, dropped or invented.

mod ahead;
mod archive;
mod block;
mod bytes;
mod cells;
mod chunk;
mod csv;
mod delimiter;
mod elder;
mod encoding;
mod error;
mod garbled;
mod layout;
mod limits;
mod lines;
mod neutral;
mod quotes;
mod rows;
mod sniff;
mod source;
mod split_number;
mod transcript;
mod value;
mod workbook;
mod xlsb;
mod xlsx;

pub(crate) use archive::promised;
pub use block::{Block, Cell, Kind, Row};
pub use bytes::Input;
pub use chunk::Chunk;
pub use csv::Piece;
pub use encoding::know_encoding;
pub use error::SheetError;
pub use garbled::{Damage, Garbled, garbled};
pub use layout::{Area, Filling, Layout};
pub use limits::{Limits, NoSuchLimit};
pub use neutral::{neutralised, restored};
pub use sniff::Format;
pub use source::{Apart, ReadOptions, Source};
pub use split_number::{SplitNumber, split_numbers};
pub use transcript::transcribe;
pub use value::is_error_code;
#[cfg(feature = "workbooks")]
pub(crate) use xlsx::{place, plain_styles, resolved};

/// The most rows in one [`Block`].
pub const BLOCK_ROWS: usize = 1024;

/// The headers of columns that our own files add begin with this; an import leaves them out.
pub const OWN_PREFIX: &str = "skuload:";

/// The sheet that we put first into a merchant's workbook; it is never read as a sheet of products, unless it is asked
/// for by its name.
pub const OWN_SHEET: &str = "skuload findings";

/// A sheet of this name may be one that we put into the workbook.
#[must_use]
pub fn is_own_sheet(name: &str) -> bool {
    let number = name.strip_prefix(OWN_SHEET).map(str::trim);
    number.is_some_and(|rest| rest.is_empty() || (rest.starts_with('(') && rest.ends_with(')')))
}
