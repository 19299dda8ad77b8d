//! What an answer to an update comes to, SKU by SKU.

use std::time::Duration;

use super::*;
use crate::dialect::Detail;
use crate::plan::Action;
use crate::submit::{Event, MaxFailures, Outline, Pace, State, Stopped};

use super::super::next::Next;

fn policy() -> Policy {
    Policy {
        rate: 1_000_000.0,
        backoff_min: Duration::from_millis(1),
        backoff_max: Duration::from_millis(4),
        ..Policy::default()
    }
}

fn outline(action: Action, skus: &str) -> Outline {
    Outline {
        id: skus.to_owned(),
        action,
        skus: skus.split(' ').filter_map(SellerSku::parse).collect(),
        name: None,
        category: None,
        associated: None,
        after: Vec::new(),
        pictures: Vec::new(),
        starts: Vec::new(),
        created_with: Vec::new(),
        is_pictured: false,
        images: 0,
        files: Vec::new(),
        is_shared: false,
    }
}

fn refusal(code: &str, class: Class, field: &str, skus: &str) -> Refusal {
    let detail = |seller_sku| Detail { field: Some(field.to_owned()), message: "is wrong".to_owned(), seller_sku };
    let details = match (field, skus) {
        ("", "") => Vec::new(),
        (_, "") => vec![detail(None)],
        (_, skus) => skus.split(',').map(|sku| detail(SellerSku::parse(sku))).collect(),
    };
    Refusal { code: code.to_owned(), message: "no".to_owned(), details, class }
}

/// `done`, `warned`, `lost`, `unsent`, a code, a code with a field (`501:brand`), or with SKUs (`501@A,B`).
fn answer(word: &str) -> Answer {
    let refused = |refusal| Answer::Refused(refusal);
    match word {
        "done" => Answer::Done { warnings: Vec::new() },
        "warned" => Answer::Done { warnings: vec!["mind".to_owned()] },
        "lost" => Answer::Unclear { reason: "cut".to_owned() },
        "unsent" => Answer::NotSent { reason: "nobody".to_owned() },
        "204" => refused(refusal("204", Class::TooLarge, "", "")),
        "901" => refused(refusal("901", Class::Throttled, "", "")),
        "6" => refused(refusal("6", Class::Doubt, "", "")),
        "403" => refused(Refusal::of_status(403, Class::Bare)),
        other => {
            let (code, skus) = other.split_once('@').unwrap_or((other, ""));
            let (code, field) = code.split_once(':').unwrap_or((code, if skus.is_empty() { "" } else { "price" }));
            refused(refusal(code, Class::Data, field, skus))
        }
    }
}

/// Plays words at one request: an answer to the chunk that is due, or `crash`.
fn played(action: Action, skus: &str, words: &str) -> (State, Millis) {
    let fresh = || State::new(vec![outline(action, skus)], policy(), Pace::new(&policy()));
    let (mut state, mut journal, mut now) = (fresh(), Vec::new(), 1_000);
    for word in words.split_whitespace() {
        now += 1_000;
        let events = if word == "crash" || word == "cut-off" {
            let mut events = Vec::new();
            if word == "cut-off" {
                journal.push(leaving(&mut state, now, words));
            }
            state = fresh();
            state.replay(&journal);
            events.push(Event::Resumed);
            events
        } else {
            vec![leaving(&mut state, now, words), Event::Answered { request: 0, answer: answer(word) }]
        };
        for event in events {
            state.apply(&event, now);
            journal.push(event);
        }
    }
    // Another process that only reads the journal comes to the same.
    let mut read = fresh();
    read.replay(&journal);
    assert_eq!(told(&read), told(&state), "{words}");
    (state, now + 1_000)
}

fn leaving(state: &mut State, now: Millis, words: &str) -> Event {
    let Next::Send(attempt) = state.next(now, 0) else { panic!("{words}: nothing is due") };
    super::super::flight::intent(&attempt, String::new())
}

/// `A=done B=501`, and `?` behind what is in doubt.
fn told(state: &State) -> String {
    let updating = state.updating(0).unwrap();
    let told = state.outline(0).skus.iter().enumerate().map(|(place, sku)| {
        let stands = match updating.update(place) {
            Update::Open => "open".to_owned(),
            Update::Dropped => "dropped".to_owned(),
            Update::Done if updating.warnings(place).is_empty() => "done".to_owned(),
            Update::Done => "warned".to_owned(),
            Update::Refused(refusal) => refusal.code.clone(),
            Update::Lost(_) => "lost".to_owned(),
            Update::Untold(_) => "untold".to_owned(),
        };
        format!("{sku}={stands}{}", if updating.is_in_doubt(place) { "?" } else { "" })
    });
    told.collect::<Vec<_>>().join(" ")
}

/// Where each SKU stands, and what is sent next.
#[track_caller]
fn check(action: Action, skus: &str, words: &str, expect: &str) {
    let (mut state, now) = played(action, skus, words);
    let next = match state.next(now, 0) {
        Next::Send(attempt) => {
            let names = attempt.skus.iter().map(|place| state.outline(0).skus[*place].as_str());
            format!("; sends {}", names.collect::<Vec<_>>().join(" "))
        }
        Next::Over => String::new(),
        other => format!("; {other:?}"),
    };
    assert_eq!(format!("{}{next}", told(&state)), expect, "{words}");
}

const PRODUCT: Action = Action::UpdateProduct;
const PRICES: Action = Action::UpdatePriceQuantity;

#[test]
fn a_success_is_of_all_skus_that_travelled() {
    for action in [PRODUCT, PRICES] {
        check(action, "A B", "", "A=open B=open; sends A B");
        check(action, "A B", "done", "A=done B=done");
        check(action, "A B", "warned", "A=warned B=warned");
    }
}

#[test]
fn a_refusal_costs_the_skus_that_it_names_and_the_rest_is_sent_again() {
    for action in [PRODUCT, PRICES] {
        check(action, "A B C", "501@B", "A=open? B=501 C=open?; sends A C");
        check(action, "A B C", "501@B done", "A=done B=501 C=done");
        check(action, "A B C", "501@B 501@A done", "A=501 B=501 C=done");
        check(action, "A B", "501@A,B", "A=501 B=501");
    }
}

#[test]
fn a_refusal_that_names_a_field_of_the_product_costs_the_product() {
    check(PRODUCT, "A B", "501:brand", "A=501 B=501");
    check(PRODUCT, "A B", "501@X", "A=501 B=501");
    check(PRODUCT, "A B", "201:PrimaryCategory", "A=201 B=201");
    check(PRODUCT, "A B", "202", "A=202 B=202");
}

#[test]
fn a_refusal_that_names_nobody_is_found_by_halves() {
    check(PRODUCT, "A B", "501", "A=open? B=open?; sends A");
    check(PRODUCT, "A B", "501 501 done", "A=501 B=done");
    check(PRICES, "A B C", "501 done 501 done 501", "A=done B=done C=501");
    check(PRICES, "A B", "501:Price", "A=open? B=open?; sends A");
    check(PRODUCT, "A B", "204 done done", "A=done B=done");
    check(PRICES, "A B", "204 204", "A=204 B=open?; sends B");
}

#[test]
fn a_request_that_is_wrong_as_a_whole_is_not_halved() {
    for action in [PRODUCT, PRICES] {
        check(action, "A B", "1", "A=1 B=1");
        check(action, "A B", "30", "A=30 B=30");
    }
}

#[test]
fn a_gateway_is_believed_the_second_time() {
    check(PRICES, "A", "403", "A=open?; sends A");
    check(PRICES, "A", "403 done", "A=done");
    check(PRICES, "A", "403 403", "A=HTTP 403");
    check(PRODUCT, "A B", "403 403", "A=open? B=open?; sends A");
}

#[test]
fn what_had_no_effect_leaves_no_doubt() {
    for action in [PRODUCT, PRICES] {
        check(action, "A", "unsent", "A=open; sends A");
        let (state, _) = played(action, "A", "901 unsent 901");
        assert_eq!((told(&state).as_str(), state.attempts(0)), ("A=open", 1));
    }
}

#[test]
fn what_was_lost_is_sent_again_and_twice_lost_by_halves() {
    for action in [PRODUCT, PRICES] {
        check(action, "A B", "lost", "A=open? B=open?; sends A B");
        check(action, "A B", "lost done", "A=done B=done");
        check(action, "A B", "6 lost", "A=open? B=open?; sends A");
        check(action, "A B", "lost lost done done", "A=done B=done");
    }
}

#[test]
fn what_is_lost_time_and_again_waits_for_another_process_and_is_untold_there() {
    const FIVE: &str = "lost lost lost lost lost";
    for action in [PRODUCT, PRICES] {
        check(action, "A", FIVE, "A=lost?");
        assert!(!played(action, "A", FIVE).0.is_finished());
        check(action, "A", &format!("{FIVE} crash"), "A=open?; sends A");
        check(action, "A", &format!("{FIVE} crash done"), "A=done");
        let twice = format!("{FIVE} crash {FIVE}");
        check(action, "A", &twice, "A=untold?");
        assert!(played(action, "A", &twice).0.is_finished());
        check(action, "A", &format!("{twice} crash"), "A=untold?");
    }
}

#[test]
fn a_new_process_sends_what_is_open_in_one_chunk() {
    check(PRICES, "A B C D", "501 done crash", "A=done B=done C=open? D=open?; sends C D");
    check(PRICES, "A B", "cut-off", "A=open? B=open?; sends A B");
    check(PRODUCT, "A B", "501@A crash", "A=501 B=open?; sends B");
    check(PRODUCT, "A B", "done crash", "A=done B=done");
}

#[test]
fn an_update_that_is_still_to_be_sent_keeps_the_run_open() {
    let stands = |words| {
        let (state, _) = played(PRICES, "A B", words);
        (state.has_sent(), state.is_finished())
    };
    assert_eq!(stands(""), (false, false));
    assert_eq!(stands("901"), (false, false));
    assert_eq!(stands("501@A"), (true, false));
    assert_eq!(stands("501@A done"), (true, true));
    assert_eq!(stands("501@A,B"), (true, true));
}

#[test]
fn a_product_fails_once_and_of_prices_each_sku_fails() {
    let failures = |action, words| played(action, "A B C", words).0.tallies.failures();
    assert_eq!([failures(PRODUCT, "501@A,B done"), failures(PRODUCT, "501:name")], [1, 1]);
    assert_eq!([failures(PRICES, "501@A,B done"), failures(PRICES, "done")], [2, 0]);
    let count = |action, words| played(action, "A B C", words).0.count(action);
    assert_eq!([count(PRODUCT, "501@A done"), count(PRICES, "done"), count(PRICES, "lost")], [(1, 1), (1, 0), (0, 0)]);
    let bounds = crate::submit::Bounds { max_failures: Some(MaxFailures::Count(1)), ..Default::default() };
    let (mut state, now) = played(PRICES, "A B C", "501@A,B done");
    state.policy.bounds = bounds;
    assert_eq!((state.products, state.limit(now).is_some()), (3, true));
}

/// So many requests of two SKUs each get this answer, until the run stops; after how many calls it does.
fn calls_until_stopped(action: Action, word: &str) -> Option<usize> {
    let outlines = (0..40).map(|at| outline(action, &format!("A{at} B{at}"))).collect();
    let mut state = State::new(outlines, policy(), Pace::new(&policy()));
    let mut now = 1_000;
    for call in 1..200 {
        now += 1_000;
        let Next::Send(attempt) = state.next(now, 0) else { return None };
        let request = attempt.request;
        state.apply(&super::super::flight::intent(&attempt, String::new()), now);
        let answer = answer(word);
        state.apply(&Event::Answered { request, answer: answer.clone() }, now);
        match state.stop(&answer, now, now) {
            Some(Stopped::Systemic { what, .. }) => {
                assert_eq!(what, if action == PRICES && word != "1" { "SKUs" } else { "requests" });
                return Some(call);
            }
            Some(other) => panic!("{other}"),
            None => {}
        }
    }
    None
}

#[test]
fn updates_that_are_all_refused_alike_stop_the_run() {
    assert_eq!(calls_until_stopped(PRODUCT, "501:brand"), Some(20));
    // Each product costs three calls, since halves look for whom it means.
    assert_eq!(calls_until_stopped(PRODUCT, "501"), Some(59));
    assert_eq!(calls_until_stopped(PRICES, "501"), Some(30));
    assert_eq!(calls_until_stopped(PRICES, "1"), Some(3));
    assert_eq!(calls_until_stopped(PRICES, "done"), None);
}
