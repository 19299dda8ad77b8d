//! The jobs file: which sheet goes into which shop, with which settings.
//!
//! ```toml
//! [[job]]
//! sheet = "th/prices.xlsx"     # the file, relative to this one
//! shop = "thai"
//! mode = "update"              # and any other setting; `sheets` names one sheet of a workbook or several
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
use super::super::guards::Guards;
use super::super::output;
use super::super::secret;
use super::super::sending::{self, Market};
use super::super::settings::Settings;
use super::super::shop;
use super::super::sound::{names, nearest, refused, refused_in, sift, unknown, unsound};
use super::super::world::SystemClock;

/// Settings of the whole call.
const OF_THE_CALL: [&str; 3] = ["color", "format", "state-dir"];
/// Settings that are paths; they are relative to the jobs file.
const PATHS: [&str; 3] = ["pictures", "log", "report"];
/// The one key of the file.
const JOB: &str = "job";
/// The setting `sheet` of a job: there `sheet` is the file.
const SHEETS: &str = "sheets";
const NO_SETTING: &str = "a job has `sheet`, `shop` and what the settings file may say";

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
struct Jobs {
    #[serde(default)]
    job: Vec<Spanned<Table>>,
}

/// A job as the file says it.
struct Said {
    number: usize,
    /// What messages call it.
    place: String,
    table: Table,
}

/// A job with its settings decided.
struct Draft {
    number: usize,
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
    let whole: Table = text.parse().map_err(|error| unsound(file, &text, &error))?;
    let mut failures: Vec<Failure> = whole.keys().filter(|key| *key != JOB).map(|key| outside(file, key)).collect();
    let said = said(file, &text)?;
    if said.is_empty() && failures.is_empty() {
        return Err(Failure::new(Exit::Settings, format!("{} has no [[job]]", file.display()))
            .help("write one for each import, with its `sheet` and its `shop`"));
    }
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut drafts = Vec::new();
    for said in said {
        let place = said.place.clone();
        let (draft, wrong) = draft(said, folder, settings);
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

/// A key beside the jobs.
fn outside(file: &Path, key: &str) -> Failure {
    let failure = Failure::new(Exit::Settings, format!("{}: `{key}` belongs to no [[job]]", file.display()));
    match nearest(key, &[JOB.to_owned()]) {
        Some(_) => failure.help("is [[job]] meant?"),
        None => {
            failure.help("write it below a [[job]], or give it to the whole command, as a flag or in the settings file")
        }
    }
}

/// The jobs of a text that is TOML.
fn said(file: &Path, text: &str) -> Result<Vec<Said>, Failure> {
    let jobs: Jobs = toml::from_str(text).map_err(|_| {
        Failure::new(Exit::Settings, format!("{}: `{JOB}` is no list of tables", file.display()))
            .help("write [[job]], in two brackets, above each import")
    })?;
    let said = jobs.job.into_iter().enumerate().map(|(index, job)| {
        let line = text.get(..job.span().start).unwrap_or_default().matches('\n').count() + 1;
        let place = format!("{}, job {} (line {line})", file.display(), index + 1);
        Said { number: index + 1, place, table: job.into_inner() }
    });
    Ok(said.collect())
}

/// A job with the settings that can be understood, and everything that can be seen to be wrong before it begins; no job
/// without a sheet and a shop.
fn draft(said: Said, folder: &Path, settings: &Settings) -> (Option<Draft>, Vec<Failure>) {
    let Said { number, place, mut table } = said;
    let mut wrong = Vec::new();
    let mut told = |taken: Result<String, Failure>| taken.map_err(|failure| wrong.push(failure)).ok();
    let sheet = told(taken(&mut table, "sheet", "the file, such as sheet = \"th/prices.xlsx\""));
    let sheet = sheet.map(|sheet| folder.join(sheet));
    let shop = told(taken(&mut table, "shop", "the shop as `shop add` named it"));
    wrong.extend(understood(&mut table));
    for (_, value) in table.iter_mut().filter(|(key, _)| PATHS.contains(&key.as_str())) {
        below(folder, value);
    }
    table.extend(shop.clone().map(|shop| ("shop".to_owned(), Value::String(shop))));
    let (settings, mut table) = match settings.of_job(&place, table) {
        Ok(decided) => decided,
        Err(failure) => {
            wrong.push(failure);
            return (None, wrong);
        }
    };
    if !settings.asks_api_of_shop() {
        // It is for what has no shop.
        table.remove("api");
    }
    wrong.extend(settings.apart().flat_map(|setting| senseless(&setting)));
    wrong.extend(shop.as_deref().and_then(|shop| sound(&settings, shop).err()));
    wrong.extend(sheet.as_deref().and_then(|sheet| readable(sheet).err()));
    wrong.extend(missing(&settings, shop.as_deref()));
    let draft = sheet.zip(shop).map(|(sheet, shop)| Draft { number, place, shop, sheet, settings, table });
    (draft, wrong)
}

/// The shop is there, and speaks the API that is asked for.
fn sound(settings: &Settings, name: &str) -> Result<(), Failure> {
    shop::load(settings, name)?;
    shop::agree(settings, name)
}

/// Takes a text that every job must have.
fn taken(table: &mut Table, key: &str, what: &str) -> Result<String, Failure> {
    match table.remove(key) {
        Some(Value::String(text)) if !text.is_empty() && text != "-" => Ok(text),
        Some(other) => Err(refused(key, &other, what)),
        None => Err(Failure::new(Exit::Settings, format!("it has no `{key}`")).help(format!("it is {what}"))),
    }
}

/// Makes the keys of a job settings; what cannot be one is taken out and told.
fn understood(table: &mut Table) -> Vec<Failure> {
    let mut wrong = Vec::new();
    match table.remove(SHEETS).map(sheets).transpose() {
        Ok(sheets) => table.extend(sheets.map(|sheets| ("sheet".to_owned(), sheets))),
        Err(refused) => wrong.extend(refused),
    }
    let known = keys();
    table.retain(|key, _| {
        if OF_THE_CALL.contains(&key) {
            let failure = Failure::new(Exit::Settings, format!("`{key}` is no setting of a job"));
            wrong.push(failure.help("give it to the whole command, as a flag or in the settings file"));
        } else if !known.contains(key) {
            wrong.push(unknown(key, &known, NO_SETTING));
        }
        known.contains(key)
    });
    wrong.extend(sift(table));
    wrong
}

/// What `sheets` says, as the setting `sheet` would.
fn sheets(said: Value) -> Result<Value, Vec<Failure>> {
    const ALLOWED: &str = "the name of a sheet, or a list of names";
    match said {
        Value::String(_) => Ok(Value::Array(vec![said])),
        Value::Array(names) => {
            let others = names.iter().filter(|name| !name.is_str());
            let wrong: Vec<Failure> = others.map(|other| refused_in(SHEETS, other, ALLOWED)).collect();
            if wrong.is_empty() { Ok(Value::Array(names)) } else { Err(wrong) }
        }
        other => Err(vec![refused(SHEETS, &other, ALLOWED)]),
    }
}

/// What a job may say.
fn keys() -> BTreeSet<String> {
    let settings = names().into_iter().filter(|name| !OF_THE_CALL.contains(&name.as_str()));
    settings.chain([SHEETS.to_owned()]).collect()
}

/// A path, or each of several, from the folder.
fn below(folder: &Path, value: &mut Value) {
    match value {
        Value::String(text) => *text = folder.join(&*text).display().to_string(),
        Value::Array(values) => values.iter_mut().for_each(|value| below(folder, value)),
        Value::Table(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {}
    }
}

/// Texts and numbers of the settings that make no sense.
fn senseless(settings: &Settings) -> Vec<Failure> {
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
        settings.skus_per_price_update().map(drop),
        Guards::of(settings).map(drop),
        sending::policy(settings, Market::Shop).map(drop),
    ];
    outcomes.into_iter().filter_map(Result::err).collect()
}

/// Pictures that are not there, and reports that could not be written.
fn missing(settings: &Settings, shop: Option<&str>) -> Vec<Failure> {
    let reports = &settings.decided.report;
    let endings = reports.iter().filter(|name| ReportFormat::of(Path::new(name)).is_none()).map(|name| {
        Failure::new(Exit::Settings, format!("report {name}: its ending tells no format"))
            .help("end it with .xlsx, .csv, .jsonl or .html")
    });
    let folders = reports.iter().filter_map(|name| {
        let folder = report_folder(name, shop).filter(|folder| !folder.is_dir())?;
        let message = format!("report {name}: there is no folder {}", folder.display());
        Some(Failure::new(Exit::Settings, message).help("make it, or name another one"))
    });
    let pictures = settings.decided.pictures.as_deref().and_then(|path| there(path).err());
    pictures.into_iter().chain(endings).chain(folders).collect()
}

/// Where a report goes; none where that is the working folder, or told by what is not known yet.
fn report_folder(name: &str, shop: Option<&str>) -> Option<PathBuf> {
    let folder = Path::new(name).parent()?.to_str()?;
    let folder = shop.map_or_else(|| folder.to_owned(), |shop| folder.replace("{shop}", shop));
    let is_open = ["{run}", "{shop}", "{date}"].iter().any(|part| folder.contains(part));
    (!is_open && !folder.is_empty()).then(|| PathBuf::from(folder))
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
    fn a_job_has_the_settings_but_those_of_the_whole_call() {
        let known = keys();
        for name in ["sheet", "sheets", "shop", "mode", "map", "report"] {
            assert!(known.contains(name), "{name} of {known:?}");
        }
        assert!(OF_THE_CALL.iter().all(|name| names().contains(*name) && !known.contains(*name)), "{known:?}");
    }

    #[track_caller]
    fn check_unknown(key: &str, expect: &str) {
        let failure = unknown(key, &keys(), NO_SETTING);
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

    #[track_caller]
    fn check_folder(name: &str, shop: Option<&str>, expect: Option<&str>) {
        assert_eq!(report_folder(name, shop), expect.map(PathBuf::from), "{name}");
    }

    #[test]
    fn the_folder_of_a_report_is_known_unless_the_run_or_the_day_names_it() {
        check_folder("out/{shop}-daily/r.xlsx", Some("thai"), Some("out/thai-daily"));
        check_folder("{shop}/{run}-{date}.xlsx", Some("thai"), Some("thai"));
        check_folder("{date}/{shop}/r.xlsx", Some("thai"), None);
        check_folder("{run}-x/r.xlsx", Some("thai"), None);
        check_folder("{shop}/r.xlsx", None, None);
        check_folder("r.xlsx", Some("thai"), None);
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let mut value = Value::Array(vec![Value::String("a.csv".to_owned()), Value::String("/b.csv".to_owned())]);
        below(Path::new("nightly"), &mut value);
        assert_eq!(value.to_string(), "[\"nightly/a.csv\", \"/b.csv\"]");
    }
}
