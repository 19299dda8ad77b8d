//! `skuload export`: reads the shop's products into a sheet. It never writes to the shop.
//!
//! What was read is kept below the state folder, page by page, until the sheet is in place: the same command goes on
//! where it was stopped.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use skuload::dialect::{Dialect, Refusal, Told};
use skuload::export::{self, Resumed, Spool, Written};
use skuload::journal::{JournalError, Lock, ShopStore};
use skuload::plan::ShopSnapshot;
use skuload::record::{Country, SellerSku};
use skuload::report::try_path;
use skuload::submit::{Clock, Edge, HttpTransport, Listed, Listing, Pace, State, Stopped, Wanted, baseline, next_page};

use super::args::{ExportArgs, Format};
use super::exit::{Exit, Failure};
use super::export_args::{self, Asked, Output, extent};
use super::go_on::{self, GoOn, Whose};
use super::output::{self, counted};
use super::progress::Progress;
use super::secret;
use super::sending::{self, Market, Target};
use super::settings::Settings;
use super::shop;
use super::world::{self, SystemClock, Watcher};

/// What was read longer ago is too old to be put beside what is read now.
pub(super) const LASTS: TimeDelta = TimeDelta::hours(24);

/// So many of a kind are named.
const NAMED: usize = 5;

pub(super) fn run(args: &ExportArgs, settings: &Settings) -> Result<Exit, Failure> {
    let Some(name) = settings.decided.shop.as_deref() else {
        return Err(Failure::new(Exit::Usage, "no shop is named").help("add --shop NAME; `skuload shop list` has them"));
    };
    let format = settings.format()?;
    let output = Output::of(&args.output, format)?;
    settings.check_api()?;
    let shop = shop::load(settings, name)?;
    let (country, whose) = (shop.country, Whose { api: shop.api(), shop: Some(name) });
    let asked = Asked::of(args, country)?;
    if let Asked::List(wanted) = &asked
        && !whose.api.knows_filter(wanted.filter)
    {
        let what = format!("the API of the shop `{name}` has no list of products that are {}", wanted.filter.as_str());
        return Err(Failure::new(Exit::Usage, what)
            .help("leave --filter out: in the sheet, the rows without pictures have empty image columns"));
    }
    let policy = sending::policy(settings, Market::Shop)?;
    if let Output::File(path) = &output {
        try_path(path)?;
    }
    let target = Target::shop(settings, name)?;
    let job = Job { args, settings, name, whose, country, asked, output, format };
    let folder = job.folder();
    let _lock = job.lock(&folder)?;
    let mut reading = job.open(&folder, target.dialect())?;
    let stopped = world::runtime()?.block_on(async {
        world::watch_interrupts(format!(
            "what was read is kept for a day; go on where it stopped with: {}",
            job.command()
        ));
        let transport = sending::transport(&policy)?;
        let pace = ShopStore::open(&target.store)?.pace()?.unwrap_or_else(|| Pace::new(&policy));
        let mut state = State::new(Vec::new(), policy, pace);
        let watcher = Watcher::of_run(job.told_as(), settings.verbose, |_| 0);
        let watcher = watcher.keeping_pace(ShopStore::open(&target.store)?);
        let edge = target.edge(&transport, &watcher);
        let stopped = job.read(&edge, &mut reading, &mut state).await;
        ShopStore::open(&target.store)?.set_pace(state.pace())?;
        stopped
    })?;
    if let Some(stopped) = stopped {
        return Err(job.stopped(&stopped, &reading));
    }
    let exit = job.write(&folder, &reading)?;
    // What was read is in the sheet. A file that stays is overwritten by the next export of the same.
    let _ = fs::remove_dir_all(&folder);
    Ok(exit)
}

/// Where exports keep what they have read, each in a folder of its own.
pub(super) fn kept_in(state: &Path) -> PathBuf {
    state.join("exports")
}

/// The file of what was read.
pub(super) fn reading_in(folder: &Path) -> PathBuf {
    folder.join("read.jsonl")
}

/// One export.
struct Job<'a> {
    args: &'a ExportArgs,
    settings: &'a Settings,
    name: &'a str,
    whose: Whose<'a>,
    country: Option<Country>,
    asked: Asked,
    output: Output,
    format: Format,
}

/// What the file of what was read begins with.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    question: String,
    began: DateTime<Utc>,
}

/// How far the reading is.
#[derive(Debug, Serialize, Deserialize)]
enum Next<L> {
    List(L),
    Skus(Found),
}

/// What became of seller SKUs that were asked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Found {
    asked: usize,
    deleted: u64,
    absent: u64,
    /// The first of those that are not there.
    named: Vec<String>,
}

/// What was read, and how far it is.
struct Reading {
    spool: Spool,
    next: Next<Listing>,
}

type ShopEdge<'a> = Edge<'a, HttpTransport, SystemClock, Watcher>;

#[derive(Serialize)]
struct ProgressLine {
    v: u8,
    kind: &'static str,
    products: u64,
    total: Option<u64>,
}

#[derive(Serialize)]
struct SummaryLine<'a> {
    v: u8,
    kind: &'static str,
    shop: &'a str,
    file: Option<String>,
    products: u64,
    skus: u64,
    /// Left out.
    deleted: u64,
    /// The shop counts them, or was asked for them, and does not show them.
    missing: u64,
    /// Texts that a workbook cannot hold.
    too_long: usize,
}

impl Job<'_> {
    /// Where what was read is kept: the same folder for the same question to the same shop.
    fn folder(&self) -> PathBuf {
        let id = HEXLOWER.encode(&Sha256::digest(self.asked.question().as_bytes())[..6]);
        kept_in(&self.settings.state_dir()).join(format!("{}-{id}", self.name))
    }

    fn lock(&self, folder: &Path) -> Result<Lock, Failure> {
        let made = secret::make_private_folder(folder);
        made.map_err(|error| Failure::new(Exit::Local, format!("cannot make {}: {error}", folder.display())))?;
        ShopStore::lock(folder, self.name).map_err(|error| match error {
            JournalError::Locked { shop } => {
                Failure::new(Exit::Busy, format!("another process is exporting the same of the shop `{shop}`"))
                    .help(format!("wait until it has ended; then: {}", self.command()))
            }
            error => error.into(),
        })
    }

    /// Goes on with what an earlier process read, or begins.
    fn open(&self, folder: &Path, dialect: Dialect) -> Result<Reading, Failure> {
        let path = reading_in(folder);
        let question = self.asked.question();
        let began = SystemClock.now();
        if !self.args.fresh
            && let Some(Resumed { spool, head, next }) = Spool::resume::<Head, Next<Listing>>(&path)?
            && head.question == question
        {
            if began - head.began < LASTS {
                return self.resumed(spool, next, head.began);
            }
            output::say("an earlier export of the same was broken off more than a day ago: it begins anew");
        }
        let spool = Spool::begin(&path, &Head { question, began })?;
        let next = match &self.asked {
            Asked::List(wanted) => Next::List(Listing::new(wanted, dialect)),
            Asked::Skus(_) => Next::Skus(Found::default()),
        };
        Ok(Reading { spool, next })
    }

    fn resumed(&self, spool: Spool, mut next: Next<Listing>, began: DateTime<Utc>) -> Result<Reading, Failure> {
        let mut products = 0;
        spool.each(&mut |listed| {
            products += 1;
            if let Next::List(listing) = &mut next {
                listing.remember(listed);
            }
            Ok(())
        })?;
        let (products, when) = (counted(products, "product", "products"), began.format("%Y-%m-%d %H:%M UTC"));
        output::say(&format!("going on with the export that began on {when}: {products} read (--fresh begins anew)"));
        Ok(Reading { spool, next })
    }

    /// How the steps are told: where the sheet goes to standard output, they must not stand in between.
    fn told_as(&self) -> Format {
        match self.output {
            Output::File(_) => self.format,
            Output::Standard(_) => Format::Human,
        }
    }

    /// Reads to the end; answers why it stopped before, where it did.
    async fn read(
        &self,
        edge: &ShopEdge<'_>,
        reading: &mut Reading,
        state: &mut State,
    ) -> Result<Option<Stopped>, Failure> {
        let Reading { spool, next } = reading;
        match (&self.asked, next) {
            (Asked::List(wanted), Next::List(listing)) => self.read_list(edge, wanted, (spool, listing), state).await,
            (Asked::Skus(skus), Next::Skus(found)) => self.read_skus(edge, skus, (spool, found), state).await,
            // The same question is of the same kind.
            (Asked::List(_), Next::Skus(_)) | (Asked::Skus(_), Next::List(_)) => Ok(None),
        }
    }

    async fn read_list(
        &self,
        edge: &ShopEdge<'_>,
        wanted: &Wanted,
        (spool, listing): (&mut Spool, &mut Listing),
        state: &mut State,
    ) -> Result<Option<Stopped>, Failure> {
        let mut progress: Option<Progress> = None;
        loop {
            let page = match next_page(edge, wanted, listing, state).await {
                Ok(page) => page,
                Err(stopped) => return Ok(Some(stopped)),
            };
            let is_over = page.is_none();
            spool.keep(page.unwrap_or_default(), &Next::List(&*listing))?;
            let (products, total) = (listing.products(), listing.total());
            if progress.is_none() {
                progress = edge.observer.begin("reading", total);
            }
            self.progress(progress.as_ref(), products, total);
            if is_over {
                progress.iter().for_each(Progress::finish);
                return Ok(None);
            }
        }
    }

    async fn read_skus(
        &self,
        edge: &ShopEdge<'_>,
        skus: &[SellerSku],
        (spool, found): (&mut Spool, &mut Found),
        state: &mut State,
    ) -> Result<Option<Stopped>, Failure> {
        let progress = edge.observer.begin("asking", Some(skus.len() as u64));
        let left = skus.get(found.asked..).unwrap_or_default();
        for range in edge.access.dialect().lookup_chunks(left) {
            let chunk = &left[range];
            let snapshot = match baseline(edge, chunk, Told::Everything, ShopSnapshot::default(), state).await {
                Ok(snapshot) => snapshot,
                Err(stopped) => return Ok(Some(stopped)),
            };
            found.learn(chunk, &snapshot);
            spool.keep(listed(chunk, &snapshot), &Next::<()>::Skus(found.clone()))?;
            self.progress(progress.as_ref(), found.asked as u64, Some(skus.len() as u64));
        }
        progress.iter().for_each(Progress::finish);
        Ok(None)
    }

    fn progress(&self, progress: Option<&Progress>, products: u64, total: Option<u64>) {
        if let Some(progress) = progress {
            progress.set(products, 0);
        }
        if self.told_as() == Format::Json {
            output::result(&output::json_line(&ProgressLine { v: 1, kind: "progress", products, total }));
        }
    }

    /// Writes the sheet, and tells what is in it.
    fn write(&self, folder: &Path, reading: &Reading) -> Result<Exit, Failure> {
        let path = match &self.output {
            Output::File(path) => path.clone(),
            Output::Standard(ending) => folder.join(format!("sheet.{ending}")),
        };
        let written = export::write(&reading.spool, &path, extent(self.args, self.country)).map_err(|error| {
            let failure = Failure::from(error);
            let first = failure.help.as_deref().unwrap_or("see to it that the file can be written");
            let help = format!("{first}; what was read is kept, go on with: {}", self.command());
            failure.help(help)
        })?;
        if let Output::Standard(_) = &self.output {
            copy_out(&path)?;
        }
        Ok(self.tell(&written, &reading.next))
    }

    fn tell(&self, written: &Written, next: &Next<Listing>) -> Exit {
        let Written { products, skus, deleted, too_long } = written;
        let (missing, gone) = match next {
            Next::List(listing) => (listing.missing(), 0),
            Next::Skus(found) => (found.absent, found.deleted),
        };
        let deleted = deleted + gone;
        let shown = match &self.output {
            Output::File(path) => Some(path.display().to_string()),
            Output::Standard(_) => None,
        };
        let counts = format!("{}, {}", counted(*products, "product", "products"), counted(*skus, "SKU", "SKUs"));
        let deletions = if deleted > 0 {
            format!("; {} left out (`--filter deleted` has them)", counted(deleted, "deleted SKU", "deleted SKUs"))
        } else {
            String::new()
        };
        match (self.format, &shown) {
            (Format::Json, _) => output::result(&output::json_line(&SummaryLine {
                v: 1,
                kind: "summary",
                shop: self.name,
                file: shown.clone(),
                products: *products,
                skus: *skus,
                deleted,
                missing,
                too_long: too_long.len(),
            })),
            (Format::Human, Some(path)) => output::result(&format!("{path}: {counts}{deletions}\n")),
            (Format::Human, None) => output::say(&format!("{counts}{deletions}")),
        }
        self.warn(too_long, missing, next)
    }

    /// What is not in the sheet though it was asked for.
    fn warn(&self, too_long: &[(String, String)], missing: u64, next: &Next<Listing>) -> Exit {
        let mut exit = Exit::Done;
        if missing > 0 {
            exit = Exit::Rows;
            output::warn(&match next {
                Next::List(_) => format!(
                    "the shop counts {} more than it shows, even when it is asked again; run the same command later",
                    counted(missing, "product", "products")
                ),
                Next::Skus(found) => {
                    let (named, rest) = (found.named.join(", "), missing.saturating_sub(found.named.len() as u64));
                    let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
                    format!("{} not in the shop: {named}{more}", counted(missing, "seller SKU is", "seller SKUs are"))
                }
            });
        }
        if !too_long.is_empty() {
            exit = Exit::Rows;
            let named = too_long.iter().take(NAMED).map(|(sku, column)| format!("{column} of `{sku}`"));
            output::warn(&format!(
                "{} longer than a cell of a workbook and left empty: {}{}; a name that ends in .csv keeps them",
                counted(too_long.len() as u64, "text is", "texts are"),
                named.collect::<Vec<_>>().join(", "),
                if too_long.len() > NAMED { " and others" } else { "" },
            ));
        }
        exit
    }

    fn command(&self) -> String {
        export_args::command(self.args, self.name, self.settings)
    }

    /// Why the reading stopped, and what to do.
    fn stopped(&self, stopped: &Stopped, reading: &Reading) -> Failure {
        let first = match stopped {
            Stopped::Credentials(_) | Stopped::NoApi(_) | Stopped::SwitchedOff { .. } => {
                go_on::advice(stopped, self.whose, self.settings)
            }
            Stopped::Account(refusal) => match list_advice(refusal) {
                Some(advice) => format!("{advice}; "),
                None => go_on::advice(stopped, self.whose, self.settings),
            },
            Stopped::Clock(_) => "set the clock; ".to_owned(),
            Stopped::Journal(_) => "free some space; ".to_owned(),
            Stopped::Limit { .. } => "raise the limit; ".to_owned(),
            Stopped::Interrupted | Stopped::Systemic { .. } => String::new(),
            Stopped::NobodyAnswers(_) | Stopped::Throttled(_) | Stopped::Trouble(_) => String::new(),
        };
        let kept = match &reading.next {
            Next::List(listing) => counted(listing.products(), "product was", "products were"),
            Next::Skus(found) => counted(found.asked as u64, "seller SKU was", "seller SKUs were"),
        };
        let then = if first.is_empty() { "" } else { "then " };
        let help =
            format!("{kept} read and kept for a day; {first}{then}go on where it stopped with: {}", self.command());
        go_on::failure(stopped, &GoOn::SameCommand, self.whose, self.settings).help(help)
    }
}

impl Found {
    fn learn(&mut self, chunk: &[SellerSku], snapshot: &ShopSnapshot) {
        self.asked += chunk.len();
        for sku in chunk.iter().filter(|sku| snapshot.product_of(sku).is_none()) {
            if snapshot.is_deleted(sku) {
                self.deleted += 1;
                continue;
            }
            self.absent += 1;
            if self.named.len() < NAMED {
                self.named.push(sku.to_string());
            }
        }
    }
}

/// What to do where a list cannot be asked for so.
fn list_advice(refusal: &Refusal) -> Option<&'static str> {
    if refusal.is_about_the_filter() {
        Some("this marketplace does not know that --filter, choose another one")
    } else if refusal.is_about_the_dates() {
        Some("this marketplace does not read the dates, leave them out")
    } else if refusal.is_about_the_sku_list() {
        Some("this marketplace cannot work with a seller SKU of --sku, leave it out")
    } else if refusal.is_about_the_page() {
        Some("this marketplace pages in a way of its own, ask for less with --filter or dates")
    } else {
        None
    }
}

/// The products of a chunk with those of their SKUs that were asked for.
fn listed(chunk: &[SellerSku], snapshot: &ShopSnapshot) -> Vec<Listed> {
    let asked: HashSet<&SellerSku> = chunk.iter().collect();
    let products = (0..).map_while(|place| snapshot.product(place));
    let listed = products.map(|product| {
        let label = product.skus.first().map(|sku| sku.seller_sku.to_string()).unwrap_or_default();
        let mut product = product.clone();
        product.skus.retain(|sku| asked.contains(&sku.seller_sku));
        Listed { label, product }
    });
    listed.filter(|listed| !listed.product.skus.is_empty()).collect()
}

/// Gives the sheet to whoever reads standard output.
fn copy_out(path: &Path) -> Result<(), Failure> {
    let failed = |error| Failure::new(Exit::Local, format!("cannot read {}: {error}", path.display()));
    let mut lines = BufReader::new(File::open(path).map_err(failed)?);
    let mut text = String::new();
    while lines.read_line(&mut text).map_err(failed)? > 0 {
        output::result(&text);
        text.clear();
    }
    Ok(())
}
