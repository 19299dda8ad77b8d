//! A seller's token: the file that keeps it beside the shop's key, and the file in which a merchant brings one.
//!
//! It is kept whole and private, and one process at a time renews it. Nothing here prints it.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use skuload::dialect::{Seller, Tokens};
use skuload::submit::{Clock, TokenStore};

use super::exit::{Exit, Failure};
use super::secret::{self, What};
use super::world::SystemClock;

/// A login that ends within this time is told of.
const SOON: TimeDelta = TimeDelta::days(7);

/// What is kept of a token.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Kept<'a> {
    access: &'a str,
    since: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    refresh: Option<&'a str>,
    refresh_until: Option<DateTime<Utc>>,
    countries: Vec<String>,
    account: Option<String>,
    /// The account's shops, by country.
    #[serde(default)]
    sellers: BTreeMap<String, String>,
}

/// The token of a shop, in the shop's folder.
pub(super) struct TokenFile {
    path: PathBuf,
    lock: PathBuf,
}

impl TokenFile {
    /// That of the shop with this folder.
    pub(super) fn of(folder: &Path) -> TokenFile {
        TokenFile { path: folder.join("token"), lock: folder.join("token.lock") }
    }

    /// What is kept; nothing before the first login.
    pub(super) fn read(&self) -> Result<Option<Tokens>, Failure> {
        if !self.path.exists() {
            return Ok(None);
        }
        let text = secret::text_of(&self.path)?;
        // What is wrong with it may quote it.
        let kept: Kept<'_> = serde_json::from_str(&text)
            .map_err(|_| Failure::new(Exit::Credentials, format!("{} holds no token", self.path.display())))?;
        let Kept { access, since, until, refresh, refresh_until, countries, account, sellers } = kept;
        let (access, refresh) = (SecretString::from(access), refresh.map(SecretString::from));
        let seller = Seller { account, ids: sellers };
        Ok(Some(Tokens { access, since, until, refresh, refresh_until, countries, seller }))
    }

    /// Keeps the token of a new login; a process that renews the old one ends that first.
    pub(super) fn replace(&self, tokens: &Tokens) -> Result<(), Failure> {
        let failed =
            |error: io::Error| Failure::new(Exit::Local, format!("cannot use {}: {error}", self.lock.display()));
        let held = self.open_lock().map_err(failed)?;
        held.lock().map_err(failed)?;
        self.write(tokens)
    }

    fn write(&self, tokens: &Tokens) -> Result<(), Failure> {
        let kept = Kept {
            access: tokens.access.expose_secret(),
            since: tokens.since,
            until: tokens.until,
            refresh: tokens.refresh.as_ref().map(ExposeSecret::expose_secret),
            refresh_until: tokens.refresh_until,
            countries: tokens.countries.clone(),
            account: tokens.seller.account.clone(),
            sellers: tokens.seller.ids.clone(),
        };
        let text = serde_json::to_string(&kept).map_err(|error| Failure::new(Exit::Bug, error.to_string()))?;
        secret::private(&self.path, &Zeroizing::new(text))
    }

    fn open_lock(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.lock)
    }
}

impl TokenStore for TokenFile {
    fn load(&self) -> io::Result<Tokens> {
        let kept = self.read().map_err(|failure| io::Error::other(failure.message))?;
        kept.ok_or_else(|| io::Error::other(format!("{} is gone", self.path.display())))
    }

    fn keep(&self, tokens: &Tokens) -> io::Result<()> {
        self.write(tokens).map_err(|failure| io::Error::other(failure.message))
    }

    fn hold(&self) -> io::Result<Option<Box<dyn Send>>> {
        let file = self.open_lock()?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// The token that a merchant brings: what the call for a token answered, or the access token alone. How long it lasts
/// counts from when the file was written.
pub(super) fn from_file(path: &Path) -> Result<Tokens, Failure> {
    let text = secret::text_of(path)?;
    let written = fs::metadata(path).and_then(|file| file.modified()).map(DateTime::<Utc>::from);
    let since = written.unwrap_or_else(|_| SystemClock.now());
    if !text.trim_start().starts_with('{') {
        let access = secret::key(&text, What::Token)?;
        let (until, refresh, refresh_until) = (None, None, None);
        let (countries, seller) = (Vec::new(), Seller::default());
        return Ok(Tokens { access, since, until, refresh, refresh_until, countries, seller });
    }
    let wrong = |why: String| {
        Failure::new(Exit::Credentials, format!("{} holds no token: {why}", path.display()))
            .help("it is what the call for a token answers, or the access token alone")
    };
    let decoded = Tokens::decode(text.as_bytes(), since).or_else(|garbled| {
        // The envelope may have been left out where the token was kept.
        let (_, rest) = text.split_once('{').ok_or(garbled)?;
        Tokens::decode(Zeroizing::new(format!("{{\"code\":\"0\",{rest}")).as_bytes(), since)
    });
    match decoded {
        Ok(Ok(tokens)) => Ok(tokens),
        Ok(Err(refusal)) if is_name(&refusal.code) => {
            Err(wrong(format!("the call was refused with code {}", refusal.code)))
        }
        Ok(Err(_)) => Err(wrong("its `code` is no error's; it may be that of a login, for `shop login`".to_owned())),
        // Its text quotes the file.
        Err(_) => Err(wrong("it is another kind of JSON".to_owned())),
    }
}

/// A code as refusals have it: a word or a short number, and none with which a seller's token can be had.
fn is_name(code: &str) -> bool {
    let is_word = |code: &str| code.len() <= 48 && code.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
    let is_number = |code: &str| code.len() <= 6 && code.chars().all(|c| c.is_ascii_digit());
    is_word(code) || is_number(code)
}

/// When the seller must log in again, where that is known.
pub(super) fn end(tokens: &Tokens) -> Option<DateTime<Utc>> {
    match &tokens.refresh {
        None => tokens.until,
        Some(_) => tokens.refresh_until.map(|end| tokens.until.map_or(end, |until| end.max(until))),
    }
}

/// How a login stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It goes on.
    Sound,
    /// It ends within days.
    EndsSoon(DateTime<Utc>),
    /// It has ended.
    Over(DateTime<Utc>),
}

/// How the login stands now.
pub(super) fn standing(tokens: &Tokens, now: DateTime<Utc>) -> Standing {
    match end(tokens) {
        Some(end) if end <= now => Standing::Over(end),
        Some(end) if end - now <= notice(tokens, end) => Standing::EndsSoon(end),
        Some(_) | None => Standing::Sound,
    }
}

/// How long before its end a login is told of. A token that nobody renews may last for days only.
fn notice(tokens: &Tokens, end: DateTime<Utc>) -> TimeDelta {
    if tokens.refresh.is_some() { SOON } else { SOON.min((end - tokens.since) / 2) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(day)
    }

    fn tokens(until: i64, refresh_until: Option<i64>) -> Tokens {
        Tokens {
            access: "canary-access".into(),
            since: day(0),
            until: Some(day(until)),
            refresh: refresh_until.map(|_| "canary-refresh".into()),
            refresh_until: refresh_until.map(day),
            countries: vec!["sg".to_owned(), "my".to_owned()],
            seller: Seller {
                account: Some("me@example.com".to_owned()),
                ids: BTreeMap::from([("sg".to_owned(), "7".to_owned())]),
            },
        }
    }

    #[test]
    fn a_login_ends_with_the_token_that_renews_it() {
        let check = |until, refresh, now, expect| assert_eq!(standing(&tokens(until, refresh), day(now)), expect);
        check(30, Some(180), 100, Standing::Sound);
        check(30, Some(180), 173, Standing::EndsSoon(day(180)));
        check(30, Some(180), 180, Standing::Over(day(180)));
        check(30, Some(20), 25, Standing::EndsSoon(day(30)));
        check(30, None, 22, Standing::Sound);
        check(30, None, 23, Standing::EndsSoon(day(30)));
        check(4, None, 1, Standing::Sound);
        check(4, None, 2, Standing::EndsSoon(day(4)));
        let unknown = Tokens { until: None, ..tokens(1, None) };
        assert_eq!(standing(&unknown, day(9_999)), Standing::Sound);
    }

    #[test]
    fn a_token_is_kept_whole_and_one_process_renews_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = TokenFile::of(folder.path());
        assert!(file.read().unwrap().is_none());
        assert!(file.load().unwrap_err().to_string().ends_with("token is gone"));
        file.replace(&tokens(30, Some(180))).unwrap();
        let kept = file.load().unwrap();
        assert_eq!(
            (kept.access.expose_secret(), kept.refresh.unwrap().expose_secret()),
            ("canary-access", "canary-refresh")
        );
        assert_eq!((kept.since, kept.until, kept.refresh_until), (day(0), Some(day(30)), Some(day(180))));
        assert_eq!(
            (kept.countries.join(" "), kept.seller.to_string()),
            ("sg my".to_owned(), "me@example.com (sg 7)".to_owned())
        );
        // As it was kept before the shops were.
        let text = fs::read_to_string(&file.path).unwrap().replace(r#","sellers":{"sg":"7"}"#, "");
        secret::private(&file.path, &text).unwrap();
        assert_eq!(file.load().unwrap().seller.to_string(), "me@example.com");
        let held = file.hold().unwrap();
        assert!(held.is_some() && TokenFile::of(folder.path()).hold().unwrap().is_none());
        drop(held);
        assert!(file.hold().unwrap().is_some());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&file.path), mode(&file.lock)), (0o600, 0o600));
        }
    }

    #[test]
    fn what_is_wrong_with_a_token_is_told_without_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = TokenFile::of(folder.path());
        secret::private(&file.path, "{\"access\": \"canary").unwrap();
        let failure = file.read().unwrap_err();
        assert!(!failure.message.contains("canary"), "{failure:?}");
        secret::private(&file.path, "canary one").unwrap();
        let failure = from_file(&file.path).unwrap_err();
        assert_eq!(failure.message, "the token has more than one word");
        for (code, is_told) in [
            ("IllegalRefreshToken", true),
            ("AUTH_TYPE_UNSUPPORTED", true),
            ("901", true),
            ("0_100132_2DL4DV3jcU1UOT7WGI1A4rY91", false),
            ("0_100132_ABC", false),
            ("2101550000000000000000010", false),
        ] {
            secret::private(&file.path, &format!(r#"{{"code":"{code}","message":"canary"}}"#)).unwrap();
            let failure = from_file(&file.path).unwrap_err();
            let told = format!("{failure:?}");
            assert!(told.contains(code) == is_told && !told.contains("canary"), "{told}");
        }
    }
}
