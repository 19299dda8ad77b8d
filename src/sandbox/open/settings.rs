//! The `[open_platform]` of a faults file: what only the Open Platform has.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

/// What may differ from one marketplace to the next, or from one day to the next.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::sandbox) struct Settings {
    /// The country of the seller.
    pub(super) country: Country,
    /// How ids, prices and stock are written in replies.
    pub(super) numbers: Numbers,
    /// How `images` of a product are written in GetProducts.
    pub(super) images: Images,
    /// Whether a product cannot be created without pictures of its own (4139).
    pub(super) images_required: bool,
    /// Whether all SKUs of a product need pictures as soon as one has some (4153).
    pub(super) all_or_none: bool,
    /// What becomes of a create or an update of more SKUs than the marketplace manages in time.
    pub(super) many_skus: ManySkus,
    /// How long an access token is valid.
    #[serde(deserialize_with = "seconds")]
    pub(super) access_token_seconds: Duration,
    /// For how many calls it is valid.
    pub(super) access_token_calls: Option<u64>,
    /// How long a refresh token is valid, and those that come of it.
    #[serde(deserialize_with = "seconds")]
    pub(super) refresh_token_seconds: Duration,
    /// How often it can be used, those that come of it included.
    pub(super) refresh_token_calls: Option<u64>,
    /// Whether tokens can be refreshed at all.
    pub(super) refresh: Refresh,
    /// What becomes of the access token before the one that is refreshed.
    pub(super) old_token: OldToken,
    /// Calls a second of the app, above which it is banned.
    pub(super) calls_per_second: Option<f64>,
    /// How long it is banned.
    #[serde(deserialize_with = "seconds")]
    pub(super) ban: Duration,
}

/// Where the seller sells.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Country {
    #[default]
    Sg,
    My,
    Id,
    Ph,
    Th,
    Vn,
}

/// How a number is written.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Numbers {
    /// As a number by every second call, and as a text by the others.
    #[default]
    Both,
    /// As a number.
    Number,
    /// As a text.
    Text,
}

/// How the pictures of a product are written.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Images {
    /// As a list for some products, and as a text for the others.
    #[default]
    Both,
    /// As a list.
    List,
    /// As a text that holds a list in JSON.
    Text,
}

/// What becomes of a call that is not over in time.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ManySkus {
    /// Nothing was done.
    #[default]
    Lost,
    /// It was done all the same.
    Done,
}

/// Whether tokens can be refreshed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Refresh {
    #[default]
    Allowed,
    /// As of an app that is sold on the service market.
    Unsupported,
}

/// What becomes of the access token before.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum OldToken {
    /// It is valid until its time is over.
    #[default]
    Kept,
    /// It is valid no more.
    Revoked,
}

impl Default for Settings {
    fn default() -> Settings {
        let days = |count: u64| Duration::from_secs(count * 24 * 60 * 60);
        Settings {
            country: Country::default(),
            numbers: Numbers::default(),
            images: Images::default(),
            images_required: false,
            all_or_none: false,
            many_skus: ManySkus::default(),
            access_token_seconds: days(30),
            access_token_calls: None,
            refresh_token_seconds: days(180),
            refresh_token_calls: None,
            refresh: Refresh::default(),
            old_token: OldToken::default(),
            calls_per_second: None,
            ban: Duration::from_secs(1),
        }
    }
}

impl Settings {
    /// What makes no sense about them.
    pub(in crate::sandbox) fn check(&self) -> Result<(), String> {
        match self.calls_per_second {
            Some(rate) if !(rate.is_finite() && rate > 0.0) => {
                Err(format!("`calls_per_second` of `[open_platform]` must be above 0, not {rate}"))
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl Settings {
    /// The same in the country of these two letters; none where that is no country of the marketplace.
    pub(in crate::sandbox) fn in_country(self, code: &str) -> Option<Settings> {
        Some(Settings { country: Country::of(code)?, ..self })
    }
}

impl Country {
    const ALL: [Country; 6] = [Country::Sg, Country::My, Country::Id, Country::Ph, Country::Th, Country::Vn];

    /// By its two letters, in whatever case.
    fn of(code: &str) -> Option<Country> {
        Country::ALL.into_iter().find(|country| country.code().eq_ignore_ascii_case(code))
    }

    /// Its two letters, small.
    pub(super) fn code(self) -> &'static str {
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

fn seconds<'de, D: Deserializer<'de>>(value: D) -> Result<Duration, D::Error> {
    let seconds = f64::deserialize(value)?;
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| serde::de::Error::custom(format!("nothing can last {seconds} seconds")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seller_is_in_a_country_of_the_marketplace() {
        for country in Country::ALL {
            let settings = Settings::default().in_country(&country.code().to_uppercase());
            assert_eq!(settings.map(|settings| settings.country), Some(country));
        }
        assert!(Settings::default().in_country("de").is_none());
    }
}
