//! Opening what the user named: files, and standard input.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use skuload::check::Hidden;
use skuload::column::{self, Choice, Table, choose};
use skuload::sheet::{Input, ReadOptions, SheetError, Source};

use super::apart;
use super::exit::{Exit, Failure};

/// `-`
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// What messages call a file.
pub(super) fn label(path: &Path) -> String {
    if is_stdin(path) { "stdin".to_owned() } else { path.display().to_string() }
}

/// Where the bytes are; standard input is kept in memory, since a sheet may be read twice.
pub(super) fn input(path: &Path) -> Result<Input, Failure> {
    if !is_stdin(path) {
        return Ok(Input::File(PathBuf::from(path)));
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::new(Exit::Input, format!("cannot read standard input: {error}")))?;
    Ok(Input::Bytes(Arc::from(bytes)))
}

/// Opens a sheet; what could exhaust this program is read apart from it.
pub(super) fn open(label: &str, input: Input, options: &ReadOptions) -> Result<Source, SheetError> {
    Source::open_apart(label, input, options, &apart::read)
}

/// The tables of one file whose hidden rows are to be left out, if so asked.
pub(super) fn tables_of_shown_rows(
    label: &str,
    input: Input,
    options: &ReadOptions,
    choice: &Choice,
    hidden: Hidden,
) -> Result<Vec<Table>, Failure> {
    let tables = tables(label, input, options, choice)?;
    let is_untold = tables.iter().any(|table| !table.source.tells_hidden_rows());
    if hidden == Hidden::Skip && is_untold {
        let message = format!("{label}: an XLS, XLSB or ODS file does not tell which rows are hidden");
        return Err(Failure::new(Exit::Settings, message).help("save it as .xlsx, or leave --hidden skip out"));
    }
    Ok(tables)
}

/// The tables of one file.
pub(super) fn tables(label: &str, input: Input, options: &ReadOptions, choice: &Choice) -> Result<Vec<Table>, Failure> {
    // Where no thread can be had, they are made ready when they are needed.
    _ = std::thread::Builder::new().spawn(column::prepare_aliases);
    let source = open(label, input, options)?;
    Ok(choose(&source, choice)?)
}
