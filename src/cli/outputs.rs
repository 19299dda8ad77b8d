//! The files that a command is to write, held against each other: where two are one, one would be lost.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

#[cfg(feature = "import")]
use skuload::submit::Clock as _;

#[cfg(feature = "import")]
use super::args::{CategoryArgs, CategoryCommand, ImportArgs};
use super::args::{CheckArgs, Command};
use super::exit::{Exit, Failure};
#[cfg(feature = "import")]
use super::import::is_sandbox;
#[cfg(feature = "import")]
use super::input::is_stdin;
#[cfg(feature = "import")]
use super::reports::{self, Naming};
use super::settings::Settings;
#[cfg(feature = "import")]
use super::world::SystemClock;

/// What stands for the run's number before there is one.
#[cfg(feature = "import")]
const RUN: &str = "{run}";

/// A file that is to be written.
pub(super) struct Output {
    /// What names it: a flag with its value, or what it holds where its name is the program's own.
    told: String,
    path: PathBuf,
    /// What it asks for where it cannot be.
    exit: Exit,
}

impl Output {
    /// What `flag` names.
    pub(super) fn of(flag: &str, path: &Path, exit: Exit) -> Output {
        Output { told: format!("{flag} {}", path.display()), path: path.to_owned(), exit }
    }

    /// What the program names itself.
    #[cfg(feature = "import")]
    pub(super) fn own(told: &str, path: PathBuf) -> Output {
        Output { told: format!("{told}, {}", path.display()), path, exit: Exit::Settings }
    }

    fn typed(flag: &str, path: Option<&PathBuf>) -> Option<Output> {
        path.filter(|path| path.as_os_str() != "-").map(|path| Output::of(flag, path, Exit::Usage))
    }
}

/// Refuses a command that would write one file twice, before it begins.
pub(super) fn keep_apart(command: &Command, settings: &Settings) -> Result<(), Failure> {
    let log = settings.decided.log.iter().map(|path| Output::of("--log", path, settings.exit_of("log")));
    apart(&of(command, settings).into_iter().chain(log).collect::<Vec<_>>())
}

/// Refuses outputs of which two are one file.
pub(super) fn apart(outputs: &[Output]) -> Result<(), Failure> {
    let mut known: HashMap<PathBuf, &Output> = HashMap::new();
    for output in outputs {
        let Some(other) = known.insert(place(&output.path), output) else { continue };
        let exit = if other.exit == Exit::Usage { Exit::Usage } else { output.exit };
        let message = format!("{} and {} are one file, and one of them would be lost", other.told, output.told);
        return Err(Failure::new(exit, message).help("give each a name of its own; nothing was done"));
    }
    Ok(())
}

/// The same for every name of a file, whether it is there already or not.
fn place(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let place = absolute.canonicalize().unwrap_or_else(|_| {
        let folder = absolute.parent().and_then(|folder| folder.canonicalize().ok());
        folder.zip(absolute.file_name()).map_or(absolute.clone(), |(folder, name)| folder.join(name))
    });
    // Where capitals do not tell names apart.
    if cfg!(any(windows, target_os = "macos")) { place.to_string_lossy().to_lowercase().into() } else { place }
}

fn of(command: &Command, settings: &Settings) -> Vec<Output> {
    let _ = settings;
    match command {
        Command::Check(check) => of_check(check),
        #[cfg(feature = "import")]
        Command::Import(import) | Command::Images(import) => of_import(import, settings),
        #[cfg(feature = "import")]
        Command::Resume(resume) => typed_reports(&resume.sending.report),
        #[cfg(feature = "import")]
        Command::Report(report) => typed_reports(&report.report),
        #[cfg(feature = "import")]
        Command::Verify(verify) => typed_reports(&verify.report),
        #[cfg(feature = "import")]
        Command::Export(export) => Output::typed("-o", Some(&export.output)).into_iter().collect(),
        #[cfg(feature = "import")]
        Command::Category(CategoryArgs { command: CategoryCommand::Pull(pull) }) => {
            Output::typed("-o", pull.output.as_ref()).into_iter().collect()
        }
        #[cfg(feature = "import")]
        Command::Category(CategoryArgs { command: CategoryCommand::Show(_) }) => Vec::new(),
        Command::Template(template) => Output::typed("-o", Some(&template.output)).into_iter().collect(),
        #[cfg(feature = "import")]
        Command::Runs(_) | Command::History(_) | Command::Shop(_) => Vec::new(),
        #[cfg(all(feature = "import", feature = "sandbox"))]
        Command::Sandbox(_) => Vec::new(),
        Command::Explain(_) | Command::Completions(_) | Command::Man(_) | Command::ReadApart(_) => Vec::new(),
    }
}

fn of_check(check: &CheckArgs) -> Vec<Output> {
    if let Some(map) = &check.sheet.write_map {
        return Output::typed("--write-map", Some(map)).into_iter().collect();
    }
    let fix = Output::typed("--fix", check.fix.as_ref());
    fix.into_iter().chain(Output::typed("--annotate", check.sheet.annotate.as_ref())).collect()
}

/// What an import writes, also under names that nobody typed.
#[cfg(feature = "import")]
fn of_import(import: &ImportArgs, settings: &Settings) -> Vec<Output> {
    if let Some(map) = &import.sheet.write_map {
        return Output::typed("--write-map", Some(map)).into_iter().collect();
    }
    let wanted = &settings.decided.report;
    let exit = settings.exit_of("report");
    if import.jobs.is_some() {
        // Shops and sheets are the jobs' own.
        return wanted.iter().map(|name| Output::of("--report", Path::new(name), exit)).collect();
    }
    let shop = settings.decided.shop.as_deref().filter(|_| !is_sandbox(import));
    let naming = Naming { run: RUN, shop, now: SystemClock.now() };
    let report = |name: &String| Output::of("--report", Path::new(&naming.filled(name)), exit);
    let mut outputs: Vec<Output> = wanted.iter().map(report).collect();
    outputs.extend(Output::typed("--annotate", import.sheet.annotate.as_ref()));
    if import.dry_run {
        return outputs;
    }
    let sheet = (!is_stdin(&import.file)).then_some(import.file.as_path());
    if wanted.is_empty() {
        outputs.push(Output::own("the report", reports::default_path(sheet, RUN)));
    }
    let to_fix = if import.own_to_fix { reports::of_run } else { reports::to_fix_path };
    // Which of the two it is, the sheet tells.
    outputs.extend([true, false].map(|is_csv| Output::own("the rows to mend", to_fix(sheet, is_csv, RUN))));
    outputs
}

/// Reports of runs, whose names have places that only a run fills.
#[cfg(feature = "import")]
fn typed_reports(names: &[String]) -> Vec<Output> {
    names.iter().map(|name| Output::of("--report", Path::new(name), Exit::Usage)).collect()
}
