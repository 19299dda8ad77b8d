//! Access tokens, refresh tokens and the codes that a seller's consent comes to.
//!
//! A token tells when it was given and proves that this marketplace gave it, so that it is still good after a restart;
//! only how often it was used is forgotten then. Refreshing gives two new tokens: the access token lives from now, the
//! refresh token ends when the one before it ends. Both old ones stay good until their time is over, unless the faults
//! file says otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::{Value, json};

use super::super::address;
use super::super::reply::ApiError;
use super::codes;
use super::settings::{OldToken, Refresh, Settings};

const CODE_LIFE: Duration = Duration::from_secs(30 * 60);
const SEAL_LENGTH: usize = 32;

/// What a token is asked for with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) enum Grant {
    /// The code of a consent.
    Code(String),
    /// A refresh token.
    Refresh(String),
}

/// Whether a question for tokens counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sandbox) enum Use {
    /// It does: the code is used, and one more use of the token is gone.
    Counted,
    /// It does not: what is told would have been.
    Told,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Access,
    Refresh,
}

/// What a token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Token {
    kind: Kind,
    /// Counted from 1; 0 for those that the marketplace starts with.
    serial: u64,
    /// When its life began; that of the first is the life of the marketplace.
    since: DateTime<Utc>,
}

/// All tokens and codes, and how often they were used.
#[derive(Debug)]
pub(in crate::sandbox) struct Tokens {
    secret: String,
    started: DateTime<Utc>,
    serial: u64,
    /// Calls by access tokens, by their texts.
    calls: BTreeMap<String, u64>,
    /// Refreshes, by the time at which the first token of a line was given.
    refreshes: BTreeMap<DateTime<Utc>, u64>,
    /// Access tokens that are good no more.
    revoked: BTreeSet<String>,
    /// The access token that came with, or of, the refresh token with this text.
    companions: BTreeMap<String, String>,
    codes: BTreeMap<String, Instant>,
    codes_given: u64,
}

impl Tokens {
    /// Those of an app with this secret, from this time on.
    pub(in crate::sandbox) fn new(secret: &str, started: DateTime<Utc>) -> Tokens {
        let mut tokens = Tokens {
            secret: secret.to_owned(),
            // As exactly as tokens tell it.
            started: started.trunc_subsecs(3),
            serial: 0,
            calls: BTreeMap::new(),
            refreshes: BTreeMap::new(),
            revoked: BTreeSet::new(),
            companions: BTreeMap::new(),
            codes: BTreeMap::new(),
            codes_given: 0,
        };
        tokens.companions.insert(tokens.first_refresh(), tokens.first_access());
        tokens
    }

    /// The access token that is good from the start.
    pub(in crate::sandbox) fn first_access(&self) -> String {
        self.written(Token { kind: Kind::Access, serial: 0, since: self.started })
    }

    /// The refresh token that is good from the start.
    pub(in crate::sandbox) fn first_refresh(&self) -> String {
        self.written(Token { kind: Kind::Refresh, serial: 0, since: self.started })
    }

    /// Lets a call with this access token in, and counts it.
    pub(super) fn admit(&mut self, text: &str, settings: &Settings, now: DateTime<Utc>) -> Result<(), ApiError> {
        let token = self.read(text, Kind::Access);
        let calls = self.calls.get(text).copied().unwrap_or_default();
        let is_good = token.is_some_and(|token| left(token.since, settings.access_token_seconds, now).is_some())
            && settings.access_token_calls.is_none_or(|most| calls < most)
            && !self.revoked.contains(text);
        if !is_good {
            return Err(codes::named("IllegalAccessToken"));
        }
        *self.calls.entry(text.to_owned()).or_default() += 1;
        Ok(())
    }

    /// The code of a consent: good once, and for half an hour.
    pub(super) fn consent(&mut self, app_key: &str, now: Instant) -> String {
        self.codes_given += 1;
        let sealed = self.seal(&format!("code {} {}", self.codes_given, self.started.timestamp_millis()));
        let code = format!("0_{app_key}_{sealed}");
        self.codes.insert(code.clone(), now);
        code
    }

    /// The tokens that are given for a code or for a refresh token, or why none are.
    pub(in crate::sandbox) fn give(
        &mut self,
        grant: &Grant,
        settings: &Settings,
        usage: Use,
        now: (DateTime<Utc>, Instant),
    ) -> Result<Value, ApiError> {
        let (now, moment) = now;
        let since = match grant {
            Grant::Code(code) => {
                let given = self.codes.get(code).copied();
                let is_fresh = given.is_some_and(|given| moment.saturating_duration_since(given) < CODE_LIFE);
                if !is_fresh {
                    return Err(codes::named("InvalidCode"));
                }
                now
            }
            Grant::Refresh(text) => self.line_of(text, settings, now)?,
        };
        let serial = self.serial + 1;
        let access = self.written(Token { kind: Kind::Access, serial, since: now });
        let refresh = self.written(Token { kind: Kind::Refresh, serial, since });
        if usage == Use::Counted {
            self.serial = serial;
            self.count(grant, since, settings);
            self.companions.insert(refresh.clone(), access.clone());
        }
        let refresh_left = left(since, settings.refresh_token_seconds, now).unwrap_or_default();
        let mut told = account(grant, settings);
        told["access_token"] = json!(access);
        told["refresh_token"] = json!(refresh);
        told["expires_in"] = json!(settings.access_token_seconds.as_secs());
        told["refresh_expires_in"] = json!(refresh_left.as_secs());
        Ok(told)
    }

    /// When the line of a refresh token began, if the token is good.
    fn line_of(&self, text: &str, settings: &Settings, now: DateTime<Utc>) -> Result<DateTime<Utc>, ApiError> {
        let token = self.read(text, Kind::Refresh).ok_or_else(|| codes::named("IllegalRefreshToken"))?;
        if settings.refresh == Refresh::Unsupported {
            return Err(codes::named("AUTH_TYPE_UNSUPPORTED"));
        }
        let used = self.refreshes.get(&token.since).copied().unwrap_or_default();
        let is_used_up = settings.refresh_token_calls.is_some_and(|most| used >= most);
        if is_used_up || left(token.since, settings.refresh_token_seconds, now).is_none() {
            return Err(codes::named("IllegalRefreshToken"));
        }
        Ok(token.since)
    }

    fn count(&mut self, grant: &Grant, since: DateTime<Utc>, settings: &Settings) {
        match grant {
            Grant::Code(code) => drop(self.codes.remove(code)),
            Grant::Refresh(text) => {
                *self.refreshes.entry(since).or_default() += 1;
                if settings.old_token == OldToken::Revoked {
                    self.revoked.extend(self.companions.get(text).cloned());
                }
            }
        }
    }

    fn written(&self, token: Token) -> String {
        let head = match token.kind {
            Kind::Access => "50000",
            Kind::Refresh => "50001",
        };
        // What the first tokens are, the seed alone says.
        let since = if token.serial == 0 { 0 } else { token.since.timestamp_millis() };
        let told = format!("{head}{:04x}{since:011x}", token.serial);
        let seal = self.seal(&told);
        format!("{told}{seal}")
    }

    fn read(&self, text: &str, kind: Kind) -> Option<Token> {
        let told = text.get(..text.len().checked_sub(SEAL_LENGTH)?)?;
        let digits = told.get(5..)?;
        let serial = u64::from_str_radix(digits.get(..digits.len().checked_sub(11)?)?, 16).ok()?;
        let since = i64::from_str_radix(digits.get(digits.len() - 11..)?, 16).ok()?;
        let since = if serial == 0 { self.started } else { DateTime::from_timestamp_millis(since)? };
        let token = Token { kind, serial, since };
        (self.written(token) == text).then_some(token)
    }

    fn seal(&self, text: &str) -> String {
        address::code(format!("{} {text}", self.secret).as_bytes())
    }
}

/// What is left of a life that began then; `None` when it is over.
fn left(since: DateTime<Utc>, life: Duration, now: DateTime<Utc>) -> Option<Duration> {
    let age = (now - since).to_std().unwrap_or_default();
    life.checked_sub(age).filter(|left| !left.is_zero())
}

/// Whose tokens they are. A refresh calls the list by another name.
fn account(grant: &Grant, settings: &Settings) -> Value {
    let country = settings.country.code();
    let seller = json!([{"country": country, "user_id": "100000000001", "seller_id": "200000000001",
        "short_code": format!("{}SBX01", country.to_uppercase())}]);
    let list = match grant {
        Grant::Code(_) => "country_user_info",
        Grant::Refresh(_) => "country_user_info_list",
    };
    json!({"account": super::super::USER_ID, "account_platform": "seller_center", "country": country, list: seller})
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::super::time;
    use super::*;

    fn settings() -> Settings {
        let second = Duration::from_secs(1);
        Settings { access_token_seconds: 10 * second, refresh_token_seconds: 100 * second, ..Settings::default() }
    }

    fn later(seconds: i64) -> (DateTime<Utc>, Instant) {
        (DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds), time::moment())
    }

    fn tokens() -> Tokens {
        Tokens::new("secret", DateTime::UNIX_EPOCH)
    }

    fn text(told: &Value, name: &str) -> String {
        told[name].as_str().unwrap().to_owned()
    }

    fn code<T>(outcome: Result<T, ApiError>) -> String {
        outcome.err().and_then(|error| error.name).unwrap_or_default()
    }

    #[test]
    fn a_token_is_good_for_its_time_in_another_life_too() {
        let mut tokens = tokens();
        let first = tokens.first_access();
        assert_eq!(code(tokens.admit(&first, &settings(), later(9).0)), "");
        assert_eq!(code(tokens.admit(&first, &settings(), later(10).0)), "IllegalAccessToken");
        let grant = Grant::Refresh(tokens.first_refresh());
        let told = tokens.give(&grant, &settings(), Use::Counted, later(10)).unwrap();
        let mut other_life = Tokens::new("secret", later(12).0);
        assert_eq!(code(other_life.admit(&text(&told, "access_token"), &settings(), later(15).0)), "");
        assert_eq!(
            code(other_life.admit(&text(&told, "access_token"), &settings(), later(20).0)),
            "IllegalAccessToken"
        );
        assert_eq!(
            code(other_life.admit(&text(&told, "refresh_token"), &settings(), later(15).0)),
            "IllegalAccessToken"
        );
        let mut stranger = Tokens::new("other", DateTime::UNIX_EPOCH);
        assert_eq!(code(stranger.admit(&first, &settings(), later(1).0)), "IllegalAccessToken");
    }

    #[test]
    fn refreshing_does_not_make_the_refresh_token_live_longer() {
        let mut tokens = tokens();
        let mut refresh = tokens.first_refresh();
        for seconds in [40, 80] {
            let told = tokens.give(&Grant::Refresh(refresh), &settings(), Use::Counted, later(seconds)).unwrap();
            assert_eq!(told["refresh_expires_in"], 100 - seconds);
            assert_eq!(told["expires_in"], 10);
            assert!(told["country_user_info_list"].is_array());
            refresh = text(&told, "refresh_token");
        }
        let outcome = tokens.give(&Grant::Refresh(refresh), &settings(), Use::Counted, later(100));
        assert_eq!(code(outcome), "IllegalRefreshToken");
    }

    #[test]
    fn a_code_is_good_once() {
        let mut tokens = tokens();
        let (now, moment) = later(1);
        let grant = Grant::Code(tokens.consent("app", moment));
        assert!(tokens.give(&grant, &settings(), Use::Told, (now, moment)).is_ok());
        let told = tokens.give(&grant, &settings(), Use::Counted, (now, moment)).unwrap();
        assert_eq!(told["refresh_expires_in"], 100);
        assert_eq!(told["country_user_info"][0]["country"], "sg");
        assert_eq!(code(tokens.give(&grant, &settings(), Use::Counted, (now, moment))), "InvalidCode");
        let old = Grant::Code(tokens.consent("app", moment));
        assert_eq!(code(tokens.give(&old, &settings(), Use::Counted, (now, moment + CODE_LIFE))), "InvalidCode");
    }

    #[test]
    fn a_token_may_be_good_for_so_many_calls_and_end_when_it_is_refreshed() {
        let settings = Settings {
            access_token_calls: Some(2),
            refresh_token_calls: Some(1),
            old_token: OldToken::Revoked,
            ..settings()
        };
        let mut tokens = tokens();
        let (first, refresh) = (tokens.first_access(), tokens.first_refresh());
        let told = tokens.give(&Grant::Refresh(refresh), &settings, Use::Counted, later(1)).unwrap();
        assert_eq!(code(tokens.admit(&first, &settings, later(1).0)), "IllegalAccessToken");
        let mut next = || code(tokens.admit(&text(&told, "access_token"), &settings, later(1).0));
        assert_eq!((next(), next(), next()), (String::new(), String::new(), "IllegalAccessToken".to_owned()));
        let again = tokens.give(&Grant::Refresh(text(&told, "refresh_token")), &settings, Use::Counted, later(2));
        assert_eq!(code(again), "IllegalRefreshToken");
        let closed = Settings { refresh: Refresh::Unsupported, ..settings };
        let grant = Grant::Refresh(tokens.first_refresh());
        assert_eq!(code(tokens.give(&grant, &closed, Use::Counted, later(2))), "AUTH_TYPE_UNSUPPORTED");
    }
}
