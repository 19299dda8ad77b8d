//! Every fault, and a process that ends at the n-th passage of every point, for every n until there is no such passage.

use super::market::{FATES, Fate, Kind, LOOK_FATES, LookFate, POINTS, Point, Run, World};

/// Twenty products, most of them sound.
fn kinds() -> Vec<Kind> {
    let odd = [Kind::Refused, Kind::Spoiled, Kind::Deleted, Kind::Hosted { is_dead: true }, Kind::Bare, Kind::Taken];
    (0..20).map(|at| if at % 3 == 1 { odd[at / 3 % odd.len()] } else { Kind::Sound }).collect()
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
fn history(kinds: &[Kind], fault: (Fate, LookFate), point: Point, passage: u32) -> bool {
    let (write, look) = fault;
    let mut script = Script { write, look, point, passage, passages: 0, writes: 0, looks: 0 };
    let mut run = Run::new(kinds, 3);
    run.settle(&mut script);
    script.passages >= passage
}

#[test]
#[expect(clippy::print_stdout, reason = "the figure is to be seen")]
fn no_fault_and_no_crash_makes_a_verdict_false() {
    let kinds = kinds();
    let writes = FATES.map(|fate| (fate, LookFate::Fine));
    // Look-ups are needed for their faults to show.
    let looks = LOOK_FATES.map(|fate| (Fate::LostAfter, fate));
    let mut histories = 0;
    for fault in writes.into_iter().chain(looks) {
        for point in POINTS {
            let mut passage = 1;
            while history(&kinds, fault, point, passage) {
                passage += 1;
            }
            histories += passage;
        }
    }
    println!("{histories} histories, 0 deviations");
    assert!(histories > 5_000, "{histories}");
}

#[test]
#[should_panic(expected = "is there")]
fn a_client_that_does_not_look_is_found_out() {
    let mut run = Run::new(&kinds(), 0);
    run.is_blind = true;
    let (write, look, point) = (Fate::LostAfter, LookFate::Fine, Point::Waiting);
    run.settle(&mut Script { write, look, point, passage: 0, passages: 0, writes: 0, looks: 0 });
}
