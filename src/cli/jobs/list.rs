//! The jobs file: which sheet goes into which shop, with which settings.
//!
//! ```toml
//! [[job]]
//! sheet = "th/prices.xlsx"     # the file, relative to this one
//! shop = "thai"
//! mode = "update"              # and any other setting; `sheets` names sheets of a workbook
//! ```
//!
//! All jobs are looked at before the first begins: a wrong setting of the last one is told before anything is sent.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;
use skuload::report::ReportFormat;
use skuload::submit::Clock;
use toml::{Spanned, Table, Value};

use super::super::bounds::bounds;
use super::super::exit::{Exit, Failure};
use super::super::output;
use super::super::secret;
use super::super::sending::{self, Market};
use super::super::settings::{Decided, Settings};
use super::super::shop;
use super::super::world::SystemClock;

/// Settings of the whole call.
const OF_THE_CALL: [&str; 3] = ["color", "format", "state-dir"];
/// Settings that are paths; they are relative to the jobs file.
const PATHS: [&str; 3] = ["pictures", "log", "report"];
/// How alike a word must be to be taken for a slip.
const NEAR: f64 = 0.6;

/// A job that can begin.
#[derive(Debug)]
pub(super) struct Job {
    /// Its place in the file, from 1.
    pub(super) number: usize,
    /// The shop's name.
    pub(super) shop: String,
    /// The file.
    pub(super) sheet: PathBuf,
    /// Its settings: everything but what was typed and is no setting.
    pub(super) config: PathBuf,
    /// The moment after which nothing is sent.
    pub(super) deadline: Option<String>,
    /// Another job has the same sheet, so that files beside it could be taken.
    pub(super) shares_sheet: bool,
    /// Each request and reply is told.
    pub(super) is_verbose: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Jobs {
    #[serde(default)]
    job: Vec<Spanned<Table>>,
}

/// A job as the file says it, with its settings decided.
struct Draft {
    number: usize,
    /// What messages call it.
    place: String,
    shop: String,
    sheet: PathBuf,
    settings: Settings,
    table: Table,
}

/// Reads the file and looks at every job; what is wrong with any of them is told, and nothing begins.
pub(super) fn read(file: &Path, settings: &Settings) -> Result<Vec<Job>, Failure> {
    let text = fs::read_to_string(file).map_err(|error| {
        let failure = Failure::new(Exit::Settings, format!("cannot read {}: {error}", file.display()));
        if error.kind() == io::ErrorKind::InvalidData {
            return failure.help("a jobs file is a text in TOML; without --jobs, one sheet is imported");
        }
        failure.help("--jobs wants the file that lists the imports")
    })?;
    let jobs: Jobs = toml::from_str(&text)
        .map_err(|error| Failure::new(Exit::Settings, format!("{} is not sound: {error}", file.display())))?;
    if jobs.job.is_empty() {
        return Err(Failure::new(Exit::Settings, format!("{} has no [[job]]", file.display()))
            .help("write one for each import, with its `sheet` and its `shop`"));
    }
    let (mut drafts, mut failures) = (Vec::new(), Vec::new());
    for (index, job) in jobs.job.into_iter().enumerate() {
        let line = text.get(..job.span().start).unwrap_or_default().matches('\n').count() + 1;
        let place = format!("{}, job {} (line {line})", file.display(), index + 1);
        let mut wrong = Vec::new();
        let draft = draft(index + 1, &place, job.into_inner(), file, (settings, &mut wrong));
        wrong.extend(draft.iter().flat_map(trouble));
        let blame = |failure: Failure| Failure { message: format!("{place}: {}", failure.message), ..failure };
        failures.extend(wrong.into_iter().map(blame));
        drafts.extend(draft);
    }
    failures.extend(shared_reports(&drafts));
    let Some(last) = failures.pop() else { return drafts.iter().map(|draft| job(draft, &drafts, settings)).collect() };
    let exit = failures.iter().fold(last.exit, |exit, failure| exit.and(output::failure(failure)));
    output::failure(&last);
    Err(Failure::new(exit, "no job was begun").help(format!("mend {} and run the same command again", file.display())))
}

/// A job with its settings, without those that cannot be understood; none without a sheet and a shop.
fn draft(
    number: usize,
    place: &str,
    mut table: Table,
    file: &Path,
    (settings, wrong): (&Settings, &mut Vec<Failure>),
) -> Option<Draft> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut told = |taken: Result<String, Failure>| taken.map_err(|failure| wrong.push(failure)).ok();
    let sheet = told(taken(&mut table, "sheet", "the file, such as sheet = \"th/prices.xlsx\""));
    let shop = told(taken(&mut table, "shop", "the shop as `shop add` named it"));
    if let Some(sheets) = table.remove("sheets") {
        table.insert("sheet".to_owned(), sheets);
    }
    let known = keys();
    table.retain(|key, _| {
        let failure = (OF_THE_CALL.contains(&key)).then(|| of_the_call(key));
        let failure = failure.or_else(|| (!known.contains(key)).then(|| unknown(key, &known)));
        failure.map(|failure| wrong.push(failure)).is_none()
    });
    let (sheet, shop) = (folder.join(sheet?), shop?);
    for (_, value) in table.iter_mut().filter(|(key, _)| PATHS.contains(&key.as_str())) {
        below(folder, value);
    }
    table.insert("shop".to_owned(), Value::String(shop.clone()));
    let (settings, table) = settings.of_job(place, table).map_err(|failure| wrong.push(failure)).ok()?;
    Some(Draft { number, place: place.to_owned(), shop, sheet, settings, table })
}

fn of_the_call(key: &str) -> Failure {
    Failure::new(Exit::Settings, format!("`{key}` is no setting of a job"))
        .help("give it to the whole command, as a flag or in the settings file")
}

/// Takes a text that every job must have.
fn taken(table: &mut Table, key: &str, what: &str) -> Result<String, Failure> {
    match table.remove(key) {
        Some(Value::String(text)) if !text.is_empty() && text != "-" => Ok(text),
        Some(other) => {
            Err(Failure::new(Exit::Settings, format!("`{key}` cannot be {other}")).help(format!("it is {what}")))
        }
        None => Err(Failure::new(Exit::Settings, format!("it has no `{key}`")).help(format!("it is {what}"))),
    }
}

/// The names of all settings of a job.
fn keys() -> BTreeSet<String> {
    // What reads them knows them best: it lists them when it is asked for one that cannot be.
    let asked = Table::from_iter([("?".to_owned(), Value::Boolean(true))]);
    let told = Decided::deserialize(Value::Table(asked)).err().map(|error| error.to_string()).unwrap_or_default();
    let names = told.split('`').skip(1).step_by(2).filter(|name| *name != "?").map(str::to_owned);
    names.chain(["sheets".to_owned()]).collect()
}

fn unknown(key: &str, known: &BTreeSet<String>) -> Failure {
    let near = known.iter().map(|name| (strsim::normalized_damerau_levenshtein(key, name), name));
    let nearest = near.filter(|(score, _)| *score >= NEAR).max_by(|one, other| one.0.total_cmp(&other.0));
    let help = match nearest {
        Some((_, name)) => format!("is `{name}` meant?"),
        None => "a job has `sheet`, `shop` and what the settings file may say".to_owned(),
    };
    Failure::new(Exit::Settings, format!("there is no setting `{key}`")).help(help)
}

/// A path, or each of several, from the folder.
fn below(folder: &Path, value: &mut Value) {
    match value {
        Value::String(text) => *text = folder.join(&*text).display().to_string(),
        Value::Array(values) => values.iter_mut().for_each(|value| below(folder, value)),
        Value::Table(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {}
    }
}

/// Everything that can be seen to be wrong before it begins.
fn trouble(draft: &Draft) -> Vec<Failure> {
    let settings = &draft.settings;
    let outcomes = [
        settings.check_api(),
        settings.locale().map(drop),
        settings.repair().map(drop),
        settings.hidden().map(drop),
        settings.mode().map(drop),
        settings.blank().map(drop),
        settings.log_format().map(drop),
        settings.read_options().map(drop),
        settings.image_hosts().map(drop),
        settings.migrates_together().map(drop),
        sending::policy(settings, Market::Shop).map(drop),
        shop::load(settings, &draft.shop).map(drop),
        readable(&draft.sheet),
        settings.decided.pictures.as_deref().map_or(Ok(()), there),
    ];
    let endings = settings.decided.report.iter().filter(|name| ReportFormat::of(Path::new(name)).is_none());
    let endings = endings.map(|name| {
        Failure::new(Exit::Settings, format!("report {name}: its ending tells no format"))
            .help("end it with .xlsx, .csv or .jsonl")
    });
    let folders = settings.decided.report.iter().filter_map(|name| {
        let folder = Path::new(name).parent().filter(|folder| !folder.as_os_str().is_empty())?;
        // What stands for the run, the shop or the day is not known yet.
        (!folder.is_dir() && !name.contains("}/")).then(|| {
            Failure::new(Exit::Settings, format!("report {name}: there is no folder {}", folder.display()))
                .help("make it, or name another one")
        })
    });
    outcomes.into_iter().filter_map(Result::err).chain(endings).chain(folders).collect()
}

fn readable(sheet: &Path) -> Result<(), Failure> {
    let unreadable = |error: io::Error| Failure::new(Exit::Input, format!("cannot read {}: {error}", sheet.display()));
    let is_file = File::open(sheet).and_then(|file| file.metadata()).map_err(unreadable)?.is_file();
    if is_file { Ok(()) } else { Err(Failure::new(Exit::Input, format!("{} is no file", sheet.display()))) }
}

fn there(path: &Path) -> Result<(), Failure> {
    let missing =
        |error: io::Error| Failure::new(Exit::Input, format!("pictures: cannot read {}: {error}", path.display()));
    fs::metadata(path).map(drop).map_err(missing)
}

/// Reports that two jobs would write.
fn shared_reports(drafts: &[Draft]) -> Vec<Failure> {
    let mut seen: HashMap<String, &Draft> = HashMap::new();
    let mut failures = Vec::new();
    for draft in drafts {
        for name in draft.settings.decided.report.iter().filter(|name| !name.contains("{run}")) {
            let Some(other) = seen.insert(name.replace("{shop}", &draft.shop), draft) else { continue };
            let message = format!("{}: report {name}: job {} writes it too", draft.place, other.number);
            failures.push(Failure::new(Exit::Settings, message).help("put {shop} or {run} into its name"));
        }
    }
    failures
}

/// The job, with its settings written down.
fn job(draft: &Draft, drafts: &[Draft], settings: &Settings) -> Result<Job, Failure> {
    let stem = |draft: &Draft| {
        let sheet = draft.sheet.canonicalize().unwrap_or_else(|_| draft.sheet.clone());
        sheet.with_extension("")
    };
    let own = stem(draft);
    let shares_sheet = drafts.iter().filter(|other| stem(other) == own).count() > 1;
    let decided = &draft.settings.decided;
    let mut table = draft.table.clone();
    if shares_sheet && decided.report.is_empty() {
        let report = format!("{}.{{run}}.report.xlsx", draft.sheet.with_extension("").display());
        table.insert("report".to_owned(), Value::Array(vec![Value::String(report)]));
    }
    for key in ["color", "format"] {
        table.remove(key);
    }
    let deadline = bounds(decided, SystemClock.now(), &|key| draft.settings.exit_of(key))?.deadline;
    // Going on may be asked for from another folder.
    let state = std::path::absolute(settings.state_dir()).unwrap_or_else(|_| settings.state_dir());
    table.insert("state-dir".to_owned(), Value::String(state.display().to_string()));
    let config = kept(&draft.shop, &table.to_string(), &state)?;
    Ok(Job {
        number: draft.number,
        shop: draft.shop.clone(),
        sheet: draft.sheet.clone(),
        config,
        deadline: deadline.map(|moment| moment.to_rfc3339()),
        shares_sheet,
        is_verbose: settings.verbose,
    })
}

/// Keeps the settings of a job where going on finds them: the same settings in the same file.
fn kept(shop: &str, text: &str, state: &Path) -> Result<PathBuf, Failure> {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let folder = state.join("jobs");
    let path = folder.join(format!("{shop}-{:016x}.toml", hasher.finish()));
    let failed = |error: io::Error| {
        Failure::new(Exit::Local, format!("cannot write {}: {error}", path.display())).help("free some space there")
    };
    if fs::read_to_string(&path).is_ok_and(|there| there == text) {
        // It is in use; where its time cannot be set, it is written anew once it was tidied away.
        let _ = File::options()
            .append(true)
            .open(&path)
            .and_then(|file| file.set_modified(SystemTime::from(SystemClock.now())));
        return Ok(path);
    }
    secret::make_private_folder(&folder).map_err(failed)?;
    // Readable by this user alone: a command to call may hold a token of another service.
    let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.persist(&path).map_err(|refused| failed(refused.error))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_settings_are_known_by_name() {
        let known = keys();
        for name in ["sheet", "sheets", "mode", "group-by", "map", "set", "report", "max-failures", "images", "pace"] {
            assert!(known.contains(name), "{name} of {known:?}");
        }
        assert!(known.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')), "{known:?}");
    }

    #[track_caller]
    fn check_unknown(key: &str, expect: &str) {
        let failure = unknown(key, &keys());
        assert_eq!(failure.message, format!("there is no setting `{key}`"));
        assert!(failure.help.is_some_and(|help| help.contains(expect)), "{key}");
    }

    #[test]
    fn an_unknown_setting_is_told_with_the_nearest_one() {
        check_unknown("grup-by", "is `group-by` meant?");
        check_unknown("group_by", "is `group-by` meant?");
        check_unknown("reports", "is `report` meant?");
        check_unknown("zzzzzz", "a job has `sheet`, `shop`");
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let mut value = Value::Array(vec![Value::String("a.csv".to_owned()), Value::String("/b.csv".to_owned())]);
        below(Path::new("nightly"), &mut value);
        assert_eq!(value.to_string(), "[\"nightly/a.csv\", \"/b.csv\"]");
    }
}
