//! Who started this process, where and with which settings, for the journal.

use std::collections::BTreeMap;
use std::env;

use skuload::journal::Start;
use skuload::submit::{Clock, Policy};

use super::settings::Settings;
use super::world::SystemClock;

/// What is told of this process. `command` is `import` or `resume`.
pub(super) fn start(command: &str, settings: &Settings, policy: &Policy) -> Start {
    let mut told: BTreeMap<String, String> = settings.decisions().collect();
    for (name, value) in [("rate", policy.rate.to_string()), ("concurrency", policy.concurrency.to_string())] {
        told.entry(name.to_owned()).or_insert(format!("{value}  # default"));
    }
    // A command to call may hold a token of another service.
    if let Some(command) = told.get_mut("on-finish") {
        "(set)".clone_into(command);
    }
    Start {
        at: SystemClock.now(),
        command: command.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        user: user(),
        host: host(),
        settings: told,
    }
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
