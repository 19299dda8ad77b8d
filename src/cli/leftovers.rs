//! What `runs prune --keep` tidies beside the runs: settings of jobs that no run needs any more, and what exports had
//! read when they were broken off.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use skuload::journal::{Runs, ShopStore};

use super::exit::{Exit, Failure};
use super::export;
use super::output;
use super::runs::resumable;
use super::settings::Settings;

/// Removes what nobody has touched for longer than `keep`; how many of each: settings of jobs, readings.
pub(super) fn prune(keep: TimeDelta, now: DateTime<Utc>, settings: &Settings) -> (u64, u64, Exit) {
    let state = settings.state_dir();
    let mut exit = Exit::Done;
    let mut gone = |removed: std::io::Result<()>, path: &Path| match removed {
        Ok(()) => 1,
        Err(error) => {
            let failure = Failure::new(Exit::Local, format!("cannot remove {}: {error}", path.display()));
            exit = exit.and(output::failure(&failure));
            0
        }
    };
    let mut jobs = 0;
    if !may_go_on(&Runs::new(&state)) {
        for path in older(&state.join("jobs"), now, keep, Path::to_owned) {
            jobs += gone(fs::remove_file(&path), &path);
        }
    }
    let mut readings = 0;
    // An export of the same goes on with what is younger than that.
    for path in older(&export::kept_in(&state), now, keep.max(export::LASTS), export::reading_in) {
        // Another process may be at it.
        if let Ok(_lock) = ShopStore::lock(&path, "") {
            readings += gone(fs::remove_dir_all(&path), &path);
        }
    }
    (jobs, readings, exit)
}

/// Some run may need its job's settings: it is named with them where it is told how to go on.
fn may_go_on(runs: &Runs) -> bool {
    resumable(runs, None).map_or(true, |(open, failures)| !open.is_empty() || !failures.is_empty())
}

/// What stands in a folder and was not written to for so long; `dated` names the file that tells.
fn older(folder: &Path, now: DateTime<Utc>, keep: TimeDelta, dated: impl Fn(&Path) -> PathBuf) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let written = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
    let is_old = |path: &PathBuf| {
        // A reading that was broken off before its first line has its folder only.
        let at: Option<SystemTime> = written(&dated(path)).or_else(|_| written(path)).ok();
        at.is_some_and(|at| now.signed_duration_since(DateTime::<Utc>::from(at)) > keep)
    };
    paths.filter(is_old).collect()
}
