//! What an export is asked for: from typed words to what is read, and back to the command that goes on.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, TimeZone, Utc};
use skuload::dialect::{ProductFilter, StockDetail, TimeWindow};
use skuload::export::{Deleted, Extent, StockColumns};
use skuload::record::{Country, SellerSku};
use skuload::report::ReportFormat;
use skuload::submit::Wanted;

use super::args::{ExportArgs, ExportFilter, Format};
use super::exit::{Exit, Failure};
use super::settings::{Settings, quoted};

/// What is read of the shop.
pub(super) enum Asked {
    /// What its list shows.
    List(Wanted),
    /// These SKUs, each once.
    Skus(Vec<SellerSku>),
}

/// Where the sheet goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Output {
    File(PathBuf),
    /// To standard output, written to a file of this ending first.
    Standard(&'static str),
}

impl Output {
    pub(super) fn of(path: &Path, format: Format) -> Result<Output, Failure> {
        if path.as_os_str() == "-" {
            return Ok(Output::Standard(match format {
                Format::Human => "csv",
                Format::Json => "jsonl",
            }));
        }
        match ReportFormat::of(path) {
            Some(ReportFormat::Xlsx | ReportFormat::Csv | ReportFormat::Jsonl) => Ok(Output::File(path.to_owned())),
            Some(ReportFormat::Html) | None => {
                Err(Failure::new(Exit::Usage, format!("-o {}: its name says no format", path.display()))
                    .help("give it a name that ends in .xlsx, .csv or .jsonl, or - for standard output"))
            }
        }
    }
}

impl Asked {
    pub(super) fn of(args: &ExportArgs, country: Option<Country>) -> Result<Asked, Failure> {
        if let Some(text) = &args.sku {
            return Ok(Asked::Skus(skus(text)?));
        }
        if args.search.as_ref().is_some_and(|search| search.trim().is_empty()) {
            return Err(Failure::new(Exit::Usage, "--search: there is no text to search for").help("leave it out"));
        }
        let created = window("created", (&args.created_after, &args.created_before), country)?;
        let updated = window("updated", (&args.updated_after, &args.updated_before), country)?;
        let stock = if args.stock { StockDetail::Full } else { StockDetail::Plain };
        Ok(Asked::List(Wanted { filter: filter(args), created, updated, search: args.search.clone(), stock }))
    }

    /// The same text for the same question, whenever it is asked.
    pub(super) fn question(&self) -> String {
        match self {
            Asked::List(Wanted { filter, created, updated, search, stock }) => {
                format!("{} {created:?} {updated:?} {search:?} {stock:?}", filter.as_str())
            }
            Asked::Skus(skus) => format!("{skus:?}"),
        }
    }
}

/// What is written of what was read.
pub(super) fn extent(args: &ExportArgs, country: Option<Country>) -> Extent {
    Extent {
        stock: if args.stock { StockColumns::With } else { StockColumns::Without },
        country,
        deleted: if filter(args) == ProductFilter::Deleted { Deleted::Written } else { Deleted::LeftOut },
    }
}

fn filter(args: &ExportArgs) -> ProductFilter {
    match args.filter {
        None | Some(ExportFilter::All) => ProductFilter::All,
        Some(ExportFilter::Live) => ProductFilter::Live,
        Some(ExportFilter::Inactive) => ProductFilter::Inactive,
        Some(ExportFilter::Deleted) => ProductFilter::Deleted,
        Some(ExportFilter::ImageMissing) => ProductFilter::ImageMissing,
        Some(ExportFilter::Pending) => ProductFilter::Pending,
        Some(ExportFilter::Rejected) => ProductFilter::Rejected,
        Some(ExportFilter::SoldOut) => ProductFilter::SoldOut,
    }
}

/// `A,B`, or `@FILE` with one a line; each once.
fn skus(text: &str) -> Result<Vec<SellerSku>, Failure> {
    let words: Vec<String> = match text.strip_prefix('@') {
        Some(path) => {
            let text = fs::read_to_string(path)
                .map_err(|error| Failure::new(Exit::Input, format!("cannot read {path}: {error}")))?;
            text.trim_start_matches('\u{feff}').lines().map(str::to_owned).collect()
        }
        None => text.split(',').map(str::to_owned).collect(),
    };
    let mut known = std::collections::HashSet::new();
    let skus = words.iter().filter_map(|word| SellerSku::parse(word));
    let skus: Vec<SellerSku> = skus.filter(|sku| known.insert(sku.clone())).collect();
    if skus.is_empty() {
        return Err(Failure::new(Exit::Usage, format!("--sku {text}: there is no seller SKU"))
            .help("write --sku A,B, or --sku @FILE with a file that has one a line"));
    }
    Ok(skus)
}

/// Which end of a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    First,
    Last,
}

fn window(
    name: &str,
    (after, before): (&Option<String>, &Option<String>),
    country: Option<Country>,
) -> Result<TimeWindow, Failure> {
    let read = |text: &Option<String>, flag: &str, end| match text {
        None => Ok(None),
        Some(text) => moment(text, end, country).map(Some).ok_or_else(|| {
            Failure::new(Exit::Usage, format!("--{name}-{flag} {text}: it is no date"))
                .help("write a day as 2026-01-31, or a moment as 2026-01-31T18:30 or 2026-01-31T18:30:00+07:00")
        }),
    };
    let (after, before) = (read(after, "after", End::First)?, read(before, "before", End::Last)?);
    if after.zip(before).is_some_and(|(after, before)| after > before) {
        return Err(Failure::new(Exit::Usage, format!("--{name}-after is later than --{name}-before"))
            .help("nothing can be both; exchange them"));
    }
    Ok(TimeWindow { after, before })
}

/// A day is all of it; what names no zone is in the shop's, which its country tells, else in UTC.
fn moment(text: &str, end: End, country: Option<Country>) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.to_utc());
    }
    let zone = FixedOffset::east_opt(i32::from(country.map_or(0, Country::hours_from_utc)) * 3600)?;
    let local = |time: NaiveDateTime| zone.from_local_datetime(&time).single().map(|time| time.to_utc());
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return local(match end {
            End::First => day.and_hms_opt(0, 0, 0)?,
            End::Last => day.and_hms_opt(23, 59, 59)?,
        });
    }
    // A minute is all of it, too.
    for shape in ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"] {
        if let Ok(minute) = NaiveDateTime::parse_from_str(text, shape) {
            let seconds = if end == End::Last { 59 } else { 0 };
            return local(minute + chrono::TimeDelta::seconds(seconds));
        }
    }
    let shapes = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"];
    shapes.iter().find_map(|shape| NaiveDateTime::parse_from_str(text, shape).ok()).and_then(local)
}

/// The command as it was typed, for messages.
pub(super) fn command(args: &ExportArgs, shop: &str, settings: &Settings) -> String {
    let mut text = format!("export --shop {} -o {}", quoted(shop), quoted(&args.output.display().to_string()));
    let mut add = |flag: &str, value: Option<&str>| {
        if let Some(value) = value {
            text.push_str(&format!(" {flag} {}", quoted(value)));
        }
    };
    add("--filter", args.filter.map(|_| filter(args).as_str()));
    add("--created-after", args.created_after.as_deref());
    add("--created-before", args.created_before.as_deref());
    add("--updated-after", args.updated_after.as_deref());
    add("--updated-before", args.updated_before.as_deref());
    add("--search", args.search.as_deref());
    add("--sku", args.sku.as_deref());
    if args.stock {
        text.push_str(" --stock");
    }
    settings.command(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, end: End, country: Option<Country>, expect: &str) {
        let told = moment(text, end, country).map(|moment| moment.format("%Y-%m-%d %H:%M:%S").to_string());
        assert_eq!(told.unwrap_or_default(), expect, "{text}");
    }

    #[test]
    fn a_day_is_all_of_it_in_the_shops_time() {
        check("2026-01-31", End::First, Some(Country::Th), "2026-01-30 17:00:00");
        check("2026-01-31", End::Last, Some(Country::Th), "2026-01-31 16:59:59");
        check("2026-01-31", End::Last, Some(Country::Sg), "2026-01-31 15:59:59");
        check("2026-01-31", End::First, None, "2026-01-31 00:00:00");
    }

    #[test]
    fn a_moment_may_name_its_zone() {
        check("2026-01-31T18:30", End::First, Some(Country::Th), "2026-01-31 11:30:00");
        check("2026-01-31 18:30", End::Last, Some(Country::Th), "2026-01-31 11:30:59");
        check("2026-01-31T18:30:15", End::Last, Some(Country::Th), "2026-01-31 11:30:15");
        check("2026-01-31T18:30:15+02:00", End::Last, Some(Country::Th), "2026-01-31 16:30:15");
        check("2026-01-31T18:30:15Z", End::First, Some(Country::Th), "2026-01-31 18:30:15");
    }

    #[test]
    fn anything_else_is_no_date() {
        for text in ["", "31/01/2026", "2026-02-30", "yesterday", "2026-01-31T25:00", "2026-01"] {
            check(text, End::First, None, "");
        }
    }

    #[test]
    fn the_name_of_the_file_says_the_format() {
        let of = |name: &str, format| Output::of(Path::new(name), format).map_err(|failure| failure.exit.code());
        assert_eq!(of("-", Format::Human).unwrap(), Output::Standard("csv"));
        assert_eq!(of("-", Format::Json).unwrap(), Output::Standard("jsonl"));
        assert_eq!(of("a.XLSX", Format::Human).unwrap(), Output::File("a.XLSX".into()));
        assert_eq!(of("a.ods", Format::Human), Err(2).map_err(|code: u8| code));
        // A page is no sheet.
        assert_eq!(of("a.html", Format::Human), Err(2));
    }

    #[test]
    fn a_list_of_skus_has_each_once() {
        let read =
            |text: &str| skus(text).map(|skus| skus.iter().map(ToString::to_string).collect::<Vec<_>>().join("|"));
        assert_eq!(read("B, A,B,,").unwrap(), "B|A");
        assert_eq!(read(" , ").unwrap_err().exit.code(), 2);
        assert_eq!(read("@there-is-no-such-file").unwrap_err().exit.code(), 6);
    }
}
