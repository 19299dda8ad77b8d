//! Who started this process, where and with which settings, for the journal.

use std::collections::BTreeMap;
use std::env;

use skuload::journal::Start;
use skuload::submit::{Clock, Policy};

use super::args::SheetArgs;
use super::settings::Settings;
use super::world::SystemClock;

/// What is told of this process. `command` is `import` or `resume`.
pub(super) fn start(command: &str, settings: &Settings, policy: &Policy) -> Start {
    let (mut values, mut origins) = (BTreeMap::new(), BTreeMap::new());
    for (name, value, origin) in settings.decisions() {
        // A command to call may hold a token of another service.
        let value = if name == "on-finish" { "(set)".to_owned() } else { value };
        values.insert(name.to_owned(), value);
        origins.insert(name.to_owned(), origin.to_owned());
    }
    for (name, value) in [("rate", policy.rate.to_string()), ("concurrency", policy.concurrency.to_string())] {
        values.entry(name.to_owned()).or_insert(value);
        origins.entry(name.to_owned()).or_insert("default".to_owned());
    }
    Start {
        at: SystemClock.now(),
        command: command.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        user: user(),
        host: host(),
        settings: values,
        origins,
    }
}

/// What is told of an import (or of `images`), with the part of the sheet that it is of.
pub(super) fn import(command: &str, sheet: &SheetArgs, settings: &Settings, policy: &Policy) -> Start {
    let mut start = start(command, settings, policy);
    let part = [("first", sheet.first.map(|first| first.to_string())), ("only", sheet.only.clone())];
    for (name, value) in part.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        start.settings.insert(name.to_owned(), value);
        start.origins.insert(name.to_owned(), "flag".to_owned());
    }
    start
}

/// The name that the environment tells, and the number that the system tells, which nobody can choose.
fn user() -> String {
    let name = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| variable(name));
    #[cfg(unix)]
    let number = Some(format!("uid {}", rustix::process::getuid().as_raw()));
    #[cfg(not(unix))]
    let number: Option<String> = None;
    name.into_iter().chain(number).collect::<Vec<_>>().join(", ")
}

#[cfg(unix)]
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host() -> String {
    variable("COMPUTERNAME").unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "cli is where the environment is read")]
fn variable(name: &str) -> Option<String> {
    env::var_os(name).map(|value| value.to_string_lossy().into_owned()).filter(|value| !value.is_empty())
}
