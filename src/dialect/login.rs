//! How an app comes to a seller's token, and to the next one.

use std::collections::BTreeMap;
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
    /// Whose they are.
    pub seller: Seller,
}

/// Whose shops a token is for, as far as the marketplace told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seller {
    /// The account, mostly an e-mail address.
    pub account: Option<String>,
    /// The number of the account's shop in each country, as `country_user_info` has it.
    pub ids: BTreeMap<String, String>,
}

impl Seller {
    /// Both are told of, and they are two. The numbers of their shops count more than the names of the accounts: in this
    /// country, or in all that both have where none is named.
    #[must_use]
    pub fn is_other_than(&self, other: &Seller, country: Option<&str>) -> bool {
        let is_asked = |of: &str| country.is_none_or(|country| country.eq_ignore_ascii_case(of));
        let here = self.ids.iter().filter(|(of, _)| is_asked(of));
        let mut both = here.filter_map(|(of, id)| Some((id, other.ids.get(of)?))).peekable();
        if both.peek().is_some() {
            return both.any(|(id, other)| id != other);
        }
        match (&self.account, &other.account) {
            (Some(account), Some(other)) => !account.eq_ignore_ascii_case(other),
            (Some(_) | None, _) => false,
        }
    }

    /// The same seller, with what only the other one tells.
    #[must_use]
    pub fn or(self, other: Seller) -> Seller {
        let ids = if self.ids.is_empty() { other.ids } else { self.ids };
        Seller { account: self.account.or(other.account), ids }
    }
}

/// `me@example.com (my 20001, sg 20002)`
impl fmt::Display for Seller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.account.as_deref().unwrap_or("a seller"))?;
        let ids: Vec<String> = self.ids.iter().map(|(country, id)| format!("{country} {id}")).collect();
        if ids.is_empty() { Ok(()) } else { write!(f, " ({})", ids.join(", ")) }
    }
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

    /// A seller in a text: the account and the shops, as `me my=1 sg=2`; `-` for no account.
    fn seller(text: &str) -> Seller {
        let mut words = text.split(' ');
        let account = words.next().filter(|account| *account != "-").map(str::to_owned);
        let id = |word: &str| word.split_once('=').map(|(country, id)| (country.to_owned(), id.to_owned()));
        Seller { account, ids: words.filter_map(id).collect() }
    }

    #[track_caller]
    fn check_seller(one: &str, other: &str, country: &str, is_other: bool) {
        let country = (!country.is_empty()).then_some(country);
        let (one, other) = (seller(one), seller(other));
        assert_eq!(one.is_other_than(&other, country), is_other, "{one} {other}");
        assert_eq!(other.is_other_than(&one, country), is_other, "{other} {one}");
    }

    #[test]
    fn sellers_are_told_apart_by_their_shops_and_else_by_their_accounts() {
        check_seller("me sg=1", "me sg=1", "sg", false);
        check_seller("me sg=1", "me sg=2", "SG", true);
        check_seller("me sg=1", "renamed sg=1", "sg", false);
        check_seller("me sg=1 my=7", "me sg=1 my=8", "sg", false);
        check_seller("me sg=1 my=7", "me sg=1 my=8", "", true);
        check_seller("me sg=1", "Me", "sg", false);
        check_seller("me sg=1", "other", "sg", true);
        check_seller("me sg=1", "other my=1", "sg", true);
        check_seller("me sg=1", "-", "sg", false);
        check_seller("- sg=1", "- sg=2", "", true);
    }

    #[test]
    fn a_seller_is_told_with_what_is_known() {
        assert_eq!(seller("me@example.com sg=2 my=1").to_string(), "me@example.com (my 1, sg 2)");
        assert_eq!(seller("me").to_string(), "me");
        assert_eq!(seller("- sg=2").to_string(), "a seller (sg 2)");
        assert_eq!(seller("-").or(seller("me sg=2")), seller("me sg=2"));
        assert_eq!(seller("new sg=3").or(seller("me sg=2 my=1")), seller("new sg=3"));
    }
}
