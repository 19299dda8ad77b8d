//! What the user says of findings: the severity of rules, from which severity on a command fails, and the moment at
//! which it is.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use skuload::category::Categories;
use skuload::column::nearest_of;
use skuload::finding::{Rule, Severities, Severity};
use skuload::record::Country;

#[cfg(feature = "import")]
use super::category::kept::Kept;
use super::check::country;
use super::exit::{Exit, Failure};
use super::output::warn;
use super::settings::{Settings, wrong};

/// The clock of the shop whose country nobody told: the latest of the six to reach an hour.
const HOURS_FROM_UTC: i8 = 7;

/// How many findings there are, by their severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) errors: u64,
    pub(super) warnings: u64,
    pub(super) notes: u64,
}

impl Counts {
    pub(super) fn add(&mut self, severity: Severity) {
        match severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
            Severity::Note => self.notes += 1,
        }
    }

    pub(super) fn add_all(&mut self, other: Counts) {
        self.errors += other.errors;
        self.warnings += other.warnings;
        self.notes += other.notes;
    }
}

/// After so many days it is time to ask the marketplace again.
const OLD: i64 = 30;

impl Settings {
    /// `--rule NAME=error|warning|note|off`, or `[rule]`.
    pub(super) fn severities(&self) -> Result<Severities, Failure> {
        let mut severities = Severities::default();
        for (name, wanted) in &self.decided.rule {
            let exit = self.exit_of(&format!("rule.{name}"));
            let rule = Rule::named(name).ok_or_else(|| no_rule(name, exit))?;
            let severity = match wanted.as_str() {
                "off" => None,
                name => Some(Severity::named(name).ok_or_else(|| Failure {
                    exit,
                    ..wrong(&format!("severity of the rule {rule}"), name, "error, warning, note or off")
                })?),
            };
            severities.set(rule, severity).map_err(|error| {
                Failure::new(exit, error.to_string())
                    .help(format!("leave it at error; what it asks for is told by: skuload explain {rule}"))
            })?;
        }
        Ok(severities)
    }

    /// The severity from which on findings make a command fail.
    pub(super) fn fail_on(&self) -> Result<Severity, Failure> {
        match self.decided.fail_on.as_deref() {
            None | Some("error") => Ok(Severity::Error),
            Some("warning") => Ok(Severity::Warning),
            Some(other) => {
                Err(Failure { exit: self.exit_of("fail-on"), ..wrong("fail-on", other, "error or warning") })
            }
        }
    }

    /// The moment of the check on the clock of `country`: what `--now` says, or what this computer's clock does.
    pub(super) fn now(&self, country: Option<Country>) -> Result<NaiveDateTime, Failure> {
        let ahead = ahead(country);
        let Some(text) = self.decided.now.as_deref() else { return Ok(clock().naive_utc() + ahead) };
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.and_time(chrono::NaiveTime::MIN));
        let zoned = DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.naive_utc() + ahead);
        let plain = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
        let local = plain.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
        day.or(zoned).or(local).ok_or_else(|| {
            Failure::new(self.exit_of("now"), format!("--now: `{text}` is no day and no moment"))
                .help("write a day such as 2026-12-31, on the shop's clock, or a moment such as 2026-12-31 18:00")
        })
    }

    /// What the file of `--categories` tells; without one, what was pulled for the shop or its country. Nobody is asked.
    pub(super) fn categories(&self) -> Result<Option<Arc<Categories>>, Failure> {
        if let Some(known) = self.categories.get() {
            return Ok(known.clone());
        }
        let known = match &self.decided.categories {
            Some(path) => {
                let renew = format!("{} -o {}", self.command("category pull --shop NAME"), path.display());
                Some((read_categories(path)?, renew))
            }
            None => self.kept_categories()?,
        };
        let Some((known, renew)) = known else { return Ok(self.categories.get_or_init(|| None).clone()) };
        let country = country(self)?;
        self.refuse_foreign(&known, country, &renew)?;
        let days = age(&known, self.now(country)?, country);
        if days > OLD {
            warn(&format!("what is known of the categories is {days} days old; renew it with: {renew}"));
        }
        Ok(self.categories.get_or_init(|| Some(Arc::new(known))).clone())
    }

    /// Numbers and brands differ by country: a sheet is not held against another one's.
    fn refuse_foreign(&self, known: &Categories, country: Option<Country>, renew: &str) -> Result<(), Failure> {
        let of_file = known.country().and_then(|country| country.parse::<Country>().ok());
        let (Some(of_file), Some(country)) = (of_file, country) else { return Ok(()) };
        if of_file == country {
            return Ok(());
        }
        let (whose, help) = match &self.decided.categories {
            Some(path) => (
                path.display().to_string(),
                format!("name a file of `{country}` with --categories, or the shop or the country of this one"),
            ),
            None => ("what was pulled".to_owned(), format!("pull it anew with: {renew}")),
        };
        let message = format!("{whose} holds the categories of `{of_file}`, and the sheet is for `{country}`");
        Err(Failure::new(Exit::Settings, message).help(help))
    }

    /// What `category pull` kept, and the command that renews it.
    #[cfg(feature = "import")]
    fn kept_categories(&self) -> Result<Option<(Categories, String)>, Failure> {
        let Some(Kept { known, renew }) = Kept::of(self)? else { return Ok(None) };
        Ok(known.map(|known| (known, renew)))
    }

    /// This program was built without `category pull`.
    #[cfg(not(feature = "import"))]
    fn kept_categories(&self) -> Result<Option<(Categories, String)>, Failure> {
        Ok(None)
    }

    /// What so many findings ask for.
    pub(super) fn exit_after(&self, counts: Counts) -> Result<Exit, Failure> {
        let failing = match self.fail_on()? {
            Severity::Error => counts.errors,
            Severity::Warning | Severity::Note => counts.errors + counts.warnings,
        };
        Ok(if failing > 0 { Exit::Rows } else { Exit::Done })
    }
}

/// Reads a file of categories.
pub(super) fn read_categories(path: &Path) -> Result<Categories, Failure> {
    let text = fs::read(path).map_err(|error| {
        Failure::new(Exit::Settings, format!("cannot read {}: {error}", path.display()))
            .help("name a file that this wrote: skuload category pull --shop NAME -o FILE")
    })?;
    Categories::from_json(&text).map_err(|error| {
        Failure::new(Exit::Settings, format!("{}: {error}", path.display()))
            .help("write it anew with: skuload category pull --shop NAME -o FILE")
    })
}

/// How far the clock of the country is ahead of UTC.
fn ahead(country: Option<Country>) -> TimeDelta {
    TimeDelta::hours(country.map_or(HOURS_FROM_UTC, Country::hours_from_utc).into())
}

/// The day on which it was pulled, on the clock of `country`.
fn pulled_on(known: &Categories, country: Option<Country>) -> NaiveDate {
    (known.pulled().naive_utc() + ahead(country)).date()
}

/// How many days ago it was pulled, by the calendar; `now` is on the clock of `country`.
fn age(known: &Categories, now: NaiveDateTime, country: Option<Country>) -> i64 {
    (now.date() - pulled_on(known, country)).num_days().max(0)
}

/// `categories as of 2026-11-02 (20 days ago)`; `now` is on the clock of `country`.
pub(super) fn as_of(known: &Categories, now: NaiveDateTime, country: Option<Country>) -> String {
    let ago = match age(known, now, country) {
        0 => "today".to_owned(),
        1 => "1 day ago".to_owned(),
        days => format!("{days} days ago"),
    };
    format!("categories as of {} ({ago})", pulled_on(known, country))
}

/// No rule has this name.
pub(super) fn no_rule(name: &str, exit: Exit) -> Failure {
    let near = nearest_of(name, Rule::ALL.iter().map(|rule| rule.name()));
    let hint = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    Failure::new(exit, format!("`{name}` is no rule")).help(format!("{hint}skuload explain lists them"))
}

#[expect(clippy::disallowed_methods, reason = "cli is where the clock is read")]
fn clock() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
    }

    /// Pulled at that moment of UTC, looked at when the clock of `country` shows `now`.
    #[track_caller]
    fn check(pulled: &str, country: Option<Country>, now: &str, expect: &str) {
        let pulled = moment(pulled).and_utc();
        let known = Categories::new(None, pulled, Vec::new(), std::collections::BTreeMap::new(), None);
        assert_eq!(as_of(&known, moment(now), country), format!("categories as of {expect}"));
    }

    #[test]
    fn what_was_pulled_this_minute_was_pulled_today() {
        check("2026-11-21 20:00", None, "2026-11-22 03:00", "2026-11-22 (today)");
        check("2026-11-21 16:00", Some(Country::Sg), "2026-11-22 00:00", "2026-11-22 (today)");
        check("2026-11-21 15:59", Some(Country::Sg), "2026-11-22 00:00", "2026-11-21 (1 day ago)");
        check("2026-11-02 08:00", Some(Country::Th), "2026-11-22 00:00", "2026-11-02 (20 days ago)");
        check("2026-11-23 08:00", None, "2026-11-22 00:00", "2026-11-23 (today)");
    }
}
