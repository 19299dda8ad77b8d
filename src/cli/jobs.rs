//! `skuload import --jobs FILE`: many sheets into many shops, each import in a process of its own.
//!
//! Shops run side by side, the jobs of one shop one after the other. A job is a run as `skuload import` makes it with
//! the same settings, so whatever happens to one (a wrong key, a panic, a kill) is its own. Here nothing is sent: the
//! children are started, waited for and told of. They stand in process groups of their own, so that an interrupt
//! reaches each of them once, from here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;

use super::args::{Format, ImportArgs};
use super::exit::{Exit, Failure};
use super::output::{self, counted};
use super::progress;
use super::settings::Settings;
use super::world::{self, Interrupts};

mod child;
mod list;

use child::Child;
use list::Job;

/// How often the children are looked at.
const GLANCE: Duration = Duration::from_millis(50);
/// So many shops run side by side, where nothing else is said.
const PARALLEL: usize = 8;

/// How a job ended.
#[derive(Debug)]
struct Ended {
    exit: Exit,
    seconds: f64,
    /// The last word of its result, where it came so far.
    summary: Option<Value>,
    /// What it said beside its result.
    messages: Vec<String>,
}

#[derive(Serialize)]
struct JobLine<'a> {
    v: u8,
    kind: &'static str,
    /// Its place in the file, from 1.
    job: usize,
    shop: &'a str,
    sheet: String,
    exit: u8,
    seconds: f64,
    summary: &'a Option<Value>,
    messages: &'a [String],
}

#[derive(Serialize)]
struct Total {
    v: u8,
    kind: &'static str,
    jobs: usize,
    shops: usize,
    /// Those that did not end with 0.
    failed: usize,
    exit: u8,
    rows: u64,
    verdicts: BTreeMap<String, u64>,
    seconds: f64,
}

/// Carries out the jobs of a file; the exit code is the heaviest of theirs.
pub(super) fn run(file: &Path, args: &ImportArgs, settings: &Settings) -> Result<Exit, Failure> {
    let format = settings.format()?;
    let jobs = list::read(file, settings)?;
    let started = progress::now();
    output::outlive_reader();
    let mut telling = Telling { jobs: &jobs, format, ended: Vec::new() };
    world::runtime()?.block_on(carry_out(&jobs, args, &mut telling));
    Ok(telling.finish(seconds_since(started)))
}

/// Starts each job when its shop is free, and tells of each that ends.
async fn carry_out<'a>(jobs: &'a [Job], args: &ImportArgs, telling: &mut Telling<'a>) {
    let mut interrupts = Interrupts::new();
    let mut stopping = 0;
    let mut waiting: VecDeque<&'a Job> = jobs.iter().collect();
    let mut running: Vec<(&'a Job, Child)> = Vec::new();
    let shops: BTreeSet<&str> = jobs.iter().map(|job| job.shop.as_str()).collect();
    let places = args.parallel.map_or(PARALLEL.min(shops.len()), usize::from);
    while !waiting.is_empty() || !running.is_empty() {
        while stopping == 0 && running.len() < places {
            let is_free = |job: &&Job| running.iter().all(|(other, _)| other.shop != job.shop);
            let Some(job) = waiting.iter().position(is_free).and_then(|place| waiting.remove(place)) else {
                break;
            };
            match Child::start(job, args) {
                Ok(child) => running.push((job, child)),
                Err(error) => telling.tell(job, Ended::before(Exit::Local, format!("it cannot be started: {error}"))),
            }
        }
        if stopping > 0 {
            for job in waiting.drain(..) {
                telling.tell(job, Ended::before(Exit::Interrupted, "it was not started".to_owned()));
            }
        }
        let mut still = Vec::new();
        for (job, mut child) in running {
            match child.ended() {
                Some(ended) => telling.tell(job, ended),
                None => still.push((job, child)),
            }
        }
        running = still;
        if !running.is_empty() && interrupts.came_within(GLANCE).await {
            stopping += 1;
            if stopping == 1 {
                output::insist("stopping: waiting for what is on its way (once more to stop now)");
            }
            running.iter().for_each(|(_, child)| child.interrupt(stopping));
        }
    }
}

impl Ended {
    /// It came to nothing.
    fn before(exit: Exit, message: String) -> Ended {
        Ended { exit, seconds: 0.0, summary: None, messages: vec![message] }
    }

    /// How many rows have each verdict.
    fn verdicts(&self) -> impl Iterator<Item = (&String, u64)> {
        let verdicts = self.summary.as_ref().and_then(|summary| summary.get("verdicts")).and_then(Value::as_object);
        verdicts.into_iter().flatten().filter_map(|(verdict, count)| Some((verdict, count.as_u64()?)))
    }

    /// `118 created, 2 exists`
    fn counts(&self) -> String {
        let order = |verdict: &str| skuload::verdict::Verdict::ALL.iter().position(|known| known.as_str() == verdict);
        let mut counts: Vec<(&String, u64)> = self.verdicts().filter(|(_, count)| *count > 0).collect();
        counts.sort_by_key(|(verdict, _)| order(verdict));
        if counts.is_empty() {
            return if self.summary.is_some() { "no rows".to_owned() } else { "no verdicts".to_owned() };
        }
        counts.into_iter().map(|(verdict, count)| format!("{count} {verdict}")).collect::<Vec<_>>().join(", ")
    }
}

/// Tells of the jobs, as they end and at the end.
struct Telling<'a> {
    jobs: &'a [Job],
    format: Format,
    ended: Vec<(&'a Job, Ended)>,
}

impl<'a> Telling<'a> {
    fn tell(&mut self, job: &'a Job, ended: Ended) {
        let (sheet, exit) = (job.sheet.display().to_string(), ended.exit.code());
        match self.format {
            Format::Json => {
                let Ended { seconds, summary, messages, .. } = &ended;
                let (job, shop, seconds) = (job.number, job.shop.as_str(), *seconds);
                let line = JobLine { v: 1, kind: "job", job, shop, sheet, exit, seconds, summary, messages };
                output::result(&output::json_line(&line));
            }
            Format::Human => {
                let widest = |text: fn(&Job) -> usize| self.jobs.iter().map(text).max().unwrap_or(0);
                let shop_width = widest(|job| job.shop.chars().count());
                let sheet_width = widest(|job| job.sheet.display().to_string().chars().count());
                let line = format!(
                    "{:<shop_width$}  {sheet:<sheet_width$}  {}  exit {exit}  {:.1} s",
                    job.shop,
                    ended.counts(),
                    ended.seconds
                );
                output::result(&format!("{}\n", output::plain(&line)));
            }
        }
        self.ended.push((job, ended));
    }

    /// What went wrong, and the sum.
    fn finish(mut self, seconds: f64) -> Exit {
        self.ended.sort_by_key(|(job, _)| job.number);
        let exit = self.ended.iter().fold(Exit::Done, |exit, (_, ended)| exit.and(ended.exit));
        let failed = self.ended.iter().filter(|(_, ended)| ended.exit != Exit::Done).count();
        let shops = self.jobs.iter().map(|job| job.shop.as_str()).collect::<BTreeSet<_>>().len();
        match self.format {
            Format::Json => {
                let mut verdicts: BTreeMap<String, u64> = BTreeMap::new();
                for (verdict, count) in self.ended.iter().flat_map(|(_, ended)| ended.verdicts()) {
                    *verdicts.entry(verdict.clone()).or_default() += count;
                }
                let (jobs, rows) = (self.jobs.len(), verdicts.values().sum());
                let exit = exit.code();
                let total = Total { v: 1, kind: "summary", jobs, shops, failed, exit, rows, verdicts, seconds };
                output::result(&output::json_line(&total));
            }
            Format::Human => {
                let jobs = counted(self.jobs.len() as u64, "job", "jobs");
                let shops = counted(shops as u64, "shop", "shops");
                output::result(&format!("{jobs} of {shops}: {failed} failed, {seconds:.1} s\n"));
                self.ended.iter().for_each(|(job, ended)| tell_messages(job, ended));
            }
        }
        exit
    }
}

/// What a job said beside its result, below its name.
fn tell_messages(job: &Job, ended: &Ended) {
    // Said by the job itself in the summary of its result.
    let to_fix = ended.summary.as_ref().and_then(|summary| summary.get("to_fix")).and_then(Value::as_str);
    let to_fix = to_fix.map(|path| format!("rows to mend: {path} (mend them there and import that file)"));
    let lines: Vec<&String> = ended.messages.iter().chain(&to_fix).collect();
    if lines.is_empty() || (output::is_quiet() && ended.exit == Exit::Done) {
        return;
    }
    let name = format!("job {}, shop `{}`, {}:", job.number, job.shop, job.sheet.display());
    output::insist(&output::plain(&name));
    for line in lines {
        output::insist(&format!("  {}", output::plain(line)));
    }
}

fn seconds_since(started: Instant) -> f64 {
    (started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0
}
