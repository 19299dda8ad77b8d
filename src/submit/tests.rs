//! The decisions of [`State`], one by one. Whole histories stand in `histories` and `matrix`.

use std::time::Duration;

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
            // The last look waits until nothing else is left to do.
            let looks = [state.next(now, 0), state.next(now, 0)];
            assert!(looks.contains(&Next::LookUp(vec![0])), "{words}: {looks:?}");
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
            Next::Probe(_) => "probe".to_owned(),
            Next::Limit(_) => "limit".to_owned(),
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
    check(&format!("{lost} none"), "unknown x5");
    check(&format!("{lost} none crash"), "look x5");
    check(&format!("{lost} none crash all"), "complete x5 AB");
    check(&format!("{lost} none crash none none"), "send 2 x5");
    check(&format!("{lost} crash none none"), "send 2 x5");
}

#[test]
fn a_shop_that_cannot_be_asked_leaves_the_outcome_unknown() {
    check("sent lost silent silent", "unknown x1");
    check("sent lost silent silent crash all", "complete x1 AB");
}

#[test]
fn a_refusal_without_a_reason_is_believed_after_a_look() {
    check("sent bare", "look x1");
    check("sent bare none none none", "rejected 500 x1");
    check("sent bare all", "complete x1 AB");
}

#[test]
fn what_is_believed_is_looked_at_once_more_at_the_end() {
    check("sent bare none none all", "complete x1 AB");
    check("sent bare none none silent", "rejected 500 x1");
    check("sent bare none none crash all", "complete x1 AB");
    check("sent lost silent all", "complete x1 AB");
    check("sent lost silent none", "unknown x1");
    check(&format!("{} all", "sent lost none none ".repeat(5)), "complete x5 AB");
    check(&format!("{} first", "sent lost none none ".repeat(5)), "send 1 to A x5 A");
    // An earlier attempt may have arrived, and the shop may be late in showing it.
    check("sent lost none none sent exists none none all", "complete x2 AB");
    check("sent lost none none sent exists none none none", "rejected 500 x2");
    check("sent lost first first sent lost first first all", "complete x2 AB");
    check("sent lost first first sent lost first first first", "unknown x2 A");
}

#[test]
fn a_sku_that_exists_after_all_is_ours_only_as_the_very_same_product() {
    check("sent exists", "look x1");
    check("sent exists all", "complete x1 AB");
    check("sent exists other", "rejected 500 x1");
    check("sent exists first first", "rejected 500 x1");
    // The shop shows what it made bit by bit.
    check("sent exists first all", "complete x1 AB");
    check("sent exists none none none", "rejected 500 x1");
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
        assert!(state.stop(&answer(word), now, now).is_none(), "{word}");
    }
    let later = now + 16 * 60 * 1_000;
    assert!(matches!(state.stop(&answer("lost"), later, later), Some(Stopped::Trouble(_))));
}

/// Sends the next request, which must be this one, and answers it.
#[track_caller]
fn step(state: &mut State, request: usize, answer: Answer) -> Vec<usize> {
    let mut sendings = (1_000..1_000_000).filter_map(|now| match state.next(now, 0) {
        Next::Send(attempt) => Some(attempt),
        Next::LookUp(_) | Next::Probe(_) | Next::Wait(_) | Next::Limit(_) | Next::Over => None,
    });
    let attempt = sendings.next().unwrap();
    assert_eq!(attempt.request, request);
    let Attempt { skus, associated, .. } = attempt;
    let sent = skus.clone();
    state.apply(&Event::Intent { request, skus, associated, hash: String::new(), action: None }, 1_000);
    state.apply(&Event::Answered { request, answer }, 1_000);
    sent
}

/// Nothing is left to do.
#[track_caller]
fn expect_over(state: &mut State) {
    assert_eq!(state.next(1_000_000, 0), Next::Over);
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
    for _ in 0..2 {
        state.apply(&Event::NotLookedUp { request: 0, reason: "nobody".to_owned() }, 1_000);
    }
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
        let stopped = state.stop(&Answer::Refused(refusal(codes[2], Class::Data)), 1_000, 1_000);
        assert_eq!(matches!(stopped, Some(Stopped::Systemic { count: 3, .. })), stops, "{codes:?}");
    }
}
