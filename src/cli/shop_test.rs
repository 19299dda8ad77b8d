//! `skuload shop test`: one harmless signed call, and what is wrong where it is refused.

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use chrono::{DateTime, TimeDelta, Utc};
use skuload::dialect::{Class, Dialect, Refusal, WireRequest};
use skuload::record::ImageUrl;
use skuload::submit::{
    Clock, Edge, HttpTransport, KnownIds, Silence, Skew, Stopped, Transport, Unfetched, WireReply, check_credentials,
};

use super::app_advice;
use super::args::Format;
use super::exit::{Exit, Failure};
use super::go_on::{self, GoOn, Whose};
use super::login;
use super::output;
use super::sending::{self, Market};
use super::settings::{Settings, quoted};
use super::shop::{self, Account, Shop};
use super::token::TokenFile;
use super::world::{self, SystemClock, Watcher};

/// A clock may be so far off without a word.
const TOLERABLE: TimeDelta = TimeDelta::minutes(3);

pub(super) fn run(name: Option<&str>, all: bool, settings: &Settings) -> Result<Exit, Failure> {
    let names = if all { shop::names(settings) } else { name.map(str::to_owned).into_iter().collect() };
    let mut exit = Exit::Done;
    for name in names {
        match test(&name, settings) {
            Ok(()) => output::result(&format!("{name}: the credentials work\n")),
            Err(failure) if all => {
                output::insist(&format!("{name}:"));
                exit = exit.and(output::failure(&failure));
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(exit)
}

fn test(name: &str, settings: &Settings) -> Result<(), Failure> {
    let shop = shop::load(settings, name)?;
    let access = shop::access(settings, name, &shop)?;
    let policy = sending::policy(settings, Market::Shop)?;
    let transport = sending::transport(&policy)?;
    let transport = Looking { inner: &transport, seen: Mutex::new(Seen::default()) };
    let watcher = Watcher::of_run(Format::Human, settings.verbose, |_| 0);
    let (interrupted, skew) = (AtomicBool::new(false), Skew::new());
    let edge = Edge {
        access: &access,
        ids: &KnownIds::default(),
        transport: &transport,
        clock: &SystemClock,
        observer: &watcher,
        skew: &skew,
        interrupted: &interrupted,
    };
    let outcome = world::runtime()?.block_on(check_credentials(&edge));
    let seen = transport.seen.into_inner().unwrap_or_default();
    let Err(stopped) = outcome else { return Ok(()) };
    let again = settings.command(&format!("shop test {}", quoted(name)));
    let whose = Whose { api: shop.api(), shop: Some(name) };
    let failure = go_on::failure(&stopped, &GoOn::SameCommand, whose, settings);
    let advice = match &shop.account {
        Account::SellerCenter { .. } => advice(&stopped, &seen, settings, name),
        Account::OpenPlatform(_) => elsewhere(&stopped, &shop, settings, name)
            .unwrap_or_else(|| advice_of_app(&stopped, &seen, whose, settings)),
    };
    Err(failure.help(format!("{advice}; then: {again}")))
}

/// What came back, before anybody understood it.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// A page for a browser, and none that only says that the server is in trouble.
    pub(super) is_page: bool,
    date: Option<DateTime<Utc>>,
}

impl Seen {
    /// How far this computer's clock is ahead, where that is worth a word.
    pub(super) fn off(&self) -> Option<TimeDelta> {
        self.date.map(|there| SystemClock.now() - there).filter(|off| off.abs() > TOLERABLE)
    }
}

/// Carries a request over, and looks at what comes back.
pub(super) struct Looking<'a> {
    pub(super) inner: &'a HttpTransport,
    pub(super) seen: Mutex<Seen>,
}

impl Transport for Looking<'_> {
    async fn send(&self, request: WireRequest) -> Result<WireReply, Silence> {
        let reply = self.inner.send(request).await?;
        if let Ok(mut seen) = self.seen.lock() {
            *seen = Seen { is_page: reply.status < 500 && is_page(&reply.body), date: reply.date };
        }
        Ok(reply)
    }

    async fn fetch(&self, url: &ImageUrl) -> Result<Vec<u8>, Unfetched> {
        self.inner.fetch(url).await
    }
}

/// It is for a browser.
fn is_page(body: &[u8]) -> bool {
    let begin = String::from_utf8_lossy(&body[..body.len().min(1024)]).to_ascii_lowercase();
    begin.contains("<html") || begin.contains("<!doctype html")
}

/// How far the clocks are apart.
fn clock(off: TimeDelta) -> String {
    let (minutes, side) = (off.abs().num_minutes(), if off > TimeDelta::zero() { "ahead of" } else { "behind" });
    format!("this computer's clock is {minutes} min {side} the marketplace's")
}

/// What to do about what cannot be kept here.
const SPACE: &str = "free some space, or let this user write there";

/// What was asked for is off.
const SWITCHED_OFF: &str = "the marketplace has switched the call off, as for campaigns: wait some hours";

/// What to look at, the likeliest first.
fn advice(stopped: &Stopped, seen: &Seen, settings: &Settings, name: &str) -> String {
    match stopped {
        Stopped::Clock(_) => clock_advice(seen.off()),
        Stopped::Account(refusal) if refusal.is_about_the_clock() => clock_advice(seen.off()),
        Stopped::Credentials(refusal) if refusal.is_bad_signature() => format!(
            "the user id and the key do not belong together, or the key was renewed: copy it again from the seller centre and \
             give it with {}",
            settings.command(&format!("shop add {} --replace-key --key-file FILE", quoted(name))),
        ),
        Stopped::Credentials(_) => "the user is not known in this country's marketplace, is disabled, or may not use the \
             API: compare the user id (an e-mail address as a rule) and the country with the seller centre, and ask seller \
             support to open the API to it"
            .to_owned(),
        Stopped::Account(refusal) => account_advice(refusal).to_owned(),
        Stopped::NobodyAnswers(reason) => nobody_advice(reason).to_owned(),
        Stopped::NoApi(_) => app_advice::page(Dialect::SellerCenter).to_owned(),
        Stopped::Trouble(_) if seen.is_page => app_advice::page(Dialect::SellerCenter).to_owned(),
        Stopped::Throttled(_) => {
            "too many calls, or the account's access is switched off: wait some minutes; where it stays so, ask seller support"
                .to_owned()
        }
        Stopped::Trouble(_) => "the marketplace has trouble of its own: wait some minutes".to_owned(),
        Stopped::SwitchedOff { .. } => SWITCHED_OFF.to_owned(),
        Stopped::Journal(_) => SPACE.to_owned(),
        Stopped::Interrupted | Stopped::Systemic { .. } | Stopped::Limit { .. } => "nothing was sent".to_owned(),
    }
}

/// The same of an app of the Open Platform.
fn advice_of_app(stopped: &Stopped, seen: &Seen, whose: Whose<'_>, settings: &Settings) -> String {
    match stopped {
        Stopped::Clock(_) => clock_advice(seen.off()),
        Stopped::Credentials(refusal) | Stopped::Account(refusal) => match app_advice::of(refusal, whose, settings) {
            Some(advice) => advice,
            None if refusal.is_of_status() => status_advice(refusal, whose.api).to_owned(),
            None if seen.is_page => app_advice::page(whose.api).to_owned(),
            None => "look up what the code means at the Open Platform, or ask its support".to_owned(),
        },
        Stopped::NobodyAnswers(reason) => nobody_advice(reason).to_owned(),
        Stopped::NoApi(_) => app_advice::page(whose.api).to_owned(),
        Stopped::Trouble(_) if seen.is_page => app_advice::page(whose.api).to_owned(),
        Stopped::Throttled(_) => "too many calls are made with this app's key: wait some minutes".to_owned(),
        Stopped::Trouble(_) => "the marketplace has trouble of its own: wait some minutes".to_owned(),
        Stopped::SwitchedOff { .. } => SWITCHED_OFF.to_owned(),
        Stopped::Journal(_) => SPACE.to_owned(),
        Stopped::Interrupted | Stopped::Systemic { .. } | Stopped::Limit { .. } => "nothing was sent".to_owned(),
    }
}

/// The token is of another country than the shop.
fn elsewhere(stopped: &Stopped, shop: &Shop, settings: &Settings, name: &str) -> Option<String> {
    let (Stopped::Credentials(refusal) | Stopped::Account(refusal)) = stopped else { return None };
    let country = shop.country?.as_str();
    let tokens = TokenFile::of(&shop::folder(settings, name)).read().ok()??;
    let is_about_it = matches!(refusal.class, Class::Token | Class::Account);
    (is_about_it && !login::is_granted(&tokens, country)).then(|| {
        let countries = tokens.countries.join(", ");
        let login = shop::how_to_log_in(settings, name);
        format!("the login is of {countries}, and the shop is in {country}: as the seller of that one, {login}")
    })
}

pub(super) fn clock_advice(off: Option<TimeDelta>) -> String {
    let off = off.map_or_else(String::new, |off| format!("{}: ", clock(off)));
    format!("{off}set this computer's clock and time zone, best from the network (timedatectl set-ntp true)")
}

fn account_advice(refusal: &Refusal) -> &'static str {
    if refusal.is_of_status() {
        return status_advice(refusal, Dialect::SellerCenter);
    }
    "the marketplace does not take this kind of call from this account: ask seller support whether its API is open"
}

/// What stands at the address, where only the HTTP status tells.
fn status_advice(refusal: &Refusal, api: Dialect) -> &'static str {
    match refusal.code.as_str() {
        "HTTP 404" | "HTTP 410" if api == Dialect::OpenPlatform => {
            "there is no API at that address, which ends with /rest: look at the shop's country or address"
        }
        "HTTP 404" | "HTTP 410" => "there is no API at that address: look at the shop's country or address",
        "HTTP 401" | "HTTP 403" | "HTTP 407" if api == Dialect::SellerCenter => {
            "something in front of the API refuses: look at the shop's address, and whether its owner lets this network in"
        }
        code if code.starts_with("HTTP 3") => {
            "the address leads elsewhere, and a signed call is not sent on: give the address that it leads to, or the shop's \
             right country"
        }
        _ => app_advice::page(api),
    }
}

pub(super) fn nobody_advice(reason: &str) -> &'static str {
    let reason = reason.to_ascii_lowercase();
    if reason.contains("dns error") || reason.contains("lookup address") {
        "no such host is known: look at the shop's country or address, and whether this computer is online"
    } else if reason.contains("certificate") {
        "the server cannot prove who it is, so nothing was sent to it: look at the address and this computer's clock; a \
         company's own certificate belongs into this computer's list of trusted ones"
    } else if reason.contains("tls") || reason.contains("handshake") || reason.contains("invalidmessage") {
        "no protected connection comes about: look at the address and its port; https is spoken there"
    } else if reason.contains("refused") {
        "nothing listens there: look at the address and its port, and whether a firewall is in between"
    } else {
        "look at the address, and whether this computer is online"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_compared_in_minutes() {
        assert_eq!(clock(TimeDelta::minutes(12)), "this computer's clock is 12 min ahead of the marketplace's");
        assert_eq!(clock(TimeDelta::minutes(-7)), "this computer's clock is 7 min behind the marketplace's");
        let told = clock_advice(Some(TimeDelta::minutes(12)));
        assert!(told.starts_with("this computer's clock is 12 min ahead of the marketplace's: set this"), "{told}");
    }

    #[track_caller]
    fn check(reason: &str, expect: &str) {
        let told = nobody_advice(reason);
        assert!(told.contains(expect), "{told}");
        assert!(!told.ends_with('.') && !told.contains("  "), "{told}");
    }

    #[test]
    fn a_silence_tells_where_to_look() {
        check("error sending request: client error (Connect): dns error: no record", "no such host");
        check("client error (Connect): invalid peer certificate: UnknownIssuer", "cannot prove who it is");
        check(
            "client error (Connect): received corrupt message of type InvalidContentType: tls",
            "no protected connection",
        );
        check("client error (Connect): tcp connect error: Connection refused (os error 111)", "nothing listens");
        check("anything", "look at the address");
    }

    #[test]
    fn a_page_is_told_from_a_reply() {
        assert!(is_page(b"\n<!DOCTYPE html><p>"));
        assert!(is_page(b"<HTML lang=en>"));
        assert!(!is_page(b"<?xml version=\"1.0\"?><ErrorResponse/>"));
    }
}
