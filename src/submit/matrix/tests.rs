//! Every fault, and a process that ends at the n-th passage of every point, for every n until there is no such passage.

use super::market::{Change, FATES, Fate, Kind, LOOK_FATES, LookFate, POINTS, Point, QUIRKS, Quirk, Run, Trade, World};

/// Twenty products, most of them sound.
fn creations() -> Trade {
    let hosted = Kind::Hosted { is_dead: true };
    let bad = Kind::Pictured { is_bad: true };
    let odd = [Kind::Refused, Kind::Spoiled, Kind::Deleted, hosted, Kind::Bare, Kind::Taken, bad];
    let kind = |at: usize| match at {
        2 => Kind::Pictured { is_bad: false },
        at if at % 3 == 1 => odd[at / 3 % odd.len()],
        _ => Kind::Sound,
    };
    Trade { kinds: (0..20).map(kind).collect(), stale: 3, ..Trade::default() }
}

/// Sixteen products with new values, half of them by prices alone, among two that are created.
fn updates(does_in_part: bool) -> Trade {
    let quirk = |at: usize| if at.is_multiple_of(2) { Quirk::Sound } else { QUIRKS[at / 4 % QUIRKS.len()] };
    let change =
        |at: usize| if (at / 2).is_multiple_of(2) { Change::Product(quirk(at)) } else { Change::Prices(quirk(at)) };
    Trade { kinds: vec![Kind::Sound, Kind::Spoiled], changes: (0..16).map(change).collect(), stale: 3, does_in_part }
}

/// The fault strikes every few calls of its kind; the process ends once.
struct Script {
    write: Fate,
    look: LookFate,
    point: Point,
    passage: u32,
    passages: u32,
    writes: u32,
    looks: u32,
}

/// A fault strikes the first of so many calls.
const EVERY: u32 = 4;

/// It goes away at last: nobody gets anything done where every fourth call refuses the key.
const LAST: u32 = 80;

impl World for Script {
    fn write(&mut self) -> Fate {
        self.writes += 1;
        if self.writes % EVERY == 1 && self.writes < LAST { self.write } else { Fate::Fine }
    }
    fn look(&mut self) -> LookFate {
        self.looks += 1;
        if self.looks % EVERY == 1 && self.looks < LAST { self.look } else { LookFate::Fine }
    }
    fn crashes(&mut self, point: Point) -> bool {
        self.passages += u32::from(point == self.point);
        point == self.point && self.passages == self.passage
    }
    fn pick(&mut self, of: usize) -> usize {
        self.writes as usize % of
    }
}

/// One history; answers whether the process was ended in it.
fn history(trade: &Trade, fault: (Fate, LookFate), point: Point, passage: u32) -> bool {
    let (write, look) = fault;
    let mut script = Script { write, look, point, passage, passages: 0, writes: 0, looks: 0 };
    let mut run = Run::new(trade);
    run.settle(&mut script);
    script.passages >= passage
}

/// How many histories there are of this trade; all of them come to a true end.
fn histories(trade: &Trade) -> u32 {
    let writes = FATES.map(|fate| (fate, LookFate::Fine));
    // Look-ups are needed for their faults to show.
    let looks = LOOK_FATES.map(|fate| (Fate::LostAfter, fate));
    let mut histories = 0;
    for fault in writes.into_iter().chain(looks) {
        for point in POINTS {
            let mut passage = 1;
            while history(trade, fault, point, passage) {
                passage += 1;
            }
            histories += passage;
        }
    }
    histories
}

#[test]
#[expect(clippy::print_stdout, reason = "the figure is to be seen")]
fn no_fault_and_no_crash_makes_a_verdict_false() {
    let histories = histories(&creations());
    println!("{histories} histories of creations, 0 deviations");
    assert!(histories > 5_000, "{histories}");
}

#[test]
#[expect(clippy::print_stdout, reason = "the figure is to be seen")]
fn no_fault_and_no_crash_makes_the_verdict_of_a_change_false() {
    let histories = histories(&updates(true)) + histories(&updates(false));
    println!("{histories} histories of updates, 0 deviations");
    assert!(histories > 5_000, "{histories}");
}

#[test]
#[should_panic(expected = "is there")]
fn a_client_that_does_not_look_is_found_out() {
    let mut run = Run::new(&Trade { stale: 0, ..creations() });
    run.is_blind = true;
    let (write, look, point) = (Fate::LostAfter, LookFate::Fine, Point::Waiting);
    run.settle(&mut Script { write, look, point, passage: 0, passages: 0, writes: 0, looks: 0 });
}

#[test]
#[should_panic(expected = "has not its new values")]
fn new_values_that_are_not_taken_are_found_out() {
    let mut run = Run::new(&updates(true));
    run.is_idle = true;
    run.settle(&mut super::market::Calm);
}
