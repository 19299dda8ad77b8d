//! How a country or a language writes numbers and dates, as `--locale` names it.

use std::fmt;
use std::str::FromStr;

use super::{DateOrder, DecimalMark};

/// What a locale says; what it leaves open is told by the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locale {
    name: &'static str,
    /// The mark in front of the fraction.
    pub mark: DecimalMark,
    /// The order of day and month.
    pub order: Option<DateOrder>,
    /// Years may count from the Buddha.
    pub is_buddhist: bool,
}

const fn locale(name: &'static str, mark: DecimalMark, order: Option<DateOrder>) -> Locale {
    Locale { name, mark, order, is_buddhist: false }
}

const DAY_FIRST: Option<DateOrder> = Some(DateOrder::DayFirst);

impl Locale {
    /// Every locale known.
    pub const ALL: &'static [Locale] = &[
        locale("en", DecimalMark::Point, None),
        locale("en-us", DecimalMark::Point, Some(DateOrder::MonthFirst)),
        locale("en-ph", DecimalMark::Point, Some(DateOrder::MonthFirst)),
        locale("en-gb", DecimalMark::Point, DAY_FIRST),
        locale("en-sg", DecimalMark::Point, DAY_FIRST),
        locale("en-my", DecimalMark::Point, DAY_FIRST),
        Locale { is_buddhist: true, ..locale("th", DecimalMark::Point, DAY_FIRST) },
        locale("vi", DecimalMark::Comma, DAY_FIRST),
        locale("id", DecimalMark::Comma, DAY_FIRST),
        locale("ms", DecimalMark::Point, DAY_FIRST),
        locale("zh", DecimalMark::Point, None),
        locale("de", DecimalMark::Comma, DAY_FIRST),
        locale("es", DecimalMark::Comma, DAY_FIRST),
        locale("fr", DecimalMark::Comma, DAY_FIRST),
        locale("it", DecimalMark::Comma, DAY_FIRST),
        locale("nl", DecimalMark::Comma, DAY_FIRST),
        locale("pt", DecimalMark::Comma, DAY_FIRST),
        locale("ru", DecimalMark::Comma, DAY_FIRST),
    ];

    /// As it is named in settings.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// No such locale; the text lists those there are.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no locale known here; there are {names}", names = names())]
pub struct NoSuchLocale(String);

fn names() -> String {
    Locale::ALL.iter().map(Locale::name).collect::<Vec<_>>().join(", ")
}

impl FromStr for Locale {
    type Err = NoSuchLocale;

    /// `th`, `th-TH` and `th_TH.UTF-8` are one; a region that is not in the table counts for nothing.
    fn from_str(text: &str) -> Result<Locale, NoSuchLocale> {
        let plain = text.trim().to_lowercase().replace('_', "-");
        let plain = plain.split('.').next().unwrap_or_default();
        let named = |name: &str| Locale::ALL.iter().find(|locale| locale.name == name).copied();
        let language = plain.split('-').next().unwrap_or_default();
        named(plain).or_else(|| named(language)).ok_or_else(|| NoSuchLocale(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_is_known_by_language_and_region() {
        let parse = |text: &str| text.parse::<Locale>().map(|locale| locale.name()).ok();
        assert_eq!(parse("th_TH.UTF-8"), Some("th"));
        assert_eq!(parse("en-US"), Some("en-us"));
        assert_eq!(parse("de-AT"), Some("de"));
        assert_eq!(parse("klingon"), None);
        assert!("xx".parse::<Locale>().unwrap_err().to_string().contains("en-us"));
    }
}
