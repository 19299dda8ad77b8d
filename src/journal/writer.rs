//! The one thread that writes a run's journal. What waits is written together. Who noted an intent hears of it then;
//! whatever is told afterwards is durable before anybody hears of it: a second thread waits for the disk, so that no
//! intent has to.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io;
use std::mem;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::content::unpacked;
use super::store::{self, Change, List, Store, StoreError, ToDisk};
use crate::plan::Write;
use crate::record::ImageFile;
use crate::submit::{Event, Journal};

/// So many contents are read at once: requests are mostly sent in the order of the plan.
const AHEAD: usize = 64;

/// So many are kept at most: one that is sent out of turn brings neighbours that nobody asks for.
const KEPT: usize = 4 * AHEAD;

type Sender<T> = oneshot::Sender<io::Result<T>>;

/// The journal, with how many events are on the disk where that refused.
type Returned = (Box<dyn Store>, Option<usize>);

enum Job {
    Append(Vec<Event>, Sender<()>),
    /// The packed content of a request, and of those after it for [`Ahead`].
    Read(usize, Sender<Option<Vec<u8>>>),
}

/// Packed contents that were read ahead, by request. Nobody holds it while he waits: whoever stands still would hold up
/// all others.
type Ahead = Arc<Mutex<BTreeMap<usize, Vec<u8>>>>;

/// Appends to a run's journal from any task.
#[derive(Debug)]
pub struct JournalWriter {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<Returned>>,
    ahead: Ahead,
    /// Where the run's own copies of pictures are.
    pictures: PathBuf,
}

impl JournalWriter {
    /// Takes the journal over.
    pub(super) fn start(store: Box<dyn Store>, pictures: PathBuf) -> JournalWriter {
        let (jobs, received) = mpsc::channel();
        let ahead = Ahead::default();
        let theirs = Arc::clone(&ahead);
        let thread = std::thread::spawn(move || work(store, &received, &theirs));
        JournalWriter { jobs: Some(jobs), thread: Some(thread), ahead, pictures }
    }

    /// Ends the thread and gives the journal back; `None` where the thread broke down.
    pub(super) fn finish(mut self) -> Option<Returned> {
        self.jobs = None;
        self.thread.take()?.join().ok()
    }

    async fn ask<T>(&self, job: impl FnOnce(Sender<T>) -> Job) -> io::Result<T> {
        let (sender, receiver) = oneshot::channel();
        let sent = self.jobs.as_ref().and_then(|jobs| jobs.send(job(sender)).ok());
        sent.ok_or_else(ended)?;
        receiver.await.unwrap_or_else(|_| Err(ended()))
    }

    async fn content(&self, request: usize) -> io::Result<Vec<u8>> {
        let content = match take(&self.ahead, request) {
            Some(content) => Some(content),
            None => self.ask(|sender| Job::Read(request, sender)).await?,
        };
        content.ok_or_else(|| unread(format!("it holds no request at place {request}")))
    }
}

impl Journal for JournalWriter {
    async fn append(&self, events: Vec<Event>) -> io::Result<()> {
        self.ask(|sender| Job::Append(events, sender)).await
    }

    async fn write(&self, request: usize) -> io::Result<Write> {
        unpacked(&self.content(request).await?).map_err(unread)
    }

    async fn picture(&self, file: &ImageFile) -> io::Result<Vec<u8>> {
        tokio::fs::read(self.pictures.join(&*file.sha256)).await
    }
}

fn unread(why: impl Display) -> io::Error {
    io::Error::other(format!("the journal cannot be read: {why}"))
}

fn ended() -> io::Error {
    io::Error::other("the journal's thread has ended")
}

fn take(ahead: &Ahead, request: usize) -> Option<Vec<u8>> {
    ahead.lock().unwrap_or_else(PoisonError::into_inner).remove(&request)
}

/// The content of a request; those after it are kept for whoever asks next. Who asked meanwhile finds his among them.
fn read(store: &dyn Store, ahead: &Ahead, request: usize) -> Result<Option<Vec<u8>>, StoreError> {
    if let Some(content) = take(ahead, request) {
        return Ok(Some(content));
    }
    let contents = store.some(List::Content, request..request + AHEAD)?;
    let mut ahead = ahead.lock().unwrap_or_else(PoisonError::into_inner);
    if ahead.len() > KEPT - AHEAD {
        ahead.clear();
    }
    ahead.extend((request..).zip(contents));
    Ok(ahead.remove(&request))
}

fn work(store: Box<dyn Store>, jobs: &Receiver<Job>, ahead: &Ahead) -> Returned {
    let mut pen = Pen::new(store);
    while let Ok(first) = jobs.recv() {
        let mut waiting = Waiting::new();
        for job in std::iter::once(first).chain(jobs.try_iter()) {
            match job {
                Job::Append(events, sender) => waiting.push((events, sender)),
                // Where nobody waits any more the run is stopping.
                Job::Read(request, sender) => {
                    drop(sender.send(read(&*pen.store, ahead, request).map_err(unread)));
                }
            }
        }
        pen.keep(waiting);
    }
    pen.finish()
}

/// An intent is written before the request leaves. Only the first one of a process must outlast a power cut, as the sign
/// that something was sent: what was sent without an intent on record is refused as existing when it is sent again, and
/// compared with what the shop has.
fn is_intent(event: &Event) -> bool {
    matches!(event, Event::Intent { .. })
}

/// Appended events, and who waits for them.
type Waiting = Vec<(Vec<Event>, Sender<()>)>;

type Changes<'a> = dyn Iterator<Item = Result<Change, StoreError>> + 'a;

/// Why nothing more is written. After one failure there is none: what is durable stays a prefix of what happened.
type Broken = Arc<OnceLock<String>>;

/// What writes.
struct Pen {
    store: Box<dyn Store>,
    /// How many events it holds.
    events: usize,
    /// Something was written by this process.
    has_begun: bool,
    broken: Broken,
    /// Brings to the disk what is told, while the next is written; none where a commit does both.
    disk: Option<Disk>,
}

impl Pen {
    fn new(store: Box<dyn Store>) -> Pen {
        let broken = Broken::default();
        let events = store.length(List::Event).unwrap_or_else(|error| {
            let _ = broken.set(error.to_string());
            0
        });
        let disk = store.to_disk().map(|to_disk| Disk::start(to_disk, Arc::clone(&broken), events));
        Pen { store, events, has_begun: false, broken, disk }
    }

    /// Writes all of it together, and tells those who wait: of intents at once, of all else when it is on the disk.
    fn keep(&mut self, waiting: Waiting) {
        if waiting.is_empty() {
            return;
        }
        let is_first = !mem::replace(&mut self.has_begun, true);
        let note = |store: &dyn Store, changes: &mut Changes<'_>| match is_first {
            true => store.commit(changes),
            false => store.note(changes),
        };
        let (intents, told): (Waiting, Waiting) =
            waiting.into_iter().partition(|(events, _)| events.iter().all(is_intent));
        if self.disk.is_none() {
            // Intents need not wait for the disk, and what they allow goes on while it works.
            tell_those(intents, |intents| self.write(intents, note));
            return tell_those(told, |told| self.write(told, |store, changes| store.commit(changes)));
        }
        let intended = intents.len();
        let mut waiting = intents;
        waiting.extend(told);
        let written = self.write(&waiting, note);
        let told = waiting.split_off(intended);
        tell_those(waiting, |_| written.clone());
        match (&self.disk, &written) {
            (Some(_), Ok(())) if told.is_empty() => {}
            (Some(disk), Ok(())) => disk.bring(told, self.events),
            (_, _) => tell_those(told, |_| written),
        }
    }

    fn write(
        &mut self,
        waiting: &Waiting,
        write: impl FnOnce(&dyn Store, &mut Changes<'_>) -> Result<(), StoreError>,
    ) -> Result<(), String> {
        if let Some(reason) = self.broken.get() {
            return Err(reason.clone());
        }
        let events = waiting.iter().flat_map(|(events, _)| events);
        let count = events.clone().count();
        let written = write(&*self.store, &mut events.map(|event| store::append(List::Event, event)));
        self.events += count;
        written.map_err(|error| self.broken.get_or_init(|| error.to_string()).clone())
    }

    /// Gives the journal back when all of it is on the disk, or the disk has refused.
    fn finish(self) -> Returned {
        let durable = self.disk.map(|Disk { waiting, thread }| {
            drop(waiting);
            thread.join().unwrap_or_default()
        });
        (self.store, durable.filter(|_| self.broken.get().is_some()))
    }
}

/// The thread that waits for the disk.
struct Disk {
    /// Each with how many events the journal held then.
    waiting: mpsc::Sender<(Waiting, usize)>,
    /// It answers how many of them are on the disk.
    thread: JoinHandle<usize>,
}

impl Disk {
    fn start(mut to_disk: ToDisk, broken: Broken, events: usize) -> Disk {
        let (sender, received) = mpsc::channel::<(Waiting, usize)>();
        let thread = std::thread::spawn(move || {
            let (mut kept, mut durable) = (Ok(()), events);
            while let Ok((mut waiting, mut events)) = received.recv() {
                for (more, then) in received.try_iter() {
                    waiting.extend(more);
                    events = then;
                }
                // A disk that failed once may say later that all is well.
                kept = kept.and_then(|()| to_disk().map_err(|error| error.to_string()));
                match &kept {
                    Ok(()) => durable = events,
                    Err(reason) => _ = broken.set(reason.clone()),
                }
                tell_those(waiting, |_| kept.clone());
            }
            durable
        });
        Disk { waiting: sender, thread }
    }

    /// Tells those who wait when what they wrote is on the disk. Where the thread broke down they hear of it.
    fn bring(&self, waiting: Waiting, events: usize) {
        let _ = self.waiting.send((waiting, events));
    }
}

/// Tells those who wait what became of it.
fn tell_those(waiting: Waiting, keep: impl FnOnce(&Waiting) -> Result<(), String>) {
    if waiting.is_empty() {
        return;
    }
    let kept = keep(&waiting).map_err(|why| format!("the journal cannot be written: {why}"));
    for (_, sender) in waiting {
        let _ = sender.send(kept.clone().map_err(io::Error::other));
    }
}
