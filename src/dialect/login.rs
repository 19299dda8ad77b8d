//! How an app comes to a seller's token, and to the next one.

use std::fmt;

use chrono::{DateTime, Utc};
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
