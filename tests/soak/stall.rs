//! A stall to be soaked: goods, a marketplace that misbehaves, the line to it, and the merchant's desk with the real
//! program.

use std::fs;
use std::process::{Child, ExitStatus};

use skuload::sandbox::{Faults, Options};

use super::checker::Deviations;
use super::goods::{self, Product};
use super::line::{Hit, Line, Order};
use super::support::{Desk, IMPORT, Market, Outcome};

/// Short waits, a pace that is no limit, and a time-out that slow replies exceed.
const SETTINGS: &str = "rate = 20000.0\nconcurrency = 16\n[pace]\nbackoff-min = 0.005\nbackoff-max = 0.05\n\
    lookup-delays = [0.01, 0.02]\nnobody-answers = 10.0\ngive-up = 30.0\ntimeout = 1.0\n";

/// Everything that a soak needs.
pub(crate) struct Stall {
    pub(crate) goods: Vec<Product>,
    pub(crate) market: Market,
    pub(crate) line: Line,
    pub(crate) desk: Desk,
}

impl Stall {
    /// A stall with so many products, whose marketplace has these faults.
    pub(crate) fn open(products: usize, faults: &str) -> Stall {
        Stall::of(goods::goods(products), faults, None)
    }

    /// A stall with these goods, whose marketplace takes no more than so many calls a second.
    pub(crate) fn of(goods: Vec<Product>, faults: &str, calls_per_second: Option<f64>) -> Stall {
        let faults = Faults::from_toml(&format!("{faults}{}", goods::presets(&goods))).unwrap();
        let market = Market::of(Options { faults, calls_per_second, ..Options::default() });
        let line = Line::to(&market);
        let desk = Desk::toward(&market, &line.url(), &market.key());
        fs::write(desk.path("settings.toml"), SETTINGS).unwrap();
        fs::write(desk.path("sheet.csv"), goods::sheet(&goods)).unwrap();
        Stall { goods, market, line, desk }
    }

    /// Starts what comes next: the import, or its resumption once a write has left.
    pub(crate) fn start(&self) -> Child {
        if self.line.writes() == 0 { self.desk.start(&IMPORT) } else { self.desk.start(&["resume"]) }
    }

    /// Starts what comes next, carries out the order, and waits for the end; what the order hit, where it did.
    pub(crate) fn round(&self, order: Order) -> (Option<Hit>, ExitStatus) {
        let mut child = self.start();
        self.line.order(Some(Order { pid: child.id(), call: self.line.calls() + order.call, ..order }));
        let status = child.wait().unwrap();
        self.line.order(None);
        (self.line.hit(), status)
    }

    /// Its only run.
    #[track_caller]
    pub(crate) fn run(&self) -> String {
        let [run] = self.desk.runs().try_into().unwrap();
        run
    }

    /// Goes on undisturbed until everything has happened.
    #[track_caller]
    pub(crate) fn finish(&self) -> Outcome {
        for _ in 0..12 {
            let resumed = self.desk.run(&["resume"]);
            assert!(matches!(resumed.exit, 0 | 1 | 5), "{resumed:?}");
            if resumed.exit != 5 && self.desk.path("report.jsonl").exists() {
                return resumed;
            }
            if resumed.exit == 0 {
                // It was killed before its first write.
                let imported = self.desk.run(&IMPORT);
                assert!(matches!(imported.exit, 0 | 1 | 5), "{imported:?}");
            }
        }
        panic!("it never ends: {}", self.desk.told());
    }

    /// Holds the report against the shop.
    pub(crate) fn deviations(&self) -> Deviations {
        Deviations::of(&self.goods, &self.market.shown(), &self.desk.report())
    }
}
