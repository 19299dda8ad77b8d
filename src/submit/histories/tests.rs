//! Random histories: whatever the world does next, between any two events, every product is created at most once, every
//! SKU that is said to have new values has them, no verdict is false, and the run ends.

use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::{collection, test_runner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

use super::market::{Change, FATES, Fate, Kind, LOOK_FATES, LookFate, POINTS, Point, QUIRKS, Run, Trade, World};
use super::pace::Millis;

/// What is traded, and what is still to befall the run.
#[derive(Debug, Clone)]
struct Fair {
    trade: Trade,
    /// Processes that may still end: people stop a run only so often.
    crashes: u32,
}

/// What the world does next.
#[derive(Debug, Clone)]
enum Act {
    /// The calls of the next turns, where there are any, meet with these fates.
    Turns { write: Fate, look: LookFate, pick: usize, turns: u8 },
    /// The process ends the next time that it comes by this point, or after so many turns.
    Crash { point: Point, turns: u8 },
    /// Nothing happens for so long.
    Pause(Millis),
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        6 => Just(Kind::Sound),
        1 => Just(Kind::Spoiled),
        2 => any::<bool>().prop_map(|is_dead| Kind::Hosted { is_dead }),
        2 => any::<bool>().prop_map(|is_bad| Kind::Pictured { is_bad }),
        1 => Just(Kind::Refused),
        1 => Just(Kind::Bare),
        1 => Just(Kind::Taken),
        1 => Just(Kind::Deleted),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let quirk = || prop_oneof![2 => Just(QUIRKS[0]), 3 => select(QUIRKS.to_vec())];
    prop_oneof![quirk().prop_map(Change::Product), quirk().prop_map(Change::Prices)]
}

struct Model;

impl ReferenceStateMachine for Model {
    type State = Fair;
    type Transition = Act;

    fn init_state() -> BoxedStrategy<Fair> {
        let goods = (collection::vec(kind(), 0..6), collection::vec(change(), 0..5));
        let goods = goods.prop_filter("nothing is traded", |(kinds, changes)| kinds.len() + changes.len() > 0);
        let trade = (goods, 0..=8_u64, any::<bool>());
        trade
            .prop_map(|((kinds, changes), stale, does_in_part)| {
                let trade = Trade { kinds, changes, stale, does_in_part };
                Fair { trade, crashes: 6 }
            })
            .boxed()
    }

    fn transitions(_: &Fair) -> BoxedStrategy<Act> {
        // Long enough for the line to be held to be broken, now and then.
        let length = prop_oneof![9 => 1..5_u8, 1 => 20..60_u8];
        let turns = (select(FATES.to_vec()), select(LOOK_FATES.to_vec()), 0..8_usize, length);
        prop_oneof![
            8 => turns.prop_map(|(write, look, pick, turns)| Act::Turns { write, look, pick, turns }),
            3 => (select(POINTS.to_vec()), 1..9_u8).prop_map(|(point, turns)| Act::Crash { point, turns }),
            1 => (1..40_u64).prop_map(Act::Pause),
        ]
        .boxed()
    }

    fn preconditions(fair: &Fair, act: &Act) -> bool {
        match act {
            Act::Crash { .. } => fair.crashes > 0,
            Act::Turns { .. } | Act::Pause(_) => true,
        }
    }

    fn apply(mut fair: Fair, act: &Act) -> Fair {
        if let Act::Crash { .. } = act {
            fair.crashes -= 1;
        }
        fair
    }
}

/// The world for the length of one act.
struct Now {
    write: Fate,
    look: LookFate,
    pick: usize,
    point: Option<Point>,
}

impl World for Now {
    fn write(&mut self) -> Fate {
        self.write
    }
    fn look(&mut self) -> LookFate {
        self.look
    }
    fn crashes(&mut self, point: Point) -> bool {
        self.point.take_if(|there| *there == point).is_some()
    }
    fn pick(&mut self, _: usize) -> usize {
        self.pick
    }
}

struct Client;

impl StateMachineTest for Client {
    type SystemUnderTest = Run;
    type Reference = Model;

    fn init_test(fair: &Fair) -> Run {
        Run::new(&fair.trade)
    }

    fn apply(mut run: Run, _: &Fair, act: Act) -> Run {
        match act {
            Act::Turns { write, look, pick, turns } => {
                let mut now = Now { write, look, pick, point: None };
                for _ in 0..turns {
                    run.turn(&mut now);
                }
            }
            Act::Crash { point, turns } => {
                let mut now = Now { write: Fate::Fine, look: LookFate::Fine, pick: 1, point: Some(point) };
                let before = run.processes;
                for _ in 0..turns {
                    if run.processes == before {
                        run.turn(&mut now);
                    }
                }
                if run.processes == before {
                    run.crash();
                }
            }
            Act::Pause(pause) => run.now += pause,
        }
        run
    }

    fn check_invariants(run: &Run, _: &Fair) {
        run.expect_sound();
    }

    fn teardown(mut run: Run, _: Fair) {
        run.settle(&mut super::market::Calm);
    }
}

prop_state_machine! {
    #![proptest_config(test_runner::Config { cases: 2000, failure_persistence: None, max_shrink_iters: 300, ..Default::default() })]

    #[test]
    fn whatever_happens_every_product_comes_once_every_change_is_made_and_every_verdict_is_true(sequential 1..40 => Client);
}
