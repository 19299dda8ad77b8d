//! The program around the library: command line, settings, terminal, exit codes.
//!
//! It sees the library's public interface only. Nothing else touches terminal or environment.

mod again;
mod annotate;
#[cfg(feature = "import")]
mod annotate_run;
mod apart;
#[cfg(feature = "import")]
mod app_advice;
mod args;
#[cfg(feature = "import")]
mod audit;
#[cfg(feature = "import")]
mod authority;
#[cfg(feature = "import")]
mod bodies;
#[cfg(feature = "import")]
mod bounds;
#[cfg(feature = "import")]
mod category;
mod check;
#[cfg(feature = "import")]
mod copy;
#[cfg(feature = "import")]
mod differences;
#[cfg(feature = "import")]
mod dry_run;
#[cfg(feature = "import")]
mod earlier;
mod exit;
mod explain;
#[cfg(feature = "import")]
mod export;
#[cfg(feature = "import")]
mod export_args;
mod findings;
#[cfg(feature = "import")]
mod finish;
mod fix;
mod flags;
#[cfg(feature = "import")]
mod forecast;
mod gallery;
#[cfg(feature = "import")]
mod go_on;
#[cfg(feature = "import")]
mod guards;
#[cfg(feature = "import")]
mod history;
#[cfg(feature = "import")]
mod hosted;
#[cfg(feature = "import")]
mod import;
mod input;
#[cfg(feature = "import")]
mod jobs;
#[cfg(feature = "import")]
mod key_command;
mod layers;
#[cfg(feature = "import")]
mod leftovers;
#[cfg(feature = "import")]
mod locks;
mod log;
#[cfg(feature = "import")]
mod login;
mod map_file;
mod only;
#[cfg(feature = "import")]
mod outcome;
mod output;
mod outputs;
#[cfg(feature = "import")]
mod pictures;
mod progress;
#[cfg(feature = "import")]
mod reasons;
mod repeated;
#[cfg(feature = "import")]
mod reports;
#[cfg(feature = "import")]
mod resume;
#[cfg(feature = "import")]
mod runs;
#[cfg(all(feature = "import", feature = "sandbox"))]
mod sandbox;
#[cfg(feature = "import")]
mod secret;
#[cfg(feature = "import")]
mod sending;
mod settings;
mod severity;
mod shell;
#[cfg(feature = "import")]
mod shop;
#[cfg(feature = "import")]
mod shop_add;
#[cfg(feature = "import")]
mod shop_test;
mod sought;
mod sound;
mod template;
#[cfg(feature = "import")]
mod token;
#[cfg(feature = "import")]
mod verify;
#[cfg(feature = "import")]
mod world;

use std::process::ExitCode;
use std::sync::Mutex;

use clap::{CommandFactory, Parser};

use args::{Args, Command};
use exit::Failure;
use settings::Settings;

/// Runs the command that was typed.
pub(crate) fn main() -> ExitCode {
    // A panic that a room catches (a damaged workbook, a full disk inside the workbook writer) is told
    // there; one that nobody catches is a bug. Its text may hold the merchant's data and is not shown.
    std::panic::set_hook(Box::new(remember));
    std::panic::catch_unwind(typed).unwrap_or_else(|_| {
        let exit = output::failure(&bug());
        log::end(exit);
        exit.into()
    })
}

/// Where the last panic was.
static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

/// Keeps where a panic was, and nothing of what it says.
fn remember(panic: &std::panic::PanicHookInfo<'_>) {
    if let (Some(place), Ok(mut last)) = (panic.location(), LAST_PANIC.lock()) {
        *last = format!("{}:{}", place.file(), place.line());
    }
}

/// The last panic as a failure: what to send, without data.
fn bug() -> Failure {
    let place = LAST_PANIC.lock().map(|place| place.clone()).unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    Failure::new(exit::Exit::Bug, format!("this is a bug in skuload {version}, at {place}"))
        .help("report it with this line and the command that you typed; what was sent is in the journal")
}

fn typed() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // clap writes usage and help itself; its own exit code for wrong usage is 2 as well.
            if let Err(lost) = error.print()
                && !error.use_stderr()
            {
                output::lost(&lost);
                return output::told().into();
            }
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let exit = run(args).unwrap_or_else(|failure| output::failure(&failure)).and(output::told());
    log::end(exit);
    exit.into()
}

fn run(args: Args) -> Result<exit::Exit, Failure> {
    if let Some(Command::ReadApart(order)) = &args.command {
        // It has no terminal, and settings are for its parent.
        return apart::serve(order);
    }
    // What these print no setting changes, and a wrong one must not keep a shell from its script.
    if let Some(Command::Completions(wanted)) = &args.command {
        return shell::completions(wanted.shell);
    }
    if let Some(Command::Man(man)) = &args.command {
        return shell::man(man.dir.as_deref());
    }
    if args.global.quiet {
        output::set_quiet();
    }
    let settings = Settings::load(&args)?;
    output::set_color(&settings)?;
    if args.global.show_settings {
        output::result(&settings.shown());
        return Ok(exit::Exit::Done);
    }
    let Some(command) = args.command else {
        let mut help = Args::command();
        output::insist(&help.render_help().ansi().to_string());
        return Ok(exit::Exit::Usage);
    };
    outputs::keep_apart(&command, &settings)?;
    begin_log(&command, &settings)?;
    match command {
        Command::Check(check) => check::run(&check, &settings),
        #[cfg(feature = "import")]
        Command::Import(import) => match &import.jobs {
            Some(file) => jobs::run(file, &import, &settings),
            None => import::run(&import, import::Scope::Everything, &settings),
        },
        #[cfg(feature = "import")]
        Command::Images(images) => import::run(&images, import::Scope::Images, &settings),
        #[cfg(feature = "import")]
        Command::Resume(resume) => resume::run(&resume, &settings),
        #[cfg(feature = "import")]
        Command::Runs(runs) => runs::run(&runs, &settings),
        #[cfg(feature = "import")]
        Command::History(history) => history::run(&history, &settings),
        #[cfg(feature = "import")]
        Command::Report(report) => reports::run(&report, &settings),
        #[cfg(feature = "import")]
        Command::Verify(verify) => verify::run(&verify, &settings),
        #[cfg(feature = "import")]
        Command::Export(export) => export::run(&export, &settings),
        #[cfg(all(feature = "import", feature = "sandbox"))]
        Command::Sandbox(sandbox) => sandbox::run(&sandbox),
        #[cfg(feature = "import")]
        Command::Category(category) => category::run(&category, &settings),
        #[cfg(feature = "import")]
        Command::Shop(shop) => shop::run(&shop, &settings),
        Command::Explain(explain) => explain::run(&explain, &settings),
        Command::Completions(wanted) => shell::completions(wanted.shell),
        Command::Man(man) => shell::man(man.dir.as_deref()),
        Command::Template(template) => template::run(&template, &settings),
        Command::ReadApart(order) => apart::serve(&order),
    }
}

/// Opens the log, if there is to be one.
fn begin_log(command: &Command, settings: &Settings) -> Result<(), Failure> {
    if let Some(path) = &settings.decided.log {
        log::open(path, settings.log_format()?)?;
        log::note(&log::Event::Start { command: command.name(), version: env!("CARGO_PKG_VERSION") });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_panic_is_told_by_its_place_and_without_its_text() {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(super::remember));
        let caught = std::panic::catch_unwind(|| panic!("canary of {}", "a cell"));
        std::panic::set_hook(before);
        assert!(caught.is_err());
        let told = super::bug();
        // Another test may panic at the same time.
        assert!(told.message.contains(".rs:"), "{told:?}");
        assert!(!format!("{told:?}").contains("canary"), "{told:?}");
        assert_eq!(told.exit.code(), 70);
    }
}
