//! Pictures in files: what a cell names, found in the gallery or told why not.
//!
//! A file that is no sound picture costs that picture only: it is a warning, and counts as dead.

use super::address::{Address, classify};
use super::draft::{Entry, Findings};
use super::image::{DeadImage, ImageFile};
use crate::finding::Rule;
use crate::picture::{Gallery, Lacking, Names};

/// What a text names.
#[derive(Debug, Default)]
pub(super) struct Local {
    pub(super) files: Vec<ImageFile>,
    /// What cannot be had.
    pub(super) dead: Vec<DeadImage>,
}

/// The files that a text names; `None` where it names none. A cell with a link may have its picture there:
/// then a file that is missing is nobody's fault yet.
pub(super) fn local(
    entry: Entry<'_>,
    is_linked: bool,
    gallery: &Gallery,
    findings: &mut Findings<'_>,
) -> Option<Local> {
    if !names_files(entry.text, gallery) {
        return None;
    }
    let names = match gallery.names(entry.text) {
        Names::These(names) => names,
        Names::Either(parts) => return Some(either(entry, &parts, findings)),
    };
    if let ([name], true) = (names.as_slice(), is_linked)
        && !gallery.has(name)
    {
        return None;
    }
    let mut local = Local::default();
    for name in names {
        match file(Entry { text: name, ..entry }, gallery, findings) {
            Ok(file) => local.files.push(file),
            Err(dead) => local.dead.push(dead),
        }
    }
    Some(local)
}

fn names_files(text: &str, gallery: &Gallery) -> bool {
    match classify(text) {
        Address::LocalFile => true,
        // `pics.co/a.jpg` may be either.
        Address::NoScheme { .. } => gallery.has(text),
        Address::SharePage { .. }
        | Address::Wrapped { .. }
        | Address::DataUri
        | Address::OtherScheme
        | Address::Formula
        | Address::Other => false,
    }
}

fn either(entry: Entry<'_>, parts: &[&str], findings: &mut Findings<'_>) -> Local {
    let listed: Vec<String> = parts.iter().map(|part| format!("`{part}`")).collect();
    findings.cell(Rule::AmbiguousPicture, "image", entry).message =
        format!("there is a file `{}`, and there are the files {}", entry.text.trim(), listed.join(", "));
    let reason = "its cell is the name of one file and a list of others";
    let dead = parts.iter().map(|part| DeadImage { image: (*part).into(), reason: reason.into() });
    Local { files: Vec::new(), dead: dead.collect() }
}

fn file(entry: Entry<'_>, gallery: &Gallery, findings: &mut Findings<'_>) -> Result<ImageFile, DeadImage> {
    let name = entry.text.trim();
    let lacking = match gallery.look(name) {
        Ok(sound) => {
            if sound.is_large() {
                findings.cell(Rule::LargePicture, "image", entry).message = format!(
                    "the picture `{name}` has {:.1} MB, and some servers refuse more than 1",
                    megabytes(sound.bytes)
                );
            }
            return Ok(ImageFile { name: name.into(), sha256: sound.sha256 });
        }
        Err(lacking) => lacking,
    };
    let (rule, message, reason) = match &lacking {
        Lacking::Unsafe(why) => {
            (Rule::UnsafePicturePath, format!("the name `{name}` {why}"), format!("its name {why}"))
        }
        Lacking::Missing { .. } => {
            (Rule::MissingPicture, format!("there is no file `{name}`"), "there is no such file".to_owned())
        }
        Lacking::Unreadable(why) => {
            let reason = format!("cannot be read: {why}");
            (Rule::MissingPicture, format!("the picture `{name}` {reason}"), format!("it {reason}"))
        }
        Lacking::Unsound(fault) => (fault.rule(), format!("the picture `{name}` {fault}"), format!("it {fault}")),
    };
    let help = match lacking {
        Lacking::Unsafe(_) => beside(name, gallery),
        Lacking::Missing { near } => {
            let help = near.map(|near| format!("write `{near}`, if that file is meant"));
            help.or_else(|| gallery.is_nowhere().then(|| NOWHERE.to_owned()))
        }
        Lacking::Unreadable(_) | Lacking::Unsound(_) => None,
    };
    let finding = findings.cell(rule, "image", entry);
    finding.message = message;
    if let Some(help) = help {
        finding.help = help;
    }
    Err(DeadImage { image: name.into(), reason: reason.into() })
}

const NOWHERE: &str =
    "standard input has no folder: say where the pictures are with --pictures PATH (a folder or a zip)";

/// A path from elsewhere often ends in a file that is here.
fn beside(name: &str, gallery: &Gallery) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next()?;
    gallery.has(last).then(|| format!("write `{last}`, if that file is meant"))
}

/// Rounded up, so that it is never below the limit that it passes.
fn megabytes(bytes: u64) -> f64 {
    bytes.div_ceil(100_000) as f64 / 10.0
}
