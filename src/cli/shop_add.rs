//! `skuload shop add`: a shop of either API, or a renewed key for one that is there.

use secrecy::SecretString;
use skuload::dialect::Dialect;
use skuload::journal::ShopStore;
use skuload::record::Country;

use super::args::{KeyArgs, ShopAddArgs};
use super::exit::{Exit, Failure};
use super::key_command;
use super::login::{self, Way};
use super::output;
use super::secret::{self, What};
use super::settings::{Settings, quoted};
use super::shop::{self, Account, App, Shop};

pub(super) fn add(args: &ShopAddArgs, settings: &Settings) -> Result<Exit, Failure> {
    shop::check_name(&args.name)?;
    // Whose key is replaced tells what is not typed.
    let is_renewed = args.replace_key && shop::is_there(settings, &args.name);
    let there = is_renewed.then(|| shop::load(settings, &args.name)).transpose()?;
    let api = match &there {
        Some(there) if !settings.is_typed("api") => there.api(),
        Some(_) | None => settings.api()?,
    };
    refuse_strangers(args, api, settings)?;
    let country = args.country.as_deref().map(shop::country).transpose()?;
    let url = match (&args.url, country, &there) {
        (Some(url), ..) => shop::sound_url(url)?,
        (None, _, Some(there)) => there.url.clone(),
        (None, Some(country), None) => api.base_url(country).to_owned(),
        (None, None, None) => {
            return Err(Failure::new(Exit::Usage, "the shop needs a country or an address")
                .help("add --country sg, or --url for another marketplace"));
        }
    };
    let account = account(args, api, &url, there.as_ref(), settings)?;
    let command = args.key.key_command.as_ref().or(args.key.secret_command.as_ref());
    let shop = Shop { country, url, account, key_command: command.cloned() };
    let way = match &shop.account {
        Account::SellerCenter { .. } => None,
        Account::OpenPlatform(app) => Some(Way::of(&args.login, app)?),
    };
    if shop::is_there(settings, &args.name) {
        return replace_key(args, &shop, way, settings);
    }
    if api == Dialect::SellerCenter && args.url.is_none() {
        output::say(
            "note: Lazada switched its own Seller Center hosts off in 2018: its shops are reached with --api open-platform, \
             other marketplaces with --url",
        );
    }
    if args.key.secret_stdin && way.as_ref().is_some_and(Way::reads_stdin) && !secret::is_typed() {
        return Err(Failure::new(
            Exit::Usage,
            "the secret and the code of the login cannot both come on standard input",
        )
        .help("add --listen, or --token-file FILE; or give the secret with --secret-file or --secret-command"));
    }
    let key = key(&args.key, api)?;
    let folder = shop::folder(settings, &args.name);
    // The store makes the folder, private to this user.
    ShopStore::open(&folder)?;
    shop::keep(&folder, &shop, key.as_ref())?;
    match way {
        None => output::say(&format!("shop `{}` added; {}", args.name, try_it(&args.name, settings))),
        Some(way) => {
            output::say(&format!("shop `{}` added", args.name));
            login::log_in(&args.name, &shop, way, settings)?;
        }
    }
    Ok(Exit::Done)
}

/// The command that tries the credentials.
pub(super) fn try_it(name: &str, settings: &Settings) -> String {
    format!("try it with: {}", settings.command(&format!("shop test {}", quoted(name))))
}

/// Flags of the other API are taken for a slip.
fn refuse_strangers(args: &ShopAddArgs, api: Dialect, settings: &Settings) -> Result<(), Failure> {
    let (key, login) = (&args.key, &args.login);
    let of_seller_center = [
        ("--user-id", args.user_id.is_some()),
        ("--key-file", key.key_file.is_some()),
        ("--key-stdin", key.key_stdin),
        ("--key-command", key.key_command.is_some()),
    ];
    let of_open_platform = [
        ("--app-key", args.app_key.is_some()),
        ("--secret-file", key.secret_file.is_some()),
        ("--secret-stdin", key.secret_stdin),
        ("--secret-command", key.secret_command.is_some()),
        ("--auth-url", args.auth_url.is_some()),
        ("--token-file", login.token_file.is_some()),
        ("--listen", login.listen.is_some()),
        ("--redirect", login.redirect.is_some()),
    ];
    let (strangers, other) = match api {
        Dialect::SellerCenter => (&of_open_platform[..], Dialect::OpenPlatform),
        Dialect::OpenPlatform => (&of_seller_center[..], Dialect::SellerCenter),
    };
    let Some((flag, _)) = strangers.iter().find(|(_, is_typed)| *is_typed) else { return Ok(()) };
    let message = format!("{flag} belongs to --api {}, and this is {}", shop::api_name(other), shop::api_name(api));
    let add = |api: Dialect| settings.command(shop::how_to_add(api));
    Err(Failure::new(Exit::Usage, message).help(format!("either {}, or {}", add(other), add(api))))
}

/// Who signs.
fn account(
    args: &ShopAddArgs,
    api: Dialect,
    url: &str,
    there: Option<&Shop>,
    settings: &Settings,
) -> Result<Account, Failure> {
    let (user, app) = match there.map(|there| &there.account) {
        Some(Account::SellerCenter { user_id }) => (Some(user_id), None),
        Some(Account::OpenPlatform(app)) => (None, Some(&app.key)),
        None => (None, None),
    };
    let word = |typed: &Option<String>, there: Option<&String>, flag: &str| {
        let typed = typed.as_deref().map(str::trim).filter(|typed| !typed.is_empty());
        typed.map(str::to_owned).or_else(|| there.cloned()).ok_or_else(|| {
            let message = format!("a shop of {} needs {flag}", shop::api_name(api));
            Failure::new(Exit::Usage, message).help(settings.command(shop::how_to_add(api)))
        })
    };
    match api {
        Dialect::SellerCenter => Ok(Account::SellerCenter { user_id: word(&args.user_id, user, "--user-id")? }),
        Dialect::OpenPlatform => {
            let key = word(&args.app_key, app, "--app-key")?;
            let is_lazada = Country::ALL.iter().any(|country| api.base_url(*country) == url.trim_end_matches('/'));
            let auth_url = match &args.auth_url {
                Some(auth_url) => shop::sound_url(auth_url)?,
                None if is_lazada => api.auth_url().unwrap_or(url).to_owned(),
                // Another marketplace on the same engine, or a stand-in, has its login where its API is.
                None => url.to_owned(),
            };
            Ok(Account::OpenPlatform(App { key, auth_url, redirect: args.login.redirect.clone() }))
        }
    }
}

/// The key that is kept; none where a command prints it, which is tried.
fn key(args: &KeyArgs, api: Dialect) -> Result<Option<SecretString>, Failure> {
    let (what, flag) = match api {
        Dialect::SellerCenter => (What::Key, "key"),
        Dialect::OpenPlatform => (What::Secret, "secret"),
    };
    let command = args.key_command.as_ref().or(args.secret_command.as_ref());
    match (command, args.key_file.as_ref().or(args.secret_file.as_ref())) {
        (Some(command), _) => key_command::key(command, &format!("--{flag}-command"), what).map(|_| None),
        (None, Some(file)) => secret::from_file(file, what).map(Some),
        (None, None) if args.key_stdin || args.secret_stdin => secret::from_stdin(what).map(Some),
        (None, None) => Err(Failure::new(Exit::Usage, format!("nothing tells the shop's {flag}")).help(format!(
            "add --{flag}-file FILE, --{flag}-stdin, or --{flag}-command CMD; a {flag} itself is never typed as a flag"
        ))),
    }
}

/// A renewed key for a shop that is there: its runs, its login and what is known of it stay.
fn replace_key(args: &ShopAddArgs, shop: &Shop, way: Option<Way>, settings: &Settings) -> Result<Exit, Failure> {
    let name = &args.name;
    let there = shop::load(settings, name)?;
    if !args.replace_key {
        let mut help = format!(
            "add --replace-key to give it a new key, or remove it first: {}",
            settings.command(&format!("shop remove {name}"))
        );
        if there.api() == Dialect::OpenPlatform {
            help = format!("{}; {help}", shop::how_to_log_in(settings, name));
        }
        return Err(Failure::new(Exit::Usage, format!("there is a shop `{name}` already")).help(help));
    }
    let is_same = match (&there.account, &shop.account) {
        (Account::SellerCenter { user_id: there }, Account::SellerCenter { user_id }) => there == user_id,
        (Account::OpenPlatform(there), Account::OpenPlatform(app)) => there.key == app.key,
        (Account::SellerCenter { .. }, Account::OpenPlatform(_)) => false,
        (Account::OpenPlatform(_), Account::SellerCenter { .. }) => false,
    };
    if there.url != shop.url || !is_same {
        return Err(Failure::new(Exit::Usage, format!("the shop `{name}` has another address, user or app"))
            .help("add the other account under a name of its own"));
    }
    shop::moved(name, &there, shop.country, settings)?;
    let key = key(&args.key, shop.api())?;
    let account = match (there.account, &shop.account) {
        (Account::OpenPlatform(there), Account::OpenPlatform(app)) => Account::OpenPlatform(App {
            key: there.key,
            auth_url: args.auth_url.as_ref().map_or(there.auth_url, |_| app.auth_url.clone()),
            redirect: app.redirect.clone().or(there.redirect),
        }),
        (account, _) => account,
    };
    let country = shop.country.or(there.country);
    let renewed = Shop { key_command: shop.key_command.clone(), country, account, url: there.url };
    shop::keep(&shop::folder(settings, name), &renewed, key.as_ref())?;
    let moved = country.filter(|_| there.country != country);
    let moved = moved.map_or_else(String::new, |country| format!(" and is in `{}` now", country.as_str()));
    output::say(&format!("shop `{name}` has a new key{moved}; {}", try_it(name, settings)));
    // Another secret does not end a login.
    let is_asked_for = args.login.token_file.is_some() || args.login.listen.is_some() || args.login.redirect.is_some();
    if let Some(way) = way.filter(|_| is_asked_for || !login::is_there(settings, name)) {
        login::log_in(name, &renewed, way, settings)?;
    }
    Ok(Exit::Done)
}
