//! The six markets: what a country decides about prices.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::column::Currency;

/// A country in which the marketplace runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Country {
    /// Singapore.
    Sg,
    /// Malaysia.
    My,
    /// Indonesia.
    Id,
    /// The Philippines.
    Ph,
    /// Thailand.
    Th,
    /// Vietnam.
    Vn,
}

impl Country {
    /// All of them.
    pub const ALL: &'static [Country] = &[Country::Sg, Country::My, Country::Id, Country::Ph, Country::Th, Country::Vn];

    /// The two letters used in settings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Country::Sg => "sg",
            Country::My => "my",
            Country::Id => "id",
            Country::Ph => "ph",
            Country::Th => "th",
            Country::Vn => "vn",
        }
    }

    /// Its currency.
    #[must_use]
    pub fn currency(self) -> Currency {
        match self {
            Country::Sg => Currency::Sgd,
            Country::My => Currency::Myr,
            Country::Id => Currency::Idr,
            Country::Ph => Currency::Php,
            Country::Th => Currency::Thb,
            Country::Vn => Currency::Vnd,
        }
    }

    /// The locale in which its people write.
    #[must_use]
    pub fn locale(self) -> &'static str {
        match self {
            Country::Sg => "en-sg",
            Country::My => "ms",
            Country::Id => "id",
            Country::Ph => "en-ph",
            Country::Th => "th",
            Country::Vn => "vi",
        }
    }

    /// How many hours its shops' clock is ahead of UTC; none of them changes it in summer. A shop in
    /// Indonesia keeps Jakarta's time.
    #[must_use]
    pub fn hours_from_utc(self) -> i8 {
        match self {
            Country::Sg | Country::My | Country::Ph => 8,
            Country::Id | Country::Th | Country::Vn => 7,
        }
    }

    /// Prices are written without decimals there.
    #[must_use]
    pub fn prices_are_whole(self) -> bool {
        match self {
            Country::Id | Country::Vn => true,
            Country::Sg | Country::My | Country::Ph | Country::Th => false,
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No such country; the text lists those there are.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no country of the marketplace; it has sg, my, id, ph, th and vn")]
pub struct NoSuchCountry(String);

impl FromStr for Country {
    type Err = NoSuchCountry;

    fn from_str(text: &str) -> Result<Country, NoSuchCountry> {
        let known = Country::ALL.iter().find(|country| country.as_str().eq_ignore_ascii_case(text.trim()));
        known.copied().ok_or_else(|| NoSuchCountry(text.to_owned()))
    }
}
