//! `--on-finish CMD`: what is run when a run is over, however it ended.
//!
//! The command gets one JSON object on its standard input and this program's environment, which holds no secret; what
//! it prints goes to standard error, since standard output is the result's. Its own failure is a warning: it cannot
//! undo what was sent, so it does not change the exit code. It runs after the shop was let go of, so that it may
//! begin the next run.

use std::any::Any;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use serde::Serialize;
use skuload::verdict::{Images, Verdict, Verdicts};

use super::exit::{Exit, Failure};
use super::output;
use super::progress;
use super::settings::Settings;
use super::world::{self, Interrupts};

/// How often the command is looked at.
const GLANCE: Duration = Duration::from_millis(50);
/// How long a command that is asked to end may take, in glances.
const PATIENCE: u32 = 40;

/// How a run ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) exit: Exit,
    /// What became of its rows, where it came so far.
    pub(super) counts: Option<Counts>,
}

/// What became of a run's rows.
#[derive(Debug, Default, Serialize)]
pub(super) struct Counts {
    /// Rows by verdict.
    pub(super) verdicts: BTreeMap<&'static str, usize>,
    /// Rows by what became of their pictures.
    pub(super) images: BTreeMap<&'static str, usize>,
    #[serde(flatten)]
    pub(super) files: Files,
    /// Why it stopped before everything was done.
    pub(super) stopped: Option<String>,
}

/// Where what is told of a run's rows can be read.
#[derive(Debug, Default, Serialize)]
pub(super) struct Files {
    pub(super) reports: Vec<String>,
    /// The rows that need the merchant, if there are any.
    pub(super) to_fix: Option<String>,
}

impl Counts {
    /// The counts of `verdicts`.
    pub(super) fn new(verdicts: &Verdicts, files: Files, stopped: Option<String>) -> Counts {
        const IMAGES: [Images; 6] =
            [Images::Set, Images::Incomplete, Images::Failed, Images::None, Images::Kept, Images::Pending];
        let counts = verdicts.counts();
        let by_verdict = Verdict::ALL.map(|verdict| (verdict.as_str(), counts.get(&verdict).copied().unwrap_or(0)));
        let by_images = IMAGES.map(|images| (images.as_str(), verdicts.with_images(images)));
        Counts { verdicts: by_verdict.into(), images: by_images.into(), files, stopped }
    }
}

/// What a run was about.
#[derive(Debug, Default, Serialize)]
pub(super) struct About {
    /// Its name, where it stays.
    pub(super) run: Option<String>,
    /// The shop's name; none for the built-in marketplace.
    pub(super) shop: Option<String>,
    /// The sheet as the user named it.
    pub(super) sheet: Option<String>,
}

#[derive(Serialize)]
struct Summary<'a> {
    v: u8,
    kind: &'static str,
    #[serde(flatten)]
    about: About,
    exit: u8,
    #[serde(flatten)]
    counts: &'a Counts,
    seconds: f64,
}

/// Does `work`, and runs the command of `--on-finish` after it; `about` is asked when the work is done.
pub(super) fn watch(
    settings: &Settings,
    about: impl FnOnce() -> About,
    work: impl FnOnce() -> Result<Ended, Failure>,
) -> Result<Exit, Failure> {
    let Some(command) = &settings.decided.on_finish else { return work().map(|ended| ended.exit) };
    let started = progress::now();
    let outcome = catch_unwind(AssertUnwindSafe(work));
    let none = Counts { stopped: stopped(&outcome), ..Counts::default() };
    let (exit, counts) = match &outcome {
        Ok(Ok(ended)) => (ended.exit, ended.counts.as_ref().unwrap_or(&none)),
        Ok(Err(failure)) => (failure.exit, &none),
        Err(_) => (Exit::Bug, &none),
    };
    let summary = Summary {
        v: 1,
        kind: "finish",
        about: about(),
        exit: exit.and(output::told()).code(),
        counts,
        seconds: (started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
    };
    tell(command, &output::json_line(&summary));
    outcome.unwrap_or_else(|panic| resume_unwind(panic)).map(|ended| ended.exit)
}

/// Why there are no counts. What a panic says may hold the merchant's data and is not told.
fn stopped(outcome: &Result<Result<Ended, Failure>, Box<dyn Any + Send>>) -> Option<String> {
    match outcome {
        Ok(Ok(_)) => None,
        Ok(Err(failure)) => Some(failure.message.clone()),
        Err(_) => Some("this is a bug".to_owned()),
    }
}

fn tell(command: &str, summary: &str) {
    let runtime = world::runtime().map_err(|failure| failure.message);
    let why = match runtime.and_then(|runtime| runtime.block_on(carry_out(command, summary))) {
        Ok(Some(status)) if status.success() => return,
        Ok(Some(status)) => format!("failed ({status})"),
        Ok(None) => "was ended by the interrupt".to_owned(),
        Err(why) => why,
    };
    output::warn(&format!("the command of --on-finish {why}; the run is as it was told above"));
}

async fn carry_out(command: &str, summary: &str) -> Result<Option<ExitStatus>, String> {
    // Before the command can hang.
    let mut interrupts = Interrupts::new();
    let mut child = spawn(command, summary).map_err(|error| format!("cannot be started: {error}"))?;
    wait(&mut child, &mut interrupts).await.map_err(|error| format!("was lost: {error}"))
}

fn spawn(command: &str, summary: &str) -> io::Result<Child> {
    let mut shell = shell(command);
    shell.stdin(Stdio::piped()).stdout(io::stderr()).stderr(Stdio::inherit());
    let mut child = shell.spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // A command that does not read what it gets is no failure.
        let _ = input.write_all(summary.as_bytes());
    }
    Ok(child)
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    // A group of its own: an interrupt is for this program, which ends the whole group.
    std::os::unix::process::CommandExt::process_group(&mut shell, 0);
    shell.arg("-c").arg(command);
    shell
}

#[cfg(not(unix))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.arg("/C").arg(command);
    shell
}

/// Waits for the command's end; none where an interrupt ended it.
async fn wait(child: &mut Child, interrupts: &mut Interrupts) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if interrupts.came_within(GLANCE).await {
            break;
        }
    }
    ask_to_end(child);
    for _ in 0..PATIENCE {
        if child.try_wait()?.is_some() {
            return Ok(None);
        }
        if interrupts.came_within(GLANCE).await {
            break;
        }
    }
    end(child)?;
    child.wait()?;
    Ok(None)
}

#[cfg(unix)]
fn ask_to_end(child: &Child) {
    // One that has ended by itself is found so at the next glance.
    let _ = rustix::process::kill_process_group(rustix::process::Pid::from_child(child), rustix::process::Signal::TERM);
}

#[cfg(unix)]
fn end(child: &mut Child) -> io::Result<()> {
    let _ = rustix::process::kill_process_group(rustix::process::Pid::from_child(child), rustix::process::Signal::KILL);
    Ok(())
}

#[cfg(not(unix))]
fn ask_to_end(_child: &Child) {}

#[cfg(not(unix))]
fn end(child: &mut Child) -> io::Result<()> {
    child.kill()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use clap::Parser;
    use serde_json::Value;

    use super::super::args::Args;
    use super::*;

    /// What the command is told of such work.
    fn told(work: impl FnOnce() -> Result<Ended, Failure>) -> Value {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("finish.json");
        let command = format!("cat > {}", file.display());
        let args = ["skuload", "resume", "--config", "/dev/null", "--on-finish", &command];
        let settings = Settings::load(&Args::try_parse_from(args).expect("arguments")).expect("settings");
        // A panic goes on when the command has ended.
        let _ = catch_unwind(AssertUnwindSafe(|| watch(&settings, About::default, work)));
        let text = std::fs::read_to_string(&file).expect("the command ran");
        serde_json::from_str(&text).expect("JSON")
    }

    #[track_caller]
    fn check(work: impl FnOnce() -> Result<Ended, Failure>, exit: u8, stopped: &str) {
        let told = told(work);
        assert_eq!((&told["exit"], &told["stopped"]), (&exit.into(), &stopped.into()), "{told}");
    }

    #[test]
    fn the_command_is_told_of_every_end() {
        check(|| Err(Failure::new(Exit::Input, "no such sheet")), 6, "no such sheet");
        check(|| panic!("canary of {}", "a cell"), 70, "this is a bug");
        let ended = told(|| Ok(Ended { exit: Exit::Rows, counts: Some(Counts::default()) }));
        assert_eq!((&ended["exit"], &ended["stopped"]), (&1.into(), &Value::Null));
    }
}
