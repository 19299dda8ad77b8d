//! How work that stopped goes on: with which command, for the last line of what is told.

use std::path::Path;

use skuload::dialect::{Class, Dialect, Refusal};
use skuload::journal::Meta;
use skuload::submit::Stopped;

use super::app_advice;
use super::exit::{Exit, Failure};
use super::input;
use super::settings::{Settings, quoted};

/// Whose credentials they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whose<'a> {
    pub(super) api: Dialect,
    /// The shop's name; none for the built-in marketplace.
    pub(super) shop: Option<&'a str>,
}

impl<'a> Whose<'a> {
    /// Those that a run was sent with.
    pub(super) fn of(meta: &'a Meta) -> Whose<'a> {
        Whose { api: meta.dialect, shop: meta.shop.as_deref() }
    }
}

/// The next command.
#[derive(Debug)]
pub(super) enum GoOn {
    /// Nothing was sent, and nothing stays behind: what was typed, once more.
    SameCommand,
    /// Nothing came into the shop: this import begins anew, with the flags it had.
    Import(String),
    /// The run of this name goes on.
    Resume(String),
    /// Nothing is left to send.
    Over,
}

impl GoOn {
    /// An import of this sheet into this shop, or into the built-in marketplace, by `import` or `images`.
    pub(super) fn import(
        command: &str,
        mode: Option<&str>,
        sheet: &Path,
        whose: Whose<'_>,
        settings: &Settings,
    ) -> GoOn {
        let mode = mode.filter(|mode| command == "import" && *mode != "create");
        let sheet = if input::is_stdin(sheet) { "-".to_owned() } else { quoted(&sheet.display().to_string()) };
        let to = whose.shop.map_or_else(|| sandbox(whose.api).to_owned(), |shop| format!("--shop {}", quoted(shop)));
        let mode = mode.map(|mode| format!(" --mode {}", quoted(mode))).unwrap_or_default();
        GoOn::Import(settings.command(&format!("{command} {sheet} {to}{mode}")))
    }

    /// The import that a run came of.
    pub(super) fn import_of(meta: &Meta, settings: &Settings) -> GoOn {
        let sheet = meta.sheet_path.as_deref().unwrap_or("-");
        let start = meta.starts.first();
        let command = start.map_or("import", |start| start.command.as_str());
        let mode = start.and_then(|start| start.settings.get("mode")).map(String::as_str);
        GoOn::import(command, mode, Path::new(sheet), Whose::of(meta), settings)
    }

    /// What to do after `first`, which ends with `; ` where it is not empty.
    pub(super) fn help(&self, first: &str, settings: &Settings) -> String {
        match self {
            GoOn::SameCommand => format!("{first}nothing was sent; run the same command again"),
            GoOn::Import(command) => {
                format!(
                    "{first}nothing came into the shop; import the sheet again: {command}, and the other flags that it had"
                )
            }
            GoOn::Resume(run) if first.is_empty() => {
                format!("continue with: {}", settings.command(&format!("resume {run}")))
            }
            GoOn::Resume(run) => format!("{first}then continue with: {}", settings.command(&format!("resume {run}"))),
            GoOn::Over => "nothing is left to send".to_owned(),
        }
    }
}

/// The flags of the built-in marketplace that speaks this API.
pub(super) fn sandbox(api: Dialect) -> &'static str {
    match api {
        Dialect::SellerCenter => "--sandbox",
        Dialect::OpenPlatform => "--sandbox --api open-platform",
    }
}

/// What to do first; it ends with `; ` where there is anything.
pub(super) fn advice(stopped: &Stopped, whose: Whose<'_>, settings: &Settings) -> String {
    match stopped {
        Stopped::Credentials(refusal) => {
            let advice = app_advice::of(refusal, whose, settings);
            advice.map_or_else(|| credentials(whose.api).to_owned(), |advice| format!("{advice}; "))
        }
        Stopped::Account(refusal) => {
            let advice = app_advice::of(refusal, whose, settings);
            advice.map_or_else(|| account(refusal).to_owned(), |advice| format!("{advice}; "))
        }
        Stopped::Journal(_) => "free some space; ".to_owned(),
        Stopped::SwitchedOff { .. } => "wait some hours, as campaigns last; ".to_owned(),
        Stopped::NoApi(_) => format!("{}; ", app_advice::page(whose.api)),
        Stopped::Clock(_)
        | Stopped::Interrupted
        | Stopped::Systemic { .. }
        | Stopped::NobodyAnswers(_)
        | Stopped::Limit { .. }
        | Stopped::Throttled(_)
        | Stopped::Trouble(_) => String::new(),
    }
}

/// Where to look at the credentials of this API.
fn credentials(api: Dialect) -> &'static str {
    match api {
        Dialect::SellerCenter => "check the user id and the key in the seller centre; ",
        Dialect::OpenPlatform => "check the app's key and secret on its page at the Open Platform; ",
    }
}

/// What to do about a refusal of the account or the call.
fn account(refusal: &Refusal) -> &'static str {
    match refusal.class {
        // It was about what the shop was asked for.
        Class::Data => {
            "look that seller SKU up in the seller centre and leave its row out; if each one is refused, ask seller support \
             what the code means; "
        }
        _ if refusal.is_of_status() => "look at the shop's address, or ask whoever runs it; ",
        Class::SkuExists | Class::Bare | Class::TooLarge | Class::Throttled | Class::Later => "",
        Class::Doubt | Class::Clock | Class::Token | Class::Credentials => "",
        Class::Account => "ask seller support what the code means and whether the API is open to the account; ",
    }
}

/// What a stop means for whoever called, with the command that goes on.
pub(super) fn failure(stopped: &Stopped, next: &GoOn, whose: Whose<'_>, settings: &Settings) -> Failure {
    let exit = match stopped {
        Stopped::Interrupted => Exit::Interrupted,
        Stopped::Journal(_) => Exit::Local,
        Stopped::Credentials(_) => Exit::Credentials,
        Stopped::Clock(_) | Stopped::Account(_) | Stopped::Systemic { .. } => Exit::Refused,
        Stopped::NoApi(_) | Stopped::NobodyAnswers(_) | Stopped::Throttled(_) | Stopped::Trouble(_) => Exit::Remote,
        Stopped::SwitchedOff { .. } => Exit::Remote,
        Stopped::Limit { .. } => Exit::Limit,
    };
    Failure::new(exit, stopped.to_string()).help(next.help(&advice(stopped, whose, settings), settings))
}
