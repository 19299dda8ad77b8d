//! One suite for every store; migrations; torn and full journals.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::future::poll_fn;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::Poll;
use std::time::Duration;

use chrono::DateTime;
use futures_util::future::{Either, select};
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::time::timeout;

use super::content::packed;
use super::sql::{Kind, Sqlite};
use super::store::{Change, List, Register, Store, StoreError, ToDisk};
use super::{FinishedSheet, JournalError, JournalWriter, Memory, Meta, Progress, Run, Runs, ShopStore, new_run_id};
use crate::column::Choice;
use crate::dialect::Dialect;
use crate::plan::{Plan, PlannedImage, PlannedRequest, SetImages, SkuImages, Write};
use crate::record::{ImageUrl, SellerSku};
use crate::sheet::ReadOptions;
use crate::submit::{Answer, Event, Found, Journal, Outline, Pace, Policy};

// --- every store ---

/// A store of each kind with what it stands in, and a way to open the same one again.
fn stores(kind: Kind) -> Vec<(&'static str, Box<dyn Store>, TempDir)> {
    let folder = TempDir::new().unwrap();
    let file = Sqlite::open(&folder.path().join("store.sqlite"), kind, None).unwrap();
    vec![("memory", Box::new(Memory::default()), TempDir::new().unwrap()), ("sqlite", Box::new(file), folder)]
}

fn commit(store: &dyn Store, changes: impl IntoIterator<Item = Change>) {
    store.commit(&mut changes.into_iter().map(Ok)).unwrap();
}

fn append(list: List, item: &str) -> Change {
    Change::Append(list, item.as_bytes().to_vec())
}

fn put(register: Register, key: &str, value: &str) -> Change {
    Change::Put(register, key.to_owned(), value.to_owned())
}

fn items(store: &dyn Store, list: List) -> Vec<String> {
    let mut items = Vec::new();
    let mut each = |item: &[u8]| {
        items.push(String::from_utf8(item.to_vec()).unwrap());
        Ok(())
    };
    store.items(list, &mut each).unwrap();
    items
}

#[test]
fn a_list_keeps_its_order_and_each_place() {
    for (name, store, _folder) in stores(Kind::Run) {
        assert_eq!((store.length(List::Event).unwrap(), store.item(List::Event, 0).unwrap()), (0, None), "{name}");
        commit(&*store, [append(List::Event, "a"), append(List::Row, "x"), append(List::Event, "b")]);
        commit(&*store, [append(List::Event, "ค")]);
        assert_eq!(items(&*store, List::Event), ["a", "b", "ค"], "{name}");
        assert_eq!(items(&*store, List::Row), ["x"], "{name}");
        assert_eq!(store.length(List::Event).unwrap(), 3, "{name}");
        assert_eq!(store.item(List::Event, 1).unwrap().unwrap(), b"b", "{name}");
        assert_eq!(store.item(List::Event, 3).unwrap(), None, "{name}");
        let packed = vec![0, 255, 128, b'a'];
        commit(&*store, [Change::Append(List::Content, packed.clone())]);
        assert_eq!(store.item(List::Content, 0).unwrap(), Some(packed), "{name}");
    }
}

#[test]
fn a_register_has_one_value_under_a_key() {
    for (name, store, _folder) in stores(Kind::Shop) {
        assert_eq!(store.get(Register::Hosted, "b").unwrap(), None, "{name}");
        commit(&*store, [put(Register::Hosted, "b", "1"), put(Register::Hosted, "a", "2")]);
        commit(&*store, [put(Register::Hosted, "b", "3"), put(Register::Fact, "b", "4")]);
        assert_eq!(store.get(Register::Hosted, "b").unwrap().as_deref(), Some("3"), "{name}");
        let entries = store.entries(Register::Hosted).unwrap();
        assert_eq!(entries, [("a", "2"), ("b", "3")].map(|(key, value)| (key.to_owned(), value.to_owned())), "{name}");
        commit(&*store, ["a", "nothing"].map(|key| Change::Remove(Register::Hosted, key.to_owned())));
        assert_eq!(store.entries(Register::Hosted).unwrap().len(), 1, "{name}");
        assert_eq!(store.entries(Register::FinishedSheet).unwrap(), [], "{name}");
    }
}

#[test]
fn changes_come_all_or_not_at_all() {
    for (name, store, _folder) in stores(Kind::Run) {
        let changes = [Ok(append(List::Event, "a")), Ok(put(Register::Fact, "f", "1")), Err(StoreError::new("no"))];
        assert_eq!(store.commit(&mut changes.into_iter()).unwrap_err().to_string(), "no", "{name}");
        assert_eq!(items(&*store, List::Event), [""; 0], "{name}");
        assert_eq!(store.get(Register::Fact, "f").unwrap(), None, "{name}");
        commit(&*store, [append(List::Event, "b")]);
        assert_eq!(items(&*store, List::Event), ["b"], "{name}");
    }
}

#[test]
fn a_reader_that_refuses_ends_the_reading() {
    for (name, store, _folder) in stores(Kind::Run) {
        commit(&*store, ["a", "b"].map(|item| append(List::Row, item)));
        let mut seen = 0;
        let read = store.items(List::Row, &mut |_| {
            seen += 1;
            Err(StoreError::new("enough"))
        });
        assert_eq!((read.unwrap_err().to_string(), seen), ("enough".to_owned(), 1), "{name}");
    }
}

#[test]
fn a_shop_remembers_what_outlives_a_run() {
    for (name, store, _folder) in stores(Kind::Shop) {
        let mut shop = ShopStore::over(store, "acme");
        let pairs = [("https://a.example/1.jpg", "h1"), ("sha256:00ff", "h2")];
        let pairs = pairs.map(|(key, address)| (key.to_owned(), address.to_owned()));
        shop.keep_hosted(&pairs).unwrap();
        let keys = ["sha256:00ff", "https://a.example/2.jpg"].map(str::to_owned);
        let hosted = shop.hosted(&keys).unwrap();
        assert_eq!(hosted.into_iter().collect::<Vec<_>>(), [pairs[1].clone()], "{name}");
        shop.forget_hosted(&["h2", "h3"].map(str::to_owned).into()).unwrap();
        let both = pairs.clone().map(|(key, _)| key);
        assert_eq!(shop.hosted(&both).unwrap().into_iter().collect::<Vec<_>>(), [pairs[0].clone()], "{name}");
        assert_eq!(shop.finished_sheet("5e").unwrap(), None, "{name}");
        let finished = FinishedSheet { run: "r".to_owned(), started: DateTime::UNIX_EPOCH };
        shop.note_finished_sheet("5e", &finished).unwrap();
        assert_eq!(shop.finished_sheet("5e").unwrap(), Some(finished), "{name}");
        shop.mark_images(&["A", "B"], &["C"]).unwrap();
        shop.mark_images(&["C"], &["A"]).unwrap();
        let open: Vec<String> = shop.open_images().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(open, ["B", "C"], "{name}");
        shop.set_open_run(Some("r")).unwrap();
        assert_eq!(shop.open_run().unwrap().as_deref(), Some("r"), "{name}");
        shop.set_open_run(None).unwrap();
        assert_eq!(shop.open_run().unwrap(), None, "{name}");
    }
}

// --- a run ---

fn meta(run: &str) -> Meta {
    Meta {
        run: run.to_owned(),
        shop: None,
        dialect: Dialect::SellerCenter,
        sheet: "s.csv".to_owned(),
        sheet_path: None,
        copy: "sheet.csv".to_owned(),
        sha256: String::new(),
        started: DateTime::UNIX_EPOCH,
        version: "0".to_owned(),
        options: ReadOptions::default(),
        choice: Choice::default(),
        reports: Vec::new(),
        to_fix: None,
        starts: Vec::new(),
    }
}

/// So many requests with the pictures of one SKU: `P0`, `P1` and so on.
fn plan(requests: usize) -> Plan {
    let request = |at: usize| {
        let images = vec![PlannedImage::Hosted(ImageUrl::parse("https://a.example/1.jpg").unwrap())];
        let sku = SkuImages { seller_sku: SellerSku::parse(&format!("P{at}")).unwrap(), images, before: None };
        PlannedRequest {
            id: format!("images-{at}"),
            write: Write::SetImages(SetImages { skus: vec![sku], starts: Vec::new() }),
            after: Vec::new(),
        }
    };
    Plan { requests: (0..requests).map(request).collect(), ..Plan::default() }
}

fn intent(request: usize) -> Event {
    Event::Intent {
        request,
        skus: vec![0],
        associated: None,
        hash: format!("{request:064x}"),
        action: None,
        fetches: false,
    }
}

fn done(request: usize) -> Event {
    Event::Answered { request, answer: Answer::Done { warnings: Vec::new() } }
}

/// Runs a future that waits for the journal's thread alone.
fn waited<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

/// Appends events one by one; how many were said to be durable before the first refusal.
fn append_all(journal: &JournalWriter, events: &[Event]) -> usize {
    let append = |event: &Event| waited(journal.append(vec![event.clone()]));
    events.iter().map(append).take_while(io::Result::is_ok).count()
}

#[test]
fn a_run_is_there_again_with_all_that_happened() {
    let folder = TempDir::new().unwrap();
    let runs = Runs::new(folder.path());
    let mut run = runs.create(meta("r")).unwrap();
    assert_eq!((run.progress().unwrap(), run.is_planned().unwrap()), (Progress::Untouched, false));
    run.store_plan(&plan(2)).unwrap();
    let (journal, path, meta) = run.into_writer();
    assert_eq!(append_all(&journal, &[intent(0), done(0), intent(1)]), 3);
    assert_eq!(waited(journal.write(1)).unwrap(), plan(2).requests[1].write);
    assert!(waited(journal.write(2)).unwrap_err().to_string().contains("no request at place 2"));
    drop(Run::from_writer(journal, path, meta).unwrap());
    let run = runs.open("r").unwrap();
    assert!(run.is_planned().unwrap());
    assert_eq!(run.events().unwrap(), [intent(0), done(0), intent(1)]);
    assert_eq!(run.write(0).unwrap().as_ref(), Some(&plan(2).requests[0].write));
    assert_eq!(run.write(2).unwrap(), None);
    let policy = Policy::default();
    let state = run.state(policy.clone(), Pace::new(&policy)).unwrap();
    assert_eq!((state.len(), state.has_sent(), state.has_ended(0), state.has_ended(1)), (2, true, true, false));
    assert_eq!(run.progress().unwrap(), Progress::CutOff);
    run.set_halt(&state, DateTime::UNIX_EPOCH).unwrap();
    assert!(matches!(run.progress().unwrap(), Progress::Halted(halt) if halt.has_sent && !halt.is_finished));
    let (journal, path, meta) = run.into_writer();
    assert_eq!(append_all(&journal, &[Event::Resumed]), 1);
    let run = Run::from_writer(journal, path, meta).unwrap();
    assert_eq!(run.progress().unwrap(), Progress::CutOff, "it is old news");
}

#[test]
fn who_stands_still_while_he_reads_holds_up_nobody() {
    let folder = TempDir::new().unwrap();
    let mut run = Runs::new(folder.path()).create(meta("r")).unwrap();
    let plan = plan(2);
    run.store_plan(&plan).unwrap();
    let (journal, ..) = run.into_writer();
    waited(async {
        let mut standing = pin!(journal.write(0));
        // It has asked the journal's thread, and is not polled again.
        let first = poll_fn(|context| Poll::Ready(standing.as_mut().poll(context))).await;
        let second = timeout(Duration::from_secs(60), journal.write(1)).await;
        assert_eq!(second.expect("it must not wait for the first").unwrap(), plan.requests[1].write);
        let first = if let Poll::Ready(first) = first { first } else { standing.await };
        assert_eq!(first.unwrap(), plan.requests[0].write);
    });
}

#[test]
fn requests_are_read_in_any_order_and_more_than_once() {
    for (name, store, folder) in stores(Kind::Run) {
        let store = Starved::new(store);
        let shown = store.shown.clone();
        let mut run = Run::begin(Box::new(store), folder.path(), meta("r")).unwrap();
        let plan = plan(400);
        run.store_plan(&plan).unwrap();
        let (journal, ..) = run.into_writer();
        let in_turn = || 0..400;
        for request in in_turn() {
            assert_eq!(waited(journal.write(request)).unwrap(), plan.requests[request].write, "{name}");
        }
        assert!(shown.lock().unwrap()[&List::Content] <= 401, "{name}: each is read once");
        for request in in_turn().rev().step_by(7).chain([5, 5, 399, 0]) {
            assert_eq!(waited(journal.write(request)).unwrap(), plan.requests[request].write, "{name}");
        }
        assert!(waited(journal.write(400)).unwrap_err().to_string().contains("no request at place 400"), "{name}");
    }
}

#[test]
fn an_intent_is_written_at_once_and_whatever_is_told_is_brought_to_the_disk() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("journal.sqlite");
    let store = Sqlite::open(&path, Kind::Run, None).unwrap();
    let synchronous =
        |store: &Sqlite| -> i64 { store.connection.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap() };
    let (normal, full) = (1, 2);
    store.note(&mut [Ok(append(List::Event, "intent"))].into_iter()).unwrap();
    assert_eq!(synchronous(&store), normal);
    let other = Sqlite::open(&path, Kind::Run, None).unwrap();
    assert_eq!(items(&other, List::Event), ["intent"], "the end of the process does not take it");
    commit(&store, [append(List::Event, "outcome")]);
    assert_eq!(synchronous(&store), full);
}

#[test]
fn only_intents_are_spared_the_disk() {
    let looked_up = Event::LookedUp { request: 0, found: Found::default(), is_last: true };
    let not_looked_up = Event::NotLookedUp { request: 0, reason: String::new() };
    let told = [done(0), looked_up, not_looked_up, Event::Resumed];
    for events in told.into_iter().flat_map(|event| [vec![event.clone()], vec![intent(0), event]]) {
        let folder = TempDir::new().unwrap();
        let store = Starved { counts_notes: false, ..Starved::new(Box::new(Memory::default())) };
        let left = store.left.clone();
        let (journal, ..) = Run::begin(Box::new(store), folder.path(), meta("r")).unwrap().into_writer();
        left.store(1, Ordering::SeqCst);
        waited(journal.append(vec![intent(9)])).unwrap();
        assert_eq!(left.load(Ordering::SeqCst), 0, "the first one tells that something was sent");
        waited(journal.append(vec![intent(0), intent(1)])).unwrap();
        assert!(waited(journal.append(events.clone())).is_err(), "{events:?}");
        assert!(waited(journal.append(vec![intent(2)])).is_err(), "nothing follows a hole");
    }
}

#[test]
fn a_run_is_sent_by_one_process_at_a_time() {
    let folder = TempDir::new().unwrap();
    let runs = Runs::new(folder.path());
    runs.create(meta("r")).unwrap();
    let first = runs.lock("r").unwrap();
    assert!(matches!(runs.lock("r"), Err(JournalError::RunLocked { run }) if run == "r"));
    drop(first);
    runs.lock("r").unwrap();
    for name in ["", "..", "r/../r", "absent"] {
        assert!(matches!(runs.open(name), Err(JournalError::NoSuchRun { .. })), "{name}");
    }
}

// --- older and newer tables ---

/// The tables as the first version made them.
const FIRST_RUN: &str = "CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
     CREATE TABLE IF NOT EXISTS planned_row (place INTEGER PRIMARY KEY, row TEXT NOT NULL);
     CREATE TABLE IF NOT EXISTS request (place INTEGER PRIMARY KEY, outline TEXT NOT NULL, content BLOB NOT NULL);
     CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY, event TEXT NOT NULL);
     PRAGMA user_version = 1";
const FIRST_SHOP: &str = "CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
     CREATE TABLE IF NOT EXISTS open_images (seller_sku TEXT PRIMARY KEY) WITHOUT ROWID;
     PRAGMA user_version = 1";

fn first(path: &Path, tables: &str) -> Connection {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(tables).unwrap();
    connection
}

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap()
}

#[test]
fn a_run_of_the_first_version_goes_on() {
    let folder = TempDir::new().unwrap();
    let old = first(&folder.path().join("runs/r/journal.sqlite"), FIRST_RUN);
    let mut told = serde_json::to_value(meta("r")).unwrap();
    told.as_object_mut().unwrap().remove("starts").unwrap();
    let fact = |name: &str, value: String| old.execute("INSERT INTO fact VALUES (?1, ?2)", [name, &value]).unwrap();
    fact("meta", told.to_string());
    fact("planned", "true".to_owned());
    for (place, request) in plan(12).requests.iter().enumerate() {
        let values = (place as i64, json(&Outline::of(request)), packed(&request.write).unwrap());
        old.execute("INSERT INTO request VALUES (?1, ?2, ?3)", values).unwrap();
    }
    for event in [intent(0), done(0), intent(11)] {
        old.execute("INSERT INTO event (event) VALUES (?1)", [json(&event)]).unwrap();
    }
    drop(old);
    for _ in 0..2 {
        let run = Runs::new(folder.path()).open("r").unwrap();
        assert_eq!((run.meta(), run.is_planned().unwrap()), (&meta("r"), true));
        assert_eq!(run.events().unwrap()[..3], [intent(0), done(0), intent(11)]);
        let (journal, path, meta) = run.into_writer();
        assert_eq!(waited(journal.write(11)).unwrap(), plan(12).requests[11].write);
        assert_eq!(append_all(&journal, &[Event::Resumed]), 1);
        let run = Run::from_writer(journal, path, meta).unwrap();
        assert_eq!(run.events().unwrap().last(), Some(&Event::Resumed));
        let policy = Policy::default();
        assert_eq!(run.state(policy.clone(), Pace::new(&policy)).unwrap().len(), 12);
    }
}

#[test]
fn a_shop_of_the_first_version_goes_on() {
    let folder = TempDir::new().unwrap();
    let old = first(&folder.path().join("shop.sqlite"), FIRST_SHOP);
    old.execute("INSERT INTO fact VALUES ('open_run', '\"r\"')", []).unwrap();
    old.execute("INSERT INTO open_images VALUES ('A'), ('B')", []).unwrap();
    drop(old);
    let mut shop = ShopStore::open(folder.path()).unwrap();
    assert_eq!(shop.open_run().unwrap().as_deref(), Some("r"));
    shop.mark_images(&["A", "C"], &["B"]).unwrap();
    shop.keep_hosted(&[("k".to_owned(), "h".to_owned())]).unwrap();
    drop(shop);
    let shop = ShopStore::open(folder.path()).unwrap();
    let open: Vec<String> = shop.open_images().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!((open, shop.hosted(&["k".to_owned()]).unwrap().len()), (vec!["A".to_owned(), "C".to_owned()], 1));
}

#[test]
fn tables_of_a_newer_version_are_left_alone() {
    let folder = TempDir::new().unwrap();
    drop(ShopStore::open(folder.path()).unwrap());
    let path = folder.path().join("shop.sqlite");
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let refused = ShopStore::open(folder.path()).unwrap_err().to_string();
    assert!(refused.contains("shop.sqlite") && refused.contains("newer version of skuload (schema 99"), "{refused}");
}

#[test]
fn what_is_learnt_of_a_picture_is_kept_with_its_time() {
    let folder = TempDir::new().unwrap();
    let mut shop = ShopStore::open(folder.path()).unwrap();
    shop.keep_hosted(&[("k".to_owned(), "h".to_owned())]).unwrap();
    let file = Connection::open(folder.path().join("shop.sqlite")).unwrap();
    let since: i64 = file.query_row("SELECT since FROM hosted WHERE key = 'k'", [], |row| row.get(0)).unwrap();
    assert!(since > 1_700_000_000, "{since}");
}

// --- no space, and torn tails ---

/// A store that refuses every commit after so many, and counts the items it shows.
#[derive(Debug)]
struct Starved {
    inner: Box<dyn Store>,
    left: Arc<AtomicUsize>,
    shown: Arc<Mutex<BTreeMap<List, usize>>>,
    /// Notes count as commits.
    counts_notes: bool,
    /// Each word is one time that it writes; it breaks when nobody can say more. Without it only commits are durable.
    disk: RefCell<Option<mpsc::Receiver<()>>>,
}

impl Starved {
    fn new(inner: Box<dyn Store>) -> Starved {
        let left = Arc::new(AtomicUsize::new(usize::MAX));
        Starved { inner, left, shown: Arc::default(), counts_notes: true, disk: RefCell::default() }
    }
}

impl Store for Starved {
    fn get(&self, register: Register, key: &str) -> Result<Option<String>, StoreError> {
        self.inner.get(register, key)
    }

    fn entries(&self, register: Register) -> Result<Vec<(String, String)>, StoreError> {
        self.inner.entries(register)
    }

    fn length(&self, list: List) -> Result<usize, StoreError> {
        self.inner.length(list)
    }

    fn item(&self, list: List, place: usize) -> Result<Option<Vec<u8>>, StoreError> {
        *self.shown.lock().unwrap().entry(list).or_default() += 1;
        self.inner.item(list, place)
    }

    fn some(&self, list: List, places: Range<usize>) -> Result<Vec<Vec<u8>>, StoreError> {
        let items = self.inner.some(list, places)?;
        *self.shown.lock().unwrap().entry(list).or_default() += items.len();
        Ok(items)
    }

    fn items(&self, list: List, each: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.inner.items(list, &mut |item| {
            *self.shown.lock().unwrap().entry(list).or_default() += 1;
            each(item)
        })
    }

    fn commit(&self, changes: &mut dyn Iterator<Item = Result<Change, StoreError>>) -> Result<(), StoreError> {
        let taken = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        taken.map_err(|_| StoreError::new("no space"))?;
        self.inner.commit(changes)
    }

    fn to_disk(&self) -> Option<ToDisk> {
        let disk = self.disk.take()?;
        Some(Box::new(move || disk.recv().map_err(|_| StoreError::new("the disk is broken"))))
    }

    fn note(&self, changes: &mut dyn Iterator<Item = Result<Change, StoreError>>) -> Result<(), StoreError> {
        if self.counts_notes { self.commit(changes) } else { self.inner.note(changes) }
    }
}

/// A journal on a disk that writes when it is told to.
fn on_a_slow_disk(folder: &TempDir) -> (JournalWriter, mpsc::Sender<()>) {
    let (disk, received) = mpsc::channel();
    let store = Starved { disk: RefCell::new(Some(received)), ..Starved::new(Box::new(Memory::default())) };
    let run = Run::begin(Box::new(store), folder.path(), meta("r")).unwrap();
    (run.into_writer().0, disk)
}

#[test]
fn an_intent_does_not_wait_for_the_disk_and_whatever_is_told_does() {
    let folder = TempDir::new().unwrap();
    let (journal, disk) = on_a_slow_disk(&folder);
    waited(async {
        let mut told = pin!(journal.append(vec![done(0)]));
        for request in 1..4 {
            let intended = pin!(journal.append(vec![intent(request)]));
            assert!(matches!(select(told.as_mut(), intended).await, Either::Right((Ok(()), _))));
        }
        disk.send(()).unwrap();
        told.await.unwrap();
    });
}

#[test]
fn what_the_disk_refused_is_not_told_and_nothing_follows_it() {
    let folder = TempDir::new().unwrap();
    let (journal, disk) = on_a_slow_disk(&folder);
    disk.send(()).unwrap();
    waited(journal.append(vec![done(0)])).unwrap();
    drop(disk);
    for events in [vec![done(1)], vec![done(2)], vec![intent(3)]] {
        let refused = waited(journal.append(events)).unwrap_err().to_string();
        assert_eq!(refused, "the journal cannot be written: the disk is broken");
    }
}

#[test]
fn what_the_disk_refused_counts_for_nothing_and_what_was_sent_stays_sent() {
    let folder = TempDir::new().unwrap();
    let (disk, received) = mpsc::channel();
    let store = Starved { disk: RefCell::new(Some(received)), ..Starved::new(Box::new(Memory::default())) };
    let (journal, path, meta) = Run::begin(Box::new(store), folder.path(), meta("r")).unwrap().into_writer();
    disk.send(()).unwrap();
    waited(journal.append(vec![intent(0), done(0)])).unwrap();
    waited(journal.append(vec![intent(1)])).unwrap();
    drop(disk);
    assert!(waited(journal.append(vec![intent(2), done(1)])).is_err());
    let run = Run::from_writer(journal, path, meta).unwrap();
    assert_eq!(run.events().unwrap(), [intent(0), done(0), intent(1), intent(2)]);
}

#[test]
fn what_is_noted_is_brought_to_the_disk_by_another_thread() {
    let folder = TempDir::new().unwrap();
    let store = Sqlite::open(&folder.path().join("journal.sqlite"), Kind::Run, None).unwrap();
    let mut to_disk = store.to_disk().unwrap();
    let thread = std::thread::spawn(move || to_disk().map(|()| to_disk));
    store.note(&mut [Ok(append(List::Event, "outcome"))].into_iter()).unwrap();
    thread.join().unwrap().unwrap()().unwrap();
}

#[test]
fn after_the_first_refused_write_nothing_more_is_written() {
    let events: Vec<Event> = (0..6).flat_map(|request| [intent(request), done(request)]).collect();
    for commits in 0..events.len() {
        for (name, inner, folder) in stores(Kind::Run) {
            let store = Starved::new(inner);
            let left = store.left.clone();
            let mut run = Run::begin(Box::new(store), folder.path(), meta("r")).unwrap();
            run.store_plan(&plan(6)).unwrap();
            left.store(commits, Ordering::SeqCst);
            let (journal, path, meta) = run.into_writer();
            assert_eq!(append_all(&journal, &events), commits, "{name}");
            left.store(usize::MAX, Ordering::SeqCst);
            assert_eq!(append_all(&journal, &events), 0, "{name}: what follows a hole is not written");
            let run = Run::from_writer(journal, path, meta).unwrap();
            assert_eq!(run.events().unwrap(), events[..commits], "{name}");
            let (journal, path, meta) = run.into_writer();
            assert_eq!(append_all(&journal, &events[commits..]), events.len() - commits, "{name}");
            assert_eq!(Run::from_writer(journal, path, meta).unwrap().events().unwrap(), events, "{name}");
        }
    }
}

#[test]
fn what_happened_is_read_once_before_a_run_goes_on() {
    for requests in [50, 100] {
        for (name, inner, folder) in stores(Kind::Run) {
            let store = Starved::new(inner);
            let shown = store.shown.clone();
            let mut run = Run::begin(Box::new(store), folder.path(), meta("r")).unwrap();
            run.store_plan(&plan(requests)).unwrap();
            let (journal, path, meta) = run.into_writer();
            let events: Vec<Event> = (0..requests / 2).flat_map(|request| [intent(request), done(request)]).collect();
            assert_eq!(append_all(&journal, &events), requests, "{name}");
            let run = Run::from_writer(journal, path, meta).unwrap();
            let policy = Policy::default();
            assert_eq!(run.progress().unwrap(), Progress::CutOff, "{name}");
            assert!(!run.state(policy.clone(), Pace::new(&policy)).unwrap().is_finished(), "{name}");
            let counts: Vec<(List, usize)> = shown.lock().unwrap().clone().into_iter().collect();
            assert_eq!(counts, [(List::Request, requests), (List::Event, requests)], "{name}");
        }
    }
}

/// An event that fills most of a page.
fn long(request: usize) -> Event {
    Event::NotLookedUp { request, reason: "x".repeat(3000) }
}

#[test]
fn a_full_database_keeps_what_it_said_it_has() {
    let events: Vec<Event> = (0..8).map(long).collect();
    let mut kept = Vec::new();
    for more in 0..8 {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("journal.sqlite");
        let store = Sqlite::open(&path, Kind::Run, None).unwrap();
        let pages: i64 = store.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        store.connection.pragma_update(None, "max_page_count", pages + more).unwrap();
        let run = Run::begin(Box::new(store), folder.path(), meta("r")).unwrap();
        let (journal, path_of_run, meta) = run.into_writer();
        let durable = append_all(&journal, &events);
        let refused = waited(journal.append(vec![long(9)])).unwrap_err().to_string();
        assert!(refused.contains("full"), "{refused}");
        assert_eq!(Run::from_writer(journal, path_of_run, meta).unwrap().events().unwrap(), events[..durable]);
        // Somebody made room.
        let store = Sqlite::open(&path, Kind::Run, None).unwrap();
        assert_eq!(store.length(List::Event).unwrap(), durable);
        commit(&store, [append(List::Event, "on")]);
        kept.push(durable);
    }
    assert!(kept.is_sorted() && kept[0] < 2 && kept[7] > 4, "{kept:?}");
}

/// A journal's files with their last bytes cut off or overwritten: what it had up to then is there, and it goes on.
#[track_caller]
fn check_torn(database: &[u8], log: &[u8], events: &[String]) -> usize {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("journal.sqlite");
    fs::write(&path, database).unwrap();
    fs::write(folder.path().join("journal.sqlite-wal"), log).unwrap();
    let store = Sqlite::open(&path, Kind::Run, None).unwrap();
    let there = items(&store, List::Event);
    assert_eq!(there, events[..there.len()]);
    commit(&store, [append(List::Event, "on")]);
    drop(store);
    let store = Sqlite::open(&path, Kind::Run, None).unwrap();
    assert_eq!(items(&store, List::Event), [&events[..there.len()], &["on".to_owned()]].concat());
    there.len()
}

#[test]
fn a_torn_tail_loses_the_last_events_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("journal.sqlite");
    let store = Sqlite::open(&path, Kind::Run, None).unwrap();
    let events: Vec<String> = (0..12).map(|at| format!("event {at}")).collect();
    for event in &events {
        commit(&store, [append(List::Event, event)]);
    }
    let database = fs::read(&path).unwrap();
    let log = fs::read(folder.path().join("journal.sqlite-wal")).unwrap();
    let mut kept = Vec::new();
    for end in (0..=log.len()).rev().step_by(1373) {
        kept.push(check_torn(&database, &log[..end], &events));
        let rubbish = [&log[..end], &vec![0xa5; log.len() - end]].concat();
        assert_eq!(check_torn(&database, &rubbish, &events), kept[kept.len() - 1]);
    }
    assert_eq!((kept[0], kept.last()), (12, Some(&0)));
    assert!(kept.is_sorted_by(|later, sooner| later >= sooner), "{kept:?}");
}

#[test]
fn runs_of_the_same_second_sort_as_they_began() {
    let begun = (0..1_300).map(|at| DateTime::from_timestamp_millis(1_795_261_595_000 + 2 * at).unwrap());
    let names: Vec<String> = begun.map(new_run_id).collect();
    assert!(names.is_sorted_by(|sooner, later| sooner[..18] < later[..18]), "{names:?}");
    assert!(names.iter().all(|name| name.len() == 22), "{names:?}");
    assert_eq!(&names[0][..18], "20261121-114635-aa");
}
