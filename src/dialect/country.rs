//! The countries with a marketplace. A shop belongs to one of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A country with a marketplace, by its two-letter code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

/// A text that names no country with a marketplace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown country `{0}`: use one of sg, my, id, ph, th, vn")]
pub struct UnknownCountry(String);

impl Country {
    /// All of them.
    pub const ALL: [Country; 6] = [Country::Sg, Country::My, Country::Id, Country::Ph, Country::Th, Country::Vn];

    /// The two-letter code, in lower case.
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
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Country {
    type Err = UnknownCountry;

    fn from_str(text: &str) -> Result<Country, UnknownCountry> {
        let code = text.trim();
        let same = |country: &Country| country.as_str().eq_ignore_ascii_case(code);
        Country::ALL.into_iter().find(same).ok_or_else(|| UnknownCountry(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_its_code_in_any_case() {
        for country in Country::ALL {
            assert_eq!(country.to_string().parse(), Ok(country));
            assert_eq!(country.to_string().to_uppercase().parse(), Ok(country));
            assert_eq!(serde_json::to_string(&country).unwrap(), format!("\"{country}\""));
        }
    }

    #[test]
    fn another_country_is_refused_with_the_choice() {
        let error = "de".parse::<Country>().unwrap_err();
        assert_eq!(error.to_string(), "unknown country `de`: use one of sg, my, id, ph, th, vn");
    }
}
