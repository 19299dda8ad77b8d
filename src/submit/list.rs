//! The shop's products, page by page: every one of them, although the list changes meanwhile.
//!
//! GetProducts tells no product's date of creation, but it can be asked for the products of a span of time, both ends
//! inside, in whole seconds. A product's date of creation does not change, so what comes or goes elsewhere moves nothing
//! within a span. That is the whole trick:
//!
//! 1. A page is asked for from the start of a span. Where it holds all that the shop counts there (`TotalProducts`), the
//!    span is done, and no `Offset` was needed. The first span is all that is wanted: a small shop is one call.
//! 2. Otherwise the span is cut, into as many parts as would hold a page each, at least two and at most eight, and the
//!    page is thrown away: it comes again in its place. The parts are read from the oldest to the newest.
//! 3. The last ten minutes, and all that is still to come, are a part of their own. It is read last, so that what is
//!    created while the rest is read is there too.
//! 4. A span of one second cannot be cut: its pages follow each other by `Offset`, as many products further as came,
//!    which may be fewer than were asked for (an instance has its own hard limit). Where the count changes from one page
//!    to the next, the span is read again from its start.
//! 5. Where the shop counts nothing, a page is followed by the next one; a second page cuts the span, and an empty one
//!    ends it.
//! 6. At the end the shop is asked for the count of the whole list. Where it counts more than came, the last ten minutes
//!    are read once more; where it still does, the list is gone through once by `Offset`: that finds products without a
//!    date, or with one that the spans missed.
//! 7. A seller SKU that came before is left out when it comes again.
//!
//! A page that fails is asked for with half the products next time, for a reply may be too long or too slow; a page that
//! comes doubles them again.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::asked::asked;
use super::baseline::{Read, bear, wait_for_slot};
use super::event::Answer;
use super::flight::Back;
use super::notice::Observer;
use super::pace::LOST_AT_MOST;
use super::run::Edge;
use super::state::State;
use super::stopped::Stopped;
use super::{Clock, Transport};
use crate::dialect::{Call, Class, Dialect, ListProducts, ProductFilter, Reply, StockDetail, TimeWindow};
use crate::plan::{Action, ShopProduct};

/// A span is cut into so many parts at most: skewed dates would leave most of more empty.
const MOST_PARTS: u64 = 8;

/// What is younger than this when a cut is made is read last, for it may not be shown yet.
const FRESH: i64 = 600;

/// A span whose count changes from page to page is read again so often.
const RESTARTS: u8 = 3;

/// 2012, when the marketplace began, and 1970: the first cuts of a span without a beginning.
const BEGINNINGS: [i64; 2] = [1_325_376_000, 0];

/// Which products are listed. All conditions hold together; a product comes with all its SKUs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// In which state.
    pub filter: ProductFilter,
    /// Created within this time.
    pub created: TimeWindow,
    /// Changed within this time.
    pub updated: TimeWindow,
    /// Part of the name or of a seller SKU.
    pub search: Option<String>,
    /// How much is told of the stock.
    pub stock: StockDetail,
}

/// A product that came, with the SKUs of it that had not come before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The seller SKU that stands first in the shop's answer: it names the product. Empty where none has one.
    pub label: String,
    /// The product.
    pub product: ShopProduct,
}

/// How far a list has been read. What is stored of it goes on in another process, once that has been told what came
/// before ([`Listing::remember`]).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Listing {
    /// What is still to be read, the next one last.
    spans: Vec<Span>,
    stage: Stage,
    /// So many products are asked for.
    page: u32,
    /// So many may be.
    most: u32,
    /// No more products can be passed over.
    #[serde(default)]
    last_offset: Option<u64>,
    /// How many products the shop counts in all, as it said last.
    total: Option<u64>,
    /// How many products came.
    products: u64,
    /// A span was cut: what came was not told at one moment.
    is_cut: bool,
    /// The newest part was read once more after all others.
    is_renewed: bool,
    #[serde(skip)]
    seen: Seen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    Spans,
    Count,
    Sweep,
    Over,
}

/// A part of the list, by the dates of creation: seconds since 1970, both ends inside, open where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Span {
    after: Option<i64>,
    before: Option<i64>,
    offset: u64,
    /// What the shop counted at the last page.
    total: Option<u64>,
    restarts: u8,
}

/// Which page is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ask {
    created: TimeWindow,
    offset: u64,
    limit: u32,
}

/// What becomes of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Took {
    /// Its products count.
    Kept,
    /// They come again.
    Dropped,
    /// It was empty though the shop counts more.
    Hollow,
}

/// The keys of what came, 16 bytes each: two of a million are alike with a chance of 1 in 10^26.
#[derive(Debug, Clone, Default)]
struct Seen(HashSet<u128>);

impl Seen {
    /// Whether it is new.
    fn add(&mut self, key: &str) -> bool {
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, key).hash(&mut hasher);
            u128::from(hasher.finish())
        };
        self.0.insert(half(0) << 64 | half(1))
    }
}

impl Span {
    fn of(window: TimeWindow) -> Span {
        let seconds = |moment: Option<DateTime<Utc>>| moment.map(|moment| moment.timestamp());
        Span { after: seconds(window.after), before: seconds(window.before), offset: 0, total: None, restarts: 0 }
    }

    fn between(after: Option<i64>, before: Option<i64>) -> Span {
        Span { after, before, offset: 0, total: None, restarts: 0 }
    }

    fn window(&self) -> TimeWindow {
        let moment = |seconds: Option<i64>| seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        TimeWindow { after: moment(self.after), before: moment(self.before) }
    }

    /// The span in parts, the oldest first; none where it cannot be cut.
    fn parts(&self, wanted: u64, now: i64) -> Vec<Span> {
        let begin = |before: i64| self.after.or_else(|| BEGINNINGS.into_iter().find(|begin| *begin < before));
        let end = self.before.or_else(|| {
            let is_later = |end: &i64| self.after.is_none_or(|after| *end > after);
            [now - FRESH, now - 2].into_iter().find(is_later)
        });
        let Some((begin, end)) = end.and_then(|end| Some((begin(end)?, end))).filter(|(begin, end)| begin < end) else {
            return Vec::new();
        };
        let seconds = end.abs_diff(begin).saturating_add(1);
        let count = wanted.clamp(2, MOST_PARTS).min(seconds);
        // At most eight parts of at most 2^64 seconds.
        let edge = |part: u64| {
            begin.saturating_add_unsigned((u128::from(seconds) * u128::from(part) / u128::from(count)) as u64)
        };
        let mut parts = Vec::new();
        parts.extend(self.after.is_none().then(|| Span::between(None, Some(begin - 1))));
        parts.extend((0..count).map(|part| Span::between(Some(edge(part)), Some(edge(part + 1) - 1))));
        parts.extend(self.before.is_none().then(|| Span::between(Some(end + 1), None)));
        parts
    }
}

impl Listing {
    /// Nothing of what is wanted has been read.
    #[must_use]
    pub fn new(wanted: &Wanted, dialect: Dialect) -> Listing {
        let page = dialect.products_per_page()[0];
        Listing {
            spans: vec![Span::of(wanted.created)],
            stage: Stage::Spans,
            page,
            most: page,
            last_offset: dialect.last_offset(),
            total: None,
            products: 0,
            is_cut: false,
            is_renewed: false,
            seen: Seen::default(),
        }
    }

    /// How many products came.
    #[must_use]
    pub fn products(&self) -> u64 {
        self.products
    }

    /// How many products the shop counts, as it said last, where it counts them.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// How many products the shop counts and does not show, at the end.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.total.map_or(0, |total| total.saturating_sub(self.products))
    }

    /// A product came in an earlier process.
    pub fn remember(&mut self, listed: &Listed) {
        for key in keys(&listed.product) {
            self.seen.add(&key);
        }
    }

    /// Leaves out what came before, and counts the rest. Once all that the shop counted have come, nothing but the newest
    /// part is left to read: so a marketplace that does not look at dates comes to an end too.
    fn fresh(&mut self, products: Vec<ShopProduct>) -> Vec<Listed> {
        let fresh = products.into_iter().filter_map(|product| self.fresh_one(product)).collect();
        if self.stage == Stage::Spans && self.is_cut && self.total.is_some_and(|total| self.products >= total) {
            // The newest part stands at the bottom.
            self.spans.truncate(1);
        }
        fresh
    }

    fn fresh_one(&mut self, mut product: ShopProduct) -> Option<Listed> {
        let label = product.skus.first().map(|sku| sku.seller_sku.as_str().to_owned()).unwrap_or_default();
        let news: Vec<bool> = keys(&product).iter().map(|key| self.seen.add(key)).collect();
        if !news.contains(&true) {
            return None;
        }
        if !news.contains(&false) {
            self.products += 1;
        }
        let mut news = news.into_iter();
        product.skus.retain(|_| news.next().unwrap_or(true));
        Some(Listed { label, product })
    }

    fn next(&self, wanted: &Wanted) -> Option<Ask> {
        let limit = self.page;
        match self.stage {
            Stage::Over => None,
            Stage::Count => Some(Ask { created: wanted.created, offset: 0, limit: 1 }),
            Stage::Spans | Stage::Sweep => {
                self.spans.last().map(|span| Ask { created: span.window(), offset: span.offset, limit })
            }
        }
    }

    /// Learns from a page that came: so many products, and what the shop counts in the span.
    fn take(&mut self, count: u64, total: Option<u64>, wanted: &Wanted, now: i64) -> Took {
        if self.stage == Stage::Count {
            self.take_count(total, wanted, now);
            return Took::Dropped;
        }
        if !self.is_cut || self.stage == Stage::Sweep {
            self.total = total.or(self.total);
        }
        let Some(span) = self.spans.last_mut() else {
            self.stage = Stage::Over;
            return Took::Dropped;
        };
        let end = span.offset + count;
        let is_changed = span.offset > 0 && total != span.total && span.restarts < RESTARTS;
        if total.map_or(count == 0, |total| end >= total) {
            if is_changed {
                span.restart();
            } else {
                self.end_span();
            }
            return Took::Kept;
        }
        if count == 0 {
            return Took::Hollow;
        }
        let is_too_long = total.is_some() || span.offset > 0;
        if is_too_long && self.stage == Stage::Spans {
            let pages = total.map_or(2, |total| total.div_ceil(count));
            let parts = span.parts(pages, now);
            if !parts.is_empty() {
                self.spans.pop();
                self.spans.extend(parts.into_iter().rev());
                self.is_cut = true;
                return Took::Dropped;
            }
        }
        if is_changed {
            span.restart();
        } else if self.last_offset.is_some_and(|last| end > last) {
            // The rest cannot be asked for; the last count shows it.
            self.end_span();
        } else {
            (span.offset, span.total) = (end, total);
        }
        Took::Kept
    }

    fn take_count(&mut self, total: Option<u64>, wanted: &Wanted, now: i64) {
        self.total = total.or(self.total);
        self.stage = Stage::Over;
        if total.is_none_or(|total| total <= self.products) {
            return;
        }
        let whole = Span::of(wanted.created);
        let is_over = whole.before.is_some_and(|before| before < now - FRESH);
        let newest = Some(now - FRESH).max(whole.after);
        (self.stage, self.spans) = if self.is_renewed || is_over {
            (Stage::Sweep, vec![whole])
        } else {
            (Stage::Spans, vec![Span::between(newest, whole.before)])
        };
        self.is_renewed = true;
    }

    /// The span has told all that it tells.
    fn end_span(&mut self) {
        self.spans.pop();
        if self.spans.is_empty() {
            self.stage = match self.stage {
                Stage::Spans if self.is_cut => Stage::Count,
                Stage::Spans | Stage::Count | Stage::Sweep | Stage::Over => Stage::Over,
            };
        }
    }

    /// The next page is smaller, where an instance refuses the limit; whether it can be.
    fn lower_page(&mut self, dialect: Dialect) -> bool {
        let lower = dialect.products_per_page().iter().copied().find(|page| *page < self.page);
        (self.page, self.most) = lower.map_or((self.page, self.most), |lower| (lower, lower));
        lower.is_some()
    }

    fn went_well(&mut self) {
        self.page = self.page.saturating_mul(2).min(self.most);
    }

    fn went_badly(&mut self) {
        self.page = (self.page / 2).max(1);
    }
}

impl Span {
    fn restart(&mut self) {
        (self.offset, self.total) = (0, None);
        self.restarts += 1;
    }
}

/// What tells a product from others: its SKUs; where it has none, all that it is.
fn keys(product: &ShopProduct) -> Vec<String> {
    if product.skus.is_empty() {
        // A product can be written as JSON always: it holds texts and numbers.
        return vec![format!("\0{}", serde_json::to_string(product).unwrap_or_default())];
    }
    product.skus.iter().map(|sku| sku.seller_sku.as_str().to_owned()).collect()
}

/// Reads the next page, and answers what came of it that had not come before, which may be nothing; `None` at the end.
/// `state` lends its pace and its patience.
///
/// # Errors
/// The shop cannot be asked. `listing` stays where it was, and goes on from there.
pub async fn next_page<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    wanted: &Wanted,
    listing: &mut Listing,
    state: &mut State,
) -> Result<Option<Vec<Listed>>, Stopped> {
    let (mut failures, mut hollow) = (0, 0);
    while let Some(ask) = listing.next(wanted) {
        wait_for_slot(edge, state, Action::GetProducts).await?;
        let back = page(edge, wanted, ask).await?;
        let answer = match back.what {
            Ok((products, total)) => {
                state.read_well(Action::GetProducts);
                state.health.went_well();
                match listing.take(products.len() as u64, total, wanted, edge.clock.now().timestamp()) {
                    Took::Kept => {
                        listing.went_well();
                        return Ok(Some(listing.fresh(products)));
                    }
                    Took::Dropped => {
                        listing.went_well();
                        return Ok(Some(Vec::new()));
                    }
                    Took::Hollow if hollow == LOST_AT_MOST => {
                        // The last count shows it.
                        listing.end_span();
                        return Ok(Some(Vec::new()));
                    }
                    Took::Hollow => {
                        hollow += 1;
                        Answer::Unclear { reason: "the shop counts more products than it shows".to_owned() }
                    }
                }
            }
            Err(answer) if is_about_the_limit(&answer) && listing.lower_page(edge.dialect()) => continue,
            Err(answer) => answer,
        };
        if may_be_the_size(&answer) {
            listing.went_badly();
        }
        let back = Back { what: answer, left: back.left, retry_after: back.retry_after };
        bear(edge, state, &back, Read { action: Action::GetProducts, failures }).await?;
        failures += 1;
    }
    Ok(None)
}

/// The products of a page, and what the shop counts.
type Page = (Vec<ShopProduct>, Option<u64>);

async fn page<T: Transport, C: Clock, O: Observer>(
    edge: &Edge<'_, T, C, O>,
    wanted: &Wanted,
    ask: Ask,
) -> io::Result<Back<Result<Page, Answer>>> {
    let Wanted { filter, created: _, updated, search, stock } = wanted;
    let Ask { created, offset, limit } = ask;
    let (filter, updated, search, stock) = (*filter, *updated, search.as_deref(), *stock);
    let list = ListProducts { filter, created, updated, search, stock, offset, limit };
    asked(edge, &Call::ListProducts(list), |reply| match reply {
        Reply::Products { products, total } => {
            let outcome = match total {
                Some(total) => format!("{} of {total} products", products.len()),
                None => format!("{} products", products.len()),
            };
            Some(((products, total), outcome))
        }
        Reply::Done { .. } => Some(((Vec::new(), None), "0 products".to_owned())),
        Reply::Hosted(_) | Reply::Ticket(_) | Reply::Migrated { .. } | Reply::QcStatus(_) => None,
        Reply::Categories(_) | Reply::Attributes(_) | Reply::Brands(_) | Reply::Refused(_) => None,
    })
    .await
}

/// "E019: Invalid Limit": an instance may have its own hard limit (GetProducts page).
fn is_about_the_limit(answer: &Answer) -> bool {
    matches!(answer, Answer::Refused(refusal) if refusal.is_about_the_page_size())
}

/// A reply that was cut off, too long or too late, or that the marketplace failed to put together.
pub(super) fn may_be_the_size(answer: &Answer) -> bool {
    match answer {
        Answer::Unclear { .. } => true,
        Answer::Refused(refusal) => match refusal.class {
            Class::Later | Class::Doubt | Class::TooLarge => true,
            Class::Data
            | Class::SkuExists
            | Class::Bare
            | Class::Throttled
            | Class::Clock
            | Class::Token
            | Class::Credentials
            | Class::Account => false,
        },
        Answer::NotSent { .. } | Answer::Done { .. } | Answer::Hosted { .. } => false,
        Answer::Ticket { .. } | Answer::Waiting => false,
    }
}

#[cfg(test)]
#[path = "list/tests.rs"]
mod tests;
