//! What to do where the Open Platform refuses an app or a seller, by its code: the likeliest first.

use skuload::dialect::{Class, Dialect, Refusal};

use super::go_on::Whose;
use super::settings::{Settings, quoted};
use super::shop;

/// What a web page in the place of an answer means, by the API that should answer: an app has a white-list.
pub(super) fn page(api: Dialect) -> &'static str {
    match api {
        Dialect::SellerCenter => ELDER_PAGE,
        Dialect::OpenPlatform => PAGE,
    }
}

const ELDER_PAGE: &str = "a web page answers instead of the API: look at the shop's country or address, and whether this \
     network wants a login first (open any page in a browser)";

const PAGE: &str = "a web page answers instead of the API: most likely this network's address is not on the app's \
     white-list (the app's page at the Open Platform has it), or the network wants a login first (open any page in a \
     browser); else look at the shop's country or address";

/// What to do about a refusal of the app, the token or the seller; nothing where it is about something else.
pub(super) fn of(refusal: &Refusal, whose: Whose<'_>, settings: &Settings) -> Option<String> {
    if whose.api != Dialect::OpenPlatform {
        return None;
    }
    let command = |command: &str| settings.command(&format!("{command} {}", quoted(whose.shop.unwrap_or("NAME"))));
    let code = refusal.code.to_ascii_lowercase();
    let is = |words: &[&str]| words.iter().any(|word| code.contains(word));
    Some(if is(&["signature"]) {
        format!(
            "the app's secret does not belong to its key, or was renewed: copy it again from the app's page at the Open \
             Platform and give it with {} --replace-key --secret-file FILE",
            command("shop add")
        )
    } else if is(&["appkey", "app_key"]) {
        format!(
            "the Open Platform knows no such app: compare the app's key with its page there; a shop of another key is added \
             anew, after {}",
            command("shop remove")
        )
    } else if is(&["invalidcode"]) {
        format!("a code counts once and for half an hour: {}", login(whose, settings))
    } else if is(&["auth_type_unsupported"]) {
        format!("this app may not renew its tokens, so the seller logs in each time: {}", login(whose, settings))
    } else if is(&["sellernot"]) {
        "the seller's account is not active yet: finish its registration in the seller centre".to_owned()
    } else if is(&["permission", "mp3seller"]) {
        format!(
            "the app may not make this call for this seller: ask for its permission on the app's page at the Open Platform, \
             and when it is granted {}",
            login(whose, settings)
        )
    } else if refusal.class == Class::Token {
        login(whose, settings)
    } else {
        return None;
    })
}

/// To log in again.
fn login(whose: Whose<'_>, settings: &Settings) -> String {
    match whose.shop {
        Some(shop) => shop::how_to_log_in(settings, shop),
        // The built-in marketplace gives its tokens by itself.
        None => "begin anew".to_owned(),
    }
}
