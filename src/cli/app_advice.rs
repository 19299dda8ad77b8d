//! What to do where the Open Platform refuses an app or a seller, with the commands as they are typed here.

use skuload::dialect::{Dialect, Refusal};

use super::go_on::Whose;
use super::settings::{Settings, quoted};

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
    let help = refusal.help_of_app().filter(|_| whose.api == Dialect::OpenPlatform)?;
    Some(match whose.shop {
        Some(shop) => of_shop(help, shop, settings),
        // The built-in marketplace gives its keys and tokens by itself.
        None if help.contains(NAME) => "begin anew".to_owned(),
        None => help.to_owned(),
    })
}

/// Stands for the shop in a text that is the same for all.
const NAME: &str = "NAME";

/// The text with this shop's commands, as they are typed here.
fn of_shop(help: &str, shop: &str, settings: &Settings) -> String {
    let parts = help.split('`').map(|part| match part.strip_prefix("skuload ") {
        Some(command) => settings.command(&command.replace(NAME, &quoted(shop))),
        None => part.to_owned(),
    });
    parts.collect()
}
