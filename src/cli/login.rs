//! The login of a seller: the page that is opened, the code that it leads back with, and the token for it.
//!
//! The code is pasted, or comes to an address of this computer. Neither it nor a token is printed or kept elsewhere than
//! in the shop's own folder.

mod listen;

use std::fmt::Write as _;
use std::hash::{BuildHasher, RandomState};
use std::sync::Mutex;
use std::time::Duration;

use secrecy::SecretString;
use skuload::dialect::{AppKey, Class, Credentials, Dialect, Grant, Landing, Tokens};
use skuload::record::Country;
use skuload::submit::{Access, Edge, KnownIds, Skew, Ungranted, grant};

use super::app_advice;
use super::args::{Format, LoginArgs};
use super::exit::{Exit, Failure};
use super::go_on::Whose;
use super::output;
use super::secret::{self, What};
use super::sending::{self, Market};
use super::settings::{Settings, quoted};
use super::shop::{self, Account, App, Shop};
use super::shop_add::try_it;
use super::shop_test::{self, Looking, Seen};
use super::token::{self, TokenFile};
use super::world::{self, SystemClock, Watcher};

use listen::Listener;

/// How long a login may take. Its code counts for half an hour.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// The port that is listened to where none is named: always the same, so that an app can be registered with it.
const PORT: u16 = 8467;

/// How the token comes.
pub(super) enum Way {
    /// It came in a file.
    Given(Tokens),
    /// By a code that is pasted; the login leads there.
    Pasted { redirect: String },
    /// By a code that the browser brings to this port; the login leads there, or to the port itself.
    Listening { port: u16, redirect: Option<String> },
}

impl Way {
    /// What the flags and the app come to.
    pub(super) fn of(args: &LoginArgs, app: &App) -> Result<Way, Failure> {
        if let Some(file) = &args.token_file {
            return token::from_file(file).map(Way::Given);
        }
        args.redirect.as_deref().map(sound_redirect).transpose()?;
        let redirect = args.redirect.clone().or_else(|| app.redirect.clone());
        let Some(typed) = args.listen else {
            return Ok(Way::Pasted { redirect: redirect.unwrap_or_else(|| listen::address(PORT)) });
        };
        let port = match (typed, &args.redirect, &redirect) {
            (Some(port), ..) => port,
            (None, _, Some(redirect)) if listen::own_port(redirect).is_some() => {
                listen::own_port(redirect).unwrap_or(PORT)
            }
            (None, Some(redirect), _) => {
                let message = format!("{redirect} is no address of this computer, so nobody comes to it here");
                return Err(Failure::new(Exit::Usage, message)
                    .help("leave --listen out and paste the code, or name the port to which that address leads: --listen PORT"));
            }
            (None, None, _) => PORT,
        };
        // An address that was kept for pasting is none to listen at, unless a port for it is named.
        let redirect = redirect.filter(|redirect| {
            args.redirect.is_some()
                || (typed.is_some() && listen::own_port(redirect).is_none())
                || listen::own_port(redirect) == Some(port)
        });
        Ok(Way::Listening { port, redirect })
    }

    /// The code may be read from standard input.
    pub(super) fn reads_stdin(&self) -> bool {
        matches!(self, Way::Pasted { .. })
    }
}

/// An address to which a browser can be led.
fn sound_redirect(redirect: &str) -> Result<(), Failure> {
    let rest = redirect.strip_prefix("https://").or_else(|| redirect.strip_prefix("http://"));
    let is_plain =
        |c: char| c.is_ascii_graphic() && !matches!(c, '#' | '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}');
    if rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/')) && redirect.chars().all(is_plain) {
        return Ok(());
    }
    Err(Failure::new(Exit::Usage, format!("--redirect {redirect}: it is no address"))
        .help("give the address that the app is registered with: https://host/path"))
}

/// `skuload shop login`
pub(super) fn run(name: &str, args: &LoginArgs, settings: &Settings) -> Result<Exit, Failure> {
    let there = shop::load(settings, name)?;
    let Account::OpenPlatform(app) = &there.account else {
        return Err(Failure::new(Exit::Usage, format!("the shop `{name}` speaks seller-center, which has no login"))
            .help(format!("its key is enough: {}", try_it(name, settings))));
    };
    let way = Way::of(args, app)?;
    let app = App { redirect: args.redirect.clone().or_else(|| app.redirect.clone()), ..app.clone() };
    let renewed = Shop { account: Account::OpenPlatform(app), ..there };
    if args.redirect.is_some() {
        shop::write(&shop::folder(settings, name), &renewed)?;
    }
    log_in(name, &renewed, way, settings)?;
    Ok(Exit::Done)
}

/// Somebody has logged in to the shop, however long ago.
pub(super) fn is_there(settings: &Settings, name: &str) -> bool {
    matches!(TokenFile::of(&shop::folder(settings, name)).read(), Ok(Some(_)))
}

/// Comes to a token for a shop that is kept, and keeps it.
pub(super) fn log_in(name: &str, shop: &Shop, way: Way, settings: &Settings) -> Result<(), Failure> {
    let Account::OpenPlatform(app) = &shop.account else { return Ok(()) };
    shop::sound_url(&app.auth_url)?;
    let tokens = match way {
        Way::Given(tokens) => tokens,
        Way::Pasted { redirect } => {
            let login = Login { name, app, signer: shop::app_key(settings, name, shop, app)?, settings };
            let code = login.pasted(&redirect)?;
            login.granted(&code)?
        }
        Way::Listening { port, redirect } => {
            let login = Login { name, app, signer: shop::app_key(settings, name, shop, app)?, settings };
            let code = login.heard(port, redirect)?;
            login.granted(&code)?
        }
    };
    check_country(name, shop, &tokens, settings)?;
    let tokens = of_same_seller(name, shop, tokens, settings)?;
    TokenFile::of(&shop::folder(settings, name)).replace(&tokens)?;
    let until = token::end(&tokens).map_or_else(String::new, |end| format!(" until {}", shop::day(end)));
    output::say(&format!("shop `{name}` is logged in{until}; {}", try_it(name, settings)));
    Ok(())
}

/// A token is of all shops of an account, mostly one in each of some countries.
fn check_country(name: &str, shop: &Shop, tokens: &Tokens, settings: &Settings) -> Result<(), Failure> {
    let Some(country) = shop.country.map(Country::as_str) else { return Ok(()) };
    if is_granted(tokens, country) {
        return Ok(());
    }
    let countries = tokens.countries.join(", ");
    let message = format!("the login is of {countries}, and the shop `{name}` is in {country}; its token is not kept");
    let other = settings.command(&format!("shop login {name}"));
    Err(Failure::new(Exit::Credentials, message).help(format!(
        "log in as the seller of the shop in {country} (log out of the other account first): {other}; or add a shop of the \
         other country under a name of its own"
    )))
}

/// Another seller has a shop of its own, where nothing is known of what this shop's runs have sent: a run that goes on
/// would send it again. Whose login it is counts on where the new one does not tell.
fn of_same_seller(name: &str, shop: &Shop, tokens: Tokens, settings: &Settings) -> Result<Tokens, Failure> {
    // A login that cannot be read is of nobody.
    let Ok(Some(kept)) = TokenFile::of(&shop::folder(settings, name)).read() else { return Ok(tokens) };
    let (now, before) = (tokens.seller, kept.seller);
    if !now.is_other_than(&before, shop.country.map(Country::as_str)) {
        return Ok(Tokens { seller: now.or(before), ..tokens });
    }
    let (now, before) = (output::plain(&now.to_string()), output::plain(&before.to_string()));
    let message =
        format!("the login is of {now}, and that of the shop `{name}` was of {before}; its token is not kept");
    let command = |command: &str| settings.command(&format!("{command} {}", quoted(name)));
    Err(Failure::new(Exit::Credentials, message).help(format!(
        "log in as the seller of before (log out of the other account first): {}; or add the other account as a shop under \
         a name of its own; where this shop is to be that of the other account, {} and add it anew",
        command("shop login"),
        command("shop remove")
    )))
}

/// The token is of a shop in that country, as far as it tells.
pub(super) fn is_granted(tokens: &Tokens, country: &str) -> bool {
    // `cb` is a seller across borders: of all countries.
    let is_it = |granted: &String| granted.eq_ignore_ascii_case(country) || granted.eq_ignore_ascii_case("cb");
    tokens.countries.is_empty() || tokens.countries.iter().any(is_it)
}

/// A login that takes a page.
struct Login<'a> {
    name: &'a str,
    app: &'a App,
    signer: AppKey,
    settings: &'a Settings,
}

impl Login<'_> {
    /// The code that is typed, or comes on standard input.
    fn pasted(&self, redirect: &str) -> Result<SecretString, Failure> {
        let shown = state();
        self.show_page(redirect, &shown);
        let typed = if secret::is_typed() {
            // The shop is kept already.
            secret::pasted(What::Code).map_err(|failure| failure.help(self.again()))?
        } else {
            output::insist(
                "reading the code, or the whole address that the browser shows in the end, from standard input",
            );
            secret::first_line(PATIENCE)?
        };
        if typed.trim().is_empty() {
            let message = format!("no code came on standard input, so the shop `{}` has no login yet", self.name);
            let login = self.settings.command(&format!("shop login {}", self.name));
            return Err(Failure::new(Exit::Credentials, message).help(format!(
                "open the page and run: {login} (on a terminal, it asks for the code; add --listen and it takes the code by \
                 itself; --token-file FILE needs no page)"
            )));
        }
        match Landing::parse(typed.trim()) {
            Some(Landing::Agreed { state: Some(state), .. }) if state != shown => {
                // Somebody else may have put it there, or it is of an earlier try.
                Err(Failure::new(Exit::Credentials, "that address is of another login than the page above").help(format!(
                    "open the page that the next try shows, for each has its own, and paste the address to which it leads: {}",
                    self.again()
                )))
            }
            Some(Landing::Agreed { code, .. }) => Ok(code),
            Some(Landing::Refused(why)) => Err(self.refused(&why)),
            None if typed.contains("://") => Err(Failure::new(Exit::Credentials, "that address has no code in it")
                .help(format!(
                    "paste the address that the browser shows after the login, with `code=` in it: {}",
                    self.again()
                ))),
            None => secret::key(&typed, What::Code),
        }
    }

    /// The code that the browser brings.
    fn heard(&self, port: u16, redirect: Option<String>) -> Result<SecretString, Failure> {
        let listener = Listener::open(port, redirect, state())?;
        self.show_page(listener.redirect(), listener.state());
        output::insist(&format!(
            "waiting for the browser to come back to {} for up to {} min (Ctrl-C ends the waiting)",
            listener.redirect(),
            PATIENCE.as_secs() / 60
        ));
        match world::runtime()?.block_on(listener.landing(PATIENCE)) {
            Some(Landing::Agreed { code, .. }) => Ok(code),
            Some(Landing::Refused(why)) => Err(self.refused(&why)),
            None if listener.is_over() => {
                let message = format!("nobody came back from the login within {} min", PATIENCE.as_secs() / 60);
                Err(Failure::new(Exit::Credentials, message).help(format!(
                    "look whether the app is registered with the address {}; then: {}",
                    listener.redirect(),
                    self.again()
                )))
            }
            None => Err(Failure::new(Exit::Interrupted, "interrupted").help(self.again())),
        }
    }

    /// What is to be opened.
    fn show_page(&self, redirect: &str, state: &str) {
        let page = self.signer.login_page(&self.app.auth_url, redirect, state);
        output::insist(&format!(
            "open this page in a browser, and log in as the seller of the shop `{}`:\n\n  {page}\n\nin the end it leads to \
             {redirect} (the app must be registered with that address; --redirect URL names another one)",
            self.name
        ));
    }

    fn refused(&self, why: &str) -> Failure {
        let message = format!("the login was refused: {}", output::plain(why));
        Failure::new(Exit::Credentials, message).help(self.again())
    }

    fn again(&self) -> String {
        shop::how_to_log_in(self.settings, self.name)
    }

    /// The token that a code is changed for.
    fn granted(&self, code: &SecretString) -> Result<Tokens, Failure> {
        let policy = sending::policy(self.settings, Market::Shop)?;
        let transport = sending::transport(&policy)?;
        let transport = Looking { inner: &transport, seen: Mutex::new(Seen::default()) };
        let watcher = Watcher::of_run(Format::Human, self.settings.verbose, |_| 0);
        let access = Access::fixed(Credentials::OpenPlatform(self.signer.clone()));
        let (ids, skew) = (KnownIds::default(), Skew::new());
        let edge = Edge {
            access: &access,
            ids: &ids,
            transport: &transport,
            clock: &SystemClock,
            observer: &watcher,
            skew: &skew,
            interrupted: world::interrupted(),
        };
        let granted = world::runtime()?.block_on(async {
            world::watch_interrupts(self.again());
            grant(&edge, &self.signer, &self.app.auth_url, Grant::Code(code)).await
        });
        let seen = transport.seen.into_inner().unwrap_or_default();
        granted.map_err(|why| self.ungranted(&why, &seen))
    }

    fn ungranted(&self, why: &Ungranted, seen: &Seen) -> Failure {
        let whose = Whose { api: Dialect::OpenPlatform, shop: Some(self.name) };
        let (exit, what) = match why {
            Ungranted::Refused(refusal) => match refusal.class {
                Class::Throttled | Class::Later | Class::Doubt => (Exit::Remote, "the marketplace gives no token"),
                Class::Token | Class::Credentials | Class::Clock | Class::Account | Class::Data => {
                    (Exit::Credentials, "the marketplace gives no token")
                }
                Class::SkuExists | Class::Bare | Class::TooLarge => {
                    (Exit::Credentials, "the marketplace gives no token")
                }
            },
            Ungranted::NotSent(_) => (Exit::Remote, "nobody answers"),
            Ungranted::Unclear(_) => (Exit::Remote, "the marketplace gives no token"),
        };
        let advice = match why {
            _ if seen.is_page => format!("{}; then {}", app_advice::page(Dialect::OpenPlatform), self.again()),
            Ungranted::Refused(refusal) if refusal.class == Class::Clock => {
                format!("{}; then {}", shop_test::clock_advice(seen.off()), self.again())
            }
            Ungranted::Refused(refusal) => {
                app_advice::of(refusal, whose, self.settings).unwrap_or_else(|| self.again())
            }
            Ungranted::NotSent(reason) => format!("{}; then {}", shop_test::nobody_advice(reason), self.again()),
            // The code may have been used up.
            Ungranted::Unclear(_) => self.again(),
        };
        Failure::new(exit, format!("{what}: {}", output::plain(&why.to_string()))).help(advice)
    }
}

/// What the page gives back, so that nobody else's login is taken for this one. Nobody can guess it: a hasher's keys are
/// the system's randomness.
fn state() -> String {
    let mut state = String::with_capacity(32);
    let keys = RandomState::new();
    for half in 0..2_u8 {
        // Writing to a string cannot fail.
        let _ = write!(state, "{:016x}", keys.hash_one(half));
    }
    state
}

#[cfg(test)]
mod tests {
    use skuload::dialect::Seller;

    use super::*;

    fn tokens(countries: &str) -> Tokens {
        Tokens {
            access: "token".into(),
            since: chrono::DateTime::UNIX_EPOCH,
            until: None,
            refresh: None,
            refresh_until: None,
            countries: countries.split_whitespace().map(str::to_owned).collect(),
            seller: Seller::default(),
        }
    }

    #[test]
    fn a_token_is_of_the_countries_it_tells() {
        for (countries, is_it) in [("my sg", true), ("SG", true), ("my th", false), ("", true), ("cb", true)] {
            assert_eq!(is_granted(&tokens(countries), "sg"), is_it, "{countries}");
        }
    }

    /// Where a login leads and which port is listened to, by `--listen`, `--redirect` and the address that is kept.
    #[track_caller]
    fn check(listen: Option<Option<u16>>, typed: &str, kept: &str, expect: &str) {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let args = LoginArgs { token_file: None, listen, redirect: text(typed) };
        let app = App { key: "1".to_owned(), auth_url: "https://a.example/rest".to_owned(), redirect: text(kept) };
        let told = match Way::of(&args, &app) {
            Ok(Way::Given(_)) => "given".to_owned(),
            Ok(Way::Pasted { redirect }) => format!("pasted {redirect}"),
            Ok(Way::Listening { port, redirect }) => format!("{port} {}", redirect.unwrap_or_default()),
            Err(failure) => failure.message,
        };
        assert_eq!(told.trim(), expect);
    }

    #[test]
    fn a_login_leads_to_where_the_app_is_registered() {
        check(None, "", "", "pasted http://127.0.0.1:8467/");
        check(None, "", "https://kept.example/", "pasted https://kept.example/");
        check(None, "https://typed.example/", "https://kept.example/", "pasted https://typed.example/");
        check(Some(None), "", "", "8467");
        check(Some(Some(9)), "", "", "9");
        check(Some(None), "http://localhost:9/back", "", "9 http://localhost:9/back");
        check(Some(None), "", "http://127.0.0.1:9/back", "9 http://127.0.0.1:9/back");
        // A tunnel may lead from there to here.
        check(Some(Some(9)), "https://typed.example/", "", "9 https://typed.example/");
        check(Some(Some(9)), "", "https://kept.example/", "9 https://kept.example/");
        check(Some(Some(7)), "", "http://127.0.0.1:9/back", "7");
        check(Some(None), "", "https://kept.example/", "8467");
        let nowhere = "https://typed.example/ is no address of this computer, so nobody comes to it here";
        check(Some(None), "https://typed.example/", "", nowhere);
        check(None, "typed.example", "", "--redirect typed.example: it is no address");
        check(None, "https://typed.example/#top", "", "--redirect https://typed.example/#top: it is no address");
    }

    #[test]
    fn no_two_logins_have_one_state() {
        let (one, other) = (state(), state());
        assert_ne!(one, other);
        assert!(one.len() == 32 && one.chars().all(|c| c.is_ascii_hexdigit()), "{one}");
    }
}
