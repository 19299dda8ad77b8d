//! The one thread that writes a run's journal. What waits is written together: intents at once, then whatever is told
//! afterwards, which is durable before anybody hears of it.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver};
use std::thread::JoinHandle;

use tokio::sync::{Mutex, oneshot};

use super::content::unpacked;
use super::store::{self, Change, List, Store, StoreError};
use crate::plan::Write;
use crate::record::ImageFile;
use crate::submit::{Event, Journal};

/// So many contents are read at once: requests are mostly sent in the order of the plan.
const AHEAD: usize = 64;

/// So many are kept at most: one that is sent out of turn brings neighbours that nobody asks for.
const KEPT: usize = 4 * AHEAD;

type Sender<T> = oneshot::Sender<io::Result<T>>;

enum Job {
    Append(Vec<Event>, Sender<()>),
    /// The packed contents of requests from this one on.
    Read(usize, Sender<Vec<Vec<u8>>>),
}

/// Appends to a run's journal from any task.
#[derive(Debug)]
pub struct JournalWriter {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<Box<dyn Store>>>,
    /// Packed contents that were read ahead, by request.
    ahead: Mutex<BTreeMap<usize, Vec<u8>>>,
    /// Where the run's own copies of pictures are.
    pictures: PathBuf,
}

impl JournalWriter {
    /// Takes the journal over.
    pub(super) fn start(store: Box<dyn Store>, pictures: PathBuf) -> JournalWriter {
        let (jobs, received) = mpsc::channel();
        let thread = std::thread::spawn(move || work(store, &received));
        JournalWriter { jobs: Some(jobs), thread: Some(thread), ahead: Mutex::default(), pictures }
    }

    /// Ends the thread and gives the journal back; `None` where the thread broke down.
    pub(super) fn finish(mut self) -> Option<Box<dyn Store>> {
        self.jobs = None;
        self.thread.take()?.join().ok()
    }

    async fn ask<T>(&self, job: impl FnOnce(Sender<T>) -> Job) -> io::Result<T> {
        let (sender, receiver) = oneshot::channel();
        let sent = self.jobs.as_ref().and_then(|jobs| jobs.send(job(sender)).ok());
        sent.ok_or_else(ended)?;
        receiver.await.unwrap_or_else(|_| Err(ended()))
    }

    /// The packed content of a request. Those who ask at the same time wait for one reading.
    async fn content(&self, request: usize) -> io::Result<Vec<u8>> {
        let mut ahead = self.ahead.lock().await;
        if !ahead.contains_key(&request) {
            let contents = self.ask(|sender| Job::Read(request, sender)).await?;
            if ahead.len() > KEPT - AHEAD {
                ahead.clear();
            }
            ahead.extend((request..).zip(contents));
        }
        ahead.remove(&request).ok_or_else(|| io::Error::other(format!("it holds no request at place {request}")))
    }
}

impl Journal for JournalWriter {
    async fn append(&self, events: Vec<Event>) -> io::Result<()> {
        self.ask(|sender| Job::Append(events, sender)).await
    }

    async fn write(&self, request: usize) -> io::Result<Write> {
        unpacked(&self.content(request).await?).map_err(io::Error::other)
    }

    async fn picture(&self, file: &ImageFile) -> io::Result<Vec<u8>> {
        tokio::fs::read(self.pictures.join(&*file.sha256)).await
    }
}

fn ended() -> io::Error {
    io::Error::other("the journal's thread has ended")
}

fn work(store: Box<dyn Store>, jobs: &Receiver<Job>) -> Box<dyn Store> {
    let mut pen = Pen { store, broken: None };
    while let Ok(first) = jobs.recv() {
        let (mut intents, mut told) = (Waiting::new(), Waiting::new());
        for job in std::iter::once(first).chain(jobs.try_iter()) {
            match job {
                Job::Append(events, sender) if events.iter().all(is_intent) => intents.push((events, sender)),
                Job::Append(events, sender) => told.push((events, sender)),
                // Where nobody waits any more the run is stopping.
                Job::Read(first, sender) => drop(sender.send(contents(&*pen.store, first).map_err(io::Error::other))),
            }
        }
        // Intents need not wait for the disk, and what they allow goes on while it works.
        pen.keep(intents, |store, changes| store.note(changes));
        pen.keep(told, |store, changes| store.commit(changes));
    }
    pen.store
}

/// An intent is written before the request leaves. It need not outlast a power cut: what was sent without an intent on
/// record is refused as existing when it is sent again, and compared with what the shop has.
fn is_intent(event: &Event) -> bool {
    matches!(event, Event::Intent { .. })
}

/// Appended events, and who waits for them.
type Waiting = Vec<(Vec<Event>, Sender<()>)>;

/// What writes.
struct Pen {
    store: Box<dyn Store>,
    /// After one failed commit nothing more is written: what is durable stays a prefix of what happened.
    broken: Option<String>,
}

impl Pen {
    /// Writes all of it together, and tells those who wait.
    fn keep(
        &mut self,
        waiting: Waiting,
        write: impl FnOnce(&dyn Store, &mut dyn Iterator<Item = Result<Change, StoreError>>) -> Result<(), StoreError>,
    ) {
        if waiting.is_empty() {
            return;
        }
        if self.broken.is_none() {
            let events = waiting.iter().flat_map(|(events, _)| events);
            let kept = write(&*self.store, &mut events.map(|event| store::append(List::Event, event)));
            self.broken = kept.err().map(|error| error.to_string());
        }
        for (_, sender) in waiting {
            let result = self.broken.as_ref().map_or(Ok(()), |reason| Err(io::Error::other(reason.clone())));
            let _ = sender.send(result);
        }
    }
}

/// The packed contents of planned requests from this one on, as many as are read at once.
fn contents(store: &dyn Store, first: usize) -> Result<Vec<Vec<u8>>, StoreError> {
    let contents = (first..first + AHEAD).map(|place| store.item(List::Content, place));
    contents.map_while(Result::transpose).collect()
}
