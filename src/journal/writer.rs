//! The one thread that writes a run's journal. What waits is committed together.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::content::unpacked;
use super::store::{self, List, Store, StoreError};
use crate::plan::Write;
use crate::record::ImageFile;
use crate::submit::{Event, Journal};

enum Job {
    Append(Vec<Event>, oneshot::Sender<io::Result<()>>),
    Write(usize, oneshot::Sender<io::Result<Write>>),
}

/// Appends to a run's journal from any task.
#[derive(Debug)]
pub struct JournalWriter {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<Box<dyn Store>>>,
    /// Where the run's own copies of pictures are.
    pictures: PathBuf,
}

impl JournalWriter {
    /// Takes the journal over.
    pub(super) fn start(store: Box<dyn Store>, pictures: PathBuf) -> JournalWriter {
        let (jobs, received) = channel();
        let thread = std::thread::spawn(move || work(store, &received));
        JournalWriter { jobs: Some(jobs), thread: Some(thread), pictures }
    }

    /// Ends the thread and gives the journal back; `None` where the thread broke down.
    pub(super) fn finish(mut self) -> Option<Box<dyn Store>> {
        self.jobs = None;
        self.thread.take()?.join().ok()
    }

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<io::Result<T>>) -> Job) -> io::Result<T> {
        let (sender, receiver) = oneshot::channel();
        let sent = self.jobs.as_ref().and_then(|jobs| jobs.send(job(sender)).ok());
        sent.ok_or_else(ended)?;
        receiver.await.unwrap_or_else(|_| Err(ended()))
    }
}

impl Journal for JournalWriter {
    async fn append(&self, events: Vec<Event>) -> io::Result<()> {
        self.ask(|sender| Job::Append(events, sender)).await
    }

    async fn write(&self, request: usize) -> io::Result<Write> {
        self.ask(|sender| Job::Write(request, sender)).await
    }

    async fn picture(&self, file: &ImageFile) -> io::Result<Vec<u8>> {
        tokio::fs::read(self.pictures.join(&*file.sha256)).await
    }
}

fn ended() -> io::Error {
    io::Error::other("the journal's thread has ended")
}

fn work(store: Box<dyn Store>, jobs: &Receiver<Job>) -> Box<dyn Store> {
    // After one failed commit nothing more is written: what is durable stays a prefix of what happened.
    let mut broken: Option<String> = None;
    while let Ok(first) = jobs.recv() {
        let mut waiting = Vec::new();
        for job in std::iter::once(first).chain(jobs.try_iter()) {
            match job {
                Job::Append(events, sender) => waiting.push((events, sender)),
                Job::Write(place, sender) => {
                    let write = content(&*store, place).map_err(io::Error::other);
                    // Nobody waits any more: the run is stopping.
                    let _ = sender.send(write);
                }
            }
        }
        if waiting.is_empty() {
            continue;
        }
        if broken.is_none() {
            let events = waiting.iter().flat_map(|(events, _)| events);
            let kept = store.commit(&mut events.map(|event| store::append(List::Event, event)));
            broken = kept.err().map(|error| error.to_string());
        }
        for (_, sender) in waiting {
            let result = broken.as_ref().map_or(Ok(()), |reason| Err(io::Error::other(reason.clone())));
            let _ = sender.send(result);
        }
    }
    store
}

/// The content of a planned request.
fn content(store: &dyn Store, place: usize) -> Result<Write, StoreError> {
    let content = store.item(List::Content, place)?;
    unpacked(&content.ok_or_else(|| StoreError::new(format!("it holds no request at place {place}")))?)
}
