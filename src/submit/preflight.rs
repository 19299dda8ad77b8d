//! Looking at pictures on the web before anything is sent, each once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use futures_util::stream::{self, StreamExt};

use super::HttpTransport;
use super::fetch::Unfetched;
use crate::record::ImageUrl;

/// Pictures of one host that are looked at together.
const OF_ONE_HOST: usize = 4;

/// A host that left so many pictures in a row without a sound answer is asked for no more.
const UNANSWERED: u32 = 4;

/// Which pictures, and how.
pub struct Preflight<'a> {
    /// Each once.
    pub urls: &'a [ImageUrl],
    /// How many hosts are asked together.
    pub hosts: usize,
    /// Set from outside: no more is asked.
    pub interrupted: &'a AtomicBool,
    /// Is told how many were looked at, and how many of them are not sound.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

/// What one preflight has come to so far.
struct Counts {
    done: AtomicUsize,
    unfetched: Mutex<HashMap<ImageUrl, Unfetched>>,
}

impl HttpTransport {
    /// Looks at each picture; answers those that cannot be had and those that could not be looked at, each with the
    /// reason. `None` where it was interrupted.
    pub async fn preflight(&self, preflight: &Preflight<'_>) -> Option<HashMap<ImageUrl, Unfetched>> {
        let mut hosts: Vec<(&str, Vec<&ImageUrl>)> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for url in preflight.urls {
            let place = *places.entry(url.host()).or_insert(hosts.len());
            if place == hosts.len() {
                hosts.push((url.host(), Vec::new()));
            }
            hosts[place].1.push(url);
        }
        let counts = Counts { done: AtomicUsize::new(0), unfetched: Mutex::default() };
        let each = stream::iter(hosts).for_each_concurrent(preflight.hosts.max(1), |(host, urls)| {
            self.preflight_of_host(host, urls, preflight, &counts)
        });
        each.await;
        let is_whole = !preflight.interrupted.load(Ordering::Relaxed);
        is_whole.then(|| counts.unfetched.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// A host in trouble holds up its own pictures only, and those not for long.
    async fn preflight_of_host(&self, host: &str, urls: Vec<&ImageUrl>, preflight: &Preflight<'_>, counts: &Counts) {
        let unanswered = &AtomicU32::new(0);
        let look = async |url: &ImageUrl| {
            if preflight.interrupted.load(Ordering::Relaxed) {
                return;
            }
            let looked = if unanswered.load(Ordering::Relaxed) >= UNANSWERED {
                Err(Unfetched::Unreachable(format!(
                    "{host} has left {UNANSWERED} others in a row without a sound answer"
                )))
            } else {
                self.fetcher().look(url).await
            };
            match &looked {
                Err(why) if why.may_pass() => _ = unanswered.fetch_add(1, Ordering::Relaxed),
                Ok(()) | Err(_) => unanswered.store(0, Ordering::Relaxed),
            }
            let unsound = {
                let mut unfetched = counts.unfetched.lock().unwrap_or_else(PoisonError::into_inner);
                if let Err(why) = looked {
                    unfetched.insert(url.clone(), why);
                }
                unfetched.len()
            };
            (preflight.progress)(counts.done.fetch_add(1, Ordering::Relaxed) + 1, unsound);
        };
        stream::iter(urls).for_each_concurrent(OF_ONE_HOST, look).await;
    }
}
