//! A key that a command prints, such as `pass show lazada/key`: it is run by the shell each time the key is needed, and
//! the key is kept nowhere.
//!
//! The first line of its standard output is the key; nothing that it prints is shown, on standard error neither. It may
//! ask its user on the terminal: it stays in this program's group, and has a minute.

use std::io::{self, Read};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, channel};
use std::thread::{current, park_timeout, spawn};
use std::time::Duration;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::exit::{Exit, Failure};
use super::progress;
use super::secret::{self, What};
use super::world::interrupted;

/// How long a command may take: somebody may have to type a passphrase.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked at once its output has ended.
const GLANCE: Duration = Duration::from_millis(10);

type Output = io::Result<Zeroizing<Vec<u8>>>;

/// The key that the command prints; messages say that it stands at `place`.
pub(super) fn key(command: &str, place: &str, what: What) -> Result<SecretString, Failure> {
    printed(command, PATIENCE).and_then(|line| secret::key(&line, what).map_err(|failure| failure.message)).map_err(
        |why| {
            if interrupted().load(Ordering::Relaxed) {
                return Failure::new(Exit::Interrupted, "interrupted")
                    .help("nothing was sent; run the same command again");
            }
            Failure::new(Exit::Credentials, format!("the key command of {place} gives no key: {why}"))
                .help("nothing was sent; run it in a shell to see what it says: what it prints is not shown here")
        },
    )
}

/// The first line of what it prints.
fn printed(command: &str, patience: Duration) -> Result<Zeroizing<String>, String> {
    let mut child = started(command).map_err(|error| format!("it cannot be started: {error}"))?;
    let output = child.stdout.take().map(read_beside);
    let ended = output.map(|output| wait(&mut child, &output, patience));
    if !matches!(ended, Some(Ok(Some(_)))) {
        // One that has ended cannot be ended again.
        let _ = child.kill();
        let _ = child.wait();
    }
    let lost = |error: io::Error| format!("it was lost: {error}");
    match ended.transpose().map_err(lost)?.flatten() {
        None => Err(format!("it has not ended within {} s", patience.as_secs_f64())),
        Some((status, _)) if !status.success() => Err(format!("it failed ({status})")),
        Some((_, output)) => first_line(&output.map_err(lost)?),
    }
}

fn started(command: &str) -> io::Result<Child> {
    let mut shell = if cfg!(unix) { Command::new("sh") } else { Command::new("cmd") };
    shell.arg(if cfg!(unix) { "-c" } else { "/C" }).arg(command);
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
}

/// Reads while the command is waited for, and wakes who waits.
fn read_beside(mut stdout: ChildStdout) -> Receiver<Output> {
    let (tell, told) = channel();
    let waiting = current();
    spawn(move || {
        let mut output = Zeroizing::new(Vec::with_capacity(secret::LONGEST));
        let read = stdout.by_ref().take(secret::LONGEST as u64).read_to_end(&mut output);
        // A command whose output is not read to its end fails.
        let read = read.and_then(|_| io::copy(&mut stdout, &mut io::sink()));
        let _ = tell.send(read.map(|_| output));
        waiting.unpark();
    });
    told
}

/// How it ended and what it printed; none where it takes too long.
fn wait(child: &mut Child, told: &Receiver<Output>, patience: Duration) -> io::Result<Option<(ExitStatus, Output)>> {
    let started = progress::now();
    let mut output = None;
    loop {
        output = output.or_else(|| told.try_recv().ok());
        match (child.try_wait()?, output.take()) {
            (Some(status), Some(output)) => return Ok(Some((status, output))),
            (Some(status), None) if !status.success() => return Ok(Some((status, Ok(Zeroizing::default())))),
            (_, read) => output = read,
        }
        if started.elapsed() >= patience || interrupted().load(Ordering::Relaxed) {
            return Ok(None);
        }
        park_timeout(GLANCE);
    }
}

fn first_line(output: &[u8]) -> Result<Zeroizing<String>, String> {
    let line = output.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let text = std::str::from_utf8(line).map_err(|_| "its first line is no UTF-8 text".to_owned())?;
    if text.len() >= secret::LONGEST {
        return Err("its first line is too long for a key".to_owned());
    }
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[track_caller]
    fn check(command: &str, expect: Result<&str, &str>) {
        let found = printed(command, Duration::from_secs(20));
        assert_eq!(found.as_ref().map(|line| line.as_str()).map_err(String::as_str), expect);
    }

    #[test]
    fn the_key_is_the_first_line() {
        check("echo b1bdb357", Ok("b1bdb357"));
        check("printf 'b1bdb357\nuser: me\n\\377'", Ok("b1bdb357"));
        check("cat", Ok(""));
        check("printf '\\377'", Err("its first line is no UTF-8 text"));
    }

    #[test]
    fn a_command_that_fails_says_how_and_nothing_else() {
        check("echo canary; echo canary >&2; exit 3", Err("it failed (exit status: 3)"));
        check("kill -9 $$", Err("it failed (signal: 9 (SIGKILL))"));
        // What it has begun may go on.
        check("sleep 9 & exit 1", Err("it failed (exit status: 1)"));
    }

    #[test]
    fn what_is_no_key_is_read_to_its_end_and_not_kept() {
        check("head -c 1000000 /dev/zero", Err("its first line is too long for a key"));
        check("echo key; head -c 1000000 /dev/zero", Ok("key"));
    }

    #[test]
    fn a_command_that_does_not_end_is_ended() {
        let found = printed("exec sleep 99", Duration::from_millis(50));
        assert_eq!(found.unwrap_err(), "it has not ended within 0.05 s");
        let found = printed("exec sleep 99 >&-", Duration::from_millis(50));
        assert_eq!(found.unwrap_err(), "it has not ended within 0.05 s");
    }
}
