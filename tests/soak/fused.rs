//! Stalls whose importer kills itself at exact points.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use fastrand::Rng;
use serde_json::Value;
use tempfile::TempDir;

use super::checker::Deviations;
use super::goods::{self, Product};
use super::importer::{End, Point, Sight, Task, Trade};
use super::renewal::{self, Lot, Time};
use super::support::{Market, Signer};

/// What the sheet lists, and what must become of it.
enum Goods {
    Created(Vec<Product>),
    Renewed(Vec<Lot>, Trade),
}

/// A stall with an embedded importer.
pub(crate) struct Fused {
    goods: Goods,
    market: Market,
    folder: TempDir,
    sight: Sight,
    seed: u64,
    /// How many runs have ended.
    earlier: usize,
}

impl Fused {
    pub(crate) fn open(products: usize, sight: Sight, seed: u64) -> Fused {
        let goods = goods::goods(products);
        let market = Market::open(&format!("{}{}", goods::ten_percent(seed), goods::presets(&goods)));
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("sheet.csv"), goods::sheet(&goods)).unwrap();
        Fused { goods: Goods::Created(goods), market, folder, sight, seed, earlier: 0 }
    }

    /// One whose shop has most of what the sheet lists, with other values.
    pub(crate) fn renewal(products: usize, trade: Trade, faults: impl Fn(&[Lot]) -> String, seed: u64) -> Fused {
        let lots = renewal::lots(products);
        let folder = TempDir::new().unwrap();
        let market = Market::kept(&faults(&lots), folder.path());
        fs::write(folder.path().join("sheet.csv"), renewal::sheet(&lots)).unwrap();
        Fused { goods: Goods::Renewed(lots, trade), market, folder, sight: Sight::Clear, seed, earlier: 0 }
    }

    /// One process, which dies there or comes to an end of its own.
    pub(crate) fn round(&self, fuse: Option<(Point, u64)>, seed: u64) -> End {
        let task = Task {
            folder: self.folder.path().to_owned(),
            signer: Signer::at(self.market.sandbox()),
            sight: self.sight,
            trade: match &self.goods {
                Goods::Created(_) => Trade::Creations,
                Goods::Renewed(_, trade) => *trade,
            },
            earlier: self.earlier,
            fuse,
            seed,
        };
        task.run()
    }

    /// Goes on undisturbed until everything has happened, and holds the report against the shop.
    pub(crate) fn finish(&self) -> Deviations {
        self.end(Time::First)
    }

    /// The same. After that the sheet is imported twice more, on better days: at first only what was refused is sent,
    /// then nothing.
    pub(crate) fn finish_and_repeat(mut self) -> Deviations {
        let mut deviations = self.finish();
        for time in [Time::Second, Time::Third] {
            let Goods::Renewed(lots, _) = &self.goods else { break };
            let quiet = renewal::presets(lots);
            self.market.stop();
            self.market.start(&quiet);
            self.earlier += 1;
            deviations.add(self.end(time));
            if time == Time::Third {
                let calls = ["CreateProduct", "UpdateProduct", "UpdatePriceQuantity", "MigrateImage"];
                let sent = calls.into_iter().filter(|action| self.market.received(action) > 0);
                deviations.duplicated.extend(sent.map(|action| format!("a third import sends {action}")));
            }
        }
        deviations
    }

    fn end(&self, time: Time) -> Deviations {
        for _ in 0..12 {
            if self.round(None, 0) == End::Over {
                let report = fs::read_to_string(self.folder.path().join("report.jsonl")).unwrap();
                let lines = report.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
                let rows: Vec<Value> = lines.filter(|line| line["kind"] == "row").collect();
                let shop = self.market.shown();
                return match &self.goods {
                    Goods::Created(goods) => Deviations::of(goods, &shop, &rows),
                    Goods::Renewed(lots, trade) => renewal::deviations(lots, *trade, time, &shop, &rows),
                };
            }
        }
        panic!("seed {}: it never ends", self.seed);
    }
}

/// What came of many stalls.
#[derive(Debug, Default)]
pub(crate) struct Points {
    pub(crate) hits: BTreeMap<Point, usize>,
    pub(crate) deviations: Deviations,
    pub(crate) stalls: usize,
}

impl Points {
    /// How often each of these points was hit at least.
    pub(crate) fn fewest(&self, points: &[Point]) -> usize {
        points.iter().map(|point| self.hits.get(point).copied().unwrap_or(0)).min().unwrap_or(0)
    }
}

/// Kills importers of so many products at every point in turn, until each was hit so often (or it is hopeless).
pub(crate) fn kill_at_every_point(products: usize, hits: usize, seed: u64) -> Points {
    let stall = |seed| Fused::open(products, Sight::Clear, seed);
    kill_at(&Point::ALL, hits, seed, |seed, chance| once(stall(seed), &in_turn(chance), chance))
}

/// Where an importer can be killed that creates little or nothing: the shop is asked only whether it shows pictures.
pub(crate) const OF_RENEWAL: [Point; 19] = [
    Point::Baseline,
    Point::BeforePlan,
    Point::AfterPlan,
    Point::BeforeIntent,
    Point::AfterIntent,
    Point::BeforeResumed,
    Point::Sending,
    Point::AfterResumed,
    Point::BeforeOutcome,
    Point::AfterOutcome,
    Point::PicturesIntended,
    Point::SendingPictures,
    Point::PicturesReplied,
    Point::PicturesSet,
    Point::Verifying,
    Point::BeforeShown,
    Point::AfterShown,
    Point::BeforeReport,
    Point::AfterReport,
];

/// The same with importers that change what the shop has.
pub(crate) fn renew_and_kill_at_every_point(trade: Trade, products: usize, hits: usize, seed: u64) -> Points {
    let stall = |seed| Fused::renewal(products, trade, |lots| renewal::faults(lots, seed), seed);
    kill_at(&OF_RENEWAL, hits, seed, |seed, chance| once(stall(seed), &OF_RENEWAL, chance))
}

fn kill_at(
    all: &[Point],
    hits: usize,
    seed: u64,
    once: impl Fn(u64, &mut Rng) -> (Vec<Point>, Deviations) + Sync,
) -> Points {
    let next = AtomicUsize::new(0);
    let points = Mutex::new(Points::default());
    let is_enough = || points.lock().unwrap().fewest(all) >= hits;
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::SeqCst);
                    if place >= hits * 2 || is_enough() {
                        break;
                    }
                    let seed = seed.wrapping_mul(1_000_003).wrapping_add(place as u64) % (1 << 60);
                    let (hit, deviations) = once(seed, &mut Rng::with_seed(seed));
                    if deviations.count() > 0 {
                        super::tell(&format!("seed {seed}: {deviations}\n{hit:?}"));
                    }
                    let mut points = points.lock().unwrap();
                    for point in hit {
                        *points.hits.entry(point).or_default() += 1;
                    }
                    points.deviations.add(deviations);
                    points.stalls += 1;
                }
            });
        }
    });
    points.into_inner().unwrap()
}

/// All points, in an order in which each finds something: what is looked up or taken over was sent before.
fn in_turn(chance: &mut Rng) -> Vec<Point> {
    // A kill there leaves the outcome of a creation in doubt, and the next process asks.
    let mut doubts = [Point::AfterIntent, Point::Sending, Point::BeforeOutcome];
    let mut looks = [Point::LookingUp, Point::BeforeFound, Point::AfterFound];
    let mut others = [Point::AfterOutcome, Point::BeforeResumed, Point::AfterResumed];
    let mut sendings = [Point::PicturesIntended, Point::SendingPictures, Point::PicturesReplied];
    for points in [&mut doubts, &mut looks, &mut others, &mut sendings] {
        chance.shuffle(points);
    }
    let creations = (0..3).flat_map(|at| [doubts[at], looks[at], others[at]]);
    let ends = [Point::PicturesSet, Point::Verifying, Point::BeforeShown, Point::AfterShown];
    let begins = [Point::Baseline, Point::BeforePlan, Point::AfterPlan, Point::BeforeIntent];
    let reports = [Point::BeforeReport, Point::AfterReport];
    begins.into_iter().chain(creations).chain(sendings).chain(ends).chain(reports).collect()
}

/// One stall: a kill at each point.
fn once(stall: Fused, points: &[Point], chance: &mut Rng) -> (Vec<Point>, Deviations) {
    let mut hits = Vec::new();
    for point in points {
        let most = if (Point::BeforeIntent..=Point::AfterOutcome).contains(point) { 5 } else { 1 };
        // Where everything has happened, there is still a report.
        if let End::Killed(point) = stall.round(Some((*point, chance.u64(1..=most))), chance.u64(..)) {
            hits.push(point);
        }
    }
    (hits, stall.finish_and_repeat())
}

/// What came of stalls whose importer never sees what it made: the misreported rows.
pub(crate) fn blinded(stalls: u64, products: usize) -> Deviations {
    let deviations = Mutex::new(Deviations::default());
    std::thread::scope(|scope| {
        for half in 0..2 {
            let deviations = &deviations;
            scope.spawn(move || {
                for seed in (0..stalls).filter(|seed| seed % 2 == half) {
                    let stall = Fused::open(products, Sight::Blind, seed + 1);
                    for point in [Point::Sending, Point::AfterIntent, Point::BeforeOutcome] {
                        stall.round(Some((point, products as u64 / 5)), seed);
                    }
                    let found = stall.finish();
                    deviations.lock().unwrap().add(found);
                }
            });
        }
    });
    deviations.into_inner().unwrap()
}
