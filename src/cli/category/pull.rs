//! `skuload category pull`: the tree, what the wanted categories demand, and the brands.
//!
//! What came is kept on the way, so that nothing is asked for twice when it is stopped.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, TimeDelta};
use serde::Serialize;
use skuload::category::{Categories, Node};
use skuload::dialect::Refusal;
use skuload::journal::ShopStore;
use skuload::plan::Action;
use skuload::record::Country;
use skuload::submit::{
    BrandList, Clock, Edge, HttpTransport, Pace, Policy, State, Stopped, attributes_of, category_tree, next_brands,
};

use super::super::app_advice;
use super::super::args::{Format, PullArgs};
use super::super::exit::{Exit, Failure};
use super::super::go_on::{self, GoOn, Whose};
use super::super::output::{self, counted};
use super::super::sending::{self, Market, Target};
use super::super::settings::{Settings, quoted};
use super::super::severity::read_categories;
use super::super::sought;
use super::super::world::{self, SystemClock, Watcher};

use super::kept::{self, Fresh, joined, merged};

/// `--all` does not ask again for what was pulled less than this long ago.
const LATELY: TimeDelta = TimeDelta::hours(24);

/// What came is kept after so many categories.
const KEEP_EVERY: usize = 100;

/// So many of several are named.
const NAMED: usize = 5;

/// So many pages of brands come before a line tells how many there are.
const PAGES_A_LINE: usize = 10;

pub(super) fn run(args: &PullArgs, settings: &Settings) -> Result<Exit, Failure> {
    settings.check_api()?;
    let (format, api) = (settings.format()?, settings.api()?);
    let market = if settings.is_for_sandbox { Market::BuiltIn } else { Market::Shop };
    let policy = sending::policy(settings, market)?;
    let shop = settings.decided.shop.as_deref();
    if shop.is_none() && market == Market::Shop {
        return Err(Failure::new(Exit::Usage, "no shop is named")
            .help("add --shop NAME, which `skuload shop list` has, or --sandbox for the built-in marketplace"));
    }
    let target = shop.map(|name| Target::shop(settings, name)).transpose()?;
    let country = target.as_ref().and_then(|target| target.country);
    let file = args.output.as_deref().filter(|path| path.as_os_str() != "-");
    kept::make_folder(settings)?;
    let path = match &target {
        Some(target) => kept::of_address(settings, &target.base_url),
        None => kept::of_sandbox(settings),
    };
    file.map(kept::try_path).transpose()?;
    let of_file = file.map(|file| of_file(file, country)).transpose()?.flatten();
    let known = joined(kept::read_to_renew(&path)?, of_file.clone());
    kept::try_path(&path)?;
    let told_as = if args.output.is_some() && file.is_none() { Format::Human } else { format };
    let api = target.as_ref().map_or(api, Target::dialect);
    let pull =
        Pull { args, settings, shop, whose: Whose { api, shop }, country, known, kept: path, file, of_file, told_as };
    world::runtime()?.block_on(async {
        world::watch_interrupts(format!("what is kept stays; go on with: {}", pull.command()));
        let target = match target {
            Some(target) => target,
            #[cfg(feature = "sandbox")]
            None => Target::sandbox(api, None).await?,
            #[cfg(not(feature = "sandbox"))]
            None => return Err(Failure::new(Exit::Usage, "no shop is named").help("add --shop NAME")),
        };
        let exit = pull.ask(&target, policy).await;
        target.close().await;
        exit
    })
}

/// What a file holds that is written anew.
fn of_file(file: &Path, country: Option<Country>) -> Result<Option<Categories>, Failure> {
    if !file.exists() {
        return Ok(None);
    }
    let held = read_categories(file).map_err(|failure| {
        Failure::new(Exit::Usage, failure.message).help("it would be overwritten; name another file with -o")
    })?;
    match (held.country(), country.map(Country::as_str)) {
        (Some(held), Some(asked)) if held != asked => {
            let message = format!("{} holds the categories of `{held}`, and the shop is in `{asked}`", file.display());
            Err(Failure::new(Exit::Usage, message).help("name another file with -o: numbers differ by country"))
        }
        (Some(_) | None, _) => Ok(Some(held)),
    }
}

/// What is known of what was asked for and did not come.
fn missing(known: &Categories, came: &Came) -> Categories {
    let missing = came.wanted.iter().filter(|id| !came.fresh.attributes.contains_key(id));
    let attributes = missing.filter_map(|id| Some((*id, known.attributes(*id)?.to_vec()))).collect();
    let brands = known.brands().filter(|_| came.fresh.brands.is_none()).map(<[String]>::to_vec);
    let country = known.country().map(str::to_owned);
    Categories::new(country, known.pulled(), known.tree().to_vec(), attributes, brands)
}

/// One pull.
struct Pull<'a> {
    args: &'a PullArgs,
    settings: &'a Settings,
    shop: Option<&'a str>,
    whose: Whose<'a>,
    country: Option<Country>,
    /// What was pulled before.
    known: Option<Categories>,
    kept: PathBuf,
    file: Option<&'a Path>,
    /// What that file held before.
    of_file: Option<Categories>,
    /// How the steps are told: they must not stand among what goes to standard output.
    told_as: Format,
}

type MarketEdge<'a> = Edge<'a, HttpTransport, SystemClock, Watcher>;

/// Why a pull broke off.
enum Broken {
    Stopped(Stopped, Action),
    Wrong(Failure),
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Broken {
        Broken::Wrong(failure)
    }
}

/// What came so far, and what the marketplace did not tell.
#[derive(Default)]
struct Came {
    fresh: Fresh,
    /// The categories whose demands are asked for.
    wanted: Vec<u64>,
    refused: Vec<(u64, Refusal)>,
}

#[derive(Serialize)]
struct ProgressLine {
    v: u8,
    kind: &'static str,
    categories: usize,
    total: usize,
}

#[derive(Serialize)]
struct SummaryLine<'a> {
    v: u8,
    kind: &'static str,
    shop: Option<&'a str>,
    file: Option<String>,
    country: Option<&'a str>,
    pulled: String,
    /// Of the tree.
    categories: usize,
    leaves: usize,
    /// So many categories' demands are known; so many of them were asked for now.
    known: usize,
    renewed: usize,
    brands: Option<usize>,
    refused: Vec<RefusedLine<'a>>,
    /// Those that left the tree.
    gone: &'a [u64],
}

#[derive(Serialize)]
struct RefusedLine<'a> {
    category: u64,
    code: &'a str,
    message: &'a str,
    help: &'a str,
}

impl Pull<'_> {
    async fn ask(&self, target: &Target, policy: Policy) -> Result<Exit, Failure> {
        let transport = sending::transport(&policy)?;
        let store = target.shop.is_some().then(|| ShopStore::open(&target.store)).transpose()?;
        let pace = store.as_ref().map(ShopStore::pace).transpose()?.flatten().unwrap_or_else(|| Pace::new(&policy));
        let mut state = State::new(Vec::new(), policy, pace);
        let mut watcher = Watcher::of_run(self.told_as, self.settings.verbose, |_| 0);
        if target.shop.is_some() {
            watcher = watcher.keeping_pace(ShopStore::open(&target.store)?);
        }
        let edge = target.edge(&transport, &watcher);
        let mut came = Came::default();
        let broken = self.read(&edge, &mut state, &mut came).await.err();
        if let Some(store) = &store {
            store.set_pace(state.pace())?;
        }
        if came.fresh.tree.is_empty() {
            return Err(broken.map_or_else(|| Failure::new(Exit::Bug, "no tree came"), |why| self.told(why, false)));
        }
        if let Some(Broken::Wrong(failure)) = broken {
            self.keep_tree(&came.fresh)?;
            return Err(failure);
        }
        let (known, gone) = self.keep(&came)?;
        let Some(why) = broken else { return self.end(&known, &gone, &came) };
        tell_gone(&gone, "what they demanded is forgotten");
        Err(self.told(why, true))
    }

    async fn read(&self, edge: &MarketEdge<'_>, state: &mut State, came: &mut Came) -> Result<(), Broken> {
        let at = |action| move |stopped| Broken::Stopped(stopped, action);
        came.fresh.tree = category_tree(edge, state).await.map_err(at(Action::GetCategoryTree))?;
        came.wanted = self.wanted(&came.fresh.tree)?;
        self.read_attributes(edge, state, came).await?;
        if self.args.no_brands {
            return Ok(());
        }
        let mut brands = BrandList::default();
        let mut pages = 0;
        while next_brands(edge, &mut brands, state).await.map_err(at(Action::GetBrands))? {
            pages += 1;
            if pages % PAGES_A_LINE == 0 && self.told_as == Format::Human {
                output::say(&format!("{} so far", counted(brands.names().len() as u64, "brand", "brands")));
            }
        }
        let count = brands.names().len() as u64;
        came.fresh.brands = brands.whole();
        if came.fresh.brands.is_none() {
            self.tell_unpaged(count);
        }
        Ok(())
    }

    async fn read_attributes(&self, edge: &MarketEdge<'_>, state: &mut State, came: &mut Came) -> Result<(), Broken> {
        let wanted = came.wanted.clone();
        let total = wanted.len();
        let progress = if total > 0 { edge.observer.begin("pulling", Some(total as u64)) } else { None };
        for (at, category) in wanted.iter().enumerate() {
            let told = attributes_of(edge, *category, state).await;
            match told.map_err(|stopped| Broken::Stopped(stopped, Action::GetCategoryAttributes))? {
                Ok(attributes) => drop(came.fresh.attributes.insert(*category, attributes)),
                Err(refusal) => came.refused.push((*category, refusal)),
            }
            let done = at + 1;
            progress.iter().for_each(|progress| progress.set(done as u64, came.refused.len() as u64));
            if self.told_as == Format::Json {
                let line = ProgressLine { v: 1, kind: "progress", categories: done, total };
                output::result(&output::json_line(&line));
            }
            if done % KEEP_EVERY == 0 && done < total {
                self.keep(came)?;
            }
        }
        progress.iter().for_each(|progress| progress.finish());
        Ok(())
    }

    /// The categories whose demands are asked for, each once.
    fn wanted(&self, tree: &[Node]) -> Result<Vec<u64>, Failure> {
        let known = Categories::new(None, DateTime::UNIX_EPOCH, tree.to_vec(), BTreeMap::new(), None);
        let lister = self.lister();
        let mut wanted: Vec<u64> = Vec::new();
        for typed in &self.args.category {
            let meant = sought::each(typed, |text| sought::category(&known, text, &lister))?;
            wanted.extend(meant.iter().flat_map(leaves_of));
        }
        let before = || self.known.iter().flat_map(Categories::pulled_categories);
        if self.args.all {
            wanted.extend(tree.iter().flat_map(sought::leaves));
            if self.known.as_ref().is_some_and(|known| SystemClock.now() - known.pulled() < LATELY) {
                let lately: BTreeSet<u64> = before().filter(|id| wanted.contains(id)).collect();
                wanted.retain(|id| !lately.contains(id));
                self.tell_lately(lately.len());
            }
        } else if self.args.category.is_empty() {
            let there: BTreeSet<u64> = sought::all(tree).iter().map(|placed| placed.node.id).collect();
            wanted.extend(before().filter(|id| there.contains(id)));
        }
        let mut known = BTreeSet::new();
        wanted.retain(|id| known.insert(*id));
        Ok(wanted)
    }

    fn tell_unpaged(&self, count: u64) {
        let brands = counted(count, "brand", "brands");
        let kept = match self.known.as_ref().and_then(Categories::brands) {
            Some(_) => "what was known of them is kept",
            None => "no brand is checked",
        };
        output::warn(&format!(
            "the marketplace cannot be asked for its brands page by page: {brands} came, and perhaps not all; {kept}; \
             --no-brands leaves them out"
        ));
    }

    fn tell_lately(&self, count: usize) {
        if count > 0 {
            let categories = counted(count as u64, "category was", "categories were");
            output::say(&format!("{categories} pulled less than a day ago and not asked for again"));
        }
    }

    /// Keeps what came, and writes the file that was asked for; answers what that file holds, or without one what is
    /// kept.
    fn keep(&self, came: &Came) -> Result<(Categories, Vec<u64>), Failure> {
        let (before, known, gone) = self.known_now(&came.fresh)?;
        kept::write(&self.kept, &known.to_json())?;
        if self.args.output.is_none() {
            return Ok((known, gone));
        }
        let written = match before.filter(|_| !self.args.category.is_empty()) {
            // Who names categories wants those and what the file held, and not what else this computer happens to
            // know, nor its age.
            Some(before) => {
                let before = joined(self.of_file.clone(), Some(missing(&before, came)));
                merged(before.as_ref(), &came.fresh, self.country, SystemClock.now()).0
            }
            None => known,
        };
        if let Some(file) = self.file {
            kept::write(file, &written.to_json())?;
        }
        Ok((written, gone))
    }

    /// Keeps the tree alone, to look names up in, where what was asked for is not to be had; who typed a wrong name
    /// loses nothing by it.
    fn keep_tree(&self, fresh: &Fresh) -> Result<(), Failure> {
        let (_, known, gone) = self.known_now(fresh)?;
        if gone.is_empty() {
            return kept::write(&self.kept, &known.to_json());
        }
        tell_gone(&gone, "nothing is written, as what they demanded would be forgotten");
        Ok(())
    }

    /// Puts what came to what is kept, as that is by now: another pull may have added to it. Answers what was known
    /// before, what is known now, and which categories are gone.
    fn known_now(&self, fresh: &Fresh) -> Result<(Option<Categories>, Categories, Vec<u64>), Failure> {
        let before = joined(kept::read_to_renew(&self.kept)?, self.known.clone());
        let (known, gone) = merged(before.as_ref(), fresh, self.country, SystemClock.now());
        Ok((before, known, gone))
    }

    fn end(&self, known: &Categories, gone: &[u64], came: &Came) -> Result<Exit, Failure> {
        if self.args.output.is_some() && self.file.is_none() {
            output::result(&known.to_json());
        }
        match self.told_as {
            Format::Json => output::result(&output::json_line(&self.summary(known, gone, came))),
            Format::Human => self.tell(known, came),
        }
        tell_gone(gone, "what they demanded is forgotten");
        for (category, refusal) in &came.refused {
            let path = known.path(*category).unwrap_or_default();
            let Refusal { code, message, .. } = refusal;
            let kept = if known.attributes(*category).is_some() { "; what was known of it is kept" } else { "" };
            output::warn(&format!(
                "the category {category} {path} was not told: {message} (code {code}){kept}; {}",
                refusal.help(Action::GetCategoryAttributes)
            ));
        }
        Ok(if came.refused.is_empty() { Exit::Done } else { Exit::Rows })
    }

    fn tell(&self, known: &Categories, came: &Came) {
        let leaves = known.tree().iter().flat_map(sought::leaves).count();
        let count = sought::all(known.tree()).len();
        let pulled = known.pulled_categories().count();
        let mut text = format!(
            "{}, {leaves} of them for products; the demands of {pulled} are known, {} asked for now",
            counted(count as u64, "category", "categories"),
            came.fresh.attributes.len(),
        );
        if let Some(brands) = known.brands() {
            text.push_str(&format!("; {}", counted(brands.len() as u64, "brand", "brands")));
        }
        match self.file {
            Some(file) => output::result(&format!("{}: {text}\n", file.display())),
            None if self.args.output.is_some() => output::say(&text),
            None => output::result(&format!("{text}\n")),
        }
        if let Some(file) = self.settings.decided.categories.as_deref().filter(|_| self.args.output.is_none()) {
            output::say(&format!("checks read {} by the setting `categories`: add -o to renew it", file.display()));
        }
        if pulled == 0 {
            output::say(&format!(
                "name the categories you sell in: {}; {} lists them",
                sought::puller(self.settings, "--category ID,..."),
                self.lister(),
            ));
        }
    }

    fn summary<'s>(&'s self, known: &'s Categories, gone: &'s [u64], came: &'s Came) -> SummaryLine<'s> {
        let refused = came.refused.iter().map(|(category, refusal)| RefusedLine {
            category: *category,
            code: &refusal.code,
            message: &refusal.message,
            help: refusal.help(Action::GetCategoryAttributes),
        });
        SummaryLine {
            v: 1,
            kind: "summary",
            shop: self.shop,
            file: self.file.map(|file| file.display().to_string()),
            country: known.country(),
            pulled: known.pulled().to_rfc3339_opts(SecondsFormat::Secs, true),
            categories: sought::all(known.tree()).len(),
            leaves: known.tree().iter().flat_map(sought::leaves).count(),
            known: known.pulled_categories().count(),
            renewed: came.fresh.attributes.len(),
            brands: known.brands().map(<[String]>::len),
            refused: refused.collect(),
            gone,
        }
    }

    /// The command that lists what is kept, whatever file checks read.
    fn lister(&self) -> String {
        let from = self
            .shop
            .map_or_else(|| go_on::sandbox(self.whose.api).to_owned(), |shop| format!("--shop {}", quoted(shop)));
        self.settings.command(&format!("category show {from}"))
    }

    /// The command as it was typed.
    fn command(&self) -> String {
        let mut text = String::new();
        for category in &self.args.category {
            text.push_str(&format!(" --category {}", quoted(category)));
        }
        for (flag, is_typed) in [("--all", self.args.all), ("--no-brands", self.args.no_brands)] {
            if is_typed {
                text.push_str(&format!(" {flag}"));
            }
        }
        if let Some(path) = &self.args.output {
            text.push_str(&format!(" -o {}", quoted(&path.display().to_string())));
        }
        sought::puller(self.settings, text.trim_start())
    }

    /// Why it broke off, and what to do.
    fn told(&self, why: Broken, is_some_kept: bool) -> Failure {
        let (stopped, action) = match why {
            Broken::Wrong(failure) => return failure,
            Broken::Stopped(stopped, action) => (stopped, action),
        };
        let first = match &stopped {
            Stopped::Account(refusal) => {
                let advice = app_advice::of(refusal, self.whose, self.settings);
                format!("{}; then ", advice.unwrap_or_else(|| refusal.help(action).to_owned()))
            }
            Stopped::Credentials(_) | Stopped::NoApi(_) | Stopped::SwitchedOff { .. } => {
                format!("{}then ", go_on::advice(&stopped, self.whose, self.settings))
            }
            Stopped::Clock(_) => "set the clock; then ".to_owned(),
            Stopped::Limit { .. } => "raise the limit; then ".to_owned(),
            Stopped::Interrupted | Stopped::Journal(_) | Stopped::Systemic { .. } => String::new(),
            Stopped::NobodyAnswers(_) | Stopped::Throttled(_) | Stopped::Trouble(_) => String::new(),
        };
        let kept = if is_some_kept { "what came is kept" } else { "what was kept before stays" };
        let help = format!("{kept}; {first}go on with: {}", self.command());
        go_on::failure(&stopped, &GoOn::SameCommand, self.whose, self.settings).help(help)
    }
}

/// Tells of the categories that left the tree, and what comes of it.
fn tell_gone(gone: &[u64], so: &str) {
    if gone.is_empty() {
        return;
    }
    let named: Vec<String> = gone.iter().take(NAMED).map(u64::to_string).collect();
    let more = if gone.len() > NAMED { " and others" } else { "" };
    let what = counted(gone.len() as u64, "category", "categories");
    output::warn(&format!(
        "{what} that had been pulled left the marketplace's tree, and {so}: {}{more}",
        named.join(", ")
    ));
}

/// What is asked for where this category was named.
fn leaves_of(placed: &sought::Placed<'_>) -> Vec<u64> {
    let leaves = sought::leaves(placed.node);
    if !placed.node.children.is_empty() {
        let count = counted(leaves.len() as u64, "category", "categories");
        let path = output::plain(&placed.path);
        output::say(&format!("`{path}` holds no products itself: {count} below it are pulled"));
    }
    leaves
}
