//! How work that stopped goes on: with which command, for the last line of what is told.

use std::path::Path;

use skuload::dialect::{Class, Refusal};
use skuload::journal::Meta;
use skuload::submit::Stopped;

use super::exit::{Exit, Failure};
use super::input;
use super::settings::{Settings, quoted};

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
        shop: Option<&str>,
        settings: &Settings,
    ) -> GoOn {
        let mode = mode.filter(|mode| command == "import" && *mode != "create");
        let sheet = if input::is_stdin(sheet) { "-".to_owned() } else { quoted(&sheet.display().to_string()) };
        let to = shop.map_or_else(|| "--sandbox".to_owned(), |shop| format!("--shop {}", quoted(shop)));
        let mode = mode.map(|mode| format!(" --mode {}", quoted(mode))).unwrap_or_default();
        GoOn::Import(settings.command(&format!("{command} {sheet} {to}{mode}")))
    }

    /// The import that a run came of.
    pub(super) fn import_of(meta: &Meta, settings: &Settings) -> GoOn {
        let sheet = meta.sheet_path.as_deref().unwrap_or("-");
        let start = meta.starts.first();
        let command = start.map_or("import", |start| start.command.as_str());
        let mode = start.and_then(|start| start.settings.get("mode")).map(String::as_str);
        GoOn::import(command, mode, Path::new(sheet), meta.shop.as_deref(), settings)
    }

    /// What to do after `first`, which ends with `; ` where it is not empty.
    pub(super) fn help(&self, first: &str, settings: &Settings) -> String {
        match self {
            GoOn::SameCommand => format!("{first}nothing was sent; run the same command again"),
            GoOn::Import(command) => {
                format!("{first}nothing came into the shop; import the sheet again, with the same flags: {command}")
            }
            GoOn::Resume(run) if first.is_empty() => {
                format!("continue with: {}", settings.command(&format!("resume {run}")))
            }
            GoOn::Resume(run) => format!("{first}then continue with: {}", settings.command(&format!("resume {run}"))),
            GoOn::Over => "nothing is left to send".to_owned(),
        }
    }
}

/// What to do first; it ends with `; ` where there is anything.
pub(super) fn advice(stopped: &Stopped) -> &'static str {
    match stopped {
        Stopped::Credentials(refusal) if refusal.class == Class::Token => {
            "log in to the shop again (skuload shop login NAME); "
        }
        Stopped::Credentials(_) => "check the user id and the key in the seller centre; ",
        Stopped::Journal(_) => "free some space; ",
        Stopped::Account(refusal) => account(refusal),
        Stopped::Clock(_)
        | Stopped::Interrupted
        | Stopped::Systemic { .. }
        | Stopped::NobodyAnswers(_)
        | Stopped::Limit { .. }
        | Stopped::Trouble(_) => "",
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
pub(super) fn failure(stopped: &Stopped, next: &GoOn, settings: &Settings) -> Failure {
    let exit = match stopped {
        Stopped::Interrupted => Exit::Interrupted,
        Stopped::Journal(_) => Exit::Local,
        Stopped::Credentials(_) => Exit::Credentials,
        Stopped::Clock(_) | Stopped::Account(_) | Stopped::Systemic { .. } => Exit::Refused,
        Stopped::NobodyAnswers(_) | Stopped::Trouble(_) => Exit::Remote,
        Stopped::Limit { .. } => Exit::Limit,
    };
    Failure::new(exit, stopped.to_string()).help(next.help(advice(stopped), settings))
}
