//! A shop that lists its products by the dates of creation, and changes while it is read.

use std::collections::VecDeque;

use super::*;
use crate::plan::{ShopSku, ShopStatus};
use crate::record::SellerSku;

/// 2026-01-01, in the middle of things.
const NOW: i64 = 1_767_225_600;

const DAY: i64 = 86_400;

const WANTED: Wanted = Wanted {
    filter: ProductFilter::All,
    created: TimeWindow { after: None, before: None },
    updated: TimeWindow { after: None, before: None },
    search: None,
    stock: StockDetail::Plain,
};

/// A shop as a list tells it.
struct Shop {
    /// Seller SKUs, and when each was created; `None` where the shop has lost the date.
    products: Vec<(String, Option<i64>)>,
    /// The most products of a page, whatever is asked for.
    most: usize,
    counts: bool,
    /// It counts so many more than it has, unless it is asked for a span.
    hidden: u64,
    has_dates: bool,
    /// What comes before the call of that number, from 1, and what goes.
    changes: VecDeque<(u32, Change)>,
    calls: u32,
    offsets: u32,
}

enum Change {
    Comes(&'static str, i64),
    Goes(&'static str),
}

fn product(name: &str) -> ShopProduct {
    let seller_sku = SellerSku::parse(name).unwrap();
    let sku = ShopSku { seller_sku, ids: None, status: ShopStatus::Active, pictures: None, fields: Vec::new() };
    ShopProduct { category: None, spu_id: None, name: None, attributes: Vec::new(), skus: vec![sku] }
}

impl Shop {
    /// Products `P0`, `P1` and so on, created at these times, in the order of the list.
    fn of(times: impl IntoIterator<Item = i64>) -> Shop {
        let products = times.into_iter().enumerate().map(|(at, time)| (format!("P{at}"), Some(time))).collect();
        Shop {
            products,
            most: 10,
            counts: true,
            hidden: 0,
            has_dates: true,
            changes: VecDeque::new(),
            calls: 0,
            offsets: 0,
        }
    }

    fn answer(&mut self, ask: Ask) -> (Vec<ShopProduct>, Option<u64>) {
        self.calls += 1;
        self.offsets += u32::from(ask.offset > 0);
        while self.changes.front().is_some_and(|(call, _)| *call <= self.calls) {
            match self.changes.pop_front().unwrap().1 {
                Change::Comes(name, time) => self.products.insert(0, (name.to_owned(), Some(time))),
                Change::Goes(name) => self.products.retain(|(known, _)| known != name),
            }
        }
        let (after, before) = (ask.created.after, ask.created.before);
        let holds = |time: &Option<i64>| match time {
            _ if !self.has_dates => true,
            Some(time) => {
                after.is_none_or(|after| *time >= after.timestamp())
                    && before.is_none_or(|before| *time <= before.timestamp())
            }
            None => after.is_none() && before.is_none(),
        };
        let found: Vec<&str> =
            self.products.iter().filter(|(_, time)| holds(time)).map(|(name, _)| name.as_str()).collect();
        let limit = self.most.min(ask.limit as usize);
        let page = found.iter().skip(ask.offset as usize).take(limit).map(|name| product(name)).collect();
        let hidden = if after.is_none() && before.is_none() { self.hidden } else { 0 };
        (page, self.counts.then_some(found.len() as u64 + hidden))
    }

    /// Reads all, and stores how far it is between any two pages.
    fn read(&mut self) -> (Vec<String>, Listing) {
        let mut listing = Listing::new(&WANTED, Dialect::SellerCenter);
        let mut came: Vec<Listed> = Vec::new();
        let mut hollow = 0;
        while let Some(ask) = listing.next(&WANTED) {
            assert!(self.calls < 2_000, "{listing:?}");
            let (page, total) = self.answer(ask);
            match listing.take(page.len() as u64, total, &WANTED, NOW) {
                Took::Kept => came.extend(listing.fresh(page)),
                Took::Dropped => {}
                Took::Hollow => {
                    hollow += 1;
                    if hollow > 2 {
                        listing.end_span();
                    }
                }
            }
            let stored = serde_json::to_string(&listing).unwrap();
            listing = serde_json::from_str(&stored).unwrap();
            came.iter().for_each(|listed| listing.remember(listed));
        }
        (came.into_iter().map(|listed| listed.label).collect(), listing)
    }
}

/// All products that are in the shop at the end came, each once, by so many calls, so many of them further than the
/// start of a span.
#[track_caller]
fn check(shop: &mut Shop, calls: std::ops::RangeInclusive<u32>, offsets: u32) -> Vec<String> {
    let (came, listing) = shop.read();
    let mut sorted = came.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), came.len(), "each once: {came:?}");
    for (name, _) in &shop.products {
        assert!(came.contains(name), "{name} is missing of {came:?}");
    }
    assert_eq!((listing.products(), listing.missing()), (came.len() as u64, 0));
    assert!(calls.contains(&shop.calls), "{} calls", shop.calls);
    assert_eq!(shop.offsets, offsets);
    came
}

#[test]
fn a_small_shop_is_one_call() {
    assert_eq!(check(&mut Shop::of([]), 1..=1, 0), [""; 0]);
    assert_eq!(check(&mut Shop::of([5, NOW - 1]), 1..=1, 0), ["P0", "P1"]);
    check(&mut Shop::of((0..10).map(|day| NOW - day * DAY)), 1..=1, 0);
}

#[test]
fn a_large_shop_is_read_in_spans_from_the_oldest_to_the_newest() {
    let times = |count: i64| (0..count).rev().map(move |day| NOW - day * DAY);
    let came = check(&mut Shop::of(times(11)), 5..=60, 0);
    assert_eq!(came[0], "P0");
    assert_eq!(came[10], "P10");
    check(&mut Shop::of(times(500)), 60..=250, 0);
    // All dates alike but one.
    check(&mut Shop::of((0..40).map(|at| if at == 0 { 1 } else { NOW - 10 * DAY + at })), 10..=200, 0);
}

#[test]
fn a_second_with_more_than_a_page_is_paged_through() {
    check(&mut Shop::of([NOW - DAY; 25]), 10..=200, 2);
    check(&mut Shop::of([0; 25]), 10..=400, 2);
    check(&mut Shop { most: 1, ..Shop::of([NOW - 3 * DAY; 3]) }, 10..=200, 2);
}

#[test]
fn what_is_young_is_read_last_and_can_be_more_than_a_page() {
    check(&mut Shop::of((0..30).map(|second| NOW - second)), 10..=100, 0);
    // The marketplace's clock is ahead.
    check(&mut Shop::of((0..30).map(|second| NOW + second)), 5..=100, 2);
}

#[test]
fn a_shop_that_counts_nothing_is_read_to_its_empty_pages() {
    check(&mut Shop { counts: false, ..Shop::of([]) }, 1..=1, 0);
    check(&mut Shop { counts: false, ..Shop::of((0..9).map(|day| NOW - day * DAY)) }, 2..=2, 1);
    let mut shop = Shop { counts: false, ..Shop::of((0..100).map(|day| NOW - day * DAY)) };
    let (came, listing) = shop.read();
    assert_eq!((came.len(), listing.total()), (100, None));
    let mut alike = Shop { counts: false, ..Shop::of([NOW - DAY; 25]) };
    assert_eq!(alike.read().0.len(), 25);
}

#[test]
fn products_that_come_and_go_while_it_is_read_move_no_other() {
    for call in 1..40 {
        let times = || (0..60).rev().map(|day| NOW - day * DAY);
        let mut shop = Shop::of(times());
        shop.changes = [(call, Change::Comes("NEW", NOW)), (call + 1, Change::Goes("P7"))].into();
        let (came, listing) = shop.read();
        let is_over = shop.calls < call;
        let mut others = (0..60).filter(|at| *at != 7).map(|at| format!("P{at}"));
        assert!(others.all(|name| came.contains(&name)), "{call}: {came:?}");
        assert!(is_over || came.contains(&"NEW".to_owned()), "{call} of {}: {came:?}", shop.calls);
        assert_eq!(listing.missing(), 0);
    }
}

#[test]
fn a_second_whose_count_changes_is_read_again() {
    // The list grows at its front, and shrinks there, while the pages of one second are read.
    for (change, count) in [(Change::Comes("NEW", NOW - DAY), 26), (Change::Goes("P0"), 25)] {
        let mut probe = Shop::of([NOW - DAY; 25]);
        probe.read();
        let last_page = probe.calls - 3;
        let mut shop = Shop::of([NOW - DAY; 25]);
        shop.changes = [(last_page, change)].into();
        let (came, listing) = shop.read();
        assert_eq!(came.len(), count, "{came:?}");
        assert!((1..25).all(|at| came.contains(&format!("P{at}"))), "{came:?}");
        assert_eq!(listing.missing(), 0);
    }
}

#[test]
fn products_without_a_date_are_found_at_the_end() {
    let mut shop = Shop::of((0..30).map(|day| NOW - day * DAY));
    shop.products[3].1 = None;
    let (came, listing) = shop.read();
    assert_eq!((came.len(), listing.missing()), (30, 0));
    assert_eq!(came.last().unwrap(), "P3");
}

#[test]
fn a_count_that_nobody_shows_is_told() {
    let mut shop = Shop { hidden: 1, ..Shop::of((0..30).map(|day| NOW - day * DAY)) };
    let (came, listing) = shop.read();
    assert_eq!((came.len(), listing.products(), listing.missing()), (30, 30, 1));
}

#[test]
fn a_shop_that_does_not_look_at_dates_is_read_too() {
    let mut shop = Shop { has_dates: false, ..Shop::of((0..60).map(|day| NOW - day * DAY)) };
    let (came, listing) = shop.read();
    assert_eq!((came.len(), listing.missing()), (60, 0));
    assert!(shop.calls < 60, "{}", shop.calls);
}

#[test]
fn a_sku_that_came_later_brings_its_product_again_without_the_others() {
    let mut listing = Listing::new(&WANTED, Dialect::SellerCenter);
    let two = |skus: [&str; 2]| {
        let mut both = product(skus[0]);
        both.skus.extend(product(skus[1]).skus);
        both
    };
    let shown = |listed: Vec<Listed>| {
        let skus =
            |listed: &Listed| listed.product.skus.iter().map(|sku| sku.seller_sku.to_string()).collect::<Vec<_>>();
        listed.iter().map(|listed| format!("{}: {}", listed.label, skus(listed).join(" "))).collect::<Vec<_>>()
    };
    assert_eq!(shown(listing.fresh(vec![product("A"), product("B")])), ["A: A", "B: B"]);
    assert_eq!(shown(listing.fresh(vec![product("A"), two(["B", "C"])])), ["B: C"]);
    assert_eq!(listing.products(), 2);
    let bare = ShopProduct { skus: Vec::new(), name: Some("No key".to_owned()), ..product("X") };
    assert_eq!(shown(listing.fresh(vec![bare.clone(), bare])), [": "]);
    assert_eq!(listing.products(), 3);
}

#[test]
fn a_lower_limit_of_an_instance_is_found() {
    let mut listing = Listing::new(&WANTED, Dialect::SellerCenter);
    assert!(
        listing.lower_page(Dialect::SellerCenter)
            && listing.lower_page(Dialect::SellerCenter)
            && !listing.lower_page(Dialect::SellerCenter)
    );
    assert_eq!(listing.page, 20);
    listing.went_badly();
    assert_eq!(listing.page, 10);
    (0..3).for_each(|_| listing.went_well());
    assert_eq!(listing.page, 20);
    (0..9).for_each(|_| listing.went_badly());
    assert_eq!(listing.page, 1);
}

#[test]
fn the_parts_of_a_span_cover_it_without_a_gap_and_without_overlap() {
    let spans =
        [(None, None), (None, Some(NOW)), (Some(NOW - DAY), None), (Some(0), Some(1)), (Some(NOW), Some(NOW + 3))];
    for (after, before) in spans {
        for wanted in [0, 2, 5, 100] {
            let parts = Span::between(after, before).parts(wanted, NOW);
            assert!(parts.len() >= 2, "{after:?} {before:?}");
            assert_eq!((parts[0].after, parts[parts.len() - 1].before), (after, before));
            for pair in parts.windows(2) {
                assert_eq!(pair[0].before.map(|before| before + 1), pair[1].after);
            }
            assert!(parts.iter().all(|part| part.after.zip(part.before).is_none_or(|(after, before)| after <= before)));
        }
    }
    assert_eq!(Span::between(Some(NOW), Some(NOW)).parts(9, NOW), []);
    assert_eq!(Span::between(Some(NOW), None).parts(9, NOW), []);
}
