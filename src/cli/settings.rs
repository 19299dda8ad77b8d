//! Settings: flags, then `SKULOAD_*`, then ./skuload.toml, then the user's file.
//!
//! What was typed and what was decided are two types: the layers, and [`Decided`].

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde::Deserialize;
use skuload::category::Categories;
use skuload::check::{Blank, Hidden, Mode};
use skuload::column::{Choice, GroupBy};
#[cfg(feature = "import")]
use skuload::record::ImageUrl;
use skuload::record::{Locale, RepairLevel};
use skuload::sheet::{Limits, ReadOptions, know_encoding};
use toml::{Table, Value};

#[cfg(feature = "import")]
use super::args::Format;
use super::args::{Args, ColorChoice, FindingsFormat};
use super::exit::{Exit, Failure};
use super::flags::{flags, is_for_sandbox};
use super::layers::{TABLES, environment, file, merged, nearby, settle_rivals};
use super::log::LogFormat;
use super::output::plain;

/// Where a setting comes from that was typed.
const FLAG: &str = "flag";

/// What was decided, and where each part of it comes from.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) decided: Decided,
    #[cfg_attr(not(feature = "import"), allow(dead_code, reason = "a check has no requests to tell of"))]
    pub(super) verbose: bool,
    /// The built-in marketplace was asked for.
    #[cfg_attr(not(feature = "import"), allow(dead_code, reason = "a check calls no marketplace"))]
    pub(super) is_for_sandbox: bool,
    origins: BTreeMap<String, (Value, String)>,
    #[cfg_attr(not(feature = "import"), allow(dead_code, reason = "a check names no next command"))]
    config: Option<PathBuf>,
    /// What is known of categories, once it was read.
    pub(super) categories: OnceLock<Option<Arc<Categories>>>,
}

/// The settings by name; each may be absent.
#[cfg_attr(not(feature = "import"), allow(dead_code, reason = "one settings file serves the checker too"))]
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct Decided {
    pub(super) sheet: Vec<String>,
    pub(super) header_row: Option<NonZeroU32>,
    pub(super) group_by: Option<String>,
    pub(super) shop: Option<String>,
    pub(super) country: Option<String>,
    pub(super) api: Option<String>,
    pub(super) encoding: Option<String>,
    pub(super) delimiter: Option<String>,
    pub(super) format: Option<String>,
    pub(super) color: Option<String>,
    pub(super) state_dir: Option<PathBuf>,
    pub(super) report: Vec<String>,
    pub(super) rate: Option<f64>,
    pub(super) concurrency: Option<usize>,
    pub(super) deadline: Option<Value>,
    pub(super) max_failures: Option<Value>,
    pub(super) max_requests: Option<u64>,
    pub(super) max_changes: Option<Value>,
    pub(super) min_rows: Option<u64>,
    pub(super) skus_per_price_update: Option<usize>,
    pub(super) on_finish: Option<String>,
    pub(super) log: Option<PathBuf>,
    pub(super) log_format: Option<String>,
    pub(super) locale: Option<String>,
    pub(super) hidden: Option<String>,
    pub(super) mode: Option<String>,
    pub(super) blank: Option<String>,
    pub(super) repair: Option<String>,
    pub(super) pictures: Option<PathBuf>,
    pub(super) categories: Option<PathBuf>,
    pub(super) now: Option<String>,
    pub(super) fail_on: Option<String>,
    pub(super) baseline: Option<PathBuf>,
    pub(super) max_findings: Option<u64>,
    pub(super) rule: BTreeMap<String, String>,
    pub(super) check_images: Option<bool>,
    pub(super) fetch_images: Option<bool>,
    pub(super) require_images: Option<bool>,
    pub(super) limit: BTreeMap<String, Value>,
    pub(super) map: BTreeMap<String, String>,
    pub(super) set: BTreeMap<String, String>,
    pub(super) defaults: BTreeMap<String, String>,
    pub(super) values: BTreeMap<String, BTreeMap<String, String>>,
    pub(super) pace: PaceSettings,
    pub(super) images: ImageSettings,
}

/// Every wait, in seconds.
#[cfg_attr(not(feature = "import"), allow(dead_code, reason = "one settings file serves the checker too"))]
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct PaceSettings {
    pub(super) backoff_min: Option<f64>,
    pub(super) backoff_max: Option<f64>,
    pub(super) lookup_delays: Option<Vec<f64>>,
    pub(super) nobody_answers: Option<f64>,
    pub(super) give_up: Option<f64>,
    pub(super) timeout: Option<f64>,
}

/// How pictures come to the marketplace.
#[cfg_attr(not(feature = "import"), allow(dead_code, reason = "one settings file serves the checker too"))]
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct ImageSettings {
    /// Further hosts that are the marketplace's own.
    pub(super) hosts: Vec<String>,
    /// `together` or `singly`.
    pub(super) migrate: Option<String>,
}

impl Settings {
    /// Reads all layers.
    pub(super) fn load(args: &Args) -> Result<Settings, Failure> {
        let mut layers = vec![(FLAG.to_owned(), flags(args)?), ("environment".to_owned(), environment()?)];
        match &args.global.config {
            Some(path) => layers.push(file(path)?.ok_or_else(|| {
                Failure::new(Exit::Settings, format!("cannot read {}: there is no such file", path.display()))
            })?),
            None => {
                layers.extend(nearby(Path::new("skuload.toml"))?);
                if let Some(folder) = xdg("XDG_CONFIG_HOME", ".config") {
                    layers.extend(file(&folder.join("skuload/skuload.toml"))?);
                }
            }
        }
        if is_for_sandbox(args) {
            layers.iter_mut().for_each(|(_, table)| drop(table.remove("shop")));
        }
        settle_rivals(&mut layers);
        let origins = merged(&layers);
        let table = nested(origins.iter().map(|(key, (value, _))| (key, value)));
        let decided = Decided::deserialize(Value::Table(table))
            .map_err(|error| Failure::new(Exit::Settings, error.to_string()))?;
        Ok(Settings {
            decided,
            verbose: args.global.verbose,
            is_for_sandbox: is_for_sandbox(args),
            origins,
            config: args.global.config.clone(),
            categories: OnceLock::new(),
        })
    }

    /// The settings of a job: what was typed has the last word, then what the job says at its `place`, then everything
    /// else. The table is all of them as a settings file would say it.
    #[cfg(feature = "import")]
    pub(super) fn of_job(&self, place: &str, job: Table) -> Result<(Settings, Table), Failure> {
        let layer = |is_typed: bool| {
            let own = self.origins.iter().filter(|(_, (_, origin))| (origin == FLAG) == is_typed);
            nested(own.map(|(key, (value, _))| (key, value)))
        };
        let mut layers =
            vec![(FLAG.to_owned(), layer(true)), (place.to_owned(), job), ("settings".to_owned(), layer(false))];
        settle_rivals(&mut layers);
        let origins = merged(&layers);
        let table = nested(origins.iter().map(|(key, (value, _))| (key, value)));
        let decided = Decided::deserialize(Value::Table(table.clone()))
            .map_err(|error| Failure::new(Exit::Settings, error.message()))?;
        Ok((self.with(decided, origins), table))
    }

    /// Each setting as if it were the only one, so that a wrong one hides no other.
    #[cfg(feature = "import")]
    pub(super) fn apart(&self) -> impl Iterator<Item = Settings> {
        self.origins.iter().filter_map(|(key, (value, origin))| {
            // It was understood among the others before.
            let decided = Decided::deserialize(Value::Table(nested([(key, value)].into_iter()))).ok()?;
            let origins = BTreeMap::from([(key.clone(), (value.clone(), origin.clone()))]);
            Some(self.with(decided, origins))
        })
    }

    /// Other settings of the same command.
    #[cfg(feature = "import")]
    fn with(&self, decided: Decided, origins: BTreeMap<String, (Value, String)>) -> Settings {
        let (verbose, is_for_sandbox, config) = (self.verbose, self.is_for_sandbox, self.config.clone());
        Settings { decided, verbose, is_for_sandbox, origins, config, categories: OnceLock::new() }
    }

    /// For `--show-settings`.
    pub(super) fn shown(&self) -> String {
        let mut text = String::new();
        let state_dir = self.state_dir().display().to_string();
        if !self.origins.contains_key("state-dir") {
            let _ = writeln!(text, "state-dir = {}  # default", Value::String(state_dir));
        }
        for (key, (value, origin)) in &self.origins {
            // A folder's own file may be somebody else's.
            let _ = writeln!(text, "{}", plain(&format!("{key} = {value}  # {origin}")));
        }
        text
    }

    /// Each setting, with its value as it would be typed, and where it comes from.
    #[cfg(feature = "import")]
    pub(super) fn decisions(&self) -> impl Iterator<Item = (&str, String, &str)> {
        self.origins.iter().map(|(key, (value, origin))| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (key.as_str(), value, origin.as_str())
        })
    }

    /// Where runs and shops are kept.
    pub(super) fn state_dir(&self) -> PathBuf {
        let default = || xdg("XDG_STATE_HOME", ".local/state").map(|folder| folder.join("skuload"));
        self.decided.state_dir.clone().or_else(default).unwrap_or_else(|| PathBuf::from(".skuload"))
    }

    /// A command for messages: it finds what this one keeps.
    #[cfg_attr(not(feature = "import"), allow(dead_code, reason = "a check keeps nothing"))]
    pub(super) fn command(&self, command: &str) -> String {
        let mut text = format!("skuload {command}");
        if let Some(path) = &self.config {
            let _ = write!(text, " --config {}", quoted(&path.display().to_string()));
        }
        if let Some((Value::String(folder), origin)) = self.origins.get("state-dir")
            && origin == FLAG
        {
            let _ = write!(text, " --state-dir {}", quoted(folder));
        }
        text
    }

    /// What a wrong value asks for: one that was typed is wrong usage, any other a wrong setting.
    pub(super) fn exit_of(&self, key: &str) -> Exit {
        if self.is_typed(key) { Exit::Usage } else { Exit::Settings }
    }

    /// It was given by a flag.
    pub(super) fn is_typed(&self, key: &str) -> bool {
        self.origins.get(key).is_some_and(|(_, origin)| origin == FLAG)
    }

    fn wrong(&self, name: &str, value: &str, allowed: &str) -> Failure {
        Failure { exit: self.exit_of(name), ..wrong(name, value, allowed) }
    }

    /// How the result is printed.
    #[cfg(feature = "import")]
    pub(super) fn format(&self) -> Result<Format, Failure> {
        match self.decided.format.as_deref() {
            None | Some("human") => Ok(Format::Human),
            Some("json") => Ok(Format::Json),
            Some(name @ ("csv" | "sarif")) => Err(of_findings(name, self.exit_of("format"))),
            Some(other) => Err(self.wrong("format", other, "human or json")),
        }
    }

    /// How the findings of a check are printed.
    pub(super) fn findings_format(&self) -> Result<FindingsFormat, Failure> {
        let Some(name) = self.decided.format.as_deref() else { return Ok(FindingsFormat::Human) };
        FindingsFormat::named(name).ok_or_else(|| self.wrong("format", name, "human, json, csv or sarif"))
    }

    /// How the log is written.
    pub(super) fn log_format(&self) -> Result<LogFormat, Failure> {
        match self.decided.log_format.as_deref() {
            None | Some("text") => Ok(LogFormat::Text),
            Some("json") => Ok(LogFormat::Json),
            Some(other) => Err(self.wrong("log-format", other, "text or json")),
        }
    }

    pub(super) fn color(&self) -> Result<ColorChoice, Failure> {
        match self.decided.color.as_deref() {
            None | Some("auto") => Ok(ColorChoice::Auto),
            Some("always") => Ok(ColorChoice::Always),
            Some("never") => Ok(ColorChoice::Never),
            Some(other) => Err(self.wrong("color", other, "auto, always or never")),
        }
    }

    /// How rows become products.
    pub(super) fn group_by(&self) -> GroupBy {
        self.decided.group_by.as_deref().map(GroupBy::parse).unwrap_or_default()
    }

    /// Which sheets and columns.
    pub(super) fn choice(&self) -> Result<Choice, Failure> {
        let decided = &self.decided;
        let attributes = self.categories()?.map(|categories| categories.listed_attributes()).unwrap_or_default();
        Ok(Choice {
            sheets: decided.sheet.clone(),
            header_row: decided.header_row.map(NonZeroU32::get),
            map: decided.map.clone().into_iter().collect(),
            set: decided.set.clone().into_iter().collect(),
            group_by: self.group_by(),
            defaults: decided.defaults.clone().into_iter().collect(),
            values: decided
                .values
                .iter()
                .map(|(name, pairs)| (name.clone(), pairs.clone().into_iter().collect()))
                .collect(),
            attributes,
        })
    }

    /// How numbers and dates are written, where the sheet does not tell.
    pub(super) fn locale(&self) -> Result<Option<Locale>, Failure> {
        let locale = self.decided.locale.as_deref().map(str::parse::<Locale>).transpose();
        locale.map_err(|error| Failure::new(self.exit_of("locale"), error.to_string()))
    }

    /// What becomes of values that can be repaired.
    pub(super) fn repair(&self) -> Result<RepairLevel, Failure> {
        let Some(name) = self.decided.repair.as_deref() else { return Ok(RepairLevel::default()) };
        RepairLevel::named(name).ok_or_else(|| self.wrong("repair", name, "off, suggest or safe"))
    }

    /// What becomes of hidden rows.
    pub(super) fn hidden(&self) -> Result<Hidden, Failure> {
        let Some(name) = self.decided.hidden.as_deref() else { return Ok(Hidden::default()) };
        Hidden::named(name).ok_or_else(|| self.wrong("hidden", name, "import or skip"))
    }

    /// What the rows are for.
    pub(super) fn mode(&self) -> Result<Mode, Failure> {
        let Some(name) = self.decided.mode.as_deref() else { return Ok(Mode::default()) };
        Mode::named(name).ok_or_else(|| self.wrong("mode", name, "create, update or upsert"))
    }

    /// What an empty cell means for a SKU that the shop has.
    pub(super) fn blank(&self) -> Result<Blank, Failure> {
        let Some(name) = self.decided.blank.as_deref() else { return Ok(Blank::default()) };
        Blank::named(name).ok_or_else(|| self.wrong("blank", name, "keep or clear"))
    }

    /// How text files are read.
    pub(super) fn read_options(&self) -> Result<ReadOptions, Failure> {
        let delimiter = match self.decided.delimiter.as_deref() {
            None => None,
            Some("tab" | "\\t" | "\t") => Some(b'\t'),
            Some(text) => match text.as_bytes() {
                [byte] if byte.is_ascii() => Some(*byte),
                _ => return Err(self.wrong("delimiter", text, "one ASCII character, or tab")),
            },
        };
        if let Some(label) = self.decided.encoding.as_deref() {
            know_encoding(label).map_err(|message| Failure::new(self.exit_of("encoding"), message))?;
        }
        Ok(ReadOptions { encoding: self.decided.encoding.clone(), delimiter, limits: self.limits()? })
    }

    /// How much of a file is taken before it is refused.
    fn limits(&self) -> Result<Limits, Failure> {
        let mut limits = Limits::default();
        for (name, value) in &self.decided.limit {
            let value = match value {
                Value::String(text) => text.clone(),
                value => value.to_string(),
            };
            let exit = self.exit_of(&format!("limit.{name}"));
            limits.set(name, &value).map_err(|error| Failure::new(exit, error.to_string()))?;
        }
        Ok(limits)
    }

    /// Further hosts whose pictures need not travel: those below them count too.
    #[cfg(feature = "import")]
    pub(super) fn image_hosts(&self) -> Result<Vec<String>, Failure> {
        let hosts = self.decided.images.hosts.iter().map(|host| {
            let url = ImageUrl::parse(&format!("https://{host}/")).ok();
            let is_host = url.is_some_and(|url| url.host() == host && !host.starts_with('['));
            if is_host {
                Ok(host.to_lowercase())
            } else {
                Err(self.wrong("images.hosts", host, "a list of host names, such as [\"img.example.com\"]"))
            }
        });
        hosts.collect()
    }

    /// How many SKUs an UpdatePriceQuantity carries, where that is said.
    #[cfg(feature = "import")]
    pub(super) fn skus_per_price_update(&self) -> Result<Option<usize>, Failure> {
        const MOST: usize = 50;
        match self.decided.skus_per_price_update {
            Some(skus) if !(1..=MOST).contains(&skus) => {
                Err(self.wrong("skus-per-price-update", &skus.to_string(), "a number from 1 to 50"))
            }
            skus => Ok(skus),
        }
    }

    /// Whether pictures of one SKU share a ticket, where that is said.
    #[cfg(feature = "import")]
    pub(super) fn migrates_together(&self) -> Result<Option<bool>, Failure> {
        match self.decided.images.migrate.as_deref() {
            None => Ok(None),
            Some("together") => Ok(Some(true)),
            Some("singly") => Ok(Some(false)),
            Some(other) => Err(self.wrong("images.migrate", other, "together or singly")),
        }
    }

    /// The API that is asked for is one that is spoken, and the shop's where one is named.
    pub(super) fn check_api(&self) -> Result<(), Failure> {
        if let Some(other) = self.decided.api.as_deref().filter(|api| !APIS.contains(api)) {
            return Err(self.wrong("api", other, "seller-center or open-platform"));
        }
        #[cfg(feature = "import")]
        if let Some(name) = &self.decided.shop {
            super::shop::agree(self, name)?;
        }
        Ok(())
    }

    /// The API that is asked for where no shop tells it.
    #[cfg(feature = "import")]
    pub(super) fn api(&self) -> Result<skuload::dialect::Dialect, Failure> {
        use skuload::dialect::Dialect;
        match self.decided.api.as_deref() {
            None | Some("seller-center") => Ok(Dialect::SellerCenter),
            Some("open-platform") => Ok(Dialect::OpenPlatform),
            Some(other) => Err(self.wrong("api", other, "seller-center or open-platform")),
        }
    }

    /// The API was asked for together with the shop, or by a flag: it is no general choice for what has no shop.
    #[cfg(feature = "import")]
    pub(super) fn asks_api_of_shop(&self) -> bool {
        let origin = |key: &str| self.origins.get(key).map(|(_, origin)| origin);
        self.is_typed("api") || (origin("api").is_some() && origin("api") == origin("shop"))
    }
}

/// The APIs that are spoken.
const APIS: [&str; 2] = ["seller-center", "open-platform"];

/// Settings by name as a settings file would say them.
fn nested<'a>(settings: impl Iterator<Item = (&'a String, &'a Value)>) -> Table {
    let mut table = Table::new();
    for (key, value) in settings {
        match key.split_once('.').filter(|(name, _)| TABLES.contains(name)) {
            Some((name, inner)) => {
                let entry = table.entry(name).or_insert_with(|| Value::Table(Table::new()));
                if let Value::Table(inner_table) = entry {
                    inner_table.insert(inner.to_owned(), value.clone());
                }
            }
            None => {
                table.insert(key.clone(), value.clone());
            }
        }
    }
    table
}

/// A word as a shell takes it.
pub(super) fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/\\.,:_-+@%".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// A format that has no place for what this command tells.
#[cfg(feature = "import")]
fn of_findings(name: &str, exit: Exit) -> Failure {
    Failure::new(exit, format!("{name} is a format of findings, which `skuload check` prints; this command tells more"))
        .help("use --format human or json; of an import, --report FILE.csv writes the verdict of every row")
}

pub(super) fn wrong(name: &str, value: &str, allowed: &str) -> Failure {
    Failure::new(Exit::Settings, format!("`{value}` is no {name}")).help(format!("{name} is {allowed}"))
}

#[expect(clippy::disallowed_methods, reason = "cli is where the environment is read")]
/// `$VARIABLE`, or a folder below the home folder.
pub(super) fn xdg(variable: &str, below_home: &str) -> Option<PathBuf> {
    let set = env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    set.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(below_home)))
}
