//! `skuload shop`: accounts and their credentials. A key is read from a file or standard input and kept in a file of mode
//! 0600, or a command prints it each time; it is never printed here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use skuload::dialect::{AppKey, Credentials, Dialect, UserKey};
use skuload::journal::{AppStore, Runs, ShopStore};
use skuload::record::Country;
use skuload::submit::{Access, Clock};

use super::args::{ShopArgs, ShopCommand};
use super::authority::Authority;
use super::exit::{Exit, Failure};
use super::key_command;
use super::log::{self, Event};
use super::login;
use super::output;
use super::runs::{Standing, opened, standing};
use super::secret::{self, What};
use super::sending::{self, Market};
use super::settings::{Settings, quoted};
use super::shop_add;
use super::shop_test;
use super::token::{self, TokenFile};
use super::world::SystemClock;

/// What is kept of a shop beside its key and its token.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub(super) struct Shop {
    pub(super) country: Option<Country>,
    pub(super) url: String,
    pub(super) account: Account,
    /// The shell command that prints the key; none where the key is kept.
    pub(super) key_command: Option<String>,
}

/// Who signs, beside the key.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Account {
    SellerCenter { user_id: String },
    OpenPlatform(App),
}

/// An app of the Open Platform.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct App {
    pub(super) key: String,
    /// Where sellers log in and tokens are called for.
    pub(super) auth_url: String,
    /// Where a login leads, as far as it was told.
    pub(super) redirect: Option<String>,
}

/// A shop as its file has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Kept {
    api: Dialect,
    country: Option<Country>,
    url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    app_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auth_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    redirect: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_command: Option<String>,
}

impl TryFrom<Kept> for Shop {
    type Error = &'static str;

    fn try_from(kept: Kept) -> Result<Shop, &'static str> {
        let Kept { api, country, url, user_id, app_key, auth_url, redirect, key_command } = kept;
        let account = match api {
            Dialect::SellerCenter => {
                Account::SellerCenter { user_id: user_id.ok_or("a shop of seller-center has a user-id")? }
            }
            Dialect::OpenPlatform => {
                let key = app_key.ok_or("a shop of open-platform has an app-key")?;
                let auth_url = auth_url.or_else(|| api.auth_url().map(str::to_owned)).unwrap_or_default();
                Account::OpenPlatform(App { key, auth_url, redirect })
            }
        };
        Ok(Shop { country, url, account, key_command })
    }
}

impl From<Shop> for Kept {
    fn from(shop: Shop) -> Kept {
        let api = shop.api();
        let Shop { country, url, account, key_command } = shop;
        let bare =
            Kept { api, country, url, user_id: None, app_key: None, auth_url: None, redirect: None, key_command };
        match account {
            Account::SellerCenter { user_id } => Kept { user_id: Some(user_id), ..bare },
            Account::OpenPlatform(App { key, auth_url, redirect }) => {
                Kept { app_key: Some(key), auth_url: Some(auth_url), redirect, ..bare }
            }
        }
    }
}

impl Shop {
    /// The API that it speaks.
    pub(super) fn api(&self) -> Dialect {
        match &self.account {
            Account::SellerCenter { .. } => Dialect::SellerCenter,
            Account::OpenPlatform(_) => Dialect::OpenPlatform,
        }
    }
}

/// An API as it is typed.
pub(super) fn api_name(api: Dialect) -> &'static str {
    match api {
        Dialect::SellerCenter => "seller-center",
        Dialect::OpenPlatform => "open-platform",
    }
}

/// Refuses an API that is asked for and is not the shop's.
pub(super) fn agree(settings: &Settings, name: &str) -> Result<(), Failure> {
    if !settings.asks_api_of_shop() {
        return Ok(());
    }
    // One that is none is told elsewhere.
    let Ok(asked) = settings.api() else { return Ok(()) };
    let own = load(settings, name)?.api();
    if asked == own {
        return Ok(());
    }
    let message = format!("the shop `{name}` speaks {}, and {} is asked for", api_name(own), api_name(asked));
    Err(Failure::new(settings.exit_of("api"), message).help("leave --api out: the shop tells it"))
}

/// The folder of a shop.
pub(super) fn folder(settings: &Settings, name: &str) -> PathBuf {
    settings.state_dir().join("shops").join(name)
}

pub(super) fn run(args: &ShopArgs, settings: &Settings) -> Result<Exit, Failure> {
    match &args.command {
        ShopCommand::Add(add) => shop_add::add(add, settings),
        ShopCommand::Login { name, login } => login::run(name, login, settings),
        ShopCommand::Set { name, country } => set(name, country, settings),
        ShopCommand::List => list(settings),
        ShopCommand::Test { name, all } => shop_test::run(name.as_deref(), *all, settings),
        ShopCommand::Remove { name } => remove(name, settings),
    }
}

/// Keeps a shop with its key. Wherever this breaks off, the shop has the old key or the new one.
pub(super) fn keep(folder: &Path, shop: &Shop, key: Option<&SecretString>) -> Result<(), Failure> {
    let kept = folder.join(KEY);
    if let Some(key) = key {
        secret::keep(&kept, key)?;
    }
    write(folder, shop)?;
    if key.is_some() {
        return Ok(());
    }
    match fs::remove_file(&kept) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Failure::new(Exit::Local, format!("cannot remove {}: {error}", kept.display())))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes what is kept of a shop beside its key.
pub(super) fn write(folder: &Path, shop: &Shop) -> Result<(), Failure> {
    let text = toml::to_string(shop).map_err(|error| Failure::new(Exit::Bug, error.to_string()))?;
    secret::private(&folder.join(SHOP), &text)
}

pub(super) fn country(typed: &str) -> Result<Country, Failure> {
    typed.parse::<Country>().map_err(|error| Failure::new(Exit::Usage, error.to_string()))
}

/// Tells the country of a shop that is there. Where it chose the shop's address it stays: another address is another
/// shop.
fn set(name: &str, typed: &str, settings: &Settings) -> Result<Exit, Failure> {
    let there = load(settings, name)?;
    let country = country(typed)?;
    moved(name, &there, Some(country), settings)?;
    write(&folder(settings, name), &Shop { country: Some(country), ..there })?;
    output::say(&format!("shop `{name}` is in `{}` now", country.as_str()));
    Ok(Exit::Done)
}

/// Refuses a country to a shop whose address or login is of another one.
pub(super) fn moved(name: &str, there: &Shop, country: Option<Country>, settings: &Settings) -> Result<(), Failure> {
    let Some(country) = country.filter(|country| there.country != Some(*country)) else { return Ok(()) };
    let of_address = Country::ALL.iter().find(|of| there.url == there.api().base_url(**of) && **of != country);
    let tokens = TokenFile::of(&folder(settings, name)).read().ok().flatten();
    let of_login = tokens.filter(|tokens| !login::is_granted(tokens, country.as_str()));
    let message = match (of_address, of_login) {
        (Some(of), _) => format!("the shop `{name}` has the address of `{}`", of.as_str()),
        (None, Some(tokens)) => format!("the login of the shop `{name}` is of {}", tokens.countries.join(", ")),
        (None, None) => return Ok(()),
    };
    Err(Failure::new(Exit::Usage, message).help("add the other country's shop under a name of its own"))
}

const SHOP: &str = "shop.toml";
/// The API key, or the app's secret.
const KEY: &str = "key";

/// How a shop of this API is added, for messages.
pub(super) fn how_to_add(api: Dialect) -> &'static str {
    match api {
        Dialect::SellerCenter => "shop add NAME --api seller-center --country sg --user-id USER --key-file FILE",
        Dialect::OpenPlatform => "shop add NAME --api open-platform --country sg --app-key KEY --secret-file FILE",
    }
}

/// There is a shop of that name.
pub(super) fn is_there(settings: &Settings, name: &str) -> bool {
    folder(settings, name).join(SHOP).exists()
}

pub(super) fn check_name(name: &str) -> Result<(), Failure> {
    let is_sound = !name.is_empty()
        && !name.starts_with('.')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if is_sound {
        return Ok(());
    }
    Err(Failure::new(Exit::Usage, format!("`{name}` cannot be a shop's name")).help("use letters, digits, `-` and `_`"))
}

/// `https`, or `http` to this computer.
pub(super) fn sound_url(url: &str) -> Result<String, Failure> {
    let rest = url.strip_prefix("https://").map(|rest| (rest, true));
    let Some((rest, is_safe)) = rest.or_else(|| url.strip_prefix("http://").map(|rest| (rest, false))) else {
        return Err(
            Failure::new(Exit::Usage, "the address does not begin with https://").help("begin it with https://")
        );
    };
    let authority = Authority::of(rest);
    let host = authority.host;
    if url.contains(['?', '#']) || url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        // What follows may be a signature, and is not shown.
        let message = format!("the address of `{host}` has more than host and path");
        return Err(Failure::new(Exit::Usage, message).help("leave out everything from `?` on"));
    }
    if host.is_empty() || authority.text.contains('@') {
        return Err(Failure::new(Exit::Usage, "the address names no host, or a user before it")
            .help("write it as https://host/path"));
    }
    if !is_safe && !authority.is_of_this_computer() {
        return Err(Failure::new(Exit::Usage, format!("`{url}` would send the key's signature unprotected"))
            .help("use https; plain http is for this computer only"));
    }
    Ok(url.to_owned())
}

/// The names of all shops.
pub(super) fn names(settings: &Settings) -> Vec<String> {
    let entries = fs::read_dir(settings.state_dir().join("shops")).into_iter().flatten().filter_map(Result::ok);
    let shops = entries.filter(|entry| entry.path().join(SHOP).exists());
    let mut names: Vec<String> = shops.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// What is kept of a shop.
pub(super) fn load(settings: &Settings, name: &str) -> Result<Shop, Failure> {
    check_name(name)?;
    let path = folder(settings, name).join(SHOP);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let known = names(settings);
            let help = if known.is_empty() {
                format!("add it with: {}", settings.command(how_to_add(Dialect::OpenPlatform)))
            } else {
                format!("there are: {}", known.join(", "))
            };
            return Err(Failure::new(Exit::Settings, format!("there is no shop `{name}`")).help(help));
        }
        Err(error) => return Err(Failure::new(Exit::Settings, format!("cannot read {}: {error}", path.display()))),
    };
    toml::from_str(&text)
        .map_err(|error| Failure::new(Exit::Settings, format!("{} is not sound: {error}", path.display())))
}

/// Who signs for a shop. A login that ends soon is told of.
pub(super) fn access(settings: &Settings, name: &str, shop: &Shop) -> Result<Access, Failure> {
    // The file may have been edited since.
    let settled = |failure: Failure| Failure { exit: Exit::Settings, ..failure };
    sound_url(&shop.url).map_err(settled)?;
    match &shop.account {
        Account::SellerCenter { user_id } => {
            let api_key = key(settings, name, shop)?;
            let user = UserKey { base_url: shop.url.clone(), user_id: user_id.clone(), api_key };
            Ok(Access::fixed(Credentials::SellerCenter(user)))
        }
        Account::OpenPlatform(app) => {
            sound_url(&app.auth_url).map_err(settled)?;
            let file = TokenFile::of(&folder(settings, name));
            let Some(tokens) = file.read()? else {
                let message = format!("nobody has logged in to the shop `{name}` yet");
                return Err(Failure::new(Exit::Credentials, message).help(how_to_log_in(settings, name)));
            };
            tell_end(settings, name, token::standing(&tokens, SystemClock.now()))?;
            let policy = sending::policy(settings, Market::Shop)?;
            let pace = AppStore::open(&settings.state_dir().join("apps"), &app.key, policy)?;
            let signer = app_key(settings, name, shop, app)?;
            let access = Access::renewed(signer, &tokens, app.auth_url.clone(), Box::new(file));
            Ok(access.at_pace_of(Box::new(pace)))
        }
    }
}

/// Who signs for an app, without a token.
pub(super) fn app_key(settings: &Settings, name: &str, shop: &Shop, app: &App) -> Result<AppKey, Failure> {
    let app_secret = key(settings, name, shop)?;
    Ok(AppKey { base_url: shop.url.clone(), app_key: app.key.clone(), app_secret, access_token: None })
}

/// The key that is kept, or that a command prints.
fn key(settings: &Settings, name: &str, shop: &Shop) -> Result<SecretString, Failure> {
    let what = match shop.api() {
        Dialect::SellerCenter => What::Key,
        Dialect::OpenPlatform => What::Secret,
    };
    let folder = folder(settings, name);
    match &shop.key_command {
        Some(command) => {
            let place = folder.join(SHOP);
            secret::nobody_else_may_write(&place)?;
            key_command::key(command, &place.display().to_string(), what)
        }
        None => secret::from_file(&folder.join(KEY), what),
    }
}

/// What to do about a login that is over.
pub(super) fn how_to_log_in(settings: &Settings, name: &str) -> String {
    format!("log in with: {}", settings.command(&format!("shop login {}", quoted(name))))
}

/// Tells of a login that ends soon, and refuses one that is over.
fn tell_end(settings: &Settings, name: &str, standing: token::Standing) -> Result<(), Failure> {
    match standing {
        token::Standing::Sound => Ok(()),
        token::Standing::EndsSoon(end) => {
            let renew = settings.command(&format!("shop login {}", quoted(name)));
            let message = format!("the login of the shop `{name}` ends on {}; renew it with: {renew}", day(end));
            log::note(&Event::Warning { message: &message });
            output::say(&format!("note: {message}"));
            Ok(())
        }
        token::Standing::Over(end) => {
            let message = format!("the login of the shop `{name}` ended on {}", day(end));
            Err(Failure::new(Exit::Credentials, message).help(how_to_log_in(settings, name)))
        }
    }
}

/// A day as it is written in messages.
pub(super) fn day(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%d").to_string()
}

fn list(settings: &Settings) -> Result<Exit, Failure> {
    let names = names(settings);
    if names.is_empty() {
        let add = settings.command(how_to_add(Dialect::OpenPlatform));
        output::say(&format!("there is no shop yet; add one with: {add}"));
    }
    for name in names {
        let shop = load(settings, &name)?;
        let country = shop.country.map_or("-", Country::as_str);
        let login = match &shop.account {
            Account::SellerCenter { .. } => String::new(),
            Account::OpenPlatform(_) => format!("  {}", login_of(settings, &name)),
        };
        output::result(&format!("{name}  {}  {country}  {}{login}\n", api_name(shop.api()), shop.url));
    }
    Ok(Exit::Done)
}

/// When a login ends, in a few words.
fn login_of(settings: &Settings, name: &str) -> String {
    // One token that cannot be read does not hide the other shops.
    let tokens = match TokenFile::of(&folder(settings, name)).read() {
        Ok(Some(tokens)) => tokens,
        Ok(None) => return "no login".to_owned(),
        Err(failure) => return failure.message,
    };
    match (token::standing(&tokens, SystemClock.now()), token::end(&tokens)) {
        (token::Standing::Over(end), _) => format!("login ended on {}", day(end)),
        (_, Some(end)) => format!("login until {}", day(end)),
        (_, None) => "login without a known end".to_owned(),
    }
}

fn remove(name: &str, settings: &Settings) -> Result<Exit, Failure> {
    load(settings, name)?;
    let folder = folder(settings, name);
    let _lock = ShopStore::lock(&folder, name)?;
    let open_run = ShopStore::open(&folder)?.open_run()?;
    let run = open_run.map(|run| opened(&Runs::new(&settings.state_dir()), &run)).transpose()?.flatten();
    if let Some(run) = run
        && standing(&run)? == Standing::Unfinished
    {
        let run = &run.meta().run;
        return Err(Failure::new(Exit::Busy, format!("the run {run} of the shop `{name}` is unfinished")).help(
            format!(
                "{}, or give it up: {}",
                settings.command(&format!("resume {run}")),
                settings.command(&format!("runs prune {run}"))
            ),
        ));
    }
    fs::remove_dir_all(&folder)
        .map_err(|error| Failure::new(Exit::Local, format!("cannot remove {}: {error}", folder.display())))?;
    output::say(&format!("shop `{name}` removed"));
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A shop's file as it is read, and as it is written again.
    #[track_caller]
    fn check(text: &str, expect: &str) {
        let written = toml::from_str::<Shop>(text).map(|shop| toml::to_string(&shop).unwrap());
        assert_eq!(written.unwrap_or_else(|error| error.message().to_owned()), expect, "{text}");
    }

    #[test]
    fn a_shop_is_kept_with_what_its_api_asks_for() {
        let user = "api = \"seller-center\"\ncountry = \"sg\"\nurl = \"https://a.example/\"\nuser-id = \"me\"\n";
        check(user, user);
        check(&format!("{user}key-command = \"pass\"\n"), &format!("{user}key-command = \"pass\"\n"));
        let app = "api = \"open-platform\"\nurl = \"https://a.example/rest\"\napp-key = \"1\"\n";
        check(app, &format!("{app}auth-url = \"https://auth.lazada.com/rest\"\n"));
        let whole = format!("{app}auth-url = \"https://b.example/rest\"\nredirect = \"https://c.example/\"\n");
        check(&whole, &whole);
        check("api = \"seller-center\"\nurl = \"u\"\napp-key = \"1\"\n", "a shop of seller-center has a user-id");
        check("api = \"open-platform\"\nurl = \"u\"\nuser-id = \"me\"\n", "a shop of open-platform has an app-key");
    }
}
