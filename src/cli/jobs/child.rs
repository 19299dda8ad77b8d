//! One job: an import in a process of its own.
//!
//! It is told everything by a settings file, which stays, so that the command that it names for going on works later.
//! What it prints goes to temporary files without a name: nobody has to listen to it while it works.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::process::{Child as Process, Command, ExitStatus, Stdio};
use std::time::Instant;

use serde_json::Value;
use skuload::verdict::{RowVerdict, Verdict};

use super::super::args::ImportArgs;
use super::super::exit::Exit;
use super::super::progress;
use super::super::reasons;
use super::list::Job;
use super::{Ended, seconds_since};

/// As much as is kept of what a job says beside its result.
const MOST_WORDS: u64 = 64 << 10;

/// A job on its way.
pub(super) struct Child {
    process: Process,
    result: File,
    words: File,
    started: Instant,
}

impl Child {
    /// Starts the import of a job.
    pub(super) fn start(job: &Job, args: &ImportArgs) -> io::Result<Child> {
        let (result, words) = (tempfile::tempfile()?, tempfile::tempfile()?);
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("import").arg("--config").arg(&job.config).args(["--format", "json", "--color", "never"]);
        command.args(flags(job, args)).arg("--").arg(&job.sheet);
        for name in own_variables() {
            // The settings file says it already, and the job's own word counts more.
            command.env_remove(name);
        }
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.stdin(Stdio::null()).stdout(result.try_clone()?).stderr(words.try_clone()?);
        Ok(Child { process: command.spawn()?, result, words, started: progress::now() })
    }

    /// How it ended; none while it is on its way.
    pub(super) fn ended(&mut self) -> Option<Ended> {
        let status = match self.process.try_wait() {
            Ok(None) => return None,
            Ok(Some(status)) => Ok(status),
            Err(error) => Err(error),
        };
        let seconds = seconds_since(self.started);
        let mut messages = said(&mut self.words).unwrap_or_else(|error| vec![format!("its words are lost: {error}")]);
        let exit = match &status {
            Ok(status) => exit_of(*status),
            Err(_) => None,
        };
        let exit = exit.unwrap_or_else(|| {
            let how = status.map_or_else(|error| error.to_string(), |status| status.to_string());
            messages.push(format!(
                "its process did not end by itself ({how}): what was sent is in the journal, `skuload resume` goes on"
            ));
            Exit::Interrupted
        });
        let (summary, reasons) = told(&mut self.result).unwrap_or_default();
        messages.extend(reasons);
        Some(Ended { exit, seconds, summary, messages })
    }

    /// Passes an interrupt on: the first asks it to end in order, the second to end now, the third ends it.
    #[cfg(unix)]
    pub(super) fn interrupt(&self, count: u32) {
        use rustix::process::{Pid, Signal, kill_process};
        let signal = if count > 2 { Signal::KILL } else { Signal::INT };
        // One that has ended by itself is found so at the next glance.
        let _ = kill_process(Pid::from_child(&self.process), signal);
    }

    /// Passes an interrupt on; here the system does that.
    #[cfg(not(unix))]
    pub(super) fn interrupt(&self, _count: u32) {}
}

/// What was typed and is no setting.
fn flags(job: &Job, args: &ImportArgs) -> Vec<String> {
    let mut flags = Vec::new();
    let switches = [
        ("--dry-run", args.dry_run),
        ("--wait-lock", args.sending.wait_lock),
        ("--resume-first", args.resume_first),
        ("--force", args.force),
        ("--own-to-fix", job.shares_sheet),
        ("--verbose", job.is_verbose),
        // Its progress is nobody's to see.
        ("--quiet", !job.is_verbose),
    ];
    flags.extend(switches.into_iter().filter(|(_, is_on)| *is_on).map(|(name, _)| name.to_owned()));
    let values = [
        ("--first", args.sheet.first.map(|first| first.to_string())),
        ("--only", args.sheet.only.clone()),
        // It is one moment for all jobs, however late they begin.
        ("--deadline", job.deadline.clone()),
    ];
    flags.extend(values.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?))));
    flags
}

#[expect(clippy::disallowed_methods, reason = "cli is where the environment is read")]
fn own_variables() -> impl Iterator<Item = std::ffi::OsString> {
    std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("SKULOAD_"))
}

fn exit_of(status: ExitStatus) -> Option<Exit> {
    status.code().and_then(Exit::of)
}

/// What it said beside its result; of too much, the end.
fn said(words: &mut File) -> io::Result<Vec<String>> {
    let length = words.metadata()?.len();
    words.seek(io::SeekFrom::Start(length.saturating_sub(MOST_WORDS)))?;
    let mut bytes = Vec::new();
    words.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// The last summary of its result, and why rows did not come to what they should.
fn told(result: &mut File) -> io::Result<(Option<Value>, Vec<String>)> {
    result.rewind()?;
    let (mut summary, mut rows) = (None, Vec::new());
    for line in BufReader::new(result).lines() {
        let line = line?;
        if line.starts_with("{\"v\":1,\"kind\":\"summary\"") {
            summary = serde_json::from_str(&line).ok();
        } else if line.starts_with("{\"v\":1,\"kind\":\"verdict\"") {
            rows.extend(serde_json::from_str::<RowVerdict>(&line).ok().filter(is_lacking));
        }
    }
    Ok((summary, reasons::told(rows.iter())))
}

/// Something is to be done about the row. Nobody but its own process has told what is wrong with the sheet.
fn is_lacking(row: &RowVerdict) -> bool {
    let is_refused_here = row.verdict == Verdict::Invalid
        || (row.verdict == Verdict::NotSent && !row.rule_or_code.is_empty() && !row.help.is_empty());
    is_refused_here || reasons::is_short(row)
}
