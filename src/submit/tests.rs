//! The decisions of [`State`], one by one. Whole histories stand in `histories` and `matrix`.

use std::collections::HashMap;
use std::time::Duration;

use super::bounds::{Bounds, MaxFailures};
use super::creation::{Creation, Ending};
use super::event::{Answer, Event, Found, Outline};
use super::next::Next;
use super::pace::{Complaint, LOST_AT_MOST, Millis, Pace, Policy};
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
        starts: Vec::new(),
        created_with: Vec::new(),
        is_pictured: false,
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
        "pictures" => refused("4138", Class::Data),
        "bare" => refused("500", Class::Bare),
        "exists" => refused("500", Class::SkuExists),
        "later" => refused("502", Class::Later),
        "off" => refused("998", Class::Later),
        "throttled" => refused("901", Class::Throttled),
        "doubt" => refused("6", Class::Doubt),
        "key" => refused("7", Class::Credentials),
        other => panic!("{other}"),
    }
}

/// Plays words at a product of two SKUs: `sent`, an answer, `look` and what was found (`none`, `first`, `all`, `other`
/// for all in another product), `crash`. Answers where it stands.
fn played(words: &str) -> (State, Millis) {
    played_with(false, words)
}

/// The same of a product that is created with pictures where told so.
fn played_with(is_pictured: bool, words: &str) -> (State, Millis) {
    let outlines = [Outline { is_pictured, ..outline(Action::CreateProduct, &["A", "B"], &[]) }];
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
                Next::Send(Attempt { request, skus, associated, .. }) => intent(request, skus, associated),
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
    check_with(false, words, expect);
}

#[track_caller]
fn check_with(is_pictured: bool, words: &str, expect: &str) {
    let (mut state, now) = played_with(is_pictured, words);
    let creation = state.creation(0).unwrap();
    let created = [0, 1].map(|place| if creation.is_created(place) { "AB".get(place..=place).unwrap() } else { "" });
    let stands = match creation.ending() {
        Some(Ending::Complete) => "complete".to_owned(),
        Some(Ending::Rejected(refusal)) => format!("rejected {}", refusal.code),
        Some(Ending::Unknown(_)) => "unknown".to_owned(),
        Some(Ending::Held) => "held".to_owned(),
        Some(Ending::Pictureless) => "pictureless".to_owned(),
        None => match state.next(now, 0) {
            Next::Send(Attempt { skus, associated, is_pictured, .. }) => {
                let to = associated.map(|sku| format!(" to {sku}")).unwrap_or_default();
                format!("send {}{to}{}", skus.len(), if is_pictured { " with pictures" } else { "" })
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
fn what_is_switched_off_is_sent_by_another_process() {
    check("sent off", "over x0");
    check("sent off crash", "send 2 x0");
    check("sent off crash sent off crash sent off crash sent off crash sent off crash", "send 2 x0");
    check("sent lost none none sent off crash sent exists all", "complete x2 AB");
}

#[test]
fn the_other_calls_go_on_where_one_is_switched_off() {
    let outlines = [
        outline(Action::CreateProduct, &["A"], &[]),
        outline(Action::SetImages, &["A"], &[0]),
        outline(Action::SetImages, &["X"], &[]),
        outline(Action::UpdateProduct, &["Y"], &[]),
    ];
    let mut state = self::state(&outlines);
    step(&mut state, 0, answer("done"));
    step(&mut state, 1, answer("off"));
    assert!(state.stop(&answer("off"), 1_000, 1_000).is_none());
    step(&mut state, 3, answer("done"));
    expect_over(&mut state);
    let stopped = state.switched_off().map(|stopped| stopped.to_string());
    let expect =
        "the marketplace has switched off SetImages for now: no (code 998): 2 of 4 planned requests are done, 2 not";
    assert_eq!(stopped.as_deref(), Some(expect));
    assert!(!state.is_finished());
    state.apply(&Event::Resumed, 1_000);
    step(&mut state, 1, answer("done"));
    step(&mut state, 2, answer("done"));
}

#[test]
fn a_look_up_that_is_switched_off_stops_the_run() {
    let mut state = state(&[outline(Action::CreateProduct, &["A"], &[])]);
    step(&mut state, 0, answer("lost"));
    state.look_up_failed(&[0], &answer("off"), 2_000);
    assert!(matches!(state.stop(&answer("off"), 1_000, 2_000), Some(Stopped::SwitchedOff { .. })));
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
fn a_product_whose_pictures_are_refused_is_sent_once_more_without_them() {
    check_with(true, "", "send 2 with pictures x0");
    check_with(true, "sent done", "complete x1 AB");
    check_with(true, "sent data", "rejected 201 x1");
    check_with(true, "sent pictures", "send 2 x1");
    check_with(true, "sent pictures sent done", "complete x2 AB");
    check_with(true, "sent pictures sent pictures", "rejected 4138 x2");
    check("sent pictures", "rejected 4138 x1");
    // Killed between the refusal and what follows.
    check_with(true, "sent pictures crash", "send 2 x1");
    check_with(true, "sent pictures crash sent done", "complete x2 AB");
    check_with(true, "sent pictures sent crash none none", "send 2 x2");
    // What follows is lost, or said to exist.
    check_with(true, "sent pictures sent lost none none", "send 2 x2");
    check_with(true, "sent pictures sent lost all", "complete x2 AB");
    check_with(true, "sent pictures sent lost first first", "send 1 to A x2 A");
    check_with(true, "sent pictures sent exists all", "complete x2 AB");
    check_with(true, "sent pictures sent exists other", "rejected 500 x2");
    check_with(true, "sent lost none none sent pictures sent exists all", "complete x3 AB");
    check_with(true, "sent lost none none", "send 2 with pictures x1");
    check_with(true, "sent lost first first sent pictures", "send 1 to A x2 A");
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
        let intent = intent(0, vec![0, 1], None);
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
    state.apply(&intent(request, skus, associated), 1_000);
    state.apply(&Event::Answered { request, answer }, 1_000);
    sent
}

/// A write is about to leave.
fn intent(request: usize, skus: Vec<usize>, associated: Option<SellerSku>) -> Event {
    Event::Intent { request, skus, associated, hash: String::new(), action: None, fetches: false }
}

/// The first so many requests were sent, and nobody can tell what became of them.
fn in_doubt(requests: usize) -> Vec<Event> {
    let lost = |request| [intent(request, vec![0], None), Event::Answered { request, answer: answer("doubt") }];
    (0..requests).flat_map(lost).collect()
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
    assert_eq!(tries as u32 + 1, LOST_AT_MOST);
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
    let intent = intent(0, vec![0], None);
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
fn images_that_are_lost_in_two_processes_keep_no_run_open() {
    let mut state = state(&[outline(Action::SetImages, &["A"], &[])]);
    let lose = |state: &mut State| (0..5).for_each(|_| assert_eq!(step(state, 0, answer("lost")), [0]));
    lose(&mut state);
    expect_over(&mut state);
    assert!(matches!(state.picture(0, "A"), Some(Picture::Lost(_))) && !state.is_finished());
    state.apply(&Event::Resumed, 1_000);
    assert_eq!(state.picture(0, "A"), Some(&Picture::Open));
    lose(&mut state);
    expect_over(&mut state);
    assert!(matches!(state.picture(0, "A"), Some(Picture::Failed(refusal)) if refusal.code == "lost"));
    assert!(state.is_finished());
    // What is lost once and set then is set.
    let mut state = self::state(&[outline(Action::SetImages, &["A"], &[])]);
    lose(&mut state);
    state.apply(&Event::Resumed, 1_000);
    step(&mut state, 0, answer("done"));
    assert_eq!(state.picture(0, "A"), Some(&Picture::Set));
}

#[test]
fn what_is_lost_of_one_sku_is_not_held_against_the_next() {
    let mut state = state(&[outline(Action::SetImages, &["A", "B"], &[])]);
    let mut words = vec!["lost", "lost", "lost", "lost", "lost", "lost", "data"];
    words.extend(["lost", "lost", "lost", "lost", "done"]);
    let sent: Vec<Vec<usize>> = words.iter().map(|word| step(&mut state, 0, answer(word))).collect();
    assert_eq!(sent[..2], [vec![0, 1], vec![0, 1]]);
    assert!(sent[2..7].iter().all(|sent| *sent == [0]) && sent[7..].iter().all(|sent| *sent == [1]), "{sent:?}");
    assert_eq!(state.picture(0, "B"), Some(&Picture::Set));
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

#[test]
fn a_key_an_action_or_an_account_that_is_refused_stops_at_the_first_answer() {
    for (code, class) in [("7", Class::Credentials), ("9", Class::Credentials), ("8", Class::Account)] {
        let mut state = state(&[outline(Action::CreateProduct, &["A"], &[])]);
        let refused = Answer::Refused(refusal(code, class));
        step(&mut state, 0, refused.clone());
        let stopped = state.stop(&refused, 900, 1_000);
        assert!(matches!(stopped, Some(Stopped::Credentials(_) | Stopped::Account(_))), "{code}");
    }
}

/// Products of one SKU each.
fn products(count: usize) -> Vec<Outline> {
    (0..count).map(|at| outline(Action::CreateProduct, &[&format!("P{at}")], &[])).collect()
}

fn refused_field(field: &str, sku: usize) -> Answer {
    let seller_sku = Some(self::sku(&format!("P{sku}")));
    let detail = Detail { field: Some(field.to_owned()), message: "is required".to_owned(), seller_sku };
    Answer::Refused(Refusal { details: vec![detail], ..refusal("500", Class::Data) })
}

#[test]
fn twenty_first_products_refused_alike_stop_the_run() {
    let fields = |of: &dyn Fn(usize) -> &'static str| {
        let mut state = state(&products(30));
        (0..30).position(|at| {
            let answer = match of(at) {
                "done" => answer("done"),
                field => refused_field(field, at),
            };
            step(&mut state, at, answer.clone());
            state.stop(&answer, 1_000, 1_000).is_some()
        })
    };
    assert_eq!(fields(&|_| "brand"), Some(19));
    assert_eq!(fields(&|at| if at == 0 { "done" } else { "brand" }), None);
    assert_eq!(fields(&|at| if at == 18 { "done" } else { "brand" }), None);
    assert_eq!(fields(&|at| if at == 18 { "price" } else { "brand" }), None);
    assert_eq!(fields(&|at| if at % 2 == 0 { "price" } else { "brand" }), None);
}

#[test]
fn what_stops_them_all_is_told_with_its_field() {
    let mut state = state(&products(20));
    for at in 0..20 {
        step(&mut state, at, refused_field("brand", at));
    }
    let said = state.stop(&refused_field("brand", 19), 1_000, 1_000).map(|stopped| stopped.to_string());
    let expect = "the first 20 requests were all refused alike: no (code 500); brand: is required";
    assert_eq!(said.as_deref(), Some(expect));
}

fn bounded(count: usize, max_failures: MaxFailures) -> State {
    let bounds = Bounds { max_failures: Some(max_failures), ..Bounds::default() };
    State::new(products(count), Policy { bounds, ..policy() }, Pace::new(&policy()))
}

#[test]
fn too_many_failures_stop_the_run_and_the_next_process_counts_anew() {
    let mut state = bounded(9, MaxFailures::Count(2));
    for at in 0..3 {
        assert!(!matches!(state.next(2_000, 0), Next::Limit(_)), "{at}");
        step(&mut state, at, refused_field("brand", at));
    }
    let Next::Limit(limit) = state.next(2_000, 0) else { panic!("it goes on") };
    let said = state.limited(limit).to_string();
    let expect = "3 products failed, and the limit of failures is 2: 3 of 9 planned requests are done, 6 not";
    assert_eq!(said, expect);
    // What is on its way is awaited.
    assert_eq!(state.next(2_000, 1), Next::Wait(Millis::MAX));
    state.apply(&Event::Resumed, 3_000);
    assert!(matches!(state.next(4_000, 0), Next::Send(_)));
}

#[test]
fn a_share_of_failures_does_not_stop_a_small_sheet() {
    for (planned, failures, stops) in [(2, 1, false), (10, 4, false), (10, 5, true), (100, 10, false), (100, 11, true)]
    {
        let mut state = bounded(planned, MaxFailures::Percent(10.0));
        (0..failures).for_each(|at| drop(step(&mut state, at, refused_field("brand", at))));
        assert_eq!(matches!(state.next(2_000, 0), Next::Limit(_)), stops, "{failures} of {planned}");
    }
}

#[test]
fn after_ten_faults_in_a_row_only_a_probe_leaves_until_one_is_answered() {
    let mut state = state(&products(30));
    for at in 0..10 {
        step(&mut state, at, answer("lost"));
    }
    let mut now = 1_000_000;
    let probe = state.next(now, 0);
    assert!(matches!(&probe, Next::LookUp(requests) if requests.len() == 10), "{probe:?}");
    // One at a time.
    assert_eq!(state.next(now, 1), Next::Wait(Millis::MAX));
    state.look_up_failed(&(0..10).collect::<Vec<_>>(), &answer("unsent"), now);
    let Next::Wait(at) = state.next(now, 0) else { panic!("it does not wait") };
    assert!(at > now);
    now = at;
    assert!(matches!(state.next(now, 0), Next::LookUp(_) | Next::Probe(_)));
    state.read_well(Action::GetProducts);
    let next: Vec<Next> = (0..30).map(|more| state.next(now + more, 0)).collect();
    assert!(next.iter().any(|next| matches!(next, Next::Send(_))), "{next:?}");
}

#[test]
fn a_probe_asks_for_the_next_skus_where_nothing_is_in_doubt() {
    let mut state = state(&products(1));
    for _ in 0..10 {
        step(&mut state, 0, answer("unsent"));
    }
    assert_eq!(state.next(1_000_000, 0), Next::Probe(vec![sku("P0")]));
}

#[test]
fn an_action_that_is_throttled_does_not_hold_the_others() {
    let outlines = [outline(Action::CreateProduct, &["A"], &[]), outline(Action::SetImages, &["X"], &[])];
    let mut state = state(&outlines);
    let throttled = answer("throttled");
    step(&mut state, 0, throttled);
    let pause = Some(Duration::from_secs(60));
    let complaint = Complaint { action: Action::CreateProduct, is_of_all: false, left: 1_000, pause };
    state.slow_down(complaint, 1_000);
    let Next::Send(attempt) = state.next(2_000, 0) else { panic!("it waits") };
    assert_eq!(attempt.request, 1);
    step(&mut state, 1, answer("done"));
    assert_eq!(state.next(3_000, 0), Next::Wait(61_000));
}

/// Plays a run at two calls a second in which every hundredth call is lost, every other of them after its effect.
/// Answers how many writes and how many look-ups there were.
fn losing_one_in_a_hundred(count: usize) -> (u32, u32) {
    let policy = Policy { rate: 2.0, ..Policy::default() };
    let mut state = State::new(products(count), policy.clone(), Pace::new(&policy));
    let (mut now, mut writes, mut looks) = (1_000, 0_u32, 0);
    let mut made = std::collections::HashSet::new();
    loop {
        match state.next(now, 0) {
            Next::Send(Attempt { request, skus, associated, .. }) => {
                writes += 1;
                let word = if writes % 100 == 0 { "lost" } else { "done" };
                if writes % 200 != 0 {
                    made.insert(request);
                }
                state.apply(&intent(request, skus, associated), now);
                state.apply(&Event::Answered { request, answer: answer(word) }, now);
            }
            Next::LookUp(requests) => {
                looks += 1;
                for request in requests {
                    let present = if made.contains(&request) { vec![0] } else { Vec::new() };
                    let event = state.looked_up(request, Found { is_ours: !present.is_empty(), present });
                    state.apply(&event, now);
                }
            }
            Next::Wait(at) => now = at,
            Next::Probe(_) | Next::Limit(_) => panic!("there is no trouble"),
            Next::Over => return (writes, looks),
        }
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the figure is to be seen")]
fn at_one_fault_in_a_hundred_calls_two_in_a_hundred_are_look_ups() {
    let (writes, looks) = losing_one_in_a_hundred(3_000);
    println!("{looks} look-ups for {writes} writes");
    assert!(f64::from(looks) <= 0.02 * f64::from(writes + looks), "{looks} of {writes}");
}

#[test]
#[expect(clippy::print_stdout, reason = "the figure is to be seen")]
fn deciding_what_comes_next_takes_as_long_for_the_last_request_as_for_the_first() {
    let count = 100_000;
    let mut outlines = products(count);
    outlines.push(outline(Action::SetImages, &["P0"], &(0..count).collect::<Vec<_>>()));
    let mut state = state(&outlines);
    state.replay(&in_doubt(count));
    state.apply(&Event::Resumed, 1_000);
    let (mut now, mut turns) = (1_000, 0_u64);
    loop {
        turns += 1;
        match state.next(now, 0) {
            Next::LookUp(requests) => {
                for request in requests {
                    let event = state.looked_up(request, Found { present: vec![0], is_ours: true });
                    state.apply(&event, now);
                }
            }
            Next::Send(Attempt { request, skus, associated, .. }) => {
                state.apply(&intent(request, skus, associated), now);
                state.apply(&Event::Answered { request, answer: answer("done") }, now);
            }
            Next::Wait(at) => now = at,
            Next::Probe(_) | Next::Limit(_) => panic!("there is no trouble"),
            Next::Over => break,
        }
    }
    let steps = state.agenda.steps;
    println!("{steps} steps and {turns} turns for {count} requests in doubt");
    assert!(steps < 6 * count as u64, "{steps}");
    assert!(turns < count as u64 / 20, "{turns}");
}

/// What left while products were sent to a marketplace that gives these answers, one after the other.
struct Sent {
    /// When each call left, and whether it was a repeat.
    calls: Vec<(Millis, bool)>,
    /// How many had left when the last product left for the first time.
    fresh: usize,
}

fn sent(count: usize, policy: Policy, mut answers: impl FnMut() -> Answer) -> Sent {
    let mut state = State::new(products(count), policy.clone(), Pace::new(&policy));
    let (mut now, mut sent) = (1_000, Sent { calls: Vec::new(), fresh: 0 });
    loop {
        match state.next(now, 0) {
            Next::Send(Attempt { request, skus, associated, .. }) => {
                let is_repeat = state.creation(request).map(Creation::attempts) != Some(0);
                sent.calls.push((now, is_repeat));
                if !is_repeat {
                    sent.fresh = sent.calls.len();
                }
                let intent = intent(request, skus, associated);
                state.apply(&intent, now);
                state.apply(&Event::Answered { request, answer: answers() }, now);
            }
            Next::Wait(at) => now = at,
            Next::LookUp(_) | Next::Probe(_) | Next::Limit(_) => panic!("nothing is in doubt"),
            Next::Over => return sent,
        }
    }
}

#[test]
fn one_call_of_five_is_a_repeat_while_there_is_anything_else_to_call_for() {
    let mut asked = 0;
    let every_second = || {
        asked += 1;
        answer(if asked % 2 == 0 { "done" } else { "later" })
    };
    let Sent { calls, fresh } = sent(1_000, policy(), every_second);
    for end in 1..=fresh {
        let repeats = calls[..end].iter().filter(|(_, is_repeat)| *is_repeat).count();
        assert!(repeats <= 10.max(end / 5), "{repeats} of {end}");
    }
    let repeats = calls[..fresh].iter().filter(|(_, is_repeat)| *is_repeat).count();
    assert!(repeats >= fresh / 6, "{repeats} of {fresh}");
}

#[test]
fn few_faults_are_repeated_as_soon_as_ever() {
    let mut asked = 0;
    let every_tenth = || {
        asked += 1;
        answer(if asked % 10 == 0 { "unsent" } else { "done" })
    };
    let Sent { calls, fresh } = sent(1_000, policy(), every_tenth);
    // None is left for the end but the last ones.
    assert!(calls.len() - fresh <= 2, "{fresh} of {}", calls.len());
}

#[test]
fn where_nothing_but_repeats_is_left_they_go_on_slower_and_slower_and_come_to_an_end() {
    let waits = Policy { backoff_min: Duration::from_millis(500), backoff_max: Duration::from_secs(30), ..policy() };
    let Sent { calls, fresh } = sent(40, waits, || answer("later"));
    assert_eq!((calls.len(), fresh), (200, 40));
    let last: Vec<Millis> = calls[60..].windows(2).map(|two| two[1].0 - two[0].0).collect();
    assert!(last.iter().all(|pause| *pause >= 3_000), "{last:?}");
}

#[test]
fn what_is_throttled_is_no_repeat() {
    let mut asked = 0;
    let throttled = || {
        asked += 1;
        answer(if asked % 2 == 0 { "done" } else { "throttled" })
    };
    let Sent { calls, .. } = sent(100, policy(), throttled);
    assert!(calls.len() == 200 && calls.iter().all(|(_, is_repeat)| !is_repeat));
}

#[test]
fn a_look_up_that_is_throttled_is_repeated_as_it_was() {
    let outlines = [outline(Action::CreateProduct, &["A"], &[]), outline(Action::CreateProduct, &["B"], &[])];
    let mut state = self::state(&outlines);
    step(&mut state, 0, answer("lost"));
    step(&mut state, 1, answer("lost"));
    for now in [1_000_000, 2_000_000, 3_000_000] {
        assert_eq!(state.next(now, 0), Next::LookUp(vec![0, 1]));
        assert!(!state.look_up_failed(&[0, 1], &answer("throttled"), now));
    }
}

#[test]
fn look_ups_that_fail_are_repeats_too() {
    let count = 200;
    let mut state = state(&products(count));
    state.replay(&in_doubt(count / 2));
    state.apply(&Event::Resumed, 1_000);
    let (mut now, mut looks) = (1_000_000, 0);
    let mut failed: HashMap<usize, u32> = HashMap::new();
    loop {
        match state.next(now, 0) {
            Next::LookUp(requests) => {
                looks += u64::from(requests.iter().any(|request| failed.contains_key(request)));
                requests.iter().for_each(|request| *failed.entry(*request).or_default() += 1);
                state.look_up_failed(&requests, &answer("lost"), now);
                state.read_well(Action::GetProducts);
                assert!(looks <= 10.max(state.calls() / 5), "{looks} of {}", state.calls());
            }
            Next::Send(attempt) => {
                let Attempt { request, skus, associated, .. } = attempt;
                let intent = intent(request, skus, associated);
                state.apply(&intent, now);
                state.apply(&Event::Answered { request, answer: answer("done") }, now);
                if request == count - 1 {
                    break;
                }
            }
            Next::Wait(at) => now = at,
            Next::Probe(_) | Next::Limit(_) | Next::Over => panic!("the look-ups are open"),
        }
    }
    assert!(looks >= 10, "{looks}");
}
