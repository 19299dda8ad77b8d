//! Torn and damaged journals: they are refused with a message, or read; never a panic. One that only lost its tail, as
//! after a power cut, is read as far as it goes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseResult;
use skuload::dialect::{Class, Refusal};
use skuload::journal::{Run, Runs};
use skuload::plan::{
    CreateProduct, Intent, Plan, PlannedImage, PlannedRequest, PlannedRow, SetImages, SkuImages, Write,
};
use skuload::record::{CategoryId, ImageUrl, Measure, Offer, Package, Price, Product, SellerSku, Sku};
use skuload::submit::{Answer, Event, Found, Journal, Pace, Policy};
use skuload::verdict::verdicts;
use tempfile::TempDir;

use crate::meta::meta;

const RUN: &str = "run";
const REQUESTS: usize = 40;

fn sku(at: usize) -> SellerSku {
    SellerSku::parse(&format!("SKU-{at}")).unwrap()
}

fn planned() -> Plan {
    let one = Measure::parse("1").unwrap();
    let mut plan = Plan::default();
    for at in 0..REQUESTS {
        let write = if at % 10 == 9 {
            let images = vec![PlannedImage::Hosted(ImageUrl::parse("https://sg-live.slatic.net/p/a.jpg").unwrap())];
            let skus = (at - 9..at).map(|at| SkuImages { seller_sku: sku(at), images: images.clone(), before: None });
            Write::SetImages(SetImages { skus: skus.collect(), starts: Vec::new() })
        } else {
            let product =
                Product { category: CategoryId::parse("3"), name: Some("Mug".to_owned()), ..Product::default() };
            let own = Sku {
                seller_sku: sku(at),
                offer: Offer { regular: Price::parse("9.90").unwrap(), sale: None },
                quantity: None,
                package: Package { weight: one, length: one, width: one, height: one },
                product_id: None,
                attributes: Vec::new(),
                images: Vec::new(),
                dead_images: Vec::new(),
            };
            plan.rows.push(PlannedRow {
                sheet: String::new(),
                row: u32::try_from(at + 2).unwrap(),
                line: None,
                seller_sku: sku(at).to_string(),
                product: "Mug".to_owned(),
                images: 1,
                dead_images: Vec::new(),
                intent: Intent::Create(at),
                image_request: Some(at / 10 * 10 + 9),
                switch_request: None,
            });
            Write::CreateProduct(CreateProduct {
                product,
                skus: vec![own],
                required_images: Vec::new(),
                images: Vec::new(),
                variants: Vec::new(),
            })
        };
        let after = if at % 10 == 9 { (at - 9..at).collect() } else { Vec::new() };
        plan.requests.push(PlannedRequest { id: format!("request-{at}"), write, after });
    }
    plan
}

fn events() -> Vec<Event> {
    let mut events = Vec::new();
    for request in 0..REQUESTS {
        let skus = if request % 10 == 9 { (0..9).collect() } else { vec![0] };
        events.push(Event::Intent {
            request,
            skus,
            associated: None,
            hash: "00".repeat(32),
            action: None,
            fetches: false,
        });
        let refusal =
            Refusal { code: "201".to_owned(), message: "no".to_owned(), details: Vec::new(), class: Class::Data };
        let answer = match request % 4 {
            0 => Answer::Refused(refusal),
            1 => Answer::Unclear { reason: "cut".to_owned() },
            _ => Answer::Done { warnings: Vec::new() },
        };
        events.push(Event::Answered { request, answer });
        if request % 4 == 1 && request % 10 != 9 {
            events.push(Event::LookedUp { request, found: Found { present: vec![0], is_ours: true }, is_last: false });
        }
    }
    events
}

/// The files of a journal, by name.
type Files = Vec<(String, Vec<u8>)>;

/// How a journal's process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// Killed: what happened stands in the write-ahead log.
    Open,
    /// By itself: everything stands in one file.
    Closed,
}

fn journal(left: Left) -> &'static Files {
    static FILES: OnceLock<[Files; 2]> = OnceLock::new();
    let [open, closed] = FILES.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let runs = Runs::new(folder.path());
        let mut run = runs.create(meta(RUN, "x.csv", DateTime::<Utc>::default())).unwrap();
        run.store_plan(&planned()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (writer, path, meta) = run.into_writer();
        for event in events() {
            runtime.block_on(writer.append(vec![event])).unwrap();
        }
        // Closing empties the log.
        let open = files_in(&path);
        assert!(open.iter().any(|(name, bytes)| name.ends_with("-wal") && !bytes.is_empty()));
        drop(Run::from_writer(writer, path.clone(), meta).unwrap());
        let closed = files_in(&path);
        assert!(closed.iter().all(|(name, bytes)| !name.ends_with("-wal") || bytes.is_empty()));
        [open, closed]
    });
    match left {
        Left::Open => open,
        Left::Closed => closed,
    }
}

fn files_in(folder: &Path) -> Files {
    let read = |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
    fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap())).collect()
}

/// What is done to one file.
#[derive(Debug, Clone)]
enum Damage {
    Cut(Index),
    Flip(Index, u8),
    Zero(Index, usize),
    Swap(Index, String),
    Missing,
}

fn damaged(mut bytes: Vec<u8>, damage: &Damage) -> Option<Vec<u8>> {
    let length = bytes.len();
    if length == 0 {
        return Some(bytes);
    }
    match damage {
        Damage::Cut(at) => bytes.truncate(at.index(length)),
        Damage::Flip(at, mask) => bytes[at.index(length)] ^= mask,
        Damage::Zero(at, count) => {
            let at = at.index(length);
            bytes[at..(at + count).min(length)].fill(0);
        }
        Damage::Swap(at, digit) => {
            // A digit of a text becomes another one: nothing but the meaning changes.
            let at = at.index(length);
            let digits = bytes.iter().enumerate().skip(at).filter(|(_, byte)| byte.is_ascii_digit());
            if let Some(place) = digits.map(|(place, _)| place).next() {
                bytes[place] = digit.as_bytes()[0];
            }
        }
        Damage::Missing => return None,
    }
    Some(bytes)
}

/// Opens the run in that folder, and reads all there is; how far it came.
fn read(state_dir: &Path) -> Result<usize, String> {
    let run = Runs::new(state_dir).open(RUN).map_err(|error| error.to_string())?;
    let told = |error: skuload::journal::JournalError| error.to_string();
    run.is_planned().map_err(told)?;
    let rows = run.rows().map_err(told)?;
    let policy = Policy::default();
    let mut state = run.state(policy.clone(), Pace::new(&policy)).map_err(told)?;
    let _ = (run.stopped(), run.is_reported(), run.to_fix_sha256());
    let names = run.names_of(&state.absent_pictures()).map_err(told)?;
    let told = verdicts(&rows, &state, &names, None);
    assert_eq!(told.rows.len(), rows.len());
    let attempts = (0..state.len()).filter_map(|request| state.creation(request)).map(|one| one.attempts() as usize);
    let attempts = attempts.sum();
    state.apply(&Event::Resumed, 1);
    Ok(attempts)
}

fn folder_with(files: &[(String, Option<Vec<u8>>)]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("runs").join(RUN);
    fs::create_dir_all(&path).unwrap();
    for (name, bytes) in files {
        if let Some(bytes) = bytes {
            fs::write(path.join(name), bytes).unwrap();
        }
    }
    (folder, path)
}

fn target(left: Left, damages: &[(bool, Damage)]) -> TestCaseResult {
    let mut files: Vec<(String, Option<Vec<u8>>)> =
        journal(left).iter().map(|(name, bytes)| (name.clone(), Some(bytes.clone()))).collect();
    for (is_log, damage) in damages {
        let is_log = *is_log && left == Left::Open;
        let file = files.iter_mut().find(|(name, _)| name.ends_with("-wal") == is_log && !name.ends_with("-shm"));
        let Some((_, bytes)) = file else { continue };
        *bytes = bytes.take().and_then(|bytes| damaged(bytes, damage));
    }
    let (folder, _) = folder_with(&files);
    if let Err(message) = read(folder.path()) {
        prop_assert!(!message.trim().is_empty());
    }
    Ok(())
}

#[test]
fn journals_that_are_damaged_are_read_or_refused() {
    let damage = prop_oneof![
        any::<Index>().prop_map(Damage::Cut),
        (any::<Index>(), 1_u8..).prop_map(|(at, mask)| Damage::Flip(at, mask)),
        (any::<Index>(), 1_usize..5000).prop_map(|(at, count)| Damage::Zero(at, count)),
        (any::<Index>(), "[0-9]").prop_map(|(at, digit)| Damage::Swap(at, digit)),
        Just(Damage::Missing),
    ];
    let left = prop_oneof![Just(Left::Open), Just(Left::Closed)];
    let inputs = (left, proptest::collection::vec((any::<bool>(), damage), 1..4));
    crate::run(300, &inputs, |(left, damages)| target(left, &damages));
}

#[test]
fn journals_without_their_tail_are_read_as_far_as_they_go() {
    let whole = folder_with(
        &journal(Left::Open).iter().map(|(name, bytes)| (name.clone(), Some(bytes.clone()))).collect::<Vec<_>>(),
    );
    let all = read(whole.0.path()).unwrap();
    assert_eq!(all, REQUESTS - REQUESTS / 10);
    crate::run(60, &any::<Index>(), |at| {
        let files: Vec<(String, Option<Vec<u8>>)> = journal(Left::Open)
            .iter()
            .filter(|(name, _)| !name.ends_with("-shm"))
            .map(|(name, bytes)| {
                let length = if name.ends_with("-wal") { at.index(bytes.len()) } else { bytes.len() };
                (name.clone(), Some(bytes[..length].to_vec()))
            })
            .collect();
        let (folder, path) = folder_with(&files);
        match read(folder.path()) {
            Ok(attempts) => prop_assert!(attempts <= all),
            // The log was cut before the run's first entry.
            Err(message) => {
                let is_told = message.contains(path.to_str().unwrap()) || message.contains("there is no run");
                prop_assert!(is_told, "{message}");
            }
        }
        Ok(())
    });
}
