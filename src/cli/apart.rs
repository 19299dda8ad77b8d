//! XLS, XLSB and ODS files are read by another process of this very program, under limits of its own.
//!
//! Their reader makes room for what the file promises, and a damaged or hostile file promises too much: there
//! it may run out of memory or break down, and here that is a message. The file is the child's standard
//! input; its transcript goes to a temporary file without a name, its last words to a pipe. It gets no
//! environment and waits for nothing, so that it ends by itself, at the latest when its time is used up.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;

use skuload::sheet::{Format, Input, Limits, transcribe};

use super::args::{Elder, ReadApartArgs};
use super::exit::{Exit, Failure};

const MIB: u64 = 1 << 20;
/// What every child may have, and as much as it may have for a large file when the user sets no limit.
const LEAST_MEMORY: u64 = 160 * MIB;
const MOST_MEMORY: u64 = 4096 * MIB;
/// Memory for each byte of an XLS, whose shortest cells have six, and of an archive, whose cells have two or
/// three when they resemble each other: the reader keeps a cell three times, with about 32 bytes each.
const MEMORY_FOR_BYTE: u64 = 20;
const MEMORY_FOR_PACKED_BYTE: u64 = 60;
/// Seconds of computing: for every file, and one more for as many bytes. A sound file takes a tenth of it; one
/// that sends its reader round in circles should not keep anybody waiting.
const LEAST_SECONDS: u64 = 1;
const BYTES_A_SECOND: u64 = 128 << 10;
/// The largest transcript.
#[cfg(unix)]
const MOST_WRITTEN: u64 = 4 << 30;
/// As much as is kept of a child's last words.
const LAST_WORDS: u64 = 16 << 10;

/// Reads `input` apart, and answers with its transcript; or says why it cannot be read.
pub(super) fn read(input: &Input, format: Format, limits: &Limits) -> Result<Input, String> {
    let (file, size) = seekable(input).map_err(|error| format!("its bytes cannot be had: {error}"))?;
    let format = elder(format).ok_or_else(|| "it is not read apart".to_owned())?;
    let order = ReadApartArgs {
        format,
        memory: memory(limits, format, size),
        seconds: seconds(limits, size),
        limits: serde_json::to_string(limits).map_err(|error| error.to_string())?,
    };
    let transcript = temporary()?;
    let target = transcript.try_clone().map_err(|error| no_room(&error))?;
    let child = spawn(&order, file, target)
        .map_err(|error| format!("the process that reads such files cannot be started: {error}; save it as .xlsx"))?;
    let (status, last_words) = ended(child).map_err(|error| format!("its reader was lost: {error}; try again"))?;
    if status.success() {
        return Ok(Input::Open(Arc::new(transcript)));
    }
    Err(reason(status, &last_words, &order))
}

fn elder(format: Format) -> Option<Elder> {
    match format {
        Format::Xls => Some(Elder::Xls),
        Format::Xlsb => Some(Elder::Xlsb),
        Format::Ods => Some(Elder::Ods),
        Format::Xlsx | Format::Text => None,
    }
}

fn memory(limits: &Limits, format: Elder, size: u64) -> u64 {
    let for_byte = match format {
        Elder::Xls => MEMORY_FOR_BYTE,
        Elder::Xlsb | Elder::Ods => MEMORY_FOR_PACKED_BYTE,
    };
    match limits.memory {
        0 => size.saturating_mul(for_byte).saturating_add(LEAST_MEMORY).min(MOST_MEMORY),
        set => set,
    }
}

fn seconds(limits: &Limits, size: u64) -> u64 {
    if limits.seconds == 0 { LEAST_SECONDS + size / BYTES_A_SECOND } else { limits.seconds }
}

/// A file that can be the child's standard input, and its size; bytes in memory are written to one.
fn seekable(input: &Input) -> io::Result<(File, u64)> {
    let file = match input {
        Input::File(path) => File::open(path)?,
        Input::Open(file) => file.try_clone()?,
        Input::Bytes(bytes) => {
            let mut file = tempfile::tempfile()?;
            file.write_all(bytes)?;
            file
        }
    };
    let size = file.metadata()?.len();
    Ok((file, size))
}

fn temporary() -> Result<File, String> {
    tempfile::tempfile().map_err(|error| no_room(&error))
}

fn no_room(error: &io::Error) -> String {
    let folder = std::env::temp_dir();
    format!("what is read of it cannot be kept in {}: {error}; make room there, or save it as .xlsx", folder.display())
}

fn spawn(order: &ReadApartArgs, file: File, transcript: File) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("read-apart").arg(order.format.name()).arg(order.memory.to_string());
    command.arg(order.seconds.to_string()).arg(&order.limits);
    // Nothing of the environment is needed, and it may hold secrets.
    command.env_clear();
    command.stdin(file).stdout(transcript).stderr(Stdio::piped());
    command.spawn()
}

/// Waits for the child's end. One that talks more than it should finds nobody listening.
fn ended(mut child: Child) -> io::Result<(ExitStatus, String)> {
    let mut last_words = Vec::new();
    let heard = match child.stderr.take() {
        Some(pipe) => pipe.take(LAST_WORDS).read_to_end(&mut last_words),
        None => Ok(0),
    };
    let status = child.wait()?;
    heard?;
    Ok((status, String::from_utf8_lossy(&last_words).trim().to_owned()))
}

/// Why there is no transcript.
fn reason(status: ExitStatus, last_words: &str, order: &ReadApartArgs) -> String {
    let memory = order.memory.div_ceil(MIB);
    // What Rust's allocator says before it ends the process.
    let is_out_of_memory = last_words.contains("memory allocation of");
    if is_out_of_memory || signal(status) == Some(Signal::Killed) {
        return format!(
            "needs more than {memory} MiB of memory, so it is damaged or very large; the limit `memory` is {memory}MiB; \
             if the file is sound, raise it with --limit memory=VALUE, or save it as .xlsx"
        );
    }
    match signal(status) {
        Some(Signal::OutOfTime) => format!(
            "takes more than {0} s of computing to read, so it is damaged or very large; the limit `seconds` is {0}; if the \
             file is sound, raise it with --limit seconds=VALUE, or save it as .xlsx",
            order.seconds
        ),
        Some(Signal::Interrupted) => "its reading was interrupted; try again".to_owned(),
        Some(Signal::Killed | Signal::Other) => {
            "is damaged (its reader broke down on it); open it in Excel and save it as .xlsx".to_owned()
        }
        None if last_words.is_empty() => format!("its reader failed ({status}); save it as .xlsx"),
        None => last_words.strip_prefix("error: ").unwrap_or(last_words).replace('\n', "; "),
    }
}

/// What ended a child that did not end by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(unix), allow(dead_code, reason = "only unix tells"))]
enum Signal {
    /// By its time limit.
    OutOfTime,
    /// By the system, which does so for want of memory.
    Killed,
    /// By the user.
    Interrupted,
    Other,
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<Signal> {
    use std::os::unix::process::ExitStatusExt;
    let number = status.signal()?;
    let is = |signal: rustix::process::Signal| signal.as_raw() == number;
    Some(match () {
        () if is(rustix::process::Signal::XCPU) => Signal::OutOfTime,
        () if is(rustix::process::Signal::KILL) => Signal::Killed,
        () if is(rustix::process::Signal::INT) || is(rustix::process::Signal::TERM) => Signal::Interrupted,
        () => Signal::Other,
    })
}

#[cfg(not(unix))]
fn signal(_status: ExitStatus) -> Option<Signal> {
    None
}

/// What the child does: standard input is the file, standard output takes the transcript.
pub(super) fn serve(order: &ReadApartArgs) -> Result<Exit, Failure> {
    let failed = |what: &str, error: &dyn std::fmt::Display| Failure::new(Exit::Local, format!("{what}: {error}"));
    limit(order).map_err(|error| failed("its reader cannot be kept in bounds", &error))?;
    let limits: Limits = serde_json::from_str(&order.limits).map_err(|error| failed("limits", &error))?;
    let file = standard_input().map_err(|error| failed("its bytes cannot be had", &error))?;
    let format = match order.format {
        Elder::Xls => Format::Xls,
        Elder::Xlsb => Format::Xlsb,
        Elder::Ods => Format::Ods,
    };
    let mut output = BufWriter::with_capacity(64 << 10, io::stdout().lock());
    transcribe(&Input::Open(Arc::new(file)), format, &limits, &mut output)
        .map_err(|error| failed("what is read of it cannot be kept", &error))?;
    Ok(Exit::Done)
}

#[cfg(unix)]
fn standard_input() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

#[cfg(windows)]
fn standard_input() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(File::from(io::stdin().as_handle().try_clone_to_owned()?))
}

/// From here on the process has so much memory and time, and leaves no image of its memory behind.
#[cfg(unix)]
fn limit(order: &ReadApartArgs) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = |resource, current: u64, maximum: u64| {
        // An even lower limit of the user's stays.
        let most = getrlimit(resource).maximum.unwrap_or(u64::MAX);
        setrlimit(resource, Rlimit { current: Some(current.min(most)), maximum: Some(maximum.min(most)) })
    };
    limit(Resource::Core, 0, 0)?;
    limit(Resource::Cpu, order.seconds, order.seconds.saturating_add(1))?;
    limit(Resource::Fsize, MOST_WRITTEN, MOST_WRITTEN)?;
    // The systems of Apple refuse to bound memory: there only the time is bounded.
    #[cfg(not(target_vendor = "apple"))]
    limit(Resource::As, order.memory, order.memory)?;
    Ok(())
}

#[cfg(not(unix))]
fn limit(_order: &ReadApartArgs) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[track_caller]
    fn check(wait_status: i32, last_words: &str, expect: &str) {
        let order = ReadApartArgs { format: Elder::Xls, memory: 200 * MIB, seconds: 12, limits: String::new() };
        let told = reason(ExitStatus::from_raw(wait_status), last_words, &order);
        assert!(told.contains(expect), "{told}");
        assert!(!told.contains('\n') && !told.ends_with('.'), "{told}");
    }

    #[test]
    fn the_end_of_a_child_is_told_with_what_to_do() {
        let (abort, kill, cpu, fault, interrupt) = (6, 9, 24, 11, 2);
        check(abort, "memory allocation of 16 bytes failed\n", "more than 200 MiB of memory");
        check(kill, "", "raise it with --limit memory=VALUE");
        check(cpu, "", "takes more than 12 s of computing to read");
        check(fault, "", "is damaged (its reader broke down on it); open it in Excel");
        check(abort, "has overflowed its stack", "is damaged (its reader broke down");
        check(interrupt, "", "was interrupted");
        check(9 << 8, "error: what is read of it cannot be kept: no space\n  help: x", "cannot be kept: no space;");
        check(70 << 8, "", "its reader failed (exit status: 70)");
    }

    #[test]
    fn memory_grows_with_the_file_and_the_user_has_the_last_word() {
        let limits = Limits::default();
        assert_eq!(memory(&limits, Elder::Xls, 0), 160 * MIB);
        assert_eq!(memory(&limits, Elder::Xls, 10 * MIB), 360 * MIB);
        assert_eq!(memory(&limits, Elder::Ods, 10 * MIB), 760 * MIB);
        assert_eq!(memory(&limits, Elder::Xlsb, u64::MAX), 4096 * MIB);
        assert_eq!((seconds(&limits, 10 * MIB), seconds(&Limits { seconds: 7, ..limits }, 10 * MIB)), (81, 7));
        assert_eq!(memory(&Limits { memory: 9 * MIB, ..limits }, Elder::Xls, u64::MAX), 9 * MIB);
    }
}
