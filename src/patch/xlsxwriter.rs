//! What the library that writes workbooks asks of its callers: texts that fit into a cell, its errors and its panics
//! as errors of the operating system.

use std::any::Any;
use std::borrow::Cow;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use rust_xlsxwriter::XlsxError;

/// The most UTF-16 units of text in one cell.
const MAX_TEXT: usize = 32_767;

/// A cell cannot hold the text.
pub(crate) fn is_too_long(text: &str) -> bool {
    text.len() > MAX_TEXT && text.encode_utf16().count() > MAX_TEXT
}

/// The text, cut to what a cell holds.
pub(crate) fn fitting(text: &str) -> Cow<'_, str> {
    if !is_too_long(text) {
        return Cow::Borrowed(text);
    }
    let mut left = MAX_TEXT - 1;
    let fits = |c: &char| {
        let rest = left.checked_sub(c.len_utf16());
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    text.chars().take_while(fits).chain(std::iter::once('…')).collect()
}

/// What the system said, where the library passes it on.
pub(crate) fn io_error(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) | XlsxError::TempFileError(_, error) => error,
        XlsxError::ZipError(error) => error.into(),
        error => io::Error::other(error),
    }
}

/// Runs `write`. The library panics when the disk is full while a row goes to its temporary file; that panic
/// becomes the error that it is, by `failed`; any other goes on.
pub(crate) fn guarded<T, E>(failed: impl Fn(io::Error) -> E, write: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(write)).unwrap_or_else(|panic| match system_error(&*panic) {
        Some(source) => Err(failed(source)),
        None => resume_unwind(panic),
    })
}

/// The operating system's error in the message of an `expect` or `unwrap`: `...: Os { code: 28, kind: ...`.
fn system_error(panic: &(dyn Any + Send)) -> Option<io::Error> {
    let message = match panic.downcast_ref::<String>() {
        Some(message) => message.as_str(),
        None => panic.downcast_ref::<&str>().copied()?,
    };
    let (_, rest) = message.split_once("Os { code: ")?;
    let (code, _) = rest.split_once(',')?;
    Some(io::Error::from_raw_os_error(code.parse().ok()?))
}
