//! `skuload check`: findings on standard output, the summary on standard error.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use skuload::check::{Blank, Mode, Rules, Sink, Summary, check};
use skuload::column::Table;
use skuload::finding::{Finding, Rule, Severity};
use skuload::record::Country;

use super::args::{CheckArgs, Format, SheetArgs};
use super::exit::{Exit, Failure};
use super::gallery::gallery;
use super::input;
use super::log::{self, Event};
use super::map_file;
use super::only::{self, Absent};
use super::output::{self, counted};
use super::progress::{self, Bars, Progress};
use super::repeated::{Repeated, Said};
use super::settings::Settings;

/// Checks each file by itself, or all together.
pub(super) fn run(args: &CheckArgs, settings: &Settings) -> Result<Exit, Failure> {
    settings.check_api()?;
    if let Some(to) = &args.sheet.write_map {
        return map_file::write(to, &args.files, settings);
    }
    output::outlive_reader();
    let format = settings.format()?;
    let rules = rules(&args.sheet, settings)?;
    let pictures = |files: &[PathBuf]| gallery(files, settings).map(Some);
    let mut total = Total::default();
    let mut exit = Exit::Done;
    if args.together && args.files.len() > 1 {
        let mut tables = Vec::new();
        for file in &args.files {
            tables.extend(tables_of(file, settings)?);
        }
        let name = args.files.iter().map(|file| input::label(file)).collect::<Vec<_>>().join(" + ");
        let rules = Rules { pictures: pictures(&args.files)?, ..rules };
        exit = exit.and(one(&name, &tables, &rules, settings, &mut total)?);
        return Ok(exit.and(total.tell_absent()));
    }
    let mut is_whole = true;
    for file in &args.files {
        let name = input::label(file);
        let rules = Rules { pictures: pictures(std::slice::from_ref(file))?, ..rules.clone() };
        let checked = tables_of(file, settings).and_then(|tables| one(&name, &tables, &rules, settings, &mut total));
        match checked {
            Ok(one) => exit = exit.and(one),
            // One unreadable file does not keep the others from being checked.
            Err(failure) if args.files.len() > 1 => {
                is_whole = false;
                exit = exit.and(output::failure(&failure));
            }
            Err(failure) => return Err(failure),
        }
    }
    if args.files.len() > 1 {
        total.tell(format);
    }
    // A sheet that cannot be read may have what the others lack.
    Ok(if is_whole { exit.and(total.tell_absent()) } else { exit })
}

fn tables_of(file: &Path, settings: &Settings) -> Result<Vec<Table>, Failure> {
    let (label, input) = (input::label(file), input::input(file)?);
    input::tables_of_shown_rows(&label, input, &settings.read_options()?, &settings.choice()?, settings.hidden()?)
}

/// The rules that flags and settings ask for; where pictures are, the caller knows.
pub(super) fn rules(args: &SheetArgs, settings: &Settings) -> Result<Rules, Failure> {
    let (mode, blank) = (settings.mode()?, settings.blank()?);
    if mode == Mode::Create && blank == Blank::Clear && args.blank.is_some() {
        return Err(Failure::new(
            Exit::Usage,
            "--blank clear is about SKUs that the shop has, and new ones are created",
        )
        .help("add --mode update or --mode upsert, or leave --blank out"));
    }
    let country = country(settings)?;
    Ok(Rules {
        mode,
        blank,
        asks_shop: false,
        group_by: settings.group_by(),
        country,
        locale: settings.locale()?,
        repair: settings.repair()?,
        hidden: settings.hidden()?,
        first: args.first.map(|first| first as usize),
        only: args.only.as_deref().map(only::skus).transpose()?,
        pictures: None,
        severities: settings.severities()?,
        now: Some(settings.now(country)?),
        categories: settings.categories()?,
    })
}

fn country(settings: &Settings) -> Result<Option<Country>, Failure> {
    #[cfg(feature = "import")]
    if let Some(name) = &settings.decided.shop {
        return Ok(super::shop::load(settings, name)?.country);
    }
    #[cfg(not(feature = "import"))]
    if settings.decided.shop.is_some() {
        return Err(Failure::new(Exit::Settings, "this program was built without shops").help("use --country CC"));
    }
    let country = settings.decided.country.as_deref().map(str::parse::<Country>).transpose();
    country.map_err(|error| Failure::new(settings.exit_of("country"), error.to_string()))
}

/// How many findings there are of each rule, by its weight.
pub(super) type ByRule = BTreeMap<(Severity, Rule), u64>;

/// Prints findings as they come, and counts them by rule.
pub(super) struct Printer {
    format: Format,
    bars: Bars,
    progress: Progress,
    by_rule: ByRule,
    place: Place,
    repeated: Repeated,
}

/// Where findings for people go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Result,
    #[cfg_attr(not(feature = "import"), allow(dead_code, reason = "only an import has another result"))]
    Beside,
}

impl Printer {
    /// Findings are the result.
    pub(super) fn of_check(format: Format) -> Printer {
        Printer::new(format, Place::Result)
    }

    /// Findings are told beside the result, which is what became of the rows.
    #[cfg(feature = "import")]
    pub(super) fn beside_import(format: Format) -> Printer {
        Printer::new(format, Place::Beside)
    }

    fn new(format: Format, place: Place) -> Printer {
        let bars = Bars::new();
        let progress = bars.add("checking", None);
        Printer { format, bars, progress, by_rule: BTreeMap::new(), place, repeated: Repeated::default() }
    }

    pub(super) fn finish(mut self) -> ByRule {
        for (finding, words) in std::mem::take(&mut self.repeated).rest() {
            let text = match words {
                Some(words) => output::more_findings(&finding, &words),
                None => output::finding(&finding),
            };
            self.tell(finding.severity, &text);
        }
        self.progress.finish();
        self.by_rule
    }

    /// A block of lines for people.
    fn tell(&self, severity: Severity, text: &str) {
        match self.place {
            Place::Result => self.bars.result(&format!("{text}\n")),
            Place::Beside if severity == Severity::Error => self.bars.insist(text),
            Place::Beside => self.bars.say(text),
        }
    }
}

impl Sink for Printer {
    fn finding(&mut self, finding: Finding) {
        *self.by_rule.entry((finding.severity, finding.rule)).or_insert(0) += 1;
        match self.format {
            Format::Json => output::result(&output::finding_line(&finding)),
            Format::Human => {
                if let Said::Whole(finding) = self.repeated.take(finding) {
                    self.tell(finding.severity, &output::finding(&finding));
                }
            }
        }
    }

    fn rows_read(&mut self, rows: u64) {
        self.progress.set(rows, 0);
    }
}

fn one(name: &str, tables: &[Table], rules: &Rules, settings: &Settings, total: &mut Total) -> Result<Exit, Failure> {
    let format = settings.format()?;
    let started = progress::now();
    let mut printer = Printer::of_check(format);
    let summary = check(tables, rules, &mut printer)?;
    let by_rule = printer.finish();
    total.absent.add(&summary, tables)?;
    log::note(&told_of(name, &summary));
    let seconds = started.elapsed().as_secs_f64();
    total.files += 1;
    total.add(&summary, seconds);
    match format {
        Format::Json => output::result(&output::json_line(&SummaryLine::new(Some(name), &summary, seconds))),
        Format::Human => output::say(&told(name, tables, rules, &summary, &by_rule, &CountryHint::of(settings))),
    }
    settings.exit_after(&summary)
}

/// Whether it is told that no country was given.
pub(super) enum CountryHint {
    /// Rules were left out for want of one.
    Wanted,
    /// The shop was added without one; this command tells it.
    #[cfg_attr(not(feature = "import"), allow(dead_code, reason = "only an import has a shop"))]
    OfShop(String),
    /// The built-in marketplace lies in no country.
    #[cfg_attr(not(feature = "import"), allow(dead_code, reason = "only an import has a marketplace"))]
    Needless,
}

impl CountryHint {
    /// Of a check or an import, as it was called.
    pub(super) fn of(settings: &Settings) -> CountryHint {
        let command = |shop: &String| settings.command(&format!("shop set {shop} --country CC"));
        settings.decided.shop.as_ref().map_or(CountryHint::Wanted, |shop| CountryHint::OfShop(command(shop)))
    }
}

/// So many columns are missing from a sheet that was not made for creations.
const MANY_MISSING: u64 = 4;

/// The summary for people: findings by rule, then the counts.
pub(super) fn told(
    name: &str,
    tables: &[Table],
    rules: &Rules,
    summary: &Summary,
    by_rule: &ByRule,
    hint: &CountryHint,
) -> String {
    let mut text = String::new();
    let mut rows: Vec<(&(Severity, Rule), &u64)> = by_rule.iter().collect();
    rows.sort_by_key(|((severity, _), count)| (std::cmp::Reverse(*severity), std::cmp::Reverse(**count)));
    for ((severity, rule), count) in rows {
        let _ = writeln!(text, "{count:>7}  {:<8} {:<24} {}", severity.as_str(), rule.name(), rule.summary());
    }
    let sheets: Vec<&str> = tables.iter().map(|table| &*table.sheet).filter(|sheet| !sheet.is_empty()).collect();
    let sheet = if sheets.is_empty() { String::new() } else { format!(" ({})", output::plain(&sheets.join(", "))) };
    let products = counted(summary.products, "product", "products");
    let products = match rules.mode {
        Mode::Create | Mode::Upsert => format!("{products} (grouped {}), ", output::plain(&summary.grouping)),
        // The shop's own products count.
        Mode::Update => String::new(),
    };
    let _ = write!(
        text,
        "{}{sheet}: {}, {products}{}: {}, {}",
        output::plain(name),
        counted(summary.rows, "row", "rows"),
        counted(summary.skus, "SKU", "SKUs"),
        counted(summary.errors, "error", "errors"),
        counted(summary.warnings, "warning", "warnings"),
    );
    if summary.notes > 0 {
        let _ = write!(text, ", {}", counted(summary.notes, "note", "notes"));
    }
    if summary.skipped > 0 {
        let _ = write!(text, "; {} skipped", counted(summary.skipped, "row", "rows"));
    }
    if summary.rows == 0 {
        text.push_str("\nthere is no row below the header");
    } else if summary.rows == summary.skipped {
        text.push_str("\nevery row is left out: by --only or --first, as hidden, or by a mark of its own");
    }
    if rules.mode == Mode::Create
        && by_rule.get(&(Severity::Error, Rule::MissingColumn)).is_some_and(|count| *count >= MANY_MISSING)
    {
        text.push_str("\nto change SKUs that the shop has, a few columns are enough: --mode update");
    }
    match hint {
        _ if rules.country.is_some() => {}
        CountryHint::Wanted => text.push_str(
            "\nno country was given, so rules that depend on one were left out (--country CC or --shop NAME)",
        ),
        CountryHint::OfShop(command) => {
            let _ = write!(
                text,
                "\nthe shop was added without a country, so rules that depend on one were left out (tell it with: {command})"
            );
        }
        CountryHint::Needless => {}
    }
    text
}

/// The counts, for the log.
pub(super) fn told_of<'a>(sheet: &'a str, summary: &Summary) -> Event<'a> {
    let Summary { rows, products, errors, warnings, .. } = *summary;
    Event::Checked { sheet, rows, products, errors, warnings }
}

#[derive(Default)]
struct Total {
    files: u64,
    summary: Summary,
    seconds: f64,
    absent: Absent,
}

impl Total {
    fn add(&mut self, summary: &Summary, seconds: f64) {
        self.summary.rows += summary.rows;
        self.summary.skipped += summary.skipped;
        self.summary.products += summary.products;
        self.summary.skus += summary.skus;
        self.summary.errors += summary.errors;
        self.summary.warnings += summary.warnings;
        self.summary.notes += summary.notes;
        self.seconds += seconds;
    }

    /// Tells of SKUs that `--only` names and no sheet has.
    fn tell_absent(&self) -> Exit {
        self.absent.failure().map_or(Exit::Done, |failure| output::failure(&failure))
    }

    fn tell(&self, format: Format) {
        match format {
            Format::Json => output::result(&output::json_line(&SummaryLine::new(None, &self.summary, self.seconds))),
            Format::Human => output::say(&format!(
                "{}: {}, {}, {}",
                counted(self.files, "file", "files"),
                counted(self.summary.rows, "row", "rows"),
                counted(self.summary.errors, "error", "errors"),
                counted(self.summary.warnings, "warning", "warnings"),
            )),
        }
    }
}

/// The last line of a file's findings; without a file, of all files together.
#[derive(Serialize)]
struct SummaryLine<'a> {
    v: u8,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    rows: u64,
    products: u64,
    skus: u64,
    errors: u64,
    warnings: u64,
    notes: u64,
    seconds: f64,
    #[serde(skip_serializing_if = "str::is_empty")]
    grouping: &'a str,
    skipped: u64,
}

impl<'a> SummaryLine<'a> {
    fn new(file: Option<&'a str>, summary: &'a Summary, seconds: f64) -> SummaryLine<'a> {
        SummaryLine {
            v: 1,
            kind: if file.is_some() { "summary" } else { "total" },
            file,
            rows: summary.rows,
            products: summary.products,
            skus: summary.skus,
            errors: summary.errors,
            warnings: summary.warnings,
            notes: summary.notes,
            seconds: (seconds * 1000.0).round() / 1000.0,
            grouping: &summary.grouping,
            skipped: summary.skipped,
        }
    }
}
