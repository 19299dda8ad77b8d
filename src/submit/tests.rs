//! The decisions of [`State`], one by one; and whole histories against a marketplace in memory, with a crash between
//! any two events.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::{collection, proptest};

use super::creation::{Creation, Ending};
use super::event::{Answer, Event, Found, Outline};
use super::next::Next;
use super::pace::{Millis, Pace, Policy};
use super::picture::Picture;
use super::state::{Attempt, State};
use super::stopped::Stopped;
use crate::dialect::{Class, Detail, Refusal};
use crate::plan::Action;
use crate::record::SellerSku;

fn sku(name: &str) -> SellerSku {
    SellerSku::parse(name).unwrap()
}

fn outline(action: Action, skus: &[&str], after: &[usize]) -> Outline {
    Outline {
        id: skus.concat(),
        action,
        skus: skus.iter().map(|name| sku(name)).collect(),
        name: None,
        category: None,
        // A creation that comes after another one is added to a SKU of that one.
        associated: (action == Action::CreateProduct && !after.is_empty()).then(|| sku("A")),
        after: after.to_vec(),
        pictures: Vec::new(),
        images: 0,
        files: Vec::new(),
        is_shared: false,
    }
}

/// Two looks, no pace.
fn policy() -> Policy {
    Policy {
        rate: 1_000_000.0,
        backoff_min: Duration::from_millis(1),
        backoff_max: Duration::from_millis(4),
        lookup_delays: vec![Duration::from_millis(5); 2],
        ..Policy::default()
    }
}

fn state(outlines: &[Outline]) -> State {
    State::new(outlines.to_vec(), policy(), Pace::new(&policy()))
}

fn refusal(code: &str, class: Class) -> Refusal {
    Refusal { code: code.to_owned(), message: "no".to_owned(), details: Vec::new(), class }
}

fn answer(word: &str) -> Answer {
    let refused = |code, class| Answer::Refused(refusal(code, class));
    match word {
        "done" => Answer::Done { warnings: Vec::new() },
        "unsent" => Answer::NotSent { reason: "nobody".to_owned() },
        "lost" => Answer::Unclear { reason: "cut".to_owned() },
        "data" => refused("201", Class::Data),
        "bare" => refused("500", Class::Bare),
        "exists" => refused("500", Class::SkuExists),
        "later" => refused("502", Class::Later),
        "throttled" => refused("901", Class::Throttled),
        "doubt" => refused("6", Class::Doubt),
        "key" => refused("7", Class::Credentials),
        other => panic!("{other}"),
    }
}

/// Plays words at a product of two SKUs: `sent`, an answer, `look` and what was found (`none`, `first`, `all`, `other`
/// for all in another product), `crash`. Answers where it stands.
fn played(words: &str) -> (State, Millis) {
    let outlines = [outline(Action::CreateProduct, &["A", "B"], &[])];
    let mut state = state(&outlines);
    let mut journal = Vec::new();
    let mut now = 1_000;
    for word in words.split_whitespace() {
        now += 1_000;
        let found = |present: &[usize], is_ours| Found { present: present.to_vec(), is_ours };
        let looked = |state: &mut State, found| {
            assert_eq!(state.next(now, 0), Next::LookUp(vec![0]), "{words}");
            state.looked_up(0, found)
        };
        let event = match word {
            "sent" => match state.next(now, 0) {
                Next::Send(Attempt { request, skus, associated, .. }) => {
                    Event::Intent { request, skus, associated, hash: String::new(), action: None }
                }
                other => panic!("{words}: {other:?}"),
            },
            "none" => looked(&mut state, found(&[], false)),
            "first" => looked(&mut state, found(&[0], false)),
            "all" => looked(&mut state, found(&[0, 1], true)),
            "other" => looked(&mut state, found(&[0, 1], false)),
            "silent" => Event::NotLookedUp { request: 0, reason: "nobody".to_owned() },
            "crash" => {
                state = self::state(&outlines);
                state.replay(&journal);
                Event::Resumed
            }
            answer => Event::Answered { request: 0, answer: self::answer(answer) },
        };
        state.apply(&event, now);
        journal.push(event);
    }
    (state, now + 1_000)
}

/// Where the product stands after that: how it ended, or what comes next.
#[track_caller]
fn check(words: &str, expect: &str) {
    let (mut state, now) = played(words);
    let creation = state.creation(0).unwrap();
    let created = [0, 1].map(|place| if creation.is_created(place) { "AB".get(place..=place).unwrap() } else { "" });
    let stands = match creation.ending() {
        Some(Ending::Complete) => "complete".to_owned(),
        Some(Ending::Rejected(refusal)) => format!("rejected {}", refusal.code),
        Some(Ending::Unknown(_)) => "unknown".to_owned(),
        Some(Ending::Held) => "held".to_owned(),
        Some(Ending::Pictureless) => "pictureless".to_owned(),
        None => match state.next(now, 0) {
            Next::Send(Attempt { skus, associated, .. }) => {
                let to = associated.map(|sku| format!(" to {sku}")).unwrap_or_default();
                format!("send {}{to}", skus.len())
            }
            Next::LookUp(_) => "look".to_owned(),
            Next::Wait(_) => "wait".to_owned(),
            Next::Over => "over".to_owned(),
        },
    };
    let attempts = state.creation(0).map(Creation::attempts).unwrap();
    assert_eq!(format!("{stands} x{attempts} {}", created.concat()).trim_end(), expect, "{words}");
}

#[test]
fn a_success_is_the_end() {
    check("", "send 2 x0");
    check("sent", "wait x1");
    check("sent done", "complete x1 AB");
    check("sent data", "rejected 201 x1");
}

#[test]
fn without_effect_it_is_sent_again_and_nobody_is_asked() {
    check("sent unsent", "send 2 x1");
    check("sent throttled", "send 2 x0");
    check("sent key", "send 2 x0");
    check("sent later", "send 2 x1");
    check("sent later sent later sent later sent later sent later", "rejected 502 x5");
    check("sent unsent sent unsent sent unsent sent unsent sent later", "send 2 x5");
}

#[test]
fn a_lost_reply_is_asked_about_before_anything_is_sent() {
    check("sent lost", "look x1");
    check("sent doubt", "look x1");
    check("sent lost none", "look x1");
    check("sent lost none none", "send 2 x1");
    check("sent lost all", "complete x1 AB");
    check("sent lost none all", "complete x1 AB");
}

#[test]
fn the_fifth_loss_is_unknown_and_another_run_asks_again() {
    let lost = "sent lost none none ".repeat(5);
    check(&lost, "unknown x5");
    check(&format!("{lost} crash"), "look x5");
    check(&format!("{lost} crash all"), "complete x5 AB");
    check(&format!("{lost} crash none none"), "send 2 x5");
}

#[test]
fn a_shop_that_cannot_be_asked_leaves_the_outcome_unknown() {
    check("sent lost silent", "unknown x1");
    check("sent lost silent crash all", "complete x1 AB");
}

#[test]
fn a_refusal_without_a_reason_is_believed_after_a_look() {
    check("sent bare", "look x1");
    check("sent bare none none", "rejected 500 x1");
    check("sent bare all", "complete x1 AB");
}

#[test]
fn a_sku_that_exists_after_all_is_ours_only_as_the_very_same_product() {
    check("sent exists", "look x1");
    check("sent exists all", "complete x1 AB");
    check("sent exists other", "rejected 500 x1");
    check("sent exists first", "rejected 500 x1");
    check("sent exists none none", "rejected 500 x1");
    // The late effect of a lost attempt.
    check("sent lost none none sent exists all", "complete x2 AB");
    check("sent lost none none sent exists other", "rejected 500 x2");
}

#[test]
fn what_is_missing_of_a_product_follows_once() {
    check("sent lost first first", "send 1 to A x1 A");
    check("sent lost first first sent done", "complete x2 AB");
    check("sent lost first first sent data", "rejected 201 x2 A");
    check("sent lost first first sent lost all", "complete x2 AB");
    check("sent lost first first sent lost first first", "unknown x2 A");
}

#[test]
fn a_crash_puts_what_was_on_its_way_in_doubt() {
    check("crash", "send 2 x0");
    check("sent crash", "look x1");
    check("sent crash crash none none", "send 2 x1");
    check("sent lost crash", "look x1");
    check("sent lost none crash none", "send 2 x1");
    check("sent unsent crash", "send 2 x1");
    check("sent done crash", "complete x1 AB");
    check("sent data crash", "rejected 201 x1");
    check("sent lost first first crash", "send 1 to A x1 A");
    check("sent lost first first sent crash all", "complete x2 AB");
}

#[test]
fn a_replay_under_other_waits_comes_to_the_same_end() {
    for looks in [1, 2, 3, 7] {
        let waits = Policy { lookup_delays: vec![Duration::from_secs(9); looks], ..policy() };
        let outlines = vec![outline(Action::CreateProduct, &["A", "B"], &[])];
        let mut replayed = State::new(outlines, waits, Pace::new(&policy()));
        let none = |is_last| Event::LookedUp { request: 0, found: Found::default(), is_last };
        let intent =
            Event::Intent { request: 0, skus: vec![0, 1], associated: None, hash: String::new(), action: None };
        let bare = Event::Answered { request: 0, answer: answer("bare") };
        replayed.replay(&[intent, bare, none(false), none(true)]);
        assert_eq!(replayed.creation(0).unwrap().ending(), Some(&Ending::Rejected(refusal("500", Class::Bare))));
    }
}

#[test]
fn old_trouble_does_not_count_against_a_new_process() {
    let (mut state, now) = played("sent unsent sent lost crash");
    assert_eq!(state.next(now, 0), Next::LookUp(vec![0]));
    for word in ["lost", "unsent", "doubt", "throttled"] {
        state.look_up_failed(&[0], &answer(word), now);
        assert!(state.stop(&answer(word), now).is_none(), "{word}");
    }
    let later = now + 16 * 60 * 1_000;
    assert!(matches!(state.stop(&answer("lost"), later), Some(Stopped::Trouble(_))));
}

/// Sends the next request, which must be this one, and answers it.
#[track_caller]
fn step(state: &mut State, request: usize, answer: Answer) -> Vec<usize> {
    let mut sendings = (1_000..1_000_000).filter_map(|now| match state.next(now, 0) {
        Next::Send(attempt) => Some(attempt),
        Next::LookUp(_) | Next::Wait(_) | Next::Over => None,
    });
    let attempt = sendings.next().unwrap();
    assert_eq!(attempt.request, request);
    let Attempt { skus, associated, .. } = attempt;
    let sent = skus.clone();
    state.apply(&Event::Intent { request, skus, associated, hash: String::new(), action: None }, 1_000);
    state.apply(&Event::Answered { request, answer }, 1_000);
    sent
}

/// Nothing is left to do. What is held back may only be seen to be so by one look.
#[track_caller]
fn expect_over(state: &mut State) {
    let looks = [state.next(1_000_000, 0), state.next(1_000_000, 0)];
    assert_eq!(looks, [Next::Wait(Millis::MAX), Next::Over]);
}

#[test]
fn a_look_up_that_one_request_spoils_is_repeated_for_each_by_itself() {
    let outlines = [outline(Action::CreateProduct, &["A"], &[]), outline(Action::CreateProduct, &["B"], &[])];
    let mut state = self::state(&outlines);
    step(&mut state, 0, answer("lost"));
    step(&mut state, 1, answer("lost"));
    assert_eq!(state.next(1_000_000, 0), Next::LookUp(vec![0, 1]));
    state.ask_one_by_one(&[0, 1], 1_000_000);
    assert_eq!(state.next(2_000_000, 0), Next::LookUp(vec![0]));
    assert_eq!(state.next(3_000_000, 1), Next::LookUp(vec![1]));
    let refused = Answer::Refused(refusal("6", Class::Doubt));
    let tries = (0..9).take_while(|_| !state.look_up_failed(&[0], &refused, 3_000_000)).count();
    assert_eq!(tries as u32 + 1, Policy::default().lost_at_most);
}

#[test]
fn what_is_added_to_a_refused_product_is_held_in_every_process() {
    let outlines = [
        outline(Action::CreateProduct, &["A"], &[]),
        outline(Action::CreateProduct, &["B"], &[0]),
        outline(Action::SetImages, &["A", "B"], &[0, 1]),
    ];
    let mut state = self::state(&outlines);
    step(&mut state, 0, answer("data"));
    expect_over(&mut state);
    assert_eq!(state.creation(1).unwrap().ending(), Some(&Ending::Held));
    assert!(state.is_finished());
    let mut replayed = self::state(&outlines);
    let intent = Event::Intent { request: 0, skus: vec![0], associated: None, hash: String::new(), action: None };
    replayed.replay(&[intent, Event::Answered { request: 0, answer: answer("data") }]);
    assert_eq!(replayed.creation(1).unwrap().ending(), Some(&Ending::Held));
    assert!(replayed.is_finished());
}

#[test]
fn what_was_held_goes_when_its_product_turns_out_to_be_there() {
    let outlines = [
        outline(Action::CreateProduct, &["A"], &[]),
        outline(Action::CreateProduct, &["B"], &[0]),
        outline(Action::SetImages, &["A", "B"], &[0, 1]),
    ];
    let mut state = self::state(&outlines);
    step(&mut state, 0, answer("lost"));
    state.apply(&Event::NotLookedUp { request: 0, reason: "nobody".to_owned() }, 1_000);
    expect_over(&mut state);
    assert_eq!(state.creation(1).unwrap().ending(), Some(&Ending::Held));
    state.apply(&Event::Resumed, 1_000);
    assert_eq!(state.next(1_100, 0), Next::LookUp(vec![0]));
    let there = state.looked_up(0, Found { present: vec![0], is_ours: true });
    state.apply(&there, 1_000);
    step(&mut state, 1, answer("done"));
    assert_eq!(step(&mut state, 2, answer("done")), [0, 1]);
    assert!(state.is_finished());
}

#[test]
fn a_refused_set_images_is_cut_until_the_bad_sku_is_alone() {
    let mut state = state(&[outline(Action::SetImages, &["A", "B", "C", "D"], &[])]);
    for (sent, word) in
        [(vec![0, 1, 2, 3], "data"), (vec![0, 1], "done"), (vec![2, 3], "data"), (vec![2], "data"), (vec![3], "done")]
    {
        assert_eq!(step(&mut state, 0, answer(word)), sent);
    }
    let pictures: Vec<bool> = ["A", "B", "C", "D"].map(|sku| state.picture(0, sku) == Some(&Picture::Set)).to_vec();
    assert_eq!(pictures, [true, true, false, true]);
    assert!(state.is_finished());
}

#[test]
fn a_refused_set_images_that_names_a_sku_is_sent_without_it() {
    let mut state = state(&[outline(Action::SetImages, &["A", "B", "C"], &[])]);
    let detail = Detail { field: None, message: "dead".to_owned(), seller_sku: Some(sku("B")) };
    let named = Refusal { details: vec![detail], ..refusal("504", Class::Data) };
    step(&mut state, 0, Answer::Refused(named));
    assert_eq!(step(&mut state, 0, answer("done")), [0, 2]);
    assert!(matches!(state.picture(0, "B"), Some(Picture::Failed(_))));
}

#[test]
fn three_first_refusals_of_the_call_stop_the_run_and_others_do_not() {
    let outlines: Vec<Outline> = ["A", "B", "C"].map(|name| outline(Action::CreateProduct, &[name], &[])).to_vec();
    for (codes, stops) in [(["5", "5", "5"], true), (["5", "1", "5"], false), (["201", "201", "201"], false)] {
        let mut state = state(&outlines);
        for (request, code) in codes.into_iter().enumerate() {
            step(&mut state, request, Answer::Refused(refusal(code, Class::Data)));
        }
        let stopped = state.stop(&Answer::Refused(refusal(codes[2], Class::Data)), 1_000);
        assert_eq!(matches!(stopped, Some(Stopped::Systemic { count: 3, .. })), stops, "{codes:?}");
    }
}

// Whole histories.

/// What the marketplace makes of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sound,
    /// Refused with a reason, each time.
    Refused,
    /// Refused without one, each time.
    Bare,
    /// Another product of the shop has got one of its SKUs since the baseline.
    Taken,
}

/// What becomes of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Fine,
    LostBefore,
    LostAfter,
    /// Lost, and done some time later.
    Late,
    /// Only the first SKU is created, and the reply is lost.
    Partial,
    NotSent,
    Throttled,
    Internal,
    /// The process ends before the intent is in the journal.
    CrashBeforeIntent,
    /// It ends with the call on its way, which arrives.
    CrashInFlight,
    /// It ends with the call not yet sent.
    CrashBeforeSend,
    /// It ends with the reply here and not yet in the journal.
    CrashBeforeAnswer,
    /// It ends with the answer in the journal.
    CrashAfterAnswer,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Fine),
        2 => Just(Fate::LostBefore),
        2 => Just(Fate::LostAfter),
        2 => Just(Fate::Late),
        1 => Just(Fate::Partial),
        1 => Just(Fate::NotSent),
        1 => Just(Fate::Throttled),
        1 => Just(Fate::Internal),
        1 => Just(Fate::CrashBeforeIntent),
        1 => Just(Fate::CrashInFlight),
        1 => Just(Fate::CrashBeforeSend),
        1 => Just(Fate::CrashBeforeAnswer),
        1 => Just(Fate::CrashAfterAnswer),
    ]
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![6 => Just(Kind::Sound), 1 => Just(Kind::Refused), 1 => Just(Kind::Bare), 1 => Just(Kind::Taken)]
}

/// The marketplace: how often each SKU was created, and what will still be done.
#[derive(Debug, Default)]
struct Model {
    created: BTreeMap<SellerSku, u32>,
    late: Vec<(usize, Vec<SellerSku>)>,
    foreign: BTreeSet<SellerSku>,
}

impl Model {
    fn create(&mut self, kind: Kind, skus: &[SellerSku]) -> Answer {
        match kind {
            Kind::Refused => return answer("data"),
            Kind::Bare => return answer("bare"),
            Kind::Sound | Kind::Taken => {}
        }
        if skus.iter().any(|sku| self.created.contains_key(sku) || self.foreign.contains(sku)) {
            return answer("exists");
        }
        for sku in skus {
            *self.created.entry(sku.clone()).or_default() += 1;
        }
        answer("done")
    }

    fn has(&self, sku: &SellerSku) -> bool {
        self.created.contains_key(sku) || self.foreign.contains(sku)
    }
}

/// One run with all its processes.
struct History {
    outlines: Vec<Outline>,
    kinds: Vec<Kind>,
    fates: Vec<Fate>,
    picks: Vec<usize>,
    state: State,
    journal: Vec<Event>,
    model: Model,
    flights: Vec<(usize, Answer, Fate)>,
    looks: Vec<Vec<usize>>,
    in_doubt: Vec<bool>,
    was_partial: Vec<bool>,
    now: Millis,
}

impl History {
    fn new(kinds: Vec<Kind>, fates: Vec<Fate>, picks: Vec<usize>) -> History {
        let names: Vec<[String; 2]> = (0..kinds.len()).map(|at| [format!("P{at}-1"), format!("P{at}-2")]).collect();
        let product = |names: &[String; 2]| outline(Action::CreateProduct, &[&names[0], &names[1]], &[]);
        let outlines: Vec<Outline> = names.iter().map(product).collect();
        let mut model = Model::default();
        for (at, _) in kinds.iter().enumerate().filter(|(_, kind)| **kind == Kind::Taken) {
            model.foreign.insert(sku(&names[at][1]));
        }
        let count = kinds.len();
        History {
            state: state(&outlines),
            outlines,
            kinds,
            fates,
            picks,
            journal: Vec::new(),
            model,
            flights: Vec::new(),
            looks: Vec::new(),
            in_doubt: vec![false; count],
            was_partial: vec![false; count],
            now: 1_000,
        }
    }

    fn pick(&mut self, of: usize) -> usize {
        self.picks.pop().unwrap_or(0) % of.max(1)
    }

    fn learn(&mut self, event: Event) {
        match &event {
            Event::Intent { request, .. } => self.in_doubt[*request] = true,
            Event::Answered { request, answer } => self.in_doubt[*request] = !is_certain(answer),
            Event::LookedUp { request, .. } => self.in_doubt[*request] = false,
            Event::NotLookedUp { .. } | Event::Resumed => {}
        }
        self.state.apply(&event, self.now);
        self.journal.push(event);
    }

    /// The process ends, and another takes over with nothing but the journal.
    fn crash(&mut self) {
        self.flights.clear();
        self.looks.clear();
        self.state = state(&self.outlines);
        self.state.replay(&self.journal);
        if self.state.has_sent() {
            self.learn(Event::Resumed);
        }
    }

    fn send(&mut self, attempt: Attempt) {
        let fate = self.fates.pop().unwrap_or(Fate::Fine);
        let Attempt { request, skus, associated, .. } = attempt;
        assert!(!self.in_doubt[request], "sent while in doubt");
        if fate == Fate::CrashBeforeIntent {
            return self.crash();
        }
        let names: Vec<SellerSku> = skus.iter().map(|place| self.outlines[request].skus[*place].clone()).collect();
        assert!(associated.as_ref().is_none_or(|to| self.model.has(to) && !names.contains(to)));
        self.learn(Event::Intent { request, skus, associated, hash: String::new(), action: None });
        let kind = self.kinds[request];
        let answer = match fate {
            Fate::LostBefore => answer("lost"),
            Fate::Internal => answer("doubt"),
            Fate::NotSent => answer("unsent"),
            Fate::Throttled => answer("throttled"),
            Fate::LostAfter => {
                self.model.create(kind, &names);
                answer("lost")
            }
            Fate::Late => {
                self.model.late.push((request, names));
                answer("lost")
            }
            Fate::Partial => {
                self.model.create(kind, &names[..1]);
                self.was_partial[request] = true;
                answer("lost")
            }
            Fate::CrashBeforeSend => return self.crash(),
            Fate::CrashInFlight => {
                self.model.create(kind, &names);
                return self.crash();
            }
            Fate::Fine | Fate::CrashBeforeIntent | Fate::CrashBeforeAnswer | Fate::CrashAfterAnswer => {
                self.model.create(kind, &names)
            }
        };
        self.flights.push((request, answer, fate));
    }

    /// Something comes back: an answer or a look-up.
    fn land(&mut self) {
        let chosen = self.pick(self.flights.len() + self.looks.len());
        if let Some(look) = chosen.checked_sub(self.flights.len()) {
            for request in self.looks.swap_remove(look) {
                let skus = &self.outlines[request].skus;
                let present: Vec<usize> = (0..skus.len()).filter(|place| self.model.has(&skus[*place])).collect();
                let is_ours = skus.iter().all(|sku| self.model.created.contains_key(sku));
                let event = self.state.looked_up(request, Found { present, is_ours });
                self.learn(event);
            }
            return;
        }
        let (request, answer, fate) = self.flights.swap_remove(chosen);
        if fate == Fate::CrashBeforeAnswer {
            return self.crash();
        }
        self.learn(Event::Answered { request, answer });
        if fate == Fate::CrashAfterAnswer {
            self.crash();
        }
    }

    fn arrive_late(&mut self) {
        if self.model.late.is_empty() || self.pick(4) > 0 {
            return;
        }
        let (request, skus) = self.model.late.swap_remove(0);
        self.model.create(self.kinds[request], &skus);
    }

    /// Until nothing is left to do.
    fn run(&mut self) {
        for _ in 0..100_000 {
            self.arrive_late();
            match self.state.next(self.now, self.looks.len()) {
                Next::Send(attempt) => self.send(attempt),
                Next::LookUp(requests) => self.looks.push(requests),
                Next::Wait(_) if !self.flights.is_empty() || !self.looks.is_empty() => self.land(),
                Next::Wait(at) => self.now = at.max(self.now + 1),
                Next::Over => return,
            }
        }
        panic!("it never ends");
    }

    /// The calls still to come late arrive, and what is unknown is asked again.
    fn settle(&mut self) {
        self.run();
        self.expect_truth();
        for (request, skus) in std::mem::take(&mut self.model.late) {
            self.model.create(self.kinds[request], &skus);
        }
        self.fates.clear();
        self.crash();
        self.run();
        self.expect_truth();
    }

    /// Every verdict is true, and nothing was created twice.
    fn expect_truth(&self) {
        assert!(self.model.created.values().all(|count| *count == 1), "{:?}", self.model.created);
        for (request, kind) in self.kinds.iter().enumerate() {
            if *kind == Kind::Taken && self.was_lost(request) {
                // Whose SKU it is cannot be told: a look-up after a loss takes what is there for ours.
                continue;
            }
            let creation = self.state.creation(request).unwrap();
            let skus = &self.outlines[request].skus;
            for (place, sku) in skus.iter().enumerate() {
                assert!(!creation.is_created(place) || self.model.created.contains_key(sku), "{sku} is not there");
            }
            let is_there = skus.iter().all(|sku| self.model.created.contains_key(sku));
            match creation.ending().unwrap() {
                Ending::Complete => assert!(is_there && *kind == Kind::Sound),
                Ending::Rejected(_) => assert!(!is_there && *kind != Kind::Sound, "{kind:?} {request}"),
                Ending::Unknown(_) => assert!(self.may_be_unknown(request), "{request}"),
                Ending::Held | Ending::Pictureless => panic!("nothing holds it"),
            }
        }
    }

    /// Some attempt was lost, or may have been when a process ended.
    fn was_lost(&self, request: usize) -> bool {
        self.losses(request) > 0
    }

    /// Lost five times, or lost when a part of it was there.
    fn may_be_unknown(&self, request: usize) -> bool {
        self.was_partial[request] || self.losses(request) >= 5
    }

    fn losses(&self, request: usize) -> usize {
        let mut is_open = false;
        let mut losses = 0;
        for event in &self.journal {
            match event {
                Event::Intent { request: of, .. } if *of == request => is_open = true,
                Event::Answered { request: of, answer } if *of == request => {
                    is_open = false;
                    losses += usize::from(matches!(answer, Answer::Unclear { .. }) || *answer == self::answer("doubt"));
                }
                Event::Resumed => losses += usize::from(std::mem::take(&mut is_open)),
                Event::Intent { .. } | Event::Answered { .. } | Event::LookedUp { .. } | Event::NotLookedUp { .. } => {}
            }
        }
        losses
    }
}

fn is_certain(answer: &Answer) -> bool {
    match answer {
        Answer::Done { .. } | Answer::NotSent { .. } => true,
        Answer::Hosted { .. } | Answer::Ticket { .. } | Answer::Waiting => true,
        Answer::Refused(refusal) => !matches!(refusal.class, Class::Doubt | Class::Bare | Class::SkuExists),
        Answer::Unclear { .. } => false,
    }
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 3000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn whatever_happens_every_product_is_created_once_and_every_verdict_is_true(
        kinds in collection::vec(kind(), 1..7),
        fates in collection::vec(fate(), 0..40),
        picks in collection::vec(0_usize..64, 0..200),
    ) {
        History::new(kinds, fates, picks).settle();
    }
}
