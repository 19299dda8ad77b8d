//! The program around the library: command line, settings, terminal, exit codes.
//!
//! It sees the library's public interface only. Nothing else touches terminal or environment.

mod apart;
mod args;
#[cfg(feature = "import")]
mod bodies;
mod check;
mod exit;
mod gallery;
#[cfg(feature = "import")]
mod import;
mod input;
mod map_file;
mod output;
#[cfg(feature = "import")]
mod pictures;
mod progress;
#[cfg(feature = "import")]
mod reports;
#[cfg(feature = "import")]
mod resume;
#[cfg(feature = "import")]
mod runs;
#[cfg(all(feature = "import", feature = "sandbox"))]
mod sandbox;
#[cfg(feature = "import")]
mod sending;
mod settings;
#[cfg(feature = "import")]
mod shop;
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
    std::panic::set_hook(Box::new(|panic| {
        if let (Some(place), Ok(mut last)) = (panic.location(), LAST_PANIC.lock()) {
            *last = format!("{}:{}", place.file(), place.line());
        }
    }));
    std::panic::catch_unwind(typed).unwrap_or_else(|_| {
        let place = LAST_PANIC.lock().map(|place| place.clone()).unwrap_or_default();
        let version = env!("CARGO_PKG_VERSION");
        let failure = Failure::new(exit::Exit::Bug, format!("this is a bug in skuload {version}, at {place}"))
            .help("report it with this line and the command that you typed; what was sent is in the journal");
        output::failure(&failure).into()
    })
}

/// Where the last panic was.
static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

fn typed() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // clap writes usage and help itself; its own exit code for wrong usage is 2 as well.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match run(args) {
        Ok(exit) => exit.and(output::told()).into(),
        Err(failure) => output::failure(&failure).and(output::told()).into(),
    }
}

fn run(args: Args) -> Result<exit::Exit, Failure> {
    if let Some(Command::ReadApart(order)) = &args.command {
        // It has no terminal, and settings are for its parent.
        return apart::serve(order);
    }
    let settings = Settings::load(&args)?;
    output::set_color(&settings)?;
    if args.global.show_settings {
        output::result(&settings.shown());
        return Ok(exit::Exit::Done);
    }
    let Some(command) = args.command else {
        let mut help = Args::command();
        output::say(&help.render_help().ansi().to_string());
        return Ok(exit::Exit::Usage);
    };
    match command {
        Command::Check(check) => check::run(&check, &settings),
        #[cfg(feature = "import")]
        Command::Import(import) => import::run(&import, &settings),
        #[cfg(feature = "import")]
        Command::Resume(resume) => resume::run(&resume, &settings),
        #[cfg(feature = "import")]
        Command::Runs(runs) => runs::run(&runs, &settings),
        #[cfg(feature = "import")]
        Command::Report(report) => reports::run(&report, &settings),
        #[cfg(all(feature = "import", feature = "sandbox"))]
        Command::Sandbox(sandbox) => sandbox::run(&sandbox),
        #[cfg(feature = "import")]
        Command::Shop(shop) => shop::run(&shop, &settings),
        Command::ReadApart(order) => apart::serve(&order),
    }
}
