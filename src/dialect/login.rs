//! How an app comes to a seller's token, and to the next one.

use std::fmt;

use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;
use secrecy::SecretString;

use super::{AppKey, Garbled, Refusal, WireRequest, open_platform};

/// What a token is given for.
#[derive(Debug, Clone, Copy)]
pub enum Grant<'a> {
    /// The code that the marketplace showed the seller; it counts once, for half an hour.
    Code(&'a SecretString),
    /// The token for renewal that came with the last one.
    Refresh(&'a SecretString),
}

/// What a seller granted an app.
#[derive(Clone)]
pub struct Tokens {
    /// Signs in each call.
    pub access: SecretString,
    /// When it came.
    pub since: DateTime<Utc>,
    /// When it ends, where that is known.
    pub until: Option<DateTime<Utc>>,
    /// For the next one; none where the app may not renew.
    pub refresh: Option<SecretString>,
    /// When that ends: then the seller must log in again.
    pub refresh_until: Option<DateTime<Utc>>,
    /// The countries of the seller's shops, as the marketplace writes them: `my`, `sg`.
    pub countries: Vec<String>,
    /// The seller's account, mostly an e-mail address.
    pub account: Option<String>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("until", &self.until).field("countries", &self.countries).finish_non_exhaustive()
    }
}

impl AppKey {
    /// The page on which a seller grants the app a token. `auth_url` is that of the token's calls, with `/rest`; the
    /// marketplace leads to `redirect` with the code.
    #[must_use]
    pub fn login_page(&self, auth_url: &str, redirect: &str, state: &str) -> String {
        open_platform::login_page(self, auth_url, redirect, state)
    }

    /// The call for a token, signed for this moment.
    #[must_use]
    pub fn token_request(&self, auth_url: &str, grant: Grant<'_>, now: DateTime<Utc>) -> WireRequest {
        open_platform::token_request(self, auth_url, grant, now)
    }
}

impl Tokens {
    /// What the marketplace answered to a call for a token at this moment.
    ///
    /// # Errors
    /// [`Garbled`] where the body is no such answer.
    pub fn decode(body: &[u8], now: DateTime<Utc>) -> Result<Result<Tokens, Refusal>, Garbled> {
        open_platform::tokens(body, now)
    }
}

/// With what a login leads back to the app.
#[derive(Clone)]
pub enum Landing {
    /// The seller agreed.
    Agreed {
        /// What the token is called for with.
        code: SecretString,
        /// What the page was asked with, where it gives that back.
        state: Option<String>,
    },
    /// The seller did not, or the page refuses the app; why.
    Refused(String),
}

impl Landing {
    /// Reads the address that a browser was led to, or what follows its host; `None` where it tells of no login.
    #[must_use]
    pub fn parse(address: &str) -> Option<Landing> {
        let (_, query) = address.split_once('?')?;
        let query = query.split('#').next().unwrap_or_default();
        let value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let (_, value) = pairs.find(|(key, value)| *key == name && !value.is_empty())?;
            let value = value.replace('+', " ");
            percent_decode_str(&value).decode_utf8().ok().map(|value| value.into_owned())
        };
        if let Some(code) = value("code") {
            return Some(Landing::Agreed { code: SecretString::from(code), state: value("state") });
        }
        value("error_description").or_else(|| value("error")).map(Landing::Refused)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[track_caller]
    fn check(address: &str, expect: &str) {
        let told = match Landing::parse(address) {
            Some(Landing::Agreed { code, state }) => format!("{} {}", code.expose_secret(), state.unwrap_or_default()),
            Some(Landing::Refused(why)) => format!("refused: {why}"),
            None => String::new(),
        };
        assert_eq!(told, expect, "{address}");
    }

    #[test]
    fn an_address_tells_what_came_of_a_login() {
        check("https://app.example/back?code=0_1_aB&state=ab12", "0_1_aB ab12");
        check("/back?shop=1&code=a%2Bb%20c+d#top", "a+b c d ");
        check(
            "http://127.0.0.1:9/?error=access_denied&error_description=the+seller+said+no",
            "refused: the seller said no",
        );
        check("/?error=access_denied&state=x", "refused: access_denied");
        check("/favicon.ico", "");
        check("/?code=&state=x", "");
        check("0_1_aB", "");
    }
}
