//! `skuload check`: findings on standard output, the summary on standard error.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use chrono::SecondsFormat;
use serde::Serialize;
use skuload::category::Categories;
use skuload::check::{Blank, Mode, Rules, Summary, check};
use skuload::column::Table;
use skuload::finding::{Rule, Severity};
use skuload::record::Country;

use super::annotate::{Annotation, refuse_many};
use super::args::{CheckArgs, FindingsFormat, SheetArgs};
use super::exit::{Exit, Failure};
use super::findings::{Baseline, Most, Printer, Scope, Told};
use super::fix::{self, Fixing};
use super::gallery::gallery;
use super::input;
use super::log::{self, Event};
use super::map_file;
use super::only::{self, Absent};
use super::output::{self, counted};
use super::progress;
use super::settings::Settings;
use super::severity::{Counts, as_of};
use super::sought::puller;

/// Checks each file by itself, or all together.
pub(super) fn run(args: &CheckArgs, settings: &Settings) -> Result<Exit, Failure> {
    settings.check_api()?;
    if let Some(to) = &args.sheet.write_map {
        return map_file::write(to, &args.files, settings);
    }
    refuse_many(args.sheet.annotate.as_ref(), &args.files)?;
    fix::refuse_many(args.fix.as_ref(), &args.files)?;
    output::outlive_reader();
    let rules = rules(&args.sheet, settings)?;
    if settings.is_for_sandbox && rules.categories.is_none() {
        output::say(&format!(
            "no category of the built-in marketplace is known here; pull them with: {}",
            puller(settings, "")
        ));
    }
    let printer = printer(args, &rules, settings)?;
    let mut checking = Checking { settings, rules, printer, args, total: Total::default() };
    let (checked, failures) = checking.all();
    let exit = match &checked {
        Ok(exit) => *exit,
        Err(failure) => failure.exit,
    };
    checking.printer.end(exit, &failures);
    checked
}

/// What findings are printed with; nothing is printed before everything that was typed is understood.
fn printer(args: &CheckArgs, rules: &Rules, settings: &Settings) -> Result<Printer, Failure> {
    let format = settings.findings_format()?;
    settings.fail_on()?;
    let files: Vec<String> = args.files.iter().map(|file| input::label(file)).collect();
    let baseline = settings.decided.baseline.as_deref().map(|path| Baseline::read(path, &files)).transpose()?;
    let scope = Scope { files: &files, severities: &rules.severities };
    Ok(Printer::of_check(format, Most::of(settings.decided.max_findings), baseline, &scope))
}

/// A check of some sheets.
struct Checking<'a> {
    settings: &'a Settings,
    rules: Rules,
    printer: Printer,
    args: &'a CheckArgs,
    total: Total,
}

impl Checking<'_> {
    /// Checks all files; with how it went, what kept files from being checked.
    fn all(&mut self) -> (Result<Exit, Failure>, Vec<String>) {
        let (args, mut failures) = (self.args, Vec::new());
        let mut exit = Exit::Done;
        let is_together = args.together && args.files.len() > 1;
        let groups: Vec<&[PathBuf]> = if is_together { vec![&args.files] } else { args.files.chunks(1).collect() };
        for files in &groups {
            match self.one(files) {
                Ok(one) => exit = exit.and(one),
                Err(failure) => {
                    failures.push(failure.message.clone());
                    if groups.len() == 1 {
                        return (Err(failure), failures);
                    }
                    // One unreadable file does not keep the others from being checked.
                    exit = exit.and(output::failure(&failure));
                }
            }
        }
        if groups.len() > 1 {
            // It was understood before the first sheet was checked.
            self.total.tell(self.settings.findings_format().unwrap_or(FindingsFormat::Human));
        }
        // A sheet that cannot be read may have what the others lack.
        if let Some(failure) = self.total.absent.failure().filter(|_| failures.is_empty()) {
            failures.push(failure.message.clone());
            exit = exit.and(output::failure(&failure));
        }
        (Ok(exit), failures)
    }

    /// Checks one sheet, in however many files.
    fn one(&mut self, files: &[PathBuf]) -> Result<Exit, Failure> {
        let settings = self.settings;
        let mut tables = Vec::new();
        for file in files {
            tables.extend(tables_of(file, settings)?);
        }
        let name = files.iter().map(|file| input::label(file)).collect::<Vec<_>>().join(" + ");
        let rules = Rules { pictures: Some(gallery(files, settings)?), ..self.rules.clone() };
        if let Some(path) = &self.args.sheet.annotate {
            let mut annotation = Annotation::begin(path, &tables, &files[0])?;
            annotation.take_rules(&rules);
            self.printer.mark_in(Some(annotation));
        }
        let fixing = Fixing::begin(self.args, &tables, settings)?;
        let started = progress::now();
        let checked = check(&tables, &rules, &mut self.printer);
        let found = self.printer.end_sheet();
        let annotation = self.printer.marked();
        let summary = checked?;
        self.total.absent.add(&summary, &tables)?;
        log::note(&told_of(&name, &summary));
        let seconds = started.elapsed().as_secs_f64();
        self.total.files += 1;
        self.total.add(&summary, &found, seconds);
        let format = settings.findings_format()?;
        let fixed = fixing.map_or(Ok(Exit::Done), |fixing| fixing.write(&tables, &rules, format))?;
        match format {
            FindingsFormat::Json => {
                let categories = rules.categories.as_deref().map(CategoriesLine::of);
                let line = SummaryLine { categories, ..SummaryLine::new(Some(&name), &summary, &found, seconds) };
                output::result(&output::json_line(&line));
            }
            FindingsFormat::Human | FindingsFormat::Csv | FindingsFormat::Sarif => {
                let text = told(&name, &tables, &rules, &summary, &found, &CountryHint::of(settings));
                output::say(&format!("{text}{}", sound(&summary, rules.mode)));
            }
        }
        let written =
            annotation.map_or(Exit::Done, |annotation| annotation.write(&tables, &format!("{name}, checked")));
        Ok(settings.exit_after(found.new)?.and(written).and(fixed))
    }
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
        undated_sales: undated_sales(settings)?,
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

pub(super) fn country(settings: &Settings) -> Result<Option<Country>, Failure> {
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

/// Whether the marketplace that the sheet is for takes a special price without dates.
fn undated_sales(settings: &Settings) -> Result<bool, Failure> {
    #[cfg(feature = "import")]
    let takes = match &settings.decided.shop {
        Some(name) => super::shop::load(settings, name)?.api(),
        None => settings.api()?,
    }
    .limits()
    .undated_sales;
    #[cfg(not(feature = "import"))]
    let takes = settings.decided.api.as_deref() == Some("open-platform");
    Ok(takes)
}

/// Whether it is told that no country was given.
pub(super) enum CountryHint {
    /// Rules were left out for want of one.
    Wanted,
    /// The shop was added without one; this command tells it.
    #[cfg_attr(not(feature = "import"), allow(dead_code, reason = "only an import has a shop"))]
    OfShop(String),
    /// The built-in marketplace lies in no country.
    Needless,
}

impl CountryHint {
    /// Of a check or an import, as it was called.
    pub(super) fn of(settings: &Settings) -> CountryHint {
        if settings.is_for_sandbox {
            return CountryHint::Needless;
        }
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
    found: &Told,
    hint: &CountryHint,
) -> String {
    let by_rule = &found.by_rule;
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
        "{}{sheet}: {}, {products}{}: {}",
        output::plain(name),
        counted(summary.rows, "row", "rows"),
        counted(summary.skus, "SKU", "SKUs"),
        by_severity(summary, found),
    );
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
    if let (Some(categories), Some(now)) = (&rules.categories, rules.now) {
        let _ = write!(text, "\n{}", as_of(categories, now, rules.country));
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

/// How much of the sheet is without errors, on a line of its own.
fn sound(summary: &Summary, mode: Mode) -> String {
    let wanted = summary.rows - summary.skipped;
    if wanted == 0 {
        return String::new();
    }
    let products = match mode {
        Mode::Create | Mode::Upsert => {
            format!(" in {}", counted(summary.sound_products, "product", "products"))
        }
        // The shop's own products count.
        Mode::Update => String::new(),
    };
    let are = if summary.sound == 1 { "is" } else { "are" };
    let rest = match (wanted - summary.sound, mode) {
        (0, _) => String::new(),
        (_, Mode::Update) => "; the others have one".to_owned(),
        (_, Mode::Create | Mode::Upsert) => "; the others have one, or belong to a product with one".to_owned(),
    };
    if summary.sound == 0 {
        return "\nno row is without errors".to_owned();
    }
    format!("\n{}{products} {are} without errors{rest}", counted(summary.sound, "row", "rows"))
}

/// The findings by their severity: `3 errors, 7 warnings, 1 note (new: 1 error, 0 warnings)`.
fn by_severity(summary: &Summary, found: &Told) -> String {
    let words = |counts: Counts| {
        let mut text = counted(counts.errors, "error", "errors");
        let _ = write!(text, ", {}", counted(counts.warnings, "warning", "warnings"));
        if counts.notes > 0 {
            let _ = write!(text, ", {}", counted(counts.notes, "note", "notes"));
        }
        text
    };
    let all = Counts { errors: summary.errors, warnings: summary.warnings, notes: summary.notes };
    let new = found.baseline.map(|_| format!(" (new: {})", words(found.new))).unwrap_or_default();
    words(all) + &new
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
    found: Told,
    seconds: f64,
    absent: Absent,
}

impl Total {
    fn add(&mut self, summary: &Summary, found: &Told, seconds: f64) {
        self.summary.rows += summary.rows;
        self.summary.skipped += summary.skipped;
        self.summary.products += summary.products;
        self.summary.skus += summary.skus;
        self.summary.errors += summary.errors;
        self.summary.warnings += summary.warnings;
        self.summary.notes += summary.notes;
        self.found.add(found);
        self.seconds += seconds;
    }

    fn tell(&self, format: FindingsFormat) {
        match format {
            FindingsFormat::Json => {
                let line = SummaryLine::new(None, &self.summary, &self.found, self.seconds);
                output::result(&output::json_line(&line));
            }
            FindingsFormat::Human | FindingsFormat::Csv | FindingsFormat::Sarif => output::say(&format!(
                "{}: {}, {}",
                counted(self.files, "file", "files"),
                counted(self.summary.rows, "row", "rows"),
                by_severity(&self.summary, &self.found),
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
    /// Those that the baseline lacks; nothing where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    new_errors: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_warnings: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_notes: Option<u64>,
    /// Findings that were left out, because there are more than were asked for.
    #[serde(skip_serializing_if = "is_none_left_out")]
    not_shown: u64,
    /// What was known of the marketplace's categories.
    #[serde(skip_serializing_if = "Option::is_none")]
    categories: Option<CategoriesLine<'a>>,
}

fn is_none_left_out(count: &u64) -> bool {
    *count == 0
}

/// What the sheet was held against.
#[derive(Serialize)]
struct CategoriesLine<'a> {
    pulled: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
    /// So many categories' demands are known.
    known: usize,
}

impl<'a> CategoriesLine<'a> {
    fn of(known: &'a Categories) -> CategoriesLine<'a> {
        let pulled = known.pulled().to_rfc3339_opts(SecondsFormat::Secs, true);
        CategoriesLine { pulled, country: known.country(), known: known.pulled_categories().count() }
    }
}

impl<'a> SummaryLine<'a> {
    fn new(file: Option<&'a str>, summary: &'a Summary, found: &Told, seconds: f64) -> SummaryLine<'a> {
        let new = found.baseline.map(|_| found.new);
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
            new_errors: new.map(|new| new.errors),
            new_warnings: new.map(|new| new.warnings),
            new_notes: new.map(|new| new.notes),
            not_shown: found.not_shown,
            categories: None,
        }
    }
}
