//! `skuload shop`: accounts and their credentials. A key is read from a file or standard input and kept in a file of mode
//! 0600, or a command prints it each time; it is never printed here.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use skuload::dialect::{Credentials, Dialect, UserKey};
use skuload::journal::{Runs, ShopStore};
use skuload::record::Country;
use skuload::submit::Access;

use super::args::{ShopAddArgs, ShopArgs, ShopCommand};
use super::exit::{Exit, Failure};
use super::key_command;
use super::output;
use super::runs::{Standing, opened, standing};
use super::secret;
use super::settings::Settings;
use super::shop_test;

/// What is kept of a shop beside its key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Shop {
    pub(super) api: Dialect,
    pub(super) country: Option<Country>,
    pub(super) url: String,
    pub(super) user_id: String,
    /// The shell command that prints the key; none where the key is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key_command: Option<String>,
}

/// The folder of a shop.
pub(super) fn folder(settings: &Settings, name: &str) -> PathBuf {
    settings.state_dir().join("shops").join(name)
}

pub(super) fn run(args: &ShopArgs, settings: &Settings) -> Result<Exit, Failure> {
    match &args.command {
        ShopCommand::Add(add) => self::add(add, settings),
        ShopCommand::Set { name, country } => set(name, country, settings),
        ShopCommand::List => list(settings),
        ShopCommand::Test { name, all } => shop_test::run(name.as_deref(), *all, settings),
        ShopCommand::Remove { name } => remove(name, settings),
    }
}

fn add(args: &ShopAddArgs, settings: &Settings) -> Result<Exit, Failure> {
    check_name(&args.name)?;
    if args.api != "seller-center" {
        return Err(Failure::new(
            Exit::Usage,
            format!("`{}` is no API that is spoken here; use seller-center", args.api),
        ));
    }
    let country = args.country.as_deref().map(country).transpose()?;
    let url = match (&args.url, country) {
        (Some(url), _) => sound_url(url)?,
        (None, Some(country)) => Dialect::SellerCenter.base_url(country).to_owned(),
        (None, None) => {
            return Err(Failure::new(Exit::Usage, "the shop needs a country or an address")
                .help("add --country sg, or --url for another marketplace"));
        }
    };
    let folder = folder(settings, &args.name);
    let user_id = args.user_id.trim().to_owned();
    let key_command = args.key_command.clone();
    let shop = Shop { api: Dialect::SellerCenter, country, url, user_id, key_command };
    if folder.join(SHOP).exists() {
        return replace_key(args, &shop, settings);
    }
    if args.url.is_none() {
        output::say("note: Lazada switched its own Seller Center hosts off in 2018; --url names another marketplace's");
    }
    let key = key(args)?;
    // The store makes the folder, private to this user.
    ShopStore::open(&folder)?;
    keep(&folder, &shop, key.as_ref())?;
    let test = settings.command(&format!("shop test {}", args.name));
    output::say(&format!("shop `{}` added; try it with: {test}", args.name));
    Ok(Exit::Done)
}

/// The key that is kept; none where a command prints it, which is tried.
fn key(args: &ShopAddArgs) -> Result<Option<SecretString>, Failure> {
    match (&args.key_command, &args.key_file) {
        (Some(command), _) => key_command::key(command, "--key-command").map(|_| None),
        (None, Some(file)) => secret::from_file(file).map(Some),
        (None, None) => secret::from_stdin().map(Some),
    }
}

/// Keeps a shop with its key. Wherever this breaks off, the shop has the old key or the new one.
fn keep(folder: &Path, shop: &Shop, key: Option<&SecretString>) -> Result<(), Failure> {
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
fn write(folder: &Path, shop: &Shop) -> Result<(), Failure> {
    let text = toml::to_string(shop).map_err(|error| Failure::new(Exit::Bug, error.to_string()))?;
    secret::private(&folder.join(SHOP), &text)
}

fn country(typed: &str) -> Result<Country, Failure> {
    typed.parse::<Country>().map_err(|error| Failure::new(Exit::Usage, error.to_string()))
}

/// Tells the country of a shop that is there. Where it chose the shop's address it stays: another address is another
/// shop.
fn set(name: &str, typed: &str, settings: &Settings) -> Result<Exit, Failure> {
    let there = load(settings, name)?;
    let country = country(typed)?;
    moved(name, &there, Some(country))?;
    write(&folder(settings, name), &Shop { country: Some(country), ..there })?;
    output::say(&format!("shop `{name}` is in `{}` now", country.as_str()));
    Ok(Exit::Done)
}

/// Refuses a country to a shop whose address is that of another one.
fn moved(name: &str, there: &Shop, country: Option<Country>) -> Result<(), Failure> {
    let of_country = there.country.filter(|of| there.url == there.api.base_url(*of));
    let Some(of) = of_country.filter(|of| country.is_some_and(|country| country != *of)) else { return Ok(()) };
    let message = format!("the shop `{name}` has the address of `{}`", of.as_str());
    Err(Failure::new(Exit::Usage, message).help("add the other country's shop under a name of its own"))
}

/// A renewed key for a shop that is there: its runs and what is known of it stay.
fn replace_key(args: &ShopAddArgs, shop: &Shop, settings: &Settings) -> Result<Exit, Failure> {
    let name = &args.name;
    let there = load(settings, name)?;
    if !args.replace_key {
        return Err(Failure::new(Exit::Usage, format!("there is a shop `{name}` already")).help(format!(
            "add --replace-key to give it a new key, or remove it first: {}",
            settings.command(&format!("shop remove {name}"))
        )));
    }
    if (&there.url, &there.user_id) != (&shop.url, &shop.user_id) {
        return Err(Failure::new(Exit::Usage, format!("the shop `{name}` has another address or user"))
            .help("add the other account under a name of its own"));
    }
    moved(name, &there, shop.country)?;
    let key = key(args)?;
    let country = shop.country.or(there.country);
    let renewed = Shop { key_command: shop.key_command.clone(), country, ..there };
    keep(&folder(settings, name), &renewed, key.as_ref())?;
    let test = settings.command(&format!("shop test {name}"));
    output::say(&format!("shop `{name}` has a new key; try it with: {test}"));
    Ok(Exit::Done)
}

const SHOP: &str = "shop.toml";
const KEY: &str = "key";

/// How a shop is added, for messages.
const ADD: &str = "shop add NAME --country sg --user-id USER --key-file FILE";

fn check_name(name: &str) -> Result<(), Failure> {
    let is_sound = !name.is_empty()
        && !name.starts_with('.')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if is_sound {
        return Ok(());
    }
    Err(Failure::new(Exit::Usage, format!("`{name}` cannot be a shop's name")).help("use letters, digits, `-` and `_`"))
}

/// `https`, or `http` to this computer.
fn sound_url(url: &str) -> Result<String, Failure> {
    let rest = url.strip_prefix("https://").map(|rest| (rest, true));
    let Some((rest, is_safe)) = rest.or_else(|| url.strip_prefix("http://").map(|rest| (rest, false))) else {
        return Err(
            Failure::new(Exit::Usage, "the address does not begin with https://").help("begin it with https://")
        );
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let is_here = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    if url.contains(['?', '#']) || url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        // What follows may be a signature, and is not shown.
        let message = format!("the address of `{host}` has more than host and path");
        return Err(Failure::new(Exit::Usage, message).help("leave out everything from `?` on"));
    }
    if host.is_empty() || authority.contains('@') {
        return Err(Failure::new(Exit::Usage, "the address names no host, or a user before it")
            .help("write it as https://host/path; the user goes into --user-id"));
    }
    if !is_safe && !is_here {
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
                format!("add it with: {}", settings.command(ADD))
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

/// Who signs for a shop.
pub(super) fn access(settings: &Settings, name: &str, shop: &Shop) -> Result<Access, Failure> {
    // The file may have been edited since.
    sound_url(&shop.url).map_err(|failure| Failure { exit: Exit::Settings, ..failure })?;
    let folder = folder(settings, name);
    let api_key = match &shop.key_command {
        Some(command) => {
            let place = folder.join(SHOP);
            secret::nobody_else_may_write(&place)?;
            key_command::key(command, &place.display().to_string())?
        }
        None => secret::from_file(&folder.join(KEY))?,
    };
    let user = UserKey { base_url: shop.url.clone(), user_id: shop.user_id.clone(), api_key };
    Ok(Access::fixed(Credentials::SellerCenter(user)))
}

fn list(settings: &Settings) -> Result<Exit, Failure> {
    let names = names(settings);
    if names.is_empty() {
        output::say(&format!("there is no shop yet; add one with: {}", settings.command(ADD)));
    }
    for name in names {
        let shop = load(settings, &name)?;
        let country = shop.country.map_or("-", Country::as_str);
        output::result(&format!("{name}  seller-center  {country}  {}\n", shop.url));
    }
    Ok(Exit::Done)
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
