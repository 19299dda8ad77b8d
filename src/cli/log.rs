//! The log of a command: one line an event, for whoever reads after a night without a terminal.
//!
//! A line carries the time, the run where there is one, and what happened. It never carries a key, a signature, an
//! address with its query, or what stands in the merchant's cells beyond the SKU: requests are named, replies are
//! told by what they came to. The events are those of the JSON output and of the messages, so that no second
//! machinery (subscribers, spans) is needed: one file, appended a whole line at a time.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Value;

use super::exit::{Exit, Failure};
use super::output;

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LogFormat {
    /// `TIME RUN KIND name=value ...`
    Text,
    /// One JSON object a line.
    Json,
}

/// What happened.
#[cfg_attr(not(feature = "import"), allow(dead_code, reason = "a check makes no calls"))]
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Event<'a> {
    /// The program begins.
    Start { command: &'a str, version: &'a str },
    /// A sheet was checked.
    Checked { sheet: &'a str, rows: u64, products: u64, errors: u64, warnings: u64 },
    /// So many SKUs were looked up before the plan.
    Asked { skus: usize },
    /// A run begins to send, or goes on.
    Run { shop: Option<&'a str>, sheet: &'a str, requests: usize, resumed: bool },
    /// A request leaves.
    Request { id: Option<&'a str>, action: &'a str, attempt: u32, skus: usize },
    /// Something came back.
    Reply { id: Option<&'a str>, action: &'a str, outcome: &'a str },
    /// The run waits.
    Wait { seconds: f64, reason: &'a str },
    /// The marketplace does not do its work, and the run bears it for so many seconds.
    Trouble { patience: f64, reason: &'a str },
    /// The marketplace's clock is so many seconds ahead of this computer's, and is signed with.
    Clock { ahead: f64 },
    /// The access token was renewed, and lasts until then.
    Renewed { until: Option<DateTime<Utc>> },
    /// The run ends before everything is done.
    Stop { reason: &'a str },
    /// What became of the rows.
    Verdicts { verdicts: &'a BTreeMap<&'a str, usize>, images: &'a BTreeMap<&'a str, usize> },
    /// Something is not as it should be, and the work goes on.
    Warning { message: &'a str },
    /// Something failed.
    Failure { exit: u8, message: &'a str, help: Option<&'a str> },
    /// The program ends.
    End { exit: u8 },
}

#[derive(Serialize)]
struct Line<'a> {
    v: u8,
    time: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<&'a str>,
    #[serde(flatten)]
    event: &'a Event<'a>,
}

struct Log {
    path: PathBuf,
    file: File,
    format: LogFormat,
    run: Option<String>,
}

/// One log for the whole program, as there is one standard error.
static LOG: Mutex<Option<Log>> = Mutex::new(None);

fn log() -> std::sync::MutexGuard<'static, Option<Log>> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From here on events are appended to the file at `path`, which is made private to this user.
pub(super) fn open(path: &Path, format: LogFormat) -> Result<(), Failure> {
    if path.as_os_str() == "-" {
        return Err(Failure::new(Exit::Usage, "--log -: the log is a file").help("name a file"));
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|error| {
        Failure::new(Exit::Local, format!("cannot open the log {}: {error}", path.display()))
            .help("name another file with --log; nothing was done")
    })?;
    *log() = Some(Log { path: path.to_owned(), file, format, run: None });
    Ok(())
}

/// The run that later events are about.
#[cfg(feature = "import")]
pub(super) fn set_run(run: &str) {
    set(Some(run));
}

/// Later events are about no run, until the next one begins.
#[cfg(feature = "import")]
pub(super) fn leave_run() {
    set(None);
}

#[cfg(feature = "import")]
fn set(run: Option<&str>) {
    if let Some(log) = log().as_mut() {
        log.run = run.map(str::to_owned);
    }
}

/// Appends an event. A log that cannot be written is told once, and the work goes on.
pub(super) fn note(event: &Event<'_>) {
    let mut guard = log();
    let Some(log) = guard.as_mut() else { return };
    let text = line(log.format, now(), log.run.as_deref(), event);
    let Err(error) = log.file.write_all(text.as_bytes()) else { return };
    let path = log.path.display().to_string();
    *guard = None;
    drop(guard);
    output::warn(&format!("cannot write the log {path}: {error}; the work goes on without it"));
}

/// The last line.
pub(super) fn end(exit: Exit) {
    note(&Event::End { exit: exit.code() });
}

#[expect(clippy::disallowed_methods, reason = "a log tells real time")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

fn line(format: LogFormat, now: DateTime<Utc>, run: Option<&str>, event: &Event<'_>) -> String {
    let time = now.to_rfc3339_opts(SecondsFormat::Millis, true);
    match format {
        LogFormat::Json => output::json_line(&Line { v: 1, time: &time, run, event }),
        LogFormat::Text => {
            let mut words = vec![time, run.unwrap_or("-").to_owned()];
            if let Ok(Value::Object(mut fields)) = serde_json::to_value(event) {
                words.extend(fields.remove("kind").as_ref().and_then(Value::as_str).map(str::to_owned));
                let filled = fields.iter().filter(|(_, value)| !value.is_null());
                words.extend(filled.map(|(name, value)| format!("{name}={}", worded(value))));
            }
            words.join(" ") + "\n"
        }
    }
}

/// A value without spaces stands as it is, any other as JSON writes it.
fn worded(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && c != '"') => {
            text.clone()
        }
        Value::String(text) => Value::String(output::plain(text)).to_string(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// The beginning of every outcome of a reply that nobody could read.
#[cfg(feature = "import")]
const UNSOUND: &str = "no sound reply: ";

/// What a reply came to, without what the marketplace may have quoted of a product: warnings are counted among the
/// report's, and a page that is no reply is told by its kind.
#[cfg(feature = "import")]
pub(super) fn careful(outcome: &str) -> String {
    const LONGEST: usize = 200;
    // What the transport says quotes nobody.
    const OURS: [&str; 5] = ["error ", "request ", "no reply in time", "HTTP status", "the reply "];
    let cut = match outcome.strip_prefix(UNSOUND) {
        Some(rest) if !OURS.iter().any(|ours| rest.starts_with(ours)) => {
            let kind = rest.split(": ").next().unwrap_or_default();
            format!("{UNSOUND}{kind}")
        }
        None if outcome.starts_with("done, with warnings") => "done, with warnings".to_owned(),
        Some(_) | None => outcome.to_owned(),
    };
    cut.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(event: &Event<'_>, run: Option<&str>, text: &str, json: &str) {
        let now = DateTime::from_timestamp_millis(1_700_000_000_123).expect("a time");
        assert_eq!(line(LogFormat::Text, now, run, event), format!("2023-11-14T22:13:20.123Z {text}\n"));
        let json = json.replacen('{', "{\"v\":1,\"time\":\"2023-11-14T22:13:20.123Z\",", 1);
        assert_eq!(line(LogFormat::Json, now, run, event), format!("{json}\n"));
    }

    #[test]
    fn an_event_is_one_line_in_either_format() {
        check(
            &Event::Start { command: "check", version: "1.2.3" },
            None,
            "- start command=check version=1.2.3",
            r#"{"kind":"start","command":"check","version":"1.2.3"}"#,
        );
        check(
            &Event::Request { id: Some("create-1"), action: "CreateProduct", attempt: 2, skus: 3 },
            Some("20231114-aaaa"),
            "20231114-aaaa request action=CreateProduct attempt=2 id=create-1 skus=3",
            r#"{"run":"20231114-aaaa","kind":"request","id":"create-1","action":"CreateProduct","attempt":2,"skus":3}"#,
        );
        check(
            &Event::Warning { message: "two\nlines \"here\" \u{1b}[0m" },
            None,
            "- warning message=\"two lines \\\"here\\\" \u{fffd}[0m\"",
            r#"{"kind":"warning","message":"two\nlines \"here\" \u001b[0m"}"#,
        );
    }

    #[cfg(feature = "import")]
    #[test]
    fn a_reply_is_told_without_what_it_may_quote() {
        for (outcome, told) in [
            ("done", "done"),
            ("done, with warnings: the name Red Mug is long", "done, with warnings"),
            ("E901: too frequent (code 901)", "E901: too frequent (code 901)"),
            ("no sound reply: an HTML page: html Red Mug", "no sound reply: an HTML page"),
            ("no sound reply: no reply in time", "no sound reply: no reply in time"),
            ("no sound reply: error sending request: reset", "no sound reply: error sending request: reset"),
        ] {
            assert_eq!(careful(outcome), told);
        }
    }
}
