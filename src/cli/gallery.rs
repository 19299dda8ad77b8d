//! Where pictures in files are, as flags, settings and sheets tell.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use skuload::picture::Gallery;

use super::exit::{Exit, Failure};
use super::input;
use super::settings::Settings;

/// Where the pictures of these sheets are: where --pictures says, or beside the sheets.
pub(super) fn gallery(files: &[PathBuf], settings: &Settings) -> Result<Arc<Gallery>, Failure> {
    if let Some(path) = &settings.decided.pictures {
        let gallery = Gallery::at(path).map_err(|why| {
            Failure::new(Exit::Input, format!("cannot use the pictures: {} {why}", path.display()))
                .help("--pictures names a folder or a zip that holds the files that image cells name")
        })?;
        return Ok(Arc::new(gallery));
    }
    let sheets = files.iter().map(PathBuf::as_path).filter(|file: &&Path| !input::is_stdin(file));
    // A folder that cannot be entered is told when the sheet in it cannot be read.
    Ok(Arc::new(Gallery::beside(sheets).unwrap_or_else(|_| Gallery::nowhere())))
}
