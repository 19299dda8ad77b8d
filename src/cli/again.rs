//! The check that was typed, of another file: a command that can be pasted.

use std::path::{Path, PathBuf};

use skuload::patch::is_sheet_name;

use super::args::{CheckArgs, FindingsFormat};
use super::input::is_stdin;
use super::settings::{Settings, quoted};

/// Checks `file`, a copy of the sheet that `args` name, as that was checked.
///
/// What is said of one file only is left out: its baseline, its encoding (copies are UTF-8), and where else copies go.
pub(super) fn check(file: &Path, args: &CheckArgs, settings: &Settings) -> String {
    let mut words = Words(format!("check {}", named(file)));
    let CheckArgs { sheet, .. } = args;
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    #[cfg(all(feature = "import", feature = "sandbox"))]
    if args.sandbox {
        words.0.push_str(" --sandbox");
    }
    // Where the copy must call a sheet otherwise, the one whose headers match best is the nearest to it.
    if sheet.sheet.iter().all(|name| is_sheet_name(name)) {
        words.each("--sheet", &sheet.sheet);
    }
    words.one("--header-row", sheet.header_row);
    words.each("--map", &sheet.map);
    words.each("--set", &sheet.set);
    words.one("--group-by", sheet.group_by.as_ref());
    words.one("--shop", sheet.shop.as_ref());
    words.one("--country", sheet.country.as_ref());
    words.one("--api", sheet.api.as_ref());
    words.one("--delimiter", sheet.delimiter.as_ref());
    words.one("--locale", sheet.locale.as_ref());
    words.one("--mode", sheet.mode.as_ref());
    words.one("--blank", sheet.blank.as_ref());
    words.one("--hidden", sheet.hidden.as_ref());
    words.one("--repair", sheet.repair.as_ref());
    words.each("--limit", &sheet.limit);
    words.one("--pictures", path(&sheet.pictures).or_else(|| path(&left_behind(file, args, settings))));
    words.one("--categories", path(&sheet.categories));
    words.each("--rule", &sheet.rule);
    words.one("--fail-on", sheet.fail_on.as_ref());
    words.one("--now", sheet.now.as_ref());
    words.one("--max-findings", sheet.max_findings);
    words.one("--first", sheet.first);
    words.one("--only", sheet.only.as_ref());
    words.one("--format", sheet.format.map(FindingsFormat::name));
    settings.command(&words.0)
}

/// A file as a word of a command: one that begins with `-` would be taken for a flag.
pub(super) fn named(file: &Path) -> String {
    let name = file.display().to_string();
    quoted(&if name.starts_with('-') { format!("./{name}") } else { name })
}

/// The folder of the sheet, beside which its pictures are looked for, where the copy lies in another one.
fn left_behind(copy: &Path, args: &CheckArgs, settings: &Settings) -> Option<PathBuf> {
    let sheet = args.files.first().filter(|sheet| !is_stdin(sheet) && settings.decided.pictures.is_none())?;
    let folder = |file: &Path| {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        folder.unwrap_or(Path::new(".")).to_owned()
    };
    let (own, other) = (folder(sheet), folder(copy));
    let real = |folder: &PathBuf| folder.canonicalize().unwrap_or_else(|_| folder.clone());
    (real(&own) != real(&other)).then_some(own)
}

/// A command as it grows.
struct Words(String);

impl Words {
    fn one(&mut self, flag: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            let value = value.to_string();
            // One that begins with `-` would be taken for a flag.
            let between = if value.starts_with('-') { '=' } else { ' ' };
            self.0.push_str(&format!(" {flag}{between}{}", quoted(&value)));
        }
    }

    fn each(&mut self, flag: &str, values: &[String]) {
        values.iter().for_each(|value| self.one(flag, Some(value)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, expect: &str) {
        assert_eq!(named(Path::new(file)), expect);
    }

    #[test]
    fn a_file_is_never_taken_for_a_flag() {
        check("out/-f.csv", "out/-f.csv");
        check("-f.csv", "./-f.csv");
        check("-f 2.csv", "'./-f 2.csv'");
    }
}
