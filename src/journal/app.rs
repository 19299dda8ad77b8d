//! The pace that all shops of one app share, whichever process calls them. It may be deleted while nobody calls: then
//! it is learnt anew.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::JournalError;
use super::lock::Lock;
use super::sql::{Kind, Sqlite, database};
use super::store::{Register, StoreError, parsed};
use crate::submit::{CommonPace, Policy, SharedPace};

/// The name of the fact.
const PACE: &str = "pace";

/// The store of one app.
#[derive(Debug)]
pub struct AppStore {
    path: PathBuf,
    store: Mutex<Sqlite>,
    policy: Policy,
    /// As far as this process knows.
    is_slowed: AtomicBool,
}

impl AppStore {
    /// Opens the store of the app with this key below the folder `apps`, making it where there is none, for calls at the
    /// policy's rate.
    ///
    /// # Errors
    /// The folder or the database cannot be used.
    pub fn open(apps: &Path, app_key: &str, policy: Policy) -> Result<AppStore, JournalError> {
        let folder = apps.join(name(app_key));
        super::runs::create_private_folder(&folder)?;
        // A database that is just being made is refused to others, who would not wait for it.
        let _alone = Lock::wait(&folder)?;
        let path = folder.join("app.sqlite");
        let store = Mutex::new(Sqlite::open(&path, Kind::App, None)?);
        Ok(AppStore { path, store, policy, is_slowed: AtomicBool::new(true) })
    }

    /// Changes the pace where no other process can come in between.
    fn revise<T>(&self, mut change: impl FnMut(&mut CommonPace, &Policy) -> T) -> io::Result<T> {
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let mut came = None;
        let mut with = |kept: Option<String>| {
            // What another version left is learnt anew.
            let kept = kept.and_then(|text| parsed(text.as_bytes()).ok());
            let mut pace = kept.unwrap_or_else(|| CommonPace::new(&self.policy));
            came = Some(change(&mut pace, &self.policy));
            self.is_slowed.store(pace.is_slowed(), Ordering::Relaxed);
            serde_json::to_string(&pace).map_err(StoreError::new)
        };
        let revised = store.revise(Register::Fact, PACE, &mut with);
        revised.map_err(|source| io::Error::other(database(&self.path, source)))?;
        came.ok_or_else(|| io::Error::other("the pace was not changed"))
    }
}

/// The folder of an app: its key may hold what a path cannot.
fn name(app_key: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(app_key.as_bytes())[..8])
}

impl SharedPace for AppStore {
    fn take(&self, now: DateTime<Utc>) -> io::Result<Duration> {
        self.revise(|pace, policy| pace.take(policy, now))
    }

    fn slow_down(&self, left: DateTime<Utc>, pause: Option<Duration>, now: DateTime<Utc>) -> io::Result<()> {
        self.revise(|common, policy| common.slow_down(policy, left, pause, now)).map(drop)
    }

    fn speed_up(&self) -> io::Result<()> {
        // Where nothing was slowed, nothing is to be written.
        if !self.is_slowed.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.revise(|pace, policy| pace.speed_up(policy))
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use chrono::TimeDelta;
    use tempfile::TempDir;

    use super::*;

    fn second(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(second)
    }

    fn open(folder: &TempDir) -> AppStore {
        AppStore::open(folder.path(), "123456", Policy { rate: 10.0, ..Policy::default() }).unwrap()
    }

    #[test]
    fn no_two_processes_get_one_slot() {
        let folder = TempDir::new().unwrap();
        let take = || {
            let store = open(&folder);
            (0..25).map(|_| store.take(second(0)).unwrap().as_millis()).collect::<Vec<_>>()
        };
        let mut slots: Vec<u128> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        slots.sort_unstable();
        let expect: Vec<u128> = (0..100).map(|slot| if slot == 0 { 0 } else { 50 + 100 * (slot - 1) }).collect();
        assert_eq!(slots, expect);
    }

    #[test]
    fn many_may_be_the_first_to_open_it() {
        for _ in 0..20 {
            let folder = TempDir::new().unwrap();
            thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| drop(open(&folder)))).collect();
                threads.into_iter().for_each(|thread| thread.join().unwrap());
            });
        }
    }

    #[test]
    fn what_one_process_is_told_slows_the_other_and_outlives_both() {
        let folder = TempDir::new().unwrap();
        let (one, other) = (open(&folder), open(&folder));
        one.take(second(0)).unwrap();
        one.slow_down(second(0), Some(Duration::from_secs(9)), second(1)).unwrap();
        assert_eq!(other.take(second(1)).unwrap(), Duration::from_secs(9));
        drop((one, other));
        let next = open(&folder);
        let waits = [(); 3].map(|()| next.take(second(60)).unwrap().as_millis());
        assert_eq!(waits, [0, 100, 300], "half the rate");
        (0..100).for_each(|_| next.speed_up().unwrap());
        let waits = [(); 3].map(|()| next.take(second(120)).unwrap().as_millis());
        assert_eq!(waits, [0, 50, 150]);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = TempDir::new().unwrap();
        let apps = folder.path().join("apps");
        drop(AppStore::open(&apps, "../123456", Policy::default()).unwrap());
        let path = apps.join(name("../123456"));
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&path.join("app.sqlite"))), (0o700, 0o600));
    }
}
