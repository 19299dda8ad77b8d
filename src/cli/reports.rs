//! Where reports go, and `skuload report`.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use skuload::column::Table;
use skuload::journal::{Meta, Run, Runs};
use skuload::report::{About, Beside, ReportFormat, try_path, write_report_beside, write_to_fix};
use skuload::verdict::Verdicts;

use super::args::ReportArgs;
use super::exit::{Exit, Failure};
use super::outcome::{self, Besides};
use super::output;
use super::runs::present;
use super::sending;
use super::settings::Settings;

/// What may stand in a report's name.
pub(super) struct Naming<'a> {
    pub(super) run: &'a str,
    pub(super) shop: Option<&'a str>,
    pub(super) now: DateTime<Utc>,
}

impl Naming<'_> {
    pub(super) fn filled(&self, name: &str) -> String {
        name.replace("{run}", self.run)
            .replace("{shop}", self.shop.unwrap_or("sandbox"))
            .replace("{date}", &self.now.format("%Y-%m-%d").to_string())
    }

    /// What a report is of.
    pub(super) fn about(&self, sheet: &str, mode: &str) -> About {
        let name = |sheet: &str| Path::new(sheet).file_name().map(|name| name.to_string_lossy().into_owned());
        About {
            sheet: name(sheet).unwrap_or_else(|| sheet.to_owned()),
            shop: self.shop.unwrap_or("the built-in marketplace").to_owned(),
            run: self.run.to_owned(),
            date: self.now.format("%Y-%m-%d %H:%M UTC").to_string(),
            mode: mode.to_owned(),
        }
    }
}

/// The reports that are asked for, or the default one beside the sheet; each is tried. A default name that
/// is taken gets the run's number.
pub(super) fn paths(wanted: &[String], sheet: Option<&Path>, naming: &Naming<'_>) -> Result<Vec<PathBuf>, Failure> {
    let mut paths: Vec<PathBuf> = wanted.iter().map(|name| PathBuf::from(naming.filled(name))).collect();
    for path in &paths {
        if ReportFormat::of(path).is_none() {
            let message = format!("--report {}: its ending tells no format", path.display());
            return Err(Failure::new(Exit::Usage, message).help("end it with .xlsx, .csv, .jsonl or .html"));
        }
        if sheet.is_some_and(|sheet| is_same_file(sheet, path)) {
            let message = format!("--report {}: that is the sheet itself", path.display());
            return Err(Failure::new(Exit::Usage, message).help("give the report a name of its own"));
        }
    }
    if paths.is_empty() {
        paths.push(default_path(sheet, naming.run));
    }
    for path in &paths {
        try_path(path)?;
    }
    Ok(paths)
}

/// Where the report of a run goes that nobody named.
pub(super) fn default_path(sheet: Option<&Path>, run: &str) -> PathBuf {
    free(&base(sheet), "report.xlsx", run)
}

/// The name from anywhere, for a run's own notes.
pub(super) fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// Two names of one file, also through links.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(one).is_some_and(|one| real(other) == Some(one))
}

/// `catalogue` beside `catalogue.xlsx`; standard input is `stdin` in the working directory.
fn base(sheet: Option<&Path>) -> PathBuf {
    sheet.map_or_else(|| PathBuf::from("stdin"), |sheet| sheet.with_extension(""))
}

fn free(base: &Path, ending: &str, run: &str) -> PathBuf {
    let with = |middle: &str| PathBuf::from(format!("{}.{middle}{ending}", base.display()));
    let plain = with("");
    if plain.exists() { with(&format!("{run}.")) } else { plain }
}

/// What came of the writing.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) exit: Exit,
    /// Where the rows to mend are, if there are any.
    pub(super) to_fix: Option<String>,
}

/// Writes every report of a run and its to-fix file. What cannot be written is told, and the rest goes on.
pub(super) fn write_all(run: &Run, verdicts: &Verdicts, settings: &Settings) -> Result<Written, Failure> {
    let meta = run.meta();
    let tables = sending::tables(run)?;
    let path = meta.to_fix.as_ref().map(|wanted| unmended(run, Path::new(wanted))).transpose()?;
    let Written { mut exit, to_fix } = write_of(meta, path.as_deref(), &tables, verdicts);
    if let Some(written) = path.and_then(|path| fs::read(path).ok())
        && let Err(error) = run.set_to_fix_sha256(&sha256(&written))
    {
        // A full disk must not keep the verdicts from being told.
        exit = exit.and(output::failure(&error.into()));
    }
    if exit == Exit::Local {
        let command = settings.command(&format!("report {}", meta.run));
        output::insist(&format!("write the report again with: {command}"));
    }
    Ok(Written { exit, to_fix })
}

/// Where the rows to mend go: not over a file that somebody has begun to mend since this run wrote it.
fn unmended(run: &Run, wanted: &Path) -> Result<PathBuf, Failure> {
    let Ok(there) = fs::read(wanted) else { return Ok(wanted.to_owned()) };
    if run.to_fix_sha256()?.is_some_and(|ours| ours == sha256(&there)) {
        return Ok(wanted.to_owned());
    }
    let ending = wanted.extension().unwrap_or_default().to_string_lossy().into_owned();
    Ok(wanted.with_extension(format!("{}.{ending}", run.meta().run)))
}

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// Writes the reports that were asked for when the run began, and the rows to mend to `to_fix_path`.
pub(super) fn write_of(meta: &Meta, to_fix_path: Option<&Path>, tables: &[Table], verdicts: &Verdicts) -> Written {
    let paths: Vec<PathBuf> = meta.reports.iter().map(PathBuf::from).collect();
    let exit = write(&paths, tables, verdicts, about(meta));
    let Some(path) = to_fix_path else { return Written { exit, to_fix: None } };
    match write_to_fix(path, tables, verdicts) {
        Ok(true) => {
            let start = meta.starts.first();
            let how = match start.map(|start| start.command.as_str()) {
                Some("images") => "give that file to skuload images",
                Some(_) | None => "import that file",
            };
            output::say(&format!("rows to mend: {} (mend them there and {how})", shown(path)));
            Written { exit, to_fix: Some(absolute(path)) }
        }
        Ok(false) => Written { exit, to_fix: None },
        Err(error) => Written { exit: exit.and(output::failure(&error.into())), to_fix: None },
    }
}

/// Writes reports.
pub(super) fn write(paths: &[PathBuf], tables: &[Table], verdicts: &Verdicts, about: About) -> Exit {
    write_beside(paths, tables, verdicts, &Beside { about, ..Beside::default() })
}

/// What the reports of a run are of.
pub(super) fn about(meta: &Meta) -> About {
    let first = meta.starts.first();
    let mode = match first.map(|start| start.command.as_str()) {
        Some("images") => "images",
        Some(_) | None => first.and_then(|start| start.settings.get("mode")).map_or("create", String::as_str),
    };
    let naming = Naming { run: &meta.run, shop: meta.shop.as_deref(), now: meta.started };
    naming.about(&meta.sheet, mode)
}

/// Writes reports with more columns.
pub(super) fn write_beside(paths: &[PathBuf], tables: &[Table], verdicts: &Verdicts, beside: &Beside) -> Exit {
    let mut exit = Exit::Done;
    for path in paths {
        match write_report_beside(path, tables, verdicts, beside) {
            Ok(()) => output::say(&format!("report: {}", shown(path))),
            Err(error) => exit = exit.and(output::failure(&error.into())),
        }
    }
    exit
}

/// A path as short as it can be from here.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    output::plain(&below.unwrap_or_else(|| path.to_owned()).display().to_string())
}

/// Where the to-fix file of a run goes.
pub(super) fn to_fix_path(sheet: Option<&Path>, is_csv: bool, run: &str) -> PathBuf {
    free(&base(sheet), to_fix_ending(is_csv), run)
}

/// Where it goes while other runs of the same sheet are at work.
pub(super) fn of_run(sheet: Option<&Path>, is_csv: bool, run: &str) -> PathBuf {
    PathBuf::from(format!("{}.{run}.{}", base(sheet).display(), to_fix_ending(is_csv)))
}

fn to_fix_ending(is_csv: bool) -> &'static str {
    if is_csv { "to-fix.csv" } else { "to-fix.xlsx" }
}

/// `skuload report RUN`: the reports again, from the run's own folder.
pub(super) fn run(args: &ReportArgs, settings: &Settings) -> Result<Exit, Failure> {
    let run = present(&Runs::new(&settings.state_dir()), &args.run, settings)?;
    if !run.is_planned()? {
        return Err(Failure::new(
            Exit::Usage,
            format!("the run {} has no plan: it ended before one was made", args.run),
        ));
    }
    let (verdicts, _) = sending::replay(&run)?;
    let exit = if args.report.is_empty() {
        write_all(&run, &verdicts, settings)?.exit
    } else {
        let meta = run.meta();
        let naming = Naming { run: &meta.run, shop: meta.shop.as_deref(), now: meta.started };
        let paths = paths(&args.report, meta.sheet_path.as_deref().map(Path::new), &naming)?;
        write(&paths, &sending::tables(&run)?, &verdicts, about(meta))
    };
    outcome::tell(&verdicts, Besides { run: Some(&run.meta().run), ..Besides::default() }, settings.format()?);
    Ok(exit)
}
