//! `skuload shop`: accounts and their credentials. A key is read from a file or standard input, kept in a
//! file of mode 0600, and never printed.

use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use skuload::dialect::{Credentials, Dialect};
use skuload::journal::{Runs, ShopStore};
use skuload::record::Country;
use skuload::submit::{Edge, Skew, Stopped, check_credentials};

use super::args::{Format, ShopAddArgs, ShopArgs, ShopCommand};
use super::exit::{Exit, Failure};
use super::output;
use super::runs::{Standing, opened, standing};
use super::sending::{self, Market};
use super::settings::Settings;
use super::world::{self, SystemClock, Totals, Watcher};

/// What is kept of a shop beside its key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Shop {
    pub(super) api: Dialect,
    pub(super) country: Option<Country>,
    pub(super) url: String,
    pub(super) user_id: String,
}

/// The folder of a shop.
pub(super) fn folder(settings: &Settings, name: &str) -> PathBuf {
    settings.state_dir().join("shops").join(name)
}

pub(super) fn run(args: &ShopArgs, settings: &Settings) -> Result<Exit, Failure> {
    match &args.command {
        ShopCommand::Add(add) => self::add(add, settings),
        ShopCommand::List => list(settings),
        ShopCommand::Test { name, all } => test(name.as_deref(), *all, settings),
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
    let country = args.country.as_deref().map(str::parse::<Country>).transpose();
    let country = country.map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;
    let url = match (&args.url, country) {
        (Some(url), _) => sound_url(url)?,
        (None, Some(country)) => Dialect::SellerCenter.base_url(country).to_owned(),
        (None, None) => {
            return Err(Failure::new(Exit::Usage, "the shop needs a country or an address")
                .help("add --country sg, or --url for another marketplace"));
        }
    };
    let folder = folder(settings, &args.name);
    if folder.join(SHOP).exists() {
        return Err(Failure::new(Exit::Usage, format!("there is a shop `{}` already", args.name))
            .help(format!("{} first", settings.command(&format!("shop remove {}", args.name)))));
    }
    if args.url.is_none() {
        output::say("note: Lazada switched its own Seller Center hosts off in 2018; --url names another marketplace's");
    }
    let key = key(args)?;
    let shop = Shop { api: Dialect::SellerCenter, country, url, user_id: args.user_id.trim().to_owned() };
    // The store makes the folder, private to this user.
    ShopStore::open(&folder)?;
    let text = toml::to_string(&shop).map_err(|error| Failure::new(Exit::Bug, error.to_string()))?;
    write_private(&folder.join(KEY), key.expose_secret())?;
    write_private(&folder.join(SHOP), &text)?;
    let test = settings.command(&format!("shop test {}", args.name));
    output::say(&format!("shop `{}` added; try it with: {test}", args.name));
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
        return Err(Failure::new(Exit::Usage, format!("`{url}` is no address")).help("begin it with https://"));
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let is_here = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    if host.is_empty() || authority.contains('@') {
        return Err(Failure::new(Exit::Usage, format!("`{url}` names no host")));
    }
    if !is_safe && !is_here {
        return Err(Failure::new(Exit::Usage, format!("`{url}` would send the key's signature unprotected"))
            .help("use https; plain http is for this computer only"));
    }
    Ok(url.to_owned())
}

fn key(args: &ShopAddArgs) -> Result<SecretString, Failure> {
    let text = match &args.key_file {
        Some(path) => read_private(path)?,
        None => {
            let mut text = String::new();
            if io::stdin().is_terminal() {
                output::say("paste the API key, press Enter, then Ctrl-D (it is shown as you type)");
            }
            io::stdin()
                .lock()
                .read_to_string(&mut text)
                .map_err(|error| Failure::new(Exit::Credentials, format!("cannot read the key: {error}")))?;
            text
        }
    };
    let key = text.trim();
    if key.is_empty() {
        return Err(Failure::new(Exit::Credentials, "the key is empty"));
    }
    Ok(SecretString::from(key))
}

/// A file that only this user can read.
fn read_private(path: &Path) -> Result<String, Failure> {
    let refused = |reason: String| Failure::new(Exit::Credentials, format!("cannot use {}: {reason}", path.display()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path).map_err(|error| refused(error.to_string()))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(refused("other users can read it".to_owned()).help(format!("chmod 600 {}", path.display())));
        }
    }
    fs::read_to_string(path).map_err(|error| refused(error.to_string()))
}

fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written =
        options.open(path).and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| Failure::new(Exit::Local, format!("cannot write {}: {error}", path.display())))
}

/// The names of all shops.
fn names(settings: &Settings) -> Vec<String> {
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
pub(super) fn credentials(settings: &Settings, name: &str, shop: &Shop) -> Result<Credentials, Failure> {
    let key = read_private(&folder(settings, name).join(KEY))?;
    Ok(Credentials {
        base_url: shop.url.clone(),
        user_id: shop.user_id.clone(),
        api_key: SecretString::from(key.trim()),
    })
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

fn test(name: Option<&str>, all: bool, settings: &Settings) -> Result<Exit, Failure> {
    let names = if all { names(settings) } else { name.map(str::to_owned).into_iter().collect() };
    let mut exit = Exit::Done;
    for name in names {
        match test_one(&name, settings) {
            Ok(()) => output::result(&format!("{name}: the credentials work\n")),
            Err(failure) if all => {
                output::say(&format!("{name}:"));
                exit = exit.and(output::failure(&failure));
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(exit)
}

fn test_one(name: &str, settings: &Settings) -> Result<(), Failure> {
    let shop = load(settings, name)?;
    let credentials = credentials(settings, name, &shop)?;
    let policy = sending::policy(settings, Market::Shop)?;
    let transport = sending::transport(&policy)?;
    let watcher = Watcher::of_run(Format::Human, settings.verbose, &Totals::default());
    let (interrupted, skew) = (AtomicBool::new(false), Skew::new());
    let edge = Edge {
        dialect: shop.api,
        credentials: &credentials,
        transport: &transport,
        clock: &SystemClock,
        observer: &watcher,
        skew: &skew,
        interrupted: &interrupted,
    };
    let checked: Result<(), Stopped> = world::runtime()?.block_on(check_credentials(&edge));
    checked.map_err(|stopped| sending::failure(&stopped, None, settings))
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
